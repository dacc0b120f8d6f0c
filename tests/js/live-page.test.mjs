import assert from "node:assert/strict";
import { test } from "node:test";

import { LivePage, MAX_HIDDEN_MS, sharePage } from "../../static/live_user_counter/js/live-page.js";
import { getAge } from "../../static/live_user_counter/js/state/counter-state.js";
import { deriveCounterView } from "../../static/live_user_counter/js/state/counter-view.js";
import { PONG_TIMEOUT_MS } from "../../static/live_user_counter/js/transport/live-socket.js";
import { MIN_INTERVAL_MS } from "../../static/live_user_counter/js/transport/page-place.js";
import {
  FakeBrowser,
  flushPromises,
  makeElement,
  makeCountFrame,
  makePlaceCountFrame,
  makePlacesFrame,
  makeStatsText,
} from "./fake-browser.mjs";

const INTERVAL_MS = 30_000;
const VIEW = { metric: "online", minimum: 1, simulated: null };

function attachElement() {
  const browser = new FakeBrowser();
  const page = new LivePage(browser);
  const detach = page.attach(INTERVAL_MS);
  return { browser, page, detach };
}

function openConnection() {
  const context = attachElement();
  context.browser.socket.accept();
  return context;
}

test("a page without elements opens no socket", () => {
  const browser = new FakeBrowser();
  new LivePage(browser);
  browser.window.dispatch("pageshow");
  assert.equal(browser.sockets.length, 0);
});

test("all elements share one socket to the origin of the page", () => {
  const { browser, page } = attachElement();
  page.attach();
  page.attach(10_000);
  assert.deepEqual(browser.sockets.map(({ url }) => url), ["wss://example.org/ws/landing/"]);
});

test("a page without TLS opens a socket without TLS", () => {
  const browser = new FakeBrowser();
  browser.window.location.origin = "http://127.0.0.1:8000";
  new LivePage(browser).attach();
  assert.equal(browser.socket.url, "ws://127.0.0.1:8000/ws/landing/");
});

/** Put an element with the attribute `data-luc-place` into the document, or none. */
function setPlace({ window }, place) {
  const { querySelector } = window.document;
  const element = place === null ? null : makeElement(place);
  window.document.querySelector = (selector) =>
    selector === "[words][data-luc-place]" ? element : querySelector(selector);
}

test("the socket carries the signed place of the page, also at a reconnect", () => {
  const browser = new FakeBrowser();
  setPlace(browser, "/%C3%A9t%C3%A9:c2lnbmF0dXJl");
  new LivePage(browser).attach();
  const url = "wss://example.org/ws/landing/?place=/%C3%A9t%C3%A9:c2lnbmF0dXJl";
  assert.equal(browser.socket.url, url);
  browser.socket.fail();
  setPlace(browser, "/pricing:c2lnbmF0dXJl");
  browser.advance(INTERVAL_MS);
  assert.equal(browser.socket.url, "wss://example.org/ws/landing/?place=/pricing:c2lnbmF0dXJl");
});

test("the place follows the other parameters", () => {
  const browser = new FakeBrowser();
  browser.window.innerWidth = 360;
  setPlace(browser, "/:c2lnbmF0dXJl");
  new LivePage(browser).attach();
  const query = "?width=small&place=/:c2lnbmF0dXJl";
  assert.equal(browser.socket.url, `wss://example.org/ws/landing/${query}`);
});

test("a page without a place sends none", () => {
  for (const place of [null, undefined, ""]) {
    const browser = new FakeBrowser();
    setPlace(browser, place);
    new LivePage(browser).attach();
    assert.equal(browser.socket.url, "wss://example.org/ws/landing/");
  }
});

const listSent = ({ socket }) => socket.sent.map((text) => JSON.parse(text));
const at = (path) => ({ type: "at", path });

test("a new element with another place reports it, and the next connection starts with it", () => {
  const { browser, page } = openConnection();
  page.attach(INTERVAL_MS, { element: makeElement("/caf%C3%A9:signed") });
  assert.deepEqual(listSent(browser), [at("/café:signed")]);
  browser.socket.fail();
  browser.advance(INTERVAL_MS);
  assert.equal(browser.socket.url, "wss://example.org/ws/landing/?place=/caf%C3%A9:signed");
  browser.socket.accept();
  assert.deepEqual(listSent(browser), []);
});

