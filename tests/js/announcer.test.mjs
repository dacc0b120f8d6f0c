import assert from "node:assert/strict";
import { test } from "node:test";

import { ANNOUNCE_EVERY_MS, Announcer } from "../../static/landing/js/announcer.js";
import { FakeWorld } from "./fake-world.mjs";

function listening() {
  const world = new FakeWorld();
  const spoken = [];
  return { world, spoken, announcer: new Announcer((text) => spoken.push(text), world) };
}

test("many changes are one announcement, of the latest", () => {
  const { world, spoken, announcer } = listening();
  for (let people = 1; people <= 100; people += 1) {
    announcer.say(`${people} people`);
    world.pass(250);
  }
  world.pass(ANNOUNCE_EVERY_MS);
  assert.deepEqual(spoken, ["100 people"]);
});

test("two announcements are at least the interval apart", () => {
  const { world, announcer } = listening();
  const spokenMs = [];
  announcer.speak = () => spokenMs.push(world.clock.nowMs);
  for (let change = 0; change < 500; change += 1) {
    announcer.say("a change");
    world.pass(200);
  }
  assert.equal(spokenMs.length, 3);
  assert.equal(spokenMs[1] - spokenMs[0], ANNOUNCE_EVERY_MS);
});

test("after a quiet time a change is announced at once", () => {
  const { world, spoken, announcer } = listening();
  world.pass(10 * ANNOUNCE_EVERY_MS);
  announcer.say("somebody came");
  world.pass(0);
  assert.deepEqual(spoken, ["somebody came"]);
});

test("nothing is said without a change", () => {
  const { world, spoken } = listening();
  world.pass(10 * ANNOUNCE_EVERY_MS);
  assert.deepEqual(spoken, []);
});

test("a stopped announcer says nothing, and can speak again later", () => {
  const { world, spoken, announcer } = listening();
  announcer.say("too late");
  announcer.stop();
  assert.deepEqual(world.clock.waitsMs, []);
  announcer.say("in time");
  world.pass(ANNOUNCE_EVERY_MS);
  assert.deepEqual(spoken, ["in time"]);
});
