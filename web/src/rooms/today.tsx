// today.tsx: what the front desk does now, what the engine will do, and what is in the way.
import { useState } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { get, type Shapes } from "../api/client";
import { usePages } from "../api/pages";
import { ago, civil, clock, now, number, weekday } from "../format";
import { useKeys } from "../keys";
import { Attached } from "../parts/attached";
import { Bones, Box, Empty, Face, Tag, Trouble } from "../parts/basic";
import { Icon } from "../parts/icon";
import { List } from "../parts/list";
import { go, place } from "../router";
import { Page, Scope } from "../shell/shell";
import { known, n, said, t } from "../words";
import { everywhere, may } from "./session";
import { threadName } from "./thread";
import { dueWords, TaskPanel, taskTitle, type Item } from "./task";

type Queue = "overdue" | "due" | "unanswered" | "done";
const queues: readonly Queue[] = ["overdue", "due", "unanswered", "done"];

function QueueTiles({ counts, value, onPick }: {
  counts: Shapes["QueueCounts"]; value: Queue; onPick: (queue: Queue) => void }) {
  const count = (queue: Queue) => (queue === "done" ? counts.done_today : counts[queue]);
  return <div class="tiles" role="group" aria-label={t("queues")}>
    {queues.map((queue) => <button type="button" key={queue} aria-pressed={value === queue}
      class={`tile ${queue === "overdue" && counts.overdue ? "alarm" : ""}`}
      onClick={() => onPick(queue)}>
      <b>{number(count(queue))}</b><span>{said("queue", queue)}</span></button>)}</div>;
}

function TaskRow({ item, on, onOpen }: { item: Item; on: boolean; onOpen: () => void }) {
  const asked = item.state === "open" && (item.reply || item.attachments.length > 0);
  const words = [asked && item.kind === "answer_reply" ? "" : said("task", item.kind), said("outcome", item.outcome),
    item.assignee?.name].filter(Boolean);
  return <button type="button" class={`line ${on ? "on" : ""}`} aria-current={on || undefined}
    onClick={onOpen}>
    {item.patient ? <Face name={item.patient.name} /> : <span class="face"><Icon sign="task" /></span>}
    <span class="grow col tight"><span class="row"><b class="one" dir="auto">{item.patient?.name ?? taskTitle(item)}</b>
      {item.priority >= 80 && <Tag look="alarm">{t("urgent")}</Tag>}</span>
      <span class="sm quiet one">{words.join(" · ")}{asked && <>{words.length > 0 && " · "}<span class="asked" dir="auto"
        translate={false}>{item.reply}</span> <Attached kinds={item.attachments} /></>}</span></span>
    <span class={`sm ${item.queue === "overdue" ? "bad" : "faint"}`}>
      {item.ended_at ? clock(item.ended_at) : dueWords(item)}</span>
  </button>;
}

function Hot({ threads }: { threads: readonly Shapes["Thread"][] }) {
  if (!threads.length) return null;
  return <section class="section first" aria-labelledby="hot"><header><h2 id="hot">{t("hot")}</h2>
    <a class="more" href="#/inbox">{t("all_conversations")}</a></header>
    <ul class="hot">{threads.slice(0, 4).map((thread) => <li key={thread.thread_id}>
      <a class="card reply" href={`#/inbox/${thread.thread_id}`}>
        <span class="row"><Face name={thread.patient ? threadName(thread) : "?"} />
          <span class="grow col tight"><b class="one" dir="auto">{threadName(thread)}</b>
            <span class="xs faint">{thread.last_in_at && ago(thread.last_in_at)}</span></span>
          <Urgency thread={thread} /></span>
        <span class="quote"><span dir="auto" translate={false}>{thread.preview}</span>{" "}
          <Attached kinds={thread.attachments} /></span>
        <span class="row sm">{thread.label && <Tag look={labelLook(thread.label)}>
            {said("label", thread.label)}</Tag>}
          <Until at={thread.answer_by} /></span>
      </a></li>)}</ul></section>;
}

