// suggestion.tsx: what the practice's own sentences answer to the last message, as one quiet line.
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { get, unaskedFor, type Shapes } from "../api/client";
import { Caps, Tag } from "../parts/basic";
import { Icon } from "../parts/icon";
import { t } from "../words";
import { inPassing, inWords } from "../words/sentences";
import { may } from "./session";

export type Suggestion = Shapes["Suggestion"];

const AGAIN_MS = 2_000;

// Asked once for a message that nobody has answered: reading it is written into the audit. While a model
// writes its draft it is asked again.
export function useSuggestion(page: Shapes["ThreadPage"]): Suggestion | undefined {
  const id = page.thread.thread_id;
  const last = page.messages.filter((one) => one.kind === "in" || one.kind === "out").at(-1);
  const { data, again } = useAnswer(last?.kind === "in" ? `suggestion/${id}/${last.message_id}` : null,
    ["settings"], (stop) => get("/api/v1/threads/{thread_id}/suggestion", { path: { thread_id: id },
      stop }));
  const writing = data?.draft?.state === "wanted" || data?.draft?.state === "asking";
  useEffect(() => {
    if (!writing) return;
    const wait = setTimeout(() => unaskedFor(again), AGAIN_MS);
    return () => clearTimeout(wait);
  }, [data]);
  return data;
}

const fileOf = (source: string) => source.replace(/^knowledge\//, "");

function Line({ label, text, sources, keys, onTake, children }: { label: string; text: string;
  sources: readonly string[]; keys: string; onTake: () => void; children?: ComponentChildren }) {
  return <div class="suggested sm" role="note" aria-label={label}>
    <Icon sign="leaf" size={16} />
    <p class="grow"><span class="suggested-text" translate={false}>{text}</span>{" "}
      {sources.length > 0 && <span class="xs faint" title={sources.join(", ")}>{t("suggested_from",
        { source: [...new Set(sources.map(fileOf))].join(", ") })}</span>} {children}</p>
    <button type="button" class="press small" onClick={onTake}>{t("take_over")}<Caps keys={keys} /></button>
  </div>;
}

export function Suggested({ one, onTake }: { one: Suggestion; onTake: () => void }) {
  return <Line label={t("suggested")} text={one.text!} sources={one.sources} keys="s" onTake={onTake}>
    {one.names_treatment && <Tag look="wait">{t("names_treatment_short")}</Tag>}
    {one.why_not && may("settings.read") && <span class="xs faint why-not">{t("not_by_itself",
      { why: inPassing(one.why_not) })}</span>}</Line>;
}

// What a language model drafted: never sent by itself, and marked as what it is.
export function Drafted({ draft, onTake }: { draft: NonNullable<Suggestion["draft"]>; onTake: () => void }) {
  switch (draft.state) {
    case "wanted": case "asking": return <p class="xs faint" role="status">{inWords(draft.note)}</p>;
    case "ready": return draft.text ? <Line label={inPassing(draft.note)} text={draft.text} sources={draft.sources} keys="d"
      onTake={onTake}><span class="xs faint why-not">{inWords(draft.note)}</span></Line> : null;
    default: return null;
  }
}
