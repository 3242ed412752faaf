/* survey.c: which export a file is, how its dates and amounts are written, whether it is whole. */
#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "base/hash.h"
#include "source/source_int.h"

enum err file_pull(
    void *context, char *bytes, size_t bytes_max, size_t *ret_len, struct why *reterr_why)
{
    struct file_reader *reader = context;
    struct source_import *import = reader->import;
    const struct env_file *file = import->options.file;
    enum err err = file->read_at(
        file->self, reader->path, reader->offset, bytes, bytes_max, ret_len, reterr_why);
    if (err != ERR_NONE)
        return err;
    reader->offset += (int64_t)*ret_len;
    import->done_bytes += (int64_t)*ret_len;
    if (import->options.progress)
        import->options.progress(import->options.progress_context, reader->path, reader->step,
            import->done_bytes,
            reader->step == SOURCE_READING ? SURVEY_READS * import->all_bytes : import->all_bytes);
    return ERR_NONE;
}

/* Refuses the whole file: what is wrong and what to do, for people and for the report. `code`
 * SOURCE_CODE_MAX: no row is to blame. Always ERR_INPUT. */
static enum err plan_refuse(struct source_import *import, struct file_plan *plan,
    enum source_code code, int64_t row, const char *column, const char *what, const char *remedy,
    struct why *reterr_why)
{
    struct source_file_report *report = plan->report;
    plan->refused = true;
    report->refused = arena_text(import->request, what);
    report->remedy = arena_text(import->request, remedy);
    report->accepted = report->created = report->updated = report->unchanged = 0;
    if (code != SOURCE_CODE_MAX)
        issue_add(import, &report->rejected, row, arena_text(import->request, column), code,
            arena_format(import->request, "%s; %s", what, remedy));
    why_set(reterr_why, ERR_INPUT, "%s", what);
    why_hint(reterr_why, "%s", remedy);
    if (row > 0 && *column)
        why_place(reterr_why, "%s row %lld, column %s", report->file, (long long)row, column);
    else if (row > 0)
        why_place(reterr_why, "%s row %lld", report->file, (long long)row);
    else
        why_place(reterr_why, "%s", report->file);
    return ERR_INPUT;
}

/* ---- look ---- */

static bool starts(const unsigned char *head, size_t len, const char *magic, size_t magic_len)
{
    return len >= magic_len && memcmp(head, magic, magic_len) == 0;
}

/* What is no text at all, told by its first bytes, with the way to make it one. */
static const char *not_text(const unsigned char *head, size_t len, const char **ret_remedy)
{
    *ret_remedy = "Open it in the spreadsheet program and save it as \"CSV UTF-8 "
                  "(comma delimited)\" (File, Save As), then import that file";
    if (starts(head, len, "PK\x03\x04", 4))
        return "this is a spreadsheet (XLSX) or a zip file, not CSV";
    if (starts(head, len, "\xD0\xCF\x11\xE0", 4))
        return "this is an old spreadsheet (XLS), not CSV";
    if (starts(head, len, "<?xml", 5) || starts(head, len, "<html", 5)
        || starts(head, len, "<HTML", 5) || starts(head, len, "<table", 6)
        || starts(head, len, "<!DOCTYPE", 9))
        return "this is a web page or XML saved under another name, not CSV";
    *ret_remedy = "Export the report as CSV";
    if (starts(head, len, "%PDF", 4))
        return "this is a PDF, not CSV";
    if (starts(head, len, "\x1F\x8B", 2))
        return "this file is compressed (gzip); unpack it first";
    if (starts(head, len, "SQLite format 3", 15))
        return "this is a database, not CSV";
    *ret_remedy = "Export patients and appointments as CSV";
    if (starts(head, len, "{", 1) || starts(head, len, "[{", 2))
        return "this is JSON, which is not read yet";
    return NULL;
}

struct digest {
    crypto_hash_sha256_state state;
};

