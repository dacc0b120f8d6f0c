/** Parses and validates what the server sends. Invalid data does not get past this module. */

const MAX_COUNT = 1e10;
/** Versions stay near Unix time. A version beyond year 2286 would make every later one look old. */
const MAX_VERSION = 1e13;
const MAX_RETRY_MS = 600_000;

const isUpTo = (max) => (value) => Number.isSafeInteger(value) && value >= 0 && value <= max;
const isNullOr = (isValid) => (value) => value === null || isValid(value);
const isString = (value) => typeof value === "string";
const isTimestamp = (value) => isString(value) && !Number.isNaN(Date.parse(value));
const isId = (value) => isString(value) || Number.isSafeInteger(value);
const isCount = isNullOr(isUpTo(MAX_COUNT));
const isPositive = (value) => Number.isSafeInteger(value) && value > 0;
const isObject = (shape) => (value) =>
  typeof value === "object" &&
  value !== null &&
  Object.entries(shape).every(([name, isValid]) => isValid(value[name]));

/** When and where counts were read. */
const ORIGIN = {
  source: (value) => ["live", "stale", "unknown", "simulated"].includes(value),
  version: isUpTo(MAX_VERSION),
  timestamp: isNullOr(isTimestamp),
};
const isSnapshot = isObject({
  count: isCount,
  people: isCount,
  signed_in: isCount,
  anonymous: isCount,
  active: isCount,
  here: (value) => value === undefined || isCount(value),
  ...ORIGIN,
});
const PLACE = { place: isString, people: isCount };
const isPlaces = (value) => Array.isArray(value) && value.every(isObject(PLACE));
const isActivity = isObject({
  id: isId,
  kind: isString,
  text: isString,
  actor: isString,
  timestamp: isTimestamp,
  skipped: (value) => value === undefined || isPositive(value),
});
const isHistory = (value) => Array.isArray(value) && value.every(isActivity);
const VALIDATORS = new Map([
  ["connection-count", isSnapshot],
  ["place-count", isObject({ ...PLACE, ...ORIGIN })],
  ["places", isObject({ people: isCount, elsewhere: isCount, places: isPlaces, ...ORIGIN })],
  ["activity", isActivity],
  ["activity-history", isObject({ items: isHistory })],
  ["activity-removed", isObject({ id: isId })],
  ["retry", isObject({ after_ms_max: isUpTo(MAX_RETRY_MS) })],
]);
const isFrame = isObject({ type: isString });
const isStats = isObject({ online: isObject({}) });

export class InvalidFrame extends Error {}

/**
 * Parse one WebSocket message. Frames of unknown types pass, so that old clients ignore new types.
 *
 * @param {unknown} text
 * @returns {any} a frame
 * @throws {InvalidFrame}
 */
export function parseFrame(text) {
  const frame = validate(parseJson(text), isFrame);
  return validate(frame, VALIDATORS.get(frame.type) ?? isFrame);
}

/**
 * Parse a response of the stats API into the shape of a `connection-count` frame, with the people at
 * the place that the request named.
 *
 * @param {unknown} text
 * @returns {Snapshot & {here?: number|null}}
 * @throws {InvalidFrame}
 */
export function parseStats(text) {
  const body = validate(parseJson(text), isStats);
  const { online, active_users_now: active, here, source, epoch, version, as_of: timestamp } = body;
  const count = online.connections;
  const counts = { ...online, count, active, ...(here === undefined ? {} : { here }) };
  const snapshot = { ...counts, source, epoch, version, timestamp };
  return validate(snapshot, isSnapshot);
}

/**
 * Parse the fields of a frame, which the page contains.
 *
 * @param {string} type of the frame
 * @param {unknown} text
 * @returns {any}
 * @throws {InvalidFrame}
 */
export function parseFields(type, text) {
  return validate(parseJson(text), VALIDATORS.get(type));
}

function parseJson(text) {
  try {
    return JSON.parse(/** @type {string} */ (text));
  } catch {
    throw new InvalidFrame("not JSON");
  }
}

function validate(value, isValid) {
  if (isValid(value)) return value;
  throw new InvalidFrame(JSON.stringify(value).slice(0, 200));
}
