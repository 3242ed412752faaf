/* people.c: the people behind a number. The sums tell on which days of entry there is anybody; only
 * those days are looked through, newest first, until a page is full. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/report_int.h"
#include "report_sql.h"

/* How the numbers are called that a measure adds up: a head, or every name with this beginning and
 * this end. */
struct trace {
    uint32_t heads; /* one bit for each */
    const char *begin, *end;
};

static const struct {
    const char *measure;
    enum report_head head;
} plain[] = {
    {"holdout", HEAD_CONTROL},
    {"live", HEAD_ACTIVE},
    {"live", HEAD_HELD},
};

static struct trace trace_of(struct arena *arena, const struct report_people *people)
{
    const char *measure = people->measure;
    struct trace trace = {.begin = NULL, .end = ""};
    if (text_is(measure, "left") || text_is(measure, "staying") || text_is(measure, "reached")) {
        if (people->step <= 0 && text_is(measure, "reached"))
            return (struct trace){.heads = 1u << HEAD_ENTERED};
        trace.begin = people->step < 0 ? arena_format(arena, "%s:", measure)
                                       : arena_format(arena, "%s:%" PRId64, measure, people->step);
        if (people->exit && text_is(measure, "left"))
            trace.end = arena_format(arena, ":%s", people->exit);
        return trace;
    }
    for (int i = 0; i < HEAD_MAX; i++)
        if (text_is(measure, report__head_name((enum report_head)i)))
            trace.heads = 1u << i;
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        if (text_is(measure, plain[i].measure))
            trace.heads |= 1u << plain[i].head;
    if (trace.heads)
        return trace;
    if (text_is(measure, "tasks")) {
        trace.begin = "task:";
        trace.end = people->kind ? arena_format(arena, ":%s", people->kind) : "";
    } else if (text_is(measure, "not_sent")) {
        trace.begin = people->touch ? arena_format(arena, "code:%s:", people->touch) : "code:";
        trace.end = people->code ? arena_format(arena, ":%s", people->code) : "";
    } else {
        trace.begin =
            arena_format(arena, "touch:%s:", text_is(measure, "on_time") ? "went" : measure);
        trace.end = people->touch ? arena_format(arena, ":%s", people->touch) : "";
    }
    return trace;
}

/* Whether counts, as text, hold a number that the trace leads to. */
static bool leads_to(const struct trace *trace, const char *counts)
{
    int64_t heads[HEAD_MAX] = {0};
    if (trace->heads) {
        report__merge_heads(heads, counts, 1);
        for (int i = 0; i < HEAD_MAX; i++)
            if (trace->heads & 1u << i && heads[i] != 0)
                return true;
        return false;
    }
    size_t begin_len = strlen(trace->begin), end_len = strlen(trace->end);
    for (const char *line = strchr(counts, '\n'); line; line = strchr(line + 1, '\n')) {
        const char *name = strchr(line, ' ');
        size_t len = name ? strcspn(++name, "\n") : 0;
        if (len >= begin_len && len >= end_len && memcmp(name, trace->begin, begin_len) == 0
            && memcmp(name + len - end_len, trace->end, end_len) == 0)
            return true;
    }
    return false;
}

/* ---- days ---- */

struct days {
    struct trace trace;
    struct map known;
    struct day *list;
    size_t count, capacity;
};

static void see_day(void *context, const struct outcome *outcome, int sign)
{
    struct days *days = context;
    char key[16];
    (void)snprintf(key, sizeof(key), "%d", outcome->day.n);
    if (sign < 0 || map_get(&days->known, key) || !leads_to(&days->trace, outcome->counts))
        return;
    (void)map_put(&days->known, key, days);
    if (days->count == days->capacity) {
        size_t capacity = days->capacity ? 2 * days->capacity : 128;
        days->list = arena_grow(days->known.arena, days->list, days->capacity * sizeof(*days->list),
            capacity * sizeof(*days->list));
        days->capacity = capacity;
    }
    days->list[days->count++] = outcome->day;
}

static int newest_first(const void *left, const void *right)
{
    const struct day *a = left, *b = right;
    return (a->n < b->n) - (a->n > b->n);
}

/* ---- people ---- */

struct finder {
    struct arena *arena;
    struct db *db;
    const struct report_question *question;
    const struct report_people *people;
    struct report_person *found;
    size_t count, limit;
};

