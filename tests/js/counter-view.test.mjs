import assert from "node:assert/strict";
import { test } from "node:test";

import {
  GRACE_MS,
  OLD_MS,
  PATIENCE_MS,
  counterView,
  drift,
} from "../../static/landing/js/counter-view.js";
import { INITIAL_COUNTER } from "../../static/landing/js/stores/counter-store.js";
import { countFrame } from "./fake-world.mjs";

const NOW_MS = 1_000_000;
const ONLINE = { metric: "online", minimum: 1, simulated: null };
const OPEN = { ...INITIAL_COUNTER, link: "open", everOpen: true, confirmedMs: NOW_MS, numbers: countFrame() };
const DOWN = { ...OPEN, link: "waiting", downSinceMs: NOW_MS };

const view = (state, options = {}, nowMs = NOW_MS) =>
  counterView(state, { ...ONLINE, ...options }, nowMs);

test("an open link with live numbers is live and needs no word", () => {
  const { state, value, second, trouble, ageMs, againMs } = view(OPEN);
  assert.deepEqual([state, value, second], ["live", 17, 31]);
  assert.deepEqual([trouble, ageMs, againMs], [false, null, Infinity]);
});

test("the other metric swaps the two numbers", () => {
  const { value, second } = view(OPEN, { metric: "active" });
  assert.deepEqual([value, second], [31, 17]);
});

test("without a number the link is loading, and a number is not 0", () => {
  const { state, value, below, trouble } = view({ ...OPEN, numbers: null });
  assert.deepEqual([state, value, below, trouble], ["loading", null, false, false]);
});

test("stale numbers say how old they are, and look again later", () => {
  const numbers = countFrame({ source: "stale" });
  const { state, trouble, ageMs, againMs } = view({ ...OPEN, numbers, confirmedMs: NOW_MS - 95_000 });
  assert.deepEqual([state, trouble, ageMs], ["stale", true, 95_000]);
  assert.equal(againMs, 25_000, "the next full minute");
});

test("an age of seconds is looked at every ten seconds", () => {
  const numbers = countFrame({ source: "stale" });
  assert.equal(view({ ...OPEN, numbers, confirmedMs: NOW_MS - 12_000 }).againMs, 8_000);
});

test("a link that was never open is connecting, without a word at first", () => {
  const first = { ...DOWN, everOpen: false };
  const early = view(first, {}, NOW_MS + 500);
  assert.deepEqual([early.state, early.trouble, early.againMs], ["connecting", false, GRACE_MS - 500]);
  assert.equal(view(first, {}, NOW_MS + GRACE_MS).trouble, true);
});

test("a short loss of the link does not show", () => {
  const { state, trouble, againMs } = view(DOWN, {}, NOW_MS + GRACE_MS - 1);
  assert.deepEqual([state, trouble, againMs], ["live", false, 1]);
});

test("a number that is old is never shown without its age, however short the loss", () => {
  const confirmedMs = NOW_MS - OLD_MS - 1;
  const { trouble, ageMs } = view({ ...DOWN, everOpen: false, confirmedMs });
  assert.deepEqual([trouble, ageMs], [true, OLD_MS + 1]);
});

test("a link that is stopped is no trouble: nobody looks", () => {
  const { state, trouble, ageMs } = view({ ...DOWN, link: "idle", everOpen: false }, {}, NOW_MS + 1e7);
  assert.deepEqual([state, trouble, ageMs], ["connecting", false, null]);
});

for (const link of ["connecting", "waiting", "open"]) {
  test(`while the link is ${link} and nothing is known, patience ends in an error`, () => {
    const unknown = { ...DOWN, link, numbers: null, confirmedMs: null, beganMs: NOW_MS };
    const early = view(unknown, {}, NOW_MS + PATIENCE_MS - 1);
    assert.notEqual(early.state, "error");
    assert.equal(early.againMs, 1);
    const { state, value, trouble, ageMs, againMs } = view(unknown, {}, NOW_MS + PATIENCE_MS);
    assert.deepEqual([state, value, trouble, ageMs, againMs], ["error", null, true, null, Infinity]);
  });
}

test("numbers that the server does not know either are an error after a while", () => {
  const numbers = countFrame({ people: null, source: "stale", timestamp: null });
  const unknown = { ...OPEN, numbers, confirmedMs: null, beganMs: NOW_MS };
  assert.equal(view(unknown).state, "loading");
  assert.equal(view(unknown, {}, NOW_MS + PATIENCE_MS).state, "error");
});

test("without network an unknown number is no error, and a known one never is", () => {
  const nowMs = NOW_MS + 3_600_000;
  const unknown = { ...DOWN, numbers: null, beganMs: NOW_MS };
  assert.equal(view({ ...unknown, online: false }, {}, nowMs).state, "offline");
  assert.equal(view({ ...DOWN, beganMs: NOW_MS }, {}, nowMs).state, "reconnecting");
});

test("a longer loss is told, with the age of the number", () => {
  const { state, value, trouble, ageMs } = view(DOWN, {}, NOW_MS + 30_000);
  assert.deepEqual([state, value, trouble, ageMs], ["reconnecting", 17, true, 30_000]);
});

test("a browser without network is told at once", () => {
  const { state, trouble, ageMs } = view({ ...DOWN, online: false }, {}, NOW_MS + 100);
  assert.deepEqual([state, trouble, ageMs], ["offline", true, 100]);
});

test("an open link is believed even when the browser thinks that it has no network", () => {
  assert.equal(view({ ...OPEN, online: false }).state, "live");
});

test("a number below the minimum gives way to words, an unknown one does not", () => {
  assert.equal(view(OPEN, { minimum: 18 }).below, true);
  assert.equal(view(OPEN, { minimum: 17 }).below, false);
  assert.equal(view({ ...OPEN, numbers: countFrame({ people: 0 }) }).below, true);
  assert.equal(view({ ...OPEN, numbers: null }, { minimum: 18 }).below, false);
});

test("numbers that the server itself made up are labelled", () => {
  const numbers = countFrame({ source: "simulated" });
  for (const link of [OPEN, DOWN, { ...DOWN, online: false }]) {
    const { state, value, trouble } = view({ ...link, numbers });
    assert.deepEqual([state, value, trouble], ["simulated", 17, true], "whatever the link");
  }
  assert.equal(view({ ...OPEN, numbers }, { simulated: 10_247 }).value, 10_247, "the page's own");
});

test("a simulated number shows only while no real one was ever known", () => {
  const unknown = countFrame({ people: null, active: 3 });
  for (const numbers of [null, unknown]) {
    const { state, value, second, below } = view({ ...OPEN, numbers }, { simulated: 0 });
    assert.deepEqual([state, value, second, below], ["simulated", 0, null, false]);
  }
  assert.equal(view(OPEN, { simulated: 10_247 }).value, 17);
  assert.equal(view({ ...DOWN, online: false }, { simulated: 10_247 }).value, 17);
});

test("a simulated number drifts by at most its increment and never below 0", () => {
  assert.equal(drift(100, 2, () => 0), 98);
  assert.equal(drift(100, 2, () => 0.999), 102);
  assert.equal(drift(100, 0, Math.random), 100);
  assert.equal(drift(1, 5, () => 0), 0);
});
