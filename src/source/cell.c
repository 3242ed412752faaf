/* cell.c: one cell into one field: checked, then read by the field's type. */
#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/phone.h"
#include "base/zone.h"
#include "source/source_int.h"
#include "source/word.h"

enum {
    TEXT_BYTES_MAX = 500, /* names, services, streets: longer is a note in the wrong column */
    ID_BYTES_MAX = 200,
    TAGS_BYTES_MAX = 4000
};

/* ---- taking ---- */

static bool has_replacement(const char *text, size_t len)
{
    return memmem(text, len, "\xEF\xBF\xBD", 3) != NULL;
}

/* ="00123" is how exports keep a spreadsheet from eating zeros. */
static struct str unwrap(struct str text)
{
    if (text.len >= 4 && text.data[0] == '=' && text.data[1] == '"'
        && text.data[text.len - 1] == '"' && !memchr(text.data + 2, '"', text.len - 3))
        return str_trim((struct str){text.data + 2, text.len - 3});
    return text;
}

/* What a spreadsheet would run instead of show. A sign alone begins many an honest text. */
static bool is_formula(struct str text, bool free_text)
{
    if (text.len < 2)
        return false;
    if (text.data[0] == '=' || text.data[0] == '@')
        return true;
    bool sign = text.data[0] == '+' || text.data[0] == '-';
    if (!sign || !free_text)
        return false;
    bool letter = (text.data[1] | 0x20) >= 'a' && (text.data[1] | 0x20) <= 'z';
    return memchr(text.data, '|', text.len) || memchr(text.data, '(', text.len)
        || (letter && text.data[0] == '+') || memchr(text.data, '!', text.len);
}

static size_t bytes_max(int column)
{
    if (column == FIELD_TAGS)
        return TAGS_BYTES_MAX;
    return column == FIELD_ID || column == FIELD_PATIENT_ID ? ID_BYTES_MAX : TEXT_BYTES_MAX;
}

/* Line ends and tabs inside a cell are blanks here; runs of blanks are one. */
static char *plain(struct arena *arena, struct str text)
{
    char *out = arena_text_n(arena, text.data, text.len);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = (unsigned char)out[i] < 0x20 || out[i] == 0x7F ? ' ' : out[i];
        if (c != ' ' || (len > 0 && out[len - 1] != ' '))
            out[len++] = c;
    }
    while (len > 0 && out[len - 1] == ' ')
        len--;
    out[len] = '\0';
    return out;
}

static const char *check_cell(struct row_maker *maker, int column, struct str text, bool free_text)
{
    if (memchr(text.data, '\0', text.len)) {
        row_warn(maker, column, SOURCE_NUL_BYTE, "a NUL byte is in this cell, leaving it out");
        return NULL;
    }
    if (has_replacement(text.data, text.len)) {
        row_warn(maker, column, SOURCE_BAD_ENCODING,
            "bytes in this cell are no text in the file's encoding, leaving it out; export as "
            "UTF-8");
        return NULL;
    }
    struct str shown = unwrap(str_trim(text));
    if (is_formula(shown, free_text)) {
        row_warn(maker, column, SOURCE_FORMULA,
            "this cell begins like a spreadsheet formula, leaving it out");
        return NULL;
    }
    if (shown.len > bytes_max(column)) {
        row_warn(maker, column, SOURCE_TOO_LONG,
            "this cell is too long for its field, leaving it "
            "out");
        return NULL;
    }
    return column == FIELD_TAGS ? arena_text_n(maker->arena, shown.data, shown.len)
                                : plain(maker->arena, shown);
}

const char *cell_take(struct row_maker *maker, int column, bool free_text)
{
    const int *cells = maker->plan->cells[column];
    for (int i = 0; i < ALTERNATIVES_MAX && cells[i] >= 0; i++) {
        if ((size_t)cells[i] >= maker->record->count)
            continue;
        const struct csv_cell *cell = &maker->record->cells[cells[i]];
        struct str text = str_trim((struct str){cell->data, cell->len});
        if (text.len == 0)
            continue;
        const char *taken = check_cell(maker, column, text, free_text);
        if (taken && *taken)
            return taken;
    }
    return column < FIELD_MAX ? mapping_default(maker->plan->mapping, (enum record_field)column)
                              : NULL;
}

/* ---- flags ---- */

static bool is_consent(enum record_field field)
{
    return field == FIELD_EMAIL_CONSENT || field == FIELD_SMS_CONSENT
        || field == FIELD_VOICE_CONSENT || field == FIELD_PHI_MARKETING_AUTH;
}

