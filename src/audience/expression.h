/* expression.h: the conditions that people write inside quotes in definitions and playbooks.
 *
 * "not booked(any, future) and reachable(email, sms)" is parsed once, typed, and then answered in
 * two ways that a property test holds equal: as a piece of SQL for a whole practice (audience.h),
 * and in memory for one patient (here), for exits, holds and `explain`.
 *
 * Invariants
 *  (1) Total: no loops, no recursion, no division; every expression ends, for every patient.
 *  (2) Three-valued: what the records do not say is unknown; unknown is never true for sending.
 *  (3) Typed before anything runs: days, money, counts and names are never mixed silently.
 *  (4) What only an enrollment knows (clicks, replies, day) cannot be read before there is one.
 *  (5) Immutable once parsed; may be shared between threads.
 *
 * Calling sequence: expression_parse (boot) -> expression_judge*. Grammar: README.md; all names
 * with type, unit and example: docs/expressions.md.
 * Ownership: everything lives in the arena given first. */
#ifndef PERENNIAL_AUDIENCE_EXPRESSION_H
#define PERENNIAL_AUDIENCE_EXPRESSION_H

#include "base/json.h"
#include "base/yaml.h"

struct audience_definitions;
struct audience_facts;
struct audience_expr;

enum truth { TRUTH_FALSE, TRUTH_TRUE, TRUTH_UNKNOWN };
const char *truth_name(enum truth truth); /* "false", "true", "unknown" */
/* true, false or "unknown", as `explain --json` prints it. */
json_t *truth_json(enum truth truth);

/* Longest text and deepest nesting: a rule that a person can still read is far below either. */
enum { EXPRESSION_BYTES_MAX = 4096, EXPRESSION_DEPTH_MAX = 48, EXPRESSION_NODES_MAX = 512 };

enum expression_scope {
    SCOPE_ENTRY,      /* only_if, who, re_enter.only_if, dormant: a patient, not enrolled yet */
    SCOPE_ENROLLMENT, /* when, skip_if, exits, holds, resume: also what the enrollment knows */
    SCOPE_EVENT,      /* match and unless beside an `event:`: also event.* */
};

/* One value of a playbook's `params:`, e.g. interval: 6w. Named in expressions by its key. */
struct expression_param {
    const char *name;
    const struct yaml *value; /* a count, a span ("6w"), money ("420 USD"), true or false */
};

/* What an expression may name. */
struct expression_context {
    enum expression_scope scope;
    const struct audience_definitions *definitions; /* words, dormant, tiers, services; or NULL */
    const struct expression_param *params;
    size_t param_count;
    const char *const *touches; /* ids that opened(), clicked() may name; NULL with 0: any */
    size_t touch_count;
    const char *const *playbooks; /* that enrolled() may name; NULL with 0: any */
    size_t playbook_count;
};

/* `node` is the scalar that holds the expression: errors say its file, line and column and, for a
 * misspelt name, the nearest one. ERR_INPUT, ERR_LIMIT. */
enum err expression_parse(struct arena *boot, const struct yaml *node,
    const struct expression_context *context, const struct audience_expr **ret_expression,
    struct why *reterr_why) WARN_UNUSED;

const char *expression_text(const struct audience_expr *expression);   /* as written */
const char *expression_source(const struct audience_expr *expression); /* "definitions.yaml:12" */
bool expression_reads_enrollment(const struct audience_expr *expression);
/* opening_within(): whoever judges it says first what is free. NULL reads nothing. */
bool expression_reads_openings(const struct audience_expr *expression);

/* The parts that `and` joins at the top, in order; one part when there is none. */
size_t expression_part_count(const struct audience_expr *expression);
const struct audience_expr *expression_part(const struct audience_expr *expression, size_t index);

enum truth expression_judge(
    const struct audience_expr *expression, const struct audience_facts *facts);

/* As expression_judge; also sets in `values` (an object of the caller's) the value of every name
 * that was read: days as dates, unknown as null. */
enum truth expression_trace(
    const struct audience_expr *expression, const struct audience_facts *facts, json_t *values);

#endif
