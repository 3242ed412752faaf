/* schedule_hours.c: "09:00-12:00, 13:00-18:00 at North" and "2026-12-24 .. 2026-12-26" in words of
 * schedules.yaml. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "opening/schedule_int.h"

enum { MINUTES_PER_DAY = 24 * 60, EXCEPTIONS_MAX = 400 };

static const char *const day_names[7] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

/* A text being read from left to right. */
struct scan {
    const char *at;
};

static void skip_blanks(struct scan *scan)
{
    while (*scan->at == ' ')
        scan->at++;
}

static bool take(struct scan *scan, const char *word)
{
    skip_blanks(scan);
    size_t len = strlen(word);
    if (strncmp(scan->at, word, len) != 0)
        return false;
    scan->at += len;
    return true;
}

static bool take_number(struct scan *scan, int digits_max, int *ret_number)
{
    int number = 0, digits = 0;
    while (digits < digits_max && scan->at[digits] >= '0' && scan->at[digits] <= '9')
        number = number * 10 + (scan->at[digits++] - '0');
    scan->at += digits;
    *ret_number = number;
    return digits > 0;
}

static bool take_clock(struct scan *scan, int *ret_minute)
{
    int hour, minute;
    skip_blanks(scan);
    if (!take_number(scan, 2, &hour) || *scan->at != ':')
        return false;
    scan->at++;
    const char *before = scan->at;
    if (!take_number(scan, 2, &minute) || scan->at - before != 2 || minute > 59
        || hour * 60 + minute > MINUTES_PER_DAY)
        return false;
    *ret_minute = hour * 60 + minute;
    return true;
}

static bool take_range(struct scan *scan, int *ret_from, int *ret_until)
{
    return take_clock(scan, ret_from) && take(scan, "-") && take_clock(scan, ret_until)
        && *ret_from < *ret_until;
}

static bool take_day(struct scan *scan, struct day *ret_day)
{
    char text[11] = "";
    skip_blanks(scan);
    if (strlen(scan->at) < 10)
        return false;
    memcpy(text, scan->at, 10);
    if (day_parse(text, ret_day, NULL) != ERR_NONE)
        return false;
    scan->at += 10;
    return true;
}

static bool at_end(struct scan *scan)
{
    skip_blanks(scan);
    return !*scan->at;
}

/* ---- the shifts of one day ---- */

/* " at North": up to the next comma. */
static bool take_place(
    struct schedule_reader *reader, struct scan *scan, int otherwise, int *ret_location)
{
    *ret_location = otherwise;
    if (!take(scan, "at "))
        return true;
    size_t len = strcspn(scan->at, ",");
    char *name = str_text(reader->boot, str_trim((struct str){scan->at, len}));
    scan->at += len;
    *ret_location = schedule_location(reader->schedule, name);
    return *ret_location != SCHEDULE_NOBODY && otherwise != SCHEDULE_NOBODY;
}

static bool take_shifts(
    struct schedule_reader *reader, struct scan *scan, int location, struct shifts *ret_shifts)
{
    struct shift *list = ARENA_NEW(reader->boot, struct shift, SCHEDULE_SHIFTS_MAX);
    size_t count = 0;
    *ret_shifts = (struct shifts){.list = list};
    if (take(scan, "closed"))
        return at_end(scan);
    do {
        if (count == SCHEDULE_SHIFTS_MAX)
            return false;
        struct shift *shift = &list[count];
        if (!take_range(scan, &shift->from_minute, &shift->until_minute)
            || !take_place(reader, scan, location, &shift->location))
            return false;
        if (count > 0 && shift->from_minute < list[count - 1].until_minute)
            return false;
        count++;
    } while (take(scan, ","));
    ret_shifts->count = count;
    return at_end(scan);
}

static enum err wrong_shifts(
    struct schedule_reader *reader, const struct yaml *node, bool at_location)
{
    why_hint(reader->why,
        at_location ? "Write rising times such as \"09:00-12:00, 13:00-18:00\", or \"closed\""
                    : "Write rising times such as \"09:00-12:00, 13:00-18:00 at North\" with a "
                      "location that is defined, or \"closed\"");
    return yaml_error(node, reader->why, "these are no hours of a day: \"%.60s\"",
        node->kind == YAML_SCALAR ? node->scalar : "");
}

/* ---- the week ---- */

static int day_named(const char *name, size_t len)
{
    for (int day = 0; day < 7; day++) {
        if (len == 3 && strncmp(day_names[day], name, 3) == 0)
            return day;
    }
    return -1;
}

/* "mon" or "mon-fri". */
static bool read_days(const char *key, bool ret_days[7])
{
    size_t len = strlen(key);
    int first = day_named(key, len < 3 ? len : 3);
    int last = len == 3 ? first : len == 7 && key[3] == '-' ? day_named(key + 4, 3) : -1;
    if (first < 0 || last < 0)
        return false;
    for (int day = first;; day = (day + 1) % 7) {
        ret_days[day] = true;
        if (day == last)
            return true;
    }
}

