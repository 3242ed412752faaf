#!/usr/bin/python3
"""An account that is limited to a location: every address of the API, on both databases.

usage: locations_flow.py

Two locations, North and South, with patients of each. The table below says of every GET and of every
write of the API what a colleague of North gets to see; an operation that is not in it fails the test.
"""
import contextlib
import datetime as dt
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import desk_client  # noqa: E402
import home as homes  # noqa: E402
import tap  # noqa: E402
from desk_client import Client, Named  # noqa: E402
from api_flow import Stream  # noqa: E402

PLAYBOOK = "neurotoxin-touch-up"
EACH = 8  # patients of a location

# What a limited account gets of every GET. "no patients": nothing in it is of a patient.
NO_PATIENTS = """account/sessions backups backups/{backup} canned-answers colleagues definitions imports
imports/kinds imports/mappings imports/mappings/{mapping} imports/running keys patients/count roles
schemas/{schema} session session/ways settings settings/consent-form settings/learning settings/source setup
setup/steps
shipped-playbooks staff templates templates/{name}/{piece} webhooks
webhooks/{webhook_id}/deliveries""".split()
# Lists and figures: nothing of South in them, something of North.
LISTS = {
    "today": ["today"],
    "tasks": ["tasks", "tasks?queue=unanswered", "tasks?queue=done"],
    "waitlist": ["waitlist"],
    "threads": ["threads", "threads?zone=automated", "threads?zone=done"],
    "patients": ["patients?count=true", "patients?order=value", "patients?where=visits%20%3E%3D%201"],
    "patients/duplicates": ["patients/duplicates"],
    "patients/search": ["patients/search?q=Patient", "patients/search?q=%2B1512555", "patients/search?q=S1",
                        "patients/search?q=south"],
    "search": ["search?q=Patient", "search?q=Patiant", "search?q=%2B1512555", "search?q=south",
               "search?q=S1"],
    "reports/people": [f"reports/people?measure={m}" for m in ("entered", "holdout", "contacted")],
    "reports/summary": ["reports/summary"],
    "reports/summary.csv": ["reports/summary.csv"],
    "reports/summary.html": ["reports/summary.html"],
    "reports/trend": ["reports/trend"],
    "playbooks": ["playbooks"],
    "playbooks/{playbook}": [f"playbooks/{PLAYBOOK}"],
    "playbooks/{playbook}/versions": [f"playbooks/{PLAYBOOK}/versions"],
    "audit": ["audit?limit=200", "audit?action=patient"],
}
# By id: 404 for one of South, an answer for one of North.
BY_ID = """patients/{patient_id} patients/{patient_id}/timeline patients/{patient_id}/explain
patients/{patient_id}/disclosures patients/{patient_id}/duplicates tasks/{task_id}
threads/{thread_id} threads/{thread_id}/suggestion threads/{thread_id}/summary
openings?patient_id={patient_id}""".split()
# By id of a message that waits for approval, which none of these tasks is about.
NO_DRAFT = ["tasks/{task_id}/draft"]
NO_MESSAGE = "is about no message"

