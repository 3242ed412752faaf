#!/usr/bin/python3
"""Who is told of changes, over /events and by webhook, on both databases.  test/flow/events_flow.py"""
import base64
import contextlib
import hmac
import http.client
import http.server
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import desk_client  # noqa: E402
import home as homes  # noqa: E402
import tap  # noqa: E402
from desk_client import Named  # noqa: E402

PATIENT_SECONDS = 20


class Stream:
    """One listener, as a browser is: it knows the last id."""

    def __init__(self, client, after=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", client.port,
                                                     timeout=PATIENT_SECONDS)
        headers = {"Accept": "text/event-stream"}
        if client.cookie:
            headers["Cookie"] = client.cookie
        if client.key:
            headers["Authorization"] = "Bearer " + client.key
        if after:
            headers["Last-Event-ID"] = after
        self.connection.request("GET", "/events", headers=headers)
        self.response = self.connection.getresponse()
        self.status, self.last, self.heard = self.response.status, after, []

    def event(self):
        """The next (event, data); None at the end of the stream."""
        name, data = "message", []
        while True:
            line = self.response.readline()
            if not line:
                return None
            field, _, value = line.decode().rstrip("\n").partition(":")
            value = value.removeprefix(" ")
            if field == "event":
                name = value
            elif field == "data":
                data.append(value)
            elif field == "id":
                self.last = value
            elif not field and not value and data:
                self.heard.append((name, json.loads("\n".join(data))))
                return self.heard[-1]
            elif not field and not value:
                name = "message"

    def until(self, kind):
        """The data of the first event of that type; None when the stream ended before."""
        while True:
            event = self.event()
            if event is None or event[1].get("type") == kind:
                return event and event[1]

    def close(self):
        """Hang up."""
        self.connection.close()


def check_live(report, practice, owner):
    """Changes of this server and of other processes, by role."""
    consultant = practice.colleague(owner, "consultant")
    auditor = practice.colleague(owner, "auditor")
    report.equal(Stream(auditor).status, 403, "an auditor is not told of changes")
    report.equal(Stream(desk_client.Client(practice.port)).status, 401, "nor is nobody")
    all_of_it, some = Stream(owner), Stream(consultant)
    report.equal([all_of_it.status, some.status], [200, 200], "an owner and a consultant listen")
    someone = owner.get("patients?limit=1")["items"][0]
    owner.post(f"patients/{someone['patient_id']}/tags", {"tag": "likes saturdays"})
    told = all_of_it.until("patient.changed")
    report.equal(told, {"topic": "patient", "type": "patient.changed",
                        "patient_id": someone["patient_id"]}, "a tag is told, by id alone")
    practice.home.run("pause")
    report.ok(all_of_it.until("sending.paused"), "another process pauses all sending: told")
    report.ok(some.until("sending.paused"), "the consultant hears of it, too")
    practice.home.run("receive", "--from", "+15125550142", "--text", "Who is this?")
    message = all_of_it.until("message.received")
    report.ok(message.get("thread_id") and message.get("subject_id"),
              "a message from somebody unknown is told with its conversation", message)
    practice.home.run("resume")
    some.until("sending.resumed")
    report.ok(all(e[0] == "playbook" for e in some.heard) and "patient" not in str(some.heard),
              "the consultant heard nothing of patients", some.heard)
    key = owner.post("keys", {"name": "ears", "scopes": ["events.read", "imports.read"]})
    program = Stream(desk_client.Client(practice.port, key["secret"]))
    report.equal(program.status, 200, "a program listens with its key")
    owner.ask("DELETE", "keys/" + key["key"]["key_id"])
    kinds = []
    while (event := program.event()) is not None:  # one may be told to read anew before
        kinds.append(event[0])
    report.equal(kinds[-1:], ["end"], "and no longer than the key is good", program.heard)
    text = json.dumps(all_of_it.heard)
    report.ok(someone["name"] not in text and "5550142" not in text and "saturdays" not in text,
              "no event holds a name, a number or a text", text)
    for stream in (all_of_it, some, program):
        stream.close()
    return all_of_it.last


def check_resume(report, practice, owner, last):
    """A restart in between; what happened meanwhile is told first."""
    practice.server.kill()
    practice.server.wait(20)
    practice.home.run("pause")
    practice.start()
    owner.port = practice.port
    stream = Stream(owner, last)
    report.ok(stream.until("sending.paused"), "what happened while the server was dead is told")
    report.ok(not any(e[0] == "reset" for e in stream.heard), "without a reset", stream.heard)
    practice.home.run("resume")
    report.ok(stream.until("sending.resumed"), "and it goes on")
    owner.ask("DELETE", "session")
    last_word = stream.event()
    report.ok(last_word and last_word[0] == "end" and stream.event() is None,
              "who signs out hears no more", last_word)
    stream.close()


