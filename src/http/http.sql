-- name: http_open_touches
-- How much waits, by state: read from the index on what is to be looked at again.
SELECT state, count(*) FROM touch
 WHERE practice_id = :practice_id AND next_ms IS NOT NULL GROUP BY state ORDER BY state

-- name: http_ended_touches
-- How everything else ended.
SELECT state, count(*) FROM touch
 WHERE practice_id = :practice_id AND next_ms IS NULL GROUP BY state ORDER BY state

-- name: http_oldest_due
-- How late the engine is: what should have been looked at first.
SELECT coalesce(min(next_ms), 0) FROM touch
 WHERE practice_id = :practice_id AND next_ms IS NOT NULL AND next_ms < :now_ms

-- name: http_sends
-- What providers took, by channel.
SELECT channel, count(*) FROM touch
 WHERE practice_id = :practice_id AND sent_ms IS NOT NULL GROUP BY channel ORDER BY channel

-- name: http_unread
-- Messages from patients that nobody has acted on, and how old the oldest is.
SELECT count(*), coalesce(min(received_ms), 0) FROM inbound
 WHERE practice_id = :practice_id AND folded_ms IS NULL

-- name: http_tasks
-- What waits for a person, and how much of it is late.
SELECT count(*), coalesce(sum(CASE WHEN due_ms < :now_ms THEN 1 ELSE 0 END), 0) FROM task
 WHERE practice_id = :practice_id AND state = 'open'

-- ---- the API ----

-- name: http_answer_read
-- What the same key got the first time.
SELECT request_hash, status, body FROM kept_answer
 WHERE practice_id = :practice_id AND actor = :actor AND request_key = :request_key
   AND at_ms > :since_ms

-- name: http_answer_keep
-- Two that come together: the second waits here, and its whole transaction is undone.
INSERT INTO kept_answer (practice_id, actor, request_key, request_hash, status, body, at_ms)
VALUES (:practice_id, :actor, :request_key, :request_hash, :status, :body, :at_ms)

-- name: http_answer_drop
DELETE FROM kept_answer WHERE practice_id = :practice_id AND at_ms <= :since_ms

-- name: http_patient_seen
-- Whether a patient is one that this account may see.
SELECT 1 FROM patient p WHERE p.practice_id = :practice_id AND p.patient_id = :patient_id
   AND (CAST(:locations AS TEXT) IS NULL
     OR NOT EXISTS (SELECT 1 FROM appointment a WHERE a.practice_id = p.practice_id
          AND a.patient_id = p.patient_id AND a.location IS NOT NULL)
     OR EXISTS (SELECT 1 FROM appointment a WHERE a.practice_id = p.practice_id
          AND a.patient_id = p.patient_id AND a.location IN LIST(:locations)))

-- name: http_search_patients
-- As one types: by first name, last name, both, id, phone or email; each branch an index range.
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
      AND p.name_key >= :one AND p.name_key < :one_end AND :one <> ''
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
    LIMIT 4 * :limit)) u
 ORDER BY u.patient_id LIMIT :limit

-- name: http_search_patients [postgres]
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
    ORDER BY c.address USING ~<~ LIMIT 4 * :limit)) u
 ORDER BY u.patient_id LIMIT :limit

-- name: http_patient_items
-- A page of a list: narrow rows by id, with the first address of each kind and the next visit.
SELECT p.patient_id, p.external_id, p.first_name, p.last_name, p.preferred_name, p.birth_day,
    (SELECT c.address FROM contact_point c WHERE c.practice_id = p.practice_id
        AND c.patient_id = p.patient_id AND c.channel = 'sms' AND c.current = 1
      ORDER BY c.rank LIMIT 1),
    (SELECT c.address FROM contact_point c WHERE c.practice_id = p.practice_id
        AND c.patient_id = p.patient_id AND c.channel = 'email' AND c.current = 1
      ORDER BY c.rank LIMIT 1),
    p.visits, p.last_visit_day,
    (SELECT min(a.start_ms) FROM appointment a WHERE a.practice_id = p.practice_id
        AND a.patient_id = p.patient_id AND a.start_ms > :now_ms
        AND a.status IN ('booked', 'confirmed')),
    p.ltv_cents, p.inactive, p.deceased, p.vip, p.staff_or_family, p.billing_dispute,
    p.clinical_concern, p.do_not_contact, p.paused_until_told, p.paused_until_day, p.name_key
  FROM patient p
 WHERE p.practice_id = :practice_id AND p.patient_id IN LIST(:ids)
   AND (CAST(:locations AS TEXT) IS NULL
     OR NOT EXISTS (SELECT 1 FROM appointment a WHERE a.practice_id = p.practice_id
          AND a.patient_id = p.patient_id AND a.location IS NOT NULL)
     OR EXISTS (SELECT 1 FROM appointment a WHERE a.practice_id = p.practice_id
          AND a.patient_id = p.patient_id AND a.location IN LIST(:locations)))
 ORDER BY p.name_key, p.patient_id

