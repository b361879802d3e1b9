// What Square asks of a refund before it takes it.
import { refusal } from './errors.js';
import { Checker } from './validate.js';

/** @typedef {import('./types.d.ts').Call} Call */
/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./books.js').Books} Books */

/** How many refunds a payment may have. */
const MOST = 20;

/** Parameters that Square has for refunds without a payment, or for what this double does not model. */
const UNMODELLED = ['unlinked', 'destination_id', 'customer_id', 'app_fee_money', 'team_member_id',
  'cash_details', 'external_details'];

/** Checks a refund by the rules that need no look at what is booked.
 * @param {Books} books
 * @param {Call} call
 * @returns {Checker} */
export function checkRefundPayment(books, { body }) {
  const check = new Checker();
  const key = { required: true, min: 1, max: 45, bytes: true };
  check.string(body.idempotency_key, 'idempotency_key', key);
  check.string(body.payment_id, 'payment_id', { required: true, min: 1 });
  check.money(body.amount_money, 'amount_money', { required: true, currency: null, min: 1 });
  check.string(body.reason, 'reason', { max: 192 });
  check.string(body.payment_version_token, 'payment_version_token');
  if (check.present(body.location_id, 'location_id')) {
    check.add('INVALID_VALUE', 'Only a refund without a payment has a location.', 'location_id');
  }
  for (const name of UNMODELLED.filter((each) => (body[each] ?? false) !== false)) {
    check.refuse('NOT_IMPLEMENTED', 'Not modelled.', name);
  }
  return check;
}

/** @param {string} code
 * @param {string} detail
 * @returns {Error} */
const refuse = (code, detail) => refusal(code, detail, 'payment_id');

/** A year before a moment, by the calendar.
 * @param {number} now
 * @returns {number} */
function yearBefore(now) {
  const date = new Date(now);
  return date.setUTCFullYear(date.getUTCFullYear() - 1);
}

/** Whether a refund has, or may yet have, moved its money.
 * @param {Json} refund
 * @returns {boolean} */
export const stands = ({ status }) => status === 'PENDING' || status === 'COMPLETED';

/** Throws Square's refusal if a payment cannot be refunded at all.
 * @param {Books} books
 * @param {Json} payment
 * @param {Json[]} refunds those that there are already */
function checkPayment({ store, now }, payment, refunds) {
  if (payment.status === 'APPROVED') {
    const code = 'REFUND_ERROR_PAYMENT_NEEDS_COMPLETION';
    throw refuse(code, 'The payment is approved and needs to be completed first.');
  }
  if (payment.status !== 'COMPLETED') {
    throw refuse('PAYMENT_NOT_REFUNDABLE', `The payment is ${payment.status}.`);
  }
  if (store.disputesOf.has(payment.id)) {
    const code = 'PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE';
    throw refuse(code, 'The payment has been disputed.');
  }
  if (Date.parse(payment.created_at) < yearBefore(now())) {
    throw refuse('PAYMENT_NOT_REFUNDABLE', 'The payment is older than one year.');
  }
  // Square: once the funds of a refund could not be secured, no other one is allowed.
  if (refunds.some(({ status }) => status === 'FAILED')) {
    throw refuse('PAYMENT_NOT_REFUNDABLE', 'A refund of this payment has failed.');
  }
  if (refunds.length >= MOST) {
    throw refuse('PAYMENT_NOT_REFUNDABLE', `A payment has at most ${MOST} refunds.`);
  }
}

/** Throws Square's refusal if a payment does not have that much left. Square's text subtracts what was
 * refunded and is completed; what is pending counts here too, for else more could go back than came.
 * @param {Json} body
 * @param {Json} payment
 * @param {Json[]} refunds */
function checkAmount({ amount_money: { amount, currency } }, payment, refunds) {
  const { amount: total, currency: own } = payment.total_money;
  if (currency !== own) {
    const detail = `Expected currency ${own}, got ${currency}.`;
    throw refusal('INVALID_VALUE', detail, 'amount_money.currency');
  }
  const standing = refunds.filter(stands);
  const sum = standing.reduce((all, { amount_money: money }) => all + money.amount, 0);
  if (amount <= total - sum) return;
  if (standing.some(({ status }) => status === 'PENDING')) {
    throw refuse('REFUND_ALREADY_PENDING', 'The payment already has a pending refund.');
  }
  const detail = `The amount exceeds the ${total - sum} ${own} that are left to refund.`;
  throw refusal('REFUND_AMOUNT_INVALID', detail, 'amount_money.amount');
}

/** Throws Square's refusal if a refund does not fit the payment it is for.
 * @param {Books} books
 * @param {Json} body
 * @param {Json} payment */
export function checkAgainstPayment(books, body, payment) {
  const token = body.payment_version_token ?? payment.version_token;
  if (token !== payment.version_token) {
    const detail = 'The payment has another version by now.';
    throw refusal('VERSION_MISMATCH', detail, 'payment_version_token');
  }
  const refunds = books.store.refundsOfPayment(payment.id);
  checkPayment(books, payment, refunds);
  checkAmount(body, payment, refunds);
}
