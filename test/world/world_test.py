#!/usr/bin/python3
"""The stand-in servers themselves: what they take, refuse and say.   test/world/world_test.py"""
import base64
import http.client
import json
import os
import smtplib
import sys
import tempfile
import threading
import unittest
import urllib.parse
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import gateway as provider  # noqa: E402
import postbox  # noqa: E402
import tap  # noqa: E402
import world  # noqa: E402

ACCOUNT = "/2010-04-01/Accounts/" + world.Gateway.account
MESSAGES = ACCOUNT + "/Messages.json"
GOOD = {"To": "+15125550101", "From": "+15125550111", "Body": "Time for your visit?"}


class Sink:
    """A webhook receiver that keeps what came."""

    def __init__(self):
        kept = self.kept = []

        class Handler(BaseHTTPRequestHandler):
            """Keeps target, headers and form."""

            def do_POST(self):  # noqa: N802  (the name that http.server calls)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                pairs = urllib.parse.parse_qsl(body.decode(), keep_blank_values=True)
                kept.append((self.path, dict(self.headers), pairs))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        """End it."""
        self.server.shutdown()
        self.server.server_close()


class GatewayTest(unittest.TestCase):
    """The text message provider."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.gateway = world.Gateway(self.folder.name)

    def tearDown(self):
        self.gateway.stop()
        self.folder.cleanup()

    def call(self, method, target, fields=None, password=world.Gateway.token):
        """One request; returns status and JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=5)
        key = base64.b64encode(f"{world.Gateway.account}:{password}".encode()).decode()
        headers = {"Authorization": "Basic " + key}
        body = urllib.parse.urlencode(fields) if fields else None
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def test_a_message_is_made_listed_and_read(self):
        status, made = self.call("POST", MESSAGES, GOOD)
        self.assertEqual((status, made["status"], made["num_segments"]), (201, "queued", "1"))
        _, listed = self.call("GET", MESSAGES + "?To=%2B15125550101&PageSize=1")
        self.assertEqual([m["sid"] for m in listed["messages"]], [made["sid"]])
        self.assertIsNone(listed["next_page_uri"])
        status, one = self.call("GET", f"{ACCOUNT}/Messages/{made['sid']}.json")
        self.assertEqual((status, one["body"]), (200, GOOD["Body"]))

    def test_a_list_is_paged(self):
        for _ in range(5):
            self.call("POST", MESSAGES, GOOD)
        target, found = MESSAGES + "?PageSize=2", []
        while target:
            _, page = self.call("GET", target)
            found += [m["sid"] for m in page["messages"]]
            target = page["next_page_uri"]
        self.assertEqual(len(set(found)), 5)

    def test_wrong_credentials_and_wrong_fields_are_refused(self):
        self.assertEqual(self.call("POST", MESSAGES, GOOD, "wrong")[1]["code"], 20003)
        bad = [{**GOOD, "ValidityPeriod": "99999"}, {**GOOD, "Body": ""},
               {**GOOD, "MessagingServiceSid": "MG" + "0" * 32}, {**GOOD, "Body": "x" * 1601}]
        if world.shared("specs", "twilio"):
            bad += [{**GOOD, "To": "5125550101"}, {**GOOD, "Boody": "x"},
                    {**GOOD, "StatusCallback": "nowhere"}, {"Body": "x", "From": "+15125550111"}]
        for fields in bad:
            self.assertEqual(self.call("POST", MESSAGES, fields)[0], 400, fields)
        self.assertEqual(len(self.gateway.events("invalid")), len(bad))
        self.assertEqual(self.gateway.events("create"), [])

    def test_numbers_fail_as_told(self):
        self.gateway.control("numbers", {"+15125550102": 21610, "+15125550103": 30006})
        self.assertEqual(self.call("POST", MESSAGES, {**GOOD, "To": "+15125550102"})[1]["code"],
                         21610)
        sink = Sink()
        self.call("POST", MESSAGES, {**GOOD, "To": "+15125550103",
                                     "StatusCallback": sink.url + "/s?o=7"})
        self.assertTrue(world.wait_for(lambda: len(sink.kept) == 3))
        path, headers, pairs = sink.kept[-1]
        sink.stop()
        self.assertEqual(path, "/s?o=7")
        self.assertEqual((dict(pairs)["MessageStatus"], dict(pairs)["ErrorCode"]),
                         ("undelivered", "30006"))
        self.assertEqual(headers["X-Twilio-Signature"], provider.sign(sink.url + path, pairs))

    def test_faults_before_store_nothing_and_faults_after_do(self):
        for name, made in (("busy_share", 0), ("error_before_share", 0),
                           ("break_before_share", 0), ("error_after_share", 1),
                           ("break_after_share", 1)):
            before = len(self.gateway.events("create"))
            self.gateway.control("faults", {name: 1})
            try:
                self.assertGreaterEqual(self.call("POST", MESSAGES, GOOD)[0], 429)
            except (ConnectionError, http.client.HTTPException):
                self.assertIn("break", name)
            self.assertEqual(len(self.gateway.events("create")) - before, made, name)

    def test_an_inbound_text_is_signed(self):
        sink = Sink()
        made = self.gateway.control("inbound", {"from": "+15125550104", "text": "STOP ",
                                                "url": sink.url + "/in"})
        sink.stop()
        self.assertEqual(made["answer"], 204)
        path, headers, pairs = sink.kept[0]
        self.assertEqual(dict(pairs)["Body"], "STOP ")
        self.assertEqual(headers["X-Twilio-Signature"], provider.sign(sink.url + path, pairs))


