/** The busiest places, and what a list shows of them. Pure: no DOM, no clock. */

/** The order changes at most this often: a list that moves all the time cannot be read. */
export const ORDER_MS = 5_000;

/** The texts of an element without a `words` attribute. */
export const DEFAULT_WORDS = {
  people: { one: "{count} person", other: "{count} people" },
  few: "a few people",
  none: "No page has visitors right now",
  off: "Not connected",
};

/**
 * Reduce the lists that arrive. A person who moves does not raise the version.
 *
 * @param {PlaceList|null} current
 * @param {{list: PlaceList, isCached?: boolean}} event `isCached`: the page contains the list
 * @returns {PlaceList|null}
 */
export function reducePlaces(current, { list, isCached }) {
  if (!current) return list;
  const isOlder = list.epoch === current.epoch ? list.version < current.version : isCached;
  return isOlder ? current : list;
}

/**
 * Choose the rows of a list.
 *
 * @param {Place[]} shown the rows of the previous view
 * @param {Place[]} places all that the server has sent, the busiest first
 * @param {number} limit
 * @param {boolean} isHeld whether the rows must not move
 * @returns {Place[]}
 */
export function arrangePlaces(shown, places, limit, isHeld) {
  if (!isHeld) return places.slice(0, limit);
  const find = (rows, place) => rows.find((row) => row.place === place);
  const kept = shown.map(({ place }) => find(places, place) ?? { place, people: null });
  return [...kept, ...places.filter(({ place }) => !find(shown, place))].slice(0, limit);
}

/** @param {Place[]} a @param {Place[]} b @returns {boolean} */
export function haveSameOrder(a, b) {
  return a.length === b.length && a.every(({ place }, index) => place === b[index].place);
}

/**
 * @param {string} place
 * @returns {string|null} the address of a place that is a path; null for a name
 */
export function findAddress(place) {
  if (!/^\/(?!\/)/.test(place)) return null;
  return place.split("/").map(encodeURIComponent).join("/");
}

/**
 * @param {string} motion a duration and an easing, as in the CSS property `transition`
 * @returns {number} the duration in ms; 0 without one
 */
export function parseDuration(motion) {
  const [, time = 0, unit] = /(?:^|[\s,])(\d*\.?\d+)(m?s)\b/i.exec(motion) ?? [];
  return Number(time) * (/^ms$/i.test(unit) ? 1 : 1000);
}
