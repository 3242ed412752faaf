#include <string.h>

#include "template/template_int.h"

/* Words that a message may not say, or that tell what was treated. Facts: carriers' and the CTIA's
 * content rules as gateways publish them (CAR-3 to CAR-8, CAR-14, CAR-15), the FTC's claims
 * guidance (CLM-1, CLM-5), and what med spas sell. A list, not a judge: a practice adds its own
 * through definitions.yaml, and people read what they write. */
static const struct term {
    const char *text; /* folded: small letters, no accents */
    enum term_kind kind;
} terms[] = {
    /* prescription medicines, by brand and substance */
    {"semaglutide", TERM_PRESCRIPTION},
    {"semaglutida", TERM_PRESCRIPTION},
    {"tirzepatide", TERM_PRESCRIPTION},
    {"tirzepatida", TERM_PRESCRIPTION},
    {"liraglutide", TERM_PRESCRIPTION},
    {"liraglutida", TERM_PRESCRIPTION},
    {"ozempic", TERM_PRESCRIPTION},
    {"wegovy", TERM_PRESCRIPTION},
    {"rybelsus", TERM_PRESCRIPTION},
    {"mounjaro", TERM_PRESCRIPTION},
    {"zepbound", TERM_PRESCRIPTION},
    {"saxenda", TERM_PRESCRIPTION},
    {"victoza", TERM_PRESCRIPTION},
    {"glp-1", TERM_PRESCRIPTION},
    {"glp1", TERM_PRESCRIPTION},
    {"glp 1", TERM_PRESCRIPTION},
    {"phentermine", TERM_PRESCRIPTION},
    {"fentermina", TERM_PRESCRIPTION},
    {"testosterone", TERM_PRESCRIPTION},
    {"testosterona", TERM_PRESCRIPTION},
    {"hcg", TERM_PRESCRIPTION},
    {"ketamine", TERM_PRESCRIPTION},
    {"ketamina", TERM_PRESCRIPTION},
    {"tretinoin", TERM_PRESCRIPTION},
    {"tretinoina", TERM_PRESCRIPTION},
    {"retin-a", TERM_PRESCRIPTION},
    {"accutane", TERM_PRESCRIPTION},
    {"isotretinoin", TERM_PRESCRIPTION},
    {"hydroquinone", TERM_PRESCRIPTION},
    {"hidroquinona", TERM_PRESCRIPTION},
    {"latisse", TERM_PRESCRIPTION},
    {"spironolactone", TERM_PRESCRIPTION},
    {"finasteride", TERM_PRESCRIPTION},
    {"valtrex", TERM_PRESCRIPTION},
    {"lidocaine", TERM_PRESCRIPTION},
    {"botox", TERM_PRESCRIPTION},
    {"dysport", TERM_PRESCRIPTION},
    {"xeomin", TERM_PRESCRIPTION},
    {"jeuveau", TERM_PRESCRIPTION},
    {"daxxify", TERM_PRESCRIPTION},
    {"letybo", TERM_PRESCRIPTION},
    {"kybella", TERM_PRESCRIPTION},
    {"compounded", TERM_PRESCRIPTION},
    {"prescription", TERM_PRESCRIPTION},
    {"receta medica", TERM_PRESCRIPTION},
    {"rx", TERM_PRESCRIPTION},
    /* devices, fillers and services */
    {"botulinum", TERM_TREATMENT},
    {"neurotoxin", TERM_TREATMENT},
    {"neurotoxina", TERM_TREATMENT},
    {"neuromodulator", TERM_TREATMENT},
    {"toxin", TERM_TREATMENT},
    {"tox", TERM_TREATMENT},
    {"filler", TERM_TREATMENT},
    {"fillers", TERM_TREATMENT},
    {"relleno", TERM_TREATMENT},
    {"rellenos", TERM_TREATMENT},
    {"juvederm", TERM_TREATMENT},
    {"restylane", TERM_TREATMENT},
    {"radiesse", TERM_TREATMENT},
    {"sculptra", TERM_TREATMENT},
    {"belotero", TERM_TREATMENT},
    {"voluma", TERM_TREATMENT},
    {"laser", TERM_TREATMENT},
    {"ipl", TERM_TREATMENT},
    {"bbl", TERM_TREATMENT},
    {"microneedling", TERM_TREATMENT},
    {"microagujas", TERM_TREATMENT},
    {"morpheus8", TERM_TREATMENT},
    {"hydrafacial", TERM_TREATMENT},
    {"facial", TERM_TREATMENT},
    {"facials", TERM_TREATMENT},
    {"peel", TERM_TREATMENT},
    {"peels", TERM_TREATMENT},
    {"dermaplaning", TERM_TREATMENT},
    {"coolsculpting", TERM_TREATMENT},
    {"emsculpt", TERM_TREATMENT},
    {"ultherapy", TERM_TREATMENT},
    {"thermage", TERM_TREATMENT},
    {"prp", TERM_TREATMENT},
    {"injection", TERM_TREATMENT},
    {"injections", TERM_TREATMENT},
    {"injectable", TERM_TREATMENT},
    {"injectables", TERM_TREATMENT},
    {"inyeccion", TERM_TREATMENT},
    {"inyecciones", TERM_TREATMENT},
    {"wrinkle", TERM_TREATMENT},
    {"wrinkles", TERM_TREATMENT},
    {"wrinkle-relaxer", TERM_TREATMENT},
    {"arrugas", TERM_TREATMENT},
    {"acne", TERM_TREATMENT},
    {"rosacea", TERM_TREATMENT},
    {"melasma", TERM_TREATMENT},
    {"weight loss", TERM_TREATMENT},
    {"weight-loss", TERM_TREATMENT},
    {"bajar de peso", TERM_TREATMENT},
    {"perdida de peso", TERM_TREATMENT},
    {"hormone", TERM_TREATMENT},
    {"hormones", TERM_TREATMENT},
    {"hormonas", TERM_TREATMENT},
    {"hair removal", TERM_TREATMENT},
    {"depilacion", TERM_TREATMENT},
    {"tattoo removal", TERM_TREATMENT},
    {"lip flip", TERM_TREATMENT},
    {"iv therapy", TERM_TREATMENT},
    /* sex, hate, alcohol, firearms, tobacco */
    {"sex", TERM_SHAFT},
    {"sexy", TERM_SHAFT},
    {"mimosa", TERM_SHAFT},
    {"mimosas", TERM_SHAFT},
    {"champagne", TERM_SHAFT},
    {"prosecco", TERM_SHAFT},
    {"wine", TERM_SHAFT},
    {"vino", TERM_SHAFT},
    {"beer", TERM_SHAFT},
    {"cerveza", TERM_SHAFT},
    {"cocktail", TERM_SHAFT},
    {"cocktails", TERM_SHAFT},
    {"alcohol", TERM_SHAFT},
    {"vodka", TERM_SHAFT},
    {"tequila", TERM_SHAFT},
    {"gun", TERM_SHAFT},
    {"guns", TERM_SHAFT},
    {"firearm", TERM_SHAFT},
    {"tobacco", TERM_SHAFT},
    {"tabaco", TERM_SHAFT},
    {"vape", TERM_SHAFT},
    {"vaping", TERM_SHAFT},
    {"cigarette", TERM_SHAFT},
    {"hookah", TERM_SHAFT},
    /* barred everywhere */
    {"cannabis", TERM_BARRED},
    {"marijuana", TERM_BARRED},
    {"cbd", TERM_BARRED},
    {"thc", TERM_BARRED},
    {"kratom", TERM_BARRED},
    {"casino", TERM_BARRED},
    {"gambling", TERM_BARRED},
    {"sweepstakes", TERM_BARRED},
    {"lottery", TERM_BARRED},
    {"loteria", TERM_BARRED},
    {"giveaway", TERM_BARRED},
    {"contest", TERM_BARRED},
    {"raffle", TERM_BARRED},
    {"payday", TERM_BARRED},
    {"loan", TERM_BARRED},
    {"loans", TERM_BARRED},
    {"prestamo", TERM_BARRED},
    {"prestamos", TERM_BARRED},
    {"crypto", TERM_BARRED},
    {"bitcoin", TERM_BARRED},
    {"debt relief", TERM_BARRED},
    /* looks like a loan to a filter */
    {"financing", TERM_FINANCE},
    {"financiamiento", TERM_FINANCE},
    {"0% apr", TERM_FINANCE},
    {"apr", TERM_FINANCE},
    /* claims that want evidence, and urgency that wants a real end */
    {"guaranteed", TERM_CLAIM},
    {"guarantee", TERM_CLAIM},
    {"garantizado", TERM_CLAIM},
    {"cure", TERM_CLAIM},
    {"cures", TERM_CLAIM},
    {"permanent", TERM_CLAIM},
    {"permanently", TERM_CLAIM},
    {"miracle", TERM_CLAIM},
    {"milagro", TERM_CLAIM},
    {"last chance", TERM_CLAIM},
    {"ultima oportunidad", TERM_CLAIM},
    {"act now", TERM_CLAIM},
    {"5-star", TERM_CLAIM},
    {"5 stars", TERM_CLAIM},
    {"risk-free", TERM_CLAIM},
    {"risk free", TERM_CLAIM},
    /* public link shorteners */
    {"bit.ly", TERM_SHORTENER},
    {"tinyurl.com", TERM_SHORTENER},
    {"goo.gl", TERM_SHORTENER},
    {"t.co", TERM_SHORTENER},
    {"ow.ly", TERM_SHORTENER},
    {"is.gd", TERM_SHORTENER},
    {"buff.ly", TERM_SHORTENER},
    {"rebrand.ly", TERM_SHORTENER},
    {"cutt.ly", TERM_SHORTENER},
    {"rb.gy", TERM_SHORTENER},
    {"shorturl.at", TERM_SHORTENER},
    {"tiny.cc", TERM_SHORTENER},
    {"t.ly", TERM_SHORTENER},
    {"lnkd.in", TERM_SHORTENER},
    {"v.gd", TERM_SHORTENER},
    {"bl.ink", TERM_SHORTENER},
    {"short.io", TERM_SHORTENER},
    {"tr.ee", TERM_SHORTENER},
    /* an offer */
    {"% off", TERM_OFFER},
    {"off your next", TERM_OFFER},
    {"discount", TERM_OFFER},
    {"discounts", TERM_OFFER},
    {"coupon", TERM_OFFER},
    {"promo", TERM_OFFER},
    {"promotion", TERM_OFFER},
    {"special offer", TERM_OFFER},
    {"sale", TERM_OFFER},
    {"complimentary", TERM_OFFER},
    {"for free", TERM_OFFER},
    {"descuento", TERM_OFFER},
    {"promocion", TERM_OFFER},
    {"oferta", TERM_OFFER},
    {"gratis", TERM_OFFER},
    {"de cortesia", TERM_OFFER},
};

