/* audience_int.h: an expression after parsing, shared by the files of this room only.
 *
 * Parsing leaves five kinds of node. Whatever compares days is folded into "day <= bound" before
 * anything is evaluated, so that SQL and memory compare the same integers. */
#ifndef PERENNIAL_AUDIENCE_AUDIENCE_INT_H
#define PERENNIAL_AUDIENCE_AUDIENCE_INT_H

#include "audience/audience.h"
#include "base/buf.h"

enum value_type {
    VALUE_BOOL,
    VALUE_COUNT,
    VALUE_MONEY, /* cents */
    VALUE_DAY,
    VALUE_TEXT,
    VALUE_TEXTS, /* several at once: true when any of them is */
    VALUE_TYPE_MAX
};
const char *value_type_name(enum value_type type); /* "a count" */

/* Every name an expression can read. The order groups them by where the value lives. */
enum leaf_id {
    /* a patient's own columns */
    LEAF_LAST_VISIT,
    LEAF_FIRST_VISIT,
    LEAF_VISITS,
    LEAF_LTV,
    LEAF_LTV_PERCENTILE,
    LEAF_BIRTH,
    LEAF_CREATED,
    LEAF_VIP,
    LEAF_STAFF_OR_FAMILY,
    LEAF_BILLING_DISPUTE,
    LEAF_CLINICAL_CONCERN,
    LEAF_DO_NOT_CONTACT,
    LEAF_DECEASED,
    LEAF_INACTIVE,
    LEAF_PAUSED,
    LEAF_PHI_AUTHORIZED,
    LEAF_LANGUAGE,
    LEAF_STATE,
    LEAF_PREFERRED_CHANNEL,
    LEAF_PREFERRED_PROVIDER,
    LEAF_LAST_PROVIDER,
    LEAF_MEMBERSHIP_STATUS,
    LEAF_MEMBERSHIP_PLAN,
    LEAF_MEMBERSHIP_RENEWAL,
    LEAF_LOYALTY_POINTS,
    LEAF_LOYALTY_EXPIRES,
    /* appointments and clocks */
    LEAF_FIRST_VISIT_INTRO,
    LEAF_LAST_TICKET,
    LEAF_LAST_CATEGORY,
    LEAF_SERIES_DONE,
    LEAF_SERIES_PLANNED,
    LEAF_SERIES_LAST,
    LEAF_BOOKED,
    LEAF_BOOKED_SINCE,
    LEAF_VISITED_SINCE,
    LEAF_VISITED_WITHIN,
    LEAF_EVENT,
    /* addresses, tags, other playbooks, conversation */
    LEAF_REACHABLE,
    LEAF_ENROLLED,
    LEAF_TAGS,
    LEAF_REPLIED_NOT_BOOKED,
    /* what only an enrollment knows */
    LEAF_DAY,
    LEAF_CLICKS,
    LEAF_HUMAN_OPENS,
    LEAF_REPLIES,
    LEAF_DELIVERED,
    LEAF_SENT,
    LEAF_OPENED,
    LEAF_CLICKED,
    LEAF_SILENT_TOUCHES,
    LEAF_OPT_OUT,
    LEAF_REPLY,
    LEAF_REPLY_LABEL,
    LEAF_REPLY_ROUTE,
    LEAF_THREAD_CLOSED,
    LEAF_DISCHARGED,
    LEAF_OPENING_WITHIN,
    /* what only an event knows */
    LEAF_EVENT_FIELD,
    LEAF_MAX
};

