/* source_test.c: what exports look like, and what becomes of each row of them. */
#include "unit.h"

#include "base/buf.h"
#include "source/csv.h"
#include "source/date.h"
#include "source/encoding.h"
#include "source/kind.h"
#include "source/money.h"
#include "source/word.h"
#include "source_fixture.h"

#define RUNS_ON(state) (*(const bool *)*(state))

/* ---- csv ---- */

struct text_pull {
    const char *text;
    size_t len, at, piece; /* bytes handed out at once */
};

static enum err pull_text(
    void *context, char *bytes, size_t bytes_max, size_t *ret_len, struct why *reterr_why)
{
    struct text_pull *pull = context;
    size_t len = pull->len - pull->at;
    (void)reterr_why;
    if (len > pull->piece)
        len = pull->piece;
    if (len > bytes_max)
        len = bytes_max;
    memcpy(bytes, pull->text + pull->at, len);
    pull->at += len;
    *ret_len = len;
    return ERR_NONE;
}

/* Every record as "row:cell|cell;", with how it ended. */
static const char *read_all(
    struct arena *arena, const char *text, size_t len, char delimiter, size_t piece)
{
    struct text_pull pull = {.text = text, .len = len, .piece = piece};
    struct csv csv;
    struct buf out;
    buf_init(&out, arena);
    csv_open(&csv, arena, delimiter, pull_text, &pull);
    for (;;) {
        enum csv_answer answer;
        struct csv_record record;
        assert_int_equal(csv_next(&csv, &answer, &record, NULL), ERR_NONE);
        if (answer != CSV_RECORD) {
            static const char *const ends[] = {"", "done", "unclosed", "long", "wide"};
            buf_add(&out, ends[answer]);
            return out.data;
        }
        buf_format(&out, "%lld:", (long long)record.row);
        for (size_t i = 0; i < record.count; i++)
            buf_format(&out, "%s%s", i ? "|" : "", record.cells[i].data);
        buf_add(&out, record.line_end ? ";" : "$");
    }
}

static void test_csv_next__reads_what_exports_write(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {",", "a,b\n1,2\n", "1:a|b;2:1|2;done"},
        {",", "a,b\r\n1,2", "1:a|b;2:1|2$done"},
        {",", "a,b\r1,2\r", "1:a|b;2:1|2;done"},
        {",", "a,\"x\ny\"\n\"p\"\"q\",\n", "1:a|x\ny;2:p\"q|;done"},
        {";", "a;\"b;c\";\n", "1:a|b;c|;done"},
        {"\t", "a\tb\n\n\nc\td\n", "1:a|b;2:;3:;4:c|d;done"},
        {",", "5'10\" tall,x\n", "1:5'10\" tall|x;done"},
        {",", "\"Big\" Bob,x\n", "1:Big Bob|x;done"},
        {",", "a,\"b\nc,d\n", "unclosed"},
        {",", "", "done"},
        {",", "\"\"", "1:$done"},
        {",", ",", "1:|$done"},
    };
    ARENA struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t piece = 1; piece < 8; piece++)
            assert_string_equal(
                read_all(&arena, cases[i][1], strlen(cases[i][1]), cases[i][0][0], piece),
                cases[i][2]);
    }
}

static void test_csv_next__bounds_a_record(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    size_t len = CSV_RECORD_BYTES_MAX + 100;
    char *text = ARENA_NEW(&arena, char, len + 1);
    memset(text, 'x', len);
    text[0] = '"';
    assert_string_equal(read_all(&arena, text, len, ',', 4096), "long");
    memset(text, ',', len);
    assert_string_equal(read_all(&arena, text, len, ',', 4096), "wide");
}

/* ---- encodings ---- */

static const char *decode(struct arena *arena, const char *bytes, size_t len, const char *expected)
{
    struct encoding_look look = {0};
    size_t bom;
    bool torn;
    encoding_look(&look, bytes, len);
    enum encoding encoding = encoding_judge(&look, &bom, &torn);
    assert_string_equal(encoding_name(encoding), expected);
    struct text_pull pull = {.text = bytes, .len = len, .piece = 3};
    struct decoder *decoder = ARENA_NEW(arena, struct decoder, 1);
    struct buf out;
    buf_init(&out, arena);
    decoder_open(decoder, encoding, bom, pull_text, &pull);
    for (;;) {
        char piece[7];
        size_t got = 0;
        assert_int_equal(decoder_pull(decoder, piece, sizeof piece, &got, NULL), ERR_NONE);
        if (got == 0)
            return out.data;
        buf_add_n(&out, piece, got);
    }
}

static void test_encoding__is_found_and_read(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        const char *encoding, *text;
    } cases[] = {
        {"Jos\xC3\xA9,\xE2\x82\xAC", 9, "utf-8", "Jos\xC3\xA9,\xE2\x82\xAC"},
        {"\xEF\xBB\xBFJos\xC3\xA9", 8, "utf-8", "Jos\xC3\xA9"},
        {"Jos\xE9, \x80 5", 9, "windows-1252", "Jos\xC3\xA9, \xE2\x82\xAC 5"},
        {"\xFF\xFEJ\0\xE9\0\x3D\xD8\x00\xDE", 10, "utf-16le", "J\xC3\xA9\xF0\x9F\x98\x80"},
        {"\xFE\xFF\0J\0\xE9", 6, "utf-16be", "J\xC3\xA9"},
        {"i\0d\0,\0n\0\n\0", 10, "utf-16le", "id,n\n"},
        {"\0i\0d\0,\0n\0\n", 10, "utf-16be", "id,n\n"},
        {"plain", 5, "utf-8", "plain"},
        {"\xFF\xFEJ\0\x00\xD8", 6, "utf-16le", "J\xEF\xBF\xBD"},
        {"a\x81", 2, "windows-1252", "a\xEF\xBF\xBD"},
    };
    ARENA struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(
            decode(&arena, cases[i].bytes, cases[i].len, cases[i].encoding), cases[i].text);
}

/* ---- dates, money, words ---- */

