#include "base/phone.h"

#include <assert.h>
#include <string.h>

#include "base/phone_int.h"
#include "base/text.h"

enum {
    WRITTEN_MAX = 96, /* characters looked at: no way of writing one number is longer */
    DIGITS_MAX = 15,  /* ITU-T E.164 section 6 */
    EXTENSION_MAX = 7
};

/* A number as it was written, in plain characters: digits, '+', lower-case letters, and '(', ')',
 * ' ', ',', ';', '=', '#', '/', '@' for what separates them. */
struct written {
    char text[WRITTEN_MAX + 1];
    bool too_long;
};

const char *phone_kind_name(enum phone_kind kind)
{
    switch (kind) {
    case PHONE_INVALID: return "invalid";
    case PHONE_MOBILE_OR_FIXED: return "mobile_or_fixed";
    case PHONE_FIXED: return "fixed";
    case PHONE_MOBILE: return "mobile";
    case PHONE_TOLL_FREE: return "toll_free";
    case PHONE_PREMIUM: return "premium";
    case PHONE_PERSONAL: return "personal";
    case PHONE_OTHER: return "other";
    }
    assert(!"a phone_kind beyond the last");
    return "";
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

/* One plain character for what was typed; 0 for what does not count. */
static char plain(uint32_t c)
{
    if (c >= 0xFF01 && c <= 0xFF5E) /* full-width forms mirror ASCII */
        c -= 0xFF01 - 0x21;
    if (c >= 0x660 && c <= 0x669)
        return (char)('0' + (c - 0x660));
    if (c >= 0x6F0 && c <= 0x6F9)
        return (char)('0' + (c - 0x6F0));
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    bool dash = (c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == '-' || c == '.' || c == '_';
    bool blank = c == 0xA0 || c == 0x3000 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F;
    if (dash || blank || (c >= '\t' && c <= '\r'))
        return ' ';
    if (c == '[' || c == '{')
        return '(';
    if (c == ']' || c == '}')
        return ')';
    /* Bidi marks, joiners and byte order marks are invisible; a spreadsheet marks text with '. */
    bool invisible = (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E)
        || (c >= 0x2060 && c <= 0x2069) || c == 0xFEFF || c == 0xAD || c == '\'' || c == '"';
    if (invisible)
        return 0;
    return c < 0x80 ? (char)c : '?';
}

/* 2125550123.0: what a spreadsheet makes of a column with a gap in it. */
static bool is_spreadsheet_number(struct str str)
{
    for (size_t i = 0; i + 2 < str.len; i++)
        if (!is_digit(str.data[i]))
            return false;
    return str.len > 2 && memcmp(str.data + str.len - 2, ".0", 2) == 0;
}

static struct written written_of(const char *text)
{
    struct written written = {0};
    struct str trimmed = str_trim(str_of(text));
    if (is_spreadsheet_number(trimmed))
        trimmed.len -= 2;
    const char *at = trimmed.data, *end = trimmed.data + trimmed.len;
    size_t len = 0;
    uint32_t code_point;
    while ((code_point = utf8_next(&at, end)) != 0) {
        char c = plain(code_point);
        if (len == WRITTEN_MAX) {
            written.too_long = true;
            break;
        }
        if (c)
            written.text[len++] = c;
    }
    while (len > 0 && written.text[len - 1] == ' ')
        written.text[--len] = '\0';
    return written;
}

/* Takes ";phone-context=+1" and other parameters of a tel: address off (RFC 3966). */
static void cut_tel(struct written *written)
{
    char *text = written->text;
    if (!text_starts(text, "tel:"))
        return;
    memmove(text, text + 4, strlen(text + 4) + 1);
    const char *context = strstr(text, ";phone context=+");
    char prefix[8] = "";
    if (context && *text != '+') {
        const char *digits = context + strlen(";phone context=");
        size_t len = 1 + strspn(digits + 1, "0123456789");
        if (len < sizeof prefix)
            memcpy(prefix, digits, len);
    }
    char *parameters = strchr(text, ';');
    if (parameters && !text_starts(parameters, ";ext="))
        *parameters = '\0';
    size_t prefix_len = strlen(prefix), len = strlen(text);
    if (prefix_len + len <= WRITTEN_MAX) {
        memmove(text + prefix_len, text, len + 1);
        memcpy(text, prefix, prefix_len);
    }
}

/* "ext. 12", "x12", "#12", ",,12", ";ext=12" at the end. */
static void cut_extension(struct written *written, char ret_extension[12])
{
    static const char *const marks[] = {
        ";ext=", "extension", "extn", "ext", "x", "#", ",,", "int", "poste"};
    char *text = written->text;
    size_t len = strlen(text), digits = 0;
    if (len > 1 && text[len - 1] == '#') /* "310-456-7890,,12#", as one dials it */
        text[--len] = '\0';
    while (digits < len && is_digit(text[len - 1 - digits]))
        digits++;
    if (digits == 0 || digits > EXTENSION_MAX)
        return;
    size_t before = len - digits;
    while (before > 0 && (text[before - 1] == ' ' || text[before - 1] == ':'))
        before--;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t mark_len = strlen(marks[i]);
        if (before <= mark_len || memcmp(text + before - mark_len, marks[i], mark_len) != 0)
            continue;
        size_t at = before - mark_len;
        if (is_letter(*marks[i]) && is_letter(text[at - 1]))
            continue; /* the end of a longer word */
        memcpy(ret_extension, text + len - digits, digits + 1);
        text[at] = '\0';
        return;
    }
}

/* "(mobile)", "cell", "h": what people add behind a number. Other words stay and are refused. */
static void cut_label(struct written *written)
{
    static const char *const labels[] = {"mobile", "cell", "cellphone", "home", "work", "office",
        "phone", "landline", "main", "day", "evening", "text", "preferred"};
    char *text = written->text;
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == ' ')
        text[--len] = '\0';
    if (len > 0 && text[len - 1] == ')') {
        char *open = strrchr(text, '(');
        if (open && open > text && strcspn(open, "0123456789") == strlen(open))
            *open = '\0';
        return;
    }
    size_t start = len;
    while (start > 0 && is_letter(text[start - 1]))
        start--;
    if (start == len || start == 0 || text[start - 1] != ' ')
        return;
    bool label = len - start <= 2;
    for (size_t i = 0; i < sizeof labels / sizeof *labels && !label; i++)
        label = text_is(text + start, labels[i]);
    if (label)
        text[start - 1] = '\0';
}

