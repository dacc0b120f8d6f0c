/** Derives what a feed shows, also while its list is held still. Pure: no DOM. */
import { compareNewestFirst, hasItem } from "./activity-state.js";

/**
 * @param {Activity[]} shown the items of the previous view
 * @param {Activity[]} items all current items
 * @param {boolean} isHeld whether the list must not move
 * @returns {FeedView}
 */
export function deriveFeedView(shown, items, isHeld) {
  const oldest = shown.at(-1);
  const isNew = (item) =>
    !hasItem(shown, item) && !(oldest && compareNewestFirst(item, oldest) > 0);
  const fresh = items.filter(isNew);
  if (!isHeld) return { shown: items, fresh, waiting: 0 };
  // A removed activity disappears even from a list that is held.
  return { shown: items.filter((item) => hasItem(shown, item)), fresh: [], waiting: fresh.length };
}