static void finish_digest(
    struct source_import *import, struct file_plan *plan, struct digest *digest)
{
    unsigned char bytes[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(&digest->state, bytes);
    plan->report->sha256 = hash_hex(import->request, bytes, sizeof(bytes));
}

enum err look_file(struct source_import *import, struct file_plan *plan, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    char *piece = ARENA_NEW(&scratch, char, CSV_PIECE_BYTES);
    struct file_reader reader = {.import = import, .path = plan->path, .step = SOURCE_READING};
    struct encoding_look look = {0};
    struct digest digest;
    crypto_hash_sha256_init(&digest.state);
    size_t len = 1;
    while (len > 0) {
        enum err err = file_pull(&reader, piece, CSV_PIECE_BYTES, &len, reterr_why);
        if (err != ERR_NONE)
            return err;
        const char *remedy = NULL;
        const char *what = look.bytes == 0 ? not_text((unsigned char *)piece, len, &remedy) : NULL;
        if (what)
            return plan_refuse(import, plan, SOURCE_CODE_MAX, 0, "", what, remedy, reterr_why);
        encoding_look(&look, piece, len);
        crypto_hash_sha256_update(&digest.state, (unsigned char *)piece, len);
    }
    finish_digest(import, plan, &digest);
    plan->bytes = look.bytes;
    plan->encoding = encoding_judge(&look, &plan->bom, &plan->torn);
    if (import->mapping.encoding_told)
        plan->encoding = import->mapping.encoding;
    plan->report->encoding = encoding_name(plan->encoding);
    return ERR_NONE;
}

/* ---- header ---- */

struct stream {
    struct file_reader reader;
    struct decoder decoder;
    struct csv csv;
};

static void stream_open(struct stream *stream, struct arena *arena, struct source_import *import,
    const struct file_plan *plan, char delimiter)
{
    stream->reader =
        (struct file_reader){.import = import, .path = plan->path, .step = SOURCE_READING};
    decoder_open(&stream->decoder, plan->encoding, plan->bom, file_pull, &stream->reader);
    csv_open(&stream->csv, arena, delimiter, decoder_pull, &stream->decoder);
}

static const char *heading_text(struct arena *arena, const struct csv_record *record, size_t index)
{
    enum { HEADING_BYTES_MAX = 100 };
    struct str text = str_trim((struct str){record->cells[index].data, record->cells[index].len});
    size_t len = text.len < HEADING_BYTES_MAX ? text.len : HEADING_BYTES_MAX;
    while (len > 0 && !utf8_valid_n(text.data, len))
        len--;
    return arena_text_n(arena, text.data, len);
}

static const char **keys_of(struct arena *arena, const struct csv_record *record)
{
    const char **keys = ARENA_NEW(arena, const char *, record->count);
    for (size_t i = 0; i < record->count; i++)
        keys[i] = text_key(arena, heading_text(arena, record, i));
    return keys;
}

/* Headings that the mapping names read as our own names for them. */
static const char **translate(
    struct arena *arena, const struct mapping *mapping, const char *const *keys, size_t count)
{
    const char **ours = ARENA_NEW(arena, const char *, count);
    for (size_t i = 0; i < count; i++) {
        ours[i] = keys[i];
        for (const struct map_column *entry = mapping->columns; entry; entry = entry->next) {
            if (text_is(entry->key, keys[i]))
                ours[i] = text_key(arena, entry->name);
        }
    }
    return ours;
}

/* How well a row reads as the header; *ret_kind is what the file then is. */
static size_t header_score(const struct file_plan *plan, struct arena *scratch,
    const struct kind *told, const char *const *keys, size_t count, const struct kind **ret_kind)
{
    enum { KNOWN_MIN = 2 };
    const char **ours = translate(scratch, plan->mapping, keys, count);
    *ret_kind = told ? told : kind_detect(ours, count);
    size_t score = *ret_kind ? kind_score(*ret_kind, ours, count) : 0;
    return score >= KNOWN_MIN ? score : 0;
}

static const char delimiters[] = {',', ';', '\t', '|'};

struct header {
    const struct kind *kind;
    size_t score;
    int64_t row;
    char delimiter;
};

/* The first row that reads as a header, under one delimiter. */
static enum err find_header(struct source_import *import, const struct file_plan *plan,
    const struct kind *told, char delimiter, struct header *ret_header, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct stream *stream = ARENA_NEW(&scratch, struct stream, 1);
    int64_t done = import->done_bytes;
    stream_open(stream, &scratch, import, plan, delimiter);
    struct header header = {.delimiter = delimiter};
    for (int i = 0; i < HEADER_ROWS_MAX && header.score == 0; i++) {
        enum csv_answer answer;
        struct csv_record record;
        enum err err = csv_next(&stream->csv, &answer, &record, reterr_why);
        if (err != ERR_NONE)
            return err;
        if (answer != CSV_RECORD)
            break;
        const char **keys = keys_of(&scratch, &record);
        header.score = header_score(plan, &scratch, told, keys, record.count, &header.kind);
        header.row = record.row;
    }
    import->done_bytes = done;
    *ret_header = header;
    return ERR_NONE;
}

static enum err choose_header(struct source_import *import, struct file_plan *plan,
    const struct kind *told, struct header *ret_best, struct why *reterr_why)
{
    *ret_best = (struct header){.delimiter = ','};
    for (size_t i = 0; i < sizeof(delimiters); i++) {
        struct header header;
        char told_delimiter = plan->mapping->delimiter;
        if (told_delimiter && told_delimiter != delimiters[i])
            continue;
        enum err err = find_header(import, plan, told, delimiters[i], &header, reterr_why);
        if (err != ERR_NONE)
            return err;
        if (header.score > ret_best->score)
            *ret_best = header;
    }
    return ERR_NONE;
}

/* Somebody chose a mapping for these headings before: then it is the file's. */
static enum err look_for_saved(
    struct source_import *import, struct file_plan *plan, char delimiter, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct stream *stream = ARENA_NEW(&scratch, struct stream, 1);
    int64_t done = import->done_bytes;
    stream_open(stream, &scratch, import, plan, delimiter);
    for (int i = 0; i < HEADER_ROWS_MAX && !plan->report->mapping; i++) {
        enum csv_answer answer;
        struct csv_record record;
        enum err err = csv_next(&stream->csv, &answer, &record, reterr_why);
        if (err != ERR_NONE)
            return err;
        if (answer != CSV_RECORD)
            break;
        const char **keys = keys_of(&scratch, &record);
        struct saved_mapping *saved = saved_find(import, keys, saved_shape(keys, record.count));
        if (!saved)
            continue;
        plan->mapping = &saved->mapping;
        plan->report->mapping = saved->name;
        if (saved->mapping.encoding_told)
            plan->encoding = saved->mapping.encoding;
    }
    import->done_bytes = done;
    return ERR_NONE;
}

static enum err choose_mapping(
    struct source_import *import, struct file_plan *plan, struct why *reterr_why)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < sizeof(delimiters) && import->saved && err == ERR_NONE; i++) {
        if (!plan->report->mapping)
            err = look_for_saved(import, plan, delimiters[i], reterr_why);
    }
    plan->zone = plan->mapping->zone ? plan->mapping->zone : import->options.practice->zone;
    return err;
}

