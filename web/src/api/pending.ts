// pending.ts: acts on their way out, kept in this tab until the server has answered.
//
// An answer to a patient, the end of a task: such an act cannot be taken back on the server, so it is
// held here for some seconds with its way back. Then it is sent, and sent again with the same
// Idempotency-Key until an answer comes, over a lost connection, a reload and a restart of the server:
// it is done once. What is refused gives its words back to the field that they were written in.
import { computed, signal } from "@preact/signals";
import { forgetDrafts, putDrafts } from "../drafts";
import { freshen } from "./answers";
import { offline, Problem, request } from "./client";

export interface Act {
  readonly id: string;
  readonly path: string;
  readonly method?: "DELETE"; // else POST
  readonly body: unknown;
  readonly drafts: Readonly<Record<string, string>>;
  readonly topics: readonly string[];
  readonly etag?: string; // of what was read before it was done
  readonly about?: { readonly name: string; readonly to: string }; // whom it is for, and where it was written
}
type State = "held" | "sending" | "waiting";
interface Live { readonly act: Act; readonly state: State }

const STORE = "acts";
const AGAIN_MS = 3_000;

export const acts = signal<readonly Live[]>([]);
export const waitingActs = computed(() =>
  acts.value.filter((one) => one.state === "waiting").length);
export const refused = signal<ReadonlyMap<string, Problem>>(new Map()); // by the name of a draft

const timers = new Map<string, number>();
const after = new Map<string, (problem: Problem | null) => void>();
const behind = new Set<string>(); // their time has come, but an earlier one of the same place is not done

function keep(next: readonly Live[]): void {
  acts.value = next;
  if (next.length) sessionStorage.setItem(STORE, JSON.stringify(next.map((one) => one.act)));
  else sessionStorage.removeItem(STORE);
}

function mark(id: string, state: State): void {
  keep(acts.peek().map((one) => (one.act.id === id ? { ...one, state } : one)));
}

function settle(act: Act): void {
  clearTimeout(timers.get(act.id));
  timers.delete(act.id);
  keep(acts.peek().filter((one) => one.act.id !== act.id));
}

// Nobody has answered: the connection, or a server that is starting again.
const unanswered = (problem: Problem) => problem.status === 0 || problem.status === 429
  || (problem.status >= 502 && problem.status <= 504);

// What goes to one place goes in the order in which it was done.
function isBehind(act: Act): boolean {
  const all = acts.peek();
  return all.findIndex((one) => one.act.path === act.path) < all.findIndex((one) => one.act.id === act.id);
}

function sendNext(path: string): void {
  const next = acts.peek().find((one) => one.act.path === path)?.act;
  if (next && behind.delete(next.id)) void send(next);
}

async function send(act: Act, leaves = false): Promise<void> {
  if (acts.peek().some((one) => one.act.id === act.id && one.state === "sending")) return;
  if (!leaves && isBehind(act)) {
    behind.add(act.id);
    return;
  }
  clearTimeout(timers.get(act.id));
  mark(act.id, "sending");
  let problem: Problem | null = null;
  try {
    await request(act.path, { method: act.method ?? "POST", body: act.body, key: act.id, etag: act.etag });
  } catch (error) {
    problem = error instanceof Problem ? error : new Problem(0, "error", String(error), "", [], "");
  }
  if (problem && unanswered(problem)) {
    mark(act.id, "waiting");
    timers.set(act.id, window.setTimeout(() => void send(act), AGAIN_MS));
    return;
  }
  settle(act);
  freshen(act.topics);
  if (problem) {
    refused.value = new Map([...refused.peek(),
      ...Object.keys(act.drafts).map((name) => [name, problem] as const)]);
    putDrafts(act.drafts);
  }
  after.get(act.id)?.(problem);
  after.delete(act.id);
  sendNext(act.path);
}

// Sends after `hold_ms`; `then` is told what became of it, unless the page was left meanwhile.
export function post(given: Omit<Act, "id">, hold_ms: number,
  then: (problem: Problem | null) => void): string {
  const act: Act = { id: crypto.randomUUID(), ...given };
  keep([...acts.peek(), { act, state: "held" }]);
  after.set(act.id, then);
  forgive(Object.keys(act.drafts));
  if (hold_ms > 0) timers.set(act.id, window.setTimeout(() => void send(act), hold_ms));
  else void send(act);
  return act.id;
}

export function takeBack(id: string): boolean {
  const found = acts.peek().find((one) => one.act.id === id && one.state === "held");
  if (!found) return false;
  settle(found.act);
  after.delete(id);
  behind.delete(id);
  putDrafts(found.act.drafts);
  sendNext(found.act.path);
  return true;
}

export function forgive(names: readonly string[]): void {
  if (names.some((name) => refused.peek().has(name)))
    refused.value = new Map([...refused.peek()].filter(([name]) => !names.includes(name)));
}

// Called when somebody has signed in: what this tab still owes is sent, if they are the same person.
export function resume(user_id: string): void {
  if (sessionStorage.getItem("of") !== user_id) {
    forgetActs();
    forgetDrafts();
    sessionStorage.setItem("of", user_id);
    return;
  }
  const known = new Set(acts.peek().map((one) => one.act.id));
  const stored = JSON.parse(sessionStorage.getItem(STORE) ?? "[]") as readonly Act[];
  keep([...acts.peek(), ...stored.filter((act) => !known.has(act.id))
    .map((act) => ({ act, state: "waiting" as const }))]);
  sendWaiting();
}

export function sendWaiting(): void {
  for (const one of acts.peek()) if (one.state === "waiting") void send(one.act);
}

export function forgetActs(): void {
  for (const one of acts.peek()) settle(one.act);
  sessionStorage.removeItem(STORE);
}

addEventListener("pagehide", () => {
  for (const one of acts.peek()) if (one.state === "held") void send(one.act, true);
});
addEventListener("beforeunload", (event) => {
  if (offline.peek() && acts.peek().length) event.preventDefault();
});
