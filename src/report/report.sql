-- ---- what one enrollment counts as ----

-- name: report_enrollments
-- Where each stands.
SELECT enrollment_id, patient_id, playbook, arm, state, coalesce(exit, ''), coalesce(hold, ''),
    entered_ms
  FROM enrollment WHERE practice_id = :practice_id AND enrollment_id IN LIST(:ids)

-- name: report_touches
-- What each of their touches did, from its index alone, and what came back to it.
SELECT t.enrollment_id, t.touch_key, t.position, t.state, t.sent_ms, t.delivered_ms, t.planned_ms,
    coalesce(t.code, ''), coalesce(g.human_opens, 0), coalesce(g.clicks, 0),
    coalesce(g.replies, 0)
  FROM touch t
  LEFT JOIN engagement g ON g.practice_id = t.practice_id AND g.enrollment_id = t.enrollment_id
   AND g.touch_id = t.touch_id
 WHERE t.practice_id = :practice_id AND t.enrollment_id IN LIST(:ids)
 ORDER BY t.enrollment_id, t.position, t.touch_key, t.touch_id

-- name: report_bookings
-- The bookings that each brought, whenever they were found.
SELECT y.enrollment_id, min(y.days_after),
    max(CASE WHEN a.status = 'completed' THEN 1 ELSE 0 END),
    sum(CASE WHEN a.status = 'completed' THEN coalesce(a.total_cents, 0) ELSE 0 END)
  FROM attribution y
  JOIN appointment a ON a.practice_id = y.practice_id AND a.appointment_id = y.appointment_id
 WHERE y.practice_id = :practice_id AND y.enrollment_id IN LIST(:ids)
 GROUP BY y.enrollment_id

-- name: report_bookings [postgres]
-- One by one: of a list it takes a hundred to be in it, and reads all that was ever brought.
SELECT i.id, b.days_after, b.showed, b.cents
  FROM (SELECT DISTINCT id FROM json_array_elements_text(CAST(:ids AS JSON)) id) i
 CROSS JOIN LATERAL (SELECT count(*) AS n, min(y.days_after) AS days_after,
        max(CASE WHEN a.status = 'completed' THEN 1 ELSE 0 END) AS showed,
        sum(CASE WHEN a.status = 'completed' THEN coalesce(a.total_cents, 0) ELSE 0 END) AS cents
      FROM attribution y
      JOIN appointment a ON a.practice_id = y.practice_id AND a.appointment_id = y.appointment_id
     WHERE y.practice_id = :practice_id AND y.enrollment_id = i.id) b
 WHERE b.n > 0

-- name: report_tasks
-- What each took of somebody's time.
SELECT enrollment_id, role, kind, count(*), sum(coalesce(staff_seconds, 0)) FROM task
 WHERE practice_id = :practice_id AND enrollment_id IN LIST(:ids)
 GROUP BY enrollment_id, role, kind ORDER BY enrollment_id, role, kind

-- name: report_places
-- Where the patients go: a report can be limited to some locations.
SELECT DISTINCT patient_id, location FROM appointment
 WHERE practice_id = :practice_id AND patient_id IN LIST(:patients) AND location IS NOT NULL
 ORDER BY patient_id, location

-- ---- keeping the sums ----

-- name: report_open_state
INSERT INTO report_state (practice_id, basis) VALUES (:practice_id, '')
ON CONFLICT (practice_id) DO NOTHING

-- name: report_read_state
SELECT basis FROM report_state WHERE practice_id = :practice_id

-- name: report_lock_state
-- One counts at a time. SQLite's writer has the store to itself.
SELECT basis FROM report_state WHERE practice_id = :practice_id

-- name: report_lock_state [postgres]
SELECT basis FROM report_state WHERE practice_id = :practice_id FOR UPDATE

-- name: report_write_state
UPDATE report_state SET basis = :basis WHERE practice_id = :practice_id

-- name: report_mark_all
-- Another calendar or other rules: everybody is counted anew, a few at a time.
INSERT INTO report_mark (practice_id, enrollment_id)
SELECT practice_id, enrollment_id FROM enrollment WHERE practice_id = :practice_id
UNION
SELECT practice_id, enrollment_id FROM report_outcome WHERE practice_id = :practice_id

