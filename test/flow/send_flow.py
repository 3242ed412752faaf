#!/usr/bin/python3
"""Thirty days on the virtual clock through a real mail server and a gateway.  test/flow/send_flow.py

What leaves is received, parsed by Python's email library and by the provider's OpenAPI description,
and says what it should. Patients who stop, book or answer hear nothing more. The audit chain holds.
"""
import csv
import datetime as dt
import os
import random
import re
import sys
import tempfile
import zoneinfo

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "world")]
import home as homes  # noqa: E402
import postbox  # noqa: E402
import reference_plan as reference  # noqa: E402
import tap  # noqa: E402
import world  # noqa: E402

PLAYBOOK = "neurotoxin-touch-up"
ZONE = zoneinfo.ZoneInfo("America/Chicago")
DAYS = 30
TREATMENT = re.compile(r"botox|dysport|neurotoxin|neuromodulator|toxin|inject", re.I)
LEFTOVER = re.compile(r"\{\{|\}\}|\{%|%\}|\bNULL\b|\(null\)")
ONCE = ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "List-Unsubscribe",
        "List-Unsubscribe-Post"]


class Run:
    """One practice, its world, and what reached it so far."""

    def __init__(self, report, folder, gateway, box):
        self.report, self.folder, self.gateway, self.box = report, folder, gateway, box
        self.today = dt.datetime.now(ZONE).date()
        self.samples = homes.make_samples(os.path.join(folder, "exports"), self.today)
        self.home = homes.Home(folder)
        self.home.use_gateway(gateway)
        self.home.use_mailbox(box.port)
        self.home.complete_settings(booking_data_age="31d")
        self.home.import_samples(self.samples)
        with open(os.path.join(self.samples, "patients.csv"), encoding="utf-8", newline="") as f:
            rows = [r for r in csv.DictReader(f) if r["Patient ID"]]
        self.patients = {r["Patient ID"]: r for r in rows}

    def tick(self, day):
        """Let the scheduler run to noon of a day of the run."""
        moment = dt.datetime.combine(self.today + dt.timedelta(days=day), dt.time(12), ZONE)
        self.home.run("tick", "--until", moment.isoformat(), "--speed", "max", seconds=600)
        return moment

    def texts(self):
        """Texts that the gateway took."""
        return self.gateway.events("create")

    def mails(self):
        """Mails that were delivered."""
        return self.box.messages()

    def mobile(self, patient):
        """E.164 of a patient, or None."""
        return reference.parse_mobile(self.patients[patient]["Mobile Phone"])

    def email(self, patient):
        """Address of a patient, or None."""
        return reference.parse_email(self.patients[patient]["Email"])

    def reached(self, patient):
        """(texts, mails) that reached a patient's addresses."""
        texts = [t for t in self.texts() if t["to"] == self.mobile(patient)]
        mails = [m for m in self.mails() if m["To"] and self.email(patient) in m["To"].lower()]
        return texts, mails


# ---------------------------------------------------------------- what was sent

def check_texts(run):
    """Every request was right, every text once, short, signed and complete."""
    report, texts = run.report, run.texts()
    report.ok(len(texts) > 50, "texts reached the gateway", len(texts))
    if world.shared("specs", "twilio"):
        report.equal(run.gateway.events("invalid")[:3], [],
                     "every request to the gateway validates against the official description")
    else:
        report.skip("every request to the gateway validates", "the shared test data is not there")
    attempts = [t["attempt"] for t in texts]
    report.ok(all(attempts) and len(set(attempts)) == len(attempts),
              "every text carries the id of its own attempt", attempts[:3])
    faults = []
    said = {}
    for text in texts:
        body = text["body"]
        first = text["to"] not in said
        said[text["to"]] = True
        if LEFTOVER.search(body) or "lanternlight" not in body.lower():
            faults.append(body)
        if first and not re.search(r"\bSTOP\b|opted out", body):
            faults.append("no way out: " + body)
        if len(re.findall(r"https?://", body)) > 1:
            faults.append("more than one link: " + body)
        if gateway_segments(body) > 2:
            faults.append("too long: " + body)
    report.equal(faults[:5], [], "every text names the practice, the first of each how to stop")


