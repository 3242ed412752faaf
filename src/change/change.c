/* change.c: reading the audit log on from a position. */
#include "change/change.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "change_sql.h"

/* ---- positions ---- */

enum err change_here(struct db *db, int64_t practice_id, struct change_position *ret_position,
    struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(
        db, &sql_change_heads, DB_ARGS(db_int("practice_id", practice_id)), &rows, reterr_why);
    size_t count = 0;
    while (err == ERR_NONE && db_next(rows)) {
        if (count == CHANGE_WRITERS_MAX)
            return why_set(reterr_why, ERR_LIMIT, "the audit log has more chains than are read");
        struct change_mark *mark = &ret_position->marks[count++];
        (void)snprintf(mark->writer, sizeof(mark->writer), "%s", db_col_text(rows, 0));
        mark->seq = db_col_int(rows, 1);
    }
    ret_position->count = count;
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

char *change_position_text(struct arena *arena, const struct change_position *position)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (size_t i = 0; i < position->count; i++)
        buf_format(
            &buf, "%s%s:%" PRId64, i ? "," : "", position->marks[i].writer, position->marks[i].seq);
    return buf.data;
}

static bool parse_mark(const char *text, size_t len, struct change_mark *ret_mark)
{
    static const char signs[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    char number[24] = "";
    size_t name = strspn(text, signs);
    if (name == 0 || name >= sizeof(ret_mark->writer) || name + 1 >= len || text[name] != ':'
        || len - name - 1 >= sizeof(number))
        return false;
    memcpy(ret_mark->writer, text, name);
    ret_mark->writer[name] = '\0';
    memcpy(number, text + name + 1, len - name - 1);
    return text_to_int(number, 0, INT64_MAX, &ret_mark->seq);
}

bool change_position_parse(const char *text, struct change_position *ret_position)
{
    size_t count = 0;
    while (*text) {
        size_t len = strcspn(text, ",");
        if (count == CHANGE_WRITERS_MAX || !parse_mark(text, len, &ret_position->marks[count]))
            return false;
        for (size_t i = 0; i < count; i++) {
            if (text_is(ret_position->marks[i].writer, ret_position->marks[count].writer))
                return false;
        }
        count++;
        text += len + (text[len] == ',');
    }
    ret_position->count = count;
    return true;
}

int64_t change_seq_of(const struct change_position *position, const char *writer)
{
    for (size_t i = 0; i < position->count; i++) {
        if (text_is(position->marks[i].writer, writer))
            return position->marks[i].seq;
    }
    return 0;
}

int64_t change_distance(const struct change_position *from, const struct change_position *to)
{
    int64_t rows = 0;
    for (size_t i = 0; i < from->count; i++) {
        if (from->marks[i].seq > change_seq_of(to, from->marks[i].writer))
            return -1;
    }
    for (size_t i = 0; i < to->count; i++)
        rows += to->marks[i].seq - change_seq_of(from, to->marks[i].writer);
    return rows;
}

void change_toward(const struct change_position *from, const struct change_position *to,
    int64_t rows_max, struct change_position *ret_position)
{
    *ret_position = *to;
    for (size_t i = 0; i < to->count; i++) {
        int64_t read = change_seq_of(from, to->marks[i].writer);
        int64_t more = to->marks[i].seq - read;
        if (more > rows_max)
            more = rows_max;
        ret_position->marks[i].seq = read + more;
        rows_max -= more;
    }
}

/* ---- changes ---- */

/* What was read so far. */
struct changes {
    struct arena *arena;
    const char *writer; /* whose chain is read */
    struct change *list;
    size_t count, capacity;
};

static void add(struct changes *changes, struct change change)
{
    if (changes->count == changes->capacity) {
        size_t bigger = changes->capacity ? changes->capacity * 2 : 32;
        changes->list = arena_grow(changes->arena, changes->list,
            changes->capacity * sizeof(change), bigger * sizeof(change));
        changes->capacity = bigger;
    }
    changes->list[changes->count++] = change;
}

static void add_row(struct changes *changes, const struct db_rows *rows)
{
    struct arena *arena = changes->arena;
    const char *subject_id = db_col_text(rows, 4);
    const struct change_kind *kind = change_kind_of(db_col_text(rows, 2), subject_id);
    for (; kind && kind->type; kind = change_kind_next(kind)) {
        struct change change = {.kind = kind,
            .at = {db_col_int(rows, 1)},
            .whose = db_col_copy(arena, rows, 5),
            .writer = changes->writer,
            .seq = db_col_int(rows, 0)};
        if (kind->ids != CHANGE_NO_IDS)
            change.patient_id = change.whose;
        if (kind->ids == CHANGE_SUBJECT_IDS) {
            change.subject_id = arena_text(arena, subject_id);
            change.thread_id = db_col_copy(arena, rows, 6);
        }
        add(changes, change);
    }
}

/* Rows of one kind that were told apart by what no kind asks for. */
static void add_tally(struct changes *changes, const struct db_rows *rows)
{
    const struct change_kind *kind = change_kind_of(db_col_text(rows, 0), db_col_text(rows, 1));
    for (; kind && kind->type; kind = change_kind_next(kind)) {
        struct change *known = NULL;
        for (size_t i = 0; i < changes->count && !known; i++) {
            const struct change_kind *other = changes->list[i].kind;
            if (other->topic == kind->topic && text_is(other->type, kind->type))
                known = &changes->list[i];
        }
        struct change change = {
            .kind = kind, .at = {db_col_int(rows, 3)}, .count = db_col_int(rows, 2)};
        if (!known) {
            add(changes, change);
            continue;
        }
        known->count += change.count;
        if (instant_before(known->at, change.at))
            known->at = change.at;
    }
}

static enum err walk(struct changes *changes, struct db *db, int64_t practice_id,
    const struct change_position *from, const struct change_position *to, bool tally,
    struct why *reterr_why)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < to->count && err == ERR_NONE; i++) {
        int64_t from_seq = change_seq_of(from, to->marks[i].writer), to_seq = to->marks[i].seq;
        if (from_seq >= to_seq)
            continue;
        DB_ROWS struct db_rows *rows = NULL;
        changes->writer = arena_text(changes->arena, to->marks[i].writer);
        err = db_query(db, tally ? &sql_change_tally : &sql_change_tail,
            DB_ARGS(db_int("practice_id", practice_id), db_text("writer", to->marks[i].writer),
                db_int("from_seq", from_seq), db_int("to_seq", to_seq)),
            &rows, reterr_why);
        while (err == ERR_NONE && db_next(rows)) {
            if (tally)
                add_tally(changes, rows);
            else
                add_row(changes, rows);
        }
        if (err == ERR_NONE)
            err = db_end(&rows, reterr_why);
    }
    return err;
}

enum err change_read(struct arena *arena, struct db *db, int64_t practice_id,
    const struct change_position *from, const struct change_position *to,
    struct change **ret_changes, size_t *ret_count, struct why *reterr_why)
{
    struct changes changes = {.arena = arena};
    enum err err = walk(&changes, db, practice_id, from, to, false, reterr_why);
    *ret_changes = changes.list;
    *ret_count = changes.count;
    return err;
}

enum err change_count(struct arena *arena, struct db *db, int64_t practice_id,
    const struct change_position *from, const struct change_position *to,
    struct change **ret_changes, size_t *ret_count, struct why *reterr_why)
{
    struct changes changes = {.arena = arena};
    enum err err = walk(&changes, db, practice_id, from, to, true, reterr_why);
    *ret_changes = changes.list;
    *ret_count = changes.count;
    return err;
}