static enum err told_kind(struct source_import *import, struct file_plan *plan,
    const struct kind **ret_kind, struct why *reterr_why)
{
    const char *name = import->options.as_kind ? import->options.as_kind : plan->mapping->kind;
    *ret_kind = name ? kind_find(name) : NULL;
    if (!name || *ret_kind)
        return ERR_NONE;
    size_t count = 0;
    while (kind_names()[count])
        count++;
    const char *nearest = text_nearest(name, kind_names(), count);
    return plan_refuse(import, plan, SOURCE_CODE_MAX, 0, "",
        arena_format(import->request, "there is no kind of export called \"%.60s\"", name),
        arena_format(import->request, "Did you mean %s?", nearest ? nearest : "generic.patients"),
        reterr_why);
}

/* ---- columns ---- */

/* A column takes the headings that name it best, the best one first; an id takes one alone. */
static bool place_heading(struct file_plan *plan, int index)
{
    const struct heading *heading = &plan->headings[index];
    int *cells = plan->cells[heading->column];
    int max =
        heading->column == FIELD_ID || heading->column == FIELD_PATIENT_ID ? 1 : ALTERNATIVES_MAX;
    int at = 0;
    while (at < max && cells[at] >= 0 && plan->headings[cells[at]].rank <= heading->rank)
        at++;
    if (at == max)
        return false;
    for (int i = max - 1; i > at; i--)
        cells[i] = cells[i - 1];
    cells[at] = index;
    return true;
}

