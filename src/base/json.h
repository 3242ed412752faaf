/* json.h: jansson, with scope-bound references and the two shapes every answer uses. */
#ifndef PERENNIAL_BASE_JSON_H
#define PERENNIAL_BASE_JSON_H

#include <jansson.h>
#include <stdint.h>

#include "base/arena.h"

static inline void json_auto_release(json_t **json)
{
    json_decref(*json);
}
#define JSON_AUTO __attribute__((cleanup(json_auto_release))) json_t *

json_t *json_money(int64_t cents);   /* {"cents": 31000, "currency": "USD"} */
json_t *json_text(const char *text); /* null for NULL; U+FFFD in place of bad UTF-8 */
/* Compact, keys in the order they were set, reals with 15 digits. */
char *json_text_of(struct arena *arena, const json_t *json);
/* One document; ERR_INPUT with line and column. */
enum err json_parse(const char *text, size_t len, json_t **ret_json, struct why *reterr_why);

#endif
