// live.ts: what changed, told by the server.
//
// One stream of events. An event names a topic and an id, never a person; what reads that topic asks
// again. After a lost connection the browser resumes with the last event's id by itself; where the
// server does not know that id any more it says "reset", and everything on screen asks again.
import { signal } from "@preact/signals";
import { touched } from "./answers";
import { call, offline, unaskedFor } from "./client";
import { sendWaiting } from "./pending";

const TOPICS = ["thread", "task", "patient", "playbook", "touch", "import", "settings", "staff"];
const QUIET_MS = 3_000; // how long a lost connection may last before it is shown

export const live = signal<"on" | "lost" | "off">("off");
let source: EventSource | null = null;
let lost = 0;

function heard(event: MessageEvent<string>): void {
  const topics: string[] = [event.type];
  try {
    const told = JSON.parse(event.data) as Record<string, unknown>;
    for (const id of [told["patient_id"], told["subject_id"]])
      if (typeof id === "string") topics.push(`${event.type}:${id}`);
  } catch { /* a topic without more */ }
  touched(topics);
}

export function listen(): void {
  if (source) return;
  source = new EventSource("/events");
  source.onopen = () => {
    clearTimeout(lost);
    if (live.peek() === "lost" || offline.peek()) touched(["*"]);
    live.value = "on";
    offline.value = false;
  };
  source.onerror = () => {
    clearTimeout(lost);
    lost = window.setTimeout(() => { live.value = "lost"; }, QUIET_MS);
    if (source?.readyState === EventSource.CLOSED) { // refused: the browser does not try again
      source = null;
      setTimeout(() => { if (live.peek() !== "off") listen(); }, 15_000);
    }
  };
  for (const topic of TOPICS) source.addEventListener(topic, heard);
  source.addEventListener("reset", () => touched(["*"]));
}

// The connection is tried until it is back; then what waited goes out and everything is read again.
const PROBE_MS = 2_500;
let probing = 0;

function probe(): void {
  void unaskedFor(() => call("get", "/api/v1/setup", { alone: true })).catch(() => {});
}

addEventListener("offline", () => { offline.value = true; });
addEventListener("online", probe);
let was = false;
offline.subscribe((now) => {
  clearInterval(probing);
  probing = now ? window.setInterval(probe, PROBE_MS) : 0;
  if (was && !now) {
    sendWaiting();
    touched(["*"]);
    if (live.peek() !== "off" && !source) listen();
  }
  was = now;
});

export function hush(): void {
  source?.close();
  source = null;
  clearTimeout(lost);
  live.value = "off";
}
