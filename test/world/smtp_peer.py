#!/usr/bin/python3
"""An SMTP server that does as it is told: every answer is scripted by the recipient's local part.

    test/world/smtp_peer.py --journal FILE [--port-file FILE]

    ok...            250 with a queue id
    defer<code>...   4xx at RCPT, as defer451; deferdata<code> after the final dot
    refuse<code>...  5xx at RCPT, as refuse550; refusedata<code> after the final dot
    break...         the connection ends after the final dot, the message taken
    drop...          the connection ends inside DATA, the message not taken
    late<ms>...      250 after that many milliseconds
The journal has one JSON object a line; {"event": "taken"} is a message that was accepted, with its
recipients and Message-ID, whether or not the answer reached anybody.
"""
import argparse
import asyncio
import email
import json
import os
import re
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import standing  # noqa: E402

SCRIPT = re.compile(r"(deferdata|refusedata|defer|refuse|break|drop|late|ok)(\d*)")


def script_of(address):
    """(what to do, its number) for a recipient."""
    match = SCRIPT.match(address)
    return (match.group(1), int(match.group(2) or 0)) if match else ("ok", 0)


class Peer:
    """One listening server and its journal."""

    def __init__(self, journal):
        self.handle = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.taken = 0

    def note(self, event, **fields):
        """One line, one call."""
        line = json.dumps({"event": event, "at": time.time(), **fields})
        os.write(self.handle, line.encode() + b"\n")

    async def talk(self, reader, writer):
        """A dialogue, until the client quits or the script ends it."""
        try:
            await self.dialogue(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def dialogue(self, reader, writer):
        """The commands of one connection."""
        recipients = []

        def say(line):
            writer.write(line.encode() + b"\r\n")

        say("220 peer.loopback.example ESMTP")
        while line := (await reader.readline()).decode("latin-1").strip():
            verb = line.split(":")[0].upper()
            if verb.startswith(("EHLO", "HELO")):
                say("250-peer.loopback.example\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n"
                    "250 SIZE 10485760")
            elif verb == "MAIL FROM":
                recipients = []
                say("250 2.1.0 Ok")
            elif verb == "RCPT TO":
                recipients += self.receive_recipient(line, say)
            elif verb == "DATA" and recipients:
                say("354 go ahead")
                await writer.drain()
                if not await self.receive_data(reader, writer, recipients, say):
                    return
            elif verb == "QUIT":
                say("221 2.0.0 Bye")
                return
            else:
                say("250 2.0.0 Ok" if verb in ("NOOP", "RSET") else "503 5.5.1 out of order")
            await writer.drain()

    def receive_recipient(self, line, say):
        """Answer RCPT TO; returns the recipient when it was taken."""
        address = line.split("<", 1)[-1].split(">", 1)[0].lower()
        act, number = script_of(address)
        if act in ("defer", "refuse"):
            kind = "4.2.1 not now" if act == "defer" else "5.1.1 no such user"
            self.note(act, recipient=address)
            say(f"{number or (451 if act == 'defer' else 550)} {kind}")
            return []
        say("250 2.1.5 Ok")
        return [address]

    async def receive_data(self, reader, writer, recipients, say):
        """Take a message and answer as the first recipient's script says; False ends the talk."""
        act, number = script_of(recipients[0])
        if act == "drop":
            await reader.readline()
            self.note("dropped", recipients=recipients)
            return False
        lines = []
        while (line := await reader.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        if act in ("deferdata", "refusedata"):
            self.note(act, recipients=recipients)
            say(f"{number or 451} 4.3.0 try later" if act == "deferdata"
                else f"{number or 554} 5.7.1 refused")
            return True
        message = email.message_from_bytes(b"".join(lines))
        self.taken += 1
        self.note("taken", recipients=recipients, message_id=message["Message-ID"], act=act,
                  unsubscribe=message["List-Unsubscribe"])
        if act == "break":
            return False
        if act == "late":
            await writer.drain()
            await asyncio.sleep(number / 1000)
        say(f"250 2.0.0 Ok: queued as PEER{self.taken}")
        return True


async def run(options):
    """Listen until told to stop."""
    peer = Peer(options.journal)
    server = await asyncio.start_server(peer.talk, "127.0.0.1", options.port, limit=1 << 20)
    await standing.until_told(server, options.port_file)


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--journal", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--port-file")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
