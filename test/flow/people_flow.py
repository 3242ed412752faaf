#!/usr/bin/python3
"""People changed, joined and parted by hand, on both databases.  test/flow/people_flow.py"""
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import desk_client  # noqa: E402
import home as homes  # noqa: E402

COLUMNS = ("Patient ID,First Name,Last Name,Preferred Name,Date of Birth,Mobile Phone,Home Phone,Email,"
           "Address,City,State,Zip,Preferred Provider,Preferred Language,SMS Consent,Email Consent,"
           "SMS Opt Out")
ANA = {"Patient ID": "P1", "First Name": "Ana", "Last Name": "Ruiz", "Date of Birth": "03/22/1985",
       "Mobile Phone": "(512) 555-0101", "Email": "ana@patients.example", "City": "Austin",
       "State": "TX", "Zip": "78701", "SMS Consent": "Y", "Email Consent": "Y"}
BEA = {"Patient ID": "P2", "First Name": "Bea", "Last Name": "Ruiz", "Date of Birth": "07/19/2011",
       "Mobile Phone": "(512) 555-0101", "City": "Austin", "State": "TX", "Zip": "78701"}


def write(folder, name, heading, rows):
    """A CSV as a booking system would export it."""
    path = os.path.join(folder, name)
    names = heading.split(",")
    with open(path, "w", encoding="utf-8") as handle:
        handle.write(heading + "\n")
        for row in rows:
            handle.write(",".join(row.get(n, "") for n in names) + "\n")
    return path


class Desk:
    """A practice with a few patients, and what a test asks of it."""

    def __init__(self, practice, client):
        self.practice, self.client = practice, client

    def patients(self, *rows):
        """Import this list of patients."""
        path = write(self.practice.folder, "patients.csv", COLUMNS, rows)
        return self.practice.home.json("import", path)

    def find(self, text):
        """The id of the one patient whom the text finds."""
        items = self.client.get("patients/search?q=" + text)["items"]
        if len(items) != 1:
            raise homes.Failed(f"{text} finds {len(items)}")
        return items[0]["patient_id"]

    def read(self, patient):
        """The page."""
        return self.client.get("patients/" + patient)

    def change(self, patient, body, etag=None):
        """An edit of what stands now, unless another ETag is given."""
        return self.client.ask("PATCH", "patients/" + patient, body,
                               {"If-Match": etag or self.read(patient).etag})

    def act(self, patient, what, body):
        """One of the acts on a patient."""
        return self.client.post(f"patients/{patient}/{what}", body)


def addresses(page):
    """(channel, address) in order."""
    return [(p["channel"], p["address"]) for p in page["contact_points"]]


def check_fields(report, desk):
    """Edited by hand, kept through an import, given up for what an import says anew, undone."""
    ana = desk.find("P1")
    page = desk.read(ana)
    report.status(desk.client.ask("PATCH", "patients/" + ana, {"zip": "78702"}), 428,
                  "an edit says what it has seen")
    done = desk.change(ana, {"zip": "78702-1234", "first_name": "Anna", "preferred_provider": "Dr. Chen",
                             "address": "1 Main St", "language": "es"})
    report.equal([done.status, done["zip"], done["name"], done["preferred_provider"], done["language"]],
                 [200, "78702", "Anna Ruiz", "Dr. Chen", "es"], "fields are changed by hand", done)
    report.equal({e["field"]: e["imported"] for e in done["edits"]},
                 {"address": None, "first_name": "Ana", "language": None, "preferred_provider": None,
                  "zip": "78701"}, "and stand beside what was imported", done["edits"])
    report.status(desk.change(ana, {"zip": "78703"}, page.etag), 412, "a stale edit is told")
    report.equal(desk.find("Anna%20Ruiz"), ana, "the new name is found")
    bad = desk.change(ana, {"birth_day": "2050-01-01"})
    report.equal([bad.status, bad["errors"][0]["field"]], [422, "birth_day"],
                 "a wrong value is told at its field", bad)
    bad = desk.change(ana, {"first_name": None, "last_name": " "})
    report.equal([bad.status, bad["errors"][0]["field"]], [422, "last_name"], "nobody is nameless", bad)
    again = desk.patients({**ANA, "City": "Round Rock"}, BEA)
    page = desk.read(ana)
    report.equal([page["zip"], page["city"], page["first_name"]], ["78702", "Round Rock", "Anna"],
                 "an import leaves what was changed by hand", again)
    desk.patients({**ANA, "Zip": "78704"}, BEA)
    page = desk.read(ana)
    report.equal([page["zip"], page["first_name"]], ["78704", "Anna"],
                 "until it says something new of that field")
    done = desk.change(ana, {"first_name": "Ana", "preferred_provider": None, "address": None,
                             "language": None})
    report.equal([done["edits"], done["name"]], [[], "Ana Ruiz"], "the same edit back undoes it", done)
    rows = desk.practice.home.json("audit", "show", "--patient", "P1")
    seen = [r["detail"]["fields"] for r in rows if r["action"] == "patient.edited"]
    report.ok(len(seen) == 2 and "zip" in seen[0] and all(r["actor"].startswith("user:") for r in rows
              if r["action"] == "patient.edited"), "each edit stands in the audit, without values", seen)


