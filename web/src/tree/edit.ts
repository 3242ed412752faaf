// edit.ts: one change of a tree as a change of its text. Everything that the change does not concern
// stays byte for byte: comments, order, blanks, quotes.
//
// Each deed is checked before it counts: the new text is read again and must say the old tree with
// exactly that change. What cannot be written so is not written (null), and is left to the text editor.
import { parse, partAt, valueOf, type Entry, type Item, type Part, type Path, type Value } from "./text";
import { behind, inBlock, inline, isList, isMap, lines, written } from "./write";

export type Deed =
  | { readonly do: "put"; readonly path: Path; readonly value: Value }
  | { readonly do: "drop"; readonly path: Path }
  | { readonly do: "add"; readonly path: Path; readonly index: number; readonly value: Value }
  | { readonly do: "move"; readonly path: Path; readonly from: number; readonly to: number }
  | { readonly do: "rename"; readonly path: Path; readonly name: string };

// The order in which keys of the map at a path are usually written.
export type Order = (path: Path) => readonly string[];

const LINE_MAX = 100;
const splice = (text: string, from: number, to: number, insert: string) =>
  text.slice(0, from) + insert + text.slice(to);

function lineStart(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}
function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}
const column = (text: string, at: number) => at - lineStart(text, at);
const alone = (text: string, at: number) => !text.slice(lineStart(text, at), at).trim();
const blankBefore = (text: string, at: number) => {
  const start = lineStart(text, at);
  return start > 0 && !text.slice(lineStart(text, start - 1), start).trim();
};

// ---- put ----

function replaced(text: string, part: Part, value: Value): string | null {
  if (part.kind === "odd") return null;
  const empty = part.from === part.to;
  if (part.kind === "text" || part.flow) {
    const single = typeof value === "string" ? written(value, part.kind === "text" ? part.quote : "")
      : inline(value);
    return splice(text, part.from, part.to, empty ? ` ${single}` : single);
  }
  if (typeof value === "string") return null;
  const indent = column(text, part.from);
  return splice(text, part.from, part.to, lines(value, indent));
}

// A block under its key becomes something that stands behind the key.
function retold(text: string, entry: Entry, value: Value): string {
  return splice(text, entry.colon + 1, entry.to, behind(value, column(text, entry.from)));
}

function entered(text: string, map: Part, key: string, value: Value, order: readonly string[]): string {
  const rank = (name: string) => {
    const at = order.indexOf(name);
    return at < 0 ? order.length : at;
  };
  const before = map.entries.findLastIndex((one) => rank(one.key) <= rank(key));
  const previous = map.entries[before];
  if (map.flow) {
    const words = `${key}: ${inline(value)}`;
    if (!map.entries.length) return splice(text, map.from, map.to, `{${words}}`);
    if (!previous) return splice(text, map.entries[0]!.from, map.entries[0]!.from, `${words}, `);
    const start = lineStart(text, map.from);
    const long = lineEnd(text, previous.to) - lineStart(text, previous.to) + words.length > LINE_MAX;
    const indent = /^[\s-]*/.exec(text.slice(start))![0].length + 2;
    return splice(text, previous.to, previous.to, long ? `,\n${" ".repeat(indent)}${words}`
      : `, ${words}`);
  }
  const first = map.entries[0]!;
  const indent = column(text, first.from);
  const words = `${key}:${behind(value, indent)}`;
  if (!previous) return splice(text, first.from, first.from, `${words}\n${" ".repeat(indent)}`);
  const apart = indent === 0 && inBlock(value) && map.entries.slice(1).some((one) =>
    blankBefore(text, one.from));
  const end = lineEnd(text, previous.to);
  return splice(text, end, end, `${apart ? "\n" : ""}\n${" ".repeat(indent)}${words}`);
}

const within = (path: Path, value: Value): Value => path.reduceRight<Value>((inner, step) =>
  typeof step === "number" ? [inner] : { [step]: inner }, value);

function put(text: string, path: Path, value: Value, order: Order): string | null {
  let part = parse(text).root;
  let entry: Entry | null = null;
  for (const [i, step] of path.entries()) {
    if (!part) return null;
    const rest = within(path.slice(i + 1), value);
    if (typeof step === "string" && part.kind === "text" && part.from === part.to && entry)
      return retold(text, entry, { [step]: rest });
    if (typeof step === "string") {
      if (part.kind !== "map") return null;
      entry = part.entries.find((one) => one.key === step) ?? null;
      if (!entry) return entered(text, part, step, rest, order(path.slice(0, i)));
      part = entry.part;
    } else {
      if (part.kind !== "list") return null;
      const item: Item | undefined = part.items[step];
      if (!item) return add(text, path.slice(0, i), step, rest);
      entry = null;
      part = item.part;
    }
  }
  if (!part || part.kind === "odd") return null;
  const block = !part.flow && part.kind !== "text";
  if (entry && (block || (part.from === part.to && inBlock(value)))
    && (typeof value === "string" || part.from === part.to)) return retold(text, entry, value);
  return replaced(text, part, value);
}

