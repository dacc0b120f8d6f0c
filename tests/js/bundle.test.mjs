import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";

const STATIC = new URL("../../static/live_user_counter/", import.meta.url);
const MODULES = ["js/main.js", "js/elements/live-places.js"].map((name) => makeScript("module", name));
const BUNDLE = makeScript("classic", "live-user-counter.js");

function makeScript(type, name) {
  return { type, address: new URL(name, STATIC).href };
}

/** Play a visit to a page with these scripts. */
async function visit(scripts) {
  const worker = new Worker(new URL("played-page.mjs", import.meta.url), { workerData: scripts });
  const [report] = await once(worker, "message");
  await worker.terminate();
  return report;
}

const ofModules = visit(MODULES);

test("the bundle shows and sends the same as the modules", async () => {
  const [modules, bundle] = [await ofModules, await visit([BUNDLE])];
  assert.deepEqual(bundle, modules);
  const text = bundle.log.join("\n");
  for (const part of ["1.234.567", "Noch wenige – aber schön", "You’re early", "einige", "fetch "]) {
    assert.ok(text.includes(part), part);
  }
});

test("the bundle defines the elements, and the window has nothing but their connection", async () => {
  const { elements, added } = await visit([BUNDLE]);
  assert.deepEqual(elements, ["live-user-counter", "live-activity-feed", "live-places"]);
  assert.deepEqual(added, ["Symbol(landing.page)"]);
});

for (const [name, scripts] of Object.entries({
  twice: [BUNDLE, BUNDLE],
  "before the modules": [BUNDLE, ...MODULES],
  "after the modules": [...MODULES, BUNDLE],
  "between the modules": [MODULES[0], BUNDLE, MODULES[1]],
  "after the modules of one element": [MODULES[1], BUNDLE],
})) {
  test(`the bundle can be loaded ${name}`, async () => {
    const [together, alone] = [await visit(scripts), await ofModules];
    assert.equal(together.opened, alone.opened);
    // The topics of the connection follow the order in which the elements are defined.
    const pick = ({ log }) => log.filter((line) => /^(<html|warning|fetch)/.test(line));
    assert.deepEqual(pick(together), pick(alone));
  });
}