static void name_columns(
    struct source_import *import, struct file_plan *plan, const struct csv_record *record)
{
    enum { MAPPED_RANK = -1 };
    plan->heading_count = record->count;
    plan->headings = ARENA_NEW(import->request, struct heading, record->count);
    memset(plan->cells, -1, sizeof(plan->cells));
    for (size_t i = 0; i < record->count; i++) {
        struct heading *heading = &plan->headings[i];
        heading->text = heading_text(import->request, record, i);
        heading->key = text_key(import->request, heading->text);
        heading->column = mapping_column(plan->mapping, plan->kind, heading->key);
        heading->rank = MAPPED_RANK;
        if (heading->column < 0)
            heading->column = heading_column(plan->kind, heading->key, &heading->rank);
        if (heading->column != COLUMN_MAX && heading->column != COLUMN_DROPPED)
            (void)place_heading(plan, (int)i);
    }
    for (int field = 0; field < FIELD_MAX; field++)
        plan->covered[field] = has_column(plan, field)
            || mapping_default(plan->mapping, (enum record_field)field) != NULL;
}

static bool is_double(const struct file_plan *plan, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (text_is(plan->headings[i].key, plan->headings[index].key))
            return true;
    }
    return false;
}

static void report_unknown(struct source_import *import, struct file_plan *plan)
{
    for (size_t i = 0; i < plan->heading_count; i++) {
        const struct heading *heading = &plan->headings[i];
        bool used = heading->column == COLUMN_DROPPED;
        for (int j = 0; heading->column < COLUMN_MAX && j < ALTERNATIVES_MAX; j++)
            used = used || plan->cells[heading->column][j] == (int)i;
        if (!used && *heading->text)
            issue_add(import, &plan->report->warnings, plan->header_row, heading->text,
                SOURCE_UNKNOWN_COLUMN,
                "this column is not understood, ignoring it; name it with --map if it matters");
        else if (used && heading->column != COLUMN_DROPPED && is_double(plan, i))
            issue_add(import, &plan->report->warnings, plan->header_row, heading->text,
                SOURCE_UNKNOWN_COLUMN,
                "two columns have this heading: the first of each row that says something is "
                "used; export again with one of them");
    }
}

bool has_column(const struct file_plan *plan, int column)
{
    return plan->cells[column][0] >= 0;
}

const char *column_heading(const struct file_plan *plan, int column)
{
    return column >= 0 && column < COLUMN_MAX && has_column(plan, column)
        ? plan->headings[plan->cells[column][0]].text
        : "";
}

/* ---- values ---- */

static bool is_date_column(int column)
{
    if (column >= FIELD_MAX)
        return column == COLUMN_START_DATE || column == COLUMN_START_TIME;
    enum field_type type = field_fact((enum record_field)column)->type;
    return type == FIELD_DAY || type == FIELD_INSTANT;
}

static bool is_money_column(int column)
{
    return column < FIELD_MAX && field_fact((enum record_field)column)->type == FIELD_MONEY;
}

static void tally_record(struct file_plan *plan, const struct csv_record *record)
{
    size_t count = record->count < plan->heading_count ? record->count : plan->heading_count;
    for (size_t i = 0; i < count; i++) {
        struct heading *heading = &plan->headings[i];
        struct str text = {record->cells[i].data, record->cells[i].len};
        struct date_parts parts;
        if (text.len == 0 || heading->column >= COLUMN_MAX)
            continue;
        if (is_date_column(heading->column) && date_scan(text, &parts))
            date_tally_add(&heading->dates, &parts, record->row);
        else if (is_money_column(heading->column))
            money_tally_add(&heading->amounts, text);
    }
}

