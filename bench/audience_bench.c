/* audience_bench.c: a night's scan of a large practice, as a ratio to the bare statement.
 *
 *   audience_bench [PATIENTS [sqlite|postgres]]    default 1000000, with five appointments each
 *
 * The bare statement is what somebody would write by hand for the same playbook: the same people,
 * and no reasons. The compiled one lists everybody inside the window with the reason that holds
 * them back. Also PostgreSQL, where PGHOST says: there the bare one may get parallel workers, and
 * PGOPTIONS='-c max_parallel_workers_per_gather=0' compares process with process. Prints one line
 * per figure. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "audience/audience_int.h"
#include "base/embed.h"
#include "base/text.h"
#include "embed_playbooks.h"
#include "env/env.h"
#include "large_practice.h"

enum { ROUNDS = 3, TODAY = 20545 /* 2026-04-02 */ };

struct bench {
    struct arena boot;
    struct ids ids;
    struct env env;
    struct zones zones;
    struct practice practice;
    const struct audience_definitions *definitions;
    struct db *db;
    const char *label;
    long patients;
};

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double seconds(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

/* By hand: the same playbook, those who enter and nothing else. */
static const struct sql bare = {.name = "bench_bare",
    .text =
        "SELECT k.patient_id, p.external_id, p.household_id, k.last_day, p.ltv_cents"
        " FROM clock k JOIN patient p ON p.practice_id = k.practice_id AND p.patient_id ="
        " k.patient_id WHERE k.practice_id = :practice_id AND k.service = 'neurotoxin' AND"
        " k.last_day BETWEEN :today - 180 AND :today - 100 AND p.inactive = 0 AND p.deceased = 0"
        " AND p.birth_day <= :today - 6575 AND p.do_not_contact = 0 AND p.paused_until_told = 0 AND"
        " (p.paused_until_day IS NULL OR p.paused_until_day <= :today) AND p.billing_dispute = 0"
        " AND p.clinical_concern = 0 AND p.staff_or_family = 0"
        " AND NOT EXISTS (SELECT 1 FROM appointment a WHERE a.practice_id = p.practice_id AND"
        " a.patient_id = p.patient_id AND a.start_ms > :now_ms AND a.status NOT IN ('cancelled',"
        " 'late_cancelled'))"
        " AND NOT EXISTS (SELECT 1 FROM enrollment e WHERE e.practice_id = p.practice_id AND"
        " e.patient_id = p.patient_id AND (e.state <> 'ended' OR e.ended_ms > :now_ms - 7776000000"
        " OR e.exit = 'opted_out' OR e.cooldown_until_day > :today OR NOT EXISTS (SELECT 1 FROM"
        " appointment v WHERE v.practice_id = e.practice_id AND v.patient_id = e.patient_id AND"
        " v.status = 'completed' AND v.start_ms > e.ended_ms)))"
        " AND NOT EXISTS (SELECT 1 FROM thread t WHERE t.practice_id = p.practice_id AND"
        " t.patient_id = p.patient_id AND t.state = 'open')"
        " AND EXISTS (SELECT 1 FROM contact_point cp JOIN consent co ON co.practice_id ="
        " cp.practice_id AND co.patient_id = cp.patient_id AND co.channel = cp.channel AND"
        " co.purpose = 'marketing' AND co.revoked_ms IS NULL AND (co.class = 'written' OR"
        " co.channel = 'email') WHERE cp.practice_id = p.practice_id AND cp.patient_id ="
        " p.patient_id AND cp.current = 1 AND cp.health = 'ok' AND cp.channel IN ('sms', 'email')"
        " AND NOT EXISTS (SELECT 1 FROM suppression s WHERE s.practice_id = cp.practice_id AND"
        " s.address = cp.address AND s.channel IN (cp.channel, 'all') AND s.lifted_ms IS NULL))"
        " ORDER BY p.ltv_cents DESC, p.patient_id"};

static const struct audience_expr *expression(struct bench *bench, const char *text)
{
    struct why why = {0};
    const struct audience_expr *parsed = NULL;
    struct yaml *node = ARENA_NEW(&bench->boot, struct yaml, 1);
    *node = (struct yaml){.kind = YAML_SCALAR, .file = "bench", .line = 1, .scalar = text};
    struct expression_context context = {SCOPE_ENTRY, .definitions = bench->definitions};
    bench_must(expression_parse(&bench->boot, node, &context, &parsed, &why), &why);
    return parsed;
}

/* Playbook A as it is shipped. */
static struct audience_entry entry_of(struct bench *bench)
{
    static const struct channel_set TOUCHES[] = {
        {{[CHANNEL_EMAIL] = true, [CHANNEL_SMS] = true}}, {{[CHANNEL_SMS] = true}}};
    static const char *const NEVER[] = {"opted_out"};
    struct audience_entry entry = {.playbook = "neurotoxin-touch-up",
        .file = "bench",
        .marketing = true,
        .kind = ENTRY_BY_CLOCK,
        .crosses = CLOCK_DUE,
        .close_after = CLOCK_LOST,
        .service = definitions_service(bench->definitions, "neurotoxin"),
        .touches = TOUCHES,
        .touch_count = 2};
    for (int i = 0; i < EXCLUSION_MAX; i++)
        entry.exclude[i] = bench->definitions->exclude_standard[i];
    entry.only_if = expression(bench, "not booked(any, future) and reachable(email, sms)");
    entry.re_enter = (struct re_entry){.allowed = true,
        .after = {.days = 90},
        .only_if = expression(bench, "visited_since(last_exit)"),
        .lifetime_max = 8,
        .never_after = NEVER,
        .never_after_count = 1};
    return entry;
}

/* One statement to be timed; rows are read and not kept. */
struct subject {
    const char *name;
    struct sql sql;
    const struct db_arg *args;
    size_t arg_count;
    const struct audience_scan *scan; /* NULL: the bare one */
    double best, best_cpu;            /* of this process alone: SQLite's share is all of it */
    long rows, enter;
};

static void run(struct bench *bench, struct subject *subject)
{
    struct why why = {0};
    struct db_rows *rows = NULL;
    double since = seconds(), cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    subject->rows = subject->enter = 0;
    bench_must(
        db_query(bench->db, &subject->sql, subject->args, subject->arg_count, &rows, &why), &why);
    ARENA struct arena arena;
    arena_init(&arena, 0);
    while (db_next(rows)) {
        struct audience_row row = {0};
        if (subject->scan)
            audience_read(&arena, subject->scan, rows, &row);
        subject->enter += row.reason == ENTRY_NONE;
        subject->rows++;
        arena_reset(&arena);
    }
    bench_must(db_end(&rows, &why), &why);
    double took = seconds() - since;
    cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    if (subject->best == 0 || took < subject->best)
        subject->best = took;
    if (subject->best_cpu == 0 || cpu < subject->best_cpu)
        subject->best_cpu = cpu;
}

/* The fastest of several rounds, warm; the subjects take turns, so that a busy machine is busy for
 * each of them. */
static void measure(struct bench *bench)
{
    struct why why = {0};
    struct day today = {TODAY};
    struct audience_moment moment =
        audience_moment_at(&bench->practice, zone_at(bench->practice.zone, today, 23 * 60));
    const struct db_arg args[] = {
        db_int("practice_id", 1), db_int("today", TODAY), db_int("now_ms", moment.now.ms)};
    struct audience_entry entry = entry_of(bench);
    struct audience_scan night, plan;
    bench_must(
        audience_scan(&bench->boot, &entry, &moment, AUDIENCE_ENTRANTS, today, &night, &why), &why);
    bench_must(
        audience_scan(&bench->boot, &entry, &moment, AUDIENCE_ALL, today, &plan, &why), &why);
    struct subject subjects[] = {
        {.name = "bare statement", .sql = bare, .args = args, .arg_count = 3},
        {.name = "night's scan, with reasons",
            .sql = night.sql,
            .args = night.args,
            .arg_count = night.arg_count,
            .scan = &night},
        {.name = "plan, everybody of the service",
            .sql = plan.sql,
            .args = plan.args,
            .arg_count = plan.arg_count,
            .scan = &plan}};
    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < 3; i++)
            run(bench, &subjects[i]);
    for (size_t i = 0; i < 3; i++)
        printf("%-9s %-30s %8.3f s %8.3f s cpu %7ld rows %7ld enter  ratio %.2f, cpu %.2f\n",
            bench->label, subjects[i].name, subjects[i].best, subjects[i].best_cpu,
            subjects[i].rows, subjects[i].enter, subjects[i].best / subjects[0].best,
            subjects[i].best_cpu / subjects[0].best_cpu);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%-9s %-34s %8.1f MiB\n", bench->label, "most memory so far",
        (double)usage.ru_maxrss / 1024);
}

