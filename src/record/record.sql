-- name: record_turn_open
-- Every practice has a row on which its imports take turns.
INSERT INTO record_turn (practice_id, next_ordinal) VALUES (:practice_id, 1)
ON CONFLICT (practice_id) DO NOTHING

-- name: record_turn_take
-- The write locks the row: on PostgreSQL a second import of this practice waits here.
UPDATE record_turn SET next_ordinal = next_ordinal WHERE practice_id = :practice_id
RETURNING next_ordinal

-- name: record_turn_close
-- Ordinals are never given twice.
UPDATE record_turn SET next_ordinal = :next_ordinal WHERE practice_id = :practice_id

-- name: record_erased_any
-- Suppressions of erased people stand without their address until the address comes back.
SELECT EXISTS (SELECT 1 FROM suppression WHERE practice_id = :practice_id AND address IS NULL)

-- name: record_seen_clear
-- A work list is empty between imports.
DELETE FROM record_seen WHERE practice_id = :practice_id

-- name: record_touched_clear
-- Likewise; engine has reacted to who was on it.
DELETE FROM record_touched WHERE practice_id = :practice_id

-- name: record_touch
-- A patient whose facts moved; the counts add up over the files of one import.
INSERT INTO record_touched (practice_id, patient_id, fold, appointments)
VALUES (:practice_id, :patient_id, :fold, :appointments)
ON CONFLICT (practice_id, patient_id) DO UPDATE
SET fold = CASE WHEN excluded.fold > record_touched.fold
        THEN excluded.fold ELSE record_touched.fold END,
    appointments = record_touched.appointments + excluded.appointments

-- name: record_touched_due
-- The part of the list that is still to be folded.
SELECT patient_id, fold, appointments FROM record_touched
WHERE practice_id = :practice_id AND fold >= 0 AND patient_id > :after
ORDER BY patient_id LIMIT :limit

-- name: record_touched_count
-- How much there is to fold, for whoever waits and watches.
SELECT COUNT(*) FROM record_touched WHERE practice_id = :practice_id AND fold >= 0

-- name: record_planner_look
-- Nothing: SQLite's planner was told of these tables when they were made.

-- name: record_planner_look [postgres]
-- What the folding of a patient reads and writes.
ANALYZE patient, patient_pair, patient_record, contact_point, consent, appointment, record_touched

-- name: record_touched_done
-- What was folded stays on the list for engine, and is folded again only when touched again.
UPDATE record_touched SET fold = -1, appointments = 0
WHERE practice_id = :practice_id AND fold >= 0

-- name: record_match_addresses
-- Who has which name at each of these addresses.
SELECT c.address, p.name_key, p.external_id
FROM contact_point c CROSS JOIN patient p
WHERE c.practice_id = :practice_id AND c.address IN LIST(:addresses) AND c.current = 1
  AND p.practice_id = c.practice_id AND p.patient_id = c.patient_id
ORDER BY c.address, p.name_key, p.external_id

-- name: record_match_names
-- Who has a name; blank where several patients have it.
SELECT name_key, CASE WHEN COUNT(*) = 1 THEN MIN(external_id) ELSE '' END FROM patient
WHERE practice_id = :practice_id AND name_key IN LIST(:names)
GROUP BY name_key

-- name: record_touched_page
-- Settling and reacting walk the list in pages: memory does not grow with an import.
SELECT patient_id, fold, appointments FROM record_touched
WHERE practice_id = :practice_id AND patient_id > :after ORDER BY patient_id LIMIT :limit

-- name: record_known
-- Which records of a batch are known, and as they were.
SELECT record_id, patient_id, row_hash FROM patient_record
WHERE practice_id = :practice_id AND record_id IN LIST(:ids)

-- name: record_known_fields
-- The same with what earlier files said: a file may speak of some fields only.
SELECT record_id, patient_id, row_hash, fields FROM patient_record
WHERE practice_id = :practice_id AND record_id IN LIST(:ids)

-- name: record_insert
-- A record seen for the first time; its patient may turn out to be another one in settling.
INSERT INTO patient_record (practice_id, record_id, patient_id, ordinal, fields, row_hash,
    same_mobile, same_email, same_name, file, first_seen_ms, changed_ms)
VALUES (:practice_id, :record_id, :patient_id, :ordinal, :fields, :row_hash,
    :same_mobile, :same_email, :same_name, :file, :now_ms, :now_ms)

-- name: record_update
-- A record that says something else now; who it describes is found out in settling.
UPDATE patient_record SET fields = :fields, row_hash = :row_hash, same_mobile = :same_mobile,
    same_email = :same_email, same_name = :same_name, file = :file, changed_ms = :now_ms
WHERE practice_id = :practice_id AND record_id = :record_id

-- name: record_see
-- Changed or not: what an import says about people is said each time.
INSERT INTO record_seen (practice_id, record_id, file_number, file_row,
    same_mobile, same_email, same_name, stops)
VALUES (:practice_id, :record_id, :file_number, :file_row, :same_mobile, :same_email, :same_name,
    :stops)
ON CONFLICT (practice_id, record_id) DO UPDATE
SET file_number = excluded.file_number, file_row = excluded.file_row,
    same_mobile = excluded.same_mobile, same_email = excluded.same_email,
    same_name = excluded.same_name, stops = excluded.stops

-- name: record_pairs_mobile
-- Patients that share birth date and mobile with a patient seen earlier: they are one person.
-- CROSS JOIN, here and below, keeps SQLite to the order written: the work list first.
SELECT DISTINCT other.patient_id, first.patient_id
FROM (SELECT k.same_mobile AS same, MIN(k.ordinal) AS ordinal FROM patient_record k
      WHERE k.practice_id = :practice_id AND k.same_mobile IN (SELECT s.same_mobile
          FROM record_seen s WHERE s.practice_id = :practice_id AND s.same_mobile IS NOT NULL)
      GROUP BY k.same_mobile HAVING COUNT(*) > 1) g
CROSS JOIN patient_record first
CROSS JOIN patient_record other
WHERE first.practice_id = :practice_id AND first.same_mobile = g.same AND first.ordinal = g.ordinal
  AND other.practice_id = :practice_id AND other.same_mobile = g.same
  AND other.patient_id <> first.patient_id
  AND NOT EXISTS (SELECT 1 FROM patient_apart a WHERE a.practice_id = :practice_id
      AND ((a.patient_id = other.patient_id AND a.other_id = first.patient_id)
        OR (a.patient_id = first.patient_id AND a.other_id = other.patient_id)))
ORDER BY 1, 2 LIMIT :limit

-- name: record_pairs_email
-- The same by birth date and email.
SELECT DISTINCT other.patient_id, first.patient_id
FROM (SELECT k.same_email AS same, MIN(k.ordinal) AS ordinal FROM patient_record k
      WHERE k.practice_id = :practice_id AND k.same_email IN (SELECT s.same_email
          FROM record_seen s WHERE s.practice_id = :practice_id AND s.same_email IS NOT NULL)
      GROUP BY k.same_email HAVING COUNT(*) > 1) g
CROSS JOIN patient_record first
CROSS JOIN patient_record other
WHERE first.practice_id = :practice_id AND first.same_email = g.same AND first.ordinal = g.ordinal
  AND other.practice_id = :practice_id AND other.same_email = g.same
  AND other.patient_id <> first.patient_id
  AND NOT EXISTS (SELECT 1 FROM patient_apart a WHERE a.practice_id = :practice_id
      AND ((a.patient_id = other.patient_id AND a.other_id = first.patient_id)
        OR (a.patient_id = first.patient_id AND a.other_id = other.patient_id)))
ORDER BY 1, 2 LIMIT :limit

-- name: record_pairs_name
-- The same by birth date and full name.
SELECT DISTINCT other.patient_id, first.patient_id
FROM (SELECT k.same_name AS same, MIN(k.ordinal) AS ordinal FROM patient_record k
      WHERE k.practice_id = :practice_id AND k.same_name IN (SELECT s.same_name
          FROM record_seen s WHERE s.practice_id = :practice_id AND s.same_name IS NOT NULL)
      GROUP BY k.same_name HAVING COUNT(*) > 1) g
CROSS JOIN patient_record first
CROSS JOIN patient_record other
WHERE first.practice_id = :practice_id AND first.same_name = g.same AND first.ordinal = g.ordinal
  AND other.practice_id = :practice_id AND other.same_name = g.same
  AND other.patient_id <> first.patient_id
  AND NOT EXISTS (SELECT 1 FROM patient_apart a WHERE a.practice_id = :practice_id
      AND ((a.patient_id = other.patient_id AND a.other_id = first.patient_id)
        OR (a.patient_id = first.patient_id AND a.other_id = other.patient_id)))
ORDER BY 1, 2 LIMIT :limit

-- name: record_first_ordinals
-- Who of several patients was seen first.
SELECT patient_id, MIN(ordinal) FROM patient_record
WHERE practice_id = :practice_id AND patient_id IN LIST(:ids) GROUP BY patient_id

-- name: record_merge_records
-- What the one who is gone was told of describes the one who stays.
UPDATE patient_record SET patient_id = :into
WHERE practice_id = :practice_id AND patient_id = :gone

-- name: record_merge_contacts
-- The worse health of an address that both had is kept.
INSERT INTO contact_point (practice_id, patient_id, channel, address, source, rank, health,
    health_ms, failures, current, created_ms)
SELECT practice_id, :into, channel, address, source, rank, health, health_ms, failures, current,
    created_ms FROM contact_point
WHERE practice_id = :practice_id AND patient_id = :gone
ON CONFLICT (practice_id, patient_id, channel, address) DO UPDATE
SET health = CASE WHEN contact_point.health = 'ok' THEN excluded.health
        ELSE contact_point.health END,
    health_ms = COALESCE(contact_point.health_ms, excluded.health_ms),
    current = CASE WHEN excluded.current > contact_point.current
        THEN excluded.current ELSE contact_point.current END

