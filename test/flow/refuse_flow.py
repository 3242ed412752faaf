#!/usr/bin/python3
"""Bad input: one clear sentence with the remedy, the contract's exit code, nothing half done.

    test/flow/refuse_flow.py
"""
import contextlib
import datetime as dt
import os
import shutil
import signal
import socket
import subprocess
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
SAMPLES = os.path.join(homes.ROOT, "samples")
PLAYBOOK = "neurotoxin-touch-up"
WORK_FAILED, WRONG_USAGE, HELD = 1, 2, 3


class Cases:
    """A fresh home for every case, copied from one that was made once."""

    def __init__(self, report, folder):
        self.report, self.folder = report, folder
        self.first = homes.Home(folder)
        self.first.import_samples(SAMPLES)
        self.count = 0

    def home(self):
        """A copy to spoil."""
        self.count += 1
        return self.first.copy(os.path.join(self.folder, f"case{self.count}"))

    def refused(self, sentence, home, arguments, code, *wanted):
        """The command ends with that code and says the wanted words, in a few lines."""
        seen, out, err = home.code(*arguments)
        said = out + err  # what `check` finds is its result and goes to stdout
        words = [w for w in wanted if w.lower() not in said.lower()]
        lines = [line for line in said.splitlines() if line.strip()]
        self.report.ok(
            seen == code and not words and 0 < len(lines) <= 6 and "assert" not in said.lower(),
            sentence, f"exit {seen}, wanted {code}; missing {words}\n{out[-500:]}{err}")
        self.report.note(said.strip()[:300])


def tree_of(home):
    """Every file of a home with its size and time."""
    found = {}
    for folder, _, names in os.walk(home.folder):
        for name in names:
            stat = os.stat(os.path.join(folder, name))
            found[os.path.join(folder, name)] = (stat.st_size, stat.st_mtime_ns)
    return found


def edit(home, name, old, new):
    """Replace a piece of one of the home's files."""
    path = os.path.join(home.folder, name)
    with open(path, encoding="utf-8") as handle:
        text = handle.read()
    if old not in text:
        raise homes.Failed(f"{name} holds no {old!r}")
    with open(path, "w", encoding="utf-8") as handle:
        handle.write(text.replace(old, new, 1))


def refuse_usage(cases):
    """Wrong commands."""
    home = cases.first
    cases.refused("an unknown command", home, ["plann"], WRONG_USAGE, "plan")
    cases.refused("an unknown option", home, ["plan", "--att", "2026-01-01"], WRONG_USAGE, "--at")
    cases.refused("a missing argument", home, ["import"], WRONG_USAGE, "argument",
                  "perennial import FILE...")
    cases.refused("a time that is none", home, ["plan", PLAYBOOK, "--at", "yesterday-ish"],
                  WRONG_USAGE, "yesterday-ish")
    cases.refused("a playbook that is not there", home, ["plan", "neurotoxin-touchup"],
                  WORK_FAILED, "neurotoxin-touchup")
    cases.refused("a search for nothing", home, ["search", ""], WRONG_USAGE, "say what to look for")
    cases.refused("a search that finds nothing", home, ["search", "Zzyzx", "Qwortle"], 0,
                  "nothing is found", "Zzyzx Qwortle")
    cases.refused("a report that ends before it begins", home,
                  ["report", "--from", "2026-03-02", "--to", "2026-03-01"], WRONG_USAGE,
                  "--from 2026-03-02 is after --to 2026-03-01")
    cases.refused("a report of a playbook that is not there", home,
                  ["report", "--playbook", "neurotoxin-touchup"], WORK_FAILED, "no playbook",
                  "mean `neurotoxin-touch-up`")
    cases.refused("a message that is no text", home,
                  ["receive", "--from", "5125550101", "--text", b"caf\xe9"], WRONG_USAGE, "--text", "UTF-8")
    cases.refused("a message from the future", home, ["receive", "--from", "5125550101", "--text", "hi",
                                                      "--at", "2091-01-01"], WRONG_USAGE, "to come", "--at")
    for command in (["due"], ["due", "--json"], ["plan", PLAYBOOK, "--json"]):
        beside = subprocess.run(["bash", "-c", 'set -o pipefail; "$@" | head -c 5', "-",
                                 *home.command(*command)], capture_output=True, check=False)
        cases.report.equal((beside.returncode, beside.stderr), (0, b""),
                           f"{' '.join(command)}, of which a part is enough")
    cases.refused("an account for a location that nobody knows", home,
                  ["user", "add", "robin@desk.example", "--locations", "Nowhere"], WORK_FAILED,
                  "no location \"Nowhere\"", "Take one of: Lanternlight South Lamar")
    cases.refused("an account for no location at all", home,
                  ["user", "add", "robin@desk.example", "--locations", " ,"], WRONG_USAGE, "--locations")
    cases.refused("a patient who is not there", home, ["explain", "NOBODY", PLAYBOOK],
                  WORK_FAILED, "no patient")


