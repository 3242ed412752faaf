/* plan_diff.c: a changed playbook beside the running one: people, dates, and who stays where.
 *
 * Nobody who is under way is touched by an apply: an enrollment runs on its own version. What
 * changes is who enters from now on, and what they get. */
#include <string.h>

#include "base/map.h"
#include "base/text.h"
#include "engine/engine_int.h"
#include "engine/entry.h"
#include "engine/plan.h"

static json_t *touch_line(const struct playbook_touch *touch)
{
    return json_pack("{s:s, s:i, s:s}", "touch", touch->id, "day", touch->day, "kind",
        touch->is_task ? "task" : "message");
}

/* What the messages of both versions are made of. */
struct texts {
    struct arena *arena;
    const struct template_set *set_was, *set_is;
    const struct playbook_touch *was, *is; /* the touch in hand */
};

/* The files of a template, and of the parts that its pieces lean on; none where it is not there. */
struct pieces {
    const struct template_file *files;
    size_t count;
};
static struct pieces pieces_of(
    struct arena *arena, const struct template_set *set, const char *name)
{
    struct pieces pieces = {0};
    if (!name
        || template_files_of(arena, set, &name, 1, &pieces.files, &pieces.count, NULL) != ERR_NONE)
        return (struct pieces){0};
    return pieces;
}

static const struct template_file *find_piece(const struct pieces *pieces, const char *name)
{
    for (size_t i = 0; i < pieces->count; i++) {
        if (text_is(pieces->files[i].name, name))
            return &pieces->files[i];
    }
    return NULL;
}

/* Whether the touch leaves by the piece's channel: a changed footer is no news to a text message.
 */
static bool goes_by(struct arena *arena, const struct playbook_touch *touch, const char *piece)
{
    if (touch->is_task)
        return strstr(piece, ".task.") != NULL;
    for (size_t i = 0; i < touch->send_count; i++) {
        if (strstr(piece, arena_format(arena, ".%s.", channel_kind_name(touch->send[i]))))
            return true;
    }
    return false;
}

static json_t *source_json(const struct template_file *file)
{
    return file ? json_stringn(file->text, file->len) : json_null();
}

static void add_piece(json_t *list, const struct template_file *was, const struct template_file *is)
{
    const char *name = was ? was->name : is->name, *known = NULL;
    size_t index = 0;
    json_t *line = NULL;
    json_array_foreach(list, index, line)
    {
        known = json_string_value(json_object_get(line, "piece"));
        if (text_is(known, name))
            return; /* two templates of a touch lean on the same part */
    }
    json_array_append_new(list,
        json_pack(
            "{s:s, s:o, s:o}", "piece", name, "was", source_json(was), "is", source_json(is)));
}

/* Pieces whose text is another one than the running version's copy. */
static void add_pieces(
    const struct texts *texts, const char *was_name, const char *is_name, json_t *list)
{
    struct arena *arena = texts->arena;
    struct pieces was = pieces_of(arena, texts->set_was, was_name);
    struct pieces is = pieces_of(arena, texts->set_is, is_name);
    for (size_t i = 0; i < was.count; i++) {
        const struct template_file *a = &was.files[i], *b = find_piece(&is, a->name);
        bool same = b && a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
        if (!same && goes_by(arena, texts->was, a->name))
            add_piece(list, a, b);
    }
    for (size_t i = 0; i < is.count; i++) {
        if (!find_piece(&was, is.files[i].name) && goes_by(arena, texts->is, is.files[i].name))
            add_piece(list, NULL, &is.files[i]);
    }
}

static json_t *pieces_json(const struct texts *texts)
{
    const struct playbook_touch *was = texts->was, *is = texts->is;
    json_t *list = json_array();
    add_pieces(texts, was->template_name, is->template_name, list);
    add_pieces(texts, was->script, is->script, list);
    size_t count = was->variant_count > is->variant_count ? was->variant_count : is->variant_count;
    for (size_t i = 0; i < count; i++)
        add_pieces(texts, i < was->variant_count ? was->variants[i].template_name : NULL,
            i < is->variant_count ? is->variants[i].template_name : NULL, list);
    return list;
}

/* What became of each touch of the running version, and which are new. */
static json_t *touches_json(
    struct texts *texts, const struct playbook *running, const struct playbook *next)
{
    json_t *list = json_array();
    for (size_t i = 0; i < running->touch_count; i++) {
        const struct playbook_touch *was = &running->touches[i];
        const struct playbook_touch *is = playbook_find_touch(next, was->id);
        texts->was = was;
        texts->is = is;
        json_t *pieces = is ? pieces_json(texts) : json_array();
        json_t *fields = engine__touch_fields(texts->arena, running, next, was->id);
        bool same = is && json_array_size(fields) + json_array_size(pieces) == 0;
        json_t *line = touch_line(was);
        json_object_set_new(line, "fields", fields);
        json_object_set_new(line, "pieces", pieces);
        json_object_set_new(line, "change", json_text(!is ? "removed" : same ? "kept" : "changed"));
        if (is && !same) {
            json_object_set_new(line, "new_day", json_integer(is->day));
            json_object_set_new(line, "new_template", json_text(is->template_name));
        }
        json_array_append_new(list, line);
    }
    for (size_t i = 0; i < next->touch_count; i++) {
        if (playbook_find_touch(running, next->touches[i].id))
            continue;
        json_t *line = touch_line(&next->touches[i]);
        json_object_set_new(line, "change", json_text("added"));
        json_object_set_new(line, "fields", json_array());
        json_object_set_new(line, "pieces", json_array());
        json_array_append_new(list, line);
    }
    return list;
}

