/* csv.c: any bytes as an export: found out, read to the end, every row made. Nothing is stored.
 *
 * The first byte picks what is told beforehand (a kind, an order of dates); the rest is the file.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "source/source_int.h"
#include "utc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_file {
    const uint8_t *data;
    size_t size;
};

static enum err read_at(void *self, const char *path, int64_t offset, char *bytes, size_t bytes_max,
    size_t *ret_len, struct why *reterr_why)
{
    const struct fuzz_file *file = self;
    size_t left = (size_t)offset < file->size ? file->size - (size_t)offset : 0;
    (void)path;
    (void)reterr_why;
    *ret_len = left < bytes_max ? left : bytes_max;
    memcpy(bytes, file->data + offset, *ret_len);
    return ERR_NONE;
}

/* What load does with a file, but for the records. */
static void make_rows(struct source_import *import, struct file_plan *plan)
{
    ARENA struct arena lasting, batch;
    arena_init(&lasting, 0);
    arena_init(&batch, 0);
    struct file_reader reader = {.import = import, .path = plan->path, .step = SOURCE_READING};
    struct decoder *decoder = ARENA_NEW(&lasting, struct decoder, 1);
    struct csv csv;
    struct row_maker maker = {.import = import, .plan = plan, .arena = &batch};
    decoder_open(decoder, plan->encoding, plan->bom, file_pull, &reader);
    csv_open(&csv, &lasting, plan->delimiter, decoder_pull, decoder);
    for (;;) {
        enum csv_answer answer;
        struct csv_record record;
        if (csv_next(&csv, &answer, &record, NULL) != ERR_NONE || answer != CSV_RECORD)
            return;
        if (record.row > plan->header_row && !record.empty_line)
            (void)row_make(&maker, &record);
        arena_reset(&batch);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    struct fuzz_file bytes = {data + 1, size - 1};
    struct zones zones;
    zones_init(&zones, &arena, utc_load, NULL);
    struct practice practice = {.name = "Lumen", .date_order = (enum date_order)(data[0] & 3)};
    const struct env_file file = {.self = &bytes, .read_at = read_at};
    const char *const paths[] = {"fuzz.csv"};
    size_t kinds = 0;
    while (source_kinds()[kinds])
        kinds++;
    size_t told = data[0] >> 2;
    const struct service_clocks clocks = {0};
    if (zones_find(&zones, "UTC", &practice.zone, NULL) != ERR_NONE)
        return 0;
    const struct source_options options = {.file = &file,
        .paths = paths,
        .path_count = 1,
        .as_kind = told < kinds ? source_kinds()[told] : NULL,
        .practice = &practice,
        .clocks = &clocks,
        .zones = &zones};
    struct source_import *import = NULL;
    struct why why = {0};
    const struct instant now = {INT64_C(1795240000000)};
    if (source_check(&arena, &options, now, &import, &why) == ERR_NONE)
        make_rows(import, &import->files[0]);
    json_decref(source_report_json(source_report(import)));
    (void)source_report_text(&arena, source_report(import), 5);
    return 0;
}
