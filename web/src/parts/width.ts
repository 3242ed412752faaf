// width.ts: how wide a part is on screen right now, for pictures that are drawn to measure.
import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

export function useWidth<T extends Element>(): [RefObject<T>, number] {
  const box = useRef<T>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const watch = new ResizeObserver(([seen]) => setWidth(seen?.contentRect.width ?? 0));
    watch.observe(box.current!);
    return () => watch.disconnect();
  }, []);
  return [box, width];
}
