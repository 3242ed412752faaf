/* base_memory_test.c: arenas, growing texts, maps and errors. */
#include "unit.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/embed.h"
#include "base/map.h"

static void test_arena_alloc__is_zeroed_and_aligned_after_reset(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    for (int round = 0; round < 3; round++) {
        for (size_t bytes = 0; bytes < 3000; bytes = bytes * 2 + 1) {
            unsigned char *at = arena_alloc(&arena, bytes);
            assert_int_equal((uintptr_t)at % 16, 0);
            for (size_t i = 0; i < bytes; i++)
                assert_int_equal(at[i], 0);
            memset(at, 0xA5, bytes);
        }
        arena_reset(&arena);
        assert_int_equal(arena.bytes, 0);
    }
}

static void test_arena_grow__keeps_what_was_there(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    char *text = arena_text(&arena, "abc");
    char *grown = arena_grow(&arena, text, 4, 100);
    assert_ptr_equal(grown, text); /* the newest grows in place */
    (void)arena_alloc(&arena, 1);
    char *moved = arena_grow(&arena, grown, 100, 200000);
    assert_ptr_not_equal(moved, grown);
    assert_string_equal(moved, "abc");
    assert_int_equal(moved[199999], 0);
}

static void test_arena_rewind__frees_only_what_is_newer(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    char *kept = arena_text(&arena, "kept");
    struct arena_mark mark = arena_mark(&arena);
    size_t bytes = arena.bytes;
    for (int i = 0; i < 100; i++)
        (void)arena_alloc(&arena, 100000);
    arena_rewind(&arena, mark);
    assert_int_equal(arena.bytes, bytes);
    assert_string_equal(kept, "kept");
}

static int exit_of_child(void (*run)(void))
{
    pid_t child = fork();
    if (child == 0) {
        (void)close(2);
        run();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void alloc_past_the_bound(void)
{
    struct arena arena;
    arena_init(&arena, 1 << 20);
    for (int i = 0; i < 11; i++)
        (void)arena_alloc(&arena, 100000);
}

static void test_arena_alloc__ends_the_process_past_its_bound(void **state)
{
    (void)state;
    assert_int_not_equal(exit_of_child(alloc_past_the_bound), 0);
}

static void test_buf_format__grows_and_stays_terminated(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    struct buf buf;
    buf_init(&buf, &arena);
    assert_string_equal(buf.data, "");
    for (int i = 0; i < 1000; i++)
        buf_format(&buf, "%d,", i);
    assert_int_equal(buf.len, 10 * 2 + 90 * 3 + 900 * 4);
    assert_int_equal(strlen(buf.data), buf.len);
    buf_clear(&buf);
    buf_add_n(&buf, "a\0b", 3);
    buf_add_char(&buf, 'c');
    assert_memory_equal(buf.data, "a\0bc", 5);
}

static void test_map_put__keeps_order_and_replaces(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    struct map map;
    map_init(&map, &arena);
    assert_null(map_get(&map, "nothing"));
    enum { KEYS = 20000 };
    int *values = ARENA_NEW(&arena, int, KEYS);
    for (int i = 0; i < KEYS; i++) {
        values[i] = i;
        assert_true(map_put(&map, arena_format(&arena, "key %d", i), &values[i]));
    }
    assert_false(map_put(&map, "key 7", &values[8]));
    assert_int_equal(map.count, KEYS);
    for (int i = 0; i < KEYS; i++) {
        const int *value = map_get(&map, map.entries[i].key);
        assert_int_equal(*value, i == 7 ? 8 : i);
    }
    assert_null(map_get(&map, "key 20000"));
}

static void test_why_set__keeps_the_deepest_cause(void **state)
{
    (void)state;
    struct why why = {0};
    assert_int_equal(why_set(&why, ERR_INPUT, "the date is wrong"), ERR_INPUT);
    assert_int_equal(why_set(&why, ERR_IO, "the import failed"), ERR_IO);
    why_place(&why, "patients.csv row 12");
    why_place(&why, "elsewhere");
    why_hint(&why, "Write it as %s", "2026-01-31");
    why_private(&why, "Ana");
    char text[400];
    why_format(&why, text, sizeof text);
    assert_string_equal(text, "patients.csv row 12: the date is wrong. Write it as 2026-01-31.");
    assert_int_equal(why.code, ERR_INPUT);
    assert_int_equal(why_set(NULL, ERR_BUSY, "nobody listens"), ERR_BUSY);
}

static void test_why_set__cuts_between_characters(void **state)
{
    (void)state;
    struct why why = {0};
    char text[700] = "";
    for (int i = 0; i < 340; i++)
        memcpy(text + 2 * i, "\xC3\xA9", 3);
    (void)why_set(&why, ERR_INPUT, "a%s", text);
    size_t len = strlen(why.message);
    assert_int_equal(len, 319);
    assert_int_equal((unsigned char)why.message[len - 1], 0xA9);
    struct why shifted = {0};
    (void)why_set(&shifted, ERR_INPUT, "%s", text);
    assert_int_equal(strlen(shifted.message), 318);
}

static void test_err_name__names_every_code(void **state)
{
    (void)state;
    for (int code = ERR_NONE; code < ERR_MAX; code++)
        assert_true(strlen(err_name((enum err)code)) > 0);
}

static void test_embed_find__knows_names_and_nothing_else(void **state)
{
    (void)state;
    static const struct embed_file files[] = {{"a", "1", 1}, {"b/c", "22", 2}};
    static const struct embed_set set = {files, 2};
    assert_ptr_equal(embed_find(&set, "b/c"), &files[1]);
    assert_null(embed_find(&set, "b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena_alloc__is_zeroed_and_aligned_after_reset),
        cmocka_unit_test(test_arena_grow__keeps_what_was_there),
        cmocka_unit_test(test_arena_rewind__frees_only_what_is_newer),
        cmocka_unit_test(test_arena_alloc__ends_the_process_past_its_bound),
        cmocka_unit_test(test_buf_format__grows_and_stays_terminated),
        cmocka_unit_test(test_map_put__keeps_order_and_replaces),
        cmocka_unit_test(test_why_set__keeps_the_deepest_cause),
        cmocka_unit_test(test_why_set__cuts_between_characters),
        cmocka_unit_test(test_err_name__names_every_code),
        cmocka_unit_test(test_embed_find__knows_names_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
