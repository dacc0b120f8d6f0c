/** Renders the state of the map into the page, whose rows are templates. */
import { DEFAULT_WORDS, formatNumber, formatStatus } from "../formatting.js";
import { drawLine } from "./minute-series.js";
import { derivePlaces, deriveSitePoints, deriveStatus } from "./map-state.js";

const REFUSED = "You don’t have access to the map. Sign in again.";
const ELSEWHERE = "elsewhere";
const OUTSIDE = "another site";

/**
 * Return the address of a place that is a path; null for a name. The server builds it in the same
 * way. A backslash is encoded, because browsers read it as a slash.
 *
 * @param {string} place
 * @param {string} rootPath
 */
export function findAddress(place, rootPath) {
  if (!place.startsWith("/") || place.startsWith("//")) return null;
  return rootPath + place.split("/").map(encodeURIComponent).join("/");
}

/** @param {MapState} state @param {number} nowMs @param {string} language */
export function formatLabel(state, nowMs, language) {
  const { state: name, ageMs } = deriveStatus(state, nowMs);
  if (state.isRefused) return REFUSED;
  if (name === "live") return "live";
  if (name === "loading") return "not known yet";
  const view = /** @type {CounterView} */ ({ state: name, hasProblem: true, ageMs });
  const status = formatStatus(view, language, DEFAULT_WORDS);
  return name === "stale" ? `stale, ${status}` : status;
}

/** @param {number|null} seconds how long the steps are recorded; null: not at all */
export function formatWindow(seconds) {
  if (seconds === null || seconds >= 60) return " in the last minute";
  return ` in the last ${Math.max(1, seconds)} s`;
}

/** @typedef {import("./map-state.js").MapState} MapState */

export class MapView {
  #root;
  #language;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#language = root.closest("[lang]")?.getAttribute("lang") || "en";
  }

  /** Whether the rows must not move, because one of them has the focus of the keyboard. */
  get isHeld() {
    return this.#root.querySelector("tbody :focus-visible") !== null;
  }

  /** @param {MapState} state @param {number} nowMs */
  render(state, nowMs) {
    const { frame } = state;
    this.#root.dataset.state = deriveStatus(state, nowMs).state;
    this.#write(this.#root, "[data-label]", formatLabel(state, nowMs, this.#language));
    this.#write(this.#root, "[data-total=people]", this.#number(frame?.people));
    this.#write(this.#root, "[data-total=arrivals]", this.#number(frame?.arrivals));
    this.#write(this.#root, "[data-total=departures]", this.#number(frame?.departures));
    this.#draw(this.#root.querySelector("[data-total-spark]"), deriveSitePoints(state));
    for (const part of this.#root.querySelectorAll("[data-window]")) {
      setText(part, formatWindow(frame?.seconds ?? null));
    }
    this.#renderPlaces(state);
    this.#renderAreas(frame);
    this.#renderSteps(frame);
  }

  #renderPlaces(state) {
    const rootPath = this.#root.getAttribute("root-path") ?? "";
    const rows = derivePlaces(state).map((row) => ({ ...row, name: row.place }));
    this.#renderRows("places", rows, (element, row) => {
      this.#fill(element, row);
      const address = findAddress(row.place, rootPath);
      setAttribute(element.querySelector("th a"), "href", address);
      this.#draw(element.querySelector(".spark-cell path"), row.points);
      this.#write(element, "[data-arrivals]", this.#number(row.arrivals, "+"));
      this.#write(element, "[data-departures]", this.#number(row.departures, "−"));
    });
    this.#renderSums("places", state.frame, state.frame?.other);
  }

  #renderAreas(frame) {
    const most = Math.max(1, ...(frame?.areas ?? []).map(({ people }) => people));
    const rows = (frame?.areas ?? []).map(({ area, people }) => ({
      name: area,
      people,
      percent: (100 * people) / most,
    }));
    this.#renderRows("areas", rows, (element, row) => this.#fill(element, row));
    this.#renderSums("areas", frame, frame?.other_areas);
  }

  #renderSteps(frame) {
    const steps = frame?.steps ?? [];
    const name = (place) => (place === null ? OUTSIDE : place || ELSEWHERE);
    const rows = steps.map(({ from, to, people }) => ({
      name: JSON.stringify([from, to]),
      from: name(from),
      to: name(to),
      people,
    }));
    this.#renderRows("steps", rows, (element, row) => {
      this.#write(element, "[data-from]", row.from);
      this.#write(element, "[data-to]", row.to);
      this.#write(element, "[data-people]", this.#number(row.people));
    });
    const note = this.#root.querySelector("[data-steps-note]");
    this.#find("steps").toggleAttribute("hidden", !rows.length);
    note.toggleAttribute("hidden", rows.length > 0);
    if (frame?.steps) setText(note, "Nobody went from page to page.");
  }

  /** Set the name, the people, and the bar of a row. */
  #fill(element, { name, people, percent }) {
    const link = element.querySelector("th a");
    setText(link, name);
    setAttribute(link, "title", name);
    setAttribute(element.querySelector("rect"), "width", `${Math.round(percent * 10) / 10}%`);
    this.#write(element, "[data-people]", this.#number(people));
  }

  /** Reuse the element of each name, so that focus and animations stay. */
  #renderRows(kind, rows, fill) {
    const body = this.#find(kind).tBodies[0];
    const known = new Map([...body.rows].map((row) => [row.dataset.name, row]));
    const template = /** @type {HTMLTemplateElement} */ (
      this.#root.querySelector(`template[data-row=${kind}]`)
    );
    rows.forEach((row, index) => {
      let element = known.get(row.name);
      known.delete(row.name);
      if (!element) {
        const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
        element = /** @type {HTMLTableRowElement} */ (copy.querySelector("tr"));
        element.dataset.name = row.name;
      }
      if (body.rows[index] !== element) body.insertBefore(element, body.rows[index] ?? null);
      fill(element, row);
    });
    for (const row of known.values()) row.remove();
  }

  #renderSums(kind, frame, other) {
    const table = this.#find(kind);
    this.#write(table, "[data-sum=other]", this.#number(other));
    this.#write(table, "[data-sum=elsewhere]", this.#number(frame?.elsewhere));
    this.#write(table, "[data-sum=people]", this.#number(frame?.people));
  }

  /** @returns {HTMLTableElement} */
  #find(kind) {
    return this.#root.querySelector(`table[data-rows=${kind}]`);
  }

  #draw(path, points) {
    setAttribute(path, "d", drawLine(points));
  }

  #number(value, sign = "") {
    const text = formatNumber(value ?? null, this.#language);
    return value ? sign + text : text;
  }

  #write(parent, selector, text) {
    setText(parent.querySelector(selector), text);
  }
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function setAttribute(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
