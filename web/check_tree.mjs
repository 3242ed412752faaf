// check_tree.mjs: what the form does to a playbook's text, on every playbook that is shipped: each change
// is a change of that place alone, comments stay, and the text still says the rest.
//
// usage: node web/check_tree.mjs   (prints TAP)
import { build } from "esbuild";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = (name) => readFileSync(join(root, name), "utf8");
const entry = ["text", "edit", "schema", "offer"].map((name) => `export * from "./tree/${name}";`).join("\n")
  + 'export { hintsEs, bookEs } from "./words/book_es"; export { bookEn } from "./words/book_en";';
const folder = mkdtempSync(join(tmpdir(), "perennial-tree-"));
const made = join(folder, "tree.mjs");
await build({ stdin: { contents: entry, loader: "ts", resolveDir: join(root, "web/src") }, outfile: made,
  bundle: true, format: "esm", target: "es2022", logLevel: "warning" });
const tree = await import(made).finally(() => rmSync(folder, { recursive: true }));
const { parse, partAt, valueOf, edit, keysAt, schemaAt, shapes, wordsOf, isArray, isObject, pathAt,
  placeOf, lineOf, difference, offered, skeleton } = tree;

const schema = JSON.parse(source("playbooks/playbook.schema.json"));
const books = readdirSync(join(root, "playbooks")).filter((name) => name.endsWith(".yaml")
  && name !== "definitions.yaml").map((name) => ({ name, text: source(`playbooks/${name}`) }));
const order = (path) => keysAt(schema, path);
const names = (kind) => ({ template: ["touchup-remind", "touchup-nudge"], exit: ["booked", "opted_out"],
  service_or_any: ["any", "neurotoxin"], offer: ["none", "addon"] })[kind] ?? [];
const comments = (text) => text.split("\n").flatMap((line) => {
  const bare = line.replace(/"(?:\\.|[^"])*"|'[^']*'/g, (quoted) => "x".repeat(quoted.length));
  const at = bare.search(/(^|\s)#/);
  return at < 0 ? [] : [line.slice(at).trim()];
});

let number = 0;
function check(sentence, work) {
  number++;
  let wrong = [];
  try {
    wrong = work() ?? [];
  } catch (error) {
    wrong = [error.stack];
  }
  console.log(`${wrong.length ? "not ok" : "ok"} ${number} - ${sentence}`);
  for (const line of wrong.slice(0, 8).flatMap((one) => String(one).split("\n"))) console.log(`# ${line}`);
  if (wrong.length) process.exitCode = 1;
}

// Every part of a tree with its path.
function* parts(part, path = []) {
  yield { part, path };
  for (const one of part.entries) yield* parts(one.part, [...path, one.key]);
  for (const [i, one] of part.items.entries()) yield* parts(one.part, [...path, i]);
}

// What is not between the two ends of a change is the same, byte for byte; the change lies within the
// lines of what was meant to change.
function elsewhere(before, after, from, to) {
  const { from: start, to: end } = difference(before, after);
  const first = before.lastIndexOf("\n", from - 1) + 1;
  const last = (before.indexOf("\n", to) + 1 || before.length + 1) - 1;
  return start >= first - 2 && end <= last + 2;
}

const lost = (before, after) => comments(before).filter((one) => !comments(after).includes(one));