test("a place that changes while the page connects is reported once it has connected", () => {
  const browser = new FakeBrowser();
  const page = new LivePage(browser);
  const element = makeElement("/a:signed");
  page.attach(INTERVAL_MS, { element });
  element.dataset.lucPlace = "/b:signed";
  page.updatePlace();
  assert.deepEqual(listSent(browser), []);
  browser.socket.accept();
  assert.deepEqual(listSent(browser), [at("/b:signed")]);
});

test("the place is elsewhere after its element has left", async () => {
  const { browser, page } = openConnection();
  const detach = page.attach(INTERVAL_MS, { element: makeElement("/a:signed") });
  detach();
  await flushPromises();
  browser.advance(MIN_INTERVAL_MS);
  assert.deepEqual(listSent(browser), [at("/a:signed"), at("")]);
});

test("a hidden page that becomes visible again reports its place, and one that stays visible does not", () => {
  const { browser, page } = openConnection();
  page.attach(INTERVAL_MS, { element: makeElement("/a:signed") });
  browser.socket.sent.length = 0;
  browser.advance(MIN_INTERVAL_MS);
  browser.window.setVisibility("hidden");
  assert.deepEqual(listSent(browser), []);
  browser.window.setVisibility("visible");
  assert.deepEqual(listSent(browser), [at("/a:signed"), { type: "ping" }]);
});

test("a hidden page that has disconnected reconnects with its place instead", () => {
  const { browser, page } = openConnection();
  page.attach(INTERVAL_MS, { element: makeElement("/a:signed") });
  browser.window.setVisibility("hidden");
  exchangeFrames(browser, MAX_HIDDEN_MS);
  browser.window.setVisibility("visible");
  browser.socket.accept();
  assert.equal(browser.socket.url, "wss://example.org/ws/landing/?place=/a:signed");
  assert.deepEqual(listSent(browser), []);
});

test("the last place is not sent over a connection that was lost within the interval", () => {
  const { browser, page } = openConnection();
  const element = makeElement("/a:signed");
  page.attach(INTERVAL_MS, { element });
  element.dataset.lucPlace = "/b:signed";
  page.updatePlace();
  const { socket } = browser;
  socket.fail();
  browser.randomValue = 0;
  browser.advance(MIN_INTERVAL_MS);
  assert.deepEqual(socket.sent.map((text) => JSON.parse(text)), [at("/a:signed")]);
});

test("an invalid place counts as absent, and the counts stay live", () => {
  const { browser, page } = openConnection();
  const element = makeElement("/%E0%A4%A");
  page.attach(INTERVAL_MS, { element });
  page.updatePlace();
  browser.socket.receive(makeCountFrame());
  assert.deepEqual(browser.warnings, []);
  assert.equal(page.counter.state.snapshot.people, 17);
});

/** Let the page of a browser accept unsigned paths, with or without the Navigation API. */
function openUnsigned(navigation) {
  const browser = new FakeBrowser();
  if (navigation) browser.window.navigation = navigation;
  const { document } = browser.window;
  const { querySelector } = document;
  document.querySelector = (selector) =>
    selector === "[unsigned-places]" ? {} : querySelector(selector);
  new LivePage(browser).attach();
  browser.socket.accept();
  return browser;
}

for (const type of ["popstate", "currententrychange"]) {
  test(`an address that changes with ${type} is the place of an unsigned page`, () => {
    const target = type === "popstate" ? undefined : new EventTarget();
    const browser = openUnsigned(target);
    assert.equal(browser.socket.url, "wss://example.org/ws/landing/?place=%2F");
    browser.window.location.pathname = "/tickets/1";
    (target ?? browser.window).dispatchEvent(new Event(type));
    assert.deepEqual(listSent(browser), [at("/tickets/1")]);
  });
}

test("without the Navigation API, an address that a script changes is noticed with the next frame", () => {
  const browser = openUnsigned();
  browser.window.location.pathname = "/tickets/1";
  browser.socket.receive(makeCountFrame());
  assert.deepEqual(listSent(browser), [at("/tickets/1")]);
});

test("the connection starts with the topics of the elements", () => {
  const browser = new FakeBrowser();
  setPlace(browser, "/:signed");
  const page = new LivePage(browser);
  page.attach(INTERVAL_MS, { topic: "here" });
  const query = "?topics=online,activity,here&place=/:signed";
  assert.equal(browser.socket.url, `wss://example.org/ws/landing/${query}`);
  browser.socket.accept();
  assert.deepEqual(listSent(browser), []);
});

