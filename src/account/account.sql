-- name: account_add
-- The email is the name one signs in with: the unique index refuses a second one.
INSERT INTO account (practice_id, user_id, email, name, role, locations, language, state,
    created_ms, changed_ms)
VALUES (:practice_id, :user_id, :email, :name, :role, :locations, :language, 'invited', :now_ms,
    :now_ms)

-- name: account_change
-- What stays is handed in as NULL.
UPDATE account SET name = coalesce(:name, name), language = coalesce(:language, language),
    locations = CASE WHEN :all_locations = 1 THEN NULL ELSE coalesce(:locations, locations) END,
    role = coalesce(:role, role), state = coalesce(:state, state), changed_ms = :now_ms
 WHERE practice_id = :practice_id AND user_id = :user_id

-- name: account_read
SELECT user_id, email, name, role, locations, language, state, password IS NOT NULL,
    totp IS NOT NULL, created_ms, coalesce(signed_in_ms, 0),
    phone, email_confirmed_ms, phone_confirmed_ms
  FROM account WHERE practice_id = :practice_id AND user_id = :user_id

-- name: account_find
SELECT user_id, email, name, role, locations, language, state, password IS NOT NULL,
    totp IS NOT NULL, created_ms, coalesce(signed_in_ms, 0),
    phone, email_confirmed_ms, phone_confirmed_ms
  FROM account WHERE practice_id = :practice_id AND email = :email

-- name: account_list
SELECT user_id, email, name, role, locations, language, state, password IS NOT NULL,
    totp IS NOT NULL, created_ms, coalesce(signed_in_ms, 0),
    phone, email_confirmed_ms, phone_confirmed_ms
  FROM account WHERE practice_id = :practice_id ORDER BY lower(name), user_id

-- name: account_any
SELECT count(*) FROM account WHERE practice_id = :practice_id

-- name: account_other_owners
-- Who would still be there when this one goes.
SELECT count(*) FROM account WHERE practice_id = :practice_id AND role = 'owner'
   AND state <> 'disabled' AND user_id <> :user_id

-- name: account_secrets
-- What signing in compares with; never leaves this room.
SELECT password, totp, totp_next, totp_step, failures, locked_until_ms, state
  FROM account WHERE practice_id = :practice_id AND user_id = :user_id

-- name: account_secrets [postgres]
-- Two tries at once wait for each other: each counts.
SELECT password, totp, totp_next, totp_step, failures, locked_until_ms, state
  FROM account WHERE practice_id = :practice_id AND user_id = :user_id FOR UPDATE

-- name: account_hash
SELECT password, locked_until_ms FROM account
 WHERE practice_id = :practice_id AND user_id = :user_id AND state <> 'disabled'

-- name: account_set_password
-- A password makes an invitation an account, and ends a lock.
UPDATE account SET password = :password, failures = 0, locked_until_ms = 0, changed_ms = :now_ms,
    state = CASE WHEN state = 'invited' THEN 'active' ELSE state END
 WHERE practice_id = :practice_id AND user_id = :user_id

-- name: account_fail
UPDATE account SET failures = failures + 1, locked_until_ms = :locked_until_ms
 WHERE practice_id = :practice_id AND user_id = :user_id

-- name: account_forgive
UPDATE account SET failures = 0, locked_until_ms = 0
 WHERE practice_id = :practice_id AND user_id = :user_id AND failures > 0

-- name: account_signed_in
UPDATE account SET signed_in_ms = :now_ms
 WHERE practice_id = :practice_id AND user_id = :user_id

-- name: account_guess_read
SELECT failures, since_ms FROM guess WHERE practice_id = :practice_id AND address = :address

-- name: account_guess_put
-- A window begins anew when the old one is over.
INSERT INTO guess (practice_id, address, failures, since_ms)
VALUES (:practice_id, :address, 1, :now_ms)
ON CONFLICT (practice_id, address) DO UPDATE SET
    failures = CASE WHEN guess.since_ms < :window_ms THEN 1 ELSE guess.failures + 1 END,
    since_ms = CASE WHEN guess.since_ms < :window_ms THEN :now_ms ELSE guess.since_ms END

