/* money.h: amounts as exports write them, in integer cents. Private to source.
 *
 * "$1,234.50", "(12.00)", "-12", "1.234,50", "1 234,50 EUR", "USD 12". Which of '.' and ',' parts
 * the cents is decided for a whole column from all its values. */
#ifndef PERENNIAL_SOURCE_MONEY_H
#define PERENNIAL_SOURCE_MONEY_H

#include "base/text.h"

struct money_tally {
    int64_t comma, dot; /* values in which it can only part the cents */
};
void money_tally_add(struct money_tally *tally, struct str text);
bool money_tally_comma(const struct money_tally *tally); /* ',' parts the cents */

enum { MONEY_CENTS_MAX = 1000000000 }; /* ten million: beyond is no price of a clinic */
bool money_parse(struct str text, bool comma, int64_t *ret_cents);

#endif
