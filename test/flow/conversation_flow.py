#!/usr/bin/python3
"""Whole conversations on the virtual clock, through a gateway.          test/flow/conversation_flow.py

conversations.yaml and conversations_times.yaml say what each patient writes and what must come of it:
the message that answers, the tasks that stand or are done, tags, the exit. Nothing else may be sent to
them.
"""
import collections
import csv
import datetime as dt
import os
import re
import sys
import tempfile
import zoneinfo

import yaml

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "world")]
import home as homes  # noqa: E402
import tap  # noqa: E402
import world  # noqa: E402

PLAYBOOK = "neurotoxin-touch-up"
ZONE = zoneinfo.ZoneInfo("America/Chicago")
LAST_DAY = 6
CLINICIAN = "+15125569999"
CALLS = 5  # to an urgent task that nobody takes


def enrolled(talk):
    """Whether the patient is due and had the first text, or is in no playbook at all."""
    return talk.get("enrolled", True)


def born(talk):
    """The year of birth; `age` in years, else a grown-up."""
    return dt.date.today().year - talk["age"] if "age" in talk else 1970


def phone_of(index):
    """The mobile of the patient in conversation `index`."""
    return f"+1512556{index:04d}"


class Run:
    """One practice whose patients were all texted on the morning of day 1."""

    def first_day(self):
        """A Monday: who wants which times, and which are taken by then, hangs on the weekday."""
        today = dt.datetime.now(ZONE).date()
        return today + dt.timedelta(days=-today.weekday() % 7)

    def __init__(self, folder, gateway, script):
        self.folder, self.gateway = folder, gateway
        self.talks = script["conversations"]
        self.today = self.first_day()
        self.home = homes.Home(folder)
        self.home.use_gateway(gateway)
        self.home.complete_settings(booking_data_age="31d", date_order="mdy",
                                    auto_answers=script["auto_answers"],
                                    clinician_contact=CLINICIAN)
        self.write_knowledge(script["knowledge"])
        if "schedules" in script:
            self.write_yaml("schedules.yaml", script["schedules"])
        self.edit_playbook()
        self.home.json("import", *self.write_exports())
        plan = os.path.join(folder, "plan.json")
        self.home.run("plan", PLAYBOOK, "--out", plan)
        self.home.run("apply", plan)

    def write_knowledge(self, knowledge):
        """The practice's own sentences instead of the shipped ones; TODAY is the day of the run."""
        self.write_yaml(os.path.join("knowledge", "practice.yaml"), knowledge)

    def write_yaml(self, name, tree):
        """A file of the home."""
        text = yaml.dump(tree, None, homes.PlainDumper, allow_unicode=True)
        with open(os.path.join(self.home.folder, name), "w", encoding="utf-8") as handle:
            handle.write(text.replace("TODAY", self.today.isoformat()))

    def edit_playbook(self):
        """Nobody is left out to measure, and the first message is a text."""
        path = os.path.join(self.home.folder, "playbooks", PLAYBOOK + ".yaml")
        with open(path, encoding="utf-8") as handle:
            text = handle.read()
        changed = text.replace("holdout: 10%", "holdout: 0%").replace("send: [email, sms]",
                                                                       "send: [sms]")
        assert changed != text
        with open(path, "w", encoding="utf-8") as handle:
            handle.write(changed)

    def write_exports(self):
        """A patient per conversation, due today."""
        seen = self.today - dt.timedelta(days=100)
        patients = os.path.join(self.folder, "patients.csv")
        visits = os.path.join(self.folder, "appointments.csv")
        with open(patients, "w", encoding="utf-8", newline="") as handle:
            out = csv.writer(handle)
            out.writerow(["Patient ID", "First Name", "Last Name", "Date of Birth", "Mobile Phone",
                          "State", "ZIP", "SMS Consent", "Consent On", "Tags", "Preferred Language",
                          "Email", "Email Consent", "SMS Opt Out"])
            for n in range(len(self.talks)):
                out.writerow([f"C{n}", f"Given{n}", f"Family{n}",
                              f"01/{n % 28 + 1:02d}/{born(self.talks[n])}", phone_of(n),
                              "TX", "78701", "Yes", seen.strftime("%m/%d/%Y"),
                              self.talks[n].get("remembered", ""),
                              self.talks[n].get("language", ""),
                              f"c{n}@people.example" if "goes_on" in self.talks[n] else "",
                              "Yes" if "goes_on" in self.talks[n] else "",
                              "Yes" if self.talks[n].get("stopped") else ""])
        with open(visits, "w", encoding="utf-8", newline="") as handle:
            out = csv.writer(handle)
            out.writerow(["Appointment ID", "Patient ID", "Start", "Service", "Service Category",
                          "Status", "Provider", "Total"])
            for n in range(len(self.talks)):
                last = seen if enrolled(self.talks[n]) else seen - dt.timedelta(days=200)
                out.writerow([f"A{n}", f"C{n}", last.strftime("%m/%d/%Y 10:00 AM"), "Dysport",
                              "Neurotoxin", "Completed", "Dr. Maya Chen", "$310.00"])
        return patients, visits

    def tick(self, moment):
        """Let the scheduler run to a moment."""
        self.home.run("tick", "--until", moment.isoformat(), "--speed", "max")

    def texts(self, index):
        """What reached the phone of a conversation so far."""
        return [e["body"] for e in self.gateway.events("create") if e["to"] == phone_of(index)]

    def trail(self, index):
        """Rows of the audit about one patient."""
        return self.home.json("audit", "show", "--patient", f"C{index}")

    def moment(self, text):
        """`1 11:00`: eleven o'clock of day 1."""
        day, clock = text.split()
        hour, minute = clock.split(":")
        return dt.datetime.combine(self.today + dt.timedelta(days=int(day)),
                                   dt.time(int(hour), int(minute)), ZONE)


