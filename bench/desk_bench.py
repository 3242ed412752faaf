#!/usr/bin/python3
"""What every page of the web app waits for, on a large practice, while the engine sends.

    desk_bench.py [sqlite|postgres]... [--patients 100000] [--times 120] [--per-s 100] [--only TEXT]

A home with 100,000 patients, 600,000 appointments and 1,000,000 messages is made once (bench/desk_home)
and served by the real program; --per-s messages come due in each second meanwhile and are sent
through the null driver, and as many receipts of others come in. Each line is one question that a page
asks, as the app asks it, over a connection that stays open: p50, p95 and the longest of --times, and
how many times the p95 of a route whose only work is one small SELECT (/readyz) that is. Exit code 1: a
p95 lies above its goal.
"""
import argparse
import contextlib
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.parse

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(ROOT, "test", "flow"), os.path.join(ROOT, "test", "world")]
import desk_client  # noqa: E402
import home as homes  # noqa: E402

BUILD = os.environ.get("BUILD", os.path.join(ROOT, "build"))
DESK_HOME = os.environ.get("DESK_HOME", os.path.join(BUILD, "bench", "desk_home"))
PAGE_MS, SEARCH_MS = 50, 30  # the goals: a page's data, and search as one types
HOPELESS_MS = 2000
ASKS_PER_S = 40              # of one colleague; the API lets 50 through
COLLEAGUES = ["owner", "partner", "second"]
PATIENT = "018f0000-0000-7000-8001-%012d"
THREAD = "018f0000-0000-7000-8005-%012d"
TASK = "018f0000-0000-7000-8007-%012d"
WEBHOOK = "bench-hook"
# Operations that no page waits for.
UNASKED = {"/backups/{backup}": "always refused", "/imports/mappings/{mapping}": "a file",
           "/webhooks/{webhook_id}": "only changed", "/events": "a stream"}

LAPSED = "days_since(last_visit) >= 6mo and not booked(any, future)"
WHERE = [("lapsed", LAPSED), ("no next visit", "visits >= 1 and not booked(any, future)"),
         ("enrolled", "enrolled(any)"), ("unreachable", "not reachable(email, sms)"),
         ("rare", "tags has \"bride\" and ltv >= $4900 and not booked(any, future)")]
TYPED = ["g", "ga", "gar", "garc", "garcia", "maria ga", "ka", "kath", "katherine q", "P1000", "P100042",
         "512 2", "512 555", "(512) 23", "ol", "wei wal", "fatima", "zam", "nobody at all", "anacalson1000"]
ENDS = ["0142", "233-4567", "5550142", "9514", "00 7919", "(512) 200-7919"]
BOX = ["garcia", "maria garcia", "katherin quinwood", "gracia", "stephanei", "sophai corwell",
       "P100042", "+1512233", "saturday", "bride", "price", "voicemail about the peel", "botox",
       "touch-up", "michele", "wants_sat", "mcdonald", "bruise last time", "ana", "jaqueline sal"]


class Person:
    """One colleague with the app open: a connection that stays, never faster than the API allows."""

    def __init__(self, port, cookie):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookie, self.next_at = cookie, 0

    def ask(self, path):
        """(milliseconds, status, bytes)."""
        wait = self.next_at - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        begun = time.perf_counter()
        self.next_at = begun + 1 / ASKS_PER_S
        try:
            self.connection.request("GET", path, headers={"Cookie": self.cookie, "X-Perennial": "1"})
            response = self.connection.getresponse()
            status, body = response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            status, body = 0, repr(error).encode()
        return (time.perf_counter() - begun) * 1000, status, body


def api(path, **query):
    """An address below /api/v1."""
    return "/api/v1/" + path + ("?" + urllib.parse.urlencode(query) if query else "")


def list_of(**query):
    """A page of 200 patients."""
    return lambda i: api("patients", limit=200, **query)


def nth(form, count):
    """Another one each time."""
    return lambda i: form % (i * 7919 % count)


