/* journey_int.h: how a step is put together: the next enrollment, effects and events, in order. */
#ifndef PERENNIAL_JOURNEY_JOURNEY_INT_H
#define PERENNIAL_JOURNEY_JOURNEY_INT_H

#include "journey/journey.h"

struct stepper {
    struct arena *arena;
    const struct journey_input *input;
    struct journey_step *step;
    const char *claimed;
    bool answered; /* the claimed touch got its GO, SKIP or WAIT */
};

/* `detail` is taken over; NULL: an empty object. */
void stepper_event(struct stepper *stepper, const char *kind, const char *touch_key,
    const char *rule, json_t *detail);
struct journey_effect *stepper_effect(struct stepper *stepper, enum journey_effect_kind kind);
/* TRUE only; the values read go into `ret_values` (new object), when not NULL. */
bool stepper_true(
    struct stepper *stepper, const struct audience_expr *expression, json_t **ret_values);

/* journey_exit.c: `said` is the playbook's exit of that name, or NULL for one of the product's
 * own. */
void exit_take(struct stepper *stepper, const char *name, const struct playbook_exit *said,
    const char *rule, const char *detail, json_t *values);
/* The first exit that is true; ends the enrollment. */
bool exits_take(struct stepper *stepper);
/* The day on which the playbook ends by itself opens. */
struct instant exit_at_day(const struct journey_input *input);

/* journey_hold.c */
bool holds_take(struct stepper *stepper); /* true: held now, or stays so */
void hold_release(struct stepper *stepper, const char *rule);
/* A hold with before_each that stops this touch; it is then held. */
bool hold_before(struct stepper *stepper, const struct playbook_touch *touch);

/* journey.c: when a touch is to come, after those that are planned before it. */
struct instant journey__planned_at(const struct practice *practice, const struct zone *zone,
    struct day start, const struct playbook_touch *touch, const struct journey_planned *before,
    size_t count);

/* journey_touch.c */
void touch_answer(struct stepper *stepper);

#endif
