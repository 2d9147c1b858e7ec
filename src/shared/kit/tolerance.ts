/** How much nonsense an outsider may send before it is cut off: so many mistakes within a sliding time. */
export class Tolerance {
  readonly #mistakes: number[] = [];
  readonly #limit: { readonly mistakes: number; readonly withinMs: number };

  constructor(limit: { readonly mistakes: number; readonly withinMs: number }) {
    this.#limit = limit;
  }

  /** Notes a mistake at `now` (monotonic ms) and says whether it is one too many. */
  exceededBy(now: number): boolean {
    while ((this.#mistakes[0] ?? now) < now - this.#limit.withinMs) this.#mistakes.shift();
    this.#mistakes.push(now);
    return this.#mistakes.length > this.#limit.mistakes;
  }
}
