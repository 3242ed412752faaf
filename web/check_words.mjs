// check_words.mjs: every code that the server can send has words in the app. English is read here; a word that
// Spanish lacks does not compile.
//
// The codes are read where they stand: in the tables of the rooms, in the calls that write audit rows, in the
// API's own text, in the playbooks that are shipped. What is added there and has no words fails here.
//
// usage: node web/check_words.mjs   (prints TAP)
import { build } from "esbuild";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const text = (name) => readFileSync(join(root, name), "utf8");
const sources = new Map(readdirSync(join(root, "src"), { recursive: true }).filter((name) => name.endsWith(".c"))
  .map((name) => [`src/${name}`, text(`src/${name}`).replace(/\/\*[^]*?\*\//g, "").replace(/"\s*\n\s*"/g, "")]));
const words = new Set([...text("web/src/words/en.ts").matchAll(/^  ([a-z0-9_]+):/gm)].map(([, key]) => key));
const schemas = parse(text("src/http/api.yaml")).schemas;
const literals = (code) => [...code.matchAll(/"([^"\n]*)"/g)].map(([, one]) => one);

// ---- where codes stand ----

// The names of a table: `static const char *const NAME[...] = {...};`, found by its name, or with its size.
function table(file, name) {
  const head = name.includes("[") ? name.replace(/[[\]]/g, "\\$&") : `${name}\\[[^=;]*`;
  const found = new RegExp(`\\b${head}\\s*=\\s*\\{([^;]*?)\\};`).exec(sources.get(`src/${file}`) ?? "");
  if (!found) throw new Error(`src/${file} has no table ${name}`);
  return literals(found[1]).filter(Boolean);
}

// The first word of each row of a table of structs.
function firsts(file, name, at = 0) {
  const found = new RegExp(`\\b${name}\\[\\]\\s*=\\s*\\{([^;]*)\\};`).exec(sources.get(`src/${file}`) ?? "");
  if (!found) throw new Error(`src/${file} has no table ${name}`);
  return [...found[1].matchAll(/\{([^{}]*)\}/g)].map(([, row]) => literals(row)[at]);
}

// Whatever this expression catches in all sources.
function caught(pattern, files = /./) {
  const found = [...sources].filter(([name]) => files.test(name)).flatMap(([, code]) =>
    [...code.matchAll(pattern)].flatMap((one) => one.slice(1).filter(Boolean)));
  if (!found.length) throw new Error(`nothing reads like ${pattern}`);
  return found;
}

// What the API's shapes say is one of some words; those that were asked for are remembered.
const asked = new Set();
const choices = (type) => (/^"?\[?[a-z_0-9]+(\|[a-z_0-9]+)+[\]~]*$/.test(type)
  ? type.replace(/[[\]~]/g, "").split("|").filter((one) => one !== "null") : null);
function oneOf(...fields) {
  return fields.flatMap((place) => {
    const [shape, field] = place.split(".");
    const found = choices(schemas[shape]?.[field] ?? "");
    if (!found) throw new Error(`${place} is no choice of words`);
    asked.add(place);
    return found;
  });
}

// Statements that write an audit row, and the names in them.
const ACTION = /^[a-z_]+\.[a-z_]+$/;
const WRITES = /\b(audit_\w+|outbox__audit|api_reads|note|finish)\s*\(|\.action\s*=|\baction\s*=|\bconst char \*action/;
function actions() {
  const found = [...sources].filter(([name]) => !/^src\/(change\/|template\/|source\/kind)/.test(name))
    .flatMap(([, code]) => code.split(";").filter((one) => WRITES.test(one))
      .flatMap((one) => literals(one.slice(one.search(WRITES)))).filter((one) => ACTION.test(one)));
  const drafts = table("draft/draft_store.c", "names").map((state) => `draft.${state}`)
    .filter((one) => !/\.(chosen|asking)$/.test(one)); // between two states, never an end
  const steps = caught(/stepper_event\(&?\w+, "(\w+)"/g).map((kind) => `enrollment.${kind}`);
  const ends = caught(/outbox_end\([^;]*?TOUCH_([A-Z_]+)/g).filter((state) => state !== "SENT") // its assertion
    .map((state) => `touch.${state.toLowerCase()}`);
  return [...new Set([...found, ...drafts, ...steps, ...ends])];
}

// What stands between commas that are in no bracket and no string.
function argumentsOf(code) {
  const found = [""];
  for (let at = 0, deep = 0; at < code.length && deep >= 0; at++) {
    const [text] = code[at] === '"' ? /^"(?:[^"\\]|\\.)*"/.exec(code.slice(at)) : [code[at]];
    deep += "([{".includes(text) ? 1 : ")]}".includes(text) ? -1 : 0;
    if (text === "," && deep === 0) found.push("");
    else if (deep >= 0) found[found.length - 1] += text;
    at += text.length - 1;
  }
  return found.map((one) => one.trim());
}

// What a row tells beside its name: the fields of every object that is written as its detail.
function details() {
  const fields = new Set([...caught(/page_note\([\w>-]+, "(\w+)"/g), ...caught(/revoked_by \? "(\w+)" : "(\w+)"/g)]);
  const WRITES_DETAIL = /\baudit_write|outbox__audit\(|audit_state\(|audit_thread\(|struct audit_entry\)|json_t \*detail_of/;
  const PACKS = /(?:\bdetail\b\s*=[^;]*?|outbox__audit\([^;]*?|audit_state\([^;]*?)json_pack\(([^;]*);/g;
  for (const body of [...sources].filter(([name]) => !/^src\/(cmd|template|triage)\//.test(name))
    .flatMap(([, code]) => code.split(/\n\}\n/)).filter((one) => WRITES_DETAIL.test(one))) {
    for (const [, packed] of body.matchAll(PACKS)) {
      const [format, ...values] = argumentsOf(packed);
      for (const [, kind] of format.matchAll(/s\??:(\w)/g)) {
        fields.add(values.shift()?.replaceAll('"', ""));
        if (kind !== "n") values.shift();
      }
    }
    for (const [, one] of body.matchAll(/json_object_set(?:_new)?\(\s*(?:detail|folding->notes),\s*"(\w+)"/g)) fields.add(one);
  }
  return [...fields];
}

// Exits, holds and tasks of the playbooks that are shipped.
const books = readdirSync(join(root, "playbooks")).filter((name) => name.endsWith(".yaml"))
  .map((name) => parse(text(`playbooks/${name}`)));
const ofBooks = (key) => books.flatMap((book) => Object.keys(book[key] ?? {}));

// ---- which words they have ----

const exits = [...ofBooks("exits"), ...caught(/\bexit = "(\w+)"/g), ...caught(/exit_take\(\w+, "(\w+)"/g),
  ...[...text("src/journey/journey.sql").matchAll(/exit = '(\w+)'/g)].map(([, exit]) => exit)];
const reasons = table("audience/audience.c", "REASONS").filter((one) => one !== "enter");
const gate = table("gate/gate.c", "code_names");
const labels = table("triage/names.c", "label_names");
const tasks = [...firsts("playbook/playbook_touch.c", "tasks"), ...firsts("http/api_note.c", "all", 1),
  ...caught(/static const struct duty \w+ = \{\s*"(\w+)"/g), ...caught(/effect->task = "(\w+)"/g),
  ...caught(/struct task_plan \w+ = \{[^;]*?\.kind = "(\w+)"/g), ...caught(/hold->task = [^;]*"(\w+)"[^;]*"(\w+)"/g),
  ...caught(/add_task\([^;"]*"(\w+)"/g),
  ...[...`${text("src/engine/booking.h")}${text("src/engine/waitlist.h")}`.matchAll(/_TASK "(\w+)"/g)]
    .map(([, kind]) => kind)];
const outcomes = [...table("http/api_task.c", "usual"), ...table("note/note.c", "names[NOTE_OUTCOME_MAX]"),
  ...caught(/outcome = refuses \? "(\w+)" : draft\.changed \? "(\w+)" : "(\w+)"/g),
  ...[...text("src/engine/booking.h").matchAll(/_IMPOSSIBLE "(\w+)"/g)].map(([, one]) => one)];
const stops = [...caught(/\breason = "(\w+)"/g, /src\/(http|inbox|engine\/settle|engine\/apply)/),
  ...[...text("src/record/record.sql").matchAll(/reason IN \(([^)]*)\)/g)].flatMap(([, list]) =>
    [...list.matchAll(/'(\w+)'/g)].map(([, one]) => one))];

const kinds = [...caught(/stepper_event\(&?\w+, "(\w+)"/g), ...caught(/journey_event event = \{\.kind = "(\w+)"/g),
  ...caught(/add_step\(\w+, (?:\w+ \? )?"(\w+)"/g, /explain\.c/), ...caught(/"(touch|gate):%s"/g)];

const facts = [...caught(/set_value\(step, "(\w+)"/g), ...caught(/json_object_set_new\(values, "(\w+)"/g, /explain\.c/),
  ...caught(/\bdetail_\w+\(judging, "(\w+)"/g)];

const causes = [...caught(/opening_let_go\([^;]*?"([\w ]+)"/g), ...caught(/waitlist_end\([^;]*?"(\w+)"/g),
  ...caught(/inbox_cancel_tasks\([^;]*?"(\w+)", reterr_why/g), ...caught(/status == GONE \? "(\w+)" : "(\w+)"/g),
  ...caught(/postman__turn_off\(\s*tx, [\w>-]+, "(\w+)"/g), ...caught(/tx, ask, [^;]*? \? "(\w+)" : "(\w+)", reterr/g),
  ...caught(/"reason", "(\w+)", "tasks"/g)].map((one) => one.replaceAll(" ", "_"));

const lists = {
  seen: [...caught(/api_reads_list\(api, "(\w+)"/g), ...caught(/add_names\(api, "(\w+)"/g), ...caught(/read_items\([^;]*"(\w+)", &items/g),
    ...caught(/"patient\.(?:read|listed)",[^;]*?"(\w+)"/g).filter((one) => one !== "patients")],
  by: [...caught(/\.by = (?:\w+ \? "(\w+)" : )?"(\w+)"/g, /src\/account/), ...caught(/"by", \w+ \? "(\w+)" : "(\w+)"/g)],
  cause: causes,
  detail: caught(/\{&sql_\w+, "\w+", "([a-z_]+)", (?:true|false)\}/g), // what an erasure counts
  change: [...caught(/note_file\([^;]*?"(\w+)", why/g), ...caught(/\bput\(api, \w+, \w+, "(\w+)"/g)],
  proposal: table("opening/proposal.c", "names"),
  source: caught(/\.source = "(\w+)"/g, /src\/(engine|http|record|inbox)/),
  account: oneOf("User.state"),
  answer: oneOf("Explanation.answer"),
  arm: oneOf("Enrollment.arm", "MigrationPerson.arm", "ReportPerson.arm"),
  audit: actions().map((one) => one.replace(".", "_")),
  attached: oneOf("Message.attachments", "Thread.attachments", "TaskItem.attachments", "TimelineItem.attachments",
    "SummarySaid.attachments", "SearchHit.attachments").concat(firsts("http/hook.c", "media", 1)),
  channel: oneOf("Thread.channel", "Consent.channel", "Patient.preferred_channel", "Draft.channel",
    "Confirmation.channel", "TestSend.channel").concat(oneOf("Suppression.channel")),
  class: oneOf("Consent.class", "SummaryConsent.class"),
  exit: exits,
  fact: facts,
  flag: table("http/api_patient.c", "names").filter((one) => one !== "paused"), // which is told with its day
  gate, gate_means: gate, gate_remedy: gate,
  health: table("record/preference.c", "health_names"),
  hold: [...ofBooks("holds"), ...caught(/#define HOLD_\w+ "(\w+)"/g)],
  import: oneOf("ImportProgress.step"),
  issue: table("source/report.c", "code_names"),
  label: labels,
  language: oneOf("User.language", "Canned.language", "Suggestion.language"),
  migrate: oneOf("MigrationTouch.change"),
  next: oneOf("NoteReading.next").concat(table("note/note.c", "names[NOTE_NEXT_MAX]")),
  outcome: outcomes,
  point: table("record/address.c", "source_names"),
  purpose: oneOf("Consent.purpose", "Suppression.scope", "SummaryConsent.purpose", "PlaybookItem.purpose"),
  queue: oneOf("TaskItem.queue"),
  reason: [...reasons, ...caught(/conclude\([^;"]*"\w+"[^;"]*(?:"\w+", )?[^;"]*"(\w+)"(?: : "(\w+)")?\)/g)],
  role: oneOf("User.role"), role_does: oneOf("User.role"),
  route: oneOf("Message.route", "Verdict.route"),
  rule: kinds.filter((one) => !reasons.includes(one)),
  run: oneOf("PlaybookItem.run", "Applied.run"),
  run_state: oneOf("Enrollment.state", "Automation.state", "MigrationPerson.state"),
  same: oneOf("Duplicate.why", "DuplicatePair.why"),
  state: [...table("outbox/outbox_read.c", "state_names"), ...table("record/appointment.c", "status_names"),
    ...oneOf("TaskItem.state", "Delivery.state")],
  stay: oneOf("MigrationPerson.reason"),
  suppression: stops,
  task: tasks,
  urgency: oneOf("Message.urgency", "Verdict.urgency", "Thread.urgency"),
  verdict: oneOf("Draft.answer", "ReplyPreview.answer").concat(table("gate/gate.c", "answer_names")),
  wording: oneOf("TemplateItem.wording"),
  zone: oneOf("Thread.zone"),
};

// Choices of the API that decide what a page looks like and are never read themselves.
const unsaid = ["Session.state", "Session.must", "Setup.state", "Thread.state", "TouchNode.kind", "Opening.state", "Waiting.state", "Waiting.source", "Message.kind",
  "ModelDraft.state", "TimelineItem.kind", "SearchHit.kind", "ReplyPreview.encoding", "ContactPoint.channel",
  "ContactPoint.marketing", "ContactPoint.care"];

// Fields of what stands inside a detail: the gate's, a patient's wait.
const inside = ["among", "days_sooner", "days_waited", "has_visit", "preferred_by", "hold", "outcome", "playbook", "seq"];

let number = 0;
function check(sentence, work) {
  number++;
  let wrong = [];
  try {
    wrong = work();
  } catch (error) {
    wrong = [error.stack];
  }
  console.log(`${wrong.length ? "not ok" : "ok"} ${number} - ${sentence}`);
  for (const line of wrong) console.log(`# ${line}`);
  if (wrong.length) process.exitCode = 1;
}

for (const [prefix, codes] of Object.entries(lists))
  check(`${prefix}: ${new Set(codes).size} codes of the server have words`, () => [...new Set(codes)]
    .map((code) => `${prefix}_${code}`).filter((key) => !words.has(key)).map((key) => `no words for ${key}`));
check("every choice of the API's shapes has words, or is named as never read", () =>
  Object.entries(schemas).flatMap(([shape, fields]) => Object.entries(fields)
    .filter(([, type]) => typeof type === "string" && choices(type)).map(([field]) => `${shape}.${field}`))
    .filter((place) => !asked.has(place) && !unsaid.includes(place)));
check("no words are kept for an audit row that nobody writes", () => {
  const written = new Set(lists.audit);
  const others = ["empty", "sub"]; // of the page
  return [...words].filter((key) => key.startsWith("audit_")).map((key) => key.slice(6))
    .filter((one) => !written.has(one) && !others.includes(one));
});

check("every audit row that is written can be searched for by its words", () => {
  const offered = [...text("web/src/words/actions.ts").matchAll(/"([a-z_]+\.[a-z_]+)"/g)].map(([, one]) => one);
  const written = new Set(actions());
  return [...[...written].filter((one) => !offered.includes(one)), ...offered.filter((one) => !written.has(one))];
});
check("every field of an audit row is told in its own way, and has words; none is told that nobody writes", () => {
  const table = text("web/src/rooms/audit_detail.ts");
  const ways = new Map([.../const ways[^=]*= \{([^]*?)\n\};/.exec(table)[1].matchAll(/(\w+): (\[[^\]]*\]|"\w+"|[A-Z]+)/g)]
    .map(([, name, way]) => [name, way]));
  const special = new Set([...table.matchAll(/case "(\w+)":/g)].map(([, name]) => name));
  const told = (name) => ways.get(name) === '"hidden"' || special.has(name)
    || words.has(`detail_${name.replace(/_ms$/, "")}`) || words.has(`fact_${name.replace(/_ms$/, "")}`);
  const written = details();
  return [...written.filter((name) => !ways.has(name) || !told(name)),
    ...[...ways.keys()].filter((name) => !written.includes(name) && !inside.includes(name)).map((name) => `nobody writes ${name}`)];
});
check("what an export may hold has words", () => [...new Set(caught(/\.name = "\w+\.(\w+)"/g, /source\/kind/))]
  .filter((one) => !words.has(`holds_rows_${one}`)));

// ---- sentences ----

const said = [...sources.values()].join("\n").toLowerCase();
const catalogue = new Map(["sentences_es", "findings_es"].flatMap((name) => [...text(`web/src/words/${name}.ts`)
  .matchAll(/^  "((?:[^"\\]|\\.)+)":\s*"((?:[^"\\]|\\.)*)",/gm)].map(([, key, says]) => [key, says])));
const CONVERSION = /%(?:\d\$)?[-.\d]*(?:l*|z)[sdgfuci]/g;
const values = (format) => format.replaceAll("%%", "").match(CONVERSION)?.length ?? 0;

check(`what the app says in Spanish for ${catalogue.size} sentences of the server, the server says`, () => {
  const stands = (piece) => !piece || piece === "%s" || said.includes(`"${piece}`) || said.includes(`"%s, ${piece}`);
  return [...catalogue.keys()].filter((key) => !(key.includes("¦")
    ? key.split("¦").every((piece) => stands(piece.replace(/^[ ,]+(%s$)?|[ ,]+$/g, "").toLowerCase()))
    : stands(key.toLowerCase())));
});
check("what stands in a sentence stands in its Spanish, too", () => [...catalogue].filter(([key, says]) =>
  values(key) !== values(says)).map(([key]) => key));

// Whoever adds a sentence of one of these kinds adds its Spanish.
const KINDS = [[/^src\/playbook\/playbook(_read|_rules|_touch|_lint|_keys|)\.c/, /\breader_(error|warn)\(/],
  [/^src\/audience\/definitions/, /\b(yaml_error|definitions_warn)\(/],
  [/^src\/audience\/expression/, /\b\w*(error|wrong|refuse)\w*\(/],
  [/^src\/template\/(lint|liquid|liquid_expr|piece|set|markdown|sms)\.c/, /\b(problem_add|liquid_error)\(/],
  [/^src\/source\/(cell|row|load|survey)\.c/, /\b(issue_add|cell_\w+|note_\w+|warn\w*|reject\w*|plan_refuse)\(/],
  [/^src\/gate\/check_/, /\b(drop|wait|answer|refuse\w*|verdict_\w+)\(/],
  [/^src\/http\/api/, /\bapi_(wrong|refuse|refuse_why)\(/],
  [/^src\/(store|env|record|inbox|opening\/(hold|opening|proposal|waitlist)|account)/, /\bwhy_(set|hint)\(/]];
// Of what is away or busy the server tells that alone, and its log the rest.
const UNTOLD = /\bERR_(IO|PROVIDER|BUSY)\b|\breterr_why, err,|"GET \//;
check("what is said of a file, a row, a message or a field has its Spanish", () => {
  const missing = [...sources].flatMap(([name, code]) => KINDS.filter(([files]) => files.test(name))
    .flatMap(([, calls]) => code.split(";").filter((one) => calls.test(one) && !UNTOLD.test(one))
      .flatMap((one) => [...one.slice(one.search(calls)).matchAll(/"((?:[^"\\\n]|\\.)*)"/g)].map(([, one2]) => one2))
      .filter((one) => /^[\w`{%'"\\].*[a-z]+ [a-z{]+ /i.test(one))));
  const known = new Set([...catalogue.keys()].map((key) => key.toLowerCase()));
  return [...new Set(missing)].filter((one) => !known.has(one.toLowerCase().replace(/\.$/, "")));
});
// Each sentence as the server would send it, with values in it, through the app's own reading.
const folder = mkdtempSync(join(tmpdir(), "perennial-words-"));
const made = join(folder, "words.mjs");
globalThis.localStorage = { getItem: () => "es" };
globalThis.document = { documentElement: {} };
await build({ stdin: { contents: 'export * from "./sentences"; export { all } from "./sentences_es";', loader: "ts",
  resolveDir: join(root, "web/src/words") }, outfile: made, bundle: true, format: "esm", logLevel: "warning" });
const { all, readSentences, inWords, inPassing, ifKnown, withDays } = await import(made).finally(() =>
  rmSync(folder, { recursive: true }));
const VALUES = ["neurotoxin", "Ana Ruiz", "touch-2", "Dr. Chen", "9mo", "due(x)"];
const fill = (format) => {
  let next = 0;
  return format.replaceAll("¦", "").replace(/%(?:(\d)\$)?[-.\d]*(?:l*|z)([sdgfuci])|%%/g, (whole, place, kind) => {
    if (whole === "%%") return "%";
    const at = place ? Number(place) - 1 : next++;
    return /[diuf]/.test(kind) ? String(14 + at) : kind === "g" ? `${2 + at}.5` : VALUES[at] ?? "more";
  });
};
readSentences(all);
check("every sentence comes out in its own Spanish, whatever stands in it", () => Object.entries(all)
  .filter(([key, says]) => inPassing(fill(key)) !== fill(says).replace(/^./, (one) => one.toLowerCase()))
  .map(([key]) => `${key}: ${inPassing(fill(key))}`));
check("a sentence begins large and ends; what is wrong and what to do are two halves; the rest stays", () => [
  [inWords("there is no touch `touch`"), "No hay ningún contacto `touch`."],
  [inWords("this touch lacks `day`"), "A esto (contacto) le falta `day`."],
  [inWords("Did you mean `sms`?"), "¿Quería decir `sms`?"],
  [inWords("the file is empty; export it again"), "El archivo está vacío; expórtelo otra vez."],
  [inWords("something nobody has put into Spanish"), "Something nobody has put into Spanish."],
  [inWords("playbooks/neurotoxin.yaml:3:1"), "playbooks/neurotoxin.yaml:3:1"],
  [ifKnown("Ana Ruiz"), "Ana Ruiz"], [withDays("until 2026-03-02"), "until 2 mar 2026"],
].filter(([is, wanted]) => is !== wanted).map(([is, wanted]) => `${is} instead of ${wanted}`));
console.log(`1..${number}`);
