/* words.c: the few words that a draft may hold without a fact that holds them. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "draft/draft_int.h"

/* Words that make no promise and tell nothing. None of them counts, orders, allows, recommends,
 * names a day or says yes or no; what could, does not stand here. Sorted. */
static const char *const plain_en[] = {"a", "also", "am", "an", "are", "as", "ask", "asking", "at",
    "be", "been", "by", "did", "do", "does", "for", "from", "glad", "had", "happy", "has", "have",
    "hello", "help", "here", "hey", "hi", "how", "i", "in", "is", "it", "its", "know", "let", "me",
    "message", "my", "of", "on", "our", "out", "per", "please", "question", "reaching", "so",
    "team", "thank", "thanks", "that", "the", "their", "them", "then", "there", "these", "they",
    "this", "those", "to", "too", "us", "was", "we", "were", "what", "where", "which", "who",
    "with", "you", "your", "yours"};
static const char *const plain_es[] = {"a", "al", "aqui", "asi", "ayudar", "ayudarle", "ayudarte",
    "buenas", "buenos", "como", "con", "consulta", "cual", "cuales", "de", "del", "donde", "el",
    "ella", "ellos", "en", "equipo", "era", "es", "esa", "ese", "eso", "esta", "estamos", "estan",
    "este", "esto", "favor", "fue", "gracias", "gusto", "ha", "hola", "la", "las", "le", "les",
    "lo", "los", "me", "mensaje", "mi", "nos", "nosotros", "nuestra", "nuestras", "nuestro",
    "nuestros", "para", "por", "pregunta", "preguntar", "que", "quien", "se", "ser", "son", "soy",
    "su", "sus", "tambien", "te", "tu", "tus", "un", "una", "usted", "ustedes"};

/* Words that turn a sentence round or bound it. Sorted. */
static const char *const turn_en[] = {"after", "all", "always", "any", "before", "each", "every",
    "except", "excluding", "first", "free", "if", "included", "including", "least", "maximum",
    "member", "members", "minimum", "most", "neither", "never", "new", "no", "none", "nor", "not",
    "off", "only", "plus", "starting", "than", "until", "unless", "when", "while", "without",
    "yes"};
static const char *const turn_es[] = {"antes", "cada", "cuando", "desde", "despues", "excepto",
    "gratis", "hasta", "incluido", "jamas", "maximo", "menos", "miembros", "minimo", "nada", "ni",
    "ninguna", "ninguno", "no", "nueva", "nuevo", "nunca", "primera", "salvo", "si", "siempre",
    "sin", "solamente", "solo", "todas", "todo", "todos"};

/* Whole sentences, folded, without signs. [FIRST_NAME] and the practice's name are taken out of a
 * sentence before it is looked up here. */
static const char *const courtesies_en[] = {"happy to help", "have a great day", "have a nice day",
    "hello", "hello from", "here is what i found", "hey", "hi", "hi there", "just let us know",
    "let us know if you have any other questions", "let us know if you have any questions",
    "please let us know if you have any other questions",
    "please let us know if you have any questions", "reply here with any questions", "thank you",
    "thank you for asking", "thank you for contacting us", "thank you for reaching out",
    "thank you for your message", "thank you for your question", "thank you so much", "thanks",
    "thanks for asking", "thanks for contacting us", "thanks for reaching out",
    "thanks for reaching out to us", "thanks for your message", "thanks for your question",
    "thanks so much", "this is", "we are happy to help", "we are here to help",
    "we would be happy to help", "we would love to help", "we would love to see you"};
static const char *const courtesies_es[] = {"buen dia", "buenas tardes", "buenos dias",
    "con gusto le ayudamos", "con gusto te ayudamos", "con mucho gusto", "estamos para ayudarle",
    "estamos para ayudarte", "es", "feliz dia", "gracias", "gracias por comunicarse con nosotros",
    "gracias por contactarnos", "gracias por escribir", "gracias por escribirnos",
    "gracias por preguntar", "gracias por su mensaje", "gracias por su pregunta",
    "gracias por tu mensaje", "gracias por tu pregunta", "hola", "muchas gracias",
    "que tenga un buen dia", "que tengas un buen dia", "si tiene mas preguntas escribanos",
    "si tienes mas preguntas escribenos"};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static bool stands_in(const char *const *list, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], word) == 0)
            return true;
    return false;
}

bool draft__is_plain(enum triage_language language, const char *word)
{
    return language == TRIAGE_LANGUAGE_ES ? stands_in(plain_es, COUNT(plain_es), word)
                                          : stands_in(plain_en, COUNT(plain_en), word);
}

bool draft__is_turn(enum triage_language language, const char *word)
{
    return language == TRIAGE_LANGUAGE_ES ? stands_in(turn_es, COUNT(turn_es), word)
                                          : stands_in(turn_en, COUNT(turn_en), word);
}

