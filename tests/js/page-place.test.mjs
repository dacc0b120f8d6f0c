import assert from "node:assert/strict";
import { test } from "node:test";

import { MIN_INTERVAL_MS, PagePlace } from "../../static/live_user_counter/js/transport/page-place.js";
import { FakeBrowser } from "./fake-browser.mjs";

const makeElement = (place) => ({ dataset: { lucPlace: place } });

/** Create the place of a page with these elements, of which the connection is open. */
function openPage(...elements) {
  const browser = new FakeBrowser();
  const sent = [];
  const page = new PagePlace(browser, () => elements, ({ type, path }) => {
    assert.equal(type, "at");
    sent.push(path);
  });
  const first = page.start();
  return { browser, page, sent, elements, first };
}

/** Let the page permit unsigned paths. */
function allowUnsigned({ window }) {
  window.document.querySelector = (selector) => (selector === "[unsigned-places]" ? {} : null);
}

test("a connection starts with the place of the page", () => {
  assert.equal(openPage(makeElement("/a:signed")).first, "/a:signed");
  assert.equal(openPage(makeElement(undefined)).first, "");
  assert.equal(openPage().first, "");
});

test("the place that a connection started with is not sent again", () => {
  const { page, sent, browser } = openPage(makeElement("/a:signed"));
  page.update();
  browser.advance(MIN_INTERVAL_MS);
  assert.deepEqual(sent, []);
  assert.deepEqual(browser.clock.delaysMs, []);
});

test("another place is sent at once, decoded", () => {
  const element = makeElement("/a:signed");
  const { page, sent } = openPage(element);
  element.dataset.lucPlace = "/caf%C3%A9%3A1:signed";
  page.update();
  page.update();
  assert.deepEqual(sent, ["/café:1:signed"]);
});

test("an element that loses its place is elsewhere, as is one with an empty place", () => {
  for (const place of [undefined, ""]) {
    const element = makeElement("/a:signed");
    const { page, sent } = openPage(element);
    element.dataset.lucPlace = place;
    page.update();
    assert.deepEqual(sent, [""]);
  }
});

test("a place that cannot be decoded counts as absent", () => {
  for (const invalid of ["/100%", "/%E0%A4%A", "%"]) {
    const element = makeElement(invalid);
    const { page, sent, first, elements, browser } = openPage(element);
    assert.equal(first, "");
    element.dataset.lucPlace = "/a:signed";
    page.update();
    browser.advance(MIN_INTERVAL_MS);
    elements.push(makeElement(invalid));
    page.update(true);
    browser.advance(MIN_INTERVAL_MS);
    elements[0].dataset.lucPlace = invalid;
    page.update();
    assert.deepEqual(sent, ["/a:signed", "/a:signed", ""]);
  }
});

test("a place written by hand stays one parameter of the URL", () => {
  const element = makeElement("/c#/1&topics=map");
  const { page, sent, first } = openPage(element);
  assert.equal(first, "/c%23/1%26topics=map");
  element.dataset.lucPlace = "/a+b&c#d";
  page.update();
  assert.deepEqual(sent, ["/a+b&c#d"]);
});

test("many changes are sent at most once per second, and the last one wins", () => {
  const element = makeElement("/0:signed");
  const { browser, page, sent } = openPage(element);
  for (let step = 1; step <= 25; step += 1) {
    element.dataset.lucPlace = `/${step}:signed`;
    page.update();
    browser.advance(100);
  }
  browser.advance(10 * MIN_INTERVAL_MS);
  assert.deepEqual(sent, ["/1:signed", "/10:signed", "/20:signed", "/25:signed"]);
});

test("a page that returns within the interval to what the server knows sends nothing more", () => {
  const element = makeElement("/a:signed");
  const { browser, page, sent } = openPage(element);
  for (const place of ["/b:signed", "/c:signed", "/b:signed"]) {
    element.dataset.lucPlace = place;
    page.update();
  }
  browser.advance(MIN_INTERVAL_MS);
  assert.deepEqual(sent, ["/b:signed"]);
});

test("a page that the visitor turns to sends its place again, at most once per second", () => {
  const { browser, page, sent } = openPage(makeElement("/a:signed"));
  for (let round = 0; round < 5; round += 1) page.update(true);
  assert.deepEqual(sent, ["/a:signed"]);
  browser.advance(MIN_INTERVAL_MS);
  assert.deepEqual(sent, ["/a:signed", "/a:signed"]);
  browser.advance(MIN_INTERVAL_MS);
  assert.equal(sent.length, 2);
});

