/* help.c: see help.h. */
#include "cmd/help.h"

const char help_init[] =
    "usage: perennial [--home DIR] init [--practice NAME] [--timezone ZONE]\n"
    "                                   [--state XX]\n"
    "                                   [--consent-form FILE]\n\n"
    "Makes a home: settings, definitions, the shipped playbooks (paused) and\n"
    "templates, keys. Every channel has the null driver: all is decided and\n"
    "recorded, nothing leaves.\n\n"
    "  --practice NAME      the practice's name as patients know it\n"
    "  --timezone ZONE      IANA name, like America/Chicago (the default)\n"
    "  --state XX           two letters of the practice's state (TX)\n"
    "  --consent-form FILE  the text that patients signed; with it an imported\n"
    "                       consent of Y counts as written, without it no marketing\n"
    "                       text is allowed\n\n"
    "Keep secrets/*.key somewhere else too: without store.key the data cannot be\n"
    "read.\n";

const char help_import[] =
    "usage: perennial import FILE... [--as KIND] [--map FILE] [--dry-run] [--json]\n\n"
    "Takes exports in. The kind is found from the headings; running it twice changes\n"
    "nothing; a file that is truncated or wrong changes nothing at all.\n\n"
    "  --as KIND   the kind, when it is not found (generic.patients,\n"
    "              jane.appointments ...)\n"
    "  --map FILE  which heading is which field, date order, zone: docs/import.md\n"
    "  --dry-run   read, check and count everything, change nothing\n\n"
    "Refused rows name row, column, code and remedy. Exit 1 when a file is refused,\n"
    "or when every row of one is. Due dates are counted from completed visits: an\n"
    "export whose past visits are all booked, confirmed or arrived is told so.\n";

const char help_check[] =
    "usage: perennial check [FILE...] [--json]\n\n"
    "Reads settings, definitions, playbooks, templates, knowledge and schedules and\n"
    "says what is wrong, with file, line and column: types, rules, treatment words,\n"
    "text segments, lint. Changes nothing and needs no database. With FILEs, only\n"
    "what was found in those, and what keeps the home from being read. Exit 1 when\n"
    "there is an error, or a FILE is not one of the home's.\n";

const char help_plan[] =
    "usage: perennial plan [PLAYBOOK] [--at TIME] [--diff] [--out FILE] [--json]\n\n"
    "Who would enter, what each would get and when, who would not and why. Changes\n"
    "nothing; works for a paused playbook too. PLAYBOOK may be left out where the\n"
    "home has only one.\n\n"
    "  --at TIME   2026-03-01T23:00:00 (the practice's time), the same with -06:00\n"
    "              or Z, or a date (then at the hour of the scan)\n"
    "  --diff      against the running version: who gains, loses or keeps what,\n"
    "              which messages read otherwise\n"
    "  --out FILE  saves the plan: what `apply` takes\n";

const char help_apply[] =
    "usage: perennial apply PLAN [--larger-audience] [--json]\n\n"
    "Carries out exactly a plan that `plan --out` saved: the playbook runs with this\n"
    "version from now on, and the patients in the plan enter. Refuses when the world\n"
    "has moved, and when the audience grew beyond `audience_growth` unless\n"
    "--larger-audience says it may.\n";

const char help_pilot[] =
    "usage: perennial pilot PLAYBOOK [--patients N] [--json]\n\n"
    "Runs the playbook with at most N patients (10 to 20 are a good start; left out:\n"
    "as many as its `pilot` says); everybody else is not_in_pilot until `plan` and\n"
    "`apply` let it go on.\n";

const char help_pause[] =
    "usage: perennial pause [PLAYBOOK]\n\n"
    "Stops a playbook: nobody enters, nothing of it leaves. Without a name: stops\n"
    "all sending of the practice. What waits longer than its playbook allows is\n"
    "skipped, never piled up.\n";

const char help_resume[] =
    "usage: perennial resume [PLAYBOOK]\n\n"
    "Lets a playbook go on as it was before the pause. Without a name: lifts the\n"
    "stop of all sending.\n";

