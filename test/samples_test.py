#!/usr/bin/python3
"""The samples are what the generator writes, and the independent plan reads them right.

    test/samples_test.py
"""
import csv
import datetime as dt
import filecmp
import json
import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FILES = ["patients.csv", "appointments.csv", "services.csv", "memberships.csv"]
CLEAN = {"patient_id": "P1", "first_name": "Ada", "last_name": "Moss", "birth_date": "1980-02-29",
         "mobile_phone": "512-555-0101", "email": "ada@example.com", "email_consent": "Y",
         "sms_consent": "Y", "consent_on": "2026-01-05"}


def make(folder, until):
    """Run the generator."""
    subprocess.run([os.path.join(ROOT, "tools", "make-samples"), "--out", folder, "--until", until],
                   check=True)


def plan(at, paths, *more):
    """Run the independent plan."""
    out = subprocess.run([os.path.join(ROOT, "test", "reference_plan.py"), "--at", at,
                          "--consent-form", *more, *paths], check=True, capture_output=True)
    return json.loads(out.stdout)


def write(folder, name, rows):
    """A CSV file of dictionaries with one set of keys."""
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def visit(start, patient="P1", status="completed", category="neurotoxin"):
    """An appointment row."""
    return {"appointment_id": f"A{start}{patient}", "patient_id": patient, "start": start,
            "status": status, "service_category": category, "total": "310"}


class SamplesTest(unittest.TestCase):
    """The generator."""

    def test_committed_files_are_what_the_generator_writes(self):
        with tempfile.TemporaryDirectory() as folder:
            make(folder, "2026-11-20")
            _, different, missing = filecmp.cmpfiles(
                folder, os.path.join(ROOT, "samples"), FILES, shallow=False)
        self.assertEqual((different, missing), ([], []))

    def test_every_edge_of_the_window_is_read_right_on_any_last_day(self):
        # 22 June 2027 lies 100 days after the night on which summer time begins
        for until in ("2026-11-20", "2027-06-22", "2028-02-29"):
            with tempfile.TemporaryDirectory() as folder:
                make(folder, until)
                paths = [os.path.join(folder, name) for name in FILES]
                answer = plan(until, paths)
                with open(paths[0], encoding="utf-8", newline="") as handle:
                    tags = {r["Patient ID"]: r["Tags"] for r in csv.DictReader(handle)}
            said = {r["patient"]: r["reason"] for r in answer["not"]}
            edges = {pid: int(t.split()[1]) for pid, t in tags.items() if t.startswith("day ")}
            self.assertEqual(len(edges), 24)
            for pid, days in edges.items():
                wanted = "not_due_yet" if days < 100 else "window_passed" if days > 180 else None
                self.assertEqual(said.get(pid), wanted, (until, pid, tags[pid]))
                self.assertEqual(answer["facts"][pid]["days"], days)

    def test_every_reason_has_its_patients(self):
        paths = [os.path.join(ROOT, "samples", name) for name in FILES]
        counts = plan("2026-11-20", paths)["counts"]
        for reason in ("enter inactive deceased minor do_not_contact opted_out paused "
                       "billing_dispute clinical_concern staff_or_family no_qualifying_visit "
                       "not_due_yet window_passed booked unreachable no_consent").split():
            self.assertGreaterEqual(counts.get(reason, 0), 3, reason)


class PlanTest(unittest.TestCase):
    """The independent plan on files written here."""

    def verdict(self, visits, at="2026-11-20", **changes):
        """Reason for P1, or 'enter'."""
        with tempfile.TemporaryDirectory() as folder:
            paths = [write(folder, "p.csv", [{**CLEAN, **changes}]),
                     write(folder, "a.csv", visits)]
            answer = plan(at, paths)
        return answer["not"][0]["reason"] if answer["not"] else "enter"

    def test_days_are_civil_days_of_the_practice(self):
        day = dt.date(2026, 11, 20)
        for days, wanted in ((99, "not_due_yet"), (100, "enter"), (180, "enter"),
                             (181, "window_passed")):
            for clock in ("00:05", "23:55"):
                start = f"{day - dt.timedelta(days=days)} {clock}"
                self.assertEqual(self.verdict([visit(start)]), wanted, start)
        # the same instant, given in UTC
        self.assertEqual(self.verdict([visit("2026-08-13T04:55:00+0000")]), "enter")
        self.assertEqual(self.verdict([visit("2026-08-13T05:05:00+0000")]), "not_due_yet")

    def test_an_hour_that_summer_time_adds_or_takes_is_no_day(self):
        self.assertEqual(self.verdict([visit("2026-03-07 23:30")], at="2026-06-15"), "enter")
        self.assertEqual(self.verdict([visit("2026-03-08 00:30")], at="2026-06-15"), "not_due_yet")
        self.assertEqual(self.verdict([visit("2026-11-01 01:30")], at="2027-02-09"), "enter")
        self.assertEqual(self.verdict([visit("2026-11-01 23:30")], at="2027-02-08"), "not_due_yet")

    def test_reasons_hold_in_their_order(self):
        due = [visit("2026-07-20 10:00")]
        for changes, wanted in (
                ({"record_status": "archived", "deceased": "Y"}, "inactive"),
                ({"birth_date": "2008-11-21"}, "minor"), ({"birth_date": "2008-11-20"}, "enter"),
                ({"birth_date": ""}, "minor"),
                ({"birth_date": "2008-11-20", "state": "AL"}, "minor"),
                ({"sms_consent": "", "email_consent": "?"}, "no_consent"),
                ({"sms_opt_out": "Y"}, "enter"), ({"sms_opt_out": "Y", "email": ""}, "opted_out"),
                ({"paused_until": "2026-11-21"}, "paused"), ({"paused_until": "2026-11-20"}, "enter"),
                ({"mobile_phone": "1234567890", "email": "a@b"}, "unreachable")):
            self.assertEqual(self.verdict(due, **changes), wanted, changes)

    def test_only_kept_neurotoxin_visits_count_and_any_booking_stops(self):
        due = visit("2026-07-20 10:00")
        for more, wanted in (
                (visit("2026-10-01 10:00", status="no_show"), "enter"),
                (visit("2026-10-01 10:00", category="facial"), "enter"),
                (visit("2026-10-01 10:00"), "not_due_yet"),
                (visit("2026-12-01 10:00", status="booked", category="facial"), "booked"),
                (visit("2026-12-01 10:00", status="cancelled"), "enter")):
            self.assertEqual(self.verdict([due, more]), wanted, more)
        self.assertEqual(self.verdict([visit("2026-07-20 10:00", status="no_show")]),
                         "no_qualifying_visit")


if __name__ == "__main__":
    tap.run_tests()