# Every write by an id of a patient, a conversation or a task, with a body that is fine.
WRITES = {
    "PATCH patients/{patient_id}": {"zip": "78702"},
    "POST patients/{patient_id}/contact-points": {"kind": "home", "address": "5125550188"},
    "POST patients/{patient_id}/contact-points/correct": {"address": "+15125550201", "right": "5125550189"},
    "POST patients/{patient_id}/contact-points/wrong": {"address": "+15125550201"},
    "POST patients/{patient_id}/contact-points/prefer": {"address": "+15125550201"},
    "POST patients/{patient_id}/merge": {"other_id": "00000000-0000-7000-8000-000000000000"},
    "POST patients/{patient_id}/split": {"record_ids": ["S1"]},
    "POST patients/{patient_id}/apart": {"other_id": "00000000-0000-7000-8000-000000000000"},
    "DELETE patients/{patient_id}/apart/{other_id}": None,
    "POST patients/{patient_id}/opt-out": {"channel": "all", "scope": "all"},
    "POST patients/{patient_id}/pause": {},
    "POST openings": {"patient_id": "of South", "start": "2030-01-07T16:00:00Z",
                      "provider": "Dr. Chen", "location": "South"},
    "POST openings/{opening_id}/book": None,
    "POST waitlist": {"patient_id": "of South"},
    "DELETE waitlist/{wait_id}": None,
    "DELETE patients/{patient_id}/pause": None,
    "POST patients/{patient_id}/tags": {"tag": "seen"},
    "DELETE patients/{patient_id}/tags/{tag}": None,
    "PUT patients/{patient_id}/preferred-channel": {"channel": "sms"},
    "POST patients/{patient_id}/consents": {"channel": "sms", "purpose": "marketing", "class": "written",
                                            "evidence": "signed"},
    "PATCH tasks/{task_id}": {"due_at": "2030-01-01T00:00:00Z"},
    "POST tasks/{task_id}/outcome": {"outcome": "done"},
    "POST tasks/{task_id}/note-reading": {"note": "left a voicemail"},
    "POST tasks/{task_id}/draft": {"text": "hello"},
    "POST tasks/{task_id}/approve": {"decision": "refuse"},
    "PATCH threads/{thread_id}": {"draft": "hello"},
    "POST threads/{thread_id}/reply": {"body": "hello"},
    "POST threads/{thread_id}/preview": {"body": "hello"},
    "POST threads/{thread_id}/messages/{message_id}/correction": {"labels": ["price"]},
    "POST threads/{thread_id}/notes": {"body": "hello"},
    "POST threads/{thread_id}/close": None,
    "POST threads/{thread_id}/reopen": None,
    "POST threads/{thread_id}/release": None,
}
# Writes that concern no patient by id. What concerns all of them is refused: x-all-locations.
OTHER_WRITES = """DELETE account/second-factor|DELETE account/sessions/{session_id}
DELETE canned-answers/{canned_id}|DELETE keys/{key_id}|DELETE playbooks/{playbook}|DELETE session
DELETE staff/{user_id}/second-factor|DELETE templates/{name}/{piece}|DELETE webhooks/{webhook_id}
PATCH account|PATCH settings|PATCH staff/{user_id}|POST account/confirmation|PUT account/confirmation
POST playbooks/{playbook}/touches/{touch}/test-send|POST templates/{name}/{piece}/test-send
POST account/password|POST account/second-factor
POST account/second-factor/confirm|POST audit/verify|POST canned-answers|POST playbooks
POST playbooks/{playbook}/check|POST playbooks/{playbook}/pause|POST playbooks/{playbook}/plan
POST sending/pause|POST session|POST session/emergency|POST session/link|POST session/second-factor
POST setup/owner|POST staff|POST staff/{user_id}/link|POST templates|POST templates/{name}/{piece}/preview
POST webhooks/{webhook_id}/test|PUT canned-answers/{canned_id}|PUT definitions
PUT playbooks/{playbook}/source|PUT settings/consent-form|PUT settings/source
PUT templates/{name}/{piece}""".replace("\n", "|").split("|")


SCHEDULES = """
notice: 1h
horizon: 30d
locations:
  North: {hours: {mon-sun: "08:00-20:00"}}
  South: {hours: {mon-sun: "08:00-20:00"}}
services:
  neurotoxin: {duration: 30m}
providers:
  Dr. Chen: {at: North, does: [neurotoxin], hours: {mon-sun: "08:00-20:00"}}
  Dr. Diaz: {at: South, does: [neurotoxin], hours: {mon-sun: "08:00-20:00"}}
"""


def write_exports(folder, today):
    """Patients of two locations, due for a touch-up: the first two of each share a house."""
    os.makedirs(folder, exist_ok=True)
    people = os.path.join(folder, "patients.csv")
    visits = os.path.join(folder, "appointments.csv")
    with open(people, "w", encoding="utf-8") as one, open(visits, "w", encoding="utf-8") as two:
        one.write("Patient ID,First Name,Last Name,Date of Birth,Mobile Phone,Email,Address,City,State,"
                  "Zip,SMS Consent,Email Consent\n")
        two.write("Appointment ID,Patient ID,Start,Location,Provider,Service,Status,Total\n")
        for place, base in (("North", 100), ("South", 200)):
            for n in range(1, EACH + 1):
                ident = f"{place[0]}{n}"
                one.write(f"{ident},{place}ern{n},Patient,01/2{n}/1980,(512) 555-0{base + n},"
                          f"{place.lower()}{n}@patients.example,"
                          f"{n} {'Shared' if n < 3 else place} St,Austin,TX,78701,Y,Y\n")
                day = today - dt.timedelta(days=110 + n)
                two.write(f"A{ident},{ident},{day:%m/%d/%Y} 10:00,{place},Dr. Chen,Botox,completed,"
                          "400.00\n")
    return [people, visits]


