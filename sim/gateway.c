/* gateway.c: the text provider and the mail server, with their bad days. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "sim/world.h"

enum { LISTED_MAX = 20 };

static struct delivered *keep(struct world *world)
{
    if (world->delivered_count == world->delivered_capacity) {
        size_t bigger = world->delivered_capacity ? world->delivered_capacity * 2 : 4096;
        world->delivered = arena_grow(world->boot, world->delivered,
            world->delivered_capacity * sizeof(*world->delivered),
            bigger * sizeof(*world->delivered));
        world->delivered_capacity = bigger;
    }
    struct delivered *delivered = &world->delivered[world->delivered_count++];
    *delivered = (struct delivered){.at = world->now};
    return delivered;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The decoded value of a form field, or "". */
static char *form_value(struct arena *arena, const char *form, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = form; at && *at; at = strchr(at, '&') ? strchr(at, '&') + 1 : NULL) {
        if (strncmp(at, name, len) != 0 || at[len] != '=')
            continue;
        struct buf out;
        buf_init(&out, arena);
        for (const char *c = at + len + 1; *c && *c != '&'; c++) {
            if (*c == '%' && hex_digit(c[1]) >= 0 && hex_digit(c[2]) >= 0) {
                buf_add_char(&out, (char)(hex_digit(c[1]) * 16 + hex_digit(c[2])));
                c += 2;
            } else {
                buf_add_char(&out, *c);
            }
        }
        return out.data;
    }
    return arena_text(arena, "");
}

static void answer_json(struct sim_answer *answer, int status, const char *body, int64_t after_ms)
{
    answer->at.ms += after_ms;
    answer->reply.answered = true;
    answer->reply.written = true;
    answer->reply.status = status;
    answer->reply.body = body;
    answer->reply.body_len = strlen(body);
    answer->reply.retry_after_s = -1;
}

static void no_answer(struct sim_answer *answer, bool written, int64_t after_ms)
{
    answer->at.ms += after_ms;
    answer->reply.answered = false;
    answer->reply.written = written;
    answer->reply.failure = written ? "timeout" : "connection refused";
    answer->reply.body = "";
    answer->reply.retry_after_s = -1;
}

static void push_callback(
    struct world *world, const struct delivered *message, const char *status, int64_t after_ms)
{
    struct world_event event = {
        .at = instant_add_ms(world->now, after_ms), .kind = WORLD_CALLBACK, .text = status};
    memcpy(event.attempt_id, message->attempt_id, sizeof(event.attempt_id));
    memcpy(event.sid, message->sid, sizeof(event.sid));
    world_push(world, event);
    if (world_fault(world, SIM_FAULT_DOUBLE, 15))
        world_push(world, event);
}

static void push_callbacks(struct world *world, const struct delivered *message, int person)
{
    bool late = world_fault(world, SIM_FAULT_LATE, 10);
    int64_t slow_ms = late ? sim_random_below(&world->random, 6) * MS_PER_HOUR : 0;
    bool landline = person >= 0 && world->people[person].landline;
    push_callback(world, message, "sent", 2 * MS_PER_SECOND + slow_ms);
    push_callback(
        world, message, landline ? "undelivered" : "delivered", (late ? 1 : 20) * MS_PER_SECOND);
}

/* Taken: kept, called back about, and read by somebody. */
static void accept_text(struct world *world, const char *form)
{
    struct delivered *message = keep(world);
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    const char *callback = form_value(&scratch, form, "StatusCallback");
    const char *attempt = strstr(callback, "a=");
    snprintf(message->attempt_id, sizeof(message->attempt_id), "%.36s", attempt ? attempt + 2 : "");
    snprintf(message->to, sizeof(message->to), "%s", form_value(&scratch, form, "To"));
    snprintf(message->sid, sizeof(message->sid), "SM%032zx", world->delivered_count);
    message->body = form_value(world->boot, form, "Body");
    int person = world_person_at(world, message->to);
    push_callbacks(world, message, person);
    if (person >= 0 && !world->people[person].landline)
        world_message_read(world, message);
}

