/* draft.c: what may be drafted, of which facts, and what becomes of the answer. */
#include "engine/draft.h"

#include <string.h>

#include "base/text.h"
#include "engine/engine_int.h"

enum { LEASE_SPARE_MS = 60 * 1000, NAMES = 3 };

/* ---- wanted ---- */

/* Questions about the practice. Who writes, who they are to us, what ails them or angers them is
 * for people. */
static bool is_draftable_label(enum triage_label label)
{
    return knowledge_may_answer(label) && label != TRIAGE_LABEL_IDENTITY_PRIVACY
        && label != TRIAGE_LABEL_HELP;
}

static bool is_draftable(const struct triage_reading *reading)
{
    bool asks = false;
    if (reading->stop != TRIAGE_STOP_NO || reading->suppress || reading->asks_for_own_data
        || reading->urgency != TRIAGE_URGENCY_NONE || reading->route != TRIAGE_ROUTE_AUTO_REPLY)
        return false;
    for (int i = 0; i < TRIAGE_LABEL_MAX; i++) {
        enum triage_label label = (enum triage_label)i;
        if (!reading->labels[label] || label == TRIAGE_LABEL_THANKS_SMALLTALK)
            continue;
        if (!is_draftable_label(label))
            return false;
        asks = true;
    }
    return asks;
}

static enum err is_draftable_patient(struct engine *engine, struct arena *arena, struct db *db,
    const struct patient *patient, struct instant now, bool *ret_draftable, struct why *reterr_why)
{
    bool minor = false;
    enum err err = engine_is_minor(engine, arena, db, patient->patient_id, now, &minor, reterr_why);
    *ret_draftable = !minor && !patient->vip && !patient->billing_dispute
        && !patient->clinical_concern && !patient->deceased && !patient->staff_or_family
        && !patient->inactive;
    return err;
}

/* Does a person still have to answer this message, and is nothing graver open? */
static enum err waits_for_answer(struct engine *engine, struct tx *tx,
    const struct inbound *inbound, bool *ret_waits, struct why *reterr_why)
{
    struct task *tasks = NULL;
    size_t count = 0;
    bool ours = false, graver = false;
    enum err err = inbox_read_tasks(&engine->tick, tx->db, tx->practice_id, inbound->patient_id,
        true, tx->now, &tasks, &count, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        ours |= text_is(tasks[i].inbound_id, inbound->inbound_id);
        graver |= text_is(tasks[i].role, "clinician") || text_is(tasks[i].role, "manager");
    }
    *ret_waits = ours && !graver;
    return err;
}

static size_t tell(struct engine *engine, struct arena *arena, const char *text,
    const struct triage_reading *reading, struct instant now, struct knowledge_told *told)
{
    const struct knowledge_question question = {.text = text,
        .reading = reading,
        .practice = engine->practice,
        .allowed = engine->home->auto_answers,
        .today = zone_day(engine->practice->zone, now)};
    return knowledge_tell(arena, engine->home->knowledge, &question, told, DRAFT_FACTS_MAX);
}

enum err engine__want_draft(struct engine *engine, struct tx *tx, const struct inbound *inbound,
    const struct triage_reading *reading, struct why *reterr_why)
{
    struct knowledge_told told[DRAFT_FACTS_MAX];
    struct patient *patients = NULL;
    size_t count = 0;
    bool draftable = false, waits = false;
    if (!engine->practice->language_model.url || !inbound->patient_id || inbound->sharing_count != 1
        || !is_draftable(reading)
        || tell(engine, &engine->tick, inbound->body, reading, tx->now, told) == 0)
        return ERR_NONE;
    enum err err = record_read_patients(&engine->tick, tx->db, tx->practice_id,
        &inbound->patient_id, 1, &patients, &count, reterr_why);
    if (err == ERR_NONE && count == 1)
        err = is_draftable_patient(
            engine, &engine->tick, tx->db, &patients[0], tx->now, &draftable, reterr_why);
    if (err == ERR_NONE && draftable)
        err = waits_for_answer(engine, tx, inbound, &waits, reterr_why);
    return err == ERR_NONE && waits
        ? draft_want(tx, inbound->inbound_id, inbound->patient_id, reterr_why)
        : err;
}

/* ---- asked ---- */

enum err engine_draft_waits(
    struct engine *engine, struct instant now, bool *ret_waits, struct why *reterr_why)
{
    *ret_waits = false;
    return engine->practice->language_model.url
        ? draft_waits(engine->db, engine->practice->practice_id, now, ret_waits, reterr_why)
        : ERR_NONE;
}

static const char *key_of(const struct home *home)
{
    const char *name = home->practice.language_model.secret_file;
    for (size_t i = 0; i < home->secrets.count; i++)
        if (text_is(home->secrets.names[i], name))
            return home->secrets.values[i];
    return NULL;
}

