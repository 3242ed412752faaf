// keys.ts: one table of what every key does right now.
//
// A part that is on screen says which keys it listens to and what they do in words; the list behind
// "?" is this table, so that a key without an explanation cannot exist. The part that came last
// wins. Keys without Ctrl or Cmd are silent while somebody types, and can be turned off altogether
// (WCAG 2.1.4).
import { signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";

export interface Key {
  readonly keys: string; // "j", "g t", "mod+k", "shift+?"
  readonly says: string;
  readonly does: () => void;
  readonly always?: boolean; // also while typing
  readonly hidden?: boolean; // listed under another key's line
}

interface Layer { readonly keys: readonly Key[] }

const layers: Layer[] = [];
export const keyLines = signal<readonly { keys: string; says: string }[]>([]);
export const singleKeys = signal(localStorage.getItem("single_keys") !== "off");
// A dialog that is open takes the keyboard for itself.
export const captive = signal(0);
export const mac = /Mac|iPhone|iPad/.test(navigator.platform);

function listLines(): void {
  const seen = new Set<string>();
  const lines: { keys: string; says: string }[] = [];
  for (const layer of [...layers].reverse())
    for (const key of layer.keys)
      if (!key.hidden && !seen.has(key.keys)) {
        seen.add(key.keys);
        lines.push({ keys: key.keys, says: key.says });
      }
  keyLines.value = lines;
}

export function useKeys(keys: readonly Key[]): void {
  const layer = useRef<{ keys: readonly Key[] }>({ keys });
  layer.current.keys = keys;
  const words = keys.map((key) => key.keys + key.says).join();
  useLayoutEffect(() => { // what is seen can be pressed: not a frame later
    const mine = layer.current;
    layers.push(mine);
    listLines();
    return () => {
      layers.splice(layers.indexOf(mine), 1);
      listLines();
    };
  }, [words]);
}

export function setSingleKeys(on: boolean): void {
  singleKeys.value = on;
  localStorage.setItem("single_keys", on ? "on" : "off");
}

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.shadowRoot) return true;
  return /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
    && !/^(checkbox|radio|button|submit)$/.test((target as HTMLInputElement).type);
}

function nameOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const mod = event.ctrlKey || event.metaKey ? "mod+" : "";
  const shift = event.shiftKey && event.key.length > 1 ? "shift+" : "";
  return mod + (event.altKey ? "alt+" : "") + shift + key;
}

let before = "";
let beforeAt = 0;

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const name = nameOf(event);
  const plain = !name.startsWith("mod+");
  const busy = typing(event.target);
  if (busy && name === "Escape" && captive.peek() === 0) (event.target as HTMLElement).blur();
  const pair = event.timeStamp - beforeAt < 1200 ? `${before} ${name}` : "";
  for (const wanted of pair ? [pair, name] : [name]) { // "g p" goes, also where "p" alone does something
    for (const key of [...layers].reverse().flatMap((layer) => layer.keys)) {
      if (key.keys !== wanted) continue;
      if (busy && !key.always) continue;
      if (captive.value > 0 && !key.always) continue;
      if (plain && key.keys.length < 4 && !singleKeys.value) continue;
      event.preventDefault();
      before = "";
      key.does();
      return;
    }
  }
  before = busy ? "" : name;
  beforeAt = event.timeStamp;
});

export function keyCaps(keys: string): string[] {
  return keys.split(" ").flatMap((part) => part.split("+").map((cap) => {
    switch (cap) {
      case "mod": return mac ? "⌘" : "Ctrl";
      case "shift": return "⇧";
      case "alt": return mac ? "⌥" : "Alt";
      case "Enter": return "↵";
      case "ArrowDown": return "↓";
      case "ArrowUp": return "↑";
      case "Escape": return "Esc";
      default: return cap.length === 1 ? cap.toUpperCase() : cap;
    }
  }));
}
