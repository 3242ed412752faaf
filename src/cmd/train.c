/* train.c: `train`: triage learns from what staff have corrected. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/cmd.h"
#include "inbox/correct.h"
#include "triage/layer.h"

struct training {
    struct cmd *cmd;
    struct triage_lesson *lessons;
    size_t count;
    struct triage_learning learning;
};

static struct triage_lesson lesson_of(struct arena *boot, const struct inbox_lesson *said)
{
    struct triage_lesson lesson = {.text = said->text, .prior = said->prior};
    struct triage_verdict *truth = &lesson.truth;
    triage_parse_label_list(said->labels, truth->labels);
    truth->urgency_said = triage_urgency_parse(said->urgency, &truth->urgency);
    truth->route_said = triage_route_parse(said->route, &truth->route);
    char *rest = arena_text(boot, said->tags);
    for (char *tag; (tag = strsep(&rest, ",")) != NULL;) {
        if (*tag && truth->tag_count < TRIAGE_TAGS_MAX)
            truth->tags[truth->tag_count++] = tag;
    }
    return lesson;
}

static enum err read_lessons(struct training *training, struct why *why)
{
    struct cmd *cmd = training->cmd;
    struct inbox_lesson *said;
    enum err err = inbox_read_lessons(&cmd->boot, cmd->db, cmd->home.practice.practice_id,
        TRIAGE_LESSONS_MAX, &said, &training->count, why);
    if (err != ERR_NONE)
        return err;
    training->lessons = ARENA_NEW(&cmd->boot, struct triage_lesson, training->count + 1);
    for (size_t i = 0; i < training->count; i++)
        training->lessons[i] = lesson_of(&cmd->boot, &said[i]);
    return ERR_NONE;
}

/* ---- what is told ---- */

static json_t *figures_json(const struct triage_figures *figures)
{
    return json_pack("{s:I,s:f,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "texts",
        (json_int_t)figures->texts, "macro_f1", figures->macro_f1, "labels_right",
        (json_int_t)figures->labels_right, "routes_right", (json_int_t)figures->routes_right,
        "emergencies", (json_int_t)figures->emergencies, "emergencies_to_person",
        (json_int_t)figures->emergencies_to_person, "urgent", (json_int_t)figures->urgents,
        "urgent_found", (json_int_t)figures->urgents_found, "urgent_false",
        (json_int_t)figures->urgents_false, "stops", (json_int_t)figures->stops, "stops_found",
        (json_int_t)figures->stops_found, "stops_false", (json_int_t)figures->stops_false,
        "clinical_answered", (json_int_t)figures->clinical_answered);
}

static json_t *trial_json(const struct triage_trial *trial)
{
    return json_pack("{s:o,s:o,s:o}", "others", figures_json(&trial->kept), "known",
        figures_json(&trial->review), "corrections", figures_json(&trial->lessons));
}

static json_t *training_json(const struct training *training, bool used)
{
    const struct triage_learning *learning = &training->learning;
    return json_pack("{s:I,s:I,s:b,s:b,s:o,s:f,s:o,s:o}", "corrections",
        (json_int_t)training->count, "left_out", (json_int_t)learning->left_out, "accepted",
        learning->accepted, "used", used, "refusal", json_text(learning->refusal), "strength",
        learning->strength, "before", trial_json(&learning->before), "after",
        trial_json(&learning->after));
}

static void print_line(const char *what, size_t before, size_t after, size_t of)
{
    printf("  %-46s %6zu %6zu   of %zu\n", what, before, after, of);
}

static void print_training(const struct training *training)
{
    const struct triage_trial *before = &training->learning.before;
    const struct triage_trial *after = &training->learning.after;
    printf("%zu correction%s%27s before  after\n", training->count, training->count == 1 ? "" : "s",
        "");
    print_line("corrections: all labels right", before->lessons.labels_right,
        after->lessons.labels_right, training->count);
    print_line("corrections: route right", before->lessons.routes_right,
        after->lessons.routes_right, training->count);
    print_line("others: all labels right", before->kept.labels_right, after->kept.labels_right,
        after->kept.texts);
    print_line("others: route right", before->kept.routes_right, after->kept.routes_right,
        after->kept.texts);
    print_line("others: emergencies to a person", before->kept.emergencies_to_person,
        after->kept.emergencies_to_person, after->kept.emergencies);
    print_line("others: urgent found", before->kept.urgents_found, after->kept.urgents_found,
        after->kept.urgents);
    print_line("others: urgent by mistake", before->kept.urgents_false, after->kept.urgents_false,
        after->kept.texts - after->kept.urgents);
    print_line("others: stops found", before->kept.stops_found, after->kept.stops_found,
        after->kept.stops);
    print_line("others: stops by mistake", before->kept.stops_false, after->kept.stops_false,
        after->kept.texts - after->kept.stops);
    print_line("known: emergencies to a person", before->review.emergencies_to_person,
        after->review.emergencies_to_person, after->review.emergencies);
    print_line("known: stops found", before->review.stops_found, after->review.stops_found,
        after->review.stops);
}

