import assert from "node:assert/strict";
import { test } from "node:test";

import { checkMap, parseMap, parseSeries } from "../../static/live_user_counter/js/map/map-frame.js";
import { InvalidFrame } from "../../static/live_user_counter/js/transport/frames.js";
import { makeMapFrame } from "./map-frames.mjs";

const SERIES = { last_minute: 5, people: [1, null], places: { "/": [0, 2] } };

test("a valid frame passes", () => {
  const steps = [{ from: null, to: "", people: 1 }];
  const frame = makeMapFrame({ "/": 5 }, { steps, seconds: 60, arrivals: 1, departures: 0 });

  assert.equal(checkMap(frame), frame);
  assert.deepEqual(parseMap(JSON.stringify(frame)), frame);
});

test("an invalid frame does not pass", () => {
  for (const changes of [
    { people: -1 },
    { people: "5" },
    { elsewhere: 1.5 },
    { other: undefined },
    { places: null },
    { places: [{ place: 5, people: 1, arrivals: null, departures: null }] },
    { areas: [null] },
    { steps: [{ from: 1, to: null, people: 1 }] },
    { source: "simulated" },
    { version: -1 },
    { timestamp: "soon" },
  ]) {
    assert.throws(() => checkMap(makeMapFrame({}, changes)), InvalidFrame, JSON.stringify(changes));
  }
  assert.throws(() => parseMap("{"), InvalidFrame);
});

test("the series of the page pass if they are valid", () => {
  assert.deepEqual(parseSeries(JSON.stringify(SERIES)), SERIES);
  for (const text of ["", "null", JSON.stringify({ ...SERIES, places: { "/": ["x"] } })]) {
    assert.throws(() => parseSeries(text), InvalidFrame);
  }
});
