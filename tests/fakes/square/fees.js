// What Square keeps of a payment. It stays with Square when the payment is refunded.
import { parseDecimal, scale } from './decimal.js';

/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').Rules} Rules */

/** A fee as Square lists it with a payment.
 * @param {number} amount
 * @param {string} currency
 * @param {string} at when it takes effect
 * @returns {Json[]} */
export const initialFee = (amount, currency, at) =>
  [{ effective_at: at, type: 'INITIAL', amount_money: { amount, currency } }];

/** A payment with the fee that the rules want of it, once it is completed and unless it has one.
 * @param {Rules} rules
 * @param {Json} payment
 * @returns {Json} */
export function withFee({ processingFee: fee }, payment) {
  if (fee === null || payment.status !== 'COMPLETED' || payment.processing_fee) return payment;
  if (fee.source_types && !fee.source_types.includes(payment.source_type)) return payment;
  const { amount, currency } = payment.total_money;
  const { numerator, denominator } = parseDecimal(fee.percentage ?? '0');
  const share = scale(BigInt(amount), { numerator, denominator: denominator * 100n });
  const kept = Number(share) + (fee.amount ?? 0);
  return { ...payment, processing_fee: initialFee(kept, currency, payment.created_at) };
}
