/* account_test.c: who may do what, who may sign in. */
#include "unit.h"

#include <string.h>

#include "account/permission.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_account_permission__names_read_back),
        cmocka_unit_test(test_account_permission__a_consultant_reads_no_patient),
        cmocka_unit_test(test_account_permission__only_an_owner_holds_keys),
    };
    return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
