/* read.c: what came back from the model, taken apart without trusting any of it. */
#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "draft/draft_int.h"
#include "template/sms.h"

enum { MODEL_BYTES_MAX = 100, TOKENS_MAX = 1000000, STATUS_FINE = 200 };

static const struct {
    const char *name, *sentence;
} flaws[DRAFT_FLAW_MAX] = {
    [DRAFT_FLAW_NONE] = {"none", ""},
    [DRAFT_FLAW_SILENT] = {"silent", "The language model gave no answer in time"},
    [DRAFT_FLAW_STATUS] = {"status", "The language model refused the request"},
    [DRAFT_FLAW_BROKEN] = {"broken", "The language model's answer could not be read"},
    [DRAFT_FLAW_UNFINISHED] = {"unfinished", "The language model did not finish its answer"},
    [DRAFT_FLAW_SHAPE] = {"shape", "The language model's answer had another form than asked for"},
    [DRAFT_FLAW_UNKNOWN] = {"unknown", "The facts of knowledge/ do not answer it"},
    [DRAFT_FLAW_LENGTH] = {"length", "The draft was too long for a text"},
    [DRAFT_FLAW_SIGNS] = {"signs", "The draft held signs that do not belong into a text"},
    [DRAFT_FLAW_LINK] = {"link", "The draft held an address or telephone number of its own"},
    [DRAFT_FLAW_NUMBER] = {"number", "The draft held a price, time, date or number of its own"},
    [DRAFT_FLAW_WORD] = {"word", "The draft said something that no fact says"},
    [DRAFT_FLAW_MEANING] = {"meaning", "The draft turned or shortened what a fact says"},
    [DRAFT_FLAW_EMPTY] = {"empty", "The draft answered nothing"},
};

const char *draft_flaw_name(enum draft_flaw flaw)
{
    assert(flaw < DRAFT_FLAW_MAX);
    return flaws[flaw].name;
}

const char *draft_flaw_sentence(enum draft_flaw flaw)
{
    assert(flaw < DRAFT_FLAW_MAX);
    return flaws[flaw].sentence;
}

bool draft_flaw_is_outage(enum draft_flaw flaw)
{
    return flaw >= DRAFT_FLAW_SILENT && flaw <= DRAFT_FLAW_SHAPE;
}

static json_t *parse(const char *bytes, size_t len)
{
    return json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
}

static int64_t tokens_of(const json_t *usage, const char *name)
{
    json_int_t count = json_integer_value(json_object_get(usage, name));
    return count < 0 ? 0 : count > TOKENS_MAX ? TOKENS_MAX : count;
}

/* The words that the message holds; thinking models put them elsewhere (facts are checked anyway).
 */
static const char *content_of(struct arena *arena, const json_t *message)
{
    const json_t *content = json_object_get(message, "content");
    if (!json_string_length(content))
        content = json_object_get(message, "reasoning_content");
    size_t len = json_string_length(content);
    bool fits =
        len > 0 && len <= DRAFT_ANSWER_BYTES_MAX && strlen(json_string_value(content)) == len;
    return fits ? arena_text_n(arena, json_string_value(content), len) : NULL;
}

static enum draft_flaw read_completion(
    struct arena *arena, const json_t *completion, struct draft_answer *answer)
{
    const json_t *usage = json_object_get(completion, "usage");
    const json_t *choice = json_array_get(json_object_get(completion, "choices"), 0);
    const json_t *message = json_object_get(choice, "message");
    const char *finish = json_string_value(json_object_get(choice, "finish_reason"));
    const char *model = json_string_value(json_object_get(completion, "model"));
    answer->tokens_in = tokens_of(usage, "prompt_tokens");
    answer->tokens_out = tokens_of(usage, "completion_tokens");
    if (model)
        answer->model = draft__cut(arena, model, MODEL_BYTES_MAX);
    if (!json_is_object(message))
        return DRAFT_FLAW_BROKEN;
    if (!text_is(finish, "stop") || json_string_length(json_object_get(message, "refusal")) > 0)
        return DRAFT_FLAW_UNFINISHED;
    answer->content = content_of(arena, message);
    return answer->content ? DRAFT_FLAW_NONE : DRAFT_FLAW_SHAPE;
}

