/* user.h: one-time links, for `user` and for the first start of `serve`.          (part of cmd)
 *
 * Place in the flow: `serve` prints the first owner's link while nobody has an account. */
#ifndef PERENNIAL_CMD_USER_H
#define PERENNIAL_CMD_USER_H

#include "cmd/cmd.h"

/* NULL when there is an account already. The caller commits. */
enum err cmd_first_owner_url(struct cmd *cmd, struct tx *tx, const char *base, char **ret_url,
    struct why *reterr_why) WARN_UNUSED;

#endif
