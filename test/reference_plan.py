#!/usr/bin/python3
"""Who would enter neurotoxin-touch-up on a night, and why everybody else would not.

    test/reference_plan.py --at 2026-11-20T23:00 [--zone America/Chicago] [--consent-form]
                           [--adults-only] samples/*.csv

An independent reading of the rules over the CSV exports alone; it shares no code with the program.
Only the standard library is used. Output: one JSON object, {"at", "enter", "not", "counts"} as
`perennial plan --json` prints them, plus "facts" per patient (days, value, channels, household).

Reading of the rules, where a sentence leaves room:

 1. A day is a civil day of the practice's zone: days = local day of --at minus local day of the
    newest completed neurotoxin visit that began by then. Days 100 to 180 are inside, both included.
    A bare date as --at means the nightly run, 23:00 local.
 2. One person may have several records: the same birth date and the same mobile, email or name. The
    first record in the file names the person; flags, visits and opt-outs of all count.
 3. `booked` is any appointment after --at that is not cancelled, of any service. A visit that the
    records show as kept or missed after --at was a booking at that moment.
 4. do_not_contact is the patient's own marketing opt-out. opted_out holds when every address that
    the playbook could write to (mobile for texts, email) is closed by an opt-out, whoever used that
    address; a marketing opt-out closes the addresses of the one who gave it as well.
 5. unreachable: no usable mobile and no usable email. A home or work phone, a number with an
    extension and an impossible number are not usable for texts.
 6. no_consent: of the addresses left open, none has consent. Texts: an imported yes, under a consent
    form (written consent), used in the last 548 days (last visit, or the consent itself). Email: an
    imported yes. Blank, unknown and no are not yes; one record's no outweighs another's yes.
 7. Paused until D: D is the first day on which messages may go again.
 8. Adults are 18, in Alabama and Nebraska 19. A birth date that is missing or unreadable counts as
    a minor, unless --adults-only is given.
 9. Who would enter is everybody inside that no reason holds back. On a first night, those past
    day 100 already are backlog: 15 a day, most valuable first (sum of completed visits). Holdout
    depends on the program's hash of the household, so this script marks backlog and value and
    leaves the draw to the comparison (test/flow).
"""
import argparse
import collections
import csv
import datetime as dt
import json
import re
import sys
import zoneinfo

DUE_DAYS, LOST_DAYS = 100, 180
ADULT_YEARS = {"AL": 19, "NE": 19}  # everywhere else 18
STALE_DAYS = 548  # eighteen months
CATEGORY = "neurotoxin"
TRUE_WORDS = {"y", "yes", "true", "1", "x", "t", "on", "opted in", "opt in"}
GONE_STATUS = {"inactive", "archived", "discharged", "deleted", "merged"}
KEPT = {"completed", "complete", "fulfilled", "checkedout", "final"}
CALLED_OFF = {"cancelled", "canceled", "latecancel", "latecancelled", "latecanceled"}


def squeeze(text):
    """A heading or word without case, blanks and punctuation."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


ALIASES = {
    "dob": "birthdate", "dateofbirth": "birthdate", "birthday": "birthdate",
    "mobile": "mobilephone", "cell": "mobilephone", "cellphone": "mobilephone",
    "emailaddress": "email", "zipcode": "zip", "postalcode": "zip",
    "category": "servicecategory", "clientid": "patientid", "starttime": "start",
    "appointmentstatus": "status", "bookedat": "bookedon", "price": "total",
}


def read_table(path):
    """Rows of one export as dictionaries keyed by squeezed headings."""
    with open(path, encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.reader(handle))
    heads = [ALIASES.get(squeeze(h), squeeze(h)) for h in rows[0]]
    return [dict(zip(heads, map(str.strip, row))) for row in rows[1:] if any(row)]


def kind_of(rows):
    """Which export this is, by its columns."""
    columns = set(rows[0]) if rows else set()
    if {"patientid", "start", "status"} <= columns:
        return "appointments"
    if {"patientid", "firstname"} <= columns:
        return "patients"
    return "services" if {"service", "servicecategory"} <= columns else "other"


def yes(row, field):
    """True for a clear yes."""
    return row.get(field, "").lower() in TRUE_WORDS


def parse_day(text):
    """A civil day in ISO or US order, or None."""
    for shape in ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y"):
        try:
            return dt.datetime.strptime(text[:10].strip(), shape).date()
        except ValueError:
            continue
    return None


def parse_moment(text, zone):
    """A clock time in the practice's zone (the first of two equal ones), or None."""
    for shape in ("%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M",
                  "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"):
        try:
            moment = dt.datetime.strptime(text, shape)
            return moment if moment.tzinfo else moment.replace(tzinfo=zone)
        except ValueError:
            continue
    return None


def parse_cents(text):
    """Money as cents, 0 when there is none."""
    digits = re.sub(r"[^0-9.]", "", text)
    return round(float(digits) * 100) if digits else 0


