// Seeded schedules: what a seed makes go wrong while the worker that ships pushes a few orders.
import { Luck } from '../../../scripts/lib/dice.mjs';
import { judge } from '../../support/verdict.js';
import { Gate, REPLIES, WEBHOOK } from './gate.js';
import { db, payload, query, twinControl } from './world.js';

/** @import { BatchFault, RequestFault, Job } from './gate.js' */
/** @import { Finding } from '../../support/verdict.js' */

/** @typedef {Record<string, any>} Json */
/** @typedef {{order_id: string, restaurant_id: string, isPaid: boolean, payload: Json}} Asked */

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Past every lease, quiet time, backoff and pause there can be. */
export const RECOVERY_MS = 20 * MINUTE;
const CALM_TICKS_MOST = 40;

const CLOCK_STEP_MS = 30 * SECOND;

/** How many jobs overlap at most, but for what operators ask for. */
const ALIVE_MOST = 3;

/** How long a faultPhase may last, in steps. */
const STEPS_MOST = 300;

/** Short time, just short of a quiet time, past one, past a lease: each is somebody's boundary.
 * @type {[least: number, most: number][]} */
const WHILES = [
  [100, 29 * SECOND],
  [85 * SECOND, 119 * SECOND],
  [120 * SECOND, 300 * SECOND],
  [961 * SECOND, 1300 * SECOND],
];

const REQUEST_FAULTS = /** @type {RequestFault[]} */ (Object.keys(REPLIES)).filter((fault) => fault !== 'accepted');

/** @type {BatchFault[]} */
const BATCH_FAULTS = ['lost', 'failed', 'late'];

/** For how long Square remembers a key: for as long as an order is tried, or hardly longer than a lease. */
const WINDOWS_S = [72_000, 3000, 961];

/** For how long a booking may be missing from what Square lists: never, or as long as the worker puts up with. */
const LAGS_MS = [0, 60 * SECOND];

/** Everything anew, but for the schema. */
const FORGET = [
  'DELETE FROM pos_sync_queue',
  'DELETE FROM pos_sync_claims',
  'DELETE FROM pos_sync_ledger',
  'DELETE FROM pos_sync_audit',
  'DELETE FROM pos_sync_unknown_codes',
  'DELETE FROM pos_webhook_events',
  "DELETE FROM pos_accounts WHERE restaurant_id <> ''",
  "UPDATE pos_accounts SET paused_until = 0, pause_reason = '', unknown_run = 0, breaker_opens = 0, pace = 0, refused_since = NULL, refusal = '', refusal_run = 0",
];

const INSERT =
  'INSERT INTO pos_sync_queue (order_id, provider, restaurant_id, payload) ' +
  "VALUES (?1, 'square', ?2, ?3) " +
  "ON CONFLICT (order_id, provider) WHERE status IN ('pending','failed') DO NOTHING";

const SET_BACK =
  "UPDATE pos_sync_queue SET status = 'pending', next_attempt_at = 0 WHERE order_id = ?1 AND status = 'failed'";

/** @param {Asked} order */
const insertion = ({ order_id, restaurant_id, payload: content }) =>
  db.prepare(INSERT).bind(order_id, restaurant_id, JSON.stringify(content));

/** A few orders of a few restaurants, paid and unpaid.
 * @param {Luck} luck
 * @param {number} count
 * @returns {Asked[]} */
export function ordersOf(luck, count) {
  return Array.from({ length: count }, (_each, n) => {
    const isPaid = luck.strikes(0.6);
    const price = 10000 + n;
    const items = [{ name: 'Adana Kebabı', quantity: '1', unit_price: price }];
    const payment = isPaid ? { type: 'external', source: 'thMenu', amount: price } : undefined;
    return {
      order_id: `ord-${n + 1}`,
      restaurant_id: luck.pick(['', 'adana', 'urfa']),
      isPaid,
      payload: payload({ items, payment }),
    };
  });
}

/** An empty world in which these orders are enqueued.
 * @param {Asked[]} orders
 * @param {Json} [rules] how the local Square behaves */
export async function beginAnew(orders, rules = {}) {
  await db.batch([...FORGET.map((sql) => db.prepare(sql)), ...orders.map(insertion)]);
  await twinControl('reset', {});
  await twinControl('rules', rules);
}

/** Ticks, far enough apart, until there is nothing left to do.
 * @param {Gate} gate
 * @returns {Promise<number>} how many it took */
export async function recoveryPhase(gate) {
  for (let ticks = 0; ; ticks += 1) {
    const active = await db.prepare("SELECT 1 FROM pos_sync_queue WHERE status IN ('pending', 'failed')").first();
    if (!active || ticks === CALM_TICKS_MOST) return ticks;
    if (ticks > 0) await gate.pass(RECOVERY_MS);
    await gate.run(await gate.tick());
  }
}

