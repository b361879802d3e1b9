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
