-- A person who may sign in. Never deleted: the audit names its id.
-- owner: account
CREATE TABLE account (
    practice_id   BIGINT NOT NULL,
    user_id       TEXT   NOT NULL,
    email         TEXT   NOT NULL, -- folded; what one signs in with
    name          TEXT   NOT NULL,
    role          TEXT   NOT NULL CHECK (role IN ('owner', 'manager', 'front_desk', 'clinician',
        'consultant', 'auditor')),
    locations     TEXT,            -- JSON array of names; NULL: all
    language      TEXT   NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'es')),
    state         TEXT   NOT NULL CHECK (state IN ('invited', 'active', 'disabled')),
    password      TEXT,            -- argon2id, libsodium's string; NULL: none set
    totp          TEXT,            -- sealed secret; NULL: no second factor
    totp_next     TEXT,            -- sealed, until its first code confirms it
    totp_step     BIGINT NOT NULL DEFAULT 0, -- the last step that was accepted: no code twice
    failures      BIGINT NOT NULL DEFAULT 0, -- wrong passwords and codes in a row
    locked_until_ms BIGINT NOT NULL DEFAULT 0,
    created_ms    BIGINT NOT NULL,
    changed_ms    BIGINT NOT NULL,
    signed_in_ms  BIGINT,
    PRIMARY KEY (practice_id, user_id)
);
CREATE UNIQUE INDEX account_email ON account (practice_id, email);

-- What stands in for a lost phone: each once.
-- owner: account
CREATE TABLE recovery_code (
    practice_id BIGINT NOT NULL,
    user_id     TEXT   NOT NULL,
    code_hash   TEXT   NOT NULL, -- HMAC-SHA256 under the home's key
    used_ms     BIGINT,
    PRIMARY KEY (practice_id, user_id, code_hash)
);

-- Who is signed in. The token itself is only in the browser.
-- owner: account
CREATE TABLE session (
    practice_id BIGINT NOT NULL,
    token_hash  TEXT   NOT NULL, -- SHA-256
    session_id  TEXT   NOT NULL,
    user_id     TEXT   NOT NULL,
    level       TEXT   NOT NULL CHECK (level IN ('signed_in', 'second_factor')),
    by_link     BIGINT NOT NULL DEFAULT 0, -- came by a one-time link: may set a password
    created_ms  BIGINT NOT NULL,
    seen_ms     BIGINT NOT NULL, -- within a minute
    ends_ms     BIGINT NOT NULL,
    ended_ms    BIGINT,
    emergency_until_ms BIGINT NOT NULL DEFAULT 0,
    address     TEXT   NOT NULL,
    agent       TEXT   NOT NULL,
    PRIMARY KEY (practice_id, token_hash)
);
CREATE INDEX session_account ON session (practice_id, user_id, created_ms);

-- One-time links: the first owner's, an invitation, the demo's.
-- owner: account
CREATE TABLE sign_in_link (
    practice_id BIGINT NOT NULL,
    token_hash  TEXT   NOT NULL,
    user_id     TEXT,            -- NULL: makes the first owner
    created_ms  BIGINT NOT NULL,
    ends_ms     BIGINT NOT NULL,
    used_ms     BIGINT,
    PRIMARY KEY (practice_id, token_hash)
);

-- What a program signs in with.
-- owner: account
CREATE TABLE api_key (
    practice_id BIGINT NOT NULL,
    key_id      TEXT   NOT NULL,
    key_hash    TEXT   NOT NULL, -- SHA-256
    prefix      TEXT   NOT NULL, -- what people see of it
    name        TEXT   NOT NULL,
    scopes      TEXT   NOT NULL, -- JSON array of permissions
    created_by  TEXT,
    created_ms  BIGINT NOT NULL,
    used_ms     BIGINT,          -- within an hour
    ends_ms     BIGINT,          -- NULL: no end
    revoked_ms  BIGINT,
    PRIMARY KEY (practice_id, key_id)
);
CREATE UNIQUE INDEX api_key_hash ON api_key (practice_id, key_hash);

-- Wrong sign-ins by network address, to slow down who guesses.
-- owner: account
CREATE TABLE guess (
    practice_id BIGINT NOT NULL,
    address     TEXT   NOT NULL,
    failures    BIGINT NOT NULL,
    since_ms    BIGINT NOT NULL,
    PRIMARY KEY (practice_id, address)
);
CREATE INDEX guess_since ON guess (practice_id, since_ms);

-- What was done, newest first, for whoever searches the log.
CREATE INDEX audit_at ON audit (practice_id, at_ms);
