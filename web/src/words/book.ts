// book.ts: the words of the playbook's format: what its keys and values are called and what they mean.
// Loaded with the editor alone. English says what the schema says; Spanish stands in book_es.ts.
import { bookEn } from "./book_en";
import { bookEs, hintsEs } from "./book_es";
import { language } from "./index";

const books = { en: bookEn, es: bookEs } as const;

const upper = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

// `only_if` -> "Only if"; a key that has no words yet is called what it is.
export function keyWords(key: string): string {
  const { keys } = books[language.value] as { keys: Readonly<Record<string, string>> };
  return keys[key] ?? upper(key.replaceAll("_", " "));
}

export function valueWords(key: string, value: string): string {
  const { values } = books[language.value] as { values: Readonly<Record<string, string>> };
  return values[`${key}.${value}`] ?? values[value] ?? value;
}

export function hintWords(description: string | undefined): string {
  if (!description) return "";
  const text = language.value === "es" ? hintsEs[description] ?? description : description;
  return text.replaceAll("`", "");
}
