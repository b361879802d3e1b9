// Audits, from the door to Square and back: what an older pusher has left there is found, nothing else
// is touched, and only who has seen the plan approves it.
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import worker from '../../worker.js';
import { ADMIN_TOKEN, ask, cleanWorldBeforeEach, envWith, query, send, tick, twin, twinControl } from './lib/world.js';

/** @typedef {Record<string, any>} Json */

cleanWorldBeforeEach();

const ACCOUNTS_KEY = `k1:${btoa('1'.repeat(32))}`;
const SETUP = { ACCOUNTS_KEY, SQUARE_LOCATION_ID: undefined, SQUARE_ACCESS_TOKEN: undefined };
const APPROVER_TOKEN = 'the-second-person-s-token-of-this-test';
const DAY = 86_400_000;
const AUDIT_CRON = '0 3 1 1,4,7,10 *';

/** @param {number} days */
const ago = (days) => new Date(Date.now() - days * DAY).toISOString();

/** The past of some restaurants at the local Square, and an account for each of them.
 * @param {Json} options
 * @returns {Promise<Json>} what was planted */
async function restaurantsWith(options) {
  const { merchants, truth } = await twinControl('history', options);
  for (const { access_token, locations } of merchants) {
    const [{ id }] = locations;
    const body = { restaurant_id: `at-${id}`, location_id: id, access_token };
    expect(await ask('POST', '/v1/accounts', { body, env: SETUP })).toMatchObject({ status: 201 });
  }
  return truth;
}

/** @param {Json} [more] @param {Json} [env]
 * @returns {Promise<string>} its id */
async function begin(more, env = SETUP) {
  const body = { provider: 'square', from: ago(100), to: new Date().toISOString(), ...more };
  const made = await ask('POST', '/v1/audits', { body, env });
  expect(made).toMatchObject({ status: 201, body: { state: 'reading' } });
  return made.body.id;
}

/** @param {string} id @param {string} [more] @param {Json} [env] */
const show = async (id, more = '', env = SETUP) =>
  (await ask('GET', `/v1/audits/${id}${more}`, { env })).body;

/** Ticks until the audit is read; each place that waits is due at once.
 * @param {string} id @param {Json} [changes]
 * @returns {Promise<Json>} the audit */
async function readAll(id, changes) {
  for (let ticks = 0; ticks < 500; ticks += 1) {
    await tick({ ...SETUP, ...changes });
    const audit = await show(id);
    if (audit.state !== 'reading') return audit;
  }
  throw new Error('the audit does not come to an end');
}

/** All groups, page by page.
 * @param {string} id
 * @returns {Promise<Json[]>} */
async function groupsOf(id) {
  const groups = [];
  let cursor = '';
  do {
    const page = await show(id, cursor && `?cursor=${encodeURIComponent(cursor)}`);
    groups.push(...page.groups);
    cursor = page.cursor;
  } while (cursor);
  return groups;
}

/** @param {Json[]} groups @param {string} action
 * @returns {string[]} the payments, or the orders, to which that is to be done */
const planned = (groups, action) =>
  groups
    .filter(({ confidence }) => confidence !== 'possible')
    .flatMap(({ orders }) => orders)
    .flatMap((/** @type {Json} */ order) => (action === 'cancel' ? [order] : order.payments))
    .filter((/** @type {Json} */ each) => each.action === action)
    .map(({ id }) => id)
    .sort();

/** @param {Json[]} list @param {string} name */
const sorted = (list, name) => list.map((each) => each[name]).sort();

/** An order of the past at the location that is everybody's.
 * @param {Json} more */
const sold = (more) => ({
  location_id: twin.location,
  line_items: [{ name: 'Adana Kebabı', quantity: '2', base_price_money: { amount: 35000, currency: 'TRY' } }],
  payments: [{}],
  ...more,
});

/** Two orders that are one, and a plan that says so.
 * @param {Json} [more]
 * @returns {Promise<{id: string, audit: Json, payments: string[]}>} */
