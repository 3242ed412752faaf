-- In which lists somebody stood: the ids that a row of the log names, found without reading every
-- list. Kept by a trigger, like the log only added to; the numbers go by time, so that the newest
-- lists come first.
-- owner: audit
CREATE TABLE audit_list (
    list_id     INTEGER PRIMARY KEY, -- at_ms * 4096, and those of one moment counted on
    practice_id BIGINT NOT NULL,
    writer      TEXT   NOT NULL,
    seq         BIGINT NOT NULL
);
CREATE VIRTUAL TABLE audit_list_ids USING fts5 (ids, content = '', detail = none,
    tokenize = "unicode61 tokenchars '-'");

CREATE TRIGGER audit_listed_added AFTER INSERT ON audit WHEN new.action = 'patient.listed' BEGIN
    INSERT INTO audit_list (list_id, practice_id, writer, seq)
    SELECT max(new.at_ms * 4096, coalesce(max(list_id) + 1, 0)), new.practice_id, new.writer,
        new.seq
      FROM audit_list WHERE list_id >= new.at_ms * 4096 AND list_id < (new.at_ms + 1) * 4096;
    INSERT INTO audit_list_ids (rowid, ids) VALUES (last_insert_rowid(), new.detail);
END;

INSERT INTO audit_list (list_id, practice_id, writer, seq)
SELECT at_ms * 4096 + row_number() OVER (PARTITION BY at_ms ORDER BY practice_id, writer, seq) - 1,
    practice_id, writer, seq
  FROM audit WHERE action = 'patient.listed';
INSERT INTO audit_list_ids (rowid, ids)
SELECT l.list_id, a.detail FROM audit_list l
  JOIN audit a ON a.practice_id = l.practice_id AND a.writer = l.writer AND a.seq = l.seq
 ORDER BY l.list_id;

DROP INDEX audit_listed;
