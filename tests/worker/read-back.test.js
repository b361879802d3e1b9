// An unknown outcome, to its end: what was sent is looked for at Square, adopted if it stands there, and
// sent again only if it was proven absent. The worker that ships, D1 and the local Square.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Luck } from '../../scripts/lib/dice.mjs';
import { pass, statementsThatAge } from './lib/clock.js';
import { Gate, WEBHOOK } from './lib/gate.js';
import {
  ask,
  cleanWorldBeforeEach,
  db,
  enqueue,
  logged,
  payload,
  query,
  rowsOf,
  send,
  tick,
  twin,
  twinControl,
} from './lib/world.js';

/** @import { Job } from './lib/gate.js' */
/** @typedef {Record<string, any>} Json */

cleanWorldBeforeEach();

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Past it Square remembers no key, and the worker knows that. */
const WINDOW = 20 * HOUR;

/** Until no older request can land any more, with what D1's clock may be stepped by. */
const QUIET = 150 * SECOND;

const unpaid = payload({ payment: undefined });

/** @param {Json[]} plan */
const spoil = (...plan) => twinControl('faults', { plan });

/** The requests since the test began, as method and path, without what they ask for.
 * @returns {Promise<string[]>} */
async function asked() {
  const { requests } = await twinControl('state');
  return requests.map((/** @type {Json} */ { method, path }) => `${method} ${path}`);
}

/** How often orders, and then payments, were sent.
 * @returns {Promise<number[]>} */
async function sends() {
  const all = await asked();
  return ['POST /v2/orders', 'POST /v2/payments'].map((name) => all.filter((each) => each === name).length);
}

/** Ticks half an hour apart.
 * @param {number} count */
async function drainFor(count) {
  for (let n = 0; n < count; n += 1) {
    await pass(30 * MINUTE);
    await tick();
  }
}

/** Every order stands at Square once, with its payment if it has one, and its row says where.
 * @param {number} orders @param {number} [payments] */
async function expectBookedOnce(orders, payments = orders) {
  const square = await twinControl('state');
  const rows = await query('SELECT * FROM pos_sync_queue');
  expect(rows).toHaveLength(orders);
  for (const row of rows) {
    expect(row, row.last_error).toMatchObject({ status: 'success' });
    const own = square.orders.filter((/** @type {Json} */ { metadata }) => metadata.order_id === row.order_id);
    expect(own.map((/** @type {Json} */ { id }) => id)).toEqual([row.external_order_id]);
  }
  expect(square.orders).toHaveLength(orders);
  expect(square.payments).toHaveLength(payments);
  expect(await query('SELECT * FROM pos_sync_ledger WHERE in_doubt_since IS NOT NULL')).toEqual([]);
}

/** @returns {Promise<Json>} what is known of the one order */
async function known() {
  const [ledger] = await query('SELECT * FROM pos_sync_ledger');
  return ledger;
}

/** An order that was sent, and whose answer was lost.
 * @param {{applied?: boolean, paid?: boolean}} [options] */
async function doubt({ applied = true, paid = true } = {}) {
  await spoil({ match: { path: '/v2/orders' }, times: 1, fault: 'http_504', applied });
  await enqueue({ order_id: 'ord-1', payload: paid ? payload() : unpaid });
  await tick();
  await spoil();
  expect(await rowsOf('ord-1')).toMatchObject([{ status: 'failed', attempts: 1 }]);
  expect(await known()).toMatchObject({ in_doubt_since: expect.any(Number) });
}

/** The same, after Square has forgotten the key.
 * @param {Parameters<typeof doubt>[0]} [options] */
async function oldDoubt(options) {
  await twinControl('rules', { keyWindowMs: WINDOW });
  await doubt(options);
  await pass(3 * DAY);
}

