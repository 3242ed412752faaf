#include "record/practice.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/phone.h"
#include "base/text.h"
#include "record/practice_int.h"

static const char *const channel_names[CHANNEL_KIND_MAX] = {
    [CHANNEL_SMS] = "sms",
    [CHANNEL_EMAIL] = "email",
    [CHANNEL_VOICE] = "voice",
    [CHANNEL_TASK] = "task",
};

/* A duplicated default text shows in docs/operations.md. */
static const struct setting practice_settings[] = {
    {"name", SETTING_TEXT, PLACE(name), 1, 120, NULL, true, NULL},
    {"legal_name", SETTING_TEXT, PLACE(legal_name), 1, 200, NULL, false, NULL},
    {"timezone", SETTING_ZONE, PLACE(zone_name), 0, 0, NULL, true, NULL},
    {"state", SETTING_STATE, PLACE(state), 0, 0, NULL, false, NULL},
    {"phone", SETTING_PHONE, PLACE(phone), 0, 0, NULL, false, NULL},
    {"address", SETTING_TEXT, PLACE(address), 5, 300, NULL, false, NULL},
    {"booking_url", SETTING_URL, PLACE(booking_url), 0, 0, NULL, false, NULL},
    {"adults_only", SETTING_BOOL, PLACE(adults_only), 0, 0, "false", false, NULL},
    {"never_name_treatment", SETTING_BOOL, PLACE(never_name_treatment), 0, 0, "false", false, NULL},
    {"date_order", SETTING_DATE_ORDER, PLACE(date_order), 0, 0, "auto", false, NULL},
    /* 8 a.m. to 9 p.m.: 47 CFR 64.1200(c)(1). */
    {"send_from", SETTING_MINUTE, PLACE(send_from_minute), 8 * 60, 20 * 60 + 59, "10:00", false,
        NULL},
    {"scan_at", SETTING_MINUTE, PLACE(scan_minute), 0, 24 * 60 - 1, "23:00", false, NULL},
    {"idle_logoff_min", SETTING_COUNT, PLACE(idle_logoff_min), 5, 240, "15", false, NULL},
    {"consent_form", SETTING_TEXT, PLACE(consent_form_name), 1, 200, NULL, false, NULL},
    {"booking_data_age", SETTING_SPAN_MS, PLACE(booking_data_age_ms_max), MS_PER_HOUR,
        31 * MS_PER_DAY, "48h", false, NULL},
    {"consent_age", SETTING_SPAN_DAYS, PLACE(consent_age_days_max), 1, 1826, "548d", false, NULL},
    {"audience_growth", SETTING_RATIO, PLACE(audience_growth_max), 1, 100, "1.5", false, NULL},
    {"store", SETTING_TEXT, PLACE(store), 1, 500, "data/perennial.db", false, NULL},
    {"listen", SETTING_TEXT, PLACE(listen), 3, 100, "127.0.0.1:8080", false, NULL},
    {"public_url", SETTING_URL, PLACE(public_url), 0, 0, NULL, false, NULL},
    {"private_webhooks", SETTING_BOOL, PLACE(private_webhooks), 0, 0, "false", false, NULL},
    {"auto_answer_percent", SETTING_COUNT, PLACE(auto_answer_percent_min), 50, 100, "80", false,
        NULL},
    {"clinician_contact", SETTING_CONTACT, PLACE(clinician_contact), 0, 0, NULL, false, NULL},
};

/* Above three marketing messages a day state law is in the way (QH-7). */
static const struct setting limit_settings[] = {
    {"marketing_per_day", SETTING_COUNT, PLACE(marketing_per_day_max), 0, 3, "1", false, NULL},
    {"marketing_per_7_days", SETTING_COUNT, PLACE(marketing_per_7_days_max), 0, 7, "2", false,
        NULL},
    {"marketing_per_30_days", SETTING_COUNT, PLACE(marketing_per_30_days_max), 0, 20, "6", false,
        NULL},
    {"sends_per_day", SETTING_COUNT, PLACE(sends_per_day_max), 0, 1000000, "0", false, NULL},
    {"calls_per_day", SETTING_COUNT, PLACE(calls_per_day_max), 0, 10000, "10", false, NULL},
    {"bookings_per_month", SETTING_COUNT, PLACE(bookings_per_month_max), 0, 1000000, "0", false,
        NULL},
};

