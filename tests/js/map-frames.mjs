/** Frames of the live map. */

/** Create a `map` frame that adds up. */
export function makeMapFrame(counts = { "/": 5 }, changes = {}) {
  const places = Object.entries(counts)
    .map(([place, people]) => ({ place, people, arrivals: null, departures: null }))
    .sort((a, b) => b.people - a.people);
  const { other = 0, elsewhere = 0 } = changes;
  const listed = places.reduce((sum, { people }) => sum + people, 0);
  return {
    type: "map",
    people: listed + other + elsewhere,
    arrivals: null,
    departures: null,
    seconds: null,
    elsewhere,
    other,
    places,
    other_areas: listed + other,
    areas: [],
    steps: null,
    source: "live",
    epoch: "e1",
    version: 1,
    timestamp: "2026-01-31T12:00:00.000Z",
    ...changes,
  };
}