async function planOfTwo(more) {
  const labels = { reference_id: 'ref-1', ticket_name: 'Masa 7', ...more };
  const { orders } = await twinControl('seed', {
    orders: [sold({ ...labels, created_at: ago(9) }), sold({ ...labels, created_at: ago(8.999) })],
  });
  const id = await begin({}, {});
  await tick();
  const audit = await show(id, '', {});
  expect(audit).toMatchObject({ state: 'planned', totals: [{ duplicates: 1 }] });
  return { id, audit, payments: orders.map((/** @type {Json} */ each) => each.payments[0]) };
}

/** @param {string} id @param {Json} body @param {Json} [options] */
const approve = (id, body, options) => ask('POST', `/v1/audits/${id}/approve`, { body, ...options });

test('of 47 restaurants and 312 duplicates all are planned, and nothing else is refunded', async () => {
  const { duplicates, near_misses } = await restaurantsWith({ ordersPerRestaurant: 20 });
  expect(duplicates).toHaveLength(312);
  const audit = await readAll(await begin());
  const groups = await groupsOf(audit.id);
  const of = (/** @type {string[]} */ ...kinds) =>
    duplicates.filter((/** @type {Json} */ { kind }) => kinds.includes(kind));

  // Of what was partly refunded nobody knows for what: it is left to a human, as disputes are.
  const due = duplicates.filter((/** @type {Json} */ { kind, action }) =>
    ['refund', 'record'].includes(action) && kind !== 'partly_refunded');
  expect(planned(groups, 'refund')).toEqual(sorted(due, 'payment_id'));
  expect(planned(groups, 'cancel')).toEqual(sorted(of('unpaid'), 'order_id'));
  const all = new Map(groups.flatMap((group) =>
    group.orders.map((/** @type {Json} */ order) => [order.id, { group, order }])));
  for (const { kind, order_id, kept_order_id, confidence } of duplicates) {
    if (kind === 'already_refunded') continue;
    const { group, order } = all.get(order_id);
    expect({ kind, confidence: group.confidence, survivor: group.survivor, role: order.role }).toEqual(
      { kind, confidence, survivor: kept_order_id, role: 'duplicate' });
  }
  const sure = groups.filter(({ confidence }) => confidence !== 'possible');
  const touched = new Set(sure.flatMap(({ orders }) => sorted(orders, 'id')));
  const misses = near_misses.flatMap((/** @type {Json} */ { order_ids }) => order_ids);
  expect(misses.filter((/** @type {string} */ id) => touched.has(id))).toEqual([]);

  const { disputes } = await show(audit.id, '?list=disputes');
  expect(sorted(disputes, 'payment_id')).toEqual(sorted(of('disputed'), 'payment_id'));
  expect(audit.progress).toMatchObject({ places: 47, places_done: 47, groups: groups.length });
  const sums = Object.fromEntries(
    audit.totals.map((/** @type {Json} */ { currency, refundable, records_only }) =>
      [currency, refundable.amount + records_only.amount]));
  for (const [currency, sum] of Object.entries(sums)) {
    const own = due.filter((/** @type {Json} */ each) => each.currency === currency);
    expect(sum).toBe(own.reduce((/** @type {number} */ total, /** @type {Json} */ each) => total + each.amount, 0));
  }
  expect(audit.places.map((/** @type {Json} */ { time_zone }) => time_zone)).toContain('Europe/Istanbul');
});

test('read in tiny pieces, tick by tick, an audit has the same figures and the same fingerprint', async () => {
  await restaurantsWith({ restaurants: 4, duplicates: 40, ordersPerRestaurant: 150 });
  const at_once = await readAll(await begin({ id: 'at-once' }));
  // The range is the other one's, to the millisecond.
  const { from, to } = at_once;
  const id = await begin({ from, to, id: 'in-pieces' });
  const in_pieces = await readAll(id, { SUBREQUEST_BUDGET: '10' });
  expect(in_pieces.fingerprint).toBe(at_once.fingerprint);
  expect(in_pieces.totals).toEqual(at_once.totals);
  expect(in_pieces.progress).toEqual(at_once.progress);
});

