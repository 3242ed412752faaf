/* search.c: people by what was typed and by what is near it, and what was said. */
#include "search/search.h"

#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/text.h"
#include "search/search_int.h"
#include "search_sql.h"

enum {
    DIGITS_MIN = 3,   /* of a phone: fewer are a name or an id */
    LAST_DIGITS = 4,  /* of it, in an index: fewer are said of too many */
    PREFIX_MIN = 3,   /* bytes of a word that is still being typed, and two letters of it */
    MARK_LETTERS = 6, /* of a word's beginning: 0034_search_part */
    BEGUN_MAX = 24,   /* words that begin as the last one does; of more, they are not told apart */
    COMBINATIONS = 6, /* of corrected words that are tried */
    SPARE = 3,        /* times the limit is read, so that some may be left out */
    SNIPPET_BEFORE = 40,
    SNIPPET_BYTES = 160,
    NAMES_MAX = 2000, /* tags, services: a practice has dozens */
    TAG_COUNT_MAX = 1000,
};

/* ---- words ---- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80) != 0;
}

struct words search__words(struct arena *arena, const char *text)
{
    struct words words = {0};
    const char *at = text_fold(arena, arena_text_n(arena, text, strnlen(text, SEARCH_BYTES_MAX)));
    while (*at && words.count < SEARCH_WORDS_MAX) {
        while (*at && !is_letter(*at))
            at++;
        size_t len = 0;
        while (is_letter(at[len]))
            len++;
        if (len > 0)
            words.list[words.count++] = arena_text_n(arena, at, len);
        at += len;
        words.open = len > 0 && !*at;
    }
    return words;
}

static bool is_plain(const char *word)
{
    while (*word && !(*word & 0x80))
        word++;
    return !*word;
}

static bool holds(struct arena *arena, const struct words *words, const char *text)
{
    const char *folded = text_fold(arena, text);
    for (size_t i = 0; i < words->count; i++)
        if (!strstr(folded, words->list[i]))
            return false;
    return words->count > 0;
}

bool search_fits(struct arena *arena, const char *query, const char *text)
{
    struct words words = search__words(arena, query);
    return holds(arena, &words, text);
}

/* ---- people ---- */

/* Behind every text that begins like `text`. */
static char *end_of(struct arena *arena, const char *text)
{
    return arena_format(arena, "%s\xF4\x8F\xBF\xBF", text);
}

/* The digits of what may be a phone; false: it is something else. */
static bool digits_of(const char *text, struct buf *digits)
{
    for (const char *at = text; *at; at++) {
        if (*at >= '0' && *at <= '9')
            buf_add_char(digits, *at);
        else if (!strchr("+() -./", *at))
            return false;
    }
    return true;
}

/* Digits as the store keeps them: "(512) 555-01" is "+151255501"; an email as it is; "" for a
 * name. */
static const char *address_of(struct arena *arena, const char *text)
{
    struct buf digits;
    buf_init(&digits, arena);
    if (!digits_of(text, &digits))
        return strchr(text, '@') ? text_lower(arena, text) : "";
    if (digits.len < DIGITS_MIN)
        return "";
    bool whole = text[0] == '+' || (digits.data[0] == '1' && digits.len > 10);
    return arena_format(arena, "+%s%s", whole ? "" : "1", digits.data);
}

/* "555-0142" is "5550142", the end of a phone; "" for what begins with its country and for fewer
 * digits than the index has. */
static const char *phone_end(struct arena *arena, const char *text)
{
    struct buf digits;
    buf_init(&digits, arena);
    return text[0] != '+' && digits_of(text, &digits) && digits.len >= LAST_DIGITS ? digits.data
                                                                                   : "";
}

/* People found so far, each once, in the order in which they were found. */
struct finding {
    struct arena *arena;
    struct db *db;
    const struct search_question *question;
    struct search_person *people;
    struct map seen;
    size_t count;
};