for (const { name, text } of books) {
  const whole = parse(text).root;
  check(`${name}: every key is one that the schema knows, every value can be shown as a field`, () =>
    [...parts(whole)].flatMap(({ part, path }) => part.kind === "odd" || !schemaAt(schema, path)
      ? [`${path.join("/")} is ${part.kind}`] : []));
  const values = ["changed", "it's \"so\", [a]: {b} # c", "12", "", "null", "línea 🌿"];
  check(`${name}: each text is changed at its place; comments and all else stay; changed back it is as before`,
    () => [...parts(whole)].filter(({ part }) => part.kind === "text").flatMap(({ part, path }, i) => {
      const value = values[i % values.length];
      const after = edit(text, { do: "put", path, value }, order);
      if (after === null) return [`${path.join("/")} cannot become ${value}`];
      const now = partAt(parse(after).root, path);
      if (now?.text !== value || !elsewhere(text, after, part.from, part.to) || lost(text, after).length
        || after.length - text.length > 60)
        return [`${path.join("/")} = ${value}: ${JSON.stringify(difference(text, after))}`];
      const back = edit(after, { do: "put", path, value: part.text }, order);
      return back === text || (value !== "changed" && valueOf(partAt(parse(back).root, path)) === part.text)
        ? [] : [`${path.join("/")} is not changed back`];
    }));
  check(`${name}: each key that is not there is written in its order, taken away it leaves no trace`, () =>
    [...parts(whole)].filter(({ part }) => part.kind === "map").flatMap(({ part, path }) =>
      order(path).filter((key) => !part.entries.some((one) => one.key === key)).flatMap((key) => {
        const node = schemaAt(schema, [...path, key]);
        const [word] = wordsOf(schema, node, names);
        const shape = shapes(schema, node)[0];
        const value = isObject(shape) ? { after: "3d" } : isArray(shape) ? [word ?? "booked"]
          : word ?? "3d";
        const deed = { do: "put", path: [...path, key], value };
        const after = edit(text, deed, order);
        if (after === null) return [`${path.join("/")}/${key} cannot be written`];
        const keys = partAt(parse(after).root, path).entries.map((one) => one.key);
        const ranks = keys.map((one) => order(path).indexOf(one));
        const at = keys.indexOf(key);
        const right = ranks.slice(0, at).filter((rank) => rank >= 0).at(-1) ?? -1;
        if (lost(text, after).length) return [`${path.join("/")}/${key} loses ${lost(text, after)}`];
        if (right > ranks[at]) return [`${path.join("/")}/${key} stands behind ${keys[at - 1]}`];
        const back = edit(after, { do: "drop", path: [...path, key] }, order);
        return back === text ? [] : [`${path.join("/")}/${key} leaves ${JSON.stringify(
          difference(text, back ?? ""))}`];
      })));
  check(`${name}: each key and each entry can be taken away, and nothing but it goes`, () =>
    [...parts(whole)].filter(({ path }) => path.length > 0).flatMap(({ part, path }) => {
      const after = edit(text, { do: "drop", path }, order);
      if (after === null) return path.at(-1) === "playbook" ? [] : [`${path.join("/")} stays`];
      const inside = comments(text.slice(part.from, (text.indexOf("\n", part.to) + 1 || text.length + 1) - 1));
      const gone = lost(text, after).filter((one) => !inside.includes(one));
      const above = path.at(-1) !== "string" && gone.length <= 1;
      return gone.length && !above ? [`${path.join("/")} takes ${gone}`] : [];
    }));
  check(`${name}: touches are put in any order and back again, each with its comments`, () => {
    const items = whole.entries.find((one) => one.key === "touches").part.items;
    return items.flatMap((_, from) => items.flatMap((__, to) => {
      if (from === to) return [];
      const after = edit(text, { do: "move", path: ["touches"], from, to }, order);
      if (after === null) return [`${from} does not go to ${to}`];
      const sorted = (one) => one.split("\n").sort().join("\n");
      if (sorted(after) !== sorted(text)) return [`${from} to ${to} changes a line`];
      return edit(after, { do: "move", path: ["touches"], from: to, to: from }, order) === text ? []
        : [`${from} to ${to} and back is another text`];
    }));
  });
  check(`${name}: holds, exits and words of a list are put in another order and back`, () =>
    [...parts(whole)].filter(({ part, path }) => (part.kind === "list" && path.at(-1) !== "touches")
      || ["holds", "exits"].includes(path.join("/"))).flatMap(({ part, path }) => {
      const count = part.items.length + part.entries.length;
      if (count < 2) return [];
      const after = edit(text, { do: "move", path, from: count - 1, to: 0 }, order);
      if (after === null) return [`${path.join("/")} cannot be put in order`];
      return !lost(text, after).length && edit(after, { do: "move", path, from: 0, to: count - 1 },
        order) === text ? [] : [`${path.join("/")}: not the same again`];
    }));
  check(`${name}: a touch is added at every place, with what the schema requires, and taken away`, () => {
    const { items } = partAt(whole, ["touches"]);
    return [...items, null].flatMap((_, index) => {
      const value = { ...skeleton(schema, schemaAt(schema, ["touches", 0]), "touch-9", names),
        day: "5", send: ["sms"], when: "clicks >= 1, or not", link: { book: "any" } };
      const after = edit(text, { do: "add", path: ["touches"], index, value }, order);
      const item = after && parse(after).root && partAt(parse(after).root, ["touches", index]);
      if (!item || JSON.stringify(valueOf(item)) !== JSON.stringify(value)) return [`not at ${index}`];
      if (lost(text, after).length) return [`at ${index} loses ${lost(text, after)}`];
      const back = edit(after, { do: "drop", path: ["touches", index] }, order);
      return back === text ? [] : [`at ${index} leaves ${JSON.stringify(difference(text, back ?? ""))}`];
    });
  });
  check(`${name}: a hold and an exit are added, called otherwise and taken away`, () =>
    ["holds", "exits"].filter((key) => partAt(whole, [key])).flatMap((key) => {
      const added = edit(text, { do: "put", path: [key, "of_mine"], value: { when: "false" } }, order);
      const named = added && edit(added, { do: "rename", path: [key, "of_mine"], name: "another" }, order);
      const back = named && edit(named, { do: "drop", path: [key, "another"] }, order);
      return back === text && !edit(text, { do: "rename", path: [key, partAt(whole, [key]).entries[0].key],
        name: partAt(whole, [key]).entries.at(-1).key }, order) ? [] : [key];
    }));
  check(`${name}: a place of the checker's leads to its field`, () =>
    [...parts(whole)].filter(({ part }) => part.kind === "text").flatMap(({ part, path }) => {
      const line = lineOf(text, part.from);
      const column = part.from - (text.lastIndexOf("\n", part.from - 1) + 1) + 1;
      const found = pathAt(whole, placeOf(text, line, column));
      return found.join("/") === path.join("/") ? [] : [`${path.join("/")}: ${found.join("/")}`];
    }));
  check(`${name}: at every key and value the editor offers what stands there`, () =>
    [...parts(whole)].flatMap(({ part, path }) => part.entries.flatMap((one) => {
      const cut = text.slice(0, one.from) + text.slice(one.keyTo);
      const cursor = one.from;
      if (!order(path).includes(one.key)) return [];
      const found = offered(schema, cut, cursor, names);
      return found?.offers.some((other) => other.label === one.key) ? []
        : [`key ${[...path, one.key].join("/")}: ${found?.offers.map((other) => other.label)}`];
    })));
}

