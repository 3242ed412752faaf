// place.ts: where in a tree somebody is writing, while the text cannot be read as a tree yet: by
// indentation, brackets and quotes from the first line to the cursor.

export interface Place {
  readonly path: readonly string[]; // keys from the root; "-" is an entry of a list
  readonly slot: "key" | "value" | "none";
  readonly word: string;            // what of it has been written
  readonly from: number;            // where that word begins
  readonly flow: boolean;           // between brackets
  readonly bare: boolean;           // a value right behind its key: a list still wants its brackets
  readonly there: readonly string[]; // keys that the map has already
}

interface Block { column: number; part: string; keys: string[] }
interface Bracket { kind: "map" | "list"; key: string | null; word: string; wordFrom: number;
  keys: string[] }

interface Reading { blocks: Block[]; brackets: Bracket[]; quote: string; scalarUnder: number }

// What stands between brackets and quotes, sign by sign; true while either is open.
function readFlow(state: Reading, words: string, offset: number): boolean {
  for (let i = 0; i < words.length; i++) {
    const sign = words[i]!;
    const top = state.brackets.at(-1);
    if (state.quote) {
      if (sign === "\\" && state.quote === '"') i++;
      else if (sign === state.quote) state.quote = "";
      continue;
    }
    const first = !top || top.word.trim() === "";
    if ((sign === '"' || sign === "'") && first) state.quote = sign;
    else if (sign === "#" && (i === 0 || /\s/.test(words[i - 1]!))) break;
    else if ((sign === "{" || sign === "[") && first) {
      state.brackets.push({ kind: sign === "{" ? "map" : "list", key: null, word: "",
        wordFrom: offset + i + 1, keys: [] });
      continue;
    } else if (!top) {
      if (!/\s/.test(sign)) return false; // a plain text
      continue;
    } else if (sign === "}" || sign === "]") state.brackets.pop();
    else if (sign === ",") {
      top.key = null;
      top.word = "";
      top.wordFrom = offset + i + 1;
      continue;
    } else if (sign === ":" && top.kind === "map" && top.key === null
      && /\s|^$/.test(words[i + 1] ?? "")) {
      top.key = top.word.trim();
      top.keys.push(top.key);
      top.word = "";
      top.wordFrom = offset + i + 1;
      continue;
    }
    const now = state.brackets.at(-1);
    if (now === top && top) {
      if (!top.word && /\s/.test(sign)) top.wordFrom = offset + i + 1;
      else top.word += sign;
    } else if (now) now.word = "x"; // behind a bracket that closed
  }
  return state.brackets.length > 0 || state.quote !== "";
}

const KEY = /^("[^"]*"|'[^']*'|[^\s#:'"{}[\],][^#:{}[\],]*?)\s*:(?=\s|$)/;

// One line outside brackets: its dashes and its key take their place among the blocks.
function readLine(state: Reading, line: string, offset: number, until: number):
  { at: number; column: number; rest: string } {
  let column = /^ */.exec(line)![0].length;
  let rest = line.slice(column);
  for (;;) {
    const dash = /^-( +|$)/.exec(rest);
    if (!dash) break;
    while ((state.blocks.at(-1)?.column ?? -1) > column
      || (state.blocks.at(-1)?.column === column && state.blocks.at(-1)?.part === "-")) state.blocks.pop();
    state.blocks.push({ column, part: "-", keys: [] });
    column += dash[0].length;
    rest = rest.slice(dash[0].length);
  }
  const pop = () => {
    while ((state.blocks.at(-1)?.column ?? -1) >= column) state.blocks.pop();
  };
  const key = KEY.exec(rest);
  if (key && offset + column + key[0].length <= until) {
    pop();
    const name = key[1]!.replace(/^["']|["']$/g, "");
    state.blocks.at(-1)?.keys.push(name);
    state.blocks.push({ column, part: name, keys: [] });
    return { at: offset + column + key[0].length, column, rest: rest.slice(key[0].length) };
  }
  if (rest || offset + column >= until) pop();
  return { at: -1, column, rest };
}

function keysBelow(text: string, from: number, column: number): string[] {
  const keys: string[] = [];
  for (const line of text.slice(from).split("\n").slice(1)) {
    if (!line.trim() || /^\s*#/.test(line)) continue;
    const indent = /^ */.exec(line)![0].length;
    if (indent < column) break;
    const key = indent === column ? KEY.exec(line.slice(indent)) : null;
    if (key) keys.push(key[1]!);
    else if (indent === column) break;
  }
  return keys;
}

export function placeAt(text: string, cursor: number): Place {
  const state: Reading = { blocks: [], brackets: [], quote: "", scalarUnder: -1 };
  const top: Block = { column: -1, part: "", keys: [] };
  state.blocks.push(top);
  const path = () => state.blocks.slice(1).map((one) => one.part);
  const none: Place = { path: [], slot: "none", word: "", from: cursor, flow: false, bare: false,
    there: [] };
  let offset = 0;
  for (const line of text.slice(0, cursor).split("\n")) {
    const last = offset + line.length === cursor;
    const indent = /^ */.exec(line)![0].length;
    if (state.scalarUnder >= 0 && (!line.trim() || indent > state.scalarUnder)) {
      if (last) return none;
    } else if (state.brackets.length || state.quote) {
      state.scalarUnder = -1;
      readFlow(state, line, offset);
    } else {
      state.scalarUnder = -1;
      const skip = !last && (!line.trim() || /^\s*(#|---|\.\.\.)/.test(line));
      const read = skip ? null : readLine(state, line, offset, last ? cursor : Infinity);
      if (read && read.at >= 0) {
        if (/^\s*[|>][-+\d]*\s*(#.*)?$/.test(read.rest)) state.scalarUnder = read.column;
        readFlow(state, read.rest, read.at);
        if (last && !state.brackets.length && !state.quote) {
          const word = /^(\s+)([^\s#"'{}[\],]*)$/.exec(read.rest);
          return word ? { path: path(), slot: "value", word: word[2]!, from: cursor - word[2]!.length,
            flow: false, bare: true, there: [] } : none;
        }
      } else if (read && last && !/^[[{]/.test(read.rest)) {
        const word = /^[\w-]*$/.test(read.rest) ? read.rest : null;
        if (word === null || /#/.test(line)) return none;
        return { path: path(), slot: "key", word, from: cursor - word.length, flow: false, bare: false,
          there: [...state.blocks.at(-1)!.keys, ...keysBelow(text, cursor, read.column)] };
      } else if (read) readFlow(state, read.rest, offset + line.length - read.rest.length);
    }
    offset += line.length + 1;
  }
  const bracket = state.brackets.at(-1);
  if (!bracket || state.quote || !/^[^\s]*$/.test(bracket.word)) return none;
  const inner = state.brackets.flatMap((one) => one.kind === "list" ? ["-"] : one.key ? [one.key] : []);
  return { path: [...path(), ...inner], slot: bracket.kind === "map" && !bracket.key ? "key" : "value",
    word: bracket.word, from: cursor - bracket.word.length, flow: true, bare: false, there: bracket.keys };
}
