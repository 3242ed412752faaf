-- name: http_open_touches
-- How much waits, by state: read from the index on what is to be looked at again.
SELECT state, count(*) FROM touch
 WHERE practice_id = :practice_id AND next_ms IS NOT NULL GROUP BY state ORDER BY state

-- name: http_ended_touches
-- How everything else ended, as counted along.
SELECT state, CAST(sum(touches) AS BIGINT) FROM touch_tally
 WHERE practice_id = :practice_id GROUP BY state HAVING sum(touches) > 0 ORDER BY state

-- name: http_oldest_due
-- How late the engine is: what should have been looked at first.
SELECT coalesce(min(next_ms), 0) FROM touch
 WHERE practice_id = :practice_id AND next_ms IS NOT NULL AND next_ms < :now_ms

-- name: http_sends
-- What providers took, by channel.
SELECT nullif(channel, ''), CAST(sum(touches) AS BIGINT) FROM touch_tally
 WHERE practice_id = :practice_id AND state = 'sent' GROUP BY channel HAVING sum(touches) > 0
 ORDER BY channel

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

-- name: http_patient_names
SELECT patient_id, external_id,
    trim(coalesce(nullif(preferred_name, ''), first_name) || ' ' || last_name)
  FROM patient WHERE practice_id = :practice_id AND patient_id IN LIST(:ids)
 ORDER BY name_key, patient_id

-- name: http_patient_count
-- As record counts them along.
SELECT CAST(coalesce(sum(patients), 0) AS BIGINT) FROM patient_tally
 WHERE practice_id = :practice_id

-- name: http_tags_of
SELECT patient_id, tag FROM tag WHERE practice_id = :practice_id AND patient_id IN LIST(:ids)
 ORDER BY patient_id, tag

-- name: http_patient_read
-- What stands in the patient's own row.
SELECT p.patient_id, p.external_id, p.first_name, p.last_name, p.preferred_name, p.birth_day,
    p.language, p.preferred_channel, p.preferred_provider, p.city, p.state, p.zip, p.time_zone,
    p.paused_until_day, p.phi_authorized, p.visits, p.ltv_cents, p.first_visit_day,
    p.last_visit_day, p.address, p.household_id, p.inactive, p.deceased, p.vip, p.staff_or_family,
    p.billing_dispute, p.clinical_concern, p.do_not_contact, p.paused_until_told, p.updated_ms,
    (SELECT t.thread_id FROM thread t WHERE t.practice_id = p.practice_id
        AND t.patient_id = p.patient_id)
  FROM patient p WHERE p.practice_id = :practice_id AND p.patient_id = :patient_id

-- name: http_patient_edits
-- Which fields stand as somebody changed them.
SELECT e.field, e.imported, e.at_ms, u.name FROM patient_edit e
  LEFT JOIN account u ON u.practice_id = e.practice_id AND e.actor = 'user:' || u.user_id
 WHERE e.practice_id = :practice_id AND e.patient_id = :patient_id ORDER BY e.field

-- name: http_patient_language
-- What was learnt from their messages, and whether they are written to in it.
SELECT l.language, l.decided_by, l.decided_ms,
    CASE WHEN p.language = l.language THEN 1 ELSE 0 END
  FROM patient_language l
  JOIN patient p ON p.practice_id = l.practice_id AND p.patient_id = l.patient_id
 WHERE l.practice_id = :practice_id AND l.patient_id = :patient_id AND l.language IS NOT NULL

-- name: http_patient_now
SELECT into_patient_id FROM patient_merge
 WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: http_patient_records
SELECT record_id FROM patient_record
 WHERE practice_id = :practice_id AND patient_id = :patient_id ORDER BY ordinal

-- name: http_patient_household
-- Who lives together, without the patient.
SELECT patient_id, external_id,
    trim(coalesce(nullif(preferred_name, ''), first_name) || ' ' || last_name)
  FROM patient p WHERE p.practice_id = :practice_id AND p.household_id = :household_id
   AND p.patient_id <> :patient_id
   AND (CAST(:locations AS TEXT) IS NULL
     OR NOT EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = p.practice_id
          AND z.patient_id = p.patient_id AND z.location IS NOT NULL)
     OR EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = p.practice_id
          AND z.patient_id = p.patient_id AND z.location IN LIST(:locations)))
 ORDER BY p.name_key, p.patient_id LIMIT 50

-- name: http_patient_contacts
-- Current addresses, and what the ledger of opt-outs leaves open on each.
SELECT c.channel, c.address, c.source, c.health, c.rank,
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
SELECT kind, id, at_ms, title, body, state, channel, playbook, code, attachments FROM (
  SELECT 'message_out' AS kind, touch_id AS id, coalesce(sent_ms, ended_ms, planned_ms) AS at_ms,
      touch_key AS title, CASE WHEN subject IS NULL THEN body ELSE subject || '. ' || body END
        AS body, state, channel, playbook, CAST(NULL AS TEXT) AS code, '[]' AS attachments
    FROM touch WHERE practice_id = :practice_id AND patient_id = :patient_id
      AND kind = 'message' AND (sent_ms IS NOT NULL OR state IN ('failed', 'dropped', 'in_doubt',
        'unconfirmed', 'sending'))
  UNION ALL
  SELECT 'message_in', inbound_id, received_ms, sender, body, stop, channel, NULL, NULL, attachments
    FROM inbound WHERE practice_id = :practice_id AND patient_id = :patient_id
  UNION ALL
  SELECT 'task', task_id, coalesce(ended_ms, created_ms), title, note, coalesce(outcome, state),
      NULL, NULL, kind, '[]'
    FROM task WHERE practice_id = :practice_id AND patient_id = :patient_id
  UNION ALL
  SELECT 'appointment', appointment_id, start_ms, service, provider, status, NULL, NULL, NULL, '[]'
    FROM appointment WHERE practice_id = :practice_id AND patient_id = :patient_id
  UNION ALL
  SELECT 'enrollment', enrollment_id, entered_ms, 'entered', arm, state, NULL, playbook,
      'entered', '[]'
    FROM enrollment WHERE practice_id = :practice_id AND patient_id = :patient_id
  UNION ALL
  SELECT 'enrollment', enrollment_id || ':end', ended_ms, 'ended', exit_detail, exit, NULL,
      playbook, 'ended', '[]'
    FROM enrollment WHERE practice_id = :practice_id AND patient_id = :patient_id
      AND ended_ms IS NOT NULL
  UNION ALL
  SELECT 'note', n.note_id, n.at_ms, 'note', n.body, NULL, NULL, NULL, NULL, '[]'
    FROM thread t JOIN note n ON n.practice_id = t.practice_id AND n.thread_id = t.thread_id
   WHERE t.practice_id = :practice_id AND t.patient_id = :patient_id) u
 WHERE u.at_ms < :before_ms OR (u.at_ms = :before_ms AND u.id < :before_id)
 ORDER BY u.at_ms DESC, u.id DESC LIMIT :limit

