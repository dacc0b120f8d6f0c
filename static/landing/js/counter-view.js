/** What a counter shows, from what is known and the time: pure, no DOM, no clock. */

/** A server's restart or a short tunnel is not worth a word. */
export const GRACE_MS = 2_500;

/** @type {CounterView} */
const SIMULATED = {
  state: "simulated",
  value: null,
  second: null,
  below: false,
  trouble: true,
  ageMs: null,
  againMs: Infinity,
};

/**
 * @param {CounterState} state
 * @param {{metric: string, minimum: number, simulated: number|null}} options `simulated`: what to
 *   show while no real number was ever known
 * @param {number} nowMs
 * @returns {CounterView}
 */
export function counterView(state, { metric, minimum, simulated }, nowMs) {
  const { people = null, active = null, source } = state.numbers ?? {};
  const [value, second] = metric === "active" ? [active, people] : [people, active];
  const known = people !== null && source !== "simulated";
  if (!known && simulated !== null) return { ...SIMULATED, value: simulated };
  if (source === "simulated") return { ...SIMULATED, value };
  const down = state.link !== "open" && state.online;
  const graceMs = down ? state.downSinceMs + GRACE_MS - nowMs : 0;
  const shown = shownState(state, known ? source : "loading", graceMs > 0);
  const trouble = shown !== "live" && shown !== "loading" && graceMs <= 0;
  const old = trouble && known && state.confirmedMs !== null;
  const ageMs = old ? Math.max(0, nowMs - state.confirmedMs) : null;
  return {
    state: shown,
    value,
    second,
    below: value !== null && value < minimum,
    trouble,
    ageMs,
    againMs: graceMs > 0 ? graceMs : old ? untilOlder(ageMs) : Infinity,
  };
}

/**
 * How a made-up number moves.
 *
 * @param {number} value
 * @param {number} amount the most that it may move
 * @param {() => number} random
 */
export function drift(value, amount, random) {
  return Math.max(0, value + Math.round((2 * random() - 1) * amount));
}

function shownState({ link, online, everOpen }, known, inGrace) {
  if (link === "open") return known;
  if (!online) return "offline";
  if (!everOpen) return "connecting";
  return inGrace ? known : "reconnecting";
}

function untilOlder(ageMs) {
  const stepMs = ageMs < 60_000 ? 10_000 : 60_000;
  return stepMs - (ageMs % stepMs);
}
