#include "record/field.h"

#include <assert.h>
#include <stddef.h>

#include "base/text.h"

static const struct field_fact facts[FIELD_MAX] = {
    [FIELD_ID] = {"id", FIELD_TEXT},
    [FIELD_PATIENT_ID] = {"patient_id", FIELD_TEXT},
    [FIELD_SAME_AS] = {"same_as", FIELD_TEXT},
    [FIELD_FIRST_NAME] = {"first_name", FIELD_TEXT},
    [FIELD_LAST_NAME] = {"last_name", FIELD_TEXT},
    [FIELD_PREFERRED_NAME] = {"preferred_name", FIELD_TEXT},
    [FIELD_BIRTH_DATE] = {"birth_date", FIELD_DAY},
    [FIELD_GENDER] = {"gender", FIELD_WORD},
    [FIELD_MOBILE_PHONE] = {"mobile_phone", FIELD_PHONE},
    [FIELD_HOME_PHONE] = {"home_phone", FIELD_PHONE},
    [FIELD_WORK_PHONE] = {"work_phone", FIELD_PHONE},
    [FIELD_EMAIL_ADDRESS] = {"email", FIELD_EMAIL},
    [FIELD_ADDRESS] = {"address", FIELD_TEXT},
    [FIELD_CITY] = {"city", FIELD_TEXT},
    [FIELD_STATE] = {"state", FIELD_TEXT},
    [FIELD_ZIP] = {"zip", FIELD_TEXT},
    [FIELD_COUNTRY] = {"country", FIELD_TEXT},
    [FIELD_TIME_ZONE] = {"time_zone", FIELD_TEXT},
    [FIELD_PREFERRED_PROVIDER] = {"preferred_provider", FIELD_TEXT},
    [FIELD_PREFERRED_LANGUAGE] = {"preferred_language", FIELD_WORD},
    [FIELD_PREFERRED_CHANNEL] = {"preferred_channel", FIELD_WORD},
    [FIELD_MEMBERSHIP_PLAN] = {"membership_plan", FIELD_TEXT},
    [FIELD_MEMBERSHIP_STATUS] = {"membership_status", FIELD_WORD},
    [FIELD_MEMBERSHIP_RENEWAL] = {"membership_renewal", FIELD_DAY},
    [FIELD_LOYALTY_POINTS] = {"loyalty_points", FIELD_COUNT},
    [FIELD_LOYALTY_POINTS_EXPIRE_ON] = {"loyalty_points_expire_on", FIELD_DAY},
    [FIELD_EMAIL_CONSENT] = {"email_consent", FIELD_FLAG},
    [FIELD_SMS_CONSENT] = {"sms_consent", FIELD_FLAG},
    [FIELD_VOICE_CONSENT] = {"voice_consent", FIELD_FLAG},
    [FIELD_CONSENT_ON] = {"consent_on", FIELD_DAY},
    [FIELD_CONSENT_SOURCE] = {"consent_source", FIELD_TEXT},
    [FIELD_PHI_MARKETING_AUTH] = {"phi_marketing_auth", FIELD_FLAG},
    [FIELD_MARKETING_OPT_OUT] = {"marketing_opt_out", FIELD_FLAG},
    [FIELD_SMS_OPT_OUT] = {"sms_opt_out", FIELD_FLAG},
    [FIELD_EMAIL_UNSUBSCRIBED] = {"email_unsubscribed", FIELD_FLAG},
    [FIELD_VOICE_OPT_OUT] = {"voice_opt_out", FIELD_FLAG},
    [FIELD_PAUSED_UNTIL] = {"paused_until", FIELD_DAY},
    [FIELD_BILLING_DISPUTE] = {"billing_dispute", FIELD_FLAG},
    [FIELD_CLINICAL_CONCERN] = {"clinical_concern", FIELD_FLAG},
    [FIELD_DECEASED] = {"deceased", FIELD_FLAG},
    [FIELD_RECORD_STATUS] = {"record_status", FIELD_WORD},
    [FIELD_VIP] = {"vip", FIELD_FLAG},
    [FIELD_STAFF_OR_FAMILY] = {"staff_or_family", FIELD_FLAG},
    [FIELD_TAGS] = {"tags", FIELD_TEXT},
    [FIELD_CREATED_ON] = {"created_on", FIELD_DAY},
    [FIELD_START] = {"start", FIELD_INSTANT},
    [FIELD_END] = {"end", FIELD_INSTANT},
    [FIELD_DURATION_MIN] = {"duration_min", FIELD_COUNT},
    [FIELD_LOCATION] = {"location", FIELD_TEXT},
    [FIELD_PROVIDER] = {"provider", FIELD_TEXT},
    [FIELD_SERVICE] = {"service", FIELD_TEXT},
    [FIELD_SERVICE_CATEGORY] = {"service_category", FIELD_TEXT},
    [FIELD_STATUS] = {"status", FIELD_WORD},
    [FIELD_TOTAL] = {"total", FIELD_MONEY},
    [FIELD_BOOKED_ON] = {"booked_on", FIELD_INSTANT},
    [FIELD_CANCELLED_ON] = {"cancelled_on", FIELD_INSTANT},
    [FIELD_CANCEL_REASON] = {"cancel_reason", FIELD_TEXT},
    [FIELD_SERIES_ID] = {"series_id", FIELD_TEXT},
    [FIELD_SERIES_NUMBER] = {"series_number", FIELD_COUNT},
    [FIELD_SERIES_TOTAL] = {"series_total", FIELD_COUNT},
    [FIELD_INTRO_OFFER] = {"intro_offer", FIELD_FLAG},
    [FIELD_STARTED_ON] = {"started_on", FIELD_DAY},
    [FIELD_ENDED_ON] = {"ended_on", FIELD_DAY},
    [FIELD_DUE_ON] = {"due_on", FIELD_DAY},
    [FIELD_NAME] = {"name", FIELD_TEXT},
    [FIELD_REASON] = {"reason", FIELD_TEXT},
};

const struct field_fact *field_fact(enum record_field field)
{
    assert(field < FIELD_MAX && facts[field].name);
    return &facts[field];
}

bool field_parse(const char *name, enum record_field *ret_field)
{
    for (int field = 0; field < FIELD_MAX; field++) {
        if (text_is(name, facts[field].name)) {
            *ret_field = (enum record_field)field;
            return true;
        }
    }
    return false;
}