-- name: http_audit_search
-- What was done, newest first: a range of audit_at.
SELECT a.at_ms, a.actor, u.name, a.action, a.patient_id, a.subject_id,
    CASE WHEN CAST(:locations AS TEXT) IS NOT NULL AND a.action = 'patient.listed' THEN '{}'
      ELSE a.detail END, a.writer, a.seq
  FROM audit a
  LEFT JOIN account u ON u.practice_id = a.practice_id AND a.actor = 'user:' || u.user_id
 WHERE a.practice_id = :practice_id AND a.at_ms >= :from_ms AND a.at_ms < :to_ms
   AND a.at_ms <= :before_ms
   AND (a.at_ms < :before_ms OR (a.writer, a.seq) < (:before_writer, :before_seq))
   AND (CAST(:locations AS TEXT) IS NULL OR a.patient_id IS NULL
     OR NOT EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = a.practice_id
          AND z.patient_id = a.patient_id AND z.location IS NOT NULL)
     OR EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = a.practice_id
          AND z.patient_id = a.patient_id AND z.location IN LIST(:locations)))
 ORDER BY a.at_ms DESC, a.writer DESC, a.seq DESC LIMIT :limit

-- name: http_audit_of_patient
-- ... to one patient: a range of audit_patient.
SELECT a.at_ms, a.actor, u.name, a.action, a.patient_id, a.subject_id,
    CASE WHEN CAST(:locations AS TEXT) IS NOT NULL AND a.action = 'patient.listed' THEN '{}'
      ELSE a.detail END, a.writer, a.seq
  FROM audit a
  LEFT JOIN account u ON u.practice_id = a.practice_id AND a.actor = 'user:' || u.user_id
 WHERE a.practice_id = :practice_id AND a.at_ms >= :from_ms AND a.at_ms < :to_ms
   AND a.at_ms <= :before_ms
   AND (a.at_ms < :before_ms OR (a.writer, a.seq) < (:before_writer, :before_seq))
   AND a.patient_id = :patient_id
   AND (CAST(:actors AS TEXT) IS NULL OR a.actor IN LIST(:actors))
   AND (CAST(:actions AS TEXT) IS NULL OR a.action IN LIST(:actions))
   AND (CAST(:locations AS TEXT) IS NULL OR a.patient_id IS NULL
     OR NOT EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = a.practice_id
          AND z.patient_id = a.patient_id AND z.location IS NOT NULL)
     OR EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = a.practice_id
          AND z.patient_id = a.patient_id AND z.location IN LIST(:locations)))
 ORDER BY a.at_ms DESC, a.writer DESC, a.seq DESC LIMIT :limit

-- name: http_audit_of_action
-- ... of one kind: a range of audit_action.
SELECT a.at_ms, a.actor, u.name, a.action, a.patient_id, a.subject_id,
    CASE WHEN CAST(:locations AS TEXT) IS NOT NULL AND a.action = 'patient.listed' THEN '{}'
      ELSE a.detail END, a.writer, a.seq
  FROM audit a
  LEFT JOIN account u ON u.practice_id = a.practice_id AND a.actor = 'user:' || u.user_id
 WHERE a.practice_id = :practice_id AND a.at_ms >= :from_ms AND a.at_ms < :to_ms
   AND a.at_ms <= :before_ms
   AND (a.at_ms < :before_ms OR (a.writer, a.seq) < (:before_writer, :before_seq))
   AND a.action = :action AND (CAST(:actors AS TEXT) IS NULL OR a.actor IN LIST(:actors))
   AND (CAST(:locations AS TEXT) IS NULL OR a.patient_id IS NULL
     OR NOT EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = a.practice_id
          AND z.patient_id = a.patient_id AND z.location IS NOT NULL)
     OR EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = a.practice_id
          AND z.patient_id = a.patient_id AND z.location IN LIST(:locations)))
 ORDER BY a.at_ms DESC, a.writer DESC, a.seq DESC LIMIT :limit

-- name: http_audit_by_actor
-- ... by one: a range of audit_actor.
SELECT a.at_ms, a.actor, u.name, a.action, a.patient_id, a.subject_id,
    CASE WHEN CAST(:locations AS TEXT) IS NOT NULL AND a.action = 'patient.listed' THEN '{}'
      ELSE a.detail END, a.writer, a.seq
  FROM audit a
  LEFT JOIN account u ON u.practice_id = a.practice_id AND a.actor = 'user:' || u.user_id
 WHERE a.practice_id = :practice_id AND a.at_ms >= :from_ms AND a.at_ms < :to_ms
   AND a.at_ms <= :before_ms
   AND (a.at_ms < :before_ms OR (a.writer, a.seq) < (:before_writer, :before_seq))
   AND a.actor = :actor AND (CAST(:actions AS TEXT) IS NULL OR a.action IN LIST(:actions))
   AND (CAST(:locations AS TEXT) IS NULL OR a.patient_id IS NULL
     OR NOT EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = a.practice_id
          AND z.patient_id = a.patient_id AND z.location IS NOT NULL)
     OR EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = a.practice_id
          AND z.patient_id = a.patient_id AND z.location IN LIST(:locations)))
 ORDER BY a.at_ms DESC, a.writer DESC, a.seq DESC LIMIT :limit

-- name: http_audit_actions
-- The kinds of acts that there are, one step of the index for each.
WITH RECURSIVE k(action) AS (
    SELECT min(action) FROM audit WHERE practice_id = :practice_id AND action >= :start
  UNION ALL
    SELECT (SELECT min(a.action) FROM audit a
             WHERE a.practice_id = :practice_id AND a.action > k.action)
      FROM k WHERE k.action IS NOT NULL)
SELECT action FROM k WHERE action IS NOT NULL AND action LIKE :start || '%'
 ORDER BY action LIMIT :limit

-- name: http_audit_actors
-- The same for who acted: by the beginning of the name or of what the log calls them.
WITH RECURSIVE k(actor) AS (
    SELECT min(actor) FROM audit WHERE practice_id = :practice_id
  UNION ALL
    SELECT (SELECT min(a.actor) FROM audit a
             WHERE a.practice_id = :practice_id AND a.actor > k.actor)
      FROM k WHERE k.actor IS NOT NULL)
SELECT k.actor FROM k
  LEFT JOIN account u ON u.practice_id = :practice_id AND k.actor = 'user:' || u.user_id
 WHERE k.actor IS NOT NULL AND (k.actor LIKE :start || '%' OR lower(u.name) LIKE :start || '%')
 ORDER BY k.actor LIMIT :limit

