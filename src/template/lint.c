#include <string.h>

#include "template/template_int.h"

/* What a well-formed piece says that it should not, or leaves out: carriers' rules for texts, the
 * mail law for emails, and the privacy rule for both. Rule ids: docs/templates.md. */

enum { LINT_TODAY = 20454 }; /* any day: examples are relative to it */

struct lint {
    struct arena *scratch;
    const struct template_set *set;
    struct template *piece;
    struct problem_list *problems;
};

static void say(
    const struct lint *lint, bool error, const char *rule, const char *hint, const char *message)
{
    problem_add(lint->problems,
        (struct problem_at){lint->piece->file, lint->piece->body->text_line, 1}, error, rule, hint,
        "%s", message);
}

/* ---- words ---- */

static struct problem_at place_in(
    const struct template *piece, const struct node *node, size_t offset)
{
    struct problem_at at = {piece->file, node->line, node->column};

    for (size_t i = 0; i < offset && i < node->text.len; i++) {
        unsigned char byte = (unsigned char)node->text.data[i];

        if (byte == '\n') {
            at.line++;
            at.column = 1;
        } else if ((byte & 0xC0) != 0x80) {
            at.column++;
        }
    }
    return at;
}

static void found_treatment(
    const struct lint *lint, const struct term_hit *hit, struct problem_at at)
{
    struct template *piece = lint->piece;

    piece->names_treatment = true;
    if (piece->phi_level < PHI_SERVICE)
        piece->phi_level = PHI_SERVICE;
    if (piece->wording == WORDING_GENERIC && piece->channel != CHANNEL_TASK)
        problem_add(lint->problems, at, true, "PHI-8",
            "Say it without the treatment here, and put these words into the specific wording.",
            "a generic wording names a treatment: %s", hit->term);
    else if (piece->channel == CHANNEL_SMS && piece->purpose == PURPOSE_MARKETING)
        problem_add(lint->problems, at, true, hit->kind == TERM_PRESCRIPTION ? "CAR-5" : "CAR-7",
            "Write \"your next visit\" in a text, and name it in the email only.",
            "marketing texts that name %s are blocked by carriers", hit->term);
}

static void found_term(const struct lint *lint, const struct term_hit *hit, struct problem_at at)
{
    bool text = lint->piece->channel == CHANNEL_SMS;
    bool marketing = lint->piece->purpose == PURPOSE_MARKETING;

    switch (hit->kind) {
    case TERM_TREATMENT:
    case TERM_PRESCRIPTION: found_treatment(lint, hit, at); break;
    case TERM_SHAFT:
    case TERM_BARRED:
        if (text && marketing)
            problem_add(lint->problems, at, true, hit->rule, "Leave it out.",
                "carriers block marketing texts with the word %s", hit->term);
        break;
    case TERM_FINANCE:
        if (text && marketing)
            problem_add(lint->problems, at, false, hit->rule, "Mention it in the email instead.",
                "%s looks like a loan to carriers' filters", hit->term);
        break;
    case TERM_CLAIM:
        if (marketing)
            problem_add(lint->problems, at, false, hit->rule,
                "Say what is true for everybody, and give a real date.",
                "%s is a claim that wants evidence", hit->term);
        break;
    case TERM_SHORTENER:
        problem_add(lint->problems, at, true, hit->rule,
            "Use {{ links.book }}: an address of the practice's own.",
            "%s is a public link shortener, which carriers block", hit->term);
        break;
    case TERM_OFFER:
        if (lint->piece->purpose == PURPOSE_CARE || lint->piece->purpose == PURPOSE_TRANSACTIONAL)
            problem_add(lint->problems, at, false, hit->rule,
                "Leave the offer out, or write purpose: marketing.",
                "with %s in it this message is treated as marketing", hit->term);
        break;
    case TERM_KIND_MAX: break;
    }
}

static void lint_words(const struct lint *lint, const struct node *nodes)
{
    const struct template_options *options = &lint->set->options;

    for (const struct node *node = nodes; node; node = node->next) {
        const char *text = node->kind == NODE_TEXT ? str_text(lint->scratch, node->text) : "";
        struct term_hit hit;
        size_t from = 0;

        while (term_find(
            text, from, ~0u, options->treatment_words, options->treatment_word_count, &hit)) {
            found_term(lint, &hit, place_in(lint->piece, node, hit.start));
            from = hit.end;
        }
        for (const struct branch *branch = node->branches; branch; branch = branch->next)
            lint_words(lint, branch->body);
    }
}

