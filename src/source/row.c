/* row.c: a record of a file as a row of canonical fields, or the reason why it cannot be one. */
#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/zone.h"
#include "source/source_int.h"
#include "source/word.h"

void row_warn(struct row_maker *maker, int column, enum source_code code, const char *message)
{
    if (!maker->quiet)
        issue_add(maker->import, &maker->plan->report->warnings, maker->record->row,
            column_heading(maker->plan, column), code, message);
}

void row_reject(struct row_maker *maker, int column, enum source_code code, const char *message)
{
    maker->rejected = true;
    issue_add(maker->import, &maker->plan->report->rejected, maker->record->row,
        column_heading(maker->plan, column), code, message);
}

/* ---- ids ---- */

/* 1.23457E+10: what a spreadsheet leaves of a long number. */
static bool is_eaten(const char *text)
{
    size_t digits = strspn(text, "0123456789.,");
    return digits >= 3 && (text[digits] == 'E' || text[digits] == 'e') && text[digits + 1] == '+'
        && strspn(text + digits + 2, "0123456789") == strlen(text + digits + 2);
}

static const char *take_id(struct row_maker *maker, int column)
{
    const char *text = cell_take(maker, column, false);
    if (text && is_eaten(text)) {
        row_reject(maker, column, SOURCE_NO_ID,
            "a spreadsheet has turned this id into a rounded number; export again and import the "
            "file without opening it");
        return NULL;
    }
    return text;
}

/* "acuity:9f86d081884c": the same texts give the same id in every import. */
static const char *made_id(struct row_maker *maker, const char *a, const char *b, const char *c)
{
    enum { KEPT_BYTES = 8 };
    char *text = arena_format(maker->arena, "%s\n%s\n%s", a ? a : "", b ? b : "", c ? c : "");
    struct sha256 digest = hash_sha256(text, strlen(text));
    return arena_format(maker->arena, "%s:%s", maker->plan->kind->platform,
        hash_hex(maker->arena, digest.bytes, KEPT_BYTES));
}

/* Where an export has no patient ids: a name, with a way to reach it where there is one. */
static const char *id_by_name(struct row_maker *maker)
{
    const char *const *values = maker->row.values;
    const char *first = values[FIELD_FIRST_NAME], *last = values[FIELD_LAST_NAME];
    const char *way = values[FIELD_MOBILE_PHONE] ? values[FIELD_MOBILE_PHONE]
        : values[FIELD_EMAIL_ADDRESS]            ? values[FIELD_EMAIL_ADDRESS]
        : values[FIELD_HOME_PHONE]               ? values[FIELD_HOME_PHONE]
                                                 : values[FIELD_BIRTH_DATE];
    if (!first && !last)
        return NULL;
    char *name = text_key(
        maker->arena, arena_format(maker->arena, "%s %s", first ? first : "", last ? last : ""));
    return *name ? made_id(maker, "person", name, way) : NULL;
}

/* ---- names ---- */

/* "Lee, Ann" and "Ann Lee"; one word alone is a first name. */
static void split_name(struct row_maker *maker, const char *text)
{
    const char **values = maker->row.values;
    const char *comma = strchr(text, ','), *blank = strrchr(text, ' ');
    text += strspn(text, "* ");
    if (values[FIELD_FIRST_NAME] || values[FIELD_LAST_NAME] || !*text)
        return;
    if (comma && comma > text) {
        struct str last = str_trim((struct str){text, (size_t)(comma - text)});
        struct str first = str_trim(str_of(comma + 1));
        values[FIELD_LAST_NAME] = str_text(maker->arena, last);
        values[FIELD_FIRST_NAME] = first.len ? str_text(maker->arena, first) : NULL;
    } else if (blank && blank > text) {
        values[FIELD_FIRST_NAME] =
            str_text(maker->arena, str_trim((struct str){text, (size_t)(blank - text)}));
        values[FIELD_LAST_NAME] = arena_text(maker->arena, blank + 1);
    } else {
        values[FIELD_FIRST_NAME] = text;
    }
}

