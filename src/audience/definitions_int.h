/* definitions_int.h: shared by the two files that read definitions.yaml.   (inside audience) */
#ifndef PERENNIAL_AUDIENCE_DEFINITIONS_INT_H
#define PERENNIAL_AUDIENCE_DEFINITIONS_INT_H

#include "audience/audience_int.h"

struct definitions_reader {
    struct arena *boot;
    struct audience_definitions *definitions; /* grows section by section */
    struct why *why;
};

/* The keys of each map and the words of each choice, in one place: the reader refuses what is not
 * here, definitions_schema tells editors of the same. */
struct definitions_words {
    const char *const *names;
    size_t count;
};
extern const struct definitions_words definitions_top_keys, definitions_service_keys,
    definitions_route_keys, definitions_clocks_known, definitions_urgencies,
    definitions_exclusions;
/* The keys that mean something beside a kind of offer. */
extern const struct definitions_words definitions_offer_keys[OFFER_KIND_MAX];

enum err definitions_unknown(const struct yaml *node, const char *what, const char *const *names,
    size_t count, struct why *reterr_why);
void definitions_warn(struct definitions_reader *reader, const struct yaml *node,
    const char *format, ...) PRINTF_LIKE(3, 4);
enum err definitions_parse_tiers(struct definitions_reader *reader, const struct yaml *node);
enum err definitions_parse_offers(struct definitions_reader *reader, const struct yaml *node);

#endif
