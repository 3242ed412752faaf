#!/usr/bin/python3
"""A saved plan is carried out exactly, or not at all.   test/flow/apply_flow.py

Twice, changed by hand, after an edit of the playbook, too old: each is refused with the reason and
a remedy, and nobody enters. Pilot, pause and explain beside it.
"""
import csv
import datetime as dt
import json
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
ZONE = zoneinfo.ZoneInfo("America/Chicago")
ANSWERS = {"sent", "will_send", "waiting", "not_entered", "exited", "blocked"}


def prepared(folder):
    """A home with exports that end today."""
    samples = homes.make_samples(os.path.join(folder, "exports"), dt.datetime.now(ZONE).date())
    home = homes.Home(folder)
    home.complete_settings()
    home.import_samples(samples)
    return home


def refused(report, home, path, words, sentence):
    """apply ends with 1, says why and what to do, and enrolls nobody."""
    before = home.json("plan", PLAYBOOK)["counts"].get("already_enrolled", 0)
    code, _, said = home.code("apply", path)
    report.ok(code == 1 and words in said, sentence, f"exit {code}: {said}")
    after = home.json("plan", PLAYBOOK)["counts"].get("already_enrolled", 0)
    report.equal(after, before, f"{sentence}: nobody entered")


def edit(path, old, new):
    """Exchange the first such words of a file."""
    with open(path, encoding="utf-8") as handle:
        text = handle.read()
    assert old in text, old
    with open(path, "w", encoding="utf-8") as handle:
        handle.write(text.replace(old, new, 1))


def saved_plans(report, folder):
    """Exactly, or not at all."""
    home = prepared(folder)
    path = os.path.join(folder, "plan.json")
    plan = home.json("plan", PLAYBOOK, "--out", path)
    again = home.json("plan", PLAYBOOK, "--at", plan["at"])
    report.equal(again["world"], plan["world"], "planning changes nothing")
    tampered = os.path.join(folder, "tampered.json")
    with open(tampered, "w", encoding="utf-8") as handle:
        json.dump({**plan, "enter": plan["enter"][:1]}, handle)
    refused(report, home, tampered, "changed after", "a plan that somebody edited")
    file = os.path.join(home.folder, "playbooks", PLAYBOOK + ".yaml")
    edit(file, "day: 3", "day: 4")
    refused(report, home, path, "the playbook, its templates", "a plan of another version")
    edit(file, "day: 4", "day: 3")
    extra = os.path.join(folder, "old.json")
    old = home.json("plan", PLAYBOOK, "--at",
                    (dt.datetime.now(ZONE) - dt.timedelta(days=2)).isoformat(), "--out", extra)
    refused(report, home, extra, "more than a day ago", "a plan of the day before yesterday")
    code, said, _ = home.code("apply", path, "--json")
    answer = json.loads(said) if code == 0 else {}
    report.equal((code, answer.get("entered")), (0, plan["counts"]["enter"]),
                 "what was planned is what enters")
    refused(report, home, path, "carried out already, at", "the same plan once more")
    entered = {e["patient"] for e in plan["enter"]}
    now = home.json("plan", PLAYBOOK)
    inside = {r["patient"] for r in now["not"] if r["reason"] == "already_enrolled"}
    report.ok(entered <= inside, "they are the ones who are enrolled", sorted(entered - inside)[:5])
    edit(file, "day: 3", "day: 5")
    diff = home.json("plan", PLAYBOOK, "--diff")["diff"]
    changed = {t["touch"] for t in diff["touches"] if t["change"] == "changed"}
    report.equal((diff["same"], changed, diff["stay_on_running"] >= len(entered)),
                 (False, {"nudge"}, True), "the difference names the touch and who stays")
    edit(file, "not booked(any, future) and reachable(email, sms)", "not booked(any, future)")
    edit(file, 'when: "warm"', 'when: "warm and day >= 9"')
    diff = home.json("plan", PLAYBOOK, "--diff")["diff"]
    fields = {(one["field"], one["was"], one["is"]) for one in diff["fields"]}
    report.equal(fields, {("entry.only_if", "not booked(any, future) and reachable(email, sms)",
                           "not booked(any, future)")}, "a changed condition of entry is told")
    fields = {(t["touch"], f["field"], f["is"]) for t in diff["touches"] for f in t["fields"]}
    report.equal(fields, {("nudge", "day", "5"), ("call", "when", "warm and day >= 9")},
                 "and every other field of a touch")
    said = home.run("plan", PLAYBOOK, "--diff")
    report.ok("entry.only_if: not booked(any, future) and reachable(email, sms) -> not booked(any, future)"
              in said and "    when: warm -> warm and day >= 9" in said, "and in words", said[-1500:])
    edit(file, "not booked(any, future)", "not booked(any, future) and reachable(email, sms)")
    edit(file, 'when: "warm and day >= 9"', 'when: "warm"')
    worded(report, home, file)
    report.ok(old["counts"]["enter"] > 0, "a past moment can be planned, too")


