-- name: journey_enroll
-- The unique index enrollment_live makes entering twice harmless: no row comes back.
INSERT INTO enrollment (practice_id, enrollment_id, patient_id, household_id, playbook, version,
    occurrence, arm, pilot, backlog, state, entered_ms, start_day, anchor_day, next_ms)
VALUES (:practice_id, :enrollment_id, :patient_id, :household_id, :playbook, :version,
    :occurrence, :arm, :pilot, :backlog, 'active', :now_ms, :start_day, :anchor_day, :next_ms)
ON CONFLICT DO NOTHING

-- name: journey_save
-- An enrollment that ended never changes again.
UPDATE enrollment SET state = :state, hold = :hold, hold_until_ms = :hold_until_ms,
    held_ms = :held_ms, released_ms = :released_ms, released_hold = :released_hold,
    approved_touch = :approved_touch, next_ms = :next_ms, exit = :exit,
    exit_detail = :exit_detail, ended_ms = :ended_ms, cooldown_until_day = :cooldown_until_day
 WHERE practice_id = :practice_id AND enrollment_id = :enrollment_id AND state <> 'ended'

-- name: journey_event
-- The next number of this enrollment; its row is locked by record_lock of the patient.
INSERT INTO enrollment_event (practice_id, enrollment_id, seq, at_ms, kind, touch_key, rule, detail)
SELECT CAST(:practice_id AS BIGINT), CAST(:enrollment_id AS TEXT), coalesce(max(seq), 0) + 1,
       CAST(:now_ms AS BIGINT), CAST(:kind AS TEXT), CAST(:touch_key AS TEXT),
       CAST(:rule AS TEXT), CAST(:detail AS TEXT)
  FROM enrollment_event WHERE practice_id = :practice_id AND enrollment_id = :enrollment_id

-- name: journey_events
-- What `explain` tells, in the order in which it happened.
SELECT at_ms, kind, touch_key, rule, detail FROM enrollment_event
 WHERE practice_id = :practice_id AND enrollment_id = :enrollment_id ORDER BY seq

-- name: journey_drop_refusals
-- Only the newest scan's word is kept.
DELETE FROM not_entered WHERE practice_id = :practice_id AND playbook = :playbook

-- name: journey_put_refusal
-- One reason per patient: the first that held.
INSERT INTO not_entered (practice_id, playbook, patient_id, reason, detail, at_ms)
VALUES (:practice_id, :playbook, :patient_id, :reason, :detail, :now_ms)
ON CONFLICT DO NOTHING

-- name: journey_refusal
-- Why did this patient hear nothing, without a rescan.
SELECT reason, detail, at_ms FROM not_entered
 WHERE practice_id = :practice_id AND playbook = :playbook AND patient_id = :patient_id

-- name: journey_room
-- Treated ones only: a control takes no room. Backlog is who was due before the launch. A pilot
-- counts its version, however often it was paused.
SELECT count(CASE WHEN entered_ms >= :today_ms THEN 1 END),
       count(CASE WHEN entered_ms >= :today_ms AND backlog = 1 THEN 1 END),
       count(CASE WHEN pilot = 1 AND version = :version THEN 1 END)
  FROM enrollment
 WHERE practice_id = :practice_id AND playbook = :playbook AND arm = 'treat'
   AND entered_ms >= :from_ms

-- name: journey_read
-- The enrollments of a batch of touches.
SELECT enrollment_id, patient_id, household_id, playbook, version, occurrence, arm, pilot, state,
    entered_ms, start_day, anchor_day, hold, hold_until_ms, held_ms, released_ms, released_hold,
    approved_touch, next_ms, exit, exit_detail, ended_ms, cooldown_until_day
  FROM enrollment WHERE practice_id = :practice_id AND enrollment_id IN LIST(:ids)
 ORDER BY enrollment_id

-- name: journey_read_live
-- Whom an event about these patients concerns.
SELECT enrollment_id, patient_id, household_id, playbook, version, occurrence, arm, pilot, state,
    entered_ms, start_day, anchor_day, hold, hold_until_ms, held_ms, released_ms, released_hold,
    approved_touch, next_ms, exit, exit_detail, ended_ms, cooldown_until_day
  FROM enrollment
 WHERE practice_id = :practice_id AND patient_id IN LIST(:ids) AND state <> 'ended'
 ORDER BY patient_id, playbook

-- name: journey_read_patient
-- A person's whole way, newest first.
SELECT enrollment_id, patient_id, household_id, playbook, version, occurrence, arm, pilot, state,
    entered_ms, start_day, anchor_day, hold, hold_until_ms, held_ms, released_ms, released_hold,
    approved_touch, next_ms, exit, exit_detail, ended_ms, cooldown_until_day
  FROM enrollment WHERE practice_id = :practice_id AND patient_id = :patient_id
 ORDER BY entered_ms DESC, enrollment_id DESC

