// practice_forms.tsx: who the practice is, and what patients signed; used in the settings and on the
// first run.
//
// A form remembers what stood there when it was changed. What somebody else has saved since is shown
// beside one's own; fields that only they have changed are taken over.
import { change, freshen, useAnswer } from "../api/answers";
import { call, type Shapes } from "../api/client";
import { useDraft, useEdit, type Version } from "../drafts";
import { Bones, Box, Field, Press, Trouble } from "../parts/basic";
import { attempt, tell } from "../parts/over";
import { Versions } from "../parts/versions";
import { said, t } from "../words";
import { useSend } from "./enter";
import { may, refreshSession } from "./session";

type S = Shapes["Settings"];

const formOf = (settings: S) => ({ name: settings.name, legal_name: settings.legal_name ?? "",
  phone: settings.phone ?? "", address: settings.address ?? "", state: settings.state,
  timezone: settings.zone, booking_url: settings.booking_url ?? "",
  public_url: settings.public_url ?? "", send_from: settings.send_from,
  idle_logoff_min: settings.idle_logoff_min, adults_only: settings.adults_only,
  never_name_treatment: settings.never_name_treatment });
type Form = ReturnType<typeof formOf>;
type Name = keyof Form;
interface Kept { readonly form: Form; readonly base: Form; readonly etag: string }

const differing = (a: Form, b: Form) =>
  (Object.keys(a) as Name[]).filter((name) => a[name] !== b[name]);

// Mine where I have changed it, theirs elsewhere.
const joined = (kept: Kept, theirs: Form): Form => ({ ...theirs,
  ...Object.fromEntries(differing(kept.form, kept.base).map((name) => [name, kept.form[name]])) });

const shown = (value: Form[Name]) => (typeof value === "boolean" ? (value ? t("yes") : t("no"))
  : String(value) || t("none"));

export function PracticeForm({ settings, onSaved, onStale }: { settings: S; onSaved: () => void;
  onStale?: () => void }) {
  const current = formOf(settings);
  const [draft, keepDraft, dropDraft] = useDraft("practice-form");
  const kept: Kept = draft ? JSON.parse(draft) as Kept
    : { form: current, base: current, etag: settings.etag };
  const { form } = kept;
  const mine = differing(form, kept.base);
  const moved = draft !== "" && kept.etag !== settings.etag;
  const both = moved ? mine.filter((name) => current[name] !== kept.base[name]
    && current[name] !== form[name]) : [];
  const alone = moved && both.length === 0; // nothing of mine was touched by anybody
  const set = (next: Partial<Form>) => {
    const all = { ...form, ...next };
    if (differing(all, kept.base).length) keepDraft(JSON.stringify({ ...kept, form: all }));
    else dropDraft();
  };
  const send = useSend(async () => {
    const now = alone ? joined(kept, current) : form;
    const names = differing(now, alone ? current : kept.base);
    try {
      await call("patch", "/api/v1/settings", { etag: alone ? settings.etag : kept.etag,
        body: Object.fromEntries(names.map((name) => [name, now[name]])) });
    } catch (error) {
      if ((error as { status?: number }).status === 412) onStale?.();
      throw error;
    }
    dropDraft();
    freshen(["settings"]);
    void refreshSession();
    tell(t("saved"));
    onSaved();
  });
  const write = may("settings.write");
  const line = (name: "name" | "legal_name" | "phone" | "address" | "state" | "timezone"
    | "booking_url" | "public_url" | "send_from", type = "text") =>
    <Field label={said("setting", name)} hint={said("setting_hint", name).startsWith(name
      .replaceAll("_", " ")) ? undefined : said("setting_hint", name)} name={name} wrong={send.fields}>
      {(aria) => <input class="input" type={type} {...aria} disabled={!write} value={form[name]}
        onInput={(event) => set({ [name]: event.currentTarget.value })} />}</Field>;
  const flag = (name: "adults_only" | "never_name_treatment") => <label class="check">
    <input type="checkbox" checked={form[name]} disabled={!write} onChange={(event) =>
      set({ [name]: event.currentTarget.checked })} /><span>{said("setting", name)}
      <br /><span class="sm quiet">{said("setting_hint", name)}</span></span></label>;
  return <form class="form" onSubmit={send.submit}>
    {both.length > 0 ? <Box look="wait"><p>{t("changed_meanwhile")}</p>
      <dl class="facts broad gap-above">{both.map((name) => [<dt key={name}>{said("setting", name)}</dt>,
        <dd key={`d${name}`}><del>{shown(current[name])}</del> <ins>{shown(form[name])}</ins></dd>])}</dl>
      <div class="row wrap gap-above"><Press look="small" onClick={() => { dropDraft(); send.clear(); }}>
        {t("take_theirs")}</Press>
      <Press look="small" onClick={() => { keepDraft(JSON.stringify({ form: joined(kept, current),
        base: current, etag: settings.etag })); send.clear(); }}>{t("keep_mine")}</Press></div></Box>
    : send.general && send.problem?.status !== 412 && <Box look="alarm">{send.general}</Box>}
    <div class="pair">{line("name")}{line("legal_name")}</div>
    <div class="pair">{line("phone", "tel")}{line("address")}</div>
    <div class="pair">{line("state")}{line("timezone")}</div>
    <div class="pair">{line("booking_url")}{line("public_url")}</div>
    <div class="pair">{line("send_from")}
      <Field label={t("idle_min")} hint={t("idle_hint")} name="idle_logoff_min" wrong={send.fields}>
        {(aria) => <input class="input" type="number" min={5} max={240} {...aria} disabled={!write}
          value={form.idle_logoff_min} onInput={(event) => set({
            idle_logoff_min: event.currentTarget.valueAsNumber })} />}</Field></div>
    {flag("adults_only")}{flag("never_name_treatment")}
    {write && <div class="row">{mine.length > 0 && <Press look="plain" sign="undo"
      onClick={() => { dropDraft(); send.clear(); }}>{t("discard")}</Press>}
      <Press look="main" submit busy={send.busy} disabled={!mine.length || both.length > 0}>
        {t("save")}</Press></div>}
  </form>;
}

