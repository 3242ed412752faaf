#define CMARK_NO_SHORT_NAMES 1 /* NODE_TEXT is ours */
#include <cmark.h>
#include <stdlib.h>
#include <string.h>

#include "embed_template_page.h"
#include "template/template_int.h"

/* The Markdown of emails, over libcmark: paragraphs, headings, lists, quotes, emphasis, links. A
 * paragraph that is one link and nothing else is the button. Markup written as HTML, pictures and
 * links to anything but web, mail and telephone come out as plain words. */

enum { TEXT_COLUMNS = 72 }; /* plain part: what a terminal mail reader shows without folding */

/* ---- asking the tree ---- */

static bool url_is_safe(const char *url)
{
    return text_starts(url, "https://") || text_starts(url, "http://")
        || text_starts(url, "mailto:") || text_starts(url, "tel:");
}

static bool node_is_button(cmark_node *node)
{
    cmark_node *only = cmark_node_first_child(node);

    return cmark_node_get_type(node) == CMARK_NODE_PARAGRAPH && only && !cmark_node_next(only)
        && cmark_node_get_type(only) == CMARK_NODE_LINK
        && text_starts(cmark_node_get_url(only), "http");
}

static void shape_count(struct mail_shape *shape, cmark_node *node)
{
    cmark_node_type type = cmark_node_get_type(node);

    shape->buttons += node_is_button(node);
    shape->lists += type == CMARK_NODE_LIST;
    shape->list_items += type == CMARK_NODE_ITEM;
    shape->links += type == CMARK_NODE_LINK;
    shape->images += type == CMARK_NODE_IMAGE;
    shape->html_nodes += type == CMARK_NODE_HTML_BLOCK || type == CMARK_NODE_HTML_INLINE;
}

static cmark_node *parse(const char *markdown, size_t len)
{
    return cmark_parse_document(markdown, len, CMARK_OPT_VALIDATE_UTF8);
}

struct mail_shape markdown_shape(const char *markdown, size_t len)
{
    cmark_node *document = parse(markdown, len);
    cmark_iter *iter = cmark_iter_new(document);
    cmark_node *first = cmark_node_first_child(document);
    struct mail_shape shape = {.opens_with_paragraph = first
            && cmark_node_get_type(first) == CMARK_NODE_PARAGRAPH && !node_is_button(first)};
    cmark_event_type event;

    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE)
        if (event == CMARK_EVENT_ENTER)
            shape_count(&shape, cmark_iter_get_node(iter));
    cmark_iter_free(iter);
    cmark_node_free(document);
    return shape;
}

/* ---- HTML ---- */

static void html_escape(struct buf *out, const char *text)
{
    for (const char *c = text; c && *c; c++) {
        switch (*c) {
        case '&': buf_add(out, "&amp;"); break;
        case '<': buf_add(out, "&lt;"); break;
        case '>': buf_add(out, "&gt;"); break;
        case '"': buf_add(out, "&quot;"); break;
        default: buf_add_char(out, *c);
        }
    }
}

static void html_button(struct buf *out, cmark_node *paragraph)
{
    cmark_node *link = cmark_node_first_child(paragraph);
    cmark_iter *iter = cmark_iter_new(link);
    cmark_event_type event;

    buf_add(out,
        "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" "
        "style=\"margin:8px 0 24px\"><tr><td class=\"button\" bgcolor=\"#1f4e5f\" "
        "style=\"border-radius:6px;background-color:#1f4e5f\"><a class=\"button-words\" "
        "href=\"");
    html_escape(out, cmark_node_get_url(link));
    buf_add(out,
        "\" style=\"display:inline-block;padding:13px 26px;font-size:16px;"
        "font-weight:bold;color:#ffffff;text-decoration:none\">");
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE)
        if (event == CMARK_EVENT_ENTER)
            html_escape(out, cmark_node_get_literal(cmark_iter_get_node(iter)));
    buf_add(out, "</a></td></tr></table>\n");
    cmark_iter_free(iter);
}

static bool in_tight_item(cmark_node *paragraph)
{
    cmark_node *item = cmark_node_parent(paragraph);

    return cmark_node_get_type(item) == CMARK_NODE_ITEM;
}

