// What an order costs, computed as Square documents it: discounts first (percentages before
// amounts, items before the order), then service charges of the subtotal, taxes, and service
// charges of the total. Every rounding is half to even.
import { apportion, divideHalfEven, parseDecimal, scale } from './decimal.js';

/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./decimal.js').Fraction} Fraction */
/** @typedef {{item: Json, gross: bigint, discount: bigint, tax: bigint,
 *   additive: bigint}} Line */

/** @param {string} percentage
 * @returns {Fraction} */
function percent(percentage) {
  const { numerator, denominator } = parseDecimal(percentage);
  return { numerator, denominator: denominator * 100n };
}

/** @param {Json[] | null | undefined} list
 * @returns {Json[]} */
const listOf = (list) => list ?? [];

/** @param {bigint[]} amounts */
const sum = (amounts) => amounts.reduce((total, amount) => total + amount, 0n);

/** @param {Json} item
 * @returns {bigint} */
function grossOf(item) {
  const quantity = parseDecimal(item.quantity);
  const variation = scale(BigInt(item.base_price_money?.amount ?? 0), quantity);
  const modifiers = listOf(item.modifiers).map((modifier) => modifierTotal(item, modifier));
  return variation + sum(modifiers);
}

/** Square documents the modifier's price times the line's quantity, as an amount of its own
 * (OrderLineItemModifier.total_price_money). That the modifier's own quantity multiplies too, before
 * the rounding, is read out of its description: two of cheese, or none.
 * @param {Json} item
 * @param {Json} modifier
 * @returns {bigint} */
function modifierTotal(item, modifier) {
  const price = BigInt(modifier.base_price_money?.amount ?? 0) * BigInt(modifier.quantity ?? 1);
  return scale(price, parseDecimal(item.quantity));
}

/** Whether a line keeps an adjustment of the order away from itself.
 * @param {Json} item
 * @param {Json} adjustment
 * @param {'tax_uid' | 'discount_uid'} uid
 * @returns {boolean} */
function blocks(item, adjustment, uid) {
  const list = uid === 'tax_uid' ? 'blocked_taxes' : 'blocked_discounts';
  return listOf(item.pricing_blocklists?.[list]).some((entry) => entry[uid] === adjustment.uid);
}

/** The lines that an adjustment touches: for ORDER all that do not block it, for LINE_ITEM those
 * that name it.
 * @param {Line[]} lines
 * @param {Json} adjustment
 * @param {'applied_taxes' | 'applied_discounts'} list
 * @param {'tax_uid' | 'discount_uid'} uid
 * @returns {Line[]} */
function touched(lines, adjustment, list, uid) {
  if (adjustment.scope !== 'LINE_ITEM') {
    return lines.filter(({ item }) => !blocks(item, adjustment, uid));
  }
  return lines.filter(({ item }) =>
    listOf(item[list]).some((applied) => applied[uid] === adjustment.uid));
}

/** Writes how much of an adjustment fell on a line.
 * @param {Line} line
 * @param {Json} adjustment
 * @param {bigint} amount
 * @param {'applied_taxes' | 'applied_discounts'} list
 * @param {'tax_uid' | 'discount_uid'} uid
 * @param {(amount: bigint) => Json} money */
function note(line, adjustment, amount, list, uid, money) {
  line.item[list] ??= [];
  const applied = listOf(line.item[list]).find((entry) => entry[uid] === adjustment.uid);
  if (applied) {
    applied.applied_money = money(amount);
    return;
  }
  line.item[list].push({
    uid: `${adjustment.uid}-applied`,
    [uid]: adjustment.uid,
    applied_money: money(amount),
  });
}

/** Square's sequence: item percentages, order percentages, item amounts, order amounts.
 * @param {Json} discount
 * @returns {number} */
function discountRank(discount) {
  return (discount.percentage === undefined ? 2 : 0) + (discount.scope === 'LINE_ITEM' ? 0 : 1);
}

/** @param {Line[]} lines
 * @param {Json[]} discounts
 * @param {(amount: bigint) => Json} money */
function applyDiscounts(lines, discounts, money) {
  for (const discount of [...discounts].sort((a, b) => discountRank(a) - discountRank(b))) {
    const on = touched(lines, discount, 'applied_discounts', 'discount_uid');
    const left = on.map((line) => line.gross - line.discount);
    const base = sum(left);
    let shares;
    if (discount.percentage !== undefined && discount.scope === 'LINE_ITEM') {
      shares = left.map((amount) => scale(amount, percent(discount.percentage)));
    } else {
      const asked = discount.percentage !== undefined
        ? scale(base, percent(discount.percentage))
        : BigInt(discount.amount_money?.amount ?? 0);
      // A discount never makes a price negative.
      shares = apportion(asked < base ? asked : base, left);
    }
    on.forEach((line, index) => {
      line.discount += shares[index];
      note(line, discount, shares[index], 'applied_discounts', 'discount_uid', money);
    });
    discount.applied_money = money(sum(shares));
  }
}

/** Taxes, each of what is left of a line without its inclusive taxes, so that no tax is taxed.
 * @param {Line[]} lines
 * @param {Json[]} taxes
 * @param {(amount: bigint) => Json} money */
