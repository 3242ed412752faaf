-- name: source_run_again
-- The same bytes again changed nothing: the import only shows that the booking data is fresh.
UPDATE import_run SET seen_ms = :now_ms
WHERE practice_id = :practice_id AND kind = :kind AND sha256 = :sha256
  AND at_ms = (SELECT MAX(x.at_ms) FROM import_run x WHERE x.practice_id = :practice_id
      AND x.kind = :kind AND x.sha256 = :sha256)

-- name: source_run_insert
-- One row per file that brought something: what freshness is judged by.
INSERT INTO import_run (practice_id, import_id, at_ms, file, kind, sha256, rows_read, created,
    updated, unchanged, rejected, warnings)
VALUES (:practice_id, :import_id, :now_ms, :file, :kind, :sha256, :rows_read, :created,
    :updated, :unchanged, :rejected, :warnings)
