/* desk_home.c: fills the store of a home with a large practice, for desk_bench.py.
 *
 *   desk_home HOME fill SQL_FILE PATIENTS    once; the playbook is applied already
 *   desk_home HOME rouse PER_S SECONDS       so many messages come due in each second from now on
 *   desk_home HOME stir PER_S SECONDS        so many receipts come in in each second from now on
 *   desk_home HOME rest                      what is still due of them is not
 *   desk_home HOME count                     reports have counted everything
 *
 * The same tables as the program's, written in bulk by bench/desk_home.sql. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/text.h"
#include "engine/home.h"
#include "report/report.h"

enum { SQL_BYTES_MAX = 1 << 20 };

struct maker {
    struct arena boot;
    struct env env;
    struct home home;
    struct ids ids;
    struct db *db;
    struct instant now;
};

static void must(enum err err, const struct why *why)
{
    if (err == ERR_NONE)
        return;
    char text[1024];
    why_format(why, text, sizeof(text));
    fprintf(stderr, "desk_home: %s %s\n", text, why->private_detail);
    exit(1);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void run(struct maker *maker, const char *text)
{
    struct why why = {0};
    struct tx tx = {0};
    must(db_begin(maker->db, maker->now, "bench", maker->home.practice.practice_id, &maker->ids,
             &tx, &why),
        &why);
    must(db_script(&tx, text, &why), &why);
    must(db_commit(&tx, &why), &why);
}

/* As the engine's rounds do in the background. */
static void count_all(struct maker *maker)
{
    struct why why = {0};
    bool more = true;
    double start = seconds();
    must(report_pending(maker->db, &maker->home.practice, &more, &why), &why);
    while (more) {
        struct arena round;
        struct tx tx = {0};
        arena_init(&round, 0);
        must(db_begin(maker->db, maker->now, "bench", maker->home.practice.practice_id, &maker->ids,
                 &tx, &why),
            &why);
        must(report_fold(&round, &tx, &maker->home.practice, &more, &why), &why);
        must(db_commit(&tx, &why), &why);
        arena_release(&round);
    }
    fprintf(stderr, "  %5.1f s counting\n", seconds() - start);
}

/* "@3(n % 7)": an id of kind 3, and where it ends. */
static const char *put_id(struct buf *out, const char *at)
{
    const char kind = at[1], *from = at + 3;
    int depth = 1;
    for (at = from; depth > 0; at++)
        depth += *at == '(' ? 1 : *at == ')' ? -1 : 0;
    buf_format(out, "('018f0000-0000-7000-800%c-' || substr(CAST(1000000000000 + (", kind);
    buf_add_n(out, from, (size_t)(at - 1 - from));
    buf_add(out, ") AS TEXT), 2))");
    return at;
}

static char *filled_in(struct maker *maker, const char *text, int64_t patients, const char *version)
{
    struct buf out;
    buf_init(&out, &maker->boot);
    for (const char *at = text; *at;) {
        if (text_starts(at, "{P}")) {
            buf_format(&out, "%" PRId64, patients);
            at += 3;
        } else if (text_starts(at, "{now}")) {
            buf_format(&out, "%" PRId64, maker->now.ms);
            at += 5;
        } else if (text_starts(at, "{version}")) {
            buf_add(&out, version);
            at += 9;
        } else if (*at == '@' && at[1] >= '1' && at[1] <= '9' && at[2] == '(') {
            at = put_id(&out, at);
        } else {
            buf_add_char(&out, *at++);
        }
    }
    return out.data;
}

static void fill(struct maker *maker, const char *path, int64_t patients)
{
    struct why why = {0};
    struct playbook_state *states = NULL;
    size_t count = 0, len = 0;
    char *text = NULL;
    const struct env_file *file = &maker->env.file;
    must(file->read(file->self, &maker->boot, path, SQL_BYTES_MAX, &text, &len, &why), &why);
    must(playbook_read_states(
             &maker->boot, maker->db, maker->home.practice.practice_id, &states, &count, &why),
        &why);
    if (count == 0 || !states[0].version) {
        fprintf(stderr, "desk_home: apply a playbook first\n");
        exit(1);
    }
    must(db_analyze(maker->db, &why), &why); /* or the joins below would guess */
    double start = seconds();
    for (char *at = text, *end = strstr(at, ";\n"); end; at = end + 2, end = strstr(at, ";\n")) {
        double since = seconds();
        *end = '\0';
        char *once = filled_in(maker, at, patients, states[0].version);
        run(maker, filled_in(maker, once, patients, states[0].version)); /* what stood in an id */
        const char *verb = strstr(at, "INTO ");
        if (verb && seconds() - since > 1)
            fprintf(stderr, "  %5.1f s %.*s\n", seconds() - since, (int)strcspn(verb + 5, " "),
                verb + 5);
    }
    /* Everybody is counted once, not once for each of their rows. */
    run(maker, "DELETE FROM report_mark; UPDATE report_state SET basis = ''");
    count_all(maker);
    must(db_analyze(maker->db, &why), &why);
    fprintf(stderr, "  %5.1f s in all, %" PRId64 " MiB\n", seconds() - start,
        db_size_bytes(maker->db) >> 20);
}

