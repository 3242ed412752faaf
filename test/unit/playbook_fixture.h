/* playbook_fixture.h: a home in memory, made of what is shipped, with words of it exchanged.
 *
 *   struct playbook_fixture t;
 *   playbook_fixture_open(&t);
 *   playbook_fixture_edit(&t, "day: 3", "day: 4");      // the first such place of the playbook
 *   const struct playbook *playbook = playbook_fixture_parse(&t);
 *   playbook_fixture_close(&t);
 *
 * Include after unit.h. */
#ifndef PERENNIAL_TEST_PLAYBOOK_FIXTURE_H
#define PERENNIAL_TEST_PLAYBOOK_FIXTURE_H

#include <string.h>

#include "base/text.h"
#include "embed_playbooks.h"
#include "env/env.h"
#include "playbook/playbook.h"

struct playbook_fixture {
    struct arena boot;
    struct env env;
    struct zones zones;
    struct practice practice;
    struct playbook_home home;
    struct playbook_file files[4]; /* [0] is the shipped playbook */
};

static inline const char *playbook_fixture_swap(
    struct arena *arena, const char *text, const char *from, const char *into)
{
    const char *at = strstr(text, from);
    if (!at)
        fail_msg("the text has no '%s'", from);
    return arena_format(
        arena, "%.*s%s%s", (int)(at - text), text, into, at + strlen(from));
}

static inline void playbook_fixture_templates(
    struct playbook_fixture *t, const struct template_file *files, size_t count)
{
    struct why why = {0};
    struct template_set *set = NULL;
    struct template_options options = {.practice = &t->practice};
    options.treatment_words = playbook_treatment_words(
        &t->boot, t->home.definitions, &options.treatment_word_count);
    must(template_set_parse(&t->boot, files, count, &options, &set, &why), &why);
    t->home.templates = set;
}

static inline void playbook_fixture_define(struct playbook_fixture *t, const char *text)
{
    struct why why = {0};
    struct yaml *root = NULL;
    t->home.definitions_file = (struct playbook_file){"definitions.yaml", text, strlen(text)};
    must(yaml_parse(&t->boot, "definitions.yaml", text, strlen(text), &root, &why), &why);
    must(definitions_parse(&t->boot, root, &t->home.definitions, &why), &why);
}

static inline void playbook_fixture_open(struct playbook_fixture *t)
{
    struct why why = {0};
    memset(t, 0, sizeof *t);
    arena_init(&t->boot, 0);
    must(env_os_open(&t->boot, &t->env, &why), &why);
    zones_init(&t->zones, &t->boot, env_zone_load, &t->env.file);
    t->practice = (struct practice){.practice_id = 1,
        .name = "Lumen",
        .zone_name = "America/Chicago",
        .state = "TX",
        .phone = "+15125550100",
        .address = "1 Main St, Austin, TX 78701",
        .booking_url = "https://book.example/lumen",
        .send_from_minute = 600,
        .scan_minute = 1380,
        .calls_per_day_max = 10,
        .audience_growth_max = 1.5};
    must(zones_find(&t->zones, t->practice.zone_name, &t->practice.zone, &why), &why);
    t->home.practice = &t->practice;
    const struct embed_file *definitions = embed_find(&embed_playbooks, "definitions.yaml");
    assert_non_null(definitions);
    playbook_fixture_define(t, definitions->bytes);
    size_t count = 0;
    const struct template_file *shipped = template_shipped(&t->boot, &count);
    playbook_fixture_templates(t, shipped, count);
    const struct embed_file *file = embed_find(&embed_playbooks, "neurotoxin-touch-up.yaml");
    assert_non_null(file);
    t->files[0] = (struct playbook_file){
        "playbooks/neurotoxin-touch-up.yaml", file->bytes, file->len};
    t->home.playbooks = t->files;
    t->home.playbook_count = 1;
}

static inline void playbook_fixture_close(struct playbook_fixture *t)
{
    env_os_close(&t->env);
    arena_release(&t->boot);
}

static inline void playbook_fixture_edit(
    struct playbook_fixture *t, const char *from, const char *into)
{
    t->files[0].text = playbook_fixture_swap(&t->boot, t->files[0].text, from, into);
    t->files[0].len = strlen(t->files[0].text);
}

static inline void playbook_fixture_add(
    struct playbook_fixture *t, const char *name, const char *text)
{
    assert_true(t->home.playbook_count < sizeof t->files / sizeof *t->files);
    t->files[t->home.playbook_count++] = (struct playbook_file){name, text, strlen(text)};
}

static inline const struct playbook *playbook_fixture_parse(struct playbook_fixture *t)
{
    struct why why = {0};
    const struct playbook *playbook = NULL;
    must(playbook_parse(&t->boot, &t->home, &t->files[0], &playbook, &why), &why);
    return playbook;
}

static inline struct playbook_findings playbook_fixture_check(struct playbook_fixture *t)
{
    struct why why = {0};
    struct playbook_findings findings = {0};
    const struct playbook *const *playbooks = NULL;
    size_t count = 0;
    must(playbook_check_all(&t->boot, &t->home, NULL, &findings, &playbooks, &count, &why), &why);
    return findings;
}

static inline const struct playbook_finding *playbook_fixture_finding(
    const struct playbook_findings *findings, const char *rule)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (text_is(findings->findings[i].rule, rule))
            return &findings->findings[i];
    }
    return NULL;
}

#endif
