-- name: outbox_plan
-- The unique index touch_once makes a second plan of the same touch harmless.
INSERT INTO touch (practice_id, touch_id, enrollment_id, patient_id, playbook, version, touch_key,
    occurrence, position, kind, purpose, state, planned_ms, next_ms, expires_ms, channel, address,
    template, variant, offer, language, subject, body, html, for_staff, link_code, created_ms)
VALUES (:practice_id, :touch_id, :enrollment_id, :patient_id, :playbook, :version, :touch_key,
    :occurrence, :position, :kind, :purpose, 'due', :planned_ms, :planned_ms, :expires_ms, :channel,
    :address, :template, :variant, :offer, :language, :subject, :body, :html, :for_staff,
    :link_code, :now_ms)
ON CONFLICT DO NOTHING

-- name: outbox_replan
-- Only what has not begun.
UPDATE touch SET version = :version, position = :position, kind = :kind, purpose = :purpose,
    state = 'due', planned_ms = :planned_ms, next_ms = :planned_ms, expires_ms = NULL,
    template = :template, variant = :variant, offer = :offer, code = NULL, code_rule = NULL,
    detail = NULL
 WHERE practice_id = :practice_id AND touch_id = :touch_id AND state IN ('due', 'waiting')

-- name: outbox_approve
-- Only what has not begun.
UPDATE touch SET words = :words, worded_by = :worded_by
 WHERE practice_id = :practice_id AND touch_id = :touch_id AND state IN ('due', 'waiting')

-- name: outbox_claim_due
-- The oldest whose time has come. Ties break by id, so that a replay is exact.
SELECT * FROM touch
 WHERE practice_id = :practice_id AND next_ms <= :now_ms AND state IN ('due', 'waiting')
   AND (CAST(:only_key AS TEXT) IS NULL OR touch_key = :only_key)
 ORDER BY next_ms, touch_id LIMIT :limit

-- name: outbox_claim_due [postgres]
SELECT * FROM touch
 WHERE practice_id = :practice_id AND next_ms <= :now_ms AND state IN ('due', 'waiting')
   AND (CAST(:only_key AS TEXT) IS NULL OR touch_key = :only_key)
 ORDER BY next_ms, touch_id LIMIT :limit FOR UPDATE SKIP LOCKED

-- name: outbox_next
-- When the loop must wake; a range of one index.
SELECT min(next_ms) FROM touch WHERE practice_id = :practice_id AND next_ms IS NOT NULL

-- name: outbox_start
-- Only from a state that has not begun: a second worker changes no row.
UPDATE touch SET state = 'sending', next_ms = :lease_until_ms, lease_owner = :lease_owner,
    lease_until_ms = :lease_until_ms, channel = :channel, driver = :driver, address = :address,
    template = :template, wording = :wording, variant = :variant, offer = :offer,
    language = :language, subject = :subject, body = :body, html = :html, body_hash = :body_hash,
    segments = :segments, attempts = attempts + 1, code = NULL,
    code_rule = NULL, detail = NULL
 WHERE practice_id = :practice_id AND touch_id = :touch_id AND state IN ('due', 'waiting')

-- name: outbox_open_attempt
-- Durable before its request leaves.
INSERT INTO attempt (practice_id, attempt_id, touch_id, number, started_ms, outcome)
VALUES (:practice_id, :attempt_id, :touch_id, :number, :now_ms, 'open')

-- name: outbox_add_verdict
-- Numbered per touch; only ever inserted.
INSERT INTO verdict (practice_id, touch_id, seq, at_ms, answer, code, rule, until_ms, attempt_id,
    detail)
SELECT :practice_id, :touch_id, count(*) + 1, :now_ms, :answer, :code, :rule, :until_ms,
    :attempt_id, :detail
  FROM verdict WHERE practice_id = :practice_id AND touch_id = :touch_id

-- name: outbox_wait
-- The first wait sets how long it may last (if_blocked); later ones keep it.
UPDATE touch SET state = 'waiting', next_ms = :next_ms,
    expires_ms = coalesce(expires_ms, :expires_ms), code = :code, code_rule = :rule
 WHERE practice_id = :practice_id AND touch_id = :touch_id AND state IN ('due', 'waiting')

-- name: outbox_defer
-- Not yet, without a verdict: the state stays.
UPDATE touch SET next_ms = :next_ms, detail = :code
 WHERE practice_id = :practice_id AND touch_id = :touch_id AND state IN ('due', 'waiting')

-- name: outbox_wake
-- Those of a playbook that waited for it to run again. What has ended has no next moment: the index
-- leaves it out.
UPDATE touch SET next_ms = :now_ms, detail = NULL
 WHERE practice_id = :practice_id AND next_ms > :now_ms AND playbook = :playbook
   AND detail = :code AND state IN ('due', 'waiting')

-- name: outbox_end
-- Only what has not begun: what was sent cannot be unsent.
UPDATE touch SET state = :state, next_ms = NULL, code = :code, code_rule = :rule,
    detail = :detail, ended_ms = :now_ms
 WHERE practice_id = :practice_id AND touch_id = :touch_id AND state IN ('due', 'waiting')