static void test_date_scan__reads_the_ways_dates_are_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum date_order order;
        const char *expected; /* day, hour and minute; NULL: no date */
    } cases[] = {
        {"2026-03-05", DATE_ORDER_MDY, "2026-03-05 00:00"},
        {"2026/3/5 7:05 pm", DATE_ORDER_DMY, "2026-03-05 19:05"},
        {"2026-03-05T14:30:00Z", DATE_ORDER_MDY, "2026-03-05 14:30"},
        {"2026-03-05 14:30:00.123+02:00", DATE_ORDER_MDY, "2026-03-05 14:30"},
        {"20260305", DATE_ORDER_MDY, "2026-03-05 00:00"},
        {"03/05/2026", DATE_ORDER_MDY, "2026-03-05 00:00"},
        {"03/05/2026", DATE_ORDER_DMY, "2026-05-03 00:00"},
        {"5.3.26 9:00", DATE_ORDER_DMY, "2026-03-05 09:00"},
        {"3-5-2026, 12:15 AM", DATE_ORDER_MDY, "2026-03-05 00:15"},
        {"03/05/2026 12:00 p.m.", DATE_ORDER_MDY, "2026-03-05 12:00"},
        {"Mar 5, 2026", DATE_ORDER_DMY, "2026-03-05 00:00"},
        {"Thursday, March 5th 2026 10:00 AM", DATE_ORDER_DMY, "2026-03-05 10:00"},
        {"5-Mar-26", DATE_ORDER_MDY, "2026-03-05 00:00"},
        {"5 de marzo de 2026", DATE_ORDER_MDY, "2026-03-05 00:00"},
        {"46086", DATE_ORDER_MDY, "2026-03-05 00:00"},
        {"46086.604166667", DATE_ORDER_MDY, "2026-03-05 14:30"},
        {"2026-03-05 at 2pm", DATE_ORDER_MDY, "2026-03-05 14:00"},
        {"02/30/2026", DATE_ORDER_MDY, NULL},
        {"13/13/2026", DATE_ORDER_MDY, NULL},
        {"soon", DATE_ORDER_MDY, NULL},
        {"2026-03-05 25:00", DATE_ORDER_MDY, NULL},
        {"0000-05-12", DATE_ORDER_MDY, NULL},
        {"3/5", DATE_ORDER_MDY, NULL},
    };
    ARENA struct arena arena;
    arena_init(&arena, 0);
    struct day today = day_of(2026, 11, 22), day;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct date_parts parts = {0};
        bool read = date_scan(str_of(cases[i].text), &parts)
            && date_day(&parts, cases[i].order, CENTURY_NEAR, today, &day);
        const char *got = read ? arena_format(&arena, "%s %02d:%02d", day_format(&arena, day),
                              parts.hour, parts.minute)
                               : "none";
        assert_string_equal(got, cases[i].expected ? cases[i].expected : "none");
    }
}

static void test_date_tally__decides_a_column_from_all_its_values(void **state)
{
    (void)state;
    static const struct {
        const char *const values[4];
        enum date_order order;
    } cases[] = {
        {{"03/04/2026", "12/25/2025", "01/02/2026"}, DATE_ORDER_MDY},
        {{"03/04/2026", "25/12/2025", "01/02/2026"}, DATE_ORDER_DMY},
        {{"03/04/2026", "01/02/2026"}, DATE_ORDER_AUTO},
        {{"03/03/2026", "01/01/2026"}, DATE_ORDER_YMD},
        {{"2026-03-04", "Mar 3, 2026"}, DATE_ORDER_YMD},
        {{"25/12/2025", "12/25/2025", "01/02/2026"}, DATE_ORDER_AUTO},
        {{"30/2/1980", "1/15/1980", "3/4/1980", "0/9/1980"}, DATE_ORDER_MDY},
        {{"4/31/1980", "15/1/1980", "3/4/1980", "2/29/79"}, DATE_ORDER_DMY},
        {{"29/2/80", "2/29/0000", "3/4/1980"}, DATE_ORDER_AUTO},
        {{"30/2/1980", "2/30/1980", "3/4/1980"}, DATE_ORDER_AUTO},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct date_tally tally = {0};
        for (size_t j = 0; j < 4 && cases[i].values[j]; j++) {
            struct date_parts parts;
            assert_true(date_scan(str_of(cases[i].values[j]), &parts));
            date_tally_add(&tally, &parts, (int64_t)j + 2);
        }
        assert_int_equal(date_tally_order(&tally), cases[i].order);
    }
}

static void test_date_day__puts_short_years_where_they_belong(void **state)
{
    (void)state;
    struct date_parts parts;
    struct day day, today = day_of(2026, 11, 22);
    assert_true(date_scan(str_of("3/5/85"), &parts));
    assert_true(date_day(&parts, DATE_ORDER_MDY, CENTURY_BIRTH, today, &day));
    assert_int_equal(day.n, day_of(1985, 3, 5).n);
    assert_true(date_scan(str_of("3/5/24"), &parts));
    assert_true(date_day(&parts, DATE_ORDER_MDY, CENTURY_BIRTH, today, &day));
    assert_int_equal(day.n, day_of(2024, 3, 5).n);
    assert_true(date_day(&parts, DATE_ORDER_MDY, CENTURY_NEAR, today, &day));
    assert_int_equal(day.n, day_of(2024, 3, 5).n);
}

static void test_money_parse__reads_amounts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool comma;
        int64_t cents; /* -1: no amount */
    } cases[] = {
        {"$1,234.50", false, 123450},
        {"(12.00)", false, -1200},
        {"-12", false, -1200},
        {"1.234,50", false, 123450},
        {"1 234,50", true, 123450},
        {"1.234", true, 123400},
        {"1,234", false, 123400},
        {"USD 12.5", false, 1250},
        {"12,5", true, 1250},
        {"\xE2\x82\xAC 99", false, 9900},
        {"0.005", false, 1},
        {".5", false, 50},
        {"1'234.00", false, 123400},
        {"free", false, -1},
        {"1.2.3", false, -1},
        {"12,34,56", false, -1},
        {"", false, -1},
        {"$", false, -1},
        {"99999999999", false, -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t cents = 0;
        bool read = money_parse(str_of(cases[i].text), cases[i].comma, &cents);
        assert_int_equal(read ? cents : -1, cases[i].cents);
    }
}

static void test_word__knows_booking_systems_words(void **state)
{
    (void)state;
    assert_string_equal(word_appointment_status("noshow"), "no_show");
    assert_string_equal(word_appointment_status("clientlatecancel"), "late_cancelled");
    assert_string_equal(word_appointment_status("servicecompleted"), "completed");
    assert_null(word_appointment_status("complet"));
    assert_null(word_appointment_status(""));
    enum flag flag;
    assert_true(word_flag("optedout", &flag) && flag == FLAG_OUT);
    assert_true(word_flag("na", &flag) && flag == FLAG_UNKNOWN);
    assert_false(word_flag("perhaps", &flag));
    assert_string_equal(word_state("texas"), "TX");
}

/* ---- kinds ---- */

