#include <string.h>

#include "gate/gate_int.h"

/* What is said: PHI level, terms, sender, opt-out wording (rules PHI, CAR, OPT, EML). */

static int level_of(const struct judging *judging, const char *scan)
{
    int level = judging->case_->piece ? judging->case_->piece->phi_level : PHI_NONE;
    struct term_hit hit;

    if (scan && level < PHI_SERVICE
        && term_find(scan, 0, 1u << TERM_TREATMENT | 1u << TERM_PRESCRIPTION, NULL, 0, &hit))
        level = PHI_SERVICE;
    return level;
}

/* Promise no_phi_unauthorized: the practice may narrow it, nothing widens it. */
static bool check_level(struct judging *judging, const char *scan)
{
    const struct practice *practice = judging->batch->gate->practice;
    const struct gate_case *case_ = judging->case_;
    bool authorized = gate_phi_authorized(judging->person, practice, judging->now);
    int level = level_of(judging, scan);

    detail_int(judging, "phi_level", level);
    detail_text(judging, "phi_authorized", authorized ? "yes" : "no");
    if (case_->funded_by_third_party && !authorized)
        return judge_drop(judging, GATE_CONTENT, "PHI-3",
            "somebody else pays for this offer: it needs the patient's authorization");
    if (case_->channel == CHANNEL_TASK)
        return false;
    if (level >= PHI_CLINICAL)
        return judge_drop(
            judging, GATE_CONTENT, "PHI-8", "clinical detail does not leave by message");
    if (level < PHI_SERVICE
        && !(case_->piece && case_->piece->wording == WORDING_SPECIFIC && !authorized))
        return false;
    if (case_->named_by_patient && !case_->piece && judging->purpose == PURPOSE_ANSWER)
        detail_text(judging, "phi_named_by", "patient");
    else if (!authorized)
        return judge_drop(judging, GATE_CONTENT, "PHI-10",
            "it names the treatment, and no authorization is on file");
    if (practice->never_name_treatment)
        return judge_drop(
            judging, GATE_CONTENT, "PHI-8", "it names the treatment, and this practice never does");
    return false;
}

static bool check_sender(struct judging *judging, const char *text)
{
    if (sms_names_sender(judging->tick, text, judging->batch->gate->practice->name))
        return false;
    return judge_drop(judging, GATE_CONTENT, "CAR-2",
        "the text does not name its sender within the first 40 characters");
}

static bool check_terms(struct judging *judging, const char *scan)
{
    unsigned kinds = 1u << TERM_SHORTENER;
    struct term_hit hit;

    if (judging->case_->channel == CHANNEL_SMS && judging->purpose == PURPOSE_MARKETING)
        kinds |= 1u << TERM_PRESCRIPTION | 1u << TERM_SHAFT | 1u << TERM_BARRED;
    if (!term_find(scan, 0, kinds, NULL, 0, &hit))
        return false;
    detail_text(judging, "term", hit.term);
    return judge_drop(judging, GATE_CONTENT, hit.rule, "carriers block a message with this word");
}

static bool check_text(struct judging *judging, const struct rendered *message)
{
    bool marketing = judging->purpose == PURPOSE_MARKETING;

    if (check_sender(judging, message->text))
        return true;
    if (!marketing)
        return false;
    if (!message->stop_line
        && !gate_stop_disclosed(judging->batch, judging->case_->patient_id, judging->now))
        return judge_drop(judging, GATE_CONTENT, "OPT-17",
            "the text does not say how to stop, and none has for 30 days");
    return false;
}

static bool check_mail(struct judging *judging, const struct rendered *message)
{
    const char *subject = message->subject ? message->subject : "";

    if (text_is_blank(subject) || strpbrk(subject, "\r\n"))
        return judge_drop(judging, GATE_CONTENT, "EML-1", "the subject is no line of text");
    if (judging->purpose == PURPOSE_MARKETING
        && text_is_blank(judging->batch->gate->practice->address))
        return judge_drop(judging, GATE_CONTENT, "EML-4",
            "marketing email needs the practice's postal address: address in perennial.yaml");
    return false;
}

bool gate_check_content(struct judging *judging)
{
    const struct gate_case *case_ = judging->case_;
    const struct rendered *message = case_->message;
    const char *scan = message ? (message->scan ? message->scan : message->text) : NULL;

    if (case_->piece && !case_->piece->usable)
        return judge_drop(judging, GATE_CONTENT, "template", "the template has an error");
    if (check_level(judging, scan))
        return true;
    if (!message || case_->channel == CHANNEL_TASK)
        return false;
    if (message->missing) {
        detail_text(judging, "field", message->missing);
        return judge_drop(judging, GATE_CONTENT, "template",
            "the message needs a value that is not known for this patient");
    }
    if (text_is_blank(message->text))
        return judge_drop(judging, GATE_CONTENT, "template", "the message is empty");
    if (case_->channel == CHANNEL_SMS && sms_characters(message->text) > SMS_CHARACTERS_MAX)
        return judge_drop(judging, GATE_CONTENT, "CAR-11",
            "a text holds 1,600 characters at most, this is longer");
    if (message->body_hash)
        detail_text(judging, "text", message->body_hash);
    if (case_->staff_reply)
        return false;
    if (check_terms(judging, scan))
        return true;
    if (case_->channel == CHANNEL_SMS)
        return check_text(judging, message);
    return case_->channel == CHANNEL_EMAIL && check_mail(judging, message);
}
