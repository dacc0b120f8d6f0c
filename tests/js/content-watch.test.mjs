import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import {
  ANSWER_MS,
  ContentWatch,
  MAX_DELAY_MS,
  MIN_DELAY_MS,
} from "../../static/live_user_counter/js/elements/content-watch.js";
import { FakeBrowser } from "./fake-browser.mjs";

globalThis.Node = { ELEMENT_NODE: 1 };

class FakeNode {
  nodeType = Node.ELEMENT_NODE;

  constructor(name, isEssential = false) {
    this.name = name;
    this.isEssential = isEssential;
  }

  matches() {
    return this.isEssential;
  }

  querySelector() {
    return null;
  }

  remove() {
    this.parent?.childNodes.splice(this.parent.childNodes.indexOf(this), 1);
    this.parent = undefined;
  }
}

class FakeElement {
  childNodes = [];

  get childElementCount() {
    return this.childNodes.length;
  }

  append(...nodes) {
    for (const node of nodes) {
      node.remove();
      node.parent = this;
      this.childNodes.push(node);
    }
  }

  empty() {
    for (const node of [...this.childNodes]) node.remove();
  }

  get names() {
    return this.childNodes.map(({ name }) => name);
  }
}

let browser, element, watch, redraws, notice;

beforeEach(() => {
  browser = new FakeBrowser();
  element = new FakeElement();
  redraws = 0;
  browser.window.MutationObserver = class {
    constructor(callback) {
      notice = callback;
    }

    observe() {}

    disconnect() {}

    takeRecords() {}
  };
  watch = createWatch();
  watch.start();
});

function createWatch() {
  const redraw = () => {
    redraws += 1;
    watch.update(() => {});
  };
  return new ContentWatch(element, browser, redraw, {
    create: () => [new FakeNode("created", true)],
    essential: "[part=figure]",
  });
}

test("a change of other scripts is drawn over at once", () => {
  notice();
  assert.equal(redraws, 1);
  browser.advance(ANSWER_MS);
  notice();
  assert.equal(redraws, 2);
});

test("a script that answers each redraw is answered less and less often", () => {
  notice();
  const delaysMs = [];
  for (let round = 0; round < 12; round += 1) {
    notice();
    notice();
    delaysMs.push(...browser.clock.delaysMs);
    browser.advance(delaysMs.at(-1));
  }
  assert.deepEqual(delaysMs.slice(0, 4), [MIN_DELAY_MS, 100, 200, 400]);
  assert.equal(delaysMs.at(-1), MAX_DELAY_MS);
  assert.equal(redraws, 13);
  browser.advance(ANSWER_MS);
  notice();
  assert.equal(redraws, 14);
});

test("a stopped watch does not redraw", () => {
  notice();
  notice();
  watch.stop();
  browser.advance(MAX_DELAY_MS);
  assert.equal(redraws, 1);
  assert.deepEqual(browser.clock.delaysMs, []);
});

test("an element without content gets some", () => {
  watch.update(() => {});
  assert.deepEqual(element.names, ["created"]);
});

test("an element with content keeps it", () => {
  element.append(new FakeNode("icon"));
  watch.update(() => {});
  assert.deepEqual(element.names, ["icon"]);
});

test("an emptied element gets its last content back", () => {
  element.append(new FakeNode("icon"), new FakeNode("number", true));
  watch.update(() => {});
  element.empty();
  notice();
  assert.deepEqual(element.names, ["icon", "number"]);
});

test("content that arrives later replaces the content that was put in", () => {
  watch.update(() => {});
  element.append(new FakeNode("icon"));
  notice();
  assert.deepEqual(element.names, ["created", "icon"]);
  element.append(new FakeNode("number", true));
  browser.advance(ANSWER_MS);
  notice();
  assert.deepEqual(element.names, ["icon", "number"]);
});

test("a failing change does not stop the watch", () => {
  element.append(new FakeNode("number", true));
  assert.throws(() => watch.update(() => { throw new Error("broken"); }), /broken/);
  element.empty();
  notice();
  assert.deepEqual(element.names, ["number"]);
});

test("without MutationObserver, content is drawn as usual", () => {
  browser.window.MutationObserver = undefined;
  watch = createWatch();
  watch.start();
  watch.update(() => {});
  watch.stop();
  assert.deepEqual(element.names, ["created"]);
});
