// The push of an order at once, behind the answer of POST /v1/orders: it books without any cron, it gets
// in no cron's way, and what it does not finish a cron finishes.
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Luck } from '../../scripts/lib/dice.mjs';
import { statementsThatAge } from './lib/clock.js';
import { Gate } from './lib/gate.js';
import { ask, cleanWorldBeforeEach, db, enqueue, payload, query, rowsOf, tick, twinControl } from './lib/world.js';

/** @import { Command, RequestFault, Job } from './lib/gate.js' */
/** @typedef {Record<string, any>} Json */

cleanWorldBeforeEach();

const SECOND = 1000;
const AT_ONCE = { PUSH_ON_ENQUEUE: undefined };

/** @param {Json} [order] @param {Json} [env] */
const post = (order, env) =>
  ask('POST', '/v1/orders', { body: { order_id: 'ord-1', payload: payload(), ...order }, env: { ...AT_ONCE, ...env } });

const requests = async () => (await twinControl('state')).requests;

/** One order at Square, one payment, and the row says so.
 * @param {string} [order_id] */
async function expectBookedOnce(order_id = 'ord-1') {
  expect(await rowsOf(order_id)).toMatchObject([{ status: 'success' }]);
  expect(await twinControl('summary')).toMatchObject({ orders: 1, payments: 1, extra_orders: 0, extra_payments: 0 });
}

describe('POST /v1/orders', () => {
  test('books a new order at once: it is at Square without any cron', async () => {
    expect(await post()).toMatchObject({ status: 201, body: { status: 'pending' } });
    await expectBookedOnce();
    const lines = await query('SELECT actor, event FROM pos_sync_audit ORDER BY id');
    expect(lines).toEqual([
      { actor: 'http', event: 'enqueued' },
      { actor: 'order', event: 'payment_accepted' },
    ]);
  });

  test('pushes that order and nothing else that is due', async () => {
    await enqueue({ order_id: 'other' });
    await post();
    expect(await rowsOf('other')).toMatchObject([{ status: 'pending', attempts: 0 }]);
    await expectBookedOnce();
  });

  test('does not say that the cron is alive', async () => {
    await post();
    expect((await ask('GET', '/v1/status')).body).toMatchObject({ last_tick_at: null, due: 0 });
    await tick();
    const { last_tick_at } = (await ask('GET', '/v1/status')).body;
    expect(last_tick_at).toEqual(expect.any(Number));
  });

  test('pushes an order that was in already and is still due, and one that is booked not again', async () => {
    await post({}, { PUSH_ON_ENQUEUE: 'off' });
    expect(await requests()).toEqual([]);
    expect(await post()).toMatchObject({ status: 200, body: { status: 'pending' } });
    await expectBookedOnce();
    const before = await requests();
    expect(await post()).toMatchObject({ status: 200, body: { status: 'success' } });
    expect(await requests()).toEqual(before);
  });

  test('leaves the order to the cron where PUSH_ON_ENQUEUE is off', async () => {
    for (const off of ['off', false]) {
      expect((await post({ order_id: `ord-${off}` }, { PUSH_ON_ENQUEUE: off })).status).toBe(201);
    }
    expect(await requests()).toEqual([]);
    expect(await post({}, { PUSH_ON_ENQUEUE: 'perhaps' })).toMatchObject({
      status: 503,
      body: { detail: expect.stringContaining('PUSH_ON_ENQUEUE: expected on or off') },
    });
  });

  test('of one order, many times at once, sells it once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => post()));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    await expectBookedOnce();
  });

  test('takes the order in where Square is not set up yet: a cron pushes it later', async () => {
    expect(await post({}, { SQUARE_ACCESS_TOKEN: '' })).toMatchObject({ status: 201 });
    expect(await requests()).toEqual([]);
    await tick();
    await expectBookedOnce();
  });

  test('leaves an order of a paused account to the cron', async () => {
    await db.prepare("UPDATE pos_accounts SET paused_until = 9007199254740990, pause_reason = 'throttled'").run();
    expect((await post()).status).toBe(201);
    expect(await requests()).toEqual([]);
    await db.prepare('UPDATE pos_accounts SET paused_until = 0').run();
    await tick();
    await expectBookedOnce();
  });

  test('leaves an order of an account whose breaker is open to the cron, which probes', async () => {
    await db.prepare('UPDATE pos_accounts SET breaker_opens = 1, unknown_run = 5').run();
    expect((await post()).status).toBe(201);
    expect(await requests()).toEqual([]);
    expect(await query('SELECT pause_reason FROM pos_accounts')).toEqual([{ pause_reason: '' }]);
    await tick();
    await expectBookedOnce();
  });

  test('leaves an order that may be what kills workers to the cron, which takes it alone', async () => {
    await post({}, { PUSH_ON_ENQUEUE: 'off' });
    await db
      .prepare(
        'INSERT INTO pos_sync_claims (claim_key, holder, claimed_at, lease_until, settled_at, order_id, ' +
          "provider, revision, takeovers) VALUES ('pos-sync:ord-1:square', 'x.1', 1, 0, 2, 'ord-1', 'square', 1, 2)",
      )
      .run();
    await post();
    expect(await requests()).toEqual([]);
    await tick();
    await expectBookedOnce();
  });

  test('that is throttled pauses the account, and costs no attempt', async () => {
    const refusal = { match: { path: '/v2/orders' }, times: 1, fault: 'http_429' };
    await twinControl('faults', { plan: [refusal] });
    expect((await post()).status).toBe(201);
    expect(await rowsOf('ord-1')).toMatchObject([{ status: 'failed', attempts: 0 }]);
    expect(await query('SELECT pause_reason FROM pos_accounts')).toEqual([{ pause_reason: 'throttled' }]);
    await post({ order_id: 'ord-2' });
    expect(await rowsOf('ord-2')).toMatchObject([{ status: 'pending', attempts: 0 }]);
  });

  test('that is refused is dead with its reason', async () => {
    await twinControl('faults', { plan: [{ match: { path: '/v2/orders' }, times: 1, fault: 'http_400' }] });
    expect((await post()).status).toBe(201);
    expect(await rowsOf('ord-1')).toMatchObject([{ status: 'dead', last_error: expect.stringMatching(/^rejected: /) }]);
  });
});

