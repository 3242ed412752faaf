-- What a person says that a message meant, in the place of what had been read. Each is kept, the
-- newest of a message counts. The words themselves stand in `inbound` alone.
-- owner: inbox
CREATE TABLE correction (
    practice_id   BIGINT NOT NULL,
    correction_id TEXT   NOT NULL,
    inbound_id    TEXT   NOT NULL,
    labels        TEXT   NOT NULL, -- comma-separated, strongest first
    urgency       TEXT   NOT NULL CHECK (urgency IN ('none', 'same_day', 'emergency')),
    route         TEXT   NOT NULL CHECK (route IN ('escalate', 'suppress', 'staff_task',
        'auto_reply', 'close')),
    tags          TEXT   NOT NULL, -- comma-separated
    was           TEXT   NOT NULL, -- JSON: the reading before, without the words
    actor         TEXT   NOT NULL,
    at_ms         BIGINT NOT NULL,
    counts        BIGINT NOT NULL, -- 1: the newest of its message
    PRIMARY KEY (practice_id, correction_id)
);
CREATE UNIQUE INDEX correction_counts ON correction (practice_id, inbound_id) WHERE counts = 1;

-- What a practice's corrections add to the model that came with the program. Each is kept; the
-- newest that was not taken back is used.
-- owner: inbox
CREATE TABLE triage_layer (
    practice_id BIGINT NOT NULL,
    layer_id    TEXT   NOT NULL,
    lessons     BIGINT NOT NULL, -- corrections it was learned from
    body        TEXT   NOT NULL, -- base64; made by triage
    figures     TEXT   NOT NULL, -- JSON: how it did on the tests, before and after
    actor       TEXT   NOT NULL,
    made_ms     BIGINT NOT NULL,
    undone_ms   BIGINT,
    PRIMARY KEY (practice_id, layer_id)
);
CREATE INDEX triage_layer_used ON triage_layer (practice_id, layer_id) WHERE undone_ms IS NULL;
