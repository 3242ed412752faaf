// titles.ts: a playbook by the title that people gave it, wherever its name stands.
//
// Read once and again after a while; whoever looks at the gallery has them anew. Until then, and for a playbook
// that is gone, the name stands for itself.
import { signal } from "@preact/signals";
import { get, unaskedFor, type Shapes } from "../api/client";

const AGAIN_MS = 10 * 60_000;
const titles = signal<ReadonlyMap<string, string>>(new Map());
let asked_at = -AGAIN_MS;

export function keepTitles(items: readonly Shapes["PlaybookItem"][]): void {
  asked_at = performance.now();
  titles.value = new Map(items.map((one) => [one.name, one.title]));
}

export function titleOf(playbook: string): string {
  if (performance.now() - asked_at > AGAIN_MS) {
    asked_at = performance.now();
    void unaskedFor(() => get("/api/v1/playbooks", {})).then((list) => keepTitles(list.items), () => {});
  }
  return titles.value.get(playbook) ?? playbook;
}
