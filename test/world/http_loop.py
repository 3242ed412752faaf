"""A small HTTP/1.1 server and client on asyncio, enough for servers that stand in for the world."""
import asyncio
import urllib.parse

BODY_MAX = 4 << 20  # a form of a message is a few kilobytes
HEAD_MAX = 64 << 10


class Request:
    """One request as it came."""

    def __init__(self, method, target, headers, body):
        self.method = method
        self.target = target
        self.path, _, self.query = target.partition("?")
        self.headers = headers
        self.body = body

    def form(self):
        """Form fields as (name, value) pairs in the order sent."""
        return urllib.parse.parse_qsl(self.body.decode("utf-8", "replace"),
                                      keep_blank_values=True, encoding="utf-8")

    def params(self):
        """Query parameters as a dictionary, the last of equal names wins."""
        return dict(urllib.parse.parse_qsl(self.query, keep_blank_values=True))


class Hangup(Exception):
    """Raised by a handler to close the connection without an answer."""


async def read_request(reader):
    """The next request of a connection, or None at its end."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    lines = head.decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ", 2)
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    length = int(headers.get("content-length", "0"))
    if length > BODY_MAX:
        raise ValueError("body too long")
    return Request(method, target, headers, await reader.readexactly(length))


def answer_bytes(status, body, headers=()):
    """A whole answer, ready to be written."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: keep-alive"]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


async def serve_connection(handler, reader, writer):
    """Answer requests of one connection in turn until either side ends it."""
    try:
        while True:
            request = await read_request(reader)
            if request is None:
                break
            status, body, headers = await handler(request)
            writer.write(answer_bytes(status, body, headers))
            await writer.drain()
            if request.headers.get("connection", "").lower() == "close":
                break
    except (Hangup, ConnectionError, asyncio.IncompleteReadError):
        writer.transport.abort()
    finally:
        writer.close()


async def serve(handler, port=0):
    """Start listening on loopback; the port is server.sockets[0].getsockname()[1]."""
    return await asyncio.start_server(
        lambda reader, writer: serve_connection(handler, reader, writer),
        "127.0.0.1", port, limit=HEAD_MAX, backlog=1024)


async def post_form(url, fields, headers=(), timeout_s=15):
    """POST a form to an http:// address; returns the status. Raises OSError or TimeoutError."""
    parts = urllib.parse.urlsplit(url)
    body = urllib.parse.urlencode(fields).encode()
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"POST {target} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close",
             "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return await asyncio.wait_for(
        _exchange(parts.hostname, parts.port or 80, "\r\n".join(lines) + "\r\n\r\n", body),
        timeout_s)


async def _exchange(host, port, head, body):
    """Send one request and read the status line of its answer."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(head.encode() + body)
        await writer.drain()
        status = await reader.readline()
        if not status:
            raise ConnectionResetError("no answer")
        return int(status.split()[1])
    finally:
        writer.close()
