/* permission.c: the table of roles. tools/api reads it, too, for the document of the API. */
#include "account/permission.h"

#include <assert.h>
#include <string.h>

static const char *const role_names[ROLE_MAX] = {
    "owner", "manager", "front_desk", "clinician", "consultant", "auditor"};

struct permission_row {
    const char *name;
    char roles[ROLE_MAX]; /* in the order of enum role */
    const char *meaning;
};

/* clang-format off */
static const struct permission_row table[PERMISSION_MAX] = {
    /*                   owner mgr. desk clin. cons. audit. */
    {"anybody",          {1,   1,   1,   1,    1,    1}, "what needs no sign-in"},
    {"self",             {1,   1,   1,   1,    1,    1}, "one's own account and session"},
    {"inbox.read",       {1,   1,   1,   1,    0,    0}, "today, tasks, conversations"},
    {"inbox.write",      {1,   1,   1,   1,    0,    0}, "answer, note, assign, end"},
    {"patients.read",    {1,   1,   1,   1,    0,    0}, "find and open patients"},
    {"patients.write",   {1,   1,   1,   1,    0,    0}, "opt out, pause, tag, consent"},
    {"playbooks.read",   {1,   1,   1,   1,    1,    1}, "read playbooks, templates, words"},
    {"playbooks.write",  {1,   1,   0,   0,    1,    0}, "edit them"},
    {"playbooks.plan",   {1,   1,   0,   1,    1,    0}, "plan; names with patients.read"},
    {"playbooks.pause",  {1,   1,   1,   1,    1,    0}, "stop a playbook or all sending"},
    {"playbooks.run",    {1,   1,   0,   0,    0,    0}, "apply, pilot, resume"},
    {"reports.read",     {1,   1,   0,   0,    1,    1}, "numbers without names"},
    {"reports.people",   {1,   1,   0,   0,    0,    0}, "the people behind a number"},
    {"audit.read",       {1,   0,   0,   0,    0,    1}, "the audit log and its check"},
    {"audit.patient",    {1,   1,   0,   0,    0,    1}, "one patient's disclosures"},
    {"settings.read",    {1,   1,   0,   0,    1,    1}, "the practice's settings"},
    {"settings.write",   {1,   1,   0,   0,    0,    0}, "change them"},
    {"settings.keys",    {1,   0,   0,   0,    0,    0}, "the recovery keys"},
    {"imports.read",     {1,   1,   1,   0,    0,    1}, "what was imported and when"},
    {"imports.write",    {1,   1,   1,   0,    0,    0}, "import exports"},
    {"staff.read",       {1,   1,   0,   0,    0,    1}, "who has an account"},
    {"staff.write",      {1,   1,   0,   0,    0,    0}, "add and change colleagues"},
    {"keys.manage",      {1,   0,   0,   0,    0,    0}, "API keys and webhooks"},
    {"events.read",      {1,   1,   1,   1,    1,    0}, "be told of changes"},
    {"search",           {1,   1,   1,   1,    1,    1}, "one box, over what may be read"},
};
/* clang-format on */

const char *role_name(enum role role)
{
    assert(role < ROLE_MAX);
    return role_names[role];
}

bool role_parse(const char *text, enum role *ret_role)
{
    for (int i = 0; i < ROLE_MAX; i++) {
        if (strcmp(role_names[i], text) == 0) {
            *ret_role = (enum role)i;
            return true;
        }
    }
    return false;
}

const char *permission_name(enum permission permission)
{
    assert(permission < PERMISSION_MAX);
    return table[permission].name;
}

const char *permission_meaning(enum permission permission)
{
    assert(permission < PERMISSION_MAX);
    return table[permission].meaning;
}

bool permission_parse(const char *text, enum permission *ret_permission)
{
    for (int i = 0; i < PERMISSION_MAX; i++) {
        if (strcmp(table[i].name, text) == 0) {
            *ret_permission = (enum permission)i;
            return true;
        }
    }
    return false;
}

permission_set role_permissions(enum role role)
{
    assert(role < ROLE_MAX);
    permission_set set = 0;
    for (int i = 0; i < PERMISSION_MAX; i++) {
        if (table[i].roles[role])
            set |= (permission_set)1 << i;
    }
    return set;
}
