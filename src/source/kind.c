#include "source/kind.h"

#include <assert.h>
#include <string.h>

/* Told apart in this order; the generic kinds come last. Headings are those of
 * docs/import.md, "Booking systems": what a signature rests on is written there. */
static const struct kind kinds[] = {
    {.name = "square.patients",
        .record = RECORD_PATIENT,
        .platform = "square",
        .signature = "squarecustomerid instantprofile creationsource emailsubscriptionstatus",
        .needed = 2},
    {.name = "square.appointments",
        .record = RECORD_APPOINTMENT,
        .platform = "square",
        .signature = "squarecustomerid teammember sellernote customernote bookingid",
        .needed = 2,
        .time_completes = true,
        .lines = true},
    {.name = "mangomint.patients",
        .record = RECORD_PATIENT,
        .platform = "mangomint",
        .signature = "phonewithcountrycode firstappointmentdate lastappointmentdate "
                     "blockedfromonlinebooking totalamountspent",
        .needed = 3,
        .by_name = true},
    {.name = "mangomint.appointments",
        .record = RECORD_APPOINTMENT,
        .platform = "mangomint",
        .signature = "phonewithcountrycode servicestarttime",
        .needed = 1,
        .by_name = true},
    {.name = "acuity.appointments",
        .record = RECORD_APPOINTMENT,
        .platform = "acuity",
        .signature = "calendar appointmentprice certificatecode datescheduled scheduledby "
                     "amountpaidonline",
        .needed = 3,
        .time_completes = true,
        .by_name = true},
    {.name = "acuity.patients",
        .record = RECORD_PATIENT,
        .platform = "acuity",
        .signature = "dayssincelastappointment lastappointment nextappointment",
        .needed = 2,
        .by_name = true},
    {.name = "vagaro.patients",
        .record = RECORD_PATIENT,
        .platform = "vagaro",
        .signature = "customersince appbooked checkins noshowscancel dayphone nightphone "
                     "onlinebooking",
        .needed = 2,
        .by_name = true},
    {.name = "vagaro.appointments",
        .record = RECORD_APPOINTMENT,
        .platform = "vagaro",
        .signature = "serviceprovider statuschangeddate appointmentdate bookingstatus",
        .needed = 2,
        .time_completes = true,
        .by_name = true,
        .lines = true},
    {.name = "vagaro.invoices",
        .record = RECORD_INVOICE,
        .platform = "vagaro",
        .signature = "checkoutdate transactionid amtpaid soldby",
        .needed = 3,
        .lines = true},
    {.name = "vagaro.services",
        .record = RECORD_SERVICE,
        .platform = "vagaro",
        .signature = "servicesclasses noofappointmentsclasses",
        .needed = 1},
    {.name = "jane.patients",
        .record = RECORD_PATIENT,
        .platform = "jane",
        .signature = "patientnumber patientguid personalhealthnumber referredto "
                     "marketingemailoptin membersince guardianname identifyinggender "
                     "dischargedat deceasedat medicalalert medicalalerts activeinactive "
                     "streetaddress2",
        .needed = 2},
    {.name = "jane.appointments",
        .record = RECORD_APPOINTMENT,
        .platform = "jane",
        .signature = "treatmentname staffmembername appointmentstartdatetime "
                     "appointmentenddatetime patientguid patientnumber chartstatus bookinginfo "
                     "treatmentprice",
        .needed = 2,
        .state_is_status = true,
        .time_completes = true},
    {.name = "boulevard.invoices",
        .record = RECORD_INVOICE,
        .platform = "boulevard",
        .signature = "saleid saledate netsales grosssales productcategory",
        .needed = 3,
        .lines = true},
    {.name = "boulevard.patients",
        .record = RECORD_PATIENT,
        .platform = "boulevard",
        .signature = "primarylocation appointmentcount currentaccountbalance enrolllocationid "
                     "pointsbalance lifetimevalue clientsince clienttags clientid",
        .needed = 3},
    {.name = "boulevard.appointments",
        .record = RECORD_APPOINTMENT,
        .platform = "boulevard",
        .signature = "clientid appointmentstate cancellationreason isrecurring startat "
                     "appointmentservices bookedwith",
        .needed = 3,
        .state_is_status = true,
        .lines = true},
    {.name = "boulevard.memberships",
        .record = RECORD_MEMBERSHIP,
        .platform = "boulevard",
        .signature = "clientid nextchargedate unitprice unpauseon termnumber",
        .needed = 3},
    {.name = "zenoti.patients",
        .record = RECORD_PATIENT,
        .platform = "zenoti",
        .signature = "guestcode usercode guestname centername basecenter receivemarketingemail "
                     "receivemarketingsms",
        .needed = 1},
    {.name = "zenoti.appointments",
        .record = RECORD_APPOINTMENT,
        .platform = "zenoti",
        .signature = "guestcode usercode guestname invoiceno therapist therapistname centername",
        .needed = 2,
        .lines = true},
    {.name = "mindbody.patients",
        .record = RECORD_PATIENT,
        .platform = "mindbody",
        .signature = "rssid clientemail sendpromotionalemails sendpromotionaltexts isprospect "
                     "clientindexes homelocation",
        .needed = 1},
    {.name = "mindbody.appointments",
        .record = RECORD_APPOINTMENT,
        .platform = "mindbody",
        .signature = "rssid sessiontype sessiontypename clientuniqueid signedin latecancelled",
        .needed = 2},
    {.name = "mindbody.memberships",
        .record = RECORD_MEMBERSHIP,
        .platform = "mindbody",
        .signature = "clientemail rssid activedate clientuniqueid",
        .needed = 1},
    {.name = "generic.patients", .record = RECORD_PATIENT, .platform = "generic"},
    {.name = "generic.appointments", .record = RECORD_APPOINTMENT, .platform = "generic"},
    {.name = "generic.services", .record = RECORD_SERVICE, .platform = "generic"},
    {.name = "generic.memberships", .record = RECORD_MEMBERSHIP, .platform = "generic"},
    {.name = "generic.invoices", .record = RECORD_INVOICE, .platform = "generic"},
    {.name = "generic.prescriptions", .record = RECORD_PRESCRIPTION, .platform = "generic"},
    {.name = "generic.programs", .record = RECORD_PROGRAM, .platform = "generic"},
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

const struct kind *kind_find(const char *name)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (text_is_any_case(kinds[i].name, name))
            return &kinds[i];
    }
    return NULL;
}