static struct map treated_of(struct arena *arena, const struct journey_selection *selection)
{
    struct map map;
    map_init(&map, arena);
    for (size_t i = 0; i < selection->entrant_count; i++) {
        const struct journey_entrant *entrant = &selection->entrants[i];
        if (entrant->arm == ARM_TREAT)
            map_put(&map, entrant->row.external_id, (void *)(uintptr_t)entrant);
    }
    return map;
}

/* External ids of those in `a` and not in `b`. */
static json_t *only_in(const struct map *a, const struct map *b)
{
    json_t *list = json_array();
    for (size_t i = 0; i < a->count; i++) {
        if (!map_get(b, a->entries[i].key))
            json_array_append_new(list, json_text(a->entries[i].key));
    }
    return list;
}

/* The first touch whose day or words differ, as a sentence part; NULL: the same calendar. */
static const char *first_change(struct arena *arena, const struct practice *practice,
    const struct journey_entrant *was, const struct journey_entrant *is)
{
    size_t count = was->touch_count < is->touch_count ? was->touch_count : is->touch_count;
    for (size_t i = 0; i < count; i++) {
        const struct journey_planned *a = &was->touches[i];
        const struct journey_planned *b = &is->touches[i];
        const struct zone *zone = is->zone ? is->zone : practice->zone;
        if (!text_is(a->touch->id, b->touch->id))
            return arena_format(arena, "%s instead of %s", b->touch->id, a->touch->id);
        if (a->at.ms != b->at.ms)
            return arena_format(arena, "%s at %s instead of %s", b->touch->id,
                zone_format(arena, zone, b->at), zone_format(arena, zone, a->at));
        if (!text_is(a->template_name, b->template_name) || !text_is(a->offer, b->offer))
            return arena_format(arena, "%s says something else", b->touch->id);
    }
    if (was->touch_count != is->touch_count)
        return arena_format(arena, "%zu touches instead of %zu", is->touch_count, was->touch_count);
    return NULL;
}

static json_t *changed_json(struct arena *arena, const struct practice *practice,
    const struct map *was, const struct map *is)
{
    json_t *list = json_array();
    for (size_t i = 0; i < is->count; i++) {
        const struct journey_entrant *before = map_get(was, is->entries[i].key);
        if (!before)
            continue;
        const char *change = first_change(arena, practice, before, is->entries[i].value);
        if (change)
            json_array_append_new(
                list, json_pack("{s:s, s:s}", "patient", is->entries[i].key, "change", change));
    }
    return list;
}

enum err engine__plan_diff(struct arena *arena, struct engine *engine, const struct plan *plan,
    const struct playbook_state *state, struct instant at, const struct playbook *const *all,
    size_t all_count, json_t **ret_diff, struct why *reterr_why)
{
    if (!state || !state->version) {
        *ret_diff = json_pack("{s:n, s:b}", "running", "same", 0);
        return ERR_NONE;
    }
    struct playbook_version *running = NULL;
    enum err err = playbook_load_version(engine->cache, engine->db, engine->practice->practice_id,
        state->playbook, state->version, &running, reterr_why);
    if (err != ERR_NONE)
        return err;
    const struct entry_question question = {
        .practice = engine->practice,
        .gate = engine->gate,
        .playbook = running->playbook,
        .all = all,
        .all_count = all_count,
        .state = state,
        .now = at,
        .everybody = true,
        .refusals = REFUSALS_COUNTED,
    };
    struct journey_selection selection;
    err = entry_select(arena, engine->db, &question, &selection, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct map was = treated_of(arena, &selection);
    struct map is = treated_of(arena, &plan->selection);
    struct texts texts = {arena, running->home.templates, engine->home->templates, NULL, NULL};
    int64_t live = 0;
    err = journey_count_live(engine->db, engine->practice->practice_id, state->playbook,
        state->version, &live, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_diff = json_pack("{s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:I}", "running", state->version,
        "same", text_is(state->version, plan->playbook->version), "enter_more", only_in(&is, &was),
        "enter_no_more", only_in(&was, &is), "changed",
        changed_json(arena, engine->practice, &was, &is), "touches",
        touches_json(&texts, running->playbook, plan->playbook), "fields",
        engine__playbook_fields(arena, running->playbook, plan->playbook), "stay_on_running",
        (json_int_t)live);
    return ERR_NONE;
}