const char help_explain[] =
    "usage: perennial explain PATIENT [PLAYBOOK | waitlist] [--at TIME] [--all]\n"
    "                         [--json]\n\n"
    "Why something was or was not sent. Without PLAYBOOK: of each playbook what\n"
    "decided, a line for every message, hold and end. With one: also every rule that\n"
    "was asked, with the values it read. Of who waits for a time: what was named to\n"
    "them, and why nothing is named now. PATIENT is the booking system's id, a\n"
    "phone, an email or an exact name.\n\n"
    "  --at TIME  as of then: 2026-03-01T23:00:00 (the practice's time), the same\n"
    "             with -06:00 or Z, or a date (at the hour of the scan)\n"
    "  --all      every rule of every playbook, and each answer of the gate by\n"
    "             itself\n"
    "  --json     the same, one object a line for each playbook\n";

const char help_serve[] =
    "usage: perennial serve [--listen ADDR:PORT]\n\n"
    "The web app, the API, scheduler, channels, webhooks and patient pages in one\n"
    "process. SIGHUP reads the settings again, SIGTERM finishes what is under way\n"
    "and stops within 10 seconds. While nobody has an account it prints a link that\n"
    "makes the first owner.\n\n"
    "  --listen ADDR:PORT  instead of the settings' (127.0.0.1:8080); port 0 takes a\n"
    "                      free one\n";

const char help_tick[] =
    "usage: perennial tick --until TIME [--speed max] [--listen ADDR:PORT] [--json]\n\n"
    "Runs the scheduler on a virtual clock up to TIME through the configured\n"
    "channels. Refuses while a channel's address is not on this machine. A home that\n"
    "has been ticked keeps its clock: later commands begin from there. The clock\n"
    "begins at the present moment and never goes back: a past TIME is refused, for\n"
    "no day can be played again. `plan --at TIME` and `explain PATIENT --at TIME`\n"
    "say what a past day would have decided; `simulate` plays whole years.\n\n"
    "  --until TIME        2026-03-31T18:00:00 (the practice's time), the same with\n"
    "                      -05:00 or Z, or a date (at the hour of the scan)\n"
    "  --speed max         as fast as the machine allows (the default and only\n"
    "                      speed)\n"
    "  --listen ADDR:PORT  takes callbacks and patient pages meanwhile, as serve\n"
    "                      does\n";

const char help_receive[] =
    "usage: perennial receive --from ADDRESS --text TEXT [--at TIME] [--json]\n\n"
    "A message as if a patient had sent it: it is read and acted on at once. What\n"
    "answers it is queued, and leaves when `serve` or `tick` runs. ADDRESS is a\n"
    "phone number or an email address.\n\n"
    "  --at TIME  when it came: now, or earlier; later only where `tick` moves the\n"
    "             clock. Without an offset it is the practice's time\n";

const char help_simulate[] =
    "usage: perennial simulate [--seed N] [--days N] [--patients N] [--faults LIST]\n"
    "                          [--json]\n\n"
    "A simulated practice and world on the real engine, with a checker for every\n"
    "promise. The seed is printed first; the same seed gives the same bytes. Needs\n"
    "no home. Exit 1 when a promise is broken.\n\n"
    "  --seed N       0 .. 2^63-1 (1)\n"
    "  --days N       1 .. 1000 (60)\n"
    "  --patients N   1 .. 100000 (300)\n"
    "  --faults LIST  comma-separated: timeout, refuse, late, double, crash,\n"
    "                 restart, stale; all (the default) or none\n";

const char help_report[] =
    "usage: perennial report [--from DATE] [--to DATE] [--playbook NAME]\n"
    "                        [--html FILE] [--json]\n\n"
    "Per playbook and in all: entered, contacted, delivered, answered, booked,\n"
    "showed, opted out, revenue, staff time, and the lift over the patients who were\n"
    "left out on purpose.\n\n"
    "  --from, --to     days of entry, both included\n"
    "  --playbook NAME  this playbook alone\n"
    "  --html FILE      one self-contained page with charts\n";

