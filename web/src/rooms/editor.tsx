// editor.tsx: a playbook that is being written, as text and as a form of the same tree, with the checker
// beside every line and every field. Loaded only when it is opened.
//
// The text is one, and its history is one: what the form changes is a change of the text. The editor
// lives in a shadow root: there its styles are objects, and the page needs no exception for inline style.
import { redo, redoDepth, undo, undoDepth } from "@codemirror/commands";
import { setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef, useState } from "preact/hooks";
import { call, get, Problem, type Shapes } from "../api/client";
import { useEdit, type Version } from "../drafts";
import { Bones, Box, Press, problemWords } from "../parts/basic";
import { tell } from "../parts/over";
import { Versions } from "../parts/versions";
import { freshen, useAnswer } from "../api/answers";
import { go } from "../router";
import { difference } from "../tree/edit";
import type { Names } from "../tree/schema";
import { parse, partAt, placeOf } from "../tree/text";
import { n, t } from "../words";
import { may } from "./session";
import { marks, schemaOf, setUp } from "./editor_text";
import { Form } from "./form";
import { Findings } from "./playbook";

type Finding = Shapes["Finding"];
export interface EditorProps {
  readonly name: string; readonly source: string; readonly etag: string; readonly view: "text" | "form";
  readonly findings: readonly Finding[]; readonly onSaved: (version: Version) => void;
  readonly onStale: () => void;
}

// What of names there is: of this practice, and of this very text.
function useNames(text: string): Names {
  const definitions = useAnswer("definitions", ["playbook"], (stop) =>
    get("/api/v1/definitions", { stop })).data;
  const shape = useAnswer("schema/definitions", [], schemaOf("definitions")).data;
  const pieces = useAnswer("templates", ["playbook"], (stop) => get("/api/v1/templates", { stop })).data;
  const books = useAnswer("playbooks", ["playbook"], (stop) => get("/api/v1/playbooks", { stop })).data;
  const own = useRef({ text: "", touches: [] as string[], exits: [] as string[] });
  const mine = () => {
    if (own.current.text !== text) {
      const { root } = parse(text);
      if (root) own.current = { text,
        touches: partAt(root, ["touches"])?.items.flatMap((one) =>
          partAt(one.part, ["id"])?.text || []) ?? [],
        exits: partAt(root, ["exits"])?.entries.map((one) => one.key)
          .filter((one) => one !== "use") ?? [] };
    }
    return own.current;
  };
  const services = definitions?.services.map((one) => one.key) ?? [];
  const templates = (task: boolean) => [...new Set((pieces?.items ?? []).filter((one) =>
    (one.channel === "task") === task && one.usable).map((one) => one.name))];
  return (kind) => {
    switch (kind) {
      case "service": return services;
      case "service_or_any": return ["any", ...services];
      case "clock": return services.flatMap((one) => [`last_visit(${one})`, `series_end(${one})`]);
      case "offer": return [...new Set(["none", ...definitions?.offers ?? []])];
      case "template": return templates(false);
      case "script": return templates(true);
      case "exit": return mine().exits;
      case "touch": return mine().touches;
      case "touch_wait": return mine().touches.map((one) => `48h after ${one}.delivered`);
      case "playbook": return books?.items.map((one) => one.name) ?? [];
      case "exclusion": return ["standard", ...(shape?.properties?.["exclude_standard"]?.items?.enum ?? [])
        .map(String)];
      default: return [];
    }
  };
}

