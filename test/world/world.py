"""Start and stop the servers that stand in for the world, and read what reached them."""
import ctypes
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def shared(*parts):
    """A file of the shared test data, or None where there is none."""
    base = os.environ.get("PERENNIAL_SHARED_DATA",
                          os.path.join(os.path.dirname(ROOT), "shared", "data"))
    path = os.path.join(base, *parts)
    return path if os.path.exists(path) else None


def die_with_parent():
    """For preexec_fn: the kernel ends the child when the test that started it is gone."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def wait_for(check, seconds=60, pause=0.02):
    """The first true value of check(), or None when the time is over: long enough for a machine that
    does three other things."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = check()
        if value:
            return value
        time.sleep(pause)
    return check() or None


def journal_lines(path):
    """Whole JSON lines of a journal."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as handle:
        return [json.loads(line) for line in handle if line.endswith("\n")]


class Server:
    """A Python server of this folder: it writes its port to a file, its deeds to a journal."""

    def __init__(self, script, folder, *more):
        name = os.path.splitext(script)[0]
        self.journal = os.path.join(folder, name + ".jsonl")
        port_file = os.path.join(folder, name + ".port")
        if os.path.exists(port_file):
            os.unlink(port_file)
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, script), "--journal", self.journal,
             "--port-file", port_file, *more], stdout=subprocess.DEVNULL,
            preexec_fn=die_with_parent)
        if not wait_for(lambda: os.path.exists(port_file)):
            raise RuntimeError(script + " did not start")
        with open(port_file, encoding="utf-8") as handle:
            self.port = int(handle.read())

    def events(self, kind=None):
        """Journal lines, of one kind or all."""
        return [e for e in journal_lines(self.journal) if kind in (None, e["event"])]

    def stop(self):
        """End it."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class SmtpPeer(Server):
    """An SMTP server whose answers are scripted by the recipient (smtp_peer.py)."""

    def __init__(self, folder):
        super().__init__("smtp_peer.py", folder)


class Gateway(Server):
    """A text message provider on loopback (gateway.py)."""

    account = "AC" + "0123456789abcdef" * 2
    token = "loopback-token"

    def __init__(self, folder, faults=None, port=0):
        spec = shared("specs", "twilio", "twilio_api_v2010.cut.json")
        super().__init__("gateway.py", folder, "--port", str(port),
                         "--faults", json.dumps(faults or {}), *(["--spec", spec] if spec else []))
        self.url = f"http://127.0.0.1:{self.port}"

    def control(self, verb, value=None):
        """Ask the gateway itself; value makes it a POST."""
        body = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(f"{self.url}/control/{verb}", data=body)
        with urllib.request.urlopen(request, timeout=40) as answer:
            return json.load(answer)


class Model(Server):
    """A language model on loopback (model.py)."""

    def __init__(self, folder):
        spec = shared("specs", "openai", "openai_chat_completions.cut.json")
        super().__init__("model.py", folder, *(["--spec", spec] if spec else []))
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.validates = spec is not None

    def behave(self, mode, text=None):
        """How it answers from now on."""
        body = json.dumps({"mode": mode, "text": text}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/control/mode", data=body)
        with urllib.request.urlopen(request, timeout=40) as answer:
            answer.read()

    def requests(self):
        """What it was asked."""
        return self.events("request")


def free_port():
    """A loopback port that nobody uses now, nor is given by chance: below those that connections take."""
    chance = random.SystemRandom()
    while True:
        port = chance.randrange(10_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
