// patient_deeds.tsx: what can be done for a patient from anywhere: stop, pause, tag.
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { freshen, useAnswer } from "../api/answers";
import { call, get, type Shapes } from "../api/client";
import { ago, civil, fullDay, money, now, phone } from "../format";
import { Box, Field, Press, Tag } from "../parts/basic";
import { channelSign, Icon } from "../parts/icon";
import { Dialog, tell } from "../parts/over";
import { said, t } from "../words";
import { useSend } from "./enter";
import { isTheirs, tagWords } from "./reading";
import { may } from "./session";
import { BeforeCall } from "./summary";
import { titleOf } from "./titles";

export interface Named { readonly patient_id: string; readonly name: string }
type Asked = { readonly what: "opt_out" | "pause"; readonly patient: Named } | null;
const asked = signal<Asked>(null);

export const optOut = (patient: Named) => { asked.value = { what: "opt_out", patient }; };
export const pausePatient = (patient: Named) => { asked.value = { what: "pause", patient }; };

export function freshPatient(id: string): void {
  freshen(["patient", `patient:${id}`, "thread", "task"]);
}

function OptOut({ patient, onClose }: { patient: Named; onClose: () => void }) {
  const [channel, setChannel] = useState<"all" | "sms" | "email" | "voice">("all");
  const [scope, setScope] = useState<"marketing" | "all">("marketing");
  const [note, setNote] = useState("");
  const send = useSend(async () => {
    await call("post", "/api/v1/patients/{patient_id}/opt-out", { path: {
      patient_id: patient.patient_id }, body: { channel, scope, ...(note ? { note } : {}) } });
    freshPatient(patient.patient_id);
    onClose();
    tell(t("opted_out_done", { name: patient.name }));
  });
  return <Dialog title={t("opt_out_title", { name: patient.name })} onClose={onClose}>
    <form class="form" onSubmit={send.submit}>
      {send.general && <Box look="alarm">{send.general}</Box>}
      <p class="quiet">{t("opt_out_text")}</p>
      <div class="pair">
        <Field label={t("channel")} name="channel" wrong={send.fields}>{(aria) =>
          <select class="input" {...aria} value={channel} data-first onChange={(event) =>
            setChannel(event.currentTarget.value as typeof channel)}>
            {(["all", "sms", "email", "voice"] as const).map((one) =>
              <option key={one} value={one}>{said("channel", one)}</option>)}</select>}</Field>
        <Field label={t("scope")} name="scope" wrong={send.fields}>{(aria) =>
          <select class="input" {...aria} value={scope} onChange={(event) =>
            setScope(event.currentTarget.value as typeof scope)}>
            <option value="marketing">{t("scope_marketing")}</option>
            <option value="all">{t("scope_all")}</option></select>}</Field></div>
      <Field label={t("how_told")} name="note" wrong={send.fields} hint={t("how_told_hint")}>{(aria) =>
        <input class="input" {...aria} value={note} maxLength={1000}
          onInput={(event) => setNote(event.currentTarget.value)} />}</Field>
      <footer><Press onClick={onClose}>{t("cancel")}</Press>
        <Press look="danger main" submit busy={send.busy}>{t("opt_out_do")}</Press></footer>
    </form></Dialog>;
}

function Pause({ patient, onClose }: { patient: Named; onClose: () => void }) {
  const [until, setUntil] = useState("");
  const send = useSend(async () => {
    const path = { patient_id: patient.patient_id };
    await call("post", "/api/v1/patients/{patient_id}/pause", { path, body: until ? { until } : {} });
    freshPatient(patient.patient_id);
    onClose();
    tell(t("paused_done", { name: patient.name }), async () => {
      await call("delete", "/api/v1/patients/{patient_id}/pause", { path });
      freshPatient(patient.patient_id);
    });
  });
  return <Dialog title={t("pause_title", { name: patient.name })} onClose={onClose}>
    <form class="form" onSubmit={send.submit}>
      {send.general && <Box look="alarm">{send.general}</Box>}
      <p class="quiet">{t("pause_text")}</p>
      <Field label={t("pause_until")} hint={t("pause_until_hint")} name="until" wrong={send.fields}>
        {(aria) => <input class="input" type="date" {...aria} value={until}
          onInput={(event) => setUntil(event.currentTarget.value)} />}</Field>
      <footer><Press onClick={onClose}>{t("cancel")}</Press>
        <Press look="main" submit busy={send.busy} data-first>{t("pause_do")}</Press></footer>
    </form></Dialog>;
}

