-- What was said, in the order in which it was written down, for the one box. Kept by triggers, so
-- that nothing that is written or erased is forgotten here; the words are in search_text.
-- owner: search
CREATE TABLE search_doc (
    doc_id      INTEGER PRIMARY KEY,
    practice_id BIGINT NOT NULL,
    kind        TEXT   NOT NULL CHECK (kind IN ('message', 'reply', 'note', 'task')),
    subject_id  TEXT   NOT NULL
);
CREATE UNIQUE INDEX search_doc_subject ON search_doc (practice_id, kind, subject_id);

-- Only the words and where they stand: the texts are where they were written.
CREATE VIRTUAL TABLE search_text USING fts5 (body, content = '', contentless_delete = 1,
    detail = none, tokenize = 'unicode61 remove_diacritics 2');

CREATE TRIGGER search_inbound_added AFTER INSERT ON inbound BEGIN
    INSERT INTO search_doc (practice_id, kind, subject_id)
    VALUES (new.practice_id, 'message', new.inbound_id);
    INSERT INTO search_text (rowid, body) VALUES (last_insert_rowid(), new.body);
END;
CREATE TRIGGER search_inbound_changed AFTER UPDATE OF body ON inbound
    WHEN new.body IS NOT old.body BEGIN
    UPDATE search_text SET body = new.body WHERE rowid = (SELECT doc_id FROM search_doc
        WHERE practice_id = new.practice_id AND kind = 'message' AND subject_id = new.inbound_id);
END;
CREATE TRIGGER search_inbound_gone AFTER DELETE ON inbound BEGIN
    DELETE FROM search_text WHERE rowid = (SELECT doc_id FROM search_doc
        WHERE practice_id = old.practice_id AND kind = 'message' AND subject_id = old.inbound_id);
    DELETE FROM search_doc
     WHERE practice_id = old.practice_id AND kind = 'message' AND subject_id = old.inbound_id;
END;

CREATE TRIGGER search_reply_added AFTER INSERT ON touch
    WHEN new.touch_key = 'staff_reply' AND new.body IS NOT NULL BEGIN
    INSERT INTO search_doc (practice_id, kind, subject_id)
    VALUES (new.practice_id, 'reply', new.touch_id);
    INSERT INTO search_text (rowid, body) VALUES (last_insert_rowid(), new.body);
END;
CREATE TRIGGER search_reply_changed AFTER UPDATE OF body ON touch
    WHEN new.touch_key = 'staff_reply' AND new.body IS NOT old.body BEGIN
    UPDATE search_text SET body = coalesce(new.body, '') WHERE rowid = (SELECT doc_id
        FROM search_doc
        WHERE practice_id = new.practice_id AND kind = 'reply' AND subject_id = new.touch_id);
END;
CREATE TRIGGER search_reply_gone AFTER DELETE ON touch WHEN old.touch_key = 'staff_reply' BEGIN
    DELETE FROM search_text WHERE rowid = (SELECT doc_id FROM search_doc
        WHERE practice_id = old.practice_id AND kind = 'reply' AND subject_id = old.touch_id);
    DELETE FROM search_doc
     WHERE practice_id = old.practice_id AND kind = 'reply' AND subject_id = old.touch_id;
END;

CREATE TRIGGER search_note_added AFTER INSERT ON note BEGIN
    INSERT INTO search_doc (practice_id, kind, subject_id)
    VALUES (new.practice_id, 'note', new.note_id);
    INSERT INTO search_text (rowid, body) VALUES (last_insert_rowid(), new.body);
END;
CREATE TRIGGER search_note_changed AFTER UPDATE OF body ON note
    WHEN new.body IS NOT old.body BEGIN
    UPDATE search_text SET body = new.body WHERE rowid = (SELECT doc_id FROM search_doc
        WHERE practice_id = new.practice_id AND kind = 'note' AND subject_id = new.note_id);
END;
CREATE TRIGGER search_note_gone AFTER DELETE ON note BEGIN
    DELETE FROM search_text WHERE rowid = (SELECT doc_id FROM search_doc
        WHERE practice_id = old.practice_id AND kind = 'note' AND subject_id = old.note_id);
    DELETE FROM search_doc
     WHERE practice_id = old.practice_id AND kind = 'note' AND subject_id = old.note_id;
