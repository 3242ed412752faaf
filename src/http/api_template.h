/* api_template.h: what the pages about messages share.                            (part of http)
 *
 * Invariant: example data is nobody's. */
#ifndef PERENNIAL_HTTP_API_TEMPLATE_H
#define PERENNIAL_HTTP_API_TEMPLATE_H

#include "http/api.h"

/* The piece "name/piece" of the address; NULL: there is none. */
const struct template *api__find_piece(struct api *api);
enum err api__no_piece(struct why *why); /* ERR_NOT_FOUND */
/* Somebody who does not exist; `worst`: whose every field is long. */
struct template_facts api__example_facts(struct api *api, bool worst);
/* The template with its twins and parts, and another text in place of one piece. */
enum err api__parse_with(struct api *api, const struct template *piece, const char *text,
    struct template_set **ret_set, struct why *why) WARN_UNUSED;

#endif