export function PatientDeeds() {
  const now = asked.value;
  if (!now) return null;
  const close = () => { asked.value = null; };
  return now.what === "opt_out" ? <OptOut patient={now.patient} onClose={close} />
    : <Pause patient={now.patient} onClose={close} />;
}

export function Tags({ id, tags }: { id: string; tags: readonly string[] }) {
  const [text, setText] = useState("");
  const writes = may("patients.write");
  const path = { patient_id: id };
  const add = useSend(async () => {
    const tag = text.trim();
    if (!tag) return;
    await call("post", "/api/v1/patients/{patient_id}/tags", { path, body: { tag } });
    setText("");
    freshPatient(id);
  });
  const drop = async (tag: string) => {
    await call("delete", "/api/v1/patients/{patient_id}/tags/{tag}", { path: { ...path, tag } });
    freshPatient(id);
    tell(t("tag_dropped", { tag }), async () => {
      await call("post", "/api/v1/patients/{patient_id}/tags", { path, body: { tag } });
      freshPatient(id);
    });
  };
  return <div class="row wrap tags">{tags.map((tag) => <span class="tag" key={tag}
    translate={!isTheirs(tag)}>{tagWords(tag)}
    {writes && <button type="button" aria-label={t("tag_drop", { tag: tagWords(tag) })} onClick={() => void drop(tag)}>
      <Icon sign="close" size={12} /></button>}</span>)}
    {writes && <form onSubmit={add.submit}><input class="tag-input" aria-label={t("tag_add")}
      placeholder={t("tag_add")} value={text} maxLength={60}
      onInput={(event) => setText(event.currentTarget.value)} /></form>}
    {add.problem && <span class="bad xs" role="alert">{add.general ?? add.fields[0]?.message}</span>}</div>;
}

// Beside a conversation: who this is, in a glance.
export function PatientCard({ patient, page }: { patient: Shapes["PatientRef"];
  page: Shapes["ThreadPage"] }) {
  const { data } = useAnswer(may("patients.read") ? `patient/${patient.patient_id}` : null,
    [`patient:${patient.patient_id}`],
    (stop) => get("/api/v1/patients/{patient_id}", { path: { patient_id: patient.patient_id }, stop }));
  const last = data?.appointments.find((one) => one.status === "completed");
  const next = data?.appointments.filter((one) => new Date(one.start) .getTime() > now()
    && !/cancel|no_show/.test(one.status)).at(-1);
  return <div class="glance">
    <a class="press" href={`#/patients/${patient.patient_id}`}>{t("open_patient")}</a>
    {data && <><dl class="facts">
      <dt>{t("next_visit")}</dt><dd>{next ? `${ago(next.start)} · ${next.service}` : t("none")}</dd>
      <dt>{t("last_visit")}</dt><dd>{last ? <>{fullDay(last.start)}<br />
        <span class="quiet">{[last.service, last.provider].filter(Boolean).join(", ")}</span></>
        : t("none")}</dd>
      <dt>{t("visits")}</dt><dd>{data.visits} · {money(data.value, true)}</dd>
      {data.birth_day && <><dt>{t("born")}</dt><dd>{civil(data.birth_day)}</dd></>}
      <dt>{t("language")}</dt><dd>{said("language", data.language)}</dd></dl>
      <section><h2>{t("tags")}</h2><Tags id={data.patient_id} tags={data.tags} /></section></>}
    {may("patients.read") && <BeforeCall thread_id={page.thread.thread_id} />}
    <section><h2>{t("reach")}</h2><ul class="steps">{page.addresses.map((one) =>
      <li key={one.address}><Icon sign={channelSign(one.channel)} size={16} />
        <span class="grow one">{one.channel === "email" ? one.address : phone(one.address)}</span>
        <Tag look={one.marketing === "open" ? "good" : "alarm"}>{one.marketing === "open"
          ? t("open") : t("closed")}</Tag></li>)}</ul></section>
    {page.automation.length > 0 && <section><h2>{t("playbooks")}</h2><ul class="steps">
      {page.automation.map((one) => <li key={one.enrollment_id}>
        <span class={`dot ${one.state === "held" ? "wait" : one.state === "active" ? "good" : ""}`} />
        <a class="grow" href={`#/playbooks/${one.playbook}`} translate={false}>{titleOf(one.playbook)}</a>
        <span class="xs faint">{one.state === "held" ? said("hold", one.hold)
          : one.next_at ? ago(one.next_at) : said("run_state", one.state)}</span></li>)}
    </ul></section>}
  </div>;
}
