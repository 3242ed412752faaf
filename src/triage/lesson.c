/* lesson.c: whether a layer is better than none: lessons read, counted, compared (layer.h). */
#include <string.h>

#include "base/text.h"
#include "embed_triage_kept.h"
#include "embed_triage_review.h"
#include "triage/layer_int.h"

enum { COLUMNS = 6, FALSE_ALARMS_MORE_MAX = 1 };

/* The share of texts by which a figure that nobody's safety hangs on may move by chance. */
static const double slack = 0.002;

static const float strengths[] = {1, 0.6F, 0.3F};

/* ---- texts with their truth ---- */

static bool take_line(struct arena *arena, char *line, struct triage_lesson *ret_lesson)
{
    char *columns[COLUMNS], *rest = line, none[] = "";
    for (size_t i = 0; i < COLUMNS; i++)
        columns[i] = rest ? strsep(&rest, "\t") : none;
    struct triage_lesson lesson = {.prior = columns[0], .text = columns[1]};
    struct triage_verdict *truth = &lesson.truth;
    triage_parse_label_list(columns[2], truth->labels);
    truth->urgency_said = truth->route_said = true;
    if (!triage_urgency_parse(columns[3], &truth->urgency)
        || !triage_route_parse(columns[4], &truth->route))
        return false;
    for (char *tag; columns[5] && (tag = strsep(&columns[5], ",")) != NULL;) {
        if (*tag && truth->tag_count < TRIAGE_TAGS_MAX)
            truth->tags[truth->tag_count++] = arena_text(arena, tag);
    }
    *ret_lesson = lesson;
    return true;
}

/* Lines of the corpus: prior, text, labels, urgency, route, tags. */
static struct triage_lesson *parse_lessons(
    struct arena *arena, const char *tsv, size_t len, size_t *ret_count)
{
    char *text = arena_text_n(arena, tsv, len);
    size_t lines = 0, count = 0;
    for (const char *c = text; *c; c++)
        lines += *c == '\n';
    struct triage_lesson *lessons = ARENA_NEW(arena, struct triage_lesson, lines + 1);
    char *rest = text;
    (void)strsep(&rest, "\n"); /* headings */
    for (char *line; rest && (line = strsep(&rest, "\n")) != NULL && count < lines;) {
        if (*line && take_line(arena, line, &lessons[count]))
            count++;
    }
    *ret_count = count;
    return lessons;
}

struct lesson_set {
    struct triage_lesson *lessons;
    size_t count;
};

struct trial_sets {
    struct lesson_set kept, review, lessons;
};

static struct lesson_set read_set(struct arena *arena, const struct embed_set *files)
{
    struct lesson_set set = {0};
    for (size_t i = 0; i < files->count; i++) {
        size_t count;
        const struct triage_lesson *more =
            parse_lessons(arena, files->files[i].bytes, files->files[i].len, &count);
        set.lessons = arena_grow(
            arena, set.lessons, set.count * sizeof *more, (set.count + count + 1) * sizeof *more);
        memcpy(set.lessons + set.count, more, count * sizeof *more);
        set.count += count;
    }
    return set;
}

/* ---- counting ---- */

struct label_counts {
    size_t right[TRIAGE_LABEL_MAX], wrong[TRIAGE_LABEL_MAX], missed[TRIAGE_LABEL_MAX];
};

static bool to_person(enum triage_route route)
{
    return route == TRIAGE_ROUTE_ESCALATE || route == TRIAGE_ROUTE_STAFF_TASK;
}

static bool count_labels(struct label_counts *counts, const struct triage_verdict *truth,
    const struct triage_reading *reading)
{
    bool exact = true;
    for (int label = 0; label < TRIAGE_LABEL_MAX; label++) {
        const bool is = truth->labels[label], given = reading->labels[label];
        counts->right[label] += is && given;
        counts->wrong[label] += !is && given;
        counts->missed[label] += is && !given;
        exact = exact && is == given;
    }
    return exact;
}

static void count_lesson(struct triage_figures *figures, struct label_counts *counts,
    const struct triage_verdict *truth, const struct triage_reading *reading)
{
    const bool *is = truth->labels;
    const bool urgent = is[TRIAGE_LABEL_CLINICAL_URGENT];
    const bool clinical = urgent || is[TRIAGE_LABEL_CLINICAL_NONURGENT];
    const bool stop = is[TRIAGE_LABEL_OPT_OUT] || is[TRIAGE_LABEL_WRONG_NUMBER];
    const bool emergency = urgent && truth->urgency == TRIAGE_URGENCY_EMERGENCY;
    const bool found_stop =
        reading->stop != TRIAGE_STOP_NO || reading->labels[TRIAGE_LABEL_WRONG_NUMBER];
    const bool found_urgent = reading->labels[TRIAGE_LABEL_CLINICAL_URGENT];
    figures->texts++;
    figures->labels_right += count_labels(counts, truth, reading);
    figures->routes_right += truth->route == reading->route;
    figures->emergencies += emergency;
    figures->emergencies_to_person += emergency && to_person(reading->route);
    figures->urgents += urgent;
    figures->urgents_found += urgent && found_urgent;
    figures->urgents_false += !urgent && found_urgent;
    figures->stops += stop;
    figures->stops_found += stop && found_stop;
    figures->stops_false += !stop && found_stop;
    figures->clinical_answered += clinical && reading->route == TRIAGE_ROUTE_AUTO_REPLY;
}

