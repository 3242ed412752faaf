/* postgres_connect.c: how a session begins, and what a server's refusals mean. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "store/postgres_int.h"

enum { OPTIONS_MAX = 64 };

/* -- refusals ---------------------------------------------------------------------------------- */

static bool state_is(const char *state, const char *const *states, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strncmp(state, states[i], strlen(states[i])) == 0) /* two letters name a class */
            return true;
    return false;
}

/* PostgreSQL appendix A: SQLSTATE, its first two letters the class. */
static enum err code_of(const char *state)
{
    static const char *const conflict[] = {"23"};
    static const char *const busy[] = {"40001", "40P01", "55P03", "57014"};
    static const char *const denied[] = {"28", "42501"};
    static const char *const input[] = {"22"};
    static const char *const limit[] = {"54"};
    if (state_is(state, conflict, 1))
        return ERR_CONFLICT;
    if (state_is(state, busy, 4))
        return ERR_BUSY;
    if (state_is(state, denied, 2))
        return ERR_DENIED;
    if (state_is(state, input, 1))
        return ERR_INPUT;
    if (state_is(state, limit, 1))
        return ERR_LIMIT;
    return ERR_IO;
}

static enum err fail_lost(const struct db *db, struct why *reterr_why)
{
    why_set(reterr_why, ERR_IO, "the connection to the database was lost");
    why_hint(reterr_why, "Look whether the server runs; the next attempt connects anew");
    why_place(reterr_why, "%s", db->place);
    return ERR_IO;
}

static const char *field(const PGresult *result, int name)
{
    const char *text = result ? PQresultErrorField(result, name) : NULL;
    return text ? text : "";
}

enum err postgres_fail(
    const struct db *db, const PGresult *result, const char *sql_name, struct why *reterr_why)
{
    const char *state = field(result, PG_DIAG_SQLSTATE);
    if (state[0] == '\0' && PQstatus(db->handle) != CONNECTION_OK)
        return fail_lost(db, reterr_why);
    const char *name = sql_name ? sql_name : "the statement";
    enum err err = code_of(state);
    if (err == ERR_BUSY) {
        why_set(reterr_why, err, "another process holds what %s needs", name);
        why_hint(reterr_why, "Try again when it is done");
    } else if (err == ERR_CONFLICT) {
        why_set(reterr_why, err, "%s meets a row that stands in the way (%s%s%s)", name,
            field(result, PG_DIAG_CONSTRAINT_NAME)[0] ? field(result, PG_DIAG_CONSTRAINT_NAME)
                                                      : field(result, PG_DIAG_COLUMN_NAME),
            field(result, PG_DIAG_TABLE_NAME)[0] ? " of " : "", field(result, PG_DIAG_TABLE_NAME));
    } else if (text_starts(state, "53100")) {
        why_set(reterr_why, err, "the disk of the database is full");
        why_hint(
            reterr_why, "Free some space there and try again: what was not finished was not kept");
    } else if (text_starts(state, "42") || text_starts(state, "25") || text_starts(state, "0A")) {
        /* The text of a statement is ours: naming what is wrong in it shows no row. */
        why_set(reterr_why, err, "the database refuses %s (%s)", name,
            field(result, PG_DIAG_MESSAGE_PRIMARY));
        why_hint(reterr_why, "If the store is of another version, run `perennial migrate`");
    } else {
        why_set(reterr_why, err, "the database fails in %s (SQLSTATE %s)", name,
            state[0] ? state : "unknown");
        why_hint(reterr_why, "Look into the server's log");
    }
    why_place(reterr_why, "%s", db->place);
    why_private(reterr_why, "%s %s",
        result ? field(result, PG_DIAG_MESSAGE_PRIMARY) : PQerrorMessage(db->handle),
        field(result, PG_DIAG_MESSAGE_DETAIL));
    return err;
}

/* -- connecting -------------------------------------------------------------------------------- */

static void ignore_notice(void *context, const char *message)
{
    (void)context;
    (void)message;
}

/* The session's own rules. `jit` off: statements here take milliseconds and its compiler more. */
static enum err set_up(struct db *db, struct why *reterr_why)
{
    char text[512];
    snprintf(text, sizeof text,
        "SET default_transaction_read_only = on; SET lock_timeout = %lld; SET TIME ZONE 'UTC';"
        "SET client_min_messages = warning; SET jit = off; SET bytea_output = 'hex';"
        "SET idle_in_transaction_session_timeout = '10min'; SET standard_conforming_strings = on",
        (long long)db->busy_ms_max);
    PQsetNoticeProcessor(db->handle, ignore_notice, NULL);
    PGresult *result = PQexec(db->handle, text);
    enum err err = PQresultStatus(result) == PGRES_COMMAND_OK
        ? ERR_NONE
        : postgres_fail(db, result, "the session's settings", reterr_why);
    PQclear(result);
    /* Long texts, like the ids in the audit row of a list, in a tenth of the time: where the server
     * was built with it and is new enough to know the setting. Else it packs them as it always did.
     */
    if (err == ERR_NONE)
        PQclear(PQexec(db->handle, "SET default_toast_compression = 'lz4'"));
    return err;
}

