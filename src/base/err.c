#include "base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *err_name(enum err code)
{
    switch (code) {
    case ERR_NONE: return "none";
    case ERR_INPUT: return "input";
    case ERR_NOT_FOUND: return "not_found";
    case ERR_CONFLICT: return "conflict";
    case ERR_DENIED: return "denied";
    case ERR_LIMIT: return "limit";
    case ERR_BUSY: return "busy";
    case ERR_IO: return "io";
    case ERR_PROVIDER: return "provider";
    case ERR_MAX: break;
    }
    assert(!"an err beyond ERR_MAX");
    return "";
}

/* Cuts at a whole character: a message is shown to people and stored as UTF-8. */
__attribute__((format(printf, 3, 0))) static void fill(
    char *text, size_t bytes, const char *format, va_list args)
{
    int len = vsnprintf(text, bytes, format, args);
    assert(len >= 0);
    if ((size_t)len < bytes)
        return;
    size_t end = bytes - 1;
    size_t start = end - 1; /* of the last character */
    while (start > 0 && ((unsigned char)text[start] & 0xC0) == 0x80)
        start--;
    unsigned char lead = (unsigned char)text[start];
    size_t char_bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (start + char_bytes > end)
        text[start] = '\0';
}

enum err why_set(struct why *reterr_why, enum err code, const char *format, ...)
{
    assert(code > ERR_NONE && code < ERR_MAX);
    if (!reterr_why || reterr_why->code != ERR_NONE)
        return code;
    reterr_why->code = code;
    va_list args;
    va_start(args, format);
    fill(reterr_why->message, sizeof reterr_why->message, format, args);
    va_end(args);
    return code;
}

void why_hint(struct why *reterr_why, const char *format, ...)
{
    if (!reterr_why || reterr_why->hint[0])
        return;
    va_list args;
    va_start(args, format);
    fill(reterr_why->hint, sizeof reterr_why->hint, format, args);
    va_end(args);
}

void why_place(struct why *reterr_why, const char *format, ...)
{
    if (!reterr_why || reterr_why->place[0])
        return;
    va_list args;
    va_start(args, format);
    fill(reterr_why->place, sizeof reterr_why->place, format, args);
    va_end(args);
}

void why_private(struct why *reterr_why, const char *format, ...)
{
    if (!reterr_why || reterr_why->private_detail[0])
        return;
    va_list args;
    va_start(args, format);
    fill(reterr_why->private_detail, sizeof reterr_why->private_detail, format, args);
    va_end(args);
}

static const char *full_stop(const char *sentence)
{
    size_t len = strlen(sentence);
    return len == 0 || strchr(".!?", sentence[len - 1]) ? "" : ".";
}

void why_format(const struct why *why, char *text, unsigned long text_bytes)
{
    (void)snprintf(text, text_bytes, "%s%s%s%s%s%s%s", why->place, why->place[0] ? ": " : "",
        why->message, full_stop(why->message), why->hint[0] ? " " : "", why->hint,
        full_stop(why->hint));
}
