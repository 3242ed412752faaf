/* summary.c: see summary.h. */
#include "inbox/summary.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "inbox/inbox_int.h"
#include "inbox_sql.h"

enum { SENT_MAX = 10, SAID_MAX = 5, CALLS_MAX = 5, NOTES_MAX = 3, ASKED_MAX = 12 };

struct summary {
    struct arena *arena;
    struct db *db;
    const struct summary_question *question;
    json_t *json, *lines;
};

static struct db_arg practice_of(const struct summary *summary)
{
    return db_int("practice_id", summary->question->practice->practice_id);
}

static struct db_arg patient_of(const struct summary *summary)
{
    return db_text("patient_id", summary->question->patient_id);
}

static struct db_arg now_of(const struct summary *summary)
{
    return db_int("now_ms", summary->question->now.ms);
}

/* The sentence in the colleague's language. */
static const char *pick(const struct summary *summary, const char *english, const char *spanish)
{
    return summary->question->spanish ? spanish : english;
}

/* One line, in the colleague's language. */
__attribute__((format(printf, 2, 4), format(printf, 3, 4))) static void add_line(
    struct summary *summary, const char *english, const char *spanish, ...)
{
    va_list args;
    va_start(args, spanish);
    const char *line = summary->question->spanish ? arena_vformat(summary->arena, spanish, args)
                                                  : arena_vformat(summary->arena, english, args);
    va_end(args);
    json_array_append_new(summary->lines, json_text(line));
}

static const char *told_day(const struct summary *summary, struct instant at)
{
    return day_format(summary->arena, zone_day(summary->question->zone, at));
}

static json_t *time_of(const struct summary *summary, struct instant at)
{
    return json_text(zone_format(summary->arena, summary->question->zone, at));
}

/* One line of a text, cut at a character. */
static const char *quote(const struct summary *summary, const char *text)
{
    char *line = arena_text(summary->arena, text);
    for (char *c = line; *c; c++)
        *c = *c == '\n' || *c == '\r' || *c == '\t' ? ' ' : *c;
    size_t len = strlen(line);
    if (len <= SUMMARY_QUOTE_BYTES_MAX)
        return line;
    len = SUMMARY_QUOTE_BYTES_MAX;
    while (len > 0 && ((unsigned char)line[len] & 0xC0) == 0x80)
        len--;
    return arena_format(summary->arena, "%.*s…", (int)len, line);
}

/* ---- visits ---- */

static void tell_visit(struct summary *summary, const char *service, const char *provider,
    struct instant start, bool next)
{
    const struct zone *zone = summary->question->zone;
    const int days = (int)(zone_day(zone, summary->question->now).n - zone_day(zone, start).n);
    const bool known = provider && *provider;
    const char *with = known ? pick(summary, " with ", " con ") : "";
    if (!known)
        provider = NULL;
    json_object_set_new(summary->json, next ? "next_visit" : "last_visit",
        json_pack("{s:o,s:o,s:o}", "service", json_text(service), "provider", json_text(provider),
            "at", time_of(summary, start)));
    if (next)
        add_line(summary, "Booked: %s%s%s, %s.", "Reservado: %s%s%s, %s.", service, with,
            known ? provider : "", zone_format(summary->arena, zone, start));
    else
        add_line(summary, "Last visit: %s%s%s on %s (%d days ago).",
            "Última visita: %s%s%s el %s (hace %d días).", service, with, known ? provider : "",
            told_day(summary, start), days);
}

