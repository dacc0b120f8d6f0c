/** Derives what a counter shows from its state and the time. Pure: no DOM, no clock. */
import { getAge, isCurrent } from "./counter-state.js";

/** A server restart or a short tunnel is over before this; it is not worth a status text. */
export const STATUS_DELAY_MS = 2_500;
/** An older count is always shown with its age. */
export const MAX_AGE_MS = 60_000;
/** Without a count for this long, the counter shows an error. */
export const ERROR_AFTER_MS = 15_000;

/** @type {CounterView} */
const SIMULATED = {
  state: "simulated",
  value: null,
  second: null,
  isBelow: false,
  hasProblem: true,
  ageMs: null,
  validMs: Infinity,
};

/**
 * @param {CounterState} state
 * @param {{metric: string, minimum: number, simulated: number|null}} options `simulated`: the
 *   demo count, shown until the first real one arrives
 * @param {number} nowMs
 * @returns {CounterView}
 */
export function deriveCounterView(state, { metric, minimum, simulated }, nowMs) {
  const { people = null, active = null, source } = state.snapshot ?? {};
  const here = state.here?.people ?? null;
  const counts = { active: [active, people], here: [here, people], online: [people, active] };
  const [value, second] = counts[findMetric(metric)];
  const isKnown = people !== null && source !== "simulated";
  if (!isKnown && simulated !== null) return { ...SIMULATED, value: simulated };
  if (source === "simulated") return { ...SIMULATED, value };
  // The server hides the number of a place with few people, and has none of elsewhere.
  const isHidden = metric === "here" && state.here?.people === null;
  const isBelow = isHidden || (value !== null && value < minimum);
  return { value, second, isBelow, ...deriveCondition(state, isKnown ? source : null, nowMs) };
}

/**
 * @param {string|null} name the attribute
 * @returns {"active"|"here"|"online"}
 */
export function findMetric(name) {
  return name === "active" || name === "here" ? name : "online";
}

/** @param source of the count; null: there is no count */
function deriveCondition(state, source, nowMs) {
  const ageMs = source === null ? null : getAge(state, nowMs);
  const isDown = !isCurrent(state) && state.isOnline;
  const delayMs = isDown && !(ageMs > MAX_AGE_MS) ? state.downSinceMs + STATUS_DELAY_MS - nowMs : 0;
  const isWaiting = source === null && state.isOnline;
  const untilErrorMs = isWaiting ? state.startedMs + ERROR_AFTER_MS - nowMs : Infinity;
  const hasFailed = untilErrorMs <= 0;
  const shown = hasFailed ? "error" : chooseState(state, source ?? "loading", delayMs > 0);
  const isQuiet = state.connection === "idle" || delayMs > 0 || ["live", "loading"].includes(shown);
  const hasProblem = hasFailed || !isQuiet;
  const untilOlderMs = hasProblem && ageMs !== null ? msUntilNextAge(ageMs) : 0;
  return {
    state: shown,
    hasProblem,
    ageMs: hasProblem ? ageMs : null,
    validMs: Math.min(...[delayMs, untilErrorMs, untilOlderMs].filter((ms) => ms > 0)),
  };
}

/**
 * Move a simulated count by a random amount.
 *
 * @param {number} value
 * @param {number} amount the maximum change
 * @param {() => number} random
 */
export function drift(value, amount, random) {
  return Math.max(0, value + Math.round((2 * random() - 1) * amount));
}

function chooseState(state, known, isDelayed) {
  const { isOnline, isStatic, hasConnected } = state;
  if (isCurrent(state)) return known;
  if (isStatic) return known === "live" ? "stale" : known;
  if (!isOnline) return "offline";
  if (!hasConnected) return "connecting";
  return isDelayed ? known : "reconnecting";
}

function msUntilNextAge(ageMs) {
  const stepMs = ageMs < 60_000 ? 10_000 : 60_000;
  return stepMs - (ageMs % stepMs);
}