-- name: record_merge_contacts_drop
-- Their addresses are the other one's now.
DELETE FROM contact_point WHERE practice_id = :practice_id AND patient_id = :gone

-- name: record_merge_consents_revoke
-- What one of the two revoked after the other gave it is revoked for the person.
UPDATE consent SET revoked_ms = :now_ms, revoked_by = 'merge'
WHERE practice_id = :practice_id AND patient_id IN (:gone, :into) AND revoked_ms IS NULL
  AND EXISTS (SELECT 1 FROM consent x WHERE x.practice_id = :practice_id
      AND x.patient_id IN (:gone, :into) AND x.patient_id <> consent.patient_id
      AND x.channel = consent.channel AND x.purpose = consent.purpose
      AND x.revoked_by NOT LIKE 'merge%' AND x.revoked_ms >= consent.recorded_ms)

-- name: record_merge_consents_double
-- A permission that both had needs to stand once.
UPDATE consent SET revoked_ms = :now_ms, revoked_by = 'merge'
WHERE practice_id = :practice_id AND patient_id = :gone AND revoked_ms IS NULL
  AND EXISTS (SELECT 1 FROM consent x WHERE x.practice_id = :practice_id
      AND x.patient_id = :into AND x.revoked_ms IS NULL AND x.channel = consent.channel
      AND x.purpose = consent.purpose AND x.class = consent.class)

-- name: record_merge_consents
-- Permissions and their history stay together.
UPDATE consent SET patient_id = :into WHERE practice_id = :practice_id AND patient_id = :gone

-- name: record_merge_suppressions
-- Found by address, which an index leads to; the addresses have moved before.
UPDATE suppression SET patient_id = :into
WHERE practice_id = :practice_id AND patient_id = :gone
  AND address IN (SELECT c.address FROM contact_point c
      WHERE c.practice_id = :practice_id AND c.patient_id = :into)

-- name: record_merge_appointments
-- Visits count together.
UPDATE appointment SET patient_id = :into WHERE practice_id = :practice_id AND patient_id = :gone

-- name: record_merge_memberships
-- Memberships count together.
UPDATE membership SET patient_id = :into WHERE practice_id = :practice_id AND patient_id = :gone

-- name: record_merge_ledger
-- Invoices, prescriptions and programs count together.
UPDATE ledger SET patient_id = :into WHERE practice_id = :practice_id AND patient_id = :gone

-- name: record_merge_tags
-- A tag that both had stands once.
INSERT INTO tag (practice_id, patient_id, tag, source, at_ms)
SELECT practice_id, :into, tag, source, at_ms FROM tag
WHERE practice_id = :practice_id AND patient_id = :gone
ON CONFLICT (practice_id, patient_id, tag) DO NOTHING

-- name: record_merge_tags_drop
-- What was not copied was a double.
DELETE FROM tag WHERE practice_id = :practice_id AND patient_id = :gone

-- name: record_merge_clocks_drop
-- Clocks are folded anew from the visits of both.
DELETE FROM clock WHERE practice_id = :practice_id AND patient_id = :gone

-- name: record_merge_stops
-- Stops of either hold for both; nothing to do when the person gone was never folded.
UPDATE patient
SET do_not_contact = greatest(patient.do_not_contact, g.do_not_contact),
    sms_stopped = greatest(patient.sms_stopped, g.sms_stopped),
    email_stopped = greatest(patient.email_stopped, g.email_stopped),
    voice_stopped = greatest(patient.voice_stopped, g.voice_stopped),
    paused_until_told = greatest(patient.paused_until_told, g.paused_until_told),
    paused_until_day = greatest(patient.paused_until_day, g.paused_until_day)
FROM (SELECT * FROM patient WHERE practice_id = :practice_id AND patient_id = :gone) g
WHERE patient.practice_id = :practice_id AND patient.patient_id = :into

-- name: record_merge_pairs_drop
-- Whom the one who stays may be one with is asked anew.
DELETE FROM patient_pair WHERE practice_id = :practice_id AND patient_id = :gone

-- name: record_merge_pairs_drop_other
DELETE FROM patient_pair WHERE practice_id = :practice_id AND other_id = :gone

-- name: record_merge_patient_drop
-- Nobody may find the one who is gone but by patient_merge.
DELETE FROM patient WHERE practice_id = :practice_id AND patient_id = :gone

-- name: record_merge_touched_drop
-- Only the one who stays is folded.
DELETE FROM record_touched WHERE practice_id = :practice_id AND patient_id = :gone

-- name: record_merge_chain
-- Who became part of the one who is gone is part of the one who stays.
UPDATE patient_merge SET into_patient_id = :into
WHERE practice_id = :practice_id AND into_patient_id = :gone

-- name: record_merge_note
-- An id that somebody may have kept leads to the one who stays.
INSERT INTO patient_merge (practice_id, patient_id, into_patient_id, at_ms)
VALUES (:practice_id, :gone, :into, :now_ms)

-- name: record_merges_since
-- Rooms that hold patient ids move theirs in the transaction that merged.
SELECT patient_id, into_patient_id FROM patient_merge
WHERE practice_id = :practice_id AND at_ms >= :since_ms ORDER BY at_ms, patient_id

-- name: record_fields_of
-- All records of a page of patients, the one that stands for the person first.
SELECT r.patient_id, r.record_id, r.fields, r.file, COALESCE(s.stops, 0)
FROM patient_record r
LEFT JOIN record_seen s ON s.practice_id = r.practice_id AND s.record_id = r.record_id
WHERE r.practice_id = :practice_id AND r.patient_id IN LIST(:ids)
ORDER BY r.patient_id, r.ordinal

-- name: record_patients_kept
-- What folding keeps of a patient that exists.
SELECT patient_id, do_not_contact, sms_stopped, email_stopped, voice_stopped, paused_until_day,
    phi_authorized, phi_authorized_day, membership_status
FROM patient WHERE practice_id = :practice_id AND patient_id IN LIST(:ids)

-- name: record_memberships_of
-- The membership that counts last in its patient's rows: an active one, the longest running.
SELECT patient_id, plan, status, renewal_day FROM membership
WHERE practice_id = :practice_id AND patient_id IN LIST(:ids)
ORDER BY patient_id, CASE status WHEN 'active' THEN 2 WHEN 'paused' THEN 1 ELSE 0 END,
    COALESCE(renewal_day, 0), COALESCE(started_day, 0), membership_id

-- name: record_patient_put
-- A person as folded from all their records; what only Perennial knows is kept.
INSERT INTO patient (practice_id, patient_id, external_id, first_name, last_name, preferred_name,
    name_key, birth_day, gender, address, city, state, zip, country, time_zone, language,
    preferred_channel, preferred_provider, household_id, home_key, inactive, deceased, vip,
    staff_or_family, billing_dispute, clinical_concern, do_not_contact, paused_until_day,
    sms_stopped, email_stopped, voice_stopped, phi_authorized, phi_authorized_day, loyalty_points,
    loyalty_expire_day, membership_plan, membership_status, membership_renewal_day, created_day,
    visits, first_visit_day, last_visit_day, last_provider, ltv_cents, created_ms, updated_ms)
VALUES (:practice_id, :patient_id, :external_id, :first_name, :last_name, :preferred_name,
    :name_key, :birth_day, :gender, :address, :city, :state, :zip, :country, :time_zone,
    COALESCE(CAST(:language AS TEXT), (SELECT l.language FROM patient_language l
        WHERE l.practice_id = :practice_id AND l.patient_id = :patient_id), 'en'),
    :preferred_channel, :preferred_provider, :patient_id, :home_key, :inactive, :deceased, :vip,
    :staff_or_family, :billing_dispute, :clinical_concern, :do_not_contact, :paused_until_day,
    :sms_stopped, :email_stopped, :voice_stopped, :phi_authorized, :phi_authorized_day,
    :loyalty_points, :loyalty_expire_day, :membership_plan, :membership_status,
    :membership_renewal_day, :created_day, :visits, :first_visit_day, :last_visit_day,
    :last_provider, :ltv_cents, :now_ms, :now_ms)
ON CONFLICT (practice_id, patient_id) DO UPDATE
SET external_id = excluded.external_id, first_name = excluded.first_name,
    last_name = excluded.last_name, preferred_name = excluded.preferred_name,
    name_key = excluded.name_key, birth_day = excluded.birth_day, gender = excluded.gender,
    address = excluded.address, city = excluded.city, state = excluded.state, zip = excluded.zip,
    country = excluded.country, time_zone = excluded.time_zone, language = excluded.language,
    preferred_channel = COALESCE(excluded.preferred_channel, patient.preferred_channel),
    preferred_provider = excluded.preferred_provider, home_key = excluded.home_key,
    inactive = excluded.inactive, deceased = excluded.deceased, vip = excluded.vip,
    staff_or_family = excluded.staff_or_family, billing_dispute = excluded.billing_dispute,
    clinical_concern = excluded.clinical_concern, do_not_contact = excluded.do_not_contact,
    paused_until_day = excluded.paused_until_day, sms_stopped = excluded.sms_stopped,
    email_stopped = excluded.email_stopped, voice_stopped = excluded.voice_stopped,
    phi_authorized = excluded.phi_authorized, phi_authorized_day = excluded.phi_authorized_day,
    loyalty_points = excluded.loyalty_points, loyalty_expire_day = excluded.loyalty_expire_day,
    membership_plan = excluded.membership_plan, membership_status = excluded.membership_status,
    membership_renewal_day = excluded.membership_renewal_day, created_day = excluded.created_day,
    visits = excluded.visits, first_visit_day = excluded.first_visit_day,
    last_visit_day = excluded.last_visit_day, last_provider = excluded.last_provider,
    ltv_cents = excluded.ltv_cents, updated_ms = excluded.updated_ms

