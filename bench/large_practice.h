/* large_practice.h: a practice of up to a million patients with five appointments each, made by
 * SQL.
 *
 * Three of four are neurotoxin patients, last seen on a day of the past 540; some inactive, opted
 * out, booked, without consent, or treated by the playbook `neurotoxin-touch-up` before. Same
 * number, same day, same practice. Calling sequence: db_open -> migrate_up -> bench_fill. */
#ifndef PERENNIAL_BENCH_LARGE_PRACTICE_H
#define PERENNIAL_BENCH_LARGE_PRACTICE_H

#include "base/instant.h"
#include "store/db.h"

/* Whatever goes wrong here ends the benchmark. */
void bench_must(enum err err, const struct why *why);
void bench_script(struct db *db, struct ids *ids, const char *text); /* in a transaction */
/* Practice 1 of an empty store. */
void bench_fill(struct db *db, struct ids *ids, long patients, struct day today);

#endif
