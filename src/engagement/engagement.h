/* engagement.h: what became of a message: delivered, opened, clicked, answered, booked.   (keeper)
 *
 * Flow: after inbox and triage, before report. Callbacks, page hits and replies are written down as
 * events, each once, and folded per touch; conditions of playbooks read the fold.
 *
 * Invariants
 *  (1) The same event twice (same event_key) changes nothing; order does not matter.
 *  (2) Every event carries how far it can be trusted. An open proves nothing alone (mail privacy
 *      loads images for everybody); a click on our signed link by a person always counts.
 *  (3) No state of a patient changes here by an open or a click: stopping takes a POST (http).
 *  (4) A booking is attributed to the newest enrollment of each playbook that was entered before we
 *      learnt of it and within the window; once written it stays.
 *
 * Calling sequence: engagement_record in the tx of the webhook, page or reply; engagement_attribute
 * in the tx that imported the appointment. Memory: as the arena given. */
#ifndef PERENNIAL_ENGAGEMENT_ENGAGEMENT_H
#define PERENNIAL_ENGAGEMENT_ENGAGEMENT_H

#include "base/json.h"
#include "record/erase.h"
#include "store/db.h"

enum engagement_kind {
    ENGAGEMENT_QUEUED,
    ENGAGEMENT_SENT,
    ENGAGEMENT_DELIVERED,
    ENGAGEMENT_UNDELIVERED,
    ENGAGEMENT_FAILED,
    ENGAGEMENT_BOUNCED,
    ENGAGEMENT_COMPLAINED,
    ENGAGEMENT_OPENED,
    ENGAGEMENT_CLICKED,
    ENGAGEMENT_REPLIED,
    ENGAGEMENT_UNSUBSCRIBED,
    ENGAGEMENT_KIND_MAX
};
const char *engagement_kind_name(enum engagement_kind kind);
bool engagement_kind_parse(const char *text, enum engagement_kind *ret_kind);

enum engagement_trust { TRUST_HUMAN, TRUST_MACHINE, TRUST_UNKNOWN, TRUST_MAX };
const char *engagement_trust_name(enum engagement_trust trust);

struct engagement_event {
    const char *event_key; /* provider id + status; link code + kind + time slot */
    const char *touch_id, *patient_id, *enrollment_id; /* the last may be NULL */
    enum engagement_kind kind;
    enum engagement_trust trust;
    const json_t *detail; /* borrowed, may be NULL; no patient data */
};
/* At tx->now. ret_new false: known already. */
enum err engagement_record(struct tx *tx, const struct engagement_event *event, bool *ret_new,
    struct why *reterr_why) WARN_UNUSED;

/* A hit on a pixel or a link, as the web server saw it. */
struct engagement_hit {
    bool is_open;                       /* the pixel; else a link */
    const char *method;                 /* "GET", "HEAD" ... */
    const char *user_agent;             /* NULL: none */
    struct instant at, sent, delivered; /* ms 0 unknown */
    int64_t hits_in_2_s;                /* other links of the same message within two seconds */
};
/* HEAD, library and scanner agents, proxies, clicks within 60 s of delivery, several links at
 * once: machine. An open through a privacy proxy: unknown. */
enum engagement_trust engagement_judge(const struct engagement_hit *hit);
/* Clicks of this message since then: for hits_in_2_s. */
enum err engagement_recent_clicks(struct db *db, int64_t practice_id, const char *touch_id,
    struct instant since, int64_t *ret_count, struct why *reterr_why) WARN_UNUSED;

/* Bookings of these patients that an enrollment may have brought: first seen within
 * ENGAGEMENT_WINDOW_DAYS after its entry (controls too: the report compares). The report counts by
 * fixed windows from the entry (14, 30, 60, 90 days), so days_after is kept with each. */
enum { ENGAGEMENT_WINDOW_DAYS = 90 };
enum err engagement_attribute(struct tx *tx, const char *const *patient_ids, size_t count,
    struct why *reterr_why) WARN_UNUSED;

/* Two patients turned out to be one person. */
enum err engagement_move_patient(
    struct tx *tx, const char *gone, const char *into, struct why *reterr_why) WARN_UNUSED;

/* They come apart again: what became of these touches and enrollments (JSON arrays of ids). */
enum err engagement_return_patient(struct tx *tx, const char *into, const char *gone,
    const char *touch_ids, const char *enrollment_ids, struct why *reterr_why) WARN_UNUSED;

/* Their part of an erasure: what is counted stays, a booking under its visit's new id. */
enum err engagement_erase(struct erasing *erasing, struct why *reterr_why) WARN_UNUSED;

#endif
