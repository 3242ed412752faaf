/* sms_twilio.c: texts through Twilio's REST API, version 2010-04-01.
 * Create: POST /Accounts/{sid}/Messages.json; there is no idempotency key, so an answer that did
 * not come is a doubt (https://www.twilio.com/docs/api/errors/20500) and is settled by the list
 * resource or by the status callback, whose address carries the attempt's id. */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "channel/driver.h"

enum {
    VALIDITY_S_MIN = 60,    /* below that a message dies before a busy queue gets to it */
    VALIDITY_S_MAX = 36000, /* the provider's own bound */
    ASK_PAGE = 200,         /* messages to one number that are looked through */
};

struct twilio {
    const char *url; /* .../Messages.json */
    const char *host;
    const char *user, *password;
    const char *messaging_service_sid, *from;
};

static const char *host_of(struct arena *boot, const char *url)
{
    const char *start = strstr(url, "://");
    start = start ? start + 3 : url;
    size_t len = start[0] == '[' ? strcspn(start, "]") + 1 : strcspn(start, ":/?#");
    return arena_text_n(boot, start, len);
}

static enum err missing(
    const struct channel_setting *setting, const char *key, struct why *reterr_why)
{
    why_place(reterr_why, "perennial.yaml:%d", setting->line);
    return why_set(reterr_why, ERR_INPUT, "the twilio driver needs %s", key);
}

static enum err twilio_open(struct arena *boot, const struct channel_setting *setting,
    const struct channel_secrets *secrets, void **ret_self, struct why *reterr_why)
{
    if (text_is_blank(setting->account_sid))
        return missing(setting, "account_sid", reterr_why);
    if (text_is_blank(setting->messaging_service_sid) && text_is_blank(setting->from))
        return missing(setting, "messaging_service_sid or from", reterr_why);
    struct twilio *twilio = ARENA_NEW(boot, struct twilio, 1);
    enum err err =
        channel_secret(secrets, setting, setting->secret_file, &twilio->password, reterr_why);
    if (err != ERR_NONE)
        return err;
    const char *base = setting->base_url ? setting->base_url : "https://api.twilio.com";
    size_t base_len = strlen(base);
    while (base_len > 0 && base[base_len - 1] == '/')
        base_len--;
    twilio->url = arena_format(boot, "%.*s/2010-04-01/Accounts/%s/Messages.json", (int)base_len,
        base, setting->account_sid);
    twilio->host = host_of(boot, base);
    twilio->user = setting->api_key_sid ? setting->api_key_sid : setting->account_sid;
    twilio->messaging_service_sid = setting->messaging_service_sid;
    twilio->from = setting->from;
    *ret_self = twilio;
    return ERR_NONE;
}

static const char *twilio_host(const void *self)
{
    return ((const struct twilio *)self)->host;
}

static void form_add(struct buf *form, const char *name, const char *value)
{
    if (form->len > 0)
        buf_add_char(form, '&');
    buf_add(form, name);
    buf_add_char(form, '=');
    for (const unsigned char *c = (const unsigned char *)value; *c; c++) {
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z')
            || (*c >= '0' && *c <= '9') || strchr("-._~", *c);
        if (plain)
            buf_add_char(form, (char)*c);
        else
            buf_format(form, "%%%02X", *c);
    }
}

