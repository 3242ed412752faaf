/* user.c: `user` and `key`: who may sign in, and what programs sign in with. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "account/account.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/user.h"

struct user_options {
    const char *name, *role, *locations, *scopes, *base;
    int64_t days;
};

static struct account_secret fresh_secret(struct cmd *cmd)
{
    struct account_secret secret;
    cmd->env.entropy.fill(cmd->env.entropy.self, secret.bytes, sizeof(secret.bytes));
    return secret;
}

/* Behind "#", so that no server and no log sees the token. */
static char *link_url(struct arena *arena, const char *base, const char *page, const char *token)
{
    size_t len = strlen(base);
    while (len > 0 && base[len - 1] == '/')
        len--;
    return arena_format(arena, "%.*s/#/%s/%s", (int)len, base, page, token);
}

static const char *base_of(struct cmd *cmd, const struct user_options *options)
{
    const struct practice *practice = &cmd->home.practice;
    if (options->base)
        return options->base;
    return practice->public_url ? practice->public_url
                                : arena_format(&cmd->boot, "http://%s", practice->listen);
}

static enum err begin(struct cmd *cmd, struct tx *tx, struct why *why)
{
    struct instant now;
    enum err err = cmd_now(cmd, &now, why);
    return err == ERR_NONE ? engine_begin(&cmd->engine, now, tx, why) : err;
}

/* "a, b"; nothing of NULL. */
static json_t *list_of(struct arena *arena, const char *text)
{
    json_t *list = json_array();
    while (text && *text) {
        size_t len = strcspn(text, ",");
        struct str part = str_trim((struct str){text, len});
        if (part.len > 0)
            json_array_append_new(list, json_text(str_text(arena, part)));
        text += len + (text[len] == ',');
    }
    return list;
}

static json_t *account_json(const struct account *account)
{
    return json_pack("{s:s, s:o, s:o, s:s, s:s, s:b}", "user_id", account->user_id, "email",
        json_text(account->email), "name", json_text(account->name), "role",
        role_name(account->role), "state", account_state_name(account->state), "second_factor",
        account->has_second_factor);
}

/* ---- user ---- */

static enum exit_code print_link(struct cmd *cmd, const struct user_options *options,
    const struct account *account, const char *token)
{
    const char *url = link_url(&cmd->boot, base_of(cmd, options), "enter", token);
    if (cmd->json) {
        json_t *json = account_json(account);
        json_object_set_new(json, "sign_in_url", json_text(url));
        cmd_print_json_new(json);
    } else {
        printf("%s (%s) signs in once with\n  %s\n", account->name, role_name(account->role), url);
        cmd_note("The link works once, for three days.");
    }
    return EXIT_DONE;
}

static enum exit_code make_link(
    struct cmd *cmd, const struct user_options *options, const char *email, bool is_new)
{
    struct why why = {0};
    struct account account;
    const char *token = NULL;
    enum role role = ROLE_FRONT_DESK;
    if (options->role && !role_parse(options->role, &role))
        return cmd_usage(cmd,
            "the roles are owner, manager, front_desk, clinician, consultant and"
            " auditor");
    JSON_AUTO locations = list_of(&cmd->boot, options->locations);
    if (options->locations && json_array_size(locations) == 0)
        return cmd_usage(cmd, "--locations names none; leave it out for all of them");
    const struct account_plan plan = {.email = email,
        .name = options->name ? options->name : email,
        .role = role,
        .locations = options->locations ? json_text_of(&cmd->boot, locations) : NULL};
    const struct account_secret secret = fresh_secret(cmd);
    struct id id;
    DB_TX struct tx tx = {0};
    enum err err = engine_check_locations(&cmd->engine, &cmd->boot, cmd->db, locations, &why);
    if (err == ERR_NONE)
        err = begin(cmd, &tx, &why);
    if (err == ERR_NONE && is_new)
        err = account_add(&tx, &plan, &id, &why);
    if (err == ERR_NONE)
        err = account_find(&cmd->boot, cmd->db, tx.practice_id, email, &account, &why);
    if (err == ERR_NONE)
        err = account_make_link(&cmd->boot, &tx, account.user_id, &secret, &token, &why);
    if (err == ERR_NONE)
        err = db_commit(&tx, &why);
    return err == ERR_NONE ? print_link(cmd, options, &account, token) : cmd_fail(&why);
}