static const char *detect(struct arena *arena, const char *heading_line)
{
    const char *keys[64];
    size_t count = 0;
    for (const char *at = heading_line; *at;) {
        size_t len = strcspn(at, ",");
        keys[count++] = text_key(arena, arena_text_n(arena, at, len));
        at += len + (at[len] == ',');
    }
    const struct kind *kind = kind_detect(keys, count);
    return kind ? kind->name : "none";
}

static void test_source_code__has_the_contracts_name(void **state)
{
    (void)state;
    static const char *const names[] = {"no_id", "no_name", "bad_phone", "landline", "bad_email",
        "bad_date", "ambiguous_date", "bad_money", "bad_status", "duplicate_id", "duplicate_person",
        "shared_phone", "unknown_patient", "unknown_column", "minor", "deceased", "do_not_contact",
        "formula", "truncated", "bad_encoding", "nul_byte", "empty_row", "too_long", "erased"};
    assert_int_equal(sizeof names / sizeof names[0], SOURCE_CODE_MAX);
    for (int code = 0; code < SOURCE_CODE_MAX; code++)
        assert_string_equal(source_code_name((enum source_code)code), names[code]);
}

static void test_kind_detect__tells_exports_by_their_headings(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"generic.patients", "patient_id,first_name,last_name,birth_date,mobile_phone,email"},
        {"generic.patients", "Client ID,Name,DOB,Cell Phone"},
        {"generic.patients", "id,points balance"},
        {"generic.appointments", "appointment_id,patient_id,start,service,status,total"},
        {"generic.appointments", "Booking ID,Client ID,Date,Time,Service,Staff,Status"},
        {"generic.services", "Service,Category,Price,Duration"},
        {"generic.memberships", "Membership ID,Patient ID,Plan,Status,Start Date"},
        {"generic.invoices", "Invoice ID,Patient ID,Date,Amount,Status"},
        {"generic.prescriptions", "Prescription ID,Patient ID,Medication,Status,Refill Due"},
        {"generic.programs", "Patient ID,Program,Joined On,Status"},
        {"square.patients",
            "Reference ID,First Name,Last Name,Email Address,Phone Number,Birthday,Square Customer "
            "ID,Creation Source,Email Subscription Status,Instant Profile"},
        {"acuity.appointments",
            "Start Time,End Time,First Name,Last Name,Phone,Email,Type,Calendar,Appointment "
            "Price,Paid?,Amount Paid Online,Certificate Code,Notes,Date Scheduled,Label,Scheduled "
            "By,Appointment ID"},
        {"mangomint.patients",
            "First name,Last name,Email,Phone,Phone (with country code),Alt Phone,Birthday,First "
            "appointment date,Last appointment date,Total amount spent,Blocked from online "
            "booking,Created at,Notes,State"},
        {"vagaro.patients",
            "Name,Customer Since,Last Visit,Gender,Online Booking,App. Booked,Check-Ins,Amount "
            "Paid,No Shows/Cancel,Email,Mobile"},
        {"vagaro.appointments",
            "Customer,Service Provider,Appointment Date,Status,Status Changed Date,Service "
            "Name,Comments"},
        {"jane.patients",
            "Patient Number,First Name,Last Name,Email,Home Phone,Mobile Phone,Street Address,"
            "Province,Postal,Birth Date,Marketing Email Opt-In,Referred To,Active/Inactive"},
        {"jane.appointments",
            "Location Name,Appointment Start Date & Time,Appointment End Date & Time,Patient "
            "Number,Treatment Name,Staff Member Name,Status"},
        {"boulevard.invoices",
            "Sale id,Sale Date,Product Name,Product Category,Net Sales,Gross Sales,Client Id"},
        {"zenoti.patients", "Guest Code,First Name,Last Name,Mobile,Email,Last Visit"},
        {"mindbody.patients", "Client Email,First Name,Last Name,DOB,Membership Type"},
        {"none", "Alpha,Beta,Gamma"},
        {"none", "Total,Count"},
    };
    ARENA struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(detect(&arena, cases[i][1]), cases[i][0]);
    for (const char *const *name = source_kinds(); *name; name++)
        assert_string_equal(kind_find(*name)->name, *name);
}

/* ---- imports ---- */

#define PATIENT_HEADINGS                                                                           \
    "Patient ID,First Name,Last Name,Birth Date,Mobile,Home Phone,Email,SMS Consent,SMS Opt "      \
    "Out,Tags\n"

static void test_source_import__reports_each_row_by_number(void **state)
{
    struct source_fixture t;
    source_fixture_open(&t, RUNS_ON(state));
    source_fixture_text(&t, "folder/patients.csv",
        PATIENT_HEADINGS "P1,Ann,Lee,1985-03-02,(512) 555-0111,,ann@example.com,Y,,vip;regular\n"
                         ",Bo,Lee,1985-03-02,,,,,,\n"
                         "P3,,,1985-03-02,,,,,,\n"
                         "P4,,,1985-03-02,512 555 0114,,,,,\n"
                         "P5,Cy,Lee,2015-06-01,123,512 555 0115,nobody,maybe,,\n"
                         "\n"
                         ",,,,,,,,,\n"
                         "P1,Ann,Lee,1985-03-02,(512) 555-0111,,ann@example.com,Y,,vip;regular\n"
                         "P8,=cmd(),Lee,yesterday,800-356-9377,,,,,\n"
                         "P9,Di,Lee,1985-03-02,512-555-0111 x4,,,,Y,\n"
                         "P1,Ann,Lee,1985-03-02,(512) 555-0111,,,Y,Y,\n"
                         "P10,Ed,Day,1985-01-01,,,,,,,extra\n"
                         "1.23457E+10,Flo,Day,1985-01-01,,,,,,\n");
    assert_int_equal(source_fixture_import(&t), ERR_NONE);
    const struct source_file_report *file = &t.report->files[0];
    assert_string_equal(file->file, "patients.csv");
    assert_string_equal(file->kind, "generic.patients");
    static const struct {
        int64_t row;
        enum source_code code;
        bool rejected;
    } expected[] = {
        {3, SOURCE_NO_ID, true},
        {4, SOURCE_NO_NAME, true},
        {5, SOURCE_NO_NAME, false},
        {6, SOURCE_BAD_PHONE, false},
        {6, SOURCE_BAD_EMAIL, false},
        {6, SOURCE_MINOR, false},
        {6, SOURCE_BAD_STATUS, false},
        {7, SOURCE_EMPTY_ROW, true},
        {8, SOURCE_EMPTY_ROW, true},
        {9, SOURCE_DUPLICATE_ID, true},
        {10, SOURCE_FORMULA, false},
        {10, SOURCE_BAD_DATE, false},
        {10, SOURCE_BAD_PHONE, false},
        {11, SOURCE_LANDLINE, false},
        {12, SOURCE_DUPLICATE_ID, false},
        {13, SOURCE_TOO_LONG, true},
        {14, SOURCE_NO_ID, true},
        {11, SOURCE_DUPLICATE_PERSON, false},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const struct source_issues *issues =
            expected[i].rejected ? &file->rejected : &file->warnings;
        if (expected[i].code != SOURCE_DUPLICATE_PERSON)
            assert_int_equal(source_fixture_issues(issues, expected[i].code, expected[i].row), 1);
    }
    assert_int_equal(file->rows_read, 13);
    assert_int_equal(file->rejected.total, 7);
    assert_int_equal(file->accepted, 6);
    assert_int_equal(file->rows_read, file->accepted + file->rejected.total);
    assert_int_equal(
        record_fixture_int(&t.records, "SELECT sms_stopped FROM patient WHERE external_id = 'P1'"),
        1);
    source_fixture_close(&t);
}

