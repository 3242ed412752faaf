// disclosures.tsx: who did and who read what of one patient.
import { get, type Shapes } from "../api/client";
import { usePages } from "../api/pages";
import { moment, number } from "../format";
import { Bones, Press, Trouble } from "../parts/basic";
import { said, t } from "../words";
import { actorWords, seenIn } from "./audit_detail";

// The same deed of one person within an hour is one line that says how often.
const RUN_MS = 3_600_000;

interface Run { readonly row: Shapes["AuditRow"]; readonly seen: Set<string>; times: number }
function runsOf(rows: readonly Shapes["AuditRow"][]): Run[] {
  const runs: Run[] = [];
  for (const row of rows) {
    const same = runs.find((one) => one.row.actor === row.actor && one.row.action === row.action
      && new Date(one.row.at).getTime() - new Date(row.at).getTime() < RUN_MS);
    const run = same ?? { row, seen: new Set<string>(), times: 0 };
    if (!same) runs.push(run);
    const seen = seenIn(row);
    if (seen) run.seen.add(seen);
    run.times++;
  }
  return runs;
}

export function Disclosures({ id }: { id: string }) {
  const pages = usePages<Shapes["AuditRow"], Shapes["AuditList"]>(`disclosures/${id}`, [],
    (cursor, stop) => get("/api/v1/patients/{patient_id}/disclosures", { path: { patient_id: id },
      query: { limit: 100, ...(cursor ? { cursor } : {}) }, ...(stop ? { stop } : {}) }));
  if (pages.problem && !pages.first) return <Trouble problem={pages.problem} again={pages.again} />;
  if (!pages.first) return <Bones />;
  return <><p class="quiet gap-below">{t("disclosures_text")}</p>
    <div class="wide" tabIndex={0}><table class="table log"><thead><tr><th>{t("when")}</th><th>{t("who")}</th>
      <th>{t("what")}</th></tr></thead><tbody>{runsOf(pages.items).map(({ row, times, seen }) => <tr
        key={row.writer + row.seq}><td class="faint">{moment(row.at)}</td>
        <td>{row.actor_name ?? actorWords(row.actor)}</td><td>{said("audit", row.action)}
          <span class="faint">{times > 1 && ` ${t("times_n", { count: number(times) })}`}
            {seen.size > 0 && ` · ${[...seen].join(", ")}`}</span></td></tr>)}</tbody></table></div>
    {pages.more && <Press onClick={pages.more}>{t("earlier")}</Press>}</>;
}
