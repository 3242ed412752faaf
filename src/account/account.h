/* account.h: who may sign in, and who is signed in now.                                  (keeper)
 *
 * Flow: beside record, over audit. A practice's owner adds colleagues; each proves who they are
 * with a password and, where set, a second factor, and gets a session that ends by itself. Programs
 * get keys. http asks here for every request; `user` and `key` do the same from a terminal.
 *
 * Invariants
 *  (1) No secret is stored: of passwords argon2id, of tokens and keys SHA-256, of recovery codes an
 *      HMAC; the secret of a second factor is sealed under a key that is not in the store.
 *  (2) A practice that has an owner keeps one: the last active owner is not disabled or demoted.
 *  (3) Who guesses is slowed down, per account and per network address; a locked account is refused
 *      whatever the password, and an unknown one costs the same time and gets the same answer.
 *  (4) A code of a second factor is accepted once; so is a recovery code and a one-time link.
 *  (5) A session ends when it is idle, at its end, when its account is disabled, narrowed or gets
 *      another password, whichever is first.
 *  (6) Each change and each sign-in, also a refused one, leaves an audit row in its transaction.
 *
 * Calling sequence, signing in: account_look -> account_matches (slow, outside any tx) ->
 * account_sign_in in a tx, then account_second_factor when the session asks for it. Each request:
 * account_session | account_key. Random bytes are handed in (`struct account_secret`).
 * Memory: what is returned lives in the arena given first. */
#ifndef PERENNIAL_ACCOUNT_ACCOUNT_H
#define PERENNIAL_ACCOUNT_ACCOUNT_H

#include "account/permission.h"
#include "base/json.h"
#include "store/db.h"

enum {
    ACCOUNT_PASSWORD_MIN = 12, /* characters; NIST SP 800-63B asks for length, not for signs */
    ACCOUNT_PASSWORD_BYTES_MAX = 1000,
    ACCOUNT_RECOVERY_CODES = 10,
    ACCOUNT_SESSION_MS = 12 * 3600 * 1000, /* a long working day, whatever one does */
    ACCOUNT_LINK_MS = 72 * 3600 * 1000,    /* an invitation on Friday holds on Monday */
    ACCOUNT_EMERGENCY_MS = 3600 * 1000,
    ACCOUNT_CODE_MS = 10 * 60 * 1000,     /* from the password to the code */
    ACCOUNT_ATTEMPT_MS = 10 * 60 * 1000,  /* at an identity provider */
    ACCOUNT_CONTACT_TRIES = 5,            /* of a code that was sent to an address */
    ACCOUNT_CONTACT_PAUSE_MS = 60 * 1000, /* between two such codes */
    ACCOUNT_FREE_FAILURES = 4, /* then each wrong try doubles the wait, from half a minute */
    ACCOUNT_LOCK_MS_MAX = 15 * 60 * 1000,
    ACCOUNT_ADDRESS_FAILURES = 20, /* of one network address within ACCOUNT_ADDRESS_MS */
    ACCOUNT_ADDRESS_MS = 15 * 60 * 1000,
};

struct account_secret { /* 256 random bits */
    unsigned char bytes[32];
};
/* Seals second factors and keys recovery codes: made from a key under secrets/. */
struct account_vault {
    unsigned char key[32];
};

struct account_vault account_vault_of(const unsigned char home_key[32]);

enum account_state { ACCOUNT_INVITED, ACCOUNT_ACTIVE, ACCOUNT_DISABLED, ACCOUNT_STATE_MAX };
const char *account_state_name(enum account_state state);

struct account {
    const char *user_id, *email, *name, *language;
    enum role role;
    const char *locations; /* JSON array; NULL: all */
    enum account_state state;
    bool has_password, has_second_factor;
    struct instant created, signed_in;               /* ms 0: never */
    const char *phone;                               /* E.164; NULL: none */
    struct instant email_confirmed, phone_confirmed; /* ms 0: never; see account_confirm_contact */
};

