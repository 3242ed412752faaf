/* measure.c: how well whole readings do on writers that the model has not learned from (learn.h).
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "learn.h"

enum { LINE_BYTES_MAX = 256, COVERAGE_STEPS = 7, KEYWORD_BYTES_MAX = 16, KEYWORD_SHORT = 6 };

struct figures {
    size_t right[TRIAGE_LABEL_MAX], wrong[TRIAGE_LABEL_MAX], missed[TRIAGE_LABEL_MAX];
    size_t texts, exact, routes;
    size_t emergencies, emergencies_to_person, clinical_answered;
    size_t urgents, urgents_found, urgents_false;
    size_t stops, stops_found, stops_false; /* the field `opt_out` of the answer */
    size_t keywords, keywords_found, sayings,
        sayings_found; /* labelled opt_out: a keyword, others */
    size_t phrases, phrases_right, phrase_stops, phrase_stops_found, phrase_stops_false;
    size_t answered, answered_right; /* routes auto_reply */
    size_t covered[COVERAGE_STEPS], covered_right[COVERAGE_STEPS], covered_labels[COVERAGE_STEPS];
};

/* How sure a reading must be of its labels to be answered without a person. */
static const double coverage_least[COVERAGE_STEPS] = {0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95};

static void print_error(const struct example *example, const struct triage_reading *reading)
{
    printf("%s:%u\t%s\t%s\t", example->file, example->line, example->prior, example->text);
    for (enum triage_label label = 0; label < TRIAGE_LABEL_MAX; label++) {
        if (example->truth >> label & 1)
            printf("%s ", triage_label_name(label));
    }
    printf("(%s)\t-> ", triage_route_name(example->route));
    for (enum triage_label label = 0; label < TRIAGE_LABEL_MAX; label++) {
        if (reading->labels[label])
            printf("%s:%.2f ", triage_label_name(label), reading->confidence[label]);
    }
    printf("(%s)\t", triage_route_name(reading->route));
    for (size_t i = 0; i < reading->why_count; i++)
        printf("[%s] ", reading->why[i]);
    printf("\n");
}

static void count_coverage(struct figures *figures, const struct example *example,
    const struct triage_reading *reading, bool exact)
{
    double sure = 1;
    for (enum triage_label label = 0; label < TRIAGE_LABEL_MAX; label++) {
        if (reading->labels[label] && reading->confidence[label] < sure)
            sure = reading->confidence[label];
    }
    for (size_t step = 0; step < COVERAGE_STEPS && sure >= coverage_least[step]; step++) {
        figures->covered[step]++;
        figures->covered_right[step] += reading->route == example->route;
        figures->covered_labels[step] += exact;
    }
}

/* 47 CFR 64.1200(a)(10), and what the label's definition adds to it. */
static const char *const stop_keywords[] = {"stop", "quit", "end", "revoke", "optout", "cancel",
    "unsubscribe", "stopall", "alto", "parar", "baja"};

/* Nothing but a keyword, or what a hasty thumb makes of one: whatever its case, signs, spaces and
 * repeated letters, one edit away or, of a longer word, two. */
static bool is_stop_keyword(const char *text)
{
    char letters[KEYWORD_BYTES_MAX];
    size_t len = 0;
    for (; *text != '\0'; text++) {
        char letter = (char)tolower((unsigned char)*text);
        if (!isalpha((unsigned char)letter) || (len > 0 && letters[len - 1] == letter))
            continue;
        if (len + 1 == sizeof letters)
            return false;
        letters[len++] = letter;
    }
    letters[len] = '\0';
    for (size_t i = 0; i < sizeof stop_keywords / sizeof *stop_keywords; i++) {
        size_t edits = strlen(stop_keywords[i]) <= KEYWORD_SHORT ? 1 : 2;
        if (text_distance(letters, stop_keywords[i], edits) <= edits)
            return true;
    }
    return false;
}

