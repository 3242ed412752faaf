// shell.tsx: the frame: where one can go, what presses, and what is wrong with the world.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { get, offline } from "../api/client";
import { live } from "../api/live";
import { waitingActs } from "../api/pending";
import { setNow } from "../format";
import { keyLines, setSingleKeys, singleKeys, useKeys } from "../keys";
import { Caps, Face, Menu } from "../parts/basic";
import { Icon, type Sign } from "../parts/icon";
import { Dialog, undoLast } from "../parts/over";
import { go, room } from "../router";
import { theme } from "../theme";
import { language, n, said, setLanguage, t, type Key } from "../words";
import { Brand } from "../rooms/enter";
import { leave, limits, may, session, warned } from "../rooms/session";
import { palette, Palette } from "./palette";

interface Way {
  readonly room: string; readonly says: Key; readonly sign: Sign; readonly may: string;
  readonly keys: string; readonly phone: boolean;
}
export const ways: readonly Way[] = [
  { room: "today", says: "today", sign: "today", may: "inbox.read", keys: "g t", phone: true },
  { room: "inbox", says: "inbox", sign: "inbox", may: "inbox.read", keys: "g i", phone: true },
  { room: "patients", says: "patients", sign: "patients", may: "patients.read", keys: "g p",
    phone: true },
  { room: "waitlist", says: "waitlist", sign: "clock", may: "inbox.read", keys: "g w", phone: false },
  { room: "playbooks", says: "playbooks", sign: "playbooks", may: "playbooks.read", keys: "g b",
    phone: true },
  { room: "reports", says: "reports", sign: "reports", may: "reports.read", keys: "g r",
    phone: true },
  { room: "settings", says: "settings", sign: "settings", may: "self", keys: "g s", phone: false },
  { room: "audit", says: "audit", sign: "audit", may: "audit.read", keys: "g a", phone: false },
];
export const open = (way: Way) => way.may === "self" || may(way.may);
export const isOpen = (name: string) => (name === "start" ? may("settings.write")
  : ways.every((way) => way.room !== name || open(way)));
// Whose work is the desk begins there; whose work is to look after it, at the audit.
export const home = (): Way => ["today", "audit"].map((name) => ways.find((way) => way.room === name)!).find(open)
  ?? ways.find(open)!;
const beside = (way: Way) => way.room === "settings" || way.room === "audit";

function useCounts(): { today: number; inbox: number } {
  const { data } = useAnswer(may("inbox.read") ? "today" : null, ["task", "thread"],
    (stop) => get("/api/v1/today", { stop }));
  const threads = useAnswer(may("inbox.read") ? "thread-counts" : null, ["thread"], (stop) =>
    get("/api/v1/threads", { query: { zone: "needs_person", limit: 1 }, stop }));
  useEffect(() => { if (data) setNow(data.at); }, [data?.at]);
  return { today: data ? data.queues.overdue + data.queues.due : 0,
    inbox: threads.data?.zones.needs_person ?? 0 };
}

function Help({ onClose }: { onClose: () => void }) {
  return <Dialog title={t("keys_title")} onClose={onClose}>
    <label class="check"><input type="checkbox" checked={singleKeys.value} data-first
      onChange={(event) => setSingleKeys(event.currentTarget.checked)} />{t("keys_single")}</label>
    <dl class="keys">{keyLines.value.map((line) => <div key={line.keys}>
      <dt>{line.says}</dt><dd><Caps keys={line.keys} /><span class="sr">{line.keys}</span></dd>
    </div>)}</dl></Dialog>;
}

function Banners() {
  const practice = session.value?.practice;
  return <>
    {(offline.value || live.value === "lost") && <div class="banner" role="status">
      <Icon sign="alert" size={17} /><span>{t("connection_lost")}{waitingActs.value > 0
        && ` ${n("acts_wait", waitingActs.value)}`}</span></div>}
    {warned.value && <div class="banner" role="alert"><Icon sign="clock" size={17} />
      {t("idle_soon")}</div>}
    {practice?.sending_paused && <div class="banner" role="status"><Icon sign="pause" size={17} />
      {t("sending_paused")}<a class="end" href="#/playbooks">{t("look")}</a></div>}
    {session.value?.emergency_until && <div class="banner alarm" role="status">
      <Icon sign="alert" size={17} />{t("emergency_on")}</div>}
  </>;
}

