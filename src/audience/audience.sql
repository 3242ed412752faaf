-- The facts of a batch of patients, each kind in one statement (facts.h). What a night's scan reads
-- is compiled from the playbook instead: entry_sql.c.

-- name: audience_facts_appointments
-- Every appointment: rules ask for visits, bookings and missed ones alike.
SELECT patient_id, appointment_id, start_ms, local_day, status, category, provider, total_cents,
       intro_offer, series_id, series_total, first_seen_ms
  FROM appointment
 WHERE practice_id = :practice_id AND patient_id IN LIST(:ids)
 ORDER BY patient_id, start_ms, appointment_id

-- name: audience_facts_clocks
-- Every service's clock: a condition may name another service than its playbook's.
SELECT patient_id, service, last_day, due_day, visits
  FROM clock
 WHERE practice_id = :practice_id AND patient_id IN LIST(:ids)
 ORDER BY patient_id, service

-- name: audience_facts_contacts
-- Current addresses with what the ledger says of them: 2 closed for everything, 1 for marketing;
-- and when the person last refused, as opposed to a bounce or a landline: this channel, of
-- everything, and with no word that another one may go on.
SELECT cp.patient_id, cp.channel, cp.address, cp.health,
       COALESCE((SELECT MAX(CASE WHEN s.scope = 'all' THEN 2 ELSE 1 END) FROM suppression s
          WHERE s.practice_id = cp.practice_id AND s.address = cp.address
            AND s.channel IN (cp.channel, 'all') AND s.lifted_ms IS NULL), 0),
       (SELECT MAX(s.created_ms) FROM suppression s
          WHERE s.practice_id = cp.practice_id AND s.address = cp.address
            AND s.channel IN (cp.channel, 'all') AND s.lifted_ms IS NULL
            AND s.reason NOT IN ('bounce', 'landline')),
       (SELECT MAX(s.created_ms) FROM suppression s
          WHERE s.practice_id = cp.practice_id AND s.address = cp.address
            AND s.channel IN (cp.channel, 'all') AND s.lifted_ms IS NULL AND s.scope = 'all'
            AND s.reason NOT IN ('bounce', 'landline')),
       (SELECT MAX(COALESCE(s.widened_ms, s.created_ms)) FROM suppression s
          WHERE s.practice_id = cp.practice_id AND s.address = cp.address
            AND s.channel IN (cp.channel, 'all') AND s.lifted_ms IS NULL AND s.one_channel = 0
            AND s.reason NOT IN ('bounce', 'landline'))
  FROM contact_point cp
 WHERE cp.practice_id = :practice_id AND cp.patient_id IN LIST(:ids) AND cp.current = 1
 ORDER BY cp.patient_id, cp.channel, cp.rank, cp.address

-- name: audience_facts_consents
-- Live ones only: what was revoked permits nothing.
SELECT patient_id, channel, address, purpose, class, given_day
  FROM consent
 WHERE practice_id = :practice_id AND patient_id IN LIST(:ids) AND revoked_ms IS NULL
 ORDER BY patient_id, channel, purpose, class

-- name: audience_facts_tags
-- For `tags has`.
SELECT patient_id, tag
  FROM tag
 WHERE practice_id = :practice_id AND patient_id IN LIST(:ids)
 ORDER BY patient_id, tag

-- name: audience_facts_enrollments
-- All playbooks, as of now: what began later has not begun.
SELECT patient_id, enrollment_id, playbook, state, exit, entered_ms, ended_ms, cooldown_until_day,
       anchor_day
  FROM enrollment
 WHERE practice_id = :practice_id AND patient_id IN LIST(:ids) AND entered_ms <= :now_ms
 ORDER BY patient_id, entered_ms, enrollment_id

-- name: audience_facts_ledger
-- What programs and prescriptions say happened, for event() and booked_since().
SELECT patient_id, kind, status, day
  FROM ledger
 WHERE practice_id = :practice_id AND patient_id IN LIST(:ids)
 ORDER BY patient_id, kind, external_id

-- name: audience_facts_threads
-- Conversations that the patient took part in: ours alone are none.
SELECT patient_id, state, closed_ms
  FROM thread
 WHERE practice_id = :practice_id AND patient_id IN LIST(:ids) AND opened_ms <= :now_ms
   AND last_in_ms IS NOT NULL
 ORDER BY patient_id

-- name: audience_facts_replies
-- The newest message of each patient, with its reading where triage has read it. What was carried
-- out whole ("no calls, text only") is no reply that anything waits for.
SELECT i.patient_id, i.received_ms, i.reading
  FROM inbound i
 WHERE i.practice_id = :practice_id AND i.patient_id IN LIST(:ids) AND i.received_ms <= :now_ms
   AND i.settled = 0 AND i.received_ms = (SELECT MAX(j.received_ms) FROM inbound j
         WHERE j.practice_id = i.practice_id AND j.patient_id = i.patient_id
           AND j.settled = 0 AND j.received_ms <= :now_ms)
 ORDER BY i.patient_id, i.inbound_id

-- name: audience_facts_touches
-- The touches of these enrollments with what is known of them after they left.
SELECT t.enrollment_id, t.touch_key, t.kind, t.sent_ms, g.delivered_ms, g.human_opens,
       g.machine_opens, g.clicks, g.replies
  FROM touch t
  LEFT JOIN engagement g ON g.practice_id = t.practice_id AND g.touch_id = t.touch_id
 WHERE t.practice_id = :practice_id AND t.enrollment_id IN LIST(:ids)
 ORDER BY t.enrollment_id, t.planned_ms, t.touch_key, t.occurrence
