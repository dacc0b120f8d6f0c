import assert from "node:assert/strict";
import { test } from "node:test";

import { LiveMap } from "../../static/live_user_counter/js/map/live-map.js";
import { MAX_HIDDEN_MS } from "../../static/live_user_counter/js/live-page.js";
import { FakeBrowser } from "./fake-browser.mjs";
import { makeMapFrame } from "./map-frames.mjs";

/** Start a map whose renderings a test can read. */
function startMap({ frame, series, address = "/ws/landing/" } = {}) {
  const browser = new FakeBrowser();
  const errors = [];
  const page = {
    browser,
    report: (error) => errors.push(error),
    attempt: (run) => {
      try {
        run();
        return true;
      } catch (error) {
        errors.push(error);
        return false;
      }
    },
  };
  const rendered = [];
  const view = { isHeld: false, render: (state) => rendered.push(state) };
  const map = new LiveMap(page, address, view);
  map.start(frame, series);
  return { browser, errors, map, rendered, view };
}

test("the map connects with its topic only, and leaves no page view", () => {
  const { browser } = startMap({ address: "/mounted/ws/" });

  assert.equal(
    browser.socket.url,
    "wss://example.org/mounted/ws/?topics=map&record=no",
  );
});

test("a map without an address keeps the numbers of the page", () => {
  const frame = JSON.stringify(makeMapFrame({ "/": 5 }));
  const { browser, map } = startMap({ frame, address: null });
  browser.window.dispatch("pageshow");
  browser.advance(60_000);

  assert.equal(browser.sockets.length, 0);
  assert.equal(map.state.frame.people, 5);
});

test("frames are rendered, and other types are ignored", () => {
  const { browser, map, rendered, errors } = startMap();
  browser.socket.accept();
  browser.socket.receive(makeMapFrame({ "/": 5 }));
  browser.socket.receive({ type: "retry", after_ms_max: 100 });
  browser.socket.receive({ type: "something-new" });

  assert.equal(map.state.frame.people, 5);
  assert.equal(rendered.at(-1).frame.people, 5);
  assert.deepEqual(errors, []);
});

test("the page renders the numbers that it contains before it has connected", () => {
  const frame = JSON.stringify(makeMapFrame({ "/": 5 }));
  const series = JSON.stringify({ last_minute: 1, people: [1], places: {} });

  const { rendered, errors } = startMap({ frame, series });

  assert.equal(rendered.at(-1).frame.people, 5);
  assert.equal(rendered.at(-1).receivedMs, null);
  assert.deepEqual(errors, []);
});

test("invalid data in the page does not stop the map", () => {
  const { browser, map, errors } = startMap({ frame: "{", series: "[]" });
  browser.socket.accept();
  browser.socket.receive(makeMapFrame({ "/": 5 }));

  assert.equal(errors.length, 2);
  assert.equal(map.state.frame.people, 5);
});

test("an invalid frame is reported, and the last one stays", () => {
  const { browser, map, errors } = startMap();
  browser.socket.accept();
  browser.socket.receive(makeMapFrame({ "/": 5 }));
  browser.socket.receive(makeMapFrame({ "/": 5 }, { people: "many", version: 2 }));

  assert.equal(errors.length, 1);
  assert.equal(map.state.frame.people, 5);
});

test("a refusal removes the numbers, and another error does not", () => {
  const { browser, map } = startMap();
  browser.socket.accept();
  browser.socket.receive(makeMapFrame({ "/": 5 }));
  browser.socket.receive({ type: "error", code: "not-json", detail: "" });
  assert.equal(map.state.isRefused, false);

  browser.socket.receive({ type: "error", code: "not-permitted", detail: "" });

  assert.deepEqual([map.state.isRefused, map.state.frame], [true, null]);
});

test("a lost connection is opened again", () => {
  const { browser, map } = startMap();
  browser.socket.accept();
  browser.socket.fail();
  assert.equal(map.state.connection, "waiting");

  browser.advance(1_000);

  assert.equal(browser.sockets.length, 2);
});

test("the map is rendered each second, because ages change", () => {
  const { browser, rendered } = startMap();
  const before = rendered.length;

  browser.advance(3_000);

  assert.equal(rendered.length - before, 3);
});

test("a map that was hidden for long disconnects until it is visible again", () => {
  const { browser, map } = startMap();
  browser.socket.accept();
  browser.window.setVisibility("hidden");
  // A socket without messages would be replaced.
  for (let elapsedMs = 0; elapsedMs < MAX_HIDDEN_MS; elapsedMs += 10_000) {
    browser.socket.receive(makeMapFrame({ "/": 5 }));
    browser.advance(10_000);
  }
  assert.equal(map.state.connection, "idle");

  browser.window.setVisibility("visible");

  assert.equal(map.state.connection, "connecting");
});

test("leaving the page disconnects, and coming back connects", () => {
  const { browser, map } = startMap();
  browser.socket.accept();
  browser.window.dispatch("pagehide");
  assert.equal(map.state.connection, "idle");

  browser.window.dispatch("pageshow");

  assert.equal(map.state.connection, "connecting");
});

test("a view that fails is reported and does not end the map", () => {
  const { browser, map, errors, view } = startMap();
  view.render = () => {
    throw new Error("no such element");
  };
  browser.socket.accept();
  browser.socket.receive(makeMapFrame({ "/": 5 }));

  assert.ok(errors.length);
  assert.equal(map.state.frame.people, 5);
});
