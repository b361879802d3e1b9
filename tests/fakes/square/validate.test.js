import { describe, expect, test } from 'vitest';
import { LOCATION, money, orderBody, paymentBody } from './support/client.js';
import { twinWith } from './support/twins.js';

/** @param {Record<string, any>} item */
const withItem = (item) => ({
  line_items: [{ name: 'Ayran', quantity: '1', base_price_money: money(500), ...item }],
});

describe('an order is refused', () => {
  const tooMany = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`k${index}`, 'v']));
  for (const { what, order, code, field, isOfSeller } of [
    { what: 'a reference of 41 characters', order: { reference_id: 'r'.repeat(41) },
      code: 'VALUE_TOO_LONG', field: 'order.reference_id' },
    { what: 'a ticket name of 31', order: { ticket_name: 't'.repeat(31) },
      code: 'VALUE_TOO_LONG', field: 'order.ticket_name' },
    { what: 'an item name of 513', order: withItem({ name: 'n'.repeat(513) }),
      code: 'VALUE_TOO_LONG', field: 'order.line_items[0].name' },
    { what: 'a note of 2001', order: withItem({ note: 'n'.repeat(2001) }),
      code: 'VALUE_TOO_LONG', field: 'order.line_items[0].note' },
    { what: 'a quantity of 13 digits', order: withItem({ quantity: '1'.repeat(13) }),
      code: 'VALUE_TOO_LONG', field: 'order.line_items[0].quantity' },
    { what: 'six fraction digits', order: withItem({ quantity: '1.000001' }),
      code: 'INVALID_VALUE', field: 'order.line_items[0].quantity' },
    { what: 'a fraction without a unit', order: withItem({ quantity: '1.5' }),
      code: 'INVALID_VALUE', field: 'order.line_items[0].quantity' },
    { what: 'more digits than its unit has',
      order: withItem({ quantity: '1.25', quantity_unit: { precision: 1 } }),
      code: 'INVALID_VALUE', field: 'order.line_items[0].quantity' },
    { what: 'a quantity in words', order: withItem({ quantity: 'two' }),
      code: 'INVALID_VALUE', field: 'order.line_items[0].quantity' },
    { what: 'no quantity', order: withItem({ quantity: undefined }),
      code: 'MISSING_REQUIRED_PARAMETER', field: 'order.line_items[0].quantity' },
    { what: 'a price with a fraction', order: withItem({ base_price_money: money(1.5) }),
      code: 'EXPECTED_INTEGER', field: 'order.line_items[0].base_price_money.amount' },
    { what: 'another currency', order: withItem({ base_price_money: money(1, 'EUR') }),
      code: 'INVALID_VALUE', field: 'order.line_items[0].base_price_money.currency',
      isOfSeller: true },
    { what: 'an unknown location', order: { location_id: 'L-OTHER' },
      code: 'INVALID_VALUE', field: 'order.location_id', isOfSeller: true },
    { what: 'no location', order: { location_id: undefined },
      code: 'MISSING_REQUIRED_PARAMETER', field: 'order.location_id' },
    { what: 'a tax that is not declared', order: withItem({ applied_taxes: [{ tax_uid: 'x' }] }),
      code: 'INVALID_VALUE', field: 'order.line_items[0].applied_taxes[0].tax_uid' },
    { what: 'a percentage of 11', order: { taxes: [{ uid: 't', percentage: '1.000000000' }] },
      code: 'VALUE_TOO_LONG', field: 'order.taxes[0].percentage' },
    { what: 'a discount name of 256',
      order: { discounts: [{ uid: 'd', name: 'd'.repeat(256), percentage: '1' }] },
      code: 'VALUE_TOO_LONG', field: 'order.discounts[0].name' },
    { what: 'eleven metadata entries', order: { metadata: tooMany },
      code: 'TOO_MANY_MAP_ENTRIES', field: 'order.metadata' },
    { what: 'a metadata key with a space', order: { metadata: { 'a b': 'v' } },
      code: 'VALUE_REGEX_MISMATCH', field: 'order.metadata' },
    { what: 'a metadata value of 256', order: { metadata: { a: 'v'.repeat(256) } },
      code: 'VALUE_TOO_LONG', field: 'order.metadata.a' },
  ]) {
    test(`for ${what}`, async () => {
      const { twin, square } = await twinWith();
      const { status, body } = await square.post('/v2/orders', orderBody(order));
      expect(status).toBe(400);
      expect(body.errors[0]).toMatchObject({ category: 'INVALID_REQUEST_ERROR', code, field });
      expect(twin.summary().orders).toBe(0);
      // What depends on the seller no client can know beforehand.
      const wrong = isOfSeller ? [] : [{ method: 'POST', route: '/v2/orders', code, field }];
      expect(twin.excuse()).toMatchObject(wrong);
    });
  }

  test('for a key of 193 characters', async () => {
    const { twin, square } = await twinWith();
    const long = await square.post('/v2/orders', orderBody({}, 'k'.repeat(193)));
    expect(long.body.errors[0]).toMatchObject({ code: 'VALUE_TOO_LONG', field: 'idempotency_key' });
    expect((await square.post('/v2/orders', orderBody({}, 'k'.repeat(192)))).status).toBe(200);
    expect(twin.excuse()).toHaveLength(1);
  });
});

