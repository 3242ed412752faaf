/* detail.c: the parts of a report that go by name: steps, touches, tasks. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/report_int.h"

/* Where a name's part ends: at its next colon. */
static const char *part_of(struct arena *arena, const char *at, const char **ret_rest)
{
    const char *colon = strchr(at, ':');
    *ret_rest = colon ? colon + 1 : at + strlen(at);
    return colon ? arena_text_n(arena, at, (size_t)(colon - at)) : arena_text(arena, at);
}

/* The next name with this beginning and a number; what follows it. NULL: no more. */
static const char *next_named(
    const struct report_counts *counts, const char *begin, size_t *at, int64_t *ret_value)
{
    for (; *at < counts->named.count; (*at)++) {
        const struct map_entry *entry = &counts->named.entries[*at];
        *ret_value = *(const int64_t *)entry->value;
        if (*ret_value != 0 && text_starts(entry->key, begin)) {
            (*at)++;
            return entry->key + strlen(begin);
        }
    }
    return NULL;
}

struct named_count {
    const char *name;
    int64_t count;
};

static int most_first(const void *left, const void *right)
{
    const struct named_count *a = left, *b = right;
    return a->count != b->count ? (a->count < b->count ? 1 : -1) : strcmp(a->name, b->name);
}

/* The most frequent first: [{name_key: name, count_key: count}]. */
static json_t *tally_json(
    struct arena *arena, const struct map *tally, const char *name_key, const char *count_key)
{
    struct named_count *list = ARENA_NEW(arena, struct named_count, tally->count + 1);
    for (size_t i = 0; i < tally->count; i++)
        list[i] =
            (struct named_count){tally->entries[i].key, *(const int64_t *)tally->entries[i].value};
    qsort(list, tally->count, sizeof(*list), most_first);
    json_t *json = json_array();
    for (size_t i = 0; i < tally->count; i++)
        json_array_append_new(json,
            json_pack("{s:o,s:I}", name_key, json_text(list[i].name), count_key,
                (json_int_t)list[i].count));
    return json;
}

static void tally(struct map *tally, const char *name, int64_t count)
{
    int64_t *found = map_get(tally, name);
    if (!found) {
        found = ARENA_NEW(tally->arena, int64_t, 1);
        (void)map_put(tally, name, found);
    }
    *found += count;
}

/* ---- steps ---- */

static int64_t numbered(
    struct arena *arena, const struct report_counts *counts, const char *begin, int step)
{
    return report__named(counts, arena_format(arena, "%s:%d", begin, step));
}

static json_t *step_json(struct arena *arena, const struct report_counts *counts, int step)
{
    struct map exits;
    map_init(&exits, arena);
    int64_t value, left = 0;
    size_t at = 0;
    const char *begin = arena_format(arena, "left:%d:", step);
    for (const char *exit; (exit = next_named(counts, begin, &at, &value));) {
        tally(&exits, *exit ? exit : "other", value);
        left += value;
    }
    return json_pack("{s:i,s:I,s:I,s:I,s:o}", "step", step, "reached",
        (json_int_t)(step ? numbered(arena, counts, "reached", step) : counts->heads[HEAD_ENTERED]),
        "left", (json_int_t)left, "staying", (json_int_t)numbered(arena, counts, "staying", step),
        "reasons", tally_json(arena, &exits, "exit", "patients"));
}

static json_t *steps_json(
    struct arena *arena, const struct report_counts *counts, json_t *ret_depth)
{
    json_t *steps = json_array();
    bool any = counts->heads[HEAD_ENTERED] > 0;
    for (int step = 0; any && step <= REPORT_STEPS_MAX; step++) {
        int64_t reached = step ? numbered(arena, counts, "reached", step) : 1;
        any = reached > 0;
        if (any && step > 0)
            json_array_append_new(ret_depth, json_integer(reached));
        if (any)
            json_array_append_new(steps, step_json(arena, counts, step));
    }
    return steps;
}

