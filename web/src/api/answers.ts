// answers.ts: what the server said last, kept by address.
//
// A page shows the kept answer at once and asks again; a live change of a topic makes every answer
// that reads it ask again. `change` writes a guess into the kept answer before the server has said
// so, and hands back the way home.
import { signal, type Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Problem, unaskedFor } from "./client";

export interface Kept<T> {
  readonly data: T | undefined;
  readonly problem: Problem | undefined;
  readonly asking: boolean;
}

interface Entry {
  readonly state: Signal<Kept<unknown>>;
  topics: readonly string[];
  load: (stop: AbortSignal) => Promise<unknown>;
  users: number;
  stale: boolean;
  stop: AbortController | null;
  usedAt: number;
  askedAt: number;
}

const ENTRIES_MAX = 120; // answers kept for going back; some hundred KiB
const entries = new Map<string, Entry>();

async function ask(entry: Entry): Promise<void> {
  entry.stop?.abort();
  const stop = entry.stop = new AbortController();
  entry.stale = false;
  entry.askedAt = performance.now();
  entry.state.value = { ...entry.state.peek(), asking: true };
  try {
    const data = await entry.load(stop.signal);
    if (entry.stop === stop) entry.state.value = { data, problem: undefined, asking: false };
  } catch (error) {
    if (entry.stop !== stop || stop.signal.aborted || (error instanceof DOMException && error.name === "AbortError"))
      return;
    entry.stale = true;
    const problem = error instanceof Problem ? error
      : new Problem(0, "error", String(error), "", [], "error");
    const gone = problem.status === 404 || problem.status === 403; // what was kept of it goes, too
    entry.state.value = { data: gone ? undefined : entry.state.peek().data, problem, asking: false };
  }
}

function forget(): void {
  if (entries.size <= ENTRIES_MAX) return;
  const idle = [...entries].filter(([, entry]) => entry.users === 0)
    .sort(([, a], [, b]) => a.usedAt - b.usedAt);
  for (const [key] of idle.slice(0, entries.size - ENTRIES_MAX)) entries.delete(key);
}

function entryOf(key: string, topics: readonly string[],
  load: (stop: AbortSignal) => Promise<unknown>): Entry {
  let entry = entries.get(key);
  if (!entry) {
    entry = { state: signal<Kept<unknown>>({ data: undefined, problem: undefined, asking: true }),
      topics, load, users: 0, stale: true, stop: null, usedAt: 0, askedAt: 0 };
    entries.set(key, entry);
    forget();
  }
  entry.topics = topics;
  entry.load = load;
  return entry;
}

const nothing: Kept<never> = { data: undefined, problem: undefined, asking: false };

export interface Used<T> extends Kept<T> { readonly again: () => void }

export function useAnswer<T>(key: string | null, topics: readonly string[],
  load: (stop: AbortSignal) => Promise<T>): Used<T> {
  const entry = key === null ? null : entryOf(key, topics, load);
  useEffect(() => {
    if (!entry) return;
    entry.users++;
    entry.usedAt = performance.now();
    void ask(entry);
    return () => {
      entry.users--;
      entry.usedAt = performance.now();
      if (entry.users > 0 || !entry.state.peek().asking) return;
      entry.stop?.abort(); // nobody waits for it any more
      entry.stop = null;
    };
  }, [key]);
  const state = (entry ? entry.state.value : nothing) as Kept<T>;
  return { ...state, again: () => { if (entry) void ask(entry); } };
}

export function change<T>(key: string, guess: (data: T) => T): () => void {
  const entry = entries.get(key);
  const before = entry?.state.peek() as Kept<T> | undefined;
  if (!entry || before?.data === undefined) return () => {};
  entry.state.value = { ...before, data: guess(before.data) };
  return () => { entry.state.value = before; };
}

// One burst of events asks once, and a stream of them every so often: while the engine sends, each
// message is an event, and what counts all of them need not be counted for each.
const BURST_MS = 60;
const STREAM_MS = 1_500;
const COUNTS_MS = 10_000;
const waiting = new Set<string>();
let flushAt = 0;
let flushTimer = 0;

function flush(): void {
  flushAt = performance.now();
  flushTimer = 0;
  const told = new Set(waiting);
  waiting.clear();
  for (const entry of entries.values()) {
    const hits = entry.topics.filter((topic) => told.has(topic));
    if (!hits.length && !told.has("*")) continue;
    if (entry.users === 0) entry.stale = true;
    else if (hits.every((topic) => topic === "touch") && !told.has("*")
      && flushAt - entry.askedAt < COUNTS_MS) waiting.add("touch");
    else void unaskedFor(() => ask(entry));
  }
  if (waiting.size) plan(COUNTS_MS);
}

function plan(wait: number): void {
  if (!flushTimer) flushTimer = window.setTimeout(flush, wait);
}

export function touched(topics: readonly string[]): void {
  const counting = waiting.size === 0 || [...waiting].every((topic) => topic === "touch");
  for (const topic of topics) waiting.add(topic);
  if (counting && flushTimer && topics.some((topic) => topic !== "touch")) {
    clearTimeout(flushTimer);
    flushTimer = 0;
  }
  plan(Math.max(BURST_MS, flushAt + STREAM_MS - performance.now()));
}

// What this desk itself did is read again at once.
export function freshen(topics: readonly string[]): void {
  for (const topic of topics) waiting.add(topic);
  clearTimeout(flushTimer);
  flushTimer = window.setTimeout(flush, 0);
}

export function forgetAll(): void {
  for (const [key, entry] of [...entries]) {
    entry.stop?.abort();
    if (entry.users === 0) entries.delete(key);
  }
}
