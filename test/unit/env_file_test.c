/* env_file_test.c: files, folders, locks and clocks of the operating system. */
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "env/env.h"

struct world {
    struct arena arena;
    struct env env;
    char folder[64];
};

static int open_world(void **state)
{
    static struct world world;
    struct why why = {0};
    arena_init(&world.arena, 0);
    must(env_os_open(&world.arena, &world.env, &why), &why);
    (void)snprintf(world.folder, sizeof world.folder, "/tmp/env_file_test.XXXXXX");
    assert_non_null(mkdtemp(world.folder));
    *state = &world;
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s", world->folder);
    int failed = system(command);
    env_os_close(&world->env);
    arena_release(&world->arena);
    return failed;
}

static char *path_of(struct world *world, const char *name)
{
    return arena_format(&world->arena, "%s/%s", world->folder, name);
}

static void test_file_write__replaces_whole_files(void **state)
{
    struct world *world = *state;
    const struct env_file *file = &world->env.file;
    char *path = path_of(world, "settings"), *bytes;
    size_t len;
    struct why why = {0};
    assert_false(file->exists(file->self, path));
    must(file->write(file->self, path, "one\0two", 7, 0600, &why), &why);
    must(file->write(file->self, path, "three", 5, 0640, &why), &why);
    must(file->read(file->self, &world->arena, path, 5, &bytes, &len, &why), &why);
    assert_int_equal(len, 5);
    assert_string_equal(bytes, "three");
    struct stat stat_;
    assert_int_equal(stat(path, &stat_), 0);
    assert_int_equal(stat_.st_mode & 0777, 0640);
    char **names;
    size_t count;
    must(file->list(file->self, &world->arena, world->folder, "", &names, &count, &why), &why);
    assert_int_equal(count, 1); /* nothing temporary is left */
    assert_int_equal(file->read(file->self, &world->arena, path, 4, &bytes, &len, &why), ERR_LIMIT);
    must(file->remove(file->self, path, &why), &(struct why){0});
    must(file->remove(file->self, path, NULL), &(struct why){0});
}

static void test_file_read__says_what_is_wrong_and_where(void **state)
{
    struct world *world = *state;
    const struct env_file *file = &world->env.file;
    char *bytes;
    size_t len;
    struct why why = {0};
    const char *path = path_of(world, "absent");
    assert_int_equal(
        file->read(file->self, &world->arena, path, 9, &bytes, &len, &why), ERR_NOT_FOUND);
    assert_string_equal(why.place, path);
    assert_string_equal(why.message, "cannot open it: No such file or directory");
    assert_int_equal(
        file->read(file->self, &world->arena, world->folder, 9, &bytes, &len, NULL), ERR_INPUT);
    path = path_of(world, "absent/below");
    assert_int_equal(file->write(file->self, path, "", 0, 0600, NULL), ERR_NOT_FOUND);
    must(file->read(file->self, &world->arena, "/proc/self/status", 1 << 16, &bytes, &len, &why),
        &(struct why){0});
    assert_true(len > 100 && strlen(bytes) == len); /* a file without a size */
}

static void test_file_read_at__gives_pieces_until_the_end(void **state)
{
    struct world *world = *state;
    const struct env_file *file = &world->env.file;
    const char *path = path_of(world, "export.csv");
    struct why why = {0};
    must(file->write(file->self, path, "abcdefgh", 8, 0600, &why), &why);
    int64_t size = 0, offset = 0;
    must(file->size(file->self, path, &size, &why), &why);
    assert_true(size == 8);
    char piece[3], whole[9] = "";
    size_t len = 1;
    while (len > 0) {
        must(file->read_at(file->self, path, offset, piece, sizeof piece, &len, &why), &why);
        memcpy(whole + offset, piece, len);
        offset += (int64_t)len;
    }
    assert_string_equal(whole, "abcdefgh");
    assert_int_equal(
        file->read_at(file->self, path_of(world, "no"), 0, piece, 3, &len, NULL), ERR_NOT_FOUND);
}

