/** The rows of a feed: one per item, from the `template`. Published text is inserted as text only. */
import { formatAge, formatCount, roundAge } from "../formatting.js";

export class FeedRows {
  #feed;
  #browser;
  /** The item that each row shows. */
  #items = new WeakMap();

  /** @param {HTMLElement} feed @param {Browser} browser */
  constructor(feed, browser) {
    this.#feed = feed;
    this.#browser = browser;
  }

  /** @returns {any} null if the author of the content left the list out */
  get list() {
    return this.#feed.querySelector("ol");
  }

  get all() {
    return [...this.#feed.querySelectorAll("li")];
  }

  get byId() {
    return new Map(this.all.map((row) => [row.dataset.lucId, row]));
  }

  /** Show the items. Visible content below the feed must not move. */
  render(items, fresh, texts) {
    const feed = this.#feed;
    const { bottom, height } = feed.getBoundingClientRect();
    const count = this.all.length;
    this.#arrange(items, fresh, texts);
    if (this.all.length === count) return;
    const isEndVisible = bottom > 0 && bottom < this.#browser.window.innerHeight;
    if (isEndVisible) feed.style.setProperty("--luc-height", `${height}px`);
    else feed.style.removeProperty("--luc-height");
  }

  /** @returns {number} for how many ms the ages stay correct */
  renderAges(serverNowMs, language) {
    const validities = this.all.map((row) => {
      const { ageMs, validMs } = roundAge(serverNowMs - Date.parse(row.querySelector("time")?.dateTime));
      if (!Number.isFinite(ageMs)) return Infinity;
      writePart(row, "time", formatAge(ageMs, language));
      return validMs;
    });
    return Math.min(...validities);
  }

  /** Leave existing rows in place: moving one would restart its animation. */
  #arrange(items, fresh, texts) {
    const { list, byId } = this;
    const ids = new Set(items.map(({ id }) => `${id}`));
    for (const [id, row] of byId) if (!ids.has(id)) row.remove();
    items.forEach((item, index) => {
      const row = byId.get(`${item.id}`) ?? this.#create(fresh.includes(item));
      if (!row) return;
      this.#fill(row, item, texts);
      if (list.children[index] !== row) list.insertBefore(row, list.children[index]);
    });
  }

  /** @returns {any} undefined without a template */
  #create(isFresh) {
    const row = this.#feed.querySelector("template")?.content.firstElementChild?.cloneNode(true);
    row?.toggleAttribute("fresh", isFresh);
    return row;
  }

  #fill(row, item, { words, kinds, language }) {
    // A text that is not written again can be translated by the browser.
    if (this.#items.get(row) === item && row.dataset.lucId === `${item.id}`) return;
    const { id, kind, actor, text, timestamp, skipped } = item;
    const known = kinds.get(kind);
    this.#items.set(row, item);
    row.dataset.lucId = id;
    if (known?.name && known.icon) {
      row.querySelector("svg")?.setAttribute("aria-label", known.name);
      row.querySelector("path")?.setAttribute("d", known.icon);
    }
    writePart(row, "actor", actor);
    writePart(row, "text", text);
    writePart(row, "skipped", formatCount(words.more, skipped, language));
    row.querySelector("time")?.setAttribute("datetime", timestamp);
  }
}

/** Write the text of a part. The page may have left out the part or the text. */
export function writePart(element, name, text) {
  const part = element.querySelector(`[part=${name}]`);
  if (part && typeof text === "string" && part.textContent !== text) part.textContent = text;
}
