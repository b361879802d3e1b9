// Payloads as restaurants could write them, by seed: everything that version 1 allows, and its limits.
// What one comes to is computed here once more, from the payload itself.
import { apportion, divideHalfEven, parseDecimal, scale } from '../fakes/square/decimal.js';

/** @typedef {Record<string, any>} Json */

/** Currencies with 0, 2 and 3 decimals. */
export const CURRENCIES = ['TRY', 'EUR', 'JPY', 'KWD', 'USD', 'GBP', 'KRW', 'BHD'];

const MONEY_MAX = 2n ** 53n - 1n;

// Letters of one to four bytes, some that JSON escapes, and what looks like the placeholder of an id.
const LETTERS = [...'abcXYZ 0123456789.-_/%{}"\\\n\t\u0001ışğüöçéß€注文الف🥙🥤\ufffd'];

/** @typedef {ReturnType<typeof luckOf>} Luck */

/** Luck by seed: the same in every run (mulberry32).
 * @param {number} seed */
export function luckOf(seed) {
  let state = (seed + 0x9e3779b9) | 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const upTo = (/** @type {number} */ most) => Math.floor(next() * (most + 1));
  return {
    /** A whole number from 0 to `most`. */
    upTo,
    /** True once in `times`. */
    once: (/** @type {number} */ times) => upTo(times - 1) === 0,
    /** @template T @param {readonly T[]} list @returns {T} */
    pick: (list) => list[upTo(list.length - 1)],
  };
}

/** @param {Luck} luck @param {number} least @param {number} most characters */
function textOf(luck, least, most) {
  const size = luck.once(200) ? luck.pick([least, most]) : Math.min(most, least + luck.upTo(12));
  return Array.from({ length: size }, () => luck.pick(LETTERS)).join('');
}

/** @param {Luck} luck */
function priceOf(luck) {
  if (luck.once(20)) return 0;
  if (luck.once(50)) return luck.upTo(10 ** luck.upTo(11));
  return luck.upTo(5000);
}

/** A decimal with so many digits of fraction, as text.
 * @param {Luck} luck @param {number} whole the most before the point @param {number} digits */
function decimalOf(luck, whole, digits) {
  const fraction = Array.from({ length: digits }, () => luck.upTo(9)).join('');
  return `${luck.upTo(whole)}${digits > 0 ? '.' : ''}${fraction}`;
}

/** @param {Luck} luck @returns {string | number} */
function quantityOf(luck) {
  if (luck.once(2)) return String(1 + luck.upTo(4));
  if (luck.once(5)) return 1 + luck.upTo(20);
  if (luck.once(100)) return luck.pick(['0.00001', '999999', '99999.99999', '1.50000']);
  const text = decimalOf(luck, 3, luck.upTo(5));
  return Number(text) === 0 ? '0.5' : text;
}

/** The rates of one restaurant: at most ten of them go into an order.
 * @param {Luck} luck */
function ratesOf(luck) {
  const common = ['0', '1', '8', '10', '18', '20', '5.5', '8.875', '7.7', '100'];
  if (!luck.once(10)) return [undefined, ...common.slice(0, 1 + luck.upTo(8))];
  return Array.from({ length: 1 + luck.upTo(8) }, () => decimalOf(luck, 99, luck.upTo(7)));
}

/** @param {Luck} luck @returns {Json} */
function modifierOf(luck) {
  const modifier = { name: textOf(luck, 1, 255), unit_price: luck.once(3) ? 0 : priceOf(luck) % 10_000 };
  if (luck.once(2)) return modifier;
  return { ...modifier, quantity: luck.pick(['0', '1', '2', 3, '17', 999, null]) };
}

/** @param {Luck} luck @param {readonly (string | undefined)[]} rates @returns {Json} */
function itemOf(luck, rates) {
  /** @type {Json} */
  const item = { name: textOf(luck, 1, 512), quantity: quantityOf(luck), unit_price: priceOf(luck) };
  const rate = luck.pick(rates);
  if (rate !== undefined) item.tax_percentage = luck.once(5) && !rate.includes('.') ? Number(rate) : rate;
  if (luck.once(4)) item.note = textOf(luck, 0, 2000);
  if (luck.once(5)) item.variation = textOf(luck, 0, 400);
  if (luck.once(3)) item.modifiers = Array.from({ length: luck.upTo(4) }, () => modifierOf(luck));
  return item;
}

