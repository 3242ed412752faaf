#!/usr/bin/python3
"""Kill the running program again and again while it sends, and count what the patients got.

    test/soak.py [--database sqlite|postgres|both] [--sends 5000] [--kills 200] [--faults NAME]
                 [--seed N] [--keep]

`serve` runs with a gateway on loopback and is ended with SIGKILL after a random number of messages
or milliseconds, started again, and so on. When the kills are done it runs on until every touch has
ended. Then the gateway's journal and the program's own books are held against each other:

    twice   patients whom the gateway took more than one message for         must be 0
    lost    patients with neither a message nor a final reason               must be 0
    stuck   touches that have not ended                                      must be 0
    unasked messages for which a doubt stood and the gateway was not asked   must be 0

Faults: none, late, break, error, all. PostgreSQL runs below tools/with-postgres, durably.
"""
import argparse
import concurrent.futures
import csv
import datetime as dt
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zoneinfo

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "flow"), os.path.join(HERE, "world")]
import home as homes  # noqa: E402
import tap  # noqa: E402
import world  # noqa: E402

PLAYBOOK = "soak"
# Texts keep quiet hours. The patients are travellers from Guam, whose booking system states the zone
# that they are in: somewhere on this way round the world it is the middle of the day.
ZONES = """Pacific/Guam Asia/Tokyo Asia/Manila Asia/Bangkok Asia/Dhaka Asia/Karachi Asia/Dubai
Africa/Nairobi Africa/Cairo Africa/Lagos Europe/London Atlantic/Azores America/Noronha
America/Sao_Paulo America/Puerto_Rico America/New_York America/Chicago America/Denver
America/Los_Angeles America/Anchorage Pacific/Honolulu Pacific/Pago_Pago""".split()
FAULTS = {
    "none": {},
    "late": {"late_share": 0.3, "late_ms": 1500},
    "break": {"break_after_share": 0.15, "break_before_share": 0.05},
    "error": {"error_after_share": 0.1, "error_before_share": 0.05, "busy_share": 0.05},
    "all": {"late_share": 0.1, "late_ms": 1500, "break_after_share": 0.07,
            "break_before_share": 0.04, "error_after_share": 0.07, "error_before_share": 0.04,
            "busy_share": 0.04, "list_lag_ms": 300, "callback_twice_share": 0.1,
            "callback_shuffle": True},
}
SOAK_PLAYBOOK = """\
playbook: soak
title: One text to everybody
owner: test
purpose: marketing
clock: last_visit(neurotoxin)
entry:
  crosses: due
  close_after: lost
  exclude: standard
  backlog: {policy: all}
measure:
  goal: {booked: neurotoxin, within: 30d, and_show: true}
  holdout: 0%
touches:
  - id: only
    day: 0
    send: [sms]
    template: touchup-remind
    from: provider(last_visit)
    link: {book: neurotoxin, provider: last, window: 14d}
    offer: none
exits:
  booked: {when: "booked(any)", tag: reactivated}
  opted_out: {when: "opt_out(any)", tag: unsubscribed, suppress: marketing, write_back: true}
  no_response: {at: day 14, tag: no-response}
"""


def find_zone():
    """A zone where it is late morning or early afternoon."""
    return next(zone for zone in ZONES
                if 10 <= dt.datetime.now(zoneinfo.ZoneInfo(zone)).hour <= 12)


