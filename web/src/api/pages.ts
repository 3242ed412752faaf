// pages.ts: a list that is read a page at a time and stays in place while it is read again.
import { useEffect, useRef, useState } from "preact/hooks";
import { useAnswer } from "./answers";
import { Problem, unaskedFor } from "./client";

interface Page<T> { readonly items: readonly T[]; readonly next: string | null }

export interface Pages<T, P extends Page<T>> {
  readonly items: readonly T[];
  readonly first: P | undefined;
  readonly problem: Problem | undefined;
  readonly asking: boolean;
  readonly more: (() => void) | undefined;
  readonly next: string | null | undefined; // where it goes on; undefined: not known yet
  readonly again: () => void;
}

const AGAIN_MS = 3_000; // a page that did not come is asked for again while its list is looked at

// Nobody has answered, or a server that is starting again.
const passing = (error: unknown) => error instanceof Problem
  && (error.status === 0 || error.status === 429 || error.status >= 500);

interface Shown<T> {
  readonly key: string | null; readonly items: readonly T[]; readonly next: string | null;
}

// A page of a condition may hold nobody and still not be the last: then the next is looked at, but not
// without end.
const LOOKS_MAX = 25;

async function lookOn<T, P extends Page<T>>(load: (cursor: string) => Promise<P>, from: string): Promise<P> {
  for (let looks = 1, next = from; ; looks++) {
    const page = await load(next);
    if (page.items.length || page.next === null || looks === LOOKS_MAX) return page;
    next = page.next;
  }
}

// After a live change as many rows are read again as were on screen, and only then shown: whoever
// has scrolled far down stays where they are.
export function usePages<T, P extends Page<T>>(key: string | null, topics: readonly string[],
  load: (cursor: string | undefined, stop?: AbortSignal) => Promise<P>): Pages<T, P> {
  const head = useAnswer(key, topics, (stop) => load(undefined, stop));
  const [shown, setShown] = useState<Shown<T>>({ key: null, items: [], next: null });
  const busy = useRef<string | null>(null); // the page that is on its way
  const current = shown.key === key && key !== null;

  useEffect(() => {
    const first = head.data;
    if (!first) return;
    const wanted = current ? shown.items.length : 0;
    let alive = true;
    const fill = async () => {
      let { next } = first;
      const items = [...first.items];
      while (alive && next !== null && items.length < wanted) {
        const from = next;
        const page = await unaskedFor(() => load(from));
        items.push(...page.items);
        next = page.next;
      }
      if (alive) setShown({ key, items, next });
    };
    fill().catch(() => { if (alive) setShown({ key, items: first.items, next: first.next }); });
    return () => { alive = false; };
  }, [key, head.data]);

  useEffect(() => () => { busy.current = null; }, [key]);
  const { next } = shown;
  const more = !current || next === null ? undefined : () => {
    if (busy.current === next) return;
    busy.current = next;
    const read = (): void => void lookOn<T, P>(load, next).then((page) => {
      if (busy.current === next) busy.current = null;
      setShown((old) => (old.key === key && old.next === next
        ? { key, items: [...old.items, ...page.items], next: page.next } : old));
    }, (error: unknown) => {
      if (busy.current !== next) return;
      if (passing(error)) setTimeout(() => { if (busy.current === next) read(); }, AGAIN_MS);
      else busy.current = null;
    });
    read();
  };
  return { items: current ? shown.items : head.data?.items ?? [], first: head.data,
    problem: head.problem, asking: head.asking, more, next: current ? next : undefined,
    again: head.again };
}
