/* booking_system.c: the practice's booking system: what it exports, and how visits end. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "sim/world.h"
#include "source/source.h"

static const char *yes_no(bool yes)
{
    return yes ? "Y" : "N";
}

static void write_patients(struct world *world, struct buf *out)
{
    buf_add(out,
        "patient_id,first_name,last_name,birth_date,mobile_phone,email,state,zip,"
        "preferred_language,email_consent,sms_consent,consent_on,phi_marketing_auth,"
        "billing_dispute,record_status\n");
    for (int i = 0; i < world->person_count; i++) {
        struct person *person = &world->people[i];
        if (!person->changed)
            continue;
        person->changed = false;
        buf_format(out, "%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,2025-06-01,%s,%s,active\n", person->id,
            person->first, person->last, person->born, person->phone, person->email, person->state,
            person->zip, person->language, yes_no(person->email_consent),
            yes_no(person->sms_consent), yes_no(person->authorized), yes_no(person->dispute));
    }
}

static void add_moment(struct buf *out, struct instant at)
{
    buf_add(out, instant_format_utc(out->arena, at));
}

/* What changed, and always the last booking: the file is never empty. */
static void write_bookings(struct world *world, struct buf *out)
{
    buf_add(out,
        "appointment_id,patient_id,start,provider,service,service_category,status,total,"
        "booked_on\n");
    for (int i = 0; i < world->booking_count; i++) {
        struct booking *booking = &world->bookings[i];
        if (!booking->changed && i != world->booking_count - 1)
            continue;
        booking->changed = false;
        buf_format(out, "%s,%s,", booking->id, world->people[booking->person].id);
        add_moment(out, booking->start);
        buf_format(out, ",Dr. %s,Botox Touch-Up,Neurotoxin,%s,%.2f,",
            booking->person % 2 ? "Chen" : "Rivera", booking->status,
            (double)booking->total_cents / 100.0);
        add_moment(out, booking->booked);
        buf_add_char(out, '\n');
    }
}

static enum err put_file(
    struct world *world, const char *path, const struct buf *text, struct why *reterr_why)
{
    return world->env.file.write(
        world->env.file.self, path, text->data, text->len, 0600, reterr_why);
}

static enum err import(struct world *world, struct arena *request, const char *const *paths,
    size_t count, struct why *reterr_why)
{
    struct service_clocks clocks = definitions_clocks(request, world->home.definitions);
    const struct source_options options = {
        .file = &world->env.file,
        .paths = paths,
        .path_count = count,
        .practice = &world->home.practice,
        .clocks = &clocks,
        .zones = &world->home.zones,
        .address_key = world->home.address_key,
    };
    struct source_import *import = NULL;
    enum err err = source_check(request, &options, world->now, &import, reterr_why);
    DB_TX struct tx tx = {0};
    if (err == ERR_NONE)
        err = engine_begin(&world->engine, world->now, &tx, reterr_why);
    if (err == ERR_NONE)
        err = source_load(import, &tx, reterr_why);
    if (err == ERR_NONE)
        err = engine_after_import(&world->engine, &tx, reterr_why);
    if (err == ERR_NONE)
        err = source_close(import, reterr_why);
    if (err == ERR_NONE)
        err = db_commit(&tx, reterr_why);
    return err;
}

enum err world_export(struct world *world, struct why *reterr_why)
{
    static const char *const paths[] = {"/export/patients.csv", "/export/appointments.csv"};
    ARENA struct arena request;
    arena_init(&request, 0);
    struct buf patients, bookings;
    buf_init(&patients, &request);
    buf_init(&bookings, &request);
    write_patients(world, &patients);
    write_bookings(world, &bookings);
    bool anybody = strchr(patients.data, '\n') + 1 < patients.data + patients.len;
    enum err err = put_file(world, paths[0], &patients, reterr_why);
    if (err == ERR_NONE)
        err = put_file(world, paths[1], &bookings, reterr_why);
    if (err == ERR_NONE)
        err = import(world, &request, anybody ? paths : paths + 1, anybody ? 2 : 1, reterr_why);
    if (err == ERR_NONE)
        world->exports[world->export_count++] = world->now;
    return err;
}

void world_visit(struct world *world, int index)
{
    struct booking *booking = &world->bookings[index];
    if (!text_is(booking->status, "booked"))
        return;
    booking->changed = true;
    booking->status = sim_random_percent(&world->random, 88) ? "completed" : "no_show";
    /* Some book the next one at the desk. */
    if (text_is(booking->status, "completed") && sim_random_percent(&world->random, 25))
        (void)world_book(world, booking->person,
            instant_add_ms(
                booking->start, (80 + sim_random_below(&world->random, 30)) * MS_PER_DAY),
            world->now, "booked");
}
