// summary.tsx: what somebody should know before they call: visits, what was said and asked, earlier tries,
// notes, what may not be done. Every line is a fact of the record with its day; none is made up.
import { useState } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { get, type Shapes } from "../api/client";
import { ago, day, moment, now, number } from "../format";
import { Attached } from "../parts/attached";
import { Bones, Trouble } from "../parts/basic";
import { channelSign, Icon } from "../parts/icon";
import { language, n, said, t } from "../words";
import { isTheirs, tagWords } from "./reading";

type S = Shapes["Summary"];

const DAY_MS = 86_400_000;
const listed = (names: readonly string[], prefix: string) => names.map((one) => said(prefix, one)).join(", ");

function Visit({ visit }: { visit: NonNullable<S["last_visit"]> }) {
  const days = Math.floor((now() - new Date(visit.at).getTime()) / DAY_MS);
  return <>{[visit.service, visit.provider].filter(Boolean).join(", ")}
    <span class="quiet"> · {days >= 0 ? day(visit.at) : moment(visit.at)}
      {days > 0 && ` (${n("days_ago", days, { count: number(days) })})`}</span></>;
}

// A snapshot that a task keeps may be older than what is known now, and may lack what was added since.
export function Known({ summary }: { summary: Partial<S> }) {
  const { last_visit, next_visit, said: wrote = [], asked = [], calls = [], notes = [], tags = [], may = [],
    stopped = [], sent = [] } = summary;
  return <dl class="known">
    <dt>{t("last_visit")}</dt><dd>{last_visit ? <Visit visit={last_visit} /> : t("none")}</dd>
    <dt>{t("next_visit")}</dt><dd>{next_visit ? <Visit visit={next_visit} /> : t("nothing_booked")}</dd>
    <dt>{t("patient_wrote")}</dt><dd>{wrote.length ? <ul>{wrote.map((one) => <li key={one.at + one.text}>
      <q class="said-text" dir="auto">{one.text}</q> <Attached kinds={one.attachments ?? []} />
      <span class="xs faint"> {[ago(one.at), listed(one.labels, "label")].filter(Boolean).join(" · ")}</span></li>)}</ul> : t("not_written_back")}</dd>
    {asked.length > 0 && <><dt>{t("asked_about")}</dt><dd>{listed(asked, "label")}</dd></>}
    {calls.length > 0 && <><dt>{t("earlier_calls")}</dt><dd><ul>{calls.map((one) => <li key={one.at}>
      {said("outcome", one.outcome) || said("task", one.kind)}{one.note && <>: <q class="said-text"
        dir="auto">{one.note}</q></>}<span class="xs faint"> {ago(one.at)}</span></li>)}</ul></dd></>}
    {notes.length > 0 && <><dt>{t("internal_note")}</dt><dd><ul>{notes.map((one) => <li key={one.at}>
      <q class="said-text" dir="auto">{one.text}</q><span class="xs faint"> {ago(one.at)}</span></li>)}
      </ul></dd></>}
    {sent.length > 0 && <><dt>{t("was_sent")}</dt><dd class="row wrap">{sent.slice(0, 6).map((one) =>
      <span class="row xs quiet sent" key={one.at + one.touch} title={one.text} translate={false}><Icon
        sign={channelSign(one.channel)} size={14} />{day(one.at)}</span>)}</dd></>}
    {tags.length > 0 && <><dt>{t("tags")}</dt><dd>{tags.map((tag, i) => <span key={tag}
      translate={!isTheirs(tag)}>{tagWords(tag)}{i + 1 < tags.length && ", "}</span>)}</dd></>}
    {!may.some((one) => one.channel === "voice") && <><dt>{t("permission")}</dt><dd>{t("dial_by_hand")}</dd></>}
    {stopped.length > 0 && <><dt>{t("suppressions")}</dt><dd class="bad">{listed(stopped, "channel")}</dd></>}
  </dl>;
}

function Read({ thread_id }: { thread_id: string }) {
  const { data, problem, again } = useAnswer(`summary/${thread_id}/${language.value}`, [`thread:${thread_id}`],
    (stop) => get("/api/v1/threads/{thread_id}/summary", { path: { thread_id },
      query: { language: language.peek() }, stop }));
  return problem && !data ? <Trouble problem={problem} again={again} /> : !data ? <Bones lines={5} />
    : <Known summary={data} />;
}

// Beside a conversation: asked for when it is opened, since reading it is reading the patient.
export function BeforeCall({ thread_id }: { thread_id: string }) {
  const [open, setOpen] = useState(false);
  return <details class="before-call" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
    <summary>{t("before_call")}</summary>{open && <Read thread_id={thread_id} />}</details>;
}
