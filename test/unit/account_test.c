/* account_test.c: who may do what, who may sign in. */
#include "unit.h"

#include <string.h>

#include "account/account.h"
#include "base/text.h"
#include "db_fixture.h"

static bool may(enum role role, enum permission permission)
{
    return role_permissions(role) >> permission & 1;
}

static void test_account_permission__names_read_back(void **state)
{
    (void)state;
    for (int i = 0; i < PERMISSION_MAX; i++) {
        enum permission permission;
        assert_true(permission_parse(permission_name((enum permission)i), &permission));
        assert_int_equal(permission, i);
        assert_true(strlen(permission_meaning((enum permission)i)) > 3);
    }
    for (int i = 0; i < ROLE_MAX; i++) {
        enum role role;
        assert_true(role_parse(role_name((enum role)i), &role));
        assert_int_equal(role, i);
    }
    enum role role;
    enum permission permission;
    assert_false(role_parse("admin", &role));
    assert_false(permission_parse("patients", &permission));
}

static void test_account_permission__a_consultant_reads_no_patient(void **state)
{
    (void)state;
    static const enum permission phi[] = {PERMISSION_INBOX_READ, PERMISSION_INBOX_WRITE,
        PERMISSION_PATIENTS_READ, PERMISSION_PATIENTS_WRITE, PERMISSION_REPORTS_PEOPLE,
        PERMISSION_AUDIT_READ, PERMISSION_AUDIT_PATIENT, PERMISSION_IMPORTS_WRITE};
    for (size_t i = 0; i < sizeof(phi) / sizeof(phi[0]); i++)
        assert_false(may(ROLE_CONSULTANT, phi[i]));
    assert_true(may(ROLE_CONSULTANT, PERMISSION_PLAYBOOKS_WRITE));
}

static void test_account_permission__only_an_owner_holds_keys(void **state)
{
    (void)state;
    for (int i = 0; i < ROLE_MAX; i++) {
        assert_int_equal(may((enum role)i, PERMISSION_KEYS_MANAGE), i == ROLE_OWNER);
        assert_int_equal(may((enum role)i, PERMISSION_SETTINGS_KEYS), i == ROLE_OWNER);
    }
    assert_int_equal(role_permissions(ROLE_OWNER), ((permission_set)1 << PERMISSION_MAX) - 1);
}

/* ---- with a store ---- */

struct world {
    struct db_fixture fixture;
    struct arena arena;
    struct account_vault vault;
    struct instant now;
    unsigned char next_secret;
};

static struct world *world_of(bool postgres)
{
    struct db_fixture fixture;
    db_fixture_open(&fixture, postgres); /* may skip the test, and then holds nothing */
    struct world *world = calloc(1, sizeof(*world));
    world->fixture = fixture;
    db_fixture_migrate(&world->fixture);
    arena_init(&world->arena, 0);
    memset(world->vault.key, 7, sizeof(world->vault.key));
    world->now = DB_FIXTURE_NOW;
    return world;
}

static void world_end(struct world *world)
{
    arena_release(&world->arena);
    db_fixture_close(&world->fixture);
    free(world);
}

static struct account_secret secret_of(struct world *world)
{
    struct account_secret secret;
    memset(secret.bytes, ++world->next_secret, sizeof(secret.bytes));
    return secret;
}

static struct tx begin(struct world *world)
{
    struct why why = {0};
    struct tx tx = {0};
    must(db_begin(world->fixture.db, world->now, "user:test", 1, &world->fixture.ids, &tx, &why),
        &why);
    return tx;
}

static void commit(struct tx *tx)
{
    struct why why = {0};
    must(db_commit(tx, &why), &why);
}

static const char password[] = "quiet lanterns over water";

