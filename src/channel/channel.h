/* channel.h: how a message leaves the house, and what the other side said.   (actor)
 *
 * Flow: after outbox, before the patient. Takes exact words and an address, hands them to a driver
 * over env_net, and brings back one receipt for each. Reads no table and decides nothing.
 *
 * Invariants
 *  (1) One channels_send gives exactly one receipt, whatever the network does.
 *  (2) The attempt's id travels with every request (callback address, Message-ID), so that the
 *      provider's word can settle a doubt.
 *  (3) "May have left" is never reported as "never left".
 *  (4) A sender's rate is held here, over all touches, by channels_reserve.
 *
 * Calling sequence: channels_open -> (channels_reserve -> channels_send)* / channels_ask* ->
 * channels_take until it is empty -> channels_close. One thread; hundreds in flight.
 * Ownership: what is handed in is copied; receipts live in the arena given to channels_take. */
#ifndef PERENNIAL_CHANNEL_CHANNEL_H
#define PERENNIAL_CHANNEL_CHANNEL_H

#include "env/env.h"
#include "outbox/outbox.h"
#include "record/practice.h"

enum {
    /* Longest wait for one exchange; the outbox lease must be longer. */
    CHANNEL_TIMEOUT_MS_MAX = 60 * 1000,
};
_Static_assert(OUTBOX_LEASE_MS > CHANNEL_TIMEOUT_MS_MAX + 30 * 1000,
    "a worker may lose its lease only after its send has surely ended");

struct channels;

/* A secret by the file name of the setting ("twilio_token"); NULL when there is none. */
struct channel_secrets {
    const char *names[16], *values[16];
    size_t count;
};

/* ERR_INPUT with the line of perennial.yaml when a driver lacks a setting or a secret. */
enum err channels_open(struct arena *boot, const struct practice *practice,
    const struct channel_secrets *secrets, const struct env_net *net,
    struct channels **ret_channels, struct why *reterr_why);
void channels_close(struct channels *channels); /* takes NULL; drops what is still in flight */

/* "sms.twilio", "email.smtp", "null", "task". */
const char *channels_driver(const struct channels *channels, enum channel_kind kind);
/* Whether anything really leaves through it (null and task: no). */
bool channels_leaves(const struct channels *channels, enum channel_kind kind);
/* The address of every channel that leaves is on loopback, or nothing leaves. For `tick`. */
bool channels_loopback_only(const struct channels *channels, const char **ret_offender);

/* 0: taken, send now. Else the milliseconds until the sender is free (rate, in-flight bound, or a
 * stop after wrong credentials). `units` is segments or messages. */
int64_t channels_reserve(
    struct channels *channels, enum channel_kind kind, int64_t units, struct instant now);
/* Why a channel stands still, or NULL. One sentence with the remedy. */
const char *channels_trouble(
    const struct channels *channels, enum channel_kind kind, struct instant now);

struct outgoing {
    enum channel_kind channel;
    const char *attempt_id;
    const char *address;
    const char *subject, *body, *html; /* subject and html: email only, may be NULL */
    const char *from_name;             /* email: shown beside the address; may be NULL */
    const char *callback_url;          /* sms: status callback; may be NULL */
    const char *unsubscribe_url;       /* email: RFC 8058 one-click; may be NULL */
    int64_t valid_s; /* sms: dies in the provider's queue after this; 0: default */
};
/* Never fails: what cannot leave comes back as a receipt. */
void channels_send(struct channels *channels, const struct outgoing *outgoing, struct instant now);

/* Asks the provider whether it has the message of a doubt. */
void channels_ask(struct channels *channels, const struct doubt *doubt, struct instant now);

struct channel_event {
    bool is_answer; /* to channels_ask; else a receipt */
    enum channel_kind channel;
    struct receipt receipt;
    char attempt_id[37];
    enum doubt_answer answer;
    const char *const *provider_ids;
    size_t provider_count;
};
/* The next finished exchange, waiting at most wait_ms; false when none came. */
bool channels_take(struct channels *channels, struct arena *tick, int64_t wait_ms,
    struct instant now, struct channel_event *ret_event);
size_t channels_in_flight(const struct channels *channels);

/* What a provider's error code means, wherever it shows up: in an answer or in a later callback. */
enum receipt_outcome channel_twilio_outcome(int64_t code, int64_t http_status);

/* X-Twilio-Signature (facts: https://www.twilio.com/docs/usage/webhooks/webhooks-security):
 * HMAC-SHA1 over the URL and the sorted form fields; with a bodySHA256 in the URL, over the URL
 * alone and the hash of the raw body. Accepts the URL with and without an explicit default port. */
struct form_field {
    const char *name, *value;
};
bool channel_twilio_signed(const char *auth_token, const char *url, const struct form_field *fields,
    size_t field_count, const char *raw_body, size_t raw_body_len, const char *signature);

#endif
