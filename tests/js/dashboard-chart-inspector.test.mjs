import assert from "node:assert/strict";
import { test } from "node:test";

import { findNearestIndex, formatPoint } from "../../static/live_user_counter/dashboard/chart-inspector.js";

test("the point nearest to the pointer is selected", () => {
  const xs = [0, 25, 50, 75, 100];
  assert.deepEqual([-10, 0, 12, 13, 99, 200].map((x) => findNearestIndex(xs, x)), [0, 0, 0, 1, 4, 4]);
});

test("a chart without points has no nearest point", () => {
  assert.equal(findNearestIndex([], 50), -1);
});

test("each value has the name of its column", () => {
  assert.equal(formatPoint(["people", "peak"], ["17", "20"]), "17 people · 20 peak");
});

test("a gap has one text for all columns", () => {
  assert.equal(formatPoint(["people", "peak"], ["not sampled"]), "not sampled");
});