-- name: account_guess_drop
-- Windows that are over, so that the table stays small.
DELETE FROM guess WHERE practice_id = :practice_id AND since_ms < :window_ms

-- name: account_session_add
INSERT INTO session (practice_id, token_hash, session_id, user_id, level, by_link, created_ms,
    seen_ms, ends_ms, address, agent)
VALUES (:practice_id, :token_hash, :session_id, :user_id, :level, :by_link, :now_ms, :now_ms,
    :ends_ms, :address, :agent)

-- name: account_session_read
-- One row by the token's hash, with its person.
SELECT s.session_id, s.token_hash, s.level, s.by_link, s.created_ms, s.seen_ms, s.ends_ms,
    s.emergency_until_ms, s.address, s.agent, a.user_id, a.email, a.name, a.role, a.locations,
    a.language, a.state, a.password IS NOT NULL, a.totp IS NOT NULL, a.created_ms,
    coalesce(a.signed_in_ms, 0), a.phone, a.email_confirmed_ms,
    a.phone_confirmed_ms
  FROM session s JOIN account a ON a.practice_id = s.practice_id AND a.user_id = s.user_id
 WHERE s.practice_id = :practice_id AND s.token_hash = :token_hash AND s.ended_ms IS NULL
   AND a.state <> 'disabled'

-- name: account_session_list
-- Where somebody is signed in now.
SELECT session_id, token_hash, created_ms, seen_ms, ends_ms, address, agent FROM session
 WHERE practice_id = :practice_id AND user_id = :user_id AND ended_ms IS NULL
   AND level = 'signed_in' AND ends_ms > :now_ms AND seen_ms > :idle_ms
 ORDER BY seen_ms DESC, session_id

-- name: account_session_touch
UPDATE session SET seen_ms = :now_ms
 WHERE practice_id = :practice_id AND token_hash = :token_hash

-- name: account_session_raise
UPDATE session SET level = 'signed_in', seen_ms = :now_ms, ends_ms = :ends_ms
 WHERE practice_id = :practice_id AND token_hash = :token_hash AND ended_ms IS NULL

-- name: account_session_end
UPDATE session SET ended_ms = :now_ms WHERE practice_id = :practice_id AND user_id = :user_id
   AND session_id = :session_id AND ended_ms IS NULL

-- name: account_session_end_all
-- All of a person but the one they use to do it.
UPDATE session SET ended_ms = :now_ms WHERE practice_id = :practice_id AND user_id = :user_id
   AND ended_ms IS NULL AND token_hash <> :keep

-- name: account_session_emergency
UPDATE session SET emergency_until_ms = :until_ms
 WHERE practice_id = :practice_id AND token_hash = :token_hash

-- name: account_totp_begin
UPDATE account SET totp_next = :sealed, changed_ms = :now_ms
 WHERE practice_id = :practice_id AND user_id = :user_id

-- name: account_totp_confirm
UPDATE account SET totp = totp_next, totp_next = NULL, totp_step = :step, changed_ms = :now_ms
 WHERE practice_id = :practice_id AND user_id = :user_id

-- name: account_totp_drop
UPDATE account SET totp = NULL, totp_next = NULL, changed_ms = :now_ms
 WHERE practice_id = :practice_id AND user_id = :user_id

-- name: account_totp_step
UPDATE account SET totp_step = :step WHERE practice_id = :practice_id AND user_id = :user_id

-- name: account_codes_drop
DELETE FROM recovery_code WHERE practice_id = :practice_id AND user_id = :user_id

-- name: account_code_add
INSERT INTO recovery_code (practice_id, user_id, code_hash)
VALUES (:practice_id, :user_id, :code_hash)

-- name: account_code_use
UPDATE recovery_code SET used_ms = :now_ms WHERE practice_id = :practice_id
   AND user_id = :user_id AND code_hash = :code_hash AND used_ms IS NULL

-- name: account_activate
UPDATE account SET state = 'active', changed_ms = :now_ms
 WHERE practice_id = :practice_id AND user_id = :user_id AND state = 'invited'

-- name: account_attempt_drop_old
DELETE FROM sign_in_attempt WHERE practice_id = :practice_id AND created_ms < :before_ms

