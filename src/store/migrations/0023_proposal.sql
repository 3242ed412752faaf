-- Times that a message named to a patient, in the order of the message: what "the 2nd one" means.
-- owner: opening
CREATE TABLE opening_proposal (
    practice_id BIGINT NOT NULL,
    proposal_id TEXT   NOT NULL,
    patient_id  TEXT   NOT NULL,
    service     TEXT   NOT NULL, -- key of definitions.yaml
    times       TEXT   NOT NULL, -- JSON: [{"start_ms", "provider", "location"}]
    source      TEXT   NOT NULL, -- 'reply', 'touch', 'waitlist'
    touch_id    TEXT,            -- the message
    language    TEXT,            -- it was written in
    opening_id  TEXT,            -- of the waitlist: what is held for it
    state       TEXT   NOT NULL CHECK (state IN ('open', 'taken', 'replaced')),
    expires_ms  BIGINT NOT NULL,
    created_ms  BIGINT NOT NULL,
    changed_ms  BIGINT NOT NULL,
    PRIMARY KEY (practice_id, proposal_id)
);
CREATE UNIQUE INDEX opening_proposal_open ON opening_proposal (practice_id, patient_id)
 WHERE state = 'open';
CREATE INDEX opening_proposal_patient ON opening_proposal (practice_id, patient_id);