static const struct setting dnc_settings[] = {
    {"required", SETTING_BOOL, PLACE(dnc_required), 0, 0, "false", false, NULL},
    {"imported", SETTING_DAY, PLACE(dnc_imported), 0, 0, NULL, false, NULL},
};

static const struct setting sign_in_settings[] = {
    {"issuer", SETTING_TEXT, PLACE(sign_in.issuer), 9, 300, NULL, false, NULL},
    {"client_id", SETTING_TEXT, PLACE(sign_in.client_id), 1, 300, NULL, false, NULL},
    {"app_url", SETTING_TEXT, PLACE(sign_in.app_url), 9, 300, NULL, false, NULL},
    {"label", SETTING_TEXT, PLACE(sign_in.label), 1, 60, "single sign-on", false, NULL},
    {"second_factor_there", SETTING_BOOL, PLACE(sign_in.second_factor_there), 0, 0, "true", false,
        NULL},
};

static const char *const block_names[] = {"practice_id", "limits", "dnc", "sign_in", "holidays",
    "paused_zips", "auto_answers", "vendors", "channels", "language_model"};

const char *channel_kind_name(enum channel_kind kind)
{
    assert(kind < CHANNEL_KIND_MAX);
    return channel_names[kind];
}

bool channel_kind_parse(const char *text, enum channel_kind *ret_kind)
{
    for (int kind = 0; kind < CHANNEL_KIND_MAX; kind++) {
        if (text_is(text, channel_names[kind])) {
            *ret_kind = (enum channel_kind)kind;
            return true;
        }
    }
    return false;
}

static enum err read_id(const struct yaml *root, struct practice *practice, struct why *reterr_why)
{
    practice->practice_id = 1;
    const struct yaml *node = yaml_get(root, "practice_id");
    return node ? yaml_int(node, 1, INT32_MAX, &practice->practice_id, reterr_why) : ERR_NONE;
}

static enum err read_holidays(
    struct arena *boot, const struct yaml *node, struct practice *practice, struct why *reterr_why)
{
    if (!node)
        return ERR_NONE;
    if (node->kind != YAML_SEQUENCE)
        return yaml_error(node, reterr_why, "holidays is a list of dates such as 2026-12-26");
    const char **days = ARENA_NEW(boot, const char *, node->count);
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml *element = yaml_at(node, i);
        struct day day;
        if (element->kind != YAML_SCALAR || day_parse(element->scalar, &day, NULL) != ERR_NONE)
            return yaml_error(element, reterr_why, "a holiday is a date such as 2026-12-26");
        days[i] = element->scalar;
    }
    practice->holidays = days;
    practice->holiday_count = node->count;
    return ERR_NONE;
}

static enum err read_auto_answers(
    struct arena *boot, const struct yaml *node, struct practice *practice, struct why *reterr_why)
{
    if (!node)
        return ERR_NONE;
    if (node->kind != YAML_SEQUENCE)
        return yaml_error(
            node, reterr_why, "auto_answers is a list of labels, such as [price, location_hours]");
    const struct yaml **labels = ARENA_NEW(boot, const struct yaml *, node->count);
    for (size_t i = 0; i < node->count; i++) {
        labels[i] = yaml_at(node, i);
        if (labels[i]->kind != YAML_SCALAR)
            return yaml_error(labels[i], reterr_why, "a label is a word, such as price");
    }
    practice->auto_answers = labels;
    practice->auto_answer_count = node->count;
    return ERR_NONE;
}

static bool is_zip(const char *text)
{
    size_t len = text ? strlen(text) : 0;
    return (len == 3 || len == 5) && strspn(text, "0123456789") == len;
}

