-- name: http_open_touches
-- How much waits, by state: read from the index on what is to be looked at again.
SELECT state, count(*) FROM touch
 WHERE practice_id = :practice_id AND next_ms IS NOT NULL GROUP BY state ORDER BY state

-- name: http_ended_touches
-- How everything else ended.
SELECT state, count(*) FROM touch
 WHERE practice_id = :practice_id AND next_ms IS NULL GROUP BY state ORDER BY state

-- name: http_oldest_due
-- How late the engine is: what should have been looked at first.
SELECT coalesce(min(next_ms), 0) FROM touch
 WHERE practice_id = :practice_id AND next_ms IS NOT NULL AND next_ms < :now_ms

-- name: http_sends
-- What providers took, by channel.
SELECT channel, count(*) FROM touch
 WHERE practice_id = :practice_id AND sent_ms IS NOT NULL GROUP BY channel ORDER BY channel

-- name: http_unread
-- Messages from patients that nobody has acted on, and how old the oldest is.
SELECT count(*), coalesce(min(received_ms), 0) FROM inbound
 WHERE practice_id = :practice_id AND folded_ms IS NULL

-- name: http_tasks
-- What waits for a person, and how much of it is late.
SELECT count(*), coalesce(sum(CASE WHEN due_ms < :now_ms THEN 1 ELSE 0 END), 0) FROM task
 WHERE practice_id = :practice_id AND state = 'open'
