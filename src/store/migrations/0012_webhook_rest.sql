-- An address that fails rests, so that it holds up nobody else; then it is turned off.
ALTER TABLE webhook ADD COLUMN failing_ms BIGINT; -- since when every try fails
ALTER TABLE webhook ADD COLUMN rest_ms BIGINT NOT NULL DEFAULT 0; -- nothing is sent before

-- Whose try is under way: a restart takes up its own at once.
ALTER TABLE webhook_delivery ADD COLUMN claimed_by TEXT;
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (practice_id, webhook_id, next_ms)
    WHERE state = 'waiting';
