/* statement.c: the statements a connection keeps prepared.
 *
 * A statement is found by its name and its whole text, because the expressions of definitions are
 * compiled while the program runs and several texts may share a name. When the cache is full,
 * everything is forgotten at once: that happens only to a process that compiled hundreds of
 * expressions, and costs it one prepare per statement. A statement that is being read from is made
 * a second time when it is needed inside its own loop. */
#include <assert.h>
#include <string.h>

#include "store/store_int.h"

static size_t bucket_of(const char *name)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (const char *at = name; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    return hash & (STATEMENT_BUCKETS - 1);
}

const char *statement_body(const struct db *db, const struct sql *sql)
{
    return db->postgres && sql->postgres ? sql->postgres : sql->text;
}

void statement_forget_all(struct db *db)
{
    struct statements *statements = &db->statements;
    assert(statements->busy == 0);
    for (size_t i = 0; i < STATEMENT_BUCKETS; i++) {
        for (struct statement *at = statements->buckets[i]; at; at = at->next)
            db->verbs->forget(db, at);
        statements->buckets[i] = NULL;
    }
    db->verbs->forget(db, NULL);
    statements->count = 0;
    arena_reset(&statements->memory);
}

struct statement *statement_take(struct db *db, const struct sql *sql)
{
    struct statements *statements = &db->statements;
    const char *body = statement_body(db, sql);
    size_t bucket = bucket_of(sql->name);
    for (struct statement *at = statements->buckets[bucket]; at; at = at->next)
        if (!at->busy && strcmp(at->name, sql->name) == 0 && strcmp(at->source, body) == 0)
            return at;
    if (statements->count >= STATEMENTS_MAX && statements->busy == 0)
        statement_forget_all(db);
    struct statement *made = ARENA_NEW(&statements->memory, struct statement, 1);
    made->name = arena_text(&statements->memory, sql->name);
    made->source = arena_text(&statements->memory, body);
    sql_text_translate(&statements->memory, body, db->postgres, &made->sql);
    made->next = statements->buckets[bucket];
    statements->buckets[bucket] = made;
    statements->count++;
    return made;
}
