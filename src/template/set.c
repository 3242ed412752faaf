#include <stdlib.h>
#include <string.h>

#include "embed_templates.h"
#include "template/template_int.h"

const char template_part_footer[] = "email-footer";
const char template_part_stop_line[] = "sms-stop-line";

/* ---- names ---- */

static const char *const label_names[LABEL_MAX] = {
    "public", "identity", "appointment", "phi", "secret"};
static const char *const purpose_names[PURPOSE_MAX] = {
    "unknown", "marketing", "care", "transactional", "answer"};

const char *label_name(enum label label)
{
    return label_names[label];
}

const char *purpose_name(enum purpose purpose)
{
    return purpose_names[purpose];
}

bool purpose_parse(const char *text, enum purpose *ret_purpose)
{
    for (int i = PURPOSE_MARKETING; i < PURPOSE_MAX; i++) {
        if (!text_is(text, purpose_names[i]))
            continue;
        *ret_purpose = (enum purpose)i;
        return true;
    }
    return false;
}

const char *wording_name(enum wording wording)
{
    return wording == WORDING_SPECIFIC ? "specific" : "generic";
}

bool piece_is_part(const char *name)
{
    return text_is(name, template_part_footer) || text_is(name, template_part_stop_line);
}

/* Every message leans on these, so a home that lacks one gets the shipped one. */
static bool is_always_there(const char *name)
{
    return piece_is_part(name) || text_starts(name, "answer-");
}

/* ---- the set ---- */

const struct template_file *template_shipped(struct arena *arena, size_t *ret_count)
{
    struct template_file *files = ARENA_NEW(arena, struct template_file, embed_templates.count);

    for (size_t i = 0; i < embed_templates.count; i++)
        files[i] = (struct template_file){embed_templates.files[i].name,
            embed_templates.files[i].bytes, embed_templates.files[i].len};
    *ret_count = embed_templates.count;
    return files;
}

static int file_compare(const void *left, const void *right)
{
    const struct template_file *a = left, *b = right;

    return strcmp(a->name, b->name);
}

static bool set_has_file(const struct template_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->files[i].name, name) == 0)
            return true;
    return false;
}

static const char *name_below_templates(const char *name)
{
    return text_starts(name, "templates/") ? name + strlen("templates/") : name;
}

static void set_add_file(
    struct arena *boot, struct template_set *set, const struct template_file *file)
{
    set->files[set->count++] = (struct template_file){
        .name = arena_text(boot, name_below_templates(file->name)),
        .text = arena_text_n(boot, file->text, file->len),
        .len = file->len,
    };
}

static void set_collect(
    struct arena *boot, struct template_set *set, const struct template_file *files, size_t count)
{
    size_t shipped_count;
    const struct template_file *shipped = template_shipped(boot, &shipped_count);

    set->files = ARENA_NEW(boot, struct template_file, count + shipped_count);
    for (size_t i = 0; i < count; i++)
        set_add_file(boot, set, &files[i]);
    for (size_t i = 0; i < shipped_count; i++)
        if (is_always_there(shipped[i].name) || text_starts(shipped[i].name, template_part_footer)
            || text_starts(shipped[i].name, template_part_stop_line))
            if (!set_has_file(set, shipped[i].name))
                set_add_file(boot, set, &shipped[i]);
    if (set->count)
        qsort(set->files, set->count, sizeof *set->files, file_compare);
}

static const struct template *set_find(const struct template_set *set, const char *name,
    enum channel_kind channel, enum wording wording, const char *language)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct template *piece = set->pieces[i];

        if (piece->usable && piece->channel == channel && piece->wording == wording
            && strcmp(piece->name, name) == 0 && strcmp(piece->language, language) == 0)
            return piece;
    }
    return NULL;
}

/* A file that is there and has an error of its own, which is told once, there. */
static bool set_has_broken(const struct template_set *set, const char *name,
    enum channel_kind channel, const char *language)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct template *piece = set->pieces[i];

        if (!piece->usable && piece->wording == WORDING_GENERIC && piece->channel == channel
            && strcmp(piece->name, name) == 0 && strcmp(piece->language, language) == 0)
            return true;
    }
    return false;
}

static void check_twins(struct template_set *set, struct problem_list *problems)
{
    for (size_t i = 0; i < set->count; i++) {
        struct template *piece = set->pieces[i];

        if (piece->wording != WORDING_SPECIFIC || !piece->usable
            || set_find(set, piece->name, piece->channel, WORDING_GENERIC, piece->language))
            continue;
        piece->usable = false;
        if (set_has_broken(set, piece->name, piece->channel, piece->language))
            continue;
        problem_add(problems, (struct problem_at){piece->file, 0, 0}, true, "twin",
            arena_format(problems->arena,
                "Write %s/generic.%s.%s.liquid, which names no treatment: whoever has not "
                "authorized more gets that one.",
                piece->name, piece->language, channel_kind_name(piece->channel)),
            "a specific wording needs a generic twin");
    }
}