/* What keeps everything here, in one word; NULL: nothing does. */
static enum err find_what_stops_it(
    struct engine *engine, struct tx *tx, const char **ret_stays, struct why *reterr_why)
{
    const struct practice *practice = engine->practice;
    const struct language_model_setting *model = &practice->language_model;
    struct day today = zone_day(practice->zone, tx->now);
    struct draft_spending spent;
    enum err err =
        draft_spent(tx->db, tx->practice_id, zone_at(practice->zone, today, 0), &spent, reterr_why);
    if (!practice_vendor_ready(practice, model->vendor, today))
        *ret_stays = "no_baa";
    else if (model->secret_file && !key_of(engine->home))
        *ret_stays = "no_key";
    else if (spent.calls >= model->calls_per_day_max || spent.tokens >= model->tokens_per_day_max)
        *ret_stays = "budget";
    return err;
}

static bool is_on_this_machine(const char *url)
{
    const char *host = strstr(url, "://") + 3;
    char bare[64] = "";
    size_t len = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
    if (len >= sizeof bare)
        return false;
    memcpy(bare, host, len);
    return net_place_of(bare) == NET_PLACE_LOOPBACK;
}

static void write_request(
    struct engine *engine, struct arena *arena, struct engine_model_draft *draft)
{
    const struct language_model_setting *model = &engine->practice->language_model;
    bool own = text_is(model->vendor, "own"), here = is_on_this_machine(model->url);
    const char *key = key_of(engine->home);
    bool bearer = text_is(model->key_header, "Authorization");
    size_t headers = 0;
    draft->prompt = draft_request(arena, model, &draft->question);
    draft->headers[headers++] = (struct net_header){"Content-Type", "application/json"};
    if (key)
        draft->headers[headers++] = (struct net_header){arena_text(arena, model->key_header),
            arena_format(arena, "%s%s", bearer ? "Bearer " : "", key)};
    draft->request = (struct net_request){
        .kind = NET_HTTP,
        .url = arena_format(arena, "%s/chat/completions", model->url),
        .timeout_ms = model->timeout_ms,
        .method = "POST",
        .headers = draft->headers,
        .header_count = headers,
        .body = draft->prompt,
        .body_len = strlen(draft->prompt),
        .inside_only = own,
        .public_only = !own && !here,
    };
}

/* Everything is read again: settings, facts and the patient may have changed since. */
static enum err write_question(struct engine *engine, struct arena *arena, struct instant now,
    struct engine_model_draft *draft, bool *ret_asks, struct why *reterr_why)
{
    const struct draft_task *task = &draft->task;
    struct patient *patients = NULL;
    size_t count = 0;
    bool draftable = false;
    enum err err = record_read_patients(arena, engine->db, engine->practice->practice_id,
        &task->patient_id, 1, &patients, &count, reterr_why);
    if (err == ERR_NONE && count == 1)
        err = is_draftable_patient(
            engine, arena, engine->db, &patients[0], now, &draftable, reterr_why);
    const struct triage_layer *layer = NULL;
    if (err == ERR_NONE)
        err = engine__taught(engine, &layer, reterr_why);
    draft->reading = triage_read_taught(arena, layer, task->body, task->prior);
    *ret_asks = err == ERR_NONE && draftable && is_draftable(draft->reading);
    if (!*ret_asks)
        return err;
    size_t told = tell(engine, arena, task->body, draft->reading, now, draft->told);
    struct draft_fact *facts = ARENA_NEW(arena, struct draft_fact, told + 1);
    for (size_t i = 0; i < told; i++)
        facts[i] = (struct draft_fact){draft->told[i].text, draft->told[i].source};
    const char **names = ARENA_NEW(arena, const char *, NAMES);
    names[0] = patients[0].first_name;
    names[1] = patients[0].last_name;
    names[2] = patients[0].preferred_name;
    bool preferred = !text_is_blank(names[2]);
    draft->question = (struct draft_question){.text = task->body,
        .language = draft->reading->language,
        .names = names,
        .name_count = NAMES,
        .first_name = preferred ? names[2] : names[0],
        .practice_name = arena_text(arena, engine->practice->name),
        .facts = facts,
        .fact_count = told};
    *ret_asks = told > 0;
    return err;
}

enum err engine_next_draft(struct engine *engine, struct arena *arena, struct instant now,
    struct engine_model_draft *ret_draft, bool *ret_found, struct why *reterr_why)
{
    DB_TX struct tx tx = {0};
    struct engine_model_draft *draft = ret_draft;
    bool taken = false, asks = false, ended;
    *ret_found = false;
    *draft = (struct engine_model_draft){0};
    const char *stays = NULL;
    enum err err = engine_begin(engine, now, &tx, reterr_why);
    if (err == ERR_NONE)
        err = find_what_stops_it(engine, &tx, &stays, reterr_why);
    int64_t lease_ms = engine->practice->language_model.timeout_ms + LEASE_SPARE_MS;
    if (err == ERR_NONE)
        err = draft_take(arena, &tx, lease_ms, &draft->task, &taken, reterr_why);
    if (err == ERR_NONE && taken && !stays)
        err = write_question(engine, arena, now, draft, &asks, reterr_why);
    if (err == ERR_NONE && taken && !asks) {
        const struct draft_end end = {.draft_id = draft->task.draft_id,
            .patient_id = draft->task.patient_id,
            .state = DRAFT_STATE_PASSED,
            .reason = stays ? stays : "moved_on"};
        err = draft_end(&tx, &end, &ended, reterr_why);
    }
    if (err == ERR_NONE)
        err = db_commit(&tx, reterr_why);
    if (err != ERR_NONE || !asks)
        return err;
    write_request(engine, arena, draft);
    *ret_found = true;
    return ERR_NONE;
}

