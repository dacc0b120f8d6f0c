/**
 * `<live-user-counter>`: keeps a counter up to date, with server-rendered or its own content.
 * docs/element.md documents its attributes, events, parts, and states.
 */
import { DEFAULT_WORDS, formatNumber, formatStatus, parseWords } from "../formatting.js";
import { deriveCounterView, drift } from "../state/counter-view.js";
import { CounterAnnouncer } from "./counter-announcer.js";
import { renderDigits } from "./rolling-digits.js";

/** Browsers fire timers at once that are longer than about 24 days. */
const MAX_INTERVAL_MS = 86_400_000;

/** The content of an element that has none: blocks, their parts, and the text of each part. */
const PARTS = {
  number: { figure: "", digits: "", words: "words" },
  caption: { dot: "", label: "lately" },
  more: { second: "", "second-label": "here" },
  status: {},
  announcement: {},
};

export class LiveUserCounter extends HTMLElement {
  /** Set before the element is defined. @type {Page} */
  static page;
  /** Whether animations are paused. Set before the element is defined. @type {ObservableState} */
  static motion;
  static observedAttributes = ["metric", "minimum", "update-interval", "base-count"];

  #page = LiveUserCounter.page;
  #motion = LiveUserCounter.motion;
  #cleanups = [];
  #timer;
  #announcer;
  #simulated = null;
  #words = DEFAULT_WORDS;
  /** @type {CounterView|null} */
  #view = null;

  connectedCallback() {
    const { browser } = this.#page;
    this.#announcer ??= new CounterAnnouncer((text) => this.#write("announcement", text), browser);
    this.#words = parseWords(this.getAttribute("words"), browser.warn);
    if (this.childElementCount === 0) this.#appendParts();
    if (this.hasAttribute("snapshot")) this.#page.applyStats(this.getAttribute("snapshot"));
    const intervalMs = Math.min(MAX_INTERVAL_MS, 1e3 * this.#readNumber("update-interval", 30, 1));
    this.#cleanups = [
      this.#page.counter.subscribe(() => this.#render()),
      this.#page.attach(intervalMs),
      this.#motion.subscribe(() => this.#renderMotionButton()),
      this.#startSimulation(intervalMs),
      () => this.#announcer.stop(),
      () => browser.clearTimeout(this.#timer),
    ];
    this.#renderMotionButton();
    this.#render();
  }

  disconnectedCallback() {
    for (const cleanUp of this.#cleanups.splice(0)) cleanUp();
  }

  attributeChangedCallback(name, previous, value) {
    if (this.#cleanups.length === 0 || previous === value) return;
    if (name === "base-count") this.#simulated = null;
    if (name === "metric" && (previous === "active") !== (value === "active")) this.#swapLabels();
    this.disconnectedCallback();
    this.connectedCallback();
  }

  #appendParts() {
    this.append(...createParts(this.#words));
    this.#part("digits").ariaHidden = "true";
    this.#part("announcement").role = "status";
    if (this.getAttribute("metric") !== "active") this.#swapLabels();
  }

  /** Move the label of the window between the two counts: only the server knows its minutes. */
  #swapLabels() {
    const isActive = this.getAttribute("metric") === "active";
    const { lately, online, here } = this.#words;
    const active = this.#part(isActive ? "second-label" : "label")?.textContent ?? lately;
    this.#write("label", isActive ? active : online);
    this.#write("second-label", isActive ? here : active);
  }

  #renderMotionButton() {
    const motion = this.#motion;
    const button = this.#part("motion");
    if (!button) return;
    button.onclick = () => motion.dispatch(!motion.state);
    button.setAttribute("aria-pressed", String(motion.state));
  }

  #startSimulation(intervalMs) {
    if (!this.hasAttribute("base-count")) return () => {};
    this.#simulated ??= this.#readNumber("base-count", 0);
    const id = setInterval(() => {
      const amount = this.#readNumber("increment-amount", 0);
      this.#simulated = drift(this.#simulated, amount, this.#page.browser.random);
      this.#render();
    }, intervalMs);
    return () => clearInterval(id);
  }

  #render() {
    const { counter, browser } = this.#page;
    const metric = this.getAttribute("metric");
    const options = { metric, minimum: this.#readNumber("minimum", 1), simulated: this.#simulated };
    const previous = this.#view;
    const view = deriveCounterView(counter.state, options, browser.now());
    this.#view = view;
    browser.clearTimeout(this.#timer);
    const { validMs } = view;
    if (validMs < Infinity) this.#timer = browser.setTimeout(() => this.#render(), validMs);
    this.#renderParts(view);
    this.#announcer.update(view, this.#composeText(view));
    if (previous) this.#emitChanges(view, previous);
  }

  #renderParts(view) {
    const language = this.closest("[lang]")?.lang || "en";
    const digits = this.#part("digits");
    const figure = formatNumber(view.value, language);
    this.setAttribute("state", view.state);
    this.toggleAttribute("below", view.isBelow);
    this.#write("figure", figure);
    if (digits) renderDigits(digits, figure);
    this.#write("second", formatNumber(view.second, language));
    this.#write("status", formatStatus(view, language, this.#words));
  }

  #emitChanges(view, previous) {
    if (view.value !== previous.value) {
      this.toggleAttribute("beat");
      this.#emit("countchange", { value: view.value, previous: previous.value });
    }
    if (view.state !== previous.state) {
      this.#emit("statechange", { state: view.state, previous: previous.state });
    }
  }

  /** Join the visible parts into one text for screen readers. */
  #composeText({ isBelow }) {
    const names = isBelow ? ["words", "status"] : ["figure", "label", "status"];
    return names.map((name) => this.#part(name)?.textContent.trim() ?? "").join(" ").trim();
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));
  }

  /** @returns {any} null if the author of the content left the part out */
  #part(name) {
    return this.querySelector(`[part=${name}]`);
  }

  #write(name, text) {
    const part = this.#part(name);
    if (part && part.textContent !== text) part.textContent = text;
  }

  /** An attribute that is not a number, or below the minimum, counts as absent. */
  #readNumber(name, fallback, minimum = 0) {
    const value = Number(this.getAttribute(name) ?? NaN);
    return value >= minimum ? value : fallback;
  }
}

function createParts(words) {
  const blocks = Object.entries(PARTS).map(([name, parts]) => {
    const block = createPart("p", name);
    for (const [inner, key] of Object.entries(parts)) {
      block.append(createPart("span", inner, words[key]), " ");
    }
    return block;
  });
  const button = createPart("button", "motion", words.motion);
  button.type = "button";
  return [...blocks, button];
}

function createPart(tag, name, text = "") {
  const element = document.createElement(tag);
  element.part.add(name);
  element.textContent = text;
  return element;
}
