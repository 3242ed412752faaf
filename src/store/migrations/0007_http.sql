-- The first answer to a write that carried an Idempotency-Key: the same key gets it again.
-- owner: http
CREATE TABLE kept_answer (
    practice_id  BIGINT NOT NULL,
    actor        TEXT   NOT NULL, -- "user:<id>", "key:<id>": keys of two people never meet
    request_key  TEXT   NOT NULL,
    request_hash TEXT   NOT NULL, -- method, address and body: another request is refused
    status       BIGINT NOT NULL,
    body         TEXT   NOT NULL,
    at_ms        BIGINT NOT NULL,
    PRIMARY KEY (practice_id, actor, request_key)
);
CREATE INDEX kept_answer_at ON kept_answer (practice_id, at_ms);
