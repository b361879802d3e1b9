// What the shell promises around the jobs that it starts: which trigger starts what, what a job may still
// spend, and who hears of one that failed.
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test';
import { afterEach, describe, expect, inject, test, vi } from 'vitest';
import { Core } from '../../bindings/core.js';
import worker from '../../worker.js';
import { ask, cleanWorldBeforeEach, db, enqueue, envWith, hurry, logged, tick } from './lib/world.js';

/** @typedef {Record<string, any>} Json */

cleanWorldBeforeEach();

afterEach(() => vi.restoreAllMocks());

/** The headers of all jobs that are started from now on. */
function startedJobs() {
  /** @type {Json[]} */
  const headers = [];
  const { start } = Core.prototype;
  vi.spyOn(Core.prototype, 'start').mockImplementation(/** @this {Core} */ function startAndNote(header, attachments) {
    headers.push(header);
    return start.call(this, header, attachments);
  });
  return headers;
}

/** Something to do for the past: a mail that is due. */
const plantPast = () => db.prepare(
  'INSERT INTO pos_mails (id, audit_id, restaurant_id, language, subject, body, state) ' +
    "VALUES ('m', 'a', 'r', 'en', 's', 'b', 'due')",
).run();

/** A D1 that is away for whoever asks what there is to do for the past. */
const awayForThePast = () => ({
  prepare(/** @type {string} */ sql) {
    const statement = db.prepare(sql);
    // A statement that is bound is another object.
    return { bind: (/** @type {unknown[]} */ ...values) => Object.assign(statement.bind(...values), { words: sql }) };
  },
  async batch(/** @type {(D1PreparedStatement & {words: string})[]} */ statements) {
    if (statements.some(({ words }) => words.includes(' AS reads'))) throw new Error('D1_ERROR: overloaded');
    return db.batch(statements);
  },
});

describe('the crons of wrangler.toml', () => {
  /** @param {string} cron */
  async function jobsOf(cron) {
    const headers = startedJobs();
    const context = createExecutionContext();
    const controller = createScheduledController({ cron });
    const scheduled = /** @type {ExportedHandlerScheduledHandler} */ (worker.scheduled);
    // How it ends is another test's.
    await Promise.allSettled([scheduled(controller, envWith(), context)]);
    await waitOnExecutionContext(context);
    return headers.map(({ job, route, door }) => [job, route, door].filter(Boolean).join(' '));
  }

  test('are two: one that drains the queue, and one that asks for the audit of the quarter', async () => {
    const jobs = [];
    for (const cron of inject('crons')) jobs.push([cron, (await jobsOf(cron))[0]]);
    expect(jobs).toEqual([
      ['*/30 * * * *', 'tick cron'],
      // Were the text of worker.js another one, each quarter's audit would be a tick, and nobody would notice.
      ['0 3 1 1,4,7,10 *', 'repair.http audits.quarterly cron'],
    ]);
  });
});

describe('the repair behind a tick', () => {
  test('has only the requests and D1 calls that the tick has left, or both together would break the limit', async () => {
    await plantPast();
    await enqueue({ order_id: 'ord-1' }, { order_id: 'ord-2' });
    const headers = startedJobs();
    const { body } = await ask('POST', '/v1/drain');
    expect(body).toMatchObject({ booked: 2, requests: 4 });
    const [repair] = headers.filter(({ job }) => job === 'repair');
    expect(repair.spent_subrequests).toBe(body.requests + body.d1_calls);
    expect(repair.spent_subrequests).toBeGreaterThan(6);
  });

  test('has only the time that the tick has left, in whole milliseconds', async () => {
    await plantPast();
    let now = 5000.25;
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 1000.5));
    const headers = startedJobs();
    await tick();
    const [repair] = headers.filter(({ job }) => job === 'repair');
    const readings = repair.spent_ms / 1000.5;
    expect(Number.isInteger(repair.spent_ms)).toBe(true);
    expect(Math.ceil(readings)).toBeGreaterThan(1);
  });

  test('is not refused where a clock was set back meanwhile: nothing was spent, not less than nothing', async () => {
    await plantPast();
    let now = 10_000_000;
    vi.spyOn(performance, 'now').mockImplementation(() => (now -= 1000));
    const headers = startedJobs();
    await tick();
    expect(headers.find(({ job }) => job === 'repair')).toMatchObject({ spent_ms: 0 });
  });

  test('that failed is heard of: the cron run fails with its words, and the drain answers 503', async () => {
    await plantPast();
    hurry();
    await expect(tick({ D1_OPS: awayForThePast() })).rejects.toThrow(/overloaded/);
    expect(await ask('POST', '/v1/drain', { env: { D1_OPS: awayForThePast() } })).toMatchObject({
      status: 503, body: { detail: expect.stringContaining('overloaded') },
    });
    expect(logged.filter((line) => line.includes('repair ended') && line.includes('requests'))).not.toEqual([]);
  });

  test('is not started where the tick failed: its words would hide what is wrong', async () => {
    await plantPast();
    hurry();
    const headers = startedJobs();
    const away = { prepare: () => ({ bind: () => ({}) }), batch: async () => {
      throw new Error('D1_ERROR: away');
    } };
    await expect(tick({ D1_OPS: away })).rejects.toThrow(/away/);
    expect(headers.map(({ job }) => job)).toEqual(['tick']);
  });
});
