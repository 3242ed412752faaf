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

-- name: engine_search_name
SELECT external_id, first_name, last_name FROM patient
 WHERE practice_id = :practice_id AND patient_id = :patient_id

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

-- name: engine_last_category
-- The service a patient had last: what a link that names none is about.
SELECT category FROM appointment
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND status = 'completed'
   AND category IS NOT NULL
 ORDER BY start_ms DESC, appointment_id LIMIT 1

-- name: engine_booked_as
-- The booking system's own row of a visit that was booked through us: new since, on that day, the
-- nearest hour.
SELECT appointment_id FROM appointment
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND local_day = :local_day
   AND first_seen_ms >= :since_ms AND status IN ('booked', 'confirmed', 'arrived', 'completed')
   AND appointment_id NOT LIKE :ours
 ORDER BY ABS(start_ms - :start_ms), appointment_id LIMIT 1

-- name: engine_book_task
-- What a task that enters a booking is about.
SELECT body, patient_id FROM task
 WHERE practice_id = :practice_id AND task_id = :task_id AND kind = :kind

-- name: engine_parts_keep
-- What was theirs in the rooms after record, before it goes over: so that it can come back.
INSERT INTO merge_part (practice_id, patient_id, kind, row_id, detail)
SELECT practice_id, patient_id, 'enrollment', enrollment_id, NULL FROM enrollment
 WHERE practice_id = :practice_id AND patient_id = :gone
UNION ALL SELECT practice_id, patient_id, 'touch', touch_id, NULL FROM touch
 WHERE practice_id = :practice_id AND patient_id = :gone
UNION ALL SELECT practice_id, patient_id, 'inbound', inbound_id, NULL FROM inbound
 WHERE practice_id = :practice_id AND patient_id = :gone
UNION ALL SELECT practice_id, patient_id, 'task', task_id, NULL FROM task
 WHERE practice_id = :practice_id AND patient_id = :gone
UNION ALL SELECT practice_id, patient_id, 'thread', thread_id, address FROM thread
 WHERE practice_id = :practice_id AND patient_id = :gone
UNION ALL SELECT n.practice_id, t.patient_id, 'note', n.note_id, NULL FROM thread t
  JOIN note n ON n.practice_id = t.practice_id AND n.thread_id = t.thread_id
 WHERE t.practice_id = :practice_id AND t.patient_id = :gone

-- name: engine_parts_of
-- What comes back to somebody who is parted again.
SELECT kind, row_id, detail FROM merge_part
 WHERE practice_id = :practice_id AND patient_id = :gone ORDER BY kind, row_id

-- name: engine_parts_drop
-- It came back, or the person is erased.
DELETE FROM merge_part WHERE practice_id = :practice_id AND patient_id = :gone
