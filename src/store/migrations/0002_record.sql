-- One person. Folded from the records of the booking system that describe the same person
-- (patient_record): the first record's values win, later ones fill what is blank, flags add up.
-- owner: record
CREATE TABLE patient (
    practice_id        BIGINT NOT NULL,
    patient_id         TEXT   NOT NULL, -- UUIDv7
    external_id        TEXT   NOT NULL, -- the first id the booking system gave; what people see
    first_name         TEXT   NOT NULL DEFAULT '',
    last_name          TEXT   NOT NULL DEFAULT '',
    preferred_name     TEXT,
    name_key           TEXT   NOT NULL DEFAULT '', -- folded "first last", to recognise one person
    birth_day          BIGINT,          -- civil day; NULL unknown
    gender             TEXT,
    address            TEXT,
    city               TEXT,
    state              TEXT,            -- two letters, upper case
    zip                TEXT,            -- five digits where US
    country            TEXT,
    time_zone          TEXT,            -- IANA, only when the booking system states it
    language           TEXT   NOT NULL DEFAULT 'en', -- 'en', 'es' ...
    preferred_channel  TEXT,            -- 'sms', 'email', 'voice'
    preferred_provider TEXT,
    household_id       TEXT   NOT NULL, -- shared by people with one phone, email or address
    home_key           BIGINT,          -- digest of address, ZIP and last name, to find a household
    inactive           BIGINT NOT NULL DEFAULT 0,
    deceased           BIGINT NOT NULL DEFAULT 0,
    vip                BIGINT NOT NULL DEFAULT 0,
    staff_or_family    BIGINT NOT NULL DEFAULT 0,
    billing_dispute    BIGINT NOT NULL DEFAULT 0,
    clinical_concern   BIGINT NOT NULL DEFAULT 0,
    do_not_contact     BIGINT NOT NULL DEFAULT 0, -- marketing_opt_out: never cleared by an import
    paused_until_day   BIGINT,          -- first day on which messages may go again
    paused_until_told  BIGINT NOT NULL DEFAULT 0, -- the patient asked for a pause without an end
    -- Opt-outs that an import told of: they hold for addresses the person gets later, too.
    sms_stopped        BIGINT NOT NULL DEFAULT 0,
    email_stopped      BIGINT NOT NULL DEFAULT 0,
    voice_stopped      BIGINT NOT NULL DEFAULT 0,
    phi_authorized     BIGINT NOT NULL DEFAULT 0, -- phi_marketing_auth: 45 CFR 164.508
    phi_authorized_day BIGINT,
    loyalty_points     BIGINT,
    loyalty_expire_day BIGINT,
    membership_plan    TEXT,
    membership_status  TEXT CHECK (membership_status IN ('active', 'paused', 'ended')),
    membership_renewal_day BIGINT,
    created_day        BIGINT,
    -- Folded from appointments by record_refresh_clocks, so that a scan reads one narrow row.
    visits             BIGINT NOT NULL DEFAULT 0, -- completed appointments
    first_visit_day    BIGINT,
    last_visit_day     BIGINT,
    last_provider      TEXT,
    ltv_cents          BIGINT NOT NULL DEFAULT 0, -- sum of completed totals
    ltv_percentile     BIGINT,          -- 0..100 within the practice; set by the nightly refresh
    created_ms         BIGINT NOT NULL,
    updated_ms         BIGINT NOT NULL,
    PRIMARY KEY (practice_id, patient_id)
);
CREATE UNIQUE INDEX patient_external ON patient (practice_id, external_id);
CREATE INDEX patient_name ON patient (practice_id, name_key, birth_day);
CREATE INDEX patient_household ON patient (practice_id, household_id);
CREATE INDEX patient_home ON patient (practice_id, home_key) WHERE home_key IS NOT NULL;

