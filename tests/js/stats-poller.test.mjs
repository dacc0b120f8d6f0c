import assert from "node:assert/strict";
import { test } from "node:test";

import { JITTER, StatsPoller } from "../../static/landing/js/stats-poller.js";
import { FakeWorld, settled, statsText } from "./fake-world.mjs";

const INTERVAL_MS = 30_000;
const answers = (status, body) => async () => ({ ok: status === 200, status, text: async () => body });

function polling() {
  const world = new FakeWorld();
  world.chance = 0.5;
  const poller = new StatsPoller("/api/landing/stats/", world);
  const received = [];
  poller.every(INTERVAL_MS);
  poller.onStats = (body) => received.push(body);
  return { world, poller, received };
}

test("it does not ask before it is wanted", () => {
  const { world } = polling();
  world.pass(10 * INTERVAL_MS);
  assert.deepEqual(world.requests, []);
});

test("it asks after an interval, and again after each answer", async () => {
  const { world, poller, received } = polling();
  world.answer = answers(200, statsText());
  poller.when(true);
  world.pass(INTERVAL_MS - 1);
  assert.equal(world.requests.length, 0);
  for (const rounds of [1, 2, 3]) {
    world.pass(INTERVAL_MS);
    await settled();
    assert.equal(world.requests.length, rounds);
  }
  assert.deepEqual(received, [statsText(), statsText(), statsText()]);
  assert.equal(world.requests[0], "/api/landing/stats/");
});

test("the wait is up to a share shorter or longer", () => {
  for (const [chance, waitMs] of [
    [0, INTERVAL_MS * (1 - JITTER)],
    [1, INTERVAL_MS * (1 + JITTER)],
  ]) {
    const { world, poller } = polling();
    world.chance = chance;
    poller.when(true);
    assert.deepEqual(world.clock.waitsMs, [waitMs]);
  }
});

test("wanting it twice asks once", () => {
  const { world, poller } = polling();
  poller.when(true);
  poller.when(true);
  world.pass(INTERVAL_MS);
  assert.equal(world.requests.length, 1);
});

test("it stops as soon as it is not wanted", () => {
  const { world, poller } = polling();
  poller.when(true);
  poller.when(false);
  assert.deepEqual(world.clock.waitsMs, []);
});

test("an answer that comes after it was stopped is not used", async () => {
  const { world, poller, received } = polling();
  world.answer = answers(200, statsText());
  poller.when(true);
  world.pass(INTERVAL_MS);
  poller.when(false);
  await settled();
  assert.deepEqual(received, []);
  assert.deepEqual(world.clock.waitsMs, []);
});

test("stopping and starting during a request does not ask twice as often", async () => {
  const { world, poller } = polling();
  world.answer = answers(200, statsText());
  poller.when(true);
  world.pass(INTERVAL_MS);
  poller.when(false);
  poller.when(true);
  await settled();
  assert.equal(world.clock.waitsMs.length, 1);
});

for (const [what, answer] of [
  ["a network failure", () => Promise.reject(new TypeError("no network"))],
  ["a refusal", answers(429, "slow down")],
  ["an answer that breaks off", async () => ({ ok: true, text: () => Promise.reject(new TypeError()) })],
]) {
  test(`${what} is no answer, and it asks again`, async () => {
    const { world, poller, received } = polling();
    world.answer = answer;
    poller.when(true);
    world.pass(INTERVAL_MS);
    await settled();
    assert.deepEqual(received, []);
    assert.deepEqual(world.clock.waitsMs, [INTERVAL_MS]);
  });
}

test("an interval that changes counts at once, also where there was none", () => {
  const { world, poller } = polling();
  poller.every(Infinity);
  poller.when(true);
  poller.every(INTERVAL_MS);
  assert.deepEqual(world.clock.waitsMs, [INTERVAL_MS]);
  world.pass(INTERVAL_MS / 2);
  poller.every(2 * INTERVAL_MS);
  poller.every(2 * INTERVAL_MS);
  assert.deepEqual(world.clock.waitsMs, [2 * INTERVAL_MS]);
});

test("without an interval it never asks", () => {
  const { world, poller } = polling();
  poller.every(Infinity);
  poller.when(true);
  assert.deepEqual(world.clock.waitsMs, []);
});
