/** Entry point of the live map. */
import { CounterAnnouncer } from "../elements/counter-announcer.js";
import { formatAnnouncement } from "../formatting.js";
import { sharePage } from "../live-page.js";
import { LiveMap } from "./live-map.js";
import { deriveStatus } from "./map-state.js";
import { MapView } from "./map-view.js";

/** @param {HTMLElement} root */
function start(root) {
  root.toggleAttribute("data-started", true);
  const page = sharePage(window);
  const view = new MapView(root);
  const language = root.closest("[lang]")?.getAttribute("lang") || "en";
  const liveRegion = root.querySelector("[role=status]");
  const announcer = new CounterAnnouncer((text) => (liveRegion.textContent = text), page.browser);
  const renderer = {
    get isHeld() {
      return view.isHeld;
    },
    render(state, nowMs) {
      view.render(state, nowMs);
      const status = deriveStatus(state, nowMs);
      const counter = /** @type {CounterView} */ ({
        ...status,
        value: state.frame?.people ?? null,
        isBelow: false,
        hasProblem: status.state !== "live",
      });
      announcer.update(counter, (last) => formatAnnouncement(counter, last, "here now", language));
    },
  };
  const map = new LiveMap(page, root.getAttribute("socket"), renderer);
  map.start(root.dataset.frame, root.dataset.series);
}

// The script may be loaded twice, under two addresses.
const root = document.querySelector("[data-map]:not([data-started])");
if (root) start(/** @type {HTMLElement} */ (root));
