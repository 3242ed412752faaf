// patients.tsx: everybody, found as one types or by a condition; a person's page opens from here.
import { useEffect, useRef, useState } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { get, type Shapes } from "../api/client";
import { usePages } from "../api/pages";
import { ago, civil, fitting, money, number, phone } from "../format";
import { useKeys } from "../keys";
import { Bones, Chips, Empty, Face, Press, Tag, Trouble } from "../parts/basic";
import { Icon } from "../parts/icon";
import { List } from "../parts/list";
import { go, place } from "../router";
import { Scope } from "../shell/shell";
import { n, said, t } from "../words";
import { Pairs } from "./duplicates";
import { Patient } from "./patient";
import { order, where, words, type Order } from "./patients_view";
import { everywhere } from "./session";

type Item = Shapes["PatientItem"];

// What is asked for most, as conditions; the field beside them takes any other.
const presets = [
  { id: "all", where: "" },
  { id: "lapsed", where: "days_since(last_visit) >= 6mo and not booked(any, future)" },
  { id: "no_next", where: "visits >= 1 and not booked(any, future)" },
  { id: "enrolled", where: "enrolled(any)" },
  { id: "silent", where: "not reachable(email, sms)" },
] as const;

function Row({ item, on }: { item: Item; on: boolean }) {
  return <a class={`line person ${on ? "on" : ""}`} href={`#/patients/${item.patient_id}`}>
    <Face name={item.name} />
    <span class="grow col tight who"><b class="one" dir="auto">{item.name}</b>
      <span class="xs faint one">{[item.external_id, item.birth_day && civil(item.birth_day)]
        .filter(Boolean).join(" · ")}</span></span>
    <span class="reach sm quiet one">{item.phone ? phone(item.phone) : item.email ?? "–"}</span>
    <span class="marks row">{item.flags.slice(0, 2).map((flag) =>
      <Tag key={flag} look={/vip/.test(flag) ? "note" : "wait"}>{said("flag", flag)}</Tag>)}</span>
    <span class="last sm quiet">{item.last_visit ? civil(item.last_visit) : "–"}</span>
    <span class="next sm">{item.next_visit ? ago(item.next_visit) : "–"}</span>
    <span class="worth sm num">{money(item.value, true)}</span>
  </a>;
}

function Columns() {
  return <div class="person-cols" aria-hidden="true"><span>{t("name")}</span><span>{t("reach_short")}</span>
    <span class="marks" /><span>{t("last_visit")}</span><span>{t("next_visit")}</span>
    <span class="worth num">{t("value_short")}</span></div>;
}

const TYPING_MS = 40; // between two letters of one word nothing is asked

function Found({ text: typed }: { text: string }) {
  const [text, setText] = useState(typed);
  useEffect(() => {
    const wait = setTimeout(() => setText(typed), TYPING_MS);
    return () => clearTimeout(wait);
  }, [typed]);
  const found = useAnswer(`search/${text}`, [], (stop) =>
    get("/api/v1/patients/search", { query: { q: text }, stop }));
  const [kept, setKept] = useState<readonly Item[]>([]);
  useEffect(() => { if (found.data) setKept(found.data.items); }, [found.data]);
  const items = found.data?.items ?? kept;
  if (found.problem) return <div class="pad"><Trouble problem={found.problem} again={found.again} />
    </div>;
  if (found.data && !items.length) return <Empty sign="search" title={t("nobody_found")}>
    {t("nobody_found_text")}</Empty>;
  return <><Columns /><List items={items} idOf={(item) => item.patient_id} height={58} label={t("patients")}
    onOpen={(item) => go("patients", item.patient_id)}
    row={(item, on) => <Row item={item} on={on} />} /></>;
}

const ROUNDS_MAX = 3; // of looking on where nobody was found yet

// A condition that fits few is looked at in parts: until somebody is found, or one has had enough.
function Looking({ next, more }: { next: string; more: () => void }) {
  const rounds = useRef(0);
  const [tired, setTired] = useState(false);
  useEffect(() => {
    if (rounds.current++ < ROUNDS_MAX) more();
    else setTired(true);
  }, [next]);
  return <div class="empty" role="status"><Icon sign="search" size={40} /><h2>{t("nobody_yet")}</h2>
    <p>{tired ? t("nobody_yet_text") : t("looking_on")}</p>
    {tired && <div class="row"><Press onClick={() => { rounds.current = 0; setTired(false); more(); }}>
      {t("look_on")}</Press></div>}</div>;
}

