// enter.tsx: the door. Password, second factor, one-time link, and what must be done on the first day.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { call, Problem, type FieldError } from "../api/client";
import { Dialog } from "../parts/over";
import { Box, Field, Press, problemWords } from "../parts/basic";
import { Icon } from "../parts/icon";
import { go, place } from "../router";
import { theme } from "../theme";
import { language, setLanguage, t } from "../words";
import { begin, covered, entered, here, leave, refreshSession, session } from "./session";
import type { ComponentChildren } from "preact";

export function Brand() {
  return <a class="brand" href="#/today" aria-label="Perennial"><span class="leaf"><Icon sign="leaf" size={24} /></span>
    <span>Perennial</span></a>;
}

export function Outside({ children, broad = false }: { children: ComponentChildren; broad?: boolean }) {
  return <div class={`outside ${broad ? "broad" : ""}`}><main><Brand />{children}</main>
    <footer>
      <button type="button" onClick={() => setLanguage(language.value === "en" ? "es" : "en")}>
        {language.value === "en" ? "Español" : "English"}</button>
      <button type="button" onClick={() => {
        theme.value = matchMedia("(prefers-color-scheme: dark)").matches === (theme.value === "system")
          ? "light" : theme.value === "dark" ? "light" : "dark";
      }}>{t("theme_switch")}</button>
    </footer></div>;
}

// A form that sends once, shows what is wrong at its field, and keeps what was typed.
export function useSend(send: () => Promise<void>, refused?: string) {
  const [state, setState] = useState<{ busy: boolean; problem: Problem | null }>(
    { busy: false, problem: null });
  const submit = (event?: Event) => {
    event?.preventDefault();
    if (state.busy) return;
    setState({ busy: true, problem: null });
    send().then(() => setState({ busy: false, problem: null }), (error: unknown) => {
      setState({ busy: false, problem: error instanceof Problem ? error
        : new Problem(0, "error", String(error), "", [], "") });
    });
  };
  const fields: readonly FieldError[] = state.problem?.fields ?? [];
  const general = state.problem && fields.length === 0
    ? refused && (state.problem.status === 403 || state.problem.status === 401) ? refused
    : problemWords(state.problem) : null;
  return { ...state, submit, fields, general, clear: () =>
    setState({ busy: false, problem: null }) };
}

function SignInForm({ again }: { again?: boolean }) {
  const known = session.value?.user?.email ?? "";
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState("");
  const [second, setSecond] = useState(false);
  const secret = useRef<HTMLInputElement>(null);
  useEffect(() => { if (known) secret.current?.focus(); }, []); // who it is stands there already
  const send = useSend(async () => {
    const { data } = await call("post", "/api/v1/session", { body: { email, password }, alone: true });
    if (again && data.state === "second_factor") setSecond(true);
    else entered(data);
  }, t("wrong_sign_in"));
  const ways = useAnswer(again ? null : "ways", [], () => call("get", "/api/v1/session/ways", { alone: true })
    .then((answer) => answer.data)); // a cover stays: what is below would be gone
  const provider = ways.data?.provider;
  if (second) return <SecondForm onBack={() => setSecond(false)} />;
  return <>{provider && <><a class="press main wide-press" href={provider.url}>{t("sign_in_with",
    { provider: provider.label })}</a><p class="or sm faint">{t("or_password")}</p></>}<form class="form" onSubmit={send.submit}>
    {send.general && <Box look="alarm">{send.general}</Box>}
    <Field label={t("email")} name="email" wrong={send.fields}>{(aria) =>
      <input class="input" type="email" autocomplete="username" required value={email} {...aria}
        autofocus={!known} onInput={(event) => setEmail(event.currentTarget.value)} />}</Field>
    <Field label={t("password")} name="password" wrong={send.fields}>{(aria) =>
      <input class="input" type="password" autocomplete="current-password" required {...aria}
        autofocus={Boolean(known)} ref={secret} value={password}
        onInput={(event) => setPassword(event.currentTarget.value)} />}</Field>
    <Press look={provider ? "" : "main"} submit busy={send.busy}>{t("sign_in")}</Press>
  </form></>;
}

function SecondForm({ onBack }: { onBack: () => void }) {
  const [code, setCode] = useState("");
  const [recovery, setRecovery] = useState(false);
  const send = useSend(async () => {
    const { data } = await call("post", "/api/v1/session/second-factor",
      { body: { code: code.trim() }, alone: true });
    entered(data);
  }, t("wrong_code"));
  return <form class="form" onSubmit={send.submit}>
    {send.general && <Box look="alarm">{send.general}</Box>}
    <Field label={recovery ? t("recovery_code") : t("six_digits")} name="code" wrong={send.fields}
      hint={recovery ? t("recovery_hint") : t("six_digits_hint")}>{(aria) =>
      <input class="input" autocomplete="one-time-code" inputMode={recovery ? "text" : "numeric"}
        required autofocus value={code} {...aria}
        onInput={(event) => setCode(event.currentTarget.value)} />}</Field>
    <Press look="main" submit busy={send.busy}>{t("continue")}</Press>
    <div class="row wrap">
      <Press look="plain small" onClick={() => { setRecovery(!recovery); setCode(""); }}>
        {recovery ? t("use_digits") : t("use_recovery")}</Press>
      <Press look="plain small" onClick={onBack}>{t("other_account")}</Press></div>
  </form>;
}

function LinkEnter({ token }: { token: string }) {
  const send = useSend(async () => {
    const { data } = await call("post", "/api/v1/session/link", { body: { token }, alone: true });
    go();
    entered(data);
  }, t("wrong_link"));
  return <Outside><h1>{t("link_title")}</h1><p>{t("link_text")}</p>
    <form class="form" onSubmit={send.submit}>
      {send.general && <Box look="alarm">{send.general}</Box>}
      <Press look="main" submit busy={send.busy} autofocus>{t("sign_in")}</Press>
      <Press look="plain" onClick={() => { go(); void begin(); }}>{t("use_password")}</Press>
    </form></Outside>;
}

