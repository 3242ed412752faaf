#include <string.h>

#include "template/template_int.h"

#define TEXT(text_)                                                                                \
    {                                                                                              \
        .known = true, .type = VALUE_TEXT, .text = (text_)                                         \
    }
#define URL(text_)                                                                                 \
    {                                                                                              \
        .known = true, .type = VALUE_URL, .text = (text_)                                          \
    }
#define NUMBER(number_)                                                                            \
    {                                                                                              \
        .known = true, .type = VALUE_NUMBER, .number = (number_)                                   \
    }
#define DAY(day_)                                                                                  \
    {                                                                                              \
        .known = true, .type = VALUE_DAY, .day = {(day_) }                                         \
    }

enum {
    DAY_EXAMPLE = 20400, /* 2025-11-08 */
    DAY_LONGEST = 20726  /* Wednesday 2026-09-30: no date is spelt longer, in either language */
};

/* The longest plausible first names and so on; accents beyond GSM-7 stand beside them, because one
 * such letter turns 160 places into 70. The practice's own name and address take the place of the
 * examples when they are known. A link in a text is a web address and TEMPLATE_LINK_PATH_MAX. */
static const struct slot_facts fields[SLOT_MAX] = {
    [SLOT_PATIENT_FIRST_NAME] = {"patient.first_name", LABEL_IDENTITY, PHI_NONE, VALUE_TEXT, false,
        true, false, "the name the patient goes by", TEXT("Ana"),
        {TEXT("Maximiliana-Josephine"), TEXT("María de los Ángeles")}},
    [SLOT_PATIENT_LAST_NAME] = {"patient.last_name", LABEL_IDENTITY, PHI_NONE, VALUE_TEXT, false,
        true, false, "family name", TEXT("Rivera"),
        {TEXT("Featherstonehaugh-Montgomery"), TEXT("Hernández-Domínguez")}},
    [SLOT_PRACTICE_NAME] = {"practice.name", LABEL_PUBLIC, PHI_NONE, VALUE_TEXT, true, true, false,
        "the practice", TEXT("Lumen Med Spa"), {TEXT("Serenity Aesthetics & Wellness")}},
    [SLOT_PRACTICE_PHONE] = {"practice.phone", LABEL_PUBLIC, PHI_NONE, VALUE_TEXT, false, true,
        false, "the practice's number, for calling back", TEXT("+15125550100"),
        {TEXT("+15125550100")}},
    [SLOT_PRACTICE_ADDRESS] = {"practice.address", LABEL_PUBLIC, PHI_NONE, VALUE_TEXT, false, true,
        false, "postal address, as the law wants it below marketing emails",
        TEXT("100 Congress Ave, Austin, TX 78701"),
        {TEXT(
            "12345 Northwest Martin Luther King Junior Boulevard, Suite 1200, Austin, TX 78701")}},
    [SLOT_PROVIDER_NAME] = {"provider.name", LABEL_APPOINTMENT, PHI_VISIT, VALUE_TEXT, false, true,
        false, "who saw the patient last", TEXT("Dr. Chen"),
        {TEXT("Alexandria Featherstonehaugh, PA-C"), TEXT("Dra. Verónica Hernández")}},
    [SLOT_LOCATION_NAME] = {"location.name", LABEL_APPOINTMENT, PHI_VISIT, VALUE_TEXT, false, true,
        false, "where the last visit was", TEXT("Downtown"),
        {TEXT("North Scottsdale Medical Plaza")}},
    [SLOT_VISIT_LAST_DAY] = {"visit.last_day", LABEL_APPOINTMENT, PHI_VISIT, VALUE_DAY, false,
        false, false, "day of the last kept visit", DAY(DAY_EXAMPLE), {DAY(DAY_LONGEST)}},
    [SLOT_VISIT_COUNT] = {"visit.count", LABEL_APPOINTMENT, PHI_VISIT, VALUE_NUMBER, false, false,
        false, "kept visits so far", NUMBER(4), {NUMBER(1000)}},
    [SLOT_VISIT_SERVICE] = {"visit.service", LABEL_PHI, PHI_SERVICE, VALUE_TEXT, false, false,
        false, "the last service, as the booking system names it", TEXT("Botox - 40 units"),
        {TEXT("Laser Skin Resurfacing - Full Face and Neck")}},
    [SLOT_SERVICE_LABEL] = {"service.label", LABEL_APPOINTMENT, PHI_VISIT, VALUE_TEXT, false, false,
        false, "definitions.yaml: label, a word that tells nothing", TEXT("visit"),
        {TEXT("consultation")}},
    [SLOT_SERVICE_NAME] = {"service.name", LABEL_PHI, PHI_SERVICE, VALUE_TEXT, false, false, false,
        "definitions.yaml: phi_label", TEXT("Botox/Dysport"), {TEXT("laser skin resurfacing")}},
    [SLOT_SERVICE_KEY] = {"service.key", LABEL_PHI, PHI_SERVICE, VALUE_TEXT, false, false, false,
        "definitions.yaml: key, for conditions", TEXT("neurotoxin"), {TEXT("neurotoxin")}},
    [SLOT_POINTS_BALANCE] = {"points.balance", LABEL_IDENTITY, PHI_NONE, VALUE_NUMBER, false, false,
        false, "loyalty points; unknown when there are none", NUMBER(1200), {NUMBER(125000)}},
    [SLOT_POINTS_EXPIRE_DAY] = {"points.expire_day", LABEL_IDENTITY, PHI_NONE, VALUE_DAY, false,
        false, false, "last day of the points", DAY(DAY_EXAMPLE), {DAY(DAY_LONGEST)}},
    [SLOT_MEMBERSHIP_PLAN] = {"membership.plan", LABEL_PHI, PHI_SERVICE, VALUE_TEXT, false, false,
        false, "name of the plan: it may name a treatment", TEXT("Glow Club"),
        {TEXT("Platinum Neurotoxin and Filler Club")}},
    [SLOT_OFFER_KIND] = {"offer.kind", LABEL_PUBLIC, PHI_NONE, VALUE_TEXT, false, false, false,
        "addon, percent or hold; unknown when there is no offer", TEXT("addon"), {TEXT("percent")}},
    [SLOT_OFFER_TEXT] = {"offer.text", LABEL_PUBLIC, PHI_NONE, VALUE_TEXT, false, false, false,
        "the offer in words; unknown when there is none", TEXT("a complimentary add-on"),
        {TEXT("15% off your next visit with us")}},
    [SLOT_OFFER_UNTIL] = {"offer.until", LABEL_PUBLIC, PHI_NONE, VALUE_DAY, false, false, false,
        "last day of the offer", DAY(DAY_EXAMPLE), {DAY(DAY_LONGEST)}},
    [SLOT_LINKS_BOOK] = {"links.book", LABEL_PUBLIC, PHI_NONE, VALUE_URL, true, false, false,
        "booking page of this patient",
        URL("https://visit.lumen.example/p/b4mWq2Xk8Zr.A1b2C3d4E5f6G7h8I9j0Kl"),
        {URL("https://visit.serenityspa.com/p/b4mWq2Xk8Zr.A1b2C3d4E5f6G7h8I9j0Kl")}},
    [SLOT_LINKS_UNSUBSCRIBE] = {"links.unsubscribe", LABEL_PUBLIC, PHI_NONE, VALUE_URL, true, false,
        false, "stops everything of this kind",
        URL("https://visit.lumen.example/p/u4mWq2Xk8Zr.A1b2C3d4E5f6G7h8I9j0Kl"),
        {URL("https://visit.serenityspa.com/p/u4mWq2Xk8Zr.A1b2C3d4E5f6G7h8I9j0Kl")}},
    [SLOT_LINKS_PREFERENCES] = {"links.preferences", LABEL_PUBLIC, PHI_NONE, VALUE_URL, true, false,
        false, "channel, pause, stop",
        URL("https://visit.lumen.example/p/f4mWq2Xk8Zr.A1b2C3d4E5f6G7h8I9j0Kl"),
        {URL("https://visit.serenityspa.com/p/f4mWq2Xk8Zr.A1b2C3d4E5f6G7h8I9j0Kl")}},
    [SLOT_OPEN_SLOTS] = {"open_slots.list", LABEL_APPOINTMENT, PHI_VISIT, VALUE_TEXT, false, true,
        false, "up to three free times of schedules.yaml, numbered; unknown when nothing is free",
        TEXT("1) Tue Jun 16, 10:00 am; 2) Thu Jun 18, 4:30 pm; 3) Sat Jun 20, 9:00 am"),
        {TEXT("1) Wed Sep 23, 10:30 am; 2) Thu Sep 24, 11:30 am; 3) Wed Sep 30, 12:30 pm")}},
    [SLOT_BOOKED_TIME] = {"booked.time", LABEL_APPOINTMENT, PHI_VISIT, VALUE_TEXT, false, true,
        false, "the visit that the message confirms", TEXT("Sat Jun 20, 9:00 am with Dr. Chen"),
        {TEXT("Wed Sep 30, 10:30 am with Alexandria Featherstonehaugh, PA-C at North Scottsdale")}},
    [SLOT_HELD_TIME] = {"held.time", LABEL_APPOINTMENT, PHI_VISIT, VALUE_TEXT, false, true, false,
        "the time that an offer of the kind hold keeps free; unknown when none could be kept",
        TEXT("Sat Jun 20, 9:00 am"), {TEXT("Wed Sep 30, 12:30 pm")}},
    [SLOT_HELD_UNTIL] = {"held.until", LABEL_PUBLIC, PHI_NONE, VALUE_TEXT, false, true, false,
        "until when a time is kept: the hour, with the weekday when that is not today",
        TEXT("3:30 pm"), {TEXT("Wed 12:30 pm")}},
    [SLOT_STOPPED_CHANNELS] = {"stopped.channels", LABEL_PUBLIC, PHI_NONE, VALUE_TEXT, false, true,
        false, "what somebody stopped who goes on hearing from us otherwise", TEXT("calls"),
        {TEXT("los mensajes de texto y las llamadas")}},
    [SLOT_CALLER_NAME] = {"caller.name", LABEL_PUBLIC, PHI_NONE, VALUE_TEXT, false, true, true,
        "who is signed in and calls", TEXT("Jordan"), {TEXT("Alexandria")}},
    [SLOT_PATIENT_BIRTH_DAY] = {"patient.birth_day", LABEL_SECRET, PHI_CLINICAL, VALUE_DAY, false,
        false, false, "never in a message", DAY(DAY_EXAMPLE), {DAY(DAY_EXAMPLE)}},
    [SLOT_PATIENT_PHONE] = {"patient.phone", LABEL_SECRET, PHI_CLINICAL, VALUE_TEXT, false, true,
        false, "never in a message", TEXT("+15125550123"), {TEXT("+15125550123")}},
};

