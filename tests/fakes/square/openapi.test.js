import { beforeAll, describe, expect, test } from 'vitest';
import { startTwin } from './server.js';
import { clientOf, orderBody, paymentBody, LOCATION } from './support/client.js';
import { twinWith } from './support/twins.js';

const path = process.env.SQUARE_OPENAPI ?? '';

if (path === '') {
  test.skip('skipped: SQUARE_OPENAPI does not name Square\'s OpenAPI file', () => {});
}

describe.skipIf(path === '')('held against Square\'s own OpenAPI file', () => {
  /** @type {import('./openapi.js').Validator} */
  let validator;

  beforeAll(async () => {
    const { makeOpenApiValidator } = await import('./openapi.js');
    validator = makeOpenApiValidator(path);
  });

  test('what the tests send is what Square describes', () => {
    const order = orderBody({ metadata: { pos_sync: 'k' }, ticket_name: null }, 'k');
    expect(validator.validate('POST', '/v2/orders', order)).toEqual([]);
    expect(validator.validate('POST', '/v2/payments', paymentBody('o'))).toEqual([]);
    const search = { location_ids: [LOCATION], query: { sort: { sort_field: 'CREATED_AT' } } };
    expect(validator.validate('POST', '/v2/orders/search', search)).toEqual([]);
    expect(validator.validate('GET', '/v2/payments', undefined)).toEqual([]);
  });

  test('what is missing, too long or of another type is named', () => {
    const payment = { ...paymentBody('o'), source_id: undefined, idempotency_key: 'k'.repeat(46) };
    const sent = JSON.parse(JSON.stringify(payment));
    expect(validator.validate('POST', '/v2/payments', sent)).toMatchObject([
      { code: 'MISSING_REQUIRED_PARAMETER', field: 'source_id' },
      { code: 'VALUE_TOO_LONG', field: 'idempotency_key' },
    ]);
    const item = { quantity: 2, base_price_money: { amount: '1', currency: 'TRY' } };
    const order = orderBody({ line_items: [item] });
    const fields = validator.validate('POST', '/v2/orders', order).map(({ field }) => field);
    expect(fields).toEqual([
      'order.line_items[0].quantity', 'order.line_items[0].base_price_money.amount',
    ]);
  });

  test('a property that Square does not list is named, at any depth', () => {
    const item = { quantity: '1', price: 1 };
    const order = { ...orderBody({ line_items: [item], table: '7' }), idempotencyKey: 'k' };
    const findings = validator.validate('POST', '/v2/orders', order);
    expect(findings.map(({ code }) => code)).toEqual(Array(3).fill('UNKNOWN_BODY_PARAMETER'));
    expect(findings.map(({ field }) => field).sort()).toEqual([
      'idempotencyKey', 'order.line_items[0].price', 'order.table',
    ]);
  });

  test('a property that only Square writes is named', () => {
    const order = orderBody({ id: 'mine' });
    expect(validator.validate('POST', '/v2/orders', order)).toMatchObject([{ field: 'order.id' }]);
  });

  test('a path that Square does not have is an error', () => {
    expect(() => validator.validate('POST', '/v2/sales', {})).toThrow('/v2/sales');
  });

  test('the local Square refuses and records what the file does not allow', async () => {
    const { twin, square } = await twinWith({ openapi: path });
    const refused = await square.post('/v2/orders', { ...orderBody({}, 'k'), table: '7' });
    expect(refused.status).toBe(400);
    const found = { code: 'UNKNOWN_BODY_PARAMETER', field: 'table' };
    expect(refused.body.errors[0]).toMatchObject(found);
    expect(twin.state().violations).toMatchObject([{ route: '/v2/orders', key: 'k', ...found }]);
    expect(twin.summary().orders).toBe(0);
    expect((await square.post('/v2/orders', orderBody({}, 'k'))).status).toBe(200);
    expect(twin.excuse()).toHaveLength(1);
  });

  test('what the local Square answers is what Square describes', () => {
    const answer = { order: { id: 'o', location_id: LOCATION, state: 'SOLD' }, ok: true };
    expect(validator.validateAnswer('POST', '/v2/orders', answer)).toMatchObject([
      { code: 'INVALID_ENUM_VALUE', field: 'order.state' }, { field: 'ok' },
    ]);
    const errors = [{ category: 'API_ERROR', code: 'NO_SUCH_CODE' }];
    expect(validator.validateAnswer('GET', '/v2/payments', { errors })).toMatchObject([
      { field: 'errors[0].code' },
    ]);
  });

  test('an answer of the local Square\'s that Square would not give fails the test that got it',
    async () => {
      const odd = { id: LOCATION, currency: 'TRY', kitchen: 'open' };
      const twin = await startTwin({ locations: [odd] });
      await clientOf(twin).get('/v2/locations');
      await expect(twin.close()).rejects.toThrow('locations[0].kitchen');
    });

  test('an order with all that this double models is one that Square describes', async () => {
    // Each answer is held against the file as it leaves; the close of this Square would tell.
    const { square } = await twinWith();
    const taxed = {
      taxes: [{ uid: 't', percentage: '10', type: 'INCLUSIVE', scope: 'ORDER' }],
      discounts: [{ uid: 'd', percentage: '5', scope: 'ORDER' }],
      service_charges: [{ percentage: '1', calculation_phase: 'TOTAL_PHASE' }],
    };
    const { body: { order } } = await square.post('/v2/orders', orderBody(taxed));
    const amount = { amount_money: order.total_money };
    expect((await square.post('/v2/payments', paymentBody(order.id, amount))).status).toBe(200);
    expect((await square.get(`/v2/orders/${order.id}`)).body.order.state).toBe('COMPLETED');
  });
});