static void check_languages(const struct template_set *set, struct problem_list *problems)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct template *piece = set->pieces[i];

        if (!*piece->name || piece->wording != WORDING_GENERIC || text_is(piece->language, "en")
            || set_find(set, piece->name, piece->channel, WORDING_GENERIC, "en")
            || set_has_broken(set, piece->name, piece->channel, "en"))
            continue;
        problem_add(problems, (struct problem_at){piece->file, 0, 0}, false, "language",
            "Add the English one: it stands in for every language that is missing.",
            "%s has no English wording for %s", piece->name, channel_kind_name(piece->channel));
    }
}

static struct template_options options_copy(
    struct arena *boot, const struct template_options *options)
{
    struct template_options copy = {0};
    const char **words;

    if (!options)
        return copy;
    copy = *options;
    words = ARENA_NEW(boot, const char *, options->treatment_word_count);
    for (size_t i = 0; i < options->treatment_word_count; i++)
        words[i] = text_fold(boot, options->treatment_words[i]);
    copy.treatment_words = words;
    return copy;
}

enum err set_parse(struct arena *boot, const struct template_file *files, size_t count,
    const struct template_options *options, bool twins, struct template_set **ret_set,
    struct why *reterr_why)
{
    struct template_set *set = ARENA_NEW(boot, struct template_set, 1);
    struct problem_list problems = {.arena = boot};
    ARENA struct arena scratch;

    arena_init(&scratch, 0);
    if (count > TEMPLATE_FILES_MAX)
        return why_set(reterr_why, ERR_LIMIT, "there are %zu template files, at most %d are read",
            count, TEMPLATE_FILES_MAX);
    set->options = options_copy(boot, options);
    set_collect(boot, set, files, count);
    set->pieces = ARENA_NEW(boot, struct template *, set->count);
    for (size_t i = 0; i < set->count; i++)
        set->pieces[i] = piece_parse(boot, &set->files[i], &problems);
    for (size_t i = 0; i < set->count; i++) {
        if (set->pieces[i]->usable)
            lint_piece(&scratch, set, set->pieces[i], &problems);
        arena_reset(&scratch);
    }
    if (twins) {
        check_twins(set, &problems);
        check_languages(set, &problems);
    }
    problem_sort(&problems);
    set->problems = (struct template_problems){problems.list, problems.count, problems.errors};
    *ret_set = set;
    return ERR_NONE;
}

enum err template_set_parse(struct arena *boot, const struct template_file *files, size_t count,
    const struct template_options *options, struct template_set **ret_set, struct why *reterr_why)
{
    return set_parse(boot, files, count, options, true, ret_set, reterr_why);
}

const struct template_problems *template_problems_of(const struct template_set *set)
{
    return &set->problems;
}

bool template_exists(const struct template_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->pieces[i]->name, name) == 0)
            return true;
    return false;
}

const struct template *const *template_pieces(const struct template_set *set, size_t *ret_count)
{
    *ret_count = set->count;
    return (const struct template *const *)set->pieces;
}

bool template_is_broken(const struct template_set *set, const char *name, enum channel_kind channel)
{
    return set_has_broken(set, name, channel, "en");
}

const struct template *template_pick(const struct template_set *set, const char *name,
    enum channel_kind channel, bool specific, const char *language)
{
    char base[3] = "";
    const char *languages[3] = {language ? language : "en", base, "en"};

    if (language && strlen(language) > 2)
        memcpy(base, language, 2);
    for (size_t i = 0; i < 3; i++) {
        const struct template *piece = NULL;

        if (specific)
            piece = set_find(set, name, channel, WORDING_SPECIFIC, languages[i]);
        if (!piece)
            piece = set_find(set, name, channel, WORDING_GENERIC, languages[i]);
        if (piece)
            return piece;
    }
    return NULL;
}

/* ---- what a version pins ---- */

static const char *nearest_name(
    struct arena *arena, const struct template_set *set, const char *name)
{
    const char **names = ARENA_NEW(arena, const char *, set->count);

    for (size_t i = 0; i < set->count; i++)
        names[i] = set->pieces[i]->name;
    return text_nearest(name, names, set->count);
}

static bool is_wanted(const char *piece, const char *const *names, size_t count)
{
    if (piece_is_part(piece))
        return true;
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], piece) == 0)
            return true;
    return false;
}

enum err template_files_of(struct arena *arena, const struct template_set *set,
    const char *const *names, size_t count, const struct template_file **ret_files,
    size_t *ret_count, struct why *reterr_why)
{
    struct template_file *files = ARENA_NEW(arena, struct template_file, set->count);
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        const char *nearest;

        if (template_exists(set, names[i]))
            continue;
        nearest = nearest_name(arena, set, names[i]);
        if (nearest)
            why_hint(reterr_why, "Did you mean %s?", nearest);
        return why_set(reterr_why, ERR_NOT_FOUND, "there is no template %s", names[i]);
    }
    for (size_t i = 0; i < set->count; i++)
        if (is_wanted(set->pieces[i]->name, names, count))
            files[found++] = set->files[i];
    *ret_files = files;
    *ret_count = found;
    return ERR_NONE;
}
