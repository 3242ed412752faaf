/* correct.c: see correct.h. */
#include "inbox/correct.h"

#include <string.h>

#include "audit/audit.h"
#include "base/text.h"
#include "inbox/inbox_int.h"
#include "inbox_sql.h"

static struct db_arg practice_of(const struct tx *tx)
{
    return db_int("practice_id", tx->practice_id);
}

/* The address may have passed on to others: whose words they were is concerned all the same. */
static void add_author(struct arena *arena, struct inbound *inbound)
{
    bool known = !inbound->patient_id;
    const char **all = ARENA_NEW(arena, const char *, inbound->sharing_count + 1);
    for (size_t i = 0; i < inbound->sharing_count; i++) {
        all[i] = inbound->sharing[i];
        known = known || text_is(all[i], inbound->patient_id);
    }
    if (!known)
        all[inbound->sharing_count++] = inbound->patient_id;
    inbound->sharing = all;
}

enum err inbox_read_message(struct arena *arena, struct db *db, int64_t practice_id,
    const char *inbound_id, struct inbox_message_read *ret_message, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    struct inbox_message_read message = {0};
    enum err err = db_query(db, &sql_inbox_read_message,
        DB_ARGS(db_int("practice_id", practice_id), db_text("inbound_id", inbound_id)), &rows,
        reterr_why);
    const bool found = err == ERR_NONE && db_next(rows);
    if (found) {
        message.inbound = (struct inbound){
            .inbound_id = db_col_copy(arena, rows, 0),
            .channel = db_col_copy(arena, rows, 1),
            .sender = db_col_copy(arena, rows, 2),
            .body = db_col_copy(arena, rows, 3),
            .received = {db_col_int(rows, 4)},
            .patient_id = db_col_copy(arena, rows, 5),
            .touch_id = db_col_copy(arena, rows, 6),
            .prior_body = db_col_copy(arena, rows, 10),
            .prior_key = db_col_copy(arena, rows, 11),
            .enrollment_id = db_col_copy(arena, rows, 12),
            .attachments = db_col_copy(arena, rows, 13),
        };
        message.thread_id = db_col_copy(arena, rows, 7);
        message.reading = db_col_copy(arena, rows, 8);
        message.stop = db_col_copy(arena, rows, 9);
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err == ERR_NONE && !found)
        err = why_set(reterr_why, ERR_NOT_FOUND, "there is no such message that was read");
    if (err == ERR_NONE)
        err = inbox__read_sharing(arena, db, practice_id, &message.inbound, reterr_why);
    if (err != ERR_NONE)
        return err;
    add_author(arena, &message.inbound);
    *ret_message = message;
    return ERR_NONE;
}

/* ---- what is kept ---- */

/* The reading before, but for the words, which stand in the message. */
static json_t *was_of(const char *reading)
{
    json_t *was = NULL;
    if (json_parse(reading, strlen(reading), &was, NULL) != ERR_NONE || !json_is_object(was)) {
        json_decref(was);
        return json_object();
    }
    json_object_del(was, "text");
    json_object_del(was, "why");
    return was;
}

static const char *tag_list(struct arena *arena, const struct inbox_reading *reading)
{
    const char *list = "";
    for (size_t i = 0; i < reading->tag_count; i++)
        list = arena_format(arena, "%s%s%s", list, i ? "," : "", reading->tags[i]);
    return list;
}