static enum err allow(
    struct finding *finding, const char **ids, size_t *count, struct why *reterr_why)
{
    const struct search_question *question = finding->question;
    if (!question->locations || *count == 0)
        return ERR_NONE;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(finding->db, &sql_search_allowed,
        DB_ARGS(db_int("practice_id", question->practice_id),
            db_text("ids", db_list(finding->arena, ids, *count)),
            db_text("locations", question->locations)),
        &rows, reterr_why);
    size_t kept = 0;
    while (err == ERR_NONE && db_next(rows))
        ids[kept++] = db_col_copy(finding->arena, rows, 0);
    *count = kept;
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* Those whose name, id or address begins like `text`. */
static enum err find_as_typed(
    struct finding *finding, const char *text, int edits, struct why *reterr_why)
{
    struct arena *arena = finding->arena;
    const struct search_question *question = finding->question;
    size_t first = strcspn(text, " "), limit = question->limit, count = 0;
    const char *key = text_key(arena, text);
    const char *one = text_key(arena, arena_text_n(arena, text, first));
    const char *two = text_key(arena, text + first), *address = address_of(arena, text);
    const char *last = phone_end(arena, text);
    const char *last_four = *last ? last + strlen(last) - LAST_DIGITS : "";
    if (!*two)
        one = "";
    if (question->locations)
        limit *= SPARE;
    const char **ids = ARENA_NEW(arena, const char *, limit + 1);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(finding->db, &sql_search_patients,
        DB_ARGS(db_int("practice_id", question->practice_id), db_text("key", key),
            db_text("key_end", end_of(arena, key)), db_text("one", one),
            db_text("one_end", end_of(arena, one)), db_text("two", two),
            db_text("two_end", end_of(arena, two)), db_text("text", text),
            db_text("text_end", end_of(arena, text)), db_text("address", address),
            db_text("address_end", end_of(arena, address)), db_text("last", last),
            db_text("last_four", last_four), db_int("limit", (int64_t)limit)),
        &rows, reterr_why);
    while (err == ERR_NONE && count < limit && db_next(rows))
        ids[count++] = db_col_copy(arena, rows, 0);
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err == ERR_NONE)
        err = allow(finding, ids, &count, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE && finding->count < question->limit; i++)
        if (map_put(&finding->seen, ids[i], finding))
            finding->people[finding->count++] = (struct search_person){ids[i], edits};
    return err;
}

struct choice {
    struct near_word words[NEAR_MAX + 1]; /* as typed, then what is near it */
    size_t count;
};

struct combination {
    const char *text;
    int edits;
};

/* The pairs (or single words) with the fewest edits first, without what was typed itself. */
static size_t combine(struct arena *arena, const struct choice *one, const struct choice *two,
    struct combination ret_list[COMBINATIONS])
{
    size_t count = 0;
    for (int edits = 1; edits <= 4; edits++) {
        for (size_t i = 0; i < one->count; i++) {
            for (size_t j = 0; j < (two ? two->count : 1) && count < COMBINATIONS; j++) {
                if (one->words[i].edits + (two ? two->words[j].edits : 0) != edits)
                    continue;
                ret_list[count++] = (struct combination){two
                        ? arena_format(arena, "%s %s", one->words[i].word, two->words[j].word)
                        : one->words[i].word,
                    edits};
            }
        }
    }
    return count;
}

static enum err choose(
    struct finding *finding, const char *word, struct choice *ret_choice, struct why *reterr_why)
{
    struct near_word near[NEAR_MAX];
    size_t count = 0;
    ret_choice->words[0] = (struct near_word){word, 0};
    ret_choice->count = 1;
    enum err err = search__near(finding->arena, finding->db, finding->question->practice_id, word,
        near, &count, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++)
        if (near[i].edits > 0)
            ret_choice->words[ret_choice->count++] = near[i];
    return err;
}

/* "katherin qinwood": the words of names that are near each word, together. */
static enum err find_near(
    struct finding *finding, const struct words *words, struct why *reterr_why)
{
    struct choice choices[2];
    struct combination list[COMBINATIONS];
    enum err err = choose(finding, words->list[0], &choices[0], reterr_why);
    if (err == ERR_NONE && words->count == 2)
        err = choose(finding, words->list[1], &choices[1], reterr_why);
    size_t count = err != ERR_NONE
        ? 0
        : combine(finding->arena, &choices[0], words->count == 2 ? &choices[1] : NULL, list);
    for (size_t i = 0; i < count && err == ERR_NONE && finding->count < finding->question->limit;
         i++)
        err = find_as_typed(finding, list[i].text, list[i].edits, reterr_why);
    return err;
}