static const char *add(struct world *world, const char *email, enum role role, bool with_password)
{
    struct why why = {0};
    struct id id;
    struct tx tx = begin(world);
    const struct account_plan plan = {.email = email, .name = "Ana Ito", .role = role};
    must(account_add(&tx, &plan, &id, &why), &why);
    char *hash;
    if (with_password) {
        must(account_hash_password(&world->arena, password, &hash, &why), &why);
        must(account_set_password(&tx, id.text, hash, NULL, &why), &why);
    }
    commit(&tx);
    return arena_text(&world->arena, id.text);
}

/* ERR_NONE with a session, ERR_NONE without one (refused), or ERR_LIMIT. */
static enum err sign_in(
    struct world *world, const char *email, const char *word, struct session *ret_session)
{
    const struct account_ask ask = {.email = email, .address = "192.0.2.7", .agent = "test"};
    struct account_look look;
    struct why why = {0};
    *ret_session = (struct session){0};
    enum err err = account_look(&world->arena, world->fixture.db, 1, world->now, &ask, &look, &why);
    if (err != ERR_NONE)
        return err;
    bool matches = account_matches(&look, word);
    struct account_secret secret = secret_of(world);
    struct tx tx = begin(world);
    must(account_sign_in(&world->arena, &tx, &look, matches, &secret, ret_session, &why), &why);
    commit(&tx);
    return ERR_NONE;
}

static enum err use(struct world *world, const char *token, struct session *ret_session)
{
    return account_session(&world->arena, world->fixture.db, 1, world->now, token,
        15 * MS_PER_MINUTE, ret_session, NULL);
}

static void test_account_sign_in__a_session_ends_when_idle_and_at_its_end(void **state)
{
    struct world *world = world_of(*(bool *)*state);
    add(world, "Ana@Example.com", ROLE_OWNER, true);
    struct session session, used;
    must(sign_in(world, "ana@example.COM", password, &session), NULL);
    assert_non_null(session.session_id);
    assert_int_equal(use(world, session.token, &used), ERR_NONE);
    assert_int_equal(used.account.role, ROLE_OWNER);
    assert_int_equal(use(world, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &used), ERR_DENIED);
    world->now.ms += 15 * MS_PER_MINUTE - 1;
    assert_int_equal(use(world, session.token, &used), ERR_NONE);
    world->now.ms += 1;
    assert_int_equal(use(world, session.token, &used), ERR_DENIED);
    must(sign_in(world, "ana@example.com", password, &session), NULL);
    for (int i = 0; i < 80; i++) { /* used all day, and over after twelve hours */
        world->now.ms += 9 * MS_PER_MINUTE;
        bool over = i * 9 + 9 >= 12 * 60;
        assert_int_equal(use(world, session.token, &used), over ? ERR_DENIED : ERR_NONE);
        struct why why = {0};
        struct tx tx = begin(world);
        if (!over)
            must(account_touch_session(&tx, &used, &why), &why);
        commit(&tx);
    }
    world_end(world);
}

static void test_account_sign_in__who_guesses_is_locked_out_even_with_the_right_word(void **state)
{
    struct world *world = world_of(*(bool *)*state);
    add(world, "ana@example.com", ROLE_FRONT_DESK, true);
    struct session session;
    for (int i = 0; i < ACCOUNT_FREE_FAILURES + 1; i++) {
        must(sign_in(world, "ana@example.com", "not it at all, sorry", &session), NULL);
        assert_null(session.session_id);
    }
    assert_int_equal(sign_in(world, "ana@example.com", password, &session), ERR_LIMIT);
    world->now.ms += 31 * MS_PER_SECOND;
    must(sign_in(world, "ana@example.com", "wrong once more, it is", &session), NULL);
    world->now.ms += 31 * MS_PER_SECOND; /* the lock has doubled */
    assert_int_equal(sign_in(world, "ana@example.com", password, &session), ERR_LIMIT);
    world->now.ms += 31 * MS_PER_SECOND;
    must(sign_in(world, "ana@example.com", password, &session), NULL);
    assert_non_null(session.session_id);
    world_end(world);
}

