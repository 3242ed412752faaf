-- name: opening_appointments
-- What the booking system has in that time; over are only visits of its first two days. Our own
-- provisional appointments are left out: their openings stand for them.
SELECT start_ms, end_ms, provider, location, category FROM appointment
 WHERE practice_id = :practice_id AND start_ms >= :from_ms AND start_ms < :until_ms
   AND status IN ('booked', 'confirmed', 'arrived') AND appointment_id NOT LIKE :ours
UNION ALL
SELECT start_ms, end_ms, provider, location, category FROM appointment
 WHERE practice_id = :practice_id AND start_ms >= :from_ms AND start_ms < :until_ms
   AND start_ms < :from_ms + 172800000 AND status = 'completed'

-- name: opening_taken
-- What is kept beside it: held and not over, or booked.
SELECT start_ms, end_ms, provider, location, service FROM opening
 WHERE practice_id = :practice_id AND start_ms >= :from_ms AND start_ms < :until_ms
   AND state IN ('held', 'booked') AND (state = 'booked' OR expires_ms > :now_ms)
 ORDER BY start_ms, opening_id

-- name: opening_turn
-- Whoever holds waits here for whoever held before, so that both see what the other did.
INSERT INTO opening_turn (practice_id, turns) VALUES (:practice_id, 1)
ON CONFLICT (practice_id) DO UPDATE SET turns = opening_turn.turns + 1

-- name: opening_insert
-- A time that is held from now on.
INSERT INTO opening (practice_id, opening_id, patient_id, service, provider, location, start_ms,
    end_ms, state, expires_ms, source, touch_id, created_ms, changed_ms)
VALUES (:practice_id, :opening_id, :patient_id, :service, :provider, :location, :start_ms,
    :end_ms, 'held', :expires_ms, :source, :touch_id, :now_ms, :now_ms)

-- name: opening_cells
-- Which rooms of a kind others keep in those five-minute cells.
SELECT cell, seat FROM opening_cell
 WHERE practice_id = :practice_id AND taken = :taken AND cell >= :first AND cell <= :last
 ORDER BY cell, seat

-- name: opening_take_cell
-- Not written: somebody has it.
INSERT INTO opening_cell (practice_id, taken, cell, seat, opening_id)
VALUES (:practice_id, :taken, :cell, :seat, :opening_id)
ON CONFLICT DO NOTHING

-- name: opening_free_cells
-- What it took is free again.
DELETE FROM opening_cell WHERE practice_id = :practice_id AND opening_id = :opening_id

-- name: opening_set_state
-- Only from the state that was read.
UPDATE opening SET state = :state, changed_ms = :now_ms,
    appointment_id = COALESCE(CAST(:appointment_id AS TEXT), appointment_id)
 WHERE practice_id = :practice_id AND opening_id = :opening_id AND state = :old_state

-- name: opening_over
-- Holds whose minutes are over, and bookings whose time has passed without the booking system's
-- word.
SELECT opening_id, patient_id, state FROM opening
 WHERE practice_id = :practice_id
   AND ((state = 'held' AND expires_ms <= :now_ms) OR (state = 'booked' AND end_ms <= :now_ms))
 ORDER BY opening_id LIMIT 500

-- name: opening_next
-- The first that opening_over will find.
SELECT MIN(CASE WHEN state = 'held' THEN expires_ms ELSE end_ms END) FROM opening
 WHERE practice_id = :practice_id AND state IN ('held', 'booked')

-- name: opening_held_of
-- The time a patient holds now, over or not.
SELECT opening_id FROM opening
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND state = 'held'

-- name: opening_read
-- One of them.
SELECT opening_id, patient_id, service, provider, location, start_ms, end_ms, state, expires_ms,
    source, touch_id, created_ms FROM opening
 WHERE practice_id = :practice_id AND opening_id = :opening_id

-- name: opening_read_live
-- What is kept for a patient, or for everybody.
SELECT opening_id, patient_id, service, provider, location, start_ms, end_ms, state, expires_ms,
    source, touch_id, created_ms FROM opening
 WHERE practice_id = :practice_id
   AND (CAST(:patient_id AS TEXT) IS NULL OR patient_id = :patient_id)
   AND ((state = 'booked' AND end_ms > :now_ms) OR (state = 'held' AND expires_ms > :now_ms))
 ORDER BY start_ms, opening_id

-- name: opening_move_patient
-- Of two records that are one person.
UPDATE opening SET patient_id = :into
 WHERE practice_id = :practice_id AND patient_id = :gone

-- ---- times that a message named (proposal.c) ----

-- name: opening_put_proposal
-- What "the 2nd one" will mean.
INSERT INTO opening_proposal (practice_id, proposal_id, patient_id, service, times, source,
    touch_id, language, opening_id, wish, state, expires_ms, created_ms, changed_ms)
VALUES (:practice_id, :proposal_id, :patient_id, :service, :times, :source, :touch_id, :language,
    :opening_id, :wish, 'open', :expires_ms, :now_ms, :now_ms)

-- name: opening_read_proposal
-- One a patient, and only while it counts.
SELECT proposal_id, service, times, source, touch_id, language, opening_id, expires_ms, wish
  FROM opening_proposal
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND state = 'open'
   AND expires_ms > :now_ms

-- name: opening_end_proposal
-- Answered, or others stand in its place.
UPDATE opening_proposal SET state = :state, changed_ms = :now_ms
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND state = 'open'