-- name: http_disclosures
-- One patient's trail, also the newest lists that the patient stood in: more than a page of them,
-- since several may be of one moment.
SELECT a.at_ms, a.actor, u.name, a.action, a.patient_id, a.subject_id,
    CASE WHEN a.action = 'patient.listed' THEN '{}' ELSE a.detail END, a.writer, a.seq
  FROM (SELECT * FROM audit WHERE practice_id = :practice_id AND patient_id = :patient_id
        UNION ALL
        SELECT b.* FROM (SELECT l.practice_id, l.writer, l.seq FROM audit_list_ids i
            CROSS JOIN audit_list l ON l.list_id = i.rowid
            WHERE i.audit_list_ids MATCH '"' || :patient_id || '"'
              AND i.rowid < (min(:before_ms, 9000000000000) + 1) * 4096
              AND l.practice_id = :practice_id
            ORDER BY i.rowid DESC LIMIT :limit + 100) k
         CROSS JOIN audit b ON b.practice_id = k.practice_id AND b.writer = k.writer
           AND b.seq = k.seq) a
  LEFT JOIN account u ON u.practice_id = a.practice_id AND a.actor = 'user:' || u.user_id
 WHERE a.at_ms < :before_ms OR (a.at_ms = :before_ms AND (a.writer < :before_writer
     OR (a.writer = :before_writer AND a.seq < :before_seq)))
 ORDER BY a.at_ms DESC, a.writer DESC, a.seq DESC LIMIT :limit

-- name: http_disclosures [postgres]
SELECT a.at_ms, a.actor, u.name, a.action, a.patient_id, a.subject_id,
    CASE WHEN a.action = 'patient.listed' THEN '{}' ELSE a.detail END, a.writer, a.seq
  FROM (SELECT * FROM audit WHERE practice_id = :practice_id AND patient_id = :patient_id
        UNION ALL
        SELECT * FROM audit WHERE practice_id = :practice_id AND action = 'patient.listed'
           AND CAST(detail AS JSONB) -> 'patients' @> to_jsonb(CAST(:patient_id AS TEXT))) a
  LEFT JOIN account u ON u.practice_id = a.practice_id AND a.actor = 'user:' || u.user_id
 WHERE a.at_ms < :before_ms OR (a.at_ms = :before_ms AND (a.writer < :before_writer
     OR (a.writer = :before_writer AND a.seq < :before_seq)))
 ORDER BY a.at_ms DESC, a.writer DESC, a.seq DESC LIMIT :limit

-- name: http_playbook_versions
-- What was applied, newest first, and who is still on it.
SELECT v.version, v.applied_ms, v.applied_by,
    (SELECT count(*) FROM enrollment e WHERE e.practice_id = v.practice_id
        AND e.playbook = v.playbook AND e.version = v.version AND e.state <> 'ended'
   AND (CAST(:locations AS TEXT) IS NULL
     OR NOT EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = e.practice_id
          AND z.patient_id = e.patient_id AND z.location IS NOT NULL)
     OR EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = e.practice_id
          AND z.patient_id = e.patient_id AND z.location IN LIST(:locations)))),
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

-- ---- conversations ----

-- name: http_threads
-- First which ones, from what their order needs and nothing else; then what is shown of them. Open
-- ones are few and sorted in memory; closed ones come from their index, newest first. Which half is
-- asked for says a NULL: the other one is not even planned.
SELECT t.thread_id, t.state, t.patient_id, p.external_id,
    trim(coalesce(nullif(p.preferred_name, ''), p.first_name) || ' ' || p.last_name), t.address,
    i.channel, i.body, t.label, t.route, coalesce(t.urgency, 'unknown'), u.user_id, u.name,
    t.snoozed_ms, t.last_in_ms, t.last_out_ms,
    CASE WHEN coalesce(t.last_in_ms, 0) > t.seen_ms THEN 1 ELSE 0 END, s.due_ms,
    CASE WHEN t.state = 'closed' THEN 'done'
      WHEN s.due_ms IS NOT NULL OR t.patient_id IS NULL THEN 'needs_person'
      ELSE 'automated' END AS zone,
    s.pressing, t.draft, t.seen_ms, coalesce(t.assigned_to, ''), coalesce(i.attachments, '[]')
  FROM (SELECT * FROM (SELECT o.thread_id, o.due_ms, o.pressing, o.in_ms FROM (
          SELECT t.thread_id, coalesce(t.last_in_ms, 0) AS in_ms, t.patient_id,
              CASE t.urgency WHEN 'emergency' THEN 0 WHEN 'same_day' THEN 1 ELSE 2 END AS pressing,
              (SELECT min(k.due_ms) FROM task k WHERE k.practice_id = t.practice_id
                  AND k.patient_id = t.patient_id AND k.state = 'open'
                  AND k.inbound_id IS NOT NULL) AS due_ms
            FROM thread t
           WHERE t.practice_id = :practice_id AND t.state = 'open'
             AND CAST(:open AS BIGINT) IS NOT NULL
             AND (CAST(:thread_id AS TEXT) IS NULL OR t.thread_id = :thread_id)
             AND (CAST(:assignee AS TEXT) IS NULL OR t.assigned_to = :assignee)
             AND (:snoozed = -1 OR (CASE WHEN t.snoozed_ms > :now_ms THEN 1 ELSE 0 END) = :snoozed)
             AND (CAST(:locations AS TEXT) IS NULL OR t.patient_id IS NULL
         OR NOT EXISTS (SELECT 1 FROM appointment a WHERE a.practice_id = t.practice_id
              AND a.patient_id = t.patient_id AND a.location IS NOT NULL)
         OR EXISTS (SELECT 1 FROM appointment a WHERE a.practice_id = t.practice_id
              AND a.patient_id = t.patient_id AND a.location IN LIST(:locations)))) o
         WHERE (CAST(:zone AS TEXT) IS NULL OR :zone = 'done'
             OR (CASE WHEN o.due_ms IS NOT NULL OR o.patient_id IS NULL THEN 'needs_person'
                 ELSE 'automated' END) = :zone)
           AND (o.pressing > :after_pressing OR (o.pressing = :after_pressing
             AND (o.in_ms < :after_ms OR (o.in_ms = :after_ms AND o.thread_id < :after_id))))
         ORDER BY o.pressing, o.in_ms DESC, o.thread_id DESC LIMIT :limit) x
        UNION ALL
        SELECT * FROM (SELECT t.thread_id, CAST(NULL AS BIGINT), 2, t.last_in_ms FROM thread t
         WHERE t.practice_id = :practice_id AND t.state = 'closed'
           AND CAST(:closed AS BIGINT) IS NOT NULL
           AND CAST(:thread_id AS TEXT) IS NULL
           AND (t.last_in_ms, t.thread_id) < (:after_ms, :after_id)
           AND (CAST(:assignee AS TEXT) IS NULL OR t.assigned_to = :assignee)
           AND (:snoozed = -1 OR (CASE WHEN t.snoozed_ms > :now_ms THEN 1 ELSE 0 END) = :snoozed)
           AND (CAST(:locations AS TEXT) IS NULL OR t.patient_id IS NULL
         OR NOT EXISTS (SELECT 1 FROM appointment a WHERE a.practice_id = t.practice_id
              AND a.patient_id = t.patient_id AND a.location IS NOT NULL)
         OR EXISTS (SELECT 1 FROM appointment a WHERE a.practice_id = t.practice_id
              AND a.patient_id = t.patient_id AND a.location IN LIST(:locations)))
         ORDER BY t.last_in_ms DESC, t.thread_id DESC LIMIT :limit) y
        UNION ALL
        SELECT t.thread_id, CAST(NULL AS BIGINT), 2, t.last_in_ms FROM thread t
         WHERE t.practice_id = :practice_id AND t.thread_id = :thread_id AND t.state = 'closed'
           AND (CAST(:locations AS TEXT) IS NULL OR t.patient_id IS NULL
         OR NOT EXISTS (SELECT 1 FROM appointment a WHERE a.practice_id = t.practice_id
              AND a.patient_id = t.patient_id AND a.location IS NOT NULL)
         OR EXISTS (SELECT 1 FROM appointment a WHERE a.practice_id = t.practice_id
              AND a.patient_id = t.patient_id AND a.location IN LIST(:locations)))) s
  JOIN thread t ON t.practice_id = :practice_id AND t.thread_id = s.thread_id
  LEFT JOIN patient p ON p.practice_id = t.practice_id AND p.patient_id = t.patient_id
  LEFT JOIN account u ON u.practice_id = t.practice_id AND u.user_id = t.assigned_to
  LEFT JOIN inbound i ON i.practice_id = t.practice_id AND i.inbound_id = (
    SELECT n.inbound_id FROM inbound n WHERE n.practice_id = t.practice_id
       AND n.thread_id = t.thread_id ORDER BY n.received_ms DESC, n.inbound_id DESC LIMIT 1)
 ORDER BY s.pressing, s.in_ms DESC, s.thread_id DESC LIMIT :limit

