/* test_send.c: a message that a colleague sends to themselves, to see how it arrives. */
#include "audit/audit.h"
#include "engine/engine_int.h"
#include "outbox/outbox.h"

enum { TEST_MS_MAX = 15 * 60 * 1000 }; /* who waits longer looks elsewhere */

struct gate_case engine__staff_case(const struct touch *touch, const struct rendered *rendered)
{
    return (struct gate_case){
        .patient_id = touch->patient_id,
        .channel = touch->channel,
        .address = touch->address,
        .purpose = PURPOSE_TRANSACTIONAL,
        .message = rendered,
        .to_staff = touch->touch_key,
    };
}

static enum err check_room(struct tx *tx, const struct engine_test *test, struct why *reterr_why)
{
    struct instant paused = {0};
    int64_t sent = 0;
    enum err err = playbook_practice_paused(tx->db, tx->practice_id, &paused, reterr_why);
    if (err == ERR_NONE)
        err = outbox_count_tests(tx->db, tx->practice_id, test->user_id,
            instant_add_ms(tx->now, -MS_PER_HOUR), &sent, reterr_why);
    if (err == ERR_NONE && paused.ms) {
        why_hint(reterr_why, "Let sending go on first");
        return why_set(reterr_why, ERR_CONFLICT, "all sending is paused");
    }
    if (err == ERR_NONE && sent >= ENGINE_TESTS_PER_HOUR_MAX)
        return why_set(reterr_why, ERR_LIMIT, "that were %d test messages within an hour",
            ENGINE_TESTS_PER_HOUR_MAX);
    return err;
}

enum err engine_plan_test(struct engine *engine, struct tx *tx, const struct engine_test *test,
    const char **ret_touch, struct why *reterr_why)
{
    const struct touch_plan plan = {
        .patient_id = "",
        .for_staff = test->user_id,
        .touch_key = ENGINE_TEST_KEY,
        .occurrence = 1,
        .purpose = "transactional",
        .planned = tx->now,
        .has_channel = true,
        .channel = test->channel,
        .address = test->address,
        .subject = test->subject,
        .body = test->body,
        .html = test->html,
        .language = test->language,
        .expires = instant_add_ms(tx->now, TEST_MS_MAX),
    };
    JSON_AUTO detail =
        json_pack("{s:s, s:s}", "channel", channel_kind_name(test->channel), "what", test->what);
    enum err err = check_room(tx, test, reterr_why);
    if (err == ERR_NONE)
        err = outbox_plan(&engine->tick, tx, &plan, 1, ret_touch, reterr_why);
    return err == ERR_NONE
        ? audit_write(tx, "account.test_sent", NULL, test->user_id, detail, reterr_why)
        : err;
}
