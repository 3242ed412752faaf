/* outbox_read.c: touches as stored, for everybody to the right and for `explain`. */
#include <assert.h>
#include <string.h>

#include "outbox/outbox_int.h"
#include "outbox_sql.h"

/* The columns of `touch` in the order of its migration. */
enum touch_column {
    COL_PRACTICE_ID,
    COL_TOUCH_ID,
    COL_ENROLLMENT_ID,
    COL_PATIENT_ID,
    COL_PLAYBOOK,
    COL_VERSION,
    COL_TOUCH_KEY,
    COL_OCCURRENCE,
    COL_POSITION,
    COL_KIND,
    COL_PURPOSE,
    COL_STATE,
    COL_PLANNED,
    COL_NEXT,
    COL_EXPIRES,
    COL_CHANNEL,
    COL_DRIVER,
    COL_ADDRESS,
    COL_TEMPLATE,
    COL_WORDING,
    COL_VARIANT,
    COL_OFFER,
    COL_LANGUAGE,
    COL_SUBJECT,
    COL_BODY,
    COL_HTML,
    COL_BODY_HASH,
    COL_SEGMENTS,
    COL_CODE,
    COL_CODE_RULE,
    COL_DETAIL,
    COL_ATTEMPTS,
    COL_LEASE_OWNER,
    COL_LEASE_UNTIL,
    COL_SENT,
    COL_PROVIDER_ID,
    COL_DELIVERY,
    COL_DELIVERED,
    COL_COST,
    COL_LINK_CODE,
    COL_CREATED,
    COL_ENDED,
    COL_FOR_STAFF,
    COL_WORDS
};

static const char *const state_names[TOUCH_STATE_MAX] = {
    [TOUCH_DUE] = "due",
    [TOUCH_WAITING] = "waiting",
    [TOUCH_SENDING] = "sending",
    [TOUCH_SENT] = "sent",
    [TOUCH_IN_DOUBT] = "in_doubt",
    [TOUCH_UNCONFIRMED] = "unconfirmed",
    [TOUCH_FAILED] = "failed",
    [TOUCH_DROPPED] = "dropped",
    [TOUCH_SKIPPED] = "skipped",
    [TOUCH_CANCELLED] = "cancelled",
    [TOUCH_DONE] = "done",
};

const char *touch_state_name(enum touch_state state)
{
    assert(state < TOUCH_STATE_MAX);
    return state_names[state];
}

static bool touch_state_parse(const char *text, enum touch_state *ret_state)
{
    for (int i = 0; i < TOUCH_STATE_MAX; i++) {
        if (strcmp(text, state_names[i]) == 0) {
            *ret_state = (enum touch_state)i;
            return true;
        }
    }
    return false;
}

bool touch_state_final(enum touch_state state)
{
    switch (state) {
    case TOUCH_DUE:
    case TOUCH_WAITING:
    case TOUCH_SENDING:
    case TOUCH_IN_DOUBT: return false;
    case TOUCH_SENT:
    case TOUCH_UNCONFIRMED:
    case TOUCH_FAILED:
    case TOUCH_DROPPED:
    case TOUCH_SKIPPED:
    case TOUCH_CANCELLED:
    case TOUCH_DONE:
    case TOUCH_STATE_MAX: break;
    }
    return true;
}

static struct instant col_instant(const struct db_rows *rows, int column)
{
    return (struct instant){db_col_int(rows, column)};
}

