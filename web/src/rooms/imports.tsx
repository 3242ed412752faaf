// imports.tsx: exports come in: dropped, looked at, what is refused shown with its remedy, then kept.
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { freshen, useAnswer } from "../api/answers";
import { call, get, Problem, type Shapes } from "../api/client";
import { moment, number } from "../format";
import { Bones, Box, Press, problemWords, Tag, Trouble } from "../parts/basic";
import { Icon } from "../parts/icon";
import { tell } from "../parts/over";
import { n, said, t } from "../words";
import { keepMapping, MapColumns, SavedMappings } from "./imports_map";
import { everywhere, may } from "./session";

type File1 = Shapes["ImportFile"];
const ISSUES_SHOWN = 50;

function Issues({ list, total, title, look }: { list: readonly Shapes["ImportIssue"][]; total: number;
  title: string; look: string }) {
  const [all, setAll] = useState(false);
  if (!total) return null;
  const codes = new Map<string, number>();
  for (const one of list) codes.set(one.code, (codes.get(one.code) ?? 0) + 1);
  return <details class="issues"><summary><b class={look}>{title}</b>{" "}
    {[...codes].map(([code, count]) => <Tag key={code}>{said("issue", code)} {count}</Tag>)}</summary>
    <div class="wide" tabIndex={0}><table class="table sm"><thead><tr><th class="num">{t("row")}</th>
      <th>{t("column")}</th><th>{t("what")}</th></tr></thead><tbody>
      {list.slice(0, all ? list.length : ISSUES_SHOWN).map((one, i) => <tr key={i}>
        <td class="num">{one.row}</td><td>{one.column}</td><td>{one.message}</td></tr>)}</tbody></table>
    </div>
    {!all && list.length > ISSUES_SHOWN && <Press look="small" onClick={() => setAll(true)}>
      {n("show_rows", list.length)}</Press>}
    {total > list.length && <p class="sm faint">{n("more_issues", total - list.length)}</p>}</details>;
}

function Result({ file, children }: { file: File1; children?: ComponentChildren }) {
  return <li class="card import-file"><header><Icon sign="page" size={22} />
    <div class="grow"><h2>{file.file}</h2><p class="sm quiet">{[file.kind ? said("kind", file.kind)
      : t("kind_unknown"), file.encoding, file.saved_mapping && t("map_found", { name: file.saved_mapping })]
      .filter(Boolean).join(" · ")}</p></div>
    {file.refused ? <Tag look="alarm">{t("refused")}</Tag> : <Tag look="good">{t("understood")}</Tag>}
  </header>
    {file.refused ? <Box look="alarm">{[file.refused, file.remedy].filter(Boolean)
      .map((one) => <p key={one}>{one}</p>)}</Box> : <>
      <dl class="figures">{(["rows_read", "accepted", "created", "updated", "unchanged"] as const)
        .map((name) => <div key={name}><dt>{said("import", name)}</dt><dd>{number(file[name])}</dd></div>)}
      </dl>
      <Issues list={file.rejected} total={file.rejected_total} look="bad"
        title={n("rows_refused", file.rejected_total)} />
      <Issues list={file.warnings} total={file.warnings_total} look="waits"
        title={n("rows_warned", file.warnings_total)} />
      {file.mapping.length > 0 && <details class="issues"><summary><b>{n("columns_mapped",
        file.mapping.length)}</b></summary><ul class="mapping">{file.mapping.map((one) =>
        <li key={one.field + one.heading}><span class="one">{one.heading}</span><Icon sign="next"
          size={14} /><code class="one">{one.field}</code></li>)}</ul></details>}</>}
    {children}
  </li>;
}