static void test_source_import__warns_of_a_consent_of_a_day_to_come(void **state)
{
    struct source_fixture t;
    source_fixture_open(&t, RUNS_ON(state));
    const char *today = day_format(&t.records.store.boot,
        zone_day(t.records.practice.zone, (struct instant){t.records.now_ms}));
    source_fixture_text(&t, "patients.csv",
        arena_format(&t.records.store.boot,
            "Patient ID,First Name,Mobile,Email,SMS Consent,Email Consent,PHI Marketing Auth,"
            "Consent On\n"
            "P1,Ann,5125550111,a@example.com,Yes,Yes,Yes,01/31/2099\n"
            "P2,Bo,5125550112,b@example.com,Yes,No,,%s\n",
            today));
    assert_int_equal(source_fixture_import(&t), ERR_NONE);
    const struct source_issues *warnings = &t.report->files[0].warnings;
    assert_int_equal(warnings->total, 1);
    assert_int_equal(source_fixture_issues(warnings, SOURCE_BAD_DATE, 2), 1);
    assert_int_equal(t.report->files[0].accepted, 2);
    assert_int_equal(record_fixture_int(&t.records,
                         "SELECT MIN(given_day) FROM consent JOIN patient USING (patient_id) "
                         "WHERE external_id = 'P1'"),
        day_of(2099, 1, 31).n);
    /* The day is put right: the permission is that of the right day, though it is the older one. */
    source_fixture_text(&t, "patients.csv",
        "Patient ID,First Name,Mobile,Email,SMS Consent,Email Consent,PHI Marketing Auth,"
        "Consent On\n"
        "P1,Ann,5125550111,a@example.com,Yes,Yes,Yes,01/31/2024\n");
    assert_int_equal(source_fixture_import(&t), ERR_NONE);
    assert_int_equal(t.report->files[0].warnings.total, 0);
    assert_int_equal(record_fixture_int(&t.records,
                         "SELECT MAX(given_day) FROM consent JOIN patient USING (patient_id) "
                         "WHERE external_id = 'P1'"),
        day_of(2024, 1, 31).n);
    source_fixture_close(&t);
}

static void test_source_import__tells_of_a_heading_that_comes_twice(void **state)
{
    struct source_fixture t;
    source_fixture_open(&t, RUNS_ON(state));
    source_fixture_text(&t, "patients.csv",
        "Patient ID,First Name,First Name,Email\nP1,Ann,Bea,a@example.com\n"
        "P2,,Cy,c@example.com\n");
    assert_int_equal(source_fixture_import(&t), ERR_NONE);
    const struct source_issues *warnings = &t.report->files[0].warnings;
    assert_int_equal(warnings->total, 1);
    assert_int_equal(warnings->list[0].code, SOURCE_UNKNOWN_COLUMN);
    assert_string_equal(warnings->list[0].column, "First Name");
    assert_non_null(strstr(warnings->list[0].message, "two columns"));
    assert_int_equal(record_fixture_int(&t.records,
                         "SELECT COUNT(*) FROM patient WHERE first_name IN ('Ann', 'Cy')"),
        2);
    source_fixture_close(&t);
}

static void test_source_import__twice_changes_nothing(void **state)
{
    static const char *const counts[] = {"SELECT COUNT(*) FROM audit",
        "SELECT COUNT(*) FROM patient", "SELECT COUNT(*) FROM patient_record",
        "SELECT COUNT(*) FROM contact_point", "SELECT COUNT(*) FROM consent",
        "SELECT COUNT(*) FROM suppression", "SELECT COUNT(*) FROM appointment",
        "SELECT COUNT(*) FROM appointment_change", "SELECT COUNT(*) FROM clock",
        "SELECT COUNT(*) FROM membership", "SELECT COUNT(*) FROM service",
        "SELECT COUNT(*) FROM tag", "SELECT COUNT(*) FROM import_run",
        "SELECT COUNT(*) FROM patient_merge", "SELECT MAX(updated_ms) FROM patient"};
    enum { COUNTS = sizeof counts / sizeof counts[0] };
    int64_t before[COUNTS] = {0};
    struct source_fixture t;
    source_fixture_open(&t, RUNS_ON(state));
    for (int turn = 0; turn < 3; turn++) {
        /* Appointments first: patients are taken in first all the same. */
        source_fixture_text(&t, "appointments.csv",
            "Appointment ID,Patient ID,Start,Service,Category,Status,Total\n"
            "A1,P1,2025-09-01 10:00,Botox,,Completed,$310.00\n"
            "A2,P2,2025-10-01 10:00,Forehead,,Completed,\"$1,310.00\"\n");
        source_fixture_text(&t, "patients.csv",
            PATIENT_HEADINGS "P1,Ann,Lee,1985-03-02,(512) 555-0111,,ann@example.com,Y,,vip\n"
                             "P2,Anne,Lee,1985-03-02,512.555.0111,,,N,,\n"
                             "P2,Anne,Lee,1985-03-02,512.555.0111,,,N,Y,\n"
                             "P3,Bo,Ray,1990-01-01,512.555.0111,,,Y,,\n");
        source_fixture_text(
            &t, "services.csv", "Service,Category,Price\nForehead,Neurotoxin,300\n");
        source_fixture_text(&t, "memberships.csv",
            "Membership ID,Patient ID,Plan,Status,Start Date\nM1,P1,Glow,Active,2025-01-01\n");
        assert_int_equal(source_fixture_import(&t), ERR_NONE);
        assert_int_equal(t.report->patients, 4);
        assert_int_equal(t.report->appointments, 2);
        assert_int_equal(t.report->files[1].created, turn == 0 ? 4 : 0);
        assert_int_equal(t.report->files[1].unchanged, turn == 0 ? 0 : 4);
        assert_int_equal(
            source_fixture_issues(&t.report->files[1].warnings, SOURCE_DUPLICATE_PERSON, 3), 1);
        assert_int_equal(
            source_fixture_issues(&t.report->files[1].warnings, SOURCE_SHARED_PHONE, 5), 1);
        for (size_t i = 0; i < COUNTS; i++) {
            int64_t count = record_fixture_int(&t.records, counts[i]);
            if (turn > 0)
                assert_int_equal(count, before[i]);
            before[i] = count;
        }
    }
    assert_int_equal(record_fixture_int(&t.records,
                         "SELECT COUNT(*) FROM import_run WHERE created > 0 AND seen_ms >= at_ms"),
        4);
    assert_int_equal(
        record_fixture_int(&t.records, "SELECT visits FROM clock WHERE service = 'neurotoxin'"), 2);
    source_fixture_close(&t);
}

