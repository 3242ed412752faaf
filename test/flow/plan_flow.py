#!/usr/bin/python3
"""From exports to a plan, held against the independent one.   test/flow/plan_flow.py

The samples are imported; for several nights `plan neurotoxin-touch-up` lists exactly the patients
that test/reference_plan.py finds in the CSV files, each other neurotoxin patient with the same
reason. A second night enrolls nobody twice.
"""
import datetime as dt
import os
import sys
import tempfile
import zoneinfo

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import home as homes  # noqa: E402
import tap  # noqa: E402

PLAYBOOK = "neurotoxin-touch-up"
BACKLOG_PER_DAY = 15
ZONE = zoneinfo.ZoneInfo("America/Chicago")
UNTIL = dt.date(2026, 11, 20)
# nights before, on and after the last day of the exports; the last lies behind a change of clocks
NIGHTS = ["2026-11-20", "2026-11-20T23:00:00-06:00", "2026-11-21T00:05:00-06:00", "2026-11-22",
          "2026-12-24", "2026-10-31", "2026-11-01T01:30:00-05:00", "2027-03-15"]
# without an offset: an hour that is skipped moves forward, one that comes twice is the first
LOCAL = {"2026-11-20T23:00:00": "2026-11-20T23:00:00-06:00",
         "2026-06-01T23:00": "2026-06-01T23:00:00-05:00",
         "2026-11-01T01:30:00": "2026-11-01T01:30:00-05:00",
         "2027-03-14T02:30:00": "2027-03-14T03:30:00-05:00"}


def split_plan(plan):
    """(patients treated, held out or put off, reason of everybody else)."""
    treated = {e["patient"] for e in plan["enter"] if e.get("arm", "treat") == "treat"}
    apart = {e["patient"]: "holdout" for e in plan["enter"] if e.get("arm") == "holdout"}
    reasons = {}
    for row in plan["not"]:
        kind = apart if row["reason"] in ("holdout", "over_capacity") else reasons
        kind[row["patient"]] = row["reason"]
    return treated, apart, reasons


def differences(plan, wanted):
    """Sentences on every patient whom the two plans judge differently."""
    treated, apart, reasons = split_plan(plan)
    said = {**reasons, **dict.fromkeys(apart, "enter"), **dict.fromkeys(treated, "enter")}
    right = {**{r["patient"]: r["reason"] for r in wanted["not"]},
             **{e["patient"]: "enter" for e in wanted["enter"]}}
    return [f"{pid}: {said.get(pid)} instead of {right.get(pid)} {wanted['facts'].get(pid)}"
            for pid in sorted(set(said) | set(right)) if said.get(pid) != right.get(pid)]


def check_backlog(report, plan, wanted, night):
    """At most 15 of the backlog a day, the most valuable ones."""
    treated, apart, _ = split_plan(plan)
    facts = wanted["facts"]
    late = sorted(facts[p]["value"] for p in treated if p in facts and facts[p]["backlog"])
    put_off = [facts[p]["value"] for p, why in apart.items() if why == "over_capacity"]
    report.ok(len(late) <= BACKLOG_PER_DAY, f"{night}: no more backlog than a day takes", len(late))
    report.ok(not put_off or len(late) == BACKLOG_PER_DAY and max(put_off) <= late[0],
              f"{night}: the most valuable of the backlog come first", (late[:3], put_off[:3]))
    fresh = {p for p in facts if facts[p]["days"] == 100}
    put_off_fresh = [p for p, why in apart.items() if why == "over_capacity" and p in fresh]
    report.equal(put_off_fresh, [], f"{night}: who turns due that day is never put off")


def check_holdout(report, plan, wanted, night):
    """About a tenth is left out, whole households together."""
    treated, apart, _ = split_plan(plan)
    out = {p for p, why in apart.items() if why == "holdout"}
    homes_out = {wanted["facts"][p]["household"] for p in out if p in wanted["facts"]}
    homes_in = {wanted["facts"][p]["household"] for p in treated if p in wanted["facts"]}
    report.equal(homes_out & homes_in, set(), f"{night}: no household is split by the holdout")
    share = len(out) / max(1, len(wanted["enter"]))
    report.ok(0.03 <= share <= 0.2, f"{night}: the holdout is about a tenth", share)