def check_addresses(report, desk):
    """Added, corrected, called wrong, preferred; stops hold."""
    ana, bea = desk.find("P1"), desk.find("P2")
    done = desk.act(ana, "contact-points", {"kind": "home", "address": "512.555.0177"})
    report.ok(("voice", "+15125550177") in addresses(done)
              and ("sms", "+15125550177") not in addresses(done), "a home number is added, for calls", done)
    done = desk.act(ana, "contact-points/prefer", {"address": "+15125550177"})
    report.equal([a for c, a in addresses(done) if c == "voice"], ["+15125550177", "+15125550101"],
                 "and goes first")
    bad = desk.act(ana, "contact-points", {"kind": "mobile", "address": "555"})
    report.equal([bad.status, bad["errors"][0]["field"]], [422, "address"], "555 is no number", bad)
    bad = desk.act(ana, "contact-points/correct", {"address": "ana@patients.example", "right": "ana"})
    report.equal([bad.status, bad["errors"][0]["field"]], [422, "right"], "nor ana a mail address", bad)
    done = desk.act(ana, "contact-points/correct",
                    {"address": "ana@patients.example", "right": "Ana.Ruiz@patients.example"})
    report.ok(("email", "ana.ruiz@patients.example") in addresses(done)
              and ("email", "ana@patients.example") not in addresses(done), "a mail address is corrected")
    desk.patients({**ANA, "Zip": "78705"}, BEA)
    report.equal(addresses(desk.read(ana)), addresses(done), "and an import leaves all that")
    desk.act(ana, "opt-out", {"channel": "email", "scope": "marketing"})
    done = desk.act(ana, "contact-points/correct",
                    {"address": "ana.ruiz@patients.example", "right": "a.ruiz@patients.example"})
    report.equal([p["marketing"] for p in done["contact_points"] if p["channel"] == "email"], ["closed"],
                 "what was stopped is stopped on the corrected address", done)
    desk.act(bea, "contact-points/wrong", {"address": "+15125550101"})
    report.equal([addresses(desk.read(bea)), ("sms", "+15125550101") in addresses(desk.read(ana))],
                 [[], True], "a number that is not the daughter's is still the mother's")
    desk.patients({**ANA, "Zip": "78706"}, {**BEA, "Zip": "78706"})
    report.equal(addresses(desk.read(bea)), [], "whatever an import lists")
    done = desk.act(bea, "contact-points", {"kind": "mobile", "address": "5125550101"})
    report.ok(("sms", "+15125550101") in addresses(done), "until it is added again", done)
    report.status(desk.act(bea, "contact-points/wrong", {"address": "+15125559999"}), 404,
                  "an address that is not theirs is not found")
    rows = desk.practice.home.json("audit", "show", "--patient", "P1")
    report.ok({"contact.added", "contact.preferred", "contact.corrected"} <= {r["action"] for r in rows}
              and "ruiz@" not in str(rows), "all in the audit, without the addresses", rows)