static void test_source_import__a_wrong_file_changes_nothing(void **state)
{
    static const struct {
        const char *text;
        size_t len; /* 0: all of it */
        enum source_code code;
        const char *message;
    } cases[] = {
        {PATIENT_HEADINGS "P1,Ann,Lee,1985-03-02,,,,,,\nP2,Bo,Le", 0, SOURCE_TRUNCATED,
            "breaks off"},
        {PATIENT_HEADINGS "P1,Ann,\"Lee,1985-03-02,,,,,,\nP2,Bo,Lee,,,,,,,\n", 0, SOURCE_TRUNCATED,
            "quoted"},
        {PATIENT_HEADINGS "P1,Ann,Lee,03/04/1985,,,,,,\nP2,Bo,Lee,05/06/1990,,,,,,\n", 0,
            SOURCE_AMBIGUOUS_DATE, "month first or day first"},
        {"Patient ID,First Name,Last Na", 0, SOURCE_TRUNCATED, "headings"},
        {"PK\x03\x04 and so on", 0, SOURCE_CODE_MAX, "XLSX"},
        {"%PDF-1.7", 0, SOURCE_CODE_MAX, "PDF"},
        {"", 0, SOURCE_CODE_MAX, "empty"},
        {"Alpha,Beta\n1,2\n", 0, SOURCE_UNKNOWN_COLUMN, "headings"},
    };
    struct source_fixture t;
    source_fixture_open(&t, RUNS_ON(state));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        source_fixture_text(&t, "good.csv", PATIENT_HEADINGS "P9,Ed,Ray,1985-03-20,,,,,,\n");
        source_fixture_text(&t, "bad.csv", cases[i].text);
        assert_int_equal(source_fixture_import(&t), ERR_INPUT);
        assert_non_null(strstr(t.why.message, cases[i].message));
        assert_true(*t.why.hint && strstr(t.why.place, "bad.csv"));
        assert_non_null(t.report->files[1].refused);
        assert_int_equal(t.report->files[0].accepted, 0);
        if (cases[i].code != SOURCE_CODE_MAX)
            assert_int_equal(
                source_fixture_issues(&t.report->files[1].rejected, cases[i].code, 0), 1);
        assert_int_equal(record_fixture_int(&t.records, "SELECT COUNT(*) FROM audit"), 0);
        assert_int_equal(record_fixture_int(&t.records, "SELECT COUNT(*) FROM patient"), 0);
    }
    source_fixture_close(&t);
}

static void test_source_import__what_is_no_day_speaks_for_no_order(void **state)
{
    struct source_fixture t;
    source_fixture_open(&t, RUNS_ON(state));
    source_fixture_text(&t, "one.csv",
        "ID,Name,Cell,DOB\n1,Ann Lee,512-555-0111,1/15/1980\n2,Bob Moss,512-555-0122,12/31/1975\n"
        "3,Cy Bo,512-555-0133,30/2/1980\n4,Di Fox,512-555-0144,29/2/79\n");
    assert_int_equal(source_fixture_import(&t), ERR_NONE);
    assert_int_equal(t.report->files[0].accepted, 4);
    assert_int_equal(source_fixture_issues(&t.report->files[0].warnings, SOURCE_BAD_DATE, 4), 1);
    assert_int_equal(
        record_fixture_int(&t.records, "SELECT birth_day FROM patient WHERE first_name = 'Ann'"),
        day_of(1980, 1, 15).n);
    assert_int_equal(
        record_fixture_int(&t.records, "SELECT COUNT(*) FROM patient WHERE birth_day IS NULL"), 2);
    source_fixture_close(&t);
}

static void test_source_import__names_the_rows_that_contradict_each_other(void **state)
{
    struct source_fixture t;
    source_fixture_open(&t, RUNS_ON(state));
    source_fixture_text(&t, "two.csv",
        "ID,Name,DOB\n1,Ann Lee,3/4/1980\n2,Bob Moss,3/14/1979\n3,Cy Bo,30/2/1980\n"
        "4,Di Fox,13/4/1979\n5,Ed Ray,14/4/1979\n");
    assert_int_equal(source_fixture_import(&t), ERR_INPUT);
    assert_string_equal(t.why.message, "row 3 can only be month first, row 5 only day first");
    assert_non_null(strstr(t.why.hint, "date_order: mdy or dmy"));
    assert_non_null(strstr(t.why.place, "row 5, column DOB"));
    assert_int_equal(
        source_fixture_issues(&t.report->files[0].rejected, SOURCE_AMBIGUOUS_DATE, 5), 1);
    source_fixture_close(&t);
}

static void test_source_import__a_dry_run_counts_and_keeps_nothing(void **state)
{
    struct source_fixture t;
    source_fixture_open(&t, RUNS_ON(state));
    t.dry = true;
    source_fixture_text(&t, "p.csv", PATIENT_HEADINGS "P1,Ann,Lee,1985-03-02,,,,,,\n");
    assert_int_equal(source_fixture_import(&t), ERR_NONE);
    assert_int_equal(t.report->files[0].created, 1);
    assert_int_equal(record_fixture_int(&t.records, "SELECT COUNT(*) FROM patient_record"), 0);
    source_fixture_close(&t);
}

