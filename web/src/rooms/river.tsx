// river.tsx: a playbook as a picture. People come in at the left and flow from touch to touch; the stream is as
// wide as there are people who got it. Whoever somebody has to look after waits in a loop above; whoever leaves
// branches off below, after the touch that was their last, into the lane of their exit.
import type { ComponentChildren } from "preact";
import type { Shapes } from "../api/client";
import { number, percent } from "../format";
import { channelSign, Icon } from "../parts/icon";
import { useWidth } from "../parts/width";
import { n, said, t } from "../words";
import { Fall } from "./fall";

type Book = Shapes["Playbook"];
export interface Picked { readonly what: "touch" | "hold" | "exit"; readonly id: string }

const STEP_MIN = 150;
const STEP_MAX = 250;
const LEFT = 178;       // where the names of the lanes end and the touches begin
const HALF = 46;        // half of the widest stream
const STREAM = 30 + 74; // its middle, below the words of the day
const TOUCHES = 232;    // what touches need, with their words
const LOOPS = 64;       // what holds need above them
const HOLD_MIN = 168;   // and beside each other
const HOLD_MAX = 200;
const ASIDE = 107;     // what is beside the touches: the edges, and where the stream ends
const LANE = 32;
const BRANCH_MAX = 12;  // pixels: a branch that takes everybody

interface Station {
  readonly id: string; readonly x: number; readonly went: number; readonly touch: Shapes["TouchNode"];
}
export interface Lane {
  readonly name: string; readonly count: number; readonly leaves: readonly { step: number; count: number }[];
}

// A smooth band through the stations: each as wide as its count.
export function band(points: readonly { x: number; half: number }[], mid: number): string {
  const upper: string[] = [];
  const lower: string[] = [];
  points.forEach((point, i) => {
    const next = points[i + 1];
    if (i === 0) upper.push(`M${point.x} ${mid - point.half}`);
    if (!next) return;
    const turn = (point.x + next.x) / 2;
    upper.push(`C${turn} ${mid - point.half} ${turn} ${mid - next.half} ${next.x} ${mid - next.half}`);
    lower.unshift(`C${turn} ${mid + next.half} ${turn} ${mid + point.half} ${point.x} ${mid
      + point.half}`);
  });
  const last = points.at(-1)!;
  return `${upper.join("")}L${last.x} ${mid + last.half}${lower.join("")}Z`;
}

// How many came in while it was counted; nobody so far: all who ever did.
export function enteredOf(book: Book): number {
  const { active, held, ended } = book.playbook;
  return book.steps[0]?.reached ?? active + held + ended;
}

// A lane for each exit of the playbook, then for what else people left by.
export function lanesOf(book: Book): Lane[] {
  const names = [...new Set([...book.exits.map((one) => one.name), ...book.steps.flatMap((step) =>
    step.reasons.map((one) => one.exit))])];
  return names.map((name) => {
    const leaves = book.steps.flatMap((step) => step.reasons.filter((one) => one.exit === name && one.patients > 0)
      .map((one) => ({ step: step.step, count: one.patients })));
    return { name, leaves, count: leaves.reduce((sum, one) => sum + one.count, 0) };
  });
}

// By what it goes out, and how many answered or clicked.
export function touchWords(touch: Shapes["TouchNode"]): string {
  const share = (count: number, name: "replied" | "clicked") => count > 0 && `${percent(count
    / Math.max(1, touch.sent), 0)} ${said("count", name).toLowerCase()}`;
  return [...(touch.kind === "task" ? [said("task", touch.task)]
    : touch.channels.map((channel) => said("channel_short", channel))), share(touch.replied, "replied"),
  share(touch.clicked, "clicked")].filter(Boolean).join(" · ");
}

function Station({ one, step, picked, entered, onPick }: { one: Station; step: number; picked: boolean;
  entered: number; onPick: () => void }) {
  const { touch, went } = one;
  const share = (count: number, name: "replied" | "clicked") => count > 0 && `${percent(count / Math.max(1, went), 0)} ${
    said("count", name).toLowerCase()}`;
  return <button type="button" class={`station ${touch.kind}`} style={{ left: `${one.x - step / 2 + 6}px`,
    width: `${step - 12}px` }} aria-pressed={picked} onClick={onPick}>
    <span class="day-n"><span>{t("day_n", { day: touch.day })}</span></span>
    <span class="knot"><Icon sign={touch.kind === "task" ? "phone" : channelSign(touch.channels[0])} size={17} /></span>
    <b class="one" translate={false}>{touch.id}</b>
    <span class="big">{number(went)}{entered > 0 && <small class="faint" title={t("of_entered")}>
      {" "}{percent(Math.min(1, went / entered), 0)}</small>}</span>
    <span class="xs quiet">{touch.kind === "task" ? said("task", touch.task)
      : touch.channels.map((channel) => said("channel_short", channel)).join(" · ")}</span>
    <span class="xs faint">{[share(touch.replied, "replied"), share(touch.clicked, "clicked")].filter(Boolean)
      .join(" · ") || "\u00a0"}</span>
  </button>;
}

