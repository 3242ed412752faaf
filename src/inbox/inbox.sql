-- name: inbox_store
-- The unique index over the provider's id makes a message that comes twice harmless.
INSERT INTO inbound (practice_id, inbound_id, channel, provider_id, sender, recipient, body,
    attachments, received_ms)
VALUES (:practice_id, :inbound_id, :channel, :provider_id, :sender, :recipient, :body,
    :attachments, :received_ms)
ON CONFLICT DO NOTHING

-- name: inbox_unfolded
-- Oldest first: what came first is acted on first.
SELECT inbound_id, channel, sender, body, received_ms, attachments FROM inbound
 WHERE practice_id = :practice_id AND folded_ms IS NULL
 ORDER BY received_ms, inbound_id LIMIT :limit

-- name: inbox_claim
-- Another process may have read it meanwhile: one that holds the writer's turn sees that.
SELECT count(*) FROM inbound
 WHERE practice_id = :practice_id AND inbound_id = :inbound_id AND folded_ms IS NULL

-- name: inbox_claim [postgres]
SELECT count(*) FROM (SELECT 1 FROM inbound WHERE practice_id = :practice_id
   AND inbound_id = :inbound_id AND folded_ms IS NULL FOR UPDATE) u

-- name: inbox_prior
-- The last message that went to this address: whom the reply is from, and what it answers.
SELECT touch_id, patient_id, body, touch_key, enrollment_id FROM touch
 WHERE practice_id = :practice_id AND address = :sender AND sent_ms IS NOT NULL
   AND sent_ms <= :received_ms
 ORDER BY sent_ms DESC, touch_id DESC LIMIT 1

-- name: inbox_answered
-- Somebody who was mailed and texts back: the message that the reply is counted for.
SELECT t.touch_id, t.enrollment_id FROM touch t
  JOIN enrollment e ON e.practice_id = t.practice_id AND e.enrollment_id = t.enrollment_id
 WHERE t.practice_id = :practice_id AND t.patient_id = :patient_id AND t.sent_ms IS NOT NULL
   AND t.sent_ms <= :received_ms AND e.state <> 'ended'
 ORDER BY t.sent_ms DESC, t.touch_id DESC LIMIT 1

-- name: inbox_last_touches
-- What the person had from us lately, newest first: the history a task shows.
SELECT touch_key, playbook, channel, body, sent_ms, touch_id FROM touch
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND sent_ms IS NOT NULL
 ORDER BY sent_ms DESC, touch_id DESC LIMIT :limit

-- name: inbox_last_replies
-- What the patient said before this message, newest first.
SELECT body, received_ms, channel, attachments FROM inbound
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND received_ms < :before_ms
 ORDER BY received_ms DESC, inbound_id DESC LIMIT :limit

-- name: inbox_words_from
-- What a patient wrote from one address lately, newest first.
SELECT body FROM inbound
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND received_ms >= :since_ms
   AND sender = :address
 ORDER BY received_ms DESC, inbound_id DESC LIMIT :limit

-- name: inbox_last_visit
-- The visit that the reply is most likely about.
SELECT service, provider, local_day FROM appointment
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND status = 'completed'
 ORDER BY start_ms DESC, appointment_id LIMIT 1

-- name: inbox_fold
-- Only once: a second reading of the same message changes no row.
UPDATE inbound SET patient_id = :patient_id, thread_id = :thread_id, touch_id = :touch_id,
    reading = :reading, stop = :stop, settled = :settled, folded_ms = :now_ms
 WHERE practice_id = :practice_id AND inbound_id = :inbound_id AND folded_ms IS NULL

-- name: inbox_find_thread
-- One conversation per patient, over all channels.
SELECT thread_id FROM thread WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: inbox_find_thread_by_address
-- A stranger is kept by address until somebody knows who it is.
SELECT thread_id FROM thread
 WHERE practice_id = :practice_id AND address = :address AND patient_id IS NULL
 ORDER BY thread_id LIMIT 1

-- name: inbox_open_thread
-- The first message opens the conversation.
INSERT INTO thread (practice_id, thread_id, patient_id, address, state, opened_ms)
VALUES (:practice_id, :thread_id, :patient_id, :address, 'open', :now_ms)

-- name: inbox_move_thread
-- The newest reading is what holds and exits ask about.
UPDATE thread SET state = :state, last_in_ms = :received_ms, label = :label, route = :route,
    urgency = :urgency,
    closed_ms = CASE WHEN :state = 'closed' THEN CAST(:now_ms AS BIGINT) ELSE NULL END,
    closed_by = CASE WHEN :state = 'closed' THEN 'triage' ELSE NULL END
 WHERE practice_id = :practice_id AND thread_id = :thread_id

