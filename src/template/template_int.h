/* template_int.h: shared by the files of template.
 *
 * A piece's text is parsed once into nodes; eval.c writes it for one person, worst.c for nobody in
 * particular (the longest it can become), lint.c reads both. */
#ifndef PERENNIAL_TEMPLATE_INT_H
#define PERENNIAL_TEMPLATE_INT_H

#include "base/buf.h"
#include "base/text.h"
#include "template/template.h"

enum {
    TEMPLATE_BYTES_MAX = 64 * 1024, /* a long newsletter is a tenth of it */
    TEMPLATE_NODES_MAX = 4096,      /* texts, outputs and choices of one piece */
    TEMPLATE_DEPTH_MAX = 12,        /* choices within choices: more, nobody can read */
    TEMPLATE_FILTERS_MAX = 6,       /* behind one field */
    TEMPLATE_TESTS_MAX = 8,         /* in one condition */
    TEMPLATE_PROBLEMS_MAX = 200,    /* per set: after these a person has enough to do */
    TEMPLATE_VALUE_BYTES_MAX = 500, /* of one value: a name longer than that is a mistake */
    TEMPLATE_FILES_MAX = 2000       /* in one set */
};

/* ---- fields: a slot is the place of one in a text ---- */

enum slot {
    SLOT_PATIENT_FIRST_NAME,
    SLOT_PATIENT_LAST_NAME,
    SLOT_PRACTICE_NAME,
    SLOT_PRACTICE_PHONE,
    SLOT_PRACTICE_ADDRESS,
    SLOT_PROVIDER_NAME,
    SLOT_LOCATION_NAME,
    SLOT_VISIT_LAST_DAY,
    SLOT_VISIT_COUNT,
    SLOT_VISIT_SERVICE,
    SLOT_SERVICE_LABEL,
    SLOT_SERVICE_NAME,
    SLOT_SERVICE_KEY,
    SLOT_POINTS_BALANCE,
    SLOT_POINTS_EXPIRE_DAY,
    SLOT_MEMBERSHIP_PLAN,
    SLOT_OFFER_KIND,
    SLOT_OFFER_TEXT,
    SLOT_OFFER_UNTIL,
    SLOT_LINKS_BOOK,
    SLOT_LINKS_UNSUBSCRIBE,
    SLOT_LINKS_PREFERENCES,
    SLOT_OPEN_SLOTS,
    SLOT_BOOKED_TIME,
    SLOT_HELD_TIME,
    SLOT_HELD_UNTIL,
    SLOT_STOPPED_CHANNELS,
    SLOT_CALLER_NAME,
    SLOT_PATIENT_BIRTH_DAY,
    SLOT_PATIENT_PHONE,
    SLOT_MAX
};
_Static_assert(SLOT_MAX <= 64, "a set of fields is one uint64_t");

enum value_type { VALUE_TEXT, VALUE_URL, VALUE_NUMBER, VALUE_DAY, VALUE_TYPE_MAX };

struct value {
    bool known;
    enum value_type type;
    bool proper_name; /* of a person, the practice, a place: not scanned for terms */
    const char *text; /* VALUE_TEXT, VALUE_URL */
    int64_t number;   /* VALUE_NUMBER */
    struct day day;   /* VALUE_DAY */
};

enum { SLOT_WORST_MAX = 3 };

struct slot_facts {
    const char *name;
    enum label label;
    int phi_level;
    enum value_type type;
    bool always; /* known for everybody */
    bool proper_name;
    bool task_only; /* known only where a person reads it aloud */
    const char *about;
    struct value example;
    struct value worst[SLOT_WORST_MAX]; /* the longest plausible ones; unused ones are not known */
};

const struct slot_facts *slot_facts(enum slot field);
enum slot slot_find(const char *name);                           /* SLOT_MAX when there is none */
const char *slot_nearest(struct arena *arena, const char *name); /* or NULL */
struct value slot_value(const struct template_facts *facts, enum slot field);
struct template_facts slot_examples(
    const struct template_options *options, struct day today, bool only_sure);
const char *template_type_name(enum value_type type);

/* ---- filters ---- */

enum filter {
    FILTER_DEFAULT,
    FILTER_ABOUT_DURATION,
    FILTER_DATE,
    FILTER_POINTS,
    FILTER_NUMBER,
    FILTER_MONEY,
    FILTER_PHONE,
    FILTER_FIRST_WORD,
    FILTER_CAPITALIZE,
    FILTER_UPCASE,
    FILTER_DOWNCASE,
    FILTER_PLAIN,
    FILTER_FITS,
    FILTER_MAX
};

struct filter_call {
    enum filter filter;
    int64_t number;   /* fits: how many septets */
    const char *text; /* default, fits: the words instead; date: the format */
};

struct filter_facts {
    const char *name;
    enum value_type in;
    bool takes_number, takes_text, text_optional;
    bool settles; /* gives words also for an unknown value */
    const char *about;
};
const struct filter_facts *filter_facts(enum filter filter);
enum filter filter_find(const char *name); /* FILTER_MAX when there is none */
const char *filter_nearest(struct arena *arena, const char *name);
bool filter_date_format_valid(const char *format);
const char *filter_date_formats(void); /* for the hint */

struct value filter_apply(struct arena *arena, const struct filter_call *call,
    const struct value *value, const char *language, struct day today);

/* ---- the parsed text ---- */

