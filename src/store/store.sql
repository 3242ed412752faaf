-- name: store_migrate_table_count
-- Whether the store was ever migrated: schema_version is made by the first migration's transaction.
SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'

-- name: store_migrate_table_count [postgres]
SELECT count(*) FROM pg_catalog.pg_class WHERE oid = to_regclass('schema_version')

-- name: store_migrate_lock
-- Nothing: its transaction is the lock.

-- name: store_migrate_lock [postgres]
-- Two programs that start together migrate one after the other.
SELECT pg_advisory_xact_lock(1886220910, hashtext(current_schema()))

-- name: store_migrate_list
-- What was applied, oldest first.
SELECT number, name, checksum FROM schema_version ORDER BY number

-- name: store_migrate_note
-- Written in the transaction of the migration itself.
INSERT INTO schema_version (number, name, checksum, applied_ms)
VALUES (:number, :name, :checksum, :applied_ms)
