#include <string.h>

#include "template/template_int.h"

/* `inspect template`: what the engine makes of one piece. */

enum { DESCRIBE_TODAY = 20454 };

static json_t *describe_fields(uint64_t fields)
{
    json_t *list = json_array();

    for (int i = 0; i < SLOT_MAX; i++) {
        const struct slot_facts *facts = slot_facts((enum slot)i);

        if (!(fields & UINT64_C(1) << i))
            continue;
        json_array_append_new(list,
            json_pack("{s:s,s:s,s:s,s:b}", "name", facts->name, "label", label_name(facts->label),
                "type", template_type_name(facts->type), "always_known", facts->always));
    }
    return list;
}

/* `before`: lines that were put in front of what was handed in. */
static json_t *describe_problems(
    const struct template_problems *problems, const char *file, int before)
{
    json_t *list = json_array();

    for (size_t i = 0; i < problems->count; i++) {
        const struct template_problem *problem = &problems->list[i];

        if (strcmp(problem->file, file) != 0)
            continue;
        json_array_append_new(list,
            json_pack("{s:s,s:s,s:i,s:i,s:o,s:o}", "severity", problem->error ? "error" : "warning",
                "rule", problem->rule, "line",
                problem->line > before ? problem->line - before : problem->line, "column",
                problem->column, "message", json_text(problem->message), "hint",
                json_text(problem->hint)));
    }
    return list;
}

static json_t *describe_count(const struct sms_count *count)
{
    return json_pack("{s:s,s:i,s:i}", "encoding", sms_encoding_name(count), "segments",
        count->segments, "units", count->units);
}

static void describe_example(struct arena *request, const struct template_set *set,
    const struct template *piece, json_t *answer)
{
    struct template_facts facts = slot_examples(&set->options, (struct day){DESCRIBE_TODAY}, false);
    struct rendered rendered;
    json_t *example;

    if (template_render(request, set, piece, &facts, NULL, &rendered, NULL) != ERR_NONE)
        return;
    example = json_object();
    if (rendered.subject) {
        json_object_set_new(example, "subject", json_text(rendered.subject));
        json_object_set_new(example, "preheader", json_text(rendered.preheader));
    }
    json_object_set_new(example, "text", json_text(rendered.text));
    if (piece->channel == CHANNEL_SMS)
        json_object_set_new(example, "sms", describe_count(&rendered.sms));
    json_object_set_new(answer, "example", example);
}

static void describe_piece(struct arena *request, const struct template_set *set,
    const struct template *piece, json_t *answer)
{
    json_object_set_new(answer, "name", json_text(piece->name));
    json_object_set_new(answer, "channel", json_text(channel_kind_name(piece->channel)));
    json_object_set_new(answer, "wording", json_text(wording_name(piece->wording)));
    json_object_set_new(answer, "language", json_text(piece->language));
    json_object_set_new(answer, "purpose", json_text(purpose_name(piece->purpose)));
    json_object_set_new(answer, "phi_level", json_integer(piece->phi_level));
    json_object_set_new(answer, "names_treatment", json_boolean(piece->names_treatment));
    json_object_set_new(
        answer, "needs_authorization", json_boolean(piece->phi_level >= PHI_SERVICE));
    json_object_set_new(answer, "has_question", json_boolean(piece->has_question));
    json_object_set_new(answer, "links", json_integer(piece->links_max));
    if (piece->channel == CHANNEL_SMS && piece->body)
        json_object_set_new(answer, "worst", describe_count(&piece->worst));
    json_object_set_new(answer, "fields", describe_fields(piece->fields));
    describe_example(request, set, piece, answer);
}

/* Without a name it is the text of a marketing text message. */
static const char line_head[] = "---\npurpose: marketing\n---\n";
enum { LINE_HEAD_LINES = 3 };
static const char line_name[] = "line/generic.en.sms.liquid";

/* A bare "generic.en.sms.liquid" says all but the template's name. */
static const char *describe_name(struct arena *request, const char *name)
{
    const char *below = text_starts(name, "templates/") ? name + strlen("templates/") : name;
    const char *slash = strrchr(below, '/');
    const char *with_folder = arena_format(request, "template/%s", slash ? slash + 1 : below);
    struct template probe = {0};

    if (!piece_name_split(request, below, &probe) && piece_name_split(request, with_folder, &probe))
        return with_folder;
    return below;
}

json_t *template_describe_json(struct arena *request, const char *name, const char *text,
    size_t len, const struct template_options *options)
{
    struct template_file file = {line_name, text, len};
    struct template_set *set;
    json_t *answer = json_object();

    if (name) {
        file.name = describe_name(request, name);
        json_object_set_new(answer, "file", json_text(name));
    } else {
        file.text = arena_format(request, "%s%.*s", line_head, (int)len, text);
        file.len = strlen(file.text);
        json_object_set_new(answer, "input", json_text(arena_text_n(request, text, len)));
    }
    if (set_parse(request, &file, 1, options, false, &set, NULL) != ERR_NONE)
        return answer;
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->pieces[i]->file, file.name) != 0)
            continue;
        json_object_set_new(answer, "usable", json_boolean(set->pieces[i]->usable));
        describe_piece(request, set, set->pieces[i], answer);
        break;
    }
    json_object_set_new(answer, "problems",
        describe_problems(&set->problems, file.name, name ? 0 : LINE_HEAD_LINES));
    return answer;
}
