/* hook.c: what the text message provider calls us about: the fate of our texts, and patients' own.
 *
 * Fields and their meaning: www.twilio.com/docs/messaging/guides/track-outbound-message-status and
 * www.twilio.com/docs/messaging/guides/webhook-request */
#include <string.h>

#include "base/phone.h"
#include "base/text.h"
#include "http/http_int.h"

enum {
    UUID_LEN = 36,
    SID_LEN_MAX = 64, /* theirs have 34 */
    MEDIA_MAX = 10,
};

static const char *secret_named(const struct channel_secrets *secrets, const char *name)
{
    for (size_t i = 0; name && i < secrets->count; i++) {
        if (text_is(secrets->names[i], name))
            return secrets->values[i];
    }
    return NULL;
}

/* The address as the provider called it: what is configured, not what a proxy made of it. */
static const char *public_target(struct http_desk *desk, const struct http_request *request)
{
    const char *base = desk->home->practice.public_url;
    size_t len = strlen(base);
    while (len > 0 && base[len - 1] == '/')
        len--;
    return arena_format(request->arena, "%.*s%s", (int)len, base, request->target);
}

static bool signed_with(struct http_call *call, const char *url, const char *token)
{
    const struct http_request *request = call->request;
    return token && *token
        && channel_twilio_signed(token, url, call->form.fields, call->form.count, request->body,
            request->body_len, request->signature);
}

/* The key is the account's auth token, also where sending uses an API key; with both files given
 * the second is the token that is about to follow (rotation). */
bool http__provider_signed(struct http_desk *desk, struct http_call *call)
{
    const struct channel_setting *sms = &desk->home->practice.channels[CHANNEL_SMS];
    const struct channel_secrets *secrets = &desk->home->secrets;
    const char *first = secret_named(secrets, sms->webhook_secret_file);
    const char *second = sms->api_key_sid ? NULL : secret_named(secrets, sms->secret_file);
    const char *url = desk->home->practice.public_url ? public_target(desk, call->request) : NULL;
    bool is_signed = url && text_is(sms->driver, "twilio")
        && (signed_with(call, url, first) || signed_with(call, url, second));
    if (is_signed)
        return true;
    call->answer->event = "signature";
    if (!text_is(sms->driver, "twilio"))
        call->answer->event_detail = "a text callback came, and channels.sms has no provider";
    else if (!url)
        call->answer->event_detail = "a text callback cannot be checked: set public_url";
    else if (!first && !second)
        call->answer->event_detail = "a text callback cannot be checked: the account's auth token "
                                     "is not under secrets/ (channels.sms.webhook_secret_file)";
    else
        call->answer->event_detail = arena_format(call->request->arena,
            "a callback was refused: its signature does not fit %s%s; compare public_url with the "
            "address in the provider's console, and the auth token",
            desk->home->practice.public_url, call->path);
    return false;
}

/* ---- what became of a text ---- */

/* NULL: a word that says nothing about a text of ours, or one that is not known yet. */
static const char *delivery_of(const char *status)
{
    static const struct {
        const char *said, *means;
    } words[] = {{"accepted", "queued"}, {"scheduled", "queued"}, {"queued", "queued"},
        {"sending", "queued"}, {"sent", "sent"}, {"delivered", "delivered"},
        {"partially_delivered", "delivered"}, {"undelivered", "undelivered"}, {"failed", "failed"},
        {"canceled", "failed"}, {"read", "read"}};
    for (size_t i = 0; status && i < sizeof(words) / sizeof(words[0]); i++) {
        if (text_is(status, words[i].said))
            return words[i].means;
    }
    return NULL;
}

static const char *sid_of(const struct form *form, const char *name)
{
    const char *sid = form_get(form, name);
    return sid && *sid && strlen(sid) <= SID_LEN_MAX ? sid : NULL;
}

static const char *attempt_of(struct http_call *call)
{
    struct form query;
    if (form_parse_query(call->request->arena, call->query, &query, NULL) != ERR_NONE)
        return NULL;
    const char *attempt = form_get(&query, "a");
    bool shaped =
        attempt && strlen(attempt) == UUID_LEN && strspn(attempt, "0123456789abcdef-") == UUID_LEN;
    return shaped ? attempt : NULL;
}

void http__sms_status(struct http_desk *desk, struct http_call *call)
{
    const char *code = form_get(&call->form, "ErrorCode");
    const struct engine_delivery delivery = {
        .attempt_id = attempt_of(call),
        .provider_id = sid_of(&call->form, "MessageSid"),
        .delivery = delivery_of(form_get(&call->form, "MessageStatus")),
        .code = code && *code && strlen(code) <= SID_LEN_MAX ? code : NULL,
    };
    http__empty(call, 204);
    if (!delivery.delivery || (!delivery.attempt_id && !delivery.provider_id))
        return;
    struct why why = {0};
    enum err err = ERR_BUSY;
    for (int i = 0; i < HTTP_BUSY_TRIES && err == ERR_BUSY; i++) {
        why = (struct why){0};
        err = engine_delivery(desk->engine, &delivery, call->request->now, &why);
    }
    if (err == ERR_NONE)
        call->answer->wake = true;
    else if (err != ERR_NOT_FOUND)
        http__store_trouble(call, &why);
}

