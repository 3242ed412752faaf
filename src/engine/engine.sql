-- name: engine_read_state
-- The engine remembers nights and clocks as text; both are numbers.
SELECT CAST(value AS BIGINT) FROM engine_state WHERE practice_id = :practice_id AND name = :name

-- name: engine_read_text
-- What is more than a number.
SELECT value FROM engine_state WHERE practice_id = :practice_id AND name = :name

-- name: engine_write_state
-- One row a name: written again each night or tick.
INSERT INTO engine_state (practice_id, name, value) VALUES (:practice_id, :name, :value)
ON CONFLICT (practice_id, name) DO UPDATE SET value = excluded.value

-- name: engine_lock_practice
-- Nothing: a SQLite writer is alone already.

-- name: engine_lock_practice [postgres]
-- One worker scans a practice at a time; released with the transaction.
SELECT pg_advisory_xact_lock(7265, CAST(:practice_id AS INTEGER))

-- name: engine_doctor_import
-- When appointments came in last: the age that promise `fresh` looks at.
SELECT coalesce(max(coalesce(seen_ms, at_ms)), 0) FROM import_run
 WHERE practice_id = :practice_id AND (kind LIKE '%appointment%' OR kind LIKE 'fhir%')
   AND created + updated + unchanged > 0

-- name: engine_doctor_touches
-- What is under way, by state: a doubt that stays is a trouble.
SELECT state, count(*) FROM touch
 WHERE practice_id = :practice_id AND state IN ('due', 'waiting', 'sending', 'in_doubt')
 GROUP BY state ORDER BY state

-- name: engine_doctor_tasks
-- Somebody is waiting for an answer that is late.
SELECT count(*) FROM task WHERE practice_id = :practice_id AND state = 'open' AND due_ms < :now_ms

-- name: engine_doctor_urgent
-- What may be urgent and nobody has ended.
SELECT count(*) FROM task WHERE practice_id = :practice_id AND state = 'open' AND kind = :kind

-- name: engine_doctor_unfolded
-- Messages that nobody has read: the daemon does not run.
SELECT count(*) FROM inbound WHERE practice_id = :practice_id AND folded_ms IS NULL

-- name: engine_search_name
SELECT external_id, first_name, last_name FROM patient
 WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: engine_visits_any
-- Whether anybody ever came: without a visit nobody is due for anything.
SELECT EXISTS (SELECT 1 FROM appointment
 WHERE practice_id = :practice_id AND status = 'completed')

-- name: engine_names_unknown
-- What the booking system calls visits that are no service of definitions.yaml; the most frequent
-- first.
SELECT service, count(*) FROM appointment
 WHERE practice_id = :practice_id AND category IS NULL AND status = 'completed' AND service <> ''
 GROUP BY service ORDER BY count(*) DESC, service LIMIT :most

-- name: engine_guard_counts
-- Messages, people written to, people who opted out of what was written to them, people who
-- complained: of one playbook.
SELECT (SELECT count(*) FROM touch
         WHERE practice_id = :practice_id AND playbook = :playbook AND kind = 'message'
           AND sent_ms >= :since_ms),
       (SELECT count(DISTINCT patient_id) FROM touch
         WHERE practice_id = :practice_id AND playbook = :playbook AND kind = 'message'
           AND sent_ms >= :since_ms),
       (SELECT count(DISTINCT e.patient_id) FROM enrollment e
         WHERE e.practice_id = :practice_id AND e.playbook = :playbook AND e.exit = 'opted_out'
           AND e.ended_ms >= :since_ms
           AND EXISTS (SELECT 1 FROM touch t WHERE t.practice_id = e.practice_id
             AND t.enrollment_id = e.enrollment_id AND t.kind = 'message'
             AND t.sent_ms IS NOT NULL)),
       (SELECT count(DISTINCT e.patient_id) FROM engagement e
          JOIN touch t ON t.practice_id = e.practice_id AND t.touch_id = e.touch_id
         WHERE e.practice_id = :practice_id AND t.playbook = :playbook
           AND e.complained_ms >= :since_ms)