-- name: outbox_cancel_enrollment
-- An exit: everything of it that has not begun.
UPDATE touch SET state = 'cancelled', next_ms = NULL, code = :code, ended_ms = :now_ms
 WHERE practice_id = :practice_id AND enrollment_id = :enrollment_id
   AND state IN ('due', 'waiting')

-- name: outbox_cancel_patient
-- Everything of a patient's playbooks that has not begun.
UPDATE touch SET state = 'cancelled', next_ms = NULL, code = :code, ended_ms = :now_ms
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND enrollment_id IS NOT NULL
   AND state IN ('due', 'waiting')

-- name: outbox_find_attempt
-- The attempt and its touch's id, locked for the settlement.
SELECT touch_id, outcome, number FROM attempt
 WHERE practice_id = :practice_id AND attempt_id = :attempt_id

-- name: outbox_find_attempt [postgres]
SELECT touch_id, outcome, number FROM attempt
 WHERE practice_id = :practice_id AND attempt_id = :attempt_id FOR UPDATE

-- name: outbox_close_attempt
-- An answer closes it once; word that the provider has it may come after all.
UPDATE attempt SET ended_ms = :now_ms, outcome = :outcome, status = :status, code = :code,
    provider_id = coalesce(:provider_id, provider_id)
 WHERE practice_id = :practice_id AND attempt_id = :attempt_id
   AND (outcome IN ('open', 'in_doubt')
    OR (outcome IN ('absent', 'not_sent') AND :outcome = 'accepted'))

-- name: outbox_settle_sent
-- Also from DUE: word that the provider has it may come after it was thought absent.
UPDATE touch SET state = 'sent', next_ms = NULL, lease_owner = NULL, lease_until_ms = NULL,
    sent_ms = :sent_ms, provider_id = :provider_id, delivery = coalesce(delivery, :delivery),
    code = NULL, ended_ms = :now_ms
 WHERE practice_id = :practice_id AND touch_id = :touch_id
   AND state IN ('sending', 'in_doubt', 'due', 'waiting')

-- name: outbox_settle_due
-- Refused or never left: it goes again after a pause, through the gate.
UPDATE touch SET state = 'due', next_ms = :next_ms, lease_owner = NULL, lease_until_ms = NULL,
    code = :code
 WHERE practice_id = :practice_id AND touch_id = :touch_id AND state IN ('sending', 'in_doubt')

-- name: outbox_settle_final
-- Nothing more is tried.
UPDATE touch SET state = :state, next_ms = NULL, lease_owner = NULL, lease_until_ms = NULL,
    code = :code, detail = :detail, ended_ms = :now_ms
 WHERE practice_id = :practice_id AND touch_id = :touch_id AND state IN ('sending', 'in_doubt')

-- name: outbox_settle_doubt
-- It may have left: the provider is asked before anything else.
UPDATE touch SET state = 'in_doubt', next_ms = :next_ms, lease_owner = NULL,
    lease_until_ms = NULL, code = 'no_answer'
 WHERE practice_id = :practice_id AND touch_id = :touch_id AND state = 'sending'

-- name: outbox_expired
-- Whose lease is over, or whose owner has restarted and so cannot be waiting any more.
SELECT t.touch_id, a.attempt_id, t.patient_id FROM touch t
  JOIN attempt a ON a.practice_id = t.practice_id AND a.touch_id = t.touch_id
   AND a.number = t.attempts
 WHERE t.practice_id = :practice_id AND t.state = 'sending'
   AND (t.lease_until_ms <= :now_ms OR t.lease_owner = :owner)
 ORDER BY t.touch_id

-- name: outbox_doubt_attempt
-- An open attempt whose owner is gone or got no answer.
UPDATE attempt SET outcome = 'in_doubt'
 WHERE practice_id = :practice_id AND attempt_id = :attempt_id AND outcome = 'open'

-- name: outbox_claim_doubts
-- The newest attempt of each touch in doubt, longest waiting first.
SELECT a.attempt_id, t.touch_id, t.driver, t.address, t.body, t.channel, a.started_ms, a.asked
  FROM touch t
  JOIN attempt a ON a.practice_id = t.practice_id AND a.touch_id = t.touch_id
   AND a.number = t.attempts
 WHERE t.practice_id = :practice_id AND t.state = 'in_doubt' AND t.next_ms <= :now_ms
 ORDER BY t.next_ms, t.touch_id LIMIT :limit

-- name: outbox_claim_doubts [postgres]
SELECT a.attempt_id, t.touch_id, t.driver, t.address, t.body, t.channel, a.started_ms, a.asked
  FROM touch t
  JOIN attempt a ON a.practice_id = t.practice_id AND a.touch_id = t.touch_id
   AND a.number = t.attempts
 WHERE t.practice_id = :practice_id AND t.state = 'in_doubt' AND t.next_ms <= :now_ms
 ORDER BY t.next_ms, t.touch_id LIMIT :limit FOR UPDATE OF t SKIP LOCKED

