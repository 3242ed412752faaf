// correction.tsx: a message was read wrongly: somebody says what it meant. Conversation, tasks and stops
// follow at once; the words stay here to learn from.
import { useState } from "preact/hooks";
import { freshen } from "../api/answers";
import { call, type Shapes } from "../api/client";
import { civil } from "../format";
import { Attached } from "../parts/attached";
import { Box, Field, Press, Tag } from "../parts/basic";
import { Dialog, tell } from "../parts/over";
import { known, said, t } from "../words";
import { useSend } from "./enter";
import { Reasons, tagWords } from "./reading";

type Message = Shapes["Message"];
type Verdict = Shapes["Verdict"];

// As a front desk thinks of them.
const groups = {
  visit: ["book_yes", "availability", "reschedule", "cancel", "already_booked_elsewhere"],
  asks: ["price", "service_question", "location_hours", "financing_insurance", "loyalty_promo",
    "vip_or_staff_request", "identity_privacy", "help"],
  stops: ["opt_out", "pause", "not_interested", "opt_in", "wrong_number", "deceased_or_moved"],
  cares: ["clinical_urgent", "clinical_nonurgent", "complaint_angry", "refund_dispute", "abusive"],
  rest: ["thanks_smalltalk", "unclear"],
} as const;
type Label = typeof groups[keyof typeof groups][number];
const isLabel = (name: string): name is Label => Object.values(groups).some((list) =>
  (list as readonly string[]).includes(name));

const urgencies = ["none", "same_day", "emergency"] as const;
const routes = ["escalate", "suppress", "staff_task", "auto_reply", "close"] as const;
type Urgency = typeof urgencies[number];
type Route = typeof routes[number];

// What cannot be said together: who says the one takes back the other.
const either: readonly (readonly [Label, Label])[] = [["clinical_urgent", "clinical_nonurgent"]];

function withLabel(picked: readonly Label[], label: Label, on: boolean): Label[] {
  const others = picked.filter((one) => one !== label);
  if (!on) return others;
  if (label === "unclear") return [label];
  return [...others.filter((one) => one !== "unclear" && !either.some((pair) => pair.includes(one)
    && pair.includes(label))), label];
}

const listOf = (text: string) => [...new Set(text.split(",").map((one) => one.trim().toLowerCase()
  .replace(/\s+/g, "_")).filter(Boolean))];

function Follows<T extends string>({ name, label, value, all, onPick, wrong }: { name: string; label: string;
  value: T | ""; all: readonly T[]; onPick: (value: T | "") => void;
  wrong: readonly { field: string; message: string }[] }) {
  return <Field label={label} name={name} wrong={wrong}>{(aria) => <select class="input" {...aria} value={value}
    onChange={(event) => onPick(event.currentTarget.value as T | "")}>
    <option value="">{t("urgency_follows")}</option>
    {all.map((one) => <option key={one} value={one}>{said(name, one)}</option>)}</select>}</Field>;
}

function Labels({ picked, onPick }: { picked: readonly Label[]; onPick: (next: Label[]) => void }) {
  return <div class="label-groups" role="group" aria-label={t("correct_labels")}>
    {(Object.keys(groups) as (keyof typeof groups)[]).map((group) => <fieldset class="field" key={group}>
      <legend>{said("correct_group", group)}</legend>{groups[group].map((one) => <label class="check" key={one}>
        <input type="checkbox" checked={picked.includes(one)} onChange={(event) =>
          onPick(withLabel(picked, one, event.currentTarget.checked))} />{said("label", one)}</label>)}
    </fieldset>)}</div>;
}

