/* env_int.h: what env_os.c and env_net.c share. */
#ifndef PERENNIAL_ENV_ENV_INT_H
#define PERENNIAL_ENV_ENV_INT_H

#include "env/env.h"

enum err env_net_open(struct arena *boot, struct env_net *ret_net, struct why *reterr_why);
void env_net_close(struct env_net *net);
struct env_file env_os_file(void);

#endif
