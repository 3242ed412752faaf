// over.tsx: what lies over the page: dialogs, and lines at the bottom with their way back.
import { effect, signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Problem, refusals } from "../api/client";
import { post, takeBack, type Act } from "../api/pending";
import { captive } from "../keys";
import { t } from "../words";
import { IconPress, Press, problemWords } from "./basic";
import { Icon } from "./icon";

export function Dialog({ title, onClose, broad = false, firm = false, children }: {
  title: string; onClose: () => void; broad?: boolean; firm?: boolean;
  children: ComponentChildren }) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const dialog = box.current!;
    const back = document.activeElement as HTMLElement | null;
    dialog.showModal();
    captive.value++;
    dialog.querySelector<HTMLElement>("[data-first], .inside input, .inside textarea, .inside select")
      ?.focus();
    return () => {
      captive.value--;
      dialog.close();
      (back?.isConnected ? back : document.getElementById("main"))?.focus(); // what was pressed may be gone
    };
  }, []);
  return <dialog class={`dialog ${broad ? "broad" : ""}`} ref={box} aria-labelledby={id}
    onCancel={(event) => { event.preventDefault(); if (!firm) onClose(); }}
    onKeyDown={(event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      if (!firm) onClose();
    }}
    onClick={(event) => { if (event.target === box.current && !firm) onClose(); }}>
    <header><h2 id={id}>{title}</h2>
      {!firm && <IconPress sign="close" says={t("close")} onClick={onClose} />}</header>
    <div class="inside" tabIndex={-1}>{children}</div>
  </dialog>;
}

interface Line {
  readonly id: number; readonly text: string; readonly undo?: () => void | Promise<unknown>;
  readonly to?: string; // where it can be seen
  readonly refused?: boolean;
}
const lines = signal<readonly Line[]>([]);
let last = 0;

const TOLD_MS = 6_000;
const UNDO_MS = 12_000;
const REFUSED_MS = 20_000;

// What an earlier write came to is old news beside a refusal, wherever that is told; a way back stays.
const holdsStill = (line: Line) => Boolean(line.undo || line.refused);
effect(() => {
  if (refusals.value) lines.value = lines.peek().filter(holdsStill);
});

function put(line: Omit<Line, "id">, stays_ms: number): void {
  const id = ++last;
  const others = lines.value.filter((one) => (line.refused ? holdsStill(one) && one.text !== line.text : true));
  lines.value = [...others.slice(-2), { id, ...line }];
  setTimeout(() => drop(id), stays_ms);
}

export function tell(text: string, undo?: () => void | Promise<unknown>): void {
  put({ text, ...(undo ? { undo } : {}) }, undo ? UNDO_MS : TOLD_MS);
}

export function tellProblem(error: unknown): void {
  if (error instanceof DOMException && error.name === "AbortError") return;
  put({ text: error instanceof Problem ? problemWords(error) : String(error), refused: true }, UNDO_MS);
}

// Whoever has moved on meanwhile is told whom it was for, and comes back to their words with one press.
function tellRefused(problem: Problem, act: Omit<Act, "id">): void {
  if (!act.about || location.hash.startsWith(act.about.to)) return tellProblem(problem);
  put({ to: act.about.to, refused: true,
    text: `${t("not_sent_to", { name: act.about.name })} ${problemWords(problem)}` }, REFUSED_MS);
}

// Runs a write; what the server refuses is told where it was pressed.
export async function attempt<T>(write: () => Promise<T>): Promise<T | undefined> {
  try {
    return await write();
  } catch (error) {
    tellProblem(error);
    return undefined;
  }
}

function drop(id: number): void {
  lines.value = lines.value.filter((line) => line.id !== id);
}

export function undoLast(): boolean {
  const line = [...lines.value].reverse().find((one) => one.undo);
  if (!line) return false;
  drop(line.id);
  void attempt(async () => { await line.undo?.(); });
  return true;
}

export function Lines() {
  return <div class="toasts" role="status" aria-live="polite">
    {lines.value.map((line) => <div class="toast" key={line.id}>
      {line.refused && <Icon sign="alert" />}<span>{line.text}</span>
      {line.to && <a href={line.to} onClick={() => drop(line.id)}>{t("open_conversation")}</a>}
      {line.undo && <button type="button" onClick={() => {
        drop(line.id);
        void attempt(async () => { await line.undo?.(); });
      }}>{t("undo")}</button>}
    </div>)}</div>;
}

interface Question {
  readonly title: string; readonly text: string; readonly yes: string; readonly danger: boolean;
  readonly answer: (yes: boolean) => void;
}
const question = signal<Question | null>(null);

export function sure(title: string, text: string, yes: string, danger = false): Promise<boolean> {
  return new Promise((resolve) => {
    question.value = { title, text, yes, danger, answer: (answer) => {
      question.value = null;
      resolve(answer);
    } };
  });
}

export function Questions() {
  const asked = question.value;
  if (!asked) return null;
  return <Dialog title={asked.title} onClose={() => asked.answer(false)}>
    <p class="quiet">{asked.text}</p>
    <footer><Press onClick={() => asked.answer(false)}>{t("cancel")}</Press>
      <Press look={asked.danger ? "danger main" : "main"} data-first
        onClick={() => asked.answer(true)}>{asked.yes}</Press></footer>
  </Dialog>;
}

// An act that nothing can take back on the server is held for some seconds, with its way back.
const HOLD_MS = 6_000;

export function later(text: string, act: Omit<Act, "id">, then: (done: boolean) => void): void {
  const id = post(act, HOLD_MS, (problem) => {
    then(!problem);
    if (problem) tellRefused(problem, act);
  });
  put({ text, undo: () => { if (takeBack(id)) then(false); } }, HOLD_MS);
}
