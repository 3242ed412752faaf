/* draft.c: any bytes as a language model's answer, and as a patient's question: up to the first NUL
 * the answer, behind it the question. A draft that passes holds no digit that its facts lack, and a
 * request holds none of the patient's names. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "draft/draft.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct draft_fact facts[] = {
    {"Botox is 14 dollars a unit; most foreheads take 10 to 20 units.", "knowledge/a.yaml:1"},
    {"Lip filler starts at $650 a syringe.", "knowledge/a.yaml:2"},
    {"Open Saturday 10 am to 2 pm.", "knowledge/a.yaml:3"},
};
static const char *const names[] = {"Quetzalina", "Oyelaran"};

/* Every run of digits of a draft stands in a fact, or is a way to write one of its numbers. */
static void judge(const char *text)
{
    static const char *const known[] = {"14", "10", "20", "650", "2", "00", "02", "12", "0"};
    for (const char *at = text; *at;) {
        size_t len = strspn(at, "0123456789");
        bool fits = len == 0;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            fits |= strlen(known[i]) == len && strncmp(known[i], at, len) == 0;
        for (size_t i = 0; i < len && !fits && at[i] == '0'; i++) /* "0014", "14.0000" */
            fits = i + 1 == len;
        assert(fits || at[0] == '0');
        at += len > 0 ? len : 1;
    }
}

static void read_draft(struct arena *arena, const struct draft_question *question, const char *text)
{
    bool covers[DRAFT_FACTS_MAX];
    if (draft_check(arena, question, text, covers) == DRAFT_FLAW_NONE)
        judge(text);
    struct draft_answer answer;
    enum draft_flaw flaw = draft_read(arena, question, 200, text, strlen(text), &answer);
    assert((flaw == DRAFT_FLAW_NONE) == (answer.text != NULL));
    JSON_AUTO completion = json_pack("{s:[{s:s, s:{s:o}}]}", "choices", "finish_reason", "stop",
        "message", "content", json_text(text));
    const char *body = json_text_of(arena, completion);
    flaw = draft_read(arena, question, 200, body, strlen(body), &answer);
    assert((flaw == DRAFT_FLAW_NONE) == (answer.text != NULL));
    assert(!answer.text || strlen(answer.text) <= DRAFT_TEXT_BYTES_MAX + 64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ARENA struct arena arena;
    arena_init(&arena, 0);
    const char *text = arena_text_n(&arena, (const char *)data, size);
    size_t len = strlen(text);
    const struct language_model_setting setting = {
        .model = "tiny", .max_tokens_field = "max_tokens", .temperature = true};
    struct draft_question question = {.text = len < size ? text + len + 1 : text,
        .language = size % 2 ? TRIAGE_LANGUAGE_EN : TRIAGE_LANGUAGE_ES,
        .names = names,
        .name_count = 2,
        .first_name = "Quetzalina",
        .practice_name = "Lumen Med Spa",
        .facts = facts,
        .fact_count = sizeof facts / sizeof facts[0]};
    read_draft(&arena, &question, text);
    const char *request = draft_request(&arena, &setting, &question);
    assert(!strstr(request, " Quetzalina ") && !strstr(request, " Oyelaran "));
    return 0;
}