static void fill_names(struct row_maker *maker)
{
    static const enum record_field names[] = {
        FIELD_FIRST_NAME, FIELD_LAST_NAME, FIELD_PREFERRED_NAME};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        cell_fill(maker, names[i]);
    const char *full =
        has_column(maker->plan, COLUMN_FULL_NAME) ? cell_take(maker, COLUMN_FULL_NAME, true) : NULL;
    if (full)
        split_name(maker, full);
}

/* A column that only says "Phone" is the mobile where there is no other that says so. */
static void fill_phones(struct row_maker *maker)
{
    bool mobile = has_column(maker->plan, FIELD_MOBILE_PHONE);
    cell_fill(maker, FIELD_MOBILE_PHONE);
    if (has_column(maker->plan, COLUMN_PHONE) && mobile)
        cell_phone(maker, COLUMN_PHONE, FIELD_HOME_PHONE, false);
    else if (has_column(maker->plan, COLUMN_PHONE))
        cell_phone(maker, COLUMN_PHONE, FIELD_MOBILE_PHONE, true);
    cell_fill(maker, FIELD_HOME_PHONE);
    cell_fill(maker, FIELD_WORK_PHONE);
}

/* ---- patients ---- */

static void warn_of_person(struct row_maker *maker)
{
    const char *const *values = maker->row.values;
    struct day birth;
    if (values[FIELD_BIRTH_DATE] && day_parse(values[FIELD_BIRTH_DATE], &birth, NULL) == ERR_NONE) {
        struct day adult = day_add_months(birth, ADULT_YEARS * 12);
        int year, month, n, born_year, born_month, born_n;
        day_split(adult, &year, &month, &n);
        day_split(birth, &born_year, &born_month, &born_n);
        if (born_n != n)
            adult.n++; /* born on 29 February: of age on 1 March */
        if (adult.n > maker->import->today.n)
            row_warn(maker, FIELD_BIRTH_DATE, SOURCE_MINOR, "a minor: kept, and sent no marketing");
    }
    if (text_is(values[FIELD_DECEASED], "yes") || text_is(values[FIELD_RECORD_STATUS], "deceased"))
        row_warn(maker,
            has_column(maker->plan, FIELD_DECEASED) ? FIELD_DECEASED : FIELD_RECORD_STATUS,
            SOURCE_DECEASED, "deceased: kept, and never contacted");
    if (text_is(values[FIELD_MARKETING_OPT_OUT], "yes"))
        row_warn(maker, FIELD_MARKETING_OPT_OUT, SOURCE_DO_NOT_CONTACT,
            "asked not to be contacted: kept, and sent no marketing from now on");
}

static bool judge_person(struct row_maker *maker)
{
    const char *const *values = maker->row.values;
    const struct file_plan *plan = maker->plan;
    bool named = values[FIELD_FIRST_NAME] || values[FIELD_LAST_NAME];
    bool names = has_column(plan, FIELD_FIRST_NAME) || has_column(plan, FIELD_LAST_NAME)
        || has_column(plan, COLUMN_FULL_NAME);
    bool reachable = values[FIELD_MOBILE_PHONE] || values[FIELD_EMAIL_ADDRESS]
        || values[FIELD_HOME_PHONE] || values[FIELD_WORK_PHONE];
    int column = has_column(plan, FIELD_FIRST_NAME) ? FIELD_FIRST_NAME : COLUMN_FULL_NAME;
    if (names && !named && !reachable) {
        row_reject(maker, column, SOURCE_NO_NAME,
            "neither a name nor a way to reach anybody; complete it in the booking system");
        return false;
    }
    if (names && !named)
        row_warn(maker, column, SOURCE_NO_NAME,
            "no name: kept, and addressed without one; complete it in the booking system");
    return true;
}

/* Nobody has agreed yet to what is signed on a day to come: it is kept, and permits nothing before
 * that day. */
