import assert from "node:assert/strict";
import { test } from "node:test";

import { InvalidFrame, parseFields, parseFrame, parseStats } from "../../static/live_user_counter/js/transport/frames.js";
import { makeCountFrame, makePlaceCountFrame, makePlacesFrame, makeStatsText } from "./fake-browser.mjs";

const parse = (frame) => parseFrame(JSON.stringify(frame));
const activity = { id: 7, kind: "signup", text: "joined", actor: "Ana", timestamp: "2026-01-31T12:00:00Z" };

test("a valid count frame passes unchanged", () => {
  assert.deepEqual(parse(makeCountFrame()), makeCountFrame());
});

test("an unknown count can be null", () => {
  assert.equal(parse(makeCountFrame({ active: null })).active, null);
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
  test(`a count frame with ${name} ${JSON.stringify(value)} is invalid`, () => {
    assert.throws(() => parse(makeCountFrame({ [name]: value })), InvalidFrame);
  });
}

for (const text of ["", "{", "null", "[]", "17", '"people"', "{}", '{"type": 5}', undefined]) {
  test(`the text ${text} is an invalid frame`, () => {
    assert.throws(() => parseFrame(text), InvalidFrame);
  });
}

test("a binary frame is invalid", () => {
  assert.throws(() => parseFrame(new Blob(["{}"])), InvalidFrame);
});

test("an unknown type passes", () => {
  assert.equal(parse({ type: "future-type" }).type, "future-type");
});

test("a type that is a property of every object passes", () => {
  assert.equal(parse({ type: "constructor" }).type, "constructor");
});

test("a retry delay over ten minutes is invalid", () => {
  assert.equal(parse({ type: "retry", after_ms_max: 600_000 }).after_ms_max, 600_000);
  assert.throws(() => parse({ type: "retry", after_ms_max: 600_001 }), InvalidFrame);
});

test("an activity needs all its fields", () => {
  assert.deepEqual(parse({ type: "activity", ...activity }), { type: "activity", ...activity });
  for (const name of Object.keys(activity)) {
    assert.throws(() => parse({ type: "activity", ...activity, [name]: undefined }), InvalidFrame, name);
  }
});

for (const skipped of [0, -1, 1.5, "90", null, 1e300]) {
  test(`an activity with skipped ${JSON.stringify(skipped)} is invalid`, () => {
    assert.throws(() => parse({ type: "activity", ...activity, skipped }), InvalidFrame);
  });
}

test("an activity can have a skipped count", () => {
  assert.equal(parse({ type: "activity", ...activity, skipped: 90 }).skipped, 90);
});

test("an id beyond the safe integers is invalid", () => {
  assert.throws(() => parse({ type: "activity", ...activity, id: 2 ** 53 }), InvalidFrame);
  assert.throws(() => parse({ type: "activity-removed", id: 2 ** 53 }), InvalidFrame);
});

test("a history with one invalid activity is invalid", () => {
  assert.deepEqual(parse({ type: "activity-history", items: [activity] }).items, [activity]);
  assert.throws(() => parse({ type: "activity-history", items: [activity, null] }), InvalidFrame);
  for (const items of ["none", null, {}, { every: 1 }]) {
    assert.throws(() => parse({ type: "activity-history", items }), InvalidFrame);
  }
});

test("a stats response is parsed into the shape of a count frame", () => {
  const { type, ...numbers } = makeCountFrame();
  const parsed = parseStats(makeStatsText());
  assert.deepEqual({ ...parsed, connections: undefined }, { ...numbers, connections: undefined });
});

for (const text of ["", "null", "<html>", "{}", '{"online":null}', makeStatsText({ source: undefined })]) {
  test(`the stats response ${text.slice(0, 30)} is invalid`, () => {
    assert.throws(() => parseStats(text), InvalidFrame);
  });
}

test("stats that were never known pass, with null for each count", () => {
  const online = { people: null, connections: null, signed_in: null, anonymous: null };
  const unknown = { online, active_users_now: null, source: "unknown", version: 0, as_of: null };
  const snapshot = parseStats(JSON.stringify(unknown));
  assert.deepEqual([snapshot.people, snapshot.source, snapshot.timestamp], [null, "unknown", null]);
});

test("valid frames of places pass unchanged, also from the page", () => {
  for (const frame of [makePlaceCountFrame(), makePlacesFrame(), makePlacesFrame({ places: [] })]) {
    assert.deepEqual(parse(frame), frame);
    assert.deepEqual(parseFields(frame.type, JSON.stringify(frame)), frame);
  }
});

test("a number of people at a place can be hidden", () => {
  assert.equal(parse(makePlaceCountFrame({ people: null })).people, null);
});

for (const frame of [
  makePlaceCountFrame({ people: -1 }),
  makePlaceCountFrame({ place: null }),
  makePlaceCountFrame({ version: "100" }),
  makePlacesFrame({ places: null }),
  makePlacesFrame({ places: [{ place: "/" }] }),
  makePlacesFrame({ places: [{ people: 1 }] }),
  makePlacesFrame({ places: ["/"] }),
  makePlacesFrame({ elsewhere: 1.5 }),
  makePlacesFrame({ source: "guessed" }),
]) {
  test(`the frame ${JSON.stringify(frame)} is invalid`, () => {
    assert.throws(() => parse(frame), InvalidFrame);
    assert.throws(() => parseFields(frame.type, JSON.stringify(frame)), InvalidFrame);
  });
}

test("a stats response has the people at a place only if the request named one", () => {
  assert.equal(parseStats(makeStatsText({ here: 12 })).here, 12);
  assert.equal(parseStats(makeStatsText({ here: null })).here, null);
  assert.equal("here" in parseStats(makeStatsText()), false);
  assert.throws(() => parseStats(makeStatsText({ here: "12" })), InvalidFrame);
});
