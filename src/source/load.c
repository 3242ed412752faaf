/* load.c: the rows of a file into records, a batch at a time. */
#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "base/hash.h"
#include "source/source_int.h"

enum { BATCH_BYTES_MAX = 8 << 20 }; /* of values: long cells close a batch before it is full */

/* Ids seen in one file: 64 bits of each, open addressing, at most half full. A mark goes with each:
 * what its row forbids. */
struct id_set {
    struct arena *arena;
    uint64_t *slots;
    uint16_t *marks;
    size_t count, capacity;
};

struct loader {
    struct source_import *import;
    struct file_plan *plan;
    struct arena batch; /* values of the rows below */
    struct row_maker maker;
    struct record_row *rows;
    enum record_change *changes;
    const char **known; /* of the batch: record_match's answers; NULL: the rows have ids */
    size_t count;
    struct id_set seen, persons;
    struct file_reader reader;
    crypto_hash_sha256_state digest;
    struct decoder decoder;
    struct csv csv;
};

static uint64_t digest_of(const char *id)
{
    struct sha256 digest = hash_sha256(id, strlen(id));
    uint64_t value = 0;
    memcpy(&value, digest.bytes, sizeof(value));
    return value ? value : 1; /* 0 is an empty slot */
}

static bool insert(struct id_set *set, uint64_t value, size_t *ret_at)
{
    size_t mask = set->capacity - 1, at = value & mask;
    while (set->slots[at] != 0 && set->slots[at] != value)
        at = (at + 1) & mask;
    bool fresh = set->slots[at] == 0;
    set->slots[at] = value;
    set->count += fresh;
    *ret_at = at;
    return fresh;
}

/* True when the id is new; *ret_mark is where its mark lies until the next id is added. */
static bool id_set_add(struct id_set *set, const char *id, uint16_t **ret_mark)
{
    size_t at = 0;
    if (set->count * 2 >= set->capacity) {
        struct id_set grown = {
            .arena = set->arena, .capacity = set->capacity ? set->capacity * 2 : 1024};
        grown.slots = ARENA_NEW(set->arena, uint64_t, grown.capacity);
        grown.marks = ARENA_NEW(set->arena, uint16_t, grown.capacity);
        for (size_t i = 0; i < set->capacity; i++) {
            if (set->slots[i] == 0)
                continue;
            (void)insert(&grown, set->slots[i], &at);
            grown.marks[at] = set->marks[i];
        }
        *set = grown;
    }
    bool fresh = insert(set, digest_of(id), &at);
    *ret_mark = &set->marks[at];
    return fresh;
}

/* ---- reading again what was surveyed ---- */

static enum err pull_and_digest(
    void *context, char *bytes, size_t bytes_max, size_t *ret_len, struct why *reterr_why)
{
    struct loader *loader = context;
    enum err err = file_pull(&loader->reader, bytes, bytes_max, ret_len, reterr_why);
    if (err == ERR_NONE)
        crypto_hash_sha256_update(&loader->digest, (unsigned char *)bytes, *ret_len);
    return err;
}

