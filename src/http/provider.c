/* provider.c: see provider.h. */
#include "http/provider.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "http/webhook.h"

char *provider_encoded(struct arena *arena, const char *text)
{
    struct buf out;
    buf_init(&out, arena);
    for (; *text; text++) {
        if (isalnum((unsigned char)*text) || strchr("-._~", *text))
            buf_add_char(&out, *text);
        else
            buf_format(&out, "%%%02X", (unsigned char)*text);
    }
    return out.data;
}

/* The address without a slash at its end. */
static const char *trimmed(struct arena *arena, const char *url)
{
    size_t len = strlen(url);
    return arena_text_n(arena, url, len > 0 && url[len - 1] == '/' ? len - 1 : len);
}

const char *provider_redirect(const struct provider_ask *ask)
{
    return arena_format(
        ask->arena, "%s/sign-in/back", trimmed(ask->arena, ask->practice->sign_in.app_url));
}

/* ---- one exchange ---- */

static enum err no_answer(struct why *reterr_why, const char *url, const char *what)
{
    why_hint(reterr_why, "Check sign_in in perennial.yaml; `perennial doctor` asks it as well");
    return why_set(reterr_why, ERR_IO, "the identity provider's %.200s %s", url, what);
}

static enum err exchange(const struct provider_ask *ask, struct net_request *request,
    json_t **ret_json, struct why *reterr_why)
{
    const struct env_net *net = ask->net;
    struct net_reply reply = {0};
    enum err err = webhook_check_url(request->url, ask->practice->private_webhooks, reterr_why);
    if (err != ERR_NONE)
        return err;
    request->kind = NET_HTTP;
    request->timeout_ms = PROVIDER_TIMEOUT_MS;
    request->public_only = !ask->practice->private_webhooks;
    if (!net->submit(net->self, request))
        return no_answer(reterr_why, request->url, "cannot be asked now");
    while (!net->take(net->self, ask->arena, PROVIDER_TIMEOUT_MS, &reply)
        && net->in_flight(net->self) > 0)
        continue;
    if (!reply.answered)
        return no_answer(reterr_why, request->url, "does not answer");
    if (reply.status != 200)
        return no_answer(reterr_why, request->url,
            arena_format(ask->arena, "answers with status %d", reply.status));
    if (reply.body_len > PROVIDER_BYTES_MAX
        || json_parse(reply.body, reply.body_len, ret_json, NULL) != ERR_NONE)
        return no_answer(reterr_why, request->url, "answers with something else than JSON");
    return ERR_NONE;
}

static enum err read_from(
    const struct provider_ask *ask, const char *url, json_t **ret_json, struct why *reterr_why)
{
    static const struct net_header headers[] = {
        {"Accept", "application/json"}, {"User-Agent", "Perennial"}};
    struct net_request request = {
        .url = url, .method = "GET", .headers = headers, .header_count = 2};
    return exchange(ask, &request, ret_json, reterr_why);
}

/* ---- what is asked ---- */

static enum err take_url(const struct provider_ask *ask, const json_t *found, const char *name,
    const char **ret_url, struct why *reterr_why)
{
    const char *url = json_string_value(json_object_get(found, name));
    if (!url)
        return why_set(reterr_why, ERR_INPUT, "the identity provider does not tell its %s", name);
    *ret_url = arena_text(ask->arena, url);
    return webhook_check_url(url, ask->practice->private_webhooks, reterr_why);
}

enum err provider_discover(
    const struct provider_ask *ask, struct provider *ret_provider, struct why *reterr_why)
{
    const char *issuer = ask->practice->sign_in.issuer;
    JSON_AUTO found = NULL;
    struct provider provider = {0};
    enum err err = read_from(ask,
        arena_format(
            ask->arena, "%s/.well-known/openid-configuration", trimmed(ask->arena, issuer)),
        &found, reterr_why);
    const char *says = json_string_value(json_object_get(found, "issuer"));
    if (err == ERR_NONE && !text_is(says, issuer)) {
        why_hint(reterr_why, "Write `issuer` in perennial.yaml exactly as the provider does");
        err = why_set(reterr_why, ERR_INPUT, "the identity provider calls itself %.200s",
            says ? says : "nothing");
    }
    if (err == ERR_NONE)
        err = take_url(ask, found, "authorization_endpoint", &provider.authorize_url, reterr_why);
    if (err == ERR_NONE)
        err = take_url(ask, found, "token_endpoint", &provider.token_url, reterr_why);
    if (err == ERR_NONE)
        err = take_url(ask, found, "jwks_uri", &provider.keys_url, reterr_why);
    if (err == ERR_NONE)
        *ret_provider = provider;
    return err;
}

enum err provider_trade(const struct provider_ask *ask, const struct provider *provider,
    const char *code, const char *verifier, const char **ret_id_token, struct why *reterr_why)
{
    static const struct net_header headers[] = {{"Accept", "application/json"},
        {"User-Agent", "Perennial"}, {"Content-Type", "application/x-www-form-urlencoded"}};
    struct arena *arena = ask->arena;
    const char *client = provider_encoded(arena, ask->practice->sign_in.client_id);
    const char *form = arena_format(arena,
        "grant_type=authorization_code&code=%s&redirect_uri=%s&code_verifier=%s&client_id=%s",
        provider_encoded(arena, code), provider_encoded(arena, provider_redirect(ask)), verifier,
        client);
    struct net_request request = {
        .url = provider->token_url,
        .method = "POST",
        .headers = headers,
        .header_count = sizeof(headers) / sizeof(headers[0]),
        .body = form,
        .body_len = strlen(form),
        .user = ask->secret ? client : NULL, /* RFC 6749 section 2.3.1 */
        .password = ask->secret ? provider_encoded(arena, ask->secret) : NULL,
    };
    JSON_AUTO answer = NULL;
    enum err err = exchange(ask, &request, &answer, reterr_why);
    const char *token = json_string_value(json_object_get(answer, "id_token"));
    if (err == ERR_NONE && !token)
        err = no_answer(reterr_why, request.url, "gives no ID token");
    if (err == ERR_NONE)
        *ret_id_token = arena_text(arena, token);
    return err;
}

enum err provider_keys(const struct provider_ask *ask, const struct provider *provider,
    json_t **ret_keys, struct why *reterr_why)
{
    json_t *keys = NULL;
    enum err err = read_from(ask, provider->keys_url, &keys, reterr_why);
    if (err == ERR_NONE && json_array_size(json_object_get(keys, "keys")) == 0) {
        json_decref(keys);
        return no_answer(reterr_why, provider->keys_url, "lists no keys");
    }
    if (err == ERR_NONE)
        *ret_keys = keys;
    return err;
}