/* ---- text messages ---- */

static void lint_sms_sender(const struct lint *lint)
{
    bool only_sure[] = {false, true};

    for (size_t i = 0; i < 2; i++) {
        struct template_facts facts =
            slot_examples(&lint->set->options, (struct day){LINT_TODAY}, only_sure[i]);
        struct draft draft =
            render_draft(lint->scratch, lint->piece, lint->piece->body->text, &facts, false);

        if (sms_names_sender(lint->scratch, draft.words, facts.practice_name))
            continue;
        say(lint, true, "CAR-2", "Begin with {{ practice.name }}:",
            "a text names its sender within the first 40 characters");
        return;
    }
}

/* The longest it can become, with the opt-out line that is put behind a marketing text. */
static struct worst worst_with_line(
    const struct lint *lint, const struct template_options *options, bool *ret_adds_line)
{
    const struct template *piece = lint->piece;
    const struct template *line =
        template_pick(lint->set, template_part_stop_line, CHANNEL_SMS, false, piece->language);
    struct worst worst = worst_of(lint->scratch, piece->body->text, options, piece->language), end;

    *ret_adds_line = line && line != piece && piece->purpose == PURPOSE_MARKETING;
    if (!*ret_adds_line)
        return worst;
    end = worst_of(lint->scratch, line->body->text, options, piece->language);
    worst.septets += end.septets + 1;
    worst.units += end.units + 1;
    worst.ucs2 |= end.ucs2;
    return worst;
}

static const char *length_hint(const struct lint *lint, const struct worst *worst, bool own)
{
    if (own)
        return "The practice's own name or address is long: shorten the words around it.";
    if (worst->ucs2_field)
        return arena_format(lint->problems->arena,
            "Write {{ %s | fits: 12, \"there\" }}: a letter outside the plain alphabet leaves 70 "
            "places instead of 160.",
            worst->ucs2_field);
    if (worst->ucs2)
        return "Use plain letters: a letter outside GSM-7 (á, í, ó, ú, an emoji) leaves 70 places "
               "instead of 160.";
    return "Shorten it, or bound names with | fits: 12, \"there\".";
}

/* A text that is too long for everybody is an error; one that this practice's own long name or
 * address makes too long costs it a second segment, and is a warning. */
static void lint_sms_length(const struct lint *lint)
{
    struct template *piece = lint->piece;
    bool adds_line, too_long;
    struct worst any = worst_with_line(lint, NULL, &adds_line);
    struct worst own = worst_with_line(lint, &lint->set->options, &adds_line);
    struct sms_count any_count = worst_count(&any);

    piece->worst = worst_count(&own);
    piece->links_max = own.links;
    too_long = any_count.segments > 1;
    if (!too_long && piece->worst.segments <= 1)
        return;
    problem_add(lint->problems, (struct problem_at){piece->file, piece->body->text_line, 1},
        (too_long && piece->purpose == PURPOSE_MARKETING) || any_count.units > SMS_CHARACTERS_MAX,
        "CAR-11", length_hint(lint, &any, !too_long),
        "with the longest values it takes %d segments (%d places%s)",
        too_long ? any_count.segments : piece->worst.segments,
        too_long ? any_count.units : piece->worst.units,
        adds_line ? ", the opt-out line included" : "");
}

static bool ends_with_blank(const struct node *next)
{
    return !next
        || (next->kind == NODE_TEXT && next->text.len && strchr(" \n\r\t", next->text.data[0]));
}

static void lint_sms_links(const struct lint *lint, const struct node *nodes)
{
    for (const struct node *node = nodes; node; node = node->next) {
        if (node->kind == NODE_OUTPUT && slot_facts(node->expr.field)->type == VALUE_URL
            && !ends_with_blank(node->next))
            problem_add(lint->problems,
                (struct problem_at){lint->piece->file, node->line, node->column}, true, "link-tail",
                "Put the link at the end, or a blank behind it.",
                "phones take the sign behind a link for a part of it");
        for (const struct branch *branch = node->branches; branch; branch = branch->next)
            lint_sms_links(lint, branch->body);
    }
}

