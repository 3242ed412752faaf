// wide.tsx: a table. Where there is no room for its columns each row is folded: its first cell is its head, the
// others stand below with the names of their columns. What is folded by the style stays a table for a reader.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

const ROLES = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TR: "row", TH: "columnheader", TD: "cell" };

export function Wide({ children }: { children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => { // after every drawing: rows come and go
    const heads = [...box.current!.querySelectorAll("thead th")].map((one) => one.textContent ?? "");
    for (const node of box.current!.querySelectorAll("table, thead, tbody, tr, th, td"))
      node.setAttribute("role", ROLES[node.tagName as keyof typeof ROLES]);
    for (const row of box.current!.querySelectorAll("tbody tr"))
      [...row.children].forEach((cell, i) => cell.setAttribute("data-head", heads[i] ?? ""));
  });
  return <div class="wide fold" tabIndex={0} ref={box}>{children}</div>;
}
