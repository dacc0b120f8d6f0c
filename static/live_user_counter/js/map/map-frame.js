/** Parses and validates `map` frames. Invalid data does not get past this module. */
import { InvalidFrame } from "../transport/frames.js";

const MAX_COUNT = 1e10;

const isCount = (value) => Number.isSafeInteger(value) && value >= 0 && value <= MAX_COUNT;
const isCountOrNull = (value) => value === null || isCount(value);
const isText = (value) => typeof value === "string";
const isTextOrNull = (value) => value === null || isText(value);
const isObject = (shape) => (value) =>
  typeof value === "object" &&
  value !== null &&
  Object.entries(shape).every(([name, isValid]) => isValid(value[name]));
const isListOf = (isValid) => (value) => Array.isArray(value) && value.every(isValid);

const isPlace = isObject({
  place: isText,
  people: isCount,
  arrivals: isCountOrNull,
  departures: isCountOrNull,
});
const isStep = isObject({ from: isTextOrNull, to: isTextOrNull, people: isCount });
const isSteps = isListOf(isStep);
const isMap = isObject({
  people: isCount,
  arrivals: isCountOrNull,
  departures: isCountOrNull,
  seconds: isCountOrNull,
  elsewhere: isCount,
  other: isCount,
  places: isListOf(isPlace),
  other_areas: isCount,
  areas: isListOf(isObject({ area: isText, people: isCount })),
  steps: (value) => value === null || isSteps(value),
  source: (value) => value === "live" || value === "stale",
  epoch: isText,
  version: (value) => Number.isSafeInteger(value) && value >= 0,
  timestamp: (value) => isText(value) && !Number.isNaN(Date.parse(value)),
});
const isSeries = isListOf(isCountOrNull);
const isAllSeries = isObject({
  last_minute: isCount,
  people: isSeries,
  places: (value) => isObject({})(value) && Object.values(value).every(isSeries),
});

/**
 * @param {any} frame a parsed frame of the type `map`
 * @returns {MapFrame}
 * @throws {InvalidFrame}
 */
export function checkMap(frame) {
  if (isMap(frame)) return frame;
  throw new InvalidFrame(JSON.stringify(frame).slice(0, 200));
}

/** Parse the frame in the page. @param {string} text @returns {MapFrame} */
export function parseMap(text) {
  return checkMap(parseJson(text));
}

/** Parse the people of the last minutes in the page. @param {string} text @returns {MapSeries} */
export function parseSeries(text) {
  const series = parseJson(text);
  if (isAllSeries(series)) return series;
  throw new InvalidFrame(text.slice(0, 200));
}

function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidFrame("not JSON");
  }
}

/**
 * @typedef {{place: string, people: number, arrivals: number|null, departures: number|null}} MapPlace
 *
 * @typedef {{from: string|null, to: string|null, people: number}} MapStep `null`: outside the site
 *
 * @typedef {object} MapFrame The fields of a `map` frame; `null`: not recorded
 * @property {number} people
 * @property {number|null} arrivals on the site
 * @property {number|null} departures from the site
 * @property {number|null} seconds how long the steps are recorded, up to 60
 * @property {number} elsewhere
 * @property {number} other people at places that are not in the list
 * @property {MapPlace[]} places those with the most people first
 * @property {number} other_areas
 * @property {{area: string, people: number}[]} areas
 * @property {MapStep[]|null} steps
 * @property {"live"|"stale"} source
 * @property {string} epoch
 * @property {number} version
 * @property {string} timestamp
 *
 * @typedef {object} MapSeries The people of the last minutes, oldest first; `null`: no sample
 * @property {number} last_minute in Unix minutes
 * @property {(number|null)[]} people of the site
 * @property {Record<string, (number|null)[]>} places
 */
