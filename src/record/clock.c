/* clock.c: visits folded into service clocks: when each patient turns due, late and lost. */
#include <assert.h>
#include <string.h>

#include "audit/audit.h"
#include "base/text.h"
#include "record/record_int.h"
#include "record_sql.h"

/* Columns of record_visits_of. */
enum {
    VISIT_PATIENT,
    VISIT_APPOINTMENT,
    VISIT_START,
    VISIT_DAY,
    VISIT_LOCATION,
    VISIT_PROVIDER,
    VISIT_SERVICE,
    VISIT_CATEGORY,
    VISIT_STATUS,
    VISIT_TOTAL,
    VISIT_SERIES,
    VISIT_SERIES_TOTAL
};

static void fold_series(struct arena *arena, struct clock_fold *fold, const struct db_rows *rows)
{
    const char *series = db_col_text(rows, VISIT_SERIES);
    if (!series) {
        fold->series_id = NULL;
        fold->series_done = fold->series_planned = -1;
        return;
    }
    if (!text_is(fold->series_id, series)) {
        fold->series_id = arena_text(arena, series);
        fold->series_done = 0;
        fold->series_planned = -1;
    }
    fold->series_done++;
    int64_t total =
        db_col_null(rows, VISIT_SERIES_TOTAL) ? -1 : db_col_int(rows, VISIT_SERIES_TOTAL);
    if (total > fold->series_planned)
        fold->series_planned = total;
}

static void fold_visit(struct arena *arena, struct clock_fold *fold, const struct db_rows *rows)
{
    fold->visits++;
    fold->last = db_col_day(rows, VISIT_DAY);
    fold->provider = db_col_copy(arena, rows, VISIT_PROVIDER);
    fold->service = db_col_copy(arena, rows, VISIT_SERVICE);
    fold->location = db_col_copy(arena, rows, VISIT_LOCATION);
    fold->appointment_id = db_col_copy(arena, rows, VISIT_APPOINTMENT);
    fold->total_cents = db_col_null(rows, VISIT_TOTAL) ? -1 : db_col_int(rows, VISIT_TOTAL);
    fold_series(arena, fold, rows);
}

static void fold_patient(struct arena *arena, struct folding *folding, const struct db_rows *rows)
{
    folding->visits++;
    folding->ltv_cents += db_col_int(rows, VISIT_TOTAL);
    struct day day = db_col_day(rows, VISIT_DAY);
    if (folding->first_visit.n == DAY_NONE)
        folding->first_visit = day;
    folding->last_visit = day;
    folding->last_provider = db_col_copy(arena, rows, VISIT_PROVIDER);
}

