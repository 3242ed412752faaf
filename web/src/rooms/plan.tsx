// plan.tsx: exactly who would enter and what each would get, before anything happens.
import { useState } from "preact/hooks";
import { freshen } from "../api/answers";
import { call, Problem, type Shapes } from "../api/client";
import { civil, day, hour, money, moment, number, span } from "../format";
import { Box, Chips, Empty, Field, Press, problemWords, Tag } from "../parts/basic";
import { channelSign, Icon } from "../parts/icon";
import { List } from "../parts/list";
import { Dialog, tell } from "../parts/over";
import { Beside } from "../parts/versions";
import { n, said, t } from "../words";
import { inWords, withDays } from "../words/sentences";
import { useSend } from "./enter";
import { everywhere, may } from "./session";

type P = Shapes["Plan"];
interface Said { touch?: string; channel?: string; at?: string; verdict?: string; code?: string;
  message?: string; until?: string; wording?: string }
interface Diff { same?: boolean; enter_more?: unknown[]; enter_no_more?: unknown[]; changed?: unknown[];
  stay_on_running?: number; touches?: { touch: string; day: number; change: string; new_day?: number;
    new_template?: string; pieces?: Piece[]; fields?: Changed[] }[]; fields?: Changed[] }
// A field of the file; null: it was not there, or is there no more.
interface Changed { field: string; was: string | null; is: string | null }
// A piece of a message whose text differs; null: it was not there, or is there no more.
interface Piece { piece: string; was: string | null; is: string | null }

function Pieces({ touch, pieces }: { touch: string; pieces: readonly Piece[] }) {
  return <>{pieces.map(({ piece, was, is }) => <section key={piece}>
    <h3 class="sm">{touch} <span class="mono faint">{piece}</span></h3>
    <Beside was={was ?? ""} is={is ?? ""} heads={[t("was"), t("is_now")]}
      label={`${t("pieces_changed")}: ${touch}, ${piece}`} /></section>)}</>;
}

function Changes({ diff }: { diff: Diff }) {
  if (diff.same) return <p class="quiet">{t("diff_same")}</p>;
  const fields = [...diff.fields ?? [], ...diff.touches?.flatMap((touch) => touch.fields?.map((one) =>
    ({ ...one, field: `${touch.touch}.${one.field}` })) ?? []) ?? []];
  const moved = fields.length > 0 || [diff.enter_more, diff.enter_no_more, diff.changed].some((list) => list?.length)
    || diff.touches?.some((one) => one.change !== "kept");
  return <>{!moved && <p class="quiet gap-below">{t("diff_wording")}</p>}
    <ul class="figures">{([["enter_more", diff.enter_more?.length], ["enter_no_more",
    diff.enter_no_more?.length], ["get_else", diff.changed?.length],
    ["stay_on_running", diff.stay_on_running]] as const).map(([name, count]) =>
      <li key={name}><span>{said("diff", name)}</span><b>{number(count ?? 0)}</b></li>)}</ul>
    <ul class="steps diff">{diff.touches?.map((one) => <li key={one.touch} class={one.change}>
      <Icon sign={one.change === "added" ? "plus" : one.change === "removed" ? "close"
        : one.change === "changed" ? "event" : "check"} size={15} />
      <span class="grow">{one.touch} <span class="faint">{t("on_day_n", { day: one.day })}
        {one.new_day !== undefined && one.new_day !== one.day && ` → ${one.new_day}`}
        {one.new_template && ` · ${one.new_template}`}</span></span>
      <Tag look={one.change === "kept" ? "" : "wait"}>{said("diff", one.change)}</Tag></li>)}</ul>
    {fields.length > 0 && <ul class="sm" translate={false}>{fields.map(({ field, was, is }) => <li key={field}>
      <code>{field}</code>: {was ?? "–"} → {is ?? "–"}</li>)}</ul>}
    {diff.touches?.some((one) => one.pieces?.length) && <div class="beside-pieces">
      {diff.touches.map((one) => <Pieces key={one.touch} touch={one.touch} pieces={one.pieces ?? []} />)}
    </div>}</>;
}

