/* say.c: days, hours and names, short enough for a text. */
#include "opening/say.h"

#include "base/buf.h"
#include "base/text.h"

enum { ENGLISH, SPANISH, LANGUAGES };

static const char *const weekdays[LANGUAGES][7] = {
    {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
    {"dom", "lun", "mar", "mie", "jue", "vie", "sab"}};

static int language_of(const struct say *say)
{
    return say->language && text_starts(say->language, "es") ? SPANISH : ENGLISH;
}

static void add_moment(struct buf *buf, const struct say *say, struct instant at)
{
    static const char *const months[LANGUAGES][12] = {
        {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
        {"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"}};
    const struct zone *zone = say->schedule->zone;
    int language = language_of(say), year, month, date;
    struct day day = zone_day(zone, at);
    struct civil civil = zone_civil(zone, at);
    day_split(day, &year, &month, &date);
    const char *weekday = weekdays[language][day_weekday(day)];
    const char *name = months[language][month - 1];
    if (language == SPANISH)
        buf_format(buf, "%s %d %s", weekday, date, name);
    else
        buf_format(buf, "%s %s %d", weekday, name, date);
    buf_format(buf, ", %d:%02d %s", civil.hour % 12 ? civil.hour % 12 : 12, civil.minute,
        civil.hour < 12 ? "am" : "pm");
}

/* "(America/Denver)" would be a clerk's word: the city alone. */
static void add_place_of_clock(struct buf *buf, const struct say *say, struct instant at)
{
    const struct zone *zone = say->schedule->zone;
    if (!say->patient_zone || zone_offset_s(say->patient_zone, at) == zone_offset_s(zone, at))
        return;
    const char *city = zone_name(zone);
    for (const char *c = city; *c; c++)
        city = *c == '/' ? c + 1 : city;
    buf_add(buf, language_of(say) == SPANISH ? " (hora de " : " (");
    for (const char *c = city; *c; c++)
        buf_add_char(buf, *c == '_' ? ' ' : *c);
    buf_add(buf, language_of(say) == SPANISH ? ")" : " time)");
}

static bool same_for_all(const struct slot *slots, size_t count, bool provider)
{
    for (size_t i = 1; i < count; i++) {
        int first = provider ? slots[0].provider : slots[0].location;
        if ((provider ? slots[i].provider : slots[i].location) != first)
            return false;
    }
    return true;
}

static void add_names(struct buf *buf, const struct say *say, const struct slot *slot,
    bool with_provider, bool with_location)
{
    const struct schedule *schedule = say->schedule;
    bool spanish = language_of(say) == SPANISH;
    if (with_provider)
        buf_format(
            buf, " %s %s", spanish ? "con" : "with", schedule->providers[slot->provider].name);
    if (with_location)
        buf_format(buf, " %s %s", spanish ? "en" : "at", schedule->locations[slot->location].name);
}

char *opening_say(
    struct arena *arena, const struct say *say, const struct slot *slots, size_t count)
{
    struct buf buf;
    buf_init(&buf, arena);
    bool who = say->who && say->schedule->provider_count > 1;
    bool where = say->who && say->schedule->location_count > 1;
    bool one_provider = same_for_all(slots, count, true);
    bool one_location = same_for_all(slots, count, false);
    for (size_t i = 0; i < count; i++) {
        buf_add(&buf, i ? "; " : "");
        if (count > 1)
            buf_format(&buf, "%zu) ", i + 1);
        add_moment(&buf, say, slots[i].start);
        add_names(&buf, say, &slots[i], who && !one_provider, where && !one_location);
    }
    if (count == 0)
        return buf.data;
    buf_add(&buf, count > 1 && ((who && one_provider) || (where && one_location)) ? "," : "");
    add_names(&buf, say, &slots[0], who && one_provider, where && one_location);
    add_place_of_clock(&buf, say, slots[0].start);
    return buf.data;
}

char *opening_say_visit(struct arena *arena, const struct say *say, struct instant start,
    const char *provider, const char *location)
{
    struct buf buf;
    bool spanish = language_of(say) == SPANISH;
    buf_init(&buf, arena);
    add_moment(&buf, say, start);
    buf_format(&buf, " %s %s", spanish ? "con" : "with", provider);
    if (say->schedule->location_count > 1)
        buf_format(&buf, " %s %s", spanish ? "en" : "at", location);
    add_place_of_clock(&buf, say, start);
    return buf.data;
}

char *opening_say_moment(struct arena *arena, const struct say *say, struct instant at)
{
    struct buf buf;
    buf_init(&buf, arena);
    add_moment(&buf, say, at);
    add_place_of_clock(&buf, say, at);
    return buf.data;
}

char *opening_say_until(
    struct arena *arena, const struct say *say, struct instant at, struct instant now)
{
    const struct zone *zone = say->schedule->zone;
    struct civil civil = zone_civil(zone, at);
    struct day day = zone_day(zone, at);
    bool today = day.n == zone_day(zone, now).n;
    return arena_format(arena, "%s%s%d:%02d %s",
        today ? "" : weekdays[language_of(say)][day_weekday(day)], today ? "" : " ",
        civil.hour % 12 ? civil.hour % 12 : 12, civil.minute, civil.hour < 12 ? "am" : "pm");
}
