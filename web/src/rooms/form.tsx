// form.tsx: a playbook as a form: the same tree as the text, each change written at its place in it.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Box, Menu, Press } from "../parts/basic";
import { tell } from "../parts/over";
import { edit, type Deed } from "../tree/edit";
import { isObject, keysAt, schemaAt, settled, shapes, skeleton, type Names,
  type Schema } from "../tree/schema";
import { lineOf, parse, partAt, valueOf, type Part, type Path, type Value } from "../tree/text";
import type { Shapes } from "../api/client";
import { hintWords, keyWords, valueWords } from "../words/book";
import { said, t } from "../words";
import { Card, InText, keyOf, Picks, placed, Said, Scalar, wayOf, type Desk } from "./form_parts";

interface At { readonly d: Desk; readonly path: Path }

// ---- a value, whatever it is ----

function Spot({ d, path, plain = false }: At & { plain?: boolean }) {
  const node = schemaAt(d.schema, path);
  const part = partAt(d.root, path);
  const key = String(path.at(-1));
  const way = wayOf(d, node, part);
  if (!node || way === "text") return part
    ? <InText d={d} path={path} part={part} label={keyWords(key)} /> : null;
  if (way === "scalar") return <Scalar d={d} path={path} node={node} />;
  if (way === "picks") return <Picks d={d} path={path} node={node} />;
  if (way === "choice") return <Choice d={d} path={path} node={node} />;
  const inner = way === "list" ? <List d={d} path={path} />
    : way === "named" ? <Named d={d} path={path} /> : <Fields d={d} path={path} />;
  if (plain) return inner;
  return <fieldset class="form-group broad" data-path={keyOf(path)} tabIndex={-1}>
    <legend>{keyWords(key)}</legend>
    {node.description && <p class="sm faint">{hintWords(node.description)}</p>}{inner}</fieldset>;
}

// A word, or a map: `never`, or after so long.
function Choice({ d, path, node }: At & { node: Schema }) {
  const part = partAt(d.root, path);
  const key = String(path.at(-1));
  const words = shapes(d.schema, node).filter((one) => !isObject(one)).flatMap((one) => one.enum?.map(String)
    ?? (one.const !== undefined ? [String(one.const)] : []));
  const map = part?.kind === "map";
  const pick = (value: string) => d.does(value === "" ? [{ do: "drop", path }]
    : [{ do: "put", path, value: value === "{}" ? skeletonOf(d, path, key) : value }]);
  return <fieldset class="form-group broad" data-path={keyOf(path)} tabIndex={-1}>
    <legend>{keyWords(key)}</legend>
    {node.description && <p class="sm faint">{hintWords(node.description)}</p>}
    <select class="input fit" disabled={!d.writes} aria-label={keyWords(key)}
      value={map ? "{}" : part?.text ?? ""} onChange={(event) => pick(event.currentTarget.value)}>
      <option value="">–</option>
      {words.map((word) => <option key={word} value={word}>{valueWords(key, word)}</option>)}
      <option value="{}">{t("under_conditions")}</option></select>
    {map && <Fields d={d} path={path} />}<Said d={d} path={path} /></fieldset>;
}

function skeletonOf(d: Desk, path: Path, name: string): Value {
  const made = skeleton(d.schema, schemaAt(d.schema, path), name, d.names);
  const [shape] = shapes(d.schema, schemaAt(d.schema, path)).filter(isObject);
  return typeof made === "object" && !Array.isArray(made) ? Object.fromEntries(Object.entries(made)
    .map(([key, value]) => [key, settled(d.schema, shape?.properties?.[key])?.examples
      ? String(settled(d.schema, shape?.properties?.[key])!.examples![0]) : value])) : made;
}

// ---- a map with known keys ----

