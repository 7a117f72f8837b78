// Numbers, instants and lengths in words. Instants are epoch ms or RFC 3339 text, always UTC.

const grouped = new Intl.NumberFormat("en-GB");
const UNITS = [[86400000, "day"], [3600000, "h"], [60000, "min"], [1000, "s"]];
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `1,204` */
export const number = (value) => grouped.format(value);

/** `1,204 profiles`, `1 profile` */
export const count = (value, one, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;

/** Epoch ms of an instant in either form. */
export const ms = (instant) => (typeof instant === "number" ? instant : Date.parse(instant));

/** `2026-01-15 09:00:00` */
export const instant = (value) => new Date(ms(value)).toISOString().slice(0, 19).replace("T", " ");

/** `09:00:00` */
export const timeOfDay = (value) => instant(value).slice(11);

/** `Thu 15 Jan` */
export function day(value) {
  const date = new Date(ms(value));
  return `${WEEKDAYS[date.getUTCDay()]} ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
}

/** `Thu 15 Jan, 09:00` */
export const dayAndTime = (value) => `${day(value)}, ${instant(value).slice(11, 16)}`;

/** `3 h 12 min`, `4 s`, `250 ms`: the two largest units. */
export function length(value) {
  let left = Math.max(0, Math.round(value));
  if (left < 1000) return `${left} ms`;
  const words = [];
  for (const [size, unit] of UNITS) {
    const whole = Math.floor(left / size);
    left -= whole * size;
    if (whole) words.push(`${grouped.format(whole)} ${unit}${unit === "day" && whole > 1 ? "s" : ""}`);
    if (words.length === 2 || (words.length && !whole)) break;
  }
  return words.join(" ");
}

/** `in 3 h 12 min`, `4 s ago`, `now` */
export function distance(value, now) {
  const away = ms(value) - now;
  if (Math.abs(away) < 1000) return "now";
  return away > 0 ? `in ${length(away)}` : `${length(-away)} ago`;
}

/** `42 %`, one decimal below ten */
export const percent = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(part / whole < 0.1 ? 1 : 0)} %` : "–");

/** The first eight characters of a long id. */
export const short = (id) => (String(id).length > 12 ? String(id).slice(0, 8) : String(id));
