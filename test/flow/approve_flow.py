#!/usr/bin/python3
"""Messages that a person approves, changes or refuses, on both databases.  test/flow/approve_flow.py

Patients who are VIPs are held before each message. What leaves is exactly what was approved, once,
however many approve at the same time.
"""
import contextlib
import datetime as dt
import os
import subprocess
import sys
import tempfile
import threading
import zoneinfo

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "world")]
import desk_client  # noqa: E402
import home as homes  # noqa: E402
import postbox  # noqa: E402
import tap  # noqa: E402
import world  # noqa: E402
from desk_client import Named  # noqa: E402

PLAYBOOK = "neurotoxin-touch-up"
ZONE = zoneinfo.ZoneInfo("America/Chicago")
NAMES = ["Ada", "Bea", "Cleo", "Dora", "Edna", "Fern", "Gwen", "Hana", "Ines", "Juno", "Kira", "Lena"]


def export(folder):
    """Twelve VIPs whose last visit was 110 days ago."""
    born, visit = "1980-02-03", dt.date.today() - dt.timedelta(days=110)
    patients, visits = os.path.join(folder, "patients.csv"), os.path.join(folder, "appointments.csv")
    with open(patients, "w", encoding="utf-8") as handle:
        handle.write("patient_id,first_name,last_name,birth_date,mobile_phone,email,state,zip,sms_consent,"
                     "email_consent,vip\n")
        for i, name in enumerate(NAMES):
            handle.write(f"V{i},{name},Moss{i},{born[:-1]}{i % 9 + 1},512555{1100 + i},"
                         f"{name.lower()}@vip.example,"
                         "TX,78701,Y,Y,Y\n")
    with open(visits, "w", encoding="utf-8") as handle:
        handle.write("appointment_id,patient_id,start,duration_min,service,provider,status,total\n")
        for i in range(len(NAMES)):
            handle.write(f"A{i},V{i},{visit} 10:00,30,Botox,Dr. Chen,completed,$300.00\n")
    return [patients, visits]


class Desk:
    """A practice at noon of the first day, its box, and what waits for approval."""

    def __init__(self, practice, box):
        self.practice, self.box = practice, box
        practice.home.use_mailbox(box.port)
        practice.home.change_settings(lambda tree: tree.update(
            booking_data_age="31d", date_order="ymd", vendors={"smtp": {"baa_signed": "2025-01-02"}}))
        practice.home.json("import", *export(practice.folder))
        practice.start()
        self.owner = practice.owner()
        self.people = {role: practice.colleague(self.owner, role) for role in ("front_desk", "consultant")}
        path = f"playbooks/{PLAYBOOK}"
        self.entered = self.owner.post(path + "/apply", {
            "plan_id": self.owner.post(path + "/plan", {})["plan_id"], "growth_is_meant": True})
        practice.stop()
        noon = dt.datetime.combine(dt.datetime.now(ZONE).date() + dt.timedelta(days=1), dt.time(12), ZONE)
        practice.home.run("tick", "--until", noon.isoformat(), "--speed", "max")
        practice.start(fresh=False)
        for role, client in {**self.people, "owner": self.owner}.items():
            client.port = practice.port
            client.sign_in(f"{role}@desk.example")

    def waiting(self):
        """Open tasks of the kind."""
        return self.owner.get("tasks?kind=approve_message&limit=100")["items"]

    def decide(self, client, task, etag, **body):
        """Approve or refuse."""
        return client.ask("POST", f"tasks/{task}/approve", {"decision": "approve", **body},
                          {"If-Match": etag} if etag else None)

    def mails(self, address, least=0):
        """What reached that address."""
        def found():
            return [m for m in self.box.messages() if address in str(m["To"])]
        if least:
            world.wait_for(lambda: len(found()) >= least, 60)
        return found()


