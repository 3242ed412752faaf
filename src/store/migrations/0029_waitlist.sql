-- Who waits for a time that is not free yet. While one is named, it is held: the opening.
-- owner: opening
CREATE TABLE waitlist (
    practice_id BIGINT NOT NULL,
    wait_id     TEXT   NOT NULL,
    patient_id  TEXT   NOT NULL,
    service     TEXT   NOT NULL, -- key of definitions.yaml
    wish        TEXT   NOT NULL, -- JSON: {"windows", "except", "provider"}
    said        TEXT,            -- the patient's words
    source      TEXT   NOT NULL, -- 'reply', 'desk'
    state       TEXT   NOT NULL CHECK (state IN ('waiting', 'named', 'booked', 'ended')),
    opening_id  TEXT,            -- what is held while one is named
    passes      BIGINT NOT NULL, -- times named and not taken
    next_ms     BIGINT NOT NULL, -- when to look again
    before_ms   BIGINT NOT NULL, -- what could be had when they asked; 0: nothing
    until_ms    BIGINT NOT NULL, -- waits no longer
    created_ms  BIGINT NOT NULL,
    changed_ms  BIGINT NOT NULL,
    PRIMARY KEY (practice_id, wait_id)
);
CREATE UNIQUE INDEX waitlist_live ON waitlist (practice_id, patient_id)
 WHERE state IN ('waiting', 'named');
CREATE UNIQUE INDEX waitlist_opening ON waitlist (practice_id, opening_id)
 WHERE opening_id IS NOT NULL;

-- Times that were named to them and not taken.
-- owner: opening
CREATE TABLE waitlist_refused (
    practice_id BIGINT NOT NULL,
    wait_id     TEXT   NOT NULL,
    start_ms    BIGINT NOT NULL,
    PRIMARY KEY (practice_id, wait_id, start_ms)
);
