// editor_text.ts: the text of a playbook as CodeMirror shows it: colours, the checker's marks, and what
// may come next at the cursor, from the schema.
import { autocompletion, completionKeymap, completionStatus, startCompletion, type Completion, type CompletionContext,
  type CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, type Diagnostic } from "@codemirror/lint";
import { EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags as kind } from "@lezer/highlight";
import { get, type Shapes } from "../api/client";
import { offered, type Offer } from "../tree/offer";
import type { Names, Schema } from "../tree/schema";
import { hintWords } from "../words/book";
import { inWords } from "../words/sentences";

type Finding = Shapes["Finding"];

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
    borderRadius: "8px", color: "var(--ink)" },
  ".cm-tooltip-autocomplete > ul": { borderRadius: "8px" },
  ".cm-tooltip-autocomplete ul li": { padding: "3px 8px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--accent-soft)",
    color: "var(--ink)" },
  ".cm-tooltip.cm-completionInfo": { padding: "6px 10px", maxWidth: "20rem",
    fontFamily: "var(--font)", color: "var(--ink-2)" },
  ".cm-completionDetail": { color: "var(--ink-3)", fontStyle: "normal" },
});
const colours = HighlightStyle.define([
  { tag: [kind.propertyName, kind.definition(kind.propertyName)], color: "var(--accent)" },
  { tag: kind.comment, color: "var(--ink-3)" },
  { tag: [kind.string, kind.special(kind.string)], color: "var(--slate)" },
  { tag: [kind.number, kind.bool, kind.atom], color: "var(--ochre)" },
]);

// What was taken goes on with the next choice, where one follows: behind a key, between brackets.
function taking(offer: Offer) {
  return (view: EditorView, _: Completion, from: number, to: number) => {
    view.dispatch({ changes: { from, to, insert: offer.insert },
      selection: { anchor: from + (offer.cursor ?? offer.insert.length) }, userEvent: "input.complete" });
    if (offer.more) startCompletion(view);
  };
}

function completing(schema: () => Schema | null, names: Names) {
  return (context: CompletionContext): CompletionResult | null => {
    const root = schema();
    const found = root && offered(root, context.state.doc.toString(), context.pos, names);
    if (!found || (!context.explicit && !found.word && !found.fresh)) return null;
    return { from: found.from, validFor: /^[\w()-]*$/, options: found.offers.map((one, i) => ({
      label: one.label, sortText: String(i).padStart(3, "0"), apply: taking(one), type: one.key ? "property" : "enum",
      ...(one.required ? { detail: "*", boost: 1 } : {}),
      ...(one.says ? { info: hintWords(one.says) } : {}) })) };
  };
}

export function marks(state: EditorState, findings: readonly Finding[]): Diagnostic[] {
  return findings.map((one) => {
    const line = state.doc.line(Math.min(Math.max(1, one.line), state.doc.lines));
    const from = Math.min(line.to, line.from + Math.max(0, one.column - 1));
    const word = /^[^\s,}\]]+/.exec(state.doc.sliceString(from, line.to));
    return { from, to: Math.min(line.to, from + (word?.[0].length ?? line.length)),
      severity: one.error ? "error" : "warning", message: [one.message, one.hint].filter(Boolean).map(inWords).join("\n") };
  });
}

// A list that scrolls can be reached by whoever scrolls with the keyboard.
function reachable(view: EditorView): void {
  requestAnimationFrame(() => view.dom.querySelector(".cm-tooltip-autocomplete > ul")
    ?.setAttribute("tabindex", "0"));
}

export const schemaOf = (schema: string) => (stop: AbortSignal) =>
  get("/api/v1/schemas/{schema}", { path: { schema }, stop }) as Promise<unknown> as Promise<Schema>;

export interface Setting {
  readonly label: string; readonly writes: boolean; readonly schema: () => Schema | null;
  readonly names: Names; readonly changed: (text: string) => void;
}

export function setUp({ label, writes, schema, names, changed }: Setting): Extension {
  return [lineNumbers(), history(), drawSelection(), indentOnInput(), bracketMatching(),
    highlightActiveLine(), lintGutter(), yaml(), syntaxHighlighting(colours),
    autocompletion({ override: [completing(schema, names)], icons: false }), look,
    EditorView.lineWrapping, EditorState.readOnly.of(!writes),
    EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
    keymap.of([{ key: "Mod-s", preventDefault: true, run: () => {
      document.getElementById("save-text")?.click();
      return true;
    } }, ...completionKeymap, ...defaultKeymap, ...historyKeymap,
    { key: "Escape", run: (one) => { one.contentDOM.blur(); return true; } }, indentWithTab]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) changed(update.state.doc.toString());
      if (completionStatus(update.state) !== completionStatus(update.startState)) reachable(update.view);
    })];
}
