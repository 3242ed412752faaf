#include "peer.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct connection {
    struct peer *peer;
    int fd;
};

static void *serve_one(void *self)
{
    struct connection connection = *(struct connection *)self;
    free(self);
    connection.peer->serve(connection.peer, connection.fd);
    (void)shutdown(connection.fd, SHUT_RDWR);
    return NULL;
}

static void *accept_all(void *self)
{
    struct peer *peer = self;
    for (;;) {
        int fd = accept(peer->listener, NULL, NULL);
        if (fd < 0 || peer->stopping)
            return NULL;
        assert(peer->connections < PEER_CONNECTIONS_MAX);
        struct connection *connection = malloc(sizeof *connection);
        assert(connection);
        *connection = (struct connection){peer, fd};
        pthread_mutex_lock(&peer->lock);
        peer->fds[peer->connections] = fd;
        int failed =
            pthread_create(&peer->threads[peer->connections++], NULL, serve_one, connection);
        pthread_mutex_unlock(&peer->lock);
        assert(!failed);
    }
}

void peer_start(struct peer *peer, peer_serve_fn *serve, const void *script)
{
    peer->serve = serve;
    peer->script = script;
    peer->connections = 0;
    peer->stopping = false;
    peer->requests = 0;
    peer->seen[0] = '\0';
    pthread_mutex_init(&peer->lock, NULL);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t address_len = sizeof address;
    peer->listener = socket(AF_INET, SOCK_STREAM, 0);
    int failed = bind(peer->listener, (struct sockaddr *)&address, sizeof address)
        || listen(peer->listener, PEER_CONNECTIONS_MAX)
        || getsockname(peer->listener, (struct sockaddr *)&address, &address_len)
        || pthread_create(&peer->accepting, NULL, accept_all, peer);
    assert(!failed);
    peer->port = ntohs(address.sin_port);
}

void peer_stop(struct peer *peer)
{
    peer->stopping = true;
    (void)shutdown(peer->listener, SHUT_RDWR);
    pthread_join(peer->accepting, NULL);
    (void)close(peer->listener);
    for (size_t i = 0; i < peer->connections; i++)
        (void)shutdown(peer->fds[i], SHUT_RDWR);
    for (size_t i = 0; i < peer->connections; i++) {
        pthread_join(peer->threads[i], NULL);
        (void)close(peer->fds[i]);
    }
    pthread_mutex_destroy(&peer->lock);
}

void peer_note(struct peer *peer, const char *text)
{
    pthread_mutex_lock(&peer->lock);
    (void)snprintf(peer->seen, sizeof peer->seen, "%s", text);
    pthread_mutex_unlock(&peer->lock);
}

bool peer_line(int fd, char *line, size_t line_bytes)
{
    size_t len = 0;
    char c;
    while (len + 1 < line_bytes) {
        if (recv(fd, &c, 1, 0) != 1)
            return false;
        if (c == '\n')
            break;
        line[len++] = c;
    }
    if (len > 0 && line[len - 1] == '\r')
        len--;
    line[len] = '\0';
    return true;
}

void peer_say(int fd, const char *text)
{
    for (size_t len = strlen(text); len > 0;) {
        ssize_t sent = send(fd, text, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        text += sent;
        len -= (size_t)sent;
    }
}

bool peer_http_request(int fd, char *text, size_t text_bytes)
{
    char line[4096];
    size_t len = 0, body_len = 0;
    do {
        if (!peer_line(fd, line, sizeof line))
            return false;
        if (strncasecmp(line, "content-length:", 15) == 0)
            body_len = strtoul(line + 15, NULL, 10);
        len += (size_t)snprintf(text + len, text_bytes - len, "%s\n", line);
        assert(len + body_len + 1 < text_bytes);
    } while (line[0]);
    while (body_len > 0) {
        ssize_t got = recv(fd, text + len, body_len, 0);
        if (got <= 0)
            return false;
        len += (size_t)got;
        body_len -= (size_t)got;
    }
    text[len] = '\0';
    return true;
}