-- name: outbox_read_doubt
-- Still a doubt? A callback may have settled it while the question was under way.
SELECT t.touch_id, t.driver, t.address, t.body, t.channel, a.started_ms, a.asked
  FROM attempt a JOIN touch t ON t.practice_id = a.practice_id AND t.touch_id = a.touch_id
 WHERE a.practice_id = :practice_id AND a.attempt_id = :attempt_id
   AND a.outcome = 'in_doubt' AND t.state = 'in_doubt'

-- name: outbox_lease_doubt
-- Nobody else asks meanwhile.
UPDATE touch SET next_ms = :next_ms
 WHERE practice_id = :practice_id AND touch_id = :touch_id AND state = 'in_doubt'

-- name: outbox_asked
-- How often, and when last: what `explain` shows.
UPDATE attempt SET asked = asked + 1, asked_ms = :now_ms
 WHERE practice_id = :practice_id AND attempt_id = :attempt_id

-- name: outbox_provider_id_used
-- A message that another attempt is known to be cannot be this one.
SELECT count(*) FROM attempt
 WHERE practice_id = :practice_id AND provider_id = :provider_id AND attempt_id <> :attempt_id

-- name: outbox_find_provider_id
-- A callback that names only the provider's id.
SELECT attempt_id FROM attempt
 WHERE practice_id = :practice_id AND provider_id = :provider_id
 ORDER BY attempt_id LIMIT 1

-- name: outbox_set_delivery
-- The caller has checked that it is a step forward.
UPDATE touch SET delivery = :delivery, code = coalesce(:code, code),
    delivered_ms = CASE WHEN :delivery = 'delivered' THEN :now_ms ELSE delivered_ms END,
    provider_id = coalesce(provider_id, :provider_id)
 WHERE practice_id = :practice_id AND touch_id = :touch_id

-- name: outbox_read
-- One touch by its id.
SELECT * FROM touch WHERE practice_id = :practice_id AND touch_id = :touch_id

-- name: outbox_count_keyed
-- How often this was said to this patient lately.
SELECT count(*) FROM touch WHERE practice_id = :practice_id AND patient_id = :patient_id
   AND planned_ms >= :since_ms AND touch_key LIKE :like

-- name: outbox_read_enrollments
-- In the order of the calendar, an enrollment's touches side by side.
SELECT * FROM touch WHERE practice_id = :practice_id AND enrollment_id IN LIST(:ids)
 ORDER BY enrollment_id, planned_ms, position, touch_id

-- name: outbox_read_link
-- Whose link was clicked.
SELECT * FROM touch WHERE practice_id = :practice_id AND link_code = :link_code

-- name: outbox_read_verdicts
-- Everything the gate ever said about a touch, for `explain`.
SELECT at_ms, answer, code, rule, until_ms, detail FROM verdict
 WHERE practice_id = :practice_id AND touch_id = :touch_id ORDER BY seq

-- name: outbox_longest_wait
-- For what it waited longest until now; of two as long, for what came first.
SELECT code, rule FROM (SELECT code, rule, at_ms, answer,
      lead(at_ms, 1, CAST(:now_ms AS BIGINT)) OVER (ORDER BY seq) AS over_ms FROM verdict
       WHERE practice_id = :practice_id AND touch_id = :touch_id) v
 WHERE answer = 'wait' GROUP BY code, rule ORDER BY sum(over_ms - at_ms) DESC, min(at_ms), code
 LIMIT 1

-- name: outbox_move_patient
-- A merge: touches go to the person that stays.
UPDATE touch SET patient_id = :into WHERE practice_id = :practice_id AND patient_id = :gone

-- name: outbox_count_tests
-- What a colleague had sent to themselves since then: tests have no patient, so the range is short.
SELECT count(*) FROM touch
 WHERE practice_id = :practice_id AND patient_id = '' AND planned_ms >= :since_ms
   AND for_staff = :for_staff AND touch_key = 'test'

-- name: outbox_return_patient
-- A split: what was sent to them before the merge is theirs again.
UPDATE touch SET patient_id = :gone
 WHERE practice_id = :practice_id AND patient_id = :into AND touch_id IN LIST(:ids)

-- ---- erased ----

-- name: outbox_erase_leaving
-- What is on its way at this moment cannot be stopped, and its words are still wanted.
SELECT count(*) FROM touch
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND state = 'sending'

-- name: outbox_erase_open
UPDATE touch SET state = 'cancelled', next_ms = NULL, code = 'erased', ended_ms = :now_ms
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND state IN ('due', 'waiting')

-- name: outbox_erase_words
-- When something went, by which template, and the hash of its words stay: the proof of what was
-- sent. To whom and what it said go; its links lead nowhere.
UPDATE touch SET address = NULL, subject = NULL, body = NULL, html = NULL, words = NULL,
    detail = NULL, link_code = NULL
 WHERE practice_id = :practice_id AND (patient_id = :patient_id OR address IN LIST(:addresses))