static void html_enter_block(struct buf *out, cmark_node *node)
{
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_PARAGRAPH:
        buf_add(out, in_tight_item(node) ? "" : "<p style=\"margin:0 0 16px\">");
        break;
    case CMARK_NODE_HEADING:
        buf_add(out, "<h2 style=\"margin:8px 0 12px;font-size:20px;line-height:1.3\">");
        break;
    case CMARK_NODE_LIST:
        buf_add(out,
            cmark_node_get_list_type(node) == CMARK_ORDERED_LIST
                ? "<ol style=\"margin:0 0 16px;padding:0 0 0 24px\">\n"
                : "<ul style=\"margin:0 0 16px;padding:0 0 0 24px\">\n");
        break;
    case CMARK_NODE_ITEM: buf_add(out, "<li style=\"margin:0 0 6px\">"); break;
    case CMARK_NODE_BLOCK_QUOTE:
        buf_add(out,
            "<blockquote style=\"margin:0 0 16px;padding:0 0 0 16px;"
            "border-left:3px solid #9db4bc\">\n");
        break;
    case CMARK_NODE_THEMATIC_BREAK:
        buf_add(out, "<hr style=\"border:0;border-top:1px solid #d5dde0;margin:16px 0\">\n");
        break;
    case CMARK_NODE_CODE_BLOCK:
    case CMARK_NODE_HTML_BLOCK:
        buf_add(out, "<p style=\"margin:0 0 16px\">");
        html_escape(out, cmark_node_get_literal(node));
        buf_add(out, "</p>\n");
        break;
    default: break;
    }
}

static void html_leave_block(struct buf *out, cmark_node *node)
{
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_PARAGRAPH: buf_add(out, in_tight_item(node) ? "" : "</p>\n"); break;
    case CMARK_NODE_HEADING: buf_add(out, "</h2>\n"); break;
    case CMARK_NODE_LIST:
        buf_add(out, cmark_node_get_list_type(node) == CMARK_ORDERED_LIST ? "</ol>\n" : "</ul>\n");
        break;
    case CMARK_NODE_ITEM: buf_add(out, "</li>\n"); break;
    case CMARK_NODE_BLOCK_QUOTE: buf_add(out, "</blockquote>\n"); break;
    default: break;
    }
}

static void html_inline(struct buf *out, cmark_node *node, bool enter)
{
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_TEXT:
    case CMARK_NODE_CODE:
    case CMARK_NODE_HTML_INLINE: html_escape(out, cmark_node_get_literal(node)); break;
    case CMARK_NODE_SOFTBREAK: buf_add_char(out, '\n'); break;
    case CMARK_NODE_LINEBREAK: buf_add(out, "<br>\n"); break;
    case CMARK_NODE_EMPH: buf_add(out, enter ? "<em>" : "</em>"); break;
    case CMARK_NODE_STRONG: buf_add(out, enter ? "<strong>" : "</strong>"); break;
    case CMARK_NODE_LINK:
        if (!url_is_safe(cmark_node_get_url(node)))
            break;
        buf_add(out, enter ? "<a class=\"link\" href=\"" : "</a>");
        if (enter) {
            html_escape(out, cmark_node_get_url(node));
            buf_add(out, "\" style=\"color:#1f4e5f;text-decoration:underline\">");
        }
        break;
    default: break;
    }
}

void markdown_to_html(struct buf *out, const char *markdown, size_t len)
{
    cmark_node *document = parse(markdown, len);
    cmark_iter *iter = cmark_iter_new(document);
    cmark_event_type event;

    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        bool enter = event == CMARK_EVENT_ENTER;

        if (enter && node_is_button(node)) {
            html_button(out, node);
            cmark_iter_reset(iter, node, CMARK_EVENT_EXIT);
        } else if (cmark_node_get_type(node) >= CMARK_NODE_FIRST_INLINE) {
            html_inline(out, node, enter);
        } else if (enter) {
            html_enter_block(out, node);
        } else {
            html_leave_block(out, node);
        }
    }
    cmark_iter_free(iter);
    cmark_node_free(document);
}

/* ---- plain text ---- */

struct plain {
    struct buf *out;
    struct buf line;    /* the paragraph being gathered; '\n' where a break is wanted */
    int depth;          /* of lists */
    const char *marker; /* "- " before an item's first paragraph */
    char number[16];
};

/* Greedy fill; a word longer than the line (a link) stays whole. */
static void plain_flush(struct plain *plain)
{
    int indent = plain->depth > 0 ? 2 * (plain->depth - 1) : 0, column = 0;
    int hang = plain->depth > 0 ? (int)(plain->marker ? strlen(plain->marker) : 2) : 0;
    const char *word = plain->line.data;

    if (plain->line.len == 0)
        return;
    for (int i = 0; i < indent; i++)
        buf_add_char(plain->out, ' ');
    buf_add(plain->out, plain->marker ? plain->marker : plain->depth > 0 ? "  " : "");
    column = indent + hang;
    while (*word) {
        size_t len = strcspn(word, " \n");
        bool first = column == indent + hang;
        bool breaks = !first && (word[-1] == '\n' || column + 1 + (int)len > TEXT_COLUMNS);

        if (breaks) {
            buf_add_char(plain->out, '\n');
            for (int i = 0; i < indent + hang; i++)
                buf_add_char(plain->out, ' ');
            column = indent + hang;
        } else if (!first && len) {
            buf_add_char(plain->out, ' ');
            column++;
        }
        buf_add_n(plain->out, word, len);
        column += (int)len;
        word += len;
        word += *word != '\0';
    }
    buf_add_char(plain->out, '\n');
    if (plain->depth == 0)
        buf_add_char(plain->out, '\n');
    plain->marker = NULL;
    buf_clear(&plain->line);
}

