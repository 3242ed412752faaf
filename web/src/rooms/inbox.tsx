// inbox.tsx: conversations over all channels: which need a person, one of them, who it is with.
import { useEffect, useRef, useState } from "preact/hooks";
import { freshen, useAnswer } from "../api/answers";
import { call, get, type Shapes } from "../api/client";
import { usePages } from "../api/pages";
import { acts } from "../api/pending";
import { ago, now, today, wall } from "../format";
import { useKeys, type Key } from "../keys";
import { Attached } from "../parts/attached";
import { Bones, Chips, Empty, Face, Gone, IconPress, isDead, Menu, Trouble } from "../parts/basic";
import { channelSign, Icon } from "../parts/icon";
import { List } from "../parts/list";
import { attempt, later, tell } from "../parts/over";
import { go, place, swap } from "../router";
import { said, t } from "../words";
import { Composer } from "./composer";
import { Messages } from "./messages";
import { optOut, pausePatient, PatientCard } from "./patient_deeds";
import { may, session } from "./session";
import { titleOf } from "./titles";
import { threadName } from "./thread";
import { NobodyToCall, Until, Urgency } from "./today";

type Thread = Shapes["Thread"];
type View = "needs_person" | "mine" | "automated" | "snoozed" | "done";

const queryOf = (view: View) => {
  switch (view) {
    case "mine": return { mine: true };
    case "snoozed": return { snoozed: true };
    case "needs_person": case "automated": case "done": return { zone: view };
  }
};

function Row({ thread, on, onOpen }: { thread: Thread; on: boolean; onOpen: () => void }) {
  return <button type="button" class={`line thread ${on ? "on" : ""} ${thread.unread ? "new" : ""}`}
    aria-current={on || undefined} onClick={onOpen}>
    <Face name={threadName(thread)} />
    <span class="grow col tight">
      <span class="row"><b class="grow one">{threadName(thread)}</b>
        {thread.unread && <span class="dot good"><span class="sr">{t("unread")}</span></span>}
        <span class="xs faint">{thread.last_in_at && ago(thread.last_in_at)}</span></span>
      <span class="sm quiet one"><span dir="auto" translate={false}>{thread.preview}</span>{" "}
        <Attached kinds={thread.attachments} /></span>
      <span class="row xs"><Icon sign={channelSign(thread.channel)} size={14} />
        {thread.label && <span class="one">{said("label", thread.label)}</span>}
        <Urgency thread={thread} /><span class="end"><Until at={thread.answer_by} /></span></span>
    </span></button>;
}

// What waits may leave the moment automation goes on: it is held back for some seconds, as an answer is.
const releaseOf = (id: string) => `/api/v1/threads/${id}/release`;
const isReleasing = (id: string) => acts.value.some((one) => one.act.path === releaseOf(id));

function useDeeds(thread: Thread | undefined, after: () => void) {
  const fresh = () => freshen(["thread", "task", ...(thread ? [`thread:${thread.thread_id}`] : [])]);
  const path = { thread_id: thread?.thread_id ?? "" };
  const change = (body: { assignee_id?: string | null; snoozed_until?: string | null }) =>
    attempt(async () => {
      await call("patch", "/api/v1/threads/{thread_id}", { path, body, etag: thread?.etag });
      fresh();
      return true;
    });
  return {
    assign: (id: string | null) => change({ assignee_id: id }),
    snooze: async (until: Date | null) => {
      if (!await change({ snoozed_until: until ? until.toISOString() : null }) || !until) return;
      tell(t("snoozed_until", { when: ago(until) }), () => attempt(async () => {
        const now = await call("get", "/api/v1/threads/{thread_id}", { path });
        await call("patch", "/api/v1/threads/{thread_id}", { path, body: { snoozed_until: null },
          etag: now.data.thread.etag });
        fresh();
      }));
      after();
    },
    close: () => attempt(async () => {
      await call("post", "/api/v1/threads/{thread_id}/close", { path });
      fresh();
      after();
      tell(t("closed_thread"), async () => {
        await call("post", "/api/v1/threads/{thread_id}/reopen", { path });
        fresh();
      });
    }),
    reopen: () => attempt(async () => {
      await call("post", "/api/v1/threads/{thread_id}/reopen", { path });
      fresh();
    }),
    release: () => {
      if (!isReleasing(path.thread_id)) later(t("releasing"), { path: releaseOf(path.thread_id), body: undefined,
        drafts: {}, topics: ["thread", "task", `thread:${path.thread_id}`] }, () => {});
    },
  };
}

