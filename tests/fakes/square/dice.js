// Chance that is the same in every run: what is thrown depends on the seed and on how often it was
// thrown before.
import { sha256 } from './canonical.js';

export class Dice {
  /** @param {number | string} seed */
  constructor(seed) {
    this.state = Number.parseInt(sha256(`dice:${seed}`).slice(0, 8), 16);
  }

  /** A number in [0, 1): mulberry32.
   * @returns {number} */
  next() {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let word = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from one to another, both included.
   * @param {number} low
   * @param {number} high
   * @returns {number} */
  from(low, high) {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** @template T
   * @param {readonly T[]} list
   * @returns {T} */
  pick(list) {
    return list[this.from(0, list.length - 1)];
  }

  /** @template T
   * @param {T[]} list
   * @returns {T[]} the same one, in another order */
  shuffle(list) {
    for (let last = list.length - 1; last > 0; last -= 1) {
      const other = this.from(0, last);
      [list[last], list[other]] = [list[other], list[last]];
    }
    return list;
  }
}
