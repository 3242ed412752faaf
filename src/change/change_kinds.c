/* change_kinds.c: which row of the audit log is told under which name to whom. */
#include <string.h>

#include "base/text.h"
#include "change/change.h"

/* clang-format off */
const struct change_kind change_kinds[] = {
    /* Conversations. What was stored is read by the engine at once; only then it has a thread. */
    {"inbound.read", NULL, CHANGE_THREAD, "message.received", PERMISSION_INBOX_READ,
        CHANGE_SUBJECT_IDS},
    {"inbound.stored", NULL, CHANGE_THREAD, NULL, PERMISSION_INBOX_READ, CHANGE_NO_IDS},
    {"inbound.answered", NULL, CHANGE_THREAD, NULL, PERMISSION_INBOX_READ, CHANGE_NO_IDS},
    {"draft.*", NULL, CHANGE_THREAD, NULL, PERMISSION_INBOX_READ, CHANGE_NO_IDS},
    {"thread.*", NULL, CHANGE_THREAD, "thread.changed", PERMISSION_INBOX_READ, CHANGE_SUBJECT_IDS},
    {"canned.*", NULL, CHANGE_THREAD, "canned.changed", PERMISSION_INBOX_READ, CHANGE_SUBJECT_IDS},
    {"task.added", NULL, CHANGE_TASK, "task.added", PERMISSION_INBOX_READ, CHANGE_SUBJECT_IDS},
    {"task.*", NULL, CHANGE_TASK, "task.changed", PERMISSION_INBOX_READ, CHANGE_SUBJECT_IDS},

    /* Patients. Who looked at whom is told to nobody; what a row of these is about may be the hash
     * of an address, which stays here. */
    {"patient.read", NULL, CHANGE_PATIENT, NULL, PERMISSION_PATIENTS_READ, CHANGE_NO_IDS},
    {"patient.listed", NULL, CHANGE_PATIENT, NULL, PERMISSION_PATIENTS_READ, CHANGE_NO_IDS},
    {"patient.*", NULL, CHANGE_PATIENT, "patient.changed", PERMISSION_PATIENTS_READ,
        CHANGE_PATIENT_ID},
    {"contact.*", NULL, CHANGE_PATIENT, "patient.changed", PERMISSION_PATIENTS_READ,
        CHANGE_PATIENT_ID},
    {"appointment.withdrawn", NULL, CHANGE_PATIENT, "patient.changed", PERMISSION_PATIENTS_READ,
        CHANGE_NO_IDS},
    {"times.*", NULL, CHANGE_PATIENT, "patient.changed", PERMISSION_PATIENTS_READ,
        CHANGE_PATIENT_ID}, /* named to a patient, and what they made of them */
    {"waitlist.*", NULL, CHANGE_PATIENT, "patient.changed", PERMISSION_PATIENTS_READ,
        CHANGE_PATIENT_ID},
    {"consent.*", NULL, CHANGE_PATIENT, "consent.changed", PERMISSION_PATIENTS_READ,
        CHANGE_PATIENT_ID},
    {"suppression.*", NULL, CHANGE_PATIENT, "suppression.changed", PERMISSION_PATIENTS_READ,
        CHANGE_PATIENT_ID},
    {"enrollment.*", NULL, CHANGE_PATIENT, "enrollment.changed", PERMISSION_PATIENTS_READ,
        CHANGE_SUBJECT_IDS},
    {"enrollment.*", NULL, CHANGE_PLAYBOOK, "playbook.counted", PERMISSION_PLAYBOOKS_READ,
        CHANGE_NO_IDS},
    {"touch.cancelled", NULL, CHANGE_TOUCH, "touch.changed", PERMISSION_PATIENTS_READ,
        CHANGE_PATIENT_ID}, /* all of an enrollment at once */
    {"touch.*", NULL, CHANGE_TOUCH, "touch.changed", PERMISSION_PATIENTS_READ, CHANGE_SUBJECT_IDS},

    /* What is sent and why. */
    {"playbook.*", NULL, CHANGE_PLAYBOOK, "playbook.changed", PERMISSION_PLAYBOOKS_READ,
        CHANGE_SUBJECT_IDS},
    {"practice.paused", NULL, CHANGE_PLAYBOOK, "sending.paused", PERMISSION_PLAYBOOKS_READ,
        CHANGE_NO_IDS},
    {"practice.resumed", NULL, CHANGE_PLAYBOOK, "sending.resumed", PERMISSION_PLAYBOOKS_READ,
        CHANGE_NO_IDS},
    {"file.changed", "playbooks/", CHANGE_PLAYBOOK, "playbook.changed", PERMISSION_PLAYBOOKS_READ,
        CHANGE_SUBJECT_IDS},
    {"file.changed", "templates/", CHANGE_PLAYBOOK, "template.changed", PERMISSION_PLAYBOOKS_READ,
        CHANGE_SUBJECT_IDS},
    {"file.changed", "definitions.yaml", CHANGE_PLAYBOOK, "definitions.changed",
        PERMISSION_PLAYBOOKS_READ, CHANGE_NO_IDS},
    {"file.changed", NULL, CHANGE_SETTINGS, "settings.changed", PERMISSION_SETTINGS_READ,
        CHANGE_NO_IDS},
    {"backup.made", NULL, CHANGE_SETTINGS, "backup.made", PERMISSION_SETTINGS_READ, CHANGE_NO_IDS},
    {"import.done", NULL, CHANGE_IMPORT, "import.done", PERMISSION_IMPORTS_READ,
        CHANGE_SUBJECT_IDS},

    /* Colleagues, programs, keys. */
    {"account.*", NULL, CHANGE_STAFF, "staff.changed", PERMISSION_STAFF_READ, CHANGE_SUBJECT_IDS},
    {"link.made", NULL, CHANGE_STAFF, "staff.changed", PERMISSION_STAFF_READ, CHANGE_SUBJECT_IDS},
    {"emergency.opened", NULL, CHANGE_STAFF, "emergency.opened", PERMISSION_AUDIT_READ,
        CHANGE_NO_IDS},
    {"key.*", NULL, CHANGE_STAFF, "key.changed", PERMISSION_KEYS_MANAGE, CHANGE_SUBJECT_IDS},
    {"webhook.*", NULL, CHANGE_STAFF, "webhook.changed", PERMISSION_KEYS_MANAGE,
        CHANGE_SUBJECT_IDS},

    /* Told to nobody: who signs in, who read the keys, the log or a plan, the log's own rows. */
    {"session.*", NULL, CHANGE_STAFF, NULL, PERMISSION_STAFF_READ, CHANGE_NO_IDS},
    {"plan.read", NULL, CHANGE_PLAYBOOK, NULL, PERMISSION_PATIENTS_READ, CHANGE_NO_IDS},
    {"recovery_key.read", NULL, CHANGE_STAFF, NULL, PERMISSION_SETTINGS_KEYS, CHANGE_NO_IDS},
    {"triage.*", NULL, CHANGE_SETTINGS, NULL, PERMISSION_SETTINGS_READ, CHANGE_NO_IDS},
    {"audit.*", NULL, CHANGE_SETTINGS, NULL, PERMISSION_AUDIT_READ, CHANGE_NO_IDS},
    {"record.clocks_rebuilt", NULL, CHANGE_PATIENT, NULL, PERMISSION_PATIENTS_READ, CHANGE_NO_IDS},
};
/* clang-format on */
const size_t change_kind_count = sizeof(change_kinds) / sizeof(change_kinds[0]);

