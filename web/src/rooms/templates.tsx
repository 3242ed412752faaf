// templates.tsx: what messages say: every piece as it reads on a phone or in a mail program.
import { useEffect, useState } from "preact/hooks";
import { change, freshen, useAnswer } from "../api/answers";
import { call, get, Problem, type Shapes } from "../api/client";
import { useEdit } from "../drafts";
import { Bones, Box, Chips, Gone, Press, problemWords, Tag, Trouble } from "../parts/basic";
import { channelSign, Icon } from "../parts/icon";
import { tell } from "../parts/over";
import { Versions } from "../parts/versions";
import { place } from "../router";
import { Page } from "../shell/shell";
import { n, said, t } from "../words";
import { inWords } from "../words/sentences";
import { NewPiece } from "./playbook_new";
import { may, session } from "./session";
import { TestSend } from "./test_send";

type Item = Shapes["TemplateItem"];
type Rendered = Shapes["Rendered"];

const pieceOf = (file: string) => file.split("/").at(-1)!;

export function Screen({ channel, read }: { channel: string; read: Rendered }) {
  const from = session.value?.practice?.name ?? "";
  if (channel === "sms") return <div class="phone" role="img" aria-label={t("as_phone")}>
    <span class="phone-from xs">{from}</span><p class="phone-text" translate={false}>{read.text}</p></div>;
  if (channel === "email") return <div class="mail" role="img" aria-label={t("as_mail")}>
    <header><b>{read.subject}</b><span class="xs faint">{from}</span></header>
    <p class="mail-text" translate={false}>{read.text}</p></div>;
  return <blockquote class="script">{read.text}</blockquote>;
}

function Weight({ read, item }: { read: Rendered; item: Item }) {
  return <span class="row wrap sm">
    {item.channel === "sms" && read.segments !== null && read.segments !== undefined
      && <Tag look={read.segments > 1 ? "wait" : ""}>{n("segments", read.segments)}</Tag>}
    {read.encoding && <Tag>{read.encoding.toUpperCase()}</Tag>}
    <Tag look={item.names_treatment ? "wait" : "good"}>{item.names_treatment ? t("names_treatment")
      : t("phi_free")}</Tag>
    {read.missing && <span class="bad">{read.missing}</span>}</span>;
}

export function Pieces({ name }: { name: string }) {
  const list = useAnswer("templates", ["playbook"], (stop) => get("/api/v1/templates", { stop }));
  const pieces = (list.data?.items ?? []).filter((one) => one.name === name);
  const [file, setFile] = useState<string | null>(null);
  const item = pieces.find((one) => one.file === file) ?? pieces[0];
  if (!list.data) return <Bones lines={3} />;
  if (!item) return null;
  return <div class="pieces"><div class="row wrap"><Chips label={t("pieces")} value={item.file}
    onPick={setFile} options={pieces.map((one) => ({ id: one.file,
      text: `${said("channel_short", one.channel)} ${one.language} ${one.wording === "generic" ? ""
        : said("wording", one.wording)}` }))} />
    <a class="sm end" href={`#/playbooks/templates/${item.name}/${pieceOf(item.file)}`}>
      {t("change_text")}</a></div>
    <Preview item={item} /></div>;
}

function usePreview(item: Item, source: string | undefined) {
  const [state, setState] = useState<{ data: Shapes["TemplatePreview"] | null; problem: Problem | null }>(
    { data: null, problem: null });
  useEffect(() => {
    if (source === undefined) return;
    const stop = new AbortController();
    const wait = setTimeout(() => {
      call("post", "/api/v1/templates/{name}/{piece}/preview", { path: { name: item.name,
        piece: pieceOf(item.file) }, body: { source }, stop: stop.signal })
        .then((answer) => setState({ data: answer.data, problem: null }), (error: unknown) => {
          if (error instanceof Problem) setState((old) => ({ ...old, problem: error }));
        });
    }, 200);
    return () => {
      clearTimeout(wait);
      stop.abort();
    };
  }, [item.file, source]);
  return state;
}

function useSource(item: Item) {
  return useAnswer(`template/${item.file}`, ["playbook"], (stop) =>
    call("get", "/api/v1/templates/{name}/{piece}", { path: { name: item.name,
      piece: pieceOf(item.file) }, stop }).then((answer) => ({ ...answer.data,
      etag: answer.etag || answer.data.etag })));
}

function Both({ item, data }: { item: Item; data: Shapes["TemplatePreview"] }) {
  return <div class="both">{(["example", "worst"] as const).map((which) => data[which]
    ? <figure key={which}><figcaption class="label">{said("preview", which)}</figcaption>
        <Screen channel={item.channel} read={data[which]!} />
        <Weight read={data[which]!} item={item} /></figure> : null)}</div>;
}

function Preview({ item }: { item: Item }) {
  const source = useSource(item);
  const preview = usePreview(item, source.data?.source);
  if (preview.problem && !preview.data) return <Trouble problem={preview.problem} />;
  return preview.data ? <Both item={item} data={preview.data} /> : <Bones lines={3} />;
}