// Up out of the stream, along the name of the hold, and down into it again.
function Loops({ holds, at, top, entered }: { holds: Book["holds"]; at: (i: number) => number; top: number;
  entered: number }) {
  return <>{holds.map((one, i) => {
    const x = at(i);
    const wide = Math.max(1.25, one.count / Math.max(1, entered) * BRANCH_MAX);
    return <path key={one.name} class={`loop ${one.count ? "" : "none"}`} stroke-width={wide}
      d={`M${x - 58} ${top}C${x - 40} ${top} ${x - 58} 34 ${x - 36} 34H${x + 36}C${x + 58} 34 ${x + 40} ${top} ${
        x + 58} ${top}`} />;
  })}</>;
}

// Down from the stream after the touch, and along the lane to its end.
function Branches({ lanes, entered, from, to, top, edge, picked }: { lanes: readonly Lane[]; entered: number;
  from: (step: number) => number; to: number; top: number; edge: (step: number) => number; picked: string | null }) {
  return <>{lanes.map((lane, j) => {
    const y = top + j * LANE + LANE / 2;
    const look = picked === lane.name ? "on" : "";
    const first = lane.leaves[0];
    return <g key={lane.name} class={`lane ${look}`}>
      <path class={lane.count ? "rail" : "rail none"} d={`M${first ? from(first.step) : LEFT} ${y}H${to}`} />
      {lane.leaves.map(({ step, count }) => {
        const x = from(step) + (j - lanes.length / 2) * 2.5;
        const wide = Math.max(1.25, count / Math.max(1, entered) * BRANCH_MAX);
        return <g key={step}><path class="branch" stroke-width={wide} d={`M${x - 20} ${edge(step)}C${x - 6} ${
          edge(step)} ${x} ${edge(step) + 8} ${x} ${edge(step) + 26}V${y - 10}Q${x} ${y} ${x + 10} ${y}H${to}`} />
          <text x={x + 14} y={y - 5}>{number(count)}</text></g>;
      })}</g>;
  })}</>;
}

const NARROW = 560;

export function River({ book, picked, onPick }: {
  book: Book; picked: Picked | null; onPick: (picked: Picked) => void }) {
  const [box, width] = useWidth<HTMLDivElement>();
  return <figure class="river card" aria-label={t("picture_of", { title: book.playbook.name })}>
    <div ref={box}>{width === 0 ? null : width < NARROW ? <Fall book={book} picked={picked} onPick={onPick} />
      : <Flow book={book} picked={picked} onPick={onPick} width={width} />}</div>
    <figcaption class="xs faint">{t(width < NARROW ? "picture_text_fall" : "picture_text")}</figcaption>
  </figure>;
}