static enum err keep(struct tx *tx, const struct inbox_message_read *message,
    const struct inbox_correction *correction, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    const struct inbox_reading *reading = correction->reading;
    const struct id id = ids_next(tx->ids, tx->now);
    const struct db_arg inbound = db_text("inbound_id", message->inbound.inbound_id);
    JSON_AUTO was = was_of(message->reading);
    enum err err = db_exec(tx, &sql_inbox_correct_reading,
        DB_ARGS(practice_of(tx), inbound, db_text("reading", reading->json),
            db_text("stop", reading->stop ? "yes" : "no")),
        NULL, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(
            tx, &sql_inbox_outdate_correction, DB_ARGS(practice_of(tx), inbound), NULL, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_inbox_add_correction,
            DB_ARGS(practice_of(tx), db_text("correction_id", id.text), inbound,
                db_text("labels", correction->labels), db_text("urgency", reading->urgency),
                db_text("route", reading->route), db_text("tags", tag_list(&scratch, reading)),
                db_text("was", json_text_of(&scratch, was)), db_text("actor", tx->actor),
                db_int("now_ms", tx->now.ms)),
            NULL, reterr_why);
    return err;
}

/* ---- what follows ---- */

struct standing {
    bool newest, closed_by_person;
};

static enum err read_standing(struct tx *tx, const struct inbox_message_read *message,
    struct standing *ret_standing, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_inbox_thread_standing,
        DB_ARGS(practice_of(tx), db_text("thread_id", message->thread_id),
            db_int("received_ms", message->inbound.received.ms),
            db_text("inbound_id", message->inbound.inbound_id)),
        &rows, reterr_why);
    if (err == ERR_NONE && db_next(rows))
        *ret_standing = (struct standing){db_col_int(rows, 0) == 1, db_col_int(rows, 1) == 1};
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static bool presses(const struct inbox_reading *reading)
{
    return !text_is(reading->urgency, "none");
}

static enum err move_thread(struct tx *tx, const struct inbox_message_read *message,
    const struct inbox_reading *reading, const struct standing *standing, struct why *reterr_why)
{
    if (!standing->newest && !presses(reading))
        return ERR_NONE;
    bool waits;
    const char *urgency;
    enum err err = inbox__keep_urgency(
        tx, message->thread_id, message->inbound.inbound_id, reading, &waits, &urgency, reterr_why);
    if (err != ERR_NONE)
        return err;
    const bool closed = !waits && !presses(reading)
        && (standing->closed_by_person || reading->stop || text_is(reading->route, "close"));
    return db_exec(tx, &sql_inbox_correct_thread,
        DB_ARGS(practice_of(tx), db_text("thread_id", message->thread_id),
            db_text("state", closed ? "closed" : "open"), db_text("label", reading->label),
            db_text("route", reading->route), db_text("urgency", urgency),
            db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
}

static enum err drop_tasks(struct arena *tick, struct tx *tx,
    const struct inbox_message_read *message, const char *kept_kind, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    const char *dropped[16];
    size_t count = 0;
    enum err err = db_query(tx->db, &sql_inbox_tasks_of_message,
        DB_ARGS(practice_of(tx), db_text("inbound_id", message->inbound.inbound_id)), &rows,
        reterr_why);
    while (err == ERR_NONE && count < 16 && db_next(rows)) {
        if (!text_is(db_col_text(rows, 1), kept_kind))
            dropped[count++] = db_col_copy(tick, rows, 0);
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        err = db_exec(tx, &sql_inbox_drop_task,
            DB_ARGS(practice_of(tx), db_text("task_id", dropped[i]), db_int("now_ms", tx->now.ms)),
            NULL, reterr_why);
        JSON_AUTO detail = json_pack("{s:s,s:i}", "reason", "corrected", "tasks", 1);
        if (err == ERR_NONE)
            err = audit_write(
                tx, "task.cancelled", message->inbound.patient_id, dropped[i], detail, reterr_why);
        if (err == ERR_NONE)
            err = inbox__settle_thread(tx, dropped[i], reterr_why);
    }
    return err;
}

/* Who corrects has read the message: what needs no answer needs no second look, and what a person
 * had closed is asked for again only when it cannot wait. */
static enum err set_tasks(struct arena *tick, struct tx *tx, const struct practice *practice,
    const struct inbox_message_read *message, const struct inbox_reading *reading,
    const struct standing *standing, const char **ret_task, struct why *reterr_why)
{
    const char *kind = inbox__task_kind(&message->inbound, reading);
    const bool done = standing->closed_by_person || text_is(reading->route, "close");
    if (kind && done && !presses(reading) && !reading->wrong_number && !reading->gone)
        kind = NULL;
    *ret_task = NULL;
    enum err err = drop_tasks(tick, tx, message, kind, reterr_why);
    if (err != ERR_NONE || !kind)
        return err;
    return inbox__raise(
        tick, tx, practice, &message->inbound, reading, tx->now, ret_task, reterr_why);
}

static enum err undo_wishes(struct tx *tx, const struct inbox_message_read *message,
    const struct inbox_correction *correction, struct why *reterr_why)
{
    const char *patient_id = message->inbound.patient_id;
    enum err err = ERR_NONE;
    if (!patient_id)
        return err;
    if (correction->resumes)
        err = record_pause(tx, patient_id, (struct day){DAY_NONE}, false, "correction", reterr_why);
    for (size_t i = 0; i < correction->untag_count && err == ERR_NONE; i++) {
        err = record_untag(tx, patient_id, correction->untags[i], reterr_why);
        if (err == ERR_NOT_FOUND) /* taken off by hand meanwhile */
            err = ERR_NONE;
    }
    return err;
}

enum err inbox_correct(struct arena *tick, struct tx *tx, const struct practice *practice,
    const unsigned char address_key[32], const struct inbox_message_read *message,
    const struct inbox_correction *correction, struct inbox_corrected *ret_corrected,
    struct why *reterr_why)
{
    const struct inbound *inbound = &message->inbound;
    const struct inbox_reading *reading = correction->reading;
    struct inbox_corrected corrected = {
        .patients = inbound->sharing, .patient_count = inbound->sharing_count};
    struct inbox_outcome unconfirmed = {0}; /* minutes or days later it confirms nothing */
    struct standing standing = {0};
    enum err err = read_standing(tx, message, &standing, reterr_why);
    if (err == ERR_NONE)
        err = keep(tx, message, correction, reterr_why);
    if (err == ERR_NONE)
        err = inbox__apply_stops(tick, tx, address_key, inbound, reading, &unconfirmed, reterr_why);
    if (err == ERR_NONE)
        err = undo_wishes(tx, message, correction, reterr_why);
    if (err == ERR_NONE)
        err = inbox__apply_wishes(tx, practice, inbound, reading, reterr_why);
    if (err == ERR_NONE)
        err = move_thread(tx, message, reading, &standing, reterr_why);
    if (err == ERR_NONE)
        err = set_tasks(
            tick, tx, practice, message, reading, &standing, &corrected.task_id, reterr_why);
    JSON_AUTO detail = json_pack("{s:s,s:s,s:s,s:s}", "message", inbound->inbound_id, "labels",
        correction->labels, "route", reading->route, "urgency", reading->urgency);
    if (err == ERR_NONE)
        err = audit_write(
            tx, "thread.corrected", inbound->patient_id, message->thread_id, detail, reterr_why);
    corrected.opted_out = unconfirmed.opted_out;
    if (err == ERR_NONE)
        *ret_corrected = corrected;
    return err;
}

/* ---- what is learned ---- */

enum err inbox_read_lessons(struct arena *arena, struct db *db, int64_t practice_id, size_t limit,
    struct inbox_lesson **ret_lessons, size_t *ret_count, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_inbox_lessons,
        DB_ARGS(db_int("practice_id", practice_id), db_int("limit", (int64_t)limit)), &rows,
        reterr_why);
    if (err != ERR_NONE)
        return err;
    struct inbox_lesson *lessons = ARENA_NEW(arena, struct inbox_lesson, limit + 1);
    size_t count = 0;
    while (count < limit && db_next(rows)) {
        const char *prior = db_col_copy(arena, rows, 2);
        lessons[count++] = (struct inbox_lesson){
            .correction_id = db_col_copy(arena, rows, 0),
            .text = db_col_copy(arena, rows, 1),
            .prior = prior ? prior : "",
            .labels = db_col_copy(arena, rows, 3),
            .urgency = db_col_copy(arena, rows, 4),
            .route = db_col_copy(arena, rows, 5),
            .tags = db_col_copy(arena, rows, 6),
        };
    }
    err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_lessons = lessons;
    *ret_count = count;
    return ERR_NONE;
}

enum err inbox_count_lessons(struct db *db, int64_t practice_id, struct instant since,
    int64_t *ret_all, int64_t *ret_newer, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    int64_t all = 0, newer = 0;
    enum err err = db_query(db, &sql_inbox_lesson_count,
        DB_ARGS(db_int("practice_id", practice_id), db_int("since_ms", since.ms)), &rows,
        reterr_why);
    if (err == ERR_NONE && db_next(rows)) {
        all = db_col_int(rows, 0);
        newer = db_col_int(rows, 1);
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_all = all;
    *ret_newer = newer;
    return ERR_NONE;
}

enum err inbox_read_layer(struct arena *arena, struct db *db, int64_t practice_id,
    struct inbox_layer *ret_layer, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(
        db, &sql_inbox_layer, DB_ARGS(db_int("practice_id", practice_id)), &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    const bool found = db_next(rows);
    if (found)
        *ret_layer = (struct inbox_layer){
            .layer_id = db_col_copy(arena, rows, 0),
            .body = db_col_copy(arena, rows, 1),
            .figures = db_col_copy(arena, rows, 2),
            .made = {db_col_int(rows, 3)},
            .lessons = db_col_int(rows, 4),
        };
    err = db_end(&rows, reterr_why);
    return err == ERR_NONE && !found
        ? why_set(reterr_why, ERR_NOT_FOUND, "nothing was learned here yet")
        : err;
}

enum err inbox_layer_changed(struct db *db, int64_t practice_id, const char *layer_id,
    bool *ret_changed, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(
        db, &sql_inbox_layer_id, DB_ARGS(db_int("practice_id", practice_id)), &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    const char *newest = db_next(rows) ? db_col_text(rows, 0) : NULL;
    *ret_changed = newest ? !layer_id || !text_is(newest, layer_id) : layer_id != NULL;
    return db_end(&rows, reterr_why);
}

enum err inbox_put_layer(
    struct tx *tx, const struct inbox_layer *layer, struct id *ret_id, struct why *reterr_why)
{
    const struct id id = ids_next(tx->ids, tx->now);
    enum err err = db_exec(tx, &sql_inbox_put_layer,
        DB_ARGS(practice_of(tx), db_text("layer_id", id.text), db_int("lessons", layer->lessons),
            db_text("body", layer->body), db_text("figures", layer->figures),
            db_text("actor", tx->actor), db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
    JSON_AUTO detail = json_pack("{s:I}", "corrections", (json_int_t)layer->lessons);
    if (err == ERR_NONE)
        err = audit_write(tx, "triage.learned", NULL, id.text, detail, reterr_why);
    if (err == ERR_NONE)
        *ret_id = id;
    return err;
}

enum err inbox_undo_layer(struct tx *tx, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct inbox_layer layer;
    enum err err = inbox_read_layer(&scratch, tx->db, tx->practice_id, &layer, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_inbox_undo_layer,
            DB_ARGS(
                practice_of(tx), db_text("layer_id", layer.layer_id), db_int("now_ms", tx->now.ms)),
            NULL, reterr_why);
    return err == ERR_NONE
        ? audit_write(tx, "triage.unlearned", NULL, layer.layer_id, NULL, reterr_why)
        : err;
}