static enum err add_visits(struct summary *summary, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(summary->db, &sql_inbox_summary_visits,
        DB_ARGS(practice_of(summary), patient_of(summary), now_of(summary)), &rows, reterr_why);
    json_object_set_new(summary->json, "last_visit", json_null());
    json_object_set_new(summary->json, "next_visit", json_null());
    while (err == ERR_NONE && db_next(rows)) {
        const char *service = db_col_text(rows, 0);
        tell_visit(summary, service ? service : "?", db_col_text(rows, 1),
            (struct instant){db_col_int(rows, 2)}, db_col_int(rows, 3) == 2);
    }
    if (err == ERR_NONE && json_is_null(json_object_get(summary->json, "next_visit")))
        add_line(summary, "Nothing is booked.", "No hay nada reservado.");
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* ---- what went out, what came in ---- */

static enum err add_sent(struct summary *summary, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    json_t *sent = json_array();
    json_object_set_new(summary->json, "sent", sent);
    enum err err = db_query(summary->db, &sql_inbox_last_touches,
        DB_ARGS(practice_of(summary), patient_of(summary), db_int("limit", SENT_MAX)), &rows,
        reterr_why);
    struct buf list;
    buf_init(&list, summary->arena);
    while (err == ERR_NONE && db_next(rows)) {
        const struct instant at = {db_col_int(rows, 4)};
        const char *channel = db_col_text(rows, 2), *body = db_col_text(rows, 3);
        buf_format(
            &list, "%s%s %s", list.len ? ", " : "", channel ? channel : "?", told_day(summary, at));
        json_array_append_new(sent,
            json_pack("{s:o,s:o,s:o,s:o,s:o}", "at", time_of(summary, at), "channel",
                json_text(channel), "touch", json_text(db_col_text(rows, 0)), "playbook",
                json_text(db_col_text(rows, 1)), "text",
                json_text(quote(summary, body ? body : ""))));
    }
    if (err == ERR_NONE && json_array_size(sent) > 0)
        add_line(
            summary, "Sent, newest first: %s.", "Enviado, lo más reciente primero: %s.", list.data);
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static bool is_question(const char *label)
{
    static const char *const questions[] = {"price", "availability", "reschedule",
        "financing_insurance", "service_question", "loyalty_promo", "location_hours",
        "identity_privacy", "help", "clinical_nonurgent", "clinical_urgent", "refund_dispute",
        "cancel"};
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        if (text_is(label, questions[i]))
            return true;
    }
    return false;
}

static void add_asked(json_t *asked, const char *label)
{
    for (size_t i = 0; i < json_array_size(asked); i++) {
        if (text_is(json_string_value(json_array_get(asked, i)), label))
            return;
    }
    if (json_array_size(asked) < ASKED_MAX)
        json_array_append_new(asked, json_text(label));
}

static json_t *labels_of(const char *text)
{
    JSON_AUTO reading = NULL;
    if (json_parse(text, strlen(text), &reading, NULL) != ERR_NONE)
        reading = NULL;
    json_t *labels = json_object_get(reading, "labels");
    return json_is_array(labels) ? json_incref(labels) : json_array();
}

static const char *listed(const struct summary *summary, const json_t *names)
{
    const char *list = "";
    for (size_t i = 0; i < json_array_size(names); i++)
        list = arena_format(summary->arena, "%s%s%s", list, i ? ", " : "",
            json_string_value(json_array_get(names, i)));
    return list;
}

/* ", attached: picture, picture" */
static const char *tell_attached(const struct summary *summary, const json_t *kinds)
{
    static const char *const words[][3] = {{"picture", "picture", "imagen"},
        {"voice", "voice message", "mensaje de voz"}, {"video", "video", "video"},
        {"contact", "contact card", "tarjeta de contacto"}, {"file", "file", "archivo"}};
    const char *list = "";
    for (size_t i = 0; i < json_array_size(kinds); i++)
        for (size_t j = 0; j < sizeof words / sizeof *words; j++)
            if (text_is(json_string_value(json_array_get(kinds, i)), words[j][0]))
                list = arena_format(summary->arena, "%s%s%s", list,
                    *list ? ", " : pick(summary, ", attached: ", ", adjunto: "),
                    pick(summary, words[j][1], words[j][2]));
    return list;
}

static enum err add_said(struct summary *summary, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    json_t *said = json_array(), *asked = json_array();
    json_object_set_new(summary->json, "said", said);
    json_object_set_new(summary->json, "asked", asked);
    enum err err = db_query(summary->db, &sql_inbox_summary_said,
        DB_ARGS(
            practice_of(summary), patient_of(summary), now_of(summary), db_int("limit", SAID_MAX)),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        const struct instant at = {db_col_int(rows, 1)};
        const char *words = quote(summary, db_col_text(rows, 0));
        json_t *labels = labels_of(db_col_text(rows, 3));
        for (size_t i = 0; i < json_array_size(labels); i++) {
            const char *label = json_string_value(json_array_get(labels, i));
            if (label && is_question(label))
                add_asked(asked, label);
        }
        json_t *attachments = inbox__attachments(db_col_text(rows, 4));
        add_line(summary, "Wrote on %s: “%s” (%s)%s.", "Escribió el %s: “%s” (%s)%s.",
            told_day(summary, at), words, listed(summary, labels),
            tell_attached(summary, attachments));
        json_array_append_new(said,
            json_pack("{s:o,s:o,s:o,s:o,s:o}", "at", time_of(summary, at), "channel",
                json_text(db_col_text(rows, 2)), "text", json_text(words), "labels", labels,
                "attachments", attachments));
    }
    if (err == ERR_NONE && json_array_size(said) == 0)
        add_line(summary, "Has not written back.", "No ha respondido.");
    if (err == ERR_NONE && json_array_size(asked) > 0)
        add_line(summary, "Asked about: %s.", "Preguntó por: %s.", listed(summary, asked));
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* ---- what colleagues did and noted ---- */

static enum err add_calls(struct summary *summary, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    json_t *calls = json_array();
    json_object_set_new(summary->json, "calls", calls);
    enum err err = db_query(summary->db, &sql_inbox_summary_calls,
        DB_ARGS(
            practice_of(summary), patient_of(summary), now_of(summary), db_int("limit", CALLS_MAX)),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        const struct instant at = {db_col_int(rows, 3)};
        const char *outcome = db_col_text(rows, 1), *note = quote(summary, db_col_text(rows, 2));
        add_line(summary, "On %s: %s%s%s.", "El %s: %s%s%s.", told_day(summary, at),
            outcome ? outcome : "?", *note ? ", " : "", note);
        json_array_append_new(calls,
            json_pack("{s:o,s:o,s:o,s:o}", "at", time_of(summary, at), "kind",
                json_text(db_col_text(rows, 0)), "outcome", json_text(outcome), "note",
                json_text(note)));
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static enum err add_notes(struct summary *summary, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    json_t *notes = json_array();
    json_object_set_new(summary->json, "notes", notes);
    enum err err = db_query(summary->db, &sql_inbox_summary_notes,
        DB_ARGS(
            practice_of(summary), patient_of(summary), now_of(summary), db_int("limit", NOTES_MAX)),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        const struct instant at = {db_col_int(rows, 1)};
        const char *words = quote(summary, db_col_text(rows, 0));
        add_line(summary, "Noted on %s: %s", "Anotado el %s: %s", told_day(summary, at), words);
        json_array_append_new(
            notes, json_pack("{s:o,s:o}", "at", time_of(summary, at), "text", json_text(words)));
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static enum err add_tags(struct summary *summary, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    json_t *tags = json_array();
    json_object_set_new(summary->json, "tags", tags);
    enum err err = db_query(summary->db, &sql_inbox_summary_tags,
        DB_ARGS(practice_of(summary), patient_of(summary)), &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows))
        json_array_append_new(tags, json_text(db_col_text(rows, 0)));
    if (err == ERR_NONE && json_array_size(tags) > 0)
        add_line(summary, "Tags: %s.", "Etiquetas: %s.", listed(summary, tags));
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* ---- what may be done ---- */

static enum err add_consents(struct summary *summary, struct why *reterr_why)
{
    struct consent *consents = NULL;
    size_t count = 0;
    json_t *may = json_array();
    bool calls = false;
    json_object_set_new(summary->json, "may", may);
    enum err err =
        record_read_consents(summary->arena, summary->db, summary->question->practice->practice_id,
            &summary->question->patient_id, 1, &consents, &count, reterr_why);
    for (size_t i = 0; i < count; i++) {
        const struct consent *consent = &consents[i];
        if (consent->channel == CHANNEL_TASK)
            continue;
        calls = calls || consent->channel == CHANNEL_VOICE;
        json_array_append_new(may,
            json_pack("{s:s,s:s,s:s,s:o}", "channel", channel_kind_name(consent->channel),
                "purpose", consent->marketing ? "marketing" : "care", "class",
                consent->written ? "written" : "express", "given",
                consent->given.n == DAY_NONE
                    ? json_null()
                    : json_text(day_format(summary->arena, consent->given))));
    }
    if (err == ERR_NONE && !calls)
        add_line(summary, "No consent to automated calls is on file: dial by hand.",
            "No consta consentimiento para llamadas automáticas: marque a mano.");
    return err;
}

static enum err add_stopped(struct summary *summary, struct why *reterr_why)
{
    struct contact_point *points = NULL;
    size_t count = 0;
    json_t *stopped = json_array();
    json_object_set_new(summary->json, "stopped", stopped);
    enum err err =
        record_read_contacts(summary->arena, summary->db, summary->question->practice->practice_id,
            &summary->question->patient_id, 1, &points, &count, reterr_why);
    for (size_t i = 0; i < count; i++) {
        if (!points[i].suppressed_all && !points[i].suppressed_marketing)
            continue;
        add_asked(stopped, channel_kind_name(points[i].channel));
    }
    if (err == ERR_NONE && json_array_size(stopped) > 0)
        add_line(summary, "Opted out of: %s.", "Se dio de baja de: %s.", listed(summary, stopped));
    return err;
}

enum err inbox_summarize(struct arena *arena, struct db *db,
    const struct summary_question *question, json_t **ret_summary, struct why *reterr_why)
{
    static enum err (*const parts[])(struct summary *, struct why *) = {
        add_visits, add_said, add_calls, add_notes, add_sent, add_tags, add_consents, add_stopped};
    JSON_AUTO json = json_object();
    struct summary summary = {arena, db, question, json, json_array()};
    json_object_set_new(json, "lines", summary.lines);
    enum err err = ERR_NONE;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && err == ERR_NONE; i++)
        err = parts[i](&summary, reterr_why);
    if (err == ERR_NONE)
        *ret_summary = json_incref(json);
    return err;
}

char *inbox_summary_text(struct arena *arena, const json_t *summary, bool spanish)
{
    struct buf text;
    buf_init(&text, arena);
    const json_t *lines = json_object_get(summary, "lines");
    buf_add(&text, spanish ? "Lo que se sabe:" : "What is known:");
    for (size_t i = 0; i < json_array_size(lines); i++)
        buf_format(&text, "\n- %s", json_string_value(json_array_get(lines, i)));
    return text.data;
}
