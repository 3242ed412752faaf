/* api.h: one call of the JSON API: who asks, what was sent, what goes back.        (part of http)
 *
 * Flow: http__api finds the route, asks who it is, checks the permission, the origin, the rate and
 * the fields, and only then calls the operation's handler (api__<operation>; api.yaml says which).
 *
 * Invariants
 *  (1) A handler runs only when the route's permission is held; its fields have the types that
 *      api.yaml says.
 *  (2) A write is one transaction: what changed, its audit rows and the answer that is kept for the
 *      same Idempotency-Key. A handler that fails leaves nothing.
 *  (3) Every patient whose data goes into an answer is noted with api_reads before it leaves.
 *  (4) An account that is limited to locations sees patients of those, and those without a visit.
 *
 * Calling sequence in a handler: [api_begin] -> work -> api_end. Memory: the request's arena; JSON
 * handed to api_end is taken. */
#ifndef PERENNIAL_HTTP_API_H
#define PERENNIAL_HTTP_API_H

#include "account/account.h"
#include "http/http_int.h"

enum {
    API_WILD_MAX = 3,
    API_PAGE = 50,      /* rows of a page when `limit` is not given */
    API_HASHES_MAX = 2, /* passwords hashed at once: each takes a worker and 64 MiB */
};

enum api_kind { API_TEXT, API_EMAIL, API_ID, API_WORD, API_INT, API_BOOL, API_TIME, API_DAY };

/* A field of a query or a body, as api.yaml has it. */
struct api_field {
    const char *name;
    enum api_kind kind;
    bool list, optional;
    const char *words; /* API_WORD: "a|b" */
    int64_t min, max;  /* API_INT; API_TEXT: at most `max` bytes */
};

struct api;
typedef void api_handler_fn(struct api *api);

struct api_route {
    const char *name, *method, *path;
    enum permission may;
    const struct api_field *query;
    size_t query_count;
    const struct api_field *body;
    size_t body_count;
    bool raw, has_body, match;
    bool all_locations; /* concerns patients of every location: not for who is limited to some */
    api_handler_fn *handle;
};
extern const struct api_route api_routes[];
extern const size_t api_route_count;

struct api {
    struct http_desk *desk;
    struct http_call *call;
    const struct http_request *request;
    const struct api_route *route;
    struct arena *arena;
    struct db *db;
    const struct practice *practice;
    struct instant now;
    int64_t practice_id;
    const char *wild[API_WILD_MAX]; /* the parts of the address that vary, decoded */
    json_t *query, *body;           /* checked; what was left out is not there */
    bool signed_in, by_key;
    struct session session;     /* signed_in */
    struct account_api_key key; /* by_key */
    permission_set may;
    const char *actor;     /* "user:<id>", "key:<id>", "http" */
    const char *token;     /* signed_in, by_key: what they showed */
    const char *locations; /* JSON array; NULL: all */
    const char *etag;      /* of the answer; NULL: none */
    struct tx tx;
    bool imports; /* it is the import that others wait for */
    struct audit_entry *reads;
    size_t read_count, read_capacity;
};

struct api api_of(struct http_desk *desk, struct http_call *call); /* nobody yet */

/* ---- what came in ---- */

const char *api_text(
    const struct api *api, const char *name); /* body, then query; NULL: not there */
int64_t api_int(const struct api *api, const char *name, int64_t otherwise);
bool api_bool(const struct api *api, const char *name);
struct instant api_time(const struct api *api, const char *name); /* ms 0: not there */
struct day api_day(const struct api *api, const char *name);      /* DAY_NONE: not there */
size_t api_limit(const struct api *api);
bool api_may(const struct api *api, enum permission permission);
struct account_ask api_ask(const struct api *api); /* from where */
struct account_secret api_secret(const struct api *api);
struct account_vault api_vault(const struct api *api);

/* A page's place: the parts of the last row's order. ret_parts are NULL on the first page. False:
 * no cursor of ours, and the call was refused. */
bool api_cursor(struct api *api, const char *ret_parts[], size_t count);
char *api_next(struct api *api, const char *const parts[], size_t count);

/* ---- working ---- */

/* A transaction whose actor is the person or the key. */
enum err api_begin(struct api *api, struct why *reterr_why) WARN_UNUSED;
/* A patient's data goes into the answer; those of a list in one row, whose `ids` it takes. */
void api_reads(struct api *api, const char *action, const char *patient_id, const char *subject_id);
void api_reads_list(struct api *api, const char *what, json_t *ids);
/* ERR_NOT_FOUND unless the patient exists in this practice and within the locations. */
enum err api_patient(struct api *api, const char *patient_id, struct why *reterr_why) WARN_UNUSED;

/* ---- answering ---- */

/* Commits what is open and answers, or rolls back and says what is wrong. Takes `json` (NULL: no
 * body). */
void api_end(struct api *api, enum err err, const struct why *why, int status, json_t *json);
/* The same for bytes that are no JSON. */
void api_end_bytes(struct api *api, enum err err, const struct why *why, const char *content_type,
    const char *bytes, size_t len);
/* A refusal with a stable word. */
void api_refuse(
    struct api *api, int status, const char *code, const char *detail, const char *remedy);
/* With one more sentence on what may have happened. */
void api_refuse_why(struct api *api, int status, const char *code, const char *title,
    const char *detail, const char *remedy);
