/* embed.h: files built into the program: migrations, shipped playbooks and templates, fact tables.
 *
 * tools/embed makes one set per folder that src/meson.build names under `embed_sets`; a room
 * includes "embed_<set>.h" and reads `embed_<set>`. Files are sorted by name, which is their path
 * below the set's folder. Their bytes are read-only, live as long as the program, and are followed
 * by a NUL that `len` does not count, so that a text file is a C string. */
#ifndef PERENNIAL_BASE_EMBED_H
#define PERENNIAL_BASE_EMBED_H

#include <stddef.h>

struct embed_file {
    const char *name; /* "0001_patients.sql", "en/touchup-remind.liquid" */
    const char *bytes;
    size_t len;
};

struct embed_set {
    const struct embed_file *files;
    size_t count;
};

const struct embed_file *embed_find(const struct embed_set *set, const char *name); /* or NULL */

#endif
