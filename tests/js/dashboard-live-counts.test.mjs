import assert from "node:assert/strict";
import { test } from "node:test";

import { INITIAL_COUNTER } from "../../static/live_user_counter/js/state/counter-state.js";
import { LiveCounts, formatLiveCounts } from "../../static/live_user_counter/dashboard/live-counts.js";
import { FakeBrowser, makeCountFrame } from "./fake-browser.mjs";

const NOW_MS = 1_000_000;
const OPEN = {
  ...INITIAL_COUNTER,
  connection: "open",
  hasConnected: true,
  confirmedMs: NOW_MS - 2_400,
  snapshot: makeCountFrame({ people: 1017 }),
};

const format = (changes = {}) => formatLiveCounts({ ...OPEN, ...changes }, NOW_MS, "en");

test("the counts of the snapshot are formatted", () => {
  assert.deepEqual(format().texts, {
    people: "1,017",
    count: "23",
    signed_in: "4",
    anonymous: "13",
    active: "31",
    signed_in_percent: "0 %",
  });
});

test("a live snapshot is labeled with its age", () => {
  const { view: { state }, label } = format();
  assert.deepEqual([state, label], ["live", "live, 2 s ago"]);
});

test("a slow browser clock does not make a negative age", () => {
  assert.equal(format({ confirmedMs: NOW_MS + 5_000 }).label, "live, 0 s ago");
});

test("a stale snapshot is labeled with its age", () => {
  const snapshot = makeCountFrame({ source: "stale" });
  const { view: { state }, label } = format({ snapshot, confirmedMs: NOW_MS - 95_000 });
  assert.deepEqual([state, label], ["stale", "stale, counted 1 minute ago"]);
});

test("a simulated snapshot is labeled", () => {
  const snapshot = makeCountFrame({ source: "simulated" });
  const { view: { state }, label } = format({ snapshot, confirmedMs: null });
  assert.deepEqual([state, label], ["simulated", "simulated: demo data"]);
});

test("a disconnect is labeled with the age of the counts", () => {
  const { view: { state }, label } = format({ connection: "waiting", downSinceMs: NOW_MS - 30_000, confirmedMs: NOW_MS - 30_000 });
  assert.deepEqual([state, label], ["reconnecting", "Reconnecting… · counted 30 seconds ago"]);
});

test("an unknown count is a dash without a percentage", () => {
  for (const snapshot of [null, makeCountFrame({ people: null, signed_in: null, active: null })]) {
    const { texts, percent, label } = format({ snapshot, confirmedMs: null });
    assert.deepEqual([texts.people, texts.active, percent], ["–", "–", 0]);
    assert.deepEqual([texts.signed_in_percent, label], ["", "not known yet"]);
  }
});

test("the percentage is the signed-in part of all people", () => {
  const { percent, texts } = format({ snapshot: makeCountFrame({ people: 16, signed_in: 4 }) });
  assert.deepEqual([percent, texts.signed_in_percent], [25, "25 %"]);
  assert.equal(format({ snapshot: makeCountFrame({ people: 0, signed_in: 0 }) }).texts.signed_in_percent, "");
});

test("a change of the count is announced as a sentence", () => {
  const find = { querySelector: () => null };
  const section = { ...find, closest: () => null, isConnected: true, dataset: {}, ownerDocument: find };
  const counter = { state: OPEN, subscribe: () => {} };
  const page = { counter, browser: new FakeBrowser(), attempt: (run) => run() };
  const texts = [];
  const update = (_, compose) => texts.push(compose({ value: 61 }));
  new LiveCounts(section, page, { update }).start();
  assert.deepEqual(texts, ["1,017 people here now, up from 61"]);
});