-- name: opening_move_proposals
-- Of two records that are one person.
UPDATE opening_proposal SET patient_id = :into
 WHERE practice_id = :practice_id AND patient_id = :gone

-- ---- who waits (waitlist.c) ----

-- name: opening_add_wait
-- Looked at at once: something may be free that nobody thought of.
INSERT INTO waitlist (practice_id, wait_id, patient_id, service, wish, said, source, state, passes,
    next_ms, before_ms, until_ms, created_ms, changed_ms)
VALUES (:practice_id, :wait_id, :patient_id, :service, :wish, :said, :source, 'waiting', 0,
    :now_ms, :before_ms, :until_ms, :now_ms, :now_ms)

-- name: opening_read_waits
-- With the visit they have already in the booking system, or through us: only sooner helps.
SELECT w.wait_id, w.patient_id, w.service, w.wish, w.said, w.source, w.state, w.opening_id,
    w.passes, w.next_ms, w.created_ms, w.until_ms,
    (SELECT MIN(a.start_ms) FROM appointment a
      WHERE a.practice_id = w.practice_id AND a.patient_id = w.patient_id
        AND a.status IN ('booked', 'confirmed') AND a.start_ms > w.created_ms
        AND (a.category IS NULL OR a.category = w.service) AND a.appointment_id NOT LIKE :ours),
    w.before_ms
  FROM waitlist w
 WHERE w.practice_id = :practice_id AND w.state IN ('waiting', 'named')
   AND (CAST(:patient_id AS TEXT) IS NULL OR w.patient_id = :patient_id)
 ORDER BY w.created_ms, w.wait_id LIMIT :limit

-- name: opening_wait_patient
-- Whose it is, whatever became of it.
SELECT patient_id FROM waitlist WHERE practice_id = :practice_id AND wait_id = :wait_id

-- name: opening_set_wait
-- Only from the state that was read. Who was passed over is looked at again at once.
UPDATE waitlist SET state = :state, opening_id = :opening_id, passes = passes + :passed,
    next_ms = :now_ms, changed_ms = :now_ms
 WHERE practice_id = :practice_id AND wait_id = :wait_id AND state = :old_state

-- name: opening_end_wait
-- Booked, or not wanted any more.
UPDATE waitlist SET state = :state, opening_id = NULL, changed_ms = :now_ms
 WHERE practice_id = :practice_id AND patient_id = :patient_id AND state IN ('waiting', 'named')

-- name: opening_refuse_wait
-- Not named to the same patient again.
INSERT INTO waitlist_refused (practice_id, wait_id, start_ms)
VALUES (:practice_id, :wait_id, :start_ms)
ON CONFLICT DO NOTHING

-- name: opening_refused_waits
SELECT start_ms FROM waitlist_refused
 WHERE practice_id = :practice_id AND wait_id = :wait_id ORDER BY start_ms

-- name: opening_wake_waits
-- Something became free.
UPDATE waitlist SET next_ms = :now_ms
 WHERE practice_id = :practice_id AND state = 'waiting' AND next_ms > :now_ms

-- name: opening_put_off_wait
UPDATE waitlist SET next_ms = :next_ms WHERE practice_id = :practice_id AND wait_id = :wait_id

-- name: opening_next_wait
-- When the engine has to wake: what is named ends with its hold.
SELECT MIN(CASE WHEN o.state = 'held' THEN o.expires_ms ELSE w.next_ms END)
  FROM waitlist w
  LEFT JOIN opening o ON o.practice_id = w.practice_id AND o.opening_id = w.opening_id
 WHERE w.practice_id = :practice_id AND w.state IN ('waiting', 'named')

-- name: opening_move_waits
-- Of two records that are one person: who stays may wait already.
UPDATE waitlist SET patient_id = :into
 WHERE practice_id = :practice_id AND patient_id = :gone AND state = 'waiting'
   AND NOT EXISTS (SELECT 1 FROM waitlist k WHERE k.practice_id = :practice_id
        AND k.patient_id = :into AND k.state IN ('waiting', 'named'))

-- name: opening_look_again
-- Nothing free helped them.
UPDATE waitlist SET next_ms = :next_ms
 WHERE practice_id = :practice_id AND state = 'waiting' AND next_ms <= :now_ms

-- ---- erased ----

-- name: opening_erase_cells
-- What was held for them is free again.
DELETE FROM opening_cell WHERE practice_id = :practice_id AND opening_id IN (
    SELECT o.opening_id FROM opening o WHERE o.practice_id = :practice_id
       AND o.patient_id = :patient_id AND (o.state <> 'booked' OR o.end_ms <= :now_ms))

-- name: opening_erase_openings
-- A visit that is still to come and stands nowhere but here keeps its time.
DELETE FROM opening WHERE practice_id = :practice_id AND patient_id = :patient_id
   AND (state <> 'booked' OR end_ms <= :now_ms)

-- name: opening_erase_proposals
DELETE FROM opening_proposal WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: opening_erase_refused
DELETE FROM waitlist_refused WHERE practice_id = :practice_id AND wait_id IN (
    SELECT w.wait_id FROM waitlist w
     WHERE w.practice_id = :practice_id AND w.patient_id = :patient_id)

-- name: opening_erase_waits
DELETE FROM waitlist WHERE practice_id = :practice_id AND patient_id = :patient_id