static void test_account_sign_in__an_address_that_guesses_names_is_slowed_down(void **state)
{
    struct world *world = world_of(*(bool *)*state);
    add(world, "ana@example.com", ROLE_FRONT_DESK, true);
    struct session session;
    for (int i = 0; i < ACCOUNT_ADDRESS_FAILURES; i++) {
        const char *email = arena_format(&world->arena, "nobody%d@example.com", i);
        must(sign_in(world, email, password, &session), NULL);
        assert_null(session.session_id);
    }
    assert_int_equal(sign_in(world, "ana@example.com", password, &session), ERR_LIMIT);
    world->now.ms += ACCOUNT_ADDRESS_MS + 1;
    must(sign_in(world, "ana@example.com", password, &session), NULL);
    assert_non_null(session.session_id);
    world_end(world);
}

static void test_account_change__the_last_owner_stays_and_a_narrowed_one_is_signed_out(void **state)
{
    struct world *world = world_of(*(bool *)*state);
    struct why why = {0};
    const char *owner = add(world, "ana@example.com", ROLE_OWNER, true);
    const enum role desk = ROLE_FRONT_DESK;
    const enum account_state disabled = ACCOUNT_DISABLED;
    const struct account_change demote = {.role = &desk}, end = {.state = &disabled};
    struct tx tx = begin(world);
    assert_int_equal(account_change(&tx, owner, &demote, &why), ERR_CONFLICT);
    assert_int_equal(account_change(&tx, owner, &end, NULL), ERR_CONFLICT);
    db_rollback(&tx);
    add(world, "ben@example.com", ROLE_OWNER, false);
    struct session session, used;
    must(sign_in(world, "ana@example.com", password, &session), NULL);
    tx = begin(world);
    must(account_change(&tx, owner, &demote, NULL), NULL);
    commit(&tx);
    assert_int_equal(use(world, session.token, &used), ERR_DENIED);
    must(sign_in(world, "ana@example.com", password, &session), NULL);
    assert_int_equal(session.account.role, ROLE_FRONT_DESK);
    tx = begin(world);
    must(account_change(&tx, owner, &end, NULL), NULL);
    commit(&tx);
    must(sign_in(world, "ana@example.com", password, &session), NULL);
    assert_null(session.session_id);
    world_end(world);
}

static int code_of(struct world *world, const struct account_secret *secret)
{
    return account_totp(secret->bytes, 20, world->now.ms / 30000);
}

static bool pass(struct world *world, const struct session *session, const char *code)
{
    struct why why = {0};
    bool right = false;
    struct tx tx = begin(world);
    must(account_pass_factor(&world->arena, &tx, &world->vault, session, code, &right, &why), &why);
    commit(&tx);
    return right;
}

static void test_account_second_factor__a_code_counts_once_and_a_recovery_code_too(void **state)
{
    struct world *world = world_of(*(bool *)*state);
    struct why why = {0};
    const char *user = add(world, "ana@example.com", ROLE_OWNER, true);
    struct account_secret secret = secret_of(world), nonce = secret_of(world);
    struct account_factor factor;
    const char *codes[ACCOUNT_RECOVERY_CODES];
    bool right = true;
    struct tx tx = begin(world);
    must(account_begin_factor(
             &world->arena, &tx, &world->vault, user, "Lumen & Co", &secret, &nonce, &factor, &why),
        &why);
    assert_true(text_starts(factor.uri, "otpauth://totp/Lumen%20%26%20Co:ana@example.com?secret="));
    must(account_confirm_factor(
             &world->arena, &tx, &world->vault, user, "000000x", &nonce, codes, &right, &why),
        &why);
    assert_false(right);
    must(account_confirm_factor(&world->arena, &tx, &world->vault, user,
             arena_format(&world->arena, "%06d", code_of(world, &secret)), &nonce, codes, &right,
             &why),
        &why);
    assert_true(right);
    commit(&tx);
    struct session session, used;
    must(sign_in(world, "ana@example.com", password, &session), NULL);
    assert_true(session.awaits_second_factor);
    const char *same = arena_format(&world->arena, "%06d", code_of(world, &secret));
    assert_false(pass(world, &session, same)); /* it confirmed the factor already */
    world->now.ms += 30000;
    const char *next = arena_format(&world->arena, "%06d", code_of(world, &secret));
    assert_true(pass(world, &session, next));
    assert_int_equal(use(world, session.token, &used), ERR_NONE);
    assert_false(used.awaits_second_factor);
    must(sign_in(world, "ana@example.com", password, &session), NULL);
    assert_false(pass(world, &session, next));
    assert_true(pass(world, &session, text_lower(&world->arena, codes[3])));
    must(sign_in(world, "ana@example.com", password, &session), NULL);
    assert_false(pass(world, &session, codes[3]));
    world_end(world);
}

