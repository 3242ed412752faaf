/* triage.h: what does a patient's reply mean?                                          (decider)
 *
 * One reply goes in, with the last message the practice had sent; out comes a reading: is this a
 * wish to hear nothing more, may it be urgent, what is it about, who should act. Nothing is changed
 * here: the engine hands the reading to inbox, which keeps the opt-out, holds the sequence and
 * raises the task.
 *
 * Flow: after inbox has stored the message, before engagement. Pure over (text, prior).
 *
 * Invariants
 *  (1) Same text and prior: same reading, on every machine, in every locale.
 *  (2) A bare keyword is TRIAGE_STOP_YES whatever else speaks. Of other wordings grammar and the
 *      learned model decide together; the model takes a rule's stop away only where it is sure.
 *  (3) `urgency` is not none only together with TRIAGE_LABEL_CLINICAL_URGENT or (threats)
 *      TRIAGE_LABEL_ABUSIVE, and TRIAGE_LABEL_CLINICAL_URGENT never has urgency none.
 *  (4) TRIAGE_LABEL_UNCLEAR stands alone; every reading has at least one label.
 *  (5) When `stop` is UNSURE or `urgency` is not none, `route` is ESCALATE, SUPPRESS or STAFF_TASK:
 *      a person looks, and automation is silent until then.
 *  (6) Any bytes may be handed in. What is longer than TRIAGE_TEXT_BYTES_MAX is read up to there,
 *      and `stop` is then UNSURE at least.
 *  (7) A rule for an emergency or a threat is never overruled by the model.
 *  (8) `refuses` names a channel only where the text clearly keeps another one; never beside a bare
 *      keyword, an unsure stop, a wrong number. With SMS among them `stop` is YES; without, NO.
 *
 * What the caller does with it, whatever the route says (docs/architecture.md, promises):
 *   stop YES, refuses nothing     opt out the channel at once, one confirmation, nothing more
 *   refuses                       opt out just these, whatever `stop` says ("no calls, text only")
 *   suppress                      the same silence, also for wrong numbers, the dead and the moved
 *   stop UNSURE, urgency not none hold all automation for this patient, task for a person
 *   anything else                 hold the running sequence (route CLOSE ends it)
 *   labels OPT_IN with `restart`  restore only what the person had before; never on `keep` alone
 *   also_cancel                   a bare CANCEL or END: tell staff that it may mean the visit
 *
 * Calling sequence: triage_read once per message. No handle, nothing to release.
 * Ownership: the reading and all it points to live in `request`; `text`, `prior` are not kept. */
#ifndef PERENNIAL_TRIAGE_TRIAGE_H
#define PERENNIAL_TRIAGE_TRIAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* A text message ends at 1600 characters; an email reply whose quotes were cut fits too. The bound
 * keeps one hostile message within a few milliseconds. */
#define TRIAGE_TEXT_BYTES_MAX 16384
#define TRIAGE_TAGS_MAX 12
#define TRIAGE_WHY_MAX 16

enum triage_label {
    TRIAGE_LABEL_OPT_OUT,
    TRIAGE_LABEL_PAUSE,
    TRIAGE_LABEL_OPT_IN,
    TRIAGE_LABEL_HELP,
    TRIAGE_LABEL_BOOK_YES,
    TRIAGE_LABEL_AVAILABILITY,
    TRIAGE_LABEL_RESCHEDULE,
    TRIAGE_LABEL_CANCEL,
    TRIAGE_LABEL_PRICE,
    TRIAGE_LABEL_FINANCING_INSURANCE,
    TRIAGE_LABEL_SERVICE_QUESTION,
    TRIAGE_LABEL_CLINICAL_URGENT,
    TRIAGE_LABEL_CLINICAL_NONURGENT,
    TRIAGE_LABEL_COMPLAINT_ANGRY,
    TRIAGE_LABEL_REFUND_DISPUTE,
    TRIAGE_LABEL_LOYALTY_PROMO,
    TRIAGE_LABEL_LOCATION_HOURS,
    TRIAGE_LABEL_WRONG_NUMBER,
    TRIAGE_LABEL_DECEASED_OR_MOVED,
    TRIAGE_LABEL_NOT_INTERESTED,
    TRIAGE_LABEL_ALREADY_BOOKED_ELSEWHERE,
    TRIAGE_LABEL_THANKS_SMALLTALK,
    TRIAGE_LABEL_IDENTITY_PRIVACY,
    TRIAGE_LABEL_ABUSIVE,
    TRIAGE_LABEL_VIP_OR_STAFF_REQUEST,
    TRIAGE_LABEL_UNCLEAR,
    TRIAGE_LABEL_MAX
};

