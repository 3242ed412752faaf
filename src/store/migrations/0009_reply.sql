-- Which colleague wrote an answer that left through the outbox.
-- owner: inbox
CREATE TABLE staff_reply (
    practice_id BIGINT NOT NULL,
    touch_id    TEXT   NOT NULL,
    thread_id   TEXT   NOT NULL,
    user_id     TEXT   NOT NULL,
    at_ms       BIGINT NOT NULL,
    PRIMARY KEY (practice_id, touch_id)
);

-- What did not go lately, and why: for the day's page.
CREATE INDEX touch_dropped ON touch (practice_id, ended_ms) WHERE state IN ('dropped', 'failed');