static void create_message(struct world *world, const char *form, struct sim_answer *answer)
{
    static const char busy[] = "{\"code\":20429,\"message\":\"Too many requests\",\"status\":429}";
    static const char broken[] = "{\"code\":20500,\"message\":\"Server error\",\"status\":500}";
    if (world_fault(world, SIM_FAULT_REFUSE, 2)) {
        no_answer(answer, false, 50);
        return;
    }
    if (world_fault(world, SIM_FAULT_REFUSE, 2)) {
        answer_json(answer, 429, busy, 80);
        return;
    }
    bool loses = world_fault(world, SIM_FAULT_TIMEOUT, 1);
    if (!loses)
        accept_text(world, form);
    if (world_fault(world, SIM_FAULT_REFUSE, 1))
        answer_json(answer, 500, broken, 300);
    else if (loses || world_fault(world, SIM_FAULT_TIMEOUT, 2))
        no_answer(answer, true, 30 * MS_PER_SECOND);
    else {
        char *body = arena_format(world->boot, "{\"sid\":\"%s\",\"status\":\"queued\"}",
            world->delivered[world->delivered_count - 1].sid);
        answer_json(
            answer, 201, body, world_fault(world, SIM_FAULT_LATE, 3) ? 25 * MS_PER_SECOND : 200);
    }
}

static void list_messages(struct world *world, const char *url, struct sim_answer *answer)
{
    char *to = form_value(world->boot, strchr(url, '?') + 1, "To");
    JSON_AUTO list = json_array();
    size_t listed = 0;
    for (size_t i = world->delivered_count; i > 0 && listed < LISTED_MAX; i--) {
        const struct delivered *message = &world->delivered[i - 1];
        if (message->is_mail || !text_is(message->to, to))
            continue;
        json_array_append_new(list,
            json_pack("{s:s,s:s,s:s}", "sid", message->sid, "body", message->body, "direction",
                "outbound-api"));
        listed++;
    }
    JSON_AUTO page = json_pack("{s:O}", "messages", list);
    answer_json(answer, 200, json_text_of(world->boot, page), 200);
}

static void answer_mail(struct sim_answer *answer, int status, const char *line, int64_t after_ms)
{
    answer_json(answer, status, line, after_ms);
}

static void take_mail(
    struct world *world, const struct net_request *request, struct sim_answer *answer)
{
    int person = world_person_at(world, request->rcpt_to);
    if (world_fault(world, SIM_FAULT_REFUSE, 2)) {
        no_answer(answer, false, 50);
        return;
    }
    if (person >= 0 && world->people[person].dead_mailbox) {
        answer_mail(answer, 550, "550 5.1.1 no such user", 100);
        return;
    }
    if (world_fault(world, SIM_FAULT_REFUSE, 2)) {
        answer_mail(answer, 450, "450 4.2.1 try again later", 100);
        return;
    }
    if (!world_fault(world, SIM_FAULT_TIMEOUT, 0.5)) {
        struct delivered *message = keep(world);
        const char *id = strstr(request->message, "Message-ID: <");
        snprintf(message->attempt_id, sizeof(message->attempt_id), "%.36s", id ? id + 13 : "");
        snprintf(message->to, sizeof(message->to), "%s", request->rcpt_to);
        message->body = arena_text_n(world->boot, request->message, request->message_len);
        message->is_mail = true;
        world_message_read(world, message);
    }
    if (world_fault(world, SIM_FAULT_TIMEOUT, 1))
        no_answer(answer, true, 30 * MS_PER_SECOND);
    else
        answer_mail(answer, 250, "250 2.0.0 queued", 300);
}

void world_network(void *self, const struct net_request *request, struct sim_answer *answer)
{
    struct world *world = self;
    if (request->kind == NET_SMTP)
        take_mail(world, request, answer);
    else if (text_is(request->method, "POST"))
        create_message(world, arena_text_n(world->boot, request->body, request->body_len), answer);
    else
        list_messages(world, request->url, answer);
}