-- name: http_tags_of
SELECT patient_id, tag FROM tag WHERE practice_id = :practice_id AND patient_id IN LIST(:ids)
 ORDER BY patient_id, tag

-- name: http_patient_read
-- What stands in the patient's own row.
SELECT p.patient_id, p.external_id, p.first_name, p.last_name, p.preferred_name, p.birth_day,
    p.language, p.preferred_channel, p.preferred_provider, p.city, p.state, p.zip, p.time_zone,
    p.paused_until_day, p.phi_authorized, p.visits, p.ltv_cents, p.first_visit_day,
    p.last_visit_day, p.household_id, p.inactive, p.deceased, p.vip, p.staff_or_family,
    p.billing_dispute, p.clinical_concern, p.do_not_contact, p.paused_until_told, p.updated_ms,
    (SELECT t.thread_id FROM thread t WHERE t.practice_id = p.practice_id
        AND t.patient_id = p.patient_id)
  FROM patient p WHERE p.practice_id = :practice_id AND p.patient_id = :patient_id

-- name: http_patient_records
SELECT record_id FROM patient_record
 WHERE practice_id = :practice_id AND patient_id = :patient_id ORDER BY ordinal

-- name: http_patient_household
-- Who lives together, without the patient.
SELECT patient_id, external_id,
    trim(coalesce(nullif(preferred_name, ''), first_name) || ' ' || last_name)
  FROM patient WHERE practice_id = :practice_id AND household_id = :household_id
   AND patient_id <> :patient_id ORDER BY name_key, patient_id LIMIT 50

-- name: http_patient_contacts
-- Current addresses, and what the ledger of opt-outs leaves open on each.
SELECT c.channel, c.address, c.health, c.rank,
    CASE WHEN EXISTS (SELECT 1 FROM suppression s WHERE s.practice_id = c.practice_id
        AND s.address = c.address AND s.channel IN (c.channel, 'all') AND s.lifted_ms IS NULL)
      THEN 'closed' ELSE 'open' END,
    CASE WHEN EXISTS (SELECT 1 FROM suppression s WHERE s.practice_id = c.practice_id
        AND s.address = c.address AND s.channel IN (c.channel, 'all') AND s.scope = 'all'
        AND s.lifted_ms IS NULL) THEN 'closed' ELSE 'open' END
  FROM contact_point c
 WHERE c.practice_id = :practice_id AND c.patient_id = :patient_id AND c.current = 1
 ORDER BY c.channel, c.rank, c.address

-- name: http_patient_consents
-- All of them with their evidence, also those that were revoked.
SELECT consent_id, channel, purpose, class, given_day, source, evidence, recorded_ms, revoked_ms,
    revoked_by
  FROM consent WHERE practice_id = :practice_id AND patient_id = :patient_id
 ORDER BY recorded_ms DESC, consent_id LIMIT 100

-- name: http_patient_suppressions
-- What was stopped on any address that the patient uses.
SELECT s.channel, s.scope, s.reason, s.address, s.source, s.created_ms, s.lifted_ms
  FROM suppression s
 WHERE s.practice_id = :practice_id AND s.address IN (SELECT c.address FROM contact_point c
     WHERE c.practice_id = :practice_id AND c.patient_id = :patient_id)
 ORDER BY s.created_ms DESC, s.channel LIMIT 100