/* ---- accounts ---- */

struct account_plan {
    const char *email, *name, *language; /* language NULL: en */
    enum role role;
    const char *locations; /* JSON array; NULL: all */
};
/* ERR_INPUT: no email, no name; ERR_CONFLICT: the email has an account. Invited until a password is
 * set. */
enum err account_add(struct tx *tx, const struct account_plan *plan, struct id *ret_user,
    struct why *reterr_why) WARN_UNUSED;

/* What is NULL or false stays. */
struct account_change {
    const char *name, *language, *locations; /* locations: JSON array */
    bool all_locations;
    const enum role *role;
    const enum account_state *state; /* ACTIVE or DISABLED */
};
/* ERR_NOT_FOUND; ERR_CONFLICT: the last owner. Less than before ends the person's sessions. */
enum err account_change(struct tx *tx, const char *user_id, const struct account_change *change,
    struct why *reterr_why) WARN_UNUSED;
enum err account_read(struct arena *arena, struct db *db, int64_t practice_id, const char *user_id,
    struct account *ret_account, struct why *reterr_why) WARN_UNUSED;
enum err account_find(struct arena *arena, struct db *db, int64_t practice_id, const char *email,
    struct account *ret_account, struct why *reterr_why) WARN_UNUSED;
/* By name. */
enum err account_list(struct arena *arena, struct db *db, int64_t practice_id,
    struct account **ret_accounts, size_t *ret_count, struct why *reterr_why) WARN_UNUSED;
/* Whether anybody has an account yet. */
enum err account_any(
    struct db *db, int64_t practice_id, bool *ret_any, struct why *reterr_why) WARN_UNUSED;

/* ---- passwords ---- */

/* ERR_INPUT with the remedy: too short, too long, the name or address itself, one sign again and
 * again. */
enum err account_check_password(
    const char *password, const char *email, const char *name, struct why *reterr_why) WARN_UNUSED;
/* Slow on purpose: a tenth of a second and 64 MiB. ERR_LIMIT: no memory for it. */
enum err account_hash_password(
    struct arena *arena, const char *password, char **ret_hash, struct why *reterr_why) WARN_UNUSED;
/* Ends the other sessions and unlocks; `keep_token_hash` may be NULL. */
enum err account_set_password(struct tx *tx, const char *user_id, const char *hash,
    const char *keep_token_hash, struct why *reterr_why) WARN_UNUSED;

/* ---- signing in ---- */

struct account_ask {
    const char *email, *address, *agent; /* who says so, from where, with what */
};
struct account_look {
    struct account_ask ask;
    const char *user_id; /* NULL: unknown, disabled, or without a password */
    const char *hash;    /* of the account, or of nobody */
    int64_t wait_ms;     /* ERR_LIMIT: not before */
};
/* ERR_LIMIT: locked or slowed down. */
enum err account_look(struct arena *arena, struct db *db, int64_t practice_id, struct instant now,
    const struct account_ask *ask, struct account_look *ret_look,
    struct why *reterr_why) WARN_UNUSED;
/* The same for the account of a session (a password asked again). */
enum err account_look_again(struct arena *arena, struct db *db, int64_t practice_id,
    struct instant now, const char *user_id, const struct account_ask *ask,
    struct account_look *ret_look, struct why *reterr_why) WARN_UNUSED;
/* Slow; touches no store. */
bool account_matches(const struct account_look *look, const char *password);

struct session {
    const char *session_id, *token_hash, *token; /* token: only when it was just made */
    struct account account;
    bool awaits_second_factor, by_link;
    struct instant created, seen, ends, idle_ends, emergency_until;
    const char *address, *agent;
};
/* Counts a failure, or starts a session. ret_session->session_id NULL: refused, and the tx is to be
 * committed all the same. */
enum err account_sign_in(struct arena *arena, struct tx *tx, const struct account_look *look,
    bool matches, const struct account_secret *secret, struct session *ret_session,
    struct why *reterr_why) WARN_UNUSED;
