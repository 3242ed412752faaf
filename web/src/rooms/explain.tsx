// explain.tsx: why something was sent, or why nothing was, on any day, rule by rule.
import { useState } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { get, type Shapes } from "../api/client";
import { moment, number, wall } from "../format";
import { Bones, Field, Tag, Trouble } from "../parts/basic";
import { Icon } from "../parts/icon";
import { known, n, said, t } from "../words";
import { ifKnown, withDays } from "../words/sentences";
import { ALWAYS, fold, type Fold } from "./explain_fold";
import { titleOf } from "./titles";

type One = Shapes["Explanation"];

const lookOf = (answer: One["answer"]) => {
  switch (answer) {
    case "sent": case "will_send": return "good";
    case "waiting": return "wait";
    case "not_entered": case "exited": return "";
    case "blocked": return "alarm";
  }
};

const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/;

// A value as it was read, for a person: a civil day stays, an instant is told in the practice's time, a
// fingerprint by its beginning.
// What a code stands for; which catalogue has it depends on what was asked.
function codeWords(name: string, read: string): string | null {
  switch (name) {
    case "sms": case "email": return read === "open" ? t("open") : known("gate", read);
    case "code": return known("gate", read) ?? known("exit", read);
    case "class": case "purpose": return known("purpose", read);
    case "consent_class": return known("class", read);
    case "answer": return known("verdict", read);
    case "reason": case "last_exit": return known("reason", read) ?? known("exit", read);
    case "reply.label": return known("label", read);
    case "reply.route": return known("route", read);
    case "health": case "flag": case "kind": return known(name, read) ?? known("point", read);
    default: return known(name, read) ?? (read === "none" ? t("none") : null);
  }
}

// The fields of a patient are flags.
const factWords = (name: string) => known("fact", name.replace(/_ms$/, "")) ?? (name.startsWith("patient.")
  ? known("flag", name.slice(8)) : null) ?? name.replace(/_ms$/, "").replaceAll("_", " ");

function value(name: string, read: unknown): string {
  if (read === null || read === undefined) return t("not_known");
  if (typeof read === "boolean") return read ? t("yes") : t("no");
  if (typeof read === "number" && name.endsWith("_ms") && read > 1e12) return moment(read);
  if (typeof read === "string" && INSTANT.test(read)) return moment(read);
  if (typeof read === "string" && read.startsWith("sha256:")) return read.slice(7, 19);
  return codeWords(name, String(read)) ?? withDays(ifKnown(String(read)));
}

// "touch:remind" is the rule of that touch.
const ruleWords = (rule: string) => rule.split(":").map((part, i) =>
  (i ? part : known("rule", part) ?? known("gate", part) ?? said("reason", part))).join(" · ");

// A rule of the playbook by its name, or the condition as it stands there.
const asked = (rule: string, expression: string) => (expression === ALWAYS ? t("every_rule")
  : /^(held|hold|released)/.test(rule) ? known("hold", expression) ?? ifKnown(expression)
  : /^exit/.test(rule) ? known("exit", expression) ?? ifKnown(expression) : ifKnown(expression));

function Expression({ step }: { step: Shapes["ExplainStep"] }) {
  if (!step.expression) return null;
  const words = asked(step.rule, step.expression);
  return words === step.expression && words !== ALWAYS ? <code class="expr">{words}</code> : <span class="expr">{words}</span>;
}

function Step({ one }: { one: Fold }) {
  const { step, values, times } = one;
  const result = step.result as unknown;
  const due = result === false && step.rule.startsWith("touch:") // it is still to go
    && (step.values as Record<string, unknown> | null)?.["state"] === "due";
  const look = due ? "open" : result === true ? "yes" : result === false ? "no" : "open";
  return <li class={look}><span class="mark"><Icon size={14}
    sign={due ? "clock" : look === "yes" ? "check" : look === "no" ? "close" : "why"} /></span>
    <div class="grow"><p><b>{ruleWords(step.rule)}</b>
      <span class="sr">: {look === "yes" ? t("holds_true") : look === "no" ? t("holds_false")
        : due ? t("holds_later") : t("holds_unknown")}</span>
      {typeof result === "string" && <Tag>{known("verdict", result) ?? said("gate", result)}</Tag>}
      {times > 1 && <span class="sm quiet"> · {t("times_between", { count: number(times), from: moment(one.from),
        to: moment(one.to) })}</span>}</p>
      <Expression step={step} />
      {values.length > 0 && <dl class="read">{values.map(([name, read]) => <div key={name}>
        <dt>{factWords(name)}</dt><dd translate={false}>{value(name, read)}</dd></div>)}</dl>}
      {step.source && /[./]/.test(step.source) && <p class="xs faint" translate={false}>{step.source}</p>}</div></li>;
}

// What decided stands open; the rules that were asked and said no are behind one line.
function Steps({ steps }: { steps: readonly Shapes["ExplainStep"][] }) {
  const folds = fold(steps);
  const passed = folds.filter(({ step }, i) => (step.result as unknown) === false && !/^(touch|gate):/.test(step.rule)
    && i < folds.length - 1);
  const open = folds.filter((one) => !passed.includes(one));
  const [few, many] = passed.length > 3 ? [open, passed] : [folds, []];
  return <><ol class="why">{few.map((one, i) => <Step one={one} key={i} />)}</ol>
    {many.length > 0 && <details class="passed sm"><summary>{n("rules_passed", many.length)}</summary>
      <ol class="why">{many.map((one, i) => <Step one={one} key={i} />)}</ol></details>}</>;
}

export function Explain({ patient }: { patient: Shapes["Patient"] }) {
  const [day, setDay] = useState("");
  const at = day ? wall(day, "12:00").toISOString() : "";
  const { data, problem, again } = useAnswer(`explain/${patient.patient_id}/${at}`,
    [`patient:${patient.patient_id}`], (stop) => get("/api/v1/patients/{patient_id}/explain", {
      path: { patient_id: patient.patient_id }, query: at ? { at } : {}, stop }));
  return <div class="explain">
    <Field label={t("on_day")} hint={t("on_day_hint")}>{(aria) => <input class="input" type="date"
      {...aria} value={day} onInput={(event) => setDay(event.currentTarget.value)} />}</Field>
    {problem ? <Trouble problem={problem} again={again} /> : !data ? <Bones lines={6} />
    : data.items.map((one) => <section key={one.playbook} class="answer">
        <header class="row wrap"><h2 translate={false}>{titleOf(one.playbook)}</h2>
          <Tag look={lookOf(one.answer)}>{said("answer", one.answer)}</Tag>
          {one.reason && <span>{known("reason", one.reason) ?? known("hold", one.reason)
            ?? known("gate", one.reason) ?? said("exit", one.reason)}</span>}
          <span class="end xs faint">{moment(one.at)}</span></header>
        <Steps steps={one.steps} /></section>)}
  </div>;
}
