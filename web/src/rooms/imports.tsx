// imports.tsx: exports come in: dropped, looked at, what is refused shown with its remedy, then kept.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { freshen, useAnswer } from "../api/answers";
import { call, get, Problem, type Shapes } from "../api/client";
import { useDraft } from "../drafts";
import { moment, number, percent } from "../format";
import { Bones, Box, IconPress, Press, problemWords, Tag, Trouble } from "../parts/basic";
import { Icon } from "../parts/icon";
import { tell } from "../parts/over";
import { Wide } from "../parts/wide";
import { n, said, t } from "../words";
import { inWords } from "../words/sentences";
import { bringIn, FILE_BYTES_MAX, filesOf, markOf, underWay, untilQuiet, type Progress, type Sent }
  from "./imports_run";
import { keepMapping, MapColumns, SavedMappings } from "./imports_map";
import { everywhere, may } from "./session";
import { kindWords } from "./kind";

type File1 = Shapes["ImportFile"];
const ISSUES_SHOWN = 50;

function Issues({ list, codes, total, title, look }: { list: readonly Shapes["ImportIssue"][];
  codes: readonly Shapes["ImportCode"][]; total: number; title: string; look: string }) {
  const [all, setAll] = useState(false);
  if (!total) return null;
  return <details class="issues"><summary><b class={look}>{title}</b>{" "}
    {codes.map(({ code, count }) => <Tag key={code}>{said("issue", code)} {number(count)}</Tag>)}</summary>
    <div class="wide" tabIndex={0}><table class="table sm"><thead><tr><th class="num">{t("row")}</th>
      <th>{t("column")}</th><th>{t("what")}</th></tr></thead><tbody>
      {list.slice(0, all ? list.length : ISSUES_SHOWN).map((one, i) => <tr key={i}>
        <td class="num">{one.row}</td><td>{one.column}</td><td>{inWords(one.message)}</td></tr>)}</tbody></table>
    </div>
    {!all && list.length > ISSUES_SHOWN && <Press look="small" onClick={() => setAll(true)}>
      {n("show_rows", list.length)}</Press>}
    {total > list.length && <p class="sm faint">{n("more_issues", total - list.length)}</p>}</details>;
}

function Result({ file, children, onLeaveOut }: { file: File1; children?: ComponentChildren;
  onLeaveOut?: () => void }) {
  return <li class="card import-file"><header><Icon sign="page" size={22} />
    <div class="grow"><h2>{file.file}</h2><p class="sm quiet">{[file.kind ? kindWords(file.kind)
      : t("kind_unknown"), file.encoding, file.saved_mapping && t("map_found", { name: file.saved_mapping })]
      .filter(Boolean).join(" · ")}</p></div>
    {file.refused ? <Tag look="alarm">{t("refused")}</Tag> : <Tag look="good">{t("understood")}</Tag>}
    {onLeaveOut && <IconPress sign="close" look="plain small" says={t("leave_out", { file: file.file })}
      onClick={onLeaveOut} />}
  </header>
    {file.refused ? <Box look="alarm">{[file.refused, file.remedy?.includes("--map") ? t("map_remedy")
      : file.remedy].flatMap((one) => (one ? [<p key={one}>{inWords(one)}</p>] : []))}</Box> : <>
      <dl class="figures">{(["rows_read", "accepted", "created", "updated", "unchanged"] as const)
        .map((name) => <div key={name}><dt>{said("import", name)}</dt><dd>{number(file[name])}</dd></div>)}
      </dl>
      <Issues list={file.rejected} codes={file.rejected_codes} total={file.rejected_total} look="bad"
        title={n("rows_refused", file.rejected_total)} />
      <Issues list={file.warnings} codes={file.warnings_codes} total={file.warnings_total} look="waits"
        title={n("rows_warned", file.warnings_total)} />
      {file.mapping.length > 0 && <details class="issues"><summary><b>{n("columns_mapped",
        file.mapping.length)}</b></summary><ul class="mapping">{file.mapping.map((one) =>
        <li key={one.field + one.heading}><span class="one">{one.heading}</span><Icon sign="next"
          size={14} /><code class="one">{one.field}</code></li>)}</ul></details>}</>}
    {children}
  </li>;
}

// How far it is: a step of its own each, because nobody knows beforehand how long which takes.
function Way({ at }: { at: Going }) {
  const part = at.all ? Math.min(1, at.done / at.all) : undefined;
  return <div class="way"><p class="row"><span class="grow" role="status">{at.text}</span>
    {part !== undefined && <span class="num" aria-hidden="true">{percent(part, 0)}</span>}</p>
    <progress aria-label={at.text} max={1} {...(part === undefined ? {} : { value: part })} /></div>;
}

