#!/usr/bin/python3
"""What editors of playbooks and messages do over the API.  test/flow/editor_flow.py"""
import contextlib
import datetime as dt
import json
import os
import re
import signal
import subprocess
import sys
import tempfile

import yaml

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "world")]
import desk_client  # noqa: E402
import home as homes  # noqa: E402
import postbox  # noqa: E402
import tap  # noqa: E402
import world  # noqa: E402
from desk_client import Named  # noqa: E402


def fits(schema, value, root):
    """Whether a value is what a JSON Schema says: as much of it as our own use."""
    if "$ref" in schema:
        target = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return fits(target, value, root)
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float),
             "boolean": bool}
    wanted = schema.get("type", [])
    wanted = [wanted] if isinstance(wanted, str) else wanted
    if wanted and not any(isinstance(value, kinds[kind]) for kind in wanted):
        return False
    if "enum" in schema and value not in schema["enum"] or "const" in schema and value != schema["const"]:
        return False
    if "oneOf" in schema and sum(fits(one, value, root) for one in schema["oneOf"]) != 1:
        return False
    if isinstance(value, str):
        return len(value) >= schema.get("minLength", 0) \
            and bool(re.search(schema.get("pattern", ""), value))
    if isinstance(value, list):
        return all(fits(schema.get("items", {}), one, root) for one in value)
    if isinstance(value, dict):
        known, rest = schema.get("properties", {}), schema.get("additionalProperties", {})
        return set(schema.get("required", [])) <= set(value) \
            and all(fits(schema.get("propertyNames", {}), key, root) for key in value) \
            and all(fits(known[key], one, root) if key in known
                    else rest is not False and fits(rest, one, root) for key, one in value.items())
    return True


def check_schemas(report, practice, owner):
    """What ships fits its schema, a misspelling does not."""
    for name, path in (("definitions", "definitions.yaml"),
                       ("playbook", "playbooks/neurotoxin-touch-up.yaml")):
        answer = owner.get("schemas/" + name)
        report.equal([answer.status, answer.headers["Content-Type"]], [200, "application/schema+json"],
                     f"the schema of {name}", answer)
        schema = json.loads(answer.raw)
        with open(os.path.join(practice.home.folder, path), encoding="utf-8") as handle:
            tree = yaml.safe_load(handle)
        for wrong in ("exits", "services"):
            if wrong in tree:
                torn = {**tree, wrong + "x": tree[wrong]}
                report.ok(not fits(schema, torn, schema), f"{name}: an unknown key does not fit")
        if name == "definitions":
            report.ok(fits(schema, tree, schema), "the shipped definitions fit")
            tree["services"]["neurotoxin"]["urgency"] = "soon"
            report.ok(not fits(schema, tree, schema), "an unknown urgency does not")
    report.status(owner.get("schemas/secrets"), 404, "there are no other schemas")


def check_new_playbooks(report, owner, people):
    """From nothing, from a shipped one, from a text; taken away while nobody has entered."""
    consultant, desk = people["consultant"], people["front_desk"]
    shipped = consultant.get("shipped-playbooks")
    report.ok(any(i["name"] == "neurotoxin-touch-up" and i["here"] and i["title"]
                  for i in shipped["items"]), "shipped playbooks are listed", shipped)
    made = consultant.post("playbooks", {"name": "spring", "title": "Spring: \"hello\" #1"})
    report.equal([made.status, made["playbook"]["name"], made["playbook"]["title"],
                  made["playbook"]["errors"], made["playbook"]["run"]],
                 [201, "spring", "Spring: \"hello\" #1", 0, "never"], "a blank one is made", made)
    report.equal(consultant.get("playbooks/spring").etag, made.etag, "and stands there at once")
    report.status(consultant.post("playbooks", {"name": "spring"}), 409, "a name in use is refused")
    twin = owner.post("playbooks", {"name": "second", "from": "neurotoxin-touch-up"})
    report.equal([twin.status, len(twin["touches"]), twin["playbook"]["errors"]], [201, 4, 0],
                 "one like a shipped one", twin)
    for name in ("../../perennial", "a/b", "", "Spring", "a" * 65):
        bad = owner.post("playbooks", {"name": name})
        report.equal([bad.status, bad["errors"][0]["field"]], [422, "name"], f"no name: {name[:12]!r}", bad)
    report.equal(owner.post("playbooks", {"name": "x", "from": "no-such"})["errors"][0]["field"], "from",
                 "one that is not there is told")
    torn = owner.post("playbooks", {"name": "x", "source": "playbook: x\npurpose: marketing\n"})
    report.equal([torn.status, torn["errors"][0]["field"]], [422, "source"], "a torn text is refused", torn)
    report.status(owner.get("playbooks/x"), 404, "and not saved")
    report.status(desk.post("playbooks", {"name": "desk"}), 403, "the front desk makes none")
    report.status(owner.ask("DELETE", "playbooks/spring"), 428, "taking away wants an If-Match")
    report.status(owner.ask("DELETE", "playbooks/spring", headers={"If-Match": made.etag}), 204,
                  "it is taken away")
    report.status(owner.get("playbooks/spring"), 404, "and gone")
    report.status(owner.post("playbooks", {"name": "spring"}), 201, "its name is free again")
    owner.post("playbooks/neurotoxin-touch-up/pilot", {"patients": 2})
    report.status(owner.ask("DELETE", "playbooks/neurotoxin-touch-up", headers={"If-Match": "*"}), 409,
                  "one that somebody entered stays")


