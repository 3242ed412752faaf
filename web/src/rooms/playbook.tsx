// playbook.tsx: one playbook: its picture with live counts, its text, what a plan of it would do.
import { useEffect, useState } from "preact/hooks";
import type { ComponentType } from "preact";
import { change, useAnswer } from "../api/answers";
import { get, type Shapes } from "../api/client";
import { moment, number, percent } from "../format";
import { Bones, Box, Gone, isDead, Press, Tag, Trouble } from "../parts/basic";
import { channelSign, Icon } from "../parts/icon";
import { Wide } from "../parts/wide";
import { go } from "../router";
import { Page, Scope } from "../shell/shell";
import { n, said, t } from "../words";
import { inWords } from "../words/sentences";
import { actorWords } from "./audit_detail";
import { Migrate } from "./migrate";
import { Pieces } from "./templates";
import { Plan } from "./plan";
import { pause, resume, RunTag } from "./playbooks";
import { enteredOf, River, RuleCard, type Picked } from "./river";
import { everywhere, may } from "./session";
import type { EditorProps } from "./editor";

type Book = Shapes["Playbook"];
type Touch = Shapes["TouchNode"];

export function Findings({ list, onPick }: { list: readonly Shapes["Finding"][];
  onPick?: (finding: Shapes["Finding"]) => void }) {
  if (!list.length) return null;
  return <ul class="findings">{list.map((one, i) => <li key={i} class={one.error ? "bad" : "waits"}>
    <Icon sign="alert" size={16} /><div class="grow"><p>{inWords(one.message)} {onPick
      ? <button type="button" class="at" onClick={() => onPick(one)}>{t("line_at",
          { line: one.line })}</button> : <span class="xs faint">{t("line_at", { line: one.line })}</span>}
    </p>{one.hint && <p class="sm quiet">{inWords(one.hint)}</p>}</div>
    <span class="xs faint">{one.rule}</span></li>)}</ul>;
}

const touchCounts = ["planned", "sent", "delivered", "clicked", "replied", "skipped",
  "dropped"] as const;

function TouchCard({ touch, onClose }: { touch: Touch; onClose: () => void }) {
  const share = (count: number) => touch.sent ? percent(count / touch.sent, 0) : "–";
  return <section class="card touch-card" aria-label={touch.id}>
    <header><Icon sign={touch.kind === "task" ? "task" : channelSign(touch.channels[0])} size={22} />
      <div class="grow"><h2>{touch.id}</h2><p class="sm quiet">{t("on_day_n", { day: touch.day })} ·
        {" "}{touch.kind === "task" ? said("task", touch.task) : touch.channels.map((one) =>
          said("channel", one)).join(", ")}
        {touch.offer && touch.offer !== "none" && ` · ${touch.offer}`}</p></div>
      <Press look="plain small" onClick={onClose}>{t("close")}</Press></header>
    <dl class="figures">{touchCounts.map((name) => <div key={name}><dt>{said("count", name)}</dt>
      <dd>{number(touch[name])}{(name === "delivered" || name === "clicked" || name === "replied")
        && <small class="faint"> {share(touch[name])}</small>}</dd></div>)}</dl>
    {(touch.when || touch.skip_if) && <dl class="facts">
      {touch.when && <><dt>{t("only_when")}</dt><dd><code>{touch.when}</code></dd></>}
      {touch.skip_if && <><dt>{t("skipped_if")}</dt><dd><code>{touch.skip_if}</code></dd></>}</dl>}
    {touch.template && <Pieces name={touch.template} />}
  </section>;
}

function Rules({ title, list, text, of, rate }: { title: string; list: readonly Shapes["RuleNode"][];
  text: string; of: number; rate: string }) {
  const most = Math.max(1, ...list.map((one) => one.count));
  return <section class="card"><h2>{title}</h2><p class="sm quiet gap-below">{text}</p>
    <ul class="rules">{list.map((one) => <li key={one.name}>
      <div class="row"><b class="grow">{said("exit", one.name)}</b>
        {one.resumes && <Tag>{t("resumes")}</Tag>}<span class="num">{number(one.count)}
          {of > 0 && <span class="faint" title={rate}> {percent(one.count
            / Math.max(of, one.count), 0)}</span>}</span></div>
      <i class="gauge" style={{ width: `${one.count / most * 100}%` }} />
      <code class="xs">{one.when ?? (one.at_day !== null && one.at_day !== undefined
        ? t("on_day_n", { day: one.at_day }) : "")}</code></li>)}</ul></section>;
}

