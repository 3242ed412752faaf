// earlier.ts: the messages before those that a conversation comes with, a page at a time.
//
// Once asked for they stay, and are read again with the conversation: what is said far up anew shows at
// once, and a message that the newest ones have pushed out of the first page is not lost between the two.
import { useEffect, useState } from "preact/hooks";
import { get, unaskedFor, type Shapes } from "../api/client";

type Message = Shapes["Message"];
interface Earlier { readonly items: readonly Message[]; readonly before: string | null | undefined }

const STEP = 50;
const AGAIN = 200; // as many as one answer holds

const placeOf = (items: readonly Message[], message: Message) =>
  items.findIndex((one) => one.message_id === message.message_id);

export function useEarlier(page: Shapes["ThreadPage"]) {
  const thread_id = page.thread.thread_id;
  const [earlier, setEarlier] = useState<Earlier>({ items: [], before: page.before });
  const read = (before: string, limit: number) =>
    get("/api/v1/threads/{thread_id}", { path: { thread_id }, query: { before, limit } });

  // From the first that is shown up to those of the page.
  const readAgain = async (first: Message, wanted: () => boolean): Promise<readonly Message[]> => {
    let items: readonly Message[] = [];
    for (let before = page.before; before && wanted();) {
      const from = before;
      const more = await unaskedFor(() => read(from, AGAIN));
      items = [...more.messages, ...items];
      const at = placeOf(items, first);
      if (at >= 0) return items.slice(at);
      before = more.before;
    }
    return [];
  };

  useEffect(() => {
    const [first] = earlier.items;
    if (!first) {
      setEarlier({ items: [], before: page.before });
      return undefined;
    }
    let wanted = true;
    readAgain(first, () => wanted).then((items) => {
      if (wanted && items.length) setEarlier((now) => {
        const at = placeOf(now.items, first); // more may have come above it meanwhile
        return at < 0 ? now : { items: [...now.items.slice(0, at), ...items], before: now.before };
      });
    }, () => { /* it is read with the next change */ });
    return () => { wanted = false; };
  }, [page]);

  const { before } = earlier;
  return { items: earlier.items, more: before ? async () => {
    const more = await read(before, STEP);
    setEarlier((now) => (now.before === before
      ? { items: [...more.messages, ...now.items], before: more.before } : now));
  } : undefined };
}
