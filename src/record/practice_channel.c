#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "record/practice_int.h"

static const char *const sms_drivers[] = {"null", "twilio", NULL};
static const char *const email_drivers[] = {"null", "smtp", NULL};
static const char *const voice_drivers[] = {"null", "task", NULL};
static const char *const task_drivers[] = {"task", "null", NULL};
static const char *const tls_words[] = {"none", "starttls", "implicit", NULL};

#define CHANNEL_PLACE(member) offsetof(struct channel_setting, member)

static const struct setting shared_settings[] = {
    {"vendor", SETTING_TEXT, CHANNEL_PLACE(vendor), 1, 100, NULL, false, NULL},
    {"from", SETTING_CONTACT, CHANNEL_PLACE(from), 0, 0, NULL, false, NULL},
    {"from_name", SETTING_TEXT, CHANNEL_PLACE(from_name), 1, 100, NULL, false, NULL},
    {"rate_per_s", SETTING_RATIO, CHANNEL_PLACE(rate_per_s), 0, 10000, "1", false, NULL},
    {"resend_after", SETTING_SPAN_MS, CHANNEL_PLACE(resend_after_ms), 1, 31 * MS_PER_DAY, "1d",
        false, NULL},
    {"timeout", SETTING_SPAN_MS, CHANNEL_PLACE(timeout_ms), 100, MS_PER_HOUR, "30s", false, NULL},
};

static const struct setting twilio_settings[] = {
    {"base_url", SETTING_URL, CHANNEL_PLACE(base_url), 0, 0, "https://api.twilio.com", false, NULL},
    {"account_sid", SETTING_TEXT, CHANNEL_PLACE(account_sid), 10, 64, NULL, true, NULL},
    {"api_key_sid", SETTING_TEXT, CHANNEL_PLACE(api_key_sid), 10, 64, NULL, false, NULL},
    {"secret_file", SETTING_TEXT, CHANNEL_PLACE(secret_file), 1, 100, "twilio-token", false, NULL},
    {"webhook_secret_file", SETTING_TEXT, CHANNEL_PLACE(webhook_secret_file), 1, 100, NULL, false,
        NULL},
    {"messaging_service_sid", SETTING_TEXT, CHANNEL_PLACE(messaging_service_sid), 10, 64, NULL,
        false, NULL},
    {"provider_answers_keywords", SETTING_BOOL, CHANNEL_PLACE(provider_answers_keywords), 0, 0,
        "false", false, NULL},
};

static const struct setting smtp_settings[] = {
    {"host", SETTING_TEXT, CHANNEL_PLACE(host), 1, 253, NULL, true, NULL},
    {"port", SETTING_COUNT, CHANNEL_PLACE(port), 1, 65535, "587", false, NULL},
    {"tls", SETTING_WORD, CHANNEL_PLACE(tls), 0, 0, "starttls", false, tls_words},
    {"user", SETTING_TEXT, CHANNEL_PLACE(user), 1, 254, NULL, false, NULL},
    {"secret_file", SETTING_TEXT, CHANNEL_PLACE(secret_file), 1, 100, NULL, false, NULL},
    {"reply_to", SETTING_CONTACT, CHANNEL_PLACE(reply_to), 0, 0, NULL, false, NULL},
};

struct channel_table {
    const char *const *drivers; /* the first is the default */
    const char *vendor;         /* of the real driver, unless the block names one */
    const struct setting *settings;
    size_t count;
};

static const struct channel_table channel_tables[CHANNEL_KIND_MAX] = {
    [CHANNEL_SMS] = {sms_drivers, "twilio", twilio_settings,
        sizeof(twilio_settings) / sizeof(twilio_settings[0])},
    [CHANNEL_EMAIL] = {email_drivers, "own", smtp_settings,
        sizeof(smtp_settings) / sizeof(smtp_settings[0])},
    [CHANNEL_VOICE] = {voice_drivers, "own", NULL, 0},
    [CHANNEL_TASK] = {task_drivers, "own", NULL, 0},
};

enum { SHARED_COUNT = sizeof(shared_settings) / sizeof(shared_settings[0]), NAMES_MAX = 32 };

