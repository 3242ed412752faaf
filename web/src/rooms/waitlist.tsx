// waitlist.tsx: who waits for a time that is not free yet, for what, and what is held for them right now.
// The server names a freed time to one patient after the other; here somebody is put on, or taken off.
import { useState } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { get, type Shapes } from "../api/client";
import { acts } from "../api/pending";
import { ago, clock, fullDay, weekday } from "../format";
import { useKeys } from "../keys";
import { Bones, Empty, Face, Menu, Press, Tag, Trouble } from "../parts/basic";
import { Icon } from "../parts/icon";
import { later } from "../parts/over";
import { go } from "../router";
import { Page, Scope } from "../shell/shell";
import { n, t } from "../words";
import { FindTime } from "./openings";
import type { Named } from "./patient_deeds";
import { may } from "./session";
import { PutOn } from "./waitlist_add";
import { readWords } from "./wish";

type Waiting = Shapes["Waiting"];

const pathOf = (one: Waiting) => `/api/v1/waitlist/${one.wait_id}`;

// Taken off a few seconds later, so that whoever is put back has kept their place.
export function takeOff(one: Waiting): void {
  later(t("waitlist_off", { name: one.patient.name }), { path: pathOf(one), method: "DELETE", body: undefined,
    drafts: {}, topics: ["patient", `patient:${one.patient.patient_id}`, "task"] }, () => {});
}

export function useWaiting(patient_id: string | null) {
  const answer = useAnswer(may("inbox.read") && patient_id !== null ? `waitlist/${patient_id}` : null,
    patient_id ? ["task", `patient:${patient_id}`] : ["task", "patient"],
    (stop) => get("/api/v1/waitlist", { query: { limit: 100, ...(patient_id ? { patient_id } : {}) }, stop }));
  const going = new Set(acts.value.map((one) => one.act.path));
  return { ...answer, schedule: answer.data?.schedule ?? true, items: answer.data?.items.filter((one) => !going.has(pathOf(one))) };
}

// For what, and which times suit.
export function Wish({ one }: { one: Waiting }) {
  const read = readWords(one.wish);
  return <>{[one.service.replaceAll("_", " "), read || t("waitlist_any")].join(" · ")}
    {one.said && <> <q class="quiet" dir="auto">{one.said}</q></>}</>;
}

export function Offered({ one }: { one: Waiting }) {
  const { named } = one;
  if (!named) return null;
  return <p class="sm row wrap offered"><Tag look="good">{t("waitlist_offered")}</Tag>
    <span>{[`${weekday(named.start)}, ${clock(named.start)}`, named.provider, named.location].join(" · ")}</span>
    <span class="faint">{t("waitlist_held", { when: ago(named.expires_at) })}</span></p>;
}

function Row({ one, on, onTime }: { one: Waiting; on: boolean; onTime: () => void }) {
  return <li class={`entry waiting ${on ? "on" : ""}`} aria-current={on || undefined}>
    <Face name={one.patient.name} />
    <div class="grow"><p class="row wrap"><a href={`#/patients/${one.patient.patient_id}`}><b>{one.patient.name}</b></a>
      <span class="xs faint">{t("waitlist_since", { when: fullDay(one.since) })}</span>
      {one.passes > 0 && <Tag look="wait">{n("waitlist_passes", one.passes)}</Tag>}</p>
      <p class="sm"><Wish one={one} /></p>
      {one.visit && <p class="xs faint">{t("waitlist_visit", { when: `${weekday(one.visit)}, ${clock(one.visit)}` })}</p>}
      <Offered one={one} /></div>
    {may("inbox.write") && <div class="row">
      <Press look="small" sign="calendar" onClick={onTime}>{t("find_time")}</Press>
      <Menu says={t("waitlist_menu", { name: one.patient.name })} items={[
        { text: t("waitlist_take_off"), sign: "close", danger: true, does: () => takeOff(one) }]} /></div>}</li>;
}

export function Waitlist() {
  const { items, schedule, problem, again } = useWaiting("");
  const [adding, setAdding] = useState(false);
  const [timing, setTiming] = useState<{ patient: Named; words: string } | null>(null);
  const [at, setAt] = useState(-1);
  const writes = may("inbox.write");
  const one = items?.[at];
  const step = (by: number) => setAt(Math.max(0, Math.min((items?.length ?? 1) - 1, at + by)));
  const time = (who: Waiting) => setTiming({ patient: who.patient, words: who.said ?? "" });
  useKeys([
    { keys: "j", says: t("key_next"), does: () => step(1) }, { keys: "k", says: t("key_previous"), does: () => step(-1) },
    ...(writes && schedule ? [{ keys: "n", says: t("waitlist_add"), does: () => setAdding(true) }] : []),
    ...(one ? [{ keys: "o", says: t("open_patient"), does: () => go("patients", one.patient.patient_id) },
      ...(writes ? [{ keys: "t", says: t("find_time"), does: () => time(one) },
        { keys: "#", says: t("waitlist_take_off"), does: () => takeOff(one) }] : [])] : [])]);
  const held = items?.filter((who) => who.named).length ?? 0;
  return <Page title={t("waitlist")} sub={<>{schedule && t("waitlist_sub")} <Scope /></>} acts={writes && <Press look="main"
    sign="plus" disabled={!schedule} onClick={() => setAdding(true)}>{t("waitlist_add")}</Press>}>
    {problem && !items ? <Trouble problem={problem} again={again} /> : !items ? <Bones lines={6} />
    : !schedule ? <Empty sign="calendar" title={t("no_schedule_kept")} acts={<a class="press" href="#/today">
        {t("back_to", { place: t("today") })}</a>}>{t("no_schedule_kept_text")}</Empty>
    : !items.length ? <Empty sign="clock" title={t("waitlist_empty")}>{t("waitlist_empty_text")}</Empty>
    : <><p class="sm faint gap-below" role="status">{n("waitlist_n", items.length)}
        {held > 0 && ` · ${n("waitlist_held_n", held)}`}</p>
      <ul class="rows">{items.map((who, i) => <Row key={who.wait_id} one={who} on={i === at}
        onTime={() => time(who)} />)}</ul></>}
    {adding && <PutOn onClose={() => setAdding(false)} />}
    {timing && <FindTime {...timing} onClose={() => setTiming(null)} />}
  </Page>;
}

// On a patient's page: only where they wait.
export function WaitsFor({ patient_id }: { patient_id: string }) {
  const { items } = useWaiting(patient_id);
  if (!items?.length) return null;
  return <section class="card"><h2><Icon sign="clock" size={16} /> {t("waitlist")}</h2>{items.map((one) =>
    <div key={one.wait_id} class="waits-for"><p class="sm"><Wish one={one} /></p>
      <p class="xs faint">{t("waitlist_until", { when: fullDay(one.until) })}</p><Offered one={one} />
      {may("inbox.write") && <Press look="small" onClick={() => takeOff(one)}>{t("waitlist_take_off")}</Press>}
    </div>)}</section>;
}
