/* api_auth.c: who asks: a person with a cookie, a program with a key, or nobody. */
#include <string.h>

#include "base/text.h"
#include "http/api.h"

enum { TOKEN_BYTES_MAX = 200 };

/* The name with the prefix is one that a browser takes over TLS alone, and for this host alone. */
static const char cookie_secure[] = "__Host-perennial", cookie_plain[] = "perennial";

static const char *cookie_name(const struct api *api)
{
    return api->request->secure ? cookie_secure : cookie_plain;
}

const char *api__cookie(const struct api *api, const char *name)
{
    const char *at = api->request->cookie;
    size_t len = strlen(name);
    while (at && *at) {
        at += strspn(at, " ;");
        size_t part = strcspn(at, ";");
        if (part > len && strncmp(at, name, len) == 0 && at[len] == '=')
            return arena_text_n(api->arena, at + len + 1, part - len - 1);
        at += part;
    }
    return NULL;
}

void api__set_cookie(struct api *api, const char *token)
{
    http__header(api->call->answer, "Set-Cookie",
        arena_format(api->arena, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s", cookie_name(api),
            token ? token : "", api->request->secure ? "; Secure" : "",
            token ? "" : "; Max-Age=0"));
}

/* A write with a cookie comes from our own pages: browsers say where from, and another site's form
 * cannot add a header. */
static bool check_origin(struct api *api)
{
    const struct http_request *request = api->request;
    if (api->by_key || text_is(request->method, "GET") || text_is(request->method, "HEAD"))
        return true;
    const char *site = request->fetch_site;
    bool fine =
        request->own_header && (!site || text_is(site, "same-origin") || text_is(site, "none"));
    if (fine && request->origin) {
        const char *host = strstr(request->origin, "://");
        fine = host && request->host && text_is_any_case(host + 3, request->host);
    }
    if (!fine)
        api_refuse(api, 403, "origin", "This request does not come from the app itself",
            "Send X-Perennial: 1 from the app's own origin, or use an API key");
    return fine;
}

static bool use_key(struct api *api, const char *token)
{
    const permission_set searched = (permission_set)1 << PERMISSION_PATIENTS_READ
        | (permission_set)1 << PERMISSION_INBOX_READ
        | (permission_set)1 << PERMISSION_PLAYBOOKS_READ;
    struct why why = {0};
    enum err err =
        account_key(api->arena, api->db, api->practice_id, api->now, token, &api->key, &why);
    if (err != ERR_NONE) {
        if (err == ERR_DENIED)
            api_refuse(api, 401, "key", "There is no such key, or it has ended", "Make a new one");
        else
            api_end(api, err, &why, 0, NULL);
        return false;
    }
    api->by_key = true;
    api->token = token;
    api->may = api->key.scopes | (permission_set)1 << PERMISSION_ANYBODY;
    if (api->may & searched)
        api->may |= (permission_set)1 << PERMISSION_SEARCH;
    api->actor = arena_format(api->arena, "key:%s", api->key.key_id);
    return true;
}

static void use_session(struct api *api)
{
    const struct account *account = &api->session.account;
    api->actor = arena_format(api->arena, "user:%s", account->user_id);
    if (api->session.awaits_second_factor)
        return;
    api->signed_in = true;
    api->may = role_permissions(account->role);
    if (api->session.emergency_until.ms <= api->now.ms)
        api->locations = account->locations;
}

static const char *bearer(const struct api *api)
{
    const char *text = api->request->authorization;
    static const char word[] = "Bearer ";
    return text && strncasecmp(text, word, sizeof(word) - 1) == 0 ? text + sizeof(word) - 1 : NULL;
}

bool api__authenticate(struct api *api)
{
    const char *key = bearer(api), *cookie = key ? NULL : api__cookie(api, cookie_name(api));
    bool open = api->route->may == PERMISSION_ANYBODY;
    struct why why = {0};
    api->may = (permission_set)1 << PERMISSION_ANYBODY;
    if (key && !use_key(api, key))
        return false;
    if (!check_origin(api))
        return false;
    enum err err = ERR_DENIED;
    if (cookie && strlen(cookie) <= TOKEN_BYTES_MAX)
        err = account_session(api->arena, api->db, api->practice_id, api->now, cookie,
            api->practice->idle_logoff_min * MS_PER_MINUTE, &api->session, &why);
    if (err == ERR_NONE) {
        api->token = cookie;
        use_session(api);
    } else if (err != ERR_DENIED) {
        api_end(api, err, &why, 0, NULL);
        return false;
    }
    if (open || api->by_key || api->signed_in)
        return true;
    if (err == ERR_NONE)
        api_refuse_why(api, 401, "second_factor", "The second factor is still to come",
            "The password was right; the session opens with the code of the authenticator or a "
            "recovery code",
            "Send the code to /api/v1/session/second-factor");
    else
        api_refuse_why(api, 401, "signed_out",
            cookie && why.message[0] ? arena_text(api->arena, why.message) : "Nobody is signed in",
            cookie
                ? "A session ends when nobody uses it for a while, after a working day, and when "
                  "the account or its password changes"
                : "The request came without a session's cookie and without a key",
            "Sign in");
    return false;
}

void api__refuse_permission(struct api *api)
{
    const char *name = permission_name(api->route->may);
    if (!api->by_key)
        api_refuse(api, 403, "permission",
            arena_format(api->arena, "Your role does not have the permission %s", name),
            "Ask an owner");
    else if (api->route->may == PERMISSION_SELF)
        api_refuse(api, 403, "permission", "This is for people who have signed in, not for keys",
            "Sign in as a person");
    else
        api_refuse(api, 403, "permission",
            arena_format(api->arena, "This key does not have the scope %s", name),
            "Make a key that has it, in the settings or with `perennial key add`");
}