static void test_account_link__works_once_and_not_for_ever(void **state)
{
    struct world *world = world_of(*(bool *)*state);
    struct why why = {0};
    const char *user = add(world, "ana@example.com", ROLE_OWNER, false), *token, *older, *found;
    struct account_secret secrets[] = {secret_of(world), secret_of(world), secret_of(world)};
    struct tx tx = begin(world);
    must(account_make_link(&world->arena, &tx, user, &secrets[0], &older, &why), &why);
    must(account_make_link(&world->arena, &tx, user, &secrets[1], &token, &why), &why);
    assert_int_equal(account_use_link(&world->arena, &tx, older, &found, NULL), ERR_DENIED);
    must(account_use_link(&world->arena, &tx, token, &found, &why), &why);
    assert_string_equal(found, user);
    assert_int_equal(account_use_link(&world->arena, &tx, token, &found, NULL), ERR_DENIED);
    must(account_make_link(&world->arena, &tx, NULL, &secrets[2], &token, &why), &why);
    commit(&tx);
    world->now.ms += ACCOUNT_LINK_MS;
    tx = begin(world);
    assert_int_equal(account_use_link(&world->arena, &tx, token, &found, NULL), ERR_DENIED);
    db_rollback(&tx);
    world_end(world);
}

static void test_account_key__does_what_its_scopes_say_until_it_is_revoked(void **state)
{
    struct world *world = world_of(*(bool *)*state);
    struct why why = {0};
    struct account_secret secret = secret_of(world);
    struct account_api_key key, read;
    const char *token;
    permission_set patients = (permission_set)1 << PERMISSION_PATIENTS_READ;
    struct tx tx = begin(world);
    assert_int_equal(
        account_add_key(&world->arena, &tx, "importer", patients, role_permissions(ROLE_CONSULTANT),
            NULL, (struct instant){0}, &secret, &key, &token, NULL),
        ERR_DENIED);
    must(account_add_key(&world->arena, &tx, "importer", patients, role_permissions(ROLE_OWNER),
             NULL, (struct instant){0}, &secret, &key, &token, &why),
        &why);
    commit(&tx);
    struct db *db = world->fixture.db;
    must(account_key(&world->arena, db, 1, world->now, token, &read, &why), &why);
    assert_int_equal(read.scopes, patients);
    assert_int_equal(account_key(&world->arena, db, 2, world->now, token, &read, NULL), ERR_DENIED);
    tx = begin(world);
    must(account_revoke_key(&tx, key.key_id, &why), &why);
    commit(&tx);
    assert_int_equal(account_key(&world->arena, db, 1, world->now, token, &read, NULL), ERR_DENIED);
    world_end(world);
}

static void test_account_totp__the_vectors_of_rfc_6238(void **state)
{
    (void)state;
    const unsigned char secret[] = "12345678901234567890";
    assert_int_equal(account_totp(secret, 20, 59 / 30), 287082);
    assert_int_equal(account_totp(secret, 20, 1111111109 / 30), 81804);
    assert_int_equal(account_totp(secret, 20, INT64_C(20000000000) / 30), 353130);
}

