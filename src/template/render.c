#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/hash.h"
#include "template/template_int.h"

/* A piece and one person's facts into the exact words that leave. */

struct draft render_draft(struct arena *arena, const struct template *piece,
    const struct node *nodes, const struct template_facts *facts, bool markdown)
{
    struct buf out, scan;
    struct writing writing = {
        .arena = arena,
        .facts = facts,
        .language = piece->language,
        .markdown = markdown,
        .out = &out,
        .scan = &scan,
    };

    buf_init(&out, arena);
    buf_init(&scan, arena);
    eval_nodes(&writing, nodes);
    return (struct draft){out.data, scan.data, writing.missing};
}

static const char *trim_lines(struct arena *arena, const char *text)
{
    struct buf out;
    int newlines = 2; /* none at the beginning */

    buf_init(&out, arena);
    for (const char *c = text; *c; c++) {
        if (*c == '\r')
            continue;
        newlines = *c == '\n' ? newlines + 1 : 0;
        if (newlines <= 2)
            buf_add_char(&out, *c);
    }
    while (out.len && (out.data[out.len - 1] == '\n' || out.data[out.len - 1] == ' '))
        out.data[--out.len] = '\0';
    return out.data;
}

static void note_missing(struct rendered *rendered, const struct draft *draft)
{
    if (!rendered->missing)
        rendered->missing = draft->missing;
}

/* One message on its way: whose words, and for whom. */
struct rendering {
    struct arena *tick;
    const struct template_set *set;
    const struct template *piece;
    const struct template_facts *facts;
    const struct template_rendering *how;
};

static void finish_sms(
    const struct rendering *now, const struct draft *draft, struct rendered *rendered)
{
    struct arena *tick = now->tick;
    const struct template *line =
        template_pick(now->set, template_part_stop_line, CHANNEL_SMS, false, now->piece->language);

    note_missing(rendered, draft);
    rendered->scan = draft->scan;
    rendered->text = text_one_line(tick, sms_fold(tick, draft->words));
    rendered->words = rendered->plain = rendered->text;
    if (line && now->piece->purpose == PURPOSE_MARKETING && !(now->how && now->how->stop_disclosed)
        && !text_says_stop(rendered->text)) {
        struct draft stop = render_draft(tick, line, line->body->text, now->facts, false);
        note_missing(rendered, &stop);
        rendered->text = arena_format(
            tick, "%s %s", rendered->text, text_one_line(tick, sms_fold(tick, stop.words)));
    }
    rendered->stop_line = text_says_stop(rendered->text);
    rendered->sms = sms_count(rendered->text);
}

static void finish_email(const struct rendering *now, const struct draft *subject,
    const struct draft *preheader, const struct draft *body, struct rendered *rendered)
{
    struct arena *tick = now->tick;
    const struct template *footer =
        template_pick(now->set, template_part_footer, CHANNEL_EMAIL, false, now->piece->language);
    struct draft end = {"", "", template_part_footer};
    struct buf text, html, footer_html;

    if (footer)
        end = render_draft(tick, footer, footer->body->text, now->facts, true);
    note_missing(rendered, subject);
    note_missing(rendered, preheader);
    note_missing(rendered, body);
    note_missing(rendered, &end);
    rendered->subject = text_one_line(tick, subject->words);
    rendered->preheader = text_one_line(tick, preheader->words);
    rendered->scan = arena_format(tick, "%s\n%s\n%s", subject->scan, preheader->scan, body->scan);
    buf_init(&text, tick);
    markdown_to_text(&text, body->words, strlen(body->words));
    rendered->words = body->words;
    rendered->plain = trim_lines(tick, text.data);
    buf_add(&text, "-- \n");
    markdown_to_text(&text, end.words, strlen(end.words));
    rendered->text = arena_format(tick, "%s\n", trim_lines(tick, text.data));
    buf_init(&html, tick);
    markdown_to_html(&html, body->words, strlen(body->words));
    buf_init(&footer_html, tick);
    markdown_to_html(&footer_html, end.words, strlen(end.words));
    rendered->html = mail_page(tick, now->piece->language, rendered->subject, rendered->preheader,
        now->facts->practice_name ? now->facts->practice_name : "", html.data, footer_html.data);
}

static const char *hash_of(struct arena *tick, const struct rendered *rendered)
{
    struct buf all;
    struct sha256 hash;

    buf_init(&all, tick);
    buf_add(&all, rendered->subject ? rendered->subject : "");
    buf_add_n(&all, "", 1);
    buf_add(&all, rendered->text);
    buf_add_n(&all, "", 1);
    buf_add(&all, rendered->html ? rendered->html : "");
    hash = hash_sha256(all.data, all.len);
    return arena_format(tick, "sha256:%s", hash_hex(tick, hash.bytes, sizeof hash.bytes));
}

static enum err check_usable(const struct template *piece, struct why *reterr_why)
{
    if (piece->usable)
        return ERR_NONE;
    why_place(reterr_why, "%s", piece->file);
    why_hint(reterr_why, "Run `perennial check %s`.", piece->file);
    return why_set(reterr_why, ERR_INPUT, "this template has an error and is not used");
}