def worded(report, home, file):
    """Another word in a template is told, with the piece as it was and is; what is not said is not."""
    edit(file, "day: 5", "day: 3")
    piece = "touchup-remind/generic.en.email.liquid"
    path = os.path.join(home.folder, "templates", piece)
    edit(path, "See you soon", "Until soon")
    diff = home.json("plan", PLAYBOOK, "--diff")["diff"]
    changed = {t["touch"]: [p["piece"] for p in t["pieces"]]
               for t in diff["touches"] if t["change"] == "changed"}
    report.equal(changed, {"remind": [piece]}, "a changed text is a change of the touch that says it")
    told = [p for t in diff["touches"] for p in t["pieces"]][0]
    report.ok("See you soon" in told["was"] and "Until soon" in told["is"]
              and told["was"].replace("See you soon", "Until soon") == told["is"],
              "the piece stands there as it was and as it is", told)
    said = home.run("plan", PLAYBOOK, "--diff")
    report.ok(piece in said and "- See you soon" in said and "+ Until soon" in said
              and "nudge                day 3    kept" in said, "and in words", said[-1500:])
    edit(os.path.join(home.folder, "templates", "email-footer", "generic.en.email.liquid"),
         "agreed to emails", "agreed to get emails")
    diff = home.json("plan", PLAYBOOK, "--diff")["diff"]
    changed = {t["touch"] for t in diff["touches"] if t["change"] == "changed"}
    report.equal(changed, {"remind", "limited"}, "a footer is a change of every mail, and of no text")


def explanations(report, folder):
    """Everybody has an answer, in the contract's words."""
    home = prepared(folder)
    path = os.path.join(folder, "plan.json")
    plan = home.json("plan", PLAYBOOK, "--out", path)
    one_of = {row["reason"]: row["patient"] for row in plan["not"]}
    for reason, patient in sorted(one_of.items()):
        told = home.json("explain", patient, PLAYBOOK, "--at", plan["at"])
        # nobody has applied it: then the room is not asked
        wanted = ("blocked", "playbook_paused") if reason == "over_capacity" \
            else ("not_entered", reason)
        report.equal((told["answer"], told["reason"]), wanted, f"explain agrees on {reason}")
        report.ok(told["patient"] == patient and told["steps"] and told["answer"] in ANSWERS
                  and all({"rule", "expression", "values", "result", "source"} <= set(step)
                          for step in told["steps"]), f"{reason}: its steps are whole", told)
        said = home.run("explain", patient, "--at", plan["at"]).splitlines()
        last = told["steps"][-1]["rule"]
        report.ok(len(said) <= 3 and f"({told['reason']})" in said[0] and f"{last}: " in said[1],
                  f"{reason}: in words it is what decided, in few lines", said)
    home.run("apply", path)
    patient = plan["enter"][0]["patient"]
    told = home.json("explain", patient, PLAYBOOK)
    first = plan["enter"][0]["touches"][0]["verdict"]
    wanted = {"allow": "will_send", "wait": "waiting", "drop": "blocked"}[first]
    report.equal(told["answer"], wanted, "who has entered will be sent what was planned")
    said = home.run("explain", patient)
    touches = {step["rule"].split(":")[1] for step in told["steps"] if step["rule"].startswith("touch:")}
    report.ok(touches and all(said.count(f"  {key}: ") == 1 for key in touches) and "next: " in said,
              "in words each message has one sentence, and what comes next stands there", said)
    whole = home.run("explain", patient, "--all")
    report.ok(all(f"  {step['rule']} " in whole for step in told["steps"]),
              "with --all every rule follows", whole[-1500:])


