import assert from "node:assert/strict";
import { test } from "node:test";

import { LivePage, PAUSE_HIDDEN_MS } from "../../static/landing/js/live-page.js";
import { PONG_TIMEOUT_MS } from "../../static/landing/js/live-socket.js";
import { FakeWorld, countFrame, settled, statsText } from "./fake-world.mjs";

const INTERVAL_MS = 30_000;

function joined() {
  const world = new FakeWorld();
  const page = new LivePage(world);
  const leave = page.join(INTERVAL_MS);
  return { world, page, leave };
}

function opened() {
  const all = joined();
  all.world.socket.accept();
  return all;
}

test("a page without elements opens no socket", () => {
  const world = new FakeWorld();
  new LivePage(world);
  world.window.happens("pageshow");
  assert.equal(world.sockets.length, 0);
});

test("all elements share one socket, to where the page came from", () => {
  const { world, page } = joined();
  page.join();
  page.join(10_000);
  assert.deepEqual(world.sockets.map(({ url }) => url), ["wss://example.org/ws/landing/"]);
});

test("a page without TLS opens a socket without TLS", () => {
  const world = new FakeWorld();
  world.window.location.origin = "http://127.0.0.1:8000";
  new LivePage(world).join();
  assert.equal(world.socket.url, "ws://127.0.0.1:8000/ws/landing/");
});

for (const wish of [{ globalPrivacyControl: true }, { doNotTrack: "1" }]) {
  test(`the server is told of ${JSON.stringify(wish)}, which a handshake need not say`, () => {
    const world = new FakeWorld();
    Object.assign(world.window.navigator, wish);
    new LivePage(world).join();
    assert.equal(world.socket.url, "wss://example.org/ws/landing/?record=no");
  });
}

test("a page that is fetched ahead opens a socket when somebody looks at it", () => {
  const world = new FakeWorld();
  const { document } = world.window;
  document.prerendering = true;
  new LivePage(world).join();
  world.window.happens("pageshow");
  assert.equal(world.sockets.length, 0);
  assert.deepEqual(world.requests, []);
  document.prerendering = false;
  document.dispatchEvent(new Event("prerenderingchange"));
  assert.equal(world.sockets.length, 1);
});

test("the last element that leaves closes the socket and stops listening", async () => {
  const { world, page, leave } = opened();
  const leaveToo = page.join();
  leave();
  await settled();
  assert.equal(world.socket.closed, false);
  leaveToo();
  await settled();
  assert.equal(world.socket.closed, true);
  world.window.happens("pageshow");
  world.window.happens("online");
  assert.equal(world.sockets.length, 1);
  assert.deepEqual(world.clock.waitsMs, []);
});

test("an element that is moved keeps the socket", async () => {
  const { world, page, leave } = opened();
  leave();
  page.join(INTERVAL_MS);
  await settled();
  assert.equal(world.sockets.length, 1);
  assert.equal(world.socket.closed, false);
});

test("an element that comes after the last one left opens a new socket", async () => {
  const { world, page, leave } = opened();
  leave();
  await settled();
  page.join();
  assert.equal(world.sockets.length, 2);
});

test("count frames reach the counter's store, the others the feed's", () => {
  const { world, page } = opened();
  world.socket.say(countFrame({ people: 5 }));
  world.socket.say({ type: "activity-history", items: [] });
  world.socket.say({ type: "weather", text: "rain" });
  assert.equal(page.counter.state.numbers.people, 5);
  assert.deepEqual(page.activity.state, { heard: true, items: [] });
});

test("bad frames leave the last good state and are complained of once", () => {
  const { world, page } = opened();
  world.socket.say(countFrame());
  const { state } = page.counter;
  for (const text of ["{", "[]", '{"type":"connection-count","people":-3}']) world.socket.say(text);
  assert.equal(page.counter.state, state);
  assert.equal(world.warnings.length, 1);
  world.socket.say(countFrame({ version: 101, people: 18 }));
  assert.equal(page.counter.state.numbers.people, 18);
});

test("a bad answer of the API is a bad frame as well", () => {
  const { world, page } = opened();
  page.seed(statsText({ source: "guessed" }));
  page.seed("busy");
  page.seed("null");
  assert.equal(page.counter.state.numbers, null);
  assert.equal(world.warnings.length, 1);
});

test("the server-rendered snapshot counts until a newer frame comes", () => {
  const { world, page } = opened();
  page.seed(statsText({ version: 100 }));
  world.socket.say(countFrame({ version: 99, people: 1 }));
  assert.equal(page.counter.state.numbers.people, 17);
});

