// main.tsx: the rooms in the order of a patient's way, and which of them is on screen.
import { render, type ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Bones, Gone } from "./parts/basic";
import { Lines, Questions } from "./parts/over";
import { place, room, swap } from "./router";
import { home, isOpen, Shell } from "./shell/shell";
import { Cover, Enter, Must, Outside } from "./rooms/enter";
import { Today } from "./rooms/today";
import { PatientDeeds } from "./rooms/patient_deeds";
import { begin, here } from "./rooms/session";
import { loadWords, t } from "./words";
import "./theme";

// The first page comes at once, the others when they are asked for.
const rooms: Record<string, () => Promise<ComponentType>> = {
  inbox: async () => (await import("./rooms/inbox")).Inbox,
  patients: async () => (await import("./rooms/patients")).Patients,
  waitlist: async () => (await import("./rooms/waitlist")).Waitlist,
  playbooks: async () => (await import("./rooms/playbooks")).Playbooks,
  reports: async () => (await import("./rooms/reports")).Reports,
  settings: async () => (await import("./rooms/settings")).Settings,
  audit: async () => (await import("./rooms/audit")).Audit,
  start: async () => (await import("./rooms/start")).Start,
};
const loaded = new Map<string, ComponentType>();

function useRoom(name: string | null): ComponentType | null | "nowhere" {
  const [, again] = useState(0);
  useEffect(() => {
    const load = name === null ? undefined : rooms[name];
    if (name === null || !load || loaded.has(name)) return;
    load().then((Part) => {
      loaded.set(name, Part);
      again((count) => count + 1);
    }, () => location.reload()); // a newer program is being served: its page names other files
  }, [name]);
  if (name === null || name === "today") return Today;
  if (!rooms[name]) return "nowhere";
  return loaded.get(name) ?? null;
}

function Inside() {
  const Part = useRoom(room.value === "enter" ? null : room.value);
  useEffect(() => { document.title = `${title()} · Perennial`; }, [room.value]);
  const way = home();
  const begins = place.value.path.length === 0 && !isOpen(room.value); // at the first page, which is another's
  useEffect(() => { if (begins) swap(way.room); }, [begins]);
  if (begins) return null;
  const dead = Part === "nowhere" ? "page" : isOpen(room.value) ? null : "role";
  if (room.value === "start" && !dead && Part && Part !== "nowhere") return <Part />;
  return <Shell>{dead ? <Gone what={dead} to={`#/${way.room}`} back={t(way.says)} />
    : Part && Part !== "nowhere" ? <Part /> : <div class="page"><div class="inside"><Bones /></div></div>}</Shell>;
}

function title(): string {
  switch (room.value) {
    case "inbox": case "patients": case "waitlist": case "playbooks": case "reports": case "settings": case "audit":
      return t(room.value);
    case "start": return t("start");
    case "today": case "enter": return t("today");
    default: return t("gone_page");
  }
}

function App() {
  const state = here.value;
  const Start = useRoom(state.is === "fresh" ? "start" : null);
  switch (state.is) {
    case "unknown": return <div class="outside" aria-busy="true" />;
    case "unreachable": return <Outside><h1>{t("unreachable")}</h1><p>{t("unreachable_text")}</p>
      </Outside>;
    case "fresh": return Start && Start !== "nowhere" && place.value ? <Start /> : null;
    case "out": case "second_factor": return <Enter />;
    case "in": return state.session.must.length ? <Must /> : <Inside />;
  }
}

function Root() {
  return <><App /><Cover /><Questions /><PatientDeeds /><Lines /></>;
}

await loadWords();
render(<Root />, document.getElementById("app")!);
await begin();
