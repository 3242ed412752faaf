/* part.c: where in a text one question ends and the next begins.
 *
 * A part begins at the start, behind the end of a sentence, and where, behind what was said so far,
 * a question opens: behind "and" or a comma by its first word ("and are you ...", "y abren ..."),
 * elsewhere by a verb before its subject ("... do you ..."). What comes before a question without
 * saying anything ("can you tell me") belongs to it; what goes on ("and filler") does not open. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "knowledge/knowledge_int.h"

enum { WORD_BYTES_MAX = 23, WORDS_MAX = 160 };

enum mark { MARK_NONE, MARK_JOIN, MARK_AND, MARK_END, MARK_ASKED };

struct word {
    const char *begin, *end;       /* in the folded text; the end is behind its marks */
    char text[WORD_BYTES_MAX + 1]; /* without apostrophes */
    enum mark mark;                /* the strongest of those behind it */
};

/* Lists of words, a blank around each. */
static const char joins[] = " and also plus or n but then y e o tambien ademas pero ";
static const char spanish_signs[] =
    " y el la los las del que cuanto cuanta cuantos hola gracias con para por mi su es hay"
    " hoy ";
/* What is said around a question. */
static const char leads[] =
    " hi hey hello please pls plz thanks thank thx ty so ok okay well just btw um oh tell me"
    " let us know knows wonder wondering curious question questions quick possible help"
    " asking ask like to there guys yall ya hola buenas buenos dias tardes noches gracias por"
    " favor porfa oiga oye disculpe disculpa perdon entonces pues saber dime digame decirme"
    " decir preguntar pregunta una info ";
static const char asking[] =
    " what whats wat wats how hows when whens where wheres which who whos why que cual cuales"
    " cuanto cuanta cuantos cuantas cuando donde como quien quienes ";
/* "how much is", "what time do": words may stand between, "when" and "where" take none. */
static const char far_asking[] = " what wat how which ";
static const char short_asking[] = " whats wats hows whens wheres whos ";
static const char spanish_amounts[] = " cuanto cuanta cuantos cuantas ";
static const char verbs[] =
    " do does did is are r am was were can could will would should may might has have had"
    " isnt arent dont doesnt didnt cant couldnt wont wouldnt ";
/* Elsewhere also at the end of a clause: "and do it", "and have a nice day", "may 5", "10 am". */
static const char wary_verbs[] = " do have had has may might am was were r ";
static const char subjects[] = " i you u ya yall we they he she it there my your ";
static const char wary_subjects[] = " i you u ya yall we they he she my your ";
static const char before_asking[] =
    " a at by de desde en for from hasta in para por to until with con ";
/* Behind "and" alone: "and if", "and your hours", "and open sundays". */
static const char joined_openers[] =
    " if whether si your su sus any got algun alguna open opened closed abierto abiertos cerrado"
    " cerrados ";
static const char clitics[] = " me te se le les lo nos no ya ";
static const char spanish_verbs[] =
    " hay es son esta estan puedo puede podria tiene tienes hace cuesta vale cobra abre"
    " cierra acepta ofrece duele dura sirve incluye viene queda necesito tengo debo va da"
    " vende toma recibe sale ";
static const char spanish_no_verbs[] =
    " en bien tan imagen examen volumen abdomen joven resumen orden origen quien gran ";

static bool among(const char *list, const char *word)
{
    char padded[WORD_BYTES_MAX + 3];
    (void)snprintf(padded, sizeof padded, " %.*s ", WORD_BYTES_MAX, word);
    return strstr(list, padded) != NULL;
}

/* ---- words ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool in_word(char c)
{
    return (c >= 'a' && c <= 'z') || is_digit(c);
}

/* "don't", also with the sign that phones write. */
static size_t apostrophe(const char *at)
{
    if (*at == '\'')
        return 1;
    return strncmp(at, "\xe2\x80\x99", 3) == 0 ? 3 : 0;
}

static enum mark mark_at(const char *at, const char *begin)
{
    bool inside = at > begin && in_word(at[-1]) && in_word(at[1]); /* "2.50", "a.m", "11/26" */
    switch (*at) {
    case '?': return MARK_ASKED;
    case '!':
    case ';':
    case '\n': return MARK_END;
    case '.': return inside ? MARK_NONE : MARK_END;
    case ',':
    case ':':
    case '/':
    case '-': return inside && is_digit(at[1]) ? MARK_NONE : MARK_JOIN;
    case '&':
    case '+': return MARK_AND;
    case '(':
    case ')': return MARK_JOIN;
    default: return MARK_NONE;
    }
}

static const char *read_word(const char *at, struct word *word)
{
    size_t len = 0;
    word->begin = at;
    while (in_word(*at) || (apostrophe(at) && in_word(at[apostrophe(at)]))) {
        if (in_word(*at) && len < WORD_BYTES_MAX)
            word->text[len++] = *at;
        at += in_word(*at) ? 1 : apostrophe(at);
    }
    word->text[len] = 0;
    return at;
}

static size_t read_words(const char *text, struct word *words)
{
    size_t count = 0;
    for (const char *at = text; *at;) {
        if (in_word(*at) && count < WORDS_MAX) {
            words[count] = (struct word){.mark = MARK_NONE};
            at = read_word(at, &words[count++]);
        } else {
            enum mark mark = mark_at(at++, text);
            if (count > 0 && mark > words[count - 1].mark)
                words[count - 1].mark = mark;
        }
        if (count > 0)
            words[count - 1].end = at;
    }
    return count;
}

