import assert from "node:assert/strict";
import { test } from "node:test";

import { FeedNews, NEWS_EVERY_MS } from "../../static/landing/js/feed-news.js";
import { FakeWorld, happening, happenings } from "./fake-world.mjs";

class Listener {
  world = new FakeWorld();
  told = [];
  toldMs = [];
  items = [];

  constructor() {
    this.news = new FeedNews((newest, others) => {
      this.told.push(newest ? [newest.id, others] : "unsaid");
      this.toldMs.push(this.world.now());
    }, this.world);
  }

  happens(...ids) {
    const fresh = happenings(...ids);
    this.items = [...fresh, ...this.items];
    this.news.hear(fresh, this.items);
  }

  takenBack(id) {
    this.items = this.items.filter((item) => item.id !== id);
    this.news.hear([], this.items);
  }
}

test("many are one announcement, of the newest and how many others", () => {
  const listener = new Listener();
  for (let id = 1; id <= 90; id += 1) {
    listener.happens(id);
    listener.world.pass(100);
  }
  listener.world.pass(NEWS_EVERY_MS);
  assert.deepEqual(listener.told, [[90, 89]]);
});

test("several that come together are one announcement", () => {
  const listener = new Listener();
  listener.happens(3, 2, 1);
  listener.world.pass(NEWS_EVERY_MS);
  assert.deepEqual(listener.told, [[3, 2]]);
});

test("two announcements are at least ten seconds apart", () => {
  const listener = new Listener();
  for (let id = 1; id <= 300; id += 1) {
    listener.happens(id);
    listener.world.pass(200);
  }
  assert.equal(listener.told.length, 6);
  const gapsMs = listener.toldMs.slice(1).map((toldMs, index) => toldMs - listener.toldMs[index]);
  assert.ok(gapsMs.every((gapMs) => gapMs >= NEWS_EVERY_MS), String(gapsMs));
});

test("each is told of once", () => {
  const listener = new Listener();
  listener.happens(1);
  listener.world.pass(NEWS_EVERY_MS);
  listener.happens(2);
  listener.world.pass(NEWS_EVERY_MS);
  assert.deepEqual(listener.told, [[1, 0], [2, 0]]);
});

test("nothing is said without news", () => {
  const listener = new Listener();
  listener.news.hear([], happenings(2, 1));
  listener.world.pass(10 * NEWS_EVERY_MS);
  assert.deepEqual(listener.told, []);
});

test("what was taken back in time is never told of", () => {
  const listener = new Listener();
  listener.happens(1);
  listener.happens(2);
  listener.takenBack(2);
  listener.world.pass(NEWS_EVERY_MS);
  assert.deepEqual(listener.told, [[1, 0]]);
});

test("if all was taken back in time, nothing is said", () => {
  const listener = new Listener();
  listener.happens(1);
  listener.takenBack(1);
  listener.world.pass(NEWS_EVERY_MS);
  assert.deepEqual(listener.told, []);
});

test("what was told of and is taken back is unsaid, once", () => {
  const listener = new Listener();
  listener.happens(1);
  listener.world.pass(NEWS_EVERY_MS);
  listener.takenBack(1);
  listener.takenBack(1);
  assert.deepEqual(listener.told, [[1, 0], "unsaid"]);
});

test("nothing is unsaid while it is still there", () => {
  const listener = new Listener();
  listener.happens(1);
  listener.world.pass(NEWS_EVERY_MS);
  listener.news.hear([], [happening(1, { text: "mended" })]);
  assert.deepEqual(listener.told, [[1, 0]]);
});

test("a feed that is taken away says nothing more", () => {
  const listener = new Listener();
  listener.happens(1);
  listener.news.stop();
  listener.world.pass(NEWS_EVERY_MS);
  assert.deepEqual(listener.told, []);
  assert.deepEqual(listener.world.clock.waitsMs, []);
});
