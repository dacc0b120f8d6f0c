import assert from "node:assert/strict";
import { test } from "node:test";

import { Store } from "../../static/landing/js/stores/store.js";

test("listeners hear of a change, and of nothing else", () => {
  const store = new Store((state, event) => (event === state ? state : event), "a");
  const heard = [];
  store.subscribe(() => heard.push(store.state));
  store.dispatch("a");
  store.dispatch("b");
  assert.deepEqual(heard, ["b"]);
});

test("a subscription that was ended is silent", () => {
  const store = new Store((state, event) => event, "a");
  let heard = 0;
  const end = store.subscribe(() => (heard += 1));
  end();
  store.dispatch("b");
  assert.equal(heard, 0);
});
