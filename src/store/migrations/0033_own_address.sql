-- Addresses, also former ones, that are one person's alone: what came from one of them before
-- anybody knew whose it was is theirs.
-- owner: record
CREATE VIEW own_address AS
SELECT c.practice_id, c.patient_id, c.address FROM contact_point c
 WHERE NOT EXISTS (SELECT 1 FROM contact_point o WHERE o.practice_id = c.practice_id
     AND o.address = c.address AND o.patient_id <> c.patient_id);
