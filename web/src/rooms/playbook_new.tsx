// playbook_new.tsx: a playbook or a message of one's own, begun from another or from next to nothing.
import { useState } from "preact/hooks";
import { freshen, useAnswer } from "../api/answers";
import { call, get, type Shapes } from "../api/client";
import { Box, Field, Press } from "../parts/basic";
import { Dialog } from "../parts/over";
import { go } from "../router";
import { said, t } from "../words";
import { useSend } from "./enter";

const slug = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()
  .replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 64);

export function NewPlaybook({ own, onClose }: { own: readonly Shapes["PlaybookItem"][];
  onClose: () => void }) {
  const shipped = useAnswer("shipped-playbooks", [], (stop) => get("/api/v1/shipped-playbooks", { stop }));
  const [title, setTitle] = useState("");
  const [typed, setTyped] = useState<string | null>(null);
  const [from, setFrom] = useState("");
  const name = typed ?? slug(title);
  const send = useSend(async () => {
    const made = await call("post", "/api/v1/playbooks", { body: { name,
      ...(title.trim() ? { title: title.trim() } : {}), ...(from ? { from } : {}) } });
    freshen(["playbook"]);
    onClose();
    go("playbooks", made.data.playbook.name, "text");
  });
  const others = (shipped.data?.items ?? []).filter((one) => !own.some((mine) => mine.name === one.name));
  return <Dialog title={t("playbook_new")} onClose={onClose}><form class="form" onSubmit={send.submit}>
    {send.general && <Box look="alarm">{send.general}</Box>}
    <p class="quiet">{t("playbook_new_text")}</p>
    <Field label={t("title")} name="title" wrong={send.fields}>{(aria) => <input class="input" required
      maxLength={200} data-first {...aria} value={title}
      onInput={(event) => setTitle(event.currentTarget.value)} />}</Field>
    <Field label={t("file_name")} hint={t("file_name_hint")} name="name" wrong={send.fields}>{(aria) =>
      <input class="input mono" required maxLength={64} {...aria} value={name} spellcheck={false}
        onInput={(event) => setTyped(event.currentTarget.value)} />}</Field>
    <Field label={t("begin_from")} name="from" wrong={send.fields}>{(aria) => <select class="input" {...aria}
      value={from} onChange={(event) => setFrom(event.currentTarget.value)}>
      <option value="">{t("begin_small")}</option>
      {[...own, ...others].map((one) => <option key={one.name} value={one.name}>{one.title}</option>)}
      </select>}</Field>
    <footer><Press onClick={onClose}>{t("cancel")}</Press><Press look="main" submit busy={send.busy}
      disabled={!name}>{t("begin")}</Press></footer></form></Dialog>;
}

const channels = ["sms", "email", "voice", "task"] as const;

export function NewPiece({ onClose }: { onClose: () => void }) {
  const [form, setForm] = useState({ name: "", channel: "sms" as typeof channels[number],
    wording: "generic" as "generic" | "specific", language: "en",
    source: "---\npurpose: marketing\n---\n" });
  const send = useSend(async () => {
    const made = await call("post", "/api/v1/templates", { body: form });
    freshen(["playbook"]);
    onClose();
    go("playbooks", "templates", form.name, made.data.file.split("/").at(-1)!);
  });
  const pick = <K extends "channel" | "wording" | "language">(name: K, values: readonly string[],
    label: string, prefix: string) => <Field label={label} name={name} wrong={send.fields}>{(aria) =>
      <select class="input" {...aria} value={form[name]} onChange={(event) => setForm({ ...form,
        [name]: event.currentTarget.value })}>{values.map((one) => <option key={one} value={one}>
        {said(prefix, one)}</option>)}</select>}</Field>;
  return <Dialog title={t("piece_new")} onClose={onClose} broad><form class="form" onSubmit={send.submit}>
    {send.general && <Box look="alarm">{send.general}</Box>}
    <Field label={t("file_name")} hint={t("file_name_hint")} name="name" wrong={send.fields}>{(aria) =>
      <input class="input mono" required maxLength={64} data-first {...aria} value={form.name}
        spellcheck={false} onInput={(event) => setForm({ ...form, name: event.currentTarget.value })} />}
    </Field>
    <div class="pair">{pick("channel", channels, t("channel"), "channel")}
      {pick("wording", ["generic", "specific"], t("pieces"), "wording")}
      {pick("language", ["en", "es"], t("language"), "language")}</div>
    <Field label={t("text_of", { name: form.name || t("piece_new") })} name="source" wrong={send.fields}>
      {(aria) => <textarea class="input mono" rows={8} required {...aria} value={form.source}
        onInput={(event) => setForm({ ...form, source: event.currentTarget.value })} />}</Field>
    <footer><Press onClick={onClose}>{t("cancel")}</Press><Press look="main" submit busy={send.busy}>
      {t("begin")}</Press></footer></form></Dialog>;
}
