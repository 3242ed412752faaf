/* api_file.h: the home's own text files, edited by people.                        (part of http)
 *
 * Invariants: (1) a text is saved only when the whole home can be loaded with it; (2) who edits
 * says which text they saw (If-Match); (3) the saved file is read by every worker and by the engine
 * before its next step. Calling sequence: api_file_read -> api_matches -> api_file_try -> what the
 * caller checks beyond -> api_file_save (in the transaction). */
#ifndef PERENNIAL_HTTP_API_FILE_H
#define PERENNIAL_HTTP_API_FILE_H

#include "http/api.h"

struct api_file {
    const char *name; /* below the home: "playbooks/x.yaml" */
    const char *text, *etag;
};
/* Sets api->etag. ERR_NOT_FOUND. */
enum err api_file_read(
    struct api *api, const char *name, struct api_file *ret_file, struct why *why) WARN_UNUSED;
/* The home as it would be with `text` in place of that file, or without it (text NULL). ERR_INPUT
 * with place and remedy. */
enum err api_file_try(struct api *api, const char *name, const char *text, struct home *ret_home,
    struct why *why) WARN_UNUSED;
enum err api_file_save(
    struct api *api, const char *name, const char *text, struct why *why) WARN_UNUSED;
/* A new one. ERR_CONFLICT: the name is taken. */
enum err api_file_create(
    struct api *api, const char *name, const char *text, struct why *why) WARN_UNUSED;
enum err api_file_drop(struct api *api, const char *name, struct why *why) WARN_UNUSED;

#endif
