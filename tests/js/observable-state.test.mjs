import assert from "node:assert/strict";
import { test } from "node:test";

import { ObservableState } from "../../static/live_user_counter/js/state/observable-state.js";

test("listeners are called on a change only", () => {
  const observable = new ObservableState((state, event) => (event === state ? state : event), "a");
  const states = [];
  observable.subscribe(() => states.push(observable.state));
  observable.dispatch("a");
  observable.dispatch("b");
  assert.deepEqual(states, ["b"]);
});

test("an unsubscribed listener is not called", () => {
  const observable = new ObservableState((state, event) => event, "a");
  let calls = 0;
  const unsubscribe = observable.subscribe(() => (calls += 1));
  unsubscribe();
  observable.dispatch("b");
  assert.equal(calls, 0);
});