-- name: engine_leaning_tags
-- What is remembered of a patient may say when they like to come; the newest words first.
SELECT tag FROM tag WHERE practice_id = :practice_id AND patient_id = :patient_id
 ORDER BY at_ms DESC, tag LIMIT :most

-- name: engine_last_category
-- The service a patient had last: what a link that names none is about.
SELECT category FROM appointment
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND status = 'completed'
   AND category IS NOT NULL
 ORDER BY start_ms DESC, appointment_id LIMIT 1

-- name: engine_seen_lately
-- Whether they were here since then: what the booking system still has as booked, too.
SELECT count(*) FROM appointment
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND start_ms >= :since_ms
   AND start_ms <= :now_ms AND status NOT IN ('no_show', 'late_cancelled', 'cancelled')

-- name: engine_booked_as
-- The booking system's own row of a visit that was booked through us: new since, on that day, the
-- nearest hour.
SELECT appointment_id FROM appointment
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND local_day = :local_day
   AND first_seen_ms >= :since_ms AND status IN ('booked', 'confirmed', 'arrived', 'completed')
   AND appointment_id NOT LIKE :ours
 ORDER BY ABS(start_ms - :start_ms), appointment_id LIMIT 1

-- name: engine_book_task
-- What a task that enters a booking is about.
SELECT body, patient_id FROM task
 WHERE practice_id = :practice_id AND task_id = :task_id AND kind = :kind

-- name: engine_parts_keep
-- What was theirs in the rooms after record, before it goes over: so that it can come back.
INSERT INTO merge_part (practice_id, patient_id, kind, row_id, detail)
SELECT practice_id, patient_id, 'enrollment', enrollment_id, NULL FROM enrollment
 WHERE practice_id = :practice_id AND patient_id = :gone
UNION ALL SELECT practice_id, patient_id, 'touch', touch_id, NULL FROM touch
 WHERE practice_id = :practice_id AND patient_id = :gone
UNION ALL SELECT practice_id, patient_id, 'inbound', inbound_id, NULL FROM inbound
 WHERE practice_id = :practice_id AND patient_id = :gone
UNION ALL SELECT practice_id, patient_id, 'task', task_id, NULL FROM task
 WHERE practice_id = :practice_id AND patient_id = :gone
UNION ALL SELECT practice_id, patient_id, 'thread', thread_id, address FROM thread
 WHERE practice_id = :practice_id AND patient_id = :gone
UNION ALL SELECT n.practice_id, t.patient_id, 'note', n.note_id, NULL FROM thread t
  JOIN note n ON n.practice_id = t.practice_id AND n.thread_id = t.thread_id
 WHERE t.practice_id = :practice_id AND t.patient_id = :gone

-- name: engine_parts_of
-- What comes back to somebody who is parted again.
SELECT kind, row_id, detail FROM merge_part
 WHERE practice_id = :practice_id AND patient_id = :gone ORDER BY kind, row_id

-- name: engine_parts_drop
-- It came back.
DELETE FROM merge_part WHERE practice_id = :practice_id AND patient_id = :gone

-- name: engine_erase_visits
-- Which visits of theirs something still stands on: a booking that a playbook brought, the place
-- that reports are limited by, a time that is still to come.
SELECT a.appointment_id FROM appointment a
 WHERE a.practice_id = :practice_id AND a.patient_id = :patient_id
   AND (a.start_ms > :now_ms
     OR EXISTS (SELECT 1 FROM attribution y WHERE y.practice_id = a.practice_id
          AND y.appointment_id = a.appointment_id)
     OR (a.location IS NOT NULL
       AND EXISTS (SELECT 1 FROM enrollment e WHERE e.practice_id = a.practice_id
            AND e.patient_id = a.patient_id)
       AND NOT EXISTS (SELECT 1 FROM appointment b WHERE b.practice_id = a.practice_id
            AND b.patient_id = a.patient_id AND b.location = a.location
            AND (b.start_ms > a.start_ms
              OR (b.start_ms = a.start_ms AND b.appointment_id > a.appointment_id)))))
 ORDER BY a.start_ms, a.appointment_id

