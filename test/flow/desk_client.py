"""A small client of the API, as a browser or as a program would be, and a running practice for it."""
import contextlib
import datetime as dt
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "world")]
import home as homes  # noqa: E402
import tap  # noqa: E402

PASSWORD = "quiet lanterns over water"


class Named:
    """A report whose sentences say which database it was."""

    def __init__(self, report, database):
        self.report, self.database = report, database

    def ok(self, holds, sentence, why=""):
        """One result."""
        return self.report.ok(holds, f"{sentence} [{self.database}]", why)

    def equal(self, seen, wanted, sentence, why=""):
        """One result: two values are the same."""
        return self.ok(seen == wanted, sentence, f"wanted {wanted!r}\nsaw    {seen!r}\n{why}")

    def status(self, answer, wanted, sentence):
        """One result: an answer's status."""
        return self.equal(answer.status, wanted, sentence, answer)


class Answer:
    """What came back."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.raw = response.read()
        kind = response.headers.get("Content-Type", "")
        self.json = json.loads(self.raw) if "json" in kind and self.raw else None

    def __getitem__(self, name):
        return self.json[name]

    @property
    def etag(self):
        """For If-Match."""
        return self.headers.get("ETag")

    def __repr__(self):
        return f"{self.status} {self.raw[:1500]!r}"


class Client:
    """One browser (with a cookie) or one program (with a key)."""

    def __init__(self, port, key=None):
        self.port, self.key, self.cookie = port, key, None

    def ask(self, method, path, body=None, headers=None, raw=None):
        """One request; a path without a slash in front is below /api/v1/."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        given = {"X-Perennial": "1"}
        if self.cookie:
            given["Cookie"] = self.cookie
        if self.key:
            given["Authorization"] = "Bearer " + self.key
        data = raw
        if body is not None:
            data, given["Content-Type"] = json.dumps(body).encode(), "application/json"
        given.update(headers or {})
        given = {name: value for name, value in given.items() if value is not None}
        with contextlib.closing(connection):
            connection.request(method, path if path.startswith("/") else "/api/v1/" + path, data, given)
            answer = Answer(connection.getresponse())
        for line in answer.headers.get_all("Set-Cookie") or []:
            self.cookie = line.split(";")[0]
        return answer

    def get(self, path, **headers):
        """A read."""
        return self.ask("GET", path, headers=headers)

    def post(self, path, body=None, **headers):
        """A write; a body of None is none."""
        return self.ask("POST", path, body, headers)

    def sign_in(self, email, password=PASSWORD):
        """With a password."""
        return self.post("session", {"email": email, "password": password})


class Practice:
    """A served home with the sample exports and an owner."""

    def __init__(self, folder, database, samples=None):
        self.folder, self.database = folder, database
        os.makedirs(folder)
        self.home = homes.Home(folder)
        self.home.complete_settings(listen="127.0.0.1:0", private_webhooks="true", **self.store())
        if samples:
            self.home.import_samples(samples)
        self.server, self.port, self.token = None, 0, None

    def store(self):
        """PostgreSQL where it is asked for."""
        if self.database != "postgres":
            return {}
        name = "desk_" + re.sub(r"\W", "_", self.folder).lower()[-40:]
        subprocess.run(["createdb", name], check=True)
        return {"store": f"postgresql:///{name}"}

    def start(self, fresh=True):
        """Serve on a free port; the first owner's token is read from the terminal."""
        log = os.path.join(self.folder, "serve.log")
        with open(log, "ab") as out:
            self.server = self.home.start("serve", stdout=subprocess.PIPE, stderr=out, text=True)
        line = self.server.stdout.readline()
        self.port = int(re.search(r":(\d+)\s*$", line)[1])
        while fresh and line and not self.token:
            line = self.server.stdout.readline()
            found = re.search(r"/#/start/([\w-]+)", line)
            self.token = found and found[1]
        return self

    def stop(self):
        """End it."""
        if self.server and self.server.poll() is None:
            self.server.terminate()
            self.server.wait(20)
        if self.server:
            self.server.stdout.close()

    def owner(self):
        """The first owner, signed in."""
        client = Client(self.port)
        answer = client.post("setup/owner", {"token": self.token, "email": "owner@desk.example",
                                             "name": "Olu Adeyemi", "password": PASSWORD})
        if answer.status != 201:
            raise homes.Failed(repr(answer))
        return client

    def colleague(self, owner, role, **more):
        """Somebody with that role, signed in with a password of their own."""
        answer = owner.post("staff", {"email": f"{role}@desk.example", "name": f"Robin {role}",
                                      "role": role, **more})
        token = answer["sign_in_url"].split("/enter/")[1]
        client = Client(self.port)
        client.post("session/link", {"token": token})
        client.post("account/password", {"password": PASSWORD})
        return client


def make_samples(folder):
    """The sample exports up to today."""
    return homes.make_samples(folder, dt.date.today())


def run_each(report, folder, what, check, samples=False):
    """check(report, practice) with a practice of its own that is served, on each database in turn."""
    exports = make_samples(os.path.join(folder, "exports")) if samples else None
    databases = ["sqlite"] + (["postgres"] if os.environ.get("PGHOST") else [])
    if len(databases) == 1:
        report.skip(f"{what} on PostgreSQL", "there is no server (tools/with-postgres)")
    for database in databases:
        with contextlib.ExitStack() as stack:
            practice = Practice(os.path.join(folder, database), database, exports)
            stack.callback(practice.stop)
            check(Named(report, database), practice.start())


def play(what, ended, check, samples=False):
    """A whole flow of that kind; what breaks it off is one result, and told."""
    report = tap.Report()
    with tempfile.TemporaryDirectory(prefix=what.split()[-1].lower() + ".") as folder:
        try:
            run_each(report, folder, what, check, samples)
        except (homes.Failed, OSError, LookupError, TypeError, subprocess.CalledProcessError) as fault:
            report.ok(False, ended, repr(fault))
            raise
    sys.exit(report.finish())
