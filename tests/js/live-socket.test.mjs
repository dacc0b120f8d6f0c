import assert from "node:assert/strict";
import { test } from "node:test";

import {
  BACKOFF_BASE_MS,
  BACKOFF_MAX_MS,
  LiveSocket,
  OPEN_TIMEOUT_MS,
  PONG_TIMEOUT_MS,
  SILENCE_MS,
  STABLE_MS,
} from "../../static/live_user_counter/js/transport/live-socket.js";
import { FakeBrowser, makeCountFrame } from "./fake-browser.mjs";

function startSocket() {
  const browser = new FakeBrowser();
  const states = [];
  const frames = [];
  const errors = [];
  const handlers = {
    onStateChange: (state) => states.push(state),
    onFrame: (frame) => frames.push(frame),
    onError: (error) => errors.push(error),
  };
  const socket = new LiveSocket(() => "wss://example.org/ws/landing/", browser, handlers);
  socket.start();
  return { browser, socket, handlers, states, frames, errors };
}

function openSocket() {
  const context = startSocket();
  context.browser.socket.accept();
  return context;
}

test("a socket connects, opens, and passes frames on", () => {
  const { browser, states, frames } = openSocket();
  browser.socket.receive(makeCountFrame());
  assert.deepEqual(states, ["connecting", "open"]);
  assert.deepEqual(frames, [makeCountFrame()]);
  assert.equal(browser.socket.url, "wss://example.org/ws/landing/");
});

test("starting twice opens one socket", () => {
  const { browser, socket } = startSocket();
  socket.start();
  assert.equal(browser.sockets.length, 1);
});

test("an invalid frame is reported and the connection stays open", () => {
  const { browser, states, frames, errors } = openSocket();
  browser.socket.receive("{");
  browser.socket.receive(makeCountFrame());
  assert.equal(errors.length, 1);
  assert.equal(frames.length, 1);
  assert.equal(states.at(-1), "open");
});

test("an error in a frame handler is not reported as an invalid frame", () => {
  const { browser, handlers } = openSocket();
  handlers.onFrame = () => {
    throw new TypeError("a bug");
  };
  assert.throws(() => browser.socket.receive(makeCountFrame()), TypeError);
});

for (const [name, WebSocket] of [
  ["missing", undefined],
  ["forbidden", class { constructor() { throw new DOMException("policy", "SecurityError"); } }],
]) {
  test(`if WebSocket is ${name}, it tries again with the usual backoff`, () => {
    const browser = new FakeBrowser();
    const supported = browser.WebSocket;
    const states = [];
    const errors = [];
    browser.WebSocket = WebSocket;
    const socket = new LiveSocket(() => "wss://example.org/ws/landing/", browser, {
      onStateChange: (state) => states.push(state),
      onFrame: assert.fail,
      onError: (error) => errors.push(error),
    });
    socket.start();
    assert.deepEqual([states, errors.length], [["waiting"], 1]);
    assert.deepEqual(browser.clock.delaysMs, [BACKOFF_BASE_MS]);
    browser.advance(BACKOFF_BASE_MS);
    assert.deepEqual(browser.clock.delaysMs, [2 * BACKOFF_BASE_MS]);
    socket.stop();
    assert.deepEqual(browser.clock.delaysMs, []);
    browser.WebSocket = supported;
    socket.start();
    browser.socket.accept();
    assert.equal(states.at(-1), "open");
  });
}

test("after a disconnect, it reconnects after a random part of the base delay", () => {
  const { browser, states } = openSocket();
  browser.randomValue = 0.25;
  browser.advance(STABLE_MS);
  browser.socket.fail();
  assert.equal(states.at(-1), "waiting");
  assert.deepEqual(browser.clock.delaysMs, [BACKOFF_BASE_MS / 4]);
  browser.advance(BACKOFF_BASE_MS / 4);
  assert.equal(states.at(-1), "connecting");
  assert.equal(browser.sockets.length, 2);
});

