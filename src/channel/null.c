/* null.c: the driver that a new home begins with: everything is decided and recorded, nothing
 * leaves. */
#include "channel/driver.h"

static enum err null_open(struct arena *boot, const struct channel_setting *setting,
    const struct channel_secrets *secrets, void **ret_self, struct why *reterr_why)
{
    (void)boot, (void)setting, (void)secrets, (void)reterr_why;
    *ret_self = NULL;
    return ERR_NONE;
}

const struct channel_driver channel_null = {.name = "null", .leaves = false, .open = null_open};
