/* api_test_send.c: messages that a colleague sends to themselves. */
#include <string.h>

#include "api_routes.h"
#include "base/text.h"
#include "http/api_playbook.h"
#include "http/api_template.h"
#include "http_sql.h"

static bool leaves(const struct api *api, enum channel_kind channel)
{
    const char *driver = api->practice->channels[channel].driver;
    return driver && !text_is(driver, "null");
}

/* ---- confirming an address ---- */

static bool by_phone(const struct api *api)
{
    return text_is(api_text(api, "channel"), "sms");
}

void api__send_confirmation(struct api *api)
{
    struct why why = {0};
    const char *address = NULL, *code = NULL, *touch = NULL;
    const struct account *account = &api->session.account;
    const struct account_vault vault = api_vault(api);
    const struct account_secret secret = api_secret(api);
    enum channel_kind channel = by_phone(api) ? CHANNEL_SMS : CHANNEL_EMAIL;
    if (!leaves(api, channel)) {
        api_refuse(api, 409, "null_driver", "Nothing leaves through this channel",
            "Set its driver in the settings; until then nothing needs to be confirmed");
        return;
    }
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = account_begin_contact(api->arena, &api->tx, &vault, account->user_id, by_phone(api),
            &secret, &address, &code, &why);
    if (err == ERR_NONE) {
        bool spanish = text_is(account->language, "es");
        const struct engine_test test = {.user_id = account->user_id,
            .address = address,
            .channel = channel,
            .subject = channel == CHANNEL_SMS ? NULL : api->practice->name,
            .body = arena_format(api->arena,
                spanish ? "%s: su código es %s. Si no lo pidió, no haga nada."
                        : "%s: your code is %s. If you did not ask for it, do nothing.",
                api->practice->name, code),
            .language = account->language,
            .what = "confirmation"};
        err = engine_plan_test(api->desk->engine, &api->tx, &test, &touch, &why);
    }
    api_end(api, err, &why, 202,
        json_pack("{s:s, s:b}", "channel", channel_kind_name(channel), "leaves", 1));
    api->call->answer->wake = api->call->answer->status == 202;
}

void api__confirm_contact(struct api *api)
{
    struct why why = {0};
    struct account account;
    bool right = false;
    const char *user_id = api->session.account.user_id;
    const struct account_vault vault = api_vault(api);
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = account_confirm_contact(api->arena, &api->tx, &vault, user_id, by_phone(api),
            api_text(api, "code"), &right, &why);
    if (err == ERR_NONE && !right) {
        err = db_commit(&api->tx, &why);
        if (err == ERR_NONE) {
            api_refuse(api, 403, "code", "This is not the code, or it is too old",
                "Type it again, or ask for another one");
            return;
        }
    }
    if (err == ERR_NONE)
        err = account_read(api->arena, api->db, api->practice_id, user_id, &account, &why);
    api_end(api, err, &why, 200, err == ERR_NONE ? api__account_json(api, &account) : NULL);
}

/* ---- sending ---- */

/* The colleague's own address, when it may be used. NULL: refused already. */
static const char *own_address(struct api *api, enum channel_kind channel)
{
    const struct account *account = &api->session.account;
    struct why why = {0};
    int64_t stopped = 0;
    bool phone = channel == CHANNEL_SMS;
    const char *address = phone ? account->phone : account->email;
    if (!api->signed_in) {
        api_refuse(api, 403, "person", "Only a person can send a test to themselves", "Sign in");
        return NULL;
    }
    if (!address) {
        api_refuse(
            api, 409, "no_phone", "Your account has no phone number", "Set it on your own page");
        return NULL;
    }
    bool confirmed = (phone ? account->phone_confirmed : account->email_confirmed).ms > 0;
    if (leaves(api, channel) && !confirmed) {
        api_refuse(api, 409, "not_confirmed", "This address of yours is not confirmed",
            "Ask for a code on your own page and type it there");
        return NULL;
    }
    enum err err = db_query_int(api->db, &sql_http_address_stopped,
        DB_ARGS(db_int("practice_id", api->practice_id), db_text("address", address),
            db_text("channel", channel_kind_name(channel))),
        &stopped, &why);
    if (err != ERR_NONE) {
        api_end(api, err, &why, 0, NULL);
        return NULL;
    }
    if (stopped) {
        api_refuse(api, 409, "suppressed", "Somebody has stopped messages to this address",
            "Use another address for tests");
        return NULL;
    }
    return address;
}