def desk_pages():
    """(name, goal in ms, i -> address, the i-th time it is asked): today and the inbox."""
    yield "session", PAGE_MS, lambda i: api("session")
    yield "setup", PAGE_MS, lambda i: api("setup")
    yield "ways to sign in", PAGE_MS, lambda i: api("session/ways")
    yield "own sessions", PAGE_MS, lambda i: api("account/sessions")
    yield "today", PAGE_MS, lambda i: api("today")
    for queue in ("due", "overdue", "unanswered", "done"):
        yield f"tasks {queue}", PAGE_MS, lambda i, queue=queue: api("tasks", queue=queue, limit=100)
    yield "tasks, a later page", PAGE_MS, LaterPages("tasks", queue="done", limit=100)
    yield "tasks of a kind and patient", PAGE_MS, lambda i: api(
        "tasks", kind="book_visit", patient_id=nth(PATIENT, 100000)(i), limit=1)
    yield "task", PAGE_MS, lambda i: api("tasks/" + TASK % (i * 100))
    yield "draft to approve", PAGE_MS, lambda i: api("tasks/" + TASK % (10**9 + i % 30) + "/draft")
    for zone in ("needs_person", "automated", "done"):
        yield f"inbox {zone}", PAGE_MS, lambda i, zone=zone: api("threads", zone=zone, limit=50)
    yield "inbox, a later page", PAGE_MS, LaterPages("threads", zone="done", limit=50)
    yield "inbox mine", PAGE_MS, lambda i: api("threads", mine="true", limit=50)
    yield "inbox snoozed", PAGE_MS, lambda i: api("threads", snoozed="true", limit=50)
    yield "inbox, the number", PAGE_MS, lambda i: api("threads", zone="needs_person", limit=1)
    yield "thread", PAGE_MS, lambda i: api("threads/" + nth(THREAD, 40000)(i))
    yield "thread of 1000, 200 shown", PAGE_MS, lambda i: api("threads/" + THREAD % 0, limit=200)
    yield "suggested answer", PAGE_MS, lambda i: api("threads/" + nth(THREAD, 40000)(i) + "/suggestion")
    yield "summary", PAGE_MS, lambda i: api("threads/" + nth(THREAD, 40000)(i) + "/summary")
    yield "canned answers", PAGE_MS, lambda i: api("canned-answers")
    yield "colleagues", PAGE_MS, lambda i: api("colleagues")
    yield "free times", PAGE_MS, lambda i: api("openings", patient_id=nth(PATIENT, 100000)(i))
    yield "free times as said", PAGE_MS, lambda i: api(
        "openings", patient_id=nth(PATIENT, 100000)(i), said="Saturday morning")
    yield "waitlist", PAGE_MS, lambda i: api("waitlist", limit=100)
    yield "waitlist of a patient", PAGE_MS, lambda i: api("waitlist", patient_id=PATIENT % (i * 250))


def people_pages():
    """Patients."""
    for order in ("name", "last_visit", "value"):
        yield f"patients by {order}, counted", PAGE_MS, list_of(order=order, count="true")
    yield "patients, a later page", PAGE_MS, LaterPages("patients", limit=200, order="name")
    for name, where in WHERE:
        yield f"patients {name}, counted", PAGE_MS, list_of(order="name", count="true", where=where)
    yield "patients lapsed by value", PAGE_MS, list_of(order="value", count="true", where=LAPSED)
    yield "patients rare, a later page", PAGE_MS, LaterPages(
        "patients", limit=200, order="name", where=dict(WHERE)["rare"])
    for name, where in WHERE:
        yield f"number of {name}", PAGE_MS, lambda i, where=where: api(
            "patients", limit=1, count="true", where=where)
        yield f"count of {name}", PAGE_MS, lambda i, where=where: api("patients/count", where=where)
    yield "search as one types", SEARCH_MS, lambda i: api("patients/search", q=TYPED[i % len(TYPED)])
    yield "search by the end of a phone", SEARCH_MS, lambda i: api(
        "patients/search", q=ENDS[i % len(ENDS)])
    yield "one box, the end of a phone", SEARCH_MS, lambda i: api("search", q=ENDS[i % len(ENDS)])
    yield "one box", SEARCH_MS, lambda i: api("search", q=BOX[i % len(BOX)])
    yield "who may be one person", PAGE_MS, lambda i: api("patients/duplicates", limit=50)
    yield "who may be one, a later page", PAGE_MS, LaterPages("patients/duplicates", limit=50)
    yield "who may be this one", PAGE_MS, lambda i: api(
        "patients/" + nth(PATIENT, 100000)(i) + "/duplicates", limit=6)
    yield "patient", PAGE_MS, lambda i: api("patients/" + nth(PATIENT, 100000)(i))
    yield "patient of 1000 messages", PAGE_MS, lambda i: api("patients/" + PATIENT % 0)
    yield "timeline", PAGE_MS, lambda i: api(
        "patients/" + nth(PATIENT, 100000)(i) + "/timeline", limit=100)
    yield "timeline of 1000", PAGE_MS, lambda i: api("patients/" + PATIENT % 0 + "/timeline", limit=100)
    yield "timeline of 1000, later", PAGE_MS, LaterPages("patients/" + PATIENT % 0 + "/timeline", limit=100)
    yield "why sent or not", PAGE_MS, lambda i: api(
        "patients/" + nth(PATIENT, 100000)(i) + "/explain")
    yield "why, on a day that was", PAGE_MS, lambda i: api(
        "patients/" + nth(PATIENT, 100000)(i) + "/explain", at=ago(20) + "T12:00:00Z")
    yield "disclosures", PAGE_MS, lambda i: api(
        "patients/" + nth(PATIENT, 100000)(i) + "/disclosures", limit=100)