PIECE = ("---\npurpose: marketing\n---\n{{ practice.name | plain }}: Hi {{ patient.first_name | fits: 10, "
         "\"there\" }}, spring is here. {{ links.book }}\n")


def check_new_templates(report, owner):
    """New pieces; one that is needed stays."""
    body = {"name": "spring-hello", "channel": "sms", "wording": "generic", "language": "en",
            "source": PIECE}
    made = owner.post("templates", body)
    report.equal([made.status, made["file"]], [201, "spring-hello/generic.en.sms.liquid"],
                 "a piece is made", made)
    report.status(owner.post("templates", body), 409, "once")
    bad = owner.post("templates", {**body, "language": "xx-yy-zz"})
    report.equal(bad["errors"][0]["field"], "language", "no language is told", bad)
    bad = owner.post("templates", {**body, "name": "../x"})
    report.equal(bad["errors"][0]["field"], "name", "no name is told", bad)
    bad = owner.post("templates", {**body, "name": "other", "source": "no front matter"})
    report.equal(bad["errors"][0]["field"], "source", "a wrong text is told", bad)
    path = "templates/" + made["file"]
    report.equal(owner.get(path).etag, made.etag, "it is there at once")
    page = owner.get("playbooks/spring")
    source = re.sub(r"template: .*", "template: spring-hello", page["source"])
    source = re.sub(r"send: .*", "send: [sms]", source)
    saved = owner.ask("PUT", "playbooks/spring/source", {"source": source}, {"If-Match": page.etag})
    report.status(saved, 200, "a playbook uses it")
    held = owner.ask("DELETE", path, headers={"If-Match": made.etag})
    report.equal([held.status, "spring" in held.raw.decode()], [409, True], "then it stays", held)
    owner.ask("DELETE", "playbooks/spring", headers={"If-Match": "*"})
    report.status(owner.ask("DELETE", path, headers={"If-Match": made.etag}), 204,
                  "and goes when nothing needs it")
    report.status(owner.get(path), 404, "for good")


def sent_to(gateway, number, since):
    """Texts that reached a number after that many."""
    world.wait_for(lambda: [t for t in gateway.events("create")[since:] if t["to"] == number], 30)
    return [t for t in gateway.events("create")[since:] if t["to"] == number]


def mailed_to(box, address, text):
    """Mails to an address that say something."""
    def found():
        return [m for m in box.messages() if address in str(m["To"]) and text in m.as_string()]
    world.wait_for(found, 30)
    return found()


def confirm(report, person, channel, code):
    """A wrong code, then the right one."""
    wrong = {"channel": channel, "code": f"{(int(code) + 1) % 1000000:06d}"}
    report.status(person.ask("PUT", "account/confirmation", wrong), 403, f"{channel}: a guess is refused")
    return person.ask("PUT", "account/confirmation", {"channel": channel, "code": code})