-- One record of the booking system, as it came: several may describe one patient.
-- owner: record
CREATE TABLE patient_record (
    practice_id BIGINT NOT NULL,
    record_id   TEXT   NOT NULL, -- the booking system's patient id
    patient_id  TEXT   NOT NULL,
    ordinal     BIGINT NOT NULL, -- order of first sight: the lowest one's id stands for the person
    fields      TEXT   NOT NULL, -- canonical fields as JSON, after normalising
    row_hash    TEXT   NOT NULL, -- of `fields`: an unchanged row is skipped
    same_mobile BIGINT,          -- 63-bit digest of birth date and mobile: equal means one person
    same_email  BIGINT,          -- of birth date and email
    same_name   BIGINT,          -- of birth date and folded name
    file        TEXT   NOT NULL, -- name of the file that told us last
    first_seen_ms BIGINT NOT NULL,
    changed_ms  BIGINT NOT NULL,
    PRIMARY KEY (practice_id, record_id)
);
CREATE INDEX patient_record_patient ON patient_record (practice_id, patient_id, ordinal);
CREATE INDEX patient_record_mobile ON patient_record (practice_id, same_mobile, ordinal)
    WHERE same_mobile IS NOT NULL;
CREATE INDEX patient_record_email ON patient_record (practice_id, same_email, ordinal)
    WHERE same_email IS NOT NULL;
CREATE INDEX patient_record_name ON patient_record (practice_id, same_name, ordinal)
    WHERE same_name IS NOT NULL;

-- The next ordinal, and the row that imports into one practice take turns on.
-- owner: record
CREATE TABLE record_turn (
    practice_id  BIGINT NOT NULL PRIMARY KEY,
    next_ordinal BIGINT NOT NULL
);

-- Work list of an import: the patient records it brought, changed or not. Empty between imports.
-- owner: record
CREATE TABLE record_seen (
    practice_id BIGINT NOT NULL,
    record_id   TEXT   NOT NULL,
    file_number BIGINT NOT NULL,
    file_row    BIGINT NOT NULL,
    same_mobile BIGINT,          -- of changed records: what to look for namesakes by
    same_email  BIGINT,
    same_name   BIGINT,
    stops       BIGINT NOT NULL, -- opt-outs it did not tell of before: 1 sms, 2 email, 4 voice
    PRIMARY KEY (practice_id, record_id)
);

-- Work list of an import: patients whose facts it moved. Empty between imports.
-- owner: record
CREATE TABLE record_touched (
    practice_id BIGINT NOT NULL,
    patient_id  TEXT   NOT NULL,
    fold        BIGINT NOT NULL, -- 1: records changed; 0: visits only; -1: folded already
    appointments BIGINT NOT NULL, -- how many of theirs changed, for the audit
    PRIMARY KEY (practice_id, patient_id)
);

-- Two patients that turned out to be one person; only inserted.
-- owner: record
CREATE TABLE patient_merge (
    practice_id     BIGINT NOT NULL,
    patient_id      TEXT   NOT NULL, -- who is gone
    into_patient_id TEXT   NOT NULL, -- who stands for both
    at_ms           BIGINT NOT NULL,
    PRIMARY KEY (practice_id, patient_id)
);
CREATE INDEX patient_merge_at ON patient_merge (practice_id, at_ms);

-- A way to reach a person, with its own health.
-- owner: record
CREATE TABLE contact_point (
    practice_id BIGINT NOT NULL,
    patient_id  TEXT   NOT NULL,
    channel     TEXT   NOT NULL CHECK (channel IN ('sms', 'email', 'voice')),
    address     TEXT   NOT NULL, -- E.164 or lower-case email
    source      TEXT   NOT NULL, -- 'mobile', 'home', 'work', 'email'
    rank        BIGINT NOT NULL DEFAULT 0, -- 0 is tried first
    health      TEXT   NOT NULL DEFAULT 'ok'
        CHECK (health IN ('ok', 'bounced', 'landline', 'invalid', 'soft_bounced')),
    health_ms   BIGINT,
    failures    BIGINT NOT NULL DEFAULT 0, -- transient ones in a row
    current     BIGINT NOT NULL DEFAULT 1, -- 0 once the booking system no longer lists it
    created_ms  BIGINT NOT NULL,
    PRIMARY KEY (practice_id, patient_id, channel, address)
);
CREATE INDEX contact_point_address ON contact_point (practice_id, address, channel);

