/* due.c: `due`: when patients usually come again; `due fit`: the models over a file of one's own.
 */
#include "report/due.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "report_sql.h"
#include "source/csv.h"

enum {
    FIT_BYTES_MAX = 256 << 20,
    COLUMNS = 3,     /* frequency, recency, age */
    PEOPLE_MIN = 30, /* fewer say nothing of a service */
    ROWS_SHOWN_MAX = 25,
    DAYS_PER_WEEK = 7,
};

/* ---- a file ---- */

struct fit_file {
    struct arena *arena;
    const char *path;
    int64_t line;
    int places[COLUMNS]; /* which cell is which */
    struct due_row *rows;
    size_t count, capacity;
};

static enum err wrong(const struct fit_file *file, struct why *why, const char *message)
{
    why_place(why, "%s:%" PRId64, file->path, file->line);
    why_hint(why,
        "A line is one person: ID,frequency,recency,T (repeat visits, time of the last "
        "one and age, in one unit)");
    return why_set(why, ERR_INPUT, "%s", message);
}

/* The whole text, a piece at a time, as csv.h wants it. */
static enum err pull(
    void *context, char *bytes, size_t bytes_max, size_t *ret_len, struct why *reterr_why)
{
    struct str *rest = context;
    (void)reterr_why;
    *ret_len = rest->len < bytes_max ? rest->len : bytes_max;
    memcpy(bytes, rest->data, *ret_len);
    rest->data += *ret_len;
    rest->len -= *ret_len;
    return ERR_NONE;
}

static char delimiter_of(const char *text)
{
    size_t len = strcspn(text, "\r\n");
    return memchr(text, ',', len) ? ',' : memchr(text, ';', len) ? ';' : '\t';
}

static bool number_of(struct arena *arena, const struct csv_cell *cell, double *ret_number)
{
    char *end = NULL;
    const struct str trimmed = str_trim((struct str){cell->data, cell->len});
    const char *text = arena_text_n(arena, trimmed.data, trimmed.len);
    *ret_number = strtod(text, &end);
    return trimmed.len > 0 && !*end && isfinite(*ret_number);
}

/* The headings, under the names that the literature gives them. */
static bool read_headings(struct fit_file *file, const struct csv_record *record)
{
    static const char *const names[COLUMNS][4] = {{"frequency", "x", "p1x", "repeat"},
        {"recency", "t_x", "tx", "last"}, {"age", "t", "weeks", "T"}};
    for (int i = 0; i < COLUMNS; i++) {
        file->places[i] = -1;
        for (size_t j = 0; j < record->count * 4; j++) {
            const struct csv_cell *raw = &record->cells[j / 4];
            const struct str trimmed = str_trim((struct str){raw->data, raw->len});
            const char *cell = arena_text_n(file->arena, trimmed.data, trimmed.len);
            if (file->places[i] < 0 && text_is_any_case(cell, names[i][j % 4]))
                file->places[i] = (int)(j / 4);
        }
    }
    return file->places[0] >= 0 && file->places[1] >= 0 && file->places[2] >= 0;
}

static enum err read_row(struct fit_file *file, const struct csv_record *record, struct why *why)
{
    double numbers[COLUMNS];
    for (int i = 0; i < COLUMNS; i++) {
        if ((size_t)file->places[i] >= record->count
            || !number_of(file->arena, &record->cells[file->places[i]], &numbers[i]))
            return wrong(file, why, "this is not a line of numbers");
    }
    const struct due_row row = {numbers[0], numbers[1], numbers[2], 1};
    bool whole = row.frequency >= 0 && row.frequency == floor(row.frequency);
    if (!whole || row.recency < 0 || row.age < row.recency
        || (row.frequency == 0 && row.recency > 0))
        return wrong(file, why,
            "frequency is a count, and 0 <= recency <= age (recency 0 for who never came again)");
    if (file->count == file->capacity) {
        size_t bigger = file->capacity ? file->capacity * 2 : 1024;
        file->rows = arena_grow(file->arena, file->rows, file->capacity * sizeof(*file->rows),
            bigger * sizeof(*file->rows));
        file->capacity = bigger;
    }
    file->rows[file->count++] = row;
    return ERR_NONE;
}