test("failed attempts double the longest delay up to the maximum", () => {
  const { browser } = startSocket();
  const delaysMs = [];
  for (let attempt = 0; attempt < 8; attempt += 1) {
    browser.socket.fail();
    delaysMs.push(browser.clock.delaysMs[0]);
    browser.advance(delaysMs.at(-1));
  }
  assert.deepEqual(delaysMs, [1, 2, 4, 8, 16, 30, 30, 30].map((seconds) => seconds * 1_000));
  assert.equal(BACKOFF_MAX_MS, 30_000);
});

test("a server that accepts and closes at once does not cause a tight loop", () => {
  const { browser } = startSocket();
  browser.randomValue = 0.5;
  for (let round = 0; round < 1_000; round += 1) {
    browser.socket.accept();
    browser.socket.receive({ type: "retry", after_ms_max: 0 });
    browser.socket.fail(1001);
    browser.advance(200);
  }
  assert.ok(browser.sockets.length < 25, `${browser.sockets.length} connections in 200 s`);
});

test("a stable connection resets the backoff", () => {
  const { browser } = startSocket();
  for (let attempt = 0; attempt < 5; attempt += 1) {
    browser.socket.fail();
    browser.advance(BACKOFF_MAX_MS);
  }
  browser.socket.accept();
  browser.advance(STABLE_MS);
  browser.socket.fail();
  assert.deepEqual(browser.clock.delaysMs, [BACKOFF_BASE_MS]);
});

test("failures after a stable connection increase the backoff again", () => {
  const { browser } = openSocket();
  browser.advance(STABLE_MS);
  const delaysMs = [];
  for (let attempt = 0; attempt < 3; attempt += 1) {
    browser.socket.fail();
    delaysMs.push(browser.clock.delaysMs[0]);
    browser.advance(delaysMs.at(-1));
  }
  assert.deepEqual(delaysMs, [1_000, 2_000, 4_000]);
});

test("a connection that ends just before it is stable does not reset the backoff", () => {
  const { browser } = openSocket();
  browser.socket.fail();
  browser.advance(BACKOFF_BASE_MS);
  browser.socket.accept();
  browser.advance(STABLE_MS - 1);
  browser.socket.fail();
  assert.deepEqual(browser.clock.delaysMs, [2 * BACKOFF_BASE_MS]);
});

test("the delay is up to the server's retry delay, for every close code", () => {
  for (const code of [1001, 1006, 1011, 4408]) {
    const { browser, frames } = openSocket();
    browser.socket.receive({ type: "retry", after_ms_max: 8_000 });
    browser.advance(STABLE_MS);
    browser.socket.fail(code);
    assert.deepEqual(browser.clock.delaysMs, [8_000], `close code ${code}`);
    assert.deepEqual(frames, [], "the retry frame is not passed on");
  }
});

test("a retry delay shorter than the backoff does not shorten it", () => {
  const { browser } = openSocket();
  browser.socket.receive({ type: "retry", after_ms_max: 10 });
  browser.advance(STABLE_MS);
  browser.socket.fail();
  assert.deepEqual(browser.clock.delaysMs, [BACKOFF_BASE_MS]);
});

test("an attempt that never opens times out", () => {
  const { browser, states } = startSocket();
  const [first] = browser.sockets;
  browser.advance(OPEN_TIMEOUT_MS);
  assert.equal(states.at(-1), "waiting");
  assert.ok(first.closed);
});

test("events of a discarded socket are ignored", () => {
  const { browser, states, frames } = startSocket();
  const [first] = browser.sockets;
  browser.advance(OPEN_TIMEOUT_MS);
  first.accept();
  first.receive(makeCountFrame());
  first.fail();
  assert.deepEqual(states, ["connecting", "waiting"]);
  assert.deepEqual(frames, []);
});

test("a silent server gets a ping, and is disconnected without a reply", () => {
  const { browser, states } = openSocket();
  browser.advance(SILENCE_MS);
  assert.deepEqual(browser.socket.sent, ['{"type":"ping"}']);
  browser.advance(PONG_TIMEOUT_MS);
  assert.equal(states.at(-1), "waiting");
});

