/* api_patient.c: finding patients: as one types, and by an expression. */
#include <inttypes.h>
#include <string.h>

#include "api_routes.h"
#include "audience/filter.h"
#include "base/map.h"
#include "base/text.h"
#include "http_sql.h"
#include "search/search.h"

enum {
    SEARCH_MAX = 12,
    /* A page's data is there within 50 ms: what a filter makes expensive is told in parts. The
     * names of a full page take ten. */
    LIST_STRETCH = 200,
    LIST_MS_MAX = 10,
    COUNT_STRETCH = 250,
    COUNT_MS_MAX = 10,
    FEW = 11, /* fewer are not told to who may see nobody */
};

static const char *name_of(struct arena *arena, const struct db_rows *rows)
{
    const char *preferred = db_col_text(rows, 4), *first = db_col_text(rows, 2);
    struct str name = str_of(arena_format(
        arena, "%s %s", preferred && *preferred ? preferred : first, db_col_text(rows, 3)));
    return str_text(arena, str_trim(name));
}

/* What everybody should see at once. */
json_t *api__patient_flags(
    struct api *api, const struct db_rows *rows, int first, struct day paused)
{
    static const char *const names[] = {"inactive", "deceased", "vip", "staff_or_family",
        "billing_dispute", "clinical_concern", "do_not_contact", "paused"};
    struct day today = zone_day(api->practice->zone, api->now);
    json_t *flags = json_array();
    for (int i = 0; i < 8; i++) {
        bool on = db_col_int(rows, first + i) != 0
            || (i == 7 && paused.n != DAY_NONE && paused.n > today.n);
        if (on)
            json_array_append_new(flags, json_string(names[i]));
    }
    return flags;
}

static json_t *item_json(struct api *api, const struct db_rows *rows)
{
    int64_t next_ms = db_col_int(rows, 10);
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:[], s:I, s:o, s:o, s:o, s:o}", "patient_id",
        db_col_text(rows, 0), "external_id", json_text(db_col_text(rows, 1)), "name",
        json_text(name_of(api->arena, rows)), "birth_day", api_json_day(api, db_col_day(rows, 5)),
        "phone", json_text(db_col_text(rows, 6)), "email", json_text(db_col_text(rows, 7)), "tags",
        "visits", (json_int_t)db_col_int(rows, 8), "last_visit",
        api_json_day(api, db_col_day(rows, 9)), "next_visit",
        api_json_time(api, (struct instant){next_ms}), "value", json_money(db_col_int(rows, 11)),
        "flags", api__patient_flags(api, rows, 12, db_col_day(rows, 20)));
}

