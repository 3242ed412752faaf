/* api_staff.c: colleagues, roles, keys. */
#include <string.h>

#include "api_routes.h"
#include "base/text.h"

static const char *origin(struct api *api)
{
    return arena_format(api->arena, "%s://%s", api->request->secure ? "https" : "http",
        api->request->host ? api->request->host : "localhost");
}

static json_t *link_json(struct api *api, const char *token, json_t *json)
{
    json_object_set_new(json, "sign_in_url",
        json_text(arena_format(api->arena, "%s/#/enter/%s", origin(api), token)));
    json_object_set_new(
        json, "expires_at", api_json_time(api, instant_add_ms(api->now, ACCOUNT_LINK_MS)));
    return json;
}

/* The list of locations as the store keeps it; NULL: not given. */
static const char *locations_of(struct api *api)
{
    json_t *list = json_object_get(api->body, "locations");
    return json_is_array(list) ? json_text_of(api->arena, list) : NULL;
}

/* False: one is not known, which was answered. */
static bool knows_locations(struct api *api)
{
    struct why why = {0};
    enum err err = engine_check_locations(
        api->desk->engine, api->arena, api->db, json_object_get(api->body, "locations"), &why);
    if (err == ERR_INPUT)
        api_wrong(api, "locations", why.message, why.hint);
    else if (err != ERR_NONE)
        api_end(api, err, &why, 200, NULL);
    return err == ERR_NONE;
}

/* Only an owner makes owners, or changes one. */
static enum err check_owner(const struct api *api, bool concerns_owner, struct why *reterr_why)
{
    bool is_owner = api->signed_in ? api->session.account.role == ROLE_OWNER
                                   : api_may(api, PERMISSION_KEYS_MANAGE);
    if (!concerns_owner || is_owner)
        return ERR_NONE;
    why_hint(reterr_why, "Ask an owner");
    return why_set(reterr_why, ERR_DENIED, "only an owner makes or changes owners");
}

/* Who is limited to locations gives nobody more than that, and takes over no account that has more:
 * an emergency opens patients, not this. */
static enum err check_reach(struct api *api, const char *locations, struct why *reterr_why)
{
    const char *own = api->signed_in ? api->session.account.locations : NULL;
    JSON_AUTO mine = NULL;
    JSON_AUTO theirs = NULL;
    if (!own)
        return ERR_NONE;
    bool within = locations && json_parse(own, strlen(own), &mine, NULL) == ERR_NONE
        && json_parse(locations, strlen(locations), &theirs, NULL) == ERR_NONE;
    size_t i = 0, j = 0;
    json_t *one = NULL, *other = NULL;
    json_array_foreach(theirs, i, one)
    {
        bool found = false;
        json_array_foreach(mine, j, other) found = found || json_equal(one, other);
        within = within && found;
    }
    if (within && json_array_size(theirs) > 0)
        return ERR_NONE;
    why_hint(reterr_why, "Ask an owner");
    return why_set(reterr_why, ERR_DENIED, "your account is limited to locations, this is not");
}

static enum role wanted_role(const struct api *api, enum role otherwise)
{
    enum role role = otherwise;
    const char *text = api_text(api, "role");
    return text && role_parse(text, &role) ? role : otherwise;
}

static json_t *accounts_json(struct api *api, bool names_only, struct why *why, enum err *ret_err)
{
    struct account *accounts = NULL;
    size_t count = 0;
    json_t *list = json_array();
    *ret_err = account_list(api->arena, api->db, api->practice_id, &accounts, &count, why);
    for (size_t i = 0; *ret_err == ERR_NONE && i < count; i++) {
        const struct account *account = &accounts[i];
        if (!names_only)
            json_array_append_new(list, api__account_json(api, account));
        else if (account->state != ACCOUNT_DISABLED
            && role_permissions(account->role) >> PERMISSION_INBOX_READ & 1)
            json_array_append_new(list,
                json_pack(
                    "{s:s, s:o}", "user_id", account->user_id, "name", json_text(account->name)));
    }
    return json_pack("{s:o}", "items", list);
}

