/** What the server says, checked at the boundary: nothing malformed gets past here. */

/** More people than there are. */
const ABSURD = 1e10;
/** Versions keep near Unix time; one of the year 2286 would put all real ones off as old. */
const LATEST_VERSION = 1e13;
const LONGEST_SPREAD_MS = 600_000;

const upTo = (max) => (value) => Number.isSafeInteger(value) && value >= 0 && value <= max;
const orNull = (check) => (value) => value === null || check(value);
const isText = (value) => typeof value === "string";
const isTime = (value) => isText(value) && !Number.isNaN(Date.parse(value));
const isId = (value) => isText(value) || Number.isSafeInteger(value);
const isCount = orNull(upTo(ABSURD));
const isPositive = (value) => Number.isSafeInteger(value) && value > 0;
const isObject = (shape) => (value) =>
  typeof value === "object" &&
  value !== null &&
  Object.entries(shape).every(([name, check]) => check(value[name]));

const isNumbers = isObject({
  count: isCount,
  people: isCount,
  signed_in: isCount,
  anonymous: isCount,
  active: isCount,
  source: (value) => ["live", "stale", "simulated"].includes(value),
  version: upTo(LATEST_VERSION),
  timestamp: orNull(isTime),
});
const isActivity = isObject({
  id: isId,
  kind: isText,
  text: isText,
  actor: isText,
  timestamp: isTime,
  skipped: (value) => value === undefined || isPositive(value),
});
const isHistory = (value) => Array.isArray(value) && value.every(isActivity);
const FRAMES = new Map([
  ["connection-count", isNumbers],
  ["activity", isActivity],
  ["activity-history", isObject({ items: isHistory })],
  ["activity-removed", isObject({ id: isId })],
  ["retry", isObject({ after_ms_max: upTo(LONGEST_SPREAD_MS) })],
]);
const isFrame = isObject({ type: isText });
const isStats = isObject({ online: isObject({}) });

export class BadFrame extends Error {}

/**
 * @param {unknown} text what arrived
 * @returns {any} a frame; one of a type not known here passes as it is
 * @throws {BadFrame}
 */
export function parseFrame(text) {
  const frame = expect(json(text), isFrame);
  return expect(frame, FRAMES.get(frame.type) ?? isFrame);
}

/**
 * @param {unknown} text what the stats API answered
 * @returns {Numbers}
 * @throws {BadFrame}
 */
export function parseStats(text) {
  const body = expect(json(text), isStats);
  const { online, active_users_now: active, source, version, as_of: timestamp } = body;
  const numbers = { ...online, count: online.connections, active, source, version, timestamp };
  return expect(numbers, isNumbers);
}

function json(text) {
  try {
    return JSON.parse(/** @type {string} */ (text));
  } catch {
    throw new BadFrame("not JSON");
  }
}

function expect(value, isRight) {
  if (isRight(value)) return value;
  throw new BadFrame(JSON.stringify(value).slice(0, 200));
}
