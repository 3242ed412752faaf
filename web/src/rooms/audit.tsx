// audit.tsx: who did and who read what; and whether anybody has changed it since.
import { useState } from "preact/hooks";
import { call, get, Problem, type Shapes } from "../api/client";
import { usePages } from "../api/pages";
import { dayAfter } from "../days";
import { moment, number, wall } from "../format";
import { Bones, Box, Empty, Field, Press, problemWords, Trouble } from "../parts/basic";
import { place } from "../router";
import { Page } from "../shell/shell";
import { said, t } from "../words";
import { actions } from "../words/actions";
import { actorWords, detailOf, seenIn } from "./audit_detail";
import { Disclosures } from "./disclosures";
import { may } from "./session";

type Row = Shapes["AuditRow"];

// What somebody typed, as the log knows it: the words of a deed, their beginning, or a part of its name.
function actionOf(typed: string): string {
  const wanted = typed.trim().toLowerCase();
  const like = (test: (words: string) => boolean) => actions.find((one) => test(said("audit", one).toLowerCase()));
  return wanted ? like((words) => words === wanted) ?? like((words) => words.startsWith(wanted)) ?? wanted : "";
}

function Verify() {
  const [state, setState] = useState<{ busy: boolean; done?: Shapes["AuditVerified"];
    problem?: Problem }>({ busy: false });
  const verify = () => {
    setState({ busy: true });
    call("post", "/api/v1/audit/verify").then((answer) => setState({ busy: false, done: answer.data }),
      (error: unknown) => setState({ busy: false, ...(error instanceof Problem
        ? { problem: error } : {}) }));
  };
  return <><Press sign="audit" busy={state.busy} onClick={verify}>{state.busy ? t("verifying")
    : t("verify")}</Press>
    {state.done && <Box look={state.done.broken ? "alarm" : "good"} sign={state.done.broken ? "alert"
      : "check"}>{state.done.broken ? t("chain_broken", { writer: state.done.writer ?? "",
        seq: state.done.seq ?? 0, reason: state.done.reason ?? "" })
      : t("chain_whole", { rows: number(state.done.rows), writers: number(state.done.writers) })}</Box>}
    {state.problem && <Box look="alarm">{problemWords(state.problem)}</Box>}</>;
}

// Of one patient, for whoever may know who looked, and not at whom.
function OnePatient({ id }: { id: string }) {
  return <Page title={t("disclosures_of")} back={{ text: t("audit"), to: "#/audit" }}><Disclosures id={id} /></Page>;
}

export function Audit() {
  const id = place.value.path[1];
  return id ? <OnePatient id={id} /> : <Log />;
}

function Log() {
  const [form, setForm] = useState({ actor: "", action: "", from: "", to: "" });
  const [asked, setAsked] = useState(form);
  const action = actionOf(asked.action);
  const query = { ...(asked.actor ? { actor: asked.actor } : {}),
    ...(action ? { action } : {}),
    ...(asked.from ? { from: wall(asked.from, "00:00").toISOString() } : {}),
    ...(asked.to ? { to: wall(dayAfter(asked.to, 1), "00:00").toISOString() } : {}) };
  const pages = usePages<Row, Shapes["AuditList"]>(`audit/${JSON.stringify(query)}`, [],
    (cursor, stop) => get("/api/v1/audit", { query: { ...query, limit: 100,
      ...(cursor ? { cursor } : {}) }, ...(stop ? { stop } : {}) }));
  const field = (name: "actor" | "from" | "to", type: string, label: string) =>
    <Field label={label}>{(aria) => <input class="input" type={type} {...aria} value={form[name]}
      onInput={(event) => setForm({ ...form, [name]: event.currentTarget.value })} />}</Field>;
  return <Page title={t("audit")} sub={t("audit_sub")} acts={may("audit.read") && <Verify />}>
    <form class="audit-form" onSubmit={(event) => { event.preventDefault(); setAsked(form); }}>
      {field("actor", "text", t("who"))}<Field label={t("what")}>{(aria) => <><input class="input" {...aria} list="deeds"
        value={form.action} onInput={(event) => setForm({ ...form, action: event.currentTarget.value })} />
        <datalist id="deeds">{actions.map((one) => said("audit", one)).sort((a, b) => a.localeCompare(b)).map((words) =>
          <option key={words} value={words} />)}</datalist></>}</Field>
      {field("from", "date", t("from"))}{field("to", "date", t("to"))}
      <Press submit sign="search">{t("search")}</Press></form>
    {pages.problem && !pages.first ? <Trouble problem={pages.problem} again={pages.again} />
    : !pages.first ? <Bones lines={8} /> : !pages.items.length
      ? <Empty sign="audit" title={t("audit_empty")} />
    : <><div class="wide" tabIndex={0}><table class="table log"><thead><tr><th>{t("when")}</th><th>{t("who")}</th>
        <th>{t("what")}</th><th>{t("detail")}</th></tr></thead><tbody>{pages.items.map((row) =>
          <tr key={row.writer + row.seq}><td class="faint nowrap">{moment(row.at)}</td>
            <td>{row.actor_name ?? actorWords(row.actor)}</td><td>{said("audit", row.action)}{seenIn(row) && <span class="faint"> · {seenIn(row)}</span>}</td>
            <td class="sm quiet">{row.patient_id && <a href={`#/${may("patients.read") ? "patients" : "audit"}/${
              row.patient_id}`}>{t("patient")}</a>} <span translate={false}>{detailOf(row.detail)}</span></td>
          </tr>)}</tbody></table></div>
        {pages.more && <Press onClick={pages.more}>{t("earlier")}</Press>}</>}
  </Page>;
}