static void twilio_request(struct arena *flight, const void *self, const struct outgoing *outgoing,
    struct instant now, struct net_request *ret_request)
{
    (void)now;
    const struct twilio *twilio = self;
    static const struct net_header headers[] = {
        {"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
    struct buf form;
    buf_init(&form, flight);
    form_add(&form, "To", outgoing->address);
    if (!text_is_blank(twilio->messaging_service_sid))
        form_add(&form, "MessagingServiceSid", twilio->messaging_service_sid);
    if (!text_is_blank(twilio->from))
        form_add(&form, "From", twilio->from);
    form_add(&form, "Body", outgoing->body);
    if (outgoing->callback_url)
        form_add(&form, "StatusCallback", outgoing->callback_url);
    if (outgoing->valid_s > 0) {
        int64_t valid_s = outgoing->valid_s < VALIDITY_S_MIN ? VALIDITY_S_MIN
            : outgoing->valid_s > VALIDITY_S_MAX             ? VALIDITY_S_MAX
                                                             : outgoing->valid_s;
        form_add(&form, "ValidityPeriod", arena_format(flight, "%" PRId64, valid_s));
    }
    *ret_request = (struct net_request){
        .kind = NET_HTTP,
        .url = twilio->url,
        .user = twilio->user,
        .password = twilio->password,
        .method = "POST",
        .headers = headers,
        .header_count = sizeof(headers) / sizeof(headers[0]),
        .body = form.data,
        .body_len = form.len,
    };
}

/* Classes of https://www.twilio.com/docs/api/errors; unknown 21xxx is the account's, unknown 30xxx
 * this message's. */
static const struct {
    int32_t code;
    enum receipt_outcome outcome;
} code_outcomes[] = {
    {10001, RECEIPT_CONFIG},
    {14107, RECEIPT_CONTENT},
    {20003, RECEIPT_CONFIG},
    {20005, RECEIPT_CONFIG},
    {20006, RECEIPT_CONFIG},
    {20404, RECEIPT_CONFIG},
    {20429, RECEIPT_NOT_SENT},
    {21211, RECEIPT_PERMANENT},
    {21212, RECEIPT_CONFIG},
    {21408, RECEIPT_CONFIG},
    {21602, RECEIPT_CONTENT},
    {21603, RECEIPT_CONFIG},
    {21604, RECEIPT_PERMANENT},
    {21606, RECEIPT_CONFIG},
    {21608, RECEIPT_CONFIG},
    {21609, RECEIPT_CONFIG},
    {21610, RECEIPT_OPT_OUT},
    {21611, RECEIPT_NOT_SENT},
    {21612, RECEIPT_PERMANENT},
    {21614, RECEIPT_LANDLINE},
    {21617, RECEIPT_CONTENT},
    {21620, RECEIPT_CONTENT},
    {21623, RECEIPT_CONTENT},
    {21624, RECEIPT_CONTENT},
    {21635, RECEIPT_LANDLINE},
    {21654, RECEIPT_CONTENT},
    {21655, RECEIPT_CONTENT},
    {21656, RECEIPT_CONTENT},
    {21659, RECEIPT_CONFIG},
    {21660, RECEIPT_CONFIG},
    {21701, RECEIPT_CONFIG},
    {21703, RECEIPT_CONFIG},
    {21704, RECEIPT_CONFIG},
    {21705, RECEIPT_CONFIG},
    {21730, RECEIPT_NOT_SENT},
    {30001, RECEIPT_TRANSIENT},
    {30002, RECEIPT_CONFIG},
    {30003, RECEIPT_TRANSIENT},
    {30004, RECEIPT_PERMANENT},
    {30005, RECEIPT_PERMANENT},
    {30006, RECEIPT_LANDLINE},
    {30007, RECEIPT_CONTENT},
    {30008, RECEIPT_TRANSIENT},
    {30017, RECEIPT_TRANSIENT},
    {30018, RECEIPT_CONFIG},
    {30019, RECEIPT_CONTENT},
    {30020, RECEIPT_TRANSIENT},
    {30021, RECEIPT_TRANSIENT},
    {30022, RECEIPT_TRANSIENT},
    {30023, RECEIPT_TRANSIENT},
    {30024, RECEIPT_CONFIG},
    {30032, RECEIPT_CONFIG},
    {30033, RECEIPT_CONFIG},
    {30034, RECEIPT_CONFIG},
    {30035, RECEIPT_TRANSIENT},
    {30036, RECEIPT_TRANSIENT},
    {30103, RECEIPT_TRANSIENT},
    {30410, RECEIPT_IN_DOUBT},
    {30450, RECEIPT_TRANSIENT},
    {63017, RECEIPT_NOT_SENT},
    {63018, RECEIPT_NOT_SENT},
    {63038, RECEIPT_TRANSIENT},
};

enum receipt_outcome channel_twilio_outcome(int64_t code, int64_t http_status)
{
    for (size_t i = 0; i < sizeof(code_outcomes) / sizeof(code_outcomes[0]); i++) {
        if (code_outcomes[i].code == code)
            return code_outcomes[i].outcome;
    }
    if (http_status == 429)
        return RECEIPT_NOT_SENT;
    if (http_status >= 500)
        return RECEIPT_IN_DOUBT;
    if (http_status == 401 || http_status == 403 || http_status == 404)
        return RECEIPT_CONFIG;
    if (code >= 30000 && code < 40000)
        return RECEIPT_TRANSIENT;
    return code >= 21000 && code < 22000 ? RECEIPT_CONFIG : RECEIPT_CONTENT;
}

static void twilio_read(struct arena *tick, const void *self, const struct net_reply *reply,
    struct receipt *ret_receipt)
{
    (void)self;
    if (!reply->answered) {
        ret_receipt->outcome = reply->written ? RECEIPT_IN_DOUBT : RECEIPT_NOT_SENT;
        ret_receipt->detail = arena_text(tick, reply->failure ? reply->failure : "no answer");
        return;
    }
    JSON_AUTO json = NULL;
    bool read = json_parse(reply->body, reply->body_len, &json, NULL) == ERR_NONE;
    const char *sid = read ? json_string_value(json_object_get(json, "sid")) : NULL;
    if (reply->status >= 200 && reply->status < 300) {
        ret_receipt->outcome = sid ? RECEIPT_ACCEPTED : RECEIPT_IN_DOUBT;
        ret_receipt->provider_id = arena_text(tick, sid);
        return;
    }
    int64_t code = read ? json_integer_value(json_object_get(json, "code")) : 0;
    ret_receipt->outcome = channel_twilio_outcome(code, reply->status);
    ret_receipt->code = arena_format(tick, "%" PRId64, code ? code : reply->status);
    ret_receipt->detail = arena_format(tick, "HTTP %d, code %" PRId64, reply->status, code);
}

static void twilio_ask(struct arena *flight, const void *self, const struct doubt *doubt,
    struct net_request *ret_request)
{
    const struct twilio *twilio = self;
    struct buf query;
    buf_init(&query, flight);
    form_add(&query, "To", doubt->address);
    form_add(&query, "PageSize", arena_format(flight, "%d", ASK_PAGE));
    *ret_request = (struct net_request){
        .kind = NET_HTTP,
        .url = arena_format(flight, "%s?%s", twilio->url, query.data),
        .user = twilio->user,
        .password = twilio->password,
        .method = "GET",
    };
}

/* Messages to that number with exactly these words. Whether one of them is another attempt's is for
 * the outbox to say, which knows every provider id that was given. */
static enum doubt_answer twilio_read_answer(struct arena *tick, const void *self, const char *body,
    const struct net_reply *reply, const char *const **ret_ids, size_t *ret_count)
{
    (void)self;
    *ret_ids = NULL;
    *ret_count = 0;
    if (!reply->answered || reply->status != 200)
        return DOUBT_NO_ANSWER;
    JSON_AUTO json = NULL;
    if (json_parse(reply->body, reply->body_len, &json, NULL) != ERR_NONE)
        return DOUBT_NO_ANSWER;
    const json_t *messages = json_object_get(json, "messages");
    if (!json_is_array(messages))
        return DOUBT_NO_ANSWER;
    const char **ids = ARENA_NEW(tick, const char *, json_array_size(messages) + 1);
    size_t count = 0, index;
    const json_t *message;
    json_array_foreach(messages, index, message)
    {
        const char *text = json_string_value(json_object_get(message, "body"));
        const char *sid = json_string_value(json_object_get(message, "sid"));
        const char *direction = json_string_value(json_object_get(message, "direction"));
        if (text && sid && text_is(text, body) && !(direction && text_is(direction, "inbound")))
            ids[count++] = arena_text(tick, sid);
    }
    *ret_ids = ids;
    *ret_count = count;
    return count > 0 ? DOUBT_FOUND : DOUBT_ABSENT;
}

const struct channel_driver channel_sms_twilio = {
    .name = "sms.twilio",
    .leaves = true,
    .open = twilio_open,
    .host = twilio_host,
    .request = twilio_request,
    .read = twilio_read,
    .ask = twilio_ask,
    .read_answer = twilio_read_answer,
};
