#include "gate/quiet_hours.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "gate/gate_int.h"
#include "gate/holidays.h"

enum {
    QUIET_ROWS_MAX = 200,
    CLOSED_DAYS_MAX = 64, /* a practice's own holidays that are looked at */
    SEARCH_DAYS_MAX = 21, /* no state's rules close three weeks */
    SEARCH_STEPS_MAX = 64,
    MINUTES_OF_DAY = 24 * 60
};

enum row_channel {
    ROW_SMS_VOICE,
    ROW_HC_EXEMPT,
    ROW_HC_RESIDENTIAL,
    ROW_EMAIL,
    ROW_ADAD,
    ROW_VOICE,
    ROW_CHANNEL_MAX
};
static const char *const row_channel_names[ROW_CHANNEL_MAX] = {
    "sms+voice", "sms+voice_hc_exempt", "voice_hc_residential", "email", "voice_adad", "voice"};

struct window { /* minutes of the local day, end exclusive; equal: closed all day */
    int start, end;
};

struct quiet_row {
    const char *state, *source;
    enum row_channel channel;
    struct window weekday, saturday, sunday, holiday;
    bool has_holiday;
    int per_24h_max, per_week_max; /* 0: none */
};

struct quiet_table {
    struct quiet_row rows[QUIET_ROWS_MAX];
    size_t count;
    const struct quiet_row *federal, *unknown;
    struct holidays *holidays;
    const char *version;
};

/* Without one of these the table is not used (QH-4). */
static const char *const states_required[] = {"US", "UNKNOWN", "AL", "AK", "AZ", "AR", "CA", "CO",
    "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA", "ME", "MD", "MA",
    "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR",
    "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY", "PR", "VI", "GU",
    "AS", "MP"};

/* ---- reading a row ---- */

static bool minute_parse(const char *text, size_t len, int *ret_minute)
{
    int hour, minute;

    if (len != 5 || text[2] != ':' || strspn(text, "0123456789") != 2
        || strspn(text + 3, "0123456789") < 2)
        return false;
    hour = (text[0] - '0') * 10 + text[1] - '0';
    minute = (text[3] - '0') * 10 + text[4] - '0';
    if (minute > 59 || hour * 60 + minute > MINUTES_OF_DAY)
        return false;
    *ret_minute = hour * 60 + minute;
    return true;
}

/* "10:00-17:00" */
static bool window_parse(const char *text, struct window *ret_window)
{
    struct window window;

    if (strlen(text) != 11 || text[5] != '-' || !minute_parse(text, 5, &window.start)
        || !minute_parse(text + 6, 5, &window.end) || window.start >= window.end)
        return false;
    *ret_window = window;
    return true;
}

static bool cap_parse(const char *text, int *ret_max)
{
    int64_t value = 0;

    if (strcmp(text, "-") != 0 && !text_to_int(text, 1, 100, &value))
        return false;
    *ret_max = (int)value;
    return true;
}

/* key=value;key=value;free text. Only the two that change a window are read here. */
static bool note_parse(struct arena *arena, const char *note, struct quiet_row *row)
{
    while (*note) {
        size_t len = strcspn(note, ";");
        const char *token = arena_text_n(arena, note, len);

        if (text_starts(token, "sat=")) {
            if (strcmp(token, "sat=none") == 0)
                row->saturday = (struct window){0, 0};
            else if (!window_parse(token + 4, &row->saturday))
                return false;
        } else if (text_starts(token, "holiday=") && !text_starts(token, "holiday=none")) {
            row->has_holiday = true;
            if (strcmp(token, "holiday=ban") == 0)
                row->holiday = (struct window){0, 0};
            else if (!window_parse(token + 8, &row->holiday))
                return false;
        }
        note += len;
        note += *note == ';';
    }
    return true;
}

static bool channel_parse(const char *text, enum row_channel *ret_channel)
{
    for (int i = 0; i < ROW_CHANNEL_MAX; i++) {
        if (strcmp(row_channel_names[i], text) != 0)
            continue;
        *ret_channel = (enum row_channel)i;
        return true;
    }
    return false;
}

static enum err row_parse(struct tsv *tsv, struct quiet_row *row, struct why *reterr_why)
{
    const char *const *cells = tsv->cells;

    row->state = cells[0];
    row->source = cells[7];
    if (!*cells[0] || strlen(cells[0]) > 7 || !*cells[7])
        return tsv_error(tsv, reterr_why, "the state or the source is missing");
    if (!channel_parse(cells[1], &row->channel))
        return tsv_error(tsv, reterr_why, "%s is no channel of this table", cells[1]);
    if (!minute_parse(cells[2], strlen(cells[2]), &row->weekday.start)
        || !minute_parse(cells[3], strlen(cells[3]), &row->weekday.end)
        || row->weekday.start >= row->weekday.end)
        return tsv_error(tsv, reterr_why, "%s: the hours are not two times in order", cells[0]);
    row->saturday = row->sunday = row->weekday;
    if (strcmp(cells[4], "none") == 0)
        row->sunday = (struct window){0, 0};
    else if (strcmp(cells[4], "same") != 0 && !window_parse(cells[4], &row->sunday))
        return tsv_error(tsv, reterr_why, "%s: Sunday is same, none or two times", cells[0]);
    if (!cap_parse(cells[5], &row->per_24h_max) || !cap_parse(cells[6], &row->per_week_max))
        return tsv_error(tsv, reterr_why, "%s: a cap is a number or -", cells[0]);
    if (!note_parse(tsv->arena, cells[8], row))
        return tsv_error(tsv, reterr_why, "%s: sat= or holiday= can not be read", cells[0]);
    return ERR_NONE;
}

