/* nulls.c: one statement of PostgreSQL for each set of parameters that are NULL.
 *
 * "These locations, or all of them" is `:locations IS NULL OR ...`. The server plans a statement
 * once for whatever may be bound only where such a plan is no worse than one for the values at
 * hand; here it always is, because it has to keep room for the second half. So it would plan anew
 * each time, which takes longer than the statement itself. With NULL written out the half that
 * cannot be is gone before anything is planned, and the plan is kept. */
#include <assert.h>
#include <string.h>

#include "store/postgres_int.h"

enum { VARIANTS_MAX = 24 }; /* of one statement: who asks for more gets the one for all */

static char letter_of(const struct db_arg *arg)
{
    if (arg->type != DB_NULL)
        return '.';
    switch (arg->column) {
    case DB_NULL: return '?';
    case DB_INT: return 'i';
    case DB_REAL: return 'r';
    case DB_TEXT: return 't';
    }
    return '?';
}

static const char *literal_of(char letter)
{
    switch (letter) {
    case '?': return "NULL";
    case 'i': return "NULL::bigint";
    case 'r': return "NULL::double precision";
    case 't': return "NULL::text";
    default: return NULL;
    }
}

static struct statement *make(struct db *db, struct statement *statement, const char *nulls)
{
    struct arena *memory = &db->statements.memory;
    const size_t count = statement->sql.count;
    struct statement *made = ARENA_NEW(memory, struct statement, 1);
    const char **literals = ARENA_NEW(memory, const char *, count + 1);
    *made = (struct statement){.name = statement->name,
        .source = statement->source,
        .sql = statement->sql,
        .nulls = arena_text(memory, nulls)};
    made->server_types = ARENA_NEW(memory, unsigned, count + 1);
    for (size_t i = 0; i < count; i++) {
        literals[i] = literal_of(nulls[i]);
        /* It stands nowhere any more, but the server wants to know of which type it would be. */
        made->server_types[i] = nulls[i] == '?' ? POSTGRES_TEXT : 0;
    }
    made->sql.text = sql_text_fill(memory, statement->sql.text, literals);
    made->next = statement->variants;
    statement->variants = made;
    db->statements.count++;
    return made;
}

struct statement *statement_variant(
    struct db *db, struct statement *statement, const struct bound *bound)
{
    char nulls[DB_PARAMS_MAX + 1];
    bool any = false;
    for (size_t i = 0; i < bound->count; i++) {
        nulls[i] = letter_of(&bound->args[bound->order[i]]);
        any = any || nulls[i] != '.';
    }
    nulls[bound->count] = '\0';
    if (!any)
        return statement;
    size_t count = 0;
    for (struct statement *at = statement->variants; at; at = at->next, count++)
        if (strcmp(at->nulls, nulls) == 0)
            return at;
    return count < VARIANTS_MAX ? make(db, statement, nulls) : statement;
}
