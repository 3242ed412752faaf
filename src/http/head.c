/* head.c: what the headers of a request say, and how far they are believed. */
#include "http/head.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

/* Headers that may come once: two of them, or two that say different things about the length, and
 * a proxy before us may have read another request than we do. */
struct heads {
    struct http_request *request;
    int lengths, encodings, hosts;
    bool local_host; /* Host names this machine: no name that somebody made point here */
    const char *proto, *forwarded_for; /* what a proxy says; believed on this machine alone */
};

static const char *kept(struct http_request *request, const char *value)
{
    return arena_text(request->arena, value ? value : "");
}

static bool is_local_name(const char *host)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    for (size_t i = 0; host && i < sizeof(names) / sizeof(names[0]); i++) {
        size_t len = strlen(names[i]);
        if (strncasecmp(host, names[i], len) == 0 && (!host[len] || host[len] == ':'))
            return true;
    }
    return false;
}

/* The last of a list: what the proxy next to us has added itself. */
static const char *last_of(struct http_request *request, const char *value)
{
    const char *comma = value ? strrchr(value, ',') : NULL;
    const char *last = comma ? comma + 1 : value;
    return kept(request, last ? last + strspn(last, " ") : NULL);
}

static void take_api_header(struct heads *heads, const char *name, const char *value)
{
    struct http_request *request = heads->request;
    const struct {
        const char *name, **into;
    } texts[] = {
        {"Cookie", &request->cookie},
        {"Authorization", &request->authorization},
        {"Origin", &request->origin},
        {"Sec-Fetch-Site", &request->fetch_site},
        {"If-Match", &request->if_match},
        {"If-None-Match", &request->if_none_match},
        {"Idempotency-Key", &request->idempotency_key},
        {"Last-Event-ID", &request->last_event_id},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (text_is_any_case(name, texts[i].name))
            *texts[i].into = kept(request, value);
    }
    if (text_is_any_case(name, "Accept-Encoding"))
        request->takes_gzip = strstr(value, "gzip") != NULL;
    else if (text_is_any_case(name, "X-Perennial"))
        request->own_header = true;
    else if (text_is_any_case(name, "X-Perennial-Background"))
        request->background = true;
    else if (text_is_any_case(name, "X-Forwarded-Proto"))
        heads->proto = last_of(request, value);
    else if (text_is_any_case(name, "X-Forwarded-For"))
        heads->forwarded_for = last_of(request, value);
    if (text_is_any_case(name, "X-Forwarded-For") || text_is_any_case(name, "Forwarded")
        || text_is_any_case(name, "Via"))
        request->forwarded = true;
}

static enum MHD_Result on_header(
    void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    struct heads *heads = context;
    struct http_request *request = heads->request;
    if (text_is_any_case(name, "Content-Length"))
        heads->lengths++;
    else if (text_is_any_case(name, "Transfer-Encoding"))
        heads->encodings++;
    else if (text_is_any_case(name, "Host")) {
        heads->hosts++;
        heads->local_host = is_local_name(value);
        request->host = kept(request, value);
    } else if (text_is_any_case(name, "Content-Type"))
        request->content_type = kept(request, value);
    else if (text_is_any_case(name, "User-Agent"))
        request->user_agent = kept(request, value);
    else if (text_is_any_case(name, "X-Twilio-Signature"))
        request->signature = kept(request, value);
    else
        take_api_header(heads, name, value);
    return MHD_YES;
}

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof(in));
        return ntohl(in.sin_addr.s_addr) >> 24 == 127;
    }
    if (address->sa_family != AF_INET6)
        return false;
    struct sockaddr_in6 in6;
    memcpy(&in6, address, sizeof(in6));
    return IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr)
        || (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr) && in6.sin6_addr.s6_addr[12] == 127);
}

/* The address as guesses are counted by: of IPv6 the first 64 bits, which one person has. */
static const char *name_peer(struct http_request *request, const struct sockaddr *address)
{
    char text[INET6_ADDRSTRLEN] = "";
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof(in));
        (void)inet_ntop(AF_INET, &in.sin_addr, text, sizeof(text));
    } else if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof(in6));
        if (!IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr))
            memset(in6.sin6_addr.s6_addr + 8, 0, 8);
        (void)inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof(text));
    }
    return kept(request, text);
}

static void name_client(struct MHD_Connection *mhd, const struct heads *heads)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct http_request *request = heads->request;
    if (!info || !info->client_addr)
        return;
    bool loopback = is_loopback(info->client_addr);
    request->same_machine = heads->local_host && loopback;
    request->peer = loopback && heads->forwarded_for && *heads->forwarded_for
        ? heads->forwarded_for
        : name_peer(request, info->client_addr);
    request->secure = loopback && text_is(heads->proto, "https");
}

bool head_read(struct MHD_Connection *mhd, struct http_request *request)
{
    struct heads heads = {.request = request};
    (void)MHD_get_connection_values(mhd, MHD_HEADER_KIND, on_header, &heads);
    name_client(mhd, &heads);
    return heads.lengths + heads.encodings <= 1 && heads.hosts <= 1;
}
