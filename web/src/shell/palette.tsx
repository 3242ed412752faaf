// palette.tsx: one field for everything: people in spite of typos, what was said and asked to be done,
// visits, tags, pages, deeds.
import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { call, get, type Shapes } from "../api/client";
import { useAnswer } from "../api/answers";
import { ago, fitting } from "../format";
import { captive } from "../keys";
import { attachedWords } from "../parts/attached";
import { Face } from "../parts/basic";
import { Icon, type Sign } from "../parts/icon";
import { attempt, tell } from "../parts/over";
import { go } from "../router";
import { theme } from "../theme";
import { n, said, t } from "../words";
import { showTagged } from "../rooms/patients_view";
import { tagWords } from "../rooms/reading";
import { everywhere, leave, may, refreshSession, session } from "../rooms/session";
import { parts } from "./places";
import { open, ways } from "./shell";

export const palette = signal(false);
const TYPING_MS = 50; // between two letters of one word nothing is asked

type Hit = Shapes["SearchHit"];
const kinds: readonly { group: "patients" | "found_said" | "tasks" | "appointments" | "tags" | "playbooks";
  kinds: readonly Hit["kind"][] }[] = [
  { group: "patients", kinds: ["patient"] }, { group: "found_said", kinds: ["message", "reply", "note"] },
  { group: "tasks", kinds: ["task"] }, { group: "appointments", kinds: ["appointment"] },
  { group: "tags", kinds: ["tag"] }, { group: "playbooks", kinds: ["playbook"] }];

interface Deed {
  readonly id: string; readonly text: string; readonly more?: string; readonly sign?: Sign;
  readonly face?: string; readonly does: () => void; readonly group: string; readonly tail?: string;
}

function signOf(kind: Hit["kind"]): Sign {
  switch (kind) {
    case "patient": return "user";
    case "message": case "reply": return "sms";
    case "note": case "task": case "tag": return kind;
    case "appointment": return "calendar";
    case "playbook": return "playbooks";
  }
}

function open1(hit: Hit): void {
  switch (hit.kind) {
    case "patient": return go("patients", hit.id);
    case "message": case "reply": case "note": return hit.thread_id ? go("inbox", hit.thread_id)
      : go("patients", hit.patient?.patient_id ?? "");
    case "task": return go("today", hit.id);
    case "tag": return showTagged(hit.id);
    case "appointment": return go("patients", hit.patient?.patient_id ?? "", "visits");
    case "playbook": return go("playbooks", hit.id);
  }
}

const deedOf = (hit: Hit, group: string): Deed => ({ id: `${hit.kind}-${hit.id}`, group,
  text: hit.kind === "tag" ? tagWords(hit.title) : hit.kind === "appointment"
    ? hit.patient?.name ?? hit.title : hit.title || hit.patient?.name || "",
  ...(hit.kind === "patient" ? { face: hit.title } : { sign: signOf(hit.kind) }),
  ...(hit.kind === "appointment" ? { more: [hit.title, hit.text].filter(Boolean).join(" · ") }
    : hit.text ? { more: [hit.text, attachedWords(hit.attachments)].filter(Boolean).join(" · ") } : {}),
  ...(hit.at ? { tail: ago(hit.at) } : hit.count !== null && hit.count !== undefined
    ? { tail: n("patients_count", hit.count) } : {}),
  does: () => open1(hit) });

const found = (hits: readonly Hit[]): Deed[] => kinds.flatMap((one) => hits.filter((hit) =>
  one.kinds.includes(hit.kind)).map((hit) => deedOf(hit, t(one.group))));

function deeds(playbooks: readonly Shapes["PlaybookItem"][]): Deed[] {
  const list: Deed[] = ways.filter(open).map((way) => ({ id: way.room, text: t(way.says),
    sign: way.sign, does: () => go(way.room), group: t("palette_go") }));
  for (const one of parts.filter((part) => part.may === "self" || may(part.may)))
    list.push({ id: `s-${one.id}`, text: one.id === "account" ? t("own_account") : said("part", one.id),
      sign: "settings", does: () => go("settings", one.id), group: t("settings") });
  for (const one of playbooks) list.push({ id: "p" + one.name, text: one.title, sign: "playbooks",
    does: () => go("playbooks", one.name), group: t("playbooks") });
  const paused = session.value?.practice?.sending_paused;
  if (may("playbooks.pause") && !paused) list.push({ id: "pause", text: t("pause_all"),
    sign: "pause", group: t("palette_do"), does: () => void attempt(async () => {
      await call("post", "/api/v1/sending/pause");
      await refreshSession();
      tell(t("paused_all"), may("playbooks.run") && everywhere.value ? async () => {
        await call("post", "/api/v1/sending/resume");
        await refreshSession();
      } : undefined);
    }) });
  if (may("playbooks.run") && everywhere.value && paused) list.push({ id: "resume", text: t("resume_all"),
    sign: "play", group: t("palette_do"), does: () => void attempt(async () => {
      await call("post", "/api/v1/sending/resume");
      await refreshSession();
    }) });
  if (may("imports.write") && everywhere.value) list.push({ id: "import", text: t("import_new"), sign: "upload",
    group: t("palette_do"), does: () => go("settings", "imports") });
  list.push({ id: "theme", text: t("theme_switch"), sign: "moon", group: t("palette_do"),
    does: () => { theme.value = theme.value === "dark" ? "light" : "dark"; } });
  list.push({ id: "out", text: t("sign_out"), sign: "out", group: t("palette_do"),
    does: () => void leave() });
  return list;
}

