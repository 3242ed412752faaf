// learning.tsx: what the reading of replies has learned from the corrections of this practice, and how it is
// taught more. Learning is done on the machine itself, by its own command.
import { useAnswer } from "../api/answers";
import { get } from "../api/client";
import { fullDay, number } from "../format";
import { Bones, Box, Empty, Press, Trouble } from "../parts/basic";
import { tell } from "../parts/over";
import { Wide } from "../parts/wide";
import { n, t, type Key } from "../words";

interface Figures { readonly [name: string]: number }
interface Trial { readonly others?: Figures; readonly known?: Figures; readonly corrections?: Figures }
interface Trials { readonly before?: Trial; readonly after?: Trial }

// What was read right, of how many: on the corrections, and on messages of others that nobody taught it.
const rows: readonly { says: Key; on: keyof Trial; right: string; of: string }[] = [
  { says: "learned_corrections", on: "corrections", right: "labels_right", of: "texts" },
  { says: "learned_corrections_route", on: "corrections", right: "routes_right", of: "texts" },
  { says: "learned_others", on: "others", right: "labels_right", of: "texts" },
  { says: "learned_others_route", on: "others", right: "routes_right", of: "texts" },
  { says: "learned_emergencies", on: "others", right: "emergencies_to_person", of: "emergencies" },
  { says: "learned_stops", on: "others", right: "stops_found", of: "stops" },
];

function Trials({ trials }: { trials: Trials }) {
  const of = (trial: Trial | undefined, on: keyof Trial, name: string) => trial?.[on]?.[name];
  const shown = rows.filter((row) => of(trials.after, row.on, row.right) !== undefined);
  if (!shown.length) return null;
  return <Wide><table class="table"><thead><tr><th>{t("learned_what")}</th>
    <th class="num">{t("learned_before")}</th><th class="num">{t("learned_after")}</th>
    <th class="num">{t("learned_of")}</th></tr></thead><tbody>{shown.map((row) => <tr key={row.says}>
      <td>{t(row.says)}</td><td class="num">{number(of(trials.before, row.on, row.right) ?? 0)}</td>
      <td class="num"><b>{number(of(trials.after, row.on, row.right) ?? 0)}</b></td>
      <td class="num faint">{number(of(trials.after, row.on, row.of) ?? 0)}</td></tr>)}</tbody></table></Wide>;
}

function Command({ text }: { text: string }) {
  return <p class="row wrap"><code class="command">{text}</code><Press look="small plain" onClick={() =>
    void navigator.clipboard?.writeText(text).then(() => tell(t("copied")))}>{t("copy")}</Press></p>;
}

export function Learning() {
  const { data, problem, again } = useAnswer("learning", ["settings", "thread"], (stop) =>
    get("/api/v1/settings/learning", { stop }));
  if (problem && !data) return <Trouble problem={problem} again={again} />;
  if (!data) return <Bones lines={5} />;
  if (!data.corrections && !data.learned_at) return <Empty sign="note" title={t("learned_none")}>
    {t("learned_none_text")}</Empty>;
  return <div class="learning"><p class="quiet">{t("learned_text")}</p>
    <dl class="figures"><div><dt>{t("learned_corrected")}</dt><dd>{number(data.corrections)}</dd></div>
      <div><dt>{t("learned_newer")}</dt><dd>{number(data.newer)}</dd></div>
      <div><dt>{t("learned_last")}</dt><dd class="as-of">{data.learned_at ? fullDay(data.learned_at) : t("none")}
      </dd></div></dl>
    {data.newer > 0 ? <Box sign="leaf"><p>{n("learned_wait", data.newer)}</p><Command text="perennial train" />
      <p class="sm quiet">{t("learned_how")}</p></Box>
    : <Box look="good" sign="check">{t("learned_all")}</Box>}
    {data.learned_at && <><h3>{n("learned_from", data.learned_from)}</h3>
      <Trials trials={(data.figures ?? {}) as Trials} /></>}
    <p class="sm faint"><code class="nowrap">perennial train --dry-run</code> {t("learned_try")}{" "}
      <code class="nowrap">perennial train --undo</code> {t("learned_undo")}</p></div>;
}
