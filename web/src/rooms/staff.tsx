// staff.tsx: colleagues, what each may do, and the link that lets somebody in for the first time.
import { useState } from "preact/hooks";
import { freshen, useAnswer } from "../api/answers";
import { call, get, type Shapes } from "../api/client";
import { ago } from "../format";
import { Bones, Box, Face, Field, Menu, Press, Tag, Trouble } from "../parts/basic";
import { Icon } from "../parts/icon";
import { attempt, Dialog, sure, tell } from "../parts/over";
import { known, said, t } from "../words";
import { useSend } from "./enter";
import { limits, may, session } from "./session";

type User = Shapes["User"];
const roles = ["owner", "manager", "front_desk", "clinician", "consultant", "auditor"] as const;

// A secret that is shown once: an address, a key.
export function Once({ title, text, secret, onClose }: { title: string; text: string; secret: string;
  onClose: () => void }) {
  return <Dialog title={title} onClose={onClose} firm><p class="quiet">{text}</p>
    <code class="secret-box" tabIndex={0}>{secret}</code>
    <footer><Press sign="page" onClick={() => void navigator.clipboard?.writeText(secret)
      .then(() => tell(t("copied")))}>{t("copy")}</Press>
      <Press look="main" onClick={onClose}>{t("kept_it")}</Press></footer></Dialog>;
}

function Add({ onClose, onMade }: { onClose: () => void; onMade: (link: string) => void }) {
  const [form, setForm] = useState({ email: "", name: "", role: "front_desk" as User["role"],
    language: "en" as "en" | "es", places: limits.value?.join(", ") ?? "" });
  const send = useSend(async () => {
    const locations = form.places.split(",").map((one) => one.trim()).filter(Boolean);
    const made = await call("post", "/api/v1/staff", { body: { email: form.email, name: form.name,
      role: form.role, language: form.language, ...(locations.length ? { locations } : {}) } });
    freshen(["staff"]);
    onMade(made.data.sign_in_url);
  });
  return <Dialog title={t("staff_add")} onClose={onClose}><form class="form" onSubmit={send.submit}>
    {send.general && <Box look="alarm">{send.general}</Box>}
    <Field label={t("name")} name="name" wrong={send.fields}>{(aria) => <input class="input" required
      maxLength={120} {...aria} value={form.name} onInput={(event) => setForm({ ...form,
        name: event.currentTarget.value })} />}</Field>
    <Field label={t("email")} name="email" wrong={send.fields}>{(aria) => <input class="input"
      type="email" required {...aria} value={form.email} onInput={(event) => setForm({ ...form,
        email: event.currentTarget.value })} />}</Field>
    <div class="pair"><Field label={t("role")} name="role" wrong={send.fields}
      hint={said("role_does", form.role)}>{(aria) => <select class="input" {...aria} value={form.role}
      onChange={(event) => setForm({ ...form, role: event.currentTarget.value as User["role"] })}>
      {roles.map((one) => <option key={one} value={one}>{said("role", one)}</option>)}</select>}</Field>
    <Field label={t("language")} name="language" wrong={send.fields}>{(aria) => <select class="input"
      {...aria} value={form.language} onChange={(event) => setForm({ ...form,
        language: event.currentTarget.value as "en" | "es" })}><option value="en">English</option>
      <option value="es">Español</option></select>}</Field></div>
    <Field label={t("locations")} hint={t("locations_hint")} name="locations" wrong={send.fields}>
      {(aria) => <input class="input" {...aria} value={form.places} onInput={(event) => setForm({
        ...form, places: event.currentTarget.value })} />}</Field>
    <footer><Press onClick={onClose}>{t("cancel")}</Press>
      <Press look="main" submit busy={send.busy}>{t("staff_invite")}</Press></footer></form></Dialog>;
}

function Change({ user, onClose }: { user: User; onClose: () => void }) {
  const [role, setRole] = useState(user.role);
  const [places, setPlaces] = useState(user.locations?.join(", ") ?? "");
  const send = useSend(async () => {
    const locations = places.split(",").map((one) => one.trim()).filter(Boolean);
    await call("patch", "/api/v1/staff/{user_id}", { path: { user_id: user.user_id }, body: {
      ...(role !== user.role ? { role } : {}),
      ...(locations.length ? { locations } : { all_locations: true }) } });
    freshen(["staff"]);
    onClose();
  });
  return <Dialog title={user.name} onClose={onClose}><form class="form" onSubmit={send.submit}>
    {send.general && <Box look="alarm">{send.general}</Box>}
    <Field label={t("role")} name="role" wrong={send.fields} hint={said("role_does", role)}>{(aria) =>
      <select class="input" {...aria} value={role} onChange={(event) =>
        setRole(event.currentTarget.value as User["role"])}>{roles.map((one) => <option key={one}
        value={one}>{said("role", one)}</option>)}</select>}</Field>
    <Field label={t("locations")} hint={t("locations_hint")} name="locations" wrong={send.fields}>
      {(aria) => <input class="input" {...aria} value={places} onInput={(event) =>
        setPlaces(event.currentTarget.value)} />}</Field>
    <footer><Press onClick={onClose}>{t("cancel")}</Press>
      <Press look="main" submit busy={send.busy}>{t("save")}</Press></footer></form></Dialog>;
}

