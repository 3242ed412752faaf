-- A plan that was shown in the app, until it is applied: a day at most.
-- owner: http
CREATE TABLE kept_plan (
    practice_id BIGINT NOT NULL,
    plan_id     TEXT   NOT NULL, -- the plan's own hash
    playbook    TEXT   NOT NULL,
    actor       TEXT   NOT NULL,
    at_ms       BIGINT NOT NULL,
    plan        TEXT   NOT NULL, -- JSON, as `plan --out` writes it
    PRIMARY KEY (practice_id, plan_id)
);