static void rouse(struct maker *maker, int64_t per_s, int64_t for_s)
{
    run(maker,
        arena_format(&maker->boot,
            "UPDATE touch SET state = 'due', planned_ms = %" PRId64 ", ended_ms = NULL,"
            " next_ms = %" PRId64 " + CAST(substr(touch_id, 31) AS BIGINT) * 1000 / %" PRId64
            ", sent_ms = NULL, delivered_ms = NULL, delivery = NULL, provider_id = NULL"
            " WHERE practice_id = 1 AND touch_id >= 'bench-018f0000-0000-7000-8003-000000000000'"
            " AND touch_id < 'bench-018f0000-0000-7000-8003-%012" PRId64 "'",
            maker->now.ms, maker->now.ms, per_s, per_s * for_s));
    count_all(maker);
}

/* What was sent is delivered, or was not after all: what reports count changes all the time. */
static void stir(struct maker *maker, int64_t per_s, int64_t for_s)
{
    for (int64_t i = 0; i < for_s; i++) {
        const struct timespec second = {.tv_sec = 1};
        run(maker,
            arena_format(&maker->boot,
                "UPDATE touch SET delivered_ms = CASE WHEN delivered_ms IS NULL THEN sent_ms END"
                " WHERE practice_id = 1 AND touch_id >= '018f0000-0000-7000-8003-%012" PRId64 "'"
                " AND touch_id < '018f0000-0000-7000-8003-%012" PRId64 "'"
                " AND enrollment_id IS NOT NULL",
                i * per_s, (i + 1) * per_s));
        (void)nanosleep(&second, NULL);
    }
}

static void rest(struct maker *maker)
{
    run(maker,
        "UPDATE touch SET state = 'cancelled', next_ms = NULL, ended_ms = 1 WHERE practice_id = 1"
        " AND touch_id >= 'bench-' AND touch_id < 'bench.' AND state IN ('due', 'waiting')");
}

int main(int argc, char **argv)
{
    static struct maker maker;
    struct why why = {0};
    int64_t number = 0, second = 0;
    const char *verb = argc > 2 ? argv[2] : "";
    bool fills = text_is(verb, "fill") && argc == 5 && text_to_int(argv[4], 1000, 100000, &number);
    bool rouses = text_is(verb, "rouse") && argc == 5 && text_to_int(argv[3], 1, 10000, &number)
        && text_to_int(argv[4], 1, 3600, &second);
    bool stirs = text_is(verb, "stir") && argc == 5 && text_to_int(argv[3], 1, 10000, &number)
        && text_to_int(argv[4], 1, 3600, &second);
    bool counts = text_is(verb, "count") && argc == 3;
    if (!fills && !rouses && !stirs && !counts && !(text_is(verb, "rest") && argc == 3)) {
        fprintf(stderr,
            "desk_home HOME fill SQL_FILE PATIENTS | rouse|stir PER_S SECONDS | rest | count\n");
        return 2;
    }
    arena_init(&maker.boot, 0);
    must(env_os_open(&maker.boot, &maker.env, &why), &why);
    maker.now = maker.env.clock.now(maker.env.clock.self);
    must(home_load(&maker.boot, &maker.env, argv[1], &maker.home, &why), &why);
    must(home_open_store(&maker.boot, &maker.home, 65536, &maker.db, &why), &why);
    home_seed_ids(&maker.home, &maker.ids);
    if (fills)
        fill(&maker, argv[3], number);
    else if (rouses)
        rouse(&maker, number, second);
    else if (stirs)
        stir(&maker, number, second);
    else if (counts)
        count_all(&maker);
    else
        rest(&maker);
    db_close(maker.db);
    env_os_close(&maker.env);
    arena_release(&maker.boot);
    return 0;
}
