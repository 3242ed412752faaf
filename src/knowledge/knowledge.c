/* knowledge.c: reading knowledge/. */
#include "knowledge/knowledge.h"

#include <string.h>

#include "base/text.h"
#include "knowledge/knowledge_int.h"

static const enum triage_label answerable[] = {TRIAGE_LABEL_PRICE, TRIAGE_LABEL_AVAILABILITY,
    TRIAGE_LABEL_RESCHEDULE, TRIAGE_LABEL_BOOK_YES, TRIAGE_LABEL_FINANCING_INSURANCE,
    TRIAGE_LABEL_SERVICE_QUESTION, TRIAGE_LABEL_LOYALTY_PROMO, TRIAGE_LABEL_LOCATION_HOURS,
    TRIAGE_LABEL_IDENTITY_PRIVACY, TRIAGE_LABEL_HELP};
enum { ANSWERABLE_COUNT = sizeof answerable / sizeof answerable[0] };

bool knowledge_may_answer(enum triage_label label)
{
    for (size_t i = 0; i < ANSWERABLE_COUNT; i++)
        if (answerable[i] == label)
            return true;
    return false;
}

static enum err find_label(
    const struct yaml *node, enum triage_label *ret_label, struct why *reterr_why)
{
    const char *names[ANSWERABLE_COUNT];
    for (size_t i = 0; i < ANSWERABLE_COUNT; i++)
        names[i] = triage_label_name(answerable[i]);
    if (!triage_label_parse(node->scalar, ret_label)) {
        const char *near = text_nearest(node->scalar, names, ANSWERABLE_COUNT);
        return yaml_error(node, reterr_why, "there is no label `%s`%s%s%s", node->scalar,
            near ? "; did you mean `" : "", near ? near : "", near ? "`?" : "");
    }
    if (!knowledge_may_answer(*ret_label))
        return yaml_error(
            node, reterr_why, "`%s` is answered by a person, never from here", node->scalar);
    return ERR_NONE;
}

enum err knowledge_allowed(
    const struct practice *practice, bool ret_allowed[TRIAGE_LABEL_MAX], struct why *reterr_why)
{
    memset(ret_allowed, 0, TRIAGE_LABEL_MAX * sizeof *ret_allowed);
    enum err err = ERR_NONE;
    for (size_t i = 0; i < practice->auto_answer_count && err == ERR_NONE; i++) {
        enum triage_label label;
        err = find_label(practice->auto_answers[i], &label, reterr_why);
        if (err == ERR_NONE)
            ret_allowed[label] = true;
    }
    return err;
}

struct fact_reader {
    struct arena *boot;
    const struct knowledge *knowledge;
    const struct audience_definitions *definitions;
    struct knowledge_fact *fact;
    struct why *why;
};

static enum err read_label(struct fact_reader *reader, const struct yaml *node)
{
    enum triage_label label;
    if (node->kind != YAML_SCALAR)
        return yaml_error(node, reader->why, "`answers` is a label, or a list of labels");
    enum err err = find_label(node, &label, reader->why);
    if (err == ERR_NONE)
        reader->fact->answers[label] = true;
    return err;
}

static enum err read_labels(struct fact_reader *reader, const struct yaml *map)
{
    const struct yaml *node = yaml_get(map, "answers");
    if (!node)
        return yaml_error(
            map, reader->why, "a fact says what it `answers`: price, availability ...");
    if (node->kind != YAML_SEQUENCE)
        return read_label(reader, node);
    enum err err = ERR_NONE;
    for (size_t i = 0; i < node->count && err == ERR_NONE; i++)
        err = read_label(reader, yaml_at(node, i));
    return err;
}

static enum err read_names(struct fact_reader *reader, const struct yaml *node, const char *what,
    const char *const **ret_names, size_t *ret_count)
{
    if (!node)
        return ERR_NONE;
    if (node->kind != YAML_SEQUENCE)
        return yaml_error(node, reader->why, "`%s` is a list, like [one, two]", what);
    const char **names = ARENA_NEW(reader->boot, const char *, node->count + 1);
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml *element = yaml_at(node, i);
        if (element->kind != YAML_SCALAR || text_is_blank(element->scalar))
            return yaml_error(element, reader->why, "`%s` is a list of words", what);
        names[i] = element->scalar;
    }
    *ret_names = names;
    *ret_count = node->count;
    return ERR_NONE;
}

static enum err read_about(struct fact_reader *reader, const struct yaml *map)
{
    const struct yaml *node = yaml_get(map, "about");
    struct knowledge_fact *fact = reader->fact;
    enum err err = read_names(reader, node, "about", &fact->about, &fact->about_count);
    for (size_t i = 0; i < fact->about_count && err == ERR_NONE; i++) {
        if (definitions_service(reader->definitions, fact->about[i]))
            continue;
        const char *near = definitions_nearest_service(reader->definitions, fact->about[i]);
        err =
            yaml_error(yaml_at(node, i), reader->why, "definitions.yaml has no service `%s`%s%s%s",
                fact->about[i], near ? "; did you mean `" : "", near ? near : "", near ? "`?" : "");
    }
    return err;
}

