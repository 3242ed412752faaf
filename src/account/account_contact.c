/* account_contact.c: the colleague's own phone and mailbox, confirmed by a code sent there. */
#include <string.h>

#include "account/account_int.h"
#include "account_sql.h"
#include "audit/audit.h"
#include "base/hash.h"
#include "base/text.h"

enum { CODE_MODULUS = 1000000 };

static enum err note(
    struct tx *tx, const char *action, const char *user_id, bool by_phone, struct why *reterr_why)
{
    JSON_AUTO detail = json_pack("{s:s}", "by", by_phone ? "phone" : "email");
    return audit_write(tx, action, NULL, user_id, detail, reterr_why);
}

enum err account_set_phone(
    struct tx *tx, const char *user_id, const char *phone, struct why *reterr_why)
{
    enum err err = db_exec(tx, &sql_account_set_phone,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("user_id", user_id),
            db_text("phone", phone), db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
    return err == ERR_NONE ? note(tx, "account.phone_changed", user_id, true, reterr_why) : err;
}

/* The address is part of what is confirmed: a code for one is none for another. */
static char *contact_hash(struct arena *arena, const struct account_vault *vault,
    const struct account *account, bool by_phone, const char *code)
{
    const char *text = arena_format(arena, "contact\n%s\n%s\n%s", account->user_id,
        by_phone ? account->phone : account->email, code);
    struct sha256 mac = hash_hmac_sha256(vault->key, sizeof(vault->key), text, strlen(text));
    return hash_hex(arena, mac.bytes, sizeof(mac.bytes));
}

struct contact_code {
    const char *hash; /* NULL: none was sent */
    int64_t made_ms, tries;
};

static enum err read_code(struct arena *arena, struct tx *tx, const char *user_id, bool by_phone,
    struct account *ret_account, struct contact_code *ret_code, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = account_read(arena, tx->db, tx->practice_id, user_id, ret_account, reterr_why);
    if (err == ERR_NONE && by_phone && !ret_account->phone) {
        why_hint(reterr_why, "Set it on your own page");
        return why_set(reterr_why, ERR_CONFLICT, "your account has no phone number");
    }
    if (err == ERR_NONE)
        err = db_query(tx->db, &sql_account_contact_code,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("user_id", user_id)), &rows,
            reterr_why);
    if (err == ERR_NONE && db_next(rows))
        *ret_code = (struct contact_code){
            db_col_copy(arena, rows, 0), db_col_int(rows, 1), db_col_int(rows, 2)};
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

enum err account_begin_contact(struct arena *arena, struct tx *tx,
    const struct account_vault *vault, const char *user_id, bool by_phone,
    const struct account_secret *secret, const char **ret_address, const char **ret_code,
    struct why *reterr_why)
{
    struct account account;
    struct contact_code last = {0};
    uint32_t number;
    enum err err = read_code(arena, tx, user_id, by_phone, &account, &last, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (tx->now.ms - last.made_ms < ACCOUNT_CONTACT_PAUSE_MS)
        return why_set(reterr_why, ERR_LIMIT, "a code was sent less than a minute ago");
    memcpy(&number, secret->bytes, sizeof(number));
    const char *code = arena_format(arena, "%06u", number % CODE_MODULUS);
    err = db_exec(tx, &sql_account_contact_begin,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("user_id", user_id),
            db_text("code_hash", contact_hash(arena, vault, &account, by_phone, code)),
            db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
    if (err == ERR_NONE)
        err = note(tx, "account.code_sent", user_id, by_phone, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_code = code;
    *ret_address = by_phone ? account.phone : account.email;
    return ERR_NONE;
}

enum err account_confirm_contact(struct arena *arena, struct tx *tx,
    const struct account_vault *vault, const char *user_id, bool by_phone, const char *code,
    bool *ret_right, struct why *reterr_why)
{
    struct account account;
    struct contact_code last = {0};
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    const struct db_arg user = db_text("user_id", user_id);
    enum err err = read_code(arena, tx, user_id, by_phone, &account, &last, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (last.tries >= ACCOUNT_CONTACT_TRIES)
        return why_set(reterr_why, ERR_LIMIT, "too many tries: ask for another code");
    const char *hash = contact_hash(arena, vault, &account, by_phone, code);
    *ret_right = last.hash && strlen(last.hash) == strlen(hash)
        && hash_equal(last.hash, hash, strlen(hash)) && tx->now.ms - last.made_ms < ACCOUNT_CODE_MS;
    if (!*ret_right)
        return db_exec(tx, &sql_account_contact_try, DB_ARGS(practice, user), NULL, reterr_why);
    err = db_exec(tx, &sql_account_contact_confirm,
        DB_ARGS(practice, user, db_int("by_phone", by_phone), db_int("now_ms", tx->now.ms)), NULL,
        reterr_why);
    return err == ERR_NONE ? note(tx, "account.confirmed", user_id, by_phone, reterr_why) : err;
}
