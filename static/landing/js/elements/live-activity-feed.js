/**
 * `<live-activity-feed>`: the newest activities, at most `limit`. The server renders the first
 * rows, a `template` for further ones, and all texts (`words`, `kinds`). The list is held still
 * while the pointer or the keyboard focus is in it, or while it has the attribute `paused`. The
 * attribute `failed` means that nothing could be loaded. Published text is inserted as text only.
 */
import { formatAge, formatCount, roundAge } from "../formatting.js";
import { STATUS_DELAY_MS } from "../state/counter-view.js";
import { deriveFeedView } from "../state/feed-view.js";
import { FeedAnnouncer } from "./feed-announcer.js";
import { Ticker } from "./ticker.js";

/** Shared by all feeds of the page. @type {Ticker} */
let ticker;

export class LiveActivityFeed extends HTMLElement {
  /** Set before the element is defined. @type {Page} */
  static page;

  #page = LiveActivityFeed.page;
  #cleanups = [];
  /** "pointer" and "keyboard" while they are in the list. */
  #holders = new Set();
  /** The items of the last view; undefined until the server has sent its history. */
  #shown;
  #announcer;

  constructor() {
    super();
    const holders = this.#holders;
    const on = (type, handle) => this.addEventListener(type, handle);
    const release = (holder) => holders.delete(holder) && this.#render();
    on("pointerenter", ({ pointerType }) => pointerType !== "touch" && holders.add("pointer"));
    on("pointerleave", () => release("pointer"));
    on("focusin", ({ target }) => target.matches(":focus-visible") && holders.add("keyboard"));
    on("focusout", ({ relatedTarget }) => this.contains(relatedTarget) || release("keyboard"));
    on("click", ({ target }) => target.closest("button") && this.#togglePause());
  }

  connectedCallback() {
    const page = this.#page;
    const render = (nowMs) => this.#renderTimes(nowMs);
    ticker ??= new Ticker(page.browser);
    ticker.renderers.add(render);
    this.words = JSON.parse(this.getAttribute("words"));
    this.kinds = new Map(Object.entries(JSON.parse(this.getAttribute("kinds"))));
    this.#announcer = new FeedAnnouncer((...args) => this.#writeLog(...args), page.browser);
    this.#cleanups = [
      page.activity.subscribe(() => this.#render()),
      page.counter.subscribe(() => ticker.tick()),
      page.attach(),
      () => ticker.renderers.delete(render),
      () => this.#announcer.stop(),
      () => this.#holders.clear(),
    ];
    this.#render();
  }

  disconnectedCallback() {
    for (const cleanUp of this.#cleanups.splice(0)) cleanUp();
  }

  #togglePause() {
    // After "Resume" the list moves at once, although the pointer is still in it.
    if (!this.toggleAttribute("paused")) this.#holders.clear();
    this.#render();
  }

  #render() {
    const { items, isLoaded } = this.#page.activity.state;
    const isPaused = this.hasAttribute("paused");
    if (isLoaded) this.#renderItems(items, isPaused);
    this.querySelector("button").hidden = !isPaused && !this.querySelector("li");
    ticker.tick();
  }

  #renderItems(items, isPaused) {
    const rows = new Map(this.#rows.map((row) => [row.dataset.id, row]));
    // Neither the server-rendered rows nor the first history are new.
    this.#shown ??= rows.size ? items.filter(({ id }) => rows.has(`${id}`)) : items;
    const isHeld = isPaused || (rows.size > 0 && this.#holders.size > 0);
    const { shown, fresh, waiting } = deriveFeedView(this.#shown, items, isHeld);
    this.#shown = shown;
    this.#renderRows(shown.slice(0, +this.getAttribute("limit")), rows, fresh);
    this.#announcer.update(fresh, items);
    write(this, "waiting", formatCount(this.words.new, waiting, this.#language));
  }

  /** Leave existing rows in place: moving one would restart its animation. */
  #renderRows(items, rows, fresh) {
    const list = this.querySelector("ol");
    const ids = new Set(items.map(({ id }) => `${id}`));
    for (const [id, row] of rows) if (!ids.has(id)) row.remove();
    items.forEach((item, index) => {
      const row = rows.get(`${item.id}`) ?? this.#createRow(fresh.includes(item));
      this.#fillRow(row, item);
      if (list.children[index] !== row) list.insertBefore(row, list.children[index]);
    });
  }

  #createRow(isFresh) {
    const row = this.querySelector("template").content.firstElementChild.cloneNode(true);
    row.toggleAttribute("fresh", isFresh);
    return row;
  }

  #fillRow(row, { id, kind, actor, text, timestamp, skipped }) {
    const known = this.kinds.get(kind);
    row.dataset.id = id;
    if (known) {
      row.firstChild.setAttribute("aria-label", known.name);
      row.querySelector("path").setAttribute("d", known.icon);
    }
    write(row, "actor", actor);
    write(row, "text", text);
    write(row, "skipped", formatCount(this.words.more, skipped, this.#language));
    row.querySelector("time").dateTime = timestamp;
  }

  /** Render ages and the empty state. @returns {number} for how many ms they stay correct */
  #renderTimes(nowMs) {
    const { connection, downSinceMs, skewMs } = this.#page.counter.state;
    const serverNowMs = nowMs - (Number.isFinite(skewMs) ? skewMs : 0);
    const rows = this.#rows;
    const isDown = rows.length === 0 && connection !== "open" && connection !== "idle";
    const delayMs = isDown ? downSinceMs + STATUS_DELAY_MS - nowMs : Infinity;
    const hasFailed = this.toggleAttribute("failed", delayMs <= 0);
    write(this, "note", this.words[hasFailed ? "down" : "none"]);
    this.querySelector("[part=empty]").hidden = rows.length > 0;
    const validities = rows.map((row) => {
      const { dateTime } = row.querySelector("time");
      const { ageMs, validMs } = roundAge(serverNowMs - Date.parse(dateTime));
      write(row, "time", formatAge(ageMs, this.#language));
      return validMs;
    });
    return Math.min(...validities, hasFailed ? Infinity : delayMs);
  }

  #writeLog(newest, others) {
    const more = formatCount(this.words.more, others, this.#language);
    write(this, "log", newest ? `${newest.actor} ${newest.text} ${more}`.trim() : "");
  }

  get #rows() {
    return [...this.querySelectorAll("li")];
  }

  get #language() {
    return this.closest("[lang]")?.lang || "en";
  }
}

function write(element, name, text) {
  const part = element.querySelector(`[part=${name}]`);
  if (part.textContent !== text) part.textContent = text;
}