export function Correct({ thread_id, message, onClose }: { thread_id: string; message: Message;
  onClose: () => void }) {
  const [picked, setPicked] = useState<readonly Label[]>(message.labels.filter(isLabel));
  const [urgency, setUrgency] = useState<Urgency | "">("");
  const [route, setRoute] = useState<Route | "">("");
  const [tags, setTags] = useState<string | null>(null); // null: as they are
  const path = { thread_id, message_id: message.message_id };
  const put = (body: { labels: Label[]; urgency?: Urgency; route?: Route; tags?: string[] }) =>
    call("post", "/api/v1/threads/{thread_id}/messages/{message_id}/correction", { path, body }).then((answer) => {
      freshen(["thread", `thread:${thread_id}`, "task", "patient"]);
      return answer.data;
    });
  const again = (was: Verdict) => put({ labels: was.labels.filter(isLabel), tags: [...was.tags],
    ...(was.urgency ? { urgency: was.urgency } : {}), ...(was.route ? { route: was.route } : {}) });
  const send = useSend(async () => {
    const done = await put({ labels: [...picked], ...(urgency ? { urgency } : {}), ...(route ? { route } : {}),
      ...(tags === null ? {} : { tags: listOf(tags) }) });
    onClose();
    const labels = done.verdict.labels.map((one) => said("label", one)).join(", ");
    tell([t("corrected_as", { labels }), done.stays_stopped && t("stays_stopped")].filter(Boolean).join(" "),
      done.was.labels.some(isLabel) ? () => again(done.was) : undefined);
  });
  const wrong = send.fields.filter((one) => one.field === "labels");
  return <Dialog title={t("correct_title")} onClose={onClose} broad><form class="form" onSubmit={send.submit}>
    {send.general && <Box look="alarm">{send.general}</Box>}
    <blockquote class="said quoted"><p class="said-text" dir="auto">{message.body}</p>
      <Attached kinds={message.attachments} /></blockquote>
    {message.why.length > 0 && !message.corrected && <div class="sm quiet read-so"><b>{t("read_so")}</b>
      <Reasons why={message.why} /></div>}
    <Labels picked={picked} onPick={setPicked} />
    {wrong.map((one) => <p class="bad sm" role="alert" key={one.message}>{one.message}</p>)}
    <details class="sm more-fields" open={send.fields.some((one) => one.field !== "labels")}>
      <summary>{t("correct_more")}</summary><div class="form">
      <div class="pair"><Follows name="urgency" label={t("urgency")} value={urgency} all={urgencies}
        onPick={setUrgency} wrong={send.fields} /><Follows name="route" label={t("route")} value={route}
        all={routes} onPick={setRoute} wrong={send.fields} /></div>
      <Field label={t("tags")} name="tags" wrong={send.fields} hint={t("correct_tags_hint")}>{(aria) =>
        <input class="input" {...aria} value={tags ?? message.tags.join(", ")} maxLength={900}
          onInput={(event) => setTags(event.currentTarget.value)} />}</Field></div></details>
    <p class="sm quiet">{t("correct_text")}</p>
    <footer><Press onClick={onClose}>{t("cancel")}</Press><Press look="main" submit busy={send.busy}
      disabled={!picked.length}>{t("correct_do")}</Press></footer></form></Dialog>;
}

// Below a message: how it was read, why, and the way to say otherwise.
export function Reading({ message, onCorrect }: { message: Message; onCorrect?: (() => void) | undefined }) {
  if (!message.labels.length) return null;
  return <div class="row wrap reading">
    {message.labels.map((label) => <Tag key={label}>{said("label", label)}</Tag>)}
    {message.urgency && message.urgency !== "none" && <Tag look={message.urgency === "emergency" ? "alarm"
      : "wait"}>{said("urgency", message.urgency)}</Tag>}
    {message.tags.filter((tag) => known("tag", tag) !== null || tag.includes(":")).map((tag) =>
      <Tag key={tag} look="note">{tagWords(tag)}</Tag>)}
    {message.pause_until && <Tag look="wait">{t("paused_until", { when: civil(message.pause_until) })}</Tag>}
    {message.corrected ? <span class="xs faint">{t("corrected")}</span>
    : message.why.length > 0 && <details class="xs"><summary>{t("why_read_so")}</summary>
        {message.route && <p class="quiet">{t("read_route", { route: said("route", message.route) })}</p>}
        <Reasons why={message.why} /></details>}
    {onCorrect && <button type="button" class="quiet-press xs" onClick={onCorrect}>{t("correct_ask")}</button>}
  </div>;
}
