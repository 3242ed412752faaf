// keys_hooks.tsx: programs that may ask, and addresses that are told.
import { useState } from "preact/hooks";
import { freshen, useAnswer } from "../api/answers";
import { call, get, type Shapes } from "../api/client";
import { ago, fullDay, moment } from "../format";
import { Bones, Box, Empty, Field, Press, Tag, Trouble } from "../parts/basic";
import { attempt, Dialog, sure, tell } from "../parts/over";
import { Wide } from "../parts/wide";
import { known, said, t } from "../words";
import { useSend } from "./enter";
import { everywhere } from "./session";
import { Once } from "./staff";

function Boxes({ legend, all, picked, onPick }: { legend: string; all: readonly { id: string;
  text: string }[]; picked: readonly string[]; onPick: (next: string[]) => void }) {
  return <fieldset class="field"><legend>{legend}</legend><div class="boxes">{all.map((one) =>
    <label class="check" key={one.id}><input type="checkbox" checked={picked.includes(one.id)}
      onChange={(event) => onPick(event.currentTarget.checked ? [...picked, one.id]
        : picked.filter((id) => id !== one.id))} /><span><code>{one.id}</code>{one.text && <><br />
        <span class="xs quiet">{one.text}</span></>}</span></label>)}</div></fieldset>;
}

function AddKey({ onClose, onMade }: { onClose: () => void; onMade: (secret: string) => void }) {
  const roles = useAnswer("roles", [], (stop) => get("/api/v1/roles", { stop }));
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<string[]>([]);
  const send = useSend(async () => {
    const made = await call("post", "/api/v1/keys", { body: { name, scopes } });
    freshen(["staff"]);
    onMade(made.data.secret);
  });
  return <Dialog title={t("key_add")} onClose={onClose} broad><form class="form" onSubmit={send.submit}>
    {send.general && <Box look="alarm">{send.general}</Box>}
    <Field label={t("name")} name="name" wrong={send.fields} hint={t("key_name_hint")}>{(aria) =>
      <input class="input" required maxLength={80} {...aria} value={name}
        onInput={(event) => setName(event.currentTarget.value)} />}</Field>
    <Boxes legend={t("scopes")} picked={scopes} onPick={setScopes} all={(roles.data?.permissions ?? [])
      .filter((one) => one.permission.includes(".")).map((one) => ({ id: one.permission,
        text: known("permission", one.permission) ?? one.meaning }))} />
    <footer><Press onClick={onClose}>{t("cancel")}</Press><Press look="main" submit busy={send.busy}
      disabled={!scopes.length}>{t("key_make")}</Press></footer></form></Dialog>;
}

export function Keys() {
  const { data, problem, again } = useAnswer("keys", ["staff"], (stop) => get("/api/v1/keys", { stop }));
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState("");
  if (problem && !data) return <Trouble problem={problem} again={again} />;
  if (!data) return <Bones />;
  const revoke = (key: Shapes["Key"]) => attempt(async () => {
    if (!await sure(t("key_revoke"), t("key_revoke_text", { name: key.name }), t("key_revoke"), true))
      return;
    await call("delete", "/api/v1/keys/{key_id}", { path: { key_id: key.key_id } });
    again();
  });
  return <><div class="row gap-below">{everywhere.value ? <Press look="main" sign="plus"
    onClick={() => setAdding(true)}>{t("key_add")}</Press> : <p class="quiet">{t("all_locations_only")}</p>}<a class="end sm" href="/openapi.json">OpenAPI</a></div>
    {data.items.length ? <ul class="rows">{data.items.map((key) => <li key={key.key_id} class="entry row">
      <div class="grow"><p><b>{key.name}</b> <code class="faint">{key.prefix}…</code>{" "}
        {key.revoked_at && <Tag look="alarm">{t("revoked", { when: fullDay(key.revoked_at) })}</Tag>}</p>
        <p class="sm quiet one">{key.scopes.join(", ")}</p></div>
      <span class="sm faint">{key.last_used_at ? ago(key.last_used_at) : t("never_used")}</span>
      {!key.revoked_at && <Press look="small danger" onClick={() => void revoke(key)}>{t("key_revoke")}
      </Press>}</li>)}</ul> : <Empty sign="key" title={t("no_keys")}>{t("no_keys_text")}</Empty>}
    {adding && <AddKey onClose={() => setAdding(false)} onMade={(one) => { setAdding(false);
      setSecret(one); again(); }} />}
    {secret && <Once title={t("key_made")} text={t("shown_once")} secret={secret}
      onClose={() => setSecret("")} />}</>;
}

const topics = ["thread", "task", "patient", "playbook", "touch", "import", "settings", "staff"];