static void warn_of_later_consent(struct row_maker *maker)
{
    static const enum record_field given[] = {
        FIELD_EMAIL_CONSENT, FIELD_SMS_CONSENT, FIELD_VOICE_CONSENT, FIELD_PHI_MARKETING_AUTH};
    const char *const *values = maker->row.values;
    struct day day;
    bool any = false;
    for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
        any = any || text_is(values[given[i]], "yes");
    if (any && values[FIELD_CONSENT_ON]
        && day_parse(values[FIELD_CONSENT_ON], &day, NULL) == ERR_NONE
        && day.n > maker->import->today.n)
        row_warn(maker, FIELD_CONSENT_ON, SOURCE_BAD_DATE,
            "this day is still to come, so it counts as no consent until then; correct it in the "
            "booking system");
}

static void fill_person_facts(struct row_maker *maker)
{
    for (int field = FIELD_BIRTH_DATE; field <= FIELD_CREATED_ON; field++) {
        if (field != FIELD_MOBILE_PHONE && field != FIELD_HOME_PHONE && field != FIELD_WORK_PHONE)
            cell_fill(maker, (enum record_field)field);
    }
    warn_of_later_consent(maker);
    const char *more =
        has_column(maker->plan, COLUMN_ADDRESS_2) ? cell_take(maker, COLUMN_ADDRESS_2, true) : NULL;
    if (more && maker->row.values[FIELD_ADDRESS])
        maker->row.values[FIELD_ADDRESS] =
            arena_format(maker->arena, "%s %s", maker->row.values[FIELD_ADDRESS], more);
    const char *inactive =
        has_column(maker->plan, COLUMN_INACTIVE) ? cell_take(maker, COLUMN_INACTIVE, false) : NULL;
    enum flag flag;
    if (inactive && !(word_flag(text_key(maker->arena, inactive), &flag) && flag != FLAG_YES)
        && !text_is(maker->row.values[FIELD_RECORD_STATUS], "deceased"))
        maker->row.values[FIELD_RECORD_STATUS] = "inactive";
}

static bool is_reachable(const struct row_maker *maker)
{
    const char *const *values = maker->row.values;
    return values[FIELD_MOBILE_PHONE] || values[FIELD_EMAIL_ADDRESS] || values[FIELD_HOME_PHONE]
        || values[FIELD_BIRTH_DATE];
}

static bool make_patient(struct row_maker *maker)
{
    const char **values = maker->row.values;
    bool ids = has_column(maker->plan, FIELD_ID);
    const char *id = ids ? take_id(maker, FIELD_ID) : NULL;
    if (maker->rejected)
        return false;
    if (ids && !id) {
        row_reject(maker, FIELD_ID, SOURCE_NO_ID,
            "no id, so nothing else can refer to this patient; complete it in the booking system");
        return false;
    }
    fill_names(maker);
    fill_phones(maker);
    fill_person_facts(maker);
    if (!judge_person(maker))
        return false;
    if (!ids && is_reachable(maker))
        id = id_by_name(maker);
    if (!id) {
        row_reject(maker, COLUMN_FULL_NAME, SOURCE_NO_ID,
            "this export has no ids, and this row lacks the name and phone or email that would "
            "tell whom it is about");
        return false;
    }
    values[FIELD_ID] = values[FIELD_PATIENT_ID] = id;
    warn_of_person(maker);
    return true;
}

/* ---- rows that hang on a patient ---- */

static const char *whose(struct row_maker *maker)
{
    if (has_column(maker->plan, FIELD_PATIENT_ID))
        return take_id(maker, FIELD_PATIENT_ID);
    maker->quiet = true; /* the list of patients is where their phones are judged */
    fill_names(maker);
    cell_fill(maker, FIELD_MOBILE_PHONE);
    cell_fill(maker, FIELD_EMAIL_ADDRESS);
    cell_fill(maker, FIELD_BIRTH_DATE);
    maker->quiet = false;
    return id_by_name(maker);
}