static void test_source_import__a_mapping_names_columns_values_order_and_zone(void **state)
{
    struct source_fixture t;
    source_fixture_open(&t, RUNS_ON(state));
    source_fixture_text(
        &t, "p.csv", "Nr;Vorname;Nachname;Geboren;Handy\nP1;Ann;Lee;03/04/1985;5125550111\n");
    source_fixture_text(
        &t, "a.csv", "Termin;Nr;Wann;Was;Stand\nA1;P1;04/03/2025 09:00;Botox;Erledigt\n");
    t.map = "date_order: dmy\nzone: Europe/Berlin\n"
            "columns:\n  patient_id: Nr\n  first_name: Vorname\n  last_name: Nachname\n"
            "  birth_date: Geboren\n  mobile_phone: Handy\n  appointment_id: Termin\n"
            "  start: Wann\n  service: Was\n  status: Stand\n"
            "values:\n  status: {Erledigt: completed}\n";
    assert_int_equal(source_fixture_import(&t), ERR_NONE);
    assert_int_equal(t.report->patients, 1);
    assert_int_equal(t.report->appointments, 1);
    assert_int_equal(
        record_fixture_int(&t.records, "SELECT birth_day FROM patient"), day_of(1985, 4, 3).n);
    /* 9:00 in Berlin on 4 March 2025 is 8:00 UTC. */
    assert_int_equal(record_fixture_int(&t.records, "SELECT start_ms FROM appointment"),
        day_of(2025, 3, 4).n * MS_PER_DAY + 8 * MS_PER_HOUR);
    /* One status alone, which the file does not say. */
    t.map = "defaults: {status: no show}\n";
    source_fixture_text(
        &t, "a.csv", "Appointment ID,Patient ID,Start,Service\nA2,P1,2025-05-01 09:00,Botox\n");
    assert_int_equal(source_fixture_import(&t), ERR_NONE);
    assert_int_equal(
        record_fixture_int(&t.records, "SELECT COUNT(*) FROM appointment WHERE status = 'no_show'"),
        1);
    t.map = "defaults: {sms_consent: yes}\n";
    source_fixture_text(&t, "p.csv", "Patient ID,First Name\nP1,Ann\n");
    assert_int_equal(source_fixture_import(&t), ERR_INPUT);
    assert_non_null(strstr(t.why.message, "each row"));
    t.map = "first_nam: Vorname\n";
    source_fixture_text(&t, "p.csv", "Nr;Vorname\nP1;Ann\n");
    assert_int_equal(source_fixture_import(&t), ERR_INPUT);
    assert_non_null(strstr(t.why.message, "first_name"));
    source_fixture_close(&t);
}

static void test_source_import__takes_booking_systems_as_they_are(void **state)
{
    struct source_fixture t;
    source_fixture_open(&t, RUNS_ON(state));
    source_fixture_text(&t, "schedule.csv",
        "Start Time,End Time,First Name,Last Name,Phone,Email,Type,Calendar,Appointment Price,"
        "Paid?,Amount Paid Online,Certificate Code,Notes,Date Scheduled,Label,Scheduled By,"
        "Appointment ID\n"
        "\"March 20, 2025 10:00 am\",\"March 20, 2025 10:45 am\",Dana,Ruiz,(202) 555-0143,"
        "dana@example.test,Botox,R. Shah,180.00,no,0.00,,,\"March 1, 2025\",,,1001\n");
    source_fixture_text(&t, "square.csv",
        "Reference ID,First Name,Last Name,Email Address,Phone Number,Birthday,Square Customer ID,"
        "Creation Source,Email Subscription Status,Instant Profile\n"
        ",Eli,Fox,eli@example.test,'+1 512-555-0150,0000-05-12,SQ1,DIRECTORY,unsubscribed,No\n");
    source_fixture_text(&t, "vagaro.csv",
        "Customer List,,,\nLumen Med Spa,,,\n\n"
        "Name,Mobile,Customer Since,Check-Ins\n\"Gray, Hal\",512-555-0160,01/15/2024,3\n");
    source_fixture_text(&t, "jane.csv",
        "Patient Number,First Name,Last Name,Mobile Phone,Province,Postal,Referred To\n"
        "J1,Ivy,King,512-555-0170,ON,K1A 0B1,\n");
    source_fixture_text(&t, "jane_appointments.csv",
        "patient_number,appointment_start_date_time,treatment_name,staff_member_name,state\n"
        "J1,2025-04-01 09:00,Dysport,*Dr. Gone,arrived\n");
    assert_int_equal(source_fixture_import(&t), ERR_NONE);
    for (size_t i = 0; i < t.report->file_count; i++)
        assert_int_equal(t.report->files[i].accepted, 1);
    assert_int_equal(record_fixture_int(
                         &t.records, "SELECT COUNT(*) FROM appointment WHERE status = 'completed'"),
        2);
    assert_int_equal(record_fixture_int(&t.records,
                         "SELECT COUNT(*) FROM appointment WHERE provider = 'Dr. Gone'"),
        1);
    assert_int_equal(record_fixture_int(
                         &t.records, "SELECT email_stopped FROM patient WHERE external_id = 'SQ1'"),
        1);
    assert_int_equal(
        record_fixture_int(&t.records,
            "SELECT COUNT(*) FROM patient WHERE first_name = 'Hal' AND last_name = 'Gray'"),
        1);
    assert_int_equal(record_fixture_int(&t.records,
                         "SELECT COUNT(*) FROM patient WHERE external_id LIKE 'acuity:%'"),
        1);
    source_fixture_close(&t);
}

