/**
 * Types that the modules share. No browser loads this file. Names that end in `Ms` are in
 * milliseconds. Times are Unix time by the browser's clock, unless stated otherwise.
 *
 * @typedef {object} Browser The browser's globals, or a test double
 * @property {Window} window
 * @property {typeof WebSocket} WebSocket
 * @property {typeof fetch} fetch
 * @property {(callback: () => void, ms: number) => number} setTimeout
 * @property {(id?: number) => void} clearTimeout
 * @property {() => number} now
 * @property {() => number} random from 0 to 1
 * @property {(text: string, error?: unknown) => void} warn
 *
 * @typedef {object} Snapshot The fields of a `connection-count` frame; null: not known, never 0
 * @property {number|null} count connections
 * @property {number|null} people
 * @property {number|null} signed_in
 * @property {number|null} anonymous
 * @property {number|null} active
 * @property {"live"|"stale"|"unknown"|"simulated"} source unknown: the counts are null
 * @property {string|null} [epoch] in which versions can be compared; absent: not known
 * @property {number} version
 * @property {string|null} timestamp by the server's clock
 *
 * @typedef {object} PlaceCount The fields of a `place-count` frame
 * @property {string} place an empty text: elsewhere
 * @property {number|null} people null: hidden or not known
 * @property {"live"|"stale"|"unknown"|"simulated"} source
 * @property {string|null} [epoch] in which versions can be compared; absent: not known
 * @property {number} version
 * @property {string|null} timestamp by the server's clock
 *
 * @typedef {object} Place One of the busiest places
 * @property {string} place
 * @property {number|null} people null: hidden
 *
 * @typedef {object} PlaceList The fields of a `places` frame
 * @property {number|null} people all
 * @property {number|null} elsewhere
 * @property {Place[]} places the busiest first
 * @property {"live"|"stale"|"unknown"|"simulated"} source
 * @property {string|null} [epoch] in which versions can be compared; absent: not known
 * @property {number} version
 * @property {string|null} timestamp by the server's clock
 *
 * @typedef {object} Attachment What an element wants of its page
 * @property {HTMLElement} [element] may have a place, and be inside an element with the addresses
 * @property {string} [topic] to subscribe to, besides those of each connection
 * @property {(frame: any) => void} [onFrame] gets each valid frame
 *
 * @typedef {object} Activity One item of the feed
 * @property {string|number} id
 * @property {string} kind
 * @property {string} text
 * @property {string} actor
 * @property {string} timestamp by the server's clock
 * @property {number} [skipped] how many activities the rate limit left out before this one
 *
 * @typedef {"idle"|"connecting"|"open"|"waiting"} ConnectionState idle: stopped; waiting: until the
 *   next attempt
 *
 * @typedef {object} CounterState
 * @property {Snapshot|null} snapshot
 * @property {PlaceCount|null} here the people at the place of the page
 * @property {ConnectionState} connection
 * @property {boolean} isOnline whether the browser has a network
 * @property {boolean} isStatic whether the page names no address to connect to
 * @property {boolean} hasConnected whether the connection was open since the last start
 * @property {boolean} [isMute] whether the open connection has not sent a snapshot yet
 * @property {number} startedMs when the connection was last started; Infinity: stopped
 * @property {number} downSinceMs
 * @property {number} receivedMs when the snapshot arrived
 * @property {number|null} confirmedMs when the server last confirmed the snapshot; null: never
 * @property {number} skewMs how far the browser's clock is ahead of the server's, at most;
 *   Infinity: not known
 *
 * @typedef {{type: "snapshot", snapshot: Snapshot, nowMs: number, isCached?: boolean}
 *   | {type: "here", here: PlaceCount, isCached?: boolean}
 *   | {type: "connection", connection: ConnectionState, nowMs: number,
 *      lastReceivedMs: number|null}
 *   | {type: "endpoint", isStatic: boolean}
 *   | {type: "network", isOnline: boolean}} CounterEvent
 *
 * @typedef {object} ActivityState
 * @property {Activity[]} items newest first
 * @property {boolean} [isLoaded] whether the server has sent its history
 *
 * @typedef {object} FeedView
 * @property {Activity[]} shown the items, of which the list shows the first
 * @property {Activity[]} fresh those that the previous view did not have
 * @property {number} waiting how many new items a held list does not show yet
 *
 * @typedef {object} CounterView What a counter shows
 * @property {"loading"|"live"|"connecting"|"reconnecting"|"offline"|"stale"|"simulated"|"error"} state
 * @property {number|null} value null: not known
 * @property {number|null} second the value of the other metric
 * @property {boolean} isBelow whether the value is below the minimum, so that words replace it
 * @property {boolean} hasProblem whether to show a status
 * @property {number|null} ageMs age of the count; null: nothing to show
 * @property {number} validMs how long the view stays correct without a new event
 *
 * @typedef {object} ObservableState
 * @property {any} state
 * @property {(event: any) => void} dispatch
 * @property {(listener: () => void) => () => void} subscribe returns unsubscribe
 *
 * @typedef {object} Page What an element uses of its page
 * @property {Browser} browser
 * @property {ObservableState} counter of `CounterState`
 * @property {ObservableState} activity of `ActivityState`
 * @property {(text: unknown, isCached?: boolean) => void} applyStats takes a response of the stats
 *   API, which is cached if it can be old
 * @property {(text: unknown) => void} applyPlaceCount takes the fields of a `place-count` frame,
 *   which the page contains
 * @property {(intervalMs?: number, options?: Attachment) => () => void} attach returns detach
 * @property {() => void} updatePlace reports the place of the page if it has changed
 * @property {(run: () => void) => boolean} attempt reports an error of `run`; returns if none
 * @property {(error: unknown) => void} report writes an error to the console, once
 */
