/* map.c: the mapping file: our fields, their headings and values (docs/import.md). */
#include <assert.h>
#include <string.h>

#include "source/source_int.h"

static const struct {
    const char *name;
    int column;
} column_names[] = {
    {"full_name", COLUMN_FULL_NAME},
    {"phone", COLUMN_PHONE},
    {"address_2", COLUMN_ADDRESS_2},
    {"inactive", COLUMN_INACTIVE},
    {"start_date", COLUMN_START_DATE},
    {"start_time", COLUMN_START_TIME},
    {"end_time", COLUMN_END_TIME},
    {"no_show", COLUMN_NO_SHOW},
    {"cancelled", COLUMN_CANCELLED},
    {"ignore", COLUMN_DROPPED},
    {"appointment_id", FIELD_ID},
    {"membership_id", FIELD_ID},
    {"invoice_id", FIELD_ID},
    {"prescription_id", FIELD_ID},
    {"program_id", FIELD_ID},
    {"price", FIELD_TOTAL},
};

/* Our name of a column; NULL: it was not understood. */
static const char *name_of(int column)
{
    if (column >= 0 && column < FIELD_MAX)
        return field_fact((enum record_field)column)->name;
    for (size_t i = 0; i < sizeof(column_names) / sizeof(column_names[0]); i++) {
        if (column_names[i].column == column)
            return column_names[i].name;
    }
    return NULL;
}

json_t *source_mapping_json(const struct source_import *import, size_t file)
{
    const struct file_plan *plan = &import->files[file];
    json_t *list = json_array();
    for (size_t i = 0; i < plan->heading_count; i++) {
        const char *name = name_of(plan->headings[i].column);
        if (name)
            json_array_append_new(list,
                json_pack(
                    "{s:s, s:o}", "field", name, "heading", json_text(plan->headings[i].text)));
    }
    return list;
}

static const char *const setting_names[] = {"kind", "date_order", "zone", "encoding", "delimiter",
    "columns", "fields", "values", "value_maps", "defaults", "headings"};

/* Names that a mapping file may give to a column. */
static bool column_parse(const char *name, int *ret_column)
{
    enum record_field field;
    for (size_t i = 0; i < sizeof(column_names) / sizeof(column_names[0]); i++) {
        if (text_is(name, column_names[i].name)) {
            *ret_column = column_names[i].column;
            return true;
        }
    }
    if (!field_parse(name, &field))
        return false;
    *ret_column = (int)field;
    return true;
}

static bool is_setting(const char *name)
{
    for (size_t i = 0; i < sizeof(setting_names) / sizeof(setting_names[0]); i++) {
        if (text_is(name, setting_names[i]))
            return true;
    }
    return false;
}

static enum err unknown_name(const struct yaml *node, struct why *reterr_why)
{
    enum { COLUMN_NAMES = sizeof(column_names) / sizeof(column_names[0]) };
    const char *names[FIELD_MAX + COLUMN_NAMES];
    for (int field = 0; field < FIELD_MAX; field++)
        names[field] = field_fact((enum record_field)field)->name;
    for (size_t i = 0; i < COLUMN_NAMES; i++)
        names[FIELD_MAX + i] = column_names[i].name;
    const char *nearest = text_nearest(node->key, names, FIELD_MAX + COLUMN_NAMES);
    enum err err = yaml_error(node, reterr_why, "there is no field `%.60s`%s%s%s", node->key,
        nearest ? "; did you mean `" : "", nearest ? nearest : "", nearest ? "`?" : "");
    why_hint(reterr_why, "docs/import.md lists the fields");
    return err;
}

static enum err add_column(struct arena *request, struct mapping *mapping, int column,
    const struct yaml *node, const struct yaml *heading, struct why *reterr_why)
{
    if (heading->kind != YAML_SCALAR)
        return yaml_error(heading, reterr_why, "`%.60s` names a heading of the file", node->key);
    struct map_column *entry = ARENA_NEW(request, struct map_column, 1);
    *entry = (struct map_column){.column = column,
        .name = node->key,
        .key = text_key(request, heading->scalar),
        .node = heading,
        .next = mapping->columns};
    mapping->columns = entry;
    return ERR_NONE;
}

/* `mobile_phone: Cell` or `mobile_phone: [Cell, Second Cell]` */
static enum err read_column(
    struct arena *request, struct mapping *mapping, const struct yaml *node, struct why *reterr_why)
{
    int column = 0;
    if (!column_parse(node->key, &column))
        return unknown_name(node, reterr_why);
    if (node->kind == YAML_SCALAR)
        return add_column(request, mapping, column, node, node, reterr_why);
    enum err err = ERR_NONE;
    for (const struct yaml *at = node->first; at && err == ERR_NONE; at = at->next)
        err = add_column(request, mapping, column, node, at, reterr_why);
    return err;
}

