-- What a text is found by: its words with a dot behind them, their beginnings of two to six
-- letters, and the part of all texts that it is in. Each of these is one entry of the index, which
-- steps over what another entry rules out; a beginning that is not an entry would be gathered from
-- all its words first.
CREATE FUNCTION search_marks(words TSVECTOR, doc_id BIGINT) RETURNS TEXT[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_agg(mark) FROM (
        SELECT CASE n WHEN 7 THEN word || '.' ELSE left(word, n) END AS mark
          FROM unnest(tsvector_to_array(words)) word CROSS JOIN generate_series(2, 7) n
         WHERE n = 7 OR length(word) >= n
        UNION ALL
        SELECT '#' || doc_id / 4096) u
$$;

-- What was just written goes into it at once, or each question would read that apart.
DROP INDEX search_doc_words;
CREATE INDEX search_doc_marks ON search_doc USING gin (search_marks(words, doc_id))
    WITH (fastupdate = off);
