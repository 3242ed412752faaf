/* app.c: the web app's files, as they were built into the program.
 *
 * One page at "/", everything else under names that carry a hash of what is inside: a browser may
 * keep those for ever, and a newer program names others. The page runs scripts and styles of ours
 * alone; what it shows it asks the API for. */
#include <string.h>

#include "base/text.h"
#include "embed_web.h"
#include "http/http_int.h"

static const char *type_of(const char *name)
{
    static const struct {
        const char *ending, *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".woff2", "font/woff2"},
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (text_ends(name, types[i].ending))
            return types[i].type;
    }
    return "application/octet-stream";
}

/* The packed form where there is one and the browser takes it. */
static void send_file(struct http_call *call, const char *name, const char *cache)
{
    struct arena *arena = call->request->arena;
    const struct embed_file *file = embed_find(&embed_web, name);
    if (!file || text_ends(name, ".gz")) {
        http_refuse(call->request, 404, call->answer);
        return;
    }
    const struct embed_file *packed = call->request->takes_gzip
        ? embed_find(&embed_web, arena_format(arena, "%s.gz", name))
        : NULL;
    struct http_answer *answer = call->answer;
    answer->status = 200;
    answer->content_type = type_of(name);
    answer->body = packed ? packed->bytes : file->bytes;
    answer->body_len = packed ? packed->len : file->len;
    answer->cache_control = cache;
    http__header(answer, "Vary", "Accept-Encoding");
    if (packed)
        http__header(answer, "Content-Encoding", "gzip");
}

void http__app(struct http_desk *desk, struct http_call *call)
{
    (void)desk;
    send_file(call, "index.html", "no-cache");
    http__header(call->answer, "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'");
    http__header(call->answer, "X-Frame-Options", "DENY");
    http__header(call->answer, "X-Robots-Tag", "noindex, nofollow");
    http__header(call->answer, "Cross-Origin-Opener-Policy", "same-origin");
    http__header(call->answer, "Permissions-Policy",
        "camera=(), microphone=(), geolocation=(), payment=(), usb=()");
}

void http__app_icon(struct http_desk *desk, struct http_call *call)
{
    (void)desk;
    send_file(call, "icon.svg", "max-age=86400");
}

void http__app_asset(struct http_desk *desk, struct http_call *call)
{
    (void)desk;
    const char *name = arena_format(call->request->arena, "assets/%s", call->wild);
    send_file(call, name, "public, max-age=31536000, immutable");
}