function Flow({ book, picked, onPick, width }: {
  book: Book; picked: Picked | null; onPick: (picked: Picked) => void; width: number }) {
  const count = Math.max(1, book.touches.length);
  const step = Math.max(book.holds.length * HOLD_MIN / count,
    Math.min(STEP_MAX, Math.max(STEP_MIN, (width - LEFT - ASIDE) / count)));
  const entered = enteredOf(book);
  const lanes = lanesOf(book);
  const loops = book.holds.length ? LOOPS : 0;
  const mid = loops + STREAM;
  const top = loops + TOUCHES + 12; // of the lanes
  const stations: Station[] = book.touches.map((touch, i) => ({ id: touch.id, touch,
    x: LEFT + i * step + step / 2, went: touch.sent }));
  const most = Math.max(1, entered, ...stations.map((one) => one.went));
  const half = (count: number) => (count > 0 ? Math.max(2.5, count / most * HALF) : 1);
  const end = LEFT + stations.length * step + 52;
  const points = [{ x: 8, half: half(entered) }, { x: LEFT - 24, half: half(entered) },
    ...stations.map((one) => ({ x: one.x, half: half(one.went) })),
    { x: end, half: half(stations.at(-1)?.went ?? 0) }];
  const from = (after: number) => LEFT + Math.min(after, stations.length) * step;
  const edge = (after: number) => mid + Math.min(half(after ? stations[Math.min(after, stations.length) - 1]!.went
    : entered), half(stations[after]?.went ?? stations.at(-1)?.went ?? 0)) - 1;
  const apart = stations.length * step / Math.max(1, book.holds.length);
  const hold = (i: number) => LEFT + (i + .5) * apart;
  const share = (count: number) => entered > 0 ? percent(Math.min(1, count / entered), 0) : "";
  const is = (what: Picked["what"], id: string) => picked?.what === what && picked.id === id;
  const height = top + lanes.length * LANE + 12;
  return <div class="river-flow" tabIndex={0} role="group" aria-label={t("touches")}>
      <div class="river-inner" style={{ width: `${end + 12}px`, height: `${height}px` }}>
        <svg width={end} height={height} viewBox={`0 0 ${end} ${height}`} aria-hidden="true">
          <Loops holds={book.holds} at={hold} top={mid - 14} entered={entered} />
          <path d={band(points, mid)} class="stream" />
          <path d={`M8 ${mid}H${end}`} class="stem-line" />
          <Branches lanes={lanes} entered={entered} from={from} to={end} top={top} edge={edge}
            picked={picked?.what === "exit" ? picked.id : null} />
        </svg>
        {book.holds.map((one, i) => <button type="button" key={one.name} class="hold-loop"
          style={{ left: `${hold(i)}px`, maxWidth: `${Math.min(HOLD_MAX, apart - 8)}px` }}
          aria-pressed={is("hold", one.name)} title={t("holds_text")}
          onClick={() => onPick({ what: "hold", id: one.name })}><Icon sign="pause" size={13} />
          <span class="one">{said("hold", one.name)}</span><b>{number(one.count)}</b>
          <small>{share(one.count)}</small></button>)}
        <div class="river-start" style={{ top: `${loops + 160}px` }}><b>{number(entered)}</b><span>{t("entered")}</span>
          <span class="faint">{t("active_now", { count: number(book.playbook.active) })}</span></div>
        <div class="stations" style={{ top: `${loops}px`, height: `${TOUCHES}px` }}>{stations.map((one) =>
          <Station key={one.id} one={one} step={step} picked={is("touch", one.id)} entered={entered}
            onPick={() => onPick({ what: "touch", id: one.id })} />)}</div>
        <ul class="lanes" style={{ top: `${top}px` }} aria-label={t("exits")}>{lanes.map((lane) => <li key={lane.name}>
          <button type="button" class="lane-name" aria-pressed={is("exit", lane.name)}
            onClick={() => onPick({ what: "exit", id: lane.name })}><span class="one grow">{said("exit", lane.name)}</span>
            <b class="num">{number(lane.count)}</b><small class="num faint">{share(lane.count)}</small></button></li>)}</ul>
      </div>
    </div>;
}

// What a hold or an exit is, and after which touch people came to it.
export function RuleCard({ book, picked, children }: { book: Book; picked: Picked; children?: ComponentChildren }) {
  const rule = (picked.what === "hold" ? book.holds : book.exits).find((one) => one.name === picked.id);
  const lane = picked.what === "exit" ? lanesOf(book).find((one) => one.name === picked.id) : undefined;
  const entered = enteredOf(book);
  const count = lane?.count ?? rule?.count ?? 0;
  return <section class="card touch-card" aria-label={said(picked.what, picked.id)}>
    <header><Icon sign={picked.what === "hold" ? "pause" : "out"} size={22} /><div class="grow">
      <h2>{said(picked.what, picked.id)}</h2><p class="sm quiet">{picked.what === "hold" ? t("holds_text")
        : t("exits_text")}</p></div>{children}</header>
    <dl class="figures"><div><dt>{picked.what === "hold" ? t("were_held") : t("left_by_it")}</dt><dd>{number(count)}
      {entered > 0 && <small class="faint"> {percent(Math.min(1, count / entered), 0)}</small>}</dd></div>
      {lane?.leaves.map((one) => <div key={one.step}><dt>{one.step ? n("after_touches", one.step) : t("before_first")}</dt>
        <dd>{number(one.count)}</dd></div>)}</dl>
    {rule && <dl class="facts">{rule.when && <><dt>{t("when_true")}</dt><dd><code>{rule.when}</code></dd></>}
      {rule.at_day !== null && rule.at_day !== undefined && <><dt>{t("when")}</dt><dd>{t("on_day_n",
        { day: rule.at_day })}</dd></>}
      {rule.task && <><dt>{t("then_task")}</dt><dd>{said("task", rule.task)}</dd></>}
      {rule.resumes && <><dt>{t("then_goes_on")}</dt><dd>{t("resumes")}</dd></>}</dl>}
  </section>;
}
