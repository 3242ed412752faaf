#include <assert.h>
#include <string.h>

#include "embed_gate_tables.h"
#include "gate/gate_int.h"

enum { ROW_STATES_MAX = 4, ROW_ZONES_MAX = 8 };

struct zip_row { /* a run of ZIP prefixes */
    int from, to;
    const char *states[ROW_STATES_MAX];
    size_t state_count;
    const struct zone *zones[ROW_ZONES_MAX];
    size_t zone_count;
};

struct area_row {
    int code;
    const char *country, *state; /* state NULL: none */
    const struct zone *zones[ROW_ZONES_MAX];
    size_t zone_count;
};

struct place_table {
    struct zones *all;
    struct zip_row *zips;
    size_t zip_count;
    struct area_row *areas;
    size_t area_count;
    const struct zone *country_zones[ROW_ZONES_MAX]; /* for a person of whom nothing is known */
    size_t country_zone_count;
};

/* The zones of the fifty states and Puerto Rico, one for each time that is kept. */
static const char *const country_zone_names[] = {"America/New_York", "America/Chicago",
    "America/Denver", "America/Phoenix", "America/Los_Angeles", "America/Anchorage",
    "Pacific/Honolulu", "America/Puerto_Rico"};

/* ---- loading ---- */

static enum err read_zones(struct tsv *tsv, struct zones *zones, const char *cell,
    const struct zone **ret_zones, size_t *ret_count, struct why *reterr_why)
{
    const char *names[ROW_ZONES_MAX];
    size_t count = strcmp(cell, "-") == 0 ? 0 : tsv_list(tsv->arena, cell, names, ROW_ZONES_MAX);

    for (size_t i = 0; i < count; i++) {
        enum err err = zones_find(zones, names[i], &ret_zones[i], reterr_why);

        if (err != ERR_NONE)
            return err;
    }
    *ret_count = count;
    return ERR_NONE;
}

static size_t count_lines(const struct embed_file *file)
{
    size_t lines = 1;

    for (size_t i = 0; i < file->len; i++)
        lines += file->bytes[i] == '\n';
    return lines;
}

static enum err read_zip(
    struct tsv *tsv, struct zones *zones, struct zip_row *row, struct why *reterr_why)
{
    int64_t from, to;

    if (!text_to_int(tsv->cells[0], 0, 999, &from) || !text_to_int(tsv->cells[1], from, 999, &to))
        return tsv_error(tsv, reterr_why, "this is no run of ZIP prefixes");
    row->from = (int)from;
    row->to = (int)to;
    row->state_count = tsv_list(tsv->arena, tsv->cells[2], row->states, ROW_STATES_MAX);
    if (!row->state_count)
        return tsv_error(tsv, reterr_why, "the state is missing");
    return read_zones(tsv, zones, tsv->cells[3], row->zones, &row->zone_count, reterr_why);
}

static enum err load_zips(struct arena *boot, struct place_table *table, struct why *reterr_why)
{
    const struct embed_file *file = embed_find(&embed_gate_tables, "zip3_us.tsv");
    struct tsv tsv;
    enum err err = tsv_open(
        boot, file->name, file->bytes, file->len, "from\tto\tstates\tzones", &tsv, reterr_why);
    bool row = err == ERR_NONE;

    table->zips = ARENA_NEW(boot, struct zip_row, count_lines(file));
    while (row && (err = tsv_next(&tsv, 4, &row, reterr_why)) == ERR_NONE && row) {
        err = read_zip(&tsv, table->all, &table->zips[table->zip_count++], reterr_why);
        if (err != ERR_NONE)
            break;
    }
    return err;
}

static enum err read_area(
    struct tsv *tsv, struct zones *zones, struct area_row *row, struct why *reterr_why)
{
    int64_t code;

    if (!text_to_int(tsv->cells[0], 200, 999, &code))
        return tsv_error(tsv, reterr_why, "this is no area code");
    row->code = (int)code;
    row->country = tsv->cells[1];
    row->state = strcmp(tsv->cells[2], "-") == 0 ? NULL : tsv->cells[2];
    return read_zones(tsv, zones, tsv->cells[4], row->zones, &row->zone_count, reterr_why);
}

static enum err load_areas(struct arena *boot, struct place_table *table, struct why *reterr_why)
{
    const struct embed_file *file = embed_find(&embed_gate_tables, "area_codes.tsv");
    struct tsv tsv;
    enum err err = tsv_open(boot, file->name, file->bytes, file->len,
        "code\tcountry\tstate\tkind\tzones", &tsv, reterr_why);
    bool row = err == ERR_NONE;

    table->areas = ARENA_NEW(boot, struct area_row, count_lines(file));
    while (row && (err = tsv_next(&tsv, 5, &row, reterr_why)) == ERR_NONE && row) {
        err = read_area(&tsv, table->all, &table->areas[table->area_count++], reterr_why);
        if (err != ERR_NONE)
            break;
    }
    return err;
}

enum err place_open(
    struct arena *boot, struct zones *zones, struct place_table **ret_table, struct why *reterr_why)
{
    struct place_table *table = ARENA_NEW(boot, struct place_table, 1);
    enum err err;

    table->all = zones;
    for (size_t i = 0; i < sizeof country_zone_names / sizeof *country_zone_names; i++) {
        err = zones_find(zones, country_zone_names[i], &table->country_zones[i], reterr_why);
        if (err != ERR_NONE)
            return err;
        table->country_zone_count++;
    }
    err = load_zips(boot, table, reterr_why);
    if (err == ERR_NONE)
        err = load_areas(boot, table, reterr_why);
    if (err == ERR_NONE)
        *ret_table = table;
    return err;
}

/* ---- asking ---- */

