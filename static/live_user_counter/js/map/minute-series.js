/** The people of the last minutes, by place. Pure. */

export const MINUTES = 30;
/** Places whose minutes are known. Those that were seen last stay. */
export const MAX_PLACES = 100;
/** The height of a drawing. Its width is 100. */
const HEIGHT = 20;
/** The line is as thick at its highest point as elsewhere. */
const MARGIN = 1.5;

/** The key of the whole site. A place is a text. */
export const SITE = Symbol("site");

/** @typedef {Map<string|symbol, Map<number, number>>} Series people by minute, by place */

/**
 * @param {import("./map-frame.js").MapSeries} stored
 * @returns {Series}
 */
export function loadSeries({ last_minute: last, people, places }) {
  const load = (values) =>
    new Map(
      values
        .map((value, index) => [last - values.length + 1 + index, value])
        .filter(([, value]) => value !== null),
    );
  const entries = Object.entries(places).map(([place, values]) => [place, load(values)]);
  return new Map([[SITE, load(people)], .../** @type {any} */ (entries)]);
}

/**
 * Set the people of a minute. The last ones of a minute stay.
 *
 * @param {Series} series
 * @param {number} minute
 * @param {[string|symbol, number][]} counts
 * @returns {Series}
 */
export function addMinute(series, minute, counts) {
  const next = new Map(series);
  for (const [key, people] of counts) {
    const minutes = new Map(next.get(key));
    minutes.set(minute, people);
    for (const each of minutes.keys()) if (each <= minute - MINUTES) minutes.delete(each);
    // Setting a key again would not move it to the end.
    next.delete(key);
    next.set(key, minutes);
  }
  for (const key of next.keys()) {
    if (next.size <= MAX_PLACES) break;
    if (key !== SITE) next.delete(key);
  }
  return next;
}

/**
 * @param {Series} series
 * @param {string|symbol} key
 * @param {number} lastMinute
 * @returns {(number|null)[]} the last minutes, oldest first; null: not known
 */
export function pointsOf(series, key, lastMinute) {
  const minutes = series.get(key);
  const first = lastMinute - MINUTES + 1;
  return Array.from({ length: MINUTES }, (_, index) => minutes?.get(first + index) ?? null);
}

/**
 * Draw a line as path data. A gap is a minute that is not known. A point between gaps has no
 * length; a round line cap makes it visible.
 *
 * @param {(number|null)[]} points
 * @returns {string}
 */
export function drawLine(points) {
  const most = Math.max(1, ...points.map((value) => value ?? 0));
  const round = (value) => Math.round(value * 100) / 100;
  const at = (value, index) =>
    `${round((100 * index) / (points.length - 1))} ${round(
      HEIGHT - MARGIN - ((HEIGHT - 2 * MARGIN) * value) / most,
    )}`;
  let path = "";
  points.forEach((value, index) => {
    if (value === null) return;
    const isStart = index === 0 || points[index - 1] === null;
    const isAlone = isStart && (points[index + 1] ?? null) === null;
    path += `${isStart ? "M" : "L"}${at(value, index)}${isAlone ? "h0" : ""}`;
  });
  return path;
}