// What patients signed, as one text: two who paste it see each other's.
export function ConsentForm({ settings, onSaved }: { settings: S; onSaved: () => void }) {
  const file = useAnswer("consent-form", ["settings"], (stop) => call("get", "/api/v1/settings/consent-form",
    { stop }).then((answer) => ({ source: answer.data.text ?? "", etag: answer.etag || answer.data.etag })));
  const edit = useEdit("consent-form", file.data);
  const write = may("settings.write");
  const put = async (text: string | null, etag = edit.etag) => {
    const answer = await call("put", "/api/v1/settings/consent-form", { body: { text }, etag })
      .catch((error: unknown) => {
        if ((error as { status?: number }).status === 412) file.again();
        throw error;
      });
    const now = { source: answer.data.text ?? "", etag: answer.etag || answer.data.etag };
    change<Version>("consent-form", () => now);
    freshen(["settings"]);
    return now.etag;
  };
  const takeAway = () => attempt(async () => {
    const was = file.data!.source;
    const gone = await put(null);
    edit.saved();
    tell(t("consent_form_gone"), () => put(was, gone));
  });
  const send = useSend(async () => {
    await put(edit.text);
    edit.saved();
    tell(t("saved"));
    onSaved();
  });
  if (file.problem && !file.data) return <Trouble problem={file.problem} again={file.again} />;
  if (!file.data) return <Bones lines={7} />;
  return <form class="form" onSubmit={send.submit}>
    {send.general && send.problem?.status !== 412 && <Box look="alarm">{send.general}</Box>}
    <p class="quiet">{t("consent_form_text")}</p>
    {settings.consent_form ? <Box look="good" sign="check">{t("consent_form_there")}</Box> : <Box look="wait">{t("consent_form_none")}</Box>}
    {edit.theirs !== null && <Versions theirs={edit.theirs} mine={edit.text} onTheirs={edit.drop}
      onMine={() => { edit.keepMine(); send.clear(); }} />}
    <Field label={t("consent_form")} name="text" wrong={send.fields}>{(aria) =>
      <textarea class="input" rows={14} {...aria} value={edit.text} maxLength={60000} readOnly={!write || send.busy}
        placeholder={t("consent_form_hint")} onInput={(event) => edit.keep(event.currentTarget.value)} />}
    </Field>
    {write && <div class="row">{edit.changed && <Press look="plain" sign="undo" onClick={() => {
        edit.drop(); send.clear(); }}>{t("discard")}</Press>}
      <Press look="main" submit busy={send.busy} disabled={!edit.changed || edit.theirs !== null}>
        {t("save")}</Press>
      {settings.consent_form && !edit.changed && <Press look="plain end" onClick={() => void takeAway()}>
        {t("consent_form_drop")}</Press>}</div>}</form>;
}
