-- A time that is kept for a patient: held while they decide, booked until the booking system shows
-- the appointment.
-- owner: opening
CREATE TABLE opening (
    practice_id BIGINT NOT NULL,
    opening_id  TEXT   NOT NULL,
    patient_id  TEXT   NOT NULL,
    service     TEXT   NOT NULL, -- key of definitions.yaml
    provider    TEXT   NOT NULL, -- as schedules.yaml names them
    location    TEXT   NOT NULL,
    start_ms    BIGINT NOT NULL, -- of the visit itself
    end_ms      BIGINT NOT NULL,
    state       TEXT   NOT NULL
        CHECK (state IN ('held', 'booked', 'kept', 'released', 'expired')),
    expires_ms  BIGINT NOT NULL, -- of a held one
    source      TEXT   NOT NULL, -- 'page', 'reply', 'desk', 'waitlist'
    touch_id    TEXT,            -- the message that led to it
    appointment_id TEXT,         -- of a kept one: the booking system's
    created_ms  BIGINT NOT NULL,
    changed_ms  BIGINT NOT NULL,
    PRIMARY KEY (practice_id, opening_id),
    CHECK (start_ms < end_ms)
);
CREATE UNIQUE INDEX opening_held ON opening (practice_id, patient_id) WHERE state = 'held';
CREATE INDEX opening_patient ON opening (practice_id, patient_id, start_ms);
CREATE INDEX opening_live ON opening (practice_id, start_ms) WHERE state IN ('held', 'booked');

-- What a kept time takes: a provider, or one of the rooms of a kind, for five minutes. The key is
-- why nobody is booked twice.
-- owner: opening
CREATE TABLE opening_cell (
    practice_id BIGINT NOT NULL,
    taken       TEXT   NOT NULL, -- 'provider:<key>', 'room:<location key>:<kind>'
    cell        BIGINT NOT NULL, -- milliseconds since 1970 / 300000
    seat        BIGINT NOT NULL, -- which of the rooms; 0 for a provider
    opening_id  TEXT   NOT NULL,
    PRIMARY KEY (practice_id, taken, cell, seat)
);
CREATE INDEX opening_cell_opening ON opening_cell (practice_id, opening_id);

-- The row that holds of one practice take turns on.
-- owner: opening
CREATE TABLE opening_turn (
    practice_id BIGINT NOT NULL PRIMARY KEY,
    turns       BIGINT NOT NULL
);
