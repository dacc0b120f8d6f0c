import assert from "node:assert/strict";
import { test } from "node:test";

import {
  INITIAL_MAP,
  ORDER_MS,
  derivePlaces,
  deriveSitePoints,
  deriveStatus,
  reduceMap,
} from "../../static/live_user_counter/js/map/map-state.js";
import { MINUTES } from "../../static/live_user_counter/js/map/minute-series.js";
import { makeMapFrame } from "./map-frames.mjs";

const NOW_MS = 1_769_860_800_000;
const MINUTE = NOW_MS / 60_000;

/** Reduce frames that arrive at these times. */
const play = (...events) =>
  events.reduce((state, event) => reduceMap(state, { type: "frame", ...event }), INITIAL_MAP);
const people = (state) => Object.fromEntries(derivePlaces(state).map((row) => [row.place, row.people]));
const places = (state) => derivePlaces(state).map(({ place }) => place);
const frame = (counts, changes) => makeMapFrame(counts, changes);

test("the rows have the places of the frame, those with the most people first", () => {
  const state = play({ frame: frame({ "/": 5, "/a": 2 }), nowMs: 0 });

  assert.deepEqual(people(state), { "/": 5, "/a": 2 });
  assert.deepEqual(derivePlaces(state).map(({ percent }) => percent), [100, 40]);
});

test("the rows keep their order for some seconds", () => {
  const before = { frame: frame({ "/": 5, "/a": 2 }), nowMs: 0 };
  const changed = frame({ "/a": 9, "/": 5, "/new": 1 }, { version: 2 });

  const early = play(before, { frame: changed, nowMs: ORDER_MS - 1 });
  const late = play(before, { frame: changed, nowMs: ORDER_MS });

  assert.deepEqual(places(early), ["/", "/a", "/new"]);
  assert.deepEqual(people(early), { "/": 5, "/a": 9, "/new": 1 });
  assert.deepEqual(places(late), ["/a", "/", "/new"]);
});

test("time alone brings the rows into their order", () => {
  const state = play(
    { frame: frame({ "/": 5, "/a": 2 }), nowMs: 0 },
    { frame: frame({ "/a": 9, "/": 5 }, { version: 2 }), nowMs: 1_000 },
  );
  const tick = (nowMs, isHeld) => reduceMap(state, { type: "tick", nowMs, isHeld });

  assert.equal(tick(ORDER_MS - 1), state);
  assert.deepEqual(places(tick(ORDER_MS)), ["/a", "/"]);
});

test("while a row has the focus, the rows do not move", () => {
  const state = play(
    { frame: frame({ "/": 5, "/a": 2 }), nowMs: 0 },
    { frame: frame({ "/a": 9, "/": 5 }, { version: 2 }), nowMs: ORDER_MS, isHeld: true },
  );

  assert.deepEqual(places(state), ["/", "/a"]);
});

test("a place that has lost its people is 0 until the next order", () => {
  const state = play(
    { frame: frame({ "/": 5, "/a": 2 }), nowMs: 0 },
    { frame: frame({ "/": 5 }, { version: 2 }), nowMs: 1 },
  );

  assert.deepEqual(people(state), { "/": 5, "/a": 0 });
});

test("the people of a place that may be among the others are not shown twice", () => {
  const state = play(
    { frame: frame({ "/": 5, "/a": 2 }), nowMs: 0 },
    { frame: frame({ "/": 5, "/b": 3 }, { version: 2, other: 2 }), nowMs: 1 },
  );

  assert.deepEqual(people(state), { "/": 5, "/a": null, "/b": 3 });
});

test("the rows always add up with the other places and those elsewhere", () => {
  let state = INITIAL_MAP;
  for (let step = 0; step < 50; step += 1) {
    const counts = Object.fromEntries(
      Array.from({ length: (step * 7) % 9 }, (_, index) => [`/${(step + index) % 11}`, index + 1]),
    );
    const next = frame(counts, { version: step, other: step % 3, elsewhere: step % 5 });
    state = reduceMap(state, { type: "frame", frame: next, nowMs: step * 900 });

    const listed = derivePlaces(state).reduce((sum, row) => sum + (row.people ?? 0), 0);
    assert.equal(listed + next.other + next.elsewhere, next.people);
  }
});

