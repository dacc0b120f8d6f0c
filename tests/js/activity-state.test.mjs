import assert from "node:assert/strict";
import { test } from "node:test";

import { MAX_ITEMS, reduceActivity } from "../../static/landing/js/state/activity-state.js";
import { makeActivity, makeActivities, getIds } from "./fake-browser.mjs";

const history = (...ids) => ({ type: "activity-history", items: makeActivities(...ids) });
const activity = (id, changes) => ({ type: "activity", ...makeActivity(id, changes) });
const removed = (id) => ({ type: "activity-removed", id });
const reduce = (...frames) => frames.reduce(reduceActivity, { items: [] });
const reduceToIds = (...frames) => getIds(reduce(...frames).items);

test("a history replaces all items", () => {
  assert.deepEqual(reduceToIds(activity(1), history(3, 2)), [3, 2]);
  assert.deepEqual(reduceToIds(history(3, 2), history()), []);
});

test("a new activity is first", () => {
  assert.deepEqual(reduceToIds(history(1), activity(2)), [2, 1]);
});

test("a late frame is sorted by its time", () => {
  assert.deepEqual(reduceToIds(history(5, 1), activity(3)), [5, 3, 1]);
});

test("at the same time, the higher id is newer", () => {
  const timestamp = "2026-01-31T12:00:00.123Z";
  const frames = [7, 10, 9].map((id) => activity(id, { timestamp }));
  assert.deepEqual(reduceToIds(...frames), [10, 9, 7]);
});

test("timestamps in different formats compare by time", () => {
  const early = activity(2, { timestamp: "2026-01-31T13:30:00+02:00" });
  const late = activity(1, { timestamp: "2026-01-31T12:00:00.5Z" });
  assert.deepEqual(reduceToIds(early, late), [1, 2]);
});

test("a duplicate activity changes nothing", () => {
  const state = reduce(history(2, 1));
  assert.equal(reduceActivity(state, activity(1)), state);
  assert.deepEqual(reduceToIds(history(2, 2, 1)), [2, 1]);
});

test("a removed activity disappears, and a history can bring it back", () => {
  assert.deepEqual(reduceToIds(history(3, 2, 1), removed(2)), [3, 1]);
  assert.deepEqual(reduceToIds(history(3, 2, 1), removed(2), history(3, 2, 1)), [3, 2, 1]);
});

test("removing an unknown id changes nothing", () => {
  assert.deepEqual(reduceToIds(history(3, 1), removed(2)), [3, 1]);
});

test("the oldest items are dropped at the limit", () => {
  const frames = Array.from({ length: MAX_ITEMS + 10 }, (_, index) => activity(index + 1));
  const ids = reduceToIds(...frames);
  assert.equal(ids.length, MAX_ITEMS);
  assert.equal(ids.at(-1), 11);
});

test("only a history marks the state as loaded", () => {
  assert.equal(reduce(activity(1)).isLoaded, undefined);
  assert.equal(reduce(history(), activity(1), removed(1)).isLoaded, true);
});

test("an unknown frame type changes nothing", () => {
  const state = reduce(history(1));
  assert.equal(reduceActivity(state, { type: "pong" }), state);
});
