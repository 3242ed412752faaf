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

static void render_sms(struct arena *tick, const struct template_set *set,
    const struct template *piece, const struct template_facts *facts,
    const struct template_rendering *how, struct rendered *rendered)
{
    struct draft draft = render_draft(tick, piece, piece->body->text, facts, false);
    const struct template *line =
        template_pick(set, template_part_stop_line, CHANNEL_SMS, false, piece->language);

    note_missing(rendered, &draft);
    rendered->scan = draft.scan;
    rendered->text = text_one_line(tick, sms_fold(tick, draft.words));
    if (line && piece->purpose == PURPOSE_MARKETING && !(how && how->stop_disclosed)
        && !text_says_stop(rendered->text)) {
        draft = render_draft(tick, line, line->body->text, facts, false);
        note_missing(rendered, &draft);
        rendered->text = arena_format(
            tick, "%s %s", rendered->text, text_one_line(tick, sms_fold(tick, draft.words)));
    }
    rendered->stop_line = text_says_stop(rendered->text);
    rendered->sms = sms_count(rendered->text);
}

static void render_email(struct arena *tick, const struct template_set *set,
    const struct template *piece, const struct template_facts *facts, struct rendered *rendered)
{
    const struct template *footer =
        template_pick(set, template_part_footer, CHANNEL_EMAIL, false, piece->language);
    struct draft subject = render_draft(tick, piece, piece->body->subject, facts, false);
    struct draft preheader = render_draft(tick, piece, piece->body->preheader, facts, false);
    struct draft body = render_draft(tick, piece, piece->body->text, facts, true);
    struct draft end = {"", "", template_part_footer};
    struct buf text, html, footer_html;

    if (footer)
        end = render_draft(tick, footer, footer->body->text, facts, true);
    note_missing(rendered, &subject);
    note_missing(rendered, &preheader);
    note_missing(rendered, &body);
    note_missing(rendered, &end);
    rendered->subject = text_one_line(tick, subject.words);
    rendered->preheader = text_one_line(tick, preheader.words);
    rendered->scan = arena_format(tick, "%s\n%s\n%s", subject.scan, preheader.scan, body.scan);
    buf_init(&text, tick);
    markdown_to_text(&text, body.words, strlen(body.words));
    buf_add(&text, "-- \n");
    markdown_to_text(&text, end.words, strlen(end.words));
    rendered->text = arena_format(tick, "%s\n", trim_lines(tick, text.data));
    buf_init(&html, tick);
    markdown_to_html(&html, body.words, strlen(body.words));
    buf_init(&footer_html, tick);
    markdown_to_html(&footer_html, end.words, strlen(end.words));
    rendered->html = mail_page(tick, piece->language, rendered->subject, rendered->preheader,
        facts->practice_name ? facts->practice_name : "", html.data, footer_html.data);
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

enum err template_render(struct arena *tick, const struct template_set *set,
    const struct template *piece, const struct template_facts *facts,
    const struct template_rendering *how, struct rendered *ret_rendered, struct why *reterr_why)
{
    struct rendered rendered = {0};
    struct draft draft;

    if (!piece->usable) {
        why_place(reterr_why, "%s", piece->file);
        why_hint(reterr_why, "Run `perennial check %s`.", piece->file);
        return why_set(reterr_why, ERR_INPUT, "this template has an error and is not used");
    }
    switch (piece->channel) {
    case CHANNEL_SMS: render_sms(tick, set, piece, facts, how, &rendered); break;
    case CHANNEL_EMAIL: render_email(tick, set, piece, facts, &rendered); break;
    case CHANNEL_VOICE:
    case CHANNEL_TASK:
    case CHANNEL_KIND_MAX:
        draft = render_draft(tick, piece, piece->body->text, facts, false);
        note_missing(&rendered, &draft);
        rendered.scan = draft.scan;
        rendered.text = trim_lines(tick, draft.words);
        break;
    }
    rendered.body_hash = hash_of(tick, &rendered);
    *ret_rendered = rendered;
    return ERR_NONE;
}
