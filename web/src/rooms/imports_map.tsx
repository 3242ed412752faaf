// imports_map.tsx: which column is which, said by hand for an export that nobody knows, and kept for the
// next one of its kind.
import { useState } from "preact/hooks";
import { freshen, useAnswer } from "../api/answers";
import { call, get, Problem, type Shapes } from "../api/client";
import { Field, IconPress, Press, Tag } from "../parts/basic";
import { attempt, tell } from "../parts/over";
import { n, said, t } from "../words";
import { everywhere, may } from "./session";
import { kindWords } from "./kind";

type File1 = Shapes["ImportFile"];
type Saved = Shapes["SavedMapping"];
const IGNORE = "ignore";
const orders = ["", "mdy", "dmy", "ymd"] as const;

// Texts in double quotes are the same in YAML as in JSON.
function yamlOf(kind: string, order: string, fields: Readonly<Record<string, string>>): string {
  const columns = new Map<string, string[]>();
  for (const [heading, field] of Object.entries(fields))
    if (field) columns.set(field, [...columns.get(field) ?? [], heading]);
  return [kind && `kind: ${kind}`, order && `date_order: ${order}`, "columns:", ...[...columns].map(
    ([field, headings]) => `  ${field}: ${headings.length === 1 && field !== IGNORE
      ? JSON.stringify(headings[0]) : JSON.stringify(headings)}`)].filter(Boolean).join("\n") + "\n";
}

export function MapColumns({ file, busy, onRead }: { file: File1; busy: boolean;
  onRead: (source: string) => void }) {
  const known = useAnswer("import-kinds", [], (stop) => get("/api/v1/imports/kinds", { stop }));
  const [open, setOpen] = useState(false);
  const [kind, setKind] = useState(file.kind ?? "generic.patients");
  const [order, setOrder] = useState("");
  const [fields, setFields] = useState<Readonly<Record<string, string>>>(() => Object.fromEntries(
    file.headings.map((heading) => [heading, file.mapping.find((one) => one.heading === heading)?.field ?? ""])));
  if (!file.headings.length) return null;
  if (!open) return <div><Press look="small" onClick={() => setOpen(true)}>{t("map_columns")}</Press></div>;
  const kinds = (known.data?.kinds ?? []).filter((one) => one.startsWith("generic.") || one === file.kind);
  const named = Object.values(fields).filter((one) => one && one !== IGNORE).length;
  return <form class="form map-columns" onSubmit={(event) => { event.preventDefault();
    onRead(yamlOf(kind, order, fields)); }}>
    <p class="sm quiet">{t("map_columns_text")}</p>
    <div class="pair"><Field label={t("map_kind")}>{(aria) => <select class="input" {...aria} value={kind}
        onChange={(event) => setKind(event.currentTarget.value)}>{kinds.map((one) =>
          <option key={one} value={one}>{kindWords(one)}</option>)}</select>}</Field>
      <Field label={t("date_order")}>{(aria) => <select class="input" {...aria} value={order}
        onChange={(event) => setOrder(event.currentTarget.value)}>{orders.map((one) =>
          <option key={one} value={one}>{said("dates", one || "found")}</option>)}</select>}</Field></div>
    <div class="wide" tabIndex={0}><table class="table sm"><thead><tr><th>{t("map_theirs")}</th>
      <th>{t("map_ours")}</th></tr></thead><tbody>{file.headings.map((heading) => <tr key={heading}>
        <td>{heading}</td><td><select class="input small" aria-label={t("map_field_of", { heading })}
          value={fields[heading]} onChange={(event) => setFields({ ...fields,
            [heading]: event.currentTarget.value })}>
          <option value="">–</option><option value={IGNORE}>{t("map_ignore")}</option>
          {known.data?.fields.map((one) => <option key={one} value={one}>{one.replaceAll("_", " ")}</option>)}
        </select></td></tr>)}</tbody></table></div>
    <div class="row"><Press look="plain" onClick={() => setOpen(false)}>{t("cancel")}</Press>
      <Press look="main" submit busy={busy} disabled={!named}>{t("map_read")}</Press></div></form>;
}

const nameOf = (file: string) => file.toLowerCase().replace(/\.[a-z]+$/, "").normalize("NFD")
  .replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 50) || "export";

// Under the file's own name, or with a number behind it where that is taken.
export async function keepMapping(file: File1, source: string): Promise<void> {
  for (let i = 1; i < 10; i++) {
    const mapping = nameOf(file.file) + (i > 1 ? `-${i}` : "");
    try {
      await call("put", "/api/v1/imports/mappings/{mapping}", { path: { mapping }, body: { source,
        headings: [...file.headings] } });
      freshen(["import"]);
      tell(t("map_kept", { name: mapping }));
      return;
    } catch (error) {
      if (!(error instanceof Problem) || (error.status !== 409 && error.status !== 412)) throw error;
    }
  }
}

export function SavedMappings() {
  const { data, again } = useAnswer("mappings", ["import"], (stop) => get("/api/v1/imports/mappings", { stop }));
  if (!data?.items.length) return null;
  const drop = (one: Saved) => attempt(async () => {
    const path = { mapping: one.name };
    await call("delete", "/api/v1/imports/mappings/{mapping}", { path, etag: one.etag });
    again();
    tell(t("map_dropped", { name: one.name }), async () => {
      await call("put", "/api/v1/imports/mappings/{mapping}", { path, body: { source: one.source,
        headings: [...one.headings] } });
      again();
    });
  });
  return <section class="section"><header><h2>{t("mappings")}</h2></header><ul class="rows">
    {data.items.map((one) => <li key={one.name} class="entry row"><div class="grow"><p><b>{one.name}</b>{" "}
      <Tag>{n("columns_n", one.headings.length)}</Tag></p><p class="sm quiet one">{one.headings.join(", ")}</p></div>
      {may("imports.write") && everywhere.value && <IconPress sign="close" look="plain small"
        says={t("map_drop", { name: one.name })} onClick={() => void drop(one)} />}</li>)}</ul></section>;
}