describe('a Square that books and says nothing, and forgets its keys', () => {
  test('sells no order twice: what stands there is adopted, what does not is sent', async () => {
    await twinControl('rules', { keyWindowMs: WINDOW });
    await spoil(
      { match: { reference_id: 'lost-order', path: '/v2/orders' }, times: 1, fault: 'reset', applied: true },
      { match: { reference_id: 'lost-unpaid', path: '/v2/orders' }, times: 1, fault: 'reset', applied: true },
      { match: { reference_id: 'lost-payment', path: '/v2/payments' }, times: 1, fault: 'reset', applied: true },
      { match: { reference_id: 'never-arrived', path: '/v2/orders' }, times: 1, fault: 'reset', applied: false },
    );
    const paid = ['lost-order', 'lost-payment', 'never-arrived', 'good'];
    await enqueue(...paid.map((order_id) => ({ order_id })), { order_id: 'lost-unpaid', payload: unpaid });
    await tick();
    expect((await ask('GET', '/v1/status')).body).toMatchObject({ in_doubt: 4 });
    await pass(3 * DAY);
    await drainFor(4);
    await expectBookedOnce(5, 4);
    // Only what never arrived was sent a second time.
    expect(await sends()).toEqual([6, 4]);
  });

  test('sells none twice though it shows what it has booked as late as the worker takes for granted', async () => {
    // No key helps here: any second request would be a second sale.
    await twinControl('rules', { dedupe: false, settleDelayMs: 60 * SECOND, retrieveDelayMs: 60 * SECOND });
    const settings = { DEDUPE_WINDOW_SECONDS: '961' };
    await spoil({ match: { path: '/v2/orders' }, times: 1, fault: 'http_504', applied: true, late_ms: HOUR });
    await enqueue({ order_id: 'ord-1', payload: unpaid });
    await tick(settings);
    // It lands as late as a request can.
    await pass(120 * SECOND);
    await twinControl('flush', {});
    for (let n = 0; n < 60 && (await rowsOf('ord-1'))[0].status !== 'success'; n += 1) {
      await pass(10 * SECOND);
      await tick(settings);
    }
    expect(await asked()).toContain('POST /v2/orders/search');
    await expectBookedOnce(1, 0);
    expect(await sends()).toEqual([1, 0]);
  });

  test('sells none twice though its list is wrongly empty once', async () => {
    await oldDoubt();
    await spoil({ match: { path: '/v2/orders/search' }, times: 1, fault: 'no_id' });
    await tick();
    expect(await rowsOf('ord-1')).toMatchObject([{ status: 'failed' }]);
    await drainFor(2);
    await expectBookedOnce(1);
    expect(await sends()).toEqual([1, 1]);
  });

  test('is asked for page after page, and a page that is empty or short is not the end', async () => {
    await twinControl('rules', { keyWindowMs: WINDOW, pageSize: 3 });
    await enqueue(...Array.from({ length: 8 }, (_each, n) => ({ order_id: `other-${n}` })));
    await tick();
    await spoil({ match: { path: '/v2/orders' }, times: 1, fault: 'http_504', applied: true });
    await enqueue({ order_id: 'ord-1' });
    await tick();
    await pass(3 * DAY);
    await spoil({ match: { path: '/v2/orders/search' }, times: 1, fault: 'empty_page' });
    await tick();
    // It was found; that it is not paid was seen once.
    expect(await query('SELECT external_order_id FROM pos_sync_ledger WHERE in_doubt_since > 0')).toEqual([
      { external_order_id: expect.stringMatching(/./) },
    ]);
    await drainFor(1);
    await expectBookedOnce(9);
    expect((await asked()).filter((each) => each === 'POST /v2/orders/search')).toHaveLength(4);
    expect(await sends()).toEqual([9, 9]);
  });

  test('sends what is proven absent, and not after one look', async () => {
    await oldDoubt({ applied: false });
    await tick();
    expect(await sends()).toEqual([1, 0]);
    expect(await known()).toMatchObject({ in_doubt_since: expect.any(Number) });
    await drainFor(1);
    await expectBookedOnce(1);
    expect(await sends()).toEqual([2, 1]);
  });
});

const CONFLICTS = ['IDEMPOTENCY_KEY_REUSED', 'BAD_REQUEST'];