test("an older frame changes nothing, and one of another epoch everything", () => {
  const state = play({ frame: frame({ "/": 5 }, { version: 7 }), nowMs: 0 });
  const next = (changes, isCached) =>
    reduceMap(state, { type: "frame", frame: frame({ "/": 1 }, changes), nowMs: 1, isCached });

  assert.equal(next({ version: 6 }), state);
  assert.equal(next({ version: 7, timestamp: "2026-01-31T11:59:59Z" }), state);
  assert.equal(next({ version: 1, epoch: "e2" }, true), state);
  assert.deepEqual(people(next({ version: 1, epoch: "e2" })), { "/": 1 });
  assert.deepEqual(people(next({ version: 7 })), { "/": 1 });
});

test("each minute has the last people that a frame brought", () => {
  const at = (minutes) => new Date(NOW_MS + minutes * 60_000).toISOString();
  const state = play(
    { frame: frame({ "/": 5 }, { version: 1, timestamp: at(0) }), nowMs: 0 },
    { frame: frame({ "/": 7 }, { version: 2, timestamp: at(0.5) }), nowMs: 0 },
    { frame: frame({ "/": 9 }, { version: 3, timestamp: at(2) }), nowMs: 0 },
  );

  assert.deepEqual(derivePlaces(state)[0].points.slice(-4), [null, 7, null, 9]);
  assert.deepEqual(deriveSitePoints(state).slice(-3), [7, null, 9]);
});

test("the minutes of the page come before those of the frames", () => {
  const stored = Array.from({ length: MINUTES }, (_, index) => index);
  const series = { last_minute: MINUTE - 1, people: stored, places: { "/": stored } };
  const loaded = reduceMap(INITIAL_MAP, { type: "series", series });
  const state = reduceMap(loaded, { type: "frame", frame: frame({ "/": 50 }), nowMs: 0 });

  assert.deepEqual(deriveSitePoints(state), [...stored.slice(1), 50]);
  assert.deepEqual(derivePlaces(state)[0].points, [...stored.slice(1), 50]);
});

test("stale numbers are not a sample of the minute", () => {
  const state = play({ frame: frame({ "/": 5 }, { source: "stale" }), nowMs: 0 });

  assert.deepEqual(deriveSitePoints(state), Array(MINUTES).fill(null));
});

test("the status follows the connection and the source", () => {
  const status = (changes) => {
    const state = { ...INITIAL_MAP, frame: frame({ "/": 5 }), receivedMs: 1_000, ...changes };
    return deriveStatus(state, 3_000);
  };

  assert.deepEqual(status({ connection: "open" }), { state: "live", ageMs: 2_000 });
  assert.equal(status({ connection: "waiting" }).state, "reconnecting");
  assert.equal(status({ connection: "connecting" }).state, "reconnecting");
  assert.equal(status({ connection: "connecting", receivedMs: null }).state, "connecting");
  assert.equal(status({ connection: "open", receivedMs: null }).state, "loading");
  assert.equal(status({ connection: "open", isRefused: true }).state, "error");
  const stale = frame({ "/": 5 }, { source: "stale" });
  assert.equal(status({ connection: "open", frame: stale }).state, "stale");
});

test("somebody who may not watch sees no numbers", () => {
  const state = play({ frame: frame({ "/": 5 }), nowMs: 0 });
  const refused = reduceMap(state, { type: "refused" });

  assert.deepEqual([refused.frame, derivePlaces(refused)], [null, []]);
  const again = reduceMap(refused, { type: "frame", frame: frame({ "/": 5 }), nowMs: 1 });
  assert.equal(again.isRefused, false);
});
