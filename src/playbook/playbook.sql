-- name: playbook_put_version
-- The same content applied twice is one row: its name is its hash.
INSERT INTO playbook_version (practice_id, playbook, version, source, definitions, templates,
    applied_ms, applied_by)
VALUES (:practice_id, :playbook, :version, :source, :definitions, :templates, :now_ms, :actor)
ON CONFLICT DO NOTHING

-- name: playbook_launch
-- The day of the first launch stays: who was due before it is backlog for good.
INSERT INTO playbook_state (practice_id, playbook, state, version, pilot_patients, launched_day,
    audience, reason, since_ms)
VALUES (:practice_id, :playbook, :state, :version, :pilot_patients, :launched_day, :audience, NULL,
    :now_ms)
ON CONFLICT (practice_id, playbook) DO UPDATE SET state = excluded.state,
    version = excluded.version, pilot_patients = excluded.pilot_patients,
    launched_day = coalesce(playbook_state.launched_day, excluded.launched_day),
    audience = excluded.audience, reason = NULL,
    since_ms = excluded.since_ms

-- name: playbook_pause
-- A row is made for one that was never applied, so that its apply is seen as a change.
INSERT INTO playbook_state (practice_id, playbook, state, reason, since_ms)
VALUES (:practice_id, :playbook, 'paused', :reason, :now_ms)
ON CONFLICT (practice_id, playbook) DO UPDATE SET state = 'paused', reason = excluded.reason,
    since_ms = excluded.since_ms
 WHERE playbook_state.state <> 'paused'

-- name: playbook_resume
-- Back to the pilot it was in, or to work.
UPDATE playbook_state SET reason = NULL, since_ms = :now_ms,
    state = CASE WHEN pilot_patients IS NULL THEN 'active' ELSE 'pilot' END
 WHERE practice_id = :practice_id AND playbook = :playbook AND state = 'paused'
   AND version IS NOT NULL

-- name: playbook_pause_practice
-- Said twice, it stands since the first time.
INSERT INTO practice_pause (practice_id, since_ms, actor) VALUES (:practice_id, :now_ms, :actor)
ON CONFLICT DO NOTHING

-- name: playbook_resume_practice
-- The row is the switch.
DELETE FROM practice_pause WHERE practice_id = :practice_id

-- name: playbook_practice_paused
-- Asked before anything is claimed. 0: it is not paused.
SELECT coalesce(max(since_ms), 0) FROM practice_pause WHERE practice_id = :practice_id

-- name: playbook_state
-- What runs, and since when.
SELECT playbook, version, state, pilot_patients, launched_day, audience, reason, since_ms
  FROM playbook_state WHERE practice_id = :practice_id AND playbook = :playbook

-- name: playbook_states
-- Every playbook that was ever applied, piloted or paused.
SELECT playbook, version, state, pilot_patients, launched_day, audience, reason, since_ms
  FROM playbook_state WHERE practice_id = :practice_id ORDER BY playbook

-- name: playbook_version
-- The texts as they were applied: an enrollment runs on them.
SELECT source, definitions, templates FROM playbook_version
 WHERE practice_id = :practice_id AND playbook = :playbook AND version = :version

-- name: playbook_entered
-- Whether anybody ever entered, and whether it runs now.
SELECT CASE WHEN EXISTS (SELECT 1 FROM enrollment WHERE practice_id = :practice_id
      AND playbook = :playbook) THEN 1 ELSE 0 END,
    (SELECT count(*) FROM playbook_state WHERE practice_id = :practice_id
      AND playbook = :playbook AND state <> 'paused')

-- name: playbook_drop_state
-- What was applied and never used goes with its file.
DELETE FROM playbook_state WHERE practice_id = :practice_id AND playbook = :playbook

-- name: playbook_drop_versions
DELETE FROM playbook_version WHERE practice_id = :practice_id AND playbook = :playbook
