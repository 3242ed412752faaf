// router.ts: where in the app we are.
//
// Addresses live behind the "#": what a person looks at never reaches a server's log or a proxy,
// and one page serves every address. They hold ids and names of views; a name, a phone number or a
// search text never stands in them.
import { computed, signal } from "@preact/signals";

export interface Place {
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

function read(): Place {
  const text = location.hash.replace(/^#\/?/, "");
  const [path = "", query = ""] = text.split("?");
  return {
    path: path.split("/").filter(Boolean).map((part) => {
      try { return decodeURIComponent(part); } catch { return part; }
    }),
    query: new URLSearchParams(query),
  };
}

export const place = signal<Place>(read());
export const room = computed(() => place.value.path[0] ?? "today");

addEventListener("hashchange", () => { place.value = read(); });

export function address(...parts: readonly string[]): string {
  return "#/" + parts.map(encodeURIComponent).join("/");
}

export function go(...parts: readonly string[]): void {
  location.hash = address(...parts);
}

// The same page with another id: no step in the history for every press of "j".
export function swap(...parts: readonly string[]): void {
  history.replaceState(history.state, "", address(...parts));
  place.value = read();
}