static const struct quiet_row *find_row(
    const struct quiet_table *table, const char *state, enum row_channel channel)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].channel == channel && strcmp(table->rows[i].state, state) == 0)
            return &table->rows[i];
    return NULL;
}

static enum err check_rows(struct quiet_table *table, const char *file, struct why *reterr_why)
{
    for (size_t i = 0; i < sizeof states_required / sizeof *states_required; i++) {
        if (find_row(table, states_required[i], ROW_SMS_VOICE))
            continue;
        why_place(reterr_why, "%s", file);
        why_hint(reterr_why, "Nothing is sent without the hours of every state: restore the row.");
        return why_set(reterr_why, ERR_INPUT, "the row of %s is missing", states_required[i]);
    }
    table->federal = find_row(table, "US", ROW_SMS_VOICE);
    table->unknown = find_row(table, "UNKNOWN", ROW_SMS_VOICE);
    return ERR_NONE;
}

enum err quiet_hours_load(struct arena *boot, const char *file, const char *text, size_t len,
    const char *holidays_file, const char *holidays, size_t holidays_len,
    struct quiet_table **ret_table, struct why *reterr_why)
{
    static const char heading[] =
        "state\tchannel\tstart\tend\tsunday_rule\tmax_per_24h\tmax_per_week\tsource\tnote";
    struct quiet_table *table = ARENA_NEW(boot, struct quiet_table, 1);
    struct sha256 hash = hash_sha256(text, len);
    struct tsv tsv;
    bool row = true;
    enum err err = tsv_open(boot, file, text, len, heading, &tsv, reterr_why);

    while (err == ERR_NONE && row) {
        err = tsv_next(&tsv, 9, &row, reterr_why);
        if (err != ERR_NONE || !row)
            break;
        if (table->count == QUIET_ROWS_MAX)
            return tsv_error(&tsv, reterr_why, "there are more than %d rows", QUIET_ROWS_MAX);
        err = row_parse(&tsv, &table->rows[table->count], reterr_why);
        if (err == ERR_NONE && find_row(table, tsv.cells[0], table->rows[table->count].channel))
            err = tsv_error(&tsv, reterr_why, "%s stands here twice", tsv.cells[0]);
        table->count++;
    }
    if (err == ERR_NONE)
        err = check_rows(table, file, reterr_why);
    if (err == ERR_NONE)
        err = holidays_load(
            boot, holidays_file, holidays, holidays_len, &table->holidays, reterr_why);
    if (err != ERR_NONE)
        return err;
    table->version = arena_format(boot, "quiet_hours_us@%.12s", hash_hex(boot, hash.bytes, 32));
    *ret_table = table;
    return ERR_NONE;
}

const char *quiet_hours_version(const struct quiet_table *table)
{
    return table->version;
}

/* ---- deciding ---- */

/* The rows that hold at a place: the federal floor, the state's own, and for recorded voice its
 * second one. A state without a row is treated as unknown. */
struct held {
    const struct quiet_row *rows[3];
    size_t count;
};

static struct held rows_of(const struct quiet_table *table, enum quiet_kind kind, const char *state)
{
    const struct quiet_row *own = find_row(table, state, ROW_SMS_VOICE);
    const struct quiet_row *recorded = find_row(table, state, ROW_ADAD);
    struct held held = {{table->federal}, 1};

    if (kind == QUIET_CARE)
        return held;
    held.rows[held.count++] = own ? own : table->unknown;
    if (kind == QUIET_RECORDED && recorded)
        held.rows[held.count++] = recorded;
    return held;
}

struct closed_days {
    struct day days[CLOSED_DAYS_MAX];
    size_t count;
};

static struct closed_days closed_days_of(const struct quiet_ask *ask)
{
    struct closed_days closed = {.count = 0};

    for (size_t i = 0; i < ask->closed_day_count && closed.count < CLOSED_DAYS_MAX; i++)
        if (day_parse(ask->closed_days[i], &closed.days[closed.count], NULL) == ERR_NONE)
            closed.count++;
    return closed;
}

static bool is_closed_day(const struct closed_days *closed, struct day day)
{
    for (size_t i = 0; i < closed->count; i++)
        if (closed->days[i].n == day.n)
            return true;
    return false;
}