static const char *const term_rules[TERM_KIND_MAX] = {
    [TERM_TREATMENT] = "PHI-8",
    [TERM_PRESCRIPTION] = "CAR-5",
    [TERM_SHAFT] = "CAR-3",
    [TERM_BARRED] = "CAR-4",
    [TERM_FINANCE] = "CAR-15",
    [TERM_CLAIM] = "CLM-1",
    [TERM_SHORTENER] = "CAR-8",
    [TERM_OFFER] = "HC-5",
};

/* The letter without accent and size, or 0 for what is no letter or digit. Latin-1 and the
 * combining acute cover what the list can hold. */
static char letter_fold(uint32_t code_point)
{
    static const char latin1[] =
        "aaaaaaaceeeeiiiidnooooo\0ouuuuypsaaaaaaaceeeeiiiidnooooo\0ouuuuypy";

    if (code_point >= 'A' && code_point <= 'Z')
        return (char)(code_point + 32);
    if ((code_point >= 'a' && code_point <= 'z') || (code_point >= '0' && code_point <= '9'))
        return (char)code_point;
    if (code_point >= 0xC0 && code_point <= 0xFF)
        return latin1[code_point - 0xC0];
    if (code_point >= 0xFF10 && code_point <= 0xFF5A) /* full width forms hide words from filters */
        return letter_fold(code_point - 0xFF10 + '0');
    return code_point > 0x24F ? 'x' : 0; /* letters of other scripts end no word */
}

