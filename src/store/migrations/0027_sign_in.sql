-- Sign-ins that were begun at an identity provider, each used once. What proves them is in the
-- browser.
-- owner: account
CREATE TABLE sign_in_attempt (
    practice_id BIGINT NOT NULL,
    state_hash  TEXT   NOT NULL, -- SHA-256
    created_ms  BIGINT NOT NULL,
    PRIMARY KEY (practice_id, state_hash)
);
