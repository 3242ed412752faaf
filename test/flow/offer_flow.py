#!/usr/bin/python3
"""Messages of a playbook that name free times, and keep one of them.            test/flow/offer_flow.py"""
import datetime as dt
import os
import re
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "world")]
import tap  # noqa: E402
import world  # noqa: E402
from conversation_flow import PLAYBOOK, ZONE, Run, phone_of, tasks_of  # noqa: E402

BOOKS, DECLINES, ASKS, SILENT, LATER, SPANISH, TOLD, REFUSED = range(8)
HOLA = "¿tienen algo el viernes por la tarde?"
SCRIPT = {
    "conversations": [{"remembered": "wants_morning" if n == LATER else "",
                       "language": "English" if n == TOLD else ""} for n in range(8)],
    "auto_answers": ["availability", "book_yes", "reschedule"],
    "knowledge": {"facts": [{"answers": ["availability"], "checked": "TODAY",
                             "en": "Choose a time here: {{ booking_url }}"}]},
    "schedules": {
        "notice": "2h", "horizon": "30d", "step": "30m",
        "locations": {"Main": {"hours": {"mon-fri": "09:00-17:00", "sat": "09:00-17:00"}}},
        "services": {"neurotoxin": {"duration": "30m"}},
        "providers": {"Dr. Maya Chen": {"hours": {"mon-fri": "09:00-17:00", "sat": "09:00-17:00"}}}},
}
KEPT = re.compile(r"We keep (\w{3} \w{3} \d+, \d+:\d\d [ap]m) free for you until (\w{3} \d+:\d\d [ap]m)\.")


class Offers(Run):
    """The first message keeps a time, the second names three."""

    def first_day(self):
        """Today: what would be sent is asked before the clock moves."""
        return dt.datetime.now(ZONE).date()

    def edit_playbook(self):
        path = os.path.join(self.home.folder, "playbooks", PLAYBOOK + ".yaml")
        with open(path, encoding="utf-8") as handle:
            text = handle.read()
        for old, new in (("holdout: 10%", "holdout: 0%"), ("send: [email, sms]", "send: [sms]"),
                         ("template: touchup-remind", "template: openings-hold"),
                         ("    offer: none\n", "    offer: hold_spot\n"),
                         ("template: touchup-nudge",
                          'template: openings-next\n    when: "opening_within(7d)"')):
            assert old in text, old
            text = text.replace(old, new, 1)
        with open(path, "w", encoding="utf-8") as handle:
            handle.write(text)

    def say(self, index, text, moment):
        """A patient writes; what came back."""
        before = len(self.texts(index))
        self.home.run("receive", "--from", phone_of(index), "--text", text)
        self.tick(moment + dt.timedelta(minutes=4))
        return self.texts(index)[before:]

    def actions(self, index, action):
        """Audit rows of one kind."""
        return [row for row in self.trail(index) if row["action"] == action]


def check_before(report, run):
    """Nothing is kept by looking."""
    code, out, why = run.home.code("check")
    report.equal(code, 0, f"check has no errors: {out} {why}")
    plan = run.home.json("plan", PLAYBOOK)
    verdicts = {t["verdict"] for e in plan["enter"] for t in e["touches"] if t["touch"] == "remind"}
    report.equal(verdicts, set(), "who has entered is planned no more")
    told = run.home.json("explain", f"C{SILENT}", PLAYBOOK)
    sends = "waiting" if run.today.isoweekday() == 7 else "will_send"
    report.equal(told["answer"], sends, "explain: the message that keeps a time will go, not on a Sunday")
    report.equal(run.actions(SILENT, "opening.held"), [], "explain keeps nothing")


def check_kept(report, run):
    """Each has a time of their own, until a moment before it."""
    run.gateway.control("numbers", {phone_of(REFUSED): 21211})
    run.tick(run.moment("1 10:30"))
    kept = {}
    for index in range(REFUSED):
        texts = run.texts(index)
        found = KEPT.search(texts[0]) if len(texts) == 1 else None
        report.ok(found is not None, f"patient {index}: a time is kept", texts)
        kept[index] = found.group(1) if found else ""
        report.equal(len(run.actions(index, "opening.held")), 1, f"patient {index}: and held")
        report.equal([r["detail"]["source"] for r in run.actions(index, "times.named")], ["touch"],
                     f"patient {index}: and kept as named")
    report.equal([len(run.actions(REFUSED, action)) for action in ("opening.held", "opening.released")],
                 [1, 1], "what a message keeps that the channel refuses is free again")
    report.equal(len(set(kept.values())), len(kept), "nobody's time is anybody else's")
    report.ok(kept[LATER].endswith("am"), "mornings are remembered", kept[LATER])
    return kept