static enum err take_people(struct finder *finder, struct db_rows **rows, struct why *reterr_why)
{
    while (finder->count < finder->limit && db_next(*rows))
        finder->found[finder->count++] = (struct report_person){
            .patient_id = db_col_copy(finder->arena, *rows, 0),
            .external_id = db_col_copy(finder->arena, *rows, 1),
            .name = db_col_copy(finder->arena, *rows, 2),
            .playbook = db_col_copy(finder->arena, *rows, 3),
            .enrollment_id = db_col_copy(finder->arena, *rows, 4),
            .entered = {db_col_int(*rows, 5)},
            .exit = db_col_copy(finder->arena, *rows, 6),
            .arm = db_col_copy(finder->arena, *rows, 7),
        };
    return db_end(rows, reterr_why);
}

static enum err find_between(
    struct finder *finder, struct day first, struct day last, struct why *reterr_why)
{
    const struct report_question *question = finder->question;
    const struct report_people *people = finder->people;
    const struct zone *zone = question->practice->zone;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(finder->db, &sql_report_people,
        DB_ARGS(db_int("practice_id", question->practice->practice_id),
            db_int("from_ms", zone_at(zone, first, 0).ms),
            db_int("to_ms", zone_at(zone, (struct day){last.n + 1}, 0).ms),
            db_int("before_ms", people->before.ms), db_text("before_id", people->before_id),
            db_text("playbook", question->playbook), db_text("locations", question->locations),
            db_text("measure", people->measure), db_text("touch", people->touch),
            db_text("exit", people->exit), db_text("code", people->code),
            db_text("kind", people->kind), db_int("step", people->step),
            db_int("goal_days", REPORT_GOAL_DAYS),
            db_int("limit", (int64_t)(finder->limit - finder->count))),
        &rows, reterr_why);
    return err == ERR_NONE ? take_people(finder, &rows, reterr_why) : err;
}

/* Who ended for one reason is in an index of its own. */
static bool is_reason(const char *measure)
{
    return text_is(measure, "opted_out") || text_is(measure, "no_response")
        || text_is(measure, "declined");
}

static enum err find_out(struct finder *finder, struct why *reterr_why)
{
    const struct report_question *question = finder->question;
    const struct report_people *people = finder->people;
    const struct zone *zone = question->practice->zone;
    struct instant from = {0}, to = {INT64_MAX};
    if (question->from.n != DAY_NONE)
        from = zone_at(zone, question->from, 0);
    if (question->to.n != DAY_NONE)
        to = zone_at(zone, (struct day){question->to.n + 1}, 0);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(finder->db, &sql_report_people_out,
        DB_ARGS(db_int("practice_id", question->practice->practice_id), db_int("from_ms", from.ms),
            db_int("to_ms", to.ms), db_int("before_ms", people->before.ms),
            db_text("before_id", people->before_id), db_text("playbook", question->playbook),
            db_text("locations", question->locations), db_text("exit", people->measure),
            db_int("limit", (int64_t)finder->limit)),
        &rows, reterr_why);
    return err == ERR_NONE ? take_people(finder, &rows, reterr_why) : err;
}

/* Days that follow each other are asked together, more of them each time. */
static enum err find_people(struct finder *finder, const struct days *days, struct why *reterr_why)
{
    enum err err = ERR_NONE;
    size_t most = 1;
    for (size_t i = 0; i < days->count && finder->count < finder->limit && err == ERR_NONE;) {
        size_t end = i + 1;
        while (
            end < days->count && end - i < most && days->list[end].n == days->list[end - 1].n - 1)
            end++;
        err = find_between(finder, days->list[end - 1], days->list[i], reterr_why);
        most = end - i == most ? 2 * most : most;
        i = end;
    }
    return err;
}

/* The days on which the sums lead to somebody, and who that is. */
static enum err find_by_days(struct finder *finder, struct why *reterr_why)
{
    struct days days = {.trace = trace_of(finder->arena, finder->people)};
    map_init(&days.known, finder->arena);
    enum err err =
        report__read_days(finder->arena, finder->db, finder->question, see_day, &days, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (days.count > 1)
        qsort(days.list, days.count, sizeof(*days.list), newest_first);
    return find_people(finder, &days, reterr_why);
}

enum err report_list_people(struct arena *arena, struct db *db,
    const struct report_question *question, const struct report_people *people,
    struct report_person **ret_people, size_t *ret_count, struct why *reterr_why)
{
    struct report_question asked = *question;
    if (people->before.ms < INT64_MAX) {
        struct day last = zone_day(question->practice->zone, people->before);
        if (asked.to.n == DAY_NONE || last.n < asked.to.n)
            asked.to = last;
    }
    struct finder finder = {.arena = arena,
        .db = db,
        .question = &asked,
        .people = people,
        .found = ARENA_NEW(arena, struct report_person, people->limit + 1),
        .limit = people->limit};
    enum err err = people->step < 0 && is_reason(people->measure)
        ? find_out(&finder, reterr_why)
        : find_by_days(&finder, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_people = finder.found;
    *ret_count = finder.count;
    return ERR_NONE;
}
