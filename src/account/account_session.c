/* account_session.c: signing in, and staying so. */
#include <inttypes.h>
#include <string.h>

#include "account/account_int.h"
#include "account_sql.h"
#include "audit/audit.h"
#include "base/hash.h"
#include "base/text.h"

enum {
    LOCK_MS_FIRST = 30 * 1000,
    SEEN_MS = 60 * 1000, /* how exactly a session's last use is kept */
    AGENT_BYTES_MAX = 200,
};

/* ---- who guesses ---- */

enum err account__locked(int64_t wait_ms, struct why *reterr_why)
{
    why_hint(reterr_why, "Wait %" PRId64 " seconds, or ask an owner for a one-time link",
        (wait_ms + 999) / 1000);
    return why_set(reterr_why, ERR_LIMIT, "there were too many wrong tries");
}

static int64_t lock_ms(int64_t failures)
{
    int64_t over = failures - ACCOUNT_FREE_FAILURES;
    if (over <= 0)
        return 0;
    int64_t ms = LOCK_MS_FIRST;
    while (--over > 0 && ms < ACCOUNT_LOCK_MS_MAX)
        ms *= 2;
    return ms < ACCOUNT_LOCK_MS_MAX ? ms : ACCOUNT_LOCK_MS_MAX;
}

enum err account__fail(struct tx *tx, const char *user_id, int64_t failures, struct why *reterr_why)
{
    int64_t wait_ms = lock_ms(failures + 1);
    return db_exec(tx, &sql_account_fail,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("user_id", user_id),
            db_int("locked_until_ms", wait_ms ? tx->now.ms + wait_ms : 0)),
        NULL, reterr_why);
}

static enum err fail_address(struct tx *tx, const char *address, struct why *reterr_why)
{
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    const struct db_arg window = db_int("window_ms", tx->now.ms - ACCOUNT_ADDRESS_MS);
    enum err err =
        db_exec(tx, &sql_account_guess_drop, DB_ARGS(practice, window), NULL, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_account_guess_put,
            DB_ARGS(practice, db_text("address", address), window, db_int("now_ms", tx->now.ms)),
            NULL, reterr_why);
    return err;
}

static enum err check_address(struct db *db, int64_t practice_id, struct instant now,
    const char *address, int64_t *ret_wait_ms, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    *ret_wait_ms = 0;
    enum err err = db_query(db, &sql_account_guess_read,
        DB_ARGS(db_int("practice_id", practice_id), db_text("address", address)), &rows,
        reterr_why);
    if (err == ERR_NONE && db_next(rows) && db_col_int(rows, 0) >= ACCOUNT_ADDRESS_FAILURES)
        *ret_wait_ms = db_col_int(rows, 1) + ACCOUNT_ADDRESS_MS - now.ms;
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    return err == ERR_NONE && *ret_wait_ms > 0 ? account__locked(*ret_wait_ms, reterr_why) : err;
}

static enum err read_hash(struct arena *arena, struct db *db, int64_t practice_id,
    struct instant now, const char *user_id, struct account_look *look, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    int64_t locked_ms = 0;
    enum err err = db_query(db, &sql_account_hash,
        DB_ARGS(db_int("practice_id", practice_id), db_text("user_id", user_id)), &rows,
        reterr_why);
    if (err == ERR_NONE && db_next(rows)) {
        look->user_id = arena_text(arena, user_id);
        look->hash = db_col_copy(arena, rows, 0);
        locked_ms = db_col_int(rows, 1);
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    look->wait_ms = locked_ms > now.ms ? locked_ms - now.ms : 0;
    return err == ERR_NONE && look->wait_ms ? account__locked(look->wait_ms, reterr_why) : err;
}

enum err account_look_again(struct arena *arena, struct db *db, int64_t practice_id,
    struct instant now, const char *user_id, const struct account_ask *ask,
    struct account_look *ret_look, struct why *reterr_why)
{
    *ret_look = (struct account_look){.ask = *ask};
    enum err err =
        check_address(db, practice_id, now, ask->address, &ret_look->wait_ms, reterr_why);
    return err == ERR_NONE ? read_hash(arena, db, practice_id, now, user_id, ret_look, reterr_why)
                           : err;
}

enum err account_look(struct arena *arena, struct db *db, int64_t practice_id, struct instant now,
    const struct account_ask *ask, struct account_look *ret_look, struct why *reterr_why)
{
    struct account account;
    *ret_look = (struct account_look){.ask = *ask};
    enum err err =
        check_address(db, practice_id, now, ask->address, &ret_look->wait_ms, reterr_why);
    if (err != ERR_NONE)
        return err;
    err = account_find(arena, db, practice_id, ask->email, &account, NULL);
    if (err == ERR_NOT_FOUND)
        return ERR_NONE; /* compared with nobody's password, and refused the same way */
    if (err != ERR_NONE)
        return why_set(reterr_why, err, "the accounts cannot be read");
    return read_hash(arena, db, practice_id, now, account.user_id, ret_look, reterr_why);
}

/* ---- starting a session ---- */

enum err account__read_secrets(struct arena *arena, struct tx *tx, const char *user_id,
    struct account__secrets *ret_secrets, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_account_secrets,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("user_id", user_id)), &rows,
        reterr_why);
    bool found = err == ERR_NONE && db_next(rows);
    if (found)
        *ret_secrets = (struct account__secrets){
            .password = db_col_copy(arena, rows, 0),
            .totp = db_col_copy(arena, rows, 1),
            .totp_next = db_col_copy(arena, rows, 2),
            .totp_step = db_col_int(rows, 3),
            .failures = db_col_int(rows, 4),
            .locked_until_ms = db_col_int(rows, 5),
            .disabled = text_is(db_col_text(rows, 6), "disabled"),
        };
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    return err == ERR_NONE && !found
        ? why_set(reterr_why, ERR_NOT_FOUND, "there is no such account")
        : err;
}