-- Permission as evidence: who agreed to what, how and when. Revoked, never deleted.
-- owner: record
CREATE TABLE consent (
    practice_id BIGINT NOT NULL,
    consent_id  TEXT   NOT NULL,
    patient_id  TEXT   NOT NULL,
    channel     TEXT   NOT NULL CHECK (channel IN ('sms', 'email', 'voice', 'phi')),
    address     TEXT,            -- NULL: whatever address that channel has
    purpose     TEXT   NOT NULL CHECK (purpose IN ('marketing', 'care')),
    class       TEXT   NOT NULL CHECK (class IN ('express', 'written')), -- PEC, PEWC
    given_day   BIGINT,          -- when it was signed, where known
    source      TEXT   NOT NULL, -- 'import:<file>', 'page', 'sms:start' ...
    evidence    TEXT,            -- the text agreed to (or its name and hash)
    evidence_hash TEXT,
    recorded_ms BIGINT NOT NULL,
    revoked_ms  BIGINT,
    revoked_by  TEXT,            -- 'sms', 'page', 'import', 'staff' ...
    PRIMARY KEY (practice_id, patient_id, consent_id)
);
CREATE UNIQUE INDEX consent_live ON consent (practice_id, patient_id, channel, purpose, class)
    WHERE revoked_ms IS NULL;

-- What may no longer be written to: keyed by address, whoever uses it; survives every import,
-- merge and deletion. One row per address, channel and reason; lifted only by the person's own act.
-- owner: record
CREATE TABLE suppression (
    practice_id  BIGINT NOT NULL,
    address_hash TEXT   NOT NULL, -- HMAC-SHA256 of the address under the home's key
    channel      TEXT   NOT NULL CHECK (channel IN ('sms', 'email', 'voice', 'all')),
    scope        TEXT   NOT NULL CHECK (scope IN ('marketing', 'all')),
    reason       TEXT   NOT NULL CHECK (reason IN ('opt_out', 'wrong_number', 'bounce', 'complaint',
        'landline', 'provider', 'import', 'staff')),
    address      TEXT,            -- NULL after erasure
    patient_id   TEXT,            -- whose act it was, where known
    source       TEXT   NOT NULL, -- 'sms', 'page', 'one_click', 'import:<file>', 'provider' ...
    evidence     TEXT,            -- raw words, message id, user-agent class
    created_ms   BIGINT NOT NULL,
    lifted_ms    BIGINT,
    lifted_by    TEXT,
    PRIMARY KEY (practice_id, address_hash, channel, reason)
);
CREATE INDEX suppression_address ON suppression (practice_id, address, channel);

-- A booked, kept, missed or cancelled appointment.
-- owner: record
CREATE TABLE appointment (
    practice_id    BIGINT NOT NULL,
    appointment_id TEXT   NOT NULL, -- the booking system's id
    patient_id     TEXT   NOT NULL,
    record_id      TEXT   NOT NULL, -- the patient id as the row gave it
    start_ms       BIGINT NOT NULL,
    end_ms         BIGINT,
    local_day      BIGINT NOT NULL, -- civil day of the start in the practice's zone
    location       TEXT,
    provider       TEXT,
    service        TEXT   NOT NULL DEFAULT '', -- as the booking system names it
    stated_category TEXT,           -- as the booking system groups it
    category       TEXT,            -- key of definitions.yaml services; NULL unknown
    status         TEXT   NOT NULL CHECK (status IN ('booked', 'confirmed', 'arrived', 'completed',
        'no_show', 'late_cancelled', 'cancelled')),
    total_cents    BIGINT,
    booked_ms      BIGINT,
    cancelled_ms   BIGINT,
    cancel_reason  TEXT,
    series_id      TEXT,
    series_number  BIGINT,
    series_total   BIGINT,
    intro_offer    BIGINT NOT NULL DEFAULT 0,
    row_hash       TEXT   NOT NULL,
    first_seen_ms  BIGINT NOT NULL, -- when we learnt of it: what "booked since" is judged by
    status_ms      BIGINT NOT NULL, -- when we learnt of the present status
    PRIMARY KEY (practice_id, appointment_id)
);
CREATE INDEX appointment_patient ON appointment (practice_id, patient_id, start_ms);
CREATE INDEX appointment_start ON appointment (practice_id, start_ms);
CREATE INDEX appointment_category ON appointment (practice_id, category, patient_id);

-- What changed in an appointment, and when we learnt of it.
-- owner: record
CREATE TABLE appointment_change (
    practice_id    BIGINT NOT NULL,
    appointment_id TEXT   NOT NULL,
    seq            BIGINT NOT NULL,
    at_ms          BIGINT NOT NULL,
    old_status     TEXT,
    new_status     TEXT   NOT NULL,
    old_start_ms   BIGINT,
    new_start_ms   BIGINT NOT NULL,
    PRIMARY KEY (practice_id, appointment_id, seq)
);

