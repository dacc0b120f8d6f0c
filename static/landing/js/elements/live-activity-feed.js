/**
 * `<live-activity-feed>`: the newest activities, at most `limit`. The server renders the first
 * ones, a `template` for the others and, in `words` and `kinds`, what else the script may say. The
 * list stands still while somebody points at it, is in it with the keyboard, or has paused it
 * (attribute `paused`); `failed` says that nothing can be known. What others wrote reaches the
 * page as text only.
 */
import { GRACE_MS } from "../counter-view.js";
import { FeedNews } from "../feed-news.js";
import { read } from "../feed-reading.js";
import { Ticker, calmAge } from "../ticker.js";
import { ago, plural } from "../words.js";

/** One for all feeds of the page. @type {Ticker} */
let ticker;

export class LiveActivityFeed extends HTMLElement {
  /** Set before the element is defined. @type {Page} */
  static page;

  #undo = [];
  #readers = new Set();
  /** Not known until the server speaks. @type {Activity[]|undefined} */
  #seen;
  #news;

  constructor() {
    super();
    const readers = this.#readers;
    const on = (type, then) => this.addEventListener(type, then);
    const leaves = (reader) => readers.delete(reader) && this.#render();
    on("pointerenter", ({ pointerType }) => pointerType !== "touch" && readers.add("pointer"));
    on("pointerleave", () => leaves("pointer"));
    on("focusin", ({ target }) => target.matches(":focus-visible") && readers.add("keyboard"));
    on("focusout", ({ relatedTarget }) => this.contains(relatedTarget) || leaves("keyboard"));
    on("click", ({ target }) => target.closest("button") && this.#press());
  }

  connectedCallback() {
    const { page } = LiveActivityFeed;
    const write = (nowMs) => this.#tick(nowMs);
    ticker ??= new Ticker(page.world);
    ticker.writers.add(write);
    this.words = JSON.parse(this.getAttribute("words"));
    this.kinds = new Map(Object.entries(JSON.parse(this.getAttribute("kinds"))));
    this.#news = new FeedNews((...news) => this.#tell(...news), page.world);
    this.#undo = [
      page.activity.subscribe(() => this.#render()),
      page.counter.subscribe(() => ticker.tick()),
      page.join(),
      () => ticker.writers.delete(write),
      () => this.#news.stop(),
      () => this.#readers.clear(),
    ];
    this.#render();
  }

  disconnectedCallback() {
    for (const undo of this.#undo.splice(0)) undo();
  }

  #press() {
    // Whoever lets the list go on wants to see it move, although they are still there.
    if (!this.toggleAttribute("paused")) this.#readers.clear();
    this.#render();
  }

  #render() {
    const { items, heard } = LiveActivityFeed.page.activity.state;
    const paused = this.hasAttribute("paused");
    if (heard) this.#show(items, paused);
    this.querySelector("button").hidden = !paused && !this.querySelector("li");
    ticker.tick();
  }

  #show(items, paused) {
    const rows = new Map(this.#rows.map((row) => [row.dataset.id, row]));
    // What the page came with is no news, and neither is what the server knew all along.
    this.#seen ??= rows.size ? items.filter(({ id }) => rows.has(`${id}`)) : items;
    const still = paused || (rows.size > 0 && this.#readers.size > 0);
    const { seen, fresh, waiting } = read(this.#seen, items, still);
    this.#seen = seen;
    this.#list(seen.slice(0, +this.getAttribute("limit")), rows, fresh);
    this.#news.hear(fresh, items);
    write(this, "waiting", plural(this.words.new, waiting, this.#language));
  }

  /** A row that stays is never moved: that would start its motion again. */
  #list(items, rows, fresh) {
    const list = this.querySelector("ol");
    const kept = new Set(items.map(({ id }) => `${id}`));
    for (const [id, row] of rows) if (!kept.has(id)) row.remove();
    items.forEach((item, index) => {
      const row = rows.get(`${item.id}`) ?? this.#row(fresh.includes(item));
      this.#fill(row, item);
      if (list.children[index] !== row) list.insertBefore(row, list.children[index]);
    });
  }

  #row(fresh) {
    const row = this.querySelector("template").content.firstElementChild.cloneNode(true);
    row.toggleAttribute("fresh", fresh);
    return row;
  }

  #fill(row, { id, kind, actor, text, timestamp, skipped }) {
    const known = this.kinds.get(kind);
    row.dataset.id = id;
    if (known) {
      row.firstChild.setAttribute("aria-label", known.name);
      row.querySelector("path").setAttribute("d", known.icon);
    }
    write(row, "actor", actor);
    write(row, "text", text);
    write(row, "skipped", plural(this.words.more, skipped, this.#language));
    row.querySelector("time").dateTime = timestamp;
  }

  /** @returns {number} after how many ms to look again */
  #tick(nowMs) {
    const { link, downSinceMs, skewMs } = LiveActivityFeed.page.counter.state;
    const aheadMs = Number.isFinite(skewMs) ? skewMs : 0;
    const rows = this.#rows;
    const unsure = rows.length === 0 && link !== "open" && link !== "idle";
    const graceMs = unsure ? downSinceMs + GRACE_MS - nowMs : Infinity;
    const failed = this.toggleAttribute("failed", graceMs <= 0);
    write(this, "note", this.words[failed ? "down" : "none"]);
    this.querySelector("[part=empty]").hidden = rows.length > 0;
    const waitsMs = rows.map((row) => {
      const { dateTime } = row.querySelector("time");
      const { ageMs, leftMs } = calmAge(nowMs - aheadMs - Date.parse(dateTime));
      write(row, "time", ago(ageMs, this.#language));
      return leftMs;
    });
    return Math.min(...waitsMs, failed ? Infinity : graceMs);
  }

  #tell(newest, others) {
    const more = plural(this.words.more, others, this.#language);
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
