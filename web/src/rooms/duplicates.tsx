// duplicates.tsx: who may be one person, made one and parted again, each with its way back.
import { useState } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { call, get, type Shapes } from "../api/client";
import { usePages } from "../api/pages";
import { civil, fullDay, money, number, phone } from "../format";
import { useKeys } from "../keys";
import { Bones, Box, Empty, Face, Press, Tag, Trouble } from "../parts/basic";
import { List } from "../parts/list";
import { attempt, Dialog, sure, tell } from "../parts/over";
import { go, place } from "../router";
import { Page } from "../shell/shell";
import { n, said, t, type Key } from "../words";
import { useSend } from "./enter";
import { freshPatient } from "./patient_deeds";
import { may } from "./session";

type P = Shapes["Patient"];
type Ref = Shapes["PatientRef"];
type Why = Shapes["Duplicate"]["why"];

const numbers = (one: P) => [...new Set([one.external_id, ...one.other_ids])]; // of the booking system

const merge = async (one: string, other: string) => (await call("post",
  "/api/v1/patients/{patient_id}/merge", { path: { patient_id: one }, body: { other_id: other } })).data;
const split = async (from: string, body: { patient_id: string } | { record_ids: string[] }) =>
  (await call("post", "/api/v1/patients/{patient_id}/split", { path: { patient_id: from }, body })).data;

// Whoever looks at one who is part of another now goes on to the one who stays.
function follow(gone: string, stays: string): void {
  if (place.value.path[1] === gone) go("patients", stays);
  freshPatient(gone);
  freshPatient(stays);
}

function told(stays: P, gone: Ref): void {
  follow(gone.patient_id, stays.patient_id);
  tell(t("merged_done", { name: stays.name }), async () => {
    const parted = await split(stays.patient_id, { patient_id: gone.patient_id });
    freshPatient(stays.patient_id);
    freshPatient(parted.other_id);
    tell(t("parted_done"));
  });
}

function parted(one: string, other: string): void {
  freshPatient(one);
  freshPatient(other);
  tell(t("parted_done"), async () => {
    const { patient_id: stays } = await merge(one, other);
    follow(stays === one ? other : one, stays);
  });
}

// Said for good, by hand: nobody is asked about the two again, and no import joins them.
function keepApart(one: Ref, other: Ref): Promise<unknown> {
  const fresh = () => { freshPatient(one.patient_id); freshPatient(other.patient_id); };
  return attempt(async () => {
    await call("post", "/api/v1/patients/{patient_id}/apart", { path: { patient_id: one.patient_id },
      body: { other_id: other.patient_id } });
    fresh();
    tell(t("apart_done"), async () => {
      await call("delete", "/api/v1/patients/{patient_id}/apart/{other_id}", { path: {
        patient_id: one.patient_id, other_id: other.patient_id } });
      fresh();
    });
  });
}

export const Whys = ({ why }: { why: Why }) => <span class="row wrap whys">{why.map((one) =>
  <Tag key={one} look="wait">{said("same", one)}</Tag>)}</span>;

const rows: readonly { name: Key; of: (one: P) => string }[] = [
  { name: "of_birth_day", of: (one) => (one.birth_day ? civil(one.birth_day) : "") },
  { name: "reach", of: (one) => one.contact_points.map((point) => (point.channel === "email"
    ? point.address : phone(point.address))).filter((text, i, all) => all.indexOf(text) === i).join("\n") },
  { name: "of_address", of: (one) => [one.address, one.city, one.state, one.zip].filter(Boolean).join(", ") },
  { name: "visits", of: (one) => [number(one.visits), one.last_visit && civil(one.last_visit)]
    .filter(Boolean).join(" · ") },
  { name: "value", of: (one) => money(one.value, true) },
  { name: "patient_number", of: (one) => numbers(one).join(", ") },
  { name: "suppressions", of: (one) => one.suppressions.filter((stop) => !stop.lifted_at).map((stop) =>
    said("channel", stop.channel)).filter((text, i, all) => all.indexOf(text) === i).join(", ") },
];

