/* address.c: the addresses of a person: what the records list and what was said of it by hand. */
#include <assert.h>
#include <string.h>

#include "audit/audit.h"
#include "base/phone.h"
#include "base/text.h"
#include "record/edit.h"
#include "record/record_int.h"
#include "record_sql.h"

static const char *const source_names[ADDRESS_SOURCE_MAX] = {
    [ADDRESS_MOBILE] = "mobile",
    [ADDRESS_HOME] = "home",
    [ADDRESS_WORK] = "work",
    [ADDRESS_EMAIL] = "email",
};

static const enum record_field source_fields[ADDRESS_SOURCE_MAX] = {
    [ADDRESS_MOBILE] = FIELD_MOBILE_PHONE,
    [ADDRESS_HOME] = FIELD_HOME_PHONE,
    [ADDRESS_WORK] = FIELD_WORK_PHONE,
    [ADDRESS_EMAIL] = FIELD_EMAIL_ADDRESS,
};

bool address_source_parse(const char *text, enum address_source *ret_source)
{
    for (int source = 0; source < ADDRESS_SOURCE_MAX; source++) {
        if (text_is(text, source_names[source])) {
            *ret_source = (enum address_source)source;
            return true;
        }
    }
    return false;
}

/* ---- what was said by hand ---- */

struct said {
    const char *patient_id;
    enum address_source source;
    const char *address, *replaces; /* replaces NULL: nothing */
    bool added, wrong, first;
};

/* Of a page of people, by person; of each the first choice first. */
struct said_list {
    struct said *list;
    size_t count, capacity;
};

static enum err read_said(struct arena *arena, struct tx *tx, const char *ids,
    struct said_list *ret_said, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    struct said_list said = {0};
    enum err err = db_query(tx->db, &sql_record_address_edits_of,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("ids", ids)), &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        if (said.count == said.capacity) {
            size_t grown = said.capacity ? said.capacity * 2 : 8;
            said.list = arena_grow(
                arena, said.list, said.capacity * sizeof(*said.list), grown * sizeof(*said.list));
            said.capacity = grown;
        }
        struct said one = {.patient_id = db_col_copy(arena, rows, 0),
            .address = db_col_copy(arena, rows, 2),
            .added = text_is(db_col_text(rows, 3), "added"),
            .wrong = text_is(db_col_text(rows, 3), "wrong"),
            .replaces = db_col_copy(arena, rows, 4),
            .first = !db_col_null(rows, 5)};
        if (address_source_parse(db_col_text(rows, 1), &one.source))
            said.list[said.count++] = one;
    }
    *ret_said = said;
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static const struct said *find_said(
    const struct said_list *said, enum address_source source, const char *address)
{
    for (size_t i = 0; i < said->count; i++) {
        if (said->list[i].source == source && text_is(said->list[i].address, address))
            return &said->list[i];
    }
    return NULL;
}

/* ---- in folding ---- */

static void add_point(
    struct folding *folding, enum channel_kind channel, const char *address, const char *source)
{
    int64_t rank = 0;
    for (size_t i = 0; i < folding->point_count; i++) {
        const struct point *point = &folding->points[i];
        if (point->channel != channel)
            continue;
        if (text_is(point->address, address))
            return;
        rank++;
    }
    folding->points[folding->point_count++] =
        (struct point){.channel = channel, .address = address, .source = source, .rank = rank};
}

/* A mobile may be texted and called; home and work numbers are for a person's voice alone. */
static void add_address(struct folding *folding, enum address_source source, const char *address)
{
    const char *name = source_names[source];
    if (source == ADDRESS_MOBILE)
        add_point(folding, CHANNEL_SMS, address, name);
    add_point(folding, source == ADDRESS_EMAIL ? CHANNEL_EMAIL : CHANNEL_VOICE, address, name);
}

struct listing {
    struct page *page;
    struct folding *folding;
    const struct said *said;
    size_t count;
    bool listed[ADDRESS_SOURCE_MAX]; /* the records list one of this kind */
    bool *placed;                    /* per `said`: stands in the place of another */
    struct batch *over;
};

/* Whatever kind of address it was called wrong as. */
static bool is_wrong(const struct listing *listing, const char *address)
{
    for (size_t i = 0; i < listing->count; i++) {
        if (listing->said[i].wrong && text_is(listing->said[i].address, address))
            return true;
    }
    return false;
}

/* An address of the records, or what stands in its place. */
static void list_one(struct listing *listing, enum address_source source, const char *address)
{
    listing->listed[source] = true;
    for (size_t i = 0; i < listing->count; i++) {
        const struct said *said = &listing->said[i];
        if (said->added && said->source == source && text_is(said->replaces, address)) {
            listing->placed[i] = true;
            add_address(listing->folding, source, said->address);
            return;
        }
    }
    if (!is_wrong(listing, address))
        add_address(listing->folding, source, address);
}