const tomorrowMorning = () => wall(today(1), "09:00");

function Conversation({ id, onNext }: { id: string; onNext: () => void }) {
  const known = useRef<string | null>(null); // whose messages' fates are shown
  const { data, problem, again } = useAnswer(`thread/${id}`, ["thread", ...(known.current ? [`touch:${known.current}`] : [])],
    (stop) => get("/api/v1/threads/{thread_id}", { path: { thread_id: id }, stop }));
  const colleagues = useAnswer("colleagues", ["staff"],
    (stop) => get("/api/v1/colleagues", { stop }));
  const today = useAnswer("today", ["task", "thread"], (stop) => get("/api/v1/today", { stop })); // as the frame has it
  const thread = data?.thread;
  const deeds = useDeeds(thread, onNext);
  const writes = may("inbox.write");
  const composer = useRef<HTMLTextAreaElement>(null);
  const me = session.value?.user?.user_id ?? null;
  const patient = thread?.patient ?? null;
  known.current = patient?.patient_id ?? null;
  const [side, setSide] = useState(false);
  const keys: Key[] = !thread || !writes ? [] : [
    { keys: "r", says: t("key_reply"), does: () => composer.current?.focus() },
    { keys: "e", says: t("key_done"), does: () => void deeds.close() },
    { keys: "a", says: t("key_assign"), does: () => void deeds.assign(me) },
    { keys: "z", says: t("key_snooze"), does: () => void deeds.snooze(tomorrowMorning()) },
    { keys: "h", says: t("key_release"), does: () => deeds.release() },
    ...(patient ? [
      { keys: "x", says: t("opt_out"), does: () => void optOut(patient) },
      { keys: "p", says: t("pause_patient"), does: () => void pausePatient(patient) }] : []),
  ];
  useKeys(keys);
  if (isDead(problem)) return <section class="talk none"><Gone what="thread" to="#/inbox" back={t("inbox")} part />
    </section>;
  if (problem && !data) return <section class="talk"><Trouble problem={problem} again={again} />
    </section>;
  if (!data || !thread) return <section class="talk"><Bones lines={7} /></section>;
  const held = data.automation.find((one) => one.state === "held");
  return <><section class="talk" aria-label={t("conversation_with", { name: threadName(thread) })}>
    <header class="talk-head">
      <a class="press icon plain phone-only" href="#/inbox" aria-label={t("back")}>
        <Icon sign="back" /></a>
      <button type="button" class="plain-head" onClick={() => setSide(!side)}
        aria-expanded={side}><h1>{threadName(thread)}</h1>
        <span class="sm quiet row">{thread.assignee ? thread.assignee.name : t("nobody_assigned")}
          <Until at={thread.answer_by} /></span></button>
      {writes && <div class="row end">
        {thread.state === "open"
          ? <button type="button" class="press small" onClick={() => void deeds.close()}>
              <Icon sign="check" size={16} />{t("done")}</button>
          : <button type="button" class="press small" onClick={() => void deeds.reopen()}>
              <Icon sign="undo" size={16} />{t("reopen")}</button>}
        <Menu says={t("assign")} sign="user" items={[
          { text: t("take"), sign: "user", does: () => void deeds.assign(me) },
          ...(thread.assignee ? [{ text: t("give_back"), sign: "undo" as const,
            does: () => void deeds.assign(null) }] : []),
          null,
          ...(colleagues.data?.items ?? []).filter((one) => one.user_id !== me).map((one) => ({
            text: one.name, does: () => void deeds.assign(one.user_id) }))]} />
        <Menu says={t("more")} items={[
          { text: t("snooze_hours"), sign: "clock",
            does: () => void deeds.snooze(new Date(now() + 3 * 3_600_000)) },
          { text: t("snooze_tomorrow"), sign: "calendar", does: () => void deeds.snooze(tomorrowMorning()) },
          { text: t("key_release"), sign: "play", does: () => deeds.release() },
          ...(patient && may("patients.write") ? [null,
            { text: t("pause_patient"), sign: "pause" as const,
              does: () => void pausePatient(patient) },
            { text: t("opt_out"), sign: "stop" as const, danger: true,
              does: () => void optOut(patient) }] : [])]} />
      </div>}
    </header>
    {today.data && today.data.nobody_to_call > 0 && thread.state === "open" && (thread.urgency === "emergency"
      || thread.urgency === "same_day") && <div class="unheard"><NobodyToCall /></div>}
    {held && !isReleasing(id) && <div class="held" role="status"><Icon sign="pause" size={16} />
      <span class="grow">{t("held_by", { hold: said("hold", held.hold) })}
        <span translate={false}> · {titleOf(held.playbook)}</span></span>
      {writes && <button type="button" class="press small" onClick={() => deeds.release()}>
        {t("release")}</button>}</div>}
    <Messages page={data} />
    {writes && <Composer key={id} page={data} box={composer} />}
  </section>
  <aside class={`who-pane ${side ? "shown" : ""}`} aria-label={t("about_patient")}>
    {side && <IconPress sign="close" says={t("close")} onClick={() => setSide(false)}
      look="plain phone-only end" />}
    {patient ? <PatientCard patient={patient} page={data} />
      : <Empty sign="patients" title={t("unknown_sender")}>{t("unknown_sender_text")}</Empty>}
  </aside></>;
}