def stands_still(report, home, patient, reason, words):
    """Of who is under way and would be written to."""
    told = home.json("explain", patient, PLAYBOOK)
    report.equal((told["answer"], told["reason"]), ("blocked", reason), f"explain: {reason}")
    said = home.run("explain", patient)
    report.ok(words in said and "goes then" not in said, f"{reason}: in words, too", said)


def switches(report, folder):
    """pilot, pause, resume."""
    home = prepared(folder)
    report.equal(home.code("resume", PLAYBOOK)[0], 1, "what was never applied does not resume")
    answer = home.json("pilot", PLAYBOOK, "--patients", "7")
    report.equal(answer.get("entered"), 7, "a pilot takes as many as it was told")
    plan = home.json("plan", PLAYBOOK)
    report.equal((plan["state"], plan["counts"]["enter"]), ("pilot", 0),
                 "and nobody else while it runs")
    answer = home.json("pilot", PLAYBOOK)
    report.equal(answer.get("entered"), 8, "without a number as many as the playbook says: fifteen")
    for verb, state in (("pause", "paused"), ("resume", "pilot")):
        home.run(verb, PLAYBOOK)
        seen = home.json("plan", PLAYBOOK)["state"]
        report.equal(seen, state, f"{verb}: the playbook is {state}")
    home.run("pause", PLAYBOOK)
    noon = dt.datetime.combine(dt.date.today() + dt.timedelta(days=1), dt.time(12), ZONE)
    home.run("tick", "--until", noon.isoformat(), "--speed", "max")
    report.equal(home.json("report", "--playbook", PLAYBOOK)["all"]["contacted"], 0,
                 "while it is paused nobody is written to")
    inside = next(row["patient"] for row in home.json("plan", PLAYBOOK)["not"]
                  if row["reason"] == "already_enrolled"
                  and home.json("explain", row["patient"], PLAYBOOK)["answer"] != "not_entered")
    stands_still(report, home, inside, "playbook_paused", "the playbook stands still")
    home.run("pause")
    stands_still(report, home, inside, "sending_paused", "all sending is paused")
    home.run("resume", PLAYBOOK)
    stands_still(report, home, inside, "sending_paused", "all sending is paused")
    past = home.json("explain", inside, PLAYBOOK, "--at", (noon - dt.timedelta(hours=3)).isoformat())
    report.ok(past["reason"] != "sending_paused", "which it was not before", past["reason"])
    tick = ["tick", "--until", (noon + dt.timedelta(minutes=5)).isoformat(), "--speed", "max"]
    _, counts, note = home.code(*tick, "--json")
    report.ok(json.loads(counts)["sending_paused"] and "all sending is paused since " in note
              and "`perennial resume`" in note, "tick says so, with the remedy", (counts, note))
    home.run("resume")
    _, counts, note = home.code(*tick, "--json")
    report.ok(not json.loads(counts)["sending_paused"] and "paused" not in note,
              "and not when it goes on", (counts, note))
    report.ok(home.json("report", "--playbook", PLAYBOOK)["all"]["contacted"] > 0,
              "what came due meanwhile goes as soon as it is resumed")