export function labelLook(label: string): string {
  if (/urgent|angry|abusive|refund/.test(label)) return "alarm";
  return /clinical|cancel|opt_out|wrong/.test(label) ? "wait" : "good";
}

export function Urgency({ thread }: { thread: Shapes["Thread"] }) {
  switch (thread.urgency) {
    case "emergency": return <Tag look="alarm">{t("urgency_emergency")}</Tag>;
    case "same_day": return <Tag look="wait">{t("urgency_same_day")}</Tag>;
    case "unknown": case "none": return null;
  }
}

export function Until({ at }: { at: string | null | undefined }) {
  if (!at) return null;
  const late = new Date(at).getTime() < now();
  return <span class={`xs ${late ? "bad" : "faint"} row until`}><Icon sign="clock" size={14} />
    {late ? t("answer_was_due", { when: ago(at) }) : t("answer_by", { when: ago(at) })}</span>;
}

// Seven days as seven stems: texts, mails and what people have to do.
function Week({ days }: { days: readonly Shapes["ForecastDay"][] }) {
  const most = Math.max(1, ...days.map((one) => one.sms + one.email + one.tasks));
  const kinds = ["sms", "email", "tasks"] as const;
  if (!days.some((one) => one.sms + one.email + one.tasks)) return <p class="quiet sm">{t("week_empty")}</p>;
  return <figure class="week"><div class="stems" aria-hidden="true">{days.map((one) => {
    const all = one.sms + one.email + one.tasks;
    return <div key={one.day} class="stem"><span class="xs faint">{all || ""}</span>
      <div class="bar" style={{ height: `${Math.max(all ? 3 : 0, all / most * 84)}px` }}>
        {kinds.map((kind) => one[kind] > 0 && <i key={kind} class={kind}
          style={{ flexGrow: one[kind] }} />)}</div>
      <span class="xs quiet">{civil(one.day, true).split(/[ ,]/)[0]}</span></div>;
  })}</div>
    <figcaption class="legend xs">{kinds.map((kind) => <span key={kind}><i class={kind} />
      {said("will", kind)} {number(days.reduce((sum, one) => sum + one[kind], 0))}</span>)}</figcaption>
    <div class="sr"><table><caption>{t("next_days")}</caption><tbody>{days.map((one) => <tr key={one.day}>
      <th scope="row">{civil(one.day, true)}</th>{kinds.map((kind) =>
        <td key={kind}>{said("will", kind)}: {one[kind]}</td>)}</tr>)}</tbody></table></div></figure>;
}

function Blocked({ items }: { items: readonly Shapes["Blocked"][] }) {
  if (!items.length) return <p class="quiet sm">{t("nothing_blocked")}</p>;
  const most = Math.max(...items.map((one) => one.count));
  return <ul class="blocked">{items.map((one) => <li key={one.code + (one.playbook ?? "")}>
    <details><summary><span class="grow">{said("gate", one.code)}</span>
      <span class="num">{number(one.count)}</span>
      <i class="gauge" style={{ width: `${one.count / most * 100}%` }} /></summary>
      <p class="sm quiet">{known("gate_means", one.code) ?? one.meaning}</p>
      {one.remedy && <p class="sm"><b>{t("remedy")}</b> {known("gate_remedy", one.code) ?? one.remedy}</p>}</details></li>)}</ul>;
}

// Who may be in danger waits, and the server can call nobody: whoever reads this is the one.
export function NobodyToCall() {
  return <Box look="alarm"><p><b>{t("nobody_to_call")}</b> {t("nobody_to_call_text")}</p>
    <p class="row wrap">{may("settings.write") && everywhere.value && <a href="#/settings/file">{t("set_contact")}</a>}
      <a href="#/settings/account">{t("confirm_phone")}</a></p></Box>;
}