-- name: inbox_note_settled
-- Shown in the conversation, which stays what it was.
UPDATE thread SET last_in_ms = :received_ms
 WHERE practice_id = :practice_id AND thread_id = :thread_id

-- name: inbox_kept_urgency
-- A later message takes nothing from what a person still has to do for an earlier one, but for a
-- look at what needs no answer. What :inbound_id itself had asked for does not count.
SELECT t.urgency, k.kind FROM thread t
  JOIN inbound i ON i.practice_id = t.practice_id AND i.thread_id = t.thread_id
  JOIN task k ON k.practice_id = i.practice_id AND k.inbound_id = i.inbound_id
 WHERE t.practice_id = :practice_id AND t.thread_id = :thread_id AND k.state = 'open'
   AND k.kind <> 'review_reply' AND k.inbound_id <> :inbound_id
 ORDER BY CASE k.kind WHEN :urgent THEN 0 ELSE 1 END, k.task_id LIMIT 1

-- name: inbox_kept_open
-- The newest reading of the open conversation that an ended task was about which had kept it open.
SELECT t.thread_id, t.patient_id, t.urgency, t.route, i.stop, i.reading,
    CASE WHEN k.kind <> :urgent AND i.inbound_id <> k.inbound_id THEN 1 ELSE 0 END
  FROM task k
  JOIN inbound m ON m.practice_id = k.practice_id AND m.inbound_id = k.inbound_id
  JOIN thread t ON t.practice_id = m.practice_id AND t.thread_id = m.thread_id
  JOIN inbound i ON i.practice_id = t.practice_id AND i.thread_id = t.thread_id
 WHERE k.practice_id = :practice_id AND k.task_id = :task_id
   AND k.kind <> 'review_reply'
   AND k.state <> 'open' AND t.state = 'open' AND i.folded_ms IS NOT NULL AND i.settled = 0
 ORDER BY i.received_ms DESC, i.inbound_id DESC LIMIT 1

-- name: inbox_settle_thread
-- What was urgent is dealt with: what was written last holds again.
UPDATE thread SET state = :state, urgency = :urgency,
    closed_ms = CASE WHEN :state = 'closed' THEN CAST(:now_ms AS BIGINT) ELSE NULL END,
    closed_by = CASE WHEN :state = 'closed' THEN 'triage' ELSE NULL END
 WHERE practice_id = :practice_id AND thread_id = :thread_id AND state = 'open'

-- name: inbox_close_thread
-- Dealt with: the patient may enter playbooks again.
UPDATE thread SET state = 'closed', closed_ms = :now_ms, closed_by = :closed_by
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND state = 'open'

-- name: inbox_add_task
-- Its body is a snapshot: the person needs no second look-up.
INSERT INTO task (practice_id, task_id, patient_id, kind, role, title, body, state, priority,
    created_ms, due_ms, enrollment_id, touch_id, inbound_id, alert_ms)
VALUES (:practice_id, :task_id, :patient_id, :kind, :role, :title, :body, 'open', :priority,
    :now_ms, :due_ms, :enrollment_id, :touch_id, :inbound_id, :alert_ms)

-- name: inbox_end_task
-- Only an open one: ending twice is harmless.
UPDATE task SET state = 'done', outcome = :outcome, note = :note, staff_seconds = :staff_seconds,
    ended_ms = :now_ms
 WHERE practice_id = :practice_id AND task_id = :task_id AND state = 'open'

-- name: inbox_answered_tasks
-- What an automatic answer had ended at that moment.
SELECT task_id, kind, body FROM task
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND state = 'done'
   AND outcome = :answered_by AND ended_ms = :answered_ms
 ORDER BY task_id

-- name: inbox_reopen_task
-- Its answer did not leave.
UPDATE task SET state = 'open', outcome = NULL, note = NULL, staff_seconds = NULL, ended_ms = NULL,
    title = :title, body = :body, due_ms = :due_ms, alert_ms = :alert_ms, alert_step = 0
 WHERE practice_id = :practice_id AND task_id = :task_id AND state = 'done'

-- name: inbox_reopen_answered
-- The conversation rests no longer.
UPDATE thread SET state = 'open', closed_ms = NULL, closed_by = NULL
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND state = 'closed'
   AND closed_by = :answered_by

-- name: inbox_task_of_newest
-- The open task that stands for what the patient said last.
SELECT t.task_id, t.kind, t.title, t.body FROM task t
 WHERE t.practice_id = :practice_id AND t.patient_id = :patient_id AND t.state = 'open'
   AND t.inbound_id = (SELECT i.inbound_id FROM inbound i
         WHERE i.practice_id = :practice_id AND i.patient_id = :patient_id
         ORDER BY i.received_ms DESC, i.inbound_id DESC LIMIT 1)
 ORDER BY t.priority, t.created_ms, t.task_id LIMIT 1