-- One row per patient and service clock, written with the appointment that moves it, so that a
-- night's entrants are an index range (docs/architecture.md, "Clock rows").
-- owner: record
CREATE TABLE clock (
    practice_id    BIGINT NOT NULL,
    service        TEXT   NOT NULL, -- key of definitions.yaml services
    patient_id     TEXT   NOT NULL,
    last_day       BIGINT NOT NULL, -- day of the visit (or series end) that the clock counts from
    due_day        BIGINT,          -- last_day + due of the definition
    late_day       BIGINT,
    lost_day       BIGINT,
    visits         BIGINT NOT NULL, -- completed ones of this service
    last_provider  TEXT,
    last_service   TEXT,
    last_location  TEXT,
    last_total_cents BIGINT,
    last_appointment_id TEXT,
    series_done    BIGINT,          -- of the newest series, where there is one
    series_planned BIGINT,
    PRIMARY KEY (practice_id, service, patient_id)
);
CREATE INDEX clock_due ON clock (practice_id, service, due_day);
CREATE INDEX clock_last ON clock (practice_id, service, last_day);
CREATE INDEX clock_patient ON clock (practice_id, patient_id);

-- A membership of a patient, where the booking system exports them apart from the patient.
-- owner: record
CREATE TABLE membership (
    practice_id   BIGINT NOT NULL,
    membership_id TEXT   NOT NULL,
    patient_id    TEXT   NOT NULL,
    plan          TEXT,
    status        TEXT   NOT NULL CHECK (status IN ('active', 'paused', 'ended')),
    renewal_day   BIGINT,
    started_day   BIGINT,
    ended_day     BIGINT,
    price_cents   BIGINT,
    row_hash      TEXT   NOT NULL,
    changed_ms    BIGINT NOT NULL,
    PRIMARY KEY (practice_id, membership_id)
);
CREATE INDEX membership_patient ON membership (practice_id, patient_id);

-- The practice's own list of services: the name the booking system uses -> key of definitions.yaml.
-- owner: record
CREATE TABLE service (
    practice_id  BIGINT NOT NULL,
    service_key  TEXT   NOT NULL, -- folded name
    name         TEXT   NOT NULL,
    category     TEXT,
    duration_min BIGINT,
    price_cents  BIGINT,
    row_hash     TEXT   NOT NULL,
    PRIMARY KEY (practice_id, service_key)
);

-- Rows of the other kinds (invoices, prescriptions, programs), kept as they came, keyed by their
-- id, until the rooms that read them arrive.
-- owner: record
CREATE TABLE ledger (
    practice_id BIGINT NOT NULL,
    kind        TEXT   NOT NULL CHECK (kind IN ('invoice', 'prescription', 'program')),
    external_id TEXT   NOT NULL,
    patient_id  TEXT   NOT NULL,
    day         BIGINT,
    amount_cents BIGINT,
    status      TEXT,
    fields      TEXT   NOT NULL, -- canonical fields as JSON
    row_hash    TEXT   NOT NULL,
    changed_ms  BIGINT NOT NULL,
    PRIMARY KEY (practice_id, kind, external_id)
);
CREATE INDEX ledger_patient ON ledger (practice_id, patient_id, kind);

-- owner: record
CREATE TABLE tag (
    practice_id BIGINT NOT NULL,
    patient_id  TEXT   NOT NULL,
    tag         TEXT   NOT NULL,
    source      TEXT   NOT NULL, -- 'import', 'playbook:<name>', 'user:<id>'
    at_ms       BIGINT NOT NULL,
    PRIMARY KEY (practice_id, patient_id, tag)
);

-- One file taken in: what freshness is judged by.
-- owner: source
CREATE TABLE import_run (
    practice_id BIGINT NOT NULL,
    import_id   TEXT   NOT NULL,
    at_ms       BIGINT NOT NULL,
    file        TEXT   NOT NULL, -- name without folder
    kind        TEXT   NOT NULL,
    sha256      TEXT   NOT NULL,
    rows_read   BIGINT NOT NULL,
    created     BIGINT NOT NULL,
    updated     BIGINT NOT NULL,
    unchanged   BIGINT NOT NULL,
    rejected    BIGINT NOT NULL,
    warnings    BIGINT NOT NULL,
    PRIMARY KEY (practice_id, import_id)
);
CREATE INDEX import_run_kind ON import_run (practice_id, kind, at_ms);
