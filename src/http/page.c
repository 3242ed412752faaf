/* page.c: the pages that patients see: plain, calm, readable on any phone, without a script.
 *
 * They name the practice and nothing about the person: whoever holds the phone may read them. */
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "embed_http_page.h"
#include "http/http_int.h"

enum word {
    WORD_INTRO,
    WORD_TEXTS,
    WORD_EMAILS,
    WORD_ON,
    WORD_OFF,
    WORD_PAUSE,
    WORD_STOP,
    WORD_STOP_TEXTS,
    WORD_STOP_EMAILS,
    WORD_STOP_ALL,
    WORD_STOP_ALL_HINT,
    WORD_BREAK,
    WORD_PAUSE_MONTHS,
    WORD_PAUSE_TOLD,
    WORD_RESUME,
    WORD_REACH,
    WORD_PREFER_TEXT,
    WORD_PREFER_EMAIL,
    WORD_AGAIN,
    WORD_START_TEXTS,
    WORD_START_EMAILS,
    WORD_START_HINT,
    WORD_PAUSED_TOLD,
    WORD_VISITS,
    WORD_CALL,
    WORD_MAX
};

static const char *const words[2][WORD_MAX] = {
    {
        [WORD_INTRO] = "You decide what we send you. Nothing changes until you press a button.",
        [WORD_TEXTS] = "Texts",
        [WORD_EMAILS] = "Emails",
        [WORD_ON] = "on",
        [WORD_OFF] = "stopped",
        [WORD_PAUSE] = "Pause",
        [WORD_STOP] = "Stop",
        [WORD_STOP_TEXTS] = "Stop texts",
        [WORD_STOP_EMAILS] = "Stop emails",
        [WORD_STOP_ALL] = "Stop everything",
        [WORD_STOP_ALL_HINT] = "No texts, no emails, no calls to invite you back.",
        [WORD_BREAK] = "Take a break",
        [WORD_PAUSE_MONTHS] = "Pause for 3 months",
        [WORD_PAUSE_TOLD] = "Pause until I tell you",
        [WORD_RESUME] = "End the pause",
        [WORD_REACH] = "How should we reach you?",
        [WORD_PREFER_TEXT] = "By text, please",
        [WORD_PREFER_EMAIL] = "By email, please",
        [WORD_AGAIN] = "Start again",
        [WORD_START_TEXTS] = "Start texts again",
        [WORD_START_EMAILS] = "Start emails again",
        [WORD_START_HINT] = "If you once texted STOP to us, please text START as well.",
        [WORD_PAUSED_TOLD] = "until you tell us",
        [WORD_VISITS] = "This page does not change or cancel your appointments.",
        [WORD_CALL] = "Questions? Call us at",
    },
    {
        [WORD_INTRO] = "Usted decide qué le enviamos. Nada cambia hasta que pulse un botón.",
        [WORD_TEXTS] = "Mensajes de texto",
        [WORD_EMAILS] = "Correos",
        [WORD_ON] = "activos",
        [WORD_OFF] = "detenidos",
        [WORD_PAUSE] = "Pausa",
        [WORD_STOP] = "Dejar de recibir",
        [WORD_STOP_TEXTS] = "No más mensajes de texto",
        [WORD_STOP_EMAILS] = "No más correos",
        [WORD_STOP_ALL] = "No más mensajes de ningún tipo",
        [WORD_STOP_ALL_HINT] =
            "Ni mensajes de texto, ni correos, ni llamadas para invitarle a volver.",
        [WORD_BREAK] = "Tomar un descanso",
        [WORD_PAUSE_MONTHS] = "Pausar 3 meses",
        [WORD_PAUSE_TOLD] = "Pausar hasta que yo avise",
        [WORD_RESUME] = "Terminar la pausa",
        [WORD_REACH] = "¿Cómo prefiere que le escribamos?",
        [WORD_PREFER_TEXT] = "Por mensaje de texto, por favor",
        [WORD_PREFER_EMAIL] = "Por correo, por favor",
        [WORD_AGAIN] = "Volver a recibir",
        [WORD_START_TEXTS] = "Volver a recibir mensajes de texto",
        [WORD_START_EMAILS] = "Volver a recibir correos",
        [WORD_START_HINT] =
            "Si alguna vez nos envió STOP, envíe también START por mensaje de texto.",
        [WORD_PAUSED_TOLD] = "hasta que usted nos avise",
        [WORD_VISITS] = "Esta página no cambia ni cancela sus citas.",
        [WORD_CALL] = "¿Preguntas? Llámenos al",
    },
};