/* Fields whose unclear words are read as yes: to stop wrongly costs a message, to go on a right. */
static bool is_stop(enum record_field field)
{
    return field == FIELD_MARKETING_OPT_OUT || field == FIELD_SMS_OPT_OUT
        || field == FIELD_EMAIL_UNSUBSCRIBED || field == FIELD_VOICE_OPT_OUT
        || field == FIELD_BILLING_DISPUTE || field == FIELD_CLINICAL_CONCERN
        || field == FIELD_DECEASED || field == FIELD_STAFF_OR_FAMILY;
}

static enum record_field opt_out_of(enum record_field consent)
{
    if (consent == FIELD_EMAIL_CONSENT)
        return FIELD_EMAIL_UNSUBSCRIBED;
    if (consent == FIELD_SMS_CONSENT)
        return FIELD_SMS_OPT_OUT;
    return consent == FIELD_VOICE_CONSENT ? FIELD_VOICE_OPT_OUT : FIELD_MAX;
}

/* A mark, or a dash: signs that have no letters. */
static bool sign_flag(const char *text, enum flag *ret_flag)
{
    static const struct {
        const char *sign;
        enum flag flag;
    } signs[] = {{"\xE2\x9C\x93", FLAG_YES}, {"\xE2\x9C\x94", FLAG_YES}, {"\xE2\x98\x91", FLAG_YES},
        {"\xE2\x9C\x85", FLAG_YES}, {"\xE2\x9C\x97", FLAG_NO}, {"\xE2\x9C\x98", FLAG_NO},
        {"\xE2\x98\x90", FLAG_NO}, {"\xE2\x9D\x8C", FLAG_NO}, {"-", FLAG_UNKNOWN},
        {"--", FLAG_UNKNOWN}, {"?", FLAG_UNKNOWN}, {"\xE2\x80\x93", FLAG_UNKNOWN},
        {"\xE2\x80\x94", FLAG_UNKNOWN}, {".", FLAG_UNKNOWN}};
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (text_is(text, signs[i].sign)) {
            *ret_flag = signs[i].flag;
            return true;
        }
    }
    return false;
}

static void fill_unclear(struct row_maker *maker, enum record_field field, const char *text)
{
    struct date_parts parts;
    bool dated = date_scan(str_of(text), &parts) && parts.shape != DATE_CLOCK;
    if (is_stop(field)) {
        maker->row.values[field] = "yes";
        if (!dated && field != FIELD_STAFF_OR_FAMILY)
            row_warn(maker, (int)field, SOURCE_BAD_STATUS,
                "neither yes nor no, taking it as yes to be safe; write Y or N");
        return;
    }
    row_warn(maker, (int)field, SOURCE_BAD_STATUS,
        is_consent(field) ? "not a clear yes, so it counts as no consent; write Y or N"
                          : "neither yes nor no, ignoring it; write Y or N");
}

static void fill_flag(struct row_maker *maker, enum record_field field, const char *text)
{
    enum flag flag;
    const char *key = text_key(maker->arena, text);
    const char *told = mapping_value(maker->plan->mapping, field, key);
    if (told)
        key = text_key(maker->arena, told);
    bool known = sign_flag(text, &flag) || word_flag(key, &flag);
    if (!known) {
        fill_unclear(maker, field, text);
        return;
    }
    bool consent = is_consent(field);
    switch (flag) {
    case FLAG_YES: maker->row.values[field] = "yes"; break;
    case FLAG_NO: maker->row.values[field] = "no"; break;
    case FLAG_IN: maker->row.values[field] = is_stop(field) ? "no" : "yes"; break;
    case FLAG_OUT:
        maker->row.values[field] = consent ? "no" : "yes";
        if (consent && opt_out_of(field) != FIELD_MAX)
            maker->row.values[opt_out_of(field)] = "yes";
        break;
    case FLAG_UNKNOWN: break;
    }
}

/* ---- days and instants ---- */

bool cell_date(
    struct row_maker *maker, int column, struct date_parts *ret_parts, enum date_order *ret_order)
{
    const char *text = cell_take(maker, column, false);
    if (!text)
        return false;
    if (!date_scan(str_of(text), ret_parts)) {
        enum flag flag;
        if (!word_flag(text_key(maker->arena, text), &flag) && !sign_flag(text, &flag))
            row_warn(maker, column, SOURCE_BAD_DATE,
                "this is no date or time that can be read, ignoring it; write 2026-01-31");
        return false;
    }
    *ret_order = maker->plan->headings[maker->plan->cells[column][0]].order;
    return true;
}