/* ---- whole or not ---- */

static enum err refuse_truncated(struct source_import *import, struct file_plan *plan, int64_t row,
    const char *what, struct why *reterr_why)
{
    return plan_refuse(import, plan, SOURCE_TRUNCATED, row, "", what,
        "Export it again and import the whole file; nothing was changed", reterr_why);
}

static enum err judge_answer(struct source_import *import, struct file_plan *plan,
    enum csv_answer answer, int64_t row, struct why *reterr_why)
{
    switch (answer) {
    case CSV_UNCLOSED:
        return refuse_truncated(
            import, plan, row, "the file ends inside a quoted cell", reterr_why);
    case CSV_TOO_LONG:
        return plan_refuse(import, plan, SOURCE_TOO_LONG, row, "",
            "a row is longer than a megabyte: a quote was opened and never closed",
            "Export it again; nothing was changed", reterr_why);
    case CSV_TOO_WIDE:
        return plan_refuse(import, plan, SOURCE_TOO_LONG, row, "",
            "a row has more than 4096 cells: the file is not a table",
            "Export it again; nothing was changed", reterr_why);
    case CSV_RECORD:
    case CSV_DONE: break;
    }
    return ERR_NONE;
}

/* The last row lacks its line end and some of its cells, as no other row does. */
static bool looks_cut(const struct file_plan *plan, const struct csv_record *last)
{
    return !last->line_end && last->count < plan->heading_count && plan->short_rows <= 1;
}

static enum err survey_rows(struct source_import *import, struct file_plan *plan,
    struct stream *stream, struct why *reterr_why)
{
    for (;;) {
        enum csv_answer answer;
        struct csv_record record = {.row = stream->csv.row};
        enum err err = csv_next(&stream->csv, &answer, &record, reterr_why);
        if (err == ERR_NONE)
            err = judge_answer(import, plan, answer, stream->csv.row + 1, reterr_why);
        if (err != ERR_NONE || answer == CSV_DONE)
            return err;
        if (record.row < plan->header_row || record.empty_line)
            continue;
        if (record.row == plan->header_row) {
            name_columns(import, plan, &record);
            if (!record.line_end)
                return refuse_truncated(
                    import, plan, record.row, "the file ends in its headings", reterr_why);
            continue;
        }
        plan->short_rows += record.count < plan->heading_count;
        if (looks_cut(plan, &record))
            return refuse_truncated(import, plan, record.row,
                "the file breaks off in the middle of its last row", reterr_why);
        tally_record(plan, &record);
    }
}

/* ---- what the dates mean ---- */

static enum date_order told_order(
    const struct source_import *import, const struct file_plan *plan, enum date_order found)
{
    if (plan->mapping->order != DATE_ORDER_AUTO)
        return plan->mapping->order;
    return found != DATE_ORDER_AUTO ? found : import->options.practice->date_order;
}

/* The row that is named shows it: the first that is open, or the first that contradicts. */
static enum err refuse_order(struct source_import *import, struct file_plan *plan,
    const struct heading *heading, struct why *reterr_why)
{
    int64_t month = heading->dates.first_month_row, day = heading->dates.first_day_row;
    if (month == 0 || day == 0)
        return plan_refuse(import, plan, SOURCE_AMBIGUOUS_DATE, heading->dates.first_open_row,
            heading->text,
            "nothing in this column shows whether its dates are month first or day first",
            "Say date_order: mdy or dmy in perennial.yaml, or in a file given with --map",
            reterr_why);
    return plan_refuse(import, plan, SOURCE_AMBIGUOUS_DATE, month > day ? month : day,
        heading->text,
        arena_format(import->request, "row %lld can only be month first, row %lld only day first",
            (long long)month, (long long)day),
        "Correct one kind, or say date_order: mdy or dmy in perennial.yaml or in --map FILE",
        reterr_why);
}

