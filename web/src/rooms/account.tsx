// account.tsx: one's own name, language, password, second factor, and where one is signed in.
import { useState } from "preact/hooks";
import { freshen, useAnswer } from "../api/answers";
import { call, get } from "../api/client";
import { ago } from "../format";
import { setSingleKeys, singleKeys } from "../keys";
import { Bones, Box, Chips, Field, Press, Tag } from "../parts/basic";
import { Dialog, tell } from "../parts/over";
import { theme } from "../theme";
import { language, said, setLanguage, t } from "../words";
import { SetPassword, SetSecondFactor, useSend } from "./enter";
import { may, refreshSession, session } from "./session";
import { OwnAddresses } from "./test_send";

function DropFactor({ onClose }: { onClose: () => void }) {
  const [password, setPassword] = useState("");
  const send = useSend(async () => {
    await call("delete", "/api/v1/account/second-factor", { body: { password } });
    await refreshSession();
    onClose();
  });
  return <Dialog title={t("second_drop")} onClose={onClose}><form class="form" onSubmit={send.submit}>
    {send.general && <Box look="alarm">{send.general}</Box>}
    <Field label={t("password")} name="password" wrong={send.fields}>{(aria) => <input class="input"
      type="password" autocomplete="current-password" required {...aria} value={password}
      onInput={(event) => setPassword(event.currentTarget.value)} />}</Field>
    <footer><Press onClick={onClose}>{t("cancel")}</Press>
      <Press look="danger main" submit busy={send.busy}>{t("second_drop")}</Press></footer></form></Dialog>;
}

function Emergency({ onClose }: { onClose: () => void }) {
  const [reason, setReason] = useState("");
  const send = useSend(async () => {
    await call("post", "/api/v1/session/emergency", { body: { reason } });
    await refreshSession();
    freshen(["*"]);
    onClose();
  });
  return <Dialog title={t("emergency")} onClose={onClose}><form class="form" onSubmit={send.submit}>
    {send.general && <Box look="alarm">{send.general}</Box>}<p class="quiet">{t("emergency_text")}</p>
    <Field label={t("reason_label")} name="reason" wrong={send.fields}>{(aria) => <textarea class="input"
      required rows={2} maxLength={500} {...aria} value={reason}
      onInput={(event) => setReason(event.currentTarget.value)} />}</Field>
    <footer><Press onClick={onClose}>{t("cancel")}</Press>
      <Press look="danger main" submit busy={send.busy}>{t("emergency_do")}</Press></footer></form></Dialog>;
}

// "Firefox, Windows" of what a browser calls itself.
function agentWords(agent: string): string {
  const browser = /Edg\//.test(agent) ? "Edge" : /Firefox\//.test(agent) ? "Firefox"
    : /Chrome\//.test(agent) ? "Chrome" : /Safari\//.test(agent) ? "Safari" : "";
  const system = /iPhone|iPad/.test(agent) ? "iOS" : /Android/.test(agent) ? "Android"
    : /Mac OS/.test(agent) ? "macOS" : /Windows/.test(agent) ? "Windows" : /Linux/.test(agent) ? "Linux" : "";
  return [browser, system].filter(Boolean).join(", ") || agent;
}

function Sessions() {
  const { data, again } = useAnswer("own-sessions", [], (stop) =>
    get("/api/v1/account/sessions", { stop }));
  if (!data) return <Bones lines={2} />;
  return <ul class="rows">{data.items.map((one) => <li key={one.session_id} class="entry row">
    <div class="grow"><p class="one" title={one.agent}>{agentWords(one.agent)}</p><p class="sm faint">{one.address} · {t("seen",
      { when: ago(one.seen_at) })}</p></div>
    {one.current ? <Tag look="good">{t("this_one")}</Tag> : <Press look="small" onClick={() => void call(
      "delete", "/api/v1/account/sessions/{session_id}", { path: { session_id: one.session_id } })
      .then(again)}>{t("end_it")}</Press>}</li>)}</ul>;
}

export function Account() {
  const user = session.value?.user;
  const [name, setName] = useState(user?.name ?? "");
  const [open, setOpen] = useState<"" | "password" | "factor" | "drop" | "emergency">("");
  const send = useSend(async () => {
    await call("patch", "/api/v1/account", { body: { name, language: language.value } });
    await refreshSession();
    tell(t("saved"));
  });
  if (!user) return null;
  const close = () => setOpen("");
  const done = () => { close(); void refreshSession(); tell(t("saved")); };
  return <div class="col wide-gap">
    <form class="form" onSubmit={send.submit}>{send.general && <Box look="alarm">{send.general}</Box>}
      <div class="pair"><Field label={t("your_name")} name="name" wrong={send.fields}>{(aria) =>
        <input class="input" required maxLength={120} {...aria} value={name} autocomplete="name"
          onInput={(event) => setName(event.currentTarget.value)} />}</Field>
      <Field label={t("email")}>{(aria) => <input class="input" {...aria} value={user.email} disabled />}
      </Field></div>
      {name !== user.name && <div class="row"><Press look="main" submit busy={send.busy}>{t("save")}</Press>
      </div>}</form>
    <section><h3 class="gap-below">{t("look_and_words")}</h3><div class="row wrap far">
      <Chips label={t("language")} value={language.value} onPick={(next) => {
        void setLanguage(next);
        void call("patch", "/api/v1/account", { body: { language: next } });
      }} options={[{ id: "en", text: "English" }, { id: "es", text: "Español" }]} />
      <Chips label={t("theme_switch")} value={theme.value} onPick={(next) => { theme.value = next; }}
        options={(["system", "light", "dark"] as const).map((id) => ({ id, text: said("theme", id) }))} />
    </div>
    <label class="check gap-above"><input type="checkbox" checked={singleKeys.value}
      onChange={(event) => setSingleKeys(event.currentTarget.checked)} />{t("keys_single")}</label></section>
    <section><h3 class="gap-below">{t("safety")}</h3><div class="row wrap">
      <Press sign="key" onClick={() => setOpen("password")}>{t("password_change")}</Press>
      {user.second_factor ? <><Tag look="good">{t("second_on")}</Tag><Press look="plain"
        onClick={() => setOpen("drop")}>{t("second_drop")}</Press></>
      : <Press sign="audit" onClick={() => setOpen("factor")}>{t("second_set")}</Press>}
      {user.locations && may("patients.read") && <Press look="danger" onClick={() => setOpen("emergency")}>
        {t("emergency")}</Press>}</div></section>
    <OwnAddresses />
    <section><h3 class="gap-below">{t("signed_in_at")}</h3><Sessions /></section>
    {open === "password" && <Dialog title={t("password_change")} onClose={close}>
      <SetPassword ask onDone={done} /></Dialog>}
    {open === "factor" && <Dialog title={t("second_set")} onClose={close}>
      <SetSecondFactor onDone={done} /></Dialog>}
    {open === "drop" && <DropFactor onClose={close} />}
    {open === "emergency" && <Emergency onClose={close} />}
  </div>;
}
