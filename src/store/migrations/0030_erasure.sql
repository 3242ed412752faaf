-- Who was erased: enough to show that it was done and to keep an import from bringing them back,
-- and nothing that says who they were.
-- owner: record
CREATE TABLE erasure (
    practice_id BIGINT NOT NULL,
    patient_id  TEXT   NOT NULL, -- what their trail and their emptied rows stand under
    stops       BIGINT NOT NULL, -- what they had stopped: 1 sms, 2 email, 4 voice, 8 marketing
    actor       TEXT   NOT NULL,
    at_ms       BIGINT NOT NULL,
    lifted_ms   BIGINT,          -- they may come in again since
    lifted_by   TEXT,
    PRIMARY KEY (practice_id, patient_id)
);

-- What they would be recognised by, each as a hash under the home's key: an id of the booking
-- system, birth date with mobile, email or name, name with an address; an address alone, so that
-- who names it can find what was sent to it.
-- owner: record
CREATE TABLE erasure_key (
    practice_id BIGINT NOT NULL,
    key_hash    TEXT   NOT NULL, -- HMAC-SHA256 under secrets/addresses.key
    patient_id  TEXT   NOT NULL,
    kind        TEXT   NOT NULL CHECK (kind IN ('record', 'person', 'address')),
    PRIMARY KEY (practice_id, key_hash, patient_id)
);
