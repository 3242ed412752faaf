#!/usr/bin/python3
"""Mappings that are kept, and found again by their headings.  test/flow/mapping_flow.py"""
import contextlib
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import desk_client  # noqa: E402
import home as homes  # noqa: E402
import tap  # noqa: E402

STRANGE = ["Kdnr", "Vorname", "Nachname", "Geb.", "Funk", "Mail-Adr.", "Ja/Nein"]
MAP = ("kind: generic.patients\ndate_order: dmy\ncolumns:\n  patient_id: Kdnr\n  first_name: Vorname\n"
       "  last_name: Nachname\n  birth_date: Geb.\n  mobile_phone: Funk\n  email: Mail-Adr.\n"
       "  sms_consent: Ja/Nein\nvalues:\n  sms_consent: {ja: Y, nein: N}\n")


def export(headings, *rows, delimiter=","):
    """A file as a booking system would write it."""
    return ("\n".join(delimiter.join(row) for row in [headings, *rows]) + "\n").encode()


ROW = ["K1", "Ulla", "Berg", "03.04.1980", "(512) 555-0133", "ulla@patients.example", "ja"]


def bring(client, raw, name="kunden.csv", **body):
    """Upload and import."""
    upload = client.ask("POST", f"imports/files?name={name}", raw=raw,
                        headers={"Content-Type": "application/octet-stream"})
    return client.post("imports", {"file_ids": [upload["file_id"]], "dry_run": False, **body})


def check_mappings(report, owner, people):
    """Chosen once by hand, found by itself from then on."""
    raw = export(STRANGE, ROW)
    lost = bring(owner, raw)["files"][0]
    report.ok(lost["refused"] and lost["headings"] == STRANGE, "headings nobody knows are shown", lost)
    report.equal(bring(owner, raw, map=MAP)["files"][0]["accepted"], 1, "a mapping by hand reads them")
    report.equal([owner.get("imports/mappings")["items"], bring(owner, raw)["refused"]], [[], True],
                 "nothing is kept by itself")
    body = {"source": MAP, "headings": lost["headings"]}
    kept = owner.ask("PUT", "imports/mappings/kunden", body)
    report.equal([kept.status, kept["name"], kept["headings"], kept["source"]], [200, "kunden", STRANGE,
                                                                                 MAP],
                 "it is kept for these headings", kept)
    report.equal(owner.get("imports/mappings")["items"], [kept.json], "and listed")
    report.equal(owner.get("imports/mappings/kunden").etag, kept.etag, "and read")
    found = bring(owner, export(STRANGE, [*ROW[:1], "Ursula", *ROW[2:]]))["files"][0]
    report.equal([found["saved_mapping"], found["updated"], found["refused"]], ["kunden", 1, None],
                 "the next export is read by it", found)
    page = owner.get("patients/" + owner.get("patients/search?q=K1")["items"][0]["patient_id"])
    report.equal([page["first_name"], page["birth_day"]], ["Ursula", "1980-04-03"],
                 "with its dates and values")
    order = [6, 2, 0, 1, 5, 4, 3]
    moved = bring(owner, export([STRANGE[i].upper() for i in order], [ROW[i] for i in order],
                                delimiter=";"))
    report.equal([moved["files"][0]["saved_mapping"], moved["files"][0]["accepted"]], ["kunden", 1],
                 "whatever their order, case and delimiter", moved)
    more = bring(owner, export([*STRANGE, "Neu"], [*ROW, "x"]))["files"][0]
    report.equal([more["saved_mapping"], bool(more["refused"])], [None, True],
                 "another shape is another file",
                 more)
    other = bring(owner, raw, map=MAP.replace("first_name: Vorname\n  last_name: Nachname",
                                              "last_name: Vorname\n  first_name: Nachname"))["files"][0]
    report.equal([other["saved_mapping"], other["updated"]], [None, 1], "a mapping by hand comes first",
                 other)
    wide = [f"Column {i}" for i in range(300)]
    body = {"source": "columns: {patient_id: Column 0, last_name: Column 1, email: Column 299}\n",
            "headings": wide}
    report.status(owner.ask("PUT", "imports/mappings/wide", body), 200, "300 columns are a shape, too")
    found = bring(owner, export(wide, ["W1", "Wide"] + [""] * 297 + ["wide@patients.example"]))["files"][0]
    report.equal([found["saved_mapping"], found["accepted"]], ["wide", 1], "that is found", found)


