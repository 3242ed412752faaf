// form_parts.tsx: the fields of a playbook's form, each made of what the schema says may stand there.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { get, Problem, type Shapes } from "../api/client";
import { number } from "../format";
import { Field, IconPress, Press, Tag } from "../parts/basic";
import { Icon } from "../parts/icon";
import type { Deed } from "../tree/edit";
import { isArray, isClosed, isCondition, isObject, schemaAt, shapes, wordsOf, type Names,
  type Schema } from "../tree/schema";
import { lineOf, partAt, pathAt, placeOf, type Part, type Path } from "../tree/text";
import { hintWords, keyWords, valueWords } from "../words/book";
import { n, t } from "../words";
import { inWords } from "../words/sentences";
import { may } from "./session";

type Finding = Shapes["Finding"];

// What every field is handed: the tree as it stands, and the one way to change it.
export interface Desk {
  readonly text: string; readonly root: Part; readonly schema: Schema; readonly names: Names;
  readonly findings: readonly Placed[]; readonly writes: boolean;
  readonly wanted: string | null;             // the place that somebody asked for
  readonly does: (deeds: readonly Deed[]) => boolean;
  readonly toText: (place: number) => void;
  readonly seek: (path: Path) => void;        // brings a field into view and puts the cursor there
  readonly back: () => void;                  // takes the last change back
}
export interface Placed { readonly finding: Finding; readonly path: string }

export const keyOf = (path: Path) => path.join("/");

// At which field the checker's words belong. What is missing is missing from the map.
export function placed(text: string, root: Part | null, findings: readonly Finding[]): Placed[] {
  return findings.map((finding) => {
    const place = placeOf(text, finding.line, finding.column);
    const path = pathAt(root, place);
    const above = partAt(root, path.slice(0, -1));
    const missing = finding.rule === "missing_key" && above?.kind === "map" && above.from === place;
    return { finding, path: keyOf(missing ? path.slice(0, -1) : path) };
  });
}

export function Said({ d, path, deep = false }: { d: Desk; path: Path; deep?: boolean }) {
  const key = keyOf(path);
  const mine = d.findings.filter((one) => one.path === key || (deep && one.path.startsWith(`${key}/`)));
  if (!mine.length) return null;
  return <ul class="said-here">{mine.map(({ finding }, i) => <li key={i}
    class={finding.error ? "bad" : "waits"}><Icon sign="alert" size={16} /><span>{inWords(finding.message)}
      {finding.hint && <> <span class="quiet">{inWords(finding.hint)}</span></>}</span></li>)}</ul>;
}

// What the form does not know stays as it is, and says where it stands.
export function InText({ d, label, part, path }: { d: Desk; label: string; part: Part; path: Path }) {
  return <div class="field in-text" data-path={keyOf(path)} tabIndex={-1}><span class="label">{label}</span>
    <div class="row wrap"><Tag>{t("in_the_text")}</Tag><code class="one">{d.text.slice(part.from,
      Math.min(part.to, part.from + 60)).split("\n")[0]}</code>
    <Press look="plain small" onClick={() => d.toText(part.from)}>{t("line_at",
      { line: lineOf(d.text, part.from) })}</Press></div><Said d={d} path={path} deep /></div>;
}

// ---- one text ----

const LATER_MS = 300;

// What is typed is written into the tree a moment later, and at once when the field is left. An empty
// field takes its key away only when it is left.
function useTyped(stands: string, write: (value: string) => void) {
  const [typed, setTyped] = useState<string | null>(null);
  const wait = useRef(0);
  const written = useRef(stands);
  const flush = (value: string | null, left: boolean) => {
    clearTimeout(wait.current);
    if (value !== null && value.trim() !== stands && (left || value.trim())) {
      written.current = value.trim();
      write(value.trim());
    }
    if (left) setTyped(null);
  };
  useEffect(() => { // something else has changed it: a step back, a save of somebody else's
    if (stands !== written.current) setTyped(null);
    written.current = stands;
  }, [stands]);
  useEffect(() => () => clearTimeout(wait.current), []);
  return { value: typed ?? stands,
    onInput: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget;
      setTyped(value);
      clearTimeout(wait.current);
      wait.current = window.setTimeout(() => flush(value, false), LATER_MS);
    },
    onBlur: () => flush(typed, true),
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === "Enter" && !(event.currentTarget instanceof HTMLTextAreaElement))
        flush(typed, true);
    } };
}

// How many patients a condition holds for right now, as somebody writes it. Whoever may open no patient
// hears of a handful only that they are few.
function People({ where }: { where: string }) {
  const [found, setFound] = useState<string | null>(null);
  useEffect(() => {
    setFound(null);
    if (!where) return;
    const stop = new AbortController();
    const wait = setTimeout(() => {
      get("/api/v1/patients/count", { query: { where }, stop: stop.signal })
        .then(({ total, exact, few }) => setFound(few ? t("people_few") : total === null || total === undefined
          ? null : n("people_fit", total, { count: `${number(total)}${exact ? "" : "+"}` })),
        (error: unknown) => { if (error instanceof Problem) setFound(null); });
    }, 400);
    return () => {
      clearTimeout(wait);
      stop.abort();
    };
  }, [where]);
  return <p class="sm people-fit" role="status">{found && <><Icon sign="patients" size={16} />
    {found}</>}</p>;
}