static enum err judge_digest(struct loader *loader, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    unsigned char bytes[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(&loader->digest, bytes);
    if (text_is(hash_hex(&scratch, bytes, sizeof(bytes)), loader->plan->report->sha256))
        return ERR_NONE;
    why_set(reterr_why, ERR_CONFLICT, "the file changed while it was being read");
    why_hint(reterr_why, "Import it again once it is written completely");
    why_place(reterr_why, "%s", loader->plan->report->file);
    return ERR_CONFLICT;
}

/* ---- batches ---- */

bool plan_names_patients(const struct file_plan *plan)
{
    return plan->kind->record != RECORD_PATIENT && plan->kind->record != RECORD_SERVICE
        && !has_column(plan, FIELD_PATIENT_ID);
}

/* A person of the batch who is nobody's patient yet, as a row of their own. */
static bool add_person(struct loader *loader, const struct record_row *row,
    struct record_row *ret_person, bool covered[FIELD_MAX])
{
    static const enum record_field fields[] = {FIELD_FIRST_NAME, FIELD_LAST_NAME,
        FIELD_MOBILE_PHONE, FIELD_HOME_PHONE, FIELD_EMAIL_ADDRESS, FIELD_BIRTH_DATE};
    const char *const *values = row->values;
    bool reachable = values[FIELD_MOBILE_PHONE] || values[FIELD_EMAIL_ADDRESS];
    uint16_t *mark;
    if (!reachable || !id_set_add(&loader->persons, values[FIELD_PATIENT_ID], &mark))
        return false;
    *ret_person = (struct record_row){.row = row->row};
    ret_person->values[FIELD_ID] = ret_person->values[FIELD_PATIENT_ID] = values[FIELD_PATIENT_ID];
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        ret_person->values[fields[i]] = values[fields[i]];
        covered[fields[i]] = covered[fields[i]] || values[fields[i]];
    }
    return true;
}

/* Where an export names its patients instead of numbering them: they are found among those known,
 * or come with its rows when there is a way to reach them. */
static enum err put_persons(struct loader *loader, struct why *reterr_why)
{
    struct arena *arena = &loader->batch;
    const struct file_plan *plan = loader->plan;
    loader->known = NULL;
    if (!plan_names_patients(plan))
        return ERR_NONE;
    struct record_row *persons = ARENA_NEW(arena, struct record_row, loader->count);
    enum record_change *changes = ARENA_NEW(arena, enum record_change, loader->count);
    const char **known = loader->known = ARENA_NEW(arena, const char *, loader->count);
    bool covered[FIELD_MAX] = {false};
    size_t count = 0;
    enum err err =
        record_match(arena, loader->import->load, loader->rows, loader->count, known, reterr_why);
    if (err != ERR_NONE)
        return err;
    for (size_t i = 0; i < loader->count; i++) {
        if (known[i] && *known[i])
            loader->rows[i].values[FIELD_PATIENT_ID] = known[i];
        else
            count += add_person(loader, &loader->rows[i], &persons[count], covered);
    }
    return record_put(loader->import->load, RECORD_PATIENT, plan->number, plan->report->file,
        covered, persons, count, changes, reterr_why);
}

static void clear_person(struct record_row *row)
{
    for (int field = FIELD_FIRST_NAME; field <= FIELD_CREATED_ON; field++)
        row->values[field] = NULL;
}

static void reject_stranger(struct loader *loader, size_t index)
{
    bool several = loader->known && loader->known[index] && !*loader->known[index];
    issue_add(loader->import, &loader->plan->report->rejected, loader->rows[index].row,
        column_heading(loader->plan, FIELD_PATIENT_ID), SOURCE_UNKNOWN_PATIENT,
        several ? "two or more patients have this name; add a column with the mobile, the email "
                  "or the patient id"
                : "no patient has this id; import the list of patients first, or with it");
}

static void count_changes(struct loader *loader)
{
    struct source_file_report *report = loader->plan->report;
    for (size_t i = 0; i < loader->count; i++) {
        switch (loader->changes[i]) {
        case RECORD_CREATED: report->created++; break;
        case RECORD_UPDATED: report->updated++; break;
        case RECORD_UNCHANGED: report->unchanged++; break;
        case RECORD_NO_PATIENT: reject_stranger(loader, i); break;
        case RECORD_ERASED:
            issue_add(loader->import, &report->rejected, loader->rows[i].row, "", SOURCE_ERASED,
                "this person was erased; `perennial erase --readmit ID` lets them come in again");
            break;
        }
    }
    report->accepted = report->created + report->updated + report->unchanged;
}

