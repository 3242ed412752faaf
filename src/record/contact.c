/* contact.c: the addresses and tags of folded persons. */
#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "record/record_int.h"
#include "record_sql.h"

char *address_hash(struct arena *arena, const unsigned char address_key[32], const char *address)
{
    struct sha256 mac = hash_hmac_sha256(address_key, 32, address, strlen(address));
    return hash_hex(arena, mac.bytes, sizeof(mac.bytes));
}

/* Ids of folded patients that existed before: theirs alone can hold what is no longer listed. */
static const char *existing_ids(struct page *page)
{
    struct id_list ids = {0};
    for (size_t i = 0; i < page->count; i++) {
        if (page->patients[i].fold && page->patients[i].exists)
            id_list_add(page->arena, &ids, page->patients[i].patient_id);
    }
    return ids.count ? db_list(page->arena, ids.ids, ids.count) : NULL;
}

static enum err retire(struct page *page, const struct sql *sql, struct why *reterr_why)
{
    const char *ids = existing_ids(page);
    if (!ids)
        return ERR_NONE;
    return db_exec(page->tx, sql,
        DB_ARGS(db_int("practice_id", page->tx->practice_id), db_text("ids", ids)), NULL,
        reterr_why);
}

static enum err write_points(struct page *page, struct why *reterr_why)
{
    struct batch batch = batch_of(page->arena, 7);
    for (size_t i = 0; i < page->count; i++) {
        struct folding *folding = &page->patients[i];
        if (!folding->fold)
            continue;
        for (size_t j = 0; j < folding->point_count; j++) {
            const struct point *point = &folding->points[j];
            struct db_arg *args = batch_add(&batch);
            args[0] = db_int("practice_id", page->tx->practice_id);
            args[1] = db_text("patient_id", folding->patient_id);
            args[2] = db_text("channel", channel_kind_name(point->channel));
            args[3] = db_text("address", point->address);
            args[4] = db_text("source", point->source);
            args[5] = db_int("rank", point->rank);
            args[6] = db_int("now_ms", page->tx->now.ms);
        }
    }
    return batch_run(page->tx, &sql_record_contact_put, &batch, reterr_why);
}

static enum err return_suppressions(struct page *page, struct why *reterr_why)
{
    struct batch batch = batch_of(page->arena, 3);
    for (size_t i = 0; i < page->count; i++) {
        const struct folding *folding = &page->patients[i];
        for (size_t j = 0; j < folding->point_count; j++) {
            struct db_arg *args = batch_add(&batch);
            const char *address = folding->points[j].address;
            args[0] = db_int("practice_id", page->tx->practice_id);
            args[1] = db_text("address_hash",
                address_hash(page->arena, page->load->options.address_key, address));
            args[2] = db_text("address", address);
        }
    }
    return batch_run(page->tx, &sql_record_suppression_return, &batch, reterr_why);
}

static void add_tags(struct page *page, struct batch *batch, const struct folding *folding)
{
    for (size_t i = 0; i < folding->record_count; i++) {
        const char *at = folding->records[i].values[FIELD_TAGS];
        while (at && *at) {
            size_t len = strcspn(at, "\n");
            struct db_arg *args = batch_add(batch);
            args[0] = db_int("practice_id", page->tx->practice_id);
            args[1] = db_text("patient_id", folding->patient_id);
            args[2] = db_text("tag", arena_text_n(page->arena, at, len));
            args[3] = db_text("source", "import");
            args[4] = db_int("now_ms", page->tx->now.ms);
            at += len + (at[len] == '\n');
        }
    }
}

static enum err write_tags(struct page *page, struct why *reterr_why)
{
    struct batch batch = batch_of(page->arena, 5);
    for (size_t i = 0; i < page->count; i++)
        add_tags(page, &batch, &page->patients[i]);
    return batch_run(page->tx, &sql_record_tag_put, &batch, reterr_why);
}

enum err contact_write(struct page *page, struct why *reterr_why)
{
    enum err err = address_fold(page, reterr_why);
    if (err == ERR_NONE)
        err = retire(page, &sql_record_contacts_retire, reterr_why);
    if (err == ERR_NONE)
        err = write_points(page, reterr_why);
    if (err == ERR_NONE && page->load->erased)
        err = return_suppressions(page, reterr_why);
    if (err == ERR_NONE)
        err = retire(page, &sql_record_tags_retire, reterr_why);
    return err == ERR_NONE ? write_tags(page, reterr_why) : err;
}