-- name: journey_claim_due
-- The oldest whose time has come; ties break by id, so that a replay is exact.
SELECT enrollment_id, patient_id, household_id, playbook, version, occurrence, arm, pilot, state,
    entered_ms, start_day, anchor_day, hold, hold_until_ms, held_ms, released_ms, released_hold,
    approved_touch, next_ms, exit, exit_detail, ended_ms, cooldown_until_day
  FROM enrollment
 WHERE practice_id = :practice_id AND next_ms <= :now_ms AND state <> 'ended'
 ORDER BY next_ms, enrollment_id LIMIT :limit

-- name: journey_claim_due [postgres]
SELECT enrollment_id, patient_id, household_id, playbook, version, occurrence, arm, pilot, state,
    entered_ms, start_day, anchor_day, hold, hold_until_ms, held_ms, released_ms, released_hold,
    approved_touch, next_ms, exit, exit_detail, ended_ms, cooldown_until_day
  FROM enrollment
 WHERE practice_id = :practice_id AND next_ms <= :now_ms AND state <> 'ended'
 ORDER BY next_ms, enrollment_id LIMIT :limit FOR UPDATE SKIP LOCKED

-- name: journey_next
-- When the engine has to wake.
SELECT min(next_ms) FROM enrollment WHERE practice_id = :practice_id AND state <> 'ended'

-- name: journey_count_live
-- How many stay on a version when another is applied.
SELECT count(*) FROM enrollment WHERE practice_id = :practice_id AND playbook = :playbook
   AND version = :version AND state <> 'ended'

-- name: journey_end_double
-- One live enrollment per person and playbook: the one that goes over ends.
UPDATE enrollment SET state = 'ended', exit = 'merged', ended_ms = :now_ms, next_ms = NULL,
    hold = NULL, hold_until_ms = NULL
 WHERE practice_id = :practice_id AND patient_id = :gone AND state <> 'ended'
   AND playbook IN (SELECT playbook FROM enrollment
        WHERE practice_id = :practice_id AND patient_id = :into AND state <> 'ended')

-- name: journey_move_patient
-- All of them, ended ones too: caps on a lifetime count the person.
UPDATE enrollment SET patient_id = :into WHERE practice_id = :practice_id AND patient_id = :gone

-- name: journey_drop_patient_refusals
-- The next scan says it of the person who remains.
DELETE FROM not_entered WHERE practice_id = :practice_id AND patient_id = :gone

-- name: journey_read_elsewhere
-- Who is under way on another version than the one that runs.
SELECT enrollment_id, patient_id, household_id, playbook, version, occurrence, arm, pilot, state,
    entered_ms, start_day, anchor_day, hold, hold_until_ms, held_ms, released_ms, released_hold,
    approved_touch, next_ms, exit, exit_detail, ended_ms, cooldown_until_day
  FROM enrollment
 WHERE practice_id = :practice_id AND playbook = :playbook AND state <> 'ended'
   AND version <> :version AND enrollment_id > :after
 ORDER BY enrollment_id LIMIT :limit

-- name: journey_repin
UPDATE enrollment SET version = :version, next_ms = :now_ms
 WHERE practice_id = :practice_id AND enrollment_id = :enrollment_id AND state <> 'ended'

-- name: journey_return_patient
-- A split: what was theirs before the merge is theirs again.
UPDATE enrollment SET patient_id = :gone
 WHERE practice_id = :practice_id AND patient_id = :into AND enrollment_id IN LIST(:ids)

-- ---- erased ----

-- name: journey_erase_live
-- Nobody is under way any more. What ended before ended as it did.
UPDATE enrollment SET state = 'ended', exit = 'erased', ended_ms = :now_ms, next_ms = NULL,
    hold = NULL, hold_until_ms = NULL
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND state <> 'ended'

-- name: journey_erase_enrollments
-- Reports count them: which playbook, when, how it ended. Words and the household go.
UPDATE enrollment SET household_id = patient_id, exit_detail = NULL
 WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: journey_erase_events
-- What was decided when stays; the values that were read for it go.
UPDATE enrollment_event SET detail = '{}'
 WHERE practice_id = :practice_id AND enrollment_id IN (SELECT e.enrollment_id FROM enrollment e
     WHERE e.practice_id = :practice_id AND e.patient_id = :patient_id)

-- name: journey_erase_refusals
DELETE FROM not_entered WHERE practice_id = :practice_id AND patient_id = :patient_id