static struct touch touch_row(struct arena *arena, const struct db_rows *rows)
{
    struct touch touch = {
        .touch_id = db_col_copy(arena, rows, COL_TOUCH_ID),
        .enrollment_id = db_col_copy(arena, rows, COL_ENROLLMENT_ID),
        .patient_id = db_col_copy(arena, rows, COL_PATIENT_ID),
        .playbook = db_col_copy(arena, rows, COL_PLAYBOOK),
        .version = db_col_copy(arena, rows, COL_VERSION),
        .touch_key = db_col_copy(arena, rows, COL_TOUCH_KEY),
        .occurrence = db_col_int(rows, COL_OCCURRENCE),
        .position = db_col_int(rows, COL_POSITION),
        .is_task = strcmp(db_col_text(rows, COL_KIND), "task") == 0,
        .purpose = db_col_copy(arena, rows, COL_PURPOSE),
        .planned = col_instant(rows, COL_PLANNED),
        .next = col_instant(rows, COL_NEXT),
        .expires = col_instant(rows, COL_EXPIRES),
        .has_channel = !db_col_null(rows, COL_CHANNEL),
        .driver = db_col_copy(arena, rows, COL_DRIVER),
        .address = db_col_copy(arena, rows, COL_ADDRESS),
        .template_name = db_col_copy(arena, rows, COL_TEMPLATE),
        .wording = db_col_copy(arena, rows, COL_WORDING),
        .variant = db_col_copy(arena, rows, COL_VARIANT),
        .offer = db_col_copy(arena, rows, COL_OFFER),
        .language = db_col_copy(arena, rows, COL_LANGUAGE),
        .subject = db_col_copy(arena, rows, COL_SUBJECT),
        .body = db_col_copy(arena, rows, COL_BODY),
        .html = db_col_copy(arena, rows, COL_HTML),
        .code = db_col_copy(arena, rows, COL_CODE),
        .code_rule = db_col_copy(arena, rows, COL_CODE_RULE),
        .detail = db_col_copy(arena, rows, COL_DETAIL),
        .attempts = db_col_int(rows, COL_ATTEMPTS),
        .segments = db_col_int(rows, COL_SEGMENTS),
        .sent = col_instant(rows, COL_SENT),
        .delivered = col_instant(rows, COL_DELIVERED),
        .ended = col_instant(rows, COL_ENDED),
        .provider_id = db_col_copy(arena, rows, COL_PROVIDER_ID),
        .delivery = db_col_copy(arena, rows, COL_DELIVERY),
        .link_code = db_col_copy(arena, rows, COL_LINK_CODE),
        .created = col_instant(rows, COL_CREATED),
        .for_staff = db_col_copy(arena, rows, COL_FOR_STAFF),
        .words = db_col_copy(arena, rows, COL_WORDS),
    };
    bool known = touch_state_parse(db_col_text(rows, COL_STATE), &touch.state);
    assert(known);
    if (touch.has_channel)
        touch.has_channel = channel_kind_parse(db_col_text(rows, COL_CHANNEL), &touch.channel);
    return touch;
}

enum err outbox__touches(struct arena *arena, struct db_rows **rows, struct touch **ret_touches,
    size_t *ret_count, struct why *reterr_why)
{
    struct touch *touches = NULL;
    size_t count = 0, capacity = 0;
    while (db_next(*rows)) {
        if (count == capacity) {
            size_t bigger = capacity ? capacity * 2 : 64;
            touches =
                arena_grow(arena, touches, capacity * sizeof(*touches), bigger * sizeof(*touches));
            capacity = bigger;
        }
        touches[count++] = touch_row(arena, *rows);
    }
    enum err err = db_end(rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_touches = touches;
    *ret_count = count;
    return ERR_NONE;
}

static enum err read_one(struct arena *arena, struct db_rows **rows, const char *what,
    struct touch *ret_touch, struct why *reterr_why)
{
    struct touch *touches;
    size_t count;
    enum err err = outbox__touches(arena, rows, &touches, &count, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (count == 0)
        return why_set(reterr_why, ERR_NOT_FOUND, "there is no message with this %s", what);
    *ret_touch = touches[0];
    return ERR_NONE;
}

enum err outbox_count_tests(struct db *db, int64_t practice_id, const char *user_id,
    struct instant since, int64_t *ret_count, struct why *reterr_why)
{
    return db_query_int(db, &sql_outbox_count_tests,
        DB_ARGS(db_int("practice_id", practice_id), db_text("for_staff", user_id),
            db_int("since_ms", since.ms)),
        ret_count, reterr_why);
}

enum err outbox_read(struct arena *arena, struct db *db, int64_t practice_id, const char *touch_id,
    struct touch *ret_touch, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_outbox_read,
        DB_ARGS(db_int("practice_id", practice_id), db_text("touch_id", touch_id)), &rows,
        reterr_why);
    if (err != ERR_NONE)
        return err;
    return read_one(arena, &rows, "id", ret_touch, reterr_why);
}

enum err outbox_count_keyed(struct db *db, int64_t practice_id, const char *patient_id,
    const char *like, struct instant since, int64_t *ret_count, struct why *reterr_why)
{
    return db_query_int(db, &sql_outbox_count_keyed,
        DB_ARGS(db_int("practice_id", practice_id), db_text("patient_id", patient_id),
            db_text("like", like), db_int("since_ms", since.ms)),
        ret_count, reterr_why);
}

enum err outbox_read_link(struct arena *arena, struct db *db, int64_t practice_id,
    const char *link_code, struct touch *ret_touch, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_outbox_read_link,
        DB_ARGS(db_int("practice_id", practice_id), db_text("link_code", link_code)), &rows,
        reterr_why);
    if (err != ERR_NONE)
        return err;
    return read_one(arena, &rows, "link", ret_touch, reterr_why);
}

