-- name: engine_read_state
-- The engine remembers nights and clocks as text; both are numbers.
SELECT CAST(value AS BIGINT) FROM engine_state WHERE practice_id = :practice_id AND name = :name

-- name: engine_write_state
-- One row a name: written again each night or tick.
INSERT INTO engine_state (practice_id, name, value) VALUES (:practice_id, :name, :value)
ON CONFLICT (practice_id, name) DO UPDATE SET value = excluded.value

-- name: engine_lock_practice
-- A SQLite writer is alone already.
SELECT 1 WHERE :practice_id IS NOT NULL

-- name: engine_lock_practice [postgres]
-- One worker scans a practice at a time; released with the transaction.
SELECT CASE WHEN pg_advisory_xact_lock(7265, CAST(:practice_id AS INTEGER)) IS NULL
    THEN 1 ELSE 1 END

-- name: engine_doctor_import
-- When appointments came in last: the age that promise `fresh` looks at.
SELECT coalesce(max(at_ms), 0) FROM import_run
 WHERE practice_id = :practice_id AND kind LIKE '%appointments'

-- name: engine_doctor_touches
-- What is under way, by state: a doubt that stays is a trouble.
SELECT state, count(*) FROM touch
 WHERE practice_id = :practice_id AND state IN ('due', 'waiting', 'sending', 'in_doubt')
 GROUP BY state ORDER BY state

-- name: engine_doctor_tasks
-- Somebody is waiting for an answer that is late.
SELECT count(*) FROM task WHERE practice_id = :practice_id AND state = 'open' AND due_ms < :now_ms

-- name: engine_doctor_unfolded
-- Messages that nobody has read: the daemon does not run.
SELECT count(*) FROM inbound WHERE practice_id = :practice_id AND folded_ms IS NULL

-- name: engine_search_patients
-- By part of the folded name, or the beginning of an id or an address.
SELECT p.external_id, p.first_name, p.last_name, p.patient_id FROM patient p
 WHERE p.practice_id = :practice_id
   AND (p.name_key LIKE '%' || :key || '%' OR p.external_id = :text
     OR EXISTS (SELECT 1 FROM contact_point c WHERE c.practice_id = p.practice_id
         AND c.patient_id = p.patient_id AND c.address LIKE :text || '%'))
 ORDER BY p.name_key, p.patient_id LIMIT :limit

-- name: engine_search_tags
-- By part of a tag, with whose it is.
SELECT p.external_id, t.tag, p.patient_id FROM tag t
  JOIN patient p ON p.practice_id = t.practice_id AND p.patient_id = t.patient_id
 WHERE t.practice_id = :practice_id AND t.tag LIKE '%' || :text || '%'
 ORDER BY t.tag, p.external_id, p.patient_id LIMIT :limit

-- name: engine_search_tasks
-- By part of a title, newest first: old ones are seldom meant.
SELECT task_id, kind, title, state FROM task
 WHERE practice_id = :practice_id AND lower(title) LIKE '%' || lower(:text) || '%'
 ORDER BY created_ms DESC, task_id LIMIT :limit

-- name: engine_guard_counts
-- Messages, people written to, people who opted out, people who complained: of one playbook.
SELECT (SELECT count(*) FROM touch
         WHERE practice_id = :practice_id AND playbook = :playbook AND kind = 'message'
           AND sent_ms >= :since_ms),
       (SELECT count(DISTINCT patient_id) FROM touch
         WHERE practice_id = :practice_id AND playbook = :playbook AND kind = 'message'
           AND sent_ms >= :since_ms),
       (SELECT count(DISTINCT patient_id) FROM enrollment
         WHERE practice_id = :practice_id AND playbook = :playbook AND exit = 'opted_out'
           AND ended_ms >= :since_ms),
       (SELECT count(DISTINCT e.patient_id) FROM engagement e
          JOIN touch t ON t.practice_id = e.practice_id AND t.touch_id = e.touch_id
         WHERE e.practice_id = :practice_id AND t.playbook = :playbook
           AND e.complained_ms >= :since_ms)
