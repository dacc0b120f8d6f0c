/**
 * Shows the values of a chart point by point, for the pointer, a finger, or the arrow keys. The
 * points come from the chart's own table. The keyboard control is a native range input over the
 * drawing.
 */

/**
 * @typedef {object} Point
 * @property {number} x percent from the left
 * @property {number|null} y percent from the top; null: a gap
 * @property {string} time
 * @property {string} text
 */

/** @param {number[]} xs ascending @param {number} x @returns {number} -1 without any point */
export function findNearestIndex(xs, x) {
  let nearest = -1;
  for (const [index, each] of xs.entries()) {
    if (nearest < 0 || Math.abs(each - x) < Math.abs(xs[nearest] - x)) nearest = index;
  }
  return nearest;
}

/**
 * @param {string[]} columns
 * @param {string[]} cells one per column, or one for all columns
 */
export function formatPoint(columns, cells) {
  if (cells.length < columns.length) return cells.join("");
  return cells.map((cell, index) => `${cell} ${columns[index]}`).join(" · ");
}

/** @param {ParentNode} root whose charts get an inspector each */
export function attachInspectors(root) {
  for (const plot of root.querySelectorAll("[data-plot]")) {
    const points = readPoints(plot.parentElement.querySelector("details table"));
    if (points.length) new ChartInspector(/** @type {HTMLElement} */ (plot), points);
  }
}

/** Hide all tooltips on Escape, wherever focus and pointer are. @param {Document} document */
export function hideTooltipsOnEscape(document) {
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    for (const plot of document.querySelectorAll("[data-inspected]")) {
      plot.removeAttribute("data-inspected");
    }
  });
}

/** @param {HTMLTableElement} table @returns {Point[]} */
function readPoints(table) {
  const readTexts = (cells) => [...cells].map((cell) => cell.textContent);
  const columns = readTexts(table.tHead.rows[0].cells).slice(1);
  return [...table.tBodies[0].rows].map((row) => {
    const [time, ...cells] = readTexts(row.cells);
    const y = row.dataset.y === undefined ? null : Number(row.dataset.y);
    return { x: Number(row.dataset.x), y, time, text: formatPoint(columns, cells) };
  });
}

class ChartInspector {
  #plot;
  #points;
  #xs;
  #slider;
  #tooltip;

  /** @param {HTMLElement} plot @param {Point[]} points */
  constructor(plot, points) {
    this.#plot = plot;
    this.#points = points;
    this.#xs = points.map(({ x }) => x);
    this.#createElements();
    this.#addListeners();
    this.#select(points.length - 1);
  }

  #createElements() {
    const create = (tag, className) => {
      const element = this.#plot.ownerDocument.createElement(tag);
      element.className = className;
      return element;
    };
    const slider = /** @type {HTMLInputElement} */ (create("input", "slider"));
    slider.type = "range";
    slider.max = String(this.#points.length - 1);
    slider.setAttribute("aria-label", `${this.#plot.dataset.plot}, point by point`);
    const marker = create("span", "marker");
    const tooltip = create("p", "tooltip");
    for (const drawn of [marker, tooltip]) drawn.setAttribute("aria-hidden", "true");
    this.#plot.append(slider, marker, tooltip);
    this.#slider = slider;
    this.#tooltip = tooltip;
  }

  #addListeners() {
    const plot = this.#plot;
    const slider = this.#slider;
    slider.addEventListener("input", () => this.#show(Number(slider.value)));
    slider.addEventListener("focus", () => this.#show(Number(slider.value)));
    slider.addEventListener("blur", () => this.#hide());
    plot.addEventListener("pointermove", (event) => this.#handlePointerMove(event));
    plot.addEventListener("pointerdown", (event) => this.#handlePointerDown(event));
    plot.addEventListener("pointerleave", (event) => this.#handlePointerLeave(event));
  }

  /** @param {PointerEvent} event */
  #handlePointerMove(event) {
    const { left, width } = this.#plot.getBoundingClientRect();
    this.#show(findNearestIndex(this.#xs, (100 * (event.clientX - left)) / width));
  }

  /** A touched point stays selected until another touch. @param {PointerEvent} event */
  #handlePointerDown(event) {
    if (event.pointerType === "touch") this.#slider.focus({ preventScroll: true });
    this.#handlePointerMove(event);
  }

  /** @param {PointerEvent} event */
  #handlePointerLeave(event) {
    if (event.pointerType !== "touch") this.#hide();
  }

  #show(index) {
    this.#select(index);
    const { x, y, time, text } = this.#points[index];
    this.#plot.toggleAttribute("data-inspected", true);
    this.#plot.toggleAttribute("data-gap", y === null);
    this.#plot.style.setProperty("--x", String(x));
    this.#plot.style.setProperty("--y", String(y ?? 100));
    const heading = this.#tooltip.ownerDocument.createElement("strong");
    heading.textContent = time;
    this.#tooltip.replaceChildren(heading, ` ${text}`);
  }

  /** Move the slider, whose value text is what a screen reader reads. */
  #select(index) {
    this.#slider.value = String(index);
    const { time, text } = this.#points[index];
    this.#slider.setAttribute("aria-valuetext", `${time}: ${text}`);
  }

  #hide() {
    if (!this.#slider.matches(":focus-visible")) this.#plot.removeAttribute("data-inspected");
  }
}
