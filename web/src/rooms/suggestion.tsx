// suggestion.tsx: what the practice's own sentences answer to the last message, as one quiet line.
import { useAnswer } from "../api/answers";
import { get, type Shapes } from "../api/client";
import { Caps, Tag } from "../parts/basic";
import { Icon } from "../parts/icon";
import { t } from "../words";
import { may } from "./session";

export type Suggestion = Shapes["Suggestion"];

// Asked once for a message that nobody has answered: reading it is written into the audit.
export function useSuggestion(page: Shapes["ThreadPage"]): Suggestion | undefined {
  const id = page.thread.thread_id;
  const last = page.messages.filter((one) => one.kind === "in" || one.kind === "out").at(-1);
  const { data } = useAnswer(last?.kind === "in" ? `suggestion/${id}/${last.message_id}` : null,
    ["settings"], (stop) => get("/api/v1/threads/{thread_id}/suggestion", { path: { thread_id: id },
      stop }));
  return data?.text ? data : undefined;
}

const fileOf = (source: string) => source.replace(/^knowledge\//, "");

export function Suggested({ one, onTake }: { one: Suggestion; onTake: () => void }) {
  return <div class="suggested sm" role="note" aria-label={t("suggested")}>
    <Icon sign="leaf" size={16} />
    <p class="grow"><span class="suggested-text">{one.text}</span>{" "}
      <span class="xs faint" title={one.sources.join(", ")}>{t("suggested_from",
        { source: [...new Set(one.sources.map(fileOf))].join(", ") })}</span>{" "}
      {one.names_treatment && <Tag look="wait">{t("names_treatment_short")}</Tag>}
      {one.why_not && may("settings.read") && <span class="xs faint why-not">{t("not_by_itself", { why: one.why_not })}</span>}</p>
    <button type="button" class="press small" onClick={onTake}>{t("take_over")}<Caps keys="s" /></button>
  </div>;
}
