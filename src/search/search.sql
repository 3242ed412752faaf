-- name: search_patients
-- As one types: by first name, last name, both, id, phone or email; each branch an index range. Of
-- a phone the last digits do, too, from four on.
-- Where both names are told, the last one has fewer namesakes.
SELECT DISTINCT u.patient_id FROM (
  SELECT patient_id FROM (SELECT p.patient_id FROM patient p WHERE p.practice_id = :practice_id
      AND p.name_key >= :key AND p.name_key < :key_end AND :key <> '' ORDER BY p.name_key
    LIMIT :limit)
  UNION ALL
  SELECT patient_id FROM (SELECT p.patient_id FROM patient p WHERE p.practice_id = :practice_id
      AND (substr(name_key, 1 + length(replace(replace(replace(first_name, ' ', ''), '-', ''),
        '''', ''))) || name_key) >= :key
      AND (substr(name_key, 1 + length(replace(replace(replace(first_name, ' ', ''), '-', ''),
        '''', ''))) || name_key) < :key_end AND :key <> '' ORDER BY 1
    LIMIT :limit)
  UNION ALL
  SELECT patient_id FROM (SELECT p.patient_id FROM patient p WHERE p.practice_id = :practice_id
      AND +p.name_key >= :one AND +p.name_key < :one_end AND :one <> ''
      AND (substr(name_key, 1 + length(replace(replace(replace(first_name, ' ', ''), '-', ''),
        '''', ''))) || name_key) >= :two
      AND (substr(name_key, 1 + length(replace(replace(replace(first_name, ' ', ''), '-', ''),
        '''', ''))) || name_key) < :two_end ORDER BY p.name_key
    LIMIT :limit)
  UNION ALL
  SELECT patient_id FROM (SELECT p.patient_id FROM patient p WHERE p.practice_id = :practice_id
      AND p.external_id >= :text AND p.external_id < :text_end ORDER BY p.external_id
    LIMIT :limit)
  UNION ALL
  SELECT patient_id FROM (SELECT c.patient_id FROM contact_point c
     WHERE c.practice_id = :practice_id AND c.address >= :address AND c.address < :address_end
       AND :address <> '' ORDER BY c.address
    LIMIT 4 * :limit)
  UNION ALL
  SELECT patient_id FROM (SELECT c.patient_id FROM contact_point c
     WHERE c.practice_id = :practice_id AND substr(c.address, -4) = :last_four
       AND c.channel <> 'email' AND substr(c.address, -length(:last)) = :last
     ORDER BY c.address LIMIT 4 * :limit)) u
 ORDER BY u.patient_id LIMIT :limit

-- name: search_patients [postgres]
-- The same ranges in the order of bytes, whatever the database's own order is.
SELECT DISTINCT u.patient_id FROM (
  (SELECT p.patient_id FROM patient p WHERE p.practice_id = :practice_id
      AND p.name_key ~>=~ :key AND p.name_key ~<~ :key_end AND :key <> ''
    ORDER BY p.name_key USING ~<~ LIMIT :limit)
  UNION ALL
  (SELECT p.patient_id FROM patient p WHERE p.practice_id = :practice_id
      AND (substr(name_key, 1 + length(replace(replace(replace(first_name, ' ', ''), '-', ''),
        '''', ''))) || name_key) ~>=~ :key
      AND (substr(name_key, 1 + length(replace(replace(replace(first_name, ' ', ''), '-', ''),
        '''', ''))) || name_key) ~<~ :key_end AND :key <> '' ORDER BY p.patient_id LIMIT :limit)
  UNION ALL
  (SELECT p.patient_id FROM patient p WHERE p.practice_id = :practice_id
      AND p.name_key ~>=~ :one AND p.name_key ~<~ :one_end AND :one <> ''
      AND (substr(name_key, 1 + length(replace(replace(replace(first_name, ' ', ''), '-', ''),
        '''', ''))) || name_key) ~>=~ :two
      AND (substr(name_key, 1 + length(replace(replace(replace(first_name, ' ', ''), '-', ''),
        '''', ''))) || name_key) ~<~ :two_end ORDER BY p.name_key USING ~<~ LIMIT :limit)
  UNION ALL
  (SELECT p.patient_id FROM patient p WHERE p.practice_id = :practice_id
      AND p.external_id ~>=~ :text AND p.external_id ~<~ :text_end
    ORDER BY p.external_id USING ~<~ LIMIT :limit)
  UNION ALL
  (SELECT c.patient_id FROM contact_point c
     WHERE c.practice_id = :practice_id AND c.address ~>=~ :address
       AND c.address ~<~ :address_end AND :address <> ''
    ORDER BY c.address USING ~<~ LIMIT 4 * :limit)
  UNION ALL
  (SELECT c.patient_id FROM contact_point c
     WHERE c.practice_id = :practice_id AND "right"(c.address, 4) = :last_four
       AND c.channel <> 'email' AND "right"(c.address, length(:last)) = :last
    ORDER BY c.address USING ~<~ LIMIT 4 * :limit)) u
 ORDER BY u.patient_id LIMIT :limit

-- name: search_allowed
-- Of these, whom an account of some locations may see.
SELECT p.patient_id FROM patient p
 WHERE p.practice_id = :practice_id AND p.patient_id IN LIST(:ids)
   AND (NOT EXISTS (SELECT 1 FROM appointment a WHERE a.practice_id = p.practice_id
          AND a.patient_id = p.patient_id AND a.location IS NOT NULL)
     OR EXISTS (SELECT 1 FROM appointment a WHERE a.practice_id = p.practice_id
          AND a.patient_id = p.patient_id AND a.location IN LIST(:locations)))
 ORDER BY p.patient_id

-- name: search_near_words
-- Words of names that meet what was typed under one of its variants.
SELECT DISTINCT word FROM search_word
 WHERE practice_id = :practice_id AND variant IN LIST(:variants) ORDER BY word LIMIT :limit

-- name: search_known_words
SELECT word FROM search_word
 WHERE practice_id = :practice_id AND variant IN LIST(:words) AND word = variant ORDER BY word

-- name: search_add_word
INSERT INTO search_word (practice_id, variant, word) VALUES (:practice_id, :variant, :word)
ON CONFLICT DO NOTHING

-- name: search_read_place
SELECT updated_ms, patient_id FROM search_place WHERE practice_id = :practice_id

-- name: search_write_place
INSERT INTO search_place (practice_id, updated_ms, patient_id)
VALUES (:practice_id, :updated_ms, :patient_id)
ON CONFLICT (practice_id) DO UPDATE SET updated_ms = excluded.updated_ms,
    patient_id = excluded.patient_id

-- name: search_unlearnt
-- Whose names were written since: in the order of the change.
SELECT updated_ms, patient_id, first_name, last_name, coalesce(preferred_name, '') FROM patient
 WHERE practice_id = :practice_id AND (updated_ms, patient_id) > (:updated_ms, :patient_id)
 ORDER BY updated_ms, patient_id LIMIT :limit

-- name: search_begun
-- The words of texts that begin so: one step of their index for each. No word has a byte below
-- those of digits.
WITH RECURSIVE k(term, n) AS (
    SELECT (SELECT t.term FROM search_term t WHERE t.term >= :start AND t.term <= :end
         ORDER BY t.term LIMIT 1), 1
  UNION ALL
    SELECT (SELECT t.term FROM search_term t WHERE t.term >= k.term || '!' AND t.term <= :end
         ORDER BY t.term LIMIT 1), k.n + 1
      FROM k WHERE k.term IS NOT NULL AND k.n <= :limit)
SELECT term FROM k WHERE term IS NOT NULL

-- name: search_begun [postgres]
-- Nothing: beginnings are entries of its index.

-- name: search_said
-- The newest texts that hold every word: walked from the end, so a frequent word costs no more.
SELECT d.kind, d.subject_id FROM search_text s JOIN search_doc d ON d.doc_id = s.rowid
 WHERE s.search_text MATCH :match AND d.practice_id = :practice_id
 ORDER BY s.rowid DESC LIMIT :limit

-- name: search_said [postgres]
-- Its index knows no order and hands out every text with a frequent word: so it is asked by parts
-- of 4096 texts, the newest ones first, more of them each time, until enough are found. The parts
-- stand before the words: there the index begins. What a mark is: 0034_search_part. The query is
-- read once and not for each text.
WITH RECURSIVE look(below, parts, found) AS (
    SELECT (SELECT max(doc_id) FROM search_doc) / 4096 + 1, CAST(2 AS BIGINT),
        CAST(ARRAY[] AS BIGINT[])
  UNION ALL
    SELECT k.below - k.parts, least(k.parts * 4, 16), k.found || (
        SELECT array_agg(d.doc_id ORDER BY d.doc_id DESC) FROM search_doc d
         WHERE search_marks(d.words, d.doc_id) && ARRAY(
             SELECT '#' || n FROM generate_series(k.below - k.parts, k.below - 1) n)
           AND search_marks(d.words, d.doc_id) @> ARRAY(
             SELECT json_array_elements_text(CAST(:marks AS JSON)))
           AND d.words @@ (SELECT CAST(:match AS tsquery)) AND d.practice_id = :practice_id)
      FROM look k WHERE k.below > 0 AND cardinality(k.found) < :limit)
SELECT d.kind, d.subject_id FROM search_doc d
 WHERE d.doc_id = ANY (CAST((SELECT k.found[1 : CAST(:limit AS INTEGER)] FROM look k
     ORDER BY k.below LIMIT 1) AS BIGINT[]))
 ORDER BY d.doc_id DESC

-- name: search_shown
-- What is shown of them, for whoever may see the patient.
SELECT x.kind, x.id, x.body, x.at_ms, p.patient_id, p.external_id,
    trim(coalesce(nullif(p.preferred_name, ''), p.first_name) || ' ' || p.last_name),
    coalesce(x.thread_id, (SELECT t.thread_id FROM thread t
        WHERE t.practice_id = :practice_id AND t.patient_id = x.patient_id)), x.attachments
  FROM (SELECT 'message' AS kind, i.inbound_id AS id, i.body, i.received_ms AS at_ms,
            i.patient_id, i.thread_id, i.attachments
          FROM inbound i WHERE i.practice_id = :practice_id AND i.inbound_id IN LIST(:ids)
        UNION ALL
        SELECT 'reply', t.touch_id, t.body, coalesce(t.sent_ms, t.created_ms), t.patient_id,
            CAST(NULL AS TEXT), '[]'
          FROM touch t WHERE t.practice_id = :practice_id AND t.touch_id IN LIST(:ids)
        UNION ALL
        SELECT 'note', n.note_id, n.body, n.at_ms, h.patient_id, n.thread_id,
            '[]'
          FROM note n
          LEFT JOIN thread h ON h.practice_id = n.practice_id AND h.thread_id = n.thread_id
         WHERE n.practice_id = :practice_id AND n.note_id IN LIST(:ids)
        UNION ALL
        SELECT 'task', k.task_id, CASE WHEN k.note IS NULL THEN k.title
              ELSE k.title || ': ' || k.note END, k.created_ms, k.patient_id, CAST(NULL AS TEXT),
            '[]'
          FROM task k WHERE k.practice_id = :practice_id AND k.task_id IN LIST(:ids)) x
  LEFT JOIN patient p ON p.practice_id = :practice_id AND p.patient_id = x.patient_id
 WHERE CAST(:locations AS TEXT) IS NULL OR x.patient_id IS NULL
    OR NOT EXISTS (SELECT 1 FROM appointment a WHERE a.practice_id = :practice_id
          AND a.patient_id = x.patient_id AND a.location IS NOT NULL)
    OR EXISTS (SELECT 1 FROM appointment a WHERE a.practice_id = :practice_id
          AND a.patient_id = x.patient_id AND a.location IN LIST(:locations))
 ORDER BY x.kind, x.id

-- name: search_tag_names
-- All of them: one step of the index for each.
WITH RECURSIVE k(tag) AS (
    SELECT min(tag) FROM tag WHERE practice_id = :practice_id
  UNION ALL
    SELECT (SELECT min(t.tag) FROM tag t WHERE t.practice_id = :practice_id AND t.tag > k.tag)
      FROM k WHERE k.tag IS NOT NULL)
SELECT tag FROM k WHERE tag IS NOT NULL ORDER BY tag LIMIT :limit

-- name: search_tag_count
SELECT count(*) FROM (SELECT 1 FROM tag WHERE practice_id = :practice_id AND tag = :tag
   ORDER BY patient_id LIMIT :limit) u

-- name: search_service_names
-- All services that anybody ever booked: one step of the index for each.
WITH RECURSIVE k(service) AS (
    SELECT min(service) FROM appointment WHERE practice_id = :practice_id
  UNION ALL
    SELECT (SELECT min(a.service) FROM appointment a
             WHERE a.practice_id = :practice_id AND a.service > k.service)
      FROM k WHERE k.service IS NOT NULL)
SELECT service FROM k WHERE service IS NOT NULL ORDER BY service LIMIT :limit

-- name: search_visits
-- The next ones of a service.
SELECT a.appointment_id, a.start_ms, a.service, a.provider, a.status, p.patient_id, p.external_id,
    trim(coalesce(nullif(p.preferred_name, ''), p.first_name) || ' ' || p.last_name)
  FROM appointment a
  JOIN patient p ON p.practice_id = a.practice_id AND p.patient_id = a.patient_id
 WHERE a.practice_id = :practice_id AND a.service = :service AND a.start_ms > :now_ms
   AND a.status IN ('booked', 'confirmed')
   AND (CAST(:locations AS TEXT) IS NULL OR a.location IS NULL OR a.location IN LIST(:locations))
 ORDER BY a.start_ms, a.appointment_id LIMIT :limit

-- ---- erased ----

-- name: search_own_names
SELECT first_name, last_name, coalesce(preferred_name, '') FROM patient
 WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: search_other_names
SELECT first_name, last_name, coalesce(preferred_name, '') FROM patient
 WHERE practice_id = :practice_id AND patient_id <> :patient_id

-- name: search_forget_words
DELETE FROM search_word WHERE practice_id = :practice_id AND word IN LIST(:words)

-- name: search_rewrite
-- Words of texts that are gone stay in the index's segments until they are merged.
INSERT INTO search_text (search_text) VALUES ('optimize')

-- name: search_rewrite [postgres]
-- Nothing: a row's words stand in the row.
