/** Brings the dashboard to life: takes the browser's globals and wires the pieces. */
import { Announcer } from "../js/announcer.js";
import { LivePage } from "../js/live-page.js";
import { LiveNumbers } from "./live-numbers.js";
import { attachReaders, hideOnEscape } from "./reader.js";
import { Refresher } from "./refresher.js";

const TODAY_EVERY_MS = 10_000;
const HISTORY_EVERY_MS = 60_000;
const ASK_API_EVERY_MS = 30_000;

/** @type {World} */
const world = {
  window,
  WebSocket,
  fetch: window.fetch.bind(window),
  setTimeout: window.setTimeout.bind(window),
  clearTimeout: window.clearTimeout.bind(window),
  now: Date.now,
  random: Math.random,
  warn: console.warn,
};

const section = /** @type {HTMLElement} */ (document.querySelector("[data-live]"));
const page = new LivePage(world);
page.seed(section.dataset.snapshot);
const spoken = section.querySelector("[data-announcement]");
const announcer = new Announcer((text) => (spoken.textContent = text), world);
new LiveNumbers(section, page, announcer).start();
page.join(ASK_API_EVERY_MS);

attachReaders(document);
hideOnEscape(document);
new Refresher("today", TODAY_EVERY_MS, document, world).start();
new Refresher("history", HISTORY_EVERY_MS, document, world, attachReaders).start();
