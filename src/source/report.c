/* report.c: what an import did and refused, for programs and for people. */
#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "source/source_int.h"

static const char *const code_names[SOURCE_CODE_MAX] = {
    [SOURCE_NO_ID] = "no_id",
    [SOURCE_NO_NAME] = "no_name",
    [SOURCE_BAD_PHONE] = "bad_phone",
    [SOURCE_LANDLINE] = "landline",
    [SOURCE_BAD_EMAIL] = "bad_email",
    [SOURCE_BAD_DATE] = "bad_date",
    [SOURCE_AMBIGUOUS_DATE] = "ambiguous_date",
    [SOURCE_BAD_MONEY] = "bad_money",
    [SOURCE_BAD_STATUS] = "bad_status",
    [SOURCE_DUPLICATE_ID] = "duplicate_id",
    [SOURCE_DUPLICATE_PERSON] = "duplicate_person",
    [SOURCE_SHARED_PHONE] = "shared_phone",
    [SOURCE_UNKNOWN_PATIENT] = "unknown_patient",
    [SOURCE_UNKNOWN_COLUMN] = "unknown_column",
    [SOURCE_MINOR] = "minor",
    [SOURCE_DECEASED] = "deceased",
    [SOURCE_DO_NOT_CONTACT] = "do_not_contact",
    [SOURCE_FORMULA] = "formula",
    [SOURCE_TRUNCATED] = "truncated",
    [SOURCE_BAD_ENCODING] = "bad_encoding",
    [SOURCE_NUL_BYTE] = "nul_byte",
    [SOURCE_EMPTY_ROW] = "empty_row",
    [SOURCE_TOO_LONG] = "too_long",
    [SOURCE_ERASED] = "erased",
};

const char *source_code_name(enum source_code code)
{
    assert(code < SOURCE_CODE_MAX);
    return code_names[code];
}

static const char *kept_message(struct source_import *import, const char *message)
{
    char *kept = map_get(&import->messages, message);
    if (kept)
        return kept;
    kept = arena_text(import->request, message);
    map_put(&import->messages, kept, kept);
    return kept;
}

void issue_add(struct source_import *import, struct source_issues *issues, int64_t row,
    const char *column, enum source_code code, const char *message)
{
    issues->total++;
    if (issues->count == SOURCE_ISSUES_MAX)
        return;
    if (issues->count == issues->capacity) {
        size_t capacity = issues->capacity ? issues->capacity * 2 : 16;
        issues->list = arena_grow(import->request, issues->list,
            issues->capacity * sizeof(*issues->list), capacity * sizeof(*issues->list));
        issues->capacity = capacity;
    }
    issues->list[issues->count++] = (struct source_issue){
        .row = row, .column = column, .code = code, .message = kept_message(import, message)};
}

void issue_first(struct source_import *import, struct source_issues *issues, int64_t row,
    const char *column, enum source_code code, const char *message)
{
    if (issues->count == SOURCE_ISSUES_MAX)
        issues->count--;
    issue_add(import, issues, row, column, code, message);
    const struct source_issue issue = issues->list[issues->count - 1];
    memmove(issues->list + 1, issues->list, (issues->count - 1) * sizeof(*issues->list));
    issues->list[0] = issue;
}

enum err source_judge(
    struct arena *arena, const struct source_report *report, struct why *reterr_why)
{
    for (size_t i = 0; i < report->file_count; i++) {
        const struct source_file_report *file = &report->files[i];
        const struct source_issues *rejected = &file->rejected;
        const struct source_issue *telling = NULL;
        for (size_t j = 0; j < rejected->count && !telling; j++) {
            bool tells = rejected->list[j].code != SOURCE_ERASED
                && rejected->list[j].code != SOURCE_EMPTY_ROW;
            telling = tells ? &rejected->list[j] : NULL;
        }
        if (file->accepted > 0 || !telling)
            continue;
        why_set(reterr_why, ERR_INPUT,
            "nothing was taken in: every row was rejected (%s), row %lld%s%.60s as %s: %s",
            text_count(arena, rejected->total, "row"), (long long)telling->row,
            *telling->column ? ", column " : "", telling->column, source_code_name(telling->code),
            telling->message);
        why_place(reterr_why, "%s", file->file);
        why_hint(reterr_why,
            "It was read as %s: name another kind with --as, headings and status words with --map",
            file->kind);
        return ERR_INPUT;
    }
    return ERR_NONE;
}

