/* simulate.c: `simulate`. */
#include <inttypes.h>
#include <stdio.h>

#include "cmd/cmd.h"
#include "sim/sim.h"

static void print_result(const json_t *result)
{
    printf("%" JSON_INTEGER_FORMAT " touches, %" JSON_INTEGER_FORMAT
           " messages, %" JSON_INTEGER_FORMAT " replies, %" JSON_INTEGER_FORMAT " bookings\n",
        json_integer_value(json_object_get(result, "touches")),
        json_integer_value(json_object_get(result, "messages")),
        json_integer_value(json_object_get(result, "replies")),
        json_integer_value(json_object_get(result, "bookings")));
    size_t index;
    const json_t *promise;
    json_array_foreach(json_object_get(result, "promises"), index, promise)
    {
        const char *first = json_string_value(json_object_get(promise, "first"));
        printf("  %-20s checked %8" JSON_INTEGER_FORMAT "  broken %" JSON_INTEGER_FORMAT "%s%s\n",
            json_string_value(json_object_get(promise, "name")),
            json_integer_value(json_object_get(promise, "checked")),
            json_integer_value(json_object_get(promise, "broken")), first ? "  first: " : "",
            first ? first : "");
    }
    printf("%s\n", json_string_value(json_object_get(result, "digest")));
}

enum exit_code cmd_simulate(struct cmd *cmd)
{
    int64_t seed = 1, days = 60, patients = 300;
    const char *faults = "all";
    enum exit_code code = CMD_OPTIONS(cmd, 0, 0,
        {.name = "--seed", .kind = OPTION_NUMBER, .number = &seed, .min = 0, .max = INT64_MAX},
        {.name = "--days", .kind = OPTION_NUMBER, .number = &days, .min = 1, .max = SIM_DAYS_MAX},
        {.name = "--patients",
            .kind = OPTION_NUMBER,
            .number = &patients,
            .min = 1,
            .max = SIM_PATIENTS_MAX},
        {.name = "--faults", .kind = OPTION_TEXT, .text = &faults});
    if (code != EXIT_DONE)
        return code;
    struct sim_options options = {
        .seed = (uint64_t)seed, .days = (int)days, .patients = (int)patients};
    struct why why = {0};
    if (sim_faults_parse(faults, options.faults, &why) != ERR_NONE) {
        (void)cmd_fail(&why);
        return EXIT_USAGE;
    }
    cmd_note("seed %" PRId64 ", %" PRId64 " days, %" PRId64 " patients, faults %s", seed, days,
        patients, faults);
    json_t *built = NULL;
    bool broken = false;
    if (sim_run(&cmd->boot, &options, &built, &broken, &why) != ERR_NONE)
        return cmd_fail(&why);
    JSON_AUTO result = built;
    if (cmd->json)
        cmd_print_json(result);
    else
        print_result(result);
    return broken ? EXIT_FAILED : EXIT_DONE;
}
