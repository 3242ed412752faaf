// canned.tsx: answers that are written once: added, changed, dropped, each with its way back.
import { useState } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { call, get, type Shapes } from "../api/client";
import { fitting, fullDay } from "../format";
import { Bones, Box, Chips, Empty, Field, IconPress, Press, Tag, Trouble } from "../parts/basic";
import { attempt, Dialog, tell } from "../parts/over";
import { language, said, t } from "../words";
import { useSend } from "./enter";
import { may } from "./session";

type Answer = Shapes["Canned"];
type Tongue = Answer["language"];
const NAME_BYTES_MAX = 80;
const BODY_BYTES_MAX = 4000;

function Edit({ one, onClose, onSaved }: { one: Answer | null; onClose: () => void; onSaved: () => void }) {
  const [base, setBase] = useState(one);
  const [form, setForm] = useState({ name: one?.name ?? "", body: one?.body ?? "",
    language: one?.language ?? language.value as Tongue });
  const [theirs, setTheirs] = useState<Answer | null>(null);
  const send = useSend(async () => {
    if (!base) await call("post", "/api/v1/canned-answers", { body: form });
    else await call("put", "/api/v1/canned-answers/{canned_id}", { path: { canned_id: base.canned_id },
      body: form, etag: base.etag }).catch(async (error: unknown) => {
      const { items } = await get("/api/v1/canned-answers");
      const now = items.find((item) => item.canned_id === base.canned_id);
      if (now && now.etag !== base.etag) setTheirs(now);
      throw error;
    });
    onSaved();
    onClose();
    tell(t("saved"));
  });
  const take = (mine: boolean) => {
    if (!mine) setForm({ name: theirs!.name, body: theirs!.body, language: theirs!.language });
    setBase(theirs);
    setTheirs(null);
    send.clear();
  };
  return <Dialog title={one ? t("canned_edit") : t("canned_add")} onClose={onClose}><form class="form"
    onSubmit={send.submit}>
    {theirs ? <Box look="wait"><p>{t("changed_meanwhile")}</p><p><b>{theirs.name}</b></p>
      <p class="said-text">{theirs.body}</p><p class="row wrap gap-above"><Press look="small"
        onClick={() => take(false)}>{t("take_theirs")}</Press><Press look="small"
        onClick={() => take(true)}>{t("keep_mine")}</Press></p></Box>
    : send.general && <Box look="alarm">{send.general}</Box>}
    <Field label={t("name")} name="name" wrong={send.fields} hint={t("canned_name_hint")}>{(aria) =>
      <input class="input" required data-first {...aria} value={form.name} onInput={(event) =>
        setForm({ ...form, name: fitting(event.currentTarget.value, NAME_BYTES_MAX) })} />}</Field>
    <Chips label={t("language")} value={form.language} onPick={(next) => setForm({ ...form, language: next })}
      options={[{ id: "en" as Tongue, text: t("language_en") }, { id: "es" as Tongue, text: t("language_es") }]} />
    <Field label={t("canned_body")} name="body" wrong={send.fields} hint={t("canned_body_hint")}>{(aria) =>
      <textarea class="input" required rows={6} {...aria} value={form.body} onInput={(event) =>
        setForm({ ...form, body: fitting(event.currentTarget.value, BODY_BYTES_MAX) })} />}</Field>
    <footer><Press onClick={onClose}>{t("cancel")}</Press><Press look="main" submit busy={send.busy}
      disabled={theirs !== null}>{t("save")}</Press></footer></form></Dialog>;
}

export function CannedAnswers() {
  const { data, problem, again } = useAnswer("canned", [], (stop) =>
    get("/api/v1/canned-answers", { stop }));
  const [open, setOpen] = useState<Answer | "new" | null>(null);
  const writes = may("inbox.write");
  if (problem && !data) return <Trouble problem={problem} again={again} />;
  if (!data) return <Bones lines={6} />;
  const drop = (one: Answer) => attempt(async () => {
    await call("delete", "/api/v1/canned-answers/{canned_id}", { path: { canned_id: one.canned_id } });
    again();
    tell(t("canned_dropped", { name: one.name }), async () => {
      await call("post", "/api/v1/canned-answers", { body: { name: one.name, body: one.body,
        language: one.language } });
      again();
    });
  });
  return <>{writes && <div class="row gap-below"><Press look="main" sign="plus"
    onClick={() => setOpen("new")}>{t("canned_add")}</Press></div>}
    {data.items.length ? <ul class="rows">{data.items.map((one) => <li key={one.canned_id} class="entry row">
      <div class="grow"><p class="row wrap"><b>{one.name}</b><Tag>{said("language", one.language)}</Tag>
        <span class="xs faint">{fullDay(one.updated_at)}</span></p>
        <p class="sm quiet said-text">{one.body}</p></div>
      {writes && <><Press look="small" onClick={() => setOpen(one)}>{t("edit")}<span class="sr"> {one.name}
        </span></Press><IconPress sign="close" says={t("canned_drop", { name: one.name })}
        look="plain small" onClick={() => void drop(one)} /></>}</li>)}</ul>
    : <Empty sign="note" title={t("no_canned")}>{t("no_canned_text")}</Empty>}
    {open && <Edit one={open === "new" ? null : open} onClose={() => setOpen(null)} onSaved={again} />}</>;
}
