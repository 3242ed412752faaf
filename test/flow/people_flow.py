#!/usr/bin/python3
"""People changed, joined and parted by hand, on both databases.  test/flow/people_flow.py"""
import contextlib
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
from desk_client import Named  # noqa: E402

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


def check_all(report, practice):
    """Everything, in one practice."""
    owner = practice.owner()
    desk = Desk(practice, practice.colleague(owner, "front_desk"))
    desk.patients(ANA, BEA)
    check_fields(report, desk)
    check_addresses(report, desk)
    verified = practice.home.json("audit", "verify")
    report.ok(verified["intact"], "the audit chains hold", verified)


def run(report, folder):
    """Each database after the other."""
    databases = ["sqlite"] + (["postgres"] if os.environ.get("PGHOST") else [])
    if len(databases) == 1:
        report.skip("people on PostgreSQL", "there is no server (tools/with-postgres)")
    for database in databases:
        with contextlib.ExitStack() as stack:
            practice = desk_client.Practice(os.path.join(folder, database), database)
            stack.callback(practice.stop)
            check_all(Named(report, database), practice.start())


def main():
    """All of it."""
    report = tap.Report()
    with tempfile.TemporaryDirectory(prefix="people.") as folder:
        try:
            run(report, folder)
        except (homes.Failed, OSError, LookupError, TypeError, subprocess.CalledProcessError) as fault:
            report.ok(False, "people were changed to the end", repr(fault))
            raise
    sys.exit(report.finish())


if __name__ == "__main__":
    main()
