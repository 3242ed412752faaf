-- Who is told of changes.
-- owner: http
CREATE TABLE webhook (
    practice_id BIGINT NOT NULL,
    webhook_id  TEXT   NOT NULL,
    url         TEXT   NOT NULL,
    topics      TEXT   NOT NULL, -- JSON array; empty: all
    nonce       TEXT   NOT NULL, -- its secret is made of this and a key outside the store
    enabled     BIGINT NOT NULL DEFAULT 1,
    created_ms  BIGINT NOT NULL,
    failures    BIGINT NOT NULL DEFAULT 0, -- in a row
    last_status BIGINT,
    last_ms     BIGINT,
    PRIMARY KEY (practice_id, webhook_id)
);

-- One message to one of them.
-- owner: http
CREATE TABLE webhook_delivery (
    practice_id BIGINT NOT NULL,
    delivery_id TEXT   NOT NULL, -- of webhook and audit row: two processes make one
    webhook_id  TEXT   NOT NULL,
    topic       TEXT   NOT NULL,
    payload     TEXT   NOT NULL,
    created_ms  BIGINT NOT NULL,
    state       TEXT   NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
    attempts    BIGINT NOT NULL DEFAULT 0,
    status      BIGINT,
    next_ms     BIGINT,          -- NULL: over
    PRIMARY KEY (practice_id, delivery_id)
);
CREATE INDEX webhook_delivery_next ON webhook_delivery (practice_id, next_ms)
    WHERE next_ms IS NOT NULL;
CREATE INDEX webhook_delivery_of ON webhook_delivery (practice_id, webhook_id, created_ms);

-- How far each chain of the audit log was told, so that a restart leaves nothing out.
-- owner: http
CREATE TABLE webhook_place (
    practice_id BIGINT NOT NULL,
    writer      TEXT   NOT NULL,
    seq         BIGINT NOT NULL,
    PRIMARY KEY (practice_id, writer)
);
