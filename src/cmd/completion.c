/* completion.c: `completion bash`: made from the table of commands and their help. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/cmd.h"

/* Every "--word" of a help text, once. */
static void print_options(const char *help)
{
    const char *seen[32];
    size_t lens[32], count = 0;
    for (const char *at = strstr(help, "--"); at && count < 32; at = strstr(at + 2, "--")) {
        size_t len = 2 + strspn(at + 2, "abcdefghijklmnopqrstuvwxyz-");
        bool known = len < 4;
        for (size_t i = 0; i < count; i++)
            known = known || (lens[i] == len && memcmp(seen[i], at, len) == 0);
        if (known)
            continue;
        seen[count] = at;
        lens[count++] = len;
        printf("%.*s ", (int)len, at);
    }
}

enum exit_code cmd_completion(struct cmd *cmd)
{
    enum exit_code code = cmd_options(cmd, NULL, 0, 1, 1);
    if (code != EXIT_DONE)
        return code;
    if (!text_is(cmd->arguments[0], "bash"))
        return cmd_usage(cmd, "only bash is known");
    puts("_perennial() {\n"
         "    local word=${COMP_WORDS[COMP_CWORD]} command= i\n"
         "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "        case ${COMP_WORDS[i]} in --home) ((i++)) ;; -*) ;; *) command=${COMP_WORDS[i]}; "
         "break ;; esac\n"
         "    done\n"
         "    case $command in");
    fputs("    \"\") COMPREPLY=($(compgen -W \"", stdout);
    for (size_t i = 0; i < cmd_table_count; i++)
        printf("%s ", cmd_table[i].name);
    puts("--home --version --help\" -- \"$word\")) ;;");
    for (size_t i = 0; i < cmd_table_count; i++) {
        printf("    %s) COMPREPLY=($(compgen -f -W \"", cmd_table[i].name);
        print_options(cmd_table[i].help);
        puts("--json --help\" -- \"$word\")) ;;");
    }
    puts("    esac\n}\ncomplete -o filenames -F _perennial perennial");
    return EXIT_DONE;
}