/* A field is wrong: 422. */
void api_wrong(struct api *api, const char *field, const char *detail, const char *remedy);
/* If-Match against what stands. False: refused with 412. */
bool api_matches(struct api *api, const char *etag);
char *api_hash(struct api *api, const char *text); /* an ETag's inside */

/* ---- JSON ---- */

json_t *api_json_time(const struct api *api, struct instant instant); /* null for ms 0 */
json_t *api_json_day(const struct api *api, struct day day);          /* null for DAY_NONE */

enum api_column_kind {
    COLUMN_TEXT,
    COLUMN_INT,
    COLUMN_BOOL,
    COLUMN_TIME, /* null for NULL and 0 */
    COLUMN_DAY,
    COLUMN_MONEY,
    COLUMN_JSON, /* a text that holds JSON; null for NULL */
    COLUMN_SKIP, /* for the handler's eyes */
};
/* In the order of the statement's columns. "patient.name" goes into an object `patient`, which is
 * null when its first column is NULL. */
struct api_column {
    const char *name;
    enum api_column_kind kind;
};
json_t *api_row(
    struct api *api, const struct db_rows *rows, const struct api_column *columns, size_t count);
/* Every row of a statement, at most `limit` (0: all); `more` NULL, or whether there was one more.
 */
enum err api_rows(struct api *api, const struct sql *sql, const struct db_arg *args,
    size_t arg_count, const struct api_column *columns, size_t count, json_t **ret_list,
    struct why *reterr_why) WARN_UNUSED;
#define API_COLUMNS(...)                                                                           \
    (const struct api_column[]){__VA_ARGS__},                                                      \
        (sizeof((const struct api_column[]){__VA_ARGS__}) / sizeof(struct api_column))

/* ---- inside: the files of the API ---- */

/* api_auth.c. False: refused already. */
bool api__authenticate(struct api *api);
/* What the route asks for and neither the role nor the key has. */
void api__refuse_permission(struct api *api);
const char *api__cookie(const struct api *api, const char *name); /* NULL: not sent */
void api__set_cookie(struct api *api, const char *token);         /* NULL: takes it away */
json_t *api__account_json(const struct api *api, const struct account *account);
/* api_session.c: the person's own password in that field; false: refused already. */
bool api__is_oneself(struct api *api, const char *field);
/* api_patient.c: eight columns of flags from `first` on. */
json_t *api__patient_flags(
    struct api *api, const struct db_rows *rows, int first, struct day paused);
/* api_patient_page.c: the whole page; the read is noted. */
enum err api__patient_json(
    struct api *api, const char *patient_id, json_t **ret_json, struct why *why) WARN_UNUSED;
/* Of what stands, for an edit's If-Match. */
enum err api__patient_etag(
    struct api *api, const char *patient_id, const char **ret_etag, struct why *why) WARN_UNUSED;
/* api_patient_edit.c: records of the patient in the address are about to be folded anew; then the
 * page of that patient is the answer. */
enum err api__begin_edit(
    struct api *api, struct record_load **ret_load, struct why *why) WARN_UNUSED;
void api__end_edit(struct api *api, struct record_load *load, const char *patient_id, enum err err,
    struct why *why);
/* A field's name in the API. */
const char *api__edit_name(const char *record_name);
/* api_inbox.c: which conversations, in which order. */
struct thread_question {
    const char *state, *zone, *thread_id, *assignee;
    int64_t snoozed; /* -1: either */
    int64_t after_pressing, after_ms;
    const char *after_id;
    size_t limit;
};
/* Adds a page to `items`; ret_next is the cursor behind it, or stays. */
enum err api__threads(struct api *api, const struct thread_question *question, json_t *items,
    char **ret_next, struct why *why) WARN_UNUSED;
/* One of them. ERR_NOT_FOUND. */
struct thread_view {
    json_t *json;                                              /* the caller's */
    const char *patient_id, *address, *channel, *draft, *etag; /* patient_id NULL: a stranger */
    bool unread;
};
enum err api__thread(struct api *api, const char *thread_id, struct thread_view *ret_view,
    struct why *why) WARN_UNUSED;
/* api_setting.c: the settings' text with this line; value NULL: without it. */
/* Answers at the field when it holds a text that says nothing; null is none. */
bool api__form_is_blank(struct api *api, const char *field);
const char *api__set_line(
    struct arena *arena, const char *text, const char *key, const char *value);
/* api_task.c: the task of the address: body, state, patient, where it came from. ERR_NOT_FOUND. */
struct task;
enum err api__find_task(struct api *api, struct task *ret_task, struct why *why) WARN_UNUSED;
enum err api__task_outcomes(
    struct api *api, const char *task_id, json_t **ret_outcomes, struct why *why) WARN_UNUSED;
/* api_note.c: tags and next step of an outcome; `retries`: the playbook calls again by itself. */
enum err api__put_note(
    struct api *api, const struct task *task, bool retries, struct why *why) WARN_UNUSED;
enum err api__one_task(
    struct api *api, const char *task_id, json_t **ret_task, struct why *why) WARN_UNUSED;
/* api_correct.c: those of the body. False: refused already. */
bool api__check_tags(struct api *api);
/* api_inbox.c: what triage made of a message into its JSON; NULL: nothing. */
void api__add_reading(json_t *message, const char *reading);
/* api_field.c. False: refused already. */
bool api__check_query(struct api *api);
bool api__check_body(struct api *api);
/* api.c: the route's rules; false: refused already. */
bool api__let_in(struct api *api);
/* 422 with the fields; takes the list. */
void api__refuse_fields(struct api *api, json_t *errors);

#endif
