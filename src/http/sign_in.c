/* sign_in.c: colleagues who sign in at an identity provider: there, and back with a code.
 *
 *   GET /sign-in ----------> the provider, with state, nonce and PKCE challenge; what they follow
 *                            from stays in a cookie of this browser
 *   GET /sign-in/back -----> the attempt is used up, then the code is traded for an ID token, the
 *                            token is checked, and a session begins for a colleague who is here
 *
 * The session's cookie is SameSite=Strict, so the last answer is a page of our own that goes on to
 * the app: the browser then sends it. */
#include <string.h>

#include "account/id_token.h"
#include "api_routes.h"
#include "base/text.h"
#include "http/api.h"
#include "http/form.h"
#include "http/provider.h"

enum {
    AT_ONCE_MAX = 2, /* each takes a worker while the provider thinks */
    PARAMETER_BYTES_MAX = 4096,
};

static const char attempt_cookie[] = "perennial-sign-in";

struct sign_in {
    struct api api;
    struct arena *arena;
    struct env env; /* the network of this exchange alone */
    struct provider_ask ask;
};

/* ---- pages ---- */

static void show(struct sign_in *sign_in, int status, const char *title, const char *text,
    const char *link, const char *link_text)
{
    struct buf buf;
    buf_init(&buf, sign_in->arena);
    http__page_begin(&buf, "en", title);
    buf_add(&buf, "<p>");
    http__page_text(&buf, text);
    buf_add(&buf, "</p>\n<p><a href=\"");
    http__page_text(&buf, link);
    buf_add(&buf, "\">");
    http__page_text(&buf, link_text);
    buf_add(&buf, "</a></p>\n</main>\n");
    http__page_end(sign_in->arena, &buf, status, sign_in->api.call->answer);
}

/* What went wrong is for the operator; who stands outside learns no more than they need. */
static void refuse(struct sign_in *sign_in, int status, const char *text, const struct why *why)
{
    struct http_answer *answer = sign_in->api.call->answer;
    if (why && why->message[0]) {
        char sentence[640];
        why_format(why, sentence, sizeof(sentence));
        answer->event = "sign_in";
        answer->event_detail = arena_text(sign_in->arena, sentence);
    }
    show(sign_in, status, "Signing in did not work", text, "/sign-in", "Try again");
}

static void set_attempt(struct sign_in *sign_in, const char *token)
{
    bool secure = sign_in->api.request->secure;
    http__header(sign_in->api.call->answer, "Set-Cookie",
        arena_format(sign_in->arena, "%s%s=%s; Path=/sign-in; HttpOnly; SameSite=Lax; Max-Age=%d%s",
            secure ? "__Secure-" : "", attempt_cookie, token ? token : "",
            token ? ACCOUNT_ATTEMPT_MS / 1000 : 0, secure ? "; Secure" : ""));
}

/* ---- what both steps need ---- */

static const char *client_secret(const struct home *home)
{
    for (size_t i = 0; i < home->secrets.count; i++) {
        if (text_is(home->secrets.names[i], "sign-in"))
            return home->secrets.values[i];
    }
    return NULL;
}

static void end(struct sign_in *sign_in)
{
    env_os_close(&sign_in->env);
    atomic_fetch_sub(&sign_in->api.desk->counts->limits.providers, 1);
}

/* False: answered already. Else `end` is owed. */
static bool begin(struct http_desk *desk, struct http_call *call, struct sign_in *sign_in)
{
    struct why why = {0};
    struct arena *arena = call->request->arena;
    *sign_in = (struct sign_in){.api = api_of(desk, call), .arena = arena};
    const struct practice *practice = sign_in->api.practice;
    struct http_limits *limits = &desk->counts->limits;
    if (!practice->sign_in.issuer) {
        http_refuse(call->request, 404, call->answer);
        return false;
    }
    if (!http__take_turn(limits, api_ask(&sign_in->api).address, sign_in->api.now, false)) {
        http_refuse(call->request, 503, call->answer);
        return false;
    }
    if (atomic_fetch_add(&limits->providers, 1) >= AT_ONCE_MAX
        || env_os_open(arena, &sign_in->env, &why) != ERR_NONE) {
        atomic_fetch_sub(&limits->providers, 1);
        http_refuse(call->request, 503, call->answer);
        return false;
    }
    sign_in->ask = (struct provider_ask){
        .arena = arena,
        .net = &sign_in->env.net,
        .practice = practice,
        .secret = client_secret(desk->home),
    };
    return true;
}

