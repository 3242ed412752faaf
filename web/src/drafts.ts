// drafts.ts: what somebody is writing survives a reload, a restart of the server and an ended session.
//
// Kept in this tab's session storage, which ends with the tab; signing out of one's own will clears
// it, as does somebody else who signs in. Names of drafts are ids, their texts never leave the tab.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";

const PREFIX = "draft:";
const restored = signal(0); // drafts came back from an act that was refused or taken back

export function useDraft(name: string, first = ""):
  [string, (text: string) => void, () => void] {
  const read = () => sessionStorage.getItem(PREFIX + name) ?? first;
  const [text, setText] = useState(read);
  useEffect(() => { setText(read()); }, [name, restored.value]);
  const keep = (next: string) => {
    setText(next);
    if (next && next !== first) sessionStorage.setItem(PREFIX + name, next);
    else sessionStorage.removeItem(PREFIX + name);
  };
  const drop = () => {
    sessionStorage.removeItem(PREFIX + name);
    setText(first);
  };
  return [text, keep, drop];
}

export function putDrafts(drafts: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(drafts)) {
    const now = sessionStorage.getItem(PREFIX + name); // written since: both are kept
    if (text) sessionStorage.setItem(PREFIX + name, now && now !== text ? `${text}\n${now}` : text);
  }
  restored.value++;
}

export function forgetDrafts(): void {
  for (const name of Object.keys(sessionStorage))
    if (name.startsWith(PREFIX)) sessionStorage.removeItem(name);
  restored.value++;
}

// ---- a text of the server's that is being changed ----

export interface Version { readonly source: string; readonly etag: string }

export interface Edit {
  readonly text: string;
  readonly changed: boolean;
  readonly etag: string;          // of the version that the change began from
  readonly theirs: string | null; // what somebody else has saved since, when it differs
  readonly keep: (text: string) => void;
  readonly drop: () => void;
  readonly keepMine: () => void;  // having seen theirs
  readonly saved: () => void;
}

interface Kept extends Version { readonly text: string }

function readKept(name: string): Kept | null {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + name) ?? "null") as Kept | null;
  } catch {
    return null;
  }
}

// The version that a change began from is kept with it, over reloads too: whoever saves has either
// changed what stands now, or is shown what stands now.
export function useEdit(name: string, current: Version | undefined): Edit {
  const [kept, setKept] = useState<Kept | null>(() => readKept(name));
  useEffect(() => { setKept(readKept(name)); }, [name]);
  const put = (next: Kept | null) => {
    setKept(next);
    if (next) sessionStorage.setItem(PREFIX + name, JSON.stringify(next));
    else sessionStorage.removeItem(PREFIX + name);
  };
  const source = current?.source ?? kept?.source ?? "";
  const text = kept?.text ?? source;
  const changed = kept !== null && current !== undefined && text !== source;
  const moved = changed && current.etag !== kept.etag && current.source !== kept.source;
  return {
    text, changed, etag: changed && moved ? kept.etag : current?.etag ?? "",
    theirs: moved ? current.source : null,
    keep: (next) => {
      if (!current) return;
      const base = kept ?? current;
      put(next === base.source && base.source === current.source ? null
        : { text: next, source: base.source, etag: base.etag });
    },
    drop: () => put(null),
    keepMine: () => { if (current && kept) put({ ...current, text: kept.text }); },
    saved: () => put(null),
  };
}
