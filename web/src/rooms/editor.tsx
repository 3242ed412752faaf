// editor.tsx: a playbook's text with the checker beside every line. Loaded only when it is opened.
//
// The editor lives in a shadow root: there its styles are objects, and the page needs no exception
// for inline style.
import { autocompletion, completionKeymap, type Completion, type CompletionContext,
  type CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags as kind } from "@lezer/highlight";
import { useEffect, useRef, useState } from "preact/hooks";
import { call, Problem, type Shapes } from "../api/client";
import { useEdit, type Version } from "../drafts";
import { Box, Press, problemWords } from "../parts/basic";
import { tell } from "../parts/over";
import { Versions } from "../parts/versions";
import { freshen } from "../api/answers";
import { n, t } from "../words";
import { may } from "./session";
import { Findings } from "./playbook";
import schema from "../../../playbooks/playbook.schema.json";

type Finding = Shapes["Finding"];
export interface EditorProps {
  readonly name: string; readonly source: string; readonly etag: string;
  readonly findings: readonly Finding[]; readonly onSaved: (version: Version) => void;
  readonly onStale: () => void;
}

const look = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--raised)", fontSize: "13px", height: "100%" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6" },
  ".cm-content": { caretColor: "var(--accent)", padding: "10px 0" },
  ".cm-gutters": { backgroundColor: "var(--raised)", color: "var(--ink-3)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--hover)" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
  ".cm-cursor": { borderLeftColor: "var(--accent)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground":
    { background: "var(--accent-soft) !important" },
  ".cm-tooltip": { background: "var(--raised)", border: "1px solid var(--line-firm)",
    borderRadius: "8px", color: "var(--ink)", overflow: "hidden" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--accent-soft)",
    color: "var(--ink)" },
  ".cm-completionDetail": { color: "var(--ink-3)", fontStyle: "normal" },
});
const colours = HighlightStyle.define([
  { tag: [kind.propertyName, kind.definition(kind.propertyName)], color: "var(--accent)" },
  { tag: kind.comment, color: "var(--ink-3)" },
  { tag: [kind.string, kind.special(kind.string)], color: "var(--slate)" },
  { tag: [kind.number, kind.bool, kind.atom], color: "var(--ochre)" },
]);

interface Node { $ref?: string; properties?: Record<string, Node>; additionalProperties?: Node | boolean;
  items?: Node; enum?: unknown[]; description?: string; anyOf?: Node[]; oneOf?: Node[]; type?: unknown }
const root = schema as unknown as Node & { $defs: Record<string, Node> };

function settle(node: Node | undefined): Node | undefined {
  return node?.$ref ? root.$defs[node.$ref.replace("#/$defs/", "")] : node;
}

// The keys above a line by its indentation: ["touches", "0"] inside a list's entry.
function pathAt(state: EditorState, number: number, indent: number): string[] {
  const path: string[] = [];
  let depth = indent;
  for (let i = number - 1; i >= 1 && depth > 0; i--) {
    const found = /^(\s*)(- )?([\w-]+):/.exec(state.doc.line(i).text);
    if (!found) continue;
    const column = found[1]!.length + (found[2] ? 2 : 0);
    if (found[2] && column === depth) {
      path.unshift("-");
      depth = found[1]!.length;
    }
    if (column < depth) {
      path.unshift(found[3]!);
      depth = found[1]!.length;
      if (found[2]) path.unshift("-");
    }
  }
  return path;
}

function nodeAt(path: readonly string[]): Node | undefined {
  let node: Node | undefined = root;
  for (const part of path) {
    const now: Node | undefined = settle(node);
    node = part === "-" ? now?.items : now?.properties?.[part]
      ?? (typeof now?.additionalProperties === "object" ? now.additionalProperties : undefined);
  }
  return settle(node);
}

function complete(context: CompletionContext): CompletionResult | null {
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  const value = /^(\s*)(- )?([\w-]+):\s+([\w-]*)$/.exec(before);
  const key = /^(\s*)(- )?([\w-]*)$/.exec(before);
  const found = value ?? key;
  if (!found || (!context.explicit && !found.at(-1))) return null;
  const indent = found[1]!.length + (found[2] ? 2 : 0);
  const path = pathAt(context.state, line.number, indent);
  if (found[2]) path.push("-");
  const here = nodeAt(path);
  const word = found.at(-1)!;
  let options: Completion[] = [];
  if (value) {
    const node = settle(here?.properties?.[value[3]!]);
    const words = [node, ...(node?.anyOf ?? []), ...(node?.oneOf ?? [])]
      .flatMap((one) => settle(one)?.enum ?? []);
    options = words.map((one) => ({ label: String(one), type: "enum" }));
  } else {
    options = Object.entries(here?.properties ?? {}).map(([label, node]) => ({ label,
      apply: `${label}: `, detail: node.description ?? settle(node)?.description ?? "",
      type: "property" }));
  }
  return options.length ? { from: context.pos - word.length, options } : null;
}

