/* account_password.c: what a password must be, and argon2id over it. */
#include <ctype.h>
#include <sodium.h>
#include <string.h>

#include "account/account_int.h"
#include "base/text.h"

/* Of nobody: what an unknown email is compared with, so that it takes as long. Made with the same
 * cost; its password is 32 random bytes that were never written down. */
static const char nobody_hash[] = "$argon2id$v=19$m=65536,t=2,p=1$dGhlcmVpc25vYm9keWhlcg$"
                                  "0mPPUxZbVfuXDjOnVtQnD1xYvyZSLV7PvgGyyqLzYyg";

static enum err too_weak(struct why *reterr_why, const char *message)
{
    why_hint(reterr_why,
        "Take a few words that belong together only for you, %d characters or more",
        ACCOUNT_PASSWORD_MIN);
    return why_set(reterr_why, ERR_INPUT, "%s", message);
}

static bool holds(const char *password, const char *part, size_t len)
{
    if (len < 4) /* a short name hides in many a word */
        return false;
    size_t all = strlen(password);
    for (size_t i = 0; i + len <= all; i++) {
        if (strncasecmp(password + i, part, len) == 0)
            return true;
    }
    return false;
}

/* The same sign again and again, or a row of the alphabet or of digits. */
static bool is_pattern(const char *password)
{
    size_t len = strlen(password), steps = 0, same = 0, kinds = 0;
    bool seen[256] = {false};
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)password[i];
        kinds += !seen[c];
        seen[c] = true;
        if (i == 0)
            continue;
        int step = c - (unsigned char)password[i - 1];
        steps += step == 1 || step == -1;
        same += step == 0;
    }
    return kinds < 5 || (steps + same) * 4 > len * 3;
}

/* What lists of stolen passwords begin with, as far as it is long enough for us. */
static bool is_common(const char *password)
{
    static const char *const common[] = {"password", "qwertyuiop", "letmein", "iloveyou",
        "administrator", "welcome", "sunshine", "princess", "football", "baseball", "changeme"};
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
        size_t len = strlen(common[i]);
        size_t rest = strlen(password);
        if (rest >= len && strncasecmp(password, common[i], len) == 0
            && strspn(password + len, "0123456789!?.*-_ ") == rest - len)
            return true;
    }
    return false;
}

enum err account_check_password(
    const char *password, const char *email, const char *name, struct why *reterr_why)
{
    if (strlen(password) > ACCOUNT_PASSWORD_BYTES_MAX)
        return too_weak(reterr_why, "the password is too long");
    if (utf8_count(password) < ACCOUNT_PASSWORD_MIN)
        return too_weak(reterr_why, "the password is too short");
    if (holds(password, email, strcspn(email, "@")) || holds(password, name, strlen(name)))
        return too_weak(reterr_why, "the password holds the name or the email address");
    if (is_pattern(password) || is_common(password))
        return too_weak(reterr_why, "the password is easy to guess");
    return ERR_NONE;
}

enum err account_hash_password(
    struct arena *arena, const char *password, char **ret_hash, struct why *reterr_why)
{
    char hash[crypto_pwhash_STRBYTES];
    if (sodium_init() < 0
        || crypto_pwhash_str(hash, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
               crypto_pwhash_MEMLIMIT_INTERACTIVE)
            != 0)
        return why_set(reterr_why, ERR_LIMIT, "the machine has no memory for a password's hash");
    *ret_hash = arena_text(arena, hash);
    return ERR_NONE;
}

bool account_matches(const struct account_look *look, const char *password)
{
    const char *hash = look->hash ? look->hash : nobody_hash;
    bool right =
        sodium_init() >= 0 && crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
    return right && look->hash != NULL && look->user_id != NULL;
}