END;

CREATE TRIGGER search_task_added AFTER INSERT ON task BEGIN
    INSERT INTO search_doc (practice_id, kind, subject_id)
    VALUES (new.practice_id, 'task', new.task_id);
    INSERT INTO search_text (rowid, body)
    VALUES (last_insert_rowid(), new.title || ' ' || coalesce(new.note, ''));
END;
CREATE TRIGGER search_task_changed AFTER UPDATE OF title, note ON task
    WHEN new.title IS NOT old.title OR new.note IS NOT old.note BEGIN
    UPDATE search_text SET body = new.title || ' ' || coalesce(new.note, '')
     WHERE rowid = (SELECT doc_id FROM search_doc
        WHERE practice_id = new.practice_id AND kind = 'task' AND subject_id = new.task_id);
END;
CREATE TRIGGER search_task_gone AFTER DELETE ON task BEGIN
    DELETE FROM search_text WHERE rowid = (SELECT doc_id FROM search_doc
        WHERE practice_id = old.practice_id AND kind = 'task' AND subject_id = old.task_id);
    DELETE FROM search_doc
     WHERE practice_id = old.practice_id AND kind = 'task' AND subject_id = old.task_id;
END;

-- What stands in the store already, oldest first: the newest is found first.
INSERT INTO search_doc (practice_id, kind, subject_id)
SELECT practice_id, kind, id FROM (
    SELECT practice_id, 'message' AS kind, inbound_id AS id, received_ms AS at_ms FROM inbound
    UNION ALL
    SELECT practice_id, 'reply', touch_id, created_ms FROM touch
     WHERE touch_key = 'staff_reply' AND body IS NOT NULL
    UNION ALL
    SELECT practice_id, 'note', note_id, at_ms FROM note
    UNION ALL
    SELECT practice_id, 'task', task_id, created_ms FROM task) u ORDER BY at_ms, id;
INSERT INTO search_text (rowid, body)
SELECT d.doc_id, CASE d.kind
    WHEN 'message' THEN (SELECT i.body FROM inbound i
         WHERE i.practice_id = d.practice_id AND i.inbound_id = d.subject_id)
    WHEN 'reply' THEN (SELECT t.body FROM touch t
         WHERE t.practice_id = d.practice_id AND t.touch_id = d.subject_id)
    WHEN 'note' THEN (SELECT n.body FROM note n
         WHERE n.practice_id = d.practice_id AND n.note_id = d.subject_id)
    ELSE (SELECT k.title || ' ' || coalesce(k.note, '') FROM task k
         WHERE k.practice_id = d.practice_id AND k.task_id = d.subject_id) END
  FROM search_doc d ORDER BY d.doc_id;

-- The words of names, each under itself and under what is left of its first letters when one or
-- two are dropped: two words that are near each other meet under one of these.
-- owner: search
CREATE TABLE search_word (
    practice_id BIGINT NOT NULL,
    variant     TEXT   NOT NULL,
    word        TEXT   NOT NULL,
    PRIMARY KEY (practice_id, variant, word)
) WITHOUT ROWID;

-- How far the names were learnt: the last patient by the time of the last change.
-- owner: search
CREATE TABLE search_place (
    practice_id BIGINT NOT NULL PRIMARY KEY,
    updated_ms  BIGINT NOT NULL,
    patient_id  TEXT   NOT NULL
);
CREATE INDEX patient_updated ON patient (practice_id, updated_ms, patient_id);

-- Tags and services as such, one step of the index for each.
CREATE INDEX tag_name ON tag (practice_id, tag, patient_id);
CREATE INDEX appointment_service ON appointment (practice_id, service, start_ms, appointment_id);

-- The first name beside the last: people of one last name are told apart without their rows.
DROP INDEX patient_last_name;
CREATE INDEX patient_last_name ON patient (practice_id,
    (substr(name_key, 1 + length(replace(replace(replace(first_name, ' ', ''), '-', ''), '''', '')))
        || name_key), name_key, patient_id);
