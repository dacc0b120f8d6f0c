import assert from "node:assert/strict";
import { test } from "node:test";

import { MAX_ITEMS, reduceActivity } from "../../static/landing/js/stores/activity-store.js";
import { happening, happenings, idsOf } from "./fake-world.mjs";

const history = (...ids) => ({ type: "activity-history", items: happenings(...ids) });
const arrives = (id, changes) => ({ type: "activity", ...happening(id, changes) });
const removed = (id) => ({ type: "activity-removed", id });
const after = (...frames) => frames.reduce(reduceActivity, { items: [] });
const idsAfter = (...frames) => idsOf(after(...frames).items);

test("a history replaces everything", () => {
  assert.deepEqual(idsAfter(arrives(1), history(3, 2)), [3, 2]);
  assert.deepEqual(idsAfter(history(3, 2), history()), []);
});

test("a new activity comes first", () => {
  assert.deepEqual(idsAfter(history(1), arrives(2)), [2, 1]);
});

test("an older one that comes late has its place by time", () => {
  assert.deepEqual(idsAfter(history(5, 1), arrives(3)), [5, 3, 1]);
});

test("of two at one time the one with the higher id is the newer", () => {
  const timestamp = "2026-01-31T12:00:00.123Z";
  const frames = [7, 10, 9].map((id) => arrives(id, { timestamp }));
  assert.deepEqual(idsAfter(...frames), [10, 9, 7]);
});

test("times are compared as times, however they are written", () => {
  const early = arrives(2, { timestamp: "2026-01-31T13:30:00+02:00" });
  const late = arrives(1, { timestamp: "2026-01-31T12:00:00.5Z" });
  assert.deepEqual(idsAfter(early, late), [1, 2]);
});

test("an activity that comes twice is there once and moves nothing", () => {
  const state = after(history(2, 1));
  assert.equal(reduceActivity(state, arrives(1)), state);
  assert.deepEqual(idsAfter(history(2, 2, 1)), [2, 1]);
});

test("a removed activity goes, and may come back", () => {
  assert.deepEqual(idsAfter(history(3, 2, 1), removed(2)), [3, 1]);
  assert.deepEqual(idsAfter(history(3, 2, 1), removed(2), history(3, 2, 1)), [3, 2, 1]);
});

test("removing what is not there removes nothing", () => {
  assert.deepEqual(idsAfter(history(3, 1), removed(2)), [3, 1]);
});

test("the oldest make room", () => {
  const frames = Array.from({ length: MAX_ITEMS + 10 }, (_, index) => arrives(index + 1));
  const ids = idsAfter(...frames);
  assert.equal(ids.length, MAX_ITEMS);
  assert.equal(ids.at(-1), 11);
});

test("only a history says what the server knows", () => {
  assert.equal(after(arrives(1)).heard, undefined);
  assert.equal(after(history(), arrives(1), removed(1)).heard, true);
});

test("a frame of another kind changes nothing", () => {
  const state = after(history(1));
  assert.equal(reduceActivity(state, { type: "pong" }), state);
});