def pauses(report, folder):
    """Who names the end of a pause hears nothing until then, and goes on afterwards."""
    home = prepared(folder)
    path = os.path.join(folder, "plan.json")
    plan = home.json("plan", PLAYBOOK, "--out", path)
    home.run("apply", path)
    noon = dt.datetime.combine(dt.datetime.now(ZONE).date() + dt.timedelta(days=1), dt.time(12), ZONE)
    home.run("tick", "--until", noon.isoformat(), "--speed", "max")
    with open(os.path.join(folder, "exports", "patients.csv"), encoding="utf-8-sig") as handle:
        rows = [row for row in csv.DictReader(handle)]
    phones = {row["Patient ID"]: row["Mobile Phone"] for row in rows}
    numbers = list(phones.values())
    asked = [entry["patient"] for entry in plan["enter"]
             if numbers.count(phones.get(entry["patient"], "")) == 1][:12]
    for patient in asked:
        home.run("receive", "--from", phones[patient], "--text", "not now, maybe in two weeks",
                 "--at", noon.isoformat())
    end = (noon + dt.timedelta(days=14)).date()
    told = {p: home.json("explain", p, PLAYBOOK) for p in asked}
    report.equal({(t["answer"], t["reason"]) for t in told.values()}, {("exited", "paused")},
                 "the sequence ends")
    last = home.json("plan", PLAYBOOK, "--at", (noon + dt.timedelta(days=13)).isoformat())
    details = {row["detail"] for row in last["not"] if row["patient"] in asked
               and row["reason"] == "paused"}
    report.ok(len(details) == 1 and end.isoformat() in details.pop(),
              "the day before it stands with its end", last["not"][:3])
    home.run("tick", "--until", (noon + dt.timedelta(days=16)).isoformat(), "--speed", "max")
    after = home.json("plan", PLAYBOOK)
    left = {row["patient"]: row["reason"] for row in after["not"] if row["patient"] in asked}
    report.ok("already_enrolled" in left.values() and "cooling_down" not in left.values()
              and "paused" not in left.values(), "and begins anew when it is over", left)
    patient = next(p for p, reason in left.items() if reason == "already_enrolled")
    told_then(report, home, patient, noon)


def moments(told):
    """When each step of an explanation happened that tells it."""
    return [dt.datetime.fromisoformat(at.replace("Z", "+00:00")) for step in told["steps"]
            for at in (step["values"].get("sent"), step["values"].get("ended"),
                       step["values"].get("at") if step["source"] == "enrollment_event" else None) if at]


def told_then(report, home, patient, asked):
    """A past day tells its own story: what was written by then, and nothing of what came after."""
    entered = []
    for name, at, wanted in (("before the reply", asked - dt.timedelta(minutes=1), None),
                             ("in the pause", asked + dt.timedelta(days=3), ("exited", "paused")),
                             ("after it", asked + dt.timedelta(days=16), None)):
        told = home.json("explain", patient, PLAYBOOK, "--at", at.isoformat())
        kinds = [step["rule"] for step in told["steps"] if step["source"] == "enrollment_event"]
        report.ok(kinds[0] == "entered" and max(moments(told)) <= at,
                  f"explain {name}: nothing later than that day", told["steps"])
        seen = (told["answer"], told["reason"])
        report.ok(seen == wanted if wanted else "exited" not in kinds and told["answer"] != "exited",
                  f"explain {name}: as it stood", (seen, kinds))
        entered.append(told["steps"][0]["values"]["at"])
    report.ok(entered[0] == entered[1] != entered[2], "each of the sequence that ran then", entered)


def main():
    """All of it."""
    report = tap.Report()
    for part in (saved_plans, explanations, switches, pauses):
        with tempfile.TemporaryDirectory(prefix="flow.") as folder:
            try:
                part(report, folder)
            except (homes.Failed, KeyError, OSError) as fault:
                report.ok(False, f"{part.__name__} ran to its end", repr(fault))
    sys.exit(report.finish())


if __name__ == "__main__":
    main()
