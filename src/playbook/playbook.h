/* playbook.h: a file that says whom to reach, in which order, and when to stop.        (decider)
 *
 * Flow: after audience and template, before journey. A playbook's YAML becomes one immutable
 * struct; what it says is carried out by journey, what may leave is decided by gate. Runs nothing.
 *
 * Invariants
 *  (1) A struct playbook that was returned is whole: every name in it (touch, template, offer,
 *      word, hold of another playbook) was found, every expression has a type. What this version
 *      cannot carry out is refused here with its place, never ignored.
 *  (2) A version is "sha256:" over the canonical JSON of the playbook, of the definitions and of
 *      the templates it uses: blanks and comments do not change it, a word does.
 *  (3) What was applied is kept as text (playbook_version) and never changed; an enrollment runs on
 *      it until it ends (promise `pinned`), unless a person migrates it.
 *  (4) Every playbook ends: touches have days, no step goes back.
 *  (5) A playbook only narrows what the gate allows: nothing in it widens consent, hours or caps.
 *
 * Calling sequence, check: playbook_check_all (no database). Running: playbook_parse ->
 * playbook_apply in a tx -> playbook_load_version whenever an enrollment needs it.
 * Ownership: a playbook, its texts and its expressions live in the arena it was parsed into. */
#ifndef PERENNIAL_PLAYBOOK_PLAYBOOK_H
#define PERENNIAL_PLAYBOOK_PLAYBOOK_H

#include "audience/audience.h"
#include "template/template.h"

enum {
    PLAYBOOK_TOUCHES_MAX = 32, /* a calendar that a person can still read */
    PLAYBOOK_DAY_MAX = 730,    /* two years: longer plans belong to a program */
    PLAYBOOK_SEND_MAX = 3,     /* channels a touch may choose from */
    PLAYBOOK_VARIANTS_MAX = 8,
    PLAYBOOK_OUTCOMES_MAX = 16,
    PLAYBOOK_RULES_MAX = 32, /* holds, and exits */
    PLAYBOOK_NAME_MAX = 64,  /* bytes of an id: it is a column, a tag and a part of URLs */
    PLAYBOOK_BYTES_MAX = 256 << 10,
    /* Between a delivered message and the next touch, unless `expect` says otherwise: who answers
     * does so within two days. */
    PLAYBOOK_RESPONSE_MS = 48 * 3600 * 1000,
    /* A touch that may not go waits this long and is then skipped, unless `if_blocked` says. */
    PLAYBOOK_BLOCKED_MS = 72 * 3600 * 1000,
};

/* Where in the file something was said. */
struct playbook_place {
    int line, column;
};

/* "wait 2d then skip" | "skip". */
struct playbook_blocked {
    int64_t wait_ms; /* 0: skip at once */
};

/* "48h after remind.delivered". `touch` NULL: not given. */
struct playbook_not_before {
    int64_t after_ms;
    const char *touch;
    bool delivered; /* else: .sent */
};

struct playbook_variant {
    const char *name;
    const char *template_name; /* NULL: the touch's own */
    const char *offer;         /* NULL: the touch's own */
};

/* "1 business day", "4h", "2d". */
struct playbook_due {
    int business_days; /* 0: use span */
    struct span span;
};

/* What a call or a task came to, as the person who did it says. */
struct playbook_outcome {
    const char *name;
    const char *exit;  /* name of an exit, or NULL */
    struct span retry; /* zero: none */
    int retry_max;
};

enum playbook_link_provider { LINK_PROVIDER_ANY, LINK_PROVIDER_LAST };
struct playbook_link {
    const char *book; /* service key; NULL: the practice's general booking page */
    enum playbook_link_provider provider;
    int window_days; /* 0: not given */
};

enum playbook_from { FROM_PRACTICE, FROM_PROVIDER_LAST_VISIT };

struct playbook_touch {
    const char *id;
    int position; /* 1-based: "touch 3" is position 3 */
    int day;      /* after start_day; `week: n` opens on day 7 * (n - 1) */
    bool is_task;
    const struct audience_expr *when, *skip_if; /* NULL: none */
    struct playbook_not_before not_before;
    struct playbook_blocked blocked; /* default: wait 72h then skip */
    bool expects;                    /* an answer: `expect` was given */
    int64_t response_ms;             /* the next touch keeps this distance; default 48 h */
    /* Messages. */
    enum channel_kind send[PLAYBOOK_SEND_MAX];
    size_t send_count;
    const char *template_name;
    enum playbook_from from;
    struct playbook_link link;
    const char *offer; /* key of definitions.yaml offers; "none" */
    const struct playbook_variant *variants;
    size_t variant_count;
    /* Tasks. */
    const char *task; /* "warm_call" ... */
    const char *role; /* "front_desk" ... */
    struct playbook_due due;
    const char *script; /* template of the words to say, or NULL */
    const char *const *show;
    size_t show_count;
    const struct playbook_outcome *outcomes;
    size_t outcome_count;
    bool draft_note, suggest_tags;
    struct playbook_place place;
};