static enum err read_columns(struct arena *request, struct mapping *mapping,
    const struct yaml *block, struct why *reterr_why)
{
    if (!block)
        return ERR_NONE;
    if (block->kind != YAML_MAP)
        return yaml_error(block, reterr_why, "columns is a map: `mobile_phone: Cell` ...");
    enum err err = ERR_NONE;
    for (const struct yaml *node = block->first; node && err == ERR_NONE; node = node->next)
        err = read_column(request, mapping, node, reterr_why);
    return err;
}

static enum err read_values(struct arena *request, struct mapping *mapping,
    const struct yaml *block, struct why *reterr_why)
{
    if (!block)
        return ERR_NONE;
    if (block->kind != YAML_MAP)
        return yaml_error(
            block, reterr_why, "values is a map: `status: {Pencilled in: booked}` ...");
    for (const struct yaml *node = block->first; node; node = node->next) {
        int column = 0;
        if (!column_parse(node->key, &column) || column >= FIELD_MAX)
            return unknown_name(node, reterr_why);
        if (node->kind != YAML_MAP)
            return yaml_error(
                node, reterr_why, "the values of %s are a map: theirs to ours", node->key);
        for (const struct yaml *at = node->first; at; at = at->next) {
            if (at->kind != YAML_SCALAR)
                return yaml_error(at, reterr_why, "a value stands for one of ours");
            struct map_value *value = ARENA_NEW(request, struct map_value, 1);
            *value = (struct map_value){.field = (enum record_field)column,
                .key = text_key(request, at->key),
                .word = at->scalar,
                .next = mapping->values};
            mapping->values = value;
        }
    }
    return ERR_NONE;
}

/* `status: completed`: an export that holds one status alone and does not say which. */
static enum err read_defaults(struct arena *request, struct mapping *mapping,
    const struct yaml *block, struct why *reterr_why)
{
    if (!block)
        return ERR_NONE;
    if (block->kind != YAML_MAP)
        return yaml_error(block, reterr_why, "defaults is a map: `status: completed` ...");
    for (const struct yaml *node = block->first; node; node = node->next) {
        int column = 0;
        if (!column_parse(node->key, &column) || column >= FIELD_MAX)
            return unknown_name(node, reterr_why);
        if (node->kind != YAML_SCALAR)
            return yaml_error(node, reterr_why, "the default of %s is one value", node->key);
        enum field_type type = field_fact((enum record_field)column)->type;
        bool id = column == FIELD_ID || column == FIELD_PATIENT_ID || column == FIELD_SAME_AS;
        if (id || (type != FIELD_WORD && type != FIELD_TEXT))
            return yaml_error(node, reterr_why,
                "%s has no default: it is a fact of each row, never of a file", node->key);
        struct map_value *value = ARENA_NEW(request, struct map_value, 1);
        *value = (struct map_value){
            .field = (enum record_field)column, .word = node->scalar, .next = mapping->defaults};
        mapping->defaults = value;
    }
    return ERR_NONE;
}

static enum err read_order(const struct yaml *node, struct mapping *mapping, struct why *reterr_why)
{
    static const char *const words[] = {"auto", "mdy", "dmy", "ymd"};
    for (int order = DATE_ORDER_AUTO; node && order <= DATE_ORDER_YMD; order++) {
        if (node->kind == YAML_SCALAR && text_is_any_case(node->scalar, words[order])) {
            mapping->order = (enum date_order)order;
            return ERR_NONE;
        }
    }
    return node ? yaml_error(node, reterr_why, "date_order is mdy, dmy, ymd or auto") : ERR_NONE;
}

static enum err read_delimiter(
    const struct yaml *node, struct mapping *mapping, struct why *reterr_why)
{
    static const struct {
        const char *name;
        char delimiter;
    } names[] = {{",", ','}, {";", ';'}, {"|", '|'}, {"tab", '\t'}, {"\t", '\t'}, {"comma", ','},
        {"semicolon", ';'}, {"pipe", '|'}};
    for (size_t i = 0; node && i < sizeof(names) / sizeof(names[0]); i++) {
        if (node->kind == YAML_SCALAR && text_is(node->scalar, names[i].name)) {
            mapping->delimiter = names[i].delimiter;
            return ERR_NONE;
        }
    }
    return node ? yaml_error(node, reterr_why, "delimiter is comma, semicolon, tab or pipe")
                : ERR_NONE;
}