-- name: record_patient_visits
-- Only appointments moved: the person stays as folded.
UPDATE patient SET visits = :visits, first_visit_day = :first_visit_day,
    last_visit_day = :last_visit_day, last_provider = :last_provider, ltv_cents = :ltv_cents,
    updated_ms = :now_ms
WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: record_contacts_retire
-- What the booking system no longer lists stays known, but is not used.
UPDATE contact_point SET current = 0
WHERE practice_id = :practice_id AND patient_id IN LIST(:ids) AND current = 1

-- name: record_contact_put
-- An address once per person and channel; its health outlives the import.
INSERT INTO contact_point (practice_id, patient_id, channel, address, source, rank, created_ms)
VALUES (:practice_id, :patient_id, :channel, :address, :source, :rank, :now_ms)
ON CONFLICT (practice_id, patient_id, channel, address) DO UPDATE
SET source = excluded.source, rank = excluded.rank, current = 1

-- name: record_suppression_return
-- An erased person's address is back: the suppression kept under its hash names it again.
UPDATE suppression SET address = :address
WHERE practice_id = :practice_id AND address_hash = :address_hash AND address IS NULL

-- name: record_consents_of
-- What stands and what was revoked, oldest first: the newest revocation decides.
SELECT patient_id, consent_id, channel, class, given_day, revoked_ms, revoked_by, purpose, source
FROM consent WHERE practice_id = :practice_id AND patient_id IN LIST(:ids)
ORDER BY patient_id, recorded_ms, consent_id

-- name: record_consent_insert
-- Permission is added, with its evidence; never changed into something else.
INSERT INTO consent (practice_id, consent_id, patient_id, channel, address, purpose, class,
    given_day, source, evidence, evidence_hash, recorded_ms, revoked_ms, revoked_by)
VALUES (:practice_id, :consent_id, :patient_id, :channel, :address, :purpose, :class,
    :given_day, :source, :evidence, :evidence_hash, :now_ms, :revoked_ms, :revoked_by)

-- name: record_consent_renew
-- The same permission, signed again later.
UPDATE consent SET given_day = :given_day, source = :source, evidence = :evidence
WHERE practice_id = :practice_id AND patient_id = :patient_id AND consent_id = :consent_id

-- name: record_consent_revoke
-- Revoked, never deleted: what was sent before was sent under it.
UPDATE consent SET revoked_ms = :now_ms, revoked_by = :revoked_by
WHERE practice_id = :practice_id AND patient_id = :patient_id AND consent_id = :consent_id
  AND revoked_ms IS NULL

-- name: record_suppression_import
-- A row that stands is left as it is; one that the person had lifted stands again, because settling
-- comes here only for an opt-out that the booking system did not tell of before.
INSERT INTO suppression (practice_id, address_hash, channel, scope, reason, address, patient_id,
    source, created_ms)
VALUES (:practice_id, :address_hash, :channel, :scope, 'import', :address, :patient_id, 'import',
    :now_ms)
ON CONFLICT (practice_id, address_hash, channel, reason) DO UPDATE
SET lifted_ms = NULL, lifted_by = NULL, created_ms = excluded.created_ms, one_channel = 0,
    widened_ms = NULL
WHERE suppression.lifted_ms IS NOT NULL

-- name: record_tags_retire
-- Tags that the booking system took off are off; those of Perennial stay.
DELETE FROM tag
WHERE practice_id = :practice_id AND patient_id IN LIST(:ids) AND source = 'import'

-- name: record_tag_drop
DELETE FROM tag WHERE practice_id = :practice_id AND patient_id = :patient_id AND tag = :tag

-- name: record_tag_put
-- A tag is there or not: twice is once. Of channels that are preferred the newest word counts, so
-- that one that is said again is new again.
INSERT INTO tag (practice_id, patient_id, tag, source, at_ms)
VALUES (:practice_id, :patient_id, :tag, :source, :now_ms)
ON CONFLICT (practice_id, patient_id, tag) DO UPDATE
SET source = excluded.source, at_ms = excluded.at_ms
WHERE tag.tag IN ('prefers_sms', 'prefers_email', 'prefers_call') AND excluded.source <> 'import'
    AND tag.at_ms < excluded.at_ms

-- name: record_preferences_read
-- By which channel people said they would rather hear, the newest word of each first; what an
-- export says of it is older than any.
SELECT patient_id, tag, source, CASE source WHEN 'import' THEN 0 ELSE at_ms END FROM tag
 WHERE practice_id = :practice_id AND patient_id IN LIST(:ids)
   AND tag IN ('prefers_sms', 'prefers_email', 'prefers_call')
 ORDER BY 1, 4 DESC, 2

-- name: record_visits_of
-- Every appointment of a page of patients, oldest first: what clocks are folded from.
SELECT patient_id, appointment_id, start_ms, local_day, location, provider, service, category,
    status, total_cents, series_id, series_total
FROM appointment WHERE practice_id = :practice_id AND patient_id IN LIST(:ids)
ORDER BY patient_id, start_ms, appointment_id

-- name: record_clocks_drop
-- A patient's clocks are written anew from all their visits.
DELETE FROM clock WHERE practice_id = :practice_id AND patient_id IN LIST(:ids)

-- name: record_clock_put
-- One narrow row per patient and service, so that a night's entrants are an index range.
INSERT INTO clock (practice_id, service, patient_id, last_day, due_day, late_day, lost_day, visits,
    last_provider, last_service, last_location, last_total_cents, last_appointment_id, series_done,
    series_planned)
VALUES (:practice_id, :service, :patient_id, :last_day, :due_day, :late_day, :lost_day, :visits,
    :last_provider, :last_service, :last_location, :last_total_cents, :last_appointment_id,
    :series_done, :series_planned)

-- name: record_shared_addresses
-- Households: each address of a touched person that a few people use, with its first user.
SELECT DISTINCT p.household_id, f.household_id
FROM (SELECT c.address, MIN(c.patient_id) AS patient_id FROM contact_point c
      WHERE c.practice_id = :practice_id AND c.current = 1 AND c.address IN (SELECT x.address
          FROM record_touched t CROSS JOIN contact_point x
          WHERE t.practice_id = :practice_id AND t.fold = 1 AND x.practice_id = t.practice_id
            AND x.patient_id = t.patient_id AND x.current = 1 AND x.channel <> 'sms')
      GROUP BY c.address
      HAVING COUNT(DISTINCT c.patient_id) BETWEEN 2 AND :patients_max) g
CROSS JOIN contact_point u
CROSS JOIN patient p
CROSS JOIN patient f
WHERE u.practice_id = :practice_id AND u.address = g.address AND u.current = 1
  AND p.practice_id = :practice_id AND p.patient_id = u.patient_id
  AND f.practice_id = :practice_id AND f.patient_id = g.patient_id
  AND p.household_id <> f.household_id
ORDER BY 1, 2 LIMIT :limit

-- name: record_shared_homes
-- Households: people of one last name at one postal address.
SELECT DISTINCT p.household_id, f.household_id
FROM (SELECT h.home_key, MIN(h.patient_id) AS patient_id FROM patient h
      WHERE h.practice_id = :practice_id AND h.home_key IN (SELECT x.home_key
          FROM record_touched t CROSS JOIN patient x
          WHERE t.practice_id = :practice_id AND t.fold = 1 AND x.practice_id = t.practice_id
            AND x.patient_id = t.patient_id AND x.home_key IS NOT NULL)
      GROUP BY h.home_key HAVING COUNT(*) BETWEEN 2 AND :patients_max) g
CROSS JOIN patient p
CROSS JOIN patient f
WHERE p.practice_id = :practice_id AND p.home_key = g.home_key
  AND f.practice_id = :practice_id AND f.patient_id = g.patient_id
  AND p.household_id <> f.household_id
ORDER BY 1, 2 LIMIT :limit

-- name: record_household_join
-- Two households turned out to be one.
UPDATE patient SET household_id = :into
WHERE practice_id = :practice_id AND household_id = :gone

-- name: record_found_persons
-- Rows of this import that describe a person seen under an earlier id.
SELECT s.file_number, s.file_row, s.record_id, f.record_id
FROM record_seen s
CROSS JOIN patient_record r
CROSS JOIN patient_record f
WHERE s.practice_id = :practice_id
  AND r.practice_id = s.practice_id AND r.record_id = s.record_id
  AND f.practice_id = r.practice_id AND f.patient_id = r.patient_id
  AND f.ordinal = (SELECT MIN(x.ordinal) FROM patient_record x
      WHERE x.practice_id = r.practice_id AND x.patient_id = r.patient_id)
  AND f.ordinal < r.ordinal
ORDER BY s.file_number, s.file_row, s.record_id

-- name: record_found_phones
-- Rows of this import whose mobile another person had first.
SELECT s.file_number, s.file_row, s.record_id, MIN(o.external_id)
FROM record_seen s
CROSS JOIN patient_record r
CROSS JOIN contact_point c
CROSS JOIN contact_point x
CROSS JOIN patient o
WHERE s.practice_id = :practice_id
  AND r.practice_id = s.practice_id AND r.record_id = s.record_id
  AND c.practice_id = r.practice_id AND c.patient_id = r.patient_id AND c.channel = 'sms'
  AND c.current = 1
  AND x.practice_id = c.practice_id AND x.address = c.address AND x.channel = 'sms'
  AND x.current = 1 AND x.patient_id < c.patient_id
  AND o.practice_id = x.practice_id AND o.patient_id = x.patient_id
GROUP BY s.file_number, s.file_row, s.record_id
ORDER BY s.file_number, s.file_row, s.record_id

-- name: record_appointments_known
-- What is stored of a batch of rows: unchanged ones are skipped.
SELECT appointment_id, patient_id, row_hash, status, start_ms FROM appointment
WHERE practice_id = :practice_id AND appointment_id IN LIST(:ids)

