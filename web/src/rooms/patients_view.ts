// patients_view.ts: what the list of patients shows: kept while one looks at a person and comes back, and
// set from elsewhere. Never in the address.
import { signal } from "@preact/signals";
import { go } from "../router";

export type Order = "name" | "last_visit" | "value";

export const words = signal("");
export const where = signal("");
export const order = signal<Order>("name");

// A text in a condition stands in quotes that it has not got itself.
const quoted = (text: string) => (text.includes('"') ? `'${text.replaceAll("'", "")}'` : `"${text}"`);

export function showTagged(tag: string): void {
  words.value = "";
  where.value = `tags has ${quoted(tag)}`;
  go("patients");
}
