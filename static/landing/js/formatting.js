/**
 * Numbers, ages, and statuses as text. `landing/page/formatting.py` formats the same way on the
 * server, so that the page does not change when the scripts take over. Pure.
 */

const UNITS = /** @type {const} */ ([
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 0],
]);

/** Western digits in every language, like the server. The rolling digits know no others. */
const DIGITS = { numberingSystem: "latn" };

/** The texts of an element without a `words` attribute. */
export const DEFAULT_WORDS = {
  online: "Active Users Right Now",
  lately: "active recently",
  here: "here right now",
  words: "You’re early",
  motion: "Pause animation",
  connecting: "Connecting…",
  reconnecting: "Reconnecting…",
  offline: "You’re offline",
  simulated: "demo data",
  error: "Can’t load the count right now",
  as_of: "counted {age}",
};

/**
 * Parse a `words` attribute. The defaults fill in for missing texts.
 *
 * @param {string|null} json
 * @param {(text: string) => void} warn
 */
export function parseWords(json, warn) {
  try {
    return { ...DEFAULT_WORDS, ...JSON.parse(json ?? "{}") };
  } catch {
    warn(`Live counter: words is not JSON: ${json}`);
    return DEFAULT_WORDS;
  }
}

/** @param {number|null} value null: not known @param {string} language */
export function formatNumber(value, language) {
  if (value === null) return "–";
  return new Intl.NumberFormat(language, { ...DIGITS, useGrouping: "always" }).format(value);
}

/** @param {number} ageMs @param {string} language @returns {string} "2 minutes ago" */
export function formatAge(ageMs, language) {
  const seconds = Math.max(0, Math.floor(ageMs / 1000));
  const [unit, size] = UNITS.find(([, minimum]) => seconds >= minimum);
  const numeric = seconds < 1 ? "auto" : "always"; // "now", but never "yesterday"
  const format = new Intl.RelativeTimeFormat(language, { ...DIGITS, numeric });
  return format.format(-Math.floor(seconds / (size || 1)), unit);
}

/**
 * Round an age down to what a text shows.
 *
 * @param {number} ageMs negative if the browser's clock is behind
 * @returns {{ageMs: number, validMs: number}} the rounded age, and how long it stays correct
 */
export function roundAge(ageMs) {
  // Under a minute in steps of 10 s: a list that changes each second distracts.
  const stepMs = 1000 * (UNITS.find(([, seconds]) => ageMs >= seconds * 1000)?.[1] || 10);
  const roundedMs = Math.max(0, ageMs - (ageMs % stepMs));
  return { ageMs: roundedMs, validMs: roundedMs + stepMs - ageMs };
}

/**
 * Format a phrase with a count, such as "3 new". A count of 0 is an empty text.
 *
 * @param {Record<string, string>} forms by plural category, each with `{count}` inside
 * @param {number|undefined} count
 * @param {string} language
 */
export function formatCount(forms, count, language) {
  if (!count) return "";
  const form = forms[new Intl.PluralRules(language).select(count)] ?? forms.other;
  return form.replace("{count}", formatNumber(count, language));
}

/**
 * Format the problem of a view and the age of its count. Empty without a problem.
 *
 * @param {CounterView} view
 * @param {string} language
 */
export function formatStatus({ state, hasProblem, ageMs }, language, words = DEFAULT_WORDS) {
  if (!hasProblem) return "";
  const age = ageMs === null ? "" : words.as_of.replace("{age}", formatAge(ageMs, language));
  return [words[state], age].filter(Boolean).join(" · ");
}
