-- name: engine_read_state
SELECT CAST(value AS BIGINT) FROM engine_state WHERE practice_id = :practice_id AND name = :name

-- name: engine_write_state
INSERT INTO engine_state (practice_id, name, value) VALUES (:practice_id, :name, :value)
ON CONFLICT (practice_id, name) DO UPDATE SET value = excluded.value

-- name: engine_lock_practice
-- A SQLite writer is alone already.
SELECT 1

-- name: engine_lock_practice [postgres]
-- One worker scans a practice at a time; released with the transaction.
SELECT CASE WHEN pg_advisory_xact_lock(7265, CAST(:practice_id AS INTEGER)) IS NULL THEN 1 ELSE 1 END
