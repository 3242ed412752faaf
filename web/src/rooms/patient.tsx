// patient.tsx: one person's page: what happened in order, what may be sent, and always why.
import { useEffect, useRef, useState } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { call, get, type Shapes } from "../api/client";
import { usePages } from "../api/pages";
import { ago, civil, clock, fullDay, isSameDay, moment, money, phone, today } from "../format";
import { useKeys } from "../keys";
import { Attached } from "../parts/attached";
import { Bones, Box, Empty, Face, Field, Gone, isDead, Linked, Menu, Press, Tag, Trouble } from "../parts/basic";
import { channelSign, Icon, type Sign } from "../parts/icon";
import { Dialog, tell } from "../parts/over";
import { Wide } from "../parts/wide";
import { go, place, swap } from "../router";
import { known, said, t } from "../words";
import { actorWords } from "./audit_detail";
import { useSend } from "./enter";
import { Disclosures } from "./disclosures";
import { Duplicates } from "./duplicates";
import { Explain } from "./explain";
import { FindTime } from "./openings";
import { AddAddress, AddressMenu, EditPatient, Edits } from "./patient_edit";
import { freshPatient, optOut, pausePatient, Tags } from "./patient_deeds";
import { may } from "./session";
import { titleOf } from "./titles";
import { WaitsFor } from "./waitlist";
import { PutOn } from "./waitlist_add";

type P = Shapes["Patient"];
type Tab = "timeline" | "visits" | "permission" | "why" | "disclosures";

function signOf(item: Shapes["TimelineItem"]): Sign {
  switch (item.kind) {
    case "message_out": case "message_in": return channelSign(item.channel);
    case "note": return "note";
    case "task": return "task";
    case "appointment": return "calendar";
    case "enrollment": return "playbooks";
  }
}

// Whose words these are, rather than the number they came from.
function headOf(item: Shapes["TimelineItem"]): string {
  switch (item.kind) {
    case "message_in": return t("patient_wrote");
    case "enrollment": return item.code === "ended" ? t("left_playbook")
      : item.text === "holdout" ? t("left_out") : t("entered_playbook");
    case "note": return t("internal_note");
    case "task": return said("task", item.code);
    case "message_out": case "appointment": return item.title;
  }
}

// A subject that ends by itself needs no point before what follows it.
const tidied = (item: Shapes["TimelineItem"]) => (item.kind === "message_out"
  ? item.text!.replace(/^([^\n]{1,200}?[?!…])\. /, "$1 ") : item.text!);

// A letter is not the whole page: its beginning stands there, the rest is one press away.
const LONG = 360;
const LINES = 5;

function Folded({ text }: { text: string }) {
  const [open, setOpen] = useState(false);
  const long = text.length > LONG || text.split("\n").length > LINES;
  return <>
    <p class={`quiet said-text ${long && !open ? "folded" : ""}`} dir="auto"><Linked text={text} /></p>
    {long && <button type="button" class="quiet-press xs" aria-expanded={open} onClick={() => setOpen(!open)}>
      {open ? t("less_text") : t("more_text")}</button>}</>;
}

function Timeline({ id }: { id: string }) {
  const pages = usePages<Shapes["TimelineItem"], Shapes["Timeline"]>(`timeline/${id}`,
    [`patient:${id}`, `thread:${id}`], (cursor, stop) => get("/api/v1/patients/{patient_id}/timeline", {
      path: { patient_id: id }, query: { limit: 60, ...(cursor ? { cursor } : {}) },
      ...(stop ? { stop } : {}) }));
  if (pages.problem && !pages.first) return <Trouble problem={pages.problem} again={pages.again} />;
  if (!pages.first) return <Bones lines={7} />;
  if (!pages.items.length) return <Empty sign="leaf" title={t("timeline_empty")}>
    {t("timeline_empty_text")}</Empty>;
  return <><ol class="story">{pages.items.map((item, i) => {
    const before = pages.items[i - 1];
    return <li key={item.id} class={item.kind}>
      <span class="day xs faint">{before && isSameDay(before.at, item.at) ? "" : fullDay(item.at)}</span>
      <span class="mark"><Icon sign={signOf(item)} size={16} /></span>
      <div class="grow"><p><b>{headOf(item)}</b> {item.state && item.kind !== "message_in" && <Tag look={/fail|drop|no_show|cancel|bounce/
        .test(item.state) ? "alarm" : /completed|delivered|booked/.test(item.state) ? "good" : ""}>
        {said("state", item.state)}</Tag>} <span class="xs faint">{clock(item.at)}
        {item.playbook && <span translate={false}> · {titleOf(item.playbook)}</span>}</span></p>
        {item.text && item.kind !== "enrollment" && <Folded text={tidied(item)} />}
        <Attached kinds={item.attachments} /></div></li>;
  })}</ol>
    {pages.more && <Press onClick={pages.more}>{t("earlier")}</Press>}</>;
}

