// messages.tsx: what was said, by whom, what became of it, and what the engine made of it.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Shapes } from "../api/client";
import { acts } from "../api/pending";
import { clock, isSameDay, weekday } from "../format";
import { useKeys } from "../keys";
import { Attached } from "../parts/attached";
import { Linked, Press } from "../parts/basic";
import { channelSign, Icon } from "../parts/icon";
import { attempt } from "../parts/over";
import { known, said, t } from "../words";
import { Correct, Reading } from "./correction";
import { useEarlier } from "./earlier";
import { may } from "./session";

type Message = Shapes["Message"];

function fate(message: Message): string {
  return [said("state", message.state), message.delivery && message.delivery !== message.state
    ? said("delivery", message.delivery) : "", said("gate", message.code)].filter(Boolean).join(" · ");
}

function Bubble({ message, onCorrect }: { message: Message; onCorrect?: (() => void) | undefined }) {
  if (message.kind === "event") return <li class="happened xs"><Icon sign={channelSign(message.channel)}
    size={14} /><span>{message.body}</span><span class="faint">{clock(message.at)}</span></li>;
  return <li class={`bubble ${message.kind}`}>
    <div class="words">
      {message.kind === "note" && <span class="label row"><Icon sign="note" size={14} />
        {t("internal_note")}</span>}
      {message.subject && <b class="subject">{message.subject}</b>}
      {(message.body || !message.attachments.length) && <p dir="auto"><Linked text={message.body} /></p>}
      <Attached kinds={message.attachments} /></div>
    <footer class="xs faint"><span>{message.kind === "in" ? "" : known("by", message.by) ?? message.by}</span>
      <span class="row"><Icon sign={channelSign(message.channel)} size={13} />{clock(message.at)}</span>
      {message.kind === "out" && fate(message) && <span
        class={message.code || message.state === "failed" ? "bad" : ""}>{fate(message)}</span>}
    </footer>
    <Reading message={message} onCorrect={onCorrect} />
  </li>;
}

export function Messages({ page }: { page: Shapes["ThreadPage"] }) {
  const box = useRef<HTMLDivElement>(null);
  const earlier = useEarlier(page);
  const id = page.thread.thread_id;
  const last = page.messages.at(-1)?.message_id;
  useLayoutEffect(() => { box.current!.scrollTop = box.current!.scrollHeight; },
    [id, last, acts.value.length]);
  useLayoutEffect(() => { // whoever sees the last message goes on seeing it when the field below grows
    const node = box.current!;
    let at_end = true;
    const look = () => { at_end = node.scrollHeight - node.scrollTop - node.clientHeight < 4; };
    const watch = new ResizeObserver(() => { if (at_end) node.scrollTop = node.scrollHeight; });
    node.addEventListener("scroll", look, { passive: true });
    watch.observe(node);
    return () => {
      node.removeEventListener("scroll", look);
      watch.disconnect();
    };
  }, [id]);
  const [wrong, setWrong] = useState<Message | null>(null);
  const writes = may("inbox.write");
  const last_in = page.messages.filter((one) => one.kind === "in" && one.labels.length).at(-1);
  useKeys(writes && last_in ? [{ keys: "c", says: t("key_correct"), does: () => setWrong(last_in) }] : []);
  const { more } = earlier;
  const read = more && (() => attempt(async () => {
    const height = box.current!.scrollHeight;
    await more();
    requestAnimationFrame(() => { box.current!.scrollTop += box.current!.scrollHeight - height; });
  }));
  const all = [...earlier.items, ...page.messages];
  const going = acts.value.filter((one) => one.act.path === `/api/v1/threads/${id}/reply`);
  return <div class="messages grow" ref={box} tabIndex={0} role="group" aria-label={t("messages")}>
    {read && <Press look="small plain" onClick={() => void read()}>{t("earlier")}</Press>}
    <ol aria-live="polite" aria-relevant="additions">{all.map((message, i) => [
      !(all[i - 1] && isSameDay(all[i - 1]!.at, message.at)) && <li class="date xs"
        key={`d${message.message_id}`}>{weekday(message.at)}</li>,
      <Bubble message={message} key={message.message_id} onCorrect={message.kind === "in" && writes
        ? () => setWrong(message) : undefined} />])}
      {going.map(({ act, state }) => <li class="bubble out going" key={act.id}>
        <div class="words"><p>{(act.body as { body: string }).body}</p></div>
        <footer class="xs faint">{said("going", state)}</footer></li>)}</ol>
    {wrong && <Correct thread_id={id} message={wrong} onClose={() => setWrong(null)} />}
  </div>;
}