interface FieldProps { readonly d: Desk; readonly path: Path; readonly node: Schema }

const write = (path: Path, value: string): Deed[] => value ? [{ do: "put", path, value }]
  : [{ do: "drop", path }];

export function Scalar({ d, path, node }: FieldProps) {
  const part = partAt(d.root, path);
  const stands = part?.text ?? "";
  const list = useId();
  const typed = useTyped(stands, (value) => d.does(write(path, value)));
  const key = String(path.at(-1));
  const words = wordsOf(d.schema, node, d.names);
  const closed = isClosed(d.schema, node) || Boolean(node["x-names"] && words.length
    && node["x-names"] !== "touch_wait" && node["x-names"] !== "clock");
  const condition = isCondition(node);
  const examples = (node.examples ?? []).map(String);
  const label = keyWords(key);
  const errors = d.findings.filter((one) => one.finding.error && one.path === keyOf(path));
  const shared = { "data-path": keyOf(path), disabled: !d.writes || Boolean(node["x-fixed"]) };
  return <div class={condition || key === "title" || key === "stop_if" ? "field-cell broad" : "field-cell"}>
    <Field label={label} hint={[hintWords(node.description), !words.length && examples.length
      ? t("for_example", { words: examples.join(", ") }) : ""].filter(Boolean).join(" ") || undefined}
      wrong={errors.map((one) => [one.finding.message, one.finding.hint].filter(Boolean).map(inWords).join(" "))
        .join(" ") || undefined}>{(aria) =>
      closed ? <select class="input" {...aria} {...shared} value={stands} onChange={(event) =>
        d.does(write(path, event.currentTarget.value))}>
        {(!stands || !words.includes(stands)) && <option value={stands}>{stands || "–"}</option>}
        {words.map((word) => <option key={word} value={word}>{valueWords(key, word)}</option>)}
        {stands && <option value="">{t("say_nothing")}</option>}</select>
      : condition ? <textarea class="input mono condition-text" rows={2} spellcheck={false} {...aria}
        {...shared} {...typed} />
      : <><input class="input" {...aria} {...shared} {...typed} type={numeric(node) ? "number" : "text"}
          {...(numeric(node) ? { min: node.minimum, max: node.maximum } : { spellcheck: false,
            autocomplete: "off" })} {...(words.length ? { list } : {})} />
        {words.length > 0 && <datalist id={list}>{words.map((word) => <option key={word} value={word} />)}
        </datalist>}</>}</Field>
    {d.findings.some((one) => !one.finding.error && one.path === keyOf(path)) && <Warned d={d} path={path} />}
    {node["x-people"] && may("playbooks.plan") && <People where={typed.value.trim()} />}</div>;
}

const numeric = (node: Schema) => node.type === "integer" || node.type === "number";

function Warned({ d, path }: { d: Desk; path: Path }) {
  return <Said d={{ ...d, findings: d.findings.filter((one) => !one.finding.error) }} path={path} />;
}

// ---- several words in an order ----

export function Picks({ d, path, node }: FieldProps) {
  const part = partAt(d.root, path);
  const id = useId();
  const key = String(path.at(-1));
  const alone = shapes(d.schema, node).filter((one) => one.const !== undefined)
    .map((one) => String(one.const));
  const list = shapes(d.schema, node).find(isArray);
  const item = schemaAt(d.schema, [...path, 0]);
  const have = part?.kind === "list" ? part.items.map((one) => one.part.text)
    : part?.text ? [part.text] : [];
  const words = [...new Set([...alone, ...wordsOf(d.schema, item, d.names)])]
    .filter((word) => !have.includes(word));
  const open = !isClosed(d.schema, item) && !words.length;
  const [typed, setTyped] = useState("");
  const add = (word: string) => {
    if (!word) return;
    if (alone.includes(word)) d.does([{ do: "put", path, value: word }]);
    else if (part?.kind === "list" && part.items.length)
      d.does([{ do: "add", path, index: have.length, value: word }]);
    else d.does([{ do: "put", path, value: [...have.filter((one) => !alone.includes(one)), word] }]);
    setTyped("");
  };
  const gone = (at: number) => d.does(part?.kind === "list" && have.length > 1
    ? [{ do: "drop", path: [...path, at] }] : [{ do: "drop", path }]);
  const full = have.length >= (list?.maxItems ?? Infinity);
  return <div class="field field-cell broad" role="group" aria-labelledby={id} data-path={keyOf(path)}
    tabIndex={-1}><span class="pick-label" id={id}>{keyWords(key)}</span>
    <ul class="picks">{have.map((word, i) => <li key={`${word}${i}`} class="tag">{valueWords(key, word)}
      {d.writes && <>{i > 0 && part?.kind === "list" && <button type="button" title={t("move_up",
        { name: valueWords(key, word) })} aria-label={t("move_up", { name: valueWords(key, word) })}
        onClick={() => d.does([{ do: "move", path, from: i, to: i - 1 }])}><Icon sign="back" size={14} />
        </button>}<button type="button" title={t("take_away", { name: valueWords(key, word) })}
        aria-label={t("take_away", { name: valueWords(key, word) })} onClick={() => gone(i)}>
        <Icon sign="close" size={14} /></button></>}</li>)}
      {d.writes && !full && <li>{open ? <input class="input small" value={typed}
        aria-label={t("add_to", { name: keyWords(key) })} onInput={(event) =>
          setTyped(event.currentTarget.value)} onBlur={() => add(typed.trim())}
        onKeyDown={(event) => { if (event.key === "Enter") add(typed.trim()); }} />
      : words.length > 0 && <select class="input small" value="" aria-label={t("add_to",
        { name: keyWords(key) })} onChange={(event) => add(event.currentTarget.value)}>
        <option value="">{t("add_one")}</option>{words.map((word) => <option key={word} value={word}>
          {valueWords(key, word)}</option>)}</select>}</li>}</ul>
    {node.description && <div class="hint">{hintWords(node.description)}</div>}
    <Said d={d} path={path} deep /></div>;
}

