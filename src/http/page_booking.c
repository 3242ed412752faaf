/* page_booking.c: from a text to a visit in two taps, without a script.
 *
 * Times and who has them are the practice's; nothing here tells who reads, or what the visit is
 * for. */
#include <string.h>

#include "http/http_int.h"

enum word {
    WORD_TITLE,
    WORD_PICK,
    WORD_MORE,
    WORD_WITH,
    WORD_AT,
    WORD_HELD,
    WORD_CONFIRM,
    WORD_OTHER,
    WORD_BOOKED,
    WORD_CALENDAR,
    WORD_CHANGE,
    WORD_ENTERED,
    WORD_CALL,
    WORD_MAX
};

static const char *const words[2][WORD_MAX] = {
    {
        [WORD_TITLE] = "Book with %s",
        [WORD_PICK] = "Tap a time. You can still change it on the next page.",
        [WORD_MORE] = "More times",
        [WORD_WITH] = "with",
        [WORD_AT] = "at",
        [WORD_HELD] = "We keep this time for you until %s.",
        [WORD_CONFIRM] = "Confirm this time",
        [WORD_OTHER] = "Choose another time",
        [WORD_BOOKED] = "You are booked.",
        [WORD_CALENDAR] = "Add to my calendar",
        [WORD_CHANGE] = "To change or cancel, reply to our message or call us.",
        [WORD_ENTERED] = "Our front desk enters it into the calendar now.",
        [WORD_CALL] = "Nothing that suits you? Call us at",
    },
    {
        [WORD_TITLE] = "Reservar con %s",
        [WORD_PICK] = "Toque una hora. Puede cambiarla en la página siguiente.",
        [WORD_MORE] = "Más horas",
        [WORD_WITH] = "con",
        [WORD_AT] = "en",
        [WORD_HELD] = "Le guardamos esta hora hasta las %s.",
        [WORD_CONFIRM] = "Confirmar esta hora",
        [WORD_OTHER] = "Elegir otra hora",
        [WORD_BOOKED] = "Su cita está reservada.",
        [WORD_CALENDAR] = "Agregar a mi calendario",
        [WORD_CHANGE] = "Para cambiarla o cancelarla, responda a nuestro mensaje o llámenos.",
        [WORD_ENTERED] = "Nuestra recepción la anota ahora en la agenda.",
        [WORD_CALL] = "¿No encuentra una hora? Llámenos al",
    },
};

static const char *const notes[PAGE_BOOKING_NOTE_MAX][2] = {
    [PAGE_NOTE_TAKEN] = {"Somebody has just taken that time. These are free:",
        "Alguien acaba de tomar esa hora. Estas están libres:"},
    [PAGE_NOTE_LAPSED] = {"That time was no longer kept for you. These are free:",
        "Esa hora ya no estaba guardada. Estas están libres:"},
};

