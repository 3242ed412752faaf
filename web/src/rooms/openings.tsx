// openings.tsx: a time for a patient: found by their own words, held with one press, booked with the next.
import { useEffect, useRef, useState } from "preact/hooks";
import { freshen, useAnswer } from "../api/answers";
import { call, get, type Shapes } from "../api/client";
import { clock, dayAndTime, fitting, isSameDay, weekday } from "../format";
import { Bones, Box, Empty, Field, Press, Tag, Trouble } from "../parts/basic";
import { Icon } from "../parts/icon";
import { attempt, Dialog, tell } from "../parts/over";
import { said, sayTo, t } from "../words";
import { freshPatient, type Named } from "./patient_deeds";
import { may, session } from "./session";
import { PutOn } from "./waitlist_add";
import { readWords } from "./wish";

type Opening = Shapes["Opening"];
type Time = Shapes["FreeTime"];

const SAID_BYTES_MAX = 480; // longer is a story, which the calendar does not read
const TYPING_MS = 300;

const whole = (one: Time) => [`${weekday(one.start)}, ${clock(one.start)}`, one.provider, one.location]
  .join(" · ");

// A booking is taken back by the task that would have entered it.
async function unbook(patient: Named): Promise<void> {
  const { items } = await get("/api/v1/tasks", { query: { kind: "book_visit",
    patient_id: patient.patient_id, limit: 1 } });
  if (!items[0]) return;
  await call("post", "/api/v1/tasks/{task_id}/outcome", { path: { task_id: items[0].task_id },
    body: { outcome: "not_possible" } });
  freshPatient(patient.patient_id);
}

function Kept({ one, onBook, onSay }: { one: Opening; onBook: () => void; onSay?: (() => void) | undefined }) {
  const held = one.state === "held";
  return <li class="kept-time"><Icon sign={held ? "clock" : "check"} />
    <div class="grow"><b>{whole(one)}</b><p class="sm quiet">{held && one.expires_at
      ? t("held_until", { when: clock(one.expires_at) }) : t("booked_waits")}</p></div>
    {held && may("inbox.write") && <div class="row wrap">
      {onSay && <Press look="small" sign="note" onClick={onSay}>{t("opening_say")}</Press>}
      <Press look="main" sign="check" onClick={onBook}>{t("opening_book")}</Press></div>}</li>;
}

function Times({ times, busy, onPick }: { times: readonly Time[]; busy: boolean;
  onPick: (time: Time) => void }) {
  const box = useRef<HTMLDivElement>(null);
  const places = new Set(times.map((one) => one.location)).size;
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const all = [...box.current!.querySelectorAll<HTMLElement>("button")];
    all[all.indexOf(document.activeElement as HTMLElement) + step]?.focus();
    event.preventDefault();
  };
  const days: Time[][] = [];
  for (const one of times)
    if (days.length && isSameDay(days.at(-1)![0]!.start, one.start)) days.at(-1)!.push(one);
    else days.push([one]);
  return <div class="times" ref={box} onKeyDown={move}>{days.map((day) => <section key={day[0]!.start}>
    <h3>{weekday(day[0]!.start)}</h3><ul>{day.map((one) => <li key={one.start + one.provider
      + one.location}><button type="button" class="press" disabled={busy} onClick={() => onPick(one)}>
      <b>{clock(one.start)}</b><span class="xs quiet one">{[one.provider, places > 1 && one.location]
        .filter(Boolean).join(", ")}</span></button></li>)}</ul></section>)}</div>;
}

function Nowhere({ answer, onAll }: { answer: Shapes["Openings"]; onAll: () => void }) {
  const page = session.value?.practice?.booking_url;
  if (answer.service) return <Empty sign="calendar" title={t("no_times")} acts={answer.read
    && <Press onClick={onAll}>{t("all_times")}</Press>}>{answer.read ? t("no_times_read")
    : t("no_times_text")}</Empty>;
  return <Empty sign="calendar" title={t("no_schedule")} acts={page && <a class="press" href={page}
    target="_blank" rel="noopener">{t("booking_page")}</a>}>{t("no_schedule_text")}</Empty>;
}

function useTimes(patient_id: string, words: string, service: string) {
  const [text, setText] = useState(words);
  useEffect(() => {
    const wait = setTimeout(() => setText(words), TYPING_MS);
    return () => clearTimeout(wait);
  }, [words]);
  const asked = text.trim();
  return useAnswer(`openings/${patient_id}/${service}/${asked}`, ["task", `patient:${patient_id}`],
    (stop) => get("/api/v1/openings", { query: { patient_id, ...(asked ? { said: asked } : {}),
      ...(service ? { service } : {}) }, stop }));
}

