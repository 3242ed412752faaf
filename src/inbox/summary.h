/* summary.h: what somebody should know before they call.                          (part of inbox)
 *
 * Ten days after the first message a colleague picks up the phone. They should not have to read
 * back: what went out, what the patient said in their own words, what they asked, how earlier calls
 * went, the last visit, what may be done with them. Everything here stands in the record and says
 * when; nothing is made up and no model has a word in it.
 *
 * Flow: engine when it puts a call on the desk; http for whoever opens a conversation.
 *
 * Invariants: (1) the same record gives the same sentences; (2) the patient's words are quoted as
 * they came, cut at SUMMARY_QUOTE_BYTES_MAX; (3) reading it is reading the patient: the caller
 * audits it.
 * Calling sequence: inbox_summarize. Memory: the JSON is the caller's. */
#ifndef PERENNIAL_INBOX_SUMMARY_H
#define PERENNIAL_INBOX_SUMMARY_H

#include "inbox/inbox.h"

enum { SUMMARY_QUOTE_BYTES_MAX = 240 };

struct summary_question {
    const char *patient_id;
    const struct practice *practice;
    const struct zone *zone; /* of the clocks it tells */
    struct instant now;
    bool spanish; /* the colleague's language; quotes stay as they are */
};
/* {"lines":[...], "last_visit", "next_visit", "sent":[...], "said":[...], "asked":[...],
 * "tags":[...], "calls":[...], "notes":[...], "may":[...], "stopped":[...]} */
enum err inbox_summarize(struct arena *arena, struct db *db,
    const struct summary_question *question, json_t **ret_summary,
    struct why *reterr_why) WARN_UNUSED;
/* The lines, one below the other. */
char *inbox_summary_text(struct arena *arena, const json_t *summary, bool spanish);

#endif
