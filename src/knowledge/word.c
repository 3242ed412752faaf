/* word.c: words in a text, values in a sentence. */
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "knowledge/knowledge_int.h"

static bool in_word(uint32_t point)
{
    return (point >= 'a' && point <= 'z') || (point >= '0' && point <= '9')
        || (point >= 0xC0 && point < 0x2000); /* letters; not a sign, nor a picture */
}

static bool is_apostrophe(uint32_t point)
{
    return point == '\'' || point == 0x2019;
}

const char *knowledge__plain(struct arena *arena, const char *text)
{
    struct buf buf;
    buf_init(&buf, arena);
    buf_add_char(&buf, ' ');
    const char *folded = text_fold(arena, text ? text : ""), *end = folded + strlen(folded);
    for (const char *at = folded, *begin = at; at < end; begin = at) {
        uint32_t point = utf8_next(&at, end);
        if (in_word(point))
            buf_add_n(&buf, begin, (size_t)(at - begin));
        else if (!is_apostrophe(point) && buf.data[buf.len - 1] != ' ') /* "what's" is one word */
            buf_add_char(&buf, ' ');
    }
    if (buf.data[buf.len - 1] != ' ')
        buf_add_char(&buf, ' ');
    return buf.data;
}

const char *knowledge__beginning(struct arena *arena, const char *text)
{
    const char *plain = knowledge__plain(arena, text);
    return arena_text_n(arena, plain, strlen(plain) - 1);
}

/* A word, or the beginning of one: "wrinkle relax" is in "a wrinkle relaxer". */
static bool holds(const char *plain, const char *beginning)
{
    return strlen(beginning) > 1 && strstr(plain, beginning);
}

const char *knowledge__named(struct arena *arena, const struct knowledge *knowledge,
    const struct service_definition *service, const char *plain)
{
    for (size_t i = 0; i < service->match_count; i++)
        if (holds(plain, knowledge__beginning(arena, service->match[i])))
            return service->match[i];
    for (size_t i = 0; i < knowledge->word_count; i++)
        for (size_t k = 0; k < knowledge->words[i].count; k++)
            if (text_is(knowledge->words[i].service, service->key)
                && holds(plain, knowledge->words[i].words[k]))
                return knowledge->words[i].words[k] + 1;
    return NULL;
}

const char *const *knowledge_service_words(
    struct arena *arena, const struct knowledge *knowledge, size_t *ret_count)
{
    const struct audience_definitions *definitions = knowledge->definitions;
    size_t count = 0, most = 1;
    for (size_t i = 0; i < definitions->service_count; i++)
        most += definitions->services[i].match_count;
    for (size_t i = 0; i < knowledge->word_count; i++)
        most += knowledge->words[i].count;
    const char **words = ARENA_NEW(arena, const char *, most);
    for (size_t i = 0; i < definitions->service_count; i++)
        for (size_t k = 0; k < definitions->services[i].match_count; k++)
            words[count++] = knowledge__beginning(arena, definitions->services[i].match[k]) + 1;
    for (size_t i = 0; i < knowledge->word_count; i++)
        for (size_t k = 0; k < knowledge->words[i].count; k++)
            words[count++] = knowledge->words[i].words[k] + 1;
    *ret_count = count;
    return words;
}

const char *knowledge_service_of(
    struct arena *arena, const struct knowledge *knowledge, const char *text, bool *ret_several)
{
    const struct audience_definitions *definitions = knowledge->definitions;
    const char *plain = knowledge__plain(arena, text), *found = NULL;
    *ret_several = false;
    for (size_t i = 0; i < definitions->service_count; i++) {
        if (!knowledge__named(arena, knowledge, &definitions->services[i], plain))
            continue;
        *ret_several = *ret_several || found;
        found = definitions->services[i].key;
    }
    return *ret_several ? NULL : found;
}

bool knowledge__is_about(const struct knowledge_fact *fact, const char *service_key)
{
    for (size_t i = 0; i < fact->about_count; i++)
        if (text_is(fact->about[i], service_key))
            return true;
    return false;
}

/* ---- values ---- */

enum value { VALUE_PRACTICE, VALUE_PHONE, VALUE_ADDRESS, VALUE_BOOK_URL, VALUE_MAX };

static enum value value_of(struct str name)
{
    static const char *const names[VALUE_MAX] = {
        "practice_name", "practice_phone", "practice_address", "booking_url"};
    int value = 0;
    while (value < VALUE_MAX && !str_is(name, names[value]))
        value++;
    return (enum value)value;
}

/* The next `{{ name }}` at or after `from`; its end, or NULL. */
static const char *next_value(const char *from, const char **ret_begin, struct str *ret_name)
{
    const char *begin = strstr(from, "{{");
    const char *end = begin ? strstr(begin, "}}") : NULL;
    if (!end)
        return NULL;
    *ret_begin = begin;
    *ret_name = str_trim((struct str){begin + 2, (size_t)(end - begin) - 2});
    return end + 2;
}

const char *knowledge__unknown_value(struct arena *arena, const char *text)
{
    const char *begin;
    struct str name;
    while ((text = next_value(text, &begin, &name)))
        if (value_of(name) == VALUE_MAX)
            return str_text(arena, name);
    return NULL;
}

static const char *said(struct arena *arena, const struct practice *practice, enum value value)
{
    switch (value) {
    case VALUE_PRACTICE: return practice->name;
    case VALUE_PHONE: return practice->phone;
    case VALUE_ADDRESS: return practice->address;
    case VALUE_BOOK_URL: return practice_plain_booking_url(arena, practice);
    case VALUE_MAX: break;
    }
    return NULL;
}

const char *knowledge__filled(
    struct arena *arena, const struct practice *practice, const char *text)
{
    struct buf buf;
    buf_init(&buf, arena);
    const char *begin, *end;
    struct str name;
    for (; (end = next_value(text, &begin, &name)); text = end) {
        const char *value = said(arena, practice, value_of(name));
        if (!value)
            return NULL;
        buf_add_n(&buf, text, (size_t)(begin - text));
        buf_add_n(&buf, value, strlen(value));
    }
    buf_add_n(&buf, text, strlen(text));
    return buf.data;
}
