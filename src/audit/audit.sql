-- name: audit_head_lock
-- The newest link of one chain. SQLite's writer has the store to itself.
SELECT seq, hash FROM audit_head WHERE practice_id = :practice_id AND writer = :writer

-- name: audit_head_lock [postgres]
-- The lock makes two processes with one writer name take turns until the end of their tx.
SELECT seq, hash FROM audit_head WHERE practice_id = :practice_id AND writer = :writer FOR UPDATE

-- name: audit_head_start
-- The first row of a chain. Whoever comes second waits here for the first one's commit.
INSERT INTO audit_head (practice_id, writer, seq, hash)
VALUES (:practice_id, :writer, 0, :hash)
ON CONFLICT (practice_id, writer) DO NOTHING

-- name: audit_head_move
UPDATE audit_head SET seq = :seq, hash = :hash
WHERE practice_id = :practice_id AND writer = :writer

-- name: audit_insert
INSERT INTO audit (practice_id, writer, seq, at_ms, actor, action, patient_id, subject_id, detail,
    prev_hash, hash)
VALUES (:practice_id, :writer, :seq, :at_ms, :actor, :action, :patient_id, :subject_id, :detail,
    :prev_hash, :hash)

-- name: audit_append
-- One row, as audit_insert has it: a round to SQLite costs nothing.
INSERT INTO audit (practice_id, writer, seq, at_ms, actor, action, patient_id, subject_id, detail,
    prev_hash, hash)
VALUES (:practice_id, :writer, :seq, :at_ms, :actor, :action, :patient_id, :subject_id, :detail,
    :prev_hash, :hash)

-- name: audit_append [postgres]
-- One row and the head that it becomes, in one round: so most of what is sent and read is written.
WITH moved AS (UPDATE audit_head SET seq = :seq, hash = :hash
    WHERE practice_id = :practice_id AND writer = :writer)
INSERT INTO audit (practice_id, writer, seq, at_ms, actor, action, patient_id, subject_id, detail,
    prev_hash, hash)
VALUES (:practice_id, :writer, :seq, :at_ms, :actor, :action, :patient_id, :subject_id, :detail,
    :prev_hash, :hash)

-- name: audit_heads
-- Every chain: a few per practice.
SELECT practice_id, writer, seq, hash FROM audit_head ORDER BY practice_id, writer

-- name: audit_chain
-- One chain from its first row on.
SELECT seq, at_ms, actor, action, patient_id, subject_id, detail, prev_hash, hash
FROM audit WHERE practice_id = :practice_id AND writer = :writer ORDER BY seq

-- name: audit_headless
-- Rows whose chain has no head: somebody took the head away.
SELECT a.practice_id, a.writer, min(a.seq) FROM audit a
WHERE NOT EXISTS (SELECT 1 FROM audit_head h
    WHERE h.practice_id = a.practice_id AND h.writer = a.writer)
GROUP BY a.practice_id, a.writer ORDER BY a.practice_id, a.writer LIMIT 1

-- name: audit_heads_of
-- The chains of one practice, for a checkpoint.
SELECT writer, seq, hash FROM audit_head WHERE practice_id = :practice_id ORDER BY writer

-- name: audit_forgotten
-- Links that a checkpoint remembers and that are no longer there, or are others now.
SELECT c.practice_id, c.subject_id, CAST(c.detail ->> 'seq' AS BIGINT)
FROM audit c LEFT JOIN audit a ON a.practice_id = c.practice_id AND a.writer = c.subject_id
    AND a.seq = CAST(c.detail ->> 'seq' AS BIGINT)
WHERE c.action = 'audit.checkpoint' AND (a.hash IS NULL OR a.hash <> c.detail ->> 'hash')
ORDER BY 1, 2, 3 LIMIT 1

-- name: audit_forgotten [postgres]
SELECT c.practice_id, c.subject_id, CAST(c.detail::json ->> 'seq' AS BIGINT)
FROM audit c LEFT JOIN audit a ON a.practice_id = c.practice_id AND a.writer = c.subject_id
    AND a.seq = CAST(c.detail::json ->> 'seq' AS BIGINT)
WHERE c.action = 'audit.checkpoint' AND (a.hash IS NULL OR a.hash <> c.detail::json ->> 'hash')
ORDER BY 1, 2, 3 LIMIT 1

-- name: audit_patient
-- What was done with one patient's record and who read it (45 CFR 164.528).
SELECT at_ms, actor, action, subject_id, detail, writer, seq
FROM audit WHERE practice_id = :practice_id AND patient_id = :patient_id
ORDER BY at_ms, writer, seq
