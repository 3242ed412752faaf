/* search.h: one box: people by name even when it is mistyped, and what was said about them.
 *                                                                                      (keeper)
 * Flow: beside engagement, before http. Reads what record and inbox keep; what was said is listed
 * in search_doc as it is written (by triggers: 0018_search), names are learnt word by word in the
 * engine's rounds.
 *
 * Invariants
 *  (1) Who asks sees only patients of their locations, and only the kinds that were asked for.
 *  (2) A word that was typed right is never corrected away: what fits as typed comes first.
 *  (3) A correction is at most one edit (insert, drop, replace, swap) for words of four to six
 *      letters, two for longer ones, none for shorter ones.
 *  (4) Whatever is typed is data: no query can be malformed.
 *
 * Calling sequence: search_people (as one types), search_said, search_tags, search_visits;
 * search_pending -> search_learn in the engine's rounds. Audited by the caller.
 * Memory: what is returned lives in the arena given first. */
#ifndef PERENNIAL_SEARCH_SEARCH_H
#define PERENNIAL_SEARCH_SEARCH_H

#include "record/erase.h"
#include "store/db.h"

enum {
    SEARCH_BYTES_MAX = 200, /* of what is typed; the rest is not read */
    SEARCH_WORDS_MAX = 6,   /* of it */
    SEARCH_HITS_MAX = 50,   /* of a kind */
};

struct search_question {
    int64_t practice_id;
    const char *text;
    const char *locations; /* JSON array; NULL: all */
    size_t limit;          /* of each kind, at most SEARCH_HITS_MAX */
};

/* People: by the beginning of a name, an id, a phone number, an email; then, where there is room
 * left, by names that are nearly what was typed. Best first. */
struct search_person {
    const char *patient_id;
    int edits; /* 0: as typed */
};
enum err search_people(struct arena *arena, struct db *db, const struct search_question *question,
    struct search_person *ret_people, size_t *ret_count, struct why *reterr_why) WARN_UNUSED;

enum search_kind { SEARCH_MESSAGE, SEARCH_REPLY, SEARCH_NOTE, SEARCH_TASK, SEARCH_KIND_MAX };
const char *search_kind_name(enum search_kind kind);

/* What patients wrote, what colleagues answered, noted and were asked to do: every word of it
 * somewhere in the text, the last one at least its beginning; newest first. */
struct search_said {
    enum search_kind kind;
    const char *id, *text; /* text: around the first word */
    struct instant at;
    const char *patient_id, *external_id, *name; /* NULL: nobody we know */
    const char *thread_id;                       /* NULL */
    const char *attachments;                     /* as in struct inbound */
};
enum err search_said(struct arena *arena, struct db *db, const struct search_question *question,
    struct search_said *ret_said, size_t *ret_count, struct why *reterr_why) WARN_UNUSED;

/* Tags that hold every word, and how many patients have each, at most 1000. */
struct search_tag {
    const char *tag;
    int64_t patients;
};
enum err search_tags(struct arena *arena, struct db *db, const struct search_question *question,
    struct search_tag *ret_tags, size_t *ret_count, struct why *reterr_why) WARN_UNUSED;

/* Appointments of services that hold every word: those ahead, soonest first. */
struct search_visit {
    const char *appointment_id, *service, *provider, *status;
    struct instant start;
    const char *patient_id, *external_id, *name;
};
enum err search_visits(struct arena *arena, struct db *db, const struct search_question *question,
    struct instant now, struct search_visit *ret_visits, size_t *ret_count,
    struct why *reterr_why) WARN_UNUSED;

/* Whether `text` holds every word of the question. For what is in no store: playbooks. */
bool search_fits(struct arena *arena, const char *query, const char *text);

/* The next few patients whose names are not known yet. ret_more false: there are none left, and
 * nothing is written. */
enum err search_pending(
    struct db *db, int64_t practice_id, bool *ret_more, struct why *reterr_why) WARN_UNUSED;
enum err search_learn(struct arena *arena, struct tx *tx, struct why *reterr_why) WARN_UNUSED;

/* Their part of an erasure, before record's: words of their name that nobody else's has. Reads
 * every name: constant memory. */
enum err search_erase(struct erasing *erasing, struct why *reterr_why) WARN_UNUSED;
/* SQLite: what was taken out of the index of texts is out of its pages, too. Rewrites the index. */
enum err search_rewrite(struct tx *tx, struct why *reterr_why) WARN_UNUSED;

#endif
