import { describe, expect, test } from 'vitest';
import { apportion, divideHalfEven, parseDecimal, scale } from './decimal.js';
import { computeTotals } from './totals.js';
import { money } from './support/client.js';

/** @param {Record<string, any>} order
 * @param {string} [currency] */
function totalsOf(order, currency = 'TRY') {
  const copy = structuredClone(order);
  computeTotals(copy, currency);
  return copy;
}

/** @param {number} price
 * @param {Record<string, any>} [more] */
const line = (price, more = {}) => ({ quantity: '1', base_price_money: money(price), ...more });

describe('rounding', () => {
  test('halves go to the even neighbour', () => {
    const halves = [5n, 15n, 25n, 35n, -5n, -15n];
    expect(halves.map((half) => divideHalfEven(half, 10n))).toEqual([0n, 2n, 2n, 4n, 0n, -2n]);
  });

  test('a quantity of five fraction digits is exact', () => {
    expect(scale(100000n, parseDecimal('0.00005'))).toBe(5n);
    expect(scale(333n, parseDecimal('1.5'))).toBe(500n);
  });

  test('shares add up to what was shared', () => {
    expect(apportion(10n, [1n, 1n, 1n])).toEqual([4n, 3n, 3n]);
    expect(apportion(7n, [0n, 5n, 0n])).toEqual([0n, 7n, 0n]);
    expect(apportion(7n, [0n, 0n])).toEqual([0n, 0n]);
  });
});

describe('totals', () => {
  test('are those of the example in Square\'s own documentation', () => {
    const usd = (/** @type {number} */ amount) => money(amount, 'USD');
    const order = totalsOf({
      line_items: [
        { quantity: '1', base_price_money: usd(1599) },
        {
          quantity: '2',
          base_price_money: usd(2200),
          modifiers: [{ name: 'Well', base_price_money: usd(50) }],
          applied_discounts: [{ discount_uid: 'one-dollar-off' }],
        },
      ],
      discounts: [
        { uid: 'membership-discount', percentage: '0.5', scope: 'ORDER' },
        { uid: 'labor-day-sale', percentage: '5', scope: 'ORDER' },
        { uid: 'one-dollar-off', amount_money: usd(100), scope: 'LINE_ITEM' },
      ],
      taxes: [{ uid: 'state-sales-tax', percentage: '9', type: 'ADDITIVE', scope: 'ORDER' }],
    }, 'USD');
    expect(order.total_money).toEqual(usd(6176));
    expect(order.total_tax_money).toEqual(usd(510));
    expect(order.total_discount_money).toEqual(usd(433));
    expect(order.discounts.map((/** @type {any} */ { applied_money: applied }) => applied.amount))
      .toEqual([30, 303, 100]);
    const [steak, other] = order.line_items;
    expect(steak).toMatchObject({ total_money: usd(1648), total_tax_money: usd(136) });
    expect(other).toMatchObject({
      gross_sales_money: usd(4500), total_discount_money: usd(346), total_money: usd(4528),
    });
    expect(other.applied_discounts.map((/** @type {any} */ { applied_money: a }) => a.amount))
      .toEqual([100, 22, 224]);
  });

  test('a modifier is rounded by itself, once, and times its own quantity', () => {
    const modifiers = [
      { name: 'a', quantity: '3', base_price_money: money(1) },
      { name: 'b', quantity: '0', base_price_money: money(700) },
      { name: 'c', base_price_money: money(3) },
    ];
    const half = { quantity: '0.5', quantity_unit: { precision: 1 }, base_price_money: money(1) };
    const order = totalsOf({ line_items: [{ ...half, modifiers }] });
    const [item] = order.line_items;
    expect(item.modifiers.map((/** @type {any} */ { total_price_money: total }) => total.amount))
      .toEqual([2, 0, 2]);
    expect(item.gross_sales_money).toEqual(money(0 + 2 + 0 + 2));
    expect(order.total_money).toEqual(money(4));
  });

  test('an inclusive tax is part of the price and changes no total', () => {
    const order = totalsOf({
      line_items: [line(11000, { applied_taxes: [{ tax_uid: 'kdv' }] }), line(500)],
      taxes: [{ uid: 'kdv', percentage: '10', type: 'INCLUSIVE', scope: 'LINE_ITEM' }],
    });
    expect(order.total_money).toEqual(money(11500));
    expect(order.total_tax_money).toEqual(money(1000));
    expect(order.line_items[1].total_tax_money).toEqual(money(0));
  });

  test('a tax of the order is rounded once, a tax of items once for each', () => {
    const lines = [line(5), line(5), line(5)];
    const whole = { uid: 't', percentage: '10', type: 'ADDITIVE', scope: 'ORDER' };
    expect(totalsOf({ line_items: lines, taxes: [whole] }).total_tax_money).toEqual(money(2));
    const named = lines.map((item) => ({ ...item, applied_taxes: [{ tax_uid: 't' }] }));
    const each = { ...whole, scope: 'LINE_ITEM' };
    expect(totalsOf({ line_items: named, taxes: [each] }).total_tax_money).toEqual(money(0));
  });

  test('a tax of the order leaves out the items that block it', () => {
    const blocking = { pricing_blocklists: { blocked_taxes: [{ tax_uid: 'high' }] } };
    const order = totalsOf({
      line_items: [line(1000), line(500, blocking)],
      taxes: [{ uid: 'high', percentage: '20', type: 'ADDITIVE', scope: 'ORDER' }],
    });
    expect(order.total_money).toEqual(money(1700));
    expect(order.line_items[1].total_tax_money).toEqual(money(0));
  });

  test('an amount off the order is taken before tax', () => {
    const order = totalsOf({
      line_items: [line(10000), line(30000)],
      discounts: [{ uid: 'd', amount_money: money(4000), scope: 'ORDER' }],
      taxes: [{ uid: 't', percentage: '10', type: 'ADDITIVE', scope: 'ORDER' }],
    });
    expect(order.total_money).toEqual(money(39600));
    expect(order.line_items[0].total_discount_money).toEqual(money(1000));
  });

  test('a discount takes no more than there is', () => {
    const discounts = [{ uid: 'd', amount_money: money(5000), scope: 'ORDER' }];
    expect(totalsOf({ line_items: [line(100)], discounts }).total_money).toEqual(money(0));
  });

  test('service charges come after discounts, and those of the total after taxes', () => {
    const order = totalsOf({
      line_items: [line(10000)],
      taxes: [{ uid: 't', percentage: '10', type: 'ADDITIVE', scope: 'ORDER' }],
      service_charges: [
        { percentage: '5', calculation_phase: 'SUBTOTAL_PHASE' },
        { percentage: '10', calculation_phase: 'TOTAL_PHASE' },
        { amount_money: money(7), calculation_phase: 'TOTAL_PHASE' },
      ],
    });
    expect(order.total_service_charge_money).toEqual(money(500 + 1150 + 7));
    expect(order.total_money).toEqual(money(10000 + 1000 + 500 + 1150 + 7));
  });
});