/* Things that happen to a patient on a day: event(name). */
enum event_id {
    EVENT_NO_SHOW,
    EVENT_CANCELLED,
    EVENT_LATE_CANCELLED,
    EVENT_COMPLETED,
    EVENT_RENEWAL_MISSED,
    EVENT_PROGRAM_JOINED,
    EVENT_PROGRAM_PAUSED,
    EVENT_PROGRAM_DISCHARGED,
    EVENT_RX_REFILL_DUE,
    EVENT_RX_REFILLED,
    EVENT_RX_LAPSED,
    EVENT_LAST_EXIT, /* only in ..._since */
    EVENT_TRIGGER,   /* the event beside the expression; only in ..._since */
    EVENT_ID_MAX
};
struct event_row {
    const char *name;
    const char *ledger_kind;        /* of ledger events */
    const char *ledger_status;      /* of ledger events */
    enum appointment_status status; /* of appointment events */
    bool appointment;
};
const struct event_row *event_row(enum event_id id);
bool event_parse(const char *name, enum event_id *ret_id); /* last_exit and event left out */
const char *const *event_names(size_t *ret_count);

/* What a name may be followed by. */
enum leaf_args {
    ARGS_NONE,
    ARGS_SERVICE,  /* last_visit | last_visit(neurotoxin) */
    ARGS_BOOKED,   /* booked | booked(any) | booked(neurotoxin, future) */
    ARGS_SINCE,    /* booked_since(appointment.no_show | event), visited_since(last_exit) */
    ARGS_SPAN,     /* visited_within(6w) */
    ARGS_EVENT,    /* event(appointment.no_show) within 14d .. 60d ago */
    ARGS_CHANNELS, /* reachable(email, sms) */
    ARGS_ENROLLED, /* enrolled(any | playbook | purpose: marketing) */
    ARGS_TOUCH,    /* opened(remind, human), clicked(remind) */
    ARGS_ANY_ALL,  /* opt_out(any) */
    ARGS_TAGS,     /* tags has bride */
};

enum leaf_domain {
    DOMAIN_ANY,
    DOMAIN_SERVICE,
    DOMAIN_CHANNEL,
    DOMAIN_MEMBERSHIP,
    DOMAIN_LABEL,
    DOMAIN_ROUTE,
};

/* One line per name: the same table makes the parser, the checks and docs/expressions.md's test. */
struct leaf_row {
    const char *name;
    enum leaf_id id;
    enum value_type type;
    enum expression_scope scope; /* the narrowest that may read it */
    enum leaf_args args;
    enum leaf_domain domain;
};
const struct leaf_row *leaf_row_find(const char *name);
const struct leaf_row *leaf_rows(size_t *ret_count);
/* The words a domain knows; NULL with 0: any. Services come from the definitions. */
const char *const *leaf_domain_words(enum leaf_domain domain, size_t *ret_count);

struct leaf {
    const struct leaf_row *row;
    const char *text_as_written; /* "last_visit(neurotoxin)": key among the values of a trace */
    const struct service_definition *service; /* NULL: any */
    const char *text;                         /* tag, playbook, touch, field of the event */
    enum event_id event;
    bool ranged;                  /* event: with `within` */
    struct span from_ago, to_ago; /* event: to_ago is further back; visited_within: to_ago */
    struct channel_set channels;
    bool human;                 /* opened(x, human) */
    bool every;                 /* opt_out(all) */
    bool future;                /* booked(x, future) */
    bool by_purpose, marketing; /* enrolled(purpose: x) */
};

enum node_kind { NODE_AND, NODE_OR, NODE_NOT, NODE_CONST, NODE_LEAF, NODE_COMPARE, NODE_IN };
enum compare { COMPARE_EQ, COMPARE_NE, COMPARE_LT, COMPARE_LE, COMPARE_GT, COMPARE_GE };

/* How the left side is measured before it is compared. */
enum measure {
    MEASURE_PLAIN,
    MEASURE_DAYS_SINCE,
    MEASURE_MONTHS_SINCE,
    MEASURE_YEARS_SINCE,
    MEASURE_DAYS_UNTIL,
};

struct constant {
    int64_t number;   /* count, cents, days since 1970 */
    struct span span; /* of a measure that is compared with a span */
    bool is_span;
    const char *text;
};

