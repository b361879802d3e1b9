// What Square asks of a payment before it takes it.
import { refusal } from './errors.js';
import { Checker } from './validate.js';

/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').Location} Location */

const EXTERNAL_TYPES = ['CHECK', 'BANK_TRANSFER', 'OTHER_GIFT_CARD', 'CRYPTO', 'SQUARE_CASH',
  'SOCIAL', 'EXTERNAL', 'EMONEY', 'CARD', 'STORED_BALANCE', 'FOOD_VOUCHER', 'OTHER'];

/** @param {Checker} check
 * @param {Json} body */
function checkExternal(check, body) {
  const details = body.external_details;
  if (!check.object(details, 'external_details', true)) return;
  check.oneOf(details.type, 'external_details.type', EXTERNAL_TYPES, true);
  check.string(details.source, 'external_details.source', { required: true, min: 1, max: 255 });
  check.string(details.source_id, 'external_details.source_id', { max: 255 });
}

/** @param {Checker} check
 * @param {Json} body
 * @param {string | null} currency */
function checkCash(check, body, currency) {
  if (!check.object(body.cash_details, 'cash_details', true)) return;
  const field = 'cash_details.buyer_supplied_money';
  const supplied = body.cash_details.buyer_supplied_money;
  if (!check.money(supplied, field, { required: true, currency })) return;
  if (supplied.amount < (body.amount_money?.amount ?? 0) + (body.tip_money?.amount ?? 0)) {
    check.add('VALUE_TOO_LOW', 'The buyer supplied less than the payment.', `${field}.amount`);
  }
}

/** Checks a payment by the rules that need no look at the books.
 * @param {Json} body of CreatePayment
 * @param {Location | undefined} location
 * @param {boolean} anyCurrency
 * @returns {Checker} */
export function checkNewPayment(body, location, anyCurrency) {
  const check = new Checker();
  const key = { required: true, min: 1, max: 45, bytes: true };
  check.string(body.idempotency_key, 'idempotency_key', key);
  check.string(body.source_id, 'source_id', { required: true, min: 1 });
  check.string(body.location_id, 'location_id');
  if (!location) {
    check.refuse('INVALID_VALUE', 'The location is not one of this seller.', 'location_id');
  }
  const currency = anyCurrency ? null : (location?.currency ?? null);
  check.money(body.amount_money, 'amount_money', { required: true, currency });
  check.money(body.tip_money, 'tip_money', { currency });
  check.string(body.order_id, 'order_id', { min: 1 });
  check.string(body.reference_id, 'reference_id', { max: 40 });
  check.string(body.note, 'note', { max: 500 });
  check.string(body.buyer_email_address, 'buyer_email_address', { max: 255 });
  if (body.source_id === 'EXTERNAL') checkExternal(check, body);
  else if (body.source_id === 'CASH') checkCash(check, body, currency);
  else if (check.errors.length === 0) {
    check.refuse('NOT_IMPLEMENTED', 'Only EXTERNAL and CASH are modelled.', 'source_id');
  }
  return check;
}

/** Throws Square's refusal if a payment does not fit the order it is for.
 * @param {Json} body
 * @param {Json} order
 * @param {string} locationId of the payment; the main one unless the body names another */
export function checkAgainstOrder(body, order, locationId) {
  if (locationId !== order.location_id) {
    throw refusal('LOCATION_MISMATCH', 'The order belongs to another location.', 'location_id');
  }
  if (order.state === 'COMPLETED') {
    throw refusal('BAD_REQUEST', `Order ${order.id} is already paid.`, 'order_id');
  }
  if (order.state !== 'OPEN' || order.tenders !== undefined) {
    throw refusal('BAD_REQUEST', `Order ${order.id} cannot be paid.`, 'order_id');
  }
  const { amount, currency } = order.total_money;
  if (body.amount_money.amount !== amount || body.amount_money.currency !== currency) {
    const detail = `The payment is not the order's total of ${amount} ${currency}.`;
    throw refusal('BAD_REQUEST', detail, 'amount_money');
  }
}
