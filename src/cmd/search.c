/* search.c: `search`: patients, what was said, tags, tasks, appointments, playbooks. */
#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "base/buf.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "engine_sql.h"
#include "search/search.h"

enum {
    HITS_MAX = SEARCH_HITS_MAX, /* of each kind: a person reads them */
    WORDS_MAX = 64,
};

struct search {
    struct cmd *cmd;
    struct tx *tx; /* finding a patient is reading PHI: audited */
    struct search_question question;
    json_t *hits;
};

static void add_hit(struct search *search, const char *kind, const char *id, const char *text)
{
    json_array_append_new(search->hits,
        json_pack("{s:s,s:o,s:o}", "kind", kind, "id", json_text(id), "text", json_text(text)));
    if (!search->cmd->json)
        printf("%-11s %-16s %s\n", kind, id, text);
}

static enum err note_read(struct search *search, const char *patient_id, struct why *why)
{
    return patient_id ? audit_write(search->tx, "patient.read", patient_id, "search", NULL, why)
                      : ERR_NONE;
}

static enum err search_for_people(struct search *search, struct why *why)
{
    struct cmd *cmd = search->cmd;
    struct search_person people[HITS_MAX];
    size_t count = 0;
    enum err err = search_people(&cmd->boot, cmd->db, &search->question, people, &count, why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        DB_ROWS struct db_rows *rows = NULL;
        err = db_query(cmd->db, &sql_engine_search_name,
            DB_ARGS(db_int("practice_id", search->question.practice_id),
                db_text("patient_id", people[i].patient_id)),
            &rows, why);
        if (err == ERR_NONE && db_next(rows))
            add_hit(search, "patient", db_col_text(rows, 0),
                arena_format(&cmd->boot, "%s %s", db_col_text(rows, 1), db_col_text(rows, 2)));
        if (err == ERR_NONE)
            err = db_end(&rows, why);
        if (err == ERR_NONE)
            err = note_read(search, people[i].patient_id, why);
    }
    return err;
}

static enum err search_for_words(struct search *search, struct why *why)
{
    struct cmd *cmd = search->cmd;
    struct search_said said[HITS_MAX];
    size_t count = 0;
    enum err err = search_said(&cmd->boot, cmd->db, &search->question, said, &count, why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        const char *whose = said[i].external_id ? said[i].external_id : said[i].id;
        add_hit(search, search_kind_name(said[i].kind),
            said[i].kind == SEARCH_TASK ? said[i].id : whose, said[i].text);
        err = note_read(search, said[i].patient_id, why);
    }
    return err;
}

static enum err search_for_tags(struct search *search, struct why *why)
{
    struct cmd *cmd = search->cmd;
    struct search_tag tags[HITS_MAX];
    size_t count = 0;
    enum err err = search_tags(&cmd->boot, cmd->db, &search->question, tags, &count, why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++)
        add_hit(search, "tag", tags[i].tag, text_count(&cmd->boot, tags[i].patients, "patient"));
    return err;
}

static enum err search_for_visits(struct search *search, struct instant now, struct why *why)
{
    struct cmd *cmd = search->cmd;
    struct search_visit visits[HITS_MAX];
    size_t count = 0;
    enum err err = search_visits(&cmd->boot, cmd->db, &search->question, now, visits, &count, why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        add_hit(search, "appointment", visits[i].external_id,
            arena_format(&cmd->boot, "%s %s",
                zone_format(&cmd->boot, cmd->home.practice.zone, visits[i].start),
                visits[i].service));
        err = note_read(search, visits[i].patient_id, why);
    }
    return err;
}

static void search_playbooks(struct search *search)
{
    struct cmd *cmd = search->cmd;
    const struct playbook_home *playbooks = &cmd->home.playbooks;
    for (size_t i = 0; i < playbooks->playbook_count; i++) {
        const struct playbook_file *file = &playbooks->playbooks[i];
        if (search_fits(&cmd->boot, search->question.text, file->name)
            || search_fits(&cmd->boot, search->question.text, file->text))
            add_hit(search, "playbook", file->name, "");
    }
}

/* Names that came since the loop ran last. */
static enum err learn(struct cmd *cmd, struct tx *tx, struct why *why)
{
    bool more = true;
    enum err err = ERR_NONE;
    while (more && err == ERR_NONE) {
        err = search_pending(tx->db, tx->practice_id, &more, why);
        if (err == ERR_NONE && more)
            err = search_learn(&cmd->boot, tx, why);
    }
    return err;
}

/* Words without quotes are one text. */
static enum exit_code read_text(struct cmd *cmd, const char **ret_text)
{
    enum exit_code code = cmd_options(cmd, NULL, 0, 1, WORDS_MAX);
    if (code != EXIT_DONE)
        return code;
    struct buf text;
    buf_init(&text, &cmd->boot);
    for (size_t i = 0; i < cmd->argument_count; i++)
        buf_format(&text, "%s%s", i > 0 ? " " : "", cmd->arguments[i]);
    if (text_is_blank(text.data))
        return cmd_usage(cmd, "say what to look for: a name, a phone number, a word");
    if (!utf8_valid_n(text.data, text.len))
        return cmd_usage(cmd, "what to look for is not UTF-8: set the terminal to UTF-8");
    *ret_text = text.data;
    return EXIT_DONE;
}

enum exit_code cmd_search(struct cmd *cmd)
{
    const char *text = NULL;
    enum exit_code code = read_text(cmd, &text);
    if (code == EXIT_DONE)
        code = cmd_open_engine(cmd, "cmd", false);
    if (code != EXIT_DONE)
        return code;
    JSON_AUTO hits = json_array();
    DB_TX struct tx tx = {0};
    struct search search = {.cmd = cmd,
        .tx = &tx,
        .question = {.practice_id = cmd->home.practice.practice_id,
            .text = text,
            .limit = HITS_MAX},
        .hits = hits};
    struct why why = {0};
    struct instant now;
    enum err err = cmd_now(cmd, &now, &why);
    if (err == ERR_NONE)
        err = engine_begin(&cmd->engine, now, &tx, &why);
    if (err == ERR_NONE)
        err = learn(cmd, &tx, &why);
    if (err == ERR_NONE)
        err = search_for_people(&search, &why);
    if (err == ERR_NONE)
        err = search_for_words(&search, &why);
    if (err == ERR_NONE)
        err = search_for_tags(&search, &why);
    if (err == ERR_NONE)
        err = search_for_visits(&search, now, &why);
    if (err == ERR_NONE)
        err = db_commit(&tx, &why);
    if (err != ERR_NONE)
        return cmd_fail(&why);
    search_playbooks(&search);
    if (cmd->json)
        cmd_print_json(hits);
    else if (json_array_size(hits) == 0)
        cmd_note("Nothing is found for \"%s\".", text);
    return EXIT_DONE;
}