struct node {
    enum node_kind kind;
    struct node **children; /* AND, OR, NOT */
    size_t child_count;
    bool value;           /* CONST */
    struct leaf leaf;     /* LEAF, COMPARE, IN */
    enum measure measure; /* COMPARE */
    enum compare compare; /* COMPARE */
    bool has_right;
    struct leaf right;          /* COMPARE with another name */
    struct constant *constants; /* COMPARE: one; IN: many */
    size_t constant_count;
};

struct audience_expr {
    const struct node *root;
    const char *text, *source;
    const char *reads_enrollment; /* the first such name; NULL: none */
    bool reads_openings;
    size_t size;                       /* nodes, words written out: what SQL and evaluation cost */
    const struct audience_expr *parts; /* of a top-level `and`; NULL when it is one part itself */
    size_t part_count;
};

/* ---- days ---- */

/* The latest day that, `span` later, is at most `limit`. */
struct day day_latest_before(struct day limit, struct span span);
/* The latest birthday of somebody who is `years` old on `today` (29 February counts on 1 March). */
struct day day_birth_latest(struct day today, int years);
/* The least that `span` later is at least `limit`. */
struct day day_earliest_until(struct day limit, struct span span);

/* "day <= low and day > high": the two bounds that a measured comparison comes down to. */
struct day_bounds {
    struct day at_least;  /* measure >= constant  is  day <= at_least (until: day >= at_least) */
    struct day more_than; /* measure >  constant  is  day <= more_than (until: day > at_least) */
};
struct day_bounds measure_bounds(
    enum measure measure, const struct constant *constant, struct day today);
int64_t measure_value(enum measure measure, struct day day, struct day today);

/* ---- SQL ---- */

struct sql_writer {
    struct arena *arena;
    struct buf text;
    struct db_arg *args;
    size_t arg_count, arg_capacity;
    const struct audience_entry *entry;
    const struct audience_moment *moment;
    bool reach; /* `p` has the column reach: the entry's channels were asked already */
};
void sql_writer_init(struct sql_writer *writer, struct arena *arena,
    const struct audience_entry *entry, const struct audience_moment *moment);
void sql_put(struct sql_writer *writer, const char *format, ...) PRINTF_LIKE(2, 3);
/* A new parameter's placeholder, ":v7". */
const char *sql_int(struct sql_writer *writer, int64_t value);
const char *sql_text(struct sql_writer *writer, const char *value);
const char *sql_texts(struct sql_writer *writer, const char *const *texts, size_t count);
/* Placeholders that every part of a statement shares. */
const char *sql_practice(struct sql_writer *writer);
const char *sql_now(struct sql_writer *writer);
const char *sql_today(struct sql_writer *writer);
const char *sql_self(struct sql_writer *writer); /* the playbook that asks */
/* The expression over a row `p` of patient; three-valued. Only names of SCOPE_ENTRY. */
void expression_sql(struct sql_writer *writer, const struct audience_expr *expression);
void sql_last_visit(struct sql_writer *writer);
void sql_ltv(struct sql_writer *writer);
/* Appointments that lie ahead and are not called off. */
void sql_from_bookings(struct sql_writer *writer, const struct service_definition *service);
/* An enrollment `e` that lives now. */
void sql_enrollment_lives(struct sql_writer *writer);
/* The playbooks of a purpose, the one that asks among them. */
const char *sql_peers(struct sql_writer *writer, bool marketing, bool stronger_only);
void sql_channel_list(struct sql_writer *writer, struct channel_set channels);
/* The playbook of an enrollment `e` of one patient, said so that no planner looks it up among all
 * enrollments of that playbook instead of among the patient's few. */
#define SQL_PLAYBOOK "COALESCE(e.playbook, '')"
/* Statuses that never were, or no longer are, a booking. */
#define SQL_CALLED_OFF "('cancelled','late_cancelled')"

/* ---- memory ---- */

struct value {
    bool known;
    int64_t number;
    const char *text;
    const char *const *texts;
    size_t text_count;
};
struct value leaf_value(const struct leaf *leaf, const struct audience_facts *facts);
struct value leaf_value_enrollment(const struct leaf *leaf, const struct audience_facts *facts);
bool fact_booking(const struct fact_appointment *appointment, const struct audience_facts *facts);
struct day fact_last_visit(const struct audience_facts *facts);
/* The newest visit of that service (a member's: of any) that had begun by now. */
struct day fact_visit_by_then(
    const struct audience_facts *facts, const struct service_definition *service);