/* "f3" of three facts is 2; -1: none of them. */
static int fact_of(const json_t *id, size_t fact_count)
{
    int64_t number = 0;
    const char *text = json_string_value(id);
    if (!text || text[0] != 'f' || !text_to_int(text + 1, 1, (int64_t)fact_count, &number))
        return -1;
    return (int)number - 1;
}

static enum draft_flaw read_content(
    const struct draft_question *question, const json_t *content, struct draft_answer *answer)
{
    const json_t *answerable = json_object_get(content, "answerable");
    const json_t *facts = json_object_get(content, "facts");
    const json_t *text = json_object_get(content, "text");
    if (json_object_size(content) != 3 || !json_is_boolean(answerable) || !json_is_array(facts)
        || !json_is_string(text) || json_array_size(facts) > question->fact_count
        || strlen(json_string_value(text)) != json_string_length(text))
        return DRAFT_FLAW_SHAPE;
    for (size_t i = 0; i < json_array_size(facts); i++) {
        int fact = fact_of(json_array_get(facts, i), question->fact_count);
        if (fact < 0 || answer->chosen[fact])
            return DRAFT_FLAW_SHAPE;
        answer->chosen[fact] = true;
    }
    if (!json_is_true(answerable))
        return DRAFT_FLAW_UNKNOWN;
    return text_is_blank(json_string_value(text)) ? DRAFT_FLAW_EMPTY : DRAFT_FLAW_NONE;
}

/* One line, the first name back in its place, or the greeting without it. */
static const char *restored(
    struct arena *arena, const struct draft_question *question, const char *text)
{
    struct buf buf;
    buf_init(&buf, arena);
    size_t len = strlen(DRAFT_FIRST_NAME);
    const char *name = text_is_blank(question->first_name) ? NULL : question->first_name;
    for (const char *at = sms_fold(arena, text); *at;) {
        if (strncmp(at, DRAFT_FIRST_NAME, len) == 0) {
            at += len;
            if (name)
                buf_add(&buf, name);
            else if (buf.len > 0 && buf.data[buf.len - 1] == ' ')
                buf.data[--buf.len] = '\0';
        } else {
            buf_add_char(&buf, *at == '\n' ? ' ' : *at);
            at++;
        }
    }
    return str_text(arena, str_trim(str_of(buf.data)));
}

enum draft_flaw draft_read(struct arena *arena, const struct draft_question *question, int status,
    const char *bytes, size_t len, struct draft_answer *ret_answer)
{
    *ret_answer = (struct draft_answer){0};
    if (status != STATUS_FINE)
        return status ? DRAFT_FLAW_STATUS : DRAFT_FLAW_SILENT;
    if (len > DRAFT_ANSWER_BYTES_MAX)
        return DRAFT_FLAW_BROKEN;
    JSON_AUTO completion = parse(bytes, len);
    if (!completion)
        return DRAFT_FLAW_BROKEN;
    enum draft_flaw flaw = read_completion(arena, completion, ret_answer);
    if (flaw != DRAFT_FLAW_NONE)
        return flaw;
    JSON_AUTO content = parse(ret_answer->content, strlen(ret_answer->content));
    if (!json_is_object(content))
        return DRAFT_FLAW_SHAPE;
    flaw = read_content(question, content, ret_answer);
    if (flaw != DRAFT_FLAW_NONE)
        return flaw;
    const char *text = json_string_value(json_object_get(content, "text"));
    flaw = draft_check(arena, question, text, ret_answer->covers);
    if (flaw == DRAFT_FLAW_NONE)
        ret_answer->text = restored(arena, question, text);
    return flaw;
}
