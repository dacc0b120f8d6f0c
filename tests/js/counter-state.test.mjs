import assert from "node:assert/strict";
import { test } from "node:test";

import { INITIAL_COUNTER, reduceCounter } from "../../static/landing/js/state/counter-state.js";
import { makeCountFrame } from "./fake-browser.mjs";

const SECOND = 1_000;
const AS_OF_MS = Date.parse(makeCountFrame().timestamp);

const reduce = (...events) => events.reduce(reduceCounter, INITIAL_COUNTER);
const snapshot = (changes, nowMs = AS_OF_MS) => ({
  type: "snapshot",
  snapshot: makeCountFrame(changes),
  nowMs,
});
const connection = (to, nowMs = AS_OF_MS, lastReceivedMs = nowMs) => ({
  type: "connection",
  connection: to,
  nowMs,
  lastReceivedMs,
});
const at = (ms) => new Date(AS_OF_MS + ms).toISOString();

test("the first snapshot is accepted with any version", () => {
  assert.equal(reduce(snapshot({ version: 0 })).snapshot.people, 17);
});

test("a higher version replaces the snapshot", () => {
  assert.equal(reduce(snapshot(), snapshot({ version: 101, people: 18 })).snapshot.people, 18);
});

test("a lower version is dropped, even with a later timestamp", () => {
  const late = snapshot({ version: 99, people: 3, timestamp: at(60 * SECOND) });
  assert.equal(reduce(snapshot(), late).snapshot.people, 17);
});

test("an equal version with a later timestamp replaces the snapshot", () => {
  const state = reduce(snapshot(), snapshot({ source: "stale", timestamp: at(SECOND) }));
  assert.equal(state.snapshot.source, "stale");
});

test("an equal version with an earlier timestamp is dropped", () => {
  const state = reduce(snapshot(), snapshot({ source: "stale", timestamp: at(-SECOND) }));
  assert.equal(state.snapshot.source, "live");
});

test("an equal version and timestamp can change the source", () => {
  assert.equal(reduce(snapshot(), snapshot({ source: "stale" })).snapshot.source, "stale");
});

test("a duplicate frame changes nothing", () => {
  const state = reduce(snapshot());
  assert.equal(reduceCounter(state, snapshot()), state);
});

test("an unknown snapshot does not replace a known one", () => {
  const unknown = snapshot({ people: null, version: 0, timestamp: null, source: "stale" });
  assert.equal(reduce(snapshot(), unknown).snapshot.people, 17);
  assert.equal(reduce(unknown, snapshot()).snapshot.people, 17);
  assert.equal(reduce(unknown).confirmedMs, null);
});

test("a live snapshot is confirmed when it arrives", () => {
  const nowMs = AS_OF_MS + 3 * SECOND;
  assert.equal(reduce(snapshot({}, nowMs)).confirmedMs, nowMs);
});

test("a stale snapshot was confirmed at its timestamp", () => {
  const state = reduce(snapshot({ source: "stale" }, AS_OF_MS + 90 * SECOND));
  assert.equal(state.confirmedMs, AS_OF_MS);
});

test("a fast browser clock does not make a stale snapshot older", () => {
  const wrongBy = 3_600 * SECOND;
  const live = snapshot({}, AS_OF_MS + wrongBy);
  const nowMs = AS_OF_MS + wrongBy + 60 * SECOND;
  const stale = snapshot({ source: "stale", timestamp: at(20 * SECOND) }, nowMs);
  assert.equal(nowMs - reduce(live, stale).confirmedMs, 40 * SECOND);
});

test("a slow frame does not change the clock skew", () => {
  const prompt = snapshot({}, AS_OF_MS);
  const slow = snapshot({ version: 101, timestamp: at(SECOND) }, AS_OF_MS + 30 * SECOND);
  const nowMs = AS_OF_MS + 60 * SECOND;
  const stale = snapshot({ version: 101, source: "stale", timestamp: at(2 * SECOND) }, nowMs);
  assert.equal(nowMs - reduce(prompt, slow, stale).confirmedMs, 58 * SECOND);
});

test("a slow browser clock does not date a snapshot in the future", () => {
  const nowMs = AS_OF_MS - 60 * SECOND;
  assert.equal(reduce(snapshot({ source: "stale" }, nowMs)).confirmedMs, nowMs);
});

test("after a disconnect, a live snapshot dates from the last message", () => {
  const lost = connection("waiting", AS_OF_MS + 40 * SECOND, AS_OF_MS + 10 * SECOND);
  const state = reduce(connection("open"), snapshot(), lost);
  assert.equal(state.confirmedMs, AS_OF_MS + 10 * SECOND);
  assert.equal(state.downSinceMs, AS_OF_MS + 40 * SECOND);
});

test("a disconnect does not make a stale snapshot younger", () => {
  const stale = snapshot({ source: "stale" }, AS_OF_MS + 5 * SECOND);
  const state = reduce(connection("open"), stale, connection("waiting", AS_OF_MS + 40 * SECOND));
  assert.equal(state.confirmedMs, AS_OF_MS);
});

test("failed attempts do not change the time of the disconnect", () => {
  const state = reduce(
    connection("open"),
    connection("waiting", AS_OF_MS),
    connection("connecting", AS_OF_MS + SECOND),
    connection("waiting", AS_OF_MS + 2 * SECOND),
  );
  assert.equal(state.downSinceMs, AS_OF_MS);
  assert.equal(state.hasConnected, true);
});

test("a page restored from the browser cache starts again", () => {
  const state = reduce(connection("open"), connection("idle"), connection("connecting", AS_OF_MS + 600 * SECOND));
  assert.equal(state.hasConnected, false);
  assert.equal(state.downSinceMs, AS_OF_MS + 600 * SECOND);
});

test("reconnects do not change the start time", () => {
  const restarts = ["connecting", "open", "waiting", "connecting", "open", "waiting"];
  const events = restarts.map((to, index) => connection(to, AS_OF_MS + index * SECOND));
  assert.equal(reduce().startedMs, Infinity);
  assert.equal(reduce(...events).startedMs, AS_OF_MS);
  assert.equal(reduce(...events, connection("idle")).startedMs, Infinity);
  const later = AS_OF_MS + 600 * SECOND;
  assert.equal(reduce(...events, connection("idle"), connection("connecting", later)).startedMs, later);
});

test("an equal network or connection state changes nothing", () => {
  const state = reduce(connection("open"), { type: "network", isOnline: false });
  assert.equal(state.isOnline, false);
  assert.equal(reduceCounter(state, { type: "network", isOnline: false }), state);
  assert.equal(reduceCounter(state, connection("open")), state);
});
