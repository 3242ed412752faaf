#include <stdio.h>
#include <string.h>

#include "base/yaml.h"
#include "template/template_int.h"

/* One file into a piece: its name, the front matter, and the parsed texts. */

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

static bool is_name(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_name_char(text.data[i]))
            return false;
    return text.len > 0 && text.len <= 64;
}

static bool is_language(const char *text)
{
    size_t len = strlen(text);

    return (len == 2 || (len == 5 && text[2] == '-')) && text[0] >= 'a' && text[0] <= 'z'
        && text[1] >= 'a' && text[1] <= 'z';
}

/* The part up to the next dot; false at the end. */
static bool take_part(const char **cursor, char *part, size_t size)
{
    size_t len = strcspn(*cursor, ".");

    if ((*cursor)[len] != '.' || len == 0 || len >= size)
        return false;
    memcpy(part, *cursor, len);
    part[len] = '\0';
    *cursor += len + 1;
    return true;
}

bool piece_name_split(struct arena *boot, const char *file, struct template *ret_piece)
{
    const char *slash = strrchr(file, '/'), *cursor = slash ? slash + 1 : file;
    struct str name = {file, slash ? (size_t)(slash - file) : 0};
    char wording[16], language[8], channel[16];

    if (slash) {
        const char *above = slash;

        while (above > file && above[-1] != '/')
            above--;
        name = (struct str){above, (size_t)(slash - above)};
    }
    if (!take_part(&cursor, wording, sizeof wording)
        || !take_part(&cursor, language, sizeof language)
        || !take_part(&cursor, channel, sizeof channel) || strcmp(cursor, "liquid") != 0
        || !is_language(language) || !is_name(name))
        return false;
    if (strcmp(wording, "generic") != 0 && strcmp(wording, "specific") != 0)
        return false;
    if (!channel_kind_parse(channel, &ret_piece->channel))
        return false;
    ret_piece->wording = strcmp(wording, "specific") == 0 ? WORDING_SPECIFIC : WORDING_GENERIC;
    ret_piece->language = arena_text(boot, language);
    ret_piece->name = str_text(boot, name);
    return true;
}

/* ---- front matter ---- */

struct front {
    const struct yaml *root; /* NULL: none */
    struct str body;
    int body_line;
};

static const char *line_end(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));

    return newline ? newline + 1 : end;
}

static bool is_fence(const char *at, const char *end)
{
    struct str line = {at, (size_t)(end - at)};

    return str_is(str_trim(line), "---") && *at == '-';
}

/* yaml says "file:line:column"; the file is known already. */
static struct problem_at place_of(const char *file, const struct why *why)
{
    struct problem_at at = {.file = file};

    if (text_starts(why->place, file))
        (void)sscanf(why->place + strlen(file), ":%d:%d", &at.line, &at.column);
    return at;
}

static void why_problem(struct problem_list *problems, const char *file, const struct why *why)
{
    problem_add(problems, place_of(file, why), true, "front-matter",
        why->hint[0] ? arena_text(problems->arena, why->hint)
                     : "docs/templates.md says what belongs here.",
        "%s", why->message);
}

static bool read_front(struct arena *boot, const char *file, struct str text, struct front *front,
    struct problem_list *problems)
{
    const char *end = text.data + text.len, *at = text.data, *next = line_end(at, end), *block;
    struct yaml *root = NULL;
    struct why why = {0};
    struct buf yaml;
    int line = 1;

    if (!text.len || !is_fence(at, next)) {
        problem_add(problems, (struct problem_at){file, 1, 1}, true, "front-matter",
            "Begin the file with a line ---, purpose: marketing, and another line ---.",
            "the front matter is missing");
        return false;
    }
    block = next;
    for (at = next; at < end; at = next) {
        next = line_end(at, end);
        line++;
        if (is_fence(at, next))
            break;
    }
    if (at >= end) {
        problem_add(problems, (struct problem_at){file, line, 1}, true, "front-matter",
            "Close it with a line ---.", "the front matter has no end");
        return false;
    }
    buf_init(&yaml, boot);
    buf_add_char(&yaml, '\n'); /* so that the lines count as in the file */
    buf_add_n(&yaml, block, (size_t)(at - block));
    front->body = (struct str){next, (size_t)(end - next)};
    front->body_line = line + 1;
    if (yaml_parse(boot, file, yaml.data, yaml.len, &root, &why) != ERR_NONE) {
        why_problem(problems, file, &why);
        return false;
    }
    front->root = root;
    return true;
}

static void read_purpose(
    struct template *piece, const struct yaml *root, struct problem_list *problems)
{
    const struct yaml *node = yaml_get(root, "purpose");
    struct problem_at at = {piece->file, node ? node->line : 1, node ? node->column : 1};