static void test_file_list__sorts_and_filters(void **state)
{
    struct world *world = *state;
    const struct env_file *file = &world->env.file;
    struct why why = {0};
    const char *folder = path_of(world, "a/b/c");
    must(file->make_folder(file->self, folder, 0700, &why), &why);
    must(file->make_folder(file->self, folder, 0700, &why), &why);
    static const char *const names[] = {"b.yaml", "a.yaml", "B.yaml", "c.txt"};
    for (size_t i = 0; i < 4; i++)
        must(file->write(file->self, arena_format(&world->arena, "%s/%s", folder, names[i]), "x", 1,
                 0600, &why),
            &why);
    char **listed;
    size_t count;
    must(file->list(file->self, &world->arena, folder, ".yaml", &listed, &count, &why), &why);
    assert_int_equal(count, 3);
    assert_string_equal(listed[0], "B.yaml");
    assert_string_equal(listed[1], "a.yaml");
    assert_string_equal(listed[2], "b.yaml");
    const char *blocked = arena_format(&world->arena, "%s/c.txt/below", folder);
    assert_int_not_equal(file->make_folder(file->self, blocked, 0700, NULL), ERR_NONE);
}

static void test_env_lock__has_one_holder_and_ends_with_it(void **state)
{
    struct world *world = *state;
    const char *path = path_of(world, "lock");
    int held[2];
    char byte;
    assert_int_equal(pipe(held), 0);
    pid_t child = fork();
    if (child == 0) {
        struct env_lock lock;
        if (env_lock_take(path, &lock, NULL) == ERR_NONE && write(held[1], "x", 1) == 1)
            (void)pause();
        _exit(1);
    }
    (void)close(held[1]);
    assert_int_equal(read(held[0], &byte, 1), 1);
    (void)close(held[0]);
    struct env_lock lock = {-1};
    struct why why = {0};
    assert_int_equal(env_lock_take(path, &lock, &why), ERR_BUSY);
    assert_int_equal(lock.fd, -1);
    assert_string_equal(
        why.message, arena_format(&world->arena, "process %ld holds it", (long)child));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    why = (struct why){0};
    must(env_lock_take(path, &lock, &why), &why);
    struct env_lock second = {-1};
    assert_int_equal(env_lock_take(path, &second, NULL), ERR_BUSY); /* also within one process */
    env_lock_release(&lock);
    must(env_lock_take(path, &second, &why), &why);
    env_lock_release(&second);
}

static void test_clock_now__never_goes_back(void **state)
{
    struct world *world = *state;
    struct env_clock *clock = &world->env.clock;
    struct instant last = clock->now(clock->self);
    assert_true(last.ms > INT64_C(1700000000000));
    for (int i = 0; i < 1000; i++) {
        struct instant now = clock->now(clock->self);
        assert_false(instant_before(now, last));
        last = now;
    }
    clock->sleep_ms(clock->self, 3);
    assert_true(clock->now(clock->self).ms >= last.ms + 2);
}

static void test_entropy_fill__differs(void **state)
{
    struct world *world = *state;
    unsigned char a[32] = {0}, b[32] = {0};
    world->env.entropy.fill(world->env.entropy.self, a, sizeof a);
    world->env.entropy.fill(world->env.entropy.self, b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file_write__replaces_whole_files),
        cmocka_unit_test(test_file_read__says_what_is_wrong_and_where),
        cmocka_unit_test(test_file_read_at__gives_pieces_until_the_end),
        cmocka_unit_test(test_file_list__sorts_and_filters),
        cmocka_unit_test(test_env_lock__has_one_holder_and_ends_with_it),
        cmocka_unit_test(test_clock_now__never_goes_back),
        cmocka_unit_test(test_entropy_fill__differs),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
