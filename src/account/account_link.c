/* account_link.c: one-time links, and keys for programs. */
#include <string.h>

#include "account/account_int.h"
#include "account_sql.h"
#include "audit/audit.h"
#include "base/hash.h"
#include "base/text.h"

enum { KEY_PREFIX_BYTES = 12, TOKEN_BYTES_MAX = 200 };

char *account__token_hash(struct arena *arena, const char *token)
{
    struct sha256 hash = hash_sha256(token, strlen(token));
    return hash_hex(arena, hash.bytes, sizeof(hash.bytes));
}

/* ---- links ---- */

enum err account_make_link(struct arena *arena, struct tx *tx, const char *user_id,
    const struct account_secret *secret, const char **ret_token, struct why *reterr_why)
{
    const char *token = hash_base64url(arena, secret->bytes, sizeof(secret->bytes));
    enum err err = db_exec(tx, &sql_account_link_void,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("user_id", user_id),
            db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_account_link_add,
            DB_ARGS(db_int("practice_id", tx->practice_id),
                db_text("token_hash", account__token_hash(arena, token)),
                db_text("user_id", user_id), db_int("now_ms", tx->now.ms),
                db_int("ends_ms", tx->now.ms + ACCOUNT_LINK_MS)),
            NULL, reterr_why);
    if (err == ERR_NONE)
        err = audit_write(tx, "link.made", NULL, user_id, NULL, reterr_why);
    if (err == ERR_NONE)
        *ret_token = token;
    return err;
}

static enum err refused(struct why *reterr_why)
{
    why_hint(reterr_why, "Ask for a new link");
    return why_set(reterr_why, ERR_DENIED, "this link was used already, or it is too old");
}

enum err account_use_link(struct arena *arena, struct tx *tx, const char *token,
    const char **ret_user, struct why *reterr_why)
{
    if (strlen(token) > TOKEN_BYTES_MAX)
        return refused(reterr_why);
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    const struct db_arg hash = db_text("token_hash", account__token_hash(arena, token));
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_account_link_use,
        DB_ARGS(practice, hash, db_int("now_ms", tx->now.ms)), &changed, reterr_why);
    if (err != ERR_NONE || changed == 0)
        return err == ERR_NONE ? refused(reterr_why) : err;
    DB_ROWS struct db_rows *rows = NULL;
    err = db_query(tx->db, &sql_account_link_user, DB_ARGS(practice, hash), &rows, reterr_why);
    if (err == ERR_NONE && db_next(rows)) {
        *ret_user = db_col_copy(arena, rows, 0);
        if (*ret_user && text_is(db_col_text(rows, 1), "disabled"))
            return refused(reterr_why);
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* ---- keys ---- */

enum err account_parse_scopes(
    const json_t *names, permission_set *ret_scopes, struct why *reterr_why)
{
    permission_set scopes = 0;
    size_t i = 0;
    json_t *name = NULL;
    json_array_foreach(names, i, name)
    {
        enum permission permission;
        const char *text = json_string_value(name);
        if (!text || !permission_parse(text, &permission) || permission <= PERMISSION_SELF) {
            why_hint(reterr_why, "GET /api/v1/roles lists them");
            return why_set(
                reterr_why, ERR_INPUT, "\"%.40s\" is no scope", text ? text : "(not a text)");
        }
        scopes |= (permission_set)1 << permission;
    }
    if (!scopes)
        return why_set(reterr_why, ERR_INPUT, "a key needs a scope");
    *ret_scopes = scopes;
    return ERR_NONE;
}

static json_t *scopes_json(permission_set scopes)
{
    json_t *list = json_array();
    for (int i = 0; i < PERMISSION_MAX; i++) {
        if (scopes >> i & 1)
            json_array_append_new(list, json_text(permission_name((enum permission)i)));
    }
    return list;
}

enum err account_add_key(struct arena *arena, struct tx *tx, const char *name,
    permission_set scopes, permission_set granted, const char *created_by, struct instant ends,
    const struct account_secret *secret, struct account_api_key *ret_key, const char **ret_token,
    struct why *reterr_why)
{
    if (text_is_blank(name))
        return why_set(reterr_why, ERR_INPUT, "a key needs a name that says who uses it");
    if (scopes & ~granted)
        return why_set(reterr_why, ERR_DENIED, "a key may do no more than whoever makes it");
    const char *token =
        arena_format(arena, "pk_%s", hash_base64url(arena, secret->bytes, sizeof(secret->bytes)));
    struct id id = ids_next(tx->ids, tx->now);
    *ret_key = (struct account_api_key){
        .key_id = arena_text(arena, id.text),
        .name = name,
        .prefix = arena_text_n(arena, token, KEY_PREFIX_BYTES),
        .created_by = created_by,
        .scopes = scopes,
        .created = tx->now,
        .ends = ends,
    };
    JSON_AUTO list = scopes_json(scopes);
    enum err err = db_exec(tx, &sql_account_key_add,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("key_id", id.text),
            db_text("key_hash", account__token_hash(arena, token)),
            db_text("prefix", ret_key->prefix), db_text("name", name),
            db_text("scopes", json_text_of(arena, list)), db_text("created_by", created_by),
            db_int("now_ms", tx->now.ms), db_int_if("ends_ms", ends.ms != 0, ends.ms)),
        NULL, reterr_why);
    JSON_AUTO detail = json_pack("{s:O}", "scopes", list);
    if (err == ERR_NONE)
        err = audit_write(tx, "key.added", NULL, id.text, detail, reterr_why);
    if (err == ERR_NONE)
        *ret_token = token;
    return err;
}