def gateway_segments(text):
    """Segments, by the gateway's own count."""
    import gateway
    return gateway.segments(text)


def mail_faults(mail):
    """What is wrong with one delivered mail."""
    faults = [f"{name} {len(mail.get_all(name, []))} times" for name in ONCE
              if len(mail.get_all(name, [])) != 1]
    plain, html = postbox.body_text(mail, "plain"), postbox.body_text(mail, "html")
    if mail.get_content_type() != "multipart/alternative" or not plain or not html:
        faults.append("not plain text and HTML: " + mail.get_content_type())
    if mail.get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click":
        faults.append("no one-click header")
    if not re.search(r"<https://p\.lanternlight\.example/p/[^>]+>", mail.get("List-Unsubscribe", "")):
        faults.append("unsubscribe address: " + str(mail.get("List-Unsubscribe")))
    if mail.defects or any(part.defects for part in mail.walk()):
        faults.append(f"defects {mail.defects}")
    for name, text in (("subject", mail["Subject"]), ("text", plain), ("HTML", html)):
        if LEFTOVER.search(text):
            faults.append(f"unfinished {name}")
    for wanted in ("Lanternlight Aesthetics", "1200 S Lamar Blvd", "https://p.lanternlight.example/"):
        if wanted not in plain.replace("\n", " ") or wanted not in html.replace("\n", " "):
            faults.append(f"{wanted} is missing")
    return faults


def check_mails(run):
    """Every mail is whole and says who writes, to whom, and how to stop."""
    report, mails = run.report, run.mails()
    report.ok(len(mails) > 100, "mails were delivered", len(mails))
    faults = [f"{m['To']}: {fault}" for m in mails for fault in mail_faults(m)]
    report.equal(faults[:8], [], "every mail is whole: headers once, text and HTML, a way to stop")
    ids = [m["Message-ID"] for m in mails]
    report.equal(len(set(ids)), len(ids), "no mail came twice")
    names = {run.email(p): run.patients[p] for p in run.patients if run.email(p)}
    shared = [a for a in names if sum(run.email(p) == a for p in run.patients) > 1]
    wrong = []
    for mail in mails:
        to = re.search(r"[^\s<>]+@[^\s<>]+", mail["To"]).group().lower()
        row = names.get(to)
        if row and to not in shared and not any(
                n and n.lower() in postbox.body_text(mail, "plain").lower()
                for n in (row["First Name"], row["Preferred Name"])):
            wrong.append(f"{to}: {postbox.body_text(mail, 'plain')[:60]}")
    report.equal(wrong[:5], [], "every mail greets its own patient")


def check_wording(run):
    """Treatment is named only where the patient signed for it; Spanish speakers read Spanish."""
    report, wrong, spanish = run.report, [], [0, 0]
    by_mail = {run.email(p): r for p, r in run.patients.items() if run.email(p)}
    signed = {a for p, r in run.patients.items() if r["PHI Marketing Auth"] == "Yes"
              for a in (run.email(p), run.mobile(p)) if a}
    for mail in run.mails():
        to = re.search(r"[^\s<>]+@[^\s<>]+", mail["To"]).group().lower()
        whole = mail["Subject"] + postbox.body_text(mail, "plain") + postbox.body_text(mail, "html")
        if TREATMENT.search(whole) and to not in signed:
            wrong.append(to)
        if by_mail.get(to, {}).get("Preferred Language") == "Spanish":
            spanish[0] += 1
            spanish[1] += bool(re.search(r"\b(usted|su|para|cita|visita|hola)\b", whole, re.I))
    for text in run.texts():
        if TREATMENT.search(text["body"]) and text["to"] not in signed:
            wrong.append(text["body"])
    report.equal(wrong[:5], [], "no treatment is named without the patient's authorization")
    report.ok(spanish[0] and spanish[0] == spanish[1], "Spanish speakers are written to in Spanish",
              spanish)