static enum err flush(struct loader *loader, struct why *reterr_why)
{
    const struct file_plan *plan = loader->plan;
    if (loader->count == 0)
        return ERR_NONE;
    enum err err = put_persons(loader, reterr_why);
    bool appointments = plan->kind->record == RECORD_APPOINTMENT;
    for (size_t i = 0; i < loader->count && appointments; i++)
        clear_person(&loader->rows[i]);
    if (err == ERR_NONE)
        err = record_put(loader->import->load, plan->kind->record, plan->number, plan->report->file,
            plan->kind->record == RECORD_PATIENT ? plan->covered : NULL, loader->rows,
            loader->count, loader->changes, reterr_why);
    if (err == ERR_NONE)
        count_changes(loader);
    loader->count = 0;
    arena_reset(&loader->batch);
    return err;
}

/* ---- rows ---- */

/* A bit for each thing that the row forbids. */
static uint16_t stops_of(const struct record_row *row)
{
    static const struct {
        enum record_field field;
        const char *word;
    } stops[] = {{FIELD_MARKETING_OPT_OUT, "yes"}, {FIELD_SMS_OPT_OUT, "yes"},
        {FIELD_EMAIL_UNSUBSCRIBED, "yes"}, {FIELD_VOICE_OPT_OUT, "yes"}, {FIELD_DECEASED, "yes"},
        {FIELD_BILLING_DISPUTE, "yes"}, {FIELD_CLINICAL_CONCERN, "yes"}, {FIELD_SMS_CONSENT, "no"},
        {FIELD_EMAIL_CONSENT, "no"}, {FIELD_VOICE_CONSENT, "no"}, {FIELD_PHI_MARKETING_AUTH, "no"},
        {FIELD_RECORD_STATUS, "deceased"}, {FIELD_RECORD_STATUS, "inactive"}};
    uint16_t mask = 0;
    for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
        if (text_is(row->values[stops[i].field], stops[i].word))
            mask = (uint16_t)(mask | 1U << i);
    }
    return mask;
}

/* The first row of an id stands. A later one is rejected, but for what it forbids beyond the first:
 * that is kept as a record of the same person. A visit's further lines, a service each, are rows of
 * their own. `mark` is the first row's. */
static bool settle_double(struct loader *loader, uint16_t *mark)
{
    struct record_row *row = &loader->maker.row;
    const struct kind *kind = loader->plan->kind;
    const char *id = row->values[FIELD_ID];
    uint16_t stops = stops_of(row);
    if (kind->record == RECORD_PATIENT && (stops & ~*mark) != 0) {
        *mark |= stops;
        row_warn(&loader->maker, FIELD_ID, SOURCE_DUPLICATE_ID,
            "this id was in the file before; the first row stands, what this one forbids is kept");
        row->values[FIELD_SAME_AS] = id;
        row->values[FIELD_ID] = row->values[FIELD_PATIENT_ID] =
            arena_format(&loader->batch, "%s#again", id);
    } else if (kind->lines && row->values[FIELD_SERVICE]) {
        row->values[FIELD_ID] = arena_format(
            &loader->batch, "%s#%s", id, text_key(&loader->batch, row->values[FIELD_SERVICE]));
    } else if (kind->lines && row->values[FIELD_NAME]) {
        row->values[FIELD_ID] = arena_format(
            &loader->batch, "%s#%s", id, text_key(&loader->batch, row->values[FIELD_NAME]));
    }
    if (row->values[FIELD_ID] != id && id_set_add(&loader->seen, row->values[FIELD_ID], &mark))
        return true;
    row_reject(&loader->maker, FIELD_ID, SOURCE_DUPLICATE_ID,
        "this id was in the file before, the first row stands; correct it in the booking system");
    return false;
}

static bool is_blank(const struct csv_record *record)
{
    for (size_t i = 0; i < record->count; i++) {
        if (str_trim((struct str){record->cells[i].data, record->cells[i].len}).len > 0)
            return false;
    }
    return true;
}

static void reject_blank(struct loader *loader, int64_t row)
{
    loader->plan->report->rows_read++;
    issue_add(loader->import, &loader->plan->report->rejected, row, "", SOURCE_EMPTY_ROW,
        "an empty row, skipping it");
}

