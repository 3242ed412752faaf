/* main.c: the program. */
#include <stdio.h>

int main(void)
{
    fputs("usage: perennial [--home DIR] COMMAND\n", stderr);
    return 2;
}