test("elements subscribe while they need a topic, each topic once", async () => {
  const { browser, page } = openConnection();
  const detachments = ["places", "here", "places"].map((topic) => page.attach(INTERVAL_MS, { topic }));
  const subscribed = ["subscribe-places", "subscribe-here"];
  assert.deepEqual(listSent(browser).map(({ type }) => type), subscribed);
  detachments[0]();
  detachments[1]();
  await flushPromises();
  const types = listSent(browser).map(({ type }) => type);
  assert.deepEqual(types, [...subscribed, "unsubscribe-here"]);
});

test("an element that is attached while the page connects subscribes once it has connected", () => {
  const { browser, page } = attachElement();
  page.attach(INTERVAL_MS, { topic: "places" });
  browser.socket.accept();
  assert.deepEqual(listSent(browser), [{ type: "subscribe-places" }]);
});

test("an element gets each valid frame until it is detached", () => {
  const { browser, page } = openConnection();
  const types = [];
  const detach = page.attach(INTERVAL_MS, { onFrame: ({ type }) => types.push(type) });
  browser.socket.receive(makePlacesFrame());
  browser.socket.receive(makePlacesFrame({ places: 5 }));
  browser.socket.receive(makeCountFrame());
  detach();
  browser.socket.receive(makePlacesFrame());
  assert.deepEqual(types, ["places", "connection-count"]);
});

test("the people at the place come from the page and from the connection", () => {
  const { browser, page } = openConnection();
  page.applyPlaceCount(JSON.stringify(makePlaceCountFrame({ people: 3 })));
  assert.equal(page.counter.state.here.people, 3);
  browser.socket.receive(makePlaceCountFrame({ people: 4 }));
  assert.equal(page.counter.state.here.people, 4);
  page.applyPlaceCount("{");
  assert.equal(browser.warnings.length, 1);
});

test("while the socket is down, the API has the people at the place", async () => {
  const browser = new FakeBrowser();
  const page = new LivePage(browser);
  page.attach(INTERVAL_MS, { topic: "here" });
  page.applyPlaceCount(JSON.stringify(makePlaceCountFrame({ place: "/blog/café" })));
  const text = makeStatsText({ version: 200, here: 13 });
  browser.respond = async () => ({ ok: true, text: async () => text });
  const url = await findRequest(browser);
  assert.equal(url, "/api/landing/stats/?place=%2Fblog%2Fcaf%C3%A9");
  const { here, snapshot } = page.counter.state;
  assert.deepEqual([here.people, here.version, here.place], [13, 200, "/blog/café"]);
  assert.equal("here" in snapshot, false);
});

/** Lose the connection, and return the next request to the API. */
async function findRequest(browser) {
  browser.socket.fail();
  browser.advance(2 * INTERVAL_MS);
  await flushPromises();
  return browser.requests[0];
}

/** Let no element of the document name the addresses. */
function hideAddresses({ window }) {
  window.document.querySelector = () => null;
}

for (const prefix of ["", "/app", "/a/b", "/de/live", "/m%C3%BCller"]) {
  const addresses = { socket: `${prefix}/ws/`, stats: `${prefix}/stats/` };

  test(`an element with the addresses below "${prefix}" names them for the page`, async () => {
    const browser = new FakeBrowser();
    hideAddresses(browser);
    new LivePage(browser).attach(INTERVAL_MS, { element: makeElement(undefined, addresses) });
    assert.equal(browser.socket.url, `wss://example.org${prefix}/ws/`);
    assert.equal(await findRequest(browser), `${prefix}/stats/`);
  });
}

test("an address can be a URL of another server", () => {
  const browser = new FakeBrowser();
  const element = makeElement(undefined, { socket: "https://live.example.net:8443/ws/" });
  new LivePage(browser).attach(INTERVAL_MS, { element });
  assert.equal(browser.socket.url, "wss://live.example.net:8443/ws/");
});

