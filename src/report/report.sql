-- name: report_enrollments
-- One row per enrollment of the period with all that is known of it; folded in constant memory.
-- What its touches did comes as one number, from their index alone: how far it is planned, how far
-- it went (thousands apart), whether anything was delivered, sent; so do opens, clicks and replies.
SELECT e.playbook, e.arm, e.state, coalesce(e.exit, ''),
    coalesce((SELECT max(t.position) * 1000000
            + max(CASE WHEN t.sent_ms IS NOT NULL OR t.state = 'done' THEN t.position ELSE 0 END)
              * 1000
            + max(CASE WHEN t.delivered_ms IS NOT NULL THEN 2 ELSE 0 END)
            + max(CASE WHEN t.sent_ms IS NOT NULL THEN 1 ELSE 0 END)
          FROM touch t WHERE t.practice_id = e.practice_id
           AND t.enrollment_id = e.enrollment_id), 0),
    coalesce((SELECT max(CASE WHEN g.human_opens > 0 THEN 4 ELSE 0 END)
            + max(CASE WHEN g.clicks > 0 THEN 2 ELSE 0 END)
            + max(CASE WHEN g.replies > 0 THEN 1 ELSE 0 END)
          FROM engagement g WHERE g.practice_id = e.practice_id
           AND g.enrollment_id = e.enrollment_id), 0),
    b.days, coalesce(b.showed, 0), coalesce(b.revenue_cents, 0), coalesce(k.seconds, 0),
    coalesce(k.calls, 0), coalesce(k.answers, 0)
  FROM enrollment e
  LEFT JOIN (SELECT y.enrollment_id, min(y.days_after) AS days,
            max(CASE WHEN a.status = 'completed' THEN 1 ELSE 0 END) AS showed,
            sum(CASE WHEN a.status = 'completed' THEN coalesce(a.total_cents, 0) ELSE 0 END)
              AS revenue_cents
          FROM enrollment x
         CROSS JOIN attribution y
         CROSS JOIN appointment a
         WHERE x.practice_id = :practice_id AND x.entered_ms >= :from_ms AND x.entered_ms < :to_ms
           AND (CAST(:playbook AS TEXT) IS NULL OR x.playbook = :playbook)
           AND y.practice_id = x.practice_id AND y.enrollment_id = x.enrollment_id
           AND a.practice_id = y.practice_id AND a.appointment_id = y.appointment_id
         GROUP BY y.enrollment_id) b ON b.enrollment_id = e.enrollment_id
  LEFT JOIN (SELECT enrollment_id, sum(coalesce(staff_seconds, 0)) AS seconds,
            sum(CASE WHEN kind IN ('warm_call', 'call_patient') THEN 1 ELSE 0 END) AS calls,
            sum(CASE WHEN kind IN ('warm_call', 'call_patient') THEN 0 ELSE 1 END) AS answers
          FROM task WHERE practice_id = :practice_id AND enrollment_id IS NOT NULL
         GROUP BY enrollment_id) k ON k.enrollment_id = e.enrollment_id
 WHERE e.practice_id = :practice_id AND e.entered_ms >= :from_ms AND e.entered_ms < :to_ms
   AND (CAST(:playbook AS TEXT) IS NULL OR e.playbook = :playbook)
   AND (CAST(:locations AS TEXT) IS NULL
     OR NOT EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = e.practice_id
          AND z.patient_id = e.patient_id AND z.location IS NOT NULL)
     OR EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = e.practice_id
          AND z.patient_id = e.patient_id AND z.location IN LIST(:locations)))
 ORDER BY e.playbook, e.enrollment_id

-- name: report_touches
-- What each touch did: for the funnel per step.
SELECT e.playbook, t.touch_key, min(t.position), count(*),
    sum(CASE WHEN t.sent_ms IS NOT NULL OR t.state = 'done' THEN 1 ELSE 0 END),
    sum(CASE WHEN t.delivered_ms IS NOT NULL THEN 1 ELSE 0 END),
    sum(CASE WHEN t.state = 'skipped' THEN 1 ELSE 0 END),
    sum(CASE WHEN t.state = 'dropped' THEN 1 ELSE 0 END),
    sum(CASE WHEN t.state = 'cancelled' THEN 1 ELSE 0 END),
    sum(CASE WHEN coalesce(g.human_opens, 0) > 0 THEN 1 ELSE 0 END),
    sum(CASE WHEN coalesce(g.clicks, 0) > 0 THEN 1 ELSE 0 END),
    sum(CASE WHEN coalesce(g.replies, 0) > 0 THEN 1 ELSE 0 END),
    sum(CASE WHEN t.sent_ms IS NOT NULL AND t.sent_ms - t.planned_ms > 86400000 THEN 1 ELSE 0 END)
  FROM enrollment e
 CROSS JOIN touch t
  LEFT JOIN engagement g ON g.practice_id = t.practice_id AND g.enrollment_id = t.enrollment_id
   AND g.touch_id = t.touch_id
 WHERE e.practice_id = :practice_id AND t.practice_id = e.practice_id
   AND t.enrollment_id = e.enrollment_id AND e.entered_ms >= :from_ms AND e.entered_ms < :to_ms
   AND (CAST(:playbook AS TEXT) IS NULL OR e.playbook = :playbook)
   AND (CAST(:locations AS TEXT) IS NULL
     OR NOT EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = e.practice_id
          AND z.patient_id = e.patient_id AND z.location IS NOT NULL)
     OR EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = e.practice_id
          AND z.patient_id = e.patient_id AND z.location IN LIST(:locations)))
 GROUP BY e.playbook, t.touch_key
 ORDER BY e.playbook, min(t.position), t.touch_key

-- name: report_codes
-- Why messages did not go: the gate's codes, most frequent first.
SELECT e.playbook, t.code, count(*) FROM enrollment e
 CROSS JOIN touch t
 WHERE e.practice_id = :practice_id AND t.practice_id = e.practice_id
   AND t.enrollment_id = e.enrollment_id AND t.state IN ('dropped', 'failed') AND t.code IS NOT NULL
   AND e.entered_ms >= :from_ms AND e.entered_ms < :to_ms
   AND (CAST(:playbook AS TEXT) IS NULL OR e.playbook = :playbook)
   AND (CAST(:locations AS TEXT) IS NULL
     OR NOT EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = e.practice_id
          AND z.patient_id = e.patient_id AND z.location IS NOT NULL)
     OR EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = e.practice_id
          AND z.patient_id = e.patient_id AND z.location IN LIST(:locations)))
 GROUP BY e.playbook, t.code ORDER BY e.playbook, count(*) DESC, t.code