static enum err add_tags(
    struct api *api, const char *list, const struct map *by_id, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(api->db, &sql_http_tags_of,
        DB_ARGS(db_int("practice_id", api->practice_id), db_text("ids", list)), &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        json_t *item = map_get(by_id, db_col_text(rows, 0));
        if (item)
            json_array_append_new(json_object_get(item, "tags"), json_text(db_col_text(rows, 1)));
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* The patients of a page; `in_order`: as the ids stand, else by name. */
static enum err read_items(struct api *api, const char *const *ids, size_t count, bool in_order,
    const char *what, json_t **ret_items, struct why *reterr_why)
{
    JSON_AUTO items = json_array();
    json_t *read = json_array();
    struct map by_id;
    map_init(&by_id, api->arena);
    const char *list = db_list(api->arena, ids, count);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(api->db, &sql_http_patient_items,
        DB_ARGS(db_int("practice_id", api->practice_id), db_text("ids", list),
            db_int("now_ms", api->now.ms), db_text("locations", api->locations)),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        json_t *item = item_json(api, rows);
        json_array_append_new(items, item);
        json_array_append_new(read, json_text(db_col_text(rows, 0)));
        (void)map_put(&by_id, db_col_text(rows, 0), item);
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err == ERR_NONE)
        err = add_tags(api, list, &by_id, reterr_why);
    api_reads_list(api, what, read);
    if (err != ERR_NONE)
        return err;
    *ret_items = in_order ? json_array() : json_incref(items);
    for (size_t i = 0; in_order && i < count; i++) {
        json_t *item = map_get(&by_id, ids[i]);
        if (item)
            json_array_append(*ret_items, item);
    }
    return ERR_NONE;
}

void api__search_patients(struct api *api)
{
    struct why why = {0};
    struct search_person people[SEARCH_MAX];
    const char *ids[SEARCH_MAX];
    size_t count = 0;
    json_t *items = NULL;
    const struct search_question question = {.practice_id = api->practice_id,
        .text = api_text(api, "q"),
        .locations = api->locations,
        .limit = SEARCH_MAX};
    enum err err = search_people(api->arena, api->db, &question, people, &count, &why);
    for (size_t i = 0; i < count; i++)
        ids[i] = people[i].patient_id;
    if (err == ERR_NONE)
        err = read_items(api, ids, count, true, "search", &items, &why);
    api_end(api, err, &why, 200,
        err == ERR_NONE
            ? json_pack("{s:o, s:n, s:n, s:b}", "items", items, "next", "total", "exact", 0)
            : NULL);
}

/* ---- lists ---- */

static bool parse_where(struct api *api, const struct audience_expr **ret_where)
{
    struct why why = {0};
    const char *text = api_text(api, "where");
    *ret_where = NULL;
    if (!text || text_is_blank(text))
        return true;
    /* A scalar as a file would hold it, so that errors have a column. */
    const struct yaml node = {
        .kind = YAML_SCALAR, .scalar = text, .file = "where", .line = 1, .column = 1};
    const struct expression_context context = {
        .scope = SCOPE_ENTRY, .definitions = api->desk->home->definitions};
    if (expression_parse(api->arena, &node, &context, ret_where, &why) == ERR_NONE)
        return true;
    char *message = arena_text(api->arena, why.message);
    api_wrong(api, "where", message,
        why.hint[0] ? arena_text(api->arena, why.hint) : "See docs/expressions.md");
    return false;
}

static bool everybody(const struct filter_question *question)
{
    return !question->where && !question->locations;
}

/* How long a walk has taken, and its longest stretch. */
struct pace {
    struct instant began, last;
    int64_t longest_ms;
};

static struct instant clock_of(const struct api *api)
{
    const struct env_clock *clock = &api->desk->env->clock;
    return clock->now(clock->self);
}

static struct pace pace_from_now(const struct api *api)
{
    struct instant now = clock_of(api);
    return (struct pace){.began = now, .last = now};
}

/* After a stretch: whether another one like the longest so far still fits. */
static bool fits_another(const struct api *api, struct pace *pace, int64_t ms_max)
{
    struct instant now = clock_of(api);
    int64_t took_ms = now.ms - pace->last.ms;
    pace->last = now;
    if (took_ms > pace->longest_ms)
        pace->longest_ms = took_ms;
    return now.ms - pace->began.ms + pace->longest_ms < ms_max;
}

static enum err count_stretch(struct api *api, struct filter_question *question, int64_t *total,
    bool *ret_end, struct why *reterr_why)
{
    struct audience_filter filter;
    DB_ROWS struct db_rows *rows = NULL;
    audience_filter(api->arena, question, &filter);
    enum err err = db_query(api->db, &filter.sql, filter.args, filter.arg_count, &rows, reterr_why);
    if (err == ERR_NONE && db_next(rows)) {
        *ret_end = db_col_int(rows, 0) < (int64_t)question->limit;
        *total += db_col_int(rows, 1);
        question->after_id = db_col_copy(api->arena, rows, 2);
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* How many fit: all of them when that is quickly told or wanted all the same, else at least so
 * many. */
static enum err count_all(struct api *api, const struct filter_question *asked, int64_t *ret_total,
    bool *ret_exact, struct why *reterr_why)
{
    struct filter_question question = *asked;
    int64_t total = 0;
    enum err err = ERR_NONE;
    struct pace pace = pace_from_now(api);
    question.count = true;
    question.after = question.after_id = NULL;
    question.limit = COUNT_STRETCH;
    *ret_exact = everybody(asked);
    if (*ret_exact)
        err = db_query_int(api->db, &sql_http_patient_count,
            DB_ARGS(db_int("practice_id", api->practice_id)), &total, reterr_why);
    while (!*ret_exact && err == ERR_NONE) {
        err = count_stretch(api, &question, &total, ret_exact, reterr_why);
        if (!api_bool(api, "exact") && !fits_another(api, &pace, COUNT_MS_MAX))
            break;
    }
    *ret_total = total;
    return err;
}

/* "N patients fit" for who writes playbooks and opens no patient: a handful is not told exactly, so
 * that no condition singles somebody out. */
void api__count_patients(struct api *api)
{
    struct why why = {0};
    const struct audience_moment moment = audience_moment_at(api->practice, api->now);
    const struct audience_expr *where;
    int64_t total = 0;
    bool exact = false;
    if (!parse_where(api, &where))
        return;
    const struct filter_question question = {
        .where = where, .moment = &moment, .order = FILTER_NAME, .locations = api->locations};
    enum err err = count_all(api, &question, &total, &exact, &why);
    const bool hidden = total < FEW && !api_may(api, PERMISSION_PATIENTS_READ);
    api_end(api, err, &why, 200,
        json_pack("{s:o, s:b, s:b}", "total",
            hidden ? json_null() : json_integer((json_int_t)total), "exact", exact, "few",
            hidden && exact));
}

struct patient_page {
    const char **ids;
    size_t count;
    const char *last[2]; /* the place of the last row that was looked at */
    bool more;
};

static enum err look_through(struct api *api, const struct filter_question *question, size_t limit,
    struct patient_page *page, struct why *reterr_why)
{
    struct audience_filter filter;
    size_t seen = 0;
    DB_ROWS struct db_rows *rows = NULL;
    audience_filter(api->arena, question, &filter);
    enum err err = db_query(api->db, &filter.sql, filter.args, filter.arg_count, &rows, reterr_why);
    while (err == ERR_NONE && page->count < limit && db_next(rows)) {
        bool fits = db_col_int(rows, 2) != 0, full;
        seen++;
        if (fits)
            page->ids[page->count++] = db_col_copy(api->arena, rows, 0);
        full = page->count == limit;
        if (!full && seen < question->limit)
            continue;
        page->last[0] = db_col_copy(api->arena, rows, 1);
        page->last[1] = db_col_copy(api->arena, rows, 0);
    }
    page->more = page->count == limit || seen == question->limit;
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* Stretch by stretch until the page is full or has taken its time: the rest comes with the next
 * one, also when this one is empty. */
static enum err page_of(struct api *api, const struct filter_question *asked, size_t limit,
    struct patient_page *page, struct why *reterr_why)
{
    struct filter_question question = *asked;
    struct pace pace = pace_from_now(api);
    enum err err = ERR_NONE;
    page->ids = ARENA_NEW(api->arena, const char *, limit);
    question.limit = everybody(asked) ? limit : LIST_STRETCH;
    for (bool goes_on = true; goes_on && err == ERR_NONE;) {
        err = look_through(api, &question, limit, page, reterr_why);
        question.after = page->last[0];
        question.after_id = page->last[1];
        goes_on = page->more && page->count < limit && fits_another(api, &pace, LIST_MS_MAX);
    }
    return err;
}

void api__list_patients(struct api *api)
{
    struct why why = {0};
    const char *after[2], *order = api_text(api, "order");
    const struct audience_moment moment = audience_moment_at(api->practice, api->now);
    const struct audience_expr *where;
    if (!api_cursor(api, after, 2) || !parse_where(api, &where))
        return;
    const struct filter_question question = {.where = where,
        .moment = &moment,
        .order = text_is(order, "value")   ? FILTER_VALUE
            : text_is(order, "last_visit") ? FILTER_LAST_VISIT
                                           : FILTER_NAME,
        .after = after[0],
        .after_id = after[1],
        .locations = api->locations};
    struct patient_page page = {0};
    json_t *items = NULL;
    int64_t total = 0;
    bool exact = everybody(&question);
    enum err err = page_of(api, &question, api_limit(api), &page, &why);
    if (err == ERR_NONE)
        err = read_items(api, page.ids, page.count, true, "list", &items, &why);
    const bool counts = api_bool(api, "count");
    if (err == ERR_NONE && counts)
        err = count_all(api, &question, &total, &exact, &why);
    api_end(api, err, &why, 200,
        json_pack("{s:o?, s:o, s:o, s:b}", "items", items, "next",
            json_text(page.more ? api_next(api, page.last, 2) : NULL), "total",
            counts ? json_integer((json_int_t)total) : json_null(), "exact", exact));
}
