import assert from "node:assert/strict";
import { test } from "node:test";

import { createMotionPreference } from "../../static/live_user_counter/js/elements/motion-preference.js";

/** Create a page. Pages of one visit share their stored values. */
function createPage(stored) {
  const attributes = new Set();
  const documentElement = {
    hasAttribute: (name) => attributes.has(name),
    toggleAttribute: (name, on) => (on ? attributes.add(name) : attributes.delete(name)),
  };
  const sessionStorage = {
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, value) => stored.set(key, value),
  };
  return { attributes, window: { document: { documentElement }, sessionStorage } };
}

test("at first, animations run", () => {
  const { attributes, window } = createPage(new Map());
  assert.equal(createMotionPreference(window).state, false);
  assert.deepEqual([...attributes], []);
});

test("paused animations stay paused on the next page, until they resume", () => {
  const stored = new Map();
  createMotionPreference(createPage(stored).window).dispatch(true);
  const { attributes, window } = createPage(stored);
  const next = createMotionPreference(window);
  assert.equal(next.state, true);
  assert.deepEqual([...attributes], ["data-luc-still"]);
  next.dispatch(false);
  assert.deepEqual([...attributes], []);
  assert.equal(createMotionPreference(createPage(stored).window).state, false);
});

for (const [name, storage] of [
  ["blocked", { get: () => { throw new Error("SecurityError"); } }],
  ["absent", { value: undefined }],
  ["full", { value: { getItem: () => null, setItem: () => { throw new Error("QuotaExceeded"); } } }],
]) {
  test(`with ${name} storage, the preference lasts for the page`, () => {
    const { attributes, window } = createPage(new Map());
    Object.defineProperty(window, "sessionStorage", storage);
    const preference = createMotionPreference(window);
    preference.dispatch(true);
    assert.equal(preference.state, true);
    assert.deepEqual([...attributes], ["data-luc-still"]);
  });
}

test("a second copy of the scripts on the page keeps the preference", () => {
  const { attributes, window } = createPage(new Map());
  Object.defineProperty(window, "sessionStorage", { value: undefined });
  createMotionPreference(window).dispatch(true);
  assert.equal(createMotionPreference(window).state, true);
  assert.deepEqual([...attributes], ["data-luc-still"]);
});
