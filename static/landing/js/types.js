/**
 * The shapes that the modules hand to each other, known to all of them by these names. No browser
 * ever loads this file. Durations and times are in ms; times are Unix time by the browser's
 * clock, except where a text says otherwise.
 *
 * @typedef {object} World The browser's globals, or a test's
 * @property {Window} window
 * @property {typeof WebSocket} WebSocket
 * @property {typeof fetch} fetch
 * @property {(then: () => void, ms: number) => number} setTimeout
 * @property {(id?: number) => void} clearTimeout
 * @property {() => number} now
 * @property {() => number} random from 0 up to 1
 * @property {(text: string) => void} warn
 *
 * @typedef {object} Numbers One snapshot, in the shape of a `connection-count` frame; null: not
 *   known, which is never 0
 * @property {number|null} count connections
 * @property {number|null} people
 * @property {number|null} signed_in
 * @property {number|null} anonymous
 * @property {number|null} active
 * @property {"live"|"stale"|"simulated"} source
 * @property {number} version
 * @property {string|null} timestamp by the server's clock
 *
 * @typedef {object} Activity
 * @property {string|number} id
 * @property {string} kind
 * @property {string} text
 * @property {string} actor
 * @property {string} timestamp by the server's clock
 * @property {number} [skipped] how many others were held back since the last one
 *
 * @typedef {"idle"|"connecting"|"open"|"waiting"} LinkState idle: stopped; waiting: for the next
 *   attempt
 *
 * @typedef {object} CounterState What is known about the numbers
 * @property {Numbers|null} numbers
 * @property {LinkState} link
 * @property {boolean} online whether the browser has a network
 * @property {boolean} everOpen whether the link was open since it was last stopped
 * @property {number} beganMs when the link was last started; Infinity: it is not
 * @property {number} downSinceMs
 * @property {number|null} confirmedMs when the numbers were last known to be true
 * @property {number} skewMs how far the browser's clock is ahead of the server's, at most
 *
 * @typedef {{type: "numbers", numbers: Numbers, nowMs: number}
 *   | {type: "link", link: LinkState, nowMs: number, heardMs: number|null}
 *   | {type: "network", online: boolean}} CounterEvent
 *
 * @typedef {object} ActivityState
 * @property {Activity[]} items newest first
 * @property {boolean} [heard] whether the server has ever said so
 *
 * @typedef {object} FeedReading
 * @property {Activity[]} seen what the feed shows the first of
 * @property {Activity[]} fresh what of it was not there before
 * @property {number} waiting how many are not shown because the feed stands still
 *
 * @typedef {object} CounterView What a counter shows
 * @property {"loading"|"live"|"connecting"|"reconnecting"|"offline"|"stale"|"simulated"|"error"} state
 * @property {number|null} value null: not known
 * @property {number|null} second the other metric's value
 * @property {boolean} below whether words take the place of a number under the `minimum`
 * @property {boolean} trouble whether to tell of the state
 * @property {number|null} ageMs how old the number is, where that matters
 * @property {number} againMs when to look again although nothing changed
 *
 * @typedef {Pick<CounterView, "value"|"below"|"trouble"|"state">} Heard What a listener knows
 *
 * @typedef {object} Store
 * @property {any} state
 * @property {(event: any) => void} dispatch
 * @property {(listener: () => void) => () => void} subscribe returns the end of the subscription
 *
 * @typedef {object} Page What an element needs of the page that it is on
 * @property {World} world
 * @property {Store} counter of `CounterState`
 * @property {Store} activity of `ActivityState`
 * @property {(text: unknown) => void} seed takes a snapshot as the API answers it
 * @property {(intervalMs?: number) => () => void} join returns how to leave again
 */