-- name: http_patient_appointments
-- Newest first: what lies ahead stands above.
SELECT appointment_id, start_ms, end_ms, service, category, provider, location, status,
    total_cents
  FROM appointment WHERE practice_id = :practice_id AND patient_id = :patient_id
 ORDER BY start_ms DESC, appointment_id LIMIT 100

-- name: http_patient_clocks
SELECT service, last_day, due_day, late_day, lost_day, visits FROM clock
 WHERE practice_id = :practice_id AND patient_id = :patient_id ORDER BY service

-- name: http_patient_memberships
SELECT plan, status, renewal_day FROM membership
 WHERE practice_id = :practice_id AND patient_id = :patient_id ORDER BY membership_id

-- name: http_patient_enrollments
-- Newest first.
SELECT enrollment_id, playbook, arm, state, hold, entered_ms, next_ms, exit, exit_detail, ended_ms
  FROM enrollment WHERE practice_id = :practice_id AND patient_id = :patient_id
 ORDER BY entered_ms DESC, enrollment_id LIMIT 100

-- name: http_timeline
-- Everything of one patient in order; each part reads its own index by patient.
SELECT kind, id, at_ms, title, body, state, channel, playbook FROM (
  SELECT 'message_out' AS kind, touch_id AS id, coalesce(sent_ms, ended_ms, planned_ms) AS at_ms,
      touch_key AS title, CASE WHEN subject IS NULL THEN body ELSE subject || '. ' || body END
        AS body, state, channel, playbook
    FROM touch WHERE practice_id = :practice_id AND patient_id = :patient_id
      AND kind = 'message' AND (sent_ms IS NOT NULL OR state IN ('failed', 'dropped', 'in_doubt',
        'unconfirmed', 'sending'))
  UNION ALL
  SELECT 'message_in', inbound_id, received_ms, sender, body, stop, channel, NULL
    FROM inbound WHERE practice_id = :practice_id AND patient_id = :patient_id
  UNION ALL
  SELECT 'task', task_id, coalesce(ended_ms, created_ms), title, note, coalesce(outcome, state),
      NULL, NULL
    FROM task WHERE practice_id = :practice_id AND patient_id = :patient_id
  UNION ALL
  SELECT 'appointment', appointment_id, start_ms, service, provider, status, NULL, NULL
    FROM appointment WHERE practice_id = :practice_id AND patient_id = :patient_id
  UNION ALL
  SELECT 'enrollment', enrollment_id, entered_ms, 'entered', arm, state, NULL, playbook
    FROM enrollment WHERE practice_id = :practice_id AND patient_id = :patient_id
  UNION ALL
  SELECT 'enrollment', enrollment_id || ':end', ended_ms, 'ended', exit_detail, exit, NULL,
      playbook
    FROM enrollment WHERE practice_id = :practice_id AND patient_id = :patient_id
      AND ended_ms IS NOT NULL
  UNION ALL
  SELECT 'note', n.note_id, n.at_ms, 'note', n.body, NULL, NULL, NULL
    FROM thread t JOIN note n ON n.practice_id = t.practice_id AND n.thread_id = t.thread_id
   WHERE t.practice_id = :practice_id AND t.patient_id = :patient_id) u
 WHERE u.at_ms < :before_ms OR (u.at_ms = :before_ms AND u.id < :before_id)
 ORDER BY u.at_ms DESC, u.id DESC LIMIT :limit

-- name: http_trend
-- Weeks of entry, counted from `from_ms`; a booking counts within thirty days.
SELECT CAST((e.entered_ms - :from_ms) / 604800000 AS BIGINT), count(*),
    sum(CASE WHEN EXISTS (SELECT 1 FROM touch t WHERE t.practice_id = e.practice_id
        AND t.enrollment_id = e.enrollment_id AND t.sent_ms IS NOT NULL) THEN 1 ELSE 0 END),
    sum(CASE WHEN EXISTS (SELECT 1 FROM engagement g WHERE g.practice_id = e.practice_id
        AND g.enrollment_id = e.enrollment_id AND g.replies > 0) THEN 1 ELSE 0 END),
    sum(CASE WHEN EXISTS (SELECT 1 FROM attribution x WHERE x.practice_id = e.practice_id
        AND x.enrollment_id = e.enrollment_id AND x.days_after <= 30) THEN 1 ELSE 0 END),
    sum(CASE WHEN e.exit = 'opted_out' THEN 1 ELSE 0 END)
  FROM enrollment e
 WHERE e.practice_id = :practice_id AND e.entered_ms >= :from_ms AND e.entered_ms < :to_ms
   AND e.arm = 'treat' AND (CAST(:playbook AS TEXT) IS NULL OR e.playbook = :playbook)
 GROUP BY 1 ORDER BY 1