def path_of_new(cases):
    """Where a home of its own may stand."""
    cases.count += 1
    folder = os.path.join(cases.folder, f"case{cases.count}")
    os.mkdir(folder)
    return os.path.join(folder, "home")


def refuse_exports(cases):
    """Exports of which nothing is of use, and kinds that are none."""
    home = cases.home()
    cases.refused("a kind of export that is none", home, ["import", "x.csv", "--as", "jane.visits"],
                  WRONG_USAGE, "--as", "jane.")
    cases.refused("a scope that is none", home, ["key", "add", "Desk", "--scopes", "patients.fly"],
                  WRONG_USAGE, "patients.fly", "help key")
    cases.refused("a key without a scope", home, ["key", "add", "Desk"], WRONG_USAGE, "scope")
    yesterday = dt.date.today() - dt.timedelta(days=2)
    cases.refused("a day that is over cannot be played again", home,
                  ["tick", "--until", yesterday.isoformat()], WRONG_USAGE, "never goes back",
                  "plan --at", "explain")
    path = os.path.join(cases.folder, "words.csv")
    with open(path, "w", encoding="utf-8") as handle:
        handle.write("Appointment ID,Patient ID,Start,Service,Status\n")
    empty = homes.Home(os.path.dirname(path_of_new(cases)))
    empty.run("import", path)
    booked = [line for line in empty.json("doctor", codes=(0, 1))["lines"]
              if "booking data" in line.values()]
    cases.report.ok(booked and "never imported" in booked[0].values(),
                    "a file without a row is no booking data", booked)
    with open(path, "w", encoding="utf-8") as handle:
        handle.write("Appointment ID,Patient ID,Start,Service,Status\n"
                     "A900001,LA00001,2025-03-01 09:00,Botox,Quuxed\n")
    cases.refused("an export of which every row is rejected", home, ["import", path], WORK_FAILED,
                  "words.csv", "every row was rejected", "--as", "--map")
    with open(path, "w", encoding="utf-8") as handle:
        handle.write("Appointment ID,Patient ID,Start,Service,Status\n"
                     "A900001,LA00001,2025-03-01 09:00,Botox,Arrived\n")
    said = home.run("import", path, codes=(0, 1))
    cases.report.ok("nobody becomes due by it" in said and "--as jane.appointments" in said,
                    "an export whose past visits all stand as arrived is told so", said)


def read_helps(cases):
    """Every help fits the screen that it is read on."""
    home = cases.first
    names = [line.split()[0] for line in home.run("help").splitlines() if line.startswith("  ")]
    wide = [line for name in names for line in home.run("help", name).splitlines() if len(line) > 80]
    cases.report.ok(len(names) > 20 and not wide, "every help fits 80 columns", wide)


