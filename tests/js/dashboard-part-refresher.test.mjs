import assert from "node:assert/strict";
import { test } from "node:test";

import { PartRefresher } from "../../static/live_user_counter/dashboard/part-refresher.js";
import { FakeBrowser, flushPromises } from "./fake-browser.mjs";

const EVERY_MS = 10_000;

/** Create a document with one element. */
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
    /** Load the part: one replacement. */
    load: async () => ({ body: { children: [{ ...element("old"), isFresh: true }] } }),
    getElementById: (id) => (id === document.element.id ? document.element : null),
  };
  return document;
}

function startRefresher(document, onReplace) {
  const browser = new FakeBrowser();
  const replaced = [];
  const load = (url) => {
    browser.requests.push(url);
    return document.load();
  };
  onReplace ??= (root) => replaced.push(root);
  new PartRefresher("figures", EVERY_MS, document, browser, load, onReplace).start();
  return { browser, replaced };
}

test("each interval fetches the part and replaces the old one", async () => {
  const document = createDocument();
  const { browser, replaced } = startRefresher(document);
  for (const times of [1, 2]) {
    browser.advance(EVERY_MS);
    await flushPromises();
    assert.deepEqual(browser.requests, Array(times).fill("?part=figures"));
  }
  assert.equal(document.element.isFresh, true);
  assert.equal(replaced.length, 2);
});

test("the part has the parameters of the page", async () => {
  const document = createDocument();
  document.location = { search: "?range=7-days&part=old" };
  const { browser } = startRefresher(document);
  browser.advance(EVERY_MS);
  await flushPromises();
  assert.deepEqual(browser.requests, ["?range=7-days&part=figures"]);
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
  assert.equal(document.element.isFresh, undefined);
  assert.deepEqual(replaced, []);
});

test("after a failure, the old part stays and the next one is fetched", async () => {
  const document = createDocument();
  const { browser } = startRefresher(document);
  const succeed = document.load;
  document.load = async () => null;
  browser.advance(EVERY_MS);
  await flushPromises();
  assert.equal(document.element.isFresh, undefined);
  document.load = succeed;
  browser.advance(EVERY_MS);
  await flushPromises();
  assert.equal(document.element.isFresh, true);
});

test("a failed replacement is logged and the next part is fetched", async () => {
  const { browser } = startRefresher(createDocument(), () => {
    throw new Error("no table");
  });
  for (const times of [1, 2]) {
    browser.advance(EVERY_MS);
    await flushPromises();
    assert.equal(browser.requests.length, times);
    assert.deepEqual(browser.warnings, Array(times).fill('Dashboard: cannot refresh "figures": no table'));
  }
});
