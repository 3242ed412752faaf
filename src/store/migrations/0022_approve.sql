-- What a person approved of a message that asks for it: these words leave and no others.
ALTER TABLE touch ADD COLUMN words TEXT;     -- JSON: channel, subject, text, typed
ALTER TABLE touch ADD COLUMN worded_by TEXT; -- who wrote them; NULL: nobody changed them