/** @param {Json} item @returns {bigint} */
function amountOf({ quantity, unit_price, modifiers }) {
  const times = parseDecimal(String(quantity));
  const extras = (modifiers ?? []).map((/** @type {Json} */ modifier) =>
    scale(BigInt(modifier.unit_price) * BigInt(modifier.quantity ?? 1), times));
  return [scale(BigInt(unit_price), times), ...extras].reduce((sum, amount) => sum + amount, 0n);
}

/** The rate of an item, written in one way: 10.50 and 10.5 are one.
 * @param {Json} item */
function rateOf({ tax_percentage }) {
  const text = String(tax_percentage ?? 0);
  return text.includes('.') ? text.replace(/\.?0*$/, '') : text;
}

/** The rule of docs/payload.md: items rounded half to even each, minus the discount, plus the service charge,
 * plus the tax where prices do not include it, rounded for each rate after the discount.
 * @param {Json} payload
 * @returns {bigint} */
export function totalOf(payload) {
  const amounts = payload.items.map(amountOf);
  const discount = BigInt(payload.discount ?? 0);
  const items = amounts.reduce((/** @type {bigint} */ sum, /** @type {bigint} */ each) => sum + each, 0n);
  let total = items - discount + BigInt(payload.service_charge ?? 0);
  if (payload.tax_inclusive ?? true) return total;
  const shares = apportion(discount, amounts);
  const numbers = payload.items.map(rateOf);
  for (const rate of new Set(numbers)) {
    const { numerator, denominator } = parseDecimal(rate);
    let base = 0n;
    for (const [i, number] of numbers.entries()) if (number === rate) base += amounts[i] - shares[i];
    total += divideHalfEven(base * numerator, denominator * 100n);
  }
  return total;
}

/** @param {Luck} luck @param {number} amount @returns {Json} */
function paymentOf(luck, amount) {
  if (luck.once(2)) return { type: 'cash', amount, ...(luck.once(3) && { source: textOf(luck, 0, 255) }) };
  return { type: 'external', source: textOf(luck, 1, 255), amount };
}

/** How many items: few, mostly; once in a while as many as an order may have.
 * @param {Luck} luck */
const sizeOf = (luck) => (luck.once(1000) ? 500 : luck.once(10) ? 1 + luck.upTo(30) : 1 + luck.upTo(5));

/** A valid payload. It says its total and, if it is paid, pays it.
 * @param {Luck} luck
 * @returns {Json} */
export function payloadOf(luck) {
  const rates = ratesOf(luck);
  /** @type {Json} */
  const payload = { currency: luck.pick(CURRENCIES) };
  payload.items = Array.from({ length: sizeOf(luck) }, () => itemOf(luck, rates));
  const sum = payload.items.map(amountOf).reduce((/** @type {bigint} */ a, /** @type {bigint} */ b) => a + b, 0n);
  if (luck.once(3)) payload.discount = Number((sum * BigInt(luck.upTo(100))) / 100n);
  if (luck.once(30)) payload.discount = Number(sum);
  if (luck.once(4)) payload.service_charge = luck.upTo(2000);
  if (luck.once(2)) payload.tax_inclusive = luck.once(2);
  if (luck.once(3)) payload.table_id = textOf(luck, 0, 30);
  if (luck.once(3)) payload.placed_at = luck.pick(['2026-11-21T18:03:11Z', '2026-11-21T18:03:11.123456789+03:00']);
  if (luck.once(10)) payload.v = 1;
  if (luck.once(10)) payload.service_charge ??= null;
  const total = totalOf(payload);
  if (total > MONEY_MAX / 2n) return payloadOf(luck);
  if (!luck.once(4)) payload.total = Number(total);
  if (luck.once(4)) return payload;
  payload.payment = paymentOf(luck, Number(total));
  if (luck.once(4) && total > 0n) payload.tip = luck.upTo(3000);
  return payload;
}

/** An order id that an operator may choose: 1 to 200 bytes, and none that an address folds away.
 * @param {Luck} luck */
export function orderIdOf(luck) {
  if (!luck.once(10)) return `ord-${luck.upTo(1e6)}`;
  let id = textOf(luck, 1, 190);
  while (Buffer.byteLength(id) > 200) id = id.slice(0, -1).toWellFormed();
  return id === '.' || id === '..' ? `${id}.a` : id;
}
