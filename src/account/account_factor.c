/* account_factor.c: the second factor: codes that change every half minute, and recovery codes. */
#include <ctype.h>
#include <sodium.h>
#include <string.h>

#include "account/account_int.h"
#include "account_sql.h"
#include "audit/audit.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/text.h"

enum {
    STEP_S = 30,
    STEPS_AROUND = 1, /* a phone's clock may be half a minute off: RFC 6238 section 5.2 */
    CODE_DIGITS = 6,
    CODE_MODULUS = 1000000,
    RECOVERY_SIGNS = 10,
    NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
};

static const char base32_signs[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"; /* RFC 4648 section 6 */

static char *base32(struct arena *arena, const unsigned char *bytes, size_t len)
{
    struct buf buf;
    buf_init(&buf, arena);
    unsigned bits = 0;
    int held = 0;
    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | bytes[i];
        for (held += 8; held >= 5; held -= 5)
            buf_add_char(&buf, base32_signs[bits >> (held - 5) & 31]);
    }
    if (held > 0)
        buf_add_char(&buf, base32_signs[bits << (5 - held) & 31]);
    return buf.data;
}

int account_totp(const unsigned char *secret, size_t len, int64_t step)
{
    unsigned char counter[8], mac[20];
    for (int i = 7; i >= 0; i--, step >>= 8)
        counter[i] = (unsigned char)(step & 0xFF);
    hash_hmac_sha1(secret, len, counter, sizeof(counter), mac);
    size_t at = mac[19] & 0xF; /* RFC 4226 section 5.3 */
    uint32_t word = (uint32_t)(mac[at] & 0x7F) << 24 | (uint32_t)mac[at + 1] << 16
        | (uint32_t)mac[at + 2] << 8 | mac[at + 3];
    return (int)(word % CODE_MODULUS);
}

/* ---- sealing ---- */

/* The home's key signs links, too: this use has its own name. */
struct account_vault account_vault_of(const unsigned char home_key[32])
{
    static const char use[] = "perennial account vault 1";
    struct sha256 mac = hash_hmac_sha256(home_key, 32, use, sizeof(use) - 1);
    struct account_vault vault;
    memcpy(vault.key, mac.bytes, sizeof(vault.key));
    return vault;
}

static char *seal(struct arena *arena, const struct account_vault *vault, const char *user_id,
    const unsigned char *secret, const struct account_secret *nonce)
{
    unsigned char sealed[NONCE_BYTES + SEALED_SECRET_BYTES + TAG_BYTES];
    unsigned long long len = 0;
    memcpy(sealed, nonce->bytes, NONCE_BYTES);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + NONCE_BYTES, &len, secret,
        SEALED_SECRET_BYTES, (const unsigned char *)user_id, strlen(user_id), NULL, sealed,
        vault->key);
    return hash_base64(arena, sealed, NONCE_BYTES + (size_t)len);
}

/* False: another home's key, or another person's row. */
static bool unseal(struct arena *arena, const struct account_vault *vault, const char *user_id,
    const char *text, unsigned char ret_secret[SEALED_SECRET_BYTES])
{
    unsigned char *sealed;
    size_t len = 0;
    unsigned long long opened = 0;
    return hash_base64_decode(arena, text, &sealed, &len)
        && len == NONCE_BYTES + SEALED_SECRET_BYTES + TAG_BYTES
        && crypto_aead_xchacha20poly1305_ietf_decrypt(ret_secret, &opened, NULL,
               sealed + NONCE_BYTES, len - NONCE_BYTES, (const unsigned char *)user_id,
               strlen(user_id), sealed, vault->key)
        == 0;
}

/* ---- codes ---- */

/* The step whose code it is, later than `last`; -1: none. Every step is computed, right or not. */
static int64_t find_step(
    const unsigned char *secret, int64_t last, struct instant now, const char *code)
{
    int64_t digits = 0, found = -1;
    if (strlen(code) != CODE_DIGITS || !text_to_int(code, 0, CODE_MODULUS - 1, &digits))
        return -1;
    int64_t step = now.ms / MS_PER_SECOND / STEP_S;
    for (int64_t i = step - STEPS_AROUND; i <= step + STEPS_AROUND; i++) {
        int32_t wanted = (int32_t)digits, is = account_totp(secret, SEALED_SECRET_BYTES, i);
        if (hash_equal(&wanted, &is, sizeof(is)) && i > last)
            found = i;
    }
    return found;
}

