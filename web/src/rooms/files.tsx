// files.tsx: a file of the practice as text: what cannot be read is refused with its line, and nobody's
// edit is overwritten.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { change, freshen, useAnswer } from "../api/answers";
import { Problem } from "../api/client";
import { useEdit, type Version } from "../drafts";
import { Bones, Box, Press, problemWords, Trouble } from "../parts/basic";
import { tell } from "../parts/over";
import { Versions } from "../parts/versions";
import { t } from "../words";
import type { CodeProps } from "./code_text";

interface Answered { readonly data: Version; readonly etag: string }

// With a schema: an editor that offers what may come next.
function Text(props: CodeProps) {
  const [Part, setPart] = useState<ComponentType<CodeProps> | null>(null);
  useEffect(() => { void import("./code_text").then((loaded) => setPart(() => loaded.CodeText)); }, []);
  return Part ? <Part {...props} /> : <Bones lines={8} />;
}

export function TextFile({ name, read, write, allowed, schema }: { name: string; allowed: boolean;
  schema?: string;
  read: (stop: AbortSignal) => Promise<Answered>;
  write: (source: string, etag: string) => Promise<Answered> }) {
  const file = useAnswer(`file/${name}`, ["settings"], (stop) => read(stop).then((answer) => ({
    source: answer.data.source, etag: answer.etag || answer.data.etag })));
  const edit = useEdit(`file/${name}`, file.data);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  if (file.problem && !file.data) return <Trouble problem={file.problem} again={file.again} />;
  if (!file.data) return <Bones lines={8} />;
  const save = () => {
    setBusy(true);
    setProblem(null);
    write(edit.text, edit.etag).then((answer) => {
      change<Version>(`file/${name}`, () => ({ source: answer.data.source,
        etag: answer.etag || answer.data.etag }));
      edit.saved();
      freshen(["settings", "playbook"]);
      tell(t("saved"));
    }, (error: unknown) => {
      if (!(error instanceof Problem)) return;
      if (error.status === 412) file.again();
      else setProblem(error);
    }).finally(() => setBusy(false));
  };
  return <div class="col">{problem && <Box look="alarm">{problemWords(problem)}
      {problem.fields.map((one) => <p key={one.field + one.message}>{one.message}</p>)}</Box>}
    {edit.theirs !== null && <Versions theirs={edit.theirs} mine={edit.text} onTheirs={edit.drop}
      onMine={edit.keepMine} />}
    {schema ? <Text name={name} schema={schema} text={edit.text} writes={allowed} onText={edit.keep} />
    : <textarea class="input mono code" rows={26} spellcheck={false} readOnly={!allowed} value={edit.text}
      aria-label={t("text_of", { name })} onInput={(event) => edit.keep(event.currentTarget.value)} />}
    {allowed && <div class="row">{edit.changed && <Press look="plain" sign="undo"
      onClick={edit.drop}>{t("discard")}</Press>}<Press look="main end" id="save-text" busy={busy} onClick={save}
      disabled={!edit.changed || edit.theirs !== null}>{t("save")}</Press></div>}</div>;
}