def tasks_of(rows):
    """Kinds of tasks that are open, and those that were done."""
    added = collections.Counter(r["detail"]["kind"] for r in rows if r["action"] == "task.added")
    added["write_back"] -= sum(r["action"] == "task.cancelled"
                               and r["detail"]["reason"] == "replaced" for r in rows)
    for row in rows:
        if row["action"] == "task.changed" and "was" in row["detail"]:
            added[row["detail"]["was"]] -= 1
            added[row["detail"]["kind"]] += 1
    ended = collections.Counter(r["detail"]["kind"] for r in rows if r["action"] == "task.ended")
    ended.subtract(r["detail"]["kind"] for r in rows if r["action"] == "task.reopened")
    return sorted((added - ended).elements()), sorted(ended.elements())


def named_in(text):
    """The times of a message, as (date, clock), English or Spanish."""
    months = {name: i % 12 + 1 for i, name in enumerate(
        "jan feb mar apr may jun jul aug sep oct nov dec "
        "ene feb mar abr may jun jul ago sep oct nov dic".split())}
    found = []
    for first, second, hour, minute, half in re.findall(
            r"[A-Za-z]{3} (\w+) (\w+), (\d+):(\d\d) ([ap])m", text):
        month, day = (second, first) if first.isdigit() else (first, second)
        clock = f"{int(hour) % 12 + 12 * (half == 'p'):02d}:{minute}"
        found.append((months[month.lower()], int(day), clock))
    return found