/* Capitals without what stands between: "abcde-fgh12 " is ABCDEFGH12. */
static char *plain_code(struct arena *arena, const char *code)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (; *code && buf.len < 40; code++) {
        if (isalnum((unsigned char)*code))
            buf_add_char(&buf, (char)toupper((unsigned char)*code));
    }
    return buf.data;
}

static char *recovery_hash(
    struct arena *arena, const struct account_vault *vault, const char *user_id, const char *code)
{
    const char *text = arena_format(arena, "recovery\n%s\n%s", user_id, code);
    struct sha256 mac = hash_hmac_sha256(vault->key, sizeof(vault->key), text, strlen(text));
    return hash_hex(arena, mac.bytes, sizeof(mac.bytes));
}

static enum err make_recovery_codes(struct arena *arena, struct tx *tx,
    const struct account_vault *vault, const char *user_id, const struct account_secret *seeds,
    const char *ret_codes[ACCOUNT_RECOVERY_CODES], struct why *reterr_why)
{
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    const struct db_arg user = db_text("user_id", user_id);
    enum err err = db_exec(tx, &sql_account_codes_drop, DB_ARGS(practice, user), NULL, reterr_why);
    for (unsigned char i = 0; i < ACCOUNT_RECOVERY_CODES && err == ERR_NONE; i++) {
        struct sha256 mac = hash_hmac_sha256(seeds->bytes, sizeof(seeds->bytes), &i, sizeof(i));
        char *signs = base32(arena, mac.bytes, sizeof(mac.bytes));
        signs[RECOVERY_SIGNS] = '\0'; /* 50 bits, each code once: enough with the lock */
        ret_codes[i] = arena_format(arena, "%.5s-%s", signs, signs + 5);
        err = db_exec(tx, &sql_account_code_add,
            DB_ARGS(
                practice, user, db_text("code_hash", recovery_hash(arena, vault, user_id, signs))),
            NULL, reterr_why);
    }
    return err;
}

/* ---- setting up ---- */

/* Percent-encoded for a label of the otpauth URI. */
static char *uri_part(struct arena *arena, const char *text)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (isalnum(c) || strchr("-._~@", c))
            buf_add_char(&buf, (char)c);
        else
            buf_format(&buf, "%%%02X", c);
    }
    return buf.data;
}

enum err account_begin_factor(struct arena *arena, struct tx *tx, const struct account_vault *vault,
    const char *user_id, const char *issuer, const struct account_secret *secret,
    const struct account_secret *nonce, struct account_factor *ret_factor, struct why *reterr_why)
{
    struct account account;
    enum err err = account_read(arena, tx->db, tx->practice_id, user_id, &account, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_account_totp_begin,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("user_id", user_id),
                db_text("sealed", seal(arena, vault, user_id, secret->bytes, nonce)),
                db_int("now_ms", tx->now.ms)),
            NULL, reterr_why);
    if (err != ERR_NONE)
        return err;
    ret_factor->secret = base32(arena, secret->bytes, SEALED_SECRET_BYTES);
    const char *name = uri_part(arena, issuer);
    ret_factor->uri = arena_format(arena, "otpauth://totp/%s:%s?secret=%s&issuer=%s", name,
        uri_part(arena, account.email), ret_factor->secret, name);
    return audit_write(tx, "account.second_factor_begun", NULL, user_id, NULL, reterr_why);
}

