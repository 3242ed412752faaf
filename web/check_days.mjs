// check_days.mjs: a day and a clock of the practice, whatever the hour and the zone of the browser.
//
// usage: node web/check_days.mjs   (prints TAP)
import { build } from "esbuild";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { check, end } from "./check_same.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), "perennial-days-"));
const made = join(folder, "days.mjs");
await build({ entryPoints: [join(root, "web/src/days.ts")], outfile: made, bundle: true, format: "esm",
  logLevel: "warning" });
const { dayAfter, dayAt, instantAt } = await import(made).finally(() => rmSync(folder, { recursive: true }));

const chicago = "America/Chicago";
check("an evening at the practice is its own day, though Greenwich has the next",
  [dayAt(Date.parse("2026-11-23T00:30Z"), chicago), dayAt(Date.parse("2026-11-23T06:00Z"), chicago)],
  ["2026-11-22", "2026-11-23"]);
check("days are counted over the ends of months and the long and short days of a year",
  [dayAfter("2026-02-28", 1), dayAfter("2026-11-01", 1), dayAfter("2026-03-08", -1), dayAfter("2026-01-01", -90)],
  ["2026-03-01", "2026-11-02", "2026-03-07", "2025-10-03"]);
check("a clock on the wall, winter and summer, east and west of Greenwich",
  [["2026-01-15", "09:00", chicago], ["2026-07-15", "09:00", chicago], ["2026-07-15", "00:00", "Pacific/Kiritimati"],
    ["2026-07-15", "23:59", "America/St_Johns"]].map((one) => instantAt(...one).toISOString().slice(0, 16)),
  ["2026-01-15T15:00", "2026-07-15T14:00", "2026-07-14T10:00", "2026-07-16T02:29"]);
check("on the day the clock changes: before, after, twice, and left out",
  [["2026-11-01", "00:30"], ["2026-11-01", "01:30"], ["2026-11-01", "09:00"], ["2026-03-08", "01:30"],
    ["2026-03-08", "02:30"], ["2026-03-08", "09:00"]].map((one) => instantAt(...one, chicago).toISOString().slice(0, 16)),
  ["2026-11-01T05:30", "2026-11-01T06:30", "2026-11-01T15:00", "2026-03-08T07:30", "2026-03-08T08:30",
    "2026-03-08T14:00"]);
let differ = 0;
for (const zone of [chicago, "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Europe/Dublin"])
  for (let at = Date.parse("2026-01-01T00:07Z"); at < Date.parse("2027-01-01T00:00Z"); at += 7_260_000) {
    const day = dayAt(at, zone);
    const time = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", timeStyle: "medium" }).format(at);
    const off = at - instantAt(day, time, zone).getTime();
    if (off !== 0 && off !== 3_600_000 && off !== 1_800_000) differ++;
  }
check("a year of instants in five zones comes back as it was, but for the hour that comes twice", differ, 0);
end();