class World:
    """The practice, its people, and ids of things at both locations."""

    def __init__(self, practice):
        self.practice = practice
        self.owner = practice.owner()
        self.ids = {}

    def fill(self):
        """Records, enrollments, conversations, tasks."""
        home = self.practice.home
        home.json("import", *write_exports(self.practice.folder, dt.date.today()))
        path = f"playbooks/{PLAYBOOK}"
        plan = self.owner.post(path + "/plan", {})
        self.owner.post(path + "/apply", {"plan_id": plan["plan_id"]})
        for place, base in (("North", 100), ("South", 200)):
            for n in (1, 2):
                home.run("receive", "--from", f"+1512555{base + n:04d}", "--text",
                         f"How much is it these days? {place}")
        for place in ("North", "South"):
            found = self.owner.get(f"patients/search?q={place[0]}1")["items"]
            patient = next(i["patient_id"] for i in found if i["external_id"] == place[0] + "1")
            thread = self.owner.get("patients/" + patient)["thread_id"]
            message = self.owner.get("threads/" + thread)["messages"][0]["message_id"]
            waits = self.owner.post("waitlist", {"patient_id": patient})
            task = next(t["task_id"] for t in self.owner.get("tasks")["items"]
                        if t["patient"] and t["patient"]["patient_id"] == patient)
            time = next(t for t in self.owner.get(f"openings?patient_id={patient}")["times"]
                        if t["location"] == place)
            kept = self.owner.post("openings", {"patient_id": patient, "start": time["start"],
                                                "provider": time["provider"],
                                                "location": time["location"]})
            self.ids[place] = {"patient_id": patient, "thread_id": thread, "task_id": task,
                               "message_id": message, "wait_id": waits["wait_id"],
                               "opening_id": kept["opening_id"], "tag": "seen",
                               "other_id": "00000000-0000-7000-8000-000000000000"}

    def limited(self, role, *places):
        """A colleague who works there and nowhere else."""
        name = f"{role}.{'.'.join(places).lower()}"
        made = self.owner.post("staff", {"email": name + "@desk.example", "name": f"Robin {name}",
                                         "role": role, "locations": list(places)})
        client = Client(self.practice.port)
        client.post("session/link", {"token": made["sign_in_url"].split("/enter/")[1]})
        client.post("account/password", {"password": desk_client.PASSWORD})
        return client


def marks_of(world, place):
    """Texts that only something of that location holds."""
    every = world.owner.get("patients?limit=200")["items"]
    mine = [i for i in every if i["external_id"][0] == place[0]]
    ids = [t["thread_id"] for t in world.owner.get("threads")["items"]
           if t["patient"] and t["patient"]["external_id"][0] == place[0]]
    tasks = [t["task_id"] for t in world.owner.get("tasks")["items"]
             if t["patient"] and t["patient"]["external_id"][0] == place[0]]
    return ([i["patient_id"] for i in mine] + [i["name"] for i in mine] + [i["phone"] for i in mine]
            + [i["email"] for i in mine] + ids + tasks + [f"days? {place}"])


def check_table(report, world):
    """No operation is missing below."""
    document = world.owner.ask("GET", "/openapi.json").json
    gets, writes, whole = set(), set(), set()
    for path, item in document["paths"].items():
        short = path.removeprefix("/api/v1/").lstrip("/")
        for method, op in item.items():
            if method == "get":
                gets.add(short)
            elif method in ("post", "put", "patch", "delete"):
                name = f"{method.upper()} {short}"
                (whole if op.get("x-all-locations") else writes).add(name)
    gets = {g for g in gets if not g.startswith(("events", "healthz", "readyz", "metrics", "openapi"))}
    report.equal(sorted(gets ^ (set(NO_PATIENTS) | set(LISTS)
                              | {template.split("?")[0] for template in BY_ID + NO_DRAFT})), [],
                 "every GET says here what a limited account sees of it")
    report.equal(sorted(writes ^ (set(WRITES) | set(OTHER_WRITES))), [], "and every write")
    return whole


