/* doctor.c: `doctor`: what stands in the way of sending. */
#include <inttypes.h>
#include <stdio.h>

#include "account/account.h"
#include "account/permission.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "draft/draft_store.h"
#include "engine_sql.h"
#include "http/provider.h"
#include "inbox/alert.h"

struct checkup {
    struct cmd *cmd;
    json_t *lines;
    int64_t troubles;
    struct instant now;
};

static void say(struct checkup *checkup, bool is_fine, const char *what, const char *finding,
    const char *remedy)
{
    if (!is_fine)
        checkup->troubles++;
    json_array_append_new(checkup->lines,
        json_pack("{s:b,s:s,s:s,s:s}", "fine", is_fine, "what", what, "finding", finding, "remedy",
            is_fine ? "" : remedy));
    if (!checkup->cmd->json)
        printf("%-4s %-22s %s%s%s\n", is_fine ? "ok" : "!!", what, finding, is_fine ? "" : " - ",
            is_fine ? "" : remedy);
}

static void say_setting(struct checkup *checkup, const char *what, const char *value,
    bool is_example, const char *shown, const char *remedy)
{
    bool is_set = !is_example && !text_is_blank(value);
    const char *none = is_example ? "none: an example stands in while nothing leaves" : "none";
    say(checkup, is_set, what, is_set ? shown : none, remedy);
}

static void look_at_settings(struct checkup *checkup)
{
    const struct practice *practice = &checkup->cmd->home.practice;
    say(checkup, practice->consent_form_hash != NULL, "consent form",
        !practice->consent_form_name      ? "none"
            : practice->consent_form_hash ? practice->consent_form_name
                                          : "empty",
        "name the signed text as consent_form; until then marketing texts are refused");
    say_setting(checkup, "postal address", practice->address, practice->address_is_example, "set",
        "marketing email needs it (15 USC 7704): set address in perennial.yaml");
    say_setting(checkup, "callback number", practice->phone, practice->phone_is_example, "set",
        "set phone in perennial.yaml");
    say_setting(checkup, "public address", practice->public_url, practice->public_url_is_example,
        practice->public_url, "links and callbacks need it: set public_url");
}

static void look_at_channels(struct checkup *checkup)
{
    struct cmd *cmd = checkup->cmd;
    const struct practice *practice = &cmd->home.practice;
    struct day today = zone_day(practice->zone, checkup->now);
    for (int kind = 0; kind < CHANNEL_TASK; kind++) {
        const struct channel_setting *setting = &practice->channels[kind];
        const char *driver = setting->driver ? setting->driver : "null";
        bool leaves = !text_is(driver, "null") && !text_is(driver, "task");
        bool ready = !leaves || practice_vendor_ready(practice, setting->vendor, today);
        say(checkup, ready,
            arena_format(&cmd->boot, "channel %s", channel_kind_name((enum channel_kind)kind)),
            driver, "the vendor has no running agreement on file: add it under vendors with baa");
    }
}

enum { MODEL_LOOK_MS = 5000 };

/* Does it answer at all? Nobody's words are in the question. */
static bool model_answers(struct checkup *checkup, const char **ret_finding)
{
    struct cmd *cmd = checkup->cmd;
    const struct language_model_setting *model = &cmd->home.practice.language_model;
    const struct env_net *net = &cmd->env.net;
    const struct net_request request = {.kind = NET_HTTP,
        .url = arena_format(&cmd->boot, "%s/models", model->url),
        .timeout_ms = MODEL_LOOK_MS,
        .method = "GET",
        .inside_only = text_is(model->vendor, "own")};
    struct net_reply reply = {.failure = "no answer"};
    if (net->submit(net->self, &request))
        (void)net->take(net->self, &cmd->boot, MODEL_LOOK_MS + MS_PER_SECOND, &reply);
    *ret_finding = reply.answered
        ? arena_format(&cmd->boot, "%s answers with %d", model->url, reply.status)
        : arena_format(&cmd->boot, "%s: %s", model->url, reply.failure);
    return reply.answered && reply.status < 500;
}