static void bench_on(const char *label, const char *address, long patients)
{
    static struct bench bench;
    static const unsigned char KEY[32] = {7};
    struct why why = {0};
    struct yaml *root = NULL;
    const struct embed_file *file = embed_find(&embed_playbooks, "definitions.yaml");
    bench = (struct bench){.label = label, .patients = patients};
    arena_init(&bench.boot, 0);
    ids_init(&bench.ids, KEY);
    bench_must(env_os_open(&bench.boot, &bench.env, &why), &why);
    zones_init(&bench.zones, &bench.boot, env_zone_load, &bench.env.file);
    bench.practice = (struct practice){.practice_id = 1, .consent_age_days_max = 548};
    bench_must(zones_find(&bench.zones, "America/Chicago", &bench.practice.zone, &why), &why);
    bench_must(
        yaml_parse(&bench.boot, "definitions.yaml", file->bytes, file->len, &root, &why), &why);
    bench_must(definitions_parse(&bench.boot, root, &bench.definitions, &why), &why);
    const struct db_options options = {.address = address, .key = KEY};
    bench_must(db_open(&bench.boot, &options, &bench.db, &why), &why);
    bench_must(migrate_up(bench.db, (struct instant){1}, &bench.ids, NULL, &why), &why);
    double since = seconds();
    bench_fill(bench.db, &bench.ids, patients, (struct day){TODAY});
    printf("%-9s %-34s %8.1f s\n", label, "filled", seconds() - since);
    measure(&bench);
    db_close(bench.db);
    env_os_close(&bench.env);
    arena_release(&bench.boot);
}

static int bench_sqlite(long patients)
{
    static const char *const ENDS[] = {"", "-wal", "-shm", ".lock"};
    char folder[] = "/tmp/perennial-bench-XXXXXX", path[64], name[80];
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/store.db", folder);
    bench_on("sqlite", path, patients);
    for (size_t i = 0; i < sizeof ENDS / sizeof ENDS[0]; i++) {
        snprintf(name, sizeof name, "%s%s", path, ENDS[i]);
        (void)unlink(name);
    }
    (void)rmdir(folder);
    return 0;
}

int main(int argc, char **argv)
{
    int64_t patients = 1000000;
    const char *only = argc > 2 ? argv[2] : NULL;
    if ((argc > 1 && !text_to_int(argv[1], 1000, 1000000, &patients))
        || (only && !text_is(only, "sqlite") && !text_is(only, "postgres"))) {
        fprintf(stderr, "audience_bench [PATIENTS [sqlite|postgres]]: 1000 to 1000000\n");
        return 2;
    }
    int failed = text_is(only, "postgres") ? 0 : bench_sqlite((long)patients);
    if (getenv("PGHOST") && !text_is(only, "sqlite"))
        bench_on("postgres", "postgresql:///", (long)patients);
    return failed;
}