function Visits({ patient }: { patient: P }) {
  return <>
    {patient.clocks.length > 0 && <section><h2 class="gap-below">{t("clocks")}</h2>
      <Wide><table class="table"><thead><tr><th>{t("service")}</th>
        <th>{t("last_visit")}</th><th>{t("clock_due")}</th><th>{t("clock_late")}</th>
        <th>{t("clock_lost")}</th><th class="num">{t("visits")}</th></tr></thead>
        <tbody>{patient.clocks.map((one) => <tr key={one.service}><td>{one.service}</td>
          <td>{civil(one.last)}</td><td>{one.due ? civil(one.due) : "–"}</td>
          <td>{one.late ? civil(one.late) : "–"}</td><td>{one.lost ? civil(one.lost) : "–"}</td>
          <td class="num">{one.visits}</td></tr>)}</tbody></table></Wide></section>}
    <section><h2 class="gap-below">{t("appointments")}</h2>
      {patient.appointments.length ? <Wide><table class="table"><thead><tr>
        <th>{t("when")}</th><th>{t("service")}</th><th>{t("provider")}</th><th>{t("state_head")}</th>
        <th class="num">{t("total")}</th></tr></thead><tbody>{patient.appointments.map((one) =>
          <tr key={one.appointment_id}><td>{moment(one.start)}</td><td>{one.service}</td>
            <td>{one.provider ?? "–"}</td><td><Tag look={one.status === "completed" ? "good"
              : /no_show|cancel/.test(one.status) ? "alarm" : ""}>{said("state", one.status)}</Tag></td>
            <td class="num">{money(one.total)}</td></tr>)}</tbody></table></Wide>
      : <p class="quiet">{t("no_appointments")}</p>}</section></>;
}

function GiveConsent({ patient, onClose }: { patient: P; onClose: () => void }) {
  const [form, setForm] = useState({ channel: "sms" as Shapes["Consent"]["channel"],
    purpose: "marketing" as Shapes["Consent"]["purpose"],
    class: "written" as Shapes["Consent"]["class"],
    given: today(), evidence: "" });
  const send = useSend(async () => {
    await call("post", "/api/v1/patients/{patient_id}/consents", {
      path: { patient_id: patient.patient_id }, body: form });
    freshPatient(patient.patient_id);
    onClose();
    tell(t("consent_kept"));
  });
  const pick = (name: "channel" | "purpose" | "class", values: readonly string[], prefix: string) =>
    <Field label={t(name)} name={name} wrong={send.fields}>{(aria) =>
      <select class="input" {...aria} value={form[name]} onChange={(event) =>
        setForm({ ...form, [name]: event.currentTarget.value })}>
        {values.map((one) => <option key={one} value={one}>{said(prefix, one)}</option>)}</select>}
    </Field>;
  return <Dialog title={t("consent_new")} onClose={onClose}><form class="form" onSubmit={send.submit}>
    {send.general && <Box look="alarm">{send.general}</Box>}
    <div class="pair">{pick("channel", ["sms", "email", "voice", "phi"], "channel")}
      {pick("purpose", ["marketing", "care"], "purpose")}</div>
    <div class="pair">{pick("class", ["written", "express"], "class")}
      <Field label={t("given_on")} name="given" wrong={send.fields}>{(aria) =>
        <input class="input" type="date" required {...aria} value={form.given}
          onInput={(event) => setForm({ ...form, given: event.currentTarget.value })} />}</Field></div>
    <Field label={t("evidence")} hint={t("evidence_hint")} name="evidence" wrong={send.fields}>{(aria) =>
      <textarea class="input" required rows={3} {...aria} value={form.evidence}
        onInput={(event) => setForm({ ...form, evidence: event.currentTarget.value })} />}</Field>
    <footer><Press onClick={onClose}>{t("cancel")}</Press>
      <Press look="main" submit busy={send.busy}>{t("keep")}</Press></footer></form></Dialog>;
}

