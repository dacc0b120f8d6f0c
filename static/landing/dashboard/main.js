/** Entry point of the dashboard: reads the browser's globals and connects the parts. */
import { CounterAnnouncer } from "../js/elements/counter-announcer.js";
import { LivePage } from "../js/live-page.js";
import { attachInspectors, hideTooltipsOnEscape } from "./chart-inspector.js";
import { LiveCounts } from "./live-counts.js";
import { PartRefresher } from "./part-refresher.js";

const TODAY_INTERVAL_MS = 10_000;
const HISTORY_INTERVAL_MS = 60_000;
const POLL_INTERVAL_MS = 30_000;

/** @type {Browser} */
const browser = {
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
const page = new LivePage(browser);
page.applyStats(section.dataset.snapshot);
const liveRegion = section.querySelector("[role=status]");
const announcer = new CounterAnnouncer((text) => (liveRegion.textContent = text), browser);
new LiveCounts(section, page, announcer).start();
page.attach(POLL_INTERVAL_MS);

attachInspectors(document);
hideTooltipsOnEscape(document);
new PartRefresher("today", TODAY_INTERVAL_MS, document, browser).start();
new PartRefresher("history", HISTORY_INTERVAL_MS, document, browser, attachInspectors).start();