/* What a press of a button is answered with, by the value of the button. */
static const struct {
    const char *act;
    const char *said[2];
} notes[] = {
    {"stop_texts",
        {"Done. You will get no more texts from us.",
            "Listo. No recibirá más mensajes de texto nuestros."}},
    {"stop_emails",
        {"Done. You will get no more follow-up emails from us.",
            "Listo. No recibirá más correos de seguimiento nuestros."}},
    {"stop_all",
        {"Done. We will not write or call to invite you back any more.",
            "Listo. No le escribiremos ni llamaremos más para invitarle a volver."}},
    {"pause_3mo",
        {"Done. You will not hear from us for 3 months.",
            "Listo. No le escribiremos durante 3 meses."}},
    {"pause_until_told",
        {"Done. You will not hear from us until you tell us.",
            "Listo. No le escribiremos hasta que usted nos avise."}},
    {"resume", {"Done. The pause is over.", "Listo. La pausa terminó."}},
    {"prefer_sms",
        {"Done. We will reach you by text first.",
            "Listo. Primero le escribiremos por mensaje de texto."}},
    {"prefer_email",
        {"Done. We will reach you by email first.", "Listo. Primero le escribiremos por correo."}},
    {"start_texts",
        {"Done. What you had stopped by text is on again.",
            "Listo. Volverá a recibir los mensajes de texto que había detenido."}},
    {"start_emails",
        {"Done. What you had stopped by email is on again.",
            "Listo. Volverá a recibir los correos que había detenido."}},
};

static const char *const messages[PAGE_MESSAGE_MAX][2][2] = {
    [PAGE_NOT_VALID] = {{"This link is not valid",
                            "It may be cut off or too old. Please open it "
                            "again from our message, or call us."},
        {"Este enlace no es válido",
            "Puede estar incompleto o ser muy antiguo. Ábralo de nuevo desde nuestro mensaje o "
            "llámenos."}},
    [PAGE_NOT_POSSIBLE] = {{"That did not work",
                               "Nothing was changed. Please open the link from "
                               "our message and press one of the buttons."},
        {"Eso no funcionó",
            "No se cambió nada. Abra el enlace de nuestro mensaje y pulse uno de "
            "los botones."}},
    [PAGE_LATER] = {{"One moment, please",
                        "We cannot save this right now. Please try again in a "
                        "minute, or reply STOP to a text, or call us."},
        {"Un momento, por favor",
            "Ahora mismo no podemos guardarlo. Inténtelo en un minuto, "
            "responda STOP a un mensaje de texto o llámenos."}},
    [PAGE_CALL_US] = {{"Book a visit", "Please call us, we will find a time that suits you."},
        {"Reservar una cita", "Llámenos y encontraremos una hora que le convenga."}},
};

int http__page_language(const char *language)
{
    return language && text_starts(language, "es");
}

void http__page_text(struct buf *buf, const char *text)
{
    for (const char *c = text; c && *c; c++) {
        switch (*c) {
        case '&': buf_add(buf, "&amp;"); break;
        case '<': buf_add(buf, "&lt;"); break;
        case '>': buf_add(buf, "&gt;"); break;
        case '"': buf_add(buf, "&quot;"); break;
        case '\'': buf_add(buf, "&#39;"); break;
        default: buf_add_char(buf, *c);
        }
    }
}

/* ---- what every page has ---- */

static const struct embed_file *style(void)
{
    return &embed_http_page.files[0];
}

void http__page_begin(struct buf *buf, const char *language, const char *title)
{
    buf_format(buf, "<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
        http__page_language(language) ? "es" : "en");
    buf_add(buf,
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"robots\" content=\"noindex, nofollow\">\n<title>");
    http__page_text(buf, title);
    buf_add(buf, "</title>\n<style>");
    buf_add_n(buf, style()->bytes, style()->len);
    buf_add(buf, "</style>\n</head>\n<body>\n<main>\n<h1>");
    http__page_text(buf, title);
    buf_add(buf, "</h1>\n");
}

