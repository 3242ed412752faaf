// patient_edit.tsx: what the front desk corrects by hand: who somebody is and how they are reached.
//
// Only fields that were changed are sent; a change of somebody else's in the meantime is told. What was
// changed here stands beside what the booking system says.
import { useState } from "preact/hooks";
import { freshen } from "../api/answers";
import { call, type Shapes } from "../api/client";
import { fullDay, phone } from "../format";
import { Box, Field, Menu, Press } from "../parts/basic";
import { attempt, Dialog, sure, tell } from "../parts/over";
import { said, t } from "../words";
import { useSend } from "./enter";
import { freshPatient } from "./patient_deeds";

type P = Shapes["Patient"];
const names = ["first_name", "last_name", "preferred_name", "birth_day", "language", "address", "city",
  "state", "zip", "preferred_provider"] as const;
type Name = typeof names[number];
type Form = Record<Name, string>;

const formOf = (patient: P): Form => Object.fromEntries(names.map((name) =>
  [name, patient[name] ?? ""])) as Form;
const differing = (a: Form, b: Form) => names.filter((name) => a[name] !== b[name]);
const bodyOf = (form: Form, which: readonly Name[]) => Object.fromEntries(which.map((name) =>
  [name, form[name].trim() || null]));

export function EditPatient({ patient, onClose }: { patient: P; onClose: () => void }) {
  const [base, setBase] = useState({ form: formOf(patient), etag: patient.etag });
  const [form, setForm] = useState(base.form);
  const path = { patient_id: patient.patient_id };
  const mine = differing(form, base.form);
  const theirs = base.etag !== patient.etag ? differing(formOf(patient), base.form) : [];
  const put = (body: Record<string, string | null>, etag: string) =>
    call("patch", "/api/v1/patients/{patient_id}", { path, body, etag });
  const send = useSend(async () => {
    const was = bodyOf(base.form, mine);
    const done = await put(bodyOf(form, mine), base.etag).catch((error: unknown) => {
      freshPatient(patient.patient_id);
      throw error;
    });
    freshPatient(patient.patient_id);
    onClose();
    tell(t("patient_changed", { name: done.data.name }), async () => {
      const now = await call("get", "/api/v1/patients/{patient_id}", { path });
      await put(was, now.etag || now.data.etag);
      freshPatient(patient.patient_id);
    });
  });
  const line = (name: Name, type = "text") => <Field label={said("of", name)} name={name}
    wrong={send.fields}>{(aria) => <input class="input" type={type} {...aria} value={form[name]}
      maxLength={200} onInput={(event) => setForm({ ...form, [name]: event.currentTarget.value })} />}
    </Field>;
  return <Dialog title={t("edit_patient")} onClose={onClose} broad><form class="form"
    onSubmit={send.submit}>
    {theirs.length > 0 ? <Box look="wait"><p>{t("changed_meanwhile")}</p>
      <dl class="facts broad gap-above">{theirs.map((name) => [<dt key={name}>{said("of", name)}</dt>,
        <dd key={`d${name}`}>{patient[name] || t("none")}</dd>])}</dl>
      <p class="gap-above row wrap"><Press look="small" onClick={() => { const now = formOf(patient);
        setForm(now); setBase({ form: now, etag: patient.etag }); send.clear(); }}>{t("take_theirs")}
      </Press><Press look="small" onClick={() => { const now = formOf(patient);
        setForm({ ...now, ...Object.fromEntries(mine.map((name) => [name, form[name]])) });
        setBase({ form: now, etag: patient.etag }); send.clear(); }}>{t("keep_mine_only")}</Press></p></Box>
    : send.general && send.problem?.status !== 412 && <Box look="alarm">{send.general}</Box>}
    <div class="pair">{line("first_name")}{line("last_name")}</div>
    <div class="pair">{line("preferred_name")}{line("birth_day", "date")}</div>
    <div class="pair">{line("address")}{line("city")}</div>
    <div class="pair">{line("state")}{line("zip")}</div>
    <div class="pair">{line("preferred_provider")}<Field label={t("language")} name="language"
      wrong={send.fields}>{(aria) => <select class="input" {...aria} value={form.language}
        onChange={(event) => setForm({ ...form, language: event.currentTarget.value })}>
        {[...new Set(["en", "es", form.language])].map((one) => <option key={one} value={one}>
          {said("language", one)}</option>)}</select>}</Field></div>
    <p class="sm quiet">{t("edit_patient_text")}</p>
    <footer><Press onClick={onClose}>{t("cancel")}</Press><Press look="main" submit busy={send.busy}
      disabled={!mine.length || theirs.length > 0}>{t("save")}</Press></footer></form></Dialog>;
}