static enum exit_code tell(const struct training *training, bool used)
{
    const struct triage_learning *learning = &training->learning;
    if (training->cmd->json)
        cmd_print_json_new(training_json(training, used));
    else {
        if (learning->layer)
            print_training(training);
        if (learning->left_out)
            printf("%zu that said \"no emergency\" or \"no stop\" did harm: left out.\n",
                learning->left_out);
        if (!learning->accepted)
            printf("Refused: %s. Nothing has changed.\n", learning->refusal);
        else if (used)
            printf("Used from now on%s. `perennial train --undo` takes it back.\n",
                learning->strength < 1 ? ", weaker than asked, so that nothing gets worse" : "");
        else
            printf("It would be used. Nothing has changed.\n");
    }
    return learning->accepted ? EXIT_DONE : EXIT_FAILED;
}

/* ---- what is done ---- */

static enum err read_used(
    struct training *training, const struct triage_layer **ret_layer, struct why *why)
{
    struct cmd *cmd = training->cmd;
    struct inbox_layer used = {0};
    enum err err =
        inbox_read_layer(&cmd->boot, cmd->db, cmd->home.practice.practice_id, &used, why);
    *ret_layer = err == ERR_NONE ? triage_layer_decode(&cmd->boot, used.body) : NULL;
    return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

static enum err put_layer(struct training *training, struct why *why)
{
    struct cmd *cmd = training->cmd;
    DB_TX struct tx tx = {0};
    struct id id;
    struct instant now;
    JSON_AUTO figures = training_json(training, true);
    const struct inbox_layer layer = {
        .body = triage_layer_encode(&cmd->boot, training->learning.layer),
        .figures = json_text_of(&cmd->boot, figures),
        .lessons = (int64_t)training->count,
    };
    enum err err = cmd_now(cmd, &now, why);
    if (err == ERR_NONE)
        err = engine_begin(&cmd->engine, now, &tx, why);
    if (err == ERR_NONE)
        err = inbox_put_layer(&tx, &layer, &id, why);
    return err == ERR_NONE ? db_commit(&tx, why) : err;
}

static enum exit_code undo(struct cmd *cmd)
{
    DB_TX struct tx tx = {0};
    struct why why = {0};
    struct instant now;
    enum err err = cmd_now(cmd, &now, &why);
    if (err == ERR_NONE)
        err = engine_begin(&cmd->engine, now, &tx, &why);
    if (err == ERR_NONE)
        err = inbox_undo_layer(&tx, &why);
    if (err == ERR_NONE)
        err = db_commit(&tx, &why);
    if (err != ERR_NONE)
        return cmd_fail(&why);
    if (cmd->json)
        cmd_print_json_new(json_pack("{s:b}", "undone", true));
    else
        printf("Messages are read as before the last training.\n");
    return EXIT_DONE;
}

enum exit_code cmd_train(struct cmd *cmd)
{
    bool dry_run = false, undoes = false;
    struct why why = {0};
    struct training training = {.cmd = cmd};
    const struct triage_layer *used = NULL;
    enum exit_code code = CMD_OPTIONS(cmd, 0, 0, {"--dry-run", OPTION_FLAG, .flag = &dry_run},
        {"--undo", OPTION_FLAG, .flag = &undoes});
    if (code == EXIT_DONE && dry_run && undoes)
        return cmd_usage(cmd, "--dry-run and --undo exclude each other");
    if (code == EXIT_DONE)
        code = cmd_open_engine(cmd, "cmd", false);
    if (code != EXIT_DONE)
        return code;
    if (undoes)
        return undo(cmd);
    enum err err = read_lessons(&training, &why);
    if (err == ERR_NONE)
        err = read_used(&training, &used, &why);
    if (err == ERR_NONE)
        triage_learn(&cmd->boot, training.lessons, training.count, used, &training.learning);
    const bool puts = training.learning.accepted && !dry_run;
    if (err == ERR_NONE && puts)
        err = put_layer(&training, &why);
    return err == ERR_NONE ? tell(&training, puts) : cmd_fail(&why);
}
