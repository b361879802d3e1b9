// What the statements take for granted of D1, on D1.
import { expect, test } from 'vitest';
import { cleanWorldBeforeEach, db, query } from './lib/world.js';

cleanWorldBeforeEach();

test('D1 counts what a delete has deleted, in the batch and behind it', async () => {
  await query("INSERT INTO pos_webhook_events (event_id, type) VALUES ('a', 't'), ('b', 't')");
  const [, counted] = await db.batch([
    db.prepare('DELETE FROM pos_webhook_events'),
    db.prepare('SELECT changes() AS deleted'),
  ]);
  expect(counted.results).toEqual([{ deleted: 2 }]);
});

test('rows that a producer has bent are found by their index, and by it alone', async () => {
  await query("INSERT INTO pos_sync_queue (order_id, provider, payload) VALUES (CAST(x'ff41' AS TEXT), 'square', '{}'), ('A1', 'square', '{}')");
  const [{ sql }] = await query("SELECT sql FROM sqlite_master WHERE name = 'pos_sync_queue_odd'");
  const where = sql.slice(sql.indexOf('WHERE') + 6);
  expect(await query(`SELECT id FROM pos_sync_queue INDEXED BY pos_sync_queue_odd WHERE ${where}`)).toHaveLength(1);
});