test("an element whose script still loads may name the addresses", () => {
  const browser = new FakeBrowser();
  const selectors = [];
  browser.window.document.querySelector = (selector) => {
    selectors.push(selector);
    return selector.includes("socket") ? makeElement() : null;
  };
  new LivePage(browser).attach(INTERVAL_MS, { element: makeElement(undefined, {}) });
  assert.equal(browser.socket.url, "wss://example.org/ws/landing/");
  const selector = "live-user-counter[socket],live-activity-feed[socket],live-places[socket]";
  assert.ok(selectors.includes(selector), "a foreign element with such an attribute is not asked");
});

test("a page without an address keeps its first counts, and requests nothing", async () => {
  const browser = new FakeBrowser();
  hideAddresses(browser);
  const page = new LivePage(browser);
  page.applyStats(makeStatsText(), true);
  page.attach(INTERVAL_MS, { element: makeElement(undefined, {}) });
  browser.window.dispatch("online");
  browser.window.setVisibility("hidden");
  browser.window.setVisibility("visible");
  browser.window.dispatch("pageshow");
  browser.advance(10 * INTERVAL_MS);
  await flushPromises();
  assert.deepEqual([browser.sockets, browser.requests, browser.warnings], [[], [], []]);
  const view = deriveCounterView(page.counter.state, VIEW, browser.now());
  assert.deepEqual([view.value, view.state, view.hasProblem], [17, "stale", false]);
});

test("a page without an address connects as soon as an element names one", () => {
  const browser = new FakeBrowser();
  hideAddresses(browser);
  const page = new LivePage(browser);
  page.attach(INTERVAL_MS, { element: makeElement(undefined, {}) });
  page.attach(INTERVAL_MS, { element: makeElement() });
  browser.socket.accept();
  assert.equal(page.counter.state.isStatic, false);
  assert.equal(page.counter.state.connection, "open");
});

test("a page without an address connects as soon as its element gets one", () => {
  const browser = new FakeBrowser();
  hideAddresses(browser);
  const page = new LivePage(browser);
  const addresses = {};
  page.attach(INTERVAL_MS, { element: makeElement(undefined, addresses) });
  page.updatePlace();
  assert.equal(browser.sockets.length, 0);
  addresses.socket = "/live/ws/";
  page.updatePlace();
  page.updatePlace();
  assert.deepEqual(browser.sockets.map(({ url }) => url), ["wss://example.org/live/ws/"]);
});

test("without the address of the counts, a page whose connection is down waits", async () => {
  const browser = new FakeBrowser();
  hideAddresses(browser);
  const element = makeElement(undefined, { socket: "/ws/" });
  new LivePage(browser).attach(INTERVAL_MS, { element });
  assert.equal(await findRequest(browser), undefined);
  assert.deepEqual(browser.warnings, []);
});

test("an invalid address is reported once, and stops nothing else", () => {
  const browser = new FakeBrowser();
  const element = makeElement(undefined, { socket: "http://[" });
  const page = new LivePage(browser);
  page.attach(INTERVAL_MS, { element });
  browser.advance(INTERVAL_MS);
  assert.equal(browser.warnings.length, 1);
  assert.equal(browser.sockets.length, 0);
});

test("a reconnect uses the address of an element that has left", async () => {
  const browser = new FakeBrowser();
  hideAddresses(browser);
  const page = new LivePage(browser);
  page.attach(INTERVAL_MS);
  const addresses = { socket: "/app/ws/", stats: "/app/stats/" };
  const detach = page.attach(INTERVAL_MS, { element: makeElement(undefined, addresses) });
  detach();
  assert.equal(await findRequest(browser), "/app/stats/");
  assert.equal(browser.socket.url, "wss://example.org/app/ws/");
});

test("a reconnect uses the newest address", () => {
  const browser = new FakeBrowser();
  const addresses = { socket: "/de/ws/" };
  new LivePage(browser).attach(INTERVAL_MS, { element: makeElement(undefined, addresses) });
  addresses.socket = "/fr/ws/";
  browser.socket.fail();
  browser.advance(INTERVAL_MS);
  assert.equal(browser.socket.url, "wss://example.org/fr/ws/");
});

for (const [innerWidth, query] of [
  [360, "?width=small"],
  [599.5, "?width=small"],
  [600, "?width=medium"],
  [1023, "?width=medium"],
  [1024, "?width=large"],
  [0, ""],
]) {
  test(`a window of ${innerWidth} px connects with "${query}"`, () => {
    const browser = new FakeBrowser();
    browser.window.innerWidth = innerWidth;
    new LivePage(browser).attach();
    assert.equal(browser.socket.url, `wss://example.org/ws/landing/${query}`);
  });
}