static enum err read_asks(struct fact_reader *reader, const struct yaml *map)
{
    const char *const *words = NULL;
    struct knowledge_fact *fact = reader->fact;
    enum err err = read_names(reader, yaml_get(map, "asks"), "asks", &words, &fact->ask_count);
    if (err != ERR_NONE || fact->ask_count == 0)
        return err;
    const char **folded = ARENA_NEW(reader->boot, const char *, fact->ask_count);
    for (size_t i = 0; i < fact->ask_count; i++)
        folded[i] = knowledge__beginning(reader->boot, words[i]);
    fact->asks = folded;
    return ERR_NONE;
}

/* A sentence that names a treatment goes only to who has asked for it. */
static enum err check_treatments(
    struct fact_reader *reader, const struct yaml *node, const char *text)
{
    const struct audience_definitions *definitions = reader->definitions;
    const char *plain = knowledge__plain(reader->boot, text);
    for (size_t i = 0; i < definitions->service_count; i++) {
        const struct service_definition *service = &definitions->services[i];
        const char *word = knowledge__named(reader->boot, reader->knowledge, service, plain);
        if (!word || knowledge__is_about(reader->fact, service->key))
            continue;
        return yaml_error(node, reader->why,
            "it names \"%s\", which only who asked for it may read: add `about: [%s]`", word,
            service->key);
    }
    return ERR_NONE;
}

static enum err read_text(
    struct fact_reader *reader, const struct yaml *map, const char *language, const char **ret_text)
{
    const struct yaml *node = yaml_get(map, language);
    if (!node)
        return ERR_NONE;
    if (node->kind != YAML_SCALAR || text_is_blank(node->scalar))
        return yaml_error(
            node, reader->why, "`%s` is what the patient reads, as one text", language);
    if (strlen(node->scalar) > KNOWLEDGE_ANSWER_BYTES_MAX)
        return yaml_error(node, reader->why, "an answer has at most %d characters",
            (int)KNOWLEDGE_ANSWER_BYTES_MAX);
    const char *unknown = knowledge__unknown_value(reader->boot, node->scalar);
    if (unknown)
        return yaml_error(node, reader->why,
            "`{{ %s }}` is no value; there are practice_name, practice_phone, practice_address and "
            "booking_url",
            unknown);
    *ret_text = node->scalar;
    return check_treatments(reader, node, node->scalar);
}

static enum err read_texts(
    struct fact_reader *reader, const struct yaml *map, const char **ret_texts)
{
    enum err err = ERR_NONE;
    for (int i = 0; i < TRIAGE_LANGUAGE_MAX && err == ERR_NONE; i++)
        err = read_text(reader, map, triage_language_name((enum triage_language)i), &ret_texts[i]);
    return err;
}

static enum err read_checked(struct fact_reader *reader, const struct yaml *map)
{
    const struct yaml *node = yaml_get(map, "checked");
    reader->fact->checked = (struct day){DAY_NONE};
    if (!node)
        return ERR_NONE;
    if (node->kind != YAML_SCALAR
        || day_parse(node->scalar, &reader->fact->checked, NULL) != ERR_NONE)
        return yaml_error(node, reader->why, "`checked` is a date such as 2026-11-22");
    return ERR_NONE;
}

static enum err read_fact(struct fact_reader *reader, const struct yaml *map)
{
    static const char *const keys[] = {"answers", "about", "asks", "checked", "en", "es"};
    if (map->kind != YAML_MAP)
        return yaml_error(map, reader->why, "a fact is a map with `answers` and `en` or `es`");
    reader->fact->file = map->file;
    reader->fact->line = map->line;
    enum err err = yaml_only(map, keys, sizeof keys / sizeof keys[0], reader->why);
    if (err == ERR_NONE)
        err = read_labels(reader, map);
    if (err == ERR_NONE)
        err = read_about(reader, map);
    if (err == ERR_NONE)
        err = read_asks(reader, map);
    if (err == ERR_NONE)
        err = read_checked(reader, map);
    if (err == ERR_NONE)
        err = read_texts(reader, map, reader->fact->text);
    if (err != ERR_NONE)
        return err;
    for (int i = 0; i < TRIAGE_LANGUAGE_MAX; i++)
        if (reader->fact->text[i])
            return ERR_NONE;
    return yaml_error(map, reader->why, "a fact says something: `en`, `es` or both");
}

