import assert from "node:assert/strict";
import { test } from "node:test";

import { INITIAL_COUNTER, getAge, isCurrent, reduceCounter } from "../../static/live_user_counter/js/state/counter-state.js";
import { makeCountFrame, makePlaceCountFrame } from "./fake-browser.mjs";

const SECOND = 1_000;
const AS_OF_MS = Date.parse(makeCountFrame().timestamp);

const reduce = (...events) => events.reduce(reduceCounter, INITIAL_COUNTER);
const snapshot = (changes, nowMs = AS_OF_MS) => ({
  type: "snapshot",
  snapshot: makeCountFrame(changes),
  nowMs,
});
/** The snapshot of a page, which a cache can have kept. */
const cached = (changes, nowMs) => ({ ...snapshot(changes, nowMs), isCached: true });
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

test("a stale snapshot is as old as its timestamp", () => {
  const nowMs = AS_OF_MS + 90 * SECOND;
  assert.equal(getAge(reduce(snapshot({ source: "stale" }, nowMs)), nowMs), 90 * SECOND);
});

test("a fast browser clock does not make a stale snapshot older", () => {
  const wrongBy = 3_600 * SECOND;
  const live = snapshot({}, AS_OF_MS + wrongBy);
  const nowMs = AS_OF_MS + wrongBy + 60 * SECOND;
  const stale = snapshot({ source: "stale", timestamp: at(20 * SECOND) }, nowMs);
  assert.equal(getAge(reduce(live, stale), nowMs), 40 * SECOND);
});

test("a slow frame does not change the clock skew", () => {
  const prompt = snapshot({}, AS_OF_MS);
  const slow = snapshot({ version: 101, timestamp: at(SECOND) }, AS_OF_MS + 30 * SECOND);
  const nowMs = AS_OF_MS + 60 * SECOND;
  const stale = snapshot({ version: 101, source: "stale", timestamp: at(2 * SECOND) }, nowMs);
  assert.equal(getAge(reduce(prompt, slow, stale), nowMs), 58 * SECOND);
});

for (const event of [snapshot, cached]) {
  test(`with a slow browser clock, the age of a ${event.name} counts from its arrival`, () => {
    const nowMs = AS_OF_MS - 7_200 * SECOND;
    const state = reduce(event({ source: "stale" }, nowMs));
    assert.equal(getAge(state, nowMs), 0);
    assert.equal(getAge(state, nowMs + 60 * SECOND), 60 * SECOND);
  });
}

test("the snapshot of a page is as old as its timestamp, not as the page's arrival", () => {
  const nowMs = AS_OF_MS + 90 * SECOND;
  assert.equal(getAge(reduce(cached({}, nowMs)), nowMs), 90 * SECOND);
});

test("a page that was saved a year ago is a year old, and not older than the product", () => {
  const dayMs = 86_400 * SECOND;
  for (const [days, ageMs] of [[365, 365 * dayMs], [36_500, null]]) {
    const nowMs = AS_OF_MS + days * dayMs;
    assert.equal(getAge(reduce(cached({}, nowMs)), nowMs), ageMs);
  }
});

test("a snapshot without a time has no age", () => {
  const unknown = cached({ people: null, version: 0, timestamp: null, source: "stale" }, AS_OF_MS);
  assert.equal(getAge(reduce(), AS_OF_MS), null);
  assert.equal(getAge(reduce(unknown), AS_OF_MS), null);
});

for (const wrongBy of [-7_200 * SECOND, 0, 7_200 * SECOND]) {
  test(`with a clock wrong by ${wrongBy} ms, an answer of the server dates the page's snapshot`, () => {
    const pageMs = AS_OF_MS + wrongBy + 30 * SECOND;
    const answer = snapshot({ timestamp: at(60 * SECOND), version: 99 }, pageMs + 30 * SECOND);
    const state = reduce(cached({}, pageMs), answer);
    assert.equal(state.snapshot.version, 100, "the answer of a server that is behind");
    assert.equal(getAge(state, pageMs + 30 * SECOND), 60 * SECOND);
  });

  test(`with a clock wrong by ${wrongBy} ms, a live frame is new and then ages`, () => {
    const nowMs = AS_OF_MS + wrongBy;
    const state = reduce(cached({}, nowMs - SECOND), snapshot({ version: 101 }, nowMs));
    assert.equal(getAge(state, nowMs + 5 * SECOND), 5 * SECOND);
  });
}

test("a browser clock that is set forward does not make later snapshots older", () => {
  const setBy = 3_600 * SECOND;
  const before = snapshot({}, AS_OF_MS - setBy);
  const after = snapshot({ version: 101, timestamp: at(60 * SECOND) }, AS_OF_MS + 60 * SECOND);
  const nowMs = AS_OF_MS + 90 * SECOND;
  const stale = snapshot({ version: 102, source: "stale", timestamp: at(70 * SECOND) }, nowMs);
  assert.equal(getAge(reduce(before, after, stale), nowMs), 20 * SECOND);
});

const OTHER = { epoch: "e2", version: 5, people: 3, timestamp: at(-3_600 * SECOND) };

test("the connected server's epoch replaces the snapshot, whatever version, time, and source", () => {
  for (const source of ["live", "stale"]) {
    const frame = snapshot({ ...OTHER, source });
    assert.equal(reduce(connection("open"), snapshot(), frame).snapshot.people, 3);
  }
});

