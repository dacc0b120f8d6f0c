import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { TextClamp } from "../../static/live_user_counter/js/elements/text-clamp.js";

const WORDS = { all: "Show all", less: "Show less" };

class FakeButton {
  hidden = false;
  textContent = "";
  attributes = {};

  setAttribute(name, value) {
    this.attributes[name] = value;
  }
}

class FakeRow {
  attributes = new Set();
  button = new FakeButton();

  /** With a height of `textHeight`, of which the style sheet shows `height`. */
  constructor(textHeight, height = 60) {
    this.text = { scrollHeight: textHeight, clientHeight: height };
  }

  querySelector(selector) {
    return selector === "[part=event]" ? this.text : this.button;
  }

  hasAttribute(name) {
    return this.attributes.has(name);
  }

  toggleAttribute(name) {
    if (!this.attributes.delete(name)) this.attributes.add(name);
    this.text.clientHeight = this.hasAttribute(name) ? this.text.scrollHeight : 60;
  }
}

class FakeResizeObserver {
  observed = [];

  constructor(handle) {
    this.handle = handle;
    FakeResizeObserver.last = this;
  }

  observe(element) {
    this.observed.push(element);
  }

  disconnect() {
    this.observed = [];
  }
}

let element, rows, clamp, updates;

beforeEach(() => {
  element = { clientWidth: 320 };
  rows = [new FakeRow(200), new FakeRow(60), new FakeRow(61)];
  updates = 0;
  clamp = new TextClamp(element, { window: { ResizeObserver: FakeResizeObserver } }, (change) => {
    updates += 1;
    change?.();
    clamp.render(rows, WORDS);
  });
  clamp.render(rows, WORDS);
});

test("only a text that is cut has a button; a rounded pixel does not count", () => {
  assert.deepEqual(
    rows.map(({ button }) => button.hidden),
    [false, true, true],
  );
  assert.equal(rows[0].button.textContent, "Show all");
  assert.equal(rows[0].button.attributes["aria-expanded"], "false");
});

test("an open row keeps its button, which closes it", () => {
  clamp.toggle(rows[0]);
  assert.equal(rows[0].button.hidden, false);
  assert.equal(rows[0].button.textContent, "Show less");
  assert.equal(rows[0].button.attributes["aria-expanded"], "true");

  clamp.toggle(rows[0]);
  assert.equal(rows[0].button.textContent, "Show all");
  assert.equal(updates, 2);
});

test("another width is an update, and another height is not", () => {
  clamp.start();
  assert.deepEqual(FakeResizeObserver.last.observed, [element]);
  FakeResizeObserver.last.handle();
  FakeResizeObserver.last.handle();
  assert.equal(updates, 1);

  element.clientWidth = 1440;
  rows[0].text.scrollHeight = 40;
  FakeResizeObserver.last.handle();
  assert.equal(updates, 2);
  assert.equal(rows[0].button.hidden, true);
  clamp.stop();
  assert.deepEqual(FakeResizeObserver.last.observed, []);
});

test("a page without the text, the button, or the words has no error", () => {
  const bare = { querySelector: () => null, hasAttribute: () => false };
  clamp.render([bare, rows[0]], {});
  assert.equal(rows[0].button.textContent, "Show all");
});

test("a browser without ResizeObserver shows the buttons", () => {
  const old = new TextClamp(element, { window: {} }, () => {});
  old.start();
  old.render(rows, WORDS);
  old.stop();
  assert.equal(rows[0].button.hidden, false);
});
