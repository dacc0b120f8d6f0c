/** State that changes only through a pure reducer, and tells who listens. */
export class Store {
  #listeners = new Set();

  /**
   * @param {(state: any, event: any) => any} reduce the same object stands for "no change"
   * @param {any} state
   */
  constructor(reduce, state) {
    this.reduce = reduce;
    this.state = state;
  }

  dispatch(event) {
    const next = this.reduce(this.state, event);
    if (next === this.state) return;
    this.state = next;
    for (const listener of this.#listeners) listener();
  }

  /** @param {() => void} listener @returns {() => void} ends the subscription */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