describe('a push at once, beside a cron', () => {
  /** @type {string[]} */
  let aging;
  /** @type {Gate} */
  let gate;

  beforeAll(async () => {
    aging = await statementsThatAge();
  });

  beforeEach(() => {
    gate = new Gate({ luck: new Luck(1), aging, settings: AT_ONCE });
    gate.open();
  });

  afterEach(() => gate.close());

  const order = { order_id: 'ord-1', payload: payload() };

  /** Goes on with a job, all well, until a command waits that `isWanted` accepts.
   * @param {Job} job @param {(command: Command) => unknown} isWanted
   * @returns {Promise<Command>} */
  async function until(job, isWanted) {
    for (;;) {
      const [command] = gate.choices(job);
      if (!command) throw new Error(gate.story.join('\n'));
      if (isWanted(command)) return command;
      await (command.batch ? gate.endBatch(command, 'done') : gate.endFetch(command, 'accepted'));
    }
  }

  /** The batches before it are a look, and the write that asks once more.
   * @param {Command} command */
  const isClaim = ({ batch }) => batch?.length === 5;

  /** An order that was just enqueued, and whose push at once has a request out. */
  async function pushing() {
    const job = await gate.post('/v1/orders', order);
    return { job, request: await until(job, ({ flight }) => flight) };
  }

  /** Enough time and ticks for whatever is left. */
  async function calmly() {
    for (let n = 0; n < 3; n += 1) {
      await gate.pass(1200 * SECOND);
      await gate.run(await gate.tick());
    }
    expect(gate.accusations, gate.story.join('\n')).toEqual([]);
    await expectBookedOnce();
  }

  test('has answered before it sends anything', async () => {
    const job = await gate.post('/v1/orders', order);
    await until(job, isClaim);
    expect(job.answer).toMatchObject({ status: 201 });
    expect(job.isAlive).toBe(true);
    expect(await requests()).toEqual([]);
    await gate.run(job);
    await calmly();
  });

  test('a cron that overlaps it does not send the order a second time', async () => {
    const { job } = await pushing();
    await gate.run(await gate.tick());
    expect(await requests()).toEqual([]);
    await gate.run(job);
    await expectBookedOnce();
    expect(await requests()).toHaveLength(2);
    await calmly();
  });

  test('it does not send what a cron has claimed before it', async () => {
    const job = await gate.post('/v1/orders', order);
    await until(job, isClaim);
    const cron = await gate.tick();
    await until(cron, ({ flight }) => flight);
    await gate.run(job);
    expect(await requests()).toEqual([]);
    await gate.run(cron);
    expect(await requests()).toHaveLength(2);
    await calmly();
  });

  test.each(/** @type {const} */ (['done', 'late', 'never']))(
    'it is killed with a request out, which lands: %s; a cron finishes the order, once',
    async (becomes) => {
      const { job } = await pushing();
      await gate.kill(job, () => becomes);
      // Its lease is short: 25 s + 10 s + the quiet time and a clock's step, instead of 16 minutes.
      await gate.pass(186 * SECOND);
      await gate.run(await gate.tick());
      expect(await query("SELECT event FROM pos_sync_audit WHERE event = 'taken_over'")).toHaveLength(1);
      await calmly();
    },
  );

  test('before its lease is over nobody takes it over', async () => {
    const { job } = await pushing();
    await gate.kill(job, () => 'late');
    await gate.pass(184 * SECOND);
    await gate.run(await gate.tick());
    expect(await query("SELECT event FROM pos_sync_audit WHERE event = 'taken_over'")).toEqual([]);
    await calmly();
  });

  test('a request that hangs ends after 10 s, and is not repeated at once', async () => {
    const { job, request } = await pushing();
    await gate.endFetch(request, 'timeout after the effect');
    await gate.pass(10 * SECOND - 1);
    expect(job.isAlive && gate.choices(job)).toEqual([]);
    await gate.pass(1);
    await gate.run(job);
    expect(await requests()).toHaveLength(1);
    expect(await rowsOf('ord-1')).toMatchObject([{ status: 'failed' }]);
    await calmly();
  });

  test('starts no request that could outlast its 25 s: the payment is for the cron', async () => {
    const job = await gate.post('/v1/orders', order);
    const claim = await until(job, isClaim);
    await gate.pass(7 * SECOND);
    await gate.endBatch(claim, 'done');
    const request = await until(job, ({ flight }) => flight);
    await gate.pass(9 * SECOND);
    await gate.endFetch(request, 'accepted');
    await gate.run(job);
    expect(await requests()).toMatchObject([{ path: '/v2/orders' }]);
    expect(await query('SELECT event FROM pos_sync_audit ORDER BY id DESC LIMIT 1')).toEqual([{ event: 'order_accepted' }]);
    await calmly();
  });

  test.each(/** @type {RequestFault[]} */ (['lost after the effect', '500 with effect', 'throttled', 'unauthorized']))(
    'a request of its that is %s is followed up by the cron',
    async (fault) => {
      const { job, request } = await pushing();
      await gate.endFetch(request, fault);
      await gate.run(job);
      await calmly();
    },
  );

  test.each(/** @type {const} */ (['lost', 'failed', 'late']))('a claim of its that is %s sells nothing twice', async (fault) => {
    const job = await gate.post('/v1/orders', order);
    const claim = await until(job, isClaim);
    await gate.endBatch(claim, fault);
    await gate.run(job);
    for (const batch of gate.lateBatches.splice(0)) await gate.commit(batch);
    await calmly();
  });
});
