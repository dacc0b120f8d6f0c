import assert from "node:assert/strict";
import { test } from "node:test";

import { BadFrame, parseFrame, parseStats } from "../../static/landing/js/frames.js";
import { countFrame, statsText } from "./fake-world.mjs";

const parse = (frame) => parseFrame(JSON.stringify(frame));
const activity = { id: 7, kind: "signup", text: "joined", actor: "Ana", timestamp: "2026-01-31T12:00:00Z" };

test("a count frame passes as it is", () => {
  assert.deepEqual(parse(countFrame()), countFrame());
});

test("a number that is not known may be null", () => {
  assert.equal(parse(countFrame({ active: null })).active, null);
});

for (const [name, value] of [
  ["people", -1],
  ["people", 1.5],
  ["people", "17"],
  ["people", undefined],
  ["people", true],
  ["count", 1e11],
  ["active", []],
  ["version", null],
  ["version", 1e300],
  ["version", 1e15],
  ["source", "guessed"],
  ["timestamp", "yesterday"],
  ["timestamp", 1_769_860_800],
]) {
  test(`a count frame with ${name} ${JSON.stringify(value)} is bad`, () => {
    assert.throws(() => parse(countFrame({ [name]: value })), BadFrame);
  });
}

for (const text of ["", "{", "null", "[]", "17", '"people"', "{}", '{"type": 5}', undefined]) {
  test(`the text ${text} is a bad frame`, () => {
    assert.throws(() => parseFrame(text), BadFrame);
  });
}

test("a binary frame is bad", () => {
  assert.throws(() => parseFrame(new Blob(["{}"])), BadFrame);
});

test("a type from the future passes, to be ignored", () => {
  assert.equal(parse({ type: "weather" }).type, "weather");
});

test("a type that is a name of every object is nothing special", () => {
  assert.equal(parse({ type: "constructor" }).type, "constructor");
});

test("a spread over ten minutes is bad", () => {
  assert.equal(parse({ type: "retry", after_ms_max: 600_000 }).after_ms_max, 600_000);
  assert.throws(() => parse({ type: "retry", after_ms_max: 600_001 }), BadFrame);
});

test("an activity needs all of its fields", () => {
  assert.deepEqual(parse({ type: "activity", ...activity }), { type: "activity", ...activity });
  for (const name of Object.keys(activity)) {
    assert.throws(() => parse({ type: "activity", ...activity, [name]: undefined }), BadFrame, name);
  }
});

for (const skipped of [0, -1, 1.5, "90", null, 1e300]) {
  test(`an activity after ${JSON.stringify(skipped)} others is bad`, () => {
    assert.throws(() => parse({ type: "activity", ...activity, skipped }), BadFrame);
  });
}

test("an activity may come after others that were held back", () => {
  assert.equal(parse({ type: "activity", ...activity, skipped: 90 }).skipped, 90);
});

test("an id that cannot be told from the next one is bad", () => {
  assert.throws(() => parse({ type: "activity", ...activity, id: 2 ** 53 }), BadFrame);
  assert.throws(() => parse({ type: "activity-removed", id: 2 ** 53 }), BadFrame);
});

test("a history with one bad activity is bad", () => {
  assert.deepEqual(parse({ type: "activity-history", items: [activity] }).items, [activity]);
  assert.throws(() => parse({ type: "activity-history", items: [activity, null] }), BadFrame);
  for (const items of ["none", null, {}, { every: 1 }]) {
    assert.throws(() => parse({ type: "activity-history", items }), BadFrame);
  }
});

test("the stats API's answer has the shape of a frame afterwards", () => {
  const { type, ...numbers } = countFrame();
  const parsed = parseStats(statsText());
  assert.deepEqual({ ...parsed, connections: undefined }, { ...numbers, connections: undefined });
});

for (const text of ["", "null", "<html>", "{}", '{"online":null}', statsText({ source: undefined })]) {
  test(`the answer ${text.slice(0, 30)} is bad`, () => {
    assert.throws(() => parseStats(text), BadFrame);
  });
}
