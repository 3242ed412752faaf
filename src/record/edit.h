/* edit.h: what colleagues change by hand, and what an import makes of it.     (part of record)
 *
 * Flow: http -> edit -> the same fold that an import ends with, so that a person looks the same
 * whoever spoke last. The booking system stays the source: its records are never written here. What
 * was changed by hand is kept beside them and laid over them when the person is folded.
 *
 * Invariants
 *  (1) A field changed by hand keeps its value through every import, until the records say another
 *      value than they said when it was changed; then the import's value stands and the change is
 *      over. A blank says nothing.
 *  (2) An address added by hand stays until it is called wrong. One that corrects an address of the
 *      records stands in its place as long as the records list that address, or none of its kind.
 *      An address called wrong is not used for this person again, whatever an import lists, until a
 *      colleague adds it; others who have it keep it.
 *  (3) A stop follows: what was stopped on an address is stopped on the one that corrects it, and
 *      who stopped everything has it stopped on an address that is added.
 *  (4) The edit that brings the records' own value back leaves nothing behind: that is undoing.
 *  (5) Who is one person is judged by the records: an edit neither joins nor parts people.
 *
 * Calling sequence: record_open -> edit_* -> record_settle -> (engine reacts) -> record_close.
 * Ownership: texts are borrowed for the call; what is read lives in the arena given first. */
#ifndef PERENNIAL_RECORD_EDIT_H
#define PERENNIAL_RECORD_EDIT_H

#include "record/record.h"

enum { EDIT_ADDRESSES_MAX = 20 }; /* of one person, said by hand */

/* Names, birth date, postal address, language and provider may be changed. */
struct edit {
    enum record_field field;
    const char *value; /* as somebody wrote it; NULL or blank: none */
};
/* ERR_INPUT: a value that cannot be, with the field's name as place; ERR_NOT_FOUND: no such
 * patient. *ret_changed false: everything was so already, and nothing was written. */
enum err edit_person(struct record_load *load, const char *patient_id, const struct edit *edits,
    size_t count, bool *ret_changed, struct why *reterr_why) WARN_UNUSED;

enum address_source {
    ADDRESS_MOBILE, /* may be texted and called */
    ADDRESS_HOME,   /* voice */
    ADDRESS_WORK,   /* voice */
    ADDRESS_EMAIL,
    ADDRESS_SOURCE_MAX
};
bool address_source_parse(const char *text, enum address_source *ret_source);

/* ERR_INPUT (place "address"): no phone number, no mail address; ERR_LIMIT: too many by hand. */
enum err edit_add_address(struct record_load *load, const char *patient_id,
    enum address_source source, const char *address, struct why *reterr_why) WARN_UNUSED;
/* `address` is one the person has; it keeps its kind. ERR_NOT_FOUND: the person does not have it.
 */
enum err edit_correct_address(struct record_load *load, const char *patient_id, const char *address,
    const char *right, struct why *reterr_why) WARN_UNUSED;
enum err edit_wrong_address(struct record_load *load, const char *patient_id, const char *address,
    struct why *reterr_why) WARN_UNUSED;
/* Tried before the others of its channels. */
enum err edit_prefer_address(struct record_load *load, const char *patient_id, const char *address,
    struct why *reterr_why) WARN_UNUSED;

#endif