interface Problems { problems?: { severity: string; line: number; message: string; hint?: string }[] }

function Edit({ item }: { item: Item }) {
  const source = useSource(item);
  const edit = useEdit(`template/${item.file}`, source.data);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const { text, changed, keep, drop } = edit;
  const preview = usePreview(item, source.data ? text : undefined);
  const writes = may("playbooks.write");
  const problems = (preview.data?.describes as Problems | undefined)?.problems ?? [];
  const save = () => {
    setBusy(true);
    setProblem(null);
    call("put", "/api/v1/templates/{name}/{piece}", { path: { name: item.name,
      piece: pieceOf(item.file) }, body: { source: text }, etag: edit.etag })
      .then((answer) => {
        change<Shapes["Template"]>(`template/${item.file}`, (old) => ({ ...old, source: text,
          etag: answer.etag || answer.data.etag }));
        edit.saved();
        freshen(["playbook"]);
        tell(t("saved_not_running"));
      }, (error: unknown) => {
        if (!(error instanceof Problem)) return;
        if (error.status === 412) source.again();
        else setProblem(error);
      }).finally(() => setBusy(false));
  };
  if (source.problem && !source.data) return <Trouble problem={source.problem} again={source.again} />;
  if (!source.data) return <Bones lines={6} />;
  return <div class="template-edit"><div class="col">
    {problem && <Box look="alarm">{problemWords(problem)}</Box>}
    {edit.theirs !== null && <Versions theirs={edit.theirs} mine={text} onTheirs={drop}
      onMine={edit.keepMine} />}
    <textarea class="input mono" rows={12} spellcheck readOnly={!writes} value={text}
      aria-label={t("text_of", { name: item.file })}
      onInput={(event) => keep(event.currentTarget.value)} />
    <ul class="findings">{problems.map((one, i) => <li key={i} class={one.severity === "error" ? "bad"
      : "waits"}><Icon sign="alert" size={16} /><div class="grow"><p>{inWords(one.message)}{" "}
      <span class="xs faint">{t("line_at", { line: one.line })}</span></p>
      {one.hint && <p class="sm quiet">{inWords(one.hint)}</p>}</div></li>)}</ul>
    {writes && <div class="row wrap">{(item.channel === "sms" || item.channel === "email") && <TestSend
      send={() => call("post", "/api/v1/templates/{name}/{piece}/test-send", { path: { name: item.name,
        piece: pieceOf(item.file) }, body: changed ? { source: text } : {} })} />}{changed && <Press look="plain" sign="undo" onClick={drop}>
      {t("discard")}</Press>}<Press look="main end" busy={busy} onClick={save}
      disabled={!changed || edit.theirs !== null || problems.some((one) => one.severity === "error")}>{t("save")}</Press></div>}
  </div>{preview.data ? <Both item={item} data={preview.data} /> : <Bones />}</div>;
}

export function Templates() {
  const [, , name, piece] = place.value.path;
  const [adding, setAdding] = useState(false);
  const list = useAnswer("templates", ["playbook"], (stop) => get("/api/v1/templates", { stop }));
  const items = list.data?.items ?? [];
  const item = items.find((one) => one.name === name && pieceOf(one.file) === piece);
  const groups = [...new Set(items.map((one) => one.name))];
  if (item) return <Page title={item.name} back={{ text: t("templates"), to: "#/playbooks/templates" }}
    sub={<span class="row wrap"><Icon sign={channelSign(item.channel)} size={17} />
      {said("channel", item.channel)} · {said("language", item.language)} ·{" "}
      {said("wording", item.wording)}</span>}><Edit item={item} key={item.file} /></Page>;
  if (name && list.data) return <Gone what="template" to="#/playbooks/templates" back={t("templates")} />;
  return <Page title={t("templates")} sub={t("templates_sub")}
    back={{ text: t("playbooks"), to: "#/playbooks" }} acts={may("playbooks.write") && <Press sign="plus"
      onClick={() => setAdding(true)}>{t("piece_new")}</Press>}>
    {adding && <NewPiece onClose={() => setAdding(false)} />}
    {list.problem && !list.data ? <Trouble problem={list.problem} again={list.again} />
    : !list.data ? <Bones lines={8} /> : <ul class="gallery small">{groups.map((group) =>
      <li key={group} class="card"><h2>{group}</h2><ul class="steps">{items.filter((one) =>
        one.name === group).map((one) => <li key={one.file}><Icon sign={channelSign(one.channel)}
          size={16} /><a class="grow" href={`#/playbooks/templates/${group}/${pieceOf(one.file)}`}>
          {said("channel_short", one.channel)} · {said("language", one.language)} ·{" "}
          {said("wording", one.wording)}</a>
          {one.errors > 0 ? <Tag look="alarm">{n("errors", one.errors)}</Tag>
          : one.names_treatment ? <Tag look="wait">{t("names_treatment_short")}</Tag>
          : one.segments ? <span class="xs faint">{n("segments", one.segments)}</span> : null}</li>)}
      </ul></li>)}</ul>}</Page>;
}