static enum err look_at_language_model(struct checkup *checkup, struct why *why)
{
    struct cmd *cmd = checkup->cmd;
    const struct practice *practice = &cmd->home.practice;
    const struct language_model_setting *model = &practice->language_model;
    struct day today = zone_day(practice->zone, checkup->now);
    const char *finding = "off";
    bool ready = true;
    struct draft_spending spent;
    if (!model->url) {
        say(checkup, true, "language model", finding, "");
        return ERR_NONE;
    }
    enum err err =
        draft_spent(cmd->db, practice->practice_id, zone_at(practice->zone, today, 0), &spent, why);
    if (err != ERR_NONE)
        return err;
    if (!practice_vendor_ready(practice, model->vendor, today)) {
        ready = false;
        finding = "the vendor has no running agreement on file: it is not asked";
    } else {
        ready = model_answers(checkup, &finding);
    }
    say(checkup, ready, "language model", finding,
        "start its server, or correct language_model in perennial.yaml; until then people answer "
        "without drafts");
    bool left = spent.calls < model->calls_per_day_max && spent.tokens < model->tokens_per_day_max;
    say(checkup, left && spent.failed * 2 <= spent.calls, "drafts today",
        arena_format(&cmd->boot,
            "%" PRId64 " asked, %" PRId64 " without a usable answer, %" PRId64 " tokens",
            spent.calls, spent.failed, spent.tokens),
        left ? "most answers cannot be used: look at the model's own log"
             : "the day's budget is spent: raise calls_per_day or tokens_per_day");
    return ERR_NONE;
}

/* The provider is asked as a sign-in would, up to the person. */
static void look_at_sign_in(struct checkup *checkup)
{
    struct cmd *cmd = checkup->cmd;
    const struct practice *practice = &cmd->home.practice;
    if (!practice->sign_in.issuer)
        return;
    struct why why = {0};
    struct provider provider;
    JSON_AUTO keys = NULL;
    const struct provider_ask ask = {
        .arena = &cmd->boot, .net = &cmd->env.net, .practice = practice};
    enum err err = provider_discover(&ask, &provider, &why);
    if (err == ERR_NONE)
        err = provider_keys(&ask, &provider, &keys, &why);
    say(checkup, err == ERR_NONE, "sign-in provider",
        err == ERR_NONE ? practice->sign_in.issuer : arena_text(&cmd->boot, why.message),
        why.hint[0] ? arena_text(&cmd->boot, why.hint) : "see docs/operations.md, signing in");
}

static void look_at_templates(struct checkup *checkup)
{
    const struct template_problems *problems = template_problems_of(checkup->cmd->home.templates);
    say(checkup, problems->errors == 0, "templates",
        text_count(&checkup->cmd->boot, (int64_t)problems->errors, "error"), "run perennial check");
}

static enum err count(
    struct checkup *checkup, const struct sql *sql, int64_t *ret_count, struct why *why)
{
    struct cmd *cmd = checkup->cmd;
    int64_t practice_id = cmd->home.practice.practice_id;
    if (sql == &sql_engine_doctor_tasks)
        return db_query_int(cmd->db, sql,
            DB_ARGS(db_int("practice_id", practice_id), db_int("now_ms", checkup->now.ms)),
            ret_count, why);
    return db_query_int(cmd->db, sql, DB_ARGS(db_int("practice_id", practice_id)), ret_count, why);
}

/* Whom a message that may be urgent calls first. */
static enum err look_at_clinicians(struct checkup *checkup, struct why *why)
{
    struct cmd *cmd = checkup->cmd;
    const struct practice *practice = &cmd->home.practice;
    struct account *accounts;
    size_t count, reachable = practice->clinician_contact != NULL;
    enum err err = account_list(&cmd->boot, cmd->db, practice->practice_id, &accounts, &count, why);
    for (size_t i = 0; err == ERR_NONE && i < count; i++)
        reachable += accounts[i].role == ROLE_CLINICIAN && accounts[i].state == ACCOUNT_ACTIVE
            && (accounts[i].phone_confirmed.ms || accounts[i].email_confirmed.ms);
    if (err == ERR_NONE)
        say(checkup, reachable > 0, "clinicians on call",
            arena_format(&cmd->boot, "%zu can be reached", reachable),
            "set clinician_contact, or let clinicians confirm their phone under Account");
    return err;
}

/* "owner, manager ... " of the roles that may end a task. */
static const char *enders(struct arena *arena)
{
    const char *text = "";
    for (int role = 0; role < ROLE_MAX; role++)
        if (role_permissions((enum role)role) >> PERMISSION_INBOX_WRITE & 1)
            text = arena_format(
                arena, "%s%s%s", text, text[0] ? ", " : "", role_name((enum role)role));
    return text;
}

static enum err look_at_urgent(struct checkup *checkup, struct why *why)
{
    struct cmd *cmd = checkup->cmd;
    int64_t open = 0;
    enum err err = db_query_int(cmd->db, &sql_engine_doctor_urgent,
        DB_ARGS(db_int("practice_id", cmd->home.practice.practice_id),
            db_text("kind", INBOX_ALERT_URGENT)),
        &open, why);
    if (err == ERR_NONE)
        say(checkup, open == 0, "maybe urgent", arena_format(&cmd->boot, "%" PRId64 " open", open),
            arena_format(
                &cmd->boot, "a clinician ends each under Today; who may: %s", enders(&cmd->boot)));
    return err;
}

