/**
 * Numbers, ages, and statuses as text. `landing/page/formatting.py` formats the same way on the
 * server, so that the page does not change when the scripts take over. Pure. Every text has a
 * fallback: a page may have any `lang` attribute, and a browser may lack any part of `Intl`.
 */

const UNITS = /** @type {const} */ ([
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 0],
]);

/** Western digits in every language, like the server. The rolling digits know no others. */
const DIGITS = { numberingSystem: "latn" };

/** Longer language tags are mistakes. Each of their parts costs an exception. */
const MAX_TAG_LENGTH = 35;

/** The texts of an element without a `words` attribute. */
export const DEFAULT_WORDS = {
  online: { one: "Active User Right Now", other: "Active Users Right Now" },
  on_page: { one: "Person on this page", other: "People on this page" },
  on_site: "on the whole site",
  lately: "here recently",
  here: "here now",
  people: { one: "{count} person", other: "{count} people" },
  up: "{now}, up from {before}",
  down: "{now}, down from {before}",
  words: "You’re early",
  motion: "Pause animation",
  connecting: "Connecting…",
  reconnecting: "Reconnecting…",
  offline: "You’re offline",
  simulated: "demo data",
  error: "Can’t load the count right now",
  as_of: "counted {age}",
};

/** Those that differ in an element for the people at one place. */
export const HERE_WORDS = { here: "on this page", words: "A few people are here" };

/**
 * Parse an attribute that contains a JSON object. Anything else counts as an empty one.
 *
 * @param {string|null} json
 * @param {string} name of the attribute
 * @param {(text: string) => void} warn
 * @returns {Record<string, any>}
 */
export function parseObject(json, name, warn) {
  if (json === null) return {};
  try {
    const value = JSON.parse(json);
    if (/^\s*{/.test(json)) return value;
  } catch {
    // Reported below, like other JSON than an object.
  }
  warn(`${name} is not a JSON object: ${json}`);
  return {};
}

/**
 * Complete the texts of a `words` attribute. The defaults fill in for missing and invalid ones.
 *
 * @param {Record<string, any>} words
 * @param {(text: string) => void} warn
 * @param {object} [own] the defaults that differ
 */
export function completeWords(words, warn, own) {
  const complete = { ...DEFAULT_WORDS, ...own };
  for (const [name, text] of Object.entries(words)) {
    const isCounted = typeof DEFAULT_WORDS[name] === "object";
    const hasForms = isCounted && typeof text?.other === "string";
    if (hasForms) complete[name] = text;
    else if (typeof text === "string") complete[name] = isCounted ? { other: text } : text;
    else warn(`words.${name} is not a text: ${text}`);
  }
  return complete;
}

/**
 * Find the language tag that is closest to a `lang` attribute: `en_US` is `en-US`, and
 * `de_DE.UTF-8` is `de-DE`. English, like on the server, if there is none.
 *
 * @param {string} language
 * @returns {string}
 */
export function findLanguageTag(language) {
  let tag = language.trim().replaceAll("_", "-").slice(0, MAX_TAG_LENGTH);
  while (tag) {
    try {
      return Intl.getCanonicalLocales(tag)[0];
    } catch {
      tag = tag.replace(/(^|[^a-z0-9])[a-z0-9]*$/i, "");
    }
  }
  return "en";
}

/** Call `Intl` with a list of languages, of which it uses the first that it knows. */
function format(language, useIntl, fallback) {
  try {
    return useIntl([findLanguageTag(language), "en"]);
  } catch {
    return fallback;
  }
}

/** @param {number|null} value null: not known @param {string} language */
export function formatNumber(value, language) {
  if (value === null) return "–";
  const options = { ...DIGITS, useGrouping: "always" };
  return format(language, (tags) => new Intl.NumberFormat(tags, options).format(value), `${value}`);
}

/** @param {number} ageMs @param {string} language @returns {string} "2 minutes ago" */
export function formatAge(ageMs, language) {
  const seconds = Math.max(0, Math.floor(ageMs / 1000));
  const [unit, size] = UNITS.find(([, minimum]) => seconds >= minimum);
  const count = Math.floor(seconds / (size || 1));
  const options = { ...DIGITS, numeric: count ? "always" : "auto" }; // "now", but never "yesterday"
  return format(
    language,
    (tags) => new Intl.RelativeTimeFormat(tags, options).format(-count, unit),
    count ? `${count} ${unit}${count === 1 ? "" : "s"} ago` : "now",
  );
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
 * Choose the plural form for a count.
 *
 * @param {any} forms texts by plural category
 * @param {number|null} count null: not known
 * @param {string} language
 * @returns {string|undefined}
 */
export function chooseForm(forms, count, language) {
  const select = (tags) => new Intl.PluralRules(tags).select(count);
  const category = count === null ? "other" : format(language, select, "other");
  return [forms?.[category], forms?.other].find((text) => typeof text === "string");
}

/**
 * Format a phrase with a count, such as "3 new". A count of 0 is an empty text.
 *
 * @param {any} forms texts by plural category, each with `{count}` inside; without any, the phrase
 *   is the count
 * @param {number|undefined} count
 * @param {string} language
 */
export function formatCount(forms, count, language) {
  if (!count) return "";
  const form = chooseForm(forms, count, language) ?? "{count}";
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

/**
 * Format a view as a sentence for screen readers, such as "70 people here now, up from 61".
 *
 * @param {CounterView} view
 * @param {CounterView|null} last the view announced before; null: none
 * @param {string} where what the count is about, such as "here now"
 * @param {string} language
 */
export function formatAnnouncement(view, last, where, language, words = DEFAULT_WORDS) {
  const status = formatStatus(view, language, words);
  if (view.isBelow) return [words.words, status].filter(Boolean).join(". ");
  if (view.value === null) return status;
  const count = formatNumber(view.value, language);
  const people = chooseForm(words.people, view.value, language).replace("{count}", count);
  if (status) return `${people}. ${status}`;
  const now = `${people} ${where}`;
  if (!last || last.isBelow || last.value === null || last.value === view.value) return now;
  const before = formatNumber(last.value, language);
  return words[view.value > last.value ? "up" : "down"].replace("{now}", now).replace("{before}", before);
}
