-- Two patients whom somebody has parted by hand: no import makes them one again.
-- owner: record
CREATE TABLE patient_apart (
    practice_id BIGINT NOT NULL,
    patient_id  TEXT   NOT NULL, -- the lower id of the two
    other_id    TEXT   NOT NULL,
    actor       TEXT   NOT NULL,
    at_ms       BIGINT NOT NULL,
    PRIMARY KEY (practice_id, patient_id, other_id)
);

-- What was a patient's before they became part of another, as far as it cannot be told from the
-- records: so that they can come apart again. Goes with the merge that it belongs to.
-- owner: record
CREATE TABLE patient_part (
    practice_id BIGINT NOT NULL,
    patient_id  TEXT   NOT NULL, -- who is gone
    kind        TEXT   NOT NULL, -- 'record', 'consent', 'membership', 'tag' ...
    row_id      TEXT   NOT NULL,
    detail      TEXT,            -- 'both': the other one had it, too; a household
    PRIMARY KEY (practice_id, patient_id, kind, row_id)
);

-- The same of the rooms after record.
-- owner: engine
CREATE TABLE merge_part (
    practice_id BIGINT NOT NULL,
    patient_id  TEXT   NOT NULL, -- who is gone
    kind        TEXT   NOT NULL, -- 'enrollment', 'touch', 'inbound', 'task', 'note', 'thread'
    row_id      TEXT   NOT NULL,
    detail      TEXT,            -- of a thread: its address
    PRIMARY KEY (practice_id, patient_id, kind, row_id)
);

CREATE INDEX patient_merge_into ON patient_merge (practice_id, into_patient_id);
