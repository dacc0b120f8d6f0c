/** What the server says, checked at the boundary: nothing malformed gets past here. */

/** More people than there are. */
const ABSURD = 1e10;
const LONGEST_SPREAD_MS = 600_000;

const upTo = (max) => (value) => Number.isSafeInteger(value) && value >= 0 && value <= max;
const either = (...checks) => (value) => checks.some((check) => check(value));
const isNull = (value) => value === null;
const isText = (value) => typeof value === "string";
const isObject = (value) => typeof value === "object" && value !== null;
const isTime = (value) => isText(value) && !Number.isNaN(Date.parse(value));
const isId = either(isText, Number.isSafeInteger);
const isCount = either(isNull, upTo(ABSURD));

const NUMBERS = {
  count: isCount,
  people: isCount,
  signed_in: isCount,
  anonymous: isCount,
  active: isCount,
  source: (value) => ["live", "stale", "simulated"].includes(value),
  version: upTo(Number.MAX_SAFE_INTEGER),
  timestamp: either(isNull, isTime),
};
const ACTIVITY = { id: isId, kind: isText, text: isText, actor: isText, timestamp: isTime };
const FRAMES = {
  "connection-count": NUMBERS,
  activity: ACTIVITY,
  "activity-history": { items: (value) => Array.isArray(value) && value.every(isActivity) },
  "activity-removed": { id: isId },
  retry: { after_ms_max: upTo(LONGEST_SPREAD_MS) },
};

export class BadFrame extends Error {}

/**
 * @param {unknown} text what arrived
 * @returns {{type: string} & Record<string, any>} a type that is not known here passes as it is
 * @throws {BadFrame}
 */
export function parseFrame(text) {
  let frame;
  try {
    frame = JSON.parse(/** @type {string} */ (text));
  } catch {
    throw new BadFrame("a frame is not JSON");
  }
  expect(frame, { type: isText });
  return expect(frame, Object.hasOwn(FRAMES, frame.type) ? FRAMES[frame.type] : {});
}

/**
 * @param {any} body what the stats API answered
 * @returns {import("./types.js").Numbers}
 * @throws {BadFrame}
 */
export function parseStats(body) {
  expect(body, { online: isObject });
  const { online, active_users_now: active, source, version, as_of: timestamp } = body;
  return expect({ ...online, count: online.connections, active, source, version, timestamp }, NUMBERS);
}

function expect(value, shape) {
  if (!isObject(value)) throw new BadFrame("a frame is not an object");
  for (const [name, check] of Object.entries(shape)) {
    if (!check(value[name])) throw new BadFrame(`${name} is ${JSON.stringify(value[name])}`);
  }
  return value;
}

function isActivity(value) {
  return isObject(value) && Object.entries(ACTIVITY).every(([name, check]) => check(value[name]));
}
