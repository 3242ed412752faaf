-- What is open, from the index alone: each page of the desk counts it, few at a time, over rows
-- that lie anywhere.
DROP INDEX task_open;
CREATE INDEX task_open ON task (practice_id, due_ms, priority, created_ms, kind, role, inbound_id,
    patient_id, assigned_to, task_id, state) WHERE state = 'open';
CREATE INDEX thread_open ON thread (practice_id, last_in_ms, snoozed_ms, urgency, patient_id,
    assigned_to, thread_id, state) WHERE state = 'open';

-- The words that texts have, in their order: what stands in the index, and no copy of it.
CREATE VIRTUAL TABLE search_term USING fts5vocab (search_text, instance);

-- The first address of each kind, as lists show it.
CREATE INDEX contact_point_listed ON contact_point (practice_id, patient_id, channel, rank, address,
    current) WHERE current = 1;

-- The next bookings of a service in their order, without those that were called off.
CREATE INDEX appointment_booked ON appointment (practice_id, service, start_ms, appointment_id)
    WHERE status IN ('booked', 'confirmed');

-- How many patients there are: asked for by each first page of everybody, and a hundred thousand
-- take their time to count. Kept by triggers, in the same transaction.
-- owner: record
CREATE TABLE patient_tally (
    practice_id BIGINT NOT NULL PRIMARY KEY,
    patients    BIGINT NOT NULL
);
INSERT INTO patient_tally (practice_id, patients)
SELECT practice_id, count(*) FROM patient GROUP BY practice_id;
CREATE TRIGGER patient_tally_added AFTER INSERT ON patient BEGIN
    INSERT INTO patient_tally (practice_id, patients) VALUES (new.practice_id, 1)
    ON CONFLICT (practice_id) DO UPDATE SET patients = patients + 1;
END;
CREATE TRIGGER patient_tally_gone AFTER DELETE ON patient BEGIN
    UPDATE patient_tally SET patients = patients - 1 WHERE practice_id = old.practice_id;
END;
