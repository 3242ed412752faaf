// code_text.tsx: a YAML file as text with what may come next from its schema. Loaded only when it is opened.
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { difference } from "../tree/edit";
import { t } from "../words";
import { schemaOf, setUp } from "./editor_text";

export interface CodeProps {
  readonly name: string; readonly schema: string; readonly text: string; readonly writes: boolean;
  readonly onText: (text: string) => void;
}

export function CodeText({ name, schema, text, writes, onText }: CodeProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const shape = useAnswer(`schema/${schema}`, [], schemaOf(schema)).data;
  const now = useRef({ shape, onText });
  now.current = { shape, onText };
  useEffect(() => {
    const shadow = host.current!.shadowRoot ?? host.current!.attachShadow({ mode: "open" });
    const made = new EditorView({ parent: shadow, root: shadow, state: EditorState.create({ doc: text,
      extensions: setUp({ label: t("text_of", { name }), writes, names: () => [],
        schema: () => now.current.shape ?? null, changed: (next) => now.current.onText(next) }) }) });
    view.current = made;
    return () => made.destroy();
  }, [name]);
  useEffect(() => { // given back, or somebody else's save
    const made = view.current;
    const stands = made?.state.doc.toString();
    if (made && stands !== text) made.dispatch({ changes: difference(stands ?? "", text) });
  }, [text]);
  return <div class="edit-host" ref={host} />;
}
