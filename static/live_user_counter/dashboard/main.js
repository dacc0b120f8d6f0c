/** Entry point of the dashboard: connects its parts to the page's connection. */
import { CounterAnnouncer } from "../js/elements/counter-announcer.js";
import { sharePage } from "../js/live-page.js";
import { attachInspectors, hideTooltipsOnEscape } from "./chart-inspector.js";
import { LiveCounts } from "./live-counts.js";
import { loadDocument } from "./load-document.js";
import { PartRefresher } from "./part-refresher.js";

const FIGURES_INTERVAL_MS = 10_000;
const HISTORY_INTERVAL_MS = 60_000;
const POLL_INTERVAL_MS = 30_000;

/** @param {HTMLElement} section */
function start(section) {
  section.toggleAttribute("data-started", true);
  const page = sharePage(window);
  const { browser } = page;
  const liveRegion = section.querySelector("[role=status]");
  const announcer = new CounterAnnouncer((text) => (liveRegion.textContent = text), browser);
  page.applyStats(section.dataset.snapshot, true);
  new LiveCounts(section, page, announcer).start();
  page.attach(POLL_INTERVAL_MS, { element: section });
  const refresh = (part, intervalMs, onReplace) =>
    new PartRefresher(part, intervalMs, document, browser, loadDocument, onReplace).start();
  refresh("figures", FIGURES_INTERVAL_MS);
  refresh("history", HISTORY_INTERVAL_MS, attachInspectors);
  hideTooltipsOnEscape(document);
  page.attempt(() => attachInspectors(document));
}

// The script may be loaded twice, under two addresses, and run on a page that has replaced this one.
const section = document.querySelector("[data-live]:not([data-started])");
if (section) start(/** @type {HTMLElement} */ (section));
