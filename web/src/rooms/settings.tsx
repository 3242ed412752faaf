// settings.tsx: the practice, its channels, its words, its people; and one's own account.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { freshen, useAnswer } from "../api/answers";
import { call, Problem, type Shapes } from "../api/client";
import { useDraft } from "../drafts";
import { civil } from "../format";
import { Bones, Box, Field, Press, problemWords, Tag, Trouble } from "../parts/basic";
import { channelSign, Icon } from "../parts/icon";
import { tell } from "../parts/over";
import { place } from "../router";
import { Page } from "../shell/shell";
import { said, t } from "../words";
import { Account } from "./account";
import { useSend } from "./enter";
import { Imports } from "./imports";
import { Keys, Webhooks } from "./keys_hooks";
import { Roles, Staff } from "./staff";
import { may, refreshSession } from "./session";

type S = Shapes["Settings"];

function useSettings() {
  return useAnswer("settings", ["settings"], (stop) => call("get", "/api/v1/settings", { stop })
    .then((answer) => ({ ...answer.data, etag: answer.etag || answer.data.etag })));
}

export function PracticeForm({ settings, onSaved }: { settings: S; onSaved: () => void }) {
  const first = { name: settings.name, legal_name: settings.legal_name ?? "",
    phone: settings.phone ?? "", address: settings.address ?? "", state: settings.state,
    timezone: settings.zone, booking_url: settings.booking_url ?? "",
    public_url: settings.public_url ?? "", send_from: settings.send_from,
    idle_logoff_min: settings.idle_logoff_min, adults_only: settings.adults_only,
    never_name_treatment: settings.never_name_treatment };
  const [form, setForm] = useState(first);
  const [etag, setEtag] = useState(settings.etag);
  const changed = Object.fromEntries(Object.entries(form).filter(([name, value]) =>
    value !== first[name as keyof typeof first]));
  const send = useSend(async () => {
    const answer = await call("patch", "/api/v1/settings", { body: changed, etag });
    setEtag(answer.etag || answer.data.etag);
    freshen(["settings"]);
    void refreshSession();
    tell(t("saved"));
    onSaved();
  });
  useEffect(() => { if (!Object.keys(changed).length) setEtag(settings.etag); }, [settings.etag]);
  const write = may("settings.write");
  const line = (name: "name" | "legal_name" | "phone" | "address" | "state" | "timezone"
    | "booking_url" | "public_url" | "send_from", type = "text") =>
    <Field label={said("setting", name)} hint={said("setting_hint", name).startsWith(name
      .replaceAll("_", " ")) ? undefined : said("setting_hint", name)} name={name} wrong={send.fields}>
      {(aria) => <input class="input" type={type} {...aria} disabled={!write} value={form[name]}
        onInput={(event) => setForm({ ...form, [name]: event.currentTarget.value })} />}</Field>;
  const flag = (name: "adults_only" | "never_name_treatment") => <label class="check">
    <input type="checkbox" checked={form[name]} disabled={!write} onChange={(event) =>
      setForm({ ...form, [name]: event.currentTarget.checked })} /><span>{said("setting", name)}
      <br /><span class="sm quiet">{said("setting_hint", name)}</span></span></label>;
  return <form class="form" onSubmit={send.submit}>
    {send.problem?.status === 412 ? <Box look="wait">{t("changed_meanwhile")}{" "}
      <Press look="small" onClick={() => { setEtag(settings.etag); send.clear(); }}>{t("keep_mine")}
      </Press></Box> : send.general && <Box look="alarm">{send.general}</Box>}
    <div class="pair">{line("name")}{line("legal_name")}</div>
    <div class="pair">{line("phone", "tel")}{line("address")}</div>
    <div class="pair">{line("state")}{line("timezone")}</div>
    <div class="pair">{line("booking_url")}{line("public_url")}</div>
    <div class="pair">{line("send_from")}
      <Field label={t("idle_min")} hint={t("idle_hint")} name="idle_logoff_min" wrong={send.fields}>
        {(aria) => <input class="input" type="number" min={5} max={240} {...aria} disabled={!write}
          value={form.idle_logoff_min} onInput={(event) => setForm({ ...form,
            idle_logoff_min: event.currentTarget.valueAsNumber })} />}</Field></div>
    {flag("adults_only")}{flag("never_name_treatment")}
    {write && <div class="row"><Press look="main" submit busy={send.busy}
      disabled={!Object.keys(changed).length}>{t("save")}</Press></div>}
  </form>;
}

