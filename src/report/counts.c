/* counts.c: a bag of named numbers: added, written as text, read again. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "report/report_int.h"

enum { NAME_BYTES = 256 };

static const char *const head_names[HEAD_MAX] = {
    [HEAD_ENTERED] = "entered",
    [HEAD_CONTACTED] = "contacted",
    [HEAD_REPLIED] = "replied",
    [HEAD_BOOKED] = "booked",
    [HEAD_OPTED_OUT] = "opted_out",
    [HEAD_DELIVERED] = "delivered",
    [HEAD_OPENED] = "opened",
    [HEAD_CLICKED] = "clicked",
    [HEAD_SHOWED] = "showed",
    [HEAD_NO_RESPONSE] = "no_response",
    [HEAD_DECLINED] = "declined",
    [HEAD_ACTIVE] = "active",
    [HEAD_HELD] = "held",
    [HEAD_ENDED] = "ended",
    [HEAD_COMPLETED] = "completed",
    [HEAD_REVENUE] = "revenue",
    [HEAD_WITHIN_14] = "within_14",
    [HEAD_WITHIN_30] = "within_30",
    [HEAD_WITHIN_60] = "within_60",
    [HEAD_WITHIN_90] = "within_90",
    [HEAD_CONTROL] = "control",
    [HEAD_CONTROL_BOOKED] = "control_booked",
};

void report__counts_init(struct report_counts *counts, struct arena *arena)
{
    *counts = (struct report_counts){0};
    map_init(&counts->named, arena);
}

const char *report__head_name(enum report_head head)
{
    return head_names[head];
}

void report__add(struct report_counts *counts, const char *name, int64_t value)
{
    int64_t *found = map_get(&counts->named, name);
    if (!found) {
        found = ARENA_NEW(counts->named.arena, int64_t, 1);
        (void)map_put(&counts->named, name, found);
    }
    *found += value;
}

void report__join(struct report_counts *to, const struct report_counts *from)
{
    for (int i = 0; i < HEAD_MAX; i++)
        to->heads[i] += from->heads[i];
    for (size_t i = 0; i < from->named.count; i++)
        report__add(to, from->named.entries[i].key, *(const int64_t *)from->named.entries[i].value);
}

int64_t report__named(const struct report_counts *counts, const char *name)
{
    for (int i = 0; i < HEAD_MAX; i++) {
        if (text_is(name, head_names[i]))
            return counts->heads[i];
    }
    const int64_t *found = map_get(&counts->named, name);
    return found ? *found : 0;
}

/* Both move on behind what was read. */
static int64_t take_number(const char **at)
{
    char *end;
    int64_t value = strtoll(*at, &end, 10);
    *at = end;
    return value;
}

static const char *take_heads(int64_t heads[HEAD_MAX], const char *text, int sign)
{
    for (int i = 0; i < HEAD_MAX && *text && *text != '\n'; i++)
        heads[i] += sign * take_number(&text);
    return *text == '\n' ? text + 1 : text;
}

void report__merge_heads(int64_t heads[HEAD_MAX], const char *text, int sign)
{
    (void)take_heads(heads, text, sign);
}

void report__merge(struct report_counts *counts, const char *text, int sign)
{
    const char *at = take_heads(counts->heads, text, sign);
    while (*at) {
        int64_t value = take_number(&at);
        const char *name = at + (*at == ' '), *end = name + strcspn(name, "\n");
        char copy[NAME_BYTES];
        size_t len = (size_t)(end - name);
        if (len < sizeof(copy)) {
            memcpy(copy, name, len);
            copy[len] = '\0';
            report__add(counts, copy, sign * value);
        } else {
            report__add(counts, arena_text_n(counts->named.arena, name, len), sign * value);
        }
        at = *end ? end + 1 : end;
    }
}

const char *report__counts_text(struct arena *arena, const struct report_counts *counts)
{
    struct buf out;
    bool any = false;
    buf_init(&out, arena);
    for (int i = 0; i < HEAD_MAX; i++) {
        any |= counts->heads[i] != 0;
        buf_format(&out, "%s%" PRId64, i ? " " : "", counts->heads[i]);
    }
    for (size_t i = 0; i < counts->named.count; i++) {
        const struct map_entry *entry = &counts->named.entries[i];
        int64_t value = *(const int64_t *)entry->value;
        any |= value != 0;
        if (value != 0)
            buf_format(&out, "\n%" PRId64 " %s", value, entry->key);
    }
    return any ? out.data : NULL;
}
