-- What is open, from the index alone: each page of the desk counts it, few at a time, over rows
-- that lie anywhere.
DROP INDEX task_open;
CREATE INDEX task_open ON task (practice_id, due_ms, priority, created_ms, kind, role, inbound_id,
    patient_id, assigned_to, task_id, state) WHERE state = 'open';
CREATE INDEX thread_open ON thread (practice_id, last_in_ms, snoozed_ms, urgency, patient_id,
    assigned_to, thread_id, state) WHERE state = 'open';

-- The first address of each kind, as lists show it.
CREATE INDEX contact_point_listed ON contact_point (practice_id, patient_id, channel, rank, address,
    current) WHERE current = 1;

-- The next bookings of a service in their order, without those that were called off.
CREATE INDEX appointment_booked ON appointment (practice_id, service, start_ms, appointment_id)
    WHERE status IN ('booked', 'confirmed');

-- How many patients there are: asked for by each first page of everybody, and a hundred thousand
-- take their time to count. Kept by triggers, in the same transaction. One row that everybody
-- changed would make writers wait for each other, and grow a version with each patient of an
-- import: so each change is a row, and a thousand of them become one, without those that somebody
-- else is at.
-- owner: record
CREATE TABLE patient_tally (
    tally_id    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    practice_id BIGINT NOT NULL,
    patients    BIGINT NOT NULL
);
INSERT INTO patient_tally (practice_id, patients)
SELECT practice_id, count(*) FROM patient GROUP BY practice_id;
CREATE FUNCTION patient_tally_one() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    id BIGINT;
BEGIN
    INSERT INTO patient_tally (practice_id, patients)
    VALUES (coalesce(new.practice_id, old.practice_id),
        CASE tg_op WHEN 'DELETE' THEN -1 ELSE 1 END) RETURNING tally_id INTO id;
    IF id % 1000 = 0 THEN
        WITH gone AS (
            DELETE FROM patient_tally WHERE tally_id IN (SELECT t.tally_id FROM patient_tally t
                FOR UPDATE SKIP LOCKED)
            RETURNING practice_id, patients)
        INSERT INTO patient_tally (practice_id, patients)
        SELECT practice_id, sum(patients) FROM gone GROUP BY practice_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER patient_tally_changed AFTER INSERT OR DELETE ON patient FOR EACH ROW
    EXECUTE FUNCTION patient_tally_one();
