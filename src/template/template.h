/* template.h: what a message says, and whether those words may name a treatment.      (decider)
 *
 * Place in the flow: after audience, before playbook. playbook checks and pins templates, the
 * engine renders them, the gate asks how much they tell about a person's health. Reads no table.
 *
 * A template is a folder of pieces: templates/<name>/<wording>.<language>.<channel>.liquid, where
 * wording is `generic` or `specific`, channel `email`, `sms`, `voice` or `task`. A piece is a front
 * matter of a few keys (purpose, subject, preheader, asks) and a text in a small Liquid subset; an
 * email's text is Markdown and gives both the plain and the HTML part. docs/templates.md has it
 * all.
 *
 * Invariants
 *  (1) Every field has a label; a piece's phi_level is the highest of all it prints, all that its
 *      conditions read, and all treatment words it writes out. It is decided by parsing alone.
 *  (2) A generic piece has phi_level <= 1; a specific one exists only beside a generic one of the
 *      same channel and language. template_pick never hands out a specific piece unless asked to.
 *  (3) Field values can not become markup: what comes from a record is text in every output.
 *  (4) Same set, facts and options: same bytes.
 *  (5) Any bytes may be handed in as a template: problems are collected with file, line, column.
 *
 * Calling sequence: template_set_parse (once per set: a home's folder, or a pinned version's files)
 * -> template_problems_of -> template_pick -> template_render*.
 * Ownership: a set and its pieces live in the arena it was parsed into and are immutable; rendered
 * texts live in the arena given to template_render. */
#ifndef PERENNIAL_TEMPLATE_TEMPLATE_H
#define PERENNIAL_TEMPLATE_TEMPLATE_H

#include "base/json.h"
#include "record/record.h"
#include "template/sms.h"

enum label {           /* what a field tells about its person */
    LABEL_PUBLIC,      /* nothing: the practice's name, a link */
    LABEL_IDENTITY,    /* who it is: names, points */
    LABEL_APPOINTMENT, /* that there was or will be a visit: day, provider, place */
    LABEL_PHI,         /* what for: treatment, service, medicine */
    LABEL_SECRET,      /* never in any message: birth date */
    LABEL_MAX
};
const char *label_name(enum label label);

/* The class of a message (facts: TCPA, CAN-SPAM). Unknown is refused by the gate. */
enum purpose {
    PURPOSE_UNKNOWN,
    PURPOSE_MARKETING,
    PURPOSE_CARE,
    PURPOSE_TRANSACTIONAL,
    PURPOSE_ANSWER, /* what the patient's own message asks for: opt-out confirmation, HELP */
    PURPOSE_MAX
};
const char *purpose_name(enum purpose purpose); /* "marketing" ...; "unknown" */
bool purpose_parse(const char *text, enum purpose *ret_purpose);

enum wording { WORDING_GENERIC, WORDING_SPECIFIC, WORDING_MAX };
const char *wording_name(enum wording wording);

/* PHI levels: 0 none, 1 that there is a visit, 2 the service, 3 clinical detail. */
enum { PHI_NONE = 0, PHI_VISIT = 1, PHI_SERVICE = 2, PHI_CLINICAL = 3 };

/* What a text message leaves free for the path of a link: "/p/b/", twelve signs, a dot, the mac of
 * 22. The address in front of it is the practice's public_url. */
enum { TEMPLATE_LINK_PATH_MAX = 5 + 12 + 1 + 22 };

struct template_file {
    const char *name; /* below templates/: "touchup-remind/generic.en.email.liquid" */
    const char *text;
    size_t len;
};

/* One thing `check` says. */
struct template_problem {
    bool error;       /* false: a warning */
    const char *rule; /* "syntax", "CAR-2", "PHI-8", "twin" ... */
    const char *file;
    int line, column;    /* 1-based; 0 when it is about the whole file */
    const char *message; /* one sentence */
    const char *hint;    /* the remedy; may be "" */
};
struct template_problems {
    const struct template_problem *list; /* by file, line, column */
    size_t count, errors;
};

/* A parsed piece; what the other rooms ask about it. */
struct template
{
    const char *name, *file, *language; /* "touchup-remind", its file name, "en" */
    enum channel_kind channel;
    enum wording wording;
    enum purpose purpose;
    int phi_level;
    bool usable; /* false: has an error; never rendered */
    bool has_question;
    bool names_treatment; /* prints a phi field or writes a treatment word */
    bool uses_offer;
    bool names_times;       /* prints or asks for free times (open_slots.list) */
    bool names_held;        /* prints or asks for the time that an offer keeps free (held.time) */
    int links_max;          /* over all branches */
    struct sms_count worst; /* sms: the longest it can become, opt-out line included */
    uint64_t fields;        /* which fields it reads, by place in the table of template_int.h */
    const struct template_body *body;
};

struct template_set; /* immutable */

struct template_options {
    const struct practice
        *practice; /* its own name and address count for the worst case; may be NULL */
    const char *const
        *treatment_words; /* the practice's own (definitions.yaml labels), beside the built-in */
    size_t treatment_word_count; /* folded: small letters, no accents (text_fold) */
};

/* Wrong templates are problems, not an error. The parts that every message needs (`email-footer`,
 * `sms-stop-line`, `answer-*`) are the shipped ones where `files` has none. */
enum err template_set_parse(struct arena *boot, const struct template_file *files, size_t count,
    const struct template_options *options, struct template_set **ret_set,
    struct why *reterr_why) WARN_UNUSED;
