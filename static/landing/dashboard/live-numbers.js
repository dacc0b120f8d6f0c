/** The numbers of right now: from what the page's socket says into the marked places. */
import { counterView } from "../js/counter-view.js";
import { number, status } from "../js/words.js";

const LOOK_AGAIN_MS = 1_000;
const OPTIONS = { metric: "online", minimum: 0, simulated: null };

/**
 * What the section shows. Pure.
 *
 * @param {CounterState} state
 * @param {number} nowMs
 * @param {string} language
 * @returns {{view: CounterView, label: string, percent: number, texts: Record<string, string>}}
 *   `percent`: how many of the people are signed in; `texts` by the name of their place
 */
export function liveNumbers(state, nowMs, language) {
  const view = counterView(state, OPTIONS, nowMs);
  const { people, count, signed_in, anonymous, active } = state.numbers ?? {};
  const percent = people ? Math.round((100 * (signed_in ?? 0)) / people) : 0;
  const counts = { people, count, signed_in, anonymous, active };
  const texts = Object.fromEntries(
    Object.entries(counts).map(([name, value]) => [name, number(value ?? null, language)]),
  );
  return {
    view,
    label: label(view, state, nowMs, language),
    percent,
    texts: { ...texts, signed_in_percent: people ? `${percent} %` : "" },
  };
}

function label(view, { confirmedMs }, nowMs, language) {
  switch (view.state) {
    case "live":
      return confirmedMs === null ? "live" : `live, ${seconds(nowMs - confirmedMs)} s ago`;
    case "loading":
      return "not known yet";
    case "simulated":
      return "simulated: demo data";
    case "stale":
      return `stale, ${status({ ...view, trouble: true }, language)}`;
    default:
      return status({ ...view, trouble: true }, language);
  }
}

const seconds = (ms) => Math.max(0, Math.floor(ms / 1_000));

export class LiveNumbers {
  /** @param {HTMLElement} section @param {Page} page @param {import("../js/announcer.js").Announcer} announcer */
  constructor(section, page, announcer) {
    this.section = section;
    this.page = page;
    this.announcer = announcer;
    this.language = section.closest("[lang]")?.getAttribute("lang") || "en";
  }

  start() {
    this.page.counter.subscribe(() => this.#render());
    this.#tick();
  }

  #tick() {
    this.#render();
    this.page.world.setTimeout(() => this.#tick(), LOOK_AGAIN_MS);
  }

  #render() {
    const now = liveNumbers(this.page.counter.state, this.page.world.now(), this.language);
    this.announcer.consider(now.view, `${now.texts.people} people here now ${now.label}`);
    this.section.dataset.state = now.view.state;
    for (const [name, text] of Object.entries(now.texts)) this.#write(`[data-number=${name}]`, text);
    this.#write("[data-label]", now.label);
    this.section.querySelector("[data-share]").setAttribute("width", `${now.percent}%`);
    const banner = this.section.ownerDocument.querySelector("[data-banner=simulated]");
    banner.toggleAttribute("hidden", now.view.state !== "simulated");
  }

  #write(place, text) {
    const element = this.section.querySelector(place);
    if (element.textContent !== text) element.textContent = text;
  }
}