static void list_records(struct listing *listing)
{
    static const enum address_source order[][2] = {
        {ADDRESS_MOBILE, ADDRESS_EMAIL}, {ADDRESS_HOME, ADDRESS_WORK}};
    for (int turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < listing->folding->record_count; i++) {
            const char *const *values = listing->folding->records[i].values;
            for (int j = 0; j < 2; j++) {
                const char *address = values[source_fields[order[turn][j]]];
                if (address)
                    list_one(listing, order[turn][j], address);
            }
        }
    }
}

/* One that corrected an address which the records no longer list gives way to what they list now;
 * where they list none of its kind it stands. */
static void list_added(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++) {
        const struct said *said = &listing->said[i];
        if (!said->added || listing->placed[i] || is_wrong(listing, said->address))
            continue;
        if (!said->replaces || !listing->listed[said->source]) {
            add_address(listing->folding, said->source, said->address);
            continue;
        }
        struct db_arg *args = batch_add(listing->over);
        args[0] = db_int("practice_id", listing->page->tx->practice_id);
        args[1] = db_text("patient_id", listing->folding->patient_id);
        args[2] = db_text("source", source_names[said->source]);
        args[3] = db_text("address", said->address);
        page_note(listing->folding, "edit_over", source_names[said->source]);
    }
}

/* The newest choice of each channel moves to the front. */
static void put_first(struct listing *listing)
{
    struct folding *folding = listing->folding;
    bool chosen[CHANNEL_KIND_MAX] = {false};
    for (size_t i = 0; i < listing->count && listing->said[i].first; i++) {
        for (size_t j = 0; j < folding->point_count; j++) {
            struct point *point = &folding->points[j];
            if (chosen[point->channel] || !text_is(point->address, listing->said[i].address))
                continue;
            chosen[point->channel] = true;
            for (size_t k = 0; k < folding->point_count; k++) {
                struct point *other = &folding->points[k];
                other->rank += other->channel == point->channel && other->rank < point->rank;
            }
            point->rank = 0;
        }
    }
}

enum err address_fold(struct page *page, struct why *reterr_why)
{
    struct said_list all;
    struct batch over = batch_of(page->arena, 4);
    enum err err = read_said(page->arena, page->tx, page->ids, &all, reterr_why);
    size_t at = 0;
    for (size_t i = 0; i < page->count && err == ERR_NONE; i++) {
        struct folding *folding = &page->patients[i];
        struct listing listing = {
            .page = page, .folding = folding, .said = all.list + at, .over = &over};
        for (; at < all.count && text_is(all.list[at].patient_id, folding->patient_id); at++)
            listing.count++;
        if (!folding->fold)
            continue;
        enum { POINTS_PER_RECORD = 5, POINTS_PER_EDIT = 2 };
        folding->points = ARENA_NEW(page->arena, struct point,
            folding->record_count * POINTS_PER_RECORD + listing.count * POINTS_PER_EDIT);
        listing.placed = ARENA_NEW(page->arena, bool, listing.count + 1);
        list_records(&listing);
        list_added(&listing);
        put_first(&listing);
    }
    return err == ERR_NONE ? batch_run(page->tx, &sql_record_address_edit_drop, &over, reterr_why)
                           : err;
}

/* ---- said by hand ---- */

struct saying {
    struct record_load *load;
    struct tx *tx;
    struct arena *arena;
    const char *patient_id;
    struct said_list said; /* of this person */
};

static enum err begin(
    struct saying *saying, struct record_load *load, const char *patient_id, struct why *reterr_why)
{
    *saying = (struct saying){
        .load = load, .tx = load->tx, .arena = load->request, .patient_id = patient_id};
    const char *ids = db_list(load->request, &patient_id, 1);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(load->tx->db, &sql_record_lock_patients,
        DB_ARGS(db_int("practice_id", load->tx->practice_id), db_text("ids", ids)), &rows,
        reterr_why);
    bool found = err == ERR_NONE && db_next(rows);
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err == ERR_NONE && !found)
        return why_set(reterr_why, ERR_NOT_FOUND, "there is no such patient");
    return err == ERR_NONE ? read_said(load->request, load->tx, ids, &saying->said, reterr_why)
                           : err;
}

static enum err wrong_address(struct why *reterr_why, const char *message, const char *remedy)
{
    why_place(reterr_why, "address");
    why_hint(reterr_why, "%s", remedy);
    return why_set(reterr_why, ERR_INPUT, "%s", message);
}