// Of a visit: its time, and with whom.
const VISIT = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d)(?: with (.+))?$/;

function whyWords(detail: string): string {
  const [, on, at, who] = VISIT.exec(detail) ?? [];
  if (!on || !at) return inWords(withDays(detail));
  const when = `${civil(on)} ${hour(at)}`;
  return who ? t("visit_with", { when, who }) : when;
}

// By name where one is; its number stands beside it, as the booking system has it.
export function Who({ person }: { person: Pick<Shapes["PlanPerson"], "patient" | "patient_id" | "name"> }) {
  if (!person.patient_id) return <b class="who one">{person.patient}</b>;
  return <span class="who col tight"><a class="one" href={`#/patients/${person.patient_id}`}>
    {person.name || person.patient}</a>{person.name && <span class="xs faint one">{person.patient}</span>}</span>;
}

function Person({ person }: { person: Shapes["PlanPerson"] }) {
  const touches = person.touches as Said[];
  return <div class="line plan-person"><Who person={person} />
    {person.arm === "holdout" ? <Tag>{t("left_out")}</Tag>
    : person.reason ? <span class="grow sm stays-out"><Tag>{said("reason", person.reason)}</Tag>{" "}
        <span class="quiet">{person.detail && whyWords(person.detail)}</span></span>
    : <span class="grow marks">{touches.map((one, i) => <span key={i} class={`chip ${one.verdict}`}
        title={[one.touch, one.message && inWords(one.message)].filter(Boolean).join(": ")}>
        <Icon sign={channelSign(one.channel)} size={14} />{one.at && day(one.at)}
        {one.verdict !== "allow" && <span class="xs">{said("gate", one.code)}</span>}</span>)}</span>}
  </div>;
}

function Apply({ plan, onDone, pilotFirst }: { plan: P; onDone: () => void; pilotFirst: boolean }) {
  const [asking, setAsking] = useState<"apply" | "pilot" | null>(null);
  const [patients, setPatients] = useState(15);
  const [meant, setMeant] = useState(false);
  const path = { playbook: plan.playbook };
  const send = useSend(async () => {
    const done = asking === "pilot"
      ? await call("post", "/api/v1/playbooks/{playbook}/pilot", { path, body: { patients } })
      : await call("post", "/api/v1/playbooks/{playbook}/apply", { path,
          body: { plan_id: plan.plan_id, ...(meant ? { growth_is_meant: true } : {}) } });
    freshen(["playbook", "*"]);
    setAsking(null);
    tell(n("applied_done", done.data.entered));
    onDone();
  });
  if (!may("playbooks.run") || !everywhere.value) return <p class="quiet sm">{may("playbooks.run")
    ? t("all_locations_only") : t("apply_not_yours")}</p>;
  return <div class="row wrap"><Press look={pilotFirst ? "" : "main"}
    sign="check" onClick={() => setAsking("apply")}>{t("apply")}</Press>
    <Press look={pilotFirst ? "main" : ""} onClick={() => setAsking("pilot")}>{t("pilot")}</Press>
    {asking && <Dialog title={asking === "pilot" ? t("pilot_title") : t("apply_title")}
      onClose={() => setAsking(null)}><form class="form" onSubmit={send.submit}>
      {send.general && <Box look="alarm">{send.general}</Box>}
      <p class="quiet">{asking === "pilot" ? t("pilot_text") : t("apply_text",
        { count: number(plan.audience), cost: money(plan.cost) })}</p>
      {asking === "pilot" ? <Field label={t("pilot_count")} name="patients" wrong={send.fields}>
        {(aria) => <input class="input" type="number" min={1} max={500} required {...aria}
          value={patients} onInput={(event) => setPatients(event.currentTarget.valueAsNumber)} />}
        </Field>
      : send.problem?.status === 409 && <label class="check"><input type="checkbox" checked={meant}
          onChange={(event) => setMeant(event.currentTarget.checked)} />{t("growth_is_meant")}</label>}
      <footer><Press onClick={() => setAsking(null)}>{t("cancel")}</Press>
        <Press look="main" submit busy={send.busy} data-first>{asking === "pilot" ? t("pilot")
          : t("apply")}</Press></footer></form></Dialog>}</div>;
}