describe.each(CONFLICTS)('a key that is taken, answered with %s', (conflict) => {
  /** The order as an older release has sent it under the same key: other bytes, the same total. */
  async function sendOlder() {
    const older = JSON.parse(JSON.parse((await known()).request).order);
    older.order.ticket_name = 'older';
    const headers = {
      authorization: `Bearer ${twin.token}`,
      'content-type': 'application/json',
      'square-version': '2025-08-20',
    };
    const init = { method: 'POST', headers, body: JSON.stringify(older) };
    const response = await fetch(`${twin.url}/v2/orders`, init);
    expect(response.status).toBe(200);
  }

  test('the order is adopted and paid, not dead, and not sent again', async () => {
    await twinControl('rules', { orderKeyConflict: conflict });
    await ask('POST', '/v1/orders', { body: { order_id: 'ord-1', payload: payload() } });
    await sendOlder();
    await tick();
    expect(await rowsOf('ord-1')).toMatchObject([{ status: 'failed' }]);
    expect(await known()).toMatchObject({ look_because: 'conflict' });
    await drainFor(2);
    await expectBookedOnce(1);
    expect(await sends()).toEqual([2, 1]);
  });

  test('an order in doubt is adopted too, inside the window', async () => {
    await twinControl('rules', { orderKeyConflict: conflict });
    await ask('POST', '/v1/orders', { body: { order_id: 'ord-1', payload: payload() } });
    await spoil({ match: { path: '/v2/orders' }, times: 1, fault: 'http_504', applied: false });
    await tick();
    await sendOlder();
    await drainFor(3);
    await expectBookedOnce(1);
    expect(await sends()).toEqual([3, 1]);
  });
});

describe('a worker that dies between an order and its payment', () => {
  /** @type {Gate} */
  let gate;

  beforeEach(async () => {
    gate = new Gate({ luck: new Luck(1), aging: await statementsThatAge() });
    gate.open();
  });

  afterEach(() => gate.close());

  /** Goes on until a request of that name waits.
   * @param {Job} job @param {RegExp} name */
  async function until(job, name) {
    while (job.isAlive && !gate.choices(job).some(({ flight }) => flight && name.test(flight.name))) {
      const [command] = gate.choices(job);
      await (command.batch ? gate.endBatch(command, 'done') : gate.endFetch(command, 'accepted'));
    }
  }

  test.each(
    /** @type {const} */ ([
      ['inside the window', 'before the payment was sent', 20 * MINUTE],
      ['inside the window', 'after the payment was made', 20 * MINUTE],
      ['past the window', 'before the payment was sent', 3 * DAY],
      ['past the window', 'after the payment was made', 3 * DAY],
    ]),
  )('leaves one of each, %s, %s', async (_where, when, ms) => {
    await twinControl('rules', { keyWindowMs: WINDOW });
    await enqueue({ order_id: 'ord-1' });
    const dying = await gate.tick();
    await until(dying, /^\/v2\/payments /);
    await gate.kill(dying, () => (when === 'after the payment was made' ? 'done' : 'never'));
    await gate.pass(ms);
    for (let n = 0; n < 5; n += 1) {
      await gate.run(await gate.tick());
      await gate.pass(30 * MINUTE);
    }
    expect(gate.accusations, gate.story.join('\n')).toEqual([]);
    await expectBookedOnce(1);
    const looked = (await asked()).includes('POST /v2/orders/search');
    expect(looked).toBe(ms > WINDOW);
  });

  test('and one that dies while it looks leaves nothing but another look', async () => {
    await twinControl('rules', { keyWindowMs: WINDOW });
    await enqueue({ order_id: 'ord-1' });
    const dying = await gate.tick();
    await until(dying, /^\/v2\/payments /);
    await gate.kill(dying, () => 'done');
    await gate.pass(3 * DAY);
    for (const name of [/^POST \/v2\/orders\/search$/, /^GET \/v2\/orders\/\w+$/]) {
      // The tick that finds it abandoned for the second time makes it wait, as a suspect does.
      if (name.source.startsWith('^GET')) {
        await gate.run(await gate.tick());
        await gate.pass(HOUR);
      }
      const looking = await gate.tick();
      await until(looking, name);
      expect(looking.isAlive, gate.story.join('\n')).toBe(true);
      await gate.kill(looking, () => 'done');
      await gate.pass(HOUR);
    }
    for (let n = 0; n < 4; n += 1) {
      await gate.run(await gate.tick());
      await gate.pass(30 * MINUTE);
    }
    expect(gate.accusations, gate.story.join('\n')).toEqual([]);
    await expectBookedOnce(1);
    expect(await sends()).toEqual([1, 1]);
  });
});

