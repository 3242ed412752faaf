/* hit.c: who follows the links of our messages and loads their pixel: people, scanners, proxies. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "engagement/engagement.h"
#include "http/http_int.h"

enum {
    SAME_HIT_MS = 60 * 1000, /* the same link again within a minute is the same hit */
    TOGETHER_MS = 2000,      /* two links of one message in two seconds: nobody taps so fast */
};

static enum err judge_hit(struct http_desk *desk, struct http_call *call, const struct touch *touch,
    enum engagement_kind kind, enum engagement_trust *ret_trust, struct why *reterr_why)
{
    const struct http_request *request = call->request;
    int64_t together = 0;
    enum err err = engagement_recent_clicks(desk->db, desk->home->practice.practice_id,
        touch->touch_id, instant_add_ms(request->now, -TOGETHER_MS), &together, reterr_why);
    const struct engagement_hit hit = {
        .is_open = kind == ENGAGEMENT_OPENED,
        .method = request->method,
        .user_agent = request->user_agent,
        .at = request->now,
        .sent = touch->sent,
        .delivered = touch->delivered,
        .hits_in_2_s = together,
    };
    *ret_trust = engagement_judge(&hit);
    return err;
}

static enum err record_hit(struct http_desk *desk, struct http_call *call,
    const struct touch *touch, enum engagement_kind kind, struct why *reterr_why)
{
    enum engagement_trust trust;
    enum err err = judge_hit(desk, call, touch, kind, &trust, reterr_why);
    if (err != ERR_NONE)
        return err;
    const struct engagement_event event = {
        .event_key = arena_format(call->request->arena, "%s:%s:%s:%" PRId64, touch->link_code,
            engagement_kind_name(kind), engagement_trust_name(trust),
            call->request->now.ms / SAME_HIT_MS),
        .touch_id = touch->touch_id,
        .patient_id = touch->patient_id,
        .enrollment_id = touch->enrollment_id,
        .kind = kind,
        .trust = trust,
    };
    bool is_new = false;
    DB_TX struct tx tx = {0};
    err = http__begin_as_patient(desk, call, &tx, reterr_why);
    if (err == ERR_NONE)
        err = record_lock(&tx, &touch->patient_id, 1, reterr_why);
    if (err == ERR_NONE)
        err = engagement_record(&tx, &event, &is_new, reterr_why);
    if (err == ERR_NONE && is_new && trust == TRUST_HUMAN)
        err = http__react(desk, &tx, &touch->patient_id, 1, reterr_why);
    return err == ERR_NONE ? db_commit(&tx, reterr_why) : err;
}

/* A hit that cannot be written down is no reason to keep a patient from booking. */
static void note_hit(struct http_desk *desk, struct http_call *call, const struct touch *touch,
    enum engagement_kind kind)
{
    if (!text_is(call->request->method, "GET"))
        return;
    struct why why = {0};
    if (record_hit(desk, call, touch, kind, &why) == ERR_NONE) {
        call->answer->wake = true;
        return;
    }
    char text[640];
    why_format(&why, text, sizeof(text));
    call->answer->event = "trouble";
    call->answer->event_detail = arena_text(call->request->arena, text);
}

static void add_encoded(struct buf *buf, const char *text)
{
    static const char unreserved[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (const char *c = text; c && *c; c++) {
        if (strchr(unreserved, *c))
            buf_add_char(buf, *c);
        else
            buf_format(buf, "%%%02X", (unsigned)(unsigned char)*c);
    }
}

/* What the playbook's `link` says; without it, the playbook's own service. */
static const char *service_of(
    struct http_desk *desk, const struct touch *touch, bool *ret_last_provider)
{
    struct playbook_version *version;
    *ret_last_provider = false;
    if (!touch->playbook || !touch->version || desk->home->practice.never_name_treatment)
        return NULL;
    if (playbook_load_version(desk->engine->cache, desk->db, desk->home->practice.practice_id,
            touch->playbook, touch->version, &version, NULL)
        != ERR_NONE)
        return NULL;
    const struct playbook_touch *said = playbook_find_touch(version->playbook, touch->touch_key);
    *ret_last_provider = said && said->link.provider == LINK_PROVIDER_LAST;
    if (said && said->link.book)
        return text_is(said->link.book, "any") ? NULL : said->link.book;
    return version->playbook->service ? version->playbook->service->key : NULL;
}

/* The practice's own booking address with {service} and {provider} filled in; {patient} is the
 * booking system's own id. What is not known is left empty. */
static const char *booking_target(
    struct http_desk *desk, struct http_call *call, const struct visitor *visitor)
{
    bool last_provider;
    const char *service = service_of(desk, &visitor->touch, &last_provider);
    const char *provider = last_provider && visitor->patient.last_provider
        ? visitor->patient.last_provider
        : visitor->patient.preferred_provider;
    const struct {
        const char *mark, *value;
    } marks[] = {{"{service}", service}, {"{provider}", provider},
        {"{patient}", visitor->patient.external_id}};
    struct buf buf;
    buf_init(&buf, call->request->arena);
    for (const char *at = desk->home->practice.booking_url; *at;) {
        size_t i = 0, count = sizeof(marks) / sizeof(marks[0]);
        while (i < count && !text_starts(at, marks[i].mark))
            i++;
        if (i < count)
            add_encoded(&buf, marks[i].value);
        else
            buf_add_char(&buf, *at);
        at += i < count ? strlen(marks[i].mark) : 1;
    }
    return buf.data;
}

void http__note_click(struct http_desk *desk, struct http_call *call, const struct touch *touch)
{
    note_hit(desk, call, touch, ENGAGEMENT_CLICKED);
}

void http__book_elsewhere(
    struct http_desk *desk, struct http_call *call, const struct visitor *visitor)
{
    const struct practice *practice = &desk->home->practice;
    if (!practice->booking_url) {
        http__page_message(call->request->arena, 200, PAGE_CALL_US, practice->name, practice->phone,
            visitor->patient.language, call->answer);
        return;
    }
    http__empty(call, 302);
    http__header(call->answer, "Location", booking_target(desk, call, visitor));
}

void http__open(struct http_desk *desk, struct http_call *call)
{
    /* The smallest GIF there is: one transparent dot. */
    static const char dot[] = "GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0,"
                              "\0\0\0\0\x01\0\x01\0\0\x02\x02"
                              "D\x01\0;";
    struct visitor visitor;
    struct why why = {0};
    enum err err = http__read_visitor(desk, call, &visitor, &why);
    if (err != ERR_NONE) {
        http__visitor_trouble(desk, call, err, &why);
        return;
    }
    note_hit(desk, call, &visitor.touch, ENGAGEMENT_OPENED);
    call->answer->status = 200;
    call->answer->content_type = "image/gif";
    call->answer->body = dot;
    call->answer->body_len = sizeof(dot) - 1;
}
