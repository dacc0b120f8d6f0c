import assert from "node:assert/strict";
import { test } from "node:test";

import {
  MIN_INTERVAL_MS,
  CounterAnnouncer,
  MIN_CHANGE,
  MIN_CHANGE_RATIO,
} from "../../static/live_user_counter/js/elements/counter-announcer.js";
import { FakeBrowser } from "./fake-browser.mjs";

const LIVE = { value: 17, isBelow: false, hasProblem: false, state: "live" };

/** Create an announcer after its first update. */
function createAnnouncer(initial = {}) {
  const browser = new FakeBrowser();
  const texts = [];
  const textsMs = [];
  const announcer = new CounterAnnouncer((text) => {
    texts.push(text);
    textsMs.push(browser.now());
  }, browser);
  const update = (changes) => {
    const view = { ...LIVE, ...changes };
    announcer.update(view, (last) => `${view.value} ${view.state}, ${last.value} before`);
  };
  update(initial);
  return { browser, texts, textsMs, announcer, update };
}

test("many changes become one announcement of the latest view", () => {
  const { browser, texts, update } = createAnnouncer();
  for (let value = 18; value <= 117; value += 1) {
    update({ value });
    browser.advance(250);
  }
  browser.advance(MIN_INTERVAL_MS);
  assert.deepEqual(texts, ["117 live, 17 before"]);
});

test("announcements are at least one interval apart", () => {
  const { browser, textsMs, update } = createAnnouncer();
  for (let change = 0; change < 500; change += 1) {
    update({ value: 10 * change });
    browser.advance(200);
  }
  assert.equal(textsMs.length, 3);
  assert.equal(textsMs[1] - textsMs[0], MIN_INTERVAL_MS);
});

test("after a quiet interval, a significant change is announced at once", () => {
  const { browser, texts, update } = createAnnouncer();
  browser.advance(10 * MIN_INTERVAL_MS);
  update({ value: 40 });
  browser.advance(0);
  assert.deepEqual(texts, ["40 live, 17 before"]);
});

test("without a change, nothing is announced", () => {
  const { browser, texts, update } = createAnnouncer();
  update({});
  browser.advance(10 * MIN_INTERVAL_MS);
  assert.deepEqual(texts, []);
  assert.deepEqual(browser.clock.delaysMs, []);
});

for (const [from, to, isAnnounced] of [
  [17, 17 + MIN_CHANGE - 1, false],
  [17, 17 + MIN_CHANGE, true],
  [17, 17 - MIN_CHANGE, true],
  [1_000, 1_000 * (1 + MIN_CHANGE_RATIO) - 1, false],
  [1_000, 1_000 * (1 + MIN_CHANGE_RATIO), true],
  [1_000, 1_000 * (1 - MIN_CHANGE_RATIO), true],
  [null, 1, true],
  [1, null, true],
]) {
  test(`a change from ${from} to ${to} is ${isAnnounced ? "" : "not "}announced`, () => {
    const { browser, texts, update } = createAnnouncer({ value: from });
    update({ value: to });
    browser.advance(MIN_INTERVAL_MS);
    assert.equal(texts.length, isAnnounced ? 1 : 0);
  });
}

for (const [name, from, to] of [
  ["falling below the minimum", {}, { isBelow: true, value: 16 }],
  ["reaching the minimum", { isBelow: true, value: 16 }, {}],
  ["the start of a problem", {}, { hasProblem: true, state: "reconnecting" }],
  ["the end of a problem", { hasProblem: true, state: "offline" }, {}],
  ["another problem", { hasProblem: true, state: "reconnecting" }, { hasProblem: true, state: "offline" }],
]) {
  test(`${name} is announced`, () => {
    const { browser, texts, update } = createAnnouncer(from);
    update(to);
    browser.advance(MIN_INTERVAL_MS);
    assert.equal(texts.length, 1);
  });
}

test("a change below the minimum is not announced", () => {
  const { browser, texts, update } = createAnnouncer({ isBelow: true, value: 1 });
  update({ isBelow: true, value: 90 });
  browser.advance(MIN_INTERVAL_MS);
  assert.deepEqual(texts, []);
});

test("small changes are announced when they add up", () => {
  const { browser, texts, update } = createAnnouncer();
  for (const value of [18, 19, 20, 21, 22]) {
    update({ value });
    browser.advance(MIN_INTERVAL_MS);
  }
  assert.deepEqual(texts, ["22 live, 17 before"]);
});

test("a problem that ends before its announcement is not announced", () => {
  const { browser, texts, update } = createAnnouncer();
  update({ hasProblem: true, state: "reconnecting" });
  browser.advance(MIN_INTERVAL_MS - 1);
  update({});
  browser.advance(MIN_INTERVAL_MS);
  assert.deepEqual(texts, []);
});

test("a stopped announcer drops its text, and can announce again later", () => {
  const { browser, texts, announcer, update } = createAnnouncer();
  update({ value: 50 });
  announcer.stop();
  assert.deepEqual(browser.clock.delaysMs, []);
  update({ value: 60 });
  browser.advance(MIN_INTERVAL_MS);
  assert.deepEqual(texts, ["60 live, 17 before"]);
});
