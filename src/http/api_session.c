/* api_session.c: signing in and out, one's own account, the first owner. */
#include <qrencode.h>
#include <string.h>

#include "api_routes.h"
#include "audit/audit.h"
#include "base/phone.h"
#include "base/text.h"
#include "engine/engine.h"
#include "engine/home.h"
#include "http/api.h"
#include "http_sql.h"

/* ---- what a session looks like ---- */

json_t *api__account_json(const struct api *api, const struct account *account)
{
    json_t *locations = NULL;
    const char *text = account->locations;
    if (!text || json_parse(text, strlen(text), &locations, NULL) != ERR_NONE)
        locations = json_null();
    json_t *json = json_pack("{s:s, s:o, s:o, s:s, s:o, s:s, s:s, s:b, s:o, s:o}", "user_id",
        account->user_id, "email", json_text(account->email), "name", json_text(account->name),
        "role", role_name(account->role), "locations", locations, "language", account->language,
        "state", account_state_name(account->state), "second_factor", account->has_second_factor,
        "signed_in_at", api_json_time(api, account->signed_in), "created_at",
        api_json_time(api, account->created));
    json_object_set_new(json, "phone", json_text(account->phone));
    json_object_set_new(json, "phone_confirmed", json_boolean(account->phone_confirmed.ms > 0));
    json_object_set_new(json, "email_confirmed", json_boolean(account->email_confirmed.ms > 0));
    return json;
}

static json_t *practice_json(struct api *api)
{
    const struct practice *practice = api->practice;
    struct instant paused = {0};
    if (playbook_practice_paused(api->db, api->practice_id, &paused, NULL) != ERR_NONE)
        paused.ms = 0;
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:o, s:b}", "name",
        json_text(practice->name), "zone", json_text(practice->zone_name), "now",
        api_json_time(api, api->now), "today",
        api_json_day(api, zone_day(practice->zone, api->now)), "phone", json_text(practice->phone),
        "language", "en", "currency", "USD", "booking_url", json_text(practice->booking_url),
        "sending_paused", paused.ms != 0);
}

static json_t *session_json(struct api *api, const struct session *session)
{
    const struct account *account = &session->account;
    bool in = !session->awaits_second_factor;
    int64_t idle_min = api->practice->idle_logoff_min;
    struct instant idle =
        instant_add_ms(account_session_stale(session, api->now) ? api->now : session->seen,
            idle_min * MS_PER_MINUTE);
    json_t *permissions = json_array(), *must = json_array();
    for (int i = PERMISSION_SELF; i < PERMISSION_MAX && in; i++) {
        if (role_permissions(account->role) >> i & 1)
            json_array_append_new(permissions, json_string(permission_name((enum permission)i)));
    }
    if (in && !account->has_password && session->by_link)
        json_array_append_new(must, json_string("set_password"));
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o}", "state",
        in ? "signed_in" : "second_factor", "user",
        in ? api__account_json(api, account) : json_null(), "practice",
        in ? practice_json(api) : json_null(), "permissions", permissions, "must", must,
        "idle_logoff_min", (json_int_t)idle_min, "idle_ends_at",
        in ? api_json_time(api, idle) : json_null(), "ends_at", api_json_time(api, session->ends),
        "emergency_until",
        session->emergency_until.ms > api->now.ms ? api_json_time(api, session->emergency_until)
                                                  : json_null());
}

void api__read_session(struct api *api)
{
    struct why why = {0};
    api_end(api, ERR_NONE, &why, 200, session_json(api, &api->session));
}

/* ---- passwords: slow, so at most so many at once ---- */

static bool take_hashing(struct api *api)
{
    if (atomic_fetch_add(&api->desk->counts->limits.hashing, 1) < API_HASHES_MAX)
        return true;
    atomic_fetch_sub(&api->desk->counts->limits.hashing, 1);
    api_refuse(api, 503, "busy", "Others are signing in right now", "Try again in a second");
    http__header(api->call->answer, "Retry-After", "1");
    return false;
}

static void give_hashing(struct api *api)
{
    atomic_fetch_sub(&api->desk->counts->limits.hashing, 1);
}

