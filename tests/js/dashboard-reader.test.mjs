import assert from "node:assert/strict";
import { test } from "node:test";

import { nearest, reading } from "../../static/landing/dashboard/reader.js";

test("the point nearest to the pointer is read", () => {
  const xs = [0, 25, 50, 75, 100];
  assert.deepEqual([-10, 0, 12, 13, 99, 200].map((x) => nearest(xs, x)), [0, 0, 0, 1, 4, 4]);
});

test("where there is no point there is none to read", () => {
  assert.equal(nearest([], 50), -1);
});

test("a reading names each number", () => {
  assert.equal(reading(["people", "peak"], ["17", "20"]), "17 people · 20 peak");
});

test("a gap is read as what stands in its place", () => {
  assert.equal(reading(["people", "peak"], ["not sampled"]), "not sampled");
});
