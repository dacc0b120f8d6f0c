import assert from "node:assert/strict";
import { test } from "node:test";

import { PartRefresher } from "../../static/landing/dashboard/part-refresher.js";
import { FakeBrowser, flushPromises } from "./fake-browser.mjs";

const EVERY_MS = 10_000;

/** Create a document with one element. Any HTML parses to a replacement. */
function createDocument({ inUse = false } = {}) {
  const element = (id) => ({
    id,
    querySelector: () => (inUse ? {} : null),
    replaceWith(fresh) {
      document.element = fresh;
    },
  });
  const document = {
    hidden: false,
    element: element("old"),
    createElement: () => ({
      content: { children: [] },
      set innerHTML(html) {
        if (html) this.content.children = [{ ...element("old"), html }];
      },
    }),
    getElementById: (id) => (id === document.element.id ? document.element : null),
  };
  return document;
}

function startRefresher(document, onReplace) {
  const browser = new FakeBrowser();
  const replaced = [];
  browser.respond = async () => ({ ok: true, text: async () => "fresh" });
  new PartRefresher("today", EVERY_MS, document, browser, onReplace ?? ((root) => replaced.push(root))).start();
  return { browser, replaced };
}

test("each interval fetches the part and replaces the old one", async () => {
  const document = createDocument();
  const { browser, replaced } = startRefresher(document);
  for (const times of [1, 2]) {
    browser.advance(EVERY_MS);
    await flushPromises();
    assert.deepEqual(browser.requests, Array(times).fill("?part=today"));
  }
  assert.equal(document.element.html, "fresh");
  assert.equal(replaced.length, 2);
});

test("a hidden page fetches nothing until it is visible", async () => {
  const document = createDocument();
  const { browser } = startRefresher(document);
  document.hidden = true;
  browser.advance(EVERY_MS);
  await flushPromises();
  assert.deepEqual(browser.requests, []);
  document.hidden = false;
  browser.advance(EVERY_MS);
  await flushPromises();
  assert.equal(browser.requests.length, 1);
});

test("a part in use is not replaced", async () => {
  const document = createDocument({ inUse: true });
  const { browser, replaced } = startRefresher(document);
  browser.advance(EVERY_MS);
  await flushPromises();
  assert.equal(document.element.html, undefined);
  assert.deepEqual(replaced, []);
});

for (const [name, respond] of [
  ["a network failure", () => Promise.reject(new TypeError("no network"))],
  ["an error response", async () => ({ ok: false })],
]) {
  test(`after ${name}, the old part stays and the next one is fetched`, async () => {
    const document = createDocument();
    const { browser } = startRefresher(document);
    const succeed = browser.respond;
    browser.respond = respond;
    browser.advance(EVERY_MS);
    await flushPromises();
    assert.equal(document.element.html, undefined);
    browser.respond = succeed;
    browser.advance(EVERY_MS);
    await flushPromises();
    assert.equal(document.element.html, "fresh");
  });
}

test("a failed replacement is logged and the next part is fetched", async () => {
  const { browser } = startRefresher(createDocument(), () => {
    throw new Error("no table");
  });
  for (const times of [1, 2]) {
    browser.advance(EVERY_MS);
    await flushPromises();
    assert.equal(browser.requests.length, times);
    assert.deepEqual(browser.warnings, Array(times).fill('Dashboard: cannot refresh "today": no table'));
  }
});