function Who() {
  const user = session.value?.user;
  if (!user) return null;
  return <Menu says={t("account_menu", { name: user.name })} up start
    face={<><Face name={user.name} /><span class="col one who-name"><b class="one" dir="auto">{user.name}</b>
      <span class="xs faint">{said("role", user.role)}</span></span></>}
    items={[
      { text: t("own_account"), sign: "user", does: () => go("settings", "account") },
      { text: theme.value === "dark" ? t("theme_light") : t("theme_dark"),
        sign: theme.value === "dark" ? "sun" : "moon",
        does: () => { theme.value = theme.value === "dark" ? "light" : "dark"; } },
      { text: language.value === "en" ? "Español" : "English", sign: "note",
        does: () => void setLanguage(language.value === "en" ? "es" : "en") },
      null,
      { text: t("sign_out"), sign: "out", does: () => void leave() },
    ]} />;
}

export function Shell({ children }: { children: ComponentChildren }) {
  const [help, setHelp] = useState(false);
  const counts = useCounts();
  const counted: Record<string, number> = counts;
  useKeys([
    { keys: "mod+k", says: t("key_palette"), always: true, does: () => { palette.value = true; } },
    { keys: "/", says: t("key_search"), does: () => { palette.value = true; } },
    { keys: "?", says: t("key_help"), does: () => setHelp(true) },
    { keys: "mod+z", says: t("key_undo"), does: () => { undoLast(); } },
    ...ways.filter(open).map((way) => ({ keys: way.keys, says: t("go_to", { place: t(way.says) }),
      does: () => go(way.room) })),
  ]);
  const link = (way: Way) => <a key={way.room} href={`#/${way.room}`} title={t(way.says)}
    aria-current={room.value === way.room ? "page" : undefined}>
    <Icon sign={way.sign} size={19} /><span>{t(way.says)}</span>
    {counted[way.room] ? <span class={`count ${way.room === "inbox" ? "hot" : ""}`}>
      {counted[way.room]}</span> : null}</a>;
  return <div class="shell">
    <a class="skip" href="#main" onClick={(event) => {
      event.preventDefault();
      document.getElementById("main")?.focus();
    }}>{t("skip")}</a>
    <header class="side">
      <Brand />
      <button type="button" class="seek" aria-label={t("search_all")}
        onClick={() => { palette.value = true; }}>
        <Icon sign="search" size={17} /><span>{t("search")}</span><Caps keys="mod+k" /></button>
      <nav aria-label={t("main_nav")}>{ways.filter((way) => open(way) && !beside(way)).map(link)}</nav>
      <div class="gap" />
      <nav aria-label={t("side_nav")}>{ways.filter((way) => open(way) && beside(way)).map(link)}</nav>
      <Who />
    </header>
    <main class="sheet-main" id="main" tabIndex={-1}><Banners />{children}</main>
    <nav class="tabbar" aria-label={t("main_nav")}>
      {ways.filter(open).sort((a, b) => Number(b.phone) - Number(a.phone)).slice(0, 4).map(link)}
      <button type="button" onClick={() => { palette.value = true; }}>
        <Icon sign="more" size={19} /><span>{t("more")}</span></button>
    </nav>
    <Palette />
    {help && <Help onClose={() => setHelp(false)} />}
  </div>;
}

// Whose figures these are, for an account that is limited to locations.
export function Scope() {
  return limits.value && !session.value?.emergency_until ? <span class="scope" title={t("scope_text")}>
    {t("scope_only", { places: limits.value.join(", ") })}</span> : null;
}

export function Page({ title, sub, acts, back, slim = false, children }: {
  title: ComponentChildren; sub?: ComponentChildren; acts?: ComponentChildren; slim?: boolean;
  back?: { text: string; to: string }; children: ComponentChildren }) {
  return <div class="page"><div class={`inside ${slim ? "slim" : ""}`}>
    {back && <a class="back" href={back.to}><Icon sign="back" size={15} />{back.text}</a>}
    <header class="page-head"><div class="grow"><h1>{title}</h1>
      {sub && <p class="sub">{sub}</p>}</div>{acts && <div class="acts">{acts}</div>}</header>
    {children}</div></div>;
}
