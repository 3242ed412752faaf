/* fold.c: what an import touched, a page of patients at a time: person, permissions, clocks. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "base/text.h"
#include "record/record_int.h"
#include "record_sql.h"

static int compare_id(const void *key, const void *element)
{
    const char *const *id = key;
    const struct folding *folding = element;
    return strcmp(*id, folding->patient_id);
}

struct folding *page_find(const struct page *page, const char *patient_id)
{
    return bsearch(&patient_id, page->patients, page->count, sizeof(*page->patients), compare_id);
}

void page_note(struct folding *folding, const char *what, const char *channel)
{
    if (!folding->notes)
        folding->notes = json_object();
    json_t *channels = json_object_get(folding->notes, what);
    if (!channels) {
        channels = json_array();
        json_object_set_new(folding->notes, what, channels);
    }
    json_array_append_new(channels, json_string(channel));
}

static enum err read_page(struct page *page, const char *after, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    struct id_list ids = {0};
    page->patients = ARENA_NEW(page->arena, struct folding, RECORD_PAGE_MAX);
    enum err err = db_query(page->tx->db, &sql_record_touched_due,
        DB_ARGS(db_int("practice_id", page->tx->practice_id), db_text("after", after),
            db_int("limit", RECORD_PAGE_MAX)),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        struct folding *folding = &page->patients[page->count++];
        *folding = (struct folding){.patient_id = db_col_copy(page->arena, rows, 0),
            .fold = db_col_int(rows, 1) != 0,
            .appointments_changed = db_col_int(rows, 2),
            .paused_until = {DAY_NONE},
            .phi_authorized_day = {DAY_NONE},
            .membership_renewal = {DAY_NONE},
            .first_visit = {DAY_NONE},
            .last_visit = {DAY_NONE}};
        id_list_add(page->arena, &ids, folding->patient_id);
    }
    page->ids = db_list(page->arena, ids.ids, ids.count);
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* One link per patient: who was taken in, how much of theirs moved, what became of permissions. */
static enum err write_audit(struct page *page, struct why *reterr_why)
{
    struct audit_entry *entries = ARENA_NEW(page->arena, struct audit_entry, page->count);
    for (size_t i = 0; i < page->count; i++) {
        struct folding *folding = &page->patients[i];
        if (!folding->notes)
            folding->notes = json_object();
        if (folding->fold)
            json_object_set_new(
                folding->notes, "records", json_integer((json_int_t)folding->record_count));
        if (folding->appointments_changed)
            json_object_set_new(folding->notes, "appointments",
                json_integer((json_int_t)folding->appointments_changed));
        entries[i] =
            (struct audit_entry){.action = folding->exists ? "patient.updated" : "patient.created",
                .patient_id = folding->patient_id,
                .detail = folding->notes};
    }
    return audit_write_many(page->tx, entries, page->count, reterr_why);
}

static enum err fold_page(struct page *page, struct why *reterr_why)
{
    enum err err = person_read(page, reterr_why);
    if (err == ERR_NONE)
        err = clock_read(page, reterr_why);
    if (err == ERR_NONE)
        err = person_write(page, reterr_why);
    if (err == ERR_NONE)
        err = contact_write(page, reterr_why);
    if (err == ERR_NONE)
        err = consent_write(page, reterr_why);
    if (err == ERR_NONE)
        err = stop_write(page, reterr_why);
    if (err == ERR_NONE)
        err = clock_write(page, reterr_why);
    if (err == ERR_NONE)
        err = pair_write(page, reterr_why);
    return err == ERR_NONE ? write_audit(page, reterr_why) : err;
}

/* Folds the page after `after`; *ret_last is its last patient, *ret_count how many it had. */
static enum err fold_after(struct record_load *load, const char *after, char *ret_last,
    size_t last_bytes, size_t *ret_count, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    load->scratch = &scratch;
    struct page page = {.load = load, .arena = &scratch, .tx = load->tx};
    enum err err = read_page(&page, after, reterr_why);
    if (err == ERR_NONE && page.count > 0)
        err = fold_page(&page, reterr_why);
    for (size_t i = 0; i < page.count; i++)
        json_decref(page.patients[i].notes);
    *ret_count = page.count;
    if (err == ERR_NONE && page.count > 0) {
        const char *last = page.patients[page.count - 1].patient_id;
        assert(strlen(last) < last_bytes);
        memcpy(ret_last, last, strlen(last) + 1);
    }
    load->scratch = NULL;
    return err;
}

/* PostgreSQL plans a statement by what its tables held when it last looked, which before a first
 * import was nothing: it looks again after the first page, and whenever as many have come in. */
static enum err look_for_planner(
    struct record_load *load, int64_t done, int64_t *looked, struct why *reterr_why)
{
    if (done < RECORD_PAGE_MAX || done < 2 * *looked)
        return ERR_NONE;
    *looked = done;
    return db_exec(load->tx, &sql_record_planner_look, NULL, 0, NULL, reterr_why);
}

enum err fold_settle(struct record_load *load, struct why *reterr_why)
{
    char after[64] = "";
    size_t count = RECORD_PAGE_MAX;
    int64_t done = 0, all = 0, looked = 0;
    enum err err = ERR_NONE;
    if (load->options.folded)
        err = db_query_int(load->tx->db, &sql_record_touched_count,
            DB_ARGS(db_int("practice_id", load->tx->practice_id)), &all, reterr_why);
    while (count == RECORD_PAGE_MAX && err == ERR_NONE) {
        char last[sizeof(after)] = "";
        err = fold_after(load, after, last, sizeof(last), &count, reterr_why);
        memcpy(after, last, sizeof(after));
        done += (int64_t)count;
        if (err == ERR_NONE)
            err = look_for_planner(load, done, &looked, reterr_why);
        if (load->options.folded)
            load->options.folded(load->options.context, done, all);
    }
    return err;
}