static void lint_sms(const struct lint *lint)
{
    struct template *piece = lint->piece;

    lint_sms_length(lint);
    lint_sms_links(lint, piece->body->text);
    if (piece_is_part(piece->name)) {
        if (!text_says_stop(render_draft(
                lint->scratch, piece, piece->body->text, &(struct template_facts){0}, false)
                                .words))
            say(lint, true, "OPT-17", "Write: Reply STOP to opt out",
                "the line does not say how to stop");
        return;
    }
    lint_sms_sender(lint);
    if (piece->links_max > 1)
        say(lint, true, "one-link", "Keep the one that matters.", "a text has at most one link");
    if (piece->purpose == PURPOSE_MARKETING && piece->phi_level >= PHI_SERVICE
        && !piece->names_treatment)
        say(lint, true, "CAR-7", "Leave treatment fields to the email.",
            "marketing texts may not depend on the treatment");
}

/* ---- emails ---- */

static void lint_subject_words(const struct lint *lint, const char *subject)
{
    static const char *const pretences[] = {
        "re:", "fw:", "fwd:", "rv:", "appointment", "cita", "results", "resultados"};
    const char *folded = text_fold(lint->scratch, subject);

    for (size_t i = 0; i < sizeof pretences / sizeof *pretences; i++) {
        const char *at = strstr(folded, pretences[i]);
        bool starts = at && (at == folded || at[-1] == ' ');

        if (starts)
            problem_add(lint->problems, (struct problem_at){lint->piece->file, 1, 1}, true, "EML-2",
                "Say what the mail is.", "a marketing subject may not pretend: %s", pretences[i]);
    }
    if (strstr(subject, "!!"))
        problem_add(lint->problems, (struct problem_at){lint->piece->file, 1, 1}, false, "EML-2",
            "One is plenty.", "a subject with several exclamation marks looks like spam");
}

static void lint_subject(const struct lint *lint)
{
    struct template *piece = lint->piece;
    struct template_facts facts =
        slot_examples(&lint->set->options, (struct day){LINT_TODAY}, false);
    struct draft draft = render_draft(lint->scratch, piece, piece->body->subject, &facts, false);

    if (text_is_blank(draft.words)) {
        problem_add(lint->problems, (struct problem_at){piece->file, 1, 1}, true, "subject",
            "Add subject: to the front matter.", "an email needs a subject");
        return;
    }
    if (!piece->body->preheader)
        problem_add(lint->problems, (struct problem_at){piece->file, 1, 1}, false, "preheader",
            "Add preheader: one sentence that inboxes show behind the subject.",
            "the preheader is missing");
    if (utf8_count(draft.words) > SUBJECT_CHARS_MAX)
        problem_add(lint->problems, (struct problem_at){piece->file, 1, 1}, false, "subject",
            "Keep it to 70.", "the subject is %zu characters long", utf8_count(draft.words));
    if (piece->purpose == PURPOSE_MARKETING)
        lint_subject_words(lint, draft.words);
}

static void lint_heading_words(const struct lint *lint)
{
    const struct node *heads[] = {lint->piece->body->subject, lint->piece->body->preheader};
    int level = lint->piece->phi_level;

    for (size_t i = 0; i < 2; i++) {
        lint_words(lint, heads[i]);
        if (lint->piece->phi_level > level && lint->piece->wording == WORDING_SPECIFIC)
            problem_add(lint->problems, (struct problem_at){lint->piece->file, 1, 1}, true, "PHI-8",
                "Keep subject and preheader general: a locked screen shows them.",
                "the subject or the preheader names a treatment");
        level = lint->piece->phi_level;
    }
}

