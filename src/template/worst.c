#include <string.h>

#include "template/template_int.h"

/* The longest a text can become, without trying every combination: each output counts with its
 * longest value, each choice with its longest branch. An upper bound, so a check never lies on the
 * cheap side. */

static struct worst worst_text(struct arena *scratch, const char *text, size_t len)
{
    const char *folded = sms_fold(scratch, arena_text_n(scratch, text, len));
    const char *end = folded + strlen(folded);
    struct worst worst = {0};

    while (folded < end) {
        uint32_t code_point = utf8_next(&folded, end);
        int septets = sms_septets(code_point);

        worst.septets += septets;
        worst.units += code_point > 0xFFFF ? 2 : 1;
        worst.ucs2 |= septets == 0;
    }
    return worst;
}

static void worst_add(struct worst *sum, const struct worst *part)
{
    sum->septets += part->septets;
    sum->units += part->units;
    sum->links += part->links;
    if (part->ucs2 && !sum->ucs2)
        sum->ucs2_field = part->ucs2_field;
    sum->ucs2 |= part->ucs2;
}

static void worst_raise(struct worst *most, const struct worst *other)
{
    if (other->septets > most->septets)
        most->septets = other->septets;
    if (other->units > most->units)
        most->units = other->units;
    if (other->links > most->links)
        most->links = other->links;
    if (other->ucs2 && !most->ucs2)
        most->ucs2_field = other->ucs2_field;
    most->ucs2 |= other->ucs2;
}

/* A field's values to try; the practice's own where it is known, and nothing for "unknown". */
static size_t worst_values(struct arena *scratch, enum slot field,
    const struct template_options *options, struct value values[SLOT_WORST_MAX + 1])
{
    const struct slot_facts *facts = slot_facts(field);
    const struct practice *practice = options ? options->practice : NULL;
    struct template_facts own = template_facts_of(practice, NULL, (struct day){0});
    size_t count = 0;

    if (practice && practice->public_url && facts->type == VALUE_URL) {
        values[0] = facts->worst[0];
        values[0].text = arena_format(scratch, "%s%.*s", practice->public_url,
            TEMPLATE_LINK_PATH_MAX, strstr(facts->worst[0].text, "/p/"));
        return 1;
    }
    values[0] = slot_value(&own, field);
    if (values[0].known)
        return 1;
    for (size_t i = 0; i < SLOT_WORST_MAX; i++) {
        if (!facts->worst[i].known)
            continue;
        values[count] = facts->worst[i];
        values[count].proper_name = facts->proper_name;
        count++;
    }
    values[count++] = (struct value){.type = facts->type};
    return count;
}

/* "about 23 months" is longer than any shorter or longer time. */
enum { WORST_TODAY_AFTER_DAYS = 23 * 31 };

static struct worst worst_expr(struct arena *scratch, const struct expr *expr,
    const struct template_options *options, const char *language)
{
    struct value values[SLOT_WORST_MAX + 1];
    size_t count = worst_values(scratch, expr->field, options, values);
    struct worst most = {0};

    for (size_t i = 0; i < count; i++) {
        struct day today = {values[i].type == VALUE_DAY && values[i].known
                ? values[i].day.n + WORST_TODAY_AFTER_DAYS
                : 0};
        struct worst one;

        for (size_t f = 0; f < expr->filter_count; f++)
            values[i] = filter_apply(scratch, &expr->filters[f], &values[i], language, today);
        if (!values[i].known || (values[i].type != VALUE_TEXT && values[i].type != VALUE_URL))
            continue;
        one = worst_text(scratch, values[i].text, strlen(values[i].text));
        one.links = values[i].type == VALUE_URL;
        one.ucs2_field = slot_facts(expr->field)->name;
        worst_raise(&most, &one);
    }
    return most;
}

static int count_web_addresses(struct str text)
{
    int count = 0;

    for (size_t i = 0; i + 7 < text.len; i++)
        if (memcmp(text.data + i, "http", 4) == 0
            && (text.data[i + 4] == ':' || text.data[i + 5] == ':'))
            count++;
    return count;
}

struct worst worst_of(struct arena *scratch, const struct node *nodes,
    const struct template_options *options, const char *language)
{
    struct worst sum = {0};

    for (const struct node *node = nodes; node; node = node->next) {
        struct worst part = {0};

        switch (node->kind) {
        case NODE_TEXT:
            part = worst_text(scratch, node->text.data, node->text.len);
            part.links = count_web_addresses(node->text);
            break;
        case NODE_OUTPUT: part = worst_expr(scratch, &node->expr, options, language); break;
        case NODE_CHOICE:
            for (const struct branch *branch = node->branches; branch; branch = branch->next) {
                struct worst body = worst_of(scratch, branch->body, options, language);

                worst_raise(&part, &body);
            }
            break;
        }
        worst_add(&sum, &part);
    }
    return sum;
}

struct sms_count worst_count(const struct worst *worst)
{
    int64_t units = worst->ucs2 ? worst->units : worst->septets;
    int64_t alone_max = worst->ucs2 ? 70 : 160;
    int64_t part_max = worst->ucs2 ? 66 : 152; /* one place may stay free in each */

    return (struct sms_count){
        .ucs2 = worst->ucs2,
        .units = (int)units,
        .segments = units <= alone_max ? 1 : (int)((units + part_max - 1) / part_max),
    };
}