def check_touches(report, plan, wanted, at):
    """The first touch goes by a channel with consent, on the morning after, and none before."""
    faults = []
    for entry in plan["enter"]:
        if entry.get("arm", "treat") != "treat":
            continue
        touches = {t["touch"]: t for t in entry["touches"]}
        first = touches.get("remind", {})
        may = wanted["facts"][entry["patient"]]["channels"]
        if first.get("channel") not in may or first.get("verdict") != "allow":
            faults.append(f"{entry['patient']}: remind {first}, may {may}")
        moments = [dt.datetime.fromisoformat(t["at"]) for t in entry["touches"]]
        if moments != sorted(moments) or min(moments) <= at:
            faults.append(f"{entry['patient']}: {[t['at'] for t in entry['touches']]}")
        if touches.get("remind", {}).get("offer") != "none" \
                or touches.get("nudge", {}).get("offer", "none") != "none":
            faults.append(f"{entry['patient']}: an offer before the third touch")
    report.equal(faults[:10], [], "touches come in order, by permitted channels, offers late")


def plan_nights(report, folder):
    """Import the committed samples twice and compare every night."""
    home = homes.Home(folder)
    home.complete_settings()
    samples = os.path.join(homes.ROOT, "samples")
    first = home.import_samples(samples)
    again = home.import_samples(samples)
    report.equal([(f["created"], f["updated"]) for f in again["files"]],
                 [(0, 0)] * len(again["files"]), "importing twice changes nothing")
    codes = {r["code"] for f in first["files"] for r in f["rejected"]}
    report.ok({"no_id", "unknown_patient"} <= codes,
              "rows without id and of nobody are rejected by name", codes)
    for night in NIGHTS:
        plan = home.json("plan", PLAYBOOK, "--at", night)
        wanted = homes.reference_plan(night, samples)
        found = differences(plan, wanted)
        report.ok(not found, f"{night}: {len(wanted['enter'])} would enter and "
                  f"{len(wanted['not'])} would not, each for the right reason",
                  f"{len(found)} differ\n" + "\n".join(found[:25]))
        report.equal(dt.datetime.fromisoformat(plan["at"]),
                     dt.datetime.fromisoformat(wanted["at"]), f"{night}: the moment is the same")
        check_backlog(report, plan, wanted, night)
    plan, wanted = home.json("plan", PLAYBOOK, "--at", NIGHTS[0]), \
        homes.reference_plan(NIGHTS[0], samples)
    for local, at in LOCAL.items():
        report.equal(home.json("plan", PLAYBOOK, "--at", local)["at"], at,
                     f"{local} is the practice's time")
    check_holdout(report, plan, wanted, NIGHTS[0])
    check_touches(report, plan, wanted, dt.datetime.fromisoformat(wanted["at"]))
    report.equal(home.json("plan", PLAYBOOK, "--at", NIGHTS[0]), plan,
                 "the same question has the same answer")


def no_consent_form(report, folder):
    """An imported yes is no written consent while nobody says what was signed."""
    home = homes.Home(folder, consent_form=False)
    samples = os.path.join(homes.ROOT, "samples")
    home.import_samples(samples)
    plan = home.json("plan", PLAYBOOK, "--at", NIGHTS[0])
    by_text = [e["patient"] for e in plan["enter"] for t in e["touches"]
               if t["channel"] == "sms" and t["verdict"] == "allow"]
    report.equal(by_text, [], "without a consent form no marketing text is allowed")
    wanted = homes.reference_plan(NIGHTS[0], samples, consent_form=False)
    found = differences(plan, wanted)
    report.ok(not found, "without a consent form the plan is right, too",
              f"{len(found)} differ\n" + "\n".join(found[:25]))


