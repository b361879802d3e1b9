// Sums over what was measured.

/** @import { Tally } from './meter.js' */

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @param {Tally} tally
 * @param {'read' | 'written'} what
 * @returns {number} rows, over all statements */
export const total = (tally, what) =>
  Object.values(tally.statements).reduce((sum, cost) => sum + cost[what], 0);
