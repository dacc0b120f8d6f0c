/** What is known about the numbers: pure reducers, no DOM, times as arguments. */

/** @type {CounterState} */
export const INITIAL_COUNTER = {
  numbers: null,
  link: "idle",
  online: true,
  everOpen: false,
  beganMs: Infinity,
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
    case "numbers":
      return supersedes(event.numbers, state.numbers) ? withNumbers(state, event) : state;
    case "link":
      return event.link === state.link ? state : withLink(state, event);
    case "network":
      return event.online === state.online ? state : { ...state, online: event.online };
  }
}

/** A lower version is old news; an equal one says how old the same numbers are by now. */
function supersedes(next, current) {
  if (!current || next.version !== current.version) return !(next.version < current?.version);
  const laterMs = Date.parse(next.timestamp) - Date.parse(current.timestamp);
  return laterMs > 0 || (laterMs === 0 && next.source !== current.source);
}

function withNumbers(state, { numbers, nowMs }) {
  if (numbers.timestamp === null) return { ...state, numbers, confirmedMs: null };
  const aheadMs = nowMs - Date.parse(numbers.timestamp);
  if (numbers.source === "live") {
    return { ...state, numbers, confirmedMs: nowMs, skewMs: Math.min(state.skewMs, aheadMs) };
  }
  const ageMs = Number.isFinite(state.skewMs) ? aheadMs - state.skewMs : aheadMs;
  return { ...state, numbers, confirmedMs: nowMs - Math.max(0, ageMs) };
}

function withLink(state, { link, nowMs, heardMs }) {
  if (link === "open") return { ...state, link, everOpen: true };
  const wasLive = state.link === "open" && state.numbers?.source === "live";
  const confirmedMs = wasLive ? heardMs : state.confirmedMs;
  const afresh = link === "idle" || state.link === "idle";
  return {
    ...state,
    link,
    everOpen: state.everOpen && !afresh,
    beganMs: link === "idle" ? Infinity : afresh ? nowMs : state.beganMs,
    downSinceMs: afresh || state.link === "open" ? nowMs : state.downSinceMs,
    confirmedMs,
  };
}