def refuse_homes(cases):
    """Homes that are not what they should be."""
    missing = homes.Home.__new__(homes.Home)
    missing.program, missing.folder = cases.first.program, os.path.join(cases.folder, "nowhere")
    cases.refused("a home that is not there", missing, ["plan", PLAYBOOK], WORK_FAILED, "init")
    cases.report.ok(not os.path.exists(missing.folder), "and none was made by the way")
    before = tree_of(cases.first)
    cases.refused("init over a home", cases.first, ["init", "--practice", "Other"], WORK_FAILED,
                  "home")
    cases.report.equal(tree_of(cases.first), before, "and the home is as it was")
    nowhere = homes.Home.__new__(homes.Home)
    nowhere.program, nowhere.folder = cases.first.program, "/proc/perennial"
    cases.refused("a home where nothing can be made", nowhere, ["init"], WORK_FAILED,
                  "/proc/perennial", "cannot make it", "choose another")
    fresh = homes.Home.__new__(homes.Home)
    fresh.program, fresh.folder = cases.first.program, os.path.join(cases.folder, "fresh")
    seen, _, err = fresh.code("init", "--timezone", "America/Chicgo")
    cases.report.ok(seen in (WORK_FAILED, WRONG_USAGE) and "America/Chic" in err
                    and not os.path.exists(fresh.folder),
                    "an unknown time zone is refused before anything is made", f"{seen} {err}")
    blank = os.path.join(cases.folder, "blank.txt")
    with open(blank, "w", encoding="utf-8") as handle:
        handle.write(" \n\n")
    for option, value, code in (("--practice", "", WRONG_USAGE), ("--state", "ZZ", WRONG_USAGE),
                                ("--state", "Texas", WRONG_USAGE), ("--timezone", "Mars", WRONG_USAGE),
                                ("--consent-form", blank, WORK_FAILED)):
        cases.refused(f"init with {option} {value!r}", fresh, ["init", option, value], code,
                      option if code == WRONG_USAGE else "is empty")
        cases.report.ok(not os.path.exists(fresh.folder), "and nothing was made")
    for sentence, key in (("a key of another home", "0123456789abcdef" * 4), ("no key", "lost")):
        home = cases.home()
        home.put_secret("store.key", key + "\n")
        cases.refused(sentence, home, ["plan", PLAYBOOK], WORK_FAILED, "key")