-- name: engine_erase_parts
-- Nobody can be parted from them any more.
DELETE FROM merge_part WHERE practice_id = :practice_id AND patient_id IN (
    SELECT m.patient_id FROM patient_merge m
     WHERE m.practice_id = :practice_id AND m.into_patient_id = :patient_id)

-- ---- everything about one person ----

-- name: engine_export_patient
-- The person as folded from all records.
SELECT external_id, first_name, last_name, preferred_name, birth_day, gender, address, city, state,
    zip, country, time_zone, language, preferred_channel, preferred_provider, inactive, deceased,
    vip, staff_or_family, billing_dispute, clinical_concern, do_not_contact, paused_until_day,
    paused_until_told, sms_stopped, email_stopped, voice_stopped, phi_authorized,
    phi_authorized_day, loyalty_points, loyalty_expire_day, membership_plan, membership_status,
    membership_renewal_day, created_day, visits, first_visit_day, last_visit_day, last_provider,
    ltv_cents, household_id
  FROM patient WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: engine_export_suppressions
-- What was stopped by them, or on any address of theirs.
SELECT s.channel, s.scope, s.reason, s.address, s.source, s.evidence, s.created_ms, s.lifted_ms,
    s.lifted_by
  FROM suppression s WHERE s.practice_id = :practice_id AND (s.patient_id = :patient_id
    OR s.address IN (SELECT c.address FROM contact_point c
        WHERE c.practice_id = :practice_id AND c.patient_id = :patient_id))
 ORDER BY s.created_ms, s.address, s.channel, s.reason

-- name: engine_export_notes
-- What colleagues noted in their conversation.
SELECT n.body, n.user_id, n.at_ms FROM thread t
  JOIN note n ON n.practice_id = t.practice_id AND n.thread_id = t.thread_id
 WHERE t.practice_id = :practice_id AND (t.patient_id = :patient_id
    OR (t.patient_id IS NULL AND t.address IN (SELECT c.address FROM own_address c
        WHERE c.practice_id = :practice_id AND c.patient_id = :patient_id)))
 ORDER BY n.at_ms, n.note_id

-- name: engine_export_events
-- Every decision of their journeys, with the values read.
SELECT v.enrollment_id, v.at_ms, v.kind, v.touch_key, v.rule, v.detail FROM enrollment e
  JOIN enrollment_event v ON v.practice_id = e.practice_id AND v.enrollment_id = e.enrollment_id
 WHERE e.practice_id = :practice_id AND e.patient_id = :patient_id
 ORDER BY v.at_ms, v.enrollment_id, v.seq

-- name: engine_export_records
-- What the booking system's exports said, as it came.
SELECT record_id, fields, file, first_seen_ms, changed_ms
  FROM patient_record WHERE practice_id = :practice_id AND patient_id = :patient_id
 ORDER BY ordinal

-- name: engine_export_edits
-- What colleagues changed by hand.
SELECT field, value, imported, at_ms
  FROM patient_edit WHERE practice_id = :practice_id AND patient_id = :patient_id
 ORDER BY field

-- name: engine_export_language
-- What was learnt of the language of their messages.
SELECT language, decided_by, decided_ms, heard, times
  FROM patient_language WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: engine_export_address_edits
-- What colleagues said of addresses.
SELECT source, address, act, replaces, at_ms
  FROM contact_edit WHERE practice_id = :practice_id AND patient_id = :patient_id
 ORDER BY at_ms, source, address

-- name: engine_export_addresses
-- Every address, also former ones.
SELECT channel, address, source, rank, health, current, created_ms
  FROM contact_point WHERE practice_id = :practice_id AND patient_id = :patient_id
 ORDER BY channel, rank, address

