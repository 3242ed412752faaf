// playbooks.tsx: whom to reach, in which order, when to stop: as a gallery, and one at a time.
import { useEffect, useState } from "preact/hooks";
import { freshen, useAnswer } from "../api/answers";
import { call, get, type Shapes } from "../api/client";
import { ago, number } from "../format";
import { Bones, Empty, Press, Tag, Trouble } from "../parts/basic";
import { Icon } from "../parts/icon";
import { attempt, sure, tell } from "../parts/over";
import { place } from "../router";
import { Page, Scope } from "../shell/shell";
import { n, said, t } from "../words";
import { Playbook } from "./playbook";
import { NewPlaybook } from "./playbook_new";
import { Templates } from "./templates";
import { everywhere, may, refreshSession, session } from "./session";
import { keepTitles } from "./titles";

type Item = Shapes["PlaybookItem"];

export function RunTag({ item }: { item: Item }) {
  const look = { never: "", paused: "wait", pilot: "note", active: "good" }[item.run];
  return <Tag look={look}>{said("run", item.run)}</Tag>;
}

export async function pause(item: Item): Promise<void> {
  await attempt(async () => {
    const path = { playbook: item.name };
    await call("post", "/api/v1/playbooks/{playbook}/pause", { path, body: {} });
    freshen(["playbook"]);
    tell(t("playbook_paused", { title: item.title }), may("playbooks.run") && everywhere.value ? async () => {
      await call("post", "/api/v1/playbooks/{playbook}/resume", { path });
      freshen(["playbook"]);
    } : undefined);
  });
}

export async function resume(item: Item): Promise<void> {
  await attempt(async () => {
    await call("post", "/api/v1/playbooks/{playbook}/resume", { path: { playbook: item.name } });
    freshen(["playbook"]);
    tell(t("playbook_resumed", { title: item.title }));
  });
}

async function allSending(paused: boolean): Promise<void> {
  if (!paused && !await sure(t("pause_all"), t("pause_all_text"), t("pause_all"), true)) return;
  await attempt(async () => {
    if (paused) await call("post", "/api/v1/sending/resume");
    else await call("post", "/api/v1/sending/pause");
    freshen(["playbook"]);
    await refreshSession();
    tell(paused ? t("resumed_all") : t("paused_all"));
  });
}

function Card({ item }: { item: Item }) {
  return <li class="card play-card">
    <header><div class="grow"><h2 translate={false}><a href={`#/playbooks/${item.name}`}>{item.title}</a></h2>
      <p class="sm faint one">{[item.service, said("purpose", item.purpose)].filter(Boolean).join(" · ")}
      </p></div><RunTag item={item} /></header>
    <dl class="figures"><div><dt>{t("now_in")}</dt><dd>{number(item.active)}</dd></div>
      <div><dt>{t("held")}</dt><dd>{number(item.held)}</dd></div>
      <div><dt>{t("entered_30")}</dt><dd>{number(item.entered_30_days)}</dd></div></dl>
    <footer class="row sm">
      {item.errors > 0 ? <span class="bad row"><Icon sign="alert" size={16} />
        {n("errors", item.errors)}</span>
      : item.changed ? <span class="waits row"><Icon sign="event" size={16} />{t("file_changed")}</span>
      : item.since ? <span class="faint">{t("since", { when: ago(item.since) })}</span>
      : <span class="faint">{t("never_ran")}</span>}
      <span class="end" />
      {item.run === "active" || item.run === "pilot"
        ? may("playbooks.pause") && <Press look="small" sign="pause" onClick={() => void pause(item)}>
            {t("pause")}</Press>
        : item.run === "paused" && item.running_version && may("playbooks.run") && everywhere.value
          ? <Press look="small" sign="play" onClick={() => void resume(item)}>{t("resume")}</Press>
          : null}
    </footer></li>;
}

export function Playbooks() {
  const [, name, part] = place.value.path;
  const [adding, setAdding] = useState(false);
  const { data, problem, again } = useAnswer("playbooks", ["playbook"],
    (stop) => get("/api/v1/playbooks", { stop }));
  useEffect(() => { if (data) keepTitles(data.items); }, [data]);
  if (name === "templates") return <Templates />;
  if (name) return <Playbook name={name} part={part ?? "picture"} key={name} />;
  const paused = data?.sending_paused ?? session.value?.practice?.sending_paused ?? false;
  return <Page title={t("playbooks")} sub={<>{t("playbooks_sub")} <Scope /></>} acts={<>
    <a class="press" href="#/playbooks/templates"><Icon sign="email" size={17} />{t("templates")}</a>
    {may("playbooks.write") && <Press sign="plus" onClick={() => setAdding(true)}>{t("playbook_new")}</Press>}
    {paused ? may("playbooks.run") && everywhere.value && <Press look="main" sign="play"
      onClick={() => void allSending(true)}>{t("resume_all")}</Press>
    : may("playbooks.pause") && <Press sign="pause" onClick={() => void allSending(false)}>
        {t("pause_all")}</Press>}</>}>
    {adding && <NewPlaybook own={data?.items ?? []} onClose={() => setAdding(false)} />}
    {problem && !data ? <Trouble problem={problem} again={again} /> : !data ? <Bones lines={6} />
    : data.items.length ? <ul class="gallery">{data.items.map((item) =>
        <Card item={item} key={item.name} />)}</ul>
    : <Empty sign="playbooks" title={t("no_playbooks")}>{t("no_playbooks_text")}</Empty>}
  </Page>;
}