def listens(port):
    """Whether anybody answers on a loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def refuse_second(cases):
    """Two daemons on one home."""
    home = cases.home()
    port = world.free_port()
    home.change_settings(lambda tree: tree.update(listen=f"127.0.0.1:{port}"))
    server = home.start("serve", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        world.wait_for(lambda: listens(port))
        code = home.code("tick", "--until", (dt.date.today() + dt.timedelta(days=2)).isoformat())[0]
        cases.report.equal(code, HELD, "tick beside a running serve ends with 3")
        cases.refused("a second serve on one home", home, ["serve"], HELD, "process")
        cases.report.equal(home.code("plan", PLAYBOOK)[0], 0, "plan works beside a running serve")
        server.send_signal(signal.SIGTERM)
        # ten seconds are promised; sanitizers and a busy machine are given more
        patience_s = 60 if os.environ.get("SANITIZED") else 10
        cases.report.equal(server.wait(patience_s), 0, "SIGTERM ends serve in time")
    finally:
        server.kill()
        server.wait()


def refuse_text(cases):
    """Playbooks, settings and templates with mistakes."""
    home = cases.home()
    name = f"playbooks/{PLAYBOOK}.yaml"
    edit(home, name, "touches:", "tuches:")
    cases.refused("a playbook with a misspelt key", home, ["check"], WORK_FAILED,
                  f"{PLAYBOOK}.yaml:", "touches")
    home = cases.home()
    edit(home, name, "day: 3", "day: three")
    cases.refused("a playbook with a wrong value", home, ["check"], WORK_FAILED,
                  f"{PLAYBOOK}.yaml:", "three")
    home = cases.home()
    edit(home, name, "not booked(any, future)", "not bookd(any, future)")
    cases.refused("an expression with a misspelt word", home, ["check"], WORK_FAILED,
                  f"{PLAYBOOK}.yaml:", "booked")
    home = cases.home()
    edit(home, "perennial.yaml", "America/Chicago", "America/Chicgo")
    cases.refused("settings with an unknown time zone", home, ["check"], WORK_FAILED,
                  "perennial.yaml:", "America/Chicago")
    home = cases.home()
    edit(home, name, "touches:", "tuches:")
    cases.refused("a file with a mistake, by its path", home,
                  ["check", os.path.join(home.folder, name)], WORK_FAILED, "tuches", "1 error,",
                  "Did you mean `touches`?")
    for asked in ("/nonexist.yaml", "neurotoxin-touch", "perennial"):
        cases.refused(f"a check of {asked}, which is no file of the home", home, ["check", asked],
                      WORK_FAILED, asked, "playbooks/", "1 error,")
    seen, out, err = home.code("check", "definitions.yaml")
    cases.report.ok(seen == 0 and "tuches" not in out, "a check of another file", out + err)
    with open(os.path.join(home.folder, "perennial.yaml"), "a", encoding="utf-8") as handle:
        handle.write("\ncolour: red\n")
    cases.refused("a check of a file in a home that cannot be read", home, ["check", name],
                  WORK_FAILED, "colour", f"{name}: error", "not looked at")
    home = cases.home()
    generic = [os.path.join(folder, file)
               for folder, _, names in os.walk(os.path.join(home.folder, "templates"))
               for file in names if "remind" in file]
    for path in generic:
        if "generic" in path:
            os.unlink(path)
    if any("generic" in path for path in generic):
        cases.refused("a template that names treatment without a twin", home, ["check"],
                      WORK_FAILED, "generic")


def backup_of(home, name):
    """A fresh backup, and its bytes."""
    path = os.path.join(os.path.dirname(home.folder), name)
    home.run("backup", path)
    with open(path, "rb") as handle:
        return path, handle.read()


def refuse_backups(cases):
    """Backups that are not there, not whole, or of an older key."""
    home = cases.home()
    before = home.json("plan", PLAYBOOK, "--at", "2026-11-20")
    path, whole = backup_of(home, "first.backup")
    empty, flipped = path + ".empty", path + ".flipped"
    with open(empty, "wb"):
        pass
    spoilt = bytearray(whole)
    spoilt[len(spoilt) // 2] ^= 1
    with open(flipped, "wb") as handle:
        handle.write(spoilt)
    for sentence, file, words in (
            ("a backup that is not there", path + "x", ("no backup", "perennial backup")),
            ("an empty backup", empty, ("empty", "perennial backup")),
            ("a backup with one bit changed", flipped, ("damaged", "another backup"))):
        cases.refused(sentence, home, ["restore", file], WORK_FAILED, file + ":", *words)
    cases.report.equal(home.json("plan", PLAYBOOK, "--at", "2026-11-20"), before,
                       "and the store is as it was")
    home.run("rekey")
    later, _ = backup_of(home, "second.backup")
    home.run("rekey")
    secrets = os.path.join(home.folder, "secrets")
    with open(os.path.join(secrets, "store.key"), encoding="ascii") as handle:
        key = handle.read()
    for file, name in ((path, "store.key.old"), (later, "store.key.old.2")):
        seen, out, err = home.code("restore", file)
        cases.report.ok(seen == 0 and f"secrets/{name}," in err,
                        f"a backup made before a rekey is restored with {name}", out + err)
        cases.report.equal([home.json("plan", PLAYBOOK, "--at", "2026-11-20")["enter"],
                            home.code("audit", "verify")[0]], [before["enter"], 0],
                           "it is whole under the key of today")
    with open(os.path.join(secrets, "store.key"), encoding="ascii") as handle:
        cases.report.equal(handle.read(), key, "which stayed")
    for name in ("store.key.old", "store.key.old.2"):
        os.unlink(os.path.join(secrets, name))
    cases.refused("a backup whose key is lost", home, ["restore", path], WORK_FAILED, path + ":",
                  "secrets/store.key.old")


def refuse_files(cases):
    """Exports that are not whole."""
    home = cases.first
    with open(os.path.join(SAMPLES, "patients.csv"), "rb") as handle:
        whole = handle.read()
    cut = os.path.join(cases.folder, "patients-cut.csv")
    with open(cut, "wb") as handle:
        handle.write(whole[:whole.index(b'"12 Harmon') + 8])
    before = home.json("plan", PLAYBOOK, "--at", "2026-11-20")
    cases.refused("a file that ends inside a quoted field", home, ["import", cut], WORK_FAILED,
                  "patients-cut.csv")
    sheet = os.path.join(cases.folder, "patients.xlsx")
    with open(sheet, "wb") as handle:
        handle.write(b"PK\x03\x04" + bytes(200))
    cases.refused("a spreadsheet", home, ["import", sheet], WORK_FAILED, "csv")
    noise = os.path.join(cases.folder, "noise.csv")
    with open(noise, "wb") as handle:
        handle.write(b"colour,shape\nred,round\n")
    cases.refused("a table of nothing known", home, ["import", noise], WORK_FAILED, "noise.csv")
    cases.refused("a file that is not there", home, ["import", noise + "x"], WORK_FAILED, "noise.csvx")
    cases.report.equal(home.json("plan", PLAYBOOK, "--at", "2026-11-20"), before,
                       "and the records are as they were")


def refuse_full_disk(cases):
    """A home on a disk without room."""
    place = os.path.join(cases.folder, "small")
    os.mkdir(place)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", place],
                          capture_output=True, check=False)
    if done.returncode:
        cases.report.skip("a full disk", "no small file system can be mounted here")
        return
    try:
        home = homes.Home(place)
        with open(os.path.join(place, "ballast"), "wb") as handle:
            room = shutil.disk_usage(place).free
            handle.write(bytes(max(0, room - 400_000)))
        cases.refused("a full disk", home,
                      ["import", *[os.path.join(SAMPLES, n) for n in homes.SAMPLES]],
                      WORK_FAILED, "disk")
        with open(os.path.join(place, "ballast"), "ab") as handle:
            with contextlib.suppress(OSError):
                handle.write(bytes(8 << 20))
        for command in (["pause"], ["user", "add", "a@desk.example"]):
            cases.refused(f"{command[0]} on a disk without any room", home, command, WORK_FAILED,
                          "the disk of the store is full", "Free some space")
        os.unlink(os.path.join(place, "ballast"))
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        for command in (["pause"], ["import", os.path.join(SAMPLES, homes.SAMPLES[0])], ["doctor"]):
            cases.refused(f"{command[0]} on a disk that is mounted read-only", home, command,
                          WORK_FAILED, "mounted read-only", "Mount it for writing")
        subprocess.run(["mount", "-o", "remount,rw", place], check=True)
        seen, out, err = home.code("audit", "verify")
        cases.report.ok(seen == 0, "and the store is whole afterwards", out + err)
    finally:
        subprocess.run(["umount", place], check=False)


def refuse_credentials(cases):
    """A gateway that does not know us: the channel stops, somebody is told, nothing is lost."""
    folder = os.path.join(cases.folder, "credentials")
    os.mkdir(folder)
    today = dt.datetime.now(ZONE).date()
    with world.Gateway(folder) as gateway:
        home = homes.Home(folder)
        home.complete_settings(booking_data_age="31d")
        home.use_gateway(gateway)
        home.import_samples(homes.make_samples(os.path.join(folder, "exports"), today))
        saved = os.path.join(folder, "plan.json")
        home.json("plan", PLAYBOOK, "--at", today.isoformat(), "--out", saved)
        home.run("apply", saved)
        home.put_secret("twilio-token", "not-the-token")
        seen, out, err = home.code("tick", "--until", noon(today, 5))
        cases.report.ok("credential" in err.lower() or "token" in err.lower(),
                        "tick says that the gateway refuses the credentials",
                        f"exit {seen}\n{out}{err}")
        cases.report.note(err.strip()[:300])
        cases.report.equal(gateway.events("create"), [], "and nothing was sent")
        refused = len(gateway.events("refused"))
        cases.report.ok(refused <= 5 * 24 * 60,
                        "and it was asked less than once a minute", refused)
        home.put_secret("twilio-token", gateway.token)
        home.run("tick", "--until", noon(today, 7))
        made = [e["to"] for e in gateway.events("create")]
        cases.report.ok(made and len(set(made)) == len(made),
                        "with the right token the messages go, each once", len(made))


def refuse_answers(cases):
    """Templates of an answer that cannot be used: what the patient said holds all the same."""
    home = cases.home()
    folder = os.path.join(home.folder, "templates", "answer-opt-out")
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as handle:
            handle.write("{{ no front matter | oops")
    home.run("receive", "--from", "+13255550139", "--text", "STOP")
    stops = home.json("export", "--patient", "LA00001")["suppressions"]
    cases.report.equal(sorted(stop["channel"] for stop in stops), ["sms", "voice"],
                       "a STOP holds where the template of its answer is broken")


def noon(day, days):
    """Noon, some days later."""
    return dt.datetime.combine(day + dt.timedelta(days=days), dt.time(12), ZONE).isoformat()


def main():
    """All of it."""
    report = tap.Report()
    with tempfile.TemporaryDirectory(prefix="flow.") as folder:
        cases = Cases(report, folder)
        for part in (refuse_usage, refuse_exports, read_helps, refuse_homes, refuse_second,
                     refuse_text, refuse_files, refuse_backups, refuse_full_disk,
                     refuse_answers, refuse_credentials):
            try:
                part(cases)
            except (homes.Failed, OSError, KeyError, ValueError,
                    subprocess.SubprocessError) as fault:
                report.ok(False, f"{part.__name__} ran to its end", repr(fault))
    sys.exit(report.finish())


if __name__ == "__main__":
    main()
