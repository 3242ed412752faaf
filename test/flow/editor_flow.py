#!/usr/bin/python3
"""What editors of playbooks and messages do over the API.  test/flow/editor_flow.py"""
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile

import yaml

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import desk_client  # noqa: E402
import home as homes  # noqa: E402
import tap  # noqa: E402
from api_flow import Named  # noqa: E402


def fits(schema, value, root):
    """Whether a value is what a JSON Schema says: as much of it as our own use."""
    if "$ref" in schema:
        target = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return fits(target, value, root)
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float),
             "boolean": bool}
    wanted = schema.get("type", [])
    wanted = [wanted] if isinstance(wanted, str) else wanted
    if wanted and not any(isinstance(value, kinds[kind]) for kind in wanted):
        return False
    if "enum" in schema and value not in schema["enum"] or "const" in schema and value != schema["const"]:
        return False
    if "oneOf" in schema and sum(fits(one, value, root) for one in schema["oneOf"]) != 1:
        return False
    if isinstance(value, str):
        return len(value) >= schema.get("minLength", 0) \
            and bool(re.search(schema.get("pattern", ""), value))
    if isinstance(value, list):
        return all(fits(schema.get("items", {}), one, root) for one in value)
    if isinstance(value, dict):
        known, rest = schema.get("properties", {}), schema.get("additionalProperties", {})
        return set(schema.get("required", [])) <= set(value) \
            and all(fits(schema.get("propertyNames", {}), key, root) for key in value) \
            and all(fits(known[key], one, root) if key in known
                    else rest is not False and fits(rest, one, root) for key, one in value.items())
    return True


def check_schemas(report, practice, owner):
    """What ships fits its schema, a misspelling does not."""
    for name, path in (("definitions", "definitions.yaml"),
                       ("playbook", "playbooks/neurotoxin-touch-up.yaml")):
        answer = owner.get("schemas/" + name)
        report.equal([answer.status, answer.headers["Content-Type"]], [200, "application/schema+json"],
                     f"the schema of {name}", answer)
        schema = json.loads(answer.raw)
        with open(os.path.join(practice.home.folder, path), encoding="utf-8") as handle:
            tree = yaml.safe_load(handle)
        for wrong in ("exits", "services"):
            if wrong in tree:
                torn = {**tree, wrong + "x": tree[wrong]}
                report.ok(not fits(schema, torn, schema), f"{name}: an unknown key does not fit")
        if name == "definitions":
            report.ok(fits(schema, tree, schema), "the shipped definitions fit")
            tree["services"]["neurotoxin"]["urgency"] = "soon"
            report.ok(not fits(schema, tree, schema), "an unknown urgency does not")
    report.status(owner.get("schemas/secrets"), 404, "there are no other schemas")


def check_new_playbooks(report, owner, people):
    """From nothing, from a shipped one, from a text; taken away while nobody has entered."""
    consultant, desk = people["consultant"], people["front_desk"]
    shipped = consultant.get("shipped-playbooks")
    report.ok(any(i["name"] == "neurotoxin-touch-up" and i["here"] and i["title"]
                  for i in shipped["items"]), "shipped playbooks are listed", shipped)
    made = consultant.post("playbooks", {"name": "spring", "title": "Spring: \"hello\" #1"})
    report.equal([made.status, made["playbook"]["name"], made["playbook"]["title"],
                  made["playbook"]["errors"], made["playbook"]["run"]],
                 [201, "spring", "Spring: \"hello\" #1", 0, "never"], "a blank one is made", made)
    report.equal(consultant.get("playbooks/spring").etag, made.etag, "and stands there at once")
    report.status(consultant.post("playbooks", {"name": "spring"}), 409, "a name in use is refused")
    twin = owner.post("playbooks", {"name": "second", "from": "neurotoxin-touch-up"})
    report.equal([twin.status, len(twin["touches"]), twin["playbook"]["errors"]], [201, 4, 0],
                 "one like a shipped one", twin)
    for name in ("../../perennial", "a/b", "", "Spring", "a" * 65):
        bad = owner.post("playbooks", {"name": name})
        report.equal([bad.status, bad["errors"][0]["field"]], [422, "name"], f"no name: {name[:12]!r}", bad)
    report.equal(owner.post("playbooks", {"name": "x", "from": "no-such"})["errors"][0]["field"], "from",
                 "one that is not there is told")
    torn = owner.post("playbooks", {"name": "x", "source": "playbook: x\npurpose: marketing\n"})
    report.equal([torn.status, torn["errors"][0]["field"]], [422, "source"], "a torn text is refused", torn)
    report.status(owner.get("playbooks/x"), 404, "and not saved")
    report.status(desk.post("playbooks", {"name": "desk"}), 403, "the front desk makes none")
    report.status(owner.ask("DELETE", "playbooks/spring"), 428, "taking away wants an If-Match")
    report.status(owner.ask("DELETE", "playbooks/spring", headers={"If-Match": made.etag}), 204,
                  "it is taken away")
    report.status(owner.get("playbooks/spring"), 404, "and gone")
    report.status(owner.post("playbooks", {"name": "spring"}), 201, "its name is free again")
    owner.post("playbooks/neurotoxin-touch-up/pilot", {"patients": 2})
    report.status(owner.ask("DELETE", "playbooks/neurotoxin-touch-up", headers={"If-Match": "*"}), 409,
                  "one that somebody entered stays")


