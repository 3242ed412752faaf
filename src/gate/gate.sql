-- name: gate_sends
-- What the households of these people were sent or called for, newest first: the caps count it. A
-- message in flight counts from its newest attempt, a task from when it was handed to staff. The
-- opt-out line is told by its word, which both shipped languages use. CROSS JOIN keeps SQLite from
-- walking all touches of the practice.
SELECT p.household_id, t.patient_id,
       COALESCE(t.sent_ms,
           (SELECT max(a.started_ms) FROM attempt a
             WHERE a.practice_id = t.practice_id AND a.touch_id = t.touch_id),
           t.ended_ms, t.planned_ms) AS at_ms,
       CASE WHEN t.kind = 'task' THEN 'task' ELSE t.channel END AS channel,
       t.purpose,
       CASE WHEN t.body LIKE '%STOP%' THEN 1 ELSE 0 END AS stop_line
  FROM patient p CROSS JOIN touch t
 WHERE t.practice_id = p.practice_id AND t.patient_id = p.patient_id
   AND p.practice_id = :practice_id
   AND p.household_id IN LIST(:households)
   AND t.planned_ms >= :since_ms
   AND ((t.kind = 'message' AND t.state IN ('sending', 'sent', 'in_doubt', 'unconfirmed'))
     OR (t.kind = 'task' AND t.state IN ('sent', 'done')))
 ORDER BY 3 DESC, t.touch_id;

-- name: gate_replies
-- When each of them wrote last: consent that is used stays fresh.
SELECT patient_id, max(received_ms) AS last_ms
  FROM inbound
 WHERE practice_id = :practice_id AND patient_id IN LIST(:patients)
 GROUP BY patient_id
 ORDER BY patient_id;

-- name: gate_call_refusals
-- Who said no to calls: a visit lets staff call somebody who said nothing, not one who said no.
SELECT DISTINCT patient_id
  FROM patient_record
 WHERE practice_id = :practice_id AND patient_id IN LIST(:patients)
   AND fields LIKE '%"voice_consent":"no"%'
 ORDER BY patient_id;

-- name: gate_booking_data
-- The newest import that knew appointments: a file without a row shows nothing of the bookings. 0
-- when there never was one.
SELECT COALESCE(max(coalesce(seen_ms, at_ms)), 0)
  FROM import_run
 WHERE practice_id = :practice_id AND (kind LIKE '%appointment%' OR kind LIKE 'fhir%')
   AND created + updated + unchanged > 0;

-- name: gate_sends_since
-- Marketing messages of the whole practice that left since then, and those on their way: two index
-- ranges, added.
SELECT (SELECT count(*) FROM touch
         WHERE practice_id = :practice_id AND sent_ms >= :since_ms
           AND kind = 'message' AND purpose = 'marketing')
     + (SELECT count(*) FROM touch
         WHERE practice_id = :practice_id AND next_ms IS NOT NULL AND sent_ms IS NULL
           AND kind = 'message' AND purpose = 'marketing' AND state IN ('sending', 'in_doubt'));

-- name: gate_calls_since
-- Calls that were given to staff since then.
SELECT count(*)
  FROM touch
 WHERE practice_id = :practice_id AND kind = 'task' AND state IN ('sent', 'done')
   AND ended_ms >= :since_ms;