def check_test_sends(report, practice, people, gateway, box):
    """To oneself alone, to a confirmed address alone, without a trace in the reports."""
    person = people["consultant"]
    text, mail = "templates/touchup-nudge/generic.en.sms.liquid", \
        "templates/touchup-limited/generic.en.email.liquid"
    quiet = person.post(mail + "/test-send", {})
    report.equal([quiet.status, quiet["leaves"]], [202, False], "the null driver sends nothing", quiet)
    report.equal(person.post(text + "/test-send", {})["code"], "no_phone", "a text wants a phone")
    bad = person.ask("PATCH", "account", {"phone": "12"})
    report.equal([bad.status, bad["errors"][0]["field"]], [422, "phone"], "no phone is told at its field")
    mine = person.ask("PATCH", "account", {"phone": "(415) 555-0187"})
    report.equal([mine["phone"], mine["phone_confirmed"]], ["+14155550187", False], "a phone is set", mine)
    practice.home.use_gateway(gateway)
    practice.home.use_mailbox(box.port)
    practice.server.send_signal(signal.SIGHUP)
    world.wait_for(lambda: person.get("settings")["channels"][0]["driver"] == "twilio", 30)
    report.equal([person.post(path + "/test-send", {})["code"] for path in (text, mail)],
                 ["not_confirmed"] * 2, "what is not confirmed gets nothing")
    before = len(gateway.events("create"))
    report.status(person.post("account/confirmation", {"channel": "sms"}), 202, "a code is sent")
    report.status(person.post("account/confirmation", {"channel": "sms"}), 429, "not one after the other")
    code = re.search(r"\b\d{6}\b", sent_to(gateway, "+14155550187", before)[0]["body"])[0]
    report.equal(confirm(report, person, "sms", code)["phone_confirmed"], True, "the phone is confirmed")
    report.status(person.ask("PUT", "account/confirmation", {"channel": "sms", "code": code}), 403,
                  "a code holds once")
    before = len(gateway.events("create"))
    sent = person.post(text + "/test-send", {})
    report.status(sent, 202, "a test text is taken")
    report.equal(sent_to(gateway, "+14155550187", before)[0]["body"], sent["text"],
                 "the text arrives as it was shown", sent)
    desk = people["front_desk"]
    report.status(desk.post(text + "/test-send", {}), 403, "the front desk edits no templates")


def check_test_mail(report, practice, owner, people, box):
    """A touch as a mail, a text that is not saved yet; how often, and what the reports say."""
    report.status(owner.post("account/confirmation", {"channel": "email"}), 202, "a code by mail")
    mail = mailed_to(box, "owner@desk.example", "your code is")[0]
    code = re.search(r"code is (\d{6})", mail.get_body().get_content())[1]
    report.equal(confirm(report, owner, "email", code)["email_confirmed"], True, "the mailbox is confirmed")
    touch = owner.post("playbooks/second/touches/limited/test-send", {})
    report.equal([touch.status, touch["channel"], touch["leaves"]], [202, "email", True], "a touch", touch)
    seen = mailed_to(box, "owner@desk.example", touch["subject"])
    report.ok(seen and str(seen[0]["Subject"]).startswith("[Test] ")
              and seen[0].get_body(("html",)) is not None, "arrives as a whole mail", seen)
    report.status(owner.post("playbooks/second/touches/nope/test-send", {}), 404, "no such touch")
    report.status(owner.post("playbooks/second/touches/call/test-send", {}), 409, "a call is not sent")
    template = owner.get("templates/touchup-limited/generic.en.email.liquid")
    edited = template["source"].rstrip() + "\n\nNot saved yet.\n"
    owner.post("templates/touchup-limited/generic.en.email.liquid/test-send", {"source": edited})
    report.ok(mailed_to(box, "owner@desk.example", "Not saved yet."), "an edit is tried before it is saved")
    path = "templates/touchup-limited/generic.en.email.liquid/test-send"
    statuses = [owner.post(path, {}).status for _ in range(11)]
    report.ok(statuses[0] == 202 and statuses[-1] == 429, "ten an hour", statuses)
    owner.post("sending/pause")
    report.status(people["consultant"].post("templates/touchup-nudge/generic.en.sms.liquid/test-send", {}),
                  409, "none while all sending is paused")
    owner.post("sending/resume")
    told = owner.get("reports/summary")["all"]
    report.equal([told["contacted"], told["delivered"]],
                 [len(owner.get("reports/people?measure=contacted")["items"])] * 2,
                 "the reports count patients alone", told)
    rows = owner.get("audit?action=account.test_sent&limit=50")["items"]
    report.ok(len(rows) > 5 and all(r["patient_id"] is None for r in rows), "each is in the log", rows[:2])
    program = owner.post("keys", {"name": "editor", "scopes": ["playbooks.write"]})
    key = desk_client.Client(practice.port, program["secret"])
    report.status(key.post(path, {}), 403, "a program sends no tests")


