// basic.tsx: the small parts that every page uses.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { FieldError, Problem } from "../api/client";
import { initials } from "../format";
import { keyCaps } from "../keys";
import { said, t } from "../words";
import { Icon, type Sign } from "./icon";

export function Caps({ keys }: { keys: string }) {
  return <span class="caps" aria-hidden="true">
    {keyCaps(keys).map((cap) => <kbd class="keycap" key={cap}>{cap}</kbd>)}</span>;
}

type PressProps = JSX.HTMLAttributes<HTMLButtonElement> & {
  look?: string; sign?: Sign; keys?: string; busy?: boolean; submit?: boolean; disabled?: boolean;
};
export function Press({ look = "", sign, keys, busy, submit, children, disabled, ...rest }: PressProps) {
  return <button type={submit ? "submit" : "button"} class={`press ${look}`}
    disabled={disabled || busy} aria-busy={busy || undefined} {...rest}>
    {sign && <Icon sign={sign} size={17} />}{children}{keys && <Caps keys={keys} />}
  </button>;
}

export function IconPress({ sign, says, look = "plain", ...rest }:
  JSX.HTMLAttributes<HTMLButtonElement> & { sign: Sign; says: string; look?: string;
    disabled?: boolean }) {
  return <button type="button" class={`press icon ${look}`} aria-label={says} title={says} {...rest}>
    <Icon sign={sign} /></button>;
}

// A text whose long addresses take one line: the whole stays there to be copied, and is told on demand.
export function Linked({ text }: { text: string }) {
  return <>{text.split(/(https?:\/\/[^\s)]{28,})/).map((part, i) => (i % 2
    ? <span key={i} class="link" title={part}>{part}</span> : part))}</>;
}

export function Tag({ look = "", children, title }:
  { look?: string; children: ComponentChildren; title?: string | undefined }) {
  return <span class={`tag ${look}`} title={title}>{children}</span>;
}

export function Face({ name, big = false }: { name: string; big?: boolean }) {
  return <span class={`face ${big ? "big" : ""}`} aria-hidden="true">{initials(name)}</span>;
}

export function Empty({ sign, title, children, acts }:
  { sign: Sign; title: string; children?: ComponentChildren; acts?: ComponentChildren }) {
  return <div class="empty"><Icon sign={sign} size={40} /><h2>{title}</h2>
    {children && <p>{children}</p>}{acts && <div class="row">{acts}</div>}</div>;
}

export function Bones({ lines = 4 }: { lines?: number }) {
  return <div class="bones" role="status" aria-label={t("loading")}>
    {Array.from({ length: lines }, (_, i) =>
      <i key={i} style={{ width: `${[72, 54, 88, 40, 66, 80][i % 6]}%` }} />)}</div>;
}

export function Box({ look = "", sign = "alert", children }:
  { look?: string; sign?: Sign; children: ComponentChildren }) {
  return <div class={`note-box ${look}`} role={look === "alarm" ? "alert" : undefined}>
    <Icon sign={sign} /><div class="grow">{children}</div></div>;
}

export function problemWords(problem: Problem): string {
  if (problem.status === 0) return t("offline_try");
  if (problem.status === 403) return problem.detail || t("forbidden");
  if (problem.status === 404) return problem.detail || t("not_found");
  const wrong = problem.fields.map((one) => one.message).filter(Boolean);
  const place = problem.detail && !/\s/.test(problem.detail) ? problem.detail : ""; // perennial.yaml:12
  return (wrong.length ? wrong : [place ? `${place}: ${problem.title}` : problem.detail || problem.title, problem.remedy]).filter(Boolean).join(" ");
}

// What an address names and is not there, or not for this account: one sentence and a way back.
export type Dead = "page" | "role" | "patient" | "thread" | "task" | "playbook" | "template";
export const isDead = (problem: Problem | undefined): boolean => problem?.status === 404 || problem?.status === 403;

export function Gone({ what, to, back, part = false }: { what: Dead; to: string; back: string; part?: boolean }) {
  const title = said("gone", what);
  return <div class="empty"><Icon sign="leaf" size={40} />{part ? <h2>{title}</h2> : <h1>{title}</h1>}
    <p>{said("gone_text", what)}</p>
    <div class="row"><a class="press" href={to}><Icon sign="back" size={17} />{t("back_to", { place: back })}</a></div></div>;
}

