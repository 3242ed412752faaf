-- The hash-chained log of every change and every read of PHI. Rows are only ever inserted.
-- owner: audit
CREATE TABLE audit (
    practice_id BIGINT NOT NULL,
    writer      TEXT   NOT NULL, -- whose chain: "engine", "http", "import" ...
    seq         BIGINT NOT NULL, -- from 1, no gaps within a writer
    at_ms       BIGINT NOT NULL,
    actor       TEXT   NOT NULL, -- "engine", "user:<id>", "patient" ...
    action      TEXT   NOT NULL, -- "room.verb"
    patient_id  TEXT,
    subject_id  TEXT,            -- the row it is about
    detail      TEXT   NOT NULL, -- JSON
    prev_hash   TEXT   NOT NULL, -- hex; 64 zeros for seq 1
    hash        TEXT   NOT NULL, -- hex SHA-256 of this row's canonical text, prev_hash included
    PRIMARY KEY (practice_id, writer, seq)
);
CREATE INDEX audit_patient ON audit (practice_id, patient_id, at_ms) WHERE patient_id IS NOT NULL;

-- The newest link of each chain, so that writing one row reads one row, and a cut tail shows.
-- owner: audit
CREATE TABLE audit_head (
    practice_id BIGINT NOT NULL,
    writer      TEXT   NOT NULL,
    seq         BIGINT NOT NULL,
    hash        TEXT   NOT NULL,
    PRIMARY KEY (practice_id, writer)
);
