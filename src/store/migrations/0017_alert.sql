-- When an open task next calls somebody, and how far up it has called.
ALTER TABLE task ADD COLUMN alert_ms BIGINT; -- NULL: it calls nobody (any more)
ALTER TABLE task ADD COLUMN alert_step BIGINT NOT NULL DEFAULT 0;
CREATE INDEX task_alert ON task (practice_id, alert_ms)
    WHERE alert_ms IS NOT NULL AND state = 'open';