def owner_pages():
    """Playbooks, reports, the log."""
    yield "playbooks", PAGE_MS, lambda i: api("playbooks")
    yield "shipped playbooks", PAGE_MS, lambda i: api("shipped-playbooks")
    yield "playbook", PAGE_MS, lambda i: api("playbooks/neurotoxin-touch-up")
    yield "playbook versions", PAGE_MS, lambda i: api("playbooks/neurotoxin-touch-up/versions")
    yield "schema", PAGE_MS, lambda i: api("schemas/playbook")
    yield "templates", PAGE_MS, lambda i: api("templates")
    yield "template", PAGE_MS, lambda i: api("templates/touchup-remind/generic.en.email.liquid")
    for days in (30, 90, 365):
        yield f"report {days} days", PAGE_MS, lambda i, days=days: api(
            "reports/summary", **{"from": ago(days)})
    yield "report of all time", PAGE_MS, lambda i: api("reports/summary")
    yield "report of one playbook", PAGE_MS, lambda i: api(
        "reports/summary", playbook="neurotoxin-touch-up", **{"from": ago(90)})
    for table in ("playbooks", "touches"):
        yield f"report as CSV, {table}", PAGE_MS, lambda i, table=table: api(
            "reports/summary.csv", table=table, **{"from": ago(90)})
    yield "report for print", PAGE_MS, lambda i: api("reports/summary.html", **{"from": ago(90)})
    yield "trend 13 weeks", PAGE_MS, lambda i: api("reports/trend", weeks=13)
    yield "trend 52 weeks", PAGE_MS, lambda i: api("reports/trend", weeks=52)
    for measure in ("entered", "replied", "booked", "showed", "opted_out", "holdout"):
        yield f"people {measure}", PAGE_MS, lambda i, measure=measure: api(
            "reports/people", measure=measure, limit=100, **{"from": ago(90)})
    for name, query in (("left", {"step": 3}), ("late", {"touch": "remind"}),
                        ("not_sent", {"code": "bad_address"})):
        yield f"people {name}", PAGE_MS, lambda i, name=name, query=query: api(
            "reports/people", measure=name, limit=100, **query, **{"from": ago(90)})
    yield "people opted_out, all time", PAGE_MS, lambda i: api(
        "reports/people", measure="opted_out", limit=100)
    yield "people opted_out, a later page", PAGE_MS, LaterPages(
        "reports/people", measure="opted_out", limit=100)
    yield "audit", PAGE_MS, lambda i: api("audit", limit=100)
    yield "audit, a later page", PAGE_MS, LaterPages("audit", limit=100)
    yield "audit of an action", PAGE_MS, lambda i: api("audit", limit=100, action="patient.listed")
    yield "audit of a rare action", PAGE_MS, lambda i: api(
        "audit", limit=100, action="playbook.applied")
    yield "audit of a colleague", PAGE_MS, lambda i: api("audit", limit=100, actor="colleague 7")
    yield "audit of a patient", PAGE_MS, lambda i: api(
        "audit", limit=100, patient_id=nth(PATIENT, 100000)(i))


