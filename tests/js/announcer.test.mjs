import assert from "node:assert/strict";
import { test } from "node:test";

import {
  ANNOUNCE_EVERY_MS,
  Announcer,
  LARGE_COUNT,
  LARGE_SHARE,
} from "../../static/landing/js/announcer.js";
import { FakeWorld } from "./fake-world.mjs";

const WELL = { value: 17, below: false, trouble: false, state: "live" };

/** Somebody who knows what the page said at first. */
function listening(first = {}) {
  const world = new FakeWorld();
  const spoken = [];
  const announcer = new Announcer((text) => spoken.push(text), world);
  const shows = (changes) => {
    const shown = { ...WELL, ...changes };
    announcer.consider(shown, `${shown.value} ${shown.state}`);
  };
  shows(first);
  return { world, spoken, announcer, shows };
}

test("many changes are one announcement, of the latest", () => {
  const { world, spoken, shows } = listening();
  for (let value = 18; value <= 117; value += 1) {
    shows({ value });
    world.pass(250);
  }
  world.pass(ANNOUNCE_EVERY_MS);
  assert.deepEqual(spoken, ["117 live"]);
});

test("two announcements are at least the interval apart", () => {
  const { world, announcer, shows } = listening();
  const spokenMs = [];
  announcer.speak = () => spokenMs.push(world.clock.nowMs);
  for (let change = 0; change < 500; change += 1) {
    shows({ value: 10 * change });
    world.pass(200);
  }
  assert.equal(spokenMs.length, 3);
  assert.equal(spokenMs[1] - spokenMs[0], ANNOUNCE_EVERY_MS);
});

test("after a quiet time a large change is announced at once", () => {
  const { world, spoken, shows } = listening();
  world.pass(10 * ANNOUNCE_EVERY_MS);
  shows({ value: 40 });
  world.pass(0);
  assert.deepEqual(spoken, ["40 live"]);
});

test("nothing is said without a change", () => {
  const { world, spoken, shows } = listening();
  shows({});
  world.pass(10 * ANNOUNCE_EVERY_MS);
  assert.deepEqual(spoken, []);
  assert.deepEqual(world.clock.waitsMs, []);
});

for (const [was, is, said] of [
  [17, 17 + LARGE_COUNT - 1, false],
  [17, 17 + LARGE_COUNT, true],
  [17, 17 - LARGE_COUNT, true],
  [1_000, 1_000 * (1 + LARGE_SHARE) - 1, false],
  [1_000, 1_000 * (1 + LARGE_SHARE), true],
  [1_000, 1_000 * (1 - LARGE_SHARE), true],
  [null, 1, true],
  [1, null, true],
]) {
  test(`from ${was} to ${is} is ${said ? "" : "not "}worth a word`, () => {
    const { world, spoken, shows } = listening({ value: was });
    shows({ value: is });
    world.pass(ANNOUNCE_EVERY_MS);
    assert.equal(spoken.length, said ? 1 : 0);
  });
}

for (const [what, from, to] of [
  ["a number that gives way to words", {}, { below: true, value: 16 }],
  ["words that give way to a number", { below: true, value: 16 }, {}],
  ["trouble", {}, { trouble: true, state: "reconnecting" }],
  ["the end of trouble", { trouble: true, state: "offline" }, {}],
  ["another trouble", { trouble: true, state: "reconnecting" }, { trouble: true, state: "offline" }],
]) {
  test(`${what} is worth a word`, () => {
    const { world, spoken, shows } = listening(from);
    shows(to);
    world.pass(ANNOUNCE_EVERY_MS);
    assert.equal(spoken.length, 1);
  });
}

test("a number behind words is nobody's business", () => {
  const { world, spoken, shows } = listening({ below: true, value: 1 });
  shows({ below: true, value: 90 });
  world.pass(ANNOUNCE_EVERY_MS);
  assert.deepEqual(spoken, []);
});

test("small changes that add up are announced", () => {
  const { world, spoken, shows } = listening();
  for (const value of [18, 19, 20, 21, 22]) {
    shows({ value });
    world.pass(ANNOUNCE_EVERY_MS);
  }
  assert.deepEqual(spoken, ["22 live"]);
});

test("what has passed before it could be said is not said", () => {
  const { world, spoken, shows } = listening();
  shows({ trouble: true, state: "reconnecting" });
  world.pass(ANNOUNCE_EVERY_MS - 1);
  shows({});
  world.pass(ANNOUNCE_EVERY_MS);
  assert.deepEqual(spoken, []);
});

test("a stopped announcer says nothing, and can speak again later", () => {
  const { world, spoken, announcer, shows } = listening();
  shows({ value: 50 });
  announcer.stop();
  assert.deepEqual(world.clock.waitsMs, []);
  shows({ value: 60 });
  world.pass(ANNOUNCE_EVERY_MS);
  assert.deepEqual(spoken, ["60 live"]);
});