static const struct zip_row *find_zip(const struct place_table *table, const char *zip)
{
    int prefix;

    if (!zip || strlen(zip) < 3 || strspn(zip, "0123456789") < 3)
        return NULL;
    prefix = (zip[0] - '0') * 100 + (zip[1] - '0') * 10 + (zip[2] - '0');
    for (size_t i = 0; i < table->zip_count; i++)
        if (prefix >= table->zips[i].from && prefix <= table->zips[i].to)
            return &table->zips[i];
    return NULL;
}

static const struct area_row *find_area(const struct place_table *table, const char *e164)
{
    int code;

    if (!e164 || strncmp(e164, "+1", 2) != 0 || strspn(e164 + 1, "0123456789") != 11)
        return NULL;
    code = (e164[2] - '0') * 100 + (e164[3] - '0') * 10 + (e164[4] - '0');
    for (size_t i = 0; i < table->area_count; i++)
        if (table->areas[i].code == code)
            return &table->areas[i];
    return NULL;
}

static void add_place(
    struct places *places, const char *state, const struct zone *zone, const char *how)
{
    struct place *place;

    for (size_t i = 0; i < places->count; i++)
        if (places->list[i].zone == zone && strcmp(places->list[i].state, state) == 0)
            return;
    assert(places->count < PLACES_MAX);
    place = &places->list[places->count++];
    place->zone = zone;
    place->how = how;
    memcpy(place->state, state, strnlen(state, sizeof place->state - 1));
}

static void add_places(struct places *places, const char *state, const struct zone *const *zones,
    size_t count, const struct zone *stated, const char *how)
{
    if (stated)
        add_place(places, state, stated, how);
    for (size_t i = 0; !stated && i < count; i++)
        add_place(places, state, zones[i], how);
}

/* All zones of a state: of the prefixes that lie in it alone, or else of those it shares. */
static size_t state_zones(
    const struct place_table *table, const char *state, const struct zone *zones[ROW_ZONES_MAX])
{
    size_t count = 0;

    for (size_t states_max = 1; states_max <= ROW_STATES_MAX && !count; states_max += 3) {
        for (size_t i = 0; i < table->zip_count; i++) {
            const struct zip_row *row = &table->zips[i];
            bool inside = false;

            for (size_t s = 0; s < row->state_count; s++)
                inside |= strcmp(row->states[s], state) == 0;
            for (size_t z = 0; inside && row->state_count <= states_max && z < row->zone_count;
                 z++) {
                size_t at = 0;

                while (at < count && zones[at] != row->zones[z])
                    at++;
                if (at == count && count < ROW_ZONES_MAX)
                    zones[count++] = row->zones[z];
            }
        }
    }
    return count;
}

static bool in_places(const struct places *places, const char *state)
{
    for (size_t i = 0; i < places->count; i++)
        if (strcmp(places->list[i].state, state) == 0)
            return true;
    return false;
}

/* A prefix that crosses a state line has zones that only one of the two keeps. */
static void add_zip(const struct place_table *table, const struct zip_row *row, const char *state,
    const struct zone *stated, struct places *places)
{
    const struct zone *own[ROW_ZONES_MAX], *both[ROW_ZONES_MAX];
    size_t own_count = state_zones(table, state, own), count = 0;

    for (size_t z = 0; z < row->zone_count; z++)
        for (size_t i = 0; i < own_count; i++)
            if (own[i] == row->zones[z])
                both[count++] = own[i];
    if (count)
        add_places(places, state, both, count, stated, "zip");
    else
        add_places(places, state, row->zones, row->zone_count, stated, "zip");
}

static void add_home(const struct place_table *table, const struct place_ask *ask,
    const struct zone *stated, struct places *places)
{
    const struct zip_row *row = find_zip(table, ask->zip);
    const struct zone *zones[ROW_ZONES_MAX];
    size_t zone_count = ask->state ? state_zones(table, ask->state, zones) : 0;
    bool state_in_zip = false;

    for (size_t s = 0; row && zone_count && s < row->state_count; s++)
        state_in_zip |= strcmp(row->states[s], ask->state) == 0;
    for (size_t s = 0; row && s < row->state_count; s++)
        if (!state_in_zip || strcmp(row->states[s], ask->state) == 0)
            add_zip(table, row, row->states[s], stated, places);
    if (zone_count && !state_in_zip)
        add_places(places, ask->state, zones, zone_count, stated, "state");
}

void place_find(
    const struct place_table *table, const struct place_ask *ask, struct places *ret_places)
{
    const struct area_row *area = find_area(table, ask->e164);
    const struct zone *stated = NULL;
    struct places *places = ret_places;

    *places = (struct places){0};
    if (ask->time_zone && *ask->time_zone)
        (void)zones_find(table->all, ask->time_zone, &stated, NULL);
    add_home(table, ask, stated, places);
    if (area && area->state && area->zone_count && !in_places(places, area->state))
        add_places(places, area->state, area->zones, area->zone_count,
            places->count ? NULL : stated, "area_code");
    if (!places->count)
        add_places(
            places, "UNKNOWN", table->country_zones, table->country_zone_count, stated, "unknown");
    places->how = stated ? "stated" : places->list[0].how;
}

const struct zone *place_home_zone(const struct places *places, const struct zone *fallback)
{
    return strcmp(places->how, "unknown") == 0 ? fallback : places->list[0].zone;
}

struct place_phone place_of_phone(const struct place_table *table, const char *e164)
{
    const struct area_row *area = find_area(table, e164);
    struct place_phone phone = {0};

    if (!area)
        return phone;
    phone.country = area->country;
    for (size_t i = 0; i < area->zone_count; i++)
        phone.zones[phone.zone_count++] = zone_name(area->zones[i]);
    if (area->state)
        phone.states[phone.state_count++] = area->state;
    return phone;
}
