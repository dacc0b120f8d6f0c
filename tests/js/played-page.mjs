/**
 * Plays one visit in a thread of its own, and sends its parent what happened. `workerData` lists the
 * scripts that the page loads, each as `module` or `classic` with its address.
 */
import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";
import { parentPort, workerData } from "node:worker_threads";

import {
  FakeClock,
  FakeWebSocket,
  flushPromises,
  makeActivities,
  makeCountFrame,
  makePlaceCountFrame,
  makePlacesFrame,
  makeStatsText,
} from "./fake-browser.mjs";
import { build, installDocument } from "./fake-dom.mjs";

const GERMAN = {
  online: { one: "Person hier", other: "Personen hier" },
  lately: "in den letzten 15 Minuten",
  here: "jetzt hier",
  people: { one: "{count} Person", other: "{count} Personen" },
  up: "{now}, vorher {before}",
  words: "Noch wenige – aber schön",
  reconnecting: "Verbindung wird wiederhergestellt…",
  offline: "Keine Verbindung",
  as_of: "gezählt {age}",
};

const clock = new FakeClock();
const log = [];
const sockets = [];

function install() {
  installDocument(globalThis);
  const events = new EventTarget();
  const navigator = { onLine: true };
  const fakes = {
    window: globalThis,
    addEventListener: events.addEventListener.bind(events),
    dispatchEvent: events.dispatchEvent.bind(events),
    location: { origin: "https://example.org", pathname: "/preise" },
    navigator,
    innerWidth: 800,
    WebSocket: class extends FakeWebSocket {
      constructor(url) {
        super(url);
        sockets.push(this);
      }
    },
    fetch: async (url) => {
      log.push(`fetch ${url}`);
      return { ok: true, text: async () => makeStatsText({ version: 200 }) };
    },
    setTimeout: (callback, ms) => clock.set(callback, ms),
    clearTimeout: (id) => clock.clear(id),
  };
  for (const [name, value] of Object.entries(fakes)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  Date.now = () => clock.nowMs;
  Math.random = () => 0.5;
  console.warn = (text) => log.push(`warning ${text}`);
  for (const type of ["countchange", "statechange"]) {
    // Events do not bubble here, so the elements report them.
    const dispatch = HTMLElement.prototype.dispatchEvent;
    HTMLElement.prototype.dispatchEvent = function (event) {
      if (event.type === type) log.push(`${type} ${JSON.stringify(event.detail)}`);
      return dispatch.call(this, event);
    };
  }
}

function writePage() {
  const row = () =>
    build("li", {}, build("svg", {}, build("path", {})), build("p", {}, build("bdi", { part: "actor" }), build("bdi", { part: "text" })), build("p", {}, build("time", { part: "time" }), build("span", { part: "skipped" })));
  const common = { "root-path": "/app", socket: "/live/ws/", stats: "/live/stats/" };
  document.documentElement.append(
    build(
      "body",
      { lang: "de" },
      build("live-user-counter", {
        ...common,
        "data-luc-place": "/preise:signed",
        minimum: "3",
        words: JSON.stringify(GERMAN),
        snapshot: makeStatsText({ version: 1 }),
      }),
      build("live-user-counter", { metric: "here", words: "[]" }, build("b", { part: "figure" })),
      build(
        "live-activity-feed",
        { limit: "2", words: JSON.stringify({ none: "Nichts", more: { other: "und {count}" } }), kinds: "{}" },
        build("ol", {}),
        build("template", {}, row()),
        build("p", { part: "note" }),
        build("p", { part: "connection" }),
        build("p", { part: "log" }),
      ),
      build("live-places", { limit: "2", words: JSON.stringify({ few: "einige" }) }),
    ),
  );
}

async function load({ type, address }) {
  if (type === "module") await import(address);
  else runInThisContext(readFileSync(new URL(address), "utf8"), { filename: address });
}

/** Note what the page shows and what it sent, after each step. */
async function play(name, run) {
  run?.();
  await flushPromises();
  log.push(`-- ${name}`, document.documentElement.outerHTML);
  for (const [index, { url, sent, closed }] of sockets.entries()) {
    log.push(`socket ${index} ${url} ${closed ? "closed" : "open"}`, ...sent.splice(0));
  }
}

async function visit(scripts) {
  const keys = Reflect.ownKeys(globalThis);
  for (const script of scripts) await load(script);
  const added = Reflect.ownKeys(globalThis).filter((key) => !keys.includes(key));
  const socket = () => sockets.at(-1);
  const counter = () => document.querySelector("live-user-counter");
  const send = (frame) => socket().receive(frame);
  await play("loaded");
  await play("accepted", () => socket().accept());
  await play("counted", () => send(makeCountFrame({ people: 1_234_567, version: 101 })));
  await play("here", () => send(makePlaceCountFrame({ version: 101 })));
  await play("history", () => send({ type: "activity-history", items: makeActivities(2, 1) }));
  await play("activity", () => send({ type: "activity", ...makeActivities(3)[0], skipped: 4 }));
  await play("removed", () => send({ type: "activity-removed", id: 2 }));
  await play("places", () => send(makePlacesFrame({ version: 101 })));
  await play("invalid", () => send("{"));
  await play("few", () => send(makeCountFrame({ people: 2, version: 102 })));
  await play("announced", () => clock.advance(31_000));
  await play("active", () => counter().setAttribute("metric", "active"));
  await play("online", () => counter().setAttribute("metric", "online"));
  await play("own", () => document.querySelector("body").append(document.createElement("live-user-counter")));
  await play("lost", () => socket().fail());
  await play("polled", () => clock.advance(120_000));
  navigator.onLine = false;
  await play("offline", () => dispatchEvent(new Event("offline")));
  navigator.onLine = true;
  await play("back", () => dispatchEvent(new Event("online")));
  await play("left", () => document.documentElement.replaceChildren());
  return { log, added: added.map(String), elements: [...customElements.classes.keys()], opened: sockets.length };
}

install();
writePage();
parentPort.postMessage(await visit(workerData));