-- name: engine_export_consents
-- Permissions with their evidence, also those revoked.
SELECT channel, purpose, class, address, given_day, source, evidence, recorded_ms, revoked_ms,
    revoked_by
  FROM consent WHERE practice_id = :practice_id AND patient_id = :patient_id
 ORDER BY recorded_ms, consent_id

-- name: engine_export_tags
SELECT tag, source, at_ms
  FROM tag WHERE practice_id = :practice_id AND patient_id = :patient_id
 ORDER BY tag

-- name: engine_export_appointments
SELECT appointment_id, record_id, start_ms, end_ms, location, provider, service, stated_category,
    category, status, total_cents, booked_ms, cancelled_ms, cancel_reason, series_id,
    series_number, series_total, intro_offer
  FROM appointment WHERE practice_id = :practice_id AND patient_id = :patient_id
 ORDER BY start_ms, appointment_id

-- name: engine_export_memberships
SELECT membership_id, plan, status, started_day, renewal_day, ended_day, price_cents
  FROM membership WHERE practice_id = :practice_id AND patient_id = :patient_id
 ORDER BY membership_id

-- name: engine_export_ledger
-- Invoices, prescriptions and programs.
SELECT kind, external_id, day, amount_cents, status, fields
  FROM ledger WHERE practice_id = :practice_id AND patient_id = :patient_id
 ORDER BY kind, external_id

-- name: engine_export_clocks
-- When they are due for what.
SELECT service, last_day, due_day, late_day, lost_day, visits
  FROM clock WHERE practice_id = :practice_id AND patient_id = :patient_id
 ORDER BY service

-- name: engine_export_enrollments
-- Their way through playbooks.
SELECT enrollment_id, playbook, version, arm, state, entered_ms, hold, exit, exit_detail, ended_ms
  FROM enrollment WHERE practice_id = :practice_id AND patient_id = :patient_id
 ORDER BY entered_ms, enrollment_id

-- name: engine_export_messages_out
-- Exact texts, also of what was not sent, with the reason; what went to an address that is theirs
-- alone before anybody knew whose it was.
SELECT touch_id, enrollment_id, playbook, touch_key, kind, purpose, state, channel, address,
    template, wording, variant, offer, language, subject, body, html, words, worded_by, code,
    code_rule, detail, planned_ms, sent_ms, delivery, delivered_ms
  FROM touch WHERE practice_id = :practice_id AND (patient_id = :patient_id
    OR (patient_id = '' AND for_staff IS NULL AND address IN (SELECT c.address FROM own_address c
        WHERE c.practice_id = :practice_id AND c.patient_id = :patient_id)))
 ORDER BY planned_ms, touch_id

-- name: engine_export_messages_in
-- What they wrote, and how it was read; also what came from an address that is theirs alone before
-- anybody knew whose it was.
SELECT inbound_id, channel, sender, recipient, body, received_ms, stop, reading, touch_id,
    provider_id, attachments
  FROM inbound WHERE practice_id = :practice_id AND (patient_id = :patient_id
    OR (patient_id IS NULL AND sender IN (SELECT c.address FROM own_address c
        WHERE c.practice_id = :practice_id AND c.patient_id = :patient_id)))
 ORDER BY received_ms, inbound_id

-- name: engine_export_tasks
-- What people were to do, what came of it, and what they noted of a call.
SELECT task_id, kind, role, title, body, state, created_ms, due_ms, assigned_to, outcome, note,
    staff_seconds, ended_ms
  FROM task WHERE practice_id = :practice_id AND (patient_id = :patient_id
    OR (patient_id IS NULL AND inbound_id IN (SELECT i.inbound_id FROM inbound i
         WHERE i.practice_id = :practice_id AND i.patient_id IS NULL AND i.sender IN
    (SELECT c.address FROM own_address c
        WHERE c.practice_id = :practice_id AND c.patient_id = :patient_id))))
 ORDER BY created_ms, task_id