export function Edits({ patient }: { patient: P }) {
  if (!patient.edits.length) return null;
  return <section class="card"><h2>{t("changed_here")}</h2><ul class="steps">{patient.edits.map((one) =>
    <li key={one.field}><span class="grow">{said("of", one.field)}<br /><span class="xs faint">
      {t("booking_says", { value: one.imported ?? t("none") })} · {[one.by, fullDay(one.at)]
        .filter(Boolean).join(", ")}</span></span></li>)}</ul></section>;
}

type Kind = "mobile" | "home" | "work" | "email";
const kinds: readonly Kind[] = ["mobile", "home", "work", "email"];

// A new address, or the right one in the place of a wrong one.
export function AddAddress({ patient, instead, onClose }: { patient: P; instead: string | null;
  onClose: () => void }) {
  const [kind, setKind] = useState<Kind>("mobile");
  const [address, setAddress] = useState("");
  const path = { patient_id: patient.patient_id };
  const send = useSend(async () => {
    if (instead) await call("post", "/api/v1/patients/{patient_id}/contact-points/correct", { path,
      body: { address: instead, right: address } });
    else await call("post", "/api/v1/patients/{patient_id}/contact-points", { path,
      body: { kind, address } });
    freshPatient(patient.patient_id);
    onClose();
    tell(t("saved"));
  });
  return <Dialog title={instead ? t("address_correct") : t("address_add")} onClose={onClose}>
    <form class="form" onSubmit={send.submit}>
      {send.general && <Box look="alarm">{send.general}</Box>}
      {instead ? <p class="quiet">{t("address_instead", { address: instead })}</p>
      : <Field label={t("kind")} name="kind" wrong={send.fields}>{(aria) => <select class="input" {...aria}
          value={kind} onChange={(event) => setKind(event.currentTarget.value as Kind)}>
          {kinds.map((one) => <option key={one} value={one}>{said("point", one)}</option>)}</select>}
        </Field>}
      <Field label={t("address")} name={instead ? "right" : "address"} wrong={send.fields}>{(aria) =>
        <input class="input" required maxLength={320} data-first {...aria} value={address}
          onInput={(event) => setAddress(event.currentTarget.value)} />}</Field>
      <footer><Press onClick={onClose}>{t("cancel")}</Press>
        <Press look="main" submit busy={send.busy}>{t("save")}</Press></footer></form></Dialog>;
}

export function AddressMenu({ patient, point, onCorrect }: { patient: P; onCorrect: () => void;
  point: Shapes["ContactPoint"] }) {
  const path = { patient_id: patient.patient_id };
  const body = { address: point.address };
  const shown = point.channel === "email" ? point.address : phone(point.address);
  const prefer = () => attempt(async () => {
    await call("post", "/api/v1/patients/{patient_id}/contact-points/prefer", { path, body });
    freshPatient(patient.patient_id);
  });
  const wrong = () => attempt(async () => {
    if (!await sure(t("address_wrong"), t("address_wrong_text", { address: shown }), t("address_wrong"),
      true)) return;
    await call("post", "/api/v1/patients/{patient_id}/contact-points/wrong", { path, body });
    freshPatient(patient.patient_id);
    const kind = kinds.find((one) => one === point.kind);
    tell(t("address_gone", { address: shown }), kind ? async () => {
      await call("post", "/api/v1/patients/{patient_id}/contact-points", { path,
        body: { kind, ...body } });
      freshPatient(patient.patient_id);
    } : undefined);
    freshen(["patient"]);
  });
  return <Menu says={t("address_menu", { address: shown })} items={[
    { text: t("address_prefer"), sign: "check", does: () => void prefer() },
    { text: t("address_correct"), sign: "note", does: onCorrect }, null,
    { text: t("address_wrong"), sign: "stop", danger: true, does: () => void wrong() }]} />;
}