// Name above what they would get, or why nothing, where there is no room beside it.
const ROWS = matchMedia("(max-width: 40rem)").matches ? { enter: 72, not: 108 } : { enter: 56, not: 56 };

export function Plan({ name, item, pilotFirst = false }: { name: string; item: Shapes["PlaybookItem"];
  pilotFirst?: boolean }) {
  const [plan, setPlan] = useState<P | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [side, setSide] = useState<"enter" | "not">("enter");
  const make = () => {
    setBusy(true);
    setProblem(null);
    call("post", "/api/v1/playbooks/{playbook}/plan", { path: { playbook: name },
      body: { diff: Boolean(item.running_version) } }).then((answer) => setPlan(answer.data),
      (error: unknown) => { if (error instanceof Problem) setProblem(error); })
      .finally(() => setBusy(false));
  };
  if (!plan) return <Empty sign="playbooks" title={t("plan_title")} acts={
    <Press look="main" busy={busy} onClick={make}>{busy ? t("planning") : t("make_plan")}</Press>}>
    {problem ? <span class="bad">{problemWords(problem)}</span> : t("plan_text")}</Empty>;
  const counts = Object.entries(plan.counts as Record<string, number>).filter(([key]) => key !== "enter")
    .sort((a, b) => b[1] - a[1]);
  const most = Math.max(1, ...counts.map(([, count]) => count));
  const people = side === "enter" ? plan.enter : plan.not;
  const left = side === "enter" ? plan.enter_left_off : plan.not_left_off;
  return <div class="plan">
    <div class="row wrap far gap-below"><dl class="figures grow">
      <div><dt>{t("would_enter")}</dt><dd>{number((plan.counts as Record<string, number>)["enter"]
        ?? plan.audience)}</dd></div>
      <div><dt>{t("staff_time")}</dt><dd>{span(plan.staff_minutes)}</dd></div>
      <div><dt>{t("cost")}</dt><dd>{money(plan.cost)}</dd></div>
      <div><dt>{t("as_of")}</dt><dd class="as-of">{moment(plan.at)}</dd></div></dl>
      <div class="row"><Press sign="undo" busy={busy} onClick={make}>{t("plan_again")}</Press></div></div>
    {plan.diff && <section class="card gap-below"><h2>{t("diff_title")}</h2>
      <Changes diff={plan.diff as Diff} /></section>}
    <Apply plan={plan} onDone={make} pilotFirst={pilotFirst} />
    <div class="desk section"><div class="desk-main"><Chips label={t("who")} value={side} onPick={setSide}
      options={[{ id: "enter", text: t("enters"), count: plan.enter.length + plan.enter_left_off },
        { id: "not", text: t("does_not"), count: plan.not.length + plan.not_left_off }]} />
      {people.length ? <div class="task-list" style={{ height: `${Math.min(10, people.length) * ROWS[side]}px` }}>
        <List key={side} items={people} idOf={(one) => one.patient} height={ROWS[side]} label={t("who")} keys={false}
          onOpen={() => {}} row={(one) => <Person person={one} />} /></div>
      : <p class="quiet pad">{may("patients.read") ? t("nobody_here") : t("names_hidden")}</p>}
      {left > 0 && <p class="sm faint">{n("left_off", left)}</p>}</div>
      <aside class="aside"><section class="card"><h2>{t("why_not")}</h2><ul class="rules">
        {counts.map(([reason, count]) => <li key={reason}><div class="row">
          <span class="grow">{said("reason", reason)}</span><span class="num">{number(count)}</span></div>
          <i class="gauge" style={{ width: `${count / most * 100}%` }} /></li>)}</ul></section></aside>
    </div></div>;
}
