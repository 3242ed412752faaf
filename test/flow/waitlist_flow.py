#!/usr/bin/python3
"""A cancelled visit goes to who waits for it, and to one patient at a time.  test/flow/waitlist_flow.py"""
import collections
import contextlib
import csv
import datetime as dt
import json
import os
import random
import sys
import tempfile
import time
import zoneinfo

import yaml

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "world")]
import desk_client  # noqa: E402
import home as homes  # noqa: E402
import tap  # noqa: E402
import world  # noqa: E402
from desk_client import Named  # noqa: E402

ZONE = zoneinfo.ZoneInfo("America/Chicago")
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WAITING, ROUNDS, LATEST_S = 9, 6, 60


def phone_of(number):
    """The mobile of patient `number`."""
    return f"+1512557{number:04d}"


def write_csv(path, rows):
    """One export."""
    with open(path, "w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(rows)
    return path


def write_patients(folder, count, consent="Yes"):
    """Patients P0, P1 ..."""
    return write_csv(os.path.join(folder, "patients.csv"), [
        ["Patient ID", "First Name", "Last Name", "Date of Birth", "Mobile Phone", "State", "ZIP",
         "SMS Consent", "Consent On"],
        *[[f"P{n}", f"Given{n}", f"Family{n}", f"01/{n % 28 + 1:02d}/1970", phone_of(n), "TX", "78701",
           consent, "01/05/2024"] for n in range(count)]])


def write_visits(folder, day, first):
    """P0 and P1 have the only two times of that day; `first` is the status of the one at ten."""
    return write_csv(os.path.join(folder, "appointments.csv"), [
        ["Appointment ID", "Patient ID", "Start", "End", "Service", "Service Category", "Status",
         "Provider"],
        *[[f"A{n}", f"P{n}", day.strftime("%m/%d/%Y ") + start, day.strftime("%m/%d/%Y ") + end, "Dysport",
           "Neurotoxin", status, "Dr. Maya Chen"]
          for n, start, end, status in ((0, "10:00 AM", "10:30 AM", first),
                                        (1, "10:30 AM", "11:00 AM", "Booked"))]])


def write_schedules(home, hours, **more):
    """schedules.yaml."""
    with open(os.path.join(home.folder, "schedules.yaml"), "w", encoding="utf-8") as handle:
        yaml.dump({"notice": "2h", "step": "30m", "locations": {"Main": {"hours": hours}},
                   "services": {"neurotoxin": {"duration": "30m"}},
                   "providers": {"Dr. Maya Chen": {"hours": dict(hours)}}, **more},
                  handle, homes.PlainDumper)


def texts_to(gateway, number):
    """What reached a phone."""
    return [e["body"] for e in gateway.events("create") if e["to"] == phone_of(number)]


def check_cancelled(report, folder, gateway):
    """Two wait; a visit is cancelled; the first is named the time and does not answer; the second books."""
    home = homes.Home(folder)
    home.use_gateway(gateway)
    home.complete_settings(booking_data_age="31d", date_order="mdy", auto_answers=["availability"])
    today = dt.datetime.now(ZONE).date()
    day = today + dt.timedelta(days=5)
    write_schedules(home, {DAYS[day.weekday()]: "10:00-11:00"}, horizon="6d")
    home.json("import", write_patients(folder, 4), write_visits(folder, day, "Booked"))

    def tick(clock):
        moment = dt.datetime.combine(today + dt.timedelta(days=1), dt.time(*clock), ZONE)
        home.run("tick", "--until", moment.isoformat(), "--speed", "max")

    tick((11, 0))
    for number in (2, 3):
        home.run("receive", "--from", phone_of(number), "--text", "can you put me on the waitlist please")
        tick((11, 5 * number))
        got = texts_to(gateway, number)
        report.ok(len(got) == 1 and "You are on our list" in got[0], f"patient {number} waits", got)
    tick((11, 30))
    report.equal([len(texts_to(gateway, n)) for n in (2, 3)], [1, 1],
                 "while nothing is free nothing is named")
    check_commands(report, home, tick)
    home.json("import", write_visits(folder, day, "Cancelled"))
    told = home.json("explain", "P3", "waitlist")
    first = [s for s in told["steps"] if s["rule"] == "first"]
    report.ok(told["reason"] == "others_first" and first and first[0]["values"]["ahead"] == 1,
              "who would be named it second is told so", told)
    tick((11, 40))
    told = home.json("explain", "P2", "waitlist")
    report.equal([told["answer"], told["reason"]], ["waiting", "named"], "what is named is told")
    report.equal([w["state"] for w in home.json("waitlist")["waiting"]], ["named", "waiting"],
                 "and stands in the list")
    first = texts_to(gateway, 2)
    report.ok(len(first) == 2 and "Free now: " in first[1] and "10:00 am with Dr. Maya Chen" in first[1],
              "the cancelled time is named to who waits longest", first)
    report.equal(len(texts_to(gateway, 3)), 1, "and to nobody else meanwhile")
    tick((12, 40))
    second = texts_to(gateway, 3)
    report.ok(len(second) == 2 and "Free now: " in second[1], "then it is the next one's turn", second)
    home.run("receive", "--from", phone_of(3), "--text", "YES")
    tick((12, 50))
    second = texts_to(gateway, 3)
    report.ok(len(second) == 3 and "You are booked: " in second[2], "who says yes is booked", second)
    home.run("receive", "--from", phone_of(2), "--text", "yes please")
    tick((13, 0))
    rows = home.json("audit", "show", "--patient", "P2")
    report.equal(sum(r["action"] == "opening.booked" for r in rows), 0, "who comes too late is not")
    named = [r["detail"] for r in rows if r["action"] == "waitlist.named"]
    report.ok(len(named) == 1 and named[0]["among"] == 2, "the audit tells why it was this patient", named)
    code, _, why = home.code("audit", "verify")
    report.equal(code, 0, f"audit verify passes {why}")


def check_commands(report, home, tick):
    """List, add, remove, and why nothing is named yet."""
    told = home.json("explain", "P2", "waitlist")
    report.equal([told["playbook"], told["answer"], told["reason"]],
                 ["waitlist", "waiting", "nothing_free"], "why nothing is named is told")
    kept = home.json("waitlist", "add", "P0", "--service", "neurotoxin", "--said", "Saturdays")
    listed = home.json("waitlist", "list")["waiting"]
    report.equal([[w["patient"] for w in listed], listed[-1]["wait_id"], "sat" in kept["wish"].lower()],
                 [["P2", "P3", "P0"], kept["wait_id"], True], "a colleague adds who waits")
    said = home.run("waitlist")
    report.ok(said.count("neurotoxin") == 3 and "P0" in said, "and reads the list in words", said)
    refused = [home.code("waitlist", "add", "P0", "--said", "whenever the moon is blue"),
               home.code("waitlist", "add", "P0", "--service", "tattoos"),
               home.code("waitlist", "add", "P99"), home.code("explain", "P1", "waitlist")]
    report.equal([r[0] for r in refused], [1] * 4, "what cannot be read, nobody offers, nobody is")
    report.equal([home.code("waitlist", *a)[0] for a in (["add"], ["list", "P0"], ["leave", "P0"])],
                 [2] * 3, "and what is no such command")
    report.equal([home.json("waitlist", "remove", "P0"), home.code("waitlist", "remove", "P0")[0]],
                 [{"removed": True}, 1], "who is taken off waits no more, and once")
    tick((11, 35))
    told = home.json("explain", "P0", "waitlist")
    report.equal([told["answer"], told["reason"]], ["exited", "desk"], "which is told of them")
    report.equal([json_line["playbook"] for json_line in explained(home, "P2")][-1], "waitlist",
                 "explaining everything about a patient tells of the waitlist, too")


def explained(home, patient):
    """Every answer of `explain` about a patient."""
    return [json.loads(line) for line in home.run("explain", patient, "--json").splitlines()]


def noon_zone():
    """A zone in which it is about noon: nobody is called at night."""
    shift = dt.datetime.now(dt.timezone.utc).hour - 12
    return f"Etc/GMT{shift:+d}" if shift else "Etc/UTC"


def open_practice(folder, database):
    """Patients who cannot be texted, so that the hour of their phones does not count."""
    practice = desk_client.Practice(folder, database)
    practice.home.change_settings(lambda tree: tree.update(timezone=noon_zone(), date_order="mdy"))
    write_schedules(practice.home, {"mon-sun": "09:00-12:00"}, horizon="2d", hold="24h")
    practice.home.json("import", write_patients(folder, 40, ""))
    return practice


def kill(practice):
    """As a power cut would."""
    practice.server.kill()
    practice.server.wait(20)
    practice.server.stdout.close()


def shared(items):
    """Times that are named to more than one patient."""
    times = collections.Counter((i["named"]["start"], i["named"]["provider"]) for i in items if i["named"])
    return [time for time, count in times.items() if count > 1]


def named_times(report, owner, wanted):
    """Asked until so many are named; nothing may ever be named twice on the way."""
    latest = time.monotonic() + LATEST_S
    while True:
        items = owner.get("waitlist?limit=100")["items"]
        named = [i for i in items if i["named"]]
        if shared(items) or len(named) > wanted:
            report.ok(False, "no time is named to two", items)
        if len(named) >= wanted or time.monotonic() > latest:
            return named


def give_back(owner, opening_id):
    """The desk could not enter it: the time is free again."""
    owner.post(f"openings/{opening_id}/book")
    task = next(t for t in owner.get("tasks?kind=book_visit")["items"])
    return owner.post(f"tasks/{task['task_id']}/outcome", {"outcome": "not_possible"})


def check_kills(report, practice):
    """Times become free while the server is killed again and again."""
    owner = practice.start().owner()
    people = [p["patient_id"] for p in owner.get("patients?limit=40")["items"]]
    holders = []
    while free := owner.get(f"openings?patient_id={people[-1]}&service=neurotoxin")["times"]:
        patient = people.pop(0)
        body = {key: free[0][key] for key in ("start", "provider", "location")}
        held = owner.post("openings", {**body, "patient_id": patient, "service": "neurotoxin"})
        holders.append(held["opening_id"])
    for patient in people[:WAITING]:
        waits = owner.post("waitlist", {"patient_id": patient, "service": "neurotoxin"})
        report.status(waits, 201, "somebody waits")
    rounds = min(ROUNDS, len(holders))
    report.ok(rounds > 2, "there is something to give back", len(holders))
    random.seed(5)
    for done in range(rounds):
        report.status(give_back(owner, holders[done]), 200, "a time becomes free")
        time.sleep(random.random() * 0.05)  # somewhere in the middle of it
        kill(practice)
        practice.start(fresh=False)
        owner.port = practice.port
        named = named_times(report, owner, done + 1)
        report.equal(len(named), done + 1, f"{done + 1} are named a time of their own")
    first = next(i for i in owner.get("waitlist?limit=100")["items"] if i["named"])
    gone = owner.ask("DELETE", f"waitlist/{first['wait_id']}")
    report.status(gone, 204, "who waits no more gives it back")
    again = named_times(report, owner, rounds)
    starts = [i["named"]["start"] for i in again]
    report.ok(first["named"]["start"] in starts, "and the next one is named it", again)
    report.equal(shared(again), [], "no time is named to two")
    practice.stop()
    code, _, why = practice.home.code("audit", "verify")
    report.equal(code, 0, f"audit verify passes {why}")


def main():
    """Run it."""
    report = tap.Report()
    with tempfile.TemporaryDirectory(prefix="waitlist.") as folder:
        with world.Gateway(folder) as gateway:
            check_cancelled(report, folder, gateway)
        databases = ["sqlite"] + (["postgres"] if os.environ.get("PGHOST") else [])
        if len(databases) == 1:
            report.skip("the waitlist on PostgreSQL", "there is no server (tools/with-postgres)")
        for database in databases:
            with contextlib.ExitStack() as stack:
                practice = open_practice(os.path.join(folder, database), database)
                stack.callback(practice.stop)
                try:
                    check_kills(Named(report, database), practice)
                except (homes.Failed, OSError, LookupError, TypeError) as fault:
                    report.ok(False, "the waitlist was played to the end", repr(fault))
                    raise
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