const plain = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

export function Palette() {
  return palette.value ? <PaletteBox /> : null;
}

function PaletteBox() {
  const box = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState("");
  const [hits, setHits] = useState<readonly Hit[]>([]);
  const [at, setAt] = useState(0);
  const ran = useRef(false);
  const playbooks = useAnswer(may("playbooks.read") ? "playbooks" : null, ["playbook"],
    (stop) => get("/api/v1/playbooks", { stop }));
  useLayoutEffect(() => {
    const back = document.activeElement as HTMLElement | null;
    const dialog = box.current!;
    dialog.showModal();
    // Where fingers press it is opened to choose from: a keyboard over half of it comes with a tap on the field.
    if (matchMedia("(pointer: coarse)").matches) dialog.querySelector<HTMLElement>("#found")?.focus();
    captive.value++;
    return () => {
      captive.value--;
      if (ran.current) return; // what was chosen says where one is now
      dialog.close(); // nothing behind it can have the focus before
      (back?.isConnected ? back : document.getElementById("main"))?.focus();
    };
  }, []);
  useEffect(() => {
    const wanted = text.trim();
    if (!wanted) {
      setHits([]);
      return;
    }
    const stop = new AbortController();
    const wait = setTimeout(() => void get("/api/v1/search", { query: { q: wanted },
      stop: stop.signal }).then((answer) => { setHits(answer.items); setAt(0); }, () => {}), TYPING_MS);
    return () => {
      clearTimeout(wait);
      stop.abort();
    };
  }, [text]);

  const words = plain(text.trim());
  const own = deeds(playbooks.data?.items ?? []).filter((deed) => !words
    || plain(deed.text).includes(words));
  const known = new Set(own.map((deed) => deed.id));
  const others = found(hits.filter((hit) => hit.kind !== "playbook" || !known.has("p" + hit.id)));
  // Where nobody is called as it was typed, a page or a deed that is comes first.
  const typed = hits.some((hit) => hit.edits === 0) || !own.length;
  const people = others.filter((deed) => deed.face);
  const rest = others.filter((deed) => !deed.face);
  const list: Deed[] = typed ? [...people, ...own, ...rest] : [...own, ...people, ...rest];
  const close = () => { palette.value = false; };
  const run = (deed: Deed | undefined) => {
    if (!deed) return;
    ran.current = true;
    close();
    deed.does();
  };
  const keyed = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) setAt((at + step + list.length) % Math.max(1, list.length));
    else if (event.key === "Enter") run(list[at]);
    else return;
    event.preventDefault();
  };
  useEffect(() => {
    box.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [at]);
  return <dialog class="palette" ref={box} aria-label={t("search_all")}
    onCancel={(event) => { event.preventDefault(); close(); }}
    onKeyDown={(event) => { // a tablet may have keys after all
      const field = event.currentTarget.querySelector("input");
      if (event.target !== field) field?.focus();
    }}
    onClick={(event) => { if (event.target === box.current) close(); }}>
    <input type="text" role="combobox" aria-expanded={list.length > 0} aria-controls="found"
      aria-activedescendant={list[at] ? `found-${at}` : undefined} spellcheck={false}
      autocomplete="off" aria-label={t("search_all")} placeholder={t("search_hint")} value={text}
      onInput={(event) => { setText(fitting(event.currentTarget.value, 200)); setAt(0); }} onKeyDown={keyed} />
    <ul role={list.length ? "listbox" : "group"} id="found" tabIndex={-1}
      aria-label={t("search_results")}>
      {list.map((deed, i) => [
        deed.group !== list[i - 1]?.group && <li class="head" role="presentation"
          key={deed.group}>{deed.group}</li>,
        <li role="option" id={`found-${i}`} key={deed.id} aria-selected={i === at}
          onPointerMove={() => { if (i !== at) setAt(i); }} onClick={() => run(deed)}>
          {deed.face ? <Face name={deed.face} /> : <Icon sign={deed.sign ?? "next"} />}
          <span class="one what">{deed.text}</span>
          <span class="grow sm faint one">{deed.more}</span>
          {deed.tail && <span class="xs faint nowrap">{deed.tail}</span>}</li>,
      ])}
      {list.length === 0 && <li class="head none" role="presentation">{t("nothing_found")}</li>}
    </ul><p class="sr" role="status">{words && (list.length ? n("results_count", list.length) : t("nothing_found"))}</p></dialog>;
}