-- name: http_thread_state
SELECT state, patient_id FROM thread WHERE practice_id = :practice_id AND thread_id = :thread_id

-- name: http_thread_zones
-- How much is in each zone where something is left to do: open ones are few, and looked at one by
-- one.
SELECT sum(CASE WHEN needs = 1 THEN 1 ELSE 0 END), sum(CASE WHEN needs = 0 THEN 1 ELSE 0 END)
  FROM (SELECT CASE WHEN t.patient_id IS NULL OR EXISTS (SELECT 1 FROM task k
          WHERE k.practice_id = t.practice_id AND k.patient_id = t.patient_id
            AND k.state = 'open' AND k.inbound_id IS NOT NULL) THEN 1 ELSE 0 END AS needs
      FROM thread t WHERE t.practice_id = :practice_id AND t.state = 'open'
       AND t.snoozed_ms <= :now_ms
   AND (CAST(:locations AS TEXT) IS NULL OR t.patient_id IS NULL
     OR NOT EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = t.practice_id
          AND z.patient_id = t.patient_id AND z.location IS NOT NULL)
     OR EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = t.practice_id
          AND z.patient_id = t.patient_id AND z.location IN LIST(:locations)))) u

-- name: http_question
-- What the patient said last, and the message that it answers.
SELECT i.body, (SELECT t.body FROM touch t
     WHERE t.practice_id = i.practice_id AND t.touch_id = i.touch_id)
  FROM inbound i WHERE i.practice_id = :practice_id AND i.thread_id = :thread_id
 ORDER BY i.received_ms DESC, i.inbound_id DESC LIMIT 1

-- name: http_drafts
-- Of the language model, by what became of them.
SELECT state, count(*) FROM model_draft WHERE practice_id = :practice_id
 GROUP BY state ORDER BY state

-- name: http_draft_tokens
SELECT COALESCE(sum(tokens_in), 0), COALESCE(sum(tokens_out), 0) FROM model_draft
 WHERE practice_id = :practice_id

-- name: http_messages
-- A conversation, newest first: what came in, what went out, what colleagues noted.
SELECT id, kind, channel, at_ms, subject, body, who, state, delivery, code, reading, user_id,
    attachments
  FROM (
  SELECT inbound_id AS id, 'in' AS kind, channel, received_ms AS at_ms,
      CAST(NULL AS TEXT) AS subject, body, 'patient' AS who, CAST(NULL AS TEXT) AS state,
      CAST(NULL AS TEXT) AS delivery, CAST(NULL AS TEXT) AS code, reading,
      CAST(NULL AS TEXT) AS user_id, attachments
    FROM inbound WHERE practice_id = :practice_id AND thread_id = :thread_id
  UNION ALL
  SELECT t.touch_id, 'out', t.channel, coalesce(t.sent_ms, t.created_ms), t.subject,
      coalesce(t.body, ''), coalesce(u.name, w.name, 'automation'), t.state, t.delivery, t.code,
      NULL, r.user_id, '[]'
    FROM touch t
    LEFT JOIN staff_reply r ON r.practice_id = t.practice_id AND r.touch_id = t.touch_id
    LEFT JOIN account u ON u.practice_id = r.practice_id AND u.user_id = r.user_id
    LEFT JOIN account w ON w.practice_id = t.practice_id AND w.user_id = t.worded_by
   WHERE t.practice_id = :practice_id AND t.patient_id = :patient_id AND t.kind = 'message'
     AND (t.sent_ms IS NOT NULL OR r.touch_id IS NOT NULL OR t.state IN ('sending', 'in_doubt',
       'unconfirmed'))
  UNION ALL
  SELECT n.note_id, 'note', NULL, n.at_ms, NULL, n.body, coalesce(u.name, 'staff'), NULL, NULL,
      NULL, NULL, n.user_id, '[]'
    FROM note n LEFT JOIN account u ON u.practice_id = n.practice_id AND u.user_id = n.user_id
   WHERE n.practice_id = :practice_id AND n.thread_id = :thread_id) m
 WHERE m.at_ms < :before_ms OR (m.at_ms = :before_ms AND m.id < :before_id)
 ORDER BY m.at_ms DESC, m.id DESC LIMIT :limit

-- name: http_automation
-- What runs for this patient now.
SELECT enrollment_id, playbook, playbook, state, hold, next_ms FROM enrollment
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND state <> 'ended'
   AND arm = 'treat' ORDER BY entered_ms DESC, enrollment_id

-- name: http_canned
SELECT canned_id, name, body, language, updated_ms FROM canned_answer
 WHERE practice_id = :practice_id ORDER BY lower(name), canned_id

-- ---- tasks and the day ----