static void test_account_password__long_and_not_ones_own_name(void **state)
{
    (void)state;
    static const char *const weak[] = {"short one", "aaaaaaaaaaaaaaaa", "abcdefghijklmnop",
        "123456789012", "ana.ito.and.more", "Password123456!", "my Ana Ito of today"};
    for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++)
        assert_int_equal(
            account_check_password(weak[i], "ana.ito@example.com", "Ana Ito", NULL), ERR_INPUT);
    must(account_check_password(password, "ana.ito@example.com", "Ana Ito", NULL), NULL);
    must(account_check_password("ключ от старого дома", "ana@example.com", "Ana", NULL), NULL);
}

int main(void)
{
    static bool sqlite = false, postgres = true;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_account_permission__names_read_back),
        cmocka_unit_test(test_account_permission__a_consultant_reads_no_patient),
        cmocka_unit_test(test_account_permission__only_an_owner_holds_keys),
        cmocka_unit_test(test_account_totp__the_vectors_of_rfc_6238),
        cmocka_unit_test(test_account_password__long_and_not_ones_own_name),
        {"test_account_sign_in__a_session_ends_when_idle_and_at_its_end",
            test_account_sign_in__a_session_ends_when_idle_and_at_its_end, NULL, NULL, &sqlite},
        {"test_account_sign_in__a_session_ends_when_idle_and_at_its_end (PostgreSQL)",
            test_account_sign_in__a_session_ends_when_idle_and_at_its_end, NULL, NULL, &postgres},
        {"test_account_sign_in__who_guesses_is_locked_out_even_with_the_right_word",
            test_account_sign_in__who_guesses_is_locked_out_even_with_the_right_word, NULL, NULL,
            &sqlite},
        {"test_account_sign_in__who_guesses_is_locked_out_even_with_the_right_word (PostgreSQL)",
            test_account_sign_in__who_guesses_is_locked_out_even_with_the_right_word, NULL, NULL,
            &postgres},
        {"test_account_sign_in__an_address_that_guesses_names_is_slowed_down",
            test_account_sign_in__an_address_that_guesses_names_is_slowed_down, NULL, NULL,
            &sqlite},
        {"test_account_sign_in__an_address_that_guesses_names_is_slowed_down (PostgreSQL)",
            test_account_sign_in__an_address_that_guesses_names_is_slowed_down, NULL, NULL,
            &postgres},
        {"test_account_change__the_last_owner_stays_and_a_narrowed_one_is_signed_out",
            test_account_change__the_last_owner_stays_and_a_narrowed_one_is_signed_out, NULL, NULL,
            &sqlite},
        {"test_account_change__the_last_owner_stays_and_a_narrowed_one_is_signed_out (PostgreSQL)",
            test_account_change__the_last_owner_stays_and_a_narrowed_one_is_signed_out, NULL, NULL,
            &postgres},
        {"test_account_second_factor__a_code_counts_once_and_a_recovery_code_too",
            test_account_second_factor__a_code_counts_once_and_a_recovery_code_too, NULL, NULL,
            &sqlite},
        {"test_account_second_factor__a_code_counts_once_and_a_recovery_code_too (PostgreSQL)",
            test_account_second_factor__a_code_counts_once_and_a_recovery_code_too, NULL, NULL,
            &postgres},
        {"test_account_link__works_once_and_not_for_ever",
            test_account_link__works_once_and_not_for_ever, NULL, NULL, &sqlite},
        {"test_account_link__works_once_and_not_for_ever (PostgreSQL)",
            test_account_link__works_once_and_not_for_ever, NULL, NULL, &postgres},
        {"test_account_key__does_what_its_scopes_say_until_it_is_revoked",
            test_account_key__does_what_its_scopes_say_until_it_is_revoked, NULL, NULL, &sqlite},
        {"test_account_key__does_what_its_scopes_say_until_it_is_revoked (PostgreSQL)",
            test_account_key__does_what_its_scopes_say_until_it_is_revoked, NULL, NULL, &postgres},
    };
    return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
