/* api_event.c: who may hear of changes. */
#include <string.h>

#include "http/api.h"

static void no_handler(struct api *api)
{
    (void)api;
}

/* Not in api.yaml's table: it answers with a stream, and its address stands beside the API's. */
static const struct api_route route = {.name = "read_events",
    .method = "GET",
    .path = "/events",
    .may = PERMISSION_EVENTS_READ,
    .handle = no_handler};

void http__events(struct http_desk *desk, struct http_call *call)
{
    struct api api = api_of(desk, call);
    api.route = &route;
    if (!api__authenticate(&api))
        return;
    if (!api_may(&api, route.may)) {
        api_refuse(&api, 403, "permission", "Your role does not hear of changes", "Ask an owner");
        return;
    }
    call->answer->status = 200;
    call->answer->content_type = "text/event-stream";
    call->answer->streams = true;
    call->answer->sees_patients = api_may(&api, PERMISSION_PATIENTS_READ);
}