static void test_source_import__finds_patients_by_name(void **state)
{
    struct source_fixture t;
    source_fixture_open(&t, RUNS_ON(state));
    for (int turn = 0; turn < 2; turn++) {
        source_fixture_text(&t, "p.csv",
            PATIENT_HEADINGS "P1,Ann,Lee,1985-03-02,(512) 555-0111,,ann@example.com,Y,,\n"
                             "P2,Bo,Ray,1990-01-01,,,,,,\n"
                             "P3,Cy,Day,1991-01-01,,,,,,\n"
                             "P4,Cy,Day,1992-01-01,,,,,,\n");
        source_fixture_text(&t, "cancellations.csv",
            "Customer,Service Provider,Appointment Date,Status,Status Changed Date,Service Name\n"
            "\"Ray, Bo\",R. Shah,2025-03-01 10:00,Service Completed,,Botox\n"
            "Cy Day,R. Shah,2025-03-02 10:00,Service Completed,,Botox\n"
            "Nobody Known,R. Shah,2025-03-03 10:00,No Show,,Botox\n");
        source_fixture_text(&t, "bookings.csv",
            "Booking ID,Client,Email,Phone,Start,Service,Status\n"
            "B1,Ann Lee,ANN@example.com,,2025-04-01 10:00,Botox,Completed\n"
            "B2,Di Fox,di@example.com,512-555-0122,2025-04-02 10:00,Botox,Completed\n");
        assert_int_equal(source_fixture_import(&t), ERR_NONE);
        assert_string_equal(t.report->files[1].kind, "vagaro.appointments");
        assert_int_equal(t.report->files[1].accepted, 1);
        assert_int_equal(
            source_fixture_issues(&t.report->files[1].rejected, SOURCE_UNKNOWN_PATIENT, 0), 2);
        assert_non_null(
            strstr(t.report->files[1].rejected.list[0].message, "patients have this name; add"));
        assert_non_null(strstr(t.report->files[1].rejected.list[1].message, "no patient has this"));
        assert_int_equal(t.report->files[2].accepted, 2);
        assert_int_equal(t.report->files[2].unchanged, 2 * turn);
        assert_int_equal(record_fixture_int(&t.records, "SELECT COUNT(*) FROM patient"), 5);
        assert_int_equal(
            record_fixture_int(&t.records,
                "SELECT COUNT(*) FROM patient WHERE visits = 1 AND external_id IN ('P1', 'P2')"),
            2);
        assert_int_equal(record_fixture_int(&t.records, "SELECT COUNT(*) FROM audit"), 10);
    }
    source_fixture_close(&t);
}

static void test_source_import__a_file_of_some_fields_keeps_the_others(void **state)
{
    struct source_fixture t;
    source_fixture_open(&t, RUNS_ON(state));
    for (int turn = 0; turn < 2; turn++) {
        source_fixture_text(
            &t, "p.csv", PATIENT_HEADINGS "P1,Ann,Lee,1985-03-02,(512) 555-0111,,,Y,,\n");
        assert_int_equal(source_fixture_import(&t), ERR_NONE);
        assert_int_equal(t.report->files[0].updated, 0);
        source_fixture_text(&t, "points.csv", "Patient ID,Loyalty Points\nP1,700\n");
        assert_int_equal(source_fixture_import(&t), ERR_NONE);
        assert_int_equal(t.report->files[0].updated, turn == 0);
        assert_int_equal(record_fixture_int(&t.records,
                             "SELECT loyalty_points FROM patient WHERE first_name = 'Ann'"),
            700);
    }
    source_fixture_close(&t);
}

static void test_source_import__keeps_clock_times_through_summer_time(void **state)
{
    struct source_fixture t;
    source_fixture_open(&t, RUNS_ON(state));
    source_fixture_text(&t, "p.csv", PATIENT_HEADINGS "P1,Ann,Lee,1985-03-02,,,,,,\n");
    source_fixture_text(&t, "a.csv",
        "Appointment ID,Patient ID,Date,Time,End Time,Service,Status\n"
        "A1,P1,2025-03-09,02:30 AM,3:15 AM,Botox,Completed\n"
        "A2,P1,2025-11-02,1:30 AM,,Botox,Completed\n"
        "A3,P1,2025-07-01,11:30 PM,12:15 AM,Botox,Completed\n"
        "A4,P1,2025-07-01T23:30:00-07:00,,,Botox,Completed\n");
    assert_int_equal(source_fixture_import(&t), ERR_NONE);
    assert_int_equal(t.report->files[1].accepted, 4);
    /* A gap moves forward to 3:30, an hour that comes twice is the first: both UTC-5. */
    assert_int_equal(record_fixture_int(&t.records,
                         "SELECT start_ms FROM appointment WHERE appointment_id = 'A1'"),
        day_of(2025, 3, 9).n * MS_PER_DAY + 8 * MS_PER_HOUR + 30 * MS_PER_MINUTE);
    assert_int_equal(record_fixture_int(&t.records,
                         "SELECT start_ms FROM appointment WHERE appointment_id = 'A2'"),
        day_of(2025, 11, 2).n * MS_PER_DAY + 6 * MS_PER_HOUR + 30 * MS_PER_MINUTE);
    assert_int_equal(record_fixture_int(&t.records,
                         "SELECT end_ms - start_ms FROM appointment WHERE appointment_id = 'A3'"),
        45 * MS_PER_MINUTE);
    assert_int_equal(record_fixture_int(&t.records,
                         "SELECT local_day FROM appointment WHERE appointment_id = 'A4'"),
        day_of(2025, 7, 2).n);
    source_fixture_close(&t);
}

struct heard {
    struct source_fixture fixture; /* first: the callback gets it */
    int calls[SOURCE_SETTLING + 1];
    int64_t done, all;
    enum source_step step;
};

static void hear(void *context, const char *file, enum source_step step, int64_t done, int64_t all)
{
    struct heard *heard = context;
    assert_true(step >= heard->step && done <= all);
    assert_true(step != heard->step || done >= heard->done);
    assert_string_equal(file, step == SOURCE_SETTLING ? "" : "folder/p.csv");
    heard->step = step;
    heard->done = done;
    heard->all = all;
    heard->calls[step]++;
}

static void test_source_import__tells_how_far_each_step_is(void **state)
{
    enum { PATIENTS = 700 }; /* more than are folded at once */
    struct heard heard = {0};
    struct source_fixture *t = &heard.fixture;
    source_fixture_open(t, RUNS_ON(state));
    t->progress = hear;
    struct buf text;
    buf_init(&text, &t->records.store.boot);
    buf_add(&text, PATIENT_HEADINGS);
    for (int i = 0; i < PATIENTS; i++)
        buf_format(&text, "P%d,Ann,Lee%d,1985-03-02,,,p%d@example.com,Y,,\n", i, i, i);
    source_fixture_text(t, "folder/p.csv", text.data);
    assert_int_equal(source_fixture_import(t), ERR_NONE);
    assert_true(heard.calls[SOURCE_READING] > 0 && heard.calls[SOURCE_TAKING] > 0);
    assert_true(heard.calls[SOURCE_SETTLING] > 1);
    assert_int_equal(heard.done, PATIENTS);
    assert_int_equal(heard.all, PATIENTS);
    source_fixture_close(t);
}