const struct slot_facts *slot_facts(enum slot field)
{
    return &fields[field];
}

enum slot slot_find(const char *name)
{
    for (int i = 0; i < SLOT_MAX; i++)
        if (strcmp(fields[i].name, name) == 0)
            return (enum slot)i;
    return SLOT_MAX;
}

const char *slot_nearest(struct arena *arena, const char *name)
{
    const char **names = ARENA_NEW(arena, const char *, SLOT_MAX);

    for (int i = 0; i < SLOT_MAX; i++)
        names[i] = fields[i].name;
    return text_nearest(name, names, SLOT_MAX);
}

const char *template_type_name(enum value_type type)
{
    static const char *const names[VALUE_TYPE_MAX] = {"text", "link", "number", "day"};

    return names[type];
}

static struct value value_text(enum slot field, const char *text)
{
    return (struct value){.known = !text_is_blank(text),
        .type = fields[field].type,
        .proper_name = fields[field].proper_name,
        .text = text};
}

static struct value value_number(int64_t number)
{
    return (struct value){.known = number > 0, .type = VALUE_NUMBER, .number = number};
}

static struct value value_day(struct day day)
{
    return (struct value){.known = day.n != DAY_NONE, .type = VALUE_DAY, .day = day};
}

struct value slot_value(const struct template_facts *facts, enum slot field)
{
    switch (field) {
    case SLOT_PATIENT_FIRST_NAME: return value_text(field, facts->first_name);
    case SLOT_PATIENT_LAST_NAME: return value_text(field, facts->last_name);
    case SLOT_PRACTICE_NAME: return value_text(field, facts->practice_name);
    case SLOT_PRACTICE_PHONE: return value_text(field, facts->practice_phone);
    case SLOT_PRACTICE_ADDRESS: return value_text(field, facts->practice_address);
    case SLOT_PROVIDER_NAME: return value_text(field, facts->provider);
    case SLOT_LOCATION_NAME: return value_text(field, facts->location);
    case SLOT_VISIT_LAST_DAY: return value_day(facts->last_visit);
    case SLOT_VISIT_COUNT: return value_number(facts->visits);
    case SLOT_VISIT_SERVICE: return value_text(field, facts->last_service);
    case SLOT_SERVICE_LABEL: return value_text(field, facts->service_label);
    case SLOT_SERVICE_NAME: return value_text(field, facts->service_name);
    case SLOT_SERVICE_KEY: return value_text(field, facts->service_key);
    case SLOT_POINTS_BALANCE: return value_number(facts->points);
    case SLOT_POINTS_EXPIRE_DAY: return value_day(facts->points_expire);
    case SLOT_MEMBERSHIP_PLAN: return value_text(field, facts->membership_plan);
    case SLOT_OFFER_KIND: return value_text(field, facts->offer_kind);
    case SLOT_OFFER_TEXT: return value_text(field, facts->offer_text);
    case SLOT_OFFER_UNTIL: return value_day(facts->offer_until);
    case SLOT_LINKS_BOOK: return value_text(field, facts->book_url);
    case SLOT_LINKS_UNSUBSCRIBE: return value_text(field, facts->unsubscribe_url);
    case SLOT_LINKS_PREFERENCES: return value_text(field, facts->preferences_url);
    case SLOT_OPEN_SLOTS: return value_text(field, facts->open_slots);
    case SLOT_BOOKED_TIME: return value_text(field, facts->booked_time);
    case SLOT_HELD_TIME: return value_text(field, facts->held_time);
    case SLOT_HELD_UNTIL: return value_text(field, facts->held_until);
    case SLOT_STOPPED_CHANNELS: return value_text(field, facts->stopped_channels);
    case SLOT_CALLER_NAME: return value_text(field, facts->caller_name);
    case SLOT_PATIENT_BIRTH_DAY:
    case SLOT_PATIENT_PHONE:
    case SLOT_MAX: break;
    }
    return (struct value){0};
}