/* As contact points hold it. */
static enum err take_address(struct arena *arena, enum address_source source, const char *text,
    const char **ret_address, struct why *reterr_why)
{
    char email[255];
    if (source == ADDRESS_EMAIL) {
        if (!email_parse(text, email))
            return wrong_address(reterr_why, "this is no mail address", "Write ana@example.com");
        *ret_address = text_lower(arena, email);
        return ERR_NONE;
    }
    struct phone phone = phone_parse(text, "US");
    bool texted = source == ADDRESS_MOBILE;
    if (!phone.valid || (texted && phone.extension[0]))
        return wrong_address(reterr_why, "this is no phone number",
            "Write all ten digits, or + and the country for others");
    if (texted && phone.kind != PHONE_MOBILE && phone.kind != PHONE_MOBILE_OR_FIXED)
        return wrong_address(reterr_why, "this number is no mobile", "Add it as a home number");
    *ret_address = arena_text(arena, phone.e164);
    return ERR_NONE;
}

static enum err put_said(struct saying *saying, const struct said *said, struct why *reterr_why)
{
    return db_exec(saying->tx, &sql_record_address_edit_put,
        DB_ARGS(db_int("practice_id", saying->tx->practice_id),
            db_text("patient_id", saying->patient_id),
            db_text("source", source_names[said->source]), db_text("address", said->address),
            db_text("act", said->wrong ? "wrong" : "added"), db_text("replaces", said->replaces),
            db_int_if("first_ms", said->first, saying->tx->now.ms),
            db_text("actor", saying->tx->actor), db_int("now_ms", saying->tx->now.ms)),
        NULL, reterr_why);
}

static enum err drop_said(
    struct saying *saying, enum address_source source, const char *address, struct why *reterr_why)
{
    return db_exec(saying->tx, &sql_record_address_edit_drop,
        DB_ARGS(db_int("practice_id", saying->tx->practice_id),
            db_text("patient_id", saying->patient_id), db_text("source", source_names[source]),
            db_text("address", address)),
        NULL, reterr_why);
}

/* Whether a record of theirs lists it. */
static enum err is_listed(struct saying *saying, enum address_source source, const char *address,
    bool *ret_listed, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    *ret_listed = false;
    enum err err = db_query(saying->tx->db, &sql_record_fields_of,
        DB_ARGS(db_int("practice_id", saying->tx->practice_id),
            db_text("ids", db_list(saying->arena, &saying->patient_id, 1))),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        struct record_row record;
        err = row_parse(saying->arena, db_col_text(rows, 2), &record, reterr_why);
        if (err == ERR_NONE && text_is(record.values[source_fields[source]], address))
            *ret_listed = true;
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static enum err find_source(struct saying *saying, const char *address,
    enum address_source *ret_source, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    bool found = false;
    enum err err = db_query(saying->tx->db, &sql_record_address_source,
        DB_ARGS(db_int("practice_id", saying->tx->practice_id),
            db_text("patient_id", saying->patient_id), db_text("address", address)),
        &rows, reterr_why);
    if (err == ERR_NONE && db_next(rows))
        found = address_source_parse(db_col_text(rows, 0), ret_source);
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err == ERR_NONE && !found) {
        why_hint(reterr_why, "Read the patient again");
        return why_set(reterr_why, ERR_NOT_FOUND, "the patient does not have this address");
    }
    return err;
}

/* `from` NULL: an address that was added. */
static enum err follow_stops(
    struct saying *saying, const char *from, const char *address, struct why *reterr_why)
{
    const char *hash = address_hash(saying->arena, saying->load->options.address_key, address);
    const struct db_arg practice = db_int("practice_id", saying->tx->practice_id);
    const struct db_arg patient = db_text("patient_id", saying->patient_id);
    enum err err = ERR_NONE;
    if (from)
        err = db_exec(saying->tx, &sql_record_stops_follow,
            DB_ARGS(practice, patient, db_text("address_hash", hash), db_text("address", address),
                db_text("from_address", from)),
            NULL, reterr_why);
    return err == ERR_NONE
        ? db_exec(saying->tx, &sql_record_stops_follow_all,
            DB_ARGS(practice, patient, db_text("address_hash", hash), db_text("address", address)),
            NULL, reterr_why)
        : err;
}

/* Called wrong once: it is right after all. */
static enum err forgive(struct saying *saying, const char *address, struct why *reterr_why)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < saying->said.count && err == ERR_NONE; i++) {
        const struct said *said = &saying->said.list[i];
        if (said->wrong && text_is(said->address, address))
            err = drop_said(saying, said->source, address, reterr_why);
    }
    return err;
}

static enum err finish(struct saying *saying, const char *action, enum address_source source,
    const char *address, struct why *reterr_why)
{
    enum err err = touch_person(saying->load, saying->patient_id, reterr_why);
    if (err != ERR_NONE)
        return err;
    JSON_AUTO detail = json_pack("{s:s}", "kind", source_names[source]);
    return audit_write(saying->tx, action, saying->patient_id,
        address_hash(saying->arena, saying->load->options.address_key, address), detail,
        reterr_why);
}