export function Inbox() {
  const [view, setView] = useState<View>("needs_person");
  const id = place.value.path[1] ?? null;
  const pages = usePages<Thread, Shapes["ThreadList"]>(`threads/${view}`, ["thread"],
    (cursor, stop) => get("/api/v1/threads", { query: { ...queryOf(view), limit: 50,
      ...(cursor ? { cursor } : {}) }, ...(stop ? { stop } : {}) }));
  const zones = pages.first?.zones;
  const wide = matchMedia("(min-width: 60rem)").matches;
  const first = pages.items[0]?.thread_id;
  useEffect(() => {
    if (!id && first && wide) swap("inbox", first);
  }, [first, id]);
  const next = () => {
    const at = pages.items.findIndex((thread) => thread.thread_id === id);
    const one = pages.items[at + 1] ?? pages.items[at - 1];
    if (one && wide) swap("inbox", one.thread_id);
    else go("inbox");
  };
  return <div class={`inbox ${id ? "opened" : ""}`}>
    <section class="threads" aria-label={t("inbox")}>
      <header><div class="row"><h1 class="grow">{t("inbox")}</h1>
        <Menu says={t("filter")} sign="down" items={(["mine", "snoozed"] as const).map((one) => ({
          text: said("zone", one), does: () => setView(one) }))} /></div>
        <Chips label={t("zones")} value={view} onPick={setView} options={[
          { id: "needs_person", text: t("zone_needs_person"), count: zones?.needs_person },
          { id: "automated", text: t("zone_automated"), count: zones?.automated },
          { id: "done", text: t("zone_done") },
          ...(view === "mine" || view === "snoozed" ? [{ id: view, text: said("zone", view) }] : []),
        ]} /></header>
      {pages.problem && !pages.first ? <Trouble problem={pages.problem} again={pages.again} />
      : !pages.first ? <div class="pad"><Bones lines={8} /></div>
      : pages.items.length ? <List items={pages.items} idOf={(thread) => thread.thread_id} height={84}
          label={t("inbox")} on={id} onMove={(thread) => swap("inbox", thread.thread_id)}
          onOpen={(thread) => go("inbox", thread.thread_id)} onEnd={pages.more}
          row={(thread, on) => <Row thread={thread} on={on}
            onOpen={() => (wide ? swap : go)("inbox", thread.thread_id)} />} />
      : <Empty sign="inbox" title={said("inbox_empty", view)}>{said("inbox_empty_text", view)}</Empty>}
    </section>
    {id ? <Conversation key={id} id={id} onNext={next} />
      : <section class="talk none"><Empty sign="sms" title={t("pick_thread")}>
          {t("pick_thread_text")}</Empty></section>}
  </div>;
}
