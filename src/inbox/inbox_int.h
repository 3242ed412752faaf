/* inbox_int.h: what the files of inbox share. */
#ifndef PERENNIAL_INBOX_INBOX_INT_H
#define PERENNIAL_INBOX_INBOX_INT_H

#include "inbox/inbox.h"

/* The task that a reading asks for, due so long after `from`; ret_task NULL: none. */
enum err inbox__raise(struct arena *tick, struct tx *tx, const struct practice *practice,
    const struct inbound *inbound, const struct inbox_reading *reading, struct instant from,
    const char **ret_task, struct why *reterr_why);
/* Its kind; NULL: none. */
const char *inbox__task_kind(const struct inbound *inbound, const struct inbox_reading *reading);

/* inbox.c: everybody who uses the sender's address now. */
enum err inbox__read_sharing(struct arena *arena, struct db *db, int64_t practice_id,
    struct inbound *inbound, struct why *reterr_why);
/* What a reading stops or starts; what it asks to be noted. */
enum err inbox__apply_stops(struct arena *tick, struct tx *tx, const unsigned char *address_key,
    const struct inbound *inbound, const struct inbox_reading *reading,
    struct inbox_outcome *outcome, struct why *reterr_why);
enum err inbox__apply_wishes(struct tx *tx, const struct practice *practice,
    const struct inbound *inbound, const struct inbox_reading *reading, struct why *reterr_why);

/* inbox_task.c: what stands in a task's body, an empty object where nothing does; a new reference.
 */
json_t *inbox__task_body(const char *text);
/* The kinds of attachments as they are stored; a new reference. */
json_t *inbox__attachments(const char *text);

/* inbox_task.c: what strangers' messages had asked of people is about a patient from now on. */
enum err inbox__take_tasks(
    struct tx *tx, const char *thread_id, const char *patient_id, struct why *reterr_why);

/* stranger.c: what came from this address while nobody knew whose it was is the patient's now. */
enum err inbox__join_sender(
    struct tx *tx, const char *address, const char *patient_id, struct why *reterr_why);

/* refuse.c: the channels that a reading stops while it keeps another; ret_new: one was open. */
enum err inbox__apply_refusals(struct arena *tick, struct tx *tx, const unsigned char *address_key,
    const struct inbound *inbound, const struct inbox_reading *reading, bool *ret_new,
    struct why *reterr_why);
/* Everything, on every channel: who had kept one is told that STOP ends it. */
enum err inbox__apply_stop_of_rest(struct tx *tx, const unsigned char *address_key,
    const struct inbound *inbound, bool *ret_new, struct why *reterr_why);
/* A message that was carried out whole moves no conversation. */
enum err inbox__note_settled(
    struct tx *tx, const struct inbound *inbound, const char *thread_id, struct why *reterr_why);

/* thread.c: what a conversation stays while somebody still has a task of an earlier message, but
 * for a look at what needs no answer:
 * ret_waits, and the more pressing of its urgency and the reading's in ret_urgency. */
enum err inbox__keep_urgency(struct tx *tx, const char *thread_id, const char *inbound_id,
    const struct inbox_reading *reading, bool *ret_waits, const char **ret_urgency,
    struct why *reterr_why);
/* After that task has ended: what was written last holds again. Any other task: nothing. */
enum err inbox__settle_thread(struct tx *tx, const char *task_id, struct why *reterr_why);

/* alert.c: when a task of this kind first calls somebody; ms 0: never. */
struct instant inbox__first_alert(const char *kind, struct instant now, struct instant due);

#endif
