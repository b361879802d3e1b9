// The old pusher against the local Square: the incident, made to happen.
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { drain } from '../../legacy_pusher/worker.js';
import { LOCATION } from './support/client.js';
import { twinWith } from './support/twins.js';

const SCHEMA = new URL('../../legacy_pusher/migrations/0001_report_schema.sql', import.meta.url);
const PAYLOAD = {
  v: 1,
  currency: 'TRY',
  placed_at: '2026-11-21T18:03:11Z',
  table_id: '7',
  items: [
    { name: 'Adana Kebabı', quantity: '2', unit_price: 35000, tax_percentage: '10', note: 'acılı' },
    { name: 'Ayran', quantity: '3', unit_price: 4500, tax_percentage: '10' },
  ],
  tax_inclusive: true,
  discount: 3500,
  service_charge: 5000,
  tip: 2000,
  total: 85000,
  payment: { type: 'external', source: 'thMenu', amount: 85000 },
};

/** As much of D1 as the old pusher uses.
 * @param {DatabaseSync} database */
function asD1(database) {
  return {
    /** @param {string} sql */
    prepare(sql) {
      const statement = database.prepare(sql);
      const bound = (/** @type {any[]} */ ...values) => ({
        bind: bound,
        all: async () => ({ results: statement.all(...values) }),
        run: async () => statement.run(...values),
      });
      return bound();
    },
  };
}

/** @param {import('./types.d.ts').TwinOptions} options
 * @param {Record<string, any>[]} payloads */
async function withQueue(options, payloads) {
  const { twin } = await twinWith(options);
  const database = new DatabaseSync(':memory:');
  database.exec(readFileSync(SCHEMA, 'utf8'));
  const insert = database.prepare(
    `INSERT INTO pos_sync_queue (order_id, provider, payload) VALUES (?, 'square', ?)`);
  payloads.forEach((payload, index) => insert.run(`ord-${index + 1}`, JSON.stringify(payload)));
  const env = {
    D1_OPS: asD1(database),
    SQUARE_BASE_URL: twin.url,
    SQUARE_ACCESS_TOKEN: twin.token,
    SQUARE_LOCATION_ID: LOCATION,
    PUSH_TIMEOUT_SECONDS: '60',
  };
  const rows = () => database.prepare('SELECT * FROM pos_sync_queue ORDER BY id').all();
  return { twin, env, rows };
}

describe('the old pusher', () => {
  test('maps a fraction with the unit that Square asks for', async () => {
    const [first] = PAYLOAD.items;
    const openapi = process.env.SQUARE_OPENAPI;
    const payload = { ...PAYLOAD, items: [{ ...first, quantity: '1.5' }], payment: undefined };
    const { env } = await withQueue(openapi ? { openapi } : {}, [payload]);
    expect(await drain(env)).toEqual({ pushed: 1, failed: 0 });
  });

  test('books what it is given when nothing goes wrong', async () => {
    const cash = { ...PAYLOAD, payment: { type: 'cash', amount: 85000 } };
    const unpaid = { ...PAYLOAD, payment: undefined };
    const openapi = process.env.SQUARE_OPENAPI;
    const options = openapi ? { openapi } : {};
    const { twin, env, rows } = await withQueue(options, [PAYLOAD, cash, unpaid]);
    expect(await drain(env)).toEqual({ pushed: 3, failed: 0 });
    expect(rows().map(({ status }) => status)).toEqual(['success', 'success', 'success']);
    expect(twin.summary()).toMatchObject({ orders: 3, payments: 2, extra_orders: 0 });
    expect(twin.state().orders[2].total_money).toEqual({ amount: 85000, currency: 'TRY' });
  });

  for (const fault of /** @type {const} */ (['timeout', 'reset', 'http_504', 'torn'])) {
    test(`books a sale twice when ${fault} hides that it was booked`, async () => {
      const plan = [{ match: { path: '/v2/orders', nth: 1 }, fault, applied: true }];
      const { twin, env, rows } = await withQueue({ plan }, [PAYLOAD]);
      // Only the tick that is to time out is impatient, or a busy machine would add its own.
      await drain({ ...env, PUSH_TIMEOUT_SECONDS: fault === 'timeout' ? '1' : '60' });
      expect(rows()[0]).toMatchObject({ status: 'failed', attempts: 1 });
      await drain(env);
      expect(rows()[0]).toMatchObject({ status: 'success' });
      expect(twin.summary()).toMatchObject({ orders: 2, sales: 1, extra_orders: 1 });
      expect(twin.summary().duplicate_money).toEqual({ TRY: 85000 });
    });
  }

  test('books and pays twice when only the payment\'s answer is lost', async () => {
    const plan = [{
      match: { path: '/v2/payments', nth: 1 },
      fault: /** @type {const} */ ('http_500'),
      applied: true,
    }];
    const { twin, env } = await withQueue({ plan }, [PAYLOAD]);
    await drain(env);
    await drain(env);
    expect(twin.summary()).toMatchObject({ orders: 2, payments: 2, extra_payments: 1 });
    expect(twin.summary().duplicate_paid_money).toEqual({ TRY: 87000 });
  });

  test('books an order twice that stands in its queue twice', async () => {
    const { twin, env } = await withQueue({}, [PAYLOAD]);
    await env.D1_OPS.prepare(
      `INSERT INTO pos_sync_queue (order_id, provider, payload)
       SELECT order_id, provider, payload FROM pos_sync_queue`).bind().run();
    await drain(env);
    expect(twin.summary()).toMatchObject({ orders: 2, sales: 1 });
  });
});