function Fields({ d, path, without = [] }: At & { without?: readonly string[] }) {
  const [opened, setOpened] = useState<readonly string[]>([]);
  const node = schemaAt(d.schema, path);
  const [shape] = shapes(d.schema, node).filter(isObject);
  const part = partAt(d.root, path);
  const have = part?.entries.map((one) => one.key) ?? [];
  const known = Object.keys(shape?.properties ?? {}).filter((key) => !without.includes(key));
  const usual = [...shape?.required ?? [], ...shape?.["x-usual"] ?? []];
  const shown = known.filter((key) => have.includes(key) || usual.includes(key) || opened.includes(key));
  useEffect(() => { // what was emptied stays in view, to be filled again
    const fresh = shown.filter((key) => !opened.includes(key));
    if (fresh.length) setOpened([...opened, ...fresh]);
  }, [shown.join()]);
  const rest = known.filter((key) => !shown.includes(key));
  const odd = (part?.entries ?? []).filter((one) => !known.includes(one.key)
    && !without.includes(one.key));
  const open = (key: string) => {
    setOpened([...opened, key]);
    d.seek([...path, key]);
  };
  return <div class="form-fields">
    {shown.map((key) => <Spot key={key} d={d} path={[...path, key]} />)}
    {odd.map((one) => <InText key={one.key} d={d} path={[...path, one.key]} part={one.part}
      label={one.key} />)}
    <Said d={d} path={path} />
    {d.writes && rest.length > 0 && <div class="broad"><Menu says={t("add_field")} start sign="plus"
      face={<span class="press small">{t("add_field")}</span>}
      items={rest.map((key) => ({ text: keyWords(key), does: () => open(key) }))} /></div>}</div>;
}

// ---- a map whose keys are names ----

function about(part: Part): string {
  if (part.kind === "text") return part.text;
  return part.entries.map((one) => one.part.kind === "text"
    ? one.key === "when" || one.key === "at" ? one.part.text : `${keyWords(one.key)}: ${one.key === "task"
      ? said("task", one.part.text) : valueWords(one.key, one.part.text)}`
    : keyWords(one.key)).join(" · ");
}

function Named({ d, path }: At) {
  const [name, setName] = useState("");
  const part = partAt(d.root, path);
  const fixed = keysAt(d.schema, path);
  const entries = part?.entries.filter((one) => !fixed.includes(one.key)) ?? [];
  const at = (key: string) => part?.entries.findIndex((one) => one.key === key) ?? -1;
  const slug = name.trim().toLowerCase().replace(/[^a-z0-9_-]+/g, "_").replace(/^[^a-z]+/, "");
  const taken = entries.some((one) => one.key === slug);
  const add = () => {
    if (!slug || taken) return;
    d.does([{ do: "put", path: [...path, slug], value: fresh(d, [...path, slug]) }]);
    setName("");
    d.seek([...path, slug]);
  };
  const label = keyWords(String(path.at(-1)));
  return <div class="form-list"><Said d={d} path={path} />
    {fixed.length > 0 && <div class="form-fields">{fixed.filter((key) => part?.entries.some((one) =>
      one.key === key)).map((key) => <Spot key={key} d={d} path={[...path, key]} />)}</div>}
    {entries.map((one, i) => <Card key={one.key} d={d} path={[...path, one.key]} place={i}
      name={named(one.key)} title={named(one.key)} sub={about(one.part)} count={entries.length}
      move={part?.flow && part.entries.length > 6 ? undefined : (to) => d.does([{ do: "move", path,
        from: at(one.key), to: at(entries[to]!.key) }])}
      drop={() => gone(d, [...path, one.key], named(one.key))}>{() => <>
        <Rename d={d} path={[...path, one.key]} taken={entries.map((other) => other.key)} />
        <Spot d={d} path={[...path, one.key]} plain /></>}</Card>)}
    {d.writes && <form class="row wrap" onSubmit={(event) => { event.preventDefault(); add(); }}>
      <input class="input fit" value={name} placeholder={t("name_of_new")} spellcheck={false}
        aria-label={`${t("name_of_new")}: ${label}`} onInput={(event) => setName(event.currentTarget.value)} />
      <Press look="small" sign="plus" submit disabled={!slug || taken}>{t("add")}</Press></form>}</div>;
}