export function Editor({ name, source, etag, view: shown, findings, onSaved, onStale }: EditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const edit = useEdit(`playbook/${name}`, { source, etag });
  const { text, changed } = edit;
  const keep = useRef(edit.keep);
  keep.current = edit.keep;
  const [found, setFound] = useState(findings);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const [wanted, setWanted] = useState<{ line: number; column: number } | null>(null);
  const writes = may("playbooks.write");
  const path = { playbook: name };
  const schema = useAnswer("schema/playbook", [], schemaOf("playbook"));
  const names = useNames(text);
  const known = useRef({ schema: schema.data, names });
  known.current = { schema: schema.data, names };
  useEffect(() => {
    const shadow = host.current!.shadowRoot ?? host.current!.attachShadow({ mode: "open" });
    const made = new EditorView({ parent: shadow, root: shadow, state: EditorState.create({
      doc: text, extensions: setUp({ label: t("text_of", { name }), writes,
        schema: () => known.current.schema ?? null, names: (kind) => known.current.names(kind),
        changed: (next) => keep.current(next) }) }) });
    view.current = made;
    return () => made.destroy();
  }, [name]);
  useEffect(() => {
    if (shown === "text") view.current?.requestMeasure();
  }, [shown]);

  const put = (next: string) => {
    const made = view.current;
    if (made) made.dispatch({ changes: difference(made.state.doc.toString(), next),
      userEvent: "input.form" });
  };
  useEffect(() => { // somebody else's save, while nothing of mine stands here
    if (!changed && view.current?.state.doc.toString() !== source) put(source);
  }, [source]);
  const drop = () => {
    put(source);
    edit.drop();
  };
  useEffect(() => {
    const stop = new AbortController();
    const wait = setTimeout(() => {
      call("post", "/api/v1/playbooks/{playbook}/check", { path, body: { source: text },
        stop: stop.signal }).then((answer) => setFound(answer.data.findings), () => {});
    }, 300);
    return () => {
      clearTimeout(wait);
      stop.abort();
    };
  }, [text]);
  useEffect(() => {
    const made = view.current;
    if (made) made.dispatch(setDiagnostics(made.state, marks(made.state, found)));
  }, [found]);

  const save = () => {
    const saved = view.current?.state.doc.toString() ?? text; // a field may have been left just now
    setBusy(true);
    setProblem(null);
    call("put", "/api/v1/playbooks/{playbook}/source", { path, body: { source: saved },
      etag: edit.etag }).then((answer) => {
      setFound(answer.data.findings);
      onSaved({ source: saved, etag: answer.etag });
      edit.saved();
      freshen(["playbook"]);
      tell(t("saved_not_running"));
    }, (error: unknown) => {
      if (!(error instanceof Problem)) return;
      setProblem(error);
      if (error.status === 412) onStale();
    }).finally(() => setBusy(false));
  };
  const errors = found.filter((one) => one.error).length;
  const toText = (place: number) => {
    go("playbooks", name, "text");
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const made = view.current;
      if (!made) return;
      const at = Math.min(place, made.state.doc.length);
      made.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
      made.focus();
    }));
  };
  const jump = (one: Finding) => {
    if (shown === "form") setWanted({ line: one.line, column: one.column });
    else toText(placeOf(text, one.line, one.column));
  };
  const step = (deed: typeof undo) => { if (view.current) deed(view.current); };
  const keyed = (event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === "s") {
      (event.target as HTMLElement).blur(); // what is typed counts, and lets the press be pressed
      setTimeout(() => document.getElementById("save-text")?.click(), 0);
    } else if (key === "z") step(event.shiftKey ? redo : undo);
    else if (key === "y") step(redo);
    else return;
    event.preventDefault();
  };
  const depth = view.current ? [undoDepth(view.current.state), redoDepth(view.current.state)] : [0, 0];
  return <div class="edit">
    {problem && problem.status !== 412 && <Box look="alarm">{problemWords(problem)}</Box>}
    {edit.theirs !== null && <Versions theirs={edit.theirs} mine={text} onTheirs={drop}
      onMine={edit.keepMine} />}
    <div class="edit-bar row wrap"><span class="sm quiet" role="status">{errors
      ? n("errors", errors) : found.length ? n("warnings", found.length) : t("no_findings")}
      {changed && ` · ${t("not_saved")}`}</span>
      <span class="end row wrap">{writes && shown === "form" && <>
        <Press look="plain small" sign="undo" disabled={!depth[0]} onClick={() => step(undo)}>
          {t("undo")}</Press>
        <Press look="plain small" disabled={!depth[1]} onClick={() => step(redo)}>{t("redo")}</Press></>}
      {changed && <Press look="plain small" onClick={drop}>{t("discard")}</Press>}
      {writes && <Press look="main small" id="save-text" busy={busy} disabled={!changed || errors > 0
        || edit.theirs !== null} onClick={save} keys="mod+s">{t("save")}</Press>}</span></div>
    <div class="edit-host" ref={host} hidden={shown !== "text"} />
    {shown === "form" && <div onKeyDown={keyed}>{schema.data
      ? <Form text={text} schema={schema.data} names={names} writes={writes} findings={found}
          wanted={wanted} put={put} toText={toText} back={() => step(undo)} />
      : schema.problem ? <Box look="alarm">{problemWords(schema.problem)}</Box> : <Bones lines={9} />}</div>}
    <Findings list={found} onPick={jump} />
  </div>;
}