-- name: engine_export_engagement
-- What is known of messages after they left.
SELECT touch_id, kind, trust, at_ms, detail
  FROM engagement_event WHERE practice_id = :practice_id AND patient_id = :patient_id
 ORDER BY at_ms, event_key

-- name: engine_export_bookings
-- Which visits are counted for which playbook.
SELECT enrollment_id, appointment_id, days_after
  FROM attribution WHERE practice_id = :practice_id AND patient_id = :patient_id
 ORDER BY enrollment_id, appointment_id

-- name: engine_export_openings
-- Times that were kept for them.
SELECT service, provider, location, start_ms, end_ms, state, source, touch_id, appointment_id,
    created_ms
  FROM opening WHERE practice_id = :practice_id AND patient_id = :patient_id
 ORDER BY start_ms, opening_id

-- name: engine_export_merges
-- Under which other ids they were known here.
SELECT patient_id, at_ms FROM patient_merge
 WHERE practice_id = :practice_id AND into_patient_id = :patient_id ORDER BY at_ms, patient_id

-- name: engine_export_apart
-- With whom somebody said that they are not one person: ids alone, the other one is not asked.
SELECT at_ms, actor FROM patient_apart
 WHERE practice_id = :practice_id AND (patient_id = :patient_id OR other_id = :patient_id)
 ORDER BY at_ms, other_id

-- name: engine_export_appointment_changes
-- Moved, cancelled, kept: as we learnt of it.
SELECT c.appointment_id, c.at_ms, c.old_status, c.new_status, c.old_start_ms, c.new_start_ms
  FROM appointment a JOIN appointment_change c
    ON c.practice_id = a.practice_id AND c.appointment_id = a.appointment_id
 WHERE a.practice_id = :practice_id AND a.patient_id = :patient_id
 ORDER BY c.at_ms, c.appointment_id, c.seq

-- name: engine_export_refusals
-- Why the newest scan let them into no playbook.
SELECT playbook, reason, detail, at_ms FROM not_entered
 WHERE practice_id = :practice_id AND patient_id = :patient_id ORDER BY playbook

-- name: engine_export_gate
-- What the gate said of each message, by which rule, with what it read.
SELECT v.touch_id, v.at_ms, v.answer, v.code, v.rule, v.until_ms, v.detail
  FROM touch t JOIN verdict v ON v.practice_id = t.practice_id AND v.touch_id = t.touch_id
 WHERE t.practice_id = :practice_id AND t.patient_id = :patient_id
 ORDER BY v.at_ms, v.touch_id, v.seq

-- name: engine_export_attempts
-- Each try to hand a message to a provider.
SELECT a.touch_id, a.number, a.started_ms, a.ended_ms, a.outcome, a.status, a.code, a.provider_id
  FROM touch t JOIN attempt a ON a.practice_id = t.practice_id AND a.touch_id = t.touch_id
 WHERE t.practice_id = :practice_id AND t.patient_id = :patient_id
 ORDER BY a.started_ms, a.touch_id, a.number

-- name: engine_export_conversations
-- The conversation as a colleague finds it, with an answer that was begun.
SELECT thread_id, address, state, opened_ms, closed_ms, closed_by, label, route, urgency,
    assigned_to, draft
  FROM thread WHERE practice_id = :practice_id AND (patient_id = :patient_id
    OR (patient_id IS NULL AND address IN (SELECT c.address FROM own_address c
        WHERE c.practice_id = :practice_id AND c.patient_id = :patient_id)))
 ORDER BY thread_id

-- name: engine_export_answers
-- Which colleague wrote which answer.
SELECT r.touch_id, r.user_id, r.at_ms FROM touch t
  JOIN staff_reply r ON r.practice_id = t.practice_id AND r.touch_id = t.touch_id
 WHERE t.practice_id = :practice_id AND t.patient_id = :patient_id ORDER BY r.at_ms, r.touch_id

