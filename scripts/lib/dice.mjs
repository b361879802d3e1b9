// Chance that can be repeated.

/**
 * Numbers from 0 to 1 that are the same every time (mulberry32).
 * @param {number} seed
 * @returns {() => number}
 */
export function dice(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What is drawn with dice. */
export class Luck {
  #roll;

  /** @param {number} seed */
  constructor(seed) {
    this.#roll = dice(seed);
  }

  /** @param {number} chance 0 to 1 */
  strikes(chance) {
    return this.#roll() < chance;
  }

  /**
   * A whole number.
   * @param {number} least
   * @param {number} most
   */
  between(least, most) {
    return least + Math.floor(this.#roll() * (most - least + 1));
  }

  /**
   * @template T
   * @param {readonly T[]} choices at least one
   * @returns {T}
   */
  pick(choices) {
    return choices[Math.floor(this.#roll() * choices.length)];
  }
}
