// Purges of a host, its own and those of its triggers: what is not at rest must stay in the queue.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { REPORT, todoFor } from './host.js';

const ORDERS = 'CREATE TABLE orders (id TEXT PRIMARY KEY, queue_id INTEGER);';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pos-sync-doctor-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** @param {string} sql
 * @param {string} [schema] */
function about(sql, schema = REPORT + ORDERS) {
  const file = path.join(folder, 'host.sql');
  writeFileSync(file, sql);
  return todoFor(schema, { hostSql: [file] });
}

describe('a purge that loses an order is named', () => {
  test.each([
    ["status = 'failed' AND attempts >= 5", 'still to be pushed'],
    ["status = 'failed' AND attempts >= 10", 'still to be pushed'],
    ['attempts >= 10', 'still to be pushed'],
    ["status = 'failed' AND attempts = 1 AND created_at < datetime('now', '-90 days')", 'still to be pushed'],
    ["status = 'dead'", 'rows that are dead'],
    ["status = 'dead' AND attempts >= 10 AND created_at < datetime('now', '-90 days')", 'rows that are dead'],
    ["status <> 'pending'", 'still to be pushed'],
  ])('DELETE … WHERE %s', async (where, words) => {
    expect(await about(`DELETE FROM pos_sync_queue WHERE ${where};`)).toEqual([expect.stringContaining(words)]);
  });

  test('though a check of the host forbids rows that are dead, and others cannot be tried', async () => {
    const checked = REPORT.replace("DEFAULT 'pending'", "DEFAULT 'pending' CHECK (status <> 'dead')");
    expect(await about("DELETE FROM pos_sync_queue WHERE status = 'failed';", checked)).toContainEqual(expect.stringContaining('still to be pushed'));
  });

  test('by a foreign key that cascades onto the queue', async () => {
    const schema = ORDERS + REPORT.replace('order_id TEXT NOT NULL', 'order_id TEXT NOT NULL REFERENCES orders (id) ON DELETE CASCADE');
    expect(await about("DELETE FROM orders WHERE id = 'x';", schema)).toEqual([expect.stringContaining('by a foreign key with ON DELETE CASCADE')]);
    expect(await about("DELETE FROM pos_sync_queue WHERE status = 'failed';", schema)).toEqual([expect.stringContaining('still to be pushed')]);
    expect(await about("DELETE FROM orders WHERE NOT EXISTS (SELECT 1 FROM pos_sync_queue q WHERE q.order_id = orders.id AND q.status <> 'success');", schema)).toEqual([]);
  });
});

describe('a trigger on another table', () => {
  test.each([
    ['that deletes rows which are not at rest is named', 'AFTER DELETE', 'DELETE FROM pos_sync_queue WHERE order_id = OLD.id', 'dead, failed, pending'],
    ['that deletes them by their id, too', 'AFTER DELETE', 'DELETE FROM pos_sync_queue WHERE id = OLD.queue_id', 'dead, failed, pending'],
    ['that deletes failed rows of long ago, too', 'AFTER INSERT', "DELETE FROM pos_sync_queue WHERE status = 'failed' AND created_at < datetime('now', '-90 days')", 'are failed'],
    ['that enqueues an order anew in its row is named', 'AFTER UPDATE', "UPDATE pos_sync_queue SET payload = NEW.id, status = 'pending', attempts = 0 WHERE order_id = NEW.id", 'changes the payload, status, attempts'],
  ])('%s', async (_name, event, body, words) => {
    expect(await todoFor(`${REPORT}${ORDERS} CREATE TRIGGER t ${event} ON orders BEGIN ${body}; END;`)).toEqual([
      expect.stringMatching(new RegExp(`Your trigger t .*${words}`)),
    ]);
  });

  test.each([
    "DELETE FROM pos_sync_queue WHERE order_id = OLD.id AND status = 'success'",
    "UPDATE pos_sync_queue SET updated_at = datetime('now') WHERE order_id = OLD.id",
  ])('that leaves them alone is let be: %s', async (body) => {
    expect(await todoFor(`${REPORT}${ORDERS} CREATE TRIGGER t AFTER DELETE ON orders BEGIN ${body}; END;`)).toEqual([]);
  });
});
