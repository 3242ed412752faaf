#!/usr/bin/python3
"""Colleagues sign in at an identity provider, which also misbehaves.  test/flow/sign_in_flow.py"""
import base64
import contextlib
import hashlib
import hmac
import os
import struct
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "world")]
import desk_client  # noqa: E402
import home as homes  # noqa: E402
import identity  # noqa: E402
import tap  # noqa: E402
import world  # noqa: E402
from desk_client import Named  # noqa: E402


class Browser(desk_client.Client):
    """Somebody who is not signed in yet; keeps every cookie."""

    def __init__(self, port):
        super().__init__(port)
        self.jar = {}

    def ask(self, method, path, *more, **named):
        """One request, with what the browser has."""
        self.cookie = "; ".join(f"{k}={v}" for k, v in self.jar.items()) or None
        answer = super().ask(method, path, *more, **named)
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.split(";")[0].partition("=")
            self.jar[name] = value
        return answer


class Door:
    """The sign-in of a practice, and its provider."""

    def __init__(self, practice, provider):
        self.practice, self.provider = practice, provider

    def go(self, browser=None):
        """To the provider; the browser and its answer."""
        browser = browser or Browser(self.practice.port)
        return browser, self.patiently(browser, "/sign-in")

    def back(self, browser, url):
        """From the provider."""
        parts = urllib.parse.urlsplit(url)
        return self.patiently(browser, parts.path + "?" + parts.query)

    @staticmethod
    def patiently(browser, path):
        """As a person who is told to come again in a moment: this test asks faster than anybody may."""
        answers = []

        def ask():
            answers.append(browser.ask("GET", path, headers={"X-Perennial": None}))
            return answers[-1].status != 503
        world.wait_for(ask, 60)
        return answers[-1]

    def through(self, email, **claims):
        """All of it as a person would."""
        browser, there = self.go()
        url = self.provider.agree(there.headers["Location"], email=email, **claims)
        return browser, self.back(browser, url), url


def check_way_in(report, door, owner):
    """There and back; the session is like any other."""
    ways = Browser(door.practice.port).get("session/ways")
    report.equal(ways["provider"], {"label": "Lantern ID", "url": "/sign-in"}, "the app is told of it",
                 ways)
    browser, there = door.go()
    url = urllib.parse.urlsplit(there.headers["Location"])
    asked = dict(urllib.parse.parse_qsl(url.query))
    report.equal([there.status, asked["response_type"], asked["code_challenge_method"], asked["client_id"],
                  asked["redirect_uri"], asked["tenant"], "openid" in asked["scope"].split()],
                 [303, "code", "S256", identity.CLIENT,
                  f"http://127.0.0.1:{door.practice.port}/sign-in/back", "1", True],
                 "the provider is asked for a code, with PKCE", there)
    cookie = there.headers["Set-Cookie"]
    report.ok("HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/sign-in" in cookie
              and asked["state"] not in cookie and asked["nonce"] not in cookie,
              "what binds it to the browser stays there", cookie)
    done = door.back(browser, door.provider.agree(there.headers["Location"],
                                                  email="Robin.Ruiz@desk.example"))
    cookies = done.headers.get_all("Set-Cookie")
    report.ok(done.status == 200 and done.headers["Refresh"] == "0; url=/"
              and "SameSite=Strict" in cookies[0]
              and "default-src 'none'" in done.headers["Content-Security-Policy"],
              "a page of our own goes on to the app", [done, cookies])
    session = browser.get("session")
    report.equal([session["state"], session["user"]["email"], session["user"]["role"], session["must"]],
                 ["signed_in", "robin.ruiz@desk.example", "front_desk",
                  []], "and they are signed in", session)
    report.equal(session["user"]["state"], "active", "who was invited needs no password")
    report.ok(session["idle_logoff_min"] == owner.get("session")["idle_logoff_min"],
              "with the same idle limit")
    report.status(browser.ask("DELETE", "session"), 204, "they sign out")
    report.status(browser.get("session"), 401, "for good")
    door.provider.key = "ec"
    browser, done, _ = door.through("robin.ruiz@desk.example")
    report.equal([done.status, browser.get("session")["state"]], [200, "signed_in"],
                 "ES256 is taken as well", done)
    door.provider.key = "rsa"
    rows = owner.get("audit?action=session.started&limit=5")["items"]
    report.ok(rows[0]["detail"]["by"] == "provider", "the audit tells how they came in", rows[0])