static void lint_mail_shape(const struct lint *lint, bool only_sure)
{
    struct template_facts facts =
        slot_examples(&lint->set->options, (struct day){LINT_TODAY}, only_sure);
    struct draft draft =
        render_draft(lint->scratch, lint->piece, lint->piece->body->text, &facts, true);
    struct mail_shape shape = markdown_shape(draft.words, strlen(draft.words));

    if (shape.links > lint->piece->links_max)
        lint->piece->links_max = shape.links;
    if (shape.html_nodes)
        say(lint, true, "html", "Write Markdown: it becomes the plain and the HTML part.",
            "an email template holds no HTML of its own");
    if (shape.images)
        say(lint, true, "image",
            "Say it in words: pictures of others' servers tell them who reads.",
            "an email template holds no pictures");
    if (lint->piece->purpose != PURPOSE_MARKETING || piece_is_part(lint->piece->name))
        return;
    if (!shape.opens_with_paragraph)
        say(lint, true, "opener", "Begin with one plain sentence to the person.",
            "the email does not begin with a sentence");
    if (shape.buttons != 1)
        say(lint, true, "one-button",
            "Put [Pick a time]({{ links.book }}) into a paragraph of its own.",
            shape.buttons ? "the email has more than one button" : "the email has no button");
    if (shape.lists && shape.list_items != 3 * shape.lists)
        say(lint, false, "three-bullets", "Three points are read, more are not.",
            "the list does not have three points");
}

static bool ends_with(struct str text, char c)
{
    return text.len && text.data[text.len - 1] == c;
}

/* A link stands in [words](...): written bare it would be words with signs in them. */
static void lint_mail_links(const struct lint *lint, const struct node *nodes)
{
    const struct node *before = NULL;

    for (const struct node *node = nodes; node; before = node, node = node->next) {
        if (node->kind == NODE_OUTPUT && slot_facts(node->expr.field)->type == VALUE_URL
            && !(before && before->kind == NODE_TEXT && ends_with(before->text, '(')))
            problem_add(lint->problems,
                (struct problem_at){lint->piece->file, node->line, node->column}, true, "link",
                arena_format(lint->problems->arena, "Write [words]({{ %s }}).",
                    slot_facts(node->expr.field)->name),
                "a link needs words");
        for (const struct branch *branch = node->branches; branch; branch = branch->next)
            lint_mail_links(lint, branch->body);
    }
}

static void lint_email(const struct lint *lint)
{
    const struct template *piece = lint->piece;
    size_t before = lint->problems->count;

    lint_mail_links(lint, piece->body->text);
    lint_mail_shape(lint, false);
    if (lint->problems->count == before)
        lint_mail_shape(lint, true);
    if (!piece_is_part(piece->name)) {
        lint_subject(lint);
        return;
    }
    if (!(piece->fields & UINT64_C(1) << SLOT_PRACTICE_ADDRESS))
        say(lint, true, "EML-4", "Add {{ practice.address }}.",
            "the footer lacks the postal address");
    if (!(piece->fields & UINT64_C(1) << SLOT_LINKS_UNSUBSCRIBE))
        say(lint, true, "EML-3", "Add [Unsubscribe]({{ links.unsubscribe }}).",
            "the footer lacks the way to unsubscribe");
}

/* ---- all ---- */

static void lint_confirmation(const struct lint *lint)
{
    const uint64_t brand = UINT64_C(1) << SLOT_PRACTICE_NAME;

    if (lint->piece->fields & ~brand || lint->piece->links_max)
        say(lint, true, "OPT-7", "Leave {{ practice.name }} and plain words.",
            "a confirmation of an opt-out only confirms");
}

void lint_piece(struct arena *scratch, const struct template_set *set, struct template *piece,
    struct problem_list *problems)
{
    struct lint lint = {scratch, set, piece, problems};
    size_t errors = problems->errors;

    if (piece->wording == WORDING_GENERIC && piece->phi_level > PHI_VISIT
        && piece->channel != CHANNEL_TASK)
        say(&lint, true, "PHI-8", "Put what depends on the treatment into the specific wording.",
            "a generic wording reads a treatment field");
    lint_heading_words(&lint);
    lint_words(&lint, piece->body->text);
    switch (piece->channel) {
    case CHANNEL_SMS: lint_sms(&lint); break;
    case CHANNEL_EMAIL: lint_email(&lint); break;
    case CHANNEL_VOICE:
    case CHANNEL_TASK:
    case CHANNEL_KIND_MAX: break;
    }
    if (text_is(piece->name, "answer-opt-out"))
        lint_confirmation(&lint);
    if (!piece->body->text)
        say(&lint, true, "empty", "Write something.", "the template is empty");
    if (problems->errors != errors)
        piece->usable = false;
}
