// write.ts: how a value reads as YAML: plain where that is safe, else in quotes; small maps and lists on
// one line, larger ones a line for each key.
import type { Part, Value } from "./text";

const INLINE_MAX = 72; // a map that is longer gets its own lines
const PLAIN = /^[\p{L}\p{N}_](?:[\p{L}\p{N}_ .%()/+@’'-]*[\p{L}\p{N}_.%()/+@’'-])?$/u;

export const isMap = (value: Value): value is { readonly [key: string]: Value } =>
  typeof value === "object" && !Array.isArray(value);
export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

export function written(text: string, quote: Part["quote"] = ""): string {
  if (quote === "'" && !/[\n\r\t]/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  if (!quote && /"/.test(text) && !/['\n\r\t]/.test(text)) return `'${text}'`; // no need to escape
  const safe = PLAIN.test(text) && text !== "null";
  return safe && quote !== '"' ? text : JSON.stringify(text);
}

// On one line, as it may stand between brackets, too.
export function inline(value: Value): string {
  if (isList(value)) return `[${value.map(inline).join(", ")}]`;
  if (isMap(value)) return `{${Object.entries(value).map(([key, one]) =>
    `${key}: ${inline(one)}`).join(", ")}}`;
  return written(value);
}

const short = (value: Value): boolean => inline(value).length <= INLINE_MAX
  && (isList(value) ? !value.some((one) => typeof one !== "string")
    : !isMap(value) || !Object.values(value).some(isMap));

export function inBlock(value: Value): boolean {
  return typeof value !== "string" && !short(value);
}

// What stands behind `key:`, beginning with a blank or a new line.
export function behind(value: Value, indent: number): string {
  if (!inBlock(value)) return ` ${inline(value)}`;
  const deeper = indent + 2;
  return `\n${" ".repeat(deeper)}${lines(value, deeper)}`;
}

// Over several lines; the first stands at `indent` already.
export function lines(value: Value, indent: number): string {
  const next = `\n${" ".repeat(indent)}`;
  if (isList(value)) return value.map((one) => `- ${isMap(one) && Object.keys(one).length
    ? lines(one, indent + 2) : inline(one)}`).join(next);
  if (isMap(value)) return Object.entries(value).map(([key, one]) =>
    `${key}:${behind(one, indent)}`).join(next);
  return inline(value);
}
