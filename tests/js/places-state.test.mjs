import assert from "node:assert/strict";
import { test } from "node:test";

import {
  arrangePlaces,
  findAddress,
  haveSameOrder,
  parseDuration,
  reducePlaces,
} from "../../static/live_user_counter/js/state/places-state.js";
import { makePlacesFrame } from "./fake-browser.mjs";

const rows = (counts) => Object.entries(counts).map(([place, people]) => ({ place, people }));

test("a newer list replaces the current one, and an older one does not", () => {
  const current = makePlacesFrame({ version: 100 });
  const newer = makePlacesFrame({ version: 101 });
  assert.equal(reducePlaces(null, { list: current }), current);
  assert.equal(reducePlaces(current, { list: newer }), newer);
  assert.equal(reducePlaces(newer, { list: current }), newer);
});

test("a list of the same version is newer: moving does not raise the version", () => {
  const moved = makePlacesFrame({ places: rows({ "/b": 40 }) });
  assert.equal(reducePlaces(makePlacesFrame(), { list: moved }), moved);
});

test("a list of another epoch replaces the current one only if the connection sends it", () => {
  const current = makePlacesFrame({ version: 100 });
  const restarted = makePlacesFrame({ epoch: "e2", version: 1 });
  assert.equal(reducePlaces(current, { list: restarted }), restarted);
  assert.equal(reducePlaces(current, { list: restarted, isCached: true }), current);
  assert.equal(reducePlaces(null, { list: restarted, isCached: true }), restarted);
});

test("the busiest places are shown, up to the limit", () => {
  const places = rows({ "/a": 9, "/b": 8, "/c": 7 });
  assert.deepEqual(arrangePlaces([], places, 2, false), rows({ "/a": 9, "/b": 8 }));
  assert.deepEqual(arrangePlaces(rows({ "/c": 9 }), places, 5, false), places);
});

test("a held list keeps its order and changes its numbers", () => {
  const shown = rows({ "/a": 9, "/b": 8 });
  const places = rows({ "/b": 12, "/a": 10 });
  assert.deepEqual(arrangePlaces(shown, places, 2, true), rows({ "/a": 10, "/b": 12 }));
});

test("a place that has left the list loses its number while the list is held", () => {
  const shown = rows({ "/a": 9, "/b": 8 });
  assert.deepEqual(arrangePlaces(shown, rows({ "/b": 8 }), 2, true), rows({ "/a": null, "/b": 8 }));
});

test("a held list grows only at its end, up to the limit", () => {
  const shown = rows({ "/b": 8 });
  const places = rows({ "/a": 9, "/b": 8, "/c": 7 });
  assert.deepEqual(arrangePlaces(shown, places, 2, true), rows({ "/b": 8, "/a": 9 }));
});

test("two lists have the same order if they have the same places in it", () => {
  assert.equal(haveSameOrder(rows({ "/a": 1, "/b": 2 }), rows({ "/a": 5, "/b": null })), true);
  assert.equal(haveSameOrder(rows({ "/a": 1, "/b": 1 }), rows({ "/b": 1, "/a": 1 })), false);
  assert.equal(haveSameOrder(rows({ "/a": 1 }), rows({ "/a": 1, "/b": 1 })), false);
});

for (const [place, address] of [
  ["/", "/"],
  ["/blog/café", "/blog/caf%C3%A9"],
  ["/100 %", "/100%20%25"],
  ["/a?b#c", "/a%3Fb%23c"],
  ["/\\example.org", "/%5Cexample.org"],
  ["//example.org", null],
  ["article:42", null],
  ["javascript:alert(1)", null],
  ["", null],
]) {
  test(`the address of the place "${place}" is ${address}`, () => {
    assert.equal(findAddress(place), address);
  });
}

test("the duration of a motion has the unit and the place that CSS permits", () => {
  const easing = "cubic-bezier(0.2, 0.9, 0.25, 1)";
  assert.equal(parseDuration(`0.7s ${easing}`), 700);
  assert.equal(parseDuration(" .3s"), 300);
  assert.equal(parseDuration("300ms linear"), 300);
  assert.equal(parseDuration(`${easing} 1.5S`), 1500);
  for (const none of ["0s", "", "linear", easing]) assert.equal(parseDuration(none), 0);
});
