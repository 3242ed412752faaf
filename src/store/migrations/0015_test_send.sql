-- Where colleagues can be reached themselves: test messages go there and nowhere else.
ALTER TABLE account ADD COLUMN phone TEXT;                -- E.164; NULL: none
ALTER TABLE account ADD COLUMN email_confirmed_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN phone_confirmed_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN code_hash TEXT;            -- HMAC of the code that was sent last
ALTER TABLE account ADD COLUMN code_made_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN code_tries BIGINT NOT NULL DEFAULT 0;

-- The colleague whom a message goes to; it has no patient and no report counts it.
ALTER TABLE touch ADD COLUMN for_staff TEXT;
