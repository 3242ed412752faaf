/* layer.h: what a practice's own corrections add to the model.                   (part of triage)
 *
 * The model that comes with the program is the same for everybody. A practice has words of its own,
 * and corrects what is misread; of these corrections a thin layer is learned that lies over the
 * model: a weight for each word, pair of words and question of the corrected messages. The model
 * below stays as it is, so that a layer can be taken off, and nothing that is not near a corrected
 * message is read otherwise than before.
 *
 * A layer is used only if the tests do not get worse by it: texts of writers whom the model has not
 * learned from (corpus/kept), and stops and emergencies of some that it has. Where it does harm, it
 * is tried weaker; where it still does, it is refused.
 *
 * Flow: `perennial train` -> inbox_read_lessons -> triage_learn -> triage_layer_encode ->
 * inbox_put_layer; engine reads it back and hands it to triage_read_taught.
 *
 * Invariants
 *  (1) Rules are above the layer as they are above the model: a bare keyword and an emergency by
 *      rule stay what they are.
 *  (2) A layer may make triage more careful as far as the corrections say, but less careful only a
 *      little: what it takes from the likelihood of an emergency or a stop is bounded.
 *  (3) Same corrections in the same order: same layer, byte for byte.
 *  (4) A layer of any bytes may be decoded: what is no layer of ours is refused.
 *
 * Calling sequence: triage_learn -> look at `accepted` -> triage_layer_encode; triage_layer_decode
 * -> triage_read_taught*. Memory: what is returned lives in the arena given first. */
#ifndef PERENNIAL_TRIAGE_LAYER_H
#define PERENNIAL_TRIAGE_LAYER_H

#include "triage/verdict.h"

enum {
    TRIAGE_LESSONS_MAX = 1000, /* the newest corrections; older ones have been learned from */
};

struct triage_layer;

/* A message and what it meant. */
struct triage_lesson {
    const char *text, *prior;
    struct triage_verdict truth;
};

/* Counts over a set of lessons. */
struct triage_figures {
    size_t texts;
    size_t labels_right; /* all labels of a text */
    size_t routes_right;
    double macro_f1;
    size_t emergencies, emergencies_to_person;
    size_t urgents, urgents_found, urgents_false;
    size_t stops, stops_found, stops_false;
    size_t clinical_answered; /* clinical texts answered by a machine */
};

struct triage_trial {
    struct triage_figures kept;   /* writers whom the model has not learned from */
    struct triage_figures review; /* writers whom it has: for stops and emergencies */
    struct triage_figures lessons;
};

struct triage_learning {
    struct triage_trial before, after; /* after: with `layer` */
    const struct triage_layer *layer;  /* NULL: nothing to learn */
    double strength;                   /* 1; less where the full layer did harm */
    size_t left_out; /* corrections that said "no emergency", "no stop", and did harm elsewhere */
    bool accepted;
    const char *refusal; /* a sentence; NULL when accepted */
};

/* `now_used`: the layer that is used today (NULL: none): what the new one is compared with. */
void triage_learn(struct arena *arena, const struct triage_lesson *lessons, size_t count,
    const struct triage_layer *now_used, struct triage_learning *ret_learning);

char *triage_layer_encode(struct arena *arena, const struct triage_layer *layer);
/* NULL: this is no layer of this version. */
const struct triage_layer *triage_layer_decode(struct arena *arena, const char *text);

/* As triage_read; layer NULL: as the program came. */
const struct triage_reading *triage_read_taught(
    struct arena *request, const struct triage_layer *layer, const char *text, const char *prior);

#endif
