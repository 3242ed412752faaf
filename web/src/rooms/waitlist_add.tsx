// waitlist_add.tsx: a patient is put on the waitlist, in their own words.
import { useEffect, useState } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { call, get } from "../api/client";
import { civil, fitting } from "../format";
import { Box, Face, Field, Press, Tag } from "../parts/basic";
import { Dialog, tell } from "../parts/over";
import { n, t } from "../words";
import { useSend } from "./enter";
import { freshPatient, type Named } from "./patient_deeds";
import { may } from "./session";
import { readWords } from "./wish";

const TYPING_MS = 300;
const SAID_BYTES_MAX = 480;

function useLater<T>(value: T): T {
  const [kept, setKept] = useState(value);
  useEffect(() => {
    const wait = setTimeout(() => setKept(value), TYPING_MS);
    return () => clearTimeout(wait);
  }, [value]);
  return kept;
}

function Who({ onPick }: { onPick: (patient: Named) => void }) {
  const [text, setText] = useState("");
  const asked = useLater(text.trim());
  const found = useAnswer(asked ? `search/${asked}` : null, [], (stop) =>
    get("/api/v1/patients/search", { query: { q: asked }, stop }));
  return <><Field label={t("patient")}>{(aria) => <input class="input" type="search" {...aria} data-first value={text}
    placeholder={t("find_hint")} autocomplete="off" spellcheck={false}
    onInput={(event) => setText(fitting(event.currentTarget.value, 200))} />}</Field>
    <ul class="found" aria-label={t("search_results")}>{found.data?.items.slice(0, 6).map((one) =>
      <li key={one.patient_id}><button type="button" class="line" onClick={() => onPick(one)}>
        <Face name={one.name} /><span class="grow col tight"><b class="one" dir="auto">{one.name}</b>
          <span class="xs faint one">{[one.external_id, one.birth_day && civil(one.birth_day)].filter(Boolean)
            .join(" · ")}</span></span></button></li>)}
      {asked && found.data && !found.data.items.length && <li class="sm quiet">{t("nobody_found")}</li>}</ul></>;
}

// What the words are read as, and whether something free fits them already.
function Understood({ patient, said, service, onFind }: { patient: Named; said: string; service: string;
  onFind?: (() => void) | undefined }) {
  const asked = useLater(said.trim());
  const { data } = useAnswer(`openings/${patient.patient_id}/${service}/${asked}`, [], (stop) =>
    get("/api/v1/openings", { query: { patient_id: patient.patient_id, ...(asked ? { said: asked } : {}),
      ...(service ? { service } : {}) }, stop }));
  if (!data) return <p class="sm" role="status" />;
  return <div role="status"><p class="sm">{!data.service ? <span class="quiet">{t("no_schedule_text")}</span>
    : data.read === "unsure" ? <span class="waits">{t("waitlist_unsure")}</span>
    : data.read && readWords(data.read) ? <><Tag look="good">{t("read_as")}</Tag> {readWords(data.read)}</> : null}</p>
    {data.service && data.read !== "unsure" && data.times.length > 0 && <p class="sm quiet">
      {n("waitlist_free", data.times.length)} {onFind && <button type="button" class="quiet-press"
        onClick={onFind}>{t("find_time")}</button>}</p>}</div>;
}

export function PutOn({ patient: first, said: words = "", service: wanted = "", onClose, onFind }: {
  patient?: Named; said?: string; service?: string; onClose: () => void; onFind?: () => void }) {
  const [patient, setPatient] = useState<Named | null>(first ?? null);
  const [said, setSaid] = useState(fitting(words, SAID_BYTES_MAX));
  const [service, setService] = useState(wanted);
  const services = useAnswer(may("playbooks.read") ? "definitions" : null, ["settings"],
    (stop) => get("/api/v1/definitions", { stop }));
  const list = useAnswer(patient ? `waitlist/${patient.patient_id}` : null, ["task", `patient:${patient?.patient_id}`],
    (stop) => get("/api/v1/waitlist", { query: { limit: 100, patient_id: patient!.patient_id }, stop }));
  const schedule = list.data?.schedule ?? true;
  const send = useSend(async () => {
    const done = await call("post", "/api/v1/waitlist", { body: { patient_id: patient!.patient_id,
      ...(service ? { service } : {}), ...(said.trim() ? { said: said.trim() } : {}) } });
    freshPatient(patient!.patient_id);
    onClose();
    tell(t("waitlist_on", { name: patient!.name }), async () => {
      await call("delete", "/api/v1/waitlist/{wait_id}", { path: { wait_id: done.data.wait_id } });
      freshPatient(patient!.patient_id);
    });
  });
  const wrong = (field: string, words: string) => (send.fields.some((one) => one.field === field) ? words : undefined);
  return <Dialog title={patient ? t("waitlist_for", { name: patient.name }) : t("waitlist_add")} onClose={onClose}>
    <form class="form" onSubmit={send.submit}>
      {send.general && <Box look="alarm">{send.general}</Box>}
      {!patient ? <Who onPick={setPatient} /> : <>
        <Field label={t("own_words")} name="said" wrong={wrong("said", t("waitlist_unsure"))} hint={t("waitlist_said_hint")}>{(aria) =>
          <input class="input" {...aria} data-first dir="auto" value={said} onInput={(event) => {
            send.clear();
            setSaid(fitting(event.currentTarget.value, SAID_BYTES_MAX));
          }} />}</Field>
        <Field label={t("service")} name="service" wrong={wrong("service", t("waitlist_no_times"))}>{(aria) => <select class="input" {...aria}
          value={service} onChange={(event) => { send.clear(); setService(event.currentTarget.value); }}>
          <option value="">{t("waitlist_as_before")}</option>{services.data?.services.map((one) =>
            <option key={one.key} value={one.key}>{one.key.replaceAll("_", " ")}</option>)}</select>}</Field>
        {schedule && <Understood patient={patient} said={said} service={service} onFind={onFind} />}
        {schedule ? <p class="sm quiet">{t("waitlist_add_text")}</p>
        : <Box look="wait"><b>{t("no_schedule_kept")}</b> {t("no_schedule_kept_text")}</Box>}</>}
      <footer><Press onClick={onClose}>{t("cancel")}</Press><Press look="main" submit busy={send.busy}
        disabled={!patient || !schedule}>{t("waitlist_put")}</Press></footer></form></Dialog>;
}