export function ConsentForm({ settings, onSaved }: { settings: S; onSaved: () => void }) {
  const [text, keep, drop] = useDraft("consent-form");
  const send = useSend(async () => {
    await call("patch", "/api/v1/settings", { body: { consent_form_text: text }, etag: settings.etag });
    freshen(["settings"]);
    drop();
    tell(t("saved"));
    onSaved();
  });
  return <form class="form" onSubmit={send.submit}>
    {send.general && <Box look="alarm">{send.general}</Box>}
    <p class="quiet">{t("consent_form_text")}</p>
    {settings.consent_form && <Box look="good" sign="check">{t("consent_form_there",
      { file: settings.consent_form })}</Box>}
    <Field label={t("consent_form")} name="consent_form_text" wrong={send.fields}>{(aria) =>
      <textarea class="input" rows={9} {...aria} value={text} maxLength={60000} required
        placeholder={t("consent_form_hint")} onInput={(event) => keep(event.currentTarget.value)} />}
    </Field>
    {may("settings.write") && <div class="row"><Press look="main" submit busy={send.busy}
      disabled={!text.trim()}>{t("save")}</Press></div>}</form>;
}

function Channels({ settings }: { settings: S }) {
  return <ul class="cards">{settings.channels.map((one) => <li class="card" key={one.channel}>
    <header><Icon sign={channelSign(one.channel)} size={22} /><div class="grow">
      <h2>{said("channel", one.channel)}</h2><p class="sm quiet">{[one.driver, one.from]
        .filter(Boolean).join(" · ")}</p></div>
      <Tag look={one.ready ? "good" : "alarm"}>{one.ready ? t("ready") : t("not_ready")}</Tag></header>
    <dl class="facts"><dt>{t("vendor")}</dt><dd>{one.vendor ?? "–"}</dd><dt>{t("baa")}</dt>
      <dd>{one.baa_signed ? <>{t("baa_signed", { when: civil(one.baa_signed) })}
        {one.baa_until && ` · ${t("baa_until", { when: civil(one.baa_until) })}`}</>
        : one.ready ? t("baa_own") : <span class="bad">{t("baa_none")}</span>}</dd></dl>
    {one.problem && <Box look="alarm">{one.problem}</Box>}</li>)}
    <li><p class="sm quiet">{t("channels_text")}</p></li></ul>;
}

function Caps({ settings }: { settings: S }) {
  const rows = ["marketing_per_day_max", "marketing_per_7_days_max", "marketing_per_30_days_max",
    "sends_per_day_max", "calls_per_day_max", "booking_data_age_max_hours"] as const;
  return <><p class="quiet gap-below">{t("caps_text")}</p><dl class="facts broad">{rows.map((name) =>
    [<dt key={name}>{said("setting", name)}</dt>, <dd key={`d${name}`}>{settings[name]}</dd>])}
    <dt>{t("holidays")}</dt><dd>{settings.holidays.length ? settings.holidays.map((one) =>
      /^\d{4}-/.test(one) ? civil(one) : one).join(", ") : t("none")}</dd></dl></>;
}

