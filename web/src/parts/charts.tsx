// charts.tsx: the few pictures of numbers; each says in words, for who cannot see it, what it shows.
import type { Shapes } from "../api/client";
import { civil, number, percent } from "../format";
import { said, t } from "../words";
import { useWidth } from "./width";

interface FunnelRow {
  readonly name: string; readonly text: string; readonly count: number; readonly share: number | null;
  readonly low?: number; readonly high?: number; readonly n?: number; readonly to: string | null;
}
export function Funnel({ rows }: { rows: readonly FunnelRow[] }) {
  const most = Math.max(1, ...rows.map((row) => row.count));
  return <ol class="funnel">{rows.map((row) => {
    const inside = <><span class="funnel-name">{row.text}</span>
      <span class="funnel-bar"><i style={{ width: `${row.count / most * 100}%` }} /></span>
      <b class="num">{number(row.count)}</b>
      <span class="funnel-rate sm">{row.share !== null && <>{percent(row.share)}
        {row.low !== undefined && <span class="faint xs"> {t("between", { low: percent(row.low, 0),
          high: percent(row.high, 0) })}</span>}</>}</span></>;
    return <li key={row.name}>{row.to ? <a href={row.to}>{inside}</a> : <span>{inside}</span>}</li>;
  })}</ol>;
}

export function Lift({ lift, low, high }: { lift: number; low: number; high: number }) {
  const edge = Math.max(0.1, Math.ceil(Math.max(Math.abs(low), Math.abs(high)) * 20) / 20);
  const x = (share: number) => 10 + (share + edge) / (2 * edge) * 300;
  const ticks = [-edge, -edge / 2, 0, edge / 2, edge];
  return <svg class="lift" viewBox="0 0 320 58" role="img" aria-label={t("lift_alt", {
    lift: percent(lift), low: percent(low), high: percent(high) })}>
    {ticks.map((tick) => <g key={tick}><line x1={x(tick)} x2={x(tick)} y1="6" y2="40"
      class={tick === 0 ? "zero" : "grid"} /><text x={x(tick)} y="54" text-anchor="middle">
      {tick > 0 ? "+" : tick < 0 ? "−" : ""}{number(Math.abs(tick) * 100, edge / 2 * 100 % 1 > .1 && tick % edge ? 1 : 0)}</text></g>)}
    <line x1={x(low)} x2={x(high)} y1="23" y2="23" class="whisker" />
    <circle cx={x(lift)} cy="23" r="6" class="point" /></svg>;
}

const H = 190;
export function Trend({ weeks }: { weeks: readonly Shapes["TrendWeek"][] }) {
  const [box, width] = useWidth<HTMLElement>();
  const W = Math.max(260, width);
  const most = Math.max(1, ...weeks.map((week) => Math.max(week.entered, week.contacted)));
  const step = (W - 40) / Math.max(1, weeks.length - 1);
  const x = (i: number) => 34 + i * step;
  const y = (count: number) => 10 + (1 - count / most) * (H - 40);
  const line = (name: "contacted" | "replied" | "booked") => weeks.map((week, i) =>
    `${i ? "L" : "M"}${x(i).toFixed(1)} ${y(week[name]).toFixed(1)}`).join("");
  const names = ["contacted", "replied", "booked"] as const;
  const every = Math.ceil(weeks.length / Math.max(2, Math.floor(W / 90)));
  return <figure ref={box}><svg class="trend" width={W} height={H} viewBox={`0 0 ${W} ${H}`} role="img" aria-label={t("trend_alt")}>
    {[0, 0.5, 1].map((part) => <g key={part}><line x1="34" x2={W - 6} y1={y(part * most)}
      y2={y(part * most)} class="grid" /><text x="28" y={y(part * most) + 4} text-anchor="end">
      {number(part * most)}</text></g>)}
    <path d={`${line("booked")}L${x(weeks.length - 1)} ${y(0)}L${x(0)} ${y(0)}Z`} class="area" />
    {names.map((name) => <path d={line(name)} class={`run ${name}`} key={name} />)}
    {weeks.map((week, i) => i % every === 0 && <text key={week.week} x={x(i)} y={H - 6}
      text-anchor="middle">{civil(week.week).replace(/,? \d{4}$/, "")}</text>)}
  </svg><figcaption class="legend xs">{names.map((name) => <span key={name}><i class={name} />
    {said("count", name)}</span>)}</figcaption>
    <div class="sr"><table><caption>{t("trend")}</caption><thead><tr><th>{t("week")}</th>{names.map((name) =>
      <th key={name}>{said("count", name)}</th>)}</tr></thead><tbody>{weeks.map((week) =>
      <tr key={week.week}><th scope="row">{civil(week.week)}</th>{names.map((name) =>
        <td key={name}>{week[name]}</td>)}</tr>)}</tbody></table></div></figure>;
}