static void send_piece(
    struct api *api, const struct template_set *set, const struct template *piece, const char *what)
{
    struct why why = {0};
    struct rendered rendered;
    const char *touch = NULL;
    const struct template_facts facts = api__example_facts(api, false);
    const struct template_rendering how = {.stop_disclosed = false};
    if (piece->channel != CHANNEL_SMS && piece->channel != CHANNEL_EMAIL) {
        api_refuse(api, 409, "channel", "This is nothing that is sent", "Look at its preview");
        return;
    }
    const char *address = own_address(api, piece->channel);
    if (!address)
        return;
    enum err err = template_render(api->arena, set, piece, &facts, &how, &rendered, &why);
    if (err == ERR_NONE && rendered.missing) {
        api_refuse(api, 409, "missing",
            arena_format(api->arena, "The message needs %s", rendered.missing),
            "Set it, or take it out of the message");
        return;
    }
    if (err == ERR_NONE)
        err = api_begin(api, &why);
    if (err == ERR_NONE) {
        const struct engine_test test = {.user_id = api->session.account.user_id,
            .address = address,
            .channel = piece->channel,
            .subject =
                rendered.subject ? arena_format(api->arena, "[Test] %s", rendered.subject) : NULL,
            .body = rendered.text,
            .html = rendered.html,
            .language = piece->language,
            .what = what};
        err = engine_plan_test(api->desk->engine, &api->tx, &test, &touch, &why);
    }
    bool text = piece->channel == CHANNEL_SMS;
    api_end(api, err, &why, 202,
        err == ERR_NONE ? json_pack("{s:s, s:s, s:b, s:o, s:o, s:o}", "touch_id", touch, "channel",
            channel_kind_name(piece->channel), "leaves", leaves(api, piece->channel), "subject",
            json_text(rendered.subject), "text", json_text(rendered.text), "segments",
            text ? json_integer(rendered.sms.segments) : json_null())
                        : NULL);
    api->call->answer->wake = api->call->answer->status == 202;
}

void api__test_template(struct api *api)
{
    struct why why = {0};
    struct template_set *set = NULL;
    const char *source = api_text(api, "source");
    const struct template *piece = api__find_piece(api), *fresh = piece;
    enum err err = piece ? ERR_NONE : api__no_piece(&why);
    if (err == ERR_NONE && source) {
        err = api__parse_with(api, piece, source, &set, &why);
        fresh = err == ERR_NONE ? template_pick(set, piece->name, piece->channel,
                    piece->wording == WORDING_SPECIFIC, piece->language)
                                : NULL;
    }
    if (err == ERR_NONE && (!fresh || !fresh->usable)) {
        api_wrong(api, "source", "The piece has errors", "Check it first");
        return;
    }
    if (err != ERR_NONE)
        api_end(api, err, &why, 0, NULL);
    else
        send_piece(api, set ? set : api->desk->home->templates, fresh, piece->file);
}

/* The piece of a touch on the channel that is asked for. NULL: it has none. */
static const struct template *touch_piece(
    struct api *api, const struct playbook_touch *touch, enum channel_kind channel)
{
    const char *wording = api_text(api, "wording"), *language = api_text(api, "language");
    return touch->template_name ? template_pick(api->desk->home->templates, touch->template_name,
               channel, text_is(wording, "specific"), language ? language : "en")
                                : NULL;
}

void api__test_touch(struct api *api)
{
    struct why why = {0};
    const struct playbook *playbook = NULL;
    const struct playbook_touch *touch = NULL;
    const struct template *piece = NULL;
    const char *wanted = api_text(api, "channel");
    const struct playbook_home *home = &api->desk->home->playbooks;
    const struct playbook_file *file = api__playbook_file(home, api->wild[0]);
    enum err err =
        file ? playbook_parse(api->arena, home, file, &playbook, &why) : api__no_playbook(&why);
    if (err == ERR_NONE) {
        touch = playbook_find_touch(playbook, api->wild[1]);
        if (!touch)
            err = why_set(&why, ERR_NOT_FOUND, "the playbook has no such touch");
    }
    for (size_t i = 0; err == ERR_NONE && i < touch->send_count && !piece; i++) {
        if (!wanted || text_is(wanted, channel_kind_name(touch->send[i])))
            piece = touch_piece(api, touch, touch->send[i]);
    }
    if (err == ERR_NONE && (!piece || !piece->usable))
        err = why_set(&why, ERR_CONFLICT, "this touch sends nothing of that kind");
    if (err != ERR_NONE)
        api_end(api, err, &why, 0, NULL);
    else
        send_piece(api, api->desk->home->templates, piece,
            arena_format(api->arena, "%s %s", api->wild[0], touch->id));
}