export function Importer({ onDone }: { onDone?: () => void }) {
  const [files, setFiles] = useState<readonly { id: string; name: string }[]>([]);
  const [result, setResult] = useState<Shapes["Import"] | null>(null);
  const [busy, setBusy] = useState<"" | "upload" | "look" | "import">("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [over, setOver] = useState(false);
  const [map, setMap] = useState(""); // which column is which, as it was said by hand
  const [keeps, setKeeps] = useState(true);
  const input = useRef<HTMLInputElement>(null);

  const run = async (ids: readonly { id: string; name: string }[], dry: boolean, by = map) => {
    setBusy(dry ? "look" : "import");
    const answer = await call("post", "/api/v1/imports", { body: { file_ids: ids.map((one) => one.id),
      dry_run: dry, ...(by && ids.length === 1 ? { map: by } : {}) } });
    setMap(by);
    setResult(answer.data);
    setBusy("");
    if (dry || answer.data.refused) return;
    const read = answer.data.files[0];
    if (by && keeps && ids.length === 1 && read) await keepMapping(read, by);
    freshen(["*"]);
    setFiles([]);
    setMap("");
    tell(t("import_done", { patients: number(answer.data.totals.patients),
      appointments: number(answer.data.totals.appointments) }));
    onDone?.();
  };
  const guard = (work: Promise<void>) => {
    setProblem(null);
    work.catch((error: unknown) => {
      setBusy("");
      if (error instanceof Problem) setProblem(error);
    });
  };
  const take = (list: FileList | null) => {
    const chosen = [...list ?? []]; // the list itself empties with its field
    if (chosen.length) guard(upload(chosen));
  };
  const upload = async (chosen: readonly File[]) => {
    setBusy("upload");
    const kept = [...files];
    for (const file of chosen) {
      const answer = await call("post", "/api/v1/imports/files", { query: { name: file.name },
        form: file });
      kept.push({ id: answer.data.file_id, name: answer.data.name });
      setFiles([...kept]);
    }
    await run(kept, true);
  };
  return <div class="importer">
    <div class={`dropzone ${over ? "over" : ""}`} onDragOver={(event) => { event.preventDefault();
      setOver(true); }} onDragLeave={() => setOver(false)} onDrop={(event) => { event.preventDefault();
      setOver(false); take(event.dataTransfer?.files ?? null); }}>
      <Icon sign="upload" size={32} /><p><b>{t("drop_here")}</b></p><p class="sm quiet">{t("drop_text")}</p>
      <input ref={input} type="file" multiple hidden accept=".csv,.tsv,.txt,.json,.ndjson"
        onChange={(event) => { take(event.currentTarget.files); event.currentTarget.value = ""; }} />
      <Press busy={busy !== ""} onClick={() => input.current?.click()}>{busy ? said("busy", busy)
        : t("choose_files")}</Press></div>
    {problem && <Box look="alarm">{problemWords(problem)}</Box>}
    {result && <><ul class="cards">{result.files.map((file) => <Result key={file.file} file={file}>
        {result.dry_run && (files.length === 1 ? <MapColumns file={file} busy={busy !== ""} onRead={(source) =>
          guard(run(files, true, source))} /> : file.refused && files.length > 1
          && <p class="sm quiet">{t("map_alone")}</p>)}</Result>)}</ul>
      {result.dry_run && files.length > 0 && <div class="row wrap sticky-foot"><p class="grow quiet">
        {t("import_would", { patients: number(result.totals.patients),
          appointments: number(result.totals.appointments) })}</p>
        {map && !result.refused && <label class="check"><input type="checkbox" checked={keeps}
          onChange={(event) => setKeeps(event.currentTarget.checked)} />{t("map_keep")}</label>}
        <Press onClick={() => { setFiles([]); setResult(null); setMap(""); }}>{t("discard")}</Press>
        <Press look="main" busy={busy !== ""} disabled={result.refused}
          onClick={() => guard(run(files, false))}>{t("import_do")}</Press></div>}</>}
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
      : <div class="wide" tabIndex={0}><table class="table"><thead><tr><th>{t("when")}</th><th>{t("file")}</th>
          {(["rows_read", "created", "updated", "rejected", "warnings"] as const).map((name) =>
            <th class="num" key={name}>{said("import", name)}</th>)}</tr></thead><tbody>
          {runs.data.items.map((one) => <tr key={one.import_id}><td class="faint">{moment(one.at)}</td>
            <td>{one.file}<br /><span class="xs faint">{said("kind", one.kind)}</span></td>
            {(["rows_read", "created", "updated", "rejected", "warnings"] as const).map((name) =>
              <td class="num" key={name}>{number(one[name])}</td>)}</tr>)}</tbody></table></div>}
    </section><SavedMappings /></>;
}
