/* replay.c: every file of a corpus through a fuzz target, without a fuzzer: what once was found
 * stays found. Prints TAP; a finding is the sanitizer's and ends the process. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { INPUT_MAX = 1 << 20 };

static int replay(const char *folder, const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        return 0;
    uint8_t *room = malloc(INPUT_MAX);
    size_t len = room ? fread(room, 1, INPUT_MAX, file) : 0;
    (void)fclose(file);
    /* Exactly as long as the input, so that reading past it is found. */
    uint8_t *bytes = malloc(len ? len : 1);
    for (size_t i = 0; bytes && i < len; i++)
        bytes[i] = room[i];
    free(room);
    if (bytes)
        (void)LLVMFuzzerTestOneInput(bytes, len);
    free(bytes);
    return 1;
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (!folder) {
        (void)fprintf(stderr, "usage: replay CORPUS\n");
        return 2;
    }
    int count = 0;
    const struct dirent *entry;
    while ((entry = readdir(folder)))
        if (entry->d_name[0] != '.')
            count += replay(argv[1], entry->d_name);
    (void)closedir(folder);
    (void)printf("%sok 1 - %d inputs of the corpus replayed\n1..1\n", count ? "" : "not ", count);
    return count ? 0 : 1;
}
