#include "source/money.h"

#include <string.h>

enum { MONEY_BYTES_MAX = 48 };

/* Digits, '.' and ',' of an amount, without currency, blanks and signs. */
struct amount {
    char text[MONEY_BYTES_MAX];
    size_t len;
    bool negative;
};

static bool is_blank_at(struct str rest, size_t *ret_len)
{
    static const char *const blanks[] = {
        " ", "\t", "'", "\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x99"};
    for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++) {
        size_t len = strlen(blanks[i]);
        if (rest.len >= len && memcmp(rest.data, blanks[i], len) == 0) {
            *ret_len = len;
            return true;
        }
    }
    return false;
}

static bool is_currency_at(struct str rest, size_t *ret_len)
{
    static const char *const signs[] = {
        "$", "\xE2\x82\xAC", "\xC2\xA3", "USD", "CAD", "EUR", "GBP", "AUD", "US", "C$", "A$"};
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        size_t len = strlen(signs[i]);
        if (rest.len >= len && memcmp(rest.data, signs[i], len) == 0) {
            *ret_len = len;
            return true;
        }
    }
    return false;
}

static bool read_amount(struct str text, struct amount *ret_amount)
{
    struct str rest = str_trim(text);
    struct amount amount = {.len = 0};
    if (rest.len >= 2 && rest.data[0] == '(' && rest.data[rest.len - 1] == ')') {
        amount.negative = true;
        rest = (struct str){rest.data + 1, rest.len - 2};
    }
    while (rest.len > 0) {
        char c = rest.data[0];
        size_t len = 1;
        if (c == '-' && !amount.negative) {
            amount.negative = true;
        } else if ((c >= '0' && c <= '9') || c == '.' || c == ',') {
            if (amount.len + 1 >= sizeof(amount.text))
                return false;
            amount.text[amount.len++] = c;
        } else if (!(c == '+' && amount.len == 0) && !is_blank_at(rest, &len)
            && !is_currency_at(rest, &len)) {
            return false;
        }
        rest = (struct str){rest.data + len, rest.len - len};
    }
    *ret_amount = amount;
    return amount.len > 0;
}

static size_t count_of(const struct amount *amount, char c)
{
    size_t count = 0;
    for (size_t i = 0; i < amount->len; i++)
        count += amount->text[i] == c;
    return count;
}

/* '.' or ',' when the amount itself shows what parts the cents, else NUL. */
static char shown_point(const struct amount *amount)
{
    const char *dot = memrchr(amount->text, '.', amount->len);
    const char *comma = memrchr(amount->text, ',', amount->len);
    const char *last = dot > comma ? dot : comma;
    if (!last)
        return '\0';
    if (dot && comma)
        return *last;
    size_t after = amount->len - (size_t)(last - amount->text) - 1;
    return count_of(amount, *last) == 1 && after != 3 ? *last : '\0';
}

void money_tally_add(struct money_tally *tally, struct str text)
{
    struct amount amount;
    if (!read_amount(text, &amount))
        return;
    char point = shown_point(&amount);
    tally->comma += point == ',';
    tally->dot += point == '.';
}

bool money_tally_comma(const struct money_tally *tally)
{
    return tally->comma > tally->dot;
}

/* Thousands stand in groups of three. */
static bool groups_right(const struct amount *amount, size_t len, char group)
{
    size_t run = 0, groups = 0;
    for (size_t i = 0; i < len; i++) {
        if (amount->text[i] != group) {
            run++;
            continue;
        }
        if (groups ? run != 3 : run < 1 || run > 3)
            return false;
        groups++;
        run = 0;
    }
    return groups == 0 || run == 3;
}

bool money_parse(struct str text, bool comma, int64_t *ret_cents)
{
    struct amount amount;
    if (!read_amount(text, &amount))
        return false;
    char point = shown_point(&amount);
    if (!point)
        point = comma ? ',' : '.';
    char group = point == ',' ? '.' : ',';
    const char *at = memrchr(amount.text, point, amount.len);
    size_t whole = at ? (size_t)(at - amount.text) : amount.len;
    size_t fraction = at ? amount.len - whole - 1 : 0;
    if (fraction > 4 || count_of(&amount, point) > 1 || !groups_right(&amount, whole, group)
        || (at && memchr(at, group, fraction + 1)))
        return false;
    int64_t units = 0;
    for (size_t i = 0; i < whole; i++) {
        if (amount.text[i] != group)
            units = units * 10 + (amount.text[i] - '0');
        if (units > MONEY_CENTS_MAX)
            return false;
    }
    int64_t tenths_of_cents = 0;
    for (size_t i = 0; i < 3; i++)
        tenths_of_cents =
            tenths_of_cents * 10 + (i < fraction ? amount.text[whole + 1 + i] - '0' : 0);
    int64_t cents = units * 100 + (tenths_of_cents + 5) / 10;
    if (cents > MONEY_CENTS_MAX || (whole == 0 && fraction == 0))
        return false;
    *ret_cents = amount.negative ? -cents : cents;
    return true;
}
