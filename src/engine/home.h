/* home.h: a practice's folder, read and checked as one immutable snapshot.   (part of engine)
 *
 *   perennial.yaml  definitions.yaml  playbooks/<name>.yaml  templates/<name>/<piece>.liquid
 *   knowledge/<name>.yaml
 *   secrets/ (0700, files 0600: store.key, links.key, addresses.key, providers' tokens)  data/
 *
 * Invariants
 *  (1) A home is loaded whole or not at all; the first thing that is wrong is named with its place.
 *  (2) Keys are made once, by home_create. A store that exists beside a missing key is refused, and
 *      never gets a new key: its data would be lost behind it.
 *  (3) Keys are not in data/, so that a copy of the data is not a copy of the keys.
 *
 * Calling sequence: home_create (init) ; home_load -> home_open_store. Memory: the boot arena. */
#ifndef PERENNIAL_ENGINE_HOME_H
#define PERENNIAL_ENGINE_HOME_H

#include "audience/definitions.h"
#include "channel/channel.h"
#include "env/env.h"
#include "knowledge/knowledge.h"
#include "opening/schedule.h"
#include "outbox/link.h"
#include "playbook/playbook.h"
#include "template/template.h"

struct home {
    struct env *env;
    const char *dir;
    struct zones zones;
    struct practice practice;
    const struct audience_definitions *definitions;
    const struct schedule *schedule; /* NULL: there is no schedules.yaml */
    const struct template_set *templates;
    const struct knowledge *knowledge;
    bool auto_answers[TRIAGE_LABEL_MAX]; /* labels that may be answered without a person */
    struct playbook_home playbooks;      /* what playbook_check_all and playbook_parse read */
    struct channel_secrets secrets;
    unsigned char store_key[32], address_key[32];
    struct link_key link_key;
};

struct home_creation {
    const char *practice_name, *time_zone, *state;
    const char *consent_form_path; /* a file whose text patients signed; NULL: none */
};
/* ERR_CONFLICT: the folder holds a home already. Writes everything or, on failure, says what stands
 * in the way. The settings put the `null` driver on every channel. */
enum err home_create(struct arena *boot, struct env *env, const char *dir,
    const struct home_creation *creation, struct why *reterr_why) WARN_UNUSED;

/* ERR_NOT_FOUND: no home there (remedy: init). Templates with problems are loaded: they are not
 * usable, and `check` tells of them. */
enum err home_load(struct arena *boot, struct env *env, const char *dir, struct home *ret_home,
    struct why *reterr_why) WARN_UNUSED;

/* Opens and migrates the store. ERR_CONFLICT: written by a newer version. */
enum err home_open_store(struct arena *boot, const struct home *home, int64_t cache_kib,
    struct db **ret_db, struct why *reterr_why) WARN_UNUSED;

/* A path below the home. */
char *home_path(struct arena *arena, const char *dir, const char *name);

/* Random bytes from env, as ids are seeded. */
void home_seed_ids(const struct home *home, struct ids *ids);

#endif