function Permission({ patient }: { patient: P }) {
  const [adding, setAdding] = useState(false);
  const [address, setAddress] = useState<string | null>(null); // "": a new one
  const writes = may("patients.write");
  return <>
    <section><div class="row gap-below"><h2 class="grow">{t("reach")}</h2>{writes && <Press look="small"
      sign="plus" onClick={() => setAddress("")}>{t("address_add")}</Press>}</div><Wide><table class="table"><thead><tr>
      <th>{t("address")}</th><th>{t("health")}</th><th>{t("purpose_marketing")}</th>
      <th>{t("purpose_care")}</th>{writes && <th><span class="sr">{t("more")}</span></th>}</tr></thead><tbody>{patient.contact_points.map((one) =>
        <tr key={one.channel + one.address}><td><span class="row"><Icon sign={channelSign(one.channel)}
          size={16} /><span class="breaks">{one.channel === "email" ? one.address : phone(one.address)}</span></span></td>
          <td>{said("health", one.health)}</td>
          {[one.marketing, one.care].map((gate, i) => <td key={i}><Tag
            look={gate === "open" ? "good" : "alarm"}>{gate === "open" ? t("open") : t("closed")}</Tag>
          </td>)}{writes && <td><AddressMenu patient={patient} point={one}
            onCorrect={() => setAddress(one.address)} /></td>}</tr>)}</tbody></table></Wide></section>
    {address !== null && <AddAddress patient={patient} instead={address || null}
      onClose={() => setAddress(null)} />}
    <section><div class="row gap-below"><h2 class="grow">{t("consents")}</h2>
      {may("patients.write") && <Press look="small" sign="plus" onClick={() => setAdding(true)}>
        {t("consent_new")}</Press>}</div>
      {patient.consents.length ? <ul class="rows">{patient.consents.map((one) =>
        <li key={one.consent_id} class="entry"><div class="row wrap"><b>{said("channel", one.channel)}</b>
          <Tag>{said("purpose", one.purpose)}</Tag><Tag>{said("class", one.class)}</Tag>
          {one.revoked_at ? <Tag look="alarm">{t("revoked", { when: fullDay(one.revoked_at) })}</Tag>
            : <Tag look="good">{t("in_force")}</Tag>}</div>
          <p class="sm quiet">{[one.given && t("given", { when: civil(one.given) }), known("source", one.source) ?? actorWords(one.source)]
            .filter(Boolean).join(" · ")}</p>
          {one.evidence && <details class="sm"><summary>{t("evidence")}</summary>
            <p class="quiet said-text">{one.evidence}</p></details>}</li>)}</ul>
      : <p class="quiet">{t("no_consents")}</p>}</section>
    <section><h2 class="gap-below">{t("suppressions")}</h2>
      {patient.suppressions.length ? <ul class="rows">{patient.suppressions.map((one, i) =>
        <li key={i} class="entry"><div class="row wrap"><b>{said("channel", one.channel)}</b>
          <Tag look={one.lifted_at ? "" : "alarm"}>{said("suppression", one.reason)}</Tag>
          <span class="sm quiet">{said("purpose", one.scope)}</span>
          <span class="end xs faint">{fullDay(one.created_at)}</span></div>
          <p class="sm quiet">{[said("source", one.source), one.address, one.lifted_at
            && t("lifted", { when: fullDay(one.lifted_at) })].filter(Boolean).join(" · ")}</p></li>)}</ul>
      : <p class="quiet">{t("no_suppressions")}</p>}</section>
    {adding && <GiveConsent patient={patient} onClose={() => setAdding(false)} />}</>;
}

function languageOf(patient: P): string {
  const language = said("language", patient.language);
  return patient.language_learned.some((one) => one.in_use) ? t("language_learned", { language }) : language;
}

