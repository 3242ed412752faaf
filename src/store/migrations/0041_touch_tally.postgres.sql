-- How many touches ended how, by channel: whoever watches the server asks every few seconds, and a
-- million take their time to count. Kept by triggers, in the same transaction; what has not ended
-- stands in the index of what is to be looked at again. As with patients, each change is a row, so
-- that writers do not wait for each other, and a thousand of them become one.
-- owner: outbox
CREATE TABLE touch_tally (
    tally_id    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    practice_id BIGINT NOT NULL,
    state       TEXT   NOT NULL,
    channel     TEXT   NOT NULL, -- '': none was chosen
    touches     BIGINT NOT NULL
);
INSERT INTO touch_tally (practice_id, state, channel, touches)
SELECT practice_id, state, coalesce(channel, ''), count(*) FROM touch WHERE next_ms IS NULL
 GROUP BY practice_id, state, coalesce(channel, '');
CREATE FUNCTION touch_tally_one() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    id BIGINT;
BEGIN
    IF tg_op <> 'INSERT' AND old.next_ms IS NULL THEN
        INSERT INTO touch_tally (practice_id, state, channel, touches)
        VALUES (old.practice_id, old.state, coalesce(old.channel, ''), -1)
        RETURNING tally_id INTO id;
    END IF;
    IF tg_op <> 'DELETE' AND new.next_ms IS NULL THEN
        INSERT INTO touch_tally (practice_id, state, channel, touches)
        VALUES (new.practice_id, new.state, coalesce(new.channel, ''), 1)
        RETURNING tally_id INTO id;
    END IF;
    IF id % 1000 < 2 THEN -- what has changed is two rows
        WITH gone AS (
            DELETE FROM touch_tally WHERE tally_id IN (SELECT t.tally_id FROM touch_tally t
                FOR UPDATE SKIP LOCKED)
            RETURNING practice_id, state, channel, touches)
        INSERT INTO touch_tally (practice_id, state, channel, touches)
        SELECT practice_id, state, channel, sum(touches) FROM gone
         GROUP BY practice_id, state, channel;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER touch_tally_added AFTER INSERT ON touch FOR EACH ROW
    WHEN (new.next_ms IS NULL) EXECUTE FUNCTION touch_tally_one();
CREATE TRIGGER touch_tally_changed AFTER UPDATE OF state, next_ms, channel ON touch FOR EACH ROW
    WHEN ((old.next_ms IS NULL) <> (new.next_ms IS NULL) OR old.next_ms IS NULL
        AND (new.state <> old.state OR new.channel IS DISTINCT FROM old.channel))
    EXECUTE FUNCTION touch_tally_one();
CREATE TRIGGER touch_tally_gone AFTER DELETE ON touch FOR EACH ROW
    WHEN (old.next_ms IS NULL) EXECUTE FUNCTION touch_tally_one();
DROP INDEX touch_ended;
