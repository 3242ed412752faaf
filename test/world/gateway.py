#!/usr/bin/python3
"""A text message provider on loopback that speaks the part of Twilio's REST API which Perennial uses.

    test/world/gateway.py --journal FILE [--port 0] [--port-file FILE] [--spec FILE] [--faults JSON]

Every request is held against the provider's OpenAPI description (--spec) and the rules that only
its prose has; what is wrong with it is answered with 400 and stands in the journal as `invalid`.

The journal gets one JSON object a line, each written by one system call, so that it survives any
end of this process: {"event": "create" | "refused" | "invalid" | "list" | "callback" | "inbound" |
"fault", "at": seconds, ...}. A `create` is a message that a patient gets: two with one `attempt`
(the o= or any other query of its StatusCallback) are a double.

Behaviour beside the API, under /control/ (JSON in, JSON out, no credentials):
    POST /control/faults     {"late_ms": 0, "late_share": 0, "break_before_share": 0,
                              "break_after_share": 0, "error_before_share": 0,
                              "error_after_share": 0, "busy_share": 0, "list_lag_ms": 0,
                              "callbacks": true, "callback_twice_share": 0,
                              "callback_shuffle": false, "seed": 1}
    POST /control/numbers    {"+15125550100": 21610}   code at create (21xxx) or later (30xxx)
    POST /control/inbound    {"from", "to", "text", "url", "sid"?, "opt_out_type"?}
    POST /control/clock      {"now": unix seconds or null}   what its time stamps say
    GET  /control/messages   all messages; GET /control/stats counts
Shares are chances from 0 to 1, drawn from one seeded source.
"""
import argparse
import asyncio
import base64
import email.utils
import hashlib
import hmac
import json
import os
import random
import sys
import time
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import http_loop  # noqa: E402
import openapi_form  # noqa: E402
import standing  # noqa: E402

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "loopback-token"
BODY_MAX = 1600
GSM = set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
          "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà")
GSM_DOUBLE = set("^{}\\[~]|€\f")
MAGIC_TO = {"+15005550001": 21211, "+15005550002": 21612, "+15005550003": 21408,
            "+15005550004": 21610, "+15005550009": 21614}
MAGIC_FROM = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}
FAULTS = {"late_ms": 0, "late_share": 0, "break_before_share": 0, "break_after_share": 0,
          "error_before_share": 0, "error_after_share": 0, "busy_share": 0, "list_lag_ms": 0,
          "callbacks": True, "callback_twice_share": 0, "callback_shuffle": False, "seed": 1}