export function Trouble({ problem, again }: { problem: Problem; again?: () => void }) {
  return <Box look="alarm"><p>{problemWords(problem)}</p>
    {again && problem.status !== 422 && !isDead(problem) && <p><Press look="small" onClick={again}>{t("try_again")}</Press></p>}</Box>;
}

interface FieldProps {
  label: string; hint?: ComponentChildren; name?: string;
  wrong?: string | readonly FieldError[] | undefined;
  children: (aria: { id: string; "aria-invalid": boolean; "aria-describedby"?: string;
    name?: string }) => ComponentChildren;
}
export function Field({ label, hint, wrong, name, children }: FieldProps) {
  const id = useId();
  const message = typeof wrong === "string" ? wrong
    : wrong?.find((error) => error.field === name)?.message;
  const described = [hint && `${id}h`, message && `${id}w`].filter(Boolean).join(" ");
  return <div class="field"><label for={id}>{label}</label>
    {children({ id, "aria-invalid": Boolean(message), ...(name ? { name } : {}),
      ...(described ? { "aria-describedby": described } : {}) })}
    {hint && <div class="hint" id={`${id}h`}>{hint}</div>}
    {message && <div class="wrong" id={`${id}w`}><Icon sign="alert" size={16} />{message}</div>}
  </div>;
}

export function Chips<T extends string>({ value, options, onPick, label }: {
  value: T; options: readonly { id: T; text: string; count?: number | undefined }[];
  onPick: (id: T) => void; label: string }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => { // on a phone the row may be longer than the screen
    const all = box.current!;
    const on = all.querySelector<HTMLElement>('[aria-pressed="true"]');
    if (on && all.scrollWidth > all.clientWidth) all.scrollLeft = on.offsetLeft - (all.clientWidth - on.offsetWidth) / 2;
  }, [value]);
  return <div class="chips" role="group" aria-label={label} ref={box}>
    {options.map((option) => <button type="button" key={option.id}
      aria-pressed={option.id === value} onClick={() => onPick(option.id)}>
      {option.text}{option.count !== undefined && <span class="faint">{option.count}</span>}
    </button>)}</div>;
}

export interface MenuItem {
  readonly text: string; readonly sign?: Sign; readonly does: () => void; readonly danger?: boolean;
}
export function Menu({ says, items, sign = "more", look = "plain", up = false, start = false, face }: {
  says: string; items: readonly (MenuItem | null)[]; sign?: Sign; look?: string; up?: boolean;
  start?: boolean; face?: ComponentChildren }) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    box.current?.querySelector<HTMLElement>(".sheet button")?.focus();
    const away = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    addEventListener("pointerdown", away);
    return () => removeEventListener("pointerdown", away);
  }, [open]);
  // What is pressed may open a dialog: when that is closed, it is the button that is there to come back to.
  const back = () => box.current?.querySelector<HTMLElement>(":scope > button")?.focus();
  const keyed = (event: KeyboardEvent) => {
    const all = [...box.current?.querySelectorAll<HTMLElement>(".sheet button") ?? []];
    const at = all.indexOf(document.activeElement as HTMLElement);
    if (event.key === "Escape") {
      setOpen(false);
      back();
    } else if (event.key === "Tab") return setOpen(false);
    else if (event.key === "Home") all[0]?.focus();
    else if (event.key === "End") all.at(-1)?.focus();
    else if (event.key === "ArrowDown") all[(at + 1) % all.length]?.focus();
    else if (event.key === "ArrowUp") all[(at - 1 + all.length) % all.length]?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return <div class="menu" ref={box} onKeyDown={open ? keyed : undefined}>
    <button type="button" class={face ? "who" : `press icon ${look}`} aria-haspopup="menu"
      aria-expanded={open} aria-label={says} title={says} onClick={() => setOpen(!open)}>
      {face ?? <Icon sign={sign} />}</button>
    {open && <div class={`sheet ${up ? "up" : ""} ${start ? "start" : ""}`} role="menu">
      {items.map((item, i) => item ? <button type="button" role="menuitem" key={item.text}
        class={item.danger ? "danger" : ""} onClick={() => { back(); setOpen(false); item.does(); }}>
        {item.sign && <Icon sign={item.sign} size={17} />}{item.text}</button>
        : <hr key={i} />)}</div>}
  </div>;
}
