#!/usr/bin/python3
"""A patient is forgotten: nothing says who they were, reports and proofs stand, nothing brings them back.

    test/flow/erase_flow.py
"""
import csv
import os
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "world")]
import home as homes  # noqa: E402
import tap  # noqa: E402

SAMPLES = os.path.join(homes.ROOT, "samples")
PLAYBOOK = "neurotoxin-touch-up"


def rows_of(name):
    """The sample patients, or visits, by id."""
    with open(os.path.join(SAMPLES, name), encoding="utf-8-sig") as handle:
        return list(csv.DictReader(handle))


def prepared(folder):
    """A home with a playbook that runs, and one patient of it who has written STOP."""
    home = homes.Home(folder)
    home.complete_settings()
    home.import_samples(SAMPLES)
    path = os.path.join(folder, "plan.json")
    plan = home.json("plan", PLAYBOOK, "--out", path)
    home.run("apply", path)
    people = {row["Patient ID"]: row for row in rows_of("patients.csv")}
    who = next(people[e["patient"]] for e in plan["enter"]
               if sum(c.isdigit() for c in people[e["patient"]]["Mobile Phone"]) == 10
               and people[e["patient"]]["Email"] and e["arm"] == "treat")
    home.json("receive", "--from", who["Mobile Phone"], "--text", "please stop texting me")
    return home, who


def known(home, who):
    """How many of what they are known by still find them."""
    return sum(home.code("export", "--patient", text)[0] == 0 for text in (
        who["Patient ID"], who["Mobile Phone"], who["Email"],
        f"{who['First Name']} {who['Last Name']}") if text)


def reported(home):
    """What reports say, without the clock."""
    told = home.json("report")
    told.pop("at", None)
    return told


def erasing(report, folder):
    """The dry run, the deed, the imports after it."""
    home, who = prepared(folder)
    backup = os.path.join(folder, "before.backup")
    home.run("backup", backup)
    told = home.json("erase", "--patient", who["Patient ID"])
    report.ok(not told["erased"] and told["removed"]["person"] == 1
              and told["emptied"]["enrollments"] > 0, "it says first what would go", told)
    report.ok(known(home, who) >= 3, "and changes nothing")
    said = home.run("erase", "--patient", who["Patient ID"])
    report.ok("Nothing was changed" in said and "keyed hash" in said, "in words, too", said)
    name = f"{who['First Name']} {who['Last Name']}"
    report.ok(told["who"]["name"] == name and who["Patient ID"] in told["who"]["ids"]
              and who["Email"].lower() in told["who"]["addresses"],
              "a person at the desk sees whom it would be", told["who"])
    report.ok(all(part in said for part in (name, who["Patient ID"], who["Email"].lower(), "visit")),
              "in words, too", said)
    read = [r for r in home.json("audit", "show", "--patient", who["Patient ID"])
            if r["action"] == "patient.read"]
    report.ok(read and name not in str(read), "that they were read is in the log, not their name", read)
    before = reported(home)
    home.run("user", "add", "own@example.com", "--role", "owner")
    code, _, wrong = home.code("erase", "--patient", who["Patient ID"], "--yes", "--by", "x@y.zz")
    report.ok(code == 1 and "user list" in wrong, "an account that is not there is refused", wrong)
    told = home.json("erase", "--patient", who["Patient ID"], "--yes", "--by", "own@example.com")
    report.equal((told["erased"], known(home, who)), (True, 0), "then nothing finds them any more")
    report.ok("who" not in told, "nor does the answer name them", told)
    after = reported(home)
    report.ok(before["all"]["entered"] > 0 and after == before, "reports say the same as before",
              {k: (before[k], after[k]) for k in before if before[k] != after.get(k)})
    report.ok("Intact" in home.run("audit", "verify"), "the audit log is whole")
    trail = home.json("audit", "show", "--patient", who["Mobile Phone"])
    last = [row for row in trail if row["action"] == "patient.erased"]
    report.ok(len(last) == 1 and last[0]["actor"].startswith("user:")
              and who["Last Name"] not in str(trail), "which says by whom, and names nobody", last)
    found = home.json("search", who["Last Name"])
    report.ok(who["Patient ID"] not in str(found), "search does not find them", found)
    import_again(report, home, who)
    restored(report, home, who, backup)


def import_again(report, home, who):
    """The booking system lists them still."""
    visits = sum(row["Patient ID"] == who["Patient ID"] for row in rows_of("appointments.csv"))
    again = home.json("import", *[os.path.join(SAMPLES, name) for name in homes.SAMPLES])
    refused = [r["code"] for f in again["files"] for r in f["rejected"] if r["code"] == "erased"]
    report.ok(len(refused) > visits and known(home, who) == 0,
              "their rows and visits are refused by a later import", (len(refused), visits))
    said = home.run("erase", "--patient", who["Patient ID"])
    report.ok("were erased on" in said, "erasing them again says that they are", said)


def restored(report, home, who, backup):
    """An older backup does not bring them back; a person who lets them in again does."""
    home.run("restore", backup)
    report.equal(known(home, who), 0, "nor does an older backup bring them back")
    report.ok("Intact" in home.run("audit", "verify"), "whose audit log is whole, too")
    report.equal(home.json("erase", "--readmit", who["Patient ID"], "--yes")["readmitted"], True,
                 "somebody lets them in again")
    home.run("resume")
    home.import_samples(SAMPLES)
    told = home.json("export", "--patient", who["Patient ID"])
    stops = [s for s in told["suppressions"] if s["reason"] == "opt_out" and not s["lifted_at"]]
    report.ok(known(home, who) >= 3 and stops and not told["messages_in"],
              "as somebody new, who has stopped texts still", told["suppressions"])


def main():
    """One home, from dry run to restore."""
    report = tap.Report()
    with tempfile.TemporaryDirectory(prefix="perennial-") as folder:
        erasing(report, folder)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