def check_answers(report, run, kept):
    """Yes, no, and something else."""
    noon = run.moment("1 12:00")
    run.tick(noon)
    new = run.say(BOOKS, "yes please!", noon)
    report.ok(len(new) == 1 and f"You are booked: {kept[BOOKS]}" in new[0],
              "yes books the time that was kept", new)
    report.equal(tasks_of(run.trail(BOOKS))[0], ["book_visit"], "and the desk enters it")
    one = run.moment("1 13:00")
    run.tick(one)
    run.say(DECLINES, "no thanks, not interested", one)
    report.equal(len(run.actions(DECLINES, "opening.released")), 1, "a no gives the time back")
    two = run.moment("1 14:00")
    run.tick(two)
    day = dt.datetime.strptime(kept[SILENT].split(",")[0], "%a %b %d").strftime("%b %d").replace(" 0", " ")
    new = run.say(ASKS, f"do you have anything on {day}?", two)
    report.ok(len(new) == 1 and "We have 1) " in new[0] and kept[SILENT] not in new[0],
              "what is kept for one is named to nobody else", new)
    report.equal(len(run.actions(ASKS, "opening.released")), 1, "and the own one is given back")


def check_language(report, run):
    """Who answers in Spanish is written to in Spanish; not against what the record says."""
    for index, used in ((SPANISH, True), (TOLD, False)):
        three = run.moment(f"1 {10 + index}:00")
        run.tick(three)
        new = run.say(index, HOLA, three)
        report.ok(len(new) == 1 and ("Hay 1) " in new[0] or "pero tenemos 1) " in new[0]),
                  f"patient {index}: the answer is in their language", new)
        rows = run.actions(index, "patient.language")
        report.equal([r["detail"]["language"] for r in rows], ["es"] if used else [],
                     f"patient {index}: what was learnt is used, and written down")
        told = run.home.json("explain", f"C{index}", PLAYBOOK)
        steps = [s for s in told["steps"] if s["rule"] == "language"]
        report.equal([[s["values"]["learned"], s["values"]["in_use"]] for s in steps],
                     [["es", used]], f"patient {index}: explain tells it")


def check_assent(report, run, moment):
    """Yes to three times, where nobody answers by itself: a person asks which one."""
    run.tick(moment)
    run.home.change_settings(lambda tree: tree.update(auto_answers=[]))
    new = run.say(SILENT, "sounds good thank you!", moment)
    report.equal([new, tasks_of(run.trail(SILENT))[0]], [[], ["answer_reply"]],
                 "a yes to three of which none is chosen is a person's")


def check_end(report, run):
    """Nobody answered: it is free again, and three times are named on day 3."""
    held = dt.datetime.fromisoformat(run.actions(SILENT, "opening.held")[0]["at"])
    end = held + dt.timedelta(hours=48)
    run.tick(end - dt.timedelta(hours=1))
    report.equal(run.actions(SILENT, "opening.expired"), [], "until the end it is held")
    run.tick(end + dt.timedelta(minutes=30))
    report.equal(len(run.actions(SILENT, "opening.expired")), 1, "then it is free again")
    nudge = run.moment("4 10:30")
    run.tick(nudge)
    texts = run.texts(LATER)
    report.ok(len(texts) == 2 and re.search(r": 1\) .* am; 2\) .* am; 3\) .* am\. Which one\?",
                                            texts[1]), "the second message names three times", texts)
    named = [re.findall(r"\d\) ([^;]*?)[;.] ", run.texts(index)[-1]) for index in (LATER, SILENT)]
    report.ok(len(named[0]) == len(named[1]) == 3 and not set(named[0]) & set(named[1]),
              "whoever is written to at the same time is named other times", named)
    new = run.say(LATER, "2", nudge)
    second = re.search(r"2\) ([^;]*);", texts[-1])
    report.ok(len(new) == 1 and second and f"You are booked: {second.group(1)}" in new[0],
              "and the second is booked", new)
    check_assent(report, run, nudge + dt.timedelta(hours=1))
    run.tick(run.moment("6 12:00"))
    for index, words in ((SPANISH, "¿Cual?"), (TOLD, "Which one?")):
        report.ok(words in run.texts(index)[-1], f"patient {index}: the next message", run.texts(index))
    told = run.home.json("explain", f"C{SILENT}", PLAYBOOK)
    report.ok(any(step["rule"] == "touch:nudge" for step in told["steps"]), "explain knows it", told)
    code, _, why = run.home.code("audit", "verify")
    report.equal(code, 0, f"audit verify passes {why}")


def main():
    """Run it."""
    report = tap.Report()
    with tempfile.TemporaryDirectory() as folder, world.Gateway(folder) as gateway:
        run = Offers(folder, gateway, SCRIPT)
        check_before(report, run)
        kept = check_kept(report, run)
        check_answers(report, run, kept)
        check_language(report, run)
        check_end(report, run)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
