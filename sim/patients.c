/* patients.c: what a message makes a person do: nothing, mostly. */
#include <string.h>

#include "base/text.h"
#include "sim/world.h"

#define COUNT_OF(array) ((int64_t)(sizeof(array) / sizeof((array)[0])))

static const char *const stops[] = {"STOP", "stop", "Stop please", "please dont text me any more",
    "take me off your list", "UNSUBSCRIBE", "no more texts thanks", "S T O P", "quit texting me",
    "Alto", "ya no me manden mensajes", "remove my number", "opt out"};
static const char *const questions[] = {"how much is it now?", "do you have anything saturday?",
    "Can I come Tuesday after 5?", "is dr chen in next week",
    "what does it cost with the membership", "cuanto cuesta?", "can i move it to the week after?"};
static const char *const closers[] = {"no thanks", "not interested", "I go somewhere else now",
    "maybe in the spring", "thanks!", "ok", "pause"};
static const char *const symptoms[] = {"my eyelid is drooping since yesterday",
    "I have a fever and the spot is red and hot", "i cant see well on one side",
    "tengo el parpado caido", "hives all over after my last visit"};
static const char *const angry[] = {
    "this is the third time you text me, terrible service", "I want my money back"};

static void say(struct world *world, int person, const char *text, int64_t after_ms)
{
    struct world_event event = {.at = instant_add_ms(world->now, after_ms),
        .kind = WORLD_REPLY,
        .index = person,
        .text = text};
    world_push(world, event);
    if (world_fault(world, SIM_FAULT_DOUBLE, 10))
        world_push(world, event);
}

static const char *one_of(struct world *world, const char *const *texts, int64_t count)
{
    return texts[sim_random_below(&world->random, count)];
}

static int64_t some_hours_ms(struct world *world)
{
    return (int64_t)(1 + sim_random_below(&world->random, 30 * 60)) * MS_PER_MINUTE;
}

void world_message_read(struct world *world, const struct delivered *message)
{
    int person = world_person_at(world, message->to);
    if (person < 0)
        return;
    int64_t mood = sim_random_below(&world->random, 1000);
    if (mood < 80)
        world_push(world,
            (struct world_event){.at = instant_add_ms(world->now, some_hours_ms(world)),
                .kind = WORLD_BOOK,
                .index = person});
    else if (mood < 200) {
        struct world_event click = {
            .at = instant_add_ms(world->now, some_hours_ms(world)), .kind = WORLD_CLICK};
        memcpy(click.attempt_id, message->attempt_id, sizeof(click.attempt_id));
        world_push(world, click);
    } else if (mood < 222)
        say(world, person, one_of(world, stops, COUNT_OF(stops)), some_hours_ms(world));
    else if (mood < 262)
        say(world, person, one_of(world, questions, COUNT_OF(questions)), some_hours_ms(world));
    else if (mood < 282)
        say(world, person, one_of(world, closers, COUNT_OF(closers)), some_hours_ms(world));
    else if (mood < 288)
        say(world, person, one_of(world, symptoms, COUNT_OF(symptoms)), some_hours_ms(world));
    else if (mood < 292)
        say(world, person, one_of(world, angry, COUNT_OF(angry)), some_hours_ms(world));
}