static void count_reply(struct figures *figures, const struct example *example,
    const struct triage_reading *reading, bool shows)
{
    bool exact = true;
    for (enum triage_label label = 0; label < TRIAGE_LABEL_MAX; label++) {
        bool truth = example->truth >> label & 1, given = reading->labels[label];
        figures->right[label] += truth && given;
        figures->wrong[label] += !truth && given;
        figures->missed[label] += truth && !given;
        exact = exact && truth == given;
    }
    bool urgent = example->truth >> TRIAGE_LABEL_CLINICAL_URGENT & 1;
    bool clinical = urgent || (example->truth >> TRIAGE_LABEL_CLINICAL_NONURGENT & 1);
    bool stop = (example->truth >> TRIAGE_LABEL_OPT_OUT & 1)
        || (example->truth >> TRIAGE_LABEL_WRONG_NUMBER & 1);
    bool stop_given = reading->stop != TRIAGE_STOP_NO || reading->labels[TRIAGE_LABEL_WRONG_NUMBER];
    bool to_person =
        reading->route == TRIAGE_ROUTE_ESCALATE || reading->route == TRIAGE_ROUTE_STAFF_TASK;
    figures->texts++;
    figures->exact += exact;
    figures->routes += reading->route == example->route;
    figures->emergencies += example->urgency == TRIAGE_URGENCY_EMERGENCY;
    figures->emergencies_to_person += example->urgency == TRIAGE_URGENCY_EMERGENCY && to_person;
    figures->clinical_answered += clinical && reading->route == TRIAGE_ROUTE_AUTO_REPLY;
    figures->urgents += urgent;
    figures->urgents_found += urgent && reading->labels[TRIAGE_LABEL_CLINICAL_URGENT];
    figures->urgents_false += !urgent && reading->labels[TRIAGE_LABEL_CLINICAL_URGENT];
    figures->stops += stop;
    figures->stops_found += stop && stop_given;
    figures->stops_false += !stop && stop_given;
    bool refusal = example->truth >> TRIAGE_LABEL_OPT_OUT & 1;
    bool keyword = refusal && is_stop_keyword(example->text);
    figures->keywords += keyword;
    figures->keywords_found += keyword && stop_given;
    figures->sayings += refusal && !keyword;
    figures->sayings_found += refusal && !keyword && stop_given;
    figures->answered += reading->route == TRIAGE_ROUTE_AUTO_REPLY;
    figures->answered_right += reading->route == TRIAGE_ROUTE_AUTO_REPLY && exact;
    if (reading->route == TRIAGE_ROUTE_AUTO_REPLY)
        count_coverage(figures, example, reading, exact);
    if (shows && !exact)
        print_error(example, reading);
}

static void count_phrase(
    struct figures *figures, const struct example *example, enum triage_optout answer, bool shows)
{
    bool stop = example->optout == TRIAGE_OPTOUT_OPT_OUT, given = answer == TRIAGE_OPTOUT_OPT_OUT;
    figures->phrases++;
    figures->phrases_right += answer == example->optout;
    figures->phrase_stops += stop;
    figures->phrase_stops_found += stop && given;
    figures->phrase_stops_false += !stop && given;
    if (shows && answer != example->optout)
        printf("%s:%u\t%s\t%s -> %s\n", example->file, example->line, example->text,
            triage_optout_name(example->optout), triage_optout_name(answer));
}

static void measure_example(struct figures *figures, const struct model_table *model,
    const struct example *example, bool shows)
{
    ARENA struct arena request;
    arena_init(&request, 0);
    if (example->phrase)
        count_phrase(
            figures, example, triage_read_optout_by(&request, model, example->text), shows);
    else
        count_reply(figures, example,
            triage_read_by(&request, model, example->text, example->prior), shows);
}

static double share(size_t part, size_t whole)
{
    return whole == 0 ? 1 : (double)part / (double)whole;
}

static double label_f1(const struct figures *figures, enum triage_label label)
{
    size_t right = figures->right[label];
    return share(2 * right, 2 * right + figures->wrong[label] + figures->missed[label]);
}

static double macro_f1(const struct figures *figures)
{
    double sum = 0;
    for (enum triage_label label = 0; label < TRIAGE_LABEL_MAX; label++)
        sum += label_f1(figures, label);
    return sum / TRIAGE_LABEL_MAX;
}

struct figure {
    const char *name;
    double value;
};

enum { FIGURES_NAMED = 15 };

