// days.ts: civil days and clocks on the wall of a place, and the instants they stand for.
//
// A day is "2026-03-01", a time "09:00", a place the name of its zone ("America/Chicago").
const DAY_MS = 86_400_000;

// What a wall at this place shows at an instant, read as if it hung in Greenwich.
function wallOf(at_ms: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", year: "numeric",
    month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" }).formatToParts(at_ms);
  const [year, month, day, hour, minute, second] = ["year", "month", "day", "hour", "minute", "second"]
    .map((name) => Number(parts.find((one) => one.type === name)?.value)) as [number, number, number, number, number, number];
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

export function dayAt(at_ms: number, zone: string): string {
  return new Date(wallOf(at_ms, zone)).toISOString().slice(0, 10);
}

export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

// Of a time that comes twice the earlier; one that is left out counts as if the clock had not yet changed.
export function instantAt(day: string, time: string, zone: string): Date {
  const wall = Date.parse(`${day}T${time}Z`);
  const ahead = (at_ms: number) => wallOf(at_ms, zone) - at_ms;
  const before = wall - ahead(wall - DAY_MS);
  const after = wall - ahead(wall + DAY_MS);
  return new Date(wallOf(before, zone) === wall || wallOf(after, zone) !== wall ? before : after);
}
