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
} from "../../static/landing/js/live-socket.js";
import { FakeWorld, countFrame } from "./fake-world.mjs";

function started() {
  const world = new FakeWorld();
  const socket = new LiveSocket("wss://example.org/ws/landing/", world);
  const states = [];
  const frames = [];
  const bad = [];
  socket.onState = (state) => states.push(state);
  socket.onFrame = (frame) => frames.push(frame);
  socket.onBadFrame = (error) => bad.push(error);
  socket.start();
  return { world, socket, states, frames, bad };
}

function opened() {
  const all = started();
  all.world.socket.accept();
  return all;
}

test("it connects, opens and hands frames on", () => {
  const { world, states, frames } = opened();
  world.socket.say(countFrame());
  assert.deepEqual(states, ["connecting", "open"]);
  assert.deepEqual(frames, [countFrame()]);
  assert.equal(world.socket.url, "wss://example.org/ws/landing/");
});

test("starting twice opens one socket", () => {
  const { world, socket } = started();
  socket.start();
  assert.equal(world.sockets.length, 1);
});

test("a bad frame is reported and the connection stays", () => {
  const { world, states, frames, bad } = opened();
  world.socket.say("{");
  world.socket.say(countFrame());
  assert.equal(bad.length, 1);
  assert.equal(frames.length, 1);
  assert.equal(states.at(-1), "open");
});

test("a mistake in a listener is not taken for a bad frame", () => {
  const { world, socket } = opened();
  socket.onFrame = () => {
    throw new TypeError("a bug");
  };
  assert.throws(() => world.socket.say(countFrame()), TypeError);
});

test("after a loss it waits for a random share of the base and connects again", () => {
  const { world, states } = opened();
  world.chance = 0.25;
  world.pass(STABLE_MS);
  world.socket.end();
  assert.equal(states.at(-1), "waiting");
  assert.deepEqual(world.clock.waitsMs, [BACKOFF_BASE_MS / 4]);
  world.pass(BACKOFF_BASE_MS / 4);
  assert.equal(states.at(-1), "connecting");
  assert.equal(world.sockets.length, 2);
});

test("attempts that fail double the longest wait up to a limit", () => {
  const { world } = started();
  const waitsMs = [];
  for (let attempt = 0; attempt < 8; attempt += 1) {
    world.socket.end();
    waitsMs.push(world.clock.waitsMs[0]);
    world.pass(waitsMs.at(-1));
  }
  assert.deepEqual(waitsMs, [1, 2, 4, 8, 16, 30, 30, 30].map((seconds) => seconds * 1_000));
  assert.equal(BACKOFF_MAX_MS, 30_000);
});

test("a server that accepts and closes at once is no tight loop", () => {
  const { world } = started();
  world.chance = 0.5;
  for (let round = 0; round < 1_000; round += 1) {
    world.socket.accept();
    world.socket.say({ type: "retry", after_ms_max: 0 });
    world.socket.end(1001);
    world.pass(200);
  }
  assert.ok(world.sockets.length < 25, `${world.sockets.length} connections in 200 s`);
});

test("a connection that lasted begins the backoff anew", () => {
  const { world } = started();
  for (let attempt = 0; attempt < 5; attempt += 1) {
    world.socket.end();
    world.pass(BACKOFF_MAX_MS);
  }
  world.socket.accept();
  world.pass(STABLE_MS);
  world.socket.end();
  assert.deepEqual(world.clock.waitsMs, [BACKOFF_BASE_MS]);
});

test("a connection that lasted does not excuse the failures after it", () => {
  const { world } = opened();
  world.pass(STABLE_MS);
  const waitsMs = [];
  for (let attempt = 0; attempt < 3; attempt += 1) {
    world.socket.end();
    waitsMs.push(world.clock.waitsMs[0]);
    world.pass(waitsMs.at(-1));
  }
  assert.deepEqual(waitsMs, [1_000, 2_000, 4_000]);
});

test("a connection that nearly lasted does not", () => {
  const { world } = opened();
  world.socket.end();
  world.pass(BACKOFF_BASE_MS);
  world.socket.accept();
  world.pass(STABLE_MS - 1);
  world.socket.end();
  assert.deepEqual(world.clock.waitsMs, [2 * BACKOFF_BASE_MS]);
});

test("the wait is spread as the server asks, also when it says that it is leaving", () => {
  for (const code of [1001, 1006, 1011, 4408]) {
    const { world, frames } = opened();
    world.socket.say({ type: "retry", after_ms_max: 8_000 });
    world.pass(STABLE_MS);
    world.socket.end(code);
    assert.deepEqual(world.clock.waitsMs, [8_000], `close code ${code}`);
    assert.deepEqual(frames, [], "the spread is the transport's own business");
  }
});