def breaks(rule, moment, times):
    """Those of the times that a rule of `only` does not let: by weekday, week or hour."""
    def bad(month, day, clock):
        date = dt.date(moment.year + (month < moment.month), month, day)
        monday = moment.date() - dt.timedelta(days=moment.weekday())
        return (f"{date:%a}" not in rule.get("weekdays", f"{date:%a}")
                or ("week" in rule and (date - monday).days // 7 != rule["week"])
                or not rule.get("from", "00:00") <= clock < rule.get("until", "24:00"))
    return [at for at in times if bad(*at)]


def check_step(report, run, index, step, before):
    """What came of one message."""
    name, talk = run.talks[index]["name"], run.talks[index]
    label = f"{name}: {step['text'][:40]!r}"
    new = run.texts(index)[before:]
    wanted = step.get("sent")
    if wanted:
        held = (len(new) == 1 and all(part in new[0] for part in wanted)
                and not any(part in new[0] for part in step.get("without", [])))
        report.ok(held, f"{label}: one message, with {wanted}", new)
    else:
        report.equal(new, [], f"{label}: no message")
    if "only" in step and new:
        times = named_in(new[0])
        wrong = breaks(step["only"], run.moment(step["at"]), times)
        report.ok(times and not wrong, f"{label}: named are {step['only']} alone", new)
    if "still" in step and new:
        former, times = named_in(run.texts(index)[before - 1]), named_in(new[0])
        report.equal(times[:len(step["still"])], [former[i] for i in step["still"]],
                     f"{label}: what is left of the list stands first")
    opened, done = tasks_of(run.trail(index))
    report.equal(opened, step.get("tasks", []), f"{label}: what waits for a person")
    earlier = [kind for s in talk["steps"][:talk["steps"].index(step) + 1]
               for kind in s.get("done", [])]
    report.equal(done, sorted(earlier), f"{label}: what is done")


def calls_of(run):
    """What the clinician's phone got."""
    return [e["body"] for e in run.gateway.events("create") if e["to"] == CLINICIAN]


def check_calls(report, run, moment, calls, urgent):
    """A clinician is called within a minute, and reads of no patient."""
    new = calls_of(run)[calls:]
    report.equal(len(new), urgent, f"{moment:%a %H:%M}: calls to the clinician")
    for text in new:
        named = [word for word in ("Given", "Family", "eye", "lip", "filler") if word in text]
        report.ok("Lanternlight" in text and "may be urgent" in text and not named,
                  f"{moment:%a %H:%M}: it names no patient and no symptom", text)


def play(report, run):
    """All conversations beside each other, in the order of the clock."""
    moments = collections.defaultdict(list)
    for index, talk in enumerate(run.talks):
        for step in talk["steps"]:
            moments[run.moment(step["at"])].append((index, step))
    run.tick(run.moment("1 10:30"))
    for index in range(len(run.talks)):
        texts = run.texts(index)
        if len(texts) != enrolled(run.talks[index]):
            report.ok(False, f"conversation {index} begins with one text, or with none", texts)
    for moment in sorted(moments):
        run.tick(moment)
        calls = len(calls_of(run))
        before = {index: len(run.texts(index)) for index, _ in moments[moment]}
        for index, step in moments[moment]:
            run.home.run("receive", "--from", phone_of(index), "--text",
                         step["text"] * step.get("repeat", 1))
        run.tick(moment + dt.timedelta(minutes=4))
        for index, step in moments[moment]:
            check_step(report, run, index, step, before[index])
        check_calls(report, run, moment, calls,
                    sum("clinician" in step.get("tasks", []) for _, step in moments[moment]))
    return {index: len(run.texts(index)) for index in range(len(run.talks))}


def check_end(report, run, counts):
    """Days later: nothing more was sent, tags and exits are as they must be."""
    run.tick(run.moment(f"{LAST_DAY} 20:00"))
    urgent = sum("clinician" in step.get("tasks", []) for talk in run.talks
                 for step in talk["steps"])
    report.equal(len(calls_of(run)), CALLS * urgent, "nobody took it: called again, not for ever")
    for index, talk in enumerate(run.talks):
        rows = run.trail(index)
        report.equal(len(run.texts(index)) - counts[index], talk.get("more", 0),
                     f"{talk['name']}: messages until day {LAST_DAY}")
        tags = sorted(r["detail"]["tag"] for r in rows
                      if r["action"] == "patient.tagged" and r["detail"]["source"] == "reply")
        report.equal(tags, sorted(talk.get("tags", [])), f"{talk['name']}: tags")
        if "stops" in talk:
            stops = sorted({f"{r['detail']['channel']} {r['detail']['reason']}" for r in rows
                            if r["action"] == "suppression.recorded"})
            report.equal(stops, talk["stops"], f"{talk['name']}: what is closed")
        exits = [r["detail"]["rule"] for r in rows if r["action"] == "enrollment.exited"]
        if "exit" in talk or not enrolled(talk):
            report.equal(exits, [talk["exit"]] if "exit" in talk else [], f"{talk['name']}: exit")


def check_rest(report, run):
    """Who stopped one channel goes on hearing from the practice by the other."""
    run.tick(run.moment(f"{LAST_DAY + 4} 20:00"))
    for index, talk in enumerate(run.talks):
        for touch, outcome in talk.get("goes_on", {}).items():
            steps = run.home.json("explain", f"C{index}", PLAYBOOK)["steps"]
            values = next((s["values"] for s in steps if s["rule"] == f"touch:{touch}"), {})
            seen = [values.get("state"), values.get("channel"), values.get("code")]
            report.equal(seen, outcome, f"{talk['name']}: {touch}")


def check_paused(report, run):
    """An answer that a pause overtook is a person's, and so is what is asked during one."""
    moment = run.moment(f"{LAST_DAY + 5} 10:00")
    run.tick(moment)
    before = len(run.texts(0)), len(run.texts(2))
    run.home.run("receive", "--from", phone_of(0), "--text", "how much is botox?")
    run.home.run("pause")
    run.home.run("receive", "--from", phone_of(2), "--text", "how much is botox?")
    report.equal([tasks_of(run.trail(n))[0] for n in (0, 2)], [[], ["answer_reply"]],
                 "while sending stands still a question is a person's at once")
    run.tick(moment + dt.timedelta(hours=25))
    run.home.run("resume")
    run.tick(moment + dt.timedelta(hours=25, minutes=5))
    rows = run.trail(0)
    report.equal([tasks_of(rows)[0],
                  [r["detail"] for r in rows if r["action"] == "task.reopened"]],
                 [["answer_reply"], [{"kind": "answer_reply", "reason": "expired"}]],
                 "an answer that did not leave in time brings its task back")
    report.equal((len(run.texts(0)), len(run.texts(2))), before, "and nothing was sent")


def run_script(report, name):
    """One file of conversations."""
    with open(os.path.join(HERE, name), encoding="utf-8") as handle:
        script = yaml.safe_load(handle)
    with tempfile.TemporaryDirectory() as folder, world.Gateway(folder) as gateway:
        run = Run(folder, gateway, script)
        check_end(report, run, play(report, run))
        check_rest(report, run)
        if name == "conversations.yaml":
            check_paused(report, run)
        code, _, why = run.home.code("audit", "verify")
        report.equal(code, 0, f"{name}: audit verify passes {why}")


def main():
    """Run it."""
    report = tap.Report()
    for name in sys.argv[1:] or ["conversations.yaml", "conversations_times.yaml"]:
        run_script(report, name)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
