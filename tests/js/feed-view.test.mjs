import assert from "node:assert/strict";
import { test } from "node:test";

import { deriveFeedView } from "../../static/landing/js/state/feed-view.js";
import { makeActivity, makeActivities, getIds } from "./fake-browser.mjs";

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