/* Beside the table, because a list of names ends in NULL; a test holds the two together. */
const char *const *kind_names(void)
{
    static const char *const names[] = {"square.patients", "square.appointments",
        "mangomint.patients", "mangomint.appointments", "acuity.appointments", "acuity.patients",
        "vagaro.patients", "vagaro.appointments", "vagaro.invoices", "vagaro.services",
        "jane.patients", "jane.appointments", "boulevard.invoices", "boulevard.patients",
        "boulevard.appointments", "boulevard.memberships", "zenoti.patients", "zenoti.appointments",
        "mindbody.patients", "mindbody.appointments", "mindbody.memberships", "generic.patients",
        "generic.appointments", "generic.services", "generic.memberships", "generic.invoices",
        "generic.prescriptions", "generic.programs", NULL};
    return names;
}

/* ---- what headings together are ---- */

static bool has(const bool *found, int column)
{
    return found[column];
}

static void find_columns(
    const struct kind *kind, const char *const *keys, size_t count, bool ret_found[COLUMN_MAX])
{
    memset(ret_found, 0, sizeof(bool) * COLUMN_MAX);
    for (size_t i = 0; i < count; i++) {
        int rank, column = heading_column(kind, keys[i], &rank);
        if (column != COLUMN_MAX)
            ret_found[column] = true;
    }
}

static bool is_patients(const bool *found)
{
    int names = has(found, FIELD_FIRST_NAME) + has(found, FIELD_LAST_NAME)
        + 2 * has(found, COLUMN_FULL_NAME);
    int ways = has(found, FIELD_EMAIL_ADDRESS) + has(found, FIELD_MOBILE_PHONE)
        + has(found, COLUMN_PHONE) + has(found, FIELD_BIRTH_DATE) + has(found, FIELD_HOME_PHONE);
    return names >= 1 && ways + has(found, FIELD_ID) >= 1;
}

/* A file about patients known elsewhere: points, consents, flags by id. */
static bool is_patient_facts(const bool *found)
{
    return has(found, FIELD_ID)
        && (has(found, FIELD_LOYALTY_POINTS) || has(found, FIELD_SMS_CONSENT)
            || has(found, FIELD_EMAIL_CONSENT) || has(found, FIELD_MARKETING_OPT_OUT)
            || has(found, FIELD_SMS_OPT_OUT) || has(found, FIELD_EMAIL_UNSUBSCRIBED)
            || has(found, FIELD_MOBILE_PHONE) || has(found, FIELD_EMAIL_ADDRESS));
}