const char *change_topic_name(enum change_topic topic)
{
    switch (topic) {
    case CHANGE_THREAD: return "thread";
    case CHANGE_TASK: return "task";
    case CHANGE_PATIENT: return "patient";
    case CHANGE_PLAYBOOK: return "playbook";
    case CHANGE_TOUCH: return "touch";
    case CHANGE_IMPORT: return "import";
    case CHANGE_SETTINGS: return "settings";
    case CHANGE_STAFF: return "staff";
    case CHANGE_TOPIC_MAX: break;
    }
    return "";
}

static bool fits(const struct change_kind *kind, const char *action, const char *subject_id)
{
    size_t len = strlen(kind->action);
    bool any_rest = kind->action[len - 1] == '*';
    bool named =
        any_rest ? strncmp(kind->action, action, len - 1) == 0 : text_is(kind->action, action);
    return named && (!kind->subject || (subject_id && text_starts(subject_id, kind->subject)));
}

const struct change_kind *change_kind_of(const char *action, const char *subject_id)
{
    for (size_t i = 0; i < change_kind_count; i++) {
        if (fits(&change_kinds[i], action, subject_id))
            return &change_kinds[i];
    }
    return NULL;
}

const struct change_kind *change_kind_next(const struct change_kind *kind)
{
    const struct change_kind *next = kind + 1;
    bool more = next < change_kinds + change_kind_count && text_is(next->action, kind->action)
        && text_is(next->subject, kind->subject);
    return more ? next : NULL;
}

bool change_in_topic(const struct change_kind *kind, const char *word)
{
    return kind->type
        && (text_is(word, change_topic_name(kind->topic)) || text_is(word, kind->type));
}

bool change_is_topic(const char *word)
{
    for (size_t i = 0; i < change_kind_count; i++) {
        if (change_in_topic(&change_kinds[i], word))
            return true;
    }
    return false;
}
