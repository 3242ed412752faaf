/* account_provider.c: colleagues whom an identity provider has identified. */
#include <string.h>

#include "account/account_int.h"
#include "account_sql.h"
#include "audit/audit.h"
#include "base/hash.h"
#include "base/text.h"

enum { TOKEN_BYTES_MAX = 200 };

static const char *derived(struct arena *arena, const char *token, const char *purpose)
{
    struct sha256 mac = hash_hmac_sha256(token, strlen(token), purpose, strlen(purpose));
    return hash_base64url(arena, mac.bytes, sizeof(mac.bytes));
}

static struct account_attempt attempt_of(struct arena *arena, const char *token)
{
    struct account_attempt attempt = {
        .token = token,
        .state = derived(arena, token, "state"),
        .nonce = derived(arena, token, "nonce"),
        .verifier = derived(arena, token, "verifier"),
    };
    struct sha256 hash = hash_sha256(attempt.verifier, strlen(attempt.verifier));
    attempt.challenge = hash_base64url(arena, hash.bytes, sizeof(hash.bytes));
    return attempt;
}

enum err account_begin_attempt(struct arena *arena, struct tx *tx,
    const struct account_secret *secret, struct account_attempt *ret_attempt,
    struct why *reterr_why)
{
    const char *token = hash_base64url(arena, secret->bytes, sizeof(secret->bytes));
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    *ret_attempt = attempt_of(arena, token);
    enum err err = db_exec(tx, &sql_account_attempt_drop_old,
        DB_ARGS(practice, db_int("before_ms", tx->now.ms - ACCOUNT_ATTEMPT_MS)), NULL, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_account_attempt_add,
            DB_ARGS(practice, db_text("state_hash", account__token_hash(arena, ret_attempt->state)),
                db_int("now_ms", tx->now.ms)),
            NULL, reterr_why);
    return err;
}

enum err account_take_attempt(struct arena *arena, struct tx *tx, const char *token,
    const char *state, struct account_attempt *ret_attempt, struct why *reterr_why)
{
    int64_t changed = 0;
    enum err err = ERR_NONE;
    bool fits = token && state && strlen(token) <= TOKEN_BYTES_MAX;
    if (fits)
        *ret_attempt = attempt_of(arena, token);
    fits = fits && strlen(state) == strlen(ret_attempt->state)
        && hash_equal(state, ret_attempt->state, strlen(state));
    if (fits)
        err = db_exec(tx, &sql_account_attempt_take,
            DB_ARGS(db_int("practice_id", tx->practice_id),
                db_text("state_hash", account__token_hash(arena, state)),
                db_int("since_ms", tx->now.ms - ACCOUNT_ATTEMPT_MS)),
            &changed, reterr_why);
    if (err != ERR_NONE || changed > 0)
        return err;
    why_hint(reterr_why, "Begin again");
    return why_set(reterr_why, ERR_DENIED,
        fits ? "this sign-in was used already, or it is too old"
             : "this sign-in was not begun in this browser");
}

enum err account_refuse_provided(
    struct tx *tx, const struct account_ask *ask, const char *reason, struct why *reterr_why)
{
    JSON_AUTO detail =
        json_pack("{s:s, s:s, s:s}", "address", ask->address, "by", "provider", "reason", reason);
    return audit_write(tx, "session.refused", NULL, NULL, detail, reterr_why);
}

/* Who was invited and comes this way needs no password. */
static enum err activate(struct tx *tx, const struct account *account, struct why *reterr_why)
{
    if (account->state != ACCOUNT_INVITED)
        return ERR_NONE;
    enum err err = db_exec(tx, &sql_account_activate,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("user_id", account->user_id),
            db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
    return err == ERR_NONE
        ? audit_write(tx, "account.activated", NULL, account->user_id, NULL, reterr_why)
        : err;
}

enum err account_sign_in_provided(struct arena *arena, struct tx *tx, const struct account_ask *ask,
    bool second_factor, const struct account_secret *secret, struct session *ret_session,
    struct why *reterr_why)
{
    struct account account = {0};
    *ret_session = (struct session){0};
    enum err err = account_find(arena, tx->db, tx->practice_id, ask->email, &account, NULL);
    if (err == ERR_NOT_FOUND || (err == ERR_NONE && account.state == ACCOUNT_DISABLED))
        return account_refuse_provided(
            tx, ask, err == ERR_NONE ? "disabled" : "no_colleague", reterr_why);
    if (err != ERR_NONE)
        return why_set(reterr_why, err, "the accounts cannot be read");
    err = activate(tx, &account, reterr_why);
    const struct account__way way = {
        .ask = ask, .by = "provider", .passed_second_factor = second_factor};
    return err == ERR_NONE
        ? account__start(arena, tx, account.user_id, &way, secret, ret_session, reterr_why)
        : err;
}