/* Nothing but our own style may run or load; nobody frames the page or learns its address. */
void http__page_end(struct arena *request, struct buf *buf, int status, struct http_answer *answer)
{
    buf_add(buf, "</body>\n</html>\n");
    struct sha256 hash = hash_sha256(style()->bytes, style()->len);
    answer->status = status;
    answer->content_type = "text/html; charset=utf-8";
    answer->body = buf->data;
    answer->body_len = buf->len;
    http__header(answer, "Content-Security-Policy",
        arena_format(request,
            "default-src 'none'; style-src 'sha256-%s'; form-action 'self'; base-uri 'none'; "
            "frame-ancestors 'none'",
            hash_base64(request, hash.bytes, sizeof(hash.bytes))));
    http__header(answer, "X-Frame-Options", "DENY");
    http__header(answer, "X-Robots-Tag", "noindex, nofollow");
}

/* +15125550100 as people there write it. */
static const char *shown_phone(struct arena *request, const char *phone)
{
    if (strlen(phone) != 12 || !text_starts(phone, "+1"))
        return phone;
    return arena_format(request, "(%.3s) %.3s-%.4s", phone + 2, phone + 5, phone + 8);
}

void http__page_phone(struct arena *request, struct buf *buf, const char *phone)
{
    buf_add(buf, "<a href=\"tel:");
    http__page_text(buf, phone);
    buf_add(buf, "\">");
    http__page_text(buf, shown_phone(request, phone));
    buf_add(buf, "</a>");
}

void http__page_message(struct arena *request, int status, enum page_message message,
    const char *practice, const char *phone, const char *language, struct http_answer *answer)
{
    const char *const *said = messages[message][http__page_language(language)];
    struct buf buf;
    buf_init(&buf, request);
    http__page_begin(&buf, language, said[0]);
    buf_add(&buf, "<p>");
    http__page_text(&buf, said[1]);
    buf_add(&buf, "</p>\n");
    if (practice) {
        buf_add(&buf, "<p>");
        http__page_text(&buf, practice);
        if (phone) {
            buf_add(&buf, "<br>");
            http__page_phone(request, &buf, phone);
        }
        buf_add(&buf, "</p>\n");
    }
    buf_add(&buf, "</main>\n");
    http__page_end(request, &buf, status, answer);
}

/* ---- preferences ---- */

static const char *shown_day(struct arena *request, struct day day, int language)
{
    static const char *const months[2][12] = {
        {"January", "February", "March", "April", "May", "June", "July", "August", "September",
            "October", "November", "December"},
        {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
            "octubre", "noviembre", "diciembre"}};
    int year, month, date;
    day_split(day, &year, &month, &date);
    return language ? arena_format(request, "%d de %s de %d", date, months[1][month - 1], year)
                    : arena_format(request, "%s %d, %d", months[0][month - 1], date, year);
}

static void add_fact(struct buf *buf, const char *name, const char *value)
{
    buf_add(buf, "<dt>");
    http__page_text(buf, name);
    buf_add(buf, "</dt><dd>");
    http__page_text(buf, value);
    buf_add(buf, "</dd>\n");
}

static void add_state(struct arena *request, struct buf *buf, const struct page_preferences *page)
{
    int language = http__page_language(page->language);
    const char *const *said = words[language];
    buf_add(buf, "<dl>\n");
    if (page->texts != PAGE_ABSENT)
        add_fact(buf, said[WORD_TEXTS], said[page->texts == PAGE_ON ? WORD_ON : WORD_OFF]);
    if (page->emails != PAGE_ABSENT)
        add_fact(buf, said[WORD_EMAILS], said[page->emails == PAGE_ON ? WORD_ON : WORD_OFF]);
    if (page->paused && page->paused_until.n == DAY_NONE)
        add_fact(buf, said[WORD_PAUSE], said[WORD_PAUSED_TOLD]);
    else if (page->paused)
        add_fact(buf, said[WORD_PAUSE],
            arena_format(request, language ? "hasta el %s" : "until %s",
                shown_day(request, page->paused_until, language)));
    buf_add(buf, "</dl>\n");
}

