/* way.c: how a message would go: the address, the words, and what the gate says to them. */
#include <assert.h>

#include "base/text.h"
#include "engine/engine_int.h"

static struct gate_case case_of(
    const struct way_question *question, enum channel_kind channel, const struct way *way)
{
    const struct playbook *playbook = question->kase->version->playbook;
    const struct offer *offer =
        question->offer ? definitions_offer(playbook->definitions, question->offer) : NULL;
    return (struct gate_case){
        .patient_id = question->touch->patient_id,
        .channel = channel,
        .address = way->contact ? way->contact->address : NULL,
        .purpose = playbook->purpose,
        .piece = way->piece,
        .playbook = playbook->name,
        .pilot = question->kase->enrollment->pilot,
        .offer = offer && offer->kind != OFFER_NONE,
        .funded_by_third_party = offer && offer->funded_by_third_party,
    };
}

/* A piece's level is known from its text; words of a person are looked at, the practice's own names
 * of treatments included. */
static void weigh_words(
    const struct way_question *question, struct way *way, const struct template_set *set)
{
    if (way->piece->phi_level >= PHI_SERVICE || !template_names_treatment(set, way->rendered->scan))
        return;
    struct template *weighed = ARENA_NEW(question->tick, struct template, 1);
    *weighed = *way->piece;
    weighed->phi_level = PHI_SERVICE;
    weighed->names_treatment = true;
    way->piece = way->gate.piece = weighed;
}

static enum err word_way(const struct way_question *question, struct way *way,
    const struct template_set *set, struct why *reterr_why)
{
    struct template_facts facts =
        engine__template_facts(question->engine, question->tick, question->gate, question->kase,
            question->touch, question->said, question->offer, question->now);
    const struct template_rendering how = {.stop_disclosed = gate_stop_disclosed(question->gate,
                                               question->touch->patient_id, question->now)};
    const struct outbox_words *said = question->words;
    enum err err = engine__touch_times(question, way->piece, &way->times, reterr_why);
    if (err != ERR_NONE)
        return err;
    facts.open_slots = way->times.list;
    facts.held_time = way->times.held;
    facts.held_until = way->times.until;
    if (!said) {
        err = template_render(
            question->tick, set, way->piece, &facts, &how, way->rendered, reterr_why);
    } else {
        const struct template_words words = {said->subject, said->text, said->typed};
        err = template_render_words(
            question->tick, set, way->piece, &facts, &how, &words, way->rendered, reterr_why);
        if (err == ERR_NONE)
            weigh_words(question, way, set);
    }
    if (err != ERR_NONE)
        return err;
    way->gate.message = way->rendered;
    way->language = way->piece->language;
    return ERR_NONE;
}

/* Nothing may go with a hole in it. */
static struct verdict unsayable(struct arena *tick, const struct way *way)
{
    const char *missing = way->rendered->missing;
    return (struct verdict){
        .answer = VERDICT_DROP,
        .code = GATE_CONTENT,
        .rule = "template",
        .message = missing
            ? arena_format(tick, "the message needs `%s`, and it is not known", missing)
            : "there is no usable text for this channel",
        .detail = missing ? arena_format(tick, "{\"missing\": \"%s\"}", missing) : "{}",
    };
}

/* Nor with a time that is kept for nobody. */
static const struct verdict gone = {
    .answer = VERDICT_DROP,
    .code = GATE_CONTENT,
    .rule = "times",
    .message = "the time that the approved words keep for the patient is not free any more",
    .detail = "{}",
};

static enum err judge_way(const struct way_question *question, enum channel_kind channel,
    struct way *ret_way, struct why *reterr_why)
{
    const struct gate_batch *gate = question->gate;
    const char *patient_id = question->touch->patient_id;
    const struct template_set *set = question->kase->version->home.templates;
    const struct patient *patient = gate_patient(gate, patient_id);
    bool specific = gate_may_name_treatment(gate, patient_id, channel, question->now);
    *ret_way = (struct way){
        .channel = channel,
        .contact = gate_contact(gate, patient_id, channel),
        .rendered = ARENA_NEW(question->tick, struct rendered, 1),
        .language = patient ? patient->language : "en",
    };
    struct way *way = ret_way;
    way->piece = template_pick(set, question->template_name, channel, specific, way->language);
    way->gate = case_of(question, channel, way);
    if (way->piece && way->piece->usable) {
        enum err err = word_way(question, way, set, reterr_why);
        if (err != ERR_NONE)
            return err;
    }
    way->verdict = gate_judge(question->tick, gate, &way->gate, question->now);
    if (way->verdict.answer == VERDICT_ALLOW && (!way->gate.message || way->rendered->missing))
        way->verdict = unsayable(question->tick, way);
    if (way->verdict.answer == VERDICT_ALLOW && way->times.gone)
        way->verdict = gone;
    return ERR_NONE;
}

/* The touch's channels in the order in which they are asked about: what the patient would rather
 * hear by comes first, where the touch may go by it at all. */
static void order_channels(
    const struct way_question *question, enum channel_kind ret_send[PLAYBOOK_SEND_MAX])
{
    const struct playbook_touch *said = question->said;
    const struct preference *preference =
        gate_preference(question->gate, question->touch->patient_id);
    size_t count = 0;
    for (int preferred = 1; preferred >= 0; preferred--) {
        for (size_t i = 0; i < said->send_count; i++) {
            bool is = preference && said->send[i] == preference->channel;
            if (is == (preferred == 1))
                ret_send[count++] = said->send[i];
        }
    }
    assert(count == said->send_count);
}

static enum err choose_way(
    const struct way_question *question, struct way *ret_way, struct why *reterr_why)
{
    const struct playbook_touch *said = question->said;
    assert(said->send_count > 0);
    if (question->words)
        return judge_way(question, question->words->channel, ret_way, reterr_why);
    struct way best = {0};
    enum channel_kind send[PLAYBOOK_SEND_MAX];
    order_channels(question, send);
    for (size_t i = 0; i < said->send_count; i++) {
        struct way way;
        enum err err = judge_way(question, send[i], &way, reterr_why);
        if (err != ERR_NONE)
            return err;
        bool better = i == 0 || way.verdict.answer == VERDICT_ALLOW
            || (way.verdict.answer == VERDICT_WAIT
                && (best.verdict.answer != VERDICT_WAIT
                    || instant_before(way.verdict.until, best.verdict.until)));
        if (better)
            best = way;
        if (way.verdict.answer == VERDICT_ALLOW)
            break;
    }
    *ret_way = best;
    return ERR_NONE;
}

enum err engine__choose_way(
    const struct way_question *question, struct way *ret_way, struct why *reterr_why)
{
    enum err err = choose_way(question, ret_way, reterr_why);
    if (err == ERR_NONE && question->times && ret_way->verdict.answer != VERDICT_DROP)
        engine__count_named(question->times, question->now, &ret_way->times);
    return err;
}

struct gate_case engine__task_case(const struct engine_case *kase, const char *patient_id)
{
    return (struct gate_case){
        .patient_id = patient_id,
        .channel = CHANNEL_TASK,
        .purpose = kase->version->playbook->purpose,
        .playbook = kase->version->playbook->name,
        .pilot = kase->enrollment->pilot,
    };
}
