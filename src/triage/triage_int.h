/* triage_int.h: what the files of this room share: tokens, the compiled grammar, its hits.
 *
 * A message goes through three steps: fold.c (bytes -> tokens), spell.c (tokens -> known words),
 * match.c (words -> hits of rules); triage.c makes a reading of the hits. The grammar itself is
 * data: src/triage/<name>.grammar, compiled by tools/grammar into `grammar_all`.
 * Ownership: everything lives in the arena of the request. */
#ifndef PERENNIAL_TRIAGE_INT_H
#define PERENNIAL_TRIAGE_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* More words than any text message holds; what lies beyond is not read (triage.h, invariant 6). */
#define TRIAGE_TOKENS_MAX 3000
#define TRIAGE_WORD_BYTES_MAX 31 /* longer words carry no meaning for us and are cut */
#define TRIAGE_HITS_MAX 64
/* Steps a message may cost beyond the first word of each rule: some milliseconds at most. An
 * ordinary one takes some thousands. */
#define TRIAGE_FUEL_MAX 1000000

/* In the order of LOOKS in tools/grammar: classes by the look of a token, not by its spelling. */
enum look {
    LOOK_DIGITS,       /* 3, 10, 512 */
    LOOK_LOUD,         /* all capitals in a message that is not */
    LOOK_CAPITAL,      /* a capital first letter inside a clause */
    LOOK_UNKNOWN,      /* letters, but in no list */
    LOOK_CLOCK,        /* 3pm, 10am, 5ish, 2nd */
    LOOK_PRIOR_NAME,   /* the name that the practice's message greets */
    LOOK_PHONE_DIGITS, /* seven digits or more in a row */
    LOOK_JOY,          /* any word of a message with a happy emoji */
    LOOK_MAX
};

enum bound {
    BOUND_NONE,
    BOUND_SOFT, /* comma, dash, colon, parenthesis, emoji */
    BOUND_HARD  /* full stop, question mark, line end */
};

enum { CLASS_WORDS = 2, WORD_UNKNOWN = 0xFFFF };

struct token {
    char text[TRIAGE_WORD_BYTES_MAX + 1]; /* folded, as written */
    uint16_t word;                        /* index in grammar_all.words or WORD_UNKNOWN */
    uint64_t classes[CLASS_WORDS];
    enum bound before;  /* what stands between the token before and this one */
    bool asked;         /* its sentence ends with a question mark */
    bool corrected;     /* taken for `word` although spelt otherwise */
    bool capital, loud; /* as written */
    bool hidden;        /* a mask rule has explained it: no sign of stop or start any more */
    bool denied;        /* "no pain": no sign of a symptom any more */
};

struct reply_text {
    struct token *tokens;
    size_t count, room;
    uint32_t joy, anger, stop_signs; /* emoji, which are no tokens */
    uint32_t insults;                /* of the angry ones */
    bool question_marks_only;        /* "???" */
    bool cut;                        /* longer than what is read */
};

enum rule_kind {
    RULE_PRIOR,  /* what the practice had asked; matched on its message alone */
    RULE_OPTION, /* what that offered to do with its messages, each time it says so */
    RULE_DENY,
    RULE_MASK,
    RULE_START,
    RULE_KEEP,
    RULE_KEYWORD,
    RULE_STOP,
    RULE_STOP_MAYBE,
    RULE_WRONG,
    RULE_EMAIL_ONLY,
    RULE_EMERGENCY,
    RULE_SAME_DAY,
    RULE_CLINICAL, /* a symptom or event fit for the ordinary queue */
    RULE_MENTION,  /* names a medicine, an illness or a sensation, without a label */
    RULE_THREAT,
    RULE_LABEL, /* the rule's id begins with the label's name */
    RULE_TAG,   /* the rule's id is the tag */
    RULE_KIND_MAX
};

enum step_op {
    STEP_WORD,
    STEP_GAP,     /* within the clause */
    STEP_GAP_FAR, /* across clauses */
    STEP_TEXT_START,
    STEP_TEXT_END,
    STEP_CLAUSE_START,
    STEP_CLAUSE_END,
    STEP_BREAK, /* a new clause must begin here */
    STEP_ASKED,
    STEP_NOT_ASKED,
    STEP_MARK_OPEN,
    STEP_MARK_CLOSE,
    STEP_PREVIOUS_NOT,
    STEP_NEXT_NOT
};

enum { SYMBOL_CLASS = 0x4000, SYMBOL_AND = 0x8000 };

struct grammar_word {
    const char *text;
    uint64_t classes[CLASS_WORDS];
    bool near; /* near misspellings are taken for it */
    bool english, spanish;
    uint16_t stands_for; /* itself, or the word that this is another spelling of */
};

struct grammar_merge {
    uint16_t first, count, result;
};

struct grammar_step {
    uint8_t op, low, high, symbol_count;
    uint16_t symbol;
};

struct grammar_rule {
    const char *name;
    uint8_t kind, step_count;
    uint16_t step;
    int16_t label; /* of RULE_LABEL and the clinical kinds; else -1 */
};

struct grammar {
    const struct grammar_word *words; /* sorted by text */
    size_t word_count;
    const uint16_t *near; /* indices of the words with `near` */
    size_t near_count;
    const uint16_t *merge_words;
    const struct grammar_merge *merges; /* longest first */
    size_t merge_count;
    const uint16_t *symbols;
    const struct grammar_step *steps;
    size_t step_count;
    const struct grammar_rule *rules; /* by kind, in the order of enum rule_kind */
    size_t rule_count;
    const uint32_t *class_hashes; /* of their names, the lowest bit clear */
    uint16_t class_count;
    uint16_t class_command; /* words that are commands by themselves */
    uint16_t
        class_alone; /* words that a near misspelling stands for where it is all that is said */
    uint16_t class_polite;
    uint16_t class_run_start; /* words that a run of words may begin with */
    uint16_t class_negation;  /* words that turn what follows in their clause around */
    uint16_t class_first_name, class_day;
    uint16_t class_yes, class_no_answer; /* classes of context.grammar: short answers */
    uint16_t class_keep_answer, class_keep_core, class_pause_answer, class_pause_core;
    uint16_t class_opener;                  /* "well", before an answer */
    uint16_t class_assent, class_plain_yes; /* a yes that is no thanks; that is no "ok" either */
    uint16_t class_pick,
        class_between; /* around a pick in an answer; between a key and its option */
    uint16_t class_slot_answer, class_slot_core;
};

extern const struct grammar grammar_all;

struct hit {
    const struct grammar_rule *rule;
    size_t from, until; /* tokens [from, until) */
};

struct hits {
    struct hit list[TRIAGE_HITS_MAX];
    size_t count;
    bool exhausted; /* fuel or room ran out: the message is not fully read */
};

/* fold.c */
struct reply_text fold_text(struct arena *request, const char *text);

/* spell.c: finds each token's word, joins what was spelt apart, mends what was misspelt.
 * `prior_name` is a folded first name or "". */
void spell_tokens(struct reply_text *reply, const char *prior_name);
bool spell_has_class(const struct token *token, uint16_t class_index);

/* match.c: kinds from..until (both included), in order; hides and denies tokens as it goes. */
void match_rules(
    struct reply_text *reply, enum rule_kind from, enum rule_kind until, struct hits *hits);
bool match_has_rule(const struct hits *hits, const char *name);
bool match_has_kind(const struct hits *hits, enum rule_kind kind);

/* why.c: "stop.cease_reach: stop texting" */
const char *why_of_hit(
    struct arena *request, const struct reply_text *reply, const struct hit *hit);

#endif