export function SetPassword({ ask, onDone }: { ask: boolean; onDone: () => void }) {
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [show, setShow] = useState(false);
  const send = useSend(async () => {
    await call("post", "/api/v1/account/password",
      { body: ask ? { current, password } : { password } });
    onDone();
  }, t("wrong_password"));
  return <form class="form" onSubmit={send.submit}>
    {send.general && <Box look="alarm">{send.general}</Box>}
    {ask && <Field label={t("password_current")} name="current" wrong={send.fields}>{(aria) =>
      <input class="input" type="password" autocomplete="current-password" required {...aria}
        value={current} onInput={(event) => setCurrent(event.currentTarget.value)} />}</Field>}
    <Field label={t("password_new")} name="password" wrong={send.fields} hint={t("password_hint")}>
      {(aria) => <input class="input" type={show ? "text" : "password"} minLength={12} required
        autocomplete="new-password" value={password} {...aria}
        onInput={(event) => setPassword(event.currentTarget.value)} />}</Field>
    <label class="check"><input type="checkbox" checked={show}
      onChange={(event) => setShow(event.currentTarget.checked)} />{t("password_show")}</label>
    <Press look="main" submit busy={send.busy}>{t("password_save")}</Press>
  </form>;
}

export function SetSecondFactor({ onDone }: { onDone: () => void }) {
  const [password, setPassword] = useState("");
  const [secret, setSecret] = useState<{ secret: string; qr_svg: string } | null>(null);
  const [code, setCode] = useState("");
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const first = useSend(async () => {
    setSecret((await call("post", "/api/v1/account/second-factor", { body: { password } })).data);
  }, t("wrong_password"));
  const confirm = useSend(async () => {
    setCodes((await call("post", "/api/v1/account/second-factor/confirm",
      { body: { code: code.trim() } })).data.recovery_codes);
  }, t("wrong_code"));
  if (codes) return <div class="form">
    <p>{t("recovery_codes_text")}</p>
    <ul class="codes" aria-label={t("recovery_codes")}>
      {codes.map((one) => <li key={one}><code>{one}</code></li>)}</ul>
    <div class="row wrap">
      <Press sign="download" onClick={() => save("perennial-recovery-codes.txt", codes.join("\n"))}>
        {t("download")}</Press>
      <Press look="main" onClick={onDone}>{t("codes_kept")}</Press></div></div>;
  if (secret) return <form class="form" onSubmit={confirm.submit}>
    {confirm.general && <Box look="alarm">{confirm.general}</Box>}
    <p>{t("qr_text")}</p>
    <div class="row wrap far"><img class="qr" alt={t("qr_alt")} width="168" height="168"
      src={"data:image/svg+xml," + encodeURIComponent(secret.qr_svg)} />
      <div class="col"><span class="label">{t("qr_type")}</span>
        <code class="secret">{secret.secret.replace(/(.{4})/g, "$1 ").trim()}</code></div></div>
    <Field label={t("six_digits")} name="code" wrong={confirm.fields}>{(aria) =>
      <input class="input" inputMode="numeric" autocomplete="one-time-code" required value={code}
        {...aria} onInput={(event) => setCode(event.currentTarget.value)} />}</Field>
    <Press look="main" submit busy={confirm.busy}>{t("second_confirm")}</Press></form>;
  return <form class="form" onSubmit={first.submit}>
    {first.general && <Box look="alarm">{first.general}</Box>}
    <p class="quiet">{t("second_text")}</p>
    <Field label={t("password")} name="password" wrong={first.fields}>{(aria) =>
      <input class="input" type="password" autocomplete="current-password" required {...aria}
        value={password} onInput={(event) => setPassword(event.currentTarget.value)} />}</Field>
    <Press look="main" submit busy={first.busy}>{t("continue")}</Press></form>;
}

export function save(name: string, text: string, type = "text/plain"): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// What is owed before anything else: a password after a one-time link, a second factor by rule.
export function Must() {
  const must = session.value?.must ?? [];
  const done = () => void refreshSession();
  return <Outside>{must.includes("set_password")
    ? <><h1>{t("must_password")}</h1><p>{t("must_password_text")}</p>
        <SetPassword ask={false} onDone={done} /></>
    : <><h1>{t("must_second")}</h1><p>{t("must_second_text")}</p>
        <SetSecondFactor onDone={done} /></>}</Outside>;
}

export function Enter() {
  const state = here.value;
  const path = place.value.path;
  if (path[0] === "enter" && path[1]) return <LinkEnter token={path[1]} />;
  if (state.is === "second_factor") return <Outside><h1>{t("second_title")}</h1>
    <p>{t("second_sub")}</p><SecondForm onBack={() => { here.value = { is: "out" }; }} /></Outside>;
  return <Outside><h1>{t("welcome")}</h1><p>{t("welcome_text")}</p><SignInForm /></Outside>;
}

// Covers the page whole: nobody who walks by reads on.
export function Cover() {
  const why = covered.value;
  useLayoutEffect(() => { // before the next picture, not after it
    document.body.classList.toggle("covered", why !== null);
  }, [why]);
  if (!why) return null;
  return <Dialog title={why === "idle" ? t("cover_idle") : t("cover_ended")} firm onClose={() => {}}>
    <p class="quiet cover-text">{t("cover_text")}</p>
    <SignInForm again />
    <footer><Press look="plain" onClick={() => void leave()}>{t("cover_leave")}</Press></footer>
  </Dialog>;
}