static bool hash_new_password(struct api *api, const char *email, const char *name, char **ret_hash)
{
    struct why why = {0};
    const char *password = api_text(api, "password");
    if (account_check_password(password, email, name, &why) != ERR_NONE) {
        char *message = arena_text(api->arena, why.message);
        message[0] = 'T';
        api_wrong(api, "password", message, arena_text(api->arena, why.hint));
        return false;
    }
    if (!take_hashing(api))
        return false;
    enum err err = account_hash_password(api->arena, password, ret_hash, &why);
    give_hashing(api);
    if (err != ERR_NONE)
        api_end(api, err, &why, 0, NULL);
    return err == ERR_NONE;
}

/* The person's own password once more, before something that a left-alone browser must not do. */
bool api__is_oneself(struct api *api, const char *field)
{
    struct account_look look;
    struct why why = {0};
    const char *password = api_text(api, field);
    const struct account_ask ask = api_ask(api);
    enum err err = account_look_again(api->arena, api->db, api->practice_id, api->now,
        api->session.account.user_id, &ask, &look, &why);
    bool matches = false;
    if (err == ERR_NONE) {
        if (!take_hashing(api))
            return false;
        matches = account_matches(&look, password ? password : "");
        give_hashing(api);
        err = api_begin(api, &why);
    }
    if (err == ERR_NONE)
        err = account_note_look(&api->tx, &look, matches, &why);
    if (err == ERR_NONE && !matches)
        err = db_commit(&api->tx, &why);
    if (err != ERR_NONE)
        api_end(api, err, &why, 0, NULL);
    else if (!matches)
        api_wrong(api, field, "This is not your password", "Write the one you sign in with");
    return err == ERR_NONE && matches;
}

/* ---- signing in ---- */

static void refuse_sign_in(struct api *api)
{
    /* The same for everybody: it does not tell whether the account exists. */
    api_refuse_why(api, 403, "sign_in", "Email address and password do not fit together",
        "Capital letters count in the password. An account that was invited has no password before "
        "its one-time link was used, one that was disabled has none any more; after several wrong "
        "tries each further one waits longer",
        "Try again, or ask an owner for a new one-time link");
}

static void answer_session(
    struct api *api, enum err err, const struct why *why, int status, struct session *session)
{
    api_end(api, err, why, status, err == ERR_NONE ? session_json(api, session) : NULL);
    if (api->call->answer->status == status)
        api__set_cookie(api, session->token);
}

void api__sign_in(struct api *api)
{
    struct account_ask ask = api_ask(api);
    struct account_look look;
    struct session session;
    struct why why = {0};
    ask.email = api_text(api, "email");
    enum err err = account_look(api->arena, api->db, api->practice_id, api->now, &ask, &look, &why);
    if (err != ERR_NONE) {
        api_end(api, err, &why, 0, NULL);
        return;
    }
    if (!take_hashing(api))
        return;
    bool matches = account_matches(&look, api_text(api, "password"));
    give_hashing(api);
    api->actor = matches ? arena_format(api->arena, "user:%s", look.user_id) : "http";
    const struct account_secret secret = api_secret(api);
    err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = account_sign_in(api->arena, &api->tx, &look, matches, &secret, &session, &why);
    if (err == ERR_NONE && !session.session_id) {
        err = db_commit(&api->tx, &why);
        if (err == ERR_NONE) {
            refuse_sign_in(api);
            return;
        }
    }
    answer_session(api, err, &why, 200, &session);
}

void api__pass_second_factor(struct api *api)
{
    struct why why = {0};
    struct session *session = &api->session;
    const struct account_vault vault = api_vault(api);
    bool right = false;
    if (!session->session_id) {
        api_refuse(api, 401, "signed_out", "Nobody awaits a second factor", "Sign in first");
        return;
    }
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE && session->awaits_second_factor)
        err = account_pass_factor(
            api->arena, &api->tx, &vault, session, api_text(api, "code"), &right, &why);
    else
        right = true;
    if (err == ERR_NONE && !right) {
        err = db_commit(&api->tx, &why);
        if (err == ERR_NONE) {
            api_refuse(api, 403, "code", "This code is wrong or was used already",
                "Wait for the next one");
            return;
        }
    }
    if (err == ERR_NONE) {
        session->awaits_second_factor = false;
        session->ends = instant_add_ms(api->now, ACCOUNT_SESSION_MS);
    }
    api_end(api, err, &why, 200, err == ERR_NONE ? session_json(api, session) : NULL);
}

