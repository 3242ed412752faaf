// task_visit.tsx: a visit that was booked here and is to be entered into the booking system; and a time that
// is held for somebody who waits and cannot be texted.
import { useState } from "preact/hooks";
import { freshen } from "../api/answers";
import { call, type Shapes } from "../api/client";
import { ago, clock, number, weekday } from "../format";
import { Press } from "../parts/basic";
import { attempt, tell } from "../parts/over";
import { t } from "../words";
import { may } from "./session";

export function Visit({ body }: { body: Record<string, unknown> }) {
  const text = (name: string) => String(body[name] ?? "");
  const start = text("start");
  const copy = (what: string) => void navigator.clipboard?.writeText(what).then(() => tell(t("copied")));
  return <section><h3>{t("enter_this")}</h3><dl class="facts">
    <dt>{t("when")}</dt><dd><b>{start && `${weekday(start)}, ${clock(start)}`}</b>
      {body["minutes"] !== undefined && <span class="quiet"> · {number(Number(body["minutes"]))} min</span>}</dd>
    <dt>{t("service")}</dt><dd>{text("service")}</dd>
    <dt>{t("provider")}</dt><dd>{text("provider")}</dd>
    <dt>{t("location")}</dt><dd>{text("location")}</dd>
    <dt>{t("patient_number")}</dt><dd class="row"><code>{text("patient_number")}</code>
      <Press look="small plain" onClick={() => copy(text("patient_number"))}>{t("copy")}</Press></dd></dl>
    <p class="sm quiet gap-above">{t("enter_this_text")}</p></section>;
}

// Called with the time in hand: booked with one press, or left to whoever waits next.
export function FreedTime({ body, patient, open, onDone }: { body: Record<string, unknown>;
  patient: Shapes["PatientRef"] | null | undefined; open: boolean; onDone: () => void }) {
  const [busy, setBusy] = useState(false);
  const text = (name: string) => String(body[name] ?? "");
  const start = text("start");
  const book = async () => {
    setBusy(true);
    await attempt(async () => {
      await call("post", "/api/v1/openings/{opening_id}/book", { path: { opening_id: text("opening") } });
      tell(t("opening_booked", { name: patient?.name ?? "", when: `${weekday(start)}, ${clock(start)}` }));
      onDone();
    });
    freshen(["task", "patient"]);
    setBusy(false);
  };
  return <section><h3>{t("freed_time")}</h3><dl class="facts">
    <dt>{t("when")}</dt><dd><b>{start && `${weekday(start)}, ${clock(start)}`}</b></dd>
    <dt>{t("provider")}</dt><dd>{text("provider")}</dd>
    <dt>{t("location")}</dt><dd>{text("location")}</dd>
    {text("said") && <><dt>{t("own_words")}</dt><dd><q dir="auto">{text("said")}</q></dd></>}</dl>
    <p class="sm quiet gap-above">{text("held_until") && t("held_until", { when: ago(text("held_until")) })}{" "}
      {t("freed_time_text")}</p>
    {open && may("inbox.write") && <p class="gap-above"><Press look="main" sign="check" busy={busy}
      onClick={() => void book()}>{t("opening_book")}</Press></p>}</section>;
}
