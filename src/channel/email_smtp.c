/* email_smtp.c: mail by SMTP submission (RFC 6409), one recipient per transaction.
 * A connection that broke after the final dot cannot be asked about: such an attempt ends as
 * unconfirmed and is never sent again. */
#include <string.h>

#include "base/text.h"
#include "channel/driver.h"

struct smtp {
    const char *url, *host, *helo;
    const char *user, *password;
    const char *from, *from_name, *reply_to;
    enum net_tls tls;
};

static enum err smtp_error(const struct channel_setting *setting, struct why *reterr_why,
    const char *message, const char *hint)
{
    why_place(reterr_why, "perennial.yaml:%d", setting->line);
    why_hint(reterr_why, "%s", hint);
    return why_set(reterr_why, ERR_INPUT, "%s", message);
}

static enum err smtp_tls(
    const struct channel_setting *setting, enum net_tls *ret_tls, struct why *reterr_why)
{
    const char *tls = setting->tls ? setting->tls : "starttls";
    if (text_is(tls, "starttls"))
        *ret_tls = NET_TLS_STARTTLS;
    else if (text_is(tls, "implicit"))
        *ret_tls = NET_TLS_IMPLICIT;
    else if (text_is(tls, "none"))
        *ret_tls = NET_TLS_NONE;
    else
        return smtp_error(setting, reterr_why, "tls is none of starttls, implicit and none",
            "Use starttls (port 587) or implicit (port 465)");
    return ERR_NONE;
}

static enum err smtp_open(struct arena *boot, const struct channel_setting *setting,
    const struct channel_secrets *secrets, void **ret_self, struct why *reterr_why)
{
    if (text_is_blank(setting->host))
        return smtp_error(
            setting, reterr_why, "the smtp driver needs a host", "Name the mail server as host");
    if (text_is_blank(setting->from) || !strchr(setting->from, '@'))
        return smtp_error(setting, reterr_why, "the smtp driver needs a from address",
            "Name the practice's mail address as from");
    struct smtp *smtp = ARENA_NEW(boot, struct smtp, 1);
    enum err err = smtp_tls(setting, &smtp->tls, reterr_why);
    if (err == ERR_NONE && setting->user)
        err = channel_secret(secrets, setting, setting->secret_file, &smtp->password, reterr_why);
    if (err != ERR_NONE)
        return err;
    int port = setting->port ? setting->port : smtp->tls == NET_TLS_IMPLICIT ? 465 : 587;
    smtp->url = arena_format(
        boot, "%s://%s:%d", smtp->tls == NET_TLS_IMPLICIT ? "smtps" : "smtp", setting->host, port);
    smtp->host = setting->host;
    smtp->user = setting->user;
    smtp->from = setting->from;
    smtp->from_name = setting->from_name;
    smtp->reply_to = setting->reply_to;
    smtp->helo = strchr(setting->from, '@') + 1;
    *ret_self = smtp;
    return ERR_NONE;
}

static const char *smtp_host(const void *self)
{
    return ((const struct smtp *)self)->host;
}

static void smtp_request(struct arena *flight, const void *self, const struct outgoing *outgoing,
    struct instant now, struct net_request *ret_request)
{
    const struct smtp *smtp = self;
    struct mail mail = {
        .from = smtp->from,
        .from_name = outgoing->from_name ? outgoing->from_name : smtp->from_name,
        .to = outgoing->address,
        .reply_to = smtp->reply_to,
        .subject = outgoing->subject,
        .text = outgoing->body,
        .html = outgoing->html,
        .message_id = arena_format(flight, "%s@%s", outgoing->attempt_id, smtp->helo),
        .unsubscribe_url = outgoing->unsubscribe_url,
        .date = now,
    };
    size_t len = 0;
    const char *message = mail_write(flight, &mail, &len);
    *ret_request = (struct net_request){
        .kind = NET_SMTP,
        .url = smtp->url,
        .user = smtp->user,
        .password = smtp->password,
        .tls = smtp->tls,
        .helo = smtp->helo,
        .mail_from = smtp->from,
        .rcpt_to = arena_text(flight, outgoing->address),
        .message = message,
        .message_len = len,
    };
}

/* The enhanced status code (RFC 3463) after the three digits of a reply line, or "". */
static const char *enhanced_code(struct arena *tick, const struct net_reply *reply)
{
    const char *line = reply->body ? reply->body : "";
    size_t len = reply->body ? reply->body_len : 0;
    size_t start = len > 4 ? 4 : len;
    size_t end = start;
    while (end < len && (strchr("0123456789.", line[end]) != NULL) && line[end])
        end++;
    const char *code = arena_text_n(tick, line + start, end - start);
    return strchr(code, '.') ? code : "";
}

/* Policy and authentication refusals are about us, the rest of 5.1 and 5.2 about the mailbox. */
static enum receipt_outcome permanent_outcome(int status, const char *enhanced)
{
    if (status == 530 || status == 534 || status == 535 || text_starts(enhanced, "5.7.8")
        || text_starts(enhanced, "5.7.9"))
        return RECEIPT_CONFIG;
    if (text_starts(enhanced, "5.1.") || text_is(enhanced, "5.2.1"))
        return RECEIPT_PERMANENT;
    if (text_is(enhanced, "5.2.2"))
        return RECEIPT_TRANSIENT;
    if (enhanced[0] == '\0' && (status == 550 || status == 551 || status == 553))
        return RECEIPT_PERMANENT;
    return RECEIPT_CONTENT;
}

static void smtp_read(struct arena *tick, const void *self, const struct net_reply *reply,
    struct receipt *ret_receipt)
{
    (void)self;
    if (!reply->answered) {
        ret_receipt->outcome = reply->written ? RECEIPT_IN_DOUBT : RECEIPT_NOT_SENT;
        ret_receipt->detail = arena_text(tick, reply->failure ? reply->failure : "no answer");
        return;
    }
    const char *enhanced = enhanced_code(tick, reply);
    ret_receipt->code = enhanced[0] ? enhanced : arena_format(tick, "%d", reply->status);
    ret_receipt->detail = arena_format(tick, "SMTP %d %s", reply->status, enhanced);
    if (reply->status >= 200 && reply->status < 300) {
        ret_receipt->outcome = RECEIPT_ACCEPTED;
        ret_receipt->provider_id = arena_text(tick, ret_receipt->attempt_id);
    } else if (reply->status >= 500) {
        ret_receipt->outcome = permanent_outcome(reply->status, enhanced);
    } else {
        ret_receipt->outcome = RECEIPT_TRANSIENT;
    }
}

const struct channel_driver channel_email_smtp = {
    .name = "email.smtp",
    .leaves = true,
    .open = smtp_open,
    .host = smtp_host,
    .request = smtp_request,
    .read = smtp_read,
};
