-- name: change_heads
-- Where each chain of the practice's log ends: a dozen rows.
SELECT writer, seq FROM audit_head WHERE practice_id = :practice_id ORDER BY writer

-- name: change_tail
-- One chain's rows in order, with the patient and the conversation that the row itself leaves out.
SELECT a.seq, a.at_ms, a.action, a.patient_id, a.subject_id,
    coalesce(a.patient_id, i.patient_id, t.patient_id),
    CASE WHEN a.action LIKE 'thread.%' THEN a.subject_id ELSE i.thread_id END
  FROM audit a
  LEFT JOIN inbound i ON a.action = 'inbound.read' AND i.practice_id = a.practice_id
    AND i.inbound_id = a.subject_id
  LEFT JOIN task t ON a.action LIKE 'task.%' AND t.practice_id = a.practice_id
    AND t.task_id = a.subject_id
 WHERE a.practice_id = :practice_id AND a.writer = :writer AND a.seq > :from_seq
   AND a.seq <= :to_seq
 ORDER BY a.seq

-- name: change_tally
-- The same rows by what was done; which file was changed tells what the change means.
SELECT action, CASE WHEN action = 'file.changed' THEN subject_id END, count(*), max(at_ms)
  FROM audit
 WHERE practice_id = :practice_id AND writer = :writer AND seq > :from_seq AND seq <= :to_seq
 GROUP BY 1, 2 ORDER BY 1, 2
