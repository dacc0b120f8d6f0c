import assert from "node:assert/strict";
import { test } from "node:test";

import {
  formatAge,
  formatCount,
  formatNumber,
  formatStatus,
  roundAge,
} from "../../static/landing/js/formatting.js";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test("a number is grouped as in the language of the page", () => {
  assert.equal(formatNumber(1_234_567, "en"), "1,234,567");
  assert.equal(formatNumber(1_234_567, "de"), "1.234.567");
  assert.equal(formatNumber(0, "en"), "0");
});

test("an unknown number is a dash", () => {
  assert.equal(formatNumber(null, "en"), "–");
});

for (const [ageMs, text] of [
  [-5_000, "now"],
  [0, "now"],
  [1_999, "1 second ago"],
  [59_999, "59 seconds ago"],
  [MINUTE, "1 minute ago"],
  [2.9 * MINUTE, "2 minutes ago"],
  [60 * MINUTE, "1 hour ago"],
  [50 * 60 * MINUTE, "2 days ago"],
]) {
  test(`${ageMs} ms is ${text}`, () => {
    assert.equal(formatAge(ageMs, "en"), text);
  });
}

for (const [ageMs, roundedMs, validMs] of [
  [0, 0, 10 * SECOND],
  [9_999, 0, 1],
  [38 * SECOND, 30 * SECOND, 2 * SECOND],
  [59_999, 50 * SECOND, 1],
  [MINUTE, MINUTE, MINUTE],
  [2.75 * MINUTE, 2 * MINUTE, 0.25 * MINUTE],
  [HOUR - 1, 59 * MINUTE, 1],
  [HOUR, HOUR, HOUR],
  [5.5 * HOUR, 5 * HOUR, 0.5 * HOUR],
  [DAY, DAY, DAY],
  [400.5 * DAY, 400 * DAY, 0.5 * DAY],
  [-5 * SECOND, 0, 15 * SECOND],
  [-2 * HOUR, 0, 2 * HOUR + 10 * SECOND],
]) {
  test(`an age of ${ageMs} ms is rounded to ${roundedMs} for ${validMs} ms`, () => {
    assert.deepEqual(roundAge(ageMs), { ageMs: roundedMs, validMs });
  });
}

test("an age is in the language of the page", () => {
  assert.equal(formatAge(2 * MINUTE, "de"), "vor 2 Minuten");
});

test("without a problem, the status is empty", () => {
  assert.equal(formatStatus({ state: "live", hasProblem: false, ageMs: null }, "en"), "");
});

for (const [state, ageMs, text] of [
  ["stale", 2 * MINUTE, "counted 2 minutes ago"],
  ["reconnecting", 5_000, "Reconnecting… · counted 5 seconds ago"],
  ["connecting", null, "Connecting…"],
  ["offline", null, "You’re offline"],
  ["simulated", null, "demo data"],
  ["error", null, "Can’t load the count right now"],
]) {
  test(`the state ${state} reads "${text}"`, () => {
    assert.equal(formatStatus({ state, hasProblem: true, ageMs }, "en"), text);
  });
}

const POLISH = { one: "{count} nowy", few: "{count} nowe", other: "{count} nowych" };

for (const [count, text] of [
  [1, "1 nowy"],
  [3, "3 nowe"],
  [5, "5 nowych"],
  [22, "22 nowe"],
]) {
  test(`${count} takes the plural form of the language`, () => {
    assert.equal(formatCount(POLISH, count, "pl"), text);
  });
}

test("a missing form is the form \"other\"", () => {
  assert.equal(formatCount({ other: "{count} new" }, 1, "en"), "1 new");
  assert.equal(formatCount({ other: "and {count} more" }, 1_234, "de"), "and 1.234 more");
});

test("a count of 0 is an empty text", () => {
  assert.equal(formatCount(POLISH, 0, "pl"), "");
  assert.equal(formatCount(POLISH, undefined, "pl"), "");
});
