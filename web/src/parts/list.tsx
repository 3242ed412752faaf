// list.tsx: a list of any length, of which only what is seen exists.
//
// Rows have one height. One of them is "on": j and k or the arrows move it, Enter opens it. Rows are
// read out with their place in the whole; the next page is fetched before its end is reached.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useKeys } from "../keys";
import { t } from "../words";

interface ListProps<T> {
  readonly items: readonly T[];
  readonly idOf: (item: T) => string;
  readonly row: (item: T, on: boolean) => ComponentChildren;
  readonly height: number;
  readonly label: string;
  readonly on?: string | null;
  readonly onMove?: (item: T) => void;
  readonly onOpen: (item: T) => void;
  readonly onEnd?: (() => void) | undefined;
  readonly total?: number | undefined;
  readonly keys?: boolean;
}

const EXTRA = 8; // rows kept beyond both edges

export function List<T>(props: ListProps<T>) {
  const { items, idOf, height } = props;
  const box = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ top: 0, rows: 24 });
  const [moved, setMoved] = useState<string | null>(null);
  const onId = props.on ?? moved;
  const at = items.findIndex((item) => idOf(item) === onId);

  useLayoutEffect(() => {
    const node = box.current!;
    const look = () => {
      const top = Math.floor(node.scrollTop / height);
      const rows = Math.ceil(node.clientHeight / height);
      setSeen((old) => (old.top === top && old.rows === rows ? old : { top, rows }));
    };
    look();
    node.addEventListener("scroll", look, { passive: true });
    const watch = new ResizeObserver(look);
    watch.observe(node);
    return () => {
      node.removeEventListener("scroll", look);
      watch.disconnect();
    };
  }, [height]);

  const first = Math.max(0, seen.top - EXTRA);
  const last = Math.min(items.length, seen.top + seen.rows + EXTRA);
  useEffect(() => {
    if (last >= items.length - EXTRA * 2) props.onEnd?.();
  }, [last, items.length]);

  const move = (step: number) => {
    const next = items[Math.min(items.length - 1, Math.max(0, at + step))];
    if (!next) return;
    const index = items.indexOf(next);
    const node = box.current!;
    if (index * height < node.scrollTop) node.scrollTop = index * height;
    else if ((index + 1) * height > node.scrollTop + node.clientHeight)
      node.scrollTop = (index + 1) * height - node.clientHeight;
    setMoved(idOf(next));
    props.onMove?.(next);
  };
  const open = () => { if (items[at]) props.onOpen(items[at]); };
  useKeys(props.keys === false ? [] : [
    { keys: "j", says: t("key_next"), does: () => move(1) },
    { keys: "k", says: t("key_previous"), does: () => move(-1) },
    { keys: "ArrowDown", says: t("key_next"), does: () => move(1), hidden: true },
    { keys: "ArrowUp", says: t("key_previous"), does: () => move(-1), hidden: true },
    { keys: "o", says: t("key_open"), does: open },
  ]);

  return <div class="list grow" ref={box} tabIndex={0} role="group" aria-label={props.label}
    onKeyDown={(event) => {
      if (event.key === "Enter" && event.target === box.current) open();
    }}>
    <ul class="inner" style={{ height: `${items.length * height}px` }}>
      {items.slice(first, last).map((item, i) => {
        const id = idOf(item);
        return <li class="slot" key={id} aria-setsize={props.total ?? items.length}
          aria-posinset={first + i + 1}
          style={{ height: `${height}px`, transform: `translateY(${(first + i) * height}px)` }}>
          {props.row(item, id === onId)}
        </li>;
      })}
    </ul>
  </div>;
}
