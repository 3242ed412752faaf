/* playbook.c: foreign playbooks: any bytes give a whole playbook, or findings that name a place. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "embed_playbooks.h"
#include "playbook/playbook.h"

static bool is_incentive(const struct playbook *playbook, const char *key)
{
    const struct offer *offer = key ? definitions_offer(playbook->definitions, key) : NULL;
    return offer && (offer->kind == OFFER_ADDON || offer->kind == OFFER_PERCENT);
}

/* What was returned must hold together: names are there, touches come in order, and it ends. */
static void check_playbook(const struct playbook *playbook)
{
    assert(playbook->name[0] && playbook->service && playbook->touch_count > 0);
    int end = -1;
    for (size_t i = 0; i < playbook->exit_count; i++)
        end = playbook->exits[i].at_day > end ? playbook->exits[i].at_day : end;
    for (size_t i = 0; i < playbook->touch_count; i++) {
        const struct playbook_touch *touch = &playbook->touches[i];
        assert(touch->position == (int)i + 1 && touch->day < end);
        assert(touch->is_task ? touch->task != NULL : touch->send_count > 0);
        assert(i == 0 || playbook->touches[i - 1].day <= touch->day);
        assert(
            touch->position >= OFFER_EARLIEST_TOUCH_MIN || !is_incentive(playbook, touch->offer));
        for (size_t k = 0; k < touch->outcome_count; k++)
            assert(
                !touch->outcomes[k].exit || playbook_find_exit(playbook, touch->outcomes[k].exit));
    }
    assert(strlen(playbook->version) == 71);
}

/* The shipped definitions, read once for all inputs. */
static struct playbook_home home_of(void)
{
    static struct arena boot;
    static struct playbook_home home;
    if (home.definitions)
        return home;
    arena_init(&boot, 0);
    struct why why = {0};
    const struct embed_file *file = embed_find(&embed_playbooks, "definitions.yaml");
    struct yaml *root = NULL;
    enum err err = yaml_parse(&boot, file->name, file->bytes, file->len, &root, &why);
    if (err == ERR_NONE)
        err = definitions_parse(&boot, root, &home.definitions, &why);
    assert(err == ERR_NONE);
    home.definitions_file = (struct playbook_file){file->name, file->bytes, file->len};
    return home;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    ARENA struct arena arena;
    arena_init(&arena, 0);
    struct why why = {0};
    struct playbook_home home = home_of();
    const struct playbook_file one = {
        "fuzz.yaml", arena_text_n(&arena, (const char *)bytes, len), len};
    home.playbooks = &one;
    home.playbook_count = 1;
    struct playbook_findings findings;
    const struct playbook *const *playbooks = NULL;
    size_t count = 0;
    enum err err = playbook_check_all(&arena, &home, NULL, &findings, &playbooks, &count, &why);
    assert(err == ERR_NONE && (count == 1) == (findings.errors == 0));
    for (size_t i = 0; i < findings.count; i++)
        assert(findings.findings[i].message[0] && findings.findings[i].place[0]);
    if (count == 1)
        check_playbook(playbooks[0]);
    const struct playbook *playbook = NULL;
    err = playbook_parse(&arena, &home, &one, &playbook, &why);
    assert((err == ERR_NONE) == (count == 1));
    assert(err == ERR_NONE || (why.message[0] && why.place[0]));
    return 0;
}