/* Headings, or without them the last three cells. */
static enum err read_first(struct fit_file *file, const struct csv_record *record, struct why *why)
{
    double number;
    if (read_headings(file, record))
        return ERR_NONE;
    if (record->count < COLUMNS
        || !number_of(file->arena, &record->cells[record->count - 1], &number))
        return wrong(file, why, "the headings do not name frequency, recency and age");
    for (int i = 0; i < COLUMNS; i++)
        file->places[i] = (int)record->count - COLUMNS + i;
    return read_row(file, record, why);
}

static enum err read_lines(struct fit_file *file, const char *text, struct why *why)
{
    struct csv csv;
    struct csv_record record;
    enum csv_answer answer = CSV_RECORD;
    bool headed = false;
    if (text_starts(text, "\xEF\xBB\xBF"))
        text += 3;
    struct str rest = {text, strlen(text)};
    csv_open(&csv, file->arena, delimiter_of(text), pull, &rest);
    enum err err = ERR_NONE;
    while (err == ERR_NONE && answer == CSV_RECORD) {
        err = csv_next(&csv, &answer, &record, why);
        if (err != ERR_NONE || answer != CSV_RECORD || record.empty_line)
            continue;
        file->line = record.row;
        err = headed ? read_row(file, &record, why) : read_first(file, &record, why);
        headed = true;
    }
    if (err == ERR_NONE && answer != CSV_DONE)
        err = wrong(file, why, "this line is too long, or a quotation mark is left open");
    if (err == ERR_NONE && file->count == 0)
        err = wrong(file, why, "there is nobody in this file");
    return err;
}

struct models {
    struct due_bg_nbd bg;
    struct due_pareto_nbd pareto;
    struct due_regular_gap regular;
};

static struct models fit_models(struct due_row *rows, size_t count)
{
    struct models models;
    due_fit_bg_nbd(rows, count, &models.bg);
    due_fit_pareto_nbd(rows, count, &models.pareto);
    due_fit_regular_gap(rows, count, &models.regular);
    return models;
}

static json_t *models_json(const struct models *models)
{
    const struct due_bg_nbd *bg = &models->bg;
    const struct due_pareto_nbd *pareto = &models->pareto;
    const struct due_regular_gap *regular = &models->regular;
    return json_pack("{s:{s:{s:f, s:f, s:f, s:f}, s:f}, s:{s:{s:f, s:f, s:f, s:f}, s:f}, "
                     "s:{s:{s:i, s:f, s:f}, s:f}}",
        "bg_nbd", "parameters", "r", bg->r, "alpha", bg->alpha, "a", bg->a, "b", bg->b,
        "log_likelihood", bg->log_likelihood, "pareto_nbd", "parameters", "r", pareto->r, "alpha",
        pareto->alpha, "s", pareto->s, "beta", pareto->beta, "log_likelihood",
        pareto->log_likelihood, "regular_gap", "parameters", "k", regular->k, "r", regular->r,
        "alpha", regular->alpha, "log_likelihood", regular->log_likelihood);
}

static void print_models(const json_t *models)
{
    const char *name, *parameter;
    json_t *model, *value;
    json_object_foreach((json_t *)(uintptr_t)models, name, model)
    {
        printf("%-12s log-likelihood %.4f ", name,
            json_number_value(json_object_get(model, "log_likelihood")));
        json_object_foreach(json_object_get(model, "parameters"), parameter, value)
            printf(" %s %.6g", parameter, json_number_value(value));
        putchar('\n');
    }
}

static enum exit_code fit(struct cmd *cmd)
{
    struct why why = {0};
    char *text;
    size_t len;
    struct fit_file file = {.arena = &cmd->boot, .path = cmd->arguments[1]};
    enum err err = cmd->env.file.read(
        cmd->env.file.self, &cmd->boot, file.path, FIT_BYTES_MAX, &text, &len, &why);
    if (err == ERR_NONE)
        err = read_lines(&file, text, &why);
    if (err != ERR_NONE)
        return cmd_fail(&why);
    size_t people = file.count, rows = due_join_rows(file.rows, file.count);
    const struct models models = fit_models(file.rows, rows);
    JSON_AUTO json =
        json_pack("{s:I, s:o}", "people", (json_int_t)people, "models", models_json(&models));
    if (cmd->json)
        cmd_print_json(json);
    else
        print_models(json_object_get(json, "models"));
    return EXIT_DONE;
}