def preferences(report, folder):
    """Who would rather be texted is texted where the touch may go by text, and by nothing else."""
    home = homes.Home(folder)
    home.complete_settings()
    samples = os.path.join(homes.ROOT, "samples")
    home.import_samples(samples)
    saved = os.path.join(folder, "plan.json")
    now = dt.datetime.now(ZONE).isoformat()
    facts = homes.reference_plan(NIGHTS[0], samples)["facts"]
    before = first_channels(home.json("plan", PLAYBOOK, "--at", now))
    mailed = sorted(p for p, touch in before.items() if touch[0] == "email" and p in facts)
    both = [p for p in mailed if "sms" in facts[p]["channels"]]
    mail = [p for p in mailed if "sms" not in facts[p]["channels"]]
    report.ok(both and mail, "some may be texted, too, and some may not", (len(both), len(mail)))
    asked = {both[0], mail[0]} if both and mail else set()
    path = os.path.join(folder, "tags.csv")
    with open(path, "w", encoding="utf-8") as handle:
        handle.write("Patient ID,Tags\n" + "".join(f"{p},prefers_sms\n" for p in sorted(asked)))
    home.json("import", path, "--as", "generic.patients")
    after = first_channels(home.json("plan", PLAYBOOK, "--at", now, "--out", saved))
    report.equal({p: t for p, t in after.items() if before.get(p) != t}, {both[0]: ("sms", "allow")},
                 "who said so and may be texted is texted first; nobody else's channel moves")
    home.run("apply", saved)
    steps = {p: [s for s in home.json("explain", p, PLAYBOOK)["steps"]
                 if s["rule"] == "preferred_channel"] for p in asked}
    told = {p: (s[0]["values"]["preferred"], s[0]["values"]["said_by"], s[0]["result"])
            for p, s in steps.items() if s}
    report.equal(told, {both[0]: ("sms", "import", True), mail[0]: ("sms", "import", False)},
                 "and explain tells what was preferred, who said so, and whether it could be")


def first_channels(plan):
    """The first touch of everybody who enters: channel and verdict."""
    return {e["patient"]: (t["channel"], t["verdict"]) for e in plan["enter"]
            if e.get("arm", "treat") == "treat" for t in e["touches"] if t["touch"] == "remind"}


def other_practices(report, folder):
    """Other seeds, other zones, other last days: the rules hold for any practice."""
    for seed, zone, until in ((7, "America/Los_Angeles", "2027-06-22"),
                              (8, "Pacific/Auckland", "2026-07-15"), (9, "America/Phoenix", "2028-02-29")):
        place = os.path.join(folder, str(seed))
        os.mkdir(place)
        samples = homes.make_samples(os.path.join(place, "exports"), dt.date.fromisoformat(until),
                                     "--seed", str(seed))
        home = homes.Home(place, zone=zone)
        home.import_samples(samples)
        plan = home.json("plan", PLAYBOOK, "--at", until)
        wanted = homes.reference_plan(until, samples, "--zone", zone)
        found = differences(plan, wanted)
        report.ok(not found, f"{zone} on {until}: {len(wanted['enter'])} would enter, all right",
                  f"{len(found)} differ\n" + "\n".join(found[:25]))