test('a cell that begins with = is no formula', async () => {
  const { id } = await planOfTwo({ reference_id: '=HYPERLINK("x")' });
  const table = await send('GET', `/v1/audits/${id}?format=csv`);
  expect(table.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  const text = await table.text();
  expect(text.split('\r\n')).toHaveLength(4);
  expect(text).toContain(`,"'=HYPERLINK(""x"")",Masa 7,70000,TRY,`);
});

describe('an approval', () => {
  test('is done once: the same again is the same, and adds nothing', async () => {
    const { id, audit, payments } = await planOfTwo();
    const body = { fingerprint: audit.fingerprint, confidence: 'certain' };
    const approved = { groups: 1, refunds: 1, cancels: 0, amount: { TRY: 70000 } };
    expect(await approve(id, body)).toMatchObject({ status: 202, body: { approved } });
    expect(await approve(id, body)).toMatchObject({ status: 200, body: { approved } });
    expect(await query('SELECT target, amount, state FROM pos_repairs')).toEqual([
      { target: payments[1], amount: 70000, state: 'due' },
    ]);
    expect(await show(id, '', {})).toMatchObject({ state: 'approved', repairs: { due: 1 } });
  });

  test('of a plan that is true no more approves nothing: it is read and planned anew', async () => {
    const { id, audit, payments } = await planOfTwo();
    const refund = await fetch(`${twin.url}/v2/refunds`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${twin.token}`,
        'square-version': '2025-08-20',
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        idempotency_key: 'by-hand',
        payment_id: payments[1],
        amount_money: { amount: 70000, currency: 'TRY' },
      }),
    });
    expect(refund.status).toBe(200);
    const body = { fingerprint: audit.fingerprint, confidence: 'certain' };
    const { status, body: problem } = await approve(id, body);
    expect(status).toBe(409);
    expect(problem.detail).toContain(`payment ${payments[1]} was refunded since`);
    expect(await query('SELECT * FROM pos_repairs')).toEqual([]);
    expect(await show(id, '', {})).toMatchObject({ state: 'reading', edition: 2 });
    await tick();
    const anew = await show(id, '', {});
    expect(anew).toMatchObject({ state: 'planned', edition: 2, groups: [] });
    expect(await approve(id, body)).toMatchObject({ status: 409 });
    expect(anew.fingerprint).not.toBe(audit.fingerprint);
  });

  test('takes the second person, where there is one', async () => {
    const { id, audit } = await planOfTwo();
    const body = { fingerprint: audit.fingerprint, confidence: 'certain' };
    const env = { APPROVER_TOKEN };
    expect(await approve(id, body, { env })).toMatchObject({ status: 403 });
    expect(await query('SELECT * FROM pos_repairs')).toEqual([]);
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'x-approver-token': APPROVER_TOKEN };
    expect(await approve(id, body, { env, headers })).toMatchObject({ status: 202 });
  });

  test('says when to ask again if Square does not answer', async () => {
    const { id, audit } = await planOfTwo();
    await twinControl('faults', { plan: [{ times: 10, fault: 'http_500' }] });
    const body = { fingerprint: audit.fingerprint, confidence: 'certain' };
    const { status, headers } = await approve(id, body);
    expect({ status, after: headers.get('retry-after') }).toEqual({ status: 503, after: '30' });
    expect(await query('SELECT * FROM pos_repairs')).toEqual([]);
  });
});

test('a refund does not wait for an audit, however much there is to read', async () => {
  const { id, audit } = await planOfTwo();
  await approve(id, { fingerprint: audit.fingerprint, confidence: 'certain' });
  await begin({ id: 'another' }, {});
  await tick({ SUBREQUEST_BUDGET: '18' });
  expect(await query('SELECT state FROM pos_repairs')).toEqual([{ state: 'done' }]);
  expect(await show('another', '', {})).toMatchObject({ state: 'reading' });
});

test('a refund waits while the token may not read disputes: its log names the permission, and a retry sends it', async () => {
  const { id, audit, payments } = await planOfTwo();
  await approve(id, { fingerprint: audit.fingerprint, confidence: 'certain' });
  await twinControl('rules', { disputesForbidden: true });
  const repair = async () => (await query('SELECT state, reason, attempts, request FROM pos_repairs'))[0];
  for (let ticks = 0; ticks < 40 && (await repair()).state === 'due'; ticks += 1) {
    await query('UPDATE pos_repairs SET next_attempt_at = 0');
    await tick();
  }
  // It was counted, and nothing was frozen or sent.
  expect(await repair()).toMatchObject({ state: 'stopped', attempts: 10, request: null });
  const log = await ask('GET', `/v1/audits/${id}/repairs?target=${payments[1]}`);
  expect(JSON.stringify(log.body)).toContain('DISPUTES_READ');
  await twinControl('rules', { disputesForbidden: false });
  const retried = await ask('POST', `/v1/audits/${id}/repairs/retry`, { body: { target: payments[1] } });
  expect(retried).toMatchObject({ status: 200 });
  await tick();
  expect(await repair()).toMatchObject({ state: 'done' });
});

test('bad input is refused by name', async () => {
  const range = { from: '2026-01-01', to: '2026-02-01' };
  const detail = async (/** @type {Json} */ body) => (await ask('POST', '/v1/audits', { body })).body.detail;
  expect(await detail({ ...range, from: '2024-12-31' })).toMatch(/^to: expected at most a year/);
  expect(await detail({ ...range, restaurants: ['', 'nobody'] })).toMatch(/^restaurants\[1\]: "nobody" has no account/);
  expect(await detail({ ...range, restaurant: 'x' })).toBe('restaurant: unknown field');
  expect(await ask('GET', '/v1/audits/none')).toMatchObject({ status: 404 });
});

test('the cron of a quarter makes one audit, however often it comes', async () => {
  const env = /** @type {any} */ (envWith());
  for (let times = 0; times < 2; times += 1) {
    const context = createExecutionContext();
    await worker.scheduled(createScheduledController({ cron: AUDIT_CRON }), env);
    await waitOnExecutionContext(context);
  }
  const { audits } = (await ask('GET', '/v1/audits')).body;
  expect(audits).toHaveLength(1);
  expect(audits[0]).toMatchObject({ id: expect.stringMatching(/^quarter-\d{4}-Q[1-4]$/), state: 'reading', progress: { places: 1 } });
});

test('a location is left out of an audit and put back over HTTP, by who operates', async () => {
  await restaurantsWith({ restaurants: 2, duplicates: 4, ordersPerRestaurant: 6 });
  const id = await begin();
  const { places } = await show(id);
  const location = places[1].location_id;
  const path = `/v1/audits/${id}/places/${encodeURIComponent(location)}`;
  const body = { actor: 'ayse', reason: 'sold in May' };
  expect((await send('GET', `${path}/leave-out`, { env: SETUP })).status).toBe(405);
  expect(await ask('POST', `${path}/leave-out`, { body, env: SETUP })).toMatchObject({
    status: 200,
    body: { id, state: 'reading', place: { step: 'left_out', left_out: { by: 'ayse', reason: 'sold in May' } } },
  });
  const less = await readAll(id);
  expect(less.places[1]).toMatchObject({ location_id: location, step: 'left_out', orders: 0 });
  expect(await ask('POST', `${path}/put-back`, { body, env: SETUP })).toMatchObject({
    status: 200,
    body: { id, state: 'reading', fingerprint: null, place: { step: 'location', left_out: null } },
  });
  const whole = await readAll(id);
  expect(whole.places[1]).toMatchObject({ step: 'done' });
  expect(whole.fingerprint).not.toBe(less.fingerprint);
  expect((await ask('POST', `/v1/audits/${id}/places/nowhere/put-back`, { body, env: SETUP })).status).toBe(404);
});