static char keypad(char letter)
{
    static const char keys[] = "22233344455566677778889999";
    return keys[letter - 'a'];
}

/* Only toll-free numbers are advertised in letters: "1800FLOWERS". */
static bool is_vanity(const char *digits, size_t count)
{
    size_t at = count > 0 && digits[0] == '1';
    return count >= at + 3 && digits[at] == '8' && digits[at + 1] == digits[at + 2];
}

/* The digits of what is left, a leading '+' kept; NULL or why they are no number. */
static const char *take_digits(const char *text, bool *ret_plus, char ret_digits[WRITTEN_MAX + 1])
{
    if (strchr(text, '@'))
        return "a mail address";
    const char *at = text + strcspn(text, "+0123456789"); /* "Jane 212...", "cell: 212..." */
    size_t count = 0;
    bool plus = *at == '+';
    for (at += plus; *at; at++) {
        if (is_digit(*at))
            ret_digits[count++] = *at;
        else if (is_letter(*at) && is_vanity(ret_digits, count))
            ret_digits[count++] = keypad(*at);
        else if (is_letter(*at))
            return "letters in the number";
        else if (!strchr(" ()/,;*=:", *at))
            return "signs that no number has";
    }
    ret_digits[count] = '\0';
    if (count == 0)
        return "no digits";
    *ret_plus = plus;
    return NULL;
}

static struct phone refused(const char *reason)
{
    return (struct phone){.kind = PHONE_INVALID, .reason = reason};
}

static enum phone_kind nanp_kind(const char *number)
{
    static const char *const toll_free[] = {"800", "833", "844", "855", "866", "877", "888"};
    for (size_t i = 0; i < sizeof toll_free / sizeof *toll_free; i++)
        if (memcmp(number, toll_free[i], 3) == 0)
            return PHONE_TOLL_FREE;
    if (memcmp(number, "900", 3) == 0)
        return PHONE_PREMIUM;
    static const char personal[] =
        "500 521 522 523 524 525 526 527 528 529 532 533 544 566 577 588 622 633 ";
    for (const char *at = personal; *at; at += 4)
        if (memcmp(number, at, 3) == 0)
            return PHONE_PERSONAL;
    return memcmp(number, "600", 3) == 0 ? PHONE_OTHER : PHONE_INVALID;
}

static bool is_one_digit_repeated(const char *number)
{
    return strspn(number, (const char[]){number[0], '\0'}) == strlen(number);
}

static bool is_nanp_placeholder(const char *number)
{
    return is_one_digit_repeated(number) || text_is(number, "1234567890")
        || text_is(number, "0123456789") || text_is(number, "9876543210")
        || text_ends(number, "0000000");
}