def segments(text):
    """How many parts a text takes."""
    if all(c in GSM or c in GSM_DOUBLE for c in text):
        units = sum(2 if c in GSM_DOUBLE else 1 for c in text)
        return 1 if units <= 160 else -(-units // 153)
    units = len(text.encode("utf-16-le")) // 2
    return 1 if units <= 70 else -(-units // 67)


def sign(url, pairs, token=TOKEN):
    """X-Twilio-Signature of a form POST: the address, then sorted names with their values."""
    text = url
    for name in sorted({n for n, _ in pairs}):
        for value in sorted({v for n, v in pairs if n == name}):
            text += name + value
    digest = hmac.new(token.encode(), text.encode("utf-8"), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def problem(status, code, message):
    """An error as the provider words it."""
    body = {"code": code, "message": message, "status": status,
            "more_info": f"https://www.twilio.com/docs/errors/{code}"}
    return status, json.dumps(body).encode(), [("Content-Type", "application/json")]


def json_answer(value, status=200):
    """A JSON answer."""
    return status, json.dumps(value).encode(), [("Content-Type", "application/json")]


class Journal:
    """Append-only lines; one write call each, so a kill never leaves half a line behind another."""

    def __init__(self, path):
        self.handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, event, **fields):
        """One line."""
        line = json.dumps({"event": event, "at": time.time(), **fields}, ensure_ascii=False)
        os.write(self.handle, line.encode() + b"\n")


class Gateway:
    """The provider: its messages, its moods, its callbacks."""

    def __init__(self, options):
        self.journal = Journal(options.journal)
        self.spec = openapi_form.Description(options.spec) if options.spec else None
        self.account, self.token = options.account, options.token
        self.messages = []
        self.by_number = {}  # what a reconciling program asks for, over and over
        self.codes = {}
        self.now = None
        self.sent = 0
        self.callbacks = set()
        self.counts = dict.fromkeys(("create", "refused", "invalid", "list", "inbound"), 0)
        self.set_faults(json.loads(options.faults))

    def set_faults(self, wanted):
        """Change the mood; unknown names are refused."""
        unknown = set(wanted) - set(FAULTS)
        if unknown:
            raise ValueError("unknown fault " + ", ".join(sorted(unknown)))
        self.faults = {**FAULTS, **wanted}
        self.rng = random.Random(self.faults["seed"])

    def note(self, event, **fields):
        """Journal and count."""
        self.counts[event] = self.counts.get(event, 0) + 1
        self.journal.write(event, **fields)

    def clock(self):
        """What the provider believes the time to be."""
        return self.now if self.now is not None else time.time()

    def chance(self, name):
        """Whether a fault strikes now."""
        return self.rng.random() < self.faults[name]

    # ------------------------------------------------------------ the API

    async def handle(self, request):
        """Route one request."""
        if request.path.startswith("/control/"):
            return await self.control(request)
        if not self.authorized(request):
            self.note("refused", code=20003, path=request.path)
            return problem(401, 20003, "Authentication Error - invalid username")
        folder = f"/2010-04-01/Accounts/{self.account}/"
        if request.path == folder + "Messages.json" and request.method == "POST":
            return await self.create(request)
        if request.path == folder + "Messages.json" and request.method == "GET":
            return self.list(request)
        if request.path.startswith(folder + "Messages/") and request.path.endswith(".json"):
            return self.one(request)
        return problem(404, 20404, f"The requested resource {request.path} was not found")

    def authorized(self, request):
        """Basic credentials of the account."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        wanted = base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        return scheme.lower() == "basic" and hmac.compare_digest(value, wanted)

    async def create(self, request):
        """POST Messages.json, with whatever mood is set."""
        to = dict(request.form()).get("To")
        if self.chance("busy_share"):
            self.note("fault", kind="busy", to=to)
            status, body, headers = problem(429, 20429, "Too Many Requests")
            return status, body, headers + [("Retry-After", "1")]
        if self.chance("break_before_share"):
            self.note("fault", kind="break_before", to=to)
            raise http_loop.Hangup
        if self.chance("error_before_share"):
            self.note("fault", kind="error_before", to=to)
            return problem(500, 20500, "An internal server error has occurred")
        pairs = request.form()
        faults = self.form_faults(request, pairs)
        if faults:
            self.note("invalid", faults=faults, fields=dict(pairs))
            return problem(400, 21200, "; ".join(faults))
        fields = dict(pairs)
        code = self.refusal(fields)
        if code:
            self.note("refused", code=code, to=fields["To"], fields=fields)
            return problem(400, code, "The message was refused")
        return await self.accept(fields)

    def form_faults(self, request, pairs):
        """What the description and the prose of the API say against a create."""
        faults = []
        if not request.headers.get("content-type", "").startswith(
                "application/x-www-form-urlencoded"):
            faults.append("the content type is not a form")
        if self.spec:
            faults += self.spec.form_faults("POST", request.path, pairs)
        fields = dict(pairs)
        period = fields.get("ValidityPeriod", "600")
        if period.isdigit() and not 1 <= int(period) <= 36000:
            faults.append("ValidityPeriod is out of 1..36000")
        if ("From" in fields) == ("MessagingServiceSid" in fields):
            faults.append("exactly one of From and MessagingServiceSid is needed")
        if not fields.get("Body"):
            faults.append("Body is missing")
        if len(fields.get("Body", "")) > BODY_MAX:
            faults.append("Body is over 1600 characters")
        return faults

    def refusal(self, fields):
        """The error code that a create for this number gets, or 0."""
        code = self.codes.get(fields["To"], 0)
        return MAGIC_TO.get(fields["To"]) or MAGIC_FROM.get(fields.get("From")) \
            or (code if 20000 < code < 30000 else 0)

    async def accept(self, fields):
        """Store the message, then answer, late or never."""
        message = self.store(fields)
        attempt = urllib.parse.urlsplit(fields.get("StatusCallback", "")).query
        self.note("create", sid=message["sid"], to=message["to"], body=message["body"],
                  attempt=attempt, fields=fields)
        if self.faults["callbacks"] and fields.get("StatusCallback"):
            self.start(self.run_callbacks(message, fields["StatusCallback"]))
        if self.chance("late_share"):
            self.note("fault", kind="late", to=message["to"])
            await asyncio.sleep(self.faults["late_ms"] / 1000)
        if self.chance("break_after_share"):
            self.note("fault", kind="break_after", to=message["to"])
            raise http_loop.Hangup
        if self.chance("error_after_share"):
            self.note("fault", kind="error_after", to=message["to"])
            return problem(500, 20500, "An internal server error has occurred")
        return json_answer(self.public(message), 201)

    def store(self, fields):
        """A new message resource."""
        self.sent += 1
        sid = "SM" + hashlib.md5(f"{os.getpid()}/{self.sent}".encode()).hexdigest()
        service = fields.get("MessagingServiceSid")
        message = {
            "sid": sid, "account_sid": self.account, "api_version": "2010-04-01",
            "to": fields["To"], "from": fields.get("From"), "body": fields["Body"],
            "messaging_service_sid": service, "direction": "outbound-api",
            "status": "accepted" if service else "queued", "error_code": None,
            "error_message": None, "num_media": "0", "price": None, "price_unit": "USD",
            "num_segments": "0" if service else str(segments(fields["Body"])),
            "created": self.clock(), "stored": time.monotonic(), "sent": None}
        self.messages.append(message)
        self.by_number.setdefault(message["to"], []).append(message)
        return message

    def public(self, message):
        """The resource as the API shows it."""
        path = f"/2010-04-01/Accounts/{self.account}/Messages/{message['sid']}"
        created = email.utils.formatdate(message["created"], usegmt=False)
        shown = {k: v for k, v in message.items() if k not in ("created", "stored", "sent")}
        shown.update(
            date_created=created, date_updated=created, uri=path + ".json",
            date_sent=email.utils.formatdate(message["sent"]) if message["sent"] else None,
            subresource_uris={"media": path + "/Media.json"})
        return shown

    def list(self, request):
        """GET Messages.json: filters and pages."""
        faults = [] if not self.spec else self.spec.query_faults(
            "GET", request.path, request.query)
        if faults:
            self.note("invalid", faults=faults, query=request.query)
            return problem(400, 20001, "; ".join(faults))
        query = request.params()
        size, page = int(query.get("PageSize", "50")), int(query.get("Page", "0"))
        known = self.by_number.get(query["To"], []) if "To" in query else self.messages
        found = [m for m in reversed(known) if self.visible(m, query)]
        rows = found[page * size:(page + 1) * size]
        self.note("list", query=request.query, found=len(found))
        following = None
        if len(found) > (page + 1) * size:
            query.update(Page=str(page + 1), PageToken=f"PA{rows[-1]['sid']}")
            following = request.path + "?" + urllib.parse.urlencode(query)
        return json_answer({
            "messages": [self.public(m) for m in rows], "page": page, "page_size": size,
            "start": page * size, "end": max(page * size, page * size + len(rows) - 1),
            "uri": request.target, "first_page_uri": request.target, "next_page_uri": following,
            "previous_page_uri": None})

    def visible(self, message, query):
        """Whether a message passes the filters and is old enough to be listed."""
        if time.monotonic() - message["stored"] < self.faults["list_lag_ms"] / 1000:
            return False
        if query.get("To", message["to"]) != message["to"]:
            return False
        if "From" in query and query["From"] != message["from"]:
            return False
        day = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(message["sent"] or 0))
        for name, holds in (("DateSent", lambda v: day.startswith(v[:10])),
                            ("DateSent>", lambda v: day >= v), ("DateSent<", lambda v: day <= v)):
            if name in query and not (message["sent"] and holds(query[name])):
                return False
        return True

    def one(self, request):
        """GET one message; POST Body= redacts, DELETE forgets the text."""
        sid = request.path.rsplit("/", 1)[1][:-5]
        message = next((m for m in self.messages if m["sid"] == sid), None)
        if message is None:
            return problem(404, 20404, "The requested resource was not found")
        if request.method == "DELETE":
            message["body"] = ""
            return 204, b"", []
        if request.method == "POST" and dict(request.form()).get("Body") == "":
            message["body"] = ""
        return json_answer(self.public(message))

    # ------------------------------------------------------------ callbacks

    def start(self, work):
        """Run beside the answer; kept so that it is not collected."""
        task = asyncio.create_task(work)
        self.callbacks.add(task)
        task.add_done_callback(self.callbacks.discard)

    async def run_callbacks(self, message, url):
        """queued, sent, delivered; or how it failed."""
        code = self.codes.get(message["to"], 0)
        if message["from"] is None:
            message["from"] = "+15125550111"
        last = ("undelivered", code) if code >= 30000 else ("delivered", 0)
        plan = [("queued", 0), ("sent", 0), last]
        message.update(status=last[0], error_code=last[1] or None, sent=self.clock(),
                       num_segments=str(segments(message["body"])))
        if self.faults["callback_shuffle"]:
            self.rng.shuffle(plan)
        for status, error in plan:
            times = 2 if self.chance("callback_twice_share") else 1
            for _ in range(times):
                await self.callback(message, url, status, error)

    async def callback(self, message, url, status, error):
        """One status callback, signed, tried again a few times while nobody answers."""
        pairs = [("AccountSid", self.account), ("ApiVersion", "2010-04-01"),
                 ("From", message["from"]), ("MessageSid", message["sid"]),
                 ("MessageStatus", status), ("SmsSid", message["sid"]), ("SmsStatus", status),
                 ("To", message["to"])]
        if message["messaging_service_sid"]:
            pairs.append(("MessagingServiceSid", message["messaging_service_sid"]))
        if error:
            pairs.append(("ErrorCode", str(error)))
        answer = await self.deliver(url, pairs)
        self.note("callback", sid=message["sid"], status=status, answer=answer)

    async def deliver(self, url, pairs):
        """POST a webhook; one retry on a failed connection, as the provider does by default.

        Nothing leaves this machine: an address elsewhere is only noted."""
        if urllib.parse.urlsplit(url).hostname != "127.0.0.1":
            return "not on loopback"
        headers = [("X-Twilio-Signature", sign(url, pairs, self.token)),
                   ("I-Twilio-Idempotency-Token", hashlib.md5(repr(pairs).encode()).hexdigest())]
        for attempt in range(2):
            try:
                return await http_loop.post_form(url, pairs, headers)
            except (OSError, asyncio.TimeoutError, ValueError) as fault:
                answer = type(fault).__name__
                await asyncio.sleep(0.05 * (attempt + 1))
        return answer

    # ------------------------------------------------------------ control

    async def control(self, request):
        """What a test asks of the gateway itself."""
        verb = request.path[len("/control/"):]
        wanted = json.loads(request.body) if request.body else {}
        if verb == "faults":
            self.set_faults(wanted)
            return json_answer(self.faults)
        if verb == "numbers":
            self.codes.update(wanted)
            return json_answer(self.codes)
        if verb == "clock":
            self.now = wanted["now"]
            return json_answer({"now": self.clock()})
        if verb == "inbound":
            return json_answer(await self.inbound(**wanted))
        if verb == "messages":
            return json_answer([self.public(m) for m in self.messages])
        if verb == "stats":
            return json_answer({**self.counts, "pending_callbacks": len(self.callbacks)})
        return problem(404, 20404, "no such control")

    async def inbound(self, url, text, **more):
        """A text from a patient, as the provider posts it; the answer's status comes back."""
        sid = more.get("sid") or "SM" + hashlib.md5(
            f"in/{os.getpid()}/{self.counts['inbound']}/{text}".encode()).hexdigest()
        pairs = [("ToCountry", "US"), ("ToState", ""), ("SmsMessageSid", sid), ("NumMedia", "0"),
                 ("ToCity", ""), ("FromZip", ""), ("SmsSid", sid), ("FromState", "TX"),
                 ("SmsStatus", "received"), ("FromCity", ""), ("Body", text),
                 ("FromCountry", "US"), ("To", more.get("to", "+15125550111")), ("ToZip", ""),
                 ("NumSegments", str(segments(text))), ("MessageSid", sid),
                 ("AccountSid", self.account), ("From", more["from"]),
                 ("ApiVersion", "2010-04-01")]
        if more.get("opt_out_type"):
            pairs.append(("OptOutType", more["opt_out_type"]))
        answer = await self.deliver(url, pairs)
        self.note("inbound", sid=sid, text=text, answer=answer)
        return {"sid": sid, "answer": answer}


async def run(options):
    """Listen until told to stop."""
    gateway = Gateway(options)
    server = await http_loop.serve(gateway.handle, options.port)
    await standing.until_told(server, options.port_file, "http://127.0.0.1:{}")


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--journal", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--port-file")
    parser.add_argument("--spec")
    parser.add_argument("--account", default=ACCOUNT)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--faults", default="{}")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