-- name: inbox_hand_over_task
-- As a playbook has it: somebody else, another time, another kind.
UPDATE task SET kind = :kind, role = :role, title = :title, body = :body, due_ms = :due_ms,
    enrollment_id = :enrollment_id, alert_ms = :alert_ms, alert_step = 0
 WHERE practice_id = :practice_id AND task_id = :task_id AND state = 'open'

-- name: inbox_task_outcome
-- To tell a repeated ending from a contrary one.
SELECT state, outcome, patient_id, kind FROM task
 WHERE practice_id = :practice_id AND task_id = :task_id

-- name: inbox_cancel_tasks
-- The reason is gone: nobody should make the call.
UPDATE task SET state = 'cancelled', outcome = :reason, ended_ms = :now_ms
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND state = 'open'
   AND (CAST(:kind AS TEXT) IS NULL OR kind = :kind)

-- name: inbox_cancel_touch_tasks
-- The message that was to be approved will not go.
UPDATE task SET state = 'cancelled', outcome = :reason, ended_ms = :now_ms
 WHERE practice_id = :practice_id AND enrollment_id = :enrollment_id AND state = 'open'
   AND touch_id IN (SELECT t.touch_id FROM touch t WHERE t.practice_id = :practice_id
     AND t.enrollment_id = :enrollment_id AND t.state = 'cancelled')

-- name: inbox_read_tasks
-- A day of waiting raises a task by five places: nothing starves.
SELECT task_id, patient_id, kind, role, title, body, state, outcome, created_ms, due_ms, ended_ms,
    enrollment_id, touch_id, inbound_id, priority
  FROM task
 WHERE practice_id = :practice_id
   AND (CAST(:patient_id AS TEXT) IS NULL OR patient_id = :patient_id)
   AND (:open_only = 0 OR state = 'open')
 ORDER BY priority - (:now_ms - created_ms) / 17280000, due_ms, task_id

-- name: inbox_newest_replies
-- One row per patient: the reply that decisions look at. What was carried out whole is none.
SELECT i.patient_id, i.received_ms, i.folded_ms, i.stop, t.label, t.route, t.urgency
  FROM inbound i
  LEFT JOIN thread t ON t.practice_id = i.practice_id AND t.patient_id = i.patient_id
 WHERE i.practice_id = :practice_id AND i.patient_id IN LIST(:ids) AND i.settled = 0
   AND NOT EXISTS (SELECT 1 FROM inbound n WHERE n.practice_id = i.practice_id
        AND n.patient_id = i.patient_id AND n.settled = 0
        AND (n.received_ms > i.received_ms
          OR (n.received_ms = i.received_ms AND n.inbound_id > i.inbound_id)))
 ORDER BY i.patient_id

-- name: inbox_unread_senders
-- Stored, not yet read: who sent it may not be written to in between.
SELECT c.patient_id, i.received_ms FROM inbound i
  JOIN contact_point c ON c.practice_id = i.practice_id AND c.address = i.sender
 WHERE i.practice_id = :practice_id AND i.folded_ms IS NULL AND c.patient_id IN LIST(:ids)
 ORDER BY c.patient_id, i.received_ms

-- name: inbox_move_inbound
-- A merge: messages go to the person that stays.
UPDATE inbound SET patient_id = :into WHERE practice_id = :practice_id AND patient_id = :gone

-- name: inbox_move_tasks
-- A merge: tasks go to the person that stays.
UPDATE task SET patient_id = :into WHERE practice_id = :practice_id AND patient_id = :gone

-- name: inbox_join_inbound
-- Both had a conversation: what was said goes over to the one that stays.
UPDATE inbound SET thread_id = (SELECT k.thread_id FROM thread k
        WHERE k.practice_id = :practice_id AND k.patient_id = :into)
 WHERE practice_id = :practice_id AND patient_id = :into
   AND EXISTS (SELECT 1 FROM thread k
        WHERE k.practice_id = :practice_id AND k.patient_id = :into)

-- name: inbox_join_notes
-- Both had a conversation: what colleagues noted goes over, too.
UPDATE note SET thread_id = (SELECT k.thread_id FROM thread k
        WHERE k.practice_id = :practice_id AND k.patient_id = :into)
 WHERE practice_id = :practice_id
   AND thread_id IN (SELECT g.thread_id FROM thread g
        WHERE g.practice_id = :practice_id AND g.patient_id = :gone)
   AND EXISTS (SELECT 1 FROM thread k
        WHERE k.practice_id = :practice_id AND k.patient_id = :into)

-- name: inbox_drop_thread
-- A merge of two with conversations: one remains.
DELETE FROM thread WHERE practice_id = :practice_id AND patient_id = :gone
   AND EXISTS (SELECT 1 FROM thread k
        WHERE k.practice_id = :practice_id AND k.patient_id = :into)