function AddHook({ onClose, onMade }: { onClose: () => void; onMade: (secret: string) => void }) {
  const [url, setUrl] = useState("");
  const [picked, setPicked] = useState<string[]>([]);
  const send = useSend(async () => {
    onMade((await call("post", "/api/v1/webhooks", { body: { url, topics: picked } })).data.secret);
  });
  return <Dialog title={t("hook_add")} onClose={onClose}><form class="form" onSubmit={send.submit}>
    {send.general && <Box look="alarm">{send.general}</Box>}
    <Field label={t("hook_url")} name="url" wrong={send.fields}>{(aria) => <input class="input" type="url"
      required maxLength={500} placeholder="https://" {...aria} value={url}
      onInput={(event) => setUrl(event.currentTarget.value)} />}</Field>
    <Boxes legend={t("topics")} picked={picked} onPick={setPicked} all={topics.map((id) => ({ id,
      text: said("topic", id) }))} />
    <footer><Press onClick={onClose}>{t("cancel")}</Press><Press look="main" submit busy={send.busy}
      disabled={!picked.length}>{t("add")}</Press></footer></form></Dialog>;
}

function Deliveries({ hook, onClose }: { hook: Shapes["Webhook"]; onClose: () => void }) {
  const { data } = useAnswer(`deliveries/${hook.webhook_id}`, [], (stop) => get(
    "/api/v1/webhooks/{webhook_id}/deliveries", { path: { webhook_id: hook.webhook_id }, stop }));
  return <Dialog title={t("deliveries")} onClose={onClose} broad>{!data ? <Bones />
    : !data.items.length ? <p class="quiet">{t("no_deliveries")}</p>
    : <Wide><table class="table"><thead><tr><th>{t("when")}</th><th>{t("topic")}</th>
        <th>{t("state_head")}</th><th class="num">{t("tries")}</th></tr></thead><tbody>
        {data.items.map((one) => <tr key={one.delivery_id}><td>{moment(one.created_at)}</td>
          <td><code>{one.topic}</code></td><td><Tag look={one.state === "delivered" ? "good"
            : one.state === "failed" ? "alarm" : "wait"}>{one.status ?? said("state", one.state)}</Tag></td>
          <td class="num">{one.attempts}</td></tr>)}</tbody></table></Wide>}</Dialog>;
}

export function Webhooks() {
  const { data, problem, again } = useAnswer("webhooks", ["staff"], (stop) =>
    get("/api/v1/webhooks", { stop }));
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState("");
  const [seen, setSeen] = useState<Shapes["Webhook"] | null>(null);
  if (problem && !data) return <Trouble problem={problem} again={again} />;
  if (!data) return <Bones />;
  const path = (hook: Shapes["Webhook"]) => ({ webhook_id: hook.webhook_id });
  return <><div class="row gap-below">{everywhere.value ? <Press look="main" sign="plus"
    onClick={() => setAdding(true)}>{t("hook_add")}</Press> : <p class="quiet">{t("all_locations_only")}</p>}</div>
    {data.items.length ? <ul class="rows">{data.items.map((hook) => <li key={hook.webhook_id}
      class="entry row wrap"><div class="grow"><p class="one"><b>{hook.url}</b></p>
        <p class="sm quiet one">{hook.topics.join(", ")}</p></div>
      {hook.last_at && <Tag look={hook.failures ? "alarm" : "good"}>{hook.last_status ?? ""}{" "}
        {ago(hook.last_at)}</Tag>}
      <Press look="small" onClick={() => setSeen(hook)}>{t("deliveries")}</Press>
      <Press look="small" onClick={() => void attempt(async () => {
        await call("post", "/api/v1/webhooks/{webhook_id}/test", { path: path(hook) });
        tell(t("hook_tested")); })}>{t("hook_test")}</Press>
      <Press look="small danger" onClick={() => void attempt(async () => {
        if (!await sure(t("hook_drop"), hook.url, t("hook_drop"), true)) return;
        await call("delete", "/api/v1/webhooks/{webhook_id}", { path: path(hook) });
        again(); })}>{t("hook_drop")}</Press></li>)}</ul>
    : <Empty sign="link" title={t("no_hooks")}>{t("no_hooks_text")}</Empty>}
    {adding && <AddHook onClose={() => setAdding(false)} onMade={(one) => { setAdding(false);
      setSecret(one); again(); }} />}
    {secret && <Once title={t("hook_made")} text={t("shown_once")} secret={secret}
      onClose={() => setSecret("")} />}
    {seen && <Deliveries hook={seen} onClose={() => setSeen(null)} />}</>;
}
