/* permission.h: which role may do what, as one table.                            (part of account)
 *
 * The owner of a practice gives each colleague one role; every address of the API names one
 * permission, and http asks here before it answers. permission.c is the table that a person reads.
 *
 * Invariants: (1) a permission that no role has is refused to everybody; (2) a consultant reads no
 * patient; (3) an API key has the permissions that its scopes name and no others. */
#ifndef PERENNIAL_ACCOUNT_PERMISSION_H
#define PERENNIAL_ACCOUNT_PERMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum role {
    ROLE_OWNER,
    ROLE_MANAGER,
    ROLE_FRONT_DESK,
    ROLE_CLINICIAN,
    ROLE_CONSULTANT,
    ROLE_AUDITOR,
    ROLE_MAX
};
const char *role_name(enum role role); /* "front_desk" */
bool role_parse(const char *text, enum role *ret_role);

/* In the order of the table. */
enum permission {
    PERMISSION_ANYBODY, /* who is not signed in, too */
    PERMISSION_SELF,    /* whoever is signed in as a person */
    PERMISSION_INBOX_READ,
    PERMISSION_INBOX_WRITE,
    PERMISSION_PATIENTS_READ,
    PERMISSION_PATIENTS_WRITE,
    PERMISSION_PLAYBOOKS_READ,
    PERMISSION_PLAYBOOKS_WRITE,
    PERMISSION_PLAYBOOKS_PLAN,
    PERMISSION_PLAYBOOKS_PAUSE,
    PERMISSION_PLAYBOOKS_RUN,
    PERMISSION_REPORTS_READ,
    PERMISSION_REPORTS_PEOPLE,
    PERMISSION_AUDIT_READ,
    PERMISSION_AUDIT_PATIENT,
    PERMISSION_SETTINGS_READ,
    PERMISSION_SETTINGS_WRITE,
    PERMISSION_SETTINGS_KEYS,
    PERMISSION_IMPORTS_READ,
    PERMISSION_IMPORTS_WRITE,
    PERMISSION_STAFF_READ,
    PERMISSION_STAFF_WRITE,
    PERMISSION_KEYS_MANAGE,
    PERMISSION_EVENTS_READ,
    PERMISSION_SEARCH, /* a key has it with anything that is searched */
    PERMISSION_MAX
};

/* A set of permissions: bit 1 << permission. */
typedef uint32_t permission_set;
_Static_assert(PERMISSION_MAX <= 32, "a set has room for all");

const char *permission_name(enum permission permission);    /* "patients.read" */
const char *permission_meaning(enum permission permission); /* one sentence */
bool permission_parse(const char *text, enum permission *ret_permission);
permission_set role_permissions(enum role role);

#endif