for (const optOut of [{ globalPrivacyControl: true }, { doNotTrack: "1" }]) {
  test(`the opt-out ${JSON.stringify(optOut)} is sent in the URL`, () => {
    const browser = new FakeBrowser();
    Object.assign(browser.window.navigator, optOut);
    browser.window.innerWidth = 360;
    new LivePage(browser).attach();
    assert.equal(browser.socket.url, "wss://example.org/ws/landing/?record=no");
  });
}

test("a prerendered page opens a socket when it is shown", () => {
  const browser = new FakeBrowser();
  const { document } = browser.window;
  document.prerendering = true;
  new LivePage(browser).attach();
  browser.window.dispatch("pageshow");
  assert.equal(browser.sockets.length, 0);
  assert.deepEqual(browser.requests, []);
  document.prerendering = false;
  document.dispatchEvent(new Event("prerenderingchange"));
  assert.equal(browser.sockets.length, 1);
});

test("the last element that detaches closes the socket and removes all listeners", async () => {
  const { browser, page, detach } = openConnection();
  const detachOther = page.attach();
  detach();
  await flushPromises();
  assert.equal(browser.socket.closed, false);
  detachOther();
  await flushPromises();
  assert.equal(browser.socket.closed, true);
  browser.window.dispatch("pageshow");
  browser.window.dispatch("online");
  assert.equal(browser.sockets.length, 1);
  assert.deepEqual(browser.clock.delaysMs, []);
});

test("moving an element keeps the socket", async () => {
  const { browser, page, detach } = openConnection();
  detach();
  page.attach(INTERVAL_MS);
  await flushPromises();
  assert.equal(browser.sockets.length, 1);
  assert.equal(browser.socket.closed, false);
});

test("attaching after the last element detached opens a new socket", async () => {
  const { browser, page, detach } = openConnection();
  detach();
  await flushPromises();
  page.attach();
  assert.equal(browser.sockets.length, 2);
});

test("count frames update the counter, other frames update the feed", () => {
  const { browser, page } = openConnection();
  browser.socket.receive(makeCountFrame({ people: 5 }));
  browser.socket.receive({ type: "activity-history", items: [] });
  browser.socket.receive({ type: "future-type", text: "text" });
  assert.equal(page.counter.state.snapshot.people, 5);
  assert.deepEqual(page.activity.state, { isLoaded: true, items: [] });
});

test("invalid frames keep the last valid state and log one warning", () => {
  const { browser, page } = openConnection();
  browser.socket.receive(makeCountFrame());
  const { state } = page.counter;
  for (const text of ["{", "[]", '{"type":"connection-count","people":-3}']) browser.socket.receive(text);
  assert.equal(page.counter.state, state);
  assert.equal(browser.warnings.length, 1);
  browser.socket.receive(makeCountFrame({ version: 101, people: 18 }));
  assert.equal(page.counter.state.snapshot.people, 18);
});

test("invalid stats responses log one warning", () => {
  const { browser, page } = openConnection();
  page.applyStats(makeStatsText({ source: "guessed" }));
  page.applyStats("busy");
  page.applyStats("null");
  assert.equal(page.counter.state.snapshot, null);
  assert.equal(browser.warnings.length, 1);
});

test("an error in a listener is reported once and leaves the connection open", () => {
  const { browser, page } = openConnection();
  page.counter.subscribe(() => {
    throw new TypeError("a bug");
  });
  browser.socket.receive(makeCountFrame({ people: 5 }));
  browser.socket.receive(makeCountFrame({ people: 6, version: 101 }));
  assert.equal(page.counter.state.snapshot.people, 6);
  assert.equal(page.counter.state.connection, "open");
  assert.deepEqual(browser.warnings, ["Live counter: TypeError: a bug"]);
});

test("each error is reported once", () => {
  const { browser, page } = attachElement();
  assert.equal(page.attempt(() => {}), true);
  for (let round = 0; round < 3; round += 1) {
    assert.equal(page.attempt(() => { throw new RangeError("wrong"); }), false);
    page.report("words is wrong");
  }
  assert.deepEqual(browser.warnings, ["Live counter: RangeError: wrong", "Live counter: words is wrong"]);
});

