// drafts.ts: what somebody is writing survives a reload, a restart of the server and an ended session.
//
// Kept in this tab's session storage, which ends with the tab; signing out of one's own will clears
// it. Names of drafts are ids, their texts never leave the tab.
import { useEffect, useState } from "preact/hooks";

const PREFIX = "draft:";

export function useDraft(name: string, first = ""):
  [string, (text: string) => void, () => void] {
  const read = () => sessionStorage.getItem(PREFIX + name) ?? first;
  const [text, setText] = useState(read);
  useEffect(() => { setText(read()); }, [name]);
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

export function forgetDrafts(): void {
  for (const name of Object.keys(sessionStorage))
    if (name.startsWith(PREFIX)) sessionStorage.removeItem(name);
}