-- name: http_report_people
-- The people behind a number, newest entry first.
SELECT p.patient_id, p.external_id,
    trim(coalesce(nullif(p.preferred_name, ''), p.first_name) || ' ' || p.last_name), e.playbook,
    e.enrollment_id, e.entered_ms, e.exit, e.arm
  FROM enrollment e
  JOIN patient p ON p.practice_id = e.practice_id AND p.patient_id = e.patient_id
 WHERE e.practice_id = :practice_id AND e.entered_ms >= :from_ms AND e.entered_ms < :to_ms
   AND (e.entered_ms < :before_ms OR (e.entered_ms = :before_ms AND e.enrollment_id < :before_id))
   AND (CAST(:playbook AS TEXT) IS NULL OR e.playbook = :playbook)
   AND CASE :measure
     WHEN 'holdout' THEN e.arm = 'holdout'
     WHEN 'entered' THEN e.arm = 'treat'
     WHEN 'opted_out' THEN e.arm = 'treat' AND e.exit = 'opted_out'
     WHEN 'no_response' THEN e.arm = 'treat' AND e.exit = 'no_response'
     WHEN 'contacted' THEN e.arm = 'treat' AND EXISTS (SELECT 1 FROM touch t
       WHERE t.practice_id = e.practice_id AND t.enrollment_id = e.enrollment_id
         AND t.sent_ms IS NOT NULL)
     WHEN 'delivered' THEN e.arm = 'treat' AND EXISTS (SELECT 1 FROM touch t
       WHERE t.practice_id = e.practice_id AND t.enrollment_id = e.enrollment_id
         AND t.delivered_ms IS NOT NULL)
     WHEN 'replied' THEN e.arm = 'treat' AND EXISTS (SELECT 1 FROM engagement g
       WHERE g.practice_id = e.practice_id AND g.enrollment_id = e.enrollment_id
         AND g.replies > 0)
     WHEN 'booked' THEN e.arm = 'treat' AND EXISTS (SELECT 1 FROM attribution x
       WHERE x.practice_id = e.practice_id AND x.enrollment_id = e.enrollment_id
         AND x.days_after <= 30)
     ELSE e.arm = 'treat' AND EXISTS (SELECT 1 FROM attribution x
        JOIN appointment a ON a.practice_id = x.practice_id
         AND a.appointment_id = x.appointment_id
       WHERE x.practice_id = e.practice_id AND x.enrollment_id = e.enrollment_id
         AND x.days_after <= 30 AND a.status = 'completed') END
 ORDER BY e.entered_ms DESC, e.enrollment_id DESC LIMIT :limit

-- name: http_audit_search
-- What was done, newest first: a range of audit_at.
SELECT a.at_ms, a.actor, u.name, a.action, a.patient_id, a.subject_id, a.detail, a.writer, a.seq
  FROM audit a
  LEFT JOIN account u ON u.practice_id = a.practice_id AND a.actor = 'user:' || u.user_id
 WHERE a.practice_id = :practice_id AND a.at_ms >= :from_ms AND a.at_ms < :to_ms
   AND (a.at_ms < :before_ms OR (a.at_ms = :before_ms AND (a.writer < :before_writer
     OR (a.writer = :before_writer AND a.seq < :before_seq))))
   AND (CAST(:actor AS TEXT) IS NULL OR a.actor LIKE :actor || '%' OR lower(u.name) LIKE :actor
     || '%')
   AND (CAST(:action AS TEXT) IS NULL OR a.action LIKE :action || '%')
   AND (CAST(:patient_id AS TEXT) IS NULL OR a.patient_id = :patient_id)
 ORDER BY a.at_ms DESC, a.writer DESC, a.seq DESC LIMIT :limit

