/* large_practice.c: see large_practice.h. */
#include "large_practice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

void bench_must(enum err err, const struct why *why)
{
    if (err == ERR_NONE)
        return;
    char text[1024];
    why_format(why, text, sizeof text);
    fprintf(stderr, "bench: %s %s\n", text, why->private_detail);
    exit(1);
}

void bench_script(struct db *db, struct ids *ids, const char *text)
{
    struct why why = {0};
    DB_TX struct tx tx = {0};
    const struct instant now = {INT64_C(1775000000000)};
    bench_must(db_begin(db, now, "bench", 1, ids, &tx, &why), &why);
    bench_must(db_script(&tx, text, &why), &why);
    bench_must(db_commit(&tx, &why), &why);
}

/* Numbers from a cross join of digits: both databases read it. `n` runs over the patients; every
 * value comes from a hash of n, so that neighbours in the index are strangers in the tables. In
 * these statements $N is the number of patients and $T today. */
static const char *const STEPS[] = {
    "CREATE TABLE bench_n (n BIGINT PRIMARY KEY)",
    "INSERT INTO bench_n WITH RECURSIVE d(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM d"
    " WHERE n < 999) SELECT a.n * 1000 + b.n FROM d a, d b WHERE a.n * 1000 + b.n < $N",
    "INSERT INTO patient (practice_id, patient_id, external_id, birth_day, household_id,"
    " inactive, deceased, do_not_contact, billing_dispute, visits, first_visit_day,"
    " last_visit_day, ltv_cents, ltv_percentile, created_ms, updated_ms) SELECT 1, 'p' || n,"
    " 'P' || n, 3000 + n * 7919 % 9000, 'h' || n, CASE WHEN n % 97 = 0 THEN 1 ELSE 0 END,"
    " CASE WHEN n % 89 = 0 THEN 1 ELSE 0 END, CASE WHEN n % 53 = 0 THEN 1 ELSE 0 END,"
    " CASE WHEN n % 61 = 0 THEN 1 ELSE 0 END, 4, 20000, $T - n * 7919 % 540,"
    " n * 104729 % 500000, n % 101, 1, 1 FROM bench_n",
    "INSERT INTO clock (practice_id, service, patient_id, last_day, due_day, visits) SELECT 1,"
    " CASE n % 4 WHEN 0 THEN 'facial' ELSE 'neurotoxin' END, 'p' || n,"
    " $T - n * 7919 % 540, $T + 100 - n * 7919 % 540, 4 FROM bench_n",
    "INSERT INTO contact_point (practice_id, patient_id, channel, address, source, created_ms)"
    " SELECT 1, 'p' || n, 'sms', '+1' || (5120000000 + n), 'mobile', 1 FROM bench_n",
    "INSERT INTO contact_point (practice_id, patient_id, channel, address, source, created_ms)"
    " SELECT 1, 'p' || n, 'email', 'p' || n || '@example.org', 'email', 1 FROM bench_n",
    "INSERT INTO consent (practice_id, consent_id, patient_id, channel, purpose, class,"
    " given_day, source, recorded_ms) SELECT 1, 's' || n, 'p' || n, 'sms', 'marketing',"
    " 'written', 20000, 'import', 1 FROM bench_n WHERE n % 5 <> 0",
    "INSERT INTO consent (practice_id, consent_id, patient_id, channel, purpose, class,"
    " given_day, source, recorded_ms) SELECT 1, 'e' || n, 'p' || n, 'email', 'marketing',"
    " 'express', 20000, 'import', 1 FROM bench_n WHERE n % 7 <> 0",
    "INSERT INTO suppression (practice_id, address_hash, channel, scope, reason, address,"
    " source, created_ms) SELECT 1, 'x' || n, 'sms', 'marketing', 'opt_out', '+1' ||"
    " (5120000000 + n), 'sms', 1 FROM bench_n WHERE n % 31 = 0",
    "INSERT INTO enrollment (practice_id, enrollment_id, patient_id, household_id, playbook,"
    " version, occurrence, arm, state, entered_ms, start_day, exit, ended_ms) SELECT 1, 'e'"
    " || n, 'p' || n, 'h' || n, 'neurotoxin-touch-up', 'v', 1, 'treat', 'ended',"
    " 1750000000000, 1, 'booked', 1755000000000 FROM bench_n WHERE n % 11 = 0",
    "INSERT INTO appointment (practice_id, appointment_id, patient_id, record_id, start_ms,"
    " local_day, category, status, total_cents, row_hash, first_seen_ms, status_ms)"
    " SELECT 1, 'a' || n.n || '-' || k.n, 'p' || n.n, 'P' || n.n,"
    " ($T - n.n * 7919 % 540 - (k.n - 1) * 95) * 86400000 + 72000000,"
    " $T - n.n * 7919 % 540 - (k.n - 1) * 95,"
    " CASE n.n % 4 WHEN 0 THEN 'facial' ELSE 'neurotoxin' END, CASE WHEN k.n = 0 THEN"
    " CASE WHEN n.n % 3 = 0 THEN 'booked' ELSE 'cancelled' END ELSE 'completed' END, 20000,"
    " '', 1, 1 FROM bench_n n, bench_n k WHERE k.n < 5",
};

static const char *with_numbers(
    struct arena *arena, const char *step, long patients, struct day today)
{
    struct buf text;
    buf_init(&text, arena);
    for (const char *at = step; *at; at++)
        if (text_starts(at, "$N") || text_starts(at, "$T"))
            buf_format(&text, "%ld", *++at == 'N' ? patients : (long)today.n);
        else
            buf_add_char(&text, *at);
    return text.data;
}

void bench_fill(struct db *db, struct ids *ids, long patients, struct day today)
{
    ARENA struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof STEPS / sizeof STEPS[0]; i++)
        bench_script(db, ids, with_numbers(&arena, STEPS[i], patients, today));
    bench_script(db, ids, "DROP TABLE bench_n");
    struct why why = {0};
    bench_must(db_analyze(db, &why), &why);
}