void api__use_sign_in_link(struct api *api)
{
    struct why why = {0};
    const char *user_id = NULL;
    struct session session;
    const struct account_ask ask = api_ask(api);
    const struct account_secret secret = api_secret(api);
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = account_use_link(api->arena, &api->tx, api_text(api, "token"), &user_id, &why);
    if (err == ERR_NONE && !user_id) {
        api_refuse(api, 403, "setup", "This link makes the first owner", "Open /setup with it");
        return;
    }
    if (err == ERR_NONE)
        err = account_start_session(
            api->arena, &api->tx, user_id, &ask, true, &secret, &session, &why);
    answer_session(api, err, &why, 200, &session);
}

void api__sign_out(struct api *api)
{
    struct why why = {0};
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = account_end_session(
            &api->tx, api->session.account.user_id, api->session.session_id, &why);
    api->signed_in = false; /* nothing more to note about it */
    api_end(api, err, &why, 204, NULL);
    if (api->call->answer->status == 204)
        api__set_cookie(api, NULL);
}

void api__open_emergency(struct api *api)
{
    struct why why = {0};
    enum err err = ERR_NONE;
    if (!api_may(api, PERMISSION_PATIENTS_READ))
        err = why_set(&why, ERR_DENIED, "your role reads no patients, in an emergency either");
    if (err == ERR_NONE)
        err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = account_open_emergency(&api->tx, &api->session, api_text(api, "reason"), &why);
    api->session.emergency_until = instant_add_ms(api->now, ACCOUNT_EMERGENCY_MS);
    api_end(api, err, &why, 200, err == ERR_NONE ? session_json(api, &api->session) : NULL);
}

/* ---- one's own account ---- */

void api__change_account(struct api *api)
{
    struct why why = {0};
    const char *user_id = api->session.account.user_id;
    struct account account;
    const struct account_change change = {
        .name = api_text(api, "name"), .language = api_text(api, "language")};
    const char *typed = api_text(api, "phone");
    struct phone phone = phone_parse(typed ? typed : "", "US");
    if (typed && *typed && (!phone.valid || *phone.extension)) {
        api_wrong(api, "phone", "This is no number that can get a text", "With area code");
        return;
    }
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = account_change(&api->tx, user_id, &change, &why);
    if (err == ERR_NONE && typed)
        err = account_set_phone(&api->tx, user_id, *typed ? phone.e164 : NULL, &why);
    if (err == ERR_NONE)
        err = account_read(api->arena, api->db, api->practice_id, user_id, &account, &why);
    api_end(api, err, &why, 200, err == ERR_NONE ? api__account_json(api, &account) : NULL);
}

void api__change_password(struct api *api)
{
    const struct session *session = &api->session;
    const struct account *account = &session->account;
    struct why why = {0};
    char *hash;
    bool fresh_link = session->by_link && api->now.ms - session->created.ms < 30 * MS_PER_MINUTE;
    if (account->has_password && !fresh_link && !api__is_oneself(api, "current"))
        return;
    if (!hash_new_password(api, account->email, account->name, &hash))
        return;
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = account_set_password(&api->tx, account->user_id, hash, session->token_hash, &why);
    api_end(api, err, &why, 204, NULL);
}

/* One path of squares, with the quiet zone of four that the standard asks for. */
static char *qr_svg(struct arena *arena, const char *text)
{
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    struct buf buf;
    buf_init(&buf, arena);
    if (!code)
        return buf.data;
    buf_format(&buf,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" "
        "shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path "
        "fill=\"#000\" d=\"",
        code->width + 8, code->width + 8, code->width + 8, code->width + 8);
    for (int y = 0; y < code->width; y++) {
        for (int x = 0; x < code->width; x++) {
            if (code->data[y * code->width + x] & 1)
                buf_format(&buf, "M%d %dh1v1h-1z", x + 4, y + 4);
        }
    }
    buf_add(&buf, "\"/></svg>");
    QRcode_free(code);
    return buf.data;
}

void api__begin_second_factor(struct api *api)
{
    struct why why = {0};
    struct account_factor factor = {0};
    const struct account_vault vault = api_vault(api);
    const struct account_secret secret = api_secret(api), nonce = api_secret(api);
    if (!api__is_oneself(api, "password"))
        return;
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = account_begin_factor(api->arena, &api->tx, &vault, api->session.account.user_id,
            api->practice->name, &secret, &nonce, &factor, &why);
    json_t *json = err == ERR_NONE ? json_pack("{s:s, s:s, s:s}", "secret", factor.secret,
                       "otpauth_uri", factor.uri, "qr_svg", qr_svg(api->arena, factor.uri))
                                   : NULL;
    api_end(api, err, &why, 200, json);
}