class Receiver:
    """Another program: it answers as `answers` says for a path, and keeps what it heard."""

    def __init__(self):
        self.heard, self.answers = queue.Queue(), {}
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """One message."""

            def do_POST(self):  # noqa: N802  (the library's name)
                """Keep it, answer it."""
                body = self.rfile.read(int(self.headers["Content-Length"]))
                waiting = receiver.answers.get(self.path, [])
                status = waiting.pop(0) if len(waiting) > 1 else (waiting or [204])[0]
                receiver.heard.put((self.path, dict(self.headers.items()), body, status))
                self.send_response(status)
                if status in (302, 307):
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                """Say nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path):
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def wait(self, path, holds, seconds=PATIENT_SECONDS):
        """The next message to that path for which it holds; others are passed over."""
        end = time.monotonic() + seconds
        while True:
            try:
                message = self.heard.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                return None
            if message[0] == path and holds(json.loads(message[2])):
                return message

    def rest(self):
        """All that was heard and not yet waited for."""
        left = []
        while not self.heard.empty():
            left.append(self.heard.get())
        return left


def is_signed(message, secret):
    """Standard Webhooks, with Python's own HMAC."""
    _, headers, body, _ = message
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), text, "sha256").digest()
    return headers["webhook-signature"] == "v1," + base64.b64encode(mac).decode() \
        and abs(int(headers["webhook-timestamp"]) - time.time()) < 60


def listed(owner, hook, holds):
    """The deliveries of a webhook, once it holds for them."""
    for _ in range(200):
        items = owner.get(f"webhooks/{hook}/deliveries")["items"]
        if holds(items):
            break
        time.sleep(0.05)
    return items


def one_of(owner, hook):
    """A webhook as it is listed."""
    return next(w for w in owner.get("webhooks")["items"] if w["webhook_id"] == hook)


def check_addresses(report, practice, owner):
    """What only this network can reach is refused, unless a setting says so."""
    seen = owner.get("settings/source")
    strict = seen["source"].replace("private_webhooks: true", "private_webhooks: false")
    owner.ask("PUT", "settings/source", {"source": strict}, {"If-Match": seen.etag})
    wrong = []
    for url in ("http://example.com/in", "https://127.0.0.1/in", "https://localhost/in",
                "https://10.1.2.3/", "https://192.168.1.1/", "https://169.254.169.254/latest",
                "https://[::1]/", "https://[fd00::1]/", "https://2130706433/", "https://0x7f.1/",
                "https://user:pw@example.com/", "ftp://example.com/", "https://",
                "https://example.com:99999/", "https://exa mple.com/", "https://[::ffff:10.0.0.1]/"):
        answer = owner.post("webhooks", {"url": url, "topics": ["thread"]})
        if answer.status != 422 or answer["errors"][0]["field"] != "url":
            wrong.append((url, answer))
    report.equal(wrong, [], "addresses of this machine and of private networks are refused")
    report.equal(owner.post("webhooks", {"url": "https://hooks.example.com/in", "topics": ["every thing"]})
                 ["errors"][0]["field"], "topics", "an unknown topic is told at its field")
    seen = owner.get("settings/source")
    owner.ask("PUT", "settings/source", {"source": seen["source"].replace(
        "private_webhooks: false", "private_webhooks: true")}, {"If-Match": seen.etag})
    del practice


