/* night_bench.c: what the nightly loop takes in a large practice, memory above all.
 *
 *   night_bench PERENNIAL [PATIENTS]    default 1000000, with five appointments each
 *
 * Makes a home, fills it, applies `neurotoxin-touch-up` with a sixth of all patients as its backlog
 * and runs the loop over the next night's scan, by the program itself. Prints one line for each
 * command: seconds, and the most memory it held. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "engine/home.h"
#include "large_practice.h"

extern char **environ;

struct bench {
    const char *program;
    char folder[32], home[48], plan[48], log[48];
    struct arena boot;
};

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What it says is kept for the case that it fails: then the folder stays, too. */
static void run(const struct bench *bench, const char *label, const char *const *arguments)
{
    enum { WRITE_APPEND = O_WRONLY | O_CREAT | O_APPEND };
    const char *argv[12] = {bench->program, "--home", bench->home};
    for (size_t i = 0; arguments[i]; i++)
        argv[3 + i] = arguments[i];
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, bench->log, WRITE_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    double since = seconds();
    pid_t pid;
    int status = 1;
    struct rusage usage = {0};
    int code =
        posix_spawn(&pid, bench->program, &actions, NULL, (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (code != 0 || wait4(pid, &status, 0, &usage) != pid || status != 0) {
        fprintf(stderr, "night_bench: %s failed, see %s\n", label, bench->log);
        exit(1);
    }
    printf("sqlite    %-34s %8.1f s %8.1f MiB\n", label, seconds() - since,
        (double)usage.ru_maxrss / 1024);
}

/* In a process of its own: what a program starts with counts as held by it. */
static void fill(struct bench *bench, long patients, struct day today)
{
    pid_t pid = fork();
    int status = 1;
    if (pid > 0 && (waitpid(pid, &status, 0) != pid || status != 0))
        exit(1);
    if (pid != 0)
        return;
    static const unsigned char SEED[32] = {7};
    struct env env;
    struct home home;
    struct db *db;
    struct ids ids;
    struct why why = {0};
    ids_init(&ids, SEED);
    bench_must(env_os_open(&bench->boot, &env, &why), &why);
    bench_must(home_load(&bench->boot, &env, bench->home, &home, &why), &why);
    bench_must(home_open_store(&bench->boot, &home, 0, &db, &why), &why);
    double since = seconds();
    bench_fill(db, &ids, patients, today);
    printf("sqlite    %-34s %8.1f s\n", "filled", seconds() - since);
    db_close(db);
    env_os_close(&env);
    exit(0);
}

static void remove_all(const char *folder)
{
    const char *argv[] = {"rm", "-rf", folder, NULL};
    pid_t pid;
    if (posix_spawnp(&pid, "rm", NULL, NULL, (char *const *)(uintptr_t)argv, environ) == 0)
        (void)waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
    int64_t patients = 1000000;
    if (argc < 2 || (argc > 2 && !text_to_int(argv[2], 1000, 1000000, &patients))) {
        fprintf(stderr, "night_bench PERENNIAL [PATIENTS]: 1000 to 1000000\n");
        return 2;
    }
    struct bench bench = {.program = argv[1], .folder = "/tmp/perennial-night-XXXXXX"};
    if (!mkdtemp(bench.folder))
        return 1;
    snprintf(bench.home, sizeof bench.home, "%s/home", bench.folder);
    snprintf(bench.plan, sizeof bench.plan, "%s/plan.json", bench.folder);
    snprintf(bench.log, sizeof bench.log, "%s/log", bench.folder);
    arena_init(&bench.boot, 0);
    run(&bench, "init", (const char *[]){"init", NULL});
    /* What comes now has its clocks already: nobody folds them by their names. */
    run(&bench, "plan, nobody is there", (const char *[]){"plan", "neurotoxin-touch-up", NULL});
    struct day today = {(int32_t)(time(NULL) / 86400)};
    struct day after = {today.n + 2};
    (void)fflush(stdout);
    fill(&bench, (long)patients, today);
    run(&bench, "plan, on the screen", (const char *[]){"plan", "neurotoxin-touch-up", NULL});
    run(&bench, "plan, saved",
        (const char *[]){"plan", "neurotoxin-touch-up", "--out", bench.plan, NULL});
    run(&bench, "apply", (const char *[]){"apply", bench.plan, NULL});
    run(&bench, "the loop over the next night",
        (const char *[]){"tick", "--until", day_format(&bench.boot, after), NULL});
    remove_all(bench.folder);
    arena_release(&bench.boot);
    return 0;
}
