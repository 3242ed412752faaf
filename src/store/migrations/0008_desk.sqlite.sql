-- Finding a patient as one types: by first and last name, by what was spent, by the last visit.
CREATE INDEX patient_first_name ON patient (practice_id, name_key, patient_id);
CREATE INDEX patient_last_name ON patient (practice_id,
    (substr(name_key, 1 + length(replace(replace(replace(first_name, ' ', ''), '-', ''), '''', '')))
        || name_key));
CREATE INDEX patient_value ON patient (practice_id, ltv_cents, patient_id);
CREATE INDEX patient_visited ON patient (practice_id, last_visit_day, patient_id);

-- What people do with a conversation.
ALTER TABLE thread ADD COLUMN assigned_to TEXT;
ALTER TABLE thread ADD COLUMN snoozed_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE thread ADD COLUMN seen_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE thread ADD COLUMN draft TEXT;
CREATE INDEX thread_state ON thread (practice_id, state, last_in_ms);

-- What colleagues tell each other about a conversation; patients never see it.
-- owner: inbox
CREATE TABLE note (
    practice_id BIGINT NOT NULL,
    note_id     TEXT   NOT NULL,
    thread_id   TEXT   NOT NULL,
    user_id     TEXT   NOT NULL,
    body        TEXT   NOT NULL,
    at_ms       BIGINT NOT NULL,
    PRIMARY KEY (practice_id, note_id)
);
CREATE INDEX note_thread ON note (practice_id, thread_id, at_ms);

-- Answers that are written once and used often; may hold variables.
-- owner: inbox
CREATE TABLE canned_answer (
    practice_id BIGINT NOT NULL,
    canned_id   TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    body        TEXT   NOT NULL,
    language    TEXT   NOT NULL,
    updated_ms  BIGINT NOT NULL,
    PRIMARY KEY (practice_id, canned_id)
);

-- Who saw a patient in a list: for the disclosures of one patient.
CREATE INDEX audit_listed ON audit (practice_id, at_ms) WHERE action = 'patient.listed';
