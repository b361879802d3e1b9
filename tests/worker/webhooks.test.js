// POST /webhooks/square: who may speak there, and what an event leaves behind.
import { beforeAll, describe, expect, test } from 'vitest';
import { Luck } from '../../scripts/lib/dice.mjs';
import { statementsThatAge } from './lib/clock.js';
import { Gate } from './lib/gate.js';
import { ask, cleanWorldBeforeEach, db, enqueue, logged, payload, query, rowsOf, send, tick, twin, twinControl } from './lib/world.js';

/** @typedef {Record<string, any>} Json */

cleanWorldBeforeEach();

const KEY = 'the-signature-key-that-nobody-may-see';
const URL_OF_SUBSCRIPTION = 'https://pos-sync.example/webhooks/square';
const ENV = { SQUARE_WEBHOOK_SIGNATURE_KEY: KEY, SQUARE_WEBHOOK_URL: URL_OF_SUBSCRIPTION };
const HEADER = 'x-square-hmacsha256-signature';

const encoder = new TextEncoder();

/** As Square signs: the HMAC of the subscription's URL and the body, in base64.
 * @param {string} text @param {{key?: string, url?: string}} [options] */
async function signatureOf(text, { key = KEY, url = URL_OF_SUBSCRIPTION } = {}) {
  const usable = await crypto.subtle.importKey('raw', encoder.encode(key), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const bytes = await crypto.subtle.sign('HMAC', usable, encoder.encode(url + text));
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}

/** An event as Square sends it.
 * @param {Json} [changes] */
function eventOf({ type = 'order.created', event_id = 'event-1', order_id = 'SQ-1', location_id = twin.location, ...rest } = {}) {
  const object = type.startsWith('payment.')
    ? { payment: { id: 'PAY-1', order_id, location_id, status: 'COMPLETED', reference_id: 'ord-1' } }
    : { [type.replaceAll('.', '_')]: { order_id, location_id, state: 'OPEN', version: 1 } };
  const data = { type: type.split('.')[0], id: order_id, object };
  return { merchant_id: 'M1', type, event_id, created_at: new Date().toISOString(), data, ...rest };
}

/** @param {Json | string} event @param {{signature?: string, env?: Json}} [options] */
async function deliver(event, { signature, env } = {}) {
  const body = typeof event === 'string' ? event : JSON.stringify(event);
  const headers = { authorization: '', [HEADER]: signature ?? (await signatureOf(body)) };
  return ask('POST', '/webhooks/square', { body, headers, env: { ...ENV, ...env } });
}

/** @param {string} text */
const signed = async (text) => ({ [HEADER]: await signatureOf(text) });

/** Everything that an event could have changed. */
const stored = async () =>
  Promise.all(
    ['pos_webhook_events', 'pos_sync_queue', 'pos_sync_ledger', 'pos_sync_audit', 'pos_sync_claims', 'pos_accounts'].map(
      (table) => query(`SELECT * FROM ${table}`),
    ),
  );

/** An order whose request was booked, and nobody was told. */
async function doubt() {
  await enqueue({ order_id: 'ord-1' });
  await twinControl('faults', { plan: [{ match: { path: '/v2/orders' }, times: 1, fault: 'reset', applied: true }] });
  await tick();
  expect(await rowsOf('ord-1')).toMatchObject([{ status: 'failed' }]);
}

/** @returns {Promise<boolean>} */
const isDue = async () => {
  const { now } = (await ask('GET', '/v1/status')).body;
  return (await rowsOf('ord-1'))[0].next_attempt_at <= now;
};

describe('POST /webhooks/square', () => {
  test('does not exist where the key or the URL of the subscription is not set', async () => {
    const event = eventOf();
    for (const env of [
      { SQUARE_WEBHOOK_SIGNATURE_KEY: undefined },
      { SQUARE_WEBHOOK_SIGNATURE_KEY: '' },
      { SQUARE_WEBHOOK_URL: undefined },
      { SQUARE_WEBHOOK_URL: '' },
    ]) {
      expect(await deliver(event, { env })).toMatchObject({ status: 404, body: { status: 404 } });
      expect((await send('GET', '/webhooks/square', { env: { ...ENV, ...env } })).status).toBe(404);
    }
    expect((await send('GET', '/webhooks/square', { env: ENV })).headers.get('allow')).toBe('POST');
  });

  test('answers 401 to a wrong signature, and stores nothing', async () => {
    await doubt();
    const event = eventOf();
    const text = JSON.stringify(event);
    const right = await signatureOf(text);
    const before = await stored();
    const wrong = [
      '',
      'no base64!',
      btoa('too short'),
      right.slice(0, -4),
      `${right}AAAA`,
      right.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')),
      await signatureOf(text, { key: `${KEY}x` }),
      await signatureOf(text, { url: `${URL_OF_SUBSCRIPTION}/` }),
      await signatureOf(text, { url: '' }),
      await signatureOf(`${text} `),
    ];
    for (const signature of wrong) {
      expect(await deliver(event, { signature })).toMatchObject({
        status: 401,
        type: 'application/problem+json',
        body: { status: 401 },
      });
    }
    expect((await send('POST', '/webhooks/square', { body: text, env: ENV })).status).toBe(401);
    expect(await stored()).toEqual(before);
    expect(await deliver(event, { signature: right })).toMatchObject({ status: 200 });
  });

  test('is signed for the URL of the subscription, whatever host the request came to', async () => {
    const env = { SQUARE_WEBHOOK_URL: 'https://elsewhere.example/a?b=ç' };
    const text = JSON.stringify(eventOf());
    const signature = await signatureOf(text, { url: env.SQUARE_WEBHOOK_URL });
    expect(await deliver(text, { signature, env })).toMatchObject({ status: 200 });
    expect(await deliver(text, { env })).toMatchObject({ status: 401 });
  });

  test('answers 400 to a signed text that is no event, and stores nothing', async () => {
    await doubt();
    const before = await stored();
    for (const text of ['', '{', 'null', '[]', '{"type":"order.created"}', JSON.stringify(eventOf({ event_id: 7 }))]) {
      expect(await deliver(text)).toMatchObject({ status: 400, type: 'application/problem+json' });
    }
    expect(await stored()).toEqual(before);
  });

  test('reads no more than 128 KiB of what anybody may have sent', async () => {
    // So long that whoever reads it to its end fails this test, rather than never ends it.
    let pulled = 0;
    const endless = new ReadableStream({
      pull: (controller) => {
        pulled += 64 * 1024;
        controller.enqueue(new Uint8Array(64 * 1024));
        if (pulled > 4 * 1024 * 1024) controller.close();
      },
    });
    for (const body of [' '.repeat(128 * 1024 + 1), endless]) {
      expect((await send('POST', '/webhooks/square', { body, env: ENV })).status).toBe(413);
    }
  });

  test('answers 200 in a single round trip to D1', async () => {
    let batches = 0;
    const D1_OPS = {
      prepare: (/** @type {string} */ sql) => db.prepare(sql),
      batch: (/** @type {D1PreparedStatement[]} */ statements) => {
        batches += 1;
        return db.batch(statements);
      },
    };
    const answer = await deliver(eventOf(), { env: { D1_OPS } });
    expect(answer).toMatchObject({ status: 200, type: 'application/json', body: { status: 'ok' } });
    expect(batches).toBe(1);
  });

  test('answers 503 while D1 is away, so that Square sends the event again', async () => {
    const D1_OPS = {
      prepare: () => ({ bind() {} }),
      batch: async () => {
        throw new Error('D1_ERROR: Network connection lost.');
      },
    };
    expect(await deliver(eventOf(), { env: { D1_OPS } })).toMatchObject({ status: 503 });
  });

  test('never shows the signature key, in no answer and in no log', async () => {
    await doubt();
    const answers = [
      await deliver(eventOf()),
      await deliver(eventOf(), { signature: 'x' }),
      await deliver('{'),
      await ask('GET', '/v1/status', { env: ENV }),
      await ask('GET', '/v1/orders/ord-1', { env: ENV }),
    ];
    await tick(ENV);
    const texts = answers.map(({ headers, body }) => JSON.stringify([[...headers], body]));
    const rows = JSON.stringify(await stored());
    expect([...texts, ...logged, rows].filter((text) => text.includes(KEY))).toEqual([]);
  });
});

describe('an event', () => {
  test.each(['order.created', 'order.updated', 'order.fulfillment.updated', 'payment.created', 'payment.updated'])(
    'of the type %s makes an order in doubt due, and settles nothing',
    async (type) => {
      await doubt();
      const [before] = await rowsOf('ord-1');
      const ledger = await query('SELECT * FROM pos_sync_ledger');
      expect(await isDue()).toBe(false);
      expect(await deliver(eventOf({ type }))).toMatchObject({ status: 200 });
      expect(await isDue()).toBe(true);
      const { next_attempt_at, updated_at, ...rest } = (await rowsOf('ord-1'))[0];
      expect(before).toMatchObject(rest);
      // The queue's own times have whole seconds.
      expect(Date.parse(`${updated_at}Z`)).toBe(Math.floor(next_attempt_at / 1000) * 1000);
      expect(await query('SELECT * FROM pos_sync_ledger')).toEqual(ledger);
      expect(await query("SELECT actor, token FROM pos_sync_audit WHERE event = 'webhook_hint'")).toEqual([
        { actor: 'webhook', token: 'webhook:event-1' },
      ]);
      expect(await query('SELECT event_id, type, location_id, external_order_id FROM pos_webhook_events')).toEqual([
        { event_id: 'event-1', type, location_id: twin.location, external_order_id: 'SQ-1' },
      ]);
    },
  );

  test.each(['refund.created', 'dispute.created', 'inventory.count.updated', 'order'])(
    'of the type %s is answered with 200 and not kept',
    async (type) => {
      await doubt();
      const before = await stored();
      expect(await deliver(eventOf({ type }))).toMatchObject({ status: 200 });
      expect(await stored()).toEqual(before);
    },
  );

  test('that comes again changes nothing, however often', async () => {
    await doubt();
    const event = eventOf();
    await Promise.all([deliver(event), deliver(event), deliver(event)]);
    expect(await query('SELECT event FROM pos_sync_audit WHERE actor = \'webhook\'')).toHaveLength(1);
    await db.prepare('UPDATE pos_sync_queue SET next_attempt_at = 9007199254740990').run();
    const before = await stored();
    expect(await deliver(event)).toMatchObject({ status: 200 });
    expect(await stored()).toEqual(before);
    expect(await deliver(eventOf({ event_id: 'event-2' }))).toMatchObject({ status: 200 });
    expect(await isDue()).toBe(true);
  });

  test('that was made a week ago is not taken: its first delivery would be forgotten by now', async () => {
    await doubt();
    const before = await stored();
    const created_at = new Date(Date.now() - 7 * 86_400_000).toISOString();
    expect(await deliver(eventOf({ created_at }))).toMatchObject({ status: 200 });
    expect(await stored()).toEqual(before);
  });

  test('leaves an order that is not in doubt untouched', async () => {
    await ask('POST', '/v1/orders', { body: { order_id: 'ord-1', payload: payload() } });
    await db.prepare('UPDATE pos_sync_queue SET next_attempt_at = 9007199254740990').run();
    const before = await rowsOf('ord-1');
    await deliver(eventOf());
    expect(await rowsOf('ord-1')).toEqual(before);
  });

  test('leaves an order in doubt untouched that was sent to another location', async () => {
    await doubt();
    const before = await rowsOf('ord-1');
    await deliver(eventOf({ location_id: 'L-elsewhere' }));
    expect(await rowsOf('ord-1')).toEqual(before);
  });
});

describe('an event that races the settle', () => {
  /** @type {string[]} */
  let aging;
  beforeAll(async () => {
    aging = await statementsThatAge();
  });

  // The reply to CreateOrder is lost, and the event of that order comes before what came of it is written
  // down, or after.
  test.each(['before', 'after'])('and comes %s it sells the order once, and it is booked', async (when) => {
    const gate = new Gate({ luck: new Luck(1), aging });
    let hasArrived = false;
    await enqueue({ order_id: 'ord-1' });
    gate.open();
    try {
      const job = await gate.tick();
      await gate.run(job, async (command) => {
        if (command.flight?.path === '/v2/orders') {
          await gate.endFetch(command, 'lost after the effect');
          return true;
        }
        const isSettle = command.batch && (await twinControl('state')).requests.length > 0;
        if (isSettle && when === 'before' && !hasArrived) await arrives();
        return false;
      });
      if (when === 'after') await arrives();
      for (let n = 0; n < 3; n += 1) {
        await gate.pass(1200 * 1000);
        await gate.run(await gate.tick());
      }
      expect(gate.accusations, gate.story.join('\n')).toEqual([]);
    } finally {
      gate.close();
    }
    expect(await rowsOf('ord-1')).toMatchObject([{ status: 'success' }]);
    expect(await twinControl('summary')).toMatchObject({ orders: 1, payments: 1, extra_orders: 0 });
    expect(await query('SELECT external_order_id FROM pos_webhook_events')).toHaveLength(1);
    const hints = await query("SELECT event FROM pos_sync_audit WHERE event = 'webhook_hint'");
    expect(hints).toHaveLength(when === 'after' ? 1 : 0);

    async function arrives() {
      hasArrived = true;
      const { orders } = await twinControl('state');
      const job = await gate.post('/webhooks/square', eventOf({ order_id: orders[0].id }), ENV, signed);
      await gate.run(job);
      expect(job.answer).toMatchObject({ status: 200 });
    }
  });
});
