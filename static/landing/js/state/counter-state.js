/** The newest snapshot and the state of the connection. Pure reducer: no DOM, no clock. */

/** @type {CounterState} */
export const INITIAL_COUNTER = {
  snapshot: null,
  connection: "idle",
  isOnline: true,
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
      return isNewer(event.snapshot, state.snapshot) ? applySnapshot(state, event) : state;
    case "connection":
      return event.connection === state.connection ? state : applyConnection(state, event);
    case "network":
      return event.isOnline === state.isOnline ? state : { ...state, isOnline: event.isOnline };
  }
}

/** An equal version may carry a later timestamp or another source for the same counts. */
function isNewer(next, current) {
  if (!current || next.version !== current.version) return !(next.version < current?.version);
  const laterMs = Date.parse(next.timestamp) - Date.parse(current.timestamp);
  return laterMs > 0 || (laterMs === 0 && next.source !== current.source);
}

function applySnapshot(state, { snapshot, nowMs }) {
  if (snapshot.timestamp === null) return { ...state, snapshot, confirmedMs: null };
  const aheadMs = nowMs - Date.parse(snapshot.timestamp);
  if (snapshot.source === "live") {
    // The fastest frame gives the best estimate of the clock skew.
    return { ...state, snapshot, confirmedMs: nowMs, skewMs: Math.min(state.skewMs, aheadMs) };
  }
  const ageMs = Number.isFinite(state.skewMs) ? aheadMs - state.skewMs : aheadMs;
  return { ...state, snapshot, confirmedMs: nowMs - Math.max(0, ageMs) };
}

function applyConnection(state, { connection, nowMs, lastReceivedMs }) {
  if (connection === "open") return { ...state, connection, hasConnected: true };
  const wasLive = state.connection === "open" && state.snapshot?.source === "live";
  const isRestart = connection === "idle" || state.connection === "idle";
  const startedMs = isRestart ? nowMs : state.startedMs;
  return {
    ...state,
    connection,
    hasConnected: state.hasConnected && !isRestart,
    startedMs: connection === "idle" ? Infinity : startedMs,
    downSinceMs: isRestart || state.connection === "open" ? nowMs : state.downSinceMs,
    confirmedMs: wasLive ? lastReceivedMs : state.confirmedMs,
  };
}