describe('a look that is refused', () => {
  /** @type {[fault: string, reason: string][]} */
  const REFUSALS = [
    ['http_400', 'look_refused'],
    ['http_401', 'unauthorized'],
    ['http_403', 'unauthorized'],
    ['http_429', 'throttled'],
    ['http_500', 'look_refused'],
    ['http_503', 'look_refused'],
  ];

  test.each(REFUSALS)('with %s pauses the account, which says so (%s), and kills no order', async (fault, reason) => {
    await oldDoubt();
    await spoil({ match: { path: '/v2/orders/search' }, fault });
    for (let n = 0; n < 12; n += 1) {
      await tick();
      const { body } = await ask('GET', '/v1/status');
      expect(body).toMatchObject({ in_doubt: 1, dead: {}, accounts: [{ pause_reason: reason, paused: 1 }] });
      expect(await rowsOf('ord-1')).toMatchObject([{ status: 'failed', attempts: 1 }]);
      await pass(5 * HOUR);
    }
    await spoil();
    await drainFor(2);
    await expectBookedOnce(1);
    expect(await sends()).toEqual([1, 1]);
  });
});

describe('an order in doubt that is to be canceled', () => {
  const cancel = () =>
    ask('POST', '/v1/orders/ord-1/cancel', { body: { actor: 'ayse', reason: 'the guest has left' } });

  test('is dead, canceled, once two looks have found nothing of it', async () => {
    await doubt({ applied: false });
    expect(await cancel()).toMatchObject({ status: 202, body: { status: 'failed' } });
    expect(await rowsOf('ord-1')).toMatchObject([{ status: 'failed' }]);
    await drainFor(1);
    expect(await rowsOf('ord-1')).toMatchObject([{ status: 'failed' }]);
    await drainFor(1);
    expect(await rowsOf('ord-1')).toMatchObject([{ status: 'dead', last_error: expect.stringMatching(/^canceled: /) }]);
    expect(await known()).toMatchObject({ in_doubt_since: null });
    expect(await sends()).toEqual([1, 0]);
    const [line] = await query("SELECT actor, detail FROM pos_sync_audit WHERE event = 'cancel_asked'");
    expect(line).toMatchObject({ actor: 'ayse', detail: expect.stringContaining('the guest has left') });
  });

  test('is booked if it stands at Square, and needs no payment', async () => {
    await doubt({ paid: false });
    expect(await cancel()).toMatchObject({ status: 202 });
    await drainFor(1);
    await expectBookedOnce(1, 0);
    expect(await sends()).toEqual([1, 0]);
  });

  test('is not paid if it stands there unpaid: a human is told which order to cancel', async () => {
    await doubt();
    expect(await cancel()).toMatchObject({ status: 202 });
    await drainFor(4);
    const [{ id }] = (await twinControl('state')).orders;
    expect(await rowsOf('ord-1')).toMatchObject([
      { status: 'dead', last_error: expect.stringMatching(new RegExp(`^payment_rejected: .*${id}`)) },
    ]);
    expect(await sends()).toEqual([1, 0]);
  });
});

