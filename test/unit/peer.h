/* peer.h: the other side of a connection, for tests: a listener on loopback that hands each
 * connection to a thread running `serve`. */
#ifndef PERENNIAL_TEST_PEER_H
#define PERENNIAL_TEST_PEER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct peer;
typedef void peer_serve_fn(struct peer *peer, int fd);

enum { PEER_CONNECTIONS_MAX = 600 };

struct peer {
    peer_serve_fn *serve;
    const void *script; /* whatever `serve` reads */
    int listener, port;
    pthread_t accepting, threads[PEER_CONNECTIONS_MAX];
    int fds[PEER_CONNECTIONS_MAX];
    size_t connections;
    atomic_bool stopping;
    atomic_int requests; /* complete ones that were seen */
    pthread_mutex_t lock;
    char seen[1 << 20]; /* the latest request or dialogue, terminated */
};

void peer_start(struct peer *peer, peer_serve_fn *serve, const void *script);
void peer_stop(struct peer *peer);
void peer_note(struct peer *peer, const char *text); /* replaces `seen` */
/* One line without its end, false at the end of the connection. */
bool peer_line(int fd, char *line, size_t line_bytes);
void peer_say(int fd, const char *text);
/* Heads and body of one HTTP request into `text`; false at the end of the connection. */
bool peer_http_request(int fd, char *text, size_t text_bytes);

#endif
