// palette.tsx: one field for everything: people as one types, pages, deeds.
import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { call, get, type Shapes } from "../api/client";
import { useAnswer } from "../api/answers";
import { fitting, phone } from "../format";
import { captive } from "../keys";
import { Face } from "../parts/basic";
import { Icon, type Sign } from "../parts/icon";
import { attempt, tell } from "../parts/over";
import { go } from "../router";
import { theme } from "../theme";
import { said, t } from "../words";
import { leave, may, refreshSession, session } from "../rooms/session";
import { parts } from "./places";
import { open, ways } from "./shell";

export const palette = signal(false);
const TYPING_MS = 40; // between two letters of one word nothing is asked

interface Deed {
  readonly id: string; readonly text: string; readonly more?: string; readonly sign?: Sign;
  readonly face?: string; readonly does: () => void; readonly group: string;
}

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
      tell(t("paused_all"), may("playbooks.run") ? async () => {
        await call("post", "/api/v1/sending/resume");
        await refreshSession();
      } : undefined);
    }) });
  if (may("playbooks.run") && paused) list.push({ id: "resume", text: t("resume_all"),
    sign: "play", group: t("palette_do"), does: () => void attempt(async () => {
      await call("post", "/api/v1/sending/resume");
      await refreshSession();
    }) });
  if (may("imports.write")) list.push({ id: "import", text: t("import_new"), sign: "upload",
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
  const [people, setPeople] = useState<readonly Shapes["PatientItem"][]>([]);
  const [at, setAt] = useState(0);
  const playbooks = useAnswer(may("playbooks.read") ? "playbooks" : null, ["playbook"],
    (stop) => get("/api/v1/playbooks", { stop }));
  useLayoutEffect(() => {
    const back = document.activeElement as HTMLElement | null;
    box.current!.showModal();
    captive.value++;
    return () => {
      captive.value--;
      back?.focus?.();
    };
  }, []);
  useEffect(() => {
    const wanted = text.trim();
    if (!wanted || !may("patients.read")) {
      setPeople([]);
      return;
    }
    const stop = new AbortController();
    const wait = setTimeout(() => void get("/api/v1/patients/search", { query: { q: wanted },
      stop: stop.signal }).then((found) => { setPeople(found.items); setAt(0); }, () => {}), TYPING_MS);
    return () => {
      clearTimeout(wait);
      stop.abort();
    };
  }, [text]);

  const words = plain(text.trim());
  const list: Deed[] = [
    ...people.map((one) => ({ id: one.patient_id, text: one.name, face: one.name,
      more: [one.phone && phone(one.phone), one.external_id].filter(Boolean).join(" · "),
      does: () => go("patients", one.patient_id), group: t("patients") })),
    ...deeds(playbooks.data?.items ?? []).filter((deed) => !words || plain(deed.text).includes(words)),
  ];
  const close = () => { palette.value = false; };
  const run = (deed: Deed | undefined) => {
    if (!deed) return;
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
    onClick={(event) => { if (event.target === box.current) close(); }}>
    <input type="text" role="combobox" aria-expanded="true" aria-controls="found"
      aria-activedescendant={list[at] ? `found-${list[at].id}` : undefined} spellcheck={false}
      autocomplete="off" aria-label={t("search_all")} placeholder={t("search_hint")} value={text}
      onInput={(event) => { setText(fitting(event.currentTarget.value, 200)); setAt(0); }} onKeyDown={keyed} />
    <ul role="listbox" id="found" aria-label={t("search_results")} tabIndex={-1}>
      {list.map((deed, i) => [
        deed.group !== list[i - 1]?.group && <li class="head" role="presentation"
          key={deed.group}>{deed.group}</li>,
        <li role="option" id={`found-${deed.id}`} key={deed.id} aria-selected={i === at}
          onPointerMove={() => { if (i !== at) setAt(i); }} onClick={() => run(deed)}>
          {deed.face ? <Face name={deed.face} /> : <Icon sign={deed.sign ?? "next"} />}
          <span class="grow one">{deed.text}</span>
          {deed.more && <span class="sm faint one">{deed.more}</span>}</li>,
      ])}
      {list.length === 0 && <li class="head" role="presentation">{t("nothing_found")}</li>}
    </ul></dialog>;
}
