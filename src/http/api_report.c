/* api_report.c: what it brought back: numbers, weeks, the people behind a number; the audit log. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api_routes.h"
#include "audit/audit.h"
#include "base/text.h"
#include "http_sql.h"
#include "report/report.h"

enum { TREND_WEEKS = 12, DAYS_PER_WEEK = 7, AUDIT_NAMES_MAX = 64 };

/* ---- the summary ---- */

static struct report_question question_of(struct api *api)
{
    return (struct report_question){.practice = api->practice,
        .from = api_day(api, "from"),
        .to = api_day(api, "to"),
        .playbook = api_text(api, "playbook"),
        .locations = api->locations,
        .now = api->now};
}

static enum err build(struct api *api, json_t **ret_report, struct why *why)
{
    const struct report_question question = question_of(api);
    return report_build(api->arena, api->db, &question, ret_report, why);
}

void api__read_report(struct api *api)
{
    struct why why = {0};
    json_t *report = NULL;
    enum err err = build(api, &report, &why);
    api_end(api, err, &why, 200, report);
}

void api__print_report(struct api *api)
{
    struct why why = {0};
    JSON_AUTO report = NULL;
    enum err err = build(api, &report, &why);
    const char *html = err == ERR_NONE ? report_html(api->arena, report) : "";
    api_end_bytes(api, err, &why, "text/html; charset=utf-8", html, strlen(html));
    http__header(api->call->answer, "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
}

void api__export_report(struct api *api)
{
    static const char *const tables[REPORT_TABLE_MAX] = {"playbooks", "touches", "steps", "staff"};
    struct why why = {0};
    JSON_AUTO report = NULL;
    enum report_table table = REPORT_PLAYBOOKS;
    for (int i = 0; i < REPORT_TABLE_MAX; i++)
        if (text_is(api_text(api, "table"), tables[i]))
            table = (enum report_table)i;
    enum err err = build(api, &report, &why);
    const char *csv = err == ERR_NONE ? report_csv(api->arena, report, table) : "";
    api_end_bytes(api, err, &why, "text/csv; charset=utf-8", csv, strlen(csv));
    if (api->call->answer->status == 200)
        http__header(api->call->answer, "Content-Disposition",
            "attachment; filename=\"perennial-report.csv\"");
}

/* ---- weeks ---- */

void api__read_trend(struct api *api)
{
    struct why why = {0};
    int count = (int)api_int(api, "weeks", TREND_WEEKS);
    struct day today = zone_day(api->practice->zone, api->now);
    int since_monday = (day_weekday(today) + DAYS_PER_WEEK - 1) % DAYS_PER_WEEK;
    struct report_question question = question_of(api);
    question.from = (struct day){today.n - since_monday - (count - 1) * DAYS_PER_WEEK};
    question.to = today;
    struct report_week *weeks = ARENA_NEW(api->arena, struct report_week, (size_t)count);
    enum err err = report_trend(api->arena, api->db, &question, weeks, count, &why);
    json_t *items = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(items,
            json_pack("{s:o, s:I, s:I, s:I, s:I, s:I}", "week",
                api_json_day(api, (struct day){question.from.n + i * DAYS_PER_WEEK}), "entered",
                (json_int_t)weeks[i].entered, "contacted", (json_int_t)weeks[i].contacted,
                "replied", (json_int_t)weeks[i].replied, "booked", (json_int_t)weeks[i].booked,
                "opted_out", (json_int_t)weeks[i].opted_out));
    api_end(api, err, &why, 200, json_pack("{s:o}", "items", items));
}

/* ---- the people behind a number ---- */

void api__list_report_people(struct api *api)
{
    struct why why = {0};
    const char *after[2], *last[2] = {NULL, NULL};
    size_t limit = api_limit(api), count = 0;
    if (!api_cursor(api, after, 2))
        return;
    struct report_people people = {.measure = api_text(api, "measure"),
        .touch = api_text(api, "touch"),
        .exit = api_text(api, "exit"),
        .code = api_text(api, "code"),
        .kind = api_text(api, "kind"),
        .step = api_int(api, "step", -1),
        .before = {INT64_MAX},
        .before_id = after[1] ? after[1] : "",
        .limit = limit + 1};
    if (after[0])
        (void)text_to_int(after[0], 0, INT64_MAX, &people.before.ms);
    const struct report_question question = question_of(api);
    struct report_person *found = NULL;
    json_t *items = json_array(), *read = json_array();
    enum err err =
        report_list_people(api->arena, api->db, &question, &people, &found, &count, &why);
    bool more = count > limit;
    for (size_t i = 0; err == ERR_NONE && i < count && i < limit; i++) {
        const struct report_person *one = &found[i];
        json_array_append_new(read, json_text(one->patient_id));
        json_array_append_new(items,
            json_pack("{s:{s:o,s:o,s:o}, s:o, s:o, s:o, s:o, s:o}", "patient", "patient_id",
                json_text(one->patient_id), "external_id", json_text(one->external_id), "name",
                json_text(one->name), "playbook", json_text(one->playbook), "enrollment_id",
                json_text(one->enrollment_id), "entered_at", api_json_time(api, one->entered),
                "exit", json_text(one->exit), "arm", json_text(one->arm)));
        last[0] = arena_format(api->arena, "%" PRId64, one->entered.ms);
        last[1] = one->enrollment_id;
    }
    api_reads_list(api, "report", read);
    api_end(api, err, &why, 200,
        json_pack(
            "{s:o, s:o}", "items", items, "next", json_text(more ? api_next(api, last, 2) : NULL)));
}

/* ---- the audit log ---- */

struct audit_place {
    int64_t ms, seq;
    const char *writer;
};

/* A row as text: an answer holds thousands of ids in what stands in `detail`, which is JSON as it
 * was written; nobody needs it read and written out once more. */
struct audit_found {
    struct audit_place place;
    const char *text;
};

static bool audit_place(struct api *api, struct audit_place *ret_place)
{
    const char *after[3];
    *ret_place = (struct audit_place){.ms = INT64_MAX, .seq = 0, .writer = ""};
    if (!api_cursor(api, after, 3))
        return false;
    if (after[0] && text_to_int(after[0], 0, INT64_MAX, &ret_place->ms)
        && text_to_int(after[2], 0, INT64_MAX, &ret_place->seq))
        ret_place->writer = after[1];
    return true;
}

static int newer_first(const void *left, const void *right)
{
    const struct audit_place *a = &((const struct audit_found *)left)->place;
    const struct audit_place *b = &((const struct audit_found *)right)->place;
    if (a->ms != b->ms)
        return a->ms < b->ms ? 1 : -1;
    int by_writer = strcmp(b->writer, a->writer);
    return by_writer ? by_writer : (a->seq < b->seq) - (a->seq > b->seq);
}

/* A growing page: the newest of several ranges of the log. */
struct audit_page {
    struct api *api;
    struct audit_found *found;
    size_t count, limit;
};

static const char *audit_row(struct api *api, const struct db_rows *rows)
{
    JSON_AUTO json = api_row(api, rows,
        API_COLUMNS({"at", COLUMN_TIME}, {"actor", COLUMN_TEXT}, {"actor_name", COLUMN_TEXT},
            {"action", COLUMN_TEXT}, {"patient_id", COLUMN_TEXT}, {"subject_id", COLUMN_TEXT},
            {"detail", COLUMN_SKIP}, {"writer", COLUMN_TEXT}, {"seq", COLUMN_INT}));
    const char *text = json_text_of(api->arena, json), *detail = db_col_text(rows, 6);
    struct buf buf;
    buf_init(&buf, api->arena);
    buf_add_n(&buf, text, strlen(text) - 1);
    buf_add(&buf, ",\"detail\":");
    buf_add(&buf, detail && *detail ? detail : "null");
    buf_add_char(&buf, '}');
    return buf.data;
}

static enum err add_range(struct audit_page *page, const struct sql *sql, const struct db_arg *args,
    size_t arg_count, struct why *why)
{
    struct api *api = page->api;
    struct audit_found *all =
        ARENA_NEW(api->arena, struct audit_found, page->count + page->limit + 1);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(api->db, sql, args, arg_count, &rows, why);
    if (page->count)
        memcpy(all, page->found, page->count * sizeof(*all));
    page->found = all;
    for (size_t i = 0; err == ERR_NONE && i <= page->limit && db_next(rows); i++)
        all[page->count++] = (struct audit_found){
            .place = {db_col_int(rows, 0), db_col_int(rows, 8), db_col_copy(api->arena, rows, 7)},
            .text = audit_row(api, rows)};
    db_rows_drop(&rows);
    qsort(all, page->count, sizeof(*all), newer_first);
    if (page->count > page->limit + 1)
        page->count = page->limit + 1;
    return err;
}

static struct buf page_text(struct audit_page *page)
{
    struct buf text;
    const char *next = NULL;
    buf_init(&text, page->api->arena);
    buf_add(&text, "{\"items\":[");
    for (size_t i = 0; i < page->count && i < page->limit; i++) {
        buf_add(&text, i ? "," : "");
        buf_add(&text, page->found[i].text);
    }
    if (page->count > page->limit) {
        const struct audit_place *last = &page->found[page->limit - 1].place;
        const char *parts[] = {arena_format(page->api->arena, "%" PRId64, last->ms), last->writer,
            arena_format(page->api->arena, "%" PRId64, last->seq)};
        next = api_next(page->api, parts, 3);
    }
    JSON_AUTO cursor = json_text(next);
    buf_add(&text, "],\"next\":");
    buf_add(&text, json_text_of(page->api->arena, cursor));
    buf_add_char(&text, '}');
    return text;
}

/* What the log calls something that begins so. NULL in ret_list: nothing was asked for. */
struct audit_names {
    const char **names;
    size_t count;
    const char *list;
};

static enum err find_names(struct api *api, const struct sql *sql, const char *start,
    struct audit_names *ret_names, struct why *why)
{
    *ret_names = (struct audit_names){0};
    if (!start)
        return ERR_NONE;
    ret_names->names = ARENA_NEW(api->arena, const char *, AUDIT_NAMES_MAX);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(api->db, sql,
        DB_ARGS(db_int("practice_id", api->practice_id), db_text("start", start),
            db_int("limit", AUDIT_NAMES_MAX)),
        &rows, why);
    while (err == ERR_NONE && ret_names->count < AUDIT_NAMES_MAX && db_next(rows))
        ret_names->names[ret_names->count++] = db_col_copy(api->arena, rows, 0);
    ret_names->list = db_list(api->arena, ret_names->names, ret_names->count);
    return err == ERR_NONE ? db_end(&rows, why) : err;
}

/* One range of the log for each name that was asked for; the newest of all of them. */
static enum err find_acts(struct audit_page *page, const struct audit_place *place,
    const struct audit_names *actions, const struct audit_names *actors, struct why *why)
{
    struct api *api = page->api;
    struct instant to = api_time(api, "to");
    const char *patient_id = api_text(api, "patient_id");
    const struct db_arg of_range[] = {db_int("practice_id", api->practice_id),
        db_int("from_ms", api_time(api, "from").ms), db_int("to_ms", to.ms ? to.ms : INT64_MAX),
        db_int("before_ms", place->ms), db_text("before_writer", place->writer),
        db_int("before_seq", place->seq), db_int("limit", (int64_t)page->limit + 1),
        db_text("locations", api->locations)};
    enum { RANGE = sizeof(of_range) / sizeof(of_range[0]) };
    struct db_arg args[RANGE + 3];
    memcpy(args, of_range, sizeof(of_range));
    enum err err = ERR_NONE;
    if (patient_id) {
        args[RANGE] = db_text("patient_id", patient_id);
        args[RANGE + 1] = db_text("actors", actors->list);
        args[RANGE + 2] = db_text("actions", actions->list);
        return add_range(page, &sql_http_audit_of_patient, args, RANGE + 3, why);
    }
    if (!actions->list && !actors->list)
        return add_range(page, &sql_http_audit_search, args, RANGE, why);
    for (size_t i = 0; actors->list && i < actors->count && err == ERR_NONE; i++) {
        args[RANGE] = db_text("actor", actors->names[i]);
        args[RANGE + 1] = db_text("actions", actions->list);
        err = add_range(page, &sql_http_audit_by_actor, args, RANGE + 2, why);
    }
    for (size_t i = 0; !actors->list && i < actions->count && err == ERR_NONE; i++) {
        args[RANGE] = db_text("action", actions->names[i]);
        args[RANGE + 1] = db_text("actors", NULL);
        err = add_range(page, &sql_http_audit_of_action, args, RANGE + 2, why);
    }
    return err;
}

void api__search_audit(struct api *api)
{
    struct why why = {0};
    struct audit_place place;
    struct audit_names actions, actors = {0};
    struct audit_page page = {.api = api, .limit = api_limit(api)};
    const char *actor = api_text(api, "actor");
    if (!audit_place(api, &place))
        return;
    enum err err =
        find_names(api, &sql_http_audit_actions, api_text(api, "action"), &actions, &why);
    if (err == ERR_NONE)
        err = find_names(api, &sql_http_audit_actors, actor ? text_lower(api->arena, actor) : NULL,
            &actors, &why);
    if (err == ERR_NONE)
        err = find_acts(&page, &place, &actions, &actors, &why);
    struct buf text = page_text(&page);
    api_reads(api, "audit.read", api_text(api, "patient_id"), "search");
    api_end_bytes(api, err, &why, "application/json", text.data, text.len);
}

void api__list_disclosures(struct api *api)
{
    struct why why = {0};
    struct audit_place place;
    struct audit_page page = {.api = api, .limit = api_limit(api)};
    if (!audit_place(api, &place))
        return;
    const struct db_arg args[] = {
        db_int("practice_id", api->practice_id),
        db_text("patient_id", api->wild[0]),
        db_int("before_ms", place.ms),
        db_text("before_writer", place.writer),
        db_int("before_seq", place.seq),
        db_int("limit", (int64_t)api_limit(api) + 1),
    };
    enum err err = api_patient(api, api->wild[0], &why);
    if (err == ERR_NONE)
        err = add_range(&page, &sql_http_disclosures, args, sizeof(args) / sizeof(args[0]), &why);
    struct buf text = page_text(&page);
    if (err == ERR_NONE)
        api_reads(api, "audit.read", api->wild[0], "disclosures");
    api_end_bytes(api, err, &why, "application/json", text.data, text.len);
}

void api__verify_audit(struct api *api)
{
    struct why why = {0};
    struct audit_check check = {0};
    enum err err = audit_verify(api->db, &check, &why);
    api_end(api, err, &why, 200,
        json_pack("{s:I, s:I, s:b, s:o, s:o, s:o}", "rows", (json_int_t)check.rows, "writers",
            (json_int_t)check.writers, "broken", check.broken, "writer",
            json_text(check.broken ? check.writer : NULL), "seq",
            check.broken ? json_integer((json_int_t)check.seq) : json_null(), "reason",
            json_text(check.broken ? check.reason : NULL)));
}
