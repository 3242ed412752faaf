/* match.c: whose a row is that names its patient instead of giving an id. */
#include <assert.h>

#include "base/text.h"
#include "record/record_int.h"
#include "record_sql.h"

/* A blank id stands for a name and address that two patients have. */
static void learn(struct arena *arena, struct map *found, const char *name, const char *address,
    const char *record_id)
{
    char *key = arena_format(arena, "%s\n%s", name, address);
    const char *known = map_get(found, key);
    map_put(found, key, arena_text(arena, known && !text_is(known, record_id) ? "" : record_id));
}

static enum err read_addresses(struct record_load *load, const struct record_row *rows,
    size_t count, struct map *ret_found, struct why *reterr_why)
{
    struct id_list addresses = {0};
    for (size_t i = 0; i < count; i++) {
        if (rows[i].values[FIELD_MOBILE_PHONE])
            id_list_add(load->scratch, &addresses, rows[i].values[FIELD_MOBILE_PHONE]);
        if (rows[i].values[FIELD_EMAIL_ADDRESS])
            id_list_add(load->scratch, &addresses, rows[i].values[FIELD_EMAIL_ADDRESS]);
    }
    DB_ROWS struct db_rows *found = NULL;
    enum err err = db_query(load->tx->db, &sql_record_match_addresses,
        DB_ARGS(db_int("practice_id", load->tx->practice_id),
            db_text("addresses", db_list(load->scratch, addresses.ids, addresses.count))),
        &found, reterr_why);
    while (err == ERR_NONE && db_next(found))
        learn(load->scratch, ret_found, db_col_text(found, 1), db_col_text(found, 0),
            db_col_text(found, 2));
    return err == ERR_NONE ? db_end(&found, reterr_why) : err;
}

static enum err read_names(struct record_load *load, const char *const *names, size_t count,
    struct map *ret_found, struct why *reterr_why)
{
    DB_ROWS struct db_rows *found = NULL;
    enum err err = db_query(load->tx->db, &sql_record_match_names,
        DB_ARGS(db_int("practice_id", load->tx->practice_id),
            db_text("names", db_list(load->scratch, names, count))),
        &found, reterr_why);
    while (err == ERR_NONE && db_next(found))
        map_put(ret_found, db_col_text(found, 0), db_col_copy(load->scratch, found, 1));
    return err == ERR_NONE ? db_end(&found, reterr_why) : err;
}

static const char *match_one(struct arena *arena, const struct record_row *row, const char *name,
    const struct map *at, const struct map *alone)
{
    const char *const ways[] = {row->values[FIELD_MOBILE_PHONE], row->values[FIELD_EMAIL_ADDRESS]};
    for (size_t i = 0; i < 2 && *name; i++) {
        const char *id = ways[i] ? map_get(at, arena_format(arena, "%s\n%s", name, ways[i])) : NULL;
        if (id && *id)
            return id;
    }
    return *name && !ways[0] && !ways[1] ? map_get(alone, name) : NULL;
}

static enum err match_all(struct arena *arena, struct record_load *load,
    const struct record_row *rows, size_t count, const char **ret_record_ids,
    struct why *reterr_why)
{
    struct map at, alone;
    const char **names = ARENA_NEW(load->scratch, const char *, count);
    map_init(&at, load->scratch);
    map_init(&alone, load->scratch);
    for (size_t i = 0; i < count; i++)
        names[i] = full_name_key(load->scratch, &rows[i]);
    enum err err = read_addresses(load, rows, count, &at, reterr_why);
    if (err == ERR_NONE)
        err = read_names(load, names, count, &alone, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        const char *id = match_one(load->scratch, &rows[i], names[i], &at, &alone);
        ret_record_ids[i] = arena_text(arena, id);
    }
    return err;
}

enum err record_match(struct arena *arena, struct record_load *load, const struct record_row *rows,
    size_t count, const char **ret_record_ids, struct why *reterr_why)
{
    assert(count <= RECORD_BATCH_MAX);
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    load->scratch = &scratch;
    enum err err = match_all(arena, load, rows, count, ret_record_ids, reterr_why);
    load->scratch = NULL;
    return err;
}
