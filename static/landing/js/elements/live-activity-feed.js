/**
 * `<live-activity-feed>`: the newest activities, at most `limit`. The server renders the first
 * ones, a `template` for the others and, in `words` and `kinds`, what else the script may say. The
 * list stands still while somebody points at it, is in it with the keyboard, or has paused it
 * (attribute `paused`). What others wrote reaches the page as text only.
 */
import { GRACE_MS } from "../counter-view.js";
import { FeedNews } from "../feed-news.js";
import { read } from "../feed-reading.js";
import { MAX_ITEMS } from "../stores/activity-store.js";
import { Ticker, calmAge } from "../ticker.js";
import { ago, plural } from "../words.js";

/** One for all feeds of the page. @type {Ticker} */
let ticker;

export class LiveActivityFeed extends HTMLElement {
  /** Set before the element is defined. @type {Page} */
  static page;

  #undo = [];
  #readers = new Set();
  /** Unknown until the server speaks. @type {Activity[]|undefined} */
  #seen;
  #words;
  #kinds;
  #news;

  constructor() {
    super();
    const on = (type, then) => this.addEventListener(type, then);
    const readers = this.#readers;
    on("pointerenter", ({ pointerType }) => pointerType !== "touch" && readers.add("pointer"));
    on("pointerleave", () => this.#leave("pointer"));
    on("focusin", ({ target }) => target.matches(":focus-visible") && readers.add("keyboard"));
    on("focusout", ({ relatedTarget }) => this.contains(relatedTarget) || this.#leave("keyboard"));
    on("click", ({ target }) => target.closest("[part=pause]") && this.#press());
  }

  connectedCallback() {
    const { page } = LiveActivityFeed;
    ticker ??= new Ticker(page.world);
    this.#words = JSON.parse(this.getAttribute("words"));
    this.#kinds = new Map(Object.entries(JSON.parse(this.getAttribute("kinds"))));
    this.#news = new FeedNews((...news) => this.#tell(...news), page.world);
    this.#undo = [
      page.activity.subscribe(() => this.#render()),
      page.counter.subscribe(() => ticker.tick()),
      page.join(),
      ticker.watch((nowMs) => this.#tick(nowMs)),
      () => this.#news.stop(),
      () => this.#readers.clear(),
    ];
    this.#render();
  }

  disconnectedCallback() {
    for (const undo of this.#undo.splice(0)) undo();
  }

  #leave(reader) {
    if (this.#readers.delete(reader)) this.#render();
  }

  #press() {
    // Whoever lets the list go on wants to see it move, although they are still there.
    if (!this.toggleAttribute("paused")) this.#readers.clear();
    this.#render();
  }

  #render() {
    const { items, heard } = LiveActivityFeed.page.activity.state;
    if (heard) this.#show(items);
    part(this, "pause").hidden = !(this.querySelector("li") || this.hasAttribute("paused"));
    ticker.tick();
  }

  #show(items) {
    const rows = new Map([...part(this, "items").children].map((row) => [row.dataset.id, row]));
    // What the page came with is no news, and neither is what the server knew all along.
    this.#seen ??= rows.size ? items.filter(({ id }) => rows.has(`${id}`)) : items;
    const reading = this.#readers.size > 0 && rows.size > 0;
    const { seen, fresh, waiting } = read(this.#seen, items, reading || this.hasAttribute("paused"));
    this.#seen = seen;
    this.#list(seen.slice(0, Number(this.getAttribute("limit"))), rows, fresh);
    this.#news.hear(fresh, items);
    write(this, "waiting", this.#count("new", waiting, waiting < MAX_ITEMS ? "" : "+"));
  }

  /** A row that stays is never moved: that would start its motion again. */
  #list(items, rows, fresh) {
    const list = part(this, "items");
    const kept = new Set(items.map(({ id }) => `${id}`));
    for (const [id, row] of rows) if (!kept.has(id)) row.remove();
    items.forEach((item, index) => {
      const row = rows.get(`${item.id}`) ?? this.#blank(fresh.includes(item));
      this.#fill(row, item);
      if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
    });
  }

  #blank(fresh) {
    const row = this.querySelector("template").content.firstElementChild.cloneNode(true);
    row.toggleAttribute("fresh", fresh);
    return row;
  }

  #fill(row, { id, kind, actor, text, timestamp, skipped }) {
    row.dataset.id = id;
    const { name, icon } = this.#kinds.get(kind) ?? {};
    if (name) {
      part(row, "kind").setAttribute("aria-label", name);
      row.querySelector("path").setAttribute("d", icon);
    }
    write(row, "actor", actor);
    write(row, "text", text);
    write(row, "skipped", this.#count("more", skipped));
    part(row, "time").dateTime = timestamp;
  }

  /** @returns {number} after how many ms to look again */
  #tick(nowMs) {
    const { link, downSinceMs, skewMs } = LiveActivityFeed.page.counter.state;
    const aheadMs = Number.isFinite(skewMs) ? skewMs : 0;
    const waitsMs = [...part(this, "items").children].map((row) => {
      const { dateTime } = part(row, "time");
      const { ageMs, leftMs } = calmAge(nowMs - aheadMs - Date.parse(dateTime));
      write(row, "time", ago(ageMs, this.#language));
      return leftMs;
    });
    const none = waitsMs.length === 0;
    const up = link === "open" || link === "idle";
    const graceMs = up ? Infinity : downSinceMs + GRACE_MS - nowMs;
    part(this, "empty").hidden = !none || graceMs <= 0;
    part(this, "error").hidden = !none || graceMs > 0;
    return Math.min(...waitsMs, none && graceMs > 0 ? graceMs : Infinity);
  }

  #tell({ actor, text } = {}, others) {
    write(this, "log", [actor, text, this.#count("more", others)].join(" ").trim());
  }

  #count(phrase, count, after) {
    return count ? plural(this.#words[phrase], count, this.#language, after) : "";
  }

  get #language() {
    return this.closest("[lang]")?.lang || "en";
  }
}

/** @returns {any} */
function part(element, name) {
  return element.querySelector(`[part=${name}]`);
}

function write(element, name, text) {
  const found = part(element, name);
  if (found.textContent !== text) found.textContent = text;
}
