/* forget.c: see forget.h. */
#include "http/forget.h"

#include <string.h>

#include "http_sql.h"

static enum err forget(struct erasing *erasing, const char *text, struct why *reterr_why)
{
    struct tx *tx = erasing->tx;
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    enum err err = db_exec(tx, &sql_http_erase_answers,
        DB_ARGS(practice, db_text("text", text), db_int("since_ms", tx->now.ms - MS_PER_HOUR)),
        NULL, reterr_why);
    return err == ERR_NONE ? db_exec(tx, &sql_http_erase_plans,
               DB_ARGS(practice, db_text("text", text)), NULL, reterr_why)
                           : err;
}

/* Each as JSON writes it, so that P1 is not found in P12. */
static enum err forget_each(struct erasing *erasing, const char *list, struct why *reterr_why)
{
    JSON_AUTO texts = NULL;
    size_t i;
    json_t *text;
    enum err err = json_parse(list, strlen(list), &texts, reterr_why);
    json_array_foreach(texts, i, text)
    {
        if (err == ERR_NONE)
            err = forget(erasing, json_text_of(erasing->arena, text), reterr_why);
    }
    return err;
}

enum err http_erase(struct erasing *erasing, struct why *reterr_why)
{
    enum err err = forget(erasing, erasing->patient_id, reterr_why);
    if (err == ERR_NONE)
        err = forget_each(erasing, erasing->record_ids, reterr_why);
    return err == ERR_NONE ? forget_each(erasing, erasing->addresses, reterr_why) : err;
}
