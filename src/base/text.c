#include "base/text.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

struct str str_of(const char *text)
{
    return (struct str){.data = text ? text : "", .len = text ? strlen(text) : 0};
}

struct str str_trim(struct str str)
{
    for (;;) {
        if (str.len >= 1 && is_blank(str.data[0]))
            str = (struct str){str.data + 1, str.len - 1};
        else if (str.len >= 2 && memcmp(str.data, "\xC2\xA0", 2) == 0)
            str = (struct str){str.data + 2, str.len - 2};
        else if (str.len >= 1 && is_blank(str.data[str.len - 1]))
            str.len -= 1;
        else if (str.len >= 2 && memcmp(str.data + str.len - 2, "\xC2\xA0", 2) == 0)
            str.len -= 2;
        else
            return str;
    }
}

bool str_is(struct str str, const char *text)
{
    return str.len == strlen(text) && memcmp(str.data, text, str.len) == 0;
}

char *str_text(struct arena *arena, struct str str)
{
    return arena_text_n(arena, str.data, str.len);
}

bool text_is(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool text_is_any_case(const char *a, const char *b)
{
    if (!a || !b)
        return a == b;
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

bool text_is_blank(const char *text)
{
    return str_trim(str_of(text)).len == 0;
}

bool text_starts(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

bool text_ends(const char *text, const char *end)
{
    size_t text_len = strlen(text), end_len = strlen(end);
    return text_len >= end_len && memcmp(text + text_len - end_len, end, end_len) == 0;
}

enum { DISTANCE_BYTES_MAX = 128 }; /* longer texts are not misspellings of anything */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment (Damerau 1964), three rows of the table at a time. */
size_t text_distance(const char *a, const char *b, size_t limit)
{
    size_t a_len = strlen(a), b_len = strlen(b);
    if (a_len > DISTANCE_BYTES_MAX || b_len > DISTANCE_BYTES_MAX)
        return strcmp(a, b) == 0 ? 0 : limit + 1;
    size_t rows[3][DISTANCE_BYTES_MAX + 1];
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *above_2 = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            bool same = a[i - 1] == b[j - 1];
            row[j] = least(least(above[j] + 1, row[j - 1] + 1), above[j - 1] + !same);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], above_2[j - 2] + 1);
        }
    }
    return least(rows[a_len % 3][b_len], limit + 1);
}

static bool lower_copy(const char *text, char copy[DISTANCE_BYTES_MAX + 1])
{
    size_t len = strlen(text);
    if (len > DISTANCE_BYTES_MAX)
        return false;
    for (size_t i = 0; i <= len; i++)
        copy[i] = lower(text[i]);
    return true;
}

const char *text_nearest(const char *text, const char *const *names, size_t count)
{
    char wanted[DISTANCE_BYTES_MAX + 1], candidate[DISTANCE_BYTES_MAX + 1];
    if (!lower_copy(text, wanted))
        return NULL;
    size_t limit = strlen(text) < 3 ? 1 : strlen(text) / 3;
    const char *nearest = NULL;
    for (size_t i = 0; i < count && limit > 0; i++) {
        if (!lower_copy(names[i], candidate))
            continue;
        size_t distance = text_distance(wanted, candidate, limit);
        if (distance <= limit) {
            nearest = names[i];
            limit = distance ? distance - 1 : 0;
        }
    }
    return nearest;
}

bool text_to_int(const char *text, int64_t min, int64_t max, int64_t *ret_value)
{
    bool negative = *text == '-';
    if (*text == '-' || *text == '+')
        text++;
    if (!*text)
        return false;
    int64_t value = 0; /* kept negative: INT64_MIN has no positive twin */
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        if (__builtin_mul_overflow(value, 10, &value)
            || __builtin_sub_overflow(value, *text - '0', &value))
            return false;
    }
    if (!negative && __builtin_sub_overflow(0, value, &value))
        return false;
    if (value < min || value > max)
        return false;
    *ret_value = value;
    return true;
}

char *text_count(struct arena *arena, int64_t count, const char *noun)
{
    return arena_format(arena, "%" PRId64 " %s%s", count, noun, count == 1 ? "" : "s");
}

char *text_money(struct arena *arena, int64_t cents)
{
    uint64_t left = cents < 0 ? -(uint64_t)cents : (uint64_t)cents;
    char *text = arena_format(arena, ".%02" PRIu64, left % 100);

    for (left /= 100; left >= 1000; left /= 1000)
        text = arena_format(arena, ",%03" PRIu64 "%s", left % 1000, text);
    return arena_format(arena, "%s$%" PRIu64 "%s", cents < 0 ? "-" : "", left, text);
}
