-- One thing to be said or done: a message of a playbook, an answer that grammar requires (opt-out
-- confirmation, HELP), a staff task. States and edges: src/outbox/outbox.h.
-- owner: outbox
CREATE TABLE touch (
    practice_id   BIGINT NOT NULL,
    touch_id      TEXT   NOT NULL,
    enrollment_id TEXT,            -- NULL for answers and one-off messages
    patient_id    TEXT   NOT NULL,
    playbook      TEXT,
    version       TEXT,
    touch_key     TEXT   NOT NULL, -- id in the playbook; 'confirm_opt_out', 'help', 'opt_in' ...
    occurrence    BIGINT NOT NULL DEFAULT 1,
    position      BIGINT NOT NULL DEFAULT 0, -- 1-based place in the sequence
    kind          TEXT   NOT NULL CHECK (kind IN ('message', 'task')),
    purpose       TEXT   NOT NULL
        CHECK (purpose IN ('marketing', 'care', 'transactional', 'answer')),
    state         TEXT   NOT NULL CHECK (state IN ('due', 'waiting', 'sending', 'sent', 'in_doubt',
        'unconfirmed', 'failed', 'dropped', 'skipped', 'cancelled', 'done')),
    planned_ms    BIGINT NOT NULL, -- when its day opens
    next_ms       BIGINT,          -- when somebody looks at it again; NULL only in a final state
    expires_ms    BIGINT,          -- waiting past this ends it (if_blocked)
    channel       TEXT CHECK (channel IN ('sms', 'email', 'voice', 'task', 'null')),
    driver        TEXT,            -- "sms.twilio", "email.smtp", "null", "task"
    address       TEXT,
    template      TEXT,
    wording       TEXT CHECK (wording IN ('specific', 'generic')),
    variant       TEXT,
    offer         TEXT,
    language      TEXT,
    subject       TEXT,
    body          TEXT,            -- exact text handed over
    html          TEXT,
    body_hash     TEXT,
    segments      BIGINT,
    code          TEXT,            -- gate code or failure code of a final or waiting state
    code_rule     TEXT,            -- id of the rule that said so
    detail        TEXT,
    attempts      BIGINT NOT NULL DEFAULT 0,
    lease_owner   TEXT,
    lease_until_ms BIGINT,
    sent_ms       BIGINT,          -- the provider took it
    provider_id   TEXT,            -- Message SID, Message-ID
    delivery      TEXT CHECK (delivery IN ('queued', 'sent', 'delivered', 'undelivered', 'failed',
        'read', 'unknown')),
    delivered_ms  BIGINT,
    cost_cents    BIGINT,
    link_code     TEXT,            -- short name of this touch in links; unguessable with its MAC
    created_ms    BIGINT NOT NULL,
    ended_ms      BIGINT,
    PRIMARY KEY (practice_id, touch_id)
);
CREATE UNIQUE INDEX touch_once ON touch (practice_id, enrollment_id, touch_key, occurrence)
    WHERE enrollment_id IS NOT NULL;
CREATE INDEX touch_next ON touch (practice_id, next_ms, touch_id, state) WHERE next_ms IS NOT NULL;
CREATE INDEX touch_patient ON touch (practice_id, patient_id, planned_ms);
CREATE INDEX touch_task ON touch (practice_id, ended_ms) WHERE kind = 'task'; -- calls of a day
CREATE INDEX touch_sent ON touch (practice_id, sent_ms, channel) WHERE sent_ms IS NOT NULL;
-- How touches ended is counted without reading their texts; each enters once.
CREATE INDEX touch_ended ON touch (practice_id, state, next_ms) WHERE next_ms IS NULL;
CREATE UNIQUE INDEX touch_link ON touch (practice_id, link_code) WHERE link_code IS NOT NULL;
CREATE INDEX touch_provider ON touch (practice_id, provider_id) WHERE provider_id IS NOT NULL;

-- One try to hand a touch to a provider: durable before its request leaves.
-- owner: outbox
CREATE TABLE attempt (
    practice_id BIGINT NOT NULL,
    attempt_id  TEXT   NOT NULL, -- travels in the callback address and the Message-ID
    touch_id    TEXT   NOT NULL,
    number      BIGINT NOT NULL,
    started_ms  BIGINT NOT NULL,
    ended_ms    BIGINT,
    outcome     TEXT   NOT NULL CHECK (outcome IN ('open', 'accepted', 'refused', 'not_sent',
        'in_doubt', 'absent')),
    status      BIGINT,          -- HTTP or SMTP status
    code        TEXT,            -- the provider's own code
    provider_id TEXT,
    asked       BIGINT NOT NULL DEFAULT 0, -- how often the provider was asked about a doubt
    asked_ms    BIGINT,
    PRIMARY KEY (practice_id, attempt_id)
);
CREATE INDEX attempt_provider ON attempt (practice_id, provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX attempt_touch ON attempt (practice_id, touch_id, number);

-- What the gate said, each time it was asked; only inserted. An `allow` is written in the
-- transaction that moves its touch to `sending` (promise one_gate).
-- owner: outbox
CREATE TABLE verdict (
    practice_id BIGINT NOT NULL,
    touch_id    TEXT   NOT NULL,
    seq         BIGINT NOT NULL,
    at_ms       BIGINT NOT NULL,
    answer      TEXT   NOT NULL CHECK (answer IN ('allow', 'wait', 'drop')),
    code        TEXT,
    rule        TEXT,            -- "QH-4", "CON-1" ...
    until_ms    BIGINT,
    attempt_id  TEXT,            -- of the attempt that an allow opened
    detail      TEXT   NOT NULL, -- JSON: consent id, zone, local time, table version, counts ...
    PRIMARY KEY (practice_id, touch_id, seq)
);
