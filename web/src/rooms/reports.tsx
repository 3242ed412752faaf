// reports.tsx: what it brought back, each number with how sure it is and the people behind it.
import { signal } from "@preact/signals";
import { useAnswer } from "../api/answers";
import { get, type Shapes } from "../api/client";
import { usePages } from "../api/pages";
import { fullDay, money, moment, number, percent, span, today, type Money } from "../format";
import { Bones, Box, Chips, Empty, Face, Gone, isDead, Menu, Tag, Trouble } from "../parts/basic";
import { Funnel, Lift, Trend } from "../parts/charts";
import { Icon } from "../parts/icon";
import { List } from "../parts/list";
import { go, place } from "../router";
import { Page, Scope } from "../shell/shell";
import { n, said, t } from "../words";
import { DropOut, Reliability, StaffTime, TouchTable, type Kind, type Step, type Went } from "./reports_detail";
import { may } from "./session";
import { titleOf } from "./titles";

export interface Sum {
  entered: number; contacted: number; delivered: number; opened: number; clicked: number;
  replied: number; booked: number; showed: number; opted_out: number; no_response: number;
  rates: Record<string, number>;
  intervals: Record<string, { n: number; low: number; high: number }>;
  revenue: Money; revenue_per_reactivated: Money; staff_minutes: number;
  staff_minutes_estimated: boolean; minutes_per_100: number;
  holdout: { treated: number; treated_booked: number; control: number; control_booked: number;
    lift: number; interval: [number, number]; incremental_revenue: Money; enough: boolean };
  booked_within: Record<string, number>;
  playbook?: string;
  touches?: (Went & { touch: string })[];
  drop_out?: Step[];
  reliability?: Went;
  staff?: Kind[];
  minutes_per_booked?: number | null;
}

type Span = "30" | "90" | "365" | "all";
const period = signal<Span>("90");
const playbook = signal("");

function query(): { from?: string; playbook?: string } {
  const from = period.value === "all" ? undefined
    : today(-Number(period.value));
  return { ...(from ? { from } : {}), ...(playbook.value ? { playbook: playbook.value } : {}) };
}

const tables = ["playbooks", "touches", "steps", "staff"] as const;

function address(ending: string, table = ""): string {
  return `/api/v1/reports/summary.${ending}?${new URLSearchParams({ ...query(), ...(table ? { table } : {}) })}`;
}

const measures = ["entered", "contacted", "delivered", "replied", "booked", "showed"] as const;
const rateOf: Record<string, string> = { contacted: "contact", replied: "response", booked: "booked",
  showed: "show" };

function Money4({ sum }: { sum: Sum }) {
  return <dl class="figures big">
    <div><dt>{t("revenue")}</dt><dd>{money(sum.revenue, true)}</dd>
      <dd class="xs faint">{t("within_30")}</dd></div>
    <div><dt>{t("revenue_more")}</dt><dd>{money(sum.holdout.incremental_revenue, true)}</dd>
      <dd class="xs faint">{t("against_left_out")}</dd></div>
    <div><dt>{t("per_patient")}</dt><dd>{money(sum.revenue_per_reactivated, true)}</dd>
      <dd class="xs faint">{n("booked_n", sum.booked)}</dd></div>
    <div><dt>{t("staff_time")}</dt><dd>{span(sum.staff_minutes)}</dd><dd class="xs faint">
      {t("per_100", { time: span(sum.minutes_per_100) })}{sum.staff_minutes_estimated
        && ` · ${t("estimated")}`}</dd></div>
  </dl>;
}

function LiftCard({ sum }: { sum: Sum }) {
  const { holdout } = sum;
  const points = (share: number) => `${share >= 0 ? "+" : "−"}${number(Math.abs(share) * 100, 1)}`;
  return <section class="card"><header><h2 class="grow">{t("lift")}</h2>
    {!holdout.enough && <Tag look="wait">{t("too_few")}</Tag>}</header>
    {holdout.control === 0 ? <p class="quiet">{t("no_control")}</p> : <>
      <p class="lift-says"><b>{t("points", { points: points(holdout.lift) })}</b>{" "}
        <span class="quiet">{t("interval", { low: points(holdout.interval[0]),
          high: points(holdout.interval[1]) })}</span></p>
      <Lift lift={holdout.lift} low={holdout.interval[0]} high={holdout.interval[1]} />
      <p class="sm quiet">{t("lift_text", { treated: number(holdout.treated),
        treated_booked: number(holdout.treated_booked), control: number(holdout.control),
        control_booked: number(holdout.control_booked) })}</p>
      {may("reports.people") && <p class="sm"><a href="#/reports/people/holdout">
        {t("who_left_out")}</a></p>}</>}
  </section>;
}

// What the address narrows it to: a touch, a step, an exit, a reason, a kind of task.
const about = ["touch", "step", "exit", "code", "kind"] as const;
const aboutWords: Record<typeof about[number], (value: string) => string> = {
  touch: (value) => value, step: (value) => (value === "0" ? t("before_first")
    : n("after_touches", Number(value))), exit: (value) => said("exit", value),
  code: (value) => said("gate", value), kind: (value) => said("task", value) };