static enum err note_failure(
    struct tx *tx, const struct account_look *look, int64_t failures, struct why *reterr_why)
{
    enum err err = fail_address(tx, look->ask.address, reterr_why);
    if (err == ERR_NONE && look->user_id)
        err = account__fail(tx, look->user_id, failures, reterr_why);
    JSON_AUTO detail = json_pack("{s:s}", "address", look->ask.address);
    if (err == ERR_NONE)
        err = audit_write(tx, "session.refused", NULL, look->user_id, detail, reterr_why);
    return err;
}

/* The password was right, and nobody else's tries have locked the account meanwhile. */
static enum err judge_look(struct arena *arena, struct tx *tx, const struct account_look *look,
    bool *matches, int64_t *ret_failures, struct why *reterr_why)
{
    struct account__secrets secrets = {0};
    *ret_failures = 0;
    if (!look->user_id) {
        *matches = false;
        return ERR_NONE;
    }
    enum err err = account__read_secrets(arena, tx, look->user_id, &secrets, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_failures = secrets.failures;
    *matches = *matches && !secrets.disabled && secrets.locked_until_ms <= tx->now.ms
        && text_is(secrets.password, look->hash);
    return ERR_NONE;
}

enum err account_note_look(
    struct tx *tx, const struct account_look *look, bool matches, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    int64_t failures;
    enum err err = judge_look(&scratch, tx, look, &matches, &failures, reterr_why);
    if (err == ERR_NONE && !matches)
        return note_failure(tx, look, failures, reterr_why);
    return err;
}

enum err account__start(struct arena *arena, struct tx *tx, const char *user_id,
    const struct account__way *way, const struct account_secret *secret,
    struct session *ret_session, struct why *reterr_why)
{
    struct account account;
    const struct account_ask *ask = way->ask;
    enum err err = account_read(arena, tx->db, tx->practice_id, user_id, &account, reterr_why);
    if (err != ERR_NONE)
        return err;
    const char *token = hash_base64url(arena, secret->bytes, sizeof(secret->bytes));
    bool asks = account.has_second_factor && !way->passed_second_factor;
    struct id id = ids_next(tx->ids, tx->now);
    *ret_session = (struct session){
        .session_id = arena_text(arena, id.text),
        .token = token,
        .token_hash = account__token_hash(arena, token),
        .account = account,
        .awaits_second_factor = asks,
        .by_link = way->by_link,
        .created = tx->now,
        .seen = tx->now,
        .ends = instant_add_ms(tx->now, asks ? ACCOUNT_CODE_MS : ACCOUNT_SESSION_MS),
        .address = ask->address,
        .agent = arena_text_n(arena, ask->agent, strnlen(ask->agent, AGENT_BYTES_MAX)),
    };
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    const struct db_arg user = db_text("user_id", user_id), now = db_int("now_ms", tx->now.ms);
    err = db_exec(tx, &sql_account_session_add,
        DB_ARGS(practice, db_text("token_hash", ret_session->token_hash),
            db_text("session_id", id.text), user,
            db_text("level", asks ? "second_factor" : "signed_in"), db_int("by_link", way->by_link),
            now, db_int("ends_ms", ret_session->ends.ms), db_text("address", ask->address),
            db_text("agent", ret_session->agent)),
        NULL, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_account_signed_in, DB_ARGS(practice, user, now), NULL, reterr_why);
    JSON_AUTO detail = json_pack("{s:s, s:s, s:s, s:b}", "user", user_id, "address", ask->address,
        "by", way->by, "second_factor_asked", asks);
    return err == ERR_NONE ? audit_write(tx, "session.started", NULL, id.text, detail, reterr_why)
                           : err;
}

enum err account_start_session(struct arena *arena, struct tx *tx, const char *user_id,
    const struct account_ask *ask, bool by_link, const struct account_secret *secret,
    struct session *ret_session, struct why *reterr_why)
{
    const struct account__way way = {
        .ask = ask, .by = by_link ? "link" : "password", .by_link = by_link};
    return account__start(arena, tx, user_id, &way, secret, ret_session, reterr_why);
}

enum err account_sign_in(struct arena *arena, struct tx *tx, const struct account_look *look,
    bool matches, const struct account_secret *secret, struct session *ret_session,
    struct why *reterr_why)
{
    int64_t failures;
    *ret_session = (struct session){0};
    enum err err = judge_look(arena, tx, look, &matches, &failures, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (!matches)
        return note_failure(tx, look, failures, reterr_why);
    err = account_start_session(
        arena, tx, look->user_id, &look->ask, false, secret, ret_session, reterr_why);
    /* A second factor that is still to come keeps its own count of wrong codes. */
    if (err == ERR_NONE && !ret_session->awaits_second_factor)
        err = db_exec(tx, &sql_account_forgive,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("user_id", look->user_id)),
            NULL, reterr_why);
    return err;
}

/* ---- using and ending one ---- */

static enum err no_session(struct why *reterr_why, const char *message)
{
    why_hint(reterr_why, "Sign in again");
    return why_set(reterr_why, ERR_DENIED, "%s", message);
}

static struct session session_row(struct arena *arena, const struct db_rows *rows)
{
    return (struct session){
        .session_id = db_col_copy(arena, rows, 0),
        .token_hash = db_col_copy(arena, rows, 1),
        .awaits_second_factor = text_is(db_col_text(rows, 2), "second_factor"),
        .by_link = db_col_int(rows, 3) != 0,
        .created = {db_col_int(rows, 4)},
        .seen = {db_col_int(rows, 5)},
        .ends = {db_col_int(rows, 6)},
        .emergency_until = {db_col_int(rows, 7)},
        .address = db_col_copy(arena, rows, 8),
        .agent = db_col_copy(arena, rows, 9),
        .account = account__row(arena, rows, 10),
    };
}

enum err account_session(struct arena *arena, struct db *db, int64_t practice_id,
    struct instant now, const char *token, int64_t idle_ms, struct session *ret_session,
    struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_account_session_read,
        DB_ARGS(db_int("practice_id", practice_id),
            db_text("token_hash", account__token_hash(arena, token))),
        &rows, reterr_why);
    bool found = err == ERR_NONE && db_next(rows);
    if (found)
        *ret_session = session_row(arena, rows);
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (!found)
        return no_session(reterr_why, "nobody is signed in");
    ret_session->idle_ends = instant_add_ms(ret_session->seen, idle_ms);
    if (ret_session->ends.ms <= now.ms)
        return no_session(reterr_why, "the session has ended");
    if (ret_session->idle_ends.ms <= now.ms)
        return no_session(reterr_why, "the session has ended because nobody used it");
    return ERR_NONE;
}

