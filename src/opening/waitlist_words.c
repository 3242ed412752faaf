/* waitlist_words.c: "let me know if something opens up", in English and Spanish. */
#include "base/text.h"
#include "opening/waitlist.h"

#include <string.h>

/* Folded. What stands before the first of them and behind it is read as a wish about times. */
static const char *const asks[] = {"put me on the waitlist", "put me on your waitlist",
    "put me on the wait list", "put me on your wait list", "put me on the waiting list",
    "add me to the waitlist", "add me to your waitlist", "add me to the wait list",
    "add me to the waiting list", "add me to your waiting list", "on the waitlist",
    "on your waitlist", "on the wait list", "on the waiting list", "on the cancellation list",
    "on your cancellation list", "let me know if something opens up",
    "let me know if anything opens up", "let me know if anything opens",
    "let me know if something opens", "let me know if you get a cancellation",
    "let me know if you have a cancellation", "let me know if there is a cancellation",
    "let me know if theres a cancellation", "let me know if someone cancels",
    "let me know if anyone cancels", "let me know if somebody cancels",
    "text me if something opens up", "text me if anything opens up",
    "text me if you get a cancellation", "text me if someone cancels",
    "text me if anything earlier opens up", "let me know if anything earlier opens up",
    "let me know if something earlier opens up", "let me know if something sooner opens up",
    "let me know if anything sooner opens up", "let me know if anything earlier comes up",
    "let me know if something earlier comes up", "if something opens up", "if anything opens up",
    "if you get a cancellation", "if something earlier opens up", "if anything earlier opens up",
    "en la lista de espera", "a la lista de espera", "en lista de espera",
    "aviseme si se libera algo", "avisame si se libera algo", "avisenme si se libera algo",
    "aviseme si alguien cancela", "avisame si alguien cancela", "avisenme si alguien cancela",
    "aviseme si hay una cancelacion", "avisame si hay una cancelacion",
    "avisenme si hay una cancelacion", "si se libera algo antes", "si se desocupa algo",
    "si se libera algo", "si hay una cancelacion", "si alguien cancela"};

/* Words that go with the asking and say nothing about a time. */
static const char *const beside[] = {" can you ", " could you ", " please ", " pls ", " put me ",
    " add me ", " i would like to be ", " id like to be ", " let me know ", " text me ",
    " call me ", " aviseme ", " avisame ", " avisenme ", " pongame ", " ponme ", " me puede poner ",
    " puede ponerme ", " por favor ", " antes ", " earlier ", " sooner "};

static bool in_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* "earlier than saturday" tells a time; "earlier than my visit" what everybody here wants. */
static bool is_compared(const char *behind)
{
    static const char *const links[] = {"than ", "que ", "de ", "del "};
    static const char *const ours[] = {"my ", "mi ", "that ", "what ", "the one ", "lo ", "eso "};
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        if (!text_starts(behind, links[i]))
            continue;
        bool own = false;
        for (size_t k = 0; k < sizeof ours / sizeof *ours; k++)
            own = own || text_starts(behind + strlen(links[i]), ours[k]);
        return !own;
    }
    return false;
}

static void blank(char *at, size_t len)
{
    memset(at, ' ', len);
}

/* One blank at both ends, apostrophes gone, signs kept: they part sentences. */
static char *plain_of(struct arena *arena, const char *text)
{
    const char *folded = text_fold(arena, text);
    char *plain = arena_format(arena, " %s ", folded), *to = plain;
    for (const char *from = plain; *from; from++)
        if (*from != '\'')
            *to++ = *from;
    *to = 0;
    return plain;
}

bool waitlist_asked(struct arena *arena, const char *text, const char **ret_rest)
{
    char *plain = plain_of(arena, text);
    for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
        char *at = strstr(plain, asks[i]);
        size_t len = strlen(asks[i]);
        if (!at || in_word(at[-1]) || in_word(at[len]))
            continue;
        blank(at, len);
        for (size_t k = 0; k < sizeof beside / sizeof *beside; k++) {
            char *word = strstr(plain, beside[k]);
            if (word && !is_compared(word + strlen(beside[k])))
                blank(word + 1, strlen(beside[k]) - 2);
        }
        *ret_rest = plain;
        return true;
    }
    return false;
}