-- name: inbox_move_threads
-- A merge where only the other had a conversation.
UPDATE thread SET patient_id = :into WHERE practice_id = :practice_id AND patient_id = :gone

-- ---- a sender whom nobody knew is a patient's now (stranger.c) ----

-- name: inbox_strangers_of
-- By whom alone their address is used; of one that several use nobody knows who wrote.
SELECT t.thread_id, t.address, c.patient_id FROM contact_point c
  JOIN thread t ON t.practice_id = c.practice_id AND t.address = c.address
       AND t.patient_id IS NULL
 WHERE c.practice_id = :practice_id AND c.patient_id IN LIST(:ids) AND c.current = 1
   AND c.channel = CASE WHEN c.address LIKE '%@%' THEN 'email' ELSE 'sms' END
   AND NOT EXISTS (SELECT 1 FROM contact_point o WHERE o.practice_id = c.practice_id
        AND o.channel = c.channel AND o.address = c.address AND o.current = 1
        AND o.patient_id <> c.patient_id)
 ORDER BY t.thread_id

-- name: inbox_stranger_messages
UPDATE inbound SET patient_id = :patient_id
 WHERE practice_id = :practice_id AND thread_id = :thread_id AND patient_id IS NULL

-- name: inbox_stranger_tasks
-- Those that are open, the first one first.
SELECT k.task_id, k.kind, k.role, k.title, k.due_ms, k.priority FROM task k
  JOIN inbound i ON i.practice_id = k.practice_id AND i.inbound_id = k.inbound_id
 WHERE k.practice_id = :practice_id AND k.patient_id IS NULL AND k.state = 'open'
   AND i.thread_id = :thread_id
 ORDER BY k.created_ms, k.task_id

-- name: inbox_take_task
-- Due when it was; as another kind it calls people as that one does.
UPDATE task SET patient_id = :patient_id, title = :title, priority = :priority,
    alert_ms = CASE WHEN kind = :kind THEN alert_ms ELSE :alert_ms END, kind = :kind
 WHERE practice_id = :practice_id AND task_id = :task_id

-- name: inbox_replace_task
-- The patient has one of that kind already.
UPDATE task SET patient_id = :patient_id, state = 'cancelled', outcome = 'replaced',
    ended_ms = :now_ms
 WHERE practice_id = :practice_id AND task_id = :task_id

-- name: inbox_stranger_tasks_done
-- What was done about them before belongs to the patient, too.
UPDATE task SET patient_id = :patient_id
 WHERE practice_id = :practice_id AND patient_id IS NULL
   AND inbound_id IN (SELECT i.inbound_id FROM inbound i
        WHERE i.practice_id = :practice_id AND i.thread_id = :thread_id)

-- name: inbox_name_thread
-- The patient had no conversation: this is theirs.
UPDATE thread SET patient_id = :patient_id
 WHERE practice_id = :practice_id AND thread_id = :thread_id

-- name: inbox_gather_thread
-- The patient has one: open if either was, read as the newer of the two, as urgent as the graver.
UPDATE thread SET
    label = CASE WHEN coalesce(last_in_ms, 0) < s.in_ms THEN s.label ELSE thread.label END,
    route = CASE WHEN coalesce(last_in_ms, 0) < s.in_ms THEN s.route ELSE thread.route END,
    urgency = CASE WHEN 'emergency' IN (thread.urgency, s.urgency) THEN 'emergency'
        WHEN 'same_day' IN (thread.urgency, s.urgency) THEN 'same_day'
        ELSE coalesce(thread.urgency, s.urgency) END,
    state = CASE WHEN s.state = 'open' THEN 'open' ELSE thread.state END,
    closed_ms = CASE WHEN s.state = 'open' THEN NULL ELSE thread.closed_ms END,
    closed_by = CASE WHEN s.state = 'open' THEN NULL ELSE thread.closed_by END,
    opened_ms = least(thread.opened_ms, s.opened_ms),
    last_in_ms = CASE WHEN coalesce(last_in_ms, 0) < s.in_ms THEN s.in_ms
        ELSE thread.last_in_ms END
  FROM (SELECT label, route, urgency, state, opened_ms, coalesce(last_in_ms, 0) AS in_ms
          FROM thread WHERE practice_id = :practice_id AND thread_id = :from_thread) s
 WHERE thread.practice_id = :practice_id AND thread.thread_id = :to_thread

-- name: inbox_gather_messages
UPDATE inbound SET thread_id = :to_thread
 WHERE practice_id = :practice_id AND thread_id = :from_thread

-- name: inbox_gather_notes
UPDATE note SET thread_id = :to_thread
 WHERE practice_id = :practice_id AND thread_id = :from_thread

-- name: inbox_end_stranger
DELETE FROM thread WHERE practice_id = :practice_id AND thread_id = :from_thread

