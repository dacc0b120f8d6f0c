import assert from "node:assert/strict";
import { test } from "node:test";

import { INITIAL_COUNTER } from "../../static/landing/js/stores/counter-store.js";
import { liveNumbers } from "../../static/landing/dashboard/live-numbers.js";
import { countFrame } from "./fake-world.mjs";

const NOW_MS = 1_000_000;
const OPEN = {
  ...INITIAL_COUNTER,
  link: "open",
  everOpen: true,
  confirmedMs: NOW_MS - 2_400,
  numbers: countFrame({ people: 1017 }),
};

const shown = (changes = {}) => liveNumbers({ ...OPEN, ...changes }, NOW_MS, "en");

test("the numbers of the frame are shown as they are", () => {
  assert.deepEqual(shown().texts, {
    people: "1,017",
    count: "23",
    signed_in: "4",
    anonymous: "13",
    active: "31",
    signed_in_percent: "0 %",
  });
});

test("live numbers say how long ago they were confirmed", () => {
  const { view: { state }, label } = shown();
  assert.deepEqual([state, label], ["live", "live, 2 s ago"]);
});

test("a browser's clock that runs behind makes no negative age", () => {
  assert.equal(shown({ confirmedMs: NOW_MS + 5_000 }).label, "live, 0 s ago");
});

test("stale numbers say so and how old they are", () => {
  const numbers = countFrame({ source: "stale" });
  const { view: { state }, label } = shown({ numbers, confirmedMs: NOW_MS - 95_000 });
  assert.deepEqual([state, label], ["stale", "stale, as of 1 minute ago"]);
});

test("simulated numbers say so", () => {
  const numbers = countFrame({ source: "simulated" });
  const { view: { state }, label } = shown({ numbers, confirmedMs: null });
  assert.deepEqual([state, label], ["simulated", "simulated: demo data"]);
});

test("a lost link is told, with the age of the numbers", () => {
  const { view: { state }, label } = shown({ link: "waiting", downSinceMs: NOW_MS - 30_000, confirmedMs: NOW_MS - 30_000 });
  assert.deepEqual([state, label], ["reconnecting", "Reconnecting… · as of 30 seconds ago"]);
});

test("what is not known is a dash and no share", () => {
  for (const numbers of [null, countFrame({ people: null, signed_in: null, active: null })]) {
    const { texts, percent, label } = shown({ numbers, confirmedMs: null });
    assert.deepEqual([texts.people, texts.active, percent], ["–", "–", 0]);
    assert.deepEqual([texts.signed_in_percent, label], ["", "not known yet"]);
  }
});

test("the share of signed-in people is of all people", () => {
  const { percent, texts } = shown({ numbers: countFrame({ people: 16, signed_in: 4 }) });
  assert.deepEqual([percent, texts.signed_in_percent], [25, "25 %"]);
  assert.equal(shown({ numbers: countFrame({ people: 0, signed_in: 0 }) }).texts.signed_in_percent, "");
});