-- name: http_task_list
-- Open ones by priority; a day of waiting raises a task by five places. Ended ones newest first,
-- from their index. Which ones comes first, then what is shown of them. Which half is asked for
-- says a NULL.
SELECT k.task_id, k.kind, k.role, k.title, k.state,
    CASE WHEN k.state <> 'open' THEN 'done' WHEN k.due_ms < :now_ms THEN 'overdue'
      WHEN k.inbound_id IS NOT NULL THEN 'unanswered' ELSE 'due' END,
    k.patient_id, p.external_id,
    trim(coalesce(nullif(p.preferred_name, ''), p.first_name) || ' ' || p.last_name), k.priority,
    k.created_ms, k.due_ms, u.user_id, u.name, e.playbook, k.outcome, k.note, k.ended_ms,
    i.body, coalesce(i.attachments, '[]')
  FROM (SELECT * FROM (SELECT k.task_id, k.priority - (:now_ms - k.created_ms) / 17280000 AS place,
              k.due_ms FROM task k
           WHERE k.practice_id = :practice_id AND k.state = 'open'
             AND CAST(:open AS BIGINT) IS NOT NULL
             AND (CAST(:queue AS TEXT) IS NULL OR :queue = CASE WHEN k.due_ms < :now_ms
                 THEN 'overdue' WHEN k.inbound_id IS NOT NULL THEN 'unanswered' ELSE 'due' END)
             AND (CAST(:task_id AS TEXT) IS NULL OR k.task_id = :task_id)
             AND (CAST(:kind AS TEXT) IS NULL OR k.kind = :kind)
             AND (CAST(:role AS TEXT) IS NULL OR k.role = :role)
             AND (CAST(:patient_id AS TEXT) IS NULL OR k.patient_id = :patient_id)
             AND (CAST(:assignee AS TEXT) IS NULL OR k.assigned_to = :assignee)
             AND (:calls = 0 OR k.kind IN ('warm_call', 'call_patient', 'manager_call'))
             AND (CAST(:locations AS TEXT) IS NULL OR k.patient_id IS NULL
         OR NOT EXISTS (SELECT 1 FROM appointment a WHERE a.practice_id = k.practice_id
              AND a.patient_id = k.patient_id AND a.location IS NOT NULL)
         OR EXISTS (SELECT 1 FROM appointment a WHERE a.practice_id = k.practice_id
              AND a.patient_id = k.patient_id AND a.location IN LIST(:locations)))
           ORDER BY 2, k.due_ms, k.task_id LIMIT :limit OFFSET :skip) x
        UNION ALL
        SELECT * FROM (SELECT k.task_id, -k.ended_ms AS place, k.due_ms FROM task k
           WHERE k.practice_id = :practice_id AND k.state <> 'open'
             AND CAST(:done AS BIGINT) IS NOT NULL
             AND CAST(:task_id AS TEXT) IS NULL
             AND (CAST(:kind AS TEXT) IS NULL OR k.kind = :kind)
             AND (CAST(:role AS TEXT) IS NULL OR k.role = :role)
             AND (CAST(:patient_id AS TEXT) IS NULL OR k.patient_id = :patient_id)
             AND (CAST(:assignee AS TEXT) IS NULL OR k.assigned_to = :assignee)
             AND (:calls = 0 OR k.kind IN ('warm_call', 'call_patient', 'manager_call'))
             AND (CAST(:locations AS TEXT) IS NULL OR k.patient_id IS NULL
         OR NOT EXISTS (SELECT 1 FROM appointment a WHERE a.practice_id = k.practice_id
              AND a.patient_id = k.patient_id AND a.location IS NOT NULL)
         OR EXISTS (SELECT 1 FROM appointment a WHERE a.practice_id = k.practice_id
              AND a.patient_id = k.patient_id AND a.location IN LIST(:locations)))
           ORDER BY k.ended_ms DESC, k.task_id DESC LIMIT :limit OFFSET :skip) y
        UNION ALL
        SELECT k.task_id, -k.ended_ms, k.due_ms FROM task k
         WHERE k.practice_id = :practice_id AND k.task_id = :task_id AND k.state <> 'open'
           AND CAST(:done AS BIGINT) IS NOT NULL
           AND (CAST(:locations AS TEXT) IS NULL OR k.patient_id IS NULL
         OR NOT EXISTS (SELECT 1 FROM appointment a WHERE a.practice_id = k.practice_id
              AND a.patient_id = k.patient_id AND a.location IS NOT NULL)
         OR EXISTS (SELECT 1 FROM appointment a WHERE a.practice_id = k.practice_id
              AND a.patient_id = k.patient_id AND a.location IN LIST(:locations)))) s
  JOIN task k ON k.practice_id = :practice_id AND k.task_id = s.task_id
  LEFT JOIN patient p ON p.practice_id = k.practice_id AND p.patient_id = k.patient_id
  LEFT JOIN account u ON u.practice_id = k.practice_id AND u.user_id = k.assigned_to
  LEFT JOIN enrollment e ON e.practice_id = k.practice_id AND e.enrollment_id = k.enrollment_id
  LEFT JOIN inbound i ON i.practice_id = k.practice_id AND i.inbound_id = k.inbound_id
 ORDER BY s.place, CASE WHEN k.state = 'open' THEN s.due_ms ELSE 0 END,
    CASE WHEN k.state = 'open' THEN s.task_id END, s.task_id DESC LIMIT :limit

-- name: http_task_body
-- The snapshot that the person needs, and where the task came from.
SELECT k.body, k.state, k.enrollment_id, k.touch_id, k.patient_id, t.playbook, t.version,
    t.touch_key, t.body,
    (SELECT c.address FROM contact_point c WHERE c.practice_id = k.practice_id
        AND c.patient_id = k.patient_id AND c.channel IN ('voice', 'sms') AND c.current = 1
      ORDER BY c.channel DESC, c.rank LIMIT 1),
    (SELECT i.thread_id FROM inbound i WHERE i.practice_id = k.practice_id
        AND i.inbound_id = k.inbound_id)
  FROM task k LEFT JOIN touch t ON t.practice_id = k.practice_id AND t.touch_id = k.touch_id
 WHERE k.practice_id = :practice_id AND k.task_id = :task_id

-- name: http_queue_counts
-- The three queues, what was done since the day began, and what may be urgent. An answer that is
-- late is overdue like any other task.
SELECT sum(CASE WHEN state = 'open' AND inbound_id IS NULL AND due_ms >= :now_ms THEN 1 ELSE 0 END),
    sum(CASE WHEN state = 'open' AND due_ms < :now_ms THEN 1 ELSE 0 END),
    sum(CASE WHEN state = 'open' AND inbound_id IS NOT NULL AND due_ms >= :now_ms THEN 1
        ELSE 0 END),
    (SELECT count(*) FROM task d WHERE d.practice_id = :practice_id AND d.state = 'done'
        AND d.state <> 'open' AND d.ended_ms >= :today_ms
   AND (CAST(:locations AS TEXT) IS NULL OR d.patient_id IS NULL
     OR NOT EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = d.practice_id
          AND z.patient_id = d.patient_id AND z.location IS NOT NULL)
     OR EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = d.practice_id
          AND z.patient_id = d.patient_id AND z.location IN LIST(:locations)))),
    sum(CASE WHEN kind = :urgent THEN 1 ELSE 0 END)
  FROM task k WHERE k.practice_id = :practice_id AND k.state = 'open'
   AND (CAST(:locations AS TEXT) IS NULL OR k.patient_id IS NULL
     OR NOT EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = k.practice_id
          AND z.patient_id = k.patient_id AND z.location IS NOT NULL)
     OR EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = k.practice_id
          AND z.patient_id = k.patient_id AND z.location IN LIST(:locations)))