static json_t *issues_json(const struct source_issues *issues)
{
    json_t *list = json_array();
    for (size_t i = 0; i < issues->count; i++) {
        const struct source_issue *issue = &issues->list[i];
        json_t *entry = json_object();
        json_object_set_new(entry, "row", json_integer((json_int_t)issue->row));
        json_object_set_new(entry, "column", json_text(issue->column));
        json_object_set_new(entry, "code", json_string(source_code_name(issue->code)));
        json_object_set_new(entry, "message", json_text(issue->message));
        json_array_append_new(list, entry);
    }
    return list;
}

static void set_count(json_t *object, const char *name, int64_t count)
{
    json_object_set_new(object, name, json_integer((json_int_t)count));
}

static json_t *file_json(const struct source_file_report *file)
{
    json_t *entry = json_object();
    const char delimiter[2] = {file->delimiter, '\0'};
    json_object_set_new(entry, "file", json_text(file->file));
    json_object_set_new(entry, "kind", json_text(file->kind));
    json_object_set_new(entry, "encoding", json_text(file->encoding));
    json_object_set_new(entry, "delimiter", json_text(file->delimiter ? delimiter : NULL));
    set_count(entry, "rows_read", file->rows_read);
    set_count(entry, "accepted", file->accepted);
    set_count(entry, "created", file->created);
    set_count(entry, "updated", file->updated);
    set_count(entry, "unchanged", file->unchanged);
    json_object_set_new(entry, "rejected", issues_json(&file->rejected));
    json_object_set_new(entry, "warnings", issues_json(&file->warnings));
    if (file->rejected.total > SOURCE_ISSUES_MAX || file->warnings.total > SOURCE_ISSUES_MAX) {
        set_count(entry, "rejected_in_all", file->rejected.total);
        set_count(entry, "warnings_in_all", file->warnings.total);
    }
    if (file->mapping)
        json_object_set_new(entry, "saved_mapping", json_text(file->mapping));
    if (file->refused) {
        json_object_set_new(entry, "refused", json_text(file->refused));
        json_object_set_new(entry, "remedy", json_text(file->remedy));
    }
    return entry;
}

json_t *source_report_json(const struct source_report *report)
{
    json_t *files = json_array(), *totals = json_object(), *root = json_object();
    for (size_t i = 0; i < report->file_count; i++)
        json_array_append_new(files, file_json(&report->files[i]));
    set_count(totals, "patients", report->patients);
    set_count(totals, "appointments", report->appointments);
    set_count(totals, "rejected", report->rejected);
    set_count(totals, "warnings", report->warnings);
    json_object_set_new(root, "files", files);
    json_object_set_new(root, "totals", totals);
    return root;
}

/* ---- for people ---- */

static void add_issues(
    struct buf *buf, const char *what, const struct source_issues *issues, size_t *left)
{
    for (size_t i = 0; i<issues->count && * left> 0; i++, (*left)--) {
        const struct source_issue *issue = &issues->list[i];
        buf_format(buf, "  %s row %lld", what, (long long)issue->row);
        if (*issue->column)
            buf_format(buf, ", column %s", issue->column);
        buf_format(buf, ": %s: %s\n", source_code_name(issue->code), issue->message);
    }
}

static void add_file(struct buf *buf, const struct source_file_report *file, size_t issues_max)
{
    size_t left = issues_max;
    buf_format(buf, "%s", file->file);
    if (file->kind)
        buf_format(buf, " (%s, %s)", file->kind, file->encoding);
    if (file->mapping)
        buf_format(buf, " read as mappings/%s.yaml says", file->mapping);
    if (file->refused) {
        bool asks = text_ends(file->remedy, "?");
        buf_format(buf, ": refused, %s. %s%s\n", file->refused, file->remedy, asks ? "" : ".");
        return;
    }
    buf_format(buf, ": %s, %lld new, %lld changed, %lld as before, %lld rejected\n",
        text_count(buf->arena, file->rows_read, "row"), (long long)file->created,
        (long long)file->updated, (long long)file->unchanged, (long long)file->rejected.total);
    add_issues(buf, "rejected", &file->rejected, &left);
    add_issues(buf, "warning", &file->warnings, &left);
    int64_t shown = (int64_t)(issues_max - left);
    int64_t all = file->rejected.total + file->warnings.total;
    if (all > shown)
        buf_format(buf, "  ... and %lld more: --json lists them\n", (long long)(all - shown));
}

char *source_report_text(struct arena *arena, const struct source_report *report, size_t issues_max)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (size_t i = 0; i < report->file_count; i++)
        add_file(&buf, &report->files[i], issues_max);
    buf_format(&buf, "%s and %s taken in, %s rejected, %s\n",
        text_count(arena, report->patients, "patient"),
        text_count(arena, report->appointments, "appointment"),
        text_count(arena, report->rejected, "row"), text_count(arena, report->warnings, "warning"));
    return buf.data;
}