-- name: record_appointment_insert
-- A booking we hear of for the first time, at the moment we hear of it.
INSERT INTO appointment (practice_id, appointment_id, patient_id, record_id, start_ms, end_ms,
    local_day, location, provider, service, stated_category, category, status, total_cents,
    booked_ms, cancelled_ms, cancel_reason, series_id, series_number, series_total, intro_offer,
    row_hash, first_seen_ms, status_ms)
VALUES (:practice_id, :appointment_id, :patient_id, :record_id, :start_ms, :end_ms,
    :local_day, :location, :provider, :service, :stated_category, :category, :status, :total_cents,
    :booked_ms, :cancelled_ms, :cancel_reason, :series_id, :series_number, :series_total,
    :intro_offer, :row_hash, :now_ms, :now_ms)

-- name: record_appointment_update
-- The moment of a status is when we learnt of it, so it moves only with the status.
UPDATE appointment SET patient_id = :patient_id, record_id = :record_id, start_ms = :start_ms,
    end_ms = :end_ms, local_day = :local_day, location = :location, provider = :provider,
    service = :service, stated_category = :stated_category, category = :category,
    status_ms = CASE WHEN status = :status THEN status_ms ELSE :now_ms END, status = :status,
    total_cents = :total_cents, booked_ms = :booked_ms, cancelled_ms = :cancelled_ms,
    cancel_reason = :cancel_reason, series_id = :series_id, series_number = :series_number,
    series_total = :series_total, intro_offer = :intro_offer, row_hash = :row_hash
WHERE practice_id = :practice_id AND appointment_id = :appointment_id

-- name: record_appointment_change
-- The history of a booking: what it was before, and when we learnt otherwise.
INSERT INTO appointment_change (practice_id, appointment_id, seq, at_ms, old_status, new_status,
    old_start_ms, new_start_ms)
SELECT :practice_id, :appointment_id, COALESCE(MAX(seq), 0) + 1, :now_ms, :old_status, :new_status,
    :old_start_ms, :new_start_ms
FROM appointment_change WHERE practice_id = :practice_id AND appointment_id = :appointment_id

-- name: record_services_all
-- The practice's own categories: a few hundred names at most, read once per import.
SELECT service_key, category FROM service WHERE practice_id = :practice_id AND category IS NOT NULL

-- name: record_services_known
-- Unchanged lines of the price list are skipped.
SELECT service_key, row_hash FROM service
WHERE practice_id = :practice_id AND service_key IN LIST(:ids)

-- name: record_service_put
-- A service is known by its folded name, which is how appointments refer to it.
INSERT INTO service (practice_id, service_key, name, category, duration_min, price_cents, row_hash)
VALUES (:practice_id, :service_key, :name, :category, :duration_min, :price_cents, :row_hash)
ON CONFLICT (practice_id, service_key) DO UPDATE
SET name = excluded.name, category = excluded.category, duration_min = excluded.duration_min,
    price_cents = excluded.price_cents, row_hash = excluded.row_hash

-- name: record_memberships_known
-- Unchanged memberships are skipped.
SELECT membership_id, row_hash FROM membership
WHERE practice_id = :practice_id AND membership_id IN LIST(:ids)

-- name: record_membership_put
-- A membership as the booking system has it now.
INSERT INTO membership (practice_id, membership_id, patient_id, plan, status, renewal_day,
    started_day, ended_day, price_cents, row_hash, changed_ms)
VALUES (:practice_id, :membership_id, :patient_id, :plan, :status, :renewal_day,
    :started_day, :ended_day, :price_cents, :row_hash, :now_ms)
ON CONFLICT (practice_id, membership_id) DO UPDATE
SET patient_id = excluded.patient_id, plan = excluded.plan, status = excluded.status,
    renewal_day = excluded.renewal_day, started_day = excluded.started_day,
    ended_day = excluded.ended_day, price_cents = excluded.price_cents,
    row_hash = excluded.row_hash, changed_ms = excluded.changed_ms

-- name: record_ledger_known
-- Unchanged rows of the other kinds are skipped.
SELECT external_id, row_hash FROM ledger
WHERE practice_id = :practice_id AND kind = :kind AND external_id IN LIST(:ids)

-- name: record_ledger_put
-- Kept as it came, until the room that reads it.
INSERT INTO ledger (practice_id, kind, external_id, patient_id, day, amount_cents, status, fields,
    row_hash, changed_ms)
VALUES (:practice_id, :kind, :external_id, :patient_id, :day, :amount_cents, :status, :fields,
    :row_hash, :now_ms)
ON CONFLICT (practice_id, kind, external_id) DO UPDATE
SET patient_id = excluded.patient_id, day = excluded.day, amount_cents = excluded.amount_cents,
    status = excluded.status, fields = excluded.fields, row_hash = excluded.row_hash,
    changed_ms = excluded.changed_ms

-- name: record_category_pairs
-- Every name under which the booking system books, with the category it states, and what it was
-- taken for.
SELECT DISTINCT service, stated_category, category FROM appointment
WHERE practice_id = :practice_id ORDER BY service, stated_category, category

-- name: record_category_pairs_of
-- The same of a page of patients.
SELECT DISTINCT service, stated_category, category FROM appointment
WHERE practice_id = :practice_id AND patient_id IN LIST(:ids)
ORDER BY service, stated_category, category

-- name: record_category_touch
-- Whose clocks move because their appointments mean another service now.
INSERT INTO record_touched (practice_id, patient_id, fold, appointments)
SELECT DISTINCT practice_id, patient_id, 0, 0 FROM appointment
WHERE practice_id = :practice_id
  AND service || :mark || COALESCE(stated_category, '') IN LIST(:names)
  AND category IS DISTINCT FROM :category
ON CONFLICT (practice_id, patient_id) DO NOTHING

-- name: record_category_move
-- The category that the definitions give today.
UPDATE appointment SET category = :category
WHERE practice_id = :practice_id
  AND service || :mark || COALESCE(stated_category, '') IN LIST(:names)
  AND category IS DISTINCT FROM :category

-- name: record_category_move_of
-- The same for a page of patients.
UPDATE appointment SET category = :category
WHERE practice_id = :practice_id AND patient_id IN LIST(:ids)
  AND service || :mark || COALESCE(stated_category, '') IN LIST(:names)
  AND category IS DISTINCT FROM :category

-- name: record_patients_page
-- Everybody, a page at a time: a rebuild takes constant memory.
SELECT patient_id FROM patient WHERE practice_id = :practice_id AND patient_id > :after
ORDER BY patient_id LIMIT :limit

-- name: record_worth_count
-- Patients with a completed visit: the ranks go from 0 to one less.
SELECT COUNT(*) FROM patient WHERE practice_id = :practice_id AND visits > 0

-- name: record_worth
-- Completed money from the least to the most, in the order of the index patient_value.
SELECT ltv_cents, COUNT(*) FROM patient WHERE practice_id = :practice_id AND visits > 0
GROUP BY ltv_cents ORDER BY ltv_cents

-- name: record_worth_page
-- In the order of the table, so that what is written lies together.
SELECT patient_id, ltv_cents, ltv_percentile FROM patient
WHERE practice_id = :practice_id AND patient_id > :after AND visits > 0
ORDER BY patient_id LIMIT :limit

-- name: record_percentile_put
-- Only of those whose rank has moved.
UPDATE patient SET ltv_percentile = :percentile
WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: record_suppression_read
-- Whether this very stop stands already: then there is nothing to say.
SELECT scope, lifted_ms, one_channel FROM suppression
WHERE practice_id = :practice_id AND address_hash = :address_hash AND channel = :channel
  AND reason = :reason

-- name: record_stops_one_channel
-- Whether the person has stopped a channel and kept another.
SELECT COUNT(*) FROM contact_point c
JOIN suppression s ON s.practice_id = c.practice_id AND s.address = c.address
WHERE c.practice_id = :practice_id AND c.patient_id = :patient_id AND c.current = 1
  AND s.lifted_ms IS NULL AND s.one_channel = 1

-- name: record_suppression_put
-- A stop said again after it was lifted stands anew; a narrower one never narrows a wider one.
INSERT INTO suppression (practice_id, address_hash, channel, scope, reason, address, patient_id,
    source, evidence, created_ms, one_channel)
VALUES (:practice_id, :address_hash, :channel, :scope, :reason, :address, :patient_id,
    :source, :evidence, :now_ms, :one_channel)
ON CONFLICT (practice_id, address_hash, channel, reason) DO UPDATE
SET widened_ms = CASE WHEN suppression.lifted_ms IS NULL AND suppression.one_channel = 1
        AND excluded.one_channel = 0 THEN excluded.created_ms
        WHEN suppression.lifted_ms IS NULL THEN suppression.widened_ms ELSE NULL END,
    one_channel = CASE WHEN suppression.lifted_ms IS NULL
        THEN least(suppression.one_channel, excluded.one_channel) ELSE excluded.one_channel END,
    scope = CASE WHEN suppression.lifted_ms IS NULL AND suppression.scope = 'all'
        THEN 'all' ELSE excluded.scope END,
    created_ms = CASE WHEN suppression.lifted_ms IS NULL
        THEN suppression.created_ms ELSE excluded.created_ms END,
    lifted_ms = NULL, lifted_by = NULL, address = excluded.address,
    patient_id = COALESCE(excluded.patient_id, suppression.patient_id),
    source = excluded.source, evidence = excluded.evidence

-- name: record_addresses_of
-- Every address a person has, once.
SELECT DISTINCT address FROM contact_point
WHERE practice_id = :practice_id AND patient_id = :patient_id AND current = 1 ORDER BY address