static struct triage_figures measure(
    const struct triage_layer *layer, const struct triage_lesson *lessons, size_t count)
{
    struct triage_figures figures = {0};
    struct label_counts counts = {0};
    ARENA struct arena request;
    arena_init(&request, 0);
    for (size_t i = 0; i < count; i++) {
        const struct triage_reading *reading =
            triage_read_taught(&request, layer, lessons[i].text, lessons[i].prior);
        count_lesson(&figures, &counts, &lessons[i].truth, reading);
        arena_reset(&request);
    }
    size_t labels = 0;
    for (int label = 0; label < TRIAGE_LABEL_MAX; label++) {
        const size_t twice = 2 * counts.right[label];
        const size_t all = twice + counts.wrong[label] + counts.missed[label];
        labels += all > 0;
        figures.macro_f1 += all > 0 ? (double)twice / (double)all : 0;
    }
    figures.macro_f1 = labels > 0 ? figures.macro_f1 / (double)labels : 0;
    return figures;
}

/* ---- comparing ---- */

static const char *safety_lost(
    const struct triage_figures *before, const struct triage_figures *after)
{
    if (after->emergencies_to_person < before->emergencies_to_person)
        return "an emergency would reach nobody";
    if (after->urgents_found < before->urgents_found)
        return "something urgent would be overlooked";
    if (after->stops_found < before->stops_found)
        return "a stop would be overlooked";
    if (after->clinical_answered > before->clinical_answered)
        return "a question about somebody's health would be answered by the program";
    return NULL;
}

static const char *worse(const struct triage_trial *before, const struct triage_trial *after)
{
    const char *lost = safety_lost(&before->kept, &after->kept);
    if (!lost)
        lost = safety_lost(&before->review, &after->review);
    if (lost)
        return lost;
    const double few = slack * (double)before->kept.texts;
    if (after->kept.urgents_false > before->kept.urgents_false + FALSE_ALARMS_MORE_MAX)
        return "more that is not urgent would alarm a clinician";
    if (after->kept.stops_false > before->kept.stops_false + FALSE_ALARMS_MORE_MAX)
        return "more that is no stop would be taken for one";
    if (after->kept.macro_f1 < before->kept.macro_f1 - slack)
        return "other people's messages would be read less well";
    if ((double)after->kept.routes_right < (double)before->kept.routes_right - few)
        return "more messages would go to the wrong person";
    if (after->lessons.labels_right + after->lessons.routes_right
        <= before->lessons.labels_right + before->lessons.routes_right)
        return "the corrections themselves would be read no better";
    return NULL;
}

/* A correction that says that something is no emergency or no stop. */
static bool quietens(const struct triage_lesson *lesson)
{
    ARENA struct arena request;
    arena_init(&request, 0);
    const bool *is = lesson->truth.labels;
    const struct triage_reading *reading =
        triage_read_taught(&request, NULL, lesson->text, lesson->prior);
    return (reading->stop != TRIAGE_STOP_NO && !is[TRIAGE_LABEL_OPT_OUT])
        || (reading->labels[TRIAGE_LABEL_WRONG_NUMBER] && !is[TRIAGE_LABEL_WRONG_NUMBER])
        || (reading->urgency != TRIAGE_URGENCY_NONE
            && lesson->truth.urgency == TRIAGE_URGENCY_NONE);
}

static struct triage_trial try_layer(
    const struct trial_sets *sets, const struct triage_layer *layer)
{
    return (struct triage_trial){
        .kept = measure(layer, sets->kept.lessons, sets->kept.count),
        .review = measure(layer, sets->review.lessons, sets->review.count),
        .lessons = measure(layer, sets->lessons.lessons, sets->lessons.count),
    };
}

/* As strong as does no harm; never worse than the program as it came, nor than what is used today.
 */
static bool try_strengths(const struct trial_sets *sets, struct triage_layer *layer,
    const struct triage_trial *shipped, struct triage_learning *learning)
{
    for (size_t i = 0; i < sizeof strengths / sizeof *strengths; i++) {
        layer->strength = strengths[i];
        learning->strength = (double)strengths[i];
        learning->layer = layer;
        learning->after = try_layer(sets, layer);
        learning->refusal = worse(shipped, &learning->after);
        if (!learning->refusal)
            learning->refusal = worse(&learning->before, &learning->after);
        if (!learning->refusal)
            return true;
    }
    return false;
}

void triage_learn(struct arena *arena, const struct triage_lesson *lessons, size_t count,
    const struct triage_layer *now_used, struct triage_learning *ret_learning)
{
    struct triage_learning learning = {.refusal = "nothing has been corrected yet"};
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct trial_sets sets = {.kept = read_set(&scratch, &embed_triage_kept),
        .review = read_set(&scratch, &embed_triage_review)};
    sets.lessons.lessons = ARENA_NEW(&scratch, struct triage_lesson, count + 1);
    memcpy(sets.lessons.lessons, lessons, count * sizeof *lessons);
    sets.lessons.count = count;
    const struct lesson_set *review = &sets.review;
    struct triage_layer *layer =
        count ? layer__learn(arena, lessons, count, review->lessons, review->count) : NULL;
    if (layer) {
        const struct triage_trial shipped = try_layer(&sets, NULL);
        learning.before = now_used ? try_layer(&sets, now_used) : shipped;
        learning.accepted = try_strengths(&sets, layer, &shipped, &learning);
        /* One careless correction must not stand in the way of all others. */
        size_t calm = 0;
        for (size_t i = 0; i < count && !learning.accepted; i++) {
            if (!quietens(&lessons[i]))
                sets.lessons.lessons[calm++] = lessons[i];
        }
        if (!learning.accepted && calm > 0 && calm < count) {
            layer = layer__learn(arena, sets.lessons.lessons, calm, review->lessons, review->count);
            memcpy(sets.lessons.lessons, lessons, count * sizeof *lessons);
            learning.left_out = count - calm;
            learning.accepted = layer && try_strengths(&sets, layer, &shipped, &learning);
        }
    }
    *ret_learning = learning;
}
