// migrate.tsx: who is under way on an older version goes on with the one that runs: shown first, then
// carried out, a part at a time.
import { useState } from "preact/hooks";
import { freshen } from "../api/answers";
import { call, Problem, type Shapes } from "../api/client";
import { ago, number } from "../format";
import { Box, Press, problemWords, Tag } from "../parts/basic";
import { Icon, type Sign } from "../parts/icon";
import { Dialog, tell } from "../parts/over";
import { n, said, t } from "../words";
import { Who } from "./plan";

type M = Shapes["Migration"];
type Person = Shapes["MigrationPerson"];

const signs: Record<string, Sign> = { done: "check", kept: "check", moved: "calendar", added: "plus",
  dropped: "close", passed: "next" };
const changes = (one: Person) => one.touches.filter((touch) => touch.change !== "done"
  && touch.change !== "kept");

function Moves({ person }: { person: Person }) {
  return <li><details><summary><b>{person.name ?? person.patient}</b> {person.name && <span class="xs faint">
    {person.patient}</span>} {person.arm === "holdout" && <Tag>{t("left_out")}</Tag>}{" "}
    <span class="quiet">{changes(person).length ? n("touches_change", changes(person).length)
      : t("touches_same")}</span></summary>
    <ul class="steps">{person.touches.map((one) => <li key={one.touch}><Icon sign={signs[one.change] ?? "event"}
      size={15} /><span class="grow">{one.touch} <span class="faint">{[one.at && ago(one.at),
        one.change === "moved" && one.was && t("was_at", { when: ago(one.was) }), one.template]
        .filter(Boolean).join(" · ")}</span></span><Tag look={one.change === "dropped" ? "alarm"
        : one.change === "done" || one.change === "kept" ? "" : "wait"}>{said("migrate", one.change)}</Tag></li>)}
    </ul></details></li>;
}

function Shown({ dry }: { dry: M }) {
  const left = (all: number, list: readonly Person[]) => all > list.length
    && <p class="xs faint">{n("left_off", all - list.length)}</p>;
  return <><dl class="figures"><div><dt>{t("migrate_move")}</dt><dd>{number(dry.moves)}{dry.next && "+"}</dd></div>
      <div><dt>{t("migrate_stay")}</dt><dd>{number(dry.stays)}{dry.next && "+"}</dd></div></dl>
    {dry.next && <p class="sm quiet">{t("migrate_part")}</p>}
    {dry.move.length > 0 && <section><h3>{t("migrate_move")}</h3><ul class="moves">{dry.move.map((one) =>
      <Moves key={one.enrollment_id} person={one} />)}</ul>{left(dry.moves, dry.move)}</section>}
    {dry.stay.length > 0 && <section><h3>{t("migrate_stay")}</h3><ul class="moves">{dry.stay.map((one) =>
      <li key={one.enrollment_id} class="row wrap"><Who person={one} />{one.reason && <Tag look="wait">
        {said("stay", one.reason)}</Tag>}<span class="sm quiet">{one.detail}</span></li>)}</ul>
      {left(dry.stays, dry.stay)}</section>}</>;
}

export function Migrate({ name }: { name: string }) {
  const [dry, setDry] = useState<M | null>(null);
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [moved, setMoved] = useState(0);
  const [problem, setProblem] = useState<Problem | null>(null);
  const ask = async (dry_run: boolean, cursor?: string | null) => (await call("post",
    "/api/v1/playbooks/{playbook}/migrate", { path: { playbook: name },
      body: { dry_run, ...(cursor ? { cursor } : {}) } })).data;
  const guard = (work: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    work().catch((error: unknown) => {
      if (error instanceof Problem) setProblem(error);
    }).finally(() => setBusy(false));
  };
  const show = () => {
    setOpen(true);
    setMoved(0);
    setDry(null);
    guard(async () => setDry(await ask(true)));
  };
  const carryOut = () => guard(async () => {
    let count = 0;
    for (let next: string | null | undefined; next !== null;) {
      const part: M = await ask(false, next);
      count += part.moves;
      setMoved(count);
      next = part.next ?? null;
    }
    freshen(["playbook", "touch"]);
    setOpen(false);
    tell(n("migrated", count));
  });
  return <><Press sign="play" onClick={show}>{t("migrate")}</Press>
    {open && <Dialog title={t("migrate_title")} onClose={() => setOpen(false)} broad firm={busy && dry !== null}>
      <div class="form"><p class="quiet">{t("migrate_text")}</p>
        {problem && <Box look="alarm">{problemWords(problem)}</Box>}
        <div role="status">{busy && <p class="quiet">{dry ? n("migrated", moved) : t("planning")}</p>}</div>
        {dry && <Shown dry={dry} />}
        <footer><Press onClick={() => setOpen(false)} disabled={busy && dry !== null}>{t("cancel")}</Press>
          <Press look="main" busy={busy} data-first disabled={!dry || (!dry.moves && !dry.next)}
            onClick={carryOut}>{t("migrate_do")}</Press></footer></div></Dialog>}</>;
}