test("a spread shorter than the backoff does not shorten it", () => {
  const { world } = opened();
  world.socket.say({ type: "retry", after_ms_max: 10 });
  world.pass(STABLE_MS);
  world.socket.end();
  assert.deepEqual(world.clock.waitsMs, [BACKOFF_BASE_MS]);
});

test("an attempt that never opens is given up", () => {
  const { world, states } = started();
  const [first] = world.sockets;
  world.pass(OPEN_TIMEOUT_MS);
  assert.equal(states.at(-1), "waiting");
  assert.ok(first.closed);
});

test("a socket that was given up is not listened to any more", () => {
  const { world, states, frames } = started();
  const [first] = world.sockets;
  world.pass(OPEN_TIMEOUT_MS);
  first.accept();
  first.say(countFrame());
  first.end();
  assert.deepEqual(states, ["connecting", "waiting"]);
  assert.deepEqual(frames, []);
});

test("a silent server is asked, and lost when it does not answer", () => {
  const { world, states } = opened();
  world.pass(SILENCE_MS);
  assert.deepEqual(world.socket.sent, ['{"type":"ping"}']);
  world.pass(PONG_TIMEOUT_MS);
  assert.equal(states.at(-1), "waiting");
});

test("any word of the server is an answer", () => {
  const { world, states } = opened();
  world.pass(SILENCE_MS);
  world.socket.say({ type: "pong" });
  world.pass(PONG_TIMEOUT_MS);
  assert.equal(states.at(-1), "open");
});

test("a server that talks is never asked", () => {
  const { world } = opened();
  for (let frame = 0; frame < 20; frame += 1) {
    world.pass(SILENCE_MS - 1);
    world.socket.say(countFrame());
  }
  assert.deepEqual(world.socket.sent, []);
});

test("it knows when the server was last heard", () => {
  const { world, socket } = opened();
  world.pass(7_000);
  world.socket.say("even what cannot be read");
  const heardMs = world.clock.nowMs;
  world.pass(3_000);
  assert.equal(socket.heardMs, heardMs);
});

test("waking while waiting tries once at once, and then backs off as before", () => {
  const { world, socket, states } = started();
  world.socket.end();
  world.pass(BACKOFF_BASE_MS);
  world.socket.end();
  socket.wake();
  assert.equal(states.at(-1), "connecting");
  assert.equal(world.sockets.length, 3);
  socket.wake();
  assert.equal(world.sockets.length, 3);
  world.socket.end();
  assert.deepEqual(world.clock.waitsMs, [4 * BACKOFF_BASE_MS]);
});

test("waking an open connection asks whether it still is one", () => {
  const { world, socket, states } = opened();
  socket.wake();
  assert.deepEqual(world.socket.sent, ['{"type":"ping"}']);
  world.pass(PONG_TIMEOUT_MS);
  assert.equal(states.at(-1), "waiting");
});

test("asking again and again does not put off the verdict", () => {
  const { world, socket, states } = opened();
  for (let look = 0; look < 5; look += 1) {
    socket.wake();
    world.pass(PONG_TIMEOUT_MS / 5);
  }
  assert.equal(states.at(-1), "waiting");
  assert.equal(world.socket.sent.length, 1);
});

test("a server that went silent long ago, as after a sleep, is asked first", () => {
  const { world, states } = opened();
  world.clock.sleep(8 * 3_600_000);
  assert.deepEqual(world.socket.sent, ['{"type":"ping"}']);
  assert.equal(states.at(-1), "open");
});

test("fifty quick restarts are a few connections, and the last one holds", () => {
  const { world, socket, states } = started();
  world.chance = 0.5;
  for (let restart = 0; restart < 50; restart += 1) {
    world.socket.accept();
    world.pass(300);
    world.socket.end(1001);
    world.pass(700);
  }
  assert.ok(world.sockets.length <= 10, `${world.sockets.length} connections in 50 s`);
  socket.wake();
  world.socket.accept();
  world.pass(SILENCE_MS - 1);
  assert.equal(states.at(-1), "open");
});

test("waking what is stopped does nothing", () => {
  const { world, socket } = opened();
  socket.stop();
  socket.wake();
  assert.equal(world.sockets.length, 1);
});

for (const [when, prepare] of [
  ["connecting", () => {}],
  ["open", (world) => world.socket.accept()],
  ["waiting", (world) => world.socket.end()],
]) {
  test(`stopping while ${when} closes the socket and leaves no timer`, () => {
    const { world, socket, states } = started();
    prepare(world);
    socket.stop();
    world.socket.end();
    world.pass(3_600_000);
    assert.equal(states.at(-1), "idle");
    assert.equal(world.sockets.length, 1);
    assert.deepEqual(world.clock.waitsMs, []);
    assert.ok(world.socket.closed);
  });
}

test("what was stopped can be started again", () => {
  const { world, socket, states } = opened();
  socket.stop();
  socket.start();
  world.socket.accept();
  assert.deepEqual(states, ["connecting", "open", "idle", "connecting", "open"]);
});
