-- One immutable version of a playbook: the text that was checked, named by its content hash.
-- owner: playbook
CREATE TABLE playbook_version (
    practice_id BIGINT NOT NULL,
    playbook    TEXT   NOT NULL,
    version     TEXT   NOT NULL, -- "sha256:<hex>" of playbook, definitions and templates it uses
    source      TEXT   NOT NULL, -- the playbook's YAML as applied
    definitions TEXT   NOT NULL, -- definitions.yaml as applied
    templates   TEXT   NOT NULL, -- JSON: file name -> text of every template it uses
    applied_ms  BIGINT NOT NULL,
    applied_by  TEXT   NOT NULL,
    PRIMARY KEY (practice_id, playbook, version)
);

-- What runs now. A row exists for every playbook that was ever applied, piloted or paused.
-- owner: playbook
CREATE TABLE playbook_state (
    practice_id BIGINT NOT NULL,
    playbook    TEXT   NOT NULL,
    state       TEXT   NOT NULL CHECK (state IN ('paused', 'pilot', 'active')),
    version     TEXT,            -- what new enrollments pin; NULL before the first apply
    pilot_patients BIGINT,       -- how many the pilot may take; kept through a pause
    launched_day BIGINT,         -- day of the first apply: who was due before is backlog
    audience    BIGINT,          -- how many could enter at the last apply
    reason      TEXT,            -- why paused, where a guard did it
    since_ms    BIGINT NOT NULL,
    PRIMARY KEY (practice_id, playbook)
);

-- The practice-wide switch: one row once `pause` without a name was said.
-- owner: playbook
CREATE TABLE practice_pause (
    practice_id BIGINT NOT NULL PRIMARY KEY,
    since_ms    BIGINT NOT NULL,
    actor       TEXT   NOT NULL
);

-- One person's way through one playbook.
-- owner: journey
CREATE TABLE enrollment (
    practice_id   BIGINT NOT NULL,
    enrollment_id TEXT   NOT NULL,
    patient_id    TEXT   NOT NULL,
    household_id  TEXT   NOT NULL,
    playbook      TEXT   NOT NULL,
    version       TEXT   NOT NULL, -- pinned
    occurrence    BIGINT NOT NULL, -- 1 for the first time this patient entered this playbook
    arm           TEXT   NOT NULL CHECK (arm IN ('treat', 'holdout')),
    pilot         BIGINT NOT NULL DEFAULT 0,
    backlog       BIGINT NOT NULL DEFAULT 0, -- was due before the launch
    state         TEXT   NOT NULL CHECK (state IN ('active', 'held', 'ended')),
    entered_ms    BIGINT NOT NULL,
    start_day     BIGINT NOT NULL, -- day 0 of the timeline, patient-local
    anchor_day    BIGINT,          -- day 0 of the clock (last visit), where there is one
    hold          TEXT,            -- name of the hold, while held
    hold_until_ms BIGINT,          -- when its own rule may release it; NULL: a person must
    held_ms       BIGINT,
    released_ms   BIGINT,          -- replies up to here are dealt with
    released_hold TEXT,            -- the hold that was released last
    approved_touch TEXT,           -- touch_key that a person approved (holds with before_each)
    next_ms       BIGINT,          -- when journey looks at it again; NULL only when ended
    exit          TEXT,            -- booked, opted_out, declined, no_response ...
    exit_detail   TEXT,
    ended_ms      BIGINT,
    cooldown_until_day BIGINT,     -- no re-entry before this day
    PRIMARY KEY (practice_id, enrollment_id)
);
-- One live enrollment per patient and playbook.
CREATE UNIQUE INDEX enrollment_live ON enrollment (practice_id, playbook, patient_id)
    WHERE state <> 'ended';
CREATE INDEX enrollment_patient ON enrollment (practice_id, patient_id, entered_ms);
CREATE INDEX enrollment_entered ON enrollment (practice_id, playbook, entered_ms);
CREATE INDEX enrollment_next ON enrollment (practice_id, next_ms) WHERE state <> 'ended';

-- Everything that ever happened to an enrollment; only inserted. What `explain` reads.
-- owner: journey
CREATE TABLE enrollment_event (
    practice_id   BIGINT NOT NULL,
    enrollment_id TEXT   NOT NULL,
    seq           BIGINT NOT NULL,
    at_ms         BIGINT NOT NULL,
    kind          TEXT   NOT NULL, -- entered, held, released, exited, skipped, rescheduled ...
    touch_key     TEXT,            -- id of the touch in the playbook
    rule          TEXT,            -- the hold, exit or condition that decided
    detail        TEXT   NOT NULL, -- JSON: values read
    PRIMARY KEY (practice_id, enrollment_id, seq)
);

-- Who was found and not entered, the newest scan only: "why did Ana hear nothing" without a rescan.
-- owner: journey
CREATE TABLE not_entered (
    practice_id BIGINT NOT NULL,
    playbook    TEXT   NOT NULL,
    patient_id  TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    detail      TEXT,
    at_ms       BIGINT NOT NULL,
    PRIMARY KEY (practice_id, playbook, patient_id)
);