/* libpq's first line, without the password wherever it might stand. */
static enum err fail_connect(struct db *db, struct why *reterr_why)
{
    char line[240];
    snprintf(line, sizeof line, "%s", PQerrorMessage(db->handle));
    line[strcspn(line, "\n")] = '\0';
    const char *password = PQpass(db->handle);
    bool shows = password && password[0] && strstr(line, password);
    bool denied = strstr(line, "authentication failed") || strstr(line, "no password supplied")
        || strstr(line, "pg_hba.conf");
    enum err err = denied ? ERR_DENIED : ERR_IO;
    why_set(reterr_why, err, "the database cannot be reached (%s)", shows ? "refused" : line);
    if (denied)
        why_hint(reterr_why, "Look at the user and the password of `store:` in perennial.yaml");
    else if (strstr(line, "does not exist"))
        why_hint(reterr_why,
            "Make it first, for example with "
            "`createdb --encoding=UTF8 --locale=C.UTF-8 --template=template0`");
    else
        why_hint(reterr_why, "Look at the address in `store:` and whether the server runs");
    why_place(reterr_why, "%s", db->place);
    return err;
}

enum err postgres_reconnect(struct db *db, struct why *reterr_why)
{
    assert(!db->streaming && !db->in_tx);
    PQreset(db->handle);
    if (PQstatus(db->handle) != CONNECTION_OK)
        return fail_connect(db, reterr_why);
    for (size_t i = 0; i < STATEMENT_BUCKETS; i++)
        for (struct statement *at = db->statements.buckets[i]; at; at = at->next) {
            at->server_name[0] = '\0';
            for (struct statement *variant = at->variants; variant; variant = variant->next)
                variant->server_name[0] = '\0';
        }
    return set_up(db, reterr_why);
}

static void add_option(
    const char **names, const char **values, size_t *count, const char *name, const char *value)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(names[i], name) == 0)
            return; /* the address says otherwise */
    assert(*count < OPTIONS_MAX);
    names[*count] = name;
    values[(*count)++] = value;
}

/* "postgresql://host:port/database" for messages. */
static const char *place_of(struct arena *boot, PGconn *connection)
{
    const char *host = PQhost(connection), *name = PQdb(connection);
    return arena_format(boot, "postgresql://%s/%s", host ? host : "", name ? name : "");
}

enum err db_postgres_open(
    struct arena *boot, const struct db_options *options, struct db *db, struct why *reterr_why)
{
    db->place = "store";
    PQconninfoOption *parsed = PQconninfoParse(options->address, NULL);
    if (!parsed) { /* libpq's own message would quote the address, password and all */
        why_set(reterr_why, ERR_INPUT, "the address of the store cannot be read");
        why_hint(reterr_why,
            "Write postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with %%XX for odd characters");
        return ERR_INPUT;
    }
    const char *names[OPTIONS_MAX + 1] = {0}, *values[OPTIONS_MAX + 1] = {0};
    size_t count = 0;
    for (PQconninfoOption *option = parsed; option->keyword; option++)
        if (option->val)
            add_option(names, values, &count, option->keyword, option->val);
    add_option(names, values, &count, "connect_timeout", "10");
    add_option(names, values, &count, "fallback_application_name", "perennial");
    add_option(names, values, &count, "client_encoding", "UTF8");
    add_option(names, values, &count, "keepalives_idle", "30");
    add_option(names, values, &count, "tcp_user_timeout", "30000");
    db->handle = PQconnectdbParams(names, values, 0);
    PQconninfoFree(parsed);
    if (PQstatus(db->handle) == CONNECTION_OK)
        db->place = place_of(boot, db->handle);
    enum err err = PQstatus(db->handle) == CONNECTION_OK ? set_up(db, reterr_why)
                                                         : fail_connect(db, reterr_why);
    if (err != ERR_NONE) {
        PQfinish(db->handle);
        db->handle = NULL;
        return err;
    }
    db->verbs = &postgres_verbs;
    return ERR_NONE;
}