static enum err read_zips(
    struct arena *boot, const struct yaml *node, struct practice *practice, struct why *reterr_why)
{
    if (!node)
        return ERR_NONE;
    if (node->kind != YAML_SEQUENCE)
        return yaml_error(
            node, reterr_why, "paused_zips is a list of ZIP codes or 3-digit prefixes");
    const char **zips = ARENA_NEW(boot, const char *, node->count);
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml *element = yaml_at(node, i);
        if (element->kind != YAML_SCALAR || !is_zip(element->scalar))
            return yaml_error(element, reterr_why, "a ZIP has five digits, a prefix three");
        zips[i] = element->scalar;
    }
    practice->paused_zips = zips;
    practice->paused_zip_count = node->count;
    return ERR_NONE;
}

static enum err read_vendor_day(
    const struct yaml *vendor, const char *name, struct day *ret_day, struct why *reterr_why)
{
    const struct yaml *node = yaml_get(vendor, name);
    ret_day->n = DAY_NONE;
    if (!node || (node->kind == YAML_SCALAR && !*node->scalar))
        return ERR_NONE;
    if (node->kind != YAML_SCALAR || day_parse(node->scalar, ret_day, NULL) != ERR_NONE)
        return yaml_error(node, reterr_why, "%s is a date such as 2026-01-31", name);
    return ERR_NONE;
}

static enum err read_vendors(
    struct arena *boot, const struct yaml *node, struct practice *practice, struct why *reterr_why)
{
    static const char *const names[] = {"baa_signed", "baa_until"};
    if (!node)
        return ERR_NONE;
    if (node->kind != YAML_MAP)
        return yaml_error(node, reterr_why, "vendors is a map of vendor names");
    struct vendor *vendors = ARENA_NEW(boot, struct vendor, node->count);
    size_t count = 0;
    for (const struct yaml *entry = node->first; entry; entry = entry->next) {
        struct vendor *vendor = &vendors[count++];
        vendor->name = entry->key;
        if (entry->kind != YAML_MAP)
            return yaml_error(entry, reterr_why, "a vendor holds baa_signed and baa_until");
        enum err err = yaml_only(entry, names, 2, reterr_why);
        if (err == ERR_NONE)
            err = read_vendor_day(entry, names[0], &vendor->baa_signed, reterr_why);
        if (err == ERR_NONE)
            err = read_vendor_day(entry, names[1], &vendor->baa_until, reterr_why);
        if (err != ERR_NONE)
            return err;
    }
    practice->vendors = vendors;
    practice->vendor_count = count;
    return ERR_NONE;
}

static enum err read_known_keys(const struct yaml *root, struct why *reterr_why)
{
    enum { SETTINGS = sizeof(practice_settings) / sizeof(practice_settings[0]) };
    enum { BLOCKS = sizeof(block_names) / sizeof(block_names[0]) };
    const char *names[SETTINGS + BLOCKS];
    for (size_t i = 0; i < SETTINGS; i++)
        names[i] = practice_settings[i].name;
    for (size_t i = 0; i < BLOCKS; i++)
        names[SETTINGS + i] = block_names[i];
    return yaml_only(root, names, SETTINGS + BLOCKS, reterr_why);
}

/* All three or none, and over TLS: loopback is for tests. */
static enum err check_sign_in(
    const struct yaml *node, const struct practice_sign_in *sign_in, struct why *reterr_why)
{
    const char *const addresses[] = {sign_in->issuer, sign_in->app_url};
    if (!node)
        return ERR_NONE;
    if (!sign_in->issuer || !sign_in->client_id || !sign_in->app_url)
        return yaml_error(node, reterr_why,
            "sign_in needs issuer, client_id and app_url (where colleagues open the app)");
    for (size_t i = 0; i < COUNT_OF(addresses); i++) {
        bool local = text_starts(addresses[i], "http://127.0.0.1:")
            || text_starts(addresses[i], "http://localhost:");
        bool plain = !strpbrk(addresses[i], " \t\"<>\\#?@");
        if (!plain || !(local || text_starts(addresses[i], "https://")))
            return yaml_error(yaml_get(node, i ? "app_url" : "issuer"), reterr_why,
                "this is an address that begins with https://, without query or password");
    }
    return ERR_NONE;
}

