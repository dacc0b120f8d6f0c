/** The newest snapshot and the state of the connection. Pure reducer: no DOM, no clock. */

/** A larger rise of the clock skew means that a clock was set, not that a frame was slow. */
const MAX_DELAY_MS = 60_000;
/** Ten years. An older snapshot means that the browser's clock is wrong. */
const MAX_AGE_MS = 3.2e11;

/** @type {CounterState} */
export const INITIAL_COUNTER = {
  snapshot: null,
  here: null,
  receivedMs: 0,
  connection: "idle",
  isOnline: true,
  isStatic: false,
  hasConnected: false,
  startedMs: Infinity,
  downSinceMs: 0,
  confirmedMs: null,
  skewMs: Infinity,
};

/**
 * @param {CounterState} state
 * @param {CounterEvent} event
 * @returns {CounterState}
 */
export function reduceCounter(state, event) {
  switch (event.type) {
    case "snapshot":
      return applySnapshot(state, event);
    case "here":
      return applyHere(state, event);
    case "connection":
      return event.connection === state.connection ? state : applyConnection(state, event);
    case "endpoint":
      return event.isStatic === state.isStatic ? state : { ...state, isStatic: event.isStatic };
    case "network":
      return event.isOnline === state.isOnline ? state : { ...state, isOnline: event.isOnline };
  }
}

/**
 * How old the snapshot is: since the server confirmed it, or since its own time. Without a known
 * clock skew, the browser's clock must do.
 *
 * @param {CounterState} state
 * @param {number} nowMs
 * @returns {number|null} null: not known
 */
export function getAge({ snapshot, receivedMs, confirmedMs, skewMs }, nowMs) {
  const ownMs = Date.parse(snapshot?.timestamp) + (Number.isFinite(skewMs) ? skewMs : 0);
  const ageMs = Math.max(0, nowMs - (confirmedMs ?? Math.min(receivedMs, ownMs)));
  return ageMs < MAX_AGE_MS ? ageMs : null;
}

/** An equal version may carry a later timestamp or another source for the same counts. */
function isNewer(next, { snapshot: current, connection }, isCached) {
  if (!current) return true;
  // Versions of different epochs cannot be compared. The connected server knows the current epoch.
  // The API may be answered by a server that has lost the others, which then is stale.
  if (next.epoch && current.epoch && next.epoch !== current.epoch) {
    const isTrusted = connection === "open" || next.source === "live" || current.source !== "live";
    return isTrusted && !isCached;
  }
  if (next.version !== current.version) return next.version > current.version;
  const laterMs = Date.parse(next.timestamp) - Date.parse(current.timestamp);
  return laterMs > 0 || (laterMs === 0 && next.source !== current.source);
}

function applySnapshot(state, { snapshot, nowMs, isCached }) {
  const isNew = isNewer(snapshot, state, isCached);
  const isLive = snapshot.source === "live" && !isCached;
  let { skewMs } = state;
  if (isLive) {
    const aheadMs = nowMs - Date.parse(snapshot.timestamp);
    // The fastest frame gives the best estimate.
    skewMs = isNew && aheadMs - skewMs > MAX_DELAY_MS ? aheadMs : Math.min(skewMs, aheadMs);
  }
  if (isNew) {
    const isMute = isCached && state.isMute;
    const confirmedMs = isLive ? nowMs : null;
    return { ...state, snapshot, skewMs, isMute, confirmedMs, receivedMs: nowMs };
  }
  // The connection sent what the page shows already.
  if (isLive && state.isMute) return { ...state, skewMs, isMute: false, confirmedMs: nowMs };
  return skewMs === state.skewMs ? state : { ...state, skewMs };
}

/** The count of another place replaces any. A person who moves does not raise the version. */
function applyHere(state, { here, isCached }) {
  const { here: current } = state;
  const isSamePlace = here.place === current?.place;
  const isOlder = here.epoch === current?.epoch ? here.version < current.version : isCached;
  return isSamePlace && isOlder ? state : { ...state, here };
}

/**
 * Whether the connection keeps the snapshot current. Until the server has sent one, an open
 * connection proves nothing: a proxy can have opened it.
 *
 * @param {CounterState} state
 */
export function isCurrent({ connection, isMute, snapshot }) {
  return connection === "open" && (!isMute || snapshot?.source !== "live");
}

function applyConnection(state, { connection, nowMs, lastReceivedMs }) {
  if (connection === "open") return { ...state, connection, isMute: true, hasConnected: true };
  const wasCurrent = isCurrent(state);
  const isRestart = connection === "idle" || state.connection === "idle";
  const startedMs = isRestart ? nowMs : state.startedMs;
  return {
    ...state,
    connection,
    hasConnected: state.hasConnected && !isRestart,
    startedMs: connection === "idle" ? Infinity : startedMs,
    downSinceMs: isRestart || wasCurrent ? nowMs : state.downSinceMs,
    confirmedMs: wasCurrent && state.snapshot?.source === "live" ? lastReceivedMs : state.confirmedMs,
  };
}
