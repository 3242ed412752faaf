/* account.c: the people who may sign in. */
#include "account/account.h"

#include <assert.h>
#include <string.h>

#include "account/account_int.h"
#include "account_sql.h"
#include "audit/audit.h"
#include "base/phone.h"
#include "base/text.h"

enum { NAME_BYTES_MAX = 120 };

static const char *const state_names[ACCOUNT_STATE_MAX] = {"invited", "active", "disabled"};

const char *account_state_name(enum account_state state)
{
    assert(state < ACCOUNT_STATE_MAX);
    return state_names[state];
}

static enum account_state state_of(const char *text)
{
    for (int i = 0; i < ACCOUNT_STATE_MAX; i++) {
        if (text_is(state_names[i], text))
            return (enum account_state)i;
    }
    return ACCOUNT_DISABLED;
}

struct account account__row(struct arena *arena, const struct db_rows *rows, int first)
{
    struct account account = {
        .user_id = db_col_copy(arena, rows, first),
        .email = db_col_copy(arena, rows, first + 1),
        .name = db_col_copy(arena, rows, first + 2),
        .role = ROLE_AUDITOR,
        .locations = db_col_copy(arena, rows, first + 4),
        .language = db_col_copy(arena, rows, first + 5),
        .state = state_of(db_col_text(rows, first + 6)),
        .has_password = db_col_int(rows, first + 7) != 0,
        .has_second_factor = db_col_int(rows, first + 8) != 0,
        .created = {db_col_int(rows, first + 9)},
        .signed_in = {db_col_int(rows, first + 10)},
        .phone = db_col_copy(arena, rows, first + 11),
        .email_confirmed = {db_col_int(rows, first + 12)},
        .phone_confirmed = {db_col_int(rows, first + 13)},
    };
    bool known = role_parse(db_col_text(rows, first + 3), &account.role);
    assert(known);
    return account;
}

static enum err missing(struct why *reterr_why)
{
    return why_set(reterr_why, ERR_NOT_FOUND, "there is no such account");
}

/* As one signs in with it: "Ana@Example.com" is ana@example.com. */
static bool fold_email(const char *text, char ret_email[255])
{
    if (!email_parse(text, ret_email))
        return false;
    for (char *c = ret_email; *c; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 'a' - 'A') : *c;
    return true;
}

static enum err check_name(const char *name, struct why *reterr_why)
{
    if (!text_is_blank(name) && strlen(name) <= NAME_BYTES_MAX)
        return ERR_NONE;
    why_hint(reterr_why, "Write the name as colleagues say it, 120 signs at most");
    return why_set(reterr_why, ERR_INPUT, "an account needs a name");
}

enum err account_add(
    struct tx *tx, const struct account_plan *plan, struct id *ret_user, struct why *reterr_why)
{
    char email[255];
    if (!fold_email(plan->email, email)) {
        why_hint(reterr_why, "Write it like ana@example.com");
        return why_set(reterr_why, ERR_INPUT, "this is no email address");
    }
    enum err err = check_name(plan->name, reterr_why);
    int64_t taken = 0;
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct account other;
    if (err == ERR_NONE)
        taken = account_find(&scratch, tx->db, tx->practice_id, email, &other, NULL) == ERR_NONE;
    if (taken) {
        why_hint(reterr_why, "Change that account, or use another address");
        return why_set(reterr_why, ERR_CONFLICT, "this email address has an account already");
    }
    struct id user = ids_next(tx->ids, tx->now);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_account_add,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("user_id", user.text),
                db_text("email", email), db_text("name", plan->name),
                db_text("role", role_name(plan->role)), db_text("locations", plan->locations),
                db_text("language", plan->language ? plan->language : "en"),
                db_int("now_ms", tx->now.ms)),
            NULL, reterr_why);
    JSON_AUTO detail = json_pack("{s:s}", "role", role_name(plan->role));
    if (err == ERR_NONE)
        err = audit_write(tx, "account.added", NULL, user.text, detail, reterr_why);
    if (err == ERR_NONE)
        *ret_user = user;
    return err;
}

static enum err keep_an_owner(struct tx *tx, const struct account *account,
    const struct account_change *change, struct why *reterr_why)
{
    bool leaves = account->role == ROLE_OWNER && account->state != ACCOUNT_DISABLED
        && ((change->role && *change->role != ROLE_OWNER)
            || (change->state && *change->state == ACCOUNT_DISABLED));
    int64_t others = 1;
    enum err err = ERR_NONE;
    if (leaves)
        err = db_query_int(tx->db, &sql_account_other_owners,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("user_id", account->user_id)),
            &others, reterr_why);
    if (err != ERR_NONE || others > 0)
        return err;
    why_hint(reterr_why, "Make somebody else an owner first");
    return why_set(reterr_why, ERR_CONFLICT, "this is the practice's last owner");
}