/* ---- the home ---- */

struct person {
    const char *service, *patient_id, *external_id;
    struct due_row row;
    struct day last, due, by_definition;
    int64_t visits, gap_days;
    double alive;
};

struct looking {
    struct cmd *cmd;
    struct day today;
    struct person *people;
    size_t count, capacity;
    json_t *services, *read; /* read: ids, for the audit */
};

static void take_person(struct looking *looking, const struct db_rows *rows)
{
    struct arena *arena = &looking->cmd->boot;
    struct day first = db_col_day(rows, 4), last = db_col_day(rows, 5);
    if (looking->count == looking->capacity) {
        size_t bigger = looking->capacity ? looking->capacity * 2 : 1024;
        looking->people = arena_grow(arena, looking->people,
            looking->capacity * sizeof(*looking->people), bigger * sizeof(*looking->people));
        looking->capacity = bigger;
    }
    looking->people[looking->count++] = (struct person){
        .service = db_col_copy(arena, rows, 0),
        .patient_id = db_col_copy(arena, rows, 1),
        .external_id = db_col_copy(arena, rows, 2),
        .visits = db_col_int(rows, 3),
        .last = last,
        .by_definition = db_col_null(rows, 6) ? (struct day){DAY_NONE} : db_col_day(rows, 6),
        .row = {(double)(db_col_int(rows, 3) - 1), (double)(last.n - first.n) / DAYS_PER_WEEK,
            (double)(looking->today.n - first.n) / DAYS_PER_WEEK, 1},
    };
}

static enum err read_people(struct looking *looking, const char *service, struct why *why)
{
    struct cmd *cmd = looking->cmd;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(cmd->db, &sql_report_due_visits,
        DB_ARGS(db_int("practice_id", cmd->home.practice.practice_id), db_text("service", service),
            db_int("today", looking->today.n)),
        &rows, why);
    while (err == ERR_NONE && db_next(rows))
        take_person(looking, rows);
    return err == ERR_NONE ? db_end(&rows, why) : err;
}

static int by_due(const void *left, const void *right)
{
    const struct person *a = left, *b = right;
    return a->due.n != b->due.n ? (a->due.n < b->due.n ? -1 : 1)
                                : strcmp(a->external_id, b->external_id);
}

static json_t *person_json(struct looking *looking, const struct person *person)
{
    struct arena *arena = &looking->cmd->boot;
    json_array_append_new(looking->read, json_text(person->patient_id));
    return json_pack("{s:o, s:I, s:s, s:I, s:s, s:o, s:f}", "patient",
        json_text(person->external_id), "visits", (json_int_t)person->visits, "last_visit",
        day_format(arena, person->last), "usual_gap_days", (json_int_t)person->gap_days, "due",
        day_format(arena, person->due), "due_by_definition",
        person->by_definition.n == DAY_NONE ? json_null()
                                            : json_text(day_format(arena, person->by_definition)),
        "still_coming", person->alive);
}

/* One service: what is usual, then each person's own day. */
static void look_at_service(struct looking *looking, struct person *people, size_t count)
{
    struct arena *arena = &looking->cmd->boot;
    struct due_row *rows = ARENA_NEW(arena, struct due_row, count);
    for (size_t i = 0; i < count; i++)
        rows[i] = people[i].row;
    size_t joined = due_join_rows(rows, count);
    json_t *list = json_array();
    json_t *json = json_pack("{s:s, s:I, s:o}", "service", people[0].service, "people",
        (json_int_t)count, "patients", list);
    json_array_append_new(looking->services, json);
    json_object_set_new(json, "models", json_null());
    if (count < PEOPLE_MIN)
        return;
    const struct models models = fit_models(rows, joined);
    json_object_set_new(json, "models", models_json(&models));
    for (size_t i = 0; i < count; i++) {
        struct person *person = &people[i];
        person->gap_days = llround(due_gap(&models.regular, &person->row) * DAYS_PER_WEEK);
        person->due = (struct day){person->last.n + (int32_t)person->gap_days};
        person->alive = due_alive(&models.bg, &person->row);
    }
    qsort(people, count, sizeof(*people), by_due);
    size_t most = looking->cmd->json || count < ROWS_SHOWN_MAX ? count : ROWS_SHOWN_MAX;
    for (size_t i = 0; i < most; i++)
        json_array_append_new(list, person_json(looking, &people[i]));
}

