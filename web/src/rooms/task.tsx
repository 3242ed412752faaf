// task.tsx: one thing a person has to do, with all that is needed to do it.
import { useEffect, useRef, useState } from "preact/hooks";
import { freshen, useAnswer } from "../api/answers";
import { call, get, type Shapes } from "../api/client";
import { useDraft } from "../drafts";
import { ago, clock, fullDay, isSameDay, now, phone, weekday } from "../format";
import { useKeys } from "../keys";
import { Attached, kindsOf } from "../parts/attached";
import { Bones, Box, Caps, Face, Gone, IconPress, isDead, Linked, Menu, Tag, Trouble } from "../parts/basic";
import { channelSign, Icon } from "../parts/icon";
import { attempt, later, tell } from "../parts/over";
import { known, said, t } from "../words";
import { withDays } from "../words/sentences";
import { may, session } from "./session";
import { isTheirs, tagWords } from "./reading";
import { Known } from "./summary";
import { DraftPanel, type Decision } from "./task_draft";
import { alongOf, Proposed, useNote } from "./task_note";
import { FreedTime, Visit } from "./task_visit";

type Item = Shapes["TaskItem"];
type Body = Record<string, unknown>;

const text = (value: unknown) => (typeof value === "string" ? value : "");
const list = (value: unknown) => (Array.isArray(value) ? value as Body[] : []);

// What it is about where no patient is: its kind, which the catalogue words.
export const taskTitle = (item: Item) => known("task", item.kind) ?? item.title;

export function dueWords(item: Item): string {
  return isSameDay(item.due_at, now()) ? clock(item.due_at) : ago(item.due_at);
}

const timesOf = (data: Shapes["Task"]) => text((data.body as Body)["open_slots_text"]);

// A call's script ends with what is known in sentences; here that stands below as facts.
function scriptOf(data: Shapes["Task"]): string {
  const lines = (data.body as Body)["summary"] as { lines?: string[] } | undefined;
  const tail = (lines?.lines ?? []).map((line) => `\n- ${line}`).join("");
  const whole = data.script ?? "";
  if (!tail || !whole.endsWith(tail)) return whole;
  const script = whole.slice(0, -tail.length);
  return script.slice(0, Math.max(0, script.lastIndexOf("\n\n")));
}

// The message that asks for somebody stands before everything that is known beside it.
function Wrote({ body }: { body: Body }) {
  const words = text(body["reply"]), kinds = kindsOf(body["attachments"]);
  return words || kinds.length ? <section><blockquote class="said wrote">
    {words && <p dir="auto" translate={false}>{words}</p>}<Attached kinds={kinds} />
    {text(body["at"]) && <footer class="xs faint">{ago(text(body["at"]))}</footer>}</blockquote></section> : null;
}

// What was sent and what came of it: the body is the snapshot of the moment the task was made.
function History({ body }: { body: Body }) {
  const sent = list(body["touch_history"] ?? body["sent"]).filter((one) => one["state"] !== "due");
  const engaged = new Map(list(body["engagement"]).map((one) => [text(one["touch"]), one]));
  const reply = body["last_reply"] as { text?: string; at?: string; label?: string } | undefined;
  const earlier = list(body["earlier_replies"]);
  const visit = body["last_visit"] as Body | undefined;
  const summary = body["summary"] as Partial<Shapes["Summary"]> | undefined;
  return <>
    {summary && <section><h3>{t("what_is_known")}</h3><Known summary={summary} /></section>}
    {reply && !summary && <section><h3>{t("last_reply")}</h3>
      <blockquote class="said">{reply.text && <p>{reply.text}</p>}
        <footer class="xs faint">{[said("label", reply.label), reply.at && ago(reply.at)].filter(Boolean).join(" · ")}</footer>
      </blockquote></section>}
    {visit && !summary && <section><h3>{t("last_visit")}</h3><p class="quiet">
      {[text(visit["service"]), text(visit["provider"]),
        withDays(text(visit["at"] ?? visit["day"]).slice(0, 10))].filter(Boolean).join(" · ")}</p></section>}
    {sent.length > 0 && <section><h3>{t("what_happened")}</h3><ul class="steps">
      {sent.map((one, i) => {
        const more = engaged.get(text(one["touch"]));
        const signs = ["opened", "clicked", "replied"].filter((name) =>
          more && typeof more[name] === "number" && more[name] > 0);
        return <li key={i}><Icon sign={channelSign(text(one["channel"]))} size={16} />
          <span class="grow">{text(one["touch"])}<span class="faint">{[said("state", text(one["state"])),
            said("gate", text(one["code"])), ...signs.map((sign) => said("did", sign))].filter(Boolean)
            .map((words, place) => (place ? `, ${words}` : ` · ${words}`))}</span></span>
          {text(one["sent"] ?? one["at"]) &&
            <span class="xs faint">{ago(text(one["sent"] ?? one["at"]))}</span>}</li>;
      })}</ul></section>}
    {earlier.length > 0 && <section><h3>{t("earlier_replies")}</h3><ul class="steps">
      {earlier.map((one, i) => <li key={i}><Icon sign="sms" size={16} />
        <span class="grow">{text(one["text"])} <Attached kinds={kindsOf(one["attachments"])} /></span>
        <span class="xs faint">{text(one["at"]) && ago(text(one["at"]))}</span></li>)}</ul></section>}
  </>;
}

