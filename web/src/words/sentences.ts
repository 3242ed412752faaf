// sentences.ts: what the server says in sentences, in the language of who reads it.
//
// A catalogue is keyed by the server's own format, as it stands in its source: "`%s` is not a clock". What stands
// for a %s goes along; where the order differs, the other language says %2$s. A civil day becomes one of the
// reader's. What is in no catalogue is shown as it came.
import { civil } from "../format";

interface Pattern { readonly like: RegExp; readonly says: string; readonly plain: number }

const CONVERSION = /%(?:(\d)\$)?[-.\d]*(?:l*|z)[sdgfuci]|%%/g;
const END = /(?<!\.)\.$/;
const WHOLE = /[dui]$/; // a number without a point

let exact: ReadonlyMap<string, string> = new Map();
let patterns: readonly Pattern[] = [];
const before = new Map<string, string>(); // what was asked for already
const BEFORE_MAX = 2_000;

const lower = (text: string) => text.replace(/^[¿¡]?\p{Lu}/u, (begin) => begin.toLowerCase());
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

function patternOf(format: string, says: string): Pattern {
  let like = "", at = 0, plain = 0;
  for (const found of format.matchAll(CONVERSION)) {
    like += escaped(format.slice(at, found.index));
    plain += found.index - at;
    like += found[0] === "%%" ? "%" : WHOLE.test(found[0]) ? "(-?[\\d,.]+)" : "(.*?)";
    at = found.index + found[0].length;
  }
  return { like: new RegExp(`^${like}${escaped(format.slice(at))}$`, "s"), says, plain: plain + format.length - at };
}

export function readSentences(catalogue: Readonly<Record<string, string>>): void {
  const all = Object.entries(catalogue);
  exact = new Map(all.filter(([format]) => !format.includes("%")));
  patterns = all.filter(([format]) => format.includes("%"))
    .map(([format, says]) => patternOf(format.replaceAll("¦", ""), says)).sort((a, b) => b.plain - a.plain);
  before.clear();
}

// Days as they are written here; an instant keeps its own form.
export const withDays = (sentence: string) =>
  sentence.replace(/\b\d{4}-\d\d-\d\d\b(?![T\d-])/g, (day) => civil(day));

// A name in quotes is theirs; what else stands in a sentence may be a word of the server, too.
function filled(says: string, values: readonly string[]): string {
  let next = 0;
  return says.replace(CONVERSION, (conversion, place: string | undefined, at: number) => {
    if (conversion === "%%") return "%";
    const value = values[place ? Number(place) - 1 : next++] ?? "";
    return /[`"«“]/.test(says.charAt(at - 1)) ? value : exact.get(value) ?? exact.get(lower(value)) ?? value;
  });
}

// In the catalogue's words, without a point at its end; null: it has none.
function found(plain: string): string | null {
  const same = exact.get(lower(plain));
  if (same !== undefined) return same;
  for (const { like, says } of patterns) {
    const values = like.exec(plain) ?? like.exec(lower(plain));
    if (values) return filled(says, values.slice(1));
  }
  const parts = plain.split("; "); // what is wrong; what to do
  if (parts.length < 2) return null;
  const each = parts.map(found);
  return each.every((one) => one !== null) ? each.join("; ") : null;
}

// As a sentence: a letter at its beginning is large, and it ends.
function whole(plain: string): string {
  if (!/\s/.test(plain)) return plain; // a place, a name
  const begun = plain.replace(/^([¿¡]?)(\p{Ll})(?=[\p{L}\s',])/u, (_, sign: string, first: string) =>
    sign + first.toUpperCase());
  return /[.?!…:]$/.test(begun) ? begun : `${begun}.`;
}

// A sentence of the server's in the language of who reads it; in its own where there is none.
export function inWords(sentence: string): string {
  const kept = before.get(sentence);
  if (kept !== undefined) return kept;
  const plain = sentence.trim().replace(END, "");
  const says = plain ? whole((exact.size ? found(plain) : null) ?? plain) : "";
  if (before.size > BEFORE_MAX) before.clear();
  before.set(sentence, says);
  return says;
}

// What may be a word of the server or somebody's own: the latter stays.
export const ifKnown = (value: string) => (exact.size ? found(value) : null) ?? value;

// The same within a sentence of the app's own.
export const inPassing = (sentence: string) => lower(inWords(sentence).replace(END, ""));