static struct window row_window(
    const struct quiet_table *table, const struct quiet_row *row, struct day day)
{
    int weekday = day_weekday(day);
    struct window window = weekday == 0 ? row->sunday : weekday == 6 ? row->saturday : row->weekday;

    if (row->has_holiday && holidays_hold(table->holidays, row->state, day)) {
        if (row->holiday.start > window.start || row->holiday.start == row->holiday.end)
            window.start = row->holiday.start;
        if (row->holiday.end < window.end)
            window.end = row->holiday.end;
    }
    if (window.start >= window.end)
        window = (struct window){0, 0};
    return window;
}

struct day_window {
    struct window window;
    const struct quiet_row *row; /* the one that narrowed it last */
};

static struct day_window window_at(const struct quiet_table *table, enum quiet_kind kind,
    const struct closed_days *closed, const struct place *place, struct day day)
{
    struct held held = rows_of(table, kind, place->state);
    struct day_window most = {{0, MINUTES_OF_DAY}, NULL};

    for (size_t i = 0; i < held.count; i++) {
        struct window window = row_window(table, held.rows[i], day);

        if (!most.row || window.start > most.window.start || window.end < most.window.end)
            most.row = held.rows[i];
        if (window.start > most.window.start)
            most.window.start = window.start;
        if (window.end < most.window.end)
            most.window.end = window.end;
    }
    if (most.window.start >= most.window.end || (kind != QUIET_CARE && is_closed_day(closed, day)))
        most.window = (struct window){0, 0};
    return most;
}

/* The first moment at or after `now` at which this place is open. */
static bool place_next_open(const struct quiet_table *table, enum quiet_kind kind,
    const struct closed_days *closed, const struct place *place, struct instant now,
    struct instant *ret_open)
{
    struct day today = zone_day(place->zone, now);

    for (int i = 0; i < SEARCH_DAYS_MAX; i++) {
        struct day day = {today.n + i};
        struct window window = window_at(table, kind, closed, place, day).window;
        struct instant start, end;

        if (window.start == window.end)
            continue;
        start = zone_at(place->zone, day, window.start);
        end = window.end == MINUTES_OF_DAY ? zone_at(place->zone, (struct day){day.n + 1}, 0)
                                           : zone_at(place->zone, day, window.end);
        if (now.ms >= end.ms)
            continue;
        *ret_open = now.ms > start.ms ? now : start;
        return true;
    }
    return false;
}

/* Moves on to the latest of the places' next openings until all of them are open at once. */
static bool next_open(const struct quiet_table *table, const struct quiet_ask *ask,
    const struct closed_days *closed, struct instant now, struct instant *ret_open)
{
    struct instant at = now;

    for (int step = 0; step < SEARCH_STEPS_MAX; step++) {
        struct instant latest = at;

        for (size_t i = 0; i < ask->places->count; i++) {
            struct instant open;

            if (!place_next_open(table, ask->kind, closed, &ask->places->list[i], at, &open))
                return false;
            if (open.ms > latest.ms)
                latest = open;
        }
        if (latest.ms == at.ms) {
            *ret_open = at;
            return true;
        }
        at = latest;
    }
    return false;
}

static const char *rule_of(const struct quiet_table *table, enum quiet_kind kind,
    const struct day_window *day, bool closed_day)
{
    if (kind == QUIET_CARE)
        return "QH-12";
    if (closed_day)
        return "QH-5";
    if (day->row == table->unknown)
        return "QH-2";
    if (day->row->channel == ROW_ADAD)
        return "QH-6";
    if (day->window.start == day->window.end)
        return "QH-5";
    return day->row == table->federal ? "QH-1" : "QH-4";
}

struct quiet_answer quiet_hours_judge(
    const struct quiet_table *table, const struct quiet_ask *ask, struct instant now)
{
    struct closed_days closed = closed_days_of(ask);
    struct quiet_answer answer = {.open = true};

    assert(ask->places->count > 0);
    for (size_t i = 0; i < ask->places->count; i++) {
        const struct place *place = &ask->places->list[i];
        struct civil local = zone_civil(place->zone, now);
        struct day day = day_of(local.year, local.month, local.day);
        struct day_window today = window_at(table, ask->kind, &closed, place, day);
        int minute = local.hour * 60 + local.minute;
        bool open = minute >= today.window.start && minute < today.window.end;

        if (i > 0 && open)
            continue;
        answer.place = place;
        answer.local = local;
        answer.source = today.row->source;
        answer.rule = rule_of(table, ask->kind, &today, is_closed_day(&closed, day));
        answer.open = open;
        if (!open)
            break;
    }
    if (answer.open) {
        answer.has_next = true;
        answer.next_open = now;
        return answer;
    }
    answer.has_next = next_open(table, ask, &closed, now, &answer.next_open);
    return answer;
}

int quiet_hours_cap(const struct quiet_table *table, const struct places *places, bool per_week,
    const char **ret_state, const char **ret_source)
{
    int least = 0;

    for (size_t i = 0; i < places->count; i++) {
        const struct quiet_row *row = find_row(table, places->list[i].state, ROW_SMS_VOICE);
        int max;

        row = row ? row : table->unknown;
        max = per_week ? row->per_week_max : row->per_24h_max;
        if (!max || (least && max >= least))
            continue;
        least = max;
        *ret_state = row->state;
        *ret_source = row->source;
    }
    return least;
}
