// Runs in workerd: a worker behind a D1 that counts, and the doors that a measurement needs. The
// worker itself is the one that ships; what it does to D1 passes through here untouched.

/** @typedef {Record<string, any>} Json */
/** @typedef {{calls: number, read: number, written: number}} Cost */
/** @typedef {{trips: number, statements: Record<string, Cost>}} Tally */

/** What D1 said in its own `meta` since the last time that somebody asked.
 * @type {Tally} */
let tally = { trips: 0, statements: {} };

/** @param {string} sql
 * @param {Json} meta */
function count(sql, meta) {
  const cost = (tally.statements[sql] ??= { calls: 0, read: 0, written: 0 });
  cost.calls += 1;
  cost.read += meta.rows_read;
  cost.written += meta.rows_written;
}

class Statement {
  /** @param {Json} inner
   * @param {string} sql */
  constructor(inner, sql) {
    this.inner = inner;
    this.sql = sql;
  }

  /** @param {...unknown} values */
  bind(...values) {
    return new Statement(this.inner.bind(...values), this.sql);
  }

  async all() {
    tally.trips += 1;
    const result = await this.inner.all();
    count(this.sql, result.meta);
    return result;
  }

  run() {
    return this.all();
  }
}

/** @param {Json} db */
const counting = (db) => ({
  prepare: (/** @type {string} */ sql) => new Statement(db.prepare(sql), sql),

  async batch(/** @type {Statement[]} */ statements) {
    tally.trips += 1;
    const results = await db.batch(statements.map(({ inner }) => inner));
    for (const [i, { sql }] of statements.entries()) count(sql, results[i].meta);
    return results;
  },
});

/** @param {Json} env */
const withCount = (env) => ({ ...env, D1_OPS: counting(env.D1_OPS) });

/** Does all tasks, a few at a time.
 * @param {Json[]} tasks
 * @param {number} atOnce
 * @param {(task: Json) => Promise<void>} work */
async function inLanes(tasks, atOnce, work) {
  let next = 0;
  const lane = async () => {
    while (next < tasks.length) await work(tasks[next++]);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

/** Enqueues orders through the worker's own HTTP door, which freezes them and leaves them to a tick.
 * @param {Json} worker
 * @param {Json} env
 * @param {Json} context
 * @param {Json[]} orders */
async function enqueue(worker, env, context, orders) {
  const headers = { authorization: `Bearer ${env.ADMIN_TOKEN}` };
  await inLanes(orders, 8, async (order) => {
    const init = { method: 'POST', headers, body: JSON.stringify(order) };
    const request = new Request('http://bench/v1/orders', init);
    const waiting = { ...withCount(env), PUSH_ON_ENQUEUE: 'off' };
    const response = await worker.fetch(request, waiting, context);
    if (response.status !== 201) throw new Error(`the door: ${await response.text()}`);
  });
}

/** Sends bodies to the provider and does nothing else: what a tick's wall time could be at best on
 * this machine, in this minute.
 * @param {Json} env
 * @param {{slots: number, bodies: Json[]}} job */
async function sendBare(env, { slots, bodies }) {
  const headers = {
    authorization: `Bearer ${env.SQUARE_ACCESS_TOKEN}`,
    'content-type': 'application/json',
    'square-version': '2025-08-20',
  };
  await inLanes(bodies, slots, async (body) => {
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await fetch(`${env.SQUARE_BASE_URL}/v2/orders`, init);
    const text = await response.text();
    if (response.status !== 200) throw new Error(`the bare loop: ${text}`);
  });
}

/** @param {Json} env
 * @param {[sql: string, ...parameters: unknown[]][]} statements */
async function runSql(env, statements) {
  const db = counting(env.D1_OPS);
  const prepared = statements.map(([sql, ...parameters]) => db.prepare(sql).bind(...parameters));
  const results = await db.batch(prepared);
  return results.map((/** @type {Json} */ { results: rows }) => rows);
}

/** @param {Json} worker the default export of the worker that is measured */
export const meter = (worker) => {
  /** @type {Record<string, (env: Json, body: any, context: Json) => unknown>} */
  const doors = {
    '/sql': runSql,
    '/door': (env, orders, context) => enqueue(worker, env, context, orders),
    '/bare': sendBare,
    '/tally'() {
      const counted = tally;
      tally = { trips: 0, statements: {} };
      return counted;
    },
  };
  return {
    /** @param {Request} request
     * @param {Json} env
     * @param {Json} context */
    async fetch(request, env, context) {
      try {
        const door = doors[new URL(request.url).pathname];
        return Response.json((await door(env, await request.json(), context)) ?? null);
      } catch (error) {
        return new Response(String(error), { status: 500 });
      }
    },

    /** @param {Json} controller
     * @param {Json} env
     * @param {Json} context */
    scheduled: (controller, env, context) => worker.scheduled(controller, withCount(env), context),
  };
};
