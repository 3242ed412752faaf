/* definitions.h: definitions.yaml, the one place where "dormant" is defined.   (part of audience)
 *
 * Services with their clocks, dormant rules, tiers, words, exclusions and offers. Playbooks, the
 * web app, reports and the API read this one; nobody keeps a second copy.
 *
 * Invariants
 *  (1) Every service: due <= late <= lost where given; the names that mean a service mean no other.
 *  (2) Tiers are half-open, without gap or overlap, in rising order; the last may be open.
 *  (3) Every expression in it is parsed; words and dormant rules name only what stands above them.
 *  (4) An offer is within its bound, and no discount or add-on comes before touch 3.
 *
 * Calling sequence: yaml_parse -> definitions_parse -> definitions_clocks (record),
 * expression_parse with .definitions (playbook). Ownership: all in the boot arena. */
#ifndef PERENNIAL_AUDIENCE_DEFINITIONS_H
#define PERENNIAL_AUDIENCE_DEFINITIONS_H

#include "audience/expression.h"
#include "record/record.h"

enum urgency { URGENCY_LOW, URGENCY_MEDIUM, URGENCY_HIGH, URGENCY_CRITICAL, URGENCY_MAX };

enum exclusion {
    EXCLUSION_DO_NOT_CONTACT,
    EXCLUSION_PAUSED,
    EXCLUSION_DECEASED,
    EXCLUSION_MINOR,
    EXCLUSION_BILLING_DISPUTE,
    EXCLUSION_CLINICAL_CONCERN,
    EXCLUSION_STAFF_OR_FAMILY,
    EXCLUSION_MAX
};
bool exclusion_parse(const char *text, enum exclusion *ret_exclusion);

enum clock_mark { CLOCK_NONE, CLOCK_DUE, CLOCK_LATE, CLOCK_LOST, CLOCK_MARK_MAX };
const char *clock_mark_name(enum clock_mark mark);

/* A word per language: `label: visit` or `label: {en: visit, es: cita}`. */
struct service_label {
    const char *language; /* "en" */
    const char *text;
};

struct service_definition {
    const char *key;                                 /* "neurotoxin" */
    const struct service_label *labels, *phi_labels; /* the first: for languages not listed */
    size_t label_count, phi_label_count;
    bool series_end;                    /* the clock counts from the end of a series */
    bool member;                        /* any visit of somebody with an active membership */
    struct span cycle, due, late, lost; /* zero: not given */
    enum urgency urgency;
    const struct audience_expr *also_when; /* NULL: none */
    const char *const *match; /* folded names or parts of names that mean this service */
    size_t match_count;
    const struct yaml *node;
};

struct named_expression {
    const char *name;
    const struct audience_expr *expression;
};

struct tier {
    const char *name;
    int from_months;
    int to_months; /* not included; INT_MAX: open */
    int line;
};

enum offer_kind {
    OFFER_NONE,
    OFFER_HOLD,         /* keep a place free for `hold` */
    OFFER_ADDON,        /* `item` on top */
    OFFER_PERCENT,      /* `percent` off */
    OFFER_AVAILABILITY, /* new times are open */
    OFFER_NEWS,         /* a new provider or device */
    OFFER_DUE,          /* time for the visit */
    OFFER_KIND_MAX
};
const char *offer_kind_name(enum offer_kind kind);

/* A bound of the product: above it a discount trains patients to wait (docs/playbooks.md). */
enum { OFFER_PERCENT_MAX = 15, OFFER_EARLIEST_TOUCH_MIN = 3 };

struct offer {
    const char *key;
    enum offer_kind kind;
    struct span hold;           /* OFFER_HOLD */
    const char *item;           /* OFFER_ADDON, OFFER_NEWS; NULL otherwise */
    int percent;                /* OFFER_PERCENT */
    int earliest_touch;         /* 1-based; 1 when nothing is said */
    bool funded_by_third_party; /* such an offer always needs an authorization */
    const struct yaml *node;
};

struct route {
    enum exclusion exclusion;
    const char *task; /* kind of the task it raises */
};

struct definition_warning {
    char message[320];
    char place[256];
};

struct audience_definitions {
    const char *file; /* as given to yaml_parse */
    const struct service_definition *services;
    size_t service_count;
    const struct named_expression *dormant, *words;
    size_t dormant_count, word_count;
    const struct tier *tiers;
    size_t tier_count;
    bool exclude_standard[EXCLUSION_MAX];
    int exclude_line[EXCLUSION_MAX]; /* of each in exclude_standard, else 0 */
    const struct route *routes;
    size_t route_count;
    const struct offer *offers;
    size_t offer_count;
    const struct definition_warning *warnings; /* e.g. a window before the natural cycle */
    size_t warning_count;
    const char *canonical; /* canonical JSON: what a playbook's version hash takes in */
};

/* ERR_INPUT with place and remedy for the first thing that is wrong. */
enum err definitions_parse(struct arena *boot, const struct yaml *root,
    const struct audience_definitions **ret_definitions, struct why *reterr_why) WARN_UNUSED;

/* What record needs to keep clock rows; borrows from `definitions`. */
struct service_clocks definitions_clocks(
    struct arena *boot, const struct audience_definitions *definitions);

const struct service_definition *definitions_service(
    const struct audience_definitions *definitions, const char *key); /* NULL when unknown */
const struct offer *definitions_offer(
    const struct audience_definitions *definitions, const char *key);
const struct audience_expr *definitions_word(
    const struct audience_definitions *definitions, const char *name);
/* "did you mean", or NULL. */
const char *definitions_nearest_service(
    const struct audience_definitions *definitions, const char *key);
const char *definitions_nearest_offer(
    const struct audience_definitions *definitions, const char *key);
/* The label in that language, else the first one. Public or PHI is the caller's to know. */
const char *service_label(const struct service_definition *service, const char *language);
const char *service_phi_label(const struct service_definition *service, const char *language);
/* The mark's span of that service; zero when the service does not have it. */
struct span service_mark(const struct service_definition *service, enum clock_mark mark);

/* JSON Schema (2020-12) of definitions.yaml, for editors: the keys and words that the reader knows.
 * The caller drops the reference. */
json_t *definitions_schema(void);

#endif