function Aside({ today }: { today: Shapes["Today"] }) {
  return <aside class="aside">
    <section class="card"><header><h2 class="grow">{t("next_days")}</h2></header>
      <Week days={today.forecast} /></section>
    <section class="card"><header><h2 class="grow">{t("blocked")}</h2></header>
      {today.nobody_to_call > 0 && <p class="sm bad row"><Icon sign="alert" size={15} />{t("nobody_to_call")}</p>}
      {(today.blocked.length > 0 || today.nobody_to_call === 0) && <Blocked items={today.blocked} />}</section>
  </aside>;
}

export function Today() {
  const { data, problem, again } = useAnswer("today", ["task", "thread"],
    (stop) => get("/api/v1/today", { stop }));
  const [picked, setPicked] = useState<Queue | null>(null);
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const queue: Queue = picked ?? (data && data.queues.overdue ? "overdue" : "due");
  const pages = usePages<Item, Shapes["TaskList"]>(data ? `tasks/${queue}` : null, ["task"],
    (cursor, stop) => get("/api/v1/tasks", { query: { queue, limit: 100, ...(cursor
      ? { cursor } : {}) }, ...(stop ? { stop } : {}) }));
  const openId = place.value.path[0] === "today" ? place.value.path[1] ?? null : null;
  const items = pages.items.filter((item) => !gone.has(item.task_id));
  const step = (from: string) => {
    const at = items.findIndex((item) => item.task_id === from);
    const next = items[at + 1] ?? items[at - 1];
    if (next) go("today", next.task_id);
    else go("today");
  };
  useKeys(openId ? [{ keys: "Escape", says: t("close"), does: () => go("today"), hidden: true }] : []);

  if (problem && !data) return <Page title={t("today")}><Trouble problem={problem} again={again} />
    </Page>;
  if (!data) return <Page title={t("today")}><Bones lines={6} /></Page>;
  const waiting = data.queues.due + data.queues.overdue + data.queues.unanswered;
  return <Page title={weekday(data.at)} sub={<>{waiting ? n("things_wait", waiting)
    : t("nothing_waits")} {data.booking_data_at && t("data_as_of", { when: ago(data.booking_data_at) })}
    <Scope /></>}>
    {data.nobody_to_call > 0 && <NobodyToCall />}
    {data.booking_data_stale && <Box look="wait" sign="clock">{t("data_stale")} {may("imports.write")
      && everywhere.value && <a href="#/settings/imports">{t("import_new")}</a>}</Box>}
    <div class={`desk ${openId ? "opened" : ""}`}>
      <div class="desk-main">
        <Hot threads={data.hot} />
        <section class="section" aria-labelledby="do"><header><h2 id="do">{t("to_do")}</h2></header>
          <QueueTiles counts={data.queues} value={queue} onPick={setPicked} />
          {pages.problem ? <Trouble problem={pages.problem} again={pages.again} />
          : !pages.first ? <Bones />
          : items.length ? <div class="task-list" style={{ height:
              `${Math.min(items.length, 9) * 58}px` }}>
              <List items={items} idOf={(item) => item.task_id} height={58} label={t("to_do")}
                on={openId} onMove={(item) => { if (openId) go("today", item.task_id); }}
                onOpen={(item) => go("today", item.task_id)} onEnd={pages.more}
                row={(item, on) => <TaskRow item={item} on={on}
                  onOpen={() => go("today", item.task_id)} />} /></div>
          : <Empty sign={queue === "done" ? "task" : "check"} title={said("queue_empty", queue)}>
              {said("queue_empty_text", queue)}</Empty>}
        </section>
      </div>
      {openId ? <TaskPanel key={openId} id={openId} onClose={() => go("today")}
        onDone={(back) => {
          setGone((old) => {
            const next = new Set(old);
            if (back) next.delete(openId);
            else next.add(openId);
            return next;
          });
          if (!back) step(openId);
        }} /> : <Aside today={data} />}
    </div>
  </Page>;
}