function Everybody() {
  const key = `patients/${where.value}/${order.value}`;
  const pages = usePages<Item, Shapes["PatientList"]>(key, [],
    (cursor, stop) => get("/api/v1/patients", { query: { limit: 200, order: order.value,
      ...(where.value ? { where: where.value } : {}),
      ...(cursor ? { cursor } : { count: true }) }, ...(stop ? { stop } : {}) }));
  if (pages.problem && !pages.first) return <div class="pad"><Trouble problem={pages.problem}
    again={pages.again} /></div>;
  if (!pages.first) return <div class="pad"><Bones lines={9} /></div>;
  if (!pages.items.length && pages.first.next !== null && pages.next !== null)
    return pages.next && pages.more ? <Looking key={key} next={pages.next} more={pages.more} />
      : <div class="pad"><Bones lines={9} /></div>;
  if (!pages.items.length) return where.value
    ? <Empty sign="patients" title={t("nobody_fits")}>{t("nobody_fits_text")}</Empty>
    : <Empty sign="upload" title={t("no_patients")} acts={everywhere.value && <a class="press main"
        href="#/settings/imports">{t("import_new")}</a>}>{t("no_patients_text")}</Empty>;
  const total = Math.max(pages.first.total ?? 0, pages.items.length);
  const whole = pages.first.total === null || pages.first.total === undefined ? !pages.more
    : pages.first.exact;
  return <>
    <p class="list-foot sm faint" role="status" title={whole ? undefined : t("at_least_text")}>
      {n("patients_count", total, { count: whole ? number(total) : `${number(total)}+` })} <Scope /></p>
    <Columns />
    <List items={pages.items} idOf={(item) => item.patient_id} height={58} label={t("patients")}
      total={whole ? total : undefined} onEnd={pages.more}
      onOpen={(item) => go("patients", item.patient_id)}
      row={(item, on) => <Row item={item} on={on} />} /></>;
}

// How a condition is written, by ones that are useful as they stand.
const examples = [
  { id: "once", where: "visits == 1 and days_since(last_visit) >= 60d" },
  { id: "worth", where: "ltv >= 1000 USD and not booked(any, future)" },
  { id: "saturday", where: "tags has wants_saturday" },
  { id: "missed", where: "event(appointment.no_show) and not booked_since(appointment.no_show)" },
] as const;

function Condition() {
  const [text, setText] = useState(where.value);
  useEffect(() => { setText(where.value); }, [where.value]);
  return <><form class="condition" onSubmit={(event) => { event.preventDefault();
    where.value = text.trim(); }}>
    <input class="input mono" aria-label={t("condition")} spellcheck={false} value={text}
      placeholder={t("condition_hint")} maxLength={2000}
      onInput={(event) => setText(event.currentTarget.value)} />
    {text.trim() !== where.value && <button type="submit" class="press">{t("apply_filter")}</button>}
  </form>
    {presets.some((one) => one.where === text) && <p class="row wrap sm examples"><span class="faint">{t("like_these")}</span>
      {examples.map((one) => <button type="button" class="press small" key={one.id} title={one.where}
        onClick={() => { where.value = one.where; }}>{said("example", one.id)}</button>)}</p>}</>;
}

export function Patients() {
  const id = place.value.path[1];
  const [field, setField] = useState<HTMLInputElement | null>(null);
  const [more, setMore] = useState(where.value !== "" && !presets.some((one) =>
    one.where === where.value));
  useKeys(id ? [] : [{ keys: "f", says: t("key_find"), does: () => field?.focus() }]);
  if (id === "duplicates") return <Pairs />;
  if (id) return <Patient id={id} key={id} />;
  const preset = presets.find((one) => one.where === where.value)?.id ?? "other";
  return <div class="people">
    <header class="people-head">
      <div class="row wrap far"><h1>{t("patients")}</h1>
        <label class="find"><Icon sign="search" /><span class="sr">{t("find_patient")}</span>
          <input ref={setField} type="search" placeholder={t("find_hint")} value={words.value}
            spellcheck={false} autocomplete="off"
            onInput={(event) => { words.value = fitting(event.currentTarget.value, 200); }}
            onKeyDown={(event) => { if (event.key === "Escape") words.value = ""; }} /></label></div>
      {!words.value.trim() && <div class="row wrap">
        <Chips label={t("filter")} value={more ? "other" : preset} onPick={(one) => {
          setMore(one === "other");
          const found = presets.find((item) => item.id === one);
          if (found) where.value = found.where;
        }} options={[...presets.map((one) => ({ id: one.id as string,
          text: said("preset", one.id) })), { id: "other", text: t("preset_other") }]} />
        <a class="sm end" href="#/patients/duplicates">{t("pairs")}</a>
        <label class="row sm quiet">{t("sorted_by")}
          <select class="input small" value={order.value} onChange={(event) => {
            order.value = event.currentTarget.value as Order; }}>
            {(["name", "last_visit", "value"] as const).map((one) =>
              <option key={one} value={one}>{said("order", one)}</option>)}</select></label></div>}
      {!words.value.trim() && more && <Condition />}
    </header>
    {words.value.trim() ? <Found text={words.value.trim()} /> : <Everybody />}
  </div>;
}
