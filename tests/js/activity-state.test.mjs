import assert from "node:assert/strict";
import { test } from "node:test";

import { MAX_ITEMS, deriveFeedView, reduceActivity } from "../../static/live_user_counter/js/state/activity-state.js";
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

function derive(shownIds, itemIds, isHeld) {
  const previous = makeActivities(...shownIds);
  const { shown, fresh, waiting } = deriveFeedView(previous, makeActivities(...itemIds), isHeld);
  return { shown: getIds(shown), fresh: getIds(fresh), waiting };
}

test("a feed that is not held shows all items and knows the new ones", () => {
  assert.deepEqual(derive([2, 1], [4, 3, 2, 1], false), { shown: [4, 3, 2, 1], fresh: [4, 3], waiting: 0 });
});

test("a held feed counts the waiting items", () => {
  assert.deepEqual(derive([2, 1], [4, 3, 2, 1], true), { shown: [2, 1], fresh: [], waiting: 2 });
});

test("a removed item disappears from a held feed", () => {
  assert.deepEqual(derive([3, 2, 1], [4, 3, 1], true), { shown: [3, 1], fresh: [], waiting: 1 });
});

test("an item that came and went while the feed was held does not wait", () => {
  assert.deepEqual(derive([1], [1], true), { shown: [1], fresh: [], waiting: 0 });
});

test("a late item is new", () => {
  assert.deepEqual(derive([5, 1], [5, 3, 1], false).fresh, [3]);
  assert.equal(derive([5, 1], [5, 3, 1], true).waiting, 1);
});

test("an item older than all shown ones is not new", () => {
  assert.deepEqual(derive([5, 4], [5, 4, 3, 2], false), { shown: [5, 4, 3, 2], fresh: [], waiting: 0 });
  assert.equal(derive([5, 4], [5, 4, 3, 2], true).waiting, 0);
});

test("the first item of an empty feed is new", () => {
  assert.deepEqual(derive([], [1], false), { shown: [1], fresh: [1], waiting: 0 });
});

test("items that replace all others are new", () => {
  assert.deepEqual(derive([2, 1], [9, 8], true), { shown: [], fresh: [], waiting: 2 });
});

test("after a hold, all waiting items are new", () => {
  const paused = deriveFeedView(makeActivities(2, 1), makeActivities(4, 3, 2, 1), true);
  const { shown, fresh } = deriveFeedView(paused.shown, makeActivities(5, 4, 3, 2, 1), false);
  assert.deepEqual([getIds(shown), getIds(fresh)], [[5, 4, 3, 2, 1], [5, 4, 3]]);
});

test("a held feed shows the current text of an item", () => {
  const edited = makeActivity(1, { text: "edited" });
  assert.deepEqual(deriveFeedView(makeActivities(1), [edited], true).shown, [edited]);
});
