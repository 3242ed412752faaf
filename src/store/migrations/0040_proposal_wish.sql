-- What a patient had asked for when times were named: their next words go on from there.
-- owner: opening
ALTER TABLE opening_proposal ADD COLUMN wish TEXT; -- JSON, as in waitlist.wish
