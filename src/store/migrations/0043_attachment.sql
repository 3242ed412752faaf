-- What came with the words of a message: a kind for each, the content stays with the provider.
-- owner: inbox
ALTER TABLE inbound ADD COLUMN attachments TEXT NOT NULL DEFAULT '[]'; -- JSON: ["picture"]