static void plain_enter_item(struct plain *plain, cmark_node *item)
{
    cmark_node *list = cmark_node_parent(item);
    int number = cmark_node_get_list_start(list);

    if (cmark_node_get_list_type(list) != CMARK_ORDERED_LIST) {
        plain->marker = "- ";
        return;
    }
    for (cmark_node *before = cmark_node_previous(item); before && number < 999;
         before = cmark_node_previous(before))
        number++;
    (void)snprintf(plain->number, sizeof plain->number, "%d. ", number);
    plain->marker = plain->number;
}

static void plain_link(struct plain *plain, cmark_node *link)
{
    const char *url = cmark_node_get_url(link);

    if (!url_is_safe(url))
        return;
    if (text_is(cmark_node_get_literal(cmark_node_first_child(link)), url))
        return; /* an address that was written out says itself */
    if (node_is_button(cmark_node_parent(link)))
        buf_format(&plain->line, ":\n%s", url);
    else if (text_starts(url, "http"))
        buf_format(&plain->line, " (%s)", url);
}

static void plain_enter(struct plain *plain, cmark_node *node)
{
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_LIST: plain->depth++; break;
    case CMARK_NODE_ITEM: plain_enter_item(plain, node); break;
    case CMARK_NODE_THEMATIC_BREAK: buf_add(plain->out, "---\n\n"); break;
    case CMARK_NODE_TEXT:
    case CMARK_NODE_CODE:
    case CMARK_NODE_HTML_INLINE: buf_add(&plain->line, cmark_node_get_literal(node)); break;
    case CMARK_NODE_CODE_BLOCK:
    case CMARK_NODE_HTML_BLOCK:
        buf_add(&plain->line, cmark_node_get_literal(node));
        plain_flush(plain);
        break;
    case CMARK_NODE_SOFTBREAK: buf_add_char(&plain->line, ' '); break;
    case CMARK_NODE_LINEBREAK: buf_add_char(&plain->line, '\n'); break;
    default: break;
    }
}

static void plain_leave(struct plain *plain, cmark_node *node)
{
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_LIST:
        plain->depth--;
        if (plain->depth == 0)
            buf_add_char(plain->out, '\n');
        break;
    case CMARK_NODE_PARAGRAPH:
    case CMARK_NODE_HEADING: plain_flush(plain); break;
    case CMARK_NODE_LINK: plain_link(plain, node); break;
    default: break;
    }
}

void markdown_to_text(struct buf *out, const char *markdown, size_t len)
{
    cmark_node *document = parse(markdown, len);
    cmark_iter *iter = cmark_iter_new(document);
    struct plain plain = {.out = out};
    cmark_event_type event;

    buf_init(&plain.line, out->arena);
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        if (event == CMARK_EVENT_ENTER)
            plain_enter(&plain, cmark_iter_get_node(iter));
        else
            plain_leave(&plain, cmark_iter_get_node(iter));
    }
    cmark_iter_free(iter);
    cmark_node_free(document);
}

/* ---- the page ---- */

char *mail_page(struct arena *arena, const char *language, const char *title, const char *preheader,
    const char *sender, const char *body, const char *footer)
{
    const struct embed_file *page = embed_find(&embed_template_page, "mail.html");
    const struct {
        const char *name, *words;
        bool is_html;
    } places[] = {
        {"[[language]]", language, false},
        {"[[title]]", title, false},
        {"[[preheader]]", preheader, false},
        {"[[sender]]", sender, false},
        {"[[body]]", body, true},
        {"[[footer]]", footer, true},
    };
    const char *from, *to;
    struct buf out;

    buf_init(&out, arena);
    for (from = page->bytes; (to = strstr(from, "[[")); from = to) {
        buf_add_n(&out, from, (size_t)(to - from));
        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
            if (!text_starts(to, places[i].name))
                continue;
            to += strlen(places[i].name);
            if (places[i].is_html)
                buf_add(&out, places[i].words);
            else
                html_escape(&out, places[i].words);
            break;
        }
    }
    buf_add(&out, from);
    return out.data;
}
