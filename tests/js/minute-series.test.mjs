import assert from "node:assert/strict";
import { test } from "node:test";

import {
  MAX_PLACES,
  MINUTES,
  SITE,
  addMinute,
  drawLine,
  pointsOf,
} from "../../static/live_user_counter/js/map/minute-series.js";

test("minutes that are too old are forgotten", () => {
  let series = new Map();
  for (let minute = 0; minute < 100; minute += 1) series = addMinute(series, minute, [["/", minute]]);

  assert.equal(series.get("/").size, MINUTES);
  assert.deepEqual(pointsOf(series, "/", 99).slice(-2), [98, 99]);
});

test("the places that were seen last stay, and the site", () => {
  let series = addMinute(new Map(), 0, [[SITE, 1]]);
  for (let index = 0; index < 3 * MAX_PLACES; index += 1) {
    series = addMinute(series, 0, [[`/${index}`, 1]]);
  }

  assert.equal(series.size, MAX_PLACES);
  assert.ok(series.has(SITE));
  assert.ok(series.has(`/${3 * MAX_PLACES - 1}`));
  assert.ok(!series.has("/0"));
});

test("a place named like the site is another one", () => {
  const series = addMinute(new Map(), 0, [[SITE, 1], ["Symbol(site)", 2], ["site", 3]]);

  assert.equal(pointsOf(series, SITE, 0).at(-1), 1);
});

test("an unknown place has no points", () => {
  assert.deepEqual(pointsOf(new Map(), "/", 5), Array(MINUTES).fill(null));
});

test("a line has gaps, and the most people at its top", () => {
  assert.equal(drawLine([0, 10, null, 10, null]), "M0 18.5L25 1.5M75 1.5h0");
  assert.equal(drawLine([null, null]), "");
});

test("a line of zeros is at the bottom", () => {
  assert.equal(drawLine([0, 0]), "M0 18.5L100 18.5");
});