const ROWS =
  'SELECT q.order_id, q.status, q.last_error, q.external_order_id, q.external_payment_id, l.in_doubt_since ' +
  'FROM pos_sync_queue q LEFT JOIN pos_sync_ledger l ' +
  'ON l.order_id = q.order_id AND l.provider = q.provider AND l.revision = q.revision ORDER BY q.id';

/** What is wrong in this world now.
 * @param {Asked[]} orders
 * @returns {Promise<{findings: Finding[], rows: Json[]}>} */
export async function verdictOn(orders) {
  const [rows, square] = await Promise.all([query(ROWS), twinControl('state')]);
  return { findings: judge(orders, rows, square), rows };
}

class FaultSchedule {
  /** @param {number} seed @param {string[]} aging */
  constructor(seed, aging) {
    const luck = new Luck(seed);
    this.luck = luck;
    this.batchFaults = luck.pick([0, 0, 0.1, 0.3]);
    this.fetchFaults = luck.between(0, 80) / 100;
    const windowSeconds = luck.pick(WINDOWS_S);
    const lagMs = luck.pick(LAGS_MS);
    this.rules = {
      keyWindowMs: windowSeconds * SECOND,
      settleDelayMs: lagMs,
      retrieveDelayMs: luck.pick([0, lagMs]),
      pageSize: luck.pick([null, 1]),
    };
    this.gate = new Gate({
      luck,
      aging,
      settings: {
        BATCH_SIZE: String(luck.between(1, 3)),
        CONCURRENCY: String(luck.pick([1, 2, 6])),
        MAX_ATTEMPTS: String(luck.pick([2, 10, 1000])),
        RETRY_CAP_SECONDS: '600',
        DEDUPE_WINDOW_SECONDS: String(windowSeconds),
        PUSH_ON_ENQUEUE: luck.pick(['on', 'off']),
      },
    });
    this.orders = ordersOf(luck, luck.between(1, 3));
    /** Those that come by HTTP, until somebody was told that they are in. */
    this.unheard = this.orders.filter(() => luck.strikes(0.25));
    this.ticks = luck.between(1, 6);
    /** By how much D1's clock is stepped once in this schedule: as much as the worker puts up with. */
    this.clockStep = luck.pick([0, luck.between(-CLOCK_STEP_MS, CLOCK_STEP_MS), CLOCK_STEP_MS]);
    /** @type {Set<Asked>} */
    this.deleted = new Set();
    /** @type {Map<Job, Asked>} */
    this.posts = new Map();
    /** @type {Map<string, number>} */
    this.met = new Map();
  }

  async faultPhase() {
    await beginAnew(this.orders.filter((order) => !this.unheard.includes(order)), this.rules);
    const { SQUARE_WEBHOOK_URL: url, SQUARE_WEBHOOK_SIGNATURE_KEY: signature_key } = WEBHOOK;
    await twinControl('webhook', { url, signature_key });
    const toPost = [...this.unheard];
    for (let step = 0; step < STEPS_MOST; step += 1) {
      const { alive } = this.gate;
      if (alive.length === 0 && this.ticks === 0 && toPost.length === 0) break;
      await this.act(toPost);
    }
    for (const job of this.gate.alive) await this.kill(job);
    this.hear();
  }

  /** One step: a command ends, most often.
   * @param {Asked[]} toPost */
  async act(toPost) {
    const { gate, luck } = this;
    const { alive } = gate;
    const isIdle = alive.length === 0;
    const dice = luck.between(0, 99);
    if (toPost.length > 0 && (isIdle || dice < 15)) {
      const order = /** @type {Asked} */ (toPost.pop());
      this.posts.set(await this.post(order), order);
    } else if (this.ticks > 0 && alive.length < ALIVE_MOST && dice < (isIdle ? 40 : 15)) {
      this.ticks -= 1;
      await gate.tick();
    } else if (dice >= 97) {
      if (!isIdle) await this.kill(luck.pick(alive));
    } else if (dice >= 87) {
      await gate.pass(luck.between(...luck.pick(WHILES)));
    } else if (dice >= 81) {
      await this.land();
    } else if (dice >= 76) {
      await this.interfere(luck.pick(this.orders));
    } else if (dice === 75) {
      await gate.step(this.clockStep);
      this.clockStep = 0;
    } else if (dice >= 70) {
      await this.deliver();
    } else if (isIdle) {
      await gate.pass(luck.between(...luck.pick(WHILES)));
    } else {
      await this.goOn(luck.pick(alive));
    }
  }