function Picture({ book }: { book: Book }) {
  const [picked, setPicked] = useState<Picked | null>(null);
  const touch = picked?.what === "touch" ? book.touches.find((one) => one.id === picked.id) : undefined;
  const { playbook, entry, measure } = book;
  const entered = enteredOf(book);
  const pick = (next: Picked) => setPicked(next.what === picked?.what && next.id === picked.id ? null : next);
  return <>
    <River book={book} picked={picked} onPick={pick} />
    {touch && <TouchCard touch={touch} onClose={() => setPicked(null)} />}
    {picked && picked.what !== "touch" && <RuleCard book={book} picked={picked}><Press look="plain small"
      onClick={() => setPicked(null)}>{t("close")}</Press></RuleCard>}
    <div class="trio">
      <section class="card"><h2>{t("who_enters")}</h2>{entry ? <dl class="facts">
        <dt>{t("clock")}</dt><dd><code>{entry.clock}</code></dd>
        {entry.crosses && <><dt>{t("crosses")}</dt><dd>{entry.crosses}</dd></>}
        {entry.close_after && <><dt>{t("closes_after")}</dt><dd>{entry.close_after}</dd></>}
        {entry.only_if && <><dt>{t("only_if")}</dt><dd><code>{entry.only_if}</code></dd></>}
        <dt>{t("backlog")}</dt><dd>{said("backlog", entry.backlog)}
          {entry.per_day_max > 0 && ` · ${t("per_day", { count: entry.per_day_max })}`}</dd>
        {measure && <><dt>{t("goal")}</dt><dd>{measure.goal}, {measure.within}</dd>
          <dt>{t("left_out_share")}</dt><dd>{number(measure.holdout_percent)} %</dd></>}
        {book.owner && <><dt>{t("answers_for_it")}</dt><dd>{book.owner}</dd></>}
        <dt>{t("ended_so_far")}</dt><dd>{number(playbook.ended)}</dd></dl> : null}</section>
      <Rules title={t("holds")} text={t("holds_text")} list={book.holds} of={entered}
        rate={t("of_entered")} />
      <Rules title={t("exits")} text={t("exits_text")} list={book.exits} of={entered}
        rate={t("of_entered")} />
    </div></>;
}

function Versions({ name }: { name: string }) {
  const { data, problem } = useAnswer(`versions/${name}`, ["playbook"],
    (stop) => get("/api/v1/playbooks/{playbook}/versions", { path: { playbook: name }, stop }));
  if (problem) return <Trouble problem={problem} />;
  if (!data) return <Bones />;
  if (!data.items.length) return <p class="quiet">{t("never_applied")}</p>;
  const older = data.items.some((one) => !one.current && one.live > 0);
  return <>{older && <div class="row wrap gap-below"><p class="grow quiet">{t("older_live")}</p>
    {may("playbooks.run") && may("patients.read") && everywhere.value && <Migrate name={name} />}</div>}
    <Wide><table class="table"><thead><tr><th>{t("version")}</th><th>{t("applied")}</th>
    <th>{t("who")}</th><th class="num">{t("still_on_it")}</th></tr></thead><tbody>
    {data.items.map((one) => <tr key={one.version}><td><code>{one.version.slice(7, 19)}</code>{" "}
      {one.current && <Tag look="good">{t("current")}</Tag>}</td><td>{moment(one.applied_at)}</td>
      <td>{actorWords(one.applied_by)}</td><td class="num">{number(one.live)}</td></tr>)}</tbody></table></Wide></>;
}

function LazyEditor(props: EditorProps) {
  const [Part, setPart] = useState<ComponentType<EditorProps> | null>(null);
  useEffect(() => { void import("./editor").then((loaded) => setPart(() => loaded.Editor)); }, []);
  return Part ? <Part {...props} /> : <Bones lines={9} />;
}

export function Playbook({ name, part }: { name: string; part: string }) {
  const { data, problem, again } = useAnswer(`playbook/${name}`, ["playbook", "touch"],
    (stop) => call1(name, stop));
  const tabs = ["picture", "form", "text", ...(may("playbooks.plan") ? ["plan"] : []), "versions"];
  const item = data?.playbook;
  if (isDead(problem)) return <Gone what="playbook" to="#/playbooks" back={t("playbooks")} />;
  return <Page back={{ text: t("playbooks"), to: "#/playbooks" }} title={<span translate={false}>{item?.title ?? name}</span>}
    sub={item && <span class="row wrap"><RunTag item={item} />
      {item.errors > 0 && <Tag look="alarm">{n("errors", item.errors)}</Tag>}
      {item.warnings > 0 && <Tag look="wait">{n("warnings", item.warnings)}</Tag>}
      {item.changed && <Tag look="wait">{t("file_changed")}</Tag>}
      <span class="mono faint">{item.file}</span><Scope /></span>}
    acts={item && <>{(item.run === "active" || item.run === "pilot") && may("playbooks.pause")
      && <Press sign="pause" onClick={() => void pause(item)}>{t("pause")}</Press>}
      {item.run === "paused" && item.running_version && may("playbooks.run") && everywhere.value
        && <Press sign="play" onClick={() => void resume(item)}>{t("resume")}</Press>}
      {may("playbooks.plan") && part !== "plan" && <Press look="main"
        onClick={() => go("playbooks", name, "plan")}>{t("see_plan")}</Press>}</>}>
    <nav class="tabs" aria-label={t("sections")}>{tabs.map((one) => <a key={one}
      href={`#/playbooks/${name}/${one}`} aria-current={one === part ? "page" : undefined}>
      {said("book", one)}</a>)}</nav>
    <div class="tab-body">
      {problem && !data ? <Trouble problem={problem} again={again} /> : !data ? <Bones lines={7} />
      : part === "text" || part === "form" ? <LazyEditor name={name} source={data.source} etag={data.etag}
          view={part} findings={data.findings} onStale={again} onSaved={(version) => {
            change<Book>(`playbook/${name}`, (book) => ({ ...book, ...version }));
            again();
          }} />
      : part === "plan" && !may("playbooks.plan") ? <Gone what="role" to={`#/playbooks/${name}`} back={item!.title} part />
      : part === "plan" ? <Plan name={name} item={data.playbook} />
      : part === "versions" ? <Versions name={name} />
      : <>{data.findings.some((one) => one.error) && <Box look="alarm">{t("has_errors")}{" "}
          <a href={`#/playbooks/${name}/text`}>{t("look")}</a></Box>}
        <Picture book={data} /></>}
    </div></Page>;
}

const call1 = (name: string, stop: AbortSignal) =>
  get("/api/v1/playbooks/{playbook}", { path: { playbook: name }, stop });