CLEO = {"Patient ID": "P3", "First Name": "Cleo", "Last Name": "Ray", "Date of Birth": "05/17/1979",
        "Mobile Phone": "(512) 555-0131", "SMS Consent": "Y", "City": "Austin", "State": "TX",
        "Zip": "78701"}
CLEA = {**CLEO, "Patient ID": "P4", "Date of Birth": "", "Mobile Phone": "(512) 555-0132",
        "Email": "cleo@patients.example"}


def threads_of(desk):
    """Conversation -> (whose, what was written there)."""
    out = {}
    for zone in ("needs_person", "automated", "done"):
        for thread in desk.client.get("threads?zone=" + zone)["items"]:
            page = desk.client.get("threads/" + thread["thread_id"])
            whose = thread["patient"] and thread["patient"]["external_id"]
            out[thread["thread_id"]] = (whose, [m["body"] for m in page["messages"] if m["kind"] != "out"])
    return out


def check_join(report, desk, owner, people):
    """Candidates, one person, two persons again; what was said stays with who said it."""
    home = desk.practice.home
    desk.patients({**ANA, "Zip": "78706"}, {**BEA, "Zip": "78706"}, CLEO, CLEA)
    one, two = desk.find("P3"), desk.find("P4")
    home.run("receive", "--from", "+15125550131", "--text", "Do you have Fridays? one")
    home.run("receive", "--from", "+15125550132", "--text", "How much is it? two")
    thread = desk.read(two)["thread_id"]
    desk.client.post(f"threads/{thread}/notes", {"body": "note on two"})
    desk.act(two, "tags", {"tag": "likes mornings"})
    before = threads_of(desk)
    listed = desk.client.get(f"patients/{one}/duplicates")["items"]
    report.equal([(d["patient"]["external_id"], d["why"]) for d in listed], [("P4", ["same_name"])],
                 "who may be the same person is found", listed)
    report.equal(desk.client.get(f"patients/{desk.find('P1')}/duplicates")["items"], [],
                 "two persons on one phone are not asked about")
    pairs = desk.client.get("patients/duplicates")["items"]
    report.equal([(p["patient"]["external_id"], p["other"]["external_id"]) for p in pairs], [("P3", "P4")],
                 "and stands in the list of pairs", pairs)
    report.status(people["auditor"].post(f"patients/{one}/apart", {"other_id": two}), 403,
                  "an auditor dismisses no pair")
    report.status(desk.act(one, "apart", {"other_id": one}), 409, "nobody is somebody else than themselves")
    report.status(desk.act(one, "apart", {"other_id": "00000000-0000-7000-8000-000000000000"}), 404,
                  "nor than a made-up id")
    for _ in range(2):
        report.status(desk.act(one, "apart", {"other_id": two}), 204, "two are said not to be one")
    report.equal([desk.client.get("patients/duplicates")["items"],
                  desk.client.get(f"patients/{two}/duplicates")["items"]], [[], []],
                 "nobody asks about them any more")
    report.status(desk.client.ask("DELETE", f"patients/{two}/apart/{one}"), 204,
                  "it is taken back, from either side")
    report.equal(len(desk.client.get("patients/duplicates")["items"]), 1, "and they are asked about again")
    rows = [[r["action"] for r in home.json("audit", "show", "--patient", p)] for p in ("P3", "P4")]
    said = [rows[0].count("patient.kept_apart"), rows[1].count("patient.kept_apart_ended")]
    report.equal(said, [1, 1], "what changed stands in the audit, once", rows)
    report.status(people["auditor"].post(f"patients/{one}/merge", {"other_id": two}), 403,
                  "an auditor merges nobody")
    report.status(desk.act(one, "merge", {"other_id": "00000000-0000-7000-8000-000000000000"}), 404,
                  "nor does a made-up id")
    report.status(desk.act(one, "merge", {"other_id": one}), 409, "nobody is merged with themselves")
    made = desk.act(two, "merge", {"other_id": one})
    report.equal([made.status, made["patient_id"], sorted(made["other_ids"])], [200, one, ["P3", "P4"]],
                 "the two are one; who was seen first stays", made)
    report.equal([m["patient_id"] for m in made["merged"]], [two], "who is part of it is told")
    report.equal([desk.read(two)["patient_id"], home.json("export", "--patient", "P4")["patient_id"]],
                 [one, one], "the other id leads there")
    joined = {t: b for t, b in threads_of(desk).items() if b[0] == "P3"}
    report.equal([sorted(b) for _, b in joined.values()],
                 [["Do you have Fridays? one", "How much is it? two", "note on two"]],
                 "what both wrote is one conversation", joined)
    home.run("receive", "--from", "+15125550132", "--text", "Is there parking? two")
    home.run("receive", "--from", "+15125550132", "--text", "STOP")
    page = desk.read(one)
    report.equal({p["address"]: p["marketing"] for p in page["contact_points"] if p["channel"] == "sms"},
                 {"+15125550131": "open", "+15125550132": "closed"}, "a STOP closes its number", page)
    bad = desk.act(one, "split", {})
    report.equal([bad.status, bad["errors"][0]["field"]], [422, "record_ids"], "a split names somebody",
                 bad)
    done = desk.act(one, "split", {"patient_id": two})
    report.equal([done.status, done["other_id"], done["patient"]["other_ids"]], [200, two, ["P3"]],
                 "they are two again, each under the id they had", done)
    after = threads_of(desk)
    mine = sorted(b for b in after.values() if b[0] in ("P3", "P4"))
    report.ok(mine == [("P3", ["Do you have Fridays? one"]),
                       ("P4", ["How much is it? two", "note on two", "Is there parking? two", "STOP"])]
              and all(after[t][0] == before[t][0] for t in before), "conversations are whose they were",
              [before, after])
    other = desk.read(two)
    report.equal([other["tags"], other["thread_id"], desk.read(one)["tags"]],
                 [["likes mornings"], thread, []], "so are tags and the thread itself", other)
    for patient in (one, two):
        page = desk.read(patient)
        report.ok(all(p["marketing"] == "closed" for p in page["contact_points"] if p["channel"] == "sms"),
                  "the STOP stays with both", page["contact_points"])
    desk.patients({**CLEO, "Zip": "78709"}, {**CLEA, "Zip": "78709", "Date of Birth": "05/17/1979"})
    report.equal([desk.find("P3"), desk.find("P4")], [one, two], "no import joins them again")
    report.equal(desk.client.get("patients/duplicates")["items"], [], "nobody asks again")
    rows = [r["action"] for r in home.json("audit", "show", "--patient", "P3")]
    report.ok("patient.merged" in rows and "patient.split" in rows, "both stand in the audit", rows)
    twins = desk.act(one, "split", {"record_ids": ["P3"]})
    report.status(twins, 409, "a person keeps a record")