// Both, side by side; what differs stands out.
function Compare({ one, other, why, onClose }: { one: Ref; other: Ref; why: Why; onClose: () => void }) {
  const read = (ref: Ref) => useAnswer(`patient/${ref.patient_id}`, [`patient:${ref.patient_id}`],
    (stop) => get("/api/v1/patients/{patient_id}", { path: { patient_id: ref.patient_id }, stop }));
  const left = read(one);
  const right = read(other);
  const send = useSend(async () => {
    const stays = await merge(one.patient_id, other.patient_id);
    onClose();
    told(stays, stays.patient_id === one.patient_id ? other : one);
  });
  const problem = left.problem ?? right.problem;
  return <Dialog title={t("one_person")} onClose={onClose} broad><form class="form" onSubmit={send.submit}>
    {send.general && <Box look="alarm">{send.general}</Box>}
    <Whys why={why} />
    {problem ? <Trouble problem={problem} /> : !left.data || !right.data ? <Bones lines={5} />
    : <div class="wide" tabIndex={0}><table class="table compare"><thead><tr><td />
        {[left.data, right.data].map((who) => <th key={who.patient_id}><a
          href={`#/patients/${who.patient_id}`} onClick={onClose}>{who.name}</a></th>)}</tr></thead><tbody>
        {rows.map((row) => {
          const both = [row.of(left.data!), row.of(right.data!)];
          return <tr key={row.name}><th scope="row">{t(row.name)}</th>
            {both.map((text, i) => <td key={i} class={both[0] === both[1] ? "quiet" : "differs"}>
              {text || "–"}</td>)}</tr>;
        })}</tbody></table></div>}
    <p class="sm quiet">{t("one_person_text")}</p>
    <footer><Press onClick={onClose}>{t("cancel")}</Press>{may("patients.write") && <>
      <Press onClick={() => { onClose(); void keepApart(one, other); }}>{t("apart_do")}</Press>
      <Press look="main" submit busy={send.busy} disabled={!left.data || !right.data}>{t("one_person_do")}
      </Press></>}</footer></form></Dialog>;
}

// Records that an import joined: twins, a mother and a daughter with one phone.
function PartRecords({ patient, onClose }: { patient: P; onClose: () => void }) {
  const [picked, setPicked] = useState<string[]>([]);
  const send = useSend(async () => {
    const done = await split(patient.patient_id, { record_ids: picked });
    onClose();
    parted(patient.patient_id, done.other_id);
  });
  return <Dialog title={t("part_records")} onClose={onClose}><form class="form" onSubmit={send.submit}>
    {send.general && <Box look="alarm">{send.general}</Box>}
    <p class="quiet">{t("part_records_text", { name: patient.name })}</p>
    <fieldset class="field"><legend>{t("part_which")}</legend>{numbers(patient)
      .map((id) => <label class="check" key={id}><input type="checkbox" checked={picked.includes(id)}
        onChange={(event) => setPicked(event.currentTarget.checked ? [...picked, id]
          : picked.filter((one) => one !== id))} /><code>{id}</code></label>)}</fieldset>
    <footer><Press onClick={onClose}>{t("cancel")}</Press><Press look="main" submit busy={send.busy}
      disabled={!picked.length || picked.length >= numbers(patient).length}>{t("part_do")}</Press></footer>
  </form></Dialog>;
}

function MadeOf({ patient }: { patient: P }) {
  const [parting, setParting] = useState(false);
  const writes = may("patients.write");
  const part = (one: Shapes["MergedPatient"]) => attempt(async () => {
    if (!await sure(t("part"), t("part_text"), t("part_do"))) return;
    const done = await split(patient.patient_id, { patient_id: one.patient_id });
    parted(patient.patient_id, done.other_id);
  });
  const several = numbers(patient).length > 1;
  if (!patient.merged.length && !several) return null;
  return <section class="card"><h2>{t("made_of")}</h2><ul class="steps">{patient.merged.map((one) =>
    <li key={one.patient_id}><span class="grow">{one.external_id ?? t("none")}<br /><span class="xs faint">
      {n("records", one.records)} · {fullDay(one.at)}</span></span>{writes && <Press look="small"
      onClick={() => void part(one)}>{t("part_do")}</Press>}</li>)}</ul>
    {several && <p class="sm quiet">{t("also_known", { ids: numbers(patient).slice(1).join(", ") })}</p>}
    {writes && several && <p class="gap-above"><Press look="small" onClick={() =>
      setParting(true)}>{t("part_records")}</Press></p>}
    {parting && <PartRecords patient={patient} onClose={() => setParting(false)} />}</section>;
}