int64_t fact_ltv_cents(const struct audience_facts *facts);

/* ---- the chain ---- */

enum { MINOR_AGE = 18, MINOR_AGE_AL_NE = 19 };

/* What one statement and audience_judge_entry compare days with. */
struct entry_bounds {
    struct day due_latest;    /* last_day at most this: due or later */
    struct day lost_earliest; /* last_day at least this: not lost yet; DAY_NONE: no end */
    struct day adult_latest, adult_latest_al_ne;
    struct day consent_earliest; /* a permission used since then is fresh */
    struct instant exit_latest;  /* an exit after this one still cools down */
};
struct entry_bounds entry_bounds_of(
    const struct audience_entry *entry, const struct audience_moment *moment);
/* How far one address is from being usable; the best of a patient's addresses decides. */
enum reach {
    REACH_CLOSED,    /* suppressed, not by the person */
    REACH_REFUSED,   /* suppressed by the person */
    REACH_UNHEALTHY, /* bounced, landline, invalid */
    REACH_NO_CONSENT,
    REACH_EXPRESS, /* consent, but not in writing */
    REACH_STALE,   /* written, and too long unused */
    REACH_OPEN,
    REACH_MAX
};
struct reach_question {
    const struct audience_facts *facts;
    bool marketing;
    struct day consent_earliest;
};
/* The best address of these channels, as enum reach; -1 without any. */
int reach_best(const struct reach_question *question, struct channel_set channels);
const char *reach_name(int reach);
/* Which sub-rule cools down. */
enum cooling {
    COOLING_NONE,
    COOLING_ONCE,
    COOLING_LIFETIME,
    COOLING_NEVER,
    COOLING_COOL_DOWN,
    COOLING_AFTER,
    COOLING_CONDITION,
};
/* The reason that a part of only_if stands for: "not booked(any)" refuses as `booked`. */
enum entry_reason entry_reason_of_part(const struct audience_expr *part);
/* The service that a part's booked() asks for; NULL: any. */
const struct service_definition *entry_booked_service(const struct audience_entry *entry);
/* Every channel that one of the playbook's messages may take; false when there is none. */
bool entry_channels(const struct audience_entry *entry, struct channel_set *ret_channels);
/* Whether this entry has a rule of the product for that reason at all. */
bool entry_asks(const struct audience_entry *entry, const struct entry_bounds *bounds,
    enum entry_reason reason);
/* "neurotoxin", or "qualifying" of a cohort: for sentences. */
const char *entry_clock_name(const struct audience_entry *entry);

/* The innermost query of a scan, and the columns of `p` that the text so far reads. */
void entry_put_row(
    struct sql_writer *writer, const struct entry_bounds *bounds, enum audience_mode mode);
void entry_put_columns(struct sql_writer *writer, bool judged);
/* Ends an inner query: a LIMIT that no store can reach. */
#define SQL_FENCE " LIMIT 9223372036854775807"

/* The raw values of a refusal, from a row or from facts; entry_detail makes the sentence. */
struct entry_raw {
    enum entry_reason reason;
    const struct audience_expr *part; /* of only_if that refused; NULL: a rule of the product */
    struct day last_day;
    int64_t number;   /* by reason: start of the booking, end of the pause, reach, cooling ... */
    int64_t number_2; /* cooling: day before which nobody comes back */
    const char *text; /* provider, playbook, exit */
};
/* Fills due_day and backlog from last_day. */
void entry_due(const struct audience_entry *entry, const struct audience_moment *moment,
    struct day launch_day, struct audience_row *row);
const char *entry_detail(struct arena *arena, const struct audience_entry *entry,
    const struct audience_moment *moment, const struct entry_raw *raw);

#endif
