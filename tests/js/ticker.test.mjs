import assert from "node:assert/strict";
import { test } from "node:test";

import { Ticker, calmAge } from "../../static/landing/js/ticker.js";
import { ago } from "../../static/landing/js/words.js";
import { FakeWorld } from "./fake-world.mjs";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

for (const [ageMs, toldMs, leftMs] of [
  [0, 0, 10 * SECOND],
  [9_999, 0, 1],
  [38 * SECOND, 30 * SECOND, 2 * SECOND],
  [59_999, 50 * SECOND, 1],
  [MINUTE, MINUTE, MINUTE],
  [2.75 * MINUTE, 2 * MINUTE, 0.25 * MINUTE],
  [HOUR - 1, 59 * MINUTE, 1],
  [HOUR, HOUR, HOUR],
  [5.5 * HOUR, 5 * HOUR, 0.5 * HOUR],
  [DAY, DAY, DAY],
  [400.5 * DAY, 400 * DAY, 0.5 * DAY],
  [-5 * SECOND, 0, 15 * SECOND],
  [-2 * HOUR, 0, 2 * HOUR + 10 * SECOND],
]) {
  test(`an age of ${ageMs} ms is told as ${toldMs}, and that for ${leftMs}`, () => {
    assert.deepEqual(calmAge(ageMs), { ageMs: toldMs, leftMs });
  });
}

/** A text that tells how long ago something was, and every text that it ever had. */
function telling(ticker, sinceMs) {
  const texts = [];
  const write = (nowMs) => {
    const { ageMs, leftMs } = calmAge(nowMs - sinceMs);
    const text = ago(ageMs, "en");
    if (text !== texts.at(-1)) texts.push(text);
    return leftMs;
  };
  ticker.writers.add(write);
  return { texts, write };
}

test("a text is right through seconds, minutes and hours", () => {
  const world = new FakeWorld();
  const ticker = new Ticker(world);
  const { texts } = telling(ticker, world.now());
  ticker.tick();
  world.pass(2 * HOUR);
  assert.deepEqual(texts.slice(0, 8), [
    "now",
    "10 seconds ago",
    "20 seconds ago",
    "30 seconds ago",
    "40 seconds ago",
    "50 seconds ago",
    "1 minute ago",
    "2 minutes ago",
  ]);
  assert.deepEqual(texts.slice(-2), ["1 hour ago", "2 hours ago"]);
  assert.equal(texts.length, 6 + 59 + 2);
});

test("it wakes only when a text changes", () => {
  const world = new FakeWorld();
  const ticker = new Ticker(world);
  let wakes = 0;
  ticker.writers.add(() => {
    wakes += 1;
    return Infinity;
  });
  const { texts } = telling(ticker, world.now());
  ticker.tick();
  world.pass(HOUR);
  assert.equal(wakes, texts.length);
});

test("however many feeds there are, there is one timer: the next one's", () => {
  const world = new FakeWorld();
  const ticker = new Ticker(world);
  telling(ticker, world.now() - 3 * DAY - 23 * HOUR);
  telling(ticker, world.now() - 59 * SECOND);
  telling(ticker, world.now() - 5 * MINUTE);
  ticker.tick();
  ticker.tick();
  assert.deepEqual(world.clock.waitsMs, [1 * SECOND]);
});

test("a feed that goes takes its texts along, and the last one the timer", () => {
  const world = new FakeWorld();
  const ticker = new Ticker(world);
  const soon = telling(ticker, world.now());
  const later = telling(ticker, world.now() - 5 * HOUR);
  ticker.tick();
  ticker.writers.delete(soon.write);
  world.pass(10 * SECOND);
  assert.deepEqual(soon.texts, ["now"]);
  assert.deepEqual(world.clock.waitsMs, [HOUR - 10 * SECOND]);
  ticker.writers.delete(later.write);
  world.pass(HOUR);
  assert.deepEqual(later.texts, ["5 hours ago"]);
  assert.deepEqual(world.clock.waitsMs, []);
});

test("where nothing changes with time there is no timer", () => {
  const world = new FakeWorld();
  const ticker = new Ticker(world);
  ticker.writers.add(() => Infinity);
  ticker.tick();
  assert.deepEqual(world.clock.waitsMs, []);
});