-- name: engine_export_corrections
-- What colleagues said that a message meant.
SELECT c.inbound_id, c.labels, c.urgency, c.route, c.tags, c.was, c.actor, c.at_ms
  FROM inbound i JOIN correction c
    ON c.practice_id = i.practice_id AND c.inbound_id = i.inbound_id
 WHERE i.practice_id = :practice_id AND i.patient_id = :patient_id
 ORDER BY c.at_ms, c.correction_id

-- name: engine_export_drafts
-- What a language model was asked about them, what it wrote, and who sent it.
SELECT d.inbound_id, d.state, d.reason, d.model, d.wanted_ms, d.asked_ms, d.ended_ms, d.prompt,
    d.answer, d.text, d.sources, d.touch_id, d.approver, d.edited
  FROM inbound i JOIN model_draft d
    ON d.practice_id = i.practice_id AND d.inbound_id = i.inbound_id
 WHERE i.practice_id = :practice_id AND i.patient_id = :patient_id
 ORDER BY d.wanted_ms, d.draft_id

-- name: engine_export_proposals
-- Times that a message named to them.
SELECT service, times, wish, source, touch_id, language, state, created_ms, expires_ms
  FROM opening_proposal WHERE practice_id = :practice_id AND patient_id = :patient_id
 ORDER BY created_ms, proposal_id

-- name: engine_export_waits
-- What they wait or waited for, in their words.
SELECT wait_id, service, wish, said, source, state, passes, created_ms, changed_ms, until_ms
  FROM waitlist WHERE practice_id = :practice_id AND patient_id = :patient_id
 ORDER BY created_ms, wait_id

-- name: engine_export_passed_over
-- Times of the waitlist that were named to them and not taken.
SELECT r.wait_id, r.start_ms FROM waitlist w JOIN waitlist_refused r
    ON r.practice_id = w.practice_id AND r.wait_id = w.wait_id
 WHERE w.practice_id = :practice_id AND w.patient_id = :patient_id
 ORDER BY r.wait_id, r.start_ms

-- name: engine_export_lists
-- Who saw them in a list of patients: without the others who stood in it.
SELECT a.at_ms, a.actor, a.subject_id FROM (SELECT l.practice_id, l.writer, l.seq
      FROM audit_list_ids i CROSS JOIN audit_list l ON l.list_id = i.rowid
     WHERE i.audit_list_ids MATCH '"' || :patient_id || '"' AND l.practice_id = :practice_id) k
 CROSS JOIN audit a ON a.practice_id = k.practice_id AND a.writer = k.writer AND a.seq = k.seq
 ORDER BY a.at_ms, a.writer, a.seq

-- name: engine_export_lists [postgres]
SELECT at_ms, actor, subject_id FROM audit
 WHERE practice_id = :practice_id AND action = 'patient.listed'
   AND CAST(detail AS JSONB) -> 'patients' @> to_jsonb(CAST(:patient_id AS TEXT))
 ORDER BY at_ms, writer, seq

-- name: engine_export_trail
-- Who read and changed what of theirs.
SELECT at_ms, actor, action, subject_id, detail
  FROM audit WHERE practice_id = :practice_id AND patient_id = :patient_id
 ORDER BY at_ms, writer, seq

-- name: engine_entered_since
-- Who has entered by a version from a moment on: whether a saved plan was carried out already.
SELECT p.external_id, e.entered_ms FROM enrollment e
  JOIN patient p ON p.practice_id = e.practice_id AND p.patient_id = e.patient_id
 WHERE e.practice_id = :practice_id AND e.playbook = :playbook AND e.version = :version
   AND e.entered_ms >= :since_ms ORDER BY e.entered_ms, e.enrollment_id

-- name: engine_locations
-- Where anybody ever had a visit.
SELECT DISTINCT location FROM appointment
 WHERE practice_id = :practice_id AND location IS NOT NULL ORDER BY location LIMIT :limit

-- name: engine_location
-- Whether anybody ever had a visit there.
SELECT location FROM appointment
 WHERE practice_id = :practice_id AND location = :location ORDER BY location LIMIT 1
