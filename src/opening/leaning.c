/* leaning.c: tags become a leaning, and a leaning chooses among free times. */
#include "opening/leaning.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "base/text.h"
#include "opening/opening.h"

enum {
    TAG_BYTES_MAX = 120, /* a tag is a word or two */
    NOON = 12 * 60,
    EVENING = 17 * 60,
    ALL_WEEKDAYS = 0x7f,
    SUITS_LEAST = -1,
    SUITS_MOST = 3
};
static const char provider_tag[] = "wants_provider:";

/* ---- tags ---- */

enum sense { SENSE_NONE, SENSE_WANTS, SENSE_NEVER };

struct named {
    const char *word;
    uint8_t weekdays, parts;
};

/* Folded; an s behind them is taken off first. */
static const struct named names[] = {
    {"sunday", 1 << 0, 0},
    {"domingo", 1 << 0, 0},
    {"monday", 1 << 1, 0},
    {"lune", 1 << 1, 0},
    {"tuesday", 1 << 2, 0},
    {"marte", 1 << 2, 0},
    {"wednesday", 1 << 3, 0},
    {"miercole", 1 << 3, 0},
    {"thursday", 1 << 4, 0},
    {"jueve", 1 << 4, 0},
    {"friday", 1 << 5, 0},
    {"vierne", 1 << 5, 0},
    {"saturday", 1 << 6, 0},
    {"sabado", 1 << 6, 0},
    {"weekend", 1 << 0 | 1 << 6, 0},
    {"weekday", 0x3e, 0},
    {"morning", 0, LEANING_MORNING},
    {"manana", 0, LEANING_MORNING},
    {"afternoon", 0, LEANING_AFTERNOON},
    {"tarde", 0, LEANING_AFTERNOON | LEANING_EVENING},
    {"evening", 0, LEANING_EVENING},
    {"noche", 0, LEANING_EVENING},
};

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(word, words[i]) == 0)
            return true;
    }
    return false;
}

static enum sense sense_of(const char *word)
{
    static const char *const wants[] = {"wants", "want", "prefers", "prefer", "likes", "needs",
        "only", "quiere", "prefiere", "solo", "best"};
    static const char *const nevers[] = {
        "not", "no", "never", "avoid", "avoids", "cannot", "cant", "nunca", "evita"};
    if (is_one_of(word, wants, sizeof wants / sizeof wants[0]))
        return SENSE_WANTS;
    return is_one_of(word, nevers, sizeof nevers / sizeof nevers[0]) ? SENSE_NEVER : SENSE_NONE;
}

static bool is_filler(const char *word)
{
    static const char *const fillers[] = {"on", "in", "the", "and", "or", "time", "visit",
        "appointment", "de", "la", "el", "lo", "por", "en", "y", "o", "cita"};
    return is_one_of(word, fillers, sizeof fillers / sizeof fillers[0]);
}

static const struct named *find_name(const char *word)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i].word, word) == 0)
            return &names[i];
    }
    return NULL;
}

/* Cuts the next word out of a folded tag; false: there is none left. */
static bool next_word(char **at, char **ret_word)
{
    char *word = *at;
    while (*word && !isalnum((unsigned char)*word))
        word++;
    char *end = word;
    while (isalnum((unsigned char)*end))
        end++;
    *at = *end ? end + 1 : end;
    *end = '\0';
    *ret_word = word;
    return *word != '\0';
}

static void read_tag(struct leaning *leaning, char *folded)
{
    enum sense sense = SENSE_NONE;
    uint8_t weekdays = 0, parts = 0;
    char *word;
    while (next_word(&folded, &word)) {
        if (sense == SENSE_NONE) {
            sense = sense_of(word);
            if (sense == SENSE_NONE)
                return;
            continue;
        }
        size_t len = strlen(word);
        if (len > 2 && word[len - 1] == 's')
            word[len - 1] = '\0';
        const struct named *name = find_name(word);
        if (!name && !is_filler(word))
            return;
        weekdays |= name ? name->weekdays : 0;
        parts |= name ? name->parts : 0;
    }
    if (sense == SENSE_WANTS) {
        leaning->weekdays |= weekdays;
        leaning->parts |= parts;
    } else if (!weekdays || !parts) { /* "no monday mornings": the other mornings are not meant */
        leaning->never_weekdays |= weekdays;
        leaning->never_parts |= parts;
    }
}

/* Who is named twice by different tags is nobody. */
static void read_provider(
    struct leaning *leaning, bool *several, const struct schedule *schedule, const char *name)
{
    int provider = schedule_provider(schedule, name);
    if (provider == SCHEDULE_NOBODY)
        return;
    *several = *several || (leaning->provider >= 0 && leaning->provider != provider);
    leaning->provider = provider;
}

struct leaning leaning_of(const struct schedule *schedule, const char *const *tags, size_t count)
{
    struct leaning leaning = {.provider = SCHEDULE_NOBODY};
    bool several = false;
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    for (size_t i = 0; i < count; i++) {
        if (strlen(tags[i]) > TAG_BYTES_MAX)
            continue;
        if (text_starts(tags[i], provider_tag))
            read_provider(&leaning, &several, schedule, tags[i] + sizeof provider_tag - 1);
        else
            read_tag(&leaning, text_fold(&scratch, tags[i]));
    }
    if (several)
        leaning.provider = SCHEDULE_NOBODY;
    leaning.weekdays &= (uint8_t)~leaning.never_weekdays; /* said both: neither is known */
    leaning.parts &= (uint8_t)~leaning.never_parts;
    return leaning;
}

/* ---- beside words ---- */

