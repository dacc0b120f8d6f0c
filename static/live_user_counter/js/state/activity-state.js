/**
 * The newest activities, newest first, and what a feed shows of them, also while its list is held
 * still. Pure: a reducer over frames, no DOM.
 */

/** Far more than a feed shows: a paused feed counts how many have arrived since. */
export const MAX_ITEMS = 500;

/**
 * Compare for sorting: the later activity first; at the same time, the higher id first.
 *
 * @param {Activity} a
 * @param {Activity} b
 */
function compareNewestFirst(a, b) {
  return Date.parse(b.timestamp) - Date.parse(a.timestamp) || +b.id - +a.id;
}

/** @param {Activity[]} items @param {{id: string|number}} item */
export function hasItem(items, { id }) {
  return items.some((item) => item.id === id);
}

/**
 * @param {ActivityState} state
 * @param {any} frame
 * @returns {ActivityState}
 */
export function reduceActivity(state, frame) {
  const { items } = state;
  switch (frame.type) {
    case "activity-history":
      return { isLoaded: true, items: frame.items.reduce(insertItem, []) };
    case "activity":
      return hasItem(items, frame) ? state : { ...state, items: insertItem(items, frame) };
    case "activity-removed":
      return { ...state, items: items.filter(({ id }) => id !== frame.id) };
    default:
      return state;
  }
}

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

function insertItem(items, item) {
  if (hasItem(items, item)) return items;
  return [...items, item].sort(compareNewestFirst).slice(0, MAX_ITEMS);
}