static bool fill_ids(struct row_maker *maker)
{
    const char **values = maker->row.values;
    if (has_column(maker->plan, FIELD_ID)) {
        values[FIELD_ID] = take_id(maker, FIELD_ID);
        if (!values[FIELD_ID] && !maker->rejected)
            row_reject(maker, FIELD_ID, SOURCE_NO_ID,
                "no id, so a later export could not be matched with it");
    }
    if (!maker->rejected)
        values[FIELD_PATIENT_ID] = whose(maker);
    if (!maker->rejected && !values[FIELD_PATIENT_ID])
        row_reject(maker, has_column(maker->plan, FIELD_PATIENT_ID) ? FIELD_PATIENT_ID : -1,
            SOURCE_UNKNOWN_PATIENT, "nothing says whose row this is");
    return !maker->rejected;
}

/* ---- appointments ---- */

/* A day from one column and a clock time from another, or both from one. */
static bool find_start(struct row_maker *maker, struct instant *ret_start, int *ret_column)
{
    static const int columns[] = {FIELD_START, COLUMN_START_DATE, COLUMN_START_TIME};
    struct date_parts date = {0}, clock = {0};
    enum date_order order = DATE_ORDER_AUTO;
    maker->quiet = true;
    *ret_column = -1;
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        struct date_parts parts;
        enum date_order its_order;
        if (!has_column(maker->plan, columns[i]))
            continue;
        if (*ret_column < 0)
            *ret_column = columns[i];
        if (!cell_date(maker, columns[i], &parts, &its_order))
            continue;
        if (parts.shape == DATE_CLOCK && clock.shape == DATE_NONE) {
            clock = parts;
        } else if (parts.shape != DATE_CLOCK && date.shape == DATE_NONE) {
            date = parts;
            order = its_order;
        }
    }
    maker->quiet = false;
    if (!date.has_time && clock.shape == DATE_CLOCK) {
        date.has_time = true;
        date.hour = clock.hour;
        date.minute = clock.minute;
        date.second = clock.second;
        date.has_offset = clock.has_offset;
        date.offset_s = clock.offset_s;
    }
    return date_instant(&date, order, maker->import->today, maker->plan->zone, ret_start);
}

/* An end that is a clock time alone is on the day of the start, or after the midnight behind it. */
static void fill_end(struct row_maker *maker, struct instant start)
{
    struct date_parts parts;
    enum date_order order;
    struct instant end;
    int column = has_column(maker->plan, FIELD_END) ? FIELD_END : COLUMN_END_TIME;
    if (!has_column(maker->plan, column) || !cell_date(maker, column, &parts, &order))
        return;
    if (parts.shape == DATE_CLOCK) {
        struct civil civil = zone_civil(maker->plan->zone, start);
        civil.hour = parts.hour;
        civil.minute = parts.minute;
        civil.second = parts.second;
        end = zone_instant(maker->plan->zone, &civil);
        if (end.ms < start.ms)
            end.ms += MS_PER_DAY;
    } else if (!date_instant(&parts, order, maker->import->today, maker->plan->zone, &end)) {
        row_warn(maker, column, SOURCE_BAD_DATE, "there is no such day, ignoring it");
        return;
    }
    if (end.ms >= start.ms && end.ms - start.ms <= MS_PER_DAY)
        maker->row.values[FIELD_END] = arena_format(maker->arena, "%lld", (long long)end.ms);
    else
        row_warn(maker, column, SOURCE_BAD_DATE,
            "the end is not within a day of the start, ignoring it");
}

static bool flag_column(struct row_maker *maker, int column)
{
    enum flag flag;
    const char *text = has_column(maker->plan, column) ? cell_take(maker, column, false) : NULL;
    return text && word_flag(text_key(maker->arena, text), &flag) && flag == FLAG_YES;
}

