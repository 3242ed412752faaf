/* taught.c: what the practice's corrections have taught triage, read again when it changes. */
#include "engine/engine_int.h"
#include "inbox/correct.h"
#include "triage/layer.h"

/* One that another version made is passed over: the practice trains again, meanwhile triage reads
 * as it came. */
static enum err load(struct engine *engine, struct why *reterr_why)
{
    struct inbox_layer layer = {0};
    arena_reset(&engine->taught.arena);
    engine->taught.layer_id = NULL;
    engine->taught.layer = NULL;
    enum err err = inbox_read_layer(
        &engine->taught.arena, engine->db, engine->practice->practice_id, &layer, reterr_why);
    if (err == ERR_NOT_FOUND)
        return ERR_NONE;
    if (err != ERR_NONE)
        return err;
    engine->taught.layer_id = layer.layer_id;
    engine->taught.layer = triage_layer_decode(&engine->taught.arena, layer.body);
    if (!engine->taught.layer)
        engine->trouble = "what was learned from corrections is of another version: run perennial "
                          "train again";
    return ERR_NONE;
}

enum err engine__taught(
    struct engine *engine, const struct triage_layer **ret_layer, struct why *reterr_why)
{
    bool changed = false;
    enum err err = inbox_layer_changed(
        engine->db, engine->practice->practice_id, engine->taught.layer_id, &changed, reterr_why);
    if (err == ERR_NONE && changed)
        err = load(engine, reterr_why);
    if (err == ERR_NONE)
        *ret_layer = engine->taught.layer;
    return err;
}
