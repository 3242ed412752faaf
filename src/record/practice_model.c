/* practice_model.c: the block `language_model` of perennial.yaml. */
#include <string.h>

#include "base/text.h"
#include "record/practice_int.h"

#define MODEL_PLACE(member) offsetof(struct language_model_setting, member)

static const char *const key_headers[] = {"Authorization", "api-key", NULL};
static const char *const token_fields[] = {"max_tokens", "max_completion_tokens", NULL};

static const struct setting model_settings[] = {
    {"url", SETTING_TEXT, MODEL_PLACE(url), 10, 300, NULL, false, NULL},
    {"model", SETTING_TEXT, MODEL_PLACE(model), 1, 100, "default", false, NULL},
    {"vendor", SETTING_TEXT, MODEL_PLACE(vendor), 1, 100, "own", false, NULL},
    {"private_network", SETTING_BOOL, MODEL_PLACE(private_network), 0, 0, "false", false, NULL},
    {"secret_file", SETTING_TEXT, MODEL_PLACE(secret_file), 1, 100, NULL, false, NULL},
    {"key_header", SETTING_WORD, MODEL_PLACE(key_header), 0, 0, "Authorization", false,
        key_headers},
    {"max_tokens_field", SETTING_WORD, MODEL_PLACE(max_tokens_field), 0, 0, "max_tokens", false,
        token_fields},
    {"temperature", SETTING_BOOL, MODEL_PLACE(temperature), 0, 0, "true", false, NULL},
    {"automatic", SETTING_BOOL, MODEL_PLACE(automatic), 0, 0, "false", false, NULL},
    {"calls_per_day", SETTING_COUNT, MODEL_PLACE(calls_per_day_max), 1, 100000, "500", false, NULL},
    {"tokens_per_day", SETTING_COUNT, MODEL_PLACE(tokens_per_day_max), 1000, 1000000000, "500000",
        false, NULL},
    {"at_once", SETTING_COUNT, MODEL_PLACE(at_once), 1, LANGUAGE_MODEL_AT_ONCE_MAX, "2", false,
        NULL},
    {"timeout", SETTING_SPAN_MS, MODEL_PLACE(timeout_ms), 100, 2 * MS_PER_MINUTE, "20s", false,
        NULL},
    {"rest", SETTING_SPAN_MS, MODEL_PLACE(rest_ms), MS_PER_SECOND, MS_PER_DAY, "5m", false, NULL},
};

static bool is_this_machine(const char *url)
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : "";
    size_t len = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
    bool four = text_starts(host, "127.") && strspn(host, "0123456789.") == len;
    return four || (len == strlen("localhost") && text_starts(host, "localhost"))
        || (len == strlen("[::1]") && text_starts(host, "[::1]"));
}

/* Patients' words go there: to the practice's own machines, or under an agreement (AI-11). */
static enum err judge_place(const struct practice *practice, const struct yaml *url,
    const struct language_model_setting *model, struct why *reterr_why)
{
    bool own = text_is(model->vendor, "own"), here = is_this_machine(model->url);
    bool secure = text_starts(model->url, "https://");
    if ((!secure && !text_starts(model->url, "http://")) || strpbrk(model->url, " \t\r\n\"<>@?#"))
        return yaml_error(
            url, reterr_why, "url is an address such as http://127.0.0.1:8080/v1, without a query");
    if (own && !here && !model->private_network) {
        why_hint(reterr_why,
            "Name its `vendor`, whose agreement stands under `vendors`, or say "
            "`private_network: true` for a machine of your own");
        return yaml_error(url, reterr_why, "the language model is not on this machine");
    }
    if (own)
        return ERR_NONE;
    const struct vendor *vendor = practice_vendor(practice, model->vendor);
    if (!vendor || vendor->baa_signed.n == DAY_NONE) {
        why_hint(reterr_why, "Sign one, and enter it as vendors: {%s: {baa_signed: DATE}}",
            model->vendor);
        return yaml_error(url, reterr_why,
            "no business associate agreement with %s is on file: nothing goes there",
            model->vendor);
    }
    return secure || here ? ERR_NONE
                          : yaml_error(url, reterr_why,
                              "a vendor's address begins with https://, for patients' words");
}

enum err practice_model_read(struct setting_reader *reader, const struct yaml *root,
    struct practice *practice, struct why *reterr_why)
{
    struct language_model_setting *model = &practice->language_model;
    const struct yaml *block = yaml_get(root, "language_model");
    enum err err = setting_read_block(reader, root, "language_model", model_settings,
        COUNT_OF(model_settings), model, reterr_why);
    if (err != ERR_NONE || !model->url)
        return err;
    model->line = block->line;
    size_t len = strlen(model->url);
    while (len > 0 && model->url[len - 1] == '/')
        len--;
    model->url = arena_text_n(reader->boot, model->url, len);
    return judge_place(practice, yaml_get(block, "url"), model, reterr_why);
}