const named = (key: string) => {
  const words = said("exit", key);
  return words.charAt(0).toUpperCase() + words.slice(1);
};

function fresh(d: Desk, path: Path): Value {
  const made = skeleton(d.schema, schemaAt(d.schema, path), String(path.at(-1)), d.names);
  const node = shapes(d.schema, schemaAt(d.schema, path)).find(isObject);
  // An exit is one of three kinds; a condition that is never true ends nothing until it is written.
  const one = schemaAt(d.schema, path)?.oneOf?.[0]?.required?.[0];
  return one && node?.properties?.[one] && !(one in (made as object)) ? { ...made as object, [one]: "false" }
    : made;
}

function Rename({ d, path, taken }: At & { taken: readonly string[] }) {
  const name = String(path.at(-1));
  const [typed, setTyped] = useState(name);
  const right = /^[a-z][a-z0-9_-]{0,63}$/.test(typed) && (typed === name || !taken.includes(typed));
  const done = () => {
    if (typed !== name && right && d.does([{ do: "rename", path, name: typed }]))
      d.seek([...path.slice(0, -1), typed]);
    else setTyped(name);
  };
  return <div class="field fit"><label>{t("name")}<input class="input mono" value={typed} disabled={!d.writes}
    aria-invalid={!right} spellcheck={false} onInput={(event) => setTyped(event.currentTarget.value)}
    onBlur={done} onKeyDown={(event) => { if (event.key === "Enter") done(); }} /></label></div>;
}

function gone(d: Desk, path: Path, name: string): void {
  if (d.does([{ do: "drop", path }])) tell(t("taken_away", { name }), d.back);
}

// ---- a list of maps: the touches ----

function summary(part: Part): string {
  const value = (key: string) => part.entries.find((one) => one.key === key)?.part;
  const words = (one: Part | undefined) => !one ? "" : one.kind === "list"
    ? one.items.map((item) => valueWords("send", item.part.text)).join(", ") : one.text;
  const day = words(value("day")) ? t("on_day_n", { day: words(value("day")) })
    : words(value("week")) ? `${keyWords("week")} ${words(value("week"))}` : "";
  return [day, words(value("send")), value("task") ? said("task", words(value("task"))) : "",
    words(value("template")), words(value("when"))].filter(Boolean).join(" · ");
}

function List({ d, path }: At) {
  const part = partAt(d.root, path);
  const items = part?.items ?? [];
  const node = schemaAt(d.schema, path);
  const list = shapes(d.schema, node)[0];
  const ids = items.map((one) => partAt(one.part, ["id"])?.text ?? "");
  const unused = (stem: string, from = 2) => {
    for (let i = from; ; i++) if (!ids.includes(`${stem}-${i}`)) return `${stem}-${i}`;
  };
  const put = (index: number, value: Value) => {
    if (d.does([items.length ? { do: "add", path, index, value }
      : { do: "put", path: [...path, 0], value }])) d.seek([...path, index]);
  };
  const add = () => {
    const made = skeleton(d.schema, schemaAt(d.schema, [...path, 0]), unused("touch", items.length + 1), d.names) as object;
    const last = items.at(-1);
    const day = Number(last ? partAt(last.part, ["day"])?.text ?? "" : "-3");
    const days = keysAt(d.schema, [...path, 0]).includes("day") && Number.isInteger(day);
    put(items.length, { ...made, ...(days ? { day: String(day + 3) } : {}) });
  };
  const copy = (i: number) => {
    const value = valueOf(items[i]!.part);
    if (typeof value === "object" && !Array.isArray(value))
      put(i + 1, { ...value, id: unused((value as { id?: string }).id ?? "touch") });
  };
  const full = items.length >= (list?.maxItems ?? Infinity);
  return <div class="form-list"><Said d={d} path={path} />{items.map((one, i) => <Card key={ids[i] || i} d={d} path={[...path, i]}
    place={i} count={items.length} name={ids[i] || String(i + 1)} title={<>{i + 1}. {ids[i]}</>}
    sub={summary(one.part)} move={(to) => d.does([{ do: "move", path, from: i, to }])}
    copy={full ? undefined : () => copy(i)} drop={() => gone(d, [...path, i], ids[i] ?? "")}>{() =>
      <Spot d={d} path={[...path, i]} plain />}</Card>)}
    {d.writes && !full && <div><Press look="small" sign="plus" onClick={add}>{t("add_touch")}</Press></div>}
  </div>;
}

