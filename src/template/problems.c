#include <stdlib.h>
#include <string.h>

#include "template/template_int.h"

void problem_add(struct problem_list *problems, struct problem_at at, bool error, const char *rule,
    const char *hint, const char *format, ...)
{
    struct template_problem *problem;
    va_list args;

    if (error)
        problems->errors++;
    if (problems->count == TEMPLATE_PROBLEMS_MAX)
        return;
    if (problems->count == problems->capacity) {
        size_t capacity = problems->capacity ? 2 * problems->capacity : 16;

        problems->list = arena_grow(problems->arena, problems->list,
            problems->capacity * sizeof *problems->list, capacity * sizeof *problems->list);
        problems->capacity = capacity;
    }
    problem = &problems->list[problems->count++];
    *problem = (struct template_problem){
        .error = error,
        .rule = rule,
        .file = at.file,
        .line = at.line,
        .column = at.column,
        .hint = hint ? hint : "",
    };
    va_start(args, format);
    problem->message = arena_vformat(problems->arena, format, args);
    va_end(args);
}

static int problem_compare(const void *left, const void *right)
{
    const struct template_problem *a = left, *b = right;
    int order = strcmp(a->file, b->file);

    if (order == 0)
        order = (a->line > b->line) - (a->line < b->line);
    if (order == 0)
        order = (a->column > b->column) - (a->column < b->column);
    if (order == 0)
        order = strcmp(a->message, b->message);
    return order;
}

void problem_sort(struct problem_list *problems)
{
    if (problems->count)
        qsort(problems->list, problems->count, sizeof *problems->list, problem_compare);
}