-- name: http_forecast
-- What playbooks have planned, by touch and local day: from touch_forecast alone. What is under way
-- stands there, too, and is counted as none: asked for in the WHERE, PostgreSQL expects a single
-- row and sorts all of them.
SELECT t.playbook, t.touch_key, t.kind, t.channel,
    CAST((greatest(t.planned_ms, t.next_ms) - :today_ms) / 86400000 AS BIGINT),
    sum(CASE WHEN t.state IN ('due', 'waiting') THEN 1 ELSE 0 END)
  FROM touch t
 WHERE t.practice_id = :practice_id AND t.next_ms IS NOT NULL AND t.next_ms < :until_ms
   AND t.playbook IS NOT NULL
   AND (CAST(:locations AS TEXT) IS NULL
     OR NOT EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = t.practice_id
          AND z.patient_id = t.patient_id AND z.location IS NOT NULL)
     OR EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = t.practice_id
          AND z.patient_id = t.patient_id AND z.location IN LIST(:locations)))
 GROUP BY t.playbook, t.touch_key, t.kind, t.channel,
    CAST((greatest(t.planned_ms, t.next_ms) - :today_ms) / 86400000 AS BIGINT)

-- name: http_blocked
-- What did not go in the last week, and what waits now, by reason.
SELECT code, playbook, sum(n) FROM (
  SELECT code, playbook, count(*) AS n FROM touch t
   WHERE t.practice_id = :practice_id AND t.state IN ('dropped', 'failed')
     AND t.ended_ms > :since_ms AND t.code IS NOT NULL AND t.for_staff IS NULL
   AND (CAST(:locations AS TEXT) IS NULL
     OR NOT EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = t.practice_id
          AND z.patient_id = t.patient_id AND z.location IS NOT NULL)
     OR EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = t.practice_id
          AND z.patient_id = t.patient_id AND z.location IN LIST(:locations)))
   GROUP BY code, playbook
  UNION ALL
  SELECT code, playbook, count(*) FROM touch t
   WHERE t.practice_id = :practice_id AND t.state = 'waiting'
     AND t.code IS NOT NULL AND t.code <> 'quiet_hours'
   AND (CAST(:locations AS TEXT) IS NULL
     OR NOT EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = t.practice_id
          AND z.patient_id = t.patient_id AND z.location IS NOT NULL)
     OR EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = t.practice_id
          AND z.patient_id = t.patient_id AND z.location IN LIST(:locations)))
   GROUP BY code, playbook) u
 GROUP BY code, playbook ORDER BY 3 DESC, 1, 2 LIMIT 20

-- name: http_booking_data
SELECT coalesce(max(coalesce(seen_ms, at_ms)), 0) FROM import_run
 WHERE practice_id = :practice_id AND (kind LIKE '%appointment%' OR kind LIKE 'fhir%')
   AND created + updated + unchanged > 0

-- name: http_plan_keep
-- The same plan twice is one plan.
INSERT INTO kept_plan (practice_id, plan_id, playbook, actor, at_ms, plan)
VALUES (:practice_id, :plan_id, :playbook, :actor, :at_ms, :plan)
ON CONFLICT (practice_id, plan_id) DO NOTHING

-- name: http_plan_drop
DELETE FROM kept_plan WHERE practice_id = :practice_id AND at_ms <= :since_ms

-- name: http_plan_read
SELECT plan FROM kept_plan WHERE practice_id = :practice_id AND plan_id = :plan_id
   AND playbook = :playbook

-- ---- changes as they happen ----

-- name: http_imports
-- What came in, newest first; a practice has a few a week.
SELECT import_id, at_ms, file, kind, rows_read, created, updated, unchanged, rejected, warnings,
    seen_ms
  FROM import_run WHERE practice_id = :practice_id
   AND (at_ms < :before_ms OR (at_ms = :before_ms AND import_id < :before_id))
 ORDER BY at_ms DESC, import_id DESC LIMIT :limit

-- ---- webhooks ----

-- name: http_webhooks
SELECT webhook_id, url, topics, enabled, created_ms, failures, last_status, last_ms, nonce
  FROM webhook WHERE practice_id = :practice_id ORDER BY created_ms DESC, webhook_id

-- name: http_webhook_count
SELECT count(*) FROM webhook WHERE practice_id = :practice_id

-- name: http_webhook_add
INSERT INTO webhook (practice_id, webhook_id, url, topics, nonce, created_ms)
VALUES (:practice_id, :webhook_id, :url, :topics, :nonce, :now_ms)

-- name: http_webhook_drop
DELETE FROM webhook WHERE practice_id = :practice_id AND webhook_id = :webhook_id

-- name: http_webhook_forget
-- What was still to be told to it is told to nobody.
UPDATE webhook_delivery SET state = 'failed', next_ms = NULL
 WHERE practice_id = :practice_id AND webhook_id = :webhook_id AND state = 'waiting'

-- name: http_delivery_add
-- Two processes that see the same row make one message.
INSERT INTO webhook_delivery (practice_id, delivery_id, webhook_id, topic, payload, created_ms,
    state, next_ms)
VALUES (:practice_id, :delivery_id, :webhook_id, :topic, :payload, :now_ms, 'waiting', :now_ms)
ON CONFLICT (practice_id, delivery_id) DO NOTHING

-- name: http_deliveries
-- What was sent to one of them, newest first.
SELECT delivery_id, topic, created_ms, state, attempts, status, next_ms FROM webhook_delivery
 WHERE practice_id = :practice_id AND webhook_id = :webhook_id
   AND (created_ms < :before_ms OR (created_ms = :before_ms AND delivery_id < :before_id))
 ORDER BY created_ms DESC, delivery_id DESC LIMIT :limit

-- name: http_webhooks_on
-- Whom to tell, and whether it is worth counting what waits for them.
SELECT webhook_id, topics, created_ms, failures FROM webhook
 WHERE practice_id = :practice_id AND enabled = 1 ORDER BY created_ms, webhook_id

-- name: http_webhook_waiting
SELECT count(*) FROM webhook_delivery
 WHERE practice_id = :practice_id AND webhook_id = :webhook_id AND state = 'waiting'

-- name: http_webhooks_due
-- Each address that has something due and does not rest, the one that waits longest first.
SELECT w.webhook_id, w.url, w.nonce, w.failures, min(d.next_ms) FROM webhook w
  JOIN webhook_delivery d ON d.practice_id = w.practice_id AND d.webhook_id = w.webhook_id
 WHERE w.practice_id = :practice_id AND w.enabled = 1 AND w.rest_ms <= :now_ms
   AND d.state = 'waiting' AND d.next_ms <= :now_ms
 GROUP BY w.webhook_id, w.url, w.nonce, w.failures ORDER BY 5, 1

-- name: http_deliveries_next
-- When there is something to send: an address that rests counts from the end of its rest.
SELECT min(greatest(d.next_ms, w.rest_ms)) FROM webhook_delivery d
  JOIN webhook w ON w.practice_id = d.practice_id AND w.webhook_id = d.webhook_id
 WHERE d.practice_id = :practice_id AND d.state = 'waiting' AND w.enabled = 1

-- name: http_deliveries_due
SELECT delivery_id, payload, attempts FROM webhook_delivery
 WHERE practice_id = :practice_id AND webhook_id = :webhook_id AND state = 'waiting'
   AND next_ms <= :now_ms
 ORDER BY next_ms, delivery_id LIMIT :limit