static void add_button(struct buf *buf, const char *act, const char *text, bool first)
{
    buf_format(buf, "<button name=\"do\" value=\"%s\"%s>", act, first ? " class=\"first\"" : "");
    http__page_text(buf, text);
    buf_add(buf, "</button>\n");
}

static void add_heading(struct buf *buf, const char *text)
{
    buf_add(buf, "<h2>");
    http__page_text(buf, text);
    buf_add(buf, "</h2>\n");
}

/* The way out that fits the message comes first: one look, one press. */
static void add_stops(struct buf *buf, const struct page_preferences *page, const char *const *said)
{
    bool texts = page->texts == PAGE_ON, emails = page->emails == PAGE_ON;
    if (!texts && !emails)
        return;
    add_heading(buf, said[WORD_STOP]);
    if (texts && page->texts_first)
        add_button(buf, "stop_texts", said[WORD_STOP_TEXTS], true);
    if (emails)
        add_button(buf, "stop_emails", said[WORD_STOP_EMAILS], !page->texts_first || !texts);
    if (texts && !page->texts_first)
        add_button(buf, "stop_texts", said[WORD_STOP_TEXTS], !emails);
    add_button(buf, "stop_all", said[WORD_STOP_ALL], false);
    buf_format(buf, "<p class=\"quiet\">%s</p>\n", said[WORD_STOP_ALL_HINT]);
}

static void add_choices(
    struct buf *buf, const struct page_preferences *page, const char *const *said)
{
    bool texts = page->texts == PAGE_ON, emails = page->emails == PAGE_ON;
    if (page->paused || texts || emails)
        add_heading(buf, said[WORD_BREAK]);
    if (page->paused)
        add_button(buf, "resume", said[WORD_RESUME], false);
    if (!page->paused && (texts || emails)) {
        add_button(buf, "pause_3mo", said[WORD_PAUSE_MONTHS], false);
        add_button(buf, "pause_until_told", said[WORD_PAUSE_TOLD], false);
    }
    if (texts && emails) {
        add_heading(buf, said[WORD_REACH]);
        if (!text_is(page->prefers, "sms"))
            add_button(buf, "prefer_sms", said[WORD_PREFER_TEXT], false);
        if (!text_is(page->prefers, "email"))
            add_button(buf, "prefer_email", said[WORD_PREFER_EMAIL], false);
    }
    if (page->texts != PAGE_OFF && page->emails != PAGE_OFF)
        return;
    add_heading(buf, said[WORD_AGAIN]);
    if (page->texts == PAGE_OFF) {
        add_button(buf, "start_texts", said[WORD_START_TEXTS], false);
        buf_format(buf, "<p class=\"quiet\">%s</p>\n", said[WORD_START_HINT]);
    }
    if (page->emails == PAGE_OFF)
        add_button(buf, "start_emails", said[WORD_START_EMAILS], false);
}

void http__page_preferences(
    struct arena *request, const struct page_preferences *page, struct http_answer *answer)
{
    int language = http__page_language(page->language);
    const char *const *said = words[language];
    struct buf buf;
    buf_init(&buf, request);
    http__page_begin(&buf, page->language,
        arena_format(request, language ? "Mensajes de %s" : "Messages from %s", page->practice));
    for (size_t i = 0; page->done && i < sizeof(notes) / sizeof(notes[0]); i++) {
        if (text_is(page->done, notes[i].act))
            buf_format(&buf, "<p class=\"note\" role=\"status\">%s</p>\n", notes[i].said[language]);
    }
    if (!page->done)
        buf_format(&buf, "<p>%s</p>\n", said[WORD_INTRO]);
    add_state(request, &buf, page);
    buf_add(&buf, "<form method=\"post\">\n");
    add_stops(&buf, page, said);
    add_choices(&buf, page, said);
    buf_add(&buf, "</form>\n</main>\n<footer>\n");
    buf_format(&buf, "<p>%s</p>\n", said[WORD_VISITS]);
    if (page->phone) {
        buf_format(&buf, "<p>%s ", said[WORD_CALL]);
        http__page_phone(request, &buf, page->phone);
        buf_add(&buf, "</p>\n");
    }
    buf_add(&buf, "</footer>\n");
    http__page_end(request, &buf, 200, answer);
}
