// fall.tsx: the picture of a playbook where the screen is narrow: the same stream falls from touch to touch.
// Beside each touch stands what it was and came to, and below it who left after it.
import type { Shapes } from "../api/client";
import { number, percent } from "../format";
import { channelSign, Icon } from "../parts/icon";
import { said, t } from "../words";
import { band, enteredOf, lanesOf, type Picked, touchWords } from "./river";

const HALF = 30;   // half of the widest stream
const MID = 36;    // its middle
const START = 64;  // what those who came in need
const STEP = 112;  // what a touch needs, with its words

export function Fall({ book, picked, onPick }: { book: Shapes["Playbook"]; picked: Picked | null;
  onPick: (picked: Picked) => void }) {
  const entered = enteredOf(book);
  const lanes = lanesOf(book);
  const most = Math.max(1, entered, ...book.touches.map((one) => one.sent));
  const half = (count: number) => (count > 0 ? Math.max(2, count / most * HALF) : 1);
  const knot = (i: number) => START + i * STEP + 32;
  const end = START + book.touches.length * STEP;
  const points = [{ x: 4, half: half(entered) }, { x: START - 12, half: half(entered) },
    ...book.touches.map((one, i) => ({ x: knot(i), half: half(one.sent) })),
    { x: end, half: half(book.touches.at(-1)?.sent ?? 0) }];
  const is = (what: Picked["what"], id: string) => picked?.what === what && picked.id === id;
  const share = (count: number) => (entered > 0 ? percent(Math.min(1, count / entered), 0) : "");
  const left = (step: number) => lanes.flatMap((lane) => lane.leaves.filter((one) => one.step === step)
    .map((one) => `${number(one.count)} ${said("exit", lane.name)}`)).join(" · ");
  return <>
    <div class="fall" style={{ height: `${end}px` }}>
      <svg width={MID * 2} height={end} aria-hidden="true"><g transform="matrix(0 1 1 0 0 0)">
        <path d={band(points, MID)} class="stream" /><path d={`M4 ${MID}H${end}`} class="stem-line" /></g></svg>
      <p class="fall-start"><b>{number(entered)}</b> {t("entered")}
        <span class="faint"> · {t("active_now", { count: number(book.playbook.active) })}</span></p>
      {book.touches.map((touch, i) => <button type="button" key={touch.id} class={`fall-touch ${touch.kind}`}
        style={{ top: `${START + i * STEP}px`, height: `${STEP - 8}px` }} aria-pressed={is("touch", touch.id)}
        onClick={() => onPick({ what: "touch", id: touch.id })}>
        <span class="knot"><Icon sign={touch.kind === "task" ? "phone" : channelSign(touch.channels[0])} size={17} />
        </span>
        <span class="row"><b class="one" translate={false}>{touch.id}</b>
          <span class="xs faint end nowrap">{t("day_n", { day: touch.day })}</span></span>
        <span class="big">{number(touch.sent)} <small class="faint">{share(touch.sent)}</small></span>
        <span class="xs quiet one">{touchWords(touch)}</span>
        {left(i + 1) && <span class="xs left one"><Icon sign="out" size={13} />{left(i + 1)}</span>}
      </button>)}
    </div>
    {book.holds.length > 0 && <ul class="fall-holds">{book.holds.map((one) => <li key={one.name}><button type="button"
      class="hold-loop" aria-pressed={is("hold", one.name)} title={t("holds_text")}
      onClick={() => onPick({ what: "hold", id: one.name })}><Icon sign="pause" size={13} />
      <span class="one">{said("hold", one.name)}</span><b>{number(one.count)}</b></button></li>)}</ul>}
    <ul class="fall-lanes" aria-label={t("exits")}>{lanes.map((lane) => <li key={lane.name}>
      <button type="button" class="lane-name" aria-pressed={is("exit", lane.name)}
        onClick={() => onPick({ what: "exit", id: lane.name })}><span class="one grow">{said("exit", lane.name)}</span>
        <b class="num">{number(lane.count)}</b><small class="num faint">{share(lane.count)}</small></button></li>)}</ul>
  </>;
}