/* Where the term ends when it stands at `text`, NULL when it does not. */
static const char *term_at(const char *text, const char *end, const char *term)
{
    while (*term) {
        uint32_t code_point = text < end ? utf8_next(&text, end) : 0;
        char letter = letter_fold(code_point);

        if (code_point >= 0x300 && code_point < 0x370)
            continue; /* an accent apart from its letter */
        if (!letter && code_point && (code_point == (unsigned char)*term)) {
            term++;
            continue;
        }
        if ((code_point == 0x2010 || code_point == 0x2011 || code_point == 0xAD) && *term == '-') {
            term++;
            continue;
        }
        if (code_point == 0xA0 && *term == ' ') {
            term++;
            continue;
        }
        if (!letter || letter != *term)
            return NULL;
        term++;
    }
    return text;
}

static bool ends_word(const char *text, const char *end)
{
    return text >= end || !letter_fold(utf8_next(&text, end));
}

static bool term_hit_at(
    const char *text, size_t start, size_t len, const char *term, struct term_hit *hit)
{
    const char *stop = term_at(text + start, text + len, term);

    if (!stop || !ends_word(stop, text + len))
        return false;
    hit->term = term;
    hit->start = start;
    hit->end = (size_t)(stop - text);
    return true;
}

static bool find_at(const char *text, size_t start, size_t len, unsigned kinds,
    const char *const *extra, size_t extra_count, struct term_hit *hit)
{
    const char *cursor = text + start;
    uint32_t code_point = utf8_next(&cursor, text + len);
    char first = letter_fold(code_point) ? letter_fold(code_point) : (char)code_point;

    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        if (terms[i].text[0] != first || !(kinds & 1u << terms[i].kind)
            || !term_hit_at(text, start, len, terms[i].text, hit))
            continue;
        hit->kind = terms[i].kind;
        hit->rule = term_rules[terms[i].kind];
        return true;
    }
    if (!(kinds & 1u << TERM_TREATMENT))
        return false;
    for (size_t i = 0; i < extra_count; i++) {
        if (!*extra[i] || !term_hit_at(text, start, len, extra[i], hit))
            continue;
        hit->kind = TERM_TREATMENT;
        hit->rule = term_rules[TERM_TREATMENT];
        return true;
    }
    return false;
}

bool term_find(const char *text, size_t from, unsigned kinds, const char *const *extra,
    size_t extra_count, struct term_hit *ret_hit)
{
    size_t len = strlen(text);
    const char *cursor = text + from, *end = text + len;
    bool inside = false;
    struct term_hit hit = {0};

    while (cursor < end) {
        size_t start = (size_t)(cursor - text);
        uint32_t code_point = utf8_next(&cursor, end);
        bool letter = letter_fold(code_point) != 0;

        if ((letter ? !inside : code_point == '%')
            && find_at(text, start, len, kinds, extra, extra_count, &hit)) {
            *ret_hit = hit;
            return true;
        }
        inside = letter;
    }
    return false;
}

bool text_says_stop(const char *text)
{
    static const char *const words[] = {"stop", "alto"};
    struct term_hit hit;

    for (size_t start = 0, len = strlen(text); start < len; start++) {
        if (start && letter_fold((unsigned char)text[start - 1]))
            continue;
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (term_hit_at(text, start, len, words[i], &hit))
                return true;
    }
    return false;
}