// A file as text: what cannot be read is refused with its line, and nobody's edit is overwritten.
function TextFile({ name, read, write, allowed }: { name: string; allowed: boolean;
  read: (stop: AbortSignal) => Promise<{ data: { source: string; etag: string }; etag: string }>;
  write: (source: string, etag: string) => Promise<unknown> }) {
  const file = useAnswer(`file/${name}`, ["settings"], (stop) => read(stop).then((answer) => ({
    source: answer.data.source, etag: answer.etag || answer.data.etag })));
  const [draft, keep, drop] = useDraft(`file/${name}`);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  if (file.problem && !file.data) return <Trouble problem={file.problem} again={file.again} />;
  if (!file.data) return <Bones lines={8} />;
  const text = draft || file.data.source;
  const save = () => {
    setBusy(true);
    setProblem(null);
    write(text, file.data!.etag).then(() => {
      drop();
      freshen(["settings", "playbook"]);
      file.again();
      tell(t("saved"));
    }, (error: unknown) => { if (error instanceof Problem) setProblem(error); })
      .finally(() => setBusy(false));
  };
  return <div class="col">{problem && <Box look={problem.status === 412 ? "wait" : "alarm"}>
    {problem.status === 412 ? <>{t("changed_meanwhile")} <Press look="small" onClick={() => {
      setProblem(null); file.again(); }}>{t("keep_mine")}</Press></> : <>{problemWords(problem)}
      {problem.fields.map((one) => <p key={one.field + one.message}>{one.message}</p>)}</>}</Box>}
    <textarea class="input mono code" rows={26} spellcheck={false} readOnly={!allowed} value={text}
      aria-label={t("text_of", { name })} onInput={(event) => keep(event.currentTarget.value)} />
    {allowed && <div class="row">{text !== file.data.source && <Press look="plain" sign="undo"
      onClick={drop}>{t("discard")}</Press>}<Press look="main end" busy={busy} onClick={save}
      disabled={text === file.data.source}>{t("save")}</Press></div>}</div>;
}

interface Part { readonly id: string; readonly may: string }
const parts: readonly Part[] = [
  { id: "account", may: "self" }, { id: "practice", may: "settings.read" },
  { id: "consent", may: "settings.read" }, { id: "channels", may: "settings.read" },
  { id: "caps", may: "settings.read" }, { id: "imports", may: "imports.read" },
  { id: "definitions", may: "playbooks.read" }, { id: "staff", may: "staff.read" },
  { id: "roles", may: "self" }, { id: "keys", may: "keys.manage" },
  { id: "webhooks", may: "keys.manage" }, { id: "file", may: "settings.read" },
];
const allowed = (part: Part) => part.may === "self" || may(part.may);

function Body({ id }: { id: string }): ComponentChildren {
  const settings = useSettings();
  const needs = ["practice", "consent", "channels", "caps"].includes(id);
  if (needs && settings.problem && !settings.data) return <Trouble problem={settings.problem}
    again={settings.again} />;
  if (needs && !settings.data) return <Bones lines={7} />;
  switch (id) {
    case "practice": return <PracticeForm settings={settings.data!} onSaved={settings.again} />;
    case "consent": return <ConsentForm settings={settings.data!} onSaved={settings.again} />;
    case "channels": return <Channels settings={settings.data!} />;
    case "caps": return <Caps settings={settings.data!} />;
    case "imports": return <Imports />;
    case "definitions": return <TextFile name="definitions.yaml" allowed={may("playbooks.write")}
      read={(stop) => call("get", "/api/v1/definitions", { stop })}
      write={(source, etag) => call("put", "/api/v1/definitions", { body: { source }, etag })} />;
    case "file": return <TextFile name="perennial.yaml" allowed={may("settings.write")}
      read={(stop) => call("get", "/api/v1/settings/source", { stop })}
      write={(source, etag) => call("put", "/api/v1/settings/source", { body: { source }, etag })} />;
    case "staff": return <Staff />;
    case "roles": return <Roles />;
    case "keys": return <Keys />;
    case "webhooks": return <Webhooks />;
    default: return <Account />;
  }
}

export function Settings() {
  const list = parts.filter(allowed);
  const id = list.find((part) => part.id === place.value.path[1])?.id ?? "account";
  return <Page title={t("settings")}><div class="settings">
    <nav class="subnav" aria-label={t("sections")}>{list.map((part) => <a key={part.id}
      href={`#/settings/${part.id}`} aria-current={part.id === id ? "page" : undefined}>
      {said("part", part.id)}</a>)}</nav>
    <section class="settings-body" aria-labelledby="part-head" key={id}>
      <h2 id="part-head" class="part-head">{said("part", id)}</h2><Body id={id} /></section>
  </div></Page>;
}
