import assert from "node:assert/strict";
import { test } from "node:test";

import {
  STATUS_DELAY_MS,
  MAX_AGE_MS,
  ERROR_AFTER_MS,
  deriveCounterView,
  drift,
  findMetric,
} from "../../static/live_user_counter/js/state/counter-view.js";
import { INITIAL_COUNTER } from "../../static/live_user_counter/js/state/counter-state.js";
import { makeCountFrame, makePlaceCountFrame } from "./fake-browser.mjs";

const NOW_MS = 1_000_000;
const ONLINE = { metric: "online", minimum: 1, simulated: null };
const OPEN = { ...INITIAL_COUNTER, connection: "open", hasConnected: true, confirmedMs: NOW_MS, snapshot: makeCountFrame() };
const DOWN = { ...OPEN, connection: "waiting", downSinceMs: NOW_MS };

const view = (state, options = {}, nowMs = NOW_MS) =>
  deriveCounterView(state, { ...ONLINE, ...options }, nowMs);

test("an open connection with a live snapshot is live, without a status", () => {
  const { state, value, second, hasProblem, ageMs, validMs } = view(OPEN);
  assert.deepEqual([state, value, second], ["live", 17, 31]);
  assert.deepEqual([hasProblem, ageMs, validMs], [false, null, Infinity]);
});

test("the active metric swaps the two counts", () => {
  const { value, second } = view(OPEN, { metric: "active" });
  assert.deepEqual([value, second], [31, 17]);
});

test("an open connection without a snapshot is loading, and its count is not 0", () => {
  const { state, value, isBelow, hasProblem } = view({ ...OPEN, snapshot: null });
  assert.deepEqual([state, value, isBelow, hasProblem], ["loading", null, false, false]);
});

test("a stale snapshot has an age that changes every minute", () => {
  const snapshot = makeCountFrame({ source: "stale" });
  const { state, hasProblem, ageMs, validMs } = view({ ...OPEN, snapshot, confirmedMs: NOW_MS - 95_000 });
  assert.deepEqual([state, hasProblem, ageMs], ["stale", true, 95_000]);
  assert.equal(validMs, 25_000, "the next full minute");
});

test("an age in seconds changes every ten seconds", () => {
  const snapshot = makeCountFrame({ source: "stale" });
  assert.equal(view({ ...OPEN, snapshot, confirmedMs: NOW_MS - 12_000 }).validMs, 8_000);
});

test("a first connection is connecting, at first without a status", () => {
  const first = { ...DOWN, hasConnected: false };
  const early = view(first, {}, NOW_MS + 500);
  assert.deepEqual([early.state, early.hasProblem, early.validMs], ["connecting", false, STATUS_DELAY_MS - 500]);
  assert.equal(view(first, {}, NOW_MS + STATUS_DELAY_MS).hasProblem, true);
});

test("a short disconnect has no status", () => {
  const { state, hasProblem, validMs } = view(DOWN, {}, NOW_MS + STATUS_DELAY_MS - 1);
  assert.deepEqual([state, hasProblem, validMs], ["live", false, 1]);
});

test("an old count always has an age, even after a short disconnect", () => {
  const confirmedMs = NOW_MS - MAX_AGE_MS - 1;
  const { hasProblem, ageMs } = view({ ...DOWN, hasConnected: false, confirmedMs });
  assert.deepEqual([hasProblem, ageMs], [true, MAX_AGE_MS + 1]);
});

test("an open connection that sends nothing is shown like none, with the age of the count", () => {
  const silent = { ...OPEN, isMute: true, downSinceMs: NOW_MS };
  assert.deepEqual([view(silent).state, view(silent).hasProblem], ["live", false], "for a moment");
  for (const [hasConnected, shown] of [[true, "reconnecting"], [false, "connecting"]]) {
    const { state, hasProblem, ageMs } = view({ ...silent, hasConnected }, {}, NOW_MS + 30_000);
    assert.deepEqual([state, hasProblem, ageMs], [shown, true, 30_000]);
  }
});

test("a stopped connection is not a problem", () => {
  const { state, hasProblem, ageMs } = view({ ...DOWN, connection: "idle", hasConnected: false }, {}, NOW_MS + 1e7);
  assert.deepEqual([state, hasProblem, ageMs], ["connecting", false, null]);
});

for (const connection of ["connecting", "waiting", "open"]) {
  test(`without a snapshot, the connection state "${connection}" becomes an error`, () => {
    const unknown = { ...DOWN, connection, snapshot: null, confirmedMs: null, startedMs: NOW_MS };
    const early = view(unknown, {}, NOW_MS + ERROR_AFTER_MS - 1);
    assert.notEqual(early.state, "error");
    assert.equal(early.validMs, 1);
    const { state, value, hasProblem, ageMs, validMs } = view(unknown, {}, NOW_MS + ERROR_AFTER_MS);
    assert.deepEqual([state, value, hasProblem, ageMs, validMs], ["error", null, true, null, Infinity]);
  });
}

