// composer.tsx: an answer or a note. What the gate would say of it is shown while it is written.
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { call, get, type Shapes } from "../api/client";
import { post, refused } from "../api/pending";
import { useDraft } from "../drafts";
import { ago, phone } from "../format";
import { useKeys } from "../keys";
import { Box, Caps, Chips, Menu, problemWords } from "../parts/basic";
import { Icon } from "../parts/icon";
import { later } from "../parts/over";
import { language, n, t } from "../words";
import { inWords } from "../words/sentences";
import { FindTime } from "./openings";
import { threadName } from "./thread";
import { Drafted, Suggested, useSuggestion } from "./suggestion";

type Preview = Shapes["ReplyPreview"];
type Channel = "sms" | "email";

function usePreview(id: string, body: string, channel: Channel, subject: string): Preview | null {
  const [preview, setPreview] = useState<Preview | null>(null);
  useEffect(() => {
    if (!body.trim()) {
      setPreview(null);
      return;
    }
    const stop = new AbortController();
    const wait = setTimeout(() => {
      call("post", "/api/v1/threads/{thread_id}/preview", { path: { thread_id: id }, stop: stop.signal,
        body: { body, channel, ...(channel === "email" && subject ? { subject } : {}) } })
        .then((answer) => setPreview(answer.data), () => {});
    }, 250);
    return () => {
      clearTimeout(wait);
      stop.abort();
    };
  }, [id, body, channel, subject]);
  return preview;
}

// The address that this channel would write to, where nothing may be written to any of them.
function stoppedOf(addresses: readonly Shapes["ContactPoint"][], channel: Channel): string | null {
  const [first, ...others] = addresses.filter((one) => one.channel === channel);
  return first && [first, ...others].every((one) => one.care === "closed") ? phone(first.address) : null;
}

function Foresight({ preview }: { preview: Preview | null }) {
  if (!preview) return null;
  return <div class="foresight sm" role="status">
    {preview.answer === "allow" ? <span class="quiet">{preview.segments > 0
      ? n("segments", preview.segments) : t("may_go")}</span>
    : <span class={preview.answer === "drop" ? "bad" : "waits"}><Icon sign="clock" size={15} />
        {inWords(preview.message)} {preview.until && t("goes_at", { when: ago(preview.until) })}</span>}
    {preview.missing.length > 0 && <span class="bad">{t("missing_values",
      { names: preview.missing.join(", ") })}</span>}
  </div>;
}

