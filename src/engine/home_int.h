/* home_int.h: bounds of a home's files. */
#ifndef PERENNIAL_ENGINE_HOME_INT_H
#define PERENNIAL_ENGINE_HOME_INT_H

enum {
    HOME_FILE_BYTES_MAX = 4 << 20,  /* settings, playbooks, templates: written by people */
    HOME_TREATMENT_WORDS_MAX = 512, /* names of services in definitions.yaml */
};

#endif
