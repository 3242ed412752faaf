/* practice_int.h: how a setting of perennial.yaml is described and read. Private to record.
 *
 * A setting is a row of a table: name, type, where it goes, bounds, default. Readers fail with the
 * setting's own place in the file and what was expected. */
#ifndef PERENNIAL_RECORD_PRACTICE_INT_H
#define PERENNIAL_RECORD_PRACTICE_INT_H

#include "record/practice.h"

enum setting_type {
    SETTING_TEXT, /* bounds: bytes */
    SETTING_WORD, /* one of `words` */
    SETTING_ZONE,
    SETTING_STATE,
    SETTING_PHONE,
    SETTING_CONTACT, /* a phone number or a mail address */
    SETTING_URL,     /* https, or http on loopback */
    SETTING_BOOL,
    SETTING_MINUTE,    /* "21:00" */
    SETTING_COUNT,     /* int */
    SETTING_RATIO,     /* double; bounds in whole numbers */
    SETTING_SPAN_MS,   /* int64_t milliseconds; bounds likewise */
    SETTING_SPAN_DAYS, /* int64_t days */
    SETTING_DAY,
    SETTING_DATE_ORDER,
    SETTING_TYPE_MAX
};

struct setting {
    const char *name;
    enum setting_type type;
    size_t offset; /* in the struct it belongs to */
    int64_t min, max;
    const char *fallback; /* default, as it would be written; NULL: none */
    bool required;
    const char *const *words; /* SETTING_WORD: allowed ones, NULL at the end */
};
#define PLACE(member) offsetof(struct practice, member)

struct setting_reader {
    struct arena *boot;
    struct zones *zones;
    const struct zone *zone; /* of the last SETTING_ZONE */
};

/* Reads every setting of the table from `map` (NULL: all defaults) into `target`. */
enum err setting_read_all(struct setting_reader *reader, const struct yaml *map,
    const struct setting *settings, size_t count, void *target, struct why *reterr_why);
/* The same for the block `name` of `root`, which may be absent and holds nothing else. */
enum err setting_read_block(struct setting_reader *reader, const struct yaml *root,
    const char *name, const struct setting *settings, size_t count, void *target,
    struct why *reterr_why);
#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

enum err practice_channels_read(struct setting_reader *reader, const struct yaml *root,
    struct practice *practice, struct why *reterr_why);
/* After the vendors: a model elsewhere wants an agreement. */
enum err practice_model_read(struct setting_reader *reader, const struct yaml *root,
    struct practice *practice, struct why *reterr_why);

#endif
