import assert from "node:assert/strict";
import { test } from "node:test";

import { FeedAnnouncer, MIN_INTERVAL_MS } from "../../static/live_user_counter/js/elements/feed-announcer.js";
import { FakeBrowser, makeActivity, makeActivities } from "./fake-browser.mjs";

/** A feed announcer and what it has written. */
class Recorder {
  browser = new FakeBrowser();
  written = [];
  writtenMs = [];
  items = [];

  constructor() {
    this.announcer = new FeedAnnouncer((newest, others) => {
      this.written.push(newest ? [newest.id, others] : "cleared");
      this.writtenMs.push(this.browser.now());
    }, this.browser);
  }

  add(...ids) {
    const fresh = makeActivities(...ids);
    this.items = [...fresh, ...this.items];
    this.announcer.update(fresh, this.items);
  }

  remove(id) {
    this.items = this.items.filter((item) => item.id !== id);
    this.announcer.update([], this.items);
  }
}

test("many activities become one announcement: the newest and a count", () => {
  const recorder = new Recorder();
  for (let id = 1; id <= 90; id += 1) {
    recorder.add(id);
    recorder.browser.advance(100);
  }
  recorder.browser.advance(MIN_INTERVAL_MS);
  assert.deepEqual(recorder.written, [[90, 89]]);
});

test("activities of one update become one announcement", () => {
  const recorder = new Recorder();
  recorder.add(3, 2, 1);
  recorder.browser.advance(MIN_INTERVAL_MS);
  assert.deepEqual(recorder.written, [[3, 2]]);
});

test("announcements are at least one interval apart", () => {
  const recorder = new Recorder();
  for (let id = 1; id <= 300; id += 1) {
    recorder.add(id);
    recorder.browser.advance(200);
  }
  assert.equal(recorder.written.length, 6);
  const gapsMs = recorder.writtenMs.slice(1).map((writtenMs, index) => writtenMs - recorder.writtenMs[index]);
  assert.ok(gapsMs.every((gapMs) => gapMs >= MIN_INTERVAL_MS), String(gapsMs));
});

test("each activity is announced once", () => {
  const recorder = new Recorder();
  recorder.add(1);
  recorder.browser.advance(MIN_INTERVAL_MS);
  recorder.add(2);
  recorder.browser.advance(MIN_INTERVAL_MS);
  assert.deepEqual(recorder.written, [[1, 0], [2, 0]]);
});

test("without new activities, nothing is announced", () => {
  const recorder = new Recorder();
  recorder.announcer.update([], makeActivities(2, 1));
  recorder.browser.advance(10 * MIN_INTERVAL_MS);
  assert.deepEqual(recorder.written, []);
});

test("an activity that is removed in time is not announced", () => {
  const recorder = new Recorder();
  recorder.add(1);
  recorder.add(2);
  recorder.remove(2);
  recorder.browser.advance(MIN_INTERVAL_MS);
  assert.deepEqual(recorder.written, [[1, 0]]);
});

test("if all pending activities are removed, nothing is announced", () => {
  const recorder = new Recorder();
  recorder.add(1);
  recorder.remove(1);
  recorder.browser.advance(MIN_INTERVAL_MS);
  assert.deepEqual(recorder.written, []);
});

test("removing the announced activity clears the live region, once", () => {
  const recorder = new Recorder();
  recorder.add(1);
  recorder.browser.advance(MIN_INTERVAL_MS);
  recorder.remove(1);
  recorder.remove(1);
  assert.deepEqual(recorder.written, [[1, 0], "cleared"]);
});

test("an edited activity does not clear the live region", () => {
  const recorder = new Recorder();
  recorder.add(1);
  recorder.browser.advance(MIN_INTERVAL_MS);
  recorder.announcer.update([], [makeActivity(1, { text: "edited" })]);
  assert.deepEqual(recorder.written, [[1, 0]]);
});

test("a stopped announcer announces nothing", () => {
  const recorder = new Recorder();
  recorder.add(1);
  recorder.announcer.stop();
  recorder.browser.advance(MIN_INTERVAL_MS);
  assert.deepEqual(recorder.written, []);
  assert.deepEqual(recorder.browser.clock.delaysMs, []);
});