def check_export(report, desk):
    """Everything about one person and nothing of another; itself in the audit."""
    home = desk.practice.home
    whole = home.json("export", "--patient", "P4")
    text = str(whole)
    report.ok(whole["person"]["external_id"] == "P4" and whole["records"] and whole["consents"]
              and "How much is it? two" in [m["text"] for m in whole["messages_in"]]
              and whole["notes"][0]["text"] == "note on two" and whole["suppressions"]
              and any(r["action"] == "patient.read" and r["subject"] == "export" for r in whole["trail"]),
              "a person gets everything that is known", text[:3000])
    report.ok("5550101" not in text and "Ana" not in text and "Fridays" not in text,
              "and nothing of anybody else", text[:3000])
    report.equal([home.code("export")[0], home.code("export", "--patient", "nobody")[0]], [2, 1],
                 "who is meant must be said")


def stranger(n, **more):
    """A patient with the number that a stranger wrote from."""
    return {"Patient ID": f"S{n}", "First Name": "Jo", "Last Name": f"Neu{n}",
            "Mobile Phone": f"512555070{n}", "SMS Consent": "Y", "State": "TX", "Zip": "78701", **more}


def threads_at(desk, *addresses):
    """Conversations with these numbers, of every zone."""
    return [t for zone in ("needs_person", "automated", "done")
            for t in desk.client.get("threads?limit=100&zone=" + zone)["items"]
            if t["address"] in addresses]