static enum err read_settings(
    struct mapping *mapping, const struct yaml *root, struct zones *zones, struct why *reterr_why)
{
    const struct yaml *kind = yaml_get(root, "kind"), *zone = yaml_get(root, "zone");
    const struct yaml *encoding = yaml_get(root, "encoding");
    enum err err = read_order(yaml_get(root, "date_order"), mapping, reterr_why);
    if (err == ERR_NONE)
        err = read_delimiter(yaml_get(root, "delimiter"), mapping, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (kind && (kind->kind != YAML_SCALAR || !kind_find(kind->scalar)))
        return yaml_error(kind, reterr_why, "there is no kind of export of that name");
    mapping->kind = kind ? kind->scalar : NULL;
    mapping->encoding_told = encoding != NULL;
    if (encoding
        && (encoding->kind != YAML_SCALAR || !encoding_parse(encoding->scalar, &mapping->encoding)))
        return yaml_error(
            encoding, reterr_why, "encoding is utf-8, utf-16le, utf-16be or windows-1252");
    if (zone && zone->kind != YAML_SCALAR)
        return yaml_error(zone, reterr_why, "zone is a name such as America/Chicago");
    if (zone && zones_find(zones, zone->scalar, &mapping->zone, reterr_why) != ERR_NONE) {
        why_place(reterr_why, "%s:%d:%d", zone->file, zone->line, zone->column);
        return ERR_INPUT;
    }
    return ERR_NONE;
}

enum err mapping_read(struct arena *request, const struct yaml *root, struct zones *zones,
    struct mapping *ret_mapping, struct why *reterr_why)
{
    struct mapping mapping = {.order = DATE_ORDER_AUTO};
    if (!root) {
        *ret_mapping = mapping;
        return ERR_NONE;
    }
    if (root->kind != YAML_MAP)
        return yaml_error(root, reterr_why, "a mapping is a map: `mobile_phone: Cell` ...");
    enum err err = read_settings(&mapping, root, zones, reterr_why);
    static const char *const column_blocks[] = {"columns", "fields"};
    static const char *const value_blocks[] = {"values", "value_maps"};
    for (size_t i = 0; i < 2 && err == ERR_NONE; i++) {
        err = read_columns(request, &mapping, yaml_get(root, column_blocks[i]), reterr_why);
        if (err == ERR_NONE)
            err = read_values(request, &mapping, yaml_get(root, value_blocks[i]), reterr_why);
    }
    if (err == ERR_NONE)
        err = read_defaults(request, &mapping, yaml_get(root, "defaults"), reterr_why);
    for (const struct yaml *node = root->first; node && err == ERR_NONE; node = node->next) {
        if (!is_setting(node->key))
            err = read_column(request, &mapping, node, reterr_why);
    }
    if (err == ERR_NONE)
        *ret_mapping = mapping;
    return err;
}

/* `patient_id` is the row's own id in a list of patients, and whose row it is elsewhere. */
int mapping_column(struct mapping *mapping, const struct kind *kind, const char *key)
{
    int found = -1;
    for (struct map_column *entry = mapping->columns; entry; entry = entry->next) {
        if (!text_is(entry->key, key))
            continue;
        bool patients = kind->record == RECORD_PATIENT;
        bool own = entry->column == FIELD_ID && !text_is(entry->name, "id");
        entry->used = true;
        if (patients && own)
            continue;
        found = patients && entry->column == FIELD_PATIENT_ID ? FIELD_ID : entry->column;
    }
    return found;
}

const char *mapping_default(const struct mapping *mapping, enum record_field field)
{
    for (const struct map_value *value = mapping->defaults; value; value = value->next) {
        if (value->field == field)
            return value->word;
    }
    return NULL;
}

const char *mapping_value(const struct mapping *mapping, enum record_field field, const char *key)
{
    for (const struct map_value *value = mapping->values; value; value = value->next) {
        if (value->field == field && text_is(value->key, key))
            return value->word;
    }
    return NULL;
}

enum err mapping_judge(const struct mapping *mapping, struct why *reterr_why)
{
    for (const struct map_column *entry = mapping->columns; entry; entry = entry->next) {
        if (!entry->used)
            return yaml_error(entry->node, reterr_why,
                "`%.60s` is said to be in the column `%.60s`, which no file has", entry->name,
                entry->node->scalar);
    }
    return ERR_NONE;
}