PIECE = ("---\npurpose: marketing\n---\n{{ practice.name | plain }}: Hi {{ patient.first_name | fits: 10, "
         "\"there\" }}, spring is here. {{ links.book }}\n")


def check_new_templates(report, owner):
    """New pieces; one that is needed stays."""
    body = {"name": "spring-hello", "channel": "sms", "wording": "generic", "language": "en",
            "source": PIECE}
    made = owner.post("templates", body)
    report.equal([made.status, made["file"]], [201, "spring-hello/generic.en.sms.liquid"],
                 "a piece is made", made)
    report.status(owner.post("templates", body), 409, "once")
    bad = owner.post("templates", {**body, "language": "xx-yy-zz"})
    report.equal(bad["errors"][0]["field"], "language", "no language is told", bad)
    bad = owner.post("templates", {**body, "name": "../x"})
    report.equal(bad["errors"][0]["field"], "name", "no name is told", bad)
    bad = owner.post("templates", {**body, "name": "other", "source": "no front matter"})
    report.equal(bad["errors"][0]["field"], "source", "a wrong text is told", bad)
    path = "templates/" + made["file"]
    report.equal(owner.get(path).etag, made.etag, "it is there at once")
    page = owner.get("playbooks/spring")
    source = re.sub(r"template: .*", "template: spring-hello", page["source"])
    source = re.sub(r"send: .*", "send: [sms]", source)
    saved = owner.ask("PUT", "playbooks/spring/source", {"source": source}, {"If-Match": page.etag})
    report.status(saved, 200, "a playbook uses it")
    held = owner.ask("DELETE", path, headers={"If-Match": made.etag})
    report.equal([held.status, "spring" in held.raw.decode()], [409, True], "then it stays", held)
    owner.ask("DELETE", "playbooks/spring", headers={"If-Match": "*"})
    report.status(owner.ask("DELETE", path, headers={"If-Match": made.etag}), 204,
                  "and goes when nothing needs it")
    report.status(owner.get(path), 404, "for good")


def check_all(report, practice):
    """Everything, in one practice."""
    owner = practice.owner()
    people = {role: practice.colleague(owner, role) for role in ("consultant", "front_desk")}
    check_schemas(report, practice, owner)
    check_new_playbooks(report, owner, people)
    check_new_templates(report, owner)
    verified = practice.home.json("audit", "verify")
    report.ok(not verified.get("broken"), "the audit chains hold", verified)


def run(report, folder):
    """Each database after the other."""
    samples = desk_client.make_samples(os.path.join(folder, "exports"))
    databases = ["sqlite"] + (["postgres"] if os.environ.get("PGHOST") else [])
    if len(databases) == 1:
        report.skip("the editors' API on PostgreSQL", "there is no server (tools/with-postgres)")
    for database in databases:
        with contextlib.ExitStack() as stack:
            practice = desk_client.Practice(os.path.join(folder, database), database, samples)
            stack.callback(practice.stop)
            check_all(Named(report, database), practice.start())


def main():
    """All of it."""
    report = tap.Report()
    with tempfile.TemporaryDirectory(prefix="editor.") as folder:
        try:
            run(report, folder)
        except (homes.Failed, OSError, LookupError, TypeError, subprocess.CalledProcessError) as fault:
            report.ok(False, "the editors were driven to their end", repr(fault))
            raise
    sys.exit(report.finish())


if __name__ == "__main__":
    main()