enum err search_people(struct arena *arena, struct db *db, const struct search_question *question,
    struct search_person *ret_people, size_t *ret_count, struct why *reterr_why)
{
    struct finding finding = {.arena = arena, .db = db, .question = question, .people = ret_people};
    map_init(&finding.seen, arena);
    const char *cut =
        arena_text_n(arena, question->text, strnlen(question->text, SEARCH_BYTES_MAX));
    const char *text = str_text(arena, str_trim(str_of(cut)));
    struct words words = search__words(arena, text);
    *ret_count = 0;
    if (!*text)
        return ERR_NONE;
    enum err err = find_as_typed(&finding, text, 0, reterr_why);
    if (*address_of(arena, text) == '+') /* no name, in no order */
        words.count = 0;
    if (err == ERR_NONE && words.count == 2 && finding.count < question->limit) /* last, first */
        err = find_as_typed(
            &finding, arena_format(arena, "%s %s", words.list[1], words.list[0]), 0, reterr_why);
    if (err == ERR_NONE && words.count >= 1 && words.count <= 2 && finding.count < question->limit)
        err = find_near(&finding, &words, reterr_why);
    *ret_count = finding.count;
    return err;
}

/* ---- what was said ---- */

const char *search_kind_name(enum search_kind kind)
{
    switch (kind) {
    case SEARCH_MESSAGE: return "message";
    case SEARCH_REPLY: return "reply";
    case SEARCH_NOTE: return "note";
    case SEARCH_TASK: return "task";
    case SEARCH_KIND_MAX: break;
    }
    return NULL;
}

/* Where the letter after so many ends. */
static size_t letters(const char *word, int count)
{
    size_t len = 0;
    while (word[len] && count > 0) {
        len++;
        while ((word[len] & 0xC0) == 0x80)
            len++;
        count--;
    }
    return len;
}

/* Whether that word is still being typed. */
static bool is_begun(const struct words *words, size_t i)
{
    const char *word = words->list[i];
    return words->open && i + 1 == words->count && strlen(word) >= PREFIX_MIN
        && word[letters(word, 1)] != '\0';
}

/* Words of texts that begin as one that is still being typed; none: as it was typed. */
struct begun {
    const char *words[BEGUN_MAX];
    size_t count;
};

/* Asked for a beginning, SQLite gathers all texts with any such word before it hands out the first;
 * asked for words, it walks from the newest text on. Letters outside ASCII it may fold in its own
 * way. */
static enum err find_begun(struct arena *arena, struct db *db, const struct words *words,
    struct begun *ret_begun, struct why *reterr_why)
{
    ret_begun->count = 0;
    const char *word = words->list[words->count - 1];
    if (!is_begun(words, words->count - 1) || !is_plain(word))
        return ERR_NONE;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_search_begun,
        DB_ARGS(db_text("start", word), db_text("end", end_of(arena, word)),
            db_int("limit", BEGUN_MAX)),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        if (ret_begun->count == BEGUN_MAX) {
            ret_begun->count = 0;
            break;
        }
        ret_begun->words[ret_begun->count++] = db_col_copy(arena, rows, 0);
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* The words as SQLite's own query: nothing of what was typed but letters and digits. */
static const char *sqlite_match(
    struct arena *arena, const struct words *words, const struct begun *begun)
{
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < words->count; i++) {
        const bool last = i + 1 == words->count;
        buf_add(&out, i > 0 ? " AND " : "");
        for (size_t j = 0; last && j < begun->count; j++)
            buf_format(&out, "%s\"%s\"", j > 0 ? " OR " : "(", begun->words[j]);
        if (last && begun->count > 0)
            buf_add_char(&out, ')');
        else
            buf_format(&out, "\"%s\"%s", words->list[i], is_begun(words, i) ? "*" : "");
    }
    return out.data;
}

