// session.ts: who is here, and what happens when they have been away.
//
// A session ends by itself after minutes without a key or a touch, whatever the page fetches on its
// own meanwhile; what is on screen is covered, not lost. Whoever signs in again goes on where they
// were; somebody else starts afresh.
import { computed, signal } from "@preact/signals";
import { forgetAll, touched } from "../api/answers";
import { call, onSessionEnd, Problem, type Shapes } from "../api/client";
import { hush, listen } from "../api/live";
import { forgetActs, resume } from "../api/pending";
import { forgetDrafts } from "../drafts";
import { zone } from "../format";
import { setLanguage } from "../words";

export type Session = Shapes["Session"];

export type Here =
  | { readonly is: "unknown" }
  | { readonly is: "unreachable" }
  | { readonly is: "fresh"; readonly practice: string | null }
  | { readonly is: "out" }
  | { readonly is: "second_factor" }
  | { readonly is: "in"; readonly session: Session };

export const here = signal<Here>({ is: "unknown" });
export const covered = signal<"ended" | "idle" | null>(null); // the page stays below
export const warned = signal(false); // a minute before the end

export const session = computed(() => (here.value.is === "in" ? here.value.session : null));
export const may = (permission: string) => session.value?.permissions.includes(permission) ?? false;

// Whoever is limited to locations sees figures of these alone, and does not act for all of them.
export const limits = computed(() => session.value?.user?.locations ?? null);
export const everywhere = computed(() => limits.value === null);

let waiting: ((again: boolean) => void)[] = [];

export function entered(next: Session): void {
  if (next.state === "second_factor") {
    if (!covered.peek()) here.value = { is: "second_factor" };
    return;
  }
  const before = here.peek();
  if (before.is === "in" && before.session.user?.user_id !== next.user?.user_id) {
    forgetActs();
    forgetDrafts();
    location.reload();
    return;
  }
  here.value = { is: "in", session: next };
  zone.value = next.practice?.zone ?? zone.peek();
  if (before.is !== "in" && next.user) void setLanguage(next.user.language);
  moved();
  if (next.must.length === 0 && next.permissions.includes("events.read")) listen();
  if (covered.peek()) {
    covered.value = null;
    touched(["*"]);
  }
  for (const go of waiting.splice(0)) go(true);
  if (next.user && next.must.length === 0) resume(next.user.user_id);
}

export async function begin(): Promise<void> {
  try {
    entered((await call("get", "/api/v1/session", { alone: true })).data);
  } catch (error) {
    if (!(error instanceof Problem) || error.status === 0) {
      here.value = { is: "unreachable" };
      setTimeout(() => void begin(), 3_000);
      return;
    }
    try {
      const setup = (await call("get", "/api/v1/setup", { alone: true })).data;
      here.value = setup.state === "fresh" ? { is: "fresh", practice: setup.practice ?? null }
        : { is: "out" };
    } catch {
      here.value = { is: "out" };
    }
  }
}

export async function refreshSession(): Promise<void> {
  entered((await call("get", "/api/v1/session")).data);
}

onSessionEnd(() => new Promise((resolve) => {
  waiting.push(resolve);
  hush();
  if (here.peek().is === "in") covered.value ??= "ended";
  else here.value = { is: "out" };
}));

export async function leave(): Promise<void> {
  hush();
  try {
    await call("delete", "/api/v1/session", { alone: true });
  } catch { /* ended already */ }
  forgetActs();
  forgetDrafts();
  forgetAll();
  for (const go of waiting.splice(0)) go(false);
  location.hash = "";
  location.reload();
}

// ---- idle: counted over all tabs, by keys and pointers only ----

let told = 0;
function moved(): void {
  const now = Date.now();
  if (now - told < 2_000) return;
  told = now;
  localStorage.setItem("moved_at", String(now));
  warned.value = false;
}
for (const kind of ["pointerdown", "keydown", "wheel", "touchmove"] as const)
  addEventListener(kind, () => { if (session.peek() && !covered.peek()) moved(); },
    { passive: true, capture: true });

setInterval(() => {
  const current = session.peek();
  if (!current || covered.peek()) return;
  const at = Number(localStorage.getItem("moved_at") ?? Date.now());
  const left = at + current.idle_logoff_min * 60_000 - Date.now();
  warned.value = left < 60_000 && left > 0;
  if (left > 0) return;
  covered.value = "idle";
  warned.value = false;
  hush();
  void call("delete", "/api/v1/session", { alone: true }).catch(() => {});
}, 5_000);
