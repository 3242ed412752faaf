// audit_detail.ts: what an audit row tells of a deed, in words.
//
// Each field that any room writes stands in this table with the way in which it is told; check_words.mjs reads
// the rooms and holds the table against them. Numbers of things and fingerprints are told to nobody.
import { moment } from "../format";
import { known, n, said, t } from "../words";
import { ifKnown, withDays } from "../words/sentences";
import { kindWords } from "./kind";
import { tagWords } from "./reading";
import { titleOf } from "./titles";

type Way = "hidden" // an id, a hash, a number that says nothing
  | "own"      // somebody's words, a name, an address: as it was written
  | "there"    // that it is there at all
  | "count" | "yes_no" | "moment" | "version"
  | "parts"    // an object whose fields are told in turn
  | readonly string[]; // a code, and the catalogues that may have its words, in turn

const CAUSES = ["cause", "suppression", "reason", "exit", "gate", "verdict"] as const;
const STATES = ["state", "account", "run", "run_state", "proposal"] as const;
const PARTS = ["channel", "point", "of"] as const;

const ways: Readonly<Record<string, Way>> = {
  address: "own", among: "count", answer: "hidden", appointments: "count", arm: ["arm"], assignee: "there",
  attempt: "hidden", audience: "count", backlog: "yes_no", by: ["by"], change: ["change"], changed: "yes_no",
  channel: ["channel"], class: ["class"], code: ["gate", "exit", "reason", "cause"], consent: PARTS,
  consent_kept_revoked: PARTS, corrections: "count", created: "count", days_sooner: "count", days_waited: "count",
  delivery: ["state"], driver: "own", due_ms: "moment", edit_over: PARTS, edited: "yes_no", emptied: "parts",
  enrollments: "count", evidence: "own", fields: PARTS, file: "own", from: "version", gate: "parts", gone: "hidden",
  has_visit: "yes_no", hash: "hidden", health: ["health"], hold: ["hold"], kind: ["task", "point"], label: ["label"],
  labels: ["label"], language: ["language"], locations: "own", message: "hidden", messages: "count", model: "own",
  note: "hidden", occurrence: "count", others_go_on: "yes_no", outcome: ["outcome", "state"],
  patients: "hidden", people: "count",
  pilot: "yes_no", pilot_patients: "count", playbook: "hidden", preferred_by: ["source"], prompt: "hidden",
  provider_id: "hidden", purpose: ["purpose"], reason: CAUSES, records: "count", refuses: PARTS, rejected: "count",
  remembered: "count", removed: "parts", revoked: PARTS, role: ["role"], route: ["route"],
  rows: "count", rule: ["hold", "exit", "outcome", "reason", "gate"], scope: ["purpose"], scopes: "own",
  second_factor_asked: "yes_no", seq: "count", sha256: "hidden", snoozed_ms: "moment", source: ["source"],
  sources: "own", state: STATES, step: "count", stop: ["stop"], stopped: PARTS, tag: "own", tasks: "count",
  text: "hidden", times: "count", to: "version", tokens_in: "count", tokens_out: "count", touch: "own",
  touch_id: "hidden", touches: "count", until: "own", updated: "count", urgency: ["urgency"], user: "hidden", version: "version",
  was: ["task"], what: ["what"],
};

const ID = /^([0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32,})$/;
const label = (name: string) => known("detail", name) ?? known("fact", name.replace(/_ms$/, ""))
  ?? name.replace(/_ms$/, "").replaceAll("_", " ");

// Programs, not people: a colleague has a name.
export function actorWords(actor: string): string {
  const [kind = "", rest] = actor.split(":");
  return known("actor", kind) ? [said("actor", kind), rest && kind !== "user" ? rest : ""].filter(Boolean).join(": ")
    : actor;
}

function codeWords(catalogues: readonly string[], code: string): string {
  for (const one of catalogues) {
    const words = known(one, code);
    if (words !== null) return words;
  }
  return code.includes(":") && known("actor", code.split(":")[0]!) ? actorWords(code)
    : withDays(ifKnown(code)).replaceAll("_", " ");
}

// ["sms", "email"] came as a list, or as the text of one.
function listed(value: unknown): readonly unknown[] | null {
  if (Array.isArray(value)) return value;
  if (typeof value !== "string" || !value.startsWith("[")) return null;
  try {
    return JSON.parse(value) as unknown[];
  } catch {
    return null;
  }
}

function told(name: string, value: unknown): string | null {
  const way = ways[name] ?? "own";
  const all = listed(value) ?? [value];
  const text = (words: string) => `${label(name)}: ${words}`;
  if (Array.isArray(way)) return text(all.map((one) => codeWords(way, String(one))).join(", "));
  switch (way as Exclude<Way, readonly string[]>) {
    case "hidden": return null;
    case "there": return label(name);
    case "count": return text(String(value));
    case "yes_no": return text(value ? t("yes") : t("no"));
    case "moment": return text(moment(Number(value)));
    case "version": return typeof value === "string" && !ID.test(value) ? text(value.replace(/^sha256:(.{12}).*/, "$1")) : null;
    case "parts": case "own": break;
  }
  if (value && typeof value === "object" && !Array.isArray(value)) {
    const parts = detailOf(value);
    return parts && (way === "parts" ? text(parts) : parts);
  }
  return ID.test(String(value)) || (Array.isArray(value) && !value.length) ? null
    : text(typeof value === "boolean" ? t(value ? "yes" : "no") : withDays(all.map((one) => ifKnown(String(one))).join(", ")));
}

// Some fields are told in their own way, wherever they stand.
function wordsOf(name: string, value: unknown): string | null {
  const read = String(value);
  switch (name) {
    case "patients": return n("patients_count", Array.isArray(value) ? value.length : Number(value));
    case "playbook": return titleOf(read);
    case "tag": return tagWords(read);
    case "kind": return read.includes(".") ? kindWords(read) : codeWords(["task", "point"], read);
    case "outcome": case "role": case "what": return codeWords(ways[name] as readonly string[], read);
    case "stop": return `${label(name)}: ${read === "yes" ? t("yes") : read === "no" ? t("no") : said("stop", read)}`;
    default: return told(name, value);
  }
}

// Where a patient stood when somebody looked: a page, a list.
export const seenIn = (row: { action: string; subject_id: string | null }): string | null =>
  (/^patient\.(read|listed)$/.test(row.action) && row.subject_id ? known("seen", row.subject_id) : null);

export function detailOf(detail: unknown): string {
  return Object.entries((detail ?? {}) as Record<string, unknown>).filter(([, value]) => value !== null)
    .flatMap(([name, value]) => wordsOf(name, value) ?? []).join(" · ");
}