function applyTaxes(lines, taxes, money) {
  const inclusive = taxes.filter((tax) => tax.type === 'INCLUSIVE');
  const on = (/** @type {Json} */ tax) => touched(lines, tax, 'applied_taxes', 'tax_uid');
  /** @type {Map<Line, Fraction>} */
  const rates = new Map(lines.map((line) => [line, { numerator: 0n, denominator: 1n }]));
  for (const tax of inclusive) {
    const rate = percent(tax.percentage);
    for (const line of on(tax)) {
      const sofar = /** @type {Fraction} */ (rates.get(line));
      rates.set(line, {
        numerator: sofar.numerator * rate.denominator + rate.numerator * sofar.denominator,
        denominator: sofar.denominator * rate.denominator,
      });
    }
  }
  /** The exact tax of a line, as a fraction.
   * @param {Json} tax
   * @param {Line} line
   * @returns {Fraction} */
  const taxOf = (tax, line) => {
    const rate = percent(tax.percentage);
    const all = /** @type {Fraction} */ (rates.get(line));
    return {
      numerator: (line.gross - line.discount) * rate.numerator * all.denominator,
      denominator: rate.denominator * (all.denominator + all.numerator),
    };
  };
  for (const tax of [...inclusive, ...taxes.filter((other) => other.type !== 'INCLUSIVE')]) {
    const under = on(tax);
    const exact = under.map((line) => taxOf(tax, line));
    let shares = exact.map(({ numerator, denominator }) => divideHalfEven(numerator, denominator));
    if (tax.scope !== 'LINE_ITEM' && under.length > 0) {
      // An order's tax is rounded once, on all it touches, and then spread over the lines.
      const denominators = new Set(exact.map(({ denominator }) => denominator));
      const common = [...denominators].reduce((product, denominator) => product * denominator, 1n);
      const weights = exact.map(({ numerator, denominator }) => (numerator * common) / denominator);
      shares = apportion(divideHalfEven(sum(weights), common), weights);
    }
    under.forEach((line, index) => {
      line.tax += shares[index];
      if (tax.type !== 'INCLUSIVE') line.additive += shares[index];
      note(line, tax, shares[index], 'applied_taxes', 'tax_uid', money);
    });
    tax.applied_money = money(sum(shares));
  }
}

/** @param {Json} charge
 * @param {bigint} base
 * @param {(amount: bigint) => Json} money
 * @returns {bigint} */
function applyCharge(charge, base, money) {
  const amount = charge.percentage !== undefined
    ? scale(base, percent(charge.percentage))
    : BigInt(charge.amount_money?.amount ?? 0);
  charge.applied_money = money(amount);
  charge.total_money = money(amount);
  charge.total_tax_money = money(0n);
  return amount;
}

/** Service charges of one phase; returns what they come to.
 * @param {Json} order
 * @param {string} phase
 * @param {bigint} base
 * @param {(amount: bigint) => Json} money
 * @returns {bigint} */
function applyCharges(order, phase, base, money) {
  const charges = listOf(order.service_charges);
  const amounts = charges
    .filter((charge) => (charge.calculation_phase ?? 'SUBTOTAL_PHASE') === phase)
    .map((charge) => applyCharge(charge, base, money));
  return sum(amounts);
}

/** @param {Line} line
 * @param {(amount: bigint) => Json} money */
function writeLine(line, money) {
  const { item } = line;
  const price = BigInt(item.base_price_money?.amount ?? 0);
  item.variation_total_price_money = money(scale(price, parseDecimal(item.quantity)));
  item.gross_sales_money = money(line.gross);
  item.total_discount_money = money(line.discount);
  item.total_tax_money = money(line.tax);
  item.total_service_charge_money = money(0n);
  item.total_money = money(line.gross - line.discount + line.additive);
  for (const modifier of listOf(item.modifiers)) {
    modifier.total_price_money = money(modifierTotal(item, modifier));
  }
}

/** Fills in every computed amount of an order. The order is changed in place.
 * @param {Json} order checked before
 * @param {string} currency */
export function computeTotals(order, currency) {
  const money = (/** @type {bigint} */ amount) => ({ amount: Number(amount), currency });
  /** @type {Line[]} */
  const lines = listOf(order.line_items).map((item) =>
    ({ item, gross: grossOf(item), discount: 0n, tax: 0n, additive: 0n }));
  applyDiscounts(lines, listOf(order.discounts), money);
  const discounted = sum(lines.map((line) => line.gross - line.discount));
  const before = applyCharges(order, 'SUBTOTAL_PHASE', discounted, money);
  applyTaxes(lines, listOf(order.taxes), money);
  const taxed = discounted + before + sum(lines.map((line) => line.additive));
  const after = applyCharges(order, 'TOTAL_PHASE', taxed, money);
  lines.forEach((line) => writeLine(line, money));
  order.total_discount_money = money(sum(lines.map((line) => line.discount)));
  order.total_tax_money = money(sum(lines.map((line) => line.tax)));
  order.total_service_charge_money = money(before + after);
  order.total_tip_money = money(0n);
  order.total_money = money(taxed + after);
  settleAmounts(order, 0);
}

/** The amounts that follow from an order's totals and from what was paid.
 * @param {Json} order
 * @param {number} paid tips included */
export function settleAmounts(order, paid) {
  order.net_amounts = {
    total_money: order.total_money,
    tax_money: order.total_tax_money,
    discount_money: order.total_discount_money,
    tip_money: order.total_tip_money,
    service_charge_money: order.total_service_charge_money,
  };
  order.net_amount_due_money = {
    amount: order.total_money.amount - paid,
    currency: order.total_money.currency,
  };
}
