import assert from "node:assert/strict";
import { test } from "node:test";

import { motionStore } from "../../static/landing/js/motion.js";

/** A page of a visit: `kept` is what the visit remembers. */
function pageOf(kept) {
  const attributes = new Set();
  const documentElement = {
    toggleAttribute: (name, on) => (on ? attributes.add(name) : attributes.delete(name)),
  };
  const sessionStorage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
  };
  return { attributes, window: { document: { documentElement }, sessionStorage } };
}

test("at first everything may move", () => {
  const { attributes, window } = pageOf(new Map());
  assert.equal(motionStore(window).state, false);
  assert.deepEqual([...attributes], []);
});

test("what is stopped stays stopped on the next page of the visit, until it may move again", () => {
  const kept = new Map();
  motionStore(pageOf(kept).window).dispatch(true);
  const { attributes, window } = pageOf(kept);
  const next = motionStore(window);
  assert.equal(next.state, true);
  assert.deepEqual([...attributes], ["data-still"]);
  next.dispatch(false);
  assert.deepEqual([...attributes], []);
  assert.equal(motionStore(pageOf(kept).window).state, false);
});

for (const [what, storage] of [
  ["blocked", { get: () => { throw new Error("SecurityError"); } }],
  ["absent", { value: undefined }],
  ["full", { value: { getItem: () => null, setItem: () => { throw new Error("QuotaExceeded"); } } }],
]) {
  test(`where the storage is ${what} the wish holds for the page`, () => {
    const { attributes, window } = pageOf(new Map());
    Object.defineProperty(window, "sessionStorage", storage);
    const store = motionStore(window);
    store.dispatch(true);
    assert.equal(store.state, true);
    assert.deepEqual([...attributes], ["data-still"]);
  });
}