def check_browser(report, door):
    """Bound to the browser, once, for ten minutes."""
    browser, done, url = door.through("robin.ruiz@desk.example")
    report.status(done, 200, "a sign-in")
    again = door.back(browser, url)
    report.equal([again.status, browser.get("session")["state"]], [403, "signed_in"],
                 "the same address once more is refused", again)
    other, _ = door.go()
    browser, there = door.go()
    url = door.provider.agree(there.headers["Location"], email="robin.ruiz@desk.example")
    before = len(door.provider.asked)
    report.status(door.back(other, url), 403, "in another browser it is refused")
    report.status(door.back(Browser(door.practice.port), url), 403, "and in one that began nothing")
    report.equal([a for a in door.provider.asked[before:] if "token" in a], [], "nothing is asked for them")
    report.status(door.back(browser, url), 200, "where it was begun it works")
    for query in ("", "?state=x", "?code=x", "?code=x&state=%00", "?" + "a" * 5000,
                  "?code=x&state=" + "s" * 43):
        report.ok(door.back(Browser(door.practice.port), "http://x/sign-in/back" + query).status in (400,
                                                                                                     403),
                  f"no answer of ours: {query[:20]!r}")
    browser, there = door.go()
    state = dict(urllib.parse.parse_qsl(there.headers["Location"].split("?")[1]))["state"]
    refused = door.back(browser, f"http://x/sign-in/back?error=access_denied&state={state}")
    report.equal([refused.status, browser.get("session").status], [403, 401], "a refusal there is one here")
    browser, there = door.go()
    url = door.provider.agree(there.headers["Location"], email="robin.ruiz@desk.example")
    report.status(door.back(browser, url + "&iss=https%3A%2F%2Fevil.example"), 403,
                  "an answer of another issuer")


def check_lies(report, door, owner):
    """A provider that misbehaves opens nothing."""
    now, email = int(time.time()), "robin.ruiz@desk.example"
    claims = {"another nonce": {"nonce": "n"}, "no nonce": {"nonce": None},
              "another audience": {"aud": "other"},
              "a list of audiences without azp": {"aud": [identity.CLIENT, "other"]},
              "another authorized party": {"azp": "other"},
              "another issuer": {"iss": "https://evil.example"},
              "one that has expired": {"exp": now - 120}, "one without an end": {"exp": None},
              "an old one": {"iat": now - 3600}, "one of the future": {"iat": now + 3600,
                                                                       "exp": now + 7200},
              "not yet": {"nbf": now + 3600}, "an unverified address": {"email_verified": False},
              "a word for verified": {"email_verified": "true"},
              "no word of verified": {"email_verified": None},
              "nobody": {"sub": ""}, "no address": {"email": None}}
    for what, lie in claims.items():
        browser, done, _ = door.through(email, **lie) if "email" not in lie else door.through(None)
        report.equal([done.status, browser.get("session").status], [403, 401], f"refused: {what}", done)
    for wrong in ("stranger", "weak", "torn", "swapped", "alg none", "hmac", "crit", "no token"):
        door.provider.wrong = {wrong}
        browser, done, _ = door.through(email)
        report.equal([done.status, browser.get("session").status], [403, 401], f"refused: {wrong}", done)
    door.provider.wrong = set()
    for wrong in ("other issuer", "inside", "garbage"):
        browser, there = door.go()
        url = door.provider.agree(there.headers["Location"], email=email)
        door.provider.wrong = {wrong}
        report.equal(door.back(browser, url).status, 502, f"not asked: {wrong}")
        report.status(door.go()[1], 502, f"nor begun: {wrong}")
        door.provider.wrong = set()
    rows = owner.get("audit?action=session.refused&limit=100")["items"]
    report.ok(len(rows) > 25 and all(email not in str(r["detail"]) for r in rows), "each is in the audit",
              rows[:3])


def check_people(report, door, owner):
    """Only colleagues; a second factor is passed somewhere."""
    browser, done, _ = door.through("stranger@desk.example")
    report.equal([done.status, browser.get("session").status], [403, 401],
                 "who is no colleague stays outside", done)
    robin = next(u for u in owner.get("staff")["items"] if u["email"].startswith("robin.ruiz"))
    owner.ask("PATCH", "staff/" + robin["user_id"], {"state": "disabled"})
    report.status(door.through("robin.ruiz@desk.example")[1], 403, "who is disabled as well")
    owner.ask("PATCH", "staff/" + robin["user_id"], {"state": "active"})
    report.status(door.through("robin.ruiz@desk.example")[1], 200, "and comes in again when they are not")