void report__add_steps(struct arena *arena, json_t *json, const struct report_counts *counts)
{
    json_t *depth = json_array(), *steps = steps_json(arena, counts, depth);
    json_object_set_new(json, "reached_touch", depth);
    json_object_set_new(json, "drop_out", steps);
}

json_t *report_steps(struct arena *arena, const struct report_sums *sums, const char *playbook)
{
    const struct report_sum *sum = map_get(&sums->by_name, playbook);
    JSON_AUTO depth = json_array();
    return sum ? steps_json(arena, &sum->counts, depth) : json_array();
}

int64_t report_count_exit(const struct report_sums *sums, const char *playbook, const char *exit)
{
    const struct report_sum *sum = map_get(&sums->by_name, playbook);
    int64_t count = 0, value;
    size_t at = 0;
    if (!sum)
        return 0;
    for (const char *name; (name = next_named(&sum->counts, "left:", &at, &value));) {
        const char *colon = strchr(name, ':');
        count += colon && text_is(colon + 1, exit) ? value : 0;
    }
    return count;
}

/* ---- touches ---- */

struct touch_place {
    const char *touch;
    int64_t position;
};

static int by_place(const void *left, const void *right)
{
    const struct touch_place *a = left, *b = right;
    return a->position != b->position ? (a->position < b->position ? -1 : 1)
                                      : strcmp(a->touch, b->touch);
}

/* Every touch that was planned, in order: its first place in any version. */
static size_t list_touches(
    struct arena *arena, const struct report_counts *counts, struct touch_place **ret_touches)
{
    struct touch_place *touches = ARENA_NEW(arena, struct touch_place, counts->named.count + 1);
    struct map known;
    map_init(&known, arena);
    size_t count = 0, at = 0;
    int64_t value, position;
    for (const char *name; (name = next_named(counts, "at:", &at, &value));) {
        const char *touch, *number = part_of(arena, name, &touch);
        if (!text_to_int(number, INT64_MIN, INT64_MAX, &position))
            continue;
        struct touch_place *found = map_get(&known, touch);
        if (!found) {
            found = &touches[count++];
            *found = (struct touch_place){touch, position};
            (void)map_put(&known, touch, found);
        }
        found->position = position < found->position ? position : found->position;
    }
    qsort(touches, count, sizeof(*touches), by_place);
    *ret_touches = touches;
    return count;
}

static const char *const touch_counts[] = {"planned", "went", "delivered", "skipped", "dropped",
    "cancelled", "opened", "clicked", "replied", "late", "failed", "unconfirmed", "open"};
enum { TOUCH_COUNTS = sizeof(touch_counts) / sizeof(touch_counts[0]) };

static void add_touch_counts(json_t *json, const int64_t values[TOUCH_COUNTS])
{
    for (int i = 0; i < TOUCH_COUNTS; i++)
        json_object_set_new(json, touch_counts[i], json_integer(values[i]));
    /* went, without those that were late */
    json_object_set_new(json, "on_time", json_integer(values[1] - values[9]));
}

/* Why some did not go. NULL: of all touches. */
static json_t *codes_json(
    struct arena *arena, const struct report_counts *counts, const char *of_touch)
{
    struct map codes;
    map_init(&codes, arena);
    int64_t value;
    size_t at = 0;
    for (const char *name; (name = next_named(counts, "code:", &at, &value));) {
        const char *code, *touch = part_of(arena, name, &code);
        if (!of_touch || text_is(touch, of_touch))
            tally(&codes, code, value);
    }
    return tally_json(arena, &codes, "code", "touches");
}