static void look_at(const struct choice_window *window, bool *days, bool *hours)
{
    *days = *days || window->first.n != DAY_NONE || window->last.n != DAY_NONE
        || (window->weekdays & ALL_WEEKDAYS) != ALL_WEEKDAYS;
    *hours = *hours || window->from_minute > 0 || window->until_minute < 2 * NOON;
}

struct leaning leaning_beside(const struct leaning *leaning, const struct choice *said)
{
    struct leaning left = *leaning;
    bool days = said->soonest, hours = false;
    for (size_t i = 0; i < said->window_count; i++)
        look_at(&said->windows[i], &days, &hours);
    if (days)
        left.weekdays = left.never_weekdays = 0;
    if (hours)
        left.parts = left.never_parts = 0;
    if (said->anyone || said->provider != SCHEDULE_NOBODY)
        left.provider = SCHEDULE_NOBODY;
    return left;
}

/* ---- times ---- */

static uint8_t part_of(int minute)
{
    if (minute < NOON)
        return LEANING_MORNING;
    return minute < EVENING ? LEANING_AFTERNOON : LEANING_EVENING;
}

int leaning_suits(
    const struct leaning *leaning, const struct schedule *schedule, const struct slot *slot)
{
    struct civil civil = zone_civil(schedule->zone, slot->start);
    uint8_t weekday = (uint8_t)(1 << day_weekday(zone_day(schedule->zone, slot->start)));
    uint8_t part = part_of(civil.hour * 60 + civil.minute);
    if (leaning->never_weekdays & weekday || leaning->never_parts & part)
        return -1;
    return ((leaning->weekdays & weekday) != 0) + ((leaning->parts & part) != 0)
        + (leaning->provider >= 0 && leaning->provider == slot->provider);
}

static bool is_late(const struct slot *slot, struct instant first)
{
    return slot->start.ms - first.ms >= LEANING_DAYS * MS_PER_DAY;
}

static int rank_of(const struct leaning *leaning, const struct schedule *schedule,
    const struct slot *slot, struct instant first)
{
    int suits = leaning_suits(leaning, schedule, slot);
    return suits > 0 && is_late(slot, first) ? 0 : suits;
}

static void order(struct slot *slots, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t j = i; j > 0 && slots[j].start.ms < slots[j - 1].start.ms; j--) {
            struct slot slot = slots[j];
            slots[j] = slots[j - 1];
            slots[j - 1] = slot;
        }
    }
}

size_t leaning_pick(const struct leaning *leaning, const struct schedule *schedule,
    const struct slot *slots, size_t count, size_t max, struct slot *ret_picked)
{
    /* What overlaps is better than what they never want, and worse than anything else. */
    static const struct {
        int from, to;
        bool overlapping;
    } rounds[] = {{SUITS_MOST, 0, false}, {SUITS_MOST, 0, true}, {SUITS_LEAST, SUITS_LEAST, true}};
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct slot *ranked = ARENA_NEW(&scratch, struct slot, count + 1);
    size_t picked = 0;
    for (size_t round = 0; round < sizeof rounds / sizeof rounds[0]; round++) {
        for (int rank = rounds[round].from; rank >= rounds[round].to && picked < max; rank--) {
            size_t fits = 0;
            for (size_t i = 0; i < count; i++) {
                if (rank_of(leaning, schedule, &slots[i], slots[0].start) == rank)
                    ranked[fits++] = slots[i];
            }
            picked = opening_pick_beside(
                schedule, ranked, fits, max, rounds[round].overlapping, picked, ret_picked);
        }
    }
    order(ret_picked, picked);
    return picked;
}

/* ---- times for several patients ---- */

static size_t count_suiting(const struct leaning *leaning, const struct schedule *schedule,
    const struct slot *slots, size_t count, struct instant first, int least)
{
    size_t suiting = 0;
    for (size_t i = 0; i < count; i++)
        suiting += rank_of(leaning, schedule, &slots[i], first) >= least;
    return suiting;
}

/* Rank by rank, as many of `others` suit as of `picked`. */
static bool suit_as_well(const struct leaning *leaning, const struct schedule *schedule,
    const struct slot *picked, const struct slot *others, size_t count, struct instant first)
{
    for (int rank = SUITS_LEAST + 1; rank <= SUITS_MOST; rank++) {
        if (count_suiting(leaning, schedule, others, count, first, rank)
            < count_suiting(leaning, schedule, picked, count, first, rank))
            return false;
    }
    return true;
}

/* The least that one was named above `level`; INT_MAX: none was. */
static int next_level(const struct slot *slots, const int *named, size_t count, int level)
{
    int next = INT_MAX;
    for (size_t i = 0; i < count; i++) {
        if (named[i] > level && named[i] < next && !is_late(&slots[i], slots[0].start))
            next = named[i];
    }
    return next;
}

size_t leaning_pick_spread(const struct leaning *leaning, const struct schedule *schedule,
    const struct slot *slots, const int *named, size_t count, size_t max, struct slot *ret_picked)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct slot *fewer = ARENA_NEW(&scratch, struct slot, count + 1);
    struct slot *others = ARENA_NEW(&scratch, struct slot, max + 1);
    size_t picked = leaning_pick(leaning, schedule, slots, count, max, ret_picked);
    for (int level = next_level(slots, named, count, -1); level < INT_MAX;
         level = next_level(slots, named, count, level)) {
        size_t fits = 0;
        for (size_t i = 0; i < count; i++) {
            if (named[i] <= level && !is_late(&slots[i], slots[0].start))
                fewer[fits++] = slots[i];
        }
        if (leaning_pick(leaning, schedule, fewer, fits, max, others) == picked
            && suit_as_well(leaning, schedule, ret_picked, others, picked, slots[0].start)) {
            memcpy(ret_picked, others, picked * sizeof *others);
            break;
        }
    }
    return picked;
}
