/**
 * Reads a chart point by point: with the pointer, a finger or the arrow keys. The points are the
 * rows of the chart's own table; the keyboard's part is a native range input over the drawing.
 */

/**
 * @typedef {object} Point
 * @property {number} x percent from the left
 * @property {number|null} y percent from the top; null: a gap
 * @property {string} time
 * @property {string} text
 */

/** @param {number[]} xs rising @param {number} x @returns {number} index of the nearest; -1: none */
export function nearest(xs, x) {
  let best = -1;
  for (const [index, each] of xs.entries()) {
    if (best < 0 || Math.abs(each - x) < Math.abs(xs[best] - x)) best = index;
  }
  return best;
}

/**
 * @param {string[]} columns
 * @param {string[]} cells as many, or one that stands for all
 */
export function reading(columns, cells) {
  if (cells.length < columns.length) return cells.join("");
  return cells.map((cell, index) => `${cell} ${columns[index]}`).join(" · ");
}

/** @param {ParentNode} root gives each chart in it a reader */
export function attachReaders(root) {
  for (const plot of root.querySelectorAll("[data-plot]")) {
    const table = plot.parentElement.querySelector("details table");
    const points = pointsOf(table);
    if (points.length) new Reader(/** @type {HTMLElement} */ (plot), points);
  }
}

/** Escape hides what is read, wherever focus and pointer are. @param {Document} document */
export function hideOnEscape(document) {
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    for (const plot of document.querySelectorAll("[data-reading]")) {
      plot.removeAttribute("data-reading");
    }
  });
}
/** @param {HTMLTableElement} table @returns {Point[]} */
function pointsOf(table) {
  const texts = (cells) => [...cells].map((cell) => cell.textContent);
  const columns = texts(table.tHead.rows[0].cells).slice(1);
  return [...table.tBodies[0].rows].map((row) => {
    const [time, ...cells] = texts(row.cells);
    const y = row.dataset.y === undefined ? null : Number(row.dataset.y);
    return { x: Number(row.dataset.x), y, time, text: reading(columns, cells) };
  });
}

class Reader {
  /** @param {HTMLElement} plot @param {Point[]} points */
  constructor(plot, points) {
    this.plot = plot;
    this.points = points;
    this.xs = points.map(({ x }) => x);
    this.#build();
    this.#listen();
    this.#say(points.length - 1);
  }

  #build() {
    const create = (tag, name) => {
      const element = this.plot.ownerDocument.createElement(tag);
      element.className = name;
      return element;
    };
    const input = /** @type {HTMLInputElement} */ (create("input", "keys"));
    input.type = "range";
    input.max = String(this.points.length - 1);
    input.ariaLabel = `${this.plot.dataset.plot}, point by point`;
    this.input = input;
    this.marker = create("span", "marker");
    this.bubble = create("p", "bubble");
    for (const seen of [this.marker, this.bubble]) seen.ariaHidden = "true";
    this.plot.append(input, this.marker, this.bubble);
  }

  #listen() {
    const { plot, input } = this;
    input.addEventListener("input", () => this.#show(Number(input.value)));
    input.addEventListener("focus", () => this.#show(Number(input.value)));
    input.addEventListener("blur", () => this.#hide());
    plot.addEventListener("pointermove", (event) => this.#pointed(event));
    plot.addEventListener("pointerdown", (event) => this.#touched(event));
    plot.addEventListener("pointerleave", (event) => this.#left(event));
  }

  /** @param {PointerEvent} event */
  #pointed(event) {
    const { left, width } = this.plot.getBoundingClientRect();
    this.#show(nearest(this.xs, (100 * (event.clientX - left)) / width));
  }

  /** What a finger has chosen stays until it touches something else. @param {PointerEvent} event */
  #touched(event) {
    if (event.pointerType === "touch") this.input.focus({ preventScroll: true });
    this.#pointed(event);
  }

  /** @param {PointerEvent} event */
  #left(event) {
    if (event.pointerType !== "touch") this.#hide();
  }

  #show(index) {
    this.#say(index);
    const { x, y, time, text } = this.points[index];
    this.plot.toggleAttribute("data-reading", true);
    this.plot.toggleAttribute("data-gap", y === null);
    this.plot.style.setProperty("--x", String(x));
    this.plot.style.setProperty("--y", String(y ?? 100));
    const when = this.bubble.ownerDocument.createElement("strong");
    when.textContent = time;
    this.bubble.replaceChildren(when, ` ${text}`);
  }

  /** What a screen reader says of the point. */
  #say(index) {
    this.input.value = String(index);
    const { time, text } = this.points[index];
    this.input.setAttribute("aria-valuetext", `${time}: ${text}`);
  }

  #hide() {
    if (!this.input.matches(":focus-visible")) this.plot.removeAttribute("data-reading");
  }
}