static enum exit_code set_state(struct cmd *cmd, const char *email, enum account_state state)
{
    struct why why = {0};
    struct account account;
    const struct account_change change = {.state = &state};
    DB_TX struct tx tx = {0};
    enum err err = begin(cmd, &tx, &why);
    if (err == ERR_NONE)
        err = account_find(&cmd->boot, cmd->db, tx.practice_id, email, &account, &why);
    if (err == ERR_NONE)
        err = account_change(&tx, account.user_id, &change, &why);
    if (err == ERR_NONE)
        err = account_read(&cmd->boot, cmd->db, tx.practice_id, account.user_id, &account, &why);
    if (err == ERR_NONE)
        err = db_commit(&tx, &why);
    if (err != ERR_NONE)
        return cmd_fail(&why);
    if (cmd->json)
        cmd_print_json_new(account_json(&account));
    else
        printf("%s is %s.\n", account.email, account_state_name(account.state));
    return EXIT_DONE;
}

static enum exit_code list_users(struct cmd *cmd)
{
    struct why why = {0};
    struct account *accounts;
    size_t count;
    if (account_list(&cmd->boot, cmd->db, cmd->home.practice.practice_id, &accounts, &count, &why)
        != ERR_NONE)
        return cmd_fail(&why);
    JSON_AUTO list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(list, account_json(&accounts[i]));
        if (!cmd->json)
            printf("%-10s %-9s %-2s %-30s %s\n", role_name(accounts[i].role),
                account_state_name(accounts[i].state), accounts[i].has_second_factor ? "2" : "",
                accounts[i].email, accounts[i].name);
    }
    if (cmd->json)
        cmd_print_json(list);
    else if (count == 0)
        cmd_note("Nobody has an account: `perennial user add EMAIL --role owner`.");
    return EXIT_DONE;
}

enum exit_code cmd_user(struct cmd *cmd)
{
    struct user_options options = {0};
    enum exit_code code =
        CMD_OPTIONS(cmd, 1, 2, {.name = "--name", .kind = OPTION_TEXT, .text = &options.name},
            {.name = "--role", .kind = OPTION_TEXT, .text = &options.role},
            {.name = "--locations", .kind = OPTION_TEXT, .text = &options.locations},
            {.name = "--base", .kind = OPTION_TEXT, .text = &options.base});
    if (code == EXIT_DONE)
        code = cmd_open_engine(cmd, "cmd", false);
    if (code != EXIT_DONE)
        return code;
    const char *verb = cmd->arguments[0];
    const char *email = cmd->argument_count > 1 ? cmd->arguments[1] : NULL;
    if (text_is(verb, "list") && !email)
        return list_users(cmd);
    if (!email)
        return cmd_usage(cmd, "say add, link, disable or enable with an email address, or list");
    if (text_is(verb, "add"))
        return make_link(cmd, &options, email, true);
    if (text_is(verb, "link"))
        return make_link(cmd, &options, email, false);
    if (text_is(verb, "disable"))
        return set_state(cmd, email, ACCOUNT_DISABLED);
    if (text_is(verb, "enable"))
        return set_state(cmd, email, ACCOUNT_ACTIVE);
    return cmd_usage(cmd, "\"%s\" is none of add, list, link, disable and enable", verb);
}

/* ---- the first owner ---- */

enum err cmd_first_owner_url(
    struct cmd *cmd, struct tx *tx, const char *base, char **ret_url, struct why *reterr_why)
{
    bool any = true;
    const char *token = NULL;
    const struct account_secret secret = fresh_secret(cmd);
    *ret_url = NULL;
    enum err err = account_any(tx->db, tx->practice_id, &any, reterr_why);
    if (err == ERR_NONE && !any)
        err = account_make_link(&cmd->boot, tx, NULL, &secret, &token, reterr_why);
    if (err == ERR_NONE && token)
        *ret_url = link_url(&cmd->boot, base, "start", token);
    return err;
}