def parse_mobile(text):
    """A North American number that can be texted, as E.164, or None."""
    if re.search(r"(x|ext\.?|#)\s*\d+$", text.lower()):
        return None
    digits = re.sub(r"\D", "", text)
    digits = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    if not re.fullmatch(r"[2-9]\d\d[2-9]\d{6}", digits):
        return None
    return None if digits[3:] == digits[3] * 7 or digits[1:3] == "11" else "+1" + digits


def parse_email(text):
    """A mail address in lower case, or None."""
    text = text.lower()
    return text if re.fullmatch(r"[^\s@<>,;]+@[a-z0-9-]+(\.[a-z0-9-]+)+", text) else None


def years_later(day, years):
    """The birthday; 29 February is kept on 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return dt.date(day.year + years, 3, 1)


class Person:
    """One human being: the records that describe them and their appointments."""

    def __init__(self, records):
        self.records = records
        self.patient_id = records[0]["patientid"]
        self.visits = []
        self.mobiles = self.addresses("mobilephone", parse_mobile)
        self.emails = self.addresses("email", parse_email)

    def addresses(self, field, parse):
        """Usable addresses of one kind, in the order of the records."""
        found = [parse(r.get(field, "")) for r in self.records]
        return list(dict.fromkeys(a for a in found if a))

    def any(self, field):
        """A flag set on any record."""
        return any(yes(r, field) for r in self.records)

    def first(self, field, parse):
        """The first readable value of a field."""
        return next(filter(None, (parse(r.get(field, "")) for r in self.records)), None)

    def consents(self, field):
        """A yes on record and no refusal."""
        refused = any(r.get(field, "").lower() in ("n", "no", "false", "0") for r in self.records)
        return self.any(field) and not refused


def identity_keys(record):
    """What makes two records one person: a birth date with a mobile, an email or a name."""
    birth = parse_day(record.get("birthdate", ""))
    if birth is None:
        return []
    name = " ".join((record.get("firstname", "") + " " + record.get("lastname", "")).lower().split())
    keys = [("mobile", parse_mobile(record.get("mobilephone", ""))),
            ("email", parse_email(record.get("email", ""))), ("name", name or None)]
    return [(birth, kind, value) for kind, value in keys if value]


def group_persons(rows):
    """Records joined through shared keys, each group in file order, an id seen twice once."""
    records = {}
    for row in rows:
        if row.get("patientid"):
            records[row["patientid"]] = {**records.get(row["patientid"], {}), **row}
    parent = {pid: pid for pid in records}

    def root(pid):
        while parent[pid] != pid:
            pid = parent[pid]
        return pid

    order = {pid: n for n, pid in enumerate(records)}
    owner = {}
    for pid, record in records.items():
        for key in identity_keys(record):
            one, two = sorted((root(owner.setdefault(key, pid)), root(pid)), key=order.get)
            parent[two] = one
    groups = collections.defaultdict(list)
    for pid, record in records.items():
        groups[root(pid)].append(record)
    return [Person(group) for group in groups.values()]


def attach_visits(persons, rows, services, zone):
    """Give every appointment to its person; those of unknown patients are left out."""
    owner = {r["patientid"]: p for p in persons for r in p.records}
    for row in rows:
        person = owner.get(row.get("patientid"))
        start = parse_moment(row.get("start", ""), zone)
        if person is None or start is None:
            continue
        category = row.get("servicecategory") or services.get(row.get("service", ""), "")
        person.visits.append({
            "start": start.astimezone(dt.timezone.utc), "day": start.astimezone(zone).date(),
            "status": squeeze(row.get("status", "")),
            "category": squeeze(category), "cents": parse_cents(row.get("total", ""))})


def closed_addresses(persons):
    """Addresses that an opt-out covers, whoever else uses them."""
    closed = set()
    for person in persons:
        every = person.any("marketingoptout")
        if every or person.any("smsoptout"):
            closed.update(person.mobiles)
        if every or person.any("emailunsubscribed"):
            closed.update(person.emails)
    return closed


def street_key(record):
    """An address as a key, or None when the street is unknown."""
    street = squeeze(record.get("address", ""))
    return (street, record.get("zip", "")[:5]) if street else None


def households(persons):
    """Patient id -> first id of the home: people who share a mobile, an email or an address."""
    parent = {p.patient_id: p.patient_id for p in persons}
    owner = {}

    def root(pid):
        while parent[pid] != pid:
            pid = parent[pid]
        return pid

    for person in persons:
        keys = person.mobiles + person.emails + [street_key(r) for r in person.records]
        for key in filter(None, keys):
            other = root(owner.setdefault(key, person.patient_id))
            if other != root(person.patient_id):
                parent[root(person.patient_id)] = other
    return {pid: root(pid) for pid in parent}


def kept_visits(person, at, category=None):
    """Completed visits that had begun by then."""
    return [v for v in person.visits if v["status"] in KEPT and v["start"] <= at
            and category in (None, v["category"])]


def future_booking(person, at):
    """The next appointment that stands in the book, or None."""
    ahead = [v["start"] for v in person.visits
             if v["start"] > at and v["status"] not in CALLED_OFF]
    return min(ahead, default=None)


def channels(person, closed, rules):
    """Channels of the playbook that may be used: address, no opt-out, consent."""
    found = []
    if person.consents("emailconsent") and any(a not in closed for a in person.emails):
        found.append("email")
    used = [v["day"] for v in kept_visits(person, rules.at)]
    used += filter(None, [person.first("consenton", parse_day)])
    fresh = bool(used) and (rules.today - max(used)).days <= STALE_DAYS
    if rules.consent_form and fresh and person.consents("smsconsent") \
            and any(a not in closed for a in person.mobiles):
        found.append("sms")
    return found


def reason_against(person, closed, rules):
    """The first reason of the contract's order that holds, or None."""
    day = rules.today
    addresses = person.mobiles + person.emails
    birth = person.first("birthdate", parse_day)
    adult = ADULT_YEARS.get(person.first("state", str.upper), 18)
    paused = [d for d in (parse_day(r.get("pauseduntil", "")) for r in person.records) if d]
    statuses = {squeeze(r.get("recordstatus", "")) for r in person.records}
    kept = kept_visits(person, rules.at, CATEGORY)
    days = (day - max(v["day"] for v in kept)).days if kept else None
    checks = [
        ("inactive", statuses & GONE_STATUS),
        ("deceased", person.any("deceased") or "deceased" in statuses),
        ("minor", not rules.adults_only and birth is None
         or birth is not None and years_later(birth, adult) > day),
        ("do_not_contact", person.any("marketingoptout")),
        ("opted_out", addresses and all(a in closed for a in addresses)),
        ("paused", any(d > day for d in paused)),
        ("billing_dispute", person.any("billingdispute")),
        ("clinical_concern", person.any("clinicalconcern")),
        ("staff_or_family", person.any("stafforfamily")),
        ("no_qualifying_visit", days is None),
        ("not_due_yet", days is not None and days < DUE_DAYS),
        ("window_passed", days is not None and days > LOST_DAYS),
        ("booked", future_booking(person, rules.at)),
        ("already_enrolled", person.patient_id in rules.enrolled),
        ("unreachable", not addresses),
        ("no_consent", not channels(person, closed, rules)),
    ]
    return next((name for name, holds in checks if holds), None)