static bool right_birth(const struct row_maker *maker, struct day day)
{
    int year, month, born_year, born_month, n;
    day_split(maker->import->today, &year, &month, &n);
    day_split(day, &born_year, &born_month, &n);
    return day.n <= maker->import->today.n && year - born_year <= AGE_YEARS_MAX;
}

static void fill_day(struct row_maker *maker, enum record_field field)
{
    struct date_parts parts;
    enum date_order order;
    struct day day;
    if (!cell_date(maker, (int)field, &parts, &order))
        return;
    bool birth = field == FIELD_BIRTH_DATE;
    if (!date_day(&parts, order, birth ? CENTURY_BIRTH : CENTURY_NEAR, maker->import->today, &day)
        || (birth && !right_birth(maker, day))) {
        row_warn(maker, (int)field, SOURCE_BAD_DATE,
            parts.no_year ? "this date has no year, ignoring it"
                : birth   ? "nobody was born on this date, ignoring it"
                          : "there is no such day, ignoring it");
        return;
    }
    maker->row.values[field] = day_format(maker->arena, day);
}

static void fill_instant(struct row_maker *maker, enum record_field field)
{
    struct date_parts parts;
    enum date_order order;
    struct instant instant;
    if (!cell_date(maker, (int)field, &parts, &order))
        return;
    if (!date_instant(&parts, order, maker->import->today, maker->plan->zone, &instant)) {
        if (parts.shape != DATE_CLOCK)
            row_warn(maker, (int)field, SOURCE_BAD_DATE, "there is no such day, ignoring it");
        return;
    }
    maker->row.values[field] = arena_format(maker->arena, "%lld", (long long)instant.ms);
}

/* ---- phones and mail ---- */

/* Two numbers in one cell: the first that can be reached. */
static struct phone first_phone(struct arena *arena, const char *text, bool *ret_several)
{
    static const char *const marks[] = {"/", ";", ",", " or ", " and ", "|", "&"};
    struct phone phone = phone_parse(text, "US");
    *ret_several = false;
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]) && !phone.valid; i++) {
        const char *at = text, *mark;
        while (!phone.valid && (mark = strstr(at, marks[i]))) {
            phone = phone_parse(arena_text_n(arena, at, (size_t)(mark - at)), "US");
            at = mark + strlen(marks[i]);
            *ret_several = true;
        }
        if (!phone.valid && at != text)
            phone = phone_parse(at, "US");
    }
    return phone;
}

static bool is_personal(enum phone_kind kind)
{
    switch (kind) {
    case PHONE_MOBILE_OR_FIXED:
    case PHONE_FIXED:
    case PHONE_MOBILE:
    case PHONE_OTHER: return true;
    case PHONE_INVALID:
    case PHONE_TOLL_FREE:
    case PHONE_PREMIUM:
    case PHONE_PERSONAL: break;
    }
    return false;
}

void cell_phone(struct row_maker *maker, int column, enum record_field field, bool textable)
{
    const char *text = cell_take(maker, column, false);
    enum flag flag;
    bool several = false;
    if (!text || maker->row.values[field] || sign_flag(text, &flag)
        || (word_flag(text_key(maker->arena, text), &flag) && strlen(text) < 10))
        return;
    struct phone phone = first_phone(maker->arena, text, &several);
    if (!phone.valid || !is_personal(phone.kind)) {
        row_warn(maker, column, SOURCE_BAD_PHONE,
            arena_format(maker->arena,
                "no number of a person (%s), ignoring it; correct it in the booking system",
                phone.valid ? phone_kind_name(phone.kind) : phone.reason));
        return;
    }
    if (several)
        row_warn(maker, column, SOURCE_BAD_PHONE,
            "two numbers are in this cell, taking the first; give each its own column");
    bool fixed = phone.kind == PHONE_FIXED || phone.extension[0];
    if (textable && fixed) {
        row_warn(maker, column, SOURCE_LANDLINE,
            phone.extension[0] ? "a number with an extension cannot be texted, keeping it for calls"
                               : "a landline cannot be texted, keeping it for calls");
        field = maker->row.values[FIELD_HOME_PHONE] ? FIELD_WORK_PHONE : FIELD_HOME_PHONE;
    }
    if (!maker->row.values[field])
        maker->row.values[field] = arena_text(maker->arena, phone.e164);
}