bool draft__is_courtesy(enum triage_language language, const char *words)
{
    return language == TRIAGE_LANGUAGE_ES ? stands_in(courtesies_es, COUNT(courtesies_es), words)
                                          : stands_in(courtesies_en, COUNT(courtesies_en), words);
}

bool draft__is_join(const char *word)
{
    static const char *const joins[] = {"and", "but", "or", "y", "e", "o", "u", "pero"};
    return stands_in(joins, COUNT(joins), word);
}

int64_t draft__number_word(const char *word)
{
    /* "un" and "una" are articles; "one" counts. */
    static const struct {
        const char *word;
        int64_t value;
    } words[] = {{"zero", 0}, {"one", 1}, {"two", 2}, {"three", 3}, {"four", 4}, {"five", 5},
        {"six", 6}, {"seven", 7}, {"eight", 8}, {"nine", 9}, {"ten", 10}, {"eleven", 11},
        {"twelve", 12}, {"thirteen", 13}, {"fourteen", 14}, {"fifteen", 15}, {"sixteen", 16},
        {"seventeen", 17}, {"eighteen", 18}, {"nineteen", 19}, {"twenty", 20}, {"thirty", 30},
        {"forty", 40}, {"fifty", 50}, {"sixty", 60}, {"seventy", 70}, {"eighty", 80},
        {"ninety", 90}, {"hundred", 100}, {"thousand", 1000}, {"uno", 1}, {"dos", 2}, {"tres", 3},
        {"cuatro", 4}, {"cinco", 5}, {"seis", 6}, {"siete", 7}, {"ocho", 8}, {"nueve", 9},
        {"diez", 10}, {"once", 11}, {"doce", 12}, {"trece", 13}, {"catorce", 14}, {"quince", 15},
        {"dieciseis", 16}, {"diecisiete", 17}, {"dieciocho", 18}, {"diecinueve", 19},
        {"veinte", 20}, {"veintiuno", 21}, {"veintidos", 22}, {"veintitres", 23},
        {"veinticuatro", 24}, {"veinticinco", 25}, {"treinta", 30}, {"cuarenta", 40},
        {"cincuenta", 50}, {"sesenta", 60}, {"setenta", 70}, {"ochenta", 80}, {"noventa", 90},
        {"cien", 100}, {"ciento", 100}, {"doscientos", 200}, {"trescientos", 300},
        {"cuatrocientos", 400}, {"quinientos", 500}, {"seiscientos", 600}, {"setecientos", 700},
        {"ochocientos", 800}, {"novecientos", 900}, {"mil", 1000}};
    for (size_t i = 0; i < COUNT(words); i++)
        if (strcmp(words[i].word, word) == 0)
            return words[i].value;
    return -1;
}

const char *draft__month(const char *word)
{
    static const char *const names[] = {"january", "february", "march", "april", "may", "june",
        "july", "august", "september", "october", "november", "december", "enero", "febrero",
        "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
        "diciembre"};
    static const char *const shorts[] = {
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sept", "oct", "nov", "dec"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp(names[i], word) == 0)
            return names[i];
    for (size_t i = 0; i < COUNT(shorts); i++)
        if (strcmp(shorts[i], word) == 0)
            return names[i];
    return strcmp(word, "sep") == 0 ? "september" : NULL;
}

const char *draft__weekday(const char *word)
{
    static const char *const names[] = {"monday", "tuesday", "wednesday", "thursday", "friday",
        "saturday", "sunday", "lunes", "martes", "miercoles", "jueves", "viernes", "sabado",
        "domingo"};
    static const char *const shorts[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    static const char *const longer[] = {"", "tues", "weds", "thurs", "", "", ""};
    char bare[16] = "";
    size_t len = strlen(word);
    if (len == 0 || len >= sizeof bare)
        return NULL;
    memcpy(bare, word, len);
    for (int tries = 0; tries < 2; tries++) {
        for (size_t i = 0; i < COUNT(names); i++)
            if (strcmp(names[i], bare) == 0)
                return names[i];
        for (size_t i = 0; i < COUNT(shorts); i++)
            if (strcmp(shorts[i], bare) == 0 || (*longer[i] && strcmp(longer[i], bare) == 0))
                return names[i];
        if (bare[len - 1] != 's')
            break;
        bare[len - 1] = '\0'; /* "saturdays" */
    }
    return NULL;
}

const char *draft__stem(struct arena *arena, const char *word)
{
    const char *day = draft__weekday(word);
    const char *month = draft__month(word);
    size_t len = strlen(word);
    if (day || month)
        return day ? day : month;
    if (len > 4 && strcmp(word + len - 3, "ies") == 0)
        return arena_format(arena, "%.*sy", (int)(len - 3), word);
    if (len > 4 && strcmp(word + len - 2, "es") == 0 && strchr("sxzh", word[len - 3]))
        return arena_text_n(arena, word, len - 2);
    if (len > 3 && word[len - 1] == 's' && word[len - 2] != 's')
        return arena_text_n(arena, word, len - 1);
    return word;
}