static const char *shown_day(struct arena *arena, struct day day, int language)
{
    static const char *const weekdays[2][7] = {
        {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
        {"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"}};
    static const char *const months[2][12] = {
        {"January", "February", "March", "April", "May", "June", "July", "August", "September",
            "October", "November", "December"},
        {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
            "octubre", "noviembre", "diciembre"}};
    int year, month, date;
    day_split(day, &year, &month, &date);
    const char *weekday = weekdays[language][day_weekday(day)];
    return language ? arena_format(arena, "%s %d de %s", weekday, date, months[1][month - 1])
                    : arena_format(arena, "%s, %s %d", weekday, months[0][month - 1], date);
}

static const char *shown_clock(struct arena *arena, const struct zone *zone, struct instant at)
{
    struct civil civil = zone_civil(zone, at);
    return arena_format(arena, "%d:%02d %s", civil.hour % 12 ? civil.hour % 12 : 12, civil.minute,
        civil.hour < 12 ? "am" : "pm");
}

/* "Tuesday, June 16, 10:00 am with Dr. Chen at Main" */
static const char *shown_time(
    struct arena *arena, const struct page_booking *page, const struct page_time *time)
{
    int language = http__page_language(page->language);
    const char *place = time->location
        ? arena_format(arena, " %s %s", words[language][WORD_AT], time->location)
        : "";
    return arena_format(arena, "%s, %s %s %s%s",
        shown_day(arena, zone_day(page->zone, time->start), language),
        shown_clock(arena, page->zone, time->start), words[language][WORD_WITH], time->provider,
        place);
}

static void add_button(
    struct buf *buf, const char *name, const char *value, const char *text, bool first)
{
    buf_format(buf, "<button name=\"%s\" value=\"", name);
    http__page_text(buf, value);
    buf_format(buf, "\"%s>", first ? " class=\"first\"" : "");
    http__page_text(buf, text);
    buf_add(buf, "</button>\n");
}

static void add_choices(struct arena *arena, struct buf *buf, const struct page_booking *page)
{
    int language = http__page_language(page->language);
    buf_format(buf, "<p>%s</p>\n<form method=\"post\">\n", words[language][WORD_PICK]);
    for (size_t i = 0; i < page->time_count; i++)
        add_button(buf, "time", page->times[i].value, shown_time(arena, page, &page->times[i]),
            i == 0 && !page->all);
    buf_add(buf, "</form>\n");
    if (!page->all)
        buf_format(buf, "<p><a href=\"?all\">%s</a></p>\n", words[language][WORD_MORE]);
}

static void add_chosen(struct arena *arena, struct buf *buf, const struct page_booking *page)
{
    int language = http__page_language(page->language);
    buf_add(buf, "<p class=\"note\">");
    http__page_text(buf, shown_time(arena, page, page->times));
    buf_add(buf, "</p>\n<p>");
    const char *const *said = words[language];
    const char *mark = strstr(said[WORD_HELD], "%s");
    buf_add_n(buf, said[WORD_HELD], (size_t)(mark - said[WORD_HELD]));
    http__page_text(buf, shown_clock(arena, page->zone, page->expires));
    buf_format(buf, "%s</p>\n<form method=\"post\">\n", mark + 2);
    add_button(buf, "confirm", page->opening_id, said[WORD_CONFIRM], true);
    add_button(buf, "other", page->opening_id, said[WORD_OTHER], false);
    buf_add(buf, "</form>\n");
}

static void add_booked(struct arena *arena, struct buf *buf, const struct page_booking *page)
{
    const char *const *said = words[http__page_language(page->language)];
    buf_format(buf, "<p class=\"note\" role=\"status\">%s<br>", said[WORD_BOOKED]);
    http__page_text(buf, shown_time(arena, page, page->times));
    buf_add(buf, "</p>\n<p><a href=\"");
    http__page_text(buf, page->calendar_url);
    buf_format(buf, "\">%s</a></p>\n<p class=\"quiet\">%s %s</p>\n", said[WORD_CALENDAR],
        said[WORD_ENTERED], said[WORD_CHANGE]);
}

static const char *title_of(struct arena *arena, const struct page_booking *page)
{
    const char *said = words[http__page_language(page->language)][WORD_TITLE];
    const char *mark = strstr(said, "%s");
    return arena_format(arena, "%.*s%s", (int)(mark - said), said, page->practice);
}

void http__page_booking(
    struct arena *request, const struct page_booking *page, struct http_answer *answer)
{
    int language = http__page_language(page->language);
    struct buf buf;
    buf_init(&buf, request);
    http__page_begin(&buf, page->language, title_of(request, page));
    if (page->note != PAGE_NOTE_NONE)
        buf_format(&buf, "<p class=\"note\" role=\"status\">%s</p>\n", notes[page->note][language]);
    switch (page->step) {
    case PAGE_CHOOSE: add_choices(request, &buf, page); break;
    case PAGE_CONFIRM: add_chosen(request, &buf, page); break;
    case PAGE_BOOKED: add_booked(request, &buf, page); break;
    }
    buf_add(&buf, "</main>\n");
    if (page->phone) {
        buf_format(&buf, "<footer>\n<p>%s ", words[language][WORD_CALL]);
        http__page_phone(request, &buf, page->phone);
        buf_add(&buf, "</p>\n</footer>\n");
    }
    http__page_end(request, &buf, 200, answer);
}