class SignatureTest(unittest.TestCase):
    """The provider's signature, by its own published example and the shared vectors."""

    def test_the_published_example(self):
        pairs = [("CallSid", "CA1234567890ABCDE"), ("Caller", "+12349013030"), ("Digits", "1234"),
                 ("From", "+12349013030"), ("To", "+18005551212")]
        self.assertEqual(provider.sign("https://example.com/myapp.php?foo=1&bar=2", pairs, "12345"),
                         "vNe7KK2kJwCsxc9K3OLkkKB3qqI=")


class MailTest(unittest.TestCase):
    """The mail servers."""

    def message(self, to):
        """A small letter."""
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = "a@example.com", to, "Grüße"
        letter["Message-ID"] = f"<{to}>"
        letter.set_content("hällo")
        return letter

    @unittest.skipUnless(os.path.exists(postbox.EXIM), "exim4-daemon-light is not installed")
    def test_exim_delivers_over_tls_after_login_only(self):
        import ssl
        with postbox.Mailbox(tls=True) as box:
            with smtplib.SMTP("127.0.0.1", box.port) as client:
                with self.assertRaises(smtplib.SMTPRecipientsRefused):
                    client.send_message(self.message("b@example.org"))
                client.starttls(context=ssl.create_default_context(cafile=box.certificate))
                client.login(box.login, box.password)
                client.send_message(self.message("b@example.org"))
                with self.assertRaises(smtplib.SMTPRecipientsRefused):
                    client.send_message(self.message("nobody@example.org"))
            found = box.messages()
            folder = box.folder
        self.assertEqual([m["Subject"] for m in found], ["Grüße"])
        self.assertEqual(postbox.body_text(found[0], "plain"), "hällo\n")
        self.assertFalse(os.path.exists(folder))

    def test_the_peer_does_as_it_is_told(self):
        told = {"ok1@example.org": None, "defer451@example.org": 451, "refuse550@example.org": 550,
                "break@example.org": 0, "drop@example.org": 0, "late50@example.org": None,
                "deferdata452@example.org": 452, "refusedata554@example.org": 554}
        with tempfile.TemporaryDirectory() as folder, world.SmtpPeer(folder) as peer:
            for to, code in told.items():
                self.assertEqual(self.outcome(peer.port, to), code, to)
            taken = [e["recipients"][0] for e in peer.events("taken")]
        self.assertEqual(taken, ["ok1@example.org", "break@example.org", "late50@example.org"])

    def outcome(self, port, to):
        """None when taken, the reply code when refused, 0 when the connection ended."""
        try:
            with smtplib.SMTP("127.0.0.1", port) as client:
                client.send_message(self.message(to))
        except smtplib.SMTPRecipientsRefused as refused:
            return refused.recipients[to][0]
        except smtplib.SMTPServerDisconnected:
            return 0
        except smtplib.SMTPResponseException as refused:
            return refused.smtp_code
        return None


if __name__ == "__main__":
    tap.run_tests()
