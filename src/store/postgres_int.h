/* postgres_int.h: what the two files of the PostgreSQL side share. */
#ifndef PERENNIAL_STORE_POSTGRES_INT_H
#define PERENNIAL_STORE_POSTGRES_INT_H

#include <libpq-fe.h>

#include "store/store_int.h"

enum { POSTGRES_TEXT = 25 }; /* the type's number, fixed in pg_type.dat */

extern const struct db_verbs postgres_verbs;

/* What the server said, in a sentence without values: those go to private_detail. `result` NULL:
 * what the connection says. `sql_name` may be NULL. Always an error. */
enum err postgres_fail(
    const struct db *db, const PGresult *result, const char *sql_name, struct why *reterr_why);

/* A new session in place of a lost one; its prepared statements are gone. */
enum err postgres_reconnect(struct db *db, struct why *reterr_why);

#endif
