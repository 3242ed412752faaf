/* read_corpus.c: labelled texts -> examples (learn.h). */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "learn.h"

enum { LINE_BYTES_MAX = 8192, PHRASES_PER_SITTING = 250 };

void corpus_init(struct arena *boot, struct corpus *corpus)
{
    *corpus = (struct corpus){.boot = boot};
    corpus->examples = ARENA_NEW(boot, struct example, EXAMPLES_MAX);
    corpus->writers = ARENA_NEW(boot, const char *, WRITERS_MAX);
    corpus->files = ARENA_NEW(boot, const char *, FILES_MAX);
    corpus->words = ARENA_NEW(boot, struct corpus_word, WORDS_MAX);
    corpus->word_slots = ARENA_NEW(boot, uint32_t, 2 * WORDS_MAX);
}

static uint16_t find_writer(struct corpus *corpus, const char *name)
{
    for (uint16_t i = 0; i < corpus->writer_count; i++) {
        if (text_is(corpus->writers[i], name))
            return i;
    }
    if (corpus->writer_count == WRITERS_MAX)
        return 0;
    corpus->writers[corpus->writer_count] = arena_text(corpus->boot, name);
    return corpus->writer_count++;
}

static void add_words(
    struct corpus *corpus, struct example *example, size_t side, const struct sequence *sequence)
{
    example->words[side] = ARENA_NEW(corpus->boot, uint32_t, sequence->count + 1);
    example->word_count[side] = (uint32_t)sequence->count;
    for (size_t i = 0; i < sequence->count; i++)
        example->words[side][i] = corpus_word(corpus, &sequence->words[i]);
}

static struct example *add_example(struct corpus *corpus, const char *text, const char *prior)
{
    if (corpus->count == EXAMPLES_MAX)
        return NULL;
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct prior_sense sense = context_read_prior(&scratch, prior);
    struct reply_text reply = fold_text(&scratch, text);
    struct hits hits = {0};
    spell_tokens(&reply, sense.name);
    match_rules(&reply, RULE_DENY, RULE_TAG, &hits);
    const struct answer_sense answer = context_read_answer(&reply, &sense);
    const struct model_features *features = features_read(&scratch, &reply, &hits, &sense, &answer);
    struct example *example = &corpus->examples[corpus->count++];
    example->text = arena_text(corpus->boot, text);
    example->prior = arena_text(corpus->boot, prior);
    for (enum feature_group group = 0; group < FEATURE_GROUP_MAX; group++) {
        size_t count = features->count[group];
        example->count[group] = (uint32_t)count;
        example->rows[group] = ARENA_NEW(corpus->boot, uint32_t, count + 1);
        memcpy(example->rows[group], features->keys[group], count * sizeof(uint32_t));
    }
    example->signs = ARENA_NEW(corpus->boot, float, STOP_SIGNS);
    memcpy(example->signs, features->signs, sizeof features->signs);
    add_words(corpus, example, 0, &features->said);
    add_words(corpus, example, 1, &features->asked);
    return example;
}

static uint64_t bit(int head)
{
    return 1ULL << head;
}

static uint64_t labels_of(char *labels)
{
    uint64_t bits = 0;
    for (char *rest = labels, *name; (name = strsep(&rest, ",")) != NULL;) {
        enum triage_label label;
        if (triage_label_parse(name, &label))
            bits |= bit((int)label);
    }
    return bits;
}

static uint64_t tags_of(char *tags)
{
    static const struct {
        const char *name;
        enum model_head head;
    } known[] = {{"wants_saturday", HEAD_WANTS_SATURDAY}, {"wants_sunday", HEAD_WANTS_SUNDAY},
        {"wants_evening", HEAD_WANTS_EVENING}, {"wants_morning", HEAD_WANTS_MORNING},
        {"wants_soon", HEAD_WANTS_SOON}, {"financing", HEAD_FINANCING},
        {"price_sensitive", HEAD_PRICE_SENSITIVE}, {"prefers_sms", HEAD_PREFERS_SMS},
        {"prefers_call", HEAD_PREFERS_CALL}, {"prefers_email", HEAD_PREFERS_EMAIL},
        {"spanish", HEAD_SPANISH}};
    uint64_t bits = 0;
    for (char *rest = tags, *name; (name = strsep(&rest, ",\n")) != NULL;) {
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            if (text_is(name, known[i].name))
                bits |= bit((int)known[i].head);
        }
        if (text_starts(name, "wants_provider:"))
            bits |= bit(HEAD_WANTS_PROVIDER);
    }
    return bits;
}

static const uint64_t all_labels = (1ULL << TRIAGE_LABEL_MAX) - 1;

/* A text that answers a question means little by itself when it is short. */
static bool text_speaks_alone(uint64_t labels, const char *text, const char *prior)
{
    uint64_t answers = bit(TRIAGE_LABEL_BOOK_YES) | bit(TRIAGE_LABEL_PAUSE)
        | bit(TRIAGE_LABEL_OPT_IN) | bit(TRIAGE_LABEL_UNCLEAR) | bit(TRIAGE_LABEL_OPT_OUT)
        | bit(TRIAGE_LABEL_WRONG_NUMBER) | bit(TRIAGE_LABEL_CANCEL) | bit(TRIAGE_LABEL_RESCHEDULE)
        | bit(TRIAGE_LABEL_NOT_INTERESTED) | bit(TRIAGE_LABEL_DECEASED_OR_MOVED);
    return prior[0] == 0 || (labels & answers) == 0 || strlen(text) > 24;
}

