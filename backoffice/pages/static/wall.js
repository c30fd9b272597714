// The clock on the wall of a place, and instants. A wall time is «2026-11-21T09:00», whatever the browser's own zone.

const formats = new Map();
const format = (zone) => {
  if (!formats.has(zone)) {
    formats.set(zone, new Intl.DateTimeFormat("en-CA", {
      timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
    }));
  }
  return formats.get(zone);
};

/** What the wall shows at an instant (a Date, a number or ISO 8601). */
export function wallAt(instant, zone) {
  const { year, month, day, hour, minute } = Object.fromEntries(format(zone).formatToParts(new Date(instant)).map((one) => [one.type, one.value]));
  return `${year}-${month}-${day}T${hour}:${minute}`;
}

/** The instant at which the wall shows it. Twice: the first guess may lie on the other side of a jump of the clock. */
export function instantOf(wall, zone) {
  const asked = Date.parse(`${wall}Z`);
  let at = asked;
  for (let turn = 0; turn < 2; turn += 1) at += asked - Date.parse(`${wallAt(at, zone)}Z`);
  return new Date(at).toISOString();
}

const dated = (wall, how) => new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: "UTC", ...how }).format(new Date(`${wall.slice(0, 10)}T12:00Z`));

/** «sáb, 21 nov» */
export const dayOf = (wall) => dated(wall, { weekday: "short", day: "numeric", month: "short" });
/** «noviembre de 2026» */
export const monthOf = (wall) => dated(wall, { month: "long", year: "numeric" });
/** «sáb, 21 nov · 09:00» */
export const said = (wall) => `${dayOf(wall)} · ${wall.slice(11, 16)}`;
