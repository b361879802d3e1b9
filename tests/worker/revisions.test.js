// A revision that JavaScript cannot hold would be read as another one.
import { expect, test } from 'vitest';
import { ask, cleanWorldBeforeEach, db, enqueue, payload, query, tick, twinControl } from './lib/world.js';

cleanWorldBeforeEach();

test.each(['9007199254740992', '9223372036854775807', '0', '-1'])(
  'the revision %s is refused wherever it comes in, and named',
  async (revision) => {
    await enqueue({ order_id: 'ord-1' });
    const shown = await ask('GET', `/v1/orders/ord-1?revision=${revision}`);
    expect(shown).toMatchObject({ status: 422, body: { errors: [{ field: 'revision' }] } });
    const replayed = await ask('POST', `/v1/orders/ord-1/replay?revision=${revision}`);
    expect(replayed).toMatchObject({ status: 422, body: { errors: [{ field: 'revision' }] } });
    const body = `{"order_id":"ord-2","revision":${revision},"payload":${JSON.stringify(payload())}}`;
    const taken = await ask('POST', '/v1/orders', { body });
    expect(taken).toMatchObject({ status: 422, body: { errors: [{ field: 'revision' }] } });

    await db.prepare(
      `INSERT INTO pos_sync_queue (order_id, provider, revision, payload) VALUES ('ord-3', 'square', ${revision}, ?1)`,
    ).bind(JSON.stringify(payload())).run();
    for (let times = 0; times < 2; times += 1) await tick();
    const [row] = await query("SELECT status, last_error FROM pos_sync_queue WHERE order_id = 'ord-3'");
    expect(row).toMatchObject({ status: 'dead', last_error: expect.stringMatching(/^rejected: .*revision/) });
    const { orders } = await twinControl('summary');
    expect(JSON.stringify(orders ?? '')).not.toContain('ord-3');
  },
);

test('a revision that a caller forgot to fill in is refused: it would be about the newest one', async () => {
  for (const [method, path] of [['GET', ''], ['POST', '/cancel'], ['POST', '/replay'], ['POST', '/mark-done']]) {
    const { status, body } = await ask(method, `/v1/orders/ord-1${path}?revision=`, { body: method === 'POST' ? {} : undefined });
    expect([path, status, JSON.stringify(body)]).toEqual([path, 422, expect.stringContaining('revision')]);
  }
});

test.each([
  ['?since=2026-11-30&until=2026-11-29', 'until'],
  ['?since=2026-11-30&until=2026-11-30', 'until'],
  ['?status=success&code=rejected', 'code'],
])('a filter that can let nothing through is refused, not answered with an empty list: %s', async (filter, field) => {
  const { status, body } = await ask('GET', `/v1/orders${filter}`);
  expect(status).toBe(422);
  expect(JSON.stringify(body)).toContain(`"field":"${field}"`);
});

test('a parameter without a name is refused like any other that a route does not have', async () => {
  expect(await ask('GET', '/v1/orders?=x')).toMatchObject({ status: 400 });
});