enum err account_confirm_factor(struct arena *arena, struct tx *tx,
    const struct account_vault *vault, const char *user_id, const char *code,
    const struct account_secret *seeds, const char *ret_codes[ACCOUNT_RECOVERY_CODES],
    bool *ret_right, struct why *reterr_why)
{
    struct account__secrets secrets = {0};
    unsigned char secret[SEALED_SECRET_BYTES];
    *ret_right = false;
    enum err err = account__read_secrets(arena, tx, user_id, &secrets, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (!secrets.totp_next || !unseal(arena, vault, user_id, secrets.totp_next, secret)) {
        why_hint(reterr_why, "Begin with a new QR code");
        return why_set(reterr_why, ERR_CONFLICT, "no second factor awaits its first code");
    }
    if (secrets.locked_until_ms > tx->now.ms)
        return account__locked(secrets.locked_until_ms - tx->now.ms, reterr_why);
    int64_t step = find_step(secret, 0, tx->now, code);
    if (step < 0)
        return account__fail(tx, user_id, secrets.failures, reterr_why);
    err = db_exec(tx, &sql_account_totp_confirm,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("user_id", user_id),
            db_int("step", step), db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
    if (err == ERR_NONE)
        err = make_recovery_codes(arena, tx, vault, user_id, seeds, ret_codes, reterr_why);
    if (err == ERR_NONE)
        err = audit_write(tx, "account.second_factor_set", NULL, user_id, NULL, reterr_why);
    *ret_right = err == ERR_NONE;
    return err;
}

enum err account_drop_factor(
    struct tx *tx, const char *user_id, bool by_other, struct why *reterr_why)
{
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    const struct db_arg user = db_text("user_id", user_id), now = db_int("now_ms", tx->now.ms);
    int64_t changed = 0;
    enum err err =
        db_exec(tx, &sql_account_totp_drop, DB_ARGS(practice, user, now), &changed, reterr_why);
    if (err == ERR_NONE && changed == 0)
        return why_set(reterr_why, ERR_NOT_FOUND, "there is no such account");
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_account_codes_drop, DB_ARGS(practice, user), NULL, reterr_why);
    if (err == ERR_NONE && by_other)
        err = db_exec(tx, &sql_account_session_end_all,
            DB_ARGS(practice, user, db_text("keep", ""), now), NULL, reterr_why);
    return err == ERR_NONE
        ? audit_write(tx, "account.second_factor_dropped", NULL, user_id, NULL, reterr_why)
        : err;
}

/* ---- signing in ---- */

static enum err try_code(struct arena *arena, struct tx *tx, const struct account_vault *vault,
    const struct session *session, const struct account__secrets *secrets, const char *code,
    bool *ret_right, struct why *reterr_why)
{
    const char *user_id = session->account.user_id, *plain = plain_code(arena, code);
    unsigned char secret[SEALED_SECRET_BYTES];
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    const struct db_arg user = db_text("user_id", user_id);
    int64_t step = secrets->totp && unseal(arena, vault, user_id, secrets->totp, secret)
        ? find_step(secret, secrets->totp_step, tx->now, plain)
        : -1;
    if (step >= 0) {
        *ret_right = true;
        return db_exec(tx, &sql_account_totp_step, DB_ARGS(practice, user, db_int("step", step)),
            NULL, reterr_why);
    }
    int64_t changed = 0;
    enum err err = ERR_NONE;
    if (strlen(plain) == RECOVERY_SIGNS)
        err = db_exec(tx, &sql_account_code_use,
            DB_ARGS(practice, user,
                db_text("code_hash", recovery_hash(arena, vault, user_id, plain)),
                db_int("now_ms", tx->now.ms)),
            &changed, reterr_why);
    *ret_right = changed == 1;
    return err == ERR_NONE && changed == 1
        ? audit_write(tx, "account.recovery_code_used", NULL, user_id, NULL, reterr_why)
        : err;
}

enum err account_pass_factor(struct arena *arena, struct tx *tx, const struct account_vault *vault,
    const struct session *session, const char *code, bool *ret_right, struct why *reterr_why)
{
    struct account__secrets secrets = {0};
    const char *user_id = session->account.user_id;
    *ret_right = false;
    enum err err = account__read_secrets(arena, tx, user_id, &secrets, reterr_why);
    if (err == ERR_NONE && secrets.locked_until_ms > tx->now.ms)
        return account__locked(secrets.locked_until_ms - tx->now.ms, reterr_why);
    if (err == ERR_NONE)
        err = try_code(arena, tx, vault, session, &secrets, code, ret_right, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (!*ret_right) {
        err = account__fail(tx, user_id, secrets.failures, reterr_why);
        return err == ERR_NONE
            ? audit_write(tx, "session.code_refused", NULL, session->session_id, NULL, reterr_why)
            : err;
    }
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    err = db_exec(tx, &sql_account_session_raise,
        DB_ARGS(practice, db_text("token_hash", session->token_hash), db_int("now_ms", tx->now.ms),
            db_int("ends_ms", tx->now.ms + ACCOUNT_SESSION_MS)),
        NULL, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_account_forgive, DB_ARGS(practice, db_text("user_id", user_id)),
            NULL, reterr_why);
    return err == ERR_NONE ? audit_write(
               tx, "session.second_factor_passed", NULL, session->session_id, NULL, reterr_why)
                           : err;
}
