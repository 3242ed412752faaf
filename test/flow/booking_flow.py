#!/usr/bin/python3
"""The desk finds, holds and books a time through the API.  test/flow/booking_flow.py"""
import contextlib
import datetime as dt
import os
import subprocess
import sys
import tempfile
import urllib.parse
import zoneinfo

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import desk_client  # noqa: E402
import home as homes  # noqa: E402
import tap  # noqa: E402
from desk_client import Named  # noqa: E402

SCHEDULES = """\
notice: 2h
horizon: 30d
step: 30m
locations: {Main: {hours: {mon-sat: "09:00-12:00, 13:00-18:00"}}}
services: {neurotoxin: {duration: 30m}}
providers:
  Dr. Nobody Else: {hours: {mon-sat: "09:00-18:00"}}
"""


def openings(owner, patient, **query):
    """What is free and kept for a patient."""
    return owner.get("openings?" + urllib.parse.urlencode({"patient_id": patient, **query}))


def check_times(report, owner, patient):
    """Times come by themselves, and as far as the patient's words allow."""
    every = openings(owner, patient, service="neurotoxin")
    report.status(every, 200, "free times are listed")
    report.ok(len(every["times"]) == 60 and every["kept"] == [], "sixty of them, none is kept")
    late = openings(owner, patient, service="neurotoxin", said="after 5, anything but Monday")
    report.equal(late["read"], "want 17:00-24:00; not mon", "the patient's words are read")
    zone = zoneinfo.ZoneInfo(owner.get("session")["practice"]["zone"])
    starts = [dt.datetime.fromisoformat(time["start"].replace("Z", "+00:00")) for time in late["times"]]
    hours = {start.astimezone(zone).strftime("%H:%M") for start in starts}
    report.ok(hours and hours <= {"17:00", "17:30"}, "and kept", repr(hours))
    unsure = openings(owner, patient, service="neurotoxin", said="when my sister can")
    report.equal([unsure["read"], len(unsure["times"])], ["unsure", 60], "what is unsure cuts nothing")
    report.equal(openings(owner, patient, service="peel")["service"], None, "an unknown service has none")
    nobody = "00000000-0000-7000-8000-000000000000"
    report.status(openings(owner, nobody), 404, "nor has an unknown patient")
    return every["times"]


def check_booking(report, owner, people, times):
    """One time is one patient's; a booking that cannot be entered frees it."""
    body = {"service": "neurotoxin", "start": times[0]["start"], "provider": times[0]["provider"],
            "location": times[0]["location"]}
    held = owner.post("openings", {**body, "patient_id": people[0]})
    report.equal([held.status, held["state"]], [201, "held"], "a time is held")
    report.status(owner.post("openings", {**body, "patient_id": people[1]}), 409, "for one patient alone")
    report.equal(openings(owner, people[0])["kept"][0]["opening_id"], held["opening_id"], "and is kept")
    booked = owner.post(f"openings/{held['opening_id']}/book")
    report.equal([booked.status, booked["state"]], [200, "booked"], "and booked")
    report.status(owner.post("openings/nothing/book"), 404, "what is not there is not booked")
    task = next(t for t in owner.get("tasks")["items"] if t["kind"] == "book_visit")
    report.status(owner.post(f"tasks/{task['task_id']}/outcome", {"outcome": "not_possible"}), 200,
                  "the desk says that it cannot be entered")
    report.equal(openings(owner, people[0])["kept"], [], "then nothing is kept any more")
    report.status(owner.post("openings", {**body, "patient_id": people[1]}), 201,
                  "and the time is free for somebody else")


def run(report, folder):
    """Each database after the other."""
    samples = desk_client.make_samples(os.path.join(folder, "exports"))
    databases = ["sqlite"] + (["postgres"] if os.environ.get("PGHOST") else [])
    if len(databases) == 1:
        report.skip("bookings on PostgreSQL", "there is no server (tools/with-postgres)")
    for database in databases:
        with contextlib.ExitStack() as stack:
            practice = desk_client.Practice(os.path.join(folder, database), database, samples)
            stack.callback(practice.stop)
            with open(os.path.join(practice.home.folder, "schedules.yaml"), "w", encoding="utf-8") as file:
                file.write(SCHEDULES)
            named = Named(report, database)
            owner = practice.start().owner()
            people = [p["patient_id"] for p in owner.get("patients?limit=2")["items"]]
            check_booking(named, owner, people, check_times(named, owner, people[0]))


def main():
    """All of it."""
    report = tap.Report()
    with tempfile.TemporaryDirectory(prefix="booking.") as folder:
        try:
            run(report, folder)
        except (homes.Failed, OSError, LookupError, TypeError, subprocess.CalledProcessError) as fault:
            report.ok(False, "the bookings were made to the end", repr(fault))
            raise
    sys.exit(report.finish())


if __name__ == "__main__":
    main()