test("a snapshot without counts becomes an error", () => {
  const snapshot = makeCountFrame({ people: null, source: "unknown", timestamp: null });
  const unknown = { ...OPEN, snapshot, confirmedMs: null, startedMs: NOW_MS };
  assert.equal(view(unknown).state, "loading");
  assert.equal(view(unknown, {}, NOW_MS + ERROR_AFTER_MS).state, "error");
});

test("neither a missing network nor a known count becomes an error", () => {
  const nowMs = NOW_MS + 3_600_000;
  const unknown = { ...DOWN, snapshot: null, startedMs: NOW_MS };
  assert.equal(view({ ...unknown, isOnline: false }, {}, nowMs).state, "offline");
  assert.equal(view({ ...DOWN, startedMs: NOW_MS }, {}, nowMs).state, "reconnecting");
});

test("a longer disconnect has a status with the age of the count", () => {
  const { state, value, hasProblem, ageMs } = view(DOWN, {}, NOW_MS + 30_000);
  assert.deepEqual([state, value, hasProblem, ageMs], ["reconnecting", 17, true, 30_000]);
});

test("a browser without a network has a status at once", () => {
  const { state, hasProblem, ageMs } = view({ ...DOWN, isOnline: false }, {}, NOW_MS + 100);
  assert.deepEqual([state, hasProblem, ageMs], ["offline", true, 100]);
});

test("an open connection counts more than the network state of the browser", () => {
  assert.equal(view({ ...OPEN, isOnline: false }).state, "live");
});

test("a count below the minimum is marked, an unknown count is not", () => {
  assert.equal(view(OPEN, { minimum: 18 }).isBelow, true);
  assert.equal(view(OPEN, { minimum: 17 }).isBelow, false);
  assert.equal(view({ ...OPEN, snapshot: makeCountFrame({ people: 0 }) }).isBelow, true);
  assert.equal(view({ ...OPEN, snapshot: null }, { minimum: 18 }).isBelow, false);
});

test("a simulated snapshot of the server is labeled", () => {
  const snapshot = makeCountFrame({ source: "simulated" });
  for (const base of [OPEN, DOWN, { ...DOWN, isOnline: false }]) {
    const { state, value, hasProblem } = view({ ...base, snapshot });
    assert.deepEqual([state, value, hasProblem], ["simulated", 17, true], "in any connection state");
  }
  assert.equal(view({ ...OPEN, snapshot }, { simulated: 10_247 }).value, 10_247, "the element's own");
});

test("a simulated count is shown only until the first real one", () => {
  const unknown = makeCountFrame({ people: null, active: 3 });
  for (const snapshot of [null, unknown]) {
    const { state, value, second, isBelow } = view({ ...OPEN, snapshot }, { simulated: 0 });
    assert.deepEqual([state, value, second, isBelow], ["simulated", 0, null, false]);
  }
  assert.equal(view(OPEN, { simulated: 10_247 }).value, 17);
  assert.equal(view({ ...DOWN, isOnline: false }, { simulated: 10_247 }).value, 17);
});

test("a simulated count drifts by at most its increment and never below 0", () => {
  assert.equal(drift(100, 2, () => 0), 98);
  assert.equal(drift(100, 2, () => 0.999), 102);
  assert.equal(drift(100, 0, Math.random), 100);
  assert.equal(drift(1, 5, () => 0), 0);
});

const HERE = { metric: "here" };
const at = (changes) => ({ ...OPEN, here: makePlaceCountFrame(changes) });

test("the metric of the place shows its people, and those of the site beside it", () => {
  const { state, value, second, isBelow } = view(at(), HERE);
  assert.deepEqual([state, value, second, isBelow], ["live", 12, 17, false]);
});

test("words replace a number that the server hides, or that is below the minimum", () => {
  const hidden = view(at({ people: null }), HERE);
  assert.deepEqual([hidden.value, hidden.isBelow], [null, true]);
  assert.equal(view(at({ people: 3 }), { ...HERE, minimum: 4 }).isBelow, true);
});

test("the number of a place is unknown before the first frame", () => {
  const { value, isBelow } = view(OPEN, HERE);
  assert.deepEqual([value, isBelow], [null, false]);
});

test("elsewhere has words, too", () => {
  assert.equal(view(at({ place: "", people: null }), HERE).isBelow, true);
});

test("other metrics do not depend on the place", () => {
  const { value, isBelow } = view(at({ people: null }));
  assert.deepEqual([value, isBelow], [17, false]);
});

test("an unknown metric counts the people of the site", () => {
  for (const name of [null, "", "online", "constructor", "HERE"]) assert.equal(findMetric(name), "online");
  assert.equal(findMetric("active"), "active");
  assert.equal(findMetric("here"), "here");
});
