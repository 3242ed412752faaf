"""A home of the program under test, and its commands as Python calls."""
import json
import os
import shutil
import subprocess
import sys

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "world"))
from world import die_with_parent  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(HERE))
SAMPLES = ["patients.csv", "services.csv", "appointments.csv", "memberships.csv"]
CONSENT_FORM = ("I agree to receive marketing texts and calls, some of them sent by automated "
                "means, from Lanternlight Aesthetics at the number I gave. Agreeing is not a "
                "condition of buying anything. I may stop at any time.\n")


def find_program():
    """The built program: PERENNIAL, else the newest build folder's."""
    named = os.environ.get("PERENNIAL")
    if named:
        return named
    built = [os.path.join(ROOT, name, "perennial") for name in os.listdir(ROOT)
             if name.startswith("build")]
    built = [path for path in built if os.access(path, os.X_OK)]
    if not built:
        sys.exit("no program found: build it with ./dev build, or name it in PERENNIAL")
    return max(built, key=os.path.getmtime)


class PlainDumper(yaml.SafeDumper):
    """Writes every scalar as it was read: the settings know no implicit types."""

    yaml_implicit_resolvers = {}


class Failed(Exception):
    """A command ended with an exit code that was not expected."""


class Home:
    """One practice."""

    def __init__(self, folder, *more, practice="Lanternlight Aesthetics",
                 zone="America/Chicago", state="TX", consent_form=True):
        self.program = find_program()
        self.folder = os.path.join(folder, "home")
        arguments = ["--practice", practice, "--timezone", zone, "--state", state, *more]
        if consent_form:
            path = os.path.join(folder, "consent-form.txt")
            with open(path, "w", encoding="utf-8") as handle:
                handle.write(CONSENT_FORM)
            arguments += ["--consent-form", path]
        self.run("init", *arguments)

    def command(self, *arguments):
        """The command line of a call."""
        return [self.program, "--home", self.folder, *arguments]

    def run(self, *arguments, stdin=None, codes=(0,), seconds=600):
        """Run a command to its end; returns stdout."""
        done = subprocess.run(self.command(*arguments), input=stdin, capture_output=True,
                              text=True, timeout=seconds, check=False)
        if done.returncode not in codes:
            raise Failed(f"{' '.join(arguments)} ended with {done.returncode}\n{done.stderr}")
        return done.stdout

    def code(self, *arguments, seconds=600):
        """(exit code, stdout, stderr) of a command, whatever they are."""
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True,
                              timeout=seconds, check=False)
        return done.returncode, done.stdout, done.stderr

    def json(self, *arguments, codes=(0,), seconds=600):
        """Run a command with --json; returns its answer."""
        return json.loads(self.run(*arguments, "--json", codes=codes, seconds=seconds))

    def start(self, *arguments, **more):
        """Run a command beside the test."""
        return subprocess.Popen(self.command(*arguments), preexec_fn=die_with_parent, **more)

    def import_samples(self, folder):
        """Import the four exports of a folder."""
        return self.json("import", *[os.path.join(folder, name) for name in SAMPLES])

    def change_settings(self, change):
        """Read perennial.yaml, let change(tree) edit it, write it back."""
        path = os.path.join(self.folder, "perennial.yaml")
        with open(path, encoding="utf-8") as handle:
            tree = yaml.load(handle, yaml.BaseLoader)
        change(tree)
        with open(path, "w", encoding="utf-8") as handle:
            yaml.dump(tree, handle, PlainDumper, sort_keys=False, allow_unicode=True)

    def complete_settings(self, **more):
        """What messages need beside a name: a postal address, a phone, somewhere to book."""
        self.change_settings(lambda tree: tree.update(
            address="1200 S Lamar Blvd, Austin, TX 78704", phone="+15125550199",
            public_url="https://p.lanternlight.example",
            booking_url="https://book.lanternlight.example/{service}", **more))

    def use_gateway(self, gateway, **more):
        """Texts leave through the gateway on loopback."""
        self.put_secret("twilio-token", gateway.token)

        def change(tree):
            tree.setdefault("channels", {})["sms"] = {
                "driver": "twilio", "base_url": gateway.url, "account_sid": gateway.account,
                "from": "+15125550111", "rate_per_s": "500", **more}
            tree["vendors"] = {"twilio": {"baa_signed": "2025-01-02"}}
        self.change_settings(change)

    def use_mailbox(self, port, **more):
        """Mail leaves through an SMTP server on loopback."""
        def change(tree):
            tree.setdefault("channels", {})["email"] = {
                "driver": "smtp", "host": "127.0.0.1", "port": str(port), "tls": "none",
                "from": "hello@lanternlight.example", "rate_per_s": "500", **more}
        self.change_settings(change)

    def put_secret(self, name, text):
        """A file under secrets/."""
        path = os.path.join(self.folder, "secrets", name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w",
                  encoding="utf-8") as handle:
            handle.write(text)

    def copy(self, folder):
        """A second home with the same content."""
        other = Home.__new__(Home)
        other.program, other.folder = self.program, folder
        shutil.copytree(self.folder, folder)
        return other


def make_samples(folder, until, *more):
    """The sample exports, laid so that they end on a day."""
    subprocess.run([os.path.join(ROOT, "tools", "make-samples"), "--out", folder,
                    "--until", until.isoformat(), *more], check=True)
    return folder


def reference_plan(at, folder, *more, consent_form=True):
    """The independent plan over the exports of a folder."""
    out = subprocess.run(
        [os.path.join(ROOT, "test", "reference_plan.py"), "--at", at,
         *more, *(["--consent-form"] if consent_form else []),
         *[os.path.join(folder, name) for name in SAMPLES]],
        check=True, capture_output=True)
    return json.loads(out.stdout)