test("leaving the page closes the socket, and coming back opens another", () => {
  const { world, page } = opened();
  world.window.happens("pagehide");
  assert.equal(world.socket.closed, true);
  assert.equal(page.counter.state.link, "idle");
  world.pass(3_600_000);
  assert.equal(world.sockets.length, 1);
  world.window.happens("pageshow");
  world.socket.accept();
  assert.equal(world.sockets.length, 2);
  assert.equal(page.counter.state.link, "open");
});

test("the first pageshow opens no second socket", () => {
  const { world } = opened();
  world.window.happens("pageshow");
  assert.equal(world.sockets.length, 1);
});

test("a network that comes back is tried once at once", () => {
  const { world, page } = opened();
  world.socket.end();
  world.window.navigator.onLine = false;
  world.window.happens("offline");
  assert.equal(page.counter.state.online, false);
  const before = world.sockets.length;
  world.window.navigator.onLine = true;
  world.window.happens("online");
  world.window.happens("online");
  assert.equal(page.counter.state.online, true);
  assert.equal(world.sockets.length, before + 1);
});

test("a network that goes makes the page ask whether the socket still lives", () => {
  const { world, page } = opened();
  world.window.navigator.onLine = false;
  world.window.happens("offline");
  assert.deepEqual(world.socket.sent, ['{"type":"ping"}']);
  world.pass(PONG_TIMEOUT_MS);
  assert.equal(page.counter.state.link, "waiting");
});

test("a page that is looked at again tries at once", () => {
  const { world } = opened();
  world.window.becomes("hidden");
  world.socket.end();
  world.window.becomes("visible");
  assert.equal(world.sockets.length, 2);
});

/** Five minutes, or longer, with a server that answers. */
function talk(world, durationMs = 300_000) {
  for (let frame = 0; frame < durationMs / 20_000; frame += 1) {
    world.socket.say({ type: "pong" });
    world.pass(20_000);
  }
}

test("a hidden page stays connected: who opened it is here", () => {
  const { world } = opened();
  world.window.becomes("hidden");
  talk(world, PAUSE_HIDDEN_MS - 20_000);
  assert.equal(world.socket.closed, false);
});

test("a page that nobody looked at for long hangs up, and calls again when somebody does", () => {
  const { world, page } = opened();
  world.window.becomes("hidden");
  talk(world, PAUSE_HIDDEN_MS);
  assert.equal(world.socket.closed, true);
  assert.equal(page.counter.state.link, "idle");
  world.window.happens("online");
  world.pass(24 * 3_600_000);
  assert.equal(world.sockets.length, 1);
  assert.deepEqual(world.requests, []);
  assert.deepEqual(world.clock.waitsMs, []);
  world.window.becomes("visible");
  world.socket.accept();
  assert.equal(world.sockets.length, 2);
  assert.equal(page.counter.state.link, "open");
});

test("a look now and then keeps the page connected", () => {
  const { world } = opened();
  for (let day = 0; day < 3; day += 1) {
    world.window.becomes("hidden");
    talk(world, PAUSE_HIDDEN_MS - 20_000);
    world.window.becomes("visible");
    talk(world, PAUSE_HIDDEN_MS);
  }
  assert.equal(world.sockets.length, 1);
  assert.equal(world.socket.closed, false);
});

test("a page that was opened in the background and never seen hangs up as well", () => {
  const world = new FakeWorld();
  world.window.document.hidden = true;
  new LivePage(world).join();
  world.socket.accept();
  talk(world, PAUSE_HIDDEN_MS);
  assert.equal(world.socket.closed, true);
});

test("the API is not asked while the socket is open", () => {
  const { world } = opened();
  talk(world);
  assert.deepEqual(world.requests, []);
});

test("the API is asked while the socket is down, until it is open again", async () => {
  const { world, page } = opened();
  world.answer = async () => ({ ok: true, text: async () => statsText({ version: 200 }) });
  world.socket.end();
  world.pass(1.25 * INTERVAL_MS);
  await settled();
  assert.equal(world.requests.length, 1);
  assert.equal(page.counter.state.numbers.version, 200);
  world.window.happens("online");
  world.socket.accept();
  talk(world);
  assert.equal(world.requests.length, 1);
});

test("the API is asked only while somebody looks", () => {
  const { world } = opened();
  world.window.becomes("hidden");
  world.socket.end();
  world.pass(10 * INTERVAL_MS);
  assert.deepEqual(world.requests, []);
});

test("the shortest interval of all elements counts", async () => {
  const { world, page } = joined();
  const leaveSooner = page.join(10_000);
  world.socket.end();
  world.pass(1.25 * 10_000);
  assert.equal(world.requests.length, 1);
  leaveSooner();
  await settled();
  world.pass(1.25 * INTERVAL_MS - 1);
  assert.equal(world.requests.length, 1);
  world.pass(1);
  assert.equal(world.requests.length, 2);
});