static enum err end_sessions(
    struct tx *tx, const char *user_id, const char *keep, struct why *reterr_why)
{
    return db_exec(tx, &sql_account_session_end_all,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("user_id", user_id),
            db_text("keep", keep ? keep : ""), db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
}

static enum err audit_change(
    struct tx *tx, const char *user_id, const struct account_change *change, struct why *reterr_why)
{
    JSON_AUTO detail = json_object();
    if (change->role)
        json_object_set_new(detail, "role", json_text(role_name(*change->role)));
    if (change->state)
        json_object_set_new(detail, "state", json_text(account_state_name(*change->state)));
    if (change->locations || change->all_locations)
        json_object_set_new(
            detail, "locations", json_text(change->all_locations ? "all" : change->locations));
    return audit_write(tx, "account.changed", NULL, user_id, detail, reterr_why);
}

enum err account_change(
    struct tx *tx, const char *user_id, const struct account_change *change, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct account account;
    enum err err = account_read(&scratch, tx->db, tx->practice_id, user_id, &account, reterr_why);
    if (err == ERR_NONE && change->name)
        err = check_name(change->name, reterr_why);
    if (err == ERR_NONE)
        err = keep_an_owner(tx, &account, change, reterr_why);
    const enum account_state *state = change->state;
    static const enum account_state invited = ACCOUNT_INVITED;
    if (state && *state == ACCOUNT_ACTIVE && !account.has_password)
        state = &invited;
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_account_change,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("user_id", user_id),
                db_text("name", change->name), db_text("language", change->language),
                db_text("locations", change->locations),
                db_int("all_locations", change->all_locations),
                db_text("role", change->role ? role_name(*change->role) : NULL),
                db_text("state", state ? account_state_name(*state) : NULL),
                db_int("now_ms", tx->now.ms)),
            NULL, reterr_why);
    bool rights = change->role || change->state || change->locations || change->all_locations;
    if (err == ERR_NONE && rights)
        err = end_sessions(tx, user_id, NULL, reterr_why);
    return err == ERR_NONE ? audit_change(tx, user_id, change, reterr_why) : err;
}

static enum err read_one(struct arena *arena, struct db *db, const struct sql *sql,
    const struct db_arg *args, size_t arg_count, struct account *ret_account,
    struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, sql, args, arg_count, &rows, reterr_why);
    bool found = err == ERR_NONE && db_next(rows);
    if (found)
        *ret_account = account__row(arena, rows, 0);
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    return err == ERR_NONE && !found ? missing(reterr_why) : err;
}

enum err account_read(struct arena *arena, struct db *db, int64_t practice_id, const char *user_id,
    struct account *ret_account, struct why *reterr_why)
{
    return read_one(arena, db, &sql_account_read,
        DB_ARGS(db_int("practice_id", practice_id), db_text("user_id", user_id)), ret_account,
        reterr_why);
}

enum err account_find(struct arena *arena, struct db *db, int64_t practice_id, const char *email,
    struct account *ret_account, struct why *reterr_why)
{
    char folded[255];
    if (!fold_email(email, folded))
        return missing(reterr_why);
    return read_one(arena, db, &sql_account_find,
        DB_ARGS(db_int("practice_id", practice_id), db_text("email", folded)), ret_account,
        reterr_why);
}

enum err account_list(struct arena *arena, struct db *db, int64_t practice_id,
    struct account **ret_accounts, size_t *ret_count, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    struct account *list = NULL;
    size_t count = 0, capacity = 0;
    enum err err = db_query(
        db, &sql_account_list, DB_ARGS(db_int("practice_id", practice_id)), &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        if (count == capacity) {
            size_t bigger = capacity ? capacity * 2 : 16;
            list = arena_grow(arena, list, capacity * sizeof(*list), bigger * sizeof(*list));
            capacity = bigger;
        }
        list[count++] = account__row(arena, rows, 0);
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    *ret_accounts = list;
    *ret_count = count;
    return err;
}

enum err account_any(struct db *db, int64_t practice_id, bool *ret_any, struct why *reterr_why)
{
    int64_t count = 0;
    enum err err = db_query_int(
        db, &sql_account_any, DB_ARGS(db_int("practice_id", practice_id)), &count, reterr_why);
    *ret_any = count > 0;
    return err;
}

enum err account_set_password(struct tx *tx, const char *user_id, const char *hash,
    const char *keep_token_hash, struct why *reterr_why)
{
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_account_set_password,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("user_id", user_id),
            db_text("password", hash), db_int("now_ms", tx->now.ms)),
        &changed, reterr_why);
    if (err == ERR_NONE && changed == 0)
        err = missing(reterr_why);
    if (err == ERR_NONE)
        err = end_sessions(tx, user_id, keep_token_hash, reterr_why);
    return err == ERR_NONE
        ? audit_write(tx, "account.password_set", NULL, user_id, NULL, reterr_why)
        : err;
}
