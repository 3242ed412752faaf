/* knowledge.c: any bytes as a file of knowledge, and as what a patient asks: up to the first NUL
 * the file, behind it the question. What is read is answered; an answer holds nothing but its
 * sentences. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/embed.h"
#include "embed_playbooks.h"
#include "knowledge/knowledge.h"
#include "utc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The shipped definitions, read once for all inputs. */
static const struct audience_definitions *shipped_definitions(void)
{
    static struct arena boot;
    static const struct audience_definitions *definitions;
    if (definitions)
        return definitions;
    arena_init(&boot, 0);
    const struct embed_file *file = embed_find(&embed_playbooks, "definitions.yaml");
    struct yaml *root = NULL;
    enum err err = yaml_parse(&boot, file->name, file->bytes, file->len, &root, NULL);
    if (err == ERR_NONE)
        err = definitions_parse(&boot, root, &definitions, NULL);
    assert(err == ERR_NONE);
    return definitions;
}

static const struct triage_reading *read_part(void *context, struct arena *arena, const char *text)
{
    (void)context;
    return triage_read(arena, text, NULL);
}

static void ask(struct arena *arena, const struct knowledge *knowledge, const char *text)
{
    struct zones zones;
    zones_init(&zones, arena, utc_load, NULL);
    struct practice practice = {.name = "Lumen <Med> Spa",
        .phone = "+15125550100",
        .booking_url = "https://book.example/{service}",
        .auto_answer_percent_min = 50};
    enum err err = zones_find(&zones, "UTC", &practice.zone, NULL);
    assert(err == ERR_NONE);
    bool allowed[TRIAGE_LABEL_MAX];
    memset(allowed, 1, sizeof allowed);
    const struct triage_reading *reading = triage_read(arena, text, NULL);
    const struct knowledge_question question = {.text = text,
        .reading = reading,
        .practice = &practice,
        .allowed = allowed,
        .now = {20545 * INT64_C(86400000)},
        .today = {20545},
        .read = read_part};
    struct knowledge_answer answer;
    if (!knowledge_answer(arena, knowledge, &question, &answer))
        return;
    assert(answer.text && answer.source_count > 0);
    assert(answer.automatic == !answer.why_not);
    assert(!answer.automatic || reading->urgency == TRIAGE_URGENCY_NONE);
    assert(!answer.automatic || strlen(answer.sent_text) <= KNOWLEDGE_ANSWER_BYTES_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ARENA struct arena arena;
    arena_init(&arena, 0);
    const char *file = arena_text_n(&arena, (const char *)data, size);
    size_t len = strlen(file);
    const char *text = len < size ? file + len + 1 : "how much is botox, where do i park";
    const struct knowledge *knowledge = NULL;
    struct yaml *root = NULL;
    if (yaml_parse(&arena, "fuzz.yaml", file, len, &root, NULL) != ERR_NONE)
        return 0;
    if (knowledge_parse(&arena, &root, 1, shipped_definitions(), &knowledge, NULL) == ERR_NONE)
        ask(&arena, knowledge, text);
    return 0;
}