def check_refusals(report, owner, people):
    """What is no mapping is not kept; nobody replaces another's unseen."""
    body = {"source": MAP, "headings": STRANGE}
    report.status(owner.ask("PUT", "imports/mappings/kunden", body), 409, "a name in use is told")
    report.status(owner.ask("PUT", "imports/mappings/kunden", body, {"If-Match": '"x"'}), 412,
                  "a stale edit, too")
    etag = owner.get("imports/mappings/kunden").etag
    done = owner.ask("PUT", "imports/mappings/kunden", {**body, "source": MAP + "zone: America/Denver\n"},
                     {"If-Match": etag})
    report.ok(done.status == 200 and done.etag != etag, "who has seen it replaces it", done)
    for source, words in (("columns: {no_such_field: Funk}\n", "no_such_field"), ("a: [", ""), ("- x\n",
                                                                                                ""),
                          ("headings: [a]\nemail: Mail\n", "headings")):
        bad = owner.ask("PUT", "imports/mappings/bad", {"source": source, "headings": STRANGE})
        report.ok(bad.status == 422 and bad["errors"][0]["field"] == "source" and words in bad.raw.decode(),
                  f"no mapping is refused: {source[:24]!r}", bad)
    bad = owner.ask("PUT", "imports/mappings/bad", {"source": MAP, "headings": []})
    report.equal([bad.status, bad["errors"][0]["field"]], [422, "headings"], "nor one for no headings", bad)
    for name in ("..%2Fperennial", "A", "x%20y", "-x"):
        report.ok(owner.ask("PUT", "imports/mappings/" + name, body).status in (404, 409),
                  f"no name: {name}")
    report.status(people["consultant"].ask("PUT", "imports/mappings/mine", body), 403,
                  "a consultant keeps none")
    report.status(owner.ask("DELETE", "imports/mappings/wide"), 428, "taking away wants an If-Match")
    etag = owner.get("imports/mappings/wide").etag
    report.status(owner.ask("DELETE", "imports/mappings/wide", headers={"If-Match": etag}), 204,
                  "it is taken away")
    report.status(owner.get("imports/mappings/wide"), 404, "and gone")
    rows = owner.get("audit?action=file.changed&limit=20")["items"]
    report.ok({r["detail"]["change"] for r in rows} >= {"made", "saved", "dropped"}, "each is in the log",
              rows[:3])


def check_form(report, owner, people):
    """Two who paste a consent form see each other's text."""
    first = owner.get("settings/consent-form")
    report.ok(first.status == 200 and first.etag and "marketing texts" in first["text"],
              "the form is read", first)
    done = owner.ask("PUT", "settings/consent-form", {"text": "I agree to texts.\n"},
                     {"If-Match": first.etag})
    report.equal([done.status, done["text"], owner.get("settings/consent-form").etag],
                 [200, "I agree to texts.\n", done.etag], "another is pasted", done)
    report.status(owner.ask("PUT", "settings/consent-form", {"text": "Mine"}, {"If-Match": first.etag}),
                  412,
                  "who saw the old one is told")
    report.status(owner.ask("PUT", "settings/consent-form", {"text": "Mine"}), 428, "who saw none, too")
    for path, method, field in (("settings/consent-form", "PUT", "text"),
                                ("settings", "PATCH", "consent_form_text")):
        refused = owner.ask(method, path, {field: " \n\t"}, {"If-Match": owner.get(path).etag})
        report.equal([refused.status, [e["field"] for e in refused["errors"]],
                      owner.get("settings/consent-form")["text"]],
                     [422, [field], "I agree to texts.\n"], f"{path}: a blank one is refused at its field",
                     refused)
    gone = owner.ask("PUT", "settings/consent-form", {"text": None}, {"If-Match": done.etag})
    report.equal([gone.status, gone["text"], owner.get("settings")["consent_form"]], [200, None, None],
                 "it is taken away", gone)
    back = owner.ask("PUT", "settings/consent-form", {"text": first["text"]}, {"If-Match": gone.etag})
    report.equal([back.status, owner.get("settings")["consent_form"]], [200, first["text"]], "and back",
                 back)
    report.status(people["front_desk"].ask("PUT", "settings/consent-form", {"text": "x"},
                                           {"If-Match": back.etag}),
                  403, "the front desk changes none")


def check_terminal(report, practice):
    """The terminal finds the same mapping, and one that is written by hand."""
    folder = os.path.join(practice.home.folder, "mappings")
    path = os.path.join(practice.folder, "kunden.csv")
    with open(path, "wb") as handle:
        handle.write(export(STRANGE, ROW))
    told = practice.home.json("import", path)["files"][0]
    report.equal([told["saved_mapping"], told["accepted"]], ["kunden", 1], "the terminal finds it, too",
                 told)
    report.ok("mappings/kunden.yaml" in practice.home.run("import", path), "and says so")
    with open(os.path.join(folder, "by-hand.yaml"), "w", encoding="utf-8") as handle:
        handle.write("columns: {patient_id: Nr, last_name: Wer, email: Post}\n"
                     "headings:\n- Nr\n- Wer\n- Post\n")
    with open(path, "wb") as handle:
        handle.write(export(["Nr", "Wer", "Post"], ["H1", "Hand", "hand@patients.example"]))
    report.equal(practice.home.json("import", path)["files"][0]["saved_mapping"], "by-hand",
                 "one by hand as well")
    with open(os.path.join(folder, "by-hand.yaml"), "w", encoding="utf-8") as handle:
        handle.write("columns: {patient_id: Nr}\n")
    code, _, said = practice.home.code("import", path)
    report.ok(code == 1 and "mappings/by-hand.yaml:1" in said and "headings" in said,
              "one that says for which headings no more is told with its place", said)


def main():
    """All of it."""
    told = tap.Report()
    report = desk_client.Named(told, "sqlite")
    with tempfile.TemporaryDirectory(prefix="mapping.") as folder, contextlib.ExitStack() as stack:
        practice = desk_client.Practice(os.path.join(folder, "sqlite"), "sqlite")
        stack.callback(practice.stop)
        try:
            practice.start()
            owner = practice.owner()
            people = {r: practice.colleague(owner, r) for r in ("front_desk", "consultant")}
            check_mappings(report, owner, people)
            check_refusals(report, owner, people)
            check_form(report, owner, people)
            practice.stop()
            check_terminal(report, practice)
        except (homes.Failed, OSError, LookupError, TypeError, subprocess.CalledProcessError) as fault:
            report.ok(False, "mappings were kept to the end", repr(fault))
            raise
    sys.exit(told.finish())


if __name__ == "__main__":
    main()