static struct account_api_key key_row(struct arena *arena, const struct db_rows *rows)
{
    struct account_api_key key = {
        .key_id = db_col_copy(arena, rows, 0),
        .name = db_col_copy(arena, rows, 1),
        .prefix = db_col_copy(arena, rows, 2),
        .created_by = db_col_copy(arena, rows, 3),
        .created = {db_col_int(rows, 5)},
        .used = {db_col_int(rows, 6)},
        .ends = {db_col_int(rows, 7)},
        .revoked = {db_col_int(rows, 8)},
    };
    JSON_AUTO scopes = NULL;
    const char *text = db_col_text(rows, 4);
    /* A scope that a newer version knew and we do not gives nothing. */
    if (json_parse(text, strlen(text), &scopes, NULL) != ERR_NONE
        || account_parse_scopes(scopes, &key.scopes, NULL) != ERR_NONE)
        key.scopes = 0;
    return key;
}

enum err account_key(struct arena *arena, struct db *db, int64_t practice_id, struct instant now,
    const char *token, struct account_api_key *ret_key, struct why *reterr_why)
{
    if (strlen(token) > TOKEN_BYTES_MAX)
        return why_set(reterr_why, ERR_DENIED, "there is no such key");
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_account_key_read,
        DB_ARGS(db_int("practice_id", practice_id),
            db_text("key_hash", account__token_hash(arena, token))),
        &rows, reterr_why);
    bool found = err == ERR_NONE && db_next(rows);
    if (found)
        *ret_key = key_row(arena, rows);
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (!found || ret_key->revoked.ms || (ret_key->ends.ms && ret_key->ends.ms <= now.ms))
        return why_set(reterr_why, ERR_DENIED, "there is no such key, or it has ended");
    return ERR_NONE;
}

enum err account_list_keys(struct arena *arena, struct db *db, int64_t practice_id,
    struct account_api_key **ret_keys, size_t *ret_count, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    struct account_api_key *list = NULL;
    size_t count = 0, capacity = 0;
    enum err err = db_query(
        db, &sql_account_key_list, DB_ARGS(db_int("practice_id", practice_id)), &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        if (count == capacity) {
            size_t bigger = capacity ? capacity * 2 : 16;
            list = arena_grow(arena, list, capacity * sizeof(*list), bigger * sizeof(*list));
            capacity = bigger;
        }
        list[count++] = key_row(arena, rows);
    }
    *ret_keys = list;
    *ret_count = count;
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

enum err account_touch_key(struct tx *tx, const char *key_id, struct why *reterr_why)
{
    return db_exec(tx, &sql_account_key_touch,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("key_id", key_id),
            db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
}

enum err account_revoke_key(struct tx *tx, const char *key_id, struct why *reterr_why)
{
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_account_key_revoke,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("key_id", key_id),
            db_int("now_ms", tx->now.ms)),
        &changed, reterr_why);
    if (err == ERR_NONE && changed == 0)
        return why_set(
            reterr_why, ERR_NOT_FOUND, "there is no such key, or it was revoked already");
    return err == ERR_NONE ? audit_write(tx, "key.revoked", NULL, key_id, NULL, reterr_why) : err;
}
