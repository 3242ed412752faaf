/* train_triage.c: learns the model of triage from corpus/. The build calls it; people call
 * tools/train-triage.
 *
 * usage: train_triage write OUT.bin OUT.c OUT.d CALIBRATION CORPUS...   the model, for the build
 *        train_triage calibrate FOLDS CORPUS...                        the calibration, to stdout
 *        train_triage measure FOLDS CALIBRATION CORPUS...              figures on writers held back
 *        train_triage errors FOLDS CALIBRATION CORPUS...               and every error
 *        train_triage ratchet RATCHET FOLDS CALIBRATION CORPUS...      exit 1 where one has fallen
 *        train_triage judge GOALS MODEL.bin SEALED                     exit 1 where one is missed
 *        train_triage test TEST CALIBRATION CORPUS...                  figures and errors on TEST
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "learn.h"

/* The measured readings name their model; here nobody asks for the build's own. */
const struct model_table *model_built(void)
{
    return NULL;
}

static bool read_all(struct arena *boot, struct corpus *corpus, char **paths)
{
    corpus_init(boot, corpus);
    for (; *paths != NULL; paths++) {
        if (!corpus_read(corpus, *paths))
            return false;
    }
    corpus_settle(corpus);
    return true;
}

static bool write_file(const char *path, const void *bytes, size_t len)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return false;
    bool written = fwrite(bytes, 1, len, file) == len;
    return fclose(file) == 0 && written;
}

static uint64_t digest_of(const struct model_table *model)
{
    const unsigned char *bytes = (const unsigned char *)model;
    uint64_t hash = 14695981039346656037ULL;
    for (size_t i = 0; i < sizeof *model; i++)
        hash = (hash ^ bytes[i]) * 1099511628211ULL;
    return hash;
}

/* The bytes stay out of the compiler's sight, as in tools/embed; the digest has it compiled anew.
 */
static const char source[] =
    "/* Made by corpus/train_triage of %zu texts; digest %016llx. */\n"
    "#include \"triage/model_int.h\"\n"
    "__asm__(\".pushsection .rodata\\n\"\n"
    "        \".balign 64\\n\"\n"
    "        \"triage_model_bytes:\\n\"\n"
    "        \".incbin \\\"%s\\\"\\n\"\n"
    "        \".popsection\\n\");\n"
    "extern const struct model_table triage_model_bytes __attribute__((visibility(\"hidden\")));\n"
    "const struct model_table *model_built(void)\n"
    "{\n"
    "    return &triage_model_bytes;\n"
    "}\n";

static int write_model(struct arena *boot, char **args)
{
    const char *model_path = args[0], *source_path = args[1], *depfile_path = args[2];
    struct corpus corpus;
    struct calibration calibration;
    if (!calibration_read(args[3], &calibration) || !read_all(boot, &corpus, args + 4))
        return 2;
    struct weights weights;
    struct model_table *model = ARENA_NEW(boot, struct model_table, 1);
    learn_weights(boot, &corpus, -1, 1, &weights);
    learn_quantise(&corpus, &weights, &calibration, model);
    const char *text =
        arena_format(boot, source, corpus.count, (unsigned long long)digest_of(model), model_path);
    const char *dependencies = arena_format(boot, "%s:", source_path);
    for (char **path = args + 4; *path != NULL; path++)
        dependencies = arena_format(boot, "%s %s", dependencies, *path);
    for (size_t i = 0; i < corpus.file_count; i++)
        dependencies = arena_format(boot, "%s %s", dependencies, corpus.files[i]);
    dependencies = arena_format(boot, "%s\n", dependencies);
    bool written = write_file(model_path, model, sizeof *model)
        && write_file(source_path, text, strlen(text))
        && write_file(depfile_path, dependencies, strlen(dependencies));
    return written ? 0 : 2;
}

static int calibrate(struct arena *boot, char **args)
{
    struct corpus corpus;
    struct calibration calibration = {0};
    if (!read_all(boot, &corpus, args + 1))
        return 2;
    calibration_fit(boot, &corpus, (int)strtol(args[0], NULL, 10), &calibration);
    calibration_print(&calibration);
    return 0;
}

static int measure(struct arena *boot, char **args, bool shows, const char *ratchet_path)
{
    struct corpus corpus;
    struct calibration calibration;
    int folds = (int)strtol(args[0], NULL, 10);
    if (folds < 2 || !calibration_read(args[1], &calibration) || !read_all(boot, &corpus, args + 2))
        return 2;
    return measure_held_out(boot, &corpus, &calibration, folds, shows, ratchet_path) ? 0 : 1;
}

static int test(struct arena *boot, char **args)
{
    struct corpus corpus, tested;
    struct calibration calibration;
    corpus_init(boot, &tested);
    if (!corpus_read(&tested, args[0]) || !calibration_read(args[1], &calibration)
        || !read_all(boot, &corpus, args + 2))
        return 2;
    measure_test(boot, &corpus, &tested, &calibration, true);
    return 0;
}

static int judge(struct arena *boot, char **args)
{
    struct corpus sealed;
    struct model_table *model = ARENA_NEW(boot, struct model_table, 1);
    FILE *file = fopen(args[1], "r");
    bool read = file != NULL && fread(model, sizeof *model, 1, file) == 1;
    if (file != NULL)
        (void)fclose(file);
    corpus_init(boot, &sealed);
    if (!read || !corpus_read(&sealed, args[2])) {
        (void)fprintf(stderr, "%s, %s: a model and texts are wanted\n", args[1], args[2]);
        return 2;
    }
    return measure_sealed(model, &sealed, args[0]) ? 0 : 1;
}

int main(int argc, char **argv)
{
    ARENA struct arena boot;
    arena_init(&boot, 0);
    const char *command = argc > 3 ? argv[1] : "";
    if (text_is(command, "write") && argc > 6)
        return write_model(&boot, argv + 2);
    if (text_is(command, "calibrate"))
        return calibrate(&boot, argv + 2);
    if (text_is(command, "measure") && argc > 4)
        return measure(&boot, argv + 2, false, NULL);
    if (text_is(command, "errors") && argc > 4)
        return measure(&boot, argv + 2, true, NULL);
    if (text_is(command, "ratchet") && argc > 5)
        return measure(&boot, argv + 3, false, argv[2]);
    if (text_is(command, "judge") && argc > 4)
        return judge(&boot, argv + 2);
    if (text_is(command, "test") && argc > 4)
        return test(&boot, argv + 2);
    (void)fprintf(
        stderr, "usage: train_triage write|calibrate|measure|errors|ratchet|judge|test ...\n");
    return 2;
}