-- name: inbox_same_task
-- One open task of a kind for a patient; one for each message that somebody must approve.
SELECT task_id FROM task
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND kind = :kind AND state = 'open'
   AND (CAST(:each_touch AS TEXT) IS NULL OR touch_id = :each_touch)
 ORDER BY created_ms, task_id LIMIT 1

-- name: inbox_same_stranger_task
-- One open task of a kind for an address, too, while nobody knows whose it is.
SELECT k.task_id FROM task k
  JOIN inbound i ON i.practice_id = k.practice_id AND i.inbound_id = k.inbound_id
  JOIN inbound n ON n.practice_id = i.practice_id AND n.sender = i.sender
 WHERE k.practice_id = :practice_id AND k.patient_id IS NULL AND k.kind = :kind
   AND k.state = 'open' AND n.inbound_id = :inbound_id
 ORDER BY k.created_ms, k.task_id LIMIT 1

-- name: inbox_hasten_task
-- A second reason makes a task sooner, never later; a more pressing one calls again from the start,
-- as does one after the last call: whoever did not come to the first shall hear of the second.
UPDATE task SET due_ms = least(due_ms, :due_ms), priority = least(priority, :priority),
    alert_ms = CASE WHEN :priority < priority OR alert_ms IS NULL THEN :alert_ms
        ELSE alert_ms END,
    alert_step = CASE WHEN :priority < priority OR alert_ms IS NULL THEN 0 ELSE alert_step END
 WHERE practice_id = :practice_id AND task_id = :task_id

-- ---- what people do (desk.c) ----

-- name: inbox_thread_patient
SELECT patient_id FROM thread WHERE practice_id = :practice_id AND thread_id = :thread_id

-- name: inbox_change_thread
-- What is not to change is told by its flag.
UPDATE thread SET
    assigned_to = CASE WHEN :assigns = 1 THEN CAST(:assignee AS TEXT) ELSE assigned_to END,
    snoozed_ms = CASE WHEN :snoozes = 1 THEN :snoozed_ms ELSE snoozed_ms END,
    draft = CASE WHEN :drafts = 1 THEN CAST(:draft AS TEXT) ELSE draft END
 WHERE practice_id = :practice_id AND thread_id = :thread_id

-- name: inbox_see_thread
UPDATE thread SET seen_ms = :now_ms WHERE practice_id = :practice_id AND thread_id = :thread_id
   AND seen_ms < coalesce(last_in_ms, 0)

-- name: inbox_end_thread
UPDATE thread SET state = 'closed', closed_ms = :now_ms, closed_by = :closed_by, snoozed_ms = 0
 WHERE practice_id = :practice_id AND thread_id = :thread_id AND state = 'open'

-- name: inbox_end_stranger_tasks
-- Tasks about a sender that nobody knows hang on the messages alone.
UPDATE task SET state = 'done', outcome = 'closed', ended_ms = :now_ms
 WHERE practice_id = :practice_id AND patient_id IS NULL AND state = 'open'
   AND inbound_id IN (SELECT i.inbound_id FROM inbound i
        WHERE i.practice_id = :practice_id AND i.thread_id = :thread_id)

-- name: inbox_reopen_thread
UPDATE thread SET state = 'open', closed_ms = NULL, closed_by = NULL
 WHERE practice_id = :practice_id AND thread_id = :thread_id

-- name: inbox_add_note
INSERT INTO note (practice_id, note_id, thread_id, user_id, body, at_ms)
VALUES (:practice_id, :note_id, :thread_id, :user_id, :body, :now_ms)

-- name: inbox_note_reply
INSERT INTO staff_reply (practice_id, touch_id, thread_id, user_id, at_ms)
VALUES (:practice_id, :touch_id, :thread_id, :user_id, :now_ms)

-- name: inbox_staff_answered
UPDATE thread SET last_out_ms = :now_ms, draft = NULL, seen_ms = :now_ms
 WHERE practice_id = :practice_id AND thread_id = :thread_id

-- name: inbox_change_task
-- Only an open one can still be given to somebody.
UPDATE task SET due_ms = coalesce(:due_ms, due_ms),
    assigned_to = CASE WHEN :assigns = 1 THEN CAST(:assignee AS TEXT) ELSE assigned_to END
 WHERE practice_id = :practice_id AND task_id = :task_id AND state = 'open'

-- name: inbox_add_canned
INSERT INTO canned_answer (practice_id, canned_id, name, body, language, updated_ms)
VALUES (:practice_id, :canned_id, :name, :body, :language, :now_ms)

-- name: inbox_change_canned
UPDATE canned_answer SET name = :name, body = :body, language = :language, updated_ms = :now_ms
 WHERE practice_id = :practice_id AND canned_id = :canned_id

-- name: inbox_drop_canned
DELETE FROM canned_answer WHERE practice_id = :practice_id AND canned_id = :canned_id