def setting_pages():
    """What is looked at now and then."""
    for path in ("settings", "settings/source", "settings/consent-form", "settings/learning",
                 "definitions", "imports/kinds", "imports/running", "imports/mappings", "backups",
                 "staff", "roles", "keys", "webhooks"):
        yield path, PAGE_MS, lambda i, path=path: api(path)
    yield "imports", PAGE_MS, lambda i: api("imports", limit=50)
    yield "deliveries", PAGE_MS, lambda i: api(f"webhooks/{WEBHOOK}/deliveries")
    yield "setup steps", PAGE_MS, lambda i: api("setup/steps")
    yield "metrics", PAGE_MS, lambda i: "/metrics"


def pages():
    """All of them."""
    for some in (desk_pages, people_pages, owner_pages, setting_pages):
        yield from some()


def unasked(person):
    """What the API answers to a GET and none of the pages asks for."""
    answer = json.loads(person.ask("/openapi.json")[2])
    asked = {urllib.parse.urlsplit(address(0)).path for _, _, address in pages()}
    for path, operations in answer["paths"].items():
        below = path.removeprefix("/api/v1")
        form = re.compile("/api/v1" + re.sub(r"{\w+}", "[^/]+", below) + "$")
        if "get" in operations and below not in UNASKED and not any(form.match(one) for one in asked):
            yield below


class LaterPages:
    """Scrolling: each answer's cursor leads to the next page."""

    def __init__(self, path, **query):
        self.path, self.query, self.cursor = path, query, None

    def __call__(self, _):
        return api(self.path, **self.query, **({"cursor": self.cursor} if self.cursor else {}))

    def seen(self, body):
        """The next place."""
        self.cursor = json.loads(body)["next"]


def ago(days):
    """The day so many days ago."""
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() - days * 86400))


def percentile(sorted_ms, share):
    """The nearest rank."""
    return sorted_ms[min(len(sorted_ms) - 1, int(share * len(sorted_ms)))]


def measure(people, address, times):
    """Sorted milliseconds; two unmeasured rounds first."""
    taken, failures = [], []
    for i in range(times + 2 * len(people)):
        ms, status, body = people[i % len(people)].ask(address(i))
        if status != 200:
            failures.append((status, body[:300]))
        if hasattr(address, "seen") and status == 200:
            address.seen(body)
        if i >= 2 * len(people):
            taken.append(ms)
        elif ms > HOPELESS_MS:  # far above any goal: once is enough
            return [ms], failures
    return sorted(taken), failures


