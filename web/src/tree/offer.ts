// offer.ts: what may be written next at a place of a text: keys of the map, words for a value, each with
// what it means.
import { placeAt } from "./place";
import { isArray, isObject, schemaAt, settled, shapes, wordsOf, type Names, type Schema } from "./schema";

export interface Offer {
  readonly label: string; readonly insert: string; readonly key: boolean; readonly required: boolean;
  readonly says: string; readonly cursor?: number; readonly more?: boolean;
}
export interface Offers {
  readonly from: number; readonly word: string; readonly offers: readonly Offer[];
  readonly fresh: boolean; // a place that has just been opened: offer without being asked
}

// How a key goes on: a map on lines of its own, a list between brackets, a text on the same line.
function going(root: Schema, node: Schema | undefined, indent: number, flow: boolean):
  { behind: string; back: number; more: boolean } {
  const all = shapes(root, node);
  const deep = all.every((one) => isObject(one)) && all.length > 0;
  const list = all.find(isArray);
  const many = list && shapes(root, list.items).some(isObject);
  if (list && !many && !all.some((one) => one.const !== undefined) && !flow)
    return { behind: ": []", back: 1, more: true };
  if (list && many) return { behind: `:\n${" ".repeat(indent + 2)}- `, back: 0, more: true };
  if (deep && flow) return { behind: ": {}", back: 1, more: true };
  if (deep) return { behind: `:\n${" ".repeat(indent + 2)}`, back: 0, more: true };
  return { behind: ": ", back: 0, more: true };
}

export function offered(root: Schema, text: string, cursor: number, names: Names): Offers | null {
  const place = placeAt(text, cursor);
  if (place.slot === "none") return null;
  const node = schemaAt(root, place.path);
  const { from, word } = place;
  const rest = text.slice(cursor, (text.indexOf("\n", cursor) + 1 || text.length + 1) - 1);
  const indent = from - (text.lastIndexOf("\n", from - 1) + 1);
  const offers: Offer[] = [];
  const maps = shapes(root, node).filter(isObject);
  if (place.slot === "key") for (const map of maps)
    for (const [key, child] of Object.entries(map.properties ?? {})) {
      if (place.there.includes(key)) continue;
      const found = settled(root, child);
      const goes = /^\s*:/.test(rest) ? { behind: "", back: 0, more: false }
        : going(root, found, indent, place.flow);
      offers.push({ label: key, insert: key + goes.behind, key: true, says: found?.description ?? "",
        cursor: key.length + goes.behind.length - goes.back, more: goes.more,
        required: map.required?.includes(key) ?? false });
    }
  if (place.slot === "value" || !maps.length) {
    const list = place.bare ? shapes(root, node).find((one) => isArray(one)) : undefined;
    const items = list ? settled(root, list.items) : undefined;
    const words = new Set(wordsOf(root, node, names));
    for (const one of words) offers.push({ label: one, insert: quoted(one, place.flow), key: false,
      says: node?.description ?? "", required: false });
    if (items) for (const one of wordsOf(root, schemaAt(root, [...place.path, 0]), names))
      if (!words.has(one)) offers.push({ label: one, insert: `[${one}]`, cursor: one.length + 1,
        key: false, says: node?.description ?? "", required: false });
  }
  return offers.length ? { from, word, offers, fresh: /[[{,:-]\s*$/.test(text.slice(0, from))
    && place.slot === "value" } : null;
}

const quoted = (word: string, flow: boolean) => flow && /[,[\]{}]|: /.test(word) ? JSON.stringify(word)
  : word;