enum triage_stop {
    TRIAGE_STOP_NO,
    TRIAGE_STOP_UNSURE, /* a person decides; automation is silent meanwhile (OPT-13) */
    TRIAGE_STOP_YES,
    TRIAGE_STOP_MAX
};

enum triage_urgency {
    TRIAGE_URGENCY_NONE,
    TRIAGE_URGENCY_SAME_DAY,
    TRIAGE_URGENCY_EMERGENCY,
    TRIAGE_URGENCY_MAX
};

/* The one strongest next action. */
enum triage_route {
    TRIAGE_ROUTE_ESCALATE,
    TRIAGE_ROUTE_SUPPRESS,
    TRIAGE_ROUTE_STAFF_TASK,
    TRIAGE_ROUTE_AUTO_REPLY,
    TRIAGE_ROUTE_CLOSE,
    TRIAGE_ROUTE_MAX
};

/* The ways of being reached that a text may refuse one by one. */
enum triage_channel {
    TRIAGE_CHANNEL_SMS,
    TRIAGE_CHANNEL_EMAIL,
    TRIAGE_CHANNEL_VOICE,
    TRIAGE_CHANNEL_MAX
};

enum triage_language { TRIAGE_LANGUAGE_EN, TRIAGE_LANGUAGE_ES, TRIAGE_LANGUAGE_MAX };

/* The four answers of the opt-out policy, read without knowing the earlier message. */
enum triage_optout {
    TRIAGE_OPTOUT_OPT_OUT,
    TRIAGE_OPTOUT_OPT_IN,
    TRIAGE_OPTOUT_HELP,
    TRIAGE_OPTOUT_NOT_OPT_OUT,
    TRIAGE_OPTOUT_MAX
};

struct triage_reading {
    bool labels[TRIAGE_LABEL_MAX];
    double confidence[TRIAGE_LABEL_MAX]; /* 0..1; 0 where the label is not given */
    enum triage_stop stop;
    bool stop_keyword; /* a bare keyword: the provider may have answered it already (OPT-18) */
    bool also_cancel;  /* a bare CANCEL or END after an appointment message (OPT-14) */
    bool suppress;     /* opt_out, wrong_number or deceased_or_moved */
    bool restart;      /* a clear act to hear from us again: START, "put me back on" (OPT-15) */
    bool keep;         /* asks to go on, with nothing to restore: "please don't stop" */
    bool refuses[TRIAGE_CHANNEL_MAX]; /* none beside a stop: all are refused */
    bool asks_for_own_data; /* where the number came from, deletion, records: a person answers */
    enum triage_urgency urgency;
    enum triage_route route;
    enum triage_language language;
    const char *tags[TRIAGE_TAGS_MAX]; /* "spanish", "prefers_call", "wants_saturday" ... */
    size_t tag_count;
    const char *why[TRIAGE_WHY_MAX]; /* a line a rule: "stop.cease_reach: stop texting" */
    size_t why_count;
};

/* `prior` is the practice's last message to this patient; NULL or "" when the patient wrote first.
 * NULL `text` is read as "". Never fails. */
const struct triage_reading *triage_read(
    struct arena *request, const char *text, const char *prior);

/* The opt-out policy's answer for a text alone; UNSURE answers opt_out, the cautious side. */
enum triage_optout triage_read_optout(struct arena *request, const char *text);

const char *triage_label_name(enum triage_label label);       /* "opt_out" */
const char *triage_stop_name(enum triage_stop stop);          /* "no", "unsure", "yes" */
const char *triage_urgency_name(enum triage_urgency urgency); /* "none", "same_day", "emergency" */
const char *triage_route_name(enum triage_route route);       /* "escalate" ... "close" */
const char *triage_channel_name(enum triage_channel channel); /* "sms", "email", "voice" */
const char *triage_language_name(enum triage_language language); /* "en", "es" */
const char *triage_optout_name(enum triage_optout optout);       /* "opt_out" ... "not_opt_out" */
bool triage_label_parse(const char *name, enum triage_label *ret_label);

/* One compact JSON object, no line end, as `inspect reply` and `inspect optout` print it. Bad UTF-8
 * in `text` is shown as U+FFFD. */
const char *triage_reply_json(struct arena *request, const char *text, const char *prior);
/* The same of a reading that is there already. */
const char *triage_reading_json(
    struct arena *request, const char *text, const struct triage_reading *reading);
const char *triage_optout_json(struct arena *request, const char *text);

#endif