-- name: http_deliveries_due [postgres]
SELECT delivery_id, payload, attempts FROM webhook_delivery
 WHERE practice_id = :practice_id AND webhook_id = :webhook_id AND state = 'waiting'
   AND next_ms <= :now_ms
 ORDER BY next_ms, delivery_id LIMIT :limit FOR UPDATE SKIP LOCKED

-- name: http_delivery_claim
UPDATE webhook_delivery SET next_ms = :lease_ms, attempts = attempts + 1, claimed_by = :worker
 WHERE practice_id = :practice_id AND delivery_id = :delivery_id AND state = 'waiting'

-- name: http_deliveries_release
-- What this worker's earlier life had under way is tried again at once.
UPDATE webhook_delivery SET next_ms = :now_ms, claimed_by = NULL
 WHERE practice_id = :practice_id AND claimed_by = :worker AND state = 'waiting'

-- name: http_delivery_settle
-- A success counts whoever has it now; a failure only of the one whose try it was.
UPDATE webhook_delivery SET state = :state, status = :status, next_ms = :next_ms,
    claimed_by = NULL
 WHERE practice_id = :practice_id AND delivery_id = :delivery_id AND state = 'waiting'
   AND (claimed_by = :worker OR CAST(:fine AS BIGINT) = 1)

-- name: http_deliveries_prune
DELETE FROM webhook_delivery
 WHERE practice_id = :practice_id AND state <> 'waiting' AND created_ms < :before_ms

-- name: http_webhook_note
-- What a try came to, for the address as a whole.
UPDATE webhook SET last_status = :status, last_ms = :now_ms, rest_ms = :rest_ms,
    failures = CASE WHEN CAST(:fine AS BIGINT) = 1 THEN 0 ELSE failures + 1 END,
    failing_ms = CASE WHEN CAST(:fine AS BIGINT) = 1 THEN NULL
        ELSE coalesce(failing_ms, :now_ms) END
 WHERE practice_id = :practice_id AND webhook_id = :webhook_id
 RETURNING enabled, coalesce(failing_ms, :now_ms)

-- name: http_webhook_off
UPDATE webhook SET enabled = 0
 WHERE practice_id = :practice_id AND webhook_id = :webhook_id AND enabled = 1

-- name: http_webhook_on
UPDATE webhook SET enabled = 1, failures = 0, failing_ms = NULL, rest_ms = 0
 WHERE practice_id = :practice_id AND webhook_id = :webhook_id

-- name: http_places
SELECT writer, seq FROM webhook_place WHERE practice_id = :practice_id ORDER BY writer

-- name: http_places_lock
SELECT writer, seq FROM webhook_place WHERE practice_id = :practice_id ORDER BY writer

-- name: http_places_lock [postgres]
-- Two workers take turns: each row of the log is written down once.
SELECT writer, seq FROM webhook_place WHERE practice_id = :practice_id ORDER BY writer FOR UPDATE

-- name: http_place_put
INSERT INTO webhook_place (practice_id, writer, seq) VALUES (:practice_id, :writer, :seq)
ON CONFLICT (practice_id, writer) DO UPDATE SET seq = excluded.seq

-- name: http_places_here
-- While nobody is told, the log is not read on: from now on it is.
INSERT INTO webhook_place (practice_id, writer, seq)
SELECT h.practice_id, h.writer, h.seq FROM audit_head h
 WHERE h.practice_id = :practice_id AND NOT EXISTS (SELECT 1 FROM webhook w
     WHERE w.practice_id = h.practice_id AND w.enabled = 1)
ON CONFLICT (practice_id, writer) DO UPDATE SET seq = excluded.seq

-- name: http_patients_hidden
-- Who has been at other locations only: their ids are taken out of a plan.
SELECT p.external_id FROM patient p WHERE p.practice_id = :practice_id
   AND EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = p.practice_id
        AND z.patient_id = p.patient_id AND z.location IS NOT NULL)
   AND NOT EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = p.practice_id
        AND z.patient_id = p.patient_id AND z.location IN LIST(:locations))

-- name: http_people_by_number
-- The names behind the numbers of a plan, of those that the account may see.
SELECT p.patient_id, p.external_id,
    trim(coalesce(nullif(p.preferred_name, ''), p.first_name) || ' ' || p.last_name)
  FROM patient p WHERE p.practice_id = :practice_id AND p.external_id IN LIST(:numbers)
   AND (CAST(:locations AS TEXT) IS NULL
     OR NOT EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = p.practice_id
          AND z.patient_id = p.patient_id AND z.location IS NOT NULL)
     OR EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = p.practice_id
          AND z.patient_id = p.patient_id AND z.location IN LIST(:locations)))

-- name: http_address_stopped
-- Whether whoever uses this address has stopped everything.
SELECT CASE WHEN EXISTS (SELECT 1 FROM suppression WHERE practice_id = :practice_id
    AND address = :address AND channel IN (:channel, 'all') AND lifted_ms IS NULL)
  THEN 1 ELSE 0 END

-- name: http_deliveries_by_state
-- What became of messages to webhooks, of the days that are kept.
SELECT state, count(*) FROM webhook_delivery WHERE practice_id = :practice_id
 GROUP BY state ORDER BY state

-- name: http_deliveries_late
-- The one that should have been tried first, and how many addresses fail or are off.
SELECT coalesce(min(next_ms), 0),
    (SELECT count(*) FROM webhook WHERE practice_id = :practice_id
        AND (enabled = 0 OR failing_ms IS NOT NULL))
  FROM webhook_delivery
 WHERE practice_id = :practice_id AND next_ms IS NOT NULL AND next_ms < :now_ms

-- ---- who may be one person ----

-- name: http_patient_merged
-- Who became part of this one, with the first id that they had.
SELECT m.patient_id, (SELECT r.record_id FROM patient_record r JOIN patient_part k
        ON k.practice_id = r.practice_id AND k.kind = 'record' AND k.row_id = r.record_id
       WHERE r.practice_id = m.practice_id AND k.patient_id = m.patient_id
       ORDER BY r.ordinal LIMIT 1),
    (SELECT count(*) FROM patient_part k WHERE k.practice_id = m.practice_id
        AND k.patient_id = m.patient_id AND k.kind = 'record'), m.at_ms
  FROM patient_merge m
 WHERE m.practice_id = :practice_id AND m.into_patient_id = :patient_id
   AND EXISTS (SELECT 1 FROM patient_part k WHERE k.practice_id = m.practice_id
        AND k.patient_id = m.patient_id)
 ORDER BY m.at_ms DESC, m.patient_id

