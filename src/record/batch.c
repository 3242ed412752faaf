/* batch.c: rows on their way into a statement. */
#include <assert.h>

#include "record/record_int.h"

struct batch batch_of(struct arena *arena, size_t columns)
{
    assert(columns > 0);
    return (struct batch){.arena = arena, .columns = columns};
}

struct db_arg *batch_add(struct batch *batch)
{
    if (batch->rows == batch->capacity) {
        size_t capacity = batch->capacity ? batch->capacity * 2 : 64;
        size_t row_bytes = batch->columns * sizeof(struct db_arg);
        batch->args = arena_grow(
            batch->arena, batch->args, batch->capacity * row_bytes, capacity * row_bytes);
        batch->capacity = capacity;
    }
    return &batch->args[batch->rows++ * batch->columns];
}

enum err batch_run(
    struct tx *tx, const struct sql *sql, const struct batch *batch, struct why *reterr_why)
{
    if (batch->rows == 0)
        return ERR_NONE;
    return db_exec_many(tx, sql, batch->args, batch->columns, batch->rows, reterr_why);
}

void id_list_add(struct arena *arena, struct id_list *list, const char *id)
{
    assert(id);
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        list->ids = arena_grow(
            arena, list->ids, list->capacity * sizeof(*list->ids), capacity * sizeof(*list->ids));
        list->capacity = capacity;
    }
    list->ids[list->count++] = id;
}
