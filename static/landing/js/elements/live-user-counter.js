/**
 * `<live-user-counter>`: keeps the server-rendered counter up to date. Its attributes are the
 * template tag's, and `snapshot`: what the server knew. `state` says what is shown, `below` that
 * it is words, and `beat` flips with each change. Events: `countchange` ({value, previous}),
 * `statechange` ({state, previous}).
 */
import { Announcer } from "../announcer.js";
import { counterView, drift } from "../counter-view.js";
import { showReels } from "../reels.js";
import { number, status } from "../words.js";

export class LiveUserCounter extends HTMLElement {
  /** Set before the element is defined. @type {Page} */
  static page;

  #undo = [];
  #again;
  #simulated = null;
  /** @type {CounterView|null} */
  #view = null;

  connectedCallback() {
    const { page } = LiveUserCounter;
    this.announcer = new Announcer((text) => this.#write("announcement", text), page.world);
    if (this.hasAttribute("snapshot")) page.seed(JSON.parse(this.getAttribute("snapshot")));
    const intervalMs = this.#setting("update-interval", 30) * 1_000;
    this.#undo = [
      page.counter.subscribe(() => this.#render()),
      page.join(intervalMs),
      this.#simulate(intervalMs),
      () => this.announcer.stop(),
      () => page.world.clearTimeout(this.#again),
    ];
    this.#render();
  }

  disconnectedCallback() {
    for (const undo of this.#undo.splice(0)) undo();
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
    if (previous) this.#tell(view, previous);
  }

  #show(view) {
    const language = this.closest("[lang]")?.getAttribute("lang") || "en";
    this.setAttribute("state", view.state);
    this.toggleAttribute("below", view.below);
    this.#write("figure", number(view.value, language));
    showReels(this.#part("digits"), number(view.value, language));
    this.#write("second", number(view.second, language));
    this.#write("status", status(view, language));
  }

  #tell(view, previous) {
    const counted = view.value !== previous.value;
    if (counted) {
      this.toggleAttribute("beat");
      this.#emit("countchange", { value: view.value, previous: previous.value });
    }
    if (view.state !== previous.state) {
      this.#emit("statechange", { state: view.state, previous: previous.state });
    }
    if (counted || view.trouble !== previous.trouble) this.announcer.say(this.#spoken(view));
  }

  #spoken({ below }) {
    const parts = below ? ["words", "status"] : ["figure", "label", "status"];
    return parts.map((name) => this.#part(name).textContent.trim()).join(" ");
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));
  }

  /** @returns {HTMLElement} */
  #part(name) {
    return this.querySelector(`[part=${name}]`);
  }

  #write(name, text) {
    const part = this.#part(name);
    if (part.textContent !== text) part.textContent = text;
  }

  #setting(name, otherwise) {
    return Number(this.getAttribute(name) ?? otherwise);
  }
}
