// start.tsx: the first quarter of an hour: from nothing to a plan, one step on the screen at a time.
import { useEffect, useRef, useState } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { call, get, type Shapes } from "../api/client";
import { Bones, Box, Field, Press, Trouble } from "../parts/basic";
import { Icon } from "../parts/icon";
import { go, place } from "../router";
import { language, said, t } from "../words";
import { Outside, save, useSend } from "./enter";
import { Importer } from "./imports";
import { Plan } from "./plan";
import { ConsentForm, PracticeForm } from "./practice_forms";
import { entered, everywhere, here, may } from "./session";

type Step = "recovery_key" | "practice" | "consent_form" | "imported" | "playbook_applied";
const steps: readonly Step[] = ["recovery_key", "practice", "consent_form", "imported",
  "playbook_applied"];

function Owner() {
  const given = place.value.path[1] ?? "";
  const [form, setForm] = useState({ token: given, name: "", email: "", password: "" });
  const [show, setShow] = useState(false);
  const send = useSend(async () => {
    const made = await call("post", "/api/v1/setup/owner", { body: { ...form,
      language: language.value }, alone: true });
    go("start");
    entered(made.data);
  });
  const set = (name: keyof typeof form) => (event: { currentTarget: HTMLInputElement }) =>
    setForm({ ...form, [name]: event.currentTarget.value });
  return <Outside><h1>{t("start_title")}</h1><p>{t("start_text")}</p>
    <form class="form" onSubmit={send.submit}>{send.general && <Box look="alarm">{send.general}</Box>}
      {!given && <Field label={t("setup_token")} hint={t("setup_token_hint")} name="token"
        wrong={send.fields}>{(aria) => <input class="input mono" required {...aria} value={form.token}
        autocomplete="off" onInput={set("token")} />}</Field>}
      <Field label={t("your_name")} name="name" wrong={send.fields}>{(aria) => <input class="input"
        required maxLength={120} autocomplete="name" {...aria} value={form.name} autofocus
        onInput={set("name")} />}</Field>
      <Field label={t("email")} name="email" wrong={send.fields}>{(aria) => <input class="input"
        type="email" required autocomplete="username" {...aria} value={form.email}
        onInput={set("email")} />}</Field>
      <Field label={t("password_new")} hint={t("password_hint")} name="password" wrong={send.fields}>
        {(aria) => <input class="input" type={show ? "text" : "password"} required minLength={12}
          autocomplete="new-password" {...aria} value={form.password} onInput={set("password")} />}</Field>
      <label class="check"><input type="checkbox" checked={show} onChange={(event) =>
        setShow(event.currentTarget.checked)} />{t("password_show")}</label>
      <Press look="main" submit busy={send.busy}>{t("start_owner")}</Press></form></Outside>;
}

function RecoveryKey({ onDone }: { onDone: () => void }) {
  const [password, setPassword] = useState("");
  const [files, setFiles] = useState<Shapes["RecoveryKey"]["files"] | null>(null);
  const [kept, setKept] = useState(false);
  const send = useSend(async () => {
    setFiles((await call("post", "/api/v1/setup/recovery-key", { body: { password } })).data.files);
  });
  if (!files) return <form class="form" onSubmit={send.submit}>
    {send.general && <Box look="alarm">{send.general}</Box>}
    <p class="quiet">{t("recovery_key_text")}</p>
    <Field label={t("password")} name="password" wrong={send.fields}>{(aria) => <input class="input"
      type="password" autocomplete="current-password" required {...aria} value={password}
      onInput={(event) => setPassword(event.currentTarget.value)} />}</Field>
    <div class="row"><Press look="main" submit busy={send.busy}>{t("recovery_key_show")}</Press></div></form>;
  return <div class="form"><p class="quiet">{t("recovery_key_keep")}</p>
    {files.map((file) => <div key={file.name} class="row wrap"><code class="secret-box grow" tabIndex={0}>
      {file.text.trim()}</code><Press sign="download" onClick={() => save(file.name, file.text)}>
      {file.name}</Press></div>)}
    <label class="check"><input type="checkbox" checked={kept} onChange={(event) =>
      setKept(event.currentTarget.checked)} />{t("recovery_key_kept")}</label>
    <div class="row"><Press look="main" disabled={!kept} onClick={onDone}>{t("continue")}</Press></div></div>;
}