static enum err look_at_store(struct checkup *checkup, struct why *why)
{
    struct cmd *cmd = checkup->cmd;
    int64_t imported_ms = 0, unfolded = 0, late_tasks = 0;
    enum err err = count(checkup, &sql_engine_doctor_import, &imported_ms, why);
    if (err == ERR_NONE)
        err = count(checkup, &sql_engine_doctor_unfolded, &unfolded, why);
    if (err == ERR_NONE)
        err = count(checkup, &sql_engine_doctor_tasks, &late_tasks, why);
    if (err != ERR_NONE)
        return err;
    int64_t age_h = (checkup->now.ms - imported_ms) / MS_PER_HOUR;
    bool fresh = imported_ms > 0
        && checkup->now.ms - imported_ms <= cmd->home.practice.booking_data_age_ms_max;
    say(checkup, fresh, "booking data",
        imported_ms ? arena_format(&cmd->boot, "%" PRId64 " h old", age_h) : "never imported",
        "import the appointments: nothing leaves on stale data");
    say(checkup, unfolded == 0, "messages not read", arena_format(&cmd->boot, "%" PRId64, unfolded),
        "is perennial serve running?");
    say(checkup, late_tasks == 0, "tasks overdue", arena_format(&cmd->boot, "%" PRId64, late_tasks),
        "somebody is waiting for an answer");
    say(checkup, true, "store size",
        arena_format(&cmd->boot, "%" PRId64 " MiB", db_size_bytes(cmd->db) >> 20), "");
    return ERR_NONE;
}

static enum err look_at_queue(struct checkup *checkup, struct why *why)
{
    struct cmd *cmd = checkup->cmd;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(cmd->db, &sql_engine_doctor_touches,
        DB_ARGS(db_int("practice_id", cmd->home.practice.practice_id)), &rows, why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows)) {
        const char *state = db_col_text(rows, 0);
        say(checkup, !text_is(state, "in_doubt"), arena_format(&cmd->boot, "messages %s", state),
            arena_format(&cmd->boot, "%" PRId64, db_col_int(rows, 1)),
            "the provider is being asked; see docs/operations.md");
    }
    return db_end(&rows, why);
}

static enum err look_at_playbooks(struct checkup *checkup, struct why *why)
{
    struct cmd *cmd = checkup->cmd;
    int64_t practice_id = cmd->home.practice.practice_id;
    struct instant paused;
    struct playbook_state *states;
    size_t state_count;
    enum err err = playbook_practice_paused(cmd->db, practice_id, &paused, why);
    if (err == ERR_NONE)
        err = playbook_read_states(&cmd->boot, cmd->db, practice_id, &states, &state_count, why);
    if (err != ERR_NONE)
        return err;
    say(checkup, !paused.ms, "all sending", paused.ms ? "paused" : "on",
        "perennial resume lets it go on");
    for (size_t i = 0; i < state_count; i++)
        say(checkup, !states[i].reason, states[i].playbook, playbook_run_name(states[i].run),
            states[i].reason ? states[i].reason : "");
    return ERR_NONE;
}

enum exit_code cmd_doctor(struct cmd *cmd)
{
    enum exit_code code = cmd_options(cmd, NULL, 0, 0, 0);
    if (code == EXIT_DONE)
        code = cmd_open_store(cmd, 0);
    if (code != EXIT_DONE)
        return code;
    JSON_AUTO lines = json_array();
    struct checkup checkup = {.cmd = cmd, .lines = lines};
    struct why why = {0};
    enum err err = cmd_now(cmd, &checkup.now, &why);
    if (err == ERR_NONE) {
        look_at_settings(&checkup);
        look_at_channels(&checkup);
        look_at_sign_in(&checkup);
        look_at_templates(&checkup);
        err = look_at_playbooks(&checkup, &why);
    }
    if (err == ERR_NONE)
        err = look_at_clinicians(&checkup, &why);
    if (err == ERR_NONE)
        err = look_at_urgent(&checkup, &why);
    if (err == ERR_NONE)
        err = look_at_language_model(&checkup, &why);
    if (err == ERR_NONE)
        err = look_at_store(&checkup, &why);
    if (err == ERR_NONE)
        err = look_at_queue(&checkup, &why);
    if (err != ERR_NONE)
        return cmd_fail(&why);
    if (cmd->json)
        cmd_print_json_new(
            json_pack("{s:O,s:I}", "lines", lines, "troubles", (json_int_t)checkup.troubles));
    return checkup.troubles ? EXIT_FAILED : EXIT_DONE;
}