/* The shipped templates: what `init` writes into a new home. */
const struct template_file *template_shipped(struct arena *arena, size_t *ret_count);
const struct template_problems *template_problems_of(const struct template_set *set);
/* Files of the named templates and of the parts they lean on, by name: what a version pins. */
enum err template_files_of(struct arena *arena, const struct template_set *set,
    const char *const *names, size_t count, const struct template_file **ret_files,
    size_t *ret_count, struct why *reterr_why) WARN_UNUSED; /* ERR_NOT_FOUND names the nearest */
bool template_exists(const struct template_set *set, const char *name);
/* All pieces, by file name. */
const struct template *const *template_pieces(const struct template_set *set, size_t *ret_count);

/* The piece for one person: language first ("es-MX" -> "es" -> "en"), then wording; a specific
 * piece only when `specific` is true. NULL when the template has none for that channel. */
const struct template *template_pick(const struct template_set *set, const char *name,
    enum channel_kind channel, bool specific, const char *language);

/* Its generic English piece for that channel is there, and has an error. */
bool template_is_broken(
    const struct template_set *set, const char *name, enum channel_kind channel);

/* What is known about the person and the moment. NULL, DAY_NONE and -1 are unknown. */
struct template_facts {
    struct day today; /* the patient's local day: "about 4 months" counts from it */
    const char *practice_name, *practice_phone, *practice_address;
    const char *first_name, *last_name; /* first_name: the preferred one where known */
    const char *provider, *location;    /* of the last visit */
    struct day last_visit;
    int64_t visits;
    const char *service_key;   /* definitions.yaml: "neurotoxin" (phi) */
    const char *service_label; /* "visit" */
    const char *service_name;  /* phi_label: "Botox/Dysport" (phi) */
    const char *last_service;  /* as the booking system names it (phi) */
    int64_t points;            /* 0 counts as unknown */
    struct day points_expire;
    const char *membership_plan;
    const char *offer_kind, *offer_text;
    struct day offer_until;
    const char *book_url, *unsubscribe_url, *preferences_url;
    const char *open_slots;       /* free times, numbered, in the patient's language */
    const char *booked_time;      /* of the visit that this message confirms */
    const char *held_time;        /* the time that an offer keeps free */
    const char *held_until;       /* when a time that is kept goes to somebody else */
    const char *stopped_channels; /* of somebody who keeps another, in their language */
    const char *caller_name;      /* task: who is signed in */
};
/* All unknown but what the two records say; either may be NULL. */
struct template_facts template_facts_of(
    const struct practice *practice, const struct patient *patient, struct day today);

struct template_rendering {
    bool stop_disclosed; /* sms: an opt-out line went to this person in the last 30 days */
};

struct rendered {
    const char *subject, *preheader; /* email only, else NULL */
    const char *text;                /* text message, plain part of an email, or script */
    const char *html;                /* email only */
    const char *scan;      /* `subject` and `text` without proper names: what the term lint reads */
    const char *body_hash; /* "sha256:<hex>" over subject, text and html */
    struct sms_count sms;  /* of `text`, when the channel is sms */
    bool stop_line;        /* the text says how to opt out */
    const char *missing;   /* a field that was needed and is unknown; NULL: none. Never send then */
    const char *words; /* the message's own, before stop line and footer: Markdown of an email */
    const char *plain; /* the same as a person reads it */
};
/* ERR_INPUT for a piece that is not usable. */
enum err template_render(struct arena *tick, const struct template_set *set,
    const struct template *piece, const struct template_facts *facts,
    const struct template_rendering *how, struct rendered *ret_rendered,
    struct why *reterr_why) WARN_UNUSED;

/* Words that a person chose instead of what the piece would say now. */
struct template_words {
    const char *subject, *text; /* subject: email only */
    bool typed;                 /* plain text; false: `words` of an earlier rendering */
};
/* Stop line, footer and frame are the piece's all the same; what is typed can not become markup. */
enum err template_render_words(struct arena *tick, const struct template_set *set,
    const struct template *piece, const struct template_facts *facts,
    const struct template_rendering *how, const struct template_words *words,
    struct rendered *ret_rendered, struct why *reterr_why) WARN_UNUSED;
/* Whether a text names a treatment; the practice's own words count. */
bool template_names_treatment(const struct template_set *set, const char *text);

/* `inspect template`: one object about one piece (fields with labels, level, worst case, problems,
 * and how it reads with the example values). `name` is a file's, bare or with its folders; NULL:
 * `text` is what a marketing text message would say, without front matter. */
json_t *template_describe_json(struct arena *request, const char *name, const char *text,
    size_t len, const struct template_options *options);

/* ---- words (CAR-3 to CAR-8, PHI-8): also read by the gate over the rendered text ---- */

enum term_kind {
    TERM_TREATMENT,    /* names what was done: PHI level 2 */
    TERM_PRESCRIPTION, /* CAR-5, CAR-6: barred from marketing texts; is a treatment too */
    TERM_SHAFT,        /* CAR-3 */
    TERM_BARRED,       /* CAR-4, CAR-14: cannabis, contests, loans */
    TERM_FINANCE,      /* CAR-15: warn */
    TERM_CLAIM,        /* CLM-1, CLM-5: guaranteed, permanent, last chance: warn */
    TERM_SHORTENER,    /* CAR-8 */
    TERM_OFFER,        /* HC-5: makes a care message marketing */
    TERM_KIND_MAX
};
struct term_hit {
    const char *term; /* as listed */
    enum term_kind kind;
    const char *rule;  /* "CAR-5" */
    size_t start, end; /* bytes in the text */
};
/* The first hit at or after `from` of a kind in `kinds` (1u << kind), whole words, any case,
 * accents folded; `extra` words, folded already, count as TERM_TREATMENT. */
bool term_find(const char *text, size_t from, unsigned kinds, const char *const *extra,
    size_t extra_count, struct term_hit *ret_hit);

#endif