const char help_due[] =
    "usage: perennial due [--service NAME] [--at TIME] [--json]\n"
    "       perennial due fit FILE [--json]\n\n"
    "When each patient usually comes again for each service, learnt from the\n"
    "practice's own completed visits, beside what definitions.yaml says; and how\n"
    "likely they are to come at all. Shows, and changes nothing: playbooks go by\n"
    "definitions.yaml. A service needs 30 patients.\n\n"
    "  fit FILE        the models alone, over lines of ID,frequency,recency,T:\n"
    "                  repeat visits, time of the last one and age since the first,\n"
    "                  in one unit. bg_nbd, pareto_nbd and regular_gap, with\n"
    "                  parameters and log-likelihood\n"
    "  --service NAME  this service of definitions.yaml alone\n"
    "  --at TIME       as of then\n";

const char help_search[] =
    "usage: perennial search TEXT... [--json]\n\n"
    "Finds patients (name, id, phone, email; with a typo, too), what was said and\n"
    "noted, tasks, tags, appointments ahead and playbooks. Reading a patient is\n"
    "written to the audit.\n";

const char help_train[] =
    "usage: perennial train [--dry-run | --undo] [--json]\n\n"
    "Learns from the messages whose reading somebody here has corrected, and reads\n"
    "with that from then on, also in a running serve. It is tried first on texts of\n"
    "people whom it has not learned from: where one emergency or stop would be lost,\n"
    "or others be read less well, it is tried weaker, and then refused (exit 1). The\n"
    "corrected texts stay in this store.\n\n"
    "  --dry-run  tries, and says what would come of it\n"
    "  --undo     reads as before the last time\n";

const char help_waitlist[] =
    "usage: perennial waitlist [list] [--json]\n"
    "       perennial waitlist add PATIENT [--service NAME] [--said TEXT] [--json]\n"
    "       perennial waitlist remove PATIENT [--json]\n\n"
    "Who waits for a time that is not free yet, the longest first. When one becomes\n"
    "free it is held for whom it helps most, and named to them by text, or the desk\n"
    "calls. Needs schedules.yaml. `explain PATIENT` tells what they were named and\n"
    "why nothing yet.\n\n"
    "  --service NAME  of schedules.yaml; without it what they had last\n"
    "  --said TEXT     which times suit: \"Saturdays\", \"weekdays after 4\"; without it\n"
    "                  any\n\n"
    "remove: what is held for them goes to the next one; exit 1 when they do not\n"
    "wait.\n";

const char help_audit[] =
    "usage: perennial audit verify [--json]\n"
    "       perennial audit show --patient ID [--json]\n\n"
    "verify: reads every chain and names the first broken row (exit 1). show: one\n"
    "patient's trail: every decision, send, reply, view and change.\n";

const char help_inspect[] =
    "usage: perennial inspect optout|reply|phone|sms\n"
    "       perennial inspect template [FILE]\n\n"
    "One line in (standard input), one JSON object out: what the engine makes of it.\n"
    "A line is plain text or {\"text\": \"...\", \"prior\": \"...\"}, where prior is our\n"
    "message before it. Needs no home.\n\n"
    "  reply     what a patient means by it, how urgent it is, who answers it, and\n"
    "            why\n"
    "  optout    whether it asks to stop, to start again, or for help\n"
    "  phone     whether it is a number, of which kind, in which time zones and\n"
    "            states\n"
    "  sms       encoding, segments and units as a text message\n"
    "  template  what a message says and needs; FILE: a whole file instead of lines\n";

const char help_user[] =
    "usage: perennial user add EMAIL [--name NAME] [--role ROLE] [--locations A,B]\n"
    "                                [--base URL] [--json]\n"
    "       perennial user link EMAIL [--base URL] [--json]\n"
    "       perennial user list | disable EMAIL | enable EMAIL [--json]\n\n"
    "add: an account with a link that signs in once, within three days; the person\n"
    "sets a password there. link: a new such link, for who has lost the password.\n"
    "disable: signs out and keeps out, until enable.\n\n"
    "  --role ROLE       owner, manager, front_desk (when not given), clinician,\n"
    "                    consultant (no patients) or auditor\n"
    "  --locations A,B   only patients of these locations, as the visits name them\n"
    "  --base URL        where the app is reached, when it is not public_url\n";

