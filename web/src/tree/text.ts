// text.ts: a YAML text as a tree that knows where each of its parts stands.
//
// The tree is read, never written back: what changes it (edit.ts) changes the text at the place of a
// node, so that comments, blanks, order and quotes of everything else stay as they were. The subset is
// that of the server's reader: maps, lists and texts; anything else is `odd` and is left alone.
import { isMap, isScalar, isSeq, parseDocument, type Node as Read, type Pair, type YAMLMap,
  type YAMLSeq } from "yaml";

export type Path = readonly (string | number)[];
export type Value = string | readonly Value[] | { readonly [key: string]: Value };

export interface Part {
  readonly kind: "text" | "list" | "map" | "odd";
  readonly from: number;
  readonly to: number;          // behind the last sign that belongs to it
  readonly flow: boolean;       // [..] or {..}; a text stands in one
  readonly quote: "" | "'" | '"' | "|";
  readonly text: string;        // kind text: what it says
  readonly entries: readonly Entry[];
  readonly items: readonly Item[];
}
export interface Entry { readonly key: string; readonly from: number; readonly keyTo: number;
  readonly colon: number; readonly to: number; readonly part: Part }
export interface Item { readonly from: number; readonly to: number; readonly part: Part } // from: the dash
export interface Tree { readonly root: Part | null; readonly trouble: string; readonly at: number }

interface Token { readonly type: string; readonly offset: number }
interface Held { start?: Token[]; sep?: Token[] }

const plain = { flow: false, quote: "" as const, text: "", entries: [], items: [] };

// Ends where its last sign does, without blanks and line ends behind it.
function trimmed(text: string, from: number, to: number): number {
  let end = to;
  while (end > from && /\s/.test(text[end - 1]!)) end--;
  return end;
}

function entryOf(text: string, pair: Pair, flow: boolean): Entry | null {
  const key = pair.key as Read | null;
  const held = (pair as { srcToken?: Held }).srcToken;
  if (!isScalar(key) || !key.range || typeof key.value !== "string") return null;
  if (held?.start?.some((one) => one.type === "explicit-key-ind")) return null;
  const colon = held?.sep?.find((one) => one.type === "map-value-ind")?.offset;
  if (colon === undefined) return null;
  const [from, keyTo] = key.range;
  const part = partOf(text, pair.value as Read | null, colon + 1, flow);
  return { key: key.value, from, keyTo, colon, to: Math.max(colon + 1, part.to), part };
}

function mapOf(text: string, map: YAMLMap, flow: boolean): Part | null {
  const entries = map.items.map((pair) => entryOf(text, pair as Pair, flow));
  if (entries.some((one) => one === null)) return null;
  const all = entries as Entry[];
  const [from, to] = map.range!;
  return { ...plain, kind: "map", flow, entries: all, from: flow ? from : all[0]?.from ?? from,
    to: flow ? trimmed(text, from, to) : all.at(-1)?.to ?? from };
}

function listOf(text: string, list: YAMLSeq, flow: boolean): Part | null {
  const held = (list.srcToken as { items?: Held[] } | undefined)?.items ?? [];
  const items: Item[] = [];
  for (const [i, item] of list.items.entries()) {
    const dash = held[i]?.start?.find((one) => one.type === "seq-item-ind")?.offset;
    if ((!flow && dash === undefined) || !("range" in (item as object))) return null;
    const part = partOf(text, item as Read, dash === undefined ? 0 : dash + 1, flow);
    items.push({ part, from: dash ?? part.from, to: Math.max(part.to, dash === undefined ? 0 : dash + 1) });
  }
  const [from, to] = list.range!;
  return { ...plain, kind: "list", flow, items, from: flow ? from : items[0]?.from ?? from,
    to: flow ? trimmed(text, from, to) : items.at(-1)?.to ?? from };
}

const QUOTES: Readonly<Record<string, Part["quote"]>> = { QUOTE_DOUBLE: '"', QUOTE_SINGLE: "'",
  BLOCK_LITERAL: "|", BLOCK_FOLDED: "|" };

function partOf(text: string, node: Read | null, otherwise: number, inFlow: boolean): Part {
  if (!node?.range) return { ...plain, kind: "text", from: otherwise, to: otherwise };
  const [from, to] = node.range;
  const odd: Part = { ...plain, kind: "odd", from, to: trimmed(text, from, to) };
  if (node.tag || (node as { anchor?: string }).anchor) return odd;
  if (isMap(node)) return mapOf(text, node, inFlow || Boolean(node.flow)) ?? odd;
  if (isSeq(node)) return listOf(text, node, inFlow || Boolean(node.flow)) ?? odd;
  if (!isScalar(node)) return odd;
  const end = trimmed(text, from, to);
  if (end === from) return { ...plain, kind: "text", from: otherwise, to: otherwise };
  return { ...plain, kind: "text", from, to: end, quote: QUOTES[node.type ?? ""] ?? "",
    text: String(node.value) };
}

const READ_MAX = 4; // a change reads what was before and what is after, and so does what shows it
const lately = new Map<string, Tree>();

export function parse(text: string): Tree {
  const found = lately.get(text);
  if (found) return found;
  const tree = read(text);
  lately.set(text, tree);
  if (lately.size > READ_MAX) lately.delete(lately.keys().next().value!);
  return tree;
}

function read(text: string): Tree {
  const document = parseDocument(text, { schema: "failsafe", keepSourceTokens: true,
    prettyErrors: false });
  const [error] = document.errors;
  if (error) return { root: null, trouble: error.message, at: error.pos[0] };
  const root = partOf(text, document.contents as Read | null, 0, false);
  return { root, trouble: "", at: 0 };
}

export function partAt(root: Part | null, path: Path): Part | null {
  let part = root;
  for (const step of path) {
    if (!part) return null;
    part = typeof step === "number" ? part.items[step]?.part ?? null
      : part.entries.find((one) => one.key === step)?.part ?? null;
  }
  return part;
}

export function valueOf(part: Part): Value {
  if (part.kind === "list") return part.items.map((one) => valueOf(one.part));
  if (part.kind === "map") return Object.fromEntries(part.entries.map((one) =>
    [one.key, valueOf(one.part)]));
  return part.text;
}

// The way down to what stands at a place of the text: the deepest part that holds it.
export function pathAt(root: Part | null, place: number): (string | number)[] {
  const path: (string | number)[] = [];
  for (let part = root; part;) {
    let next: Part | null = null;
    for (const one of part.entries) if (one.from <= place && place <= one.to) {
      path.push(one.key);
      next = one.part;
    }
    if (!part.entries.length) for (const [i, one] of part.items.entries())
      if (one.from <= place && place <= one.to) {
        path.push(i);
        next = one.part;
        break;
      }
    part = next;
  }
  return path;
}

// Where line and column (both from 1, as the checker counts) stand in a text.
export function placeOf(text: string, line: number, column: number): number {
  let start = 0;
  for (let i = 1; i < line; i++) {
    const end = text.indexOf("\n", start);
    if (end < 0) return text.length;
    start = end + 1;
  }
  const end = text.indexOf("\n", start);
  return Math.min(end < 0 ? text.length : end, start + Math.max(0, column - 1));
}

export function lineOf(text: string, place: number): number {
  return text.slice(0, place).split("\n").length;
}