test("without WebSocket, the API is polled", async () => {
  const browser = new FakeBrowser();
  browser.WebSocket = undefined;
  browser.respond = async () => ({ ok: true, text: async () => makeStatsText({ version: 200 }) });
  const page = new LivePage(browser);
  page.attach(INTERVAL_MS);
  browser.advance(1.25 * INTERVAL_MS);
  await flushPromises();
  assert.equal(page.counter.state.snapshot.version, 200);
  assert.equal(browser.warnings.length, 1);
});

test("without WebSocket and fetch, the first counts stay", async () => {
  const browser = new FakeBrowser();
  browser.WebSocket = browser.fetch = undefined;
  const page = new LivePage(browser);
  page.applyStats(makeStatsText());
  page.attach(INTERVAL_MS);
  browser.advance(3 * INTERVAL_MS);
  await flushPromises();
  assert.equal(page.counter.state.snapshot.people, 17);
  assert.equal(browser.warnings.length, 1);
});

test("a browser that does not know if it has a network counts as online", () => {
  const browser = new FakeBrowser();
  delete browser.window.navigator.onLine;
  const page = new LivePage(browser);
  page.attach();
  assert.equal(page.counter.state.isOnline, true);
});

test("the server-rendered snapshot stays until a newer frame arrives", () => {
  const { browser, page } = openConnection();
  page.applyStats(makeStatsText({ version: 100 }));
  browser.socket.receive(makeCountFrame({ version: 99, people: 1 }));
  assert.equal(page.counter.state.snapshot.people, 17);
});

test("the age of a server-rendered snapshot is that of its content", () => {
  const { browser, page } = attachElement();
  const nowMs = browser.now();
  page.applyStats(makeStatsText({ as_of: new Date(nowMs - 90_000).toISOString() }), true);
  assert.equal(getAge(page.counter.state, nowMs), 90_000);
});

test("a server that started again with its clock set back is shown at once", () => {
  const { browser, page } = openConnection();
  browser.socket.receive(makeCountFrame({ version: 200 }));
  browser.socket.fail();
  browser.window.dispatch("online");
  browser.socket.accept();
  browser.socket.receive(makeCountFrame({ epoch: "e2", version: 7, people: 1 }));
  assert.equal(page.counter.state.snapshot.people, 1);
});

test("leaving the page closes the socket, and returning opens another", () => {
  const { browser, page } = openConnection();
  browser.window.dispatch("pagehide");
  assert.equal(browser.socket.closed, true);
  assert.equal(page.counter.state.connection, "idle");
  browser.advance(3_600_000);
  assert.equal(browser.sockets.length, 1);
  browser.window.dispatch("pageshow");
  browser.socket.accept();
  assert.equal(browser.sockets.length, 2);
  assert.equal(page.counter.state.connection, "open");
});

test("the first pageshow does not open a second socket", () => {
  const { browser } = openConnection();
  browser.window.dispatch("pageshow");
  assert.equal(browser.sockets.length, 1);
});

test("a restored network starts one attempt at once", () => {
  const { browser, page } = openConnection();
  browser.socket.fail();
  browser.window.navigator.onLine = false;
  browser.window.dispatch("offline");
  assert.equal(page.counter.state.isOnline, false);
  const before = browser.sockets.length;
  browser.window.navigator.onLine = true;
  browser.window.dispatch("online");
  browser.window.dispatch("online");
  assert.equal(page.counter.state.isOnline, true);
  assert.equal(browser.sockets.length, before + 1);
});

test("a lost network pings the open connection", () => {
  const { browser, page } = openConnection();
  browser.window.navigator.onLine = false;
  browser.window.dispatch("offline");
  assert.deepEqual(browser.socket.sent, ['{"type":"ping"}']);
  browser.advance(PONG_TIMEOUT_MS);
  assert.equal(page.counter.state.connection, "waiting");
});

test("a page that becomes visible reconnects at once", () => {
  const { browser } = openConnection();
  browser.window.setVisibility("hidden");
  browser.socket.fail();
  browser.window.setVisibility("visible");
  assert.equal(browser.sockets.length, 2);
});

/** Advance five minutes or more while the server sends frames. */
function exchangeFrames(browser, durationMs = 300_000) {
  for (let frame = 0; frame < durationMs / 20_000; frame += 1) {
    browser.socket.receive({ type: "pong" });
    browser.advance(20_000);
  }
}