bool account_session_stale(const struct session *session, struct instant now)
{
    return now.ms - session->seen.ms >= SEEN_MS;
}

enum err account_touch_session(struct tx *tx, const struct session *session, struct why *reterr_why)
{
    return db_exec(tx, &sql_account_session_touch,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("token_hash", session->token_hash),
            db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
}

enum err account_end_session(
    struct tx *tx, const char *user_id, const char *session_id, struct why *reterr_why)
{
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_account_session_end,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("user_id", user_id),
            db_text("session_id", session_id), db_int("now_ms", tx->now.ms)),
        &changed, reterr_why);
    if (err == ERR_NONE && changed == 0)
        return why_set(reterr_why, ERR_NOT_FOUND, "there is no such session");
    return err == ERR_NONE ? audit_write(tx, "session.ended", NULL, session_id, NULL, reterr_why)
                           : err;
}

enum err account_list_sessions(struct arena *arena, struct db *db, int64_t practice_id,
    struct instant now, const char *user_id, int64_t idle_ms, struct session **ret_sessions,
    size_t *ret_count, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    struct session *list = NULL;
    size_t count = 0, capacity = 0;
    enum err err = db_query(db, &sql_account_session_list,
        DB_ARGS(db_int("practice_id", practice_id), db_text("user_id", user_id),
            db_int("now_ms", now.ms), db_int("idle_ms", now.ms - idle_ms)),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        if (count == capacity) {
            size_t bigger = capacity ? capacity * 2 : 8;
            list = arena_grow(arena, list, capacity * sizeof(*list), bigger * sizeof(*list));
            capacity = bigger;
        }
        list[count++] = (struct session){
            .session_id = db_col_copy(arena, rows, 0),
            .token_hash = db_col_copy(arena, rows, 1),
            .created = {db_col_int(rows, 2)},
            .seen = {db_col_int(rows, 3)},
            .ends = {db_col_int(rows, 4)},
            .address = db_col_copy(arena, rows, 5),
            .agent = db_col_copy(arena, rows, 6),
        };
    }
    *ret_sessions = list;
    *ret_count = count;
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

enum err account_open_emergency(
    struct tx *tx, const struct session *session, const char *reason, struct why *reterr_why)
{
    if (text_is_blank(reason))
        return why_set(reterr_why, ERR_INPUT, "an emergency needs a reason");
    enum err err = db_exec(tx, &sql_account_session_emergency,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("token_hash", session->token_hash),
            db_int("until_ms", tx->now.ms + ACCOUNT_EMERGENCY_MS)),
        NULL, reterr_why);
    JSON_AUTO detail = json_pack("{s:o}", "reason", json_text(reason));
    return err == ERR_NONE
        ? audit_write(tx, "emergency.opened", NULL, session->session_id, detail, reterr_why)
        : err;
}