-- ---- whom an open task calls (alert.c) ----

-- name: inbox_claim_alerts
-- An index of those that call somebody.
SELECT task_id, kind, alert_step, due_ms FROM task
 WHERE practice_id = :practice_id AND state = 'open'
   AND alert_ms >= :from_ms AND alert_ms <= :until_ms
 ORDER BY alert_ms, created_ms, task_id LIMIT :limit

-- name: inbox_claim_alerts [postgres]
SELECT task_id, kind, alert_step, due_ms FROM task
 WHERE practice_id = :practice_id AND state = 'open'
   AND alert_ms >= :from_ms AND alert_ms <= :until_ms
 ORDER BY alert_ms, created_ms, task_id LIMIT :limit FOR UPDATE SKIP LOCKED

-- name: inbox_put_alert
-- What ended meanwhile calls nobody.
UPDATE task SET alert_step = :step, alert_ms = :at_ms
 WHERE practice_id = :practice_id AND task_id = :task_id AND state = 'open'

-- name: inbox_next_alert
-- When the engine has to wake; whether anything is left that could call nobody.
SELECT alert_ms FROM task
 WHERE practice_id = :practice_id AND state = 'open'
   AND alert_ms >= :from_ms AND alert_ms <= :until_ms
 ORDER BY alert_ms LIMIT 1

-- name: inbox_return_inbound
-- A split: what they wrote before the merge, and what came from an address that is theirs alone.
UPDATE inbound SET patient_id = :gone
 WHERE practice_id = :practice_id AND patient_id = :into AND (inbound_id IN LIST(:ids)
   OR (sender IN (SELECT c.address FROM contact_point c WHERE c.practice_id = :practice_id
          AND c.patient_id = :gone AND c.current = 1)
     AND sender NOT IN (SELECT c.address FROM contact_point c WHERE c.practice_id = :practice_id
          AND c.patient_id = :into AND c.current = 1)))

-- name: inbox_return_tasks
-- Tasks go back, and with them those about a message that went.
UPDATE task SET patient_id = :gone
 WHERE practice_id = :practice_id AND patient_id = :into AND (task_id IN LIST(:ids)
   OR inbound_id IN (SELECT i.inbound_id FROM inbound i WHERE i.practice_id = :practice_id
        AND i.patient_id = :gone))

-- name: inbox_thread_of
SELECT thread_id FROM thread WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: inbox_count_inbound
SELECT count(*) FROM inbound WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: inbox_give_thread
-- The conversation was theirs before the merge.
UPDATE thread SET patient_id = :gone WHERE practice_id = :practice_id AND thread_id = :thread_id

-- name: inbox_new_thread
-- For what one of two wrote who had a single conversation: open while somebody has to answer.
INSERT INTO thread (practice_id, thread_id, patient_id, address, state, opened_ms, last_in_ms)
SELECT :practice_id, :thread_id, :patient_id, coalesce(CAST(:address AS TEXT), max(i.sender), ''),
    CASE WHEN EXISTS (SELECT 1 FROM task k WHERE k.practice_id = :practice_id
        AND k.patient_id = :patient_id AND k.state = 'open' AND k.inbound_id IS NOT NULL)
      THEN 'open' ELSE 'closed' END,
    coalesce(min(i.received_ms), :now_ms), max(i.received_ms)
  FROM inbound i WHERE i.practice_id = :practice_id AND i.patient_id = :patient_id

-- name: inbox_gather_inbound
UPDATE inbound SET thread_id = :thread_id
 WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: inbox_return_notes
-- What colleagues noted in their conversation goes back into it.
UPDATE note SET thread_id = :to_thread
 WHERE practice_id = :practice_id AND thread_id = :from_thread AND note_id IN LIST(:ids)

-- name: inbox_keep_notes
-- What was noted since the merge stays with who stays.
UPDATE note SET thread_id = :to_thread
 WHERE practice_id = :practice_id AND thread_id = :from_thread AND note_id NOT IN LIST(:ids)

-- name: inbox_thread_times
-- When the patient wrote last, as far as it is theirs.
UPDATE thread SET last_in_ms = (SELECT max(i.received_ms) FROM inbound i
      WHERE i.practice_id = thread.practice_id AND i.thread_id = thread.thread_id)
 WHERE practice_id = :practice_id AND patient_id = :patient_id

-- ---- what a person says that a message meant (correct.c) ----

-- name: inbox_read_message
-- With what it answers, as far as that went to the same address.
SELECT i.inbound_id, i.channel, i.sender, i.body, i.received_ms, i.patient_id, i.touch_id,
    i.thread_id, coalesce(i.reading, ''), coalesce(i.stop, 'no'), t.body, t.touch_key,
    t.enrollment_id, i.attachments
  FROM inbound i
  LEFT JOIN touch t ON t.practice_id = i.practice_id AND t.touch_id = i.touch_id
       AND t.address = i.sender
 WHERE i.practice_id = :practice_id AND i.inbound_id = :inbound_id AND i.folded_ms IS NOT NULL

