/* plan_fields.c: which fields of two versions of a playbook differ, by what stands in their files.
 */
#include "base/text.h"
#include "engine/engine_int.h"

struct comparing {
    struct arena *arena;
    json_t *list;
};

static json_t *value_json(struct arena *arena, const struct yaml *node)
{
    if (!node)
        return json_null();
    return json_text(node->kind == YAML_SCALAR ? node->scalar : yaml_canonical(arena, node));
}

static void compare(const struct comparing *comparing, const char *path, const struct yaml *was,
    const struct yaml *is);

static void compare_key(const struct comparing *comparing, const char *path, const char *key,
    const struct yaml *was, const struct yaml *is)
{
    if (!path && text_is(key, "touches")) /* told one by one */
        return;
    compare(comparing, path ? arena_format(comparing->arena, "%s.%s", path, key) : key,
        yaml_get(was, key), yaml_get(is, key));
}

/* `path` NULL: of the whole. */
static void compare_maps(const struct comparing *comparing, const char *path,
    const struct yaml *was, const struct yaml *is)
{
    for (const struct yaml *child = was->first; child; child = child->next)
        compare_key(comparing, path, child->key, was, is);
    for (const struct yaml *child = is->first; child; child = child->next) {
        if (!yaml_get(was, child->key))
            compare_key(comparing, path, child->key, was, is);
    }
}

static void compare(const struct comparing *comparing, const char *path, const struct yaml *was,
    const struct yaml *is)
{
    struct arena *arena = comparing->arena;
    if (was && is && was->kind == YAML_MAP && is->kind == YAML_MAP)
        compare_maps(comparing, path, was, is);
    else if (!was || !is || !text_is(yaml_canonical(arena, was), yaml_canonical(arena, is)))
        json_array_append_new(comparing->list,
            json_pack("{s:s, s:o, s:o}", "field", path, "was", value_json(arena, was), "is",
                value_json(arena, is)));
}

static const struct yaml *touch_node(const struct playbook *playbook, const char *id)
{
    const struct yaml *touches = yaml_get(playbook->node, "touches");
    for (const struct yaml *child = touches ? touches->first : NULL; child; child = child->next) {
        const struct yaml *name = yaml_get(child, "id");
        if (name && name->kind == YAML_SCALAR && text_is(name->scalar, id))
            return child;
    }
    return NULL;
}

json_t *engine__touch_fields(struct arena *arena, const struct playbook *was,
    const struct playbook *is, const char *touch_id)
{
    const struct comparing comparing = {arena, json_array()};
    const struct yaml *a = touch_node(was, touch_id), *b = touch_node(is, touch_id);
    if (a && b)
        compare_maps(&comparing, NULL, a, b);
    return comparing.list;
}

json_t *engine__playbook_fields(
    struct arena *arena, const struct playbook *was, const struct playbook *is)
{
    const struct comparing comparing = {arena, json_array()};
    compare_maps(&comparing, NULL, was->node, is->node);
    return comparing.list;
}