static enum err decide_orders(
    struct source_import *import, struct file_plan *plan, struct why *reterr_why)
{
    enum date_order sibling = DATE_ORDER_AUTO;
    for (size_t i = 0; i < plan->heading_count; i++) {
        struct heading *heading = &plan->headings[i];
        heading->order = told_order(import, plan, date_tally_order(&heading->dates));
        if ((heading->order == DATE_ORDER_MDY || heading->order == DATE_ORDER_DMY)
            && heading->dates.numbers > 0)
            sibling = heading->order;
    }
    for (size_t i = 0; i < plan->heading_count; i++) {
        struct heading *heading = &plan->headings[i];
        if (heading->order != DATE_ORDER_AUTO
            && (heading->order != DATE_ORDER_YMD || heading->dates.open == 0))
            continue;
        /* One export writes its dates one way: a column that leaves it open follows one that does
         * not, unless its own values speak for both orders. */
        bool mixed = heading->dates.day_first > 0 && heading->dates.month_first > 0;
        if (sibling == DATE_ORDER_AUTO || mixed)
            return refuse_order(import, plan, heading, reterr_why);
        heading->order = sibling;
    }
    return ERR_NONE;
}

/* So that somebody can say which column is what: the first row, under the delimiter that parts it
 * most. */
static void show_first_row(struct source_import *import, struct file_plan *plan)
{
    int64_t done = import->done_bytes;
    for (size_t i = 0; i < sizeof(delimiters); i++) {
        ARENA struct arena scratch;
        arena_init(&scratch, 0);
        struct stream *stream = ARENA_NEW(&scratch, struct stream, 1);
        enum csv_answer answer;
        struct csv_record record;
        stream_open(stream, &scratch, import, plan, delimiters[i]);
        if (csv_next(&stream->csv, &answer, &record, NULL) != ERR_NONE || answer != CSV_RECORD
            || record.count <= plan->heading_count)
            continue;
        plan->heading_count = record.count;
        plan->headings = ARENA_NEW(import->request, struct heading, record.count);
        for (size_t j = 0; j < record.count; j++)
            plan->headings[j] = (struct heading){
                .text = heading_text(import->request, &record, j), .key = "", .column = COLUMN_MAX};
    }
    import->done_bytes = done;
}

static enum err refuse_unknown(
    struct source_import *import, struct file_plan *plan, struct why *reterr_why)
{
    if (plan->bytes == 0)
        return plan_refuse(import, plan, SOURCE_CODE_MAX, 0, "", "the file is empty",
            "Export it again", reterr_why);
    show_first_row(import, plan);
    return plan_refuse(import, plan, SOURCE_UNKNOWN_COLUMN, 1, "",
        "no row at the top of the file reads as the headings of a known export",
        "Say what it is with --as KIND, or name its columns with --map FILE", reterr_why);
}

enum err survey_file(struct source_import *import, struct file_plan *plan, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct header header;
    const struct kind *told = NULL;
    enum err err = choose_mapping(import, plan, reterr_why);
    if (err == ERR_NONE)
        err = told_kind(import, plan, &told, reterr_why);
    if (err == ERR_NONE)
        err = choose_header(import, plan, told, &header, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (header.score == 0 || !header.kind)
        return refuse_unknown(import, plan, reterr_why);
    plan->kind = header.kind;
    plan->header_row = header.row;
    plan->report->delimiter = plan->delimiter = header.delimiter;
    plan->report->kind = plan->kind->name;
    struct stream *stream = ARENA_NEW(&scratch, struct stream, 1);
    stream_open(stream, &scratch, import, plan, plan->delimiter);
    err = survey_rows(import, plan, stream, reterr_why);
    if (err == ERR_NONE && plan->torn)
        err = refuse_truncated(import, plan, stream->csv.row,
            "the file breaks off in the middle of a character", reterr_why);
    if (err != ERR_NONE)
        return err;
    report_unknown(import, plan);
    return decide_orders(import, plan, reterr_why);
}