/* ---- key ---- */

static enum exit_code add_key(struct cmd *cmd, const struct user_options *options)
{
    struct why why = {0};
    struct account_api_key key;
    const char *token = NULL;
    permission_set scopes = 0;
    JSON_AUTO names = list_of(&cmd->boot, options->scopes);
    struct instant ends = {0};
    const struct account_secret secret = fresh_secret(cmd);
    DB_TX struct tx tx = {0};
    enum err err = account_parse_scopes(names, &scopes, &why);
    if (err != ERR_NONE)
        return cmd_usage(cmd, "--scopes: %s; `perennial help key` lists them", why.message);
    err = begin(cmd, &tx, &why);
    if (err == ERR_NONE && options->days)
        ends = instant_add_ms(tx.now, options->days * MS_PER_DAY);
    if (err == ERR_NONE)
        err = account_add_key(&cmd->boot, &tx, cmd->arguments[1], scopes,
            role_permissions(ROLE_OWNER), NULL, ends, &secret, &key, &token, &why);
    if (err == ERR_NONE)
        err = db_commit(&tx, &why);
    if (err != ERR_NONE)
        return cmd_fail(&why);
    if (cmd->json)
        cmd_print_json_new(json_pack(
            "{s:s, s:o, s:s}", "key_id", key.key_id, "name", json_text(key.name), "secret", token));
    else
        printf("%s\n", token);
    cmd_note("It is shown once; the store keeps its hash alone.");
    return EXIT_DONE;
}

static enum exit_code list_keys(struct cmd *cmd)
{
    struct why why = {0};
    struct account_api_key *keys;
    size_t count;
    if (account_list_keys(&cmd->boot, cmd->db, cmd->home.practice.practice_id, &keys, &count, &why)
        != ERR_NONE)
        return cmd_fail(&why);
    JSON_AUTO list = json_array();
    for (size_t i = 0; i < count; i++) {
        const char *state = keys[i].revoked.ms ? "revoked" : "active";
        json_array_append_new(list,
            json_pack("{s:s, s:o, s:s, s:s}", "key_id", keys[i].key_id, "name",
                json_text(keys[i].name), "prefix", keys[i].prefix, "state", state));
        if (!cmd->json)
            printf("%s  %-8s %s...  %s\n", keys[i].key_id, state, keys[i].prefix, keys[i].name);
    }
    if (cmd->json)
        cmd_print_json(list);
    return EXIT_DONE;
}

static enum exit_code revoke_key(struct cmd *cmd)
{
    struct why why = {0};
    DB_TX struct tx tx = {0};
    enum err err = begin(cmd, &tx, &why);
    if (err == ERR_NONE)
        err = account_revoke_key(&tx, cmd->arguments[1], &why);
    if (err == ERR_NONE)
        err = db_commit(&tx, &why);
    return err == ERR_NONE ? EXIT_DONE : cmd_fail(&why);
}

enum exit_code cmd_key(struct cmd *cmd)
{
    struct user_options options = {0};
    enum exit_code code = CMD_OPTIONS(cmd, 1, 2,
        {.name = "--scopes", .kind = OPTION_TEXT, .text = &options.scopes},
        {.name = "--days", .kind = OPTION_NUMBER, .number = &options.days, .min = 1, .max = 3650});
    if (code == EXIT_DONE)
        code = cmd_open_engine(cmd, "cmd", false);
    if (code != EXIT_DONE)
        return code;
    const char *verb = cmd->arguments[0];
    bool named = cmd->argument_count > 1;
    if (text_is(verb, "list") && !named)
        return list_keys(cmd);
    if (text_is(verb, "add") && named)
        return add_key(cmd, &options);
    if (text_is(verb, "revoke") && named)
        return revoke_key(cmd);
    return cmd_usage(cmd, "say `add NAME --scopes A,B`, `list` or `revoke ID`");
}
