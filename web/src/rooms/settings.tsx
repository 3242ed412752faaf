// settings.tsx: the practice, its channels, its words, its people; and one's own account.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { call, type Shapes } from "../api/client";
import { civil } from "../format";
import { Bones, Box, Gone, Tag, Trouble } from "../parts/basic";
import { channelSign, Icon } from "../parts/icon";
import { go, place } from "../router";
import { parts, type Part } from "../shell/places";
import { Page } from "../shell/shell";
import { said, t } from "../words";
import { Account } from "./account";
import { Backups } from "./backups";
import { CannedAnswers } from "./canned";
import { TextFile } from "./files";
import { Imports } from "./imports";
import { Learning } from "./learning";
import { Keys, Webhooks } from "./keys_hooks";
import { ConsentForm, PracticeForm } from "./practice_forms";
import { Roles, Staff } from "./staff";
import { may } from "./session";

type S = Shapes["Settings"];

export function useSettings() {
  return useAnswer("settings", ["settings"], (stop) => call("get", "/api/v1/settings", { stop })
    .then((answer) => ({ ...answer.data, etag: answer.etag || answer.data.etag })));
}

function Channels({ settings }: { settings: S }) {
  return <ul class="cards">{settings.channels.map((one) => <li class="card" key={one.channel}>
    <header><Icon sign={channelSign(one.channel)} size={22} /><div class="grow">
      <h2>{said("channel", one.channel)}</h2><p class="sm quiet">{[said("driver", one.driver), one.from]
        .filter(Boolean).join(" · ")}</p></div>
      <Tag look={one.ready ? "good" : "alarm"}>{one.ready ? t("ready") : t("not_ready")}</Tag></header>
    <dl class="facts"><dt>{t("vendor")}</dt><dd>{one.vendor === "own" ? t("vendor_own") : one.vendor ?? "–"}</dd><dt>{t("baa")}</dt>
      <dd>{one.baa_signed ? <>{t("baa_signed", { when: civil(one.baa_signed) })}
        {one.baa_until && ` · ${t("baa_until", { when: civil(one.baa_until) })}`}</>
        : one.ready ? t("baa_own") : <span class="bad">{t("baa_none")}</span>}</dd></dl>
    {one.problem && <Box look="alarm">{t(one.driver === "null"
      ? "channel_problem_null" : "channel_problem_baa")}</Box>}</li>)}
    <li><p class="sm quiet">{t("channels_text")}</p></li></ul>;
}

function Caps({ settings }: { settings: S }) {
  const rows = ["marketing_per_day_max", "marketing_per_7_days_max", "marketing_per_30_days_max",
    "sends_per_day_max", "calls_per_day_max", "booking_data_age_max_hours"] as const;
  return <><p class="quiet gap-below">{t("caps_text")}</p><dl class="facts broad">{rows.map((name) =>
    [<dt key={name}>{said("setting", name)}</dt>, <dd key={`d${name}`}>{name === "sends_per_day_max" && !settings[name] ? t("no_bound")
      : settings[name]}</dd>])}
    <dt>{t("holidays")}</dt><dd>{settings.holidays.length ? settings.holidays.map((one) =>
      /^\d{4}-/.test(one) ? civil(one) : one).join(", ") : t("no_holidays")}</dd></dl></>;
}

const allowed = (part: Part) => part.may === "self" || may(part.may);

function Body({ id }: { id: string }): ComponentChildren {
  const settings = useSettings();
  const needs = ["practice", "consent", "channels", "caps"].includes(id);
  if (needs && settings.problem && !settings.data) return <Trouble problem={settings.problem}
    again={settings.again} />;
  if (needs && !settings.data) return <Bones lines={7} />;
  switch (id) {
    case "practice": return <PracticeForm settings={settings.data!} onSaved={settings.again}
      onStale={settings.again} />;
    case "consent": return <ConsentForm settings={settings.data!} onSaved={settings.again} />;
    case "channels": return <Channels settings={settings.data!} />;
    case "caps": return <Caps settings={settings.data!} />;
    case "imports": return <Imports />;
    case "definitions": return <TextFile name="definitions.yaml" schema="definitions" allowed={may("playbooks.write")}
      read={(stop) => call("get", "/api/v1/definitions", { stop })}
      write={(source, etag) => call("put", "/api/v1/definitions", { body: { source }, etag })} />;
    case "file": return <TextFile name="perennial.yaml" allowed={may("settings.write")}
      read={(stop) => call("get", "/api/v1/settings/source", { stop })}
      write={(source, etag) => call("put", "/api/v1/settings/source", { body: { source }, etag })} />;
    case "staff": return <Staff />;
    case "roles": return <Roles />;
    case "keys": return <Keys />;
    case "webhooks": return <Webhooks />;
    case "backups": return <Backups />;
    case "canned": return <CannedAnswers />;
    case "reading": return <Learning />;
    default: return <Account />;
  }
}

export function Settings() {
  const list = parts.filter(allowed);
  const asked = place.value.path[1] ?? "account";
  const id = list.find((part) => part.id === asked)?.id;
  const nav = useRef<HTMLElement>(null);
  useEffect(() => { // on a phone the row of names is longer than the screen
    nav.current?.querySelector("[aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
  }, [id]);
  return <Page title={t("settings")}><div class="settings">
    <select class="input subnav-pick" aria-label={t("sections")} value={id ?? ""}
      onChange={(event) => go("settings", event.currentTarget.value)}>{!id && <option value="" />}{list.map((part) =>
        <option key={part.id} value={part.id}>{said("part", part.id)}</option>)}</select>
    <nav class="subnav" ref={nav} aria-label={t("sections")}>{list.map((part) => <a key={part.id}
      href={`#/settings/${part.id}`} aria-current={part.id === id ? "page" : undefined}>
      {said("part", part.id)}</a>)}</nav>
    {id ? <section class="settings-body" aria-labelledby="part-head" key={id}>
      <h2 id="part-head" class="part-head">{said("part", id)}</h2><Body id={id} /></section>
    : <Gone what={parts.some((part) => part.id === asked) ? "role" : "page"} to="#/settings/account"
        back={t("own_account")} part />}
  </div></Page>;
}
