import assert from "node:assert/strict";
import { test } from "node:test";

import { JITTER, StatsPoller, createTimeoutSignal } from "../../static/live_user_counter/js/transport/stats-poller.js";
import { FakeBrowser, flushPromises, makeStatsText } from "./fake-browser.mjs";

const INTERVAL_MS = 30_000;
const respondWith = (status, body) => async () => ({ ok: status === 200, status, text: async () => body });

function createPoller() {
  const browser = new FakeBrowser();
  browser.randomValue = 0.5;
  const received = [];
  const poller = new StatsPoller(() => "/api/landing/stats/", browser, (text) => received.push(text));
  poller.setInterval(INTERVAL_MS);
  return { browser, poller, received };
}

test("a disabled poller sends no request", () => {
  const { browser } = createPoller();
  browser.advance(10 * INTERVAL_MS);
  assert.deepEqual(browser.requests, []);
});

test("it polls after an interval, and again after each response", async () => {
  const { browser, poller, received } = createPoller();
  browser.respond = respondWith(200, makeStatsText());
  poller.setEnabled(true);
  browser.advance(INTERVAL_MS - 1);
  assert.equal(browser.requests.length, 0);
  for (const rounds of [1, 2, 3]) {
    browser.advance(INTERVAL_MS);
    await flushPromises();
    assert.equal(browser.requests.length, rounds);
  }
  assert.deepEqual(received, [makeStatsText(), makeStatsText(), makeStatsText()]);
  assert.equal(browser.requests[0], "/api/landing/stats/");
});

for (const [headers, isCached] of [
  [{}, false],
  [{ Age: "0" }, false],
  [{ age: "95" }, true],
]) {
  test(`a response with the headers ${JSON.stringify(headers)} is ${isCached ? "" : "not "}from a cache`, async () => {
    const { browser, poller } = createPoller();
    const received = [];
    const own = new StatsPoller(() => "/", browser, (...stats) => received.push(stats));
    browser.respond = async () => new Response("{}", { headers });
    poller.setEnabled(false);
    own.setInterval(INTERVAL_MS);
    own.setEnabled(true);
    browser.advance(INTERVAL_MS);
    await flushPromises();
    await flushPromises();
    assert.deepEqual(received, [["{}", isCached]]);
  });
}

test("the delay is up to the jitter shorter or longer", () => {
  for (const [randomValue, waitMs] of [
    [0, INTERVAL_MS * (1 - JITTER)],
    [1, INTERVAL_MS * (1 + JITTER)],
  ]) {
    const { browser, poller } = createPoller();
    browser.randomValue = randomValue;
    poller.setEnabled(true);
    assert.deepEqual(browser.clock.delaysMs, [waitMs]);
  }
});

test("enabling twice sends one request", () => {
  const { browser, poller } = createPoller();
  poller.setEnabled(true);
  poller.setEnabled(true);
  browser.advance(INTERVAL_MS);
  assert.equal(browser.requests.length, 1);
});

test("disabling stops the timer", () => {
  const { browser, poller } = createPoller();
  poller.setEnabled(true);
  poller.setEnabled(false);
  assert.deepEqual(browser.clock.delaysMs, []);
});

test("a response after disabling is ignored", async () => {
  const { browser, poller, received } = createPoller();
  browser.respond = respondWith(200, makeStatsText());
  poller.setEnabled(true);
  browser.advance(INTERVAL_MS);
  poller.setEnabled(false);
  await flushPromises();
  assert.deepEqual(received, []);
  assert.deepEqual(browser.clock.delaysMs, []);
});

test("disabling and enabling during a request keeps one timer", async () => {
  const { browser, poller } = createPoller();
  browser.respond = respondWith(200, makeStatsText());
  poller.setEnabled(true);
  browser.advance(INTERVAL_MS);
  poller.setEnabled(false);
  poller.setEnabled(true);
  await flushPromises();
  assert.equal(browser.clock.delaysMs.length, 1);
});

for (const [name, respond] of [
  ["a network failure", () => Promise.reject(new TypeError("no network"))],
  ["an error response", respondWith(429, "slow down")],
  ["an incomplete response", async () => ({ ok: true, text: () => Promise.reject(new TypeError()) })],
]) {
  test(`after ${name}, it polls again`, async () => {
    const { browser, poller, received } = createPoller();
    browser.respond = respond;
    poller.setEnabled(true);
    browser.advance(INTERVAL_MS);
    await flushPromises();
    assert.deepEqual(received, []);
    assert.deepEqual(browser.clock.delaysMs, [INTERVAL_MS]);
  });
}

test("a new interval applies at once", () => {
  const { browser, poller } = createPoller();
  poller.setInterval(Infinity);
  poller.setEnabled(true);
  poller.setInterval(INTERVAL_MS);
  assert.deepEqual(browser.clock.delaysMs, [INTERVAL_MS]);
  browser.advance(INTERVAL_MS / 2);
  poller.setInterval(2 * INTERVAL_MS);
  poller.setInterval(2 * INTERVAL_MS);
  assert.deepEqual(browser.clock.delaysMs, [2 * INTERVAL_MS]);
});

test("without an interval, it never polls", () => {
  const { browser, poller } = createPoller();
  poller.setInterval(Infinity);
  poller.setEnabled(true);
  assert.deepEqual(browser.clock.delaysMs, []);
});

const TIMEOUT_MS = 10_000;

test("a signal of the browser is used if there is one", () => {
  const browser = new FakeBrowser();
  assert.equal(createTimeoutSignal(browser, TIMEOUT_MS).aborted, false);
  assert.deepEqual(browser.clock.delaysMs, []);
});

test("without AbortSignal.timeout, a timer aborts the request", (t) => {
  const { timeout } = AbortSignal;
  t.after(() => Object.assign(AbortSignal, { timeout }));
  AbortSignal.timeout = undefined;
  const browser = new FakeBrowser();
  const signal = createTimeoutSignal(browser, TIMEOUT_MS);
  browser.advance(TIMEOUT_MS - 1);
  assert.equal(signal.aborted, false);
  browser.advance(1);
  assert.equal(signal.aborted, true);
});