def plain(mail):
    """The words of a mail's plain part."""
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def check_draft(report, desk, task):
    """What waits is shown as it would go, to whom may see it."""
    client = desk.people["front_desk"]
    page = client.get("tasks/" + task["task_id"])
    report.equal([page["approves"], page["outcomes"]], [True, []], "the task wants an approval", page)
    draft = client.get(f"tasks/{task['task_id']}/draft")
    report.equal([draft.status, draft["channel"], draft["answer"], draft["changed"]],
                 [200, "email", "allow", False], "its draft is shown", draft)
    report.ok(draft.etag and draft["text"] in draft["whole"] and draft["subject"]
              and "<html" in draft["html"]
              and "unsubscribe" in draft["whole"].lower() and "unsubscribe" not in draft["text"].lower(),
              "with what can be changed and what arrives", draft)
    report.status(desk.people["consultant"].get(f"tasks/{task['task_id']}/draft"), 403,
                  "not to who sees no patients")
    report.equal(client.get(f"tasks/{task['task_id']}/draft").etag, draft.etag, "the same until it changes")
    report.status(client.post(f"tasks/{task['task_id']}/outcome", {"outcome": "done"}), 409,
                  "an outcome alone lets nothing go")
    named = client.post(f"tasks/{task['task_id']}/draft", {"text": "Your Botox is due, come and see us."})
    report.equal([named["changed"], named["answer"], named["code"]], [True, "drop", "content"],
                 "the gate reads other words", named)
    refused = desk.decide(client, task["task_id"], draft.etag, text="Time for your Dysport again, Ada!")
    report.equal([refused.status, refused["errors"][0]["field"]], [422, "text"],
                 "a treatment is not named without an authorization", refused)
    report.status(desk.decide(client, task["task_id"], None), 428, "who approves says what they read")
    report.status(desk.decide(client, task["task_id"], '"another"'), 412, "and approves nothing else")
    report.status(desk.decide(desk.people["consultant"], task["task_id"], draft.etag), 403,
                  "a consultant approves nothing")
    report.equal(desk.mails(task["patient"]["name"].split()[0].lower()), [], "so far nothing left")


def check_approved(report, desk, task):
    """Exactly what was read arrives."""
    client, name = desk.people["front_desk"], task["patient"]["name"].split()[0]
    draft = client.get(f"tasks/{task['task_id']}/draft")
    done = desk.decide(client, task["task_id"], draft.etag, staff_seconds=20)
    report.equal([done.status, done["task"]["state"], done["task"]["outcome"]], [200, "done", "approved"],
                 "a message is approved", done)
    mails = desk.mails(name.lower() + "@vip.example", 1)
    report.equal([len(mails), str(mails[0]["Subject"]), plain(mails[0]).strip()],
                 [1, draft["subject"], draft["whole"].strip()], "and arrives as it was read")
    again = desk.decide(client, task["task_id"], draft.etag)
    report.status(again, 409, "once")
    trail = desk.practice.home.json("audit", "show", "--patient", task["patient"]["external_id"])
    row = [r for r in trail if r["action"] == "touch.approved"]
    report.ok(len(row) == 1 and row[0]["actor"].startswith("user:") and not row[0]["detail"]["changed"],
              "who approved it stands in the audit", trail[-6:])


def check_changed(report, desk, task):
    """A changed text is the person's own; it can not become markup, and keeps what the law wants."""
    client, name = desk.people["front_desk"], task["patient"]["name"].split()[0]
    draft = client.get(f"tasks/{task['task_id']}/draft")
    words = (f"Dear {name},\nwe kept *your* chair <b>warm</b> & ready.\n\n"
             "https://p.lanternlight.example/x_y_z\n1. Call")
    shown = client.post(f"tasks/{task['task_id']}/draft", {"text": words, "subject": "A chair [for] you"})
    report.equal([shown["changed"], shown["answer"], shown["text"]], [True, "allow", words],
                 "other words are looked at first", shown)
    done = desk.decide(client, task["task_id"], draft.etag, text=words, subject="A chair [for] you")
    report.equal([done.status, done["task"]["outcome"], done["draft"]["changed"]], [200, "changed", True],
                 "a message is changed", done)
    mails = desk.mails(name.lower() + "@vip.example", 1)
    said, html = plain(mails[0]), mails[0].get_body(("html",)).get_content()
    report.ok(len(mails) == 1 and words in said and "1200 S Lamar" in said
              and str(mails[0]["Subject"]) == "A chair [for] you" and mails[0]["List-Unsubscribe"],
              "and arrives in the person's words, with the footer", said)
    report.ok("&lt;b&gt;warm" in html and "*your*" in html
              and 'href="https://p.lanternlight.example/x_y_z"' in html,
              "as words, never as markup", html[-3000:])
    patient = task["patient"]["patient_id"]
    thread = [r for r in desk.practice.home.json("audit", "show", "--patient",
                                                 task["patient"]["external_id"])
              if r["action"] == "touch.approved"]
    report.equal([r["detail"]["changed"] for r in thread], [True], "the audit tells that it was changed")
    lines = desk.owner.get(f"patients/{patient}/timeline?limit=100")["items"]
    report.ok(any(x["kind"] == "message_out" for x in lines), "it is on the patient's page", lines[:3])


def check_refused(report, desk, task):
    """What is refused never leaves, and the sequence goes on."""
    client, name = desk.people["front_desk"], task["patient"]["name"].split()[0]
    draft = client.get(f"tasks/{task['task_id']}/draft")
    done = desk.decide(client, task["task_id"], draft.etag, decision="refuse", note="She is on holiday")
    report.equal([done.status, done["task"]["outcome"], done["task"]["note"], done["draft"]],
                 [200, "refused", "She is on holiday", None], "a message is refused", done)
    why = desk.practice.home.json("explain", task["patient"]["external_id"], PLAYBOOK)
    report.ok(why["answer"] in ("waiting", "will_send"), "the sequence goes on", why)
    report.equal(desk.mails(name.lower() + "@vip.example"), [], "it never left")