void report__add_touches(
    struct arena *arena, json_t *json, const struct report_counts *counts, bool each)
{
    struct touch_place *touches;
    size_t count = list_touches(arena, counts, &touches);
    int64_t all[TOUCH_COUNTS] = {0};
    json_t *list = json_array(), *reliability = json_object();
    for (size_t i = 0; i < count; i++) {
        int64_t values[TOUCH_COUNTS];
        for (int k = 0; k < TOUCH_COUNTS; k++) {
            values[k] = report__named(
                counts, arena_format(arena, "touch:%s:%s", touch_counts[k], touches[i].touch));
            all[k] += values[k];
        }
        json_t *touch = json_pack("{s:o}", "touch", json_text(touches[i].touch));
        add_touch_counts(touch, values);
        json_object_set_new(touch, "not_sent", codes_json(arena, counts, touches[i].touch));
        json_array_append_new(list, touch);
    }
    add_touch_counts(reliability, all);
    json_t *codes = codes_json(arena, counts, NULL);
    if (each && json_array_size(list))
        json_object_set(json, "touches", list);
    if (each && json_array_size(codes))
        json_object_set(json, "not_sent", codes);
    json_decref(list);
    json_object_set_new(reliability, "not_sent", codes);
    json_object_set_new(json, "reliability", reliability);
}

/* ---- staff ---- */

static int64_t usual_seconds(const char *kind)
{
    return text_is(kind, "warm_call") || text_is(kind, "call_patient") ? REPORT_CALL_SECONDS
                                                                       : REPORT_ANSWER_SECONDS;
}

static int by_seconds(const void *left, const void *right)
{
    json_t *const *a = left, *const *b = right;
    json_int_t x = json_integer_value(json_object_get(*a, "seconds"));
    json_int_t y = json_integer_value(json_object_get(*b, "seconds"));
    if (x != y)
        return x < y ? 1 : -1;
    int by_kind = strcmp(json_string_value(json_object_get(*a, "kind")),
        json_string_value(json_object_get(*b, "kind")));
    return by_kind ? by_kind
                   : strcmp(json_string_value(json_object_get(*a, "role")),
                       json_string_value(json_object_get(*b, "role")));
}

/* What was measured; where nobody measured anything, what such tasks usually take. */
static json_t *staff_json(
    struct arena *arena, const struct report_counts *counts, bool measured, int64_t *ret_seconds)
{
    json_t **kinds = ARENA_NEW(arena, json_t *, counts->named.count + 1);
    size_t count = 0, at = 0;
    int64_t tasks;
    *ret_seconds = 0;
    for (const char *name; (name = next_named(counts, "task:", &at, &tasks));) {
        const char *kind, *role = part_of(arena, name, &kind);
        int64_t seconds = measured ? report__named(counts, arena_format(arena, "seconds:%s", name))
                                   : tasks * usual_seconds(kind);
        kinds[count++] = json_pack("{s:o,s:o,s:I,s:I,s:f}", "kind", json_text(kind), "role",
            json_text(role), "tasks", (json_int_t)tasks, "seconds", (json_int_t)seconds, "minutes",
            (double)seconds / 60.0);
        *ret_seconds += seconds;
    }
    qsort(kinds, count, sizeof(json_t *), by_seconds);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, kinds[i]);
    return list;
}

void report__add_staff(struct arena *arena, json_t *json, const struct report_counts *counts)
{
    int64_t seconds = 0, value;
    size_t at = 0;
    while (next_named(counts, "seconds:", &at, &value))
        seconds += value;
    bool measured = seconds > 0;
    json_t *kinds = staff_json(arena, counts, measured, &seconds);
    const int64_t entered = counts->heads[HEAD_ENTERED], booked = counts->heads[HEAD_BOOKED];
    double minutes = (double)seconds / 60.0;
    json_object_set_new(json, "staff_minutes", json_integer((json_int_t)llround(minutes)));
    json_object_set_new(json, "staff_minutes_estimated", json_boolean(!measured));
    json_object_set_new(
        json, "minutes_per_100", json_real(entered ? minutes * 100.0 / (double)entered : 0));
    json_object_set_new(
        json, "minutes_per_booked", booked ? json_real(minutes / (double)booked) : json_null());
    json_object_set_new(json, "staff", kinds);
}
