/* reply.c: whatever a telephone sends is read without harm, alike each time, and said in JSON. The
 * first line is the practice's message, the rest the reply. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "triage/triage.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    ARENA struct arena arena;
    arena_init(&arena, 0);
    char *prior = arena_text_n(&arena, (const char *)bytes, len);
    char *text = strchr(prior, '\n');
    if (text != NULL)
        *text++ = 0;
    const struct triage_reading *reading = triage_read(&arena, text, prior);
    bool any = false;
    for (enum triage_label label = 0; label < TRIAGE_LABEL_MAX; label++) {
        any = any || reading->labels[label];
        assert(reading->labels[label] == (reading->confidence[label] > 0));
    }
    assert(any && reading->route < TRIAGE_ROUTE_MAX && reading->stop < TRIAGE_STOP_MAX);
    const char *json = triage_reply_json(&arena, text, prior);
    assert(text_is(json, triage_reply_json(&arena, text, prior)));
    JSON_AUTO parsed = NULL;
    assert(json_parse(json, strlen(json), &parsed, NULL) == ERR_NONE);
    assert(triage_optout_json(&arena, text) != NULL);
    return 0;
}
