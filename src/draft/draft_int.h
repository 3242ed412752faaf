/* draft_int.h: what reading and checking share: the claims and words of a sentence. */
#ifndef PERENNIAL_DRAFT_DRAFT_INT_H
#define PERENNIAL_DRAFT_DRAFT_INT_H

#include "draft/draft.h"

#define DRAFT_FIRST_NAME "[FIRST_NAME]"

/* One piece of a sentence, folded. */
enum token_kind {
    TOKEN_WORD,
    TOKEN_PLAIN,   /* a word that says nothing by itself */
    TOKEN_TURN,    /* a word that turns or bounds what is said: not, only, until */
    TOKEN_DAY,     /* a weekday or month */
    TOKEN_JOIN,    /* a comma, and, or, but: what stands on its two sides is apart */
    TOKEN_NUMBER,  /* value and unit */
    TOKEN_MONEY,   /* value in ten-thousandths of a dollar */
    TOKEN_TIME,    /* value: minute of the day */
    TOKEN_PERCENT, /* value */
    TOKEN_LINK,    /* an address, word for word */
    TOKEN_PHONE,   /* text: its last ten digits */
    TOKEN_KIND_MAX
};
struct token {
    enum token_kind kind;
    const char *text;  /* of a word: its stem; of a number: NULL */
    const char *raw;   /* of a word: as it stands, folded */
    int64_t value;     /* in ten-thousandths, but for a time */
    const char *unit;  /* of a number: the stem of what is counted; "" */
    const char *bound; /* of a number: "from", "to", "about"; "" */
};
struct sentence {
    struct token *tokens;
    size_t count;
};
struct sentences {
    struct sentence *list;
    size_t count;
};

/* What a text says, sentence by sentence. Never fails. */
struct sentences draft__read_sentences(
    struct arena *arena, const char *text, enum triage_language language);
/* claim.c: numbers in digits and in words become claims with units, in place. */
void draft__read_claims(struct sentence *sentence);

/* redact.c: at most that many bytes, no character cut. */
char *draft__cut(struct arena *arena, const char *text, size_t bytes_max);

/* words.c */
bool draft__is_plain(enum triage_language language, const char *word);
bool draft__is_turn(enum triage_language language, const char *word);
/* `words`: of a whole sentence, with one blank between them. */
bool draft__is_courtesy(enum triage_language language, const char *words);
bool draft__is_join(const char *word);
/* Of a number's word: 0 to 19, 20 to 90, 100 to 900, 1000; -1: none. */
int64_t draft__number_word(const char *word);
const char *draft__month(const char *word);   /* "november", or NULL */
const char *draft__weekday(const char *word); /* "saturday", or NULL */
const char *draft__stem(struct arena *arena, const char *word);

#endif
