#!/usr/bin/python3
"""A language model on loopback: an OpenAI-compatible address that is honest, lies or breaks.

    test/world/model.py --journal FILE [--port 0] [--port-file FILE] [--spec FILE]

The journal gets one JSON object a line for each request: {"event": "request", "body", "faults",
"headers"}; `faults` is what is wrong with it by the description in --spec.

    POST /control/mode {"mode": "honest", "text": "..."}   how the next requests are answered
"""
import argparse
import asyncio
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import http_loop  # noqa: E402
import openapi_json  # noqa: E402
import standing  # noqa: E402

HUGE = 10 << 20
JSON = [("Content-Type", "application/json")]


def completion(content, finish="stop", **message):
    """An answer as the description has it."""
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "loopback-tiny",
            "choices": [{"index": 0, "finish_reason": finish, "logprobs": None,
                         "message": {"role": "assistant", "content": content, "refusal": None,
                                     **message}}],
            "usage": {"prompt_tokens": 321, "completion_tokens": 45, "total_tokens": 366}}


class Model:
    """What it was told to do, and what it was asked."""

    def __init__(self, options):
        self.journal = os.open(options.journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.spec = openapi_json.Description(options.spec) if options.spec else None
        self.mode, self.text = "honest", None

    def note(self, event, **more):
        """One line of the journal."""
        os.write(self.journal, (json.dumps({"event": event, **more}) + "\n").encode())

    def content(self, question):
        """The JSON that an answer holds; self.text is said where it is set."""
        facts = question["facts"]
        text = self.text or "Hi [FIRST_NAME]! " + facts[0]["text"] + " Thanks for asking!"
        chosen = [fact["id"] for fact in facts if fact["text"] in text]
        if self.mode == "mischosen":
            chosen = [fact["id"] for fact in facts if fact["id"] not in chosen]
        return {"answerable": True, "facts": chosen, "text": text}

    async def answer(self, request):
        """One request."""
        if request.path == "/control/mode":
            told = json.loads(request.body)
            self.mode, self.text = told["mode"], told.get("text")
            return 200, b"{}", JSON
        if request.method == "GET":
            return 200, b'{"object":"list","data":[]}', JSON
        try:
            body = json.loads(request.body)
        except ValueError:
            self.note("request", body=None, faults=["no JSON"], headers=request.headers)
            return 400, b'{"error":{"message":"no JSON"}}', JSON
        faults = self.spec.body_faults("POST", "/chat/completions", body) if self.spec else []
        if request.path != "/v1/chat/completions":
            faults.append("there is nothing at " + request.path)
        self.note("request", body=body, faults=faults, headers=request.headers, mode=self.mode)
        return await self.behave(json.loads(body["messages"][1]["content"]))

    async def behave(self, question):
        """The answer of this mode."""
        content = self.content(question)
        whole = json.dumps(completion(json.dumps(content))).encode()
        if self.mode == "hang":
            await asyncio.sleep(3600)
        if self.mode == "hangup":
            raise http_loop.Hangup
        if self.mode == "error":
            return 500, b'{"error":{"message":"out of memory","type":"server_error"}}', JSON
        if self.mode == "huge":
            return 200, whole[:-1] + b" " * HUGE + b"}", JSON
        if self.mode == "html":
            return 200, b"<html>It works!</html>", [("Content-Type", "text/html")]
        answers = {
            "broken": completion(json.dumps(content)[:-9]),
            "free": completion(content["text"]),
            "fenced": completion("```json\n" + json.dumps(content) + "\n```"),
            "shape": completion(json.dumps({**content, "send": True})),
            "unknown_fact": completion(json.dumps({**content, "facts": ["f99"]})),
            "cut": completion(json.dumps(content), "length"),
            "refused": completion(None, refusal="I cannot help with that."),
            "nothing": completion(json.dumps({"answerable": False, "facts": [], "text": ""})),
            "thinks": completion("", reasoning_content=json.dumps(content)),
        }
        return 200, json.dumps(answers[self.mode]).encode() if self.mode in answers else whole, JSON


async def drip(model, reader, writer):
    """A byte now and then, for ever; else an ordinary connection."""
    if model.mode != "drip":
        await http_loop.serve_connection(model.answer, reader, writer)
        return
    request = await http_loop.read_request(reader)
    if request and request.path == "/control/mode":
        writer.write(http_loop.answer_bytes(*await model.answer(request)))
        writer.close()
        return
    model.note("request", body=json.loads(request.body), faults=[], headers=request.headers,
               mode="drip")
    try:
        writer.write(b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\n"
                     b"Content-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.1)
    except ConnectionError:
        writer.close()


async def run(options):
    """Serve until told to stop."""
    model = Model(options)
    server = await asyncio.start_server(lambda r, w: drip(model, r, w), "127.0.0.1", options.port,
                                        limit=http_loop.HEAD_MAX)
    await standing.until_told(server, options.port_file)


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--journal", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--port-file", required=True)
    parser.add_argument("--spec")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