-- name: inbox_correct_reading
UPDATE inbound SET reading = :reading, stop = :stop, settled = 0
 WHERE practice_id = :practice_id AND inbound_id = :inbound_id

-- name: inbox_outdate_correction
-- An earlier correction of the same message stays, and counts no longer.
UPDATE correction SET counts = 0
 WHERE practice_id = :practice_id AND inbound_id = :inbound_id AND counts = 1

-- name: inbox_add_correction
INSERT INTO correction (practice_id, correction_id, inbound_id, labels, urgency, route, tags, was,
    actor, at_ms, counts)
VALUES (:practice_id, :correction_id, :inbound_id, :labels, :urgency, :route, :tags, :was, :actor,
    :now_ms, 1)

-- name: inbox_thread_standing
-- Whether the message is the newest of its conversation, and whether a person has closed that.
SELECT CASE WHEN EXISTS (SELECT 1 FROM inbound n WHERE n.practice_id = t.practice_id
        AND n.thread_id = t.thread_id AND (n.received_ms > :received_ms
          OR (n.received_ms = :received_ms AND n.inbound_id > :inbound_id))) THEN 0 ELSE 1 END,
    CASE WHEN t.state = 'closed' AND coalesce(t.closed_by, 'triage') NOT IN ('triage',
        'auto_answer') THEN 1 ELSE 0 END
  FROM thread t WHERE t.practice_id = :practice_id AND t.thread_id = :thread_id

-- name: inbox_correct_thread
-- The corrected reading is what holds and exits ask about.
UPDATE thread SET state = :state, label = :label, route = :route, urgency = :urgency,
    closed_ms = CASE WHEN :state = 'closed' THEN CAST(:now_ms AS BIGINT) ELSE NULL END,
    closed_by = CASE WHEN :state = 'closed' THEN 'triage' ELSE NULL END
 WHERE practice_id = :practice_id AND thread_id = :thread_id

-- name: inbox_tasks_of_message
-- What it had asked people to do.
SELECT task_id, kind FROM task
 WHERE practice_id = :practice_id AND inbound_id = :inbound_id AND state = 'open'
 ORDER BY task_id

-- name: inbox_drop_task
-- Its reason was a misreading.
UPDATE task SET state = 'cancelled', outcome = 'corrected', ended_ms = :now_ms
 WHERE practice_id = :practice_id AND task_id = :task_id AND state = 'open'

-- name: inbox_lessons
-- The newest ones, in the order in which they were given.
SELECT correction_id, body, prior, labels, urgency, route, tags FROM (
  SELECT c.correction_id, i.body, t.body AS prior, c.labels, c.urgency, c.route, c.tags, c.at_ms
    FROM correction c
    JOIN inbound i ON i.practice_id = c.practice_id AND i.inbound_id = c.inbound_id
    LEFT JOIN touch t ON t.practice_id = i.practice_id AND t.touch_id = i.touch_id
         AND t.address = i.sender
   WHERE c.practice_id = :practice_id AND c.counts = 1
   ORDER BY c.at_ms DESC, c.correction_id DESC LIMIT :limit) x
 ORDER BY at_ms, correction_id

-- name: inbox_lesson_count
-- As many messages as somebody has corrected: the newest word on each counts.
SELECT count(*), coalesce(sum(CASE WHEN at_ms > :since_ms THEN 1 ELSE 0 END), 0) FROM correction
 WHERE practice_id = :practice_id AND counts = 1

-- name: inbox_layer
SELECT layer_id, body, figures, made_ms, lessons FROM triage_layer
 WHERE practice_id = :practice_id AND undone_ms IS NULL ORDER BY layer_id DESC LIMIT 1

-- name: inbox_layer_id
SELECT layer_id FROM triage_layer
 WHERE practice_id = :practice_id AND undone_ms IS NULL ORDER BY layer_id DESC LIMIT 1

-- name: inbox_put_layer
INSERT INTO triage_layer (practice_id, layer_id, lessons, body, figures, actor, made_ms)
VALUES (:practice_id, :layer_id, :lessons, :body, :figures, :actor, :now_ms)

-- name: inbox_undo_layer
UPDATE triage_layer SET undone_ms = :now_ms
 WHERE practice_id = :practice_id AND layer_id = :layer_id AND undone_ms IS NULL

-- ---- what somebody should know before they call (summary.c) ----

