/* definitions_int.h: shared by the two files that read definitions.yaml.   (inside audience) */
#ifndef PERENNIAL_AUDIENCE_DEFINITIONS_INT_H
#define PERENNIAL_AUDIENCE_DEFINITIONS_INT_H

#include "audience/audience_int.h"

struct definitions_reader {
    struct arena *boot;
    struct audience_definitions *definitions; /* grows section by section */
    struct why *why;
};

enum err definitions_unknown(const struct yaml *node, const char *what, const char *const *names,
    size_t count, struct why *reterr_why);
void definitions_warn(struct definitions_reader *reader, const struct yaml *node,
    const char *format, ...) PRINTF_LIKE(3, 4);
enum err definitions_parse_tiers(struct definitions_reader *reader, const struct yaml *node);
enum err definitions_parse_offers(struct definitions_reader *reader, const struct yaml *node);

#endif
