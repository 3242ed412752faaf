// task_draft.tsx: a message that waits for somebody's approval: read as it would arrive, let go as it is,
// with other words, or refused. What was let go can be taken back for some seconds.
import { useEffect, useState } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { call, Problem, type Shapes } from "../api/client";
import { useEdit, type Edit } from "../drafts";
import { ago, phone } from "../format";
import { useKeys } from "../keys";
import { Bones, Box, Caps, Press, problemWords, Tag, Trouble } from "../parts/basic";
import { channelSign, Icon } from "../parts/icon";
import { Versions } from "../parts/versions";
import { n, said, t } from "../words";
import { inWords } from "../words/sentences";

type Draft = Shapes["Draft"];
export interface Decision {
  readonly decision: "approve" | "refuse"; readonly text?: string; readonly subject?: string;
}
interface Words { readonly text?: string; readonly subject?: string }

const TYPING_MS = 250;

// How it would read with other words, and what the gate says to them.
function useWords(id: string, words: Words, fresh: Draft): { draft: Draft; problem: Problem | null } {
  const [state, setState] = useState<{ draft: Draft; problem: Problem | null }>({ draft: fresh, problem: null });
  const key = JSON.stringify(words);
  useEffect(() => {
    if (key === "{}") {
      setState({ draft: fresh, problem: null });
      return;
    }
    const stop = new AbortController();
    const wait = setTimeout(() => {
      call("post", "/api/v1/tasks/{task_id}/draft", { path: { task_id: id }, body: words, stop: stop.signal })
        .then((answer) => setState({ draft: answer.data, problem: null }), (error: unknown) => {
          if (error instanceof Problem) setState((old) => ({ ...old, problem: error }));
        });
    }, TYPING_MS);
    return () => {
      clearTimeout(wait);
      stop.abort();
    };
  }, [id, key, fresh]);
  return state;
}

function Verdict({ draft }: { draft: Draft }) {
  if (draft.answer === "allow") return <span class="quiet">{draft.channel === "sms"
    ? n("segments", draft.segments) : t("may_go")}</span>;
  return <span class={draft.answer === "drop" ? "bad" : "waits"}>{inWords(draft.message)}{" "}
    {draft.until && t("goes_at", { when: ago(draft.until) })}</span>;
}

function Field({ edit, label, rows }: { edit: Edit; label: string; rows: number }) {
  return <>{edit.theirs !== null && <Versions theirs={edit.theirs} mine={edit.text} onTheirs={edit.drop}
      onMine={edit.keepMine} />}
    {rows === 1 ? <input class="input" aria-label={label} value={edit.text} maxLength={200}
      onInput={(event) => edit.keep(event.currentTarget.value)} />
    : <textarea class="input" aria-label={label} rows={rows} value={edit.text} maxLength={8000}
        onInput={(event) => edit.keep(event.currentTarget.value)} />}</>;
}

function Open({ id, fresh, busy, onDecide }: { id: string; fresh: Draft & { etag: string }; busy: boolean;
  onDecide: (decision: Decision, etag: string, done: () => void) => void }) {
  const text = useEdit(`approve/${id}`, { source: fresh.text ?? "", etag: fresh.etag });
  const subject = useEdit(`approve-subject/${id}`, { source: fresh.subject ?? "", etag: fresh.etag });
  const words: Words = { ...(text.changed ? { text: text.text } : {}),
    ...(subject.changed ? { subject: subject.text } : {}) };
  const { draft, problem } = useWords(id, words, fresh);
  const both = text.theirs !== null || subject.theirs !== null;
  const may = !busy && !both && !problem && draft.answer !== "drop" && text.text.trim() !== "";
  const decide = (decision: "approve" | "refuse") => onDecide({ decision, ...(decision === "approve" ? words
    : {}) }, fresh.etag, () => { text.saved(); subject.saved(); });
  useKeys([{ keys: "1", says: t("approve"), does: () => { if (may) decide("approve"); } },
    { keys: "2", says: t("refuse"), does: () => { if (!busy) decide("refuse"); } }]);
  return <section class="draft"><h3>{t("draft_title")}</h3>
    <p class="sm quiet row wrap"><Icon sign={channelSign(draft.channel)} size={16} />{draft.address
      && (draft.channel === "email" ? draft.address : phone(draft.address))}
      <Tag>{said("language", draft.language)}</Tag>{draft.wording && <Tag>{said("wording", draft.wording)}</Tag>}</p>
    {draft.channel === "email" && <Field edit={subject} label={t("subject")} rows={1} />}
    <Field edit={text} label={t("draft_text")} rows={7} />
    <p class="sm row wrap" role="status">{problem ? <span class="bad">{problem.fields[0]?.message
      || problemWords(problem)}</span> : <Verdict draft={draft} />}
      {(text.changed || subject.changed) && <Press look="plain small end" sign="undo" onClick={() => {
        text.drop(); subject.drop(); }}>{t("discard")}</Press>}</p>
    {draft.whole && draft.whole !== text.text && <details class="sm"><summary>{t("draft_whole")}</summary>
      <blockquote class="script said-text">{draft.whole}</blockquote></details>}
    <div class="outcomes"><button type="button" class="press main" disabled={!may} onClick={() =>
      decide("approve")}><span>{draft.changed || text.changed || subject.changed ? t("approve_changed")
      : t("approve")}</span><Caps keys="1" /></button>
      <button type="button" class="press" disabled={busy} onClick={() => decide("refuse")}>
        <span class="col tight"><span>{t("refuse")}</span><span class="xs faint">{t("refuse_text")}</span></span>
        <Caps keys="2" /></button></div></section>;
}

export function DraftPanel({ id, busy, onDecide }: { id: string; busy: boolean;
  onDecide: (decision: Decision, etag: string, done: () => void) => void }) {
  const { data, problem, again } = useAnswer(`draft/${id}`, [`task:${id}`], (stop) =>
    call("get", "/api/v1/tasks/{task_id}/draft", { path: { task_id: id }, stop })
      .then((answer) => ({ ...answer.data, etag: answer.etag })));
  if (problem && !data) return problem.status === 409 ? <Box look="wait">{problemWords(problem)}</Box>
    : <Trouble problem={problem} again={again} />;
  if (!data) return <Bones lines={5} />;
  return <Open id={id} fresh={data} busy={busy} onDecide={onDecide} />;
}
