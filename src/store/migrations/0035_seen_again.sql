-- When the same bytes came again: a file keeps the time at which it brought something, and its
-- counts; the booking data is as fresh as its last coming.
-- owner: source
ALTER TABLE import_run ADD COLUMN seen_ms BIGINT;