EXTRA = ("  - id: extra\n    day: 6\n    send: [email, sms]\n    template: touchup-nudge\n"
         "    offer: none\n\n  - id: call\n")


def migrated_source(source):
    """The nudge a day later, no limited offer, another message on day 6."""
    source = source.replace("    day: 3\n", "    day: 4\n")
    source = re.sub(r"  - id: limited\n.*?\n\n(?=  - id: call)", "", source, flags=re.S)
    return source.replace("  - id: call\n", EXTRA.replace("[email, sms]", "[sms]"), 1)


def apply_now(owner, path):
    """Plan and carry out; how many entered."""
    return owner.post(path + "/apply", {"plan_id": owner.post(path + "/plan", {})["plan_id"],
                                        "growth_is_meant": True})["entered"]


def check_migrate(report, practice, owner, people):
    """Who is under way is moved by a person, after a look at what changes, and the rest goes on."""
    path = "playbooks/second"
    owner.post("playbooks/neurotoxin-touch-up/pause", {})
    treated = apply_now(owner, path)
    first = owner.get(path + "/versions")["items"][0]["version"]
    under_way = owner.get(path + "/versions")["items"][0]["live"]
    report.ok(treated > 3 and under_way >= treated, "patients are under way", [treated, under_way])
    page = owner.get(path)
    saved = owner.ask("PUT", path + "/source", {"source": migrated_source(page["source"])},
                      {"If-Match": page.etag})
    report.status(saved, 200, "the playbook changes")
    none = owner.post(path + "/migrate", {"dry_run": True})
    report.equal([none.status, none["moves"], none["stays"]], [200, 0, 0],
                 "what was not applied moves nobody", none)
    apply_now(owner, path)
    versions = {v["version"]: v["live"] for v in owner.get(path + "/versions")["items"]}
    report.equal(versions[first], under_way, "an apply moves nobody", versions)
    dry = owner.post(path + "/migrate", {"dry_run": True})
    report.equal([dry["moves"] + dry["stays"], dry["next"]], [under_way, None], "a dry run tells all", dry)
    faults = []
    for person in dry["move"]:
        changes = {t["touch"]: t["change"] for t in person["touches"]}
        want = {} if person["arm"] == "holdout" else {
            "remind": changes.get("remind"), "nudge": "moved", "extra": "added", "call": "kept",
            "limited": "dropped"}
        if changes != want or person["from"] != first \
                or changes.get("remind") not in (None, "done", "kept"):
            faults.append(person)
    report.equal(faults, [], "touch by touch", dry)
    report.ok(all(p["reason"] == "in_flight" for p in dry["stay"]), "and who stays, and why", dry["stay"])
    again = {v["version"]: v["live"] for v in owner.get(path + "/versions")["items"]}
    report.equal(again, versions, "and changes nothing")
    report.status(people["front_desk"].post(path + "/migrate", {"dry_run": True}), 403,
                  "the front desk migrates nobody")
    done = owner.post(path + "/migrate", {"dry_run": False})
    report.ok(done["moves"] >= dry["moves"], "then they are moved", done)
    versions = {v["version"]: v["live"] for v in owner.get(path + "/versions")["items"]}
    report.equal(versions[first], done["stays"], "and stand on the version that runs", versions)
    trail = owner.get("audit?action=enrollment.migrated&limit=200")["items"]
    report.equal([len(trail), {(r["detail"]["from"], r["actor_name"]) for r in trail}],
                 [done["moves"], {(first, "Olu Adeyemi")}], "each is in the log, with who did it")
    report.equal(owner.post(path + "/migrate", {"dry_run": False})["moves"], 0, "once")
    after_days(report, practice, owner, dry)


