-- What a language model was asked to draft, and what became of it: the request, the model, the
-- draft, who sent it (facts that are kept six years with the rest of the conversation).
-- owner: draft
CREATE TABLE model_draft (
    practice_id BIGINT NOT NULL,
    draft_id    TEXT   NOT NULL,
    inbound_id  TEXT   NOT NULL, -- the message that it answers
    state       TEXT   NOT NULL CHECK (state IN
        ('wanted', 'asking', 'ready', 'refused', 'failed', 'passed', 'chosen', 'used')),
    reason      TEXT,            -- of refused, failed, passed: one word
    wanted_ms   BIGINT NOT NULL,
    asked_ms    BIGINT,          -- the last time; counts for the day's budget
    lease_ms    BIGINT,          -- of asking: after that whoever asked is gone
    ended_ms    BIGINT,
    text        TEXT,            -- checked; NULL: there is none to show
    sources     TEXT,            -- JSON: places of the sentences it was found in
    prompt      TEXT,            -- the request's body, without what says who the patient is
    prompt_hash TEXT,
    answer      TEXT,            -- as the model wrote it
    model       TEXT,
    tokens_in   BIGINT NOT NULL DEFAULT 0,
    tokens_out  BIGINT NOT NULL DEFAULT 0,
    touch_id    TEXT,            -- of chosen, used: the message that went out
    approver    TEXT,            -- of used: the colleague who sent it
    edited      BIGINT,          -- of used: 1 when they had changed it
    PRIMARY KEY (practice_id, draft_id)
);
CREATE UNIQUE INDEX model_draft_inbound ON model_draft (practice_id, inbound_id);
CREATE INDEX model_draft_open ON model_draft (practice_id, wanted_ms)
    WHERE state IN ('wanted', 'asking');
CREATE INDEX model_draft_asked ON model_draft (practice_id, asked_ms) WHERE asked_ms IS NOT NULL;