/* ---- there ---- */

static const char *authorize_url(
    const struct sign_in *sign_in, const char *url, const struct account_attempt *attempt)
{
    struct arena *arena = sign_in->arena;
    return arena_format(arena,
        "%s%cresponse_type=code&scope=openid%%20email%%20profile&client_id=%s&redirect_uri=%s"
        "&state=%s&nonce=%s&code_challenge=%s&code_challenge_method=S256",
        url, strchr(url, '?') ? '&' : '?',
        provider_encoded(arena, sign_in->api.practice->sign_in.client_id),
        provider_encoded(arena, provider_redirect(&sign_in->ask)), attempt->state, attempt->nonce,
        attempt->challenge);
}

void http__sign_in(struct http_desk *desk, struct http_call *call)
{
    struct sign_in sign_in;
    struct why why = {0};
    struct provider provider;
    struct account_attempt attempt;
    if (!begin(desk, call, &sign_in))
        return;
    enum err err = provider_discover(&sign_in.ask, &provider, &why);
    end(&sign_in);
    if (err != ERR_NONE) {
        refuse(&sign_in, 502, "The identity provider cannot be reached now.", &why);
        return;
    }
    const struct account_secret secret = api_secret(&sign_in.api);
    err = api_begin(&sign_in.api, &why);
    if (err == ERR_NONE)
        err = account_begin_attempt(sign_in.arena, &sign_in.api.tx, &secret, &attempt, &why);
    if (err == ERR_NONE)
        err = db_commit(&sign_in.api.tx, &why);
    db_rollback(&sign_in.api.tx);
    if (err != ERR_NONE) {
        http__store_trouble(call, &why);
        return;
    }
    set_attempt(&sign_in, attempt.token);
    http__header(
        call->answer, "Location", authorize_url(&sign_in, provider.authorize_url, &attempt));
    http__empty(call, 303);
}

/* ---- and back ---- */

/* The attempt, used up before anything is asked of the provider. ERR_DENIED with the reason. */
static enum err take_attempt(struct sign_in *sign_in, const struct form *form,
    struct account_attempt *ret_attempt, struct why *why)
{
    struct api *api = &sign_in->api;
    const struct account_ask ask = api_ask(api);
    const char *name = api->request->secure
        ? arena_format(sign_in->arena, "__Secure-%s", attempt_cookie)
        : attempt_cookie;
    const char *error = form_get(form, "error"), *issuer = form_get(form, "iss");
    enum err err = api_begin(api, why);
    if (err != ERR_NONE)
        return err;
    err = account_take_attempt(sign_in->arena, &api->tx, api__cookie(api, name),
        form_get(form, "state"), ret_attempt, why);
    if (err == ERR_NONE && issuer && !text_is(issuer, api->practice->sign_in.issuer)) /* RFC 9207 */
        err = why_set(why, ERR_DENIED, "the answer is of another issuer");
    if (err == ERR_NONE && (error || !form_get(form, "code")))
        err = why_set(why, ERR_DENIED, "the identity provider has refused the sign-in");
    if (err == ERR_DENIED) {
        struct why own = {0};
        enum err noted =
            account_refuse_provided(&api->tx, &ask, arena_text(sign_in->arena, why->message), &own);
        if (noted != ERR_NONE)
            return noted;
    }
    if (err != ERR_NONE && err != ERR_DENIED)
        return err;
    struct why own = {0};
    enum err committed = db_commit(&api->tx, &own);
    return committed == ERR_NONE ? err : committed;
}

/* Who the provider says it is. ERR_DENIED: nobody. */
static enum err identify(struct sign_in *sign_in, const char *code,
    const struct account_attempt *attempt, struct id_token_said *ret_said, struct why *why)
{
    struct provider provider;
    const char *token = NULL;
    JSON_AUTO keys = NULL;
    const struct practice *practice = sign_in->api.practice;
    const struct id_token_expected expected = {
        .issuer = practice->sign_in.issuer,
        .client_id = practice->sign_in.client_id,
        .nonce = attempt->nonce,
        .now = sign_in->api.now,
    };
    enum err err = provider_discover(&sign_in->ask, &provider, why);
    if (err == ERR_NONE)
        err = provider_trade(&sign_in->ask, &provider, code, attempt->verifier, &token, why);
    if (err == ERR_NONE)
        err = provider_keys(&sign_in->ask, &provider, &keys, why);
    if (err == ERR_NONE)
        err = id_token_check(sign_in->arena, token, keys, &expected, ret_said, why);
    return err;
}