def check_reads(report, world, who):
    """Nothing of South in what a colleague of North reads."""
    marks = marks_of(world, "South")
    # Names of people stand in lists; what people wrote stands in conversations.
    for template, paths in LISTS.items():
        client = who["auditor"] if template == "audit" else who["manager"]
        for path in paths:
            answer = client.get(path)
            text = answer.raw.decode()
            found = [mark for mark in marks if mark in text]
            report.ok(answer.status == 200 and not found, f"nothing of South in GET {path}",
                      [answer.status, found, text[:300]])
    seen = len(who["manager"].get("patients?limit=200")["items"])
    report.equal(who["manager"].get("patients/count?where=visits%20%3E%3D%200&exact=true")["total"], seen,
                 "nobody of South is counted")
    for template in BY_ID:
        client = who["auditor"] if "disclosures" in template else who["manager"]
        south = client.get(template.format(**world.ids["South"]))
        report.status(south, 404, f"GET {template} of South is not there")
        person = who["manager"] if client is who["auditor"] else client
        north = person.get(template.format(**world.ids["North"]))
        found = [mark for mark in marks if mark in north.raw.decode()]
        report.ok(north.status == 200 and not found, "and one of North opens, with nothing of South",
                  [north, found])
    for template in NO_DRAFT:
        north, south = (who["manager"].get(template.format(**world.ids[place]))
                        for place in ("North", "South"))
        report.ok(north.status == south.status == 404 and NO_MESSAGE in north.raw.decode()
                  and NO_MESSAGE not in south.raw.decode(),
                  f"GET {template} of South is not there, before anybody asks for its message",
                  [north, south])
    for path in ("patients", "threads", "tasks", "waitlist", "reports/people?measure=entered"):
        seen = who["manager"].get(path)["items"]
        report.ok(seen, f"something of North in GET {path}")
    whole = who["manager"].get("patients/" + world.ids["North"]["patient_id"])
    report.ok(all(p["external_id"][0] == "N" for p in whole["household"]), "nor who lives there, too",
              whole)
    preview = who["manager"].post("templates/" + world.piece + "/preview",
                                  {"source": world.source, "patient_id": world.ids["South"]["patient_id"]})
    report.status(preview, 404, "no preview with a patient of South")


def check_figures(report, world, who):
    """What North and South see adds up to what the owner sees."""
    def today(client):
        page = client.get("today")
        days = [d["sms"] + d["email"] + d["tasks"] for d in page["forecast"]]
        return [page["queues"]["unanswered"] + page["queues"]["due"] + page["queues"]["overdue"], sum(days)]

    def threads(client):
        zones = client.get("threads")["zones"]
        return [zones["needs_person"] + zones["automated"]]

    def figures(client):
        one = client.get("reports/summary")["all"]
        weeks = client.get("reports/trend")["items"]
        return [one["entered"], one["holdout"]["control"], sum(w["entered"] for w in weeks),
                len(client.get("reports/people?measure=entered&limit=200")["items"])]

    def playbook(client):
        item = next(i for i in client.get("playbooks")["items"] if i["name"] == PLAYBOOK)
        page = client.get(f"playbooks/{PLAYBOOK}")
        live = client.get(f"playbooks/{PLAYBOOK}/versions")["items"][0]["live"]
        return [item["active"] + item["held"], page["touches"][0]["planned"], live]

    def plan(client):
        made = client.post(f"playbooks/{PLAYBOOK}/plan", {})
        return [sum(made["counts"].values()), len(made["not"]) + made["not_left_off"]
                + len(made["enter"]) + made["enter_left_off"]]

    for name, ask in (("today", today), ("threads", threads), ("reports", figures),
                      ("playbooks", playbook), ("plan", plan)):
        north, south, all_ = ask(who["manager"]), ask(who["south"]), ask(world.owner)
        report.ok([n + s for n, s in zip(north, south)] == all_ and all(s > 0 for s in all_[:1])
                  and north != all_, f"North and South add up: {name}", [north, south, all_])
    made = who["manager"].post(f"playbooks/{PLAYBOOK}/plan", {"diff": True})
    names = [p["patient"] for p in made["enter"] + made["not"]]
    report.ok(names and all(n[0] == "N" for n in names) and made["diff"] is None,
              "a plan names nobody of South", names)