test("versions are compared again within the new epoch", () => {
  const state = reduce(connection("open"), snapshot(), snapshot(OTHER), snapshot({ ...OTHER, version: 4, people: 9 }));
  assert.equal(state.snapshot.people, 3);
});

test("a live answer of the API with another epoch replaces the snapshot", () => {
  assert.equal(reduce(snapshot(), snapshot(OTHER)).snapshot.people, 3);
});

test("a server that has lost the others does not bring back its old epoch", () => {
  const lost = snapshot({ ...OTHER, source: "stale" });
  assert.equal(reduce(snapshot(), lost, lost).snapshot.people, 17);
  assert.equal(reduce(snapshot({ source: "stale" }), lost).snapshot.people, 3, "neither is live");
});

test("a cached snapshot of another epoch does not replace a known one", () => {
  const state = reduce(connection("open"), snapshot(), cached({ ...OTHER, version: 999 }));
  assert.equal(state.snapshot.people, 17);
});

test("without an epoch, as from an earlier release, the version decides", () => {
  for (const [version, people] of [[99, 17], [101, 3]]) {
    const old = snapshot({ epoch: undefined, version, people: 3 });
    assert.equal(reduce(connection("open"), snapshot(), old).snapshot.people, people);
    assert.equal(reduce(connection("open"), old, snapshot()).snapshot.people, people);
  }
});

test("an unknown snapshot of a new process does not replace a known one", () => {
  const unknown = { people: null, version: 0, timestamp: null, source: "stale", epoch: null };
  for (const known of [snapshot(), snapshot({ source: "stale" })]) {
    assert.equal(reduce(connection("open"), known, snapshot(unknown)).snapshot.people, 17);
  }
});

test("after a disconnect, a live snapshot dates from the last message", () => {
  const lost = connection("waiting", AS_OF_MS + 40 * SECOND, AS_OF_MS + 10 * SECOND);
  const state = reduce(connection("open"), snapshot(), lost);
  assert.equal(state.confirmedMs, AS_OF_MS + 10 * SECOND);
  assert.equal(state.downSinceMs, AS_OF_MS + 40 * SECOND);
});

test("a disconnect does not make a stale snapshot younger", () => {
  const stale = snapshot({ source: "stale" }, AS_OF_MS + 5 * SECOND);
  const nowMs = AS_OF_MS + 40 * SECOND;
  assert.equal(getAge(reduce(connection("open"), stale, connection("waiting", nowMs)), nowMs), 40 * SECOND);
});

test("a connection that sends nothing does not make the snapshot of a page younger", () => {
  const openedMs = AS_OF_MS + 90 * SECOND;
  const silent = [cached({}, openedMs), connection("connecting", openedMs), connection("open", openedMs)];
  const nowMs = openedMs + 30 * SECOND;
  for (const state of [reduce(...silent), reduce(...silent, connection("waiting", nowMs, openedMs))]) {
    assert.equal(isCurrent(state), false);
    assert.deepEqual([state.hasConnected, state.downSinceMs], [true, openedMs]);
    assert.equal(getAge(state, nowMs), 120 * SECOND);
  }
});

test("a frame with the counts of the page confirms them, also with a clock that is set back", () => {
  const open = [cached({}, AS_OF_MS + 90 * SECOND), connection("open", AS_OF_MS + 90 * SECOND)];
  for (const [changes, nowMs] of [[{}, AS_OF_MS + 91 * SECOND], [{ version: 99 }, AS_OF_MS - 60 * SECOND]]) {
    const state = reduce(...open, snapshot(changes, nowMs));
    assert.equal(isCurrent(state), true);
    assert.deepEqual([state.snapshot.version, state.hasConnected], [100, true]);
    assert.equal(getAge(state, nowMs + 5 * SECOND), 5 * SECOND);
  }
});

test("after a reconnect, the old snapshot waits for the server, and another page's cannot confirm it", () => {
  const state = reduce(connection("open"), snapshot(), connection("waiting"), connection("open"));
  assert.equal(isCurrent(state), false);
  assert.equal(isCurrent(reduceCounter(state, cached({ version: 101 }, AS_OF_MS))), false);
  assert.equal(isCurrent(reduceCounter(state, snapshot())), true);
  const stale = snapshot({ version: 101, source: "stale" });
  assert.equal(isCurrent(reduceCounter(state, stale)), true, "the frame shows its own age");
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

const here = (changes, isCached) => ({ type: "here", here: makePlaceCountFrame(changes), isCached });

test("a newer or equal version replaces the count of a place, and an older one does not", () => {
  const count = (...events) => reduce(...events).here.people;
  assert.equal(reduce().here, null);
  assert.equal(count(here(), here({ version: 101, people: 13 })), 13);
  assert.equal(count(here(), here({ people: 13 })), 13, "a person who moves does not raise it");
  assert.equal(count(here(), here({ version: 99, people: 13 })), 12);
});

test("the count of another place replaces any", () => {
  const state = reduce(here(), here({ place: "/blog", version: 99, people: 3 }, true));
  assert.deepEqual([state.here.place, state.here.people], ["/blog", 3]);
});

test("a count of another epoch comes from the connection, not from a cached page", () => {
  const other = { epoch: "e2", version: 7, people: 3 };
  assert.equal(reduce(here(), here(other)).here.people, 3);
  assert.equal(reduce(here(), here(other, true)).here.people, 12);
});