/* `number`: the ten digits after +1. */
static struct phone nanp_phone(const char *number)
{
    size_t len = strlen(number);
    if (len == 7)
        return refused("the area code is missing");
    if (len < 10)
        return refused("too short");
    if (len > 10)
        return refused("too long");
    if (is_nanp_placeholder(number))
        return refused("a placeholder");
    const char *exchange = number + 3;
    const char *country = phone_area_country(number);
    enum phone_kind kind = country ? PHONE_MOBILE_OR_FIXED : nanp_kind(number);
    if (kind == PHONE_INVALID)
        return refused("no such area code");
    if (exchange[0] < '2' || (exchange[1] == '1' && exchange[2] == '1'))
        return refused("no such exchange within the area code");
    struct phone phone = {.valid = true, .kind = kind};
    phone.e164[0] = '+';
    phone.e164[1] = '1';
    memcpy(phone.e164 + 2, number, 10);
    if (!country && number[0] == '6') /* Canada's own numbers without a place */
        country = "CA";
    memcpy(phone.country, country ? country : "US", 3);
    return phone;
}

static enum phone_kind plan_kind(const struct phone_plan *plan, const char *number)
{
    if (!plan->mobile)
        return PHONE_MOBILE_OR_FIXED;
    for (const char *at = plan->mobile; *at;) {
        size_t len = strcspn(at, " ");
        if (strncmp(number, at, len) == 0)
            return PHONE_MOBILE;
        at += len + (at[len] == ' ');
    }
    return PHONE_FIXED;
}

static struct phone plan_phone(const struct phone_plan *plan, const char *number)
{
    size_t len = strlen(number);
    if (plan->trunk[0] == '0' && *number == '0')
        return refused("more than one leading zero");
    if (len < plan->len_min)
        return refused("too short");
    if (len > plan->len_max || len + strlen(plan->calling_code) > DIGITS_MAX)
        return refused("too long");
    if (is_one_digit_repeated(number))
        return refused("a placeholder");
    struct phone phone = {.valid = true, .kind = plan_kind(plan, number)};
    phone.e164[0] = '+';
    size_t code_len = strlen(plan->calling_code);
    memcpy(phone.e164 + 1, plan->calling_code, code_len);
    memcpy(phone.e164 + 1 + code_len, number, len + 1);
    memcpy(phone.country, plan->country, sizeof plan->country);
    return phone;
}

/* Digits behind a '+'. "+44 (0)20 ..." keeps a trunk prefix that belongs to the national form. */
static struct phone international_phone(const char *digits)
{
    if (*digits == '1')
        return nanp_phone(digits + 1);
    const struct phone_plan *plan = phone_plan_of_number(digits);
    if (!plan)
        return refused("no such country code");
    const char *number = digits + strlen(plan->calling_code);
    if (plan->trunk[0] == '0' && *number == '0')
        number +=
            strlen(plan->trunk) == 1 || text_starts(number, plan->trunk) ? strlen(plan->trunk) : 0;
    return plan_phone(plan, number);
}

static struct phone national_phone(const char *digits, const char *region)
{
    if (phone_region_is_nanp(region)) {
        if (text_starts(digits, "011"))
            return international_phone(digits + 3);
        return nanp_phone(*digits == '1' && strlen(digits) == 11 ? digits + 1 : digits);
    }
    const struct phone_plan *plan = phone_plan_of_region(region);
    if (!plan)
        return refused("the country code is missing");
    const char *exit_code = text_is(region, "AU") ? "0011" : text_is(region, "JP") ? "010" : "00";
    if (text_starts(digits, exit_code))
        return international_phone(digits + strlen(exit_code));
    if (plan->trunk[0] && text_starts(digits, plan->trunk))
        digits += strlen(plan->trunk);
    return plan_phone(plan, digits);
}

struct phone phone_parse(const char *text, const char *region)
{
    struct written written = written_of(text);
    if (written.too_long)
        return refused("too long");
    char extension[12] = "", digits[WRITTEN_MAX + 1] = "";
    bool plus = false;
    cut_tel(&written);
    cut_extension(&written, extension);
    cut_label(&written);
    const char *reason = take_digits(written.text, &plus, digits);
    if (reason)
        return refused(reason);
    if (strlen(digits) > DIGITS_MAX + 4)
        return refused("more than one number");
    char wanted[3] = "US";
    if (region && strlen(region) == 2)
        for (size_t i = 0; i < 2; i++)
            wanted[i] = region[i] >= 'a' && region[i] <= 'z' ? (char)(region[i] - 32) : region[i];
    struct phone phone = plus ? international_phone(digits) : national_phone(digits, wanted);
    if (phone.valid)
        memcpy(phone.extension, extension, sizeof extension);
    return phone;
}
