// reports_detail.tsx: where people left, how reliably it went, what it took from staff: every number with
// the people behind it.
import type { ComponentChildren } from "preact";
import { number, percent, span } from "../format";
import { Tag } from "../parts/basic";
import { Wide } from "../parts/wide";
import { n, said, t } from "../words";
import { may } from "./session";

export interface Step {
  step: number; reached: number; left: number; staying: number;
  reasons: { exit: string; patients: number }[];
}
export interface Went {
  planned: number; went: number; on_time: number; late: number; delivered: number; skipped: number;
  dropped: number; cancelled: number; failed: number; unconfirmed: number; open: number;
  clicked: number; replied: number; not_sent?: { code: string; touches: number }[];
}
export interface Kind { kind: string; role: string; tasks: number; seconds: number; minutes: number }

type About = Readonly<Record<string, string | number>>;
const behind = (measure: string, about: About) => `#/reports/people/${measure}?${new URLSearchParams(
  Object.entries(about).map(([name, value]) => [name, String(value)]))}`;

// A number that opens its people, for who may see them.
export function Count({ of, measure, about = {}, children }: { of: number; measure: string; about?: About;
  children?: ComponentChildren }) {
  const shown = children ?? number(of);
  return of > 0 && may("reports.people") ? <a class="count-link" href={behind(measure, about)}>{shown}</a>
    : <>{shown}</>;
}

export function DropOut({ steps }: { steps: readonly Step[] }) {
  const most = Math.max(1, steps[0]?.reached ?? 1);
  return <section class="section"><header><h2>{t("drop_out")}</h2></header>
    <p class="quiet sm gap-below">{t("drop_out_text")}</p>
    <ol class="drop-out">{steps.map((one) => <li key={one.step}>
      <div class="row"><b class="grow">{one.step ? n("after_touches", one.step) : t("before_first")}</b>
        <span class="num"><Count of={one.reached} measure={one.step ? "reached" : "entered"}
          about={one.step ? { step: one.step } : {}} /></span></div>
      <i class="gauge" style={{ width: `${one.reached / most * 100}%` }} />
      <p class="row wrap sm">{one.left > 0 && <span class="quiet"><Count of={one.left} measure="left"
          about={{ step: one.step }}>{n("left_n", one.left)}</Count></span>}
        {one.reasons.map((why) => <Tag key={why.exit} look={why.exit === "booked" ? "good"
          : /opted_out|angry/.test(why.exit) ? "alarm" : ""}><Count of={why.patients} measure="left"
          about={{ step: one.step, exit: why.exit }}>{said("exit", why.exit)} {number(why.patients)}</Count></Tag>)}
        {one.staying > 0 && <span class="faint end"><Count of={one.staying} measure="staying"
          about={{ step: one.step }}>{n("staying_n", one.staying)}</Count></span>}</p></li>)}</ol></section>;
}

export function Reliability({ all }: { all: Went }) {
  const rest = ["late", "unconfirmed", "failed", "dropped", "skipped", "cancelled", "open"] as const;
  const codes = all.not_sent ?? [];
  const most = Math.max(1, ...codes.map((one) => one.touches));
  return <section class="card"><h2>{t("reliability")}</h2>
    <p class="lift-says"><b>{percent(all.went ? all.on_time / all.went : null)}</b>{" "}
      <span class="quiet">{n("on_time_of", all.went)}</span></p>
    <dl class="figures small-figures">{rest.map((name) => <div key={name}><dt>{said("count", name)}</dt>
      <dd class={name === "late" || name === "failed" ? all[name] ? "bad" : "" : ""}><Count of={all[name]}
        measure={name} /></dd></div>)}</dl>
    {codes.length > 0 && <ul class="rules gap-above">{codes.slice(0, 6).map((one) => <li key={one.code}>
      <div class="row sm"><span class="grow">{said("gate", one.code)}</span><span class="num"><Count
        of={one.touches} measure="not_sent" about={{ code: one.code }} /></span></div>
      <i class="gauge" style={{ width: `${one.touches / most * 100}%` }} /></li>)}</ul>}</section>;
}

export function StaffTime({ kinds, estimated, booked }: { kinds: readonly Kind[]; estimated: boolean;
  booked: number | null }) {
  return <section class="card"><header><h2 class="grow">{t("staff_time")}</h2>
    {estimated && <Tag look="wait">{t("estimated")}</Tag>}</header>
    {kinds.length ? <div class="wide" tabIndex={0}><table class="table sm"><thead><tr><th>{t("kind")}</th>
      <th>{t("role")}</th><th class="num">{said("count", "tasks")}</th><th class="num">{t("time")}</th></tr></thead><tbody>
      {kinds.map((one) => <tr key={one.kind + one.role}><td>{said("task", one.kind)}</td>
        <td class="quiet">{said("role", one.role)}</td><td class="num"><Count of={one.tasks} measure="tasks"
          about={{ kind: one.kind }} /></td><td class="num nowrap">{span(one.minutes)}</td></tr>)}</tbody></table></div>
    : <p class="quiet">{t("no_staff_time")}</p>}
    {booked !== null && <p class="sm quiet gap-above">{t("minutes_per_booked", { time: span(booked) })}</p>}
  </section>;
}

const columns = ["planned", "went", "on_time", "delivered", "replied", "clicked", "skipped", "dropped", "late",
  "failed"] as const;

export function TouchTable({ touches }: { touches: readonly (Went & { touch: string })[] }) {
  return <section class="section"><header><h2>{t("touchpoints")}</h2></header>
    <Wide><table class="table"><thead><tr><th>{t("touch")}</th>
      {columns.map((name) => <th class="num" key={name}>{said("count", name)}</th>)}</tr></thead>
      <tbody>{touches.map((one) => <tr key={one.touch}><td>{one.touch}</td>{columns.map((name) =>
        <td key={name} class={`num ${(name === "late" || name === "failed") && one[name] ? "bad" : ""}`}><Count
          of={one[name] ?? 0} measure={name} about={{ touch: one.touch }} /></td>)}</tr>)}</tbody></table></Wide>
  </section>;
}