enum err outbox_read_enrollments(struct arena *arena, struct db *db, int64_t practice_id,
    const char *const *enrollment_ids, size_t count, struct touch **ret_touches, size_t *ret_count,
    struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_outbox_read_enrollments,
        DB_ARGS(db_int("practice_id", practice_id),
            db_text("ids", db_list(arena, enrollment_ids, count))),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    return outbox__touches(arena, &rows, ret_touches, ret_count, reterr_why);
}

static json_t *verdict_json(const struct db_rows *rows)
{
    json_t *verdict = json_object();
    json_object_set_new(verdict, "at_ms", json_integer(db_col_int(rows, 0)));
    json_object_set_new(verdict, "answer", json_text(db_col_text(rows, 1)));
    json_object_set_new(verdict, "code", json_text(db_col_text(rows, 2)));
    json_object_set_new(verdict, "rule", json_text(db_col_text(rows, 3)));
    if (!db_col_null(rows, 4))
        json_object_set_new(verdict, "until_ms", json_integer(db_col_int(rows, 4)));
    json_t *detail = NULL;
    const char *text = db_col_text(rows, 5);
    if (json_parse(text, strlen(text), &detail, NULL) == ERR_NONE)
        json_object_set_new(verdict, "detail", detail);
    return verdict;
}

enum err outbox_read_verdicts(struct db *db, int64_t practice_id, const char *touch_id,
    json_t **ret_verdicts, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_outbox_read_verdicts,
        DB_ARGS(db_int("practice_id", practice_id), db_text("touch_id", touch_id)), &rows,
        reterr_why);
    if (err != ERR_NONE)
        return err;
    JSON_AUTO verdicts = json_array();
    while (db_next(rows))
        json_array_append_new(verdicts, verdict_json(rows));
    err = db_end(&rows, reterr_why);
    if (err == ERR_NONE)
        *ret_verdicts = json_incref(verdicts);
    return err;
}

enum err outbox_longest_wait(struct arena *arena, struct db *db, int64_t practice_id,
    const char *touch_id, struct instant now, const char **ret_code, const char **ret_rule,
    struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_outbox_longest_wait,
        DB_ARGS(db_int("practice_id", practice_id), db_text("touch_id", touch_id),
            db_int("now_ms", now.ms)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    bool waited = db_next(rows);
    const char *code = waited ? db_col_copy(arena, rows, 0) : NULL;
    const char *rule = waited ? db_col_copy(arena, rows, 1) : NULL;
    err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_code = code;
    *ret_rule = rule;
    return ERR_NONE;
}
