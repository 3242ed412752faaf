// backups.tsx: copies of the store. They lie on the machine itself and never leave through a browser.
import { useState } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { call, get } from "../api/client";
import { moment, number } from "../format";
import { Bones, Box, Empty, Press, Trouble } from "../parts/basic";
import { attempt, tell } from "../parts/over";
import { Wide } from "../parts/wide";
import { t } from "../words";
import { everywhere, may } from "./session";

// "perennial-20260302T161500Z.db" tells when it was made.
function madeAt(name: string): string {
  const parts = /(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(name);
  return parts ? moment(`${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}:${parts[5]}:${parts[6]}Z`) : name;
}

function size(bytes: number): string {
  const mib = bytes / 1_048_576;
  return mib < 1 ? `${number(Math.ceil(bytes / 1024))} KiB` : mib < 1024 ? `${number(mib, mib < 10 ? 1 : 0)} MiB`
    : `${number(mib / 1024, 1)} GiB`;
}

export function Backups() {
  const { data, problem, again } = useAnswer("backups", [], (stop) => get("/api/v1/backups", { stop }));
  const [busy, setBusy] = useState(false);
  if (problem && !data) return <Trouble problem={problem} again={again} />;
  if (!data) return <Bones />;
  if (!data.here) return <Box sign="why"><p>{t("backups_elsewhere")}</p></Box>;
  const make = () => {
    setBusy(true);
    void attempt(async () => {
      const made = await call("post", "/api/v1/backups");
      tell(t("backup_made", { size: size(made.data.bytes) }));
      again();
    }).finally(() => setBusy(false));
  };
  return <><p class="quiet gap-below">{t("backups_text")}</p>
    {may("settings.keys") && everywhere.value && <div class="row gap-below"><Press look="main" sign="download"
      busy={busy} onClick={make}>{busy ? t("backup_making") : t("backup_make")}</Press></div>}
    {data.items.length ? <Wide><table class="table"><thead><tr><th>{t("when")}</th>
      <th>{t("where_it_lies")}</th><th class="num">{t("size")}</th></tr></thead><tbody>
      {data.items.map((one) => <tr key={one.name}><td class="nowrap">{madeAt(one.name)}</td>
        <td><code>{one.path}</code></td><td class="num nowrap">{size(one.bytes)}</td></tr>)}</tbody></table></Wide>
    : <Empty sign="download" title={t("no_backups")}>{t("no_backups_text")}</Empty>}</>;
}