static enum err take_record(
    struct loader *loader, const struct csv_record *record, struct why *reterr_why)
{
    if (is_blank(record)) {
        reject_blank(loader, record->row);
        return ERR_NONE;
    }
    loader->plan->report->rows_read++;
    if (!row_make(&loader->maker, record))
        return ERR_NONE;
    struct record_row *row = &loader->maker.row;
    uint16_t *mark;
    if (id_set_add(&loader->seen, row->values[FIELD_ID], &mark))
        *mark = loader->plan->kind->record == RECORD_PATIENT ? stops_of(row) : 0;
    else if (!settle_double(loader, mark))
        return ERR_NONE;
    loader->rows[loader->count++] = *row;
    bool full = loader->count == RECORD_BATCH_MAX || loader->batch.bytes > BATCH_BYTES_MAX;
    return full ? flush(loader, reterr_why) : ERR_NONE;
}

/* Empty lines at the end of a file are nothing; between rows a spreadsheet shows them as rows. */
static enum err take_all(struct loader *loader, struct why *reterr_why)
{
    int64_t empty_from = 0;
    for (;;) {
        enum csv_answer answer;
        struct csv_record record;
        enum err err = csv_next(&loader->csv, &answer, &record, reterr_why);
        if (err != ERR_NONE)
            return err;
        if (answer != CSV_RECORD)
            return flush(loader, reterr_why);
        if (record.row <= loader->plan->header_row)
            continue;
        if (record.empty_line) {
            empty_from = empty_from ? empty_from : record.row;
            continue;
        }
        for (; empty_from && empty_from < record.row; empty_from++)
            reject_blank(loader, empty_from);
        empty_from = 0;
        err = take_record(loader, &record, reterr_why);
        if (err != ERR_NONE)
            return err;
    }
}

/* Due dates are counted from completed visits: a file that knows none is as good as empty. */
static void warn_of_no_visit(struct source_import *import, struct file_plan *plan)
{
    if (plan->past_open == 0 || plan->past_completed > 0)
        return;
    issue_first(import, &plan->report->warnings, plan->header_row,
        column_heading(plan, FIELD_STATUS), SOURCE_BAD_STATUS,
        arena_format(import->request,
            "no past visit of this file counts as completed, so nobody becomes due by it (%s left "
            "as booked, confirmed or arrived); if they took place, %s a mapping with values: "
            "{status: {WORD: completed}} (--map)",
            text_count(import->request, plan->past_open, "visit"),
            plan->kind->time_completes ? "import it with"
                                       : "import it with --as jane.appointments, which counts "
                                         "arrived as completed, or with"));
}

enum err load_file(
    struct source_import *import, struct file_plan *plan, struct tx *tx, struct why *reterr_why)
{
    ARENA struct arena lasting;
    arena_init(&lasting, 0);
    struct loader *loader = ARENA_NEW(&lasting, struct loader, 1);
    (void)tx;
    loader->import = import;
    loader->plan = plan;
    arena_init(&loader->batch, 0);
    loader->maker = (struct row_maker){.import = import, .plan = plan, .arena = &loader->batch};
    loader->rows = ARENA_NEW(&lasting, struct record_row, RECORD_BATCH_MAX);
    loader->changes = ARENA_NEW(&lasting, enum record_change, RECORD_BATCH_MAX);
    loader->seen.arena = loader->persons.arena = &lasting;
    loader->reader =
        (struct file_reader){.import = import, .path = plan->path, .step = SOURCE_TAKING};
    crypto_hash_sha256_init(&loader->digest);
    decoder_open(&loader->decoder, plan->encoding, plan->bom, pull_and_digest, loader);
    csv_open(&loader->csv, &lasting, plan->delimiter, decoder_pull, &loader->decoder);
    enum err err = take_all(loader, reterr_why);
    if (err == ERR_NONE)
        err = judge_digest(loader, reterr_why);
    warn_of_no_visit(import, plan);
    arena_release(&loader->batch);
    return err;
}
