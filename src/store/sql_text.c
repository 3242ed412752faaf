/* sql_text.c: one statement text, two dialects of placeholders. */
#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_int.h"

struct translation {
    struct buf out;
    const char **names;
    size_t count;
    bool postgres;
};

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* The end of what starts at `at` and is copied as it is, or `at` when nothing of that kind does. */
static const char *skip_verbatim(const char *at)
{
    const char *end = NULL;
    if (at[0] == '\'' || at[0] == '"') { /* a doubled quote reads as two texts side by side */
        end = strchr(at + 1, at[0]);
        return end ? end + 1 : at + strlen(at);
    }
    if (at[0] == '-' && at[1] == '-') {
        end = strchr(at, '\n');
        return end ? end : at + strlen(at);
    }
    if (at[0] == '/' && at[1] == '*') {
        end = strstr(at + 2, "*/");
        return end ? end + 2 : at + strlen(at);
    }
    if (at[0] == '$' && at[1] == '$') {
        end = strstr(at + 2, "$$");
        return end ? end + 2 : at + strlen(at);
    }
    if (at[0] == ':' && at[1] == ':')
        return at + 2;
    return at;
}

/* Numbers the parameter whose name starts at `name`; the same name is the same number. */
static size_t number_of(
    struct translation *translation, struct arena *arena, const char *name, size_t len)
{
    for (size_t i = 0; i < translation->count; i++)
        if (strncmp(translation->names[i], name, len) == 0 && translation->names[i][len] == '\0')
            return i + 1;
    assert(translation->count < DB_PARAMS_MAX);
    translation->names[translation->count++] = arena_text_n(arena, name, len);
    return translation->count;
}

static size_t name_length(const char *at)
{
    size_t len = 0;
    if (!isalpha((unsigned char)at[0]) && at[0] != '_')
        return 0;
    while (is_name_char(at[len]))
        len++;
    return len;
}

/* LIST(:name) from `at` on; returns its end, or `at` when it is something else. */
static const char *translate_list(
    struct translation *translation, struct arena *arena, const char *at)
{
    static const char open[] = "LIST(:";
    if (strncmp(at, open, sizeof open - 1) != 0)
        return at;
    const char *name = at + sizeof open - 1;
    size_t len = name_length(name);
    if (len == 0 || name[len] != ')')
        return at;
    size_t number = number_of(translation, arena, name, len);
    if (translation->postgres)
        buf_format(&translation->out, "(SELECT json_array_elements_text($%zu::json))", number);
    else
        buf_format(&translation->out, "(SELECT value FROM json_each(?%zu))", number);
    return name + len + 1;
}

void sql_text_translate(
    struct arena *arena, const char *source, bool postgres, struct sql_text *ret_text)
{
    struct translation translation = {.postgres = postgres};
    size_t colons = 0;
    for (const char *at = source; *at; at++)
        colons += *at == ':';
    translation.names = ARENA_NEW(arena, const char *, colons + 1);
    buf_init(&translation.out, arena);
    char before = ' ';
    for (const char *at = source; *at;) {
        const char *end = skip_verbatim(at);
        if (end == at && !is_name_char(before))
            end = translate_list(&translation, arena, at);
        else if (end != at)
            buf_add_n(&translation.out, at, (size_t)(end - at));
        if (end != at) {
            before = ' ';
            at = end;
            continue;
        }
        size_t len = at[0] == ':' ? name_length(at + 1) : 0;
        if (len > 0) {
            buf_format(&translation.out, "%c%zu", postgres ? '$' : '?',
                number_of(&translation, arena, at + 1, len));
            at += len + 1;
            before = ' ';
            continue;
        }
        before = *at;
        buf_add_char(&translation.out, *at++);
    }
    *ret_text = (struct sql_text){
        .text = translation.out.data, .names = translation.names, .count = translation.count};
}

char *sql_text_fill(struct arena *arena, const char *text, const char *const *literals)
{
    struct buf out;
    buf_init(&out, arena);
    for (const char *at = text; *at;) {
        const char *end = skip_verbatim(at);
        if (end != at) {
            buf_add_n(&out, at, (size_t)(end - at));
            at = end;
            continue;
        }
        char *rest = NULL;
        const unsigned long number =
            at[0] == '$' && isdigit((unsigned char)at[1]) ? strtoul(at + 1, &rest, 10) : 0;
        if (number > 0 && literals[number - 1]) {
            buf_add(&out, literals[number - 1]);
            at = rest;
            continue;
        }
        buf_add_char(&out, *at++);
    }
    return out.data;
}