/* Counts a failure of a password that was asked again, or forgets the earlier ones. */
enum err account_note_look(struct tx *tx, const struct account_look *look, bool matches,
    struct why *reterr_why) WARN_UNUSED;
/* A session for that person without more: tests, the demo, a one-time link. */
enum err account_start_session(struct arena *arena, struct tx *tx, const char *user_id,
    const struct account_ask *ask, bool by_link, const struct account_secret *secret,
    struct session *ret_session, struct why *reterr_why) WARN_UNUSED;
/* ERR_DENIED: there is none, or it has ended, or nobody has used it for `idle_ms`. */
enum err account_session(struct arena *arena, struct db *db, int64_t practice_id,
    struct instant now, const char *token, int64_t idle_ms, struct session *ret_session,
    struct why *reterr_why) WARN_UNUSED;
/* It was used: written at most once a minute. */
bool account_session_stale(const struct session *session, struct instant now);
enum err account_touch_session(
    struct tx *tx, const struct session *session, struct why *reterr_why) WARN_UNUSED;
enum err account_end_session(
    struct tx *tx, const char *user_id, const char *session_id, struct why *reterr_why) WARN_UNUSED;
/* Newest first; the address and agent as told. */
enum err account_list_sessions(struct arena *arena, struct db *db, int64_t practice_id,
    struct instant now, const char *user_id, int64_t idle_ms, struct session **ret_sessions,
    size_t *ret_count, struct why *reterr_why) WARN_UNUSED;
/* All locations for an hour, with a reason that is audited. */
enum err account_open_emergency(struct tx *tx, const struct session *session, const char *reason,
    struct why *reterr_why) WARN_UNUSED;

/* ---- second factor ---- */

struct account_factor {
    const char *secret; /* base32, for typing */
    const char *uri;    /* otpauth://totp/... */
};
/* A new secret that holds once account_confirm_factor has seen a code of it. `nonce` seals it. */
enum err account_begin_factor(struct arena *arena, struct tx *tx, const struct account_vault *vault,
    const char *user_id, const char *issuer, const struct account_secret *secret,
    const struct account_secret *nonce, struct account_factor *ret_factor,
    struct why *reterr_why) WARN_UNUSED;
/* ret_right false: the code is wrong. `seeds` make the recovery codes. ERR_CONFLICT: not begun. */
enum err account_confirm_factor(struct arena *arena, struct tx *tx,
    const struct account_vault *vault, const char *user_id, const char *code,
    const struct account_secret *seeds, const char *ret_codes[ACCOUNT_RECOVERY_CODES],
    bool *ret_right, struct why *reterr_why) WARN_UNUSED;
enum err account_drop_factor(
    struct tx *tx, const char *user_id, bool by_other, struct why *reterr_why) WARN_UNUSED;
/* Six digits or a recovery code for a session that awaits it. ret_right false: counted as a
 * failure, to be committed. ERR_LIMIT: locked. */
enum err account_pass_factor(struct arena *arena, struct tx *tx, const struct account_vault *vault,
    const struct session *session, const char *code, bool *ret_right,
    struct why *reterr_why) WARN_UNUSED;
/* RFC 6238: SHA-1, 30 s, six digits. */
int account_totp(const unsigned char *secret, size_t len, int64_t step);

/* ---- where a colleague can be reached ---- */

/* E.164; NULL: none. Another number is to be confirmed anew. */
enum err account_set_phone(
    struct tx *tx, const char *user_id, const char *phone, struct why *reterr_why) WARN_UNUSED;
/* Six digits that are to be sent to the address. ERR_CONFLICT: no phone; ERR_LIMIT: one was made
 * less than a minute ago. */
enum err account_begin_contact(struct arena *arena, struct tx *tx,
    const struct account_vault *vault, const char *user_id, bool by_phone,
    const struct account_secret *secret, const char **ret_address, const char **ret_code,
    struct why *reterr_why) WARN_UNUSED;
