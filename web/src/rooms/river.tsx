// river.tsx: a playbook as a picture: people come in at the left and flow from touch to touch; the
// stream is as wide as there are people who got it. What leaves it leaves to an exit.
import type { Shapes } from "../api/client";
import { number, percent } from "../format";
import { channelSign, Icon } from "../parts/icon";
import { useWidth } from "../parts/width";
import { said, t } from "../words";

const STEP_MIN = 150;
const STEP_MAX = 250;
const HALF = 46; // half of the widest stream
const MID = 74;

interface Station {
  readonly id: string; readonly x: number; readonly went: number; readonly touch: Shapes["TouchNode"];
}

// A smooth band through the stations: each as wide as its count.
function band(points: readonly { x: number; half: number }[]): string {
  const upper: string[] = [];
  const lower: string[] = [];
  points.forEach((point, i) => {
    const next = points[i + 1];
    if (i === 0) upper.push(`M${point.x} ${MID - point.half}`);
    if (!next) return;
    const turn = (point.x + next.x) / 2;
    upper.push(`C${turn} ${MID - point.half} ${turn} ${MID - next.half} ${next.x} ${MID - next.half}`);
    lower.unshift(`C${turn} ${MID + next.half} ${turn} ${MID + point.half} ${point.x} ${MID
      + point.half}`);
  });
  const last = points.at(-1)!;
  return `${upper.join("")}L${last.x} ${MID + last.half}${lower.join("")}Z`;
}

export function River({ book, picked, onPick }: {
  book: Shapes["Playbook"]; picked: string | null; onPick: (id: string) => void }) {
  const [box, width] = useWidth<HTMLDivElement>();
  const step = Math.min(STEP_MAX, Math.max(STEP_MIN, (width - 152) / book.touches.length));
  const entered = book.playbook.active + book.playbook.held + book.playbook.ended;
  const stations: Station[] = book.touches.map((touch, i) => ({ id: touch.id, touch,
    x: 120 + i * step + step / 2, went: touch.sent }));
  const most = Math.max(1, entered, ...stations.map((one) => one.went));
  const half = (count: number) => (count > 0 ? Math.max(2.5, count / most * HALF) : 1);
  const end = 120 + stations.length * step + 20;
  const points = [{ x: 8, half: half(entered) }, { x: 96, half: half(entered) },
    ...stations.map((one) => ({ x: one.x, half: half(one.went) })),
    { x: end, half: half(stations.at(-1)?.went ?? 0) }];
  return <figure class="river card" aria-label={t("picture_of", { title: book.playbook.title })}>
    <div class="river-flow" ref={box} tabIndex={0} role="group" aria-label={t("touches")}>
      <div class="river-inner" style={{ width: `${end + 12}px` }}>
        <svg width={end} height={MID * 2} viewBox={`0 0 ${end} ${MID * 2}`} aria-hidden="true">
          <path d={band(points)} class="stream" />
          <path d={`M8 ${MID}H${end}`} class="stem-line" />
        </svg>
        <div class="river-start"><b>{number(entered)}</b><span>{t("entered")}</span>
          <span class="faint">{t("active_now", { count: number(book.playbook.active) })}</span></div>
        {stations.map(({ touch, x, went }) => <button type="button" key={touch.id}
          class={`station ${touch.kind}`} style={{ left: `${x - step / 2 + 6}px`,
            width: `${step - 12}px` }} aria-pressed={picked === touch.id}
          onClick={() => onPick(touch.id)}>
          <span class="day-n">{t("day_n", { day: touch.day })}</span>
          <span class="knot"><Icon sign={touch.kind === "task" ? "phone"
            : channelSign(touch.channels[0])} size={17} /></span>
          <b class="one">{touch.id}</b>
          <span class="big">{number(went)}{entered > 0 && <small class="faint" title={t("of_entered")}>
            {" "}{percent(Math.min(1, went / entered), 0)}</small>}</span>
          <span class="xs quiet">{touch.kind === "task" ? said("task", touch.task)
            : touch.channels.map((one) => said("channel_short", one)).join(" · ")}</span>
          <span class="xs faint">{touch.replied > 0 && `${percent(touch.replied / Math.max(1, went), 0)} ${
            said("count", "replied").toLowerCase()}`}{touch.replied > 0 && touch.clicked > 0 && " · "}
            {touch.clicked > 0 && `${percent(touch.clicked / Math.max(1, went), 0)} ${
              said("count", "clicked").toLowerCase()}`}{!touch.replied && !touch.clicked && " "}</span>
        </button>)}
      </div>
    </div>
  </figure>;
}
