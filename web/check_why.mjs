// check_why.mjs: what the page "why" makes one line of, and what it does not.
//
// usage: node web/check_why.mjs   (prints TAP)
import { build } from "esbuild";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { check, end } from "./check_same.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), "perennial-why-"));
const made = join(folder, "why.mjs");
await build({ entryPoints: [join(root, "web/src/rooms/explain_fold.ts")], outfile: made, bundle: true, format: "esm",
  logLevel: "warning" });
const { fold } = await import(made).finally(() => rmSync(folder, { recursive: true }));

const day = (n) => `2026-03-${String(n).padStart(2, "0")}T15:00:00Z`;
const gate = (n, code, more = {}) => ({ rule: "gate:nudge", expression: "QH-1", result: false, source: "verdict",
  values: { at: day(n), answer: "wait", code, detail: JSON.stringify({ state: "TX", local_time: `${n}`, ...more }) } });
const held = (n) => ({ rule: "held", expression: "question", result: true, source: "enrollment_event", values: { at: day(n) } });
const told = (folds) => folds.map((one) => [one.step.rule, one.times, one.from, one.to]);

const waits = [3, 1, 2].map((n) => gate(n, "quiet_hours"));
check("waits for one reason are one line, with their count and their span", told(fold(waits)),
  [["gate:nudge", 3, day(1), day(3)]]);
check("it tells what was the same each time", fold(waits)[0].values,
  [["answer", "wait"], ["code", "quiet_hours"], ["state", "TX"]]);
check("another reason is another line", told(fold([gate(1, "quiet_hours"), gate(2, "cap"), gate(3, "quiet_hours")])),
  [["gate:nudge", 2, day(1), day(3)], ["gate:nudge", 1, day(2), day(2)]]);
check("what comes between does not part them", told(fold([held(1), gate(2, "cap"), held(3)])),
  [["held", 2, day(1), day(3)], ["gate:nudge", 1, day(2), day(2)]]);
const touch = { rule: "touch:nudge", expression: "a", result: true, source: "x.yaml:3", values: { at: day(1), state: "sent" } };
check("two messages, and rules without a moment, stay as they are",
  fold([touch, touch, { ...held(1), values: {} }, { ...held(1), values: {} }]).map((one) => one.times), [1, 1, 1, 1]);
end();
