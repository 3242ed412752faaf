/* template.c: templates that strangers wrote: any bytes give a piece that renders, or problems that
 * say where. The first byte chooses channel and wording. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "template/template.h"

static struct template_facts facts_of_somebody(void)
{
    struct template_facts facts = template_facts_of(NULL, NULL, (struct day){20454});

    facts.practice_name = "Lumen <Med> Spa";
    facts.practice_address = "1 Main St";
    facts.first_name = "<b>[Ana](javascript:x)";
    facts.provider = "Dr. *Chen*";
    facts.last_visit = (struct day){20300};
    facts.service_name = "Botox";
    facts.points = 1200;
    facts.offer_text = "a gift";
    facts.book_url = "https://v.lumen.example/p/b4mWq2Xk8Zr.A1b2C3d4E5f6G7h8I9j0Kl";
    facts.unsubscribe_url = facts.preferences_url = facts.book_url;
    return facts;
}

static void check_problems(const struct template_set *set, size_t len)
{
    const struct template_problems *problems = template_problems_of(set);

    for (size_t i = 0; i < problems->count; i++) {
        assert(problems->list[i].message[0] && problems->list[i].rule[0]);
        assert(problems->list[i].line >= 0 && (size_t)problems->list[i].line <= len + 2);
    }
}

static void check_piece(
    struct arena *arena, const struct template_set *set, const struct template *piece)
{
    struct template_facts facts = facts_of_somebody();
    struct rendered rendered;

    assert(piece->wording == WORDING_SPECIFIC || piece->channel == CHANNEL_TASK
        || piece->phi_level <= PHI_VISIT);
    assert(template_render(arena, set, piece, &facts, NULL, &rendered, NULL) == ERR_NONE);
    assert(utf8_valid_n(rendered.text, strlen(rendered.text)));
    if (rendered.html) {
        assert(!strstr(rendered.html, "<b>") && !strstr(rendered.html, "\"javascript:"));
        assert(!strpbrk(rendered.subject, "\r\n"));
    }
    if (piece->channel == CHANNEL_SMS)
        assert(rendered.sms.segments <= piece->worst.segments);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const char *const names[] = {"t/generic.en.email.liquid", "t/generic.es.sms.liquid",
        "t/specific.en.task.liquid", "t/specific.en.email.liquid", "t/generic.en.task.liquid",
        "email-footer/generic.en.email.liquid", "sms-stop-line/generic.en.sms.liquid"};
    struct template_file file;
    struct template_set *set = NULL;
    const struct template *const *pieces;
    size_t count;
    ARENA struct arena arena;

    arena_init(&arena, 0);
    if (len == 0)
        return 0;
    file = (struct template_file){
        names[bytes[0] % (sizeof names / sizeof *names)], (const char *)bytes + 1, len - 1};
    if (template_set_parse(&arena, &file, 1, NULL, &set, NULL) != ERR_NONE)
        return 0;
    check_problems(set, len);
    pieces = template_pieces(set, &count);
    for (size_t i = 0; i < count; i++)
        if (pieces[i]->usable && strcmp(pieces[i]->file, file.name) == 0)
            check_piece(&arena, set, pieces[i]);
    return 0;
}
