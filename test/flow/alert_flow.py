#!/usr/bin/python3
"""A message that may be urgent calls somebody, also who can be called only later.

    test/flow/alert_flow.py
"""
import datetime as dt
import os
import sys
import tempfile
import zoneinfo

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "world")]
import home as homes  # noqa: E402
import tap  # noqa: E402
import world  # noqa: E402

ZONE = zoneinfo.ZoneInfo("America/Chicago")
CLINICIAN = "+15125569999"
STEPS = 5  # of a task that may be urgent and that nobody ends


class Run:
    """A practice that has nobody to call."""

    def __init__(self, folder, gateway):
        self.gateway, self.home = gateway, homes.Home(folder)
        self.home.use_gateway(gateway)
        self.home.complete_settings()
        people = os.path.join(folder, "patients.csv")
        with open(people, "w", encoding="utf-8") as handle:
            handle.write("Patient ID,First Name,Last Name,Date of Birth,Mobile Phone\n"
                         "A1,Ana,Ruiz,1980-02-03,5125560001\nB2,Bea,Lind,1975-04-05,5125560002\n")
        self.home.json("import", people)
        self.start = dt.datetime.now(ZONE) + dt.timedelta(minutes=1)

    def calls(self, minutes):
        """How often the clinician was called, so many minutes after the message."""
        until = self.start + dt.timedelta(minutes=minutes)
        self.home.run("tick", "--until", until.isoformat(), "--speed", "max")
        return sum(e["to"] == CLINICIAN for e in self.gateway.events("create"))

    def urgent(self):
        """What doctor says of messages that may be urgent."""
        lines = self.home.json("doctor", codes=(0, 1))["lines"]
        return next(line for line in lines if line["what"] == "maybe urgent")


def nobody_yet(report, run):
    """Two messages of the night, an hour between them, and nobody who could be called."""
    run.calls(0)
    run.home.run("receive", "--from", "+15125560001", "--text", "I can't breathe, my throat is closing")
    run.calls(60)
    run.home.run("receive", "--from", "+15125560002", "--text", "my lip is white and it hurts so much")
    report.equal(run.calls(180), 0, "nobody can be called, and nobody is")
    told = run.urgent()
    report.ok(not told["fine"] and told["finding"] == "2 open"
              and all(role in told["remedy"] for role in ("owner", "manager", "front_desk", "clinician")),
              "doctor counts them, and says who may end one", told)


def somebody_now(report, run):
    """Each of them calls at once, goes on step by step, and comes to an end."""
    run.home.change_settings(lambda tree: tree.update(clinician_contact=CLINICIAN))
    report.equal(run.calls(181), 2, "as soon as clinician_contact is set, both call")
    report.equal(run.calls(190), 2, "once, not at each look")
    report.equal(run.calls(197), 4, "and again after a quarter of an hour, as nobody ended them")
    report.equal(run.calls(24 * 60), 2 * STEPS, "no step calls twice")
    run.home.run("receive", "--from", "+15125560001", "--text", "my chest hurts and I can't breathe")
    report.equal(run.calls(24 * 60 + 1), 2 * STEPS + 1, "a new message after the last call calls again")
    report.equal(run.calls(48 * 60), 3 * STEPS, "step by step, and to an end")


def main():
    """One home, through a night without anybody."""
    report = tap.Report()
    with tempfile.TemporaryDirectory(prefix="perennial-") as folder, world.Gateway(folder) as gateway:
        run = Run(folder, gateway)
        nobody_yet(report, run)
        somebody_now(report, run)
        code, _, why = run.home.code("audit", "verify")
        report.equal(code, 0, f"audit verify passes {why}")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