test("a hidden page stays connected", () => {
  const { browser } = openConnection();
  browser.window.setVisibility("hidden");
  exchangeFrames(browser, MAX_HIDDEN_MS - 20_000);
  assert.equal(browser.socket.closed, false);
});

test("a page that is hidden for long disconnects until it is visible", () => {
  const { browser, page } = openConnection();
  browser.window.setVisibility("hidden");
  exchangeFrames(browser, MAX_HIDDEN_MS);
  assert.equal(browser.socket.closed, true);
  assert.equal(page.counter.state.connection, "idle");
  browser.window.dispatch("online");
  browser.advance(24 * 3_600_000);
  assert.equal(browser.sockets.length, 1);
  assert.deepEqual(browser.requests, []);
  assert.deepEqual(browser.clock.delaysMs, []);
  browser.window.setVisibility("visible");
  browser.socket.accept();
  assert.equal(browser.sockets.length, 2);
  assert.equal(page.counter.state.connection, "open");
});

test("becoming visible in between keeps the page connected", () => {
  const { browser } = openConnection();
  for (let day = 0; day < 3; day += 1) {
    browser.window.setVisibility("hidden");
    exchangeFrames(browser, MAX_HIDDEN_MS - 20_000);
    browser.window.setVisibility("visible");
    exchangeFrames(browser, MAX_HIDDEN_MS);
  }
  assert.equal(browser.sockets.length, 1);
  assert.equal(browser.socket.closed, false);
});

test("a page opened in the background disconnects as well", () => {
  const browser = new FakeBrowser();
  browser.window.document.hidden = true;
  new LivePage(browser).attach();
  browser.socket.accept();
  exchangeFrames(browser, MAX_HIDDEN_MS);
  assert.equal(browser.socket.closed, true);
});

test("the API is not polled while the socket is open", () => {
  const { browser } = openConnection();
  exchangeFrames(browser);
  assert.deepEqual(browser.requests, []);
});

test("the API is polled while the socket is down", async () => {
  const { browser, page } = openConnection();
  browser.respond = async () => ({ ok: true, text: async () => makeStatsText({ version: 200 }) });
  browser.socket.fail();
  browser.advance(1.25 * INTERVAL_MS);
  await flushPromises();
  assert.equal(browser.requests.length, 1);
  assert.equal(page.counter.state.snapshot.version, 200);
  browser.window.dispatch("online");
  browser.socket.accept();
  exchangeFrames(browser);
  assert.equal(browser.requests.length, 1);
});

test("the API is polled only while the page is visible", () => {
  const { browser } = openConnection();
  browser.window.setVisibility("hidden");
  browser.socket.fail();
  browser.advance(10 * INTERVAL_MS);
  assert.deepEqual(browser.requests, []);
});

test("the shortest interval of all elements applies", async () => {
  const { browser, page } = attachElement();
  const detachSooner = page.attach(10_000);
  browser.socket.fail();
  browser.advance(1.25 * 10_000);
  assert.equal(browser.requests.length, 1);
  detachSooner();
  await flushPromises();
  browser.advance(1.25 * INTERVAL_MS - 1);
  assert.equal(browser.requests.length, 1);
  browser.advance(1);
  assert.equal(browser.requests.length, 2);
});

function createWindow(changes = {}) {
  const { window, WebSocket } = new FakeBrowser();
  return Object.assign(window, { WebSocket, fetch: async () => {}, setTimeout, clearTimeout }, changes);
}

test("all copies of the scripts share one connection", async () => {
  const window = createWindow();
  const copy = await import("../../static/live_user_counter/js/live-page.js?copy=2");
  assert.equal(copy.sharePage(window), sharePage(window));
});

test("two windows do not share a connection", () => {
  assert.notEqual(sharePage(createWindow()), sharePage(createWindow()));
});

test("copies share one connection if the first element arrives between them", () => {
  const window = createWindow();
  const page = sharePage(window);
  page.attach(INTERVAL_MS, { element: makeElement() })();
  assert.equal(sharePage(window), page);
});

test("a browser without WebSocket and fetch gets a page", () => {
  const { browser } = sharePage(createWindow({ WebSocket: undefined, fetch: undefined }));
  assert.equal(browser.WebSocket, undefined);
  assert.equal(browser.fetch, undefined);
});