def check_sending(report, practice, owner, receiver):
    """Signed, tried again, redirects not followed, turned off for good and on again."""
    receiver.answers = {"/in": [500, 204], "/moved": [302], "/gone": [410]}
    hooks = {path: owner.post("webhooks", {"url": receiver.url(path), "topics": topics})
             for path, topics in (("/in", ["sending.paused", "message.received"]), ("/moved", ["playbook"]),
                                  ("/gone", ["playbook"]))}
    ids = {path: made["webhook"]["webhook_id"] for path, made in hooks.items()}
    report.ok(all(made["secret"].startswith("whsec_") for made in hooks.values())
              and "secret" not in str(owner.get("webhooks").json), "the secret is told once")
    practice.home.run("pause")
    first = receiver.wait("/in", lambda body: body["type"] == "sending.paused")
    again = receiver.wait("/in", lambda body: body["type"] == "sending.paused")
    report.ok(first and again and first[1]["webhook-id"] == again[1]["webhook-id"] and first[2] == again[2],
              "a refused message comes again, the same", (first, again))
    report.ok(all(is_signed(message, hooks["/in"]["secret"]) for message in (first, again)), "signed")
    done = listed(owner, ids["/in"], lambda items: items and items[0]["state"] == "delivered")
    report.equal([(d["topic"], d["state"], d["attempts"], d["status"]) for d in done],
                 [("sending.paused", "delivered", 2, 204)], "and is listed")
    moved = listed(owner, ids["/moved"], lambda items: items and items[0]["attempts"])
    report.equal([moved[0]["state"], moved[0]["status"]], ["waiting", 302], "a redirect is no success")
    off = listed(owner, ids["/gone"], lambda items: not one_of(owner, ids["/gone"])["enabled"])
    report.equal([one_of(owner, ids["/gone"])["enabled"], off[0]["state"], off[0]["status"]],
                 [False, "failed", 410], "410 turns an address off")
    practice.home.run("resume")
    receiver.answers["/gone"] = [204]
    report.status(owner.post(f"webhooks/{ids['/gone']}/test"), 202, "a test message")
    test = receiver.wait("/gone", lambda body: body["type"] == "webhook.test")
    report.ok(test and is_signed(test, hooks["/gone"]["secret"]) and one_of(owner, ids["/gone"])["enabled"],
              "goes at once and turns it on again", test)
    report.ok(not any(path == "/elsewhere" for path, *_ in receiver.rest()), "no redirect was followed")
    for path in ("/moved", "/gone"):
        report.status(owner.ask("DELETE", "webhooks/" + ids[path]), 204, "a webhook is dropped")
    return ids["/in"]


def ask(practice, number):
    """Somebody unknown writes."""
    practice.home.run("receive", "--from", f"+1512555{2000 + number}", "--text", f"Question {number}")


def check_no_loss(report, practice, owner, receiver, hook):
    """Killed in the middle of a burst, with the receiver slow: everything comes."""
    texts = 12
    receiver.answers["/in"] = [503, 503, 204]
    for number in range(texts // 2):
        ask(practice, number)
    practice.server.kill()
    practice.server.wait(20)
    for number in range(texts // 2, texts):
        ask(practice, number)
    practice.start()
    owner.port = practice.port
    items = listed(owner, hook, lambda items: len(
        [d for d in items if d["topic"] == "message.received" and d["state"] == "delivered"]) >= texts)
    done = [d for d in items if d["topic"] == "message.received" and d["state"] == "delivered"]
    report.equal(len(done), texts, "every message from before, during and after a kill -9 is delivered")
    heard = receiver.rest()
    taken = {headers["webhook-id"] for _, headers, body, status in heard
             if status == 204 and json.loads(body)["type"] == "message.received"}
    report.equal(len(taken), texts, "and was heard")
    text = b"".join(body for _, _, body, _ in heard).decode()
    report.ok("Question" not in text and "+1512555" not in text, "no message holds text or number", text)


def run(report, folder):
    """Each database after the other."""
    samples = desk_client.make_samples(os.path.join(folder, "exports"))
    databases = ["sqlite"] + (["postgres"] if os.environ.get("PGHOST") else [])
    if len(databases) == 1:
        report.skip("changes on PostgreSQL", "there is no server (tools/with-postgres)")
    for database in databases:
        with contextlib.ExitStack() as stack:
            practice = desk_client.Practice(os.path.join(folder, database), database, samples)
            stack.callback(practice.stop)
            named = Named(report, database)
            owner = practice.start().owner()
            check_addresses(named, practice, owner)
            receiver = Receiver()
            stack.callback(receiver.server.shutdown)
            hook = check_sending(named, practice, owner, receiver)
            check_no_loss(named, practice, owner, receiver, hook)
            check_resume(named, practice, owner, check_live(named, practice, owner))


def main():
    """All of it."""
    report = tap.Report()
    with tempfile.TemporaryDirectory(prefix="events.") as folder:
        try:
            run(report, folder)
        except (homes.Failed, OSError, LookupError, TypeError, subprocess.CalledProcessError) as fault:
            report.ok(False, "changes were told to the end", repr(fault))
            raise
    sys.exit(report.finish())


if __name__ == "__main__":
    main()
