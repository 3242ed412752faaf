-- Messages that may be urgent and whose calls were used up by a version that then gave up: they
-- stand as those that could call nobody, so the next round calls from the start once anybody can be
-- called.
-- owner: inbox
UPDATE task SET alert_ms = 253402300800000, alert_step = 0 -- 10000-01-01, as alert.c writes it
 WHERE kind = 'clinician' AND state = 'open' AND alert_ms IS NULL;
