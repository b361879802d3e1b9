// What Square asks of an order before it takes it.
import { Checker } from './validate.js';

/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').Location} Location */

const SCOPES = ['ORDER', 'LINE_ITEM'];
const UID = { max: 60 };

/** The uids that a list declares; two equal ones are an error.
 * @param {Checker} check
 * @param {unknown} list
 * @param {string} field
 * @returns {Set<string>} */
function uidsOf(check, list, field) {
  /** @type {Set<string>} */
  const uids = new Set();
  check.list(list, field, (entry, at) => {
    if (!check.string(entry.uid, `${at}.uid`, { ...UID, min: 1 })) return;
    if (uids.has(entry.uid)) check.add('INVALID_VALUE', 'uid is not unique.', `${at}.uid`);
    uids.add(entry.uid);
  });
  return uids;
}

/** @param {Checker} check
 * @param {Json} item
 * @param {string} at
 * @param {string | null} currency
 * @param {Set<string>} taxes
 * @param {Set<string>} discounts */
function checkItem(check, item, at, currency, taxes, discounts) {
  check.string(item.uid, `${at}.uid`, UID);
  check.string(item.name, `${at}.name`, { max: 512 });
  check.string(item.note, `${at}.note`, { max: 2000 });
  check.string(item.variation_name, `${at}.variation_name`, { max: 400 });
  checkQuantity(check, item, at);
  check.metadata(item.metadata, `${at}.metadata`);
  const named = item.catalog_object_id === undefined;
  check.money(item.base_price_money, `${at}.base_price_money`, { required: named, currency });
  if (named) check.present(item.name, `${at}.name`, true);
  check.list(item.modifiers, `${at}.modifiers`, (modifier, where) => {
    check.string(modifier.name, `${where}.name`, { max: 255 });
    check.money(modifier.base_price_money, `${where}.base_price_money`, { currency });
  });
  check.list(item.applied_taxes, `${at}.applied_taxes`, (applied, where) =>
    checkReference(check, applied.tax_uid, `${where}.tax_uid`, taxes));
  const blocked = `${at}.pricing_blocklists.blocked_taxes`;
  check.list(item.pricing_blocklists?.blocked_taxes, blocked, (block, where) =>
    checkReference(check, block.tax_uid, `${where}.tax_uid`, taxes));
  check.list(item.applied_discounts, `${at}.applied_discounts`, (applied, where) =>
    checkReference(check, applied.discount_uid, `${where}.discount_uid`, discounts));
}

/** A fraction needs a unit that says how many digits are recorded.
 * @param {Checker} check
 * @param {Json} item
 * @param {string} at */
function checkQuantity(check, item, at) {
  const field = `${at}.quantity`;
  const text = item.quantity;
  if (!check.decimal(text, field, { required: true, max: 12, fraction: 5 })) return;
  const precision = item.quantity_unit?.precision ?? 0;
  check.integer(precision, `${at}.quantity_unit.precision`, { min: 0, max: 5 });
  if ((text.split('.')[1]?.length ?? 0) > precision) {
    check.add('INVALID_VALUE', `The unit of \`${text}\` has a precision of ${precision}.`, field);
  }
}

/** @param {Checker} check
 * @param {unknown} uid
 * @param {string} field
 * @param {Set<string>} declared */
function checkReference(check, uid, field, declared) {
  if (!check.string(uid, field, { required: true, min: 1, max: 60 })) return;
  if (!declared.has(uid)) check.add('INVALID_VALUE', `No entry has the uid \`${uid}\`.`, field);
}

/** @param {Checker} check
 * @param {Json} tax
 * @param {string} at */
function checkTax(check, tax, at) {
  check.string(tax.name, `${at}.name`, { max: 255 });
  check.oneOf(tax.type, `${at}.type`, ['ADDITIVE', 'INCLUSIVE']);
  check.oneOf(tax.scope, `${at}.scope`, SCOPES);
  const rule = { required: tax.catalog_object_id === undefined, max: 10, fraction: 8 };
  check.decimal(tax.percentage, `${at}.percentage`, rule);
}

/** @param {Checker} check
 * @param {Json} discount
 * @param {string} at
 * @param {string | null} currency */