def after_days(report, practice, owner, dry):
    """Behind their last day: the new touches went, the old ones did not."""
    practice.stop()
    end = dt.date.today() + dt.timedelta(days=11)
    practice.home.change_settings(lambda tree: tree.update(booking_data_age="31d"))
    practice.home.run("tick", "--until", end.isoformat(), "--speed", "max")
    practice.start(fresh=False)
    owner.port = practice.port
    owner.sign_in("owner@desk.example")  # days have passed
    touches = {t["id"]: t for t in owner.get("playbooks/second")["touches"]}
    report.ok(touches["extra"]["sent"] > 0 and touches["nudge"]["sent"] > 0,
              "what the version added is said", touches)
    moved = [p["enrollment_id"] for p in dry["move"] if p["arm"] == "treat"]
    seen, old = 0, []
    days = f"from={dt.date.today() - dt.timedelta(days=1)}&to={dt.date.today()}&playbook=second"
    for row in owner.get(f"reports/people?measure=entered&limit=200&{days}")["items"]:
        if row["enrollment_id"] not in moved:
            continue
        lines = owner.get(f"patients/{row['patient']['patient_id']}/timeline?limit=200")["items"]
        old += [x for x in lines if x["kind"] == "message_out" and x["title"] == "limited"]
        seen += 1
    report.equal([seen, old], [len(moved), []], "nobody who was moved hears of the old touch")


def check_backups(report, practice, owner, people):
    """A copy beside the store, without its key, which restore takes; never through the browser."""
    report.status(people["consultant"].post("backups"), 403, "an owner's work")
    made = owner.post("backups")
    if practice.database == "postgres":
        report.equal([made.status, made["code"], owner.get("backups")["here"]], [409, "postgres", False],
                     "PostgreSQL has its own")
        return
    report.equal([made.status, os.path.getsize(made["path"])], [201, made["bytes"]], "a copy is made", made)
    with open(made["path"], "rb") as handle:
        start = handle.read(4096)
    report.ok(b"SQLite format" not in start and b"CREATE" not in start, "and is encrypted")
    report.equal([i["name"] for i in owner.get("backups")["items"]], [made["name"]], "it is listed")
    told = owner.get("backups/" + made["name"])
    report.ok(told.status == 403 and made["path"] in told["remedy"], "not handed out, but told where",
              told)
    report.status(owner.get("backups/..%2fperennial.yaml"), 404, "no other file is named")
    other = practice.home.copy(os.path.join(practice.folder, "restored"))
    other.run("restore", made["path"])
    report.ok(not other.json("audit", "verify").get("broken"), "restore takes it, and its chains hold")


def check_metrics(report, owner):
    """Streams and webhooks are counted."""
    text = owner.get("/metrics").raw.decode()
    for name in ("perennial_event_streams", "perennial_webhook_lateness_seconds",
                 "perennial_webhooks_failing"):
        report.ok(re.search(rf"^{name} \d", text, re.M), f"{name} is told", text[:200])


def check_all(report, practice, gateway, box):
    """Everything, in one practice."""
    owner = practice.owner()
    people = {role: practice.colleague(owner, role) for role in ("consultant", "front_desk")}
    check_schemas(report, practice, owner)
    check_new_playbooks(report, owner, people)
    check_new_templates(report, owner)
    check_backups(report, practice, owner, people)
    check_metrics(report, owner)
    check_test_sends(report, practice, people, gateway, box)
    check_test_mail(report, practice, owner, people, box)
    check_migrate(report, practice, owner, people)
    verified = practice.home.json("audit", "verify")
    report.ok(not verified.get("broken"), "the audit chains hold", verified)


def run(report, folder):
    """Each database after the other."""
    samples = desk_client.make_samples(os.path.join(folder, "exports"))
    databases = ["sqlite"] + (["postgres"] if os.environ.get("PGHOST") else [])
    if len(databases) == 1:
        report.skip("the editors' API on PostgreSQL", "there is no server (tools/with-postgres)")
    for database in databases:
        with contextlib.ExitStack() as stack:
            practice = desk_client.Practice(os.path.join(folder, database), database, samples)
            stack.callback(practice.stop)
            gateway = stack.enter_context(world.Gateway(os.path.join(folder, database)))
            box = stack.enter_context(postbox.Mailbox())
            check_all(Named(report, database), practice.start(), gateway, box)


def main():
    """All of it."""
    report = tap.Report()
    if not os.path.exists(postbox.EXIM):
        report.skip("what editors do", "exim4-daemon-light is not installed")
        sys.exit(report.finish())
    with tempfile.TemporaryDirectory(prefix="editor.") as folder:
        try:
            run(report, folder)
        except (homes.Failed, OSError, LookupError, TypeError, subprocess.CalledProcessError) as fault:
            report.ok(False, "the editors were driven to their end", repr(fault))
            raise
    sys.exit(report.finish())


if __name__ == "__main__":
    main()
