/* sql_writer.c: a statement in the making: text, and the values its parameters stand for.
 * Values never become text of the statement: each is a named parameter. */
#include <stdarg.h>
#include <string.h>

#include "audience/audience_int.h"

void sql_writer_init(struct sql_writer *writer, struct arena *arena,
    const struct audience_entry *entry, const struct audience_moment *moment)
{
    *writer = (struct sql_writer){.arena = arena, .entry = entry, .moment = moment};
    buf_init(&writer->text, arena);
}

void sql_put(struct sql_writer *writer, const char *format, ...)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    va_list args;
    va_start(args, format);
    buf_add(&writer->text, arena_vformat(&scratch, format, args));
    va_end(args);
}

static void add(struct sql_writer *writer, struct db_arg arg)
{
    if (writer->arg_count == writer->arg_capacity) {
        size_t grown = writer->arg_capacity ? writer->arg_capacity * 2 : 32;
        writer->args = arena_grow(writer->arena, writer->args,
            writer->arg_capacity * sizeof(*writer->args), grown * sizeof(*writer->args));
        writer->arg_capacity = grown;
    }
    writer->args[writer->arg_count++] = arg;
}

/* The same value under the same kind of parameter is bound once. */
const char *sql_int(struct sql_writer *writer, int64_t value)
{
    for (size_t i = 0; i < writer->arg_count; i++)
        if (writer->args[i].type == DB_INT && writer->args[i].name[0] == 'v'
            && writer->args[i].integer == value)
            return arena_format(writer->arena, ":%s", writer->args[i].name);
    const char *name = arena_format(writer->arena, "v%zu", writer->arg_count);
    add(writer, db_int(name, value));
    return arena_format(writer->arena, ":%s", name);
}

const char *sql_text(struct sql_writer *writer, const char *value)
{
    for (size_t i = 0; i < writer->arg_count; i++)
        if (writer->args[i].type == DB_TEXT && writer->args[i].name[0] == 'v'
            && strcmp(writer->args[i].text, value) == 0)
            return arena_format(writer->arena, ":%s", writer->args[i].name);
    const char *name = arena_format(writer->arena, "v%zu", writer->arg_count);
    add(writer, db_text(name, value));
    return arena_format(writer->arena, ":%s", name);
}

const char *sql_texts(struct sql_writer *writer, const char *const *texts, size_t count)
{
    return sql_text(writer, db_list(writer->arena, texts, count));
}

static const char *shared(struct sql_writer *writer, const char *name, int64_t value)
{
    for (size_t i = 0; i < writer->arg_count; i++)
        if (strcmp(writer->args[i].name, name) == 0)
            return arena_format(writer->arena, ":%s", name);
    add(writer, db_int(name, value));
    return arena_format(writer->arena, ":%s", name);
}

const char *sql_practice(struct sql_writer *writer)
{
    return shared(writer, "practice_id", writer->moment->practice->practice_id);
}

const char *sql_now(struct sql_writer *writer)
{
    return shared(writer, "now_ms", writer->moment->now.ms);
}

const char *sql_today(struct sql_writer *writer)
{
    return shared(writer, "today", writer->moment->today.n);
}

const char *sql_self(struct sql_writer *writer)
{
    return sql_text(writer, writer->entry->playbook);
}

const char *sql_peers(struct sql_writer *writer, bool marketing, bool stronger_only)
{
    const struct audience_entry *entry = writer->entry;
    const char **names = ARENA_NEW(writer->arena, const char *, entry->peer_count + 1);
    size_t count = 0;
    if (stronger_only || entry->marketing == marketing)
        names[count++] = entry->playbook;
    for (size_t i = 0; i < entry->peer_count; i++) {
        const struct audience_peer *peer = &entry->peers[i];
        if (stronger_only ? peer->stronger : peer->marketing == marketing)
            names[count++] = peer->playbook;
    }
    return sql_texts(writer, names, count);
}