/* What desks type where an address is asked for. */
static bool is_filler(const char *email)
{
    static const char *const locals[] = {"none", "no", "na", "n/a", "noemail", "no-email",
        "no.email", "no_email", "nomail", "noreply", "no-reply", "unknown", "declined", "refused",
        "noname", "donthave", "nobody", "fake", "nope"};
    size_t len = strcspn(email, "@");
    for (size_t i = 0; i < sizeof(locals) / sizeof(locals[0]); i++) {
        if (strlen(locals[i]) == len && memcmp(locals[i], email, len) == 0)
            return true;
    }
    return false;
}

static void fill_email(struct row_maker *maker, enum record_field field, const char *text)
{
    char email[255];
    enum flag flag;
    if (sign_flag(text, &flag) || word_flag(text_key(maker->arena, text), &flag))
        return;
    if (!email_parse(text, email)) {
        row_warn(maker, (int)field, SOURCE_BAD_EMAIL,
            "this is no mail address, ignoring it; correct it in the booking system");
        return;
    }
    char *lower = text_lower(maker->arena, email);
    if (is_filler(lower)) {
        row_warn(maker, (int)field, SOURCE_BAD_EMAIL,
            "this is a filler, nobody's mail address, ignoring it");
        return;
    }
    maker->row.values[field] = lower;
}

/* ---- numbers ---- */

/* Minutes of "45", "45 min", "1h 30m", "1.5 h", "1:30", "0:45:00". */
static bool cell_duration(const char *text, int64_t *ret_minutes)
{
    enum { DAY_MINUTES = 24 * 60 };
    double minutes = 0, parts[3] = {0};
    size_t count = 0;
    bool clock = strchr(text, ':') != NULL;
    for (const char *at = text; *at;) {
        double number = 0, unit = 1;
        if (*at < '0' || *at > '9') {
            at++;
            continue;
        }
        for (; *at >= '0' && *at <= '9' && number < 100000; at++)
            number = number * 10 + (*at - '0');
        for (at += *at == '.'; *at >= '0' && *at <= '9' && at[-1] != ':'; at++)
            number += (unit /= 10) * (*at - '0');
        while (*at == ' ')
            at++;
        char letter = (char)(*at | 0x20);
        minutes += letter == 'h' ? number * 60 : letter == 's' ? 0 : number;
        if (count < 3)
            parts[count++] = number;
    }
    if (clock)
        minutes = parts[0] * 60 + parts[1];
    *ret_minutes = (int64_t)(minutes + 0.5);
    return count > 0 && minutes >= 1 && minutes <= DAY_MINUTES;
}

static void fill_count(struct row_maker *maker, enum record_field field, const char *text)
{
    enum { COUNT_MAX = 100000000 };
    int64_t value = 0;
    bool read = false;
    if (field == FIELD_DURATION_MIN) {
        read = cell_duration(text, &value);
    } else {
        int64_t cents = 0; /* "1,200", "1200.0": amounts read the same way */
        read = money_parse(str_of(text), false, &cents) && cents >= 0 && cents / 100 <= COUNT_MAX;
        value = cents / 100;
    }
    if (read)
        maker->row.values[field] = arena_format(maker->arena, "%lld", (long long)value);
}

static void fill_money(struct row_maker *maker, enum record_field field, const char *text)
{
    const struct heading *heading = &maker->plan->headings[maker->plan->cells[field][0]];
    int64_t cents = 0;
    enum flag flag;
    if (money_parse(str_of(text), money_tally_comma(&heading->amounts), &cents))
        maker->row.values[field] = arena_format(maker->arena, "%lld", (long long)cents);
    else if (!sign_flag(text, &flag) && !word_flag(text_key(maker->arena, text), &flag))
        row_warn(maker, (int)field, SOURCE_BAD_MONEY,
            "this is no amount of money, ignoring it; write 1234.50");
}

/* ---- words ---- */

typedef const char *word_fn(const char *key);

static word_fn *words_of(enum record_field field)
{
    switch ((int)field) {
    case FIELD_GENDER: return word_gender;
    case FIELD_PREFERRED_LANGUAGE: return word_language;
    case FIELD_PREFERRED_CHANNEL: return word_channel;
    case FIELD_MEMBERSHIP_STATUS: return word_membership_status;
    case FIELD_RECORD_STATUS: return word_record_status;
    default: return NULL;
    }
}