test("any frame is a reply to a ping", () => {
  const { browser, states } = openSocket();
  browser.advance(SILENCE_MS);
  browser.socket.receive({ type: "pong" });
  browser.advance(PONG_TIMEOUT_MS);
  assert.equal(states.at(-1), "open");
});

test("a server that sends frames gets no ping", () => {
  const { browser } = openSocket();
  for (let frame = 0; frame < 20; frame += 1) {
    browser.advance(SILENCE_MS - 1);
    browser.socket.receive(makeCountFrame());
  }
  assert.deepEqual(browser.socket.sent, []);
});

test("invalid messages also set the time of the last message", () => {
  const { browser, socket } = openSocket();
  browser.advance(7_000);
  browser.socket.receive("not JSON");
  const lastReceivedMs = browser.clock.nowMs;
  browser.advance(3_000);
  assert.equal(socket.lastReceivedMs, lastReceivedMs);
});

test("waking while waiting starts one attempt at once and keeps the backoff", () => {
  const { browser, socket, states } = startSocket();
  browser.socket.fail();
  browser.advance(BACKOFF_BASE_MS);
  browser.socket.fail();
  socket.wake();
  assert.equal(states.at(-1), "connecting");
  assert.equal(browser.sockets.length, 3);
  socket.wake();
  assert.equal(browser.sockets.length, 3);
  browser.socket.fail();
  assert.deepEqual(browser.clock.delaysMs, [4 * BACKOFF_BASE_MS]);
});

test("waking an open connection sends a ping", () => {
  const { browser, socket, states } = openSocket();
  socket.wake();
  assert.deepEqual(browser.socket.sent, ['{"type":"ping"}']);
  browser.advance(PONG_TIMEOUT_MS);
  assert.equal(states.at(-1), "waiting");
});

test("waking repeatedly does not postpone the pong timeout", () => {
  const { browser, socket, states } = openSocket();
  for (let wake = 0; wake < 5; wake += 1) {
    socket.wake();
    browser.advance(PONG_TIMEOUT_MS / 5);
  }
  assert.equal(states.at(-1), "waiting");
  assert.equal(browser.socket.sent.length, 1);
});

test("after a suspend, an open connection first gets a ping", () => {
  const { browser, states } = openSocket();
  browser.clock.sleep(8 * 3_600_000);
  assert.deepEqual(browser.socket.sent, ['{"type":"ping"}']);
  assert.equal(states.at(-1), "open");
});

test("fifty quick restarts cause few connections, and the last one stays open", () => {
  const { browser, socket, states } = startSocket();
  browser.randomValue = 0.5;
  for (let restart = 0; restart < 50; restart += 1) {
    browser.socket.accept();
    browser.advance(300);
    browser.socket.fail(1001);
    browser.advance(700);
  }
  assert.ok(browser.sockets.length <= 10, `${browser.sockets.length} connections in 50 s`);
  socket.wake();
  browser.socket.accept();
  browser.advance(SILENCE_MS - 1);
  assert.equal(states.at(-1), "open");
});

test("waking a stopped socket does nothing", () => {
  const { browser, socket } = openSocket();
  socket.stop();
  socket.wake();
  assert.equal(browser.sockets.length, 1);
});

for (const [state, prepare] of [
  ["connecting", () => {}],
  ["open", (browser) => browser.socket.accept()],
  ["waiting", (browser) => browser.socket.fail()],
]) {
  test(`stopping while ${state} closes the socket and leaves no timer`, () => {
    const { browser, socket, states } = startSocket();
    prepare(browser);
    socket.stop();
    browser.socket.fail();
    browser.advance(3_600_000);
    assert.equal(states.at(-1), "idle");
    assert.equal(browser.sockets.length, 1);
    assert.deepEqual(browser.clock.delaysMs, []);
    assert.ok(browser.socket.closed);
  });
}

test("a stopped socket can start again", () => {
  const { browser, socket, states } = openSocket();
  socket.stop();
  socket.start();
  browser.socket.accept();
  assert.deepEqual(states, ["connecting", "open", "idle", "connecting", "open"]);
});
