/** The newest activities, newest first: a pure reducer over frames. */

const MAX_ITEMS = 50;

/**
 * @param {ActivityState} state
 * @param {any} frame
 * @returns {ActivityState}
 */
export function reduceActivity(state, frame) {
  const others = () => state.items.filter(({ id }) => id !== frame.id);
  switch (frame.type) {
    case "activity-history":
      return { items: frame.items.slice(0, MAX_ITEMS) };
    case "activity":
      return { items: [frame, ...others()].slice(0, MAX_ITEMS) };
    case "activity-removed":
      return { items: others() };
    default:
      return state;
  }
}