/* A person has the ball: nothing is sent meanwhile. */
struct playbook_hold {
    const char *name;
    const struct audience_expr *when;
    bool before_each;        /* a person approves each touch */
    const char *task, *role; /* what the person is asked to do; task NULL: nothing */
    struct span sla;         /* zero: 1 day */
    struct span escalate_after;
    const char *escalate_to;        /* role or NULL */
    const char *const *auto_answer; /* labels that may be answered without a person */
    size_t auto_answer_count;
    bool resumes; /* false: only a person releases */
    struct span resume_after;
    const struct audience_expr *resume_if; /* NULL: none */
    struct playbook_place place;
};

enum playbook_suppress { SUPPRESS_NOTHING, SUPPRESS_MARKETING, SUPPRESS_ALL };

/* Ends the enrollment at once and cancels everything queued. Either when or at_day. */
struct playbook_exit {
    const char *name;
    const struct audience_expr *when; /* `when`, or that the `event` happened; NULL: at_day */
    int at_day;                       /* -1: not given */
    const char *tag, *chain, *next, *task, *role; /* NULL: none */
    enum playbook_suppress suppress;
    bool write_back, pause_until_told;
    struct span cool_down; /* zero: none */
    struct playbook_place place;
};

enum playbook_backlog { BACKLOG_SKIP, BACKLOG_SPREAD, BACKLOG_ALL };
enum playbook_order { ORDER_VALUE, ORDER_OLDEST, ORDER_NEWEST };

struct playbook_entry {
    struct audience_entry audience; /* who: without peers, see playbook_entry */
    enum playbook_backlog backlog;  /* who was past the day at launch */
    int backlog_per_day;            /* BACKLOG_SPREAD */
    enum playbook_order backlog_order;
    int pilot_patients; /* 0: no pilot asked for */
    int per_day_max;    /* 0: no bound beyond the practice's */
};

struct playbook_measure {
    const char *goal_service; /* "neurotoxin" or "any" */
    struct span goal_within;
    bool and_show;
    double holdout_percent;      /* 0..50 */
    double stop_opt_out_percent; /* stop_if: pauses the playbook above this; < 0: not given */
    double stop_complaint_percent;
    int min_sends_before_stop;
};

/* One file of a home, as text. */
struct playbook_file {
    const char *name; /* "playbooks/neurotoxin-touch-up.yaml", "definitions.yaml" */
    const char *text;
    size_t len;
};

struct playbook {
    const char *file;
    const char *name, *title, *owner;
    const char *version;                      /* "sha256:<64 hex>" */
    enum purpose purpose;                     /* PURPOSE_MARKETING or PURPOSE_CARE */
    const struct service_definition *service; /* whose clock day 0 is counted by */
    bool series_end; /* clock: series_end(service), else last_visit(service) */
    struct playbook_entry entry;
    struct playbook_measure measure;
    const struct playbook_touch *touches; /* in order of day */
    size_t touch_count;
    const struct playbook_hold *holds;
    size_t hold_count;
    const struct playbook_exit *exits;
    size_t exit_count;
    int touches_per_30d_min, touches_per_30d_max;   /* limits; 3 and 6 */
    const struct audience_definitions *definitions; /* those it was checked against */
    const struct yaml *node;                        /* the file */
    const struct playbook_file *source;
    const struct playbook_file *used[2]; /* files whose holds or exits it uses */
    size_t used_count;
};

/* All that checking and running a playbook reads, handed in: no files, no database. */
struct playbook_home {
    const struct practice *practice;
    const struct audience_definitions *definitions;
    struct playbook_file definitions_file;
    const struct playbook_file *playbooks;
    size_t playbook_count;
    const struct template_set *templates;
    bool has_schedule; /* schedules.yaml: free times are known */
};

/* What `check` found about a playbook. An error keeps it from running; a warning does not. */
struct playbook_finding {
    bool is_error;
    const char *rule;  /* "offer_too_early" ...: stable, docs/playbooks.md lists them */
    const char *place; /* "playbooks/x.yaml:12:7" */
    const char *message;
    const char *hint; /* "" when none */
};
struct playbook_findings {
    const struct playbook_finding *findings;
    size_t count, errors;
};

/* One file of `home->playbooks` as a playbook. The first error ends it. */
enum err playbook_parse(struct arena *arena, const struct playbook_home *home,
    const struct playbook_file *file, const struct playbook **ret_playbook, struct why *reterr_why);
