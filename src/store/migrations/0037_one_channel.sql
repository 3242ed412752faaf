-- A stop that names a channel and keeps another: the person goes on hearing from us there.
-- widened_ms: when the same channel was stopped together with all others later.
-- owner: record
ALTER TABLE suppression ADD COLUMN one_channel BIGINT NOT NULL DEFAULT 0;
ALTER TABLE suppression ADD COLUMN widened_ms BIGINT;

-- A message that was carried out whole: no sequence ends or waits for it, nobody has to answer.
-- owner: inbox
ALTER TABLE inbound ADD COLUMN settled BIGINT NOT NULL DEFAULT 0;