/* The same for PostgreSQL. */
static const char *postgres_match(struct arena *arena, const struct words *words)
{
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < words->count; i++)
        buf_format(
            &out, "%s'%s'%s", i > 0 ? " & " : "", words->list[i], is_begun(words, i) ? ":*" : "");
    return out.data;
}

/* The entries of PostgreSQL's index that a text with these words has. */
static const char *marks_of(struct arena *arena, const struct words *words)
{
    const char *marks[SEARCH_WORDS_MAX];
    for (size_t i = 0; i < words->count; i++)
        marks[i] = is_begun(words, i)
            ? arena_text_n(arena, words->list[i], letters(words->list[i], MARK_LETTERS))
            : arena_format(arena, "%s.", words->list[i]);
    return db_list(arena, marks, words->count);
}

/* Around the first word that is found, cut between words. */
static const char *snippet(struct arena *arena, const struct words *words, const char *text)
{
    const char *folded = text_fold(arena, text);
    const char *hit =
        words->count && strlen(folded) == strlen(text) ? strstr(folded, words->list[0]) : NULL;
    size_t at = hit ? (size_t)(hit - folded) : 0, len = strlen(text);
    size_t start = at > SNIPPET_BEFORE ? at - SNIPPET_BEFORE : 0;
    while (start > 0 && text[start] != ' ')
        start--;
    size_t end = start + SNIPPET_BYTES < len ? start + SNIPPET_BYTES : len;
    while (end < len && end > start && text[end] != ' ')
        end--;
    if (end == start) /* one endless word: up to the start of a code point */
        for (end = start + SNIPPET_BYTES; end > start && (text[end] & 0xC0) == 0x80; end--)
            ;
    return arena_format(arena, "%s%.*s%s", start ? "..." : "", (int)(end - start),
        text + start + (start ? 1 : 0), end < len ? "..." : "");
}