// ---- drop ----

// What stands between commas: gone with the comma that parted it.
function cut(text: string, spans: readonly { from: number; to: number }[], index: number): string {
  const one = spans[index]!;
  const next = spans[index + 1];
  const previous = spans[index - 1];
  if (previous) return splice(text, previous.to, one.to, "");
  return splice(text, one.from, next?.from ?? one.to, "");
}

// Whole lines: gone with the blank line that parted them from what follows.
function cutLines(text: string, from: number, to: number, first = false): string {
  const start = lineStart(text, from);
  const end = Math.min(text.length, lineEnd(text, to) + 1);
  const blank = (first || start === 0 || blankBefore(text, start)) && !text.slice(end, lineEnd(text, end)).trim();
  return splice(text, start, blank ? Math.min(text.length, lineEnd(text, end) + 1) : end, "");
}

function drop(text: string, path: Path): string | null {
  const above = path.slice(0, -1);
  const parent = partAt(parse(text).root, above);
  const step = path.at(-1);
  if (!parent || step === undefined) return null;
  if (typeof step === "number") {
    const item = parent.items[step];
    if (!item) return null;
    if (parent.items.length === 1) return typeof above.at(-1) === "string" ? drop(text, above) : null;
    if (parent.flow) return cut(text, parent.items, step);
    return cutLines(text, chunkFrom(text, parent.items, step), item.to, step === 0);
  }
  const at = parent.entries.findIndex((one) => one.key === step);
  const entry = parent.entries[at];
  if (!entry) return null;
  if (parent.entries.length === 1 && above.length && typeof above.at(-1) === "string")
    return drop(text, above);
  if (parent.flow) return cut(text, parent.entries, at);
  if (alone(text, entry.from)) return cutLines(text, chunkFrom(text, parent.entries, at, above), entry.to);
  const next = parent.entries[at + 1]; // behind a dash
  if (!next) return splice(text, entry.from, entry.to, "{}");
  const between = text.slice(entry.to, next.from);
  return /#/.test(between.slice(between.indexOf("\n"))) ? splice(text, entry.from, entry.to, "")
    : splice(text, entry.from, next.from, "");
}

// ---- lists, and maps whose order counts ----

interface Span { readonly from: number; readonly to: number }