void api__confirm_second_factor(struct api *api)
{
    struct why why = {0};
    const char *codes[ACCOUNT_RECOVERY_CODES];
    bool right = false;
    const struct account_vault vault = api_vault(api);
    const struct account_secret seeds = api_secret(api);
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = account_confirm_factor(api->arena, &api->tx, &vault, api->session.account.user_id,
            api_text(api, "code"), &seeds, codes, &right, &why);
    if (err == ERR_NONE && !right) {
        err = db_commit(&api->tx, &why);
        if (err == ERR_NONE) {
            api_wrong(api, "code", "This code is wrong", "Write the six digits that show now");
            return;
        }
    }
    json_t *list = json_array();
    for (size_t i = 0; right && i < ACCOUNT_RECOVERY_CODES; i++)
        json_array_append_new(list, json_string(codes[i]));
    api_end(api, err, &why, 200, json_pack("{s:o}", "recovery_codes", list));
}

void api__drop_second_factor(struct api *api)
{
    struct why why = {0};
    if (!api__is_oneself(api, "password"))
        return;
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = account_drop_factor(&api->tx, api->session.account.user_id, false, &why);
    api_end(api, err, &why, 204, NULL);
}

void api__list_own_sessions(struct api *api)
{
    struct why why = {0};
    struct session *sessions = NULL;
    size_t count = 0;
    json_t *list = json_array();
    enum err err = account_list_sessions(api->arena, api->db, api->practice_id, api->now,
        api->session.account.user_id, api->practice->idle_logoff_min * MS_PER_MINUTE, &sessions,
        &count, &why);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list,
            json_pack("{s:s, s:b, s:o, s:o, s:o, s:o}", "session_id", sessions[i].session_id,
                "current", text_is(sessions[i].session_id, api->session.session_id), "created_at",
                api_json_time(api, sessions[i].created), "seen_at",
                api_json_time(api, sessions[i].seen), "address", json_text(sessions[i].address),
                "agent", json_text(sessions[i].agent)));
    api_end(api, err, &why, 200, json_pack("{s:o}", "items", list));
}

void api__end_own_session(struct api *api)
{
    struct why why = {0};
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = account_end_session(&api->tx, api->session.account.user_id, api->wild[0], &why);
    api_end(api, err, &why, 204, NULL);
}

/* ---- the first owner ---- */

void api__read_setup(struct api *api)
{
    struct why why = {0};
    bool any = true;
    enum err err = account_any(api->db, api->practice_id, &any, &why);
    api_end(api, err, &why, 200,
        json_pack("{s:s, s:o}", "state", any ? "ready" : "fresh", "practice",
            any ? json_null() : json_text(api->practice->name)));
}

void api__create_owner(struct api *api)
{
    struct why why = {0};
    char *hash;
    const struct account_plan plan = {.email = api_text(api, "email"),
        .name = api_text(api, "name"),
        .language = api_text(api, "language"),
        .role = ROLE_OWNER};
    if (!hash_new_password(api, plan.email, plan.name, &hash))
        return;
    const struct account_ask ask = api_ask(api);
    const struct account_secret secret = api_secret(api);
    const char *user_id = NULL;
    struct id id;
    bool any = false;
    struct session session;
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = account_any(api->db, api->practice_id, &any, &why);
    if (err == ERR_NONE && any)
        err = why_set(&why, ERR_CONFLICT, "this practice has an owner already");
    if (err == ERR_NONE)
        err = account_use_link(api->arena, &api->tx, api_text(api, "token"), &user_id, &why);
    if (err == ERR_NONE && user_id)
        err = why_set(&why, ERR_DENIED, "this link is for signing in");
    if (err == ERR_NONE)
        err = account_add(&api->tx, &plan, &id, &why);
    if (err == ERR_NONE)
        err = account_set_password(&api->tx, id.text, hash, NULL, &why);
    if (err == ERR_NONE)
        err = account_start_session(
            api->arena, &api->tx, id.text, &ask, false, &secret, &session, &why);
    answer_session(api, err, &why, 201, &session);
}