function useSeconds(id: string): () => number {
  const state = useRef({ id, ms: 0, since: performance.now() });
  if (state.current.id !== id) state.current = { id, ms: 0, since: performance.now() };
  useEffect(() => {
    const turn = () => {
      const one = state.current;
      if (document.hidden) one.ms += performance.now() - one.since;
      one.since = performance.now();
    };
    document.addEventListener("visibilitychange", turn);
    return () => document.removeEventListener("visibilitychange", turn);
  }, []);
  return () => Math.round((state.current.ms + performance.now() - state.current.since) / 1000);
}

export function outcomeWords(name: string): string {
  return said("outcome", name);
}

// Whose it is to end.
function WhoEnds({ task }: { task: Item }) {
  return <Box look="wait" sign="user"><p class="sm">{t("ends_clinician")}{" "}
    {t("ends_clinician_other", { roles: task.may_end.map((role) => said("role", role).toLowerCase()).join(", ") })}</p></Box>;
}

export function TaskPanel({ id, onClose, onDone }: {
  id: string; onClose: () => void; onDone: (back: boolean) => void }) {
  const { data, problem, again } = useAnswer(`task/${id}`, [`task:${id}`],
    (stop) => get("/api/v1/tasks/{task_id}", { path: { task_id: id }, stop }));
  const [note, setNote, dropNote] = useDraft(`task/${id}`);
  const [busy, setBusy] = useState(false);
  const seconds = useSeconds(id);
  const outcomes = data?.outcomes ?? [];
  const writes = may("inbox.write");
  const open = writes && data?.task.state === "open";
  const proposal = useNote(id, note, Boolean(open && !data?.approves && data?.task.patient));
  const proposed = outcomes.find((one) => one.name === proposal.reading?.outcome)?.name ?? null;

  const end = (outcome: string) => {
    if (busy || !data) return;
    const spent = Math.min(86_400, seconds());
    const words = note.trim();
    setBusy(true);
    dropNote();
    onDone(false);
    later(t("task_done", { name: data.task.patient?.name ?? taskTitle(data.task),
      outcome: outcomeWords(outcome) }), { path: `/api/v1/tasks/${id}/outcome`,
      body: { outcome, staff_seconds: spent, ...(words ? { note: words, ...alongOf(proposal) } : {}) },
      drafts: { [`task/${id}`]: words }, topics: ["task", `task:${id}`] }, (done) => {
      if (done) return;
      setBusy(false);
      onDone(true);
    });
  };
  const decide = (decision: Decision, etag: string, decided: () => void) => {
    const words = note.trim();
    setBusy(true);
    dropNote();
    onDone(false);
    later(t("task_done", { name: data!.task.patient?.name ?? taskTitle(data!.task), outcome: outcomeWords(
      decision.decision === "refuse" ? "refused" : "approved") }), { path: `/api/v1/tasks/${id}/approve`, etag,
      body: { ...decision, staff_seconds: Math.min(86_400, seconds()), ...(words ? { note: words } : {}) },
      drafts: { [`task/${id}`]: words }, topics: ["task", `task:${id}`, "thread"] }, (done) => {
      if (done) return decided();
      setBusy(false);
      onDone(true);
    });
  };
  const give = (assignee: string | null) => attempt(async () => {
    await call("patch", "/api/v1/tasks/{task_id}", { path: { task_id: id },
      body: { assignee_id: assignee } });
    freshen(["task", `task:${id}`]);
  });
  const wait = (hours: number) => attempt(async () => {
    const due = new Date(now() + hours * 3_600_000).toISOString();
    await call("patch", "/api/v1/tasks/{task_id}", { path: { task_id: id }, body: { due_at: due } });
    freshen(["task", `task:${id}`]);
    tell(t("task_later", { when: `${weekday(due)}, ${clock(due)}` }));
  });
  useKeys(open ? [...outcomes.slice(0, 9).map((outcome, i) => ({
    keys: String(i + 1), says: outcomeWords(outcome.name), does: () => end(outcome.name) })),
    ...(outcomes.length ? [{ keys: "n", says: t("key_note"), does: () =>
      document.getElementById("task-note")?.focus() }] : []),
    ...(proposed ? [{ keys: "mod+Enter", says: t("proposed_take"), always: true, does: () => end(proposed) }]
      : [])] : []);

  if (isDead(problem)) return <aside class="panel"><Gone what="task" to="#/today" back={t("today")} part /></aside>;
  if (problem) return <aside class="panel"><Trouble problem={problem} again={again} /></aside>;
  if (!data) return <aside class="panel"><Bones lines={6} /></aside>;
  const { task } = data;
  const mine = task.assignee?.user_id === session.value?.user?.user_id;
  const remark = <><label class="sr" for="task-note">{t("note")}</label>
    <textarea class="input" id="task-note" rows={2} dir="auto" value={note}
      placeholder={data.approves || !task.patient ? t("note_hint") : t("note_hint_call")}
      maxLength={4000} onInput={(event) => setNote(event.currentTarget.value)} /></>;
  return <aside class="panel" aria-label={[taskTitle(task), task.patient?.name].filter(Boolean).join(": ")}>
    <header>
      {task.patient ? <Face name={task.patient.name} big /> : <Icon sign="task" size={28} />}
      <div class="grow"><h2>{task.patient
        ? <a href={`#/patients/${task.patient.patient_id}`}>{task.patient.name}</a> : taskTitle(task)}</h2>
        <p class="sm quiet">{said("task", task.kind)} · {dueWords(task)}
          {task.assignee && ` · ${task.assignee.name}`}</p></div>
      {writes && task.state === "open" && <Menu says={t("more")} items={[
        { text: mine ? t("give_back") : t("take"), sign: "user",
          does: () => void give(mine ? null : session.value?.user?.user_id ?? null) },
        { text: t("later_hours"), sign: "clock", does: () => void wait(2) },
        { text: t("later_day"), sign: "calendar", does: () => void wait(24) }]} />}
      <IconPress sign="close" says={t("close")} onClick={onClose} />
    </header>
    {data.approves && writes && task.state === "open" && <DraftPanel id={id} busy={busy} onDecide={decide} />}
    <Wrote body={data.body as Body} />
    {open && task.role === "clinician" && <WhoEnds task={task} />}
    {(data.body as Body)["address_opted_out"] === true && <Box look="alarm" sign="stop">{t("address_stopped",
      { address: phone(text((data.body as Body)["from"])) })}</Box>}
    {(data.phone || data.thread_id) && <div class="row wrap">{data.phone && <a class="dial"
      href={`tel:${data.phone}`}><Icon sign="phone" />{phone(data.phone)}</a>}
      {data.thread_id && <a class="press" href={`#/inbox/${data.thread_id}`}><Icon sign="sms" size={17} />
        {t("conversation")}</a>}</div>}
    {data.tags.length > 0 && <div class="row wrap">
      {data.tags.map((tag) => <Tag key={tag}><span translate={!isTheirs(tag)}>{tagWords(tag)}</span></Tag>)}</div>}
    {scriptOf(data) && <section><h3>{data.thread_id ? t("answers_what") : t("script")}</h3><p class="script" dir="auto"><Linked text={scriptOf(data)} /></p></section>}
    {timesOf(data) && <section><h3>{t("times_free")}</h3><p class="script" dir="auto">{timesOf(data)}</p></section>}
    {task.kind === "book_visit" && <Visit body={data.body as Body} />}
    {task.kind === "waitlist_call" && <FreedTime body={data.body as Body} patient={task.patient}
      open={Boolean(open)} onDone={() => onDone(false)} />}
    <History body={data.body as Body} />
    {task.state !== "open" ? <section><h3>{t("outcome")}</h3>
      <p>{outcomeWords(task.outcome ?? task.state)}
        {task.ended_at && <span class="faint"> · {fullDay(task.ended_at)}</span>}</p>
      {task.note && <p class="quiet">{task.note}</p>}</section>
    : writes && data.approves ? remark
    : writes && <section class={`ends ${data.thread_id ? "flows" : ""}`}><h3 id="end-head">{t("how_did_it_end")}</h3>
      {data.thread_id && task.patient && <p class="sm quiet gap-below">{t("ends_reply", { name: task.patient.name })}</p>}
      {remark}
      <Proposed proposal={proposal} patient={task.patient} outcome={proposed} busy={busy}
        onTake={() => { if (proposed) end(proposed); }} />
      <div class="outcomes" role="group" aria-labelledby="end-head">
        {outcomes.map((outcome, i) => <button type="button" key={outcome.name}
          class={`press ${outcome.name === proposed ? "hinted" : ""}`}
          disabled={busy} onClick={() => end(outcome.name)}>
          <span class="col tight"><span>{outcomeWords(outcome.name)}</span>
            <span class="xs faint">{outcome.exit ? t("ends_as", { exit: said("exit", outcome.exit) })
              : outcome.retry ? t("tries_again", { after: outcome.retry })
              : task.kind === "book_visit" ? said("outcome_does", outcome.name)
              : task.playbook && !data.thread_id ? t("stays") : null}</span></span>
          {i < 9 && <Caps keys={String(i + 1)} />}</button>)}
      </div></section>}
  </aside>;
}
export type { Item };
