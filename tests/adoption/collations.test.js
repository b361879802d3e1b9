// Two orders are two, however little their ids differ.
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { REPORT, todoFor } from './host.js';

describe('a column that takes two texts for one is named, and the statements for it help', () => {
  test.each([
    ['order_id', 'NOCASE', 'order_id TEXT NOT NULL', "'a1' is 'A1'"],
    ['order_id', 'RTRIM', 'order_id TEXT NOT NULL', "'a1' is 'a1 '"],
    ['provider', 'NOCASE', 'provider TEXT NOT NULL', 'two providers become one'],
    ['status', 'NOCASE', "status TEXT NOT NULL DEFAULT 'pending'", 'a row of another status'],
    ['payload', 'NOCASE', 'payload TEXT NOT NULL', 'an edit behind a push'],
  ])('%s COLLATE %s', async (column, collation, declared, words) => {
    const schema = `${REPORT.replace(declared, `${declared} COLLATE ${collation}`)}
      INSERT INTO pos_sync_queue (order_id, provider, payload) VALUES ('a1', 'square', '{}'), ('A1', 'square', '{"b":1}');`;
    const todo = await todoFor(schema);
    expect(todo).toEqual([expect.stringMatching(new RegExp(`pos_sync_queue.${column} is COLLATE ${collation}`))]);
    expect(todo[0]).toContain(words);
    const help = todo[0].split('\n').filter((line) => /^(ALTER|UPDATE)/.test(line)).join('\n');
    expect(await todoFor(schema + help)).toEqual([]);
    const db = new DatabaseSync(':memory:');
    db.exec(schema + help);
    expect(db.prepare('SELECT order_id, payload FROM pos_sync_queue ORDER BY id').all()).toEqual([
      { order_id: 'a1', payload: '{}' },
      { order_id: 'A1', payload: '{"b":1}' },
    ]);
    db.close();
  });
});

describe('an index that takes two orders for one is named', () => {
  test.each([
    ["(order_id COLLATE NOCASE, provider) WHERE status IN ('pending', 'failed')", 'chain-alike'],
    ["(lower(order_id)) WHERE status IN ('pending', 'failed')", 'chain-alike'],
    ["(order_id COLLATE RTRIM) WHERE status = 'pending'", 'chain-space'],
    ["(trim(order_id)) WHERE status = 'success'", 'chain-space'],
    ["(CAST(order_id AS INTEGER)) WHERE status = 'success' AND order_id NOT GLOB 'chain*'", '70071'],
    ["(substr(order_id, 1, 100)) WHERE status = 'dead' AND length(order_id) > 100", 'chain-long'],
  ])('%s', async (index, id) => {
    expect(await todoFor(`${REPORT} CREATE UNIQUE INDEX one ON pos_sync_queue ${index};`)).toContainEqual(
      expect.stringMatching(new RegExp(`pos_sync_queue takes the orders "${id}[^"]*" and "[^"]*" for one[\\s\\S]*UNIQUE`, 'i')));
  });

  test('one that is not unique is let be, for SQLite does not look up by it', async () => {
    expect(await todoFor(`${REPORT} CREATE INDEX nocase ON pos_sync_queue (order_id COLLATE NOCASE);`)).toEqual([]);
  });
});
