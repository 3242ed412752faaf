/* search.c: `search`: patients, tags, tasks, playbooks. */
#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "engine_sql.h"

enum { HITS_MAX = 50 }; /* of each kind: a person reads them */

struct search {
    struct cmd *cmd;
    const char *text;
    struct tx *tx; /* finding a patient is reading PHI: audited */
    json_t *hits;
};

static void add_hit(struct search *search, const char *kind, const char *id, const char *text)
{
    json_array_append_new(search->hits,
        json_pack("{s:s,s:o,s:o}", "kind", kind, "id", json_text(id), "text", json_text(text)));
    if (!search->cmd->json)
        printf("%-9s %-16s %s\n", kind, id, text);
}

static enum err open_rows(
    struct search *search, const struct sql *sql, struct db_rows **ret_rows, struct why *why)
{
    struct cmd *cmd = search->cmd;
    struct db_arg practice = db_int("practice_id", cmd->home.practice.practice_id);
    struct db_arg text = db_text("text", search->text), limit = db_int("limit", HITS_MAX);
    if (sql != &sql_engine_search_patients)
        return db_query(cmd->db, sql, DB_ARGS(practice, text, limit), ret_rows, why);
    /* Folded as record folds names: "José" finds "jose". */
    const char *key = text_fold(&cmd->boot, search->text);
    return db_query(
        cmd->db, sql, DB_ARGS(practice, text, db_text("key", key), limit), ret_rows, why);
}

static enum err search_patients(struct search *search, struct why *why)
{
    struct arena *boot = &search->cmd->boot;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = open_rows(search, &sql_engine_search_patients, &rows, why);
    const char *read[HITS_MAX];
    size_t count = 0;
    while (err == ERR_NONE && count < HITS_MAX && db_next(rows)) {
        read[count++] = db_col_copy(boot, rows, 3);
        add_hit(search, "patient", db_col_text(rows, 0),
            arena_format(boot, "%s %s", db_col_text(rows, 1), db_col_text(rows, 2)));
    }
    if (err == ERR_NONE)
        err = db_end(&rows, why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++)
        err = audit_write(search->tx, "patient.read", read[i], "search", NULL, why);
    return err;
}

static enum err search_others(struct search *search, const struct sql *sql, const char *kind,
    int id_column, int text_column, struct why *why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = open_rows(search, sql, &rows, why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows))
        add_hit(search, kind, db_col_text(rows, id_column), db_col_text(rows, text_column));
    return db_end(&rows, why);
}

static void search_playbooks(struct search *search)
{
    const struct playbook_home *playbooks = &search->cmd->home.playbooks;
    for (size_t i = 0; i < playbooks->playbook_count; i++) {
        const struct playbook_file *file = &playbooks->playbooks[i];
        if (strstr(file->name, search->text) || strstr(file->text, search->text))
            add_hit(search, "playbook", file->name, "");
    }
}

enum exit_code cmd_search(struct cmd *cmd)
{
    enum exit_code code = cmd_options(cmd, NULL, 0, 1, 1);
    if (code == EXIT_DONE)
        code = cmd_open_engine(cmd, "cmd", false);
    if (code != EXIT_DONE)
        return code;
    JSON_AUTO hits = json_array();
    DB_TX struct tx tx = {0};
    struct search search = {.cmd = cmd, .text = cmd->arguments[0], .tx = &tx, .hits = hits};
    struct why why = {0};
    struct instant now;
    enum err err = cmd_now(cmd, &now, &why);
    if (err == ERR_NONE)
        err = engine_begin(&cmd->engine, now, &tx, &why);
    if (err == ERR_NONE)
        err = search_patients(&search, &why);
    if (err == ERR_NONE)
        err = search_others(&search, &sql_engine_search_tags, "tag", 0, 1, &why);
    if (err == ERR_NONE)
        err = search_others(&search, &sql_engine_search_tasks, "task", 0, 2, &why);
    if (err == ERR_NONE)
        err = db_commit(&tx, &why);
    if (err != ERR_NONE)
        return cmd_fail(&why);
    search_playbooks(&search);
    if (cmd->json)
        cmd_print_json(hits);
    return EXIT_DONE;
}
