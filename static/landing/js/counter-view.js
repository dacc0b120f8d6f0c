/** What a counter shows, from what is known and the time: pure, no DOM, no clock. */

/** A server's restart or a short tunnel is not worth a word. */
export const GRACE_MS = 2_500;
/** An older number is never shown without its age. */
export const OLD_MS = 60_000;
/** Who knows no number after this long says that something is wrong. */
export const PATIENCE_MS = 15_000;

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
  const below = value !== null && value < minimum;
  return { value, second, below, ...condition(state, known ? source : null, nowMs) };
}

/** `source`: of the number; null: there is none. */
function condition(state, source, nowMs) {
  const aged = source !== null && state.confirmedMs !== null;
  const ageMs = aged ? Math.max(0, nowMs - state.confirmedMs) : null;
  const down = state.link !== "open" && state.online;
  const graceMs = down && !(ageMs > OLD_MS) ? state.downSinceMs + GRACE_MS - nowMs : 0;
  const waiting = source === null && state.online;
  const patienceMs = waiting ? state.beganMs + PATIENCE_MS - nowMs : Infinity;
  const failed = patienceMs <= 0;
  const shown = failed ? "error" : shownState(state, source ?? "loading", graceMs > 0);
  const well = shown === "live" || shown === "loading" || state.link === "idle" || graceMs > 0;
  const trouble = failed || !well;
  const waitsMs = [graceMs, patienceMs, trouble && aged ? untilOlder(ageMs) : 0];
  return {
    state: shown,
    trouble,
    ageMs: trouble ? ageMs : null,
    againMs: Math.min(...waitsMs.filter((ms) => ms > 0)),
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