function Head({ patient, onEdit, onTime, onWait }: { patient: P; onEdit: () => void; onTime: () => void;
  onWait: () => void }) {
  return <header class="person-head"><Face name={patient.name} big />
    <div class="grow"><h1>{patient.name}</h1>
      <p class="quiet row wrap">{[patient.preferred_name && `“${patient.preferred_name}”`,
        patient.birth_day && civil(patient.birth_day), patient.external_id,
        [patient.city, patient.state].filter(Boolean).join(", "), languageOf(patient)]
        .filter(Boolean).join(" · ")}
        {patient.flags.filter((flag) => flag !== "paused").map((flag) => <Tag key={flag} look={flag === "vip" ? "note" : "wait"}>
          {said("flag", flag)}</Tag>)}
        {patient.paused && <Tag look="wait">{patient.paused_until
          ? t("paused_until", { when: civil(patient.paused_until) }) : t("paused")}</Tag>}</p>
      <Tags id={patient.patient_id} tags={patient.tags} /></div>
    <div class="acts row">
      {patient.thread_id && <a class="press" href={`#/inbox/${patient.thread_id}`}>
        <Icon sign="sms" size={17} />{t("conversation")}</a>}
      {may("inbox.read") && <Press sign="calendar" onClick={onTime}>{t("find_time")}</Press>}
      {may("patients.write") && <Press sign="note" onClick={onEdit}>{t("edit")}</Press>}
      {may("patients.write") && <Menu says={t("more")} look="" items={[
        patient.paused ? { text: t("unpause"), sign: "play", does: () => void call("delete",
          "/api/v1/patients/{patient_id}/pause", { path: { patient_id: patient.patient_id } })
          .then(() => { freshPatient(patient.patient_id); tell(t("unpaused")); }) }
        : { text: t("pause_patient"), sign: "pause", does: () => pausePatient(patient) },
        ...(["sms", "email", "voice"] as const).map((channel) => ({
          text: t("prefer", { channel: said("channel", channel) }), sign: channelSign(channel),
          does: () => void call("put", "/api/v1/patients/{patient_id}/preferred-channel", {
            path: { patient_id: patient.patient_id }, body: { channel } })
            .then(() => freshPatient(patient.patient_id)) })),
        ...(may("inbox.write") ? [{ text: t("waitlist_put"), sign: "clock" as const, does: onWait }] : []), null,
        { text: t("opt_out"), sign: "stop", danger: true, does: () => optOut(patient) }]} />}
    </div></header>;
}

function Facts({ patient }: { patient: P }) {
  return <aside class="aside">
    <section class="card"><dl class="facts">
      <dt>{t("visits")}</dt><dd>{patient.visits}</dd><dt>{t("value")}</dt><dd>{money(patient.value, true)}</dd>
      <dt>{t("first_visit")}</dt><dd>{patient.first_visit ? civil(patient.first_visit) : t("none")}</dd>
      <dt>{t("last_visit")}</dt><dd>{patient.last_visit ? civil(patient.last_visit) : t("none")}</dd>
      {patient.preferred_provider && <><dt>{t("provider")}</dt><dd>{patient.preferred_provider}</dd></>}
      {patient.preferred_channel && <><dt>{t("prefers")}</dt>
        <dd>{said("channel", patient.preferred_channel)}</dd></>}
      <dt>{t("phi_authorized")}</dt><dd>{patient.phi_authorized ? t("yes") : t("no")}</dd>
      {patient.memberships.map((one, i) => [<dt key={i}>{t("membership")}</dt>,
        <dd key={`d${i}`}>{[one.plan, one.status].filter(Boolean).join(" · ")}</dd>])}
    </dl></section>
    <Edits patient={patient} />
    <section class="card"><h2>{t("playbooks")}</h2>{patient.enrollments.length
      ? <ul class="steps">{patient.enrollments.slice(0, 8).map((one) => <li key={one.enrollment_id}>
          <span class={`dot ${one.state === "held" ? "wait" : one.state === "active" ? "good" : ""}`} />
          <span class="grow"><a href={`#/playbooks/${one.playbook}`} translate={false}>{titleOf(one.playbook)}</a>
            <br /><span class="xs faint">{one.arm === "holdout" ? t("left_out") : one.state === "ended"
              ? `${said("exit", one.exit)} · ${one.ended_at ? fullDay(one.ended_at) : ""}`
              : one.state === "held" ? said("hold", one.hold)
              : one.next_at ? t("next_at", { when: ago(one.next_at) }) : said("run_state", one.state)}
            </span></span></li>)}</ul> : <p class="quiet sm">{t("no_enrollments")}</p>}</section>
    {patient.household.length > 0 && <section class="card"><h2>{t("household")}</h2><ul class="steps">
      {patient.household.map((one) => <li key={one.patient_id}><Face name={one.name} />
        <a href={`#/patients/${one.patient_id}`}>{one.name}</a></li>)}</ul></section>}
    <WaitsFor patient_id={patient.patient_id} />
    <Duplicates patient={patient} />
  </aside>;
}

