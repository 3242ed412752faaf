-- What reports add up, kept as it changes. Whoever changes a row that a report counts leaves a mark
-- here, by triggers, in the same transaction; the engine's rounds count what is marked anew.
-- owner: report
CREATE TABLE report_mark (
    mark_id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    practice_id   BIGINT NOT NULL,
    enrollment_id TEXT   NOT NULL
);
CREATE INDEX report_mark_enrollment ON report_mark (practice_id, enrollment_id);

-- What one enrollment counts as, as it stands in the sums.
-- owner: report
CREATE TABLE report_outcome (
    practice_id   BIGINT NOT NULL,
    enrollment_id TEXT   NOT NULL,
    day           BIGINT NOT NULL, -- of entry, on the practice's calendar
    playbook      TEXT   NOT NULL,
    places        TEXT   NOT NULL, -- JSON array of the locations of the patient's visits
    counts        TEXT   NOT NULL, -- src/report/counts.c
    PRIMARY KEY (practice_id, enrollment_id)
);

-- The sums of all outcomes of one playbook, day of entry and set of locations; and of whole months,
-- so that a long period is read in a few rows.
-- owner: report
CREATE TABLE report_sum (
    practice_id BIGINT NOT NULL,
    span        TEXT   NOT NULL CHECK (span IN ('day', 'month')),
    day         BIGINT NOT NULL, -- the first one
    playbook    TEXT   NOT NULL,
    places      TEXT   NOT NULL,
    counts      TEXT   NOT NULL,
    PRIMARY KEY (practice_id, span, day, playbook, places)
);

-- By which calendar and which rules the sums were made; others, and all is counted anew.
-- owner: report
CREATE TABLE report_state (
    practice_id BIGINT NOT NULL PRIMARY KEY,
    basis       TEXT   NOT NULL
);

CREATE INDEX attribution_appointment ON attribution (practice_id, appointment_id);

CREATE FUNCTION report_mark_one() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF tg_op <> 'DELETE' AND new.enrollment_id IS NOT NULL THEN
        INSERT INTO report_mark (practice_id, enrollment_id)
        VALUES (new.practice_id, new.enrollment_id);
    END IF;
    IF tg_op <> 'INSERT' AND old.enrollment_id IS NOT NULL
        AND (tg_op = 'DELETE' OR new.enrollment_id IS DISTINCT FROM old.enrollment_id) THEN
        INSERT INTO report_mark (practice_id, enrollment_id)
        VALUES (old.practice_id, old.enrollment_id);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER report_enrollment_added AFTER INSERT OR DELETE ON enrollment FOR EACH ROW
    EXECUTE FUNCTION report_mark_one();
CREATE TRIGGER report_enrollment_changed AFTER UPDATE OF playbook, arm, state, hold, exit,
    entered_ms, patient_id ON enrollment FOR EACH ROW
    WHEN (new.playbook <> old.playbook OR new.arm <> old.arm OR new.state <> old.state
      OR new.hold IS DISTINCT FROM old.hold OR new.exit IS DISTINCT FROM old.exit
      OR new.entered_ms <> old.entered_ms OR new.patient_id <> old.patient_id)
    EXECUTE FUNCTION report_mark_one();

-- Due, waiting and sending are one to a report.
CREATE TRIGGER report_touch_added AFTER INSERT ON touch FOR EACH ROW
    WHEN (new.enrollment_id IS NOT NULL) EXECUTE FUNCTION report_mark_one();
CREATE TRIGGER report_touch_changed AFTER UPDATE OF state, position, planned_ms, sent_ms,
    delivered_ms, code ON touch FOR EACH ROW
    WHEN (new.enrollment_id IS NOT NULL AND (new.position <> old.position
      OR new.planned_ms <> old.planned_ms OR new.sent_ms IS DISTINCT FROM old.sent_ms
      OR new.delivered_ms IS DISTINCT FROM old.delivered_ms
      OR (new.state <> old.state AND (new.state NOT IN ('due', 'waiting', 'sending')
            OR old.state NOT IN ('due', 'waiting', 'sending')))
      OR (new.state IN ('dropped', 'failed') AND new.code IS DISTINCT FROM old.code)))
    EXECUTE FUNCTION report_mark_one();
