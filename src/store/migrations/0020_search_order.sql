-- The newest texts of one practice among several.
CREATE INDEX search_doc_order ON search_doc (practice_id, doc_id);
