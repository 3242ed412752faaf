/* model_int.h: the learned layer: what it looks at, and the table of weights that the build makes
 * of corpus/ (corpus/train_triage.c).
 *
 * A message becomes a list of features, each a key: runs of letters, words, words in pairs, classes
 * of the grammar, rules that have spoken, and what the practice had asked. A feature that several
 * writers of the corpus showed has a row in the model; all others say nothing. A head is one
 * question asked of the rows ("is it about a price?").
 *
 * Invariants
 *  (1) The features of a message depend on its text, the prior and the grammar alone.
 *  (2) Features of one group count alike, and a group counts alike however long the message is.
 *  (3) Heads that read the text alone (HEAD_STOP .. HEAD_HELP) have no weight for what was asked.
 */
#ifndef PERENNIAL_TRIAGE_MODEL_INT_H
#define PERENNIAL_TRIAGE_MODEL_INT_H

#include "triage/reading_int.h"
#include "triage/triage.h"

enum {
    MODEL_ROWS = 64000,
    MODEL_INDEX = 1 << 16,
    NETS = 2, /* one in each half of a byte */
    NET_UNITS = 64,
    UNITS = NETS * NET_UNITS,
    UNIT_ZERO = 8, /* half a byte that says nothing */
    FEATURES_SEEN = 1 << 14,
    SEQUENCE_KNOWN = 10000, /* words that several writers used */
    SEQUENCE_RUNS = 1 << 13,
    SEQUENCE_SIZE = 32, /* numbers that stand for a word */
    SEQUENCE_REACH = 3, /* words that a filter sees at once */
    SEQUENCE_SAID = 96, /* filters over the message, and over the one before it */
    SEQUENCE_ASKED = 48,
    SEQUENCE_FOUND = SEQUENCE_SAID + SEQUENCE_ASKED,
    SEQUENCE_UNITS = 64,
    SEQUENCE_WORDS_MAX = 64,
    SEQUENCE_WORD_RUNS_MAX = 24,
    SEQUENCE_STEPS = 64, /* a word's number of 1 in those that filters see */
    SEQUENCE_FILTER_MAX = 1023,
    STOP_UNITS = 8,
    STOP_SIGNS = 64, /* which rules spoke, what was asked, how it is answered; some are unused */
    STOP_LONG = 20,  /* words from which on a message is as long as any */
    MODEL_TOKENS_MAX = 160, /* what is longer says what it wants early, or goes to a person */
    MODEL_LETTERS_MAX = 1200
};

enum feature_group {
    FEATURE_LETTERS,
    FEATURE_WORDS,
    FEATURE_CLASSES,
    FEATURE_PRIOR,
    FEATURE_GROUP_MAX
};

/* The first heads are the labels, by their number. */
enum model_head {
    HEAD_EMERGENCY = TRIAGE_LABEL_MAX, /* an urgency of its own: danger within hours */
    HEAD_SAME_DAY,
    HEAD_OWN_DATA, /* identity_privacy that a person must answer */
    HEAD_STOP,     /* the two-way reading of a text alone: opt_out or wrong_number */
    HEAD_START,
    HEAD_HELP,
    HEAD_WANTS_SATURDAY,
    HEAD_WANTS_SUNDAY,
    HEAD_WANTS_EVENING,
    HEAD_WANTS_MORNING,
    HEAD_WANTS_SOON,
    HEAD_FINANCING,
    HEAD_PRICE_SENSITIVE,
    HEAD_PREFERS_SMS,
    HEAD_PREFERS_CALL,
    HEAD_PREFERS_EMAIL,
    HEAD_SPANISH,
    HEAD_WANTS_PROVIDER,
    HEAD_ESCALATE, /* the route as a whole; no head: suppress */
    HEAD_STAFF_TASK,
    HEAD_AUTO_REPLY,
    HEAD_CLOSE,
    HEAD_USED,
    HEAD_MAX = 48, /* whole vectors */
    STOP_SEEN = HEAD_MAX + STOP_SIGNS
};

/* A word, a mark or a feeling shown by emoji: a key, and runs of its letters by their hash. */
struct sequence_word {
    uint32_t key;
    uint16_t run_count, runs[SEQUENCE_WORD_RUNS_MAX];
};

struct sequence {
    size_t count;
    struct sequence_word words[SEQUENCE_WORDS_MAX];
};

struct model_features {
    struct sequence said, asked;
    uint32_t *keys[FEATURE_GROUP_MAX]; /* each key once in all, never 0 */
    size_t count[FEATURE_GROUP_MAX];
    size_t room[FEATURE_GROUP_MAX];
    uint32_t seen[FEATURES_SEEN]; /* of all groups */
    float signs[STOP_SIGNS];
};

/* The row of a key: among first[key >> 16] .. first[(key >> 16) + 1], where `rest` is its lower
 * half; rows lie in the order of their keys. */
struct model_index {
    uint32_t first[MODEL_INDEX + 1];
    uint16_t rest[MODEL_ROWS];
};

/* The third opinion, of words in their order. A word is its own numbers, where it is known, and the
 * mean of those of its runs; what the filters find goes to the units and the heads, the units to
 * the heads, most of which are against the others':
 *
 *   found = filter_bias + filter_scale * the most that weights * words come to; no less than 0
 *   unit  = unit_bias + sum of found * units, a tenth where negative
 *   odds  = out_bias + sum of found * found_out + sum of unit * unit_out
 */
