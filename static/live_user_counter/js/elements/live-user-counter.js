/**
 * `<live-user-counter>`: keeps a counter up to date, with server-rendered or its own content.
 * docs/element.md documents its attributes, events, parts, and states.
 */
import {
  DEFAULT_WORDS,
  HERE_WORDS,
  chooseForm,
  completeWords,
  formatAnnouncement,
  formatNumber,
  formatStatus,
  parseObject,
} from "../formatting.js";
import { deriveCounterView, drift, findMetric } from "../state/counter-view.js";
import { ContentWatch } from "./content-watch.js";
import { CounterAnnouncer } from "./counter-announcer.js";
import { renderDigits } from "./rolling-digits.js";

/** Browsers fire timers at once that are longer than about 24 days. */
const MAX_INTERVAL_MS = 86_400_000;

/** Hidden while the words are shown. */
const NUMBER_PARTS = ["figure", "digits", "caption", "subtext", "more"];

export class LiveUserCounter extends HTMLElement {
  /** Set before the element is defined. @type {Page} */
  static page;
  /** Whether animations are paused. Set before the element is defined. @type {ObservableState} */
  static motion;
  static observedAttributes = ["metric", "minimum", "update-interval", "base-count"];

  #page = LiveUserCounter.page;
  #motion = LiveUserCounter.motion;
  #content = new ContentWatch(this, this.#page.browser, () => this.#redraw(), {
    create: () => createParts(this.#words, this.#labels),
    essential: "[part=figure], [part=digits]",
  });
  #cleanups = [];
  #timer;
  #announcer;
  #simulated = null;
  #words = DEFAULT_WORDS;
  /** The attributes that were read last. */
  #snapshot;
  #placeCount;
  /** The label of the active visitors, once the server's has left the element. */
  #lately;
  #hasBeat = false;
  /** @type {CounterView|null} */
  #view = null;

  connectedCallback() {
    this.#page.attempt(() => this.#connect());
  }

  #connect() {
    const { browser } = this.#page;
    const topic = this.#isHere ? "here" : undefined;
    const write = (text) => this.#content.update(() => this.#write("announcement", text));
    const announce = (text) => this.#content.isStyled && write(text);
    this.#announcer ??= new CounterAnnouncer(announce, browser);
    this.#readTexts();
    this.#content.start();
    const intervalMs = Math.min(MAX_INTERVAL_MS, 1e3 * this.#readNumber("update-interval", 30, 1));
    this.#cleanups = [
      this.#page.counter.subscribe(() => this.#render()),
      this.#page.attach(intervalMs, { element: this, topic }),
      this.#motion.subscribe(() => this.#render()),
      this.#startSimulation(intervalMs),
      () => this.#content.stop(),
      () => this.#announcer.stop(),
      () => browser.clearTimeout(this.#timer),
    ];
    this.#render();
  }

  disconnectedCallback() {
    for (const cleanUp of this.#cleanups.splice(0)) cleanUp();
  }

  attributeChangedCallback(name, previous, value) {
    if (this.#cleanups.length === 0 || previous === value) return;
    if (name === "base-count") this.#simulated = null;
    if (name === "metric" && findMetric(previous) !== findMetric(value)) this.#swapLabels(previous);
    this.disconnectedCallback();
    this.connectedCallback();
  }

  #readTexts() {
    const page = this.#page;
    const warn = (text) => page.report(text);
    const words = parseObject(this.getAttribute("words"), "words", warn);
    this.#words = completeWords(words, warn, this.#isHere && HERE_WORDS);
    const previous = this.#snapshot;
    this.#snapshot = this.getAttribute("snapshot");
    if (this.#snapshot !== previous && this.#snapshot !== null) page.applyStats(this.#snapshot, true);
    const count = this.getAttribute("place-count");
    if (count !== this.#placeCount && count !== null) page.applyPlaceCount(count);
    this.#placeCount = count;
  }

  #redraw() {
    this.#page.attempt(() => this.#readTexts());
    this.#page.updatePlace();
    this.#render();
  }

  /** The names of the two counts. */
  get #labels() {
    const { online, on_page, on_site, here } = this.#words;
    const lately = this.#lately ?? this.#words.lately;
    const labels = {
      active: [lately, here],
      here: [on_page.other, on_site],
      online: [online.other, lately],
    };
    return labels[findMetric(this.getAttribute("metric"))];
  }

  #swapLabels(previous) {
    // Only the server knows the minutes of the window.
    const part = { active: "label", online: "second-label" }[findMetric(previous)];
    if (part) this.#lately = this.#part(part)?.textContent ?? this.#lately;
    this.#readTexts();
    const [label, second] = this.#labels;
    this.#write("label", label);
    this.#write("second-label", second);
  }

  #startSimulation(intervalMs) {
    this.#simulated ??= this.#readNumber("base-count", null);
    if (this.#simulated === null) return () => {};
    const id = setInterval(() => {
      const amount = this.#readNumber("increment-amount", 0);
      this.#simulated = drift(this.#simulated, amount, this.#page.browser.random);
      this.#render();
    }, intervalMs);
    return () => clearInterval(id);
  }

  #render() {
    this.#page.attempt(() => this.#renderView());
  }

  #renderView() {
    const { counter, browser } = this.#page;
    const metric = this.getAttribute("metric");
    const options = { metric, minimum: this.#readNumber("minimum", 1), simulated: this.#simulated };
    const previous = this.#view;
    const view = deriveCounterView(counter.state, options, browser.now());
    this.#view = view;
    browser.clearTimeout(this.#timer);
    const { validMs } = view;
    if (validMs < Infinity) this.#timer = browser.setTimeout(() => this.#render(), validMs);
    if (previous && view.value !== previous.value) this.#hasBeat = !this.#hasBeat;
    this.#content.update(() => this.#renderParts(view));
    this.#announcer.update(view, (last) => this.#composeText(view, last));
    if (previous) this.#emitChanges(view, previous);
  }

  #renderParts(view) {
    const language = this.#language;
    const hasWords = this.#part("words") !== null;
    this.toggleAttribute("below", view.isBelow && hasWords);
    for (const name of NUMBER_PARTS) this.#part(name)?.toggleAttribute("hidden", view.isBelow && hasWords);
    this.#part("words")?.toggleAttribute("hidden", !view.isBelow);
    if (view.isBelow && !hasWords) this.#renderFigure(this.#words.words, "");
    else this.#renderFigure(formatNumber(view.value, language));
    this.#renderLabel(view.value, language);
    this.#write("second", formatNumber(view.second, language));
    this.#write("status", formatStatus(view, language, this.#words));
    this.setAttribute("state", view.state);
    this.toggleAttribute("beat", this.#hasBeat);
    this.#renderMotionButton();
  }

  /** "1 User", "2 Users". A label that the page or a translator has written stays. */
  #renderLabel(value, language) {
    const forms = this.#words[this.#isHere ? "on_page" : "online"];
    const isOwn = Object.values(forms).includes(this.#part("label")?.textContent);
    if (isOwn) this.#write("label", chooseForm(forms, value, language));
  }

  /** The style sheet hides the figure while it has the attribute `drawn`. */
  #renderFigure(text, characters = text) {
    const digits = this.#part("digits");
    this.#write("figure", text);
    const canDraw = digits !== null && this.#content.isStyled;
    const isDrawn = canDraw && this.#page.attempt(() => renderDigits(digits, characters));
    if (!isDrawn) digits?.replaceChildren();
    digits?.setAttribute("aria-hidden", "true");
    this.#part("figure")?.toggleAttribute("drawn", isDrawn && characters !== "");
  }

  #renderMotionButton() {
    const motion = this.#motion;
    const button = this.#part("motion");
    if (!button) return;
    button.onclick = () => motion.dispatch(!motion.state);
    button.hidden = !this.#content.isStyled;
    button.setAttribute("aria-pressed", String(motion.state));
  }

  #emitChanges(view, previous) {
    if (view.value !== previous.value) {
      this.#emit("countchange", { value: view.value, previous: previous.value });
    }
    if (view.state !== previous.state) {
      this.#emit("statechange", { state: view.state, previous: previous.state });
    }
  }

  #composeText(view, last) {
    const { here, lately } = this.#words;
    const isActive = this.getAttribute("metric") === "active";
    const where = isActive ? (this.#part("label")?.textContent ?? lately) : here;
    return formatAnnouncement(view, last, where, this.#language, this.#words);
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));
  }

  get #isHere() {
    return this.getAttribute("metric") === "here";
  }

  get #language() {
    return this.closest("[lang]")?.lang || "en";
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
    const value = Number(this.getAttribute(name)?.trim() || NaN);
    return value >= minimum ? value : fallback;
  }
}

/** Create the content of an element that has none: blocks with their parts. */
function createParts({ words, motion }, [label, second]) {
  return [
    createBlock("number", { figure: "", digits: "", words }),
    createBlock("caption", { dot: "", label }),
    createBlock("more", { second: "", "second-label": second }),
    createPart("div", "status"),
    createPart("div", "announcement", "", { role: "status" }),
    createPart("button", "motion", motion, { type: "button" }),
  ];
}

/** No paragraphs: the space between those of a page would grow with the huge font of the number. */
function createBlock(name, texts) {
  const block = createPart("div", name);
  for (const [part, text] of Object.entries(texts)) {
    block.append(createPart("span", part, text), " ");
  }
  return block;
}

function createPart(tag, part, text = "", attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries({ part, ...attributes })) {
    element.setAttribute(name, value);
  }
  return element;
}
