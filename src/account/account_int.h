/* account_int.h: what the files of account share. */
#ifndef PERENNIAL_ACCOUNT_ACCOUNT_INT_H
#define PERENNIAL_ACCOUNT_ACCOUNT_INT_H

#include "account/account.h"

enum { SEALED_SECRET_BYTES = 20 }; /* RFC 4226 section 4: 160 bits */

/* Fifteen columns from `first` on, as account_read has them. */
struct account account__row(struct arena *arena, const struct db_rows *rows, int first);

struct account__secrets {
    const char *password, *totp, *totp_next; /* NULL: none */
    int64_t totp_step, failures, locked_until_ms;
    bool disabled;
};
/* In a tx, with the row locked. */
enum err account__read_secrets(struct arena *arena, struct tx *tx, const char *user_id,
    struct account__secrets *ret_secrets, struct why *reterr_why) WARN_UNUSED;

/* One more wrong try of that person; their lock grows. */
enum err account__fail(
    struct tx *tx, const char *user_id, int64_t failures, struct why *reterr_why) WARN_UNUSED;
enum err account__locked(int64_t wait_ms, struct why *reterr_why);

/* How somebody came in. */
struct account__way {
    const struct account_ask *ask;
    const char *by; /* "password", "link", "provider" */
    bool by_link, passed_second_factor;
};
enum err account__start(struct arena *arena, struct tx *tx, const char *user_id,
    const struct account__way *way, const struct account_secret *secret,
    struct session *ret_session, struct why *reterr_why) WARN_UNUSED;

char *account__token_hash(struct arena *arena, const char *token);

#endif
