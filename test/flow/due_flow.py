#!/usr/bin/python3
"""When patients usually come again: the models against published values, the home's own days.

test/flow/due_flow.py
"""
import datetime as dt
import os
import random
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "world")]
import home as homes  # noqa: E402
import tap  # noqa: E402
import world  # noqa: E402

# Fader, Hardie and Lee, Marketing Science 24(2), 2005: the CDNOW cohort.
PUBLISHED = {"bg_nbd": ({"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}, -9582.4),
             "pareto_nbd": ({"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}, -9595.0)}


def write(path, *lines):
    """A text file."""
    with open(path, "w", encoding="utf-8") as handle:
        handle.write("\n".join(lines) + "\n")
    return path


def check_published(report, home):
    """What was published is found again."""
    folder = world.shared("cdnow")
    if not folder:
        report.skip("the published fits", "the shared test data is not there")
        return
    path = os.path.join(folder, "cdnow_customers_summary.csv")
    found = home.json("due", "fit", path)
    report.equal(found["people"], 2357, "every person is read")
    for name, (parameters, best) in PUBLISHED.items():
        model = found["models"][name]
        off = {k: v for k, v in parameters.items() if abs(model["parameters"][k] - v) > 0.002}
        report.equal([list(model["parameters"]), off], [list(parameters), {}], f"{name} as published")
        report.ok(abs(model["log_likelihood"] - best) < 0.06, f"{name}'s log-likelihood", model)
    regular = found["models"]["regular_gap"]
    report.ok(regular["parameters"]["k"] == 1 and regular["log_likelihood"] < -9595,
              "who buys compact discs has no regular habit", regular)
    again = home.json("due", "fit", path)
    report.equal(again, found, "the same file, the same numbers")
    with open(path, encoding="utf-8") as handle:
        rows = [line.strip().split(",") for line in handle][1:]
    other = write(os.path.join(home.folder, "other.csv"), "T;x;t_x;who",
                  *[";".join([r[3], r[1], r[2], r[0]]) for r in reversed(rows)])
    report.equal(home.json("due", "fit", other), found, "whatever the order of columns and lines")


def regular_rows(seed, people, shape):
    """People who come every so often, more regularly than chance: gaps of a gamma of that shape."""
    draw, rows = random.Random(seed), []
    for _ in range(people):
        rate, time, seen = draw.gammavariate(4, 1 / 48), 0, []
        while True:
            time += draw.gammavariate(shape, 1 / rate)
            if time > 200:
                break
            seen.append(time)
        rows.append(f"{len(seen)},{seen[-1] if seen else 0:.3f},200")
    return rows


def check_regular(report, home):
    """Habits are told from chance."""
    path = os.path.join(home.folder, "regular.csv")
    for shape in (1, 4):
        found = home.json("due", "fit", write(path, "frequency,recency,age", *regular_rows(7, 800, shape)))
        model = found["models"]["regular_gap"]
        found_shape = model["parameters"]["k"]
        gap = found_shape * model["parameters"]["alpha"] / model["parameters"]["r"]
        report.ok(found_shape in ((1,) if shape == 1 else (3, 4, 5)) and abs(gap / (12 * shape) - 1) < 0.1,
                  f"gaps of shape {shape} are seen as such", model)
        better = model["log_likelihood"] > found["models"]["pareto_nbd"]["log_likelihood"] + 1
        report.equal(better, shape == 4, f"and fit better only where they are regular ({shape})")


def check_quotes(report, home):
    """A name with a comma is one cell."""
    rows = [f'"{n}, Jane",{row}' for n, row in enumerate(regular_rows(7, 60, 4))]
    plain = [f"{n},{row}" for n, row in enumerate(regular_rows(7, 60, 4))]
    path = os.path.join(home.folder, "names.csv")
    found = [home.json("due", "fit", write(path, "who,frequency,recency,age", *lines))
             for lines in (rows, plain)]
    report.equal(found[0], found[1], "a name with a comma is one cell")


def check_refusals(report, home):
    """What is no such file is refused with its line."""
    path = os.path.join(home.folder, "bad.csv")
    for lines, place in ((["ID,frequency,recency,T", "1,2,30,38", "2,x,1,38"], ":3"),
                         (["frequency,recency,T", "2,39,38"], ":2"), (["frequency,recency,T", "0,3,38"],
                                                                      ":2"),
                         (["frequency,recency,T", "1.5,3,38"], ":2"), (["frequency,recency,T", "1,nan,38"],
                                                                       ":2"),
                         (["frequency,recency,T", "-1,3,38"], ":2"), (["frequency,recency,T", "1,3"], ":2"),
                         (["Name,Phone,Email"], ":1"), (["frequency,recency,T"], ":1"), ([""], "")):
        code, _, said = home.code("due", "fit", write(path, *lines))
        report.ok(code == 1 and "bad.csv" + place in said, f"refused: {lines[-1][:24]!r}", f"{code} {said}")
    report.equal(home.code("due", "fit", path + ".no")[0], 1, "a file that is not there")
    for wrong in (["fit"], ["fits", path], ["fit", path, "x"], ["--service", "nope"]):
        report.equal(home.code("due", *wrong)[0], 2, f"wrong usage: {wrong[0]}")


def check_home(report, folder):
    """Everybody's own day, beside the definition's."""
    home = homes.Home(folder)
    today, draw = dt.date.today(), random.Random(3)
    patients, visits, habits = [], [], {}
    for i in range(60):
        gap = habits[f"P{i}"] = draw.choice([84, 126])
        patients.append(f"P{i},Ana{i},Moss{i},1980-02-03,P{i}@patients.example")
        day = today - dt.timedelta(days=40 + 3 * i % 40)
        for n in range(5):
            visits.append(f"A{i}-{n},P{i},{day} 10:00,Botox,completed")
            visits.append(f"B{i}-{n},P{i},{day} 11:00,Botox,completed")  # one visit, two rows
            day -= dt.timedelta(days=gap + draw.randint(-4, 4))
    patients.append("Q1,Few,Visits,1980-02-03,q1@patients.example")
    visits.append(f"C1,Q1,{today - dt.timedelta(days=9)} 10:00,Filler,completed")
    home.json("import", write(os.path.join(folder, "p.csv"),
                              "patient_id,first_name,last_name,birth_date,email",
                              *patients),
              write(os.path.join(folder, "a.csv"), "appointment_id,patient_id,start,service,status",
                    *visits))
    found = home.json("due")
    services = {s["service"]: s for s in found["services"]}
    report.equal([services["neurotoxin"]["people"], services["filler"]["models"]], [60, None],
                 "each service has its own, a rare one has none")
    rows = {p["patient"]: p for p in services["neurotoxin"]["patients"]}
    off = {p: (r["usual_gap_days"], habits[p]) for p, r in rows.items()
           if abs(r["usual_gap_days"] / habits[p] - 1) > 0.2}
    report.equal([len(rows), off], [60, {}], "everybody's own habit is found")
    faults = [r for r in rows.values() if r["visits"] != 5
              or (dt.date.fromisoformat(r["due"]) - dt.date.fromisoformat(r["last_visit"])).days
              != r["usual_gap_days"] or not 0 < r["still_coming"] <= 1 or not r["due_by_definition"]]
    report.equal(faults, [], "with its day, beside the definition's; two rows of a visit are one")
    days = [r["due"] for r in services["neurotoxin"]["patients"]]
    report.equal(days, sorted(days), "who is due first stands first")
    report.equal(home.json("due", "--service", "filler")["services"][0]["people"], 1, "one service alone")
    report.ok("usually every" in home.run("due") and "too few to say" in home.run("due"),
              "in words as well")
    report.equal(home.code("audit", "verify")[0], 0, "the reading is in the audit, and the audit holds")


def main():
    """All of it."""
    report = tap.Report()
    with tempfile.TemporaryDirectory(prefix="due.") as folder:
        try:
            os.makedirs(os.path.join(folder, "a"))
            os.makedirs(os.path.join(folder, "b"))
            home = homes.Home(os.path.join(folder, "a"))
            check_published(report, home)
            check_regular(report, home)
            check_quotes(report, home)
            check_refusals(report, home)
            check_home(report, os.path.join(folder, "b"))
        except (homes.Failed, OSError, LookupError, TypeError, subprocess.CalledProcessError) as fault:
            report.ok(False, "days were looked at to the end", repr(fault))
            raise
    sys.exit(report.finish())


if __name__ == "__main__":
    main()
