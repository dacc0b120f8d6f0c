import assert from "node:assert/strict";
import { test } from "node:test";

import { INITIAL_COUNTER, reduceCounter } from "../../static/landing/js/stores/counter-store.js";
import { countFrame } from "./fake-world.mjs";

const SECOND = 1_000;
const AS_OF_MS = Date.parse(countFrame().timestamp);

/** The state after these events. */
const after = (...events) => events.reduce(reduceCounter, INITIAL_COUNTER);
const numbers = (changes, nowMs = AS_OF_MS) => ({ type: "numbers", numbers: countFrame(changes), nowMs });
const link = (to, nowMs = AS_OF_MS, heardMs = nowMs) => ({ type: "link", link: to, nowMs, heardMs });
const at = (ms) => new Date(AS_OF_MS + ms).toISOString();

test("the first numbers are taken whatever their version", () => {
  assert.equal(after(numbers({ version: 0 })).numbers.people, 17);
});

test("a higher version replaces", () => {
  assert.equal(after(numbers(), numbers({ version: 101, people: 18 })).numbers.people, 18);
});

test("a lower version is dropped, however new it looks", () => {
  const late = numbers({ version: 99, people: 3, timestamp: at(60 * SECOND) });
  assert.equal(after(numbers(), late).numbers.people, 17);
});

test("an equal version with a newer timestamp replaces", () => {
  const state = after(numbers(), numbers({ source: "stale", timestamp: at(SECOND) }));
  assert.equal(state.numbers.source, "stale");
});

test("an equal version with an older timestamp is dropped", () => {
  const state = after(numbers(), numbers({ source: "stale", timestamp: at(-SECOND) }));
  assert.equal(state.numbers.source, "live");
});

test("the same numbers of the same moment may change their source", () => {
  assert.equal(after(numbers(), numbers({ source: "stale" })).numbers.source, "stale");
});

test("the same frame again changes nothing", () => {
  const state = after(numbers());
  assert.equal(reduceCounter(state, numbers()), state);
});

test("numbers that nobody knows do not replace known ones", () => {
  const unknown = numbers({ people: null, version: 0, timestamp: null, source: "stale" });
  assert.equal(after(numbers(), unknown).numbers.people, 17);
  assert.equal(after(unknown, numbers()).numbers.people, 17);
  assert.equal(after(unknown).confirmedMs, null);
});

test("live numbers are true when they arrive", () => {
  const nowMs = AS_OF_MS + 3 * SECOND;
  assert.equal(after(numbers({}, nowMs)).confirmedMs, nowMs);
});

test("stale numbers were true at their timestamp", () => {
  const state = after(numbers({ source: "stale" }, AS_OF_MS + 90 * SECOND));
  assert.equal(state.confirmedMs, AS_OF_MS);
});

test("a browser's clock that is wrong does not make stale numbers older", () => {
  const wrongBy = 3_600 * SECOND;
  const live = numbers({}, AS_OF_MS + wrongBy);
  const nowMs = AS_OF_MS + wrongBy + 60 * SECOND;
  const stale = numbers({ source: "stale", timestamp: at(20 * SECOND) }, nowMs);
  assert.equal(nowMs - after(live, stale).confirmedMs, 40 * SECOND);
});

test("a frame that was long under way does not make the browser's clock look wrong", () => {
  const prompt = numbers({}, AS_OF_MS);
  const slow = numbers({ version: 101, timestamp: at(SECOND) }, AS_OF_MS + 30 * SECOND);
  const nowMs = AS_OF_MS + 60 * SECOND;
  const stale = numbers({ version: 101, source: "stale", timestamp: at(2 * SECOND) }, nowMs);
  assert.equal(nowMs - after(prompt, slow, stale).confirmedMs, 58 * SECOND);
});

test("a browser's clock that is behind does not make stale numbers younger than now", () => {
  const nowMs = AS_OF_MS - 60 * SECOND;
  assert.equal(after(numbers({ source: "stale" }, nowMs)).confirmedMs, nowMs);
});

test("a lost link leaves live numbers as old as the last word of the server", () => {
  const lost = link("waiting", AS_OF_MS + 40 * SECOND, AS_OF_MS + 10 * SECOND);
  const state = after(link("open"), numbers(), lost);
  assert.equal(state.confirmedMs, AS_OF_MS + 10 * SECOND);
  assert.equal(state.downSinceMs, AS_OF_MS + 40 * SECOND);
});

test("a lost link does not make stale numbers younger", () => {
  const stale = numbers({ source: "stale" }, AS_OF_MS + 5 * SECOND);
  const state = after(link("open"), stale, link("waiting", AS_OF_MS + 40 * SECOND));
  assert.equal(state.confirmedMs, AS_OF_MS);
});

test("further attempts do not move the moment of the loss", () => {
  const state = after(
    link("open"),
    link("waiting", AS_OF_MS),
    link("connecting", AS_OF_MS + SECOND),
    link("waiting", AS_OF_MS + 2 * SECOND),
  );
  assert.equal(state.downSinceMs, AS_OF_MS);
  assert.equal(state.everOpen, true);
});

test("a page that comes back from the browser's cache begins afresh", () => {
  const state = after(link("open"), link("idle"), link("connecting", AS_OF_MS + 600 * SECOND));
  assert.equal(state.everOpen, false);
  assert.equal(state.downSinceMs, AS_OF_MS + 600 * SECOND);
});

test("it knows since when the link is wanted, whatever happens to it", () => {
  const restarts = ["connecting", "open", "waiting", "connecting", "open", "waiting"];
  const events = restarts.map((to, index) => link(to, AS_OF_MS + index * SECOND));
  assert.equal(after().beganMs, Infinity);
  assert.equal(after(...events).beganMs, AS_OF_MS);
  assert.equal(after(...events, link("idle")).beganMs, Infinity);
  const later = AS_OF_MS + 600 * SECOND;
  assert.equal(after(...events, link("idle"), link("connecting", later)).beganMs, later);
});

test("network and link say so only when they change", () => {
  const state = after(link("open"), { type: "network", online: false });
  assert.equal(state.online, false);
  assert.equal(reduceCounter(state, { type: "network", online: false }), state);
  assert.equal(reduceCounter(state, link("open")), state);
});