function Choose() {
  const books = useAnswer("playbooks", ["playbook"], (stop) => get("/api/v1/playbooks", { stop }));
  const [name, setName] = useState<string | null>(null);
  if (!books.data) return <Bones />;
  const item = books.data.items.find((one) => one.name === name);
  if (item) return <><Press look="plain small" sign="back" onClick={() => setName(null)}>
    <span translate={false}>{item.title}</span></Press><Plan name={item.name} item={item} pilotFirst /></>;
  return <div class="col"><p class="quiet">{t("choose_text")}</p><ul class="cards">
    {books.data.items.map((one) => <li key={one.name}><button type="button" class="card choice"
      disabled={one.errors > 0} onClick={() => setName(one.name)}><Icon sign="playbooks" size={24} />
      <span class="grow col tight"><b translate={false}>{one.title}</b><span class="sm quiet">{[one.service,
        said("purpose", one.purpose)].filter(Boolean).join(" · ")}</span></span><Icon sign="next" />
    </button></li>)}</ul></div>;
}

function Body({ step, onDone }: { step: Step; onDone: () => void }) {
  const settings = useAnswer("settings", ["settings"], (stop) => call("get", "/api/v1/settings", { stop })
    .then((answer) => ({ ...answer.data, etag: answer.etag || answer.data.etag })));
  if (settings.problem && !settings.data) return <Trouble problem={settings.problem} />;
  if (!settings.data) return <Bones lines={6} />;
  switch (step) {
    case "recovery_key": return may("settings.keys") && everywhere.value ? <RecoveryKey onDone={onDone} />
      : <p class="quiet">{t("owner_only")}</p>;
    case "practice": return <PracticeForm settings={settings.data} onSaved={onDone}
      onStale={settings.again} />;
    case "consent_form": return <ConsentForm settings={settings.data} onSaved={onDone} />;
    case "imported": return <Importer onDone={onDone} />;
    case "playbook_applied": return <Choose />;
  }
}

function Steps() {
  const done = useAnswer("setup-steps", ["settings", "import", "playbook"],
    (stop) => get("/api/v1/setup/steps", { stop }));
  const asked = steps.find((one) => one === place.value.path[1]);
  const head = useRef<HTMLHeadingElement>(null);
  const step = asked ?? (done.data && (steps.find((one) => !done.data![one]) ?? "playbook_applied"));
  const before = useRef<Step>();
  useEffect(() => { // whoever works by keyboard or ear goes on at the new step
    if (step && before.current && before.current !== step) head.current?.focus();
    before.current = step;
    document.querySelector(".start-steps .on")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [step, done.data === undefined]);
  if (!done.data || !step) return <Outside><Bones lines={6} /></Outside>;
  const next = () => {
    done.again();
    const following = steps[steps.indexOf(step) + 1];
    if (following) go("start", following);
    else go("today");
  };
  return <Outside broad><div class="start">
    <ol class="start-steps">{steps.map((one, i) => <li key={one} class={one === step ? "on"
      : done.data![one] ? "done" : ""}><a href={`#/start/${one}`} aria-current={one === step ? "step"
      : undefined}><span class="step-mark">{done.data![one] ? <Icon sign="check" size={14} /> : i + 1}</span>
      {said("step", one)}</a></li>)}</ol>
    <section><h1 ref={head} tabIndex={-1}>{said("step", step)}</h1><p class="quiet gap-below">{said("step_text", step)}</p>
      <Body step={step} key={step} onDone={next} />
      <div class="row section"><Press look="plain" onClick={next}>{step === "playbook_applied"
        ? t("go_to_desk") : done.data[step] ? t("continue") : t("later_step")}</Press></div></section></div></Outside>;
}

export function Start() {
  return here.value.is === "fresh" ? <Owner /> : <Steps />;
}