describe('a payment is refused', () => {
  for (const { what, payment, code, field, isOfOrder } of [
    { what: 'no key', payment: { idempotency_key: undefined },
      code: 'MISSING_REQUIRED_PARAMETER', field: 'idempotency_key' },
    { what: 'an empty key', payment: { idempotency_key: '' },
      code: 'VALUE_EMPTY', field: 'idempotency_key' },
    { what: 'a key of 46 characters', payment: { idempotency_key: 'k'.repeat(46) },
      code: 'VALUE_TOO_LONG', field: 'idempotency_key' },
    { what: 'no external details', payment: { external_details: undefined },
      code: 'MISSING_REQUIRED_PARAMETER', field: 'external_details' },
    { what: 'cash without what the buyer gave', payment: { source_id: 'CASH' },
      code: 'MISSING_REQUIRED_PARAMETER', field: 'cash_details' },
    { what: 'an amount that is not the total', payment: { amount_money: money(69999) },
      code: 'BAD_REQUEST', field: 'amount_money', isOfOrder: true },
  ]) {
    test(`for ${what}`, async () => {
      const { twin, square } = await twinWith();
      const { body: { order } } = await square.post('/v2/orders', orderBody());
      const { status, body } = await square.post('/v2/payments', paymentBody(order.id, payment));
      expect(status).toBe(400);
      expect(body.errors[0]).toMatchObject({ category: 'INVALID_REQUEST_ERROR', code, field });
      expect(twin.summary().payments).toBe(0);
      const wrong = isOfOrder ? [] : [{ route: '/v2/payments', code, field }];
      expect(twin.excuse()).toMatchObject(wrong);
    });
  }

  test('for an order that nobody knows', async () => {
    const { square } = await twinWith();
    const { status, body } = await square.post('/v2/payments', paymentBody('nobody'));
    expect(status).toBe(404);
    expect(body.errors[0].code).toBe('NOT_FOUND');
  });
});

describe('any request is refused', () => {
  test('without the right token', async () => {
    const { square } = await twinWith();
    const headers = { authorization: 'Bearer other' };
    const { status, body } = await square.post('/v2/orders', orderBody(), { headers });
    expect(status).toBe(401);
    const stranger = { category: 'AUTHENTICATION_ERROR', code: 'UNAUTHORIZED' };
    expect(body.errors[0]).toMatchObject(stranger);
  });

  test('once the token is revoked, until another one is given', async () => {
    const { twin, square } = await twinWith();
    twin.setToken({ state: 'revoked' });
    const { status, body } = await square.post('/v2/orders', orderBody());
    expect(status).toBe(401);
    expect(body.errors[0].code).toBe('ACCESS_TOKEN_REVOKED');
    twin.setToken({ token: 'fresh' });
    expect((await square.post('/v2/orders', orderBody())).status).toBe(200);
  });

  test('with a version that is no date', async () => {
    const { twin, square } = await twinWith();
    const wrong = { headers: { 'square-version': 'latest' } };
    const { status, body } = await square.post('/v2/orders', orderBody(), wrong);
    expect(status).toBe(400);
    expect(body.errors[0].code).toBe('INVALID_SQUARE_VERSION_FORMAT');
    expect(twin.excuse()).toHaveLength(1);
  });

  test('with a body that is not JSON', async () => {
    const { twin } = await twinWith();
    const headers = { authorization: `Bearer ${twin.token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${twin.url}/v2/orders`, { method: 'POST', headers, body: '{' });
    expect(answer.status).toBe(400);
    expect((await answer.json()).errors[0].code).toBe('EXPECTED_JSON_BODY');
    expect(twin.excuse()).toHaveLength(1);
  });
});

test('the version is echoed', async () => {
  const { square } = await twinWith();
  const { headers } = await square.post('/v2/orders', orderBody());
  expect(headers.get('square-version')).toBe('2025-08-20');
});

test('an order in another currency is taken where any is allowed', async () => {
  const { square } = await twinWith({ anyCurrency: true });
  const order = withItem({ base_price_money: money(1250, 'EUR') });
  const { body } = await square.post('/v2/orders', orderBody({ location_id: LOCATION, ...order }));
  expect(body.order.total_money).toEqual(money(1250, 'EUR'));
});
