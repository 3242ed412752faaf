/* playbook_version.c: the name of a content, and the order between playbooks. */
#include "playbook/playbook_int.h"

#include <string.h>

#include "base/hash.h"
#include "base/text.h"

/* Every part is preceded by its length, so that no two lists of parts give the same bytes. */
static void add_part(struct buf *buf, const char *name, const char *text, size_t len)
{
    buf_format(buf, "%s %zu:", name, len);
    buf_add_n(buf, text, len);
    buf_add_char(buf, '\n');
}

static void add_name(struct arena *arena, const char ***names, size_t *count, const char *name)
{
    if (!name)
        return;
    for (size_t i = 0; i < *count; i++) {
        if (text_is((*names)[i], name))
            return;
    }
    *names = arena_grow(arena, *names, sizeof **names * *count, sizeof **names * (*count + 1));
    (*names)[(*count)++] = name;
}

const char *const *template_names(
    struct arena *arena, const struct playbook *playbook, size_t *ret_count)
{
    const char **names = NULL;
    *ret_count = 0;
    for (size_t i = 0; i < playbook->touch_count; i++) {
        const struct playbook_touch *touch = &playbook->touches[i];
        add_name(arena, &names, ret_count, touch->is_task ? touch->script : touch->template_name);
        for (size_t k = 0; k < touch->variant_count; k++)
            add_name(arena, &names, ret_count, touch->variants[k].template_name);
    }
    return names;
}

enum err version_of(struct arena *arena, const struct playbook_home *home,
    const struct playbook *playbook, const char *used, const char **ret_version,
    struct why *reterr_why)
{
    struct buf buf;
    buf_init(&buf, arena);
    buf_add(&buf, "perennial playbook 1\n");
    const char *canonical = yaml_canonical(arena, playbook->node);
    add_part(&buf, "playbook", canonical, strlen(canonical));
    add_part(&buf, "used", used, strlen(used));
    const char *definitions = home->definitions->canonical;
    add_part(
        &buf, "definitions", definitions ? definitions : "", definitions ? strlen(definitions) : 0);
    size_t name_count = 0;
    const char *const *names = template_names(arena, playbook, &name_count);
    if (home->templates && name_count > 0) {
        const struct template_file *files = NULL;
        size_t count = 0;
        enum err err = template_files_of(
            arena, home->templates, names, name_count, &files, &count, reterr_why);
        if (err != ERR_NONE)
            return err;
        for (size_t i = 0; i < count; i++)
            add_part(&buf, files[i].name, files[i].text, files[i].len);
    }
    struct sha256 sum = hash_sha256(buf.data, buf.len);
    *ret_version = arena_format(arena, "sha256:%s", hash_hex(arena, sum.bytes, sizeof sum.bytes));
    return ERR_NONE;
}

static bool is_stronger(const struct playbook *a, const struct playbook *b)
{
    enum urgency of_a = a->service ? a->service->urgency : URGENCY_LOW;
    enum urgency of_b = b->service ? b->service->urgency : URGENCY_LOW;
    if (of_a != of_b)
        return of_a > of_b;
    return strcmp(a->name, b->name) < 0;
}

struct audience_entry playbook_entry_of(struct arena *arena, const struct playbook *playbook,
    const struct playbook *const *all, size_t count)
{
    struct audience_entry entry = playbook->entry.audience;
    struct audience_peer *peers = ARENA_NEW(arena, struct audience_peer, count + 1);
    entry.peer_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (text_is(all[i]->name, playbook->name))
            continue;
        peers[entry.peer_count++] = (struct audience_peer){
            .playbook = all[i]->name,
            .marketing = all[i]->purpose == PURPOSE_MARKETING,
            .stronger = is_stronger(all[i], playbook),
        };
    }
    entry.peers = peers;
    return entry;
}

enum err playbook_unknown(
    struct arena *arena, const struct playbook_home *home, const char *name, struct why *reterr_why)
{
    const char **names = ARENA_NEW(arena, const char *, home->playbook_count + 1);
    size_t count = 0;
    enum err err = why_set(reterr_why, ERR_NOT_FOUND, "there is no playbook `%s`", name);
    const char *asked_file = arena_format(arena, "playbooks/%s.yaml", name);
    for (size_t i = 0; i < home->playbook_count; i++) {
        const char *own = playbook_file_calls_itself(arena, &home->playbooks[i]);
        if (own && !text_is(own, name) && text_is(home->playbooks[i].name, asked_file)) {
            why_place(reterr_why, "%s", asked_file);
            why_hint(reterr_why,
                "The file calls itself `%s`: ask for that, or change its line"
                " `playbook:`",
                own);
            return err;
        }
        if (own)
            names[count++] = own;
    }
    const char *nearest = text_nearest(name, names, count);
    if (nearest)
        why_hint(reterr_why, "Did you mean `%s`?", nearest);
    else
        why_hint(reterr_why, "A playbook is a file in the home's playbooks/");
    return err;
}

/* Findings of every file, in the order of the files, then of their lines as found. */
enum err playbook_check_all(struct arena *arena, const struct playbook_home *home, const char *only,
    struct playbook_findings *ret_findings, const struct playbook *const **ret_playbooks,
    size_t *ret_count, struct why *reterr_why)
{
    struct playbook_finding *all = NULL;
    size_t total = 0;
    size_t errors = 0;
    bool found = only == NULL;
    const struct playbook **playbooks =
        ARENA_NEW(arena, const struct playbook *, home->playbook_count + 1);
    size_t playbook_count = 0;
    for (size_t i = 0; i < home->playbook_count; i++) {
        struct reader reader;
        reader_init(&reader, arena, home, &home->playbooks[i]);
        reader_peers(&reader);
        (void)reader_run(&reader);
        const char *name = reader.playbook->name;
        if (only && !text_is(name, only) && !text_is(home->playbooks[i].name, only))
            continue;
        found = true;
        for (size_t k = 0; k < playbook_count; k++) {
            if (text_is(playbooks[k]->name, name))
                reader_error(&reader, "double_name", yaml_get(reader.playbook->node, "playbook"),
                    "Give one of the two another name.",
                    "`%s` is also the name of the playbook in %s", name, playbooks[k]->file);
        }
        if (reader.errors == 0)
            playbooks[playbook_count++] = reader.playbook;
        if (reader.count > 0) {
            all = arena_grow(arena, all, sizeof *all * total, sizeof *all * (total + reader.count));
            memcpy(all + total, reader.findings, sizeof *all * reader.count);
            total += reader.count;
        }
        errors += reader.errors;
    }
    if (!found)
        return playbook_unknown(arena, home, only, reterr_why);
    *ret_findings = (struct playbook_findings){.findings = all, .count = total, .errors = errors};
    *ret_playbooks = playbooks;
    *ret_count = playbook_count;
    return ERR_NONE;
}