static enum err read_closing(
    struct fact_reader *reader, const struct yaml *root, struct knowledge *knowledge)
{
    static const char *const keys[] = {"en", "es"};
    const struct yaml *node = yaml_get(root, "closing");
    if (!node)
        return ERR_NONE;
    struct knowledge_fact nothing = {0};
    reader->fact = &nothing;
    enum err err = node->kind == YAML_MAP
        ? yaml_only(node, keys, sizeof keys / sizeof keys[0], reader->why)
        : yaml_error(node, reader->why, "`closing` is a map with `en` and `es`");
    return err == ERR_NONE ? read_texts(reader, node, knowledge->closing) : err;
}

/* words: {neurotoxin: [tox, "forehead stuff"]} */
static enum err read_service_words(
    struct fact_reader *reader, const struct yaml *node, struct knowledge_words *words)
{
    const char *near = definitions_nearest_service(reader->definitions, node->key);
    if (!definitions_service(reader->definitions, node->key))
        return yaml_error(node, reader->why, "definitions.yaml has no service `%s`%s%s%s",
            node->key, near ? "; did you mean `" : "", near ? near : "", near ? "`?" : "");
    words->service = node->key;
    const char *const *names = NULL;
    enum err err = read_names(reader, node, node->key, &names, &words->count);
    const char **plain = ARENA_NEW(reader->boot, const char *, words->count + 1);
    for (size_t i = 0; i < words->count && err == ERR_NONE; i++)
        plain[i] = knowledge__beginning(reader->boot, names[i]);
    words->words = plain;
    return err;
}

static enum err read_words(
    struct fact_reader *reader, const struct yaml *root, struct knowledge *knowledge)
{
    const struct yaml *map = yaml_get(root, "words");
    if (!map)
        return ERR_NONE;
    if (map->kind != YAML_MAP)
        return yaml_error(map, reader->why, "`words` is a map: {neurotoxin: [tox]}");
    size_t old = knowledge->word_count;
    struct knowledge_words *words =
        ARENA_NEW(reader->boot, struct knowledge_words, old + map->count);
    if (old > 0)
        memcpy(words, knowledge->words, old * sizeof *words);
    enum err err = ERR_NONE;
    for (const struct yaml *node = map->first; node && err == ERR_NONE; node = node->next)
        err = read_service_words(reader, node, &words[old++]);
    knowledge->words = words;
    knowledge->word_count = old;
    return err;
}

static size_t facts_in(struct yaml *const *roots, size_t count)
{
    size_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        const struct yaml *list = yaml_get(roots[i], "facts");
        sum += list ? list->count : 0;
    }
    return sum;
}

static enum err read_file(struct fact_reader *reader, const struct yaml *root,
    struct knowledge_fact *facts, struct knowledge *knowledge)
{
    static const char *const keys[] = {"facts", "words", "closing"};
    if (root->kind != YAML_MAP)
        return yaml_error(root, reader->why, "a file of knowledge is a map with `facts`");
    enum err err = yaml_only(root, keys, sizeof keys / sizeof keys[0], reader->why);
    const struct yaml *list = yaml_get(root, "facts");
    if (err == ERR_NONE && list && list->kind != YAML_SEQUENCE
        && !(list->kind == YAML_SCALAR && text_is_blank(list->scalar)))
        err = yaml_error(list, reader->why, "`facts` is a list");
    for (size_t i = 0; list && i < list->count && err == ERR_NONE; i++) {
        reader->fact = &facts[knowledge->fact_count];
        err = read_fact(reader, yaml_at(list, i));
        knowledge->fact_count++;
    }
    return err == ERR_NONE ? read_closing(reader, root, knowledge) : err;
}

enum err knowledge_parse(struct arena *boot, struct yaml *const *roots, size_t count,
    const struct audience_definitions *definitions, const struct knowledge **ret_knowledge,
    struct why *reterr_why)
{
    struct knowledge *knowledge = ARENA_NEW(boot, struct knowledge, 1);
    struct knowledge_fact *facts =
        ARENA_NEW(boot, struct knowledge_fact, facts_in(roots, count) + 1);
    *knowledge = (struct knowledge){.definitions = definitions, .facts = facts};
    struct fact_reader reader = {
        .boot = boot, .knowledge = knowledge, .definitions = definitions, .why = reterr_why};
    enum err err = ERR_NONE;
    for (size_t i = 0; i < count && err == ERR_NONE; i++) /* first: they guard the facts */
        err = read_words(&reader, roots[i], knowledge);
    for (size_t i = 0; i < count && err == ERR_NONE; i++)
        err = read_file(&reader, roots[i], facts, knowledge);
    if (err == ERR_NONE)
        *ret_knowledge = knowledge;
    else
        why_hint(reterr_why, "docs/answers.md says what belongs here");
    return err;
}