-- name: inbox_summary_visits
-- The last one that took place, and the next that is booked.
SELECT service, provider, start_ms, 1 FROM (
  SELECT service, provider, start_ms FROM appointment
   WHERE practice_id = :practice_id AND patient_id = :patient_id AND status = 'completed'
     AND start_ms <= :now_ms
   ORDER BY start_ms DESC, appointment_id LIMIT 1) l
UNION ALL
SELECT service, provider, start_ms, 2 FROM (
  SELECT service, provider, start_ms FROM appointment
   WHERE practice_id = :practice_id AND patient_id = :patient_id
     AND status IN ('booked', 'confirmed') AND start_ms > :now_ms
   ORDER BY start_ms, appointment_id LIMIT 1) n

-- name: inbox_summary_said
-- Newest first, with what was made of it.
SELECT body, received_ms, channel, coalesce(reading, ''), attachments FROM inbound
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND folded_ms IS NOT NULL
   AND received_ms <= :now_ms
 ORDER BY received_ms DESC, inbound_id DESC LIMIT :limit

-- name: inbox_summary_tags
SELECT tag FROM tag WHERE practice_id = :practice_id AND patient_id = :patient_id ORDER BY tag

-- name: inbox_summary_calls
-- How earlier tasks for people ended, newest first.
SELECT kind, outcome, coalesce(note, ''), ended_ms FROM task
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND state = 'done'
   AND outcome NOT IN ('auto_answer', 'answered', 'closed') AND ended_ms <= :now_ms
 ORDER BY ended_ms DESC, task_id DESC LIMIT :limit

-- name: inbox_summary_notes
SELECT n.body, n.at_ms FROM note n
  JOIN thread t ON t.practice_id = n.practice_id AND t.thread_id = n.thread_id
 WHERE n.practice_id = :practice_id AND t.patient_id = :patient_id AND n.at_ms <= :now_ms
 ORDER BY n.at_ms DESC, n.note_id DESC LIMIT :limit

-- ---- erased ----

-- name: inbox_erase_unread
-- It may be a stop: it is read first.
SELECT count(*) FROM inbound
 WHERE practice_id = :practice_id AND folded_ms IS NULL
   AND (patient_id = :patient_id OR sender IN (SELECT c.address FROM contact_point c
        WHERE c.practice_id = :practice_id AND c.patient_id = :patient_id))

-- name: inbox_erase_first_lesson
-- What was learned since holds something of what they said.
SELECT min(c.at_ms) FROM correction c
  JOIN inbound i ON i.practice_id = c.practice_id AND i.inbound_id = c.inbound_id
 WHERE c.practice_id = :practice_id AND i.patient_id = :patient_id

-- name: inbox_erase_layers
DELETE FROM triage_layer WHERE practice_id = :practice_id AND made_ms >= :since_ms

-- name: inbox_erase_corrections
DELETE FROM correction WHERE practice_id = :practice_id AND inbound_id IN (
    SELECT i.inbound_id FROM inbound i
     WHERE i.practice_id = :practice_id AND i.patient_id = :patient_id)

-- name: inbox_erase_notes
DELETE FROM note WHERE practice_id = :practice_id AND thread_id IN (
    SELECT t.thread_id FROM thread t WHERE t.practice_id = :practice_id
       AND (t.patient_id = :patient_id
         OR (t.patient_id IS NULL AND t.address IN LIST(:addresses))))

-- name: inbox_erase_threads
DELETE FROM thread WHERE practice_id = :practice_id
   AND (patient_id = :patient_id OR (patient_id IS NULL AND address IN LIST(:addresses)))

-- name: inbox_erase_messages
-- That something came in, by which channel, when, and whether it was a stop, stays: the proof that
-- a stop was obeyed at once. Also what came from their address before anybody knew whose it was.
UPDATE inbound SET body = '', attachments = '[]', sender = '', reading = NULL, thread_id = NULL,
    patient_id = :patient_id, provider_id = inbound_id
 WHERE practice_id = :practice_id
   AND (patient_id = :patient_id OR (patient_id IS NULL AND sender IN LIST(:addresses)))

-- name: inbox_erase_tasks_done
-- Reports count the time that a playbook's tasks took.
UPDATE task SET title = '', body = '{}', note = NULL,
    outcome = CASE WHEN state = 'open' THEN 'erased' ELSE outcome END,
    ended_ms = CASE WHEN state = 'open' THEN CAST(:now_ms AS BIGINT) ELSE ended_ms END,
    alert_ms = NULL, state = CASE WHEN state = 'open' THEN 'cancelled' ELSE state END
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND enrollment_id IS NOT NULL

-- name: inbox_erase_tasks
DELETE FROM task
 WHERE practice_id = :practice_id AND enrollment_id IS NULL
   AND (patient_id = :patient_id
     OR (patient_id IS NULL AND inbound_id IN (SELECT i.inbound_id FROM inbound i
          WHERE i.practice_id = :practice_id AND i.patient_id = :patient_id)))
