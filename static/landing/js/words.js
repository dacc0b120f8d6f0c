/** Numbers and times as text, and the few words that only scripts need. Pure. */

const UNITS = /** @type {const} */ ([
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 0],
]);

/** The server writes the same digits and groups, and the reels know only these. */
const DIGITS = { numberingSystem: "latn" };

/** What an element says whose page gives it no words; `as_of` has a place for the age. */
export const ENGLISH = {
  online: "Active Users Right Now",
  lately: "active lately",
  here: "here right now",
  words: "Be the first today",
  motion: "Pause animation",
  connecting: "Connecting…",
  reconnecting: "Reconnecting…",
  offline: "You are offline",
  simulated: "demo data",
  error: "The number cannot be read right now",
  as_of: "as of {age}",
};

/** @param {string|null} given JSON, by the server @param {(text: string) => void} warn */
export function wordsOf(given, warn) {
  try {
    return { ...ENGLISH, ...JSON.parse(given ?? "{}") };
  } catch {
    warn(`The live counter has words that are no JSON: ${given}`);
    return ENGLISH;
  }
}

/** @param {number|null} value @param {string} language */
export function number(value, language) {
  if (value === null) return "–";
  return new Intl.NumberFormat(language, { ...DIGITS, useGrouping: "always" }).format(value);
}

/** @param {number} ageMs @param {string} language @returns {string} "2 minutes ago" */
export function ago(ageMs, language) {
  const seconds = Math.max(0, Math.floor(ageMs / 1000));
  const [unit, size] = UNITS.find(([, least]) => seconds >= least);
  const numeric = seconds < 1 ? "auto" : "always"; // "now", but no "yesterday"
  const format = new Intl.RelativeTimeFormat(language, { ...DIGITS, numeric });
  return format.format(-Math.floor(seconds / (size || 1)), unit);
}

/**
 * A counted phrase: "3 new"; nothing for none.
 *
 * @param {Record<string, string>} forms by the language's plural categories, with `{count}` inside
 * @param {number|undefined} count
 * @param {string} language
 */
export function plural(forms, count, language) {
  if (!count) return "";
  const form = forms[new Intl.PluralRules(language).select(count)] ?? forms.other;
  return form.replace("{count}", number(count, language));
}

/**
 * What is wrong and how old the number is; empty while all is well.
 *
 * @param {CounterView} view
 * @param {string} language
 */
export function status({ state, trouble, ageMs }, language, words = ENGLISH) {
  if (!trouble) return "";
  const age = ageMs === null ? "" : words.as_of.replace("{age}", ago(ageMs, language));
  return [words[state], age].filter(Boolean).join(" · ");
}