static enum err read_ask_after(
    const struct yaml *block, struct channel_setting *channel, struct why *reterr_why)
{
    static const int64_t standard[3] = {45 * MS_PER_SECOND, 5 * MS_PER_MINUTE, 15 * MS_PER_MINUTE};
    const struct yaml *node = block ? yaml_get(block, "ask_after") : NULL;
    memcpy(channel->ask_after_ms, standard, sizeof(standard));
    if (!node)
        return ERR_NONE;
    if (node->kind != YAML_SEQUENCE || node->count != 3)
        return yaml_error(node, reterr_why, "ask_after is a list of three spans: [45s, 5m, 15m]");
    for (size_t i = 0; i < 3; i++) {
        struct span span;
        enum err err = yaml_span(yaml_at(node, i), &span, reterr_why);
        if (err != ERR_NONE)
            return err;
        channel->ask_after_ms[i] = span_ms(span);
        if (span_ms(span) < 1 || (i > 0 && span_ms(span) <= channel->ask_after_ms[i - 1]))
            return yaml_error(yaml_at(node, i), reterr_why, "the spans of ask_after grow");
    }
    return ERR_NONE;
}

/* Keys of the driver's own table count only where that driver is chosen: a half-filled Twilio block
 * beside `driver: null` is no error. */
static enum err read_keys(
    const struct yaml *block, const struct channel_table *table, struct why *reterr_why)
{
    const char *names[NAMES_MAX];
    size_t count = 0;
    names[count++] = "driver";
    names[count++] = "ask_after";
    assert(table->count + SHARED_COUNT + 2 <= NAMES_MAX);
    for (size_t i = 0; i < SHARED_COUNT; i++)
        names[count++] = shared_settings[i].name;
    for (size_t i = 0; i < table->count; i++)
        names[count++] = table->settings[i].name;
    return yaml_only(block, names, count, reterr_why);
}

static bool is_this_machine(const char *host)
{
    return text_is(host, "localhost") || text_starts(host, "127.") || text_is(host, "::1");
}

static enum err judge_channel(
    const struct yaml *block, const struct channel_setting *channel, struct why *reterr_why)
{
    if (text_is(channel->driver, "twilio") && !channel->from && !channel->messaging_service_sid)
        return yaml_error(block, reterr_why, "twilio wants `from` or `messaging_service_sid`");
    if (text_is(channel->driver, "smtp") && !channel->from)
        return yaml_error(block, reterr_why, "smtp wants `from`, the address patients see");
    if (text_is(channel->driver, "smtp") && text_is(channel->tls, "none")
        && !is_this_machine(channel->host))
        return yaml_error(yaml_get(block, "tls"), reterr_why,
            "mail without TLS may only go to this machine: use starttls or implicit");
    return ERR_NONE;
}

static enum err read_channel(struct setting_reader *reader, const struct yaml *block,
    const struct channel_table *table, struct channel_setting *channel, struct why *reterr_why)
{
    const struct setting driver = {.name = "driver",
        .type = SETTING_WORD,
        .offset = CHANNEL_PLACE(driver),
        .fallback = table->drivers[0],
        .words = table->drivers};
    if (block && block->kind != YAML_MAP)
        return yaml_error(block, reterr_why, "a channel holds settings: `driver: null` ...");
    channel->line = block ? block->line : 0;
    enum err err = block ? read_keys(block, table, reterr_why) : ERR_NONE;
    if (err == ERR_NONE)
        err = setting_read_all(reader, block, &driver, 1, channel, reterr_why);
    if (err == ERR_NONE)
        err = setting_read_all(
            reader, block, shared_settings, COUNT_OF(shared_settings), channel, reterr_why);
    bool real = err == ERR_NONE && table->count && text_is(channel->driver, table->drivers[1]);
    if (real)
        err = setting_read_all(reader, block, table->settings, table->count, channel, reterr_why);
    if (err == ERR_NONE)
        err = read_ask_after(block, channel, reterr_why);
    if (err == ERR_NONE && real)
        err = judge_channel(block, channel, reterr_why);
    if (err == ERR_NONE && !channel->vendor)
        channel->vendor = real ? table->vendor : "own";
    return err;
}

enum err practice_channels_read(struct setting_reader *reader, const struct yaml *root,
    struct practice *practice, struct why *reterr_why)
{
    const struct yaml *blocks = yaml_get(root, "channels");
    const char *names[CHANNEL_KIND_MAX];
    for (int kind = 0; kind < CHANNEL_KIND_MAX; kind++)
        names[kind] = channel_kind_name((enum channel_kind)kind);
    if (blocks && blocks->kind != YAML_MAP)
        return yaml_error(blocks, reterr_why, "channels holds sms, email, voice and task");
    enum err err = blocks ? yaml_only(blocks, names, CHANNEL_KIND_MAX, reterr_why) : ERR_NONE;
    for (int kind = 0; kind < CHANNEL_KIND_MAX && err == ERR_NONE; kind++)
        err = read_channel(reader, blocks ? yaml_get(blocks, names[kind]) : NULL,
            &channel_tables[kind], &practice->channels[kind], reterr_why);
    return err;
}
