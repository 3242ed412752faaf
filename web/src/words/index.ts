// words/index.ts: every word on the screen, in the language of who reads it.
//
// English is the catalogue whose shape the others must have; a missing or a superfluous key does not
// compile. `t` fills {names}; `n` chooses the form for a number.
import { effect, signal } from "@preact/signals";
import { en } from "./en";
import { readSentences } from "./sentences";

export interface Counted { readonly one: string; readonly other: string }
type Shape<T> = { readonly [K in keyof T]: T[K] extends string ? string : Counted };
export type Words = Shape<typeof en>;
type TextKey = { [K in keyof Words]: Words[K] extends string ? K : never }[keyof Words];
export type CountKey = Exclude<keyof Words, TextKey>;
export type Key = TextKey;

export type Language = "en" | "es";

function wanted(): Language {
  const kept = localStorage.getItem("language");
  if (kept === "en" || kept === "es") return kept;
  return navigator.language.toLowerCase().startsWith("es") ? "es" : "en";
}

export const language = signal<Language>(wanted());
const words = signal<Words>(en);

export async function loadWords(): Promise<void> {
  const spanish = language.peek() === "es";
  readSentences(spanish ? (await import("./sentences_es")).all : {});
  words.value = spanish ? (await import("./es")).es : en;
}

export async function setLanguage(next: Language): Promise<void> {
  language.value = next;
  localStorage.setItem("language", next);
  await loadWords();
}

effect(() => { document.documentElement.lang = language.value; });

type Values = Readonly<Record<string, string | number>>;

function fill(text: string, values?: Values): string {
  return values ? text.replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in values ? String(values[name]) : whole) : text;
}

export function t(key: TextKey, values?: Values): string {
  return fill(words.value[key] as string, values);
}

// As a patient reads it, who may have another language than the desk.
export async function sayTo(tongue: string, key: TextKey, values?: Values): Promise<string> {
  return fill((tongue === "es" ? (await import("./es")).es : en)[key] as string, values);
}

export function n(key: CountKey, count: number, values?: Values): string {
  const forms = words.value[key] as Counted;
  const form = new Intl.PluralRules(language.value).select(count) === "one" ? "one" : "other";
  return fill(forms[form], {
    count: new Intl.NumberFormat(language.value).format(count), ...values });
}

// A code of the server ("no_consent") in words; null where the catalogue has none.
export function known(prefix: string, code: string): string | null {
  const key = `${prefix}_${code}`.replace(/\W/g, "_");
  const found = (words.value as unknown as Record<string, string | Counted>)[key];
  return typeof found === "string" ? found : null;
}

// The same; where there are none, the code itself: of a playbook, a practice, a booking system.
export function said(prefix: string, code: string | null | undefined): string {
  return code ? known(prefix, code) ?? code.replaceAll("_", " ") : "";
}
