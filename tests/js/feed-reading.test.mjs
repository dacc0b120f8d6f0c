import assert from "node:assert/strict";
import { test } from "node:test";

import { read } from "../../static/landing/js/feed-reading.js";
import { happening, happenings, idsOf } from "./fake-world.mjs";

function reading(seenIds, itemIds, still) {
  const { seen, fresh, waiting } = read(happenings(...seenIds), happenings(...itemIds), still);
  return { seen: idsOf(seen), fresh: idsOf(fresh), waiting };
}

test("a feed that moves shows everything and knows what is new", () => {
  assert.deepEqual(reading([2, 1], [4, 3, 2, 1], false), { seen: [4, 3, 2, 1], fresh: [4, 3], waiting: 0 });
});

test("a feed that stands still counts what waits", () => {
  assert.deepEqual(reading([2, 1], [4, 3, 2, 1], true), { seen: [2, 1], fresh: [], waiting: 2 });
});

test("what was taken back goes also from a feed that stands still", () => {
  assert.deepEqual(reading([3, 2, 1], [4, 3, 1], true), { seen: [3, 1], fresh: [], waiting: 1 });
});

test("what came and was taken back while the feed stood still never waited", () => {
  assert.deepEqual(reading([1], [1], true), { seen: [1], fresh: [], waiting: 0 });
});

test("an older one that comes late is new", () => {
  assert.deepEqual(reading([5, 1], [5, 3, 1], false).fresh, [3]);
  assert.equal(reading([5, 1], [5, 3, 1], true).waiting, 1);
});

test("what is older than all that was there is not new", () => {
  assert.deepEqual(reading([5, 4], [5, 4, 3, 2], false), { seen: [5, 4, 3, 2], fresh: [], waiting: 0 });
  assert.equal(reading([5, 4], [5, 4, 3, 2], true).waiting, 0);
});

test("the first of all is new", () => {
  assert.deepEqual(reading([], [1], false), { seen: [1], fresh: [1], waiting: 0 });
});

test("what replaces everything is new", () => {
  assert.deepEqual(reading([2, 1], [9, 8], true), { seen: [], fresh: [], waiting: 2 });
});

test("standing still for a while loses nothing", () => {
  const paused = read(happenings(2, 1), happenings(4, 3, 2, 1), true);
  const { seen, fresh } = read(paused.seen, happenings(5, 4, 3, 2, 1), false);
  assert.deepEqual([idsOf(seen), idsOf(fresh)], [[5, 4, 3, 2, 1], [5, 4, 3]]);
});

test("a feed that stands still shows what the server says of an item now", () => {
  const mended = happening(1, { text: "mended" });
  assert.deepEqual(read(happenings(1), [mended], true).seen, [mended]);
});
