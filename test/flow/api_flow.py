#!/usr/bin/python3
"""The API driven by plain Python, on both databases, also by who should not.  test/flow/api_flow.py"""
import base64
import hmac
import http.client
import http.server
import json
import os
import re
import struct
import sys
import threading
import time
import urllib.parse

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import desk_client  # noqa: E402
from desk_client import PASSWORD, Client  # noqa: E402


def totp(secret, step):
    """RFC 6238 with Python's own HMAC."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.new(key, struct.pack(">Q", step), "sha1").digest()
    at = mac[19] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7FFFFFFF) % 1000000:06d}"


def check_first_owner(report, practice):
    """A fresh install makes one owner, with the token of the terminal alone."""
    nobody = Client(practice.port)
    report.equal(nobody.get("setup")["state"], "fresh", "a fresh install says so")
    report.status(nobody.get("session"), 401, "nobody is signed in")
    body = {"token": "x" * 43, "email": "owner@desk.example", "name": "Olu", "password": PASSWORD}
    report.status(nobody.post("setup/owner", body), 403, "a guessed token makes no owner")
    weak = nobody.post("setup/owner", {**body, "token": practice.token, "password": "short"})
    report.equal([weak.status, weak["errors"][0]["field"]], [422, "password"],
                 "a weak password is told at its field")
    owner = practice.owner()
    report.equal(owner.get("session")["user"]["role"], "owner", "the first owner is signed in")
    report.status(nobody.post("setup/owner", {**body, "token": practice.token}), 409,
                  "there is no second first owner")
    report.equal(nobody.get("setup")["state"], "ready", "and the install says so")
    return owner


def check_sessions(report, practice, owner):
    """Cookies, origins, wrong passwords, wrong cookies."""
    answer = Client(practice.port).sign_in("OWNER@desk.example")
    cookie = answer.headers["Set-Cookie"]
    report.ok(all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Path=/")),
              "the cookie is closed to scripts and other sites", cookie)
    wrong = Client(practice.port)
    report.status(wrong.sign_in("owner@desk.example", "not the password at all"), 403,
                  "a wrong password is refused")
    unknown = wrong.sign_in("nobody@desk.example", PASSWORD)
    report.equal([unknown.status, unknown.json],
                 [403, wrong.sign_in("owner@desk.example", "wrong again it is").json],
                 "who does not exist gets the same answer")
    forged = Client(practice.port)
    forged.cookie = "perennial=" + "A" * 43
    report.status(forged.get("session"), 401, "a made-up cookie opens nothing")
    for headers, sentence in (({"X-Perennial": None}, "without our header"),
                              ({"Origin": "https://evil.example"}, "from another origin"),
                              ({"Sec-Fetch-Site": "cross-site"}, "from another site"),
                              ({"Sec-Fetch-Site": "same-site"}, "from a sister site")):
        report.status(owner.ask("PATCH", "account", {"name": "Mallory"}, headers), 403,
                      f"a write {sentence} is refused")
    fine = owner.ask("PATCH", "account", {"name": "Olu A."},
                     {"Origin": f"http://127.0.0.1:{practice.port}", "Sec-Fetch-Site": "same-origin"})
    report.equal([fine.status, fine["name"]], [200, "Olu A."], "our own page may write")
    other = Client(practice.port)
    other.sign_in("owner@desk.example")
    listed = owner.get("account/sessions")["items"]
    report.equal(len([s for s in listed if s["current"]]), 1, "one's own sessions are listed")
    current = next(s for s in other.get("account/sessions")["items"] if s["current"])
    owner.ask("DELETE", "account/sessions/" + current["session_id"])
    report.status(other.get("session"), 401, "a session that was ended elsewhere is over")
    gone = Client(practice.port)
    gone.sign_in("owner@desk.example")
    kept = gone.cookie
    report.status(gone.ask("DELETE", "session"), 204, "signing out works")
    gone.cookie = kept
    report.status(gone.get("session"), 401, "and the old cookie opens nothing")


def check_second_factor(report, practice, owner):
    """Set up, sign in with it, use a code once, use a recovery code once."""
    report.status(owner.post("account/second-factor", {"password": "wrong wrong wrong"}), 422,
                  "a second factor wants the password again")
    made = owner.post("account/second-factor", {"password": PASSWORD})
    report.ok(made["qr_svg"].startswith("<svg") and made["otpauth_uri"].startswith("otpauth://totp/"),
              "a QR code comes with the secret", made)
    step = int(time.time()) // 30
    done = owner.post("account/second-factor/confirm", {"code": totp(made["secret"], step)})
    codes = done["recovery_codes"]
    report.equal(len(set(codes)), 10, "its first code gives ten recovery codes")
    client = Client(practice.port)
    first = client.sign_in("owner@desk.example")
    report.equal([first["state"], first["user"], first["permissions"]], ["second_factor", None, []],
                 "the password alone opens nothing")
    report.status(client.get("staff"), 401, "nothing at all")
    report.status(client.post("session/second-factor", {"code": totp(made["secret"], step)}), 403,
                  "a code that was used is refused")
    report.equal(client.post("session/second-factor", {"code": totp(made["secret"], step + 1)}).status,
                 200, "the next code opens")
    report.status(client.get("staff"), 200, "everything")
    again = Client(practice.port)
    again.sign_in("owner@desk.example")
    report.status(again.post("session/second-factor", {"code": codes[0].lower()}), 200,
                  "a recovery code opens, too")
    more = Client(practice.port)
    more.sign_in("owner@desk.example")
    report.status(more.post("session/second-factor", {"code": codes[0]}), 403, "but once")
    owner.ask("DELETE", "account/second-factor", {"password": PASSWORD})
    report.equal(Client(practice.port).sign_in("owner@desk.example")["state"], "signed_in",
                 "it can be taken away again")


def check_lockout(report, practice):
    """Who guesses waits, also with the right password."""
    practice.home.run("user", "add", "locked@desk.example", "--role", "auditor", "--name", "Lo Ka")
    url = practice.home.json("user", "link", "locked@desk.example")["sign_in_url"]
    person = Client(practice.port)
    linked = person.post("session/link", {"token": url.split("/enter/")[1]})
    report.equal([linked.status, linked["must"]], [200, ["set_password"]],
                 "a one-time link of the terminal signs in")
    report.status(person.post("session/link", {"token": url.split("/enter/")[1]}), 403, "once")
    person.post("account/password", {"password": PASSWORD})
    guesser = Client(practice.port)
    seen = [guesser.sign_in("locked@desk.example", f"guess number {n} of many").status
            for n in range(7)]
    report.ok(429 in seen, "who guesses is slowed down", seen)
    locked = guesser.sign_in("locked@desk.example")
    report.equal([locked.status, "Retry-After" in locked.headers], [429, True],
                 "and waits, even with the right password")
    report.status(person.get("session"), 200, "who is signed in stays so")
    practice.home.run("user", "disable", "locked@desk.example")
    report.status(person.get("session"), 401, "until the account is disabled")
    listed = practice.home.json("user", "list")
    report.ok({"locked@desk.example": "disabled"}.items()
              <= {u["email"]: u["state"] for u in listed}.items(), "user list tells", listed)


def check_fields(report, owner):
    """What is wrong is told at its field."""
    bad = owner.ask("PATCH", "account", {"name": 7, "language": "xx", "colour": "red"})
    report.equal([bad.status, sorted(e["field"] for e in bad["errors"])],
                 [422, ["colour", "language", "name"]], "every wrong field is told at once")
    report.ok(all(e["detail"] and e["remedy"] for e in bad["errors"]), "with its remedy", bad)
    report.status(owner.ask("PATCH", "account", raw=b"{", headers={"Content-Type": "application/json"}),
                  400, "a torn body is refused")
    report.status(owner.ask("PATCH", "account", raw=b"name=x"), 415, "a form is no JSON")
    report.status(owner.get("no/such/thing"), 404, "an unknown address is 404")
    report.status(owner.ask("PUT", "session", {}), 405, "a wrong method is 405")
    once = {"Idempotency-Key": "k-1"}
    first = owner.ask("PATCH", "account", {"name": "First"}, once)
    owner.ask("PATCH", "account", {"name": "Second"})
    again = owner.ask("PATCH", "account", {"name": "First"}, once)
    report.equal([again["name"], again.headers.get("Idempotent-Replayed"),
                  owner.get("session")["user"]["name"]], [first["name"], "true", "Second"],
                 "the same Idempotency-Key gets the first answer and does nothing")
    report.status(owner.ask("PATCH", "account", {"name": "Third"}, once), 422,
                  "and is refused for another request")


def check_roles(report, practice, owner):
    """A colleague of each role; a limited one sees the patients of a location."""
    roles = owner.get("roles")
    people = {role: practice.colleague(owner, role) for role in roles["roles"] if role != "owner"}
    held = {p["permission"]: p["roles"] for p in roles["permissions"]}
    for path, permission in (("patients/search?q=a", "patients.read"), ("staff", "staff.read"),
                             ("keys", "keys.manage")):
        for role, person in people.items():
            wanted = 200 if role in held[permission] else 403
            report.status(person.get(path), wanted, f"{role} asks for {path.split('?')[0]}")
    report.status(people["manager"].post("staff", {"email": "x@desk.example", "name": "X Y",
                                                   "role": "owner"}), 403,
                  "a manager makes no owner")
    taken = owner.post("staff", {"email": "Manager@desk.example", "name": "Twin", "role": "manager"})
    report.status(taken, 409, "an email address has one account")
    me = owner.get("session")["user"]["user_id"]
    report.status(owner.ask("PATCH", f"staff/{me}", {"role": "auditor"}), 409,
                  "the last owner stays one")
    desk = next(u for u in owner.get("staff")["items"] if u["role"] == "front_desk")
    owner.ask("PATCH", f"staff/{desk['user_id']}", {"state": "disabled"})
    report.status(people["front_desk"].get("session"), 401, "who is disabled is signed out")
    owner.ask("PATCH", f"staff/{desk['user_id']}", {"state": "active"})
    people["front_desk"].sign_in("front_desk@desk.example")
    key = owner.post("keys", {"name": "reader", "scopes": ["patients.read"]})
    program = Client(practice.port, key["secret"])
    report.status(program.get("patients/search?q=a"), 200, "a key does what its scope says")
    found = program.get("search?q=a")
    report.status(found, 200, "who may read patients may search them")
    report.ok(found["items"] and {one["kind"] for one in found["items"]}
              <= {"patient", "tag", "appointment"}, "and finds what it may read")
    report.ok(any(row["actor"] == "key:" + key["key"]["key_id"] for row in
                  owner.get("audit?limit=50&action=patient.listed")["items"]), "which is written down")
    blind = owner.post("keys", {"name": "blind", "scopes": ["playbooks.read"]})
    found = Client(practice.port, blind["secret"]).get("search?q=touch")
    report.ok({one["kind"] for one in found["items"]} <= {"playbook"}, "who may read playbooks finds those")
    deaf = owner.post("keys", {"name": "deaf", "scopes": ["reports.read", "staff.read"]})
    report.status(Client(practice.port, deaf["secret"]).get("search?q=a"), 403,
                  "who may read nothing of it does not search")
    more = program.get("staff")
    report.ok(more.status == 403 and "scope staff.read" in more["title"]
              and "perennial key add" in more["remedy"], "and no more, naming the scope", more)
    more = program.get("session")
    report.ok(more.status == 403 and "not for keys" in more["title"], "and is no person", more)
    report.equal(owner.post("keys", {"name": "x", "scopes": ["patients"]})["errors"][0]["field"],
                 "scopes", "an unknown scope is told at its field")
    owner.ask("DELETE", "keys/" + key["key"]["key_id"])
    report.status(program.get("patients/search?q=a"), 401, "a revoked key opens nothing")
    return people


def check_patients(report, practice, people):
    """Search, lists, pages, stops; every read leaves its row."""
    desk = people["front_desk"]
    page = desk.get("patients?limit=20&count=true")
    report.ok(page["total"] > 100 and len(page["items"]) == 20 and page["next"], "patients are listed",
              page)
    seen, cursor = [], ""
    while cursor is not None and len(seen) < 2000:
        part = desk.get("patients?limit=200" + (f"&cursor={cursor}" if cursor else ""))
        seen += [item["patient_id"] for item in part["items"]]
        cursor = part["next"]
    report.equal([len(seen), len(set(seen))], [page["total"]] * 2, "page by page, each once")
    some = next(i for i in page["items"] if i["phone"] and i["email"] and " " in i["name"])
    first, last = some["name"].split(" ", 1)
    for query in (some["name"], last[:5], f"{last} {first}", f"{first[:3]} {last[:3]}", some["external_id"],
                  some["phone"], some["phone"][2:9], some["email"][:9].upper()):
        found = desk.get("patients/search?q=" + urllib.parse.quote(query))
        report.ok(any(i["patient_id"] == some["patient_id"] for i in found["items"])
                  or len(found["items"]) == 12, f"{len(query)} signs find a patient", [query, found])
    report.equal(desk.get("patients/search?q=" + urllib.parse.quote("'; DROP TABLE patient; --"))["items"],
                 [], "a statement finds nobody")
    fewer = desk.get("patients?count=true&order=value&where=" + urllib.parse.quote("visits >= 3"))
    values = [i["value"]["cents"] for i in fewer["items"]]
    report.ok(0 < fewer["total"] < page["total"] and values == sorted(values, reverse=True)
              and all(i["visits"] >= 3 for i in fewer["items"]), "an expression filters", fewer)
    wrong = desk.get("patients?where=" + urllib.parse.quote("visists >= 3"))
    report.equal([wrong.status, wrong["errors"][0]["field"]], [422, "where"],
                 "a misspelt expression is told", wrong)
    patient = "patients/" + some["patient_id"]
    whole = desk.get(patient)
    report.equal([whole.status, whole["external_id"]], [200, some["external_id"]], "a page opens")
    report.status(desk.get("patients/00000000-0000-7000-8000-000000000000"), 404, "a guessed id is 404")
    report.ok(desk.get(patient + "/timeline")["items"], "with its timeline")
    why = desk.get(patient + "/explain")
    report.ok(why["items"] and why["items"][0]["steps"], "and why nothing was sent", why)
    report.status(desk.post(patient + "/tags", {"tag": "likes saturdays <b>"}), 200, "a tag goes on")
    untagged = desk.ask("DELETE", patient + "/tags/" + urllib.parse.quote("likes saturdays <b>"))
    report.equal([untagged.status, untagged["tags"]], [200, some["tags"]], "and off")
    report.equal(desk.post(patient + "/pause", {"until": "2099-01-01"})["paused"], True, "a pause")
    report.equal(desk.ask("DELETE", patient + "/pause")["paused"], False, "and its end")
    over = desk.post(patient + "/pause", {"until": "2020-01-01"})
    report.equal([over.status, over["errors"][0]["field"]], [422, "until"], "a pause that is over is none")
    stopped = desk.post(patient + "/opt-out", {"channel": "all", "scope": "all", "note": "by phone"})
    report.equal({p["marketing"] for p in stopped["contact_points"]}, {"closed"}, "an opt-out closes all",
                 stopped)
    report.ok("told" in str(stopped["suppressions"]) or stopped["suppressions"], "and is on file", stopped)
    given = desk.post(patient + "/consents", {"channel": "email", "purpose": "marketing",
                                              "class": "written", "evidence": "form of today"})
    report.ok(any(c["evidence"] == "form of today" for c in given["consents"]), "a consent with evidence",
              given)
    later = desk.post(patient + "/consents", {"channel": "sms", "purpose": "marketing", "class": "written",
                                              "given": "2099-01-01", "evidence": "form to come"})
    report.equal([later.status, later["errors"][0]["field"]], [422, "given"],
                 "a consent of a day to come is refused at its field", later)
    trail = practice.home.json("audit", "show", "--patient", some["external_id"])
    actions = {row["action"] for row in trail}
    report.ok("patient.read" in actions, "every read of a patient is in the trail", sorted(actions))


def check_role_table(report, practice, owner, people):
    """Every operation of the document by everybody: who may not is told so, before anything else."""
    document = Client(practice.port).get("/openapi.json").json
    everybody = {**people, "owner": owner, "nobody": Client(practice.port)}
    wrong, asked, told = [], 0, set()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            told.add(operation["operationId"])
            roles = operation["x-role"] or list(everybody)
            address = re.sub(r"{\w+}", "00000000-0000-7000-8000-000000000000", path)
            for role, person in everybody.items():
                if role in roles and (method != "get" or path == "/events"):
                    continue  # what may be done is done elsewhere
                answer = person.ask(method.upper(), address)
                asked += 1
                denied = answer.status == (401 if role == "nobody" else 403) \
                    and answer["code"] in ("signed_out", "permission")
                if denied == (role in roles):
                    wrong.append((role, method, path, answer))
    report.equal(wrong, [], f"{asked} questions to {len(told)} operations: who may not is refused")
    report.ok(len(told) > 80, "of the whole document", len(told))
    program = owner.post("keys", {"name": "narrow", "scopes": ["reports.read"]})
    key = Client(practice.port, program["secret"])
    broader = [path for path, methods in document["paths"].items() if "get" in methods
               and methods["get"]["x-permission"] not in ("reports.read", "anybody")
               and key.get(re.sub(r"{\w+}", "x", path)).status != 403]
    report.equal(broader, [], "a key of one scope opens that alone")


def check_reports(report, owner, people):
    """Numbers, weeks, people, CSV, audit, disclosures."""
    consultant = people["consultant"]
    summary = consultant.get("reports/summary")
    report.ok("all" in summary.json and "playbooks" in summary.json, "a report", summary)
    report.equal(len(consultant.get("reports/trend?weeks=8")["items"]), 8, "eight weeks of trend")
    report.status(consultant.get("reports/people?measure=entered"), 403, "a consultant sees no names")
    all_of = consultant.get("patients/count?where=visits%20%3E%3D%200&exact=true")
    desk_all = owner.get("patients?count=true&exact=true&limit=1")["total"]
    report.equal([all_of["total"], all_of["few"]], [desk_all, False] if desk_all > 10 else [None, True],
                 "a consultant hears for how many a condition holds", all_of)
    few = consultant.get("patients/count?where=visits%20%3E%3D%20900&exact=true")
    report.equal([few["total"], few["few"]], [None, True], "but of a handful only that they are few", few)
    report.equal(owner.get("patients/count?where=visits%20%3E%3D%20900&exact=true")["total"], 0,
                 "an owner hears the number")
    report.status(people["front_desk"].get("patients/count?where=true"), 403, "it is for who writes plans")
    report.status(consultant.get("patients/count?where=visits%20%3E"), 422, "a condition is read first")
    report.status(owner.get("reports/people?measure=booked"), 200, "an owner does")
    csv = consultant.get("reports/summary.csv")
    report.ok(csv.raw.startswith(b"playbook,entered") and "attachment" in
              csv.headers["Content-Disposition"], "a CSV", csv)
    report.ok(b"<html" in consultant.get("reports/summary.html").raw, "a page for print")
    rows = owner.get("audit?limit=5&action=session")
    report.ok(len(rows["items"]) == 5 and rows["next"] and all(r["action"].startswith("session")
                                                               for r in rows["items"]), "the log", rows)
    more = owner.get(f"audit?limit=5&action=session&cursor={rows['next']}")
    report.ok(not {(r["writer"], r["seq"]) for r in rows["items"]}
              & {(r["writer"], r["seq"]) for r in more["items"]}, "and its next page", more)
    one = owner.get("patients?limit=1")["items"][0]["patient_id"]
    told = owner.get(f"patients/{one}/disclosures")
    report.ok(any(r["action"] == "patient.listed" and r["actor_name"] for r in told["items"]),
              "disclosures tell of lists, too", told)
    report.status(people["clinician"].get("audit"), 403, "a clinician does not read the log")
    report.equal(owner.post("audit/verify")["broken"], False, "the chains hold")


def check_settings(report, practice, owner):
    """Settings, edited by two people; definitions that cannot be read."""
    seen = owner.get("settings")
    changed = owner.ask("PATCH", "settings", {"name": "Łantern & \"Sons\" #1", "idle_logoff_min": 30},
                        {"If-Match": seen.etag})
    report.equal([changed.status, changed["name"], changed["idle_logoff_min"]],
                 [200, "Łantern & \"Sons\" #1", 30], "settings change", changed)
    stale = owner.ask("PATCH", "settings", {"name": "Other"}, {"If-Match": seen.etag})
    report.status(stale, 412, "a stale edit is told")
    report.status(owner.ask("PATCH", "settings", {"name": "Other"}), 428, "an edit without a look, too")
    bad = owner.ask("PATCH", "settings", {"timezone": "Mars/Olympus"}, {"If-Match": changed.etag})
    report.equal([bad.status, bad["errors"][0]["field"]], [422, "timezone"], "a wrong zone is told", bad)
    report.equal(owner.get("session")["practice"]["name"], "Łantern & \"Sons\" #1",
                 "and everybody reads it again")
    text = open(os.path.join(practice.home.folder, "perennial.yaml"), encoding="utf-8").read()
    report.ok("Łantern" in text, "the file holds it", text)
    words = owner.get("definitions")
    report.ok(any(s["key"] == "neurotoxin" for s in words["services"]), "definitions", words)
    torn = owner.ask("PUT", "definitions", {"source": "services: [\n"}, {"If-Match": words.etag})
    report.equal([torn.status, torn["errors"][0]["field"]], [422, "source"], "torn ones are refused")
    same = owner.ask("PUT", "definitions", {"source": words["source"] + "# seen\n"},
                     {"If-Match": words.etag})
    report.status(same, 200, "and good ones saved")
    report.status(owner.post("setup/recovery-key", {"password": "wrong wrong wrong"}), 422,
                  "the recovery key wants the password")
    report.ok(len(owner.post("setup/recovery-key", {"password": PASSWORD})["files"]) == 3,
              "and is given to the owner")
    steps = owner.get("setup/steps")
    report.equal([steps["recovery_key"], steps["imported"], steps["playbook_applied"]],
                 [True, True, True], "the first run knows its steps", steps)


def await_thread(desk, zone, patient_id):
    """A conversation as soon as the running program has read the message."""
    for _ in range(100):
        listed = desk.get(f"threads?zone={zone}")
        for thread in listed["items"]:
            if thread["patient"] and thread["patient"]["patient_id"] == patient_id:
                return thread
        time.sleep(0.1)
    return None


def check_inbox(report, practice, people):
    """A hot reply: read, noted, assigned, answered by two people, closed."""
    desk, clinician = people["front_desk"], people["clinician"]
    some = next(i for i in reversed(desk.get("patients?limit=200")["items"])
                if i["phone"] and not i["flags"] and i["email"] and {"open"} == {
                    p["care"] for p in desk.get("patients/" + i["patient_id"])["contact_points"]})
    practice.home.run("receive", "--from", some["phone"], "--text", "how much is it now? <b>thanks</b>")
    thread = await_thread(desk, "needs_person", some["patient_id"])
    report.ok(thread and thread["unread"] and "<b>thanks</b>" in thread["preview"],
              "a reply waits for a person", thread)
    path = "threads/" + thread["thread_id"]
    page = desk.get(path)
    report.ok(page["messages"][-1]["kind"] == "in" and page["addresses"], "the conversation opens", page)
    report.equal(desk.get(path)["thread"]["unread"], False, "and is read")
    today = desk.get("today")
    report.ok(today["queues"]["unanswered"] >= 1 and today["hot"] and len(today["forecast"]) == 7
              and "booking_data_stale" in today.json, "the day shows it", today)
    seen = page.etag
    taken = desk.ask("PATCH", path, {"assignee_id": desk.get("session")["user"]["user_id"]},
                     {"If-Match": seen})
    report.equal([taken.status, taken["assignee"] and taken["assignee"]["name"]],
                 [200, "Robin front_desk"], "it is taken", taken)
    report.status(clinician.ask("PATCH", path, {"assignee_id": None}, {"If-Match": seen}), 412,
                  "a second hand is told")
    report.status(desk.post(path + "/notes", {"body": "asked about price before"}), 201, "a note")
    report.equal([m["kind"] for m in clinician.get(path)["messages"]][-2:], ["in", "note"],
                 "that colleagues see")
    shown = desk.post(path + "/preview", {"body": "Hi {{ first_name }}, {{ shoe_size }}"})
    report.ok("{{" in shown["text"] and shown["missing"] == ["shoe_size"] and shown["answer"] == "allow",
              "a preview fills in and tells what is missing", shown)
    named = desk.post(path + "/preview", {"body": "Hi {{ patient.first_name }} of {{practice.name}}"})
    report.ok("{{" not in named["text"] and named["missing"] == [], "by the names of messages, too", named)
    report.status(desk.post(path + "/reply", {"body": "{{ shoe_size }}"}), 422, "a hole is not sent")
    for nothing in ("", " \n "):
        wrong = desk.post(path + "/reply", {"body": nothing})
        report.equal([wrong.status, wrong["errors"][0]["field"]], [422, "body"], "nor nothing", wrong)
    for words, least in (("a" * 1600, 201), ("é😀" * 534, 422), ("a" * 1601, 422), ("a" * 8000, 422)):
        shown = desk.post(path + "/preview", {"body": words})
        report.equal(shown["answer"], "allow" if least == 201 else "drop",
                     f"a text of {len(words)} is looked at", shown)
        if least == 422:
            long = desk.post(path + "/reply", {"body": words})
            report.equal([long.status, long["errors"][0]["field"]], [422, "body"],
                         f"a text of {len(words)} is not sent", long)
    report.equal(desk.post(path + "/preview", {"body": "a" * 8000, "channel": "email"})["answer"], "allow",
                 "a mail may be longer")
    last = desk.get(path)["messages"][-1]["message_id"]
    sent = desk.post(path + "/reply", {"body": "Hi {{ first_name }}, it is $12 a unit.",
                                       "seen_message_id": last}, **{"Idempotency-Key": "r1"})
    report.equal([sent.status, sent["message"].startswith("Hi ")], [201, True], "an answer goes", sent)
    again = desk.post(path + "/reply", {"body": "Hi {{ first_name }}, it is $12 a unit.",
                                        "seen_message_id": last}, **{"Idempotency-Key": "r1"})
    report.equal(again["touch_id"], sent["touch_id"], "once, however often it is sent")
    report.status(clinician.post(path + "/reply", {"body": "me too", "seen_message_id": last}), 409,
                  "who did not see it is told")
    for _ in range(100):
        out = [m for m in desk.get(path)["messages"] if m["kind"] == "out"]
        if out and out[-1]["state"] == "sent":
            break
        time.sleep(0.1)
    report.equal([(m["by"], m["state"]) for m in out], [("Robin front_desk", "sent")],
                 "the loop sends it in the colleague's name", out)
    report.equal(desk.get(path)["thread"]["zone"], "automated", "it waits for the patient then")
    report.equal(desk.post(path + "/preview", {"body": "Botox is $12 a unit."})["code"], "content",
                 "a treatment that they did not name is not named to them")
    practice.home.run("receive", "--from", some["phone"], "--text", "I mean for botox")
    await_thread(desk, "needs_person", some["patient_id"])
    named = desk.post(path + "/reply", {"body": "Botox is $12 a unit."})
    report.status(named, 201, "one that they named is")
    report.equal(desk.post(path + "/preview", {"body": "Botox is $12, Dysport $5."})["code"], "content",
                 "beside no other")

    def state_of(touch):
        return next((m["state"] for m in desk.get(path)["messages"]
                     if m["kind"] == "out" and m["message_id"] == touch), None)
    for _ in range(100):
        if state_of(named["touch_id"]) not in (None, "due", "waiting", "sending"):
            break
        time.sleep(0.1)
    report.equal(state_of(named["touch_id"]), "sent", "and the loop's gate says the same")
    report.equal(desk.post(path + "/close")["zone"], "done", "and is closed")
    report.equal(desk.post(path + "/reopen")["state"], "open", "and opened again")
    canned = desk.post("canned-answers", {"name": "Price", "body": "It is {{price}}", "language": "en"})
    changed = desk.ask("PUT", "canned-answers/" + canned["canned_id"],
                       {"name": "Price", "body": "Ask", "language": "es"},
                       {"If-Match": f'"{canned["etag"]}"'})
    report.equal([changed.status, len(desk.get("canned-answers")["items"])], [200, 1], "a canned answer",
                 changed)
    report.status(desk.ask("DELETE", "canned-answers/" + canned["canned_id"]), 204, "and gone")
    report.status(people["consultant"].get(path), 403, "a consultant reads no conversation")


class Stream:
    """A browser's stream of events, read line by line."""

    def __init__(self, client, last=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=20)
        headers = {"Cookie": client.cookie, **({"Last-Event-ID": last} if last else {})}
        self.connection.request("GET", "/events", headers=headers)
        self.response, self.last = self.connection.getresponse(), last

    def event(self, topic):
        """The data of the next event of that topic; the place behind it is in `last`."""
        told = {}
        while True:
            line = self.response.readline().decode().rstrip("\n")
            if line:
                name, _, value = line.partition(": ")
                told[name] = value
            elif told.get("event") == topic:
                break
            else:
                told = {}
        while "id" not in told:
            name, _, value = self.response.readline().decode().rstrip("\n").partition(": ")
            told[name] = value
        self.last = told["id"]
        return json.loads(told["data"])

    def close(self):
        """Leave without a word."""
        self.connection.close()


