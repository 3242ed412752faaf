/* population.c: who lives in the simulated town. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "sim/world.h"

static const char *const first_names[] = {"Ana", "Beth", "Carla", "Dina", "Elena", "Faye", "Gina",
    "Hana", "Iris", "Jo", "Kara", "Lia", "Mona", "Nora", "Olga", "Paula", "Rosa", "Sara", "Tess",
    "Uma", "Vera", "Wendy", "Ximena", "Yara", "Zoe", "Adam", "Ben", "Carlos", "Dan", "Emil"};
static const char *const last_names[] = {"Adler", "Brook", "Castro", "Dunn", "Ellis", "Flores",
    "Grant", "Hale", "Ibarra", "Jensen", "Klein", "Lopez", "Marsh", "Nolan", "Ortiz", "Price",
    "Quinn", "Reyes", "Stone", "Torres", "Underhill", "Vega", "Walsh", "Young", "Zapata"};

/* Places whose hours differ: the state table must hold for each. */
static const struct {
    const char *state, *zip;
    int area_code;
} places[] = {{"TX", "78701", 512}, {"TX", "75201", 214}, {"FL", "33101", 305},
    {"NY", "10001", 212}, {"CA", "90001", 213}, {"WA", "98101", 206}, {"LA", "70112", 504},
    {"CT", "06101", 860}, {"OK", "73102", 405}};

#define COUNT_OF(array) ((int64_t)(sizeof(array) / sizeof((array)[0])))

static void make_person(struct world *world, int index)
{
    struct sim_random *random = &world->random;
    struct person *person = &world->people[index];
    /* Most live where the practice is. */
    int64_t place = sim_random_percent(random, 75) ? 0 : sim_random_below(random, COUNT_OF(places));
    snprintf(person->id, sizeof(person->id), "S%05d", index + 1);
    snprintf(person->phone, sizeof(person->phone), "+1%03d%03d%04d", places[place].area_code,
        200 + index / 10000, index % 10000);
    snprintf(person->email, sizeof(person->email), "s%05d@example.com", index + 1);
    snprintf(person->state, sizeof(person->state), "%s", places[place].state);
    snprintf(person->zip, sizeof(person->zip), "%s", places[place].zip);
    snprintf(person->born, sizeof(person->born), "%04d-%02d-%02d",
        (int)(1950 + sim_random_below(random, 55)), (int)(1 + sim_random_below(random, 12)),
        (int)(1 + sim_random_below(random, 28)));
    person->first = first_names[sim_random_below(random, COUNT_OF(first_names))];
    person->last = last_names[sim_random_below(random, COUNT_OF(last_names))];
    person->language = sim_random_percent(random, 12) ? "es" : "en";
    person->email_consent = sim_random_percent(random, 80);
    person->sms_consent = sim_random_percent(random, 75);
    person->authorized = sim_random_percent(random, 40);
    person->dispute = sim_random_percent(random, 2);
    person->dead_mailbox = sim_random_percent(random, 3);
    person->landline = sim_random_percent(random, 2);
    person->changed = true;
    /* A household now and then: two people, one phone. */
    if (index > 0 && sim_random_percent(random, 4))
        memcpy(person->phone, world->people[index - 1].phone, sizeof(person->phone));
}

int world_book(struct world *world, int person, struct instant start, struct instant booked,
    const char *status)
{
    if (world->booking_count == world->booking_capacity) {
        int bigger = world->booking_capacity ? world->booking_capacity * 2 : 4096;
        world->bookings = arena_grow(world->boot, world->bookings,
            (size_t)world->booking_capacity * sizeof(*world->bookings),
            (size_t)bigger * sizeof(*world->bookings));
        world->booking_capacity = bigger;
    }
    struct booking *booking = &world->bookings[world->booking_count];
    *booking = (struct booking){.person = person,
        .start = start,
        .booked = booked,
        .status = status,
        .total_cents = 20000 + 1000 * sim_random_below(&world->random, 25),
        .changed = true};
    snprintf(booking->id, sizeof(booking->id), "B%06d", world->booking_count + 1);
    if (text_is(status, "booked"))
        world_push(world,
            (struct world_event){.at = instant_add_ms(start, 90 * MS_PER_MINUTE),
                .kind = WORLD_VISIT,
                .index = world->booking_count});
    return world->booking_count++;
}

/* One to four kept visits, the last between three weeks and seven months ago. */
static void make_past(struct world *world, int person)
{
    int64_t ago = 20 + sim_random_below(&world->random, 200);
    int64_t visits = 1 + sim_random_below(&world->random, 4);
    for (int64_t i = 0; i < visits; i++, ago += 85 + sim_random_below(&world->random, 60)) {
        struct instant start = instant_add_ms(world->start,
            -ago * MS_PER_DAY + (9 + sim_random_below(&world->random, 9)) * MS_PER_HOUR);
        const char *status =
            i == 0 || sim_random_percent(&world->random, 88) ? "completed" : "no_show";
        (void)world_book(world, person, start, instant_add_ms(start, -10 * MS_PER_DAY), status);
    }
}

void world_populate(struct world *world)
{
    world->person_count = world->options.patients;
    world->people = ARENA_NEW(world->boot, struct person, (size_t)world->person_count);
    for (int i = 0; i < world->person_count; i++) {
        make_person(world, i);
        make_past(world, i);
    }
}

int world_person_at(const struct world *world, const char *address)
{
    /* Addresses carry the index, but for the phones of a household. */
    for (int i = 0; i < world->person_count; i++) {
        if (text_is(world->people[i].phone, address) || text_is(world->people[i].email, address))
            return i;
    }
    return -1;
}
