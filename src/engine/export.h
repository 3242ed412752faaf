/* export.h: everything that is known about one person, for that person.           (part of engine)
 *
 * Flow: beside the loop; reads every room, writes nothing. A patient asks what a practice holds
 * about them (45 CFR 164.524); `export --patient` answers with one JSON object: who they are, their
 * addresses, permissions, visits, every message with its exact text, every decision, who read and
 * changed what. docs/operations.md lists its parts; export_test.c holds them against the tables.
 *
 * Calling sequence: export_patient; the caller audits the read and drops the reference. */
#ifndef PERENNIAL_ENGINE_EXPORT_H
#define PERENNIAL_ENGINE_EXPORT_H

#include "base/json.h"
#include "record/practice.h"
#include "store/db.h"

/* ERR_NOT_FOUND: no such patient. */
enum err export_patient(struct arena *arena, struct db *db, const struct practice *practice,
    const char *patient_id, json_t **ret_json, struct why *reterr_why) WARN_UNUSED;

#endif