-- name: account_attempt_add
INSERT INTO sign_in_attempt (practice_id, state_hash, created_ms)
VALUES (:practice_id, :state_hash, :now_ms)

-- name: account_attempt_take
-- Once: of two that come together one finds the row.
DELETE FROM sign_in_attempt WHERE practice_id = :practice_id AND state_hash = :state_hash
   AND created_ms >= :since_ms

-- name: account_link_void
-- A newer link is the only one.
UPDATE sign_in_link SET used_ms = :now_ms WHERE practice_id = :practice_id AND used_ms IS NULL
   AND coalesce(user_id, '') = coalesce(CAST(:user_id AS TEXT), '')

-- name: account_link_add
INSERT INTO sign_in_link (practice_id, token_hash, user_id, created_ms, ends_ms)
VALUES (:practice_id, :token_hash, :user_id, :now_ms, :ends_ms)

-- name: account_link_use
-- Once: of two that come together one changes the row.
UPDATE sign_in_link SET used_ms = :now_ms WHERE practice_id = :practice_id
   AND token_hash = :token_hash AND used_ms IS NULL AND ends_ms > :now_ms

-- name: account_link_user
SELECT l.user_id, a.state FROM sign_in_link l
  LEFT JOIN account a ON a.practice_id = l.practice_id AND a.user_id = l.user_id
 WHERE l.practice_id = :practice_id AND l.token_hash = :token_hash

-- name: account_key_add
INSERT INTO api_key (practice_id, key_id, key_hash, prefix, name, scopes, created_by, created_ms,
    ends_ms)
VALUES (:practice_id, :key_id, :key_hash, :prefix, :name, :scopes, :created_by, :now_ms, :ends_ms)

-- name: account_key_read
-- One row by the key's hash.
SELECT key_id, name, prefix, created_by, scopes, created_ms, coalesce(used_ms, 0),
    coalesce(ends_ms, 0), coalesce(revoked_ms, 0)
  FROM api_key WHERE practice_id = :practice_id AND key_hash = :key_hash

-- name: account_key_list
-- Newest first; a practice has a handful.
SELECT key_id, name, prefix, created_by, scopes, created_ms, coalesce(used_ms, 0),
    coalesce(ends_ms, 0), coalesce(revoked_ms, 0)
  FROM api_key WHERE practice_id = :practice_id ORDER BY created_ms DESC, key_id

-- name: account_key_touch
UPDATE api_key SET used_ms = :now_ms WHERE practice_id = :practice_id AND key_id = :key_id

-- name: account_key_revoke
UPDATE api_key SET revoked_ms = :now_ms
 WHERE practice_id = :practice_id AND key_id = :key_id AND revoked_ms IS NULL

-- name: account_set_phone
-- Another number is to be confirmed anew.
UPDATE account SET phone = :phone, changed_ms = :now_ms,
    phone_confirmed_ms = CASE WHEN phone = :phone THEN phone_confirmed_ms ELSE 0 END
 WHERE practice_id = :practice_id AND user_id = :user_id

-- name: account_contact_code
SELECT code_hash, code_made_ms, code_tries FROM account
 WHERE practice_id = :practice_id AND user_id = :user_id

-- name: account_contact_code [postgres]
SELECT code_hash, code_made_ms, code_tries FROM account
 WHERE practice_id = :practice_id AND user_id = :user_id FOR UPDATE

-- name: account_contact_begin
UPDATE account SET code_hash = :code_hash, code_made_ms = :now_ms, code_tries = 0
 WHERE practice_id = :practice_id AND user_id = :user_id

-- name: account_contact_try
UPDATE account SET code_tries = code_tries + 1
 WHERE practice_id = :practice_id AND user_id = :user_id

-- name: account_contact_confirm
UPDATE account SET code_hash = NULL, changed_ms = :now_ms,
    email_confirmed_ms = CASE WHEN :by_phone = 0 THEN :now_ms ELSE email_confirmed_ms END,
    phone_confirmed_ms = CASE WHEN :by_phone = 1 THEN :now_ms ELSE phone_confirmed_ms END
 WHERE practice_id = :practice_id AND user_id = :user_id
