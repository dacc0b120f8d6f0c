import assert from "node:assert/strict";
import { test } from "node:test";

import { reduceActivity } from "../../static/landing/js/stores/activity-store.js";

const item = (id) => ({ id, text: `text ${id}` });
const arrives = (id) => ({ type: "activity", ...item(id) });
const ids = ({ items }) => items.map(({ id }) => id);

test("a history replaces everything", () => {
  const state = { items: [item(1)] };
  assert.deepEqual(ids(reduceActivity(state, { type: "activity-history", items: [item(3), item(2)] })), [3, 2]);
});

test("a new activity comes first", () => {
  assert.deepEqual(ids(reduceActivity({ items: [item(1)] }, arrives(2))), [2, 1]);
});

test("an activity that comes twice is there once", () => {
  assert.deepEqual(ids(reduceActivity({ items: [item(2), item(1)] }, arrives(1))), [1, 2]);
});

test("a removed activity goes", () => {
  const state = { items: [item(2), item(1)] };
  assert.deepEqual(ids(reduceActivity(state, { type: "activity-removed", id: 2 })), [1]);
});

test("the oldest make room after fifty", () => {
  let state = { items: [] };
  for (let id = 1; id <= 60; id += 1) state = reduceActivity(state, arrives(id));
  assert.equal(state.items.length, 50);
  assert.equal(ids(state).at(-1), 11);
});

test("a frame of another kind changes nothing", () => {
  const state = { items: [item(1)] };
  assert.equal(reduceActivity(state, { type: "pong" }), state);
});