def facts_of(person, closed, rules):
    """The values behind the verdict."""
    kept = kept_visits(person, rules.at, CATEGORY)
    days = (rules.today - max(v["day"] for v in kept)).days if kept else None
    return {"days": days, "backlog": days is not None and days > DUE_DAYS,
            "value": sum(v["cents"] for v in kept_visits(person, rules.at)),
            "channels": channels(person, closed, rules),
            "records": [r["patientid"] for r in person.records]}


def decide(persons, rules):
    """The verdict on every patient who ever had a neurotoxin appointment."""
    closed = closed_addresses(persons)
    homes = households(persons)
    answer = {"at": rules.at.isoformat(), "enter": [], "not": [], "facts": {}}
    for person in persons:
        if not any(v["category"] == CATEGORY for v in person.visits):
            continue
        reason = reason_against(person, closed, rules)
        if reason:
            answer["not"].append({"patient": person.patient_id, "reason": reason})
        else:
            answer["enter"].append({"patient": person.patient_id})
        answer["facts"][person.patient_id] = {
            **facts_of(person, closed, rules), "household": homes[person.patient_id]}
    counts = collections.Counter(row["reason"] for row in answer["not"])
    answer["counts"] = {"enter": len(answer["enter"]), **counts}
    return answer


def parse_at(text, zone):
    """An instant; a bare date is the nightly run, a clock time without offset is local."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        text += "T23:00"
    moment = dt.datetime.fromisoformat(text)
    return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)


def load(paths, zone):
    """Persons with their appointments, from the exports."""
    tables = collections.defaultdict(list)
    for path in paths:
        rows = read_table(path)
        tables[kind_of(rows)] += rows
    services = {r["service"]: r["servicecategory"] for r in tables["services"]}
    persons = group_persons(tables["patients"])
    attach_visits(persons, tables["appointments"], services, zone)
    return persons


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+")
    parser.add_argument("--at", required=True)
    parser.add_argument("--zone", default="America/Chicago")
    parser.add_argument("--consent-form", action="store_true",
                        help="the practice named the text that patients signed")
    parser.add_argument("--adults-only", action="store_true")
    parser.add_argument("--enrolled", default="", help="ids that are enrolled already, by commas")
    rules = parser.parse_args()
    zone = zoneinfo.ZoneInfo(rules.zone)
    rules.at = parse_at(rules.at, zone)
    rules.today = rules.at.date()
    rules.enrolled = set(filter(None, rules.enrolled.split(",")))
    json.dump(decide(load(rules.files, zone), rules), sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
