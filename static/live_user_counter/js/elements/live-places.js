/**
 * `<live-places>`: the busiest places of the site, at most `limit`. The server renders the first rows
 * (again in `places`) and the texts (`words`). Rows that change their order move there. The list is
 * held still while the pointer or the keyboard focus is in it: only its numbers change. The attribute
 * `old` means that the numbers may not be current.
 */
import { formatCount, parseObject } from "../formatting.js";
import { sharePage } from "../live-page.js";
import { STATUS_DELAY_MS } from "../state/counter-view.js";
import { ObservableState } from "../state/observable-state.js";
import {
  DEFAULT_WORDS,
  ORDER_MS,
  arrangePlaces,
  findAddress,
  haveSameOrder,
  parseDuration,
  reducePlaces,
} from "../state/places-state.js";
import { parseFields } from "../transport/frames.js";
import { ContentWatch } from "./content-watch.js";

const NAME = "live-places";
const DEFAULT_LIMIT = 5;
/** The newest list, for all elements of the page. */
const newest = new ObservableState(reducePlaces, null);

export class LivePlaces extends HTMLElement {
  /** Set before the element is defined. @type {Page} */
  static page;

  #page = LivePlaces.page;
  #content = new ContentWatch(this, this.#page.browser, () => this.#redraw(), {
    create: () => [createPart("ol", "list"), createPart("div", "note")],
    essential: "ol",
  });
  #cleanups = [];
  /** "pointer" and "keyboard" while they are in the list. */
  #holders = new Set();
  #words = DEFAULT_WORDS;
  /** The attribute that was read last. */
  #places;
  /** @type {Place[]} */
  #shown = [];
  /** The content of each row. */
  #contents = new WeakMap();
  #orderedMs = -Infinity;
  #timer;

  constructor() {
    super();
    const holders = this.#holders;
    const on = (type, handle) => this.addEventListener(type, handle);
    const release = (holder) => holders.delete(holder) && this.#render();
    on("pointerenter", ({ pointerType }) => pointerType !== "touch" && holders.add("pointer"));
    on("pointerleave", () => release("pointer"));
    on("focusin", ({ target }) => target.matches(":focus-visible") && holders.add("keyboard"));
    on("focusout", ({ relatedTarget }) => this.contains(relatedTarget) || release("keyboard"));
  }

  connectedCallback() {
    this.#page.attempt(() => this.#connect());
  }

  #connect() {
    const page = this.#page;
    const onFrame = (frame) => frame.type === "places" && newest.dispatch({ list: frame });
    this.#readAttributes();
    this.#content.start();
    this.#cleanups = [
      newest.subscribe(() => this.#render()),
      page.counter.subscribe(() => this.#render()),
      page.attach(Infinity, { element: this, topic: "places", onFrame }),
      () => this.#content.stop(),
      () => page.browser.clearTimeout(this.#timer),
      () => this.#holders.clear(),
    ];
    this.#render();
  }

  disconnectedCallback() {
    for (const cleanUp of this.#cleanups.splice(0)) cleanUp();
  }

  #readAttributes() {
    const page = this.#page;
    const words = parseObject(this.getAttribute("words"), "words", (text) => page.report(text));
    this.#words = { ...DEFAULT_WORDS, ...words };
    const previous = this.#places;
    this.#places = this.getAttribute("places");
    if (this.#places === previous || this.#places === null) return;
    page.attempt(() => newest.dispatch({ list: parseFields("places", this.#places), isCached: true }));
  }

  #redraw() {
    // An element that is removed loses the focus without an event.
    if (!this.matches(":focus-within")) this.#holders.delete("keyboard");
    this.#page.attempt(() => this.#readAttributes());
    this.#page.updatePlace();
    this.#render();
  }

  #render() {
    this.#page.attempt(() => this.#content.update(() => this.#renderContent()));
  }

  #renderContent() {
    const { browser } = this.#page;
    const nowMs = browser.now();
    const untilOrderedMs = newest.state ? this.#renderList(newest.state.places, nowMs) : Infinity;
    const validMs = Math.min(untilOrderedMs, this.#renderNote(nowMs));
    browser.clearTimeout(this.#timer);
    if (validMs < Infinity) this.#timer = browser.setTimeout(() => this.#render(), validMs);
  }

  /** Show that the list is old, or empty. @returns {number} for how many ms that stays correct */
  #renderNote(nowMs) {
    const { connection, downSinceMs } = this.#page.counter.state;
    const isDown = connection !== "open" && connection !== "idle";
    const delayMs = isDown ? downSinceMs + STATUS_DELAY_MS - nowMs : Infinity;
    const isOld = this.toggleAttribute("old", delayMs <= 0 || newest.state?.source === "stale");
    const part = this.querySelector("[part=note]");
    part?.toggleAttribute("hidden", !isOld && this.#rows.length > 0);
    write(part, isOld ? this.#words.off : this.#words.none);
    return delayMs > 0 ? delayMs : Infinity;
  }

  /** @returns {number} in how many ms the rows can change their order */
  #renderList(places, nowMs) {
    const untilOrderedMs = Math.min(ORDER_MS, this.#orderedMs + ORDER_MS - nowMs);
    const isHeld = this.#holders.size > 0 || untilOrderedMs > 0;
    const rows = arrangePlaces(this.#shown, places, this.#limit, isHeld);
    const isMove = this.#shown.length > 0 && !haveSameOrder(rows, this.#shown);
    if (isMove && !isHeld) this.#orderedMs = nowMs;
    this.#shown = rows;
    const list = this.querySelector("ol");
    if (list) this.#arrange(list, rows, isMove);
    return isHeld && !haveSameOrder(rows, places.slice(0, this.#limit)) && !this.#holders.size
      ? untilOrderedMs
      : Infinity;
  }

  /** Only rows that are at the wrong place move: moving one removes its focus. */
  #arrange(list, places, isMove) {
    const durationMs = isMove ? findDuration(list) : 0;
    const before = durationMs > 0 ? new Map(this.#rows.map((row) => [row, findTop(row)])) : null;
    const known = new Map(this.#rows.map((row) => [this.#findPlace(row), row]));
    const names = new Set(places.map(({ place }) => place));
    for (const [place, row] of known) if (!names.has(place)) row.remove();
    places.forEach((place, index) => {
      const row = known.get(place.place) ?? createRow(place.place);
      this.#fill(row, place);
      if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
    });
    if (before) for (const row of this.#rows) moveFrom(before.get(row), row, durationMs);
  }

  /** A text that is not written again can be translated by the browser. */
  #fill(row, { place, people }) {
    const text = people === null ? this.#words.few : formatCount(this.#words.people, people, this.#language);
    const content = this.#contents.get(row);
    this.#contents.set(row, { place, text });
    if (content?.text !== text) write(row.querySelector("[part=people]"), text);
  }

  #findPlace(row) {
    return this.#contents.get(row)?.place ?? row.querySelector("[part=place]")?.textContent;
  }

  /** @returns {any[]} */
  get #rows() {
    return [...this.querySelectorAll("li")];
  }

  /** An attribute that is not a number, or is too low, counts as absent. */
  get #limit() {
    const limit = Math.floor(Number(this.getAttribute("limit")));
    return limit >= 1 ? limit : DEFAULT_LIMIT;
  }

  get #language() {
    return this.closest("[lang]")?.lang || "en";
  }
}

function createRow(place) {
  const row = createPart("li", "item");
  const address = findAddress(place);
  const name = document.createElement("bdi");
  name.textContent = place;
  const part = address === null ? name : document.createElement("a");
  part.setAttribute("part", "place");
  if (address !== null) {
    part.setAttribute("href", address);
    part.append(name);
  }
  row.append(part, " ", createPart("span", "people"));
  return row;
}

function createPart(tag, part) {
  const element = document.createElement(tag);
  element.setAttribute("part", part);
  return element;
}

function write(part, text) {
  if (part && typeof text === "string" && part.textContent !== text) part.textContent = text;
}

/** The style sheet defines the motion: 0 if the visitor has paused animations or wants none. */
function findDuration(list) {
  return parseDuration(getComputedStyle(list).getPropertyValue("--luc-used-roll"));
}

function findTop(row) {
  return row.getBoundingClientRect().top - row.parentElement.getBoundingClientRect().top;
}

/** Let a row move from where it was. A new one appears. */
function moveFrom(top, row, duration) {
  for (const animation of row.getAnimations?.() ?? []) animation.cancel();
  const distance = top === undefined ? 0 : top - findTop(row);
  const options = { duration, easing: "cubic-bezier(0.2, 0.9, 0.25, 1)" };
  if (top === undefined) row.animate?.({ opacity: [0, 1] }, options);
  else if (distance !== 0) row.animate?.({ transform: [`translateY(${distance}px)`, "none"] }, options);
}

if (window.customElements) {
  LivePlaces.page = sharePage(window);
  // A second copy of the scripts leaves the element to the first.
  LivePlaces.page.attempt(() => customElements.get(NAME) ?? customElements.define(NAME, LivePlaces));
}