export function Patient({ id }: { id: string }) {
  const { data, problem, again } = useAnswer(`patient/${id}`, [`patient:${id}`],
    (stop) => get("/api/v1/patients/{patient_id}", { path: { patient_id: id }, stop }));
  const asked = place.value.path[2] as Tab | undefined;
  const [editing, setEditing] = useState(false);
  const [timing, setTiming] = useState(false);
  const [waits, setWaits] = useState(false);
  const tabs: readonly Tab[] = ["timeline", "why", "visits", "permission",
    ...(may("audit.patient") ? ["disclosures" as const] : [])];
  const tab = tabs.find((one) => one === asked) ?? "timeline";
  const nav = useRef<HTMLElement>(null);
  useEffect(() => { // on a phone the row of names is longer than the screen
    nav.current?.querySelector("[aria-current]")?.scrollIntoView({ inline: "nearest", block: "nearest" });
  }, [tab, data === undefined]);
  useEffect(() => { // whose record became part of another's is read as who they are now
    if (!data || data.patient_id === id) return;
    swap("patients", data.patient_id, ...(asked ? [asked] : []));
    tell(t("gone_merged", { name: data.name }));
  }, [data?.patient_id]);
  useKeys([
    { keys: "w", says: t("why_nothing"), does: () => go("patients", id, "why") },
    { keys: "Escape", says: t("back"), does: () => go("patients"), hidden: true },
    ...(data && may("inbox.read") ? [{ keys: "t", says: t("find_time"), does: () => setTiming(true) }] : []),
    ...(data && may("patients.write") ? [
      { keys: "e", says: t("edit_patient"), does: () => setEditing(true) },
      { keys: "x", says: t("opt_out"), does: () => optOut(data) },
      { keys: "p", says: t("pause_patient"), does: () => pausePatient(data) }] : [])]);
  if (isDead(problem)) return <Gone what="patient" to="#/patients" back={t("patients")} />;
  return <div class="page"><div class="inside">
    <a class="back" href="#/patients"><Icon sign="back" size={15} />{t("patients")}</a>
    {problem && !data ? <Trouble problem={problem} again={again} /> : !data ? <Bones lines={8} /> : <>
      <Head patient={data} onEdit={() => setEditing(true)} onTime={() => setTiming(true)}
        onWait={() => setWaits(true)} />
      {waits && <PutOn patient={data} onClose={() => setWaits(false)} onFind={() => {
        setWaits(false); setTiming(true); }} />}
      {timing && <FindTime patient={data} onClose={() => setTiming(false)} />}
      {editing && <EditPatient patient={data} onClose={() => setEditing(false)} />}
      <div class="desk"><div class="desk-main">
        <nav class="tabs" ref={nav} aria-label={t("sections")}>{tabs.map((one) => <a key={one}
          href={`#/patients/${id}/${one}`} aria-current={one === tab ? "page" : undefined}>
          {said("tab", one)}</a>)}</nav>
        <div class="tab-body">{tab === "timeline" ? <Timeline id={id} />
          : tab === "visits" ? <Visits patient={data} />
          : tab === "permission" ? <Permission patient={data} />
          : tab === "why" ? <Explain patient={data} /> : <Disclosures id={id} />}</div>
      </div><Facts patient={data} /></div></>}
  </div></div>;
}