def named_later(report, folder):
    """A service's name is learnt after its visits were imported: they count from then on."""
    home = homes.Home(folder)
    home.complete_settings()
    rules = os.path.join(home.folder, "definitions.yaml")
    exports = {"patients.csv": "Patient ID,First Name,Last Name,Birth Date,Email,Email Consent\n"
                               "Q1,Ada,Birch,1980-02-03,ada@example.org,Y\n",
               "appointments.csv": "Appointment ID,Patient ID,Start,Service,Status\n"
                                   "V1,Q1,2026-08-01 10:00,Frownline Smoothing,Completed\n"}
    paths = []
    for name, text in exports.items():
        paths.append(os.path.join(folder, name))
        with open(paths[-1], "w", encoding="utf-8") as handle:
            handle.write(text)

    def change(old, new):
        with open(rules, encoding="utf-8") as handle:
            text = handle.read()
        assert old in text
        with open(rules, "w", encoding="utf-8") as handle:
            handle.write(text.replace(old, new, 1))

    def asked():
        plan = home.json("plan", PLAYBOOK, "--at", NIGHTS[0])
        return [e["patient"] for e in plan["enter"]], \
            [(r["patient"], r["reason"]) for r in plan["not"]], plan.get("note", "")

    report.ok("no completed visit is known" in asked()[2], "before the first import plan says so")
    home.json("import", *paths)
    enter, refused, note = asked()
    report.ok((enter, refused) == ([], []) and '"Frownline Smoothing"' in note
              and "definitions.yaml" in note, "a plan of nobody names what it did not know", note)
    change("      - neurotoxin\n", "      - neurotoxin\n      - frownline\n")
    enter, refused, note = asked()
    report.equal((len(enter) + len(refused), note), (1, ""), "the new name reaches old visits")
    report.equal([r for r in refused if r[1] != "holdout"], [], "who is due by it may enter")
    change("    due: 100d", "    due: 115d")
    report.equal(asked()[1], [("Q1", "not_due_yet")], "a later day is counted from old visits, too")
    again = home.json("import", *paths)
    report.equal([(f["created"], f["updated"]) for f in again["files"]], [(0, 0)] * 2,
                 "the same files bring nothing new")
    change("      - frownline\n", "")
    home.json("import", *paths)
    report.equal(asked()[:2], ([], []), "a name that is taken back counts no more")
    trail = home.run("audit", "verify")
    report.ok(trail, "the trail of it is whole", trail)


def after_midnight(day, nights):
    """One in the morning, some nights later."""
    moment = dt.datetime.combine(day + dt.timedelta(days=nights), dt.time(1), ZONE)
    return moment.isoformat()


def second_night(report, folder):
    """Two nights on the virtual clock: nobody enters twice."""
    today = dt.datetime.now(ZONE).date()
    samples = homes.make_samples(os.path.join(folder, "exports"), today)
    home = homes.Home(folder)
    home.complete_settings(booking_data_age="31d")
    home.import_samples(samples)
    saved = os.path.join(folder, "plan.json")
    first = home.json("plan", PLAYBOOK, "--at", today.isoformat(), "--out", saved)
    home.run("apply", saved)
    home.run("resume", PLAYBOOK)
    home.run("tick", "--until", after_midnight(today, 1), "--speed", "max")
    treated, _, _ = split_plan(first)
    tomorrow = today + dt.timedelta(days=1)
    second = home.json("plan", PLAYBOOK, "--at", tomorrow.isoformat())
    again, apart, reasons = split_plan(second)
    report.equal(again & treated, set(), "who entered last night does not enter again")
    report.equal({reasons.get(p, apart.get(p)) for p in treated}, {"already_enrolled"},
                 "who entered last night is enrolled already")
    home.run("tick", "--until", after_midnight(today, 2), "--speed", "max")
    total = home.json("report", "--playbook", PLAYBOOK)
    entered = find_number(total, "entered")
    report.note(f"first night {len(treated)}, second night planned {len(again)}, entered {entered}")
    report.equal(entered, len(treated) + len(again), "two nights entered what was planned for them")


def find_number(tree, name):
    """The first value of that name anywhere in an answer."""
    if isinstance(tree, dict):
        if isinstance(tree.get(name), (int, float)):
            return tree[name]
        tree = list(tree.values())
    if isinstance(tree, list):
        for part in tree:
            found = find_number(part, name)
            if found is not None:
                return found
    return None


def main():
    """All of it."""
    report = tap.Report()
    for part in (plan_nights, no_consent_form, preferences, other_practices,
                 named_later, second_night):
        with tempfile.TemporaryDirectory(prefix="flow.") as folder:
            try:
                part(report, folder)
            except (homes.Failed, KeyError, OSError) as fault:
                report.ok(False, f"{part.__name__} ran to its end", repr(fault))
    sys.exit(report.finish())


if __name__ == "__main__":
    main()