struct expr {
    enum slot field;
    struct filter_call filters[TEMPLATE_FILTERS_MAX];
    size_t filter_count;
    int line, column;
};

enum compare {
    COMPARE_KNOWN,
    COMPARE_EQUAL,
    COMPARE_NOT_EQUAL,
    COMPARE_LESS,
    COMPARE_LESS_EQUAL,
    COMPARE_GREATER,
    COMPARE_GREATER_EQUAL,
    COMPARE_CONTAINS,
    COMPARE_MAX
};

struct test {
    enum slot field;
    enum compare compare;
    const char *text; /* the literal, for texts */
    int64_t number;   /* the literal, for numbers */
};

struct condition {
    struct test tests[TEMPLATE_TESTS_MAX];
    size_t count; /* 0: always (else) */
    bool any;     /* joined by or; else by and */
    bool negated; /* unless */
};

enum node_kind { NODE_TEXT, NODE_OUTPUT, NODE_CHOICE };

struct branch {
    struct condition when;
    struct node *body;
    struct branch *next;
};

struct node {
    enum node_kind kind;
    int line, column;
    struct str text;         /* NODE_TEXT */
    struct expr expr;        /* NODE_OUTPUT */
    struct branch *branches; /* NODE_CHOICE: the first that holds is written */
    struct node *next;
};

struct template_body {
    struct node *subject, *preheader; /* NULL: none */
    struct node *text;
    int text_line; /* in the file, of the first line after the front matter */
};

/* ---- problems ---- */

struct problem_list {
    struct arena *arena;
    struct template_problem *list;
    size_t count, capacity, errors;
};
struct problem_at {
    const char *file;
    int line, column;
};
void problem_add(struct problem_list *problems, struct problem_at at, bool error, const char *rule,
    const char *hint, const char *format, ...) PRINTF_LIKE(6, 7);
void problem_sort(struct problem_list *problems);

/* ---- liquid.c ---- */

struct liquid_facts { /* what parsing alone tells */
    uint64_t fields;  /* read anywhere */
    int phi_level;
};
/* NULL only for an empty text; problems say what was wrong. `line`, `column`: where `text` begins.
 */
struct node *liquid_parse(struct arena *arena, const char *file, enum channel_kind channel,
    const char *text, size_t len, int line, int column, struct liquid_facts *facts,
    struct problem_list *problems);

/* ---- eval.c ---- */

struct writing {
    struct arena *arena;
    const struct template_facts *facts;
    const char *language;
    bool markdown; /* values are escaped for CommonMark */
    struct buf *out;
    struct buf *scan;    /* the same without proper names; may be NULL */
    const char *missing; /* first field that was needed and unknown */
};
void eval_nodes(struct writing *writing, const struct node *nodes);

/* ---- worst.c ---- */

struct worst {
    int64_t septets, units; /* upper bounds; septets hold only while `ucs2` is false */
    bool ucs2;
    int links;
    const char *ucs2_field; /* whose value it was, NULL: the text itself */
};
struct worst worst_of(struct arena *scratch, const struct node *nodes,
    const struct template_options *options, const char *language);
struct sms_count worst_count(const struct worst *worst);

/* ---- markdown.c: the safe Markdown of emails ---- */

struct mail_shape { /* what a rendered email consists of, for the lint */
    int buttons, lists, list_items, links, html_nodes, images;
    bool opens_with_paragraph;
};
struct mail_shape markdown_shape(const char *markdown, size_t len);
void markdown_to_html(struct buf *out, const char *markdown, size_t len);
void markdown_to_text(struct buf *out, const char *markdown, size_t len);
/* The page around it: src/template/mail.html. `footer` is HTML already. */
char *mail_page(struct arena *arena, const char *language, const char *title, const char *preheader,
    const char *sender, const char *body, const char *footer);

/* ---- pieces ---- */

/* One file into a piece. The name of the file tells what it is. */
struct template *piece_parse(
    struct arena *boot, const struct template_file *file, struct problem_list *problems);
/* "touchup-remind/generic.en.email.liquid" into its four parts; false when it is not such a name.
 */
bool piece_name_split(struct arena *boot, const char *file, struct template *ret_piece);

enum { SMS_SENDER_CHARS_MAX = 40, SUBJECT_CHARS_MAX = 70 };
extern const char template_part_footer[], template_part_stop_line[]; /* "email-footer" ... */
bool piece_is_part(const char *name);
/* What a well-formed piece says that it should not, or leaves out. */
void lint_piece(struct arena *scratch, const struct template_set *set, struct template *piece,
    struct problem_list *problems);
/* Whether a text says how to stop texts: STOP (or ALTO, in Spanish) as a word. */
bool text_says_stop(const char *text);

/* render.c */
struct draft {
    const char *words; /* Markdown for an email's text */
    const char *scan;  /* without proper names */
    const char *missing;
};
struct draft render_draft(struct arena *arena, const struct template *piece,
    const struct node *nodes, const struct template_facts *facts, bool markdown);
char *text_one_line(
    struct arena *arena, const char *text); /* blanks and line ends become one blank */

struct template_set {
    struct template **pieces;    /* by file name */
    struct template_file *files; /* beside pieces: the same index */
    size_t count;
    struct template_problems problems;
    struct template_options options;
};

/* set.c: parses without asking for twins: `inspect template` has one piece only. */
enum err set_parse(struct arena *boot, const struct template_file *files, size_t count,
    const struct template_options *options, bool twins, struct template_set **ret_set,
    struct why *reterr_why);

#endif