static void print_services(const json_t *services)
{
    size_t i, j;
    const json_t *service, *person;
    json_array_foreach(services, i, service)
    {
        int64_t people = json_integer_value(json_object_get(service, "people"));
        printf("%s: %" PRId64 " people%s\n", json_string_value(json_object_get(service, "service")),
            people, json_is_null(json_object_get(service, "models")) ? ", too few to say" : "");
        print_models(json_object_get(service, "models"));
        json_array_foreach(json_object_get(service, "patients"), j, person)
        {
            const char *said = json_string_value(json_object_get(person, "due_by_definition"));
            printf("  %-14s usually every %4" JSON_INTEGER_FORMAT
                   " days, due %s (by definition %s), "
                   "still coming %3.0f%%\n",
                json_string_value(json_object_get(person, "patient")),
                json_integer_value(json_object_get(person, "usual_gap_days")),
                json_string_value(json_object_get(person, "due")), said ? said : "never",
                100 * json_number_value(json_object_get(person, "still_coming")));
        }
        if (j > 0 && (int64_t)j < people)
            printf("  ... and %" PRId64 " more (--json lists all)\n", people - (int64_t)j);
    }
}

/* Who was looked at is written down before it is shown. */
static enum err note_read(struct looking *looking, struct instant now, struct why *why)
{
    DB_TX struct tx tx = {0};
    JSON_AUTO detail = json_pack("{s:O}", "patients", looking->read);
    if (json_array_size(looking->read) == 0)
        return ERR_NONE;
    enum err err = engine_begin(&looking->cmd->engine, now, &tx, why);
    if (err == ERR_NONE)
        err = audit_write(&tx, "patient.listed", NULL, "due", detail, why);
    return err == ERR_NONE ? db_commit(&tx, why) : err;
}

static enum exit_code look(struct cmd *cmd, const char *service, const char *at)
{
    struct why why = {0};
    struct instant now = {0}, moment;
    enum exit_code code = cmd_open_current(cmd, "cmd", false);
    if (code == EXIT_DONE)
        code = cmd_moment(cmd, at, &moment);
    if (code != EXIT_DONE)
        return code;
    if (service && !definitions_service(cmd->home.definitions, service))
        return cmd_usage(cmd, "there is no service %s in definitions.yaml", service);
    JSON_AUTO services = json_array();
    JSON_AUTO read = json_array();
    struct looking looking = {.cmd = cmd, .services = services, .read = read};
    looking.today = zone_day(cmd->home.practice.zone, moment);
    enum err err = read_people(&looking, service, &why);
    for (size_t i = 0, end = 0; i < looking.count && err == ERR_NONE; i = end) {
        while (
            end < looking.count && text_is(looking.people[end].service, looking.people[i].service))
            end++;
        look_at_service(&looking, &looking.people[i], end - i);
    }
    if (err == ERR_NONE)
        err = cmd_now(cmd, &now, &why);
    if (err == ERR_NONE)
        err = note_read(&looking, now, &why);
    if (err != ERR_NONE)
        return cmd_fail(&why);
    if (cmd->json)
        cmd_print_json_new(json_pack("{s:s, s:s, s:O}", "day",
            day_format(&cmd->boot, looking.today), "unit", "weeks", "services", services));
    else
        print_services(services);
    return EXIT_DONE;
}

enum exit_code cmd_due(struct cmd *cmd)
{
    const char *service = NULL, *at = NULL;
    enum exit_code code =
        CMD_OPTIONS(cmd, 0, 2, {.name = "--service", .kind = OPTION_TEXT, .text = &service},
            {.name = "--at", .kind = OPTION_TEXT, .text = &at});
    if (code != EXIT_DONE)
        return code;
    if (cmd->argument_count == 0)
        return look(cmd, service, at);
    if (!text_is(cmd->arguments[0], "fit") || cmd->argument_count != 2)
        return cmd_usage(cmd, "due, or due fit FILE");
    return fit(cmd);
}
