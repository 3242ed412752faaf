/* why.c: how a rule that has spoken says so (triage_int.h). */
#include <assert.h>
#include <string.h>

#include "triage/triage_int.h"

static const char *kind_name(enum rule_kind kind)
{
    switch (kind) {
    case RULE_PRIOR: return "prior";
    case RULE_OPTION: return "option";
    case RULE_DENY: return "deny";
    case RULE_MASK: return "mask";
    case RULE_KEEP: return "keep";
    case RULE_START: return "start";
    case RULE_KEYWORD: return "keyword";
    case RULE_STOP: return "stop";
    case RULE_STOP_MAYBE: return "stop_maybe";
    case RULE_WRONG: return "wrong";
    case RULE_EMAIL_ONLY: return "email_only";
    case RULE_EMERGENCY: return "emergency";
    case RULE_SAME_DAY: return "same_day";
    case RULE_CLINICAL: return "clinical";
    case RULE_MENTION: return "mention";
    case RULE_THREAT: return "threat";
    case RULE_LABEL: return "label";
    case RULE_TAG: return "tag";
    case RULE_KIND_MAX: break;
    }
    assert(!"unknown kind of rule");
    return "";
}

const char *why_of_hit(struct arena *request, const struct reply_text *reply, const struct hit *hit)
{
    char words[96] = {0};
    size_t len = 0;
    for (size_t i = hit->from; i < hit->until; i++) {
        size_t more = strlen(reply->tokens[i].text);
        if (len + more + 2 > sizeof words)
            break;
        if (len > 0)
            words[len++] = ' ';
        memcpy(words + len, reply->tokens[i].text, more);
        len += more;
    }
    return arena_format(
        request, "%s.%s: %s", kind_name((enum rule_kind)hit->rule->kind), hit->rule->name, words);
}