-- name: http_duplicates_of
-- Who may be one person with this one, from both sides of the pairs that record keeps.
SELECT p.patient_id, p.external_id,
    trim(coalesce(nullif(p.preferred_name, ''), p.first_name) || ' ' || p.last_name),
    p.birth_day, p.visits,
    CASE WHEN EXISTS (SELECT 1 FROM contact_point c JOIN contact_point x
        ON x.practice_id = c.practice_id AND x.address = c.address AND x.channel = c.channel
       WHERE c.practice_id = o.practice_id AND c.patient_id = o.patient_id AND c.current = 1
         AND c.channel <> 'email' AND x.patient_id = p.patient_id AND x.current = 1)
      THEN 1 ELSE 0 END AS phone,
    CASE WHEN EXISTS (SELECT 1 FROM contact_point c JOIN contact_point x
        ON x.practice_id = c.practice_id AND x.address = c.address AND x.channel = c.channel
       WHERE c.practice_id = o.practice_id AND c.patient_id = o.patient_id AND c.current = 1
         AND c.channel = 'email' AND x.patient_id = p.patient_id AND x.current = 1)
      THEN 1 ELSE 0 END AS email,
    CASE WHEN p.name_key = o.name_key AND o.name_key <> '' THEN 1 ELSE 0 END AS named,
    CASE WHEN p.birth_day = o.birth_day THEN 1 ELSE 0 END AS born,
    CASE WHEN p.home_key = o.home_key THEN 1 ELSE 0 END AS home
  FROM (SELECT k.other_id AS other FROM patient_pair k
       WHERE k.practice_id = :practice_id AND k.patient_id = :patient_id
      UNION ALL
      SELECT k.patient_id FROM patient_pair k
       WHERE k.practice_id = :practice_id AND k.other_id = :patient_id) d
  JOIN patient p ON p.practice_id = :practice_id AND p.patient_id = d.other
  JOIN patient o ON o.practice_id = :practice_id AND o.patient_id = :patient_id
 WHERE NOT EXISTS (SELECT 1 FROM patient_apart a WHERE a.practice_id = o.practice_id
     AND a.patient_id = least(o.patient_id, p.patient_id)
     AND a.other_id = greatest(o.patient_id, p.patient_id))
   AND (CAST(:locations AS TEXT) IS NULL
     OR NOT EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = p.practice_id
          AND z.patient_id = p.patient_id AND z.location IS NOT NULL)
     OR EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = p.practice_id
          AND z.patient_id = p.patient_id AND z.location IN LIST(:locations)))
 ORDER BY p.name_key <> o.name_key, p.name_key, p.patient_id LIMIT :limit

-- name: http_pairs
-- The same for everybody, in order of ids, a stretch at a time, with whether it is listed.
SELECT o.patient_id, o.external_id,
    trim(coalesce(nullif(o.preferred_name, ''), o.first_name) || ' ' || o.last_name),
    p.patient_id, p.external_id,
    trim(coalesce(nullif(p.preferred_name, ''), p.first_name) || ' ' || p.last_name),
    CASE WHEN EXISTS (SELECT 1 FROM contact_point c JOIN contact_point x
        ON x.practice_id = c.practice_id AND x.address = c.address AND x.channel = c.channel
       WHERE c.practice_id = o.practice_id AND c.patient_id = o.patient_id AND c.current = 1
         AND c.channel <> 'email' AND x.patient_id = p.patient_id AND x.current = 1)
      THEN 1 ELSE 0 END AS phone,
    CASE WHEN EXISTS (SELECT 1 FROM contact_point c JOIN contact_point x
        ON x.practice_id = c.practice_id AND x.address = c.address AND x.channel = c.channel
       WHERE c.practice_id = o.practice_id AND c.patient_id = o.patient_id AND c.current = 1
         AND c.channel = 'email' AND x.patient_id = p.patient_id AND x.current = 1)
      THEN 1 ELSE 0 END AS email,
    CASE WHEN p.name_key = o.name_key AND o.name_key <> '' THEN 1 ELSE 0 END AS named,
    CASE WHEN p.birth_day = o.birth_day THEN 1 ELSE 0 END AS born,
    CASE WHEN p.home_key = o.home_key THEN 1 ELSE 0 END AS home,
    CASE WHEN o.patient_id IS NOT NULL AND p.patient_id IS NOT NULL
     AND NOT EXISTS (SELECT 1 FROM patient_apart a WHERE a.practice_id = d.practice_id
          AND a.patient_id = d.patient_id AND a.other_id = d.other_id)
     AND (CAST(:locations AS TEXT) IS NULL
       OR ((NOT EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = o.practice_id
              AND z.patient_id = o.patient_id AND z.location IS NOT NULL)
          OR EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = o.practice_id
              AND z.patient_id = o.patient_id AND z.location IN LIST(:locations)))
        AND (NOT EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = p.practice_id
              AND z.patient_id = p.patient_id AND z.location IS NOT NULL)
          OR EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = p.practice_id
              AND z.patient_id = p.patient_id AND z.location IN LIST(:locations)))))
      THEN 1 ELSE 0 END AS listed, d.patient_id, d.other_id
  FROM (SELECT k.practice_id, k.patient_id, k.other_id FROM patient_pair k
       WHERE k.practice_id = :practice_id
         AND (k.patient_id, k.other_id) > (:after_one, :after_other)
       ORDER BY k.patient_id, k.other_id LIMIT :stretch) d
  LEFT JOIN patient o ON o.practice_id = d.practice_id AND o.patient_id = d.patient_id
  LEFT JOIN patient p ON p.practice_id = d.practice_id AND p.patient_id = d.other_id
 ORDER BY d.patient_id, d.other_id

-- name: http_waiting_people
-- Who waits for a time, with what is held for them.
SELECT p.patient_id, p.external_id, p.first_name || ' ' || p.last_name, o.opening_id, o.start_ms,
    o.provider, o.location, o.expires_ms
  FROM patient p
  LEFT JOIN waitlist w ON w.practice_id = p.practice_id AND w.patient_id = p.patient_id
   AND w.state IN ('waiting', 'named')
  LEFT JOIN opening o ON o.practice_id = w.practice_id AND o.opening_id = w.opening_id
 WHERE p.practice_id = :practice_id AND p.patient_id IN LIST(:ids)
   AND (CAST(:locations AS TEXT) IS NULL
     OR NOT EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = p.practice_id
          AND z.patient_id = p.patient_id AND z.location IS NOT NULL)
     OR EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = p.practice_id
          AND z.patient_id = p.patient_id AND z.location IN LIST(:locations)))

-- ---- erased ----

-- name: http_erase_answers
-- Answers that were kept for a repeated request and name them; older ones are wanted no more.
DELETE FROM kept_answer WHERE practice_id = :practice_id
   AND (at_ms <= :since_ms OR instr(body, :text) > 0)

-- name: http_erase_answers [postgres]
DELETE FROM kept_answer WHERE practice_id = :practice_id
   AND (at_ms <= :since_ms OR strpos(body, :text) > 0)

-- name: http_erase_plans
-- A plan that was shown and not applied, with them in it: it is made anew.
DELETE FROM kept_plan WHERE practice_id = :practice_id AND instr(plan, :text) > 0

-- name: http_erase_plans [postgres]
DELETE FROM kept_plan WHERE practice_id = :practice_id AND strpos(plan, :text) > 0