static void fill_word(struct row_maker *maker, enum record_field field, const char *text)
{
    word_fn *words = words_of(field);
    enum flag flag;
    const char *key = text_key(maker->arena, text);
    const char *told = mapping_value(maker->plan->mapping, field, key);
    if (told)
        key = text_key(maker->arena, told);
    const char *word =
        words ? words(key) : arena_text(maker->arena, text_lower(maker->arena, text));
    if (word) {
        maker->row.values[field] = text_is(word, "none") ? NULL : word;
        return;
    }
    /* A language nobody lists here is still no English: kept by its own name. */
    bool blank = sign_flag(text, &flag) || (word_flag(key, &flag) && flag == FLAG_UNKNOWN);
    if (!blank)
        row_warn(maker, (int)field, SOURCE_BAD_STATUS,
            "this word is not understood, ignoring it; say what it means with --map");
}

/* ---- texts ---- */

static const char *fill_zip(struct row_maker *maker, const char *text)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 4 && (text[4] == '\0' || text[4] == '-'))
        return arena_format(maker->arena, "0%.4s", text); /* a spreadsheet ate the zero */
    if (digits == 9 && text[9] == '\0')
        return arena_text_n(maker->arena, text, 5);
    return digits == 5 && (text[5] == '-' || text[5] == ' ' || text[5] == '\0')
        ? arena_text_n(maker->arena, text, 5)
        : text;
}

/* Tags parted by comma, semicolon, bar or line end, each once. */
static const char *fill_tags(struct row_maker *maker, const char *text)
{
    struct buf tags;
    buf_init(&tags, maker->arena);
    for (const char *at = text; *at;) {
        size_t len = strcspn(at, ",;|\r\n");
        struct str tag = str_trim((struct str){at, len});
        if (tag.len > 0) {
            if (tags.len > 0)
                buf_add_char(&tags, '\n');
            buf_add_n(&tags, tag.data, tag.len);
        }
        at += len + (at[len] != '\0');
    }
    return tags.len ? tags.data : NULL;
}

static const char *fill_time_zone(struct row_maker *maker, const char *text)
{
    const struct zone *zone = NULL;
    if (zones_find(maker->import->options.zones, text, &zone, NULL) == ERR_NONE)
        return text;
    row_warn(maker, FIELD_TIME_ZONE, SOURCE_BAD_STATUS,
        "there is no time zone of that name, ignoring it; write America/Chicago");
    return NULL;
}

static void fill_text(struct row_maker *maker, enum record_field field, const char *text)
{
    const char *key = text_key(maker->arena, text);
    const char *told = mapping_value(maker->plan->mapping, field, key);
    const char *value = told ? told : text;
    switch ((int)field) {
    case FIELD_STATE:
        value = word_state(text_key(maker->arena, value))
            ? word_state(text_key(maker->arena, value))
            : value;
        break;
    case FIELD_COUNTRY: value = word_country(key) ? word_country(key) : value; break;
    case FIELD_ZIP: value = fill_zip(maker, value); break;
    case FIELD_TAGS: value = fill_tags(maker, value); break;
    case FIELD_TIME_ZONE: value = fill_time_zone(maker, value); break;
    case FIELD_PROVIDER:
    case FIELD_PREFERRED_PROVIDER:
        value += strspn(value, "* "); /* Jane marks staff who left */
        break;
    default: break;
    }
    maker->row.values[field] = value && *value ? value : NULL;
}

void cell_fill(struct row_maker *maker, enum record_field field)
{
    enum field_type type = field_fact(field)->type;
    bool told =
        has_column(maker->plan, (int)field) || mapping_default(maker->plan->mapping, field) != NULL;
    if (!told || maker->row.values[field])
        return;
    if (type == FIELD_DAY || type == FIELD_INSTANT) {
        if (type == FIELD_DAY)
            fill_day(maker, field);
        else
            fill_instant(maker, field);
        return;
    }
    if (type == FIELD_PHONE) {
        cell_phone(maker, (int)field, field, field == FIELD_MOBILE_PHONE);
        return;
    }
    const char *text = cell_take(maker, (int)field, type == FIELD_TEXT);
    if (!text)
        return;
    if (type == FIELD_FLAG)
        fill_flag(maker, field, text);
    else if (type == FIELD_MONEY)
        fill_money(maker, field, text);
    else if (type == FIELD_COUNT)
        fill_count(maker, field, text);
    else if (type == FIELD_EMAIL)
        fill_email(maker, field, text);
    else if (type == FIELD_WORD)
        fill_word(maker, field, text);
    else
        fill_text(maker, field, text);
}