static bool is_appointments(const bool *found)
{
    bool start =
        has(found, FIELD_START) || has(found, COLUMN_START_DATE) || has(found, COLUMN_START_TIME);
    bool who = has(found, FIELD_PATIENT_ID) || has(found, COLUMN_FULL_NAME)
        || has(found, FIELD_LAST_NAME) || has(found, FIELD_EMAIL_ADDRESS);
    bool what = has(found, FIELD_STATUS) || has(found, FIELD_SERVICE) || has(found, FIELD_PROVIDER)
        || has(found, COLUMN_CANCELLED);
    return start && who && what;
}

static bool has_key(const char *const *keys, size_t count, const char *start)
{
    for (size_t i = 0; i < count; i++) {
        if (text_starts(keys[i], start))
            return true;
    }
    return false;
}

static bool satisfies(
    enum record_kind record, const bool *found, const char *const *keys, size_t count)
{
    switch (record) {
    case RECORD_PATIENT: return is_patients(found) || is_patient_facts(found);
    case RECORD_APPOINTMENT: return is_appointments(found);
    case RECORD_SERVICE:
        return has(found, FIELD_SERVICE)
            && (has(found, FIELD_SERVICE_CATEGORY) || has(found, FIELD_TOTAL)
                || has(found, FIELD_DURATION_MIN));
    case RECORD_MEMBERSHIP:
        return has(found, FIELD_PATIENT_ID)
            && (has_key(keys, count, "membership") || has_key(keys, count, "plan"))
            && (has(found, FIELD_MEMBERSHIP_STATUS) || has(found, FIELD_MEMBERSHIP_RENEWAL)
                || has(found, FIELD_STARTED_ON));
    case RECORD_INVOICE:
        return has(found, FIELD_PATIENT_ID) && has(found, FIELD_TOTAL)
            && (has_key(keys, count, "invoice") || has_key(keys, count, "sale")
                || has_key(keys, count, "transaction") || has_key(keys, count, "order")
                || has_key(keys, count, "receipt"));
    case RECORD_PRESCRIPTION:
        return has(found, FIELD_PATIENT_ID)
            && (has_key(keys, count, "prescription") || has_key(keys, count, "medication")
                || has_key(keys, count, "drug") || has_key(keys, count, "rx"));
    case RECORD_PROGRAM:
        return has(found, FIELD_PATIENT_ID)
            && (has_key(keys, count, "program") || has_key(keys, count, "enrollment"));
    case RECORD_KIND_MAX: break;
    }
    return false;
}

size_t kind_score(const struct kind *kind, const char *const *keys, size_t count)
{
    size_t score = 0;
    for (size_t i = 0; i < count; i++) {
        int rank;
        score += heading_column(kind, keys[i], &rank) != COLUMN_MAX;
    }
    return score;
}

static int signature_hits(const struct kind *kind, const char *const *keys, size_t count)
{
    int hits = 0;
    for (const char *at = kind->signature; at && *at;) {
        size_t len = strcspn(at, " ");
        for (size_t i = 0; i < count; i++) {
            if (strlen(keys[i]) == len && memcmp(keys[i], at, len) == 0) {
                hits++;
                break;
            }
        }
        at += len + (at[len] == ' ');
    }
    return hits;
}

/* Of the kinds that the headings satisfy: the booking system whose signature is there most fully,
 * else the generic kind that understands most of them. */
const struct kind *kind_detect(const char *const *keys, size_t count)
{
    const struct kind *best = NULL;
    size_t best_score = 0;
    for (size_t i = 0; i < KINDS; i++) {
        const struct kind *kind = &kinds[i];
        bool found[COLUMN_MAX];
        find_columns(kind, keys, count, found);
        if (kind->signature || !satisfies(kind->record, found, keys, count))
            continue;
        size_t score = kind_score(kind, keys, count);
        if (score > best_score) {
            best = kind;
            best_score = score;
        }
    }
    int best_hits = 0;
    const struct kind *generic = best;
    for (size_t i = 0; i < KINDS; i++) {
        const struct kind *kind = &kinds[i];
        int hits = signature_hits(kind, keys, count);
        bool found[COLUMN_MAX];
        find_columns(kind, keys, count, found);
        if (hits < kind->needed || hits <= best_hits || !kind->signature
            || (generic && generic->record != kind->record)
            || !satisfies(kind->record, found, keys, count))
            continue;
        best = kind;
        best_hits = hits;
    }
    return best;
}