// Comments right above one of several belong to it; those above the first speak of all.
function chunkFrom(text: string, spans: readonly Span[], index: number, path?: Path): number {
  const { from } = spans[index]!;
  if (index === 0 || !alone(text, from) || path?.length === 0) return from;
  let start = from;
  for (let line = lineStart(text, from); line > 0;) {
    const above = lineStart(text, line - 1);
    const words = text.slice(above, line - 1);
    if (!/^\s*#/.test(words) || above <= spans[index - 1]!.to) break;
    start = above + words.indexOf("#");
    line = above;
  }
  return start;
}

function chunks(text: string, part: Part): Span[] {
  const spans: readonly Span[] = part.kind === "list" ? part.items : part.entries;
  return spans.map((one, i) => part.flow ? one
    : { from: chunkFrom(text, spans, i), to: lineEnd(text, one.to) });
}

function add(text: string, path: Path, index: number, value: Value): string | null {
  const part = partAt(parse(text).root, path);
  if (part?.kind !== "list") return null;
  if (part.flow) {
    const at = part.items[index];
    const last = part.items.at(-1);
    if (at) return splice(text, at.from, at.from, `${inline(value)}, `);
    if (last) {
      const long = lineEnd(text, last.to) - lineStart(text, last.to) + inline(value).length > LINE_MAX;
      const indent = /^[\s-]*/.exec(text.slice(lineStart(text, part.from)))![0].length + 2;
      return splice(text, last.to, last.to, `,${long ? `\n${" ".repeat(indent)}` : " "}${inline(value)}`);
    }
    return splice(text, part.from, part.to, `[${inline(value)}]`);
  }
  const indent = column(text, part.items[0]!.from);
  const words = lines([value], indent);
  const apart = part.items.slice(1).some((_, i) =>
    blankBefore(text, chunkFrom(text, part.items, i + 1))) ? "\n" : "";
  if (index < part.items.length) {
    const at = chunkFrom(text, part.items, index);
    return splice(text, at, at, `${words}\n${apart}${" ".repeat(indent)}`);
  }
  const end = lineEnd(text, part.items.at(-1)!.to);
  return splice(text, end, end, `${apart}\n${" ".repeat(indent)}${words}`);
}

function move(text: string, path: Path, from: number, to: number): string | null {
  const part = partAt(parse(text).root, path);
  const spans = part && part.kind !== "text" && part.kind !== "odd" ? chunks(text, part) : [];
  if (!spans[from] || !spans[to]) return null;
  const order = spans.map((one) => text.slice(one.from, one.to));
  order.splice(to, 0, ...order.splice(from, 1));
  let next = text.slice(0, spans[0]!.from);
  for (const [i, span] of spans.entries())
    next += order[i]! + text.slice(span.to, spans[i + 1]?.from ?? text.length);
  return next;
}

function rename(text: string, path: Path, name: string): string | null {
  const parent = partAt(parse(text).root, path.slice(0, -1));
  const entry = parent?.entries.find((one) => one.key === path.at(-1));
  return entry && !parent!.entries.some((one) => one.key === name)
    ? splice(text, entry.from, entry.keyTo, name) : null;
}

// ---- the same deed on the tree's meaning, for the check ----

function meant(value: Value | undefined, path: Path, deed: Deed): Value | undefined {
  const [step, ...rest] = path;
  const last = rest.length === 0;
  if (step === undefined) return deed.do === "put" ? deed.value : gathered(value, deed);
  if (typeof step === "number") {
    const list = value === undefined ? [] : isList(value) ? [...value] : null;
    if (!list) return undefined;
    if (last && deed.do === "drop") list.splice(step, 1);
    else list[step] = meant(list[step], rest, deed) ?? {};
    return list.length || deed.do !== "drop" ? list : undefined;
  }
  const map = value === undefined || value === "" ? {} : isMap(value) ? value : null;
  if (!map) return undefined;
  const pairs = Object.entries(map);
  const at = pairs.findIndex(([key]) => key === step);
  if (last && deed.do === "rename") pairs[at] = [deed.name, pairs[at]![1]];
  else {
    const inner = last && deed.do === "drop" ? undefined : meant(map[step], rest, deed);
    if (inner === undefined) pairs.splice(at, 1);
    else if (at < 0) pairs.push([step, inner]);
    else pairs[at] = [step, inner];
  }
  return pairs.length || deed.do !== "drop" ? Object.fromEntries(pairs) : undefined;
}

function gathered(value: Value | undefined, deed: Deed): Value | undefined {
  if (value === undefined || (deed.do !== "add" && deed.do !== "move")) return value;
  const list: [string, Value][] | Value[] = isList(value) ? [...value] : Object.entries(value);
  if (deed.do === "add") (list as Value[]).splice(deed.index, 0, deed.value);
  else (list as Value[]).splice(deed.to, 0, ...(list as Value[]).splice(deed.from, 1));
  return isList(value) ? list as Value[] : Object.fromEntries(list as [string, Value][]);
}

// The order of a map's keys counts only where it was what was changed.
function told(value: Value | undefined, ordered: boolean): string {
  const sorted = (one: Value): unknown => isList(one) ? one.map(sorted) : isMap(one)
    ? (ordered ? Object.entries(one) : Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      .map(([key, inner]) => [key, sorted(inner)]) : one;
  return JSON.stringify(value === undefined ? null : sorted(value));
}

export function edit(text: string, deed: Deed, order: Order = () => []): string | null {
  const before = parse(text).root;
  if (!before) return null;
  const { path } = deed;
  const after = deed.do === "put" ? put(text, path, deed.value, order)
    : deed.do === "drop" ? drop(text, path)
    : deed.do === "add" ? add(text, path, deed.index, deed.value)
    : deed.do === "move" ? move(text, path, deed.from, deed.to)
    : rename(text, path, deed.name);
  const root = after === null ? null : parse(after).root;
  if (after === null || !root) return null;
  const ordered = deed.do === "move";
  return told(valueOf(root), ordered) === told(meant(valueOf(before), path, deed), ordered)
    ? after : null;
}

// The smallest part of a text that differs, so that a cursor elsewhere stays where it is.
export function difference(before: string, after: string):
  { from: number; to: number; insert: string } {
  let from = 0;
  const most = Math.min(before.length, after.length);
  while (from < most && before[from] === after[from]) from++;
  let tail = 0;
  while (tail < most - from && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  return { from, to: before.length - tail, insert: after.slice(from, after.length - tail) };
}