const char help_key[] =
    "usage: perennial key add NAME --scopes A,B [--days N] [--json]\n"
    "       perennial key list | revoke ID [--json]\n\n"
    "A key for a program that uses the API: Authorization: Bearer KEY. It is shown\n"
    "once.\n\n"
    "  --scopes A,B  what it may do, of these: inbox.read inbox.write patients.read\n"
    "                patients.write playbooks.read playbooks.write playbooks.plan\n"
    "                playbooks.pause playbooks.run reports.read reports.people\n"
    "                audit.read audit.patient settings.read settings.write\n"
    "                settings.keys imports.read imports.write staff.read staff.write\n"
    "                keys.manage events.read search\n"
    "  --days N      ends by itself after so many days\n";

const char help_backup[] =
    "usage: perennial backup FILE\n\n"
    "A consistent copy of the store while others work, encrypted with the same key.\n"
    "The key is not in it: keep secrets/ apart. PostgreSQL stores are backed up with\n"
    "pg_dump.\n";

const char help_restore[] =
    "usage: perennial restore FILE\n\n"
    "Puts a backup back in place of the store. Opt-outs that are newer than the\n"
    "backup are kept, and all sending is paused until `resume`: what the backup does\n"
    "not know was sent already. A backup from before a `rekey` is opened with the\n"
    "old key that is kept in secrets/. Wants the home to itself: stop `serve` first.\n";

const char help_rekey[] =
    "usage: perennial rekey\n\n"
    "Encrypts the store with a new key and writes it to secrets/store.key; the old\n"
    "one is kept as secrets/store.key.old (then .old.2 and so on), with which\n"
    "`restore` opens the backups made before. Wants the home to itself: stop `serve`\n"
    "first.\n";

const char help_export[] =
    "usage: perennial export --patient ID [--json]\n\n"
    "Everything that is known about one person as one JSON object, for that person\n"
    "(45 CFR 164.524): records as imported, addresses, consents with evidence,\n"
    "visits, every message with its text, every decision, notes, tasks, times named,\n"
    "waiting, drafts, who read and changed what. The export itself is written to the\n"
    "audit. Its parts: docs/operations.md.\n\n"
    "  --patient ID  the booking system's id, a phone, an email or an exact name\n"
    "  --json        on one line\n";

const char help_erase[] =
    "usage: perennial erase --patient ID [--yes] [--by EMAIL] [--json]\n"
    "       perennial erase --readmit ID [--yes] [--by EMAIL] [--json]\n\n"
    "Forgets a person: name, addresses, records, tags, visits, what they wrote, what\n"
    "was written to them, notes, tasks, drafts, waiting. HIPAA gives no right to\n"
    "that; state laws do where a practice is not under it. The medical record is the\n"
    "booking system's and is not touched. Stays, without a name, an address or a\n"
    "word:\n\n"
    "  opt-outs, as a keyed hash of the address, for ever: no later import undoes\n"
    "    them\n"
    "  that there was consent, when something was sent, by which rule, the hash of\n"
    "    its words\n"
    "  what reports count; the times of visits to come; the audit log (ids alone)\n\n"
    "Without --yes it says who it is and what would go, and changes nothing. Later\n"
    "imports refuse their rows (code erased). Backups made before still hold them:\n"
    "see docs/operations.md.\n\n"
    "  --patient ID  the booking system's id, a phone, an email or an exact name\n"
    "  --readmit ID  an erased person's id, phone or email: the next import may\n"
    "                bring them again, as somebody new; what they had stopped stays\n"
    "                stopped\n"
    "  --yes         do it; it cannot be taken back\n"
    "  --by EMAIL    whose account the audit names, instead of the command line\n";

const char help_doctor[] =
    "usage: perennial doctor [--json]\n\n"
    "What stands in the way of sending: consent form, postal address, agreements\n"
    "with vendors, age of the booking data, paused playbooks, template problems,\n"
    "open doubts, store size; and who waits: messages that may be urgent, tasks that\n"
    "are late, whom an emergency would call. A line with !! says what to do. Exit 1\n"
    "when there is one.\n";

const char help_migrate[] =
    "usage: perennial migrate\n\n"
    "Brings the store to this version's schema, and does nothing else. Every command\n"
    "does so as it begins; here it is done while nothing else runs. Wants the home\n"
    "to itself: stop `serve` first.\n";

const char help_completion[] = "usage: perennial completion bash\n\n"
                               "Prints a completion script: source <(perennial completion bash)\n";