enum err clock_read(struct page *page, struct why *reterr_why)
{
    const struct service_clocks *clocks = page->load->options.clocks;
    for (size_t i = 0; i < page->count; i++) {
        struct folding *folding = &page->patients[i];
        folding->clocks = ARENA_NEW(page->arena, struct clock_fold, clocks->count + 1);
        for (size_t j = 0; j < clocks->count; j++)
            folding->clocks[j] =
                (struct clock_fold){.total_cents = -1, .series_done = -1, .series_planned = -1};
    }
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(page->tx->db, &sql_record_visits_of,
        DB_ARGS(db_int("practice_id", page->tx->practice_id), db_text("ids", page->ids)), &rows,
        reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        if (!text_is(db_col_text(rows, VISIT_STATUS), "completed"))
            continue;
        struct folding *folding = page_find(page, db_col_text(rows, VISIT_PATIENT));
        assert(folding);
        fold_patient(page->arena, folding, rows);
        const char *category = db_col_text(rows, VISIT_CATEGORY);
        for (size_t j = 0; j < clocks->count; j++) {
            const struct service_clock *clock = &clocks->clocks[j];
            if (clock->member || text_is(category, clock->service))
                fold_visit(page->arena, &folding->clocks[j], rows);
        }
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static bool runs(
    const struct service_clock *clock, const struct folding *folding, const struct clock_fold *fold)
{
    return fold->visits > 0 && (!clock->member || text_is(folding->membership_status, "active"));
}

/* A series that is not finished has no end to count from: nobody is due a next one. */
static struct db_arg mark_arg(const char *name, const struct service_clock *clock,
    const struct clock_fold *fold, struct span span)
{
    bool open = clock->series_end && fold->series_planned > fold->series_done;
    struct day day = {DAY_NONE};
    if (!open && !span_is_zero(span))
        day = span_add_to_day(fold->last, span);
    return db_day(name, day);
}

static void fill(const struct page *page, const struct folding *folding,
    const struct service_clock *clock, const struct clock_fold *fold, struct db_arg *args)
{
    args[0] = db_int("practice_id", page->tx->practice_id);
    args[1] = db_text("service", clock->service);
    args[2] = db_text("patient_id", folding->patient_id);
    args[3] = db_day("last_day", fold->last);
    args[4] = mark_arg("due_day", clock, fold, clock->due);
    args[5] = mark_arg("late_day", clock, fold, clock->late);
    args[6] = mark_arg("lost_day", clock, fold, clock->lost);
    args[7] = db_int("visits", fold->visits);
    args[8] = db_text("last_provider", fold->provider);
    args[9] = db_text("last_service", fold->service);
    args[10] = db_text("last_location", fold->location);
    args[11] = db_int_if("last_total_cents", fold->total_cents >= 0, fold->total_cents);
    args[12] = db_text("last_appointment_id", fold->appointment_id);
    args[13] = db_int_if("series_done", fold->series_done >= 0, fold->series_done);
    args[14] = db_int_if("series_planned", fold->series_planned >= 0, fold->series_planned);
}

enum err clock_write(struct page *page, struct why *reterr_why)
{
    const struct service_clocks *clocks = page->load->options.clocks;
    struct id_list existing = {0};
    struct batch batch = batch_of(page->arena, 15);
    for (size_t i = 0; i < page->count; i++) {
        const struct folding *folding = &page->patients[i];
        if (folding->exists)
            id_list_add(page->arena, &existing, folding->patient_id);
        for (size_t j = 0; j < clocks->count; j++) {
            if (runs(&clocks->clocks[j], folding, &folding->clocks[j]))
                fill(page, folding, &clocks->clocks[j], &folding->clocks[j], batch_add(&batch));
        }
    }
    enum err err = ERR_NONE;
    if (existing.count)
        err = db_exec(page->tx, &sql_record_clocks_drop,
            DB_ARGS(db_int("practice_id", page->tx->practice_id),
                db_text("ids", db_list(page->arena, existing.ids, existing.count))),
            NULL, reterr_why);
    return err == ERR_NONE ? batch_run(page->tx, &sql_record_clock_put, &batch, reterr_why) : err;
}

/* ---- all of them again ---- */

struct naming {
    const char *category; /* NULL: none */
    struct id_list
        names; /* service, mark, stated category: of those that mean something else yet */
};

static const char category_mark[] = "\x1f"; /* in no name: source drops control characters */

/* `ids`: of these patients' appointments, as a list; NULL: of all. */
static enum err read_namings(struct record_load *load, const char *ids, struct naming *namings,
    size_t count, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    struct arena *arena = load->scratch;
    const struct db_arg args[] = {
        db_int("practice_id", load->tx->practice_id), db_text("ids", ids)};
    enum err err =
        db_query(load->tx->db, ids ? &sql_record_category_pairs_of : &sql_record_category_pairs,
            args, ids ? 2 : 1, &rows, reterr_why);
    struct id_list services = {0}, stated = {0}, before = {0};
    while (err == ERR_NONE && db_next(rows)) {
        id_list_add(arena, &services, db_col_copy(arena, rows, 0));
        id_list_add(arena, &stated, db_col_null(rows, 1) ? "" : db_col_copy(arena, rows, 1));
        id_list_add(arena, &before, db_col_null(rows, 2) ? "" : db_col_copy(arena, rows, 2));
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    for (size_t i = 0; i < services.count && err == ERR_NONE; i++) {
        const char *category = NULL;
        err = category_of(
            load, services.ids[i], *stated.ids[i] ? stated.ids[i] : NULL, &category, reterr_why);
        if (text_is(category ? category : "", before.ids[i]))
            continue;
        for (size_t j = 0; j < count; j++) {
            if (text_is(namings[j].category, category))
                id_list_add(arena, &namings[j].names,
                    arena_format(arena, "%s%s%s", services.ids[i], category_mark, stated.ids[i]));
        }
    }
    return err;
}

static enum err move_category(
    struct record_load *load, const char *ids, const struct naming *naming, struct why *reterr_why)
{
    if (naming->names.count == 0)
        return ERR_NONE;
    const struct db_arg args[] = {db_int("practice_id", load->tx->practice_id),
        db_text("mark", category_mark), db_text("category", naming->category),
        db_text("names", db_list(load->scratch, naming->names.ids, naming->names.count)),
        db_text("ids", ids)};
    if (ids)
        return db_exec(load->tx, &sql_record_category_move_of, args, 5, NULL, reterr_why);
    enum err err = db_exec(load->tx, &sql_record_category_touch, args, 4, NULL, reterr_why);
    return err == ERR_NONE ? db_exec(load->tx, &sql_record_category_move, args, 4, NULL, reterr_why)
                           : err;
}

static enum err move_categories(struct record_load *load, const char *ids, struct why *reterr_why)
{
    const struct service_clocks *clocks = load->options.clocks;
    struct naming *namings = ARENA_NEW(load->scratch, struct naming, clocks->count + 1);
    for (size_t i = 0; i < clocks->count; i++)
        namings[i].category = clocks->clocks[i].service;
    enum err err = read_namings(load, ids, namings, clocks->count + 1, reterr_why);
    for (size_t i = 0; i < clocks->count + 1 && err == ERR_NONE; i++)
        err = move_category(load, ids, &namings[i], reterr_why);
    return err;
}

enum err category_settle(struct record_load *load, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    load->scratch = &scratch;
    category_forget(load);
    enum err err = move_categories(load, NULL, reterr_why);
    load->scratch = NULL;
    return err;
}

/* On SQLite whoever writes at the desk waits for a page. */
enum { REBUILD_PAGE_MAX = 128 };

static enum err read_page(struct page *page, const char *after, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    struct id_list ids = {0};
    page->patients = ARENA_NEW(page->arena, struct folding, REBUILD_PAGE_MAX);
    enum err err = db_query(page->tx->db, &sql_record_patients_page,
        DB_ARGS(db_int("practice_id", page->tx->practice_id), db_text("after", after),
            db_int("limit", REBUILD_PAGE_MAX)),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        struct folding *folding = &page->patients[page->count++];
        *folding = (struct folding){.patient_id = db_col_copy(page->arena, rows, 0),
            .first_visit = {DAY_NONE},
            .last_visit = {DAY_NONE}};
        id_list_add(page->arena, &ids, folding->patient_id);
    }
    page->ids = db_list(page->arena, ids.ids, ids.count);
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static enum err rebuild_page(struct arena *arena, struct record_load *load, const char *after,
    struct id_list *ret_ids, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    load->scratch = &scratch;
    struct page page = {.load = load, .arena = &scratch, .tx = load->tx};
    enum err err = read_page(&page, after, reterr_why);
    if (err == ERR_NONE && page.count > 0)
        err = person_read(&page, reterr_why);
    if (err == ERR_NONE && page.count > 0)
        err = move_categories(load, page.ids, reterr_why);
    if (err == ERR_NONE && page.count > 0)
        err = clock_read(&page, reterr_why);
    if (err == ERR_NONE && page.count > 0)
        err = clock_write(&page, reterr_why);
    for (size_t i = 0; i < page.count && err == ERR_NONE; i++)
        id_list_add(arena, ret_ids, arena_text(arena, page.patients[i].patient_id));
    load->scratch = NULL;
    return err;
}

enum err record_rebuild_clocks(struct arena *arena, struct tx *tx,
    const struct record_rebuild *rebuild, const char *const **ret_ids, size_t *ret_count,
    struct why *reterr_why)
{
    ARENA struct arena lasting;
    arena_init(&lasting, 0);
    struct record_load load = {
        .options = {.practice = rebuild->practice, .clocks = rebuild->clocks},
        .request = &lasting,
        .tx = tx};
    struct id_list ids = {0};
    category_forget(&load);
    enum err err = rebuild_page(arena, &load, rebuild->after, &ids, reterr_why);
    if (err == ERR_NONE && *rebuild->after == '\0' && ids.count > 0)
        err = audit_write(tx, "record.clocks_rebuilt", NULL, NULL, NULL, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_ids = ids.ids;
    *ret_count = ids.count;
    return ERR_NONE;
}
