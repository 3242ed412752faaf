// explain_fold.ts: what was decided again and again for one reason is one line with its count and its span.
import type { Shapes } from "../api/client";

type Step = Shapes["ExplainStep"];
export type Value = readonly [name: string, read: unknown];

export interface Fold {
  readonly step: Step;
  values: readonly Value[]; // of several: what was the same each time
  times: number;
  from: string;
  to: string;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

// Numbers of things and fingerprints say nothing to a person; whose playbook it is stands above.
const ID = /^([0-9a-f]{8}-[0-9a-f-]{27}|(sha256:)?[0-9a-f]{32,})$/;
const UNSAID = ["playbook", "playbook_title"];

// What stands inside another value is told beside it; what nobody knew is left out of what was recorded.
function told(values: Record<string, unknown>, asked: string): Value[] {
  return Object.entries(values).flatMap(([name, read]): Value[] => {
    if (UNSAID.includes(name) || (name !== "version" && typeof read === "string" && ID.test(read))) return [];
    const inner = typeof read === "string" && read.startsWith("{") ? parsed(read) : read;
    if (inner && typeof inner === "object" && !Array.isArray(inner))
      return told(inner as Record<string, unknown>, asked);
    if (Array.isArray(inner)) return [[name, inner.join(", ")]];
    return read === null && (asked === ALWAYS || !asked.includes(name)) ? [] : [[name, read]];
  });
}

export const ALWAYS = "every rule"; // of the gate was asked
const REASONS = ["answer", "code", "reason", "touch", "rule", "hold", "exit"];
const readOf = (values: readonly Value[], wanted: string) => values.find(([name]) => name === wanted)?.[1];

// What a step says without the moment at which it said so; a message or a call is never one with another.
function senseOf(step: Step, values: readonly Value[]): string {
  return JSON.stringify([step.rule, step.expression, step.result, REASONS.map((name) => readOf(values, name))]);
}

export function fold(steps: readonly Step[]): Fold[] {
  const folds: Fold[] = [];
  const bySense = new Map<string, Fold>();
  for (const step of steps) {
    const values = told((step.values ?? {}) as Record<string, unknown>, step.expression ?? "");
    const at = readOf(values, "at");
    const moment = typeof at === "string" && !step.rule.startsWith("touch:") ? at : "";
    const sense = senseOf(step, values);
    const same = moment ? bySense.get(sense) : undefined;
    if (same) {
      same.times++;
      same.values = same.values.filter(([name, read]) => readOf(values, name) === read);
      if (new Date(moment) < new Date(same.from)) same.from = moment;
      if (new Date(moment) > new Date(same.to)) same.to = moment;
    } else {
      const one = { step, values, times: 1, from: moment, to: moment };
      folds.push(one);
      if (moment) bySense.set(sense, one);
    }
  }
  return folds;
}
