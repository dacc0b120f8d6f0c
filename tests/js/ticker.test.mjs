import assert from "node:assert/strict";
import { test } from "node:test";

import { Ticker } from "../../static/live_user_counter/js/elements/ticker.js";
import { formatAge, roundAge } from "../../static/live_user_counter/js/formatting.js";
import { FakeBrowser } from "./fake-browser.mjs";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Add an age to the ticker, and record each text that it had. */
function addAge(ticker, sinceMs) {
  const texts = [];
  const render = (nowMs) => {
    const { ageMs, validMs } = roundAge(nowMs - sinceMs);
    const text = formatAge(ageMs, "en");
    if (text !== texts.at(-1)) texts.push(text);
    return validMs;
  };
  ticker.renderers.add(render);
  return { texts, render };
}

test("an age stays correct through seconds, minutes, and hours", () => {
  const browser = new FakeBrowser();
  const ticker = new Ticker(browser);
  const { texts } = addAge(ticker, browser.now());
  ticker.tick();
  browser.advance(2 * HOUR);
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

test("the timer fires only when a text changes", () => {
  const browser = new FakeBrowser();
  const ticker = new Ticker(browser);
  let renders = 0;
  ticker.renderers.add(() => {
    renders += 1;
    return Infinity;
  });
  const { texts } = addAge(ticker, browser.now());
  ticker.tick();
  browser.advance(HOUR);
  assert.equal(renders, texts.length);
});

test("several feeds share one timer, for the next change", () => {
  const browser = new FakeBrowser();
  const ticker = new Ticker(browser);
  addAge(ticker, browser.now() - 3 * DAY - 23 * HOUR);
  addAge(ticker, browser.now() - 59 * SECOND);
  addAge(ticker, browser.now() - 5 * MINUTE);
  ticker.tick();
  ticker.tick();
  assert.deepEqual(browser.clock.delaysMs, [1 * SECOND]);
});

test("a removed feed is not rendered, and the last one stops the timer", () => {
  const browser = new FakeBrowser();
  const ticker = new Ticker(browser);
  const soon = addAge(ticker, browser.now());
  const later = addAge(ticker, browser.now() - 5 * HOUR);
  ticker.tick();
  ticker.renderers.delete(soon.render);
  browser.advance(10 * SECOND);
  assert.deepEqual(soon.texts, ["now"]);
  assert.deepEqual(browser.clock.delaysMs, [HOUR - 10 * SECOND]);
  ticker.renderers.delete(later.render);
  browser.advance(HOUR);
  assert.deepEqual(later.texts, ["5 hours ago"]);
  assert.deepEqual(browser.clock.delaysMs, []);
});

test("without a changing text, there is no timer", () => {
  const browser = new FakeBrowser();
  const ticker = new Ticker(browser);
  ticker.renderers.add(() => Infinity);
  ticker.tick();
  assert.deepEqual(browser.clock.delaysMs, []);
});