-- name: report_any_mark
SELECT count(*) FROM (SELECT 1 FROM report_mark WHERE practice_id = :practice_id
 ORDER BY enrollment_id LIMIT 1) u

-- name: report_take_marks
-- The oldest. A mark that is set while these are counted is another row and stays.
DELETE FROM report_mark WHERE mark_id IN (SELECT mark_id FROM report_mark
    WHERE practice_id = :practice_id ORDER BY mark_id LIMIT :limit)
RETURNING enrollment_id

-- name: report_take_marks [postgres]
-- The same: of IN it expects that all rows have to be looked through.
DELETE FROM report_mark WHERE mark_id = ANY (ARRAY(SELECT mark_id FROM report_mark
    WHERE practice_id = :practice_id ORDER BY mark_id LIMIT :limit))
RETURNING enrollment_id

-- name: report_marked
-- Whose sums do not hold now.
SELECT DISTINCT enrollment_id FROM report_mark
 WHERE practice_id = :practice_id AND enrollment_id > :after
 ORDER BY enrollment_id LIMIT :limit

-- name: report_counted
SELECT enrollment_id, day, playbook, places, counts FROM report_outcome
 WHERE practice_id = :practice_id AND enrollment_id IN LIST(:ids)

-- name: report_keep_outcome
INSERT INTO report_outcome (practice_id, enrollment_id, day, playbook, places, counts)
VALUES (:practice_id, :enrollment_id, :day, :playbook, :places, :counts)
ON CONFLICT (practice_id, enrollment_id) DO UPDATE SET day = excluded.day,
    playbook = excluded.playbook, places = excluded.places, counts = excluded.counts

-- name: report_drop_outcome
DELETE FROM report_outcome WHERE practice_id = :practice_id AND enrollment_id = :enrollment_id

-- name: report_read_sum
SELECT counts FROM report_sum WHERE practice_id = :practice_id AND span = :span AND day = :day
   AND playbook = :playbook AND places = :places

-- name: report_keep_sum
INSERT INTO report_sum (practice_id, span, day, playbook, places, counts)
VALUES (:practice_id, :span, :day, :playbook, :places, :counts)
ON CONFLICT (practice_id, span, day, playbook, places) DO UPDATE SET counts = excluded.counts

-- name: report_drop_sum
DELETE FROM report_sum WHERE practice_id = :practice_id AND span = :span AND day = :day
   AND playbook = :playbook AND places = :places

-- ---- reading them ----

-- name: report_sums
-- The sums of some days or months.
SELECT day, playbook, places, counts FROM report_sum
 WHERE practice_id = :practice_id AND span = :span AND day >= :from_day AND day < :to_day
   AND (CAST(:playbook AS TEXT) IS NULL OR playbook = :playbook)

-- name: report_entered
-- Everybody of a period, a page at a time: where there are no sums yet.
SELECT entered_ms, enrollment_id FROM enrollment
 WHERE practice_id = :practice_id AND entered_ms >= :from_ms AND entered_ms < :to_ms
   AND (entered_ms > :after_ms OR (entered_ms = :after_ms AND enrollment_id > :after_id))
 ORDER BY entered_ms, enrollment_id LIMIT :limit

-- ---- the people behind a number ----

