#!/usr/bin/python3
"""What taking in the exports of a large practice costs.  bench/import_bench.py [PATIENTS]

One list of patients, looked at, taken in, and taken in again unchanged, as who imports every night
does. Rows a second of the whole command, and the processor's seconds, which a busy machine leaves
alone.
"""
import os
import resource
import sys
import tempfile
import time

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(ROOT, "test", "flow"), os.path.join(ROOT, "test", "world"),
                os.path.join(ROOT, "tools")]
import home as homes  # noqa: E402
import sample_names as words  # noqa: E402

PATIENTS = 100_000
HEADINGS = ("Patient ID,First Name,Last Name,Date of Birth,Mobile Phone,Email,SMS Consent,"
            "Email Consent,Consent On,Consent Source,Created On\n")


def write_patients(path, count):
    """A practice's list."""
    firsts, lasts = words.FIRST, words.LAST
    with open(path, "w", encoding="utf-8") as handle:
        handle.write(HEADINGS)
        for i in range(count):
            handle.write(
                f"B{i:06},{firsts[i % len(firsts)]},{lasts[i * 13 % len(lasts)]},"
                f"{1 + i % 12:02}/{1 + i % 28:02}/{1950 + i % 50},512{200 + i // 9000}{1000 + i % 9000},"
                f"p{i}@example.org,{'Yes' if i % 3 else ''},Yes,01/28/2025,Intake form,01/28/2025\n")


def busy_s():
    """The processor's seconds of all commands so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PATIENTS
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "patients.csv")
        write_patients(path, count)
        home = homes.Home(folder)
        for what, more in (("looked at", ["--dry-run"]), ("taken in", []), ("again", [])):
            began, busy = time.monotonic(), busy_s()
            home.run("import", path, *more)
            spent, worked = time.monotonic() - began, busy_s() - busy
            print(f"{what:10} {count / spent:9.0f} rows/s  {spent:6.1f} s, "
                  f"{worked:5.1f} s of the processor", flush=True)


if __name__ == "__main__":
    main()