static enum err check_room(const struct saying *saying, struct why *reterr_why)
{
    if (saying->said.count < EDIT_ADDRESSES_MAX)
        return ERR_NONE;
    why_hint(reterr_why, "Put the right ones into the booking system");
    return why_set(reterr_why, ERR_LIMIT, "too many addresses of this person were said by hand");
}

enum err edit_add_address(struct record_load *load, const char *patient_id,
    enum address_source source, const char *address, struct why *reterr_why)
{
    struct saying saying;
    bool listed = false;
    enum err err = begin(&saying, load, patient_id, reterr_why);
    if (err == ERR_NONE)
        err = take_address(load->request, source, address, &address, reterr_why);
    if (err == ERR_NONE)
        err = check_room(&saying, reterr_why);
    if (err == ERR_NONE)
        err = is_listed(&saying, source, address, &listed, reterr_why);
    bool displaced = false;
    for (size_t i = 0; i < saying.said.count; i++) {
        const struct said *said = &saying.said.list[i];
        displaced = displaced || (said->source == source && text_is(said->replaces, address));
    }
    if (err == ERR_NONE)
        err = forgive(&saying, address, reterr_why);
    if (err == ERR_NONE && (!listed || displaced))
        err = put_said(&saying, &(struct said){.source = source, .address = address, .added = true},
            reterr_why);
    if (err == ERR_NONE)
        err = follow_stops(&saying, NULL, address, reterr_why);
    return err == ERR_NONE ? finish(&saying, "contact.added", source, address, reterr_why) : err;
}

enum err edit_correct_address(struct record_load *load, const char *patient_id, const char *address,
    const char *right, struct why *reterr_why)
{
    struct saying saying;
    enum address_source source = ADDRESS_MOBILE;
    enum err err = begin(&saying, load, patient_id, reterr_why);
    if (err == ERR_NONE)
        err = find_source(&saying, address, &source, reterr_why);
    if (err == ERR_NONE)
        err = take_address(load->request, source, right, &right, reterr_why);
    if (err != ERR_NONE || text_is(address, right))
        return err;
    const struct said *before = find_said(&saying.said, source, address);
    bool added = before && before->added;
    const char *base = added ? before->replaces : address;
    if (before)
        err = drop_said(&saying, source, address, reterr_why);
    if (err == ERR_NONE)
        err = forgive(&saying, right, reterr_why);
    if (err == ERR_NONE && !text_is(base, right))
        err = check_room(&saying, reterr_why);
    if (err == ERR_NONE && !text_is(base, right))
        err = put_said(&saying,
            &(struct said){.source = source,
                .address = right,
                .replaces = base,
                .added = true,
                .first = before && before->first},
            reterr_why);
    if (err == ERR_NONE)
        err = follow_stops(&saying, address, right, reterr_why);
    return err == ERR_NONE ? finish(&saying, "contact.corrected", source, right, reterr_why) : err;
}

enum err edit_wrong_address(
    struct record_load *load, const char *patient_id, const char *address, struct why *reterr_why)
{
    struct saying saying;
    enum address_source source = ADDRESS_MOBILE;
    enum err err = begin(&saying, load, patient_id, reterr_why);
    if (err == ERR_NONE)
        err = find_source(&saying, address, &source, reterr_why);
    if (err != ERR_NONE)
        return err;
    const struct said *before = find_said(&saying.said, source, address);
    if (before && before->replaces) /* what it had corrected is no better */
        err = put_said(&saying,
            &(struct said){.source = source, .address = before->replaces, .wrong = true},
            reterr_why);
    if (err == ERR_NONE)
        err = put_said(&saying, &(struct said){.source = source, .address = address, .wrong = true},
            reterr_why);
    return err == ERR_NONE ? finish(&saying, "contact.wrong", source, address, reterr_why) : err;
}

enum err edit_prefer_address(
    struct record_load *load, const char *patient_id, const char *address, struct why *reterr_why)
{
    struct saying saying;
    enum address_source source = ADDRESS_MOBILE;
    enum err err = begin(&saying, load, patient_id, reterr_why);
    if (err == ERR_NONE)
        err = find_source(&saying, address, &source, reterr_why);
    if (err == ERR_NONE)
        err = check_room(&saying, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(saying.tx, &sql_record_address_edit_first,
            DB_ARGS(db_int("practice_id", saying.tx->practice_id),
                db_text("patient_id", patient_id), db_text("source", source_names[source]),
                db_text("address", address), db_text("actor", saying.tx->actor),
                db_int("now_ms", saying.tx->now.ms)),
            NULL, reterr_why);
    return err == ERR_NONE ? finish(&saying, "contact.preferred", source, address, reterr_why)
                           : err;
}
