/* split.c: a person was parted in two: every room gives back what it had moved, in one tx. */
#include <string.h>

#include "base/text.h"
#include "engagement/engagement.h"
#include "engine/engine_int.h"
#include "engine_sql.h"
#include "outbox/outbox.h"

enum part_kind { PART_ENROLLMENT, PART_TOUCH, PART_INBOUND, PART_TASK, PART_NOTE, PART_KIND_MAX };
static const char *const part_names[PART_KIND_MAX] = {
    "enrollment", "touch", "inbound", "task", "note"};

struct parts {
    json_t *ids[PART_KIND_MAX];
    const char *thread_id, *address;
};

static enum err read_parts(
    struct engine *engine, struct tx *tx, const char *gone, struct parts *parts, struct why *why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_engine_parts_of,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("gone", gone)), &rows, why);
    while (err == ERR_NONE && db_next(rows)) {
        const char *kind = db_col_text(rows, 0), *row_id = db_col_text(rows, 1);
        if (text_is(kind, "thread")) {
            parts->thread_id = arena_text(&engine->tick, row_id);
            parts->address = db_col_copy(&engine->tick, rows, 2);
        }
        for (int i = 0; i < PART_KIND_MAX; i++) {
            if (text_is(kind, part_names[i]))
                json_array_append_new(parts->ids[i], json_string(row_id));
        }
    }
    return err == ERR_NONE ? db_end(&rows, why) : err;
}

static enum err give_back(struct tx *tx, const char *into, const char *gone,
    const struct parts *parts, const char *const lists[PART_KIND_MAX], struct why *why)
{
    const struct inbox_parts inbox = {.inbound = lists[PART_INBOUND],
        .tasks = lists[PART_TASK],
        .notes = lists[PART_NOTE],
        .thread_id = parts->thread_id,
        .address = parts->address};
    enum err err = journey_return_patient(tx, into, gone, lists[PART_ENROLLMENT], why);
    if (err == ERR_NONE)
        err = outbox_return_patient(tx, into, gone, lists[PART_TOUCH], why);
    if (err == ERR_NONE)
        err = inbox_return_patient(tx, into, gone, &inbox, why);
    if (err == ERR_NONE)
        err = engagement_return_patient(
            tx, into, gone, lists[PART_TOUCH], lists[PART_ENROLLMENT], why);
    return err;
}

enum err engine_split(struct engine *engine, struct tx *tx, const char *into, const char *gone,
    struct why *reterr_why)
{
    struct parts parts = {0};
    const char *lists[PART_KIND_MAX];
    for (int i = 0; i < PART_KIND_MAX; i++)
        parts.ids[i] = json_array();
    enum err err = read_parts(engine, tx, gone, &parts, reterr_why);
    for (int i = 0; i < PART_KIND_MAX; i++) {
        lists[i] = json_text_of(&engine->tick, parts.ids[i]);
        json_decref(parts.ids[i]);
    }
    if (err == ERR_NONE)
        err = give_back(tx, into, gone, &parts, lists, reterr_why);
    return err == ERR_NONE ? db_exec(tx, &sql_engine_parts_drop,
               DB_ARGS(db_int("practice_id", tx->practice_id), db_text("gone", gone)), NULL,
               reterr_why)
                           : err;
}
