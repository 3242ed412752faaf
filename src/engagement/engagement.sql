-- name: engagement_record
-- The event key makes a doubled report harmless.
INSERT INTO engagement_event (practice_id, event_key, touch_id, patient_id, kind, trust, at_ms,
    detail)
VALUES (:practice_id, :event_key, :touch_id, :patient_id, :kind, :trust, :now_ms, :detail)
ON CONFLICT DO NOTHING

-- name: engagement_fold
-- Each event adds to one row per touch; first times stay, order does not matter.
INSERT INTO engagement (practice_id, touch_id, patient_id, enrollment_id, delivered_ms, human_opens,
    machine_opens, clicks, machine_clicks, replies, first_open_ms, first_click_ms, first_reply_ms,
    bounced_ms, complained_ms)
VALUES (:practice_id, :touch_id, :patient_id, :enrollment_id, :delivered_ms, :human_opens,
    :machine_opens, :clicks, :machine_clicks, :replies, :first_open_ms, :first_click_ms,
    :first_reply_ms, :bounced_ms, :complained_ms)
ON CONFLICT (practice_id, touch_id) DO UPDATE SET
    delivered_ms = coalesce(engagement.delivered_ms, excluded.delivered_ms),
    human_opens = engagement.human_opens + excluded.human_opens,
    machine_opens = engagement.machine_opens + excluded.machine_opens,
    clicks = engagement.clicks + excluded.clicks,
    machine_clicks = engagement.machine_clicks + excluded.machine_clicks,
    replies = engagement.replies + excluded.replies,
    first_open_ms = coalesce(engagement.first_open_ms, excluded.first_open_ms),
    first_click_ms = coalesce(engagement.first_click_ms, excluded.first_click_ms),
    first_reply_ms = coalesce(engagement.first_reply_ms, excluded.first_reply_ms),
    bounced_ms = coalesce(engagement.bounced_ms, excluded.bounced_ms),
    complained_ms = coalesce(engagement.complained_ms, excluded.complained_ms)

-- name: engagement_attribute
-- For each booking, the newest enrollment per playbook that was entered before we learnt of it.
INSERT INTO attribution (practice_id, enrollment_id, appointment_id, patient_id, days_after)
SELECT a.practice_id, e.enrollment_id, a.appointment_id, a.patient_id,
    (a.first_seen_ms - e.entered_ms) / 86400000
  FROM appointment a
  JOIN enrollment e ON e.practice_id = a.practice_id AND e.patient_id = a.patient_id
 WHERE a.practice_id = :practice_id AND a.patient_id IN LIST(:ids)
   AND a.status NOT IN ('cancelled', 'late_cancelled') AND a.start_ms > e.entered_ms
   AND a.first_seen_ms >= e.entered_ms AND a.first_seen_ms < e.entered_ms + :window_ms
   AND NOT EXISTS (SELECT 1 FROM enrollment n
        WHERE n.practice_id = e.practice_id AND n.patient_id = e.patient_id
          AND n.playbook = e.playbook AND n.entered_ms > e.entered_ms
          AND n.entered_ms <= a.first_seen_ms)
ON CONFLICT DO NOTHING

-- name: engagement_move_events
-- A merge: what happened stays with the person.
UPDATE engagement_event SET patient_id = :into
 WHERE practice_id = :practice_id AND patient_id = :gone

-- name: engagement_move_folds
-- A merge: the folds go with their events.
UPDATE engagement SET patient_id = :into WHERE practice_id = :practice_id AND patient_id = :gone

-- name: engagement_move_attributions
-- A merge: bookings stay attributed.
UPDATE attribution SET patient_id = :into WHERE practice_id = :practice_id AND patient_id = :gone

-- name: engagement_recent_hits
-- Other links of the same message within moments: a scanner follows them all.
SELECT count(*) FROM engagement_event
 WHERE practice_id = :practice_id AND touch_id = :touch_id AND kind = 'clicked'
   AND at_ms >= :since_ms

-- name: engagement_return_events
-- A split: what happened to these messages is the other one's again.
UPDATE engagement_event SET patient_id = :gone
 WHERE practice_id = :practice_id AND patient_id = :into AND touch_id IN LIST(:ids)

-- name: engagement_return_folds
-- The folds go with their events.
UPDATE engagement SET patient_id = :gone
 WHERE practice_id = :practice_id AND patient_id = :into AND touch_id IN LIST(:ids)

-- name: engagement_return_attributions
-- A booking stays with the enrollment that brought it.
UPDATE attribution SET patient_id = :gone
 WHERE practice_id = :practice_id AND patient_id = :into AND enrollment_id IN LIST(:ids)

-- ---- erased ----

-- name: engagement_erase_events
-- That something was delivered, opened, clicked or answered is counted; from where is not.
UPDATE engagement_event SET detail = '{}'
 WHERE practice_id = :practice_id AND patient_id = :patient_id

-- name: engagement_erase_attribution
-- The booking stays counted under an id that says nothing.
UPDATE attribution SET appointment_id = :new_id
 WHERE practice_id = :practice_id AND appointment_id = :appointment_id
   AND patient_id = :patient_id
