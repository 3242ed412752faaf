// wish.ts: which times suit somebody, as the calendar read it from their words.
import { civil, hour, weekdayShort } from "../format";
import { t } from "../words";

const SUNDAY = Date.UTC(2026, 0, 4, 18);
const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

function windowWords(text: string): string {
  const days = text.replace(/\d{4}-\d\d-\d\d/g, (one) => civil(one, true)).replaceAll("..", " – ")
    .replace(/\b(sun|mon|tue|wed|thu|fri|sat)\b/g, (one) =>
      weekdayShort(SUNDAY + weekdays.indexOf(one) * 86_400_000)).replaceAll(",", ", ");
  return days.replace(/(\d\d:\d\d)(?:-(\d\d:\d\d))?/g, (_, from: string, until?: string) =>
    until === "24:00" ? t("read_from", { time: hour(from) })
    : from === "00:00" && until ? t("read_until", { time: hour(until) })
    : until ? `${hour(from)} – ${hour(until)}` : hour(from));
}

// What the calendar made of the patient's words, as one would say it: "want thu 17:00-24:00; not mon".
export function readWords(read: string): string {
  return read.replace(/^want /, "").split("; ").map((part) => {
    const who = /^with (.+)$/.exec(part)?.[1];
    if (part === "any") return "";
    if (part === "soonest") return t("read_soonest");
    if (who) return who === "same" ? t("read_same") : who === "any" ? t("read_anyone") : who;
    return part.startsWith("not ") ? t("read_not", { what: windowWords(part.slice(4)) })
      : windowWords(part);
  }).filter(Boolean).join(" · ");
}
