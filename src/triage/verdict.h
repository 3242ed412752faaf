/* verdict.h: what a person says that a message meant.                            (part of triage)
 *
 * A reading may be wrong; somebody at the desk says what is right. What they leave out follows from
 * what they said, by the same table that readings follow, so that a correction is as whole as a
 * reading and can be acted on and learned from in its place.
 *
 * Flow: http fills in what was sent -> triage_settle_verdict -> engine acts on it; later the
 * learner (layer.h) reads it as the truth about the message.
 *
 * Invariants: a settled verdict keeps invariants (3), (4) and (5) of triage.h.
 * Calling sequence: triage_settle_verdict once. Ownership: the tags are the caller's. */
#ifndef PERENNIAL_TRIAGE_VERDICT_H
#define PERENNIAL_TRIAGE_VERDICT_H

#include "triage/triage.h"

struct triage_verdict {
    bool labels[TRIAGE_LABEL_MAX];
    bool urgency_said, route_said; /* else they follow */
    enum triage_urgency urgency;
    enum triage_route route;
    const char *tags[TRIAGE_TAGS_MAX];
    size_t tag_count;
};

/* NULL: it holds together, and urgency and route are filled in. Else what does not, in a sentence,
 * and the field that it stands in. */
const char *triage_settle_verdict(struct triage_verdict *verdict, const char **ret_field);
/* The label that stands for all where there is room for one. */
enum triage_label triage_strongest_label(const bool labels[TRIAGE_LABEL_MAX]);
/* "price,availability", the strongest first. */
const char *triage_label_list(struct arena *arena, const bool labels[TRIAGE_LABEL_MAX]);
/* As triage_label_list wrote it; unknown names are passed over. */
void triage_parse_label_list(const char *list, bool ret_labels[TRIAGE_LABEL_MAX]);
bool triage_urgency_parse(const char *name, enum triage_urgency *ret_urgency);
bool triage_route_parse(const char *name, enum triage_route *ret_route);

#endif
