/** State that changes only through a pure reducer, and notifies its subscribers. */
export class ObservableState {
  #reduce;
  #listeners = new Set();

  /**
   * @param {(state: any, event: any) => any} reduce returns the same object for "no change"
   * @param {any} state
   */
  constructor(reduce, state) {
    this.#reduce = reduce;
    this.state = state;
  }

  dispatch(event) {
    const next = this.#reduce(this.state, event);
    if (next === this.state) return;
    this.state = next;
    for (const listener of this.#listeners) listener();
  }

  /** @param {() => void} listener @returns {() => void} unsubscribe */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