export function FindTime({ patient, words: first = "", onSay, onClose }: { patient: Named;
  words?: string; onSay?: (text: string) => void; onClose: () => void }) {
  const [waits, setWaits] = useState(false);
  const [words, setWords] = useState(new TextEncoder().encode(first).length > SAID_BYTES_MAX ? "" : first);
  const [service, setService] = useState("");
  const [busy, setBusy] = useState(false);
  const kept = useRef<HTMLUListElement>(null);
  const answer = useTimes(patient.patient_id, words, service);
  const before = useRef(answer.data); // stays while one types
  before.current = answer.data ?? before.current;
  const data = before.current;
  const person = useAnswer(onSay && may("patients.read") ? `patient/${patient.patient_id}` : null, [],
    (stop) => get("/api/v1/patients/{patient_id}", { path: { patient_id: patient.patient_id }, stop }));
  const services = useAnswer(may("playbooks.read") ? "definitions" : null, ["settings"],
    (stop) => get("/api/v1/definitions", { stop }));
  const holds = data?.kept.filter((one) => one.state === "held").length ?? 0;
  useEffect(() => { // the next press books
    if (busy && holds) kept.current?.querySelector<HTMLElement>(".press.main")?.focus();
    setBusy(false);
  }, [data]);
  const hold = (time: Time) => {
    setBusy(true);
    void attempt(() => call("post", "/api/v1/openings", { body: { patient_id: patient.patient_id,
      ...(service ? { service } : {}), start: time.start, provider: time.provider,
      location: time.location } })).then(answer.again);
  };
  const book = (one: Opening) => attempt(async () => {
    await call("post", "/api/v1/openings/{opening_id}/book", { path: { opening_id: one.opening_id } });
    freshPatient(patient.patient_id);
    freshen(["playbook"]);
    onClose();
    tell(t("opening_booked", { name: patient.name, when: `${weekday(one.start)}, ${clock(one.start)}` }),
      () => unbook(patient));
  });
  const say = async (one: Opening) => {
    const tongue = person.data?.language === "es" ? "es" : "en";
    onSay!(await sayTo(tongue, "opening_offer", { when: dayAndTime(one.start, tongue),
      provider: one.provider }));
    onClose();
  };
  return <Dialog title={t("find_time_for", { name: patient.name })} onClose={onClose} broad>
    <div class="form find-time">
      <div class="pair"><Field label={t("own_words")} hint={t("own_words_hint")}>{(aria) =>
        <input class="input" type="search" {...aria} data-first value={words} onInput={(event) =>
          setWords(fitting(event.currentTarget.value, SAID_BYTES_MAX))} />}</Field>
        {services.data && <Field label={t("service")}>{(aria) => <select class="input" {...aria}
          value={service || data?.service || ""} onChange={(event) =>
            setService(event.currentTarget.value)}>{!data?.service && !service && <option value="">–</option>}
          {services.data!.services.map((one) => <option key={one.key} value={one.key}>
            {one.key.replaceAll("_", " ")}</option>)}</select>}</Field>}</div>
      <p class="sm" role="status">{data?.read === "unsure" ? <span class="quiet">{t("read_unsure")}</span>
        : data?.read && readWords(data.read) ? <><Tag look="good">{t("read_as")}</Tag>{" "}
          {data.read === "other" ? t("read_none") : readWords(data.read)}</> : null}</p>
      {answer.problem && !data ? <Trouble problem={answer.problem} again={answer.again} />
      : !data ? <Bones lines={5} /> : <>
        {data.kept.length > 0 && <ul class="kept-times" ref={kept} aria-label={t("kept_times")}>
          {data.kept.map((one) => <Kept key={one.opening_id} one={one} onBook={() => void book(one)}
            onSay={onSay && (() => void say(one))} />)}</ul>}
        {data.kept.some((one) => one.state === "booked") ? <Box sign="task">{t("one_booking")}{" "}
          <a href="#/today" onClick={onClose}>{said("task", "book_visit")}</a></Box>
        : data.times.length ? <><p class="sm quiet">{t("times_text")}</p>
            <Times times={data.times} busy={busy || !may("inbox.write")} onPick={hold} /></>
        : <Nowhere answer={data} onAll={() => setWords("")} />}
        {data.service && may("inbox.write") && !data.kept.some((one) => one.state === "booked") && <p
          class="sm quiet row wrap waitlist-hint">{t("waitlist_none_suits")}<Press look="small" sign="clock"
          onClick={() => setWaits(true)}>{t("waitlist_put")}</Press></p>}</>}
    </div>{waits && <PutOn patient={patient} said={words} service={service} onClose={() => {
      setWaits(false); onClose(); }} />}</Dialog>;
}
