/**
 * Whether the visitor has stopped what moves: remembered for the visit, and told to the style
 * sheets by `data-still` on the document's root.
 */
import { Store } from "./stores/store.js";

const KEY = "landing-still";

/** @param {Window} window @returns {Store} of a boolean; dispatch the wish */
export function motionStore(window) {
  const root = window.document.documentElement;
  const store = new Store((_, still) => still, stored(window, (all) => all.getItem(KEY) === "yes"));
  const show = () => root.toggleAttribute("data-still", store.state);
  store.subscribe(show);
  store.subscribe(() => stored(window, (all) => all.setItem(KEY, store.state ? "yes" : "no")));
  show();
  return store;
}

/** Who blocks or fills up the storage is heard on each page anew. */
function stored(window, use) {
  try {
    return use(window.sessionStorage);
  } catch {
    return false;
  }
}
