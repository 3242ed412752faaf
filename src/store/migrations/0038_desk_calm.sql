-- Who ended for one reason, by entry: the people behind a report's number of opt-outs are two of a
-- day's two hundred.
CREATE INDEX enrollment_exit ON enrollment (practice_id, exit, entered_ms, enrollment_id)
    WHERE exit IS NOT NULL;
