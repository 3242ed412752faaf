/* events.c: GET /events: who asks, from where on, and the stream that answers. */
#include "http/api.h"
#include "http/stream.h"

static const struct api_route route = {
    .name = "events", .method = "GET", .path = "/events", .may = PERMISSION_EVENTS_READ};

/* Where the listener has stopped, or here and now. */
static enum err find_place(
    struct api *api, struct change_position *ret_position, bool *ret_lost, struct why *reterr_why)
{
    const char *last = api->request->last_event_id;
    bool comes_back = last && *last;
    *ret_lost = comes_back && !change_position_parse(last, ret_position);
    if (comes_back && !*ret_lost)
        return ERR_NONE;
    return change_here(api->db, api->practice_id, ret_position, reterr_why);
}

static void open_stream(struct api *api)
{
    struct change_position position;
    struct why why = {0};
    bool lost = false;
    if (find_place(api, &position, &lost, &why) != ERR_NONE) {
        http__store_trouble(api->call, &why);
        return;
    }
    const struct stream_plan plan = {
        .actor = api->actor,
        .token = api->token,
        .by_key = api->by_key,
        .may = api->may,
        .locations = api->locations,
        .after = &position,
        .lost = lost,
    };
    struct streams *streams = api->desk->streams;
    struct stream *stream = streams ? stream_reserve(streams, &plan) : NULL;
    if (!stream) {
        api_refuse(
            api, 503, "streams", "As many streams as may be are open", "Try again in a moment");
        http__header(api->call->answer, "Retry-After", "15");
        return;
    }
    http__text(api->call, 200, "text/event-stream", "");
    http__header(api->call->answer, "X-Accel-Buffering", "no"); /* nginx would wait for more */
    api->call->answer->stream = stream;
}

void http__events(struct http_desk *desk, struct http_call *call)
{
    struct api api = api_of(desk, call);
    api.route = &route;
    if (api__let_in(&api))
        open_stream(&api);
    json_decref(api.query);
    json_decref(api.body);
}