-- name: report_people
-- Newest entry first. Asked of the rows themselves, not of the sums: nobody who has just come is
-- missing. What each did is counted: asked whether it exists, PostgreSQL reads what all did, each
-- time.
SELECT p.patient_id, p.external_id,
    trim(coalesce(nullif(p.preferred_name, ''), p.first_name) || ' ' || p.last_name), e.playbook,
    e.enrollment_id, e.entered_ms, e.exit, e.arm
  FROM enrollment e
  JOIN patient p ON p.practice_id = e.practice_id AND p.patient_id = e.patient_id
 WHERE e.practice_id = :practice_id AND e.entered_ms >= :from_ms AND e.entered_ms < :to_ms
   AND (e.entered_ms < :before_ms OR (e.entered_ms = :before_ms AND e.enrollment_id < :before_id))
   AND (CAST(:playbook AS TEXT) IS NULL OR e.playbook = :playbook)
   AND (CAST(:locations AS TEXT) IS NULL
     OR NOT EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = e.practice_id
          AND z.patient_id = e.patient_id AND z.location IS NOT NULL)
     OR EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = e.practice_id
          AND z.patient_id = e.patient_id AND z.location IN LIST(:locations)))
   AND CASE WHEN :measure = 'holdout' THEN e.arm = 'holdout' ELSE e.arm = 'treat' END
   AND CASE :measure
     WHEN 'entered' THEN 1 = 1
     WHEN 'holdout' THEN 1 = 1
     WHEN 'opted_out' THEN e.exit = 'opted_out' AND 0 < (SELECT count(*) FROM touch t
       WHERE t.practice_id = e.practice_id AND t.enrollment_id = e.enrollment_id
         AND (t.sent_ms IS NOT NULL OR t.state = 'done'))
     WHEN 'no_response' THEN e.exit = 'no_response'
     WHEN 'declined' THEN e.exit = 'declined'
     WHEN 'live' THEN e.state <> 'ended'
     WHEN 'left' THEN e.state = 'ended' AND (CAST(:exit AS TEXT) IS NULL OR e.exit = :exit)
     WHEN 'staying' THEN e.state <> 'ended'
     WHEN 'opened' THEN 0 < (SELECT count(*) FROM engagement g
       WHERE g.practice_id = e.practice_id AND g.enrollment_id = e.enrollment_id
         AND g.human_opens > 0 AND (CAST(:touch AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM touch t
           WHERE t.practice_id = g.practice_id AND t.touch_id = g.touch_id
             AND t.touch_key = :touch)))
     WHEN 'clicked' THEN 0 < (SELECT count(*) FROM engagement g
       WHERE g.practice_id = e.practice_id AND g.enrollment_id = e.enrollment_id
         AND g.clicks > 0 AND (CAST(:touch AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM touch t
           WHERE t.practice_id = g.practice_id AND t.touch_id = g.touch_id
             AND t.touch_key = :touch)))
     WHEN 'replied' THEN 0 < (SELECT count(*) FROM engagement g
       WHERE g.practice_id = e.practice_id AND g.enrollment_id = e.enrollment_id
         AND g.replies > 0 AND (CAST(:touch AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM touch t
           WHERE t.practice_id = g.practice_id AND t.touch_id = g.touch_id
             AND t.touch_key = :touch)))
     WHEN 'booked' THEN 0 < (SELECT count(*) FROM attribution x
        JOIN appointment a ON a.practice_id = x.practice_id
         AND a.appointment_id = x.appointment_id
       WHERE x.practice_id = e.practice_id AND x.enrollment_id = e.enrollment_id
         AND x.days_after < :goal_days)
     WHEN 'showed' THEN 0 < (SELECT count(*) FROM attribution x
        JOIN appointment a ON a.practice_id = x.practice_id
         AND a.appointment_id = x.appointment_id
       WHERE x.practice_id = e.practice_id AND x.enrollment_id = e.enrollment_id
         AND x.days_after < :goal_days)
       AND 0 < (SELECT count(*) FROM attribution x
        JOIN appointment a ON a.practice_id = x.practice_id
         AND a.appointment_id = x.appointment_id
       WHERE x.practice_id = e.practice_id AND x.enrollment_id = e.enrollment_id
         AND a.status = 'completed')
     WHEN 'tasks' THEN 0 < (SELECT count(*) FROM task k
       WHERE k.practice_id = e.practice_id AND k.enrollment_id = e.enrollment_id
         AND (CAST(:kind AS TEXT) IS NULL OR k.kind = :kind))
     WHEN 'reached' THEN 1 = 1
     ELSE 0 < (SELECT count(*) FROM touch t
       WHERE t.practice_id = e.practice_id AND t.enrollment_id = e.enrollment_id
         AND (CAST(:touch AS TEXT) IS NULL OR t.touch_key = :touch)
         AND CASE :measure
           WHEN 'planned' THEN 1 = 1
           WHEN 'contacted' THEN t.sent_ms IS NOT NULL OR t.state = 'done'
           WHEN 'went' THEN t.sent_ms IS NOT NULL OR t.state = 'done'
           WHEN 'delivered' THEN t.delivered_ms IS NOT NULL
           WHEN 'late' THEN t.sent_ms - t.planned_ms > 86400000
           WHEN 'on_time' THEN (t.sent_ms IS NOT NULL AND t.sent_ms - t.planned_ms <= 86400000)
             OR (t.sent_ms IS NULL AND t.state = 'done')
           WHEN 'open' THEN t.state IN ('due', 'waiting', 'sending', 'in_doubt')
           WHEN 'not_sent' THEN t.state IN ('dropped', 'failed') AND t.code IS NOT NULL
             AND (CAST(:code AS TEXT) IS NULL OR t.code = :code)
           ELSE t.state = :measure END)
     END
   AND (:step < 0 OR CASE WHEN :measure = 'reached' THEN :step <= (SELECT coalesce(max(CASE
           WHEN t.sent_ms IS NOT NULL OR t.state = 'done' THEN t.position ELSE 0 END), 0)
         FROM touch t WHERE t.practice_id = e.practice_id AND t.enrollment_id = e.enrollment_id)
       ELSE :step = (SELECT coalesce(max(CASE
           WHEN t.sent_ms IS NOT NULL OR t.state = 'done' THEN t.position ELSE 0 END), 0)
         FROM touch t WHERE t.practice_id = e.practice_id AND t.enrollment_id = e.enrollment_id)
       END)
 ORDER BY e.entered_ms DESC, e.enrollment_id DESC LIMIT :limit