-- name: record_consents_end
-- The stop of a channel ends its permissions: the person's own, or of all who use the address. That
-- one of several addresses was another's says nothing of the rest.
UPDATE consent SET revoked_ms = :now_ms, revoked_by = :revoked_by
WHERE practice_id = :practice_id AND revoked_ms IS NULL AND purpose = 'marketing'
  AND (channel = :channel OR :channel = 'all') AND channel <> 'phi'
  AND (:revoked_by <> 'wrong_number' OR :channel = 'all' OR NOT EXISTS (
      SELECT 1 FROM contact_point o WHERE o.practice_id = consent.practice_id
        AND o.patient_id = consent.patient_id AND o.channel = consent.channel
        AND o.current = 1 AND o.address <> :address))
  AND (patient_id = :patient_id OR (:patient_id IS NULL AND patient_id IN (
      SELECT c.patient_id FROM contact_point c WHERE c.practice_id = :practice_id
        AND c.address = :address AND c.current = 1)))

-- name: record_stops_standing
-- Stops of an address that its owner's START may lift, on this channel or on all.
SELECT channel, reason, created_ms, scope FROM suppression
WHERE practice_id = :practice_id AND address_hash = :address_hash AND lifted_ms IS NULL
  AND ((channel = :channel AND reason IN ('opt_out', 'provider', 'import'))
    OR (channel = 'all' AND reason = 'opt_out'))
ORDER BY channel, reason

-- name: record_stop_lift
-- Lifted, never deleted: the ledger shows both acts of the person.
UPDATE suppression SET lifted_ms = :now_ms, lifted_by = :source
WHERE practice_id = :practice_id AND address_hash = :address_hash AND channel = :channel
  AND reason = :reason AND lifted_ms IS NULL

-- name: record_consents_revive
-- What this very stop had ended, for those who still use the address.
UPDATE consent SET revoked_ms = NULL, revoked_by = NULL
WHERE practice_id = :practice_id AND channel = :channel AND purpose = 'marketing'
  AND revoked_ms = :stopped_ms AND revoked_by IN ('opt_out', 'import:opt_out')
  AND patient_id IN (SELECT c.patient_id FROM contact_point c WHERE c.practice_id = :practice_id
      AND c.address = :address AND c.channel = :channel AND c.current = 1)
  AND NOT EXISTS (SELECT 1 FROM consent x WHERE x.practice_id = consent.practice_id
      AND x.patient_id = consent.patient_id AND x.channel = consent.channel
      AND x.purpose = consent.purpose AND x.class = consent.class AND x.revoked_ms IS NULL)

-- name: record_person_restart
-- The imported stop of a channel does not follow the person to new addresses any longer.
UPDATE patient SET sms_stopped = CASE WHEN :channel = 'sms' THEN 0 ELSE sms_stopped END,
    email_stopped = CASE WHEN :channel = 'email' THEN 0 ELSE email_stopped END,
    voice_stopped = CASE WHEN :channel = 'voice' THEN 0 ELSE voice_stopped END
WHERE practice_id = :practice_id AND patient_id IN (SELECT c.patient_id FROM contact_point c
    WHERE c.practice_id = :practice_id AND c.address = :address AND c.channel = :channel
      AND c.current = 1)

-- name: record_consent_live
-- The same permission given again renews the one that stands.
SELECT consent_id FROM consent
WHERE practice_id = :practice_id AND patient_id = :patient_id AND channel = :channel
  AND purpose = :purpose AND class = :class AND revoked_ms IS NULL

-- name: record_health_put
-- What a channel learnt of an address; transient failures are counted in a row.
UPDATE contact_point SET health = :health, health_ms = :now_ms,
    failures = CASE WHEN :health = 'soft_bounced' THEN failures + 1 ELSE 0 END
WHERE practice_id = :practice_id AND patient_id = :patient_id AND channel = :channel
  AND address = :address

-- name: record_pause_put
-- A pause is a preference, told apart from an opt-out.
UPDATE patient SET paused_until_day = :until_day, paused_until_told = :until_told,
    updated_ms = :now_ms
WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: record_channel_put
-- The patient said how they like to hear from us.
UPDATE patient SET preferred_channel = :channel, updated_ms = :now_ms
WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: record_lock_patients
-- Nothing decides about these people or stops them until this transaction ends.
SELECT patient_id FROM patient WHERE practice_id = :practice_id AND patient_id IN LIST(:ids)
ORDER BY patient_id

-- name: record_lock_patients [postgres]
SELECT patient_id FROM patient WHERE practice_id = :practice_id AND patient_id IN LIST(:ids)
ORDER BY patient_id FOR UPDATE

-- name: record_find_by_id
-- Our id, the booking system's, or the id of somebody who was merged away.
SELECT patient_id FROM patient WHERE practice_id = :practice_id AND patient_id = :text
UNION SELECT patient_id FROM patient_record
    WHERE practice_id = :practice_id AND record_id = :text
UNION SELECT into_patient_id FROM patient_merge
    WHERE practice_id = :practice_id AND patient_id = :text
ORDER BY 1 LIMIT 10

-- name: record_find_by_address
-- Who is meant by a phone number or mail address.
SELECT DISTINCT patient_id FROM contact_point
WHERE practice_id = :practice_id AND address = :text AND current = 1 ORDER BY patient_id LIMIT 10

-- name: record_find_by_name
-- Who is meant by a full name, however it is spelled in case and accents.
SELECT patient_id FROM patient WHERE practice_id = :practice_id AND name_key = :text
ORDER BY patient_id LIMIT 10

-- name: record_external_ids
-- Ids that people know, for a question that has several answers.
SELECT external_id FROM patient WHERE practice_id = :practice_id AND patient_id IN LIST(:ids)
ORDER BY external_id

-- name: record_patients_read
-- Everything of a few patients, for decisions and for people.
SELECT patient_id, external_id, first_name, last_name, preferred_name, birth_day, state, zip,
    country, time_zone, language, preferred_channel, preferred_provider, household_id, inactive,
    deceased, vip, staff_or_family, billing_dispute, clinical_concern, do_not_contact,
    paused_until_told, phi_authorized, paused_until_day, loyalty_points, loyalty_expire_day,
    membership_plan, membership_status, membership_renewal_day, created_day, visits, ltv_cents,
    ltv_percentile, first_visit_day, last_visit_day, last_provider, phi_authorized_day
FROM patient WHERE practice_id = :practice_id AND patient_id IN LIST(:ids) ORDER BY patient_id

-- name: record_contacts_read
-- Addresses in the order they are tried, with what the ledger says of each now.
SELECT c.patient_id, c.channel, c.address, c.health, c.rank,
    EXISTS (SELECT 1 FROM suppression s WHERE s.practice_id = c.practice_id
        AND s.address = c.address AND s.channel IN (c.channel, 'all') AND s.lifted_ms IS NULL),
    EXISTS (SELECT 1 FROM suppression s WHERE s.practice_id = c.practice_id
        AND s.address = c.address AND s.channel IN (c.channel, 'all') AND s.lifted_ms IS NULL
        AND s.scope = 'all')
FROM contact_point c
WHERE c.practice_id = :practice_id AND c.patient_id IN LIST(:ids) AND c.current = 1
ORDER BY c.patient_id, CASE c.channel WHEN 'sms' THEN 0 WHEN 'email' THEN 1 ELSE 2 END, c.rank,
    c.address

-- name: record_consents_read
-- Permissions that stand, with their evidence.
SELECT consent_id, patient_id, channel, address, purpose, class, given_day, source, evidence,
    recorded_ms
FROM consent
WHERE practice_id = :practice_id AND patient_id IN LIST(:ids) AND revoked_ms IS NULL
ORDER BY patient_id, channel, purpose, class

-- name: record_patients_at
-- Everybody who uses an address: a stop by it covers them all.
SELECT patient_id FROM contact_point
WHERE practice_id = :practice_id AND address = :address AND channel = :channel AND current = 1
ORDER BY patient_id

-- name: record_suppression_all
-- The whole ledger, for a restore: what was stopped after the backup stays stopped.
SELECT address_hash, channel, scope, reason, address, patient_id, source, evidence, created_ms,
    lifted_ms, lifted_by, one_channel, widened_ms
  FROM suppression WHERE practice_id = :practice_id
 ORDER BY address_hash, channel, reason

-- name: record_suppression_copy
-- A row of the later ledger replaces the earlier one; nothing that stands is lifted by a copy.
INSERT INTO suppression (practice_id, address_hash, channel, scope, reason, address, patient_id,
    source, evidence, created_ms, lifted_ms, lifted_by, one_channel, widened_ms)
VALUES (:practice_id, :address_hash, :channel, :scope, :reason, :address, :patient_id, :source,
    :evidence, :created_ms, :lifted_ms, :lifted_by, :one_channel, :widened_ms)
ON CONFLICT (practice_id, address_hash, channel, reason) DO UPDATE SET
    scope = excluded.scope, created_ms = excluded.created_ms, lifted_ms = excluded.lifted_ms,
    lifted_by = excluded.lifted_by, evidence = excluded.evidence, source = excluded.source,
    one_channel = excluded.one_channel, widened_ms = excluded.widened_ms

-- ---- what colleagues change by hand ----

-- name: record_edits_of
-- Changes that stand, to be laid over what the records say.
SELECT patient_id, field, value, imported, actor, at_ms FROM patient_edit
WHERE practice_id = :practice_id AND patient_id IN LIST(:ids) ORDER BY patient_id, field

-- name: record_edit_put
-- A later change of the same field takes the earlier one's place.
INSERT INTO patient_edit (practice_id, patient_id, field, value, imported, actor, at_ms)
VALUES (:practice_id, :patient_id, :field, :value, :imported, :actor, :now_ms)
ON CONFLICT (practice_id, patient_id, field) DO UPDATE
SET value = excluded.value, imported = excluded.imported, actor = excluded.actor,
    at_ms = excluded.at_ms

-- name: record_edit_drop
-- Taken back, or over because the records say something new.
DELETE FROM patient_edit
WHERE practice_id = :practice_id AND patient_id = :patient_id AND field = :field

-- ---- the language of their messages (language.c) ----

-- name: record_language_read
SELECT language, decided_by, decided_ms, heard, times FROM patient_language
 WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: record_language_edit
-- A colleague's word; no row: none said anything of it.
SELECT value FROM patient_edit
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND field = :field