// ---- the whole ----

export interface FormProps {
  readonly text: string; readonly schema: Schema; readonly names: Names; readonly writes: boolean;
  readonly findings: readonly Shapes["Finding"][]; readonly wanted: { line: number; column: number } | null;
  readonly put: (text: string) => void; readonly toText: (place: number) => void;
  readonly back: () => void;
}

export function Form({ text, schema, names, writes, findings, wanted, put, toText, back }: FormProps) {
  const tree = useMemo(() => parse(text), [text]);
  const [sought, setSought] = useState<{ path: string } | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const now = useRef(text);
  now.current = text;
  const order = (path: Path) => keysAt(schema, path);
  const does = (deeds: readonly Deed[]) => {
    let next: string | null = now.current;
    for (const deed of deeds) next = next === null ? null : edit(next, deed, order);
    if (next === null) tell(t("only_in_text"));
    else if (next !== now.current) {
      now.current = next;
      put(next);
    }
    return next !== null;
  };
  const spots = useMemo(() => placed(text, tree.root, findings), [text, findings]);
  useEffect(() => {
    if (!wanted) return;
    const at = findings.findIndex((one) => one.line === wanted.line && one.column === wanted.column);
    if (spots[at]) setSought({ path: spots[at].path });
  }, [wanted]);
  useEffect(() => {
    if (!sought) return;
    const frame = requestAnimationFrame(() => {
      for (let path = sought.path; path; path = path.slice(0, Math.max(0, path.lastIndexOf("/")))) {
        const found = box.current?.querySelector<HTMLElement>(`[data-path="${CSS.escape(path)}"]`);
        if (!found) continue;
        const field = found.matches("input, select, textarea") ? found
          : found.querySelector<HTMLElement>("input:not([disabled]), select:not([disabled]), textarea");
        (field ?? found).focus();
        (field ?? found).scrollIntoView({ block: "center" });
        break;
      }
    });
    return () => cancelAnimationFrame(frame);
  }, [sought]);
  if (!tree.root || tree.root.kind !== "map") return <Box look="wait"><p>{t("form_not_readable",
    { line: lineOf(text, tree.at) })}</p><p><Press look="small" onClick={() => toText(tree.at)}>
      {t("open_text")}</Press></p></Box>;
  const d: Desk = { text, root: tree.root, schema, names, findings: spots, writes, does, toText, back,
    wanted: sought?.path ?? null, seek: (path) => setSought({ path: keyOf(path) }) };
  const keys = Object.keys(schema.properties ?? {});
  const whole = (key: string) => shapes(schema, schemaAt(schema, [key])).some((one) =>
    isObject(one) || one.items);
  const blocks = keys.filter(whole);
  return <div class="book-form" ref={box}>
    <section class="card"><h2>{t("form_basics")}</h2><Fields d={d} path={[]} without={blocks} /></section>
    {blocks.map((key) => <section class="card" key={key} data-path={key} tabIndex={-1}>
      <h2>{keyWords(key)}</h2>
      {schemaAt(schema, [key])?.description && <p class="sm quiet gap-below">
        {hintWords(schemaAt(schema, [key])?.description)}</p>}
      <Spot d={d} path={[key]} plain /></section>)}
  </div>;
}