export function Staff() {
  const { data, problem, again } = useAnswer("staff", ["staff"], (stop) => get("/api/v1/staff", { stop }));
  const [adding, setAdding] = useState(false);
  const [changing, setChanging] = useState<User | null>(null);
  const [link, setLink] = useState("");
  const writes = may("staff.write");
  if (problem && !data) return <Trouble problem={problem} again={again} />;
  if (!data) return <Bones lines={5} />;
  const path = (user: User) => ({ user_id: user.user_id });
  const able = (user: User, state: "active" | "disabled") => attempt(async () => {
    if (state === "disabled" && !await sure(t("staff_disable"), t("staff_disable_text",
      { name: user.name }), t("staff_disable"), true)) return;
    await call("patch", "/api/v1/staff/{user_id}", { path: path(user), body: { state } });
    freshen(["staff"]);
    if (state === "disabled") tell(t("staff_disabled", { name: user.name }), async () => {
      await call("patch", "/api/v1/staff/{user_id}", { path: path(user), body: { state: "active" } });
      freshen(["staff"]);
    });
  });
  return <>{writes && <div class="row gap-below"><Press look="main" sign="plus"
    onClick={() => setAdding(true)}>{t("staff_add")}</Press></div>}
    <ul class="rows">{data.items.map((user) => <li key={user.user_id} class="entry row">
      <Face name={user.name} /><div class="grow"><p><b>{user.name}</b>{" "}
        {user.state !== "active" && <Tag look={user.state === "disabled" ? "alarm" : "wait"}>
          {said("account", user.state)}</Tag>}</p>
        <p class="sm quiet one">{said("role", user.role)} · {user.email}{user.locations
          && ` · ${user.locations.join(", ")}`}</p></div>
      <span class="sm faint desk-only">{user.signed_in_at ? ago(user.signed_in_at) : ""}</span>
      {user.second_factor ? <Tag look="good"><Icon sign="key" size={13} />{t("second_short")}</Tag>
        : <Tag>{t("second_none")}</Tag>}
      {writes && user.user_id !== session.value?.user?.user_id && <Menu says={t("more")} items={[
        { text: t("change_role"), sign: "user", does: () => setChanging(user) },
        { text: t("new_link"), sign: "link", does: () => void attempt(async () => {
          setLink((await call("post", "/api/v1/staff/{user_id}/link", { path: path(user) }))
            .data.sign_in_url); }) },
        ...(user.second_factor ? [{ text: t("second_reset"), sign: "key" as const, does: () => void
          attempt(async () => {
            await call("delete", "/api/v1/staff/{user_id}/second-factor", { path: path(user) });
            freshen(["staff"]); }) }] : []), null,
        user.state === "disabled" ? { text: t("staff_enable"), sign: "play", does: () =>
          void able(user, "active") }
        : { text: t("staff_disable"), sign: "stop", danger: true, does: () =>
          void able(user, "disabled") }]} />}</li>)}</ul>
    {adding && <Add onClose={() => setAdding(false)} onMade={(url) => { setAdding(false);
      setLink(url); }} />}
    {changing && <Change user={changing} onClose={() => setChanging(null)} />}
    {link && <Once title={t("sign_in_link")} text={t("sign_in_link_text")} secret={link}
      onClose={() => setLink("")} />}</>;
}

export function Roles() {
  const { data } = useAnswer("roles", [], (stop) => get("/api/v1/roles", { stop }));
  if (!data) return <Bones lines={8} />;
  return <div class="wide" tabIndex={0}><table class="table roles"><thead><tr><th>{t("permission")}</th>
    {data.roles.map((role) => <th key={role}>{said("role", role)}</th>)}</tr></thead><tbody>
    {data.permissions.map((row) => <tr key={row.permission}><th scope="row"><code>{row.permission}</code>
      <br /><span class="sm quiet">{known("permission", row.permission)
        ?? row.meaning}</span></th>{data.roles.map((role) => <td key={role}>
      {row.roles.includes(role) ? <><Icon sign="check" size={16} /><span class="sr">{t("yes")}</span></>
        : <span class="faint">–<span class="sr">{t("no")}</span></span>}</td>)}</tr>)}</tbody></table></div>;
}