describe('an event of Square\'s', () => {
  const { SQUARE_WEBHOOK_URL: url, SQUARE_WEBHOOK_SIGNATURE_KEY: signature_key } = WEBHOOK;

  beforeEach(() => twinControl('webhook', { url, signature_key }));

  /** The first of that type that Square has to tell of.
   * @param {string} type
   * @returns {Promise<{headers: Json, body: string}>} */
  const eventOf = async (type) =>
    (await twinControl('events')).events.find((/** @type {Json} */ event) => event.type === type);

  /** @param {{headers: Json, body: string}} event */
  const deliver = ({ headers, body }) => ask('POST', '/webhooks/square', { headers, body, env: WEBHOOK });

  const nextAttempt = async () => (await rowsOf('ord-1'))[0].next_attempt_at;

  test('makes its order due, and the next tick adopts that by reading: it is not sent again', async () => {
    await doubt();
    // Nothing but the event makes it due so soon.
    await db.prepare('UPDATE pos_sync_queue SET next_attempt_at = next_attempt_at + 86400000').run();
    expect(await deliver(await eventOf('order.created'))).toMatchObject({ status: 200 });
    expect(await rowsOf('ord-1')).toMatchObject([{ status: 'failed', external_order_id: null }]);
    await pass(QUIET);
    await tick();
    const requests = await asked();
    expect(requests).toContain('POST /v2/orders/batch-retrieve');
    expect(requests).not.toContain('POST /v2/orders/search');
    await expectBookedOnce(1);
    expect(await sends()).toEqual([1, 1]);
  });

  test('that comes again, or while an older request may still land, sends nothing early', async () => {
    await doubt();
    const event = await eventOf('order.created');
    for (let n = 0; n < 3; n += 1) {
      expect(await deliver(event)).toMatchObject({ status: 200 });
      await tick();
    }
    expect(await asked()).toEqual(['POST /v2/orders']);
    expect(await query('SELECT event_id FROM pos_webhook_events')).toHaveLength(1);
    expect(await query("SELECT id FROM pos_sync_audit WHERE event = 'webhook_hint'")).toHaveLength(1);
    await drainFor(1);
    await expectBookedOnce(1);
    expect(await sends()).toEqual([1, 1]);
  });

  test('of another order leads nowhere: what is in doubt is sent again under its key, and booked', async () => {
    await enqueue({ order_id: 'other' });
    await tick();
    await doubtBeside();
    expect(await deliver(await eventOf('order.created'))).toMatchObject({ status: 200 });
    await pass(QUIET);
    await tick();
    await expectBookedOnce(2);
  });

  /** An order in doubt that never arrived, beside one that is booked. */
  async function doubtBeside() {
    await spoil({ match: { path: '/v2/orders' }, times: 1, fault: 'http_504', applied: false });
    await enqueue({ order_id: 'ord-1' });
    await tick();
    await spoil();
  }

  /** @typedef {Awaited<ReturnType<typeof eventOf>>} SquareEvent */

  const SIGNATURE = 'x-square-hmacsha256-signature';

  /** @type {[what: string, forge: (event: SquareEvent) => SquareEvent][]} */
  const FORGERIES = [
    ['a wrong signature', ({ headers, body }) => ({ headers: { ...headers, [SIGNATURE]: 'AAAA' }, body })],
    ['no signature', ({ body }) => ({ headers: {}, body })],
    ['the signature of another body', ({ headers, body }) => ({ headers, body: `${body} ` })],
  ];

  test.each(FORGERIES)('with %s is answered 401, and nothing of it is stored', async (_what, forge) => {
    await doubt();
    const before = await nextAttempt();
    const answer = await deliver(forge(await eventOf('order.created')));
    expect(answer).toMatchObject({ status: 401, type: 'application/problem+json' });
    expect(await query('SELECT * FROM pos_webhook_events')).toEqual([]);
    expect(await query("SELECT id FROM pos_sync_audit WHERE actor = 'webhook'")).toEqual([]);
    expect(await nextAttempt()).toBe(before);
  });

  test('needs no admin token, and shows its key to nobody', async () => {
    await doubt();
    const { headers, body } = await eventOf('order.created');
    const own = { ...headers, authorization: '' };
    const answers = [
      await send('POST', '/webhooks/square', { headers: own, body, env: WEBHOOK }),
      await send('POST', '/webhooks/square', { headers: own, body: '{', env: WEBHOOK }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 401]);
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    const stored = await Promise.all(
      ['pos_webhook_events', 'pos_sync_audit', 'pos_sync_queue'].map((table) => query(`SELECT * FROM ${table}`)),
    );
    for (const text of [...texts, JSON.stringify(stored), ...logged]) {
      expect(text).not.toContain(signature_key);
    }
  });
});
