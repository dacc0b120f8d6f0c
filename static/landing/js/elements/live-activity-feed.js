/**
 * `<live-activity-feed>`: the newest activities, at most `limit`. What others wrote reaches the
 * page as text only.
 */
import { ago } from "../words.js";

const REFRESH_TIMES_MS = 30_000;

export class LiveActivityFeed extends HTMLElement {
  /** Set before the element is defined. @type {Page} */
  static page;

  #undo = [];

  connectedCallback() {
    const { page } = LiveActivityFeed;
    const id = setInterval(() => this.#tick(), REFRESH_TIMES_MS);
    this.#undo = [
      page.activity.subscribe(() => this.#render()),
      page.join(),
      () => clearInterval(id),
    ];
    this.#render();
  }

  disconnectedCallback() {
    for (const undo of this.#undo.splice(0)) undo();
  }

  #render() {
    const limit = Number(this.getAttribute("limit"));
    const items = LiveActivityFeed.page.activity.state.items.slice(0, limit);
    this.querySelector("ol").replaceChildren(...items.map(row));
    this.querySelector("[part=empty]").toggleAttribute("hidden", items.length > 0);
    this.#tick();
  }

  #tick() {
    const language = this.closest("[lang]")?.getAttribute("lang") || "en";
    for (const time of this.querySelectorAll("time")) {
      time.textContent = ago(Date.now() - Date.parse(time.dateTime), language);
    }
  }
}

/** @param {Activity} activity */
function row({ actor, text, timestamp, skipped }) {
  const item = document.createElement("li");
  const time = document.createElement("time");
  time.dateTime = timestamp;
  const initial = span("initial", [...actor][0] ?? "•");
  initial.ariaHidden = "true";
  item.append(initial, span("actor", actor), span("text", text), time);
  if (skipped) item.append(span("skipped", `+${skipped}`));
  return item;
}

function span(part, text) {
  const element = document.createElement("span");
  element.part.add(part);
  element.textContent = text;
  return element;
}