void api__list_staff(struct api *api)
{
    struct why why = {0};
    enum err err;
    json_t *json = accounts_json(api, false, &why, &err);
    api_end(api, err, &why, 200, json);
}

void api__list_colleagues(struct api *api)
{
    struct why why = {0};
    enum err err;
    json_t *json = accounts_json(api, true, &why, &err);
    api_end(api, err, &why, 200, json);
}

void api__add_staff(struct api *api)
{
    struct why why = {0};
    struct account account;
    const char *token = NULL;
    struct id id;
    const struct account_secret secret = api_secret(api);
    const struct account_plan plan = {.email = api_text(api, "email"),
        .name = api_text(api, "name"),
        .language = api_text(api, "language"),
        .role = wanted_role(api, ROLE_FRONT_DESK),
        .locations = locations_of(api)};
    enum err err = check_owner(api, plan.role == ROLE_OWNER, &why);
    if (err == ERR_NONE)
        err = check_reach(api, plan.locations, &why);
    if (err == ERR_NONE && !knows_locations(api))
        return;
    if (err == ERR_NONE)
        err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = account_add(&api->tx, &plan, &id, &why);
    if (err == ERR_NONE)
        err = account_make_link(api->arena, &api->tx, id.text, &secret, &token, &why);
    if (err == ERR_NONE)
        err = account_read(api->arena, api->db, api->practice_id, id.text, &account, &why);
    json_t *json = err == ERR_NONE
        ? link_json(api, token, json_pack("{s:o}", "user", api__account_json(api, &account)))
        : NULL;
    api_end(api, err, &why, 201, json);
}

void api__change_staff(struct api *api)
{
    struct why why = {0};
    struct account account;
    const char *user_id = api->wild[0], *state_text = api_text(api, "state");
    enum account_state state = text_is(state_text, "disabled") ? ACCOUNT_DISABLED : ACCOUNT_ACTIVE;
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = account_read(api->arena, api->db, api->practice_id, user_id, &account, &why);
    enum role role = err == ERR_NONE ? wanted_role(api, account.role) : ROLE_AUDITOR;
    const struct account_change change = {.name = api_text(api, "name"),
        .locations = locations_of(api),
        .all_locations = api_bool(api, "all_locations"),
        .role = api_text(api, "role") ? &role : NULL,
        .state = state_text ? &state : NULL};
    if (err == ERR_NONE)
        err = check_owner(api, role == ROLE_OWNER || account.role == ROLE_OWNER, &why);
    if (err == ERR_NONE)
        err = check_reach(api, account.locations, &why);
    if (err == ERR_NONE && (change.locations || change.all_locations))
        err = check_reach(api, change.all_locations ? NULL : change.locations, &why);
    bool moves = change.locations && !text_is(change.locations, account.locations);
    if (err == ERR_NONE && moves && !change.all_locations && !knows_locations(api))
        return;
    if (err == ERR_NONE)
        err = account_change(&api->tx, user_id, &change, &why);
    if (err == ERR_NONE)
        err = account_read(api->arena, api->db, api->practice_id, user_id, &account, &why);
    api_end(api, err, &why, 200, err == ERR_NONE ? api__account_json(api, &account) : NULL);
}

void api__make_sign_in_link(struct api *api)
{
    struct why why = {0};
    struct account account;
    const char *token = NULL;
    const struct account_secret secret = api_secret(api);
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = account_read(api->arena, api->db, api->practice_id, api->wild[0], &account, &why);
    if (err == ERR_NONE)
        err = check_owner(api, account.role == ROLE_OWNER, &why);
    if (err == ERR_NONE)
        err = check_reach(api, account.locations, &why);
    if (err == ERR_NONE)
        err = account_make_link(api->arena, &api->tx, api->wild[0], &secret, &token, &why);
    api_end(api, err, &why, 201, err == ERR_NONE ? link_json(api, token, json_object()) : NULL);
}