function People({ measure }: { measure: string }) {
  const wanted = measure as "entered";
  const narrowed = Object.fromEntries(about.flatMap((name) => {
    const value = place.value.query.get(name);
    return value === null ? [] : [[name, name === "step" ? Number(value) : value]];
  }));
  const pages = usePages<Shapes["ReportPerson"], Shapes["ReportPeople"]>(
    `people/${measure}/${JSON.stringify([query(), narrowed])}`, [], (cursor, stop) =>
      get("/api/v1/reports/people", { query: { measure: wanted, ...query(), ...narrowed, limit: 100,
        ...(cursor ? { cursor } : {}) }, ...(stop ? { stop } : {}) }));
  if (isDead(pages.problem) || pages.problem?.status === 422)
    return <Gone what={pages.problem?.status === 403 ? "role" : "page"} to="#/reports" back={t("reports")} />;
  return <Page title={[said("count", measure), ...about.flatMap((name) => {
      const value = place.value.query.get(name);
      return value === null ? [] : [aboutWords[name](value)];
    })].join(" · ")} back={{ text: t("reports"), to: "#/reports" }}
    sub={<>{t("people_behind")} <Scope /></>}>
    {pages.problem && !pages.first ? <Trouble problem={pages.problem} again={pages.again} />
    : !pages.first ? <Bones lines={7} /> : !pages.items.length
      ? <Empty sign="patients" title={t("nobody_here")} />
    : <div class="task-list tall"><List items={pages.items} idOf={(one) => one.enrollment_id} height={56}
        label={t("patients")} onEnd={pages.more}
        onOpen={(one) => go("patients", one.patient.patient_id)}
        row={(one, on) => <a class={`line ${on ? "on" : ""}`}
          href={`#/patients/${one.patient.patient_id}`}><Face name={one.patient.name} />
          <b class="grow one">{one.patient.name}</b><span class="sm quiet desk-only" translate={false}>{titleOf(one.playbook)}</span>
          {one.exit && <Tag look={one.exit === "booked" ? "good" : ""}>{said("exit", one.exit)}</Tag>}
          <span class="sm faint entered-on">{fullDay(one.entered_at)}</span></a>} /></div>}</Page>;
}

export function Reports() {
  const [, part, measure] = place.value.path;
  const key = JSON.stringify(query());
  const report = useAnswer(`report/${key}`, ["touch"], (stop) =>
    get("/api/v1/reports/summary", { query: query(), stop }));
  const weeks = period.value === "30" ? 6 : period.value === "90" ? 13 : 52;
  const trend = useAnswer(`trend/${weeks}/${playbook.value}`, ["touch"], (stop) =>
    get("/api/v1/reports/trend", { query: { weeks, ...(playbook.value
      ? { playbook: playbook.value } : {}) }, stop }));
  const books = useAnswer(may("playbooks.read") ? "playbooks" : null, ["playbook"],
    (stop) => get("/api/v1/playbooks", { stop }));
  if (part === "people" && measure) return <People measure={measure} />;
  const sum = report.data?.all as Sum | undefined;
  const one = report.data?.playbooks as Sum[] | undefined;
  const detailed = one?.length === 1 ? one[0] : undefined;
  return <Page title={t("reports")} sub={<>{report.data && t("report_at", { when: moment(report.data.at) })} <Scope /></>}
    acts={<><Menu says={t("csv_tables")} sign="download" look="" items={tables.map((table) => ({
        text: said("table", table), does: () => { location.assign(address("csv", table)); } }))} />
      <a class="press" href={address("html")} target="_blank" rel="noopener">
        <Icon sign="print" size={17} />{t("print_page")}</a></>}>
    <div class="row wrap filters no-print">
      <Chips label={t("period")} value={period.value} onPick={(next) => { period.value = next; }}
        options={(["30", "90", "365", "all"] as const).map((id) => ({ id, text: said("period", id) }))} />
      <select class="input small" aria-label={t("playbook")} value={playbook.value}
        onChange={(event) => { playbook.value = event.currentTarget.value; }}>
        <option value="">{t("all_playbooks")}</option>
        {books.data?.items.map((item) => <option key={item.name} value={item.name}>{item.title}</option>)}
      </select></div>
    {report.problem && !sum ? <Trouble problem={report.problem} again={report.again} />
    : !sum ? <Bones lines={8} /> : sum.entered === 0 ? <Empty sign="reports" title={t("report_empty")}>
      {t("report_empty_text")}</Empty> : <>
      <Money4 sum={sum} />
      <div class="duo section">
        <section class="card"><h2>{t("funnel")}</h2><Funnel rows={measures.map((name) => {
          const rate = rateOf[name];
          const interval = rate ? sum.intervals[rate] : undefined;
          return { name, text: said("count", name), count: sum[name], share: rate ? sum.rates[rate]
            ?? null : null, ...(interval ? { low: interval.low, high: interval.high, n: interval.n } : {}),
            to: may("reports.people") ? `#/reports/people/${name}` : null };
        })} /></section>
        <div class="col cards"><LiftCard sum={sum} />
          <section class="card"><h2>{t("opt_outs")}</h2><p class="lift-says"><b>
            {percent(sum.rates["opt_out"])}</b> <span class="quiet">{n("of_contacted", sum.contacted)}
            </span></p><p class="sm quiet">{t("opt_out_band")}</p></section></div></div>
      {trend.data && trend.data.items.length > 1 && <section class="card section"><h2>{t("trend")}</h2>
        <Trend weeks={trend.data.items} /></section>}
      {sum.drop_out && sum.drop_out.length > 1 && <DropOut steps={sum.drop_out} />}
      <div class="duo section">{sum.reliability && <Reliability all={sum.reliability} />}
        {sum.staff && <StaffTime kinds={sum.staff} estimated={sum.staff_minutes_estimated}
          booked={sum.minutes_per_booked ?? null} />}</div>
      {detailed?.touches && detailed.touches.length > 0 && <TouchTable touches={detailed.touches} />}
      <Box sign="why"><p class="sm">{t("benchmarks")}</p></Box></>}
  </Page>;
}
