// Exact arithmetic for money: decimals as fractions of big integers, rounded half to even, as
// Square documents for its totals. Floating point would round some halves the other way.

/** @typedef {{numerator: bigint, denominator: bigint}} Fraction */

/** Reads "2", "0.5" or "12.34567".
 * @param {string} text
 * @returns {Fraction} */
export function parseDecimal(text) {
  const [whole, digits = ''] = text.split('.');
  return { numerator: BigInt(whole + digits), denominator: 10n ** BigInt(digits.length) };
}

/** numerator / denominator, rounded half to even. The denominator is positive.
 * @param {bigint} numerator
 * @param {bigint} denominator
 * @returns {bigint} */
export function divideHalfEven(numerator, denominator) {
  if (numerator < 0n) return -divideHalfEven(-numerator, denominator);
  const quotient = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  if (twice > denominator || (twice === denominator && quotient % 2n === 1n)) return quotient + 1n;
  return quotient;
}

/** amount x fraction, rounded half to even.
 * @param {bigint} amount
 * @param {Fraction} fraction
 * @returns {bigint} */
export function scale(amount, fraction) {
  return divideHalfEven(amount * fraction.numerator, fraction.denominator);
}

/** Splits an amount over weights so that the shares add up to it. Each share is its exact part
 * rounded down, and what is left goes to the largest remainders, the earlier line first. Square
 * says "relative to the amount the item contributes" and not who gets the odd unit.
 * @param {bigint} amount
 * @param {bigint[]} weights none negative
 * @returns {bigint[]} */
export function apportion(amount, weights) {
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  if (total === 0n) return weights.map(() => 0n);
  const shares = weights.map((weight) => (amount * weight) / total);
  const rest = amount - shares.reduce((sum, share) => sum + share, 0n);
  const remainders = weights.map((weight, index) => ({ index, rest: (amount * weight) % total }));
  // Sorting is stable, so equal remainders keep the order of their lines.
  remainders.sort((a, b) => (a.rest === b.rest ? 0 : a.rest > b.rest ? -1 : 1));
  for (const { index } of remainders.slice(0, Number(rest))) shares[index] += 1n;
  return shares;
}
