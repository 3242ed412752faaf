/* head.h: the headers of a request as they came from the network.                  (part of http)
 *
 * Invariants: a proxy on this machine is believed when it says for whom it speaks and whether by
 * TLS; nobody else is. Calling sequence: once for each request, before its body. Texts live in the
 * request's arena. */
#ifndef PERENNIAL_HTTP_HEAD_H
#define PERENNIAL_HTTP_HEAD_H

#include <microhttpd.h>

#include "http/request.h"

/* False: the request can be read in two ways, and is to be refused. */
bool head_read(struct MHD_Connection *mhd, struct http_request *request);

#endif