def check_events(report, practice, people):
    """Changes are told at once, later to who was away, and of patients never to a consultant."""
    desk = people["front_desk"]
    some = desk.get("patients?limit=1")["items"][0]["patient_id"]
    stream, blind = Stream(desk), Stream(people["consultant"])
    desk.post(f"patients/{some}/tags", {"tag": "first"})
    begun = time.monotonic()
    told = stream.event("patient")
    report.ok(told["patient_id"] == some and time.monotonic() - begun < 3, "a change is told", told)
    practice.home.run("pause")
    report.equal(blind.event("playbook")["type"], "sending.paused",
                 "a consultant hears of what is sent, and of nobody")
    practice.home.run("resume")
    stream.close()
    desk.post(f"patients/{some}/tags", {"tag": "second"})
    again = Stream(desk, stream.last)
    report.equal(again.event("patient"), told, "who was away hears it later")
    lost = Stream(desk, "no place of ours")
    report.equal(lost.event("reset")["reason"], "missed", "who comes from nowhere asks anew")
    report.status(Client(practice.port).ask("GET", "/events"), 401, "nobody hears nothing")
    report.status(people["auditor"].ask("GET", "/events"), 403, "nor does who may not")
    for one in (blind, again, lost):
        one.close()


class Listener(http.server.BaseHTTPRequestHandler):
    """Another program of the practice: refuses the first message, takes the rest."""

    heard = []

    def do_POST(self):  # noqa: N802  (the library's name)
        """One message."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told = {name.lower(): value for name, value in self.headers.items()}
        first = told["webhook-id"] not in [one[0]["webhook-id"] for one in self.heard]
        self.heard.append((told, body))
        self.send_response(500 if first else 204)
        self.end_headers()

    def log_message(self, *arguments):
        """Say nothing."""


def check_webhooks(report, owner, people):
    """Told, signed, tried again; what became of it is listed."""
    report.equal(owner.post("webhooks", {"url": "http://10.0.0.1/x", "topics": []})["errors"][0]["field"],
                 "url", "an address without TLS is refused")
    Listener.heard.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made = owner.post("webhooks", {"url": f"http://127.0.0.1:{server.server_port}/in",
                                   "topics": ["patient"]})
    hook, secret = made["webhook"]["webhook_id"], made["secret"]
    some = owner.get("patients?limit=1")["items"][0]["patient_id"]
    people["front_desk"].post(f"patients/{some}/tags", {"tag": "told"})
    wanted = {"topic": "patient", "patient_id": some}
    for _ in range(200):
        mine = [one for one in list(Listener.heard) if json.loads(one[1])["data"] == wanted]
        if len(mine) >= 2:
            break
        time.sleep(0.1)
    report.equal([len(mine), len({one[0]["webhook-id"] for one in mine})], [2, 1],
                 "a change is told by ids alone, and after a refusal again under the same id", mine)
    headers, body = mine[-1]
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), text, "sha256").digest()
    report.equal(headers["webhook-signature"], "v1," + base64.b64encode(mac).decode(), "it is signed")
    for _ in range(100):
        listed = owner.get(f"webhooks/{hook}/deliveries")["items"]
        done = [d for d in listed if d["delivery_id"] == headers["webhook-id"]]
        if done and done[0]["state"] == "delivered":
            break
        time.sleep(0.1)
    report.equal([(d["state"], d["attempts"], d["status"]) for d in done], [("delivered", 2, 204)],
                 "and listed", listed)
    report.status(owner.post(f"webhooks/{hook}/test"), 202, "a test message goes")
    for _ in range(100): # a webhook is busy while a message of it is on its way
        if all(d["state"] == "delivered" for d in owner.get(f"webhooks/{hook}/deliveries")["items"]):
            break
        time.sleep(0.1)
    report.status(owner.ask("DELETE", f"webhooks/{hook}"), 204, "and it is gone")
    server.shutdown()


PATIENTS = ("Patient ID,First Name,Last Name,Date of Birth,Mobile Phone,Email,Favourite Colour\n"
            "N1,Neu,Person,01/22/1980,(512) 555-0177,neu@patients.example,red\n"
            ",No,Id,01/22/1981,(512) 555-0178,no@patients.example,blue\n")


def check_imports(report, people):
    """A file is uploaded, looked at without a change, then taken in."""
    desk = people["front_desk"]
    up = desk.ask("POST", "imports/files?name=" + urllib.parse.quote("../Pätients €.csv"),
                  raw=PATIENTS.encode(), headers={"Content-Type": "application/octet-stream"})
    report.equal([up.status, up["bytes"]], [201, len(PATIENTS.encode())], "an export is uploaded", up)
    before = desk.get("patients?limit=1&count=true")["total"]
    look = {"file_ids": [up["file_id"]], "dry_run": True}
    seen = desk.post("imports", look, **{"Idempotency-Key": "look-1"})
    again = desk.post("imports", look, **{"Idempotency-Key": "look-1"})
    report.equal([again.headers.get("Idempotent-Replayed"), again["files"]], ["true", seen["files"]],
                 "whoever loses the answer to a dry run gets the same one", again)
    one = seen["files"][0]
    report.equal([one["rejected_codes"], one["warnings_codes"]],
                 [[{"code": "no_id", "count": 1}],
                  [{"code": "shared_phone", "count": 1}, {"code": "unknown_column", "count": 1}]],
                 "how often each code is told beside the list", one)
    report.ok(one["created"] == 1 and one["rejected_total"] == 1 and one["rejected"][0]["row"] == 3
              and {"field": "first_name", "heading": "First Name"} in one["mapping"],
              "a dry run tells rows and mapping", seen)
    report.equal(desk.get("patients?limit=1&count=true")["total"], before, "and changes nothing")
    done = desk.post("imports", {"file_ids": [up["file_id"]], "dry_run": False})
    report.equal([done.status, desk.get("patients?limit=1&count=true")["total"]], [200, before + 1],
                 "then it is taken in", done)
    report.ok(desk.get("patients/search?q=N1")["items"][0]["name"] == "Neu Person", "and found")
    report.equal(desk.get("imports?limit=1")["items"][0]["kind"][-8:], "patients", "and listed")
    first = desk.get("imports?limit=1")["items"][0]
    same = desk.ask("POST", "imports/files?name=again.csv", raw=PATIENTS.encode(),
                    headers={"Content-Type": "application/octet-stream"})
    report.status(desk.post("imports", {"file_ids": [same["file_id"]], "dry_run": False}), 200,
                  "the same bytes come again")
    after = desk.get("imports?limit=1")["items"][0]
    report.ok(first["seen_again_at"] is None and after["created"] == 1
              and {**after, "seen_again_at": None} == first and after["seen_again_at"] >= after["at"],
              "what they brought stands where it came first, and when they were seen again", [first, after])
    report.status(desk.post("imports", {"file_ids": [up["file_id"]], "dry_run": False}), 404,
                  "what was taken in is kept no longer")
    torn = desk.ask("POST", "imports/files?name=x.csv", raw=b"Some,Thing\n1,2\n")
    refused = desk.post("imports", {"file_ids": [torn["file_id"]], "dry_run": False})
    report.ok(refused["refused"] and refused["files"][0]["refused"], "a file of no kind is refused",
              refused)
    report.status(people["consultant"].ask("POST", "imports/files?name=x.csv", raw=b"x"), 403,
                  "a consultant imports nothing")
    report.status(desk.post("imports", {"file_ids": ["../../perennial.yaml"], "dry_run": True}), 404,
                  "no other file is read")
    report.ok("jane.patients" in desk.get("imports/kinds")["kinds"], "kinds are listed")


def check_import_waits(report, owner, desk):
    """While an import holds the store others read, are told how far it is, and wait to write."""
    rows = "".join(f"W{i},Wanda,Waits{i},01/22/1980,w{i}@patients.example\n" for i in range(8000))
    up = desk.ask("POST", "imports/files?name=many.csv",
                  raw=("Patient ID,First Name,Last Name,Date of Birth,Email\n" + rows).encode())
    ask = {"file_ids": [up["file_id"]], "dry_run": True}
    done = []
    bringing = threading.Thread(target=lambda: done.append(desk.post("imports", ask)))
    bringing.start()
    steps, refused, read, wrote = set(), None, None, None
    while bringing.is_alive():
        bringing.join(0.03)
        running = owner.get("imports/running")["running"]
        if not running:
            continue
        steps.add(running["step"])
        report_of = [running["file"] in ("", "many.csv"), running["dry_run"],
                     running["done"] <= running["all"] or running["step"] == "keeping"]
        if not all(report_of):
            steps.add(json.dumps(running))
        if refused is None:
            refused = owner.post("imports", ask)
            read = owner.get("session")
            wrote = owner.post("staff", {"email": "late@desk.example", "name": "Late",
                                         "role": "front_desk"})
    bringing.join()
    report.ok(done[0].status == 200 and done[0]["files"][0]["created"] == 8000,
              "8,000 rows are looked at", done[0])
    report.ok(steps and steps <= {"reading", "taking", "settling", "keeping"},
              "and who waits is told how far it is", steps)
    report.equal([refused.status, refused["code"], read.status], [409, "importing", 200],
                 "another import is refused, who reads reads", refused)
    report.ok(wrote.status == 201 or wrote.headers.get("Retry-After") == "2",
              "who writes waits, or is asked to come again", wrote)
    report.equal(owner.get("imports/running")["running"], None, "then nothing is under way")


def check_tasks(report, people):
    """A task is taken, put off and ended."""
    desk = people["front_desk"]
    listed = desk.get("tasks")
    report.ok(listed["items"], "tasks wait", listed)
    report.equal({tuple(t["may_end"]) for t in listed["items"]},
                 {("owner", "manager", "front_desk", "clinician")}, "each says who may end it")
    task = listed["items"][0]
    whole = desk.get("tasks/" + task["task_id"])
    report.ok(whole["task"]["task_id"] == task["task_id"] and whole["outcomes"], "a task opens", whole)
    later = desk.ask("PATCH", "tasks/" + task["task_id"], {"due_at": "2030-01-01T00:00:00Z"})
    report.equal(later["due_at"], "2030-01-01T00:00:00Z", "it is put off")
    wrong = desk.post(f"tasks/{task['task_id']}/outcome", {"outcome": "whatever"})
    report.equal([wrong.status, wrong["errors"][0]["field"],
                  wrong["errors"][0]["remedy"]],
                 [422, "outcome", "Take one of " + "|".join(o["name"] for o in whole["outcomes"])],
                 "an outcome that it cannot come to is refused, naming those it can")
    done = desk.post(f"tasks/{task['task_id']}/outcome",
                     {"outcome": "reached", "note": "will think", "staff_seconds": 95})
    report.equal([done["state"], done["outcome"], done["note"]], ["done", "reached", "will think"],
                 "and ended with its outcome", done)
    report.status(desk.post(f"tasks/{task['task_id']}/outcome", {"outcome": "declined"}), 409,
                  "once")
    report.ok(task["task_id"] in {t["task_id"] for t in desk.get("tasks?queue=done")["items"]},
              "and stands among those done")


def check_playbooks(report, practice, owner, people):
    """Picture, checker, edit, plan, apply what was planned, pause; the consultant sees no names."""
    consultant = people["consultant"]
    listed = consultant.get("playbooks")["items"]
    item = next(i for i in listed if i["name"] == "neurotoxin-touch-up")
    report.equal([item["run"], item["errors"]], ["never", 0], "playbooks are listed", item)
    path = "playbooks/neurotoxin-touch-up"
    page = consultant.get(path)
    report.ok(page["touches"] and page["exits"] and page["entry"]["clock"].startswith("last_visit"),
              "one as a picture", page)
    source = page["source"]
    broken = source.replace("exits:", "exist:", 1)
    check = consultant.post(path + "/check", {"source": broken})
    report.ok(check["errors"] > 0 and check["findings"][0]["line"] > 0, "the checker tells the line", check)
    bad = consultant.ask("PUT", path + "/source", {"source": broken}, {"If-Match": page.etag})
    report.equal([bad.status, bad["errors"][0]["field"]], [422, "source"], "a broken one is not saved")
    good = consultant.ask("PUT", path + "/source", {"source": source + "# looked at\n"},
                          {"If-Match": page.etag})
    report.equal([good.status, good["errors"]], [200, 0], "a good one is", good)
    report.status(consultant.ask("PUT", path + "/source", {"source": source}, {"If-Match": page.etag}),
                  412, "a stale edit is told")
    report.status(consultant.get("playbooks/..%2f..%2fperennial"), 404, "no other file is read")
    blind = consultant.post(path + "/plan", {})
    report.ok(blind.status == 201 and blind["enter"] == [] and blind["not"] == []
              and blind["enter_left_off"] == blind["counts"]["enter"] > 0,
              "a consultant's plan names nobody", blind)
    report.status(consultant.post(path + "/apply", {"plan_id": blind["plan_id"]}), 403,
                  "and is not the consultant's to apply")
    plan = owner.post(path + "/plan", {"diff": True})
    report.ok(plan["enter"] and plan["enter"][0]["touches"], "an owner's plan does", str(plan)[:800])
    one = plan["enter"][0]
    page_of = owner.get(f"patients/{one['patient_id']}")
    report.equal([one["name"], one["patient"]], [page_of["name"], page_of["external_id"]],
                 "by name and number", one)
    listed = [row for row in owner.get(f"patients/{one['patient_id']}/disclosures")["items"]
              if row["action"] == "patient.listed" and row["subject_id"] == "plan"]
    report.equal(len(listed), 1, "and whoever stood in it has it among the disclosures", listed)
    report.status(owner.post(path + "/apply", {"plan_id": "sha256:0"}), 404,
                  "a made-up plan is refused")
    pilot = owner.post(path + "/pilot", {"patients": 3})
    report.equal([pilot.status, pilot["run"], pilot["entered"]], [200, "pilot", 3],
                 "a pilot of three", pilot)
    report.status(owner.post(path + "/apply", {"plan_id": plan["plan_id"]}), 409,
                  "the world has moved: the plan is refused")
    fresh = owner.post(path + "/plan", {})
    done = owner.post(path + "/apply", {"plan_id": fresh["plan_id"]})
    report.equal([done.status, done["run"], done["entered"]],
                 [200, "active", fresh["counts"]["enter"]], "a fresh plan is carried out", done)
    report.equal(people["front_desk"].post(path + "/pause", {"reason": "too many calls"})["run"],
                 "paused", "the front desk may pause it")
    report.status(people["front_desk"].post(path + "/resume"), 403, "and not resume it")
    report.equal(owner.post(path + "/resume")["run"], "active", "an owner may")
    report.equal([owner.post("sending/pause")["paused"], owner.get("today")["sending_paused"],
                  owner.post("sending/resume")["paused"]], [True, True, False], "all sending stops")
    report.ok(any(v["current"] for v in owner.get(path + "/versions")["items"]), "versions")
    touched = owner.get(path)["touches"]
    report.ok(touched[0]["planned"] > 0, "live counts at every touch", touched[0])
    ahead = owner.get("today")["forecast"]
    report.ok(sum(d["sms"] + d["email"] + d["tasks"] for d in ahead) > 0, "the next days", ahead)


def check_templates(report, owner):
    """Pieces, previews with the worst case, an edit with a treatment word."""
    pieces = owner.get("templates")["items"]
    piece = next(p for p in pieces if p["channel"] == "sms" and p["wording"] == "generic"
                 and p["name"].startswith("touchup"))
    path = "templates/" + piece["file"]
    text = owner.get(path)
    shown = owner.post(path + "/preview", {"source": text["source"]})
    report.ok(shown["example"]["segments"] >= 1
              and len(shown["worst"]["text"]) > len(shown["example"]["text"]), "a preview", shown)
    named = next(p for p in pieces if p["wording"] == "specific")
    other = owner.get("templates/" + named["file"])
    shown = owner.post("templates/" + named["file"] + "/preview", {"source": other["source"]})
    report.ok(shown["example"] and shown["example"]["text"], "a specific one reads, too", shown)
    saved = owner.ask("PUT", path, {"source": text["source"].rstrip() + " Your Botox is due.\n"},
                      {"If-Match": text.etag})
    report.equal([saved.status, saved["errors"][0]["field"]], [422, "source"],
                 "a treatment word in a generic piece is refused", saved)
    saved = owner.ask("PUT", path, {"source": text["source"] + "\n"}, {"If-Match": text.etag})
    report.status(saved, 200, "a good text is saved")


def check_all(report, practice):
    """Everything, in one practice."""
    owner = check_first_owner(report, practice)
    check_sessions(report, practice, owner)
    check_fields(report, owner)
    check_second_factor(report, practice, owner)
    people = check_roles(report, practice, owner)
    check_patients(report, practice, people)
    check_inbox(report, practice, people)
    practice.home.run("receive", "--from", "+15125559999", "--text", "who is this")
    check_tasks(report, people)
    check_events(report, practice, people)
    check_imports(report, people)
    check_import_waits(report, owner, people["front_desk"])
    check_webhooks(report, owner, people)
    check_playbooks(report, practice, owner, people)
    check_templates(report, owner)
    check_role_table(report, practice, owner, people)
    check_reports(report, owner, people)
    check_settings(report, practice, owner)
    check_lockout(report, practice)
    verified = practice.home.json("audit", "verify")
    report.ok(not verified.get("broken"), "the audit chains hold", verified)


if __name__ == "__main__":
    desk_client.play("the API", "the API was driven to its end", check_all, samples=True)