def totp(secret):
    """The code of now."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1000000:06d}"


def check_settings(report, practice, provider):
    """What is wrong in the settings is said; doctor asks the provider."""
    told = practice.home.code("doctor")[1]
    line = [x for x in told.splitlines() if "sign-in provider" in x]
    report.ok(line and line[0].startswith("ok") and provider.issuer in line[0], "doctor asks it", told)
    provider.wrong = {"other issuer"}
    line = [x for x in practice.home.code("doctor")[1].splitlines() if "sign-in provider" in x]
    report.ok(line and line[0].startswith("!!") and "https://login.example" in line[0],
              "and tells what is wrong", line)
    provider.wrong = set()
    practice.home.change_settings(lambda tree: tree.update(private_webhooks="false"))
    line = [x for x in practice.home.code("doctor")[1].splitlines() if "sign-in provider" in x]
    report.ok(line and line[0].startswith("!!") and "private" in line[0], "a private address is not asked",
              line)
    for change, words in (({"issuer": "http://login.example"}, "https://"), ({"client_id": ""},
                                                                             "client_id"),
                          ({"app_url": "https://a@b.example"}, "https://"), ({"isuer": "x"}, "isuer")):
        other = practice.home.copy(os.path.join(practice.folder,
                                                "copy" + str(len(words)) + next(iter(change))))
        other.change_settings(lambda tree, change=change: tree["sign_in"].update(change))
        code, said, _ = other.code("check")
        report.ok(code == 1 and "perennial.yaml" in said and words in said, f"wrong: {change}", said)


def run(report, folder, database):
    """On one database."""
    with contextlib.ExitStack() as stack:
        provider = identity.Provider(folder)
        stack.callback(provider.stop)
        practice = desk_client.Practice(os.path.join(folder, database), database)
        stack.callback(practice.stop)
        practice.start()
        owner = practice.owner()
        report.equal(Browser(practice.port).get("session/ways")["provider"], None,
                     "without a provider there is none")
        report.status(Browser(practice.port).get("/sign-in"), 404, "nor its address")
        owner.post("staff", {"email": "robin.ruiz@desk.example", "name": "Robin Ruiz",
                             "role": "front_desk"})
        clinician = practice.colleague(owner, "clinician")
        setup = clinician.post("account/second-factor", {"password": desk_client.PASSWORD})
        report.status(clinician.post("account/second-factor/confirm", {"code": totp(setup["secret"])}), 200,
                      "a colleague has a second factor")
        practice.home.put_secret("sign-in", identity.SECRET)
        port = practice.port
        practice.stop()
        practice.home.change_settings(lambda tree: tree.update(listen=f"127.0.0.1:{port}", sign_in={
            "issuer": provider.issuer, "client_id": identity.CLIENT, "label": "Lantern ID",
            "app_url": f"http://127.0.0.1:{port}/"}))
        practice.start(fresh=False)
        door = Door(practice, provider)
        check_way_in(report, door, owner)
        check_browser(report, door)
        check_lies(report, door, owner)
        check_people(report, door, owner)
        browser, done, _ = door.through("clinician@desk.example", amr=["pwd"])
        report.equal([done.status, browser.get("session")["code"]], [200, "second_factor"],
                     "one factor there: the other is asked here", done)
        browser, done, _ = door.through("clinician@desk.example", amr=["pwd", "mfa"])
        report.equal([done.status, browser.get("session")["state"]], [200, "signed_in"],
                     "two there are two", done)
        practice.stop()
        practice.home.change_settings(lambda tree: tree["sign_in"].update(second_factor_there="false"))
        practice.start(fresh=False)
        browser, done, _ = door.through("clinician@desk.example", amr=["pwd", "mfa"])
        report.equal([done.status, browser.get("session")["code"]], [200, "second_factor"],
                     "unless the practice wants its own", done)
        practice.stop()
        if database == "sqlite":
            check_settings(report, practice, provider)
        report.equal(practice.home.code("audit", "verify")[0], 0, "the audit holds")


def main():
    """Each database after the other."""
    told = tap.Report()
    databases = ["sqlite"] + (["postgres"] if os.environ.get("PGHOST") else [])
    if len(databases) == 1:
        told.skip("a provider and PostgreSQL", "there is no server (tools/with-postgres)")
    with tempfile.TemporaryDirectory(prefix="sign-in.") as folder:
        try:
            for database in databases:
                run(Named(told, database), folder, database)
        except (homes.Failed, OSError, LookupError, TypeError, subprocess.CalledProcessError) as fault:
            told.ok(False, "colleagues signed in to the end", repr(fault))
            raise
    sys.exit(told.finish())


if __name__ == "__main__":
    main()