/* Who reads what is sent there is the colleague. ret_right false: wrong or too late, counted, to be
 * committed. ERR_LIMIT: too many tries. */
enum err account_confirm_contact(struct arena *arena, struct tx *tx,
    const struct account_vault *vault, const char *user_id, bool by_phone, const char *code,
    bool *ret_right, struct why *reterr_why) WARN_UNUSED;

/* ---- signing in at an identity provider (OpenID Connect, code flow with PKCE) ---- */

/* All of it follows from the token, which only the browser keeps. */
struct account_attempt {
    const char *token, *state, *nonce, *verifier, *challenge;
};
enum err account_begin_attempt(struct arena *arena, struct tx *tx,
    const struct account_secret *secret, struct account_attempt *ret_attempt,
    struct why *reterr_why) WARN_UNUSED;
/* Once. ERR_DENIED: of another browser, used, or too old; to be committed before anything is asked
 * of the provider. */
enum err account_take_attempt(struct arena *arena, struct tx *tx, const char *token,
    const char *state, struct account_attempt *ret_attempt, struct why *reterr_why) WARN_UNUSED;
/* A session for the colleague with that address, whom the provider has identified; the second
 * factor is asked all the same unless it was passed there. ret_session->session_id NULL: nobody
 * here, or disabled, and the tx is to be committed all the same. */
enum err account_sign_in_provided(struct arena *arena, struct tx *tx, const struct account_ask *ask,
    bool second_factor, const struct account_secret *secret, struct session *ret_session,
    struct why *reterr_why) WARN_UNUSED;
/* A sign-in that failed before anybody was known; `reason` is no one's data. */
enum err account_refuse_provided(struct tx *tx, const struct account_ask *ask, const char *reason,
    struct why *reterr_why) WARN_UNUSED;

/* ---- one-time links ---- */

/* `user_id` NULL: makes the first owner. An older link of the same kind is void. */
enum err account_make_link(struct arena *arena, struct tx *tx, const char *user_id,
    const struct account_secret *secret, const char **ret_token,
    struct why *reterr_why) WARN_UNUSED;
/* ERR_DENIED: unknown, used or too old. ret_user NULL: the first owner's. */
enum err account_use_link(struct arena *arena, struct tx *tx, const char *token,
    const char **ret_user, struct why *reterr_why) WARN_UNUSED;

/* ---- keys for programs ---- */

struct account_api_key {
    const char *key_id, *name, *prefix, *created_by; /* created_by may be NULL */
    permission_set scopes;
    struct instant created, used, ends, revoked; /* ms 0: none */
};
/* ret_token is shown once. `scopes` must be among `granted`: ERR_DENIED. */
enum err account_add_key(struct arena *arena, struct tx *tx, const char *name,
    permission_set scopes, permission_set granted, const char *created_by, struct instant ends,
    const struct account_secret *secret, struct account_api_key *ret_key, const char **ret_token,
    struct why *reterr_why) WARN_UNUSED;
/* ERR_DENIED: unknown, ended or revoked. */
enum err account_key(struct arena *arena, struct db *db, int64_t practice_id, struct instant now,
    const char *token, struct account_api_key *ret_key, struct why *reterr_why) WARN_UNUSED;
enum err account_touch_key(struct tx *tx, const char *key_id, struct why *reterr_why) WARN_UNUSED;
enum err account_revoke_key(struct tx *tx, const char *key_id, struct why *reterr_why) WARN_UNUSED;
enum err account_list_keys(struct arena *arena, struct db *db, int64_t practice_id,
    struct account_api_key **ret_keys, size_t *ret_count, struct why *reterr_why) WARN_UNUSED;
/* A JSON array of names; ERR_INPUT names the one that is none. */
enum err account_parse_scopes(
    const json_t *names, permission_set *ret_scopes, struct why *reterr_why) WARN_UNUSED;

#endif