CREATE TRIGGER report_touch_gone AFTER DELETE ON touch FOR EACH ROW
    WHEN (old.enrollment_id IS NOT NULL) EXECUTE FUNCTION report_mark_one();

CREATE TRIGGER report_engagement_added AFTER INSERT ON engagement FOR EACH ROW
    WHEN (new.enrollment_id IS NOT NULL
     AND (new.human_opens > 0 OR new.clicks > 0 OR new.replies > 0))
    EXECUTE FUNCTION report_mark_one();
CREATE TRIGGER report_engagement_changed AFTER UPDATE OF human_opens, clicks, replies ON engagement
    FOR EACH ROW
    WHEN (new.enrollment_id IS NOT NULL
     AND ((new.human_opens > 0) <> (old.human_opens > 0) OR (new.clicks > 0) <> (old.clicks > 0)
      OR (new.replies > 0) <> (old.replies > 0)))
    EXECUTE FUNCTION report_mark_one();

CREATE TRIGGER report_attribution_changed AFTER INSERT OR DELETE ON attribution FOR EACH ROW
    EXECUTE FUNCTION report_mark_one();

CREATE TRIGGER report_task_added AFTER INSERT ON task FOR EACH ROW
    WHEN (new.enrollment_id IS NOT NULL) EXECUTE FUNCTION report_mark_one();
CREATE TRIGGER report_task_changed AFTER UPDATE OF kind, role, staff_seconds, enrollment_id ON task
    FOR EACH ROW
    WHEN (new.kind <> old.kind OR new.role <> old.role
      OR new.staff_seconds IS DISTINCT FROM old.staff_seconds
      OR new.enrollment_id IS DISTINCT FROM old.enrollment_id)
    EXECUTE FUNCTION report_mark_one();
CREATE TRIGGER report_task_gone AFTER DELETE ON task FOR EACH ROW
    WHEN (old.enrollment_id IS NOT NULL) EXECUTE FUNCTION report_mark_one();

-- Whether a booking was kept, what it came to, and where a patient goes.
CREATE FUNCTION report_mark_patient() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF tg_op <> 'DELETE' THEN
        INSERT INTO report_mark (practice_id, enrollment_id)
        SELECT practice_id, enrollment_id FROM enrollment
         WHERE practice_id = new.practice_id AND patient_id = new.patient_id;
    END IF;
    IF tg_op <> 'INSERT' THEN
        INSERT INTO report_mark (practice_id, enrollment_id)
        SELECT practice_id, enrollment_id FROM enrollment
         WHERE practice_id = old.practice_id AND patient_id = old.patient_id
           AND (tg_op = 'DELETE' OR new.patient_id <> old.patient_id)
        UNION
        SELECT practice_id, enrollment_id FROM attribution
         WHERE practice_id = old.practice_id AND appointment_id = old.appointment_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER report_appointment_added AFTER INSERT ON appointment FOR EACH ROW
    WHEN (new.location IS NOT NULL) EXECUTE FUNCTION report_mark_patient();
CREATE TRIGGER report_appointment_changed AFTER UPDATE OF status, total_cents, location, patient_id
    ON appointment FOR EACH ROW
    WHEN (new.status <> old.status OR new.total_cents IS DISTINCT FROM old.total_cents
      OR new.location IS DISTINCT FROM old.location OR new.patient_id <> old.patient_id)
    EXECUTE FUNCTION report_mark_patient();
CREATE TRIGGER report_appointment_gone AFTER DELETE ON appointment FOR EACH ROW
    EXECUTE FUNCTION report_mark_patient();