-- name: http_disclosures
-- One patient's trail, also the lists that the patient stood in.
SELECT a.at_ms, a.actor, u.name, a.action, a.patient_id, a.subject_id,
    CASE WHEN a.action = 'patient.listed' THEN '{}' ELSE a.detail END, a.writer, a.seq
  FROM (SELECT * FROM audit WHERE practice_id = :practice_id AND patient_id = :patient_id
        UNION ALL
        SELECT * FROM audit WHERE practice_id = :practice_id AND action = 'patient.listed'
           AND detail LIKE '%"' || :patient_id || '"%') a
  LEFT JOIN account u ON u.practice_id = a.practice_id AND a.actor = 'user:' || u.user_id
 WHERE a.at_ms < :before_ms OR (a.at_ms = :before_ms AND (a.writer < :before_writer
     OR (a.writer = :before_writer AND a.seq < :before_seq)))
 ORDER BY a.at_ms DESC, a.writer DESC, a.seq DESC LIMIT :limit

-- name: http_playbook_counts
-- Who is under way, by playbook and state: from the index of live ones and that of entries.
SELECT playbook, sum(CASE WHEN state = 'active' THEN 1 ELSE 0 END),
    sum(CASE WHEN state = 'held' THEN 1 ELSE 0 END),
    sum(CASE WHEN state = 'ended' THEN 1 ELSE 0 END),
    sum(CASE WHEN entered_ms > :since_ms THEN 1 ELSE 0 END)
  FROM enrollment WHERE practice_id = :practice_id AND arm = 'treat'
 GROUP BY playbook ORDER BY playbook

-- name: http_touch_counts
-- What each touch of a playbook did for those who entered lately.
SELECT t.touch_key, count(*), sum(CASE WHEN t.sent_ms IS NOT NULL THEN 1 ELSE 0 END),
    sum(CASE WHEN t.delivered_ms IS NOT NULL THEN 1 ELSE 0 END),
    sum(CASE WHEN coalesce(g.clicks, 0) > 0 THEN 1 ELSE 0 END),
    sum(CASE WHEN coalesce(g.replies, 0) > 0 THEN 1 ELSE 0 END),
    sum(CASE WHEN t.state = 'dropped' THEN 1 ELSE 0 END),
    sum(CASE WHEN t.state = 'skipped' THEN 1 ELSE 0 END)
  FROM enrollment e
  JOIN touch t ON t.practice_id = e.practice_id AND t.enrollment_id = e.enrollment_id
  LEFT JOIN engagement g ON g.practice_id = t.practice_id AND g.touch_id = t.touch_id
 WHERE e.practice_id = :practice_id AND e.playbook = :playbook AND e.entered_ms > :since_ms
 GROUP BY t.touch_key ORDER BY t.touch_key

-- name: http_rule_counts
-- Where those who entered lately are held or came out.
SELECT coalesce(e.exit, e.hold), count(*) FROM enrollment e
 WHERE e.practice_id = :practice_id AND e.playbook = :playbook AND e.entered_ms > :since_ms
   AND e.arm = 'treat' AND (e.exit IS NOT NULL OR e.state = 'held')
 GROUP BY coalesce(e.exit, e.hold) ORDER BY 1

-- name: http_playbook_versions
-- What was applied, newest first, and who is still on it.
SELECT v.version, v.applied_ms, v.applied_by,
    (SELECT count(*) FROM enrollment e WHERE e.practice_id = v.practice_id
        AND e.playbook = v.playbook AND e.version = v.version AND e.state <> 'ended'),
    CASE WHEN s.version = v.version THEN 1 ELSE 0 END
  FROM playbook_version v
  LEFT JOIN playbook_state s ON s.practice_id = v.practice_id AND s.playbook = v.playbook
 WHERE v.practice_id = :practice_id AND v.playbook = :playbook
 ORDER BY v.applied_ms DESC, v.version

-- name: http_setup_key
SELECT count(*) FROM (SELECT 1 FROM audit WHERE practice_id = :practice_id
   AND action = 'recovery_key.read' ORDER BY seq LIMIT 1) u

-- name: http_setup_import
SELECT count(*) FROM import_run WHERE practice_id = :practice_id

-- name: http_setup_applied
SELECT count(*) FROM playbook_version WHERE practice_id = :practice_id
