-- name: draft_want
-- A message is answered once.
INSERT INTO model_draft (practice_id, draft_id, inbound_id, state, wanted_ms)
VALUES (:practice_id, :draft_id, :inbound_id, 'wanted', :now_ms)
ON CONFLICT DO NOTHING

-- name: draft_next
-- The oldest that waits, or that somebody began to ask and left. It is no longer wanted when the
-- patient wrote again, when somebody answered, or when the conversation was closed.
SELECT d.draft_id, d.inbound_id, d.wanted_ms, i.body, i.sender, i.channel, i.received_ms,
       i.patient_id, i.thread_id, p.body, p.touch_id,
       t.state = 'open' AND COALESCE(t.last_in_ms, 0) <= i.received_ms
           AND COALESCE(t.last_out_ms, 0) <= i.received_ms
  FROM model_draft d
  JOIN inbound i ON i.practice_id = d.practice_id AND i.inbound_id = d.inbound_id
  LEFT JOIN thread t ON t.practice_id = i.practice_id AND t.thread_id = i.thread_id
  LEFT JOIN touch p ON p.practice_id = i.practice_id AND p.touch_id = i.touch_id
 WHERE d.practice_id = :practice_id
   AND (d.state = 'wanted' OR (d.state = 'asking' AND d.lease_ms <= :now_ms))
 ORDER BY d.wanted_ms, d.draft_id LIMIT 1

-- name: draft_still
-- Being asked, nobody has said anything in the conversation since the message, and no colleague
-- has taken it or begun to write.
SELECT count(*) FROM model_draft d
  JOIN inbound i ON i.practice_id = d.practice_id AND i.inbound_id = d.inbound_id
  JOIN thread t ON t.practice_id = i.practice_id AND t.thread_id = i.thread_id
 WHERE d.practice_id = :practice_id AND d.draft_id = :draft_id AND d.state = 'asking'
   AND t.state = 'open' AND t.assigned_to IS NULL AND t.draft IS NULL
   AND COALESCE(t.last_in_ms, 0) <= i.received_ms
   AND COALESCE(t.last_out_ms, 0) <= i.received_ms

-- name: draft_ask
-- Whoever was faster has it.
UPDATE model_draft SET state = 'asking', asked_ms = :now_ms, lease_ms = :lease_ms
 WHERE practice_id = :practice_id AND draft_id = :draft_id
   AND (state = 'wanted' OR (state = 'asking' AND lease_ms <= :now_ms))

-- name: draft_end
-- Only while it is being asked, or was not yet asked.
UPDATE model_draft SET state = :state, reason = :reason, ended_ms = :now_ms, lease_ms = NULL,
    text = :text, sources = :sources, prompt = :prompt, prompt_hash = :prompt_hash,
    answer = :answer, model = :model, tokens_in = :tokens_in, tokens_out = :tokens_out,
    touch_id = :touch_id
 WHERE practice_id = :practice_id AND draft_id = :draft_id AND state IN ('wanted', 'asking')

-- name: draft_spent
-- Questions and tokens since a moment, and how often the model did not answer as asked.
SELECT count(*), COALESCE(sum(tokens_in + tokens_out), 0),
       COALESCE(sum(CASE WHEN state = 'failed' THEN 1 ELSE 0 END), 0) FROM model_draft
 WHERE practice_id = :practice_id AND asked_ms >= :since_ms

-- name: draft_of_thread
-- For the patient's last message in a conversation.
SELECT d.draft_id, d.state, d.reason, d.text, d.sources, d.model, d.wanted_ms, d.ended_ms
  FROM model_draft d
 WHERE d.practice_id = :practice_id AND d.inbound_id = (SELECT i.inbound_id FROM inbound i
     WHERE i.practice_id = :practice_id AND i.thread_id = :thread_id
     ORDER BY i.received_ms DESC, i.inbound_id DESC LIMIT 1)

-- name: draft_in_thread
-- What was shown to the colleague who now answers.
SELECT d.text FROM model_draft d
  JOIN inbound i ON i.practice_id = d.practice_id AND i.inbound_id = d.inbound_id
 WHERE d.practice_id = :practice_id AND d.draft_id = :draft_id AND i.thread_id = :thread_id
   AND d.state IN ('ready', 'used')

-- name: draft_use
-- Who sent it, and whether as it was.
UPDATE model_draft SET state = 'used', touch_id = :touch_id, approver = :approver,
    edited = :edited
 WHERE practice_id = :practice_id AND draft_id = :draft_id AND state IN ('ready', 'used')

-- name: draft_erase
-- That a model was asked, when, which one, and the hash of the question stay; no word of it does.
UPDATE model_draft SET text = NULL, sources = NULL, prompt = NULL, answer = NULL,
    reason = CASE WHEN state IN ('wanted', 'asking') THEN 'erased' ELSE reason END,
    ended_ms = CASE WHEN state IN ('wanted', 'asking') THEN CAST(:now_ms AS BIGINT)
        ELSE ended_ms END,
    state = CASE WHEN state IN ('wanted', 'asking') THEN 'failed' ELSE state END
 WHERE practice_id = :practice_id AND inbound_id IN (SELECT i.inbound_id FROM inbound i
     WHERE i.practice_id = :practice_id AND i.patient_id = :patient_id)
