-- How many touches ended how, by channel: whoever watches the server asks every few seconds, and a
-- million take their time to count. Kept by triggers, in the same transaction; what has not ended
-- stands in the index of what is to be looked at again.
-- owner: outbox
CREATE TABLE touch_tally (
    practice_id BIGINT NOT NULL,
    state       TEXT   NOT NULL,
    channel     TEXT   NOT NULL, -- '': none was chosen
    touches     BIGINT NOT NULL,
    PRIMARY KEY (practice_id, state, channel)
);
INSERT INTO touch_tally (practice_id, state, channel, touches)
SELECT practice_id, state, coalesce(channel, ''), count(*) FROM touch WHERE next_ms IS NULL
 GROUP BY practice_id, state, coalesce(channel, '');
CREATE TRIGGER touch_tally_added AFTER INSERT ON touch WHEN new.next_ms IS NULL BEGIN
    INSERT INTO touch_tally (practice_id, state, channel, touches)
    VALUES (new.practice_id, new.state, coalesce(new.channel, ''), 1)
    ON CONFLICT (practice_id, state, channel) DO UPDATE SET touches = touches + 1;
END;
CREATE TRIGGER touch_tally_left AFTER UPDATE OF state, next_ms, channel ON touch
WHEN old.next_ms IS NULL AND (new.next_ms IS NOT NULL OR new.state <> old.state
    OR new.channel IS NOT old.channel) BEGIN
    UPDATE touch_tally SET touches = touches - 1 WHERE practice_id = old.practice_id
       AND state = old.state AND channel = coalesce(old.channel, '');
END;
CREATE TRIGGER touch_tally_came AFTER UPDATE OF state, next_ms, channel ON touch
WHEN new.next_ms IS NULL AND (old.next_ms IS NOT NULL OR new.state <> old.state
    OR new.channel IS NOT old.channel) BEGIN
    INSERT INTO touch_tally (practice_id, state, channel, touches)
    VALUES (new.practice_id, new.state, coalesce(new.channel, ''), 1)
    ON CONFLICT (practice_id, state, channel) DO UPDATE SET touches = touches + 1;
END;
CREATE TRIGGER touch_tally_gone AFTER DELETE ON touch WHEN old.next_ms IS NULL BEGIN
    UPDATE touch_tally SET touches = touches - 1 WHERE practice_id = old.practice_id
       AND state = old.state AND channel = coalesce(old.channel, '');
END;
DROP INDEX touch_ended;
