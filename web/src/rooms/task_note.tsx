// task_note.tsx: a few words after a call, typed or dictated, and what they come to: outcome, tags, the next
// step. Nothing of it is done before somebody says so; what is wrong is taken out first.
import { useEffect, useState } from "preact/hooks";
import { call, type Shapes } from "../api/client";
import { clock, fitting, weekday } from "../format";
import { Box, Caps, Press } from "../parts/basic";
import { Icon } from "../parts/icon";
import { said, t } from "../words";
import { optOut } from "./patient_deeds";
import { Reasons, tagWords } from "./reading";

type Reading = Shapes["NoteReading"];

const TYPING_MS = 350;
const NOTE_BYTES_MAX = 1_000; // a longer one is a story, which is kept and not read

export interface Proposal {
  readonly reading: Reading | null;
  readonly tags: readonly string[];          // what of it is still wanted
  readonly next: Reading["next"];
  readonly without: (what: string) => void;  // a tag, or "next"
}

// Read after a pause; what somebody has taken out stays out while they write on.
export function useNote(id: string, note: string, on: boolean): Proposal {
  const [reading, setReading] = useState<Reading | null>(null);
  const [out, setOut] = useState<readonly string[]>([]);
  const text = fitting(note.trim(), NOTE_BYTES_MAX + 1);
  const wanted = on && text.length > 0 && text === note.trim();
  useEffect(() => {
    if (!wanted) {
      setReading(null);
      if (!text) setOut([]);
      return;
    }
    const stop = new AbortController();
    const wait = setTimeout(() => {
      call("post", "/api/v1/tasks/{task_id}/note-reading", { path: { task_id: id }, body: { note: text },
        stop: stop.signal }).then((answer) => setReading(answer.data), () => {});
    }, TYPING_MS);
    return () => {
      clearTimeout(wait);
      stop.abort();
    };
  }, [id, text, wanted]);
  return { reading, tags: (reading?.tags ?? []).filter((tag) => !out.includes(tag)),
    next: out.includes("next") ? null : reading?.next ?? null,
    without: (what) => setOut([...out, what]) };
}

// What goes along with the outcome.
export function alongOf({ reading, tags, next }: Proposal): { tags?: string[]; next?: NonNullable<Reading["next"]>;
  next_at?: string } {
  return { ...(tags.length ? { tags: [...tags] } : {}), ...(next ? { next,
    ...(reading?.next_at ? { next_at: reading.next_at } : {}) } : {}) };
}

function Part({ text, onDrop }: { text: string; onDrop: () => void }) {
  return <span class="tag note">{text}<button type="button" aria-label={t("take_away", { name: text })}
    title={t("take_away", { name: text })} onClick={onDrop}><Icon sign="close" size={12} /></button></span>;
}

export function Proposed({ proposal, patient, outcome, busy, onTake }: { proposal: Proposal;
  patient: Shapes["PatientRef"] | null | undefined; outcome: string | null; busy: boolean; onTake: () => void }) {
  const { reading, tags, next } = proposal;
  if (!reading) return null;
  const nothing = !outcome && !tags.length && !next && !reading.stop;
  const at = reading.next_at;
  return <div class="proposed" role="status" aria-label={t("proposed")}>
    {nothing ? <p class="sm faint">{t("proposed_nothing")}</p> : <>
      <div class="row wrap"><Icon sign="leaf" size={16} />
        {outcome && <b>{said("outcome", outcome)}</b>}
        {next && <Part text={[said("next", next), at && `${weekday(at)}, ${clock(at)}`].filter(Boolean)
          .join(": ")} onDrop={() => proposal.without("next")} />}
        {tags.map((tag) => <Part key={tag} text={tagWords(tag)} onDrop={() => proposal.without(tag)} />)}</div>
      {reading.stop && patient && <Box look="wait"><p>{t("proposed_stop")}</p><p><Press look="small danger"
        onClick={() => optOut(patient)}>{t("opt_out")}</Press></p></Box>}
      <div class="proposed-end">{outcome ? <Press look="main" busy={busy} onClick={onTake}>{t("proposed_take")}
          <Caps keys="mod+Enter" /></Press>
        : (tags.length > 0 || next) && <p class="sm quiet">{t("proposed_along")}</p>}
        {reading.why.length > 0 && <details class="xs"><summary>{t("why_read_so")}</summary>
          <Reasons why={reading.why} /></details>}</div></>}
  </div>;
}
