// format.ts: the only place where instants, days, cents and rates become text.
//
// Days and clock times are those of the practice, not of the browser; money is in the practice's
// currency; both are written the way the reader's language writes them.
import { signal } from "@preact/signals";
import { dayAfter, dayAt, instantAt } from "./days";
import { language, t } from "./words";

export const zone = signal(Intl.DateTimeFormat().resolvedOptions().timeZone);
export const country = signal("US");

function locale(): string {
  return `${language.value}-${country.value}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();
function dated(options: Intl.DateTimeFormatOptions, at: Date, where = zone.value): string {
  const key = locale() + where + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) formats.set(key, format = new Intl.DateTimeFormat(locale(),
    { timeZone: where, ...options }));
  return format.format(at);
}

// The practice's now: the server says it, a desk's own clock may be wrong (and a demo's is not now).
const skew = signal(0);
export function setNow(at: string): void {
  const off = new Date(at).getTime() - Date.now();
  skew.value = Math.abs(off) > 90_000 ? off : 0;
}
export const now = () => Date.now() + skew.value;

// The practice's civil day, as a field for a date holds it, and the instant of a clock on its wall.
export const today = (days_on = 0) => dayAfter(dayAt(now(), zone.value), days_on);
export const wall = (day: string, time: string) => instantAt(day, time, zone.value);

type When = string | number | Date;
const at = (when: When) => (when instanceof Date ? when : new Date(when));

export const clock = (when: When) => dated({ hour: "numeric", minute: "2-digit" }, at(when));
export const day = (when: When) => dated({ day: "numeric", month: "short" }, at(when));
export const weekday = (when: When) =>
  dated({ weekday: "long", day: "numeric", month: "long" }, at(when));
export const weekdayShort = (when: When) => dated({ weekday: "short" }, at(when));
export const fullDay = (when: When) =>
  dated({ day: "numeric", month: "short", year: "numeric" }, at(when));
export const moment = (when: When) => dated(
  { day: "numeric", month: "short", year: "numeric", hour: "numeric", minute: "2-digit" }, at(when));

// A time as it is written to a patient, who may read another language than the desk.
export function dayAndTime(when: When, tongue: string): string {
  return new Intl.DateTimeFormat(`${tongue}-${country.value}`, { timeZone: zone.value, weekday: "long",
    day: "numeric", month: "long", hour: "numeric", minute: "2-digit" }).format(at(when));
}

// A civil day ("2026-03-01") has no zone: it is shown as it stands.
export function civil(text: string, long = false): string {
  return dated(long ? { weekday: "short", day: "numeric", month: "short" }
    : { day: "numeric", month: "short", year: "numeric" }, new Date(text + "T12:00:00Z"), "UTC");
}

// "17:30" of a clock on the wall, the way it is written here.
export const hour = (text: string) => dated({ hour: "numeric", minute: "2-digit" },
  new Date(`2026-01-01T${text}:00Z`), "UTC");

const key = (when: Date) => dated({ year: "numeric", month: "2-digit", day: "2-digit" }, when);

export function isSameDay(a: When, b: When): boolean {
  return key(at(a)) === key(at(b));
}

// As a colleague would say it: "12 min", "3 h", then the day.
export function ago(when: When): string {
  const date = at(when);
  const minutes = Math.round((now() - date.getTime()) / 60_000);
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: "auto", style: "narrow" });
  if (Math.abs(minutes) < 1) return t("just_now");
  if (Math.abs(minutes) < 60) return relative.format(-minutes, "minute");
  if (Math.abs(minutes) < 60 * 18 && isSameDay(date, now())) return clock(date);
  const days = Math.round(minutes / 1440);
  if (Math.abs(days) < 7) return `${dated({ weekday: "short" }, date)} ${clock(date)}`;
  return Math.abs(days) < 300 ? day(date) : fullDay(date);
}

export function span(minutes: number): string {
  const whole = Math.max(0, Math.round(minutes));
  if (whole < 60) return `${number(whole)} min`;
  const hours = Math.floor(whole / 60);
  if (hours < 48) return whole % 60 && hours < 10 ? `${hours} h ${whole % 60} min` : `${hours} h`;
  return `${number(Math.round(hours / 24))} ${t("unit_days")}`;
}

export function number(value: number, digits = 0): string {
  return new Intl.NumberFormat(locale(), {
    minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

export function percent(share: number | null | undefined, digits = 1): string {
  if (share === null || share === undefined || Number.isNaN(share)) return "–";
  return new Intl.NumberFormat(locale(), { style: "percent",
    minimumFractionDigits: digits, maximumFractionDigits: digits }).format(share);
}

export interface Money { readonly cents: number; readonly currency: string }

export function money(value: Money | null | undefined, whole = false): string {
  if (!value) return "–";
  const digits = whole && (value.cents === 0 || Math.abs(value.cents) >= 10_000) ? 0 : 2;
  return new Intl.NumberFormat(locale(), { style: "currency", currency: value.currency,
    minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value.cents / 100);
}

// "+15125550123" as people in North America write it; other numbers as they stand.
export function phone(e164: string): string {
  const parts = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(e164);
  return parts ? `(${parts[1]}) ${parts[2]}-${parts[3]}` : e164;
}

export function initials(name: string): string {
  const letters = name.split(/[\s-]+/).flatMap((part) => /\p{L}/u.exec(part)?.[0] ?? []);
  return (letters.length > 1 ? letters[0]! + letters.at(-1)! : letters[0] ?? "#").toUpperCase();
}

// As much of a text as the server takes: its limits are bytes, and no sign is cut in two.
export function fitting(text: string, bytes_max: number): string {
  const encoder = new TextEncoder();
  let left = bytes_max;
  let end = 0;
  for (const sign of text) {
    left -= encoder.encode(sign).length;
    if (left < 0) break;
    end += sign.length;
  }
  return text.slice(0, end);
}