test("a clock that is set back delays nothing for longer than the interval", () => {
  const { browser, page, sent } = openPage(makeElement("/a:signed"));
  page.update(true);
  browser.clock.nowMs -= 3_600_000;
  page.update(true);
  browser.advance(MIN_INTERVAL_MS);
  assert.equal(sent.length, 2);
});

test("a stopped connection sends nothing, and the next one starts with the newest place", () => {
  const element = makeElement("/a:signed");
  const { browser, page, sent } = openPage(element);
  page.update(true);
  element.dataset.lucPlace = "/b:signed";
  page.update();
  page.stop();
  browser.advance(10 * MIN_INTERVAL_MS);
  assert.deepEqual(sent, ["/a:signed"]);
  assert.equal(page.start(), "/b:signed");
  page.update();
  assert.deepEqual(sent, ["/a:signed"]);
});

test("the element that brought its place last has the place of the page", () => {
  const { page, sent, elements, browser } = openPage(makeElement("/a:signed"));
  elements.unshift(makeElement("/b:signed"));
  page.update();
  assert.deepEqual(sent, ["/b:signed"]);
  browser.advance(MIN_INTERVAL_MS);
  elements[1].dataset.lucPlace = "/c:signed";
  page.update();
  assert.deepEqual(sent, ["/b:signed", "/c:signed"]);
});

test("the place before returns if the newest element leaves", () => {
  const { page, sent, elements, browser } = openPage(makeElement("/a:signed"));
  elements.push(makeElement("/b:signed"));
  page.update();
  browser.advance(MIN_INTERVAL_MS);
  elements.pop();
  page.update();
  assert.deepEqual(sent, ["/b:signed", "/a:signed"]);
});

test("an element that moves brings no new place", () => {
  const { page, sent, elements } = openPage(makeElement("/a:signed"), makeElement("/b:signed"));
  elements.reverse();
  page.update();
  assert.deepEqual(sent, []);
});

test("an element whose script is still loading has a place already", () => {
  const browser = new FakeBrowser();
  const element = makeElement("/a:signed");
  browser.window.document.querySelector = (selector) =>
    selector === "[words][data-luc-place]" ? element : null;
  const elements = [];
  const sent = [];
  const page = new PagePlace(browser, () => elements, (frame) => sent.push(frame));
  assert.equal(page.start(), "/a:signed");
  elements.push(element);
  page.update();
  assert.deepEqual(sent, []);
});

test("the address of the page is not sent if the server does not accept unsigned paths", () => {
  const { browser, page, sent } = openPage();
  browser.window.location.pathname = "/account/secret";
  page.update();
  assert.deepEqual(sent, []);
});

test("an unsigned page without an element starts with its path", () => {
  const { browser, page, sent } = openPage();
  allowUnsigned(browser);
  browser.window.location.pathname = "/tickets/a%20b&c";
  assert.equal(page.start(), encodeURIComponent("/tickets/a%20b&c"));
  browser.window.location.pathname = "/tickets/2";
  page.update();
  assert.deepEqual(sent, ["/tickets/2"]);
});

test("the signed place of an unsigned page holds until the address changes", () => {
  const element = makeElement("/:signed");
  const { browser, page, sent } = openPage(element);
  allowUnsigned(browser);
  page.update();
  assert.deepEqual(sent, []);
  browser.window.location.pathname = "/tickets/1";
  page.update();
  browser.advance(MIN_INTERVAL_MS);
  browser.window.location.pathname = "/";
  page.update();
  assert.deepEqual(sent, ["/tickets/1", "/:signed"]);
});

test("a signed place that arrives with an address is the place", () => {
  const element = makeElement("/:signed");
  const { browser, page, sent } = openPage(element);
  allowUnsigned(browser);
  browser.window.location.pathname = "/tickets/1";
  element.dataset.lucPlace = "/tickets/1:signed";
  page.update();
  assert.deepEqual(sent, ["/tickets/1:signed"]);
});

test("a path that is too long for a frame is elsewhere", () => {
  const { browser, page } = openPage(makeElement("/:signed"));
  allowUnsigned(browser);
  browser.window.location.pathname = `/${"a".repeat(4_000)}`;
  assert.equal(page.start(), "");
});