/* ---- does a question open here? ---- */

static const char *word_at(const struct word *words, size_t count, size_t at)
{
    return at < count ? words[at].text : "";
}

static bool is_turned(const struct word *words, size_t count, size_t at)
{
    const char *next = word_at(words, count, at + 1);
    bool wary = among(wary_verbs, words[at].text);
    return among(verbs, words[at].text) && among(wary ? wary_subjects : subjects, next);
}

/* "abren", "aceptan", "se puede": as far as it is told by its ending. */
static bool is_spanish_verb(const struct word *words, size_t count, size_t at, bool spanish)
{
    while (among(clitics, word_at(words, count, at)))
        at++;
    const char *word = word_at(words, count, at);
    bool plural = strlen(word) > 3 && (text_ends(word, "an") || text_ends(word, "en"));
    return *word
        && (among(spanish_verbs, word) || (spanish && plural && !among(spanish_no_verbs, word)));
}

/* Behind a boundary, of a word like "and": `joined`. */
static bool opens_at_boundary(
    const struct word *words, size_t count, size_t at, bool joined, bool spanish)
{
    const char *word = words[at].text, *next = word_at(words, count, at + 1);
    if (among(asking, word) || (among(before_asking, word) && among(asking, next)))
        return true;
    if (among(verbs, word))
        return !among(wary_verbs, word) || is_turned(words, count, at);
    return (joined && among(joined_openers, word)) || is_spanish_verb(words, count, at, spanish);
}

/* With nothing before it but the words of the same sentence. */
static bool opens_inside(const struct word *words, size_t count, size_t at)
{
    const char *word = words[at].text;
    if (among(spanish_amounts, word) || among(short_asking, word))
        return true;
    if (!among(asking, word))
        return is_turned(words, count, at);
    const size_t far = among(far_asking, word) ? 3 : 1;
    for (size_t i = at + 1; i <= at + far; i++) {
        const char *next = word_at(words, count, i);
        if (among(verbs, next))
            return true;
        if (among(subjects, next))
            return false;
    }
    return false;
}

/* ---- cutting ---- */

struct cutter {
    struct arena *arena;
    struct word words[WORDS_MAX];
    size_t count;
    size_t from;     /* the first word of the part */
    size_t edge;     /* where the part would end if a question opened now */
    bool boundary;   /* nothing was said since the last one */
    bool joined;     /* it was a word */
    bool spanish;    /* a word of the text is surely Spanish */
    bool asks, says; /* the part so far: opens as a question; says anything */
    bool owes_verb;  /* "how much" waits for its "is" */
    struct knowledge_part *parts;
    size_t part_count;
};

static void end_part(struct cutter *cutter, size_t until, bool asked)
{
    if (until > cutter->from && (cutter->says || cutter->asks)) {
        const char *begin = cutter->words[cutter->from].begin;
        const char *end = cutter->words[until - 1].end;
        cutter->parts[cutter->part_count++] = (struct knowledge_part){
            str_text(cutter->arena, str_trim((struct str){begin, (size_t)(end - begin)})),
            cutter->asks || asked};
    }
    cutter->from = cutter->edge = until;
    cutter->asks = cutter->says = cutter->owes_verb = false;
    cutter->boundary = true;
    cutter->joined = false;
}

static void open_question(struct cutter *cutter, const char *word)
{
    if (cutter->says)
        end_part(cutter, cutter->edge, false);
    cutter->asks = true;
    cutter->owes_verb = among(asking, word) && !among(short_asking, word);
}

static void read_one(struct cutter *cutter, size_t at)
{
    const char *word = cutter->words[at].text;
    if (!cutter->boundary)
        cutter->edge = at;
    if (among(joins, word)) {
        cutter->boundary = true;
        cutter->joined = true;
        return;
    }
    if (cutter->boundary && among(leads, word))
        return;
    if (cutter->owes_verb && !cutter->boundary && among(verbs, word)) {
        cutter->owes_verb = false;
    } else if (cutter->boundary
            ? opens_at_boundary(cutter->words, cutter->count, at, cutter->joined, cutter->spanish)
            : opens_inside(cutter->words, cutter->count, at)) {
        open_question(cutter, word);
    } else {
        cutter->says =
            cutter->says || !(among(subjects, word) || among(leads, word) || among(verbs, word));
    }
    cutter->boundary = false;
    cutter->joined = false;
}

struct knowledge_part *knowledge__parts(struct arena *arena, const char *text, size_t *ret_count)
{
    struct cutter *cutter = ARENA_NEW(arena, struct cutter, 1);
    *cutter = (struct cutter){.arena = arena, .boundary = true};
    cutter->count = read_words(text_fold(arena, text), cutter->words);
    cutter->parts = ARENA_NEW(arena, struct knowledge_part, cutter->count + 1);
    for (size_t i = 0; i < cutter->count; i++)
        cutter->spanish = cutter->spanish || among(spanish_signs, cutter->words[i].text);
    for (size_t i = 0; i < cutter->count; i++) {
        read_one(cutter, i);
        enum mark mark = cutter->words[i].mark;
        if (mark >= MARK_END)
            end_part(cutter, i + 1, mark == MARK_ASKED);
        else if (mark != MARK_NONE && !cutter->boundary) {
            cutter->boundary = true;
            cutter->joined = mark == MARK_AND;
            cutter->edge = i + 1;
        }
    }
    end_part(cutter, cutter->count, false);
    *ret_count = cutter->part_count;
    return cutter->parts;
}
