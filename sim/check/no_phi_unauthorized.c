/* no_phi_unauthorized.c: treatment words stand only in mail to patients whose authorization is on
 * file, and in no text message at all. */
#include <string.h>

#include "base/text.h"
#include "sim/check/check_rows.h"

static bool names_treatment(const char *body)
{
    static const char *const words[] = {
        "botox", "dysport", "xeomin", "jeuveau", "neurotoxin", "filler", "wrinkle"};
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    const char *lower = text_lower(&scratch, body);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strstr(lower, words[i]))
            return true;
    }
    return false;
}

enum err check_no_phi_unauthorized(
    struct world *world, struct promise_check *check, struct why *reterr_why)
{
    (void)reterr_why;
    for (size_t i = 0; i < world->delivered_count; i++) {
        const struct delivered *message = &world->delivered[i];
        int person = world_person_at(world, message->to);
        bool may = message->is_mail && person >= 0 && world->people[person].authorized;
        check->checked++;
        if (!may && names_treatment(message->body))
            promise_broken(
                check, "the message of attempt %s names a treatment", message->attempt_id);
    }
    return ERR_NONE;
}
