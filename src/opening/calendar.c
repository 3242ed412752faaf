/* calendar.c: RFC 5545: one VEVENT in a VCALENDAR. */
#include "opening/calendar.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"

enum { LINE_BYTES_MAX = 75 }; /* RFC 5545 section 3.1, the line break not counted */

static bool continues(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Folded where the line is full, never inside a character. */
static void add_line(struct buf *buf, const char *line)
{
    size_t room = LINE_BYTES_MAX, len = strlen(line);
    while (len > room) {
        size_t cut = room;
        while (cut > 1 && continues(line[cut]))
            cut--;
        buf_add_n(buf, line, cut);
        buf_add(buf, "\r\n ");
        line += cut;
        len -= cut;
        room = LINE_BYTES_MAX - 1;
    }
    buf_add(buf, line);
    buf_add(buf, "\r\n");
}

/* Section 3.3.11: backslash, semicolon, comma and line ends are written out; what no text may hold
 * is left out. */
static char *escaped(struct arena *arena, const char *text)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (const char *at = text; *at; at++) {
        if (*at == '\\' || *at == ';' || *at == ',')
            buf_add_char(&buf, '\\');
        if (*at == '\n')
            buf_add(&buf, "\\n");
        else if ((unsigned char)*at >= 0x20 && *at != 0x7f)
            buf_add_char(&buf, *at);
    }
    return buf.data;
}

static char *utc(struct arena *arena, struct instant instant)
{
    int year, month, day;
    int64_t days = instant.ms / MS_PER_DAY, second = instant.ms % MS_PER_DAY / MS_PER_SECOND;
    assert(instant.ms >= 0);
    day_split((struct day){(int32_t)days}, &year, &month, &day);
    return arena_format(arena, "%04d%02d%02dT%02d%02d%02dZ", year, month, day, (int)(second / 3600),
        (int)(second / 60 % 60), (int)(second % 60));
}

static void add_text(
    struct arena *arena, struct buf *buf, const char *name, const char *language, const char *text)
{
    if (text)
        add_line(
            buf, arena_format(arena, "%s;LANGUAGE=%s:%s", name, language, escaped(arena, text)));
}

char *calendar_write(struct arena *arena, const struct calendar_visit *visit)
{
    struct buf buf;
    buf_init(&buf, arena);
    add_line(&buf, "BEGIN:VCALENDAR");
    add_line(&buf, "VERSION:2.0");
    add_line(&buf, "PRODID:-//Perennial//Perennial//EN");
    add_line(&buf, "CALSCALE:GREGORIAN");
    add_line(&buf, "METHOD:PUBLISH");
    add_line(&buf, "BEGIN:VEVENT");
    add_line(&buf, arena_format(arena, "UID:%s", escaped(arena, visit->uid)));
    add_line(&buf, arena_format(arena, "DTSTAMP:%s", utc(arena, visit->stamp)));
    add_line(&buf, arena_format(arena, "DTSTART:%s", utc(arena, visit->start)));
    add_line(&buf, arena_format(arena, "DTEND:%s", utc(arena, visit->end)));
    add_text(arena, &buf, "SUMMARY", visit->language, visit->summary);
    add_text(arena, &buf, "LOCATION", visit->language, visit->location);
    add_text(arena, &buf, "DESCRIPTION", visit->language, visit->note);
    add_line(&buf, "STATUS:CONFIRMED");
    add_line(&buf, "TRANSP:OPAQUE");
    add_line(&buf, "CLASS:PRIVATE");
    add_line(&buf, "END:VEVENT");
    add_line(&buf, "END:VCALENDAR");
    return buf.data;
}
