-- What pages and the loop ask for most, found without reading the rows of others.

-- A conversation's messages, and the newest one of each in a list.
CREATE INDEX inbound_thread ON inbound (practice_id, thread_id, received_ms, inbound_id);

-- What is under way: asked for in every round of the loop, and few.
CREATE INDEX touch_sending ON touch (practice_id, lease_until_ms) WHERE state = 'sending';
CREATE INDEX touch_doubt ON touch (practice_id, next_ms, touch_id) WHERE state = 'in_doubt';

-- What playbooks have planned, by day, without the words that go with it.
CREATE INDEX touch_forecast ON touch (practice_id, next_ms, state, planned_ms, playbook, touch_key,
    kind, channel, patient_id) WHERE next_ms IS NOT NULL AND playbook IS NOT NULL;
CREATE INDEX touch_waiting ON touch (practice_id, code, playbook, state, patient_id)
    WHERE state = 'waiting';
-- What did not go lately, and why.
DROP INDEX touch_dropped;
CREATE INDEX touch_dropped ON touch (practice_id, ended_ms, code, playbook, state, patient_id,
    for_staff)
    WHERE state IN ('dropped', 'failed');

-- Closed conversations, newest first; their number is that of the index.
CREATE INDEX thread_closed ON thread (practice_id, last_in_ms, thread_id) WHERE state = 'closed';
-- What waits for a person about one patient.
CREATE INDEX task_open_patient ON task (practice_id, patient_id, due_ms, inbound_id)
    WHERE state = 'open';
-- What ended, newest first.
CREATE INDEX task_ended ON task (practice_id, ended_ms, task_id) WHERE state <> 'open';

-- The order by last visit, as it is asked for: who never came stands at the end.
DROP INDEX patient_visited;
CREATE INDEX patient_visited ON patient (practice_id, (COALESCE(last_visit_day, -1000000)),
    patient_id);

-- Whether somebody has visits or bookings at a time, without reading the rows of appointments.
DROP INDEX appointment_patient;
CREATE INDEX appointment_patient ON appointment (practice_id, patient_id, start_ms, status,
    category, local_day);

-- Who entered when, and what came of it; who is still on a version.
CREATE INDEX enrollment_cohort ON enrollment (practice_id, entered_ms, enrollment_id, playbook, arm,
    state, exit, patient_id);
CREATE INDEX enrollment_version ON enrollment (practice_id, playbook, version)
    WHERE state <> 'ended';

-- Who answered a message of theirs.
CREATE INDEX engagement_replied ON engagement (practice_id, enrollment_id) WHERE replies > 0;

-- The log by what was done and by whom: a rare act is found among a million others.
CREATE INDEX audit_action ON audit (practice_id, action, at_ms, writer, seq);
CREATE INDEX audit_actor ON audit (practice_id, actor, at_ms, writer, seq);
