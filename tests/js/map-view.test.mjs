import assert from "node:assert/strict";
import { test } from "node:test";

import { INITIAL_MAP } from "../../static/live_user_counter/js/map/map-state.js";
import { findAddress, formatLabel, formatWindow } from "../../static/live_user_counter/js/map/map-view.js";
import { makeMapFrame } from "./map-frames.mjs";

const OPEN = { ...INITIAL_MAP, connection: "open", receivedMs: 0 };
const label = (changes, nowMs = 65_000) => formatLabel({ ...OPEN, ...changes }, nowMs, "en");

test("the address of a place is its encoded path", () => {
  assert.equal(findAddress("/blog/é?", ""), "/blog/%C3%A9%3F");
  assert.equal(findAddress("/", "/mounted"), "/mounted/");
});

test("no place can lead to another site or to a script", () => {
  for (const place of ["article:42", "javascript:alert(1)", "//evil.example", "https://evil.example"]) {
    assert.equal(findAddress(place, ""), null, place);
  }
  assert.equal(findAddress("/\\evil.example", ""), "/%5Cevil.example");
});

test("the label names the source and the age", () => {
  const frame = makeMapFrame();
  assert.equal(label({ frame }), "live");
  const stale = makeMapFrame({}, { source: "stale" });
  assert.equal(label({ frame: stale }), "stale, counted 1 minute ago");
  assert.equal(label({ frame, connection: "waiting" }), "Reconnecting… · counted 1 minute ago");
  assert.equal(label({ frame: null }), "not known yet");
  assert.match(label({ isRefused: true }), /don’t have access/);
});

test("the window is a minute, or the time since the recording began", () => {
  assert.equal(formatWindow(null), " in the last minute");
  assert.equal(formatWindow(60), " in the last minute");
  assert.equal(formatWindow(12), " in the last 12 s");
  assert.equal(formatWindow(0), " in the last 1 s");
});
