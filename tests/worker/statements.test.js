// The core reads columns by their places, and D1 hands out rows as objects: a column is lost where
// two have one name, and moves to the front where its name is a number.
import { applyD1Migrations } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, expect, test } from 'vitest';
import { Core } from '../../bindings/core.js';
import repairing from '../../build/pos_repair.wasm';
import pushing from '../../build/pos_sync.wasm';

const db = env.D1_OPS;

beforeAll(() => applyD1Migrations(db, env.MIGRATIONS));

const ORDER = {
  order_id: 'ord-1',
  provider: 'square',
  revision: 1,
  restaurant_id: '',
  payload: '{}',
  actor: 'test',
  event: 'enqueued',
  batch: 1,
  start: 1,
  limit: 1,
  cursor: 0,
  age_ms: 1,
  lease_ms: 1,
  detail: '{}',
};

const statements = { ...Core.statements(pushing), ...Core.statements(repairing) };

test('every statement takes as many parameters as it names: D1 refuses others', () => {
  for (const [name, { sql, parameters }] of Object.entries(statements)) {
    const named = Array.from(sql.matchAll(/\?(\d)/g), ([, number]) => Number(number));
    expect([name, parameters]).toEqual([name, Math.max(0, ...named)]);
  }
});

test.each(Object.entries(statements))(
  'D1 takes %s, and loses none of its columns',
  async (_name, { sql, parameters }) => {
    const json = JSON.stringify(ORDER);
    const values = [parameters === 1 && sql.includes('json') ? json : 'token', json, '[]'];
    if (sql.includes('json_each(?2)')) values[1] = '[]';
    const statement = db.prepare(sql).bind(...values.slice(0, parameters));
    const [columns] = await statement.raw({ columnNames: true });
    expect(new Set(columns).size).toBe(columns.length);
    expect(columns.filter((name) => /^\d+$/.test(name))).toEqual([]);
  },
);
