// An order that may be what kills its worker is taken by a core of its own, behind all others.
import { expect, test, vi } from 'vitest';
import { Core, CoreTrapped } from '../../bindings/core.js';
import { ask, cleanWorldBeforeEach, enqueue, logged, query, rowsOf, tick } from './lib/world.js';

cleanWorldBeforeEach();

/** As two workers have left it, one after the other, that both died with it in hand.
 * @param {string} order_id */
async function suspected(order_id) {
  await enqueue({ order_id });
  await tick({ SUBREQUEST_BUDGET: '10', SQUARE_BASE_URL: 'http://127.0.0.1:1' });
  await query(
    "UPDATE pos_sync_claims SET takeovers = 2, holder = 'gone.1' WHERE order_id = ?1",
    order_id,
  );
  await query('UPDATE pos_sync_queue SET next_attempt_at = 0');
  await query('UPDATE pos_sync_ledger SET in_doubt_since = NULL, last_sent_at = NULL, first_sent_at = NULL');
  await query("UPDATE pos_accounts SET paused_until = 0, pause_reason = '', unknown_run = 0");
}

/** From now on the core traps as soon as it is told of rows that it took as suspects. */
function trapOnSuspects() {
  const { start, step } = Core.prototype;
  const poisoned = new WeakSet();
  vi.spyOn(Core.prototype, 'start').mockImplementation(/** @this {Core} */ function (header, attachments) {
    if (/** @type {any} */ (header).suspects) poisoned.add(this);
    return start.call(this, header, attachments);
  });
  vi.spyOn(Core.prototype, 'step').mockImplementation(/** @this {Core} */ function (header, attachments) {
    if (poisoned.has(this)) throw new CoreTrapped(new Error('unreachable'));
    return step.call(this, header, attachments);
  });
}

test('a suspect is taken behind the others, and what became of it stands beside them', async () => {
  await suspected('ord-s');
  await enqueue({ order_id: 'ord-1' });
  const { status, body } = await ask('POST', '/v1/drain');
  expect(status).toBe(200);
  expect(body).toMatchObject({ claimed: 1, booked: 1, suspects: { claimed: 1, booked: 1 } });
  expect(await rowsOf('ord-s')).toMatchObject([{ status: 'success' }]);
});

test('a tick without a suspect starts no core for one', async () => {
  await enqueue({ order_id: 'ord-1' });
  const { body } = await ask('POST', '/v1/drain');
  expect(body).toMatchObject({ claimed: 1, booked: 1 });
  expect(body).not.toHaveProperty('suspects');
});

test('an order that kills its worker costs a tick nothing else: neither the others nor the repair', async () => {
  await suspected('ord-s');
  await enqueue({ order_id: 'ord-1' });
  // Something to do for the past: without it no core is started for that.
  await query(
    "INSERT INTO pos_mails (id, audit_id, restaurant_id, language, subject, body, state) VALUES ('m', 'a', 'r', 'en', 's', 'b', 'due')",
  );
  trapOnSuspects();
  const { status, body } = await ask('POST', '/v1/drain');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    claimed: 1,
    booked: 1,
    suspects: { status: 500, title: 'The core stopped unexpectedly' },
    repair: { d1_calls: expect.any(Number) },
  });
  expect(await rowsOf('ord-1')).toMatchObject([{ status: 'success' }]);
  expect(await rowsOf('ord-s')).toMatchObject([{ status: 'failed' }]);
  expect(logged.join('\n')).toContain('the core trapped');
});

test('the repair goes on behind a tick that was killed, and the tick says that it was', async () => {
  await enqueue({ order_id: 'ord-1' });
  const { step } = Core.prototype;
  let first = true;
  /** @type {Record<string, unknown>[]} */
  const started = [];
  const { start } = Core.prototype;
  vi.spyOn(Core.prototype, 'start').mockImplementation(/** @this {Core} */ function (header, attachments) {
    started.push(/** @type {Record<string, unknown>} */ (header));
    return start.call(this, header, attachments);
  });
  vi.spyOn(Core.prototype, 'step').mockImplementation(/** @this {Core} */ function (header, attachments) {
    if (first) {
      first = false;
      throw new CoreTrapped(new Error('unreachable'));
    }
    return step.call(this, header, attachments);
  });
  await expect(tick()).rejects.toThrow('The core stopped unexpectedly');
  expect(started.map(({ job }) => job)).toEqual(['tick', 'repair']);
  // What the tick has spent is known all the same: its claim.
  expect(started[1]).toMatchObject({ spent_subrequests: 1 });
});