def check_writes(report, world, who, whole):
    """By id of South: 404, and nothing is changed; what concerns everybody: 403."""
    before = world.owner.get("patients/" + world.ids["South"]["patient_id"]).raw
    for name, body in WRITES.items():
        method, template = name.split(" ", 1)
        if body and "patient_id" in body:
            body = {**body, "patient_id": world.ids["South"]["patient_id"]}
        answer = who["manager"].ask(method, template.format(**world.ids["South"]), body,
                                    {"If-Match": "*"} if method == "PATCH" or "approve" in name else None)
        report.ok(answer.status == 404 and NO_MESSAGE not in answer.raw.decode(),
                  f"{name} of South is not there", answer)
    both = [world.ids[place]["patient_id"] for place in ("North", "South")]
    report.status(who["manager"].post(f"patients/{both[0]}/merge", {"other_id": both[1]}), 404,
                  "nobody of South becomes part of one of North")
    report.equal(world.owner.get("patients/" + world.ids["South"]["patient_id"]).raw, before,
                 "and South is as it was")
    bodies = {"POST imports": {"file_ids": ["x"], "dry_run": True},
              "POST keys": {"name": "x", "scopes": []},
              "POST webhooks": {"url": "https://x.example", "topics": []},
              "POST setup/recovery-key": {"password": desk_client.PASSWORD},
              "POST playbooks/{playbook}/apply": {"plan_id": "x"},
              "PUT imports/mappings/{mapping}": {},
              "POST playbooks/{playbook}/pilot": {"patients": 3}}
    for name in sorted(whole):
        method, template = name.split(" ", 1)
        path = template.format(playbook=PLAYBOOK, mapping="x")
        path += "?name=x.csv" if name == "POST imports/files" else ""
        answer = who["owner"].ask(method, path, bodies.get(name))
        report.equal([answer.status, answer["code"]], [403, "locations"],
                     f"{name} is not for who is limited", answer)


def check_staff(report, world, who):
    """Who is limited gives nobody more, not even in an emergency."""
    manager = who["manager"]
    me = manager.get("session")["user"]["user_id"]
    free = world.owner.post("staff", {"email": "free@desk.example", "name": "Free", "role": "front_desk"})
    other = free["user"]["user_id"]

    def tries(when):
        new = {"email": f"x{len(when)}@desk.example", "name": "X Y", "role": "manager"}
        report.status(manager.post("staff", new), 403, f"a colleague for all locations is refused{when}")
        report.status(manager.post("staff", {**new, "locations": ["North", "South"]}), 403,
                      f"nor for another one{when}")
        report.status(manager.ask("PATCH", f"staff/{me}", {"all_locations": True}), 403,
                      f"one's own limits stay{when}")
        report.status(manager.post(f"staff/{other}/link"), 403,
                      f"no link into an account that sees more{when}")
    tries("")
    report.status(manager.post("staff", {"email": "n@desk.example", "name": "N", "role": "front_desk",
                                         "locations": ["North"]}), 201, "one for North is fine")
    south = world.ids["South"]["patient_id"]
    report.status(who["desk"].get("patients/" + south), 404, "South is closed to the desk of North")
    report.status(who["desk"].post("session/emergency", {"reason": "  "}), 422, "an emergency has a reason")
    opened = who["desk"].post("session/emergency", {"reason": "found unconscious at the door"})
    report.ok(opened.status == 200 and opened["emergency_until"], "it opens all locations", opened)
    report.status(who["desk"].get("patients/" + south), 200, "for reading")
    rows = world.owner.get("audit?action=emergency")["items"]
    report.ok(rows and rows[0]["detail"]["reason"] == "found unconscious at the door"
              and rows[0]["actor"].startswith("user:"), "and stands in the audit with its reason", rows)
    read = world.owner.get(f"audit?patient_id={south}&action=patient.read")["items"]
    report.ok(any(r["actor"] == rows[0]["actor"] for r in read), "so does what was read meanwhile", read)
    manager.post("session/emergency", {"reason": "tried it"})
    tries(" in an emergency")