/* Every finding of every playbook (or of the one named `only`, NULL for all): parse errors, lint.
 * ret_playbooks: those without errors. */
enum err playbook_check_all(struct arena *arena, const struct playbook_home *home, const char *only,
    struct playbook_findings *ret_findings, const struct playbook *const **ret_playbooks,
    size_t *ret_count, struct why *reterr_why);

/* ERR_NOT_FOUND with the nearest name that is there. */
enum err playbook_unknown(struct arena *arena, const struct playbook_home *home, const char *name,
    struct why *reterr_why);

const struct playbook_touch *playbook_find_touch(const struct playbook *playbook, const char *id);
const struct playbook_exit *playbook_find_exit(const struct playbook *playbook, const char *name);
const struct playbook_hold *playbook_find_hold(const struct playbook *playbook, const char *name);
/* entry.audience with every other playbook of the practice as a peer. Stronger is the more urgent
 * service, between equals the one whose name sorts first. */
struct audience_entry playbook_entry_of(struct arena *arena, const struct playbook *playbook,
    const struct playbook *const *all, size_t count);
/* Does any condition of it ask for free times (opening_within)? */
bool playbook_reads_openings(const struct playbook *playbook);

/* ---- what runs: playbook_version, playbook_state, practice_pause (writers) ---- */

enum playbook_run { PLAYBOOK_PAUSED, PLAYBOOK_PILOT, PLAYBOOK_ACTIVE, PLAYBOOK_RUN_MAX };
const char *playbook_run_name(enum playbook_run run); /* "paused" ... */

struct playbook_state {
    const char *playbook, *version; /* version NULL before the first apply */
    enum playbook_run run;
    int64_t pilot_patients; /* 0 outside a pilot */
    struct day launched;    /* DAY_NONE before the first apply */
    int64_t audience;       /* of the last apply; 0 before */
    const char *reason;     /* NULL unless something or somebody paused it */
    struct instant since;
};

struct playbook_launch {
    enum playbook_run run;  /* PILOT or ACTIVE */
    int64_t pilot_patients; /* > 0 in a pilot, else 0 */
    struct day today;       /* of the first launch: who was due before is backlog */
    int64_t audience;       /* how many could enter: the next apply is measured against it */
};
/* Stores the version's texts (once) and makes it what new enrollments pin. */
enum err playbook_apply(struct tx *tx, const struct playbook_home *home,
    const struct playbook *playbook, const struct playbook_launch *launch,
    struct why *reterr_why) WARN_UNUSED;
enum err playbook_pause(
    struct tx *tx, const char *playbook, const char *reason, struct why *reterr_why) WARN_UNUSED;
/* Back to what it was before the pause (pilot or active). ERR_CONFLICT: it was never applied. */
enum err playbook_resume(struct tx *tx, const char *playbook, struct why *reterr_why) WARN_UNUSED;
/* As if it had never been: for one that nobody ever entered. ERR_CONFLICT: somebody did, or it
 * runs. */
enum err playbook_forget(struct tx *tx, const char *playbook, struct why *reterr_why) WARN_UNUSED;
enum err playbook_pause_practice(struct tx *tx, struct why *reterr_why) WARN_UNUSED;
enum err playbook_resume_practice(struct tx *tx, struct why *reterr_why) WARN_UNUSED;

/* ERR_NOT_FOUND: never applied, piloted or paused. */
enum err playbook_read_state(struct arena *arena, struct db *db, int64_t practice_id,
    const char *playbook, struct playbook_state *ret_state, struct why *reterr_why) WARN_UNUSED;
/* By name. */
enum err playbook_read_states(struct arena *arena, struct db *db, int64_t practice_id,
    struct playbook_state **ret_states, size_t *ret_count, struct why *reterr_why) WARN_UNUSED;
/* All sending; ms 0: it is not paused. */
enum err playbook_practice_paused(struct db *db, int64_t practice_id, struct instant *ret_since,
    struct why *reterr_why) WARN_UNUSED;

/* The words of definitions.yaml that name a treatment, for template_options. */
const char *const *playbook_treatment_words(
    struct arena *arena, const struct audience_definitions *definitions, size_t *ret_count);

/* A stored version with everything it runs on. Cached by (playbook, version): loaded once per boot
 * arena; the same pointer comes back. */
struct playbook_version {
    const struct playbook *playbook;
    struct playbook_home home; /* definitions and templates as they were applied */
};
struct playbook_cache;
struct playbook_cache *playbook_cache_new(struct arena *boot, const struct practice *practice);
enum err playbook_load_version(struct playbook_cache *cache, struct db *db, int64_t practice_id,
    const char *playbook, const char *version, struct playbook_version **ret_version,
    struct why *reterr_why) WARN_UNUSED;

#endif
