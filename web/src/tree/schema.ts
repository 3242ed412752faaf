// schema.ts: what may stand at a place of a tree, as a JSON Schema (2020-12) says it.
//
// Besides the standard's own words four of the schema's are read: `x-names` tells of what kind the names
// are (the templates, offers, touches of this practice), `x-people` that the patients for whom a condition
// holds can be counted, `x-usual` which keys a form offers before they are written, `x-fixed` that a value
// is not changed in a form.
import type { Path, Value } from "./text";

export interface Schema {
  readonly $ref?: string; readonly type?: string | readonly string[]; readonly enum?: readonly unknown[];
  readonly const?: unknown; readonly properties?: { readonly [key: string]: Schema };
  readonly additionalProperties?: Schema | boolean; readonly items?: Schema;
  readonly anyOf?: readonly Schema[]; readonly oneOf?: readonly Schema[];
  readonly required?: readonly string[]; readonly description?: string; readonly title?: string;
  readonly pattern?: string; readonly minimum?: number; readonly maximum?: number;
  readonly maxLength?: number; readonly minItems?: number; readonly maxItems?: number; readonly uniqueItems?: boolean;
  readonly examples?: readonly unknown[]; readonly $defs?: { readonly [name: string]: Schema };
  readonly "x-names"?: string; readonly "x-people"?: boolean; readonly "x-fixed"?: boolean;
  readonly "x-usual"?: readonly string[];
}

// Names of a kind: what the practice has, and what this very text has.
export type Names = (kind: string) => readonly string[];

// What stands beside a reference wins over what it refers to.
export function settled(root: Schema, node: Schema | undefined): Schema | undefined {
  let found = node;
  for (let depth = 0; found?.$ref && depth < 16; depth++) {
    const { $ref, ...beside } = found;
    found = { ...root.$defs?.[$ref.replace("#/$defs/", "")], ...beside };
  }
  return found;
}

// The shapes that a value may have: one, or the alternatives.
export function shapes(root: Schema, node: Schema | undefined): Schema[] {
  const found = settled(root, node);
  if (!found) return [];
  const ways = (found.anyOf ?? found.oneOf ?? []).filter((one) => Object.keys(one).some((key) =>
    key !== "required"));
  if (!ways.length) return [found];
  return ways.flatMap((one) => shapes(root, { ...naming(found), ...one }));
}

// What tells of which names are meant goes down to each of several, and to each shape.
function naming(node: Schema): Schema {
  return { ...(node["x-names"] ? { "x-names": node["x-names"] } : {}),
    ...(node.examples ? { examples: node.examples } : {}) };
}

export const isObject = (one: Schema) => one.type === "object" || Boolean(one.properties);
export const isArray = (one: Schema) => one.type === "array" || Boolean(one.items);

function below(root: Schema, node: Schema | undefined, step: string | number): Schema | undefined {
  for (const one of shapes(root, node)) {
    if (typeof step === "number" || step === "-") {
      if (one.items) return settled(root, { ...naming(one), ...one.items });
      continue;
    }
    const found = one.properties?.[step]
      ?? (typeof one.additionalProperties === "object" ? one.additionalProperties : undefined);
    if (found) return settled(root, found);
  }
  return undefined;
}

export function schemaAt(root: Schema, path: Path): Schema | undefined {
  return path.reduce<Schema | undefined>((node, step) => below(root, node, step), root);
}

export function keysAt(root: Schema, path: Path): readonly string[] {
  return shapes(root, schemaAt(root, path)).flatMap((one) => Object.keys(one.properties ?? {}));
}

// Every word that may stand for a value; text and numbers that may be anything have none.
export function wordsOf(root: Schema, node: Schema | undefined, names: Names): string[] {
  const words = shapes(root, node).flatMap((one) => {
    if (one.enum) return one.enum.map(String);
    if (one.const !== undefined) return [String(one.const)];
    if (isArray(one) || isObject(one)) return [];
    if (one["x-names"]) return [...names(one["x-names"])];
    return one.type === "boolean" ? ["true", "false"] : (one.examples ?? []).map(String);
  });
  return [...new Set(words)];
}

// A closed list is all that may be said; of an open one its words are examples.
export function isClosed(root: Schema, node: Schema | undefined): boolean {
  const all = shapes(root, node);
  return all.length > 0 && all.every((one) => one.enum !== undefined || one.const !== undefined);
}

// A new entry before anybody has said anything of it: what is required, in words that harm nobody.
export function skeleton(root: Schema, node: Schema | undefined, name: string, names: Names): Value {
  const [shape] = shapes(root, node).filter(isObject);
  if (!shape) return "";
  return Object.fromEntries((shape.required ?? []).map((key) => {
    const inner = settled(root, shape.properties?.[key]);
    const [word] = wordsOf(root, inner, names);
    if (isCondition(inner)) return [key, "false"];
    if (shapes(root, inner).every(isObject)) return [key, skeleton(root, inner, name, names)];
    return [key, inner?.minimum !== undefined ? String(inner.minimum) : key === "id" ? name
      : word ?? name];
  }));
}

// An expression is told from a name by how long it may be.
export function isCondition(node: Schema | undefined): boolean {
  return (node?.maxLength ?? 0) >= 1024;
}
