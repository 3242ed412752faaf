/* choice_text.c: a choice in plain words, one way for each meaning. */
#include "base/buf.h"
#include "opening/choice.h"

enum { DAY_MINUTES = 1440, EVERY_WEEKDAY = 0x7f };

static void write_days(struct buf *buf, const struct choice_window *window)
{
    static const char *const names[7] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
    bool first = window->first.n != DAY_NONE, last = window->last.n != DAY_NONE;
    if (first)
        buf_add(buf, day_format(buf->arena, window->first));
    if ((first || last) && (!first || !last || window->first.n != window->last.n))
        buf_add(buf, "..");
    if (last && (!first || window->first.n != window->last.n))
        buf_add(buf, day_format(buf->arena, window->last));
    if (window->weekdays == EVERY_WEEKDAY)
        return;
    const char *gap = first || last ? " " : "";
    for (int i = 1; i <= 7; i++) {
        if (window->weekdays >> i % 7 & 1) {
            buf_format(buf, "%s%s", gap, names[i % 7]);
            gap = ",";
        }
    }
}

static void write_window(struct buf *buf, const struct choice_window *window)
{
    size_t before = buf->len;
    write_days(buf, window);
    int from = window->from_minute, until = window->until_minute;
    if (from == 0 && until == DAY_MINUTES) {
        if (buf->len == before)
            buf_add(buf, "any");
        return;
    }
    buf_format(buf, "%s%02d:%02d", buf->len > before ? " " : "", from / 60, from % 60);
    if (until - from > 1)
        buf_format(buf, "-%02d:%02d", until / 60, until % 60);
}

static void write_want(
    struct buf *buf, const struct choice *choice, const struct schedule *schedule)
{
    buf_add(buf, "want ");
    if (choice->window_count == 0)
        buf_add(buf, "any");
    for (size_t i = 0; i < choice->window_count; i++) {
        buf_add(buf, i ? "; " : "");
        write_window(buf, &choice->windows[i]);
    }
    for (size_t i = 0; i < choice->except_count; i++) {
        buf_add(buf, "; not ");
        write_window(buf, &choice->except[i]);
    }
    if (choice->provider >= 0)
        buf_format(buf, "; with %s", schedule->providers[choice->provider].name);
    if (choice->provider == CHOICE_SAME_PROVIDER)
        buf_add(buf, "; with same");
    if (choice->anyone)
        buf_add(buf, "; with any");
    if (choice->soonest)
        buf_add(buf, "; soonest");
}

char *choice_text(struct arena *arena, const struct choice *choice, const struct schedule *schedule)
{
    struct buf buf;
    buf_init(&buf, arena);
    switch (choice->kind) {
    case CHOICE_UNSURE: buf_add(&buf, "unsure"); break;
    case CHOICE_PICK: buf_format(&buf, "pick %zu", choice->pick + 1); break;
    case CHOICE_OTHER:
        buf_format(&buf, "other%s",
            choice->shift > 0       ? " later"
                : choice->shift < 0 ? " earlier"
                                    : "");
        break;
    case CHOICE_WANT: write_want(&buf, choice, schedule); break;
    case CHOICE_KIND_MAX: break;
    }
    return buf.data;
}