interface Going { readonly text: string; readonly done: number; readonly all: number }
const goingOf = (at: Progress): Going => ({ done: at.done, all: at.all,
  text: at.step === "reading" || at.step === "taking" ? t(`import_${at.step}`, { file: at.file })
    : t(`import_${at.step}`) });

export function Importer({ onDone }: { onDone?: () => void }) {
  const [kept, keep, drop] = useDraft("importer"); // what was sent, over a reload
  const [waiting, keepWaiting, dropWaiting] = useDraft("importer-later"); // until the columns of one are matched
  const [result, setResult] = useState<Shapes["Import"] | null>(null);
  const [going, setGoing] = useState<Going | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const [map, setMap] = useState(""); // which column is which, as it was said by hand
  const [keeps, setKeeps] = useState(true);
  const input = useRef<HTMLInputElement>(null);
  const files = kept ? JSON.parse(kept) as readonly Sent[] : [];
  const later = waiting ? JSON.parse(waiting) as readonly Sent[] : [];
  const busy = going !== null;
  const setFiles = (next: readonly Sent[]) => (next.length ? keep(JSON.stringify(next)) : drop());
  const watch = (at: Progress) => setGoing(goingOf(at));

  const run = async (chosen: readonly Sent[], dry: boolean, by = map) => {
    setGoing({ text: t(dry ? "import_looking" : "import_beginning"), done: 0, all: 0 });
    const answer = await bringIn(chosen, dry, by, watch);
    setMap(by);
    setResult(answer);
    if (dry || answer.refused) return;
    const read = answer.files[0];
    if (by && keeps && chosen.length === 1 && read) await keepMapping(read, by);
    freshen(["*"]);
    setFiles([]);
    setMap("");
    tell(t("import_done", { patients: number(answer.totals.patients),
      appointments: number(answer.totals.appointments) }));
    if (later.length) await goOn();
    else onDone?.();
  };
  const goOn = () => {
    dropWaiting();
    setResult(null);
    setFiles(later);
    return run(later, true, "");
  };
  const matchFirst = (at: number) => {
    keepWaiting(JSON.stringify(files.filter((_, i) => i !== at)));
    setResult(null); // of all of them
    setFiles([files[at]!]);
    guard(() => run([files[at]!], true, ""));
  };
  const guard = (work: () => Promise<void>) => {
    setProblem(null);
    work().catch((error: unknown) => {
      if (error instanceof Problem) setProblem(problemWords(error));
    }).finally(() => setGoing(null));
  };
  const upload = async (chosen: readonly File[]) => {
    const large = chosen.filter((file) => file.size > FILE_BYTES_MAX);
    const fresh = chosen.filter((file) => file.size <= FILE_BYTES_MAX
      && !files.some((one) => one.mark === markOf(file)));
    if (large.length) setProblem(large.map((file) => t("file_too_large", { file: file.name })).join(" "));
    if (!fresh.length && files.length && !large.length) tell(t("files_there_already"));
    if (!fresh.length) return;
    const sent = [...files];
    for (const [i, file] of fresh.entries()) {
      const text = t("import_sending", { file: file.name, number: i + 1, all: fresh.length });
      setGoing({ text, done: 0, all: 0 });
      const answer = await call("post", "/api/v1/imports/files", { query: { name: file.name }, form: file,
        sent: (part) => setGoing({ text, done: part, all: 1 }) });
      sent.push({ id: answer.data.file_id, name: answer.data.name, mark: markOf(file) });
      setFiles(sent);
    }
    await run(sent, true);
  };
  const take = (chosen: readonly File[]) => {
    if (busy) tell(t("import_wait"));
    else if (chosen.length) guard(() => upload(chosen));
  };
  const leaveOut = (at: number) => {
    const left = files.filter((_, i) => i !== at);
    setFiles(left);
    if (left.length) guard(() => run(left, true, ""));
    else discard();
  };
  const discard = () => {
    setFiles([]);
    setResult(null);
    setMap("");
    setProblem(null);
    if (later.length) guard(goOn);
  };
  const begin = async () => {
    const running = await underWay();
    if (running) {
      watch(running);
      await untilQuiet(watch);
      freshen(["*"]);
      const { items } = await get("/api/v1/imports", { query: { limit: 50 } });
      if (!running.dry_run && items.some((one) => (one.seen_again_at ?? one.at) >= running.since)) {
        setFiles([]);
        onDone?.();
        return;
      }
    }
    if (files.length) await run(files, true).catch((error: unknown) => {
      if (!(error instanceof Problem) || error.status !== 404) throw error;
      setFiles([]); // sent more than a day ago, or taken in meanwhile
    });
  };
  useEffect(() => guard(begin), []);

  // Beside the frame is on the page, too: the browser would leave it and open the file.
  const taken = useRef(take);
  taken.current = take;
  useEffect(() => {
    const holds = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const above = (event: DragEvent) => {
      if (!holds(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const away = (event: DragEvent) => { if (!event.relatedTarget) setOver(false); };
    const fallen = (event: DragEvent) => {
      if (!event.dataTransfer || !holds(event)) return;
      event.preventDefault();
      setOver(false);
      void filesOf(event.dataTransfer).then((chosen) => taken.current(chosen));
    };
    addEventListener("dragover", above);
    addEventListener("dragleave", away);
    addEventListener("drop", fallen);
    return () => {
      removeEventListener("dragover", above);
      removeEventListener("dragleave", away);
      removeEventListener("drop", fallen);
    };
  }, []);
  return <div class="importer">
    <div class={`dropzone ${over ? "over" : ""}`}>
      <Icon sign="upload" size={32} /><p><b>{t("drop_here")}</b></p><p class="sm quiet">{t("drop_text")}</p>
      <input ref={input} type="file" multiple hidden accept=".csv,.tsv,.txt"
        onChange={(event) => { // the list itself empties with its field
          const chosen = [...event.currentTarget.files ?? []];
          event.currentTarget.value = "";
          take(chosen);
        }} />
      <Press busy={busy} onClick={() => input.current?.click()}>{t("choose_files")}</Press></div>
    {going && <Way at={going} />}
    {problem && <Box look="alarm">{problem}</Box>}
    {result && <><ul class="cards">{result.files.map((file, i) => <Result key={i} file={file}
        {...(result.dry_run && files.length > 1 && !busy ? { onLeaveOut: () => leaveOut(i) } : {})}>
        {result.dry_run && file.headings.length > 0 && (files.length === 1 ? <MapColumns file={file} busy={busy} onRead={(source) =>
          guard(() => run(files, true, source))} /> : file.refused && files.length > 1
          && <div class="row gap-above"><Press look="small" disabled={busy} onClick={() => matchFirst(i)}>
            {t("map_first")}</Press></div>)}</Result>)}</ul>
      {later.length > 0 && <p class="sm quiet">{t("map_later", { files: later.map((one) => one.name).join(", ") })}</p>}
      {result.dry_run && files.length > 0 && <div class="row wrap sticky-foot"><p class="grow quiet">
        {result.refused ? t("import_refused") : t("import_would", { patients: number(result.totals.patients),
          appointments: number(result.totals.appointments) })}</p>
        {map && !result.refused && <label class="check"><input type="checkbox" checked={keeps}
          onChange={(event) => setKeeps(event.currentTarget.checked)} />{t("map_keep")}</label>}
        <Press disabled={busy} onClick={discard}>{t("discard")}</Press>
        <Press look="main" busy={busy} disabled={result.refused}
          onClick={() => guard(() => run(files, false))}>{t("import_do")}</Press></div>}</>}
  </div>;
}

export function Imports() {
  const runs = useAnswer("imports", ["import"], (stop) =>
    get("/api/v1/imports", { query: { limit: 50 }, stop }));
  return <>{may("imports.write") && (everywhere.value ? <Importer onDone={runs.again} />
    : <p class="quiet">{t("all_locations_only")}</p>)}
    <section class="section"><header><h2>{t("imports_before")}</h2></header>
      {runs.problem ? <Trouble problem={runs.problem} /> : !runs.data ? <Bones />
      : !runs.data.items.length ? <p class="quiet">{t("no_imports")}</p>
      : <Wide><table class="table"><thead><tr><th>{t("when")}</th><th>{t("file")}</th>
          {(["rows_read", "created", "updated", "rejected", "warnings"] as const).map((name) =>
            <th class="num" key={name}>{said("import", name)}</th>)}</tr></thead><tbody>
          {runs.data.items.map((one) => <tr key={one.import_id}><td class="faint">{moment(one.at)}
            {one.seen_again_at && <><br /><span class="xs">{t("seen_again", { when: moment(one.seen_again_at) })}</span></>}</td>
            <td>{one.file}<br /><span class="xs faint">{kindWords(one.kind)}</span></td>
            {(["rows_read", "created", "updated", "rejected", "warnings"] as const).map((name) =>
              <td class="num" key={name}>{number(one[name])}</td>)}</tr>)}</tbody></table></Wide>}
    </section><SavedMappings /></>;
}
