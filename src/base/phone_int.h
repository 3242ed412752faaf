/* phone_int.h: the numbering plans behind phone.c. */
#ifndef PERENNIAL_BASE_PHONE_INT_H
#define PERENNIAL_BASE_PHONE_INT_H

#include <stdbool.h>
#include <stddef.h>

struct phone_plan {
    char calling_code[4], country[3];
    size_t len_min, len_max; /* of the national number */
    char trunk[3];           /* dialled before it within the country, "" for none */
    const char *mobile;      /* beginnings of mobile numbers, blank between them; NULL: unknown */
};

/* The country of a geographic area code of +1, or NULL. */
const char *phone_area_country(const char area_code[3]);
bool phone_region_is_nanp(const char *region);
const struct phone_plan *phone_plan_of_number(const char *digits); /* after the "+" */
const struct phone_plan *phone_plan_of_region(const char *region);

#endif
