// pages.ts: a list that is read a page at a time and stays in place while it is read again.
import { useEffect, useRef, useState } from "preact/hooks";
import { useAnswer } from "./answers";
import type { Problem } from "./client";

interface Page<T> { readonly items: readonly T[]; readonly next: string | null }

export interface Pages<T, P extends Page<T>> {
  readonly items: readonly T[];
  readonly first: P | undefined;
  readonly problem: Problem | undefined;
  readonly asking: boolean;
  readonly more: (() => void) | undefined;
  readonly again: () => void;
}

// A live change reads as many rows again as are on screen, in one go where the limit allows.
export function usePages<T, P extends Page<T>>(key: string | null, topics: readonly string[],
  load: (cursor: string | undefined, stop?: AbortSignal) => Promise<P>): Pages<T, P> {
  const head = useAnswer(key, topics, (stop) => load(undefined, stop));
  const [tail, setTail] = useState<{ of: P | undefined; items: readonly T[]; next: string | null }>(
    { of: undefined, items: [], next: null });
  const busy = useRef(false);
  useEffect(() => { busy.current = false; }, [key, head.data]);
  const current = tail.of !== undefined && tail.of === head.data;
  const next = current ? tail.next : head.data?.next ?? null;
  const items = head.data ? current ? [...head.data.items, ...tail.items] : head.data.items : [];
  const more = next === null ? undefined : () => {
    if (busy.current || !head.data) return;
    busy.current = true;
    const of = head.data;
    load(next).then((page) => {
      busy.current = false;
      setTail((old) => ({ of, next: page.next,
        items: [...(old.of === of ? old.items : []), ...page.items] }));
    }, () => { busy.current = false; });
  };
  return { items, first: head.data, problem: head.problem, asking: head.asking, more,
    again: head.again };
}