-- name: record_language_hear
-- What decided it stays until something decides anew.
INSERT INTO patient_language (practice_id, patient_id, language, decided_by, decided_ms, heard,
    times)
VALUES (:practice_id, :patient_id, :language, :decided_by, :decided_ms, :heard, :times)
ON CONFLICT (practice_id, patient_id) DO UPDATE
SET language = excluded.language,
    decided_by = COALESCE(excluded.decided_by, patient_language.decided_by),
    decided_ms = COALESCE(excluded.decided_ms, patient_language.decided_ms),
    heard = excluded.heard, times = excluded.times

-- name: record_language_use
UPDATE patient SET language = :language, updated_ms = :now_ms
 WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: record_language_join
-- Whoever stays keeps what was learnt of them; the other one's row waits for a split.
INSERT INTO patient_language (practice_id, patient_id, language, decided_by, decided_ms, heard,
    times)
SELECT practice_id, :into, language, decided_by, decided_ms, heard, times FROM patient_language
 WHERE practice_id = :practice_id AND patient_id = :gone
ON CONFLICT (practice_id, patient_id) DO NOTHING

-- name: record_address_edits_of
-- What was said of addresses by hand, the first choice of each person first.
SELECT patient_id, source, address, act, replaces, first_ms FROM contact_edit
WHERE practice_id = :practice_id AND patient_id IN LIST(:ids)
ORDER BY patient_id, COALESCE(first_ms, 0) DESC, at_ms, source, address

-- name: record_address_edit_put
-- What is said of an address now; a choice made for it before stands.
INSERT INTO contact_edit (practice_id, patient_id, source, address, act, replaces, first_ms, actor,
    at_ms)
VALUES (:practice_id, :patient_id, :source, :address, :act, :replaces, :first_ms, :actor, :now_ms)
ON CONFLICT (practice_id, patient_id, source, address) DO UPDATE
SET act = excluded.act, replaces = excluded.replaces,
    first_ms = COALESCE(excluded.first_ms, contact_edit.first_ms), actor = excluded.actor,
    at_ms = excluded.at_ms

-- name: record_address_edit_first
-- Chosen as the one to try first; what else was said of it stands.
INSERT INTO contact_edit (practice_id, patient_id, source, address, act, first_ms, actor, at_ms)
VALUES (:practice_id, :patient_id, :source, :address, 'listed', :now_ms, :actor, :now_ms)
ON CONFLICT (practice_id, patient_id, source, address) DO UPDATE SET first_ms = excluded.first_ms

-- name: record_address_edit_drop
DELETE FROM contact_edit WHERE practice_id = :practice_id AND patient_id = :patient_id
    AND source = :source AND address = :address

-- name: record_address_source
-- What kind of address of theirs it is: a mobile that is called, too, is a mobile.
SELECT source FROM contact_point WHERE practice_id = :practice_id AND patient_id = :patient_id
    AND address = :address AND current = 1
ORDER BY CASE channel WHEN 'sms' THEN 0 ELSE 1 END LIMIT 1

-- name: record_stops_follow
-- A corrected address takes the stops along, as old as they are: the person's own START lifts them.
INSERT INTO suppression (practice_id, address_hash, channel, scope, reason, address, patient_id,
    source, created_ms, one_channel, widened_ms)
SELECT practice_id, :address_hash, channel, scope, reason, :address, :patient_id, 'follows',
    created_ms, one_channel, widened_ms
FROM suppression WHERE practice_id = :practice_id AND address = :from_address AND lifted_ms IS NULL
    AND reason IN ('opt_out', 'import', 'complaint', 'provider', 'staff')
ON CONFLICT (practice_id, address_hash, channel, reason) DO NOTHING

-- name: record_stops_follow_all
-- Who stopped everything has it stopped on a new address, too.
INSERT INTO suppression (practice_id, address_hash, channel, scope, reason, address, patient_id,
    source, created_ms)
SELECT s.practice_id, :address_hash, s.channel, s.scope, s.reason, :address, :patient_id, 'follows',
    s.created_ms
FROM contact_point c
CROSS JOIN suppression s
WHERE c.practice_id = :practice_id AND c.patient_id = :patient_id AND c.address <> :address
    AND s.practice_id = c.practice_id AND s.address = c.address AND s.channel = 'all'
    AND s.patient_id = c.patient_id AND s.lifted_ms IS NULL
    AND s.reason IN ('opt_out', 'import', 'complaint', 'staff')
ORDER BY s.scope, s.created_ms
ON CONFLICT (practice_id, address_hash, channel, reason) DO NOTHING

-- name: record_withdraw
-- A booking of our own gives way to the booking system's row, or could not be entered.
DELETE FROM appointment WHERE practice_id = :practice_id AND appointment_id = :appointment_id

-- name: record_forget_changes
-- What it went through goes with it.
DELETE FROM appointment_change
 WHERE practice_id = :practice_id AND appointment_id = :appointment_id

-- ---- made one and parted by hand ----

-- name: record_apart_all
-- Whom nothing joins: a few at most.
SELECT patient_id, other_id FROM patient_apart WHERE practice_id = :practice_id
ORDER BY patient_id, other_id

-- name: record_apart_put
INSERT INTO patient_apart (practice_id, patient_id, other_id, actor, at_ms)
VALUES (:practice_id, least(:one, :other), greatest(:one, :other), :actor, :now_ms)
ON CONFLICT (practice_id, patient_id, other_id) DO NOTHING

-- name: record_apart_drop
DELETE FROM patient_apart WHERE practice_id = :practice_id AND patient_id = least(:one, :other)
    AND other_id = greatest(:one, :other)

-- name: record_merge_apart
-- Whom the one who is gone was kept apart from is kept apart from the one who stays.
INSERT INTO patient_apart (practice_id, patient_id, other_id, actor, at_ms)
SELECT practice_id, least(o.other, :into), greatest(o.other, :into), actor, at_ms
FROM (SELECT practice_id, actor, at_ms, CASE WHEN patient_id = :gone THEN other_id
        ELSE patient_id END AS other
      FROM patient_apart WHERE practice_id = :practice_id AND :gone IN (patient_id, other_id)) o
WHERE o.other <> :into
ON CONFLICT (practice_id, patient_id, other_id) DO NOTHING

-- name: record_parts_keep
-- What was theirs, before it goes over.
INSERT INTO patient_part (practice_id, patient_id, kind, row_id, detail)
SELECT practice_id, patient_id, 'record', record_id, NULL FROM patient_record
WHERE practice_id = :practice_id AND patient_id = :gone
UNION ALL SELECT practice_id, patient_id, 'patient', patient_id, household_id FROM patient
WHERE practice_id = :practice_id AND patient_id = :gone
UNION ALL SELECT practice_id, patient_id, 'consent', consent_id, NULL FROM consent
WHERE practice_id = :practice_id AND patient_id = :gone
UNION ALL SELECT practice_id, patient_id, 'membership', membership_id, NULL FROM membership
WHERE practice_id = :practice_id AND patient_id = :gone
UNION ALL SELECT practice_id, patient_id, kind, external_id, NULL FROM ledger
WHERE practice_id = :practice_id AND patient_id = :gone
UNION ALL SELECT practice_id, into_patient_id, 'merged', patient_id, NULL FROM patient_merge
WHERE practice_id = :practice_id AND into_patient_id = :gone
UNION ALL SELECT g.practice_id, g.patient_id, 'tag', g.tag,
    CASE WHEN EXISTS (SELECT 1 FROM tag i WHERE i.practice_id = g.practice_id
        AND i.patient_id = :into AND i.tag = g.tag) THEN 'both' END
FROM tag g WHERE g.practice_id = :practice_id AND g.patient_id = :gone AND g.source <> 'import'
UNION ALL SELECT g.practice_id, g.patient_id, 'said', g.source || ':' || g.address, NULL
FROM contact_edit g WHERE g.practice_id = :practice_id AND g.patient_id = :gone
    AND NOT EXISTS (SELECT 1 FROM contact_edit i WHERE i.practice_id = g.practice_id
        AND i.patient_id = :into AND i.source = g.source AND i.address = g.address)

-- name: record_merge_said
-- What was said of their addresses by hand holds for the person; their own rows wait for a split.
INSERT INTO contact_edit (practice_id, patient_id, source, address, act, replaces, first_ms, actor,
    at_ms)
SELECT practice_id, :into, source, address, act, replaces, NULL, actor, at_ms FROM contact_edit
WHERE practice_id = :practice_id AND patient_id = :gone
ON CONFLICT (practice_id, patient_id, source, address) DO NOTHING

-- name: record_edit_rebase
-- Other records speak for the person now: that alone is no news.
UPDATE patient_edit SET imported = :imported
WHERE practice_id = :practice_id AND patient_id = :patient_id AND field = :field

-- name: record_stops_to_spread
-- Stops by the person's own act, and the addresses of theirs that these do not cover yet.
SELECT DISTINCT s.channel, s.scope, s.reason, s.created_ms, t.address, s.one_channel, s.widened_ms
FROM contact_point c
CROSS JOIN suppression s
CROSS JOIN contact_point t
WHERE c.practice_id = :practice_id AND c.patient_id = :patient_id
  AND s.practice_id = c.practice_id AND s.address = c.address AND s.patient_id = c.patient_id
  AND s.lifted_ms IS NULL AND s.reason IN ('opt_out', 'complaint', 'import', 'staff')
  AND t.practice_id = c.practice_id AND t.patient_id = c.patient_id AND t.current = 1
  AND t.address <> s.address AND (s.channel = 'all' OR s.channel = t.channel)
ORDER BY t.address, s.channel, s.scope, s.created_ms

-- name: record_stop_spread
-- As old as the stop it follows, so that the person's own START lifts it, too.
INSERT INTO suppression (practice_id, address_hash, channel, scope, reason, address, patient_id,
    source, created_ms, one_channel, widened_ms)