enum err template_render(struct arena *tick, const struct template_set *set,
    const struct template *piece, const struct template_facts *facts,
    const struct template_rendering *how, struct rendered *ret_rendered, struct why *reterr_why)
{
    const struct rendering now = {tick, set, piece, facts, how};
    struct rendered rendered = {0};
    struct draft subject, preheader, draft;

    enum err err = check_usable(piece, reterr_why);
    if (err != ERR_NONE)
        return err;
    switch (piece->channel) {
    case CHANNEL_SMS:
        draft = render_draft(tick, piece, piece->body->text, facts, false);
        finish_sms(&now, &draft, &rendered);
        break;
    case CHANNEL_EMAIL:
        subject = render_draft(tick, piece, piece->body->subject, facts, false);
        preheader = render_draft(tick, piece, piece->body->preheader, facts, false);
        draft = render_draft(tick, piece, piece->body->text, facts, true);
        finish_email(&now, &subject, &preheader, &draft, &rendered);
        break;
    case CHANNEL_VOICE:
    case CHANNEL_TASK:
    case CHANNEL_KIND_MAX:
        draft = render_draft(tick, piece, piece->body->text, facts, false);
        note_missing(&rendered, &draft);
        rendered.scan = draft.scan;
        rendered.text = trim_lines(tick, draft.words);
        rendered.words = rendered.plain = rendered.text;
        break;
    }
    rendered.body_hash = hash_of(tick, &rendered);
    *ret_rendered = rendered;
    return ERR_NONE;
}

/* ---- a person's words ---- */

/* Names and addresses are no words of the message: a practice may be called after a treatment. */
static const char *without_names(
    struct arena *tick, const char *text, const struct template_facts *facts)
{
    const char *const names[] = {facts->practice_name, facts->first_name, facts->last_name,
        facts->provider, facts->location, facts->book_url, facts->unsubscribe_url,
        facts->preferences_url};
    struct buf out;

    buf_init(&out, tick);
    while (*text) {
        size_t longest = 0;
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            size_t len = names[i] ? strlen(names[i]) : 0;
            if (len > longest && strncmp(text, names[i], len) == 0)
                longest = len;
        }
        if (longest == 0)
            buf_add_char(&out, *text++);
        else
            buf_add_char(&out, ' ');
        text += longest;
    }
    return out.data;
}

static bool is_punctuation(char c)
{
    return c > ' ' && c < 0x7f && !isalnum((unsigned char)c);
}

/* As Markdown that reads the same: lines stay lines, addresses become links, nothing else counts.
 */
static const char *markdown_of(struct arena *tick, const char *text)
{
    struct buf out;
    bool begins = true;

    buf_init(&out, tick);
    while (*text) {
        size_t link = text_starts(text, "https://") || text_starts(text, "http://")
            ? strcspn(text, " \t\r\n<>\"")
            : 0;
        if (link) {
            buf_format(&out, "<%.*s>", (int)link, text);
            text += link;
            begins = false;
            continue;
        }
        char c = *text++;
        if (c == '\n') /* before a blank line the paragraph ends by itself */
            buf_add(&out, begins || strchr("\n", text[strspn(text, " \t\r")]) ? "\n" : "\\\n");
        else if (is_punctuation(c))
            buf_format(&out, "\\%c", c);
        else if (!(begins && (c == ' ' || c == '\t')) && c != '\r')
            buf_add_char(&out, c);
        begins = c == '\n' || (begins && (c == ' ' || c == '\t' || c == '\r'));
    }
    return out.data;
}

enum err template_render_words(struct arena *tick, const struct template_set *set,
    const struct template *piece, const struct template_facts *facts,
    const struct template_rendering *how, const struct template_words *words,
    struct rendered *ret_rendered, struct why *reterr_why)
{
    const struct rendering now = {tick, set, piece, facts, how};
    const char *title = words->subject ? words->subject : "";
    struct rendered rendered = {0};

    enum err err = check_usable(piece, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct draft body = {words->text, without_names(tick, words->text, facts), NULL};
    if (piece->channel == CHANNEL_EMAIL) {
        const struct draft subject = {title, without_names(tick, title, facts), NULL};
        struct draft preheader = {"", "", NULL};
        if (words->typed)
            body.words = markdown_of(tick, words->text);
        else
            preheader = render_draft(tick, piece, piece->body->preheader, facts, false);
        finish_email(&now, &subject, &preheader, &body, &rendered);
    } else {
        assert(piece->channel == CHANNEL_SMS);
        finish_sms(&now, &body, &rendered);
    }
    rendered.body_hash = hash_of(tick, &rendered);
    *ret_rendered = rendered;
    return ERR_NONE;
}

bool template_names_treatment(const struct template_set *set, const char *text)
{
    struct term_hit hit;

    return term_find(text, 0, 1u << TERM_TREATMENT | 1u << TERM_PRESCRIPTION,
        set->options.treatment_words, set->options.treatment_word_count, &hit);
}
