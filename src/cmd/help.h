/* help.h: the help text of each command; each fits one screen of 80 columns. */
#ifndef PERENNIAL_CMD_HELP_H
#define PERENNIAL_CMD_HELP_H

extern const char help_init[], help_import[], help_check[], help_plan[], help_apply[], help_pilot[],
    help_pause[], help_resume[], help_explain[], help_serve[], help_tick[], help_receive[],
    help_simulate[], help_report[], help_due[], help_search[], help_train[], help_audit[],
    help_inspect[], help_user[], help_key[], help_backup[], help_restore[], help_rekey[],
    help_doctor[], help_waitlist[], help_erase[], help_export[], help_migrate[], help_completion[];

#endif
