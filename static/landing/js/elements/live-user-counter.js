/**
 * `<live-user-counter>`: keeps a counter up to date, the server-rendered one or its own. The
 * attributes, events, parts and states that others may rely on are in docs/element.md.
 */
import { Announcer } from "../announcer.js";
import { counterView, drift } from "../counter-view.js";
import { showReels } from "../reels.js";
import { ENGLISH, number, status, wordsOf } from "../words.js";

/** Timers cannot wait for ever. */
const LONGEST_MS = 86_400_000;

/** What an element without content gets. */
const PARTS = {
  number: ["figure", "digits", "words"],
  caption: ["dot", "label"],
  more: ["second", "second-label"],
  status: [],
  announcement: [],
};

export class LiveUserCounter extends HTMLElement {
  /** Set before the element is defined. @type {Page} */
  static page;
  /** Set before the element is defined. @type {Store} whether nothing is to move */
  static motion;
  static observedAttributes = ["metric", "minimum", "update-interval", "base-count"];

  #undo = [];
  #again;
  #announcer;
  #simulated = null;
  #words = ENGLISH;
  /** @type {CounterView|null} */
  #view = null;

  connectedCallback() {
    const { page, motion } = LiveUserCounter;
    this.#announcer ??= new Announcer((text) => this.#write("announcement", text), page.world);
    this.#words = wordsOf(this.getAttribute("words"), page.world.warn);
    if (this.childElementCount === 0) this.#furnish();
    if (this.hasAttribute("snapshot")) page.seed(this.getAttribute("snapshot"));
    const intervalMs = Math.min(LONGEST_MS, 1_000 * this.#setting("update-interval", 30, 1));
    this.#undo = [
      page.counter.subscribe(() => this.#render()),
      page.join(intervalMs),
      motion.subscribe(() => this.#press()),
      this.#simulate(intervalMs),
      () => this.#announcer.stop(),
      () => page.world.clearTimeout(this.#again),
    ];
    this.#press();
    this.#render();
  }

  disconnectedCallback() {
    for (const undo of this.#undo.splice(0)) undo();
  }

  attributeChangedCallback(name, was, is) {
    if (this.#undo.length === 0 || was === is) return;
    if (name === "base-count") this.#simulated = null;
    if (name === "metric" && (was === "active") !== (is === "active")) this.#relabel();
    this.disconnectedCallback();
    this.connectedCallback();
  }

  #furnish() {
    for (const [name, inner] of Object.entries(PARTS)) {
      const block = piece("p", name);
      block.append(...inner.flatMap((each) => [piece("span", each), " "]));
      this.append(block);
    }
    this.#part("digits").ariaHidden = "true";
    this.#part("announcement").role = "status";
    const button = piece("button", "motion");
    button.type = "button";
    this.append(button);
    for (const name of ["words", "motion"]) this.#write(name, this.#words[name]);
    this.#write("label", this.#words.lately);
    this.#write("second-label", this.#words.here);
    if (this.getAttribute("metric") !== "active") this.#relabel();
  }

  /** The window's words change places: only the server knows how long the window is. */
  #relabel() {
    const active = this.getAttribute("metric") === "active";
    const lately = this.#part(active ? "second-label" : "label")?.textContent ?? this.#words.lately;
    this.#write("label", active ? lately : this.#words.online);
    this.#write("second-label", active ? this.#words.here : lately);
  }

  /** The button that stops what moves, and lets it move again. */
  #press() {
    const { motion } = LiveUserCounter;
    const button = this.#part("motion");
    if (!button) return;
    button.onclick = () => motion.dispatch(!motion.state);
    button.setAttribute("aria-pressed", String(motion.state));
  }

  #simulate(intervalMs) {
    if (!this.hasAttribute("base-count")) return () => {};
    this.#simulated ??= this.#setting("base-count", 0);
    const id = setInterval(() => {
      this.#simulated = drift(this.#simulated, this.#setting("increment-amount", 0), Math.random);
      this.#render();
    }, intervalMs);
    return () => clearInterval(id);
  }

  #render() {
    const { counter, world } = LiveUserCounter.page;
    const metric = this.getAttribute("metric");
    const options = { metric, minimum: this.#setting("minimum", 1), simulated: this.#simulated };
    const previous = this.#view;
    const view = counterView(counter.state, options, world.now());
    this.#view = view;
    world.clearTimeout(this.#again);
    if (view.againMs < Infinity) this.#again = world.setTimeout(() => this.#render(), view.againMs);
    this.#show(view);
    this.#announcer.consider(view, this.#spoken(view));
    if (previous) this.#tell(view, previous);
  }

  #show(view) {
    const language = this.closest("[lang]")?.getAttribute("lang") || "en";
    const digits = this.#part("digits");
    this.setAttribute("state", view.state);
    this.toggleAttribute("below", view.below);
    this.#write("figure", number(view.value, language));
    if (digits) showReels(digits, number(view.value, language));
    this.#write("second", number(view.second, language));
    this.#write("status", status(view, language, this.#words));
  }

  #tell(view, previous) {
    if (view.value !== previous.value) {
      this.toggleAttribute("beat");
      this.#emit("countchange", { value: view.value, previous: previous.value });
    }
    if (view.state !== previous.state) {
      this.#emit("statechange", { state: view.state, previous: previous.state });
    }
  }

  #spoken({ below }) {
    const parts = below ? ["words", "status"] : ["figure", "label", "status"];
    return parts.map((name) => this.#part(name)?.textContent.trim() ?? "").join(" ").trim();
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));
  }

  /** Whoever writes the content leaves out what is not wanted. @returns {any} */
  #part(name) {
    return this.querySelector(`[part=${name}]`);
  }

  #write(name, text) {
    const part = this.#part(name);
    if (part && part.textContent !== text) part.textContent = text;
  }

  /** What is no number, or less than the least, is not heard. */
  #setting(name, otherwise, least = 0) {
    const value = Number(this.getAttribute(name) ?? NaN);
    return value >= least ? value : otherwise;
  }
}

function piece(tag, part) {
  const element = document.createElement(tag);
  element.part.add(part);
  return element;
}
