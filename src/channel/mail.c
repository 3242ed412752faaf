/* mail.c: one RFC 5322 message: headers with RFC 2047 words, quoted-printable parts (RFC 2045).
 * Values never bring a header of their own: CR and LF in them become blanks. */
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/text.h"
#include "channel/driver.h"

enum {
    QP_LINE_MAX = 76,      /* RFC 2045 section 6.7, rule 5 */
    ENCODED_TEXT_MAX = 39, /* bytes per encoded word: with the header name within 76 (RFC 2047) */
};

static bool is_plain(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c < 32 || *c > 126)
            return false;
    }
    return true;
}

static char *without_breaks(struct arena *arena, const char *text)
{
    char *copy = arena_text(arena, text);
    for (char *c = copy; *c; c++) {
        if (*c == '\r' || *c == '\n')
            *c = ' ';
    }
    return copy;
}

/* Unstructured text: as it is, or in encoded words that never cut a character. */
static void add_words(struct buf *out, const char *text)
{
    if (is_plain(text)) {
        buf_add(out, text);
        return;
    }
    const char *end = text + strlen(text);
    while (text < end) {
        const char *cursor = text;
        while (cursor < end) {
            const char *next = cursor;
            (void)utf8_next(&next, end);
            if (next - text > ENCODED_TEXT_MAX)
                break;
            cursor = next;
        }
        buf_format(out, "=?UTF-8?B?%s?=", hash_base64(out->arena, text, (size_t)(cursor - text)));
        text = cursor;
        if (text < end)
            buf_add(out, "\r\n ");
    }
}

static void add_text_header(struct buf *out, const char *name, const char *value)
{
    buf_format(out, "%s: ", name);
    add_words(out, without_breaks(out->arena, value));
    buf_add(out, "\r\n");
}

static void add_mailbox(struct buf *out, const char *name, const char *display, const char *address)
{
    buf_format(out, "%s: ", name);
    if (text_is_blank(display)) {
        buf_format(out, "%s\r\n", without_breaks(out->arena, address));
        return;
    }
    const char *clean = without_breaks(out->arena, display);
    if (is_plain(clean)) {
        buf_add_char(out, '"');
        for (const char *c = clean; *c; c++) {
            if (*c == '"' || *c == '\\')
                buf_add_char(out, '\\');
            buf_add_char(out, *c);
        }
        buf_add_char(out, '"');
    } else {
        add_words(out, clean);
    }
    buf_format(out, " <%s>\r\n", without_breaks(out->arena, address));
}

static void add_date(struct buf *out, struct instant date)
{
    static const char *const weekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t days = date.ms / MS_PER_DAY;
    int64_t second = date.ms % MS_PER_DAY / MS_PER_SECOND;
    struct day day = {(int32_t)days};
    int year, month, month_day;
    day_split(day, &year, &month, &month_day);
    buf_format(out, "Date: %s, %02d %s %04d %02" PRId64 ":%02" PRId64 ":%02" PRId64 " +0000\r\n",
        weekdays[day_weekday(day)], month_day, months[month - 1], year, second / 3600,
        second / 60 % 60, second % 60);
}

/* Quoted-printable with CRLF line ends; a line never begins with a bare dot that SMTP would stuff.
 */
static void add_quoted_printable(struct buf *out, const char *text)
{
    size_t column = 0;
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '\r' && c[1] == '\n')
            continue;
        if (*c == '\n') {
            buf_add(out, "\r\n");
            column = 0;
            continue;
        }
        bool at_end = c[1] == '\0' || c[1] == '\n' || (c[1] == '\r' && c[2] == '\n');
        bool literal =
            (*c >= 33 && *c <= 126 && *c != '=') || ((*c == ' ' || *c == '\t') && !at_end);
        if (*c == '.' && column == 0)
            literal = false;
        if (column + (literal ? 1 : 3) > QP_LINE_MAX - 1) {
            buf_add(out, "=\r\n");
            column = 0;
            if (*c == '.')
                literal = false;
        }
        if (literal)
            buf_add_char(out, (char)*c);
        else
            buf_format(out, "=%02X", *c);
        column += literal ? 1 : 3;
    }
    buf_add(out, "\r\n");
}

static void add_part(struct buf *out, const char *type, const char *text)
{
    buf_format(out,
        "Content-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
        type);
    add_quoted_printable(out, text);
}

static void add_headers(struct buf *out, const struct mail *mail)
{
    add_date(out, mail->date);
    add_mailbox(out, "From", mail->from_name, mail->from);
    add_mailbox(out, "To", NULL, mail->to);
    if (!text_is_blank(mail->reply_to))
        add_mailbox(out, "Reply-To", NULL, mail->reply_to);
    add_text_header(out, "Subject", mail->subject ? mail->subject : "");
    buf_format(out, "Message-ID: <%s>\r\n", without_breaks(out->arena, mail->message_id));
    if (mail->unsubscribe_url) {
        /* RFC 8058: both headers, the address by https, answered without a redirect. */
        buf_format(
            out, "List-Unsubscribe: <%s>\r\n", without_breaks(out->arena, mail->unsubscribe_url));
        buf_add(out, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
    }
    buf_add(out,
        "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n"
        "MIME-Version: 1.0\r\n");
}

char *mail_write(struct arena *arena, const struct mail *mail, size_t *ret_len)
{
    struct buf out;
    buf_init(&out, arena);
    add_headers(&out, mail);
    if (mail->html) {
        /* Quoted-printable escapes '=', so that "=_" can stand in no part (RFC 2045, 6.7). */
        const char *boundary = arena_format(arena, "=_%s", mail->message_id);
        buf_format(
            &out, "Content-Type: multipart/alternative;\r\n boundary=\"%s\"\r\n\r\n", boundary);
        buf_format(&out, "--%s\r\n", boundary);
        add_part(&out, "text/plain", mail->text);
        buf_format(&out, "--%s\r\n", boundary);
        add_part(&out, "text/html", mail->html);
        buf_format(&out, "--%s--\r\n", boundary);
    } else {
        add_part(&out, "text/plain", mail->text);
    }
    *ret_len = out.len;
    return out.data;
}