/* ---- answered ---- */

static const char *sources_of(
    struct arena *arena, const struct engine_model_draft *draft, const bool *covers)
{
    JSON_AUTO sources = json_array();
    for (size_t i = 0; i < draft->question.fact_count; i++)
        if (covers[i])
            json_array_append_new(sources, json_text(draft->question.facts[i].source));
    return json_text_of(arena, sources);
}

/* The sentences that the model chose, as knowledge/ has them now; false: they are not those that
 * its words were found in, or not there any more. */
static bool find_chosen(struct engine *engine, struct arena *arena, struct instant now,
    const struct engine_model_draft *draft, const struct draft_answer *answer,
    const struct knowledge_fact **chosen, size_t *ret_count)
{
    struct knowledge_told told[DRAFT_FACTS_MAX];
    size_t told_count = tell(engine, arena, draft->task.body, draft->reading, now, told);
    *ret_count = 0;
    for (size_t i = 0; i < draft->question.fact_count; i++) {
        const struct draft_fact *fact = &draft->question.facts[i];
        size_t found = 0;
        if (answer->covers[i] && !answer->chosen[i])
            return false;
        while (found < told_count
            && !(
                text_is(told[found].source, fact->source) && text_is(told[found].text, fact->text)))
            found++;
        if (answer->chosen[i] && found == told_count)
            return false;
        if (answer->chosen[i])
            chosen[(*ret_count)++] = told[found].fact;
    }
    return *ret_count > 0;
}

/* No word of the model's: the practice's own sentences, by the rules of every automatic answer. */
static enum err answer_with_chosen(struct engine *engine, struct arena *arena, struct tx *tx,
    const struct engine_model_draft *draft, const struct draft_answer *answer,
    const char **ret_touch, struct why *reterr_why)
{
    const struct knowledge_fact *chosen[DRAFT_FACTS_MAX];
    const struct draft_task *task = &draft->task;
    const char *const sharing[] = {task->patient_id};
    size_t count = 0;
    bool still = false;
    const struct inbound inbound = {.inbound_id = task->inbound_id,
        .channel = task->channel,
        .sender = task->sender,
        .body = task->body,
        .received = task->received,
        .patient_id = task->patient_id,
        .sharing = sharing,
        .sharing_count = 1};
    if (!engine->practice->language_model.automatic
        || !find_chosen(engine, arena, tx->now, draft, answer, chosen, &count))
        return ERR_NONE;
    enum err err = draft_still(tx, task->draft_id, &still, reterr_why);
    return err == ERR_NONE && still ? engine__answer_with(
               engine, tx, &inbound, draft->reading, chosen, count, ret_touch, reterr_why)
                                    : err;
}

enum err engine_end_draft(struct engine *engine, struct arena *arena, struct instant now,
    const struct engine_model_draft *draft, int status, const char *bytes, size_t len,
    enum draft_flaw *ret_flaw, struct why *reterr_why)
{
    DB_TX struct tx tx = {0};
    struct draft_answer answer;
    const char *touch = NULL;
    bool changed = false;
    enum draft_flaw flaw = draft_read(arena, &draft->question, status, bytes, len, &answer);
    const bool ready = flaw == DRAFT_FLAW_NONE;
    enum err err = engine_begin(engine, now, &tx, reterr_why);
    if (err == ERR_NONE)
        err = record_lock(&tx, &draft->task.patient_id, 1, reterr_why);
    if (err == ERR_NONE && ready)
        err = answer_with_chosen(engine, arena, &tx, draft, &answer, &touch, reterr_why);
    const struct draft_end end = {.draft_id = draft->task.draft_id,
        .patient_id = draft->task.patient_id,
        .state = touch                   ? DRAFT_STATE_CHOSEN
            : ready                      ? DRAFT_STATE_READY
            : draft_flaw_is_outage(flaw) ? DRAFT_STATE_FAILED
                                         : DRAFT_STATE_REFUSED,
        .reason = ready ? NULL : draft_flaw_name(flaw),
        .text = answer.text,
        .sources = ready ? sources_of(arena, draft, answer.covers) : NULL,
        .prompt = draft->prompt,
        .answer = answer.content,
        .model = answer.model ? answer.model : engine->practice->language_model.model,
        .touch_id = touch,
        .tokens_in = answer.tokens_in,
        .tokens_out = answer.tokens_out};
    if (err == ERR_NONE)
        err = draft_end(&tx, &end, &changed, reterr_why);
    if (err == ERR_NONE)
        err = db_commit(&tx, reterr_why);
    *ret_flaw = flaw;
    return err;
}