-- name: report_people_out
-- Who ended for one reason, newest entry first: a range of enrollment_exit. Two a day of two
-- hundred are otherwise looked for in everybody of every day.
SELECT p.patient_id, p.external_id,
    trim(coalesce(nullif(p.preferred_name, ''), p.first_name) || ' ' || p.last_name), e.playbook,
    e.enrollment_id, e.entered_ms, e.exit, e.arm
  FROM enrollment e
  JOIN patient p ON p.practice_id = e.practice_id AND p.patient_id = e.patient_id
 WHERE e.practice_id = :practice_id AND e.exit = :exit
   AND e.entered_ms >= :from_ms AND e.entered_ms < :to_ms AND e.entered_ms <= :before_ms
   AND (e.entered_ms < :before_ms OR e.enrollment_id < :before_id)
   AND (CAST(:playbook AS TEXT) IS NULL OR e.playbook = :playbook)
   AND (CAST(:locations AS TEXT) IS NULL
     OR NOT EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = e.practice_id
          AND z.patient_id = e.patient_id AND z.location IS NOT NULL)
     OR EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = e.practice_id
          AND z.patient_id = e.patient_id AND z.location IN LIST(:locations)))
   AND e.arm = 'treat'
   AND (:exit <> 'opted_out' OR 0 < (SELECT count(*) FROM touch t
       WHERE t.practice_id = e.practice_id AND t.enrollment_id = e.enrollment_id
         AND (t.sent_ms IS NOT NULL OR t.state = 'done')))
 ORDER BY e.entered_ms DESC, e.enrollment_id DESC LIMIT :limit

-- name: report_due_visits
-- How often each patient came for each service, by days: two rows of one visit are one. By service,
-- so that one service is held at a time.
SELECT a.category, a.patient_id, p.external_id, count(DISTINCT a.local_day), min(a.local_day),
    max(a.local_day), min(c.due_day)
  FROM appointment a
  JOIN patient p ON p.practice_id = a.practice_id AND p.patient_id = a.patient_id
  LEFT JOIN clock c ON c.practice_id = a.practice_id AND c.service = a.category
   AND c.patient_id = a.patient_id
 WHERE a.practice_id = :practice_id AND a.status = 'completed' AND a.category IS NOT NULL
   AND a.local_day <= :today AND p.inactive = 0 AND p.deceased = 0
   AND (CAST(:service AS TEXT) IS NULL OR a.category = :service)
 GROUP BY a.category, a.patient_id, p.external_id
 ORDER BY a.category, p.external_id