def check_many(report, world):
    """A practice with more locations than a hint names: the last is as good as the first."""
    def visits(last):
        path = os.path.join(world.practice.folder, "appointments.csv")
        day = dt.date.today() - dt.timedelta(days=90)
        places = [f"Place {n:03d}" for n in range(210)] + [last]
        with open(path, "w", encoding="utf-8") as file:
            file.write("Appointment ID,Patient ID,Start,Location,Provider,Service,Status,Total\n")
            for n, place in enumerate(places):
                file.write(f"M{n},N1,{day:%m/%d/%Y} 10:00,{place},Dr. Chen,Botox,completed,400.00\n")
        world.practice.home.json("import", path)
    visits("Zilker")
    new = {"email": "zilker@desk.example", "name": "Zilker", "role": "front_desk"}
    made = world.owner.post("staff", {**new, "locations": ["Zilker", "North"]})
    report.status(made, 201, "a location behind the two hundredth is known")
    wrong = world.owner.post("staff", {**new, "email": "z2@desk.example", "locations": ["Zilkr"]})
    report.ok(wrong.status == 422 and "such as: North, South, Place 000" in wrong["errors"][0]["remedy"],
              "one that is none is refused", wrong)
    visits("Zoo")
    path = f"staff/{made['user']['user_id']}"
    again = {"name": "Zilker Z", "locations": ["Zilker", "North"]}
    report.status(world.owner.ask("PATCH", path, again, {"If-Match": "*"}), 200,
                  "what an account has stays, when the form is sent again")
    report.status(world.owner.ask("PATCH", path, {"locations": ["Zilker"]}, {"If-Match": "*"}), 422,
                  "a change names locations that are known")


def check_events(report, world, who):
    """Changes of South are told to nobody of North."""
    stream = Stream(who["events"])
    for place in ("South", "North"):
        world.owner.post(f"patients/{world.ids[place]['patient_id']}/tags", {"tag": "told"})
    told = stream.event("patient")
    report.equal(told["patient_id"], world.ids["North"]["patient_id"],
                 "of two changes the one of North is told")
    stream.close()


def check_session(report, world, who):
    """Everybody knows what time it is at the practice; who is refused knows why."""
    for role in ("owner", "manager", "front_desk", "clinician", "consultant", "auditor"):
        client = world.owner if role == "owner" else world.practice.colleague(world.owner, role)
        practice = client.get("session")["practice"]
        report.ok(practice["zone"] == "America/Chicago" and practice["now"].startswith("20")
                  and len(practice["today"]) == 10, f"{role} is told the practice's time", practice)
    refused = Client(world.practice.port).sign_in("owner@desk.example", "not this one at all")
    report.ok(refused.status == 403 and "one-time link" in refused["detail"] and refused["remedy"],
              "a refused sign-in says what may be wrong", refused)
    nobody = Client(world.practice.port).get("today")
    report.ok(nobody.status == 401 and "cookie" in nobody["detail"], "so does a missing one", nobody)


def check_all(report, practice):
    """Everything, in one practice."""
    world = World(practice)
    world.fill()
    piece = next(p for p in world.owner.get("templates")["items"] if p["channel"] == "sms")
    world.piece, world.source = piece["file"], world.owner.get("templates/" + piece["file"])["source"]
    wrong = world.owner.post("staff", {"email": "robin@desk.example", "name": "Robin", "role": "manager",
                                       "locations": ["North", "Nord"]})
    error = (wrong["errors"] or [{}])[0]
    report.ok(wrong.status == 422 and error["field"] == "locations" and "Nord" in error["detail"]
              and "North, South" in error["remedy"], "a location that nobody knows is refused", wrong)
    who = {"manager": world.limited("manager", "North"), "south": world.limited("manager", "South"),
           "auditor": world.limited("auditor", "North"), "desk": world.limited("front_desk", "North"),
           "owner": world.limited("owner", "North"), "events": world.limited("clinician", "North")}
    whole = check_table(report, world)
    check_reads(report, world, who)
    check_figures(report, world, who)
    check_writes(report, world, who, whole)
    check_events(report, world, who)
    check_staff(report, world, who)
    check_session(report, world, who)
    check_many(report, world)


def run(report, folder):
    """Each database after the other."""
    databases = ["sqlite"] + (["postgres"] if os.environ.get("PGHOST") else [])
    if len(databases) == 1:
        report.skip("locations on PostgreSQL", "there is no server (tools/with-postgres)")
    for database in databases:
        with contextlib.ExitStack() as stack:
            practice = desk_client.Practice(os.path.join(folder, database), database)
            stack.callback(practice.stop)
            with open(os.path.join(practice.home.folder, "schedules.yaml"), "w",
                      encoding="utf-8") as file:
                file.write(SCHEDULES)
            check_all(Named(report, database), practice.start())


def main():
    """All of it."""
    report = tap.Report()
    with tempfile.TemporaryDirectory(prefix="locations.") as folder:
        try:
            run(report, folder)
        except (homes.Failed, OSError, LookupError, TypeError, json.JSONDecodeError,
                subprocess.CalledProcessError) as fault:
            report.ok(False, "every address was asked", repr(fault))
            raise
    sys.exit(report.finish())


if __name__ == "__main__":
    main()