VALUES (:practice_id, :address_hash, :channel, :scope, :reason, :address, :patient_id, 'merge',
    :created_ms, :one_channel, :widened_ms)
ON CONFLICT (practice_id, address_hash, channel, reason) DO NOTHING

-- name: record_parts_of
SELECT row_id FROM patient_part
WHERE practice_id = :practice_id AND patient_id = :gone AND kind = :kind ORDER BY row_id

-- name: record_merge_read
-- When the one became part of the other.
SELECT at_ms FROM patient_merge
WHERE practice_id = :practice_id AND patient_id = :gone AND into_patient_id = :into

-- name: record_split_ids
-- The two may swap the id that people see; for a moment neither has it.
UPDATE patient SET external_id = patient_id, phi_authorized = 0, phi_authorized_day = NULL
WHERE practice_id = :practice_id AND patient_id = :into

-- name: record_split_patient
-- Stops and pauses stay with both; the rest is folded from the records.
INSERT INTO patient (practice_id, patient_id, external_id, household_id, do_not_contact,
    paused_until_day, paused_until_told, sms_stopped, email_stopped, voice_stopped, created_ms,
    updated_ms)
SELECT p.practice_id, :gone, :gone, COALESCE((SELECT k.detail FROM patient_part k
        WHERE k.practice_id = p.practice_id AND k.patient_id = :gone AND k.kind = 'patient'),
    p.household_id), p.do_not_contact, p.paused_until_day, p.paused_until_told, p.sms_stopped,
    p.email_stopped, p.voice_stopped, p.created_ms, :now_ms
FROM patient p WHERE p.practice_id = :practice_id AND p.patient_id = :into

-- name: record_split_records
UPDATE patient_record SET patient_id = :gone
WHERE practice_id = :practice_id AND patient_id = :into AND record_id IN LIST(:records)

-- name: record_split_appointments
-- Visits go with the record that they were booked under, also those since the merge.
UPDATE appointment SET patient_id = :gone
WHERE practice_id = :practice_id AND patient_id = :into AND record_id IN LIST(:records)

-- name: record_split_memberships
UPDATE membership SET patient_id = :gone
WHERE practice_id = :practice_id AND patient_id = :into AND membership_id IN (SELECT k.row_id
    FROM patient_part k WHERE k.practice_id = :practice_id AND k.patient_id = :gone
      AND k.kind = 'membership')

-- name: record_split_ledger
UPDATE ledger SET patient_id = :gone
WHERE practice_id = :practice_id AND patient_id = :into AND external_id IN (SELECT k.row_id
    FROM patient_part k WHERE k.practice_id = :practice_id AND k.patient_id = :gone
      AND k.kind = ledger.kind)

-- name: record_split_membership_look
-- Which record these came under is not kept: the next export says it of each row again.
UPDATE membership SET row_hash = ''
WHERE practice_id = :practice_id AND patient_id = :into AND changed_ms >= :since_ms

-- name: record_split_ledger_look
-- Likewise.
UPDATE ledger SET row_hash = ''
WHERE practice_id = :practice_id AND patient_id = :into AND changed_ms >= :since_ms

-- name: record_split_consents
-- With their history.
UPDATE consent SET patient_id = :gone
WHERE practice_id = :practice_id AND patient_id = :into AND consent_id IN (SELECT k.row_id
    FROM patient_part k WHERE k.practice_id = :practice_id AND k.patient_id = :gone
      AND k.kind = 'consent')

-- name: record_split_consents_revive
-- Signed here, and set aside by the merge only because the other one had it as well.
UPDATE consent SET revoked_ms = NULL, revoked_by = NULL
WHERE practice_id = :practice_id AND patient_id = :gone AND revoked_by = 'merge'
  AND source NOT LIKE 'import:%'
  AND EXISTS (SELECT 1 FROM consent x WHERE x.practice_id = consent.practice_id
      AND x.patient_id = :into AND x.revoked_ms IS NULL AND x.channel = consent.channel
      AND x.purpose = consent.purpose AND x.class = consent.class)
  AND NOT EXISTS (SELECT 1 FROM consent x WHERE x.practice_id = consent.practice_id
      AND x.patient_id = consent.patient_id AND x.revoked_ms IS NULL
      AND x.channel = consent.channel AND x.purpose = consent.purpose
      AND x.class = consent.class)

-- name: record_split_consents_stop
-- What one of the two revoked held for both and stays with both, with its evidence.
INSERT INTO consent (practice_id, consent_id, patient_id, channel, address, purpose, class,
    given_day, source, evidence, evidence_hash, recorded_ms, revoked_ms, revoked_by)
SELECT practice_id, consent_id, :other, channel, address, purpose, class, given_day, source,
    evidence, evidence_hash, recorded_ms, revoked_ms, revoked_by
FROM consent WHERE practice_id = :practice_id AND patient_id = :one AND revoked_ms IS NOT NULL
  AND revoked_by NOT LIKE 'merge%' AND revoked_by <> 'import'
ON CONFLICT (practice_id, patient_id, consent_id) DO NOTHING

-- name: record_split_consents_end
-- Also where the other one has signed it, too.
UPDATE consent SET revoked_by = 'opt_out', revoked_ms = (SELECT MAX(x.revoked_ms) FROM consent x
      WHERE x.practice_id = consent.practice_id AND x.patient_id = :one
        AND x.channel = consent.channel AND x.purpose = consent.purpose
        AND x.revoked_by NOT LIKE 'merge%' AND x.revoked_by <> 'import')
WHERE practice_id = :practice_id AND patient_id = :other AND revoked_ms IS NULL
  AND EXISTS (SELECT 1 FROM consent x WHERE x.practice_id = consent.practice_id
      AND x.patient_id = :one AND x.channel = consent.channel AND x.purpose = consent.purpose
      AND x.revoked_ms >= consent.recorded_ms
      AND x.revoked_by NOT LIKE 'merge%' AND x.revoked_by <> 'import')

-- name: record_split_consents_look
-- What was imported is given anew by the records of each.
UPDATE consent SET revoked_ms = :now_ms, revoked_by = 'merge:split'
WHERE practice_id = :practice_id AND patient_id IN (:gone, :into) AND revoked_ms IS NULL
  AND source LIKE 'import:%'

-- name: record_split_tags_copy
INSERT INTO tag (practice_id, patient_id, tag, source, at_ms)
SELECT t.practice_id, :gone, t.tag, t.source, t.at_ms FROM tag t
WHERE t.practice_id = :practice_id AND t.patient_id = :into AND t.tag IN (SELECT k.row_id
    FROM patient_part k WHERE k.practice_id = :practice_id AND k.patient_id = :gone
      AND k.kind = 'tag')
ON CONFLICT (practice_id, patient_id, tag) DO NOTHING

-- name: record_split_tags_drop
DELETE FROM tag WHERE practice_id = :practice_id AND patient_id = :into AND tag IN (SELECT k.row_id
    FROM patient_part k WHERE k.practice_id = :practice_id AND k.patient_id = :gone
      AND k.kind = 'tag' AND k.detail IS NULL)

-- name: record_split_said
-- What was said of the other one's addresses by hand is theirs again.
DELETE FROM contact_edit WHERE practice_id = :practice_id AND patient_id = :into
  AND source || ':' || address IN (SELECT k.row_id FROM patient_part k
      WHERE k.practice_id = :practice_id AND k.patient_id = :gone AND k.kind = 'said')

-- name: record_split_contacts
-- The health of every address, for whoever has it.
INSERT INTO contact_point (practice_id, patient_id, channel, address, source, rank, health,
    health_ms, failures, current, created_ms)
SELECT practice_id, :gone, channel, address, source, rank, health, health_ms, failures, 0,
    created_ms FROM contact_point WHERE practice_id = :practice_id AND patient_id = :into
ON CONFLICT (practice_id, patient_id, channel, address) DO NOTHING

-- name: record_split_contacts_drop
-- An address that is the other one's, and was never this one's.
DELETE FROM contact_point WHERE practice_id = :practice_id AND patient_id = :one AND current = 0
  AND EXISTS (SELECT 1 FROM contact_point x WHERE x.practice_id = contact_point.practice_id
      AND x.patient_id = :other AND x.channel = contact_point.channel
      AND x.address = contact_point.address AND x.current = 1)

-- name: record_split_chain
-- Who was part of the one that leaves goes along.
UPDATE patient_merge SET into_patient_id = :gone
WHERE practice_id = :practice_id AND into_patient_id = :into AND patient_id IN (SELECT k.row_id
    FROM patient_part k WHERE k.practice_id = :practice_id AND k.patient_id = :gone
      AND k.kind = 'merged')

-- name: record_split_note_drop
-- The id leads to its own person again.
DELETE FROM patient_merge WHERE practice_id = :practice_id AND patient_id = :gone

-- name: record_parts_drop
DELETE FROM patient_part WHERE practice_id = :practice_id AND patient_id = :gone

-- name: record_split_contacts_parted
-- Pairs that were parted in this transaction, for the sweep after folding.
SELECT patient_id, other_id FROM patient_apart
WHERE practice_id = :practice_id AND at_ms >= :now_ms ORDER BY patient_id, other_id

-- ---- erased ----

-- name: record_erase_person
-- What they had stopped as a person, and what they are recognised by beside their records.
SELECT (CASE WHEN sms_stopped <> 0 THEN 1 ELSE 0 END)
    + (CASE WHEN email_stopped <> 0 THEN 2 ELSE 0 END)
    + (CASE WHEN voice_stopped <> 0 THEN 4 ELSE 0 END)
    + (CASE WHEN do_not_contact <> 0 THEN 8 ELSE 0 END)
  FROM patient WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: record_erase_records
SELECT record_id, fields FROM patient_record
 WHERE practice_id = :practice_id AND patient_id = :patient_id ORDER BY ordinal