enum err practice_parse(struct arena *boot, const struct yaml *root, struct zones *zones,
    struct practice *ret_practice, struct why *reterr_why)
{
    assert(boot && root && zones && ret_practice);
    struct practice practice = {.dnc_imported = {DAY_NONE}};
    struct setting_reader reader = {.boot = boot, .zones = zones};
    if (root->kind != YAML_MAP)
        return yaml_error(root, reterr_why, "the settings are a map: `name: Lumen Med Spa` ...");
    enum err err = read_known_keys(root, reterr_why);
    if (err == ERR_NONE)
        err = setting_read_all(
            &reader, root, practice_settings, COUNT_OF(practice_settings), &practice, reterr_why);
    if (err == ERR_NONE)
        err = setting_read_block(&reader, root, "limits", limit_settings, COUNT_OF(limit_settings),
            &practice, reterr_why);
    if (err == ERR_NONE)
        err = setting_read_block(
            &reader, root, "dnc", dnc_settings, COUNT_OF(dnc_settings), &practice, reterr_why);
    if (err == ERR_NONE)
        err = setting_read_block(&reader, root, "sign_in", sign_in_settings,
            COUNT_OF(sign_in_settings), &practice, reterr_why);
    if (err == ERR_NONE)
        err = check_sign_in(yaml_get(root, "sign_in"), &practice.sign_in, reterr_why);
    if (err == ERR_NONE)
        err = read_id(root, &practice, reterr_why);
    if (err == ERR_NONE)
        err = read_holidays(boot, yaml_get(root, "holidays"), &practice, reterr_why);
    if (err == ERR_NONE)
        err = read_zips(boot, yaml_get(root, "paused_zips"), &practice, reterr_why);
    if (err == ERR_NONE)
        err = read_auto_answers(boot, yaml_get(root, "auto_answers"), &practice, reterr_why);
    if (err == ERR_NONE)
        err = read_vendors(boot, yaml_get(root, "vendors"), &practice, reterr_why);
    if (err == ERR_NONE)
        err = practice_channels_read(&reader, root, &practice, reterr_why);
    if (err == ERR_NONE)
        err = practice_model_read(&reader, root, &practice, reterr_why);
    if (err != ERR_NONE) {
        why_hint(reterr_why, "docs/operations.md says what belongs here");
        return err;
    }
    practice.zone = reader.zone;
    if (!practice.legal_name)
        practice.legal_name = practice.name;
    *ret_practice = practice;
    return ERR_NONE;
}

void practice_set_consent_form(struct arena *boot, struct practice *practice, const char *text)
{
    assert(practice->consent_form_name && text);
    struct sha256 digest = hash_sha256(text, strlen(text));
    practice->consent_form_text = arena_text(boot, text);
    practice->consent_form_hash = hash_hex(boot, digest.bytes, sizeof(digest.bytes));
}

const char *practice_plain_booking_url(struct arena *arena, const struct practice *practice)
{
    if (!practice->booking_url)
        return NULL;
    struct buf buf;
    buf_init(&buf, arena);
    for (const char *at = practice->booking_url; *at;) {
        const char *end = *at == '{' ? strchr(at, '}') : NULL;
        if (!end)
            buf_add_char(&buf, *at++);
        else
            at = end + 1;
    }
    return buf.data;
}

const struct vendor *practice_vendor(const struct practice *practice, const char *name)
{
    for (size_t i = 0; i < practice->vendor_count; i++) {
        if (text_is(practice->vendors[i].name, name))
            return &practice->vendors[i];
    }
    return NULL;
}

bool practice_vendor_ready(const struct practice *practice, const char *name, struct day today)
{
    if (text_is(name, "own"))
        return true;
    const struct vendor *vendor = name ? practice_vendor(practice, name) : NULL;
    return vendor && vendor->baa_signed.n != DAY_NONE && vendor->baa_signed.n <= today.n
        && (vendor->baa_until.n == DAY_NONE || vendor->baa_until.n >= today.n);
}