check("while a text is being written the editor knows where the cursor is", () => {
  const cases = [
    ["purpose: ", ["marketing", "care"]], ["purpose: mar", ["marketing", "care"]],
    ["entry:\n  backlog: {policy: ", ["skip", "spread", "all"]],
    ["entry:\n  backlog: {policy: spread, ", ["order", "per_day"]],
    ["entry:\n  backlog:\n    policy: spread\n    ", ["order", "per_day"]],
    ["entry:\n  crosses: due\n  ", ["backlog", "close_after"]],
    ["touches:\n  - ", ["id", "day"]], ["touches:\n  - id: a\n    send: [", ["email", "sms"]],
    ["touches:\n  - id: a\n    send: [email, ", ["email", "sms"]],
    ["touches:\n  - id: a\n    send:\n      - ", ["email", "sms"]],
    ["touches:\n  - id: a\n    template: ", ["touchup-nudge"]],
    ["touches:\n  - id: a\n    offer: none\n  - id: b\n    of", ["offer"]],
    ["touches:\n  - id: a\n    outcomes:\n      booked: {exit: ", ["booked", "opted_out"]],
    ["touches:\n  - {id: a, from: ", ["practice"]],
    ["holds:\n  vip: {when: \"a # b, c: d\", before_each: ", ["approval"]],
    ["holds:\n  q:\n    auto_answer: [price,\n      ", ["availability"]],
    ["exits:\n  a: {when: \"x\"}\n  b:\n    sup", ["suppress"]],
    ["title: |\n  purpose: \npurpose: ", ["care"]], ["", ["purpose", "entry"]],
    ["# words: \npurpose: care\n", ["clock"]],
  ];
  return cases.flatMap(([text, wanted]) => {
    const have = offered(schema, text, text.length, names)?.offers.map((one) => one.label) ?? [];
    return wanted.every((one) => have.includes(one)) ? [] : [`${JSON.stringify(text)}: ${have}`];
  });
});
check("nothing is offered within a comment, a quoted text or a text of several lines", () =>
  ["# pur", "title: \"pur", "title: 'a: {pur", "title: |\n  pur", "entry:\n  only_if: \"not boo",
    "purpose: care # pur"].flatMap((text) => offered(schema, text, text.length, names) ? [text] : []));