function marks(state: EditorState, findings: readonly Finding[]): Diagnostic[] {
  return findings.map((one) => {
    const line = state.doc.line(Math.min(Math.max(1, one.line), state.doc.lines));
    const from = Math.min(line.to, line.from + Math.max(0, one.column - 1));
    const word = /^[^\s,}\]]+/.exec(state.doc.sliceString(from, line.to));
    return { from, to: Math.min(line.to, from + (word?.[0].length ?? line.length)),
      severity: one.error ? "error" : "warning", message: `${one.message}\n${one.hint}`.trim() };
  });
}

export function Editor({ name, source, etag, findings, onSaved, onStale }: EditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const edit = useEdit(`playbook/${name}`, { source, etag });
  const { text, changed } = edit;
  const keep = useRef(edit.keep);
  keep.current = edit.keep;
  const [found, setFound] = useState(findings);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const writes = may("playbooks.write");
  const path = { playbook: name };
  useEffect(() => {
    const shadow = host.current!.shadowRoot ?? host.current!.attachShadow({ mode: "open" });
    const made = new EditorView({ parent: shadow, root: shadow, state: EditorState.create({
      doc: text, extensions: [lineNumbers(), history(), drawSelection(), indentOnInput(),
        bracketMatching(), highlightActiveLine(), lintGutter(), yaml(), syntaxHighlighting(colours),
        autocompletion({ override: [complete] }), look, EditorView.lineWrapping,
        EditorState.readOnly.of(!writes),
        EditorView.contentAttributes.of({ "aria-label": t("text_of", { name }), tabindex: "0" }),
        keymap.of([{ key: "Mod-s", preventDefault: true, run: () => {
          document.getElementById("save-text")?.click();
          return true;
        } }, ...completionKeymap, ...defaultKeymap, ...historyKeymap,
        { key: "Escape", run: (one) => { one.contentDOM.blur(); return true; } }, indentWithTab]),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          keep.current(update.state.doc.toString());
        })] }) });
    view.current = made;
    return () => made.destroy();
  }, [name]);

  const put = (next: string) => view.current?.dispatch({
    changes: { from: 0, to: view.current.state.doc.length, insert: next } });
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
    setBusy(true);
    setProblem(null);
    call("put", "/api/v1/playbooks/{playbook}/source", { path, body: { source: text },
      etag: edit.etag }).then((answer) => {
      setFound(answer.data.findings);
      onSaved({ source: text, etag: answer.etag });
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
  const jump = (one: Finding) => {
    const made = view.current;
    if (!made) return;
    const line = made.state.doc.line(Math.min(one.line, made.state.doc.lines));
    made.dispatch({ selection: { anchor: Math.min(line.to, line.from + Math.max(0, one.column - 1)) },
      effects: EditorView.scrollIntoView(line.from, { y: "center" }) });
    made.focus();
  };
  return <div class="edit">
    {problem && problem.status !== 412 && <Box look="alarm">{problemWords(problem)}</Box>}
    {edit.theirs !== null && <Versions theirs={edit.theirs} mine={text} onTheirs={drop}
      onMine={edit.keepMine} />}
    <div class="edit-bar row wrap"><span class="sm quiet" role="status">{errors
      ? n("errors", errors) : found.length ? n("warnings", found.length) : t("no_findings")}
      {changed && ` · ${t("not_saved")}`}</span>
      <span class="end row">{changed && <Press look="plain small" sign="undo"
        onClick={drop}>{t("discard")}</Press>}
      {writes && <Press look="main small" id="save-text" busy={busy} disabled={!changed || errors > 0 || edit.theirs !== null}
        onClick={save} keys="mod+s">{t("save")}</Press>}</span></div>
    <div class="edit-host" ref={host} />
    <Findings list={found} onPick={jump} />
  </div>;
}
