/** What a feed may show of what is known, also while it stands still: pure, no DOM. */
import { holds, laterFirst } from "./stores/activity-store.js";

/**
 * @param {Activity[]} seen what was known when the feed last moved
 * @param {Activity[]} items what is known now
 * @param {boolean} still whether somebody is reading
 * @returns {FeedReading}
 */
export function read(seen, items, still) {
  const oldest = seen.at(-1);
  const isNew = (item) => !holds(seen, item) && !(oldest && laterFirst(item, oldest) > 0);
  const fresh = items.filter(isNew);
  if (!still) return { seen: items, fresh, waiting: 0 };
  // What was taken back goes at once.
  return { seen: items.filter((item) => holds(seen, item)), fresh: [], waiting: fresh.length };
}
