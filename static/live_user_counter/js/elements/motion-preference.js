/** Whether the visitor has paused animations. Kept for the visit in `sessionStorage`. */
import { ObservableState } from "../state/observable-state.js";

const KEY = "luc-still";

/**
 * Create the preference, and mirror it in `data-luc-still` on the root element for style sheets.
 *
 * @param {Window} window
 * @returns {ObservableState} of a boolean: true means paused; dispatch the new value
 */
export function createMotionPreference(window) {
  const root = window.document.documentElement;
  const isStored = useStorage(window, (storage) => storage.getItem(KEY) === "yes");
  // Another copy of the scripts may have set the attribute.
  const isPaused = isStored || root.hasAttribute("data-luc-still");
  const preference = new ObservableState((_, next) => next, isPaused);
  const apply = () => root.toggleAttribute("data-luc-still", preference.state);
  const save = (storage) => storage.setItem(KEY, preference.state ? "yes" : "no");
  preference.subscribe(apply);
  preference.subscribe(() => useStorage(window, save));
  apply();
  return preference;
}

/** Storage can be blocked or full. The preference then lasts until the next page. */
function useStorage(window, use) {
  try {
    return use(window.sessionStorage);
  } catch {
    return false;
  }
}
