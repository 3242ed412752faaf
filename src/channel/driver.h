/* driver.h: the verbs of one way out, in the order they are lived.   (inside channel) */
#ifndef PERENNIAL_CHANNEL_DRIVER_H
#define PERENNIAL_CHANNEL_DRIVER_H

#include "channel/channel.h"

struct channel_driver {
    const char *name; /* "sms.twilio" */
    bool leaves;      /* whether anything reaches another machine */
    /* Checks the settings and keeps what every request needs. */
    enum err (*open)(struct arena *boot, const struct channel_setting *setting,
        const struct channel_secrets *secrets, void **ret_self, struct why *reterr_why);
    /* The address that requests go to, for the loopback rule. */
    const char *(*host)(const void *self);
    void (*request)(struct arena *flight, const void *self, const struct outgoing *outgoing,
        struct instant now, struct net_request *ret_request);
    void (*read)(struct arena *tick, const void *self, const struct net_reply *reply,
        struct receipt *ret_receipt);
    /* NULL: this provider cannot be asked. */
    void (*ask)(struct arena *flight, const void *self, const struct doubt *doubt,
        struct net_request *ret_request);
    enum doubt_answer (*read_answer)(struct arena *tick, const void *self, const char *body,
        const struct net_reply *reply, const char *const **ret_ids, size_t *ret_count);
};

extern const struct channel_driver channel_null;
extern const struct channel_driver channel_sms_twilio;
extern const struct channel_driver channel_email_smtp;

/* The secret that a setting names, or an error that says which file to write. */
enum err channel_secret(const struct channel_secrets *secrets,
    const struct channel_setting *setting, const char *name, const char **ret_value,
    struct why *reterr_why);

/* A complete RFC 5322 message with CRLF line ends: multipart/alternative of text and HTML. */
struct mail {
    const char *from, *from_name, *to, *reply_to, *subject, *text, *html;
    const char *message_id;      /* without brackets */
    const char *unsubscribe_url; /* NULL: no List-Unsubscribe */
    struct instant date;
};
char *mail_write(struct arena *arena, const struct mail *mail, size_t *ret_len);

#endif