struct template_facts slot_examples(
    const struct template_options *options, struct day today, bool only_sure)
{
    const struct practice *practice = options ? options->practice : NULL;
    struct template_facts facts = template_facts_of(practice, NULL, today);

    if (!practice) {
        facts.practice_name = fields[SLOT_PRACTICE_NAME].example.text;
        facts.practice_phone = fields[SLOT_PRACTICE_PHONE].example.text;
        facts.practice_address = fields[SLOT_PRACTICE_ADDRESS].example.text;
    }
    facts.book_url = fields[SLOT_LINKS_BOOK].example.text;
    facts.unsubscribe_url = fields[SLOT_LINKS_UNSUBSCRIBE].example.text;
    facts.preferences_url = fields[SLOT_LINKS_PREFERENCES].example.text;
    if (only_sure)
        return facts;
    facts.first_name = fields[SLOT_PATIENT_FIRST_NAME].example.text;
    facts.last_name = fields[SLOT_PATIENT_LAST_NAME].example.text;
    facts.provider = fields[SLOT_PROVIDER_NAME].example.text;
    facts.location = fields[SLOT_LOCATION_NAME].example.text;
    facts.last_visit = (struct day){today.n - 118};
    facts.visits = fields[SLOT_VISIT_COUNT].example.number;
    facts.service_key = fields[SLOT_SERVICE_KEY].example.text;
    facts.service_label = fields[SLOT_SERVICE_LABEL].example.text;
    facts.service_name = fields[SLOT_SERVICE_NAME].example.text;
    facts.last_service = fields[SLOT_VISIT_SERVICE].example.text;
    facts.points = fields[SLOT_POINTS_BALANCE].example.number;
    facts.points_expire = (struct day){today.n + 40};
    facts.membership_plan = fields[SLOT_MEMBERSHIP_PLAN].example.text;
    facts.offer_kind = fields[SLOT_OFFER_KIND].example.text;
    facts.offer_text = fields[SLOT_OFFER_TEXT].example.text;
    facts.offer_until = (struct day){today.n + 14};
    facts.open_slots = fields[SLOT_OPEN_SLOTS].example.text;
    facts.booked_time = fields[SLOT_BOOKED_TIME].example.text;
    facts.held_time = fields[SLOT_HELD_TIME].example.text;
    facts.held_until = fields[SLOT_HELD_UNTIL].example.text;
    facts.stopped_channels = fields[SLOT_STOPPED_CHANNELS].example.text;
    facts.caller_name = fields[SLOT_CALLER_NAME].example.text;
    return facts;
}

struct template_facts template_facts_of(
    const struct practice *practice, const struct patient *patient, struct day today)
{
    struct template_facts facts = {
        .today = today,
        .last_visit = {DAY_NONE},
        .visits = -1,
        .points = -1,
        .points_expire = {DAY_NONE},
        .offer_until = {DAY_NONE},
    };

    if (practice) {
        facts.practice_name = practice->name;
        facts.practice_phone = practice->phone;
        facts.practice_address = practice->address;
    }
    if (patient) {
        facts.first_name =
            text_is_blank(patient->preferred_name) ? patient->first_name : patient->preferred_name;
        facts.last_name = patient->last_name;
        facts.provider = patient->last_provider;
        facts.last_visit = patient->last_visit;
        facts.visits = patient->visits;
        if (patient->loyalty_expire.n == DAY_NONE || patient->loyalty_expire.n >= today.n) {
            facts.points = patient->loyalty_points;
            facts.points_expire = patient->loyalty_expire;
        }
        facts.membership_plan = patient->membership_plan;
    }
    return facts;
}