def check_two_at_once(report, desk, tasks):
    """Two approve the same message at the same moment, each in words of their own."""
    client = desk.people["front_desk"]
    for task in tasks:
        name = task["patient"]["name"].split()[0]
        etag = client.get(f"tasks/{task['task_id']}/draft").etag
        answers = [None, None, None]

        def approve(i, task=task, etag=etag, answers=answers):
            other = desk_client.Client(desk.practice.port)
            other.cookie = (desk.owner if i else client).cookie
            answers[i] = desk.decide(other, task["task_id"], etag, text=f"These are words {i} for you.")
        threads = [threading.Thread(target=approve, args=(i,)) for i in range(3)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        won = [i for i, a in enumerate(answers) if a.status == 200]
        report.equal([len(won), sorted(a.status for a in answers)], [1, [200, 409, 409]],
                     f"of three at once one approves ({name})", answers)
        mails = desk.mails(name.lower() + "@vip.example", 1)
        report.ok(len(mails) == 1 and f"words {won[0]} for you" in plain(mails[0]),
                  f"and one mail leaves, in those words ({name})", [plain(m)[:80] for m in mails])


def check_withdrawn(report, desk, task):
    """Who opts out meanwhile is asked about no more."""
    client = desk.people["front_desk"]
    draft = client.get(f"tasks/{task['task_id']}/draft")
    client.post(f"patients/{task['patient']['patient_id']}/opt-out", {"channel": "all", "scope": "all"})
    report.status(desk.decide(client, task["task_id"], draft.etag), 409, "nothing is approved after a stop")
    tasks = client.get(f"tasks?patient_id={task['patient']['patient_id']}")["items"]
    note = [t for t in tasks if t["kind"] == "write_back"]
    report.ok(len(note) == 1 and note[0]["title"].startswith("Note in the booking system: ")
              and note[0]["due_at"] > note[0]["created_at"] and note[0]["queue"] == "due",
              "the booking system is to hear of it within a business day", note)
    left = [t["task_id"] for t in desk.waiting()]
    report.ok(task["task_id"] not in left, "and the question is withdrawn", left)
    report.equal(desk.mails(task["patient"]["name"].split()[0].lower() + "@vip.example"), [],
                 "nothing left")


def check_all(report, desk):
    """Everything on one database."""
    tasks = desk.waiting()
    report.ok(len(tasks) >= 7, "each VIP's first message waits for a person", [len(tasks), desk.entered])
    report.equal(desk.mails("vip.example"), [], "and none has left")
    check_draft(report, desk, tasks[0])
    check_approved(report, desk, tasks[0])
    check_changed(report, desk, tasks[1])
    check_refused(report, desk, tasks[2])
    check_two_at_once(report, desk, tasks[3:6])
    check_withdrawn(report, desk, tasks[6])
    everybody = [str(m["To"]) for m in desk.mails("vip.example")]
    silent = [task["patient"]["name"].split()[0].lower() + "@vip.example" for task in (tasks[2], tasks[6])]
    report.equal([to for to in everybody if any(one in to for one in silent)], [],
                 "what was refused or withdrawn has not left since")
    report.equal(len(everybody), len(set(everybody)), "nobody got two", everybody)
    desk.practice.stop()
    report.equal(desk.practice.home.code("audit", "verify")[0], 0, "the audit holds")


def run(report, folder):
    """Each database after the other."""
    databases = ["sqlite"] + (["postgres"] if os.environ.get("PGHOST") else [])
    if len(databases) == 1:
        report.skip("approvals on PostgreSQL", "there is no server (tools/with-postgres)")
    for database in databases:
        with contextlib.ExitStack() as stack:
            box = stack.enter_context(postbox.Mailbox())
            practice = desk_client.Practice(os.path.join(folder, database), database)
            stack.callback(practice.stop)
            check_all(Named(report, database), Desk(practice, box))


def main():
    """All of it."""
    report = tap.Report()
    if not os.path.exists(postbox.EXIM):
        report.skip("messages that a person approves", "exim4-daemon-light is not installed")
        sys.exit(report.finish())
    with tempfile.TemporaryDirectory(prefix="approve.") as folder:
        try:
            run(report, folder)
        except (homes.Failed, OSError, LookupError, TypeError, subprocess.CalledProcessError) as fault:
            report.ok(False, "messages were approved to the end", repr(fault))
            raise
    sys.exit(report.finish())


if __name__ == "__main__":
    main()
