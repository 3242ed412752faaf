#!/usr/bin/python3
"""`serve` as it runs in a practice, beside a gateway and a mail server.  test/flow/serve_flow.py

Messages leave, callbacks come back, patients answer and unsubscribe, settings change, signals come.
Everything by the real clock, for patients who are where it is daytime now, on both databases.
"""
import contextlib
import csv
import datetime as dt
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
import zoneinfo

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "world")]
import home as homes  # noqa: E402
import soak  # noqa: E402
import tap  # noqa: E402
import world  # noqa: E402

PLAYBOOK = soak.PLAYBOOK
TEXTED, MAILED = 6, 4


class Named:
    """A report whose sentences say which database it was."""

    def __init__(self, report, database):
        self.report, self.database = report, database

    def ok(self, holds, sentence, why=""):
        """One result."""
        return self.report.ok(holds, f"{sentence} [{self.database}]", why)

    def equal(self, seen, wanted, sentence):
        """One result: two values are the same."""
        return self.report.equal(seen, wanted, f"{sentence} [{self.database}]")


def write_exports(folder, zone):
    """Patients who are due: some have a mobile, the others an email address."""
    today = dt.date.today()
    with open(os.path.join(folder, "patients.csv"), "w", encoding="utf-8", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(["Patient ID", "First Name", "Last Name", "Date of Birth", "Mobile Phone",
                      "Email", "State", "ZIP", "Time Zone", "SMS Consent", "Email Consent",
                      "Consent On"])
        for n in range(TEXTED + MAILED):
            texted = n < TEXTED
            out.writerow([f"S{n}", f"Given{n}", f"Family{n}", f"01/{n + 13:02d}/1970",
                          f"6715560{n:03d}" if texted else "",
                          "" if texted else f"ok{n}@patients.example", "GU", "96910", zone,
                          "Yes", "Yes", (today - dt.timedelta(days=200)).strftime("%m/%d/%Y")])
    with open(os.path.join(folder, "appointments.csv"), "w", encoding="utf-8",
              newline="") as handle:
        out = csv.writer(handle)
        out.writerow(["Appointment ID", "Patient ID", "Start", "Service", "Service Category",
                      "Status", "Provider", "Total"])
        for n in range(TEXTED + MAILED):
            day = today - dt.timedelta(days=110 + n)
            out.writerow([f"A{n}", f"S{n}", day.strftime("%m/%d/%Y 10:00 AM"), "Dysport",
                          "Neurotoxin", "Completed", "Dr. Maya Chen", "$310.00"])


class Practice:
    """One home, its world and the program that serves it."""

    def __init__(self, folder, database, gateway, mails):
        self.folder, self.database, self.gateway, self.mails = folder, database, gateway, mails
        self.zone = soak.find_zone()
        self.port = world.free_port()
        self.home = homes.Home(folder, zone=self.zone, state="GU")
        self.home.use_gateway(gateway, timeout="8s")
        self.home.use_mailbox(mails.port)
        self.home.change_settings(self.settle)
        path = os.path.join(self.home.folder, "playbooks", PLAYBOOK + ".yaml")
        with open(path, "w", encoding="utf-8") as handle:
            handle.write(soak.SOAK_PLAYBOOK.replace("send: [sms]", "send: [sms, email]"))
        write_exports(folder, self.zone)
        self.home.json("import", os.path.join(folder, "patients.csv"),
                       os.path.join(folder, "appointments.csv"))
        self.log = os.path.join(folder, "serve.log")
        self.server = None

    def settle(self, tree):
        """Links and callbacks come to this machine; the day opens in a moment."""
        if self.database == "postgres":
            parent = os.path.basename(os.path.dirname(self.folder))
            name = "serve_" + parent.replace(".", "_").lower()
            subprocess.run(["createdb", name], check=True)
            tree["store"] = f"postgresql:///{name}"
        now = dt.datetime.now(zoneinfo.ZoneInfo(self.zone))
        opens = now + dt.timedelta(seconds=100)
        tree.update(send_from=opens.strftime("%H:%M"), scan_at="23:30", booking_data_age="31d",
                    date_order="mdy",
                    listen=f"127.0.0.1:{self.port}", public_url=f"http://127.0.0.1:{self.port}",
                    booking_url="https://book.example/{service}?with={provider}",
                    phone="+15125550199", address="1200 S Lamar Blvd, Austin, TX 78704")

    def start(self, *more):
        """Start serve; wait until it says where it listens."""
        with open(self.log, "ab") as log:
            self.server = self.home.start("serve", *more, stdout=subprocess.PIPE, stderr=log,
                                          text=True)
        return self.server.stdout.readline()

    def stop(self, number=signal.SIGTERM):
        """End serve; returns (exit code, seconds)."""
        begun = time.monotonic()
        self.server.send_signal(number)
        code = self.server.wait(30)
        self.server.stdout.close()
        return code, time.monotonic() - begun

    def lines(self, event=None):
        """What serve told, parsed."""
        with open(self.log, encoding="utf-8") as handle:
            told = [json.loads(line) for line in handle]
        return [line for line in told if event in (None, line["event"])]

    def ask(self, method, path, body=None, **headers):
        """(status, headers, body) of one request."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        line.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        answer = line.getresponse()
        text = answer.read().decode("utf-8", "replace")
        line.close()
        return answer.status, answer.headers, text

    def metric(self, name):
        """The value of one metric, or None."""
        match = re.search("^" + re.escape(name) + r" (\S+)$", self.ask("GET", "/metrics")[2], re.M)
        return float(match.group(1)) if match else None

    def explained(self, patient):
        """(answer, reason) about a patient."""
        told = self.home.json("explain", patient, PLAYBOOK)
        return told["answer"], told["reason"]

    def apply(self):
        """Plan and apply beside the running program."""
        saved = os.path.join(self.folder, "plan.json")
        plan = self.home.json("plan", PLAYBOOK, "--out", saved)
        self.home.run("apply", saved)
        self.home.run("resume", PLAYBOOK)
        return plan


def text_number(n):
    """The mobile of a patient."""
    return f"+16715560{n:03d}"


def check_sends(report, practice):
    """What another command plans leaves without a word to serve, and is reported back."""
    gateway, mails = practice.gateway, practice.mails
    report.ok(world.wait_for(lambda: len(gateway.events("create")) == TEXTED
                             and len(mails.events("taken")) == MAILED, 150, 0.1),
              "what was applied beside a running serve leaves by itself",
              [gateway.events(), mails.events(), practice.lines()])
    done = world.wait_for(lambda: practice.metric('perennial_touches{state="sent"}')
                          == TEXTED + MAILED, 20, 0.2)
    report.ok(done, "every touch ends as sent", practice.ask("GET", "/metrics")[2])
    world.wait_for(lambda: len(gateway.events("callback")) >= 3 * TEXTED, 20)
    answers = {event["answer"] for event in gateway.events("callback")}
    report.equal(answers, {204}, "every status callback is acknowledged")
    told = practice.home.json("report", "--playbook", PLAYBOOK)
    report.ok('"delivered": 10' in json.dumps(told), "the report knows that all were delivered",
              json.dumps(told)[:600])


def check_replies(report, practice):
    """A text that comes in is kept, understood and answered; a forged one is not."""
    url = f"http://127.0.0.1:{practice.port}/hooks/sms/inbound"
    number = text_number(0)
    before = len(practice.gateway.events("create"))
    begun = time.monotonic()
    for _ in range(2):
        answer = practice.gateway.control("inbound", {
            "from": number, "to": "+15125550111", "text": "STOP", "url": url,
            "sid": "SM" + "7" * 32})
        report.equal(answer["answer"], 200, "a text from a patient is acknowledged")
    confirmed = world.wait_for(lambda: len(practice.gateway.events("create")) > before, 20)
    report.ok(confirmed and practice.gateway.events("create")[-1]["to"] == number,
              f"STOP is confirmed ({time.monotonic() - begun:.1f} s)", practice.lines())
    report.equal(practice.explained("S0"), ("exited", "opted_out"), "explain tells of the STOP")
    time.sleep(1)
    report.equal(len(practice.gateway.events("create")), before + 1, "and is confirmed once")
    form = urllib.parse.urlencode({"MessageSid": "SM1", "From": text_number(1),
                                   "Body": "STOP"})
    status, _, _ = practice.ask("POST", "/hooks/sms/inbound", form,
                                Content_Type="application/x-www-form-urlencoded",
                                X_Twilio_Signature="Zm9yZ2Vk")
    report.equal(status, 403, "a forged text is refused")
    report.ok(practice.explained("S1")[1] != "opted_out", "and changes nothing")
    report.ok(practice.lines("signature"), "the log says that a signature was wrong")


def unsubscribe_link(practice, n):
    """Path of the List-Unsubscribe address of a patient's mail."""
    mail = next(m for m in practice.mails.events("taken")
                if m["recipients"] == [f"ok{n}@patients.example"])
    address = re.search(r"<(http[^>]+)>", mail["unsubscribe"]).group(1)
    return urllib.parse.urlsplit(address).path


def check_pages(report, practice):
    """The unsubscribe address: GET changes nothing, the mail program's post stops mail."""
    path = unsubscribe_link(practice, TEXTED)
    for method in ("GET", "HEAD", "GET"):
        status, headers, page = practice.ask(method, path)
        report.equal(status, 200, f"{method} shows the page")
    report.ok("Given" not in page and "Lanternlight Aesthetics" in page,
              "which names the practice and not the patient", page)
    report.ok("default-src 'none'" in headers["Content-Security-Policy"]
              and headers["Referrer-Policy"] == "no-referrer", "and is hardened", headers)
    report.ok(practice.explained(f"S{TEXTED}")[1] != "opted_out", "and changes nothing")
    for _ in range(2):
        status, headers, _ = practice.ask("POST", path, "List-Unsubscribe=One-Click",
                                          Content_Type="application/x-www-form-urlencoded")
        report.ok(status == 200 and "Location" not in headers, "one-click answers 200", status)
    report.equal(practice.explained(f"S{TEXTED}"), ("exited", "opted_out"), "and stops mail")
    status, _, page = practice.ask("POST", unsubscribe_link(practice, TEXTED + 1), "do=pause_3mo",
                                   Content_Type="application/x-www-form-urlencoded")
    report.ok(status == 200 and "3 months" in page, "a button pauses", page)
    forged = path[:-4] + ("AAAA" if not path.endswith("AAAA") else "BBBB")
    report.equal(practice.ask("POST", forged, "List-Unsubscribe=One-Click")[0], 404,
                 "a forged link is not found")


def check_booking(report, practice):
    """The book link goes to the practice's own page, with service and provider filled in."""
    body = practice.gateway.events("create")[0]["body"]
    link = re.search(r"http://127\.0\.0\.1:\d+(/p/b/\S+)", body)
    if not report.ok(link, "a text holds its book link", body):
        return
    status, headers, _ = practice.ask("GET", link.group(1), User_Agent="Mozilla/5.0 (iPhone)")
    report.equal((status, headers["Location"]),
                 (302, "https://book.example/neurotoxin?with=Dr.%20Maya%20Chen"),
                 "the book link leads to the booking page")


def check_reload(report, practice):
    """SIGHUP reads the settings again; a wrong file leaves the old ones in force."""
    path = unsubscribe_link(practice, TEXTED + 2)
    practice.home.change_settings(lambda tree: tree.update(name="Aurora Skin"))
    practice.server.send_signal(signal.SIGHUP)
    renamed = world.wait_for(lambda: "Aurora Skin" in practice.ask("GET", path)[2], 10)
    report.ok(renamed, "SIGHUP brings new settings into force", practice.lines("reload"))
    practice.home.change_settings(lambda tree: tree.update(timezone="America/Nowhere"))
    practice.server.send_signal(signal.SIGHUP)
    refused = world.wait_for(
        lambda: [line for line in practice.lines("reload") if line.get("done") is False], 10)
    report.ok(refused and "Nowhere" in refused[0]["message"]
              and "perennial.yaml" in refused[0]["message"],
              "a wrong file is refused with its place", practice.lines("reload"))
    report.equal(practice.ask("GET", "/readyz")[0], 200, "and serve goes on")
    practice.home.change_settings(lambda tree: tree.update(timezone=practice.zone))


def check_stop(report, practice):
    """SIGTERM waits for a request under way, and ends in time."""
    practice.gateway.control("faults", {"late_share": 1.0, "late_ms": 2500})
    before = len(practice.gateway.events("create"))
    practice.gateway.control("inbound", {
        "from": text_number(2), "to": "+15125550111", "text": "HELP",
        "url": f"http://127.0.0.1:{practice.port}/hooks/sms/inbound"})
    world.wait_for(lambda: len(practice.gateway.events("create")) > before, 10)
    code, seconds = practice.stop()
    report.ok(code == 0 and 1 < seconds < 10,
              f"SIGTERM waits for a request under way and ends serve in time ({seconds:.1f} s)",
              code)
    report.equal(len(practice.gateway.events("create")), before + 1, "the request left once")


def check_log(report, practice):
    """The log is JSON lines and names nobody."""
    with open(practice.log, encoding="utf-8") as handle:
        text = handle.read()
    events = [line["event"] for line in practice.lines()]
    report.ok(events[0] == "started" and events[-1] == "stopped", "the log has start and end",
              events)
    leak = re.search(r"Given\d|Family\d|5560\d\d\d|@patients|STOP", text)
    report.ok(not leak, "the log names nobody", leak)


def check_address(report, practice):
    """Port 0 takes a free one and says which; a taken one is refused."""
    line = practice.start("--listen", "127.0.0.1:0")
    match = re.search(r"http://127\.0\.0\.1:(\d+)$", line.strip())
    report.ok(match and int(match.group(1)) > 0, "port 0 is told by its number", line)
    practice.port = int(match.group(1))
    open_ = [practice.metric(f'perennial_touches{{state="{state}"}}')
             for state in ("due", "sending", "in_doubt")]
    report.equal(open_, [None] * 3, "no touch was left under way")
    taken = practice.home.copy(os.path.join(practice.folder, "second"))
    code, _, err = taken.code("serve", "--listen", match.group(0)[len("http://"):])
    report.ok(code == 1 and "in use" in err, "a taken address is refused with a sentence", err)
    code, _, err = practice.home.code("serve")
    report.equal(code, 3, "a second serve on one home ends with 3")
    report.equal(practice.stop(signal.SIGINT)[0], 0, "SIGINT ends it, too")


def check_day(report, practice):
    """Everything, in the order of a day."""
    check_sends(report, practice)
    check_booking(report, practice)
    check_replies(report, practice)
    check_pages(report, practice)
    check_reload(report, practice)
    memory = practice.metric("process_resident_memory_bytes") / (1 << 20)
    if not os.environ.get("SANITIZED"):  # whose shadow memory is no matter of ours
        report.ok(memory < 64, f"serve stays under 64 MiB ({memory:.0f} MiB)")
    check_stop(report, practice)
    check_log(report, practice)
    check_address(report, practice)


def open_practice(stack, folder, database):
    """A practice that is served, its world, and its end."""
    os.mkdir(folder)
    gateway = stack.enter_context(world.Gateway(folder))
    mails = stack.enter_context(world.SmtpPeer(folder))
    practice = Practice(folder, database, gateway, mails)

    def end():
        if practice.server and practice.server.poll() is None:
            practice.server.kill()
            practice.server.wait()
    stack.callback(end)
    return practice


def run(report, folder):
    """A day on each database; both wait for the same moment."""
    with contextlib.ExitStack() as stack:
        databases = ["sqlite"] + (["postgres"] if os.environ.get("PGHOST") else [])
        if len(databases) == 1:
            report.skip("a day on PostgreSQL", "there is no server (tools/with-postgres)")
        practices = [open_practice(stack, os.path.join(folder, name), name) for name in databases]
        for practice in practices:
            named = Named(report, practice.database)
            line = practice.start()
            named.ok(f"http://127.0.0.1:{practice.port}" in line, "serve says where it listens",
                     line)
            named.equal(practice.ask("GET", "/readyz")[0], 200, "and is ready")
            plan = practice.apply()
            named.equal(len(plan["enter"]), TEXTED + MAILED, "everybody who is due enters")
        for practice in practices:
            check_day(Named(report, practice.database), practice)


def main():
    """All of it."""
    report = tap.Report()
    with tempfile.TemporaryDirectory(prefix="serve.") as folder:
        try:
            run(report, folder)
        except (homes.Failed, OSError, LookupError, StopIteration) as fault:
            report.ok(False, "the day came to its end", repr(fault))
    sys.exit(report.finish())


if __name__ == "__main__":
    main()
