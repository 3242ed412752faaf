// test_send.tsx: a message to oneself, as a patient would get it; and the addresses it may go to.
import { useState } from "preact/hooks";
import { call, Problem, type Shapes } from "../api/client";
import { Box, Field, Press, problemWords, Tag } from "../parts/basic";
import { Dialog, tell } from "../parts/over";
import { said, t } from "../words";
import { useSend } from "./enter";
import { refreshSession, session } from "./session";

export function TestSend({ send }: { send: () => Promise<{ data: Shapes["TestSend"] }> }) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const press = () => {
    setBusy(true);
    setProblem(null);
    send().then(({ data }) => tell(t(data.leaves ? "test_sent" : "test_kept",
      { channel: said("channel", data.channel) })), (error: unknown) => {
      if (error instanceof Problem) setProblem(error);
    }).finally(() => setBusy(false));
  };
  return <><Press sign="sms" busy={busy} onClick={press}>{t("test_send")}</Press>
    {problem && <Box look="wait">{problemWords(problem)}{/no_phone|not_confirmed/.test(problem.code) && <>
      {" "}<a href="#/settings/account">{t("own_account")}</a></>}</Box>}</>;
}

function Confirm({ channel, onClose }: { channel: "sms" | "email"; onClose: () => void }) {
  const [sent, setSent] = useState(false);
  const [code, setCode] = useState("");
  const send = useSend(async () => {
    if (!sent) {
      await call("post", "/api/v1/account/confirmation", { body: { channel } });
      setSent(true);
      return;
    }
    await call("put", "/api/v1/account/confirmation", { body: { channel, code: code.trim() } });
    await refreshSession();
    onClose();
    tell(t("saved"));
  }, t("wrong_code"));
  return <Dialog title={t("confirm_title", { channel: said("channel", channel) })} onClose={onClose}>
    <form class="form" onSubmit={send.submit}>
      {send.general && <Box look="alarm">{send.general}</Box>}
      <p class="quiet">{t(sent ? "confirm_sent" : "confirm_text")}</p>
      {sent && <Field label={t("six_digits")} name="code" wrong={send.fields}>{(aria) => <input
        class="input" inputMode="numeric" autocomplete="one-time-code" required {...aria} value={code}
        onInput={(event) => setCode(event.currentTarget.value)} />}</Field>}
      <footer><Press onClick={onClose}>{t("cancel")}</Press><Press look="main" submit busy={send.busy}
        data-first>{t(sent ? "second_confirm" : "confirm_send")}</Press></footer></form></Dialog>;
}

export function OwnAddresses() {
  const user = session.value?.user;
  const [number, setNumber] = useState(user?.phone ?? "");
  const [asked, setAsked] = useState<"sms" | "email" | null>(null);
  const send = useSend(async () => {
    await call("patch", "/api/v1/account", { body: { phone: number.trim() } });
    await refreshSession();
    tell(t("saved"));
  });
  if (!user) return null;
  const state = (channel: "sms" | "email", confirmed: boolean) => confirmed
    ? <Tag look="good">{t("confirmed")}</Tag>
    : <Press look="small" onClick={() => setAsked(channel)}>{t("confirm_it")}</Press>;
  return <section><h3 class="gap-below">{t("own_addresses")}</h3>
    <form class="form" onSubmit={send.submit}><p class="sm quiet">{t("own_addresses_text")}</p>
      {send.general && <Box look="alarm">{send.general}</Box>}
      <div class="row wrap"><span class="grow one">{user.email}</span>
        {state("email", user.email_confirmed)}</div>
      <div class="row wrap end-line"><div class="grow"><Field label={t("own_phone")} name="phone"
        wrong={send.fields}>{(aria) => <input class="input" type="tel" autocomplete="tel" {...aria}
        value={number} onInput={(event) => setNumber(event.currentTarget.value)} />}</Field></div>
        {number.trim() !== (user.phone ?? "") ? <Press look="main" submit busy={send.busy}>{t("save")}</Press>
        : user.phone && state("sms", user.phone_confirmed)}</div></form>
    {asked && <Confirm channel={asked} onClose={() => setAsked(null)} />}</section>;
}
