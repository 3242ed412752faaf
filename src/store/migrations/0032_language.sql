-- Which language a patient answers in: what was heard last, how often in a row, what follows.
-- owner: record
CREATE TABLE patient_language (
    practice_id BIGINT NOT NULL,
    patient_id  TEXT   NOT NULL,
    language    TEXT,            -- learnt: messages are written in it; NULL: not sure yet
    decided_by  TEXT,            -- the message that decided it: an inbound_id
    decided_ms  BIGINT,
    heard       TEXT   NOT NULL, -- of the newest message
    times       BIGINT NOT NULL, -- so many in a row
    PRIMARY KEY (practice_id, patient_id)
);