  /** What producers and operators may do at any time.
   * @param {Asked} order */
  async interfere(order) {
    const { gate } = this;
    const what = this.luck.pick(/** @type {const} */ (['enqueued again', 'set back', 'deleted', 'replayed', 'canceled']));
    this.meet(what);
    gate.tell(`${order.order_id} is ${what}`);
    switch (what) {
      case 'enqueued again':
        await insertion(order).run();
        break;
      case 'set back':
        await db.prepare(SET_BACK).bind(order.order_id).run();
        break;
      case 'deleted':
        this.deleted.add(order);
        await db.prepare('DELETE FROM pos_sync_queue WHERE order_id = ?1').bind(order.order_id).run();
        break;
      case 'replayed':
        await gate.post(`/v1/orders/${order.order_id}/replay`, { actor: 'ayse' });
        break;
      case 'canceled':
        await gate.post(`/v1/orders/${order.order_id}/cancel`, { actor: 'ayse' });
        break;
    }
  }

  /** @param {Asked} order */
  post({ order_id, restaurant_id, payload: content }) {
    return this.gate.post('/v1/orders', { order_id, restaurant_id, payload: content });
  }

  /** @param {Job} job */
  async kill(job) {
    this.meet('killed');
    await this.gate.kill(job, () => this.luck.pick(/** @type {const} */ (['done', 'late', 'never'])));
  }

  /** @param {Job} job */
  async goOn(job) {
    const { gate, luck } = this;
    const choices = gate.choices(job);
    if (choices.length === 0) {
      await gate.pass(gate.clock.untilNext(job));
      return;
    }
    const command = luck.pick(choices);
    if (command.batch) {
      const fault = luck.strikes(this.batchFaults) ? luck.pick(BATCH_FAULTS) : 'done';
      this.meet(`batch: ${fault}`);
      await gate.endBatch(command, fault);
    } else {
      const drawn = luck.strikes(this.fetchFaults) ? luck.pick(REQUEST_FAULTS) : 'accepted';
      // A definite no is a human's; too many of them would leave nothing to see.
      const fault = drawn === 'definite no' && luck.strikes(0.5) ? '500 with effect' : drawn;
      this.meet(`${command.flight?.order ? 'fetch' : 'read'}: ${fault}`);
      await gate.endFetch(command, fault);
    }
  }

  /** Square tells of something that it has booked; of the same thing again, it may be. */
  async deliver() {
    const { events } = await twinControl('events');
    if (events.length === 0) return;
    const event = this.luck.pick(events);
    this.meet('an event is delivered');
    this.gate.tell(`Square tells of ${event.type}`);
    await this.gate.deliver(event);
  }

  /** Something lands for which nobody waits any more. */
  async land() {
    const { gate, luck } = this;
    const strays = gate.strays();
    const batches = gate.lateBatches;
    if (strays.length > 0 && (batches.length === 0 || luck.strikes(0.5))) {
      const flight = luck.pick(strays);
      gate.tell(`${flight.name} lands late`);
      this.meet('a request lands late');
      await gate.air.land(flight);
    } else if (batches.length > 0) {
      const [batch] = batches.splice(luck.between(0, batches.length - 1), 1);
      gate.tell(`a batch of ${batch.length} commits late`);
      this.meet('a batch commits late');
      await gate.commit(batch);
    }
  }

  /** Whoever was not told that an order is in asks again. */
  hear() {
    for (const [job, order] of this.posts) {
      const status = job.answer?.status;
      if (status === 200 || status === 201) this.unheard = this.unheard.filter((each) => each !== order);
    }
  }

  async recoveryPhase() {
    const { gate } = this;
    gate.tell('the faults stop');
    // All that is still under way ends now, some of it unheard.
    await gate.pass(RECOVERY_MS);
    for (const batch of gate.lateBatches.splice(0)) if (this.luck.strikes(0.5)) await gate.commit(batch);
    // Whoever deletes an order's row takes it back by enqueuing it again; the ledger has not forgotten it.
    if (this.deleted.size > 0) await db.batch([...this.deleted].map(insertion));
    for (const order of this.unheard) await gate.run(await this.post(order));
    await recoveryPhase(gate);
  }

  /** @param {string} what */
  meet(what) {
    this.met.set(what, (this.met.get(what) ?? 0) + 1);
  }
}

/** Plays one seed to its end and judges it.
 * @param {number} seed
 * @param {string[]} aging
 * @returns {Promise<{findings: Finding[], story: string[], rows: Json[], met: Map<string, number>, jobs: number}>} */
export async function play(seed, aging) {
  const schedule = new FaultSchedule(seed, aging);
  const { gate, orders, met } = schedule;
  gate.open();
  try {
    await schedule.faultPhase();
    await schedule.recoveryPhase();
  } catch (error) {
    gate.accuse('job', /** @type {Error} */ (error).stack ?? String(error));
  } finally {
    gate.close();
  }
  const { findings, rows } = await verdictOn(orders);
  const accusations = /** @type {Finding[]} */ (gate.accusations);
  return { findings: [...accusations, ...findings], story: gate.story, rows, met, jobs: gate.jobs.length };
}
