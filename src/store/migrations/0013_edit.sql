-- What a colleague changed in a person's own fields. It stands above what the records say until an
-- import says something else than it said then.
-- owner: record
CREATE TABLE patient_edit (
    practice_id BIGINT NOT NULL,
    patient_id  TEXT   NOT NULL,
    field       TEXT   NOT NULL, -- canonical name: 'zip', 'birth_date', 'preferred_channel' ...
    value       TEXT,            -- as field.h writes it; NULL: there is none
    imported    TEXT,            -- what the records said when it was changed
    actor       TEXT   NOT NULL,
    at_ms       BIGINT NOT NULL,
    PRIMARY KEY (practice_id, patient_id, field)
);

-- What a colleague said of a person's addresses.
-- owner: record
CREATE TABLE contact_edit (
    practice_id BIGINT NOT NULL,
    patient_id  TEXT   NOT NULL,
    source      TEXT   NOT NULL CHECK (source IN ('mobile', 'home', 'work', 'email')),
    address     TEXT   NOT NULL,
    act         TEXT   NOT NULL CHECK (act IN ('added', 'wrong', 'listed')), -- listed: see first_ms
    replaces    TEXT,            -- the records' address in whose place it stands
    first_ms    BIGINT,          -- chosen as the one to try first; the newest choice counts
    actor       TEXT   NOT NULL,
    at_ms       BIGINT NOT NULL,
    PRIMARY KEY (practice_id, patient_id, source, address)
);
