/* filter.c: see filter.h. */
#include "audience/filter.h"

#include <inttypes.h>

#include "audience/audience_int.h"
#include "base/text.h"

static const char *order_column(enum filter_order order)
{
    switch (order) {
    case FILTER_NAME: return "p.name_key";
    case FILTER_LAST_VISIT: return "COALESCE(p.last_visit_day, -1000000)";
    case FILTER_VALUE: return "p.ltv_cents";
    }
    return "p.name_key";
}

static void put_after(struct sql_writer *writer, const struct filter_question *question)
{
    const char *column = order_column(question->order), *sign = "<";
    const char *place;
    int64_t number = 0;
    if (question->order == FILTER_NAME) {
        place = sql_text(writer, question->after);
        sign = ">";
    } else {
        (void)text_to_int(question->after, INT64_MIN, INT64_MAX, &number);
        place = sql_int(writer, number);
    }
    sql_put(writer, " AND (%s, p.patient_id) %s (%s, %s)", column, sign, place,
        sql_text(writer, question->after_id));
}

static void put_fits(struct sql_writer *writer, const struct filter_question *question)
{
    sql_put(writer, "CASE WHEN TRUE");
    if (question->where) {
        sql_put(writer, " AND (");
        expression_sql(writer, question->where);
        sql_put(writer, ")");
    }
    if (question->locations) {
        const char *list = sql_text(writer, question->locations);
        sql_put(writer,
            " AND (NOT EXISTS (SELECT 1 FROM appointment l WHERE l.practice_id = %s AND"
            " l.patient_id = p.patient_id AND l.location IS NOT NULL) OR EXISTS (SELECT 1 FROM"
            " appointment l WHERE l.practice_id = %s AND l.patient_id = p.patient_id AND"
            " l.location IN LIST(%s)))",
            sql_practice(writer), sql_practice(writer), list);
    }
    sql_put(writer, " THEN 1 ELSE 0 END");
}

/* The stretch is cut before anybody is looked at, so that the planner knows how few they are. */
static void put_list(struct sql_writer *writer, const struct filter_question *question)
{
    const char *column = order_column(question->order);
    const char *falls = question->order == FILTER_NAME ? "" : " DESC";
    sql_put(writer, "SELECT p.patient_id, CAST(%s AS TEXT), ", column);
    put_fits(writer, question);
    sql_put(
        writer, " FROM (SELECT * FROM patient p WHERE p.practice_id = %s", sql_practice(writer));
    if (question->after && question->after_id)
        put_after(writer, question);
    sql_put(writer, " ORDER BY %s%s, p.patient_id%s LIMIT %zu) p ORDER BY %s%s, p.patient_id%s",
        column, falls, falls, question->limit, column, falls, falls);
}

static void put_count(struct sql_writer *writer, const struct filter_question *question)
{
    sql_put(writer, "SELECT COUNT(*), COALESCE(SUM(");
    put_fits(writer, question);
    sql_put(writer, "), 0), MAX(p.patient_id) FROM (SELECT * FROM patient WHERE practice_id = %s",
        sql_practice(writer));
    if (question->after_id)
        sql_put(writer, " AND patient_id > %s", sql_text(writer, question->after_id));
    sql_put(writer, " ORDER BY patient_id LIMIT %zu) p", question->limit);
}

void audience_filter(
    struct arena *arena, const struct filter_question *question, struct audience_filter *ret_filter)
{
    static const struct audience_entry nobody = {.playbook = ""}; /* no playbook asks */
    struct sql_writer writer;
    sql_writer_init(&writer, arena, &nobody, question->moment);
    if (question->count)
        put_count(&writer, question);
    else
        put_list(&writer, question);
    *ret_filter =
        (struct audience_filter){.sql = {.name = "audience_filter", .text = writer.text.data},
            .args = writer.args,
            .arg_count = writer.arg_count};
}
