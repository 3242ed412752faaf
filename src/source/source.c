/* source.c: an import of several files: all checked, then all taken in, patients first. */
#include "source/source.h"

#include <assert.h>
#include <string.h>

#include "audit/audit.h"
#include "base/zone.h"
#include "source/source_int.h"
#include "source_sql.h"

const char *const *source_kinds(void)
{
    return kind_names();
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static void plan_files(struct source_import *import)
{
    const struct source_options *options = &import->options;
    import->files = ARENA_NEW(import->request, struct file_plan, options->path_count);
    import->report.files =
        ARENA_NEW(import->request, struct source_file_report, options->path_count);
    import->report.file_count = options->path_count;
    for (size_t i = 0; i < options->path_count; i++) {
        struct source_file_report *report = &import->report.files[i];
        report->file = arena_text(import->request, file_name(options->paths[i]));
        import->files[i] = (struct file_plan){.path = options->paths[i],
            .report = report,
            .number = (int64_t)i,
            .mapping = &import->mapping};
        memset(import->files[i].cells, -1, sizeof(import->files[i].cells));
    }
}

const char *source_step_name(enum source_step step)
{
    static const char *const names[] = {"reading", "taking", "settling"};
    assert((size_t)step < sizeof(names) / sizeof(names[0]));
    return names[step];
}

/* A bar wants to know how much there is to read. */
static void size_files(struct source_import *import)
{
    const struct env_file *file = import->options.file;
    for (size_t i = 0; i < import->options.path_count && import->options.progress; i++) {
        int64_t bytes = 0;
        if (file->size(file->self, import->files[i].path, &bytes, NULL) == ERR_NONE)
            import->all_bytes += bytes;
    }
}

static void add_totals(struct source_import *import)
{
    struct source_report *report = &import->report;
    report->patients = report->appointments = report->rejected = report->warnings = 0;
    for (size_t i = 0; i < report->file_count; i++) {
        const struct source_file_report *file = &report->files[i];
        const struct kind *kind = import->files[i].kind;
        if (kind && kind->record == RECORD_PATIENT)
            report->patients += file->accepted;
        if (kind && kind->record == RECORD_APPOINTMENT)
            report->appointments += file->accepted;
        report->rejected += file->rejected.total;
        report->warnings += file->warnings.total;
    }
}

/* A file that is refused does not keep the others from being looked at: people want to hear of all
 * at once. What is not a matter of the file's content ends it. */
static enum err check_files(struct source_import *import, struct why *reterr_why)
{
    struct why first = {0};
    enum err verdict = ERR_NONE;
    for (size_t i = 0; i < import->options.path_count; i++) {
        struct why why = {0};
        struct file_plan *plan = &import->files[i];
        enum err err = look_file(import, plan, &why);
        if (err == ERR_NONE)
            err = survey_file(import, plan, &why);
        if (err != ERR_NONE && verdict == ERR_NONE) {
            first = why;
            verdict = err;
        }
        if (err != ERR_NONE && !plan->refused) {
            if (reterr_why)
                *reterr_why = why;
            return err;
        }
    }
    if (verdict == ERR_NONE)
        return mapping_judge(&import->mapping, reterr_why);
    if (reterr_why)
        *reterr_why = first;
    return verdict;
}

enum err source_check(struct arena *request, const struct source_options *options,
    struct instant now, struct source_import **ret_import, struct why *reterr_why)
{
    assert(options->file && options->practice && options->clocks && options->zones);
    struct source_import *import = ARENA_NEW(request, struct source_import, 1);
    import->request = request;
    import->options = *options;
    import->now = now;
    map_init(&import->messages, request);
    plan_files(import);
    *ret_import = import;
    enum err err =
        mapping_read(request, options->map, options->zones, &import->mapping, reterr_why);
    if (err == ERR_NONE && !options->map)
        err = saved_read(import, reterr_why);
    if (err != ERR_NONE)
        return err;
    import->today = zone_day(options->practice->zone, now);
    size_files(import);
    err = check_files(import, reterr_why);
    add_totals(import);
    return err;
}

/* ---- loading ---- */

static void found(void *context, const struct record_finding *finding)
{
    struct source_import *import = context;
    struct file_plan *plan = &import->files[finding->file];
    bool person = finding->code == RECORD_DUPLICATE_PERSON;
    if (!import->settled || plan->kind->record != RECORD_PATIENT)
        return;
    issue_add(import, &plan->report->warnings, finding->row,
        column_heading(plan, person ? FIELD_ID : FIELD_MOBILE_PHONE),
        person ? SOURCE_DUPLICATE_PERSON : SOURCE_SHARED_PHONE,
        person ? "the same person under another id: visits, flags and opt-outs count together"
               : "another person has this phone: kept as two persons of one household");
}

static void folded(void *context, int64_t done, int64_t all)
{
    const struct source_import *import = context;
    import->options.progress(import->options.progress_context, "", SOURCE_SETTLING, done, all);
}

static enum err write_run(struct tx *tx, const struct file_plan *plan, struct why *reterr_why)
{
    const struct source_file_report *report = plan->report;
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    int64_t again = 0;
    enum err err = ERR_NONE;
    if (report->created + report->updated == 0)
        err = db_exec(tx, &sql_source_run_again,
            DB_ARGS(practice, db_text("kind", report->kind), db_text("sha256", report->sha256),
                db_int("now_ms", tx->now.ms)),
            &again, reterr_why);
    if (err != ERR_NONE || again > 0)
        return err;
    struct id id = ids_next(tx->ids, tx->now);
    err = db_exec(tx, &sql_source_run_insert,
        DB_ARGS(practice, db_text("import_id", id.text), db_int("now_ms", tx->now.ms),
            db_text("file", report->file), db_text("kind", report->kind),
            db_text("sha256", report->sha256), db_int("rows_read", report->rows_read),
            db_int("created", report->created), db_int("updated", report->updated),
            db_int("unchanged", report->unchanged), db_int("rejected", report->rejected.total),
            db_int("warnings", report->warnings.total)),
        NULL, reterr_why);
    if (err != ERR_NONE)
        return err;
    JSON_AUTO detail = json_pack("{s:s, s:s, s:I, s:I, s:I}", "kind", report->kind, "sha256",
        report->sha256, "created", (json_int_t)report->created, "updated",
        (json_int_t)report->updated, "rejected", (json_int_t)report->rejected.total);
    return audit_write(tx, "import.done", NULL, id.text, detail, reterr_why);
}

enum err source_load(struct source_import *import, struct tx *tx, struct why *reterr_why)
{
    static const enum record_kind order[] = {RECORD_SERVICE, RECORD_PATIENT, RECORD_MEMBERSHIP,
        RECORD_APPOINTMENT, RECORD_INVOICE, RECORD_PRESCRIPTION, RECORD_PROGRAM};
    const struct record_options options = {.practice = import->options.practice,
        .clocks = import->options.clocks,
        .address_key = import->options.address_key,
        .found = found,
        .folded = import->options.progress ? folded : NULL,
        .context = import};
    enum err err = record_open(import->request, &options, tx, &import->load, reterr_why);
    bool named = false;
    import->done_bytes = 0;
    for (size_t j = 0; j < import->report.file_count; j++)
        named = named || plan_names_patients(&import->files[j]);
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        for (size_t j = 0; j < import->report.file_count && err == ERR_NONE; j++) {
            assert(import->files[j].kind && !import->files[j].refused);
            if (import->files[j].kind->record == order[i])
                err = load_file(import, &import->files[j], tx, reterr_why);
        }
        /* Rows that name their patients are matched with patients who are settled. */
        if (err == ERR_NONE && named && order[i] == RECORD_PATIENT)
            err = record_settle(import->load, reterr_why);
    }
    import->settled = true;
    if (err == ERR_NONE)
        err = record_settle(import->load, reterr_why);
    for (size_t j = 0; j < import->report.file_count && err == ERR_NONE; j++)
        err = write_run(tx, &import->files[j], reterr_why);
    add_totals(import);
    return err;
}

enum err source_close(struct source_import *import, struct why *reterr_why)
{
    assert(import->load);
    return record_close(import->load, reterr_why);
}

const struct source_report *source_report(const struct source_import *import)
{
    return &import->report;
}