class Desk:
    """The large practice, kept between runs, and served."""

    def __init__(self, database, patients):
        self.database, self.patients = database, patients
        self.folder = os.path.join(BUILD, "bench-desk", f"{database}-{patients}")
        self.practice = desk_client.Practice.__new__(desk_client.Practice)
        self.practice.folder, self.practice.database = self.folder, database
        self.practice.server, self.practice.port, self.practice.token = None, 0, None
        self.done = os.path.join(self.folder, "filled")
        if not self.stands():
            self.make()
        home = homes.Home.__new__(homes.Home)
        home.program, home.folder = homes.find_program(), os.path.join(self.folder, "home")
        self.practice.home = home

    def stands(self):
        """Whether it was made, and its store is still there."""
        if not os.path.exists(self.done):
            return False
        with open(self.done, encoding="utf-8") as handle:
            return handle.read() == os.environ.get("PGHOST", "") or self.database == "sqlite"

    def make(self):
        """Once: the home, the playbook, the owner, the bulk."""
        subprocess.run(["rm", "-rf", self.folder], check=True)
        if self.database == "postgres":
            name = "desk_" + re.sub(r"\W", "_", self.folder).lower()[-40:]
            subprocess.run(["dropdb", "--if-exists", name], check=True, stderr=subprocess.DEVNULL)
        practice = desk_client.Practice(self.folder, self.database)
        try:
            shutil.copy(os.path.join(ROOT, "bench", "desk_schedules.yaml"),
                        os.path.join(practice.home.folder, "schedules.yaml"))
            plan = os.path.join(self.folder, "plan.json")
            practice.home.run("plan", "neurotoxin-touch-up", "--out", plan)
            practice.home.run("apply", plan)
            practice.start()
            owner = practice.owner()
            for name in COLLEAGUES[1:]:  # the API's limit counts by account
                self.add(practice, owner, name)
        finally:
            practice.stop()
        print(f"filling {self.folder}", file=sys.stderr, flush=True)
        subprocess.run([DESK_HOME, practice.home.folder, "fill",
                        os.path.join(ROOT, "bench", "desk_home.sql"), str(self.patients)], check=True)
        with open(self.done, "w", encoding="utf-8") as handle:
            handle.write(os.environ.get("PGHOST", ""))

    @staticmethod
    def add(practice, owner, name):
        """Another owner, who may ask everything."""
        answer = owner.post("staff", {"email": name + "@desk.example", "name": name, "role": "owner"})
        client = desk_client.Client(practice.port)
        client.post("session/link", {"token": answer["sign_in_url"].split("/enter/")[1]})
        client.post("account/password", {"password": desk_client.PASSWORD})

    @contextlib.contextmanager
    def served(self, per_s, seconds):
        """Messages come due from now on; yields three colleagues."""
        if per_s:
            subprocess.run([DESK_HOME, self.practice.home.folder, "rouse", str(per_s), str(seconds)],
                           check=True)
        practice = self.practice.start(fresh=False)
        drain = threading.Thread(target=practice.server.stdout.read, daemon=True)
        drain.start()
        stir = subprocess.Popen([DESK_HOME, self.practice.home.folder, "stir", str(per_s), str(seconds)]
                                ) if per_s else None
        try:
            yield [Person(practice.port, self.cookie(name + "@desk.example")) for name in COLLEAGUES]
        finally:
            practice.server.terminate()
            practice.server.wait(20)
            if stir:
                stir.terminate()
                stir.wait()
                subprocess.run([DESK_HOME, self.practice.home.folder, "rest"], check=True)

    def cookie(self, email):
        """A session."""
        client = desk_client.Client(self.practice.port)
        answer = client.sign_in(email)
        if answer.status != 200:
            raise homes.Failed(repr(answer))
        return client.cookie

    def memory_mib(self):
        """The most that the server has held."""
        with open(f"/proc/{self.practice.server.pid}/status", encoding="utf-8") as handle:
            line = next(line for line in handle if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024

    def sent(self, person):
        """What has left, as counted at most 5 s ago."""
        text = person.ask("/metrics")[2].decode()
        return sum(float(line.split()[-1]) for line in text.splitlines()
                   if line.startswith("perennial_sends_total"))


def run(desk, options):
    """One table; the number of lines above their goal."""
    worse, begun = 0, time.time()
    with desk.served(options.per_s, 300) as people:
        served, before = time.time(), desk.sent(people[0])
        bare, _ = measure(people, lambda i: "/readyz", options.times)
        base = percentile(bare, 0.95)
        for path in unasked(people[0]):
            worse += 1
            print(f"{desk.database:9} {path:34} NOT ASKED FOR", flush=True)
        print(f"{desk.database:9} {'one small SELECT':34} {percentile(bare, .5):8.1f} {base:8.1f}"
              f" {bare[-1]:8.1f} ms", flush=True)
        for name, goal, address in pages():
            if options.only and options.only not in name:
                continue
            taken, failures = measure(people, address, options.times)
            p95 = percentile(taken, 0.95)
            worse += p95 > goal or bool(failures)
            print(f"{desk.database:9} {name:34} {percentile(taken, .5):8.1f} {p95:8.1f} {taken[-1]:8.1f} ms"
                  f" {p95 / base:8.1f} times{'  ABOVE ' + str(goal) if p95 > goal else ''}"
                  f"{'  FAILED ' + repr(failures[0]) if failures else ''}", flush=True)
        lasted, sent = time.time() - served, desk.sent(people[0]) - before
        print(f"{desk.database:9} most memory {desk.memory_mib():.0f} MiB, {time.time() - begun:.0f} s,"
              f" {sent / lasted:.0f} messages left in each second")
    return worse


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("databases", nargs="*", default=["sqlite", "postgres"])
    parser.add_argument("--patients", type=int, default=100000)
    parser.add_argument("--times", type=int, default=120)
    parser.add_argument("--per-s", type=int, default=100)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    worse = 0
    for database in options.databases:
        if database == "postgres" and "PGHOST" not in os.environ:
            print("postgres  skipped: no server (run it under tools/with-postgres)")
            continue
        worse += run(Desk(database, options.patients), options)
    sys.exit(1 if worse else 0)


if __name__ == "__main__":
    main()
