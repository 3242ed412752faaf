// task_visit.tsx: a visit that was booked here and is to be entered into the booking system.
import { clock, number, weekday } from "../format";
import { Press } from "../parts/basic";
import { tell } from "../parts/over";
import { t } from "../words";

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
