/**
 * `<live-activity-feed>`: the newest activities, at most `limit`. The server renders the first
 * rows, a `template` for further ones, and all texts (`words`, `kinds`). The list is held still
 * while the pointer or the keyboard focus is in it, or while it is paused: by the button, or by the
 * attribute `paused`. The attribute `failed` means that the connection is lost. Long texts are cut
 * by the style sheet and have a button that shows all.
 */
import { formatCount, parseObject } from "../formatting.js";
import { deriveFeedView } from "../state/activity-state.js";
import { STATUS_DELAY_MS } from "../state/counter-view.js";
import { ContentWatch } from "./content-watch.js";
import { FeedAnnouncer } from "./feed-announcer.js";
import { FeedRows, writePart } from "./feed-rows.js";
import { TextClamp } from "./text-clamp.js";
import { Ticker } from "./ticker.js";

const DEFAULT_LIMIT = 5;
/** Shared by all feeds of the page. @type {Ticker} */
let ticker;

export class LiveActivityFeed extends HTMLElement {
  /** Set before the element is defined. @type {Page} */
  static page;
  /** Feeds that entered or left the page in this task, in the order of the page. */
  static #entered = new Set();
  static #left = new Set();

  #page = LiveActivityFeed.page;
  #content = new ContentWatch(this, this.#page.browser, () => this.#redraw(), {
    create: () => [],
    essential: "ol",
  });
  #cleanups = [];
  /** "pointer" and "keyboard" while they are in the list. */
  #holders = new Set();
  /** A morph may remove the attribute. */
  #isPaused = false;
  #words;
  #kinds;
  /** The items of the last view; undefined until the server has sent its history. */
  #shown;
  #rows = new FeedRows(this, this.#page.browser);
  #announcer;
  #clamp = new TextClamp(this, this.#page.browser, (change) => this.#changeHeight(change));

  constructor() {
    super();
    const holders = this.#holders;
    const on = (type, handle) => this.addEventListener(type, handle);
    const release = (holder) => holders.delete(holder) && this.#render();
    on("pointerenter", ({ pointerType }) => pointerType !== "touch" && holders.add("pointer"));
    on("pointerleave", () => release("pointer"));
    on("focusin", ({ target }) => target.matches(":focus-visible") && holders.add("keyboard"));
    on("focusout", ({ relatedTarget }) => this.contains(relatedTarget) || release("keyboard"));
    on("click", ({ target }) => this.#handleClick(target.closest("button")));
  }

  connectedCallback() {
    this.#page.attempt(() => this.#connect());
  }

  #connect() {
    const page = this.#page;
    const render = (nowMs) => this.#renderTimes(nowMs);
    if (!this.#announcer) LiveActivityFeed.#entered.add(this);
    queueMicrotask(LiveActivityFeed.#passPauses);
    ticker ??= new Ticker(page.browser);
    ticker.renderers.add(render);
    this.#readAttributes();
    this.#content.start();
    this.#clamp.start();
    this.#announcer = new FeedAnnouncer((...args) => this.#writeLog(...args), page.browser);
    this.#cleanups = [
      page.activity.subscribe(() => this.#render()),
      page.counter.subscribe(() => ticker.tick()),
      page.attach(Infinity, { element: this }),
      () => ticker.renderers.delete(render),
      () => this.#content.stop(),
      () => this.#clamp.stop(),
      () => this.#announcer.stop(),
      () => this.#holders.clear(),
    ];
    this.#render();
  }

  disconnectedCallback() {
    for (const cleanUp of this.#cleanups.splice(0)) cleanUp();
    LiveActivityFeed.#left.add(this);
    queueMicrotask(LiveActivityFeed.#passPauses);
  }

  /** A feed that replaces a paused one is paused, too, and shows the same items. */
  static #passPauses() {
    const heirs = LiveActivityFeed.#entered.values();
    for (const feed of [...LiveActivityFeed.#left].filter(({ isConnected }) => !isConnected)) {
      const heir = heirs.next().value;
      if (!heir || !feed.#isPaused) continue;
      heir.#shown = feed.#shown;
      heir.#setPaused(true);
    }
    LiveActivityFeed.#entered.clear();
    LiveActivityFeed.#left.clear();
  }

  #readAttributes() {
    const warn = (text) => this.#page.report(text);
    this.#words = parseObject(this.getAttribute("words"), "words", warn);
    this.#kinds = new Map(Object.entries(parseObject(this.getAttribute("kinds"), "kinds", warn)));
    this.#isPaused ||= this.hasAttribute("paused");
  }

  #handleClick(button) {
    const row = button?.closest("li");
    if (row) this.#clamp.toggle(row);
    else if (button) this.#setPaused(!this.#isPaused);
  }

  #changeHeight(change) {
    this.#content.update(() => {
      change?.();
      this.style.removeProperty("--luc-height");
      this.#clamp.render(this.#rows.all, this.#words);
    });
  }

  #setPaused(isPaused) {
    this.#isPaused = isPaused;
    // After "Resume" the list moves at once, although the pointer is still in it.
    if (!isPaused) this.#holders.clear();
    this.#render();
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
    ticker.tick();
  }

  #renderContent() {
    const { items, isLoaded } = this.#page.activity.state;
    this.toggleAttribute("paused", this.#isPaused);
    if (isLoaded && this.#rows.list) this.#renderItems(items);
    const button = this.querySelector("[part=head] button");
    if (!button) return;
    button.hidden = !this.#isPaused && !this.querySelector("li");
    const [pause, resume] = button.querySelectorAll("span");
    pause?.toggleAttribute("hidden", this.#isPaused);
    resume?.toggleAttribute("hidden", !this.#isPaused);
    const name = this.#words[this.#isPaused ? "resume" : "pause"];
    const waiting = this.querySelector("[part=waiting]")?.textContent;
    if (typeof name === "string") button.setAttribute("aria-label", waiting ? `${name}, ${waiting}` : name);
  }

  #renderItems(items) {
    const rows = this.#rows.byId;
    // Neither the server-rendered rows nor the first history are new.
    this.#shown ??= rows.size ? items.filter(({ id }) => rows.has(`${id}`)) : items;
    const isHeld = this.#isPaused || (rows.size > 0 && this.#holders.size > 0);
    const { shown, fresh, waiting } = deriveFeedView(this.#shown, items, isHeld);
    const texts = { words: this.#words, kinds: this.#kinds, language: this.#language };
    this.#shown = shown;
    this.#rows.render(shown.slice(0, this.#limit), fresh, texts);
    this.#clamp.render(this.#rows.all, this.#words);
    this.#announcer.update(fresh, items);
    writePart(this, "waiting", formatCount(this.#words.new, waiting, this.#language));
  }

  /** @returns {number} for how many ms the ages and the state of the connection stay correct */
  #renderTimes(nowMs) {
    let validMs = Infinity;
    const render = () => (validMs = Math.min(this.#renderConnection(nowMs), this.#renderAges(nowMs)));
    this.#page.attempt(() => this.#content.update(render));
    return validMs;
  }

  #renderConnection(nowMs) {
    const { connection, downSinceMs } = this.#page.counter.state;
    const isEmpty = this.#rows.all.length === 0;
    const isDown = connection !== "open" && connection !== "idle";
    const delayMs = isDown ? downSinceMs + STATUS_DELAY_MS - nowMs : Infinity;
    const hasFailed = this.toggleAttribute("failed", delayMs <= 0);
    writePart(this, "note", this.#words[hasFailed ? "down" : "none"]);
    writePart(this, "connection", hasFailed && !isEmpty ? this.#words.off : "");
    this.querySelector("[part=empty]")?.toggleAttribute("hidden", !isEmpty);
    return hasFailed ? Infinity : delayMs;
  }

  #renderAges(nowMs) {
    const { skewMs } = this.#page.counter.state;
    const serverNowMs = nowMs - (Number.isFinite(skewMs) ? skewMs : 0);
    return this.#rows.renderAges(serverNowMs, this.#language);
  }

  #writeLog(newest, others) {
    const more = formatCount(this.#words.more, others, this.#language);
    const text = newest ? `${newest.actor} ${newest.text} ${more}`.trim() : "";
    if (this.#content.isStyled) this.#content.update(() => writePart(this, "log", text));
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