static enum err read_week(struct schedule_reader *reader, const struct yaml *node, int location,
    struct schedule_hours *hours)
{
    bool said[7] = {false};
    if (!node)
        return ERR_NONE;
    if (node->kind != YAML_MAP)
        return yaml_error(node, reader->why, "hours go by day: {mon-fri: \"09:00-18:00\"}");
    for (const struct yaml *at = node->first; at; at = at->next) {
        bool days[7] = {false};
        struct shifts shifts;
        if (!read_days(at->key, days)) {
            why_hint(reader->why, "Days are mon tue wed thu fri sat sun, or mon-fri");
            return yaml_error(at, reader->why, "\"%.40s\" is no day of the week", at->key);
        }
        struct scan scan = {at->kind == YAML_SCALAR ? at->scalar : "?"};
        if (!take_shifts(reader, &scan, location, &shifts))
            return wrong_shifts(reader, at, location == SCHEDULE_NOBODY);
        for (int day = 0; day < 7; day++) {
            if (days[day] && said[day])
                return yaml_error(at, reader->why, "%s has its hours already", day_names[day]);
            if (days[day]) {
                hours->week[day] = shifts;
                said[day] = true;
            }
        }
    }
    return ERR_NONE;
}

/* ---- days unlike others ---- */

static enum err want_list(struct schedule_reader *reader, const struct yaml *node)
{
    if (node->kind != YAML_SEQUENCE || node->count > EXCEPTIONS_MAX)
        return yaml_error(
            node, reader->why, "%s is a list of at most %d days", node->key, EXCEPTIONS_MAX);
    return ERR_NONE;
}

static enum err read_open(struct schedule_reader *reader, const struct yaml *node, int location,
    struct schedule_hours *hours)
{
    enum err err = node ? want_list(reader, node) : ERR_NONE;
    if (!node || err != ERR_NONE)
        return err;
    struct open_day *days = ARENA_NEW(reader->boot, struct open_day, node->count + 1);
    size_t count = 0;
    for (const struct yaml *at = node->first; at; at = at->next) {
        struct scan scan = {at->kind == YAML_SCALAR ? at->scalar : "?"};
        struct open_day *day = &days[count];
        if (!take_day(&scan, &day->day) || !take_shifts(reader, &scan, location, &day->shifts)) {
            why_hint(reader->why, "Write a date and its hours: \"2026-12-12 09:00-13:00\"");
            return yaml_error(at, reader->why, "this is no day with hours of its own");
        }
        for (size_t i = 0; i < count; i++) {
            if (days[i].day.n == day->day.n)
                return yaml_error(at, reader->why, "this day has its hours already");
        }
        count++;
    }
    hours->open = days;
    hours->open_count = count;
    return ERR_NONE;
}

/* "2026-12-24", "2026-12-24 .. 2026-12-26", either with " 12:00-18:00" behind. */
static bool read_closed_time(const char *text, struct closed_time *ret_closed)
{
    struct scan scan = {text};
    struct closed_time closed = {.until_minute = MINUTES_PER_DAY};
    if (!take_day(&scan, &closed.first))
        return false;
    closed.last = closed.first;
    if (take(&scan, "..") && !take_day(&scan, &closed.last))
        return false;
    if (!at_end(&scan) && !take_range(&scan, &closed.from_minute, &closed.until_minute))
        return false;
    *ret_closed = closed;
    return at_end(&scan) && closed.first.n <= closed.last.n;
}

static enum err read_closed(
    struct schedule_reader *reader, const struct yaml *node, struct schedule_hours *hours)
{
    enum err err = node ? want_list(reader, node) : ERR_NONE;
    if (!node || err != ERR_NONE)
        return err;
    struct closed_time *list = ARENA_NEW(reader->boot, struct closed_time, node->count + 1);
    for (const struct yaml *at = node->first; at; at = at->next) {
        if (at->kind != YAML_SCALAR || !read_closed_time(at->scalar, &list[hours->closed_count])) {
            why_hint(reader->why,
                "Write \"2026-12-24\", \"2026-12-24 .. 2026-12-26\" or "
                "\"2026-12-31 12:00-18:00\"");
            return yaml_error(at, reader->why, "this is no time to be away or closed");
        }
        hours->closed_count++;
    }
    hours->closed = list;
    return ERR_NONE;
}

enum err schedule__read_hours(struct schedule_reader *reader, const struct yaml *node,
    const char *closed_key, int location, struct schedule_hours *ret_hours)
{
    *ret_hours = (struct schedule_hours){0};
    const struct yaml *hours = yaml_get(node, "hours");
    if (!hours) {
        why_hint(reader->why, "Write hours: {mon-fri: \"09:00-18:00\"}");
        return yaml_error(node, reader->why, "%.60s has no hours", node->key);
    }
    enum err err = read_week(reader, hours, location, ret_hours);
    if (err == ERR_NONE)
        err = read_open(reader, yaml_get(node, "open"), location, ret_hours);
    if (err == ERR_NONE)
        err = read_closed(reader, yaml_get(node, closed_key), ret_hours);
    return err;
}