static void add_reply(
    struct corpus *corpus, char *line, uint16_t writer, const char *file, uint32_t number)
{
    char *rest = line;
    char *prior = strsep(&rest, "\t"), *text = strsep(&rest, "\t"), *names = strsep(&rest, "\t");
    char *urgency = strsep(&rest, "\t"), *route = strsep(&rest, "\t"), *tags = strsep(&rest, "\n");
    if (route == NULL)
        return;
    uint64_t labels = labels_of(names), truth = labels;
    if (text_is(urgency, "emergency"))
        truth |= bit(HEAD_EMERGENCY);
    if (text_is(urgency, "same_day"))
        truth |= bit(HEAD_SAME_DAY);
    uint64_t active = all_labels | bit(HEAD_EMERGENCY) | bit(HEAD_SAME_DAY) | bit(HEAD_OWN_DATA);
    for (int head = HEAD_WANTS_SATURDAY; head < HEAD_USED; head++)
        active |= bit(head);
    if (labels == bit(TRIAGE_LABEL_IDENTITY_PRIVACY) && text_is(route, "staff_task"))
        truth |= bit(HEAD_OWN_DATA);
    else if (labels & bit(TRIAGE_LABEL_IDENTITY_PRIVACY) && !text_is(route, "auto_reply"))
        active &= ~bit(HEAD_OWN_DATA); /* another label decided: not known */
    truth |= tags_of(tags == NULL ? (char[]){""} : tags);
    static const struct {
        const char *route;
        enum model_head head;
    } routes[] = {{"escalate", HEAD_ESCALATE}, {"staff_task", HEAD_STAFF_TASK},
        {"auto_reply", HEAD_AUTO_REPLY}, {"close", HEAD_CLOSE}};
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        truth |= text_is(route, routes[i].route) ? bit(routes[i].head) : 0;
    uint64_t stops = bit(TRIAGE_LABEL_OPT_OUT) | bit(TRIAGE_LABEL_WRONG_NUMBER);
    if (text_speaks_alone(labels, text, prior)) {
        truth |= labels & stops ? bit(HEAD_STOP) : 0;
        active |= bit(HEAD_STOP);
    }
    struct example *example = add_example(corpus, text, prior);
    if (example == NULL)
        return;
    example->truth = truth;
    example->active = active;
    example->writer = writer;
    example->file = file;
    example->line = number;
    example->urgency = text_is(urgency, "emergency") ? TRIAGE_URGENCY_EMERGENCY
        : text_is(urgency, "same_day")               ? TRIAGE_URGENCY_SAME_DAY
                                                     : TRIAGE_URGENCY_NONE;
    for (enum triage_route known = 0; known < TRIAGE_ROUTE_MAX; known++) {
        if (text_is(route, triage_route_name(known)))
            example->route = known;
    }
}

static void add_phrase(
    struct corpus *corpus, char *line, uint16_t writer, const char *file, uint32_t number)
{
    char *rest = line, *text = strsep(&rest, "\t\n"), *expected = strsep(&rest, "\t\n");
    struct example *example = expected == NULL ? NULL : add_example(corpus, text, "");
    if (example == NULL)
        return;
    example->active = bit(HEAD_STOP) | bit(HEAD_START) | bit(HEAD_HELP);
    example->truth = text_is(expected, "opt_out") ? bit(HEAD_STOP)
        : text_is(expected, "opt_in")             ? bit(HEAD_START)
        : text_is(expected, "help")               ? bit(HEAD_HELP)
                                                  : 0;
    example->writer = writer;
    example->file = file;
    example->line = number;
    example->phrase = true;
    example->optout = TRIAGE_OPTOUT_NOT_OPT_OUT;
    for (enum triage_optout known = 0; known < TRIAGE_OPTOUT_MAX; known++) {
        if (text_is(expected, triage_optout_name(known)))
            example->optout = known;
    }
}

static bool read_file(struct corpus *corpus, const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        (void)fprintf(stderr, "%s: cannot be read\n", path);
        return false;
    }
    if (corpus->file_count < FILES_MAX)
        corpus->files[corpus->file_count++] = arena_text(corpus->boot, path);
    const char *base = strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1;
    const char *dash = strchr(base, '-'), *name = arena_text(corpus->boot, base);
    char line[LINE_BYTES_MAX];
    uint32_t number = 0;
    bool phrases = false;
    while (fgets(line, sizeof line, file) != NULL) {
        if (number++ == 0) {
            phrases = text_starts(line, "phrase\t");
            continue;
        }
        ARENA struct arena scratch;
        arena_init(&scratch, 0);
        const char *writer = phrases
            ? arena_format(&scratch, "%s/%u", name, number / PHRASES_PER_SITTING)
            : arena_text_n(&scratch, base, dash == NULL ? strlen(base) : (size_t)(dash - base));
        uint16_t index = find_writer(corpus, writer);
        if (phrases)
            add_phrase(corpus, line, index, name, number);
        else
            add_reply(corpus, line, index, name, number);
    }
    (void)fclose(file);
    return true;
}

static int is_table(const struct dirent *entry)
{
    return text_ends(entry->d_name, ".tsv");
}

bool corpus_read(struct corpus *corpus, const char *path)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_table, alphasort);
    if (count < 0)
        return read_file(corpus, path);
    bool read = true;
    for (int i = 0; i < count && read; i++)
        read = read_file(corpus, arena_format(corpus->boot, "%s/%s", path, entries[i]->d_name));
    return read; /* the names live as long as the program */
}