-- name: record_erase_addresses
-- Every address they ever had, and whether somebody else has it, too.
SELECT u.address, EXISTS (SELECT 1 FROM contact_point o WHERE o.practice_id = :practice_id
        AND o.address = u.address AND o.patient_id <> :patient_id)
  FROM (SELECT address FROM contact_point
         WHERE practice_id = :practice_id AND patient_id = :patient_id
        UNION SELECT address FROM contact_edit
         WHERE practice_id = :practice_id AND patient_id = :patient_id
        UNION SELECT address FROM suppression
         WHERE practice_id = :practice_id AND patient_id = :patient_id AND address IS NOT NULL) u
 ORDER BY u.address

-- name: record_erasure_put
-- Erased again after they had come back: kept out again.
INSERT INTO erasure (practice_id, patient_id, stops, actor, at_ms)
VALUES (:practice_id, :patient_id, :stops, :actor, :now_ms)
ON CONFLICT (practice_id, patient_id) DO UPDATE SET stops = excluded.stops, actor = excluded.actor,
    at_ms = excluded.at_ms, lifted_ms = NULL, lifted_by = NULL

-- name: record_erasure_key_put
INSERT INTO erasure_key (practice_id, key_hash, patient_id, kind)
VALUES (:practice_id, :key_hash, :patient_id, :kind)
ON CONFLICT DO NOTHING

-- name: record_erase_suppressions
-- The proof stays, under the hash of an address that nothing names any more.
UPDATE suppression SET address = NULL, evidence = NULL
 WHERE practice_id = :practice_id AND address IN LIST(:addresses)

-- name: record_erase_suppression_words
-- Of an address that somebody else has: who stopped it, and in which words, is no matter of theirs.
UPDATE suppression SET evidence = NULL
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND evidence IS NOT NULL

-- name: record_erase_consents
-- That there was permission, of which class, when and from which source, is kept for whoever asks
-- why something was sent; what stands ends.
UPDATE consent SET address = NULL, evidence = NULL,
    revoked_by = CASE WHEN revoked_ms IS NULL THEN 'erased' ELSE revoked_by END,
    revoked_ms = COALESCE(revoked_ms, CAST(:now_ms AS BIGINT))
 WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: record_erase_visit_changes
DELETE FROM appointment_change WHERE practice_id = :practice_id AND appointment_id IN (
    SELECT appointment_id FROM appointment
     WHERE practice_id = :practice_id AND patient_id = :patient_id)

-- name: record_erase_visit
-- A time that was taken, where and for how much; no longer what for, nor under the booking system's
-- id. Who is still to come keeps the provider's time taken.
UPDATE appointment SET appointment_id = :new_id, record_id = '', service = '',
    stated_category = NULL, category = CASE WHEN start_ms > :now_ms THEN category ELSE NULL END,
    provider = CASE WHEN start_ms > :now_ms THEN provider ELSE NULL END, cancel_reason = NULL,
    series_id = NULL, series_number = NULL, series_total = NULL, intro_offer = 0, row_hash = ''
 WHERE practice_id = :practice_id AND appointment_id = :appointment_id

-- name: record_erase_visits
-- What no sum stands on. What was kept stands under no record.
DELETE FROM appointment
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND record_id <> ''

-- name: record_erase_clocks
DELETE FROM clock WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: record_erase_memberships
DELETE FROM membership WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: record_erase_ledger
DELETE FROM ledger WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: record_erase_tags
DELETE FROM tag WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: record_erase_edits
DELETE FROM patient_edit WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: record_erase_language
DELETE FROM patient_language WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: record_erase_address_edits
DELETE FROM contact_edit WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: record_erase_contacts
DELETE FROM contact_point WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: record_erase_parted
DELETE FROM patient_apart WHERE practice_id = :practice_id
   AND (patient_id = :patient_id OR other_id = :patient_id)

-- name: record_erase_parts
-- Nobody can be parted from them any more.
DELETE FROM patient_part WHERE practice_id = :practice_id AND patient_id IN (
    SELECT m.patient_id FROM patient_merge m
     WHERE m.practice_id = :practice_id AND m.into_patient_id = :patient_id)

-- name: record_erase_own_records
DELETE FROM patient_record WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: record_erase_pairs
DELETE FROM patient_pair WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: record_erase_pairs_other
DELETE FROM patient_pair WHERE practice_id = :practice_id AND other_id = :patient_id

-- name: record_erase_patient
DELETE FROM patient WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: record_erasures_any
-- Whether rows of an import must be looked at for who was erased.
SELECT EXISTS (SELECT 1 FROM erasure WHERE practice_id = :practice_id)

-- name: record_erased_by
-- Who was known by these hashes; whoever is kept out comes first.
SELECT k.key_hash, k.patient_id, k.kind, e.stops, e.lifted_ms, e.actor, e.at_ms
  FROM erasure_key k
  JOIN erasure e ON e.practice_id = k.practice_id AND e.patient_id = k.patient_id
 WHERE k.practice_id = :practice_id AND k.key_hash IN LIST(:hashes)
 ORDER BY CASE WHEN e.lifted_ms IS NULL THEN 0 ELSE 1 END, e.at_ms DESC, k.patient_id, k.key_hash

-- name: record_erased_read
SELECT patient_id, stops, lifted_ms, actor, at_ms FROM erasure
 WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: record_erasure_lift
UPDATE erasure SET lifted_ms = :now_ms, lifted_by = :actor
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND lifted_ms IS NULL

-- name: record_erasures_all
-- For a restore: who was erased after the backup stays so.
SELECT patient_id, stops, actor, at_ms, lifted_ms, lifted_by FROM erasure
 WHERE practice_id = :practice_id ORDER BY patient_id

-- name: record_erasure_keys_all
SELECT key_hash, patient_id, kind FROM erasure_key
 WHERE practice_id = :practice_id ORDER BY key_hash, patient_id

-- name: record_erasure_copy
INSERT INTO erasure (practice_id, patient_id, stops, actor, at_ms, lifted_ms, lifted_by)
VALUES (:practice_id, :patient_id, :stops, :actor, :at_ms, :lifted_ms, :lifted_by)
ON CONFLICT (practice_id, patient_id) DO UPDATE SET stops = excluded.stops, actor = excluded.actor,
    at_ms = excluded.at_ms, lifted_ms = excluded.lifted_ms, lifted_by = excluded.lifted_by

-- name: record_erased_standing
-- In the backup they are still there.
SELECT p.patient_id FROM erasure e
  JOIN patient p ON p.practice_id = e.practice_id AND p.patient_id = e.patient_id
 WHERE e.practice_id = :practice_id ORDER BY p.patient_id

-- ---- who may be one person ----

-- name: record_pairs_drop
DELETE FROM patient_pair WHERE practice_id = :practice_id AND patient_id IN LIST(:ids)

-- name: record_pairs_drop_other
DELETE FROM patient_pair WHERE practice_id = :practice_id AND other_id IN LIST(:ids)

-- name: record_pair_traits
-- What people are compared by, a row for each address.
SELECT p.patient_id, p.name_key, p.birth_day, p.first_name, c.channel, c.address
FROM patient p
LEFT JOIN contact_point c ON c.practice_id = p.practice_id AND c.patient_id = p.patient_id
    AND c.current = 1
WHERE p.practice_id = :practice_id AND p.patient_id IN LIST(:ids)
ORDER BY p.patient_id, c.channel, c.address

-- name: record_pairs_named
-- The same name, where no birth date speaks against it: the nearest by id on either side.
INSERT INTO patient_pair (practice_id, patient_id, other_id)
SELECT :practice_id, least(u.patient_id, :patient_id), greatest(u.patient_id, :patient_id)
FROM (SELECT a.patient_id FROM (SELECT n.patient_id FROM patient n
        WHERE n.practice_id = :practice_id AND n.name_key = :name_key
          AND n.patient_id > :patient_id AND (n.birth_day IS NULL
            OR CAST(:birth_day AS BIGINT) IS NULL OR n.birth_day = :birth_day)
        ORDER BY n.patient_id LIMIT :most) a
    UNION ALL
    SELECT b.patient_id FROM (SELECT n.patient_id FROM patient n
        WHERE n.practice_id = :practice_id AND n.name_key = :name_key
          AND n.patient_id < :patient_id AND (n.birth_day IS NULL
            OR CAST(:birth_day AS BIGINT) IS NULL OR n.birth_day = :birth_day)
        ORDER BY n.patient_id DESC LIMIT :most) b) u
WHERE TRUE ON CONFLICT (practice_id, patient_id, other_id) DO NOTHING

-- name: record_pairs_at
-- One address and the same name, birth date or first name, or a birth date that nobody told. People
-- on one phone under another name and birth date are a household. Not a join: of a store that it
-- believes empty, PostgreSQL would read all patients for each.
INSERT INTO patient_pair (practice_id, patient_id, other_id)
SELECT :practice_id, least(u.patient_id, :patient_id), greatest(u.patient_id, :patient_id)
FROM (SELECT a.patient_id FROM (SELECT x.patient_id FROM contact_point x
        WHERE x.practice_id = :practice_id AND x.address = :address AND x.channel = :channel
          AND x.patient_id > :patient_id AND x.current = 1
        ORDER BY x.patient_id LIMIT :most) a
    UNION ALL
    SELECT b.patient_id FROM (SELECT x.patient_id FROM contact_point x
        WHERE x.practice_id = :practice_id AND x.address = :address AND x.channel = :channel
          AND x.patient_id < :patient_id AND x.current = 1
        ORDER BY x.patient_id DESC LIMIT :most) b) u
WHERE (SELECT n.name_key = :name_key OR n.birth_day IS NULL OR CAST(:birth_day AS BIGINT) IS NULL
         OR n.birth_day = :birth_day OR lower(n.first_name) = lower(:first_name)
       FROM patient n WHERE n.practice_id = :practice_id AND n.patient_id = u.patient_id)
ON CONFLICT (practice_id, patient_id, other_id) DO NOTHING