/* The word of the status cell in our words; NULL when blank or not known. */
static const char *stated_status(struct row_maker *maker, bool *ret_blank)
{
    const char *text = cell_take(maker, FIELD_STATUS, true);
    enum flag flag;
    *ret_blank = !text;
    if (flag_column(maker, COLUMN_NO_SHOW))
        return "no_show";
    if (flag_column(maker, COLUMN_CANCELLED))
        return "cancelled";
    if (!text)
        return NULL;
    char *key = text_key(maker->arena, text);
    const char *told = mapping_value(maker->plan->mapping, FIELD_STATUS, key);
    if (told)
        key = text_key(maker->arena, told);
    const char *word = word_appointment_status(key);
    *ret_blank = !word && word_flag(key, &flag) && flag == FLAG_UNKNOWN;
    return word;
}

/* A cancellation whose reason says what really was; Boulevard knows no other way. */
static const char *status_by_reason(struct row_maker *maker, const char *status)
{
    const char *reason = maker->row.values[FIELD_CANCEL_REASON];
    if (!text_is(status, "cancelled") || !reason)
        return status;
    const char *meant = word_appointment_status(text_key(maker->arena, reason));
    bool says_more = text_is(meant, "no_show") || text_is(meant, "late_cancelled");
    return says_more ? meant : status;
}

/* Where the booking system never says "completed", its end being past says so. */
static const char *status_by_time(const struct row_maker *maker, const char *status, bool past)
{
    const struct kind *kind = maker->plan->kind;
    bool arrived_only = text_is(kind->platform, "jane") || text_is(kind->platform, "vagaro");
    if (!past || !kind->time_completes)
        return status;
    if (text_is(status, "arrived"))
        return "completed";
    return !arrived_only && (text_is(status, "booked") || text_is(status, "confirmed"))
        ? "completed"
        : status;
}

static bool fill_status(struct row_maker *maker, struct instant start)
{
    int64_t now = maker->import->now.ms;
    bool blank = false, future = start.ms > now;
    bool past = start.ms + COMPLETES_AFTER_MS < now;
    const char *status = stated_status(maker, &blank);
    bool told = has_column(maker->plan, FIELD_STATUS), unclear = told && !status && !blank;
    bool flagged = has_column(maker->plan, COLUMN_CANCELLED)
        || has_column(maker->plan, COLUMN_NO_SHOW) || maker->plan->kind->time_completes;
    if (!status && !told && flagged)
        status = past ? "completed" : "booked";
    else if (!status && future)
        status = "booked"; /* whatever the word means, the time is taken: nobody is invited */
    if (status && unclear)
        row_warn(maker, FIELD_STATUS, SOURCE_BAD_STATUS,
            "this status is not understood, taking it as booked; say what it means with --map");
    if (!status) {
        row_reject(maker, FIELD_STATUS, SOURCE_BAD_STATUS,
            blank ? "nothing says whether this past visit took place"
                  : "this status is not understood; say what it means with --map");
        return false;
    }
    if (text_is(status, "void")) {
        status = "cancelled"; /* was never a decision of the patient's */
        maker->row.values[FIELD_CANCEL_REASON] = "void";
    }
    status = status_by_time(maker, status_by_reason(maker, status), past);
    maker->row.values[FIELD_STATUS] = status;
    maker->plan->past_completed += past && text_is(status, "completed");
    maker->plan->past_open += past
        && (text_is(status, "arrived") || text_is(status, "confirmed")
            || text_is(status, "booked"));
    return true;
}

static bool make_appointment(struct row_maker *maker)
{
    const char **values = maker->row.values;
    struct instant start;
    int column = -1;
    if (!fill_ids(maker))
        return false;
    if (!find_start(maker, &start, &column)) {
        row_reject(maker, column, SOURCE_BAD_DATE,
            "no start that can be read, so the visit has no place in time; write "
            "2026-01-31 14:30");
        return false;
    }
    values[FIELD_START] = arena_format(maker->arena, "%lld", (long long)start.ms);
    for (int field = FIELD_DURATION_MIN; field <= FIELD_INTRO_OFFER; field++) {
        if (field != FIELD_STATUS)
            cell_fill(maker, (enum record_field)field);
    }
    fill_end(maker, start);
    if (!fill_status(maker, start))
        return false;
    if (!values[FIELD_ID])
        values[FIELD_ID] =
            made_id(maker, values[FIELD_PATIENT_ID], values[FIELD_START], values[FIELD_SERVICE]);
    return true;
}