function checkDiscount(check, discount, at, currency) {
  check.string(discount.name, `${at}.name`, { max: 255 });
  check.oneOf(discount.type, `${at}.type`, ['FIXED_PERCENTAGE', 'FIXED_AMOUNT']);
  check.oneOf(discount.scope, `${at}.scope`, SCOPES);
  checkShare(check, discount, at, currency);
}

/** Exactly one of a percentage and an amount.
 * @param {Checker} check
 * @param {Json} entry
 * @param {string} at
 * @param {string | null} currency */
function checkShare(check, entry, at, currency) {
  const percentage = check.present(entry.percentage, `${at}.percentage`);
  if (percentage === check.present(entry.amount_money, `${at}.amount_money`)) {
    check.add('INVALID_VALUE', 'Set exactly one of percentage and amount_money.', at);
  }
  if (percentage) check.decimal(entry.percentage, `${at}.percentage`, { max: 10, fraction: 8 });
  else check.money(entry.amount_money, `${at}.amount_money`, { currency });
}

/** @param {Checker} check
 * @param {Json} charge
 * @param {string} at
 * @param {string | null} currency */
function checkCharge(check, charge, at, currency) {
  check.string(charge.uid, `${at}.uid`, UID);
  check.string(charge.name, `${at}.name`, { max: 512 });
  check.present(charge.calculation_phase, `${at}.calculation_phase`, true);
  const phases = ['SUBTOTAL_PHASE', 'TOTAL_PHASE'];
  check.oneOf(charge.calculation_phase, `${at}.calculation_phase`, phases);
  checkShare(check, charge, at, currency);
  // Better no answer than a wrong total: this double does not compute taxed charges.
  if (charge.taxable === true) {
    check.refuse('NOT_IMPLEMENTED', 'Taxable service charges are not modelled.', `${at}.taxable`);
  }
}

/** Checks an order to be created.
 * @param {Json} body of CreateOrder
 * @param {(id: string) => Location | undefined} locationOf
 * @param {boolean} anyCurrency
 * @returns {Checker} */
export function checkNewOrder(body, locationOf, anyCurrency) {
  const check = new Checker();
  check.string(body.idempotency_key, 'idempotency_key', { max: 192 });
  if (!check.object(body.order, 'order', true)) return check;
  const order = body.order;
  const has = check.string(order.location_id, 'order.location_id', { required: true, min: 1 });
  const location = has ? locationOf(order.location_id) : undefined;
  if (has && !location) {
    check.refuse('INVALID_VALUE', 'The location is not one of this seller.', 'order.location_id');
  }
  check.string(order.reference_id, 'order.reference_id', { max: 40 });
  check.string(order.customer_id, 'order.customer_id', { max: 191 });
  check.string(order.ticket_name, 'order.ticket_name', { max: 30 });
  check.metadata(order.metadata, 'order.metadata');
  if (check.object(order.source, 'order.source')) {
    check.string(order.source.name, 'order.source.name');
  }
  if (Array.isArray(order.fulfillments) && order.fulfillments.length > 1) {
    check.add('ARRAY_LENGTH_TOO_LONG', 'At most one fulfillment.', 'order.fulfillments');
  }
  check.oneOf(order.state, 'order.state', ['OPEN', 'DRAFT']);
  // One order has one currency; when the location is unknown there is none to compare with.
  const expected = location ? currencyOf(order, location, anyCurrency) : null;
  const taxes = uidsOf(check, order.taxes, 'order.taxes');
  const discounts = uidsOf(check, order.discounts, 'order.discounts');
  check.list(order.line_items, 'order.line_items', (item, at) =>
    checkItem(check, item, at, expected, taxes, discounts));
  check.list(order.taxes, 'order.taxes', (tax, at) => checkTax(check, tax, at));
  check.list(order.discounts, 'order.discounts', (discount, at) =>
    checkDiscount(check, discount, at, expected));
  check.list(order.service_charges, 'order.service_charges', (charge, at) =>
    checkCharge(check, charge, at, expected));
  return check;
}

/** The currency of a whole order: its location's, or where any is taken that of its first item.
 * @param {Json} order
 * @param {Location | undefined} location
 * @param {boolean} anyCurrency
 * @returns {string} */
export function currencyOf(order, location, anyCurrency) {
  const first = order.line_items?.[0]?.base_price_money?.currency;
  return (anyCurrency ? first : undefined) ?? location?.currency ?? '';
}