static enum err start_session(struct sign_in *sign_in, const struct id_token_said *said,
    struct session *ret_session, struct why *why)
{
    struct api *api = &sign_in->api;
    const struct account_secret secret = api_secret(api);
    struct account_ask ask = api_ask(api);
    ask.email = said->email;
    bool second_factor = said->second_factor && api->practice->sign_in.second_factor_there;
    enum err err = api_begin(api, why);
    if (err == ERR_NONE)
        err = account_sign_in_provided(
            sign_in->arena, &api->tx, &ask, second_factor, &secret, ret_session, why);
    return err == ERR_NONE ? db_commit(&api->tx, why) : err;
}

/* A refusal leaves its row in the audit, whatever refused. */
static void note_refusal(struct sign_in *sign_in, const struct why *why)
{
    struct api *api = &sign_in->api;
    struct why own = {0};
    const struct account_ask ask = api_ask(api);
    if (api_begin(api, &own) == ERR_NONE
        && account_refuse_provided(&api->tx, &ask, arena_text(sign_in->arena, why->message), &own)
            == ERR_NONE
        && db_commit(&api->tx, &own) == ERR_NONE)
        return;
    db_rollback(&api->tx);
}

static void come_back(struct sign_in *sign_in, const struct form *form)
{
    struct why why = {0};
    struct account_attempt attempt;
    struct id_token_said said = {0};
    struct session session = {0};
    struct http_call *call = sign_in->api.call;
    enum err err = take_attempt(sign_in, form, &attempt, &why);
    if (err == ERR_DENIED) {
        refuse(sign_in, 403,
            form_get(form, "error") ? "The identity provider has refused it."
                                    : "This sign-in was not begun here, or it was used already.",
            &why);
        return;
    }
    if (err == ERR_NONE) {
        err = identify(sign_in, form_get(form, "code"), &attempt, &said, &why);
        if (err != ERR_NONE) {
            note_refusal(sign_in, &why);
            refuse(sign_in, err == ERR_DENIED ? 403 : 502,
                err == ERR_DENIED ? "What the identity provider says cannot be trusted."
                                  : "The identity provider did not answer as it should.",
                &why);
            return;
        }
        err = start_session(sign_in, &said, &session, &why);
    }
    if (err != ERR_NONE) {
        http__store_trouble(call, &why);
        return;
    }
    if (!session.session_id) {
        refuse(sign_in, 403, "Nobody here has that email address. Ask an owner to add you.", NULL);
        return;
    }
    api__set_cookie(&sign_in->api, session.token);
    set_attempt(sign_in, NULL);
    http__header(call->answer, "Refresh", "0; url=/");
    show(sign_in, 200, "Signed in", "One moment.", "/", "Go on");
}

void http__sign_in_back(struct http_desk *desk, struct http_call *call)
{
    struct sign_in sign_in;
    struct form form = {0};
    if (!begin(desk, call, &sign_in))
        return;
    bool fine = call->query && strlen(call->query) <= PARAMETER_BYTES_MAX
        && form_parse_query(sign_in.arena, call->query, &form, NULL) == ERR_NONE;
    if (fine)
        come_back(&sign_in, &form);
    else
        refuse(&sign_in, 400, "This address is not complete.", NULL);
    db_rollback(&sign_in.api.tx);
    end(&sign_in);
}

/* ---- for the app's page ---- */

void api__read_sign_in_ways(struct api *api)
{
    struct why why = {0};
    const struct practice_sign_in *sign_in = &api->practice->sign_in;
    api_end(api, ERR_NONE, &why, 200,
        json_pack("{s:o}", "provider",
            sign_in->issuer
                ? json_pack("{s:o, s:s}", "label", json_text(sign_in->label), "url", "/sign-in")
                : json_null()));
}