check("a key that stands there already is not offered again, above or below the cursor", () => {
  const text = "touches:\n  - id: a\n    \n    day: 3\n  - id: b\n";
  const have = offered(schema, text, text.indexOf("    \n") + 4, names).offers.map((one) => one.label);
  return have.includes("send") && !have.includes("id") && !have.includes("day") ? [] : [have];
});
check("a text that is no tree is left alone, and says on which line", () =>
  ["a: [1", "a: b: c\n", "a: 1\na: 2\n", "\tx: 1"].flatMap((text) => {
    const { root: none, trouble } = parse(text);
    return none === null && trouble && edit(text, { do: "put", path: ["a"], value: "2" }) === null ? []
      : [text];
  }));
check("anchors, tags and nested keys are shown as they are and never rewritten", () =>
  ["a: &x 1\nb: 2\n", "a: !!str 1\nb: 2\n", "a: *x\nb: 2\n"].flatMap((text) => {
    if (!parse(text).root) return [];
    const after = edit(text, { do: "put", path: ["b"], value: "3" });
    return edit(text, { do: "put", path: ["a"], value: "3" }) === null
      && (after === null || after === text.replace("b: 2", "b: 3")) ? [] : [text];
  }));
check("lists of one and empty maps, windows line ends and a missing last line end are kept", () => {
  const cases = [
    ["a: [x]\nb: 1", { do: "drop", path: ["a", 0] }, "b: 1"],
    ["a: {x: 1}\nb: 1\n", { do: "drop", path: ["a", "x"] }, "b: 1\n"],
    ["a:\n  - x: 1\n", { do: "drop", path: ["a", 0, "x"] }, "a:\n  - {}\n"],
    ["a: {}\n", { do: "put", path: ["a", "x"], value: "1" }, "a: {x: 1}\n"],
    ["a:\nb: 1\n", { do: "put", path: ["a", "x"], value: "1" }, "a: {x: 1}\nb: 1\n"],
    ["a: # c\n  x: 1 # d\nb: 1", { do: "put", path: ["a", "y"], value: "2" }, "a: # c\n  x: 1 # d\n  y: 2\nb: 1"],
    ["a:\n- x\n- y # c\n", { do: "move", path: ["a"], from: 1, to: 0 }, "a:\n- y # c\n- x\n"],
    ["a: 1", { do: "put", path: ["b"], value: ["p", "q"] }, "a: 1\nb: [p, q]"],
    ["a:\n  - x\n\n  # of y\n  - y\n\n  - z\n", { do: "move", path: ["a"], from: 1, to: 2 },
      "a:\n  - x\n\n  - z\n\n  # of y\n  - y\n"],
  ];
  return cases.flatMap(([text, deed, wanted]) => edit(text, deed) === wanted ? []
    : [`${JSON.stringify(text)}: ${JSON.stringify(edit(text, deed))}`]);
});
check("every explanation of the schema is there in Spanish, every key has words", () => {
  const said = new Set();
  const keys = new Set();
  const walk = (node) => {
    if (!node || typeof node !== "object") return;
    if (typeof node.description === "string") said.add(node.description);
    if (node.properties && !Array.isArray(node)) for (const key of Object.keys(node.properties)) keys.add(key);
    for (const one of Object.values(node)) walk(one);
  };
  walk(schema);
  return [...[...said].filter((one) => !tree.hintsEs[one]),
    ...Object.keys(tree.hintsEs).filter((one) => !said.has(one)).map((one) => `no more: ${one}`),
    ...[...keys].filter((one) => !tree.bookEn.keys[one])];
});
console.log(`1..${number}`);
