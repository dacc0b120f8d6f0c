import assert from "node:assert/strict";
import { test } from "node:test";

import { ago, number, plural, status } from "../../static/landing/js/words.js";

const MINUTE = 60_000;

test("a number is written as the page's language does", () => {
  assert.equal(number(1_234_567, "en"), "1,234,567");
  assert.equal(number(1_234_567, "de"), "1.234.567");
  assert.equal(number(0, "en"), "0");
});

test("a number that is not known is a dash", () => {
  assert.equal(number(null, "en"), "–");
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
    assert.equal(ago(ageMs, "en"), text);
  });
}

test("an age is told in the page's language", () => {
  assert.equal(ago(2 * MINUTE, "de"), "vor 2 Minuten");
});

test("nothing is said while all is well", () => {
  assert.equal(status({ state: "live", trouble: false, ageMs: null }, "en"), "");
});

for (const [state, ageMs, text] of [
  ["stale", 2 * MINUTE, "as of 2 minutes ago"],
  ["reconnecting", 5_000, "Reconnecting… · as of 5 seconds ago"],
  ["connecting", null, "Connecting…"],
  ["offline", null, "You are offline"],
  ["simulated", null, "demo data"],
  ["error", null, "The number cannot be read right now"],
]) {
  test(`the state ${state} reads "${text}"`, () => {
    assert.equal(status({ state, trouble: true, ageMs }, "en"), text);
  });
}

const POLISH = { one: "{count} nowy", few: "{count} nowe", other: "{count} nowych" };

for (const [count, text] of [
  [1, "1 nowy"],
  [3, "3 nowe"],
  [5, "5 nowych"],
  [22, "22 nowe"],
]) {
  test(`${count} takes the plural form of its language`, () => {
    assert.equal(plural(POLISH, count, "pl"), text);
  });
}

test("a form that is not there is the last one", () => {
  assert.equal(plural({ other: "{count} new" }, 1, "en"), "1 new");
  assert.equal(plural({ other: "and {count} more" }, 1_234, "de"), "and 1.234 more");
});

test("none is not worth a phrase", () => {
  assert.equal(plural(POLISH, 0, "pl"), "");
  assert.equal(plural(POLISH, undefined, "pl"), "");
});