// ---- which of these a value is ----

export type Way = "scalar" | "picks" | "map" | "named" | "list" | "choice" | "text";

export function wayOf(d: Desk, node: Schema | undefined, part: Part | null): Way {
  const all = shapes(d.schema, node);
  const maps = all.filter(isObject);
  const lists = all.filter(isArray);
  if (!all.length || part?.kind === "odd") return "text";
  if (lists.length) {
    if (part?.kind === "map" || part?.items.some((one) => one.part.kind === "odd")) return "text";
    const deep = lists.some((one) => shapes(d.schema, one.items).some(isObject));
    if (deep) return part?.kind === "text" && part.text ? "text" : "list";
    return part?.items.some((one) => one.part.kind !== "text") ? "text" : "picks";
  }
  if (maps.length && maps.length < all.length) return part?.kind === "list" ? "text" : "choice";
  if (maps.length) {
    if (part && part.kind !== "map" && (part.kind !== "text" || part.text)) return "text";
    return maps.some((one) => typeof one.additionalProperties === "object") ? "named" : "map";
  }
  return part && part.kind !== "text" ? "text" : "scalar";
}

// ---- what stands around several fields ----

interface CardProps { readonly d: Desk; readonly path: Path; readonly title: ComponentChildren;
  readonly name: string; readonly sub: ComponentChildren; readonly place: number; readonly count: number;
  readonly move?: ((to: number) => void) | undefined; readonly drop: () => void;
  readonly copy?: (() => void) | undefined; readonly children: () => ComponentChildren }

export function Card(props: CardProps) {
  const { d, path, place, count } = props;
  const key = keyOf(path);
  const asked = d.wanted !== null && (d.wanted === key || d.wanted.startsWith(`${key}/`));
  const [open, setOpen] = useState(asked);
  const id = useId();
  useEffect(() => { if (asked) setOpen(true); }, [asked, d.wanted]);
  const mine = d.findings.filter((one) => one.path === key || one.path.startsWith(`${key}/`));
  const errors = mine.filter((one) => one.finding.error).length;
  const here = useRef<HTMLElement>(null);
  const moved = (to: number, sign: string) => {
    props.move?.(to);
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const box = here.current;
      const wanted = box?.querySelector<HTMLButtonElement>(`[data-act=${sign}]:not([disabled])`);
      (wanted ?? box?.querySelector<HTMLButtonElement>(".form-card-head button"))?.focus();
    }));
  };
  return <section class={open ? "card form-card open" : "card form-card"} ref={here} data-path={key}
    tabIndex={-1} aria-label={props.name}><header class="form-card-head">
    <button type="button" class="form-card-open" aria-expanded={open} aria-controls={id}
      onClick={() => setOpen(!open)}><Icon sign={open ? "down" : "next"} size={16} />
      <span class="grow"><b class="one" dir="auto">{props.title}</b><span class="sm quiet one" translate={false}>{props.sub}</span></span>
      {errors > 0 && <Tag look="alarm">{n("errors", errors)}</Tag>}
      {errors === 0 && mine.length > 0 && <Tag look="wait">{n("warnings", mine.length)}</Tag>}</button>
    {d.writes && <span class="row form-card-acts">
      {props.move && count > 1 && <><IconPress sign="down" look="plain small flip" data-act="up"
        disabled={place === 0} says={t("move_up", { name: props.name })}
        onClick={() => moved(place - 1, "up")} />
      <IconPress sign="down" look="plain small" data-act="down" disabled={place === count - 1}
        says={t("move_down", { name: props.name })} onClick={() => moved(place + 1, "down")} /></>}
      {props.copy && <IconPress sign="page" look="plain small" says={t("copy_of", { name: props.name })}
        onClick={props.copy} />}
      <IconPress sign="close" look="plain small" says={t("take_away", { name: props.name })}
        onClick={props.drop} /></span>}</header>
    <div id={id} hidden={!open}>{open && props.children()}</div></section>;
}
