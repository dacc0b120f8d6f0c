/** The state of the map, and its rows. Pure: no DOM, no clock. */
import { SITE, addMinute, loadSeries, pointsOf } from "./minute-series.js";

/** Rows keep their order for this long, so that one can click. */
export const ORDER_MS = 5_000;

/** @typedef {import("./map-frame.js").MapFrame} MapFrame */

/**
 * @typedef {object} MapState
 * @property {MapFrame|null} frame
 * @property {number|null} receivedMs when the frame arrived; null: it came with the page
 * @property {string[]} order the places of the rows
 * @property {number} orderedMs when the rows were ordered
 * @property {import("./minute-series.js").Series} series
 * @property {number} lastMinute the newest minute of the series
 * @property {ConnectionState} connection
 * @property {boolean} isRefused whether this user may not watch
 *
 * @typedef {{type: "frame", frame: MapFrame, nowMs: number, isCached?: boolean, isHeld?: boolean}
 *   | {type: "series", series: import("./map-frame.js").MapSeries}
 *   | {type: "tick", nowMs: number, isHeld?: boolean}
 *   | {type: "connection", connection: ConnectionState}
 *   | {type: "refused"}} MapEvent
 */

/** @type {MapState} */
export const INITIAL_MAP = {
  frame: null,
  receivedMs: null,
  order: [],
  orderedMs: -Infinity,
  series: new Map(),
  lastMinute: 0,
  connection: "idle",
  isRefused: false,
};

/**
 * @param {MapState} state
 * @param {MapEvent} event
 * @returns {MapState}
 */
export function reduceMap(state, event) {
  switch (event.type) {
    case "frame":
      return isNewer(event, state) ? applyFrame(state, event) : state;
    case "series": {
      const lastMinute = Math.max(state.lastMinute, event.series.last_minute);
      return { ...state, lastMinute, series: loadSeries(event.series) };
    }
    case "tick":
      return arrange(state, event);
    case "connection":
      return event.connection === state.connection
        ? state
        : { ...state, connection: event.connection };
    case "refused":
      return { ...state, isRefused: true, frame: null, order: [] };
  }
}

/** A person who moves need not raise the version. */
function isNewer({ frame, isCached }, { frame: current }) {
  if (!current) return true;
  if (frame.epoch !== current.epoch) return !isCached;
  if (frame.version !== current.version) return frame.version > current.version;
  return Date.parse(frame.timestamp) >= Date.parse(current.timestamp);
}

function applyFrame(state, { frame, nowMs, isCached, isHeld }) {
  const next = { ...state, frame, isRefused: false, receivedMs: isCached ? null : nowMs };
  if (frame.source === "live") {
    const minute = Math.floor(Date.parse(frame.timestamp) / 60_000);
    next.lastMinute = Math.max(state.lastMinute, minute);
    const counts = frame.places.map(({ place, people }) => [place, people]);
    next.series = addMinute(state.series, minute, [[SITE, frame.people], ...counts]);
  }
  return arrange(next, { nowMs, isHeld });
}

/** Order the rows if that is due. New places come last until then. */
function arrange(state, { nowMs, isHeld }) {
  const sorted = (state.frame?.places ?? []).map(({ place }) => place);
  const isDue = nowMs - state.orderedMs >= ORDER_MS && !isHeld;
  const order = isDue ? sorted : [...new Set([...state.order, ...sorted])];
  if (haveSameItems(order, state.order)) return state;
  return { ...state, order, orderedMs: isDue ? nowMs : state.orderedMs };
}

function haveSameItems(a, b) {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

/**
 * Return the rows in their order. All people of the rows, with the other places and those
 * elsewhere, are the people of the frame.
 *
 * @param {MapState} state
 */
export function derivePlaces({ frame, order, series, lastMinute }) {
  if (!frame) return [];
  const byPlace = new Map(frame.places.map((row) => [row.place, row]));
  const most = Math.max(1, ...frame.places.map(({ people }) => people));
  // If there are other places, the people of a place that has left the list are among those.
  const missing = { people: frame.other ? null : 0, arrivals: null, departures: null };
  return order.map((place) => {
    const { people, arrivals, departures } = byPlace.get(place) ?? missing;
    const percent = (100 * (people ?? 0)) / most;
    const points = pointsOf(series, place, lastMinute);
    return { place, people, arrivals, departures, percent, points };
  });
}

/** @param {MapState} state @returns {(number|null)[]} the people of the site, by minute */
export function deriveSitePoints({ series, lastMinute }) {
  return pointsOf(series, SITE, lastMinute);
}

/**
 * @param {MapState} state
 * @param {number} nowMs
 * @returns {{state: CounterView["state"], ageMs: number|null}} how current the numbers are
 */
export function deriveStatus({ frame, receivedMs, connection, isRefused }, nowMs) {
  const ageMs = receivedMs === null ? null : Math.max(0, nowMs - receivedMs);
  if (isRefused) return { state: "error", ageMs: null };
  if (connection === "open" && frame && receivedMs !== null) {
    return { state: frame.source, ageMs };
  }
  if (connection === "connecting" && receivedMs === null) return { state: "connecting", ageMs };
  if (connection === "open") return { state: "loading", ageMs };
  return { state: connection === "idle" ? "loading" : "reconnecting", ageMs };
}