static enum err read_said(struct arena *arena, struct db *db,
    const struct search_question *question, const struct words *words, const char *ids,
    struct map *by_id, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_search_shown,
        DB_ARGS(db_int("practice_id", question->practice_id), db_text("ids", ids),
            db_text("locations", question->locations)),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        struct search_said *said = map_get(by_id, db_col_text(rows, 1));
        if (!said || !text_is(search_kind_name(said->kind), db_col_text(rows, 0)))
            continue;
        const char *text = db_col_text(rows, 2);
        said->text = snippet(arena, words, text ? text : "");
        said->at.ms = db_col_int(rows, 3);
        said->patient_id = db_col_copy(arena, rows, 4);
        said->external_id = db_col_copy(arena, rows, 5);
        said->name = db_col_copy(arena, rows, 6);
        said->thread_id = db_col_copy(arena, rows, 7);
        said->attachments = db_col_copy(arena, rows, 8);
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

struct said_list {
    struct search_said *found;
    const char **ids;
    struct map by_id;
    size_t count;
};

static enum err list_said(struct arena *arena, struct db *db, const struct db_arg *args,
    size_t arg_count, size_t limit, struct said_list *list, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    map_init(&list->by_id, arena);
    list->found = ARENA_NEW(arena, struct search_said, limit);
    list->ids = ARENA_NEW(arena, const char *, limit);
    list->count = 0;
    enum err err = db_query(db, &sql_search_said, args, arg_count, &rows, reterr_why);
    while (err == ERR_NONE && list->count < limit && db_next(rows)) {
        enum search_kind kind = SEARCH_MESSAGE;
        while (kind < SEARCH_TASK && !text_is(search_kind_name(kind), db_col_text(rows, 0)))
            kind++;
        const char *id = db_col_copy(arena, rows, 1);
        struct search_said *said = &list->found[list->count];
        *said = (struct search_said){.kind = kind, .id = id};
        list->ids[list->count++] = id;
        (void)map_put(&list->by_id, id, said);
    }
    db_rows_drop(&rows);
    return err;
}

enum err search_said(struct arena *arena, struct db *db, const struct search_question *question,
    struct search_said *ret_said, size_t *ret_count, struct why *reterr_why)
{
    struct words words = search__words(arena, question->text);
    size_t limit = question->limit * (question->locations ? SPARE : 1);
    struct said_list list;
    *ret_count = 0;
    if (words.count == 0)
        return ERR_NONE;
    struct begun begun = {.count = 0};
    const bool postgres = db_is_postgres(db);
    enum err err = postgres ? ERR_NONE : find_begun(arena, db, &words, &begun, reterr_why);
    if (err != ERR_NONE)
        return err;
    const struct db_arg args[] = {db_int("practice_id", question->practice_id),
        db_text("match",
            postgres ? postgres_match(arena, &words) : sqlite_match(arena, &words, &begun)),
        db_int("limit", (int64_t)limit), db_text("marks", marks_of(arena, &words))};
    err = list_said(arena, db, args, postgres ? 4 : 3, limit, &list, reterr_why);
    if (err == ERR_NONE)
        err = read_said(arena, db, question, &words, db_list(arena, list.ids, list.count),
            &list.by_id, reterr_why);
    for (size_t i = 0; i < list.count && err == ERR_NONE && *ret_count < question->limit; i++)
        if (list.found[i].text)
            ret_said[(*ret_count)++] = list.found[i];
    return err;
}

/* ---- tags, services ---- */

/* Of all names that the statement lists, those that hold every word. */
static enum err names_that_hold(struct arena *arena, struct db *db, const struct sql *sql,
    const struct search_question *question, const char **ret_names, size_t *ret_count,
    struct why *reterr_why)
{
    struct words words = search__words(arena, question->text);
    DB_ROWS struct db_rows *rows = NULL;
    *ret_count = 0;
    enum err err = db_query(db, sql,
        DB_ARGS(db_int("practice_id", question->practice_id), db_int("limit", NAMES_MAX)), &rows,
        reterr_why);
    while (err == ERR_NONE && *ret_count < question->limit && db_next(rows))
        if (holds(arena, &words, db_col_text(rows, 0)))
            ret_names[(*ret_count)++] = db_col_copy(arena, rows, 0);
    db_rows_drop(&rows);
    return err;
}

enum err search_tags(struct arena *arena, struct db *db, const struct search_question *question,
    struct search_tag *ret_tags, size_t *ret_count, struct why *reterr_why)
{
    const char *names[SEARCH_HITS_MAX];
    enum err err =
        names_that_hold(arena, db, &sql_search_tag_names, question, names, ret_count, reterr_why);
    for (size_t i = 0; i < *ret_count && err == ERR_NONE; i++) {
        ret_tags[i] = (struct search_tag){.tag = names[i]};
        err = db_query_int(db, &sql_search_tag_count,
            DB_ARGS(db_int("practice_id", question->practice_id), db_text("tag", names[i]),
                db_int("limit", TAG_COUNT_MAX)),
            &ret_tags[i].patients, reterr_why);
    }
    return err;
}

enum err search_visits(struct arena *arena, struct db *db, const struct search_question *question,
    struct instant now, struct search_visit *ret_visits, size_t *ret_count, struct why *reterr_why)
{
    const char *names[SEARCH_HITS_MAX];
    size_t services = 0;
    *ret_count = 0;
    enum err err = names_that_hold(
        arena, db, &sql_search_service_names, question, names, &services, reterr_why);
    for (size_t i = 0; i < services && err == ERR_NONE && *ret_count < question->limit; i++) {
        DB_ROWS struct db_rows *rows = NULL;
        err = db_query(db, &sql_search_visits,
            DB_ARGS(db_int("practice_id", question->practice_id), db_text("service", names[i]),
                db_int("now_ms", now.ms), db_text("locations", question->locations),
                db_int("limit", (int64_t)(question->limit - *ret_count))),
            &rows, reterr_why);
        while (err == ERR_NONE && *ret_count < question->limit && db_next(rows))
            ret_visits[(*ret_count)++] = (struct search_visit){
                .appointment_id = db_col_copy(arena, rows, 0),
                .start = {db_col_int(rows, 1)},
                .service = db_col_copy(arena, rows, 2),
                .provider = db_col_copy(arena, rows, 3),
                .status = db_col_copy(arena, rows, 4),
                .patient_id = db_col_copy(arena, rows, 5),
                .external_id = db_col_copy(arena, rows, 6),
                .name = db_col_copy(arena, rows, 7),
            };
    }
    return err;
}