export function Duplicates({ patient }: { patient: P }) {
  const id = patient.patient_id;
  const { data } = useAnswer(`duplicates/${id}`, [`patient:${id}`], (stop) =>
    get("/api/v1/patients/{patient_id}/duplicates", { path: { patient_id: id }, query: { limit: 6 }, stop }));
  const [other, setOther] = useState<Shapes["Duplicate"] | null>(null);
  return <>{data && data.items.length > 0 && <section class="card"><h2>{t("maybe_same")}</h2>
    <ul class="steps">{data.items.map((one) => <li key={one.patient.patient_id}>
      <span class="grow"><a href={`#/patients/${one.patient.patient_id}`}>{one.patient.name}</a><br />
        <span class="xs faint">{[one.birth_day && civil(one.birth_day), n("visits_n", one.visits)]
          .filter(Boolean).join(" · ")}</span><Whys why={one.why} /></span>
      <Press look="small" onClick={() => setOther(one)}>{t("compare")}</Press></li>)}</ul></section>}
    <MadeOf patient={patient} />
    {other && <Compare one={patient} other={other.patient} why={other.why} onClose={() => setOther(null)} />}</>;
}

type Pair = Shapes["DuplicatePair"];

interface PairRow { readonly pair: Pair; readonly first: boolean; readonly records: number }

// Pairs that share somebody are of one person: they stand together, where the first of them came.
function byPerson(pairs: readonly Pair[]): readonly PairRow[] {
  const groups: { ids: Set<string>; pairs: Pair[] }[] = [];
  for (const pair of pairs) {
    const ids = [pair.patient.patient_id, pair.other.patient_id];
    const [into, ...others] = groups.filter((group) => ids.some((id) => group.ids.has(id)));
    const group = into ?? { ids: new Set(), pairs: [] };
    if (!into) groups.push(group);
    for (const other of others) { // this pair says that they are one
      groups.splice(groups.indexOf(other), 1);
      for (const id of other.ids) group.ids.add(id);
      group.pairs.push(...other.pairs);
    }
    for (const id of ids) group.ids.add(id);
    group.pairs.push(pair);
  }
  return groups.flatMap((group) => group.pairs.map((pair, i) => ({ pair, first: i === 0, records: group.ids.size })));
}

export function Pairs() {
  const pages = usePages<Pair, Shapes["DuplicatePairs"]>("duplicate-pairs", ["patient"], (cursor, stop) =>
    get("/api/v1/patients/duplicates", { query: { limit: 50, ...(cursor ? { cursor } : {}) },
      ...(stop ? { stop } : {}) }));
  const [open, setOpen] = useState<Pair | null>(null);
  const [at, setAt] = useState<string | null>(null);
  const items = byPerson(pages.items);
  const idOf = ({ pair }: PairRow) => pair.patient.patient_id + pair.other.patient_id;
  const here = items.find((row) => idOf(row) === at)?.pair;
  useKeys(here && may("patients.write") ? [{ keys: "d", says: t("apart_do"), does: () =>
    void keepApart(here.patient, here.other) }] : []);
  return <Page title={t("pairs")} sub={t("pairs_sub")} back={{ text: t("patients"), to: "#/patients" }}>
    {pages.problem && !pages.first ? <Trouble problem={pages.problem} again={pages.again} />
    : !pages.first ? <Bones lines={7} /> : !pages.items.length
      ? <Empty sign="patients" title={t("no_pairs")}>{t("no_pairs_text")}</Empty>
    : <><p class="sm faint gap-below desk-only">{t("pairs_hint")}</p><div class="task-list tall"><List items={items} idOf={idOf} height={60} label={t("pairs")}
        on={at} onMove={(row) => setAt(idOf(row))} onEnd={pages.more} onOpen={(row) => setOpen(row.pair)}
        row={({ pair, first, records }, on) => <button type="button" class={`line pair-line ${on ? "on" : ""} ${
          first ? "" : "same"}`} onClick={() => setOpen(pair)}>
          {first ? <Face name={pair.patient.name} /> : <span class="face" aria-hidden="true" />}
          <span class="grow col tight"><span class="row"><b class="one" dir="auto">{pair.patient.name}
          {pair.other.name !== pair.patient.name && ` · ${pair.other.name}`}</b>
          {first && records > 2 && <Tag>{n("pairs_records", records)}</Tag>}</span>
          <span class="xs faint one">{pair.patient.external_id} · {pair.other.external_id}</span></span>
          <Whys why={pair.why} /></button>} /></div></>}
    {open && <Compare one={open.patient} other={open.other} why={open.why} onClose={() => setOpen(null)} />}
  </Page>;
}
