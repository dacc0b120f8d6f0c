import assert from "node:assert/strict";
import { test } from "node:test";

import { Refresher } from "../../static/landing/dashboard/refresher.js";
import { FakeWorld, settled } from "./fake-world.mjs";

const EVERY_MS = 10_000;

/** A document that holds one element, and reads HTML that is one element's id. */
function fakeDocument({ inUse = false } = {}) {
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

function started(document, then) {
  const world = new FakeWorld();
  const renewed = [];
  world.answer = async () => ({ ok: true, text: async () => "fresh" });
  new Refresher("today", EVERY_MS, document, world, then ?? ((root) => renewed.push(root))).start();
  return { world, renewed };
}

test("the part is fetched again and again and takes the old one's place", async () => {
  const document = fakeDocument();
  const { world, renewed } = started(document);
  for (const times of [1, 2]) {
    world.pass(EVERY_MS);
    await settled();
    assert.deepEqual(world.requests, Array(times).fill("?part=today"));
  }
  assert.equal(document.element.html, "fresh");
  assert.equal(renewed.length, 2);
});

test("a page that nobody looks at asks for nothing, until somebody does", async () => {
  const document = fakeDocument();
  const { world } = started(document);
  document.hidden = true;
  world.pass(EVERY_MS);
  await settled();
  assert.deepEqual(world.requests, []);
  document.hidden = false;
  world.pass(EVERY_MS);
  await settled();
  assert.equal(world.requests.length, 1);
});

test("a part that somebody reads in is left alone", async () => {
  const document = fakeDocument({ inUse: true });
  const { world, renewed } = started(document);
  world.pass(EVERY_MS);
  await settled();
  assert.equal(document.element.html, undefined);
  assert.deepEqual(renewed, []);
});

for (const [name, answer] of [
  ["no network", () => Promise.reject(new TypeError("no network"))],
  ["an error", async () => ({ ok: false })],
]) {
  test(`after ${name} the old part stands and the next one is fetched`, async () => {
    const document = fakeDocument();
    const { world } = started(document);
    const good = world.answer;
    world.answer = answer;
    world.pass(EVERY_MS);
    await settled();
    assert.equal(document.element.html, undefined);
    world.answer = good;
    world.pass(EVERY_MS);
    await settled();
    assert.equal(document.element.html, "fresh");
  });
}

test("what cannot be shown is told and the next one is fetched", async () => {
  const { world } = started(fakeDocument(), () => {
    throw new Error("no table");
  });
  for (const times of [1, 2]) {
    world.pass(EVERY_MS);
    await settled();
    assert.equal(world.requests.length, times);
    assert.deepEqual(world.warnings, Array(times).fill("A part of the dashboard cannot be shown: no table"));
  }
});