/* ---- the other kinds ---- */

static bool make_service(struct row_maker *maker)
{
    cell_fill(maker, FIELD_SERVICE);
    cell_fill(maker, FIELD_SERVICE_CATEGORY);
    cell_fill(maker, FIELD_DURATION_MIN);
    cell_fill(maker, FIELD_TOTAL);
    const char *name = maker->row.values[FIELD_SERVICE];
    maker->row.values[FIELD_ID] = name ? text_key(maker->arena, name) : NULL;
    if (name && *maker->row.values[FIELD_ID])
        return true;
    row_reject(maker, FIELD_SERVICE, SOURCE_NO_NAME, "no name, so no booking can refer to it");
    return false;
}

static bool make_membership(struct row_maker *maker)
{
    static const enum record_field fields[] = {FIELD_MEMBERSHIP_PLAN, FIELD_MEMBERSHIP_STATUS,
        FIELD_MEMBERSHIP_RENEWAL, FIELD_STARTED_ON, FIELD_ENDED_ON, FIELD_TOTAL};
    const char **values = maker->row.values;
    struct day ended;
    if (!fill_ids(maker))
        return false;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        cell_fill(maker, fields[i]);
    bool over = values[FIELD_ENDED_ON]
        && day_parse(values[FIELD_ENDED_ON], &ended, NULL) == ERR_NONE
        && ended.n <= maker->import->today.n;
    if (!values[FIELD_MEMBERSHIP_STATUS])
        values[FIELD_MEMBERSHIP_STATUS] = over ? "ended" : "active";
    if (!values[FIELD_ID])
        values[FIELD_ID] = made_id(maker, values[FIELD_PATIENT_ID], values[FIELD_MEMBERSHIP_PLAN],
            values[FIELD_STARTED_ON]);
    return true;
}

static bool make_ledger(struct row_maker *maker)
{
    static const enum record_field fields[] = {FIELD_STATUS, FIELD_TOTAL, FIELD_STARTED_ON,
        FIELD_ENDED_ON, FIELD_DUE_ON, FIELD_NAME, FIELD_REASON};
    const char **values = maker->row.values;
    if (!fill_ids(maker))
        return false;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        cell_fill(maker, fields[i]);
    if (!values[FIELD_ID])
        values[FIELD_ID] =
            made_id(maker, values[FIELD_PATIENT_ID], values[FIELD_NAME], values[FIELD_STARTED_ON]);
    return true;
}

/* ---- all ---- */

/* More cells than headings: a delimiter inside a cell without quotes has shifted the rest. */
static bool overflows(const struct row_maker *maker, const struct csv_record *record)
{
    for (size_t i = maker->plan->heading_count; i < record->count; i++) {
        if (str_trim((struct str){record->cells[i].data, record->cells[i].len}).len > 0)
            return true;
    }
    return false;
}

bool row_make(struct row_maker *maker, const struct csv_record *record)
{
    maker->record = record;
    maker->row = (struct record_row){.row = record->row};
    maker->rejected = maker->quiet = false;
    if (overflows(maker, record)) {
        row_reject(maker, -1, SOURCE_TOO_LONG,
            "more cells than headings, so it is unclear which is which; put cells that hold the "
            "delimiter in quotes");
        return false;
    }
    switch (maker->plan->kind->record) {
    case RECORD_PATIENT: return make_patient(maker);
    case RECORD_APPOINTMENT: return make_appointment(maker);
    case RECORD_SERVICE: return make_service(maker);
    case RECORD_MEMBERSHIP: return make_membership(maker);
    case RECORD_INVOICE:
    case RECORD_PRESCRIPTION:
    case RECORD_PROGRAM: return make_ledger(maker);
    case RECORD_KIND_MAX: break;
    }
    assert(!"a file of no kind");
    return false;
}