/* Higher is better in every one. */
static void name_figures(const struct figures *f, struct figure *ret_list)
{
    size_t calm = f->texts - f->urgents, others = f->texts - f->stops;
    const struct figure list[FIGURES_NAMED] = {
        {"macro_f1", macro_f1(f)},
        {"exact", share(f->exact, f->texts)},
        {"route", share(f->routes, f->texts)},
        {"emergencies_to_person", share(f->emergencies_to_person, f->emergencies)},
        {"urgent_recall", share(f->urgents_found, f->urgents)},
        {"urgent_no_false_alarm", 1 - share(f->urgents_false, calm)},
        {"clinical_not_answered", 1 - share(f->clinical_answered, f->texts)},
        {"stop_recall", share(f->stops_found, f->stops)},
        {"optout_keyword_recall", share(f->keywords_found, f->keywords)},
        {"optout_saying_recall", share(f->sayings_found, f->sayings)},
        {"stop_no_false_alarm", 1 - share(f->stops_false, others)},
        {"auto_reply_exact", share(f->answered_right, f->answered)},
        {"phrase_stop_recall", share(f->phrase_stops_found, f->phrase_stops)},
        {"phrase_no_false_alarm", 1 - share(f->phrase_stops_false, f->phrases - f->phrase_stops)},
        {"phrases_right", share(f->phrases_right, f->phrases)},
    };
    memcpy(ret_list, list, sizeof list);
}

static void print_figures(const struct figures *figures)
{
    struct figure list[FIGURES_NAMED];
    name_figures(figures, list);
    for (enum triage_label label = 0; label < TRIAGE_LABEL_MAX && figures->texts > 0; label++)
        printf("%-26s F1 %.3f  right %zu, wrong %zu, missed %zu\n", triage_label_name(label),
            label_f1(figures, label), figures->right[label], figures->wrong[label],
            figures->missed[label]);
    for (size_t step = 0; step < COVERAGE_STEPS && figures->texts > 0; step++)
        printf("answered from %.2f on: %.3f of all; route right %.3f, labels right %.3f\n",
            coverage_least[step], share(figures->covered[step], figures->texts),
            share(figures->covered_right[step], figures->covered[step]),
            share(figures->covered_labels[step], figures->covered[step]));
    printf("%zu texts, %zu phrases\n", figures->texts, figures->phrases);
    for (size_t i = 0; i < FIGURES_NAMED; i++)
        printf("%s\t%.4f\n", list[i].name, list[i].value);
}

/* Lines of name<TAB>least; a figure below its least is named. */
static bool holds_ratchet(const struct figures *figures, const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        (void)fprintf(stderr, "%s: cannot be read\n", path);
        return false;
    }
    struct figure list[FIGURES_NAMED];
    name_figures(figures, list);
    bool holds = true;
    char line[LINE_BYTES_MAX];
    while (fgets(line, sizeof line, file) != NULL) {
        char *rest = line, *name = strsep(&rest, "\t");
        for (size_t i = 0; i < FIGURES_NAMED && rest != NULL; i++) {
            double least = strtod(rest, NULL);
            if (!text_is(name, list[i].name) || list[i].value >= least)
                continue;
            (void)fprintf(stderr, "%s is %.4f, below %.4f\n", name, list[i].value, least);
            holds = false;
        }
    }
    (void)fclose(file);
    return holds;
}

bool measure_held_out(struct arena *boot, const struct corpus *corpus,
    const struct calibration *calibration, int folds, bool shows, const char *ratchet_path)
{
    struct figures figures = {0};
    struct model_table *model = ARENA_NEW(boot, struct model_table, 1);
    for (int fold = 0; fold < folds; fold++) {
        struct arena_mark mark = arena_mark(boot);
        struct weights weights;
        learn_weights(boot, corpus, fold, folds, &weights);
        learn_quantise(corpus, &weights, calibration, model);
        for (size_t i = 0; i < corpus->count; i++) {
            if (learn_fold(corpus, &corpus->examples[i], folds) == fold)
                measure_example(&figures, model, &corpus->examples[i], shows);
        }
        arena_rewind(boot, mark);
    }
    print_figures(&figures);
    return ratchet_path == NULL || holds_ratchet(&figures, ratchet_path);
}

void measure_test(struct arena *boot, const struct corpus *corpus, const struct corpus *test,
    const struct calibration *calibration, bool shows)
{
    struct figures figures = {0};
    struct model_table *model = ARENA_NEW(boot, struct model_table, 1);
    struct weights weights;
    learn_weights(boot, corpus, -1, 1, &weights);
    learn_quantise(corpus, &weights, calibration, model);
    for (size_t i = 0; i < test->count; i++)
        measure_example(&figures, model, &test->examples[i], shows);
    print_figures(&figures);
}

bool measure_sealed(
    const struct model_table *model, const struct corpus *sealed, const char *goals_path)
{
    struct figures figures = {0};
    for (size_t i = 0; i < sealed->count; i++)
        measure_example(&figures, model, &sealed->examples[i], false);
    print_figures(&figures);
    return holds_ratchet(&figures, goals_path);
}
