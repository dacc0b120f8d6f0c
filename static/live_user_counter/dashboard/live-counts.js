/** Renders the live snapshot into the section "People here now". */
import { formatAnnouncement, formatNumber, formatStatus } from "../js/formatting.js";
import { getAge } from "../js/state/counter-state.js";
import { deriveCounterView } from "../js/state/counter-view.js";

const RENDER_INTERVAL_MS = 1_000;
const OPTIONS = { metric: "online", minimum: 0, simulated: null };

/**
 * Format all texts of the section. Pure.
 *
 * @param {CounterState} state
 * @param {number} nowMs
 * @param {string} language
 * @returns {{view: CounterView, label: string, percent: number, texts: Record<string, string>}}
 *   `percent`: the signed-in part of all people; `texts`: by the value of `data-number`
 */
export function formatLiveCounts(state, nowMs, language) {
  const view = deriveCounterView(state, OPTIONS, nowMs);
  const { people, count, signed_in, anonymous, active } = state.snapshot ?? {};
  const percent = people ? Math.round((100 * (signed_in ?? 0)) / people) : 0;
  const counts = { people, count, signed_in, anonymous, active };
  const texts = Object.fromEntries(
    Object.entries(counts).map(([name, value]) => [name, formatNumber(value ?? null, language)]),
  );
  return {
    view,
    label: formatLabel(view, state, nowMs, language),
    percent,
    texts: { ...texts, signed_in_percent: people ? `${percent} %` : "" },
  };
}

function formatLabel(view, state, nowMs, language) {
  const status = formatStatus({ ...view, hasProblem: true }, language);
  const ageMs = getAge(state, nowMs);
  switch (view.state) {
    case "live":
      return ageMs === null ? "live" : `live, ${Math.floor(ageMs / 1_000)} s ago`;
    case "loading":
      return "not known yet";
    case "simulated":
      return "simulated: demo data";
    case "stale":
      return `stale, ${status}`;
    default:
      return status;
  }
}

/** @typedef {import("../js/elements/counter-announcer.js").CounterAnnouncer} CounterAnnouncer */

export class LiveCounts {
  #section;
  #page;
  #announcer;
  #language;

  /** @param {HTMLElement} section @param {Page} page @param {CounterAnnouncer} announcer */
  constructor(section, page, announcer) {
    this.#section = section;
    this.#page = page;
    this.#announcer = announcer;
    this.#language = section.closest("[lang]")?.getAttribute("lang") || "en";
  }

  start() {
    this.#page.counter.subscribe(() => this.#render());
    this.#renderPeriodically();
  }

  #renderPeriodically() {
    this.#render();
    this.#page.browser.setTimeout(() => this.#renderPeriodically(), RENDER_INTERVAL_MS);
  }

  #render() {
    this.#page.attempt(() => this.#renderCounts());
  }

  #renderCounts() {
    // Other scripts may replace the page, for example when the admin navigates without a reload.
    if (!this.#section.isConnected) {
      this.#section = document.querySelector("[data-live]") ?? this.#section;
    }
    const { counter, browser } = this.#page;
    const { view, label, percent, texts } = formatLiveCounts(
      counter.state,
      browser.now(),
      this.#language,
    );
    for (const [name, text] of Object.entries(texts)) this.#write(`[data-number=${name}]`, text);
    this.#write("[data-label]", label);
    this.#section.dataset.state = view.state;
    this.#section.querySelector("[data-signed-in-bar]")?.setAttribute("width", `${percent}%`);
    const banner = this.#section.ownerDocument.querySelector("[data-banner=simulated]");
    banner?.toggleAttribute("hidden", view.state !== "simulated");
    const compose = (last) => formatAnnouncement(view, last, "here now", this.#language);
    this.#announcer.update(view, compose);
  }

  #write(selector, text) {
    const element = this.#section.querySelector(selector);
    if (element && element.textContent !== text) element.textContent = text;
  }
}