static void test_source_import__says_when_no_past_visit_is_completed(void **state)
{
    struct source_fixture t;
    source_fixture_open(&t, RUNS_ON(state));
    source_fixture_text(&t, "p.csv", PATIENT_HEADINGS "P1,Ann,Lee,1985-03-02,,,,,,\n");
    source_fixture_text(&t, "kept.csv",
        "Appointment ID,Patient ID,Start,Service,Status\n"
        "A1,P1,2025-03-01 09:00,Botox,Arrived\nA2,P1,2025-03-02 09:00,Botox,Cancelled\n"
        "A3,P1,2025-03-03 09:00,Botox,Confirmed\n");
    source_fixture_text(&t, "done.csv",
        "Appointment ID,Patient ID,Start,Service,Status\n"
        "A4,P1,2025-03-01 09:00,Botox,Arrived\nA5,P1,2025-03-02 09:00,Botox,Completed\n");
    source_fixture_text(&t, "future.csv",
        "Appointment ID,Patient ID,Start,Service,Status\nA6,P1,2099-03-01 09:00,Botox,Booked\n");
    assert_int_equal(source_fixture_import(&t), ERR_NONE);
    const struct source_issues *warnings = &t.report->files[1].warnings;
    assert_int_equal(source_fixture_issues(warnings, SOURCE_BAD_STATUS, 1), 1);
    assert_non_null(strstr(warnings->list[0].message, "nobody becomes due by it (2 visits"));
    assert_non_null(strstr(warnings->list[0].message, "--as jane.appointments"));
    assert_non_null(strstr(warnings->list[0].message, "values: {status: {WORD: completed}}"));
    assert_string_equal(warnings->list[0].column, "Status");
    for (size_t i = 2; i < t.report->file_count; i++)
        assert_int_equal(t.report->files[i].warnings.total, 0);
    source_fixture_close(&t);
}

static void test_source_judge__refuses_what_was_rejected_whole(void **state)
{
    struct source_fixture t;
    struct why why = {0};
    source_fixture_open(&t, RUNS_ON(state));
    source_fixture_text(&t, "p.csv", PATIENT_HEADINGS "P1,Ann,Lee,1985-03-02,,,,,,\n");
    source_fixture_text(&t, "some.csv",
        "Appointment ID,Patient ID,Start,Service,Status\n"
        "A1,P1,2025-03-01 09:00,Botox,Completed\nA2,P1,2025-03-02 09:00,Botox,Quux\n");
    assert_int_equal(source_fixture_import(&t), ERR_NONE);
    assert_int_equal(source_judge(&t.records.store.boot, t.report, &why), ERR_NONE);
    source_fixture_text(&t, "none.csv",
        "Appointment ID,Patient ID,Start,Service,Status\n"
        "A3,P1,2025-03-01 09:00,Botox,Quux\nA4,P1,2025-03-02 09:00,Botox,Quux\n");
    assert_int_equal(source_fixture_import(&t), ERR_NONE);
    assert_int_equal(source_judge(&t.records.store.boot, t.report, &why), ERR_INPUT);
    assert_non_null(strstr(why.message, "every row was rejected (2 rows), row 2, column Status"));
    assert_string_equal(why.place, "none.csv");
    assert_non_null(strstr(why.hint, "--as"));
    source_fixture_close(&t);
}

static void test_source_report__is_the_contracts_json(void **state)
{
    struct source_fixture t;
    source_fixture_open(&t, RUNS_ON(state));
    source_fixture_text(&t, "p.csv", PATIENT_HEADINGS ",Ann,Lee,1985-03-02,,,,,,\n");
    assert_int_equal(source_fixture_import(&t), ERR_NONE);
    JSON_AUTO json = source_report_json(t.report);
    char *text = json_text_of(&t.records.store.boot, json);
    assert_string_equal(text,
        "{\"files\":[{\"file\":\"p.csv\",\"kind\":\"generic.patients\",\"encoding\":\"utf-8\","
        "\"delimiter\":\",\",\"rows_read\":1,\"accepted\":0,\"created\":0,\"updated\":0,"
        "\"unchanged\":0,\"rejected\":[{\"row\":2,\"column\":\"Patient ID\",\"code\":\"no_id\","
        "\"message\":\"no id, so nothing else can refer to this patient; complete it in the "
        "booking system\"}],\"warnings\":[]}],\"totals\":{\"patients\":0,\"appointments\":0,"
        "\"rejected\":1,\"warnings\":0}}");
    source_fixture_close(&t);
}

int main(void)
{
    static const struct CMUnitTest pure[] = {
        cmocka_unit_test(test_csv_next__reads_what_exports_write),
        cmocka_unit_test(test_csv_next__bounds_a_record),
        cmocka_unit_test(test_encoding__is_found_and_read),
        cmocka_unit_test(test_date_scan__reads_the_ways_dates_are_written),
        cmocka_unit_test(test_date_tally__decides_a_column_from_all_its_values),
        cmocka_unit_test(test_date_day__puts_short_years_where_they_belong),
        cmocka_unit_test(test_money_parse__reads_amounts),
        cmocka_unit_test(test_word__knows_booking_systems_words),
        cmocka_unit_test(test_source_code__has_the_contracts_name),
        cmocka_unit_test(test_kind_detect__tells_exports_by_their_headings),
    };
    static const struct db_test stored[] = {
        DB_TEST(test_source_import__reports_each_row_by_number),
        DB_TEST(test_source_import__warns_of_a_consent_of_a_day_to_come),
        DB_TEST(test_source_import__tells_of_a_heading_that_comes_twice),
        DB_TEST(test_source_import__twice_changes_nothing),
        DB_TEST(test_source_import__a_wrong_file_changes_nothing),
        DB_TEST(test_source_import__what_is_no_day_speaks_for_no_order),
        DB_TEST(test_source_import__names_the_rows_that_contradict_each_other),
        DB_TEST(test_source_import__a_dry_run_counts_and_keeps_nothing),
        DB_TEST(test_source_import__a_mapping_names_columns_values_order_and_zone),
        DB_TEST(test_source_import__takes_booking_systems_as_they_are),
        DB_TEST(test_source_import__says_when_no_past_visit_is_completed),
        DB_TEST(test_source_judge__refuses_what_was_rejected_whole),
        DB_TEST(test_source_import__finds_patients_by_name),
        DB_TEST(test_source_import__a_file_of_some_fields_keeps_the_others),
        DB_TEST(test_source_import__keeps_clock_times_through_summer_time),
        DB_TEST(test_source_import__tells_how_far_each_step_is),
        DB_TEST(test_source_report__is_the_contracts_json),
    };
    enum { PURE = sizeof pure / sizeof pure[0], STORED = sizeof stored / sizeof stored[0] };
    struct CMUnitTest all[PURE + 2 * STORED];
    memcpy(all, pure, sizeof pure);
    db_fixture_tests(stored, STORED, all + PURE);
    return cmocka_run_group_tests(all, NULL, NULL);
}