/* ---- what a patient wrote ---- */

/* The provider's own reading of a keyword, in words that only it knows (its console holds them):
 * that counts beside our own reading, at once. It has answered the person itself. */
static enum err heed_keyword(struct http_desk *desk, struct tx *tx, const char *keyword,
    const char *sender, struct why *reterr_why)
{
    const unsigned char *key = desk->home->address_key;
    const char *const *ids;
    size_t count;
    bool changed = false;
    enum err err = record_patients_at(&desk->engine->tick, tx->db, tx->practice_id, CHANNEL_SMS,
        sender, &ids, &count, reterr_why);
    if (err == ERR_NONE)
        err = record_lock(tx, ids, count, reterr_why);
    if (err == ERR_NONE && text_is(keyword, "STOP")) {
        const struct suppression_act act = {
            .channel = CHANNEL_SMS,
            .reason = "opt_out",
            .address = sender,
            .patient_id = count ? ids[0] : NULL,
            .source = "sms",
            .evidence = "OptOutType=STOP",
        };
        err = record_suppress(tx, key, &act, &changed, reterr_why);
    } else if (err == ERR_NONE) {
        err = record_lift_opt_out(
            tx, key, CHANNEL_SMS, sender, "sms", "OptOutType=START", &changed, reterr_why);
    }
    if (err == ERR_NONE && changed)
        err = http__react(desk, tx, ids, count, reterr_why);
    if (err == ERR_NONE && changed && text_is(keyword, "STOP"))
        err = engine_tell_opt_out(desk->engine, tx, ids, count, reterr_why);
    return err;
}

static enum err store_message(struct http_desk *desk, const struct inbox_message *message,
    const char *keyword, struct why *reterr_why)
{
    DB_TX struct tx tx = {0};
    struct id inbound_id;
    bool is_new = false;
    enum err err = engine_begin(desk->engine, message->received, &tx, reterr_why);
    if (err == ERR_NONE)
        err = inbox_store(&tx, message, &inbound_id, &is_new, reterr_why);
    bool heeded = text_is(keyword, "STOP") || text_is(keyword, "START");
    if (err == ERR_NONE && is_new && heeded)
        err = heed_keyword(desk, &tx, keyword, message->sender, reterr_why);
    return err == ERR_NONE ? db_commit(&tx, reterr_why) : err;
}

/* A short code or a foreign number stays as it came: the sender must stay visible. */
static const char *sender_of(struct arena *request, const char *from)
{
    struct phone phone = phone_parse(from, "US");
    return phone.valid ? arena_text(request, phone.e164) : from;
}

/* What came with the words, a kind for each. The content stays with the provider. */
static const char *attachments_of(struct http_call *call)
{
    static const struct {
        const char *type, *kind;
    } media[] = {{"image/", "picture"}, {"audio/", "voice"}, {"video/", "video"},
        {"text/vcard", "contact"}, {"text/x-vcard", "contact"}, {"", "file"}};
    struct arena *arena = call->request->arena;
    const char *said = form_get(&call->form, "NumMedia");
    int64_t count = 0;
    if (!said || !text_to_int(said, 0, INT64_MAX, &count))
        count = 0;
    JSON_AUTO list = json_array();
    for (int i = 0; i < count && i < MEDIA_MAX; i++) {
        const char *type = form_get(&call->form, arena_format(arena, "MediaContentType%d", i));
        size_t j = 0;
        while (!text_starts(type ? type : "", media[j].type))
            j++;
        json_array_append_new(list, json_string(media[j].kind));
    }
    return json_text_of(arena, list);
}

void http__sms_inbound(struct http_desk *desk, struct http_call *call)
{
    struct arena *arena = call->request->arena;
    const char *from = form_get(&call->form, "From");
    const char *body = form_get(&call->form, "Body");
    if (text_is_blank(from)) {
        http__empty(call, 204); /* an event of another kind: nobody to answer */
        return;
    }
    const struct inbox_message message = {
        .channel = "sms",
        .provider_id = sid_of(&call->form, "MessageSid"),
        .sender = sender_of(arena, from),
        .recipient = form_get(&call->form, "To"),
        .body = body ? body : "",
        .attachments = attachments_of(call),
        .received = call->request->now,
    };
    struct why why = {0};
    enum err err = ERR_BUSY;
    for (int i = 0; i < HTTP_BUSY_TRIES && err == ERR_BUSY; i++) {
        why = (struct why){0};
        err = store_message(desk, &message, form_get(&call->form, "OptOutType"), &why);
    }
    if (err != ERR_NONE) {
        http__store_trouble(call, &why);
        return;
    }
    http__text(call, 200, "text/xml; charset=utf-8",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>");
    call->answer->wake = true;
}