    if (node && node->kind == YAML_SCALAR && purpose_parse(node->scalar, &piece->purpose))
        return;
    problem_add(problems, at, true, "class",
        "Write purpose: marketing, care, transactional or answer.",
        node ? "this is no purpose" : "the purpose is missing");
}

static struct node *read_line(struct arena *boot, struct template *piece, const struct yaml *node,
    struct liquid_facts *facts, struct problem_list *problems)
{
    if (!node)
        return NULL;
    if (node->kind != YAML_SCALAR) {
        problem_add(problems, (struct problem_at){piece->file, node->line, node->column}, true,
            "front-matter", "Write it as one line of text.", "%s is no text", node->key);
        return NULL;
    }
    return liquid_parse(boot, piece->file, piece->channel, node->scalar, strlen(node->scalar),
        node->line, node->column + node->quoted, facts, problems);
}

static bool has_question_mark(const struct node *nodes)
{
    for (const struct node *node = nodes; node; node = node->next) {
        if (node->kind == NODE_TEXT && memchr(node->text.data, '?', node->text.len))
            return true;
        for (const struct branch *branch = node->branches; branch; branch = branch->next)
            if (has_question_mark(branch->body))
                return true;
    }
    return false;
}

static void read_texts(struct arena *boot, struct template *piece, const struct front *front,
    struct problem_list *problems)
{
    struct template_body *body = ARENA_NEW(boot, struct template_body, 1);
    struct liquid_facts head = {0}, facts = {0};
    const uint64_t offer = UINT64_C(1) << SLOT_OFFER_KIND | UINT64_C(1) << SLOT_OFFER_TEXT
        | UINT64_C(1) << SLOT_OFFER_UNTIL;

    body->subject = read_line(boot, piece, yaml_get(front->root, "subject"), &head, problems);
    body->preheader = read_line(boot, piece, yaml_get(front->root, "preheader"), &head, problems);
    body->text_line = front->body_line;
    body->text = liquid_parse(boot, piece->file, piece->channel, front->body.data, front->body.len,
        front->body_line, 1, &facts, problems);
    if (head.phi_level > PHI_VISIT)
        problem_add(problems, (struct problem_at){piece->file, 1, 1}, true, "PHI-8",
            "Keep subject and preheader general: a locked screen shows them.",
            "the subject or the preheader reads a treatment field");
    piece->phi_level = facts.phi_level > head.phi_level ? facts.phi_level : head.phi_level;
    piece->names_treatment = piece->phi_level >= PHI_SERVICE;
    piece->uses_offer = ((facts.fields | head.fields) & offer) != 0;
    piece->has_question = has_question_mark(body->text);
    piece->fields = facts.fields | head.fields;
    piece->names_times = (piece->fields & UINT64_C(1) << SLOT_OPEN_SLOTS) != 0;
    piece->names_held = (piece->fields & UINT64_C(1) << SLOT_HELD_TIME) != 0;
    piece->body = body;
}

struct template *piece_parse(
    struct arena *boot, const struct template_file *file, struct problem_list *problems)
{
    static const char *const keys[] = {"purpose", "subject", "preheader", "note"};
    struct template *piece = ARENA_NEW(boot, struct template, 1);
    size_t errors = problems->errors;
    struct front front = {0};
    struct why why = {0};

    piece->file = arena_text(boot, file->name);
    piece->name = "";
    piece->language = "en";
    if (!piece_name_split(boot, file->name, piece)) {
        problem_add(problems, (struct problem_at){piece->file, 0, 0}, true, "name",
            "Name it NAME/generic.en.email.liquid: wording generic or specific, two letters of "
            "language, channel email, sms, voice or task.",
            "this is no name of a template");
        return piece;
    }
    if (file->len > TEMPLATE_BYTES_MAX || !utf8_valid_n(file->text, file->len)
        || memchr(file->text, '\0', file->len)) {
        problem_add(problems, (struct problem_at){piece->file, 0, 0}, true, "text",
            "Save it as UTF-8 text of at most 64 KiB.", "this is no text that can be sent");
        return piece;
    }
    if (!read_front(boot, piece->file, (struct str){file->text, file->len}, &front, problems))
        return piece;
    bool known = yaml_only(front.root, keys, sizeof keys / sizeof *keys, &why) == ERR_NONE;
    if (!known)
        why_problem(problems, piece->file, &why);
    if (known || yaml_get(front.root, "purpose")) /* else the key that is not known may be it */
        read_purpose(piece, front.root, problems);
    read_texts(boot, piece, &front, problems);
    piece->usable = problems->errors == errors;
    return piece;
}
