/* postman_int.h: what the files of postman share. */
#ifndef PERENNIAL_HTTP_POSTMAN_INT_H
#define PERENNIAL_HTTP_POSTMAN_INT_H

#include "http/postman.h"
#include "http/sleeper.h"

/* One try, from its claim to its settlement. */
struct flight {
    struct arena arena; /* of the request */
    bool used, answered;
    const char *delivery_id, *webhook_id;
    int64_t tries, failures; /* of the address, when it left */
    int status;              /* 0: no answer */
    int64_t asked_ms;        /* Retry-After; -1 */
};

struct postman {
    struct http *http;
    struct http_desk desk;
    unsigned generation; /* of the home that the desk has read */
    struct env net;      /* its own */
    bool desk_open, net_open, recovered;
    struct sleeper sleeper;
    struct flight flights[POSTMAN_FLIGHTS_MAX];
    struct arena tick;
    struct instant pruned;
};

static inline int64_t postman_practice(const struct postman *postman)
{
    return postman->desk.home->practice.practice_id;
}
enum err postman__begin(struct postman *postman, struct tx *ret_tx, struct why *why);
/* Writes down what has changed. ret_listens: there is somebody to tell. */
enum err postman__queue(
    struct postman *postman, bool *ret_listens, bool *ret_more, struct why *why);
enum err postman__turn_off(
    struct tx *tx, const char *webhook_id, const char *reason, struct why *why);

#endif