struct model_sequence {
    uint32_t keys[SEQUENCE_KNOWN]; /* of known words, ascending; the unused are UINT32_MAX */
    int8_t known[SEQUENCE_KNOWN][SEQUENCE_SIZE];
    int8_t runs[SEQUENCE_RUNS][SEQUENCE_SIZE];
    int16_t filters[SEQUENCE_FOUND][SEQUENCE_REACH * SEQUENCE_SIZE];
    float filter_scale[SEQUENCE_FOUND], filter_bias[SEQUENCE_FOUND];
    float units[SEQUENCE_FOUND][SEQUENCE_UNITS], unit_bias[SEQUENCE_UNITS];
    float found_out[SEQUENCE_FOUND][HEAD_MAX], unit_out[SEQUENCE_UNITS][HEAD_MAX];
    float out_bias[HEAD_MAX], out_scale[HEAD_MAX];
};

/* Whether it is a stop, from the odds of all heads and the signs:
 *
 *   unit = unit_bias + sum of units * seen, a tenth where negative
 *   odds = out_bias + sum of out * unit
 */
struct model_stop {
    float units[STOP_UNITS][STOP_SEEN], unit_bias[STOP_UNITS], out[STOP_UNITS], out_bias;
};

enum { STOP_NUMBERS = sizeof(struct model_stop) / sizeof(float) };

/* The table as it lies in the file, in the byte order of the machine that made it. Three opinions
 * are added, each as much as it was worth on writers held back:
 *
 *   unit = unit_bias[unit] + unit_scale[unit] * sum of the features' units, a tenth where negative
 *   nets = out_bias[head] + sum of out[unit][head] * unit; of most labels: against the others'
 *   odds = bias[head] + scale[head] * sum of the features' weights + out_scale[head] * nets
 *          + sequence.out_scale[head] * the sequence's odds
 */
struct model_table {
    char magic[16]; /* MODEL_MAGIC */
    struct model_index index;
    float bias[HEAD_MAX], scale[HEAD_MAX];
    float least[HEAD_MAX]; /* from this likelihood on, yes was best said of writers held back */
    float unit_bias[UNITS], unit_scale[UNITS], out[UNITS][HEAD_MAX];
    float out_bias[HEAD_MAX], out_scale[HEAD_MAX];
    int8_t weights[MODEL_ROWS][HEAD_MAX];
    uint8_t units[MODEL_ROWS][NET_UNITS]; /* of the first net in the lower four bits */
    struct model_sequence sequence;
    struct model_stop stop;
};

#define MODEL_MAGIC "perennial tri 6"

/* What a unit below nothing passes on. */
#define NET_LEAK 0.1F

/* What a group's features count together; fixed by trial on writers held back. */
extern const float feature_weights[FEATURE_GROUP_MAX];

/* features.c: `hits` are those of all rules on the spelt tokens. */
struct model_features *features_read(struct arena *request, const struct reply_text *reply,
    const struct hits *hits, const struct prior_sense *prior, const struct answer_sense *answer);
/* The keys of a word, and of a word with the one before it: for saying why. */
uint32_t features_word_key(const struct token *token);
uint32_t features_pair_key(const struct token *token);

/* sequence.c */
void sequence_read(const struct reply_text *reply, struct sequence *ret_sequence);
void sequence_odds(const struct model_sequence *model, const struct sequence *said,
    const struct sequence *asked, float *ret_odds);

/* stop.c: the signs of a message, STOP_SIGNS; what the net sees of them and the odds, STOP_SEEN;
 * its odds, with what each unit passes on (STOP_UNITS) for who learns. */
void stop_signs(const struct reply_text *reply, const struct hits *hits,
    const struct prior_sense *prior, const struct answer_sense *answer, float *ret_signs);
void stop_seen(const float *odds, const float *signs, float *ret_seen);
float stop_units(const struct model_stop *model, const float *seen, float *ret_units);
float stop_odds(const struct model_stop *model, const float *odds, const float *signs);

/* model.c: MODEL_ROWS where the model has no such row. */
size_t model_row(const struct model_index *index, uint32_t key);
/* How much speaks for yes, by head: odds as logarithms; model_likely makes 0..1 of them. */
void model_odds(
    const struct model_table *model, const struct model_features *features, float *ret_odds);
float model_likely(float odds);
/* To the net most labels are rivals: its opinions of them become odds of each against all others.
 * Not those that may stand beside any other and must not be drowned by it: a stop, a danger. */
bool model_is_rival(size_t head);
void model_rival(float *odds);
/* "how much, cost": the words of the message that spoke most for the head. */
const char *model_why(struct arena *request, const struct model_table *model,
    const struct reply_text *reply, enum model_head head);

/* provider.c: "wants_provider:Dr. Kerr", or NULL where no name is found. */
const char *provider_tag(
    struct arena *request, const struct reply_text *reply, const struct prior_sense *prior);

/* The model of this build (made by corpus/train_triage). */
const struct model_table *model_built(void);

/* verdict.c: the first route of the table that fits what was read. */
enum triage_route triage_route_of(const struct triage_reading *reading);

/* triage.c: as triage_read and triage_read_optout, by a model that is handed in. */
const struct triage_reading *triage_read_by(
    struct arena *request, const struct model_table *model, const char *text, const char *prior);
enum triage_optout triage_read_optout_by(
    struct arena *request, const struct model_table *model, const char *text);

#endif
