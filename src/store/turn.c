/* turn.c: the writers of one process, one after the other in the order in which they came.
 *
 * SQLite knows no queue: who finds the store taken looks again now and then, and one that writes
 * in a loop is always there first. Here the next one is the one that has waited longest. */
#include <pthread.h>

#include <sqlite3.h>

#include "store/store_int.h"

struct waiter {
    struct waiter *next;
};

struct db_turn {
    pthread_mutex_t lock;
    struct waiter *first, **last;
    bool taken;
};

struct db_turn *db_turn_new(struct arena *boot)
{
    struct db_turn *turn = ARENA_NEW(boot, struct db_turn, 1);
    pthread_mutex_init(&turn->lock, NULL);
    turn->last = &turn->first;
    return turn;
}

void db_take_turns(struct db *db, struct db_turn *turn, bool keeps_log)
{
    if (db->postgres)
        return;
    db->turn = turn;
    db->keeps_log = keeps_log;
    sqlite_share_log(db);
}

static void leave_queue(struct db_turn *turn, struct waiter *gone)
{
    for (struct waiter **at = &turn->first; *at; at = &(*at)->next) {
        if (*at != gone)
            continue;
        *at = gone->next;
        if (turn->last == &gone->next)
            turn->last = at;
        return;
    }
}

bool turn_take(struct db *db)
{
    struct db_turn *turn = db->turn;
    if (!turn)
        return true;
    struct waiter self = {NULL};
    bool mine = false;
    pthread_mutex_lock(&turn->lock);
    *turn->last = &self;
    turn->last = &self.next;
    for (int64_t waited_ms = 0; !mine && waited_ms <= db->busy_ms_max; waited_ms++) {
        mine = turn->first == &self && !turn->taken;
        if (mine)
            break;
        pthread_mutex_unlock(&turn->lock);
        sqlite3_sleep(1); /* a holder may be gone for seconds: nobody counts on being told */
        pthread_mutex_lock(&turn->lock);
    }
    leave_queue(turn, &self);
    turn->taken = turn->taken || mine;
    pthread_mutex_unlock(&turn->lock);
    return mine;
}

void turn_leave(struct db *db)
{
    if (!db->turn)
        return;
    pthread_mutex_lock(&db->turn->lock);
    db->turn->taken = false;
    pthread_mutex_unlock(&db->turn->lock);
}