def tasks_about(desk, *kinds):
    """Open tasks of these kinds, oldest first."""
    return sorted((t for t in desk.client.get("tasks?limit=100")["items"] if t["kind"] in kinds),
                  key=lambda t: t["task_id"])


def check_strangers(report, desk):
    """Who was unknown is known: one task meanwhile, one conversation afterwards."""
    home, phones = desk.practice.home, [f"+1512555070{n}" for n in range(5)]

    def says(n, text):
        home.run("receive", "--from", phones[n], "--text", text)

    for text in ("Hi my name is Jo Neu", "I would like botox", "hello? anybody there"):
        says(0, text)
    says(1, "who is this please")
    asked = tasks_about(desk, "unknown_sender")
    report.equal(len(asked), 2, "a stranger has one task, however often they write", asked)
    old, = threads_at(desk, phones[0])
    desk.client.post(f"threads/{old['thread_id']}/notes", {"body": "a new one"})
    desk.patients(ANA, BEA, CLEO, CLEA, stranger(0))
    jo = desk.find("S0")
    left = tasks_about(desk, "unknown_sender", "answer_reply")
    mine = [t for t in left if (t["patient"] or {}).get("patient_id") == jo]
    report.equal([(t["kind"], t["due_at"], t["task_id"]) for t in mine],
                 [("answer_reply", asked[0]["due_at"], asked[0]["task_id"])],
                 "their task is the patient's, due when it was", left)
    report.equal([t["task_id"] for t in left if t["kind"] == "unknown_sender"], [asked[1]["task_id"]],
                 "and another stranger's is not", left)
    says(0, "it is me again")
    new, = threads_at(desk, phones[0])
    whole = desk.client.get("threads/" + new["thread_id"])
    report.equal([new["thread_id"], new["patient"]["patient_id"], len(whole["messages"])],
                 [old["thread_id"], jo, 5], "one conversation, before and after", whole)
    report.equal(len(tasks_about(desk, "answer_reply")),
                 len([t for t in left if t["kind"] == "answer_reply"]), "and one task")
    rows = home.json("audit", "show", "--patient", "S0")
    report.ok({"thread.joined", "task.changed"} <= {r["action"] for r in rows}, "both in the audit", rows)
    says(2, "STOP")
    says(3, "do you take walk ins")
    says(4, "is it me you want")
    desk.act(jo, "contact-points", {"kind": "mobile", "address": phones[3]})
    joined = threads_at(desk, *phones)
    whole = desk.client.get("threads/" + new["thread_id"])
    report.equal([sum(t["address"] == phones[3] for t in joined), len(whole["messages"]),
                  str(whole).count("a new one")], [0, 6, 1],
                 "a number that is added brings its conversation along", joined)
    desk.patients(ANA, BEA, CLEO, CLEA, stranger(0), stranger(2), stranger(4),
                  stranger(5, **{"Mobile Phone": phones[4]}))
    sam = desk.read(desk.find("S2"))
    report.equal([p["marketing"] for p in sam["contact_points"] if p["channel"] == "sms"], ["closed"],
                 "who had said STOP is opted out", sam)
    told = [t for t in tasks_about(desk, "write_back") if "Neu2" in t["title"]]
    report.equal(len(told), 1, "and the booking system is told", told)
    both, = threads_at(desk, phones[4])
    report.equal(both["patient"], None, "of a number that two share nobody knows who wrote", both)
    says(4, "it was me")
    both, = threads_at(desk, phones[4])
    report.equal([bool(both["patient"]), len(desk.client.get("threads/" + both["thread_id"])["messages"])],
                 [True, 2], "until they write again", both)


def check_all(report, practice):
    """Everything, in one practice."""
    owner = practice.owner()
    desk = Desk(practice, practice.colleague(owner, "front_desk"))
    desk.patients(ANA, BEA)
    check_fields(report, desk)
    check_addresses(report, desk)
    check_join(report, desk, owner, {"auditor": practice.colleague(owner, "auditor")})
    check_export(report, desk)
    check_strangers(report, desk)
    verified = practice.home.json("audit", "verify")
    report.ok(verified["intact"], "the audit chains hold", verified)


if __name__ == "__main__":
    desk_client.play("people", "people were changed to the end", check_all)