export function Composer({ page, box }: { page: Shapes["ThreadPage"];
  box: RefObject<HTMLTextAreaElement> }) {
  const id = page.thread.thread_id;
  const reachable = (["sms", "email"] as const).filter((channel) =>
    page.addresses.some((one) => one.channel === channel));
  const [kind, setKind] = useState<"reply" | "note">("reply");
  const [channel, setChannel] = useState<Channel>(page.thread.channel === "email" ? "email" : "sms");
  const stopped = stoppedOf(page.addresses, channel);
  const [subject, setSubject, dropSubject] = useDraft(`subject/${id}`);
  const [body, setBody, dropBody] = useDraft(`${kind}/${id}`);
  const preview = usePreview(id, kind === "reply" ? body : "", channel, subject);
  const canned = useAnswer("canned", [], (stop) => get("/api/v1/canned-answers", { stop }));
  const problem = refused.value.get(`${kind}/${id}`) ?? null;
  const overtaken = problem?.status === 409 && problem.remedy; // the gate refuses without a way
  const suggestion = useSuggestion(page);
  const suggested = kind === "reply" && suggestion?.text && !body.includes(suggestion.text) ? suggestion : null;
  const draft = kind === "reply" && suggestion?.draft && !(suggestion.draft.text
    && body.includes(suggestion.draft.text)) ? suggestion.draft : null;
  const [began, setBegan, dropBegan] = useDraft(`drafted/${id}`); // the model's draft that the text began as
  const { patient } = page.thread;
  const [timing, setTiming] = useState(false);
  const put = (text: string) => {
    setBody(body.trim() ? `${body.trimEnd()} ${text}` : text);
    requestAnimationFrame(() => box.current?.focus());
  };
  const takeDraft = () => {
    if (!draft?.text) return;
    setBegan(draft.draft_id);
    put(draft.text);
  };
  useKeys([
    ...(draft?.state === "ready" ? [{ keys: "d", says: t("key_draft"), does: () => takeDraft() }] : []),
    ...(suggested ? [{ keys: "s", says: t("key_suggestion"), does: () => put(suggested.text!) }] : []),
    ...(patient ? [{ keys: "t", says: t("find_time"), does: () => setTiming(true) }] : [])]);

  const send = () => {
    const text = body.trim();
    if (!text) return;
    const seen = page.messages.at(-1);
    const topics = ["thread", `thread:${id}`, "task"];
    dropBody();
    if (kind === "note") {
      post({ path: `/api/v1/threads/${id}/notes`, body: { body: text },
        drafts: { [`note/${id}`]: text }, topics }, 0, () => {});
      return;
    }
    dropSubject();
    dropBegan();
    later(t("sending_soon"), { path: `/api/v1/threads/${id}/reply`, topics,
      about: { name: threadName(page.thread), to: `#/inbox/${id}` },
      body: { body: text, channel, ...(channel === "email" && subject ? { subject } : {}),
        ...(began ? { draft_id: began } : {}), ...(seen ? { seen_message_id: seen.message_id } : {}) },
      drafts: { [`reply/${id}`]: text, [`subject/${id}`]: subject, [`drafted/${id}`]: began } }, () => {});
  };

  const form = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => { // what is told with its way back stands above the field, not upon its buttons
    const root = document.documentElement.style;
    const watch = new ResizeObserver(() => root.setProperty("--below", `${form.current!.offsetHeight}px`));
    watch.observe(form.current!);
    return () => {
      watch.disconnect();
      root.removeProperty("--below");
    };
  }, []);

  return <><form class={`composer ${kind}`} ref={form} onSubmit={(event) => { event.preventDefault(); send(); }}>
    {problem && <Box look={overtaken ? "wait" : "alarm"}>{overtaken
      ? t("wrote_meanwhile") : problemWords(problem)}</Box>}
    <div class="row wrap">
      <Chips label={t("what_to_write")} value={kind} onPick={setKind} options={[
        { id: "reply", text: t("reply") }, { id: "note", text: t("internal_note") }]} />
      {kind === "reply" && reachable.length > 1 && <Chips label={t("channel")} value={channel}
        onPick={setChannel} options={reachable.map((one) => ({ id: one,
          text: t(one === "sms" ? "channel_sms" : "channel_email") }))} />}
    </div>
    {kind === "reply" && stopped && <Box look="alarm" sign="stop">{t("address_stopped", { address: stopped })}</Box>}
    {kind === "reply" && channel === "email" && <input class="input" aria-label={t("subject")}
      placeholder={t("subject")} value={subject} maxLength={200}
      onInput={(event) => setSubject(event.currentTarget.value)} />}
    {suggested && <Suggested one={suggested} onTake={() => put(suggested.text!)} />}
    {draft && <Drafted draft={draft} onTake={takeDraft} />}
    <textarea class="input" ref={box} rows={3} value={body} maxLength={8000}
      aria-label={kind === "reply" ? t("your_reply") : t("internal_note")}
      placeholder={kind === "reply" ? t("reply_hint", { name: threadName(page.thread).slice(0, 40) }) : t("note_hint_inbox")}
      onInput={(event) => setBody(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          send();
        } else if (event.key === "Escape") event.currentTarget.blur();
      }} />
    <div class="row wrap"><Foresight preview={preview} />
      <span class="end row">
        {patient && <button type="button" class="press small" onClick={() => setTiming(true)}>
          <Icon sign="calendar" size={16} />{t("find_time")}</button>}
        {kind === "reply" && page.draft && !body && <button type="button" class="press small"
          onClick={() => setBody(page.draft ?? "")}><Icon sign="leaf" size={16} />{t("use_draft")}
        </button>}
        {kind === "reply" && (canned.data?.items.length ?? 0) > 0 && <Menu says={t("canned")}
          sign="note" up items={[...canned.data!.items]
            .sort((a, b) => Number(b.language === language.value) - Number(a.language === language.value))
            .map((one) => ({ text: one.name, does: () => put(one.body) }))} />}
      <button type="submit" class="press main" disabled={!body.trim()}
        aria-keyshortcuts="Control+Enter Meta+Enter">
        {kind === "reply" ? t("send") : t("add_note")}<Caps keys="mod+Enter" /></button></span></div>
  </form>
  {timing && patient && <FindTime patient={patient} onClose={() => setTiming(false)}
    words={page.messages.filter((one) => one.kind === "in").at(-1)?.body ?? ""}
    {...(kind === "reply" ? { onSay: put } : {})} />}</>;
}
