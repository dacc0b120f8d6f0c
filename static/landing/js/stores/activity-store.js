/** The newest activities, newest first: a pure reducer over frames. */

/** Far more than any feed shows: one that stands still is to tell how many came meanwhile. */
export const MAX_ITEMS = 500;

/**
 * Sorts what happened later first; of two at one time, the one with the higher id.
 *
 * @param {Activity} one
 * @param {Activity} other
 */
export function laterFirst(one, other) {
  return Date.parse(other.timestamp) - Date.parse(one.timestamp) || +other.id - +one.id;
}

/** @param {Activity[]} items @param {{id: string|number}} item */
export function holds(items, { id }) {
  return items.some((each) => each.id === id);
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
      return { heard: true, items: frame.items.reduce(withItem, []) };
    case "activity":
      return holds(items, frame) ? state : { ...state, items: withItem(items, frame) };
    case "activity-removed":
      return { ...state, items: items.filter(({ id }) => id !== frame.id) };
    default:
      return state;
  }
}

function withItem(items, item) {
  return holds(items, item) ? items : [...items, item].sort(laterFirst).slice(0, MAX_ITEMS);
}