# ---------------------------------------------------------------- who is left alone

def choose(run, count):
    """Patients of whom a text or mail was the last word, each alone at their addresses."""
    mobiles = [run.mobile(p) for p in run.patients]
    emails = [run.email(p) for p in run.patients]
    reached = {t["to"] for t in run.texts()} \
        | {re.search(r"[^\s<>]+@[^\s<>]+", m["To"]).group().lower() for m in run.mails()}
    found = []
    for patient, row in run.patients.items():
        mobile, email = run.mobile(patient), run.email(patient)
        if not mobile or not email or mobiles.count(mobile) > 1 or emails.count(email) > 1:
            continue
        if (mobile in reached or email in reached) and row["SMS Consent"] == "Yes" \
                and not row["VIP"] and not row["Tags"].startswith("day"):
            found.append(patient)
    return random.Random(7).sample(found, count)


def book_by_import(run, patient, moment):
    """The next export has a booking of the patient."""
    path = os.path.join(run.samples, "appointments.csv")
    with open(path, encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    start = moment + dt.timedelta(days=20)
    row = dict.fromkeys(rows[0], "")
    row.update({"Appointment ID": "AP950001", "Patient ID": patient, "Service": "HydraFacial",
                "Start": start.strftime("%m/%d/%Y 02:00 PM"), "Status": "Booked",
                "End": start.strftime("%m/%d/%Y 02:50 PM"), "Service Category": "Facial",
                "Provider": "Paige Holloway NP", "Booked On": moment.strftime("%m/%d/%Y")})
    with open(path, "w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows + [row])
    run.home.json("import", path)


REPLIES = {
    "STOP": ({"opted_out"}, 1),
    "please dont text me any more": ({"opted_out"}, 1),
    "Yes I would love to, what do you have on Saturday?": (None, 0),
    "How much is it these days?": (None, 0),
    "not interested, thank you": ({"declined"}, 0),
}


def interrupt(run, moment):
    """Five patients answer and one books; returns patient -> (what happened, reasons, texts allowed)."""
    patients = choose(run, len(REPLIES) + 1)
    plan = {}
    for patient, (text, (reasons, answers)) in zip(patients, REPLIES.items()):
        run.home.run("receive", "--from", run.mobile(patient), "--text", text,
                     "--at", moment.isoformat())
        plan[patient] = (text, reasons, answers)
    book_by_import(run, patients[-1], moment)
    plan[patients[-1]] = ("books by a new import", {"booked"}, 0)
    return plan


def check_silence(run, plan, before):
    """Nothing more for them but what grammar owes, and explain says why."""
    for patient, (what, reasons, answers) in plan.items():
        texts, mails = run.reached(patient)
        more_texts, more_mails = texts[len(before[patient][0]):], mails[len(before[patient][1]):]
        run.report.ok(len(more_texts) <= answers and not more_mails,
                      f"after \"{what}\" nothing further goes out",
                      [t["body"] for t in more_texts] + [m["Subject"] for m in more_mails])
        for text in more_texts:
            run.report.ok(not re.search(r"https?://|book|visit", text["body"], re.I),
                          f"the answer to \"{what}\" only confirms", text["body"])
        told = run.home.json("explain", patient, PLAYBOOK)
        wanted = {"exited"} if reasons else {"exited", "waiting", "blocked"}
        run.report.ok(told["answer"] in wanted and (not reasons or told["reason"] in reasons),
                      f"explain tells of \"{what}\"", {k: told[k] for k in ("answer", "reason")})
        run.report.ok(told["steps"] and all({"rule", "result"} <= set(s) for s in told["steps"]),
                      f"explain of \"{what}\" has its steps", told["steps"][:2])


# ---------------------------------------------------------------- the books

def check_audit(run):
    """The chain verifies; a home with a flipped byte does not."""
    code, out, err = run.home.code("audit", "verify")
    run.report.ok(code == 0, "audit verify passes after the run", out + err)
    store = None
    for folder, _, names in os.walk(os.path.join(run.home.folder, "data")):
        for name in names:
            path = os.path.join(folder, name)
            if name.endswith(".db") and (not store or os.path.getsize(path) > os.path.getsize(store)):
                store = path
    size = os.path.getsize(store)
    rng = random.Random(11)
    for _ in range(5):
        spoilt = run.home.copy(os.path.join(run.folder, "spoilt"))
        path = store.replace(run.home.folder, spoilt.folder)
        place = rng.randrange(size // 10, size)
        with open(path, "r+b") as handle:
            handle.seek(place)
            byte = handle.read(1)[0]
            handle.seek(place)
            handle.write(bytes([byte ^ 0x10]))
        code, out, err = spoilt.code("audit", "verify")
        run.report.ok(code == 1, f"audit verify fails when byte {place} of {size} is flipped",
                      f"exit {code}\n{out}{err}")
        spoilt.run("--version", codes=(0, 1, 2))
        import shutil
        shutil.rmtree(spoilt.folder)


def check_report(run):
    """The report counts what the world saw."""
    told = run.home.json("report", "--playbook", PLAYBOOK)["all"]
    run.report.note({k: v for k, v in told.items() if isinstance(v, int)})
    reached = {t["to"] for t in run.texts() if "opted out" not in t["body"]} | {
        re.search(r"[^\s<>]+@[^\s<>]+", m["To"]).group().lower() for m in run.mails()}
    people = [p for p in run.patients if {run.mobile(p), run.email(p)} & reached]
    run.report.ok(abs(told["contacted"] - len(people)) <= len(people) // 10,
                  "the report counts who was written to", (told["contacted"], len(people)))
    stopped = sum(reasons == {"opted_out"} for reasons, _ in REPLIES.values())
    run.report.equal((told["replied"], told["booked"], told["opted_out"]),
                     (len(REPLIES), 1, stopped), "the report counts replies, bookings and opt-outs")
    page = os.path.join(run.folder, "report.html")
    run.home.run("report", "--html", page)
    with open(page, encoding="utf-8") as handle:
        html = handle.read()
    outside = re.findall(r"(?:src|href)=[\"'](https?:[^\"']+)", html)
    run.report.ok(len(html) > 2000 and "<svg" in html and not outside,
                  "the HTML report holds its charts and loads nothing", outside[:3])


def thirty_days(report, folder):
    """The whole run."""
    with world.Gateway(folder) as gateway, postbox.Mailbox() as box:
        run = Run(report, folder, gateway, box)
        saved = os.path.join(folder, "plan.json")
        run.home.json("plan", PLAYBOOK, "--at", run.today.isoformat(), "--out", saved)
        run.home.run("apply", saved)
        run.home.run("resume", PLAYBOOK)
        moment = run.tick(2)
        plan = interrupt(run, moment)
        before = {patient: run.reached(patient) for patient in plan}
        for day in range(5, DAYS + 1, 5):
            run.tick(day)
        check_texts(run)
        check_mails(run)
        check_wording(run)
        check_silence(run, plan, before)
        check_report(run)
        check_audit(run)


def main():
    """All of it."""
    report = tap.Report()
    if not os.path.exists(postbox.EXIM):
        report.skip("thirty days through a real mail server", "exim4-daemon-light is not installed")
        sys.exit(report.finish())
    with tempfile.TemporaryDirectory(prefix="flow.") as folder:
        try:
            thirty_days(report, folder)
        except (homes.Failed, KeyError, AttributeError, OSError, RuntimeError) as fault:
            report.ok(False, "the run came to its end", repr(fault))
    sys.exit(report.finish())


if __name__ == "__main__":
    main()
