-- A message that came in, stored raw before it is acknowledged; one row per provider message.
-- owner: inbox
CREATE TABLE inbound (
    practice_id BIGINT NOT NULL,
    inbound_id  TEXT   NOT NULL,
    channel     TEXT   NOT NULL CHECK (channel IN ('sms', 'email', 'voice', 'page', 'null')),
    provider_id TEXT   NOT NULL, -- MessageSid, Message-ID, or our own id: doubles stop here
    sender      TEXT   NOT NULL, -- E.164 or email
    recipient   TEXT,
    body        TEXT   NOT NULL,
    received_ms BIGINT NOT NULL,
    patient_id  TEXT,            -- NULL: nobody known has this address
    thread_id   TEXT,
    touch_id    TEXT,            -- the last touch this person got before
    reading     TEXT,            -- JSON: what triage made of it
    stop        TEXT CHECK (stop IN ('yes', 'no', 'unsure')),
    folded_ms   BIGINT,          -- when it was acted on; NULL: not yet
    PRIMARY KEY (practice_id, inbound_id)
);
CREATE UNIQUE INDEX inbound_provider ON inbound (practice_id, channel, provider_id);
CREATE INDEX inbound_patient ON inbound (practice_id, patient_id, received_ms);
CREATE INDEX inbound_unfolded ON inbound (practice_id, received_ms) WHERE folded_ms IS NULL;

-- The conversation with one patient over all channels.
-- owner: inbox
CREATE TABLE thread (
    practice_id   BIGINT NOT NULL,
    thread_id     TEXT   NOT NULL,
    patient_id    TEXT,           -- NULL: unmatched sender, see `address`
    address       TEXT   NOT NULL,
    state         TEXT   NOT NULL CHECK (state IN ('open', 'closed')),
    opened_ms     BIGINT NOT NULL,
    last_in_ms    BIGINT,
    last_out_ms   BIGINT,
    closed_ms     BIGINT,
    closed_by     TEXT,
    label         TEXT,           -- newest reading: strongest label, for holds and exits
    route         TEXT,
    urgency       TEXT,
    PRIMARY KEY (practice_id, thread_id)
);
CREATE UNIQUE INDEX thread_patient ON thread (practice_id, patient_id) WHERE patient_id IS NOT NULL;
CREATE INDEX thread_address ON thread (practice_id, address);

-- Something a person has to do.
-- owner: inbox
CREATE TABLE task (
    practice_id   BIGINT NOT NULL,
    task_id       TEXT   NOT NULL,
    patient_id    TEXT,
    kind          TEXT   NOT NULL, -- warm_call, answer_reply, clinician, manager_call ...
    role          TEXT   NOT NULL, -- front_desk, clinician, manager
    title         TEXT   NOT NULL,
    body          TEXT   NOT NULL, -- JSON snapshot: all that the person must know
    state         TEXT   NOT NULL CHECK (state IN ('open', 'done', 'cancelled')),
    priority      BIGINT NOT NULL DEFAULT 50, -- 0 first
    created_ms    BIGINT NOT NULL,
    due_ms        BIGINT NOT NULL,
    enrollment_id TEXT,
    touch_id      TEXT,
    inbound_id    TEXT,
    outcome       TEXT,
    note          TEXT,
    staff_seconds BIGINT,
    assigned_to   TEXT,
    ended_ms      BIGINT,
    PRIMARY KEY (practice_id, task_id)
);
CREATE INDEX task_open ON task (practice_id, due_ms) WHERE state = 'open';
CREATE INDEX task_patient ON task (practice_id, patient_id, created_ms);

-- What is known of a touch after it left, each fact once; only inserted.
-- owner: engagement
CREATE TABLE engagement_event (
    practice_id BIGINT NOT NULL,
    event_key   TEXT   NOT NULL, -- what makes it the same: provider id + status ...
    touch_id    TEXT   NOT NULL,
    patient_id  TEXT   NOT NULL,
    kind        TEXT   NOT NULL CHECK (kind IN ('queued', 'sent', 'delivered', 'undelivered',
        'failed', 'bounced', 'complained', 'opened', 'clicked', 'replied', 'unsubscribed')),
    trust       TEXT   NOT NULL CHECK (trust IN ('human', 'machine', 'unknown')),
    at_ms       BIGINT NOT NULL,
    detail      TEXT   NOT NULL, -- JSON
    PRIMARY KEY (practice_id, event_key)
);
CREATE INDEX engagement_event_touch ON engagement_event (practice_id, touch_id, at_ms);
CREATE INDEX engagement_event_patient ON engagement_event (practice_id, patient_id, at_ms);

-- The fold of engagement_event per touch, kept with each insert: what conditions read.
-- owner: engagement
CREATE TABLE engagement (
    practice_id   BIGINT NOT NULL,
    touch_id      TEXT   NOT NULL,
    patient_id    TEXT   NOT NULL,
    enrollment_id TEXT,
    delivered_ms  BIGINT,
    human_opens   BIGINT NOT NULL DEFAULT 0,
    machine_opens BIGINT NOT NULL DEFAULT 0,
    clicks        BIGINT NOT NULL DEFAULT 0, -- by people
    machine_clicks BIGINT NOT NULL DEFAULT 0,
    replies       BIGINT NOT NULL DEFAULT 0,
    first_open_ms BIGINT,
    first_click_ms BIGINT,
    first_reply_ms BIGINT,
    bounced_ms    BIGINT,
    complained_ms BIGINT,
    PRIMARY KEY (practice_id, touch_id)
);
CREATE INDEX engagement_patient ON engagement (practice_id, patient_id);
CREATE INDEX engagement_enrollment ON engagement (practice_id, enrollment_id);

-- Which bookings an enrollment brought: fixed when it is found, never recomputed away.
-- owner: engagement
CREATE TABLE attribution (
    practice_id    BIGINT NOT NULL,
    enrollment_id  TEXT   NOT NULL,
    appointment_id TEXT   NOT NULL,
    patient_id     TEXT   NOT NULL,
    days_after     BIGINT NOT NULL, -- entry to booking
    PRIMARY KEY (practice_id, enrollment_id, appointment_id)
);

-- The engine's own memory: last scan night per playbook, cursor of the clock, epoch of this store.
-- owner: engine
CREATE TABLE engine_state (
    practice_id BIGINT NOT NULL,
    name        TEXT   NOT NULL,
    value       TEXT   NOT NULL,
    PRIMARY KEY (practice_id, name)
);
