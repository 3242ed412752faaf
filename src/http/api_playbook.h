/* api_playbook.h: what the pages about playbooks share.                          (part of http)
 *
 * Invariant: no file is opened but those that the home has below playbooks/. */
#ifndef PERENNIAL_HTTP_API_PLAYBOOK_H
#define PERENNIAL_HTTP_API_PLAYBOOK_H

#include "http/api.h"

/* The file "playbooks/<name>.yaml"; NULL: there is none. */
const struct playbook_file *api__playbook_file(const struct playbook_home *home, const char *name);
enum err api__no_playbook(struct why *why); /* ERR_NOT_FOUND */
/* The whole page; sets the answer's ETag. ERR_NOT_FOUND. */
enum err api__playbook_json(struct api *api, const struct playbook_home *home, const char *name,
    json_t **ret_json, struct why *why) WARN_UNUSED;
/* What the checker says about one file of that home. */
json_t *api__playbook_check_json(struct api *api, const struct playbook_home *home,
    const char *file, int *ret_errors, struct why *why, enum err *ret_err);
/* 422 with the checker's findings as the fields' errors. */
void api__refuse_findings(struct api *api, const json_t *check);
/* api_library.c. ERR_CONFLICT: that home finds something wrong that the present one does not. */
enum err api__breaks_others(
    struct api *api, const struct playbook_home *home, struct why *why) WARN_UNUSED;

#endif