void api__reset_second_factor(struct api *api)
{
    struct why why = {0};
    struct account account;
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = account_read(api->arena, api->db, api->practice_id, api->wild[0], &account, &why);
    if (err == ERR_NONE)
        err = check_owner(api, account.role == ROLE_OWNER, &why);
    if (err == ERR_NONE)
        err = check_reach(api, account.locations, &why);
    if (err == ERR_NONE)
        err = account_drop_factor(&api->tx, api->wild[0], true, &why);
    api_end(api, err, &why, 204, NULL);
}

void api__list_roles(struct api *api)
{
    struct why why = {0};
    json_t *roles = json_array(), *permissions = json_array();
    for (int i = 0; i < ROLE_MAX; i++)
        json_array_append_new(roles, json_string(role_name((enum role)i)));
    for (int i = PERMISSION_SELF; i < PERMISSION_MAX; i++) {
        json_t *who = json_array();
        for (int j = 0; j < ROLE_MAX; j++) {
            if (role_permissions((enum role)j) >> i & 1)
                json_array_append_new(who, json_string(role_name((enum role)j)));
        }
        enum permission permission = (enum permission)i;
        json_array_append_new(permissions,
            json_pack("{s:s, s:s, s:o}", "permission", permission_name(permission), "meaning",
                permission_meaning(permission), "roles", who));
    }
    api_end(api, ERR_NONE, &why, 200,
        json_pack("{s:o, s:o}", "roles", roles, "permissions", permissions));
}

/* ---- keys ---- */

static json_t *key_json(struct api *api, const struct account_api_key *key)
{
    json_t *scopes = json_array();
    for (int i = 0; i < PERMISSION_MAX; i++) {
        if (key->scopes >> i & 1)
            json_array_append_new(scopes, json_string(permission_name((enum permission)i)));
    }
    struct account account;
    bool known = key->created_by
        && account_read(api->arena, api->db, api->practice_id, key->created_by, &account, NULL)
            == ERR_NONE;
    return json_pack("{s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "key_id", key->key_id, "name",
        json_text(key->name), "prefix", key->prefix, "scopes", scopes, "created_by",
        known ? json_pack("{s:s, s:o}", "user_id", account.user_id, "name", json_text(account.name))
              : json_null(),
        "created_at", api_json_time(api, key->created), "last_used_at",
        api_json_time(api, key->used), "expires_at", api_json_time(api, key->ends), "revoked_at",
        api_json_time(api, key->revoked));
}

void api__list_keys(struct api *api)
{
    struct why why = {0};
    struct account_api_key *keys = NULL;
    size_t count = 0;
    json_t *list = json_array();
    enum err err = account_list_keys(api->arena, api->db, api->practice_id, &keys, &count, &why);
    for (size_t i = 0; err == ERR_NONE && i < count; i++)
        json_array_append_new(list, key_json(api, &keys[i]));
    api_end(api, err, &why, 200, json_pack("{s:o}", "items", list));
}

void api__add_key(struct api *api)
{
    struct why why = {0};
    struct account_api_key key;
    permission_set scopes = 0;
    const char *token = NULL;
    const struct account_secret secret = api_secret(api);
    struct instant ends = api_time(api, "expires_at");
    if (account_parse_scopes(json_object_get(api->body, "scopes"), &scopes, &why) != ERR_NONE) {
        api_wrong(api, "scopes", arena_text(api->arena, why.message),
            why.hint[0] ? arena_text(api->arena, why.hint) : "Choose at least one");
        return;
    }
    if (ends.ms && ends.ms <= api->now.ms) {
        api_wrong(api, "expires_at", "This moment has passed", "Take a later one");
        return;
    }
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = account_add_key(api->arena, &api->tx, api_text(api, "name"), scopes, api->may,
            api->signed_in ? api->session.account.user_id : NULL, ends, &secret, &key, &token,
            &why);
    api_end(api, err, &why, 201,
        err == ERR_NONE ? json_pack("{s:o, s:s}", "key", key_json(api, &key), "secret", token)
                        : NULL);
}

void api__revoke_key(struct api *api)
{
    struct why why = {0};
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = account_revoke_key(&api->tx, api->wild[0], &why);
    api_end(api, err, &why, 204, NULL);
}