def write_exports(folder, zone, count):
    """`count` patients in one zone, all due, each with a number of their own."""
    today = dt.date.today()
    with open(os.path.join(folder, "patients.csv"), "w", encoding="utf-8", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(["Patient ID", "First Name", "Last Name", "Date of Birth", "Mobile Phone",
                      "State", "ZIP", "Time Zone", "SMS Consent", "Consent On"])
        for n in range(count):
            birth = dt.date(1960, 1, 1) + dt.timedelta(days=n)
            out.writerow([f"S{n:05d}", f"Given{n}", f"Family{n}", birth.strftime("%m/%d/%Y"),
                          f"671{556 + n // 10000}{n % 10000:04d}", "GU", "96910", zone, "Yes",
                          (today - dt.timedelta(days=200)).strftime("%m/%d/%Y")])
    with open(os.path.join(folder, "appointments.csv"), "w", encoding="utf-8",
              newline="") as handle:
        out = csv.writer(handle)
        out.writerow(["Appointment ID", "Patient ID", "Start", "Service", "Service Category",
                      "Status", "Provider", "Total"])
        for n in range(count):
            day = today - dt.timedelta(days=110 + n % 60)
            out.writerow([f"A{n:05d}", f"S{n:05d}", day.strftime("%m/%d/%Y 10:00 AM"), "Dysport",
                          "Neurotoxin", "Completed", "Dr. Maya Chen", "$310.00"])


class Soak:
    """One database, one home, one gateway."""

    def __init__(self, options, database, folder, gateway):
        self.options, self.gateway, self.folder = options, gateway, folder
        self.rng = random.Random(options.seed)
        self.zone = find_zone()
        self.port = world.free_port()
        self.home = homes.Home(folder, zone=self.zone, state="GU")
        # about as fast as the kills come, so that every life has something to send
        rate = max(10, 2 * options.sends // (options.kills + 1))
        self.home.use_gateway(gateway, resend_after="2s", timeout="1s", rate_per_s=str(rate),
                              ask_after=["1s", "2s", "3s"])
        self.store = None
        if database == "postgres":
            self.store = "soak_" + os.path.basename(folder).replace(".", "_").lower()
            subprocess.run(["createdb", self.store], check=True)
        self.home.change_settings(self.settle)
        path = os.path.join(self.home.folder, "playbooks", PLAYBOOK + ".yaml")
        with open(path, "w", encoding="utf-8") as handle:
            handle.write(SOAK_PLAYBOOK)
        write_exports(folder, self.zone, options.sends)
        self.home.json("import", os.path.join(folder, "patients.csv"),
                       os.path.join(folder, "appointments.csv"))
        self.server = None

    def settle(self, tree):
        """What the run needs of the settings."""
        tree.update(booking_data_age="31d", audience_growth="100",
                    listen=f"127.0.0.1:{self.port}", public_url=f"http://127.0.0.1:{self.port}")
        if self.store:
            tree["store"] = f"postgresql:///{self.store}"

    def enroll(self):
        """Everybody enters now; the day of the first touch opens a minute from now."""
        now = dt.datetime.now(zoneinfo.ZoneInfo(self.zone))
        room = 80 + self.options.sends // 100
        opens = (now + dt.timedelta(seconds=room)).strftime("%H:%M")
        self.home.change_settings(lambda tree: tree.update(send_from=opens))
        saved = os.path.join(self.folder, "plan.json")
        self.home.json("plan", PLAYBOOK, "--out", saved)
        entered = self.home.json("apply", saved)["entered"]
        if entered != self.options.sends:
            raise homes.Failed(f"{entered} of {self.options.sends} entered")

    def start(self):
        """Start serve; wait until it is ready."""
        log = open(os.path.join(self.folder, "serve.log"), "ab")
        self.server = self.home.start("serve", stdout=log, stderr=log)
        log.close()
        if not world.wait_for(self.ready, 120):
            raise homes.Failed("serve did not become ready; see serve.log")

    def ready(self):
        """Whether it answers, or the reason why it never will."""
        if self.server.poll() is not None:
            with open(os.path.join(self.folder, "serve.log"), encoding="utf-8") as handle:
                raise homes.Failed("serve ended: " + handle.read()[-2000:])
        return self.get("/readyz") is not None

    def get(self, path):
        """A page of the running program, or None."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as page:
                return page.read().decode()
        except (OSError, urllib.error.URLError):
            return None

    def stop(self, number):
        """End serve with a signal."""
        if self.server and self.server.poll() is None:
            self.server.send_signal(number)
            self.server.wait(60)
        self.server = None

    def taken(self):
        """Bytes of the gateway's journal: grows with every message."""
        return os.path.getsize(self.gateway.journal) if os.path.exists(self.gateway.journal) else 0

    def run_kills(self):
        """Kill at random moments: by messages taken, or by time since the start."""
        done = 0
        self.start()
        if not world.wait_for(lambda: self.gateway.control("stats")["create"] > 0, 400, 0.2):
            raise homes.Failed("no message reached the gateway within four minutes")
        share = self.options.sends // (self.options.kills + 1)
        for done in range(1, self.options.kills + 1):
            before = self.gateway.control("stats")["create"]
            want = self.rng.randrange(0, 2 * share + 1)
            # some lives end before they have done anything, the others get to their share
            life_s = self.rng.uniform(0, 0.5) if self.rng.random() < 0.3 else 10
            end = time.monotonic() + life_s
            while time.monotonic() < end \
                    and self.gateway.control("stats")["create"] - before < want:
                time.sleep(self.rng.uniform(0.001, 0.02))
            self.stop(signal.SIGKILL)
            self.start()
        return done

    def states(self):
        """Touches by state, as the program counts them."""
        found = {}
        for line in (self.get("/metrics") or "").splitlines():
            if line.startswith("perennial_touches{"):
                name = line.split('state="', 1)[1].split('"', 1)[0]
                found[name] = found.get(name, 0) + int(float(line.rsplit(" ", 1)[1]))
        return found

    def run_out(self, seconds):
        """Run without kills until nothing is open any more; the last count of states."""
        open_states = ("due", "waiting", "sending", "in_doubt")
        states, end = {}, time.monotonic() + seconds
        while time.monotonic() < end:
            states = self.states() or states
            if states and not any(states.get(name) for name in open_states):
                break
            time.sleep(0.5)
        return states


def unasked(events):
    """Messages that followed a fault of unknown outcome without the gateway being asked between."""
    doubts, found = {}, []
    for event in events:
        to = event.get("to")
        if event["event"] == "fault" and event["kind"] != "late" and event["kind"] != "busy":
            doubts[to] = False
        elif event["event"] == "list":
            query = dict(p.split("=", 1) for p in event["query"].split("&") if "=" in p)
            number = query.get("To", "").replace("%2B", "+")
            if number in doubts:
                doubts[number] = True
        elif event["event"] == "create" and doubts.get(to) is False:
            found.append(to)
    return found


def judge(report, soak, database, states):
    """Hold the journal against the books."""
    events = soak.gateway.events()
    counts = {}
    for event in events:
        if event["event"] == "create":
            counts[event["to"]] = counts.get(event["to"], 0) + 1
    twice = [to for to, n in counts.items() if n > 1]
    ended = sum(n for name, n in states.items() if name in
                ("failed", "dropped", "skipped", "cancelled", "unconfirmed"))
    stuck = sum(states.get(n, 0) for n in ("due", "waiting", "sending", "in_doubt"))
    lost = soak.options.sends - len(counts) - ended
    report.note(f"{database}: {len(counts)} of {soak.options.sends} reached, states {states}")
    report.equal(twice, [], f"{database}: no patient got a message twice")
    report.equal(lost, 0, f"{database}: no message is lost")
    report.equal(stuck, 0, f"{database}: every touch has ended")
    report.equal(unasked(events), [], f"{database}: what was in doubt was asked about first")
    report.equal([e["faults"] for e in events if e["event"] == "invalid"][:3], [],
                 f"{database}: every request was right")


def soak_database(report, options, database):
    """The whole run on one database."""
    folder = tempfile.mkdtemp(prefix="soak.")
    began = time.monotonic()
    with world.Gateway(folder, FAULTS[options.faults]) as gateway:
        soak = Soak(options, database, folder, gateway)
        try:
            soak.enroll()
            kills = soak.run_kills()
            states = soak.run_out(400 + options.sends // 20)
            report.note(f"{database}: {kills} kills, faults {options.faults}, "
                        f"{time.monotonic() - began:.0f} s")
            judge(report, soak, database, states)
            soak.stop(signal.SIGTERM)
            code, out, err = soak.home.code("audit", "verify")
            report.ok(code == 0, f"{database}: audit verify passes after the kills", out + err)
        except (homes.Failed, OSError, subprocess.SubprocessError) as fault:
            report.ok(False, f"{database}: the soak ran to its end", repr(fault))
        finally:
            soak.stop(signal.SIGKILL)
            if soak.store:
                subprocess.run(["dropdb", "--force", soak.store], check=False)
    if options.keep:
        report.note("kept: " + folder)
    else:
        subprocess.run(["rm", "-rf", folder], check=False)


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--sends", type=int, default=80)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--faults", choices=sorted(FAULTS), default="all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    wants_postgres = options.database in ("postgres", "both")
    if wants_postgres and not os.environ.get("PGHOST") and not os.environ.get("SOAK_AGAIN"):
        below = os.path.join(os.path.dirname(HERE), "tools", "with-postgres")
        os.environ.update(SOAK_AGAIN="1", WITH_POSTGRES_DURABLE="1")
        os.execv(below, [below, sys.executable, *sys.argv])
    report = tap.Report()
    wanted = ["sqlite", "postgres"] if options.database == "both" else [options.database]
    if "postgres" in wanted and not os.environ.get("PGHOST"):
        report.skip("postgres: soak", "PostgreSQL is not installed")
        wanted.remove("postgres")
    with concurrent.futures.ThreadPoolExecutor() as beside:
        list(beside.map(lambda database: soak_database(report, options, database), wanted))
    sys.exit(report.finish())


if __name__ == "__main__":
    main()
